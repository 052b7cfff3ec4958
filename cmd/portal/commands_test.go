package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"agentidportal/models"
	"agentidportal/sandbox"
)

// outcome is what a command printed and how it ended.
type outcome struct {
	code        int
	out, report string
}

// command runs one command line to its end, with data in folder.
func command(t *testing.T, folder string, environ []string, args ...string) outcome {
	t.Helper()
	var out, report bytes.Buffer
	environ = append([]string{"PORTAL_DATA_DIR=" + folder, "PORTAL_ADDR=127.0.0.1:0", "PORTAL_SANDBOX_ADDR=127.0.0.1:0", "PORTAL_LOG=error"}, environ...)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	code := program{environ: environ, stdout: &out, stderr: &report}.run(ctx, args)
	return outcome{code, out.String(), report.String()}
}

func TestVersionNamesSchemaAndGo(t *testing.T) {
	got := command(t, t.TempDir(), nil, "version")
	for _, part := range []string{"portal ", "commit ", "go ", "schema "} {
		if !strings.Contains(got.out, part) {
			t.Errorf("version does not print %q: %s", part, got.out)
		}
	}
	if got.code != 0 {
		t.Errorf("exit code %d", got.code)
	}
}

func TestUnknownCommandSaysWhichThereAre(t *testing.T) {
	for _, args := range [][]string{{"setup"}, {"doctor"}, {"backup", "x"}} {
		got := command(t, t.TempDir(), nil, args...)
		if got.code != 2 || !strings.Contains(got.report, "has no command") || !strings.Contains(got.report, "audit verify") {
			t.Errorf("%v: exit %d, %s", args, got.code, got.report)
		}
	}
	if got := command(t, t.TempDir(), nil, "audit", "export"); got.code != 2 || !strings.Contains(got.report, "audit verify") {
		t.Errorf("audit export: exit %d, %s", got.code, got.report)
	}
}

func TestHelpNamesCommandsAndFlags(t *testing.T) {
	tests := []struct {
		args []string
		want []string
	}{
		{[]string{"--help"}, []string{"serve", "sandbox", "audit verify", "version"}},
		{[]string{"serve", "--help"}, []string{"-data-dir", "PORTAL_DATA_DIR", "-sandbox-url"}},
		{[]string{"sandbox", "--help"}, []string{"-tls", "-print-info", "-base-url", "-portal-url", "-addr", "PORTAL_SANDBOX_ADDR"}},
		{[]string{"audit", "verify", "--help"}, []string{"-json", "-data-dir"}},
	}
	for _, tt := range tests {
		got := command(t, t.TempDir(), nil, tt.args...)
		for _, part := range tt.want {
			if !strings.Contains(got.out+got.report, part) {
				t.Errorf("%v does not name %q: %s%s", tt.args, part, got.out, got.report)
			}
		}
		if strings.Contains(got.out+got.report, "client-secret") {
			t.Errorf("%v offers a flag for a secret", tt.args)
		}
		if got.code != 0 {
			t.Errorf("%v: exit code %d", tt.args, got.code)
		}
	}
}

func TestABuildWithoutACompilerIsExplained(t *testing.T) {
	err := explainBuild(errors.New("prepare: Binary was compiled with 'CGO_ENABLED=0', go-sqlite3 requires cgo to work. This is a stub"))
	for _, part := range []string{"gcc", "CGO_ENABLED=1"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not say %q", err, part)
		}
	}
	if other := errors.New("another fault"); !errors.Is(explainBuild(other), other) {
		t.Error("another fault was hidden")
	}
}

func TestStartsThatAreRefused(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name    string
		folder  string
		environ []string
		args    []string
		want    []string
	}{
		{name: "the portal's port in use", environ: []string{"PORTAL_ADDR=" + taken.Addr().String()}, want: []string{"in use", "PORTAL_ADDR"}},
		{name: "the sandbox's port in use", environ: []string{"PORTAL_SANDBOX_ADDR=" + taken.Addr().String()}, want: []string{"in use", "PORTAL_SANDBOX_ADDR"}},
		{name: "a data folder that is a file", folder: file, want: []string{"PORTAL_DATA_DIR"}},
		{name: "postgres", environ: []string{"PORTAL_DATABASE_URL=postgres://x"}, want: []string{"PostgreSQL"}},
		{name: "words left over", args: []string{"serve", "now"}, want: []string{`"now"`}},
		{name: "sandbox with a real tenant", environ: []string{"PORTAL_TENANT_ID=" + someTenant, "PORTAL_CLIENT_ID=" + someApp, "PORTAL_CLIENT_SECRET=s"}, args: []string{"sandbox"}, want: []string{"real tenant"}},
		{name: "no sandbox at that address", environ: []string{"PORTAL_SANDBOX_URL=http://" + unusedAddr(t)}, want: []string{"PORTAL_SANDBOX_URL"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			folder := tt.folder
			if folder == "" {
				folder = t.TempDir()
			}
			got := command(t, folder, tt.environ, tt.args...)
			if got.code != 1 {
				t.Errorf("exit code %d, want 1: %s", got.code, got.report)
			}
			for _, part := range tt.want {
				if !strings.Contains(got.report, part) {
					t.Errorf("the message lacks %q: %s", part, got.report)
				}
			}
		})
	}
}

func unusedAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

