package models

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"
)

// history fills a store with 20 acts, a minute apart; seq 1 is the start.
func history(t *testing.T) (*Store, *clock) {
	t.Helper()
	o, c := testOptions(t), newClock()
	o.Now = c.Now
	s := openStore(t, o)
	for i := range 10 {
		c.add(time.Minute)
		op := fmt.Sprintf("op-%d", i)
		a, b := intent(op), outcome(op, ResultSucceeded)
		if i%2 == 1 {
			a.Actor, b.Actor, b.Result = "t/bob", "t/bob", ResultFailed
		}
		appendAll(t, s, a, b)
	}
	return s, c
}

func TestAuditFilters(t *testing.T) {
	s, c := history(t)
	start := newClock().Now()
	tests := []struct {
		name   string
		filter AuditFilter
		want   []int64
	}{
		{"all", AuditFilter{Limit: 3}, []int64{21, 20, 19}},
		{"actor", AuditFilter{Actor: "t/bob", Limit: 3}, []int64{21, 20, 17}},
		{"action", AuditFilter{Action: ActionChainStart}, []int64{1}},
		{"result", AuditFilter{Result: ResultFailed, Limit: 2}, []int64{21, 17}},
		{"kind", AuditFilter{Kind: AuditIntent, Limit: 2}, []int64{20, 18}},
		{"acts", AuditFilter{Acts: true, Limit: 3}, []int64{21, 19, 17}},
		{"target", AuditFilter{TargetKind: "blueprint", TargetID: "object-op-3"}, []int64{9}},
		{"target of another kind", AuditFilter{TargetKind: "agentIdentity", TargetID: "object-op-3"}, []int64{}},
		{"op", AuditFilter{OpID: "op-3"}, []int64{9, 8}},
		{"run", AuditFilter{RunID: "1", Limit: 1}, []int64{21}},
		{"from", AuditFilter{From: start.Add(9 * time.Minute)}, []int64{21, 20, 19, 18}},
		{"to is excluded", AuditFilter{To: start.Add(time.Minute)}, []int64{1}},
		{"between", AuditFilter{From: start.Add(2 * time.Minute), To: start.Add(3 * time.Minute)}, []int64{5, 4}},
		{"actor and result", AuditFilter{Actor: "t/alice", Result: ResultFailed}, []int64{}},
		{"older", AuditFilter{Before: 5, Limit: 2}, []int64{4, 3}},
		{"newer", AuditFilter{After: 17, Limit: 2}, []int64{19, 18}},
		{"newer at the end", AuditFilter{After: 21}, []int64{}},
		{"older at the end", AuditFilter{Before: 1}, []int64{}},
		{"older of one actor", AuditFilter{Actor: "t/bob", Before: 20, Limit: 2}, []int64{17, 16}},
		{"quotes", AuditFilter{Actor: `' OR 1=1 --`}, []int64{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			records, err := s.Audit(t.Context(), test.filter)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, seqs(records)); diff != "" {
				t.Error(diff)
			}
		})
	}
	if n, err := s.CountAudit(t.Context(), AuditFilter{Kind: AuditOutcome, From: c.Now()}); err != nil || n != 1 {
		t.Errorf("outcomes of the last minute: %d, %v; want 1", n, err)
	}
}

func TestAuditPagesMeetEveryRowOnce(t *testing.T) {
	s, c := history(t)
	c.add(-5 * time.Minute) // the clock is set back
	appendAll(t, s, event(ActionSignIn), event(ActionSignOut))
	down := pages(t, s, func(last []AuditRecord) AuditFilter { return AuditFilter{Before: last[len(last)-1].Seq} })
	if len(down) != 23 {
		t.Errorf("%d rows going to older ones, want 23", len(down))
	}
	seen := map[int64]bool{}
	for _, seq := range down {
		if seen[seq] {
			t.Errorf("row %d twice", seq)
		}
		seen[seq] = true
	}
}

func pages(t *testing.T, s *Store, next func(last []AuditRecord) AuditFilter) (all []int64) {
	t.Helper()
	filter := AuditFilter{}
	for range 20 {
		filter.Limit = 4
		records, err := s.Audit(t.Context(), filter)
		if err != nil {
			t.Fatal(err)
		}
		if len(records) == 0 {
			return all
		}
		all = append(all, seqs(records)...)
		filter = next(records)
	}
	t.Fatal("the pages have no end")
	return nil
}

