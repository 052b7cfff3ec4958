package handlers

import (
	"bytes"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"

	"agentidportal/entra"
	"agentidportal/models"
)

func TestTokenChecksAreForThoseWhoMayTest(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	foreign := p.createAgent("agent-admin")
	theirs := p.saveCheck(url.Values{"name": {"Theirs"}, "target": {foreign}}, "lifetime", "5").url.Path
	shared := p.saveCheck(url.Values{"name": {"Shared"}}, "lifetime", "5").url.Path
	p.newBrowser()
	p.signIn("agent-dev")
	list := p.get("/tokens/checks")
	if list.rowOf("Shared") == "" || list.rowOf("Theirs") != "" || !list.says(".total", "1 check") {
		t.Errorf("an owner of one blueprint sees %s", list.text("tbody"))
	}
	if page := p.get(shared); page.status != http.StatusOK {
		t.Errorf("a check of their own blueprint: %d", page.status)
	}
	if page := p.get(theirs); page.status != http.StatusNotFound {
		t.Errorf("a check of another's blueprint: %d", page.status)
	}
	refused := p.post("/tokens/checks/new", p.checkForm(url.Values{"target": {foreign}}, "lifetime", "5"))
	if refused.status != http.StatusForbidden || !refused.says("#f-target-error", "You do not own the agent's blueprint") || refused.Find("#f-name").AttrOr("value", "") != "Least privilege" {
		t.Errorf("saving one for another's agent: %d %s", refused.status, refused.text("main"))
	}
	if n := len(p.audit(models.ActionAccessDenied)); n != 1 {
		t.Errorf("%d denials are recorded", n)
	}
	for _, name := range []string{"auditor", "user"} {
		p.newBrowser()
		p.signIn(name)
		for _, path := range []string{"/tokens/checks", "/tokens/checks/new", shared, shared + "/edit", shared + "/delete"} {
			if page := p.get(path); page.status != http.StatusForbidden {
				t.Errorf("%s at %s: %d", name, path, page.status)
			}
		}
		if page := p.post(shared+"/run", url.Values{"client_secret": {"x"}}); page.status != http.StatusForbidden {
			t.Errorf("%s runs it: %d", name, page.status)
		}
	}
}

func TestTokenCheckIsNotSavedOverAnother(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	check := p.saveCheck(nil, "lifetime", "5")
	slow := p.follow(check, "Edit")
	p.submit(slow, "Save", url.Values{"name": {"First"}})
	late := p.submit(slow, "Save", url.Values{"name": {"Late"}})
	if late.status != http.StatusConflict || !late.says("main", "was changed in another window") || late.Find("#f-name").AttrOr("value", "") != "Late" {
		t.Fatalf("%d %s", late.status, late.text("main"))
	}
	if got := p.get(check.url.Path).text("h1"); got != "First" {
		t.Errorf("the check is called %q", got)
	}
	if over := p.submit(late, "Save", nil); over.text("h1") != "Late" {
		t.Errorf("saving over it: %d %s", over.status, over.text("main"))
	}
}

func TestTokenCheckIsDeletedAfterAQuestion(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	check := p.saveCheck(nil, "lifetime", "5")
	ask := p.follow(check, "Delete…")
	if !strings.HasPrefix(ask.text("h1"), "Delete the check “Least privilege”?") || p.get(check.url.Path).status != http.StatusOK {
		t.Fatalf("%s", ask.text("main"))
	}
	if list := p.submit(ask, "Delete check", nil); list.url.Path != "/tokens/checks" || !list.says("main", "No saved checks yet") {
		t.Errorf("after that: %s %s", list.url, list.text("main"))
	}
	if page := p.get(check.url.Path); page.status != http.StatusNotFound || len(p.audit(models.ActionTokenCheckDelete)) != 1 {
		t.Errorf("the check answers %d", page.status)
	}
}

