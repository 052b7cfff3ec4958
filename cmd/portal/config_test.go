package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

const (
	someTenant = "0b2f7a5c-3c1d-4e6f-8a90-1b2c3d4e5f60"
	someApp    = "7c9d1e2f-4a5b-4c6d-9e8f-0a1b2c3d4e5f"
)

func TestConfigFaults(t *testing.T) {
	live := []string{"PORTAL_TENANT_ID=" + someTenant, "PORTAL_CLIENT_ID=" + someApp, "PORTAL_CLIENT_SECRET=something-secret"}
	tests := []struct {
		name    string
		environ []string
		args    []string
		want    []string // parts of the error; none means it must pass
	}{
		{name: "nothing configured is the sandbox"},
		{name: "a live tenant", environ: live},
		{name: "postgres", environ: []string{"PORTAL_DATABASE_URL=postgres://db/portal"}, want: []string{"PostgreSQL"}},
		{name: "another cloud", environ: []string{"PORTAL_CLOUD=usgov"}, want: []string{"PORTAL_CLOUD", "not offered"}},
		{name: "all faults at once", environ: []string{"PORTAL_CLOUD=china", "PORTAL_LOG=loud", "PORTAL_ADDR=nowhere"}, want: []string{"PORTAL_CLOUD", "PORTAL_LOG", "PORTAL_ADDR"}},
		{name: "half a live tenant", environ: live[:1], want: []string{"PORTAL_CLIENT_ID", "PORTAL_CLIENT_SECRET"}},
		{name: "tenant by domain", environ: append([]string{"PORTAL_TENANT_ID=contoso.example"}, live[1:]...), want: []string{"PORTAL_TENANT_ID"}},
		{name: "two credentials", environ: append([]string{"PORTAL_CLIENT_CERTIFICATE=pem"}, live...), want: []string{"set one of"}},
		{name: "a sandbox secret for a real tenant", environ: append([]string{}, live[0], live[1], "PORTAL_CLIENT_SECRET=SANDBOX~abc"), want: []string{"sandbox secret"}},
		{name: "a live tenant over plain http", environ: append([]string{"PORTAL_PUBLIC_URL=http://portal.example"}, live...), want: []string{"https"}},
		{name: "a live tenant over plain http on this machine", environ: append([]string{"PORTAL_PUBLIC_URL=http://localhost:8080"}, live...)},
		{name: "a live tenant for the world without an address", environ: append([]string{"PORTAL_ADDR=0.0.0.0:8080"}, live...), want: []string{"PORTAL_ADDR", "PORTAL_PUBLIC_URL"}},
		{name: "a live tenant on every interface without an address", environ: append([]string{"PORTAL_ADDR=:8080"}, live...), want: []string{"set it to the https address"}},
		{name: "a live tenant for the world", environ: append([]string{"PORTAL_ADDR=0.0.0.0:8080", "PORTAL_PUBLIC_URL=https://portal.example"}, live...)},
		{name: "proxies", environ: []string{"PORTAL_TRUSTED_PROXIES=192.0.2.0/28, 2001:db8::/64,10.0.0.1/32"}},
		{name: "a proxy by name", environ: []string{"PORTAL_TRUSTED_PROXIES=proxy.example"}, want: []string{"PORTAL_TRUSTED_PROXIES", "192.0.2.1/32"}},
		{name: "everybody is a proxy", environ: []string{"PORTAL_TRUSTED_PROXIES=0.0.0.0/0"}, want: []string{"everybody"}},
		{name: "sandbox and live", environ: append([]string{"PORTAL_SANDBOX_URL=http://localhost:8081"}, live...), want: []string{"both configured"}},
		{name: "a sandbox elsewhere", environ: []string{"PORTAL_SANDBOX_URL=http://sandbox.example"}, want: []string{"on this machine"}},
		{name: "a sandbox portal for the world", environ: []string{"PORTAL_ADDR=0.0.0.0:8080"}, want: []string{"asks for no password"}},
		{name: "a public URL with a path", environ: []string{"PORTAL_PUBLIC_URL=https://portal.example/agents"}, want: []string{"plain origin"}},
		{name: "a short key", environ: []string{"PORTAL_ENCRYPTION_KEY=c2hvcnQ="}, want: []string{"32 random bytes"}},
		{name: "no change of many", environ: []string{"PORTAL_BULK_MAX=0"}},
		{name: "changes of very many", environ: []string{"PORTAL_BULK_MAX=501"}, want: []string{"PORTAL_BULK_MAX", "no whole number from 0 to 500"}},
		{name: "reasons are demanded", environ: []string{"PORTAL_REQUIRE_REASON=true"}},
		{name: "reasons are perhaps demanded", environ: []string{"PORTAL_REQUIRE_REASON=perhaps"}, want: []string{"PORTAL_REQUIRE_REASON", "neither true nor false"}},
		{name: "a flag weighs more", environ: []string{"PORTAL_CLOUD=china"}, args: []string{"--cloud", "global"}},
		{name: "no flag for a secret", args: []string{"--client-secret", "x"}, want: []string{"client-secret"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := loadConfig(commandLine{command: "serve"}, tt.args, tt.environ, &bytes.Buffer{})
			if len(tt.want) == 0 && err != nil {
				t.Fatalf("refused: %v", err)
			}
			for _, part := range tt.want {
				if err == nil || !strings.Contains(err.Error(), part) {
					t.Errorf("error %v does not say %q", err, part)
				}
			}
			if err != nil && strings.Contains(err.Error(), "something-secret") {
				t.Errorf("the error tells the secret: %v", err)
			}
		})
	}
}

func TestSecretFromFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("from-a-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	environ := []string{"PORTAL_TENANT_ID=" + someTenant, "PORTAL_CLIENT_ID=" + someApp, "PORTAL_CLIENT_SECRET_FILE=" + file}
	c, _, err := loadConfig(commandLine{command: "serve"}, nil, environ, &bytes.Buffer{})
	if err != nil {
		t.Fatal(err)
	}
	if c.ClientSecret != "from-a-file" {
		t.Errorf("secret is %q", c.ClientSecret)
	}
	if strings.Contains(c.String(), "from-a-file") {
		t.Error("the settings print their secret")
	}
	_, _, err = loadConfig(commandLine{command: "serve"}, nil, append(environ, "PORTAL_CLIENT_SECRET=x"), &bytes.Buffer{})
	if err == nil || !strings.Contains(err.Error(), "keep one of them") {
		t.Errorf("both forms of a secret: %v", err)
	}
	_, _, err = loadConfig(commandLine{command: "serve"}, nil, []string{"PORTAL_CLIENT_SECRET_FILE=" + file + ".missing"}, &bytes.Buffer{})
	if err == nil || !strings.Contains(err.Error(), "cannot be read") {
		t.Errorf("missing file: %v", err)
	}
}

func TestSealingKeyIsMadeOnceAndGuarded(t *testing.T) {
	c := Config{DataDir: t.TempDir()}
	first, err := c.sealingKey()
	if err != nil {
		t.Fatal(err)
	}
	second, err := c.sealingKey()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, second) || len(first) != 32 {
		t.Fatalf("keys differ between starts: %d and %d bytes", len(first), len(second))
	}
	path := filepath.Join(c.folder(), keyFile)
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := c.sealingKey(); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a readable key was taken: %v", err)
	}
}

// TestKeyFileOfOthersIsRefused wherever it lies, as the one of the data folder.
func TestKeyFileOfOthersIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte(strings.Repeat("ab", 32)), 0o600); err != nil {
		t.Fatal(err)
	}
	for mode, refused := range map[os.FileMode]bool{0o600: false, 0o400: false, 0o640: true, 0o644: true, 0o602: true} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		_, _, err := loadConfig(commandLine{command: "serve"}, nil, []string{"PORTAL_ENCRYPTION_KEY_FILE=" + path}, &bytes.Buffer{})
		if (err != nil) != refused {
			t.Errorf("mode %o: %v", mode, err)
		}
		for _, word := range []string{"PORTAL_ENCRYPTION_KEY_FILE", "chmod 600", "Docker mode: 0400", "Kubernetes defaultMode: 0400"} {
			if refused && (err == nil || !strings.Contains(err.Error(), word)) {
				t.Errorf("mode %o: the error does not say %q: %v", mode, word, err)
			}
		}
	}
}

