package sandbox

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// tokenRequest is the form of a request to the token endpoint, read once. Every grant has its own
// fields; those of other grants may be there and are ignored, as in Entra.
type tokenRequest struct {
	grant         string
	clientID      string
	secret        string
	assertion     string // of the client
	assertionType string
	scope         []string // as sent, OIDC scopes too
	fmiPath       string
	hasFMIPath    bool
	code          string
	redirectURI   string
	verifier      string
	refreshToken  string
	userAssertion string // on behalf of whom
	tokenUse      string // requested_token_use
	userFIC       string // T2
	username      string
	userID        string
	password      string
	deviceCode    string
	resource      string // v1 requests name a resource in place of scopes
	clientInfo    bool

	issuedTo  *client   // set by authentication
	now       time.Time // by the tokens' clock, of this request, so that all its tokens agree
	directory time.Time // by the directory's clock
}

// maxTokenForm bounds what anybody can make the sandbox read; Entra cuts off at a similar size.
const maxTokenForm = 256 << 10 // bytes; several assertions of 16 KiB fit

// parseTokenRequest reads body and Authorization header.
func parseTokenRequest(w http.ResponseWriter, r *http.Request) (*tokenRequest, *refusal) {
	r.Body = http.MaxBytesReader(w, r.Body, maxTokenForm)
	if err := r.ParseForm(); err != nil {
		return nil, refuseMalformed("The form could not be read.")
	}
	id, secret, basic := r.BasicAuth()
	return readTokenForm(r.PostForm, id, secret, basic)
}

// readTokenForm is the parser alone. A parameter nobody knows is ignored; a known one that is there
// twice is refused.
func readTokenForm(form url.Values, basicID, basicSecret string, basic bool) (*tokenRequest, *refusal) {
	if refused := refuseRepeats(form); refused != nil {
		return nil, refused
	}
	q := &tokenRequest{
		grant: form.Get("grant_type"), clientID: strings.ToLower(form.Get("client_id")), secret: form.Get("client_secret"),
		assertion: form.Get("client_assertion"), assertionType: form.Get("client_assertion_type"),
		scope: strings.Fields(form.Get("scope")), fmiPath: form.Get("fmi_path"), hasFMIPath: form.Has("fmi_path"),
		code: form.Get("code"), redirectURI: form.Get("redirect_uri"), verifier: form.Get("code_verifier"),
		refreshToken: form.Get("refresh_token"), userAssertion: form.Get("assertion"), tokenUse: form.Get("requested_token_use"),
		userFIC: form.Get("user_federated_identity_credential"), username: strings.TrimSpace(form.Get("username")),
		userID: strings.TrimSpace(form.Get("user_id")), password: form.Get("password"), deviceCode: form.Get("device_code"),
		resource: form.Get("resource"), clientInfo: form.Get("client_info") == "1",
	}
	if q.grant == "" {
		return nil, refuseMissing("grant_type")
	}
	if basic {
		if refused := q.readBasic(basicID, basicSecret); refused != nil {
			return nil, refused
		}
	}
	if q.clientID == "" {
		return nil, refuseMissing("client_id")
	}
	// An empty path is a mistake of the caller's code, and Entra answers 400 rather than make a token
	// for nobody.
	if q.hasFMIPath && q.fmiPath == "" {
		return nil, refuseMissing("fmi_path")
	}
	return q, nil
}

// readBasic takes the client's id and secret from the Authorization header, whose parts are
// form-encoded (RFC 6749 2.3.1).
func (q *tokenRequest) readBasic(id, secret string) *refusal {
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
		"code_verifier", "refresh_token", "assertion", "requested_token_use", "user_federated_identity_credential",
		"username", "user_id", "password", "device_code", "resource", "client_info",
	} {
		if len(form[name]) > 1 {
			return refuseRepeated(name)
		}
	}
	return nil
}

// withoutOIDC are the scopes that name permissions.
func withoutOIDC(scopes []string) []string {
	return slices.DeleteFunc(slices.Clone(scopes), func(v string) bool {
		return slices.Contains(oidcScopes(), strings.ToLower(v))
	})
}
