package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"agentidportal/models"
)

// typed is a good form of all steps; change replaces fields.
func typed(change url.Values) url.Values {
	form := url.Values{
		"display_name": {"Invoice reader"}, "description": {"Reads invoices"}, "does": {"alone"}, "audience": {"AzureADMyOrg"}, "reason": {"CHG-2041"},
		"credential": {"secret"}, "life": {"180"}, "scope": {"access_agent"}, "consent": {"all"}, "upn_pattern": {"{agent}"}, "domain": {"contoso.example"}, "count": {"2"}, "pattern": {"{name} {nn}"}, "sponsored_by": {"same"}, "run_as": {"me"},
	}
	for name, values := range change {
		form[name] = values
	}
	return form
}

// stepFields are those of a form that a step asks for.
func stepFields(step string, form url.Values) url.Values {
	s, err := stepNamed(step)
	if err != nil {
		return nil
	}
	fields := url.Values{}
	for _, name := range s.posted() {
		name = strings.TrimSuffix(name, "[]")
		if values, ok := form[name]; ok {
			fields[name] = values
		}
	}
	return fields
}

// walkTo goes through the wizard with a good form, changed by change, until it
// stands at a step or is held up by a fault.
func (p *testPortal) walkTo(step string, change url.Values) *answer {
	p.t.Helper()
	page := p.get("/blueprints/new")
	form := typed(change)
	for at := "basics"; at != step && at != reviewStep && page.status == http.StatusOK; at = stepAt(page) {
		page = p.submit(page, "Continue", stepFields(at, form))
	}
	return page
}

// stepAt is the step that a page of the wizard is.
func stepAt(page *answer) string { return page.url.Path[strings.LastIndexByte(page.url.Path, '/')+1:] }

// toReview is walkTo the last step.
func (p *testPortal) toReview(change url.Values) *answer {
	p.t.Helper()
	return p.walkTo(reviewStep, change)
}

// draftOf is the id of the draft that a page of the wizard is about.
func draftOf(page *answer) string { return strings.Split(page.url.Path, "/")[3] }

func TestWizardGoesFromStepToStep(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	page := p.get("/blueprints/new")
	if page.status != http.StatusOK || page.text("h1") != "New blueprint" {
		t.Fatalf("%d %s", page.status, page.text("h1"))
	}
	steps := []struct {
		key, heading string
		labels       []string
	}{
		{"basics", "Basics", []string{"Display name", "Description", "Reason"}},
		{"people", "Owners & sponsors", []string{"Find an owner", "Find a sponsor"}},
		{"credential", "Credential", []string{"Organization", "Certificate file", "Life of the client secret", "Keep the secret for the token lab"}},
		{"access", "User access", []string{"Scope", "Other pre-authorized clients", "Other web redirect URIs"}},
		{"permissions", "Permissions", []string{"API", "Find a delegated permission", "Find an application permission"}},
		{"agents", "Agent identities", []string{"How many", "Name pattern", "Names", "Find a sponsor of the agent identities", "Table of agents"}},
		{"users", "Agent users", []string{"Sign-in name", "Domain", "Usage location", "Licence", "Find a manager", "Find a sponsor of the agent users"}},
	}
	form := typed(url.Values{"does": {"alone", "users", "account"}, "domain": {p.info.Domain}})
	for i, step := range steps {
		locked := 8 - i
		if i == 0 {
			locked = 6 // before the choice that two steps follow from
		}
		if page.text("main h2") == "" || !strings.HasPrefix(page.text("main form h2"), step.heading) {
			t.Fatalf("step %d at %s has the heading %q", i+1, page.url, page.text("main form h2"))
		}
		for _, label := range step.labels {
			if page.Find("label").FilterFunction(byText(label)).Length() != 1 {
				t.Errorf("%s: no label %q", step.key, label)
			}
		}
		if got := page.text("[aria-current=step] .rail-name"); got != step.heading || page.Find(".rail-done").Length() != i || page.Find(".rail-locked").Length() != locked {
			t.Errorf("%s: rail %s", step.key, page.text(".rail"))
		}
		page = p.submit(page, "Continue", stepFields(step.key, form))
	}
	if page.url.Path != "/blueprints/new/"+draftOf(page)+"/review" || page.Find(".rail-done a").Length() != 7 {
		t.Fatalf("the last Continue leads to %s: %s", page.url, page.text(".rail"))
	}
	back := page
	for _, want := range []string{"users", "agents", "permissions", "access", "credential", "people", "basics"} {
		if want == "users" {
			back = p.get(back.Find(".form-actions a").FilterFunction(byText("Back")).AttrOr("href", ""))
		} else {
			back = p.submit(back, "Back", nil)
		}
		if !strings.HasSuffix(back.url.Path, "/"+want) {
			t.Fatalf("Back leads to %s, want %s", back.url, want)
		}
	}
	if list := p.submit(back, "Back to blueprints", nil); list.url.Path != "/blueprints" {
		t.Errorf("Back from the first step leads to %s", list.url)
	}
}

