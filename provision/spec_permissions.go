package provision

// ResourceRef is the service principal of an API in this tenant.
type ResourceRef struct {
	ID    string `json:"id"`    // object id of the service principal
	AppID string `json:"appId"` // client id of the API
	Name  string `json:"name"`
}

// InheritSpec lets all agents of a blueprint inherit delegated permissions of one API. They take effect for what the
// blueprint principal was granted, which the run does as well when Consent is set.
// https://learn.microsoft.com/entra/agent-id/configure-inheritable-permissions-blueprints
type InheritSpec struct {
	Resource ResourceRef `json:"resource"`
	Scopes   []string    `json:"scopes"`  // empty: every scope that the principal was granted
	Consent  bool        `json:"consent"` // grant Scopes to the principal, for everybody
}

// RoleSpec is an application permission: an app role of an API, given to every agent identity of a run.
type RoleSpec struct {
	Resource ResourceRef `json:"resource"`
	RoleID   string      `json:"roleId"`
	Value    string      `json:"value"` // Mail.Send
}
