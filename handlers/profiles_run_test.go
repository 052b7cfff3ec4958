package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"agentidportal/entra"
	"agentidportal/models"
)

// A result becomes a profile; with the kept secret it is run by one press.
func TestProfileFromAResult(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	kept := p.keep(p.persona("agent-admin").ObjectID, p.info.Seed.Blueprint.AppID)
	result := p.post("/tokens", p.labForm(url.Values{"client_secret": {""}, "kept": {kept.ID}}))
	save := result.Find("a").FilterFunction(byText("Save as profile")).AttrOr("href", "")
	form := p.get(save)
	if form.text("#f-agent option[selected]") != "Invoice helper 01" || form.Find("#f-name").AttrOr("value", "") != "Autonomous app: Invoice helper 01" || form.Find("#f-kept option[selected]").AttrOr("value", "") != kept.ID {
		t.Fatalf("the form of %s: %s", save, form.text(".form"))
	}
	page := p.submit(form, "Save profile", url.Values{"name": {"Nightly $(x) <b>"}})
	if page.text("h1") != "Nightly $(x) <b>" || !page.says("main", "Asked at a run Nothing: the token is got at once") {
		t.Fatalf("the profile's page: %s", page.text("main"))
	}
	list := p.get("/tokens/profiles")
	if got := list.text("tbody tr"); !strings.Contains(got, "Autonomous app Invoice helper 01 Invoice helper") || !strings.Contains(got, "Kept, ends ") || !strings.Contains(got, "Never Run") {
		t.Errorf("the row is %q", got)
	}
	run := p.submit(list, "Run", nil)
	if run.status != http.StatusOK || run.Find(".hop-answered").Length() != 2 || !run.says("main", "Profile: Nightly $(x) <b>") || run.header.Get("Cache-Control") != "no-store" {
		t.Fatalf("the run: %d %s", run.status, run.text("#verdict"))
	}
	if run.Find("a").FilterFunction(byText("Save as profile")).Length() != 0 {
		t.Error("a result of a profile is offered to be saved as one")
	}
	if again := p.submit(run, "Get a fresh token", nil); !again.says("main", "Profile: Nightly $(x) <b>") {
		t.Errorf("a fresh token loses the profile: %s", again.text("main"))
	}
	if got := p.get("/tokens/profiles").text("tbody tr"); !strings.Contains(got, "Succeeded 20") {
		t.Errorf("the row after the run is %q", got)
	}
	if back := p.get(run.url.Path); back.status != http.StatusOK || !back.says("main", "Profile: Nightly") {
		t.Errorf("the result is gone: %d", back.status)
	}
	if back := p.get(page.url.Path + "/run"); back.url.Path != page.url.Path {
		t.Errorf("the address of a run leads to %s", back.url.Path)
	}
	tries := p.audit(models.ActionTokenTest)
	if len(tries) != 3 || !strings.Contains(string(tries[2].Body), `"profile":"Nightly $(x) <b>"`) {
		t.Errorf("%d tries, the last is %s", len(tries), tries[len(tries)-1].Body)
	}
	if uses := p.audit(models.ActionSecretUse); len(uses) != 3 || !strings.Contains(string(uses[1].Body), `"keptBy":"`+p.persona("agent-admin").ObjectID) {
		t.Errorf("%d uses of the secret are recorded", len(uses))
	}
	if lost := p.get("/tokens/profiles/new?from=nothing-held"); lost.status != http.StatusOK || !lost.says("main", "The result is not held any more") {
		t.Errorf("a lost result: %d", lost.status)
	}
}

