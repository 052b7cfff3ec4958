package sandbox

import (
	"net/http"
	"testing"
)

// v1 posts a form to the older token endpoint.
func (l *lab) v1(t testing.TB, fields ...string) answer {
	t.Helper()
	return l.post(t, "/"+l.info.TenantID+"/oauth2/token", fields...)
}

func TestTokenEndpointV1(t *testing.T) {
	l := newLab(t)
	f := newFamily(t, l)
	f.consent(t, f.agents[0], "", "User.Read")
	secret := []string{"grant_type", "client_credentials", "client_id", f.blueprint, "client_secret", f.secret, "resource", graphResource}
	body := l.v1(t, secret...).json(t)
	for _, name := range []string{"expires_in", "ext_expires_in", "expires_on", "not_before"} {
		if text, _ := body[name].(string); text == "" {
			t.Errorf("%s is %v, want digits in quotes", name, body[name])
		}
	}
	if body["resource"] != graphResource || body["token_type"] != "Bearer" || body["scope"] != nil {
		t.Errorf("answer %v", body)
	}
	for resource, want := range map[string]string{
		graphResource: "1.0", graphResource + "/": "1.0", graphAppID: "1.0", exchangeResource: "2.0",
	} {
		token := access(t, l.v1(t, varied(secret, "resource", resource)...))
		if got := claimsIn(t, token, "ver")["ver"]; got != want {
			t.Errorf("%s: version %v, want %s", resource, got, want)
		}
	}
	// fmi_path has no effect here, so the token is no T1.
	noT1 := access(t, l.v1(t, varied(secret, "resource", exchangeResource, "fmi_path", f.agents[0])...))
	if got := claimsIn(t, noT1, "sub")["sub"]; got != f.principal {
		t.Errorf("sub %v", got)
	}
	wantRefusal(t, l.token(t, varied(f.as(t, "client_credentials", "scope", graphDefault), "client_assertion", noT1)...), 401, "invalid_client", 700211)
	user := l.v1(t, varied(f.onBehalf(t), "scope", "-", "resource", graphResource)...)
	if got := user.json(t); claimsIn(t, access(t, user), "xms_par_app_azp")["xms_par_app_azp"] != f.blueprint ||
		got["refresh_token"] == nil || got["id_token"] == nil || got["scope"] != "openid profile User.Read" {
		t.Errorf("on behalf: %s", user.text)
	}
	wantRefusal(t, l.v1(t, varied(secret, "resource", "-")...), 400, "invalid_request", 900144)
	wantRefusal(t, l.v1(t, varied(secret, "client_secret", "x")...), 401, "invalid_client", 7000215)
	wantRefusal(t, l.v1(t, varied(secret, "resource", "https://cognitiveservices.azure.com")...), 400, "unauthorized_client", 82001)
	wantRefusal(t, l.v1(t, varied(secret, "resource", "https://nobody.example")...), 400, "invalid_resource", 500011)
	if a := l.get(t, "/"+l.info.TenantID+"/oauth2/token"); a.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("GET: status %d", a.StatusCode)
	}
}
