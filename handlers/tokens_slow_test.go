package handlers

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"agentidportal/entra"
	"agentidportal/models"
	"agentidportal/web"
)

// tokenWatch calls its hook after each answer of the token endpoint, before the
// portal sees it.
type tokenWatch struct {
	asked atomic.Int32
	hook  func(n int, r *http.Request)
}

// RoundTrip sends the request and counts those for tokens.
func (w *tokenWatch) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := http.DefaultTransport.RoundTrip(r)
	if err == nil && strings.HasSuffix(r.URL.Path, "/token") {
		w.hook(int(w.asked.Add(1)), r)
	}
	return res, err
}

// watchTokens puts a hook between the token lab and the sign-in service.
func (p *testPortal) watchTokens(hook func(n int, r *http.Request)) {
	p.h.Entra = entra.New(entra.Options{
		Cloud: p.cloud, TenantID: p.info.TenantID, HTTP: &http.Client{Transport: &tokenWatch{hook: hook}}, Now: p.clock.now,
	})
}

// TestAbandonedTokenTestIsRecorded: a token was issued, whoever waits for it.
func TestAbandonedTokenTestIsRecorded(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	ctx, leave := context.WithCancel(t.Context())
	p.watchTokens(func(_ int, r *http.Request) {
		leave()
		<-r.Context().Done() // the server has noticed
	})
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url+"/tokens", strings.NewReader(p.labForm(url.Values{"keep": {"on"}}).Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	if res, err := p.browser.Do(req); err == nil {
		_ = res.Body.Close()
		t.Fatalf("the browser did not leave: %s", res.Status)
	}
	for end := time.Now().Add(20 * time.Second); len(p.audit(models.ActionTokenTest)) == 0 && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
	p.checkTryRecorded(models.ResultFailed, func(body map[string]any) {
		if body["failedAt"] != "TR" {
			t.Errorf("recorded %v", body)
		}
	})
}

// TestTokenTestOutOfPatience: a tenant that answers T1 and then nothing more
// leaves a page about T1, and a record; a secret that proved right is kept.
func TestTokenTestOutOfPatience(t *testing.T) {
	t.Parallel() // it mostly waits
	// Enough for what comes before the token, on a machine with much to do.
	p := newTestPortal(t, func(o *web.Options, _ *Handlers) { o.Patience = 3 * time.Second })
	p.signIn("agent-admin")
	p.watchTokens(func(_ int, r *http.Request) { <-r.Context().Done() })
	page := p.post("/tokens", p.labForm(url.Values{"keep": {"on"}}))
	if page.status != http.StatusOK || !page.says("main", "No answer at TR") {
		t.Errorf("status %d: %s", page.status, page.text("main"))
	}
	if got := page.text("main"); !strings.Contains(got, "in time") {
		t.Errorf("the page does not say what ended the test: %s", got)
	}
	p.checkTryRecorded(models.ResultFailed, func(body map[string]any) {
		if body["failedAt"] != "TR" {
			t.Errorf("recorded %v", body)
		}
	})
	if kept := p.audit(models.ActionSecretKeep); len(kept) != 1 {
		t.Errorf("%d records of a kept secret", len(kept))
	}
}

// TestAbandonedSignInIsRecorded: the code of a sign-in is traded, whoever waits
// for the token.
func TestAbandonedSignInIsRecorded(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	profile := &models.TokenProfile{
		TID: p.info.TenantID, OwnerOID: p.persona("agent-admin").ObjectID, Name: "Sign in", Mode: string(entra.ModeInteractive),
		Settings: models.TokenSettings{Scope: "User.Read"},
	}
	if err := p.store.PutTokenProfile(t.Context(), profile); err != nil {
		t.Fatal(err)
	}
	offer := p.submit(p.get("/tokens/profiles/"+profile.ID), "Run", nil)
	picker := p.get(offer.Find("main a").FilterFunction(byText("Sign in")).AttrOr("href", ""))
	callback := ""
	p.browser.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		callback = r.URL.String()
		return http.ErrUseLastResponse
	}
	p.submit(picker, p.persona("user").UPN, nil)
	ctx, leave := context.WithCancel(t.Context())
	p.watchTokens(func(_ int, r *http.Request) {
		leave()
		<-r.Context().Done() // the server has noticed
	})
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, callback, nil)
	if err != nil {
		t.Fatal(err)
	}
	if res, err := p.browser.Do(req); err == nil {
		_ = res.Body.Close()
		t.Fatalf("the browser did not leave: %s", res.Status)
	}
	for end := time.Now().Add(20 * time.Second); len(p.audit(models.ActionTokenTest)) == 0 && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
	records := p.audit(models.ActionTokenTest)
	if len(records) != 1 || records[0].Result != models.ResultSucceeded || !strings.Contains(string(records[0].Body), `"profile":"Sign in"`) {
		t.Errorf("recorded %+v", records)
	}
}
