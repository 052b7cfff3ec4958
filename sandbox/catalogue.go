package sandbox

import (
	_ "embed"
	"encoding/json"
	"fmt"
)

// App ids and addresses that are the same in every tenant.
const (
	graphAppID       = "00000003-0000-0000-c000-000000000000"
	exchangeAppID    = "fb60f99c-7a34-4190-8149-302f77469936"
	keyVaultAppID    = "cfa8b339-82a2-471a-a3c9-0fc0be7a4093"
	azureOpenAIAppID = "7d312290-28c8-473c-a0ed-8e53749b6d6d"
	botAppID         = "8d2d3342-cf29-4959-9577-0e0eafbd16bc"
	managementAppID  = "797f4846-ba00-4fd7-ba43-dac1f8f63013"

	graphResource    = "https://graph.microsoft.com"
	exchangeResource = "api://AzureADTokenExchange"

	managementScope = "user_impersonation"
)

// managementNames are what tokens for Azure Resource Manager may be asked for by, and be addressed to;
// those made here always carry the first.
func managementNames() []string {
	return []string{"https://management.azure.com", "https://management.azure.com/", "https://management.core.windows.net", "https://management.core.windows.net/"}
}

//go:embed data/graph-approles.json
var graphAppRoles []byte

//go:embed data/graph-scopes.json
var graphScopes []byte

// graphPermissions reads the app roles and delegated scopes of the live Graph service principal.
func graphPermissions() ([]appRole, []permissionScope, error) {
	var roles []appRole
	if err := json.Unmarshal(graphAppRoles, &roles); err != nil {
		return nil, nil, fmt.Errorf("read the app roles of Graph: %w", err)
	}
	var scopes []permissionScope
	if err := json.Unmarshal(graphScopes, &scopes); err != nil {
		return nil, nil, fmt.Errorf("read the scopes of Graph: %w", err)
	}
	return roles, scopes, nil
}

// resourceSeed is a Microsoft service every tenant knows.
type resourceSeed struct {
	appID, name string
	names       []string // what a scope may start with
}

func resourceSeeds() []resourceSeed {
	return []resourceSeed{
		{graphAppID, "Microsoft Graph", []string{graphResource, "https://graph.microsoft.com/"}},
		{exchangeAppID, "AzureADTokenExchange", []string{exchangeResource}},
		{keyVaultAppID, "Azure Key Vault", []string{"https://vault.azure.net"}},
		{azureOpenAIAppID, "Microsoft Cognitive Services", []string{"https://cognitiveservices.azure.com"}},
		{botAppID, "Bot Framework", []string{"https://api.botframework.com"}},
		{managementAppID, "Windows Azure Service Management API", managementNames()},
	}
}

// Directory roles by template id.
const (
	roleGlobalAdministrator  = "62e90394-69f5-4237-9190-012177145e10"
	roleAgentIDAdministrator = "db506228-d27e-4b7d-95e5-295956d6615f"
	roleAgentIDDeveloper     = "adb2368d-a9be-41b5-8667-d96778e081b0"
	roleGlobalReader         = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"
	roleSecurityReader       = "5d6b6bb7-de71-4623-b4af-96380a352509"
	roleReportsReader        = "4a5d8f65-41da-4de4-8968-e035b65339cf"
	rolePrivilegedRoleAdmin  = "e8611ab8-c189-46e8-94e1-60213ab1f814"
	roleCloudAppAdmin        = "158c047a-c907-4556-b7ef-446551a6b5f7"
	roleApplicationAdmin     = "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"
	roleUserAdministrator    = "fe930be7-5e62-47db-91af-98c3a49a38b1"

	// widMember is in wids of every member, widApp in wids of every app-only token.
	widMember = "b79fbf4d-3ef9-4689-8143-76b194e85509"
	widApp    = "0997a1d0-0d1d-4acb-b408-d5ca73121e90"
)

// createAsManager is what a blueprint principal may do without any assignment.
const createAsManager = "AgentIdentity.CreateAsManager"

type roleSeed struct{ template, name, does string }

func roleSeeds() []roleSeed {
	return []roleSeed{
		{roleGlobalAdministrator, "Global Administrator", "Can manage all aspects of the tenant."},
		{roleAgentIDAdministrator, "Agent ID Administrator", "Manage all aspects of agent identities."},
		{roleAgentIDDeveloper, "Agent ID Developer", "Create blueprints and their principals, and manage owned ones."},
		{roleGlobalReader, "Global Reader", "Can read everything that a Global Administrator can."},
		{roleSecurityReader, "Security Reader", "Can read security information and reports."},
		{roleReportsReader, "Reports Reader", "Can read sign-in and audit reports."},
		{rolePrivilegedRoleAdmin, "Privileged Role Administrator", "Can manage role assignments."},
		{roleCloudAppAdmin, "Cloud Application Administrator", "Can manage app registrations and enterprise apps."},
		{roleApplicationAdmin, "Application Administrator", "Can manage app registrations and enterprise apps."},
		{roleUserAdministrator, "User Administrator", "Can manage all aspects of users and groups."},
	}
}

// portalScopes are consented for everybody in the seed: the least that a portal needs, the narrower
// permissions that a careful app may ask for in place of ReadWrite.All, and the OIDC scopes.
func portalScopes() []string {
	return []string{
		"openid", "profile", "offline_access", "email", "User.Read", "User.ReadBasic.All", "User.Read.All", "GroupMember.Read.All", "GroupMember.ReadWrite.All",
		"AgentIdentityBlueprint.ReadWrite.All", "AgentIdentityBlueprint.Read.All", "AgentIdentityBlueprint.Create",
		"AgentIdentityBlueprint.UpdateBranding.All", "AgentIdentityBlueprint.UpdateAuthProperties.All",
		"AgentIdentityBlueprint.AddRemoveCreds.All", "AgentIdentityBlueprint.DeleteRestore.All",
		"AgentIdentityBlueprintPrincipal.ReadWrite.All", "AgentIdentityBlueprintPrincipal.Read.All",
		"AgentIdentityBlueprintPrincipal.Create", "AgentIdentityBlueprintPrincipal.EnableDisable.All", "AgentIdentityBlueprintPrincipal.DeleteRestore.All",
		"AgentIdentity.ReadWrite.All", "AgentIdentity.Read.All", "AgentIdentity.EnableDisable.All", "AgentIdentity.DeleteRestore.All",
		"AgentIdentity.Create.All", "AgentIdUser.ReadWrite.All", "LicenseAssignment.ReadWrite.All", "Application.Read.All", "AppRoleAssignment.ReadWrite.All",
		"DelegatedPermissionGrant.ReadWrite.All", "RoleManagement.Read.Directory", "AuditLog.Read.All", "Organization.Read.All",
	}
}
