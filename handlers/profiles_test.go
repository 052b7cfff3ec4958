package handlers

import (
	"bytes"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"agentidportal/entra"
	"agentidportal/entra/graph"
	"agentidportal/models"
)

// profileForm is a good form of a profile of the seeded agent.
func (p *testPortal) profileForm(more url.Values) url.Values {
	form := url.Values{"name": {"Nightly check"}, "mode": {"autonomous"}, "agent": {p.info.Seed.Agent.ID}, "scope": {entra.GraphDefaultScope}}
	for name, values := range more {
		form[name] = values
	}
	return form
}

// makeProfile saves a profile and returns its address.
func (p *testPortal) makeProfile(more url.Values) string {
	p.t.Helper()
	page := p.post("/tokens/profiles/new", p.profileForm(more))
	if page.status != http.StatusOK || !strings.HasPrefix(page.url.Path, "/tokens/profiles/") || page.url.Path == "/tokens/profiles/new" {
		p.t.Fatalf("saving ends at %s with %d: %s", page.url.Path, page.status, page.text("main"))
	}
	return page.url.Path
}

func TestProfileFormFaults(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	p.makeProfile(url.Values{"name": {"Taken"}})
	kept := p.keep(p.persona("agent-dev").ObjectID, "ef403b6c-5f3e-40ac-8685-28eed2922ad5")
	jwt := "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJjYW5hcnkiOiJjYW5hcnkifQ.c2lnbmF0dXJl"
	for _, tt := range []struct {
		name, field string
		change      url.Values
		want        string
	}{
		{"no name", "name", url.Values{"name": {" "}}, "Write a name of 1 to 80 characters. This one has 0."},
		{"long name", "name", url.Values{"name": {strings.Repeat("ä", 81)}}, "This one has 81."},
		{"name of two lines", "name", url.Values{"name": {"a\tb"}}, "in one line"},
		{"name taken", "name", url.Values{"name": {"taken"}}, "You have a profile of this name already."},
		{"a token as name", "name", url.Values{"name": {jwt}}, "reads as a token"},
		{"mode", "mode", url.Values{"mode": {"magic"}}, "Choose one of the modes"},
		{"no agent", "agent", url.Values{"agent": {""}}, "Choose an agent identity."},
		{"agent of nobody", "agent", url.Values{"agent": {"ef403b6c-5f3e-40ac-8685-28eed2922ad5"}}, "There is no such agent identity"},
		{"no scope", "scope", url.Values{"scope": {""}}, "Write one resource and /.default"},
		{"no scope at all", "scope", url.Values{"scope": {"my secret is ~x"}}, "does not read as a scope"},
		{"a token as scope", "scope", url.Values{"scope": {jwt}}, "does not read as a scope"},
		{"kept secret of nobody", "kept", url.Values{"kept": {"no-such"}}, "There is no such kept secret."},
		{"kept secret of another blueprint", "kept", url.Values{"kept": {kept.ID}}, "belongs to the blueprint Invoice helper, not to"},
		{"no blueprint", "blueprint", url.Values{"mode": {"blueprint"}, "blueprint": {"x"}}, "Choose a blueprint."},
		{"blueprint of nobody", "blueprint", url.Values{"mode": {"blueprint"}, "blueprint": {"ef403b6c-5f3e-40ac-8685-28eed2922ad5"}}, "There is no such blueprint"},
		{"no application", "app_id", url.Values{"mode": {"client-credentials"}}, "Write the application's App ID"},
		{"no other tenant", "other_tenant", url.Values{"mode": {"cross-tenant"}, "other_app_id": {p.info.Partner.App.AppID}}, "Write the other tenant's Tenant ID"},
		{"no application there", "other_app_id", url.Values{"mode": {"cross-tenant"}, "other_tenant": {p.info.Partner.TenantID}}, "Write the App ID of the application there"},
		{"a person as agent user", "username", url.Values{"mode": {"agent-user"}, "username": {p.persona("user").UPN}}, "This is the account of a person"},
		{"nobody as agent user", "username", url.Values{"mode": {"agent-user"}, "username": {"nobody@" + p.info.Domain}}, "There is no such agent user"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			page := p.post("/tokens/profiles/new", p.profileForm(tt.change))
			if page.status != http.StatusUnprocessableEntity || !strings.HasPrefix(page.text("title"), "Error: ") {
				t.Fatalf("status %d: %s", page.status, page.text("main"))
			}
			if got := page.text("#f-" + tt.field + "-error"); !strings.Contains(got, tt.want) {
				t.Errorf("fault %q, want %q", got, tt.want)
			}
			if !strings.Contains(page.text("#error-summary"), tt.want) || page.Find("#error-summary a[href='#f-"+tt.field+"']").Length() != 1 {
				t.Errorf("summary %q", page.text("#error-summary"))
			}
			if tt.change["name"] == nil && page.Find("#f-name").AttrOr("value", "") != "Nightly check" {
				t.Error("the name that was typed is lost")
			}
			if strings.Contains(page.body, jwt) {
				t.Error("the token in the wrong box is on the page")
			}
		})
	}
	if n := len(p.audit(models.ActionProfileSave)); n != 1 {
		t.Errorf("%d saves are recorded", n)
	}
}

