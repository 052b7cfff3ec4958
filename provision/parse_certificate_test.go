package provision

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
)

func TestParseCertificate(t *testing.T) {
	now := time.Now()
	der := certificateDERFor(t, "invoice-helper")
	good := pemOf("CERTIFICATE", der)
	key := x509.MarshalPKCS1PrivateKey(rsaKey())
	pkcs8, err := x509.MarshalPKCS8PrivateKey(rsaKey())
	if err != nil {
		t.Fatal(err)
	}
	pfx, err := asn1.Marshal(struct {
		Version int
		Rest    struct{ Type asn1.ObjectIdentifier }
	}{3, struct{ Type asn1.ObjectIdentifier }{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}}})
	if err != nil {
		t.Fatal(err)
	}
	lived := func(from, to time.Duration) []byte {
		return certificateDERFor(t, "x", func(c *x509.Certificate) { c.NotBefore, c.NotAfter = now.Add(from), now.Add(to) })
	}
	usage := func(ca bool, use x509.KeyUsage) []byte {
		return certificateDERFor(t, "x", func(c *x509.Certificate) { c.IsCA, c.BasicConstraintsValid, c.KeyUsage = ca, true, use })
	}
	tests := map[string]struct {
		data []byte
		says string // "" when it is taken
		key  bool   // it is refused as a private key
	}{
		"PEM":                       {good, "", false},
		"PEM after text and CRLF":   {append([]byte("Bag Attributes\r\n"), bytes.ReplaceAll(good, []byte("\n"), []byte("\r\n"))...), "", false},
		"DER":                       {der, "", false},
		"not valid yet":             {lived(time.Hour, 48*time.Hour), "", false},
		"self-signed as by openssl": {usage(true, 0), "", false},
		"authority that signs too":  {usage(true, x509.KeyUsageCertSign|x509.KeyUsageDigitalSignature), "", false},

		"key after the certificate":  {append(bytes.Clone(good), pemOf("PRIVATE KEY", pkcs8)...), "regard it as exposed", true},
		"key before the certificate": {append(pemOf("RSA PRIVATE KEY", key), good...), "regard it as exposed", true},
		"EC key":                     {pemOf("EC PRIVATE KEY", []byte("x")), "exposed", true},
		"encrypted key":              {pemOf("ENCRYPTED PRIVATE KEY", []byte("x")), "exposed", true},
		"OpenSSH key":                {pemOf("OPENSSH PRIVATE KEY", []byte("x")), "exposed", true},
		"header of a key alone":      {[]byte("-----BEGIN PRIVATE KEY-----\nbroken"), "exposed", true},
		"key in two bytes a letter":  {twoBytes(pemOf("PRIVATE KEY", pkcs8)), "exposed", true},
		"key in a file too large":    {append(bytes.Repeat([]byte("x"), MaxCertificateFile), pemOf("PRIVATE KEY", pkcs8)...), "exposed", true},
		"key as DER":                 {pkcs8, "exposed", true},
		"key as PKCS#1 DER":          {key, "exposed", true},
		"PKCS#12":                    {pfx, "PKCS#12", true},

		"empty":                {nil, "empty", false},
		"too large":            {bytes.Repeat([]byte("x"), MaxCertificateFile+1), "64 KiB", false},
		"text":                 {[]byte("hello"), "no X.509 certificate", false},
		"broken PEM":           {pemOf("CERTIFICATE", []byte("x")), "no X.509 certificate", false},
		"cut DER":              {der[:len(der)-1], "no X.509 certificate", false},
		"two certificates":     {append(bytes.Clone(good), pemOf("CERTIFICATE", lived(-time.Hour, time.Hour))...), "2 certificates", false},
		"PKCS#7":               {pemOf("PKCS7", []byte("x")), "PKCS#7", false},
		"request, no answer":   {pemOf("CERTIFICATE REQUEST", []byte("x")), "no block begins", false},
		"ended":                {lived(-48*time.Hour, -time.Hour), "ended on", false},
		"1024 bits":            {weak(t), "1024 bits", false},
		"elliptic curve":       {elliptical(t), "not RSA", false},
		"authority that signs": {usage(true, x509.KeyUsageCertSign), "authority", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := ParseCertificate(tt.data, now)
			var key *PrivateKeyError
			if errors.As(err, &key) != tt.key {
				t.Errorf("error %v", err)
			}
			if tt.says == "" {
				if err != nil || len(got.Thumbprint) != 40 || got.Name == "" || got.fault() != "" {
					t.Errorf("%+v, %v", got, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.says) || len(got.DER) > 0 || strings.Contains(err.Error(), "BEGIN RSA") {
				t.Errorf("%+v, error %v, want it to say %q", got, err, tt.says)
			}
		})
	}
}

