package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/provision"
	"agentidportal/views"
	"agentidportal/web"
)

// adding is the page where somebody is looked for, and the question before he is
// added.
type adding struct {
	o   *object
	r   relation
	now []graph.PrincipalRef
}

// askAdd looks for whom to add, or asks about whom the address names.
func (h *Handlers) askAdd(open opener, r relation) echo.HandlerFunc {
	return func(c echo.Context) error {
		a, err := h.startAdding(c, open, r)
		if a == nil {
			return err
		}
		if id := c.QueryParam(r.field); id != "" {
			who, refusal, err := h.addable(c, a, id)
			if err != nil {
				return err
			}
			if refusal != "" {
				return h.showAdding(c, http.StatusUnprocessableEntity, a, "", refusal)
			}
			ch, err := h.addition(c, a, *who)
			if err != nil {
				return err
			}
			return h.askChange(c, ch)
		}
		return h.showAdding(c, http.StatusOK, a, typedWords(c.QueryParam("q")), "")
	}
}

// makeAdd takes one who was found to the question, and adds him when that was
// answered. What a form says of him is not believed: he is looked up each time.
func (h *Handlers) makeAdd(open opener, r relation) echo.HandlerFunc {
	return func(c echo.Context) error {
		posted, err := web.Form(c, changeFields(r.field, "q")...)
		if err != nil {
			return err
		}
		a, err := h.startAdding(c, open, r)
		if a == nil {
			return err
		}
		if run, err := h.changedBefore(c, posted.Get("request")); run != nil || err != nil {
			if err != nil {
				return err
			}
			return web.Redirect(c, h.objectChange(c, a.o, r.tab, "", "").after(run))
		}
		who, refusal, err := h.addable(c, a, posted.Get(r.field))
		if err != nil {
			return err
		}
		if refusal != "" {
			return h.showAdding(c, http.StatusUnprocessableEntity, a, typedWords(posted.Get("q")), refusal)
		}
		if posted.Get("request") == "" {
			return web.Redirect(c, address(r.path(a.o), url.Values{r.field: {who.ID}}))
		}
		ch, err := h.addition(c, a, *who)
		if err != nil {
			return err
		}
		if err := h.inRunsOf(c, a.o, &ch.spec); err != nil {
			return err
		}
		return h.makeChange(c, ch, posted)
	}
}

func (h *Handlers) startAdding(c echo.Context, open opener, r relation) (*adding, error) {
	o, err := open(c)
	if o == nil {
		return nil, err
	}
	now, err := r.now(c.Request().Context(), h.graph(c), o)
	if err != nil {
		return nil, err
	}
	return &adding{o: o, r: r, now: now}, nil
}

// addable looks up whom a form or an address names; the second value says why he
// cannot be added.
func (h *Handlers) addable(c echo.Context, a *adding, id string) (*graph.Candidate, string, error) {
	unknown := "The directory knows nothing with this id. Search for a name and choose from what is found."
	guid, err := graph.ParseGUID(id)
	if err != nil {
		return nil, unknown, nil
	}
	found, err := h.graph(c).Candidate(c.Request().Context(), guid)
	if graph.IsNotFound(err) {
		return nil, unknown, nil
	}
	if err != nil {
		return nil, "", fmt.Errorf("look up a candidate: %w", err)
	}
	if why := a.r.refusal(a.now, *found); why != "" {
		return nil, fmt.Sprintf("“%s” is not eligible: %s. Nothing was changed; choose another.", views.Named(found.DisplayName, found.ID), why), nil
	}
	return found, "", nil
}

// showAdding is the search with what it found.
func (h *Handlers) showAdding(c echo.Context, status int, a *adding, words, fault string) error {
	o, r := a.o, a.r
	v := views.RelationPick{
		Action: r.path(o), Field: r.field, Words: cut(words, maxSearch), Fault: fault, Takes: r.takes, Now: a.nowWords(), Back: r.tabPath(o), BackText: "Back to " + tabTitle(o.kind, r.tab),
		Label: "Find " + r.role, Hint: "The start of a name, a whole user name, or an object id.",
	}
	if r.word == "manager" {
		v.Label = "Find a manager"
	}
	if what := secretTyped(v.Words); what != "" {
		v.Words, v.Fault = "", "This looks like a "+what+", so nothing was searched. Write a name, a user name or an object id."
		status = http.StatusUnprocessableEntity
	}
	if v.Words != "" {
		found, err := h.findIn(c, v.Words, r.finds...)
		if err != nil {
			return err
		}
		v.Asked, v.More, v.SearchFault = true, found.more, found.fault
		for _, one := range found.all {
			row := foundRow(one, h.actor(c).OID, func(c graph.Candidate) string { return r.refusal(a.now, c) }, nil)
			v.Found = append(v.Found, row)
		}
	}
	p := h.questionPage(c, o, r.tab, a.title(), "Add "+r.noun())
	if r.word == "manager" {
		p.Crumbs[len(p.Crumbs)-1].Text = "Set manager"
	}
	p.HasError = v.Fault != ""
	v.Calls = o.calls.Sent()
	return web.Render(c, status, views.RelationPickPage(p, v))
}

