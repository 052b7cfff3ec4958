package handlers

import (
	"agentidportal/entra/graph"
	"agentidportal/provision"
	"agentidportal/views"
)

// words are what a deletion means, in sentences.
func (t *felling) words() []string {
	var words []string
	n, more := t.i.agents.count()
	switch t.o.kind {
	case graph.KindBlueprint:
		if n > 0 {
			what := atLeast(more) + views.Plural(n, "agent identity")
			if u := len(t.i.users); u > 0 {
				what += " and " + views.Plural(u, "agent user")
			}
			words = append(words, what+verb(n+len(t.i.users), " stops", " stop")+" working at once: no new tokens.")
		}
		words = append(words, "Each object is deleted by name: agent users first, then agent identities, the principal, the blueprint. Where one cannot be deleted, what is above it stays too.")
	case graph.KindBlueprintPrincipal:
		words = append(words, "The blueprint stays. Without its principal it can do nothing in this tenant.")
		if n > 0 {
			words = append(words, atLeast(more)+views.Plural(n, "agent identity")+verb(n, " gets", " get")+" no new tokens, and Graph moves "+verb(n, "it", "them")+
				" to the recycle bin about a day later. Restoring the principal before that spares "+verb(n, "it", "them")+"; afterwards each has to be restored by itself.")
		}
		if u := len(t.i.users); u > 0 {
			words = append(words, views.Plural(u, "agent user")+verb(u, " stays", " stay")+" behind. To delete all of it, delete the blueprint instead.")
		}
	case graph.KindAgentIdentity:
		words = append(words, "It stops working at once: no new tokens, neither for itself nor for people. Its blueprint and the other agent identities go on.")
	case graph.KindAgentUser:
		words = append(words, "Its agent identity gets no new tokens for this account: no mailbox, no chat, no files of its own. It stays, and another agent user can be given to it; then this one cannot be restored.")
	}
	if row := t.i.permissionsRow(); row.Some {
		words = append(words, row.Text)
	}
	if row := t.i.licencesRow(); row.Some && t.o.kind == graph.KindAgentUser {
		words = append(words, row.Text)
	}
	return append(words, "Tokens that were given out already stay valid until they end.", t.binWords())
}

// binWords say how it can come back, and what it costs meanwhile.
func (t *felling) binWords() string {
	words := "What is deleted stays in the recycle bin for 30 days, and can be restored until then."
	if t.o.kind == graph.KindBlueprintPrincipal || t.o.kind == graph.KindBlueprint && t.i.principal != nil {
		words += " Nobody can purge a blueprint principal sooner."
	}
	if t.o.kind == graph.KindAgentUser {
		return words
	}
	words += " Deleted agent identities count against the quota of " + views.Count(agentQuota) + " of their blueprint until they are purged"
	if t.i.deleted == nil {
		return words + "."
	}
	return words + "; " + views.Count(*t.i.deleted) + " " + verb(*t.i.deleted, "does", "do") + " now."
}

// tooMuch is why a tree cannot be deleted from here: it is not known whole, or it
// is more than one run takes. Nil when it can.
func (t *felling) tooMuch(n int) *views.Finding {
	for _, what := range []string{partAgents, partUsers, partPrincipal} {
		if why := t.i.faultOf(what); why != "" && t.o.kind != graph.KindAgentUser {
			return &views.Finding{
				Tone: views.ToneWarn, Title: "The portal could not read all that hangs on it",
				Detail: what + ": " + why + ". It deletes nothing that it cannot show before. Read the page again.", Act: "Read again", ActHref: t.o.path() + "/delete",
			}
		}
	}
	if n <= provision.MaxActs && !(t.i.agents.more && t.o.kind == graph.KindBlueprint) {
		return nil
	}
	title := "These are " + views.Plural(n, "object") + ", more than one run deletes"
	if t.i.agents.more {
		title = "These are more objects than the portal reads for one page"
	}
	return &views.Finding{
		Tone: views.ToneWarn, Title: title,
		Detail: "A run deletes at most " + views.Count(provision.MaxActs) + " objects. Delete agent identities in their list first, some at a time, then the rest here.",
		Act:    "Open the agent identities", ActHref: "/agents?blueprint=" + t.o.blueprint,
	}
}
