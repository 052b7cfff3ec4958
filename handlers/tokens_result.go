package handlers

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/entra"
	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/views"
	"agentidportal/web"
)

// recordTry writes one event about a try, good or bad. Of the token it keeps
// what the sign-in log of Entra has too, and its SHA-256.
func (h *Handlers) recordTry(c echo.Context, try *labTry, trace *entra.Trace) error {
	body := map[string]any{
		"mode": string(trace.Mode), "scope": recordedScope(try.form.Scope), "name": try.agent.DisplayName,
		"blueprintAppId": try.agent.AgentIdentityBlueprintID, "blueprintName": try.blueprintName(),
		"secret": map[bool]string{true: "kept", false: "typed"}[try.kept != nil],
		"hops":   recordedHops(trace),
	}
	result := models.ResultSucceeded
	if failed := trace.Failed(); failed != nil {
		result = models.ResultFailed
		body["failedAt"] = string(failed.Name)
		if failed.Err != nil {
			body["error"], body["aadsts"] = failed.Err.Code, failed.Err.AADSTS
		}
	}
	if token := trace.Token(); !token.IsZero() {
		sum := sha256.Sum256([]byte(token.Reveal()))
		body["tokenSha256"] = hex.EncodeToString(sum[:])
		body["expires"] = trace.ExpiresAt().UTC().Format("2006-01-02T15:04:05Z")
	}
	return h.record(c, models.NewAudit{
		Action: models.ActionTokenTest, Result: result,
		TargetKind: string(graph.KindAgentIdentity), TargetID: try.agent.ID, Body: body,
	})
}

// recordedScope keeps a scope that reads as one. The field takes any text, also
// a secret pasted into the wrong box, and an audit record is for ever.
func recordedScope(scope string) string {
	if address, ok := strings.CutSuffix(scope, "/.default"); ok && len(scope) <= 256 && !strings.ContainsAny(address, " \t\n~") {
		return scope
	}
	return "not a scope"
}

func recordedHops(trace *entra.Trace) []any {
	var hops []any
	for _, hop := range trace.Hops {
		kept := map[string]any{"name": string(hop.Name), "state": string(hop.State), "status": hop.Status, "correlationId": hop.CorrelationID}
		if hop.JWT != nil {
			kept["uti"], kept["audience"] = hop.JWT.Text("uti"), hop.JWT.Audience()
			kept["signature"] = string(hop.Signature.State)
		}
		hops = append(hops, kept)
	}
	return hops
}

// renderTry is the page about a try.
func (h *Handlers) renderTry(c echo.Context, try *labTry, trace *entra.Trace) error {
	result := views.TokenResult{
		AgentID: try.agent.ID, AgentName: try.agent.DisplayName,
		BlueprintID: try.blueprintID(), BlueprintAppID: try.agent.AgentIdentityBlueprintID, BlueprintName: try.blueprintName(),
		Scope: try.form.Scope, KeptID: try.form.Kept, KeptNow: try.keptNow, At: trace.Started, Trace: trace,
	}
	x := entra.Context{
		Mode: trace.Mode, BlueprintAppID: result.BlueprintAppID, AgentID: result.AgentID, Scope: try.form.Scope,
		Names: h.namesOf(c, try, trace),
	}
	for _, hop := range trace.Hops {
		x.Hop = hop.Name
		result.Hops = append(result.Hops, h.hopResult(hop, result, x))
		if hop.JWT != nil {
			result.Who = h.Entra.WhoActs(hop.JWT, x)
		}
	}
	p := h.page(c, "Token for "+try.agent.DisplayName, "tokens")
	p.Lead = "Autonomous app, scope " + try.form.Scope + ", " + views.UTC(trace.Started) + "."
	p.Crumbs = []views.Crumb{{Text: "Overview", Href: "/"}, {Text: "Token lab", Href: "/tokens"}, {Text: "Result"}}
	return web.Render(c, http.StatusOK, views.TokenResultPage(p, result))
}

// namesOf names the ids of a trace: agent and blueprint are known, the rest,
// such as the blueprint's principal, is asked for.
func (h *Handlers) namesOf(c echo.Context, try *labTry, trace *entra.Trace) map[string]string {
	known := map[string]string{
		strings.ToLower(try.agent.ID):                       try.agent.DisplayName,
		strings.ToLower(try.agent.AgentIdentityBlueprintID): try.blueprintName(),
	}
	var ids []string
	for _, hop := range trace.Hops {
		if hop.JWT == nil {
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

func (h *Handlers) hopResult(hop entra.Hop, r views.TokenResult, x entra.Context) views.HopResult {
	result := views.HopResult{Hop: hop, Notes: fieldNotes(r)}
	if hop.JWT != nil {
		result.Header = h.Entra.ExplainHeader(hop.JWT)
		result.Claims = h.Entra.Explain(hop.JWT, x)
		result.Times = hop.JWT.Times(h.Now())
		if hop.Signature.State == entra.VerdictInvalid {
			result.Claims = entra.Unproven(result.Claims)
		}
	}
	if hop.Err != nil {
		result.Explained = hop.Err.Explain()
		result.FixHref, result.FixText = fixOf(hop.Err, r)
	}
	if hop.ClientID == r.BlueprintAppID {
		result.Notes["client_id"] = "The blueprint " + r.BlueprintName
	}
	return result
}

// fieldNotes say what the fields of a request are.
func fieldNotes(r views.TokenResult) map[string]string {
	return map[string]string{
		"client_id":             "The agent identity " + r.AgentName,
		"fmi_path":              "The agent this token is for",
		"client_assertion_type": "A signed token stands for the client",
	}
}

// fixOf is the page where a refusal is mended.
func fixOf(refusal *entra.Error, r views.TokenResult) (href, text string) {
	switch refusal.AADSTS {
	case 7000215, 7000222:
		if r.BlueprintID != "" {
			return newSecretPath(r.BlueprintID), "Add client secret"
		}
	case 700027, 70025, 70021:
		if r.BlueprintID != "" {
			return "/blueprints/" + r.BlueprintID, "Look at the blueprint's credentials"
		}
	case 700016, 7000112, 70001, 700213, 500011, 501051, 65001:
		return "/agents/" + r.AgentID, "Look at the agent"
	}
	return "", ""
}
