package handlers

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// makeUser gives an agent identity an agent user.
func (p *testPortal) makeUser(a *graph.AgentIdentity, alias string) *graph.AgentUser {
	p.t.Helper()
	u := &graph.AgentUser{}
	p.sendAs("agent-admin", graph.CreateAgentUserCall(graph.NewAgentUser{
		DisplayName: a.DisplayName, UPN: alias + "@" + p.info.Domain, MailNickname: alias, ParentID: a.ID,
	}), u)
	return u
}

// deletedPaths are the DELETE calls that the sandbox answered, in their order.
func (p *testPortal) deletedPaths() []string {
	p.t.Helper()
	var journal struct {
		Entries []struct {
			Method, Path string
			Status       int
		}
	}
	if err := json.Unmarshal([]byte(p.get(p.tenant+"/_sandbox/journal").body), &journal); err != nil {
		p.t.Fatal(err)
	}
	var paths []string
	for _, e := range journal.Entries {
		if e.Method == http.MethodDelete && e.Status < 300 {
			paths = append(paths, e.Path)
		}
	}
	return paths
}

// TestDeleteOfEveryKind: the question, a wrong name, the right one, and what its
// address says then.
func TestDeleteOfEveryKind(t *testing.T) {
	for kind, want := range map[graph.Kind]struct{ act, says string }{
		graph.KindBlueprint:          {"Delete 4 objects", "1 agent identity and 1 agent user stop working at once"},
		graph.KindBlueprintPrincipal: {"Delete blueprint principal", "Restoring the principal before that spares it"},
		graph.KindAgentIdentity:      {"Delete 2 objects", "It stops working at once"},
		graph.KindAgentUser:          {"Delete agent user", "no mailbox, no chat"},
	} {
		t.Run(string(kind), func(t *testing.T) {
			p := newTestPortal(t)
			p.signIn("agent-admin")
			path := p.seedPaths()[kind]
			page := p.get(path + "/delete")
			text := page.text("main")
			for _, words := range []string{want.act, want.says, "30 days", "Disable instead"} {
				if page.status != 200 || !strings.Contains(text, words) {
					t.Errorf("%d, lacks %q: %s", page.status, words, text)
				}
			}
			wrong := p.submit(page, want.act, url.Values{"typed": {"Something"}, "reason": {"CHG-3"}})
			if wrong.status != 422 || wrong.Find(`#error-summary a[href="#f-typed"]`).Length() != 1 || wrong.Find("#f-reason").AttrOr("value", "") != "CHG-3" {
				t.Errorf("a wrong name: %d %s", wrong.status, wrong.text("main"))
			}
			if got := p.deletedPaths(); len(got) != 0 {
				t.Fatalf("a wrong name deleted %q", got)
			}
			run := p.submit(wrong, want.act, url.Values{"typed": {page.text("label[for=f-typed] code")}})
			if !strings.HasPrefix(run.url.Path, "/runs/") {
				t.Fatalf("led to %s: %s", run.url, run.text("main"))
			}
			if done := p.waitRun(run.url.Path, "Done"); done.Find(`.steps a:contains("Open")`).Length() != 0 {
				t.Errorf("a step leads to what it has deleted: %s", done.text("main"))
			}
			gone := p.get(path)
			if gone.status != 404 || !strings.Contains(gone.text("main"), "is in the recycle bin") || !strings.Contains(gone.text("main"), "It can be restored for 30 more days") {
				t.Errorf("its address: %d %s", gone.status, gone.text("main"))
			}
			if gone.Find(`a[href^="/audit?target="]`).Length() != 1 {
				t.Errorf("no way on: %s", gone.text("main"))
			}
			if again := p.get(path + "/delete"); again.status != 404 {
				t.Errorf("deleting it again: %d", again.status)
			}
		})
	}
}

// TestDeletingATree: from the leaves, every object by name.
func TestDeletingATree(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	b := p.makeBlueprint("Night desk", true)
	one, two, three := p.makeAgent(b, "Night 01"), p.makeAgent(b, hostileName), p.makeAgent(b, "Night 03")
	u1, u2 := p.makeUser(one, "night-01"), p.makeUser(two, "night-02")
	path := "/blueprints/" + b.ID
	page := p.get(path + "/delete")
	if page.text("h1") != "Delete Night desk?" || page.Find(`[aria-label="Objects to change"] tbody tr`).Length() != 7 || !strings.Contains(page.text("main"), "3 agent identities and 2 agent users stop working") {
		t.Errorf("%s", page.text("main"))
	}
	if page.Find("main script").Length() != 0 {
		t.Error("a script came out of a name")
	}
	run := p.submit(page, "Delete 7 objects", url.Values{"typed": {"Night desk"}, "reason": {"CHG-4"}})
	done := p.waitRun(run.url.Path, "Done")
	if done.Find(".step-done").Length() != 7 {
		t.Errorf("%s", done.text("main"))
	}
	place := map[string]int{}
	for i, deleted := range p.deletedPaths() {
		place[deleted[strings.LastIndex(deleted, "/")+1:]] = i + 1
	}
	principal := 0
	for id, at := range place {
		if id != b.ID && id != one.ID && id != two.ID && id != three.ID && id != u1.ID && id != u2.ID {
			principal = at
		}
	}
	if len(place) != 7 || place[u1.ID] > place[one.ID] || place[u2.ID] > place[two.ID] || principal != 6 || place[b.ID] != 7 {
		t.Errorf("order: %v, principal %d", place, principal)
	}
	if n := len(p.audit(models.ActionObjectDelete)); n != 14 {
		t.Errorf("%d records of 7 deletions", n)
	}
}

