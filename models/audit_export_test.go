package models

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// exportAll writes the whole history as JSON lines, oldest first.
func exportAll(t *testing.T, s *Store) string {
	t.Helper()
	var rows []joinedRow
	if err := s.joined(t.Context()).Order("a.seq").Find(&rows).Error; err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false) // the body must stay as it is
	for i := range rows {
		if err := encoder.Encode(rows[i].export()); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

func (j *joinedRow) export() exportLine {
	r := &j.Audit
	line := exportLine{
		Seq: r.Seq, AtUS: r.AtUS, Tenant: r.Tenant, OpID: r.OpID, Kind: r.Kind, Actor: r.Actor, TargetKind: r.TargetKind,
		TargetID: r.TargetID, Action: r.Action, Result: r.Result, RunID: r.RunID, Body: r.Body,
		Prev: hex.EncodeToString(r.Prev), Hash: hex.EncodeToString(r.Hash),
	}
	if w := &j.Words; len(w.Key) > 0 {
		line.Words = &exportWords{
			Key: base64.StdEncoding.EncodeToString(w.Key), ActorName: w.ActorName, ActorUsername: w.ActorUsername,
			TargetName: w.TargetName, IP: w.IP, UserAgent: w.UserAgent, Reason: w.Reason,
		}
	}
	return line
}

func exported(t *testing.T) (text string, database VerifyReport) {
	t.Helper()
	o := testOptions(t)
	s := openStore(t, o)
	odd := intent("op")
	odd.Body = map[string]any{"name": "<b>&\u2028\" \\ é", "list": []string{"$(x)", "'; rm"}}
	odd.Words.Reason = "<i>&"
	appendAll(t, s, odd, outcome("op", ResultFailed), intent("open"))
	text = exportAll(t, s)
	report, err := VerifyAudit(t.Context(), o.Path)
	if err != nil {
		t.Fatal(err)
	}
	return text, report
}

func TestVerifyExport(t *testing.T) {
	text, database := exported(t)
	report, err := VerifyAudit(t.Context(), writeExport(t, text))
	if err != nil {
		t.Fatal(err)
	}
	report.Path = database.Path
	if diff := cmp.Diff(database, report); diff != "" {
		t.Errorf("the export says other than the database (-database +export):\n%s", diff)
	}
	if report.ExitCode() != 0 || report.Records != 4 {
		t.Errorf("report %+v", report)
	}
}

func TestVerifyTamperedExport(t *testing.T) {
	text, _ := exported(t)
	lines := strings.SplitAfter(text, "\n")
	tests := map[string]struct {
		text  string
		first int64
	}{
		"edited":        {strings.Replace(text, `"result":"failed"`, `"result":"succeeded"`, 1), 3},
		"words changed": {strings.Replace(text, `"actor_name":"Alice"`, `"actor_name":"Mallory"`, 1), 2},
		"line gone":     {lines[0] + lines[2] + lines[3], 2},
		"lines swapped": {lines[0] + lines[2] + lines[1] + lines[3], 2},
		"line twice":    {text + lines[3], 4},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			report, err := VerifyAudit(t.Context(), writeExport(t, test.text))
			if err != nil || report.ExitCode() != 1 || report.FirstBad() != test.first {
				t.Errorf("exit %d, first bad %d, %v; want 1, %d", report.ExitCode(), report.FirstBad(), err, test.first)
			}
		})
	}
}

// In a database the unique index refuses it; an export has none.
func TestVerifyExportSeesAnActBegunAgain(t *testing.T) {
	o := testOptions(t)
	s := openStore(t, o)
	if err := s.writer.Exec("DROP INDEX audit_once").Error; err != nil {
		t.Fatal(err)
	}
	appendAll(t, s, intent("op"), outcome("op", ResultFailed), intent("op"), outcome("op", ResultSucceeded))
	report, err := VerifyAudit(t.Context(), writeExport(t, exportAll(t, s)))
	if err != nil || report.ExitCode() != 1 || report.FirstBad() != 4 || len(report.Faults) != 1 {
		t.Errorf("%+v, %v; want the one fault at record 4", report, err)
	}
}

func writeExport(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
