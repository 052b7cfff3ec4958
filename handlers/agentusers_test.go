package handlers

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// retold changes what Graph answers at addresses that end so.
type retold struct{ ends, from, to atomic.Value }

func (r *retold) set(ends, from, to string) { r.ends.Store(ends); r.from.Store(from); r.to.Store(to) }

func (r *retold) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := http.DefaultTransport.RoundTrip(req)
	ends, _ := r.ends.Load().(string)
	if err != nil || ends == "" || !strings.HasSuffix(req.URL.Path, ends) {
		return res, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	from, _ := r.from.Load().(string)
	to, _ := r.to.Load().(string)
	if from == "" {
		res.StatusCode, body = http.StatusNotFound, []byte(`{"error":{"code":"Request_ResourceNotFound","message":"Gone."}}`)
	}
	if from != "" {
		body = bytes.ReplaceAll(body, []byte(from), []byte(to))
	}
	res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return res, err
}

// sendAs sends a call to the sandbox as a persona who has signed in.
func (p *testPortal) sendAs(name string, call graph.Call, out any) {
	p.t.Helper()
	op := "op-" + call.Method + call.Path
	if _, err := p.writer(name).Send(p.t.Context(), op, call, out); err != nil {
		p.t.Fatalf("%s %s: %v", call.Method, call.Path, err)
	}
}

func TestAnAgentUser(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	seed := p.info.Seed
	page := p.get("/agent-users/" + seed.AgentUser.ID)
	if page.status != 200 || page.text("h1") != "Invoice helper 01" || page.text(".badge") != "Enabled" {
		t.Errorf("%d %q, badge %q", page.status, page.text("h1"), page.text(".badge"))
	}
	for _, want := range []string{seed.AgentUser.ID, seed.AgentUser.UPN, seed.Agent.ID, seed.Blueprint.AppID, p.info.TenantID, "sponsor@sandbox.example", "No licence can be assigned before it is set"} {
		if !strings.Contains(page.text(".facts"), want) {
			t.Errorf("the facts lack %q: %s", want, page.text(".facts"))
		}
	}
	for _, href := range []string{"/tokens?mode=agent-user&agent=" + seed.Agent.ID, "/agents/" + seed.Agent.ID, "/blueprints/" + seed.Blueprint.ObjectID, "/principals/" + seed.Blueprint.PrincipalID} {
		if page.Find(`main a[href="`+href+`"]`).Length() == 0 {
			t.Errorf("no link to %s", href)
		}
	}
	if tree := page.Find("svg.tree a"); tree.Length() != 4 || page.Find(`svg.tree a[aria-current="page"]`).AttrOr("href", "") != "/agent-users/"+seed.AgentUser.ID {
		t.Errorf("%d boxes: %s", tree.Length(), page.text("svg.tree"))
	}
	if got := page.text(".notice-title"); got != "The agent user has no manager" {
		t.Errorf("findings = %q", got)
	}
	for _, path := range []string{"/agents/" + seed.AgentUser.ID, "/blueprints/" + seed.AgentUser.ID} {
		if other := p.get(path); other.url.Path != "/agent-users/"+seed.AgentUser.ID {
			t.Errorf("%s led to %s", path, other.url)
		}
	}
	if other := p.get("/agent-users/" + seed.Agent.ID + "/json"); other.url.Path != "/agents/"+seed.Agent.ID {
		t.Errorf("the id of an agent identity led to %s", other.url)
	}
	if person := p.get("/agent-users/" + p.persona("sponsor").ObjectID); person.status != 404 || !strings.Contains(person.text("main"), "Its kind is: Person") {
		t.Errorf("a person: %d %s", person.status, person.text("main"))
	}
	if gone := p.get("/agent-users/" + unknownID + "/groups"); gone.status != 404 {
		t.Errorf("nothing: %d", gone.status)
	}
	if agent := p.get("/agents/" + seed.Agent.ID); agent.Find(`.title-row a[href="/agent-users/`+seed.AgentUser.ID+`"]`).Length() != 1 || agent.Find(`svg.tree a[href="/agent-users/`+seed.AgentUser.ID+`"]`).Length() != 1 {
		t.Errorf("the agent identity does not lead to its user: %s", agent.text("main"))
	}
	p.newBrowser()
	p.signIn("auditor")
	if page := p.get("/agent-users/" + seed.AgentUser.ID); page.status != 200 || page.Find(`main a[href^="/tokens"]`).Length() != 0 {
		t.Errorf("a Global Reader: %d %s", page.status, page.text("main"))
	}
}

