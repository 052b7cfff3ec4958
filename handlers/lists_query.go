package handlers

import (
	"encoding/base64"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/provision"
	"agentidportal/views"
)

// pageSize is how many rows a list has unless its address says otherwise.
const pageSize = 50

// pageSizes are the rows a page one can choose from.
var pageSizes = [...]int{25, pageSize, 100}

// maxTicked is how many rows an address can name: more of them are chosen by
// their filters.
const maxTicked = 250

// tickedAll is the tick that stands for all that the filters leave.
const tickedAll = "all"

// The lacks that a list can be narrowed to.
const (
	lackSponsor    = "sponsor"
	lackOwner      = "owner"
	lackCredential = "credential"
)

// listQuery is what the address of a list says. Anything that is not
// understood counts as absent: an edited address still shows a list.
type listQuery struct {
	*listSpec
	search  string
	secret  string // what was typed into the search and is not searched: token, secret
	notice  string // the same, one address later
	app     string // App ID of the blueprint the list is narrowed to
	status  string // enabled, disabled
	home    string // here, elsewhere
	by      string // portal, elsewhere
	since   string // days, of those in sinceDays
	sponsor string // object id
	lacks   []string
	sort    string   // key of a column, with a minus for the other way; empty: name
	columns []string // keys beside the name; nil: those of the spec
	listPlace
}

// sinceDays are the choices of Created, by the days in the address.
func sinceDays() []views.Option {
	return []views.Option{
		{Label: "Any time"},
		{Value: "1", Label: "Last 24 hours"},
		{Value: "7", Label: "Last 7 days"},
		{Value: "30", Label: "Last 30 days"},
		{Value: "180", Label: "Last 180 days"},
	}
}

func statusOptions() []views.Option {
	return []views.Option{{Label: "Any status"}, {Value: provision.StatusEnabled, Label: "Enabled"}, {Value: provision.StatusDisabled, Label: "Disabled"}}
}

func homeOptions() []views.Option {
	return []views.Option{{Label: "Any tenant"}, {Value: "here", Label: "This tenant"}, {Value: "elsewhere", Label: "Another tenant"}}
}

func byOptions() []views.Option {
	return []views.Option{{Label: "Anyone"}, {Value: provision.MadeHere, Label: "This portal"}, {Value: provision.MadeElsewhere, Label: "Elsewhere"}}
}

// lackOptions are what an object of the list may lack.
func (s *listSpec) lackOptions() []views.Option {
	options := []views.Option{{Value: lackSponsor, Label: "No sponsor"}}
	if s.kind != graph.KindAgentUser {
		options = append(options, views.Option{Value: lackOwner, Label: "No owner"})
	}
	if s.kind == graph.KindBlueprint {
		options = append(options, views.Option{Value: lackCredential, Label: "Credential expiring"})
	}
	return options
}

func (h *Handlers) listQueryOf(c echo.Context, spec *listSpec) listQuery {
	search := c.QueryParam("q")
	secret := secretTyped(search)
	if secret != "" {
		search = "" // it must reach no link, no audit record and no server
	}
	params := c.QueryParams()
	q := listQuery{
		listSpec: spec, search: strings.TrimSpace(cut(search, 120)), secret: secret, notice: oneOf(c.QueryParam("not"), secretKinds()),
		by: chosen(byOptions(), c.QueryParam("by")), since: chosen(sinceDays(), c.QueryParam("created")), listPlace: listPlaceOf(c),
	}
	if spec.has(filterBlueprint) {
		q.app, _ = graph.ParseGUID(c.QueryParam("blueprint"))
	}
	if spec.has(filterHome) {
		q.home = chosen(homeOptions(), c.QueryParam("home"))
	}
	q.status = chosen(statusOptions(), c.QueryParam("status"))
	q.sponsor, _ = graph.ParseGUID(c.QueryParam("sponsor"))
	for _, lack := range params["lack"] {
		if chosen(spec.lackOptions(), lack) != "" && !slices.Contains(q.lacks, lack) {
			q.lacks = append(q.lacks, lack)
		}
	}
	if key := strings.TrimPrefix(c.QueryParam("sort"), "-"); spec.column(key) != nil {
		q.sort = c.QueryParam("sort")
	}
	for _, key := range params["col"] {
		if spec.column(key) != nil && !slices.Contains(q.columns, key) {
			q.columns = append(q.columns, key)
		}
	}
	return q
}

