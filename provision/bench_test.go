package provision

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"agentidportal/entra"
	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/sandbox"
)

// bench is an engine with a real store and a sandbox tenant over HTTP.
type bench struct {
	*Engine
	store   *models.Store
	signIns *SignIns
	entra   *entra.Client
	app     entra.App
	info    sandbox.Info
	url     string // of the sandbox
	dbPath  string
	faults  *faults
	scopes  []string

	stop func() // stops Work and waits for it
}

type benchOptions struct {
	settle time.Duration
	hook   func(string)
	now    func() time.Time
	idle   bool // do not start Work
	grace  time.Duration
	pause  time.Duration // between attempts; 0: 5 ms

	concurrency, batch int

	requireReason bool
}

// newBench starts everything. Pauses are a few milliseconds; the settle window
// is settle.
func newBench(t testing.TB, o benchOptions) *bench {
	t.Helper()
	b := &bench{faults: &faults{}, dbPath: filepath.Join(t.TempDir(), "data", "portal.db")}
	b.startSandbox(t)
	b.openStore(t, o)
	b.startEngine(t, o)
	return b
}

func (b *bench) startSandbox(t testing.TB) {
	t.Helper()
	var tenant *sandbox.Sandbox
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { tenant.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	var err error
	tenant, err = sandbox.Open(t.Context(), sandbox.Options{
		DataFile: tenantFile(t), BaseURL: server.URL, PortalURL: "http://localhost:8080",
	})
	if err != nil {
		t.Fatalf("open sandbox: %v", err)
	}
	t.Cleanup(func() {
		if err := tenant.Close(); err != nil {
			t.Errorf("close sandbox: %v", err)
		}
	})
	b.info, b.url = tenant.Info(), server.URL
	b.app = entra.App{
		ClientID: b.info.Portal.ClientID, RedirectURI: b.info.Portal.RedirectURI,
		Credential: entra.Credential{Secret: entra.NewSecret(b.info.Portal.ClientSecret)},
	}
	b.scopes = graph.SignInScopes()
}

func (b *bench) openStore(t testing.TB, o benchOptions) {
	t.Helper()
	store, err := models.Open(t.Context(), models.Options{
		Path: b.dbPath, Tenant: b.info.TenantID, Sealer: testSealer(t), Now: o.now, StrictTx: true,
	})
	if err != nil {
		t.Fatalf("open store: %v", err)
	}
	b.store = store
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Errorf("close store: %v", err)
		}
	})
}

func testSealer(t testing.TB) *models.Sealer {
	t.Helper()
	sealer, err := models.NewSealer(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return sealer
}

// startEngine makes an engine over the store and lets it work until the test
// ends or stop is called. A second call is a restart.
func (b *bench) startEngine(t testing.TB, o benchOptions) {
	t.Helper()
	client := &http.Client{Timeout: 10 * time.Second, Transport: b.faults}
	cloud := entra.SandboxCloud(b.url, b.url)
	b.entra = entra.New(entra.Options{Cloud: cloud, TenantID: b.info.TenantID, HTTP: client, Now: o.now})
	g := graph.New(graph.Options{Base: cloud.Graph, HTTP: client, Now: o.now})
	b.signIns = NewSignIns(SignInsOptions{
		Store: b.store, Entra: b.entra, Graph: g, App: b.app, Sealer: testSealer(t), Scopes: b.scopes, Now: o.now,
	})
	b.Engine = New(Options{
		Store: b.store, Entra: b.entra, Graph: g, Writer: graph.NewWriter(g), SignIns: b.signIns, Sealer: testSealer(t), Now: o.now,
		Settle: func(context.Context) time.Duration { return o.settle },
		Pause:  func(int) time.Duration { return max(o.pause, 5*time.Millisecond) },
		Hook:   o.hook, Grace: o.grace, Concurrency: o.concurrency, Batch: o.batch, RequireReason: o.requireReason,
	})
	b.stop = func() {}
	if !o.idle {
		b.work(t)
	}
}

func (b *bench) work(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan struct{})
	engine := b.Engine
	go func() {
		defer close(done)
		if err := engine.Work(ctx); err != nil {
			t.Errorf("work: %v", err)
		}
	}()
	var once sync.Once
	b.stop = func() { once.Do(func() { cancel(); <-done }) }
	t.Cleanup(b.stop)
}

// signIn signs a persona in through the sandbox's own pages and returns who
// acts then.
func (b *bench) signIn(t testing.TB, upn string) models.Actor {
	t.Helper()
	ctx := t.Context()
	verifier, nonce := strings.Repeat("v", 50), "nonce-of-"+upn
	code := b.pick(t, b.entra.AuthCodeURL(b.app, entra.AuthCodeRequest{
		State: "state", Nonce: nonce, Verifier: verifier, Scopes: b.scopes,
	}), upn)
	tokens, err := b.entra.Redeem(ctx, b.app, code, verifier, b.scopes)
	if err != nil {
		t.Fatalf("redeem: %v", err)
	}
	who, err := b.entra.VerifyIDToken(ctx, b.app, tokens.ID, nonce)
	if err != nil {
		t.Fatalf("ID token: %v", err)
	}
	row, err := b.signIns.Add(ctx, *who, tokens, []graph.DirectoryRole{{DisplayName: "Agent ID Administrator"}}, nil)
	if err != nil {
		t.Fatalf("add sign-in: %v", err)
	}
	b.Wake(row.TID, row.OID)
	return models.Actor{TID: row.TID, OID: row.OID, Name: row.Name, Username: row.Username, Roles: row.Roles, SignInID: row.ID}
}

