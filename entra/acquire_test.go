package entra

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"
)

func autonomous() Autonomous {
	return Autonomous{BlueprintAppID: testBlueprint, AgentID: testAgent, Credential: Credential{Secret: NewSecret(testSecret)}}
}

func TestAcquireAutonomousSendsTheExactForms(t *testing.T) {
	s := newIssuer(t)
	trace, err := s.client().Acquire(t.Context(), autonomous())
	if err != nil {
		t.Fatal(err)
	}
	t1 := trace.Hops[0].Answer.Token.Reveal()
	want := []url.Values{
		{
			"client_id": {testBlueprint}, "client_secret": {testSecret}, "grant_type": {"client_credentials"},
			"scope": {ExchangeScope}, "fmi_path": {testAgent},
		},
		{
			"client_id": {testAgent}, "grant_type": {"client_credentials"}, "scope": {GraphDefaultScope},
			"client_assertion_type": {clientAssertionType}, "client_assertion": {t1},
		},
	}
	if diff := cmp.Diff(want, s.forms); diff != "" {
		t.Errorf("forms (-want +got):\n%s", diff)
	}
	for i, header := range s.headers {
		if got := header.Get("client-request-id"); got == "" || got != trace.Hops[i].CorrelationID {
			t.Errorf("hop %d sent client-request-id %q, keeps %q", i, got, trace.Hops[i].CorrelationID)
		}
		if header.Get("Authorization") != "" {
			t.Errorf("hop %d sent an Authorization header", i)
		}
	}
}

func TestAcquireAutonomousKeepsBothHops(t *testing.T) {
	s := newIssuer(t)
	trace, err := s.client().Acquire(t.Context(), autonomous())
	if err != nil {
		t.Fatal(err)
	}
	for _, hop := range trace.Hops {
		if hop.State != HopAnswered || hop.Signature.State != VerdictValid || hop.Status != 200 || hop.Opaque {
			t.Errorf("%s: state %s, signature %+v, status %d", hop.Name, hop.State, hop.Signature, hop.Status)
		}
		if hop.Answer.ExpiresIn != 3599*time.Second || !hop.Answer.ExpiresAt.Equal(testNow.Add(3599*time.Second)) {
			t.Errorf("%s: expires in %v at %v", hop.Name, hop.Answer.ExpiresIn, hop.Answer.ExpiresAt)
		}
	}
	if len(trace.Links) != 10 {
		t.Errorf("%d links, want 10", len(trace.Links))
	}
	for _, link := range trace.Links {
		if !link.Holds {
			t.Errorf("link %q does not hold: %s", link.Text, link.Detail)
		}
	}
	wantFields := []Field{
		{Name: "client_id", Value: testBlueprint},
		{Name: "grant_type", Value: "client_credentials"},
		{Name: "scope", Value: ExchangeScope},
		{Name: "fmi_path", Value: testAgent},
		{Name: "client_secret", Masked: true, Length: len(testSecret), Hint: "can…"},
	}
	if diff := cmp.Diff(wantFields, trace.Hops[0].Request); diff != "" {
		t.Errorf("fields of T1 (-want +got):\n%s", diff)
	}
	assertion := trace.Hops[1].Request[4]
	if assertion.Note != "T1, as above" || !assertion.Masked || assertion.Value != "" {
		t.Errorf("assertion of TR is shown as %+v", assertion)
	}
}

