package handlers

import (
	"agentidportal/entra/graph"
	"agentidportal/views"
)

// agentUserFindings are what the facts of an agent user mean, each with its
// next act.
func agentUserFindings(d *views.AgentUserDetail) []views.Finding {
	findings := signInFindings(d)
	page := "/agent-users/" + d.User.ID
	if len(d.Licences) > 0 && d.User.UsageLocation == "" {
		findings = append(findings, views.Finding{
			Tone: views.ToneWarn, Title: "It has a licence and no usage location",
			Detail: "Microsoft 365 decides by the usage location which services a licence may bring. Without one, services may be withheld and no other licence can be assigned.",
			Act:    "Licences", ActHref: page + "/licences",
		})
	}
	if d.Sponsors.Fault == "" && len(d.Sponsors.Refs) == 0 {
		findings = append(findings, views.Finding{
			Tone: views.ToneWarn, Title: "The agent user has no sponsor",
			Detail: "Nobody is asked when its access is reviewed. A sponsor is a person or a group.",
			Act:    "Manager & sponsors", ActHref: page + "/owners",
		})
	}
	if d.Manager.Fault == "" && len(d.Manager.Refs) == 0 {
		findings = append(findings, views.Finding{
			Tone: views.ToneInfo, Title: "The agent user has no manager",
			Detail: "A manager may request access packages for it, and stands in the address book as whom it works for.",
			Act:    "Manager & sponsors", ActHref: page + "/owners",
		})
	}
	return findings
}

// signInFindings say why nobody can sign in as the agent user.
func signInFindings(d *views.AgentUserDetail) []views.Finding {
	var findings []views.Finding
	if d.Orphan {
		findings = append(findings, views.Finding{
			Tone: views.ToneDanger, Title: "Its agent identity is gone: this agent user is an orphan",
			Detail: "Nobody can sign in as it, and it cannot be given to another agent identity. Graph leaves agent users behind when their agent identity is deleted. " +
				"One that was deleted in the last 30 days can be restored; otherwise the agent user is of no use any more, and its licences and groups stay taken until it is deleted.",
			Act: "What happened to the agent identity", ActHref: "/audit?target=" + d.User.IdentityParentID,
		})
	}
	if !d.User.AccountEnabled {
		findings = append(findings, views.Finding{
			Tone: views.ToneWarn, Title: "This agent user is disabled",
			Detail: "Its agent identity gets no tokens for it until somebody enables it again. Tokens it already has stay valid until they end.",
			Act:    "Who changed it", ActHref: "/agent-users/" + d.User.ID + "/audit",
		})
	}
	if d.Parent == nil {
		return findings
	}
	if !d.Parent.AccountEnabled {
		findings = append(findings, views.Finding{
			Tone: views.ToneWarn, Title: "Its agent identity is disabled",
			Detail: "Nobody signs in as this agent user until somebody enables the agent identity again.",
			Act:    "Open the agent identity", ActHref: "/agents/" + d.Parent.ID,
		})
	}
	return append(findings, familyFindings(d.Family)...)
}

// familyFindings say why none of a family gets tokens.
func familyFindings(f views.Family) []views.Finding {
	switch p := f.Principal; {
	case p != nil && !p.AccountEnabled:
		return []views.Finding{{
			Tone: views.ToneWarn, Title: "The blueprint principal is disabled",
			Detail: "Neither its agent identities nor their agent users get tokens until somebody enables it again.",
			Act:    "Open the principal", ActHref: "/principals/" + p.ID,
		}}
	case p == nil && f.PrincipalFault == "":
		return []views.Finding{{
			Tone: views.ToneDanger, Title: "The blueprint has no principal in this tenant",
			Detail: "Without it, neither agent identities nor their agent users get tokens.",
			Act:    "Open the blueprint", ActHref: blueprintOf(f),
		}}
	}
	return nil
}

func blueprintOf(f views.Family) string {
	if f.Blueprint == nil {
		folder, _, _ := folderOf(graph.KindBlueprint)
		return folder
	}
	return "/blueprints/" + f.Blueprint.ID
}