func TestFaultsKeepWhatWasTyped(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-dev")
	lines := func(n int) string {
		var text strings.Builder
		for i := range n {
			fmt.Fprintf(&text, "Reader %d\n", i)
		}
		return text.String()
	}
	tests := []struct {
		name   string
		change url.Values
		field  string
		says   string
	}{
		{"no name", url.Values{"display_name": {""}}, "display_name", "1 to 256 characters"},
		{"300 characters", url.Values{"display_name": {strings.Repeat("n", 300)}}, "display_name", "This one has 300"},
		{"hidden character", url.Values{"display_name": {"Pay\u200broll"}}, "display_name", "without U+200B"},
		{"control character", url.Values{"display_name": {"a\x07b"}}, "display_name", "one line"},
		{"1 MB in one field", url.Values{"description": {strings.Repeat("d", 1<<20)}}, "description", "at most 1024"},
		{"odd audience", url.Values{"audience": {"AzureADandPersonalMicrosoftAccount"}}, "audience", "one tenant or many"},
		{"odd life", url.Values{"life": {"4000"}}, "life", "90 days, 6 months or 1 year"},
		{"no way to act", url.Values{"does": nil}, "does", "at least one way"},
		{"odd credential", url.Values{"credential": {"password"}}, "credential", "Choose how the blueprint proves itself"},
		{"no certificate", url.Values{"credential": {"certificate"}}, "certificate", "Upload the certificate"},
		{"no repository", url.Values{"credential": {"federated"}, "fed_scenario": {"github"}, "fed_name": {"ci"}}, "fed_repo", "name of the repository"},
		{"clear redirect", url.Values{"does": {"users"}, "redirects": {"http://contoso.example/cb"}}, "redirects", "https://"},
		{"odd client", url.Values{"does": {"users"}, "clients": {"my app"}}, "clients", "client) ID"},
		{"odd scope", url.Values{"does": {"users"}, "scope": {"a b"}}, "scope", "1 to 120"},
		{"odd sign-in name", url.Values{"does": {"account"}, "upn_pattern": {"{who}"}}, "upn_pattern", "{who} is not known"},
		{"one sign-in name for two", url.Values{"does": {"account"}, "upn_pattern": {"helper"}}, "upn_pattern", "the same name"},
		{"odd place", url.Values{"does": {"account"}, "usage_location": {"Germany"}}, "usage_location", "two letters"},
		{"251 agents", url.Values{"count": {"251"}}, "count", "250 agent identities"},
		{"no number", url.Values{"count": {"two"}}, "count", "whole number"},
		{"one name for two", url.Values{"pattern": {"{name}"}}, "pattern", "same name"},
		{"unknown placeholder", url.Values{"pattern": {"{name} {foo} {nn}"}}, "pattern", "{name}, {n} and {nn}"},
		{"blueprint without secret", url.Values{"run_as": {"blueprint"}, "credential": {"none"}}, "run_as", "needs a client secret"},
		{"251 names", url.Values{"names": {lines(251)}}, "names", "These are 251"},
		{"a name twice", url.Values{"names": {"One\r\n\r\none\r\nTwo"}}, "names", "Names 1 and 2 are the same"},
		{"long name", url.Values{"names": {"One\n" + strings.Repeat("n", 257)}}, "names", "Name 2: Write a name of 1 to 256"},
		{"turned name", url.Values{"names": {"Pay\u202egnp"}}, "names", "without U+202E"},
		{"nobody chosen", url.Values{"sponsored_by": {"chosen"}}, "agent_sponsors", "at least one sponsor"},
		{"odd choice of sponsors", url.Values{"sponsored_by": {"all"}}, "sponsored_by", "Choose who sponsors"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			page := p.walkTo(reviewStep, tt.change)
			if page.status != http.StatusUnprocessableEntity {
				t.Fatalf("%s: status %d", page.url, page.status)
			}
			if link := page.Find("#error-summary a[href='#f-" + tt.field + "']"); !strings.Contains(link.Text(), tt.says) {
				t.Errorf("summary %q, want a link to %s that says %q", page.text("#error-summary"), tt.field, tt.says)
			}
			if page.Find("#f-"+tt.field+"[aria-invalid=true]").Length() != 1 || page.text(".rail-error .rail-note") == "" {
				t.Errorf("the field or the step is not marked: %s", page.text(".rail"))
			}
			if !strings.HasPrefix(page.text("title"), "Error: ") {
				t.Errorf("title %q", page.text("title"))
			}
			again := formFields(page.Find("main form"))
			for name := range tt.change {
				if got := again.Get(name); got != cut(strings.ReplaceAll(tt.change.Get(name), "\r\n", "\n"), maxTyped) && name != "life" && again.Has(name) {
					t.Errorf("%s is %.80q on the page, typed was %.80q", name, got, tt.change.Get(name))
				}
			}
			if open := p.get("/blueprints/new/" + draftOf(page)); open.url.Path != page.url.Path {
				t.Errorf("the draft goes on at %s, not at %s", open.url, page.url)
			}
		})
	}
}

