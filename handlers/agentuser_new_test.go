package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/web"
)

func TestAddAgentUser(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	b := p.makeBlueprint("Zürich desk", true)
	agent := p.makeAgent(b, "Zürich desk 01")
	object := p.get("/agents/" + agent.ID)
	if object.Find(`.facts a[href="`+addUserPath(agent.ID)+`"]`).Length() != 1 {
		t.Errorf("the facts of the agent identity lead nowhere: %s", object.text(".facts"))
	}
	form := p.get(object.Find(".title-row a:contains('Add agent user')").AttrOr("href", "/none"))
	if form.status != http.StatusOK || form.url.Path != addUserPath(agent.ID) || form.text("h1") != "Add agent user to Zürich desk 01" {
		t.Fatalf("%d at %s: %s", form.status, form.url, form.text("main"))
	}
	for field, want := range map[string]string{"displayName": "Zürich desk 01", "userName": "zuerich-desk-01", "domain": p.info.Domain} {
		if got := formFields(form.Find("main form")).Get(field); got != want {
			t.Errorf("%s begins with %q, not %q", field, got, want)
		}
	}
	if help := form.text("aside"); !strings.Contains(help, "POST /beta/users") || !strings.Contains(help, "AgentIdUser.ReadWrite.All") || len(form.Find("main .notice").Nodes) != 1 {
		t.Errorf("what is sent: %s; notices: %s", help, form.text(".notice"))
	}
	sent := url.Values{"userName": {"Desk.Zurich"}, "usageLocation": {"ch"}, "reason": {"CHG-7"}}
	run := p.submit(form, "Add agent user", sent)
	if run.text("#run-badge") != "Done" || run.Find("ol.steps > li").Length() != 1 || !strings.Contains(run.text("main"), "1 agent user more") {
		t.Fatalf("%d at %s: %s", run.status, run.url, run.text("main"))
	}
	user, err := graphOf(p, "agent-admin").AgentUserOf(t.Context(), agent.ID)
	if err != nil || user.UserPrincipalName != "Desk.Zurich@"+p.info.Domain || user.DisplayName != "Zürich desk 01" || user.UsageLocation != "CH" || !user.AccountEnabled {
		t.Fatalf("the agent user: %+v, %v", user, err)
	}
	for _, href := range []string{"/agent-users/" + user.ID, "/tokens?mode=agent-user&agent=" + agent.ID, "/blueprints/" + b.ID} {
		if run.Find(`.notice a[href="`+href+`"]`).Length() != 1 {
			t.Errorf("the end of the run does not lead to %s: %s", href, run.text(".notice"))
		}
	}
	if records := p.audit(models.ActionAgentUserCreate); len(records) != 2 || records[0].Kind != models.AuditIntent || records[1].Result != models.ResultSucceeded || records[0].Words.Reason != "CHG-7" || strings.Contains(string(records[0].Body), "Desk.Zurich") {
		t.Errorf("records %+v", records)
	}
	// The second press finds the first run, and the page has nothing to send any more.
	if again := p.submit(form, "Add agent user", sent); again.url.Path != run.url.Path {
		t.Errorf("the second press led to %s: %s", again.url, again.text("main"))
	}
	if object := p.get("/agents/" + agent.ID); object.Find("a:contains('Add agent user')").Length() != 0 {
		t.Errorf("the agent identity still offers it: %s", object.text(".title-row"))
	}
	for name, page := range map[string]*answer{
		"asked": p.get(addUserPath(agent.ID)), "posted": p.post(addUserPath(agent.ID), url.Values{"displayName": {"X"}, "userName": {"x"}, "domain": {p.info.Domain}}),
	} {
		if page.status != http.StatusOK || page.Find("main form").Length() != 0 || page.Find(`main a.button[href="/agent-users/`+user.ID+`"]`).Length() != 1 || !strings.Contains(page.text("main"), user.UserPrincipalName) {
			t.Errorf("%s again: %d %s", name, page.status, page.text("main"))
		}
	}
}

