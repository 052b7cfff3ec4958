package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// permissions are the rows of the tab by name and kind: "Mail.Send Application".
func (a *answer) permissions() map[string]*goquery.Selection {
	rows := map[string]*goquery.Selection{}
	a.Find(`[aria-label="Permissions"] tbody tr`).Each(func(_ int, row *goquery.Selection) {
		name := strings.Fields(row.Find(".name-words bdi").Text())[0]
		rows[name+" "+strings.TrimSpace(row.Find(`[data-label="Kind"]`).Text())] = row
	})
	return rows
}

func (p *testPortal) agentPermissions() string {
	return "/agents/" + p.info.Seed.Agent.ID + "/permissions"
}

func (p *testPortal) principalPermissions() string {
	return "/principals/" + p.info.Seed.Blueprint.PrincipalID + "/permissions"
}

func TestThePermissionsTabSaysWhereEachComesFrom(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	page := p.get(p.agentPermissions())
	rows := page.permissions()
	for name, want := range map[string]string{
		"GroupMember.Read.All Application": "Assigned here", "User.Read Delegated": "Consent for everybody", "User.ReadBasic.All Delegated": "Consent for “Invoice helper 01” alone",
	} {
		row := rows[name]
		if row == nil || !strings.Contains(row.Find(`[data-label="Source"]`).Text(), want) || row.Find(`[data-label="API"]`).Text() != "Microsoft Graph" {
			t.Errorf("no row %q from %q in %s", name, want, page.text("main"))
			continue
		}
		if row.Find(".second code").Length() != 1 || row.Find(`[data-label="Remove"] a`).Length() != 1 {
			t.Errorf("%q has no id, or no way to remove it", name)
		}
	}
	if len(rows) != 6 { // three more at the Echo API and Azure
		t.Errorf("%d rows", len(rows))
	}
	p.newBrowser()
	p.signIn("auditor")
	page = p.get(p.agentPermissions())
	if len(page.permissions()) != 6 || page.Find("main form").Length() != 0 || page.Find(`[data-label="Remove"]`).Length() != 0 {
		t.Errorf("to a reader: %s", page.text("main"))
	}
	for _, path := range []string{"/grant", "/remove"} {
		if page := p.get(p.agentPermissions() + path); page.status != http.StatusForbidden {
			t.Errorf("%s answers a reader with %d", path, page.status)
		}
	}
}

func TestAPermissionIsFoundGrantedAndRemoved(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("global-admin")
	found := p.submit(p.get(p.agentPermissions()), "Search", url.Values{"q": {"mail send"}})
	add := found.Find(`[aria-label="Permissions found"] a`).FilterFunction(byText("Add Mail.Send, Application")).First()
	if add.Length() != 1 {
		t.Fatalf("not found: %s", found.text("#add"))
	}
	question := p.get(add.AttrOr("href", ""))
	if question.status != http.StatusOK || question.text("h1") != "Grant Mail.Send to Invoice helper 01?" || !strings.Contains(question.text("main"), "AppRoleAssignment.ReadWrite.All") {
		t.Fatalf("%d %s", question.status, question.text("main"))
	}
	if n := len(p.audit(models.ActionRoleGrant)); n != 0 {
		t.Fatalf("%d records before it was said", n)
	}
	long := p.submit(question, "Grant permission", url.Values{"reason": {strings.Repeat("x", 501)}})
	if long.status != http.StatusUnprocessableEntity || long.Find(`.error-links a[href="#f-reason"]`).Length() != 1 {
		t.Errorf("a reason that is too long: %d %s", long.status, long.text("main"))
	}
	run := p.submit(question, "Grant permission", url.Values{"reason": {"CHG-1"}})
	if !strings.HasPrefix(run.url.Path, "/runs/") || !strings.Contains(run.text(".notice-ok"), "Grant Mail.Send to Invoice helper 01: done") {
		t.Fatalf("%s: %s", run.url, run.text("main"))
	}
	if again := p.submit(question, "Grant permission", url.Values{"reason": {"CHG-1"}}); again.url.Path != run.url.Path {
		t.Errorf("the second press led to %s", again.url)
	}
	records := p.audit(models.ActionRoleGrant)
	if len(records) != 2 || records[0].TargetID != p.info.Seed.Agent.ID || records[0].Words.Reason != "CHG-1" {
		t.Errorf("records %+v", records)
	}
	tab := p.get(run.Find(".notice-ok a").FilterFunction(byText("Permissions of the agent identity")).AttrOr("href", "/none"))
	row := tab.permissions()["Mail.Send Application"]
	if row == nil {
		t.Fatalf("not on the tab: %s", tab.text("main"))
	}
	held := p.get(p.agentPermissions() + "?q=mail.send")
	if !strings.Contains(held.text(`[aria-label="Permissions found"]`), "Granted already") {
		t.Errorf("found again: %s", held.text("#add"))
	}
	remove := row.Find(`[data-label="Remove"] a`).AttrOr("href", "")
	ask := p.get(remove)
	if ask.status != http.StatusOK || ask.text("h1") != "Remove Mail.Send from Invoice helper 01?" || ask.Find(".button-destroy").Length() != 1 {
		t.Fatalf("%d %s", ask.status, ask.text("main"))
	}
	gone := p.submit(ask, "Remove permission", nil)
	if !strings.Contains(gone.text(".notice-ok"), "Take Mail.Send from Invoice helper 01: done") {
		t.Fatal(gone.text("main"))
	}
	for what, page := range map[string]*answer{"the question": p.get(remove), "the form": p.submit(ask, "Remove permission", nil)} {
		if page.url.Path != p.agentPermissions() || page.permissions()["Mail.Send Application"] != nil {
			t.Errorf("%s, when it is gone: %s", what, page.url)
		}
	}
}