func TestListOfTokenChecks(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	for _, name := range []string{"beta", "Alpha", "=cmd"} {
		p.saveCheck(url.Values{"name": {name}}, "lifetime", "5")
	}
	names := func(page *answer) string { return page.text("tbody th") }
	list := p.get("/tokens/checks")
	if got := names(list); got != "=cmd Alpha beta" || list.Find("th[aria-sort='ascending'] a").AttrOr("href", "") != "/tokens/checks?sort=-name" {
		t.Errorf("names %q", got)
	}
	if got := names(p.get("/tokens/checks?sort=-name&page=9")); got != "beta Alpha =cmd" {
		t.Errorf("turned round: %q", got)
	}
	found := p.get("/tokens/checks?q=ALPHA")
	if names(found) != "Alpha" || !found.says(".total", "1 of 3 checks") || found.Find(".chip-remove").AttrOr("href", "") != "/tokens/checks" {
		t.Errorf("found %q: %s", names(found), found.text(".chips"))
	}
	if none := p.get("/tokens/checks?q=nobody"); !none.says("main", "No check matches 1 filter") {
		t.Errorf("nothing found: %s", none.text("main"))
	}
	file := p.submit(found, "Export 1 as CSV", nil)
	if rows := file.csvRows(t); len(rows) != 2 || rows[1][0] != "Alpha" || rows[1][5] != "Lives at least 5 more minutes" {
		t.Errorf("rows %q", rows)
	}
	if rows := p.post("/tokens/checks/export", nil).csvRows(t); len(rows) != 4 || rows[1][0] != "'=cmd" {
		t.Errorf("rows %q", rows)
	}
	if n := len(p.audit(models.ActionListExport)); n != 2 {
		t.Errorf("%d exports are recorded", n)
	}
	if p.get("/tokens").Find("a[href='/tokens/checks']").Length() != 1 {
		t.Error("the lab does not lead to the checks")
	}
}

// Neither the secret nor a token of a run stays anywhere.
func TestTokenChecksLeaveNothingBehind(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	page := p.saveCheck(url.Values{"target": {"all:" + p.info.Seed.Blueprint.AppID}}, "lifetime", "5")
	page = p.ended(p.submit(page, "Run", url.Values{"client_secret": {p.info.Seed.Blueprint.ClientSecret}}))
	if !strings.Contains(page.text("h1 + .badge"), "passed") {
		t.Fatal(page.text("main"))
	}
	p.post(page.url.Path+"/run", url.Values{"client_secret": {"SANDBOX~canary"}})
	page = p.ended(p.get(page.url.Path))
	files, err := filepath.Glob(filepath.Join(p.data, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	places := map[string][]byte{"log": p.log.Bytes(), "page": []byte(page.body)}
	for _, file := range files {
		if places[file], err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	for place, content := range places {
		for _, trace := range []string{p.info.Seed.Blueprint.ClientSecret, "SANDBOX~canary", "eyJ0eXAi", "eyJhbGci"} {
			if bytes.Contains(content, []byte(trace)) {
				t.Errorf("%s holds %q", place, trace)
			}
		}
	}
	id := p.lastSignIn("agent-admin")
	p.post("/sign-out", nil)
	if p.engine.Sweeps().Last(models.Actor{SignInID: id}, strings.TrimPrefix(page.url.Path, "/tokens/checks/")) != nil {
		t.Error("results outlive the sign-in")
	}
}

// ownCheck is a check of a blueprint with this owner.
func (p *testPortal) ownCheck(oid string) string {
	p.t.Helper()
	id := p.ownBlueprint(oid)
	b, err := p.h.Graph.With(p.h.SignIns.TokenFunc(p.lastSignIn("agent-admin"))).Blueprint(p.t.Context(), id)
	if err != nil {
		p.t.Fatal(err)
	}
	check := &models.TokenCheck{
		ID: uuid.NewString(), TID: p.info.TenantID, OwnerOID: oid, Name: "Owned", Mode: "autonomous", Scope: entra.GraphDefaultScope,
		Assertions: []models.CheckAssertion{{Kind: "lifetime", Value: "5"}}, BlueprintID: b.ID, BlueprintAppID: b.AppID, BlueprintName: "Owned",
	}
	if err := p.store.CreateTokenCheck(p.t.Context(), check); err != nil {
		p.t.Fatal(err)
	}
	return check.ID
}
