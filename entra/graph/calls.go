package graph

import (
	"net/http"
	"time"
)

// NewBlueprint is what a blueprint is created from.
type NewBlueprint struct {
	DisplayName    string         // 1 to 256 characters
	Description    string         // optional
	SignInAudience string         // AudienceOneTenant or AudienceManyTenants; empty leaves it to Graph: one tenant
	Sponsors       []PrincipalRef // ids and kinds are sent; Graph wants at least one
	Owners         []PrincipalRef
	Tags           []string
}

// The sign-in audiences of a blueprint that the portal offers.
// https://learn.microsoft.com/entra/identity-platform/supported-accounts-validation
const (
	AudienceOneTenant   = "AzureADMyOrg"
	AudienceManyTenants = "AzureADMultipleOrgs"
)

// NewAgentIdentity is what an agent identity is created from.
type NewAgentIdentity struct {
	DisplayName    string // 1 to 256 characters
	BlueprintAppID string
	Sponsors       []PrincipalRef
	Tags           []string
}

// OpTag is the tag by which a run finds again what one of its operations created.
func OpTag(opID string) string { return "portal-op:" + opID }

// blueprintBody is the body of a create. Its links name whole addresses, so it depends on the cloud.
type blueprintBody struct {
	DisplayName string   `json:"displayName"`
	Description string   `json:"description,omitempty"`
	Audience    string   `json:"signInAudience,omitempty"`
	Sponsors    []string `json:"sponsors@odata.bind,omitempty"`
	Owners      []string `json:"owners@odata.bind,omitempty"`
	Tags        []string `json:"tags,omitempty"`
}

// CreateBlueprintCall creates a blueprint; the answer is a Blueprint.
// https://learn.microsoft.com/graph/api/agentidentityblueprint-post
func CreateBlueprintCall(base string, b NewBlueprint) Call {
	return Call{
		Method: http.MethodPost, Path: blueprintsPath, Needs: "AgentIdentityBlueprint.Create",
		Body: blueprintBody{
			DisplayName: b.DisplayName, Description: b.Description, Audience: b.SignInAudience, Tags: b.Tags,
			Sponsors: links(base, b.Sponsors), Owners: links(base, b.Owners),
		},
	}
}

type principalBody struct {
	AppID string `json:"appId"`
}

// CreateBlueprintPrincipalCall creates the principal of a blueprint; the answer is a BlueprintPrincipal.
// https://learn.microsoft.com/graph/api/agentidentityblueprintprincipal-post
func CreateBlueprintPrincipalCall(blueprintAppID string) Call {
	return Call{
		Method: http.MethodPost, Path: principalsPath, Needs: "AgentIdentityBlueprintPrincipal.Create",
		Body: principalBody{AppID: blueprintAppID},
	}
}

type passwordBody struct {
	PasswordCredential struct {
		DisplayName string `json:"displayName,omitempty"`
		EndDateTime string `json:"endDateTime,omitempty"`
	} `json:"passwordCredential"`
}

// AddPasswordCall makes a client secret; the answer is a PasswordCredential, the only one with the secret in it. A zero
// end leaves the end to Graph (two years).
// https://learn.microsoft.com/graph/api/application-addpassword
func AddPasswordCall(blueprintID, displayName string, end time.Time) Call {
	var body passwordBody
	body.PasswordCredential.DisplayName = displayName
	if !end.IsZero() {
		body.PasswordCredential.EndDateTime = end.UTC().Format(time.RFC3339)
	}
	return Call{
		Method: http.MethodPost, Path: applicationsPath + "/" + idSegment(blueprintID) + "/addPassword",
		Needs: "AgentIdentityBlueprint.AddRemoveCreds.All", Body: body,
	}
}

type keyBody struct {
	KeyID string `json:"keyId"`
}

// RemovePasswordCall removes a client secret; there is no answer.
// https://learn.microsoft.com/graph/api/application-removepassword
func RemovePasswordCall(blueprintID, keyID string) Call {
	return Call{
		Method: http.MethodPost, Path: applicationsPath + "/" + idSegment(blueprintID) + "/removePassword",
		Needs: "AgentIdentityBlueprint.AddRemoveCreds.All", Body: keyBody{KeyID: keyID},
	}
}

type agentBody struct {
	DisplayName string   `json:"displayName"`
	BlueprintID string   `json:"agentIdentityBlueprintId"` // takes the appId
	Sponsors    []string `json:"sponsors@odata.bind,omitempty"`
	Tags        []string `json:"tags,omitempty"`
}

// CreateAgentIdentityCall creates an agent identity; the answer is an AgentIdentity. As the blueprint itself it needs
// AgentIdentity.CreateAsManager, which every blueprint principal has.
// https://learn.microsoft.com/graph/api/agentidentity-post
func CreateAgentIdentityCall(base string, a NewAgentIdentity) Call {
	return Call{
		Method: http.MethodPost, Path: agentsPath, Needs: "AgentIdentity.Create.All",
		Body: agentBody{
			DisplayName: a.DisplayName, BlueprintID: a.BlueprintAppID,
			Sponsors: links(base, a.Sponsors), Tags: a.Tags,
		},
	}
}

// By is the same call sent by another caller, with the permission that caller needs.
func (c Call) By(caller Caller) Call {
	c.As = caller
	switch {
	case caller == AsBlueprint && c.Path == agentsPath:
		c.Needs = "AgentIdentity.CreateAsManager"
	case caller == AsBlueprint && c.Path == newAgentUsersPath:
		c.Needs = "AgentIdUser.ReadWrite.IdentityParentedBy"
	}
	return c
}

// links are the addresses of people, groups and service principals, as @odata.bind wants them.
func links(base string, refs []PrincipalRef) []string {
	var links []string
	for _, ref := range refs {
		links = append(links, link(base, ref))
	}
	return links
}

// link is the address of one of them: its collection has to fit the object.
// https://learn.microsoft.com/graph/api/agentidentityblueprint-post-sponsors
func link(base string, ref PrincipalRef) string {
	collection := usersPath
	switch ref.Kind {
	case KindGroup:
		collection = groupsPath
	case KindServicePrincipal:
		collection = servicePrincipalsPath
	}
	return base + collection + "/" + PathSegment(ref.ID)
}
