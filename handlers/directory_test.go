package handlers

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/views"
	"agentidportal/web"
)

const (
	hostileName = `<script>alert(1)</script> "Ann's" & $(x)`
	unknownID   = "6a1f0c9e-0000-4000-8000-00000000dead"
)

// writer sends calls to the sandbox as a persona who has signed in.
func (p *testPortal) writer(name string) *graph.Writer {
	p.t.Helper()
	row, err := p.store.LatestSignIn(p.t.Context(), p.info.TenantID, p.persona(name).ObjectID)
	if err != nil {
		p.t.Fatal(err)
	}
	return graph.NewWriter(p.h.Graph).With(p.h.SignIns.TokenFunc(row.ID))
}

// makeBlueprint creates a blueprint with its principal, as agent-admin.
func (p *testPortal) makeBlueprint(name string, principal bool) *graph.Blueprint {
	p.t.Helper()
	w, ctx := p.writer("agent-admin"), p.t.Context()
	b := &graph.Blueprint{}
	call := graph.CreateBlueprintCall(p.h.Graph.Base(), graph.NewBlueprint{DisplayName: name, Sponsors: []graph.PrincipalRef{{ID: p.persona("sponsor").ObjectID, Kind: graph.KindUser}}})
	if _, err := w.Send(ctx, "op-"+name, call, b); err != nil {
		p.t.Fatal(err)
	}
	if principal {
		if _, err := w.Send(ctx, "op-p-"+name, graph.CreateBlueprintPrincipalCall(b.AppID), nil); err != nil {
			p.t.Fatal(err)
		}
	}
	return b
}

func (p *testPortal) makeAgent(b *graph.Blueprint, name string) *graph.AgentIdentity {
	p.t.Helper()
	w := p.writer("agent-admin")
	a := &graph.AgentIdentity{}
	call := graph.CreateAgentIdentityCall(p.h.Graph.Base(), graph.NewAgentIdentity{
		DisplayName: name, BlueprintAppID: b.AppID, Sponsors: []graph.PrincipalRef{{ID: p.persona("sponsor").ObjectID, Kind: graph.KindUser}},
	})
	if _, err := w.Send(p.t.Context(), "op-a-"+url.QueryEscape(name), call, a); err != nil {
		p.t.Fatal(err)
	}
	return a
}

// brokenGraph is Graph behind a wire that can be cut: every request to a path
// that holds the text fails then.
type brokenGraph struct{ cut atomic.Value }

func (b *brokenGraph) RoundTrip(r *http.Request) (*http.Response, error) {
	text, _ := b.cut.Load().(string)
	if text == "" || !strings.Contains(r.URL.Path, text) {
		return http.DefaultTransport.RoundTrip(r)
	}
	if text == "/sponsors" {
		return &http.Response{
			StatusCode: 403, Header: http.Header{}, Request: r,
			Body: io.NopCloser(strings.NewReader(`{"error":{"code":"Authorization_RequestDenied","message":"No."}}`)),
		}, nil
	}
	return nil, errors.New("the wire is cut")
}

func (b *brokenGraph) option(_ *web.Options, h *Handlers) {
	h.Graph = graph.New(graph.Options{Base: h.Sandbox.Graph, HTTP: &http.Client{Transport: b}, Now: h.Now})
}

func TestWhoMayLookAtWhatThereIs(t *testing.T) {
	p := newTestPortal(t)
	paths := []string{
		"/", "/blueprints", "/blueprints/" + p.info.Seed.Blueprint.ObjectID, "/agents", "/agents/" + p.info.Seed.Agent.ID,
		"/principals", "/principals/" + p.info.Seed.Blueprint.PrincipalID + "/identities",
	}
	want := map[string][]int{
		"":             {200, 401, 401, 401, 401, 401, 401},
		"global-admin": {200, 200, 200, 200, 200, 200, 200},
		"agent-admin":  {200, 200, 200, 200, 200, 200, 200},
		"agent-dev":    {200, 200, 200, 200, 200, 200, 200},
		"auditor":      {200, 200, 200, 200, 200, 200, 200},
		"user":         {200, 403, 403, 403, 403, 403, 403},
	}
	for name, statuses := range want {
		p.newBrowser()
		if name != "" {
			p.signIn(name)
		}
		for i, path := range paths {
			page := p.get(path)
			if page.status != statuses[i] {
				t.Errorf("%q at %s: %d, want %d: %s", name, path, page.status, statuses[i], page.text("main"))
			}
			if page.status == 200 && path != "/" && !strings.Contains(page.text("main"), "Invoice helper") {
				t.Errorf("%q at %s does not see the seeded objects: %s", name, path, page.text("main"))
			}
		}
	}
}