// TestAuditPlans asks SQLite how it would answer: each list walks an index in
// its order, whatever the filter.
func TestAuditPlans(t *testing.T) {
	s, _ := history(t)
	filters := map[string]AuditFilter{
		"all":         {},
		"actor":       {Actor: "t/bob"},
		"action":      {Action: ActionSignIn},
		"target":      {TargetKind: "blueprint", TargetID: "x"},
		"target kind": {TargetKind: "blueprint"},
		"result":      {Result: ResultFailed},
		"kind":        {Kind: AuditIntent},
		"acts":        {Acts: true},
		"run":         {RunID: "1"},
		"op":          {OpID: "op-1"},
		"time":        {From: time.Unix(1, 0), To: time.Unix(2, 0)},
		"everything":  {Actor: "a", Action: "b", TargetID: "c", Result: "d", RunID: "e", Kind: "event", From: time.Unix(1, 0)},
	}
	for name, filter := range filters {
		for direction, cursor := range map[string]AuditFilter{"first": {}, "older": {Before: 9}, "newer": {After: 9}} {
			filter.Before, filter.After = cursor.Before, cursor.After
			t.Run(name+" "+direction, func(t *testing.T) {
				for _, step := range plan(t, s, filter) {
					if strings.HasPrefix(step, "SCAN") || strings.Contains(step, "TEMP B-TREE") {
						t.Errorf("%s", step)
					}
				}
			})
		}
	}
}

func plan(t *testing.T, s *Store, f AuditFilter) []string {
	t.Helper()
	query, err := s.auditPage(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	session := query.Limit(50).Session(&gorm.Session{DryRun: true})
	statement := session.Find(&[]joinedRow{}).Statement
	rows, err := s.reader.Raw("EXPLAIN QUERY PLAN "+statement.SQL.String(), statement.Vars...).Rows()
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var steps []string
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, detail)
	}
	if len(steps) == 0 {
		t.Fatal("no plan")
	}
	return steps
}

func TestAuditFindsPeopleByTheirNames(t *testing.T) {
	s := openStore(t, testOptions(t))
	for _, w := range []struct{ actor, username, name string }{
		{"t/0001", "ann@old.example", "Ann"}, {"t/0001", "ann@new.example", "Ann"}, {"t/0002", "bob@new.example", "Ann"}, {"t/0003", "", "100%"},
	} {
		a := event(ActionSignOut)
		a.Actor, a.Words = w.actor, AuditWords{ActorUsername: w.username, ActorName: w.name}
		appendAll(t, s, a)
	}
	for who, want := range map[string][]string{
		"ANN@old.example": {"t/0001"}, "ann@new.example": {"t/0001"}, "ann": {"t/0001", "t/0002"}, "0002": {"t/0002"},
		"ann@": nil, "%": nil, "100%": {"t/0003"}, "___2": nil, "' OR 1=1--": nil,
	} {
		got, err := s.AuditActors(t.Context(), who)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%q: %s %v", who, diff, err)
		}
	}
	for actor, want := range map[string]string{"t/0001": "ann@new.example", "t/0003": "100%", "t/9999": ""} {
		if got, err := s.AuditActorName(t.Context(), actor); got != want || err != nil {
			t.Errorf("%s is %q (%v), want %q", actor, got, err, want)
		}
	}
	if err := s.write(t.Context()).Exec("DELETE FROM audit_words WHERE actor_username = 'bob@new.example'").Error; err != nil {
		t.Fatal(err)
	}
	if got, err := s.AuditActors(t.Context(), "0002"); err != nil || !slices.Equal(got, []string{"t/0002"}) {
		t.Errorf("somebody whose words are erased is found as %v (%v)", got, err)
	}
	if list, err := s.Audit(t.Context(), AuditFilter{Actors: []string{"t/0002", "t/0003"}}); err != nil || len(list) != 2 {
		t.Errorf("records of two people: %d, %v", len(list), err)
	}
}
