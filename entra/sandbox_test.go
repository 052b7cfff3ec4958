package entra_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"agentidportal/entra"
	"agentidportal/sandbox"
)

// tenant is a sandbox tenant over HTTP.
type tenant struct {
	info   sandbox.Info
	client *entra.Client
}

func newTenant(t *testing.T, change ...func(*sandbox.Options)) tenant {
	t.Helper()
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	options := sandbox.Options{DataFile: filepath.Join(t.TempDir(), "tenant.db"), BaseURL: server.URL}
	for _, f := range change {
		f(&options)
	}
	s, err := sandbox.Open(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	handler = s
	info := s.Info()
	cloud := entra.SandboxCloud(info.Authority, info.Graph)
	return tenant{info, entra.New(entra.Options{Cloud: cloud, TenantID: info.TenantID})}
}

func (n tenant) autonomous() entra.Autonomous {
	return entra.Autonomous{
		BlueprintAppID: n.info.Seed.Blueprint.AppID, AgentID: n.info.Seed.Agent.ID,
		Credential: entra.Credential{Secret: entra.NewSecret(n.info.Seed.Blueprint.ClientSecret)},
	}
}

func (n tenant) explained(hop entra.Hop, mode entra.ModeName, scope string) []entra.ClaimNote {
	return n.client.Explain(hop.JWT, entra.Context{
		Mode: mode, Hop: hop.Name, BlueprintAppID: n.info.Seed.Blueprint.AppID, AgentID: n.info.Seed.Agent.ID, Scope: scope,
	})
}

func TestSandboxAutonomous(t *testing.T) {
	n := newTenant(t)
	for _, scope := range []string{"", entra.GraphDefaultScope, entra.ExchangeScope} {
		mode := n.autonomous()
		mode.Scope = scope
		trace, err := n.client.Acquire(t.Context(), mode)
		if err != nil {
			t.Fatalf("scope %q: %v: %+v", scope, err, trace.Failed())
		}
		for _, link := range trace.Links {
			if !link.Holds {
				t.Errorf("scope %q: %s: %s", scope, link.Text, link.Detail)
			}
		}
		for _, hop := range trace.Hops {
			if hop.Signature.State != entra.VerdictValid {
				t.Errorf("scope %q: signature of %s: %+v", scope, hop.Name, hop.Signature)
			}
			for _, note := range n.explained(hop, trace.Mode, scope) {
				if note.For == entra.Missing || note.For == entra.Unexpected || strings.Contains(note.Says, "Not described") {
					t.Errorf("scope %q: %s.%s = %s is %q: %s", scope, hop.Name, note.Name, note.Text, note.For, note.Says)
				}
			}
		}
	}
}

func TestSandboxBlueprintToken(t *testing.T) {
	n := newTenant(t)
	seed := n.autonomous()
	trace, err := n.client.Acquire(t.Context(), entra.BlueprintToken{BlueprintAppID: seed.BlueprintAppID, Credential: seed.Credential})
	if err != nil {
		t.Fatal(err)
	}
	for _, note := range n.explained(trace.Hops[0], trace.Mode, "") {
		if note.For == entra.Missing || note.For == entra.Unexpected {
			t.Errorf("%s = %s is %s: %s", note.Name, note.Text, note.For, note.Says)
		}
	}
}

// A client assertion of ours passes where the certificate is registered, and
// is refused with a code that is explained where it is not.
func TestSandboxCertificate(t *testing.T) {
	pair, leaf := newCertificate(t)
	cert, err := entra.LoadCertificate(pair)
	if err != nil {
		t.Fatal(err)
	}
	known := newTenant(t, func(o *sandbox.Options) { o.PortalCertificate = leaf })
	mode := entra.BlueprintToken{BlueprintAppID: known.info.Portal.ClientID, Credential: entra.Credential{Certificate: cert}}
	trace, err := known.client.Acquire(t.Context(), mode)
	if err != nil {
		t.Fatalf("%v: %+v", err, trace.Failed().Err)
	}
	if got := trace.Hops[0].JWT.Text("appidacr"); got != "2" {
		t.Errorf("appidacr is %q", got)
	}
	_, err = newTenant(t).client.Acquire(t.Context(), mode)
	var refused *entra.Error
	if !errors.As(err, &refused) || strings.Contains(refused.Explain().Meaning, "does not know") {
		t.Errorf("an unknown certificate: %v", err)
	}
}

// newCertificate makes a certificate as openssl would: key and certificate PEM.
func newCertificate(t *testing.T) ([]byte, *x509.Certificate) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return append(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...), leaf
}

