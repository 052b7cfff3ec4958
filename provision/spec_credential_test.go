package provision

import (
	"crypto/x509"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

func gitHub() FederatedSpec {
	return FederatedSpec{Scenario: FederatedGitHub, Name: "ci-main", Organization: "contoso", Repository: "agents", Entity: EntityBranch, EntityName: "main"}
}

func cluster() FederatedSpec {
	return FederatedSpec{Scenario: FederatedKubernetes, Name: "aks", Issuer: "https://oidc.example/cluster/", Namespace: "agents", ServiceAccount: "invoice.helper"}
}

func TestFederatedCredentialsAreBuiltForTheirScenario(t *testing.T) {
	const own = "https://login.microsoftonline.com/tenant/v2.0"
	entity := func(kind, name string) FederatedSpec {
		f := gitHub()
		f.Entity, f.EntityName = kind, name
		return f
	}
	for _, tt := range []struct {
		spec                      FederatedSpec
		issuer, subject, audience string
	}{
		{FederatedSpec{Scenario: FederatedManagedIdentity, Name: " n ", ManagedIdentityID: " " + strings.ToUpper(identityOID)}, own, identityOID, ""},
		{entity(EntityBranch, "main"), gitHubIssuer, "repo:contoso/agents:ref:refs/heads/main", ""},
		{entity(EntityTag, "v1.2"), gitHubIssuer, "repo:contoso/agents:ref:refs/tags/v1.2", ""},
		{entity(EntityEnvironment, "prod: eu"), gitHubIssuer, "repo:contoso/agents:environment:prod%3A eu", ""},
		{entity(EntityPullRequest, "left over"), gitHubIssuer, "repo:contoso/agents:pull_request", ""},
		{cluster(), "https://oidc.example/cluster/", "system:serviceaccount:agents:invoice.helper", ""},
		{FederatedSpec{Scenario: FederatedOther, Issuer: "https://ci.example ", Subject: " job 7", Audience: "api://lab"}, "https://ci.example", "job 7", "api://lab"},
	} {
		if tt.audience == "" {
			tt.audience = DefaultFederatedAudience
		}
		want := graph.FederatedCredential{Name: strings.TrimSpace(tt.spec.Name), Issuer: tt.issuer, Subject: tt.subject, Audiences: []string{tt.audience}}
		if diff := cmp.Diff(want, tt.spec.Credential(own)); diff != "" {
			t.Error(diff)
		}
	}
}

func TestFederatedFaultsNameTheFieldAndTheFix(t *testing.T) {
	other := FederatedSpec{Scenario: FederatedOther, Name: "other", Issuer: "https://ci.example", Subject: "x"}
	identity := FederatedSpec{Scenario: FederatedManagedIdentity, Name: "host", ManagedIdentityID: identityOID}
	for _, tt := range []struct {
		name   string
		spec   FederatedSpec
		change func(*FederatedSpec)
		field  string
		says   string
	}{
		{"branch", gitHub(), func(*FederatedSpec) {}, "", ""},
		{"cluster", cluster(), func(*FederatedSpec) {}, "", ""},
		{"identity", identity, func(*FederatedSpec) {}, "", ""},
		{"other", other, func(*FederatedSpec) {}, "", ""},
		{"pull requests need no name", gitHub(), func(f *FederatedSpec) { f.Entity, f.EntityName = EntityPullRequest, "" }, "", ""},
		{"name of 120", gitHub(), func(f *FederatedSpec) { f.Name = strings.Repeat("a", 120) }, "", ""},
		{"name of 121", gitHub(), func(f *FederatedSpec) { f.Name = strings.Repeat("a", 121) }, "name", "3 to 120"},
		{"short name", gitHub(), func(f *FederatedSpec) { f.Name = "ab" }, "name", "3 to 120"},
		{"blank in the name", gitHub(), func(f *FederatedSpec) { f.Name = "a b" }, "name", "letters"},
		{"name begins with -", gitHub(), func(f *FederatedSpec) { f.Name = "-abc" }, "name", "first"},
		{"no scenario", gitHub(), func(f *FederatedSpec) { f.Scenario = "" }, "scenario", "Choose"},
		{"no GUID", identity, func(f *FederatedSpec) { f.ManagedIdentityID = "my-identity" }, "managedIdentityId", "object ID"},
		{"no organization", gitHub(), func(f *FederatedSpec) { f.Organization = "" }, "organization", "address"},
		{"hostile organization", gitHub(), func(f *FederatedSpec) { f.Organization = "$(x)'" }, "organization", "address"},
		{"both in one field", gitHub(), func(f *FederatedSpec) { f.Repository = "contoso/agents" }, "repository", "alone"},
		{"no repository", gitHub(), func(f *FederatedSpec) { f.Repository = ".." }, "repository", "dots"},
		{"no entity", gitHub(), func(f *FederatedSpec) { f.Entity = "workflow" }, "entity", "environment"},
		{"no branch", gitHub(), func(f *FederatedSpec) { f.EntityName = " " }, "entityName", "name of the branch"},
		{"whole ref", gitHub(), func(f *FederatedSpec) { f.EntityName = "refs/heads/main" }, "entityName", "without refs/"},
		{"blank in a branch", gitHub(), func(f *FederatedSpec) { f.EntityName = "a b" }, "entityName", "blanks"},
		{"wildcard", gitHub(), func(f *FederatedSpec) { f.EntityName = "release/*" }, "entityName", "wildcards"},
		{"long branch", gitHub(), func(f *FederatedSpec) { f.EntityName = strings.Repeat("x", 590) }, "entityName", "characters; Entra takes 600"},
		{"long environment", gitHub(), func(f *FederatedSpec) { f.Entity, f.EntityName = EntityEnvironment, strings.Repeat("x", 256) }, "entityName", "255"},
		{"plain http", cluster(), func(f *FederatedSpec) { f.Issuer = "http://oidc.example" }, "issuer", "https://"},
		{"issuer with a query", cluster(), func(f *FederatedSpec) { f.Issuer = "https://oidc.example/?a" }, "issuer", "iss"},
		{"no issuer", other, func(f *FederatedSpec) { f.Issuer = "" }, "issuer", "exactly"},
		{"long issuer", other, func(f *FederatedSpec) { f.Issuer = "https://" + strings.Repeat("x", 600) }, "issuer", "This has 608"},
		{"namespace in capitals", cluster(), func(f *FederatedSpec) { f.Namespace = "Agents" }, "namespace", "small letters"},
		{"dot in a namespace", cluster(), func(f *FederatedSpec) { f.Namespace = "a.b" }, "namespace", "63"},
		{"no service account", cluster(), func(f *FederatedSpec) { f.ServiceAccount = "" }, "serviceAccount", "253"},
		{"no subject", other, func(f *FederatedSpec) { f.Subject = "" }, "subject", "exactly"},
		{"wildcard subject", other, func(f *FederatedSpec) { f.Subject = "repo:*" }, "subject", "wildcards"},
		{"hidden in the subject", other, func(f *FederatedSpec) { f.Subject = "a\u200bb" }, "subject", "cannot see"},
		{"line end in the subject", other, func(f *FederatedSpec) { f.Subject = "a\nb" }, "subject", "one line"},
		{"long audience", other, func(f *FederatedSpec) { f.Audience = strings.Repeat("x", 601) }, "audience", "600"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.change(&tt.spec)
			checkFault(t, tt.spec.Faults(), "federated."+tt.field, tt.says)
		})
	}
}

