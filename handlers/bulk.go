package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/provision"
	"agentidportal/views"
	"agentidportal/web"
)

// typedFrom is how many objects a change may have without its count being typed.
const typedFrom = 10

// bulkBody is the largest form about many objects: their ids, and a reason.
const bulkBody = 256 << 10

// bulkAct is something that can be done to many objects of a list at once.
type bulkAct struct {
	word, label string
	danger      bool
	kinds       []graph.Kind // of lists
	// title is the question, with the objects counted: "Disable %s?".
	title string
	does  string // in the table: "Is disabled"
	means []string
	// person is who has to be chosen: "sponsor" or "owner"; empty for nobody.
	person string
	// acts are the changes of one object; why says why it stays as it is.
	acts func(h *Handlers, b *bulk, item *provision.Item) (acts []provision.Act, why string)
}

var fourKinds = []graph.Kind{graph.KindBlueprint, graph.KindBlueprintPrincipal, graph.KindAgentIdentity, graph.KindAgentUser}

// bulkActs are the acts of the lists, the destructive one last.
func bulkActs() []bulkAct {
	return []bulkAct{
		{
			word: "enable", label: "Enable…", kinds: fourKinds, title: "Enable %s?", does: "Is enabled", acts: switching(true),
			means: []string{"They get tokens again from then on, as far as their blueprint and its principal are enabled too."},
		},
		{
			word: "disable", label: "Disable…", kinds: fourKinds, title: "Disable %s?", does: "Is disabled", acts: switching(false),
			means: []string{"They get no new tokens. Tokens that were given out stay valid until they end.", "Nothing is deleted, and they can be enabled again."},
		},
		{
			word: "sponsor", label: "Add sponsor…", kinds: fourKinds, title: "Add a sponsor to %s?", does: "Gets one more sponsor", person: sponsorList, acts: relating,
			means: []string{"The sponsor is asked when their access is reviewed or ends. Sponsors they have stay."},
		},
		{
			word: "owner", label: "Add owner…", kinds: []graph.Kind{graph.KindBlueprint, graph.KindBlueprintPrincipal, graph.KindAgentIdentity}, title: "Add an owner to %s?",
			does: "Gets one more owner", person: ownerList, acts: relating,
			means: []string{"An owner may change them, and a blueprint's credentials. Owners they have stay."},
		},
		{
			word: "delete", label: "Delete…", danger: true, kinds: []graph.Kind{graph.KindBlueprint, graph.KindAgentIdentity, graph.KindAgentUser}, title: "Delete %s?",
			does: "Goes to the recycle bin",
			means: []string{
				"They stop working at once. They stay in the recycle bin for 30 days and can be restored until then.",
				"Deleted agent identities count against the quota of their blueprint until they are purged.",
			},
		},
	}
}

func bulkActNamed(word string) (bulkAct, bool) {
	acts := bulkActs()
	i := slices.IndexFunc(acts, func(a bulkAct) bool { return a.word == word })
	if i < 0 {
		return bulkAct{}, false
	}
	return acts[i], true
}

// listSpecs are the lists by the words of their addresses.
func listSpecs() map[string]func() *listSpec {
	return map[string]func() *listSpec{"blueprints": blueprintsList, "principals": principalsList, "agents": agentsList, "agent-users": agentUsersList}
}

// bulk is one change of many objects, as a page asks about it.
type bulk struct {
	act    bulkAct
	spec   *listSpec
	of     *provision.Snapshot
	items  []*provision.Item
	gone   int // were ticked and are not in the tenant any more
	excess int // were ticked beyond those that an address can name
	person provision.Principal
	from   string // the query of the list that it came from
}

// entered is the button that the key Enter stands for: the search while its words
// have no answer, otherwise the act itself.
func entered(posted url.Values, list string) string {
	if waits(posted, list) {
		return "find:" + list
	}
	return ""
}

