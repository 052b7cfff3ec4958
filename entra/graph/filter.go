package graph

import (
	"strings"
	"time"
)

// Filter narrows a list of blueprints, principals or agent identities by what Graph filters on. Zero fields do not
// narrow.
// https://learn.microsoft.com/graph/api/resources/serviceprincipal#properties
type Filter struct {
	Since   time.Time // created at this time or later
	Enabled *bool     // principals and agent identities; blueprints have no such state
	OurOwn  bool      // tagged by this portal or another one of its kind: see OpTag
	HomeID  string    // principals: the tenant their blueprint lives in
	AwayID  string    // principals: the tenant their blueprint does not live in
}

// String is the $filter clause; empty when nothing is narrowed.
func (f Filter) String() string {
	var parts []string
	if !f.Since.IsZero() {
		parts = append(parts, "createdDateTime ge "+f.Since.UTC().Format(time.RFC3339))
	}
	if f.Enabled != nil && *f.Enabled {
		parts = append(parts, "accountEnabled eq true")
	}
	if f.Enabled != nil && !*f.Enabled {
		parts = append(parts, "accountEnabled eq false")
	}
	if f.OurOwn {
		parts = append(parts, "tags/any(t:startswith(t,"+ODataString(OpTag(""))+"))")
	}
	if f.HomeID != "" {
		parts = append(parts, "appOwnerOrganizationId eq "+f.HomeID)
	}
	if f.AwayID != "" {
		parts = append(parts, "appOwnerOrganizationId ne "+f.AwayID)
	}
	return allOf(parts...)
}

// allOf joins clauses that must all hold; empty ones are left out.
func allOf(clauses ...string) string {
	var parts []string
	for _, clause := range clauses {
		if clause != "" {
			parts = append(parts, clause)
		}
	}
	return strings.Join(parts, " and ")
}
