package provision

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// onGraph is Microsoft Graph as a spec from elsewhere names it.
func onGraph() ResourceRef { return ResourceRef{AppID: graph.GraphAppID, Name: "Microsoft Graph"} }

func permitted(s *BlueprintSpec) {
	s.Count = 4
	s.Inherit = []InheritSpec{{Resource: onGraph(), Scopes: []string{"Mail.Read", "User.Read"}, Consent: true}}
	s.Roles = []RoleSpec{{Resource: onGraph(), Value: "Mail.Send"}, {Resource: onGraph(), Value: "User.Read.All"}}
}

func TestARunGrantsWhatItsAgentsNeed(t *testing.T) {
	for name, lag := range map[string]int{"at once": 0, "with lag": 150} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, benchOptions{settle: 300 * time.Millisecond})
			b.knobs(t, map[string]any{"lagMs": map[string]int{"blueprint": lag, "principal": lag, "agentIdentity": lag, "grant": lag}})
			admin := b.global(t)
			run := b.ends(t, b.begin(t, admin, permitted))
			if run.State != models.RunDone || len(run.Steps) != 3+2+4+8 {
				t.Fatal(len(run.Steps), stepsText(run))
			}
			time.Sleep(time.Duration(lag) * time.Millisecond)
			for _, s := range run.Steps {
				switch s.Kind {
				case KindPrincipal:
					if diff := cmp.Diff([]string{"Mail.Read", "User.Read"}, b.consented(t, admin, s.ObjectID)); diff != "" {
						t.Errorf("consent (-want +got):\n%s", diff)
					}
				case KindAgent:
					if diff := cmp.Diff([]string{"Mail.Send", "User.Read.All"}, b.held(t, admin, s.ObjectID)); diff != "" {
						t.Errorf("roles of %s (-want +got):\n%s", s.ObjectName, diff)
					}
				}
			}
			b.checkAudit(t)
		})
	}
}

// TestAgentUsersNeedTheirPrincipalsRole: its ids are looked up in the tenant,
// when the run starts at the latest.
func TestAgentUsersNeedTheirPrincipalsRole(t *testing.T) {
	b := newBench(t, benchOptions{idle: true})
	admin := b.global(t)
	spec := b.spec(admin, func(s *BlueprintSpec) {
		s.Users = &UsersSpec{UPNPattern: "{agent}", Domain: b.info.Domain, UsageLocation: "DE"}
	})
	resolved, err := b.Resolve(t.Context(), b.as(admin), spec)
	if err != nil {
		t.Fatal(err)
	}
	want := role(t, b.api(t, admin), usersRoleValue)
	if diff := cmp.Diff(&want, resolved.UsersRole); diff != "" {
		t.Errorf("role (-want +got):\n%s", diff)
	}
	found := slices.ContainsFunc(b.Plan(resolved, admin), func(p PlannedCall) bool {
		return p.Call.Path == "/v1.0/servicePrincipals/{call-2-id}/appRoleAssignments" && strings.Contains(p.What, usersRoleValue)
	})
	if !found {
		t.Errorf("no such call in %+v", b.Plan(resolved, admin))
	}
}

