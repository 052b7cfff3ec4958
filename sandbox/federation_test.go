package sandbox

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// managedIdentity asks the stand-in of the metadata service.
func (l *lab) managedIdentity(t testing.TB, query string) answer {
	t.Helper()
	r := request(t, http.MethodGet, l.url+"/_sandbox/managed-identity/token?"+query, nil)
	r.Header.Set("Metadata", "true")
	return l.do(t, r)
}

const exchangeQuery = "api-version=2019-08-01&resource=api%3A%2F%2FAzureADTokenExchange"

// external is a token of an issuer outside Entra.
func (l *lab) external(t testing.TB, issuer, subject, audience string) string {
	t.Helper()
	body, err := json.Marshal(map[string]string{"issuer": issuer, "subject": subject, "audience": audience})
	if err != nil {
		t.Fatal(err)
	}
	token, _ := l.send(t, http.MethodPost, "/_sandbox/federation/token", string(body)).json(t)["token"].(string)
	return token
}

// trust registers federated credentials at an application.
func (l *lab) trust(t testing.TB, appID string, credentials ...*federatedCredential) {
	t.Helper()
	l.write(t, func(tx *txn) {
		a := clone(tx.app(appID))
		a.Federated = credentials
		tx.put(a)
	})
}

func TestManagedIdentity(t *testing.T) {
	l := newLab(t)
	body := l.managedIdentity(t, exchangeQuery).json(t)
	token, _ := body["access_token"].(string)
	want := map[string]any{
		"aud": exchangeAppID, "iss": l.v2Issuer(), "ver": "2.0", "idtyp": "app", "sub": seedID("managed identity"),
		"oid": seedID("managed identity"), "azp": seedID("managed identity client"), "xms_par_app_azp": nil,
	}
	if diff := cmp.Diff(want, claimsIn(t, token, "aud", "iss", "ver", "idtyp", "sub", "oid", "azp", "xms_par_app_azp")); diff != "" {
		t.Errorf("claims (-want +got):\n%s", diff)
	}
	if got := odd(t, token, "xms_idrel"); got != "33 7" {
		t.Errorf("xms_idrel has %s", got)
	}
	for _, name := range []string{"client_id", "expires_in", "expires_on", "ext_expires_in", "not_before", "resource", "token_type"} {
		if text, _ := body[name].(string); text == "" {
			t.Errorf("%s is %v, want a text", name, body[name])
		}
	}
	own := newID()
	for query, subject := range map[string]string{
		exchangeQuery + "%2F.default":         seedID("managed identity"),
		exchangeQuery + "&object_id=" + own:   own,
		exchangeQuery + "&client_id=" + own:   seedID("managed identity " + own),
		"resource=" + exchangeAppID:           seedID("managed identity"),
		"resource=API://azureadtokenexchange": seedID("managed identity"),
	} {
		token, _ := l.managedIdentity(t, query).json(t)["access_token"].(string)
		if got := claimsIn(t, token, "sub")["sub"]; got != subject {
			t.Errorf("%s: sub %v, want %s", query, got, subject)
		}
	}
	r := request(t, http.MethodGet, l.url+"/_sandbox/managed-identity/token?"+exchangeQuery, nil)
	r.Header.Set("X-IDENTITY-HEADER", "x")
	if a := l.do(t, r); a.StatusCode != http.StatusOK {
		t.Errorf("as App Service asks: %s", a.text)
	}
	for name, a := range map[string]answer{
		"no header":      l.get(t, "/_sandbox/managed-identity/token?"+exchangeQuery),
		"other resource": l.managedIdentity(t, "resource=https://graph.microsoft.com"),
		"no resource":    l.managedIdentity(t, ""),
		"no GUID":        l.managedIdentity(t, exchangeQuery+"&object_id=me"),
	} {
		if a.StatusCode != http.StatusBadRequest || a.json(t)["error"] == nil {
			t.Errorf("%s: status %d: %s", name, a.StatusCode, a.text)
		}
	}
}