// A paste that is larger than all names there can be is cut, and the page says so.
func TestPasteOfAMegabyte(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-dev")
	page := p.walkTo(reviewStep, url.Values{"names": {strings.Repeat("Agent of the north\n", 1<<20/19)}})
	if page.status != http.StatusUnprocessableEntity || !strings.Contains(page.text("#error-summary"), "You typed 1048572 bytes; the first 260000 are kept") {
		t.Errorf("%d %s", page.status, page.text("#error-summary"))
	}
	if got := len(page.Find("#f-names").Text()); got != maxNamesTyped {
		t.Errorf("%d bytes are kept", got)
	}
	mended := p.submit(page, "Continue", url.Values{"names": {"North\n\n  South  \n"}})
	if !strings.Contains(mended.text(".facts"), "2: North, South") {
		t.Errorf("the review says %s", mended.text("main"))
	}
	if huge := p.post(page.url.Path, url.Values{"names": {strings.Repeat("x", wizardBody)}}); huge.status != http.StatusRequestEntityTooLarge {
		t.Errorf("more than the limit answers %d", huge.status)
	}
}

func TestNamesAreData(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	for _, name := range []string{strings.Repeat("ä", 256), `=cmd|' /C calc'!A0`, `"quoted" 'name'`, "שלום עולם", "مساعد الفواتير"} {
		review := p.toReview(url.Values{"display_name": {name}, "count": {"0"}})
		if review.status != http.StatusOK || !strings.HasSuffix(review.url.Path, "/review") {
			t.Errorf("%.20q: %s %d: %s", name, review.url, review.status, review.text("#error-summary"))
			continue
		}
		said := review.Find("table bdi").FilterFunction(func(_ int, s *goquery.Selection) bool { return s.Text() == name })
		if said.Length() == 0 || !strings.Contains(review.text(".facts bdi"), name) {
			t.Errorf("%.20q is not set on its own: %.200s", name, review.text("table"))
		}
	}
}

func TestStepsOutOfOrder(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	people := p.walkTo("people", nil)
	draft := draftOf(people)
	for _, step := range []string{"credential", "agents", "review"} {
		if page := p.get(stepPath(draft, step)); page.url.Path != people.url.Path {
			t.Errorf("%s leads to %s", step, page.url)
		}
		form := url.Values{"count": {"7"}}
		if step != "agents" {
			form = url.Values{}
		}
		if page := p.post(stepPath(draft, step), form); page.url.Path != people.url.Path {
			t.Errorf("a form sent to %s leads to %s", step, page.url)
		}
	}
	for _, path := range []string{stepPath(draft, "create"), stepPath(draft, "Basics"), "/blueprints/new/none/basics"} {
		if page := p.get(path); page.status != http.StatusNotFound {
			t.Errorf("%s answers %d", path, page.status)
		}
		if page := p.post(path, url.Values{}); page.status != http.StatusNotFound {
			t.Errorf("a form sent to %s is answered with %d", path, page.status)
		}
	}
	for name, form := range map[string]url.Values{
		"unknown field": {"is_admin": {"1"}}, "field of another step": {"count": {"1"}}, "field twice": {"display_name": {"a", "b"}}, "unknown act": {"act": {"delete:owners"}},
		"list of another step": {"act": {"add:agent_sponsors:x"}},
	} {
		if page := p.post(stepPath(draft, "basics"), form); page.status != http.StatusBadRequest {
			t.Errorf("%s answers %d", name, page.status)
		}
	}
}

