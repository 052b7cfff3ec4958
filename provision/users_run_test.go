package provision

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// globalAdmin may give licences as well, which an Agent ID Administrator may not.
func (b *bench) globalAdmin(t testing.TB) models.Actor {
	t.Helper()
	return b.signIn(t, "global-admin@"+b.info.Domain)
}

func (b *bench) reads(a models.Actor) *graph.Client {
	return b.o.Graph.With(b.signIns.TokenFunc(a.SignInID))
}

// persona is somebody of the sandbox.
func (b *bench) persona(t testing.TB, name string) Principal {
	t.Helper()
	for _, p := range b.info.Personas {
		if strings.HasPrefix(p.UPN, name+"@") {
			return Principal{ID: p.ObjectID, Kind: graph.KindUser, Name: p.DisplayName, Username: p.UPN}
		}
	}
	t.Fatalf("no persona %s", name)
	return Principal{}
}

// license is a product of the tenant with licences left.
func (b *bench) license(t testing.TB, a models.Actor) *LicenseRef {
	t.Helper()
	skus, err := b.reads(a).SubscribedSKUs(t.Context())
	if err != nil || len(skus) == 0 || skus[0].Free() < 10 {
		t.Fatalf("licences %+v, %v", skus, err)
	}
	return &LicenseRef{SKUID: skus[0].SKUID, Name: skus[0].PartNumber}
}

// withUsers asks for an agent user for each agent, with all that one can have.
func (b *bench) withUsers(t testing.TB, a models.Actor) func(*BlueprintSpec) {
	t.Helper()
	manager, license := b.persona(t, "user"), b.license(t, a)
	sponsors := []Principal{b.persona(t, "sponsor"), b.persona(t, "approver")}
	return func(s *BlueprintSpec) {
		s.Users = &UsersSpec{
			UPNPattern: "{agent}-bot", Domain: b.info.Domain, UsageLocation: "de", License: license, Manager: &manager, Sponsors: sponsors,
		}
	}
}

// checkUsers asserts that each agent of a run that shall have an agent user has
// exactly that one, with all that was asked for.
func (b *bench) checkUsers(t testing.TB, a models.Actor, run *models.Run, rows []AgentRow) {
	t.Helper()
	g, users := b.reads(a), stepsOf(run, KindAgentUser)
	for i, agent := range stepsOf(run, KindAgent) {
		want := rows[i].User
		u, err := g.UserNamed(t.Context(), want.UPN)
		if err != nil || u.IdentityParentID != agent.ObjectID || u.DisplayName != want.DisplayName || u.UsageLocation != want.UsageLocation || !u.AccountEnabled {
			t.Errorf("%s: %+v, %v", want.UPN, u, err)
			continue
		}
		if users[i].ObjectID != u.ID {
			t.Errorf("%s is %s in the directory and %s in the run", want.UPN, u.ID, users[i].ObjectID)
		}
		b.checkGiven(t, g, u.ID, want)
	}
}

func (b *bench) checkGiven(t testing.TB, g *graph.Client, userID string, want *UserRow) {
	t.Helper()
	if want.Manager != nil {
		if manager, err := g.ManagerOf(t.Context(), userID); err != nil || manager.ID != want.Manager.ID {
			t.Errorf("%s: manager %+v, %v", want.UPN, manager, err)
		}
	}
	if want.License != nil {
		if licenses, err := g.LicensesOf(t.Context(), userID); err != nil || len(licenses) != 1 || licenses[0].SKUID != want.License.SKUID {
			t.Errorf("%s: licences %+v, %v", want.UPN, licenses, err)
		}
	}
	sponsors, err := g.UserSponsors(t.Context(), userID)
	if err != nil || len(sponsors) != len(want.Sponsors) {
		t.Errorf("%s: sponsors %+v, %v", want.UPN, sponsors, err)
	}
}

func stepsOf(run *models.Run, kind string) []*models.Step {
	var some []*models.Step
	for i := range run.Steps {
		if run.Steps[i].Kind == kind {
			some = append(some, &run.Steps[i])
		}
	}
	return some
}

