package handlers

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"agentidportal/entra"
)

// otherIDToken puts an ID token of its own into each answer of the token endpoint.
type otherIDToken string

// RoundTrip sends the request and changes its answer.
func (other otherIDToken) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || !strings.HasSuffix(r.URL.Path, "/token") {
		return res, err
	}
	defer func() { _ = res.Body.Close() }()
	var answer map[string]any
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		return nil, err
	}
	answer["id_token"] = string(other)
	body, err := json.Marshal(answer)
	if err != nil {
		return nil, err
	}
	res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	res.Header.Del("Content-Length")
	return res, nil
}

// An ID token of another sign-in is no result of this one.
func TestLabTakesNoForeignIDToken(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	signIn := func() *answer {
		offer := p.post("/tokens", url.Values{"mode": {"interactive"}, "scope": {"openid User.Read"}})
		picker := p.get(offer.Find("main a").FilterFunction(byText("Sign in")).AttrOr("href", ""))
		return p.submit(picker, p.persona("user").UPN, nil)
	}
	if page := signIn(); page.hops() != "TR answered" {
		t.Fatalf("its own: %s", page.text("main"))
	}
	earlier := p.heldResults()[0].trace.Hop(entra.HopTR).Answer.ID.Reveal()
	if earlier == "" {
		t.Fatal("no ID token came")
	}
	p.h.Entra = entra.New(entra.Options{Cloud: p.cloud, TenantID: p.info.TenantID, HTTP: &http.Client{Transport: otherIDToken(earlier)}, Now: p.clock.now})
	page := signIn()
	if page.hops() != "TR failed" || !page.says("main", "The ID token belongs to another sign-in") || page.Find(".shown-token").Length() != 0 {
		t.Errorf("another's: %s: %s", page.hops(), page.text("main"))
	}
}
