package models

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func intent(op string) NewAudit {
	return NewAudit{
		OpID: op, Kind: AuditIntent, Actor: "t/alice", Action: ActionBlueprintCreate, TargetKind: "blueprint",
		RunID: "1", Body: map[string]any{"name": "Invoice helper"},
		Words: AuditWords{ActorName: "Alice", ActorUsername: "alice@sandbox.example", IP: "127.0.0.1", Reason: "trial"},
	}
}

func outcome(op, result string) NewAudit {
	a := intent(op)
	a.Kind, a.Result, a.TargetID = AuditOutcome, result, "object-"+op
	return a
}

func appendAll(t testing.TB, s *Store, all ...NewAudit) []AuditRecord {
	t.Helper()
	var records []AuditRecord
	for _, a := range all {
		rec, err := s.AppendAudit(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, rec)
	}
	return records
}

func seqs(records []AuditRecord) []int64 {
	list := []int64{}
	for _, r := range records {
		list = append(list, r.Seq)
	}
	return list
}

// TestAuditBytes writes the hash a second time from the formula, so that a
// change of one byte of the format is seen.
func TestAuditBytes(t *testing.T) {
	s := openStore(t, testOptions(t))
	rec := appendAll(t, s, intent("op-1"))[0]
	first, err := s.AuditRecord(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if first.Prev != [32]byte{} || rec.Prev != first.Hash {
		t.Error("the chain does not start with zeros and go on with the hash of record 1")
	}
	var want bytes.Buffer
	number := func(n int) { want.Write(binary.BigEndian.AppendUint64(nil, uint64(n))) }
	want.WriteString("portal-audit-v1\x00")
	number(2)
	number(int(rec.At.UnixMicro()))
	for _, text := range []string{"11111111-1111-1111-1111-111111111111", "op-1", "intent", "t/alice", "blueprint", "", "blueprint.create", "", "1", string(rec.Body)} {
		number(len(text))
		want.WriteString(text)
	}
	want.Write(first.Hash[:])
	if sum := sha256.Sum256(want.Bytes()); sum != rec.Hash {
		t.Errorf("hash %x, want %x", rec.Hash, sum)
	}
	for _, personal := range []string{"Alice", "alice@", "127.0.0.1", "trial"} {
		if bytes.Contains(want.Bytes(), []byte(personal)) {
			t.Errorf("%q is in the hashed bytes", personal)
		}
	}
}

func TestAuditFirstRecordNamesItsKey(t *testing.T) {
	s := openStore(t, testOptions(t))
	rec, err := s.AuditRecord(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	var body map[string]string
	if err := json.Unmarshal(rec.Body, &body); err != nil {
		t.Fatal(err)
	}
	if rec.Actor != ActorPortal || body["format"] != "portal-audit-v1" || len(body["public_key"]) != 44 || body["instance"] != rec.TargetID {
		t.Errorf("record 1 is %+v with body %s", rec, rec.Body)
	}
}

func TestCanonicalBody(t *testing.T) {
	tests := []struct {
		name string
		body map[string]any
		want string // empty: refused
	}{
		{"empty", nil, `{}`},
		{"sorted", map[string]any{"b": 1, "a": int64(-2), "B": true, "c": nil}, `{"B":true,"a":-2,"b":1,"c":null}`},
		{"nested", map[string]any{"l": []any{"x", []string{"y"}, map[string]string{"k": "v"}}}, `{"l":["x",["y"],{"k":"v"}]}`},
		{"escapes", map[string]any{"t": "a\"b\\c\n\r\t\b\f\x00\x1f</script>é\u2028"}, `{"t":"a\"b\\c\n\r\t\b\f\u0000\u001f</script>é` + "\u2028" + `"}`},
		{"not UTF-8", map[string]any{"t": "a\xffb"}, "{\"t\":\"a\uFFFDb\"}"},
		{"decoded number", map[string]any{"n": json.Number("42")}, `{"n":42}`},
		{"decoded fraction", map[string]any{"n": json.Number("4.2")}, ""},
		{"float", map[string]any{"n": 1.5}, ""},
		{"struct", map[string]any{"n": struct{ Secret string }{"s"}}, ""},
		{"bytes", map[string]any{"n": []byte("secret")}, ""},
		{"time", map[string]any{"n": time.Now()}, ""},
		{"deep", map[string]any{"n": []any{map[string]any{"x": 1.5}}}, ""},
		{"key not UTF-8", map[string]any{"\xff": 1}, ""},
		{"too long", map[string]any{"t": strings.Repeat("x", maxBody)}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := canonicalBody(test.body)
			if string(got) != test.want || (err == nil) != (test.want != "") {
				t.Errorf("%s, %v; want %s", got, err, test.want)
			}
			if err == nil && !json.Valid(got) {
				t.Errorf("%s is no JSON", got)
			}
		})
	}
}

func TestAppendAuditRefuses(t *testing.T) {
	s := openStore(t, testOptions(t))
	appendAll(t, s, intent("used"), outcome("used", ResultSucceeded), intent("open"))
	with := func(change func(a *NewAudit)) NewAudit {
		a := intent("new")
		change(&a)
		return a
	}
	tests := []struct {
		name     string
		a        NewAudit
		conflict bool
	}{
		{"unknown action", with(func(a *NewAudit) { a.Action = "blueprint.destroy" }), false},
		{"unknown kind", with(func(a *NewAudit) { a.Kind = "rumour" }), false},
		{"no actor", with(func(a *NewAudit) { a.Actor = "" }), false},
		{"intent with a result", with(func(a *NewAudit) { a.Result = ResultSucceeded }), false},
		{"intent without op", with(func(a *NewAudit) { a.OpID = "" }), false},
		{"outcome without result", outcome("open", ""), false},
		{"outcome denied", outcome("open", ResultDenied), false},
		{"event with a made-up result", NewAudit{Kind: AuditEvent, Actor: "a", Action: ActionSignIn, Result: "fine"}, false},
		{"reserved field", with(func(a *NewAudit) { a.Body = map[string]any{"words": "x"} }), false},
		{"reserved field in a map", with(func(a *NewAudit) { a.Body = map[string]any{"before": map[string]any{"words": "x"}} }), false},
		{"reserved field in a map of texts", with(func(a *NewAudit) { a.Body = map[string]any{"after": map[string]string{"words": "x"}} }), false},
		{"reserved field in a list", with(func(a *NewAudit) { a.Body = map[string]any{"list": []any{1, map[string]any{"words": "x"}}} }), false},
		{"float in the body", with(func(a *NewAudit) { a.Body = map[string]any{"n": 0.1} }), false},
		{"second intent", intent("open"), true},
		{"intent of an op that ended", intent("used"), true},
		{"second outcome", outcome("used", ResultFailed), true},
		{"outcome without intent", outcome("never", ResultSucceeded), true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := s.AppendAudit(t.Context(), test.a)
			if err == nil || errors.Is(err, ErrConflict) != test.conflict {
				t.Errorf("error %v, want one (conflict: %v)", err, test.conflict)
			}
		})
	}
	if n, err := s.CountAudit(t.Context(), AuditFilter{}); err != nil || n != 4 {
		t.Errorf("%d records, %v; want the 4 from before", n, err)
	}
}

