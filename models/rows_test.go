package models

import (
	"bytes"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/google/go-cmp/cmp"
)

var _ scs.CtxStore = (*SessionStore)(nil)

func TestSessions(t *testing.T) {
	o, c := testOptions(t), newClock()
	o.Now = c.Now
	s := openStore(t, o)
	sessions := s.Sessions()
	if err := errors.Join(
		sessions.Commit("a", []byte("1"), c.Now().Add(time.Hour)),
		sessions.Commit("a", []byte("2"), c.Now().Add(time.Hour)),
		sessions.Commit("b", []byte("3"), c.Now().Add(time.Minute)),
	); err != nil {
		t.Fatal(err)
	}
	if data, ok, err := sessions.Find("a"); string(data) != "2" || !ok || err != nil {
		t.Errorf("a: %q %v %v", data, ok, err)
	}
	if _, ok, err := sessions.Find("none"); ok || err != nil {
		t.Errorf("none: %v %v", ok, err)
	}
	if data, ok, err := sessions.Find("b"); string(data) != "3" || !ok || err != nil {
		t.Errorf("b: %q %v %v", data, ok, err)
	}
	c.add(time.Minute)
	if _, ok, err := sessions.Find("b"); ok || err != nil {
		t.Errorf("an expired session is found: %v %v", ok, err)
	}
	if err := errors.Join(sessions.Delete("a"), sessions.Delete("a")); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := sessions.Find("a"); ok || err != nil {
		t.Errorf("a deleted session is found: %v %v", ok, err)
	}
	if err := s.DeleteExpiredSignIns(t.Context()); err != nil {
		t.Fatal(err)
	}
	var n int64
	if err := s.reader.Table("sessions").Count(&n).Error; err != nil || n != 0 {
		t.Errorf("%d rows left, %v", n, err)
	}
}

func newSignIn(c *clock, id string) *SignIn {
	return &SignIn{
		ID: id, TID: "t", OID: "alice", Name: "Alice", Username: "alice@sandbox.example", Roles: []string{"Agent ID Administrator"},
		RoleTemplateIDs: []string{"db506228"}, AuthTime: c.Now(), RefreshSealed: []byte{1, 2}, Scopes: "openid User.Read",
		ExpiresAt: c.Now().Add(8 * time.Hour), SeenAt: c.Now(), CreatedAt: c.Now(),
	}
}

func TestSignIns(t *testing.T) {
	o, c := testOptions(t), newClock()
	o.Now = c.Now
	s := openStore(t, o)
	ctx := t.Context()
	first := newSignIn(c, "1")
	c.add(time.Second)
	if err := errors.Join(s.SaveSignIn(ctx, first), s.SaveSignIn(ctx, newSignIn(c, "2"))); err != nil {
		t.Fatal(err)
	}
	read, err := s.SignIn(ctx, "1")
	if diff := cmp.Diff(first, read); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if latest, err := s.LatestSignIn(ctx, "t", "alice"); err != nil || latest.ID != "2" {
		t.Errorf("latest %+v, %v", latest, err)
	}
	if _, err := s.LatestSignIn(ctx, "other tenant", "alice"); !errors.Is(err, ErrNotFound) {
		t.Errorf("person of another tenant: %v, want ErrNotFound", err)
	}
	if err := errors.Join(s.ReplaceRefresh(ctx, "1", []byte{9}), s.UpdateRoles(ctx, "1", []string{"Global Reader"}, nil)); err != nil {
		t.Fatal(err)
	}
	read, err = s.SignIn(ctx, "1")
	if err != nil || !bytes.Equal(read.RefreshSealed, []byte{9}) || read.Roles[0] != "Global Reader" || len(read.RoleTemplateIDs) != 0 || read.Name != "Alice" {
		t.Errorf("after changes %+v, %v", read, err)
	}
	for name, err := range map[string]error{
		"refresh": s.ReplaceRefresh(ctx, "9", nil), "roles": s.UpdateRoles(ctx, "9", nil, nil), "touch": s.TouchSignIn(ctx, "9"),
	} {
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("%s of a sign-in that is not there: %v, want ErrNotFound", name, err)
		}
	}
	if err := s.DeleteSignIn(ctx, "2"); err != nil {
		t.Fatal(err)
	}
	c.add(8 * time.Hour)
	if _, err := s.SignIn(ctx, "1"); !errors.Is(err, ErrNotFound) {
		t.Errorf("an expired sign-in: %v, want ErrNotFound", err)
	}
	if err := s.DeleteExpiredSignIns(ctx); err != nil {
		t.Fatal(err)
	}
	var n int64
	if err := s.reader.Model(&SignIn{}).Count(&n).Error; err != nil || n != 0 {
		t.Errorf("%d rows left, %v", n, err)
	}
}

