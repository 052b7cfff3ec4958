package handlers

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"agentidportal/entra"
	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/sandbox"
	"agentidportal/web"
)

// testPortal is a whole portal for one test: a real store in a folder of its
// own, a sandbox over HTTP, the real parts between them, and a browser.
type testPortal struct {
	t       testing.TB
	h       *Handlers
	store   *models.Store
	engine  *provision.Engine
	sandbox *sandbox.Sandbox
	info    *SandboxInfo
	url     string // of the portal
	tenant  string // of the sandbox
	data    string // folder of the portal's database
	clock   *testClock
	pause   atomic.Int64  // between the attempts of a step, as time.Duration
	fresh   time.Duration // how old a snapshot may be
	log     *lockedBuffer
	browser *http.Client
	server  *web.Server
	// cloud, app and world are Microsoft's in a live test: see live_test.go.
	cloud entra.Cloud
	app   entra.App
	world http.RoundTripper // nil: the network
}

// portalOption changes the parts before they are put together.
type portalOption func(*web.Options, *Handlers)

// newTestPortal builds a portal. Its engine works; the sandbox has no lag.
func newTestPortal(t testing.TB, options ...portalOption) *testPortal {
	t.Helper()
	// Tests change the tenant behind the portal's back.
	return newPortalThatReads(t, time.Nanosecond, options...)
}

// newPortalThatReads is newTestPortal with snapshots that are read anew when they
// are so old; 0: as in production.
func newPortalThatReads(t testing.TB, fresh time.Duration, options ...portalOption) *testPortal {
	t.Helper()
	p := &testPortal{t: t, clock: &testClock{}, log: &lockedBuffer{}, fresh: fresh}
	log := slog.New(slog.NewTextHandler(p.log, nil))
	var portal, tenant http.Handler
	portalServer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { portal.ServeHTTP(w, r) }))
	tenantServer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { tenant.ServeHTTP(w, r) }))
	p.url, p.tenant = portalServer.URL, tenantServer.URL
	p.openSandbox()
	tenant = p.sandbox

	info, err := ReadSandboxInfo(t.Context(), nil, p.tenant)
	if err != nil {
		t.Fatal(err)
	}
	p.info = info
	p.cloud = entra.SandboxCloud(info.Authority, info.Graph)
	p.app = entra.App{
		ClientID:    info.Portal.ClientID,
		Credential:  entra.Credential{Secret: entra.NewSecret(info.Portal.ClientSecret)},
		RedirectURI: p.url + "/auth/callback",
	}
	p.build(log, options)
	portal = p.server
	p.newBrowser()
	p.startEngine(portalServer, tenantServer)
	return p
}

