package sandbox

import (
	"net/http"
)

// exchangeScope is matched without regard to case: a shipped SDK spells it differently.
const exchangeScope = exchangeResource + "/.default"

// tokenResponse is the answer of the token endpoint. App-only answers carry no scope: MSAL Go takes a
// scope field that lacks a requested scope for a refusal.
type tokenResponse struct {
	TokenType    string `json:"token_type"`
	Scope        string `json:"scope,omitempty"`
	ExpiresIn    int    `json:"expires_in"`
	ExtExpiresIn int    `json:"ext_expires_in"`
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token,omitempty"`
	IDToken      string `json:"id_token,omitempty"`
	ClientInfo   string `json:"client_info,omitempty"`
}

// serveToken answers in phases: parse once, authenticate the client, let the grant decide, sign, write.
func (s *Sandbox) serveToken(w http.ResponseWriter, r *http.Request) {
	answer, _, refused := s.answerToken(w, r, false)
	if refused != nil {
		s.writeRefusal(w, r, refused)
		return
	}
	w.Header().Set("x-ms-request-id", newID())
	writeJSON(w, http.StatusOK, answer)
}

// answerToken runs the phases; the first that refuses ends it. The order is Entra's: the tenant and
// the form come before the credential, the credential before the scope.
func (s *Sandbox) answerToken(w http.ResponseWriter, r *http.Request, v1 bool) (*tokenResponse, *tokenRequest, *refusal) {
	wrongTenant := checkTenant(r.PathValue("tenant"), false)
	if wrongTenant != nil && wrongTenant.AADSTS != tenantNeeded {
		return nil, nil, wrongTenant
	}
	q, refused := parseTokenRequest(w, r)
	switch {
	case refused != nil:
		return nil, nil, refused
	case wrongTenant != nil && q.grant == "password":
		return nil, nil, refuseCommonGrant()
	case wrongTenant != nil:
		return nil, nil, wrongTenant
	}
	if v1 {
		if refused := q.fromV1(); refused != nil {
			return nil, nil, refused
		}
	}
	answer, refused := s.decide(r, q)
	return answer, q, refused
}

// decide authenticates the client and lets the grant answer.
func (s *Sandbox) decide(r *http.Request, q *tokenRequest) (answer *tokenResponse, refused *refusal) {
	q.now, q.directory = s.tokenNow(), s.directoryNow()
	if e := entryOf(r.Context()); e != nil {
		e.Caller = q.clientID
	}
	grant, ok := s.grants()[q.grant]
	if !ok {
		return nil, refuseGrant(q.grant)
	}
	if q.issuedTo, refused = s.authenticateClient(r.Context(), q); refused != nil {
		return nil, refused
	}
	if refused := q.issuedTo.checkGrant(q); refused != nil {
		return nil, refused
	}
	return grant(r.Context(), q)
}

// allowOrigins lets pages of any origin read the answers of the token endpoint, and of nothing else.
func (s *Sandbox) allowOrigins(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Access-Control-Expose-Headers", "client-request-id, x-ms-request-id")
		next(w, r)
	}
}

// preflight names the headers that MSAL sends from a browser.
func preflight(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Access-Control-Allow-Methods", "POST, OPTIONS")
	w.Header().Set("Access-Control-Allow-Headers", "content-type, client-request-id, return-client-request-id, x-client-sku, x-client-ver, x-client-os, x-client-cpu")
	w.Header().Set("Access-Control-Max-Age", "86400")
	w.WriteHeader(http.StatusNoContent)
}

func (s *Sandbox) refuseTokenMethod(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Allow", "POST, OPTIONS")
	s.writeRefusal(w, r, refuseMethod(r.Method))
}
