package sandbox

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// childFile, when set, makes the test binary write users into that tenant until it is killed.
const childFile = "SANDBOX_TEST_CHILD"

func TestMain(m *testing.M) {
	if path := os.Getenv(childFile); path != "" {
		writeUntilKilled(path)
	}
	if path := os.Getenv(serveFile); path != "" {
		serveUntilKilled(path)
	}
	os.Exit(m.Run())
}

func writeUntilKilled(path string) {
	s, err := Open(context.Background(), Options{DataFile: path})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	for i := 0; ; i++ {
		e := &journalEntry{Time: time.Now().UTC(), Method: "POST", Path: "/test"}
		id := newID()
		err := s.tenant.write(withEntry(context.Background(), e), func(tx *txn) error {
			tx.put(&group{meta: meta{ID: id}, DisplayName: fmt.Sprint("group ", i), GroupTypes: []string{}})
			tx.answer(201, id)
			return nil
		})
		if err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		fmt.Println(id)
	}
}

// TestAcknowledgedWritesSurviveAKill kills a writing process and wants every write it acknowledged,
// each with its journal entry, and no entry without its write.
func TestAcknowledgedWritesSurviveAKill(t *testing.T) {
	path := tenantFile(t)
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childFile+"="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var acknowledged []string
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "error") {
			t.Fatal(lines.Text())
		}
		acknowledged = append(acknowledged, lines.Text())
		if len(acknowledged) == 200 {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	var killed *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &killed) {
		t.Fatalf("the child ended by itself: %v", err)
	}
	// The last line may be half written; all before it were acknowledged.
	acknowledged = acknowledged[:len(acknowledged)-1]
	if len(acknowledged) < 199 {
		t.Fatalf("only %d writes", len(acknowledged))
	}
	l := openLab(t, Options{DataFile: path})
	entries, _ := l.entries(t, "0")
	journalled := map[string]bool{}
	for _, e := range entries {
		for _, id := range e.ObjectIDs {
			if e.Status != 201 || l.tenant.state.groups.get(id) == nil {
				t.Errorf("entry %+v has no effect", e)
			}
			journalled[id] = true
		}
	}
	for _, id := range acknowledged {
		if l.tenant.state.groups.get(id) == nil || !journalled[id] {
			t.Errorf("write of %s is lost (journalled %v)", id, journalled[id])
		}
	}
}

func TestJournalNumbersGoOnAfterACrash(t *testing.T) {
	path := tenantFile(t)
	s, err := Open(t.Context(), Options{DataFile: path})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := s.store.record(t.Context(), &journalEntry{}); err != nil {
			t.Fatal(err)
		}
	}
	_, before, err := s.store.entriesAfter(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	// A crash: the file as it is now, without Close.
	copied := filepath.Join(t.TempDir(), "tenant.db")
	if err := copyTenant(path, copied); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]func(n int64) bool{
		path:   func(n int64) bool { return n == before+1 },
		copied: func(n int64) bool { return n > before },
	} {
		l := openLab(t, Options{DataFile: file})
		l.token(t, l.basics()...)
		list, _ := l.entries(t, fmt.Sprint(before))
		if len(list) != 1 || !want(list[0].N) {
			t.Errorf("%s: after %d came %+v", file, before, list)
		}
	}
}

func TestJournalKeepsTheNewest(t *testing.T) {
	l := newLab(t)
	l.store.last = journalKept * 2
	for range 3 {
		if err := l.store.record(t.Context(), &journalEntry{}); err != nil {
			t.Fatal(err)
		}
	}
	l.store.last += journalKept
	if err := l.store.record(t.Context(), &journalEntry{}); err != nil {
		t.Fatal(err)
	}
	list, _ := l.entries(t, "0")
	if len(list) != 1 {
		t.Errorf("%d entries are kept, want the newest one", len(list))
	}
}

func TestWriteIsAllOrNothing(t *testing.T) {
	l := newLab(t)
	before := snapshot(l)
	refused := errors.New("refused")
	err := l.tenant.write(t.Context(), func(tx *txn) error {
		u := clone(tx.userNamed("user@sandbox.example"))
		u.UserPrincipalName, u.DisplayName = "renamed@sandbox.example", "Renamed"
		tx.put(u)
		tx.put(&user{meta: meta{ID: newID()}, UserPrincipalName: "new@sandbox.example"})
		tx.remove(tx.app(l.info.Seed.Blueprint.AppID))
		tx.remove(tx.principals.get(l.info.Seed.Agent.ID))
		if tx.userNamed("new@sandbox.example") == nil || tx.userNamed("user@sandbox.example") != nil {
			t.Error("a write does not see its own changes")
		}
		return refused
	})
	if !errors.Is(err, refused) {
		t.Fatalf("got %v", err)
	}
	if diff := cmp.Diff(before, snapshot(l)); diff != "" {
		t.Errorf("something stayed (-before +after):\n%s", diff)
	}
	access(t, l.token(t, l.basics()...))
}

