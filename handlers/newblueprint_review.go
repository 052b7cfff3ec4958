package handlers

import (
	"encoding/json"
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

// snippetTabs are the ways a plan can be read, in the order of the tabs.
var snippetTabs = []struct{ key, title string }{
	{string(graph.SnippetCURL), "cURL"}, {string(graph.SnippetPowerShell), "PowerShell"}, {string(graph.SnippetGo), "Go"}, {"json", "JSON"},
}

// reviewBlueprint shows what a draft would do. A fault in any step leads to
// that step.
func (h *Handlers) reviewBlueprint(c echo.Context) error {
	draft, form, elsewhere, err := h.draftAt(c, reviewStep)
	switch {
	case err != nil:
		return err
	case elsewhere != "":
		return web.Redirect(c, elsewhere)
	}
	if step := form.firstFaulty(); step != "" {
		return showFaults(c, draft, step)
	}
	return h.renderReview(c, http.StatusOK, draft, form)
}

// renderReview shows what a draft would do. With a conflict it says that the
// draft was changed since it was read.
func (h *Handlers) renderReview(c echo.Context, status int, draft *models.Draft, form blueprintForm) error {
	spec, unfit, err := h.resolved(c, form.spec())
	if err != nil {
		return err
	}
	plan := h.Engine.Plan(spec, h.actor(c))
	r := views.BlueprintReview{
		DraftID: draft.ID, Version: form.version(), Rail: rail(draft.ID, form, reviewStep), Facts: h.reviewFacts(form, spec), Tree: planTree(spec), Adds: spec.Into != nil,
		CallCount: len(plan), Back: form.neighbour(draft.ID, reviewStep, -1),
	}
	r.Calls = h.reviewCalls(plan, h.grantedScopes(c, web.CurrentUser(c)))
	if r.Checks, err = h.reviewChecks(c, draft, spec); err != nil {
		return err
	}
	r.Checks = append(unfit, r.Checks...)
	if status == http.StatusConflict {
		r.ChangedAt = draft.UpdatedAt
	}
	if err := h.reviewCode(c, &r, plan); err != nil {
		return err
	}
	p := h.wizardPage(c, h.wizard(c, draft, form, targetStep()))
	p.Lead = "Nothing is written until you press Create."
	p.HasError = status != http.StatusOK
	return web.Render(c, status, views.BlueprintReviewPage(p, r))
}

// reviewCode writes the plan in the language of the tab.
func (h *Handlers) reviewCode(c echo.Context, r *views.BlueprintReview, plan []provision.PlannedCall) error {
	chosen := snippetTabs[0]
	for _, tab := range snippetTabs {
		if tab.key == c.QueryParam("as") {
			chosen = tab
		}
	}
	calls := make([]graph.Call, len(plan))
	for i := range plan {
		calls[i] = plan[i].Copied
	}
	for _, tab := range snippetTabs {
		r.Tabs = append(r.Tabs, views.Tab{
			Text: tab.title, Href: "/blueprints/new/" + r.DraftID + "/review?as=" + tab.key + "#program", Current: tab.key == chosen.key,
		})
	}
	r.CodeOpen, r.CodeNote = c.QueryParam("as") != "", variableWords(chosen.key)
	r.CodeTitle = views.Plural(len(calls), "call") + " as " + chosen.title + ", secrets left out"
	var err error
	if chosen.key == "json" {
		r.Code, err = callsAsJSON(calls)
	} else {
		r.Code, err = graph.Snippet(graph.SnippetKind(chosen.key), h.Graph.Base(), calls)
	}
	return err
}

// variableWords names what a program fills in itself, as it calls it.
func variableWords(language string) string {
	switch language {
	case string(graph.SnippetPowerShell):
		return "$token is your access token for Graph, from the environment variable TOKEN or asked for; $blueprintToken is the blueprint’s own. $blueprintId and $blueprintAppId come from the answer to the first call."
	case string(graph.SnippetGo):
		return "token is your access token for Graph, from the environment variable TOKEN or asked for; blueprintToken, from BLUEPRINT_TOKEN, is the blueprint’s own. blueprintID and blueprintAppID come from the answer to the first call."
	case "json":
		return graph.LaterBlueprintID + " and " + graph.LaterBlueprintAppID + " come from the answer to the first call."
	}
	return "TOKEN is your access token for Graph: set it first. BLUEPRINT_TOKEN is the blueprint’s own, asked for when its turn comes. BLUEPRINT_ID and BLUEPRINT_APP_ID come from the answer to the first call."
}

// callsAsJSON writes method, path and body of each call.
func callsAsJSON(calls []graph.Call) (string, error) {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // read by people; the view escapes it
	encoder.SetIndent("", "  ")
	for i, call := range calls {
		if i > 0 {
			text.WriteString("\n")
		}
		fmt.Fprintf(&text, "%s %s\n", call.Method, call.Path)
		if err := encoder.Encode(call.Body); err != nil {
			return "", fmt.Errorf("write call as JSON: %w", err)
		}
	}
	return text.String(), nil
}
