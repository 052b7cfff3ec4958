package provision

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// mixedSpec asks for all that the wizard can make, with a credential of the
// kind that is wanted.
func (b *bench) mixedSpec(t testing.TB, a models.Actor, kind string, agents int) BlueprintSpec {
	t.Helper()
	credential := func(*BlueprintSpec) {}
	switch kind {
	case KindFederated:
		credential = withIdentity
	case KindCertificate:
		credential = withCertificate(t, matrixCertificate(t))
	}
	days, api := goodSpec().SecretDays, b.api(t, a)
	return b.spec(a, credential, withAPIOnly, b.withUsers(t, a), func(s *BlueprintSpec) {
		if s.Count = agents; s.Credential == CredentialUnset {
			s.SecretDays = days
		}
		s.Inherit = []InheritSpec{{Resource: refOf(api), Scopes: []string{"Mail.Read"}, Consent: true}}
		s.Roles = []RoleSpec{role(t, api, "Mail.Send")}
	})
}

// cellOf starts the run of a cell: a run that has the kind of step, with n
// agents where it has any. A kind that no scenario has gives nil.
func (b *bench) cellOf(t testing.TB, a models.Actor, kind string, n int) *models.Run {
	t.Helper()
	if start := oddScenarios()[kind]; start != nil {
		return start(t, b, a)
	}
	if start := lifeScenarios()[kind]; start != nil {
		return start(t, b, a, n)
	}
	spec := b.mixedSpec(t, a, kind, n)
	if !slices.ContainsFunc(blueprintSteps(spec), func(p planned) bool { return p.kind == kind }) {
		return nil
	}
	run, err := b.Start(t.Context(), a, "cell", spec)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// oddScenarios are the runs of the kinds of steps that no wizard's run has.
func oddScenarios() map[string]func(testing.TB, *bench, models.Actor) *models.Run {
	return map[string]func(testing.TB, *bench, models.Actor) *models.Run{
		KindRemoval: func(t testing.TB, b *bench, a models.Actor) *models.Run {
			made := b.until(t, b.begin(t, a, func(s *BlueprintSpec) { s.Count = 0 }).ID, models.RunDone)
			run, err := b.RemoveCredential(t.Context(), a, made.ID, "")
			if err != nil {
				t.Fatal(err)
			}
			return run
		},
		KindRoleRemove: func(t testing.TB, b *bench, a models.Actor) *models.Run {
			spec := b.toAgent(KindRole, b.api(t, a))
			given := role(t, b.api(t, a), "Mail.Send")
			spec.RoleID, spec.Value = given.RoleID, given.Value
			spec.AssignmentID = b.change(t, a, "before", spec).Steps[0].ObjectID
			return b.takes(t, a, spec, KindRoleRemove)
		},
		KindConsentRemove: func(t testing.TB, b *bench, a models.Actor) *models.Run {
			spec := b.toPrincipal(KindConsent, b.api(t, a), "Mail.Read")
			b.change(t, a, "before", spec)
			return b.takes(t, a, spec, KindConsentRemove)
		},
		KindInheritRemove: func(t testing.TB, b *bench, a models.Actor) *models.Run {
			seed := b.info.Seed.Blueprint
			spec := InheritanceSpec{
				Act: KindInherit, BlueprintID: seed.ObjectID, BlueprintAppID: seed.AppID, BlueprintName: "Invoice helper", Resource: refOf(b.api(t, a)),
			}
			for _, act := range []string{KindInherit, KindInheritRemove} {
				spec.Act = act
				run, err := b.ChangeInheritance(t.Context(), a, act, spec)
				if err != nil {
					t.Fatal(err)
				}
				if act == KindInheritRemove {
					return run
				}
				b.until(t, run.ID, models.RunDone)
			}
			return nil
		},
	}
}

// takes starts the run that takes a permission away again.
func (b *bench) takes(t testing.TB, a models.Actor, spec PermissionSpec, act string) *models.Run {
	t.Helper()
	spec.Act = act
	run, err := b.ChangePermission(t.Context(), a, act, spec)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// What differs between two tenants in which the same was done.
var (
	ownWords   = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[0-9:.]+(Z|[+-]\d\d:\d\d)|http://127\.0\.0\.1:\d+`)
	ownMembers = regexp.MustCompile(`^(id|seq|tags|hint|hash|salt|secretHash|digest|customKeyIdentifier)$`)
)

// census is what the tenant holds, each object once for each time it is there,
// without what is its own: ids, times, secrets.
func (b *bench) census(t testing.TB) []string {
	t.Helper()
	var tenant struct {
		Objects []struct {
			Kind   string
			Object any
		}
	}
	b.control(t, http.MethodGet, "/_sandbox/export", nil, &tenant)
	all := make([]string, len(tenant.Objects))
	for i, o := range tenant.Objects {
		text, err := json.Marshal(withoutOwn(o.Object))
		if err != nil {
			t.Fatal(err)
		}
		all[i] = o.Kind + " " + ownWords.ReplaceAllString(string(text), "*")
	}
	slices.Sort(all)
	return all
}

func withoutOwn(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			if ownMembers.MatchString(name) {
				delete(v, name)
				continue
			}
			v[name] = withoutOwn(member)
		}
	case []any:
		for i := range v {
			v[i] = withoutOwn(v[i])
		}
	}
	return v
}

// TestTheCensusSeesASecond: of an object, of a secret and of a relation.
func TestTheCensusSeesASecond(t *testing.T) {
	b := newBench(t, benchOptions{})
	admin := b.globalAdmin(t)
	made := b.until(t, b.cellOf(t, admin, KindAgent, 1).ID, models.RunDone)
	before := b.census(t)
	seconds := map[string]func(g *graph.Writer, opID string) error{
		"agent": func(g *graph.Writer, opID string) error {
			_, err := g.Send(t.Context(), opID, graph.CreateAgentIdentityCall(b.o.Graph.Base(), graph.NewAgentIdentity{
				DisplayName: "Invoice helper 01", BlueprintAppID: made.BlueprintAppID, Sponsors: refs([]Principal{person(admin.OID)}),
			}), nil)
			return err
		},
		"secret": func(g *graph.Writer, opID string) error {
			_, err := g.Send(t.Context(), opID, graph.AddPasswordCall(made.BlueprintID, "x", time.Now().Add(time.Hour)), nil)
			return err
		},
		"sponsor": func(g *graph.Writer, opID string) error {
			_, err := g.Send(t.Context(), opID, graph.AddRefCall(b.o.Graph.Base(), graph.KindBlueprint, made.BlueprintID, graph.Sponsors, refs([]Principal{b.persona(t, "user")})[0]), nil)
			return err
		},
	}
	for name, second := range seconds {
		if err := second(b.o.Writer.With(b.signIns.TokenFunc(admin.SignInID)), uuid.NewString()); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		after := b.census(t)
		if slices.Equal(before, after) {
			t.Errorf("the census does not see a second %s", name)
		}
		before = after
	}
}
