package handlers

import (
	"net/http"
	"net/url"
	"testing"
)

// The refresh token of a plain grant belongs to its application: no agent
// takes part when it is traded.
func TestLabTradesTheRefreshTokenOfAPlainGrant(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	who := p.persona("user")
	got := p.post("/tokens", url.Values{
		"mode": {"password"}, "app_id": {p.info.Client.ClientID}, "client_secret": {p.info.Client.ClientSecret},
		"username": {who.UPN}, "password": {who.Password}, "scope": {"User.Read offline_access"},
	})
	form := p.get(got.Find("main a").FilterFunction(byText("Trade the refresh token")).AttrOr("href", ""))
	if form.Find("#f-agent").Length() != 0 || form.Find("#f-app_id").AttrOr("value", "") != p.info.Client.ClientID {
		t.Errorf("the form asks for an agent, or has lost the application: %s", form.text(".form"))
	}
	traded := p.submit(form, "Get token", url.Values{"client_secret": {p.info.Client.ClientSecret}})
	if traded.hops() != "TR answered" {
		t.Errorf("status %d, hops %q: %s", traded.status, traded.hops(), traded.text("#error-summary"))
	}
	for _, person := range p.h.lab.people {
		for _, r := range person.results {
			if r.try.from != nil {
				t.Error("a result holds on to the one before, however many came since")
			}
		}
	}
	other := p.submit(form, "Get token", url.Values{"app_id": {p.info.Portal.ClientID}})
	if other.status != http.StatusUnprocessableEntity || !other.says("#error-summary", "belongs to the application") {
		t.Errorf("traded for another application: status %d: %s", other.status, other.text("main"))
	}
}
