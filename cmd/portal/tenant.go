package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"agentidportal/entra"
	"agentidportal/entra/graph"
	"agentidportal/handlers"
	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/web"
)

// tenant is what the portal must know of the directory it works for. A real
// one and a sandbox differ in these values and in nothing else.
type tenant struct {
	id, domain string
	cloud      entra.Cloud
	app        entra.App
	http       *http.Client
	info       *handlers.SandboxInfo // nil with a real tenant
}

// openTenant finds the tenant: the configured one, a sandbox that runs already,
// or one started here. It needs the portal's own address for the redirect URI.
func (a *App) openTenant(ctx context.Context, c Config, w Wiring) (*tenant, error) {
	if c.Live() {
		return liveTenant(c, w, a.url)
	}
	base := c.SandboxURL
	if base == "" {
		if err := a.embedSandbox(ctx, c, w); err != nil {
			return nil, err
		}
		base = a.sandbox.url
	}
	cloud := entra.SandboxCloud(base, base)
	client, err := sandboxClient(c, w, cloud)
	if err != nil {
		return nil, err
	}
	info, err := handlers.ReadSandboxInfo(ctx, client, base)
	if err != nil {
		return nil, fmt.Errorf("the sandbox at %s does not say who it is; check PORTAL_SANDBOX_URL, and PORTAL_SANDBOX_CA when it was started with --tls: %w", base, err)
	}
	return &tenant{
		id: info.TenantID, domain: info.Domain, info: info, http: client,
		cloud: entra.SandboxCloud(info.Authority, info.Graph),
		app: entra.App{
			ClientID:    info.Portal.ClientID,
			Credential:  entra.Credential{Secret: entra.NewSecret(info.Portal.ClientSecret)},
			RedirectURI: a.url + "/auth/callback",
		},
	}, nil
}

// embedSandbox starts a sandbox in this process and lets it answer.
func (a *App) embedSandbox(ctx context.Context, c Config, w Wiring) error {
	s, err := startSandbox(ctx, sandboxSpec{
		addr: c.SandboxAddr, baseURL: c.SandboxBase, portalURL: a.url, folder: c.folder(), seed: c.SandboxSeed, now: w.Now, log: w.Log,
	})
	if err != nil {
		return err
	}
	a.sandbox = s
	go func() {
		if err := s.serve(); err != nil {
			a.log.Error("the sandbox stopped", "error", err)
		}
	}()
	return nil
}

// sandboxClient is the HTTP client for a sandbox: it trusts the authority of
// one that was started with --tls.
func sandboxClient(c Config, w Wiring, cloud entra.Cloud) (*http.Client, error) {
	roots, err := c.sandboxRoots()
	if err != nil {
		return nil, err
	}
	client := entra.NewHTTPClient(cloud, roots)
	if w.Transport != nil {
		client.Transport = w.Transport
	}
	return client, nil
}

