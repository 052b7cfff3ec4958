package handlers

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/views"
	"agentidportal/web"
)

// removal is somebody who is to be taken from a list of an object.
type removal struct {
	o    *object
	r    relation
	now  []graph.PrincipalRef
	who  graph.PrincipalRef
	gone bool // he is not in the list any more
}

// askRemove asks before somebody is taken from a list, or says why he stays.
func (h *Handlers) askRemove(open opener, r relation) echo.HandlerFunc {
	return func(c echo.Context) error {
		rm, err := h.startRemoval(c, open, r)
		if rm == nil {
			return err
		}
		stays, err := h.stays(c, rm)
		switch {
		case err != nil:
			return err
		case stays != nil && rm.gone:
			return h.showStays(c, http.StatusNotFound, rm, *stays)
		case stays != nil:
			return h.showStays(c, http.StatusOK, rm, *stays)
		}
		ch, err := h.subtraction(c, rm)
		if err != nil {
			return err
		}
		return h.askChange(c, ch)
	}
}

// makeRemove takes somebody from a list, as it is read once more.
func (h *Handlers) makeRemove(open opener, r relation) echo.HandlerFunc {
	return func(c echo.Context) error {
		posted, err := web.Form(c, changeFields()...)
		if err != nil {
			return err
		}
		rm, err := h.startRemoval(c, open, r)
		if rm == nil {
			return err
		}
		if run, err := h.changedBefore(c, posted.Get("request")); run != nil || err != nil {
			if err != nil {
				return err
			}
			return web.Redirect(c, h.objectChange(c, rm.o, r.tab, "", "").after(run))
		}
		if stays, err := h.stays(c, rm); stays != nil || err != nil {
			if err != nil {
				return err
			}
			return h.showStays(c, http.StatusConflict, rm, *stays)
		}
		ch, err := h.subtraction(c, rm)
		if err != nil {
			return err
		}
		if err := h.inRunsOf(c, rm.o, &ch.spec); err != nil {
			return err
		}
		return h.makeChange(c, ch, posted)
	}
}

func (h *Handlers) startRemoval(c echo.Context, open opener, r relation) (*removal, error) {
	rm := &removal{r: r}
	var err error
	if r.word != "manager" {
		if rm.who.ID, err = graph.ParseGUID(c.Param(r.field)); err != nil {
			return nil, fmt.Errorf("id in the address: %w", models.ErrNotFound)
		}
	}
	if rm.o, err = open(c); rm.o == nil {
		return nil, err
	}
	ctx, g := c.Request().Context(), h.graph(c)
	if rm.now, err = r.now(ctx, g, rm.o); err != nil {
		return nil, err
	}
	if r.word == "manager" && len(rm.now) > 0 {
		rm.who = rm.now[0]
		return rm, nil
	}
	if ref := refTo(rm.now, rm.who.ID); ref != nil {
		rm.who = *ref
		return rm, nil
	}
	rm.gone = true
	var fault string // the id stands for the name
	named, err := g.GetByIDs(ctx, idsOf(rm.who))
	if len(named) > 0 {
		rm.who = named[0]
	}
	return rm, part(err, &fault)
}

func idsOf(refs ...graph.PrincipalRef) []string {
	var ids []string
	for _, ref := range refs {
		if ref.ID != "" {
			ids = append(ids, ref.ID)
		}
	}
	return ids
}

// unusable says why some cannot act as sponsors, and what kept that from being
// known.
func (h *Handlers) unusable(c echo.Context, ids ...string) (why map[string]string, fault string, err error) {
	why, err = provision.UnusableSponsors(c.Request().Context(), h.graph(c), ids)
	err = part(err, &fault)
	return why, fault, err
}

// stays says why somebody cannot be taken from the list; nil when he can.
func (h *Handlers) stays(c echo.Context, rm *removal) (*views.RelationStays, error) {
	o, r := rm.o, rm.r
	v := &views.RelationStays{Tone: views.ToneInfo, Back: r.tabPath(o), BackText: "Back to " + tabTitle(o.kind, r.tab)}
	_, _, thing := folderOf(o.kind)
	switch {
	case rm.gone && r.word == "manager":
		v.Notice, v.Text = "It has no manager any more", []string{"Somebody was faster. Nothing was sent."}
	case rm.gone && r.word == "groups":
		v.Notice, v.Text = o.name+" is no member of “"+refWords(rm.who)+"” any more", []string{"Somebody was faster, or the directory has changed since the page was shown. Nothing was sent."}
	case rm.gone:
		v.Notice = refWords(rm.who) + " is no " + r.noun() + " of " + o.name + " any more"
		v.Text = []string{"Somebody was faster, or the directory has changed since the page was shown. Nothing was sent."}
	case r.word == "sponsors" && len(rm.now) == 1 && (o.kind == graph.KindBlueprint || o.kind == graph.KindAgentIdentity):
		v.Tone, v.Notice = views.ToneWarn, refWords(rm.who)+" is the last sponsor"
		v.Text = []string{
			"Without a sponsor nobody is asked when access of this " + thing + " is reviewed or ends, and nobody answers for it. Graph creates none without a sponsor, so the portal leaves none without one.",
			"Add somebody else first; then this sponsor can be removed.",
		}
		v.Add = &views.ButtonView{Href: r.path(o), Icon: "plus-lg", Text: "Add sponsor…"}
	case r.word == "groups":
		return h.ruled(c, rm, v)
	default:
		return nil, nil
	}
	return v, nil
}

