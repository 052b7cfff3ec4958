package sandbox

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const bin = "/v1.0/directory/deletedItems/"

func (f *graphFixture) binned(kind string) []string {
	f.t.Helper()
	return f.must(200, "GET", bin+"microsoft.graph."+kind, f.binAdmin(), "").column("id")
}

func (f *graphFixture) binAdmin() string {
	return f.personToken("global-admin", append(allScopes(), "User.Read.All", "User.ReadWrite.All", "AgentIdUser.ReadWrite.All")...)
}

// TestGraphDeletedItems: into the bin, seen there, back, and gone for ever.
func TestGraphDeletedItems(t *testing.T) {
	f := newGraph(t)
	token := f.binAdmin()
	id, appID, principalID := f.newFamily(f.admin(), "Binned")
	agent := f.must(201, "POST", agents, token, agentBody("Binned 01", appID)).text("id")
	user := seedID("agent user invoice-helper-01")
	for _, path := range []string{agents + "/" + agent, "/v1.0/users/" + user, "/v1.0/applications/" + id} {
		f.must(204, "DELETE", path, token, "")
		f.must(404, "DELETE", path, token, "")
	}
	for kind, want := range map[string][]string{
		"application": {id}, "servicePrincipal": {agent, principalID}, "user": {user}, "group": nil,
		"agentIdentity": {agent}, "agentIdentityBlueprint": {id}, "agentIdentityBlueprintPrincipal": {principalID}, "agentUser": {user},
	} {
		if diff := cmp.Diff(want, f.binned(kind)); diff != "" {
			t.Errorf("bin of %s (-want +got):\n%s", kind, diff)
		}
	}
	f.must(400, "GET", "/v1.0/directory/deletedItems", token, "")
	f.must(403, "GET", bin+"microsoft.graph.user", f.personToken("user", "User.Read"), "")
	one := f.must(200, "GET", bin+id, token, "")
	if one.text("deletedDateTime") == "" || one.text("@odata.type") != "#microsoft.graph.agentIdentityBlueprint" {
		t.Errorf("one item: %s", one.raw)
	}
	f.must(400, "GET", bin+"microsoft.graph.application?$orderby=deletedDateTime", token, "")
	f.must(200, "GET", bin+"microsoft.graph.application?$orderby=deletedDateTime%20desc&$count=true", token, "", "ConsistencyLevel", "eventual")

	// The principal needs its blueprint, the identity its principal.
	f.must(400, "POST", bin+agent+"/restore", token, "")
	f.must(400, "POST", bin+principalID+"/restore", token, "")
	f.must(403, "POST", bin+id+"/restore", f.personToken("auditor", allScopes()...), "")
	for _, o := range []string{id, principalID, agent, user} {
		if a := f.must(200, "POST", bin+o+"/restore", token, ""); a.text("id") != o || a.body["deletedDateTime"] != nil {
			t.Errorf("restored: %s", a.raw)
		}
		f.must(404, "POST", bin+o+"/restore", token, "")
	}
	f.must(200, "GET", agents+"/"+agent, token, "")
	if got := f.must(200, "GET", "/v1.0/users/"+user+"?$select=userPrincipalName", token, "").text("userPrincipalName"); got != "invoice-helper-01@"+tenantDomain {
		t.Errorf("restored name %s", got)
	}

	f.must(204, "DELETE", agents+"/"+agent, token, "")
	f.must(204, "DELETE", bin+agent, token, "")
	f.must(404, "GET", bin+agent, token, "")
	f.must(404, "DELETE", bin+agent, token, "")
	f.must(400, "DELETE", bin+"{"+id+"}", token, "")
	f.must(204, "DELETE", principals+"/"+principalID, token, "")
	f.must(403, "DELETE", bin+principalID, token, "") // blocked: it leaves by time alone
}

// TestGraphRestoreConflicts: a name that somebody took meanwhile.
func TestGraphRestoreConflicts(t *testing.T) {
	f := newGraph(t)
	token, user := f.binAdmin(), seedID("agent user invoice-helper-01")
	f.must(204, "DELETE", "/v1.0/users/"+user, token, "")
	f.must(201, "POST", "/v1.0/users", token, userBody(seedID("agent invoice-helper-01"), "invoice-helper-01", nil))
	f.must(409, "POST", bin+user+"/restore", token, "")
	id, appID, principalID := f.newFamily(f.admin(), "Twice")
	f.must(204, "DELETE", principals+"/"+principalID, token, "")
	f.must(201, "POST", principals, token, `{"appId":"`+appID+`"}`)
	f.must(409, "POST", bin+principalID+"/restore", token, "")
	f.must(200, "GET", "/v1.0/applications/"+id, token, "")
}