// tickedIDs reads the rows that an address names as ticked.
func tickedIDs(words []string) []string {
	var ids []string
	for _, word := range words {
		raw, err := base64.RawURLEncoding.DecodeString(word)
		if err != nil || len(raw) != 16 || len(ids) == maxTicked {
			continue
		}
		if id := uuid.UUID(raw).String(); !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// tickWord is an id as an address names it, in two thirds of its length; empty
// for an id that is no GUID.
func tickWord(id string) string {
	parsed, err := uuid.Parse(id)
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(parsed[:])
}

// chosen is a value that the options have; empty for others.
func chosen(options []views.Option, value string) string {
	if optionLabel(options, value) == "" {
		return ""
	}
	return value
}

// optionLabel is the words of a choice; empty for a value that is none.
func optionLabel(options []views.Option, value string) string {
	i := slices.IndexFunc(options, func(o views.Option) bool { return o.Value == value })
	if value == "" || i < 0 {
		return ""
	}
	return options[i].Label
}

// values are the parts of the address, without the place in the list.
func (q listQuery) values() url.Values {
	v := url.Values{}
	for name, value := range map[string]string{
		"q": q.search, "blueprint": q.app, "status": q.status, "home": q.home, "by": q.by, "created": q.since, "sponsor": q.sponsor, "sort": q.sort,
	} {
		if value != "" {
			v.Set(name, value)
		}
	}
	for name, values := range map[string][]string{"lack": q.lacks, "col": q.columns} {
		if len(values) > 0 {
			v[name] = values
		}
	}
	q.add(v)
	return v
}

// href is the address of the list with the query as it is.
func (q listQuery) href() string {
	v := q.values()
	if q.page > 1 {
		v.Set("page", strconv.Itoa(q.page))
	}
	return address(q.path, v)
}

func address(path string, v url.Values) string {
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

// unsearched is the list without the secret that was typed into its search,
// with a notice of it.
func (q listQuery) unsearched() string {
	v := q.values()
	v.Set("not", q.secret)
	return address(q.path, v)
}

// filters by name, as the chips and Clear all take them off.
func filterNames() []string {
	return []string{"q", "blueprint", "status", "home", "created", "by", "sponsor", "lack"}
}

// without is the list from its beginning without some of its filters. What was
// ticked may not be in it any more.
func (q listQuery) without(names ...string) string {
	q.ticked, q.everyRow = nil, false
	v := q.values()
	for _, name := range names {
		v.Del(name)
	}
	return address(q.path, v)
}

// withoutLack takes one of several off.
func (q listQuery) withoutLack(lack string) string {
	q.lacks = slices.DeleteFunc(slices.Clone(q.lacks), func(l string) bool { return l == lack })
	return q.without()
}

// query is what the snapshot is asked.
func (q listQuery) query(tenantID string, now time.Time) provision.Query {
	f := provision.Query{
		Kind: q.kind, Text: q.search, Status: q.status, Blueprint: q.app, Sponsor: q.sponsor, By: q.by,
		NoSponsor: slices.Contains(q.lacks, lackSponsor), NoOwner: slices.Contains(q.lacks, lackOwner), Expiring: slices.Contains(q.lacks, lackCredential),
	}
	if days, err := strconv.Atoi(q.since); err == nil {
		f.Since = now.AddDate(0, 0, -days)
	}
	switch q.home {
	case "here":
		f.Home = tenantID
	case "elsewhere":
		f.Away = tenantID
	}
	return f
}

// chips are the filters that are on; each takes itself off.
func (q listQuery) chips(s *provision.Snapshot) []views.Chip {
	blueprint, sponsor := q.app, q.sponsor
	if item := s.Blueprint(q.app); item != nil {
		blueprint = views.Named(item.Name, item.ID)
	}
	if item := s.Item(q.sponsor); item != nil {
		sponsor = personWords(item)
	}
	var chips []views.Chip
	for _, f := range []struct{ field, name, value string }{
		{"blueprint", "Blueprint", blueprint},
		{"status", "Status", q.status},
		{"home", "Lives in", optionLabel(homeOptions(), q.home)},
		{"created", "Created", strings.ToLower(optionLabel(sinceDays(), q.since))},
		{"sponsor", "Sponsor", sponsor},
		{"by", "Made by", optionLabel(byOptions(), q.by)},
		{"q", "Search", q.search},
	} {
		if f.value != "" {
			chips = append(chips, views.Chip{Name: f.name, Value: f.value, RemoveHref: q.without(f.field)})
		}
	}
	for _, lack := range q.lacks {
		chips = append(chips, views.Chip{Name: "Needs", Value: strings.ToLower(optionLabel(q.lackOptions(), lack)), RemoveHref: q.withoutLack(lack)})
	}
	return chips
}

// hidden are the parts of the address that the filter form has no control for.
func (q listQuery) hidden() []views.Option {
	var hidden []views.Option
	if q.sort != "" {
		hidden = append(hidden, views.Option{Label: "sort", Value: q.sort})
	}
	if q.rows != pageSize {
		hidden = append(hidden, views.Option{Label: "rows", Value: strconv.Itoa(q.rows)})
	}
	for _, lack := range q.lacks {
		hidden = append(hidden, views.Option{Label: "lack", Value: lack})
	}
	return hidden
}

// kept is the address as hidden fields, for the form around the rows: all but
// the ticks of the rows shown, which have boxes of their own.
func (q listQuery) kept(shown map[string]bool) []views.Option {
	return hiddenFields(q.values(), shown)
}

// hiddenFields are the parts of an address as fields, without the ticks that shown has.
func hiddenFields(v url.Values, shown map[string]bool) []views.Option {
	var hidden []views.Option
	for _, name := range sortedKeys(v) {
		for _, value := range v[name] {
			hidden = append(hidden, views.Option{Label: name, Value: value})
		}
	}
	return slices.DeleteFunc(hidden, func(o views.Option) bool { return o.Label == "sel" && shown[o.Value] })
}
