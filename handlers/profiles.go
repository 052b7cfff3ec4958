package handlers

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/entra"
	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/views"
	"agentidportal/web"
)

// profilesPath is where the profiles of the token lab are.
const profilesPath = "/tokens/profiles"

func profilePath(id string) string { return profilesPath + "/" + id }

// profilesQuery is what the address of the profiles says.
type profilesQuery struct {
	search string
	down   bool // by name, from Z
	page   int  // from 1
}

func profilesQueryOf(c echo.Context) profilesQuery {
	q := profilesQuery{search: strings.TrimSpace(cut(c.QueryParam("q"), 120)), down: c.QueryParam("sort") == "-name", page: 1}
	if n, err := strconv.Atoi(c.QueryParam("page")); err == nil && n > 0 && n < 1e6 {
		q.page = n
	}
	return q
}

func (q profilesQuery) href(page int) string {
	v := url.Values{}
	if q.search != "" {
		v.Set("q", q.search)
	}
	if q.down {
		v.Set("sort", "-name")
	}
	if page > 1 {
		v.Set("page", strconv.Itoa(page))
	}
	return address(profilesPath, v)
}

// turned is the list in the other order.
func (q profilesQuery) turned() string {
	q.down = !q.down
	return q.href(1)
}

// takes says whether a profile has the words that are looked for.
func (q profilesQuery) takes(p *models.TokenProfile) bool {
	mode, _ := views.TokenModeOf(entra.ModeName(p.Mode))
	s := p.Settings
	words := strings.ToLower(strings.Join([]string{p.Name, mode.Label, s.AgentName, s.AgentID, s.BlueprintName, s.BlueprintAppID, s.AppID, s.Username, s.Scope}, "\n"))
	return strings.Contains(words, strings.ToLower(q.search))
}

// of are the profiles that the search leaves, in order.
func (q profilesQuery) of(all []models.TokenProfile) []models.TokenProfile {
	var left []models.TokenProfile
	for i := range all {
		if q.takes(&all[i]) {
			left = append(left, all[i])
		}
	}
	slices.SortStableFunc(left, func(a, b models.TokenProfile) int {
		return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	})
	if q.down {
		slices.Reverse(left)
	}
	return left
}

// listProfiles shows the person's own profiles and those that others share.
func (h *Handlers) listProfiles(c echo.Context) error {
	user, q := web.CurrentUser(c), profilesQueryOf(c)
	if secretTyped(q.search) != "" {
		return web.Redirect(c, profilesPath) // an address stays in the browser's history
	}
	all, err := h.Store.TokenProfiles(c.Request().Context(), user.TID, user.OID)
	if err != nil {
		return fmt.Errorf("list token profiles: %w", err)
	}
	left := q.of(all)
	last := max(1, (len(left)+pageSize-1)/pageSize)
	q.page = min(q.page, last)
	from := (q.page - 1) * pageSize
	shown := left[from:min(from+pageSize, len(left))]
	known, err := h.knownOfProfiles(c, shown)
	if err != nil {
		return err
	}
	l := views.ProfileList{
		Query: q.search, Descending: q.down, SortHref: q.turned(), Total: totalWords(len(left), len(all), "profile"), Filtered: q.search != "",
		Paging: plainFoot(q.page, last, len(left), "sorted by name", q.href),
	}
	if q.search != "" {
		l.Chips = []views.Chip{{Name: "Search", Value: q.search, RemoveHref: profilesQuery{down: q.down}.href(1)}}
	}
	for i := range shown {
		l.Rows = append(l.Rows, h.profileRow(c, &shown[i], known))
	}
	p := h.page(c, "Token profiles", "tokens")
	p.Lead = "Named settings of the lab, to run again. A profile holds no token and no person; a client secret only by naming a kept one."
	p.Crumbs = profileCrumbs("Profiles")
	return web.Render(c, http.StatusOK, views.ProfilesPage(p, l))
}

// profileCrumbs lead to a page about profiles.
func profileCrumbs(titles ...string) []views.Crumb {
	crumbs := []views.Crumb{{Text: "Overview", Href: "/"}, {Text: "Token lab", Href: "/tokens"}, {Text: "Profiles", Href: profilesPath}}
	for _, title := range titles {
		if title != "Profiles" {
			crumbs = append(crumbs, views.Crumb{Text: title})
		}
	}
	crumbs[len(crumbs)-1].Href = ""
	return crumbs
}

// profilesKnown is what the directory and the store say of some profiles.
type profilesKnown struct {
	names      map[string]string // of agents and owners, by object id
	blueprints map[string]labBlueprint
	read       bool // the directory answered: what is not in it is gone
	mine       func(blueprintAppID string) bool
	kept       map[string]*models.KeptSecret
}

