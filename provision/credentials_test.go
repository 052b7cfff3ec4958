package provision

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"agentidportal/entra"
	"agentidportal/entra/graph"
	"agentidportal/models"
)

// rsaKey is one key for all certificates: making it takes a while.
var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// certificateDERFor makes a self-signed certificate.
func certificateDERFor(t testing.TB, name string, change ...func(*x509.Certificate)) []byte {
	t.Helper()
	form := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(90 * 24 * time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
	}
	for _, c := range change {
		c(form)
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, rsaKey().Public(), rsaKey())
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func pemOf(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// withCertificate gives a spec a certificate, by way of an upload.
func withCertificate(t testing.TB, der []byte) func(*BlueprintSpec) {
	t.Helper()
	c, err := ParseCertificate(pemOf("CERTIFICATE", der), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return func(s *BlueprintSpec) {
		own := c
		s.Credential, s.Certificate, s.SecretDays, s.Count = CredentialCertificate, &own, 0, 0
	}
}

const identityOID = "6a1f0c9e-0000-4000-8000-00000000abcd"

func withIdentity(s *BlueprintSpec) {
	s.Credential, s.SecretDays, s.Count = CredentialFederated, 0, 0
	s.Federated = &FederatedSpec{Scenario: FederatedManagedIdentity, Name: "host", ManagedIdentityID: strings.ToUpper(identityOID)}
}

const firstClient, secondClient = "0f9d3a51-0000-4000-8000-000000000001", "0f9d3a51-0000-4000-8000-000000000002"

func withAPI(s *BlueprintSpec) {
	s.SecretDays, s.Count = 0, 0
	s.Expose = &ExposeSpec{Scope: DefaultScope, Preauthorized: []string{firstClient, secondClient}, RedirectURIs: []string{"https://portal.example/back"}}
}

// found reads a blueprint as the actor.
func (b *bench) found(t testing.TB, a models.Actor, id string) *graph.Blueprint {
	t.Helper()
	blueprint, err := b.o.Graph.With(b.signIns.TokenFunc(a.SignInID)).Blueprint(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return blueprint
}

func TestTheCertificateSignsTheBlueprintIn(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.admin(t)
	der := certificateDERFor(t, "invoice-helper")
	run := b.ends(t, b.begin(t, admin, withCertificate(t, der)))
	if run.State != models.RunDone {
		t.Fatal(stepsText(run))
	}
	b.checkAudit(t)
	key, err := x509.MarshalPKCS8PrivateKey(rsaKey())
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := entra.LoadCertificate(append(pemOf("PRIVATE KEY", key), pemOf("CERTIFICATE", der)...))
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.entra.Acquire(t.Context(), entra.BlueprintToken{
		BlueprintAppID: run.BlueprintAppID, Credential: entra.Credential{Certificate: certificate}, Scope: entra.GraphDefaultScope,
	})
	if err != nil {
		t.Errorf("the certificate does not sign in: %v", err)
	}
}

func TestTheManagedIdentitySignsTheBlueprintIn(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.admin(t)
	run := b.ends(t, b.begin(t, admin, withIdentity))
	if run.State != models.RunDone || run.Steps[2].ObjectID == "" {
		t.Fatal(stepsText(run))
	}
	b.checkAudit(t)
	fields := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {run.BlueprintAppID}, "scope": {entra.GraphDefaultScope},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {b.identityToken(t, identityOID)},
	}
	res, err := http.PostForm(b.url+"/"+b.info.TenantID+"/oauth2/v2.0/token", fields)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var answer map[string]any
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil || res.StatusCode != http.StatusOK || answer["access_token"] == nil {
		t.Errorf("answer %d %v, %v", res.StatusCode, answer, err)
	}
}

// identityToken is what the metadata service gives a managed identity.
func (b *bench) identityToken(t testing.TB, oid string) string {
	t.Helper()
	query := url.Values{"resource": {"api://AzureADTokenExchange"}, "object_id": {oid}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.url+"/_sandbox/managed-identity/token?"+query.Encode(), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Metadata", "true")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var answer struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil || answer.Token == "" {
		t.Fatalf("no token of a managed identity (%d, %v)", res.StatusCode, err)
	}
	return answer.Token
}

func TestTheBlueprintIsExposedToClients(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.admin(t)
	b.knobs(t, map[string]any{"lagMs": map[string]int{"blueprint": 100}})
	run := b.ends(t, b.begin(t, admin, withAPI))
	if run.State != models.RunDone {
		t.Fatal(stepsText(run))
	}
	b.checkAudit(t)
	b.checkExposed(t, admin, run)
}

func (b *bench) checkExposed(t testing.TB, a models.Actor, run *models.Run) {
	t.Helper()
	blueprint := b.found(t, a, run.BlueprintID)
	if diff := cmp.Diff([]string{"api://" + run.BlueprintAppID}, blueprint.IdentifierURIs); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"https://portal.example/back"}, blueprint.Web.RedirectURIs); diff != "" {
		t.Error(diff)
	}
	api := blueprint.API
	if len(api.Scopes) != 1 || api.Scopes[0].Value != DefaultScope || !api.Scopes[0].IsEnabled || api.Scopes[0].Type != graph.ScopeForUsers || api.TokenVersion != 2 {
		t.Fatalf("api %+v", api)
	}
	if len(api.Preauthorized) != 2 || !api.IsPreauthorized(firstClient, api.Scopes[0].ID) || !api.IsPreauthorized(secondClient, api.Scopes[0].ID) {
		t.Errorf("pre-authorized %+v", api.Preauthorized)
	}
}

// settingCalls are the steps that change a blueprint, and where their calls go.
func settingCalls(t testing.TB) map[string]struct {
	spec   func(*BlueprintSpec)
	strike fault
	before int // calls to the same address that come first
} {
	t.Helper()
	patch := fault{method: http.MethodPatch, path: "/microsoft.graph.agentIdentityBlueprint", exact: true}
	return map[string]struct {
		spec   func(*BlueprintSpec)
		strike fault
		before int
	}{
		KindFederated:    {withIdentity, fault{path: "/federatedIdentityCredentials", exact: true}, 0},
		KindCertificate:  {withCertificate(t, certificateDERFor(t, "lost")), patch, 0},
		KindExpose:       {withAPI, patch, 0},
		KindPreauthorize: {withAPI, patch, 1},
	}
}

func TestALostSettingIsThereOnce(t *testing.T) {
	for kind, call := range settingCalls(t) {
		for name, lose := range map[string]func(*fault){
			models.ResultAdopted:  func(f *fault) { f.after = true },
			models.ResultRepeated: func(f *fault) { f.before = true },
			"server fault":        func(f *fault) { f.status, f.code = http.StatusBadGateway, "UnknownError" },
		} {
			t.Run(kind+" "+name, func(t *testing.T) {
				b := newBench(t, benchOptions{settle: 30 * time.Millisecond})
				admin := b.admin(t)
				for range call.before {
					b.faults.add(call.strike) // does nothing: this one passes
				}
				strike := call.strike
				lose(&strike)
				b.faults.add(strike)
				run := b.ends(t, b.begin(t, admin, call.spec))
				want := models.ResultRepeated
				if name == models.ResultAdopted {
					want = name
				}
				if s := stepOf(run, kind); s == nil || s.Result != want || run.State != models.RunDone {
					t.Fatalf("want %s: %s", want, stepsText(run))
				}
				b.checkAudit(t)
				b.checkOnce(t, admin, run, kind)
			})
		}
	}
}

func stepOf(run *models.Run, kind string) *models.Step {
	for i := range run.Steps {
		if run.Steps[i].Kind == kind {
			return &run.Steps[i]
		}
	}
	return nil
}

// checkOnce asserts that what a step makes is there, and once.
func (b *bench) checkOnce(t testing.TB, a models.Actor, run *models.Run, kind string) {
	t.Helper()
	switch kind {
	case KindFederated:
		all := b.federatedOf(t, a, run.BlueprintID)
		want := graph.FederatedCredential{Name: "host", Issuer: b.url + "/" + b.info.TenantID + "/v2.0", Subject: identityOID, Audiences: []string{"api://AzureADTokenExchange"}}
		if len(all) != 1 || all[0].Name != "host" || !all[0].SameTrust(want) {
			t.Errorf("federated credentials %+v", all)
		}
	case KindCertificate:
		if keys := b.found(t, a, run.BlueprintID).KeyCredentials; len(keys) != 1 || keys[0].DisplayName != "lost" {
			t.Errorf("certificates %+v", keys)
		}
	default:
		b.checkExposed(t, a, run)
	}
}

func (b *bench) federatedOf(t testing.TB, a models.Actor, blueprintID string) []graph.FederatedCredential {
	t.Helper()
	all, err := b.o.Graph.With(b.signIns.TokenFunc(a.SignInID)).FederatedCredentials(t.Context(), blueprintID)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// existing starts a run of steps on the blueprint of another run.
func (b *bench) existing(t *testing.T, a models.Actor, made *models.Run, request string, change ...func(*BlueprintSpec)) *models.Run {
	t.Helper()
	spec := b.spec(a, change...)
	var p planner
	p.credential(spec, 0)
	p.expose(spec, 0)
	k := b.planning(spec, a)
	k.blueprintID, k.blueprintAppID = made.BlueprintID, made.BlueprintAppID
	run := newRun(a, RunAddCredential, "change "+spec.DisplayName, "")
	run.BlueprintID, run.BlueprintAppID = made.BlueprintID, made.BlueprintAppID
	for i, s := range p.steps {
		if i == 0 || s.needs[0] == 0 {
			s.needs = nil
		}
		row, err := s.row(i+1, k)
		if err != nil {
			t.Fatal(err)
		}
		run.Steps = append(run.Steps, row)
	}
	run, err := b.start(t.Context(), a, request, run)
	if err != nil {
		t.Fatal(err)
	}
	return b.ends(t, run)
}

func TestWhatOthersPutThereStays(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.admin(t)
	first := b.ends(t, b.begin(t, admin, withCertificate(t, certificateDERFor(t, "first")), withAPIOnly))
	second := b.existing(t, admin, first, "second", withCertificate(t, certificateDERFor(t, "second")), withAPIOnly, func(s *BlueprintSpec) {
		s.Expose = &ExposeSpec{Scope: "Other.Scope", AdminOnly: true, Preauthorized: []string{secondClient}, RedirectURIs: []string{"https://other.example"}}
	})
	if second.State != models.RunDone {
		t.Fatal(stepsText(second))
	}
	b.checkAudit(t)
	got := b.found(t, admin, first.BlueprintID)
	if len(got.KeyCredentials) != 2 || got.KeyCredentials[0].DisplayName != "first" || got.KeyCredentials[1].DisplayName != "second" {
		t.Errorf("certificates %+v", got.KeyCredentials)
	}
	if diff := cmp.Diff([]string{"https://portal.example/back", "https://other.example"}, got.Web.RedirectURIs); diff != "" {
		t.Error(diff)
	}
	one, other := got.API.Scope(DefaultScope), got.API.Scope("Other.Scope")
	if one == nil || other == nil || other.Type != graph.ScopeForAdmins || len(got.API.Scopes) != 2 || len(got.IdentifierURIs) != 1 {
		t.Fatalf("api %+v", got.API)
	}
	for _, pair := range [][2]string{{firstClient, one.ID}, {secondClient, one.ID}, {secondClient, other.ID}} {
		if !got.API.IsPreauthorized(pair[0], pair[1]) {
			t.Errorf("%v is not pre-authorized: %+v", pair, got.API.Preauthorized)
		}
	}
	if got.API.IsPreauthorized(firstClient, other.ID) {
		t.Error("a client got a scope that nobody asked for")
	}
}

// withAPIOnly adds the API and leaves the credential.
func withAPIOnly(s *BlueprintSpec) {
	credential := s.Credential
	withAPI(s)
	s.Credential = credential
}

func TestAScopeThatIsThereIsNotMadeTwice(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.admin(t)
	first := b.ends(t, b.begin(t, admin, withAPI))
	again := b.existing(t, admin, first, "again", withAPI, func(s *BlueprintSpec) { s.DisplayName = "Another name" })
	if again.State != models.RunDone {
		t.Fatal(stepsText(again))
	}
	b.checkExposed(t, admin, first)
}

func TestFederatedCredentialThatIsThereAlready(t *testing.T) {
	b := newBench(t, benchOptions{settle: 10 * time.Millisecond})
	admin := b.admin(t)
	first := b.ends(t, b.begin(t, admin, withIdentity))
	same := b.existing(t, admin, first, "same", withIdentity, func(s *BlueprintSpec) { s.Federated.Name = "renamed" })
	if s := same.Steps[0]; s.Result != models.ResultAdopted || s.ObjectID != stepOf(first, KindFederated).ObjectID {
		t.Error(stepsText(same))
	}
	for name, change := range map[string]func(*BlueprintSpec){
		"Names cannot be used twice":                  func(s *BlueprintSpec) { s.Federated.ManagedIdentityID = firstClient },
		"is for the same issuer and subject":          func(s *BlueprintSpec) { s.Federated.Name, s.Federated.Audience = "host2", "api://elsewhere" },
		"Names cannot be used twice: choose another.": func(s *BlueprintSpec) { s.Federated.Audience = "api://elsewhere" },
	} {
		run := b.existing(t, admin, first, name, withIdentity, change)
		if s := run.Steps[0]; s.State != models.StepFailed || s.HTTPStatus != http.StatusConflict || !strings.Contains(s.Note, name) {
			t.Errorf("%s: %s", name, stepsText(run))
		}
	}
	if all := b.federatedOf(t, admin, first.BlueprintID); len(all) != 1 {
		t.Errorf("federated credentials %+v", all)
	}
}

// TestABlueprintThatCannotBeReadIsNotChanged: without the list that is there, a
// call would take it away.
func TestABlueprintThatCannotBeReadIsNotChanged(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.admin(t)
	first := b.ends(t, b.begin(t, admin, withCertificate(t, certificateDERFor(t, "first"))))
	read := fault{method: http.MethodGet, path: "/applications/" + first.BlueprintID, times: 1}
	busy, denied := read, read
	busy.status, busy.code, denied.status, denied.code, denied.times = http.StatusBadGateway, "UnknownError", http.StatusForbidden, "Authorization_RequestDenied", 2
	b.faults.add(busy)
	second := b.existing(t, admin, first, "second", withCertificate(t, certificateDERFor(t, "second")))
	if second.State != models.RunDone || second.Steps[0].Attempt == 0 {
		t.Fatal(stepsText(second))
	}
	b.faults.add(denied)
	third := b.existing(t, admin, first, "third", withCertificate(t, certificateDERFor(t, "third")))
	if s := third.Steps[0]; s.State != models.StepFailed || s.HTTPStatus != http.StatusForbidden || s.OpID != "" {
		t.Error(stepsText(third))
	}
	if keys := b.found(t, admin, first.BlueprintID).KeyCredentials; len(keys) != 2 {
		t.Errorf("certificates %+v", keys)
	}
	b.checkAudit(t)
}
