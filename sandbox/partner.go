package sandbox

import (
	"context"
	"net/http"
	"strings"
)

// The partner is a second tenant, played just so far that an identity of this tenant can be the
// credential of an application over there: discovery, keys, and tokens for one application. It has no
// directory, no people and no API of its own; all tenants of a cloud share the signing keys.
const (
	partnerName    = "Tailspin Toys"
	partnerAppName = "Tailspin intake"
)

func partnerTenantID() string { return seedID("another tenant") }
func partnerAppID() string    { return seedID("app of the partner") }

func (s *Sandbox) partnerV2Issuer() string { return s.o.BaseURL + "/" + partnerTenantID() + "/v2.0" }
func (s *Sandbox) partnerV1Issuer() string { return s.o.V1Issuer + "/" + partnerTenantID() + "/" }

// partnerClient is the application with its principal over there. It trusts the seeded agent identity:
// the subject is the agent's, as in the token that it gets for the exchange resource (T2).
func (s *Sandbox) partnerClient(q *tokenRequest) *client {
	return &client{
		id: partnerAppID(), at: q.directory,
		principal: &servicePrincipal{
			meta: meta{ID: seedID("principal of the partner")}, Type: ordinaryPrincipal, AppID: partnerAppID(),
			DisplayName: partnerAppName, AccountEnabled: true,
		},
		app: &application{
			meta: meta{ID: seedID("application of the partner")}, AppID: partnerAppID(), DisplayName: partnerAppName,
			Federated: []*federatedCredential{{
				Name: "sandbox-agent", Issuer: s.v2Issuer(), Subject: seedID("agent invoice-helper-01"), Audiences: []string{exchangeResource},
			}},
		},
	}
}

func (s *Sandbox) partnerRoutes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{tenant}/v2.0/.well-known/openid-configuration", s.showPartnerV2)
	mux.HandleFunc("GET /{tenant}/.well-known/openid-configuration", s.showPartnerV1)
	mux.HandleFunc("GET /{tenant}/discovery/v2.0/keys", func(w http.ResponseWriter, r *http.Request) { s.showKeys(w, r, s.partnerV2Issuer()) })
	mux.HandleFunc("GET /{tenant}/discovery/keys", func(w http.ResponseWriter, r *http.Request) { s.showKeys(w, r, s.partnerV1Issuer()) })
	mux.HandleFunc("POST /{tenant}/oauth2/v2.0/token", s.allowOrigins(s.servePartnerToken))
	mux.HandleFunc("OPTIONS /{tenant}/oauth2/v2.0/token", s.allowOrigins(preflight))
	mux.HandleFunc("/{tenant}/oauth2/v2.0/token", s.allowOrigins(s.refuseTokenMethod))
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "Of this tenant the sandbox plays discovery, keys and the token endpoint alone.", http.StatusNotFound)
	})
	return mux
}

func (s *Sandbox) showPartnerV2(w http.ResponseWriter, _ *http.Request) {
	s.showPartner(w, s.partnerV2Issuer(), "/discovery/v2.0/keys")
}

func (s *Sandbox) showPartnerV1(w http.ResponseWriter, _ *http.Request) {
	s.showPartner(w, s.partnerV1Issuer(), "/discovery/keys")
}

// showPartner announces an authorize endpoint that is not there, because libraries refuse a document
// without one.
func (s *Sandbox) showPartner(w http.ResponseWriter, issuer, keys string) {
	tenant := s.o.BaseURL + "/" + partnerTenantID()
	writeJSON(w, http.StatusOK, metadata{
		TokenEndpoint: tenant + "/oauth2/v2.0/token", TokenAuthMethods: []string{"private_key_jwt"}, JWKSURI: tenant + keys,
		ResponseModes: []string{}, SubjectTypes: []string{"pairwise"}, Algorithms: []string{"RS256"}, ResponseTypes: []string{},
		Scopes: []string{}, Issuer: issuer, AuthorizationEndpoint: tenant + "/oauth2/v2.0/authorize", Claims: claimsSupported(),
		ChallengeMethods: []string{}, Grants: []string{"client_credentials"}, Region: regionScope, CloudInstance: "sandbox",
		GraphHost: hostOf(s.o.GraphURL),
	})
}