// askBulk asks before many objects are changed: it names and counts them.
func (h *Handlers) askBulk(c echo.Context) error {
	b, err := h.bulkOf(c)
	if b == nil {
		return err
	}
	var picker *views.Picker
	if b.act.person != "" {
		picker = bulkPicker(b.act.person)
	}
	return h.askChange(c, h.bulkChange(c, b, picker))
}

// makeBulk carries the change out, as one run of many steps, or looks for the
// person that it is about.
func (h *Handlers) makeBulk(c echo.Context) error {
	posted, err := web.Form(c, changeFields("do", "list", "from", "id[]", "person", "act", "asked", "find_"+sponsorList, "find_"+ownerList)...)
	if err != nil {
		return err
	}
	b, err := h.postedBulk(c, posted)
	if b == nil {
		return err
	}
	if posted.Get("act") == "enter" {
		posted.Set("act", entered(posted, b.act.person))
	}
	picker, faults, err := h.pickForBulk(c, b, posted)
	if err != nil {
		return err
	}
	ch := h.bulkChange(c, b, picker)
	ch.faults = faults
	if ch.view.Refused != "" {
		return h.showChange(c, http.StatusUnprocessableEntity, ch)
	}
	if posted.Get("act") != "" && len(faults) == 0 {
		ch.view.Request, ch.view.Reason, ch.view.Value = posted.Get("request"), typedField(posted, "reason"), typedField(posted, "typed")
		return h.showChange(c, http.StatusOK, ch)
	}
	return h.makeChange(c, ch, posted)
}

// bulkOf reads which act and which objects an address names. Without a bulk the
// request is answered, or failed.
func (h *Handlers) bulkOf(c echo.Context) (*bulk, error) {
	act, ok := bulkActNamed(c.QueryParam("act"))
	spec := listSpecs()[c.QueryParam("list")]
	if !ok || spec == nil {
		return nil, web.Redirect(c, "/agents")
	}
	b := &bulk{act: act, spec: spec()}
	q := h.listQueryOf(c, b.spec)
	_, b.from, _ = strings.Cut(q.href(), "?")
	var err error
	if b.of, _, err = h.inventory(c); err != nil {
		return nil, err
	}
	if b.of == nil || !slices.Contains(act.kinds, b.spec.kind) {
		return nil, web.Redirect(c, q.href())
	}
	if q.everyRow {
		b.items = h.sorted(q, b.of.Select(q.query(h.Tenant.ID, h.Now()), h.Now()), b.of)
		return b, nil
	}
	b.take(q.ticked)
	b.excess = q.untaken
	return b, nil
}

// postedBulk reads the same from a form, which names every object: what was
// shown is what is changed, whatever the filters would leave by now.
func (h *Handlers) postedBulk(c echo.Context, posted url.Values) (*bulk, error) {
	act, ok := bulkActNamed(posted.Get("do"))
	spec := listSpecs()[posted.Get("list")]
	if !ok || spec == nil {
		return nil, web.Redirect(c, "/agents")
	}
	b := &bulk{act: act, spec: spec()}
	if from, err := url.ParseQuery(posted.Get("from")); err == nil {
		b.from = from.Encode()
	}
	var err error
	if b.of, _, err = h.inventory(c); err != nil {
		return nil, err
	}
	if b.of == nil {
		return nil, web.Redirect(c, b.spec.path)
	}
	b.take(posted["id"])
	return b, nil
}

func (b *bulk) take(ids []string) {
	for _, id := range ids {
		item := b.of.Item(id)
		if item == nil || graph.Kind(item.Kind) != b.spec.kind {
			b.gone++
			continue
		}
		b.items = append(b.items, item)
	}
}

func (b *bulk) counted() string { return views.Plural(len(b.items), b.spec.thing) }

