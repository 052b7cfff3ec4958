package handlers

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/provision"
	"agentidportal/views"
	"agentidportal/web"
)

// deletionBody is the largest form about a deletion: it names every object of
// the tree that was shown.
const deletionBody = 256 << 10

// askDeletion shows what would go with an object, and what stays behind.
func (h *Handlers) askDeletion(kind graph.Kind) echo.HandlerFunc {
	return func(c echo.Context) error {
		t, err := h.fellingOf(c, kind, false)
		if t == nil {
			return err
		}
		ch, err := h.deleting(c, t)
		if err != nil {
			return err
		}
		return h.askChange(c, ch)
	}
}

// deleteObject deletes what was shown. Where the tree is another one by now, or
// the agent users are to stay after all, it is shown again and nothing is deleted.
func (h *Handlers) deleteObject(kind graph.Kind) echo.HandlerFunc {
	return func(c echo.Context) error {
		posted, err := web.Form(c, changeFields("users", "asked", "tree", "shown")...)
		if err != nil {
			return err
		}
		t, err := h.fellingOf(c, kind, posted.Get("asked") != "" && posted.Get("users") == "")
		if t == nil {
			return err
		}
		ch, err := h.deleting(c, t)
		if err != nil {
			return err
		}
		if ch.view.Act == "" {
			return h.showChange(c, http.StatusUnprocessableEntity, ch)
		}
		if posted.Get("tree") == t.fingerprint() {
			return h.makeChange(c, ch, posted)
		}
		f, err := h.whatDiffers(c, t, strings.Fields(posted.Get("shown")))
		if err != nil {
			return err
		}
		ch.view.Findings = append([]views.Finding{f}, ch.view.Findings...)
		return h.showAgain(c, ch, posted)
	}
}

// showAgain shows a question anew with what was typed, and does nothing.
func (h *Handlers) showAgain(c echo.Context, ch *change, posted url.Values) error {
	v := &ch.view
	v.Reason, v.Value = cut(strings.TrimSpace(posted.Get("reason")), maxTyped), cut(strings.TrimSpace(posted.Get("typed")), maxTyped)
	v.Request = uuid.NewString() // what is asked now is another question
	return h.showChange(c, http.StatusUnprocessableEntity, ch)
}

// deleting builds the question about a tree.
func (h *Handlers) deleting(c echo.Context, t *felling) (*change, error) {
	o := t.o
	_, _, thing := folderOf(o.kind)
	ch := &change{page: h.actPage(c, o, "Delete "+o.name+"?", "Delete"), spec: provision.ChangeSpec{Acts: t.acts()}}
	ch.page.Lead = "Nothing is deleted yet."
	ch.view = views.ChangeView{
		Action: o.path() + "/delete", KeepHref: o.path(), Grave: true, Destroys: true,
		Consequences: t.words(), Objects: t.going(), Left: t.staying(),
		Busy: "Deleting…",
	}
	n := len(ch.spec.Acts)
	if f := t.tooMuch(n); f != nil {
		ch.view.Findings, ch.view.Objects, ch.view.Left = []views.Finding{*f}, nil, nil
		ch.view.Keep = "Open the " + thing
		return ch, nil
	}
	ch.view.Act, ch.view.Typed, ch.view.TypeWhat = "Delete "+thing, oneLine(o.name), "to delete it"
	if n > 1 {
		ch.spec.Title = "delete " + o.name + " and " + views.Plural(n-1, "object") + " with it"
		ch.view.Act, ch.view.TypeWhat = "Delete "+views.Plural(n, "object"), "to delete it and "+views.Plural(n-1, "object")+" with it"
	}
	if t.mayDisable() && h.may(c, t.folder()+"/:id/disable") {
		ch.view.Milder, ch.view.MilderHref = "Disable instead", o.path()+"/disable"
	}
	ch.view.Hidden = []views.HiddenField{{Name: "tree", Value: t.fingerprint()}, {Name: "shown", Value: strings.Join(t.ids(), " ")}}
	if t.asksUsers() {
		ch.view.Hidden = append(ch.view.Hidden, views.HiddenField{Name: "asked", Value: "on"})
		ch.fields = views.AlsoUsers(len(t.i.users), !t.keepUsers)
	}
	return ch, h.inRunsOf(c, o, &ch.spec)
}

// whatDiffers says what came or went since a tree was shown.
func (h *Handlers) whatDiffers(c echo.Context, t *felling, shown []string) (views.Finding, error) {
	came, went := t.since(shown)
	if len(shown) > 0 && len(came)+len(went) == 0 {
		n := views.Plural(len(t.i.users), "agent user")
		f := views.Finding{Tone: views.ToneInfo, Title: "The agent users go too", Detail: n + " " + verb(len(t.i.users), "is", "are") + " deleted with it. Nothing was deleted yet: look at the list and the button again."}
		if t.keepUsers {
			f.Title, f.Detail = "The agent users stay behind", n+" "+verb(len(t.i.users), "stays", "stay")+". Nothing was deleted yet: look at the list and the button again."
		}
		return f, nil
	}
	var names []string
	for _, id := range went[:min(len(went), impactNamed)] {
		item, err := h.graph(c).DeletedItem(c.Request().Context(), id)
		var fault string
		if err := part(err, &fault); err != nil {
			return views.Finding{}, err
		}
		if item != nil {
			names = append(names, "“"+views.Named(item.DisplayName, id)+"”")
		} else {
			names = append(names, id)
		}
	}
	f := views.Finding{Tone: views.ToneWarn, Title: "This is another tree than the one you were shown", Detail: "Nothing was deleted."}
	f.Detail += listed(" Since then came: ", came) + listed(" No longer there: ", append(names, went[len(names):]...))
	f.Detail += " Look at the list below, and press the button again if it is still what you want."
	return f, nil
}

// listed are the first of many words in a sentence.
func listed(before string, words []string) string {
	if len(words) == 0 {
		return ""
	}
	text := before + strings.Join(words[:min(len(words), impactNamed)], ", ")
	if more := len(words) - impactNamed; more > 0 {
		text += " and " + views.Count(more) + " more"
	}
	return text + "."
}