// Each mode has its fields, none of them for a secret or a person.
func TestProfileFormOfEachMode(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	for mode, fields := range map[string]string{
		"autonomous": "agent kept reuse", "on-behalf-of": "agent kept reuse", "agent-user": "agent username kept reuse",
		"cross-tenant": "agent other_tenant other_app_id kept reuse", "blueprint": "blueprint kept reuse", "client-credentials": "app_id reuse",
		"interactive": "", "device-code": "app_id", "password": "app_id", "refresh-token": "app_id", "nonsense": "agent kept reuse",
	} {
		page := p.get("/tokens/profiles/new?mode=" + mode)
		want := map[string]bool{"name": true, "mode": true, "scope": true, "shared": true}
		for _, name := range strings.Fields(fields) {
			want[name] = true
		}
		page.Find("main form input, main form select, main form textarea").Each(func(_ int, s *goquery.Selection) {
			if name := s.AttrOr("name", ""); !want[name] {
				t.Errorf("%s has the field %s", mode, name)
			} else {
				delete(want, name)
			}
		})
		if len(want) > 0 {
			t.Errorf("%s lacks %v", mode, want)
		}
		if page.Find("main input[type=password]").Length() > 0 {
			t.Errorf("%s asks for a secret", mode)
		}
	}
	page := p.submit(p.get("/tokens/profiles/new"), "Show its fields", url.Values{"mode": {"cross-tenant"}, "name": {"Typed"}})
	if page.status != http.StatusOK || page.Find("#f-other_tenant").Length() != 1 || page.Find("#f-name").AttrOr("value", "") != "Typed" {
		t.Errorf("another mode: %d %s", page.status, page.text(".form"))
	}
}

// A profile is changed, and deleted after a question.
// Two tabs edit one profile: the second one is told, keeps what was typed, and may
// save over the first.
func TestProfileIsNotSavedOverAnother(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	path := p.makeProfile(nil)
	first, second := p.get(path+"/edit"), p.get(path+"/edit")
	p.submit(first, "Save profile", url.Values{"name": {"First"}})
	told := p.submit(second, "Save profile", url.Values{"name": {"Second"}})
	if told.status != http.StatusConflict || !told.says("main", "This profile was changed meanwhile") || told.Find("#f-name").AttrOr("value", "") != "Second" {
		t.Fatalf("status %d: %s", told.status, told.text("main"))
	}
	if kept := p.get(path).text("h1"); kept != "First" {
		t.Errorf("kept is %q", kept)
	}
	if saved := p.submit(told, "Save profile", nil); saved.status != http.StatusOK || saved.text("h1") != "Second" {
		t.Errorf("the second time: %d %s", saved.status, saved.text("h1"))
	}
}

