package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"agentidportal/models"
)

// typed is a good form; change replaces fields.
func typed(change url.Values) url.Values {
	form := url.Values{
		"display_name": {"Invoice reader"}, "description": {"Reads invoices"}, "life": {"180"}, "count": {"2"},
		"pattern": {"{name} {nn}"}, "run_as": {"me"}, "reason": {"CHG-2041"},
	}
	for name, values := range change {
		form[name] = values
	}
	return form
}

func TestNewBlueprintAsksForEverything(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	page := p.get("/blueprints/new")
	if page.status != http.StatusOK || page.text("h1") != "New blueprint" {
		t.Fatalf("%d %s", page.status, page.text("h1"))
	}
	for _, label := range []string{"Display name", "Description", "Client secret", "How many", "Name pattern", "Reason"} {
		if page.Find("label").FilterFunction(byText(label)).Length() != 1 {
			t.Errorf("no label %q", label)
		}
	}
	if !strings.Contains(page.text("main"), p.persona("agent-admin").UPN+", you") {
		t.Error("the page does not say who the sponsor is")
	}
	if page.Find("button[type=submit]").FilterFunction(byText("Continue")).Length() != 1 {
		t.Error("no button Continue")
	}
}

func TestNewBlueprintFaultsKeepWhatWasTyped(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-dev")
	long := strings.Repeat("n", 300)
	tests := []struct {
		name   string
		change url.Values
		field  string
		says   string
	}{
		{"no name", url.Values{"display_name": {""}}, "f-display_name", "1 to 256 characters"},
		{"300 characters", url.Values{"display_name": {long}}, "f-display_name", "This one has 300"},
		{"251 agents", url.Values{"count": {"251"}}, "f-count", "250 agent identities"},
		{"no number", url.Values{"count": {"two"}}, "f-count", "whole number"},
		{"one name for two", url.Values{"pattern": {"{name}"}}, "f-pattern", "same name"},
		{"blueprint without secret", url.Values{"run_as": {"blueprint"}, "life": {"0"}}, "f-run_as", "needs a client secret"},
		{"odd life", url.Values{"life": {"4000"}}, "f-life", "90 days, 6 months or 1 year"},
		{"unknown placeholder", url.Values{"pattern": {"{name} {foo} {nn}"}}, "f-pattern", "{name}, {n} and {nn}"},
		{"nothing to keep", url.Values{"keep_for_lab": {"on"}, "life": {"0"}}, "f-keep_for_lab", "no secret to keep"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			form := typed(tt.change)
			page := p.submit(p.get("/blueprints/new"), "Continue", form)
			if page.status != http.StatusUnprocessableEntity {
				t.Fatalf("status %d", page.status)
			}
			if link := page.Find("#error-summary a[href='#" + tt.field + "']"); !strings.Contains(link.Text(), tt.says) {
				t.Errorf("summary %q, want a link to %s that says %q", page.text("#error-summary"), tt.field, tt.says)
			}
			if page.Find("#"+tt.field).Length() != 1 || page.Find("#"+tt.field+"[aria-invalid=true]").Length() != 1 {
				t.Errorf("the field %s is not marked", tt.field)
			}
			if !strings.HasPrefix(page.url.Path, "/blueprints/new/") {
				t.Errorf("the draft is said to be saved, and the address is %s", page.url)
			}
			again := formFields(page.Find("main form"))
			for name, values := range form {
				if again.Get(name) != values[0] && name != "life" {
					t.Errorf("%s is %q on the page, typed was %q", name, again.Get(name), values[0])
				}
			}
			if !strings.HasPrefix(page.text("title"), "Error: ") {
				t.Errorf("title %q", page.text("title"))
			}
			saved := p.get("/blueprints/new/" + again.Get("draft"))
			if got := saved.Find("#f-display_name").AttrOr("value", ""); got != form.Get("display_name") {
				t.Errorf("the draft has the name %q", got)
			}
		})
	}
}

