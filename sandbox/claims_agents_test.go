package sandbox

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// userTokenShapes are name and shape of the claims of a Graph token for a person or an agent user that an
// agent identity asked for: https://learn.microsoft.com/entra/agent-id/agent-token-claims, and
// https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference for the rest.
func userTokenShapes() map[string]string {
	return map[string]string{
		"aud": "address", "iss": "v1 issuer", "iat": "number", "nbf": "number", "exp": "number", "acct": "number", "acr": "digit",
		"acrs": "list of [words]", "aio": "opaque", "amr": "list of [words]", "app_displayname": "words", "appid": "GUID",
		"appidacr": "digit", "idtyp": "words", "ipaddr": "words", "name": "words", "oid": "GUID", "platf": "digit", "puid": "words",
		"rh": "rh", "scp": "words", "sid": "GUID", "sub": "32 bytes", "tenant_region_scope": "region", "tid": "GUID",
		"unique_name": "words", "upn": "words", "uti": "uti", "ver": "version", "wids": "list of [GUID]", "xms_act_fct": "numbers",
		"xms_ftd": "key region", "xms_idrel": "numbers", "xms_par_app_azp": "GUID", "xms_rd": "rd", "xms_st": "map[string]interface {}",
		"xms_sub_fct": "numbers", "xms_tcdt": "number", "xms_tdbr": "region", "xms_tnt_fct": "numbers",
	}
}

func TestClaimsOfUserTokens(t *testing.T) {
	l := newLab(t)
	f := newFamily(t, l)
	f.consent(t, f.agents[0], "", "User.Read")
	for name, fields := range map[string][]string{"on behalf of": f.onBehalf(t), "agent user": f.asUser(t)} {
		header, claims := decode(t, access(t, l.token(t, fields...)))
		if diff := cmp.Diff(userTokenShapes(), shapesOf(claims)); diff != "" {
			t.Errorf("%s (-documented +sandbox):\n%s", name, diff)
		}
		if header["nonce"] == nil || header["x5t"] != header["kid"] {
			t.Errorf("%s: header %v", name, header)
		}
	}
}

// TestAdminsKeepTheirRoles: the directory roles in the token are those of the person, not of the agent.
func TestAdminsKeepTheirRoles(t *testing.T) {
	l := newLab(t)
	f := newFamily(t, l)
	f.consent(t, f.agents[0], "", "User.Read")
	token := access(t, l.token(t, f.onBehalf(t, "assertion", f.tc(t, "agent-admin"))...))
	if diff := cmp.Diff(any([]any{roleAgentIDAdministrator, widMember}), claimsIn(t, token, "wids")["wids"]); diff != "" {
		t.Errorf("wids (-want +got):\n%s", diff)
	}
}

// TestGrantsOfEntities: what blueprints and ordinary applications may not do at the token endpoint;
// agent identities have tables of their own.
func TestGrantsOfEntities(t *testing.T) {
	l := newLab(t)
	f := newFamily(t, l)
	blueprint := []string{"client_id", f.blueprint, "client_secret", f.secret, "scope", graphDefault}
	client := []string{"client_id", l.info.Client.ClientID, "client_secret", l.info.Client.ClientSecret, "scope", graphDefault}
	for name, tc := range map[string]struct {
		who    []string
		grant  string
		status int
		code   string
		aadsts int
	}{
		"blueprint, on behalf":      {blueprint, grantOnBehalfOf, 400, "unauthorized_client", 82002},
		"blueprint, exchange":       {blueprint, grantTokenExchange, 400, "unauthorized_client", 82001},
		"blueprint, agent user":     {blueprint, grantAgentUser, 400, "unauthorized_client", 82001},
		"blueprint, password":       {blueprint, "password", 400, "unauthorized_client", 82001},
		"blueprint, device":         {blueprint, grantDeviceShort, 400, "unauthorized_client", 82001},
		"blueprint, code":           {blueprint, "authorization_code", 400, "unauthorized_client", 82001},
		"blueprint, refresh":        {blueprint, "refresh_token", 400, "invalid_request", 900144},
		"application, exchange":     {client, grantTokenExchange, 400, "unsupported_grant_type", 70003},
		"application, agent user":   {client, grantAgentUser, 400, "unsupported_grant_type", 70003},
		"application, scope of air": {append([]string{"username", "user@sandbox.example", "password", "Pretend-user-1"}, varied(client, "scope", "/User.Read")...), "password", 400, "invalid_scope", 28002},
	} {
		t.Run(name, func(t *testing.T) {
			wantRefusal(t, l.token(t, append([]string{"grant_type", tc.grant}, tc.who...)...), tc.status, tc.code, tc.aadsts)
		})
	}
}
