package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/entra"
	"agentidportal/models"
	"agentidportal/views"
	"agentidportal/web"
)

// useToken calls an API of the allow-list with the token of a result. The page
// is the result's again, with what the API answered.
func (h *Handlers) useToken(c echo.Context) error {
	form, err := web.Form(c, "call")
	if err != nil {
		return err
	}
	signIn := web.CurrentUser(c).SignInID
	result := h.lab.result(signIn, c.Param("id"), h.Now())
	if result == nil {
		return models.ErrNotFound
	}
	calls := h.callsOf(result)
	at := slices.IndexFunc(calls, func(call entra.ResourceCall) bool { return call.Key == form.Get("call") })
	if at < 0 {
		return h.renderResult(c, http.StatusUnprocessableEntity, result, map[string]string{"call": "Choose one of the calls in the list."})
	}
	use := &labUse{call: calls[at]}
	use.done, use.err = h.Entra.Use(c.Request().Context(), calls[at], result.trace.Token())
	defer goOn(c)()
	if err := h.recordUse(c, result, use); err != nil {
		return fmt.Errorf("record the call with a token: %w", err)
	}
	h.lab.noteUse(signIn, result.id, h.Now(), use)
	return web.Redirect(c, result.path()+"#use")
}

// backToResult is where a page about a call is loaded anew.
func (h *Handlers) backToResult(c echo.Context) error {
	return web.Redirect(c, "/tokens/results/"+c.Param("id"))
}

// callsOf are the calls that a result's token is for.
func (h *Handlers) callsOf(r *labResult) []entra.ResourceCall {
	hop := r.trace.Hop(entra.HopTR)
	if hop == nil || !r.trace.Complete() {
		return nil
	}
	return h.Entra.CallsFor(hop.JWT, h.echoOf())
}

// recordUse keeps that a token was used, and how that went; nothing of what came.
func (h *Handlers) recordUse(c echo.Context, r *labResult, use *labUse) error {
	kind, id, name := r.try.targetOf()
	body := map[string]any{"mode": string(r.try.mode.Name), "call": use.call.Key}
	if name != "" {
		body["name"] = name
	}
	result := models.ResultFailed
	if use.done != nil {
		body["status"], body["resourceRequestId"] = use.done.Status, use.done.RequestID
		if use.done.Status < 300 {
			result = models.ResultSucceeded
		}
	}
	if hop := r.trace.Hop(entra.HopTR); hop.JWT != nil {
		body["uti"], body["audience"] = hop.JWT.Text("uti"), hop.JWT.Audience()
	}
	return h.record(c, models.NewAudit{Action: models.ActionTokenUse, Result: result, TargetKind: kind, TargetID: id, Body: body})
}

// addUses puts the calls and what the last one brought onto the page.
func (h *Handlers) addUses(r *labResult, result *views.TokenResult) {
	calls := h.callsOf(r)
	for _, call := range calls {
		result.Calls = append(result.Calls, views.Option{Value: call.Key, Label: call.Title})
	}
	if len(calls) > 0 {
		result.Call = callForToken(calls, r.trace.Hop(entra.HopTR).JWT)
	}
	if r.used == nil {
		return
	}
	v := &views.TokenUse{Call: r.used.call}
	var fault *entra.FaultError
	switch {
	case r.used.done != nil:
		v.Done, v.Seen = r.used.done, seenBy(r.used.done)
	case errors.As(r.used.err, &fault):
		v.Fault = fault.Reason
	default:
		v.Fault = "The API could not be called."
	}
	tellUse(r, v)
	result.Used = v
}

// seenBy says whom an API saw: the echo API tells it all, others a part.
func seenBy(use *entra.Used) []views.SeenFact {
	if use.Status != http.StatusOK {
		return nil
	}
	text := func(from map[string]any, name string) string { s, _ := from[name].(string); return s }
	object := func(name string) map[string]any { m, _ := use.Seen[name].(map[string]any); return m }
	list := func(name string) string {
		members, _ := use.Seen[name].([]any)
		var words []string
		for _, m := range members {
			words = append(words, fmt.Sprint(m))
		}
		if words == nil {
			return "None"
		}
		return strings.Join(words, ", ")
	}
	switch use.Call.API {
	case entra.APIEcho:
		facts := []views.SeenFact{{Label: "It saw", Text: echoWords(use.Seen)}}
		for label, name := range map[string]string{"Agent": "agent", "Blueprint": "blueprint", "User": "user", "Application": "application"} {
			if o := object(name); o != nil {
				if agentUser, _ := o["agentUser"].(bool); agentUser {
					label = "Agent user"
				}
				facts = append(facts, views.SeenFact{Label: label, Text: views.Named(text(o, "name"), ""), ID: firstWord(text(o, "id"), text(o, "appId")), Note: text(o, "upn")})
			}
		}
		slices.SortFunc(facts[1:], func(a, b views.SeenFact) int { return strings.Compare(a.Label, b.Label) })
		return append(facts, views.SeenFact{Label: "Roles", Text: list("roles")}, views.SeenFact{Label: "Scopes", Text: list("scopes")})
	case entra.APIGraph:
		if use.Call.Key == "me" {
			return []views.SeenFact{{Label: "It saw", Text: text(use.Seen, "displayName"), ID: text(use.Seen, "id"), Note: text(use.Seen, "userPrincipalName")}}
		}
		return []views.SeenFact{{Label: "It saw", Text: "A caller who may read this. Graph does not tell whom."}}
	case entra.APIManagement:
		values, _ := use.Seen["value"].([]any)
		return []views.SeenFact{{Label: "It saw", Text: managementWords(use.Call.Key, len(values))}}
	}
	return nil
}

// managementWords say what the length of Azure's list tells of the caller.
func managementWords(call string, n int) string {
	if call == "tenants" {
		return "A caller of " + views.Plural(n, "tenant") + "."
	}
	return "A caller who may read " + views.Plural(n, "subscription") + ". Azure lists what a role assignment opens, and nothing else."
}

// echoWords is the echo API's answer as a sentence.
func echoWords(seen map[string]any) string {
	name := func(what string) string {
		o, _ := seen[what].(map[string]any)
		s, _ := o["name"].(string)
		return s
	}
	through := ""
	if b := name("blueprint"); b != "" {
		through = ", through the blueprint " + b
	}
	switch seen["mode"] {
	case "autonomous":
		return "The agent identity " + name("agent") + ", acting for itself" + through + "."
	case "onBehalfOf":
		return "The agent identity " + name("agent") + ", acting on behalf of the user " + name("user") + through + "."
	case "agentUser":
		return "The agent identity " + name("agent") + ", acting as its agent user " + name("user") + through + "."
	case "blueprint":
		return "The blueprint " + name("blueprint") + ", acting for itself."
	case "user":
		return "The user " + name("user") + ", through the application " + name("application") + "."
	}
	return "The application " + name("application") + ", acting for itself."
}