func TestWhatAnAgentUserHas(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("global-admin")
	user := p.info.Seed.AgentUser.ID
	base := "/agent-users/" + user
	if page := p.get(base + "/licences"); !strings.Contains(page.text(".empty"), "No licences") || page.Find(`[data-copy="POST /v1.0/users/`+user+`/assignLicense"]`).Length() != 1 {
		t.Errorf("no licence: %s", page.text("main"))
	}
	if page := p.get(base + "/groups"); !strings.Contains(page.text(".empty"), "No groups") {
		t.Errorf("no group: %s", page.text("main"))
	}
	skus, err := graphOf(p, "global-admin").SubscribedSKUs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p.sendAs("global-admin", graph.Call{Method: http.MethodPatch, Path: "/v1.0/users/" + user, Body: map[string]any{"usageLocation": "NO", "jobTitle": "Clerk"}}, nil)
	p.sendAs("global-admin", graph.AssignLicenseCall(user, skus[0].SKUID), nil)
	p.sendAs("global-admin", graph.SetManagerCall(p.h.Graph.Base(), user, p.persona("approver").ObjectID), nil)
	for path, wants := range map[string][]string{
		base:                  {"approver@sandbox.example", skus[0].PartNumber, "Clerk", "NO", "1 licence comes free"},
		base + "/licences":    {skus[0].PartNumber, skus[0].Plans[0].Name, skus[0].SKUID, "NO"},
		base + "/owners":      {"approver@sandbox.example", "sponsor@sandbox.example", "PUT /v1.0/users/" + user + "/manager/$ref"},
		base + "/permissions": {"User.ReadBasic.All", "For the client “Invoice helper 01”", "Delegated"},
		base + "/json?select=id,identityParentId": {`"identityParentId": "` + p.info.Seed.Agent.ID + `"`},
	} {
		page := p.get(path)
		for _, want := range wants {
			if page.status != 200 || !strings.Contains(page.text("main"), want) {
				t.Errorf("%s: %d, lacks %q: %s", path, page.status, want, page.text("main"))
			}
		}
		if strings.Contains(page.text(".notice-title"), "no manager") {
			t.Errorf("%s: the manager is missed", path)
		}
	}
	if page := p.get(base + "/permissions"); page.Find(`tbody a[href="/agents/`+p.info.Seed.Agent.ID+`/permissions"]`).Length() != 1 || page.Find("a[href*='/remove']").Length() != 0 {
		t.Errorf("permissions: %s", page.text("main"))
	}
}

// TestAgentUsersThatNobodySignsInAs: each state says what to do next.
func TestAgentUsersThatNobodySignsInAs(t *testing.T) {
	wire := &retold{}
	p := newTestPortal(t, withTransport(wire))
	p.signIn("global-admin")
	seed := p.info.Seed
	path := "/agent-users/" + seed.AgentUser.ID
	says := func(title, act string) {
		t.Helper()
		page := p.get(path)
		notice := page.Find(".notice").FilterFunction(byText(title))
		if page.status != 200 || notice.Find(`a[href="`+act+`"]`).Length() != 1 {
			t.Errorf("%d: no finding %q that leads to %s: %s", page.status, title, act, page.text(".notice"))
		}
	}
	p.sendAs("global-admin", graph.Call{Method: http.MethodPatch, Path: "/v1.0/users/" + seed.AgentUser.ID, Body: map[string]any{"accountEnabled": false}}, nil)
	says("This agent user is disabled", path+"/audit")
	if box := p.get(path).text("svg.tree"); !strings.Contains(box, "disabled") {
		t.Errorf("tree = %s", box)
	}
	wire.set(seed.Agent.ID+"/microsoft.graph.agentIdentity", `"accountEnabled":true`, `"accountEnabled":false`)
	says("Its agent identity is disabled", "/agents/"+seed.Agent.ID)
	wire.set("/microsoft.graph.agentIdentityBlueprintPrincipal", `"accountEnabled":true`, `"accountEnabled":false`)
	says("The blueprint principal is disabled", "/principals/"+seed.Blueprint.PrincipalID)
	wire.set("/microsoft.graph.agentIdentityBlueprintPrincipal", `"value":[`, `"value":[],"was":[`)
	says("The blueprint has no principal in this tenant", "/blueprints/"+seed.Blueprint.ObjectID)
	wire.set(seed.Agent.ID+"/microsoft.graph.agentIdentity", "", "")
	says("Its agent identity is gone", "/audit?target="+seed.Agent.ID)
	page := p.get(path)
	if !strings.Contains(page.text("svg.tree"), "Not there any more") || !strings.Contains(page.text(".facts"), "Not known without the agent identity") || page.Find(`main a[href^="/tokens"]`).Length() != 0 {
		t.Errorf("an orphan: %s", page.text("main"))
	}
}

func TestAnAgentUserWithoutGraphsParts(t *testing.T) {
	wire := &brokenGraph{}
	p := newTestPortal(t, wire.option)
	p.signIn("agent-admin")
	path := "/agent-users/" + p.info.Seed.AgentUser.ID
	for cut, tab := range map[string]string{
		"/manager": "", "/sponsors": "/owners", "/licenseDetails": "/licences", "/memberOf": "/groups", "/appRoleAssignments": "/permissions", "microsoft.graph.agentIdentity": "",
	} {
		wire.cut.Store(cut)
		page := p.get(path + tab)
		if text := page.text("main"); page.status != 200 || !strings.Contains(text, "Graph could not be reached") && !strings.Contains(text, "Your roles do not let you read this") {
			t.Errorf("%s: %d %s", cut, page.status, text)
		}
		if strings.Contains(page.text(".notice"), "orphan") || strings.Contains(page.text(".notice"), "no sponsor") {
			t.Errorf("%s: what could not be read was taken for missing: %s", cut, page.text(".notice"))
		}
	}
	wire.cut.Store("/users/")
	if page := p.get(path); page.status < 500 {
		t.Errorf("without the user: %d", page.status)
	}
}

// graphOf is Graph as a persona who has signed in.
func graphOf(p *testPortal, name string) *graph.Client {
	p.t.Helper()
	row, err := p.store.LatestSignIn(p.t.Context(), p.info.TenantID, p.persona(name).ObjectID)
	if err != nil {
		p.t.Fatal(err)
	}
	return p.h.Graph.With(p.h.SignIns.TokenFunc(row.ID))
}

func TestARecordLeadsToItsAgentUser(t *testing.T) {
	row := actRow(models.AuditRecord{TargetKind: string(graph.KindAgentUser), TargetID: unknownID})
	if row.TargetHref != "/agent-users/"+unknownID {
		t.Errorf("the record leads to %q", row.TargetHref)
	}
}
