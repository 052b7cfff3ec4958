package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"
	msalerrors "github.com/AzureAD/microsoft-authentication-library-for-go/apps/errors"
	"github.com/google/go-cmp/cmp"
)

// t2 is the seeded agent's own token for the exchange resource.
func (l *lab) t2(t testing.TB) string {
	t.Helper()
	return access(t, l.tr(t, exchangeScope))
}

// atPartner posts to the token endpoint of the other tenant: a good request, with changes as varied
// makes them.
func (l *lab) atPartner(t testing.TB, assertion string, changes ...string) answer {
	t.Helper()
	good := []string{
		"grant_type", "client_credentials", "client_id", l.info.Partner.App.AppID, "scope", graphDefault,
		"client_assertion_type", assertionType, "client_assertion", assertion,
	}
	return l.post(t, "/"+l.info.Partner.TenantID+"/oauth2/v2.0/token", varied(good, changes...)...)
}

// TestPartner: the agent of this tenant signs in as the application of the other, whose token says
// nothing of it and opens nothing here.
func TestPartner(t *testing.T) {
	l := newLab(t)
	p := l.info.Partner
	want := &Partner{seedID("another tenant"), "Tailspin Toys", l.url, PartnerApp{seedID("app of the partner"), "Tailspin intake"}, l.info.Seed.Agent.ID}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Fatalf("info (-want +got):\n%s", diff)
	}
	token := access(t, l.atPartner(t, l.t2(t)))
	claims := map[string]any{
		"iss": l.url + "/" + p.TenantID + "/", "idp": l.url + "/" + p.TenantID + "/", "tid": p.TenantID, "aud": "https://graph.microsoft.com",
		"appid": p.App.AppID, "appidacr": "2", "app_displayname": "Tailspin intake", "idtyp": "app", "ver": "1.0", "roles": nil, "scp": nil, "xms_par_app_azp": nil,
	}
	var names []string
	for name := range claims {
		names = append(names, name)
	}
	if diff := cmp.Diff(claims, claimsIn(t, token, names...)); diff != "" {
		t.Errorf("claims (-want +got):\n%s", diff)
	}
	if odd(t, token, "xms_act_fct") != "3 9" || strings.Contains(strings.Join(strings.Split(token, ".")[1:2], ""), shortGUID(tenantID)) {
		t.Error("the token tells of an agent")
	}
	if a := l.call(t, http.MethodGet, "/v1.0/users", token); a.StatusCode != http.StatusUnauthorized || !strings.Contains(string(a.text), "Invalid issuer") {
		t.Errorf("Graph here: %d %s", a.StatusCode, a.text)
	}
	if a := l.call(t, http.MethodGet, listSubscriptions, token); a.StatusCode != http.StatusUnauthorized || armCode(t, a) != "InvalidAuthenticationTokenTenant" {
		t.Errorf("Azure here: %d %s", a.StatusCode, a.text)
	}
	if a := l.call(t, http.MethodGet, "/echo", token); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("echo: %d %s", a.StatusCode, a.text)
	}
	var journal struct {
		Entries []struct{ Path, Caller string }
	}
	if err := json.Unmarshal(l.get(t, "/_sandbox/journal").text, &journal); err != nil {
		t.Fatal(err)
	}
	found := false
	for _, e := range journal.Entries {
		found = found || e.Caller == p.App.AppID && strings.HasPrefix(e.Path, "/"+p.TenantID+"/")
	}
	if !found {
		t.Error("no entry of the journal")
	}
	l.send(t, http.MethodPost, "/_sandbox/reset", `{"seed":"empty"}`)
	if body := l.get(t, "/_sandbox/info").json(t); body["partner"] != nil {
		t.Errorf("partner without an agent: %v", body["partner"])
	}
}

