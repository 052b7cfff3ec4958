package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"agentidportal/entra"
	"agentidportal/models"
)

// hops lists the heads of the cards of a result.
func (a *answer) hops() string {
	var heads []string
	for _, card := range a.Find(".hop").EachIter() {
		heads = append(heads, strings.TrimSpace(card.Find(".hop-name").Text())+" "+strings.TrimPrefix(card.AttrOr("class", ""), "hop hop-"))
	}
	return strings.Join(heads, ", ")
}

// getUserToken walks the link, the picker and the consent as a persona.
func (p *testPortal) getUserToken(agent, persona string) *answer {
	p.t.Helper()
	lab := p.get("/tokens?mode=on-behalf-of&agent=" + agent)
	href := lab.Find("#user-token a").FilterFunction(byText("Get a user token")).AttrOr("href", "")
	picker := p.get(href)
	if !strings.HasPrefix(picker.url.String(), p.tenant) {
		p.t.Fatalf("the link led to %s: %s", picker.url, picker.text("main"))
	}
	page := p.submit(picker, p.persona(persona).UPN, nil)
	if strings.HasPrefix(page.url.String(), p.tenant) {
		page = p.submit(page, "Accept", nil)
	}
	return page
}

func TestLabOnBehalfOf(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	agent := p.info.Seed.Agent.ID
	none := p.post("/tokens", p.labForm(url.Values{"mode": {"on-behalf-of"}}))
	if none.status != http.StatusUnprocessableEntity || !none.says("#f-user_token-error", "No user token is held") {
		t.Fatalf("without a user token: status %d, %q", none.status, none.text("#error-summary"))
	}
	held := p.getUserToken(agent, "user")
	if held.url.Path != "/tokens" || !held.says("#user-token", "A user token of user@sandbox.example is held") {
		t.Fatalf("after the sign-in: %s %s", held.url, held.text("main"))
	}
	if who := p.get("/").text("header"); !strings.Contains(who, "agent-admin@sandbox.example") {
		t.Errorf("the session is now of %q", who)
	}
	if n := len(p.audit(models.ActionSignIn)); n != 1 {
		t.Errorf("%d sign-ins are recorded", n)
	}
	page := p.submit(held, "Get token", url.Values{"client_secret": {p.info.Seed.Blueprint.ClientSecret}, "scope": {"User.Read offline_access"}})
	if got := page.hops(); got != "Tc answered, T1 answered, TR answered" {
		t.Fatalf("hops %q: %s", got, page.text("main"))
	}
	if got := page.text("#verdict"); got != "The agent identity Invoice helper 01 acts on behalf of the user User, through the blueprint Invoice helper" {
		t.Errorf("verdict is %q", got)
	}
	for _, want := range []string{"3 of 3 hops answered", "Tc.aud is the blueprint", "TR.oid is the user of Tc", "grant_type authorization_code", "held in memory, never shown"} {
		if !page.says("main", want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	p.checkRefresh(page)
	// A token that was handed in has a card without a request.
	token := page.Find(".hop").First().Find(".hop .shown-token code").Text()
	pasted := p.post("/tokens", p.labForm(url.Values{"mode": {"on-behalf-of"}, "user_token": {"Bearer " + token}}))
	if !pasted.says(".hop", "the token was pasted into the form") || pasted.hops() != "Tc answered, T1 answered, TR answered" {
		t.Errorf("pasted: %s", pasted.text("main"))
	}
	if gone := p.submit(p.get("/tokens?mode=on-behalf-of&agent="+agent), "Forget it", nil); !gone.says("#user-token", "No user token is held") {
		t.Errorf("not forgotten: %s", gone.text("#user-token"))
	}
}

// checkRefresh trades the refresh token of a result.
func (p *testPortal) checkRefresh(page *answer) {
	p.t.Helper()
	href := page.Find("main a").FilterFunction(byText("Trade the refresh token")).AttrOr("href", "")
	form := p.get(href)
	if form.status != http.StatusOK || !form.says("form", "The refresh token of the result before is traded") {
		p.t.Fatalf("%s: status %d: %s", href, form.status, form.text("main"))
	}
	traded := p.submit(form, "Get token", url.Values{"client_secret": {p.info.Seed.Blueprint.ClientSecret}})
	if got := traded.hops(); got != "T1 answered, TR answered" || !traded.says("main", "acts on behalf of the user User") {
		p.t.Errorf("refresh: %q %s", got, traded.text("#verdict"))
	}
	gone := p.post("/tokens", p.labForm(url.Values{"mode": {"refresh-token"}, "from": {"nobodys"}}))
	if gone.status != http.StatusUnprocessableEntity || !gone.says("#error-summary", "is not held any more") {
		p.t.Errorf("a result of nobody: status %d %s", gone.status, gone.text("#error-summary"))
	}
}

// A user token is checked before it is used: nothing of a wrong one is sent.
func TestLabChecksTheUserToken(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	app := p.post("/tokens", p.labForm(nil))
	t1, tr := app.Find(".hop .shown-token code").First().Text(), app.Find(".hop .shown-token code").Last().Text()
	person := p.password("user", "User.Read")
	asked := len(p.audit(models.ActionTokenTest))
	for name, row := range map[string]struct{ token, want string }{
		"of a person, for Graph": {person, "This token is for Microsoft Graph"},
		"of the agent":           {tr, "This token is for Microsoft Graph"},
		"T1":                     {t1, "not for the agent's blueprint Invoice helper"},
		"no token":               {"abc", "This has no dots"},
		"a private key":          {"-----BEGIN PRIVATE KEY-----\ncanary", "This is a private key"},
		"nobody's":               {unsigned(`{"alg":"none"}`, `{"aud":"`+p.info.Seed.Blueprint.AppID+`"}`), "another tenant"},
		"without a person":       {unsigned(`{"alg":"none"}`, `{"idtyp":"app","tid":"`+p.info.TenantID+`","aud":"`+p.info.Seed.Blueprint.AppID+`"}`), "No person takes part"},
		"over":                   {unsigned(`{"alg":"none"}`, `{"exp":1700000000,"scp":"a","tid":"`+p.info.TenantID+`","aud":"api://`+p.info.Seed.Blueprint.AppID+`"}`), "has expired"},
	} {
		page := p.post("/tokens", p.labForm(url.Values{"mode": {"on-behalf-of"}, "user_token": {row.token}}))
		if page.status != http.StatusUnprocessableEntity || !page.says("#f-user_token-error", row.want) {
			t.Errorf("%s: status %d, %q", name, page.status, page.text("#f-user_token-error"))
		}
		if page.Find("#f-user_token").Text() != "" || strings.Contains(page.body, "canary") {
			t.Errorf("%s: the token comes back", name)
		}
		if page.Find("#user-token a").FilterFunction(byText("Get a user token")).Length() != 1 {
			t.Errorf("%s: no link to get one", name)
		}
	}
	if n := len(p.audit(models.ActionTokenTest)); n != asked {
		t.Errorf("%d tries are recorded, and none was made", n-asked)
	}
}

// password gets a token of a persona for the sample client.
func (p *testPortal) password(persona, scope string) string {
	p.t.Helper()
	who := p.persona(persona)
	page := p.post("/tokens", url.Values{
		"mode": {"password"}, "app_id": {p.info.Client.ClientID}, "client_secret": {p.info.Client.ClientSecret},
		"username": {who.UPN}, "password": {who.Password}, "scope": {scope},
	})
	if page.hops() != "TR answered" {
		p.t.Fatalf("%s: %s", page.hops(), page.text("main"))
	}
	if strings.Contains(page.body, who.Password) {
		p.t.Error("the page shows the password")
	}
	return page.Find(".hop .shown-token code").Last().Text()
}

func TestLabAgentUser(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	page := p.post("/tokens", p.labForm(url.Values{"mode": {"agent-user"}}))
	if got := page.hops(); got != "T1 answered, T2 answered, TR answered" {
		t.Fatalf("hops %q: %s", got, page.text("main"))
	}
	if page.Find(".hop").Eq(1).Find("details.hop-fold").Length() != 1 || page.Find(".hop").First().Find("details.hop-fold").Length() != 0 {
		t.Error("the middle hop is not folded, or the first one is")
	}
	for _, want := range []string{"acts as its agent user", "TR.oid is the agent user", "T2.azp is the agent identity", "username " + p.info.Seed.AgentUser.UPN} {
		if !page.says("main", want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	other := p.agentWithoutUser()
	if got := p.get("/tokens?mode=agent-user&agent=" + other).text(".lab-checks"); !strings.Contains(got, "no agent user") {
		t.Errorf("nothing is said before the try: %q", got)
	}
	none := p.post("/tokens", p.labForm(url.Values{"mode": {"agent-user"}, "agent": {other}}))
	if none.status != http.StatusUnprocessableEntity || !none.says("#f-username-error", "no agent user") {
		t.Errorf("without an agent user: status %d: %s", none.status, none.text("#error-summary"))
	}
}

// agentWithoutUser is an agent of the seed that has no agent user.
func (p *testPortal) agentWithoutUser() string {
	p.t.Helper()
	for a, err := range graphOf(p, "agent-admin").AllAgentIdentities(p.t.Context()) {
		if err != nil {
			p.t.Fatal(err)
		}
		if a.DisplayName == "Travel desk 01" {
			return a.ID
		}
	}
	p.t.Fatal("the seed has no Travel desk 01")
	return ""
}

func TestLabPlainGrants(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	app := url.Values{"mode": {"client-credentials"}, "app_id": {p.info.Client.ClientID}, "client_secret": {p.info.Client.ClientSecret}, "scope": {entra.GraphDefaultScope}}
	if page := p.post("/tokens", app); page.hops() != "TR answered" || !page.says("main", "TR.appid is the application") {
		t.Errorf("client credentials: %s", page.text("main"))
	}
	blueprint := url.Values{"mode": {"blueprint"}, "blueprint": {p.info.Seed.Blueprint.AppID}, "client_secret": {p.info.Seed.Blueprint.ClientSecret}, "scope": {entra.GraphDefaultScope}}
	if page := p.post("/tokens", blueprint); page.hops() != "TR answered" || !page.says("main", "AgentIdentity.CreateAsManager") || page.text("h1") != "Token for Invoice helper" {
		t.Errorf("blueprint: %s", page.text("main"))
	}
	p.password("user", "User.Read")
	two := url.Values{"assertion": {"a.b.c"}}
	for name, values := range app {
		two[name] = values
	}
	if page := p.post("/tokens", two); page.status != http.StatusUnprocessableEntity || !page.says("#error-summary", "AADSTS9002324") {
		t.Errorf("two credentials: status %d: %s", page.status, page.text("main"))
	}
	records := p.audit(models.ActionTokenTest)
	if len(records) != 3 || records[0].TargetKind != "application" || records[0].TargetID != p.info.Client.ClientID || records[1].TargetKind != "blueprint" {
		t.Errorf("recorded %+v", records)
	}
	for field, form := range map[string]url.Values{
		"app_id":        {"mode": {"client-credentials"}, "app_id": {"x"}},
		"blueprint":     {"mode": {"blueprint"}},
		"username":      {"mode": {"password"}},
		"password":      {"mode": {"password"}},
		"refresh_token": {"mode": {"refresh-token"}},
		"other_tenant":  {"mode": {"cross-tenant"}},
		"other_app_id":  {"mode": {"cross-tenant"}},
		"certificate":   {"mode": {"client-credentials"}, "certificate": {"-----BEGIN canary"}},
	} {
		page := p.post("/tokens", form)
		if page.status != http.StatusUnprocessableEntity || page.Find("#f-"+field+"-error").Length() != 1 || strings.Contains(page.body, "canary") {
			t.Errorf("%s: status %d, %s", field, page.status, page.text("#error-summary"))
		}
	}
}

func TestLabDeviceCode(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	form := url.Values{"mode": {"device-code"}, "app_id": {p.info.Client.ClientID}, "scope": {"User.Read"}}
	wait := p.post("/tokens", form)
	code := wait.text(".user-code")
	if wait.status != http.StatusOK || code == "" {
		t.Fatalf("status %d: %s", wait.status, wait.text("main"))
	}
	wait = p.submit(wait, "Ask for the token", nil)
	if !wait.says("main", "Nobody has approved it yet.") {
		t.Fatalf("before the approval: %s", wait.text("main"))
	}
	device := p.get(wait.Find(`main a[target="_blank"]`).AttrOr("href", ""))
	page := p.submit(device, "Next", url.Values{"otc": {code}})
	if strings.Contains(page.text("body"), p.persona("user").UPN) {
		page = p.submit(page, p.persona("user").UPN, nil)
	}
	p.submit(page, "Approve", nil)
	done := p.submit(wait, "Ask for the token", nil)
	if got := done.hops(); got != "device answered, TR answered" {
		t.Errorf("hops %q: %s", got, done.text("main"))
	}
	gone := p.submit(wait, "Ask for the token", nil)
	if gone.status != http.StatusGone {
		t.Errorf("a code that was used: status %d", gone.status)
	}
	form.Set("app_id", p.info.Seed.Agent.ID)
	if page := p.post("/tokens", form); page.hops() != "device refused, TR unreached" {
		t.Errorf("an agent asks for a device code: %s: %s", page.hops(), page.text("main"))
	}
}

func TestLabInteractive(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	offer := p.post("/tokens", url.Values{"mode": {"interactive"}, "scope": {"User.Read"}})
	picker := p.get(offer.Find("main a").FilterFunction(byText("Sign in")).AttrOr("href", ""))
	page := p.submit(picker, p.persona("user").UPN, nil)
	if !strings.HasPrefix(page.url.Path, "/tokens/results/") || page.hops() != "TR answered" || !page.says("main", "User.Read") {
		t.Fatalf("%s %s: %s", page.url, page.hops(), page.text("main"))
	}
	if who := page.text("header"); !strings.Contains(who, "agent-admin@sandbox.example") {
		t.Errorf("the session is now of %q", who)
	}
	if again := p.get(page.url.Path); again.status != http.StatusOK {
		t.Errorf("the result is gone: %d", again.status)
	}
	if n := len(p.audit(models.ActionTokenTest)); n != 1 {
		t.Errorf("%d records", n)
	}
	p.newBrowser()
	p.signIn("global-admin")
	if foreign := p.get(page.url.Path); foreign.status != http.StatusNotFound || !foreign.says("main", "There is no token result") {
		t.Errorf("somebody else's result: status %d", foreign.status)
	}
}

func TestLabTakesHopsFromTheCache(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	asked := 0
	p.watchTokens(func(int, *http.Request) { asked++ })
	p.post("/tokens", p.labForm(nil))
	page := p.post("/tokens", p.labForm(url.Values{"reuse": {"on"}}))
	if asked != 2 || page.Find(".hop:contains('From the cache, 0 s old')").Length() != 2 || !page.says(".verdict", "2 from the cache") {
		t.Errorf("%d requests: %s", asked, page.text("main"))
	}
	p.post("/tokens", p.labForm(nil))
	if asked != 4 {
		t.Errorf("a fresh try is answered from the cache: %d requests", asked)
	}
	p.post("/tokens", p.labForm(url.Values{"reuse": {"on"}, "client_secret": {"wrong"}}))
	if asked != 5 {
		t.Errorf("a wrong secret is answered from the cache: %d requests", asked)
	}
	p.submit(p.get("/"), "Sign out", nil)
	p.signIn("agent-admin")
	if p.post("/tokens", p.labForm(url.Values{"reuse": {"on"}})); asked != 8 { // the sign-in redeemed a code
		t.Errorf("the cache outlives the sign-out: %d requests", asked)
	}
}

func TestLabUsesTheToken(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	page := p.post("/tokens", p.labForm(url.Values{"scope": {p.info.Echo.Scope}}))
	page = p.submit(page, "Call", url.Values{"call": {"echo"}})
	for _, want := range []string{"The agent identity Invoice helper 01, acting for itself, through the blueprint Invoice helper.", "Roles Echo.Read.All", "Status 200"} {
		if !page.says("main", want) {
			t.Errorf("the page lacks %q: %s", want, page.text(".token-use"))
		}
	}
	if bad := p.submit(page, "Call", url.Values{"call": {"me"}}); bad.status != http.StatusUnprocessableEntity || !bad.says("#f-call-error", "Choose one") {
		t.Errorf("a call of another API: status %d", bad.status)
	}
	graph := p.submit(p.post("/tokens", p.labForm(nil)), "Call", url.Values{"call": {"organization"}})
	if !graph.says(".token-use", "403") && !graph.says(".token-use", "200") {
		t.Errorf("Graph: %s", graph.text("main"))
	}
	management := p.submit(p.post("/tokens", p.labForm(url.Values{"scope": {entra.ManagementDefaultScope}})), "Call", url.Values{"call": {"subscriptions"}})
	if !management.says("#seen", "may read 1 subscription") {
		t.Errorf("Azure management: %s", management.text("main"))
	}
	uses := p.audit(models.ActionTokenUse)
	if len(uses) != 3 || uses[0].TargetID != p.info.Seed.Agent.ID || !strings.Contains(string(uses[0].Body), `"status":200`) {
		t.Errorf("recorded %+v", uses)
	}
	if page := p.post("/tokens/results/nobodys/use", url.Values{"call": {"echo"}}); page.status != http.StatusNotFound {
		t.Errorf("a result of nobody: status %d", page.status)
	}
}