// twoBytes writes a text as some editors save it.
func twoBytes(text []byte) []byte {
	var out []byte
	for _, unit := range utf16.Encode([]rune(string(text))) {
		out = append(out, byte(unit), byte(unit>>8))
	}
	return out
}

func weak(t *testing.T) []byte {
	t.Helper()
	t.Setenv("GODEBUG", "rsa1024min=0")
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "weak"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, form, form, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func elliptical(t *testing.T) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "curve"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, form, form, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestACertificateIsNamedAsEntraDoes(t *testing.T) {
	const text = `-----BEGIN CERTIFICATE-----
` + fixedCertificate + `
-----END CERTIFICATE-----`
	got, err := ParseCertificate([]byte(text), time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode([]byte(text))
	if got.Thumbprint != fixedThumbprint || got.Name != "fixed" || got.Subject != "CN=fixed" || !bytes.Equal(got.DER, block.Bytes) {
		t.Errorf("certificate %+v", got)
	}
}

func TestNamesOfCertificatesHideNothing(t *testing.T) {
	got, err := ParseCertificate(certificateDERFor(t, "pay\u202eroll\u200b"+strings.Repeat("ä", 200)), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if n := []rune(got.Name); len(n) != maxCertName || !strings.HasPrefix(got.Name, "payrollä") {
		t.Errorf("name %q", got.Name)
	}
}

func TestWarningsOfACertificate(t *testing.T) {
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	day := 24 * time.Hour
	for _, tt := range []struct {
		from, to time.Duration
		says     []string
	}{
		{-day, 90 * day, nil},
		{2 * day, 90 * day, []string{"valid from 3 Jan 2030"}},
		{-day, 10 * day, []string{"less than 30 days"}},
		{day, 2 * day, []string{"valid from", "less than 30 days"}},
	} {
		got := CertificateSpec{NotBefore: now.Add(tt.from), NotAfter: now.Add(tt.to)}.Warnings(now)
		if len(got) != len(tt.says) {
			t.Errorf("warnings %q, want %q", got, tt.says)
			continue
		}
		for i := range got {
			if !strings.Contains(got[i], tt.says[i]) {
				t.Errorf("warning %q, want %q", got[i], tt.says[i])
			}
		}
	}
}

// A certificate whose key nobody has, and the thumbprint that openssl gives it.
const (
	fixedThumbprint  = "17FF8337AC9E6D4A2138642CC203C5ECDB1A70A2"
	fixedCertificate = `MIIDAzCCAeugAwIBAgIUZNGAqyP9DohwBS8Mzo49Zf20sI0wDQYJKoZIhvcNAQEL
BQAwEDEOMAwGA1UEAwwFZml4ZWQwIBcNMjYxMTIxMTAyMjI3WhgPMjEyNjEwMjgx
MDIyMjdaMBAxDjAMBgNVBAMMBWZpeGVkMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A
MIIBCgKCAQEAkzVYrdSfxZjqV3crRT9HL1co1azhk4liCFkbEabNhkqvS3hwLf1f
jBea7fPOVBgx9SDAXdSejZnjjEH31Ks2VKafV1+OGI8quebo4LPpTCx6bp909Q7O
0bQg1OjmOYGGxdRFXDRxAN3WmdCi9dmJTVY5hoQ6aXTFPaVCg62/rVROR3ayfJ1e
5FR2qgKNNjxSECVRJab9YdtS5N3IHHESZz9zgm5Mi4nh2W4aYblD3tNpz9RCOZHf
IM4eQis/Ylvyn/hd4ziWke6rkFFEK+MRYANt/4ymb24+uszX+hp9Hn2Ltz5ubZg9
O8oBU+Kt8ksKCtIt1XUgj6nYdLWZTdo1aQIDAQABo1MwUTAdBgNVHQ4EFgQUQer2
/y7XmQ9AkmM4MuetR7byiQ0wHwYDVR0jBBgwFoAUQer2/y7XmQ9AkmM4MuetR7by
iQ0wDwYDVR0TAQH/BAUwAwEB/zANBgkqhkiG9w0BAQsFAAOCAQEALFtiNB9UlTsX
ry++zwdXOlgGU79woUxAMkWI3sZuxDHsQWpnbeJudajGcTc23NNl23YSjJkkM9kD
MvBBP7Ew8Zmpdz4YDZheZeUNf52Hcn0VkmARVO2fCqGhiDN50d4KeNMxYMkSjQq2
75eVIwa52cLY0u5ivDdxs3erjGHoIQ6gp5pV+CFaZqjuWhXgiaa4ru9Un3414sNM
4udf/vFj5WST6tywNpfasck9XI0aheum2iS4rKvHt7HtyUIE8stTtR5z8eGWZVlA
QBWOMdGMwsB/R19+HaRfreHzD7wSJmOBm2Wkweh1D3JV1YD8nzL2eZMxqYRNknmr
33Q9c+jz+g==`
)