func TestTouchSignInOnceAMinute(t *testing.T) {
	o, c := testOptions(t), newClock()
	o.Now = c.Now
	s := openStore(t, o)
	start := c.Now()
	if err := s.SaveSignIn(t.Context(), newSignIn(c, "1")); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ wait, seen time.Duration }{{59 * time.Second, 0}, {time.Second, time.Minute}, {30 * time.Second, time.Minute}} {
		c.add(test.wait)
		if err := s.TouchSignIn(t.Context(), "1"); err != nil {
			t.Fatal(err)
		}
		in, err := s.SignIn(t.Context(), "1")
		if err != nil || in.SeenAt.Sub(start) != test.seen {
			t.Errorf("seen after %v, %v; want %v", in.SeenAt.Sub(start), err, test.seen)
		}
	}
}

func TestIdleSignInsOfPeopleWithoutRuns(t *testing.T) {
	o, c := testOptions(t), newClock()
	o.Now = c.Now
	s := openStore(t, o)
	ctx := t.Context()
	waiting, done := newRun("waiting"), newRun("done")
	waiting.State, done.State, done.OwnerOID = RunWaitingSignIn, RunDone, "bob"
	for _, run := range []*Run{waiting, done} {
		if _, err := s.CreateRun(ctx, run); err != nil {
			t.Fatal(err)
		}
	}
	for _, oid := range []string{"alice", "bob", "carol"} {
		in := newSignIn(c, oid)
		in.OID = oid
		if err := s.SaveSignIn(ctx, in); err != nil {
			t.Fatal(err)
		}
	}
	c.add(10 * time.Minute)
	if err := errors.Join(s.TouchSignIn(ctx, "carol"), s.DeleteIdleSignIns(ctx, c.Now().Add(-5*time.Minute))); err != nil {
		t.Fatal(err)
	}
	for oid, kept := range map[string]bool{"alice": true, "bob": false, "carol": true} {
		if _, err := s.SignIn(ctx, oid); (err == nil) != kept {
			t.Errorf("the sign-in of %s: %v, want kept %v", oid, err, kept)
		}
	}
}

func TestDrafts(t *testing.T) {
	o, c := testOptions(t), newClock()
	o.Now = c.Now
	s := openStore(t, o)
	ctx := t.Context()
	d := &Draft{TID: "t", OID: "alice", Kind: "blueprint", Body: []byte(`{}`)}
	if err := s.CreateDraft(ctx, d); err != nil {
		t.Fatal(err)
	}
	c.add(time.Minute)
	d.Body = []byte(`{"name":"x"}`)
	if err := s.SaveDraft(ctx, d); err != nil {
		t.Fatal(err)
	}
	read, err := s.Draft(ctx, "t", "alice", d.ID)
	if diff := cmp.Diff(d, read); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if _, err := s.Draft(ctx, "t", "mallory", d.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("draft of another person: %v, want ErrNotFound", err)
	}
	stolen := *d
	stolen.OID = "mallory"
	if err := s.SaveDraft(ctx, &stolen); !errors.Is(err, ErrNotFound) {
		t.Errorf("saving the draft of another person: %v, want ErrNotFound", err)
	}
	behind := *read
	for _, body := range []string{`{"name":"y"}`, `{"name":"z"}`} { // in the same instant
		read.Body = []byte(body)
		if err := s.SaveDraft(ctx, read); err != nil {
			t.Fatal(err)
		}
	}
	behind.Body = []byte(`{"name":"late"}`)
	if err := s.SaveDraft(ctx, &behind); !errors.Is(err, ErrConflict) {
		t.Errorf("saving over what was saved since: %v, want ErrConflict", err)
	}
	if now, err := s.Draft(ctx, "t", "alice", d.ID); err != nil || string(now.Body) != `{"name":"z"}` {
		t.Errorf("the draft holds %s, %v", now.Body, err)
	}
	if err := s.DeleteDraft(ctx, "t", "mallory", d.ID); err != nil {
		t.Fatal(err)
	}
	if list, err := s.Drafts(ctx, "t", "alice"); err != nil || len(list) != 1 {
		t.Errorf("%d drafts, %v; want 1", len(list), err)
	}
	if err := s.DeleteDraft(ctx, "t", "alice", d.ID); err != nil {
		t.Fatal(err)
	}
	if list, err := s.Drafts(ctx, "t", "alice"); err != nil || len(list) != 0 {
		t.Errorf("%d drafts, %v; want none", len(list), err)
	}
}

