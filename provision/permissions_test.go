package provision

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

func (b *bench) global(t testing.TB) models.Actor {
	t.Helper()
	return b.signIn(t, "global-admin@"+b.info.Domain)
}

func (b *bench) as(a models.Actor) *graph.Client {
	return b.o.Graph.With(b.signIns.TokenFunc(a.SignInID))
}

// api reads Microsoft Graph as an API of the tenant.
func (b *bench) api(t testing.TB, a models.Actor) *graph.Resource {
	t.Helper()
	api, err := b.as(a).Resource(t.Context(), graph.GraphAppID)
	if err != nil {
		t.Fatal(err)
	}
	return api
}

// role is an application permission of Microsoft Graph.
func role(t testing.TB, api *graph.Resource, value string) RoleSpec {
	t.Helper()
	for _, r := range api.Roles {
		if r.Value == value {
			return RoleSpec{Resource: refOf(api), RoleID: r.ID, Value: r.Value}
		}
	}
	t.Fatalf("Graph offers no role %s", value)
	return RoleSpec{}
}

// toAgent is a change about the seeded agent, toPrincipal one about its
// blueprint's principal.
func (b *bench) toAgent(act string, api *graph.Resource) PermissionSpec {
	seed := b.info.Seed
	return PermissionSpec{
		Act: act, HolderID: seed.Agent.ID, HolderKind: graph.KindAgentIdentity, HolderName: "Invoice helper 01",
		BlueprintID: seed.Blueprint.ObjectID, BlueprintAppID: seed.Blueprint.AppID, Resource: refOf(api),
	}
}

func (b *bench) toPrincipal(act string, api *graph.Resource, scopes ...string) PermissionSpec {
	s := b.toAgent(act, api)
	s.HolderID, s.HolderKind, s.Scopes = b.info.Seed.Blueprint.PrincipalID, graph.KindBlueprintPrincipal, scopes
	return s
}

// change makes a change and wants it done.
func (b *bench) change(t testing.TB, a models.Actor, requestID string, spec PermissionSpec) *models.Run {
	t.Helper()
	run, err := b.ChangePermission(t.Context(), a, requestID, spec)
	if err != nil {
		t.Fatal(err)
	}
	if run = b.until(t, run.ID, models.RunDone, models.RunFailed); run.State != models.RunDone {
		t.Fatal(stepsText(run))
	}
	return run
}

// held are the application permissions of a principal by name.
func (b *bench) held(t testing.TB, a models.Actor, principalID string) []string {
	t.Helper()
	api := b.api(t, a)
	list, err := b.as(a).RoleAssignments(t.Context(), principalID)
	if err != nil {
		t.Fatal(err)
	}
	values := []string{}
	for _, held := range list {
		for _, r := range api.Roles {
			if r.ID == held.RoleID {
				values = append(values, r.Value)
			}
		}
	}
	slices.Sort(values)
	return values
}

// consented are the scopes a client was granted for everybody.
func (b *bench) consented(t testing.TB, a models.Actor, clientID string) []string {
	t.Helper()
	grants, err := b.as(a).GrantsOf(t.Context(), clientID)
	if err != nil {
		t.Fatal(err)
	}
	var scopes []string
	for _, g := range grants {
		if g.ConsentType == graph.ConsentEverybody {
			scopes = append(scopes, g.Scopes()...)
		}
	}
	return scopes
}