func TestReviewLeadsToTheFirstFault(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	review := p.toReview(url.Values{"run_as": {"blueprint"}})
	draft := draftOf(review)
	credential := p.submit(p.get(stepPath(draft, "credential")), "Continue", url.Values{"credential": {"none"}})
	credential = p.submit(credential, "Continue", nil)
	if credential.status != http.StatusUnprocessableEntity || !strings.Contains(credential.text("#error-summary"), "needs a client secret") {
		t.Errorf("a fault of the next step is not shown there: %s %s", credential.url, credential.text("main"))
	}
	basics := p.get(stepPath(draft, "basics"))
	if basics.Find(".rail-fault a[href$='/agents']").Length() != 1 || basics.text(".rail-fault .rail-note") != "1 field to fix" {
		t.Errorf("rail %s", basics.text(".rail"))
	}
	if page := p.get(review.url.Path); !strings.HasSuffix(page.url.Path, "/agents") || page.status != http.StatusUnprocessableEntity {
		t.Errorf("the review leads to %s with %d", page.url, page.status)
	}
}

func TestReviewShowsEveryCall(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	review := p.toReview(nil)
	if review.status != http.StatusOK || !strings.HasSuffix(review.url.Path, "/review") {
		t.Fatalf("%s answered %d: %s", review.url, review.status, review.text("main"))
	}
	rows := review.Find("table tbody tr")
	if rows.Length() != 4 {
		t.Errorf("%d lines of calls, want 4: %s", rows.Length(), review.text("table"))
	}
	for _, want := range []string{
		"5 calls to Microsoft Graph", "/v1.0/applications/microsoft.graph.agentIdentityBlueprint", "AgentIdentityBlueprint.AddRemoveCreds.All",
		"Create 2 agent identities, “Invoice reader 01” to “Invoice reader 02”", "The name is free in this tenant", "CHG-2041", "This tenant only",
		"Owners and sponsors are in the directory",
	} {
		if !strings.Contains(review.text("main"), want) {
			t.Errorf("the review does not say %q", want)
		}
	}
	if boxes := review.Find("svg.tree .tree-box"); boxes.Length() != 4 || review.Find(".tree-list li").Length() != 4 {
		t.Errorf("%d boxes are drawn, list: %s", boxes.Length(), review.text(".tree-list"))
	}
	for as, want := range map[string]string{
		"curl": "curl ", "powershell": "Invoke-", "go": "package main", "json": `"displayName": "Invoice reader"`,
	} {
		code := p.get(review.url.Path + "?as=" + as).text("pre code")
		for _, want := range []string{want, "Invoice reader 02", "AzureADMyOrg", "/v1.0/users/" + p.persona("agent-admin").ObjectID} {
			if !strings.Contains(code, want) {
				t.Errorf("as %s without %s: %.200s", as, want, code)
			}
		}
	}
	for as, want := range map[string]string{
		"curl": "BLUEPRINT_APP_ID come", "powershell": "$blueprintAppId come", "go": "blueprintAppID come", "json": "{blueprint-app-id} come",
	} {
		page := p.get(review.url.Path + "?as=" + as)
		if open := page.Find("details#program[open]"); !strings.Contains(open.Text(), want) || strings.Contains(page.text("pre code"), "op-id") || strings.Contains(page.text("pre code"), "portal") {
			t.Errorf("as %s: %.400s", as, open.Text())
		}
	}
	if review.Find("details#program[open]").Length() != 0 || strings.Count(review.text("table"), "In your token") != 4 {
		t.Errorf("the listing is open, or what the token has is not told: %s", review.text("table"))
	}
	if n := len(p.audit(models.ActionRunStart)); n != 0 {
		t.Errorf("%d runs were started by looking", n)
	}
}

func TestReviewTellsOfANameThatIsTaken(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	review := p.toReview(url.Values{"display_name": {"Invoice helper"}})
	if !strings.Contains(review.text("main"), "A blueprint of this name exists already") {
		t.Errorf("checks: %s", review.text(".attention"))
	}
}

func TestHostileNameStaysText(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	name := `<script>alert(1)</script>'; rm -rf / $(id) "` + "`x`"
	review := p.toReview(url.Values{"display_name": {name}})
	if review.Find("main script").Length() != 0 || !strings.Contains(review.text(".facts"), name) {
		t.Errorf("facts: %s", review.text(".facts"))
	}
}

func TestDoubleClickOnCreateIsOneRun(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	review := p.toReview(nil)
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
	review := p.toReview(nil)
	draft := draftOf(review)
	p.newBrowser()
	p.signIn("agent-dev")
	for _, step := range []string{"", "/basics", "/people", "/credential", "/agents", "/review", "/discard"} {
		if page := p.get("/blueprints/new/" + draft + step); page.status != http.StatusNotFound {
			t.Errorf("%s answers another person with %d", step, page.status)
		}
		if page := p.post("/blueprints/new/"+draft+step, url.Values{}); step != "" && page.status != http.StatusNotFound {
			t.Errorf("a form of another person to %s is answered with %d", step, page.status)
		}
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
