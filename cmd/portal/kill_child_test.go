package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"
)

// What a re-run test binary is: a command of the program, or a portal that
// kills itself at a named point of a run.
const (
	childRole  = "PORTAL_TEST_CHILD"
	childPoint = "PORTAL_TEST_KILL_AT"
	// childSettle is Wiring.Settle; 0 leaves it to the portal.
	childSettle = "PORTAL_TEST_SETTLE"
)

func TestMain(m *testing.M) {
	role := os.Getenv(childRole)
	if role == "" {
		os.Exit(m.Run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	p := program{environ: os.Environ(), stdout: os.Stdout, stderr: os.Stderr}
	code := 0
	if role == "portal" {
		code = p.exit(runKilledPortal(ctx, p, os.Args[1:]))
	} else {
		code = p.run(ctx, os.Args[1:])
	}
	stop()
	os.Exit(code)
}

// runKilledPortal is "portal serve" with short pauses and, when the
// environment names one, a point at which the process ends as if its power was
// cut: no deferred call, no closing of files.
func runKilledPortal(ctx context.Context, p program, args []string) error {
	c, _, err := loadConfig(commandLine{command: "serve"}, args, p.environ, p.stderr)
	if err != nil {
		return err
	}
	point := os.Getenv(childPoint)
	var settle func(context.Context) time.Duration
	if d, err := time.ParseDuration(os.Getenv(childSettle)); err == nil && d > 0 {
		settle = func(context.Context) time.Duration { return d }
	}
	a, err := NewApp(ctx, c, Wiring{
		Settle: settle,
		Log:    newLog(p.stderr, "warn"),
		Pause:  func(int) time.Duration { return 50 * time.Millisecond },
		Hook: func(at string) {
			if point != "" && at == point {
				_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
				select {} // the signal is on its way
			}
		},
	})
	if err != nil {
		return err
	}
	fmt.Fprintln(p.stdout, a.URL())
	return a.Run(ctx)
}

// child is the test binary, run again as another process.
type child struct {
	*exec.Cmd
	first string // its first line: it listens then
	ended chan error
}

func startChild(t *testing.T, role, point string, args ...string) *child {
	t.Helper()
	c := &child{Cmd: exec.Command(os.Args[0], args...), ended: make(chan error, 1)} //nolint:gosec // ourselves
	c.Env = append(os.Environ(), childRole+"="+role, childPoint+"="+point)
	c.Stderr = t.Output()
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Kill() // it may have ended long ago
	})
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	if !lines.Scan() {
		t.Fatalf("%s did not start: %v", role, c.Wait())
	}
	c.first = lines.Text()
	go func() {
		for lines.Scan() { // a full pipe would stop it
		}
		c.ended <- c.Wait()
	}()
	return c
}

// killed waits until the process has killed itself.
func (c *child) killed(t *testing.T, point string) {
	t.Helper()
	select {
	case err := <-c.ended:
		if err == nil || !strings.Contains(err.Error(), "killed") {
			t.Fatalf("at %q the portal ended by itself: %v", point, err)
		}
	case <-time.After(30 * time.Second):
		t.Fatalf("the run never came to %q", point)
	}
}

// stop ends the process as an operator would.
func (c *child) stop(t *testing.T) {
	t.Helper()
	if err := c.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-c.ended:
		if err != nil {
			t.Errorf("stopped with %v", err)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("does not stop")
	}
}
