package handlers

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/provision"
)

// relationRows are the owners of the pages about relations: who may make things
// may look, and Graph is the judge. Nobody is an owner by the id that tests put in
// the place of a person.
func relationRows() []ownership {
	var rows []ownership
	add := func(folder string, maker func(*testPortal, string) string, words ...string) {
		for _, word := range words {
			rows = append(rows, ownership{method: http.MethodGet, path: folder + "/:id/" + word, make: maker, own: hidden, others: nobody(hidden)},
				ownership{method: http.MethodPost, path: folder + "/:id/" + word, make: maker, own: late, others: nobody(late)})
		}
	}
	add("/blueprints", (*testPortal).ownBlueprint, "owners/:person/remove", "sponsors/:person/remove")
	add("/principals", (*testPortal).anyPrincipal, "owners/:person/remove", "sponsors/:person/remove")
	add("/agents", (*testPortal).anyAgent, "owners/:person/remove", "sponsors/:person/remove")
	add("/agent-users", (*testPortal).anyAgentUser, "sponsors/:person/remove", "manager/remove", "groups/:group/remove", "licences/:sku/remove")
	for path, maker := range map[string]func(*testPortal, string) string{
		"/blueprints/:id/owners/add": (*testPortal).ownBlueprint, "/blueprints/:id/sponsors/add": (*testPortal).ownBlueprint,
		"/principals/:id/owners/add": (*testPortal).anyPrincipal, "/principals/:id/sponsors/add": (*testPortal).anyPrincipal,
		"/agents/:id/owners/add": (*testPortal).anyAgent, "/agents/:id/sponsors/add": (*testPortal).anyAgent,
		"/agent-users/:id/sponsors/add": (*testPortal).anyAgentUser, "/agent-users/:id/manager/set": (*testPortal).anyAgentUser,
		"/agent-users/:id/groups/add": (*testPortal).anyAgentUser,
	} {
		rows = append(rows, ownership{method: http.MethodPost, path: path, make: maker, own: yes, others: everybody})
	}
	return append(rows, ownership{method: http.MethodPost, path: "/agent-users/:id/licences/add", make: (*testPortal).anyAgentUser, own: late, others: nobody(late)})
}

// addBy searches for words on a page, presses Add beside a name and confirms.
func (p *testPortal) addBy(path, words, name, button string, more url.Values) *answer {
	p.t.Helper()
	found := p.get(path + "?q=" + url.QueryEscape(words))
	if rowOf(found, name).Find("button").Length() != 1 {
		p.t.Fatalf("%s: %q is not offered: %d %s", path, name, found.status, found.text("main"))
	}
	asked := p.submit(found, "Add "+name, nil)
	if asked.status != http.StatusOK || !strings.Contains(asked.text("h1"), name) {
		p.t.Fatalf("%s: Add leads to %s: %d %s", path, asked.url, asked.status, asked.text("main"))
	}
	return p.submit(asked, button, more)
}