func TestRunSecrets(t *testing.T) {
	o, c := testOptions(t), newClock()
	o.Now = c.Now
	s := openStore(t, o)
	ctx := t.Context()
	var ids []int64
	for _, name := range []string{"plain", "needed"} {
		run := newRun(name)
		if _, err := s.CreateRun(ctx, run); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, run.ID)
		secret := &RunSecret{
			RunID: run.ID, StepID: run.Steps[1].ID, BlueprintID: "b", BlueprintAppID: "app", KeyID: "k", Hint: "abc", TID: "t", OwnerOID: "alice",
			EndsAt: c.Now().Add(time.Hour), Sealed: []byte{1}, Keep: name == "needed",
		}
		if err := s.PutRunSecret(ctx, secret); err != nil {
			t.Fatal(err)
		}
		secret.ShownAt = c.Now()
		if err := s.PutRunSecret(ctx, secret); err != nil {
			t.Fatal(err)
		}
		read, err := s.RunSecret(ctx, run.ID)
		if diff := cmp.Diff(secret, read); diff != "" || err != nil {
			t.Error(diff, err)
		}
	}
	if err := s.PutRunSecret(ctx, &RunSecret{RunID: 99, Sealed: []byte{1}}); err == nil {
		t.Error("a secret of no run: accepted")
	}
	for _, of := range []struct {
		tid, blueprint string
		want           []int64
	}{{"t", "b", []int64{ids[1], ids[0]}}, {"t", "another", nil}, {"u", "b", nil}} {
		list, err := s.RunSecretsOf(ctx, of.tid, of.blueprint)
		var got []int64
		for _, secret := range list {
			got = append(got, secret.RunID)
		}
		if diff := cmp.Diff(of.want, got); diff != "" || err != nil {
			t.Errorf("%s %s: %s %v", of.tid, of.blueprint, diff, err)
		}
	}
	c.add(24 * time.Hour)
	expired, err := s.ExpireRunSecrets(ctx, 24*time.Hour)
	if diff := cmp.Diff(ids[:1], expired); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if _, err := s.RunSecret(ctx, ids[0]); !errors.Is(err, ErrNotFound) {
		t.Errorf("expired: %v, want ErrNotFound", err)
	}
	if err := s.DeleteRunSecret(ctx, ids[1]); err != nil {
		t.Fatal(err)
	}
	if _, err := s.RunSecret(ctx, ids[1]); !errors.Is(err, ErrNotFound) {
		t.Errorf("deleted: %v, want ErrNotFound", err)
	}
}

func TestKeptSecrets(t *testing.T) {
	o, c := testOptions(t), newClock()
	o.Now = c.Now
	s := openStore(t, o)
	ctx := t.Context()
	for _, secret := range []*KeptSecret{
		{ID: "2", TID: "t", OwnerOID: "o", BlueprintName: "b", Sealed: []byte{1}},
		{ID: "1", TID: "t", OwnerOID: "o", BlueprintName: "a", KeyID: "k", Hint: "h", Sealed: []byte{1}, EndsAt: c.Now()},
		{TID: "x", OwnerOID: "o", BlueprintName: "a", Sealed: []byte{1}},
	} {
		if err := s.PutKeptSecret(ctx, secret); err != nil {
			t.Fatal(err)
		}
		read, err := s.KeptSecret(ctx, secret.ID)
		if diff := cmp.Diff(secret, read); diff != "" || err != nil {
			t.Error(diff, err)
		}
	}
	list, err := s.KeptSecrets(ctx, "t")
	if err != nil || len(list) != 2 || list[0].ID != "1" {
		t.Errorf("%+v, %v", list, err)
	}
	if err := s.DeleteKeptSecret(ctx, "1"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.KeptSecret(ctx, "1"); !errors.Is(err, ErrNotFound) {
		t.Errorf("deleted: %v, want ErrNotFound", err)
	}
}

func TestSettings(t *testing.T) {
	s := openStore(t, testOptions(t))
	ctx := t.Context()
	if err := errors.Join(s.SetSetting(ctx, "k", "1"), s.SetSetting(ctx, "k", "2")); err != nil {
		t.Fatal(err)
	}
	if v, err := s.Setting(ctx, "k"); v != "2" || err != nil {
		t.Errorf("%q, %v", v, err)
	}
}

// TestNoPlaintextOnDisk looks for what was sealed in every file of the
// database while it is open, so that the write-ahead log is looked at too.
func TestNoPlaintextOnDisk(t *testing.T) {
	o := testOptions(t)
	s := openStore(t, o)
	const canary = "CANARY~refresh~token~and~secret"
	seal := func(place string) []byte {
		sealed, err := o.Sealer.Seal([]byte(canary), place)
		if err != nil {
			t.Fatal(err)
		}
		return sealed
	}
	in := newSignIn(newClock(), "1")
	in.RefreshSealed = seal("sign_ins:1:t:alice")
	run := newRun("r")
	_, err := s.CreateRun(t.Context(), run)
	err = errors.Join(err, s.SaveSignIn(t.Context(), in),
		s.PutRunSecret(t.Context(), &RunSecret{RunID: run.ID, Sealed: seal("run_secrets:sealed:1")}),
		s.PutKeptSecret(t.Context(), &KeptSecret{Sealed: seal("kept_secrets:sealed:1")}))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{o.Path, o.Path + "-wal"} {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(data, []byte("CANARY")) {
			t.Errorf("the secret is in %s", path)
		}
		// The search itself must be able to find what is there.
		if path != o.Path && !bytes.Contains(data, []byte("alice@sandbox.example")) {
			t.Errorf("%s does not even hold the name", path)
		}
	}
}
