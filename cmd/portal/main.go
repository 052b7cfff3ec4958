// Command portal is a web admin portal for Microsoft Entra Agent ID. Without
// any configuration it runs against an embedded sandbox tenant.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// usage is what help prints, and what a wrong command gets.
const usage = `Usage: portal [command] [flags]

Commands:
  serve           the portal, with a sandbox tenant beside it when no tenant is configured (default)
  sandbox         the sandbox tenant alone, for other programs
  audit verify    checks the audit history for tampering: 0 sound, 1 tampered with, 2 cannot be checked
  version         version, commit, Go and schema

Settings are environment variables (PORTAL_ADDR, PORTAL_DATA_DIR, ...) or flags of the same names (--addr, --data-dir, ...);
portal serve --help, portal sandbox --help and portal audit verify --help list them.
`

// program is what a command needs from the process it runs in.
type program struct {
	environ        []string
	stdout, stderr io.Writer
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	p := program{environ: os.Environ(), stdout: os.Stdout, stderr: os.Stderr}
	code := p.run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// run carries out one command line and returns the exit code.
func (p program) run(ctx context.Context, args []string) int {
	command, rest := "serve", args
	if len(args) == 1 && (args[0] == "--help" || args[0] == "-h") {
		command = "help"
	}
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		command, rest = args[0], args[1:]
	}
	var err error
	switch command {
	case "serve":
		err = p.serve(ctx, rest)
	case "sandbox":
		err = p.sandbox(ctx, rest)
	case "audit":
		return p.audit(ctx, rest)
	case "version":
		p.version()
	case "help":
		fmt.Fprint(p.stdout, usage)
	default:
		fmt.Fprintf(p.stderr, "portal: this version has no command %q.\n\n%s", command, usage)
		return 2
	}
	return p.exit(err)
}

// exit turns a command's error into sentences and an exit code.
func (p program) exit(err error) int {
	switch {
	case err == nil, errors.Is(err, context.Canceled):
		return 0
	case errors.Is(err, flag.ErrHelp):
		return 0
	}
	fmt.Fprintln(p.stderr, "portal: cannot go on:")
	for line := range strings.Lines(explainBuild(err).Error()) {
		fmt.Fprintln(p.stderr, "  "+strings.TrimRight(line, "\n"))
	}
	return 1
}

// explainBuild puts words in place of the SQLite driver's own when the binary
// was built without a C compiler.
func explainBuild(err error) error {
	if strings.Contains(err.Error(), "CGO_ENABLED=0") {
		return errors.New("this portal was built without a C compiler and so without SQLite; install gcc and libc6-dev (on Debian: apt-get install gcc libc6-dev), then build it again with CGO_ENABLED=1")
	}
	return err
}
