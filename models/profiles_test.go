package models

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func newProfile(owner, name string, shared bool) *TokenProfile {
	return &TokenProfile{
		TID: "t", OwnerOID: owner, Name: name, Shared: shared, Mode: "agent-user", KeptSecretID: "k",
		Settings: TokenSettings{AgentID: "a", AgentName: "Agent", BlueprintAppID: "b", Username: "agent@sandbox.example", Scope: "User.Read", Reuse: true},
	}
}

// TestTokenProfiles: a person sees their own and what others of the tenant
// share, by name, and nothing of other tenants.
func TestTokenProfiles(t *testing.T) {
	o, c := testOptions(t), newClock()
	o.Now = c.Now
	s := openStore(t, o)
	ctx := t.Context()
	ids := map[string]string{}
	elsewhere := newProfile("alice", "elsewhere", true)
	elsewhere.TID = "another tenant"
	for _, p := range []*TokenProfile{newProfile("alice", "zebra", false), newProfile("bob", "Badger", true), newProfile("bob", "private", false), newProfile("alice", "ant", true), elsewhere} {
		if err := s.PutTokenProfile(ctx, p); err != nil {
			t.Fatal(err)
		}
		ids[p.Name] = p.ID
		read, err := s.TokenProfile(ctx, p.TID, p.OwnerOID, p.ID)
		if diff := cmp.Diff(p, read); diff != "" || err != nil {
			t.Error(diff, err)
		}
	}
	list, err := s.TokenProfiles(ctx, "t", "alice")
	var names []string
	for _, p := range list {
		names = append(names, p.Name)
	}
	if got := strings.Join(names, " "); got != "ant Badger zebra" || err != nil {
		t.Errorf("Alice sees %s, %v", got, err)
	}
	for _, name := range []string{"private", "elsewhere"} {
		if _, err := s.TokenProfile(ctx, "t", "alice", ids[name]); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: %v, want ErrNotFound", name, err)
		}
	}
	if err := s.DeleteTokenProfile(ctx, "another tenant", ids["ant"]); err != nil {
		t.Fatal(err)
	}
	if _, err := s.TokenProfile(ctx, "t", "bob", ids["ant"]); err != nil {
		t.Errorf("deleted out of another tenant: %v", err)
	}
	if err := errors.Join(s.DeleteTokenProfile(ctx, "t", ids["ant"]), s.DeleteTokenProfile(ctx, "t", ids["ant"])); err != nil {
		t.Fatal(err)
	}
	if _, err := s.TokenProfile(ctx, "t", "alice", ids["ant"]); !errors.Is(err, ErrNotFound) {
		t.Errorf("after the deletion: %v, want ErrNotFound", err)
	}
}

// TestTokenProfileChanges: a name is taken once by each owner, a change keeps
// when it was made, and a run changes nothing else.
func TestTokenProfileChanges(t *testing.T) {
	o, c := testOptions(t), newClock()
	o.Now = c.Now
	s := openStore(t, o)
	ctx := t.Context()
	p := newProfile("alice", "Nightly", false)
	made := c.Now()
	if err := errors.Join(s.PutTokenProfile(ctx, p), s.PutTokenProfile(ctx, newProfile("bob", "Nightly", false))); err != nil {
		t.Fatal(err)
	}
	if err := s.PutTokenProfile(ctx, newProfile("alice", "nightly", false)); !errors.Is(err, ErrConflict) {
		t.Errorf("the same name: %v, want ErrConflict", err)
	}
	c.add(time.Minute)
	p.Name, p.Settings.Scope = "Hourly", "Mail.Read"
	if err := s.PutTokenProfile(ctx, p); err != nil {
		t.Fatal(err)
	}
	c.add(time.Minute)
	if err := errors.Join(s.NoteProfileRun(ctx, p.ID, ResultFailed), s.NoteProfileRun(ctx, "nobody's", ResultFailed)); err != nil {
		t.Fatal(err)
	}
	read, err := s.TokenProfile(ctx, "t", "alice", p.ID)
	if err != nil {
		t.Fatal(err)
	}
	if !read.CreatedAt.Equal(made) || !read.ChangedAt.Equal(made.Add(time.Minute)) || !read.LastRunAt.Equal(made.Add(2*time.Minute)) || read.LastResult != ResultFailed || read.Name != "Hourly" || read.Settings.Scope != "Mail.Read" {
		t.Errorf("the profile is %+v", read)
	}
}

// A change that was made from an older state is refused, brings nothing back, and
// leaves alone what a run has noted.
func TestTokenProfileIsNotSavedOverAnother(t *testing.T) {
	s := openStore(t, testOptions(t))
	ctx := t.Context()
	p := newProfile("alice", "Nightly", false)
	if err := s.PutTokenProfile(ctx, p); err != nil {
		t.Fatal(err)
	}
	older, newer := *p, *p
	if err := s.NoteProfileRun(ctx, p.ID, ResultSucceeded); err != nil {
		t.Fatal(err)
	}
	newer.Name = "Newer"
	if err := s.PutTokenProfile(ctx, &newer); err != nil {
		t.Fatal(err)
	}
	older.Name = "Older"
	if err := s.PutTokenProfile(ctx, &older); !errors.Is(err, ErrConflict) || errors.Is(err, ErrNameTaken) {
		t.Errorf("an older state is saved: %v", err)
	}
	got, err := s.TokenProfile(ctx, p.TID, "alice", p.ID)
	if err != nil || got.Name != "Newer" || got.LastResult != ResultSucceeded {
		t.Errorf("kept is %+v, %v", got, err)
	}
	if err := s.DeleteTokenProfile(ctx, p.TID, p.ID); err != nil {
		t.Fatal(err)
	}
	if err := s.PutTokenProfile(ctx, &newer); !errors.Is(err, ErrNotFound) {
		t.Errorf("a deleted profile comes back: %v", err)
	}
}