// TestKeyIsMadeWhereHardLinksFail: FAT and some shares have none.
func TestKeyIsMadeWhereHardLinksFail(t *testing.T) {
	path := filepath.Join(t.TempDir(), keyFile)
	noLinks := func(from, to string) error {
		return &os.LinkError{Op: "link", Old: from, New: to, Err: syscall.EPERM}
	}
	var first []byte
	for range 2 { // the second start keeps what it finds
		if err := makeKey(path, noLinks); err != nil {
			t.Fatal(err)
		}
		key, err := readKey(path) // refuses any mode but the owner's
		if err != nil || first != nil && !bytes.Equal(key, first) {
			t.Fatalf("key of %d bytes, the same: %v, %v", len(key), bytes.Equal(key, first), err)
		}
		first = key
	}
	if left, err := filepath.Glob(path + ".*"); err != nil || len(left) > 0 {
		t.Errorf("left over: %v, %v", left, err)
	}
}

// TestTwoFirstStartsShareOneKey: what one of them seals the other must open.
func TestTwoFirstStartsShareOneKey(t *testing.T) {
	c := Config{DataDir: t.TempDir()}
	keys := make([][]byte, 16)
	var all sync.WaitGroup
	for i := range keys {
		all.Go(func() {
			var err error
			if keys[i], err = c.sealingKey(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, key := range keys {
		if !bytes.Equal(key, keys[0]) {
			t.Fatal("two starts went on with different keys")
		}
	}
	files, err := os.ReadDir(c.folder())
	if err != nil || len(files) != 1 || files[0].Name() != keyFile {
		t.Errorf("the folder holds %v, %v", files, err)
	}
	if info, err := files[0].Info(); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key has mode %v, %v", info.Mode(), err)
	}
}

func TestEmptyKeyFileIsNamed(t *testing.T) {
	c := Config{DataDir: t.TempDir()}
	path := filepath.Join(c.folder(), keyFile)
	if err := errors.Join(os.MkdirAll(c.folder(), 0o700), os.WriteFile(path, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.sealingKey(); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v", err)
	}
}

// TestInspectorIsOpenOnThisMachineOnly: others may be there as soon as the
// portal listens elsewhere, has another address or stands behind a proxy.
func TestInspectorIsOpenOnThisMachineOnly(t *testing.T) {
	tests := []struct {
		addr, public, proxies string
		open                  bool
	}{
		{"127.0.0.1:8080", "http://localhost:8080", "", true},
		{"[::1]:8080", "http://[::1]:8080", "", true},
		{"0.0.0.0:8080", "http://localhost:8080", "", false},
		{":8080", "http://localhost:8080", "", false},
		{"127.0.0.1:8080", "https://portal.example", "", false},
		{"127.0.0.1:8080", "http://localhost:8080", "127.0.0.1/32", false},
	}
	for _, tt := range tests {
		if got := (Config{Addr: tt.addr, Proxies: tt.proxies}).onlyHere(tt.public); got != tt.open {
			t.Errorf("%+v: %v", tt, got)
		}
	}
}

func TestPublicURLIsWrittenAsBrowsersDo(t *testing.T) {
	for given, want := range map[string]string{"https://Portal.Example:443": "https://portal.example", "http://localhost:80": "http://localhost", "https://portal.example:8443": "https://portal.example:8443"} {
		c, _, err := loadConfig(commandLine{command: "serve"}, nil, []string{"PORTAL_PUBLIC_URL=" + given}, &bytes.Buffer{})
		if err != nil || c.PublicURL != want {
			t.Errorf("%s became %s, %v; want %s", given, c.PublicURL, err, want)
		}
	}
}

func TestIdsAreComparedInLowerCase(t *testing.T) {
	environ := []string{"PORTAL_TENANT_ID=" + strings.ToUpper(someTenant), "PORTAL_CLIENT_ID=" + strings.ToUpper(someApp), "PORTAL_CLIENT_SECRET=s"}
	c, _, err := loadConfig(commandLine{command: "serve"}, nil, environ, &bytes.Buffer{})
	if err != nil {
		t.Fatal(err)
	}
	if c.TenantID != someTenant || c.ClientID != someApp {
		t.Errorf("ids are kept as %s and %s", c.TenantID, c.ClientID)
	}
}
