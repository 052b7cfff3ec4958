package handlers

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
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
	spec := form.spec()
	plan := h.Engine.Plan(spec, h.actor(c))
	r := views.BlueprintReview{
		DraftID: draft.ID, Version: form.version(), Rail: rail(draft.ID, form, reviewStep), Facts: h.reviewFacts(spec), Tree: planTree(spec),
		CallCount: len(plan),
	}
	r.Calls = h.reviewCalls(plan, h.grantedScopes(c, web.CurrentUser(c)))
	var err error
	if r.Checks, err = h.reviewChecks(c, draft, spec); err != nil {
		return err
	}
	if status == http.StatusConflict {
		r.ChangedAt = draft.UpdatedAt
	}
	if err := h.reviewCode(c, &r, plan); err != nil {
		return err
	}
	p := h.wizardPage(c)
	p.Lead = "Nothing is written until you press Create."
	p.HasError = status == http.StatusConflict
	return web.Render(c, status, views.BlueprintReviewPage(p, r))
}

// reviewFacts is all that was asked for, each with the step it is changed in.
func (h *Handlers) reviewFacts(spec provision.BlueprintSpec) []views.ReviewFact {
	credential, kept := "None: nothing signs in as this blueprint yet", ""
	if spec.HasSecret() {
		credential = "Client secret, " + lifeWords(spec.SecretDays, h.Now())
		kept = "No: nobody can read it back once you have saved it"
	}
	if spec.KeepSecret {
		kept = "Yes, sealed, for you and Admins in the token lab"
	}
	facts := []views.ReviewFact{
		{Label: "Blueprint", Value: spec.DisplayName, Step: "basics"},
		{Label: "Description", Value: spec.Description},
		{Label: "Who may use it", Value: audienceWords(spec)},
		{Label: "Reason", Value: spec.Reason},
		{Label: "Owners", Value: wordsOf(spec.Owners), Step: "people"},
		{Label: "Sponsors", Value: wordsOf(spec.Sponsors)},
		{Label: "Credential", Value: credential, Step: "credential"},
		{Label: "Keep the secret", Value: kept},
		{Label: "Agent identities", Value: agentsInWords(spec), Step: "agents"},
	}
	if len(spec.AgentNames()) == 0 {
		return facts
	}
	sponsors, as := "Those of the blueprint", "You"
	if spec.AgentSponsors != nil {
		sponsors = wordsOf(spec.AgentSponsors)
	}
	if spec.RunAs == provision.AsBlueprint {
		as = "The blueprint, with its own token"
	}
	return append(facts, views.ReviewFact{Label: "Their sponsors", Value: sponsors}, views.ReviewFact{Label: "Created as", Value: as})
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
func (h *Handlers) reviewChecks(c echo.Context, draft *models.Draft, spec provision.BlueprintSpec) ([]views.ReviewCheck, error) {
	checks := []views.ReviewCheck{
		{Tone: views.ToneOK, Text: "Your role: " + roleWords(web.CurrentUser(c))},
		h.nameCheck(c, spec.DisplayName),
	}
	people, err := h.peopleChecks(c, draft, spec)
	if err != nil {
		return nil, err
	}
	checks = append(checks, people...)
	n := len(spec.AgentNames())
	if n > 0 {
		checks = append(checks, views.ReviewCheck{
			Tone: views.ToneOK, Text: fmt.Sprintf("Quota: %d of %d agent identities of this blueprint", n, provision.MaxAgents),
		})
	}
	if n > 0 && spec.RunAs == provision.AsMe {
		checks = append(checks, views.ReviewCheck{
			Tone: views.ToneInfo, Text: "Not every tenant lets people create agent identities. If Graph refuses, the run offers to go on as the blueprint.",
			Href: "/help/permissions#as-me", Link: "Why",
		})
	}
	return append(checks, views.ReviewCheck{
		Tone: views.ToneInfo, Text: "The directory may take a while to know new objects everywhere. The run waits for it.",
	}), nil
}

// peopleChecks looks whether those who were chosen are still there, and tells
// of what documents of Microsoft disagree about.
func (h *Handlers) peopleChecks(c echo.Context, draft *models.Draft, spec provision.BlueprintSpec) ([]views.ReviewCheck, error) {
	step := stepPath(draft.ID, "people")
	missing, err := h.missingPeople(c, spec.Owners, spec.Sponsors, spec.AgentSponsors)
	fault := ""
	if err := part(err, &fault); err != nil {
		return nil, err
	}
	check := views.ReviewCheck{Tone: views.ToneOK, Text: "Owners and sponsors are in the directory"}
	switch {
	case fault != "":
		check = views.ReviewCheck{Tone: views.ToneInfo, Text: "Whether owners and sponsors are in the directory could not be read. " + fault + "."}
	case len(missing) > 0:
		check = views.ReviewCheck{
			Tone: views.ToneWarn, Text: "Not in the directory any more: " + strings.Join(missing, ", ") + ". Graph refuses a call that names somebody it does not know.",
			Href: step, Link: "Change",
		}
	}
	checks := []views.ReviewCheck{check}
	if len(spec.Owners) == 0 {
		checks = append(checks, views.ReviewCheck{Tone: views.ToneWarn, Text: "Nobody owns the blueprint: only Agent ID Administrators can change it.", Href: step, Link: "Change"})
	}
	if hasGroup(spec.Sponsors) {
		checks = append(checks, views.ReviewCheck{Tone: views.ToneInfo, Text: "A group sponsors the blueprint. Some tenants take only people there; if Graph refuses, the run says so."})
	}
	return checks, nil
}

func hasGroup(people []provision.Principal) bool {
	return slices.ContainsFunc(people, func(p provision.Principal) bool { return p.Kind == graph.KindGroup })
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
func (h *Handlers) reviewCalls(plan []provision.PlannedCall, granted []string) []views.ReviewCall {
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
			What: first.What, Names: []string{first.Name}, RunsAs: first.RunsAs, Needs: first.Needs,
		}
		line.HasTone, line.Has = hasWords(first.Call, granted)
		if n := end - i; n > 1 {
			line.Number += "–" + strconv.Itoa(plan[end-1].Number)
			line.Names = []string{first.Name, plan[end-1].Name}
			line.What = fmt.Sprintf("Create %d agent identities, “%s” to “%s”", n, first.Name, plan[end-1].Name)
		}
		lines = append(lines, line)
		i = end
	}
	return lines
}

// hasWords says whether the caller has the permission of a call, as far as the
// sign-in told. Roles are told of beside it, and Graph judges.
func hasWords(call graph.Call, granted []string) (views.Tone, string) {
	switch {
	case call.As == graph.AsBlueprint:
		return views.ToneInfo, "The blueprint’s own"
	case len(granted) == 0:
		return "", ""
	case covers(granted, call.Needs):
		return views.ToneOK, "In your token"
	}
	return views.ToneWarn, "Not in your token: sign in again to be asked for it"
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