func TestDelegatedPermissionsOfAPrincipal(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("global-admin")
	grant := func(value string) {
		t.Helper()
		query := url.Values{"api": {graph.GraphAppID}, "kind": {"delegated"}, "value": {value}}
		run := p.submit(p.get(p.principalPermissions()+"/grant?"+query.Encode()), "Grant permission", nil)
		if run.Find(".notice-ok").Length() == 0 {
			t.Fatal(run.text("main"))
		}
	}
	grant("Mail.Read")
	grant("Calendars.Read")
	rows := p.get(p.principalPermissions()).permissions()
	if len(rows) != 2 || !strings.Contains(rows["Mail.Read Delegated"].Text(), "For itself alone") {
		t.Fatalf("%d rows", len(rows))
	}
	p.submit(p.get(rows["Mail.Read Delegated"].Find(`[data-label="Remove"] a`).AttrOr("href", "")), "Remove permission", nil)
	if rows = p.get(p.principalPermissions()).permissions(); len(rows) != 1 || rows["Calendars.Read Delegated"] == nil {
		t.Errorf("left %d", len(rows))
	}
	one := p.get(p.agentPermissions()).permissions()["User.ReadBasic.All Delegated"].Find(`[data-label="Remove"] a`).AttrOr("href", "")
	if page := p.get(one); !strings.Contains(page.text("main"), "Consent for “Invoice helper 01” alone") {
		t.Errorf("the question does not say whom it is for: %s", page.text("main"))
	}
}

// TestInheritedPermissionsNameTheirSource: what the principal holds and its
// blueprint passes on shows on both tabs.
func TestInheritedPermissionsNameTheirSource(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("global-admin")
	blueprint := p.info.Seed.Blueprint
	query := url.Values{"api": {graph.GraphAppID}, "kind": {"delegated"}, "value": {"Mail.Read"}}
	p.submit(p.get(p.principalPermissions()+"/grant?"+query.Encode()), "Grant permission", nil)
	if _, err := p.writer("global-admin").Send(t.Context(), "op", graph.InheritCall(blueprint.ObjectID, graph.GraphAppID, nil), nil); err != nil {
		t.Fatal(err)
	}
	if row := p.get(p.principalPermissions()).permissions()["Mail.Read Delegated"]; !strings.Contains(row.Text(), "Its agent identities inherit it") {
		t.Errorf("on the principal: %s", row.Text())
	}
	row := p.get(p.agentPermissions()).permissions()["Mail.Read Delegated"]
	if row == nil || row.Find(`[data-label="Source"] a`).AttrOr("href", "") != p.principalPermissions() || row.Find(`[data-label="Remove"] a`).Length() != 0 {
		t.Errorf("on the agent: %v", row)
	}
}

