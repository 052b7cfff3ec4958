package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"agentidportal/models"
)

// A profile for a user asks for the user token, and is run at once while one is
// held.
func TestProfileOnBehalfOf(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	kept := p.keep(p.persona("agent-admin").ObjectID, p.info.Seed.Blueprint.AppID)
	path := p.makeProfile(url.Values{"mode": {"on-behalf-of"}, "scope": {"User.Read"}, "kept": {kept.ID}})
	lab := p.submit(p.get(path), "Run…", nil)
	if lab.url.Path != "/tokens" || !lab.says(".notice", "Give the user token, then") || lab.Find("#f-kept option[selected]").AttrOr("value", "") != kept.ID {
		t.Fatalf("the run leads to %s: %s", lab.url, lab.text("main"))
	}
	picker := p.get(lab.Find("#user-token a").FilterFunction(byText("Get a user token")).AttrOr("href", ""))
	back := p.submit(picker, p.persona("user").UPN, nil)
	if strings.HasPrefix(back.url.String(), p.tenant) {
		back = p.submit(back, "Accept", nil)
	}
	if !back.says(".notice", "Profile Nightly check Nothing has to be typed.") || back.Find("#f-scope").AttrOr("value", "") != "User.Read" {
		t.Fatalf("the sign-in loses the profile: %s %s", back.url, back.text("main"))
	}
	for name, run := range map[string]*answer{"the form": p.submit(back, "Get token", nil), "the button": p.submit(p.get(path), "Run", nil)} {
		if got := run.hops(); got != "Tc answered, T1 answered, TR answered" || !run.says("main", "Profile: Nightly check") {
			t.Errorf("by %s: %q %s", name, got, run.text("#verdict"))
		}
	}
}

// An agent user of nobody's choice is the agent's own, also when the try is
// repeated.
func TestProfileOfAnAgentUser(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	kept := p.keep(p.persona("agent-admin").ObjectID, p.info.Seed.Blueprint.AppID)
	path := p.makeProfile(url.Values{"mode": {"agent-user"}, "scope": {"User.Read"}, "kept": {kept.ID}, "reuse": {"on"}})
	run := p.submit(p.get(path), "Run", nil)
	again := p.submit(run, "Get a fresh token", nil)
	for name, page := range map[string]*answer{"first": run, "again": again} {
		if got := page.hops(); got != "T1 answered, T2 answered, TR answered" || !page.says("main", "Profile: Nightly check") {
			t.Errorf("%s: %q %s", name, got, page.text("main"))
		}
	}
	cached := p.submit(p.get(path), "Run", nil)
	if !cached.says(".verdict", "from the cache") {
		t.Errorf("the cache is not used: %s", cached.text(".verdict"))
	}
	// Somebody else is another try, and a person is not kept.
	other := p.post("/tokens", p.labForm(url.Values{"mode": {"agent-user"}, "scope": {"User.Read"}, "username": {p.persona("user").UPN}, "profile": {strings.TrimPrefix(path, "/tokens/profiles/")}}))
	if other.says("main", "Profile: Nightly check") {
		t.Error("acting as somebody else counts as the profile")
	}
	form := p.get(other.Find("a").FilterFunction(byText("Save as profile")).AttrOr("href", ""))
	if form.status != http.StatusOK || form.Find("#f-username").AttrOr("value", "none") != "" {
		t.Errorf("the person is offered to be kept: %s", form.Find("#f-username").AttrOr("value", "none"))
	}
}

// Sign-ins and device codes take the profile along to their result.
func TestProfilesOfSignIns(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	offer := p.submit(p.get(p.makeProfile(url.Values{"mode": {"interactive"}, "scope": {"User.Read"}})), "Run", nil)
	picker := p.get(offer.Find("main a").FilterFunction(byText("Sign in")).AttrOr("href", ""))
	page := p.submit(picker, p.persona("user").UPN, nil)
	if page.hops() != "TR answered" || !page.says("main", "Profile: Nightly check") {
		t.Errorf("interactive: %s", page.text("main"))
	}
	path := p.makeProfile(url.Values{"name": {"Device"}, "mode": {"device-code"}, "app_id": {p.info.Client.ClientID}, "scope": {"User.Read"}})
	wait := p.submit(p.get(path), "Run", nil)
	device := p.get(wait.Find(`main a[target="_blank"]`).AttrOr("href", ""))
	picked := p.submit(device, "Next", url.Values{"otc": {wait.text(".user-code")}})
	if strings.Contains(picked.text("body"), p.persona("user").UPN) {
		picked = p.submit(picked, p.persona("user").UPN, nil)
	}
	p.submit(picked, "Approve", nil)
	if done := p.submit(wait, "Ask for the token", nil); done.hops() != "device answered, TR answered" || !done.says("main", "Profile: Device") {
		t.Errorf("device: %s", done.text("main"))
	}
	rows, err := p.store.TokenProfiles(t.Context(), p.info.TenantID, p.persona("agent-admin").ObjectID)
	if err != nil || len(rows) != 2 || rows[0].LastResult != models.ResultSucceeded || rows[1].LastResult != models.ResultSucceeded {
		t.Errorf("the profiles are %+v, %v", rows, err)
	}
}