// build opens the store and puts the parts together.
func (p *testPortal) build(log *slog.Logger, options []portalOption) {
	t := p.t
	t.Helper()
	p.pause.Store(int64(5 * time.Millisecond))
	sealer, err := models.NewSealer(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	p.data = t.TempDir()
	p.store, err = models.Open(t.Context(), models.Options{
		Path: filepath.Join(p.data, "portal.db"), Tenant: p.info.TenantID, Now: p.clock.now, Sealer: sealer, StrictTx: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	p.wire(sealer, log, options)
}

func (p *testPortal) openSandbox() {
	s, err := sandbox.Open(p.t.Context(), sandbox.Options{
		DataFile: tenantFile(p.t), BaseURL: p.tenant, PortalURL: p.url,
	})
	if err != nil {
		p.t.Fatal(err)
	}
	p.sandbox = s
}

// wire puts the parts together as cmd/portal does.
func (p *testPortal) wire(sealer *models.Sealer, log *slog.Logger, options []portalOption) {
	client := entra.NewHTTPClient(p.cloud, nil)
	if p.world != nil {
		client.Transport = p.world
	}
	sts := entra.New(entra.Options{Cloud: p.cloud, TenantID: p.info.TenantID, HTTP: client, Now: p.clock.now})
	nobody := func(context.Context) (entra.Secret, error) { return entra.Secret{}, errors.New("nobody asks") }
	g := graph.New(graph.Options{Base: p.cloud.Graph, HTTP: client, Token: nobody, Now: p.clock.now})
	scopes := graph.SignInScopes()
	signIns := provision.NewSignIns(provision.SignInsOptions{
		Store: p.store, Entra: sts, Graph: g, App: p.app, Sealer: sealer, Scopes: scopes, Now: p.clock.now, Log: log,
	})
	p.h = &Handlers{
		Store: p.store, Entra: sts, Graph: g, SignIns: signIns, Sealer: sealer, App: p.app,
		Tenant:    Tenant{ID: p.info.TenantID, Domain: p.info.Domain, Sandbox: p.cloud.Sandbox},
		PublicURL: p.url, Scopes: scopes, OpenInspector: true, Now: p.clock.now, Log: log,
		InventoryWait: 30 * time.Second, BulkMost: 500,
	}
	if p.cloud.Sandbox {
		p.h.Sandbox = p.info
	} else {
		p.h.Tenant.Domain = p.info.TenantID // the name is learned later
	}
	webOptions := web.Options{
		PublicURL: p.url, SessionName: "portal_sandbox_sid", Sessions: p.store.Sessions(), Log: log, Now: p.clock.now, Heartbeat: time.Second,
	}
	for _, option := range options {
		option(&webOptions, p.h)
	}
	p.engine = provision.New(provision.Options{
		Store: p.store, Entra: sts, Graph: p.h.Graph, Writer: graph.NewWriter(g), SignIns: signIns, Sealer: sealer, Now: p.clock.now, Log: log,
		Settle:        func(context.Context) time.Duration { return 10 * time.Millisecond },
		Pause:         func(int) time.Duration { return time.Duration(p.pause.Load()) },
		RequireReason: p.h.RequireReason, InventoryFresh: p.fresh,
	})
	p.h.Engine = p.engine
	var err error
	if p.server, err = web.New(webOptions); err != nil {
		p.t.Fatal(err)
	}
	if err := p.h.Routes(p.server); err != nil {
		p.t.Fatal(err)
	}
}

func (p *testPortal) startEngine(servers ...*httptest.Server) {
	ctx, stop := context.WithCancel(context.WithoutCancel(p.t.Context()))
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := p.engine.Work(ctx); err != nil && !errors.Is(err, context.Canceled) {
			p.t.Errorf("engine: %v", err)
		}
	}()
	p.t.Cleanup(func() {
		stop()
		<-done
		for _, s := range servers {
			s.CloseClientConnections()
			s.Close()
		}
		if err := errors.Join(p.sandbox.Close(), p.store.Close()); err != nil {
			p.t.Error(err)
		}
	})
}

// newBrowser forgets every cookie, as another person's browser would.
func (p *testPortal) newBrowser() {
	jar, err := cookiejar.New(nil)
	if err != nil {
		p.t.Fatal(err)
	}
	p.browser = &http.Client{Jar: jar, Transport: p.world}
}

// answer is one page with what came around it.
type answer struct {
	*goquery.Document
	status int
	header http.Header
	url    *url.URL // after redirects
	body   string
}

// text is the text of what the selector finds, with single blanks.
func (a *answer) text(selector string) string {
	return strings.Join(strings.Fields(a.Find(selector).Text()), " ")
}

// get opens a path of the portal, or a whole address, and follows redirects.
func (p *testPortal) get(path string) *answer {
	p.t.Helper()
	return p.send(http.MethodGet, path, nil, nil)
}

// post sends a form as a page of the portal would, and follows redirects.
func (p *testPortal) post(path string, form url.Values) *answer {
	p.t.Helper()
	return p.send(http.MethodPost, path, form, http.Header{"Sec-Fetch-Site": {"same-origin"}, "Origin": {p.url}})
}

// send makes any request.
func (p *testPortal) send(method, path string, form url.Values, header http.Header) *answer {
	p.t.Helper()
	address := path
	if strings.HasPrefix(path, "/") {
		address = p.url + path
	}
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequestWithContext(p.t.Context(), method, address, body)
	if err != nil {
		p.t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, values := range header {
		req.Header[name] = values
	}
	return p.do(req)
}

func (p *testPortal) do(req *http.Request) *answer {
	p.t.Helper()
	res, err := p.browser.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(bytes.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	return &answer{Document: doc, status: res.StatusCode, header: res.Header, url: res.Request.URL, body: string(body)}
}

// submit presses a button of a form: fields are its hidden and preset values,
// changed by more. The button is found by its words.
func (p *testPortal) submit(page *answer, button string, more url.Values) *answer {
	p.t.Helper()
	pressed := page.Find("button").FilterFunction(func(_ int, b *goquery.Selection) bool {
		return strings.Contains(strings.Join(strings.Fields(b.Text()), " "), button)
	}).First()
	form := pressed.Closest("form")
	if form.Length() == 0 {
		p.t.Fatalf("%s: no form with the button %q in\n%s", page.url.Path, button, page.body)
	}
	fields := formFields(form)
	if name, ok := pressed.Attr("name"); ok {
		fields.Set(name, pressed.AttrOr("value", ""))
	}
	for name, values := range more {
		fields[name] = values
	}
	target, err := page.url.Parse(pressed.AttrOr("formaction", form.AttrOr("action", page.url.String())))
	if err != nil {
		p.t.Fatal(err)
	}
	header := http.Header{"Sec-Fetch-Site": {"same-origin"}, "Origin": {page.url.Scheme + "://" + page.url.Host}}
	if strings.EqualFold(form.AttrOr("method", "get"), "get") {
		target.RawQuery = fields.Encode()
		return p.send(http.MethodGet, target.String(), nil, nil)
	}
	return p.send(http.MethodPost, target.String(), fields, header)
}

// formFields are the values a browser would send with a form as it stands.
func formFields(form *goquery.Selection) url.Values {
	fields := url.Values{}
	form.Find("input[name], textarea[name], select[name]").Each(func(_ int, s *goquery.Selection) {
		name := s.AttrOr("name", "")
		switch kind := s.AttrOr("type", ""); {
		case s.Is("select"):
			chosen := s.Find("option[selected]")
			if chosen.Length() == 0 {
				chosen = s.Find("option").First()
			}
			fields.Add(name, chosen.AttrOr("value", chosen.Text()))
		case s.Is("textarea"):
			fields.Add(name, s.Text())
		case kind == "submit":
		case kind == "checkbox" || kind == "radio":
			if _, ok := s.Attr("checked"); ok {
				fields.Add(name, s.AttrOr("value", "on"))
			}
		default:
			fields.Add(name, s.AttrOr("value", ""))
		}
	})
	return fields
}

// persona returns a persona by the part of its UPN before the @.
func (p *testPortal) persona(name string) Persona {
	p.t.Helper()
	for _, person := range p.info.Personas {
		if strings.HasPrefix(person.UPN, name+"@") {
			return person
		}
	}
	p.t.Fatalf("the sandbox has no persona %s", name)
	return Persona{}
}

// signIn walks the link, the picker and the way back, as a person does.
func (p *testPortal) signIn(name string) *answer {
	p.t.Helper()
	picker := p.get("/sign-in")
	if !strings.HasPrefix(picker.url.String(), p.tenant) {
		p.t.Fatalf("the link Sign in led to %s: %s", picker.url, picker.text("main"))
	}
	page := p.submit(picker, p.persona(name).UPN, nil)
	if !strings.HasPrefix(page.url.String(), p.url) || page.status >= 400 && page.status != http.StatusNotFound {
		p.t.Fatalf("signing in as %s ended at %s with %d: %s", name, page.url, page.status, page.text("body"))
	}
	return page
}

// audit returns the records of an action, the oldest first.
func (p *testPortal) audit(action string) []models.AuditRecord {
	p.t.Helper()
	list, err := p.store.Audit(p.t.Context(), models.AuditFilter{Action: action, Limit: 100})
	if err != nil {
		p.t.Fatal(err)
	}
	for i, j := 0, len(list)-1; i < j; i, j = i+1, j-1 {
		list[i], list[j] = list[j], list[i]
	}
	return list
}