func TestAgentsWithUsers(t *testing.T) {
	b := newBench(t, benchOptions{})
	b.knobs(t, map[string]any{"lagMs": map[string]int{"agentIdentity": 1000, "agentUser": 1000, "principal": 200}})
	admin := b.globalAdmin(t)
	spec := b.spec(admin, b.withUsers(t, admin), func(s *BlueprintSpec) { s.Count = 3 })
	run, err := b.Start(t.Context(), admin, "r", spec)
	if err != nil {
		t.Fatal(err)
	}
	if run = b.ends(t, run); run.State != models.RunDone {
		t.Fatal(stepsText(run))
	}
	b.checkUsers(t, admin, run, spec.AgentRows())
	for kind, n := range map[string]int{KindAgentUser: 3, KindAgentUserLicense: 3, KindAgentUserManager: 3, KindAgentUserSponsor: 6} {
		if got := len(stepsOf(run, kind)); got != n {
			t.Errorf("%d steps of %s, want %d", got, kind, n)
		}
	}
	if stepsOf(run, KindAgentUser)[0].Attempt < 2 {
		t.Error("no lag was met")
	}
	b.checkAudit(t)
}

// TestUsersAsTheBlueprint: the right is granted first, and a token of before
// does not hold it.
func TestUsersAsTheBlueprint(t *testing.T) {
	b := newBench(t, benchOptions{})
	b.knobs(t, map[string]any{"delegatedCreate": false, "lagMs": map[string]int{"grant": 300}})
	admin := b.globalAdmin(t)
	spec := b.spec(admin, b.withUsers(t, admin), func(s *BlueprintSpec) { s.Count, s.RunAs = 3, AsBlueprint })
	run, err := b.Start(t.Context(), admin, "r", spec)
	if err != nil {
		t.Fatal(err)
	}
	if run = b.ends(t, run); run.State != models.RunDone || stepsOf(run, KindRole)[0].Result != models.ResultSucceeded {
		t.Fatal(stepsText(run))
	}
	if stepsOf(run, KindAgentUser)[0].Attempt < 2 {
		t.Error("the right was there at once")
	}
	b.checkUsers(t, admin, run, spec.AgentRows())
	b.checkAudit(t)
}

// TestUsersWaitForARightThatSomebodyElseGrants: an Agent ID Administrator may
// not grant the right. Whoever may does it in the directory, and a retry goes on.
func TestUsersWaitForARightThatSomebodyElseGrants(t *testing.T) {
	b := newBench(t, benchOptions{})
	b.knobs(t, map[string]any{"delegatedCreate": false})
	admin := b.admin(t)
	spec := b.spec(admin, b.withUsers(t, admin), func(s *BlueprintSpec) { s.Count, s.RunAs, s.Users.License = 3, AsBlueprint, nil })
	run, err := b.Start(t.Context(), admin, "r", spec)
	if err != nil {
		t.Fatal(err)
	}
	run = b.ends(t, run)
	grant := stepsOf(run, KindRole)[0]
	if grant.State != models.StepFailed || grant.HTTPStatus != http.StatusForbidden || stepsOf(run, KindAgentUser)[0].State != models.StepPlanned {
		t.Fatal(stepsText(run))
	}
	if advice, _ := Advise(run, grant, true); !strings.Contains(advice.Text, "Privileged Role Administrator") {
		t.Errorf("advice %+v", advice)
	}
	b.checkAudit(t)
	b.grantUsers(t, b.globalAdmin(t), run)
	if err := b.Retry(t.Context(), admin, run.ID); err != nil {
		t.Fatal(err)
	}
	if run = b.ends(t, run); run.State != models.RunDone || stepsOf(run, KindRole)[0].Result != models.ResultAdopted {
		t.Fatal(stepsText(run))
	}
	b.checkUsers(t, admin, run, spec.AgentRows())
}

// grantUsers lets the blueprint of a run create agent users, as somebody would
// in the directory.
func (b *bench) grantUsers(t testing.TB, a models.Actor, run *models.Run) {
	t.Helper()
	token, err := b.signIns.Token(t.Context(), a.SignInID)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(method, path string, body, out any) {
		t.Helper()
		text, _ := json.Marshal(body)
		req, _ := http.NewRequestWithContext(t.Context(), method, b.url+path, bytes.NewReader(text))
		req.Header.Set("Authorization", "Bearer "+token.Reveal())
		req.Header.Set("Content-Type", "application/json")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if err := json.NewDecoder(res.Body).Decode(out); err != nil || res.StatusCode > 299 {
			t.Fatalf("%s %s answered %d, %v: %v", method, path, res.StatusCode, err, out)
		}
	}
	var api struct {
		ID       string `json:"id"`
		AppRoles []struct{ ID, Value string }
	}
	ask(http.MethodGet, "/v1.0/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')", nil, &api)
	for _, role := range api.AppRoles {
		if role.Value == "AgentIdUser.ReadWrite.IdentityParentedBy" {
			principal := stepsOf(run, KindPrincipal)[0].ObjectID
			body := map[string]string{"principalId": principal, "resourceId": api.ID, "appRoleId": role.ID}
			ask(http.MethodPost, "/v1.0/servicePrincipals/"+principal+"/appRoleAssignments", body, new(map[string]any))
			return
		}
	}
	t.Fatal("no such role")
}