func TestAnAddressThatNamesNothing(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	for _, folder := range []string{"/blueprints/", "/agents/", "/principals/"} {
		for _, id := range []string{unknownID, "x", "%27%20or%201%20eq%201", "..%2f..%2fusers", strings.Repeat("9", 400), "00000000"} {
			page := p.get(folder + id)
			if page.status != 404 || page.Find("h1").Length() != 1 {
				t.Errorf("%s%s: %d %s", folder, id, page.status, page.text("h1"))
			}
		}
	}
	// Objects with a page of another kind lead there; others say what they are.
	seed := p.info.Seed
	for from, to := range map[string]string{
		"/blueprints/" + seed.Agent.ID:                   "/agents/" + seed.Agent.ID,
		"/agents/" + seed.Blueprint.PrincipalID:          "/principals/" + seed.Blueprint.PrincipalID,
		"/principals/" + seed.Blueprint.ObjectID:         "/blueprints/" + seed.Blueprint.ObjectID,
		"/principals/" + seed.Blueprint.AppID + "/audit": "/principals/" + seed.Blueprint.PrincipalID + "/audit",
	} {
		if page := p.get(from); page.status != 200 || page.url.Path != to {
			t.Errorf("%s led to %d %s, want %s", from, page.status, page.url.Path, to)
		}
	}
	page := p.get("/agents/" + p.persona("sponsor").ObjectID)
	if page.status != 404 || !strings.Contains(page.text("main"), "Its kind is: Person.") {
		t.Errorf("a person at /agents: %d %s", page.status, page.text("main"))
	}
	page = p.get("/blueprints/" + unknownID)
	if page.Find(`main a[href="/blueprints"]`).Length() == 0 || !strings.Contains(page.text("main"), "Request_ResourceNotFound") {
		t.Errorf("a blueprint that is gone: %s", page.text("main"))
	}
}

func TestAListWithoutGraphSaysSo(t *testing.T) {
	wire := &brokenGraph{}
	p := newTestPortal(t, wire.option)
	p.signIn("agent-admin")
	wire.cut.Store("microsoft.graph")
	for _, path := range []string{"/blueprints", "/principals", "/agents", "/blueprints/" + p.info.Seed.Blueprint.ObjectID} {
		if page := p.get(path); page.status < 500 || page.Find("h1").Length() != 1 {
			t.Errorf("%s: %d %s", path, page.status, page.text("main"))
		}
	}
}

func TestWhoActedIsNamedAsFarAsItIsKnown(t *testing.T) {
	for want, r := range map[string]models.AuditRecord{
		"ann@x.example": {Actor: "t/o", Words: models.AuditWords{ActorName: "Ann", ActorUsername: "ann@x.example"}},
		"Ann":           {Actor: "t/o", Words: models.AuditWords{ActorName: "Ann"}},
		"Person o":      {Actor: "t/o", WordsGone: true},
		"Blueprint b":   {Actor: "app:b"},
		"The portal":    {Actor: "portal"},
	} {
		if got := actorWords(r); got != want {
			t.Errorf("%+v is named %q, want %q", r, got, want)
		}
	}
}

func TestPartsThatFailSayWhy(t *testing.T) {
	for want, err := range map[string]error{
		"":                                       nil,
		"Your roles do not let you read this":    fmt.Errorf("x: %w", &graph.Error{Status: 403}),
		"Graph answered 503 ServiceNotAvailable": &graph.Error{Status: 503, Code: "ServiceNotAvailable"},
		"Graph answered 502":                     &graph.Error{Status: 502},
		"Graph could not be reached":             errors.New("dial tcp: refused"),
	} {
		var fault string
		if got := part(err, &fault); got != nil || fault != want {
			t.Errorf("%v became %q, %v", err, fault, got)
		}
	}
	var fault string
	if err := part(fmt.Errorf("x: %w", web.ErrSignInNeeded), &fault); err == nil || fault != "" {
		t.Errorf("a session that is over became %q", fault)
	}
}

