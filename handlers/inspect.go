package handlers

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"agentidportal/entra"
	"agentidportal/views"
	"agentidportal/web"
)

// inspectorGuard lets everybody in where the portal is reached over loopback
// alone, else every signed-in person.
func (h *Handlers) inspectorGuard() web.Guard {
	if h.OpenInspector {
		return web.Public()
	}
	return web.RequireUser()
}

// showInspector is the empty form.
func (h *Handlers) showInspector(c echo.Context) error {
	return h.renderInspector(c, http.StatusOK, views.Inspection{})
}

// inspect reads a pasted token. Nothing of it is stored or logged, and it is
// not in any address.
func (h *Handlers) inspect(c echo.Context) error {
	form, err := web.Form(c, "token")
	if err != nil {
		return err
	}
	j, err := entra.Decode(form.Get("token"))
	var fault *entra.DecodeError
	switch {
	case errors.As(err, &fault):
		page := views.Inspection{Fault: fault.What, Fix: fault.Fix, Exposed: fault.Credential}
		if !fault.Credential {
			page.Pasted = cut(form.Get("token"), entra.MaxPaste)
		}
		return h.renderInspector(c, http.StatusUnprocessableEntity, page)
	case err != nil:
		return err
	}
	token := h.inspected(c, j)
	if err := h.withGrants(c, &token); err != nil {
		return err
	}
	return h.renderInspector(c, http.StatusOK, views.Inspection{Token: &token})
}

func (h *Handlers) inspected(c echo.Context, j *entra.JWT) views.InspectedToken {
	verdict := h.Entra.Verify(c.Request().Context(), j)
	known := h.lookUp(c, j.IDs())
	h.addGroups(c, j, known)
	return h.explained(j, known, verdict, h.Now())
}

// maxGroups is how many groups of a token are asked for by name.
const maxGroups = 100

// addGroups names the groups of a token. Names are an aid: what cannot be read
// stays without one.
func (h *Handlers) addGroups(c echo.Context, j *entra.JWT, known lookedUp) {
	ids := uniqueGUIDs(j.Values("groups"))
	if len(ids) == 0 || web.CurrentUser(c) == nil {
		return
	}
	groups, err := h.graph(c).GetByIDs(c.Request().Context(), ids[:min(len(ids), maxGroups)])
	if err != nil {
		h.Log.Info("look up groups", "error", err, "request_id", web.RequestID(c))
	}
	for _, g := range groups {
		known.names[strings.ToLower(g.ID)] = g.DisplayName
	}
}

// explained puts a token into words, with the names that are known of its ids.
func (h *Handlers) explained(j *entra.JWT, known lookedUp, verdict entra.Verdict, now time.Time) views.InspectedToken {
	x := h.Entra.Guess(j)
	x.Names = known.names
	token := views.InspectedToken{
		JWT: j, Kind: h.Entra.Kind(j, known.names), Who: h.Entra.WhoActs(j, x),
		Verdict: verdict, Standing: j.Standing(verdict, now),
		Header: h.Entra.ExplainHeader(j), Claims: h.Entra.Explain(j, x),
		Times:   j.Times(now),
		Acts:    known.party(j.ClientID(), clientMark(j)),
		Through: known.party(j.Text("xms_par_app_azp"), "blueprint"),
		Person:  forPerson(j), Names: known.names,
	}
	if j.Text("idtyp") != "app" && j.Has("scp") {
		token.User = known.party(j.Text("oid"), userMark(j))
	}
	if path, ok := entra.ParseSubjectPath(j.Text("sub")); ok && x.Hop == entra.HopT1 {
		// T1 is the blueprint's own, made out to one agent (RFC 7519 4.1.2 leaves
		// the form of sub to the issuer).
		token.Acts = known.party(j.ClientID(), "blueprint")
		token.For = known.party(path.Rest, "agentIdentity")
	}
	if !token.Standing.Genuine() {
		token.Claims = entra.Unproven(token.Claims)
	}
	token.Ends, _ = j.Time("exp")
	return token
}

// clientMark is the kind of the client as the token tells it: only an agent's
// token names a blueprint.
func clientMark(j *entra.JWT) string {
	if j.Has("xms_par_app_azp") {
		return "agentIdentity"
	}
	return "principal"
}

// forPerson says whether a person takes part.
func forPerson(j *entra.JWT) string {
	switch idtyp := j.Text("idtyp"); {
	case idtyp == "app":
		return "No: idtyp is app"
	case j.IsAgentUser():
		return "No: the user is an agent user"
	case idtyp == "user" || j.Has("scp"):
		return "Yes"
	}
	return ""
}

func userMark(j *entra.JWT) string {
	if j.IsAgentUser() {
		return "agentUser"
	}
	return "person"
}

func (h *Handlers) renderInspector(c echo.Context, status int, page views.Inspection) error {
	p := h.page(c, "Inspector", "inspect")
	p.Lead = "Reads any token. It is decoded on this server, shown to you alone and not kept."
	p.Crumbs = []views.Crumb{{Text: "Overview", Href: "/"}, {Text: "Inspector"}}
	p.HasError = page.Fault != ""
	return web.Render(c, status, views.InspectPage(p, page))
}
