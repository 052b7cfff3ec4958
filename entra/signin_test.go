package entra

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"
)

const (
	testApp   = "5e7d8166-7876-4755-a1a4-b476d4a344f6"
	testUser  = "85075aa5-1d73-42de-812a-95348218e4b2"
	testNonce = "nonce-of-this-sign-in"
)

func portal() App {
	return App{ClientID: testApp, Credential: Credential{Secret: NewSecret(testSecret)}, RedirectURI: "http://localhost:8080/auth/callback"}
}

func TestAuthCodeURL(t *testing.T) {
	c := New(Options{Cloud: GlobalCloud(), TenantID: strings.ToUpper(testTenant)})
	verifier := oauth2.GenerateVerifier()
	address, err := url.Parse(c.AuthCodeURL(portal(), AuthCodeRequest{
		State: "st", Nonce: testNonce, Verifier: verifier, Scopes: []string{"openid", "User.Read"}, Prompt: "select_account", LoginHint: "a@b",
	}))
	if err != nil {
		t.Fatal(err)
	}
	if got := address.Scheme + "://" + address.Host + address.Path; got != "https://login.microsoftonline.com/"+testTenant+"/oauth2/v2.0/authorize" {
		t.Errorf("address is %s", got)
	}
	sum := sha256.Sum256([]byte(verifier))
	want := url.Values{
		"client_id": {testApp}, "response_type": {"code"}, "response_mode": {"query"}, "redirect_uri": {portal().RedirectURI},
		"scope": {"openid User.Read"}, "state": {"st"}, "nonce": {testNonce}, "prompt": {"select_account"}, "login_hint": {"a@b"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}
	if diff := cmp.Diff(want, address.Query()); diff != "" {
		t.Errorf("query (-want +got):\n%s", diff)
	}
}

func TestRedeemAndRefreshSendTheExactForms(t *testing.T) {
	s := newIssuer(t)
	s.answer = func(w http.ResponseWriter, form url.Values) {
		writeJSON(w, 200, map[string]any{"token_type": "Bearer", "expires_in": 60, "scope": "User.Read", "access_token": "at", "refresh_token": "rt-" + form.Get("grant_type"), "id_token": "it"})
	}
	c := s.client()
	got, err := c.Redeem(t.Context(), portal(), "code-1", "verifier-1", []string{"openid", "User.Read"})
	if err != nil {
		t.Fatal(err)
	}
	if got.Access.Reveal() != "at" || got.Refresh.Reveal() != "rt-authorization_code" || got.ID.Reveal() != "it" || got.Scope != "User.Read" || got.Hop.State != HopAnswered {
		t.Errorf("tokens %+v", got)
	}
	again, err := c.Refresh(t.Context(), portal(), got.Refresh, []string{"User.Read"})
	if err != nil {
		t.Fatal(err)
	}
	if again.Refresh.Reveal() != "rt-refresh_token" {
		t.Error("the new refresh token is not the one that came")
	}
	want := []url.Values{
		{
			"client_id": {testApp}, "client_secret": {testSecret}, "grant_type": {"authorization_code"}, "code": {"code-1"},
			"redirect_uri": {portal().RedirectURI}, "code_verifier": {"verifier-1"}, "scope": {"openid User.Read"},
		},
		{
			"client_id": {testApp}, "client_secret": {testSecret}, "grant_type": {"refresh_token"},
			"refresh_token": {"rt-authorization_code"}, "scope": {"User.Read"},
		},
	}
	if diff := cmp.Diff(want, s.forms); diff != "" {
		t.Errorf("forms (-want +got):\n%s", diff)
	}
	for _, field := range got.Hop.Request {
		if secretField(field.Name) && (field.Value != "" || !field.Masked) {
			t.Errorf("%s shows %q", field.Name, field.Value)
		}
	}
}

func TestRefreshRefused(t *testing.T) {
	tests := []struct {
		code  int
		oauth string
	}{
		{50173, "invalid_grant"},
		{50076, "interaction_required"},
		{7000215, "invalid_client"},
		{90033, "temporarily_unavailable"},
	}
	for _, tt := range tests {
		s := newIssuer(t)
		s.answer = func(w http.ResponseWriter, _ url.Values) {
			writeJSON(w, 400, refusal(tt.code, tt.oauth, "AADSTS: no"))
		}
		_, err := s.client().Refresh(t.Context(), portal(), NewSecret("rt"), nil)
		var refused *Error
		if !errors.As(err, &refused) || refused.AADSTS != tt.code || refused.Code != tt.oauth {
			t.Errorf("%v, want %s and AADSTS%d", err, tt.oauth, tt.code)
		}
	}
}

func (s *issuer) idClaims() map[string]any {
	return map[string]any{
		"aud": testApp, "iss": s.URL + "/" + testTenant + "/v2.0", "ver": "2.0", "tid": testTenant, "oid": testUser, "sub": "pairwise",
		"iat": testNow.Unix() - 300, "nbf": testNow.Unix() - 300, "exp": testNow.Unix() + 3600, "nonce": testNonce,
		"name": "Ada Agentson", "preferred_username": "agent-admin@sandbox.example",
	}
}

func TestVerifyIDToken(t *testing.T) {
	s := newIssuer(t)
	good := s.sign(plainHead, s.idClaims())
	loud := s.sign(plainHead, with(with(s.idClaims(), "oid", strings.ToUpper(testUser)), "tid", strings.ToUpper(testTenant)))
	first, err := s.client().VerifyIDToken(t.Context(), portal(), NewSecret(good), testNonce)
	if err != nil {
		t.Fatal(err)
	}
	identity, err := s.client().VerifyIDToken(t.Context(), portal(), NewSecret(loud), testNonce)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, identity); diff != "" {
		t.Errorf("one person is another one in capitals (-small +capital):\n%s", diff)
	}
	want := &Identity{TenantID: testTenant, ObjectID: testUser, Name: "Ada Agentson", Username: "agent-admin@sandbox.example", AuthTime: testNow.Add(-300e9)}
	if !identity.AuthTime.Equal(want.AuthTime) {
		t.Errorf("signed in at %v", identity.AuthTime)
	}
	identity.AuthTime = want.AuthTime
	if diff := cmp.Diff(want, identity); diff != "" {
		t.Error(diff)
	}
}