// pick follows the account picker and returns the code of the answer.
func (b *bench) pick(t testing.TB, address, upn string) string {
	t.Helper()
	jar, _ := cookiejar.New(nil)
	browser := &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if r.URL.Host == "localhost:8080" {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	res, err := browser.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	page, err := goquery.NewDocumentFromReader(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	button := page.Find("button").FilterFunction(func(_ int, s *goquery.Selection) bool {
		return strings.Contains(s.Text(), upn)
	})
	form := button.Closest("form")
	fields := url.Values{}
	form.Find("input").Each(func(_ int, s *goquery.Selection) {
		fields.Add(s.AttrOr("name", ""), s.AttrOr("value", ""))
	})
	if name := button.AttrOr("name", ""); name != "" {
		fields.Set(name, button.AttrOr("value", ""))
	}
	target, err := res.Request.URL.Parse(form.AttrOr("action", ""))
	if err != nil {
		t.Fatal(err)
	}
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, target.String(), strings.NewReader(fields.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	back, err := browser.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	back.Body.Close()
	where, err := back.Location()
	if err != nil || where.Query().Get("code") == "" {
		t.Fatalf("picker answered %d, location %v (%v); page: %s", back.StatusCode, where, err, strings.TrimSpace(page.Text()))
	}
	return where.Query().Get("code")
}

func (b *bench) admin(t testing.TB) models.Actor {
	t.Helper()
	return b.signIn(t, "agent-admin@"+b.info.Domain)
}

func person(oid string) Principal {
	return Principal{ID: oid, Kind: graph.KindUser, Name: "Agent admin"}
}

// spec is a blueprint with two agents, sponsored by the actor.
func (b *bench) spec(a models.Actor, change ...func(*BlueprintSpec)) BlueprintSpec {
	s := goodSpec()
	s.Sponsors = []Principal{person(a.OID)}
	for _, c := range change {
		c(&s)
	}
	return s
}

// until waits until a run is in one of the states, and returns it.
func (b *bench) until(t testing.TB, runID int64, states ...models.RunState) *models.Run {
	t.Helper()
	changed, stop := b.Subscribe(runID)
	defer stop()
	deadline := time.After(20 * time.Second)
	for {
		run, err := b.store.Run(t.Context(), runID)
		if err != nil {
			t.Fatalf("read run: %v", err)
		}
		for _, s := range states {
			if run.State == s {
				return run
			}
		}
		select {
		case <-changed:
		case <-time.After(50 * time.Millisecond):
		case <-deadline:
			t.Fatalf("run %d is %s, want %v; steps: %s", runID, run.State, states, stepsText(run))
		}
	}
}

func stepsText(run *models.Run) string {
	var lines []string
	for _, s := range run.Steps {
		lines = append(lines, fmt.Sprintf("%d %s %s %s attempt %d: %d %s %s | %s", s.Ordinal, s.Kind, s.State, s.Result, s.Attempt,
			s.HTTPStatus, s.ErrorCode, s.ErrorMessage, s.Note))
	}
	return "\n" + strings.Join(lines, "\n")
}

// journalEntry is a request as the sandbox saw it.
type journalEntry struct {
	N               int64    `json:"n"`
	Method          string   `json:"method"`
	Path            string   `json:"path"`
	Status          int      `json:"status"`
	ObjectIDs       []string `json:"objectIds"`
	ClientRequestID string   `json:"clientRequestId"`
}

// writes returns what the sandbox's Graph was asked to change, and did.
func (b *bench) writes(t testing.TB) []journalEntry {
	t.Helper()
	var journal struct {
		Entries []journalEntry `json:"entries"`
	}
	b.control(t, http.MethodGet, "/_sandbox/journal?after=0", nil, &journal)
	var writes []journalEntry
	for _, e := range journal.Entries {
		graphCall := strings.HasPrefix(e.Path, "/v1.0/") || strings.HasPrefix(e.Path, "/beta/")
		if strings.HasSuffix(e.Path, "/$batch") || strings.HasSuffix(e.Path, "/getByIds") {
			continue // its parts have entries of their own; a read that Graph wants as a POST
		}
		if graphCall && e.Method != http.MethodGet && e.Status < 300 {
			writes = append(writes, e)
		}
	}
	return writes
}

func (b *bench) knobs(t testing.TB, values map[string]any) {
	t.Helper()
	b.control(t, http.MethodPut, "/_sandbox/knobs", values, nil)
}

func (b *bench) control(t testing.TB, method, path string, body, out any) {
	t.Helper()
	text, _ := json.Marshal(body)
	req, err := http.NewRequestWithContext(t.Context(), method, b.url+path, bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%s %s answered %d", method, path, res.StatusCode)
	}
	if out != nil {
		if err := json.NewDecoder(res.Body).Decode(out); err != nil {
			t.Fatal(err)
		}
	}
}
