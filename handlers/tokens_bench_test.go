package handlers

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"agentidportal/entra"
)

// distance is how far off a sign-in service is: a fast one, since what the
// portal adds weighs more then.
const distance = 50 * time.Millisecond

// farTokens puts the distance before every request for a token.
type farTokens struct{}

// RoundTrip waits, then sends the request.
func (farTokens) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/token") {
		time.Sleep(distance)
	}
	return http.DefaultTransport.RoundTrip(r)
}

// BenchmarkTokenTest is a try of the longest mode, from the form to the page
// with all its reads and its record, against the three requests alone.
func BenchmarkTokenTest(b *testing.B) {
	p := newTestPortal(b)
	p.signIn("agent-admin")
	p.h.Entra = entra.New(entra.Options{Cloud: p.cloud, TenantID: p.info.TenantID, HTTP: &http.Client{Transport: farTokens{}}, Now: p.clock.now})
	form := p.labForm(url.Values{"mode": {string(entra.ModeAgentUser)}})
	if page := p.post("/tokens", form); page.Find(".hop-answered").Length() != 3 {
		b.Fatalf("the try fails: %s", page.text("main"))
	}
	p.bareHops(b)
	var bare, whole time.Duration
	tries := 0
	for b.Loop() {
		start := time.Now()
		p.bareHops(b)
		middle := time.Now()
		req, err := http.NewRequestWithContext(b.Context(), http.MethodPost, p.url+"/tokens", strings.NewReader(form.Encode()))
		if err != nil {
			b.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", "same-origin")
		res, err := p.browser.Do(req)
		if err != nil {
			b.Fatal(err)
		}
		n, err := io.Copy(io.Discard, res.Body)
		if res.Body.Close(); err != nil || res.StatusCode != http.StatusOK || n < 10_000 {
			b.Fatalf("status %d, %d bytes, %v", res.StatusCode, n, err)
		}
		bare, whole = bare+middle.Sub(start), whole+time.Since(middle)
		tries++
	}
	added := 100 * (float64(whole)/float64(bare) - 1)
	verdict := "ok"
	if added > 20 {
		verdict = "short"
	}
	b.ReportMetric(float64(whole.Milliseconds()-bare.Milliseconds())/float64(tries), "ms-added/op")
	fmt.Printf("FIGURE token_test_added %.1f percent limit <=20 %s\n", added, verdict)
}

// bareHops are the three requests of an agent user's token, and nothing else.
func (p *testPortal) bareHops(b *testing.B) {
	b.Helper()
	client := &http.Client{Transport: farTokens{}}
	ask := func(form url.Values) string {
		res, err := client.PostForm(p.info.Authority+"/"+p.info.TenantID+"/oauth2/v2.0/token", form)
		if err != nil {
			b.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != http.StatusOK {
			b.Fatalf("status %d: %s", res.StatusCode, body)
		}
		_, rest, _ := strings.Cut(string(body), `"access_token":"`)
		token, _, _ := strings.Cut(rest, `"`)
		return token
	}
	agent, assertion := p.info.Seed.Agent.ID, "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	t1 := ask(url.Values{
		"client_id": {p.info.Seed.Blueprint.AppID}, "client_secret": {p.info.Seed.Blueprint.ClientSecret}, "grant_type": {"client_credentials"},
		"scope": {entra.ExchangeScope}, "fmi_path": {agent},
	})
	t2 := ask(url.Values{"client_id": {agent}, "client_assertion_type": {assertion}, "client_assertion": {t1}, "grant_type": {"client_credentials"}, "scope": {entra.ExchangeScope}})
	ask(url.Values{
		"client_id": {agent}, "client_assertion_type": {assertion}, "client_assertion": {t1}, "user_federated_identity_credential": {t2},
		"grant_type": {"user_fic"}, "username": {p.info.Seed.AgentUser.UPN}, "scope": {entra.GraphDefaultScope},
	})
}
