package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"agentidportal/sandbox"
	"agentidportal/web"
)

// sandboxServer is a sandbox tenant with its listener.
type sandboxServer struct {
	tenant *sandbox.Sandbox
	server *http.Server
	listen net.Listener
	url    string
}

// sandboxSpec says where a sandbox listens and keeps its data.
type sandboxSpec struct {
	addr, baseURL, portalURL, folder string
	seed                             string // of a new tenant; empty is the default
	tls                              bool
	now                              func() time.Time
	log                              *slog.Logger
}

// startSandbox opens the tenant and serves it. It listens before it returns, so
// that a portal may ask it at once.
func startSandbox(ctx context.Context, spec sandboxSpec) (*sandboxServer, error) {
	l, err := listen(ctx, spec.addr, "PORTAL_SANDBOX_ADDR", "sandbox-addr")
	if err != nil {
		return nil, err
	}
	scheme, ca := "http", ""
	if spec.tls {
		scheme = "https"
	}
	base := spec.baseURL
	if base == "" {
		base = origin(scheme, l)
	}
	if spec.tls {
		var settings *tls.Config
		if settings, ca, err = sandboxTLS(spec.folder, []string{hostOf(base)}, spec.now()); err != nil {
			_ = l.Close()
			return nil, err
		}
		l = tls.NewListener(l, settings)
	}
	tenant, err := sandbox.Open(ctx, sandbox.Options{
		DataFile: filepath.Join(spec.folder, "tenant.db"), BaseURL: base, PortalURL: spec.portalURL, CAFile: ca, Seed: spec.seed, Now: spec.now, Log: spec.log,
	})
	if errors.Is(err, sandbox.ErrLocked) {
		err = fmt.Errorf("another portal or sandbox is using %s; stop it, or give this one a folder of its own with PORTAL_DATA_DIR or --data-dir", filepath.Join(spec.folder, "tenant.db"))
	}
	if err != nil {
		_ = l.Close()
		return nil, err
	}
	s := &sandboxServer{tenant: tenant, server: web.NewHTTPServer(tenant), listen: l, url: base}
	return s, nil
}

// serve answers until close is called; it returns nil then.
func (s *sandboxServer) serve() error {
	if err := s.server.Serve(s.listen); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve the sandbox: %w", err)
	}
	return nil
}

// close stops answering, waits for requests under way and closes the tenant.
func (s *sandboxServer) close(ctx context.Context) error {
	_ = s.server.Shutdown(ctx)
	_ = s.listen.Close()
	return s.tenant.Close()
}

// sandbox carries out "portal sandbox": the tenant alone, for other programs.
func (p program) sandbox(ctx context.Context, args []string) error {
	var useTLS, printInfo bool
	c, rest, err := loadConfig(sandboxLine(&useTLS, &printInfo), args, p.environ, p.stderr)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return fmt.Errorf("portal sandbox does not understand %q", rest[0])
	}
	if c.Live() {
		return errors.New("a real tenant is configured; unset PORTAL_TENANT_ID, PORTAL_CLIENT_ID and the credential to start a sandbox")
	}
	portalURL := c.PublicURL
	if portalURL == "" {
		portalURL = "http://localhost:8080"
	}
	s, err := startSandbox(ctx, sandboxSpec{
		addr: c.SandboxAddr, baseURL: c.SandboxBase, portalURL: portalURL, folder: c.folder(), seed: c.SandboxSeed, tls: useTLS, now: time.Now, log: newLog(p.stderr, c.LogLevel),
	})
	if err != nil {
		return err
	}
	failed := make(chan error, 1)
	go func() { failed <- s.serve() }()
	if err := p.announceSandbox(s, printInfo); err != nil {
		return err
	}
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return errors.Join(err, s.close(stop))
}

// sandboxLine gives the short names of "portal sandbox" to the settings they
// stand for.
func sandboxLine(useTLS, printInfo *bool) commandLine {
	return commandLine{
		command: "sandbox",
		names: map[string]string{
			"PORTAL_SANDBOX_ADDR": "addr", "PORTAL_SANDBOX_BASE_URL": "base-url", "PORTAL_PUBLIC_URL": "portal-url",
			"PORTAL_SANDBOX_SEED": "seed", "PORTAL_DATA_DIR": "data-dir", "PORTAL_LOG": "log",
		},
		switches: map[string]*bool{"tls": useTLS, "print-info": printInfo},
		help: map[string]string{
			"tls":        "serve https with a certificate of an authority in the data folder",
			"print-info": "print what programs need as one line of JSON",
		},
	}
}

// announceSandbox prints the addresses, for people or as one line of JSON.
func (p program) announceSandbox(s *sandboxServer, asJSON bool) error {
	info := s.tenant.Info()
	if asJSON {
		line, err := json.Marshal(info)
		if err != nil {
			return fmt.Errorf("write the sandbox's addresses: %w", err)
		}
		_, err = fmt.Fprintf(p.stdout, "%s\n", line)
		return err
	}
	_, err := fmt.Fprintf(p.stdout, "Sandbox tenant %s\n  sign-in and Graph  %s\n  for programs       %s/_sandbox/info\n", info.Domain, s.url, s.url)
	return err
}
