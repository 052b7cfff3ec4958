package handlers

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
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

// renderReview shows what a draft would do. With a conflict it says that the
// draft was changed since it was read.
func (h *Handlers) renderReview(c echo.Context, status int, draft *models.Draft, form blueprintForm) error {
	a := h.actor(c)
	spec := form.spec(a)
	plan := h.Engine.Plan(spec, a)
	r := views.BlueprintReview{
		DraftID: draft.ID, Version: form.version(), DisplayName: spec.DisplayName, Description: spec.Description, Owner: a.Username, Sponsor: a.Username,
		Credential: "None: nothing signs in as this blueprint yet", Agents: agentsInWords(spec), RunsAs: "You", Reason: spec.Reason,
		Checks: h.reviewChecks(c, spec), Calls: h.reviewCalls(plan), CallCount: len(plan),
	}
	if spec.HasSecret() {
		r.Credential = "Client secret, " + lifeWords(spec.SecretDays, h.Now())
		r.Kept = "No: nobody can read it back once you have saved it"
	}
	if spec.KeepSecret {
		r.Kept = "Yes, sealed, for you and Admins in the token lab"
	}
	if status == http.StatusConflict {
		r.ChangedAt = draft.UpdatedAt
	}
	if spec.RunAs == provision.AsBlueprint {
		r.RunsAs = "The blueprint, with its own token"
	}
	if spec.Count == 0 {
		r.RunsAs = ""
	}
	if err := h.reviewCode(c, &r, plan); err != nil {
		return err
	}
	p := h.page(c, "New blueprint", "blueprints")
	p.Lead = "Nothing is written until you press Create."
	p.Crumbs = blueprintCrumbs("New blueprint")
	p.HasError = status == http.StatusConflict
	return web.Render(c, status, views.BlueprintReviewPage(p, r))
}

func agentsInWords(spec provision.BlueprintSpec) string {
	names := spec.AgentNames()
	switch n := len(names); {
	case n == 0:
		return "None: the blueprint alone"
	case n <= 3:
		return fmt.Sprintf("%d: %s", n, strings.Join(names, ", "))
	default:
		return fmt.Sprintf("%d: %s to %s", n, names[0], names[n-1])
	}
}

// reviewChecks looks at what would stop the run, as far as that can be known.
func (h *Handlers) reviewChecks(c echo.Context, spec provision.BlueprintSpec) []views.ReviewCheck {
	checks := []views.ReviewCheck{
		{Tone: views.ToneOK, Text: "Your role: " + roleWords(web.CurrentUser(c))},
		h.nameCheck(c, spec.DisplayName),
	}
	if spec.Count > 0 {
		checks = append(checks, views.ReviewCheck{
			Tone: views.ToneOK, Text: fmt.Sprintf("Quota: %d of %d agent identities of this blueprint", spec.Count, provision.MaxAgents),
		})
	}
	if spec.Count > 0 && spec.RunAs == provision.AsMe {
		checks = append(checks, views.ReviewCheck{
			Tone: views.ToneInfo, Text: "Not every tenant lets people create agent identities. If Graph refuses, the run offers to go on as the blueprint.",
		})
	}
	return append(checks, views.ReviewCheck{
		Tone: views.ToneInfo, Text: "The directory may take a while to know new objects everywhere. The run waits for it.",
	})
}

// nameCheck says whether the name is taken. Graph allows that; people mix such
// blueprints up.
func (h *Handlers) nameCheck(c echo.Context, name string) views.ReviewCheck {
	page, err := h.graph(c).Blueprints(c.Request().Context(), graph.ListOptions{Filter: "displayName eq " + graph.ODataString(name)})
	if err != nil {
		h.Log.Info("check the name of a new blueprint", "error", err, "request_id", web.RequestID(c))
		return views.ReviewCheck{Tone: views.ToneInfo, Text: "Whether the name is free could not be read"}
	}
	if len(page.Items) > 0 {
		return views.ReviewCheck{Tone: views.ToneWarn, Text: "A blueprint of this name exists already. Graph allows it; you may mix them up."}
	}
	return views.ReviewCheck{Tone: views.ToneOK, Text: "The name is free in this tenant"}
}

// reviewCalls are the lines of the plan; neighbours of one kind share a line.
func (h *Handlers) reviewCalls(plan []provision.PlannedCall) []views.ReviewCall {
	var lines []views.ReviewCall
	asked := false // for the token of the blueprint
	for i := 0; i < len(plan); {
		end := i + 1
		for end < len(plan) && plan[end].Call.Path == plan[i].Call.Path && plan[end].RunsAs == plan[i].RunsAs {
			end++
		}
		first := plan[i]
		if first.Call.As == graph.AsBlueprint && !asked {
			lines, asked = append(lines, h.tokenCall()), true
		}
		line := views.ReviewCall{
			Number: strconv.Itoa(first.Number), Method: first.Call.Method, Path: first.Call.Path,
			What: first.What, RunsAs: first.RunsAs, Needs: first.Needs,
		}
		if n := end - i; n > 1 {
			line.Number += "\u2060–\u2060" + strconv.Itoa(plan[end-1].Number)
			line.What = fmt.Sprintf("Create %d agent identities, “%s” to “%s”", n, first.Name, plan[end-1].Name)
		}
		lines = append(lines, line)
		i = end
	}
	return lines
}

// tokenCall is the line of the request that is none to Graph: the blueprint
// gets its own token before it creates anything.
func (h *Handlers) tokenCall() views.ReviewCall {
	cloud := h.Entra.Cloud()
	address, err := url.Parse(cloud.Login)
	host := cloud.Login
	if err == nil {
		host = address.Host
	}
	return views.ReviewCall{
		Number: "–", Method: "POST", Path: host + "/" + h.Tenant.ID + "/oauth2/v2.0/token",
		What: "Get a token as the blueprint, with its new client secret", RunsAs: "Blueprint", Needs: "Its client secret",
	}
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
		calls[i] = plan[i].Call
	}
	for _, tab := range snippetTabs {
		r.Tabs = append(r.Tabs, views.Tab{
			Text: tab.title, Href: "/blueprints/new/" + r.DraftID + "/review?as=" + tab.key, Current: tab.key == chosen.key,
		})
	}
	r.CodeTitle = views.Plural(len(calls), "call") + " as " + chosen.title + ", secrets left out"
	var err error
	if chosen.key == "json" {
		r.Code, err = callsAsJSON(calls)
	} else {
		r.Code, err = graph.Snippet(graph.SnippetKind(chosen.key), h.Graph.Base(), calls)
	}
	return err
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
