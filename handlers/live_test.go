package handlers

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"agentidportal/entra"
	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/sandbox"
)

// microsoft leads Microsoft's two hosts to a sandbox that answers in their
// name, and everything else to the network. It notes where requests went.
type microsoft struct {
	mu     sync.Mutex
	tenant http.Handler
	hosts  map[string]int
}

// sandboxPrefix marks secrets of a sandbox. Microsoft's have none, and a live
// portal sends none with it, so it is taken off on the way here and put on
// again on the way back.
const sandboxPrefix = "SANDBOX~"

func (m *microsoft) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host != "login.microsoftonline.com" && r.URL.Host != "graph.microsoft.com" {
		return http.DefaultTransport.RoundTrip(r)
	}
	if r.URL.Scheme != "https" {
		return nil, fmt.Errorf("%s is asked for in the clear", r.URL.Host)
	}
	m.mu.Lock()
	m.hosts[r.URL.Host]++
	tenant := m.tenant
	m.mu.Unlock()
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
	}
	body = bytes.ReplaceAll(body, []byte("client_secret="), []byte("client_secret="+url.QueryEscape(sandboxPrefix)))
	in := httptest.NewRequestWithContext(r.Context(), r.Method, r.URL.String(), bytes.NewReader(body))
	in.Header, in.Host = r.Header.Clone(), r.URL.Host
	rec := httptest.NewRecorder()
	tenant.ServeHTTP(rec, in)
	out := bytes.ReplaceAll(rec.Body.Bytes(), []byte(sandboxPrefix), nil)
	res := rec.Result()
	res.Body, res.ContentLength, res.Request = io.NopCloser(bytes.NewReader(out)), int64(len(out)), r
	return res, nil
}

// newLivePortal is a portal configured for a real tenant at Microsoft's
// addresses, with a certificate as its credential.
func newLivePortal(t *testing.T) (*testPortal, *microsoft) {
	t.Helper()
	p := &testPortal{t: t, clock: &testClock{}, log: &lockedBuffer{}, cloud: entra.GlobalCloud()}
	var portal http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { portal.ServeHTTP(w, r) }))
	p.url, p.tenant = server.URL, p.cloud.Login
	leaf, pair := testCertificate(t)
	s, err := sandbox.Open(t.Context(), sandbox.Options{
		DataFile: filepath.Join(t.TempDir(), "tenant.db"), BaseURL: p.cloud.Login, GraphURL: p.cloud.Graph, V1Issuer: p.cloud.V1Issuer,
		PortalURL: p.url, PortalCertificate: leaf,
	})
	if err != nil {
		t.Fatal(err)
	}
	world := &microsoft{tenant: s, hosts: map[string]int{}}
	p.sandbox, p.world = s, world
	info, err := ReadSandboxInfo(t.Context(), &http.Client{Transport: world}, p.cloud.Login)
	if err != nil {
		t.Fatal(err)
	}
	p.info = info
	p.app = entra.App{ClientID: info.Portal.ClientID, Credential: entra.Credential{Certificate: pair}, RedirectURI: p.url + "/auth/callback"}
	p.build(slog.New(slog.NewTextHandler(p.log, nil)), nil)
	portal = p.server
	p.newBrowser()
	p.startEngine(server)
	return p, world
}

func testCertificate(t *testing.T) (*x509.Certificate, *entra.Certificate) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "portal"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
	text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	pair, err := entra.LoadCertificate(text)
	if err != nil {
		t.Fatal(err)
	}
	return leaf, pair
}

