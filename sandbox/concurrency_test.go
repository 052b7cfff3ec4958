package sandbox

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestACodeIsRedeemedOnce sends the same code many times at once.
func TestACodeIsRedeemedOnce(t *testing.T) {
	l := newLab(t)
	reply := newBrowser(t, l).signIn(l.authorizeURL(), "user@sandbox.example")
	var wins atomic.Int32
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if l.redeem(t, reply).StatusCode == http.StatusOK {
				wins.Add(1)
			}
		})
	}
	all.Wait()
	if wins.Load() != 1 {
		t.Errorf("the code was redeemed %d times", wins.Load())
	}
}

// TestJournalUnderLoad mixes reads, refusals and writes from many clients: every request has exactly
// one entry, and the numbers are without gap.
func TestJournalUnderLoad(t *testing.T) {
	l := newLab(t)
	const clients, each = 8, 40
	var all sync.WaitGroup
	for c := range clients {
		all.Go(func() {
			for i := range each {
				e := &journalEntry{Method: "TEST", ClientRequestID: fmt.Sprint(c, "-", i)}
				var err error
				if i%3 == 0 {
					err = l.tenant.write(withEntry(t.Context(), e), func(tx *txn) error {
						tx.put(&group{meta: meta{ID: newID()}, DisplayName: "x", GroupTypes: []string{}})
						return nil
					})
				} else {
					err = l.store.record(t.Context(), e)
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	list, last := l.entries(t, "0")
	seen := map[string]int{}
	for i, e := range list {
		seen[e.ClientRequestID]++
		if e.N != int64(i)+1 {
			t.Fatalf("entry %d has the number %d", i, e.N)
		}
	}
	if len(seen) != clients*each || last != clients*each {
		t.Errorf("%d different entries, last %d, want %d", len(seen), last, clients*each)
	}
}

// TestAFailedCommitChangesNothing lets the file refuse an object: the write fails, memory shows nothing
// of it, and the journal does not claim it.
func TestAFailedCommitChangesNothing(t *testing.T) {
	l := newLab(t)
	before := snapshot(l)
	if _, err := l.store.db.ExecContext(t.Context(), `CREATE TRIGGER full BEFORE INSERT ON objects BEGIN SELECT RAISE(ABORT, 'disk full'); END`); err != nil {
		t.Fatal(err)
	}
	e := &journalEntry{Method: "POST", Path: "/lost"}
	err := l.tenant.write(withEntry(t.Context(), e), func(tx *txn) error {
		tx.put(&user{meta: meta{ID: newID()}, UserPrincipalName: "lost@sandbox.example"})
		return nil
	})
	if err == nil {
		t.Fatal("the write succeeded")
	}
	if diff := cmp.Diff(before, snapshot(l)); diff != "" {
		t.Errorf("memory shows a write that is not in the file (-before +after):\n%s", diff)
	}
	if list, _ := l.entries(t, "0"); len(list) != 0 {
		t.Errorf("the journal claims %+v", list)
	}
	reply := request(t, http.MethodGet, l.authorizeURL("login_hint", "user@sandbox.example"), nil)
	if a := l.do(t, reply); a.StatusCode != http.StatusOK {
		t.Errorf("reading fails too: status %d", a.StatusCode)
	}
}

// TestRowsKeepTheirOrder compares rows with a simple list under random changes.
func TestRowsKeepTheirOrder(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7)) //nolint:gosec // a repeatable test
	table := newTable[*group]()
	var want []int64
	for step := range 5_000 {
		seq := int64(1 + random.IntN(200))
		g := &group{meta: meta{ID: fmt.Sprint(seq), Seq: seq}, DisplayName: fmt.Sprint(step)}
		at, found := slices.BinarySearch(want, seq)
		if random.IntN(3) == 0 {
			table.remove(g)
			if found {
				want = slices.Delete(want, at, at+1)
			}
		} else {
			table.put(g)
			if !found {
				want = slices.Insert(want, at, seq)
			}
			if got := table.get(g.ID); got != g {
				t.Fatalf("step %d: the table holds an older object", step)
			}
		}
		if table.len() != len(want) {
			t.Fatalf("step %d: %d rows, want %d", step, table.len(), len(want))
		}
	}
	var got []int64
	for g := range table.all() {
		got = append(got, g.Seq)
	}
	if !slices.Equal(got, want) {
		t.Error("the order is wrong")
	}
}