func TestAddAgentUserRefusesWhatIsTyped(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	agent := p.makeAgent(p.makeBlueprint("Night desk", true), "Night desk 01")
	form := p.get(addUserPath(agent.ID))
	for name, tc := range map[string]struct {
		typed        url.Values
		field, words string
	}{
		"no display name":   {url.Values{"displayName": {" "}}, "displayName", "Write a name of 1 to 256 characters"},
		"long display name": {url.Values{"displayName": {strings.Repeat("x", 257)}}, "displayName", "This one has 257"},
		"hidden character":  {url.Values{"displayName": {"Night\u202edesk"}}, "displayName", "Write the name without U+202E"},
		"no user name":      {url.Values{"userName": {""}}, "userName", "Write a name before the @"},
		"blank":             {url.Values{"userName": {"night desk"}}, "userName", "not a blank"},
		"letter":            {url.Values{"userName": {"zürich"}}, "userName", "not “ü”"},
		"dots":              {url.Values{"userName": {"night..desk"}}, "userName", "no two in a row"},
		"long user name":    {url.Values{"userName": {strings.Repeat("x", 65)}}, "userName", "at most 64 characters"},
		"whole name":        {url.Values{"userName": {"night@" + p.info.Domain}}, "userName", "Write the part before the @ only"},
		"taken":             {url.Values{"userName": {"SPONSOR"}}, "userName", "belongs to “"},
		"taken by an agent": {url.Values{"userName": {strings.Split(p.info.Seed.AgentUser.UPN, "@")[0]}}, "userName", "belongs to “Invoice helper 01” already"},
		"no domain":         {url.Values{"domain": {""}}, "domain", "Choose the domain"},
		"foreign domain":    {url.Values{"domain": {"contoso.example"}}, "domain", "is no verified domain of this tenant"},
		"country":           {url.Values{"usageLocation": {"Norway"}}, "usageLocation", "is no country code"},
		"reason":            {url.Values{"reason": {strings.Repeat("x", 501)}}, "reason", "at most 500 characters"},
	} {
		page := p.submit(form, "Add agent user", tc.typed)
		if page.status != http.StatusUnprocessableEntity || !strings.Contains(page.text("#f-"+tc.field+"-error"), tc.words) || page.Find("#error-summary a[href='#f-"+tc.field+"']").Length() != 1 {
			t.Errorf("%s: %d %s", name, page.status, page.text("main form"))
		}
		kept := formFields(page.Find("main form"))
		for field, typed := range tc.typed {
			if typed[0] != "" && kept.Get(field) != strings.TrimSpace(typed[0]) {
				t.Errorf("%s: %s was lost: %q", name, field, kept.Get(field))
			}
		}
	}
	both := p.submit(form, "Add agent user", url.Values{"userName": {"a@b"}, "domain": {""}, "usageLocation": {"x"}})
	if got := both.Find("#error-summary a").Length(); got != 3 {
		t.Errorf("three faults are %d: %s", got, both.text("#error-summary"))
	}
	if len(p.audit(models.ActionAgentUserCreate)) != 0 {
		t.Error("a refused form was sent")
	}
}

func TestWhoMayAddAnAgentUser(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	agent := p.makeAgent(p.makeBlueprint("Night desk", true), "Night desk 01")
	path := addUserPath(agent.ID)
	for _, unknown := range []string{addUserPath(unknownID), addUserPath("x")} {
		if get, post := p.get(unknown), p.post(unknown, nil); get.status != http.StatusNotFound || post.status != http.StatusNotFound {
			t.Errorf("%s: %d, %d", unknown, get.status, post.status)
		}
	}
	p.newBrowser()
	p.signIn("auditor")
	if page := p.get("/agents/" + agent.ID); page.status != http.StatusOK || page.Find(`a[href="`+path+`"]`).Length() != 0 {
		t.Errorf("an auditor is offered it: %d", page.status)
	}
	if get, post := p.get(path), p.post(path, url.Values{"displayName": {"X"}}); get.status != http.StatusForbidden || post.status != http.StatusForbidden {
		t.Errorf("an auditor: %d, %d", get.status, post.status)
	}
	// Who owns neither the agent identity nor its blueprint is warned, and Graph says no.
	p.newBrowser()
	p.signIn("agent-dev")
	form := p.get(path)
	if !strings.Contains(form.text(".notice"), "You own neither") {
		t.Errorf("not warned: %s", form.text("main"))
	}
	run := p.submit(form, "Add agent user", nil)
	if run.text("#run-badge") != "Failed" || !strings.Contains(run.text("main"), "Graph does not let you create agent users") || strings.Contains(run.text("main"), "Go on as the blueprint") {
		t.Errorf("%d at %s: %s", run.status, run.url, run.text("main"))
	}
}

