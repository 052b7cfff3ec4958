package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/web"
)

// inheritance is the page that a row of the principal's tab leads to.
func (p *testPortal) inheritance(row, words string) *answer {
	p.t.Helper()
	page := p.get(p.principalPermissions())
	found := page.permissions()[row]
	if found == nil {
		p.t.Fatalf("no row %s in %s", row, page.text("main"))
	}
	return p.get(found.Find("a").FilterFunction(byText(words)).AttrOr("href", "/no-such-link"))
}

func TestAgentsInheritWhatTheirPrincipalHolds(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("global-admin")
	grant := p.get(p.principalPermissions() + "/grant?" + url.Values{"api": {graph.GraphAppID}, "kind": {"delegated"}, "value": {"Mail.Read"}}.Encode())
	p.waitRun(p.submit(grant, "Grant permission", nil).url.Path, "Done")

	question := p.inheritance("Mail.Read Delegated", "Let agents inherit… Mail.Read")
	if question.status != http.StatusOK || question.text("h1") != "Let agents of Invoice helper inherit Mail.Read?" || !strings.Contains(question.text("main"), "inheritablePermissions") {
		t.Fatalf("%d %s", question.status, question.text("main"))
	}
	done := p.waitRun(p.submit(question, "Let agents inherit it", url.Values{"reason": {"CHG-2"}}).url.Path, "Done")
	if !strings.Contains(done.text("main"), "as soon as the blueprint principal was granted it") {
		t.Errorf("the run says %s", done.text("main"))
	}
	inherited := p.get(p.agentPermissions()).permissions()["Mail.Read Delegated"]
	if inherited == nil || !strings.Contains(inherited.Text(), "Inherited from the blueprint") {
		t.Error("the agent does not inherit it")
	}
	if records := p.audit(models.ActionInheritAdd); len(records) != 2 || records[0].Words.Reason != "CHG-2" {
		t.Errorf("records %+v", records)
	}

	end := p.inheritance("Mail.Read Delegated", "End inheritance… Mail.Read")
	p.waitRun(p.submit(end, "End inheritance", nil).url.Path, "Done")
	if p.get(p.agentPermissions()).permissions()["Mail.Read Delegated"] != nil {
		t.Error("the agent still inherits it")
	}
}

func TestInheritanceThatCannotBe(t *testing.T) {
	p := newTestPortal(t, func(_ *web.Options, h *Handlers) { h.RequireReason = true })
	p.signIn("agent-admin")
	path := p.principalPermissions() + "/inherit"
	for name, tt := range map[string]struct {
		query url.Values
		want  int
	}{
		"no API":           {nil, http.StatusOK}, // the tab
		"an unknown API":   {url.Values{"api": {nowhere}, "scope": {"x"}}, http.StatusNotFound},
		"no permission":    {url.Values{"api": {graph.GraphAppID}, "scope": {"No.Such"}}, http.StatusNotFound},
		"a broken address": {url.Values{"api": {"x"}}, http.StatusNotFound},
	} {
		if page := p.get(path + "?" + tt.query.Encode()); page.status != tt.want {
			t.Errorf("%s: %d %s", name, page.status, page.text("main"))
		}
	}
	question := p.get(path + "?" + url.Values{"api": {graph.GraphAppID}, "scope": {"Mail.Read"}}.Encode())
	refused := p.submit(question, "Let agents inherit it", nil)
	if refused.status != http.StatusUnprocessableEntity || !strings.Contains(refused.text("#error-summary"), "Reason: Write why you do this") {
		t.Errorf("without a reason: %d %s", refused.status, refused.text("main"))
	}
	blocked := p.get(path + "?" + url.Values{"api": {graph.GraphAppID}, "scope": {"Directory.AccessAsUser.All"}}.Encode())
	if blocked.status != http.StatusOK || !strings.Contains(blocked.text("main"), "Agents may not hold this permission") || blocked.Find("main form").Length() != 0 {
		t.Errorf("a blocked one: %d %s", blocked.status, blocked.text("main"))
	}
	if posted := p.post(path, url.Values{"api": {graph.GraphAppID}, "scope": {"Directory.AccessAsUser.All"}, "reason": {"CHG-3"}}); posted.status < 400 {
		t.Errorf("a blocked one was sent: %d %s", posted.status, posted.text("main"))
	}
}
