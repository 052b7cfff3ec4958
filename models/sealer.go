package models

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"errors"
	"fmt"
)

// A sealed value is version | key id | nonce | ciphertext and tag. The key id
// is not secret: it tells which key to ask for when there are two.
const (
	sealVersion  = 1
	sealKeyID    = 4 // bytes
	sealOverhead = 1 + sealKeyID
)

// Sealer encrypts values that rest in the database: AES-256-GCM, bound to
// their place by additional data "table:column:id", so that a row cannot be
// moved to another one.
type Sealer struct {
	header []byte // version and key id
	aead   cipher.AEAD
}

// NewSealer takes a key of exactly 32 bytes.
func NewSealer(key []byte) (*Sealer, error) {
	if len(key) != 32 {
		return nil, fmt.Errorf("encryption key has %d bytes, 32 are needed", len(key))
	}
	if bytes.Equal(key, make([]byte, len(key))) {
		return nil, errors.New("encryption key is all zeros")
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("use encryption key: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("use encryption key: %w", err)
	}
	sum := sha256.Sum256(key)
	header := append([]byte{sealVersion}, sum[:sealKeyID]...)
	return &Sealer{header: header, aead: aead}, nil
}

// Seal encrypts plain for the place aad.
func (s *Sealer) Seal(plain []byte, aad string) ([]byte, error) {
	if aad == "" {
		return nil, errors.New("seal: no place given")
	}
	sealed := append([]byte(nil), s.header...)
	return s.aead.Seal(sealed, nil, plain, s.bound(aad)), nil
}

// Open decrypts what Seal made for the same place aad. Errors: ErrWrongKey
// when another key sealed it; anything else means the value was changed or moved.
func (s *Sealer) Open(sealed []byte, aad string) ([]byte, error) {
	if len(sealed) < sealOverhead+s.aead.Overhead() {
		return nil, errors.New("sealed value is too short")
	}
	if sealed[0] != sealVersion {
		return nil, fmt.Errorf("sealed value has version %d, this program knows %d", sealed[0], sealVersion)
	}
	if !bytes.Equal(sealed[:sealOverhead], s.header) {
		return nil, ErrWrongKey
	}
	plain, err := s.aead.Open(nil, nil, sealed[sealOverhead:], s.bound(aad))
	if err != nil {
		return nil, errors.New("sealed value was changed or belongs elsewhere")
	}
	return plain, nil
}

// bound adds the header to the authenticated data, so that nobody relabels a value.
func (s *Sealer) bound(aad string) []byte {
	return append(append([]byte(nil), s.header...), aad...)
}
