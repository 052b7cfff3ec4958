package provision

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// MaxFederated is how many federated credentials a blueprint can have.
// https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations
const MaxFederated = 20

// CertificateAddition is a certificate for a blueprint that is there.
type CertificateAddition struct {
	Blueprint   *graph.Blueprint // as it was read
	Certificate *CertificateSpec // nil: none was uploaded
	Reason      string
}

// FederatedAddition is a federated credential for a blueprint that is there.
type FederatedAddition struct {
	Blueprint *graph.Blueprint // as it was read, with its federated credentials where they are known
	Federated FederatedSpec
	Reason    string
}

// Validate returns what is wrong with each field, as BlueprintSpec does; now is
// when the certificate has to be valid still.
func (s CertificateAddition) Validate(now time.Time) map[string]string {
	faults := s.asked().credentialFaults()
	if faults == nil {
		faults = map[string]string{}
	}
	if s.Certificate != nil && len(faults) == 0 {
		if fault := s.Certificate.ended(now); fault != "" {
			faults["certificate"] = fault
		} else if slices.ContainsFunc(s.Blueprint.KeyCredentials, func(k graph.KeyCredential) bool { return thumbprintOf(k) == s.Certificate.Thumbprint }) {
			faults["certificate"] = "The blueprint has this very certificate already. Upload another one."
		}
	}
	if fault := lengthFault(s.Reason, maxReason); fault != "" {
		faults["reason"] = fault
	}
	return faults
}

func (s CertificateAddition) asked() BlueprintSpec {
	return BlueprintSpec{DisplayName: s.Blueprint.DisplayName, Credential: CredentialCertificate, Certificate: s.Certificate, RunAs: AsMe, Reason: s.Reason}
}

// Validate returns what is wrong with each field, as BlueprintSpec does;
// tenantIssuer is Engine.TenantIssuer.
func (s FederatedAddition) Validate(tenantIssuer string) map[string]string {
	faults := s.Federated.Faults()
	if len(faults) == 0 {
		s.clashes(tenantIssuer, faults)
	}
	if fault := lengthFault(s.Reason, maxReason); fault != "" {
		faults["reason"] = fault
	}
	return faults
}

// clashes holds the credential to those that are there: Entra takes a name once,
// and a pair of issuer and subject once.
func (s FederatedAddition) clashes(tenantIssuer string, faults map[string]string) {
	wanted := s.Federated.Credential(tenantIssuer)
	if n := len(s.Blueprint.Federated); n >= MaxFederated {
		faults["federated.scenario"] = fmt.Sprintf("The blueprint has %d federated credentials, and Entra takes no more than %d. Remove one first.", n, MaxFederated)
	}
	for _, other := range s.Blueprint.Federated {
		if strings.EqualFold(other.Name, wanted.Name) {
			faults["federated.name"] = fmt.Sprintf("The blueprint has a federated credential named “%s” already. Choose another name.", other.Name)
		}
		if other.Issuer == wanted.Issuer && other.Subject == wanted.Subject {
			faults["federated."+s.Federated.subjectField()] = fmt.Sprintf("The federated credential “%s” of the blueprint trusts this subject of this issuer already, and Entra takes each pair once. Write another, or remove that one first.", other.Name)
		}
	}
}

// subjectField is the field, by its name in the JSON of a spec, that tells one
// subject of a scenario from another.
func (f FederatedSpec) subjectField() string {
	switch f.Scenario {
	case FederatedManagedIdentity:
		return "managedIdentityId"
	case FederatedGitHub:
		if f.Entity == EntityPullRequest {
			return "repository"
		}
		return "entityName"
	case FederatedKubernetes:
		return "serviceAccount"
	}
	return "subject"
}

func (s FederatedAddition) asked() BlueprintSpec {
	return BlueprintSpec{DisplayName: s.Blueprint.DisplayName, Credential: CredentialFederated, Federated: &s.Federated, RunAs: AsMe, Reason: s.Reason}
}

