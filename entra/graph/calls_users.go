package graph

import "net/http"

// NewAgentUser is what an agent user is created from.
type NewAgentUser struct {
	DisplayName   string // 1 to 256 characters
	UPN           string // name and verified domain of the tenant
	MailNickname  string // at most 64 characters
	ParentID      string // object id of the agent identity, which has one agent user at most
	UsageLocation string // two letters; optional, and needed before a licence
}

type agentUserBody struct {
	Type           string `json:"@odata.type"`
	AccountEnabled bool   `json:"accountEnabled"`
	DisplayName    string `json:"displayName"`
	MailNickname   string `json:"mailNickname"`
	UPN            string `json:"userPrincipalName"`
	ParentID       string `json:"identityParentId"`
	UsageLocation  string `json:"usageLocation,omitempty"`
}

// CreateAgentUserCall creates an agent user; the answer is an AgentUser. As the blueprint of the parent itself it needs
// AgentIdUser.ReadWrite.IdentityParentedBy, which has to be granted.
// https://learn.microsoft.com/graph/api/agentuser-post
func CreateAgentUserCall(u NewAgentUser) Call {
	return Call{
		Method: http.MethodPost, Path: newAgentUsersPath, Needs: writeUsers,
		Body: agentUserBody{
			Type: "#microsoft.graph.agentUser", AccountEnabled: true, DisplayName: u.DisplayName, MailNickname: u.MailNickname,
			UPN: u.UPN, ParentID: u.ParentID, UsageLocation: u.UsageLocation,
		},
	}
}

type licenseBody struct {
	Add    []addedLicense `json:"addLicenses"`
	Remove []string       `json:"removeLicenses"`
}

type addedLicense struct {
	SKUID    string   `json:"skuId"`
	Disabled []string `json:"disabledPlans"`
}

// AssignLicenseCall gives a user a licence with all its service plans; a second one of the same product changes nothing.
// https://learn.microsoft.com/graph/api/user-assignlicense
func AssignLicenseCall(userID, skuID string) Call {
	return Call{
		Method: http.MethodPost, Path: usersPath + "/" + idSegment(userID) + "/assignLicense", Needs: "LicenseAssignment.ReadWrite.All",
		Body: licenseBody{Add: []addedLicense{{SKUID: skuID, Disabled: []string{}}}, Remove: []string{}},
	}
}

// RemoveLicenseCall takes the licence of a product from a user.
// https://learn.microsoft.com/graph/api/user-assignlicense
func RemoveLicenseCall(userID, skuID string) Call {
	call := AssignLicenseCall(userID, skuID)
	call.Body = licenseBody{Add: []addedLicense{}, Remove: []string{skuID}}
	return call
}

// SetManagerCall makes a person the manager of a user, in place of the one before; there is no answer.
// https://learn.microsoft.com/graph/api/user-post-manager
func SetManagerCall(base, userID, managerID string) Call {
	return Call{
		Method: http.MethodPut, Path: usersPath + "/" + idSegment(userID) + "/manager/$ref", Needs: writeUsers,
		Body: refBody{ID: link(base, PrincipalRef{ID: managerID, Kind: KindUser})},
	}
}

// RemoveManagerCall leaves a user without a manager; there is no answer.
// https://learn.microsoft.com/graph/api/user-delete-manager
func RemoveManagerCall(userID string) Call {
	return Call{Method: http.MethodDelete, Path: usersPath + "/" + idSegment(userID) + "/manager/$ref", Needs: writeUsers}
}