func TestResolveSaysWhatTheTenantDoesNotOffer(t *testing.T) {
	b := newBench(t, benchOptions{idle: true})
	admin := b.global(t)
	nobody := ResourceRef{AppID: newTestID, Name: "Elsewhere"}
	for name, tc := range map[string]struct {
		change      func(*BlueprintSpec)
		field, says string
	}{
		"unknown API":   {func(s *BlueprintSpec) { s.Roles = []RoleSpec{{Resource: nobody, Value: "A.B"}} }, "roles", "Elsewhere"},
		"unknown role":  {func(s *BlueprintSpec) { s.Roles = []RoleSpec{{Resource: onGraph(), Value: "A.B"}} }, "roles", "A.B"},
		"unknown scope": {func(s *BlueprintSpec) { s.Inherit = []InheritSpec{{Resource: onGraph(), Scopes: []string{"A.B"}}} }, "inherit", "A.B"},
	} {
		_, err := b.Start(t.Context(), admin, name, b.spec(admin, tc.change))
		var invalid *models.InvalidError
		if !errors.As(err, &invalid) || !strings.Contains(invalid.Fields[tc.field], tc.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	b.faults.add(fault{method: http.MethodGet, path: "/servicePrincipals", status: 403, code: "Authorization_RequestDenied"})
	if _, err := b.Start(t.Context(), admin, "r", b.spec(admin, permitted)); !graph.IsForbidden(err) {
		t.Errorf("a spec that could not be looked up: %v", err)
	}
}

func TestPermissionFaultsOfASpec(t *testing.T) {
	eleven := func(s *BlueprintSpec) {
		for i := range 11 {
			s.Inherit = append(s.Inherit, InheritSpec{Resource: ResourceRef{AppID: fmt.Sprintf("%s%02d", newTestID[:34], i)}})
		}
	}
	for name, tc := range map[string]struct {
		change      func(*BlueprintSpec)
		field, says string
	}{
		"good":         {permitted, "", ""},
		"eleven APIs":  {eleven, "inherit", "at most 10"},
		"API twice":    {func(s *BlueprintSpec) { s.Inherit = []InheritSpec{{Resource: onGraph()}, {Resource: onGraph()}} }, "inherit", "twice"},
		"no API":       {func(s *BlueprintSpec) { s.Inherit = []InheritSpec{{Resource: ResourceRef{AppID: "graph"}}} }, "inherit", "Choose an API"},
		"consent to ?": {func(s *BlueprintSpec) { s.Inherit = []InheritSpec{{Resource: onGraph(), Consent: true}} }, "inherit", "by name"},
		"blocked scope": {func(s *BlueprintSpec) {
			s.Inherit = []InheritSpec{{Resource: onGraph(), Scopes: []string{"directory.accessasuser.all"}}}
		}, "inherit", "Microsoft blocks"},
		"two in one": {func(s *BlueprintSpec) {
			s.Inherit = []InheritSpec{{Resource: onGraph(), Scopes: []string{"Mail.Read User.Read"}}}
		}, "inherit", "no blanks"},
		"too long": {func(s *BlueprintSpec) {
			s.Inherit = []InheritSpec{{Resource: onGraph(), Scopes: []string{strings.Repeat("x", 4000)}}}
		}, "inherit", "3850"},
		"blocked role": {func(s *BlueprintSpec) {
			s.Roles = []RoleSpec{{Resource: onGraph(), Value: "Application.ReadWrite.All"}}
		}, "roles", "Microsoft blocks"},
		"role twice": {func(s *BlueprintSpec) {
			s.Roles = []RoleSpec{{Resource: onGraph(), Value: "Mail.Send"}, {Resource: onGraph(), Value: "mail.send"}}
		}, "roles", "twice"},
		"no role": {func(s *BlueprintSpec) { s.Roles = []RoleSpec{{Resource: onGraph()}} }, "roles", "no application permission"},
	} {
		spec := goodSpec()
		tc.change(&spec)
		faults := spec.Validate()
		if tc.field == "" && (faults["inherit"] != "" || faults["roles"] != "") || !strings.Contains(faults[tc.field], tc.says) {
			t.Errorf("%s: %v", name, faults)
		}
	}
}

func TestFindPermissionsRanks(t *testing.T) {
	b := newBench(t, benchOptions{idle: true})
	admin := b.admin(t)
	api := b.api(t, admin)
	for words, first := range map[string]string{
		"mail.send": "Mail.Send", "mail send": "Mail.Send", "user.read": "User.Read", "calendar": "Calendars.Read", "send mail as any user": "Mail.Send",
	} {
		found := FindPermissions(api, words, 5)
		if len(found) == 0 || found[0].Value != first || len(found) > 5 {
			t.Errorf("%q finds %+v, want %s first", words, found, first)
		}
	}
	if found := FindPermissions(api, "no such words", 5); len(found) != 0 {
		t.Errorf("found %+v", found)
	}
	all := FindPermissions(api, "", 10_000)
	blocked := slices.IndexFunc(all, func(p Permission) bool { return p.Value == "Directory.AccessAsUser.All" })
	if blocked < 0 || all[blocked].Blocked == "" || all[blocked].Application {
		t.Errorf("the blocked one is %d of %d", blocked, len(all))
	}
	apis, err := FindAPIs(t.Context(), b.as(admin), "microsoft")
	if err != nil || len(apis) == 0 || apis[0].AppID != graph.GraphAppID {
		t.Errorf("%d APIs, %v", len(apis), err)
	}
	for words, want := range map[string]int{"": 1, graph.GraphAppID: 1, newTestID: 0, "zzzz": 0} {
		if apis, err := FindAPIs(t.Context(), b.as(admin), words); err != nil || len(apis) != want {
			t.Errorf("%q: %d APIs, %v", words, len(apis), err)
		}
	}
}

// TestIdsOfASpecAreNotTrusted: it may come from a file, in which a harmless name
// stands beside the id of another permission.
func TestIdsOfASpecAreNotTrusted(t *testing.T) {
	b := newBench(t, benchOptions{idle: true})
	admin := b.global(t)
	api := b.api(t, admin)
	honest := role(t, api, "Mail.Send")
	made := honest
	for _, r := range api.Roles {
		if r.Value == "RoleManagement.ReadWrite.Directory" {
			made.RoleID = r.ID
		}
	}
	spec := b.spec(admin, func(s *BlueprintSpec) {
		s.Roles = []RoleSpec{made}
		s.Inherit = []InheritSpec{{Resource: ResourceRef{ID: newTestID, AppID: api.AppID}, Scopes: []string{"Mail.Read"}, Consent: true}}
	})
	run, err := b.Start(t.Context(), admin, "new", spec)
	if err != nil {
		t.Fatal(err)
	}
	into := b.bulk(t, admin, 1)
	into.Roles = []RoleSpec{made}
	added, err := b.AddAgents(t.Context(), admin, "into", into)
	if err != nil {
		t.Fatal(err)
	}
	steps := append(stepsOf(run, KindRole), stepsOf(added, KindRole)...)
	for _, s := range steps {
		if ask, err := askedBy[roleAsk](s); err != nil || ask.RoleID != honest.RoleID {
			t.Errorf("%s asks for %+v, %v", s.Name, ask, err)
		}
	}
	if ask, err := askedBy[consentAsk](stepOf(run, KindConsent)); err != nil || ask.Resource.ID != api.ID || len(steps) < 2 {
		t.Errorf("consent to %+v, %v", ask, err)
	}
}
