package entra

// Credential proves who a client is: exactly one of the two is set.
type Credential struct {
	Secret      Secret
	Certificate *Certificate
}

// Certificate signs client assertions.
type Certificate struct{ thumbprint string }

// LoadCertificate reads a private key and its certificate, both PEM.
func LoadCertificate(pemBytes []byte) (*Certificate, error) { return &Certificate{}, nil }