func TestOpenIntents(t *testing.T) {
	s := openStore(t, testOptions(t))
	appendAll(t, s, intent("a"), intent("b"), outcome("a", ResultAdopted), intent("c"))
	open, err := s.OpenIntents(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int64{3, 5}, seqs(open)); diff != "" {
		t.Error(diff)
	}
	all, err := s.Audit(t.Context(), AuditFilter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		if want := r.Seq == 3 || r.Seq == 5; r.Open != want {
			t.Errorf("record %d is open: %v, want %v", r.Seq, r.Open, want)
		}
	}
	if open[0].Words.ActorName != "Alice" {
		t.Errorf("words of an open intent: %+v", open[0].Words)
	}
	both, err := s.AuditByOp(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int64{2, 4}, seqs(both)); diff != "" {
		t.Error(diff)
	}
}

func TestAuditRoundTrip(t *testing.T) {
	s := openStore(t, testOptions(t))
	a := outcome("op", ResultSucceeded)
	a.Words.UserAgent = strings.Repeat("ü", 300)
	a.TargetID = "nul\x00 and \xff"
	wrote := appendAll(t, s, intent("op"), a)[1]
	read, err := s.AuditRecord(t.Context(), wrote.Seq)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wrote, read, cmpopts.IgnoreUnexported(AuditRecord{})); diff != "" {
		t.Errorf("read back (-wrote +read):\n%s", diff)
	}
	if read.Recompute() != read.Hash || !read.WordsHold() {
		t.Error("the record does not hold")
	}
	if n := len([]rune(read.Words.UserAgent)); n != maxUserAgent {
		t.Errorf("user agent of %d runes, want %d", n, maxUserAgent)
	}
	read.Action = ActionCredentialAdd
	read.Words.ActorName = "Mallory"
	if read.Recompute() == read.Hash || read.WordsHold() {
		t.Error("a changed record holds")
	}
	if _, err := s.AuditRecord(t.Context(), 99); !errors.Is(err, ErrNotFound) {
		t.Errorf("record 99: %v, want ErrNotFound", err)
	}
}

func TestErasedWords(t *testing.T) {
	s := openStore(t, testOptions(t))
	rec := appendAll(t, s, intent("op"))[0]
	if err := s.writer.Exec("DELETE FROM audit_words WHERE seq = ?", rec.Seq).Error; err != nil {
		t.Fatal(err)
	}
	read, err := s.AuditRecord(t.Context(), rec.Seq)
	if err != nil {
		t.Fatal(err)
	}
	if !read.WordsGone || read.Words != (AuditWords{}) || !read.WordsHold() || read.Recompute() != read.Hash {
		t.Errorf("after erasing: %+v", read)
	}
	start, err := s.AuditRecord(t.Context(), 1)
	if err != nil || start.WordsGone {
		t.Errorf("record 1 never had words, but: %v, %v", start.WordsGone, err)
	}
}

func TestAuditAppendsInParallel(t *testing.T) {
	o := testOptions(t)
	s := openStore(t, o)
	const workers, each = 8, 25
	var group sync.WaitGroup
	for w := range workers {
		group.Go(func() {
			for i := range each {
				op := fmt.Sprintf("op-%d-%d", w, i)
				for _, a := range []NewAudit{intent(op), outcome(op, ResultSucceeded)} {
					if _, err := s.AppendAudit(t.Context(), a); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	group.Wait()
	report, err := VerifyAudit(t.Context(), o.Path)
	if err != nil || report.ExitCode() != 0 || report.Records != 1+2*workers*each {
		t.Errorf("report %+v, %v", report, err)
	}
}
