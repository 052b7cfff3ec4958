package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"agentidportal/entra"
	"agentidportal/entra/graph"
)

// grantedRows are the rows of the section by permission.
func (a *answer) grantedRows() map[string]*goquery.Selection {
	rows := map[string]*goquery.Selection{}
	a.Find(`[aria-label^="Granted"] tbody tr`).Each(func(_ int, row *goquery.Selection) {
		rows[strings.TrimSpace(row.Find(".name-words bdi").Text())] = row
	})
	return rows
}

func (p *testPortal) inspectToken(token string) *answer {
	p.t.Helper()
	return p.post("/tokens/inspect", url.Values{"token": {token}})
}

// What was granted stands beside what the token carries, of every mode, with what
// to do about the difference.
func TestGrantedVersusInToken(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("global-admin")
	tokens := p.tokensOfEveryKind()
	grant := p.get(p.agentPermissions() + "/grant?" + url.Values{"api": {graph.GraphAppID}, "kind": {"application"}, "value": {"Mail.Read"}}.Encode())
	p.waitRun(p.submit(grant, "Grant permission", nil).url.Path, "Done")

	tests := []struct {
		kind entra.TokenKind
		row  string
		says []string
	}{
		{entra.KindAutonomous, "GroupMember.Read.All", []string{"Application", "Microsoft Graph", "Assigned to the agent itself", "Yes", "It counts"}},
		{entra.KindAutonomous, "Mail.Read", []string{"Assigned to the agent itself", "No", "Not in the token", "get a fresh one"}},
		{entra.KindAutonomous, "User.Read", []string{"Delegated", "Consent for everybody", "Not for such a token", "the agent acts for itself"}},
		{entra.KindOnBehalfOf, "User.Read", []string{"Consent for everybody", "Yes", "It counts"}},
		{entra.KindOnBehalfOf, "User.ReadBasic.All", []string{"Consent for “Invoice helper 01” alone", "No", "one other person"}},
		{entra.KindAgentUser, "User.ReadBasic.All", []string{"Consent for “Invoice helper 01” alone", "Yes", "It counts"}},
		{entra.KindAgentUser, "GroupMember.Read.All", []string{"Not for such a token", "This token is for a user"}},
	}
	for _, tt := range tests {
		page := p.inspectToken(tokens[tt.kind])
		row := page.grantedRows()[tt.row]
		if row == nil {
			t.Errorf("%s: no row %s in %s", tt.kind, tt.row, page.text("main"))
			continue
		}
		for _, want := range tt.says {
			if !strings.Contains(strings.Join(strings.Fields(row.Text()), " "), want) {
				t.Errorf("%s, %s lacks %q: %s", tt.kind, tt.row, want, row.Text())
			}
		}
		if page.Find("a[href='"+p.agentPermissions()+"']").Length() != 1 {
			t.Errorf("%s: the agent's permissions are not linked", tt.kind)
		}
	}
	fresh := p.inspectToken(p.tokensOfEveryKind()[entra.KindAutonomous])
	if row := fresh.grantedRows()["Mail.Read"]; row == nil || !strings.Contains(row.Text(), "It counts") {
		t.Errorf("a fresh token: %s", fresh.text("main"))
	}
}

// A permission that was taken away counts until the token ends.
func TestGrantedIsTakenAway(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("global-admin")
	token := p.tokensOfEveryKind()[entra.KindAutonomous]
	tab := p.get(p.agentPermissions())
	remove := tab.permissions()["GroupMember.Read.All Application"].Find(`[data-label="Remove"] a`).AttrOr("href", "")
	p.waitRun(p.submit(p.get(remove), "Remove permission", nil).url.Path, "Done")
	row := p.inspectToken(token).grantedRows()["GroupMember.Read.All"]
	if row == nil || !strings.Contains(row.Text(), "Not granted any more") || !strings.Contains(row.Text(), "still counts until") {
		t.Fatalf("the row says %v", row)
	}
}

