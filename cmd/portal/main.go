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

Settings are environment variables (PORTAL_ADDR, PORTAL_DATA_DIR, ...) or flags of the same names (--addr, --data-dir, ...).
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
	for _, line := range strings.Split(err.Error(), "\n") {
		fmt.Fprintln(p.stderr, "  "+line)
	}
	return 1
}

// renameFlag replaces the name of one flag, keeping dashes and value.
func renameFlag(arg string, names map[string]string) string {
	if !strings.HasPrefix(arg, "-") {
		return arg
	}
	body := strings.TrimLeft(arg, "-")
	name, value, hasValue := strings.Cut(body, "=")
	renamed, known := names[name]
	switch {
	case !known:
		return arg
	case hasValue:
		return "--" + renamed + "=" + value
	}
	return "--" + renamed
}