func TestOneOwnerOfADatabase(t *testing.T) {
	a := startApp(t, Config{}, Wiring{})
	folder := a.folder

	got := command(t, folder, nil)
	if got.code != 1 || !strings.Contains(got.report, "PORTAL_DATA_DIR") {
		t.Errorf("a second portal with its own sandbox: exit %d: %s", got.code, got.report)
	}
	got = command(t, folder, nil, "sandbox")
	if got.code != 1 || !strings.Contains(got.report, "another portal or sandbox") {
		t.Errorf("a second sandbox: exit %d: %s", got.code, got.report)
	}
	got = command(t, folder, []string{"PORTAL_SANDBOX_URL=" + a.SandboxURL()})
	if got.code != 1 || !strings.Contains(got.report, "another portal") {
		t.Errorf("a second portal on the first one's sandbox: exit %d: %s", got.code, got.report)
	}
}

func TestSandboxAlonePrintsItsInfo(t *testing.T) {
	for _, scheme := range []string{"http", "https"} {
		t.Run(scheme, func(t *testing.T) {
			args := []string{"sandbox", "--print-info", "--addr", "127.0.0.1:0", "--portal-url=http://localhost:9999"}
			if scheme == "https" {
				args = append(args, "--tls")
			}
			info := runSandboxUntilInfo(t, args)
			if !strings.HasPrefix(info.Authority, scheme+"://localhost:") {
				t.Errorf("authority %q", info.Authority)
			}
			if info.Portal.RedirectURI != "http://localhost:9999/auth/callback" {
				t.Errorf("redirect URI %q", info.Portal.RedirectURI)
			}
			if info.Management != info.Authority || info.Echo.URL != info.Authority+"/echo" {
				t.Errorf("management %q, echo %q", info.Management, info.Echo.URL)
			}
			if (info.CAFile != nil) != (scheme == "https") {
				t.Errorf("CA file %v with %s", info.CAFile, scheme)
			}
		})
	}
}

// runSandboxUntilInfo starts a sandbox, reads its first line and stops it.
func runSandboxUntilInfo(t *testing.T, args []string) sandbox.Info {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := &lineWriter{lines: make(chan string, 8)}
	var report bytes.Buffer
	done := make(chan int, 1)
	go func() {
		done <- program{environ: []string{"PORTAL_DATA_DIR=" + t.TempDir(), "PORTAL_LOG=error"}, stdout: out, stderr: &report}.run(ctx, args)
	}()
	var info sandbox.Info
	select {
	case line := <-out.lines:
		if err := json.Unmarshal([]byte(line), &info); err != nil {
			t.Fatalf("first line is not JSON: %v: %s", err, line)
		}
	case code := <-done:
		t.Fatalf("ended with %d: %s", code, report.String())
	}
	cancel()
	if code := <-done; code != 0 {
		t.Fatalf("stop: exit %d: %s", code, report.String())
	}
	return info
}

// lineWriter hands over each write that is a line.
type lineWriter struct{ lines chan string }

func (w *lineWriter) Write(p []byte) (int, error) {
	w.lines <- string(p)
	return len(p), nil
}

func TestReportNamesTheFirstBadRecord(t *testing.T) {
	var out bytes.Buffer
	printReport(&out, "portal.db", models.VerifyReport{Records: 3, Faults: []models.Fault{{Seq: 3, What: "record 3 was changed"}, {Seq: 2, What: "the words of record 2 were changed"}}})
	for _, part := range []string{"record 3 was changed", "The first bad record is 2.", "tampering"} {
		if !strings.Contains(out.String(), part) {
			t.Errorf("the report lacks %q:\n%s", part, out.String())
		}
	}
}

// TestAuditVerifyNeedsNoTenant: it opens a file and no tenant, so it asks for
// nothing but which file is meant.
func TestAuditVerifyNeedsNoTenant(t *testing.T) {
	a := startLive(t, "")
	if err := a.stop(); err != nil {
		t.Fatal(err)
	}
	unreadable := []string{"PORTAL_TENANT_ID=" + someTenant, "PORTAL_CLIENT_ID=" + someApp, "PORTAL_CLIENT_SECRET_FILE=/nobody/may/read"}
	file := filepath.Join(a.folder, someTenant, "portal.db")
	tests := []struct {
		name    string
		environ []string
		args    []string
		code    int
	}{
		{"tenant and client by flag", nil, []string{"--tenant-id", someTenant, "--client-id", someApp}, 0},
		{"tenant by flag", nil, []string{"--tenant-id", strings.ToUpper(someTenant)}, 0},
		{"a secret that cannot be read", unreadable, nil, 0},
		{"a file", unreadable, []string{file}, 0},
		{"a file and wrong settings", []string{"PORTAL_TENANT_ID=contoso.example", "PORTAL_LOG=loud"}, []string{file}, 0},
		{"a client without a tenant", nil, []string{"--client-id", someApp}, 2},
		{"a tenant by name", nil, []string{"--tenant-id", "contoso.example"}, 2},
		{"postgres", []string{"PORTAL_DATABASE_URL=postgres://x"}, nil, 2},
	}
	for _, tt := range tests {
		if got := command(t, a.folder, tt.environ, append([]string{"audit", "verify"}, tt.args...)...); got.code != tt.code {
			t.Errorf("%s: exit %d, want %d: %s%s", tt.name, got.code, tt.code, got.out, got.report)
		}
	}
}
