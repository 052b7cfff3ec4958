package handlers

import (
	"context"
	"regexp"
	"strings"

	"agentidportal/entra/graph"
	"agentidportal/views"
)

// shortID is the start of an id as trees show it, "app 458f3a05…".
var shortID = regexp.MustCompile(`^(?i:app\s+)?([0-9a-fA-F]{8}(?:-[0-9a-fA-F-]{0,26})?)…?$`)

// idStart is the start of an id, in lower case.
func idStart(text string) (string, bool) {
	found := shortID.FindStringSubmatch(text)
	if found == nil {
		return "", false
	}
	return strings.ToLower(found[1]), true
}

// startRows is how much of each list is looked through for the start of an id.
// Graph has no startsWith for ids, so the portal compares what a page holds.
// https://learn.microsoft.com/graph/aad-advanced-queries
const startRows = 100

// byStart finds blueprints, principals and agent identities by the start of
// their Object ID or App ID; it asks nothing for any other text.
func (s searcher) byStart(ctx context.Context, text string) ([]views.SearchRow, error) {
	start, ok := idStart(text)
	if !ok {
		return nil, nil
	}
	first := graph.ListOptions{Top: startRows}
	blueprints, err := s.g.Blueprints(ctx, first)
	rows, err := rowsOf(blueprints, err, s.blueprint)
	if err != nil {
		return nil, err
	}
	principals, err := s.g.BlueprintPrincipals(ctx, first)
	more, err := rowsOf(principals, err, s.principal)
	if err != nil {
		return nil, err
	}
	rows = append(rows, more...)
	agents, err := s.g.AgentIdentities(ctx, first)
	more, err = rowsOf(agents, err, func(a graph.AgentIdentity) views.SearchRow {
		return s.object(graph.DirectoryObject{ID: a.ID, Kind: graph.KindAgentIdentity, DisplayName: a.DisplayName, AppID: a.ID})
	})
	if err != nil {
		return nil, err
	}
	var found []views.SearchRow
	for _, r := range append(rows, more...) {
		if strings.HasPrefix(strings.ToLower(r.ID), start) || strings.HasPrefix(strings.ToLower(r.Value), start) {
			found = append(found, r)
		}
	}
	return found, nil
}