// TestEveryRelationOfEveryKind: adds somebody and takes him away again, with the
// records of it, and nobody's name in their bodies.
func TestEveryRelationOfEveryKind(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("global-admin")
	seed := p.info.Seed
	approver := p.persona("approver")
	for _, tt := range []struct{ object, word, verb, tab, words, name, add, remove, action string }{
		{"/blueprints/" + seed.Blueprint.ObjectID, "owners", "add", "owners", "appro", approver.DisplayName, "Add owner", "Remove owner", models.ActionOwnerAdd},
		{"/blueprints/" + seed.Blueprint.ObjectID, "sponsors", "add", "owners", approver.UPN, approver.DisplayName, "Add sponsor", "Remove sponsor", models.ActionSponsorAdd},
		{"/principals/" + seed.Blueprint.PrincipalID, "owners", "add", "owners", "appro", approver.DisplayName, "Add owner", "Remove owner", models.ActionOwnerAdd},
		{"/principals/" + seed.Blueprint.PrincipalID, "sponsors", "add", "owners", approver.ObjectID, approver.DisplayName, "Add sponsor", "Remove sponsor", models.ActionSponsorAdd},
		{"/agents/" + seed.Agent.ID, "owners", "add", "owners", "appro", approver.DisplayName, "Add owner", "Remove owner", models.ActionOwnerAdd},
		{"/agents/" + seed.Agent.ID, "sponsors", "add", "owners", "finance", "Finance team", "Add sponsor", "Remove sponsor", models.ActionSponsorAdd},
		{"/agent-users/" + seed.AgentUser.ID, "sponsors", "add", "owners", "appro", approver.DisplayName, "Add sponsor", "Remove sponsor", models.ActionSponsorAdd},
		{"/agent-users/" + seed.AgentUser.ID, "manager", "set", "owners", "appro", approver.DisplayName, "Set manager", "Remove manager", models.ActionAgentUserManager},
		{"/agent-users/" + seed.AgentUser.ID, "groups", "add", "groups", "finance", "Finance readers", "Add to group", "Remove from group", models.ActionGroupMemberAdd},
	} {
		name := tt.object + " " + tt.word
		tab := p.get(tt.object + "/" + tt.tab)
		if tab.Find(`main a[href="`+tt.object+"/"+tt.word+"/"+tt.verb+`"]`).Length() != 1 {
			t.Errorf("%s: the tab does not lead to the search: %s", name, tab.text("main"))
		}
		page := p.addBy(tt.object+"/"+tt.word+"/"+tt.verb, tt.words, tt.name, tt.add, url.Values{"reason": {"CHG-77"}})
		if page.status != http.StatusOK || page.url.Path != tt.object+"/"+tt.tab || !strings.Contains(page.text(".notice-title"), "Changed by run") {
			t.Fatalf("%s: added, and then %s: %d %s", name, page.url, page.status, page.text("main"))
		}
		remove := rowOf(page, tt.name).Find("a[href$='/remove']")
		if remove.Length() != 1 {
			t.Fatalf("%s: %s is not in the list, or cannot be removed: %s", name, tt.name, page.text("main"))
		}
		asked := p.get(remove.AttrOr("href", ""))
		if asked.status != http.StatusOK || asked.text("h1") == "" || asked.Find(".notice").Length() == 0 || !strings.Contains(asked.text("aside"), "DELETE /v1.0/") {
			t.Errorf("%s: the question before removing: %d %s", name, asked.status, asked.text("main"))
		}
		fields := formFields(asked.Find("form[method=post]").Last())
		page = p.submit(asked, tt.remove, nil)
		if page.status != http.StatusOK || page.url.Path != tt.object+"/"+tt.tab || rowOf(page, tt.name).Length() != 0 {
			t.Fatalf("%s: after removing: %s %d %s", name, page.url, page.status, page.text("main"))
		}
		if twice := p.post(asked.url.Path, fields); twice.status != http.StatusOK || twice.url.String() != page.url.String() {
			t.Errorf("%s: pressed twice: %d %s", name, twice.status, twice.url)
		}
		fields.Set("request", uuid.NewString())
		sent := p.journal()
		if gone := p.post(asked.url.Path, fields); gone.status != http.StatusConflict || !strings.Contains(gone.text(".notice"), "Nothing was sent") {
			t.Errorf("%s: gone meanwhile: %d %s", name, gone.status, gone.text("main"))
		}
		if again := p.get(asked.url.Path); again.status != http.StatusNotFound || !strings.Contains(again.text(".notice-title"), "any more") {
			t.Errorf("%s: gone: %d %s", name, again.status, again.text("main"))
		}
		if p.journal() != sent {
			t.Errorf("%s: something was written for somebody who is gone", name)
		}
		records := p.audit(tt.action)
		if len(records) < 2 || records[len(records)-1].Words.Reason != "CHG-77" {
			t.Errorf("%s: records %+v", name, records)
		}
	}
	all, err := p.store.Audit(t.Context(), models.AuditFilter{Limit: 500})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		if body := string(r.Body); strings.Contains(body, approver.UPN) || strings.Contains(body, approver.DisplayName) {
			t.Errorf("record %d %s names a person in its body: %s", r.Seq, r.Action, body)
		}
	}
}