func TestVerifyIDTokenRefuses(t *testing.T) {
	s := newIssuer(t)
	other := "ef403b6c-5f3e-40ac-8685-28eed2922ad5"
	claims := func(name string, value any) string { return s.sign(plainHead, with(s.idClaims(), name, value)) }
	good := s.sign(plainHead, s.idClaims())
	tests := []struct{ name, token, nonce, want string }{
		{"other nonce", good, "another", "nonce"},
		{"empty nonce", claims("nonce", ""), "", "nonce"},
		{"other audience", claims("aud", other), testNonce, "audience"},
		{"audience with extras", claims("aud", []string{testApp, other}), testNonce, "not the portal alone"},
		{"audience in a list", claims("aud", []string{testApp}), testNonce, "not the portal alone"},
		{"other issuer", claims("iss", "https://login.microsoftonline.com/"+testTenant+"/v2.0"), testNonce, "different provider"},
		{"version 1 issuer", claims("iss", s.URL+"/"+testTenant+"/"), testNonce, "different provider"},
		{"other tenant", claims("tid", other), testNonce, "another tenant"},
		{"no object id", claims("oid", ""), testNonce, "no object id"},
		{"object id in braces", claims("oid", "{"+testUser+"}"), testNonce, "no object id"},
		{"object id as a URN", claims("oid", "urn:uuid:"+testUser), testNonce, "no object id"},
		{"version 1.0", claims("ver", "1.0"), testNonce, "version is not 2.0"},
		{"a guest", claims("acct", 1), testNonce, "guest"},
		{"expired", claims("exp", testNow.Unix()-61), testNonce, "expired"},
		{"issued too long ago", claims("iat", testNow.Unix()-601), testNonce, "ten minutes"},
		{"issued ahead", claims("iat", testNow.Unix()+61), testNonce, "not valid yet"},
		{"not yet valid", claims("nbf", testNow.Unix()+61), testNonce, "not valid yet"},
		{"alg none", encodePart(with(plainHead, "alg", "none")) + "." + encodePart(s.idClaims()) + ".", testNonce, "algorithm"},
		{"HS256", encodePart(with(plainHead, "alg", "HS256")) + "." + encodePart(s.idClaims()) + ".c2ln", testNonce, "algorithm"},
		{"other type", s.sign(with(plainHead, "typ", "at+jwt"), s.idClaims()), testNonce, "not of type JWT"},
		{"unknown key", s.sign(with(plainHead, "kid", "k2"), s.idClaims()), testNonce, "no such key"},
		{"own key in the header", s.sign(map[string]any{"alg": "RS256", "jku": "https://evil.example"}, s.idClaims()), testNonce, "no such key"},
		{"changed", good[:len(good)-8] + "AAAAAAAA", testNonce, "signature"},
		{"empty", "", testNonce, "malformed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			identity, err := s.client().VerifyIDToken(t.Context(), portal(), NewSecret(tt.token), tt.nonce)
			if err == nil || identity != nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v, %v; want %q", identity, err, tt.want)
			}
			if tt.token != "" && strings.Contains(err.Error(), tt.token[:20]) {
				t.Error("the error repeats the token")
			}
		})
	}
	within := claims("exp", testNow.Unix()-59)
	if _, err := s.client().VerifyIDToken(t.Context(), portal(), NewSecret(within), testNonce); err != nil {
		t.Errorf("one minute between clocks is allowed: %v", err)
	}
}

func TestLogoutURL(t *testing.T) {
	want := "https://login.microsoftonline.com/" + testTenant + "/oauth2/v2.0/logout?post_logout_redirect_uri=http%3A%2F%2Flocalhost%3A8080%2F"
	if got := live().LogoutURL("http://localhost:8080/"); got != want {
		t.Errorf("got %s", got)
	}
}
