package models

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func exported(t *testing.T) (text string, database VerifyReport) {
	t.Helper()
	o := testOptions(t)
	s := openStore(t, o)
	odd := intent("op")
	odd.Body = map[string]any{"name": "<b>&\u2028\" \\ é", "list": []string{"$(x)", "'; rm"}}
	odd.Words.Reason = "<i>&"
	appendAll(t, s, odd, outcome("op", ResultFailed), intent("open"))
	var out bytes.Buffer
	if err := s.ExportAudit(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	report, err := VerifyAudit(t.Context(), o.Path)
	if err != nil {
		t.Fatal(err)
	}
	return out.String(), report
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

func writeExport(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
