package sandbox

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestGraphTokenOfAUser(t *testing.T) {
	l := newLab(t)
	reply := newBrowser(t, l).signIn(l.authorizeURL(), "auditor@sandbox.example")
	_, claims := decode(t, access(t, l.redeem(t, reply)))
	got := map[string]any{}
	for _, name := range []string{"aud", "iss", "ver", "idtyp", "appid", "appidacr", "scp", "wids", "upn", "roles", "xms_par_app_azp", "idp"} {
		got[name] = claims[name]
	}
	want := map[string]any{
		"aud": graphResource, "iss": l.v1Issuer(), "ver": "1.0", "idtyp": "user", "appid": l.info.Portal.ClientID, "appidacr": "1",
		"scp": "User.Read openid profile email", "wids": []any{roleGlobalReader, widMember}, "upn": "auditor@sandbox.example",
		"roles": nil, "xms_par_app_azp": nil, "idp": nil,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, name := range []string{"acct", "acr", "acrs", "amr", "ipaddr", "name", "platf", "puid", "sid", "unique_name", "xms_st", "xms_tcdt", "xms_idrel"} {
		if claims[name] == nil {
			t.Errorf("no %s", name)
		}
	}
}

func TestClientAsksForTheBlueprint(t *testing.T) {
	l := newLab(t)
	address := l.authorizeURL("client_id", l.info.Client.ClientID, "redirect_uri", "http://127.0.0.1:9999/callback", "scope", l.info.Seed.Blueprint.Scope)
	reply := newBrowser(t, l).signIn(address, "user@sandbox.example")
	a := l.redeem(t, reply, "client_id", l.info.Client.ClientID, "client_secret", l.info.Client.ClientSecret, "redirect_uri", "http://127.0.0.1:9999/callback")
	_, claims := decode(t, access(t, a))
	if claims["aud"] != l.info.Seed.Blueprint.AppID || claims["scp"] != blueprintAPI || claims["ver"] != "2.0" || claims["azp"] != l.info.Client.ClientID {
		t.Errorf("%v", claims)
	}
	if scope := a.json(t)["scope"]; scope != l.info.Seed.Blueprint.Scope {
		t.Errorf("scope %v is not the one asked for", scope)
	}
	if a.json(t)["refresh_token"] != nil || a.json(t)["id_token"] != nil {
		t.Errorf("tokens nobody asked for: %s", a.text)
	}
}

func TestCodeRefusals(t *testing.T) {
	l := newLab(t)
	b := newBrowser(t, l)
	for name, tc := range map[string]struct {
		changes []string
		wait    time.Duration
		code    string
		aadsts  int
	}{
		"no code":        {[]string{"code", "-"}, 0, "invalid_request", 900144},
		"no redirect":    {[]string{"redirect_uri", "-"}, 0, "invalid_request", 900144},
		"made up":        {[]string{"code", "1.Axyz"}, 0, "invalid_grant", 70000},
		"other client":   {[]string{"client_id", l.info.Client.ClientID, "client_secret", l.info.Client.ClientSecret}, 0, "invalid_grant", 70000},
		"other redirect": {[]string{"redirect_uri", "http://localhost:8080/other"}, 0, "invalid_grant", 500112},
		"no verifier":    {[]string{"code_verifier", "-"}, 0, "invalid_grant", 501481},
		"other verifier": {[]string{"code_verifier", strings.Repeat("x", 43)}, 0, "invalid_grant", 501481},
		"too late":       {nil, 11 * time.Minute, "invalid_grant", 70008},
	} {
		t.Run(name, func(t *testing.T) {
			reply := b.signIn(l.authorizeURL(), "user@sandbox.example")
			l.clock.advance(tc.wait)
			wantRefusal(t, l.redeem(t, reply, tc.changes...), 400, tc.code, tc.aadsts)
		})
	}
	reply := b.signIn(l.authorizeURL(), "user@sandbox.example")
	access(t, l.redeem(t, reply))
	wantRefusal(t, l.redeem(t, reply), 400, "invalid_grant", 54005)
}

func TestPlainChallenge(t *testing.T) {
	l := newLab(t)
	b := newBrowser(t, l)
	for _, method := range []string{"plain", "-"} {
		reply := b.signIn(l.authorizeURL("code_challenge", verifier, "code_challenge_method", method), "user@sandbox.example")
		access(t, l.redeem(t, reply))
	}
	reply := b.signIn(l.authorizeURL("code_challenge", "-", "code_challenge_method", "-"), "user@sandbox.example")
	access(t, l.redeem(t, reply, "code_verifier", "-"))
}

func TestRefresh(t *testing.T) {
	l := newLab(t)
	reply := newBrowser(t, l).signIn(l.authorizeURL(), "agent-dev@sandbox.example")
	first, _ := l.redeem(t, reply).json(t)["refresh_token"].(string)
	refresh := func(token string, changes ...string) answer {
		fields := []string{"grant_type", "refresh_token", "client_id", l.info.Portal.ClientID, "client_secret", l.info.Portal.ClientSecret, "refresh_token", token}
		return l.token(t, append(fields, changes...)...)
	}
	body := refresh(first, "scope", "https://graph.microsoft.com/AgentIdentityBlueprint.Create openid").json(t)
	_, claims := decode(t, body["access_token"].(string))
	if claims["scp"] != "AgentIdentityBlueprint.Create openid" {
		t.Errorf("scp %v", claims["scp"])
	}
	if scope, _ := body["scope"].(string); !strings.Contains(scope, "https://graph.microsoft.com/AgentIdentityBlueprint.Create") {
		t.Errorf("scope %q lacks the one asked for", scope)
	}
	second, _ := body["refresh_token"].(string)
	if second == "" || second == first {
		t.Error("the refresh token is not replaced")
	}
	access(t, refresh(first)) // old ones stay valid
	access(t, refresh(second))
	wantRefusal(t, refresh("1.Amadeup"), 400, "invalid_grant", 70000)
	wantRefusal(t, refresh(second, "scope", "Mail.Read"), 400, "invalid_grant", 65001)
	if body := refresh(second, "scope", "Mail.Read").json(t); body["suberror"] != "consent_required" {
		t.Errorf("suberror %v", body["suberror"])
	}
	wantRefusal(t, l.token(t, "grant_type", "refresh_token", "client_id", l.info.Client.ClientID, "client_secret", l.info.Client.ClientSecret, "refresh_token", second), 400, "invalid_grant", 70000)
	l.disable(t, "agent-dev@sandbox.example")
	wantRefusal(t, refresh(second), 400, "invalid_grant", 50057)
	l.clock.advance(91 * 24 * time.Hour)
	wantRefusal(t, refresh(second), 400, "invalid_grant", 700082)
}

func (l *lab) disable(t testing.TB, upn string) {
	t.Helper()
	if err := l.tenant.write(t.Context(), func(tx *txn) error {
		u := clone(tx.userNamed(upn))
		u.AccountEnabled = false
		tx.put(u)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func TestClientInfo(t *testing.T) {
	text, err := base64.RawURLEncoding.DecodeString(clientInfo("u1"))
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]string
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"uid": "u1", "utid": tenantID}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
