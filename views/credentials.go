package views

// CredentialProof is what a credential of a blueprint proves itself by, beside
// what its CredentialRow says.
type CredentialProof struct {
	KeyID      string // of the row
	Thumbprint string // of a certificate, SHA-1 in hex
	// Issuer, Subject and Audiences are what a token has to hold that stands for
	// a federated credential; Scenario says in words whose tokens they are.
	Scenario, Issuer, Subject string
	Audiences                 []string
	// Overlong says what is wrong with its life; empty for nothing.
	Overlong string
}

// ProofOf finds the proof of a row; an empty one for rows without.
func ProofOf(r CredentialRow, proofs []CredentialProof) CredentialProof {
	for _, p := range proofs {
		if p.KeyID == r.KeyID {
			return p
		}
	}
	return CredentialProof{}
}
