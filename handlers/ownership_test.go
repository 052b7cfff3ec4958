package handlers

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"agentidportal/entra"
	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/views"
	"agentidportal/web"
)

// stranger is a person who never signs in; what is theirs is another's for everybody.
const stranger = "5d6f0c9e-0000-4000-8000-0000000000aa"

// access is what becomes of a request once the guard has let the person pass.
type access string

const (
	yes    access = "yes"    // done, or refused for a reason that has nothing to do with the person
	denied access = "denied" // 403
	hidden access = "hidden" // 404: it does not even exist for them
	late   access = "late"   // 409: allowed, but the run has ended
)

// ownership says who may use one kind of object behind a path parameter.
type ownership struct {
	method string // empty: both
	path   string // a route, or the start of several when it ends in *
	make   func(p *testPortal, oid string) string
	own    access
	others map[web.Role]access // what is another's; the guard has the say for roles that are not there
}

// everybody sees what is another's, as far as the guard lets them in.
var everybody = map[web.Role]access{web.Member: yes, web.Auditor: yes, web.Operator: yes, web.Admin: yes}

// keysOfOthers is a credential, that is not there, of another's blueprint.
var keysOfOthers = map[web.Role]access{web.Auditor: denied, web.Operator: denied, web.Admin: hidden}

func nobody(as access) map[web.Role]access {
	return map[web.Role]access{web.Auditor: as, web.Operator: as, web.Admin: as}
}

func adminsOnly(as access) map[web.Role]access {
	return map[web.Role]access{web.Auditor: as, web.Operator: as, web.Admin: yes}
}

