package models

import (
	"bytes"
	"errors"
	"testing"
)

func TestSealer(t *testing.T) {
	sealer := testSealer(t, 1)
	plain := []byte("refresh token")
	const place = "sign_ins:1:t:o"
	sealed, err := sealer.Seal(plain, place)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := sealer.Open(sealed, place); err != nil || !bytes.Equal(got, plain) {
		t.Fatalf("%q, %v", got, err)
	}
	again, err := sealer.Seal(plain, place)
	if err != nil || bytes.Equal(again, sealed) {
		t.Error("sealing twice gives the same bytes")
	}
	if bytes.Contains(sealed, plain) {
		t.Error("the plain text is in the sealed value")
	}
	changed := func(at int) []byte {
		b := bytes.Clone(sealed)
		b[at] ^= 1
		return b
	}
	tests := []struct {
		name     string
		sealer   *Sealer
		sealed   []byte
		place    string
		wrongKey bool
	}{
		{"another row", sealer, sealed, "sign_ins:2:t:o", false},
		{"another column", sealer, sealed, "kept_secrets:sealed:1", false},
		{"no place", sealer, sealed, "", false},
		{"another key", testSealer(t, 2), sealed, place, true},
		{"key id changed", sealer, changed(1), place, true},
		{"version changed", sealer, changed(0), place, false},
		{"nonce changed", sealer, changed(sealOverhead), place, false},
		{"end changed", sealer, changed(len(sealed) - 1), place, false},
		{"cut", sealer, sealed[:20], place, false},
		{"nothing", sealer, nil, place, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := test.sealer.Open(test.sealed, test.place)
			if err == nil || got != nil || errors.Is(err, ErrWrongKey) != test.wrongKey {
				t.Errorf("%q, %v; want an error (wrong key: %v)", got, err, test.wrongKey)
			}
		})
	}
}

func TestNewSealerRefuses(t *testing.T) {
	for name, key := range map[string][]byte{"none": nil, "short": make([]byte, 16), "long": bytes.Repeat([]byte{1}, 33), "zeros": make([]byte, 32)} {
		if _, err := NewSealer(key); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := testSealer(t, 1).Seal([]byte("x"), ""); err == nil {
		t.Error("sealed for no place")
	}
}
