package main

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// keyFile is where a key is made on the first run. It lies beside the database
// for trying out; elsewhere PORTAL_ENCRYPTION_KEY_FILE keeps the two apart.
const keyFile = "encryption.key"

// sealingKey returns the 32 bytes that seal refresh tokens and minted secrets:
// the configured key, the one in the data folder, or a new one put there.
func (c Config) sealingKey() ([]byte, error) {
	if c.Key != "" {
		return parseKey(c.Key)
	}
	if err := os.MkdirAll(c.folder(), 0o700); err != nil {
		return nil, fmt.Errorf("the data folder %s cannot be made; set PORTAL_DATA_DIR to a folder you may write in: %w", c.folder(), err)
	}
	path := filepath.Join(c.folder(), keyFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return writeKey(path)
	}
	if err != nil {
		return nil, fmt.Errorf("the encryption key %s cannot be read: %w", path, err)
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("the encryption key %s can be read by others; run: chmod 600 %s", path, path)
	}
	return parseKey(string(text))
}

// writeKey makes a key and puts it at path, mode 0600, whole or not at all.
func writeKey(path string) ([]byte, error) {
	key := newKey()
	part := path + ".part"
	if err := os.WriteFile(part, []byte(base64.StdEncoding.EncodeToString(key)+"\n"), 0o600); err != nil {
		return nil, fmt.Errorf("the encryption key cannot be written to %s; set PORTAL_DATA_DIR to a folder you may write in: %w", filepath.Dir(path), err)
	}
	if err := os.Rename(part, path); err != nil {
		return nil, fmt.Errorf("put the encryption key in place: %w", err)
	}
	return key, nil
}

// parseKey reads 32 bytes written as base64 or as 64 hexadecimal digits.
func parseKey(text string) ([]byte, error) {
	text = strings.TrimSpace(text)
	if key, err := hex.DecodeString(text); err == nil && len(key) == 32 {
		return key, nil
	}
	if key, err := base64.StdEncoding.DecodeString(text); err == nil && len(key) == 32 {
		return key, nil
	}
	return nil, errors.New("PORTAL_ENCRYPTION_KEY must be 32 random bytes as base64 or hexadecimal; make one with: openssl rand -base64 32")
}