// An inherited permission says where it comes from.
func TestGrantedByInheritance(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("global-admin")
	grant := p.get(p.principalPermissions() + "/grant?" + url.Values{"api": {graph.GraphAppID}, "kind": {"delegated"}, "value": {"Mail.Read"}}.Encode())
	p.waitRun(p.submit(grant, "Grant permission", nil).url.Path, "Done")
	p.waitRun(p.submit(p.inheritance("Mail.Read Delegated", "Let agents inherit… Mail.Read"), "Let agents inherit it", nil).url.Path, "Done")
	page := p.inspectToken(p.tokensOfEveryKind()[entra.KindOnBehalfOf])
	if row := page.grantedRows()["Mail.Read"]; row == nil || !strings.Contains(row.Text(), "Inherited from the blueprint: Consent for everybody") || !strings.Contains(row.Text(), "It counts") {
		t.Errorf("the page says %s", page.text("main"))
	}
}

// Nothing is asked where that says nothing, and a refusal is told in words.
func TestGrantedIsAskedForAgentsOfTheSignedInAlone(t *testing.T) {
	p := newTestPortal(t)
	tokens := p.tokensOfEveryKind()
	if page := p.inspectToken(tokens[entra.KindAutonomous]); page.status != http.StatusOK || page.says("main", "Granted and in the token") {
		t.Errorf("nobody is signed in: %s", page.text("main"))
	}
	p.signIn("agent-admin")
	for _, kind := range []entra.TokenKind{entra.KindT1, entra.KindT2, entra.KindBlueprint, entra.KindUserToken, entra.KindIDToken, entra.KindOrdinaryApp} {
		if page := p.inspectToken(tokens[kind]); page.status != http.StatusOK || page.says("main", "Granted and in the token") {
			t.Errorf("%s: %s", kind, page.text("main"))
		}
	}
	parts := strings.Split(tokens[entra.KindAutonomous], ".")
	if page := p.inspectToken(parts[0] + "." + parts[1] + "." + strings.Repeat("A", len(parts[2]))); page.says("main", "Granted and in the token") {
		t.Error("a token somebody changed is compared")
	}
	p.newBrowser()
	p.signIn("user")
	page := p.inspectToken(tokens[entra.KindAutonomous])
	if page.status != http.StatusOK || page.grantedRows()["GroupMember.Read.All"] == nil || page.Find("main a[href^='/agents/']").Length() != 0 {
		t.Errorf("without a role: %d %s", page.status, page.text("main"))
	}
}

// Graph that refuses, fails, does not know the agent or does not answer is told
// of in words; the token is explained in any case.
func TestGrantedThatCannotBeRead(t *testing.T) {
	p, up := asking(t)
	token := p.tokensOfEveryKind()[entra.KindAutonomous]
	agent := `{"id":"` + p.info.Seed.Agent.ID + `","displayName":"Invoice helper 01","agentIdentityBlueprintId":"` + p.info.Seed.Blueprint.AppID + `"}`
	agentOnly := func(refusal http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if !strings.Contains(r.URL.Path, p.info.Seed.Agent.ID) || strings.Contains(r.URL.Path, "ssignments") || strings.Contains(r.URL.Path, "Grants") {
				refusal(w, r)
				return
			}
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(agent))
		}
	}
	for name, tt := range map[string]struct {
		graph http.HandlerFunc
		want  string
	}{
		"refused":                {says(403, "Authorization_RequestDenied", "canary"), "What the agent was granted could not be read. Your roles do not let you read this."},
		"grants alone refused":   {agentOnly(says(403, "Authorization_RequestDenied", "canary")), "What the agent was granted could not be read. Your roles do not let you read this."},
		"not found":              {says(404, "Request_ResourceNotFound", "canary"), "This agent identity is not in the directory"},
		"a fault":                {says(400, "BadRequest", "canary"), "Graph answered 400 BadRequest."},
		"no answer that is JSON": {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }, "What the agent was granted could not be read."},
	} {
		up.answer(tt.graph)
		page := p.inspectToken(token)
		if page.status != http.StatusOK || !page.says("main", tt.want) || !page.says("main", "What this token is") || strings.Contains(page.body, "canary") {
			t.Errorf("%s: %d %s", name, page.status, page.text("main"))
		}
	}
}
