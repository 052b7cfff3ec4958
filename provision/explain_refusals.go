package provision

import "fmt"

// knownRefusal is one of the refusals of changes that people make to what is there.
// Graph has one code for most of them, so that its words tell.
type knownRefusal struct {
	kinds       []string // of steps; nil: all
	code        string   // the end of Graph's code, or
	said        string   // a part of what Graph said, in small letters
	title, text string
}

// refusalsOfObjects are met when objects are changed, deleted and restored.
// https://learn.microsoft.com/entra/agent-id/concept-agent-identity-deletion
var refusalsOfObjects = []knownRefusal{
	{
		[]string{KindPurge},
		"", "cannot be deleted permanently", "A blueprint principal cannot be purged",
		"Entra keeps it until its 30 days are over, and purges it by itself then. Its blueprint and its agent identities can be purged now.",
	},
	{
		[]string{KindRestore},
		"AgentBlueprintPrincipalDoesNotExist", "", "The principal of its blueprint is not there",
		"An agent identity comes back only while the principal of its blueprint is in the tenant. Restore the blueprint, then its principal; after that, retry.",
	},
	{
		[]string{KindRestore},
		"", "of the service principal is deleted", "Its blueprint is deleted",
		"A blueprint principal comes back only when its blueprint is there. Restore the blueprint first, then retry.",
	},
	{
		nil, "LimitExceeded", "", "There is no room for it",
		fmt.Sprintf("A blueprint may have %d agent identities, and deleted ones count until they are purged. Purge some in the recycle bin, then retry.", MaxAgents),
	},
	{
		nil, "QuotaExceeded", "", "The quota of the directory is used up",
		"The tenant, or the person, has as many objects as may be; deleted ones count until they are purged. Purge some in the recycle bin, then retry.",
	},
	{
		[]string{KindRestore},
		"", "property userprincipalname", "Its sign-in name belongs to another user by now",
		"Two users cannot have one sign-in name. Rename or delete the other one, then retry.",
	},
	{
		nil, "", "property userprincipalname already exists", "The sign-in name is taken",
		"Another user of the tenant has it. Nothing was changed: choose another name.",
	},
	{
		[]string{KindRestore},
		"", "property identityparentid", "Its agent identity has another agent user by now",
		"An agent identity has one agent user. Delete the other one, then retry.",
	},
	{
		nil, "", "property identifieruris", "The identifier URI belongs to another application by now",
		"Two applications cannot have one identifier URI. Take it from the other one, then retry.",
	},
	{
		nil, "", "property uniquename", "Its unique name belongs to another application by now",
		"Two applications cannot have one unique name. Change the other one, then retry.",
	},
	{
		[]string{KindRestore},
		"", "property serviceprincipalnames", "Its blueprint has another principal by now",
		"A blueprint has one principal in a tenant: somebody has made a new one. Use that one, or delete it and retry.",
	},
	{
		[]string{KindUpdate},
		"", "domain portion of the userprincipalname", "The domain of the sign-in name is none of the tenant’s",
		"A sign-in name ends in a verified domain of the tenant. Nothing was changed: choose another name.",
	},
	{
		[]string{KindUpdate},
		"", "is read-only", "Graph does not let this be changed",
		"Graph’s own words below name the property. It is set when the object is made, or by Graph alone. Nothing was changed.",
	},
	{
		[]string{KindUpdate},
		"", "invalid value", "Graph does not take one of the values",
		"Graph’s own words below name the property. Nothing was changed: correct it and send the form again.",
	},
}

// refusalsOfPeople are met when owners and sponsors are named.
// https://learn.microsoft.com/graph/api/agentidentityblueprint-post-sponsors
var refusalsOfPeople = []knownRefusal{
	{
		nil, "", "number of sponsors exceeds", fmt.Sprintf("It has %d sponsors already", MaxSponsors),
		"That is as many as there may be. Remove one first, or name a group that Graph takes as a sponsor.",
	},
	{
		nil, "", "number of groups among the sponsors", fmt.Sprintf("It has %d groups among its sponsors already", MaxSponsorGroups),
		"That is as many as there may be. Remove one first, or name people.",
	},
	{
		nil, "", "number of owners exceeds", "It has 100 owners already",
		"That is as many as there may be. Remove one first.",
	},
	{
		nil, "", "cannot be a sponsor", "Graph does not take %s as a sponsor",
		"Sponsors are people, Microsoft 365 groups and groups with dynamic membership, at most 100, of them 5 groups. An agent user, a service principal, " +
			"a security group with assigned members and a group that directory roles can be given to are none of them. Of a group, the direct members alone " +
			"have a sponsor’s rights: members of groups inside it have none. Nothing was changed.",
	},
	{
		nil, "", "'owners' reference", "Graph does not take %s as an owner",
		"Owners are people and service principals. A group and an agent user are none of them. Nothing was changed.",
	},
	{
		[]string{KindOwnerRemove, KindSponsorRemove},
		"", "at least one", "%s is the last one",
		"Graph wants one to stay. Add somebody else first, then retry.",
	},
}

// refusalsOfGroups are met when members of groups are changed.
// https://learn.microsoft.com/graph/api/group-post-members
var refusalsOfGroups = []knownRefusal{
	{
		nil, "", "dynamic membership", "A rule decides who is a member of this group",
		"The members of a group with dynamic membership cannot be changed by hand. Change its rule in the directory, or choose another group.",
	},
	{
		nil, "", "'members' reference", "This group takes no agent users",
		"A group that directory roles can be given to takes no agents. Choose another group. Nothing was changed.",
	},
}
