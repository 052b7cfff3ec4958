package handlers

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/views"
	"agentidportal/web"
)

// graphProblem words a refusal or a fault of Graph, with what Graph said kept
// whole for support.
func (h *Handlers) graphProblem(c echo.Context, err *graph.Error) problem {
	p := problem{view: views.Problem{
		Tone: views.ToneDanger,
		Support: []views.SupportFact{
			{Label: "Graph code", Value: err.Code, ID: err.Code != ""},
			{Label: "Graph said", Value: err.Message},
			{Label: "Call", Value: err.Method + " " + err.Path},
			{Label: "Request-id", Value: err.RequestID, ID: err.RequestID != ""},
			{Label: "Time at Graph", Value: err.Date},
		},
	}}
	switch {
	case err.Status == http.StatusForbidden:
		h.graphRefusal(c, err, &p)
	case err.Status == http.StatusNotFound:
		p.title, p.view.Status, p.view.Tone = "Graph knows no such object", http.StatusNotFound, views.ToneWarn
		p.view.Cause = "Nothing with this id is in the tenant"
		p.view.Text = []string{"It was deleted, or it was made a moment ago and has not reached every part of the directory yet. That takes up to a few minutes and is no fault."}
		p.view.Ways = []views.Way{tryAgain(c), toOverview()}
	case err.Status == http.StatusConflict:
		p.title, p.view.Status, p.view.Tone = "Somebody was faster", http.StatusConflict, views.ToneWarn
		p.view.Cause = "Graph refused, because the object exists already or was changed meanwhile"
		p.view.Text = []string{"Nothing was changed. Read the object again before you go on."}
		p.view.Ways = []views.Way{toOverview()}
	case err.Status == http.StatusTooManyRequests:
		seconds := retryAfter(c, err.RetryAfter.Seconds())
		p.title, p.view.Status, p.view.Tone = "Graph asks for a pause", http.StatusTooManyRequests, views.ToneWait
		p.view.Cause = "Wait " + seconds + " seconds, then go on"
		p.view.Text = []string{"The tenant has sent Graph too many requests. All programs that work in it share the limit. Nothing was changed."}
		p.view.Ways = []views.Way{tryAgain(c)}
	case err.Status == http.StatusUnauthorized:
		p.title, p.view.Status = "Graph does not accept the token", http.StatusBadGateway
		p.view.Cause = "The portal's token for you was refused"
		p.view.Text = []string{"Your rights may have been withdrawn or your sessions ended in the tenant. A new sign-in says which."}
		p.view.Ways = []views.Way{signInAgain("Sign in again", "A new sign-in gives new tokens."), otherAccount()}
	case err.Status < http.StatusInternalServerError:
		p.title, p.view.Status = "Graph does not take this request", http.StatusBadGateway
		p.view.Cause = "Graph answered " + strconv.Itoa(err.Status) + " " + err.Code
		p.view.Text = []string{"Nothing was changed. What was asked for has a form Graph does not know: a strange character in a search, say, or a fault of the portal. Trying again does not help; what Graph said is at the right."}
		p.view.Ways = []views.Way{toOverview()}
	default:
		p.title, p.view.Status = "Graph could not answer", http.StatusBadGateway
		p.view.Cause = "Graph answered " + strconv.Itoa(err.Status)
		p.view.Text = []string{"The portal asked again where that is safe, without luck. If you were changing something, its run says whether it was done."}
		p.view.Ways = []views.Way{tryAgain(c), toOverview()}
	}
	return p
}

// The four things a refusal can come from.
const (
	missingScope   = "scope"
	missingRole    = "role"
	missingOwner   = "owner"
	missingLicence = "licence"
)

// graphRefusal tells apart which of the four is missing. Graph says so only
// now and then, so the portal compares what the call needs with what there is.
func (h *Handlers) graphRefusal(c echo.Context, err *graph.Error, p *problem) {
	u := web.CurrentUser(c)
	p.view.Status = http.StatusForbidden
	p.title = "You cannot do this"
	if err.Method == http.MethodGet {
		p.title = "You cannot see this"
	}
	p.lead = "Nothing was changed."
	if u != nil {
		p.lead += " Signed in as " + u.Username + "."
	}
	granted := h.grantedScopes(c, u)
	needs := err.Needs
	missing := whatIsMissing(err, u, needs, granted)
	p.view.Cause, p.view.Text = refusalWords(missing, u, needs)
	p.view.Conditions = conditionsOf(missing, u, needs, granted)
	p.view.Ways = waysOut(c, missing)
}

