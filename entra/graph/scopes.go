package graph

import "slices"

// Feature is a part of the portal that needs delegated permissions of its own.
type Feature string

// The features of the portal. Sign-in asks for all of them at once; later ones ask when they are opened.
const (
	FeatureSignIn     Feature = "sign-in"
	FeatureTenant     Feature = "tenant facts"
	FeatureLists      Feature = "lists and details"
	FeaturePeople     Feature = "finding people and groups"
	FeatureBlueprints Feature = "creating blueprints"
	FeatureSecrets    Feature = "client secrets"
	FeatureAgents     Feature = "creating agent identities"
	FeatureSettings   Feature = "changing what a blueprint signs in with and offers"
	FeatureGrants     Feature = "granting permissions"
	FeatureUsers      Feature = "agent users and their licences"
	FeatureLifecycle  Feature = "disabling, changing, deleting and restoring"
	FeatureGroups     Feature = "group memberships of agent users"
)

// featureScopes is the one table of delegated permissions. Directory.AccessAsUser.All and Directory.ReadWrite.All must
// never be in it: a client that holds one of them loses its agent permissions and gets 403 on every write.
// https://learn.microsoft.com/entra/agent-id/preview-known-issues
var featureScopes = []struct {
	feature Feature
	scopes  []string
}{
	{FeatureSignIn, []string{"openid", "profile", "offline_access", "User.Read", "RoleManagement.Read.Directory"}},
	{FeatureTenant, []string{"Organization.Read.All"}},
	{FeatureLists, []string{readBlueprints, readPrincipals, readAgents, "Application.Read.All"}},
	{FeaturePeople, []string{"User.ReadBasic.All", "GroupMember.Read.All"}},
	{FeatureBlueprints, []string{"AgentIdentityBlueprint.Create", "AgentIdentityBlueprintPrincipal.Create"}},
	{FeatureSecrets, []string{"AgentIdentityBlueprint.AddRemoveCreds.All"}},
	{FeatureAgents, []string{"AgentIdentity.Create.All"}},
	{FeatureSettings, []string{"AgentIdentityBlueprint.UpdateAuthProperties.All", "AgentIdentityBlueprint.ReadWrite.All"}},
	{FeatureGrants, []string{"AppRoleAssignment.ReadWrite.All", "DelegatedPermissionGrant.ReadWrite.All"}},
	{FeatureUsers, []string{"AgentIdUser.ReadWrite.All", "LicenseAssignment.ReadWrite.All", "User.Read.All"}},
	{FeatureLifecycle, []string{
		"AgentIdentityBlueprint.ReadWrite.All", "AgentIdentityBlueprint.DeleteRestore.All",
		"AgentIdentityBlueprintPrincipal.ReadWrite.All", "AgentIdentityBlueprintPrincipal.EnableDisable.All", "AgentIdentityBlueprintPrincipal.DeleteRestore.All",
		"AgentIdentity.ReadWrite.All", "AgentIdentity.EnableDisable.All", "AgentIdentity.DeleteRestore.All",
	}},
	{FeatureGroups, []string{"GroupMember.ReadWrite.All"}},
}

// Features are all features, in the order of the table.
func Features() []Feature {
	features := make([]Feature, len(featureScopes))
	for i, row := range featureScopes {
		features[i] = row.feature
	}
	return features
}

// Scopes are the delegated permissions of these features, each once, in the order of the table.
func Scopes(features ...Feature) []string {
	var scopes []string
	for _, row := range featureScopes {
		if !slices.Contains(features, row.feature) {
			continue
		}
		for _, scope := range row.scopes {
			if !slices.Contains(scopes, scope) {
				scopes = append(scopes, scope)
			}
		}
	}
	return scopes
}

// SignInScopes are what sign-in asks for: everything the portal does as the signed-in person.
func SignInScopes() []string { return Scopes(Features()...) }
