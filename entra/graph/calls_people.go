package graph

import "net/http"

// Relation is how people and groups answer for an object.
type Relation string

// The relations. Agent users have sponsors alone.
const (
	Owners   Relation = "owners"
	Sponsors Relation = "sponsors"
)

// refBody names an object by its address, as $ref wants it.
type refBody struct {
	ID string `json:"@odata.id"`
}

// AddRefCall names one more owner or sponsor of a blueprint, a blueprint principal, an agent identity or an agent user;
// there is no answer.
// https://learn.microsoft.com/graph/api/agentidentityblueprint-post-sponsors
func AddRefCall(base string, kind Kind, id string, relation Relation, who PrincipalRef) Call {
	return Call{
		Method: http.MethodPost, Path: itemOf(kind, id) + "/" + string(relation) + "/$ref", Needs: writePermission(kind),
		Body: refBody{ID: link(base, who)},
	}
}

// RemoveRefCall takes an owner or sponsor away, who himself stays; there is no answer.
// https://learn.microsoft.com/graph/api/agentidentity-delete-sponsors
func RemoveRefCall(kind Kind, id string, relation Relation, whoID string) Call {
	return Call{
		Method: http.MethodDelete, Path: itemOf(kind, id) + "/" + string(relation) + "/" + PathSegment(whoID) + "/$ref", Needs: writePermission(kind),
	}
}

// AddMemberCall makes a user, group or service principal a member of a group; there is no answer.
// https://learn.microsoft.com/graph/api/group-post-members
func AddMemberCall(base, groupID string, member PrincipalRef) Call {
	return Call{
		Method: http.MethodPost, Path: groupsPath + "/" + idSegment(groupID) + "/members/$ref", Needs: writeMembers,
		Body: refBody{ID: link(base, member)},
	}
}

// RemoveMemberCall takes a member out of a group; there is no answer.
// https://learn.microsoft.com/graph/api/group-delete-members
func RemoveMemberCall(groupID, memberID string) Call {
	return Call{
		Method: http.MethodDelete, Path: groupsPath + "/" + idSegment(groupID) + "/members/" + PathSegment(memberID) + "/$ref", Needs: writeMembers,
	}
}
