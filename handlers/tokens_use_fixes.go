package handlers

import (
	"net/http"
	"slices"
	"strings"

	"agentidportal/entra"
	"agentidportal/views"
)

// opensCall are the permissions that open a call of the allow-list at Graph,
// the least first. Narrower ones than those of the table are not among them.
// https://learn.microsoft.com/graph/permissions-reference
var opensCall = map[string][]string{
	"me":           {"User.Read", "User.ReadWrite", "User.Read.All", "User.ReadWrite.All"},
	"organization": {"Organization.Read.All", "Organization.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"},
	"users":        {"User.ReadBasic.All", "User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"},
	"groups":       {"GroupMember.Read.All", "Group.Read.All", "GroupMember.ReadWrite.All", "Group.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"},
}

// saidToOpen is how many of opensCall the page names.
var saidToOpen = map[string]int{"me": 1, "organization": 1, "users": 2, "groups": 2}

// callForToken is the first call that the token's permissions open, as far as
// the table knows; empty when that is not known of any.
func callForToken(calls []entra.ResourceCall, j *entra.JWT) string {
	for _, call := range calls {
		if slices.ContainsFunc(opensCall[call.Key], func(p string) bool { return carries(j, p) }) {
			return call.Key
		}
	}
	return ""
}

// carries says whether a token carries a permission, delegated or of an
// application.
func carries(j *entra.JWT, permission string) bool {
	held := slices.Concat(j.Values("scp"), j.Values("roles"))
	return slices.ContainsFunc(held, func(p string) bool { return strings.EqualFold(p, permission) })
}

// tellUse says of a call that Graph refused which permission opens it, and
// leads to where an agent identity is granted it.
func tellUse(r *labResult, v *views.TokenUse) {
	opens := opensCall[v.Call.Key]
	if v.Done == nil || v.Done.Status != http.StatusForbidden || opens == nil {
		return
	}
	j := r.trace.Hop(entra.HopTR).JWT
	application := !j.Has("scp")
	v.Opens = "The " + kindWord(application) + " permission " + strings.Join(opens[:saidToOpen[v.Call.Key]], " or ") + " opens it."
	if r.try.agent == nil {
		return
	}
	v.FixText = "Grant " + opens[0]
	v.FixHref = "/agents/" + r.try.agent.ID + "/permissions/grant?" + views.Query("api", entra.GraphAppID, "kind", kindWord(application), "value", opens[0])
}
