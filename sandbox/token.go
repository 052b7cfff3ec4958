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
	answer, refused := s.answerToken(w, r)
	if refused != nil {
		s.writeRefusal(w, r, refused)
		return
	}
	w.Header().Set("x-ms-request-id", newID())
	writeJSON(w, http.StatusOK, answer)
}

// answerToken runs the phases; the first that refuses ends it. The order is Entra's: the tenant and
// the form come before the credential, the credential before the scope.
func (s *Sandbox) answerToken(w http.ResponseWriter, r *http.Request) (*tokenResponse, *refusal) {
	if err := checkTenant(r.PathValue("tenant"), false); err != nil {
		return nil, err
	}
	q, refused := parseTokenRequest(w, r)
	if refused != nil {
		return nil, refused
	}
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