// TestLiveAddresses walks the whole story with Microsoft's addresses: sign-in,
// a blueprint with an agent, and a token as that agent.
func TestLiveAddresses(t *testing.T) {
	p, world := newLivePortal(t)
	if got := p.get("/").text(".tenant-domain"); got != p.info.TenantID {
		t.Errorf("before the first sign-in the tenant is called %q", got)
	}
	home := p.signIn("agent-admin")
	if got := home.text(".tenant-domain"); got != p.info.Domain {
		t.Errorf("after it the tenant is called %q", got)
	}
	if word := home.text(".tenant-kind"); word != "TENANT" || home.Find("a[href='/sandbox']").Length() != 0 {
		t.Errorf("a real tenant reads %q, with %d links to the sandbox page", word, home.Find("a[href='/sandbox']").Length())
	}

	review := p.toReview(url.Values{"display_name": {"Live helper"}, "count": {"1"}})
	if !strings.Contains(review.body, "https://graph.microsoft.com/v1.0/") {
		t.Error("the review shows other addresses than Microsoft's")
	}
	run := p.submit(review, "Create", nil)
	for range 400 {
		if badge := run.text("h1 + .badge"); badge == "Done" || badge == "Failed" {
			break
		}
		time.Sleep(10 * time.Millisecond)
		run = p.get(run.url.Path)
	}
	if badge := run.text("h1 + .badge"); badge != "Done" {
		t.Fatalf("the run is %q: %s", badge, run.text("main"))
	}
	secret := p.submit(run, "Show secret", nil).text("main pre")
	if secret == "" {
		t.Fatal("no secret is shown")
	}

	form := formFields(p.get("/tokens").Find("form[action='/tokens']"))
	form.Set("agent", p.newAgent("Live helper 01"))
	form.Set("client_secret", secret)
	result := p.post("/tokens", form)
	if kind := result.Find(".verdict").AttrOr("class", ""); result.status != http.StatusOK || !strings.Contains(kind, "notice-ok") {
		t.Errorf("%d, verdict %q: %s", result.status, kind, result.text(".verdict"))
	}
	text := result.text("main")
	for _, want := range []string{"T1", "TR", "https://login.microsoftonline.com/" + p.info.TenantID, "https://sts.windows.net/" + p.info.TenantID + "/"} {
		if !strings.Contains(strings.ReplaceAll(text, " ", ""), want) {
			t.Errorf("the result does not name %s: %s", want, text)
		}
	}
	if n := len(p.audit(models.ActionTokenTest)); n != 1 {
		t.Errorf("%d token tests in the audit", n)
	}
	world.mu.Lock()
	defer world.mu.Unlock()
	if world.hosts["login.microsoftonline.com"] == 0 || world.hosts["graph.microsoft.com"] == 0 {
		t.Errorf("asked: %v", world.hosts)
	}
}

// newAgent finds the agent identity of a run by its name.
func (p *testPortal) newAgent(name string) string {
	p.t.Helper()
	id := ""
	p.get("/tokens").Find("select[name=agent] option").Each(func(_ int, o *goquery.Selection) {
		if strings.Contains(o.Text(), name) {
			id = o.AttrOr("value", "")
		}
	})
	if id == "" {
		p.t.Fatalf("the lab offers no %s", name)
	}
	return id
}

// TestSandboxTokenIsRefusedLive: an ID token of a sandbox with its own issuer
// signs nobody in at a portal of a real tenant.
func TestSandboxTokenIsRefusedLive(t *testing.T) {
	p, world := newLivePortal(t)
	other, err := sandbox.Open(t.Context(), sandbox.Options{
		DataFile: filepath.Join(t.TempDir(), "other.db"), BaseURL: "http://localhost:8081", PortalURL: p.url,
		Hosts: []string{"login.microsoftonline.com", "graph.microsoft.com"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := other.Close(); err != nil {
			t.Error(err)
		}
	})
	picker := p.get("/sign-in")
	world.mu.Lock()
	world.tenant = other
	world.mu.Unlock()
	page := p.submit(picker, p.persona("global-admin").UPN, nil)
	if page.status < 400 || page.Find(".banner-right .account").Length() != 0 {
		t.Errorf("signed in by a sandbox: %d at %s", page.status, page.url)
	}
	if n := len(p.audit(models.ActionSignIn)); n != 0 {
		t.Errorf("%d sign-ins recorded", n)
	}
}

// TestLiveDocument holds docs/live.md to what the program asks for.
func TestLiveDocument(t *testing.T) {
	text, err := os.ReadFile("../docs/live.md")
	if err != nil {
		t.Fatal(err)
	}
	var scopes []string
	for _, m := range regexp.MustCompile("(?m)^- \\[ \\] `([A-Za-z._]+)`").FindAllSubmatch(text, -1) {
		scopes = append(scopes, string(m[1]))
	}
	want := graph.SignInScopes()
	slices.Sort(scopes)
	slices.Sort(want)
	if diff := cmp.Diff(want, scopes); diff != "" {
		t.Errorf("the list of permissions differs from what sign-in asks for (-asked +listed): %s", diff)
	}
	for _, feature := range graph.Features() {
		if !strings.Contains(strings.ToLower(string(text)), strings.ToLower(string(feature))) {
			t.Errorf("the document does not name %q", feature)
		}
	}
	for _, word := range []string{"/auth/callback", "PORTAL_TENANT_ID", "PORTAL_CLIENT_ID", "PORTAL_CLIENT_SECRET_FILE", "PORTAL_CLIENT_CERTIFICATE", "PORTAL_PUBLIC_URL", "PORTAL_ENCRYPTION_KEY_FILE"} {
		if !strings.Contains(string(text), word) {
			t.Errorf("the document does not name %s", word)
		}
	}
}
