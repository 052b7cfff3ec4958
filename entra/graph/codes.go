package graph

import (
	"cmp"
	"slices"

	"agentidportal/entra"
)

// ExplainCode explains an error.code of Graph; ok is false for one not known
// here. https://learn.microsoft.com/graph/errors
func ExplainCode(code string) (what entra.Explanation, ok bool) {
	for _, table := range codeTables() {
		if found, ok := table.codes[code]; ok {
			return found, true
		}
	}
	return entra.Explanation{}, false
}

// Codes lists all that ExplainCode knows, by name.
func Codes() []entra.CodeGroup {
	var groups []entra.CodeGroup
	for _, table := range codeTables() {
		group := entra.CodeGroup{Title: table.title}
		for code, what := range table.codes {
			group.Rows = append(group.Rows, entra.CodeRow{Code: code, Explanation: what})
		}
		slices.SortFunc(group.Rows, func(a, b entra.CodeRow) int { return cmp.Compare(a.Code, b.Code) })
		groups = append(groups, group)
	}
	return groups
}

type codeTable struct {
	title string
	codes map[string]entra.Explanation
}

func codeTables() []codeTable {
	return []codeTable{{"Microsoft Graph: agents", agentCodes}, {"Microsoft Graph: all objects", generalCodes}}
}

// agentCodes are the ones only agents meet.
// https://learn.microsoft.com/entra/agent-id/error-codes
var agentCodes = map[string]entra.Explanation{
	"Agent_Directory_QuotaExceeded": {
		Meaning: "The tenant has as many agent objects as it may have.",
		Cause:   "Agents made by a program and never deleted. Deleted ones count for 30 days.",
		Fix:     "Delete what is not needed, and empty the recycle bin where that is allowed.",
	},
	"AgentBlueprint_LimitExceeded": {
		Meaning: "The application that asks has made as many blueprints as it may.",
		Cause:   "A program makes a blueprint for each agent. One blueprint serves many agents.",
		Fix:     "Use one blueprint for agents of one kind, or create the blueprint as a person.",
	},
	"AgentIdentity_LimitExceeded": {
		Meaning: "The blueprint has as many agent identities as it may have: 250.",
		Cause:   "Agents made by a program and never deleted. Deleted ones count for 30 days.",
		Fix:     "Delete agent identities that are not needed, or create another blueprint.",
	},
	"AgentBlueprint_IncompatibleProperty": {
		Meaning: "The request sets a property that a blueprint does not have.",
		Cause:   "The body was copied from an ordinary application.",
		Fix:     "Leave the property out. Graph's text names it.",
	},
	"AgentBlueprint_IncompatibleProperty_NullPropertyName": {
		Meaning: "The request sets something on a blueprint that has no name.",
		Cause:   "The body of a program is built wrong.",
		Fix:     "Look at the body that was sent for an empty name.",
	},
	"AgentBlueprint_NotSupportedOnApiVersion": {
		Meaning: "This version of Graph does not serve blueprints in this way.",
		Cause:   "A call of beta was sent to v1.0, or the reverse.",
		Fix:     "Send the call to the version its documentation names.",
	},
	"AgentBlueprintPrincipal_IncompatibleProperty": {
		Meaning: "The request sets a property that a blueprint principal does not have.",
		Cause:   "A secret was added to the principal. Secrets belong to the blueprint.",
		Fix:     "Set it on the blueprint, or leave it out.",
	},
	"AgentBlueprintPrincipal_AgentIdentity_IncompatibleProperty": {
		Meaning: "The request sets a property of an agent identity on a blueprint principal, or the reverse.",
		Cause:   "Both are service principals, and the body names the wrong type.",
		Fix:     "Check @odata.type in the body.",
	},
	"AgentBlueprintPrincipal_NotSupportedOnApiVersion": {
		Meaning: "This version of Graph does not serve blueprint principals in this way.",
		Cause:   "A call of beta was sent to v1.0, or the reverse.",
		Fix:     "Send the call to the version its documentation names.",
	},
	"AgentBlueprintPrincipal_RequireAgentBlueprint": {
		Meaning: "A blueprint principal needs a blueprint, and this App ID belongs to an ordinary application.",
		Cause:   "The App ID of another application was written.",
		Fix:     "Use the App ID of a blueprint.",
	},
	"AgentIdentity_AgentBlueprintPrincipalDoesNotExist": {
		Meaning: "The blueprint has no principal in this tenant.",
		Cause:   "The principal was made a moment ago and is not known everywhere yet, or it was never made or has been deleted.",
		Fix:     "Wait a minute and try again. If it stays, create the blueprint principal.",
	},
	"AgentIdentity_CredentialsNotSupported": {
		Meaning: "An agent identity has no credential of its own.",
		Cause:   "A secret or certificate was added to the agent identity.",
		Fix:     "Add it to the blueprint: its agents get their tokens through it.",
	},
	"AgentIdentity_IncompatibleParentType": {
		Meaning: "The parent of the agent identity is no blueprint.",
		Cause:   "The id of an ordinary application, or the Object ID in place of the App ID.",
		Fix:     "Write the App ID of the blueprint in agentIdentityBlueprintId.",
	},
	"AgentIdentity_NotSupportedOnApiVersion": {
		Meaning: "This version of Graph does not serve agent identities in this way.",
		Cause:   "A call of beta was sent to v1.0, or the reverse.",
		Fix:     "Send the call to the version its documentation names.",
	},
	"Error_AgentBlueprintCannotCreateAssociatedIdentity": {
		Meaning: "A blueprint may not create an agent identity of another blueprint.",
		Cause:   "The program signs in as one blueprint and names another in the body.",
		Fix:     "Sign in as the blueprint that the agent shall belong to.",
	},
	"Error_AgentIdentitiesCreatingAgentIdentitiesNotAllowed": {
		Meaning: "An agent identity may not create agent identities.",
		Cause:   "The call was made with the agent's token where the blueprint's belongs.",
		Fix:     "Make the call as the blueprint or as a person.",
	},
	"Error_AgentIdentitySelfCreateRequired": {
		Meaning: "With this permission only the blueprint itself may create its agent identities.",
		Cause:   "Another application holds AgentIdentity.CreateAsManager, which serves a blueprint for its own agents.",
		Fix:     "Make the call as the blueprint, or with AgentIdentity.Create.All.",
	},
	"PropertyNotCompatibleWithAgentIdentity": {
		Meaning: "An agent identity does not have this property.",
		Cause:   "A password was added to the agent identity.",
		Fix:     "Leave it out. Credentials belong to the blueprint.",
	},
}