// A secret in the search leaves the address as well.
func TestProfilesKeepNoSecretInTheAddress(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	page := p.get("/tokens/profiles?q=abc8Q~canaryCanaryCanaryCanaryCanary.1_x")
	if page.status != http.StatusOK || page.url.RawQuery != "" || strings.Contains(page.body, "canary") {
		t.Errorf("%d at %s", page.status, page.url)
	}
}

func TestProfileIsChangedAndDeleted(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	path := p.makeProfile(nil)
	form := p.get(path + "/edit")
	if form.text("h1") != "Edit Nightly check" || form.Find("#f-agent option[selected]").AttrOr("value", "") != p.info.Seed.Agent.ID {
		t.Fatalf("the form: %s", form.text("main"))
	}
	if fault := p.submit(form, "Save profile", url.Values{"scope": {""}}); fault.status != http.StatusUnprocessableEntity || fault.text("h1") != "Edit Nightly check" {
		t.Errorf("with a fault: %d %s", fault.status, fault.text("h1"))
	}
	page := p.submit(form, "Save profile", url.Values{"name": {"Hourly"}, "mode": {"agent-user"}, "username": {p.info.Seed.AgentUser.UPN}, "shared": {"on"}})
	if page.url.Path != path || page.text("h1") != "Hourly" || !page.says("main", "Autonomous agent user") || !page.says("main", p.info.Seed.AgentUser.UPN) || page.text("h1 + .badge") != "Shared" {
		t.Errorf("after the change: %s %s", page.url.Path, page.text("main"))
	}
	if page = p.submit(page, "Stop sharing", nil); page.Find("h1 + .badge").Length() != 0 {
		t.Errorf("still shared: %s", page.text("main"))
	}
	question := p.get(page.Find("a").FilterFunction(byText("Delete…")).AttrOr("href", ""))
	if question.text("h1") != "Delete this profile?" || question.Find("a").FilterFunction(byText("Keep it")).AttrOr("href", "") != path {
		t.Fatalf("the question: %s", question.text("main"))
	}
	if list := p.submit(question, "Delete profile", nil); list.url.Path != "/tokens/profiles" || !list.says("main", "No profiles yet") {
		t.Errorf("after the deletion: %s", list.text("main"))
	}
	for _, address := range []string{path, path + "/edit", path + "/delete"} {
		if page := p.get(address); page.status != http.StatusNotFound {
			t.Errorf("%s: %d", address, page.status)
		}
	}
	if n, m := len(p.audit(models.ActionProfileSave)), len(p.audit(models.ActionProfileDelete)); n != 2 || m != 1 {
		t.Errorf("%d saves and %d deletions are recorded", n, m)
	}
	if acts := p.get("/").text("main"); !strings.Contains(acts, "Delete the token profile") {
		t.Errorf("Overview does not name the act: %s", acts)
	}
}

// A profile whose agent is gone says so, with the ways out.
func TestProfileOfAnAgentThatIsGone(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	agent := p.createAgent("agent-admin")
	path := p.makeProfile(url.Values{"agent": {agent}})
	if _, err := p.writer("agent-admin").Send(t.Context(), "op-gone", graph.DeleteCall(graph.KindAgentIdentity, agent), nil); err != nil {
		t.Fatal(err)
	}
	row := p.get("/tokens/profiles").Find("tbody tr")
	if got := strings.Join(strings.Fields(row.Text()), " "); !strings.Contains(got, "This agent identity is gone Foreign 1 Look in the recycle bin or choose another one") || row.Find("button").Length() != 0 {
		t.Errorf("the row is %q", got)
	}
	if bin := p.get(row.Find("a[href^='/recycle-bin']").AttrOr("href", "")); bin.status != http.StatusOK || !bin.says("main", "Foreign 1") {
		t.Errorf("the recycle bin: %s", bin.text("main"))
	}
	if run := p.post(path+"/run", url.Values{}); run.status >= 500 || !run.says("main", "Profile Nightly check") {
		t.Errorf("a run: %d %s", run.status, run.text("main"))
	}
}

