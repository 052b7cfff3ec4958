package sandbox

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
)

// allowIDTokens turns on what portals call "ID tokens (used for implicit and hybrid flows)".
func (l *lab) allowIDTokens(t *testing.T) {
	t.Helper()
	if err := l.tenant.write(t.Context(), func(tx *txn) error {
		a := clone(tx.app(l.info.Portal.ClientID))
		a.IDTokens = true
		tx.put(a)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func TestIDTokenFromTheAuthorizeEndpoint(t *testing.T) {
	l := newLab(t)
	l.allowIDTokens(t)
	for _, kind := range []string{"id_token", "code id_token", "id_token code"} {
		reply := newBrowser(t, l).signIn(l.authorizeURL("response_type", kind), "user@sandbox.example")
		q, err := url.ParseQuery(reply.EscapedFragment())
		if err != nil || reply.RawQuery != "" || q.Get("state") != "the state" {
			t.Fatalf("%s: sent to %s", kind, reply)
		}
		provider, err := oidc.NewProvider(t.Context(), l.v2Issuer())
		if err != nil {
			t.Fatal(err)
		}
		token, err := provider.Verifier(&oidc.Config{ClientID: l.info.Portal.ClientID, Now: l.clock.Now}).Verify(t.Context(), q.Get("id_token"))
		if err != nil || token.Nonce != "the nonce" {
			t.Fatalf("%s: %v", kind, err)
		}
		_, claims := decode(t, q.Get("id_token"))
		if claims["preferred_username"] != "user@sandbox.example" {
			t.Errorf("%s: %v", kind, claims)
		}
		if q.Has("code") != strings.Contains(kind, "code") {
			t.Fatalf("%s: %v", kind, q)
		}
		if !q.Has("code") {
			continue
		}
		sum := sha256.Sum256([]byte(q.Get("code")))
		if claims["c_hash"] != base64.RawURLEncoding.EncodeToString(sum[:16]) {
			t.Errorf("c_hash %v", claims["c_hash"])
		}
		access(t, l.redeem(t, &url.URL{RawQuery: q.Encode()}))
	}
}

func TestIDTokenRefusals(t *testing.T) {
	l := newLab(t)
	l.allowIDTokens(t)
	for name, tc := range map[string]struct{ address, aadsts string }{
		"in the query": {l.authorizeURL("response_type", "id_token", "response_mode", "query"), "AADSTS70007"},
		"no nonce":     {l.authorizeURL("response_type", "id_token", "nonce", "-"), "AADSTS900144"},
	} {
		a, _ := newBrowser(t, l).open(tc.address)
		q, _ := url.ParseQuery(location(t, a).EscapedFragment())
		if !strings.HasPrefix(q.Get("error_description"), tc.aadsts+":") {
			t.Errorf("%s: %v", name, q)
		}
	}
}

func TestUserInfo(t *testing.T) {
	l := newLab(t)
	body := l.redeem(t, newBrowser(t, l).signIn(l.authorizeURL(), "user@sandbox.example")).json(t)
	ask := func(token string) answer {
		r := request(t, http.MethodGet, l.url+"/oidc/userinfo", nil)
		r.Header.Set("Authorization", "Bearer "+token)
		return l.do(t, r)
	}
	info := ask(body["access_token"].(string)).json(t)
	_, id := decode(t, body["id_token"].(string))
	if info["sub"] != id["sub"] || info["name"] != "User" || info["email"] != "user@sandbox.example" {
		t.Errorf("%v", info)
	}
	if a := ask("nonsense"); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("without a token: status %d", a.StatusCode)
	}
	if a := ask(access(t, l.tr(t, "https://graph.microsoft.com/.default"))); a.StatusCode != http.StatusForbidden {
		t.Errorf("an agent by itself: status %d", a.StatusCode)
	}
}