// lossyUserSteps are the kinds of steps of agent users and the end of their paths.
func lossyUserSteps() map[string]fault {
	return map[string]fault{
		KindAgentUser: {path: "/beta/users", exact: true}, KindAgentUserLicense: {path: "/assignLicense"},
		KindAgentUserManager: {path: "/manager/$ref", method: http.MethodPut}, KindAgentUserSponsor: {path: "/sponsors/$ref"},
	}
}

func TestLostAnswersOfAgentUsers(t *testing.T) {
	for kind, where := range lossyUserSteps() {
		for name, how := range map[string]func(*fault){
			"answer lost": func(f *fault) { f.after = true }, "request lost": func(f *fault) { f.before = true },
			"server fault": func(f *fault) { f.status, f.code = http.StatusBadGateway, "UnknownError" },
		} {
			t.Run(kind+" "+name, func(t *testing.T) {
				b := newBench(t, benchOptions{settle: 20 * time.Millisecond})
				admin := b.globalAdmin(t)
				f := where
				how(&f)
				b.faults.add(f)
				spec := b.spec(admin, b.withUsers(t, admin), func(s *BlueprintSpec) { s.Count = 1 })
				run, err := b.Start(t.Context(), admin, "r", spec)
				if err != nil {
					t.Fatal(err)
				}
				if run = b.ends(t, run); run.State != models.RunDone {
					t.Fatal(stepsText(run))
				}
				want := models.ResultRepeated
				if f.after {
					want = models.ResultAdopted
				}
				if s := stepsOf(run, kind)[0]; s.Result != want {
					t.Errorf("%s, want %s: %s", s.Result, want, stepsText(run))
				}
				b.checkUsers(t, admin, run, spec.AgentRows())
				b.checkAudit(t)
			})
		}
	}
}

// TestLostPartsOfAgentUsers loses the answer to every batch of the run in turn.
func TestLostPartsOfAgentUsers(t *testing.T) {
	for n := 1; n <= 6; n++ {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			b := newBench(t, benchOptions{settle: 20 * time.Millisecond})
			admin := b.globalAdmin(t)
			batch, strike := 0, fault{path: "/$batch", times: 1}
			b.faults.change = func(r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "/$batch") {
					if batch++; batch == n {
						b.faults.add(fault{path: strike.path, after: true})
					}
				}
			}
			spec := b.spec(admin, b.withUsers(t, admin), func(s *BlueprintSpec) { s.Count = 4 })
			run, err := b.Start(t.Context(), admin, "r", spec)
			if err != nil {
				t.Fatal(err)
			}
			if run = b.ends(t, run); run.State != models.RunDone || batch < n {
				t.Fatal(batch, stepsText(run))
			}
			b.checkUsers(t, admin, run, spec.AgentRows())
			b.checkAudit(t)
		})
	}
}

// TestSignInNamesAreNotInTheChain: the UPN of an agent user is personal.
func TestSignInNamesAreNotInTheChain(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.globalAdmin(t)
	run := b.ends(t, b.begin(t, admin, b.withUsers(t, admin), func(s *BlueprintSpec) {
		s.Count = 1
		s.Users.UPNPattern = "personal-word"
	}))
	if run.State != models.RunDone {
		t.Fatal(stepsText(run))
	}
	seen := 0
	for _, kind := range []models.AuditKind{models.AuditIntent, models.AuditOutcome} {
		for _, r := range b.records(t, kind) {
			if strings.Contains(string(r.Body), "personal-word") {
				t.Errorf("%s %s: %s", r.Action, r.Kind, r.Body)
			}
			if r.Action == models.ActionAgentUserCreate && r.Words.TargetName == "personal-word@"+b.info.Domain {
				seen++
			}
			if r.Action == models.ActionAgentUserCreate && (r.TargetKind != string(graph.KindAgentUser) ||
				r.Kind == models.AuditIntent && !strings.Contains(string(r.Body), "identityParentId")) {
				t.Errorf("record %s %s: %s", r.TargetKind, r.TargetID, r.Body)
			}
		}
	}
	if left := LeftOver(run, stepsOf(run, KindAgentUser)[0]); strings.Contains(left, "personal-word") || left == "" {
		t.Errorf("what may be left goes to the audit: %s", left)
	}
	if seen != 2 {
		t.Errorf("%d records name the agent user in their words, want 2", seen)
	}
	b.checkAudit(t)
}