func TestAcquireRefusedKeepsTheTrace(t *testing.T) {
	s := newIssuer(t)
	s.answer = func(w http.ResponseWriter, form url.Values) {
		writeJSON(w, http.StatusUnauthorized, refusal(7000215, "invalid_client", "AADSTS7000215: Invalid client secret provided: "+form.Get("client_secret")+" eyJhbGciOiJSUzI1NiJ9.eyJhIjoxfQ.c2ln"))
	}
	trace, err := s.client().Acquire(t.Context(), autonomous())
	var refused *Error
	if !errors.As(err, &refused) {
		t.Fatalf("error %v, want *Error", err)
	}
	states := []HopState{trace.Hops[0].State, trace.Hops[1].State}
	if diff := cmp.Diff([]HopState{HopRefused, HopUnreached}, states); diff != "" {
		t.Error(diff)
	}
	if refused.AADSTS != 7000215 || refused.Status != 401 || refused.Code != "invalid_client" || refused.TraceID == "" {
		t.Errorf("refusal is %+v", refused)
	}
	if refused.CorrelationID != "22222222-2222-2222-2222-222222222222" || trace.Hops[0].CorrelationID != refused.CorrelationID {
		t.Errorf("correlation id is %q", refused.CorrelationID)
	}
	if got := refused.Error(); got != "sign-in service refused: invalid_client (AADSTS7000215)" {
		t.Errorf("text is %q", got)
	}
	for _, text := range []string{refused.Body, refused.Description} {
		if strings.Contains(text, "canary") || strings.Contains(text, "eyJ") || !strings.Contains(text, "[token, 36 characters]") {
			t.Errorf("body is not cleaned: %s", text)
		}
	}
	if !trace.Token().IsZero() || trace.Failed() != &trace.Hops[0] || !trace.ExpiresAt().IsZero() {
		t.Error("a refused trace has a token, or does not know its failed hop")
	}
}

func TestAcquireRefusedAtTheSecondHop(t *testing.T) {
	s := newIssuer(t)
	s.answer = func(w http.ResponseWriter, form url.Values) {
		if form.Has("fmi_path") {
			s.honest(w, form)
			return
		}
		body := refusal(0, "invalid_client", "AADSTS700213: No matching federated identity record found")
		delete(body, "error_codes")
		writeJSON(w, http.StatusUnauthorized, body)
	}
	trace, err := s.client().Acquire(t.Context(), autonomous())
	var refused *Error
	if !errors.As(err, &refused) || refused.AADSTS != 700213 {
		t.Fatalf("error %v, want AADSTS700213 read from the description", err)
	}
	if trace.Hops[0].JWT == nil || trace.Hops[0].Signature.State != VerdictValid || trace.Hops[1].State != HopRefused {
		t.Errorf("T1 is lost: %+v", trace.Hops[0])
	}
	if len(trace.Links) != 6 {
		t.Errorf("%d links of T1, want 6", len(trace.Links))
	}
}

func TestAcquireSaysWhyNoAnswerCame(t *testing.T) {
	stopped := httptest.NewServer(http.NotFoundHandler())
	stopped.Close()
	tests := []struct {
		name   string
		answer func(w http.ResponseWriter, _ url.Values)
		want   string
	}{
		{"html", func(w http.ResponseWriter, _ url.Values) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, "<html>proxy sign-in</html>")
		}, "The answer is not JSON (HTTP 200, text/html)."},
		{"html 502", func(w http.ResponseWriter, _ url.Values) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(http.StatusBadGateway)
		}, "The answer is not JSON (HTTP 502, text/html)."},
		{"truncated", func(w http.ResponseWriter, _ url.Values) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"access_token":"eyJhbGci`)
		}, "The answer was cut off (HTTP 200, 25 bytes)."},
		{"no token", func(w http.ResponseWriter, _ url.Values) { writeJSON(w, 200, map[string]any{"token_type": "Bearer"}) }, "The answer holds no token (HTTP 200)."},
		{"redirect", func(w http.ResponseWriter, _ url.Values) {
			w.Header().Set("Location", "https://example.org/")
			w.WriteHeader(http.StatusFound)
		}, "The sign-in service answered with a redirect (HTTP 302)"},
		{"own fault", func(w http.ResponseWriter, _ url.Values) { writeJSON(w, 503, map[string]any{}) }, "had a fault of its own (HTTP 503)"},
		{"connection cut", func(http.ResponseWriter, url.Values) { panic(http.ErrAbortHandler) }, "ended the connection before the answer was complete."},
		{"too large", func(w http.ResponseWriter, _ url.Values) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, strings.Repeat(" ", maxBody+1))
		}, "larger than 8 MiB"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newIssuer(t)
			s.answer = tt.answer
			trace, err := s.client().Acquire(t.Context(), autonomous())
			checkFault(t, trace, err, tt.want)
		})
	}
	t.Run("nothing listens", func(t *testing.T) {
		c := New(Options{Cloud: SandboxCloud(stopped.URL, stopped.URL), TenantID: testTenant})
		trace, err := c.Acquire(t.Context(), autonomous())
		checkFault(t, trace, err, "Nothing answers at 127.0.0.1")
	})
	t.Run("stopped", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		trace, err := newIssuer(t).client().Acquire(ctx, autonomous())
		checkFault(t, trace, err, "stopped before an answer")
	})
	t.Run("timeout", func(t *testing.T) {
		s := newIssuer(t)
		held := make(chan struct{})
		t.Cleanup(func() { close(held) })
		s.answer = func(http.ResponseWriter, url.Values) { <-held }
		c := New(Options{Cloud: SandboxCloud(s.URL, s.URL), TenantID: testTenant, HTTP: &http.Client{Timeout: 20 * time.Millisecond}})
		trace, err := c.Acquire(t.Context(), autonomous())
		checkFault(t, trace, err, "did not answer in time")
	})
}