func (a *adding) title() string {
	switch a.r.word {
	case "manager":
		return "Set the manager of " + a.o.name
	case "groups":
		return "Add " + a.o.name + " to a group"
	}
	return "Add " + a.r.role + " to " + a.o.name
}

// nowWords say who is it already.
func (a *adding) nowWords() string {
	n := len(a.now)
	switch {
	case a.r.word == "manager" && n == 0:
		return "It has no manager."
	case a.r.word == "manager":
		return "Its manager is " + refWords(a.now[0]) + ". Whoever is chosen takes the place."
	case a.r.word == "groups":
		return "It is a member of " + views.Plural(n, "group") + "."
	}
	words := "It has " + views.Plural(n, a.r.noun())
	if groups := countKind(a.now, graph.KindGroup); groups > 0 {
		words += ", of them " + views.Plural(groups, "group")
	}
	return words + "."
}

// refWords name somebody in a sentence.
func refWords(ref graph.PrincipalRef) string {
	name := views.Named(ref.DisplayName, ref.ID)
	if ref.UPN != "" && ref.UPN != ref.DisplayName {
		return name + " (" + views.Visible(ref.UPN) + ")"
	}
	return name
}

// tabTitle is what a part of an object is called.
func tabTitle(kind graph.Kind, word string) string {
	for _, t := range tabsOf(kind) {
		if t.word == word {
			return t.title
		}
	}
	return "the object"
}

// addition is the question before somebody is added.
func (h *Handlers) addition(c echo.Context, a *adding, who graph.Candidate) (*change, error) {
	o, r, name := a.o, a.r, views.Named(who.DisplayName, who.ID)
	title, act, note := "Add "+name+" as "+r.role+" of "+o.name+"?", "Add "+r.noun(), "Gets one more "+r.noun()
	keep := "Add nobody"
	switch r.word {
	case "manager":
		title, act, note, keep = "Make "+name+" the manager of "+o.name+"?", "Set manager", "Gets a manager", "Change nothing"
	case "groups":
		title, act, note, keep = "Add "+o.name+" to "+name+"?", "Add to group", "Becomes a member", "Change nothing"
	}
	ch := h.objectChange(c, o, r.tab, title, strings.TrimSuffix(act, " to group"))
	v := &ch.view
	v.Action, v.Act, v.Keep, v.Hidden = r.path(o), act, keep, []views.HiddenField{{Name: r.field, Value: who.ID}}
	v.Objects = []views.ChangeObject{{Mark: string(o.kind), Name: o.name, Href: o.path(), ID: o.id, Note: note}}
	ch.spec.Acts = []provision.Act{r.change(o.target(), who.DirectoryObject, false)}
	row := foundRow(who, h.actor(c).OID, func(graph.Candidate) string { return "" }, nil)
	ch.fields = views.RelationWho(row.Picked)
	v.Consequences = a.means(who)
	if r.word != "sponsors" {
		return ch, nil
	}
	unusable, fault, err := h.unusable(c, who.ID)
	if why := unusable[strings.ToLower(who.ID)]; why != "" && fault == "" {
		v.Grave = true
		v.Consequences = append(v.Consequences, why+" As a sponsor nobody can act there.")
	}
	return ch, err
}

// means says what follows when somebody is added.
func (a *adding) means(who graph.Candidate) []string {
	_, _, thing := folderOf(a.o.kind)
	name := views.Named(who.DisplayName, who.ID)
	switch a.r.word {
	case "owners":
		may := "may change, disable, restore and delete this " + thing + ", and decide who else owns and sponsors it"
		if a.o.kind == graph.KindBlueprint {
			may = "may change this blueprint, its credentials, its owners and its sponsors, create agent identities from it, and delete it"
		}
		return []string{name + " " + may + ". It takes no directory role."}
	case "sponsors":
		means := []string{name + " is asked when access of this " + thing + " is reviewed or ends. A sponsor may also disable it: in Entra (My Account or the admin center), not in this portal, which asks for a role. A sponsor changes neither its settings nor its credentials."}
		if who.Kind == graph.KindGroup {
			means = append(means, "Of a group, the direct members alone have a sponsor’s rights: members of groups inside it have none.")
		}
		return means
	case "manager":
		means := []string{name + " may request access packages for this agent user, and stands in the address book as whom it works for. A manager cannot change it."}
		if len(a.now) > 0 {
			means = append(means, refWords(a.now[0])+" is its manager now, and is not any more.")
		}
		return means
	}
	return []string{
		"What the group may open, this agent user may open: files, mail, applications, and whatever the group is given later.",
		"Graph takes this from a Groups Administrator, a User Administrator, a Global Administrator or an owner of the group. Agent ID Administrator is none of them.",
	}
}
