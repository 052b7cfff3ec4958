package handlers

import (
	"strings"

	"github.com/labstack/echo/v4"
	"golang.org/x/sync/errgroup"

	"agentidportal/entra"
	"agentidportal/views"
	"agentidportal/web"
)

// path is the address of a result while it is held.
func (r *labResult) path() string { return "/tokens/results/" + r.id }

// renderResult is the page about a try. faults are those of its forms, by field.
func (h *Handlers) renderResult(c echo.Context, status int, r *labResult, faults map[string]string) error {
	result, err := h.resultView(c, r)
	if err != nil {
		return err
	}
	result.Faults = faults
	if result.Checks, err = h.checksOf(c, r); err != nil {
		return err
	}
	p := h.page(c, result.Title(), "tokens")
	p.Lead = result.Mode.Label + ", scope " + result.Scope + ", " + views.UTC(r.trace.Started) + "."
	p.Crumbs = []views.Crumb{{Text: "Overview", Href: "/"}, {Text: "Token lab", Href: "/tokens"}, {Text: "Result"}}
	p.HasError = len(faults) > 0
	return web.Render(c, status, views.TokenResultPage(p, result))
}

// resultView puts a try into words.
func (h *Handlers) resultView(c echo.Context, r *labResult) (views.TokenResult, error) {
	try, trace := r.try, r.trace
	result := views.TokenResult{
		ID: r.id, Path: r.path(), Mode: try.mode, Reuse: try.form.Reuse,
		BlueprintID: try.blueprintID(), BlueprintAppID: try.blueprintAppID(), BlueprintName: try.blueprintName(),
		AppID: try.form.AppID, OtherTenant: try.form.OtherTenant, OtherAppID: try.form.Other, UserID: try.userID, Username: firstWord(try.username, try.form.Username), UsernameTyped: try.form.Username,
		Scope: try.form.Scope, KeptID: try.form.Kept, KeptNow: try.keptNow, At: trace.Started, Trace: trace, RefreshHref: r.refreshable(),
	}
	if h.Sandbox != nil && strings.EqualFold(entra.ResourceOf(try.form.Scope), entra.ResourceOf(h.Sandbox.Echo.Scope)) {
		result.ResourceName = "Echo API"
	}
	if try.agent != nil {
		result.AgentID, result.AgentName = try.agent.ID, try.agent.DisplayName
	}
	result.Profile, result.There = profileOfResult(r), h.otherTenantOf(&result)
	// Names and grants are asked for side by side.
	var grants errgroup.Group
	if hop := trace.Hop(entra.HopTR); hop != nil && hop.JWT != nil && hop.Signature.State == entra.VerdictValid {
		grants.Go(func() (err error) {
			result.Granted, err = h.grantedVersus(c, hop.JWT)
			return err
		})
	}
	x := h.contextOf(c, r)
	result.AppName = x.Names[strings.ToLower(try.form.AppID)]
	if err := grants.Wait(); err != nil {
		return result, err
	}
	for i := range trace.Hops {
		hop := trace.Hops[i]
		result.Hops = append(result.Hops, h.hopResult(hop, &result, h.contextAt(x, &hop)))
		h.tellOf(c, r, &result.Hops[i])
		if hop.JWT != nil && trace.Complete() {
			result.Who = h.Entra.WhoActs(hop.JWT, x)
		}
	}
	result.Clock = h.clockOf(c, trace)
	h.addUses(r, &result)
	result.Scripts = scriptsOf(r)
	return result, nil
}

func firstWord(words ...string) string {
	for _, w := range words {
		if w != "" {
			return w
		}
	}
	return ""
}

// clientAppID is the client of a grant without agent, and of the last hop of a
// cross-tenant try.
func (t *labTry) clientAppID() string {
	switch {
	case t.mode.OtherTenant:
		return t.form.Other
	case t.agent == nil && t.blueprint == nil:
		return t.form.AppID
	}
	return ""
}

// namesOf names the ids of a trace: agent and blueprint are known, the rest,
// such as the blueprint's principal, is asked for.
func (h *Handlers) namesOf(c echo.Context, try *labTry, trace *entra.Trace) map[string]string {
	known := map[string]string{}
	if try.agent != nil {
		known[strings.ToLower(try.agent.ID)] = try.agent.DisplayName
	}
	if appID := try.blueprintAppID(); appID != "" {
		known[strings.ToLower(appID)] = try.blueprintName()
	}
	var ids []string
	for _, hop := range trace.Hops {
		if hop.JWT == nil || hop.TenantID != "" && !strings.EqualFold(hop.TenantID, h.Entra.TenantID()) {
			continue
		}
		for _, id := range hop.JWT.IDs() {
			if known[strings.ToLower(id)] == "" {
				ids = append(ids, id)
			}
		}
	}
	for id, name := range h.lookUp(c, ids).names {
		known[id] = name
	}
	return known
}

func (h *Handlers) hopResult(hop entra.Hop, r *views.TokenResult, x entra.Context) views.HopResult {
	result := views.HopResult{Hop: hop, Notes: fieldNotes(r), Age: entra.Words(h.Now().Sub(hop.Started))}
	if failed := r.Trace.Failed(); failed != nil && hop.State == entra.HopUnreached {
		result.Needs = string(failed.Name)
	}
	if hop.JWT != nil {
		result.Header = h.Entra.ExplainHeader(hop.JWT)
		result.Claims = h.Entra.Explain(hop.JWT, x)
		result.Times = hop.JWT.Times(h.Now())
		if hop.Signature.State == entra.VerdictInvalid {
			result.Claims = entra.Unproven(result.Claims)
		}
	}
	result.Notes["client_id"] = clientNote(hop.ClientID, r, x.Names)
	return result
}

// clientNote says who the client of a request is.
func clientNote(clientID string, r *views.TokenResult, names map[string]string) string {
	switch name := names[strings.ToLower(clientID)]; {
	case clientID == r.BlueprintAppID && clientID != "":
		return "The blueprint " + r.BlueprintName
	case clientID == r.AgentID && clientID != "":
		return "The agent identity " + r.AgentName
	case name != "":
		return "The application " + name
	}
	return ""
}

// fieldNotes say what the fields of a request are.
func fieldNotes(r *views.TokenResult) map[string]string {
	return map[string]string{
		"fmi_path":              "The agent this token is for",
		"client_assertion_type": "A signed token stands for the client",
		"username":              "Whom the token is for",
		"user_id":               "The object id of whom the token is for",
		"requested_token_use":   "A token of a user is to be traded",
	}
}
