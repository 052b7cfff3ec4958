package handlers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"agentidportal/entra"
	"agentidportal/models"
)

// canaries are texts that must be nowhere but in the answer to whoever asked.
type canaries map[string]string

// token adds a token by its parts that make it usable or name somebody.
func (c canaries) token(name, token string) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 || len(parts[2]) < 40 {
		panic("no token: " + name)
	}
	c[name+", claims"], c[name+", signature"] = parts[1], parts[2]
}

// missing says where a canary sits that should not.
func (c canaries) missing(t testing.TB, place string, content []byte) {
	t.Helper()
	for name, text := range c {
		if bytes.Contains(content, []byte(text)) {
			t.Errorf("%s holds the %s", place, name)
		}
	}
}

// TestNothingOfATokenStays sends marked secrets and real tokens through every
// path of the lab and the inspector, good and bad, and looks for them in the
// database and its log, in the program's log, in the audit, in exports and on
// every other page.
func TestNothingOfATokenStays(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	found := canaries{
		"client secret": p.info.Seed.Blueprint.ClientSecret, "the client's secret": p.info.Client.ClientSecret, "password": p.persona("user").Password,
	}
	results := p.everyMode(found)
	p.everyFault(found)
	for _, result := range results {
		export := p.get(result + "/trace.json")
		if export.status != 200 || !strings.Contains(export.body, `"hops"`) {
			t.Fatalf("%s: status %d: %.200s", result, export.status, export.body)
		}
		found.missing(t, result+"/trace.json", []byte(export.body))
		page := p.get(result)
		if page.Find(".along .code-block").Length() != 3 {
			t.Errorf("%s: %d scripts", result, page.Find(".along .code-block").Length())
		}
		found.missing(t, "the scripts of "+result, []byte(page.Find(".along .code-block").Text()))
	}
	p.checkSinks(found)
}

// everyMode gets a token in every mode, and returns the results' addresses.
func (p *testPortal) everyMode(found canaries) (results []string) {
	p.t.Helper()
	take := func(name string, page *answer) *answer {
		p.t.Helper()
		tokens := page.Find(".hop .shown-token code")
		if tokens.Length() == 0 {
			p.t.Fatalf("%s brings no token: %s", name, page.text("main"))
		}
		for i := range tokens.Length() {
			found.token(fmt.Sprintf("token of %s, %d", name, i), tokens.Eq(i).Text())
		}
		if href, ok := page.Find("a[href$='/trace.json']").Attr("href"); ok {
			results = append(results, strings.TrimSuffix(href, "/trace.json"))
		}
		return page
	}
	secret := p.info.Seed.Blueprint.ClientSecret
	take("autonomous", p.post("/tokens", p.labForm(url.Values{"keep": {"on"}})))
	kept := take("kept", p.post("/tokens", p.labForm(url.Values{"client_secret": {""}, "kept": {p.keptID()}, "scope": {p.info.Echo.Scope}})))
	p.submit(kept, "Call", url.Values{"call": {"echo"}})
	p.submit(kept, "Inspect", nil)
	take("agent user", p.post("/tokens", p.labForm(url.Values{"mode": {"agent-user"}, "reuse": {"on"}})))
	p.getUserToken(p.info.Seed.Agent.ID, "user")
	obo := take("on behalf of", p.post("/tokens", p.labForm(url.Values{"mode": {"on-behalf-of"}, "scope": {"User.Read offline_access openid"}})))
	refresh := p.get(obo.Find("main a").FilterFunction(byText("Trade the refresh token")).AttrOr("href", ""))
	take("refresh", p.submit(refresh, "Get token", url.Values{"client_secret": {secret}}))
	for i, r := range p.heldResults() {
		if token := r.refreshToken(); !token.IsZero() {
			found[fmt.Sprintf("refresh token %d", i)] = token.Reveal()
		}
	}
	found.token("token of a password", p.password("user", "User.Read"))
	return results
}

// heldResults are the results in memory, of everybody.
func (p *testPortal) heldResults() (all []*labResult) {
	p.h.lab.mu.Lock()
	defer p.h.lab.mu.Unlock()
	for _, person := range p.h.lab.people {
		all = append(all, person.results...)
	}
	return all
}

// keptID is the secret that is kept.
func (p *testPortal) keptID() string {
	p.t.Helper()
	kept, err := p.store.KeptSecrets(p.t.Context(), p.info.TenantID)
	if err != nil || len(kept) != 1 {
		p.t.Fatalf("%d kept secrets: %v", len(kept), err)
	}
	return kept[0].ID
}