// journal counts the writes that the sandbox has answered.
func (p *testPortal) journal() int {
	p.t.Helper()
	var journal struct {
		Entries []struct{ Method, Path string }
	}
	if err := json.Unmarshal([]byte(p.get(p.tenant+"/_sandbox/journal?after=0").body), &journal); err != nil {
		p.t.Fatal(err)
	}
	n := 0
	for _, e := range journal.Entries {
		if e.Method != http.MethodGet && strings.HasPrefix(e.Path, "/v1.0/") && !strings.HasSuffix(e.Path, "getByIds") && !strings.HasSuffix(e.Path, "$batch") {
			n++
		}
	}
	return n
}

// TestWhoIsNotEligible: shown with why, and refused beside the field when posted by
// hand.
func TestWhoIsNotEligible(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("global-admin")
	seed := p.info.Seed
	p.get("/blueprints")
	group := func(name string) string {
		t.Helper()
		found, err := graphOf(p, "global-admin").SearchGroups(t.Context(), name)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v", name, err)
		}
		return found[0].ID
	}
	api, err := graphOf(p, "global-admin").Resource(t.Context(), graph.GraphAppID)
	if err != nil {
		t.Fatal(err)
	}
	blueprint, agent, user := "/blueprints/"+seed.Blueprint.ObjectID, "/agents/"+seed.Agent.ID, "/agent-users/"+seed.AgentUser.ID
	sponsor := p.persona("sponsor").ObjectID
	for _, tt := range []struct{ path, field, id, says string }{
		{blueprint + "/sponsors/add", "person", seed.AgentUser.ID, "an agent user"},
		{blueprint + "/sponsors/add", "person", group("Finance readers"), "a security group with assigned members"},
		{blueprint + "/sponsors/add", "person", group("Agent operators"), "a group that directory roles can be given to"},
		{blueprint + "/sponsors/add", "person", api.ID, "a service principal"},
		{blueprint + "/sponsors/add", "person", seed.Agent.ID, "an agent identity"},
		{blueprint + "/sponsors/add", "person", sponsor, "a sponsor already"},
		{agent + "/sponsors/add", "person", sponsor, "a sponsor already"},
		{agent + "/owners/add", "person", group("Finance team"), "a group"},
		{agent + "/owners/add", "person", seed.AgentUser.ID, "an agent user"},
		{user + "/sponsors/add", "person", seed.AgentUser.ID, "an agent user"},
		{user + "/sponsors/add", "person", group("Finance readers"), "a security group with assigned members"},
		{user + "/manager/set", "person", seed.AgentUser.ID, "an agent user"},
		{user + "/manager/set", "person", group("Finance team"), "a group"},
		{user + "/manager/set", "person", api.ID, "a service principal"},
		{user + "/groups/add", "group", group("All members"), "a group whose rule decides who is a member"},
		{user + "/groups/add", "group", group("Agent operators"), "a group that directory roles can be given to"},
		{user + "/groups/add", "group", sponsor, "no group"},
	} {
		found := p.get(tt.path + "?q=" + tt.id)
		row := found.Find("tr.people-refused")
		if found.status != http.StatusOK || row.Length() != 1 || row.Find("button").Length() != 0 || !strings.Contains(row.Text(), "Not eligible: "+tt.says) {
			t.Errorf("%s %s: shown as %q: %s", tt.path, tt.says, row.Text(), found.text("main"))
		}
		sent := p.journal()
		for _, form := range []url.Values{{tt.field: {tt.id}, "q": {"typed before"}}, {tt.field: {tt.id}, "request": {uuid.NewString()}, "q": {"typed before"}}} {
			page := p.post(tt.path, form)
			if page.status != http.StatusUnprocessableEntity || !strings.Contains(page.text("#f-q-error"), tt.says) || page.Find("#f-q").AttrOr("value", "") != "typed before" {
				t.Errorf("%s %s: posted by hand: %d %s", tt.path, tt.says, page.status, page.text("main"))
			}
			checkSummary(t, tt.path, page, []string{"f-q"})
		}
		if p.journal() != sent {
			t.Errorf("%s %s: it was sent", tt.path, tt.says)
		}
	}
	for name, form := range map[string]url.Values{"nobody": {"person": {unknownID}}, "no id": {"person": {"me"}}, "nothing": {}} {
		if page := p.post(blueprint+"/owners/add", form); page.status != http.StatusUnprocessableEntity || !strings.Contains(page.text("#f-q-error"), "knows nothing with this id") {
			t.Errorf("%s: %d %s", name, page.status, page.text("main"))
		}
	}
	if page := p.get(blueprint + "/owners/add?q=SANDBOX~0123456789abcdefghijklmnopqrstuvwxyz0123"); page.status != http.StatusUnprocessableEntity || strings.Contains(page.body, "0123456789abcdef") {
		t.Errorf("a secret in the search: %d %s", page.status, page.text("main"))
	}
	if page := p.get(blueprint + "/owners/add?q=zzzz+%3Cb%3E"); !strings.Contains(page.text("main"), "Nothing was found for “zzzz <b>”") {
		t.Errorf("nothing found: %s", page.text("main"))
	}
	if page := p.get(blueprint + "/owners/add?q=microsoft"); rowOf(page, "Microsoft Graph").Find("button").Length() != 1 {
		t.Errorf("a service principal as owner: %s", page.text("main"))
	}
}

