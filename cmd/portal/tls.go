package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// caFile and caKeyFile hold the authority that signs the sandbox's
// certificates. It stays the same from start to start, so that a program which
// was told to trust it goes on working.
const (
	caFile    = "ca.pem"
	caKeyFile = "ca.key"
)

// sandboxTLS returns a configuration with a fresh certificate for loopback
// names, signed by the authority in folder, and the path of that authority's
// certificate. MSAL refuses an authority without https, hence this.
func sandboxTLS(folder string, hosts []string, now time.Time) (*tls.Config, string, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, "", fmt.Errorf("the data folder %s cannot be made; set PORTAL_DATA_DIR to a folder you may write in: %w", folder, err)
	}
	path := filepath.Join(folder, caFile)
	ca, key, err := loadCA(path, filepath.Join(folder, caKeyFile))
	if errors.Is(err, fs.ErrNotExist) || (err == nil && now.After(ca.NotAfter)) {
		ca, key, err = makeCA(path, filepath.Join(folder, caKeyFile), now)
	}
	if err != nil {
		return nil, "", fmt.Errorf("the sandbox's certificate authority in %s cannot be used; remove %s and %s to have it made again: %w", folder, caFile, caKeyFile, err)
	}
	leaf, err := signLeaf(ca, key, hosts, now)
	if err != nil {
		return nil, "", fmt.Errorf("sign the sandbox's certificate: %w", err)
	}
	return &tls.Config{Certificates: []tls.Certificate{leaf}, MinVersion: tls.VersionTLS12}, path, nil
}

func loadCA(certPath, keyPath string) (*x509.Certificate, crypto.Signer, error) {
	pair, err := tls.LoadX509KeyPair(certPath, keyPath)
	if err != nil {
		return nil, nil, err
	}
	signer, ok := pair.PrivateKey.(crypto.Signer)
	if !ok {
		return nil, nil, errors.New("the authority's key cannot sign")
	}
	return pair.Leaf, signer, nil
}

func makeCA(certPath, keyPath string, now time.Time) (*x509.Certificate, crypto.Signer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	template := &x509.Certificate{
		SerialNumber:          serial(),
		Subject:               pkix.Name{CommonName: "Agent ID Portal sandbox, this machine only"},
		NotBefore:             now.Add(-time.Hour),
		NotAfter:              now.AddDate(2, 0, 0),
		IsCA:                  true,
		BasicConstraintsValid: true,
		MaxPathLenZero:        true,
		KeyUsage:              x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, nil, err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, nil, err
	}
	if err := writePEM(keyPath, "PRIVATE KEY", keyDER, 0o600); err != nil {
		return nil, nil, err
	}
	if err := writePEM(certPath, "CERTIFICATE", der, 0o644); err != nil {
		return nil, nil, err
	}
	ca, err := x509.ParseCertificate(der)
	return ca, key, err
}

func signLeaf(ca *x509.Certificate, caKey crypto.Signer, hosts []string, now time.Time) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: serial(),
		Subject:      pkix.Name{CommonName: "Agent ID Portal sandbox"},
		NotBefore:    now.Add(-time.Hour),
		NotAfter:     now.AddDate(0, 3, 0),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:     []string{"localhost"},
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	for _, host := range hosts {
		if net.ParseIP(host) == nil && host != "localhost" {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, ca, key.Public(), caKey)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der, ca.Raw}, PrivateKey: key}, nil
}

func serial() *big.Int {
	n, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120)) // crypto/rand never fails
	return n.Add(n, big.NewInt(1))
}

// writePEM puts a new file in the place of an old one, whose mode it does not
// take over, and has both on the disk before it returns.
func writePEM(path, kind string, der []byte, mode fs.FileMode) error {
	part, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(part.Name()) }()
	_, err = part.Write(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	if err := errors.Join(err, part.Chmod(mode), part.Sync(), part.Close()); err != nil {
		return err
	}
	if err := os.Rename(part.Name(), path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}