// TestPartnerRefusals: what the other tenant says to everything else, in Entra's codes.
func TestPartnerRefusals(t *testing.T) {
	l := newLab(t)
	b, t2, other := l.info.Seed.Blueprint, l.t2(t), newFamily(t, l)
	claim := func(change func(*claims)) string {
		return l.sealed(t, func(c *claims) {
			c.Audience, c.Subject, c.Party, c.Roles = exchangeAppID, l.info.Seed.Agent.ID, l.info.Seed.Agent.ID, nil
			change(c)
		})
	}
	for name, tc := range map[string]struct {
		assertion string
		changes   []string
		status    int
		code      string
		aadsts    int
	}{
		"T1":                      {l.t1(t), nil, 401, "invalid_client", 700213},
		"T2 of another agent":     {other.t2Of(t, 0), nil, 401, "invalid_client", 700213},
		"a managed identity":      {l.managedIdentity(t, exchangeQuery).json(t)["access_token"].(string), nil, 401, "invalid_client", 700213},
		"the agent's Graph token": {access(t, l.tr(t, graphDefault)), nil, 401, "invalid_client", 700211},
		"another issuer":          {l.external(t, "https://token.actions.githubusercontent.com", l.info.Seed.Agent.ID, exchangeResource), nil, 401, "invalid_client", 700211},
		"the other tenant's own":  {claim(func(c *claims) { c.Issuer = l.partnerV2Issuer() }), nil, 401, "invalid_client", 700211},
		"another audience":        {access(t, l.tr(t, l.info.Echo.Scope)), nil, 401, "invalid_client", 700212},
		"expired":                 {claim(func(c *claims) { c.Expires = l.clock.Now().Add(-6 * time.Minute).Unix() }), nil, 401, "invalid_client", 700024},
		"not yet valid":           {claim(func(c *claims) { c.NotBefore = l.clock.Now().Add(6 * time.Minute).Unix() }), nil, 401, "invalid_client", 700024},
		"changed":                 {spoil(t2), nil, 401, "invalid_client", 700027},
		"of a person":             {claim(func(c *claims) { c.IDType, c.Scopes = "user", "x" }), nil, 401, "invalid_client", 700229},
		"signed by itself":        {claim(func(c *claims) { c.Issuer, c.Subject = partnerAppID(), partnerAppID() }), nil, 401, "invalid_client", 700027},
		"no JWT":                  {"abc", nil, 400, "invalid_request", 9002313},
		"no credential":           {"", []string{"client_assertion", "-"}, 401, "invalid_client", 7000216},
		"a secret":                {"", []string{"client_assertion", "-", "client_secret", b.ClientSecret}, 401, "invalid_client", 7000215},
		"two credentials":         {t2, []string{"client_secret", "x"}, 400, "invalid_request", 9002324},
		"no assertion type":       {t2, []string{"client_assertion_type", "-"}, 400, "invalid_request", 900144},
		"another assertion type":  {t2, []string{"client_assertion_type", "urn:x"}, 400, "invalid_request", 9002313},
		"an unknown application":  {t2, []string{"client_id", newID()}, 400, "unauthorized_client", 700016},
		"the agent itself":        {t2, []string{"client_id", l.info.Seed.Agent.ID}, 400, "unauthorized_client", 700016},
		"an application of ours":  {t2, []string{"client_id", l.info.Client.ClientID}, 400, "unauthorized_client", 700016},
		"password":                {t2, []string{"grant_type", "password"}, 400, "unsupported_grant_type", 70003},
		"on behalf of":            {t2, []string{"grant_type", grantOnBehalfOf}, 400, "unsupported_grant_type", 70003},
		"agent user":              {t2, []string{"grant_type", grantAgentUser}, 400, "unsupported_grant_type", 70003},
		"no grant":                {t2, []string{"grant_type", "-"}, 400, "invalid_request", 900144},
		"no scope":                {t2, []string{"scope", "-"}, 400, "invalid_request", 900144},
		"a single permission":     {t2, []string{"scope", "https://graph.microsoft.com/User.Read"}, 400, "invalid_scope", 1002012},
		"two resources":           {t2, []string{"scope", graphDefault + " https://vault.azure.net/.default"}, 400, "invalid_request", 700022},
		"a resource it lacks":     {t2, []string{"scope", "https://vault.azure.net/.default"}, 400, "invalid_resource", 500011},
		"an API of ours":          {t2, []string{"scope", l.info.Echo.Scope}, 400, "invalid_resource", 500011},
		"the exchange resource":   {t2, []string{"scope", exchangeScope}, 400, "invalid_resource", 500011},
		"an FMI path":             {t2, []string{"fmi_path", l.info.Seed.Agent.ID}, 400, "invalid_scope", 70011},
	} {
		t.Run(name, func(t *testing.T) {
			a := l.atPartner(t, tc.assertion, tc.changes...)
			body := a.json(t)
			codes, _ := body["error_codes"].([]any)
			if a.StatusCode != tc.status || body["error"] != tc.code || len(codes) != 1 || codes[0] != float64(tc.aadsts) {
				t.Errorf("%d %s, want %d %s %d", a.StatusCode, a.text, tc.status, tc.code, tc.aadsts)
			}
			if text, _ := body["error_description"].(string); (tc.aadsts == 700016 || tc.aadsts == 500011) && !strings.Contains(text, "Tailspin Toys") {
				t.Errorf("which directory? %s", text)
			}
		})
	}
	t.Run("here", func(t *testing.T) {
		a := l.token(t, "grant_type", "client_credentials", "client_id", l.info.Partner.App.AppID, "scope", graphDefault,
			"client_assertion_type", assertionType, "client_assertion", t2)
		if a.StatusCode != 400 || !strings.Contains(string(a.text), "AADSTS700016") {
			t.Errorf("the application is known here: %d %s", a.StatusCode, a.text)
		}
		// At home the same trust is worth nothing: Entra's own tokens are no credential of another application.
		l.trust(t, l.info.Client.ClientID, &federatedCredential{Issuer: l.v2Issuer(), Subject: l.info.Seed.Agent.ID, Audiences: []string{exchangeResource}})
		a = l.token(t, "grant_type", "client_credentials", "client_id", l.info.Client.ClientID, "scope", graphDefault,
			"client_assertion_type", assertionType, "client_assertion", t2)
		if a.StatusCode != 401 || !strings.Contains(string(a.text), "AADSTS700222") {
			t.Errorf("T2 for an application of ours: %d %s", a.StatusCode, a.text)
		}
	})
	t.Run("other requests", func(t *testing.T) {
		for path, want := range map[string]int{
			"/oauth2/v2.0/token": 405, "/oauth2/v2.0/authorize": 404, "/oauth2/token": 404, "/v2.0/adminconsent": 404, "": 404,
		} {
			if a := l.get(t, "/"+l.info.Partner.TenantID+path); a.StatusCode != want {
				t.Errorf("%s: %d, want %d", path, a.StatusCode, want)
			}
		}
	})
}

