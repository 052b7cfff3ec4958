package graph_test

import (
	"strings"
	"testing"

	"agentidportal/entra/graph"
)

func contains(s, part string) bool { return strings.Contains(s, part) }

// hostileNames are names that strangers could give to an agent.
func hostileNames() []string {
	return []string{
		"Invoice helper", "$(touch pwned)", "`touch pwned`", "'; touch pwned; '", `"; touch pwned; "`, `\'; touch pwned #`,
		"${TOKEN}", "%TOKEN%", "$env:TOKEN", "line one\nline two", "tab\there", "‘; Remove-Item x; ’", "!history", "a\\", "ends with '",
		"@file", "<script>alert(1)</script>", "emoji 🤖 and ümlaut", "*", "~root", "-rf", `"appId": "{blueprint-app-id}"`, "{blueprint-app-id}", "api://{blueprint-app-id}",
		"/applications/{blueprint-object-id}/", "*/ */ // \" + os.Exit(1) + \"", "`+\"`\"+`", "\u2028\u202e", strings.Repeat("x", 256),
	}
}

func TestOneFunctionForEachPlaceANameGoesTo(t *testing.T) {
	tests := []struct {
		name  string
		quote func(string) string
		in    string
		want  string
	}{
		{"odata", graph.ODataString, "O'Brien", "'O''Brien'"},
		{"odata, closing", graph.ODataString, "x' or 1 eq 1", "'x'' or 1 eq 1'"},
		{"path", graph.PathSegment, "a b/c?d#e%", "a%20b%2Fc%3Fd%23e%25"},
		{"path, up", graph.PathSegment, "..", "%2E%2E"},
		{"path, here", graph.PathSegment, ".", "%2E"},
	}
	for _, tt := range tests {
		if got := tt.quote(tt.in); got != tt.want {
			t.Errorf("%s: %q became %s, want %s", tt.name, tt.in, got, tt.want)
		}
	}
}

func TestGUIDs(t *testing.T) {
	const want = "6a1f0c9e-0000-4000-8000-00000000000a"
	for _, good := range []string{want, strings.ToUpper(want)} {
		if got, err := graph.ParseGUID(good); err != nil || got != want {
			t.Errorf("%s: %s, %v", good, got, err)
		}
	}
	for _, bad := range []string{
		"", "x", "{" + want + "}", "urn:uuid:" + want, strings.ReplaceAll(want, "-", ""), want + "'", " " + want[:35], want[:35] + "g", "../../../../../../../../../../../../..",
	} {
		if got, err := graph.ParseGUID(bad); err == nil {
			t.Errorf("%q was taken for %s", bad, got)
		}
	}
}

func FuzzQuoting(f *testing.F) {
	for _, name := range hostileNames() {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if seg := graph.PathSegment(s); strings.ContainsAny(seg, "/?#\\ \n") || seg == ".." || seg == "." {
			t.Errorf("segment %q of %q", seg, s)
		}
		if q := graph.ODataString(s); strings.Count(q, "'")%2 != 0 || q[0] != '\'' || q[len(q)-1] != '\'' {
			t.Errorf("%q became %s", s, q)
		}
	})
}