// Claim names of the sandbox's tokens are those of published ones.
func TestSandboxTokensHaveThePublishedClaims(t *testing.T) {
	n := newTenant(t)
	trace, err := n.client.Acquire(t.Context(), n.autonomous())
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range publishedNames(t)[:2] {
		var got []string
		for _, claim := range trace.Hops[i].JWT.Claims {
			got = append(got, claim.Name)
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, slices.DeleteFunc(got, func(name string) bool { return name == "roles" })); diff != "" {
			t.Errorf("claims of %s (-published +sandbox):\n%s", trace.Hops[i].Name, diff)
		}
	}
}

func TestSandboxRefusals(t *testing.T) {
	n := newTenant(t)
	other := "ef403b6c-5f3e-40ac-8685-28eed2922ad5"
	tests := []struct {
		name   string
		change func(*entra.Autonomous)
		hop    entra.HopName
		codes  []int
	}{
		{"wrong secret", func(m *entra.Autonomous) { m.Credential.Secret = entra.NewSecret("SANDBOX~wrong") }, entra.HopT1, []int{7000215}},
		{"no credential", func(m *entra.Autonomous) { m.Credential = entra.Credential{} }, entra.HopT1, []int{7000216}},
		{"unknown blueprint", func(m *entra.Autonomous) { m.BlueprintAppID = other }, entra.HopT1, []int{700016}},
		{"single permission", func(m *entra.Autonomous) { m.Scope = "https://graph.microsoft.com/User.Read.All" }, entra.HopTR, []int{1002012}},
		{"two resources", func(m *entra.Autonomous) { m.Scope = entra.GraphDefaultScope + " " + entra.ExchangeScope }, entra.HopTR, []int{70011, 700022, 28002, 1002012}},
		{"unknown resource", func(m *entra.Autonomous) { m.Scope = "https://nowhere.example/.default" }, entra.HopTR, []int{500011}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			mode := n.autonomous()
			tt.change(&mode)
			trace, err := n.client.Acquire(t.Context(), mode)
			var refused *entra.Error
			if !errors.As(err, &refused) {
				t.Fatalf("error %v", err)
			}
			if failed := trace.Failed(); failed.Name != tt.hop || !slices.Contains(tt.codes, refused.AADSTS) {
				t.Errorf("refused at %s with %d, want %s with one of %v\n%s", failed.Name, refused.AADSTS, tt.hop, tt.codes, refused.Body)
			}
			explained := refused.Explain()
			if explained.Meaning == "" || strings.Contains(explained.Meaning, "does not know") {
				t.Errorf("explained as %+v", explained)
			}
			if refused.TraceID == "" || refused.CorrelationID == "" || refused.Timestamp == "" || refused.Status < 400 {
				t.Errorf("refusal lacks its ids: %+v", refused)
			}
		})
	}
}

// publishedNames are the claim names of the published tokens, sorted.
func publishedNames(t *testing.T) [][]string {
	t.Helper()
	var tokens []struct {
		Claims map[string]json.RawMessage `json:"claims"`
	}
	readJSON(t, "testdata/tokens.json", &tokens)
	var all [][]string
	for _, token := range tokens {
		var names []string
		for name := range token.Claims {
			names = append(names, name)
		}
		slices.Sort(names)
		all = append(all, names)
	}
	return all
}
