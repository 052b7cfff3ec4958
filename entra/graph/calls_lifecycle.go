package graph

import "net/http"

// The permissions of the agent types, by what is done. Agent users have one for everything.
// https://learn.microsoft.com/graph/permissions-reference
var lifecyclePermissions = map[Kind]struct{ write, enable, remove string }{
	KindBlueprint: {write: "AgentIdentityBlueprint.ReadWrite.All", remove: "AgentIdentityBlueprint.DeleteRestore.All"},
	KindBlueprintPrincipal: {
		write: "AgentIdentityBlueprintPrincipal.ReadWrite.All", enable: "AgentIdentityBlueprintPrincipal.EnableDisable.All",
		remove: "AgentIdentityBlueprintPrincipal.DeleteRestore.All",
	},
	KindAgentIdentity: {write: "AgentIdentity.ReadWrite.All", enable: "AgentIdentity.EnableDisable.All", remove: "AgentIdentity.DeleteRestore.All"},
	KindAgentUser:     {write: writeUsers, enable: writeUsers, remove: writeUsers},
}

func writePermission(kind Kind) string { return lifecyclePermissions[kind].write }

// itemOf is ItemPath for calls; empty for a kind that has none, which no Writer sends.
func itemOf(kind Kind, id string) string {
	path, err := ItemPath(kind, id)
	if err != nil {
		return ""
	}
	return path
}

// CanDisable says whether objects of a kind can be disabled: a blueprint is, by way of its principal.
func CanDisable(kind Kind) bool { return lifecyclePermissions[kind].enable != "" }

type enabledBody struct {
	AccountEnabled bool `json:"accountEnabled"`
}

// SetEnabledCall enables or disables a blueprint principal, an agent identity or an agent user: what is disabled gets no
// token. There is no answer.
// https://learn.microsoft.com/graph/api/agentidentity-update
func SetEnabledCall(kind Kind, id string, enabled bool) Call {
	return Call{
		Method: http.MethodPatch, Path: itemOf(kind, id), Needs: lifecyclePermissions[kind].enable, Body: enabledBody{enabled},
	}
}

// UpdateCall changes properties of a blueprint, a blueprint principal, an agent identity or an agent user, by the names
// Graph has for them. There is no answer, or the object as it is then.
// https://learn.microsoft.com/graph/api/agentidentityblueprint-update
// https://learn.microsoft.com/graph/api/agentuser-update
func UpdateCall(kind Kind, id string, fields map[string]any) Call {
	return Call{Method: http.MethodPatch, Path: itemOf(kind, id), Needs: writePermission(kind), Body: fields}
}

// DeleteCall moves an object to the recycle bin, for 30 days; there is no answer. With a blueprint its principal goes, and
// a day later its agent identities.
// https://learn.microsoft.com/entra/agent-id/concept-agent-identity-deletion
func DeleteCall(kind Kind, id string) Call {
	collection := servicePrincipalsPath
	switch kind {
	case KindBlueprint:
		collection = applicationsPath
	case KindAgentUser:
		collection = usersPath
	}
	return Call{Method: http.MethodDelete, Path: collection + "/" + idSegment(id), Needs: lifecyclePermissions[kind].remove}
}

// RestoreCall takes an object out of the recycle bin; the answer is the object. Each is restored for itself, the principal
// of a blueprint too.
// https://learn.microsoft.com/graph/api/directory-deleteditems-restore
func RestoreCall(kind Kind, id string) Call {
	return Call{Method: http.MethodPost, Path: deletedPath + "/" + idSegment(id) + "/restore", Needs: lifecyclePermissions[kind].remove}
}

// PurgeCall deletes an object of the recycle bin for good; there is no answer. A blueprint principal leaves the bin only
// by time.
// https://learn.microsoft.com/graph/api/directory-deleteditems-delete
func PurgeCall(kind Kind, id string) Call {
	return Call{Method: http.MethodDelete, Path: deletedPath + "/" + idSegment(id), Needs: lifecyclePermissions[kind].remove}
}
