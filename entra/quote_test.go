package entra_test

import (
	"go/parser"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"agentidportal/entra"
)

// hostileNames are texts that strangers could give to an agent, or type.
func hostileNames() []string {
	return []string{
		"Invoice helper", "$(touch pwned)", "`touch pwned`", "'; touch pwned; '", `"; touch pwned; "`, `\'; touch pwned #`, "'; rm -rf ~",
		"${TOKEN}", "%TOKEN%", "$env:TOKEN", "line one\nline two", "tab\there", "‘; Remove-Item x; ’", "!history", "a\\", "ends with '",
		"@file", "<script>alert(1)</script>", "emoji 🤖 and ümlaut", "*", "~root", "-rf", "*/ */ // \" + os.Exit(1) + \"", "`+\"`\"+`",
		"\u2028\u202e", "\"@\n", "'@\n", "\nEOF\n", ")\n", "a=b&c=d+e%41", "%s%n", "#", strings.Repeat("x", 256),
	}
}

func TestOneFunctionForEachLanguageANameGoesTo(t *testing.T) {
	tests := []struct {
		name  string
		quote func(string) string
		in    string
		want  string
	}{
		{"shell", entra.QuoteShell, "it's $(x) `y` \"z\"", `'it'\''s $(x) ` + "`y`" + ` "z"'`},
		{"powershell", entra.QuotePowerShell, "it's $(x) ‘y’", "'it''s $(x) ‘‘y’’'"},
		{"go", entra.QuoteGo, "a\"b\n`c`", "\"a\\\"b\\n`c`\""},
	}
	for _, tt := range tests {
		if got := tt.quote(tt.in); got != tt.want {
			t.Errorf("%s: %q became %s, want %s", tt.name, tt.in, got, tt.want)
		}
	}
}

func TestTheShellReadsBackWhatWasQuoted(t *testing.T) {
	sh := shell(t, "sh")
	for _, name := range hostileNames() {
		out, err := exec.CommandContext(t.Context(), sh, "-c", "printf %s "+entra.QuoteShell(name)).Output()
		if err != nil || string(out) != name {
			t.Errorf("%q came back as %q, %v", name, out, err)
		}
	}
}

func TestGoReadsBackWhatWasQuoted(t *testing.T) {
	for _, name := range hostileNames() {
		literal := entra.QuoteGo(name)
		if _, err := parser.ParseExpr(literal); err != nil {
			t.Errorf("%s is no expression: %v", literal, err)
		}
		if back, err := strconv.Unquote(literal); err != nil || back != name {
			t.Errorf("%q came back as %q, %v", name, back, err)
		}
	}
}

func FuzzQuotingForLanguages(f *testing.F) {
	for _, name := range hostileNames() {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if q := entra.QuotePowerShell(s); strings.Count(q, "'")%2 != 0 || q[0] != '\'' || q[len(q)-1] != '\'' {
			t.Errorf("%q became %s", s, q)
		}
		if back, err := strconv.Unquote(entra.QuoteGo(s)); utf8.ValidString(s) && (err != nil || back != s) {
			t.Errorf("%q came back as %q, %v", s, back, err)
		}
	})
}

// shell is a program that runs scripts of the shell; each test names the ones
// it needs.
func shell(t *testing.T, name string) string {
	t.Helper()
	sh, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is not installed: apt-get install %s; the copied scripts are run with it", name, name)
	}
	return sh
}
