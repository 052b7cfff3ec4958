package handlers

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/views"
)

// acts say what a request would have done, by the start of its route; the
// longer starts first.
func acts() []struct{ place, see, do string } {
	return []struct{ place, see, do string }{
		{"/blueprints/new", "create blueprints", "create blueprints"},
		{"/agents/new", "create agent identities", "create agent identities"},
		{"/blueprints/:id/secrets", "add client secrets", "add client secrets"},
		{"/blueprints", "see blueprints", "change this blueprint"},
		{"/principals", "see blueprint principals", "change this blueprint principal"},
		{"/agent-users", "see agent users", "change this agent user"},
		{"/agents", "see agent identities", "change this agent identity"},
		{"/bulk", "change many objects at once", "change many objects at once"},
		{"/recycle-bin/restore", "restore deleted objects", "restore deleted objects"},
		{"/recycle-bin/purge", "delete objects for good", "delete objects for good"},
		{"/recycle-bin", "see the recycle bin", "change the recycle bin"},
		{"/runs/:id/cancel", "cancel runs", "cancel this run"},
		{"/runs", "see runs", "change this run"},
		{"/audit", "see the audit", "change the audit"},
		{"/tokens", "test tokens of agents", "test tokens of agents"},
		{"/search", "search the tenant", "search the tenant"},
		{"/sandbox/secret", "see the seeded secret", "see the seeded secret"},
		{"/sandbox", "see the sandbox", "change the sandbox"},
	}
}

// actOf says in words what was asked for.
func actOf(c echo.Context) string {
	get := c.Request().Method == http.MethodGet
	for _, a := range acts() {
		verb, asks := askedVerb(c.Path())
		switch {
		case within(c.Path(), a.place) && get && asks && strings.HasPrefix(a.see, "see "):
			return verb + strings.TrimPrefix(a.see, "see")
		case within(c.Path(), a.place) && !get && asks && strings.HasPrefix(a.do, "change "):
			return verb + strings.TrimPrefix(a.do, "change")
		case within(c.Path(), a.place) && get:
			return a.see
		case within(c.Path(), a.place):
			return a.do
		}
	}
	if get {
		return "see this page"
	}
	return "do this"
}

// askedVerb is what a page that asks before a change of an object would do to it;
// false for pages that show it.
func askedVerb(route string) (verb string, asks bool) {
	_, rest, of := strings.Cut(route, "/:id/")
	switch last := rest[strings.LastIndex(rest, "/")+1:]; last {
	case "edit", "delete", "disable", "enable":
		return last, of
	case "add", "remove", "set", "grant", "inherit", "rotate", "new":
		return "change", of
	}
	return "", false
}

// cannot is the title of a refusal.
func cannot(c echo.Context) string { return "You cannot " + actOf(c) }

// backTo is the page to come back to after a sign-in.
func (h *Handlers) backTo(c echo.Context) string {
	if c.Request().Method == http.MethodGet && c.Request().URL.Path != "/auth/callback" {
		return h.web.Path(c)
	}
	return "/"
}

// signInWith is the link to a sign-in with one more wish: account=other,
// consent=ask.
func signInWith(wish, back string) string {
	address := signInLink(back)
	if strings.Contains(address, "?") {
		return address + "&" + wish
	}
	return address + "?" + wish
}

func signInAgain(back, title, text string) views.Way {
	return views.Way{Icon: "person-circle", Title: title, Text: text, Button: "Sign in", Href: signInLink(back), Primary: true}
}

func otherAccount(back string) views.Way {
	return views.Way{Icon: "person-circle", Title: "Sign in as someone else", Text: "You choose the account again. The page you wanted is kept.", Button: "Switch account", Href: signInWith("account=other", back)}
}

// waysOut is what one can do about a refusal, by what is missing, and where
// the rules are explained.
func (h *Handlers) waysOut(c echo.Context, r refusal) []views.Way {
	ways := h.waysFor(c, r)
	if r.missing != missingLicence && h.may(c, "/help/permissions") {
		ways = append(ways, views.Way{
			Icon: "info-circle", Title: "Read who may do what", Text: "Which role and which permission each act needs, and why.", Button: "Who may do what", Href: "/help/permissions",
		})
	}
	return ways
}

func (h *Handlers) waysFor(c echo.Context, r refusal) []views.Way {
	back := h.backTo(c)
	refresh := views.Way{
		Icon: "arrow-repeat", Title: "Was the role given or activated a moment ago?", Text: "Roles are read at sign-in and on demand.",
		Button: "Refresh my roles", Post: "/roles/refresh", Back: back,
	}
	switch r.missing {
	case missingScope:
		return []views.Way{
			{
				Icon: "shield-check", Title: "Sign in again with consent", Text: "An administrator is asked for consent for the whole tenant. A new sign-in brings the permission into your token.",
				Button: "Sign in with consent", Href: signInWith("consent=ask", back), Primary: true,
			},
			h.askFor(c, r, "Ask an administrator to consent", "the permission "+r.needs+" for the application of the Agent ID Portal ("+h.App.ClientID+")"),
			otherAccount(back),
		}
	case missingLicence:
		return []views.Way{h.askFor(c, r, "Ask an administrator for the licence", "the licence that Microsoft Graph asks for"), h.tryAgain(c), toOverview()}
	case missingOwner:
		return []views.Way{
			h.askFor(c, r, "Ask an owner to add you, or an administrator", "ownership of the object at this address, or the role Agent ID Administrator"),
			refresh, otherAccount(back),
		}
	}
	return []views.Way{
		h.askFor(c, r, "Ask an administrator for a role", "one of these directory roles: "+roleNeeds(r)),
		{
			Icon: "shield-check", Title: "Do you hold the role as eligible?", Text: "Activate it in Privileged Identity Management of Entra, then read your roles again.",
			Button: "Refresh my roles", Post: "/roles/refresh", Back: back,
		},
		otherAccount(back),
	}
}

func roleNeeds(r refusal) string {
	if strings.Contains(r.needs, "Administrator") {
		return r.needs
	}
	return "Agent ID Administrator, Global Administrator"
}

// askFor is a text to send to somebody who can help: who asks for what, why,
// and where.
func (h *Handlers) askFor(c echo.Context, r refusal, title, what string) views.Way {
	who := "somebody"
	if r.user != nil {
		who = r.user.Username
	}
	address := h.PublicURL + "/"
	if c.Request().Method == http.MethodGet {
		address = h.PublicURL + cut(c.Request().URL.EscapedPath(), 300)
	}
	return views.Way{
		Icon: "person-circle", Title: title, Text: "The text says who needs what, and leads to this page.", Button: "Copy request",
		Request: "Please give " + who + " in the tenant " + h.domain() + " (" + h.Tenant.ID + ") " + what + ", to " + actOf(c) + ". The page: " + address,
	}
}