func (s *Sandbox) servePartnerToken(w http.ResponseWriter, r *http.Request) {
	answer, refused := s.answerPartner(w, r)
	if refused != nil {
		s.writeRefusal(w, r, refused)
		return
	}
	w.Header().Set("x-ms-request-id", newID())
	writeJSON(w, http.StatusOK, answer)
}

// answerPartner goes through the phases of the tenant's own endpoint, in the same order.
func (s *Sandbox) answerPartner(w http.ResponseWriter, r *http.Request) (*tokenResponse, *refusal) {
	q, refused := parseTokenRequest(w, r)
	if refused != nil {
		return nil, refused
	}
	q.now, q.directory = s.tokenNow(), s.directoryNow()
	if e := entryOf(r.Context()); e != nil {
		e.Caller = q.clientID
	}
	if q.grant != "client_credentials" {
		return nil, refuseGrant(q.grant)
	}
	if q.clientID != partnerAppID() {
		return nil, refuseClientOf(q.clientID, partnerName)
	}
	q.issuedTo = s.partnerClient(q)
	if refused := s.checkPartnerCredential(r.Context(), q); refused != nil {
		return nil, refused
	}
	return s.partnerToken(r.Context(), q)
}

func (s *Sandbox) checkPartnerCredential(ctx context.Context, q *tokenRequest) *refusal {
	switch {
	case q.secret != "":
		return s.checkSecret(q.issuedTo, q.secret) // it has none, so each is wrong
	case q.assertion == "":
		return refuseNoCredential(q.grant)
	case q.assertionType == "":
		return refuseMissing("client_assertion_type")
	case q.assertionType != assertionType:
		return refuseMalformed("The value of client_assertion_type is not supported.")
	}
	q.issuedTo.acr = "2"
	claims, refused := readAssertion(q.assertion)
	if refused != nil {
		return refused
	}
	if strings.EqualFold(claims.Issuer, q.issuedTo.id) {
		return s.checkCertificate(q.issuedTo, q, claims)
	}
	return s.checkNeighbour(ctx, q, claims)
}

// checkNeighbour accepts what the agent identity got for the exchange resource in its own tenant. As in
// checkFederated the claims are matched first: the issuer, the subject, the audience that differs is
// what people look for.
func (s *Sandbox) checkNeighbour(ctx context.Context, q *tokenRequest, claims *assertionClaims) *refusal {
	if refused := matchFederated(q.issuedTo.app.Federated, claims); refused != nil {
		return refused
	}
	ours, err := s.keys.verifies(ctx, q.assertion)
	switch {
	case err != nil:
		return refuseServerError(err)
	case !ours:
		return refuseAssertionSignature("The signature does not fit a key of the issuer.")
	case !claims.isApp():
		return refuseUserTokenAsFIC()
	}
	return checkAssertionTime(q.now, claims)
}

// partnerToken makes an ordinary app-only token for Graph over there: nothing in it tells that an agent
// of another tenant stands behind the application.
func (s *Sandbox) partnerToken(ctx context.Context, q *tokenRequest) (*tokenResponse, *refusal) {
	name, refused := q.defaultName()
	if refused != nil {
		return nil, refused
	}
	res := s.resourceNamed(name)
	if res == nil || res.principal.AppID != graphAppID {
		return nil, refuseResourceOf(name, partnerName)
	}
	if refused := s.checkFMIPath(q, res); refused != nil {
		return nil, refused
	}
	c := s.appClaims(q, res, nil)
	c.TenantID, c.Issuer, c.IdentityIssuer = partnerTenantID(), s.partnerV1Issuer(), s.partnerV1Issuer()
	c.RH = rhOf(partnerTenantID(), graphAppID, rhApp)
	token, refused := s.signed(ctx, c)
	if refused != nil {
		return nil, refused
	}
	return &tokenResponse{TokenType: "Bearer", ExpiresIn: expiresIn, ExtExpiresIn: expiresIn, AccessToken: token}, nil
}
