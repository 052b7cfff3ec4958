package views

import (
	"strings"

	"agentidportal/entra"
)

// claimsPath is the dictionary of claims.
const claimsPath = "/help/claims"

// HelpTopic is a line of the page "/help".
type HelpTopic struct{ Title, Href, Says string }

// ClaimsHelp is the page "/help/claims": what is left of the dictionary after
// the search.
type ClaimsHelp struct {
	Query          string
	Claims, Header []entra.ClaimEntry
	Numbers        []entra.FacetNumber
	Total          int // entries of the whole dictionary
}

func (h ClaimsHelp) found() int { return len(h.Claims) + len(h.Header) + len(h.Numbers) }

func (h ClaimsHelp) total() string {
	if h.Query == "" {
		return plural(h.Total, "entry")
	}
	return Count(h.found()) + " of " + plural(h.Total, "entry")
}

func (h ClaimsHelp) chips() []Chip {
	if h.Query == "" {
		return nil
	}
	return []Chip{{Name: "Search", Value: h.Query, RemoveHref: claimsPath}}
}

// carriers names the tokens that carry a claim.
func carriers(e entra.ClaimEntry) string {
	switch {
	case e.InEvery():
		return "Every token"
	case e.InEveryAccess():
		return "Every access token"
	}
	words := make([]string, len(e.In))
	for i, kind := range e.In {
		words[i] = string(kind)
	}
	return strings.Join(words, "; ")
}

func entryAnchor(e entra.ClaimEntry, header bool) string {
	if header {
		return e.HeaderAnchor()
	}
	return e.Anchor()
}

func dictionaryColumns(header bool) []Column {
	columns := []Column{{Title: "Claim"}, {Title: "Value"}, {Title: "Carried by"}, {Title: "What it says"}}
	if header {
		return []Column{{Title: "Parameter"}, columns[1], columns[3]}
	}
	return columns
}
