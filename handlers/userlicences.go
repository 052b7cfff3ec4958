package handlers

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/views"
	"agentidportal/web"
)

// giving is a licence that an agent user is to get, among those of the tenant.
type giving struct {
	user *graph.AgentUser
	o    *object
	skus []graph.SubscribedSKU
	has  []graph.LicenseDetail
}

// askLicence asks which licence an agent user gets.
func (h *Handlers) askLicence(c echo.Context) error {
	g, err := h.startGiving(c)
	if g == nil {
		return err
	}
	if stays := g.unplaced(); stays != nil {
		return h.showLicenceStays(c, http.StatusOK, g.o, *stays)
	}
	return h.askChange(c, h.assignment(c, g, c.QueryParam("license"), false))
}

// giveLicence assigns it, from the licences as they are read once more.
func (h *Handlers) giveLicence(c echo.Context) error {
	posted, err := web.Form(c, changeFields("license")...)
	if err != nil {
		return err
	}
	g, err := h.startGiving(c)
	if g == nil {
		return err
	}
	if run, err := h.changedBefore(c, posted.Get("request")); run != nil || err != nil {
		if err != nil {
			return err
		}
		return web.Redirect(c, h.objectChange(c, g.o, "licences", "", "").after(run))
	}
	if stays := g.unplaced(); stays != nil {
		return h.showLicenceStays(c, http.StatusConflict, g.o, *stays)
	}
	ch := h.assignment(c, g, posted.Get("license"), true)
	if err := h.inRunsOf(c, g.o, &ch.spec); err != nil {
		return err
	}
	return h.makeChange(c, ch, posted)
}

func (h *Handlers) startGiving(c echo.Context) (*giving, error) {
	u, o, err := h.openAgentUser(c)
	if o == nil {
		return nil, err
	}
	g := &giving{user: u, o: o}
	if g.has, err = h.graph(c).LicensesOf(c.Request().Context(), u.ID); err != nil {
		return nil, err
	}
	g.skus, err = h.graph(c).SubscribedSKUs(c.Request().Context())
	return g, err
}

// unplaced: Graph gives no licence to a user without a usage location.
// https://learn.microsoft.com/graph/api/user-assignlicense
func (g *giving) unplaced() *views.RelationStays {
	if g.user.UsageLocation != "" {
		return nil
	}
	return &views.RelationStays{
		Tone: views.ToneWarn, Notice: "It has no usage location",
		Text: []string{"Graph gives no licence to a user without one: the country decides which services a licence may bring. Set it first, then assign the licence."},
		Add:  &views.ButtonView{Href: g.o.path() + "/edit", Text: "Set usage location…"}, Back: g.o.path() + "/licences", BackText: "Back to Licences",
	}
}

func (h *Handlers) showLicenceStays(c echo.Context, status int, o *object, v views.RelationStays) error {
	p := h.questionPage(c, o, "licences", "Assign a licence to "+o.name, "Assign licence")
	p.Lead = "Nothing was changed."
	return web.Render(c, status, views.RelationStaysPage(p, v))
}

// assignment is the question which licence to assign. A licence that cannot be is
// refused beside the field.
func (h *Handlers) assignment(c echo.Context, g *giving, chosen string, demand bool) *change {
	ch := h.objectChange(c, g.o, "licences", "Assign a licence to "+g.o.name, "Assign licence")
	v := &ch.view
	v.Action, v.Act, v.Keep = g.o.path()+"/licences/add", "Assign licence", "Assign none"
	v.Consequences = []string{"The agent user gets the services of the product: a mailbox, a calendar, files, chat. One free licence of the tenant is used up."}
	if warning := h.licensorWords(c); len(warning) > 0 {
		v.Consequences, v.Grave = append(v.Consequences, warning...), true
	}
	call := graph.AssignLicenseCall(g.o.id, "{SKU ID}")
	fields := views.LicenceFields{Value: chosen}
	for _, sku := range g.skus {
		row := views.LicenceOffer{SKUID: sku.SKUID, Name: views.Named(sku.PartNumber, sku.SKUID), Free: sku.Free(), Enabled: sku.Enabled, Plans: sku.Plans, Refusal: g.refusal(sku)}
		fields.Offers = append(fields.Offers, row)
		if !strings.EqualFold(sku.SKUID, chosen) {
			continue
		}
		if row.Refusal != "" {
			fields.Fault = fmt.Sprintf("“%s” is not eligible: %s. Choose another.", row.Name, row.Refusal)
			continue
		}
		ch.spec.Acts = []provision.Act{{Kind: provision.KindAgentUserLicense, Of: g.o.target(), License: provision.LicenseRef{SKUID: sku.SKUID, Name: sku.PartNumber}}}
	}
	switch {
	case len(ch.spec.Acts) == 0 && fields.Fault == "" && chosen != "":
		fields.Fault = "The tenant has no licences of this product. Choose one of those below."
	case len(ch.spec.Acts) == 0 && demand && fields.Fault == "":
		fields.Fault = "Choose a licence."
	}
	if len(ch.spec.Acts) == 0 {
		v.Calls = []views.ReviewCall{{Method: call.Method, Path: call.Path, What: "Assign the licence that is chosen", Needs: call.Needs}}
	}
	ch.faults = map[string]string{"license": fields.Fault}
	ch.fields = views.LicenceChoice(fields)
	return ch
}

