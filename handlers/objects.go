package handlers

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/sync/errgroup"

	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/views"
	"agentidportal/web"
)

// object is one directory object whose page is asked for: what its tabs need
// to know of it, whatever its kind.
type object struct {
	kind       graph.Kind
	id, name   string
	lead       string
	blueprint  string           // App ID of the blueprint it is, stands for or belongs to
	source     *graph.Blueprint // that blueprint, where it was read with the object
	createdBy  string           // App ID
	parent     string           // agent users: object id of the agent identity
	upn        string           // agent users
	badge      string
	tone       views.Tone
	enabled    bool // of kinds that can be disabled themselves
	identities *int // counts for the tabs, nil where the page has not read them
	keys       *int
	readAt     time.Time
	calls      *graph.Recorder
}

// objectTab is a part of an object's pages by the word in the address.
type objectTab struct{ word, title string }

// folderOf is where the pages of a kind are, its list and what one is called.
func folderOf(kind graph.Kind) (path, list, thing string) {
	switch kind {
	case graph.KindBlueprint:
		return "/blueprints", "Blueprints", "blueprint"
	case graph.KindBlueprintPrincipal:
		return "/principals", "Blueprint principals", "blueprint principal"
	case graph.KindAgentIdentity:
		return "/agents", "Agent identities", "agent identity"
	case graph.KindAgentUser:
		return "/agent-users", "Agent users", "agent user"
	}
	return "", "", ""
}

// tabsOf are the parts a kind has beside Overview, in their order.
func tabsOf(kind graph.Kind) []objectTab {
	if kind == graph.KindAgentUser {
		return []objectTab{
			{"permissions", "Permissions"}, {"licences", "Licences"}, {"groups", "Groups"}, {"owners", "Manager & sponsors"}, {"audit", "Audit"}, {"json", "JSON"},
		}
	}
	var tabs []objectTab
	if kind != graph.KindAgentIdentity {
		tabs = append(tabs, objectTab{"identities", "Identities"})
	}
	if kind == graph.KindBlueprint {
		tabs = append(tabs, objectTab{"credentials", "Credentials"}, objectTab{"setup", "Set-up"})
	}
	if kind != graph.KindBlueprint {
		tabs = append(tabs, objectTab{"permissions", "Permissions"})
	}
	return append(tabs, objectTab{"owners", "Owners & sponsors"}, objectTab{"audit", "Audit"}, objectTab{"json", "JSON"})
}

func (o *object) path() string {
	folder, _, _ := folderOf(o.kind)
	return folder + "/" + o.id
}

// head is what surrounds a tab; word is that of the tab, empty for Overview.
// It is asked for last, when the page has read everything.
func (o *object) head(c echo.Context, word string) views.ObjectHead {
	head := views.ObjectHead{
		Mark: string(o.kind), Badge: o.badge, BadgeTone: o.tone, ReadAt: o.readAt,
		Again: c.Request().URL.RequestURI(), Calls: o.calls.Sent(),
		Tabs: []views.Tab{{Text: "Overview", Href: o.path(), Current: word == ""}},
	}
	if word != "setup" { // which says itself what a run has mended
		head.Done = doneRun(c)
	}
	for _, t := range tabsOf(o.kind) {
		tab := views.Tab{Text: t.title, Href: o.path() + "/" + t.word, Current: t.word == word}
		switch {
		case t.word == "identities" && o.identities != nil:
			tab.Count = views.Count(*o.identities)
		case t.word == "credentials" && o.keys != nil:
			tab.Count = views.Count(*o.keys)
		}
		head.Tabs = append(head.Tabs, tab)
	}
	return head
}

// objectPage is the page around a tab.
func (h *Handlers) objectPage(c echo.Context, o *object, word string) views.Page {
	folder, list, _ := folderOf(o.kind)
	p := h.page(c, o.name, strings.TrimPrefix(folder, "/"))
	p.Lead = o.lead
	p.Crumbs = []views.Crumb{{Text: "Overview", Href: "/"}}
	if h.may(c, folder) {
		p.Crumbs = append(p.Crumbs, views.Crumb{Text: list, Href: folder})
	}
	p.Crumbs = append(p.Crumbs, views.Crumb{Text: o.name, Href: o.path()})
	for _, t := range tabsOf(o.kind) {
		if t.word == word {
			p.Crumbs = append(p.Crumbs, views.Crumb{Text: t.title})
		}
	}
	return p
}

// ownTabs are the parts that only one kind of object has, by their words.
type ownTabs[T any] map[string]func(echo.Context, T, *object) error

// showPart shows the part of an object that an address names. open reads the
// object, or answers the request itself and gives none.
func showPart[T any](h *Handlers, c echo.Context, kind graph.Kind, open func(echo.Context) (T, *object, error), own ownTabs[T]) error {
	word, err := tabWord(c, kind)
	if err != nil {
		return err
	}
	item, o, err := open(c)
	if o == nil {
		return err
	}
	if show := own[word]; show != nil {
		return show(c, item, o)
	}
	return h.showTab(c, o, word)
}

// showTab shows a part of an object that all kinds have.
func (h *Handlers) showTab(c echo.Context, o *object, word string) error {
	switch word {
	case "identities":
		return h.showIdentities(c, o)
	case "owners":
		return h.showOwners(c, o)
	case "permissions":
		return h.showGrants(c, o)
	case "audit":
		return h.showObjectAudit(c, o)
	default:
		return h.showJSON(c, o)
	}
}