// ownerships is the table for every route with a parameter: the first row that
// fits counts. A route without a row fails the test.
var ownerships = append(relationRows(), []ownership{
	// A draft is its owner's alone, for Admins too.
	{path: "/blueprints/new/:draft*", make: (*testPortal).ownDraft, own: yes, others: nobody(hidden)},

	// Whose credentials they are, Graph says: its owners and Admins change them. Who
	// may is told that the key in these addresses is not there.
	{path: "/blueprints/:id/secrets/:key/rotate", make: (*testPortal).ownBlueprint, own: hidden, others: keysOfOthers},
	{path: "/blueprints/:id/credentials/:key/remove", make: (*testPortal).ownBlueprint, own: hidden, others: keysOfOthers},
	{path: "/blueprints/:id/certificates/new", make: (*testPortal).ownBlueprint, own: yes, others: adminsOnly(denied)},
	{path: "/blueprints/:id/certificates/new/file", make: (*testPortal).ownBlueprint, own: yes, others: adminsOnly(denied)},
	{path: "/blueprints/:id/federated/new", make: (*testPortal).ownBlueprint, own: yes, others: adminsOnly(denied)},
	{path: "/blueprints/:id/secrets*", make: (*testPortal).ownBlueprint, own: yes, others: adminsOnly(denied)},
	// What a blueprint lacks is mended by whoever may make blueprints; Graph is the judge.
	{method: http.MethodPost, path: "/blueprints/:id/setup", make: (*testPortal).ownBlueprint, own: yes, others: everybody},
	// Whose object it is, Graph says; the portal asks for the role alone.
	{method: http.MethodPost, path: "/blueprints/:id/edit", make: (*testPortal).ownBlueprint, own: yes, others: everybody},
	{method: http.MethodPost, path: "/blueprints/:id/disable", make: (*testPortal).ownBlueprint, own: yes, others: everybody},
	{method: http.MethodPost, path: "/blueprints/:id/enable", make: (*testPortal).ownBlueprint, own: yes, others: everybody},
	{method: http.MethodPost, path: "/blueprints/:id/delete", make: (*testPortal).ownBlueprint, own: yes, others: everybody},
	{method: http.MethodPost, path: "/agents/:id*", make: (*testPortal).anyAgent, own: yes, others: everybody},
	{method: http.MethodPost, path: "/principals/:id*", make: (*testPortal).anyPrincipal, own: yes, others: everybody},
	{method: http.MethodPost, path: "/agent-users/:id*", make: (*testPortal).anyAgentUser, own: yes, others: everybody},
	// Everybody who may list objects reads each of them; Graph is the judge.
	{method: http.MethodGet, path: "/blueprints/:id*", make: (*testPortal).ownBlueprint, own: yes, others: everybody},
	{method: http.MethodGet, path: "/agent-users/:id*", make: (*testPortal).anyAgentUser, own: yes, others: everybody},
	{method: http.MethodGet, path: "/agents/:id*", make: (*testPortal).anyAgent, own: yes, others: everybody},
	{method: http.MethodGet, path: "/principals/:id*", make: (*testPortal).anyPrincipal, own: yes, others: everybody},

	// All who may view blueprints see runs; acts and the secret are the owner's.
	{method: http.MethodGet, path: "/runs/:id/secret/remove", make: (*testPortal).ownRun, own: yes, others: adminsOnly(denied)},
	{method: http.MethodPost, path: "/runs/:id/secret/remove", make: (*testPortal).ownRun, own: yes, others: adminsOnly(denied)},
	{method: http.MethodPost, path: "/runs/:id/secret", make: (*testPortal).ownRun, own: yes, others: nobody(denied)},
	{method: http.MethodPost, path: "/runs/:id/secret/saved", make: (*testPortal).ownRun, own: yes, others: nobody(denied)},
	{method: http.MethodPost, path: "/runs/:id/take-over", make: (*testPortal).parkedRun, own: late, others: adminsOnly(denied)},
	{method: http.MethodPost, path: "/runs/:id/try", make: (*testPortal).ownRun, own: late, others: nobody(denied)},
	{method: http.MethodPost, path: "/runs/:id/retry", make: (*testPortal).ownRun, own: late, others: nobody(denied)},
	{method: http.MethodPost, path: "/runs/:id/as-blueprint", make: (*testPortal).ownRun, own: late, others: nobody(denied)},
	{method: http.MethodPost, path: "/runs/:id/resume", make: (*testPortal).ownRun, own: late, others: nobody(denied)},
	{method: http.MethodGet, path: "/runs/:id/cancel", make: (*testPortal).ownRun, own: yes, others: adminsOnly(denied)},
	{
		method: http.MethodPost, path: "/runs/:id/cancel", make: (*testPortal).ownRun, own: late,
		others: map[web.Role]access{web.Auditor: denied, web.Operator: denied, web.Admin: late},
	},
	{method: http.MethodPost, path: "/runs/:id/as-me", make: (*testPortal).ownRun, own: late, others: nobody(denied)},
	{method: http.MethodGet, path: "/runs/:id/give-up", make: (*testPortal).ownRun, own: yes, others: adminsOnly(denied)},
	{
		method: http.MethodPost, path: "/runs/:id/give-up", make: (*testPortal).ownRun, own: late,
		others: map[web.Role]access{web.Auditor: denied, web.Operator: denied, web.Admin: late},
	},
	{method: http.MethodGet, path: "/runs/:id*", make: (*testPortal).ownRun, own: yes, others: everybody},

	// A kept secret is for its owner and Admins; others do not learn that it is there.
	{path: "/tokens/kept/:id*", make: (*testPortal).ownKept, own: yes, others: adminsOnly(hidden)},

	// A saved check is for those who may test its agents; others do not learn that
	// it is there.
	{path: "/tokens/checks/:id*", make: (*testPortal).ownCheck, own: yes, others: adminsOnly(hidden)},

	// A profile is its owner's, until it is shared; a result belongs to a session.
	{path: "/tokens/profiles/:id*", make: (*testPortal).ownTokenProfile, own: yes, others: nobody(hidden)},
	{path: "/tokens/results/:id*", make: (*testPortal).ownResult, own: yes, others: nobody(hidden)},

	// An Operator reads his own acts, Auditors and Admins those of everybody.
	{
		method: http.MethodGet, path: "/audit/:seq*", make: (*testPortal).ownRecord, own: yes,
		others: map[web.Role]access{web.Auditor: yes, web.Operator: denied, web.Admin: yes},
	},
}...)

func (o ownership) fits(r web.Route) bool {
	if o.method != "" && o.method != r.Method {
		return false
	}
	start, open := strings.CutSuffix(o.path, "*")
	return r.Path == start || open && strings.HasPrefix(r.Path, start+"/")
}