// TestPartnerTakesTheAgentAtItsWord: what the other tenant checks is the token, not the directory it
// came from. OIDC scopes and every name of Graph are as at home.
func TestPartnerTakesTheAgentAtItsWord(t *testing.T) {
	l := newLab(t)
	t2 := l.t2(t)
	l.write(t, func(tx *txn) {
		p := clone(tx.principals.get(l.info.Seed.Agent.ID))
		p.AccountEnabled = false
		tx.put(p)
	})
	for _, scope := range []string{graphDefault, graphDefault + " openid offline_access profile", "https://graph.microsoft.com//.default", graphAppID + "/.default"} {
		access(t, l.atPartner(t, t2, "scope", scope))
	}
	l.clock.advance(2 * time.Hour)
	if a := l.atPartner(t, t2); !strings.Contains(string(a.text), "AADSTS700024") {
		t.Errorf("after two hours: %d %s", a.StatusCode, a.text)
	}
}

// TestPartnerDiscovery: documents with the other tenant's issuers, and the keys that all tenants share.
func TestPartnerDiscovery(t *testing.T) {
	l := newLab(t)
	base := l.url + "/" + l.info.Partner.TenantID
	for path, want := range map[string]map[string]any{
		"/v2.0/.well-known/openid-configuration": {"issuer": base + "/v2.0", "jwks_uri": base + "/discovery/v2.0/keys"},
		"/.well-known/openid-configuration":      {"issuer": base + "/", "jwks_uri": base + "/discovery/keys"},
	} {
		doc := l.get(t, "/"+strings.ToUpper(l.info.Partner.TenantID)+path).json(t)
		want["token_endpoint"], want["authorization_endpoint"] = base+"/oauth2/v2.0/token", base+"/oauth2/v2.0/authorize"
		for name, value := range want {
			if doc[name] != value {
				t.Errorf("%s: %s is %v, want %v", path, name, doc[name], value)
			}
		}
		for _, name := range []string{"userinfo_endpoint", "device_authorization_endpoint", "end_session_endpoint"} {
			if _, there := doc[name]; there {
				t.Errorf("%s announces a %s", path, name)
			}
		}
		keys := func(address string) (ids []any, issuer any) {
			for _, key := range l.get(t, strings.TrimPrefix(address, l.url)).json(t)["keys"].([]any) {
				k := key.(map[string]any)
				ids, issuer = append(ids, k["kid"]), k["issuer"]
			}
			return ids, issuer
		}
		theirs, issuer := keys(doc["jwks_uri"].(string))
		ours, _ := keys(l.url + "/" + tenantID + "/discovery/v2.0/keys")
		if diff := cmp.Diff(ours, theirs); diff != "" || issuer != want["issuer"] {
			t.Errorf("keys of %v (-ours +theirs):\n%s", issuer, diff)
		}
	}
}

// TestMSALCrossesTenants: the chain as a program writes it, T2 of this tenant as the assertion of the
// other's application.
func TestMSALCrossesTenants(t *testing.T) {
	m := newMSALLab(t)
	agent := m.agentClient(t)
	partner, err := confidential.New(m.url+"/"+m.info.Partner.TenantID, m.info.Partner.App.AppID, confidential.NewCredFromAssertionCallback(
		func(ctx context.Context, _ confidential.AssertionRequestOptions) (string, error) {
			t2, err := agent.AcquireTokenByCredential(ctx, []string{exchangeScope})
			return t2.AccessToken, err
		}), confidential.WithHTTPClient(m.http), confidential.WithInstanceDiscovery(false))
	if err != nil {
		t.Fatal(err)
	}
	result, err := partner.AcquireTokenByCredential(t.Context(), []string{graphDefault})
	if err != nil {
		t.Fatal(err)
	}
	if got := claimsIn(t, result.AccessToken, "tid")["tid"]; got != m.info.Partner.TenantID {
		t.Errorf("tid %v", got)
	}
	_, err = partner.AcquireTokenByCredential(t.Context(), []string{"https://vault.azure.net/.default"})
	var refused msalerrors.CallErr
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), "AADSTS500011") {
		t.Errorf("another resource: %v", err)
	}
}
