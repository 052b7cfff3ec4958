package handlers

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/views"
	"agentidportal/web"
)

// The four things a refusal can come from.
const (
	missingScope   = "scope"
	missingRole    = "role"
	missingOwner   = "owner"
	missingLicence = "licence"
)

// refusal is what is known of a 403: what the call needs, what there is, and
// which of the four is missing.
type refusal struct {
	user    *web.User
	needs   string   // delegated permission, empty when nobody named it
	granted []string // to the portal for this person, nil when not known
	void    string   // a granted permission that takes the others away
	missing string
}

// graphRefusal tells apart which of the four is missing. Graph says so only
// now and then, so the portal compares what the call needs with what there is.
func (h *Handlers) graphRefusal(c echo.Context, err *graph.Error) problem {
	u := web.CurrentUser(c)
	r := refusal{user: u, needs: err.Needs, granted: h.grantedScopes(c, u)}
	r.void = voiding(r.granted)
	r.missing = r.find(err)
	p := problem{title: cannot(c), lead: "Nothing was changed."}
	if u != nil {
		p.lead += " Signed in as " + u.Username + "."
	}
	p.view = views.Problem{Status: http.StatusForbidden, Tone: views.ToneDanger, Conditions: r.conditions(), Ways: h.waysOut(c, r)}
	p.view.Cause, p.view.Text = r.words()
	return p
}

// covers says whether granted scopes open a call that needs one of them:
// ReadWrite holds Read.
func covers(granted []string, needs string) bool {
	return slices.Contains(granted, needs) || slices.Contains(granted, strings.Replace(needs, ".Read.", ".ReadWrite.", 1))
}

// voiding finds a permission with which a token loses those for agents.
// https://learn.microsoft.com/entra/agent-id/preview-known-issues
func voiding(granted []string) string {
	for _, scope := range []string{"Directory.AccessAsUser.All", "Directory.ReadWrite.All"} {
		if slices.Contains(granted, scope) {
			return scope
		}
	}
	return ""
}

func (h *Handlers) grantedScopes(c echo.Context, u *web.User) []string {
	if u == nil {
		return nil
	}
	row, err := h.Store.SignIn(c.Request().Context(), u.SignInID)
	if err != nil {
		return nil
	}
	scopes := strings.Fields(row.Scopes)
	for i, s := range scopes {
		scopes[i] = s[strings.LastIndex(s, "/")+1:]
	}
	return scopes
}

func (r refusal) find(err *graph.Error) string {
	text := strings.ToLower(err.Code + " " + err.Message)
	switch {
	case strings.Contains(text, "licen"), strings.Contains(text, "premium"):
		return missingLicence
	case r.void != "", r.needs != "" && len(r.granted) > 0 && !covers(r.granted, r.needs), strings.Contains(text, "scope"):
		return missingScope
	case strings.Contains(text, "owner"), r.user != nil && r.user.Role == web.Operator:
		return missingOwner
	default:
		return missingRole
	}
}

func (r refusal) roles(none string) string {
	if r.user == nil {
		return none
	}
	return RoleNames(r.user.Roles, none)
}

func (r refusal) words() (cause string, text []string) {
	const start = "Graph refused the call. Of the four things that can be missing, it is the "
	have := r.roles("no directory role that counts here")
	switch {
	case r.missing == missingScope && r.void != "":
		return "A permission of the portal is in the way", []string{"Graph refused the call. The portal holds " + r.void + " for you, and a token with it loses every permission for agents. An administrator should take it away from the portal's application."}
	case r.missing == missingScope && r.needs == "":
		return "A permission of the portal is missing", []string{start + "permission: an administrator has not consented to what this call needs."}
	case r.missing == missingScope:
		return "A permission of the portal is missing", []string{start + "permission " + r.needs + ": an administrator has not consented to it for this portal."}
	case r.missing == missingLicence:
		return "A licence is missing", []string{start + "licence of the tenant. What Graph said of it is among the facts for support."}
	case r.missing == missingOwner:
		return "Only an owner may do this", []string{start + "ownership. Your account has " + have + ", which may do this to objects you own."}
	default:
		return "A role is missing", []string{start + "role. Your account has " + have + "."}
	}
}

// conditions is the table of the four, with what is known of each.
func (r refusal) conditions() []views.Condition {
	result := func(kind, otherwise string) string {
		if kind == r.missing {
			return "Missing"
		}
		return otherwise
	}
	scope := views.Condition{Name: "Permission of the portal", Needed: r.needs, Have: "Not granted", Result: result(missingScope, "Met")}
	switch {
	case len(r.granted) == 0:
		scope.Have, scope.Result = "The portal could not read what was granted", result(missingScope, "Unknown")
	case r.needs == "":
		scope.Needed, scope.Have, scope.Result = "Graph did not say", "What the portal asks for at sign-in", result(missingScope, "Unknown")
	case covers(r.granted, r.needs):
		scope.Have = "Granted"
	}
	if r.void != "" {
		scope.Have, scope.Result = r.void+", which voids it", "Missing"
	}
	return []views.Condition{
		scope,
		{Name: "Your role", Needed: "Agent ID Administrator or Global Administrator", Have: r.roles("None that counts"), Result: result(missingRole, "Met")},
		{Name: "Owner of the object", Needed: "Ownership, for Agent ID Developers only", Have: "Graph did not say", Result: result(missingOwner, "Not asked")},
		{Name: "Licence", Needed: "What Graph asks for; the portal itself asks for none", Have: "Graph did not say", Result: result(missingLicence, "Not asked")},
	}
}

// roleProblem is for pages that the portal keeps to some roles.
func (h *Handlers) roleProblem(c echo.Context, err *web.ForbiddenError) problem {
	var need []string
	for _, r := range append(slices.Clone(err.Need), web.Admin) {
		if words := directoryRolesFor(r); !slices.Contains(need, words) {
			need = append(need, words)
		}
	}
	roles := strings.Join(need, ", ")
	const first = "Not looked at: the role is missing first"
	return problem{title: cannot(c), lead: "Nothing was changed. Signed in as " + err.User.Username + ".", view: views.Problem{
		Status: http.StatusForbidden, Tone: views.ToneDanger, Cause: "A role is missing",
		Text: []string{"The portal keeps this to people with one of these directory roles: " + roles + ". It did not ask Graph."},
		Conditions: []views.Condition{
			{Name: "Permission of the portal", Needed: "Consent to the Graph calls behind this page", Have: first, Result: "Not asked"},
			{Name: "Your role", Needed: roles, Have: RoleNames(err.User.Roles, "None that counts"), Result: "Missing"},
			{Name: "Owner of the object", Needed: "Ownership, for Agent ID Developers only", Have: first, Result: "Not asked"},
			{Name: "Licence", Needed: "What Graph asks for; the portal itself asks for none", Have: first, Result: "Not asked"},
		},
		Ways:    h.waysOut(c, refusal{user: err.User, missing: missingRole, needs: roles}),
		Support: []views.SupportFact{asked(c)},
	}}
}

// directoryRolesFor names the directory roles that give a role of the portal.
func directoryRolesFor(r web.Role) string {
	switch r {
	case web.Admin:
		return "Agent ID Administrator, Global Administrator"
	case web.Operator:
		return "Agent ID Developer"
	case web.Auditor:
		return "Global Reader, Security Reader, Reports Reader"
	default:
		return "any"
	}
}