func checkFault(t *testing.T, trace *Trace, err error, want string) {
	t.Helper()
	var fault *FaultError
	if !errors.As(err, &fault) || fault.Hop != HopT1 {
		t.Fatalf("error %v, want a *FaultError of T1", err)
	}
	if hop := trace.Hops[0]; hop.State != HopFailed || !strings.Contains(hop.Fault, want) {
		t.Errorf("state %s, fault %q, want %q", hop.State, hop.Fault, want)
	}
	if trace.Hops[1].State != HopUnreached {
		t.Errorf("TR is %s", trace.Hops[1].State)
	}
}

func TestAcquireMarksAnOpaqueToken(t *testing.T) {
	s := newIssuer(t)
	s.answer = func(w http.ResponseWriter, form url.Values) {
		writeJSON(w, 200, map[string]any{"token_type": "Bearer", "expires_in": "3599", "access_token": "opaque-token-without-dots"})
	}
	trace, err := s.client().Acquire(t.Context(), BlueprintToken{BlueprintAppID: testBlueprint, Credential: Credential{Secret: NewSecret(testSecret)}})
	if err != nil {
		t.Fatal(err)
	}
	hop := trace.Hops[0]
	if !hop.Opaque || hop.JWT != nil || hop.Answer.ExpiresIn != 3599*time.Second || hop.Signature.State != VerdictUnchecked {
		t.Errorf("hop is %+v", hop)
	}
	if s.forms[0].Has("fmi_path") || s.forms[0].Get("scope") != GraphDefaultScope {
		t.Errorf("form is %v", s.forms[0])
	}
}

func TestAcquireShowsBrokenLinks(t *testing.T) {
	s := newIssuer(t)
	other := "ef403b6c-5f3e-40ac-8685-28eed2922ad5"
	s.answer = func(w http.ResponseWriter, form url.Values) {
		claims := s.t1Claims()
		claims["azp"], claims["tid"] = other, other
		claims["sub"] = strings.Replace(testSub, "VfNxlDoXZkSxQj1Kz4SLAw", "bDtA7z5frECGhSju0pIq1Q", 1)
		writeJSON(w, 200, map[string]any{"access_token": s.sign(map[string]any{"alg": "RS256", "kid": "test-key"}, claims), "expires_in": 60})
	}
	trace, err := s.client().Acquire(t.Context(), autonomous())
	if err != nil {
		t.Fatal(err)
	}
	broken := map[string]string{}
	for _, link := range trace.Links {
		if !link.Holds {
			broken[link.Text] = link.Detail
		}
	}
	for _, text := range []string{"T1.azp is the blueprint", "T1.sub names the blueprint", "T1.tid is this tenant", "TR.xms_par_app_azp is the blueprint"} {
		if broken[text] == "" {
			t.Errorf("%q holds, and should not", text)
		}
	}
	if want := other + ", expected " + testBlueprint; broken["T1.sub names the blueprint"] != want {
		t.Errorf("detail %q, want %q", broken["T1.sub names the blueprint"], want)
	}
}