// checkFault wants one fault and no other; none when says is empty.
func checkFault(t *testing.T, faults map[string]string, field, says string) {
	t.Helper()
	if says == "" {
		if len(faults) > 0 {
			t.Errorf("faults %v, want none", faults)
		}
		return
	}
	if got := slices.Collect(maps.Keys(faults)); len(got) != 1 || !strings.Contains(faults[field], says) {
		t.Errorf("faults %v, want %s to say %q", faults, field, says)
	}
}

func TestExposeFaults(t *testing.T) {
	many := make([]string, maxRedirectURIs+1)
	for _, tt := range []struct {
		name   string
		change func(*ExposeSpec)
		field  string
		says   string
	}{
		{"as it is", func(*ExposeSpec) {}, "", ""},
		{"localhost", func(x *ExposeSpec) { x.RedirectURIs = []string{"http://localhost:8080/back?x=1"} }, "", ""},
		{"256 characters", func(x *ExposeSpec) { x.RedirectURIs = []string{"https://a.example/" + strings.Repeat("x", 238)} }, "", ""},
		{"257 characters", func(x *ExposeSpec) { x.RedirectURIs = []string{"https://a.example/" + strings.Repeat("x", 239)} }, "redirectUris", "This has 257"},
		{"plain http", func(x *ExposeSpec) { x.RedirectURIs = []string{"https://a.example", "http://a.example"} }, "redirectUris", "Redirect URI 2: it has to begin with https://"},
		{"looks like localhost", func(x *ExposeSpec) { x.RedirectURIs = []string{"http://localhost.evil.example"} }, "redirectUris", "begin with"},
		{"script", func(x *ExposeSpec) { x.RedirectURIs = []string{"javascript:alert(1)"} }, "redirectUris", "whole address"},
		{"fragment", func(x *ExposeSpec) { x.RedirectURIs = []string{"https://a.example/#"} }, "redirectUris", "from # on"},
		{"wildcard", func(x *ExposeSpec) { x.RedirectURIs = []string{"https://*.example"} }, "redirectUris", "without *"},
		{"password", func(x *ExposeSpec) { x.RedirectURIs = []string{"https://a:b@c.example"} }, "redirectUris", "password"},
		{"blank", func(x *ExposeSpec) { x.RedirectURIs = []string{"https://a.example/a b"} }, "redirectUris", "whole address"},
		{"twice", func(x *ExposeSpec) { x.RedirectURIs = []string{"https://a.example", "https://a.example"} }, "redirectUris", "1 and 2 are the same"},
		{"too many", func(x *ExposeSpec) { x.RedirectURIs = many }, "redirectUris", "at most 256"},
		{"no scope", func(x *ExposeSpec) { x.Scope = "" }, "scope", DefaultScope},
		{"two scopes", func(x *ExposeSpec) { x.Scope = "a b" }, "scope", "letters"},
		{"no GUID", func(x *ExposeSpec) { x.Preauthorized = []string{firstClient, "portal"} }, "preauthorized", "Client 2"},
		{"same client", func(x *ExposeSpec) { x.Preauthorized = []string{firstClient, strings.ToUpper(firstClient)} }, "preauthorized", "1 and 2 are the same"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			spec := goodSpec()
			spec.Expose = &ExposeSpec{Scope: DefaultScope, Preauthorized: []string{firstClient}, RedirectURIs: []string{"https://a.example/back"}}
			tt.change(spec.Expose)
			checkFault(t, spec.Validate(), "expose."+tt.field, tt.says)
		})
	}
}