func ownershipOf(r web.Route) (ownership, bool) {
	for _, o := range ownerships {
		if o.fits(r) {
			return o, true
		}
	}
	return ownership{}, false
}

// owned are the routes that lead to one object, each with its row of the table.
func (p *testPortal) owned() map[*web.Route]ownership {
	p.t.Helper()
	all := map[*web.Route]ownership{}
	for _, r := range p.h.routes() {
		if r.Guard.IsPublic() || !strings.Contains(r.Path, ":") {
			continue
		}
		o, ok := ownershipOf(r)
		if !ok {
			p.t.Errorf("%s %s leads to an object and has no row in ownerships: say who may use another's", r.Method, r.Path)
			continue
		}
		all[&r] = o
	}
	return all
}

func TestEveryObjectHasItsOwners(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin") // makes the blueprints of others
	routes := p.owned()
	for name, role := range roles {
		p.newBrowser()
		p.signIn(name)
		oid := p.persona(name).ObjectID
		u := &web.User{Role: role, Held: []web.Role{web.Member, role}}
		for r, o := range routes {
			own, others := o.own, o.others[role]
			if !r.Guard.Allows(u) {
				own, others = denied, denied
			}
			for whose, cell := range map[string]struct {
				oid  string
				want access
			}{"their own": {oid, own}, "another's": {stranger, others}} {
				page := p.ask(*r, o.make(p, cell.oid))
				if got := accessOf(page.status); got != cell.want {
					t.Errorf("%s %s of %s: %s gets %s (%d), want %s", r.Method, r.Path, whose, name, got, page.status, cell.want)
				}
			}
		}
	}
}

// TestOwnershipsFitRoutes: a row that fits no route is left over.
func TestOwnershipsFitRoutes(t *testing.T) {
	p := newTestPortal(t)
	for _, o := range ownerships {
		fits := false
		for _, r := range p.h.routes() {
			first, _ := ownershipOf(r)
			fits = fits || first.path == o.path && first.method == o.method
		}
		if !fits {
			t.Errorf("no route has the row %s %s", o.method, o.path)
		}
	}
}

func accessOf(status int) access {
	switch status {
	case http.StatusForbidden:
		return denied
	case http.StatusNotFound:
		return hidden
	case http.StatusConflict:
		return late
	}
	if status >= http.StatusInternalServerError || status == http.StatusUnauthorized {
		return access(http.StatusText(status))
	}
	return yes
}

func (p *testPortal) ownDraft(oid string) string {
	p.t.Helper()
	d := &models.Draft{TID: p.info.TenantID, OID: oid, Kind: draftBlueprint, Body: []byte(`{}`)}
	if err := p.store.CreateDraft(p.t.Context(), d); err != nil {
		p.t.Fatal(err)
	}
	return d.ID
}

// ownBlueprint is a blueprint with this owner in the directory, which knows no
// stranger: somebody else of it stands for him.
func (p *testPortal) ownBlueprint(oid string) string {
	p.t.Helper()
	if oid == stranger {
		oid = p.persona("sponsor").ObjectID
	}
	b := &graph.Blueprint{}
	person := []graph.PrincipalRef{{ID: oid, Kind: graph.KindUser}}
	call := graph.CreateBlueprintCall(p.h.Graph.Base(), graph.NewBlueprint{DisplayName: "Owned", Sponsors: person, Owners: person})
	if _, err := p.writer("agent-admin").Send(p.t.Context(), uuid.NewString(), call, b); err != nil {
		p.t.Fatal(err)
	}
	return b.ID
}

func (p *testPortal) anyAgent(string) string { return p.info.Seed.Agent.ID }

func (p *testPortal) anyAgentUser(string) string { return p.info.Seed.AgentUser.ID }

func (p *testPortal) anyPrincipal(string) string { return p.info.Seed.Blueprint.PrincipalID }

