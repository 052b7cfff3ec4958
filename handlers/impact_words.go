package handlers

import (
	"slices"
	"strings"

	"agentidportal/entra/graph"
	"agentidportal/views"
)

// impactNamed is how many objects are named; the count says all of them.
const impactNamed = 5

// agentQuota is how many agent identities a blueprint may have.
// https://learn.microsoft.com/entra/agent-id/preview-known-issues
const agentQuota = 250

// view puts an impact into sentences, a line for each sort of thing.
func (i *impact) view(o *object) *views.Impact {
	v := &views.Impact{Note: "if it is deleted; if it is disabled, the same until it is enabled again, and nothing is lost"}
	switch i.kind {
	case graph.KindBlueprint, graph.KindBlueprintPrincipal:
		v.Rows = append(v.Rows, i.agentsRow(o), i.usersRow(), i.permissionsRow(), i.clientsRow())
	case graph.KindAgentIdentity:
		v.Rows = append(v.Rows, views.ImpactRow{
			Label: "Tokens", Some: true,
			Text: "It gets no more tokens, neither for itself nor for people. Its blueprint and the other agent identities go on.",
		}, i.usersRow(), i.permissionsRow())
	case graph.KindAgentUser:
		v.Rows = append(v.Rows, views.ImpactRow{
			Label: "Its agent identity", Some: true,
			Text: "It gets no more tokens for this account: no mailbox, no chat, no files of its own. What it does for itself and for people goes on.",
		}, i.permissionsRow(), i.licencesRow())
	}
	v.Rows = append(v.Rows, views.ImpactRow{Label: "Stays behind", Some: true, Text: i.staysBehind()}, views.ImpactRow{Label: "Recycle bin", Some: true, Text: i.binWords()})
	return v
}

func (i *impact) agentsRow(o *object) views.ImpactRow {
	row := views.ImpactRow{Label: partAgents, Fault: i.faultOf(partAgents)}
	n, more := i.agents.count()
	switch {
	case n == 0 && more:
		row.Text = "Your roles let you read them only among all others, and none of this blueprint was found yet."
		return row
	case n == 0:
		row.Text = "None gets its tokens with it."
		return row
	}
	row.Some = true
	row.Text = atLeast(more) + views.Plural(n, "agent identity") + verb(n, " gets", " get") + " no more tokens. Graph moves " + verb(n, "it", "them") + " to the recycle bin about a day later"
	if i.kind == graph.KindBlueprintPrincipal {
		row.Text += ", unless the principal is restored first"
	}
	row.Text += "."
	for _, a := range i.agents.list[:min(len(i.agents.list), impactNamed)] {
		row.Names = append(row.Names, views.ImpactName{Mark: "agentIdentity", Text: views.Named(a.DisplayName, a.ID), Href: "/agents/" + a.ID})
	}
	switch rest := n - len(row.Names); {
	case rest > 0:
		row.More, row.MoreHref = views.Count(rest)+" more", "/agents?blueprint="+o.blueprint
	case more:
		row.More, row.MoreHref = "Others are in the list", "/agents?blueprint="+o.blueprint
	}
	return row
}

func (i *impact) usersRow() views.ImpactRow {
	row := views.ImpactRow{Label: partUsers, Fault: i.faultOf(partUsers)}
	n, more := len(i.users), len(i.agents.list) > 0 && i.agents.more
	switch {
	case n == 0 && more:
		row.Text = "None of the agent identities that were read here has one."
		return row
	case n == 0:
		row.Text = "None."
		return row
	}
	row.Some = true
	row.Text = atLeast(more) + views.Plural(n, "agent user") + verb(n, " gets", " get") + " no more tokens either. Graph does not delete " + verb(n, "it", "them") + ": delete " +
		verb(n, "it", "them") + " first, or " + verb(n, "it stays as an account", "they stay as accounts") + " that nobody can sign in as."
	for _, u := range i.users[:min(n, impactNamed)] {
		row.Names = append(row.Names, views.ImpactName{Mark: "agentUser", Text: u.UserPrincipalName, Href: "/agent-users/" + u.ID})
	}
	if more := n - len(row.Names); more > 0 {
		row.More = views.Count(more) + " more"
	}
	return row
}

// permissionFaults are why permissions are not known, in one sentence.
func (i *impact) permissionFaults() string {
	var words []string
	for _, f := range i.faults {
		if !slices.Contains([]string{partAgents, partUsers, partClients, partLicences}, f.What) {
			words = append(words, f.What+": "+f.Why)
		}
	}
	return strings.Join(words, ". ")
}

