package sandbox

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// authorizeRequest is a request to the authorize endpoint, read once.
type authorizeRequest struct {
	clientID, redirectURI, responseType, responseMode string
	scope                                             []string
	state, nonce, prompt, loginHint                   string
	challenge, challengeMethod                        string

	client *client
	asked  *asked
}

// parseAuthorizeRequest reads the query. The default mode of response_type=code is query.
func parseAuthorizeRequest(query url.Values) *authorizeRequest {
	q := &authorizeRequest{
		clientID: strings.ToLower(query.Get("client_id")), redirectURI: query.Get("redirect_uri"),
		responseType: query.Get("response_type"), responseMode: query.Get("response_mode"),
		scope: strings.Fields(query.Get("scope")), state: query.Get("state"), nonce: query.Get("nonce"),
		prompt: query.Get("prompt"), loginHint: query.Get("login_hint"),
		challenge: query.Get("code_challenge"), challengeMethod: query.Get("code_challenge_method"),
	}
	if q.responseMode == "" {
		q.responseMode = "query"
	}
	return q
}

// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow
//
// serveAuthorize shows the account picker (GET) and takes its answer (POST). The request stays in the
// address, so both read and check the same thing.
func (s *Sandbox) serveAuthorize(w http.ResponseWriter, r *http.Request) {
	q := parseAuthorizeRequest(r.URL.Query())
	if e := entryOf(r.Context()); e != nil {
		e.Caller = q.clientID
	}
	if refused := s.checkReply(r, q); refused != nil {
		s.showRefusal(w, r, refused)
		return
	}
	if refused := s.checkAuthorize(q); refused != nil {
		s.redirectRefusal(w, r, q, refused)
		return
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		s.startSignIn(w, r, q)
	case http.MethodPost:
		s.pickAccount(w, r, q)
	default:
		w.Header().Set("Allow", "GET, POST")
		http.Error(w, "Use GET or POST here.", http.StatusMethodNotAllowed)
	}
}

// checkReply finds the client and its reply address. Until both are sure an error is shown here:
// sending it on could send it to a stranger.
func (s *Sandbox) checkReply(r *http.Request, q *authorizeRequest) *refusal {
	if refused := checkTenant(r.PathValue("tenant"), false); refused != nil {
		return refused
	}
	if q.clientID == "" {
		return refuseMissing("client_id")
	}
	c, refused := s.findClient(q.clientID)
	if refused != nil {
		return refused
	}
	q.client = c
	if q.redirectURI == "" || !slices.ContainsFunc(c.app.WebRedirectURIs, func(known string) bool { return replyFits(c.app, known, q.redirectURI) }) {
		if c.isAgent() || c.isBlueprint() {
			return refuseAgentSignIn()
		}
		return refuse400("invalid_request", 50011, "The redirect URI '%s' specified in the request does not match the redirect URIs configured for the application '%s'. Make sure the redirect URI sent in the request matches one added to your application in the Azure portal. Navigate to https://aka.ms/redirectUriMismatchError to learn more about how to troubleshoot this error.", q.redirectURI, q.clientID)
	}
	return nil
}

// replyFits compares exactly; the sample client, like native clients, may listen on any loopback port.
func replyFits(a *application, known, given string) bool {
	if known == given {
		return true
	}
	if a.AppID != seedID("app client") {
		return false
	}
	k, errKnown := url.Parse(known)
	g, errGiven := url.Parse(given)
	if errKnown != nil || errGiven != nil || g.User != nil || g.Fragment != "" || g.RawQuery != k.RawQuery {
		return false
	}
	return g.Scheme == k.Scheme && g.Path == k.Path && k.Hostname() == "localhost" &&
		(g.Hostname() == "localhost" || g.Hostname() == "127.0.0.1" || g.Hostname() == "::1")
}

// refuseAgentSignIn: no agent entity signs people in.
func refuseAgentSignIn() *refusal {
	return refuse400("invalid_request", 82018, "Response types other than none are not allowed for agent blueprints and agent Identities.")
}

// checkAuthorize checks what is left; its refusals go to the reply address.
func (s *Sandbox) checkAuthorize(q *authorizeRequest) *refusal {
	if refused := checkResponse(q); refused != nil {
		return refused
	}
	if refused := checkChallenge(q); refused != nil {
		return refused
	}
	if len(q.scope) == 0 {
		return refuseMissing("scope")
	}
	if !q.client.principal.AccountEnabled {
		return refuseDisabledClient(q.clientID, q.client.principal.DisplayName)
	}
	var refused *refusal
	_ = s.tenant.read(func(st *state) error {
		q.asked, refused = st.readScopes(q.scope, q.client.principal.DisplayName)
		return nil
	})
	return refused
}

// checkResponse allows the code flow only. An odd response_mode is put back to query first, so that
// the refusal itself can be delivered.
func checkResponse(q *authorizeRequest) *refusal {
	switch {
	case q.responseType == "":
		return refuseMissing("response_type")
	case (q.client.isAgent() || q.client.isBlueprint()) && q.responseType != "none":
		return refuseAgentSignIn()
	case q.client.isAgent() || q.client.isBlueprint():
		return refuse400("invalid_request", 82014, "Interactive consent is not supported for agent identities. Use inheritable permissions on the agent identity blueprint.")
	case slices.Contains(strings.Fields(q.responseType), "id_token"):
		return refuse400("unsupported_response_type", 700054, "response_type 'id_token' is not enabled for the application.")
	case q.responseType != "code":
		return refuse400("unsupported_response_type", 70005, "The response_type '%s' is not supported.", q.responseType)
	case q.responseMode != "query" && q.responseMode != "fragment" && q.responseMode != "form_post":
		q.responseMode = "query"
		return refuseMalformed("The response_mode is not supported.")
	}
	return nil
}

