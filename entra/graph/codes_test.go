package graph

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// answered finds the error codes in the sources of the sandbox.
var answered = regexp.MustCompile(`(?:graphError\{(?:http\.\w+|Status: \d+), *(?:Code: *)?|graphError\{\s+http\.\w+, |agentFault\()"([A-Za-z_]+)"`)

func TestEveryCodeOfTheSandboxIsExplained(t *testing.T) {
	files, err := filepath.Glob("../../sandbox/*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if n, m := strings.Count(string(text), "graphError{http."), len(answered.FindAllString(string(text), -1)); n > m {
			t.Errorf("%s answers %d errors, of which %d were read", name, n, m)
		}
		for _, match := range answered.FindAllStringSubmatch(string(text), -1) {
			found[match[1]] = true
			if _, ok := ExplainCode(match[1]); !ok {
				t.Errorf("%s of %s has no row", match[1], name)
			}
		}
	}
	if len(found) < 22 {
		t.Errorf("only %d codes were found: %v", len(found), found)
	}
}

func TestCodesAreWhole(t *testing.T) {
	n := 0
	for _, group := range Codes() {
		for i, row := range group.Rows {
			n++
			if i > 0 && group.Rows[i-1].Code >= row.Code {
				t.Errorf("%s stands after %s", row.Code, group.Rows[i-1].Code)
			}
			for what, text := range map[string]string{"meaning": row.Meaning, "cause": row.Cause, "fix": row.Fix} {
				if !strings.HasSuffix(text, ".") {
					t.Errorf("%s: its %s is no sentence: %q", row.Code, what, text)
				}
			}
		}
	}
	if n != len(agentCodes)+len(generalCodes) {
		t.Errorf("%d rows", n)
	}
	if _, ok := ExplainCode("NoSuchCode"); ok {
		t.Error("a code nobody knows is explained")
	}
}
