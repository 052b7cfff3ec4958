package sandbox

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

// exchangeScope is matched without regard to case: a shipped SDK spells it differently.
const exchangeScope = exchangeResource + "/.default"

// tokenRequest is the form of a request to the token endpoint, read once.
type tokenRequest struct {
	grant         string
	clientID      string
	secret        string
	assertion     string
	assertionType string
	scope         []string // as sent, OIDC scopes too
	fmiPath       string
	hasFMIPath    bool
	code          string
	redirectURI   string
	verifier      string
	refreshToken  string
	clientInfo    bool

	issuedTo  *client   // set by authentication
	now       time.Time // by the tokens' clock, of this request, so that all its tokens agree
	directory time.Time // by the directory's clock
}

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

const maxTokenForm = 256 << 10 // bytes; several assertions of 16 KiB fit

// parseTokenRequest reads the form. A parameter nobody knows is ignored; a known one that is there
// twice is refused.
func parseTokenRequest(w http.ResponseWriter, r *http.Request) (*tokenRequest, *refusal) {
	r.Body = http.MaxBytesReader(w, r.Body, maxTokenForm)
	if err := r.ParseForm(); err != nil {
		return nil, refuseMalformed("The form could not be read.")
	}
	form := r.PostForm
	if refused := refuseRepeats(form); refused != nil {
		return nil, refused
	}
	q := &tokenRequest{
		grant: form.Get("grant_type"), clientID: strings.ToLower(form.Get("client_id")), secret: form.Get("client_secret"),
		assertion: form.Get("client_assertion"), assertionType: form.Get("client_assertion_type"),
		scope: strings.Fields(form.Get("scope")), fmiPath: form.Get("fmi_path"), hasFMIPath: form.Has("fmi_path"),
		code: form.Get("code"), redirectURI: form.Get("redirect_uri"), verifier: form.Get("code_verifier"),
		refreshToken: form.Get("refresh_token"), clientInfo: form.Get("client_info") == "1",
	}
	if q.grant == "" {
		return nil, refuseMissing("grant_type")
	}
	if refused := q.readBasic(r); refused != nil {
		return nil, refused
	}
	if q.clientID == "" {
		return nil, refuseMissing("client_id")
	}
	if q.hasFMIPath && q.fmiPath == "" {
		return nil, refuseMissing("fmi_path")
	}
	return q, nil
}

// readBasic takes the client's id and secret from the Authorization header, whose parts are
// form-encoded (RFC 6749 2.3.1).
func (q *tokenRequest) readBasic(r *http.Request) *refusal {
	id, secret, ok := r.BasicAuth()
	if !ok {
		return nil
	}
	id, errID := url.QueryUnescape(id)
	secret, errSecret := url.QueryUnescape(secret)
	if errID != nil || errSecret != nil {
		return refuseMalformed("The Authorization header could not be read.")
	}
	if q.secret != "" || q.assertion != "" {
		return refuseManyCredentials()
	}
	if q.clientID != "" && !strings.EqualFold(q.clientID, id) {
		return refuseMalformed("The client_id of the body is not the one of the Authorization header.")
	}
	q.clientID, q.secret = strings.ToLower(id), secret
	return nil
}

// refuseRepeats: a parameter sent twice has no meaning (RFC 6749 3.2), and a second credential is an
// error of its own.
func refuseRepeats(form url.Values) *refusal {
	for _, name := range []string{"client_secret", "client_assertion"} {
		if len(form[name]) > 1 {
			return refuseManyCredentials()
		}
	}
	if form.Get("client_secret") != "" && form.Get("client_assertion") != "" {
		return refuseManyCredentials()
	}
	for _, name := range []string{
		"grant_type", "client_id", "client_assertion_type", "scope", "fmi_path", "code", "redirect_uri",
		"code_verifier", "refresh_token", "client_info",
	} {
		if len(form[name]) > 1 {
			return refuseRepeated(name)
		}
	}
	return nil
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
