package graph

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"

	"github.com/google/uuid"
)

// Names of blueprints and agents come from strangers. Each place a name or an id goes to has one function, here or,
// for the languages of scripts, in entra; nothing else in the portal quotes for it.

// ODataString is a string literal for $filter: single quotes, doubled inside.
// https://docs.oasis-open.org/odata/odata/v4.01/odata-v4.01-part2-url-conventions.html#sec_URLParsing
func ODataString(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// PathSegment is one segment of a path. Slashes and dots that would change the path do not survive it.
func PathSegment(s string) string {
	switch s {
	case ".", "..":
		return strings.ReplaceAll(s, ".", "%2E")
	}
	return url.PathEscape(s)
}

// ParseGUID is an id in its one spelling, lower case with hyphens. Every id from an address or a form goes through it.
func ParseGUID(s string) (string, error) {
	if len(s) != 36 {
		return "", fmt.Errorf("not an id: an id has 36 characters, like 6a1f0c9e-0000-4000-8000-000000000000")
	}
	id, err := uuid.Parse(s)
	if err != nil {
		return "", fmt.Errorf("not an id: %w", err)
	}
	return id.String(), nil
}

// searchAny is a $search that looks for the text in any of the fields. Quotes and backslashes, which would need escapes
// in this grammar, become blanks: Graph splits names into words at such signs anyway, so nothing is lost.
// https://learn.microsoft.com/graph/search-query-parameter
func searchAny(text string, fields ...string) string {
	text = strings.TrimSpace(strings.NewReplacer(`\`, " ", `"`, " ").Replace(clean(text, 120)))
	parts := make([]string, len(fields))
	for i, field := range fields {
		parts[i] = `"` + field + ":" + text + `"`
	}
	return strings.Join(parts, " OR ")
}

// searchable says whether Graph finds a word in the text; without one it answers 400.
func searchable(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) })
}
