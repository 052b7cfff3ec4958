package sandbox

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// authorizeRequest is a request to the authorize endpoint, read once.
type authorizeRequest struct {
	clientID, redirectURI, responseType, responseMode string
	scope                                             []string
	state, nonce, prompt, loginHint                   string
	challenge, challengeMethod                        string
	wantsCode, wantsID, adminConsent                  bool

	client *client
	wants  []wanted
}

// parseAuthorizeRequest reads the query; what nobody knows, such as domain_hint in a tenant with one
// domain, is ignored.
func parseAuthorizeRequest(query url.Values) *authorizeRequest {
	q := &authorizeRequest{
		clientID: strings.ToLower(query.Get("client_id")), redirectURI: query.Get("redirect_uri"),
		responseType: query.Get("response_type"), responseMode: query.Get("response_mode"),
		scope: strings.Fields(query.Get("scope")), state: query.Get("state"), nonce: query.Get("nonce"),
		prompt: query.Get("prompt"), loginHint: query.Get("login_hint"),
		challenge: query.Get("code_challenge"), challengeMethod: query.Get("code_challenge_method"),
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
	byMethod(w, r, func() { s.startSignIn(w, r, q) }, func() { s.takeForm(w, r, q) })
}

// checkReply finds the client and its reply address. Until both are sure an error is shown here:
// sending it on could send it to a stranger.
func (s *Sandbox) checkReply(r *http.Request, q *authorizeRequest) *refusal {
	if refused := s.nameClient(r, q, false); refused != nil {
		return refused
	}
	c := q.client
	if !c.knowsReply(q.redirectURI) {
		if c.isAgentic() && q.responseType != "none" {
			return refuseAgentSignIn()
		}
		if c.isAgent() {
			return refuseAgentConsent()
		}
		return refuseReply(q.redirectURI, q.clientID)
	}
	return nil
}

// nameClient finds the client of a request that a browser brings, at an address this tenant has; anyTenant
// admits /common and its like.
func (s *Sandbox) nameClient(r *http.Request, q *authorizeRequest, anyTenant bool) (refused *refusal) {
	if refused = checkTenant(r.PathValue("tenant"), anyTenant); refused != nil {
		return refused
	}
	if q.clientID == "" {
		return refuseMissing("client_id")
	}
	q.client, refused = s.findClient(q.clientID)
	return refused
}

// byMethod shows a page for GET and takes its form for POST.
func byMethod(w http.ResponseWriter, r *http.Request, show, take func()) {
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		show()
	case http.MethodPost:
		take()
	default:
		w.Header().Set("Allow", "GET, POST")
		http.Error(w, "Use GET or POST here.", http.StatusMethodNotAllowed)
	}
}

// isAgentic tells blueprints and agent identities from ordinary applications: they sign nobody in.
func (c *client) isAgentic() bool { return c.isAgent() || c.isBlueprint() }

// knowsReply tells whether an answer may go to the address. An agent identity has the web addresses of
// its blueprint. https://learn.microsoft.com/entra/identity-platform/reply-url
func (c *client) knowsReply(given string) bool {
	return given != "" && slices.ContainsFunc(slices.Concat(c.app.WebRedirectURIs, c.app.PublicRedirectURIs), func(known string) bool {
		return replyFits(c.app, known, given)
	})
}

// replyFits compares exactly; native clients, and the sample client, may listen on any port of the
// loopback interface (RFC 8252 7.3).
func replyFits(a *application, known, given string) bool {
	if known == given {
		return true
	}
	if a.AppID != seedID("app client") && !slices.Contains(a.PublicRedirectURIs, known) {
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

func refuseReply(redirectURI, clientID string) *refusal {
	return refuse400("invalid_request", 50011, "The redirect URI '%s' specified in the request does not match the redirect URIs configured for the application '%s'. Make sure the redirect URI sent in the request matches one added to your application in the Azure portal. Navigate to https://aka.ms/redirectUriMismatchError to learn more about how to troubleshoot this error.", redirectURI, clientID)
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
		if q.client.isAgent() && !st.knobs.AgentConsent {
			refused = refuseAgentConsent()
			return nil
		}
		q.wants, refused = st.readWanted(q.client, q.scope)
		return nil
	})
	return refused
}

// checkResponse allows a code, an ID token where the application has them on, and for agents consent
// alone. An odd response_mode is put back to query first, so that the refusal itself can be delivered.
func checkResponse(q *authorizeRequest) *refusal {
	mode := q.responseMode
	if mode == "" || !slices.Contains(responseModes(), mode) {
		q.responseMode = "query"
	}
	kinds := strings.Fields(q.responseType)
	slices.Sort(kinds)
	switch {
	case len(kinds) == 0:
		return refuseMissing("response_type")
	case q.client.isAgentic() && q.responseType != "none":
		return refuseAgentSignIn()
	case slices.Contains(kinds, "id_token") && !q.client.app.IDTokens:
		return refuse400("unsupported_response_type", 700054, "response_type 'id_token' is not enabled for the application.")
	case !slices.Contains(responseTypes(), strings.Join(kinds, " ")):
		return refuse400("unsupported_response_type", 70005, "The response_type '%s' is not supported.", q.responseType)
	case mode != "" && mode != q.responseMode:
		return refuseMalformed("The response_mode is not supported.")
	}
	q.wantsCode, q.wantsID = slices.Contains(kinds, "code"), slices.Contains(kinds, "id_token")
	return checkIDToken(q, mode)
}

// checkIDToken: an ID token never stands in the query, which servers log, and carries the nonce of the
// request. https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc
func checkIDToken(q *authorizeRequest, mode string) *refusal {
	switch {
	case !q.wantsID:
		return nil
	case mode == "query":
		q.responseMode = "fragment"
		return refuse400("invalid_request", 70007, "'query' is not a supported value of 'response_mode' when requesting a token.")
	case mode == "":
		q.responseMode = "fragment"
	}
	if q.nonce == "" {
		return refuseMissing("nonce")
	}
	return nil
}

// responseTypes are those that applications may ask for, their words in alphabetical order.
func responseTypes() []string { return []string{"code", "id_token", "code id_token", "none"} }

func responseModes() []string { return []string{"query", "fragment", "form_post"} }

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