// checkChallenge checks PKCE; no method means plain (RFC 7636 4.3).
func checkChallenge(q *authorizeRequest) *refusal {
	if q.challenge == "" {
		return nil
	}
	if q.challengeMethod != "" && q.challengeMethod != "plain" && q.challengeMethod != "S256" {
		return refuseMalformed("The code_challenge_method is not supported.")
	}
	if len(q.challenge) < 43 || len(q.challenge) > 128 {
		return refuse400("invalid_request", 50147, "Invalid size of Code_Challenge parameter.")
	}
	return nil
}

// startSignIn answers prompt=none at once, goes on without a question for a hinted user who is signed
// in, and shows the picker otherwise.
func (s *Sandbox) startSignIn(w http.ResponseWriter, r *http.Request, q *authorizeRequest) {
	in := s.browserSignIn(r)
	hinted := in != nil && (q.loginHint == "" || strings.EqualFold(q.loginHint, in.user.UserPrincipalName))
	switch {
	case q.prompt == "none" && hinted, q.prompt == "" && q.loginHint != "" && hinted:
		s.finishSignIn(w, r, q, in)
	case q.prompt == "none":
		s.redirectRefusal(w, r, q, refuse400("login_required", 50058, "A silent sign-in request was sent but no user is signed in."))
	default:
		s.showPicker(w, r, q, "")
	}
}

// pickAccount takes a pressed account, or a name and password.
func (s *Sandbox) pickAccount(w http.ResponseWriter, r *http.Request, q *authorizeRequest) {
	r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
	if err := r.ParseForm(); err != nil {
		s.showRefusal(w, r, refuseMalformed("The form could not be read."))
		return
	}
	u, problem := s.chosenUser(r.PostForm)
	if problem != "" {
		s.showPicker(w, r, q, problem)
		return
	}
	in, err := s.startBrowserSession(w, r, u)
	if err != nil {
		s.showRefusal(w, r, refuseServerError(err))
		return
	}
	s.finishSignIn(w, r, q, in)
}

// chosenUser finds who signs in, or says what is wrong in a sentence for the page.
func (s *Sandbox) chosenUser(form url.Values) (found *user, problem string) {
	name := form.Get("account")
	withPassword := name == ""
	if withPassword {
		name = strings.TrimSpace(form.Get("username"))
	}
	_ = s.tenant.read(func(st *state) error {
		found = st.userNamed(name)
		return nil
	})
	switch {
	case name == "":
		return nil, "Write the address of the account, such as user@" + tenantDomain + "."
	case found == nil:
		return nil, "There is no account " + name + " in this tenant. Pick one of the list, or check the address."
	case found.isAgentUser():
		return nil, "An agent user cannot sign in here: only its agent identity gets tokens for it."
	case !found.AccountEnabled:
		return nil, "AADSTS50057: The account " + name + " is disabled."
	case !withPassword && !found.isPersona():
		return nil, "This account has no button: use one of the list."
	case withPassword && (found.PasswordHash == "" || found.PasswordHash != hashSecret(form.Get("password"))):
		return nil, "AADSTS50126: The address or the password is not right. The passwords stand on /_sandbox/info."
	}
	return found, ""
}

// finishSignIn checks consent, makes a code and sends it to the client.
func (s *Sandbox) finishSignIn(w http.ResponseWriter, r *http.Request, q *authorizeRequest, in *signIn) {
	if refused := s.checkConsent(q, in.user.ID); refused != nil {
		s.redirectRefusal(w, r, q, refused)
		return
	}
	code := "1.A" + randomText(48)
	now := s.tokenNow()
	err := s.tenant.write(r.Context(), func(tx *txn) error {
		tx.dropOldCodes()
		tx.put(&authCode{
			meta: meta{ID: hashSecret(code)}, ClientID: q.clientID, UserID: in.user.ID, RedirectURI: q.redirectURI,
			Scopes: q.scope, Nonce: q.nonce, Challenge: q.challenge, ChallengeMethod: q.challengeMethod,
			Session: in.session, AuthTime: in.authTime, ExpiresAt: now.Add(codeLife),
		})
		tx.answer(http.StatusFound, in.user.ID)
		return nil
	})
	if err != nil {
		s.showRefusal(w, r, refuseServerError(err))
		return
	}
	s.reply(w, r, q, url.Values{"code": {code}, "session_state": {in.session}})
}

// dropOldCodes removes codes that expired, a few at a time: they stand in the order of their making.
func (tx *txn) dropOldCodes() {
	for range 2 {
		if tx.authCodes.len() == 0 || tx.tenant.tokenNow().Before(tx.authCodes.list[0].ExpiresAt.Add(time.Hour)) {
			return
		}
		tx.remove(tx.authCodes.list[0])
	}
}

// checkConsent comes after the sign-in, because a grant may be for one person.
func (s *Sandbox) checkConsent(q *authorizeRequest, userID string) *refusal {
	var refused *refusal
	_ = s.tenant.read(func(st *state) error {
		_, refused = st.grantedScopes(q.client, userID, q.asked)
		return nil
	})
	if refused != nil {
		refused.Code = "consent_required"
	}
	return refused
}