// AddCertificate gives a blueprint one more certificate, as a run of one step that
// is executed in line; those it has stay. The same request id of the same person
// and blueprint gives the same run. It returns that run as it stands afterwards; a
// spec that cannot be run gives *models.InvalidError.
func (e *Engine) AddCertificate(ctx context.Context, a models.Actor, requestID string, spec CertificateAddition) (*models.Run, error) {
	return e.addKey(ctx, a, requestID, spec.Blueprint, spec.asked(), spec.step(), spec.Validate(e.o.Now()))
}

// AddFederated gives a blueprint one more federated credential, as AddCertificate
// does a certificate.
func (e *Engine) AddFederated(ctx context.Context, a models.Actor, requestID string, spec FederatedAddition) (*models.Run, error) {
	return e.addKey(ctx, a, requestID, spec.Blueprint, spec.asked(), spec.step(), spec.Validate(e.TenantIssuer()))
}

// CertificateCall is the call AddCertificate sends as far as it is known before
// the tenant is read, as its page shows it.
func (e *Engine) CertificateCall(spec CertificateAddition) graph.Call {
	return e.keyKnown(spec.Blueprint, spec.asked()).call(spec.step(), laterOpID)
}

// FederatedCall is the call AddFederated sends, as its page shows it.
func (e *Engine) FederatedCall(spec FederatedAddition) graph.Call {
	return e.keyKnown(spec.Blueprint, spec.asked()).call(spec.step(), laterOpID)
}

func (s CertificateAddition) step() planned {
	step := planned{kind: KindCertificate, title: "Add certificate"}
	if s.Certificate != nil {
		step.name = s.Certificate.Name
	}
	return step
}

func (s FederatedAddition) step() planned {
	return planned{kind: KindFederated, name: strings.TrimSpace(s.Federated.Name), title: "Add federated credential"}
}

func (e *Engine) keyKnown(b *graph.Blueprint, asked BlueprintSpec) known {
	k := e.knownBlueprint(b.ID, b.AppID)
	k.spec, k.issuer = asked, e.TenantIssuer()
	return k
}

// addKey records and moves a run of one step. What was carried out already is no
// fault of a form that is sent twice, though the credential is there by then.
func (e *Engine) addKey(ctx context.Context, a models.Actor, requestID string, b *graph.Blueprint, asked BlueprintSpec, step planned, faults map[string]string) (*models.Run, error) {
	if requestID == "" || !utf8.ValidString(requestID) {
		return nil, errors.New("add credential: no request id")
	}
	request := "key/" + b.ID + "/" + step.kind + "/" + requestID
	former, err := e.former(ctx, a, request)
	if err != nil {
		return nil, err
	}
	if len(faults) > 0 && former == nil {
		return nil, &models.InvalidError{Fields: faults}
	}
	body, err := json.Marshal(asked)
	if err != nil {
		return nil, fmt.Errorf("encode spec: %w", err)
	}
	run := newRun(a, RunAddCredential, inSentence(step.title)+" to "+b.DisplayName, asked.Reason)
	run.BlueprintID, run.BlueprintAppID, run.Spec = b.ID, b.AppID, body
	row, err := step.row(1, e.keyKnown(b, asked))
	if err != nil {
		return nil, err
	}
	run.Steps = []models.Step{row}
	if run, err = e.start(ctx, a, request, run); err != nil {
		return nil, err
	}
	return e.inLine(ctx, run.ID)
}

// former is the run that a person has started with a request before; nil when
// there is none.
func (e *Engine) former(ctx context.Context, a models.Actor, request string) (*models.Run, error) {
	run, err := e.o.Store.RunByRequest(ctx, a.OID+"/"+request)
	switch {
	case isNotFound(err):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("look for the run of a request: %w", err)
	case !run.OwnedBy(a.TID, a.OID):
		return nil, nil
	}
	return run, nil
}

// RotationOf is the run that a request of this person has started by Rotate; nil
// when there is none. The secret it replaces may be gone by then.
func (e *Engine) RotationOf(ctx context.Context, a models.Actor, blueprintID, requestID string) (*models.Run, error) {
	return e.former(ctx, a, "rotate/"+blueprintID+"/"+requestID)
}

// ChangeOf is the run that a request of this person has started by Change; nil
// when there is none.
func (e *Engine) ChangeOf(ctx context.Context, a models.Actor, requestID string) (*models.Run, error) {
	return e.former(ctx, a, "change/"+requestID)
}
