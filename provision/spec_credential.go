package provision

import "slices"

// CredentialKind is how a blueprint proves itself to the sign-in service.
type CredentialKind string

// The kinds of credential on offer, the best first. CredentialUnset is what specs of before there was a choice have:
// a client secret when they have a life for one.
const (
	CredentialUnset       CredentialKind = ""
	CredentialFederated   CredentialKind = "federated"
	CredentialCertificate CredentialKind = "certificate"
	CredentialSecret      CredentialKind = "secret"
	CredentialNone        CredentialKind = "none"
)

// HasSecret reports whether the run makes a client secret.
func (b BlueprintSpec) HasSecret() bool {
	return b.SecretDays > 0 && (b.Credential == CredentialUnset || b.Credential == CredentialSecret)
}

// HasFederated reports whether the run adds a federated credential.
func (b BlueprintSpec) HasFederated() bool {
	return b.Credential == CredentialFederated && b.Federated != nil
}

// HasCertificate reports whether the run adds a certificate.
func (b BlueprintSpec) HasCertificate() bool {
	return b.Credential == CredentialCertificate && b.Certificate != nil
}

// credentialFaults are what is wrong with the chosen credential, and with it alone: what a form holds for the other
// kinds says nothing.
func (b BlueprintSpec) credentialFaults() map[string]string {
	switch b.Credential {
	case CredentialUnset, CredentialNone:
	case CredentialSecret:
		if b.SecretDays == 0 {
			return map[string]string{"secret": "Choose how long the client secret lives: 90 days, 6 months or 1 year."}
		}
	case CredentialFederated:
		if b.Federated == nil {
			return map[string]string{"credential": "Say which tokens the blueprint trusts, or choose another credential."}
		}
		return b.Federated.Faults()
	case CredentialCertificate:
		if b.Certificate == nil {
			return map[string]string{"certificate": "Upload the certificate, or choose another credential."}
		}
		if fault := b.Certificate.fault(); fault != "" {
			return map[string]string{"certificate": fault}
		}
	default:
		return map[string]string{"credential": "Choose how the blueprint proves itself: a federated credential, a certificate, a client secret, or none for now."}
	}
	return nil
}

// secretFault is silent where no client secret is chosen.
func (b BlueprintSpec) secretFault() string {
	if b.Credential != CredentialUnset && b.Credential != CredentialSecret || slices.Contains(SecretLives(), b.SecretDays) {
		return ""
	}
	return "Choose how long the client secret lives: 90 days, 6 months or 1 year, or choose none."
}

func (b BlueprintSpec) runAsFault() string {
	switch b.RunAs {
	case AsMe:
		return ""
	case AsBlueprint:
		switch {
		case b.agents() == 0 || b.HasSecret():
			return ""
		case b.Credential == CredentialFederated || b.Credential == CredentialCertificate:
			return "The blueprint needs a client secret to create agent identities itself: the portal signs in as the blueprint, " +
				"and what proves a federated credential or a certificate never leaves its place. Create them as yourself, or choose a client secret."
		}
		return "The blueprint needs a client secret to create agent identities itself. Choose a life for the secret, or create them as yourself."
	}
	return "Choose who creates the agent identities."
}
