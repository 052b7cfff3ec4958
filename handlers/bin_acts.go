package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/provision"
	"agentidportal/views"
	"agentidportal/web"
)

// binAct is a restore or a purge of some objects, as a page asks about it.
type binAct struct {
	bin      *bin
	chosen   []*graph.DeletedObject
	missing  int  // are not in the bin any more
	excess   int  // were ticked beyond those that an address can name
	children bool // restore: with what was deleted below; purge: with what is stranded
	restore  bool
}

// askBin asks before objects are restored, or deleted for good.
func (h *Handlers) askBin(restore bool) echo.HandlerFunc {
	return func(c echo.Context) error {
		a := &binAct{restore: restore, children: restore}
		q := binQueryOf(c)
		a.excess = q.untaken
		if err := h.fillBinAct(c, a, q.ticked); err != nil {
			return err
		}
		if q.everyRow {
			a.chosen = q.of(a.bin)
		}
		return h.askChange(c, h.binChange(c, a))
	}
}

// makeBin restores them, or deletes them for good.
func (h *Handlers) makeBin(restore bool) echo.HandlerFunc {
	return func(c echo.Context) error {
		posted, err := web.Form(c, changeFields("id[]", "children", "asked")...)
		if err != nil {
			return err
		}
		a := &binAct{restore: restore, children: posted.Get("children") != "" || restore && posted.Get("asked") == ""}
		if err := h.fillBinAct(c, a, posted["id"]); err != nil {
			return err
		}
		ch := h.binChange(c, a)
		if ch.view.Refused != "" {
			return h.showChange(c, http.StatusUnprocessableEntity, ch)
		}
		if shownOthers(ch, posted) {
			return h.showChange(c, http.StatusUnprocessableEntity, ch)
		}
		return h.makeChange(c, ch, posted)
	}
}

// shownOthers says whether other objects would be changed than the form showed:
// somebody took the tick off or put it on, or the bin has changed. Then the page
// asks anew, with the new count.
func shownOthers(ch *change, posted url.Values) bool {
	if shown := posted.Get("shown"); shown == "" || shown == ch.view.Shown {
		return false
	}
	ch.view.Request, ch.view.Reason = posted.Get("request"), typedField(posted, "reason")
	ch.view.Errors = append(ch.view.Errors, views.FieldError{Field: "f-typed", Text: "Other objects would be changed than this page showed. Look at them, then type again."})
	return true
}

func (h *Handlers) fillBinAct(c echo.Context, a *binAct, ids []string) (err error) {
	if a.bin, err = h.readBin(c); err != nil {
		return err
	}
	for _, id := range ids {
		if d := a.bin.item(id); d != nil {
			a.chosen = append(a.chosen, d)
			continue
		}
		a.missing++
	}
	return nil
}

// binChange is the change as its page shows it.
func (h *Handlers) binChange(c echo.Context, a *binAct) *change {
	verb, path := "Restore", "/recycle-bin/restore"
	if !a.restore {
		verb, path = "Delete for good", "/recycle-bin/purge"
	}
	p := h.page(c, verb+"?", "recycle-bin")
	p.Lead = "Nothing is changed yet."
	p.Crumbs = []views.Crumb{{Text: "Overview", Href: "/"}, {Text: "Recycle bin", Href: "/recycle-bin"}, {Text: verb}}
	ch := &change{page: p, view: views.ChangeView{Action: path, Keep: "Back to the recycle bin", KeepHref: "/recycle-bin", Destroys: !a.restore, Grave: !a.restore}}
	if a.missing > 0 {
		ch.view.Consequences = append(ch.view.Consequences, fmt.Sprintf("%s not in the recycle bin any more: restored, deleted for good, or their 30 days are over.", areWords(a.missing)))
	}
	if a.excess > 0 {
		ch.view.Consequences = append(ch.view.Consequences, excessWords(a.excess))
	}
	if len(a.chosen) == 0 {
		ch.view.Refused = "None of the objects is in the recycle bin any more: they were restored or deleted for good, or their 30 days are over. What is past 30 days cannot be restored by anybody; make it anew."
		if a.missing == 0 {
			ch.view.Refused = "No row is ticked. Go back and tick those that you mean."
		}
		return ch
	}
	if ch.view.Refused = h.binMost(a); ch.view.Refused != "" {
		return ch
	}
	if a.restore {
		h.binRestore(c, a, ch)
	} else {
		h.binPurge(c, a, ch)
	}
	for _, d := range a.chosen {
		ch.view.Hidden = append(ch.view.Hidden, views.HiddenField{Name: "id", Value: d.ID})
	}
	ch.view.Shown = shownObjects(ch.spec.Acts)
	h.binTyped(a, ch, verb)
	return ch
}

// binMost is why so many objects cannot be changed at once; empty where they can.
func (h *Handlers) binMost(a *binAct) string {
	if n := len(a.chosen); n > 1 {
		return h.mostFault(n, views.Plural(n, "object"))
	}
	return ""
}

func areWords(n int) string {
	if n == 1 {
		return "1 object is"
	}
	return views.Count(n) + " objects are"
}

