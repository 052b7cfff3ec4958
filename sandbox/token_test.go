package sandbox

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// basics are the fields of a good T1 request; a case changes some: value "-" takes a field away.
func (l *lab) basics(changes ...string) []string {
	b := l.info.Seed.Blueprint
	fields := map[string]string{
		"grant_type": "client_credentials", "client_id": b.AppID, "client_secret": b.ClientSecret,
		"scope": exchangeScope, "fmi_path": l.info.Seed.Agent.ID,
	}
	var extra []string
	for i := 0; i < len(changes); i += 2 {
		name, value := changes[i], changes[i+1]
		switch {
		case value == "-":
			delete(fields, name)
		case strings.HasPrefix(name, "+"):
			extra = append(extra, name[1:], value)
		default:
			fields[name] = value
		}
	}
	var out []string
	for name, value := range fields {
		out = append(out, name, value)
	}
	return append(out, extra...)
}

func TestClientCredentialsAnswers(t *testing.T) {
	l := newLab(t)
	b := l.info.Seed.Blueprint
	for name, tc := range map[string]struct {
		fields []string
		want   map[string]any // claims
	}{
		"T1":                         {l.basics(), map[string]any{"aud": exchangeAppID, "azp": b.AppID, "azpacr": "1", "idtyp": "app"}},
		"T1 with MSAL's scopes":      {l.basics("scope", exchangeScope+" openid offline_access profile"), map[string]any{"aud": exchangeAppID}},
		"exchange scope in any case": {l.basics("scope", "api://azureadtokenexchange/.default"), map[string]any{"aud": exchangeAppID}},
		"unknown parameters":         {l.basics("x-anything", "1", "resource", "https://vault.azure.net"), map[string]any{"aud": exchangeAppID}},
		"blueprint at Graph":         {l.basics("scope", "https://graph.microsoft.com/.default", "fmi_path", "-"), map[string]any{"aud": graphResource, "appid": b.AppID, "oid": b.PrincipalID, "sub": b.PrincipalID}},
		"upper case client id":       {l.basics("client_id", strings.ToUpper(b.AppID)), map[string]any{"azp": b.AppID}},
		"FMI path of another kind":   {l.basics("fmi_path", "workspaces/7/users/ann"), map[string]any{"aud": exchangeAppID}},
		"ordinary app": {
			[]string{"grant_type", "client_credentials", "client_id", l.info.Client.ClientID, "client_secret", l.info.Client.ClientSecret, "scope", "https://vault.azure.net/.default"},
			map[string]any{"aud": "https://vault.azure.net", "ver": "1.0", "appid": l.info.Client.ClientID},
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := l.token(t, tc.fields...)
			body := a.json(t)
			if a.Header.Get("x-ms-request-id") == "" || a.Header.Get("Cache-Control") != "no-store, no-cache" {
				t.Errorf("headers %v", a.Header)
			}
			if body["token_type"] != "Bearer" || body["expires_in"] != float64(3599) || body["ext_expires_in"] != float64(3599) || body["scope"] != nil {
				t.Errorf("answer %s", a.text)
			}
			_, claims := decode(t, access(t, a))
			for claim, want := range tc.want {
				if diff := cmp.Diff(want, claims[claim]); diff != "" {
					t.Errorf("%s (-want +got):\n%s", claim, diff)
				}
			}
		})
	}
}

func TestClientCredentialsByBasic(t *testing.T) {
	l := newLab(t)
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {"https://graph.microsoft.com/.default"}}
	for name, tc := range map[string]struct {
		secret string
		extra  string
		status int
	}{
		"right":           {l.info.Client.ClientSecret, "", 200},
		"wrong":           {"SANDBOX~wrong", "", 401},
		"two credentials": {l.info.Client.ClientSecret, "&client_secret=x", 400},
	} {
		t.Run(name, func(t *testing.T) {
			r := request(t, http.MethodPost, l.url+"/"+l.info.Domain+"/oauth2/v2.0/token", strings.NewReader(form.Encode()+tc.extra))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.SetBasicAuth(url.QueryEscape(l.info.Client.ClientID), url.QueryEscape(tc.secret))
			if a := l.do(t, r); a.StatusCode != tc.status {
				t.Errorf("status %d, want %d: %s", a.StatusCode, tc.status, a.text)
			}
		})
	}
}