func TestBlockedAndUnknownPermissionsAreNotGranted(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("global-admin")
	found := p.get(p.agentPermissions() + "?q=directory.accessasuser.all")
	if row := found.Find(`[aria-label="Permissions found"] tbody tr`).First(); row.Find("a.button").Length() != 0 || !strings.Contains(row.Text(), "Microsoft blocks") {
		t.Errorf("a blocked one: %s", row.Text())
	}
	address := func(api, kind, value string) string {
		return p.agentPermissions() + "/grant?" + url.Values{"api": {api}, "kind": {kind}, "value": {value}}.Encode()
	}
	blocked := p.get(address(graph.GraphAppID, "delegated", "Directory.AccessAsUser.All"))
	if blocked.status != http.StatusOK || blocked.Find("main form").Length() != 0 || !strings.Contains(blocked.text("main"), "Microsoft blocks") {
		t.Errorf("the page of a blocked one: %s", blocked.text("main"))
	}
	fields := url.Values{"api": {graph.GraphAppID}, "kind": {"delegated"}, "value": {"Directory.AccessAsUser.All"}, "request": {unknownID}}
	if page := p.post(p.agentPermissions()+"/grant", fields); page.status != http.StatusUnprocessableEntity {
		t.Errorf("a form that asks for it: %d", page.status)
	}
	for _, path := range []string{
		address(graph.GraphAppID, "application", "No.Such"), address(unknownID, "application", "Mail.Send"), address("graph", "application", "Mail.Send"),
		"/agents/" + unknownID + "/permissions/grant", "/principals/" + unknownID + "/permissions/remove",
	} {
		if page := p.get(path); page.status != http.StatusNotFound {
			t.Errorf("%s: %d", path, page.status)
		}
	}
	if page := p.get(p.agentPermissions() + "?api=zzzz&q=x"); !strings.Contains(page.text("#add"), "No API with that name") {
		t.Errorf("an API that nobody has: %s", page.text("#add"))
	}
	if page := p.get(p.agentPermissions() + "?q=zzzz"); !strings.Contains(page.text("#add"), "No permission with these words") {
		t.Errorf("words of no permission: %s", page.text("#add"))
	}
	hostile := p.get(p.agentPermissions() + "?" + url.Values{"q": {`"><script>x</script>`}, "api": {`$(x)' or "`}}.Encode())
	if hostile.status != http.StatusOK || hostile.Find("#add script").Length() != 0 {
		t.Errorf("hostile words: %d", hostile.status)
	}
	if n := len(p.audit(models.ActionRoleGrant)) + len(p.audit(models.ActionConsentGrant)); n != 0 {
		t.Errorf("%d records of what was not sent", n)
	}
}

// TestARefusedGrantSaysWhoMay: an Agent ID Administrator is let ask, and Graph
// refuses.
func TestARefusedGrantSaysWhoMay(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	query := url.Values{"api": {graph.GraphAppID}, "kind": {"application"}, "value": {"Mail.Send"}}
	run := p.submit(p.get(p.agentPermissions()+"/grant?"+query.Encode()), "Grant permission", nil)
	if step := run.Find(".step-failed"); !strings.Contains(step.Text(), "Privileged Role Administrator") || !strings.Contains(step.Text(), "403") {
		t.Errorf("%s", run.text("main"))
	}
}

// TestThePermissionsTabStandsWithoutAPart: what cannot be read is said to be so.
func TestThePermissionsTabStandsWithoutAPart(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	p.setFault(Fault{Kind: "500", Method: "GET", Path: "/v1.0/oauth2PermissionGrants"})
	page := p.get(p.agentPermissions())
	if page.status != http.StatusOK || !strings.Contains(page.text("main"), "Delegated permissions: Graph answered 500") || len(page.permissions()) != 2 {
		t.Errorf("%d: %s", page.status, page.text("main"))
	}
}