// ask posts to the token endpoint and returns the claims of what comes.
func (b *bench) ask(t testing.TB, fields ...string) (token string, claims map[string]any) {
	t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	res, err := http.PostForm(b.url+"/"+b.info.TenantID+"/oauth2/v2.0/token", form)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var answer struct {
		AccessToken string `json:"access_token"`
		Words       string `json:"error_description"`
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil || answer.AccessToken == "" {
		t.Fatalf("no token: %v %s", err, answer.Words)
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(answer.AccessToken, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	return answer.AccessToken, claims
}

// rights are the roles of the seeded agent's own token, and the scopes of that
// of its agent user.
func (b *bench) rights(t testing.TB) (roles []any, scopes []string) {
	t.Helper()
	const exchange, all = "api://AzureADTokenExchange/.default", "https://graph.microsoft.com/.default"
	const assertion = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	seed := b.info.Seed
	t1, _ := b.ask(t, "grant_type", "client_credentials", "client_id", seed.Blueprint.AppID, "client_secret", seed.Blueprint.ClientSecret,
		"scope", exchange, "fmi_path", seed.Agent.ID)
	agent := []string{"client_id", seed.Agent.ID, "client_assertion_type", assertion, "client_assertion", t1}
	t2, _ := b.ask(t, append(agent, "grant_type", "client_credentials", "scope", exchange)...)
	_, own := b.ask(t, append(agent, "grant_type", "client_credentials", "scope", all)...)
	_, user := b.ask(t, append(agent, "grant_type", "user_fic", "user_federated_identity_credential", t2, "username", seed.AgentUser.UPN, "scope", all)...)
	roles, _ = own["roles"].([]any)
	scp, _ := user["scp"].(string)
	return roles, strings.Fields(scp)
}

func TestAGrantedRoleIsInTheToken(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.global(t)
	api := b.api(t, admin)
	mail := role(t, api, "Mail.Send")
	spec := b.toAgent(KindRole, api)
	spec.RoleID, spec.Value, spec.Reason = mail.RoleID, mail.Value, "CHG-9"
	if roles, _ := b.rights(t); slices.Contains(roles, any("Mail.Send")) {
		t.Fatal("the agent has the role before")
	}
	run := b.change(t, admin, "one", spec)
	if roles, _ := b.rights(t); !slices.Contains(roles, any("Mail.Send")) {
		t.Errorf("roles %v", roles)
	}
	again, err := b.ChangePermission(t.Context(), admin, "one", spec)
	if err != nil || again.ID != run.ID {
		t.Errorf("the second press made run %v, %v", again, err)
	}
	kind, id, ok := HolderOf(run, &run.Steps[0])
	if kind != graph.KindAgentIdentity || id != b.info.Seed.Agent.ID || !ok {
		t.Errorf("holder %s %s %v", kind, id, ok)
	}
	outcome := b.outcomeOf(t, &run.Steps[0])
	if outcome["permission"] != "Mail.Send" || outcome["api"] != "Microsoft Graph" {
		t.Errorf("outcome %v", outcome)
	}
	b.checkAudit(t)
	// Another press of Add: Graph says that it is there.
	if other := b.change(t, admin, "two", spec); other.Steps[0].Result != models.ResultAdopted || other.Steps[0].ObjectID != run.Steps[0].ObjectID {
		t.Error(stepsText(other))
	}
	spec.Act, spec.AssignmentID = KindRoleRemove, run.Steps[0].ObjectID
	b.change(t, admin, "three", spec)
	if roles, _ := b.rights(t); slices.Contains(roles, any("Mail.Send")) {
		t.Errorf("roles after the removal %v", roles)
	}
	if again := b.change(t, admin, "four", spec); again.Steps[0].Result != models.ResultSucceeded {
		t.Error(stepsText(again)) // gone already is gone
	}
}

func TestInheritedConsentIsInTheToken(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.global(t)
	api := b.api(t, admin)
	b.change(t, admin, "one", b.toPrincipal(KindConsent, api, "Mail.Read"))
	if _, scopes := b.rights(t); slices.Contains(scopes, "Mail.Read") {
		t.Fatalf("consent alone gives %v", scopes)
	}
	seed := b.info.Seed.Blueprint
	inherit := InheritanceSpec{
		Act: KindInherit, BlueprintID: seed.ObjectID, BlueprintAppID: seed.AppID, BlueprintName: "Invoice helper", Resource: refOf(api), Scopes: []string{"Mail.Read"},
	}
	run, err := b.ChangeInheritance(t.Context(), admin, "two", inherit)
	if err != nil || run.State != models.RunDone {
		t.Fatal(err, stepsText(run))
	}
	if _, scopes := b.rights(t); !slices.Contains(scopes, "Mail.Read") {
		t.Errorf("scopes %v", scopes)
	}
	// One more of the same API: what is there stays.
	inherit.Scopes = []string{"Calendars.Read"}
	if run, err = b.ChangeInheritance(t.Context(), admin, "three", inherit); err != nil || run.State != models.RunDone {
		t.Fatal(err, stepsText(run))
	}
	list, err := b.as(admin).InheritablePermissions(t.Context(), seed.ObjectID)
	if err != nil || len(list) != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	want := graph.InheritablePermission{
		ResourceAppID: graph.GraphAppID, Scopes: graph.Inheritance{Kind: graph.InheritSome, Scopes: []string{"Mail.Read", "Calendars.Read"}},
		Roles: graph.Inheritance{Kind: graph.InheritNone},
	}
	if diff := cmp.Diff(want, list[0]); diff != "" {
		t.Errorf("inheritable (-want +got):\n%s", diff)
	}
	inherit.Act, inherit.Scopes = KindInheritRemove, nil
	if run, err = b.ChangeInheritance(t.Context(), admin, "four", inherit); err != nil || run.State != models.RunDone {
		t.Fatal(err, stepsText(run))
	}
	if _, scopes := b.rights(t); slices.Contains(scopes, "Mail.Read") {
		t.Errorf("scopes after the end of inheritance %v", scopes)
	}
	b.checkAudit(t)
}

// TestConsentKeepsWhatWasThere: Graph replaces all scopes of a grant, so that
// those of others must come along.
func TestConsentKeepsWhatWasThere(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.global(t)
	api := b.api(t, admin)
	principal := b.info.Seed.Blueprint.PrincipalID
	b.change(t, admin, "one", b.toPrincipal(KindConsent, api, "Mail.Read", "User.Read"))
	run := b.change(t, admin, "two", b.toPrincipal(KindConsent, api, "Calendars.Read", "user.read"))
	if diff := cmp.Diff([]string{"Mail.Read", "User.Read", "Calendars.Read"}, b.consented(t, admin, principal)); diff != "" {
		t.Errorf("scopes (-want +got):\n%s", diff)
	}
	if s := run.Steps[0]; s.Method != http.MethodPatch || !strings.HasPrefix(s.Path, "/v1.0/oauth2PermissionGrants/") {
		t.Errorf("the step shows %s %s", s.Method, s.Path)
	}
	b.change(t, admin, "three", b.toPrincipal(KindConsentRemove, api, "Mail.Read"))
	if diff := cmp.Diff([]string{"User.Read", "Calendars.Read"}, b.consented(t, admin, principal)); diff != "" {
		t.Errorf("scopes after the removal (-want +got):\n%s", diff)
	}
	b.change(t, admin, "four", b.toPrincipal(KindConsentRemove, api, "User.Read", "Calendars.Read"))
	if left := b.consented(t, admin, principal); len(left) != 0 {
		t.Errorf("left %v", left)
	}
	b.checkAudit(t)
}

// TestConsentMeetsAnother: somebody consents between the look and the call, so
// Graph refuses a second grant. The operation ends, and another one keeps both.
func TestConsentMeetsAnother(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.global(t)
	api := b.api(t, admin)
	principal := b.info.Seed.Blueprint.PrincipalID
	b.faults.add(fault{path: "/oauth2PermissionGrants", exact: true, do: func() {
		w := graph.NewWriter(b.as(admin))
		if _, err := w.Send(t.Context(), "somebody-else", graph.GrantCall(principal, api.ID, []string{"Files.Read"}), nil); err != nil {
			t.Errorf("the other consent: %v", err)
		}
	}})
	b.change(t, admin, "one", b.toPrincipal(KindConsent, api, "Mail.Read"))
	if diff := cmp.Diff([]string{"Files.Read", "Mail.Read"}, b.consented(t, admin, principal)); diff != "" {
		t.Errorf("scopes (-want +got):\n%s", diff)
	}
	results := map[string]int{}
	for _, r := range b.records(t, models.AuditOutcome) {
		results[r.Result]++
	}
	if diff := cmp.Diff(map[string]int{models.ResultAbandoned: 1, models.ResultSucceeded: 1}, results); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
}

// TestTwoWhoConsentAtOnce: each call names all scopes of the grant, so that one
// built on a look from before the other would take the other's away.
func TestTwoWhoConsentAtOnce(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.global(t)
	api := b.api(t, admin)
	b.change(t, admin, "before", b.toPrincipal(KindConsent, api, "User.Read"))
	second := make(chan error, 1)
	b.faults.add(fault{method: http.MethodPatch, path: "/oauth2PermissionGrants/", do: func() {
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, err := b.ChangePermission(t.Context(), admin, "two", b.toPrincipal(KindConsent, api, "Files.Read"))
			second <- err
		}()
		select {
		case <-done:
		case <-time.After(300 * time.Millisecond): // it waits for its turn
		}
	}})
	b.change(t, admin, "one", b.toPrincipal(KindConsent, api, "Mail.Read"))
	if err := <-second; err != nil {
		t.Fatal(err)
	}
	scopes := b.consented(t, admin, b.info.Seed.Blueprint.PrincipalID)
	if slices.Sort(scopes); !slices.Equal(scopes, []string{"Files.Read", "Mail.Read", "User.Read"}) {
		t.Errorf("scopes %v", scopes)
	}
	b.checkAudit(t)
}

// TestAGrantThatDoesNotShowKeepsItsOtherScopes: a replica that lags does not list
// it, and removing all of it would take the scopes of others.
func TestAGrantThatDoesNotShowKeepsItsOtherScopes(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.global(t)
	api := b.api(t, admin)
	principal := b.info.Seed.Blueprint.PrincipalID
	b.change(t, admin, "before", b.toPrincipal(KindConsent, api, "Mail.Read", "User.Read"))
	grants, err := b.as(admin).GrantsOf(t.Context(), principal)
	if err != nil || len(grants) != 1 {
		t.Fatal(grants, err)
	}
	spec := b.toPrincipal(KindConsentRemove, api, "Mail.Read")
	spec.GrantID, spec.Granted = grants[0].ID, grants[0].Scopes()
	b.faults.add(fault{method: http.MethodGet, path: "/oauth2PermissionGrants", status: http.StatusOK, body: `{"value":[]}`})
	b.change(t, admin, "remove", spec)
	if left := b.consented(t, admin, principal); !slices.Equal(left, []string{"User.Read"}) {
		t.Errorf("left %v", left)
	}
	// When it is gone for good, that is what Graph says.
	spec.Scopes, spec.Granted = []string{"User.Read"}, []string{"User.Read", "Files.Read"}
	w := graph.NewWriter(b.as(admin))
	if _, err := w.Send(t.Context(), "somebody-else", graph.RemoveGrantCall(grants[0].ID), nil); err != nil {
		t.Fatal(err)
	}
	b.change(t, admin, "gone", spec)
}

// TestEveryPermissionStepSurvivesALostAnswer: an answer that is lost is settled
// by reading, a request that is lost is sent again; nothing happens twice.
func TestEveryPermissionStepSurvivesALostAnswer(t *testing.T) {
	for _, lost := range []string{"answer", "request"} {
		t.Run(lost, func(t *testing.T) {
			b := newBench(t, benchOptions{settle: 20 * time.Millisecond})
			admin := b.global(t)
			api := b.api(t, admin)
			mail := role(t, api, "Mail.Send")
			strike := func(method, path string) {
				b.faults.clear()
				b.faults.add(fault{method: method, path: path, before: lost == "request", after: lost == "answer"})
			}
			want := models.ResultAdopted
			if lost == "request" {
				want = models.ResultRepeated
			}
			check := func(what string, run *models.Run) {
				t.Helper()
				if s := run.Steps[0]; s.Result != want {
					t.Errorf("%s ended as %s, want %s: %s", what, s.Result, want, stepsText(run))
				}
			}
			assign := b.toAgent(KindRole, api)
			assign.RoleID, assign.Value = mail.RoleID, mail.Value
			strike(http.MethodPost, "/appRoleAssignments")
			run := b.change(t, admin, "1", assign)
			check("assignment", run)
			assign.Act, assign.AssignmentID = KindRoleRemove, run.Steps[0].ObjectID
			strike(http.MethodDelete, "/appRoleAssignments/")
			check("removal of it", b.change(t, admin, "2", assign))
			strike(http.MethodPost, "/oauth2PermissionGrants")
			check("grant", b.change(t, admin, "3", b.toPrincipal(KindConsent, api, "Mail.Read")))
			strike(http.MethodPatch, "/oauth2PermissionGrants/")
			check("wider grant", b.change(t, admin, "4", b.toPrincipal(KindConsent, api, "Files.Read")))
			strike(http.MethodPatch, "/oauth2PermissionGrants/")
			check("narrower grant", b.change(t, admin, "5", b.toPrincipal(KindConsentRemove, api, "Mail.Read")))
			strike(http.MethodDelete, "/oauth2PermissionGrants/")
			check("end of the grant", b.change(t, admin, "6", b.toPrincipal(KindConsentRemove, api, "Files.Read")))
			seed := b.info.Seed.Blueprint
			for i, step := range []struct{ act, method string }{{KindInherit, http.MethodPost}, {KindInheritRemove, http.MethodDelete}} {
				strike(step.method, "/inheritablePermissions")
				run, err := b.ChangeInheritance(t.Context(), admin, step.act, InheritanceSpec{
					Act: step.act, BlueprintID: seed.ObjectID, BlueprintAppID: seed.AppID, BlueprintName: "Invoice helper", Resource: refOf(api),
				})
				if err != nil {
					t.Fatal(i, err)
				}
				check(step.act, b.until(t, run.ID, models.RunDone, models.RunFailed))
			}
			b.checkAudit(t)
		})
	}
}

func TestARefusedGrantSaysWhichRoleItTakes(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.admin(t) // Agent ID Administrator
	api := b.api(t, admin)
	assign := b.toAgent(KindRole, api)
	mail := role(t, api, "Mail.Send")
	assign.RoleID, assign.Value = mail.RoleID, mail.Value
	for act, spec := range map[string]PermissionSpec{"Privileged Role Administrator": assign, "Cloud Application Administrator": b.toPrincipal(KindConsent, api, "Mail.Read")} {
		run, err := b.ChangePermission(t.Context(), admin, act, spec)
		if err != nil {
			t.Fatal(err)
		}
		advice, ok := Advise(run, &run.Steps[0], false)
		if run.State != models.RunFailed || !ok || !strings.Contains(advice.Text, act) || !slices.Equal(advice.Fixes, []Fix{FixRetry}) {
			t.Errorf("%s: %+v", run.State, advice)
		}
	}
	b.checkAudit(t)
}

func TestChangePermissionRefusesWhatCannotRun(t *testing.T) {
	b := newBench(t, benchOptions{idle: true})
	admin := b.global(t)
	api := b.api(t, admin)
	blocked := b.toAgent(KindRole, api)
	blocked.RoleID, blocked.Value = newTestID, "RoleManagement.ReadWrite.Directory"
	long := b.toPrincipal(KindConsent, api, "Mail.Read")
	long.Reason = strings.Repeat("x", 501)
	forOne := b.toPrincipal(KindConsent, api, "Mail.Read")
	forOne.PersonID = admin.OID
	for name, tc := range map[string]struct {
		spec  PermissionSpec
		field string
	}{
		"blocked role":  {blocked, "permission"},
		"blocked scope": {b.toPrincipal(KindConsent, api, "Directory.AccessAsUser.All"), "permission"},
		"no scope":      {b.toPrincipal(KindConsent, api), "permission"},
		"for one":       {forOne, "permission"},
		"two in one":    {b.toPrincipal(KindConsent, api, "Mail.Read Mail.Send"), "permission"},
		"long reason":   {long, "reason"},
	} {
		_, err := b.ChangePermission(t.Context(), admin, name, tc.spec)
		var invalid *models.InvalidError
		if !errors.As(err, &invalid) || invalid.Fields[tc.field] == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := b.ChangePermission(t.Context(), admin, "", b.toPrincipal(KindConsent, api, "Mail.Read")); err == nil {
		t.Error("no request id was taken")
	}
	if n := len(b.writes(t)); n != 0 {
		t.Errorf("%d writes", n)
	}
}

const newTestID = "9a770000-0000-4000-8000-000000000001"
