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

// Two tabs are at two sign-ins: each gets what it was started for.
func TestLabSignInsOfTwoTabs(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	offer := p.post("/tokens", url.Values{"mode": {"interactive"}, "scope": {"User.Read"}})
	interactive := p.get(offer.Find("main a").FilterFunction(byText("Sign in")).AttrOr("href", ""))
	lab := p.get("/tokens?mode=on-behalf-of&agent=" + p.info.Seed.Agent.ID)
	forUser := p.get(lab.Find("#user-token a").FilterFunction(byText("Get a user token")).AttrOr("href", ""))

	page := p.submit(interactive, p.persona("user").UPN, nil)
	if page.hops() != "TR answered" || !page.says("main", "User.Read") {
		t.Errorf("interactive: %s %q: %s", page.url, page.hops(), page.text("main"))
	}
	held := p.submit(forUser, p.persona("user").UPN, nil)
	if strings.HasPrefix(held.url.String(), p.tenant) {
		held = p.submit(held, "Accept", nil)
	}
	if !held.says("#user-token", "A user token of user@sandbox.example is held") {
		t.Errorf("user token: %s: %s", held.url, held.text("main"))
	}
}

// Who may not test an agent gets no user token for its blueprint either.
func TestLabUserTokenAsksForTheOwner(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	foreign := p.createAgent("agent-admin")
	p.newBrowser()
	p.signIn("agent-dev")
	page := p.get("/tokens/user-token?agent=" + foreign)
	if page.status != http.StatusForbidden || !page.says("#f-agent-error", "You do not own the agent's blueprint") {
		t.Errorf("status %d: %s", page.status, page.text("main"))
	}
	if denials := p.audit(models.ActionAccessDenied); len(denials) != 1 {
		t.Errorf("%d denials are recorded", len(denials))
	}
}

// A poll that settles one device code leaves a newer one alone.
func TestLabKeepsTheNewerDeviceCode(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	form := url.Values{"mode": {"device-code"}, "app_id": {p.info.Client.ClientID}, "scope": {"User.Read"}}
	older := p.post("/tokens", form)
	device := p.get(older.Find(`main a[target="_blank"]`).AttrOr("href", ""))
	page := p.submit(device, "Next", url.Values{"otc": {older.text(".user-code")}})
	p.submit(p.submit(page, p.persona("user").UPN, nil), "Approve", nil)
	var newer *answer
	p.watchTokens(func(int, *http.Request) {
		if newer == nil {
			newer = p.post("/tokens", form)
		}
	})
	if got := p.submit(older, "Ask for the token", nil).hops(); got != "device answered, TR answered" {
		t.Errorf("the older code: %q", got)
	}
	if again := p.submit(newer, "Ask for the token", nil); again.status == http.StatusGone {
		t.Errorf("the newer code is gone: %s", again.text("main"))
	}
}

// A refresh token that nobody uses is nowhere in memory.
func TestLabHoldsNoRefreshTokenOfAUserToken(t *testing.T) {
	p := newTestPortal(t)
	refresh := entra.NewSecret("refresh-canary")
	tokens := &entra.Tokens{
		Access: entra.NewSecret(unsigned(`{"alg":"none"}`, `{"aud":"x"}`)), Refresh: refresh, ExpiresAt: p.clock.now().Add(time.Hour),
		Hop: entra.Hop{Answer: &entra.Answer{Refresh: refresh}},
	}
	p.h.holdUserToken("sign-in", "blueprint", tokens)
	held := p.h.lab.heldUser("sign-in", p.clock.now())
	if held == nil || !held.tokens.Refresh.IsZero() || !held.tokens.Hop.Answer.Refresh.IsZero() {
		t.Errorf("held %+v", held)
	}
}

// A try that ends after the sign-out leaves no token in memory.
func TestLabForgetsWhatEndsAfterTheSignOut(t *testing.T) {
	var m labMemory
	now := (&testClock{}).now()
	m.forget("ended", now)
	m.keep("ended", now, &labTry{}, &entra.Trace{})
	if len(m.people) != 0 {
		t.Error("a sign-in that has ended has results")
	}
	m.keep("there", now, &labTry{}, &entra.Trace{})
	if len(m.people) != 1 {
		t.Error("another sign-in has no results")
	}
}

// A record tells what was asked for from what was in memory.
func TestLabRecordsWhatCameFromTheCache(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	p.post("/tokens", p.labForm(nil))
	p.post("/tokens", p.labForm(url.Values{"reuse": {"on"}}))
	records := p.audit(models.ActionTokenTest)
	if len(records) != 2 {
		t.Fatalf("%d records", len(records))
	}
	for i, want := range []int{0, 2} {
		if got := strings.Count(string(records[i].Body), `"cached":true`); got != want {
			t.Errorf("record %d: %d hops from the cache, want %d: %s", i, got, want, records[i].Body)
		}
	}
}
