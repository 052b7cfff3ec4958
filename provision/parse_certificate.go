package provision

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"regexp"
	"time"
)

// MaxCertificateFile is the size of a certificate file, in bytes.
const MaxCertificateFile = 64 << 10

// PrivateKeyError is an upload that holds a private key. Nothing of it was decoded or kept, but it has left the place
// where it was safe.
type PrivateKeyError struct{ PKCS12 bool }

func (e *PrivateKeyError) Error() string {
	what := "This file holds a private key."
	if e.PKCS12 {
		what = "This is a PKCS#12 file (.pfx, .p12), which holds a certificate together with its private key."
	}
	return what + " The portal has kept nothing of it and needs no private key. It has left its place all the same: " +
		"regard it as exposed, make a new key with a new certificate, and upload the certificate alone."
}

// A private key is known by the line that announces it: PKCS#1, PKCS#8 plain and encrypted, EC, OpenSSH, PGP.
var privateKeyHeader = regexp.MustCompile(`(?i)-----\s*BEGIN[A-Z0-9 ]*PRIVATE KEY`)

// ParseCertificate reads an uploaded certificate, PEM or DER. A file with a private key gives *PrivateKeyError, found by
// its header before anything is decoded; any other file that is of no use gives *CertificateError. A certificate that is
// not valid yet is taken: see Warnings.
func ParseCertificate(data []byte, now time.Time) (CertificateSpec, error) {
	if holdsPrivateKey(data) {
		return CertificateSpec{}, &PrivateKeyError{}
	}
	der, err := certificateDER(data)
	if err != nil {
		return CertificateSpec{}, err
	}
	spec, err := certificateSpec(der)
	if err != nil {
		return CertificateSpec{}, err
	}
	if fault := spec.ended(now); fault != "" {
		return CertificateSpec{}, &CertificateError{fault}
	}
	return spec, nil
}

// holdsPrivateKey looks for the header in texts of one and of two bytes a letter.
func holdsPrivateKey(data []byte) bool {
	return privateKeyHeader.Match(data) || privateKeyHeader.Match(bytes.ReplaceAll(data, []byte{0}, nil))
}

func certificateDER(data []byte) ([]byte, error) {
	switch {
	case len(data) == 0:
		return nil, &CertificateError{"The file is empty. Choose the certificate, PEM or DER."}
	case len(data) > MaxCertificateFile:
		return nil, &CertificateError{fmt.Sprintf("The file has more than %d KiB. A certificate has a few; choose the certificate alone.", MaxCertificateFile>>10)}
	}
	if block, rest := pem.Decode(data); block != nil {
		return onlyCertificate(block, rest)
	}
	switch {
	case pkcs12(data):
		return nil, &PrivateKeyError{PKCS12: true}
	case privateKeyDER(data):
		return nil, &PrivateKeyError{}
	}
	return data, nil
}

// onlyCertificate wants exactly one certificate among the blocks of a PEM file.
func onlyCertificate(block *pem.Block, rest []byte) ([]byte, error) {
	var found [][]byte
	other := ""
	for ; block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" || block.Type == "X509 CERTIFICATE" {
			found = append(found, block.Bytes)
		} else {
			other = block.Type
		}
	}
	switch {
	case len(found) > 1:
		return nil, &CertificateError{fmt.Sprintf("The file has %d certificates. Upload the one of the blueprint alone, without the authorities above it.", len(found))}
	case len(found) == 1:
		return found[0], nil
	case other == "PKCS7":
		return nil, &CertificateError{"This is a PKCS#7 bundle. Export the certificate alone, as PEM or DER."}
	}
	return nil, &CertificateError{"The file has no certificate: no block begins with -----BEGIN CERTIFICATE-----."}
}

// pkcs12 knows a PFX by its frame: a sequence that begins with version 3.
// https://www.rfc-editor.org/rfc/rfc7292#section-4
func pkcs12(data []byte) bool {
	var frame asn1.RawValue
	if _, err := asn1.Unmarshal(data, &frame); err != nil || frame.Tag != asn1.TagSequence {
		return false
	}
	var version int
	_, err := asn1.Unmarshal(frame.Bytes, &version)
	return err == nil && version == 3
}

func privateKeyDER(data []byte) bool {
	if _, err := x509.ParsePKCS8PrivateKey(data); err == nil {
		return true
	}
	if _, err := x509.ParsePKCS1PrivateKey(data); err == nil {
		return true
	}
	_, err := x509.ParseECPrivateKey(data)
	return err == nil
}
