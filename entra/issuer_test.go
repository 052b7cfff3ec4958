package entra

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	testTenant    = "237098ae-0798-4cf9-a3a5-208374d2dcfd"
	testBlueprint = "9471f355-173a-4466-b142-3d4acf848b03"
	testAgent     = "cd77c677-16ea-4f9d-b5b1-0aab1841694c"
	testSecret    = "SANDBOX~canary-secret-canary-secret-0001"
	// testSub is the path for the three ids above, from a published token.
	testSub = "/eid1/c/pub/t/rphwI5gH-UyjpSCDdNLc_Q/a/VfNxlDoXZkSxQj1Kz4SLAw/" + testAgent
)

var testNow = time.Unix(1770041300, 0).UTC()

// issuer is a sign-in service a test can bend: what the sandbox would never
// answer, it answers. It is real HTTP; only its honesty is ours to set.
type issuer struct {
	*httptest.Server
	key    *rsa.PrivateKey
	answer func(w http.ResponseWriter, form url.Values) // of the token endpoint
	config func() any                                   // discovery document
	keys   func() any                                   // key set

	mu      sync.Mutex
	forms   []url.Values
	headers []http.Header
	asked   map[string]int // requests by path
}

var testKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	s := &issuer{key: testKey(), asked: map[string]int{}}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	s.answer = s.honest
	s.config = func() any {
		return map[string]any{"issuer": s.URL + "/" + testTenant + "/v2.0", "jwks_uri": s.URL + "/" + testTenant + "/discovery/v2.0/keys"}
	}
	s.keys = func() any {
		return jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: s.key.Public(), KeyID: "test-key", Algorithm: "RS256", Use: "sig"}}}
	}
	return s
}

func (s *issuer) client() *Client {
	return New(Options{Cloud: SandboxCloud(s.URL, s.URL), TenantID: testTenant, Now: func() time.Time { return testNow }})
}

// ServeHTTP plays the sign-in service.
func (s *issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.asked[r.URL.Path]++
	s.mu.Unlock()
	switch r.URL.Path {
	case "/" + testTenant + "/v2.0/.well-known/openid-configuration":
		writeJSON(w, http.StatusOK, s.config())
	case "/" + testTenant + "/discovery/v2.0/keys":
		writeJSON(w, http.StatusOK, s.keys())
	case "/" + testTenant + "/oauth2/v2.0/token":
		_ = r.ParseForm()
		s.mu.Lock()
		s.forms, s.headers = append(s.forms, r.PostForm), append(s.headers, r.Header)
		s.mu.Unlock()
		s.answer(w, r.PostForm)
	default:
		http.NotFound(w, r)
	}
}

// honest answers T1 for a request with fmi_path and TR for one with T1.
func (s *issuer) honest(w http.ResponseWriter, form url.Values) {
	claims := s.trClaims()
	header := map[string]any{"typ": "JWT", "nonce": "a-nonce-of-graph", "alg": "RS256", "kid": "test-key"}
	if form.Has("fmi_path") {
		claims, header = s.t1Claims(), map[string]any{"typ": "JWT", "alg": "RS256", "kid": "test-key"}
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599, "access_token": s.sign(header, claims),
	})
}

func (s *issuer) t1Claims() map[string]any {
	return map[string]any{
		"aud": ExchangeAppID, "iss": s.URL + "/" + testTenant + "/v2.0", "ver": "2.0", "tid": testTenant,
		"iat": testNow.Unix() - 300, "nbf": testNow.Unix() - 300, "exp": testNow.Unix() + 3600,
		"azp": testBlueprint, "azpacr": "1", "idtyp": "app", "oid": "bf31e1f8-803f-4e95-bcc4-6d1008c09f0c", "sub": testSub,
		"uti": "t1-uti", "xms_act_fct": "9 3", "xms_sub_fct": "3 9", "xms_idrel": "26 7", "xms_ficinfo": "CAAQABgAIAAoAjAA",
	}
}

func (s *issuer) trClaims() map[string]any {
	return map[string]any{
		"aud": GraphAudience, "iss": s.URL + "/" + testTenant + "/", "ver": "1.0", "tid": testTenant,
		"iat": testNow.Unix() - 300, "nbf": testNow.Unix() - 300, "exp": testNow.Unix() + 3600,
		"appid": testAgent, "appidacr": "2", "idtyp": "app", "oid": testAgent, "sub": testAgent, "uti": "tr-uti",
		"xms_par_app_azp": testBlueprint, "xms_act_fct": "3 11 9", "xms_sub_fct": "9 3 11", "xms_idrel": "7 24",
	}
}

// sign signs by hand what go-jose would refuse to: the header is written as
// given, but for the nonce, whose SHA-256 is what gets signed.
func (s *issuer) sign(header, claims map[string]any) string {
	shown := encodePart(header)
	signedHeader := maps.Clone(header)
	if nonce, ok := header["nonce"].(string); ok {
		sum := sha256.Sum256([]byte(nonce))
		signedHeader["nonce"] = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	payload := encodePart(claims)
	return shown + "." + payload + "." + rs256(s.key, encodePart(signedHeader)+"."+payload)
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func encodePart(value any) string {
	out, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(out)
}

// refusal is an error body as Entra writes it.
func refusal(code int, oauthError, text string) map[string]any {
	return map[string]any{
		"error": oauthError, "error_description": text, "error_codes": []int{code}, "timestamp": "2026-11-21 04:00:00Z",
		"trace_id": "11111111-1111-1111-1111-111111111111", "correlation_id": "22222222-2222-2222-2222-222222222222",
		"error_uri": "https://login.microsoftonline.com/error?code=7000215",
	}
}