// ruled: a membership that a rule decides is not changed by hand.
func (h *Handlers) ruled(c echo.Context, rm *removal, v *views.RelationStays) (*views.RelationStays, error) {
	group, err := h.graph(c).Candidate(c.Request().Context(), rm.who.ID)
	switch {
	case graph.IsNotFound(err):
		return nil, nil // Graph says so of the removal itself
	case err != nil:
		return nil, err
	case group.Dynamic():
		v.Notice = "A rule decides who is a member of “" + refWords(rm.who) + "”"
		v.Text = []string{"Graph takes nobody out of a group with dynamic membership. Change the rule of the group, or what the rule looks at."}
		return v, nil
	}
	return nil, nil
}

func (h *Handlers) showStays(c echo.Context, status int, rm *removal, v views.RelationStays) error {
	p := h.questionPage(c, rm.o, rm.r.tab, "Remove "+rm.r.noun()+" of "+rm.o.name, "Remove")
	p.Lead = "Nothing was changed."
	return web.Render(c, status, views.RelationStaysPage(p, v))
}

// subtraction is the question before somebody is taken from a list.
func (h *Handlers) subtraction(c echo.Context, rm *removal) (*change, error) {
	o, r, name := rm.o, rm.r, views.Named(rm.who.DisplayName, rm.who.ID)
	title, note := "Remove "+name+" as "+r.role+" of "+o.name+"?", "Loses "+r.role
	switch r.word {
	case "manager":
		note = "Has no manager any more"
	case "groups":
		title, note = "Remove "+o.name+" from "+name+"?", "Is no member any more"
	}
	ch := h.objectChange(c, o, r.tab, title, "Remove")
	v := &ch.view
	v.Action, v.Act, v.Keep, v.Destroys = r.removePath(o, rm.who.ID), "Remove "+r.noun(), "Keep the "+r.noun(), true
	if r.word == "groups" {
		v.Act, v.Keep = "Remove from group", "Keep it there"
	}
	v.Objects = []views.ChangeObject{{Mark: string(o.kind), Name: o.name, Href: o.path(), ID: o.id, Note: note}}
	ch.spec.Acts = []provision.Act{r.change(o.target(), rm.who, true)}
	ch.fields = views.RelationWho(pickedOf(provision.PrincipalOf(graph.Candidate{DirectoryObject: rm.who}), h.actor(c).OID))
	switch r.word {
	case "owners":
		h.lessOwners(c, rm, v)
	case "sponsors":
		return ch, h.lessSponsors(c, rm, v)
	case "manager":
		v.Consequences = []string{refWords(rm.who) + " may request no access packages for this agent user any more. It keeps what it has.", "Where workflows write to the manager, for approvals or when it ends, they find nobody."}
	default:
		v.Consequences = []string{"This agent user cannot open any more what only this group may open: files, mail, applications. Tokens it already has stay valid until they end, after about an hour."}
	}
	return ch, nil
}

// lessOwners: the last owner takes the ability to change the object along, for all
// but administrators.
func (h *Handlers) lessOwners(c echo.Context, rm *removal, v *views.ChangeView) {
	_, _, thing := folderOf(rm.o.kind)
	me := strings.EqualFold(rm.who.ID, h.actor(c).OID)
	v.Consequences = []string{refWords(rm.who) + " may change this " + thing + " only with a directory role that allows it."}
	if rm.o.kind == graph.KindBlueprint {
		v.Consequences = []string{refWords(rm.who) + " may change this blueprint, its credentials, its owners and its sponsors only with a directory role that allows it."}
	}
	if me && web.CurrentUser(c).Has(web.Admin) {
		v.Consequences = append(v.Consequences, "This is you. You lose your rights as its owner; your role lets you change it as long as you have that role.")
	} else if me {
		v.Grave = true
		v.Consequences = append(v.Consequences, "This is you: you lose your rights on it. You can neither change it nor take this back; another owner or an administrator can.")
	}
	if len(rm.now) == 1 {
		v.Grave = true
		v.Typed, v.TypeWhat = rm.o.name, "to remove its last owner"
		v.Consequences = append(v.Consequences, "This is the last owner: after this only administrators can change this "+thing+". Add another owner first if somebody shall look after it.")
		v.Milder, v.MilderHref = "Add owner…", rm.r.path(rm.o)
	}
}

// lessSponsors warns when nobody who stays can act.
func (h *Handlers) lessSponsors(c echo.Context, rm *removal, v *views.ChangeView) error {
	_, _, thing := folderOf(rm.o.kind)
	v.Consequences = []string{refWords(rm.who) + " is not asked any more when access of this " + thing + " is reviewed or ends, and cannot disable it as its sponsor in Entra (My Account or the admin center)."}
	var others []graph.PrincipalRef
	for _, ref := range rm.now {
		if !strings.EqualFold(ref.ID, rm.who.ID) {
			others = append(others, ref)
		}
	}
	if len(others) == 0 {
		v.Grave = true
		v.Consequences = append(v.Consequences, "This is the last sponsor: nobody is asked after this.")
		v.Milder, v.MilderHref = "Add sponsor…", rm.r.path(rm.o)
		return nil
	}
	why, fault, err := h.unusable(c, idsOf(others...)...)
	if err != nil || fault != "" {
		return err
	}
	for _, ref := range others {
		if why[strings.ToLower(ref.ID)] == "" {
			return nil // this one can act
		}
	}
	v.Grave = true
	v.Consequences = append(v.Consequences, "This is the last sponsor who can act. Of those who stay, none can:")
	for _, ref := range others {
		v.Consequences = append(v.Consequences, why[strings.ToLower(ref.ID)])
	}
	v.Milder, v.MilderHref = "Add sponsor…", rm.r.path(rm.o)
	return nil
}
