package entra

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

var plainHead = map[string]any{"typ": "JWT", "alg": "RS256", "kid": "test-key"}

func with(claims map[string]any, name string, value any) map[string]any {
	out := maps.Clone(claims)
	out[name] = value
	return out
}

func TestVerify(t *testing.T) {
	s := newIssuer(t)
	graphHead := with(plainHead, "nonce", "n0nce-_x")
	good := s.sign(plainHead, s.t1Claims())
	graph := s.sign(graphHead, s.trClaims())
	head, rest, _ := strings.Cut(good, ".")
	payload, signature, _ := strings.Cut(rest, ".")
	mac := hmac.New(sha256.New, s.key.N.Bytes())
	hsHead := encodePart(with(plainHead, "alg", "HS256"))
	mac.Write([]byte(hsHead + "." + payload))
	tests := []struct {
		name, token string
		state       VerdictState
		reason      string
	}{
		{"good", good, VerdictValid, "Signed by this tenant."},
		{"Graph's nonce", graph, VerdictValid, "nonce of Microsoft Graph"},
		{"nonce signed as it is", encodePart(graphHead) + "." + payload + "." + rs256(s.key, encodePart(graphHead)+"."+payload), VerdictValid, "Signed by this tenant."},
		{"expired but genuine", s.sign(plainHead, with(s.t1Claims(), "exp", 1)), VerdictValid, "Signed by this tenant."},
		{"claims changed", head + "." + encodePart(with(s.t1Claims(), "azp", testAgent)) + "." + signature, VerdictInvalid, "does not match"},
		{"signature changed", head + "." + payload + "." + strings.ToLower(signature), VerdictInvalid, "does not match"},
		{"alg none", encodePart(with(plainHead, "alg", "none")) + "." + payload + ".", VerdictInvalid, "not signed"},
		{"alg nOnE", encodePart(with(plainHead, "alg", "nOnE")) + "." + payload + "." + signature, VerdictInvalid, "not signed"},
		{"public key as HMAC secret", hsHead + "." + payload + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil)), VerdictInvalid, "alg HS256"},
		{"no kid", s.sign(map[string]any{"alg": "RS256"}, s.t1Claims()), VerdictInvalid, "names no key"},
		{"unknown kid", s.sign(with(plainHead, "kid", "../../etc/passwd"), s.t1Claims()), VerdictInvalid, "publishes no key of that name"},
		{"foreign issuer", s.sign(plainHead, with(s.t1Claims(), "iss", "https://evil.example/v2.0")), VerdictUnchecked, "Not checkable here: issuer https://evil.example/v2.0."},
		{"no issuer", s.sign(plainHead, map[string]any{}), VerdictUnchecked, "Not checkable here: issuer missing."},
		{"two parts", head + "." + payload, VerdictInvalid, "not signed"},
		{"damaged", head + ".e." + signature, VerdictUnchecked, "claims cannot be read"},
		{"encrypted", head + ".a.a.a.a", VerdictUnchecked, "encrypted"},
		{"padded", head + "." + payload + "." + signature + "==", VerdictInvalid, "does not match"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			j, err := Decode(tt.token)
			if err != nil {
				t.Fatal(err)
			}
			got := s.client().Verify(t.Context(), j)
			if got.State != tt.state || !strings.Contains(got.Reason, tt.reason) {
				t.Errorf("verdict %+v, want %s: %s", got, tt.state, tt.reason)
			}
		})
	}
	for path, n := range s.asked {
		if !strings.Contains(path, "openid-configuration") && !strings.Contains(path, "keys") {
			t.Errorf("%s was asked for %d times", path, n)
		}
	}
}

