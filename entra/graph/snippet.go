package graph

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// SnippetKind is a language that a plan can be copied in.
type SnippetKind string

// The languages of the review page. Programs in cURL and Go run as copied once TOKEN is set.
const (
	SnippetCURL       SnippetKind = "curl"
	SnippetPowerShell SnippetKind = "powershell"
	SnippetGo         SnippetKind = "go"
)

// Snippet writes the calls as a program against the Graph at base. Tokens are variables: TOKEN is the person's,
// BLUEPRINT_TOKEN the blueprint's own, asked for when its turn comes. Ids that an earlier call brings are read from its
// answer, and every name is quoted for its language.
func Snippet(kind SnippetKind, base string, calls []Call) (string, error) {
	steps := make([]snippetStep, len(calls))
	for i, call := range calls {
		body, err := bodyText(call)
		if err != nil {
			return "", fmt.Errorf("write call %d as %s: %w", i+1, kind, err)
		}
		steps[i] = snippetStep{
			Call: call, number: i + 1, path: cut(call.Path, pathHoles), body: cut(body, bodyHoles), hasBody: call.Body != nil,
			makesBlueprint: call.Method == http.MethodPost && call.Path == blueprintsPath,
		}
	}
	for _, s := range steps {
		for _, p := range append(slices.Clone(s.path), s.body...) {
			if n := laterNumber(p.later); n > 0 && n < s.number {
				steps[n-1].brings = true
			}
		}
	}
	switch kind {
	case SnippetCURL:
		return snippetCURL(base, steps), nil
	case SnippetPowerShell:
		return snippetPowerShell(base, steps), nil
	case SnippetGo:
		return snippetGo(base, steps), nil
	}
	return "", fmt.Errorf("no snippets in %q", kind)
}

type snippetStep struct {
	Call
	number         int
	path, body     []piece
	hasBody        bool
	makesBlueprint bool // its answer fills the placeholders of the blueprint
	brings         bool // its answer fills a LaterID of a later call
}

// title is a comment line: no part of it comes from a person.
func (s snippetStep) title() string {
	who := ""
	if s.As == AsBlueprint {
		who = ", sent as the blueprint"
	}
	return fmt.Sprintf("%d. Needs %s%s", s.number, s.Needs, who)
}

func (s snippetStep) asBlueprint() bool { return s.As == AsBlueprint }

func bodyText(call Call) (string, error) {
	if call.Body == nil {
		return "", nil
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // it is read by people; each language quotes it whole
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(call.Body); err != nil {
		return "", err
	}
	return strings.TrimSuffix(text.String(), "\n"), nil
}

// join writes pieces as one expression: quoted text and variables, with what the language puts between them.
func join(pieces []piece, quote, variable func(string) string, between string) string {
	parts := make([]string, len(pieces))
	for i, p := range pieces {
		if p.later != "" {
			parts[i] = variable(p.later)
		} else {
			parts[i] = quote(p.text)
		}
	}
	return strings.Join(parts, between)
}
