package sandbox

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

const agentReply = "https://app.example/consented"

// agentURL is a request for consent of the seeded agent; changes come in pairs, "-" takes away.
func (l *lab) agentURL(changes ...string) string {
	return l.authorizeURL(append([]string{
		"client_id", l.info.Seed.Agent.ID, "redirect_uri", agentReply, "response_type", "none", "response_mode", "query",
		"scope", "User.Read", "nonce", "-", "code_challenge", "-", "code_challenge_method", "-",
	}, changes...)...)
}

// registerReply puts the reply address on the seeded blueprint.
func (l *lab) registerReply(t *testing.T) {
	t.Helper()
	if err := l.tenant.write(t.Context(), func(tx *txn) error {
		a := clone(tx.app(l.info.Seed.Blueprint.AppID))
		a.WebRedirectURIs = []string{agentReply}
		tx.put(a)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func TestConsentForAnAgent(t *testing.T) {
	l := newLab(t)
	l.registerReply(t)
	agent, user := l.info.Seed.Agent.ID, seedID("user user")
	b := newBrowser(t, l)
	address := l.agentURL("scope", "User.Read Mail.Read")
	_, doc := b.pick(address, "user@sandbox.example")
	if text := doc.Find("main").Text(); !strings.Contains(text, "The agent identity Invoice helper 01") {
		t.Fatalf("page %q", text)
	}
	reply := location(t, b.press(address, doc, "accept"))
	if q := reply.Query(); q.Get("state") != "the state" || len(q) != 1 || !strings.HasPrefix(reply.String(), agentReply+"?") {
		t.Errorf("sent to %s, want the state alone: no token comes back", reply)
	}
	var all string
	for _, text := range l.grantsOf(agent, graphPrincipal) {
		if strings.HasPrefix(text, "Principal "+user) {
			all += text
		}
	}
	if !strings.Contains(all, "Mail.Read") {
		t.Errorf("grants %v", l.grantsOf(agent, graphPrincipal))
	}
	reply = b.signIn(address, "user@sandbox.example") // nothing is left to ask
	if reply.Query().Has("code") {
		t.Errorf("sent to %s", reply)
	}
	address = l.agentURL("scope", "Calendars.Read")
	_, doc = b.pick(address, "user@sandbox.example")
	if q := location(t, b.press(address, doc, "cancel")).Query(); q.Get("error") != "access_denied" {
		t.Errorf("declined: %v", q)
	}
}

func TestConsentForABlueprint(t *testing.T) {
	l := newLab(t)
	l.registerReply(t)
	b := newBrowser(t, l)
	address := l.agentURL("client_id", l.info.Seed.Blueprint.AppID, "scope", "Mail.Read")
	_, doc := b.pick(address, "global-admin@sandbox.example")
	location(t, b.press(address, doc, "accept", "organization", "yes"))
	if got := l.grantsOf(l.info.Seed.Blueprint.PrincipalID, graphPrincipal); !strings.Contains(strings.Join(got, "\n"), "AllPrincipals: ") || !strings.Contains(strings.Join(got, " "), "Mail.Read") {
		t.Errorf("grants %v", got)
	}
	// With the switch off it is the child identities that nobody consents for, not their blueprint.
	l.send(t, http.MethodPut, "/_sandbox/knobs", `{"agentConsent":false}`)
	b.signIn(address, "global-admin@sandbox.example")
}

func TestAgentsSignNobodyIn(t *testing.T) {
	l := newLab(t)
	l.registerReply(t)
	for name, tc := range map[string]struct{ address, code, aadsts string }{
		"code":          {l.agentURL("response_type", "code"), "invalid_request", "AADSTS82018"},
		"id_token":      {l.agentURL("response_type", "id_token"), "invalid_request", "AADSTS82018"},
		"token":         {l.agentURL("response_type", "token"), "invalid_request", "AADSTS82018"},
		"blueprint":     {l.agentURL("client_id", l.info.Seed.Blueprint.AppID, "response_type", "code"), "invalid_request", "AADSTS82018"},
		"blocked":       {l.agentURL("scope", "Directory.AccessAsUser.All"), "invalid_scope", "AADSTS70011"},
		"unknown scope": {l.agentURL("scope", "Nothing.Read"), "invalid_client", "AADSTS650053"},
	} {
		a, _ := newBrowser(t, l).open(tc.address)
		q := location(t, a).Query()
		if q.Get("error") != tc.code || !strings.HasPrefix(q.Get("error_description"), tc.aadsts+":") || q.Get("state") != "the state" {
			t.Errorf("%s: %v", name, q)
		}
	}
}

// TestConsentForAnAgentSwitch: the other reading of the documents refuses every interactive consent.
func TestConsentForAnAgentSwitch(t *testing.T) {
	l := newLab(t)
	wrong := l.agentURL("redirect_uri", "https://elsewhere.example/")
	a, doc := newBrowser(t, l).open(wrong)
	if a.StatusCode != http.StatusBadRequest || a.Header.Get("Location") != "" || !strings.Contains(doc.Find("dl").Text(), "AADSTS82014") {
		t.Errorf("an address the blueprint does not have: status %d, location %q", a.StatusCode, a.Header.Get("Location"))
	}
	l.registerReply(t)
	l.send(t, http.MethodPut, "/_sandbox/knobs", `{"agentConsent":false}`)
	a, _ = newBrowser(t, l).open(l.agentURL())
	if q := location(t, a).Query(); !strings.HasPrefix(q.Get("error_description"), "AADSTS82014:") {
		t.Errorf("with the switch: %v", q)
	}
}

// adminURL is a request to the admin consent page; changes come in pairs, "-" takes away.
func (l *lab) adminURL(changes ...string) string {
	q := url.Values{
		"client_id": {l.info.Seed.Agent.ID}, "redirect_uri": {tokenAuthorize}, "state": {"the state"},
		"scope": {"Mail.Read https://graph.microsoft.com/Calendars.Read"}, "role": {"Application.Read.All"},
	}
	for i := 0; i < len(changes); i += 2 {
		if changes[i+1] == "-" {
			q.Del(changes[i])
		} else {
			q.Set(changes[i], changes[i+1])
		}
	}
	return l.url + "/" + l.info.TenantID + "/v2.0/adminconsent?" + q.Encode()
}

func TestAdminConsent(t *testing.T) {
	l := newLab(t)
	b := newBrowser(t, l)
	address := l.adminURL()
	a, doc := b.pick(address, "global-admin@sandbox.example")
	text := doc.Find("main").Text()
	if doc.Find("h1").Text() != "Permissions requested" || !strings.Contains(text, "Application.Read.All of Microsoft Graph, as an application") || !strings.Contains(text, "Calendars.Read") {
		t.Fatalf("status %d: %s", a.StatusCode, text)
	}
	reply := location(t, b.press(address, doc, "accept"))
	q := reply.Query()
	if !strings.HasPrefix(reply.String(), tokenAuthorize+"?") || q.Get("admin_consent") != "True" || q.Get("tenant") != l.info.TenantID || q.Get("state") != "the state" ||
		q.Get("scope") != "https://graph.microsoft.com/Mail.Read https://graph.microsoft.com/Calendars.Read" {
		t.Errorf("sent to %s", reply)
	}
	_, claims := decode(t, access(t, l.tr(t, "https://graph.microsoft.com/.default")))
	if roles, _ := claims["roles"].([]any); !slices.Contains(roles, any("Application.Read.All")) {
		t.Errorf("roles %v", claims["roles"])
	}
	for _, want := range []string{"Mail.Read", "Calendars.Read"} {
		if got := strings.Join(l.grantsOf(l.info.Seed.Agent.ID, graphPrincipal), " "); !strings.Contains(got, want) {
			t.Errorf("grants %s", got)
		}
	}
	_, doc = b.pick(address, "global-admin@sandbox.example")
	location(t, b.press(address, doc, "accept")) // twice is once
	var held int
	_ = l.tenant.read(func(st *state) error {
		for _, given := range st.assignedByPrincipal.of(l.info.Seed.Agent.ID) {
			if role, _ := st.principals.get(graphPrincipal).role(given.AppRoleID); role.Value == "Application.Read.All" {
				held++
			}
		}
		return nil
	})
	if held != 1 {
		t.Errorf("%d assignments of one role", held)
	}
}

func TestAdminConsentIsForAdministrators(t *testing.T) {
	l := newLab(t)
	b := newBrowser(t, l)
	address := l.adminURL()
	_, doc := b.pick(address, "agent-admin@sandbox.example")
	if doc.Find("h1").Text() != "Need admin approval" || !strings.Contains(doc.Find("main").Text(), "AADSTS90094") {
		t.Fatalf("page %s", doc.Find("main").Text())
	}
	a := b.submit(address, url.Values{"consent": {"accept"}, "user": {seedID("user agent-admin")}})
	if document(t, a).Find("h1").Text() != "Need admin approval" || strings.Contains(strings.Join(l.grantsOf(l.info.Seed.Agent.ID, graphPrincipal), " "), "Mail.Read") {
		t.Errorf("a form written by hand: status %d: %s", a.StatusCode, a.text)
	}
	_, doc = b.pick(address, "global-admin@sandbox.example")
	q := location(t, b.press(address, doc, "cancel")).Query()
	if q.Get("error") != "access_denied" || q.Get("admin_consent") != "True" || q.Get("state") != "the state" || !strings.HasPrefix(q.Get("error_description"), "AADSTS65004") {
		t.Errorf("declined: %v", q)
	}
}

func TestAdminConsentRefusals(t *testing.T) {
	l := newLab(t)
	shown := map[string]struct{ address, aadsts string }{
		"no client":     {l.adminURL("client_id", "-"), "AADSTS900144"},
		"stranger":      {l.adminURL("client_id", newID()), "AADSTS700016"},
		"other address": {l.adminURL("redirect_uri", "https://elsewhere.example/"), "AADSTS50011"},
		"no address":    {l.adminURL("client_id", seedID("app bare")), "AADSTS500113"},
		"wrong tenant":  {strings.Replace(l.adminURL(), l.info.TenantID, "fabrikam.example", 1), "AADSTS90002"},
	}
	_ = l.tenant.write(t.Context(), func(tx *txn) error {
		seeder{tx, l.o}.app("bare", "Bare", nil, nil)
		return nil
	})
	for name, tc := range shown {
		a, doc := newBrowser(t, l).open(tc.address)
		if a.StatusCode != http.StatusBadRequest || a.Header.Get("Location") != "" || !strings.Contains(doc.Find("dl").Text(), tc.aadsts) {
			t.Errorf("%s: status %d, page lacks %s", name, a.StatusCode, tc.aadsts)
		}
	}
	for name, tc := range map[string]struct{ address, aadsts string }{
		"nothing asked": {l.adminURL("scope", "-", "role", "-"), "AADSTS900144"},
		"unknown scope": {l.adminURL("scope", "Nothing.Read"), "AADSTS650053"},
		"unknown role":  {l.adminURL("role", "Nothing.Do"), "AADSTS650053"},
		"blocked role":  {l.adminURL("role", "Files.Read.All"), "AADSTS70011"},
		"no resource":   {l.adminURL("role", "https://nobody.example/Do"), "AADSTS500011"},
	} {
		a, _ := newBrowser(t, l).open(tc.address)
		if q := location(t, a).Query(); !strings.HasPrefix(q.Get("error_description"), tc.aadsts+":") || q.Get("state") != "the state" {
			t.Errorf("%s: %v", name, q)
		}
	}
}

// TestAdminConsentToTheRegistration: /.default, and the older address, ask for what is registered.
func TestAdminConsentToTheRegistration(t *testing.T) {
	for _, older := range []bool{false, true} {
		l := newLab(t)
		_ = l.tenant.write(t.Context(), func(tx *txn) error {
			a := clone(tx.app(l.info.Portal.ClientID))
			role, _ := tx.principals.get(graphPrincipal).scope("Mail.Read")
			app := tx.principals.get(graphPrincipal).AppRoles
			a.Extra = map[string]json.RawMessage{"requiredResourceAccess": json.RawMessage(`[{"resourceAppId":"` + graphAppID + `","resourceAccess":[
				{"id":"` + role.ID + `","type":"Scope"},{"id":"` + app[0].ID + `","type":"Role"}]}]`)}
			tx.put(a)
			return nil
		})
		b := newBrowser(t, l)
		address := l.adminURL("client_id", l.info.Portal.ClientID, "redirect_uri", "-", "role", "-", "scope", "https://graph.microsoft.com/.default")
		if older {
			address = strings.Replace(l.adminURL("client_id", l.info.Portal.ClientID, "redirect_uri", "-", "role", "-", "scope", "-"), l.info.TenantID+"/v2.0/", "common/", 1)
		}
		_, doc := b.pick(address, "global-admin@sandbox.example")
		if n := doc.Find(".permissions li").Length(); n != 2 {
			t.Fatalf("%d permissions: %s", n, doc.Find("main").Text())
		}
		reply := location(t, b.press(address, doc, "accept"))
		if !strings.HasPrefix(reply.String(), l.info.Portal.RedirectURI+"?") || !strings.Contains(reply.Query().Get("scope"), "Mail.Read") {
			t.Errorf("sent to %s", reply)
		}
		if got := strings.Join(l.grantsOf(seedID("principal portal"), graphPrincipal), " "); !strings.Contains(got, "Mail.Read") {
			t.Errorf("grants %s", got)
		}
	}
}
