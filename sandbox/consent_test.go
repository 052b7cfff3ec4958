package sandbox

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// pick presses a persona's button and returns the page that follows.
func (b *browser) pick(address, upn string) (answer, *goquery.Document) {
	b.t.Helper()
	_, doc := b.open(address)
	a := b.submit(address, url.Values{"account": {button(b.t, doc, upn)}})
	return a, document(b.t, a)
}

func document(t testing.TB, a answer) *goquery.Document {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(bytes.NewReader(a.text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// press presses a button of a consent page: its form is sent with the hidden fields, as a browser
// without JavaScript does; more fields, such as a tick, come in pairs.
func (b *browser) press(address string, doc *goquery.Document, value string, more ...string) answer {
	b.t.Helper()
	form := url.Values{}
	doc.Find("form.answer input[type=hidden]").Each(func(_ int, s *goquery.Selection) {
		form.Set(s.AttrOr("name", ""), s.AttrOr("value", ""))
	})
	if doc.Find(`form.answer button[name="consent"][value="`+value+`"]`).Length() != 1 {
		b.t.Fatalf("no button %s on the page: %s", value, doc.Find("main").Text())
	}
	form.Set("consent", value)
	for i := 0; i < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return b.submit(address, form)
}

// grantsOf are the grants of a client as "consentType principalId scope".
func (l *lab) grantsOf(principalID, resourceID string) []string {
	var list []string
	_ = l.tenant.read(func(st *state) error {
		for _, g := range st.grantsByClient.of(principalID) {
			if g.ResourceID == resourceID {
				list = append(list, strings.TrimSpace(g.ConsentType+" "+g.PrincipalID)+": "+g.Scope)
			}
		}
		return nil
	})
	return list
}

func has(list []string, want string) bool {
	for _, text := range list {
		if text == want {
			return true
		}
	}
	return false
}

var graphPrincipal = seedID("resource " + graphAppID)

func TestConsentIsAskedAndKept(t *testing.T) {
	l := newLab(t)
	b := newBrowser(t, l)
	address := l.authorizeURL("scope", "openid offline_access User.Read Mail.Read")
	a, doc := b.pick(address, "user@sandbox.example")
	page := doc.Find("main").Text()
	if a.StatusCode != http.StatusOK || doc.Find("h1").Text() != "Permissions requested" {
		t.Fatalf("status %d: %s", a.StatusCode, a.text)
	}
	if asks := doc.Find(".permissions").First().Text(); !strings.Contains(asks, "Mail.Read") || strings.Contains(asks, "User.Read") {
		t.Errorf("asks for %q, want the one that is missing", asks)
	}
	if !strings.Contains(page, "Agent ID Portal") || !strings.Contains(page, "user@sandbox.example") || doc.Find("#organization").Length() != 0 {
		t.Errorf("page %q", page)
	}
	reply := location(t, b.press(address, doc, "accept"))
	if reply.Query().Get("code") == "" || reply.Query().Get("state") != "the state" {
		t.Fatalf("sent to %s", reply)
	}
	user := seedID("user user")
	if got := l.grantsOf(seedID("principal portal"), graphPrincipal); !has(got, "Principal "+user+": Mail.Read") {
		t.Errorf("grants %v", got)
	}
	_, claims := decode(t, access(t, l.redeem(t, reply)))
	if scp, _ := claims["scp"].(string); !strings.Contains(scp, "Mail.Read") {
		t.Errorf("scp %q", scp)
	}
	b.signIn(address, "user@sandbox.example") // nothing is asked twice
	if a, _ := b.pick(address, "sponsor@sandbox.example"); a.StatusCode != http.StatusOK {
		t.Errorf("consent of one person counts for another: status %d", a.StatusCode)
	}
}

func TestConsentIsIncremental(t *testing.T) {
	l := newLab(t)
	b := newBrowser(t, l)
	for _, scope := range []string{"Mail.Read", "Mail.Read Calendars.Read"} {
		address := l.authorizeURL("scope", "openid "+scope)
		_, doc := b.pick(address, "user@sandbox.example")
		if n := doc.Find(".permissions").First().Find("li").Length(); n != 1 {
			t.Errorf("%s: %d permissions are asked for, want the new one", scope, n)
		}
		location(t, b.press(address, doc, "accept"))
	}
	if got := l.grantsOf(seedID("principal portal"), graphPrincipal); !has(got, "Principal "+seedID("user user")+": Mail.Read Calendars.Read") {
		t.Errorf("one grant widens, got %v", got)
	}
}

func TestConsentSpansResources(t *testing.T) {
	l := newLab(t)
	b := newBrowser(t, l)
	address := l.authorizeURL("scope", "openid Mail.Read "+l.info.Seed.Blueprint.Scope)
	_, doc := b.pick(address, "user@sandbox.example")
	if text := doc.Find(".permissions").First().Text(); !strings.Contains(text, "Mail.Read of Microsoft Graph") || !strings.Contains(text, "access_agent of Invoice helper") {
		t.Errorf("asks %q", text)
	}
	reply := location(t, b.press(address, doc, "accept"))
	if got := l.grantsOf(seedID("principal portal"), seedID("principal invoice-helper")); !has(got, "Principal "+seedID("user user")+": access_agent") {
		t.Errorf("grants %v", got)
	}
	wantRefusal(t, l.redeem(t, reply, "scope", "User.Read "+l.info.Seed.Blueprint.Scope), 400, "invalid_request", 700022)
}

func TestConsentIsDeclined(t *testing.T) {
	l := newLab(t)
	for _, mode := range []string{"query", "fragment"} {
		b := newBrowser(t, l)
		address := l.authorizeURL("scope", "openid Mail.Read", "response_mode", mode)
		_, doc := b.pick(address, "user@sandbox.example")
		reply := location(t, b.press(address, doc, "cancel"))
		q := reply.Query()
		if mode == "fragment" {
			q, _ = url.ParseQuery(reply.EscapedFragment())
		}
		if q.Get("error") != "access_denied" || q.Get("error_subcode") != "cancel" || !strings.HasPrefix(q.Get("error_description"), "AADSTS65004: ") || q.Get("state") != "the state" {
			t.Errorf("%s: sent to %s", mode, reply)
		}
	}
	b := newBrowser(t, l)
	address := l.authorizeURL("scope", "openid Mail.Read", "response_mode", "form_post")
	_, doc := b.pick(address, "user@sandbox.example")
	a := b.press(address, doc, "cancel")
	page := document(t, a)
	if page.Find(`input[name="error"]`).AttrOr("value", "") != "access_denied" || page.Find(`input[name="state"]`).AttrOr("value", "") != "the state" {
		t.Errorf("form_post: %s", a.text)
	}
	if got := len(l.grantsOf(seedID("principal portal"), graphPrincipal)); got != 1 {
		t.Errorf("%d grants after three refusals", got)
	}
}

func TestAdminOnlyPermissions(t *testing.T) {
	l := newLab(t)
	b := newBrowser(t, l)
	address := l.authorizeURL("scope", "openid Reports.Read.All")
	a, doc := b.pick(address, "user@sandbox.example")
	if doc.Find("h1").Text() != "Need admin approval" || !strings.Contains(doc.Find("main").Text(), "AADSTS90094") {
		t.Fatalf("status %d: %s", a.StatusCode, a.text)
	}
	if other := doc.Find("main a").AttrOr("href", ""); !strings.Contains(other, "prompt=select_account") {
		t.Errorf("the page leads to %q", other)
	}
	// A form written by hand does not consent either.
	a = b.submit(address, url.Values{"consent": {"accept"}, "user": {seedID("user user")}, "organization": {"yes"}})
	if document(t, a).Find("h1").Text() != "Need admin approval" {
		t.Errorf("status %d: %s", a.StatusCode, a.text)
	}
	if q := location(t, b.press(address, doc, "cancel")).Query(); q.Get("error") != "access_denied" {
		t.Errorf("%v", q)
	}
	_, doc = b.pick(address, "global-admin@sandbox.example")
	if doc.Find("h1").Text() != "Permissions requested" || doc.Find(`label[for="organization"]`).Length() != 1 {
		t.Fatalf("an administrator sees %s", doc.Find("main").Text())
	}
	location(t, b.press(address, doc, "accept"))
	admin := "Principal " + seedID("user global-admin") + ": Reports.Read.All"
	if got := l.grantsOf(seedID("principal portal"), graphPrincipal); !has(got, admin) {
		t.Errorf("without the tick: %v", got)
	}
	if _, doc = b.pick(address, "user@sandbox.example"); doc.Find("h1").Text() != "Need admin approval" {
		t.Error("what an administrator consented to alone counts for others")
	}
}

func TestAdminConsentsForEverybody(t *testing.T) {
	l := newLab(t)
	b := newBrowser(t, l)
	address := l.authorizeURL("scope", "openid Reports.Read.All")
	_, doc := b.pick(address, "global-admin@sandbox.example")
	location(t, b.press(address, doc, "accept", "organization", "yes"))
	got := l.grantsOf(seedID("principal portal"), graphPrincipal)
	if len(got) != 1 || !strings.HasPrefix(got[0], "AllPrincipals: ") || !strings.HasSuffix(got[0], " Reports.Read.All") {
		t.Errorf("grants %v", got)
	}
	b.signIn(address, "user@sandbox.example")
}

// TestWhoMayConsent: app roles of Graph are for two roles alone, delegated permissions for four.
func TestWhoMayConsent(t *testing.T) {
	l := newLab(t)
	_ = l.tenant.write(t.Context(), func(tx *txn) error {
		for name, template := range map[string]string{"approver": roleCloudAppAdmin, "sponsor": rolePrivilegedRoleAdmin} {
			role := clone(tx.roles.get(seedID("role " + template)))
			role.MemberIDs = []string{seedID("user " + name)}
			tx.put(role)
		}
		return nil
	})
	graph := &servicePrincipal{AppID: graphAppID}
	scope := wanted{resource: graph, scope: permissionScope{Type: "Admin"}}
	role := wanted{resource: graph, role: appRole{ID: "x"}}
	other := wanted{resource: &servicePrincipal{AppID: keyVaultAppID}, role: appRole{ID: "x"}}
	for name, want := range map[string][3]bool{
		"global-admin": {true, true, true}, "sponsor": {true, true, true}, "approver": {true, false, true},
		"agent-admin": {}, "agent-dev": {}, "auditor": {}, "user": {},
	} {
		_ = l.tenant.read(func(st *state) error {
			id := seedID("user " + name)
			if got := [3]bool{st.mayConsent(id, scope), st.mayConsent(id, role), st.mayConsent(id, other)}; got != want {
				t.Errorf("%s: %v, want %v", name, got, want)
			}
			return nil
		})
	}
}

func TestPromptConsent(t *testing.T) {
	l := newLab(t)
	b := newBrowser(t, l)
	address := l.authorizeURL("prompt", "consent")
	_, doc := b.pick(address, "user@sandbox.example")
	if doc.Find("h1").Text() != "Permissions requested" || !strings.Contains(doc.Find(".permissions").First().Text(), "User.Read") {
		t.Fatalf("prompt=consent asks %s", doc.Find("main").Text())
	}
	before := l.grantsOf(seedID("principal portal"), graphPrincipal)
	location(t, b.press(address, doc, "accept"))
	if after := l.grantsOf(seedID("principal portal"), graphPrincipal); len(after) != len(before) {
		t.Errorf("consent to what everybody has makes a grant: %v", after)
	}
	hinted := l.authorizeURL("prompt", "consent", "login_hint", "user@sandbox.example")
	if _, doc = b.open(hinted); doc.Find("h1").Text() != "Permissions requested" {
		t.Errorf("a hinted user who is signed in sees %s", doc.Find("h1").Text())
	}
}

func TestSilentRequestsNeedConsent(t *testing.T) {
	l := newLab(t)
	b := newBrowser(t, l)
	b.signIn(l.authorizeURL(), "user@sandbox.example")
	a, _ := b.open(l.authorizeURL("prompt", "none", "scope", "openid Mail.Read"))
	if q := location(t, a).Query(); q.Get("error") != "consent_required" || !strings.HasPrefix(q.Get("error_description"), "AADSTS65001") || q.Has("code") {
		t.Errorf("%v", q)
	}
}

func TestUserConsentSwitch(t *testing.T) {
	l := newLab(t)
	l.send(t, http.MethodPut, "/_sandbox/knobs", `{"userConsent":false}`)
	b := newBrowser(t, l)
	address := l.authorizeURL("scope", "openid Mail.Read")
	if _, doc := b.pick(address, "user@sandbox.example"); doc.Find("h1").Text() != "Need admin approval" || !strings.Contains(doc.Find("main").Text(), "has set a policy") {
		t.Errorf("without user consent: %s", doc.Find("main").Text())
	}
	if _, doc := b.pick(address, "global-admin@sandbox.example"); doc.Find("h1").Text() != "Permissions requested" {
		t.Errorf("an administrator sees %s", doc.Find("h1").Text())
	}
	b.signIn(l.authorizeURL(), "user@sandbox.example") // what is granted stays
}

// TestConsentIsBoundToThePerson: the page asked one person, and another is signed in when it is sent.
func TestConsentIsBoundToThePerson(t *testing.T) {
	l := newLab(t)
	b := newBrowser(t, l)
	address := l.authorizeURL("scope", "openid Mail.Read")
	_, doc := b.pick(address, "user@sandbox.example")
	b.signIn(l.authorizeURL(), "sponsor@sandbox.example")
	a := b.press(address, doc, "accept")
	if a.StatusCode != http.StatusUnprocessableEntity || document(t, a).Find("h1").Text() != "Pick an account" {
		t.Errorf("status %d: %s", a.StatusCode, a.text)
	}
	a = newBrowser(t, l).submit(address, url.Values{"consent": {"accept"}, "user": {seedID("user user")}})
	if document(t, a).Find("h1").Text() != "Pick an account" {
		t.Errorf("without a session: %s", a.text)
	}
	if got := len(l.grantsOf(seedID("principal portal"), graphPrincipal)); got != 1 {
		t.Errorf("%d grants", got)
	}
}

func TestConsentIsInTheJournal(t *testing.T) {
	l := newLab(t)
	b := newBrowser(t, l)
	address := l.authorizeURL("scope", "openid Mail.Read")
	_, doc := b.pick(address, "user@sandbox.example")
	b.press(address, doc, "accept")
	entries, _ := l.get(t, "/_sandbox/journal?after=0").json(t)["entries"].([]any)
	last, _ := entries[len(entries)-1].(map[string]any)
	ids, _ := last["objectIds"].([]any)
	if last["method"] != "POST" || last["status"] != float64(http.StatusFound) || len(ids) != 2 || ids[0] != seedID("user user") {
		t.Errorf("%v", last)
	}
}