// Without a kept secret the run leads to the lab's form, filled; a changed form
// is no run of the profile.
func TestProfileThatAsks(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-dev")
	path := p.makeProfile(url.Values{"scope": {p.info.Echo.Scope}})
	lab := p.submit(p.get(path), "Run…", nil)
	if lab.url.Path != "/tokens" || !lab.says(".notice", "Profile Nightly check") || !lab.says(".notice", "Give the blueprint's client secret") {
		t.Fatalf("the run leads to %s: %s", lab.url, lab.text("main"))
	}
	if lab.Find("#f-agent option[selected]").AttrOr("value", "") != p.info.Seed.Agent.ID || lab.Find("#f-scope").AttrOr("value", "") != p.info.Echo.Scope {
		t.Errorf("the form is not filled: %s", lab.text(".form"))
	}
	missing := p.submit(lab, "Get token", nil)
	if missing.status != http.StatusUnprocessableEntity || !missing.says(".notice", "Profile Nightly check") {
		t.Errorf("without a secret: %d", missing.status)
	}
	run := p.submit(missing, "Get token", url.Values{"client_secret": {p.info.Seed.Blueprint.ClientSecret}})
	if run.Find(".hop-answered").Length() != 2 || !run.says("main", "Profile: Nightly check") {
		t.Errorf("the run: %s", run.text("main"))
	}
	wrong := p.submit(lab, "Get token", url.Values{"client_secret": {"SANDBOX~wrong"}})
	if !wrong.says("main", "Profile: Nightly check") || !strings.Contains(p.get("/tokens/profiles").text("tbody tr"), "Refused 20") {
		t.Errorf("a refused run: %s", p.get("/tokens/profiles").text("tbody tr"))
	}
	other := p.submit(lab, "Get token", url.Values{"client_secret": {p.info.Seed.Blueprint.ClientSecret}, "scope": {entra.GraphDefaultScope}})
	if other.says("main", "Profile: Nightly check") || other.Find("a").FilterFunction(byText("Save as profile")).Length() != 1 {
		t.Errorf("a changed form counts as the profile: %s", other.text("main"))
	}
	if gone := p.get("/tokens?profile=no-such"); gone.status != http.StatusNotFound {
		t.Errorf("a profile that is not there: %d", gone.status)
	}
}

// Others run a shared profile with their own credential, Admins with the kept
// one, and that is written down with whose it is.
func TestSharedProfileSharesSettingsOnly(t *testing.T) {
	p := newTestPortal(t)
	owner := p.persona("agent-admin")
	p.signIn("agent-admin")
	kept := p.keep(owner.ObjectID, p.info.Seed.Blueprint.AppID)
	path := p.makeProfile(url.Values{"kept": {kept.ID}})
	owners := p.browser

	p.newBrowser()
	p.signIn("agent-dev")
	others := p.browser
	if page := p.get(path); page.status != http.StatusNotFound {
		t.Errorf("somebody else's profile is shown before it is shared: %d", page.status)
	}
	p.browser = owners
	if shared := p.submit(p.get(path), "Share", nil); shared.text("h1 + .badge") != "Shared" {
		t.Errorf("sharing: %s", shared.text("main"))
	}

	p.browser = others
	list := p.get("/tokens/profiles")
	if row := list.text("tbody tr"); !strings.Contains(row, "Shared by "+owner.DisplayName) || !strings.Contains(row, "Its kept secret is not usable by you") {
		t.Errorf("another developer sees %q", row)
	}
	lab := p.submit(list, "Run…", nil)
	if lab.url.Path != "/tokens" || lab.Find("#f-kept").Length() != 0 || !lab.says(".notice", "it serves its owner and Admins") {
		t.Errorf("the run of somebody else leads to %s: %s", lab.url, lab.text("main"))
	}
	if page := p.submit(lab, "Get token", url.Values{"kept": {kept.ID}}); page.status != http.StatusUnprocessableEntity {
		t.Errorf("the owner's secret is used: %d", page.status)
	}
	if run := p.submit(lab, "Get token", url.Values{"client_secret": {p.info.Seed.Blueprint.ClientSecret}}); run.Find(".hop-answered").Length() != 2 {
		t.Errorf("with a secret of their own: %s", run.text("main"))
	}
	for _, address := range []string{"/edit", "/delete"} {
		if page := p.get(path + address); page.status != http.StatusNotFound {
			t.Errorf("GET %s: %d", address, page.status)
		}
	}
	for _, address := range []string{"/edit", "/delete", "/share", "/unshare"} {
		if page := p.post(path+address, url.Values{}); page.status != http.StatusNotFound {
			t.Errorf("POST %s: %d", address, page.status)
		}
	}
	if n := len(p.audit(models.ActionSecretUse)); n != 0 {
		t.Errorf("%d uses of the kept secret", n)
	}

	p.newBrowser()
	p.signIn("global-admin")
	run := p.submit(p.get(path), "Run", nil)
	if run.Find(".hop-answered").Length() != 2 || !run.says("main", "Profile: Nightly check") {
		t.Errorf("an Admin's run: %s", run.text("main"))
	}
	uses := p.audit(models.ActionSecretUse)
	if len(uses) != 1 || !strings.HasSuffix(uses[0].Actor, p.persona("global-admin").ObjectID) || !strings.Contains(string(uses[0].Body), `"keptBy":"`+owner.ObjectID) {
		t.Errorf("uses recorded: %+v", uses)
	}
	if shares := p.audit(models.ActionProfileShare); len(shares) != 1 || !strings.Contains(string(shares[0].Body), `"shared":true`) {
		t.Errorf("shares recorded: %+v", shares)
	}
	if gone := p.submit(p.get(path+"/delete"), "Delete profile", nil); gone.url.Path != "/tokens/profiles" || p.get(path).status != http.StatusNotFound {
		t.Errorf("an Admin tidies up: %s", gone.text("main"))
	}
}