func TestCredentialFaults(t *testing.T) {
	certificate := withCertificate(t, certificateDERFor(t, "x"))
	for _, tt := range []struct {
		name   string
		change func(*BlueprintSpec)
		field  string
		says   string
		secret bool
	}{
		{"of before there was a choice", func(*BlueprintSpec) {}, "", "", true},
		{"secret", func(s *BlueprintSpec) { s.Credential = CredentialSecret }, "", "", true},
		{"secret without a life", func(s *BlueprintSpec) { s.Credential, s.SecretDays = CredentialSecret, 0 }, "secret", "how long", false},
		{"none, a life left over", func(s *BlueprintSpec) { s.Credential = CredentialNone }, "", "", false},
		{"federated, an odd life left over", func(s *BlueprintSpec) { withIdentity(s); s.SecretDays = 7 }, "", "", false},
		{"federated without a form", func(s *BlueprintSpec) { s.Credential = CredentialFederated }, "credential", "trusts", false},
		{"federated with a fault", func(s *BlueprintSpec) { withIdentity(s); s.Federated.Name = "" }, "federated.name", "3 to 120", false},
		{"certificate", certificate, "", "", false},
		{"certificate that is missing", func(s *BlueprintSpec) { s.Credential = CredentialCertificate }, "certificate", "Upload", false},
		{"certificate that is none", func(s *BlueprintSpec) { certificate(s); s.Certificate.DER = []byte("x") }, "certificate", "no X.509", false},
		{"another thumbprint", func(s *BlueprintSpec) { certificate(s); s.Certificate.Thumbprint = "AB" }, "certificate", "does not fit", false},
		{"unknown", func(s *BlueprintSpec) { s.Credential = "magic" }, "credential", "Choose how", false},
		{"keeps no secret", func(s *BlueprintSpec) { withIdentity(s); s.KeepSecret = true }, "keepSecret", "no secret to keep", false},
		{"as the blueprint", func(s *BlueprintSpec) { withIdentity(s); s.Count, s.RunAs = 1, AsBlueprint }, "runAs", "never leaves its place", false},
		{"as the blueprint with none", func(s *BlueprintSpec) { s.Credential, s.RunAs = CredentialNone, AsBlueprint }, "runAs", "needs a client secret", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			spec := goodSpec()
			tt.change(&spec)
			checkFault(t, spec.Validate(), tt.field, tt.says)
			if spec.HasSecret() != tt.secret {
				t.Errorf("has a secret: %v", !tt.secret)
			}
		})
	}
}

