package entra

import "net/url"

// The grants below are those every application has; no agent takes part.
// https://learn.microsoft.com/entra/identity-platform/v2-app-types

// ClientCredentials is an application acting for itself, by a secret, a
// certificate or a federated assertion.
type ClientCredentials struct {
	AppID      string
	Credential Credential
	Scope      string // <resource>/.default; empty means Microsoft Graph
}

// RefreshToken trades a refresh token that was pasted.
type RefreshToken struct {
	AppID      string
	Credential Credential // zero for a public client
	Scope      string
	Refresh    Secret
}

// Password signs a person in by name and password (ROPC), for old programs.
// https://learn.microsoft.com/entra/identity-platform/v2-oauth-ropc
type Password struct {
	AppID      string
	Credential Credential // zero for a public client
	Scope      string
	Username   string
	Password   Secret
}

// Device asks for the tokens of a device code that a person has approved.
// Pending and declined codes are refusals. RFC 8628 3.4.
type Device struct {
	AppID string
	Code  *DeviceCode
}

// Interactive is a sign-in of a person with the portal's own application: the
// request was made already, when its code was redeemed.
type Interactive struct {
	AppID string
	Scope string
	Hop   Hop
	Token Secret
}

// CrossTenant uses an agent identity of this tenant as the federated credential
// of an application in another one: T1 and T2 here, then the application's
// token there. https://learn.microsoft.com/entra/workload-id/workload-identity-federation
type CrossTenant struct {
	BlueprintAppID string
	AgentID        string
	Credential     Credential // of the blueprint
	TenantID       string     // of the other tenant
	AppID          string     // the application there
	Scope          string
}

// Name returns "client-credentials".
func (m ClientCredentials) Name() ModeName { return ModeClientCredentials }

// Name returns "refresh-token".
func (m RefreshToken) Name() ModeName { return ModeRefreshToken }

// Name returns "password".
func (m Password) Name() ModeName { return ModePassword }

// Name returns "device-code".
func (m Device) Name() ModeName { return ModeDeviceCode }

// Name returns "interactive".
func (m Interactive) Name() ModeName { return ModeInteractive }

// Name returns "cross-tenant".
func (m CrossTenant) Name() ModeName { return ModeCrossTenant }

func (m ClientCredentials) parties() parties { return parties{clientAppID: m.AppID} }
func (m RefreshToken) parties() parties      { return parties{clientAppID: m.AppID} }
func (m Password) parties() parties          { return parties{clientAppID: m.AppID} }
func (m Device) parties() parties            { return parties{clientAppID: m.AppID} }
func (m Interactive) parties() parties       { return parties{clientAppID: m.AppID} }

func (m CrossTenant) parties() parties {
	return parties{blueprintAppID: m.BlueprintAppID, agentID: m.AgentID, clientAppID: m.AppID}
}

func (m ClientCredentials) hops() []hopSpec {
	scope := scopeOrGraph(m.Scope)
	return []hopSpec{{
		name:       HopTR,
		sentence:   "Application asks for a token of its own for " + resourceWords(scope),
		clientID:   m.AppID,
		credential: m.Credential,
		scope:      scope,
	}}
}

func (m RefreshToken) hops() []hopSpec {
	scope := scopeOrGraph(m.Scope)
	return []hopSpec{{
		name:       HopTR,
		sentence:   "Application trades the refresh token for a token for " + resourceWords(scope),
		clientID:   m.AppID,
		credential: m.Credential,
		scope:      scope,
		params:     url.Values{"grant_type": {"refresh_token"}, "refresh_token": {m.Refresh.Reveal()}},
		once:       true,
	}}
}

func (m Password) hops() []hopSpec {
	scope := scopeOrGraph(m.Scope)
	return []hopSpec{{
		name:       HopTR,
		sentence:   "Application asks with the user's name and password for a token for " + resourceWords(scope),
		clientID:   m.AppID,
		credential: m.Credential,
		scope:      scope,
		params:     url.Values{"grant_type": {"password"}, "username": {m.Username}, "password": {m.Password.Reveal()}},
		once:       true,
	}}
}

func (m Device) hops() []hopSpec {
	return []hopSpec{
		{name: HopDevice, sentence: "Application asks for a device code", prior: &m.Code.Hop, silent: true},
		{
			name:     HopTR,
			sentence: "Application asks with the device code for a token for " + resourceWords(m.Code.Scope),
			clientID: m.AppID,
			params:   url.Values{"grant_type": {deviceGrant}, "device_code": {m.Code.Secret.Reveal()}},
			once:     true,
		},
	}
}

func (m Interactive) hops() []hopSpec {
	return []hopSpec{{
		name:     HopTR,
		sentence: "Application trades the code of the sign-in for a token for " + resourceWords(m.Scope),
		given:    m.Token,
		prior:    &m.Hop,
	}}
}

func (m CrossTenant) hops() []hopSpec {
	scope := scopeOrGraph(m.Scope)
	return []hopSpec{
		hopOfT1(m.BlueprintAppID, m.AgentID, m.Credential),
		hopOfT2(m.AgentID),
		{
			name:     HopTR,
			sentence: "Application of the other tenant asks with T2 for a token for " + resourceWords(scope),
			clientID: m.AppID,
			scope:    scope,
			tokens:   map[string]HopName{"client_assertion": HopT2},
			tenantID: m.TenantID,
		},
	}
}