func TestCredentialsInWords(t *testing.T) {
	now := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	secret := func(name string, days float64) graph.PasswordCredential {
		return graph.PasswordCredential{DisplayName: name, KeyID: name, EndDateTime: now.Add(time.Duration(days * 24 * float64(time.Hour)))}
	}
	certificate := graph.KeyCredential{DisplayName: "c", KeyID: "c", EndDateTime: now.Add(88 * 24 * time.Hour)}
	tests := []struct {
		name    string
		b       graph.Blueprint
		state   views.CredentialState
		finding string
		order   []string
	}{
		{"none", graph.Blueprint{}, views.CredentialState{Text: "None", Tone: views.ToneMuted}, "", nil},
		{"far", graph.Blueprint{PasswordCredentials: []graph.PasswordCredential{secret("a", 364.5)}}, views.CredentialState{Text: "Secret, 364 days"}, "", []string{"a"}},
		{"very far", graph.Blueprint{PasswordCredentials: []graph.PasswordCredential{secret("a", 3652)}}, views.CredentialState{Text: "Secret, 3,652 days"}, "", []string{"a"}},
		{"no end", graph.Blueprint{PasswordCredentials: []graph.PasswordCredential{{DisplayName: "a", KeyID: "a"}}}, views.CredentialState{Text: "Secret, no end"}, "", []string{"a"}},
		{
			"soon",
			graph.Blueprint{DisplayName: "B", PasswordCredentials: []graph.PasswordCredential{secret("b", 300), secret("a", 9.2)}},
			views.CredentialState{Text: "Secret, 9 days", Tone: views.ToneWarn},
			"Client secret of B ends in 9 days",
			[]string{"a", "b"},
		},
		{
			"today",
			graph.Blueprint{DisplayName: "B", PasswordCredentials: []graph.PasswordCredential{secret("a", 0.5)}},
			views.CredentialState{Text: "Secret, less than a day", Tone: views.ToneWarn},
			"Client secret of B ends in less than a day",
			[]string{"a"},
		},
		{
			"tomorrow",
			graph.Blueprint{DisplayName: "B", PasswordCredentials: []graph.PasswordCredential{secret("a", 1.5)}},
			views.CredentialState{Text: "Secret, 1 day", Tone: views.ToneWarn},
			"Client secret of B ends in 1 day",
			[]string{"a"},
		},
		{
			"one ended, one holds",
			graph.Blueprint{PasswordCredentials: []graph.PasswordCredential{secret("old", -3)}, KeyCredentials: []graph.KeyCredential{certificate}},
			views.CredentialState{Text: "Certificate, 88 days"},
			"",
			[]string{"c", "old"},
		},
		{
			"federated alone",
			graph.Blueprint{Federated: []graph.FederatedCredential{{ID: "f", Issuer: "https://token.actions.githubusercontent.com", Subject: "repo:contoso/agents:pull_request"}}},
			views.CredentialState{Text: "Federated: GitHub Actions"},
			"",
			[]string{"f"},
		},
		{
			"several federated, the secret ended",
			graph.Blueprint{
				PasswordCredentials: []graph.PasswordCredential{secret("old", -3)},
				Federated: []graph.FederatedCredential{
					{ID: "f", Issuer: "https://login.contoso.example/t/v2.0", Subject: unknownID}, {ID: "g", Issuer: "https://idp.contoso.example/x", Subject: "s"},
				},
			},
			views.CredentialState{Text: "Federated: managed identity and 1 more"},
			"",
			[]string{"f", "g", "old"},
		},
		{
			"federated beside a secret",
			graph.Blueprint{
				PasswordCredentials: []graph.PasswordCredential{secret("a", 300.5)},
				Federated:           []graph.FederatedCredential{{ID: "f", Issuer: "https://idp.contoso.example/x", Subject: "s"}},
			},
			views.CredentialState{Text: "Secret, 300 days"},
			"",
			[]string{"a", "f"},
		},
		{
			"all ended",
			graph.Blueprint{DisplayName: "B", PasswordCredentials: []graph.PasswordCredential{secret("older", -9), secret("old", -3)}},
			views.CredentialState{Text: "All ended", Tone: views.ToneDanger},
			"Every credential of B has ended",
			[]string{"older", "old"},
		},
		{
			"ends this moment",
			graph.Blueprint{DisplayName: "B", PasswordCredentials: []graph.PasswordCredential{secret("a", 0)}},
			views.CredentialState{Text: "All ended", Tone: views.ToneDanger},
			"Every credential of B has ended",
			[]string{"a"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := nextCredential(&tt.b, now); got != tt.state {
				t.Errorf("state = %+v, want %+v", got, tt.state)
			}
			title := ""
			if f := credentialFinding(&tt.b, now); f != nil {
				title = f.Title
			}
			if title != tt.finding {
				t.Errorf("finding = %q, want %q", title, tt.finding)
			}
			var order []string
			for _, r := range credentialRows(&tt.b, now) {
				order = append(order, r.KeyID)
			}
			if diff := cmp.Diff(tt.order, order); diff != "" {
				t.Errorf("order (-want +got):\n%s", diff)
			}
		})
	}
}