func TestVerifyReadsTheKeysOnceAndAgainAfterARollOver(t *testing.T) {
	s := newIssuer(t)
	now := testNow
	c := New(Options{Cloud: SandboxCloud(s.URL, s.URL), TenantID: testTenant, Now: func() time.Time { return now }})
	verdict := func(kid string) VerdictState {
		j, err := Decode(s.sign(with(plainHead, "kid", kid), s.t1Claims()))
		if err != nil {
			t.Fatal(err)
		}
		return c.Verify(t.Context(), j).State
	}
	keysPath := "/" + testTenant + "/discovery/v2.0/keys"
	for range 3 {
		if got := verdict("test-key"); got != VerdictValid {
			t.Fatal(got)
		}
	}
	for range 3 {
		if got := verdict("invented"); got != VerdictInvalid {
			t.Fatal(got)
		}
	}
	if s.asked[keysPath] != 1 {
		t.Errorf("keys read %d times for one known and one invented name", s.asked[keysPath])
	}
	s.keys = func() any {
		return jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: s.key.Public(), KeyID: "next-key"}}}
	}
	now = now.Add(refetchPause)
	if got := verdict("next-key"); got != VerdictValid {
		t.Errorf("after the roll-over: %s", got)
	}
	if got := verdict("test-key"); got != VerdictInvalid {
		t.Errorf("the old key after the roll-over: %s", got)
	}
}

func TestVerifyWithHostileKeys(t *testing.T) {
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name  string
		bend  func(s *issuer)
		state VerdictState
	}{
		{"weak key", func(s *issuer) {
			s.key = weak
			s.keys = func() any {
				return jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: weak.Public(), KeyID: "test-key"}}}
			}
		}, VerdictInvalid},
		{"key for encryption", func(s *issuer) {
			s.keys = func() any {
				return jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: s.key.Public(), KeyID: "test-key", Use: "enc"}}}
			}
		}, VerdictInvalid},
		{"odd key beside a good one", func(s *issuer) {
			s.keys = func() any {
				good := jose.JSONWebKey{Key: s.key.Public(), KeyID: "test-key"}
				return map[string]any{"keys": []any{map[string]any{"kty": "wat"}, good}}
			}
		}, VerdictValid},
		{"ten thousand keys", func(s *issuer) {
			s.keys = func() any {
				many := make([]any, 10_000)
				for i := range many {
					many[i] = map[string]any{"kty": "oct", "k": "AA", "kid": "x"}
				}
				return map[string]any{"keys": many}
			}
		}, VerdictInvalid},
		{"keys on another host", func(s *issuer) {
			s.config = func() any {
				return map[string]any{"issuer": s.URL + "/" + testTenant + "/v2.0", "jwks_uri": "https://evil.example/keys"}
			}
		}, VerdictUnchecked},
		{"discovery of another issuer", func(s *issuer) {
			s.config = func() any { return map[string]any{"issuer": "https://evil.example", "jwks_uri": s.URL} }
		}, VerdictUnchecked},
		{"keys not JSON", func(s *issuer) { s.keys = func() any { return "no" } }, VerdictUnchecked},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newIssuer(t)
			tt.bend(s)
			j, err := Decode(s.sign(plainHead, s.t1Claims()))
			if err != nil {
				t.Fatal(err)
			}
			if got := s.client().Verify(t.Context(), j); got.State != tt.state {
				t.Errorf("verdict %+v, want %s", got, tt.state)
			}
		})
	}
}

func TestDiscoveryFollowsNoRedirect(t *testing.T) {
	s := newIssuer(t)
	asked := false
	elsewhere := http.NewServeMux()
	elsewhere.HandleFunc("/", func(http.ResponseWriter, *http.Request) { asked = true })
	s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/elsewhere") {
			elsewhere.ServeHTTP(w, r)
			return
		}
		http.Redirect(w, r, "/elsewhere", http.StatusFound)
	})
	j, err := Decode(s.sign(plainHead, s.t1Claims()))
	if err != nil {
		t.Fatal(err)
	}
	if got := s.client().Verify(t.Context(), j); got.State != VerdictUnchecked || asked {
		t.Errorf("verdict %+v, redirect followed: %v", got, asked)
	}
}