// tabWord is the part of an object that an address names; a part its kind
// does not have is no page.
func tabWord(c echo.Context, kind graph.Kind) (string, error) {
	word := c.Param("tab")
	for _, t := range tabsOf(kind) {
		if t.word == word {
			return word, nil
		}
	}
	return "", fmt.Errorf("tab in the address: %w", models.ErrNotFound)
}

// sameTab is the address of an object in the folder of its kind, at the tab
// that was asked for.
func sameTab(c echo.Context, kind graph.Kind, id string) string {
	folder, _, _ := folderOf(kind)
	if word := c.Param("tab"); word != "" {
		return folder + "/" + id + "/" + word
	}
	return folder + "/" + id
}

// elsewhere answers for an id that names no object of the kind asked for: with
// the page it does have, or with what it is.
func (h *Handlers) elsewhere(c echo.Context, kind graph.Kind, id string, err error) error {
	if !graph.IsNotFound(err) {
		return err
	}
	objects, lookErr := h.graph(c).GetByIDs(c.Request().Context(), []string{id})
	if lookErr == nil && len(objects) == 0 {
		return h.inBin(c.Request().Context(), h.graph(c), id, err)
	}
	if lookErr != nil || objects[0].Kind == kind {
		return err // gone, or on its way in: Graph's parts may disagree for a while
	}
	if folder, _, _ := folderOf(objects[0].Kind); folder != "" {
		return web.Redirect(c, folder+"/"+id)
	}
	return &otherKindError{asked: kind, found: objects[0].Kind, name: views.Named(objects[0].DisplayName, id), err: err}
}

// showIdentities lists the agent identities of a blueprint, page by page.
func (h *Handlers) showIdentities(c echo.Context, o *object) error {
	q := livePageOf(c, o.path()+"/identities")
	d := views.ObjectAgents{AddAgent: "POST /v1.0/servicePrincipals/microsoft.graph.agentIdentity", ListOf: "/agents?blueprint=" + o.blueprint}
	if h.may(c, "/agents/new") {
		d.AddHref = "/agents/new?blueprint=" + o.blueprint
	}
	page, err := h.graph(c).AgentIdentitiesPage(c.Request().Context(), o.blueprint, q.options())
	if q.stale(err) {
		return web.Redirect(c, q.first().href())
	}
	if err := part(err, &d.Agents.Fault); err != nil {
		return err
	}
	if page != nil {
		for _, a := range page.Items {
			d.Agents.Rows = append(d.Agents.Rows, agentRow(a, ""))
		}
		d.Agents.More = page.Next != "" || q.next != ""
		d.Paging = q.foot(len(page.Items), page.Count, page.Next)
		d.Total = liveTotal(len(page.Items), page.Count, "agent identity")
		o.identities = page.Count
	}
	d.ObjectHead = o.head(c, "identities")
	return web.Render(c, http.StatusOK, views.ObjectAgentsPage(h.objectPage(c, o, "identities"), d))
}

// showOwners lists who may change an object and who answers for it.
func (h *Handlers) showOwners(c echo.Context, o *object) error {
	d := views.ObjectPeople{OwnersMay: "may change it"}
	if o.kind == graph.KindBlueprint {
		d.OwnersMay = "may change it and its credentials"
	}
	work, ctx := errgroup.WithContext(c.Request().Context())
	readPeople(ctx, work, h.graph(c), o, &d.Owners, &d.Sponsors)
	if err := work.Wait(); err != nil {
		return err
	}
	item, err := graph.ItemPath(o.kind, o.id)
	if err != nil {
		return err
	}
	h.offerChanges(c, o, owners(), &d.Owners)
	h.offerChanges(c, o, sponsors(), &d.Sponsors)
	d.AddOwner, d.AddSponsor = "POST "+item+"/owners/$ref", "POST "+item+"/sponsors/$ref"
	d.ObjectHead = o.head(c, "owners")
	return web.Render(c, http.StatusOK, views.ObjectPeoplePage(h.objectPage(c, o, "owners"), d))
}

// readPeople reads owners and sponsors side by side with the rest of a page.
func readPeople(ctx context.Context, work *errgroup.Group, g *graph.Client, o *object, owners, sponsors *views.People) {
	work.Go(func() (err error) {
		owners.Refs, err = g.Owners(ctx, o.kind, o.id)
		return part(err, &owners.Fault)
	})
	work.Go(func() (err error) {
		sponsors.Refs, err = g.Sponsors(ctx, o.kind, o.id)
		return part(err, &sponsors.Fault)
	})
}

// showObjectAudit shows the newest records about an object. Who may not see
// all acts sees their own.
func (h *Handlers) showObjectAudit(c echo.Context, o *object) error {
	d := views.ObjectAudit{All: "/audit?target=" + o.id, Own: !seesAllActs(web.CurrentUser(c))}
	filter := models.AuditFilter{TargetID: o.id, Acts: true, Limit: pageSize + 1}
	if d.Own {
		filter.Actor = h.actor(c).String()
	}
	records, err := h.Store.Audit(c.Request().Context(), filter)
	if err != nil {
		return err
	}
	if d.More = len(records) > pageSize; d.More {
		records = records[:pageSize]
	}
	for _, r := range records {
		d.Rows = append(d.Rows, auditRow(r))
	}
	d.ObjectHead = o.head(c, "audit")
	return web.Render(c, http.StatusOK, views.ObjectAuditPage(h.objectPage(c, o, "audit"), d))
}
