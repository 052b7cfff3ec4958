package provision

import (
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// bare is a blueprint without credentials, as it was read.
func (b *bench) bare(t *testing.T, a models.Actor) *graph.Blueprint {
	t.Helper()
	return b.found(t, a, b.blueprintAlone(t, a).BlueprintID)
}

func parsed(t testing.TB, der []byte) *CertificateSpec {
	t.Helper()
	spec, err := ParseCertificate(der, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return &spec
}

func TestAddCertificate(t *testing.T) {
	b := newBench(t, benchOptions{settle: 10 * time.Millisecond})
	admin := b.admin(t)
	blueprint := b.bare(t, admin)
	for n, name := range []string{"first", "second"} {
		spec := CertificateAddition{Blueprint: b.found(t, admin, blueprint.ID), Certificate: parsed(t, certificateDERFor(t, name)), Reason: "CHG-7"}
		if call := b.CertificateCall(spec); call.Method != "PATCH" || !strings.Contains(call.Path, blueprint.ID) || call.Needs == "" {
			t.Errorf("call %s %s, needs %q", call.Method, call.Path, call.Needs)
		}
		run, err := b.AddCertificate(t.Context(), admin, name, spec)
		if err != nil {
			t.Fatal(err)
		}
		if run.State != models.RunDone || run.Kind != RunAddCredential || run.Reason != "CHG-7" || run.BlueprintID != blueprint.ID {
			t.Fatalf("%+v %s", run, stepsText(run))
		}
		spec.Blueprint = b.found(t, admin, blueprint.ID)
		if again, err := b.AddCertificate(t.Context(), admin, name, spec); err != nil || again.ID != run.ID {
			t.Errorf("the second press made run %v, %v", again, err)
		}
		var invalid *models.InvalidError
		if _, err := b.AddCertificate(t.Context(), admin, "other", spec); !errors.As(err, &invalid) || !strings.Contains(invalid.Fields["certificate"], "this very certificate") {
			t.Errorf("the same certificate twice: %v", err)
		}
		if keys := spec.Blueprint.KeyCredentials; len(keys) != n+1 {
			t.Errorf("after the %s there are %d certificates: those that were there stay", name, len(keys))
		}
	}
	b.checkAudit(t)
}

func TestAddCertificateRefusesWhatIsNoUse(t *testing.T) {
	blueprint := &graph.Blueprint{ID: newTestID, DisplayName: "X"}
	ended := certificateDERFor(t, "ended", func(c *x509.Certificate) { c.NotBefore = time.Now().Add(-48 * time.Hour) })
	good := parsed(t, ended)
	other := *parsed(t, certificateDERFor(t, "good"))
	other.Thumbprint = strings.Repeat("0", 40)
	for name, tc := range map[string]struct {
		cert  *CertificateSpec
		after time.Duration
		field string
		words string
	}{
		"none":           {nil, 0, "certificate", "Upload the certificate"},
		"ended":          {good, 365 * 24 * time.Hour, "certificate", "This certificate ended on"},
		"another's name": {&other, 0, "certificate", "does not fit the certificate"},
	} {
		faults := CertificateAddition{Blueprint: blueprint, Certificate: tc.cert}.Validate(time.Now().Add(tc.after))
		if !strings.Contains(faults[tc.field], tc.words) {
			t.Errorf("%s: %v", name, faults)
		}
	}
	if faults := (CertificateAddition{Blueprint: blueprint, Certificate: good, Reason: strings.Repeat("x", 501)}).Validate(time.Now()); len(faults) != 1 || faults["reason"] == "" {
		t.Errorf("a long reason: %v", faults)
	}
}

func TestAddFederated(t *testing.T) {
	b := newBench(t, benchOptions{settle: 10 * time.Millisecond})
	admin := b.admin(t)
	blueprint := b.bare(t, admin)
	spec := FederatedAddition{Blueprint: blueprint, Federated: FederatedSpec{Scenario: FederatedManagedIdentity, Name: "host", ManagedIdentityID: identityOID}}
	if call := b.FederatedCall(spec); call.Method != "POST" || !strings.HasSuffix(call.Path, "/federatedIdentityCredentials") || call.Needs == "" {
		t.Errorf("call %s %s, needs %q", call.Method, call.Path, call.Needs)
	}
	run, err := b.AddFederated(t.Context(), admin, "one", spec)
	if err != nil {
		t.Fatal(err)
	}
	all := b.federatedOf(t, admin, blueprint.ID)
	if run.State != models.RunDone || len(all) != 1 || all[0].Issuer != b.TenantIssuer() || all[0].Subject != identityOID {
		t.Fatalf("%s %+v", stepsText(run), all)
	}
	spec.Blueprint.Federated = all
	if again, err := b.AddFederated(t.Context(), admin, "one", spec); err != nil || again.ID != run.ID {
		t.Errorf("the second press made run %v, %v", again, err)
	}
	var invalid *models.InvalidError
	if _, err := b.AddFederated(t.Context(), admin, "two", spec); !errors.As(err, &invalid) || len(invalid.Fields) != 2 {
		t.Errorf("the same twice: %v", err)
	}
	if _, err := b.AddFederated(t.Context(), admin, "", spec); err == nil {
		t.Error("a form without an id made a run")
	}
	b.checkAudit(t)
}

// TestFederatedAdditionsKeepToWhatIsThere: Entra takes a name, and a pair of
// issuer and subject, once, and 20 in all.
func TestFederatedAdditionsKeepToWhatIsThere(t *testing.T) {
	const issuer = "https://login.example/tenant/v2.0"
	github := FederatedSpec{Scenario: FederatedGitHub, Name: "build", Organization: "contoso", Repository: "agents", Entity: EntityBranch, EntityName: "main"}
	with := func(change func(*FederatedSpec)) FederatedSpec {
		s := github
		change(&s)
		return s
	}
	var twenty []graph.FederatedCredential
	for n := range MaxFederated {
		twenty = append(twenty, graph.FederatedCredential{Name: fmt.Sprintf("c-%02d", n), Issuer: "https://x.example", Subject: fmt.Sprint(n)})
	}
	there := []graph.FederatedCredential{github.Credential(issuer)}
	for name, tc := range map[string]struct {
		there []graph.FederatedCredential
		spec  FederatedSpec
		want  string // the only field at fault
	}{
		"new":                       {nil, github, ""},
		"another":                   {there, with(func(s *FederatedSpec) { s.Name, s.EntityName = "other", "dev" }), ""},
		"its name":                  {there, with(func(s *FederatedSpec) { s.Name, s.EntityName = "BUILD", "dev" }), "federated.name"},
		"its subject":               {there, with(func(s *FederatedSpec) { s.Name = "other" }), "federated.entityName"},
		"with another audience":     {there, with(func(s *FederatedSpec) { s.Name, s.Audience = "other", "api://x" }), "federated.entityName"},
		"one too many":              {twenty, github, "federated.scenario"},
		"a field of the scenario":   {there, with(func(s *FederatedSpec) { s.Name, s.Organization = "other", "" }), "federated.organization"},
		"pull requests, first":      {nil, with(func(s *FederatedSpec) { s.Entity, s.EntityName = EntityPullRequest, "" }), ""},
		"of no scenario":            {nil, with(func(s *FederatedSpec) { s.Scenario = "" }), "federated.scenario"},
		"a name that Entra refuses": {nil, with(func(s *FederatedSpec) { s.Name = "ä" }), "federated.name"},
	} {
		faults := FederatedAddition{Blueprint: &graph.Blueprint{ID: newTestID, DisplayName: "X", Federated: tc.there}, Federated: tc.spec}.Validate(issuer)
		if tc.want == "" && len(faults) != 0 || tc.want != "" && (len(faults) != 1 || faults[tc.want] == "") {
			t.Errorf("%s: %v, want %q", name, faults, tc.want)
		}
	}
	for scenario, want := range map[string]string{
		FederatedManagedIdentity: "managedIdentityId", FederatedKubernetes: "serviceAccount", FederatedOther: "subject",
	} {
		if got := (FederatedSpec{Scenario: scenario}).subjectField(); got != want {
			t.Errorf("%s: the subject is told by %s, want %s", scenario, got, want)
		}
	}
}
