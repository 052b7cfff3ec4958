package sandbox

import (
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// alone leaves the seeded blueprint and agent and takes the other agent objects away, for tests that
// count.
func (f *graphFixture) alone() {
	f.t.Helper()
	own := seedID("app invoice-helper")
	err := f.s.tenant.write(f.t.Context(), func(tx *txn) error {
		var others []object
		for a := range tx.apps.all() {
			if a.Blueprint && a.AppID != own {
				others = append(others, a)
			}
		}
		for p := range tx.principals.all() {
			if p.Type == blueprintPrincipal && p.AppID != own || p.Type == agentIdentity && p.BlueprintAppID != own {
				others = append(others, p)
			}
		}
		for _, o := range others {
			tx.remove(o)
		}
		return nil
	})
	if err != nil {
		f.t.Fatal(err)
	}
}

// withoutRights takes everything from the seeded agent that was granted to it.
func (l *lab) withoutRights(t testing.TB) {
	t.Helper()
	err := l.tenant.write(t.Context(), func(tx *txn) error {
		for _, g := range append([]*permissionGrant{}, tx.grantsByClient.of(l.info.Seed.Agent.ID)...) {
			tx.remove(g)
		}
		for _, a := range append([]*appRoleAssignment{}, tx.assignedByPrincipal.of(l.info.Seed.Agent.ID)...) {
			tx.remove(a)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestSmallSeedHoldsWhatFindingsLookFor: each neglected blueprint is in the state its description says,
// as Graph shows it, and only there.
func TestSmallSeedHoldsWhatFindingsLookFor(t *testing.T) {
	l := newLab(t)
	now := l.clock.Now()
	got := map[string][]string{}
	_ = l.tenant.read(func(st *state) error {
		for a := range st.apps.all() {
			if !a.Blueprint {
				continue
			}
			got[a.DisplayName] = nil
			say := func(when bool, what string) {
				if when {
					got[a.DisplayName] = append(got[a.DisplayName], what)
				}
			}
			say(len(a.SponsorIDs) == 0, "no sponsor")
			for _, c := range a.PasswordCredentials {
				say(c.EndAt.Before(now), "expired secret")
				say(c.EndAt.After(now) && c.EndAt.Before(now.AddDate(0, 0, 14)), "secret ends soon")
			}
			say(st.principal(a.AppID) == nil, "no principal")
			for _, p := range st.agentsByBlueprint.of(a.AppID) {
				say(!p.AccountEnabled, "disabled agent")
			}
			for _, id := range a.SponsorIDs {
				u, g := st.users.get(id), st.groups.get(id)
				say(u != nil && !u.AccountEnabled, "disabled sponsor")
				say(g != nil && len(g.MemberIDs) == 0, "empty group as sponsor")
			}
		}
		for p := range st.principals.all() {
			if p.Type == blueprintPrincipal && p.homeTenant() != tenantID {
				got[p.DisplayName] = []string{"lives in another tenant"}
			}
		}
		return nil
	})
	want := map[string][]string{
		"Copy desk":      {"lives in another tenant"},
		"Invoice helper": nil, "Travel desk": {"no sponsor"}, "Payroll bridge": {"expired secret"}, "Support triage": {"secret ends soon"},
		"Contract reader": {"no principal"}, "Meeting notes": {"disabled agent"}, "Expense audit": {"disabled sponsor"},
		"Site survey": {"empty group as sponsor"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestLargeSeed: 10,000 agents beside those of the small seed, reached by a reset and gone by another.
func TestLargeSeed(t *testing.T) {
	l := newLab(t)
	count := func() (blueprints, agents int) {
		_ = l.tenant.read(func(st *state) error {
			for a := range st.apps.all() {
				if a.Blueprint {
					blueprints++
					agents += len(st.agentsByBlueprint.of(a.AppID))
				}
			}
			return nil
		})
		return blueprints, agents
	}
	b, a := count()
	reset := func(body string) {
		t.Helper()
		if r := l.send(t, http.MethodPost, "/_sandbox/reset", body); r.StatusCode != http.StatusNoContent {
			t.Fatalf("%d %s", r.StatusCode, r.text)
		}
	}
	reset(`{"seed":"large"}`)
	if lb, la := count(); lb != b+40 || la != a+10_000 || l.Info().Seed.Name != "large" {
		t.Errorf("%d blueprints with %d agents, seed %s", lb, la, l.Info().Seed.Name)
	}
	reset(``) // the same again
	if lb, _ := count(); lb != b+40 {
		t.Errorf("%d blueprints after a reset that names no seed", lb)
	}
	reset(`{"seed":"empty"}`)
	if eb, ea := count(); eb != 0 || ea != 0 {
		t.Errorf("empty has %d blueprints and %d agents", eb, ea)
	}
	if s := l.Info().Seed; s.Blueprint != nil || s.Agent != nil || s.AgentUser != nil || len(l.Info().Personas) != 7 {
		t.Errorf("info of the empty seed %+v", l.Info())
	}
	newBrowser(t, l).signIn(l.authorizeURL(), "global-admin@sandbox.example")
	reset(`{"seed":"small"}`)
	if diff := cmp.Diff(l.info, l.Info()); diff != "" {
		t.Errorf("back at small (-before +after):\n%s", diff)
	}
	for body, says := range map[string]string{`{"seed":"huge"}`: "none of small, large, empty", `{"size":1}`: "unknown field", `[]`: "no choice of a seed"} {
		if r := l.send(t, http.MethodPost, "/_sandbox/reset", body); r.StatusCode != 400 || !strings.Contains(string(r.text), says) {
			t.Errorf("%s: %d %s", body, r.StatusCode, r.text)
		}
	}
}

// TestSeedOption: a start keeps the tenant there is, and says so when another was asked for.
func TestSeedOption(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tenant.db")
	open := func(seed string) (string, error) {
		s, err := Open(t.Context(), Options{DataFile: path, Seed: seed})
		if err != nil {
			return "", err
		}
		defer s.Close()
		return s.Info().Seed.Name, nil
	}
	for _, seed := range []string{"empty", "", "empty"} {
		if name, err := open(seed); err != nil || name != "empty" {
			t.Errorf("seed %q: %s, %v", seed, name, err)
		}
	}
	if _, err := open("large"); !errors.Is(err, ErrSeed) || !strings.Contains(err.Error(), "holds a tenant with the seed empty, not large") {
		t.Errorf("another seed: %v", err)
	}
	if _, err := open("huge"); err == nil || !strings.Contains(err.Error(), `"huge" is none of small, large, empty`) {
		t.Errorf("unknown seed: %v", err)
	}
}