// knownOfProfiles reads all that rows about some profiles need, at once. What
// the directory does not tell is left unsaid.
func (h *Handlers) knownOfProfiles(c echo.Context, profiles []models.TokenProfile) (profilesKnown, error) {
	ctx, user := c.Request().Context(), web.CurrentUser(c)
	known := profilesKnown{names: map[string]string{}, kept: map[string]*models.KeptSecret{}, mine: func(string) bool { return true }}
	if len(profiles) == 0 {
		return known, nil
	}
	kept, err := h.Store.KeptSecrets(ctx, user.TID)
	if err != nil {
		return known, fmt.Errorf("list kept secrets: %w", err)
	}
	for i := range kept {
		known.kept[kept[i].ID] = &kept[i]
	}
	var fault string
	if mine, err := h.blueprintsToTest(c); err == nil {
		known.mine = mine // else the run itself asks for the owner
	} else if err := part(err, &fault); err != nil {
		return known, err
	}
	err = h.readForProfiles(ctx, h.graph(c), profiles, &known)
	known.read = err == nil
	return known, part(err, &fault)
}

func (h *Handlers) readForProfiles(ctx context.Context, g *graph.Client, profiles []models.TokenProfile, known *profilesKnown) (err error) {
	var ids []string
	for _, p := range profiles {
		ids = append(ids, p.Settings.AgentID, p.OwnerOID)
	}
	objects, err := g.GetByIDs(ctx, uniqueGUIDs(ids))
	if err != nil {
		return err
	}
	for _, o := range objects {
		known.names[strings.ToLower(o.ID)] = views.Named(o.DisplayName, o.ID)
	}
	known.blueprints, err = h.blueprintsOfLab(ctx, g)
	return err
}

// blueprint is a blueprint by its App ID; nil for one that is gone.
func (k profilesKnown) blueprint(appID string) *labBlueprint {
	for id, b := range k.blueprints {
		if strings.EqualFold(id, appID) {
			return &b
		}
	}
	return nil
}

// profileRow is a profile as a person sees it.
func (h *Handlers) profileRow(c echo.Context, p *models.TokenProfile, known profilesKnown) views.ProfileRow {
	user := web.CurrentUser(c)
	mode, _ := views.TokenModeOf(entra.ModeName(p.Mode))
	row := views.ProfileRow{
		ID: p.ID, Name: p.Name, Mode: mode, Scope: p.Settings.Scope, AppID: p.Settings.AppID, Username: p.Settings.Username,
		OtherTenant: p.Settings.OtherTenantID, OtherAppID: p.Settings.OtherAppID, Reuse: p.Settings.Reuse, Shared: p.Shared, Own: p.OwnerOID == user.OID,
		Created: p.CreatedAt, Changed: p.ChangedAt, LastRun: p.LastRunAt, Failed: p.LastResult == models.ResultFailed,
	}
	if !row.Own {
		row.Owner = firstWord(known.names[strings.ToLower(p.OwnerOID)], "person "+p.OwnerOID)
	}
	row.For = forWhom(p, mode, known)
	row.Credential = h.credentialOfProfile(user, p, mode, known.kept[p.KeptSecretID])
	row.NotOwned = (mode.Agent || mode.Blueprint) && !known.mine(p.Settings.BlueprintAppID)
	row.MayRun = !row.NotOwned && row.For.Gone == ""
	row.MayDelete = row.Own || user.Has(web.Admin)
	row.Asks = len(h.asks(c, mode, p, known.kept[p.KeptSecretID])) > 0
	return row
}

// forWhom says whose token a profile gets, and whether that one is gone.
func forWhom(p *models.TokenProfile, mode views.TokenMode, known profilesKnown) views.ProfileParty {
	s := p.Settings
	blueprint := known.blueprint(s.BlueprintAppID)
	party := views.ProfileParty{BlueprintName: s.BlueprintName, BlueprintAppID: s.BlueprintAppID}
	if blueprint != nil {
		party.BlueprintName = views.Named(blueprint.name, s.BlueprintAppID)
	}
	switch {
	case mode.Agent:
		live := known.names[strings.ToLower(s.AgentID)]
		party.Mark, party.Name, party.Href = "agentIdentity", firstWord(live, s.AgentName, s.AgentID), "/agents/"+s.AgentID
		switch {
		case known.read && live == "":
			party.Gone, party.GoneID = "This agent identity is gone", s.AgentID
		case known.read && blueprint == nil:
			party.Gone, party.GoneID = "The blueprint of this agent identity is gone", s.BlueprintAppID
		}
	case mode.Blueprint:
		party.Mark, party.Name, party.Href = "blueprint", firstWord(party.BlueprintName, s.BlueprintAppID), "/blueprints/"+s.BlueprintAppID
		if known.read && blueprint == nil {
			party.Gone, party.GoneID = "This blueprint is gone", s.BlueprintAppID
		}
	case mode.App:
		party.Mark, party.Name = "principal", "Application "+s.AppID
	default:
		party.Name = "Whoever signs in"
	}
	return party
}
