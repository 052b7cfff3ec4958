package graph

import "net/http"

// refBody names an object by its address, as $ref wants it.
type refBody struct {
	ID string `json:"@odata.id"`
}

// AddBlueprintSponsorCall names one more sponsor of a blueprint; there is no answer.
// https://learn.microsoft.com/graph/api/agentidentityblueprint-post-sponsors
func AddBlueprintSponsorCall(base, blueprintID string, sponsor PrincipalRef) Call {
	return Call{
		Method: http.MethodPost, Path: applicationsPath + "/" + idSegment(blueprintID) + "/" + blueprintCast + "/sponsors/$ref",
		Needs: "AgentIdentityBlueprint.ReadWrite.All", Body: refBody{ID: links(base, []PrincipalRef{sponsor})[0]},
	}
}