// everyFault sends marked texts into every field, where they do not belong.
func (p *testPortal) everyFault(found canaries) {
	p.t.Helper()
	mark := func(name string) string {
		found["marked "+name] = "canary-" + name + "-7f3a9c5e1b2d4860"
		return found["marked "+name]
	}
	client := func(more url.Values) url.Values {
		form := url.Values{"app_id": {p.info.Client.ClientID}, "client_secret": {p.info.Client.ClientSecret}}
		for name, values := range more {
			form[name] = values
		}
		return form
	}
	for name, form := range map[string]url.Values{
		"a wrong secret":    {"client_secret": {mark("secret")}},
		"a bad certificate": {"client_secret": {""}, "certificate": {"-----BEGIN PRIVATE KEY-----\n" + mark("certificate")}},
		"a bad assertion":   {"client_secret": {""}, "assertion": {mark("assertion")}},
		"a bad user token":  {"mode": {"on-behalf-of"}, "user_token": {mark("usertoken")}},
		"a bad refresh":     client(url.Values{"mode": {"refresh-token"}, "refresh_token": {mark("refresh")}}),
		"a bad password":    client(url.Values{"mode": {"password"}, "username": {"user@sandbox.example"}, "password": {mark("password")}}),
		"a bad App ID":      {"mode": {"client-credentials"}, "app_id": {"x"}, "client_secret": {mark("unable")}},
		"a secret as scope": {"scope": {mark("scope") + "/.default"}},
		"Check first":       {"act": {"check"}, "client_secret": {mark("checked")}, "user_token": {mark("checkedtoken")}, "password": {mark("checkedpassword")}},
	} {
		page := p.post("/tokens", p.labForm(form))
		if name != "a secret as scope" { // a scope is no secret, and comes back to be mended
			found.missing(p.t, "the answer to "+name, []byte(page.body))
		}
	}
	for _, pasted := range []string{"Bearer " + mark("bearer"), "-----BEGIN PRIVATE KEY-----" + mark("key"), `{"client_secret":"` + mark("inspected") + `"}`} {
		p.post("/tokens/inspect", url.Values{"token": {pasted}})
		p.post("/tokens/compare", url.Values{"first": {pasted}, "second": {pasted}})
	}
}

// checkSinks looks at all that outlives a request.
func (p *testPortal) checkSinks(found canaries) {
	p.t.Helper()
	files, err := filepath.Glob(filepath.Join(p.data, "*"))
	if err != nil || len(files) < 2 {
		p.t.Fatalf("%d files: %v", len(files), err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			p.t.Fatal(err)
		}
		found.missing(p.t, filepath.Base(file), content)
	}
	found.missing(p.t, "the program's log", p.log.Bytes())
	records, err := p.store.Audit(p.t.Context(), models.AuditFilter{Limit: 500})
	if err != nil || len(records) < 10 {
		p.t.Fatalf("%d records: %v", len(records), err)
	}
	for i := range records {
		text, err := json.Marshal(records[i])
		if err != nil {
			p.t.Fatal(err)
		}
		found.missing(p.t, "an audit record", append(text, records[i].Body...))
		if records[i].Action == models.ActionTokenTest || records[i].Action == models.ActionTokenUse {
			found.missing(p.t, "a page of the audit", []byte(p.get(fmt.Sprintf("/audit/%d", records[i].Seq)).body))
		}
	}
	found.missing(p.t, "an export", []byte(p.submit(p.get("/agents"), "as CSV", nil).body))
	for _, path := range []string{
		"/", "/audit?kind=all", "/runs", "/tokens", "/tokens?mode=on-behalf-of", "/tokens/inspect", "/settings", "/help/claims",
		"/agents/" + p.info.Seed.Agent.ID, "/blueprints/" + p.info.Seed.Blueprint.ObjectID + "/credentials",
	} {
		found.missing(p.t, path, []byte(p.get(path).body))
	}
}

// Results and user tokens end with the sign-in they belong to.
func TestTheLabForgets(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	p.getUserToken(p.info.Seed.Agent.ID, "user")
	p.post("/tokens", p.labForm(nil))
	if n := len(p.heldResults()); n != 1 {
		t.Fatalf("%d results are held", n)
	}
	p.submit(p.get("/"), "Sign out", nil)
	if len(p.h.lab.people) != 0 {
		t.Errorf("a signed-out person leaves %d results", len(p.heldResults()))
	}
	p.signIn("agent-admin")
	for range maxResults + 3 {
		p.h.lab.keep("somebody", p.clock.now(), &labTry{}, &entra.Trace{})
	}
	if n := len(p.heldResults()); n != maxResults {
		t.Errorf("%d results are held, want %d", n, maxResults)
	}
	p.h.lab.heldUser("another", p.clock.now().Add(labLife+1))
	if n := len(p.heldResults()); n != 0 {
		t.Errorf("%d results outlive their hour", n)
	}
}

// A secret in the field of the scope comes back to be seen, and stands in no
// address.
func TestNoAddressHoldsWhatIsNoScope(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	const secret = "SANDBOX~canary-in-the-wrong-field-0123456789"
	for _, mode := range []string{"autonomous", "on-behalf-of", "agent-user", "interactive", "device-code"} {
		page := p.post("/tokens", p.labForm(url.Values{"mode": {mode}, "scope": {secret}, "app_id": {p.info.Client.ClientID}}))
		if strings.Contains(page.url.String(), "canary") {
			t.Errorf("%s: the address is %s", mode, page.url)
		}
		page.Find("[href], [action], [formaction]").Each(func(_ int, s *goquery.Selection) {
			for _, name := range []string{"href", "action", "formaction"} {
				if strings.Contains(s.AttrOr(name, ""), "canary") {
					t.Errorf("%s: %s leads to %s", mode, s.Text(), s.AttrOr(name, ""))
				}
			}
		})
	}
}
