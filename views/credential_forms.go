package views

// CredentialFacts are what is known of the credential that a page is about.
type CredentialFacts struct {
	Row   CredentialRow
	Proof CredentialProof
}

// KeyForm is the form for a certificate or a federated credential of a blueprint
// that is there.
type KeyForm struct {
	Fields   BlueprintWizard // those of the wizard, with At
	Request  string          // keeps a double click to one credential
	DER      string          // the certificate that was uploaded, in Base64; empty: none
	BackHref string
	Call     string
	Needs    string
}
