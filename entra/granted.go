package entra

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Grant is a permission that an agent identity was granted.
type Grant struct {
	Value       string // Mail.Send
	Application bool   // the agent's own; else delegated, for a user
	Here        bool   // at the API the token is for
	For         string // object id of the one person it is for; empty: everybody
	Since       time.Time
}

// GrantState says how a permission that was granted compares with a token.
type GrantState string

// The states of a permission. Of the last four a token like the one at hand
// never has any, whatever was granted.
const (
	GrantLeft      GrantState = "left"      // in the token, granted no more
	GrantFresh     GrantState = "fresh"     // granted, not in the token
	GrantUnknown   GrantState = "unknown"   // in the token; the grants could not all be read
	GrantCounts    GrantState = "counts"    // granted and in the token
	GrantFree      GrantState = "free"      // in the token, and needs no grant
	GrantElsewhere GrantState = "elsewhere" // of another API
	GrantOtherKind GrantState = "kind"      // counts in tokens of another kind
	GrantOther     GrantState = "person"    // for another person
)

// Never reports whether a token like the one at hand never carries it.
func (s GrantState) Never() bool {
	return s == GrantElsewhere || s == GrantOtherKind || s == GrantOther
}

// GrantRow is a permission beside a token. Index is its place among the grants,
// -1 for one that the token has and nobody granted.
type GrantRow struct {
	Grant
	Index int
	State GrantState
	Says  string
}

// Granted reports whether it was granted.
func (r GrantRow) Granted() bool { return r.Index >= 0 }

// InToken reports whether the token has it.
func (r GrantRow) InToken() bool { return r.State != GrantFresh && !r.State.Never() }

// CarriesGrants reports whether a token is one that permissions of an agent
// identity stand in: the token exchange looks at none.
func (j *JWT) CarriesGrants() bool {
	return j.readable() && j.Has("xms_par_app_azp") && looksLikeGUID(j.ClientID()) && j.Audience() != ExchangeAppID
}

// permissions are those of a token and whether they are the agent's own.
func (j *JWT) permissions() (values []string, application bool) {
	if j.Text("idtyp") == "user" || j.Text("idtyp") == "" && j.Has("scp") {
		return j.Values("scp"), false
	}
	return j.Values("roles"), true
}

// signInScopes ask for a sign-in and are granted with it.
// https://openid.net/specs/openid-connect-core-1_0.html#ScopeClaims
var signInScopes = []string{"openid", "profile", "email", "offline_access"}

// CompareGrants holds what an agent identity was granted against what a token of
// it carries: what asks for an act comes first, what such a token never carries
// last. Complete is false where some grants could not be read.
func CompareGrants(j *JWT, grants []Grant, complete bool, now time.Time) []GrantRow {
	values, application := j.permissions()
	var rows []GrantRow
	granted := map[string]bool{}
	for i, g := range grants {
		row := GrantRow{Grant: g, Index: i}
		row.State, row.Says = j.stateOf(g, values, application)
		if row.State == GrantCounts {
			granted[strings.ToLower(g.Value)] = true
		}
		rows = append(rows, row)
	}
	for _, value := range values {
		if granted[strings.ToLower(value)] {
			continue
		}
		row := GrantRow{Grant: Grant{Value: value, Application: application, Here: true}, Index: -1}
		row.State, row.Says = j.ungranted(value, application, complete, now)
		rows = append(rows, row)
	}
	slices.SortStableFunc(rows, func(a, b GrantRow) int { return cmp.Compare(a.State.rank(), b.State.rank()) })
	return rows
}

func (s GrantState) rank() int {
	return slices.Index([]GrantState{GrantLeft, GrantFresh, GrantUnknown, GrantCounts, GrantFree, GrantElsewhere, GrantOtherKind, GrantOther}, s)
}

// stateOf judges one permission that was granted.
func (j *JWT) stateOf(g Grant, values []string, application bool) (GrantState, string) {
	switch {
	case g.Application && !application:
		return GrantOtherKind, "It counts where the agent acts for itself. This token is for a user."
	case !g.Application && application:
		return GrantOtherKind, "It counts in tokens for a user. Here the agent acts for itself."
	case !g.Here:
		return GrantElsewhere, "It is of another API than the one this token is for: get a token for that API."
	case g.For != "" && !strings.EqualFold(g.For, j.Text("oid")):
		return GrantOther, "It is for one other person alone. This token is for somebody else."
	case slices.ContainsFunc(values, func(v string) bool { return strings.EqualFold(v, g.Value) }):
		return GrantCounts, ""
	}
	issued, ok := j.Time("iat")
	switch {
	case ok && g.Since.After(issued.Add(backdated)):
		return GrantFresh, "Granted after this token was issued: get a fresh one."
	case application:
		return GrantFresh, "Granted after this token was issued, or in the minutes a grant takes to reach new tokens: get a fresh one."
	}
	return GrantFresh, "Granted after this token was issued, or not asked for with its scope: get a fresh one, with the scope /.default."
}

// backdated is how much earlier than the moment of issue iat is in tokens of
// Entra ID, as seen in all of them.
const backdated = 5 * time.Minute

// ungranted judges a permission that is in the token and that nobody granted.
func (j *JWT) ungranted(value string, application, complete bool, now time.Time) (GrantState, string) {
	switch {
	case !application && slices.Contains(signInScopes, value):
		return GrantFree, "Comes with every sign-in and needs no grant of its own."
	case !complete:
		return GrantUnknown, "Not known whether it is still granted: not all grants could be read."
	}
	exp, ok := j.Time("exp")
	if !ok || !now.Before(exp) {
		return GrantLeft, "Not granted any more. The token is over, so it counts no more either."
	}
	return GrantLeft, "Not granted any more, but it still counts until " + exp.Format("2 Jan 2006 15:04:05 UTC") + "."
}