func TestReviewShowsEveryCall(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	review := p.submit(p.get("/blueprints/new"), "Continue", typed(nil))
	if review.status != http.StatusOK || !strings.HasSuffix(review.url.Path, "/review") {
		t.Fatalf("%s answered %d: %s", review.url, review.status, review.text("main"))
	}
	rows := review.Find("table tbody tr")
	if rows.Length() != 4 {
		t.Errorf("%d lines of calls, want 4: %s", rows.Length(), review.text("table"))
	}
	for _, want := range []string{
		"5 calls to Microsoft Graph", "/v1.0/applications/microsoft.graph.agentIdentityBlueprint", "AgentIdentityBlueprint.AddRemoveCreds.All",
		"Create 2 agent identities, “Invoice reader 01” to “Invoice reader 02”", "The name is free in this tenant", "CHG-2041",
	} {
		if !strings.Contains(review.text("main"), want) {
			t.Errorf("the review does not say %q", want)
		}
	}
	for as, want := range map[string]string{
		"curl": "curl ", "powershell": "Invoke-", "go": "package main", "json": `"displayName": "Invoice reader"`,
	} {
		code := p.get(review.url.Path + "?as=" + as).text("pre code")
		if !strings.Contains(code, want) || !strings.Contains(code, "Invoice reader 02") {
			t.Errorf("as %s: %.200s", as, code)
		}
	}
	if n := len(p.audit(models.ActionRunStart)); n != 0 {
		t.Errorf("%d runs were started by looking", n)
	}
}

func TestReviewTellsOfANameThatIsTaken(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	review := p.submit(p.get("/blueprints/new"), "Continue", typed(url.Values{"display_name": {"Invoice helper"}}))
	if !strings.Contains(review.text("main"), "A blueprint of this name exists already") {
		t.Errorf("checks: %s", review.text(".attention"))
	}
}

func TestHostileNameStaysText(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	name := `<script>alert(1)</script>'; rm -rf / $(id) "` + "`x`"
	review := p.submit(p.get("/blueprints/new"), "Continue", typed(url.Values{"display_name": {name}}))
	if review.Find("main script").Length() != 0 || !strings.Contains(review.text(".facts"), name) {
		t.Errorf("facts: %s", review.text(".facts"))
	}
}

func TestDoubleClickOnCreateIsOneRun(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	review := p.submit(p.get("/blueprints/new"), "Continue", typed(nil))
	paths := make([]string, 4)
	var all sync.WaitGroup
	for i := range paths {
		all.Go(func() { paths[i] = p.submit(review, "Create", nil).url.Path })
	}
	all.Wait()
	for _, path := range paths {
		if path != paths[0] || !strings.HasPrefix(path, "/runs/") {
			t.Fatalf("led to %v, want one run", paths)
		}
	}
	if n := len(p.audit(models.ActionRunStart)); n != 1 {
		t.Errorf("%d runs, want 1", n)
	}
	if back := p.get(review.url.Path); back.url.Path != paths[0] {
		t.Errorf("the review of a draft that was run leads to %s", back.url.Path)
	}
}

func TestDraftIsItsOwnersAlone(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	review := p.submit(p.get("/blueprints/new"), "Continue", typed(nil))
	form := strings.TrimSuffix(review.url.Path, "/review")
	p.newBrowser()
	p.signIn("agent-dev")
	for _, path := range []string{form, review.url.Path} {
		if page := p.get(path); page.status != http.StatusNotFound {
			t.Errorf("%s answers another person with %d", path, page.status)
		}
	}
	if page := p.post(review.url.Path, nil); page.status != http.StatusNotFound {
		t.Errorf("another person's Create answers %d", page.status)
	}
	if page := p.post("/blueprints/new", typed(url.Values{"draft": {strings.TrimPrefix(form, "/blueprints/new/")}})); page.status != http.StatusNotFound {
		t.Errorf("saving another person's draft answers %d", page.status)
	}
}

func TestOnlyOperatorsAndAdminsCreate(t *testing.T) {
	p := newTestPortal(t)
	for name, want := range map[string]int{
		"agent-admin": http.StatusOK, "agent-dev": http.StatusOK, "global-admin": http.StatusOK,
		"auditor": http.StatusForbidden, "user": http.StatusForbidden,
	} {
		p.newBrowser()
		p.signIn(name)
		if page := p.get("/blueprints/new"); page.status != want {
			t.Errorf("%s gets %d, want %d", name, page.status, want)
		}
	}
}
