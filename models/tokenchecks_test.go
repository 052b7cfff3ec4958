package models

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func newTokenCheck(name, agentID string) *TokenCheck {
	return &TokenCheck{
		TID: "t", OwnerOID: "alice", Name: name, Mode: "autonomous", Scope: "https://graph.microsoft.com/.default",
		Assertions:  []CheckAssertion{{"role", "User.Read.All"}, {"lifetime", "30"}},
		BlueprintID: "b", BlueprintAppID: "app", BlueprintName: "Payroll", AgentID: agentID,
	}
}

func TestTokenChecks(t *testing.T) {
	o, c := testOptions(t), newClock()
	o.Now = c.Now
	s := openStore(t, o)
	ctx := t.Context()
	all, one, other := newTokenCheck("least privilege", ""), newTokenCheck("Admin roles", "a1"), newTokenCheck("of another tenant", "")
	other.TID = "elsewhere"
	for _, check := range []*TokenCheck{all, one, other} {
		if err := s.CreateTokenCheck(ctx, check); err != nil {
			t.Fatal(err)
		}
	}
	read, err := s.TokenCheck(ctx, "t", all.ID)
	if diff := cmp.Diff(all, read); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if _, err := s.TokenCheck(ctx, "t", other.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("a check of another tenant: %v, want ErrNotFound", err)
	}
	names := func(list []TokenCheck, err error) (names []string) {
		if err != nil {
			t.Fatal(err)
		}
		for _, check := range list {
			names = append(names, check.Name)
		}
		return names
	}
	if diff := cmp.Diff([]string{"Admin roles", "least privilege"}, names(s.TokenChecks(ctx, "t"))); diff != "" {
		t.Error(diff)
	}
	for agent, want := range map[string][]string{"a1": {"Admin roles", "least privilege"}, "a2": {"least privilege"}} {
		if diff := cmp.Diff(want, names(s.TokenChecksFor(ctx, "t", "app", agent, "autonomous"))); diff != "" {
			t.Errorf("%s: %s", agent, diff)
		}
	}
	if got := names(s.TokenChecksFor(ctx, "t", "app", "a1", "agent-user")); got != nil {
		t.Errorf("checks of another mode: %v", got)
	}
	for _, id := range []string{one.ID, one.ID, other.ID} {
		if err := s.DeleteTokenCheck(ctx, "t", id); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.TokenCheck(ctx, "elsewhere", other.ID); err != nil {
		t.Errorf("the check of another tenant is gone: %v", err)
	}
}

// A run tells of the settings it was made with: changed ones forget it, and one
// that ends after a change is not noted.
func TestTokenCheckRuns(t *testing.T) {
	o, c := testOptions(t), newClock()
	o.Now = c.Now
	s := openStore(t, o)
	ctx := t.Context()
	check := newTokenCheck("x", "")
	if err := s.CreateTokenCheck(ctx, check); err != nil {
		t.Fatal(err)
	}
	before := *check
	sum := CheckSummary{RanAt: c.Now().Add(time.Minute), Passed: 3, Failed: 2, NotIssued: 1, NotAsked: 4}
	noted := func(want CheckSummary) {
		t.Helper()
		read, err := s.TokenCheck(ctx, "t", check.ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, read.CheckSummary); diff != "" {
			t.Error(diff)
		}
		check = read
	}
	if err := s.NoteTokenCheckRun(ctx, check, sum); err != nil {
		t.Fatal(err)
	}
	noted(sum)
	check.Name, check.Assertions, check.AgentID = "y", check.Assertions[:1], "a1"
	if err := s.SaveTokenCheck(ctx, check); err != nil {
		t.Fatal(err)
	}
	noted(CheckSummary{})
	if check.Name != "y" || len(check.Assertions) != 1 || check.AgentID != "a1" || check.OwnerOID != "alice" || !check.CreatedAt.Equal(before.CreatedAt) {
		t.Errorf("saved %+v", check)
	}
	if err := s.NoteTokenCheckRun(ctx, &before, sum); err != nil {
		t.Fatal(err)
	}
	noted(CheckSummary{})
	if err := s.SaveTokenCheck(ctx, &before); !errors.Is(err, ErrConflict) {
		t.Errorf("saving over what was saved since: %v, want ErrConflict", err)
	}
	gone := newTokenCheck("gone", "")
	gone.ID = "none"
	if err := s.SaveTokenCheck(ctx, gone); !errors.Is(err, ErrNotFound) {
		t.Errorf("saving what is not there: %v, want ErrNotFound", err)
	}
}