// Others than testers have no profiles, and a developer runs none of a
// blueprint of somebody else.
func TestProfilesRefuseTheWrongPeople(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	foreign := p.createAgent("agent-admin")
	path := p.makeProfile(url.Values{"agent": {foreign}, "shared": {"on"}})
	for _, name := range []string{"auditor", "user"} {
		p.newBrowser()
		p.signIn(name)
		for _, address := range []string{"/tokens/profiles", "/tokens/profiles/new", path, path + "/edit", path + "/delete", path + "/run"} {
			if page := p.get(address); page.status != http.StatusForbidden {
				t.Errorf("%s as %s: %d", address, name, page.status)
			}
		}
		for _, address := range []string{"/tokens/profiles/new", path + "/edit", path + "/delete", path + "/share", path + "/unshare", path + "/run"} {
			if page := p.post(address, p.profileForm(nil)); page.status != http.StatusForbidden {
				t.Errorf("POST %s as %s: %d", address, name, page.status)
			}
		}
	}
	p.newBrowser()
	p.signIn("agent-dev")
	page := p.get("/tokens/profiles")
	if !page.says("tbody tr", "You do not own its blueprint") || page.Find("tbody button").Length() != 0 {
		t.Errorf("a developer sees %q", page.text("tbody tr"))
	}
	if page := p.post("/tokens/profiles/new", p.profileForm(url.Values{"agent": {foreign}})); page.status != http.StatusForbidden || !page.says("#f-agent-error", "You do not own this blueprint") {
		t.Errorf("a profile of somebody else's agent: %d", page.status)
	}
	lab := p.post(path+"/run", url.Values{})
	if run := p.submit(lab, "Get token", url.Values{"client_secret": {p.info.Seed.Blueprint.ClientSecret}}); run.status != http.StatusForbidden {
		t.Errorf("a run: %d %s", run.status, run.text("main"))
	}
}

func TestProfilesAreFoundSortedAndPaged(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	me := p.persona("agent-admin").ObjectID
	for n := range pageSize + 3 {
		row := models.TokenProfile{
			TID: p.info.TenantID, OwnerOID: me, Name: "Check " + strconv.Itoa(100+n), Mode: "autonomous",
			Settings: models.TokenSettings{AgentID: p.info.Seed.Agent.ID, AgentName: "Invoice helper 01", BlueprintAppID: p.info.Seed.Blueprint.AppID, Scope: "https://graph.microsoft.com/.default"},
		}
		if n == 7 {
			row.Mode, row.Settings = "device-code", models.TokenSettings{AppID: p.info.Client.ClientID, Scope: "User.Read"}
		}
		if err := p.store.PutTokenProfile(t.Context(), &row); err != nil {
			t.Fatal(err)
		}
	}
	first := func(page *answer) string {
		return strings.Join(strings.Fields(page.Find("tbody th .name a").First().Text()), " ")
	}
	for address, want := range map[string]struct {
		rows         int
		first, total string
	}{
		"/tokens/profiles":                   {pageSize, "Check 100", "1–50 of 53, sorted by name"},
		"/tokens/profiles?page=2":            {3, "Check 150", "51–53 of 53, sorted by name"},
		"/tokens/profiles?page=99":           {3, "Check 150", "51–53 of 53, sorted by name"},
		"/tokens/profiles?sort=-name":        {pageSize, "Check 152", "1–50 of 53"},
		"/tokens/profiles?sort=-name&page=2": {3, "Check 102", "51–53 of 53"},
		"/tokens/profiles?q=DEVICE":          {1, "Check 107", "1–1 of 1"},
		"/tokens/profiles?q=check+15":        {3, "Check 150", "1–3 of 3"},
		"/tokens/profiles?q=nobody%27s":      {0, "", ""},
	} {
		page := p.get(address)
		if page.status != http.StatusOK || page.Find("tbody tr").Length() != want.rows || first(page) != want.first || !strings.HasPrefix(page.text(".pagination-text"), want.total) {
			t.Errorf("%s: %d, %d rows, first %q, %q", address, page.status, page.Find("tbody tr").Length(), first(page), page.text(".pagination-text"))
		}
	}
	if page := p.get("/tokens/profiles?q=nobody"); !page.says("main", "No profile matches 1 filter") {
		t.Errorf("nothing found: %s", page.text("main"))
	}
}