// The end of a kept secret is said before it comes; a secret that has ended, or
// was forgotten, is asked for again.
func TestProfileWarnsOfItsCredential(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	kept := p.keep(p.persona("agent-admin").ObjectID, p.info.Seed.Blueprint.AppID)
	ends := p.clock.now()
	set := func(in time.Duration) *answer {
		t.Helper()
		kept.EndsAt = ends.Add(in)
		if err := p.store.PutKeptSecret(t.Context(), kept); err != nil {
			t.Fatal(err)
		}
		return p.get("/tokens/profiles")
	}
	path := p.makeProfile(url.Values{"kept": {kept.ID}})
	newSecret := "/blueprints/" + p.info.Seed.Blueprint.ObjectID + "/secrets/new"
	for _, tt := range []struct {
		in         time.Duration
		tone, want string
		button     string
		link       bool
	}{
		{60 * 24 * time.Hour, "ok", "Kept, ends 20", "Run", false},
		{7*24*time.Hour + time.Hour, "warn", "Kept, ends in 7 days", "Run", true},
		{-time.Hour, "danger", "Kept, ended 20", "Run…", true},
	} {
		page := set(tt.in)
		cell := page.Find("td[data-label=Credential]")
		if got := page.text("td[data-label=Credential]"); !strings.Contains(got, tt.want) || cell.Find(".status-"+tt.tone).Length() != 1 || (cell.Find("a[href='"+newSecret+"']").Length() == 1) != tt.link {
			t.Errorf("in %s: %q", tt.in, got)
		}
		if got := page.text("td[data-label=Run]"); got != tt.button {
			t.Errorf("in %s the button is %q", tt.in, got)
		}
		if (page.Find("main .notice-warn").Length() > 0) != tt.link {
			t.Errorf("in %s the page warns wrongly: %s", tt.in, page.text("main"))
		}
	}
	if lab := p.submit(p.get(path), "Run…", nil); lab.url.Path != "/tokens" || !lab.says(".notice", "Give the blueprint's client secret") || lab.Find(".notice a[href='"+newSecret+"']").Length() != 1 {
		t.Errorf("with a secret that ended: %s", lab.text("main"))
	}
	if ask := p.get("/tokens/kept/" + kept.ID + "/forget"); !ask.says("dl", "Nightly check: asked for a client secret at each run from then on") {
		t.Errorf("the question: %s", ask.text("main"))
	}
	p.post("/tokens/kept/"+kept.ID+"/forget", url.Values{})
	if page := p.get(path); !page.says("main", "Asked each time The secret that was kept for it has been forgotten.") {
		t.Errorf("after Forget: %s", page.text("main"))
	}
}
