package entra

import "strings"

// Well-known application ids and scopes of Entra ID.
const (
	// GraphAppID is the application id of Microsoft Graph.
	GraphAppID = "00000003-0000-0000-c000-000000000000"
	// GraphAudience is the audience of Microsoft Graph's access tokens.
	GraphAudience = "https://graph.microsoft.com"
	// GraphDefaultScope asks for every permission granted on Microsoft Graph.
	GraphDefaultScope = GraphAudience + "/.default"
	// ManagementAppID is the application id of Azure Resource Manager.
	ManagementAppID = "797f4846-ba00-4fd7-ba43-dac1f8f63013"
	// ManagementAudience is the audience of Azure Resource Manager's tokens.
	ManagementAudience = "https://management.azure.com"
	// ManagementDefaultScope asks for every permission granted on it.
	ManagementDefaultScope = ManagementAudience + "/.default"
	// ExchangeAppID is the application id of the AzureADTokenExchange
	// resource: the audience of T1 and T2.
	ExchangeAppID = "fb60f99c-7a34-4190-8149-302f77469936"
	// ExchangeScope asks for an exchange token.
	ExchangeScope = "api://AzureADTokenExchange/.default"
)

// Cloud names the addresses of one Microsoft cloud, or of a sandbox tenant.
// Bases carry no trailing slash.
type Cloud struct {
	Name       string // "global" or "sandbox"
	Login      string // base of the sign-in service
	Graph      string // base of Microsoft Graph, without a version
	Management string // base of Azure Resource Manager
	V1Issuer   string // base of the issuer of version 1 tokens
	Sandbox    bool
}

// GlobalCloud returns the addresses of the worldwide Microsoft cloud.
func GlobalCloud() Cloud {
	return Cloud{
		Name:       "global",
		Login:      "https://login.microsoftonline.com",
		Graph:      "https://graph.microsoft.com",
		Management: "https://management.azure.com",
		V1Issuer:   "https://sts.windows.net",
	}
}

// SandboxCloud returns the addresses of a sandbox tenant, as its
// /_sandbox/info names them.
func SandboxCloud(authority, graph string) Cloud {
	authority = strings.TrimRight(authority, "/")
	return Cloud{
		Name:       "sandbox",
		Login:      authority,
		Graph:      strings.TrimRight(graph, "/"),
		Management: authority,
		V1Issuer:   authority,
		Sandbox:    true,
	}
}