// TestFederatedAssertion lets a blueprint prove itself by tokens of others, and tells what is wrong
// with those it does not trust.
func TestFederatedAssertion(t *testing.T) {
	l := newLab(t)
	f := newFamily(t, l)
	const github, subject = "https://token.actions.githubusercontent.com", "repo:contoso/agents:ref:refs/heads/main"
	l.trust(t, f.blueprint,
		&federatedCredential{Name: "vm", Issuer: l.v2Issuer(), Subject: seedID("managed identity"), Audiences: []string{exchangeResource}},
		&federatedCredential{Name: "ci", Issuer: github, Subject: subject, Audiences: []string{exchangeResource}},
		&federatedCredential{Name: "lab", Issuer: "https://ci.example", Subject: "lab", Audiences: []string{"api://lab"}},
		&federatedCredential{Name: "app", Issuer: l.v2Issuer(), Subject: l.principalOf(l.info.Client.ClientID), Audiences: []string{exchangeResource}},
		&federatedCredential{Name: "person", Issuer: l.v2Issuer(), Subject: pairwise(l.info.Personas[6].ObjectID, f.blueprint), Audiences: []string{f.blueprint}},
		&federatedCredential{Name: "own", Issuer: l.v2Issuer(), Subject: l.principalOf(l.info.Client.ClientID), Audiences: []string{f.blueprint}},
	)
	mi, _ := l.managedIdentity(t, exchangeQuery).json(t)["access_token"].(string)
	otherMI, _ := l.managedIdentity(t, exchangeQuery+"&object_id="+newID()).json(t)["access_token"].(string)
	clientToken := func(scope string) string {
		return access(t, l.token(t, "grant_type", "client_credentials", "client_id", l.info.Client.ClientID, "client_secret", l.info.Client.ClientSecret, "scope", scope))
	}
	for name, tc := range map[string]struct {
		assertion string
		aadsts    int // 0: accepted
	}{
		"managed identity":           {mi, 0},
		"CI":                         {l.external(t, github, subject, ""), 0},
		"other audience, registered": {l.external(t, "https://ci.example", "lab", "api://lab"), 0},
		"other issuer":               {l.external(t, "https://gitlab.example", subject, ""), 700211},
		"issuer with a slash":        {l.external(t, github+"/", subject, ""), 700211},
		"other audience":             {l.external(t, github, subject, "api://elsewhere"), 700212},
		"other subject":              {l.external(t, github, "repo:contoso/agents:ref:refs/heads/evil", ""), 700213},
		"subject in other case":      {l.external(t, github, "Repo:contoso/agents:ref:refs/heads/main", ""), 700213},
		"other managed identity":     {otherMI, 700213},
		"parts of two credentials":   {l.external(t, github, "lab", ""), 70021},
		"spoilt signature":           {spoil(l.external(t, github, subject, "")), 700027},
		"spoilt managed identity":    {spoil(mi), 700027},
		"an application's token":     {clientToken(exchangeScope), 700222},
		"for another resource":       {clientToken("api://" + f.blueprint + "/.default"), 700227},
		"a person's token":           {f.tc(t, "user"), 700229},
	} {
		t.Run(name, func(t *testing.T) {
			a := l.token(t, "grant_type", "client_credentials", "client_id", f.blueprint, "scope", exchangeScope, "fmi_path", f.agents[0],
				"client_assertion_type", assertionType, "client_assertion", tc.assertion)
			if tc.aadsts != 0 {
				wantRefusal(t, a, 401, "invalid_client", tc.aadsts)
				return
			}
			t1 := access(t, a)
			if got := claimsIn(t, t1, "azp", "azpacr"); got["azp"] != f.blueprint || got["azpacr"] != "2" {
				t.Errorf("T1 %v", got)
			}
			access(t, l.token(t, "grant_type", "client_credentials", "client_id", f.agents[0], "scope", graphDefault,
				"client_assertion_type", assertionType, "client_assertion", t1))
		})
	}
	late := l.external(t, github, subject, "")
	l.clock.advance(11 * time.Minute)
	fields := []string{"grant_type", "client_credentials", "client_id", f.blueprint, "scope", exchangeScope, "client_assertion_type", assertionType, "client_assertion", late}
	wantRefusal(t, l.token(t, fields...), 401, "invalid_client", 700024)
	l.trust(t, f.blueprint)
	wantRefusal(t, l.token(t, fields...), 401, "invalid_client", 70025)
}

// principalOf is the object id of an application's service principal.
func (l *lab) principalOf(appID string) string {
	var id string
	_ = l.tenant.read(func(st *state) error {
		id = st.principal(appID).ID
		return nil
	})
	return id
}

func TestFederationTokensAreGuarded(t *testing.T) {
	l := newLab(t)
	for name, body := range map[string]string{
		"the tenant itself": `{"issuer":"` + l.v2Issuer() + `","subject":"x"}`,
		"its v1 issuer":     `{"issuer":"` + l.v1Issuer() + `","subject":"x"}`,
		"no issuer":         `{"subject":"x"}`,
		"no subject":        `{"issuer":"https://ci.example"}`,
		"no address":        `{"issuer":"me","subject":"x"}`,
		"unknown field":     `{"issuer":"https://ci.example","subject":"x","exp":1}`,
		"no JSON":           `x`,
	} {
		if a := l.send(t, http.MethodPost, "/_sandbox/federation/token", body); a.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: status %d", name, a.StatusCode)
		}
	}
	if a := l.post(t, "/_sandbox/federation/token", "issuer", "https://ci.example", "subject", "x"); a.StatusCode != http.StatusUnsupportedMediaType {
		t.Errorf("a form: status %d", a.StatusCode)
	}
}