// permissionsRow counts what goes: held by the object itself, and what comes to
// others by it or to it by others.
func (i *impact) permissionsRow() views.ImpactRow {
	row := views.ImpactRow{Label: partPermissions, Fault: i.permissionFaults()}
	application, delegated, passed, inherited := 0, 0, 0, 0
	for _, p := range i.permissions {
		switch {
		case i.kind == graph.KindAgentIdentity && p.Source == inheritedSource:
			inherited++
			continue
		case p.Kind == views.PermissionKind(true):
			application++
		default:
			delegated++
		}
		if p.Note == passedOnNote {
			passed++
		}
	}
	whose := map[graph.Kind]string{
		graph.KindBlueprint: " of its principal", graph.KindAgentIdentity: " of its own", graph.KindAgentUser: " that " + verb(application+delegated, "was", "were") + " granted for it alone",
	}[i.kind]
	if application+delegated == 0 {
		row.Text = "None" + whose + "."
	} else {
		row.Some = true
		row.Text = countKinds(application, delegated) + whose + verb(application+delegated, " goes", " go") + "."
	}
	switch {
	case passed > 0:
		row.Text += " Agent identities inherit " + views.Count(passed) + " of them."
	case inherited > 0:
		row.Text += " " + views.Count(inherited) + " that it inherits " + verb(inherited, "stays", "stay") + " with the blueprint principal."
	}
	if i.kind == graph.KindBlueprint || i.kind == graph.KindBlueprintPrincipal {
		if len(i.agents.list) > 0 {
			row.Text += " What an agent identity was granted itself goes when that one goes."
		}
	}
	return row
}

// countKinds is "1 application and 3 delegated permissions", without what is none.
func countKinds(application, delegated int) string {
	switch {
	case delegated == 0:
		return views.Plural(application, "application permission")
	case application == 0:
		return views.Plural(delegated, "delegated permission")
	}
	return views.Count(application) + " application and " + views.Plural(delegated, "delegated permission")
}

func (i *impact) clientsRow() views.ImpactRow {
	row := views.ImpactRow{Label: partClients, Fault: i.faultOf(partClients)}
	n := len(i.clients)
	if n == 0 {
		row.Text = "None is pre-authorized for its scopes."
		return row
	}
	row.Some = true
	row.Text = views.Plural(n, "pre-authorized client") + verb(n, " gets", " get") + " no more tokens for the agents."
	for _, c := range i.clients[:min(n, impactNamed)] {
		text := c.appID
		if len(c.scopes) > 0 {
			text += ", " + strings.Join(c.scopes, ", ")
		}
		row.Names = append(row.Names, views.ImpactName{Text: text})
	}
	if more := n - len(row.Names); more > 0 {
		row.More = views.Count(more) + " more"
	}
	return row
}

func (i *impact) licencesRow() views.ImpactRow {
	row := views.ImpactRow{Label: partLicences, Fault: i.faultOf(partLicences)}
	n := len(i.licences)
	if n == 0 {
		row.Text = "It has none."
		return row
	}
	row.Some = true
	row.Text = views.Plural(n, "licence") + verb(n, " comes", " come") + " free."
	for _, l := range i.licences {
		row.Names = append(row.Names, views.ImpactName{Text: l.PartNumber})
	}
	return row
}

// staysBehind says what is there afterwards.
func (i *impact) staysBehind() string {
	var stays []string
	switch i.kind {
	case graph.KindBlueprintPrincipal:
		stays = append(stays, "The blueprint, which can do nothing in this tenant without its principal")
	case graph.KindAgentUser:
		stays = append(stays, "Its agent identity, to which another agent user can be given; then this one cannot be restored")
	}
	if n := len(i.users); n > 0 {
		stays = append(stays, views.Plural(n, "agent user")+" that nobody can sign in as")
	}
	return strings.Join(append(stays, "Tokens that were given out, until they end", "The audit history of this portal"), ". ") + "."
}

// binWords say how it can come back, and what it costs meanwhile.
func (i *impact) binWords() string {
	words := "Graph keeps it for 30 days, and it can be restored until then."
	switch i.kind {
	case graph.KindAgentUser:
		return words
	case graph.KindBlueprintPrincipal:
		words += " Nobody can purge a blueprint principal sooner."
	}
	words += " Deleted agent identities count against the quota of " + views.Count(agentQuota) + " of their blueprint until they are purged"
	if i.deleted == nil {
		return words + "."
	}
	return words + "; " + views.Count(*i.deleted) + " " + verb(*i.deleted, "does", "do") + " now."
}

// atLeast begins a sentence about what was not counted to its end.
func atLeast(more bool) string {
	if more {
		return "At least "
	}
	return ""
}

// verb picks the form for one or for several.
func verb(n int, one, several string) string {
	if n == 1 {
		return one
	}
	return several
}
