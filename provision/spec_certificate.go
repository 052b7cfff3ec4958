package provision

import (
	"crypto/rsa"
	"crypto/sha1" // the thumbprint by which Entra names certificates
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"agentidportal/entra/graph"
)

// CertificateSpec is a certificate without its key, as it was uploaded.
type CertificateSpec struct {
	Name       string    `json:"name"`       // common name, or the whole subject
	Subject    string    `json:"subject"`    // as RFC 2253 writes it
	DER        []byte    `json:"der"`        // the certificate itself
	Thumbprint string    `json:"thumbprint"` // SHA-1 of it in hex, as Entra shows it
	NotBefore  time.Time `json:"notBefore"`
	NotAfter   time.Time `json:"notAfter"`
}

// CertificateError is a file that is no certificate for a blueprint. Its text is for the person who uploaded it.
type CertificateError struct{ Text string }

func (e *CertificateError) Error() string { return e.Text }

const (
	minRSABits      = 2048
	maxCertName     = 120
	certificateSoon = 30 * 24 * time.Hour // an end that is worth a word
)

// certificateSpec reads a certificate and refuses what Entra, or good sense, would refuse.
func certificateSpec(der []byte) (CertificateSpec, error) {
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return CertificateSpec{}, &CertificateError{"This is no X.509 certificate that can be read. Upload it as PEM (-----BEGIN CERTIFICATE-----) or DER (.cer, .crt)."}
	}
	key, ok := cert.PublicKey.(*rsa.PublicKey)
	switch {
	case !ok:
		return CertificateSpec{}, &CertificateError{"The key of this certificate is not RSA, and Entra takes assertions signed with RSA only. Make a certificate with an RSA key of 2048 bits or more."}
	case key.N.BitLen() < minRSABits:
		return CertificateSpec{}, &CertificateError{fmt.Sprintf("The RSA key of this certificate has %d bits, which is too few. Make one with 2048 bits or more.", key.N.BitLen())}
	case cert.KeyUsage&x509.KeyUsageCertSign != 0 && cert.KeyUsage&x509.KeyUsageDigitalSignature == 0:
		return CertificateSpec{}, &CertificateError{"This is the certificate of an authority: it may sign certificates, not sign-ins. Upload the one that was made for the blueprint."}
	}
	name := cert.Subject.CommonName
	if name == "" {
		name = cert.Subject.String()
	}
	return CertificateSpec{
		Name: seenText(name), Subject: seenText(cert.Subject.String()), DER: cert.Raw, Thumbprint: thumbprint(cert.Raw),
		NotBefore: cert.NotBefore.UTC(), NotAfter: cert.NotAfter.UTC(),
	}, nil
}

func thumbprint(der []byte) string {
	sum := sha1.Sum(der) // a name, no proof
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

// seenText takes out of a subject what one cannot see and shortens it: anybody can make a certificate for any name.
func seenText(text string) string {
	text = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.IsControl(r) || graph.Hidden(r) {
			return -1
		}
		return r
	}, text)
	if runes := []rune(text); len(runes) > maxCertName {
		return string(runes[:maxCertName-1]) + "…"
	}
	return text
}

// fault is what is wrong with a certificate of a spec, which may have come as JSON: what stands beside its bytes must be
// what they say.
func (c CertificateSpec) fault() string {
	read, err := certificateSpec(c.DER)
	if err != nil {
		return err.Error()
	}
	if c.Thumbprint != read.Thumbprint {
		return fmt.Sprintf("The thumbprint does not fit the certificate, which has %s. Upload it again.", read.Thumbprint)
	}
	if c.Name != read.Name || c.Subject != read.Subject || !c.NotBefore.Equal(read.NotBefore) || !c.NotAfter.Equal(read.NotAfter) {
		return fmt.Sprintf("The name or the dates do not fit the certificate, which is “%s” and ends on %s. Upload it again.", read.Name, read.NotAfter.Format("2 Jan 2006"))
	}
	return ""
}

// ended is the fault of a certificate that is over.
func (c CertificateSpec) ended(now time.Time) string {
	if now.Before(c.NotAfter) {
		return ""
	}
	return fmt.Sprintf("This certificate ended on %s. Upload one that is still valid.", c.NotAfter.UTC().Format("2 Jan 2006"))
}

// Warnings are what one should know of a certificate that can be used.
func (c CertificateSpec) Warnings(now time.Time) []string {
	var warnings []string
	if now.Before(c.NotBefore) {
		warnings = append(warnings, fmt.Sprintf("It is valid from %s UTC on. The blueprint cannot sign in with it before that.", c.NotBefore.UTC().Format("2 Jan 2006 15:04")))
	}
	if c.NotAfter.Sub(now) < certificateSoon {
		warnings = append(warnings, fmt.Sprintf("It ends on %s, in less than 30 days. Have the next one ready.", c.NotAfter.UTC().Format("2 Jan 2006")))
	}
	return warnings
}
