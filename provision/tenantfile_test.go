package provision

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"agentidportal/sandbox"
)

// newTenant is the file of a new sandbox with its signing keys. It is made once:
// RSA keys take longer to make than most tests.
var newTenant = sync.OnceValues(func() (file []byte, err error) {
	dir, err := os.MkdirTemp("", "tenant")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "tenant.db")
	s, err := sandbox.Open(context.Background(), sandbox.Options{DataFile: path})
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil { // which waits for the keys
		return nil, err
	}
	return os.ReadFile(path)
})

// tenantFile is a sandbox's file of a test's own.
func tenantFile(t testing.TB) string {
	t.Helper()
	file, err := newTenant()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "tenant.db")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