// refusal says why a product cannot be assigned; empty when it can.
func (g *giving) refusal(sku graph.SubscribedSKU) string {
	switch {
	case slices.ContainsFunc(g.has, func(l graph.LicenseDetail) bool { return strings.EqualFold(l.SKUID, sku.SKUID) }):
		return "it has one already"
	case sku.AppliesTo == "Company":
		return "it is for the whole tenant, not for users"
	case !sku.Assignable():
		return "its subscription is " + strings.ToLower(sku.Status)
	case sku.Free() == 0:
		return "none is left"
	}
	return ""
}

// licensorWords warn who has no role that Graph takes this from.
func (h *Handlers) licensorWords(c echo.Context) []string {
	held := web.CurrentUser(c).Roles
	if firstHeld(held, licensors) != "" {
		return nil
	}
	return []string{fmt.Sprintf("Graph takes this from %s only. You are: %s. Graph will refuse it; somebody who has such a role can take the run over and retry it.", orWords(licensors), RoleNames(held, noRoleCounts))}
}

// askLicenceRemoval asks before a licence is taken away.
func (h *Handlers) askLicenceRemoval(c echo.Context) error {
	ch, stays, o, err := h.licenceRemoval(c)
	switch {
	case o == nil || err != nil:
		return err
	case stays != nil:
		return h.showLicenceStays(c, http.StatusNotFound, o, *stays)
	}
	return h.askChange(c, ch)
}

func (h *Handlers) removeLicence(c echo.Context) error {
	posted, err := web.Form(c, changeFields()...)
	if err != nil {
		return err
	}
	ch, stays, o, err := h.licenceRemoval(c)
	if o == nil || err != nil {
		return err
	}
	if run, err := h.changedBefore(c, posted.Get("request")); run != nil || err != nil {
		if err != nil {
			return err
		}
		return web.Redirect(c, h.objectChange(c, o, "licences", "", "").after(run))
	}
	if stays != nil {
		return h.showLicenceStays(c, http.StatusConflict, o, *stays)
	}
	if err := h.inRunsOf(c, o, &ch.spec); err != nil {
		return err
	}
	return h.makeChange(c, ch, posted)
}

// licenceRemoval is the question before a licence is taken away, or what to say
// where the agent user has it no more.
func (h *Handlers) licenceRemoval(c echo.Context) (*change, *views.RelationStays, *object, error) {
	sku, err := graph.ParseGUID(c.Param("sku"))
	if err != nil {
		return nil, nil, nil, fmt.Errorf("product in the address: %w", models.ErrNotFound)
	}
	u, o, err := h.openAgentUser(c)
	if o == nil {
		return nil, nil, nil, err
	}
	has, err := h.graph(c).LicensesOf(c.Request().Context(), u.ID)
	if err != nil {
		return nil, nil, nil, err
	}
	i := slices.IndexFunc(has, func(l graph.LicenseDetail) bool { return strings.EqualFold(l.SKUID, sku) })
	if i < 0 {
		return nil, &views.RelationStays{
			Tone: views.ToneInfo, Notice: o.name + " has this licence no more", Text: []string{"Somebody was faster, or the directory has changed since the page was shown. Nothing was sent."},
			Back: o.path() + "/licences", BackText: "Back to Licences",
		}, o, nil
	}
	name := views.Named(has[i].PartNumber, sku)
	ch := h.objectChange(c, o, "licences", "Take licence "+name+" from "+o.name+"?", "Remove")
	v := &ch.view
	v.Action, v.Act, v.Destroys = o.path()+"/licences/"+sku+"/remove", "Remove licence", true
	v.Objects = []views.ChangeObject{{Mark: string(o.kind), Name: o.name, Href: o.path(), ID: o.id, Note: "Loses " + name}}
	v.Consequences = []string{stopWords(has[i].Plans), "Microsoft keeps mail and files for about 30 days and then deletes them. Who assigns the licence again before that finds them again."}
	v.Grave = true
	v.Consequences = append(v.Consequences, h.licensorWords(c)...)
	ch.spec.Acts = []provision.Act{{Kind: provision.KindAgentUserLicenseRemove, Of: o.target(), License: provision.LicenseRef{SKUID: sku, Name: has[i].PartNumber}}}
	return ch, nil, o, nil
}

// stopWords say what stops with a licence.
func stopWords(plans []graph.ServicePlan) string {
	if len(plans) == 0 {
		return "The services of this licence stop for the agent user at once: mailbox, calendar, files, chat, as far as no other licence brings them."
	}
	names := make([]string, len(plans))
	for i, p := range plans {
		names[i] = p.Name
	}
	return "These services stop for the agent user at once, as far as no other licence brings them: " + strings.Join(names, ", ") + ". With a mail service its mailbox stops."
}
