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
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeKey(path); err != nil {
			return nil, fmt.Errorf("the encryption key cannot be written to %s; set PORTAL_DATA_DIR to a folder you may write in: %w", c.folder(), err)
		}
	}
	return readKey(path)
}

func readKey(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("the encryption key %s cannot be read: %w", path, err)
	}
	if err := forOwnerOnly(path); err != nil {
		return nil, err
	}
	key, err := parseKey(string(text))
	if err != nil {
		return nil, fmt.Errorf("the file %s holds no encryption key; put back the one the database was made with: %w", path, err)
	}
	return key, nil
}

// forOwnerOnly refuses a key file that other accounts of the machine may open.
func forOwnerOnly(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("look at the encryption key %s: %w", path, err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("the encryption key %s can be read by others; run: chmod 600 %s", path, path)
	}
	return nil
}

// makeKey puts a new key at path, mode 0600, whole or not at all, and safe from
// a power cut before anything is sealed with it. Of two portals that start at
// once the first link counts, and both go on with its key.
func makeKey(path string) error {
	folder := filepath.Dir(path)
	part, err := os.CreateTemp(folder, keyFile+".*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(part.Name()) }()
	_, err = part.WriteString(base64.StdEncoding.EncodeToString(newKey()) + "\n")
	if err := errors.Join(err, part.Sync(), part.Close()); err != nil {
		return err
	}
	if err := os.Link(part.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncFolder(folder)
}

// syncFolder makes a new name in a folder last: fsync of a file keeps its
// bytes, not its name. https://man7.org/linux/man-pages/man2/fsync.2.html
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
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