func TestACertificateThatEndedMeanwhileStartsNothing(t *testing.T) {
	late := time.Now().Add(91 * 24 * time.Hour)
	b := newBench(t, benchOptions{idle: true, now: func() time.Time { return late }})
	_, err := b.Start(t.Context(), models.Actor{TID: b.info.TenantID, OID: identityOID}, "r",
		b.spec(models.Actor{OID: identityOID}, withCertificate(t, certificateDERFor(t, "x"))))
	if err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("error %v", err)
	}
}

// TestTheScopeThatWasReviewedIsTheOneThatIsMade: its id is the same each time.
func TestTheScopeThatWasReviewedIsTheOneThatIsMade(t *testing.T) {
	x := ExposeSpec{Scope: DefaultScope}
	if a, b := x.permission("Invoice helper"), x.permission(" Invoice helper "); a.ID != b.ID {
		t.Errorf("ids %s and %s", a.ID, b.ID)
	}
	if a, b := x.permission("Invoice helper"), x.permission("Other"); a.ID == b.ID {
		t.Error("two blueprints have one id")
	}
	if got := (ExposeSpec{Scope: DefaultScope, AdminOnly: true}).permission("x").Type; got != graph.ScopeForAdmins {
		t.Errorf("type %s", got)
	}
}

// TestACertificateIsWhatItsBytesSay: beside them, a spec from a file could name
// another end, or another person's name.
func TestACertificateIsWhatItsBytesSay(t *testing.T) {
	der := certificateDERFor(t, "old", func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })
	read, err := certificateSpec(der)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*CertificateSpec){
		"end":                         func(c *CertificateSpec) { c.NotAfter = c.NotAfter.AddDate(1, 0, 0) },
		"begin":                       func(c *CertificateSpec) { c.NotBefore = c.NotBefore.AddDate(-1, 0, 0) },
		"name":                        func(c *CertificateSpec) { c.Name = "new" },
		"subject":                     func(c *CertificateSpec) { c.Subject = "CN=new" },
		"thumbprint in small letters": func(c *CertificateSpec) { c.Thumbprint = strings.ToLower(c.Thumbprint) },
	} {
		c := read
		change(&c)
		if c.fault() == "" {
			t.Errorf("another %s is taken", name)
		}
	}
	if fault := read.fault(); fault != "" {
		t.Error(fault)
	}
}