// snapshot lists what the indexes say.
func snapshot(l *lab) map[string]int {
	st := l.tenant.state
	return map[string]int{
		"users": st.users.len(), "by UPN": len(st.userByUPN), "apps": st.apps.len(), "by app id": len(st.appByAppID),
		"principals": st.principals.len(), "by principal app id": len(st.principalByAppID), "by URI": len(st.appByURI),
		"agents": len(st.agentsByBlueprint.of(l.info.Seed.Blueprint.AppID)), "grants": st.grants.len(),
	}
}

func TestIndexesFollowChanges(t *testing.T) {
	l := newLab(t)
	path := l.o.DataFile
	id, appID := newID(), newID()
	put := func(name string, tags ...string) {
		t.Helper()
		if err := l.tenant.write(t.Context(), func(tx *txn) error {
			tx.put(&application{meta: meta{ID: id, Seq: seqOf(tx.apps.get(id))}, AppID: appID, Blueprint: true, DisplayName: name, UniqueName: name, Tags: tags})
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	put("one", "a", "Portal-Op:1")
	put("two", "b", "Portal-Op:1")
	st := l.tenant.state
	if st.appNamed("one") != nil || st.appNamed("two") == nil || len(st.appsByTag.of("a")) != 0 || len(st.appsByTag.of("portal-op:1")) != 1 {
		t.Error("an index keeps what is gone, or lacks what is there")
	}
	if got := st.apps.list[len(st.apps.list)-1]; got.ID != id || got.DisplayName != "two" || st.app(strings.ToUpper(appID)) != got {
		t.Errorf("last in the list is %+v", got)
	}
	if err := l.tenant.write(t.Context(), func(tx *txn) error { tx.remove(tx.apps.get(id)); return nil }); err != nil {
		t.Fatal(err)
	}
	if st.app(appID) != nil || st.appNamed("two") != nil || st.directoryObject(id) != nil {
		t.Error("a removed object is still found")
	}
	order := func(s *Sandbox) (ids []string) {
		for p := range s.tenant.state.principals.all() {
			ids = append(ids, p.ID)
		}
		return ids
	}
	want := order(l.Sandbox)
	copied := filepath.Join(t.TempDir(), "tenant.db")
	if err := errors.Join(l.store.flushPending(t.Context()), copyTenant(path, copied)); err != nil {
		t.Fatal(err)
	}
	again := openLab(t, Options{DataFile: copied})
	if !slices.Equal(want, order(again.Sandbox)) {
		t.Error("the order of creation is lost by a restart")
	}
}

func TestOpenSweepsOldSignIns(t *testing.T) {
	l := newLab(t)
	b := newBrowser(t, l)
	l.redeem(t, b.signIn(l.authorizeURL(), "user@sandbox.example"))
	count := func(s *Sandbox) [3]int {
		return [3]int{s.tenant.state.authCodes.len(), s.tenant.state.sessions.len(), s.tenant.state.refreshTokens.len()}
	}
	for wait, want := range map[time.Duration][3]int{0: {1, 1, 1}, time.Hour: {0, 1, 1}, 48 * time.Hour: {0, 0, 1}, 91 * 24 * time.Hour: {0, 0, 0}} {
		copied := filepath.Join(t.TempDir(), "tenant.db")
		if err := copyTenant(l.o.DataFile, copied); err != nil {
			t.Fatal(err)
		}
		now := l.clock.Now().Add(wait)
		s, err := Open(t.Context(), Options{DataFile: copied, Now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		if got := count(s); got != want {
			t.Errorf("after %v: %v codes, sessions and refresh tokens, want %v", wait, got, want)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func seqOf(a *application) int64 {
	if a == nil {
		return 0
	}
	return a.Seq
}

func copyTenant(from, to string) error {
	for _, suffix := range []string{"", "-wal"} {
		text, err := os.ReadFile(from + suffix)
		if err != nil {
			return err
		}
		if err := os.WriteFile(to+suffix, text, 0o600); err != nil {
			return err
		}
	}
	return nil
}

func TestRolesThroughGroups(t *testing.T) {
	l := newLab(t)
	amara, operators := seedID("user amara.osei"), seedID("group role-assignable")
	if err := l.tenant.write(t.Context(), func(tx *txn) error {
		g := clone(tx.groups.get(operators))
		g.MemberIDs = []string{amara}
		tx.put(g)
		r := clone(tx.roles.get(seedID("role " + roleAgentIDDeveloper)))
		r.MemberIDs = append(slices.Clone(r.MemberIDs), operators)
		tx.put(r)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	roles := l.tenant.state.rolesOf(amara)
	if len(roles) != 1 || roles[0].RoleTemplateID != roleAgentIDDeveloper {
		t.Errorf("roles %v", roles)
	}
	if groups := l.tenant.state.groupsOf(amara); len(groups) != 3 {
		t.Errorf("%d groups, want 3", len(groups))
	}
}