func TestTimes(t *testing.T) {
	tests := []struct {
		claims, claim, says string
		ok                  bool
	}{
		{`{"exp":1770044900}`, "exp", "Expires in 1 h 0 min.", true},
		{`{"exp":1770041330}`, "exp", "Expires in 30 s.", true},
		{`{"exp":1770041300}`, "exp", "Expired 0 s ago.", false},
		{`{"exp":1768041300}`, "exp", "Expired 23 days ago.", false},
		{`{"exp":1e400}`, "exp", "This is not a time", false},
		{`{"exp":-1}`, "exp", "This is not a time", false},
		{`{"exp":"1770044900"}`, "exp", "This is not a time", false},
		{`{"exp":9223372036854775808}`, "exp", "This is not a time", false},
		{`{}`, "exp", "never expires", false},
		{`{"exp":1,"nbf":1770041000}`, "nbf", "Valid for 5 min already.", true},
		{`{"exp":1,"nbf":1770041350}`, "nbf", "Not valid before 50 s from now.", true},
		{`{"exp":1,"nbf":1770044900}`, "nbf", "Not valid before 1 h 0 min from now.", false},
		{`{"exp":1,"iat":1770041000.5}`, "iat", "Issued 5 min ago.", true},
		{`{"exp":1,"iat":1770044900}`, "iat", "ahead of this clock", false},
	}
	for _, tt := range tests {
		j, err := Decode(compact(plainHeader, tt.claims))
		if err != nil {
			t.Fatal(err)
		}
		var found *TimeNote
		for _, note := range j.Times(testNow) {
			if note.Claim == tt.claim {
				found = &note
			}
		}
		if found == nil || found.OK != tt.ok || !strings.Contains(found.Says, tt.says) {
			t.Errorf("%s: %+v, want ok %v: %s", tt.claims, found, tt.ok, tt.says)
		}
	}
}

func TestLive(t *testing.T) {
	for claims, want := range map[string]bool{`{"exp":1770041301}`: true, `{"exp":1770041300}`: false, `{}`: false, `{"exp":"x"}`: false} {
		j, err := Decode(compact(plainHeader, claims))
		if err != nil {
			t.Fatal(err)
		}
		if got := j.Live(testNow); got != want {
			t.Errorf("%s: live %v", claims, got)
		}
	}
}

func TestRefuseInside(t *testing.T) {
	tests := map[string]bool{
		"20.190.151.7:443": false, "[2603:1006:2000::1]:443": false,
		"127.0.0.1:443": true, "10.0.0.1:443": true, "169.254.169.254:80": true, "192.168.1.1:443": true, "0.0.0.0:443": true,
		"[::1]:443": true, "[fe80::1]:443": true, "[fd00::1]:443": true, "[::ffff:127.0.0.1]:443": true,
		"[64:ff9b::7f00:1]:443": true, "[64:ff9b:1::1]:443": true, "nonsense": true,
		"100.64.0.1:443": true, "100.127.255.255:443": true, "100.128.0.1:443": false, "0.1.2.3:443": true,
		"[2002:7f00:1::1]:443": true, "[2001:0:4136:e378::1]:443": true, "[2001:4860:4860::8888]:443": false,
	}
	for address, refused := range tests {
		if got := refuseInside("tcp", address, nil) != nil; got != refused {
			t.Errorf("%s: refused %v, want %v", address, got, refused)
		}
	}
	var live *FaultError
	c := New(Options{Cloud: Cloud{Login: "https://127.0.0.1:1"}, TenantID: testTenant})
	if _, err := c.Acquire(t.Context(), BlueprintToken{BlueprintAppID: testBlueprint}); !errors.As(err, &live) || !strings.Contains(errors.Unwrap(err).Error(), "not a public address") {
		t.Errorf("a live client dialled loopback: %v", err)
	}
}