// binTyped says what has to be typed, and names the run.
func (h *Handlers) binTyped(a *binAct, ch *change, verb string) {
	n := len(ch.spec.Acts)
	switch {
	case n > provision.MaxActs:
		ch.view.Refused = fmt.Sprintf("These are %s, and one run takes at most %s. Choose fewer.", views.Plural(n, "object"), views.Count(provision.MaxActs))
		return
	case n == 0 && a.restore:
		ch.view.Refused = "None of these can be restored: what they belong to is deleted for good. What follows says of each what that is."
		return
	case n == 0:
		ch.view.Refused = "None of these can be deleted for good: a blueprint principal leaves the bin only by time. Graph refuses it to everybody."
		return
	}
	what := views.Plural(n, "object")
	ch.view.Typed = strconv.Itoa(n)
	if n == 1 {
		what = "“" + ch.spec.Acts[0].Of.Name + "”"
		ch.view.Typed = ch.spec.Acts[0].Of.Name
	}
	ch.page.Title = verb + " " + what + "?"
	if !a.restore {
		ch.page.Title = "Delete " + what + " for good?"
	}
	ch.view.Act = strings.TrimSuffix(ch.page.Title, "?")
	ch.spec.Title = strings.ToLower(ch.view.Act[:1]) + ch.view.Act[1:]
	ch.view.TypeWhat = "to " + strings.ToLower(strings.Fields(ch.view.Act)[0]) + " " + map[bool]string{true: "it", false: "them"}[n == 1]
	if !a.restore {
		ch.view.TypeWhat += " for good"
	}
}

// binPurge fills in what goes for good, and what can never come back then. A
// principal stays until its time is over.
func (h *Handlers) binPurge(c echo.Context, a *binAct, ch *change) {
	stranded := h.stranded(c, a.bin, a.chosen)
	ch.view.Consequences = append(ch.view.Consequences, "Nobody can bring them back, not even Microsoft's support. Their permissions and memberships go with them.",
		"Agent identities that are gone for good no longer count against the quota of their blueprint.")
	if len(stranded) > 0 {
		ch.view.Consequences = append(ch.view.Consequences, strandedWords(stranded, len(a.chosen)))
	}
	order := []graph.Kind{graph.KindAgentUser, graph.KindAgentIdentity, graph.KindBlueprint, graph.KindBlueprintPrincipal}
	also := 0
	for _, kind := range order {
		for _, d := range a.chosen {
			if d.Kind == graph.KindBlueprintPrincipal && kind == d.Kind {
				ch.view.Left = append(ch.view.Left, binObject(d, "Stays: Graph lets nobody purge a blueprint principal, it leaves the bin after 30 days"))
			} else if d.Kind == kind {
				ch.purges(d, "Is deleted for good")
			}
		}
		for _, d := range stranded {
			switch {
			case d.Kind != kind:
				continue
			case kind == graph.KindBlueprintPrincipal:
				ch.view.Left = append(ch.view.Left, binObject(d, "Cannot be restored any more, and leaves the bin only by time"))
				continue
			case a.children:
				ch.purges(d, "Is deleted for good too: it cannot be restored any more")
			default:
				ch.view.Left = append(ch.view.Left, binObject(d, "Cannot be restored any more"))
			}
			also++
		}
	}
	if also > 0 {
		ch.fields = views.BinStranded(also, a.children)
	}
}

// purges adds an object to those that are deleted for good.
func (ch *change) purges(d *graph.DeletedObject, note string) {
	ch.spec.Acts = append(ch.spec.Acts, provision.Act{Kind: provision.KindPurge, Of: binTarget(d)})
	ch.view.Objects = append(ch.view.Objects, binObject(d, note))
}

func binTarget(d *graph.DeletedObject) provision.Target {
	return provision.Target{Kind: d.Kind, ID: d.ID, Name: views.Named(d.DisplayName, d.ID)}
}

func binObject(d *graph.DeletedObject, note string) views.ChangeObject {
	return views.ChangeObject{Mark: string(d.Kind), Name: views.Named(d.DisplayName, d.ID), ID: d.ID, Note: note}
}

// binRestore fills in what comes back: what was chosen, what it cannot be without,
// and what was deleted below it, from the root to the leaves.
// What has lost its parent for good is left out.
func (h *Handlers) binRestore(c echo.Context, a *binAct, ch *change) {
	h.readGone(c, a.bin, a.chosen)
	var chosen []*graph.DeletedObject
	for _, d := range a.chosen {
		if why := a.bin.lost(d, nil); why != "" {
			ch.view.Left = append(ch.view.Left, binObject(d, "Cannot be restored: "+why))
			continue
		}
		chosen = append(chosen, d)
	}
	if n := len(ch.view.Left); n > 0 {
		ch.view.Consequences = append(ch.view.Consequences, views.Plural(n, "object")+" cannot be restored by anybody, and "+map[bool]string{true: "is", false: "are"}[n == 1]+" left out.")
	}
	trees := newForest(a.bin)
	for _, d := range chosen {
		trees.add(d, "Is restored")
	}
	for _, d := range chosen {
		trees.above(d)
	}
	below := 0
	for _, d := range chosen {
		below += trees.below(d, a.children)
	}
	ch.spec.Acts = trees.acts()
	for _, act := range ch.spec.Acts {
		ch.view.Objects = append(ch.view.Objects, binObject(a.bin.item(act.Of.ID), trees.notes[act.Of.ID]))
	}
	ch.view.Consequences = append(ch.view.Consequences, "They come back as they were: with their permissions, owners, sponsors and memberships, enabled or disabled as before.",
		"Where somebody has taken a name or an address meanwhile, Graph refuses that one object, and the run says so.")
	if below > 0 {
		ch.fields = views.BinChildren(below, a.children)
	}
}