// bulkChange is the change as its page shows it, with the picker of acts that are
// about a person.
func (h *Handlers) bulkChange(c echo.Context, b *bulk, picker *views.Picker) *change {
	back := b.spec.path
	if b.from != "" {
		back += "?" + b.from
	}
	p := h.page(c, fmt.Sprintf(b.act.title, b.counted()), strings.TrimPrefix(b.spec.path, "/"))
	p.Lead = "Nothing is changed yet."
	p.Crumbs = []views.Crumb{{Text: "Overview", Href: "/"}, {Text: b.spec.title, Href: back}, {Text: strings.TrimSuffix(b.act.label, "…")}}
	ch := &change{page: p, view: views.ChangeView{
		Action: "/bulk", Keep: "Back to the list", KeepHref: back, Destroys: b.act.danger, Grave: b.act.danger, Consequences: slices.Clone(b.act.means),
		Hidden: []views.HiddenField{{Name: "do", Value: b.act.word}, {Name: "list", Value: strings.TrimPrefix(b.spec.path, "/")}, {Name: "from", Value: b.from}},
	}}
	if b.gone > 0 {
		ch.view.Consequences = append(ch.view.Consequences, fmt.Sprintf("%s not in the tenant any more, and left out.", areWords(b.gone)))
	}
	if b.excess > 0 {
		ch.view.Consequences = append(ch.view.Consequences, excessWords(b.excess))
	}
	if ch.view.Refused = h.bulkFault(b); ch.view.Refused != "" {
		return ch
	}
	if b.act.word == "delete" {
		h.bulkDeletion(b, ch)
	} else {
		h.bulkSteps(b, ch)
	}
	for _, item := range b.items {
		ch.view.Hidden = append(ch.view.Hidden, views.HiddenField{Name: "id", Value: item.ID})
	}
	n := len(ch.spec.Acts)
	switch {
	case n > provision.MaxActs:
		ch.view.Refused = fmt.Sprintf("These are %s, and one run takes at most %s. Choose fewer.", views.Plural(n, "change"), views.Count(provision.MaxActs))
		return ch
	case n == 0:
		ch.view.Refused = "There is nothing to do: what follows is why."
		return ch
	}
	does := fmt.Sprintf(strings.TrimSuffix(b.act.title, "?"), views.Plural(n, changed(b)))
	ch.view.Act, ch.spec.Title = does, strings.ToLower(does[:1])+does[1:]
	if n > typedFrom || b.act.danger {
		ch.view.Typed, ch.view.TypeWhat = strconv.Itoa(n), "to "+ch.spec.Title
	}
	if picker != nil {
		ch.fields = views.PickerBeforeAct(*picker)
		if b.person.ID != "" {
			ch.view.Hidden = append(ch.view.Hidden, views.HiddenField{Name: "person", Value: b.person.ID})
		} else {
			ch.view.Calls = []views.ReviewCall{} // of nobody no call can be told
		}
	}
	return ch
}

// changed is what a change counts: a deletion takes objects of other kinds along.
func changed(b *bulk) string {
	if b.act.word == "delete" {
		return "object"
	}
	return b.spec.thing
}

// excessWords says that more was ticked than an address can name.
func excessWords(n int) string {
	return fmt.Sprintf("You ticked more than %d rows, and %s beyond are left out. Use “Select all” for so many.", maxTicked, views.Plural(n, "row"))
}

// bulkFault is why nothing of the kind can be done at all.
func (h *Handlers) bulkFault(b *bulk) string {
	if fault := h.mostFault(len(b.items), b.counted()); fault != "" {
		return fault
	}
	if len(b.items) == 0 {
		return "No row is ticked. Go back and tick those that you mean, or choose all that the filters leave."
	}
	return ""
}

// mostFault is why this portal does not change n objects at once; empty where it does.
func (h *Handlers) mostFault(n int, counted string) string {
	switch {
	case h.BulkMost <= 0:
		return "Whoever runs this portal has switched changes of many objects off (PORTAL_BULK_MAX). Open each object and change it there."
	case n > h.BulkMost:
		return fmt.Sprintf("These are %s, and this portal changes at most %s at once (PORTAL_BULK_MAX). Narrow the list by filters, or do it in parts.", counted, views.Count(h.BulkMost))
	}
	return ""
}