// TestTheBlueprintAddsTheAgentUser: what Graph refuses to a person, the blueprint
// does where the portal has a secret of it and its principal may.
func TestTheBlueprintAddsTheAgentUser(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("global-admin")
	p.newBrowser()
	p.signIn("agent-dev")
	done := p.waitRun(p.runOf(url.Values{"count": {"1"}}), "Done")
	blueprint := strings.TrimPrefix(done.Find("a[href^='/blueprints/']:contains('Open the blueprint')").AttrOr("href", ""), "/blueprints/")
	agent := strings.TrimPrefix(done.Find("a[href^='/agents/']").AttrOr("href", ""), "/agents/")
	form := p.get(addUserPath(agent))
	if form.status != http.StatusOK || strings.Contains(form.text(".notice"), "You own neither") {
		t.Fatalf("%d: an owner is warned: %s", form.status, form.text(".notice"))
	}
	p.sendAs("global-admin", graph.RemoveRefCall(graph.KindBlueprint, blueprint, graph.Owners, p.persona("agent-dev").ObjectID), nil)
	p.sendAs("global-admin", graph.RemoveRefCall(graph.KindAgentIdentity, agent, graph.Owners, p.persona("agent-dev").ObjectID), nil)
	run := p.submit(form, "Add agent user", nil)
	if run.text("#run-badge") != "Failed" || !strings.Contains(run.text("main"), "once its principal was granted AgentIdUser.ReadWrite.IdentityParentedBy") {
		t.Fatalf("%d at %s: %s", run.status, run.url, run.text("main"))
	}
	run = p.waitRun(p.submit(run, "Go on as the blueprint", nil).url.Path, "Failed")
	if !strings.Contains(run.text("main"), "Graph does not let the blueprint create agent users") {
		t.Errorf("the blueprint has no right yet: %s", run.text("main"))
	}
	g := graphOf(p, "global-admin")
	source, err := g.Blueprint(t.Context(), blueprint)
	if err != nil {
		t.Fatal(err)
	}
	principal, err := g.BlueprintPrincipalOf(t.Context(), source.AppID)
	if err != nil {
		t.Fatal(err)
	}
	api, err := g.Resource(t.Context(), graph.GraphAppID)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(api.Roles, func(r graph.AppRole) bool { return r.Value == "AgentIdUser.ReadWrite.IdentityParentedBy" })
	p.sendAs("global-admin", graph.AssignRoleCall(principal.ID, api.ID, api.Roles[i].ID), nil)
	run = p.waitRun(p.submit(run, "Retry failed", nil).url.Path, "Done")
	user, err := g.AgentUserOf(t.Context(), agent)
	if err != nil || run.Find(`.notice a[href="/agent-users/`+user.ID+`"]`).Length() != 1 {
		t.Errorf("%v, %+v: %s", err, user, run.text("main"))
	}
	if records := p.audit(models.ActionAgentUserCreate); len(records) != 6 || records[1].Result != models.ResultFailed || records[3].Result != models.ResultFailed || records[5].Result != models.ResultSucceeded {
		t.Errorf("records %+v", records)
	}
}

func TestAddAgentUserSaysWhatItWouldMean(t *testing.T) {
	wire := &brokenGraph{}
	p := newTestPortal(t, wire.option, func(_ *web.Options, h *Handlers) { h.RequireReason = true })
	p.signIn("agent-admin")
	b := p.makeBlueprint("Night desk", true)
	agent := p.makeAgent(b, "…")
	path := addUserPath(agent.ID)
	says := func(words, href string) *answer {
		t.Helper()
		page := p.get(path)
		if notice := page.Find(".notice").FilterFunction(byText(words)); page.status != http.StatusOK || notice.Length() == 0 || href != "" && notice.Find(`a[href="`+href+`"]`).Length() != 1 {
			t.Errorf("%d: no notice %q that leads to %s: %s", page.status, words, href, page.text("main"))
		}
		return page
	}
	form := says("What this means", "")
	if name := form.Find("#f-userName").AttrOr("value", "none"); name != "" || form.Find(`main a[href="/agents/new?agent=`+agent.ID+`"]`).Length() != 1 {
		t.Errorf("a name without letters gives %q: %s", name, form.text("main"))
	}
	if page := p.submit(form, "Add agent user", url.Values{"userName": {"dots"}}); page.status != http.StatusUnprocessableEntity || page.Find("#f-reason-error").Length() != 1 {
		t.Errorf("without a reason: %d %s", page.status, page.text("main form"))
	}
	wire.cut.Store("/organization")
	form = p.get(path)
	if form.Find("input#f-domain").Length() != 1 || !strings.Contains(form.text("#f-domain-hint"), "Graph could not be reached") {
		t.Errorf("without domains: %d %s", form.status, form.text("main form"))
	}
	if page := p.submit(form, "Add agent user", url.Values{"userName": {"dots"}, "domain": {"contoso.example"}}); page.Find("input#f-domain").AttrOr("value", "") != "contoso.example" {
		t.Errorf("the typed domain was lost: %d %s", page.status, page.text("main form"))
	}
	wire.cut.Store("/microsoft.graph.agentUser")
	says("Whether it has an agent user is not known", "")
	wire.cut.Store("")

	p.patch(graph.KindAgentIdentity, agent.ID, map[string]any{"accountEnabled": false})
	says("This agent identity is disabled", "/agents/"+agent.ID+"/enable")
	p.sendAs("agent-admin", graph.DeleteCall(graph.KindBlueprint, b.ID), nil)
	page := says("Its blueprint is not in this tenant any more", "/recycle-bin")
	if page.Find(`main a[href^="/agents/new"]`).Length() != 0 {
		t.Errorf("the wizard is offered, and needs the blueprint: %s", page.text("main"))
	}
	run := p.submit(page, "Add agent user", url.Values{"userName": {"dots"}, "reason": {"CHG-8"}})
	if run.text("#run-badge") == "" {
		t.Errorf("Graph is not asked: %d %s", run.status, run.text("main"))
	}
}
