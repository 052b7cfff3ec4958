package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	_ "time/tzdata" // local times must be right also where the system has no zones

	"agentidportal/handlers"
)

// serve carries out "portal serve": the portal, until it is told to stop.
func (p program) serve(ctx context.Context, args []string) error {
	c, rest, err := loadConfig(commandLine{command: "serve"}, args, p.environ, p.stderr)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return fmt.Errorf("portal serve does not understand %q", rest[0])
	}
	a, err := NewApp(ctx, c, Wiring{Log: newLog(p.stderr, c.LogLevel)})
	if err != nil {
		return err
	}
	greet(p.stdout, c, a)
	return a.Run(ctx)
}

// greet prints where to go and, with a sandbox, whom to be.
func greet(w io.Writer, c Config, a *App) {
	var text strings.Builder
	fmt.Fprintf(&text, "Agent ID Portal  %s\n", a.URL())
	if a.info == nil {
		fmt.Fprintf(&text, "Tenant           %s\n", c.TenantID)
		if strings.HasPrefix(a.URL(), "http://") {
			fmt.Fprintln(&text, "Warning          plain http: use it on this machine only, and https for everybody else")
		}
	} else {
		greetSandbox(&text, a)
	}
	fmt.Fprintf(&text, "Data             %s\n", c.folder())
	fmt.Fprint(w, text.String())
}

func greetSandbox(text *strings.Builder, a *App) {
	fmt.Fprintf(text, "Sandbox tenant   %s  %s\n", a.info.Authority, a.info.Domain)
	fmt.Fprintln(text, "Sign in as one of these; a press on the account is enough:")
	for _, persona := range a.info.Personas {
		fmt.Fprintf(text, "  %-34s %s\n", persona.UPN, handlers.RoleNames(persona.Roles, "no directory role"))
	}
}