// TestATreeThatChanged: what came or went since the page was shown is told, and
// nothing is deleted.
func TestATreeThatChanged(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	b := p.makeBlueprint("Night desk", true)
	one := p.makeAgent(b, "Night 01")
	page := p.get("/blueprints/" + b.ID + "/delete")
	p.makeAgent(b, "Night 02")
	p.sendAs("agent-admin", graph.DeleteCall(graph.KindAgentIdentity, one.ID), nil)
	before := len(p.deletedPaths())
	changed := p.submit(page, "Delete 3 objects", url.Values{"typed": {"Night desk"}, "reason": {"CHG-5"}})
	notice := changed.text(".notice")
	if changed.status != 422 || !strings.Contains(notice, "another tree") || !strings.Contains(notice, "came: “Night 02”") || !strings.Contains(notice, "No longer there: “Night 01”") {
		t.Errorf("%d %s", changed.status, changed.text("main"))
	}
	if changed.Find("#f-reason").AttrOr("value", "") != "CHG-5" || changed.Find("#f-typed").AttrOr("value", "") != "Night desk" {
		t.Error("what was typed is gone")
	}
	if after := len(p.deletedPaths()); after != before {
		t.Errorf("%d deletions", after-before)
	}
	run := p.submit(changed, "Delete 3 objects", nil)
	p.waitRun(run.url.Path, "Done")
}

// TestAgentUsersThatStayBehind: without the tick the page is shown again with
// another count, and then they stay.
func TestAgentUsersThatStayBehind(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	seed := p.info.Seed
	path := "/agents/" + seed.Agent.ID
	page := p.get(path + "/delete")
	if _, ticked := page.Find("#f-users").Attr("checked"); !ticked {
		t.Errorf("the agent user is not ticked: %s", page.text("main"))
	}
	again := p.submit(page, "Delete 2 objects", url.Values{"typed": {"Invoice helper 01"}, "users": nil})
	if again.status != 422 || !strings.Contains(again.text(".notice"), "The agent users stay behind") || !strings.Contains(again.text(`[aria-label="Objects that stay as they are"]`), "Stays behind, enabled") {
		t.Fatalf("%d %s", again.status, again.text("main"))
	}
	run := p.submit(again, "Delete agent identity", nil)
	if p.waitRun(run.url.Path, "Done"); len(p.deletedPaths()) != 1 {
		t.Errorf("deleted: %q", p.deletedPaths())
	}
	if user := p.get("/agent-users/" + seed.AgentUser.ID); user.status != 200 || !strings.Contains(user.text("main"), "Its agent identity is gone") {
		t.Errorf("the user: %d %s", user.status, user.text("main"))
	}
}

// TestATreeThatCannotBeRead is not deleted.
func TestATreeThatCannotBeRead(t *testing.T) {
	wire := &brokenGraph{}
	p := newTestPortal(t, wire.option)
	p.signIn("agent-admin")
	path := p.seedPaths()[graph.KindBlueprint]
	wire.cut.Store("microsoft.graph.agentIdentity")
	wire.cut.Store("/users")
	page := p.get(path + "/delete")
	if page.status != 200 || page.Find("main form").Length() != 0 || !strings.Contains(page.text(".notice"), "could not read all that hangs on it") {
		t.Errorf("%d %s", page.status, page.text("main"))
	}
	if page := p.post(path+"/delete", url.Values{"typed": {"Invoice helper"}}); page.status != 422 || page.Find("main form").Length() != 0 {
		t.Errorf("sent: %d %s", page.status, page.text("main"))
	}
}

// TestTreesThatAreTooLarge say so before.
func TestTreesThatAreTooLarge(t *testing.T) {
	few := felling{o: &object{kind: graph.KindBlueprint, id: unknownID}}
	if f := few.tooMuch(1000); f != nil {
		t.Errorf("1,000 are too many: %v", f)
	}
	if f := few.tooMuch(1001); f == nil || !strings.Contains(f.Title, "1,001 objects") {
		t.Errorf("1,001: %v", f)
	}
	few.i.agents.more = true
	if f := few.tooMuch(1); f == nil {
		t.Error("one that is not read to its end is deleted")
	}
}
