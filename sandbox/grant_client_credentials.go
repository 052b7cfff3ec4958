package sandbox

import (
	"context"
	"strings"

	"github.com/google/uuid"
)

// grant decides on an authenticated request and makes its answer.
type grant func(context.Context, *tokenRequest) (*tokenResponse, *refusal)

func (s *Sandbox) grants() map[string]grant {
	return map[string]grant{
		"client_credentials": s.grantClientCredentials,
		"authorization_code": s.grantAuthorizationCode,
		"refresh_token":      s.grantRefreshToken,
		"password":           s.grantPassword,
		grantOnBehalfOf:      s.grantOnBehalfOf,
		grantAgentUser:       s.grantAgentUser,
		grantDevice:          s.grantDeviceCode,
		grantDeviceShort:     s.grantDeviceCode,
		grantTokenExchange:   nil, // never got to: every client is refused it, agents with a code of their own
	}
}

const (
	grantOnBehalfOf    = "urn:ietf:params:oauth:grant-type:jwt-bearer"
	grantAgentUser     = "user_fic"
	grantDevice        = "urn:ietf:params:oauth:grant-type:device_code"
	grantDeviceShort   = "device_code" // as MSAL Go spells it
	grantTokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange"
)

// https://learn.microsoft.com/entra/agent-id/agent-autonomous-app-oauth-flow
//
// grantClientCredentials issues app-only tokens: T1 and the Graph token of a blueprint, T2 and TR of
// an agent identity, and those of ordinary applications.
func (s *Sandbox) grantClientCredentials(ctx context.Context, q *tokenRequest) (*tokenResponse, *refusal) {
	res, refused := s.defaultResource(q)
	if refused != nil {
		return nil, refused
	}
	if refused := s.checkFMIPath(q, res); refused != nil {
		return nil, refused
	}
	if q.issuedTo.isBlueprint() && res.principal.AppID != graphAppID && res.principal.AppID != exchangeAppID {
		return nil, refuseAgenticResource(q.issuedTo.id, res.principal.AppID)
	}
	var roles []string
	_ = s.tenant.read(func(st *state) error {
		roles = st.effectiveRoles(q.issuedTo, res)
		return nil
	})
	token, refused := s.signed(ctx, s.appClaims(q, res, roles))
	if refused != nil {
		return nil, refused
	}
	return &tokenResponse{TokenType: "Bearer", ExpiresIn: expiresIn, ExtExpiresIn: expiresIn, AccessToken: token}, nil
}

// defaultName takes the one <resource>/.default of the scope; OIDC scopes beside it do not count.
func (q *tokenRequest) defaultName() (string, *refusal) {
	scopes := withoutOIDC(q.scope)
	if len(q.scope) == 0 {
		return "", refuseMissing("scope")
	}
	if len(scopes) == 0 {
		return "", refuseNotDefault(strings.Join(q.scope, " "))
	}
	if len(scopes) > 1 {
		return "", refuseManyResources(scopes)
	}
	name, value := splitScope(scopes[0])
	if value != ".default" {
		return "", refuseNotDefault(scopes[0])
	}
	return name, nil
}

// defaultResource is the resource that the scope names.
func (s *Sandbox) defaultResource(q *tokenRequest) (*resource, *refusal) {
	name, refused := q.defaultName()
	if refused != nil {
		return nil, refused
	}
	res := s.resourceNamed(name)
	if res == nil {
		return nil, refuseResource(name)
	}
	return res, nil
}

// resourceNamed finds a resource by any of its names; nil when the tenant has none.
func (s *Sandbox) resourceNamed(name string) (res *resource) {
	_ = s.tenant.read(func(st *state) error {
		res = st.resource(name)
		return nil
	})
	return res
}

// checkFMIPath never ignores fmi_path. A GUID must be an agent identity of the very blueprint that
// asks; other paths are FMI uses outside Agent ID and pass as they are.
func (s *Sandbox) checkFMIPath(q *tokenRequest, res *resource) *refusal {
	if !q.hasFMIPath {
		return nil
	}
	if q.issuedTo.isAgent() {
		return refuse400("unauthorized_client", 82001, "Agentic application '%s' is not permitted to request a token for an FMI path.", q.issuedTo.id)
	}
	if res.principal.AppID != exchangeAppID {
		return refuseScope(strings.Join(q.scope, " "), "A request with fmi_path must ask for "+exchangeScope+".")
	}
	if _, err := uuid.Parse(q.fmiPath); err != nil {
		return nil
	}
	var child bool
	_ = s.tenant.read(func(st *state) error {
		p := st.principals.get(q.fmiPath)
		child = p != nil && p.Type == agentIdentity && strings.EqualFold(p.BlueprintAppID, q.issuedTo.id) && p.visible(q.directory)
		return nil
	})
	if !child {
		return refuseUnknownClient(q.fmiPath)
	}
	return nil
}

// signed makes the token of the claims.
func (s *Sandbox) signed(ctx context.Context, c *claims) (string, *refusal) {
	key, err := s.keys.get(ctx)
	if err != nil {
		return "", refuseServerError(err)
	}
	token, err := key.seal(c)
	if err != nil {
		return "", refuseServerError(err)
	}
	return token, nil
}
