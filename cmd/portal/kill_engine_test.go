package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"agentidportal/entra"
	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/sandbox"
)

// killEngine is an engine over the portal's own rows that does no work: it
// records what a person asks for while the portal is dead.
type killEngine struct {
	*provision.Engine
	store *models.Store
	actor models.Actor
}

func (k *killed) withEngine(do func(killEngine) error) {
	k.t.Helper()
	c := Config{DataDir: k.folder, SandboxURL: k.info.Authority}
	key, err := c.sealingKey()
	if err != nil {
		k.t.Fatal(err)
	}
	sealer, err := models.NewSealer(key)
	if err != nil {
		k.t.Fatal(err)
	}
	store, err := openStore(k.t.Context(), c, Wiring{}, sealer, k.info.TenantID)
	if err != nil {
		k.t.Fatal(err)
	}
	who := k.persona("global-admin")
	cloud := entra.SandboxCloud(k.info.Authority, k.info.Graph)
	sts, g := entra.New(entra.Options{Cloud: cloud, TenantID: k.info.TenantID}), graph.New(graph.Options{Base: cloud.Graph})
	app := entra.App{
		ClientID: k.info.Portal.ClientID, RedirectURI: k.info.Portal.RedirectURI, Credential: entra.Credential{Secret: entra.NewSecret(k.info.Portal.ClientSecret)},
	}
	signIns := provision.NewSignIns(provision.SignInsOptions{Store: store, Entra: sts, Graph: g, App: app, Sealer: sealer, Scopes: graph.SignInScopes()})
	row, err := signIns.Of(k.t.Context(), k.info.TenantID, who.ObjectID)
	if err != nil {
		k.t.Fatal(err)
	}
	e := killEngine{
		Engine: provision.New(provision.Options{Store: store, Entra: sts, Graph: g, Writer: graph.NewWriter(g), SignIns: signIns, Sealer: sealer}),
		store:  store, actor: models.Actor{TID: row.TID, OID: row.OID, Name: row.Name, Username: row.Username, SignInID: row.ID},
	}
	if err := errors.Join(do(e), store.Close()); err != nil {
		k.t.Fatal(err)
	}
}

func (k *killed) persona(name string) sandbox.Persona {
	k.t.Helper()
	for _, p := range k.info.Personas {
		if strings.HasPrefix(p.UPN, name+"@") {
			return p
		}
	}
	k.t.Fatalf("no persona %s", name)
	return sandbox.Persona{}
}

// bulkSpec asks for n agents, each with an agent user that has a manager and a
// sponsor.
func (k *killed) bulkSpec(name string, n int) provision.BlueprintSpec {
	who := func(persona string) provision.Principal {
		p := k.persona(persona)
		return provision.Principal{ID: p.ObjectID, Kind: graph.KindUser, Name: p.DisplayName, Username: p.UPN}
	}
	manager, api := who("user"), provision.ResourceRef{AppID: graph.GraphAppID, Name: "Microsoft Graph"}
	return provision.BlueprintSpec{
		DisplayName: name, Sponsors: []provision.Principal{who("sponsor")}, SecretDays: 90, Count: n, NamePattern: provision.DefaultNamePattern, RunAs: provision.AsMe,
		Expose:  &provision.ExposeSpec{Scope: provision.DefaultScope},
		Inherit: []provision.InheritSpec{{Resource: api, Scopes: []string{"Mail.Read"}, Consent: true}},
		Roles:   []provision.RoleSpec{{Resource: api, Value: "Mail.Send"}},
		Users: &provision.UsersSpec{
			UPNPattern: "{agent}", Domain: k.info.Domain, UsageLocation: "DE", Manager: &manager, Sponsors: []provision.Principal{who("approver")},
		},
	}
}

// setTenantKnobs turns knobs of a sandbox in another process.
func setTenantKnobs(t *testing.T, base string, knobs map[string]any) {
	t.Helper()
	text, err := json.Marshal(knobs)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, base+"/_sandbox/knobs", bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("knobs %s: %d", text, res.StatusCode)
	}
}

// exported is an object of a sandbox's tenant.
type exported struct {
	kind                string
	ID                  string
	DisplayName         string
	DeletedAt           time.Time
	PasswordCredentials []struct{ KeyID string }
}

func exportOf(t *testing.T, base string) []exported {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/_sandbox/export", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var tenant struct {
		Objects []struct {
			Kind   string
			Object exported
		}
	}
	if err := json.NewDecoder(res.Body).Decode(&tenant); err != nil {
		t.Fatal(err)
	}
	all := make([]exported, len(tenant.Objects))
	for i, o := range tenant.Objects {
		all[i], all[i].kind = o.Object, o.Kind
	}
	return all
}