// covers says whether granted scopes open a call that needs one of them:
// ReadWrite holds Read.
func covers(granted []string, needs string) bool {
	return slices.Contains(granted, needs) || slices.Contains(granted, strings.Replace(needs, ".Read.", ".ReadWrite.", 1))
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

func whatIsMissing(err *graph.Error, u *web.User, needs string, granted []string) string {
	text := strings.ToLower(err.Code + " " + err.Message)
	switch {
	case strings.Contains(text, "licen"), strings.Contains(text, "premium"):
		return missingLicence
	case needs != "" && len(granted) > 0 && !covers(granted, needs), strings.Contains(text, "scope"):
		return missingScope
	case strings.Contains(text, "owner"), u != nil && u.Role == web.Operator:
		return missingOwner
	default:
		return missingRole
	}
}

func refusalWords(missing string, u *web.User, needs string) (cause string, text []string) {
	var roles []string
	if u != nil {
		roles = u.Roles
	}
	have := RoleNames(roles, "no directory role that counts here")
	const start = "Graph refused the call. Of the four things that can be missing, it is the "
	switch missing {
	case missingScope:
		return "A permission of the portal is missing", []string{start + "permission " + needs + ": an administrator has not consented to it for this portal."}
	case missingLicence:
		return "A licence is missing", []string{start + "licence of the tenant. Graph says which one, at the right."}
	case missingOwner:
		return "Only an owner may do this", []string{start + "ownership. Your account has " + have + ", which may do this to objects you own."}
	default:
		return "A role is missing", []string{start + "role. Your account has " + have + "."}
	}
}

func conditionsOf(missing string, u *web.User, needs string, granted []string) []views.Condition {
	result := func(kind, otherwise string) string {
		if kind == missing {
			return "Missing"
		}
		return otherwise
	}
	scope := views.Condition{Name: "Permission of the portal", Needed: needs, Have: "Not granted", Result: result(missingScope, "Met")}
	switch {
	case covers(granted, needs):
		scope.Have = "Granted"
	case len(granted) == 0:
		scope.Have, scope.Result = "The portal could not read what was granted", result(missingScope, "Unknown")
	}
	role := views.Condition{Name: "Your role", Needed: "Agent ID Administrator or Global Administrator", Have: "None that counts", Result: result(missingRole, "Met")}
	if u != nil {
		role.Have = RoleNames(u.Roles, role.Have)
	}
	owner := views.Condition{Name: "Owner of the object", Needed: "Ownership, for Agent ID Developers only", Have: "Graph did not say", Result: result(missingOwner, "Not asked")}
	licence := views.Condition{Name: "Licence", Needed: "What Graph asks for; the portal itself asks for none", Have: "Graph did not say", Result: result(missingLicence, "Not asked")}
	return []views.Condition{scope, role, owner, licence}
}

func waysOut(c echo.Context, missing string) []views.Way {
	back := againAt(c)
	again := views.Way{
		Icon: "arrow-repeat", Title: "Was the role given a moment ago?", Text: "Roles are read at sign-in and on demand.",
		Button: "Refresh my roles", Post: "/roles/refresh", Back: back,
	}
	switch missing {
	case missingScope:
		return []views.Way{signInAgain("Was consent given a moment ago?", "A new sign-in brings the permission into your token."), otherAccount()}
	case missingLicence:
		return []views.Way{toOverview()}
	default:
		return []views.Way{again, otherAccount()}
	}
}

// networkProblem is for when Entra or Graph cannot be reached at all.
// Reason is a sentence about the fault, or empty.
func (h *Handlers) networkProblem(c echo.Context, reason string) problem {
	cloud := h.Entra.Cloud()
	who, look := "Microsoft", "Check that the portal's machine reaches "+cloud.Login+" and "+cloud.Graph+"."
	if cloud.Sandbox {
		who, look = "The sandbox", "Check that it still runs at "+cloud.Login+"."
	}
	if reason == "" {
		reason = "No connection came about, or it broke off."
	}
	return problem{title: "The tenant cannot be reached", view: views.Problem{
		Status: http.StatusBadGateway, Tone: views.ToneDanger, Cause: who + " did not answer as it should",
		Text: []string{reason + " " + look, "If you were changing something, its run says whether it was done; it finds out by itself and sends nothing twice."},
		Ways: []views.Way{tryAgain(c), toOverview()},
	}}
}

// roleProblem is for pages that the portal keeps to some roles.
func (h *Handlers) roleProblem(c echo.Context, err *web.ForbiddenError) problem {
	var need []string
	for _, r := range append(slices.Clone(err.Need), web.Admin) {
		if words := directoryRolesFor(r); !slices.Contains(need, words) {
			need = append(need, words)
		}
	}
	p := problem{title: "You cannot open this page", lead: "Nothing was changed. Signed in as " + err.User.Username + "."}
	if c.Request().Method != http.MethodGet {
		p.title = "You cannot do this"
	}
	have := RoleNames(err.User.Roles, "None that counts")
	p.view = views.Problem{
		Status: http.StatusForbidden, Tone: views.ToneDanger, Cause: "A role is missing",
		Text: []string{"The portal keeps this to people with one of these directory roles: " + strings.Join(need, ", ") + ". It did not ask Graph."},
		Conditions: []views.Condition{
			{Name: "Permission of the portal", Needed: "Consent to the Graph calls behind this page", Have: "Not looked at: the role is missing first", Result: "Not asked"},
			{Name: "Your role", Needed: strings.Join(need, ", "), Have: have, Result: "Missing"},
			{Name: "Owner of the object", Needed: "Ownership, for Agent ID Developers only", Have: "Not looked at: the role is missing first", Result: "Not asked"},
			{Name: "Licence", Needed: "What Graph asks for; the portal itself asks for none", Have: "Not looked at: the role is missing first", Result: "Not asked"},
		},
		Ways: waysOut(c, missingRole),
	}
	return p
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