func TestCertificateSignsTheAssertion(t *testing.T) {
	s := newIssuer(t)
	cert, err := LoadCertificate(certificatePEM(t))
	if err != nil {
		t.Fatal(err)
	}
	mode := autonomous()
	mode.Credential = Credential{Certificate: cert}
	trace, err := s.client().Acquire(t.Context(), mode)
	if err != nil {
		t.Fatal(err)
	}
	form := s.forms[0]
	if form.Has("client_secret") || form.Get("client_assertion_type") != clientAssertionType {
		t.Fatalf("form is %v", form)
	}
	signed, err := jose.ParseSignedCompact(form.Get("client_assertion"), []jose.SignatureAlgorithm{jose.PS256})
	if err != nil {
		t.Fatal(err)
	}
	payload, err := signed.Verify(&cert.key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		Aud, Iss, Sub, Jti string
		Nbf, Exp           int64
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	if claims.Aud != s.URL+"/"+testTenant+"/oauth2/v2.0/token" || claims.Iss != testBlueprint || claims.Sub != testBlueprint || claims.Jti == "" || claims.Exp-claims.Nbf != 600 {
		t.Errorf("claims are %+v", claims)
	}
	assertion, err := Decode(form.Get("client_assertion"))
	if err != nil {
		t.Fatal(err)
	}
	if assertion.HeaderText("x5t#S256") != cert.Thumbprint() || assertion.HeaderText("x5c") == "" || assertion.HeaderText("typ") != "JWT" {
		t.Errorf("header is %v", assertion.Header)
	}
	if note := trace.Hops[0].Request[5].Note; note != "signed with certificate "+cert.Thumbprint() {
		t.Errorf("note is %q", note)
	}
	if text := fmt.Sprintf("%v %#v %+v", cert, cert, mode); strings.Contains(text, "PrivateKey") || strings.Contains(text, cert.key.D.String()) {
		t.Errorf("the key is printed: %s", text)
	}
}

func TestLoadCertificateRefuses(t *testing.T) {
	whole := string(certificatePEM(t))
	onlyCert := whole[:strings.Index(whole, "-----BEGIN PRIVATE")]
	for name, text := range map[string]string{"empty": "", "no key": onlyCert, "elliptic": string(ellipticPEM(t))} {
		if _, err := LoadCertificate([]byte(text)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestCredentialsThatMustNotBeSent(t *testing.T) {
	s := newIssuer(t)
	live := New(Options{Cloud: GlobalCloud(), TenantID: testTenant, HTTP: s.Client()})
	_, err := live.Acquire(t.Context(), autonomous())
	if err == nil || !strings.Contains(err.Error(), "belongs to a sandbox tenant") {
		t.Errorf("a sandbox secret went to Microsoft: %v", err)
	}
	cert, err := LoadCertificate(certificatePEM(t))
	if err != nil {
		t.Fatal(err)
	}
	mode := autonomous()
	mode.Credential.Certificate = cert
	if _, err := s.client().Acquire(t.Context(), mode); err == nil || !strings.Contains(err.Error(), "one credential") {
		t.Errorf("two credentials: %v", err)
	}
	if len(s.forms) != 0 {
		t.Errorf("%d requests were sent", len(s.forms))
	}
}

func certificatePEM(t *testing.T) []byte {
	t.Helper()
	key := testKey()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: testNow, NotAfter: testNow.AddDate(1, 0, 0)}
	return pemPair(t, template, key.Public(), key)
}

func ellipticPEM(t *testing.T) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return pemPair(t, &x509.Certificate{SerialNumber: big.NewInt(1)}, key.Public(), key)
}

func pemPair(t *testing.T, template *x509.Certificate, public, private any) []byte {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})...)
}

func TestAnswerOfReadsAnyLifetime(t *testing.T) {
	tests := []struct {
		sent any
		want time.Duration
	}{
		{3599.0, 3599 * time.Second},
		{"3599", 3599 * time.Second},
		{"soon", 0},
		{nil, 0},
		{-60.0, 0},
		{1e300, 366 * 24 * time.Hour},
	}
	for _, tt := range tests {
		token := (&oauth2.Token{AccessToken: "at"}).WithExtra(map[string]any{"expires_in": tt.sent})
		if got := answerOf(token, testNow); got.ExpiresIn != tt.want || !got.ExpiresAt.Equal(testNow.Add(tt.want)) {
			t.Errorf("%v: %v until %v, want %v", tt.sent, got.ExpiresIn, got.ExpiresAt, tt.want)
		}
	}
}