func TestAgentGetsResourceToken(t *testing.T) {
	l := newLab(t)
	for scope, of := range map[string]struct {
		aud   string
		roles any
	}{
		"https://graph.microsoft.com/.default": {graphResource, []any{"GroupMember.Read.All"}},
		"https://vault.azure.net/.default":     {"https://vault.azure.net", nil},
		exchangeScope:                          {exchangeAppID, nil},
	} {
		_, claims := decode(t, access(t, l.tr(t, scope)))
		got := map[string]any{"aud": claims["aud"], "oid": claims["oid"], "sub": claims["sub"], "par": claims["xms_par_app_azp"], "roles": claims["roles"]}
		want := map[string]any{"aud": of.aud, "oid": l.info.Seed.Agent.ID, "sub": l.info.Seed.Agent.ID, "par": l.info.Seed.Blueprint.AppID, "roles": of.roles}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", scope, diff)
		}
	}
}

func TestRolesAreEffective(t *testing.T) {
	l := newLab(t)
	b := l.info.Seed.Blueprint
	if err := l.tenant.write(t.Context(), func(tx *txn) error {
		tx.put(&appRoleAssignment{
			meta: meta{ID: newID()}, PrincipalID: l.info.Seed.Agent.ID, PrincipalType: "ServicePrincipal",
			ResourceID: tx.principal(graphAppID).ID, AppRoleID: "b2b8f011-2898-4234-9092-5059f6c1ebfa",
		})
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	_, agent := decode(t, access(t, l.tr(t, "https://graph.microsoft.com/.default")))
	if diff := cmp.Diff([]any{"AgentIdentity.Read.All", "GroupMember.Read.All"}, agent["roles"]); diff != "" {
		t.Errorf("agent (-want +got):\n%s", diff)
	}
	_, blueprint := decode(t, access(t, l.token(t, "grant_type", "client_credentials", "client_id", b.AppID, "client_secret", b.ClientSecret, "scope", "https://graph.microsoft.com/.default")))
	if diff := cmp.Diff([]any{createAsManager}, blueprint["roles"]); diff != "" {
		t.Errorf("blueprint (-want +got):\n%s", diff)
	}
}

// refusalText is the shape of an error_description: parts separated by single spaces.
var refusalText = regexp.MustCompile(`^AADSTS(\d+): \S.*\S Trace ID: [0-9a-f-]{36} Correlation ID: [0-9a-f-]{36} Timestamp: \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$`)

// wantRefusal checks an error body.
func wantRefusal(t *testing.T, a answer, status int, code string, aadsts int) {
	t.Helper()
	body := a.json(t)
	if a.StatusCode != status || body["error"] != code || !cmp.Equal(body["error_codes"], []any{float64(aadsts)}) {
		t.Errorf("got %d %v %v, want %d %s [%d]: %s", a.StatusCode, body["error"], body["error_codes"], status, code, aadsts, a.text)
	}
	text, _ := body["error_description"].(string)
	if !refusalText.MatchString(text) || strings.Contains(text, "  ") || strings.ContainsAny(text, "\r\n") {
		t.Errorf("error_description %q", text)
	}
	if id := a.Header.Get("x-ms-request-id"); id != "" && id != body["trace_id"] {
		t.Errorf("x-ms-request-id %s is not the trace id %v", id, body["trace_id"])
	}
	uri, _ := body["error_uri"].(string)
	if !strings.HasSuffix(uri, "/error?code="+strconv.Itoa(aadsts)) {
		t.Errorf("error_uri %q", uri)
	}
	for _, name := range []string{"timestamp", "trace_id", "correlation_id"} {
		if value, _ := body[name].(string); value == "" || !strings.Contains(text, value) {
			t.Errorf("%s %q is not in %q", name, value, text)
		}
	}
}

func TestTokenRefusals(t *testing.T) {
	l := newLab(t)
	agent, b := l.info.Seed.Agent.ID, l.info.Seed.Blueprint
	t1 := l.t1(t)
	graphToken := access(t, l.token(t, l.basics("scope", "https://graph.microsoft.com/.default", "fmi_path", "-")...))
	noPath := access(t, l.token(t, l.basics("fmi_path", "-")...))
	asAgent := func(assertion string, changes ...string) []string {
		return l.basics(append([]string{
			"client_id", agent, "client_secret", "-", "fmi_path", "-", "client_assertion_type", assertionType,
			"client_assertion", assertion, "scope", "https://graph.microsoft.com/.default",
		}, changes...)...)
	}
	for name, tc := range map[string]struct {
		fields []string
		status int
		code   string
		aadsts int
	}{
		"wrong secret":            {l.basics("client_secret", "SANDBOX~wrong"), 401, "invalid_client", 7000215},
		"agent with a secret":     {l.basics("client_id", agent, "fmi_path", "-"), 401, "invalid_client", 7000215},
		"no credential":           {l.basics("client_secret", "-"), 401, "invalid_client", 7000216},
		"no credential, code":     {l.basics("client_secret", "-", "grant_type", "authorization_code"), 401, "invalid_client", 7000218},
		"secret twice":            {l.basics("+client_secret", "x"), 400, "invalid_request", 9002324},
		"secret and assertion":    {l.basics("client_assertion", t1), 400, "invalid_request", 9002324},
		"scope twice":             {l.basics("+scope", "x"), 400, "invalid_request", 9000411},
		"no client":               {l.basics("client_id", "-"), 400, "invalid_request", 900144},
		"no grant":                {l.basics("grant_type", "-"), 400, "invalid_request", 900144},
		"no scope":                {l.basics("scope", "-"), 400, "invalid_request", 900144},
		"empty FMI path":          {l.basics("fmi_path", ""), 400, "invalid_request", 900144},
		"FMI path, Graph":         {l.basics("scope", "https://graph.microsoft.com/.default"), 400, "invalid_scope", 70011},
		"FMI path of a stranger":  {l.basics("fmi_path", b.PrincipalID), 400, "unauthorized_client", 700016},
		"FMI path of an agent":    {asAgent(t1, "fmi_path", agent), 400, "unauthorized_client", 82001},
		"unknown client":          {l.basics("client_id", "11111111-1111-4111-8111-111111111111"), 400, "unauthorized_client", 700016},
		"unknown grant":           {l.basics("grant_type", "password2"), 400, "unsupported_grant_type", 70003},
		"not .default":            {l.basics("scope", "https://graph.microsoft.com/User.Read", "fmi_path", "-"), 400, "invalid_scope", 1002012},
		"only OIDC scopes":        {l.basics("scope", "openid profile", "fmi_path", "-"), 400, "invalid_scope", 1002012},
		"two resources":           {l.basics("scope", exchangeScope+" https://graph.microsoft.com/.default"), 400, "invalid_request", 700022},
		"unknown resource":        {l.basics("scope", "https://nobody.example/.default", "fmi_path", "-"), 400, "invalid_resource", 500011},
		"blueprint at Azure AI":   {l.basics("scope", "https://cognitiveservices.azure.com/.default", "fmi_path", "-"), 400, "unauthorized_client", 82001},
		"blueprint at a vault":    {l.basics("scope", "https://vault.azure.net/.default", "fmi_path", "-"), 400, "unauthorized_client", 82001},
		"no assertion type":       {asAgent(t1, "client_assertion_type", "-"), 400, "invalid_request", 900144},
		"wrong assertion type":    {asAgent(t1, "client_assertion_type", "saml"), 400, "invalid_request", 9002313},
		"assertion is no JWT":     {asAgent("abc"), 400, "invalid_request", 9002313},
		"Graph token as T1":       {asAgent(graphToken), 401, "invalid_client", 700211},
		"T1 without FMI path":     {asAgent(noPath), 401, "invalid_client", 700211},
		"T1 with a bad signature": {asAgent(spoil(t1)), 401, "invalid_client", 700027},
		"T1 as blueprint":         {asAgent(t1, "client_id", b.AppID), 401, "invalid_client", 70025},
	} {
		t.Run(name, func(t *testing.T) {
			wantRefusal(t, l.token(t, tc.fields...), tc.status, tc.code, tc.aadsts)
		})
	}
}

// spoil changes one character in the middle of the signature.
func spoil(token string) string {
	b := []byte(token)
	i := len(b) - 40
	if b[i] == 'A' {
		b[i] = 'B'
	} else {
		b[i] = 'A'
	}
	return string(b)
}

func TestTokenEndpointTenants(t *testing.T) {
	l := newLab(t)
	for tenant, want := range map[string]int{
		l.info.TenantID: 0, strings.ToUpper(l.info.TenantID): 0, l.info.Domain: 0,
		"common": 50194, "organizations": 50194, "11111111-1111-4111-8111-111111111111": 90002, "fabrikam.example": 90002, "nonsense": 900023,
	} {
		a := l.post(t, "/"+tenant+"/oauth2/v2.0/token", l.basics()...)
		if want == 0 {
			access(t, a)
			continue
		}
		wantRefusal(t, a, 400, "invalid_request", want)
	}
	if a := l.get(t, "/"+l.info.TenantID+"/oauth2/v2.0/token"); a.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("GET: status %d", a.StatusCode)
	}
}

func TestExpiredAssertionIsRefused(t *testing.T) {
	l := newLab(t)
	t1 := l.t1(t)
	fields := []string{
		"grant_type", "client_credentials", "client_id", l.info.Seed.Agent.ID, "scope", "https://graph.microsoft.com/.default",
		"client_assertion_type", assertionType, "client_assertion", t1,
	}
	l.clock.advance(time.Hour)
	access(t, l.token(t, fields...)) // within the allowed skew
	l.clock.advance(10 * time.Minute)
	wantRefusal(t, l.token(t, fields...), 401, "invalid_client", 700024)
}

func TestExpiredSecretIsRefused(t *testing.T) {
	l := newLab(t)
	l.clock.advance(11 * 366 * 24 * time.Hour)
	wantRefusal(t, l.token(t, l.basics()...), 401, "invalid_client", 7000222)
}

func TestDisabledAndForeignAgents(t *testing.T) {
	l := newLab(t)
	t1 := l.t1(t)
	other := &servicePrincipal{meta: meta{ID: newID()}, Type: agentIdentity, BlueprintAppID: newID(), DisplayName: "Stranger", AccountEnabled: true}
	late := &servicePrincipal{meta: meta{ID: newID(), VisibleAt: l.clock.Now().Add(time.Minute)}, Type: agentIdentity, BlueprintAppID: l.info.Seed.Blueprint.AppID, DisplayName: "Late", AccountEnabled: true}
	if err := l.tenant.write(t.Context(), func(tx *txn) error {
		tx.put(other)
		tx.put(late)
		off := clone(tx.principals.get(l.info.Seed.Agent.ID))
		off.AccountEnabled = false
		tx.put(off)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	assertion := []string{
		"grant_type", "client_credentials", "client_id", l.info.Seed.Agent.ID, "scope", "https://graph.microsoft.com/.default",
		"client_assertion_type", assertionType, "client_assertion", t1,
	}
	wantRefusal(t, l.token(t, assertion...), 400, "unauthorized_client", 7000112)
	wantRefusal(t, l.token(t, l.basics("fmi_path", other.ID)...), 400, "unauthorized_client", 700016)
	wantRefusal(t, l.token(t, l.basics("fmi_path", late.ID)...), 400, "unauthorized_client", 700016)
	l.clock.advance(2 * time.Minute)
	access(t, l.token(t, l.basics("fmi_path", late.ID)...))
}

func TestTokenEndpointAloneAllowsOrigins(t *testing.T) {
	l := newLab(t)
	r := request(t, http.MethodOptions, l.url+"/"+l.info.TenantID+"/oauth2/v2.0/token", nil)
	if a := l.do(t, r); a.StatusCode != http.StatusNoContent || a.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("preflight: %d %v", a.StatusCode, a.Header)
	}
	if a := l.token(t, l.basics()...); a.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Error("a token answer has no CORS header")
	}
	for _, path := range []string{
		"/_sandbox/info", "/" + l.info.TenantID + "/discovery/v2.0/keys", "/v1.0/me", "/devicelogin", "/oidc/userinfo",
		strings.TrimPrefix(l.authorizeURL(), l.url), strings.TrimPrefix(l.adminURL(), l.url),
	} {
		if got := l.get(t, path).Header.Get("Access-Control-Allow-Origin"); got != "" {
			t.Errorf("%s allows origin %q", path, got)
		}
	}
}

func TestSubjectPath(t *testing.T) {
	for text, guid := range map[string]string{
		"rphwI5gH-UyjpSCDdNLc_Q": "237098ae-0798-4cf9-a3a5-208374d2dcfd",
		"XKNpU6VGd0aP-S5lWHZU5w": "5369a35c-46a5-4677-8ff9-2e65587654e7",
		"MswXnRvJaEOElBspzLDbzw": "9d17cc32-c91b-4368-8494-1b29ccb0dbcf",
	} {
		if got := shortGUID(guid); got != text {
			t.Errorf("%s: got %s, want %s", guid, got, text)
		}
	}
	l := newLab(t)
	_, claims := decode(t, l.t1(t))
	sub, _ := claims["sub"].(string)
	parts := strings.Split(sub, "/")
	want := []string{"", "eid1", "c", "pub", "t", shortGUID(tenantID), "a", shortGUID(l.info.Seed.Blueprint.AppID), l.info.Seed.Agent.ID}
	if !slices.Equal(parts, want) {
		t.Errorf("sub %s", sub)
	}
	if b, err := base64.RawURLEncoding.DecodeString(parts[5]); err != nil || len(b) != 16 {
		t.Errorf("tenant in sub: %v bytes, %v", len(b), err)
	}
}