// TestGraphCleanUp: a day after the principal, by the directory's clock, the identities follow; agent
// users only with the knob; after thirty days the bin is empty.
func TestGraphCleanUp(t *testing.T) {
	for _, cascade := range []bool{false, true} {
		f := newGraph(t)
		f.knobs(func(k *knobs) { k.CascadeAgentUsers = cascade })
		agent, user := seedID("agent invoice-helper-01"), seedID("agent user invoice-helper-01")
		f.must(204, "DELETE", "/v1.0/applications/"+seedID("application invoice-helper"), f.binAdmin(), "")
		f.clock.advance(cleanUpAfter - time.Minute)
		f.must(200, "GET", "/v1.0/servicePrincipals/"+agent, f.binAdmin(), "")
		f.clock.advance(2 * time.Minute)
		f.must(404, "GET", "/v1.0/servicePrincipals/"+agent, f.binAdmin(), "")
		if got := slices.Contains(f.binned("agentIdentity"), agent); !got {
			t.Errorf("cascade %v: the identity is not in the bin", cascade)
		}
		want := map[bool]int{false: 200, true: 404}[cascade]
		f.must(want, "GET", "/v1.0/users/"+user, f.binAdmin(), "")

		// The principal's thirty days began a day before those of its identity.
		f.clock.advance(binKept - cleanUpAfter)
		if got := f.binned("servicePrincipal"); !cmp.Equal(got, []string{agent}) {
			t.Errorf("cascade %v: bin of principals after 30 days %v, want the identity alone", cascade, got)
		}
		f.clock.advance(cleanUpAfter)
		for _, kind := range []string{"application", "servicePrincipal", "user"} {
			if got := f.binned(kind); got != nil {
				t.Errorf("cascade %v: bin of %s after 31 days %v, want none", cascade, kind, got)
			}
		}
	}
}

// TestGraphCleanUpSpared: a principal restored in time, or made anew, keeps its identities; a clock that
// jumps over both limits at once does what two steps do.
func TestGraphCleanUpSpared(t *testing.T) {
	f := newGraph(t)
	app, principal, agent := seedID("application invoice-helper"), seedID("principal invoice-helper"), seedID("agent invoice-helper-01")
	f.must(204, "DELETE", "/v1.0/applications/"+app, f.binAdmin(), "")
	f.clock.advance(23 * time.Hour)
	f.must(200, "POST", bin+app+"/restore", f.binAdmin(), "")
	f.must(200, "POST", bin+principal+"/restore", f.binAdmin(), "")
	f.clock.advance(2 * time.Hour)
	f.must(200, "GET", "/v1.0/servicePrincipals/"+agent, f.binAdmin(), "")

	f.must(204, "DELETE", "/v1.0/servicePrincipals/"+principal, f.binAdmin(), "")
	f.must(201, "POST", principals, f.admin(), `{"appId":"`+seedID("app invoice-helper")+`"}`)
	f.clock.advance(25 * time.Hour)
	f.must(200, "GET", "/v1.0/servicePrincipals/"+agent, f.binAdmin(), "")

	f.must(204, "DELETE", "/v1.0/applications/"+app, f.binAdmin(), "")
	f.clock.advance(binKept + 12*time.Hour)
	if got := f.binned("servicePrincipal"); !cmp.Equal(got, []string{agent}) {
		t.Errorf("after 30.5 days at once: %v, want the identity alone", got)
	}
}

// TestGraphCleanUpSurvivesARestart: what was due while nobody asked is done at the next request.
func TestGraphCleanUpSurvivesARestart(t *testing.T) {
	o := Options{DataFile: tenantFile(t)}
	now := &clock{now: time.Now()}
	o.Now = now.Now
	s, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	err = s.tenant.write(t.Context(), func(tx *txn) error {
		if fault := softDelete(tx, tx.principals.get(seedID("principal invoice-helper"))); fault != nil {
			return fault
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	now.advance(cleanUpAfter)
	if s, err = Open(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.catchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	_ = s.tenant.read(func(st *state) error {
		if d := st.deleted.get(seedID("agent invoice-helper-01")); d == nil || !d.CreatedAt.Equal(now.Now().UTC()) {
			t.Errorf("the identity's place in the bin: %+v", d)
		}
		return nil
	})
}

// TestGraphPurgeTakesGrants: what was granted goes with the object, and not before.
func TestGraphPurgeTakesGrants(t *testing.T) {
	f := newGraph(t)
	token, agent := f.binAdmin(), seedID("agent invoice-helper-01")
	count := func() (n int) {
		_ = f.s.tenant.read(func(st *state) error {
			n = len(st.assignedByPrincipal.of(agent)) + len(st.grantsByClient.of(agent))
			return nil
		})
		return n
	}
	before := count()
	f.must(204, "DELETE", agents+"/"+agent, token, "")
	if count() != before || before == 0 {
		t.Errorf("%d grants in the bin, want %d", count(), before)
	}
	f.must(204, "DELETE", bin+agent, token, "")
	if count() != 0 {
		t.Errorf("%d grants after the purge, want none", count())
	}
}

// TestGraphPurgeFreesTheQuota: an identity in the bin still counts, one that was purged does not.
func TestGraphPurgeFreesTheQuota(t *testing.T) {
	f := newGraph(t)
	own, agent := seedID("app invoice-helper"), seedID("agent invoice-helper-01")
	seedAgents(f, maxAgents-1, own)
	body := agentBody("one more", own)
	f.must(403, "POST", agents, f.binAdmin(), body)
	f.must(204, "DELETE", agents+"/"+agent, f.binAdmin(), "")
	if a := f.must(403, "POST", agents, f.binAdmin(), body); a.code() != "AgentIdentity_LimitExceeded" {
		t.Errorf("with one in the bin: %s", a.raw)
	}
	f.must(204, "DELETE", bin+agent, f.binAdmin(), "")
	f.must(201, "POST", agents, f.binAdmin(), body)
}