// Nothing of a secret, a token or a person stays in a profile.
func TestProfilesLeaveNothingBehind(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	canary, secret := "canary-password-7hX", p.info.Seed.Blueprint.ClientSecret
	page := p.post("/tokens", url.Values{
		"mode": {"password"}, "app_id": {p.info.Client.ClientID}, "client_secret": {p.info.Client.ClientSecret}, "scope": {"User.Read"},
		"username": {p.persona("user").UPN}, "password": {canary},
	})
	form := p.get(page.Find("a").FilterFunction(byText("Save as profile")).AttrOr("href", ""))
	saved := p.submit(form, "Save profile", nil)
	lab := p.submit(saved, "Run…", nil)
	if lab.Find("#f-username").AttrOr("value", "") != "" || !lab.says(".notice", "Give the user name and the password") {
		t.Errorf("the person is kept: %s", lab.text("main"))
	}
	result := p.post("/tokens", p.labForm(url.Values{"keep": {"on"}}))
	token := result.Find(".shown-token code").First().Text()
	form = p.get(result.Find("a").FilterFunction(byText("Save as profile")).AttrOr("href", ""))
	if form.Find("#f-kept option[selected]").AttrOr("value", "") == "" {
		t.Error("the secret that was just kept is not chosen")
	}
	run := p.submit(p.submit(form, "Save profile", nil), "Run", nil)
	if run.Find(".hop-answered").Length() != 2 || len(token) < 100 {
		t.Fatalf("the run: %s", run.text("main"))
	}
	rows, err := p.store.TokenProfiles(t.Context(), p.info.TenantID, p.persona("agent-admin").ObjectID)
	if err != nil || len(rows) != 2 {
		t.Fatalf("%d profiles, %v", len(rows), err)
	}
	for _, row := range rows {
		if row.Settings.Username != "" {
			t.Errorf("%s keeps the person %s", row.Name, row.Settings.Username)
		}
	}
	files, err := filepath.Glob(filepath.Join(p.data, "*"))
	if err != nil {
		t.Fatal(err)
	}
	places := map[string][]byte{"log": p.log.Bytes()}
	for _, file := range files {
		if places[file], err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	for place, content := range places {
		for i, trace := range []string{canary, secret, p.info.Client.ClientSecret, token} {
			if bytes.Contains(content, []byte(trace)) {
				t.Errorf("%s holds trace %d", place, i)
			}
		}
	}
}

// What the directory does not tell is left unsaid: nothing is called gone.
func TestProfilesWithoutTheDirectory(t *testing.T) {
	wire := &brokenGraph{}
	p := newTestPortal(t, wire.option)
	p.signIn("agent-dev")
	path := p.makeProfile(nil)
	for _, cut := range []string{"/getByIds", "/ownedObjects", "/applications"} {
		wire.cut.Store(cut)
		for _, address := range []string{"/tokens/profiles", path} {
			page := p.get(address)
			if page.status != http.StatusOK || !page.says("main", "Invoice helper 01") || page.says("main", "gone") {
				t.Errorf("%s without %s: %d %s", address, cut, page.status, page.text("main"))
			}
		}
	}
}
