package graph_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"agentidportal/entra"
	"agentidportal/entra/graph"
	"agentidportal/sandbox"
)

// house is a sandbox tenant over HTTP and a client of it.
type house struct {
	t    *testing.T
	info sandbox.Info
	sts  *entra.Client
}

func newHouse(t *testing.T) *house {
	t.Helper()
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	s, err := sandbox.Open(t.Context(), sandbox.Options{DataFile: filepath.Join(t.TempDir(), "tenant.db"), BaseURL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	handler = s
	info := s.Info()
	cloud := entra.SandboxCloud(info.Authority, info.Graph)
	return &house{t, info, entra.New(entra.Options{Cloud: cloud, TenantID: info.TenantID})}
}

func (h *house) persona(name string) sandbox.Persona {
	h.t.Helper()
	for _, p := range h.info.Personas {
		if strings.HasPrefix(p.UPN, name+"@") {
			return p
		}
	}
	h.t.Fatalf("no persona %s", name)
	return sandbox.Persona{}
}

// as signs a persona in through the picker and gives Graph as that person.
func (h *house) as(name string) *graph.Client {
	h.t.Helper()
	return graph.New(graph.Options{Base: h.info.Graph, Token: bearer(h.token(name))})
}

// token signs a persona in and gives the access token for Graph.
func (h *house) token(name string) string {
	h.t.Helper()
	app := entra.App{
		ClientID: h.info.Portal.ClientID, Credential: entra.Credential{Secret: entra.NewSecret(h.info.Portal.ClientSecret)},
		RedirectURI: h.info.Portal.RedirectURI,
	}
	verifier := strings.Repeat("v", 64)
	address := h.sts.AuthCodeURL(app, entra.AuthCodeRequest{State: "s", Nonce: "n", Verifier: verifier, Scopes: graph.SignInScopes()})
	tokens, err := h.sts.Redeem(h.t.Context(), app, h.pick(address, h.persona(name).UPN), verifier, graph.SignInScopes())
	if err != nil {
		h.t.Fatal(err)
	}
	return tokens.Access.Reveal()
}

// pick presses a persona's button and returns the code that comes of it.
func (h *house) pick(address, upn string) string {
	h.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	browser := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	page, err := browser.Get(address)
	if err != nil {
		h.t.Fatal(err)
	}
	defer page.Body.Close()
	doc, err := goquery.NewDocumentFromReader(page.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	button := doc.Find("button").FilterFunction(func(_ int, b *goquery.Selection) bool { return strings.Contains(b.Text(), upn) })
	form := button.Closest("form")
	fields := url.Values{}
	form.Find("input[name]").Each(func(_ int, in *goquery.Selection) { fields.Set(in.AttrOr("name", ""), in.AttrOr("value", "")) })
	fields.Set(button.AttrOr("name", ""), button.AttrOr("value", ""))
	target, err := page.Request.URL.Parse(form.AttrOr("action", ""))
	if err != nil {
		h.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(h.t.Context(), http.MethodPost, target.String(), strings.NewReader(fields.Encode()))
	if err != nil {
		h.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", target.Scheme+"://"+target.Host)
	answer, err := browser.Do(req)
	if err != nil {
		h.t.Fatal(err)
	}
	defer answer.Body.Close()
	back, err := answer.Location()
	if err != nil || back.Query().Get("code") == "" {
		h.t.Fatalf("no code: %s %v", answer.Status, back)
	}
	return back.Query().Get("code")
}

func TestAWholeStoryOverHTTP(t *testing.T) {
	h := newHouse(t)
	admin := h.as("agent-admin")
	w, ctx := graph.NewWriter(admin), t.Context()
	var me graph.User
	_, err := admin.Do(ctx, graph.Call{Path: "/v1.0/me", Needs: "User.Read"}, &me)
	if err != nil || me.UserPrincipalName != h.persona("agent-admin").UPN {
		t.Fatalf("me = %+v, %v", me, err)
	}
	tag := graph.OpTag(opID)
	var b graph.Blueprint
	name := hostileNames()[1] + ` ' " \`
	res, err := w.Send(ctx, opID, graph.CreateBlueprintCall(admin.Base(), graph.NewBlueprint{
		DisplayName: name, Sponsors: people(me.ID), Owners: people(me.ID), Tags: []string{tag},
	}), &b)
	if err != nil || res.Status != 201 || res.ClientRequestID != opID || res.RequestID == "" || res.Date.IsZero() {
		t.Fatalf("create: %+v, %v", res, err)
	}
	var p graph.BlueprintPrincipal
	if _, err := admin.BlueprintPrincipalOf(ctx, b.AppID); !graph.IsNotFound(err) {
		t.Errorf("a principal before it was made: %v", err)
	}
	if _, err := w.Send(ctx, "op2", graph.CreateBlueprintPrincipalCall(b.AppID), &p); err != nil {
		t.Fatal(err)
	}
	var secret graph.PasswordCredential
	end := time.Now().Add(48 * time.Hour)
	if _, err := w.Send(ctx, "op3", graph.AddPasswordCall(b.ID, "portal:op3", end), &secret); err != nil || secret.SecretText.IsZero() || secret.KeyID == "" {
		t.Fatalf("secret = %+v, %v", secret, err)
	}
	var a graph.AgentIdentity
	call := graph.CreateAgentIdentityCall(admin.Base(), graph.NewAgentIdentity{DisplayName: "Night 01", BlueprintAppID: b.AppID, Sponsors: people(me.ID), Tags: []string{tag}})
	if _, err := w.Send(ctx, "op4", call, &a); err != nil || a.AgentIdentityBlueprintID != b.AppID {
		t.Fatalf("agent = %+v, %v", a, err)
	}

	found, err := admin.BlueprintsTagged(ctx, tag)
	if err != nil || len(found) != 1 || found[0].ID != b.ID || found[0].DisplayName != name {
		t.Errorf("tagged = %+v, %v", found, err)
	}
	again, err := admin.BlueprintByAppID(ctx, b.AppID)
	if err != nil || len(again.PasswordCredentials) != 1 || again.PasswordCredentials[0].KeyID != secret.KeyID || !again.PasswordCredentials[0].SecretText.IsZero() {
		t.Errorf("blueprint = %+v, %v", again, err)
	}
	var ids []string
	for agent, err := range admin.AgentIdentitiesOf(ctx, b.AppID) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, agent.ID)
	}
	if diff := cmp.Diff([]string{a.ID}, ids); diff != "" {
		t.Errorf("agents (-want +got):\n%s", diff)
	}
	for _, kind := range []graph.Kind{graph.KindBlueprint, graph.KindAgentIdentity} {
		id := map[graph.Kind]string{graph.KindBlueprint: b.ID, graph.KindAgentIdentity: a.ID}[kind]
		sponsors, err := admin.Sponsors(ctx, kind, id)
		if err != nil || len(sponsors) != 1 || sponsors[0].Kind != graph.KindUser || sponsors[0].UPN != me.UserPrincipalName {
			t.Errorf("sponsors of %s = %+v, %v", kind, sponsors, err)
		}
	}
	objects, err := admin.GetByIDs(ctx, []string{b.ID, p.ID, a.ID, me.ID, opID})
	kinds := map[string]graph.Kind{}
	for _, o := range objects {
		kinds[o.ID] = o.Kind
	}
	want := map[string]graph.Kind{b.ID: graph.KindBlueprint, p.ID: graph.KindBlueprintPrincipal, a.ID: graph.KindAgentIdentity, me.ID: graph.KindUser}
	if diff := cmp.Diff(want, kinds); diff != "" || err != nil {
		t.Errorf("kinds (-want +got):\n%s%v", diff, err)
	}
	if _, err := w.Send(ctx, "op5", graph.RemovePasswordCall(b.ID, secret.KeyID), nil); err != nil {
		t.Error(err)
	}
	n, err := admin.Count(ctx, graph.KindBlueprint)
	if err != nil || n != 9 {
		t.Errorf("blueprints = %d, %v", n, err)
	}
}

func TestAGlobalReaderReadsByThePlainWay(t *testing.T) {
	h := newHouse(t)
	reader, ctx := h.as("auditor"), t.Context()
	seed := h.info.Seed
	blueprints, err := reader.Blueprints(ctx, graph.ListOptions{OrderBy: "displayName"})
	if err != nil || len(blueprints.Items) != 8 || blueprints.Items[2].AppID != seed.Blueprint.AppID {
		t.Errorf("%d blueprints, %v", len(blueprints.Items), err)
	}
	agents, err := reader.AgentIdentities(ctx, graph.ListOptions{Top: 1})
	if err != nil || len(agents.Items) != 1 || agents.Items[0].ID != seed.Agent.ID || agents.Items[0].AgentIdentityBlueprintID != seed.Blueprint.AppID {
		t.Errorf("agents = %+v, %v", agents, err)
	}
	if one, err := reader.AgentIdentity(ctx, seed.Agent.ID); err != nil || one.ID != seed.Agent.ID {
		t.Errorf("agent = %+v, %v", one, err)
	}
	if _, err := reader.AgentIdentity(ctx, seed.Blueprint.PrincipalID); !graph.IsNotFound(err) {
		t.Errorf("a principal was read as an agent: %v", err)
	}
	if p, err := reader.BlueprintPrincipalOf(ctx, seed.Blueprint.AppID); err != nil || p.ID != seed.Blueprint.PrincipalID {
		t.Errorf("principal = %+v, %v", p, err)
	}
	if n, err := reader.Count(ctx, graph.KindAgentIdentity); err != nil || n != 7 {
		t.Errorf("agents = %d, %v", n, err)
	}
	w := graph.NewWriter(reader)
	_, err = w.Send(ctx, opID, graph.CreateBlueprintCall(reader.Base(), graph.NewBlueprint{DisplayName: "x", Sponsors: people(h.persona("sponsor").ObjectID)}), nil)
	if !graph.IsForbidden(err) || graph.Unknown(err) {
		t.Errorf("a reader wrote: %v", err)
	}
}

func TestRolesAndPeopleOverHTTP(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	for name, want := range map[string][]string{"agent-dev": {"Agent ID Developer"}, "auditor": {"Global Reader"}, "user": nil} {
		roles, err := h.as(name).DirectoryRoles(ctx)
		var got []string
		for _, r := range roles {
			got = append(got, r.DisplayName)
		}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s (-want +got):\n%s%v", name, diff, err)
		}
	}
	dev := h.as("agent-dev")
	people, err := dev.SearchUsers(ctx, "sponsor")
	if err != nil || len(people) != 1 || people[0].ID != h.persona("sponsor").ObjectID {
		t.Errorf("people = %+v, %v", people, err)
	}
	if groups, err := dev.SearchGroups(ctx, "zzzz"); err != nil || len(groups) != 0 {
		t.Errorf("groups = %+v, %v", groups, err)
	}
	org, err := dev.Organization(ctx)
	if err != nil || org.ID != h.info.TenantID || org.DefaultDomain() != h.info.Domain {
		t.Errorf("organization = %+v, %v", org, err)
	}
}

func TestOwnedOfTheSandbox(t *testing.T) {
	h := newHouse(t)
	for persona, want := range map[string]bool{"agent-dev": true, "auditor": false} {
		owned, err := h.as(persona).Owned(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var apps []string
		for _, o := range owned {
			if o.Kind == graph.KindBlueprint {
				apps = append(apps, o.AppID)
			}
		}
		if got := len(apps) > 0 && apps[0] == h.info.Seed.Blueprint.AppID; got != want {
			t.Errorf("%s owns the blueprints %q, want the seeded one: %v", persona, apps, want)
		}
	}
}