// generalCodes are met with all objects.
// https://learn.microsoft.com/graph/resolve-auth-errors
// https://learn.microsoft.com/graph/throttling
var generalCodes = map[string]entra.Explanation{
	"Authorization_RequestDenied": {
		Meaning: "Graph refuses the call to this caller.",
		Cause:   "A scope, a directory role, ownership or a licence is missing. A token that holds Directory.AccessAsUser.All loses its agent permissions.",
		Fix:     "The refusal page tells the four apart. Get what is missing, then sign in again.",
	},
	"Authentication_MissingOrMalformed": {
		Meaning: "The call has no token, or one that cannot be read.",
		Cause:   "A proof or a token was cut when it was copied.",
		Fix:     "Get a new token and send it whole.",
	},
	"InvalidAuthenticationToken": {
		Meaning: "Graph does not accept the token.",
		Cause:   "It has ended, was made for another resource, or the person's sign-ins were ended.",
		Fix:     "Sign in again. For an agent, get a token whose audience is Microsoft Graph.",
	},
	"insufficient_claims": {
		Meaning: "A Conditional Access policy asks for more proof than the token has.",
		Cause:   "A policy for agents or for administrators came into force.",
		Fix:     "Sign in again; the further proof is asked for there.",
	},
	"Request_ResourceNotFound": {
		Meaning: "There is no such object, or this replica of the directory does not know it yet.",
		Cause:   "It was made a moment ago, was deleted, or its id belongs to another tenant.",
		Fix:     "Wait a minute after making it. Else compare the id, and look into the recycle bin.",
	},
	"NoBackingApplicationObject": {
		Meaning: "The application behind the principal is not known yet.",
		Cause:   "The blueprint was made a moment ago.",
		Fix:     "Wait a minute and try again. Runs of the portal do so by themselves.",
	},
	"Request_BadRequest": {
		Meaning: "Something is wrong with the request. Graph has this one code for nearly everything; its text tells more.",
		Cause:   "No sponsor was named, a reference exists already, or a new object has not reached every replica.",
		Fix:     "Read Graph's text. “Not found” about a new object goes away after a minute.",
	},
	"BadRequest": {
		Meaning: "The request has a form Graph does not take.",
		Cause:   "/me was asked for without a person, or a batch holds a wrong part.",
		Fix:     "Read Graph's text and compare the call with its documentation.",
	},
	"Request_UnsupportedQuery": {
		Meaning: "Graph does not answer this filter, sort or search.",
		Cause:   "A filter by agent type, or one that needs ConsistencyLevel: eventual.",
		Fix:     "Filter by another field, or read all and choose.",
	},
	"Request_MultipleObjectsWithSameKeyValue": {
		Meaning: "An object with the same key exists already.",
		Cause:   "A blueprint has one principal in a tenant, an agent identity one agent user.",
		Fix:     "Read the object that is there and use it.",
	},
	"Conflict": {
		Meaning: "The object exists already or was changed meanwhile.",
		Cause:   "Two people or programs work on it.",
		Fix:     "Read it again before the next try.",
	},
	"Directory_ConcurrencyViolation": {
		Meaning: "Two changes met at the same object.",
		Cause:   "Several agents or owners were added at once.",
		Fix:     "Wait some seconds and try again.",
	},
	"PreconditionFailed": {
		Meaning: "The object is no longer in the version that the call was made for.",
		Cause:   "It was changed between reading and writing.",
		Fix:     "Read it again and decide anew.",
	},
	"Directory_QuotaExceeded": {
		Meaning: "The tenant or the person has as many objects as allowed.",
		Cause:   "A person without a role may make 250 objects; deleted ones count for 30 days.",
		Fix:     "Delete what is not needed, or let an administrator make it.",
	},
	"CannotDeleteOrUpdateEnabledEntitlement": {
		Meaning: "A scope or app role has to be disabled before it is deleted or changed.",
		Cause:   "A scope of the blueprint was removed in one step.",
		Fix:     "Set isEnabled to false first, then delete it.",
	},
	"TooManyRequests": {
		Meaning: "Graph asks for a pause.",
		Cause:   "All programs of the tenant share its limits; an agent reads in a loop.",
		Fix:     "Wait as long as Retry-After says. The portal's runs do so by themselves.",
	},
	"ServiceUnavailable": {
		Meaning: "Graph cannot answer at the moment.",
		Cause:   "None of ours: the service is at fault.",
		Fix:     "Try again in a minute.",
	},
	"InternalServerError": {
		Meaning: "Graph had a fault of its own.",
		Cause:   "None of ours. It may have carried out a change all the same.",
		Fix:     "Read before you send a change again. Runs of the portal do.",
	},
	"GatewayTimeout": {
		Meaning: "Graph did not get its own answer in time.",
		Cause:   "None of ours. It may have carried out a change all the same.",
		Fix:     "Read before you send a change again. Runs of the portal do.",
	},
	"UnsupportedMediaType": {
		Meaning: "Graph takes JSON bodies only.",
		Cause:   "A program sent a form or text.",
		Fix:     "Send Content-Type: application/json.",
	},
	"RequestEntityTooLarge": {
		Meaning: "The body is larger than Graph takes.",
		Cause:   "A batch of many large parts.",
		Fix:     "Send fewer parts at once.",
	},
}