// ownRun is a run that has ended and has made a secret, which is still held.
func (p *testPortal) ownRun(oid string) string {
	p.t.Helper()
	now, key := p.clock.now(), uuid.NewString()
	run := p.newRun(oid, models.RunDone, models.Step{
		Kind: provision.KindSecret, Name: "Add client secret", State: models.StepDone, Result: models.ResultSucceeded,
		OpID: uuid.NewString(), ObjectID: key, ObjectName: "Owned", StartedAt: now, FinishedAt: now,
	})
	sealed, err := p.h.Sealer.Seal([]byte("not-a-secret-of-anybody"), "run_secrets:sealed:"+strconv.FormatInt(run.ID, 10))
	if err != nil {
		p.t.Fatal(err)
	}
	err = p.store.PutRunSecret(p.t.Context(), &models.RunSecret{
		RunID: run.ID, StepID: run.Steps[0].ID, BlueprintID: run.BlueprintID, BlueprintAppID: run.BlueprintAppID,
		KeyID: key, TID: run.TID, OwnerOID: oid, EndsAt: now.Add(time.Hour), CreatedAt: now, Sealed: sealed,
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return strconv.FormatInt(run.ID, 10)
}

// parkedRun waits for its owner, so that an Admin may take it over.
func (p *testPortal) parkedRun(oid string) string {
	p.t.Helper()
	return strconv.FormatInt(p.newRun(oid, models.RunWaitingSignIn).ID, 10)
}

func (p *testPortal) newRun(oid string, state models.RunState, steps ...models.Step) *models.Run {
	p.t.Helper()
	run := &models.Run{
		RequestID: uuid.NewString(), Kind: "blueprint", Title: "Owned", TID: p.info.TenantID, OwnerOID: oid, OwnerUsername: "owner@" + p.info.Domain,
		RunAs: string(provision.AsMe), Spec: []byte(`{}`), State: state, Steps: steps,
		BlueprintID: p.info.Seed.Blueprint.ObjectID, BlueprintAppID: p.info.Seed.Blueprint.AppID,
	}
	if state == models.RunDone {
		run.FinishedAt = p.clock.now()
	}
	if _, err := p.store.CreateRun(p.t.Context(), run); err != nil {
		p.t.Fatal(err)
	}
	return run
}

func (p *testPortal) ownKept(oid string) string {
	p.t.Helper()
	kept := &models.KeptSecret{
		ID: uuid.NewString(), TID: p.info.TenantID, OwnerOID: oid, BlueprintID: p.info.Seed.Blueprint.ObjectID,
		BlueprintAppID: p.info.Seed.Blueprint.AppID, BlueprintName: "Owned", EndsAt: p.clock.now().Add(time.Hour),
	}
	if err := provision.SealKept(p.h.Sealer, kept, entra.NewSecret("not-a-secret-of-anybody")); err != nil {
		p.t.Fatal(err)
	}
	if err := p.store.PutKeptSecret(p.t.Context(), kept); err != nil {
		p.t.Fatal(err)
	}
	return kept.ID
}

func (p *testPortal) ownTokenProfile(oid string) string {
	p.t.Helper()
	profile := &models.TokenProfile{
		TID: p.info.TenantID, OwnerOID: oid, Name: "Owned " + uuid.NewString(), Mode: string(entra.ModeClientCredentials),
		Settings: models.TokenSettings{AppID: p.info.Client.ClientID, Scope: entra.GraphDefaultScope},
	}
	if err := p.store.PutTokenProfile(p.t.Context(), profile); err != nil {
		p.t.Fatal(err)
	}
	return profile.ID
}

// ownResult is a result in the newest session of a person.
func (p *testPortal) ownResult(oid string) string {
	p.t.Helper()
	session := "of a stranger"
	rows, err := p.store.OlderSignIns(p.t.Context(), p.info.TenantID, oid, 0)
	if err != nil {
		p.t.Fatal(err)
	}
	if len(rows) > 0 {
		session = rows[0].ID
	}
	mode, _ := views.TokenModeOf(entra.ModeClientCredentials)
	return p.h.lab.keep(session, p.clock.now(), &labTry{mode: mode}, &entra.Trace{Mode: mode.Name}).id
}

func (p *testPortal) ownRecord(oid string) string {
	p.t.Helper()
	rec := p.append(models.NewAudit{Kind: models.AuditEvent, Actor: p.info.TenantID + "/" + oid, Action: models.ActionSignOut})
	return strconv.FormatInt(rec.Seq, 10)
}