// TestTheLimitsOfRelations: 100 of all, 5 groups among the sponsors.
func TestTheLimitsOfRelations(t *testing.T) {
	list := func(n int, kind graph.Kind) []graph.PrincipalRef {
		refs := make([]graph.PrincipalRef, n)
		for i := range refs {
			refs[i] = graph.PrincipalRef{ID: uuid.NewString(), Kind: kind}
		}
		return refs
	}
	person := graph.Candidate{DirectoryObject: graph.DirectoryObject{ID: unknownID, Kind: graph.KindUser}}
	team := graph.Candidate{DirectoryObject: graph.DirectoryObject{ID: unknownID, Kind: graph.KindGroup}, GroupTypes: []string{"Unified"}}
	for _, tt := range []struct {
		name string
		r    relation
		now  []graph.PrincipalRef
		c    graph.Candidate
		want string
	}{
		{"99 sponsors", sponsors(), list(99, graph.KindUser), person, ""},
		{"100 sponsors", sponsors(), list(100, graph.KindUser), person, "there are 100 sponsors already"},
		{"4 groups", sponsors(), list(4, graph.KindGroup), team, ""},
		{"5 groups", sponsors(), list(5, graph.KindGroup), team, "there are 5 groups among the sponsors already"},
		{"5 groups and a person", sponsors(), list(5, graph.KindGroup), person, ""},
		{"100 owners", owners(), list(100, graph.KindUser), person, "there are 100 owners already"},
		{"a manager", manager(), list(1, graph.KindUser), person, ""},
	} {
		if got := tt.r.refusal(tt.now, tt.c); !strings.HasPrefix(got, tt.want) || tt.want == "" && got != "" {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestTheLastSponsor: stays at a blueprint and an agent identity, may go elsewhere,
// and the last who can act is warned about.
func TestTheLastSponsor(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	b := p.makeBlueprint("Night desk", true)
	agent := p.makeAgent(b, "Night 01")
	sponsor := p.persona("sponsor").ObjectID
	for _, object := range []string{"/blueprints/" + b.ID, "/agents/" + agent.ID} {
		path := object + "/sponsors/" + sponsor + "/remove"
		page := p.get(path)
		if page.status != http.StatusOK || !strings.Contains(page.text(".notice"), "nobody is asked") || page.Find(`main a[href="`+object+`/sponsors/add"]`).Length() != 1 || page.Find("main form[method=post]").Length() != 0 {
			t.Errorf("%s: %d %s", path, page.status, page.text("main"))
		}
		sent := p.journal()
		if page := p.post(path, url.Values{"request": {uuid.NewString()}}); page.status != http.StatusConflict || p.journal() != sent {
			t.Errorf("%s: posted by hand: %d %s", path, page.status, page.text("main"))
		}
	}
	user := "/agent-users/" + p.info.Seed.AgentUser.ID
	page := p.get(user + "/sponsors/" + sponsor + "/remove")
	if !strings.Contains(page.text(".notice"), "This is the last sponsor: nobody is asked after this") {
		t.Errorf("an agent user: %s", page.text("main"))
	}
	if page = p.submit(page, "Remove sponsor", nil); page.status != http.StatusOK || rowOf(page, p.persona("sponsor").DisplayName).Length() != 0 {
		t.Errorf("an agent user: %d %s", page.status, page.text("main"))
	}

	// A disabled account is found by its whole name, and told apart.
	add := "/blueprints/" + b.ID + "/sponsors/add"
	asked := p.submit(p.get(add+"?q="+url.QueryEscape("greta.lind@"+p.info.Domain)), "Add Greta Lind", nil)
	if !strings.Contains(asked.text(".notice"), "is disabled") {
		t.Errorf("a disabled sponsor to be: %s", asked.text("main"))
	}
	p.submit(asked, "Add sponsor", nil)
	path := "/blueprints/" + b.ID + "/sponsors/" + sponsor + "/remove"
	if page := p.get(path); !strings.Contains(page.text(".notice"), "last sponsor who can act") || !strings.Contains(page.text(".notice"), "The account greta.lind@") {
		t.Errorf("the other is disabled: %s", page.text(".notice"))
	}
	p.addBy(add, "appro", p.persona("approver").DisplayName, "Add sponsor", nil)
	if page := p.get(path); page.status != http.StatusOK || strings.Contains(page.text(".notice"), "last sponsor") {
		t.Errorf("another can act: %s", page.text(".notice"))
	}
}

// TestTheLastOwner: the name is typed, and whoever removes himself is told.
func TestTheLastOwner(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	dev := p.persona("agent-dev").ObjectID
	b := p.makeBlueprint(hostileName, true)
	p.sendAs("agent-admin", graph.AddRefCall(p.h.Graph.Base(), graph.KindBlueprint, b.ID, graph.Owners, graph.PrincipalRef{ID: dev, Kind: graph.KindUser}), nil)
	p.newBrowser()
	p.signIn("agent-dev")
	path := "/blueprints/" + b.ID
	page := p.get(path + "/owners/" + dev + "/remove")
	for _, want := range []string{"only administrators can change this blueprint", "you lose your rights on it", "Add owner…"} {
		if !strings.Contains(page.text(".notice"), want) {
			t.Errorf("the warning lacks %q: %s", want, page.text(".notice"))
		}
	}
	if strings.Contains(page.body, "<script>alert") {
		t.Error("the name of the blueprint runs")
	}
	refused := p.submit(page, "Remove owner", url.Values{"typed": {"something"}, "reason": {"CHG-1"}})
	if refused.status != http.StatusUnprocessableEntity || refused.Find("#f-reason").AttrOr("value", "") != "CHG-1" {
		t.Errorf("another name: %d %s", refused.status, refused.text("main"))
	}
	checkSummary(t, "last owner", refused, []string{"f-typed"})

	approver := p.persona("approver")
	done := p.addBy(path+"/owners/add", "appro", approver.DisplayName, "Add owner", nil)
	if done.url.Path != path+"/owners" || rowOf(done, approver.DisplayName).Length() != 1 {
		t.Errorf("a Developer who owns it adds an owner: %s %s", done.url, done.text("main"))
	}
	page = p.get(path + "/owners/" + approver.ObjectID + "/remove")
	if page.Find("#f-typed").Length() != 0 || strings.Contains(page.text(".notice"), "This is you") {
		t.Errorf("not the last, and somebody else: %s", page.text("main"))
	}
	p.submit(page, "Remove owner", nil)
	page = p.submit(p.get(path+"/owners/"+dev+"/remove"), "Remove owner", url.Values{"typed": {hostileName}})
	if page.status != http.StatusOK || page.url.Path != path+"/owners" || page.Find(`[aria-label="Owners"] tbody tr`).Length() != 0 {
		t.Errorf("the last owner goes: %d %s %s", page.status, page.url, page.text("main"))
	}
	run := p.addBy(path+"/owners/add", "appro", approver.DisplayName, "Add owner", nil)
	if !strings.HasPrefix(run.url.Path, "/runs/") || run.text("#run-badge") != "Failed" || !strings.Contains(run.text("main"), "Graph does not let you change the owners of") {
		t.Errorf("who does not own it any more: %s %s", run.url, run.text("main"))
	}
}

// TestRelationsAreForMakers: an Auditor sees lists without buttons, and no page of
// acts.
func TestRelationsAreForMakers(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("auditor")
	seed, sponsor := p.info.Seed, p.persona("sponsor").ObjectID
	for object, acts := range map[string][]string{
		"/blueprints/" + seed.Blueprint.ObjectID:    {"owners/add", "sponsors/add", "sponsors/" + sponsor + "/remove", "owners/" + sponsor + "/remove"},
		"/principals/" + seed.Blueprint.PrincipalID: {"owners/add", "sponsors/add", "sponsors/" + sponsor + "/remove"},
		"/agents/" + seed.Agent.ID:                  {"owners/add", "sponsors/add", "sponsors/" + sponsor + "/remove"},
		"/agent-users/" + seed.AgentUser.ID:         {"sponsors/add", "manager/set", "manager/remove", "groups/add", "groups/" + sponsor + "/remove", "licences/add", "licences/" + sponsor + "/remove"},
	} {
		tab := p.get(object + "/owners")
		if tab.status != http.StatusOK || tab.Find("main a[href$='/add'], main a[href$='/set'], main a[href$='/remove']").Length() != 0 {
			t.Errorf("%s: %d, an Auditor is offered %s", object, tab.status, tab.text("main"))
		}
		for _, act := range acts {
			if page := p.get(object + "/" + act); page.status != http.StatusForbidden {
				t.Errorf("GET %s/%s: %d", object, act, page.status)
			}
			if page := p.post(object+"/"+act, url.Values{"person": {sponsor}, "request": {uuid.NewString()}}); page.status != http.StatusForbidden {
				t.Errorf("POST %s/%s: %d", object, act, page.status)
			}
		}
	}
}

// TestFindingsLeadToTheirPages: those about sponsors and owners end where one is
// added.
func TestFindingsLeadToTheirPages(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	p.makeBlueprint(hostileName, true)
	for kind, words := range map[provision.FindingKind]string{provision.FindingNoSponsor: "Add sponsor…", provision.FindingNoOwner: "Add owner…"} {
		list := p.get("/findings?kind=" + string(kind))
		fix := list.Find("main tbody a").FilterFunction(byText(words)).First()
		if page := p.get(fix.AttrOr("href", "/none")); fix.Length() == 0 || page.status != http.StatusOK || page.Find("#f-q").Length() != 1 {
			t.Errorf("%s: %d %s: %s", kind, page.status, page.url, list.text("main"))
		}
	}
}