// sandboxRoots are the authorities PORTAL_SANDBOX_CA names; nil without it.
func (c Config) sandboxRoots() (*x509.CertPool, error) {
	if c.SandboxCA == "" {
		return nil, nil
	}
	text, err := os.ReadFile(c.SandboxCA)
	if err != nil {
		return nil, fmt.Errorf("PORTAL_SANDBOX_CA cannot be read: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("PORTAL_SANDBOX_CA: %s holds no certificate", c.SandboxCA)
	}
	return roots, nil
}

// liveTenant is a tenant at Microsoft's addresses. It is not asked anything
// here: a portal starts also when the tenant cannot be reached.
func liveTenant(c Config, w Wiring, portalURL string) (*tenant, error) {
	cloud := c.cloud()
	credential := entra.Credential{Secret: entra.NewSecret(c.ClientSecret)}
	if c.Certificate != "" {
		text, err := certificateText(c.Certificate)
		if err != nil {
			return nil, err
		}
		certificate, err := entra.LoadCertificate(text)
		if err != nil {
			return nil, fmt.Errorf("PORTAL_CLIENT_CERTIFICATE must hold an RSA key and its certificate as PEM: %w", err)
		}
		credential = entra.Credential{Certificate: certificate}
	}
	client := entra.NewHTTPClient(cloud, nil)
	if w.Transport != nil {
		client.Transport = w.Transport
	}
	return &tenant{
		id: c.TenantID, domain: c.TenantID, cloud: cloud, http: client,
		app: entra.App{ClientID: c.ClientID, Credential: credential, RedirectURI: portalURL + "/auth/callback"},
	}, nil
}

// certificateText takes PEM text, or the path of a file that holds it: people
// write both into PORTAL_CLIENT_CERTIFICATE.
func certificateText(value string) ([]byte, error) {
	if strings.Contains(value, "-----BEGIN") {
		return []byte(value), nil
	}
	text, err := os.ReadFile(value)
	if err != nil {
		return nil, fmt.Errorf("PORTAL_CLIENT_CERTIFICATE is neither PEM text nor a file that can be read: %w", err)
	}
	return text, nil
}

// build puts the parts together.
func (a *App) build(ctx context.Context, c Config, w Wiring, t *tenant, sealer *models.Sealer) error {
	sts := entra.New(entra.Options{Cloud: t.cloud, TenantID: t.id, HTTP: t.http, Now: w.Now})
	directory := graph.New(graph.Options{Base: t.cloud.Graph, HTTP: t.http, Token: nobody, Now: w.Now})
	scopes := graph.SignInScopes()
	a.signIns = provision.NewSignIns(provision.SignInsOptions{
		Store: a.store, Entra: sts, Graph: directory, App: t.app, Sealer: sealer, Scopes: scopes, Now: w.Now, Log: a.log,
	})
	a.engine = provision.New(provision.Options{
		Store: a.store, Entra: sts, Graph: directory, Writer: graph.NewWriter(directory), SignIns: a.signIns, Sealer: sealer,
		Now: w.Now, Log: a.log, Hook: w.Hook, Pause: w.Pause, Settle: settle(w, t), RequireReason: c.requireReason(),
	})
	proxies, err := c.proxies()
	if err != nil {
		return err
	}
	server, err := web.New(web.Options{
		PublicURL: a.url, SessionName: sessionName(t), Sessions: a.store.Sessions(), Log: a.log, Now: w.Now, Rates: rates(t), TrustedProxies: proxies,
	})
	if err != nil {
		return fmt.Errorf("build the portal's server: %w", err)
	}
	pages := &handlers.Handlers{
		Store: a.store, Entra: sts, Graph: directory, Engine: a.engine, SignIns: a.signIns, Sealer: sealer, App: t.app, Sandbox: t.info,
		Tenant: handlers.Tenant{ID: t.id, Domain: t.domain, Sandbox: t.info != nil}, PublicURL: a.url, Scopes: scopes,
		OpenInspector: c.onlyHere(a.url), RequireReason: c.requireReason(), BulkMost: c.bulkMost(), Development: isDevelopment(debug.ReadBuildInfo()), HTTP: t.http, Now: w.Now, Log: a.log,
	}
	if err := pages.Routes(server); err != nil {
		return fmt.Errorf("lay out the portal's addresses: %w", err)
	}
	if err := pages.CloseSandboxActs(ctx); err != nil {
		return err
	}
	a.server = server.HTTPServer()
	return nil
}

// nobody is the caller of a Graph client that was not given a person. It is
// refused here, so that no request leaves without an owner.
func nobody(context.Context) (entra.Secret, error) {
	return entra.Secret{}, errors.New("no person stands behind this request")
}

// settle says how long a write may stay unseen: what tests set, what the
// sandbox's lag asks for, or the engine's own two minutes in a real tenant.
func settle(w Wiring, t *tenant) func(context.Context) time.Duration {
	switch {
	case w.Settle != nil:
		return w.Settle
	case t.info == nil:
		return nil
	}
	return func(ctx context.Context) time.Duration {
		return handlers.SandboxSettle(ctx, t.http, t.cloud.Login)
	}
}

// sessionName differs between a real tenant, a sandbox, and the sandbox's own
// sign-in page (sandbox_sid): cookies of localhost reach every port, and one
// must never stand for another.
func sessionName(t *tenant) string {
	if t.info != nil {
		return "portal_sandbox_sid"
	}
	return "portal_sid"
}

// rates limits requests in a real tenant. The sandbox answers this machine
// alone, where a limit would only stop people's own scripts.
func rates(t *tenant) map[web.RateClass]int {
	if t.info != nil {
		return nil
	}
	return web.DefaultRates()
}
