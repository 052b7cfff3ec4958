package sandbox

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// The Echo API is an ordinary API of the tenant that answers with the caller as it saw it. It knows
// nothing but the token; names it looks up in the directory.
const (
	echoReadRole  = "Echo.Read.All"
	echoReadScope = "Echo.Read"
)

func echoAppID() string { return seedID("app echo") }

// echoCaller is the body of an answer.
type echoCaller struct {
	// Caller is who acts: agent (also on behalf of a person), agentUser, user or application.
	Caller string `json:"caller"`
	// Mode is how it got here: autonomous, onBehalfOf, agentUser, blueprint, application or user.
	Mode         string         `json:"mode"`
	Agent        *echoAgent     `json:"agent"`
	Blueprint    *echoBlueprint `json:"blueprint"`
	User         *echoUser      `json:"user"`
	Application  *echoBlueprint `json:"application"`
	Roles        []string       `json:"roles"`
	Scopes       []string       `json:"scopes"`
	TenantID     string         `json:"tenantId"`
	Audience     string         `json:"audience"`
	TokenVersion string         `json:"tokenVersion"`
	TokenID      string         `json:"uti"`
	Expires      time.Time      `json:"expires"`
}

type echoAgent struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type echoBlueprint struct {
	AppID string `json:"appId"`
	Name  string `json:"name"`
}

type echoUser struct {
	ID        string `json:"id"`
	UPN       string `json:"upn"`
	Name      string `json:"name"`
	AgentUser bool   `json:"agentUser"`
}

// echoFault is an answer that is not a success; Code is one of RFC 6750 3.1 where that has one.
type echoFault struct {
	Status int    `json:"-"`
	Code   string `json:"error"`
	Text   string `json:"error_description"`
}

func (s *Sandbox) serveEcho(w http.ResponseWriter, r *http.Request) {
	echoHeaders(w.Header(), r)
	answer, fault := s.answerEcho(r)
	if fault != nil {
		writeEchoFault(w, fault)
		return
	}
	writeJSON(w, http.StatusOK, answer)
}

func echoHeaders(h http.Header, r *http.Request) {
	id := uuid.NewString()
	h.Set("request-id", id)
	h.Set("client-request-id", clientRequestID(r, id))
}

func (s *Sandbox) answerEcho(r *http.Request) (*echoCaller, *echoFault) {
	switch {
	case strings.Trim(strings.ToLower(r.URL.Path), "/") != "echo":
		return nil, &echoFault{http.StatusNotFound, "not_found", "The API has one address, /echo."}
	case r.Method != http.MethodGet:
		return nil, &echoFault{http.StatusMethodNotAllowed, "method_not_allowed", "The API answers GET requests only."}
	}
	c, problem := s.checkBearer(r, []string{echoAppID(), "api://" + echoAppID()})
	if (problem == nil || problem.claims != nil) && signedForGraph(r) {
		problem = &tokenFault{tokenForged, c}
	}
	if problem != nil {
		return nil, echoToken(problem)
	}
	scopes := strings.Fields(c.Scopes)
	if !slices.Contains(c.Roles, echoReadRole) && !slices.Contains(scopes, echoReadScope) {
		return nil, &echoFault{http.StatusForbidden, "insufficient_scope", "The token has neither the role " + echoReadRole + " nor the scope " + echoReadScope + "."}
	}
	answer := &echoCaller{
		Roles: append([]string{}, c.Roles...), Scopes: append([]string{}, scopes...), TenantID: c.TenantID,
		Audience: c.Audience, TokenVersion: c.Version, TokenID: c.TokenID, Expires: time.Unix(c.Expires, 0).UTC(),
	}
	_ = s.tenant.read(func(st *state) error {
		answer.recognise(st, c)
		return nil
	})
	return answer, nil
}

// signedForGraph tells tokens whose signature only Graph can check: libraries fail on the nonce.
func signedForGraph(r *http.Request) bool {
	_, raw, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	head, _, _ := strings.Cut(strings.TrimSpace(raw), ".")
	var h jwtHeader
	return readSegment(head, &h) && h.Nonce != ""
}

// recognise tells who calls by the claims alone, and by the directory what they are called. An agent
// is known by the facet of its kind and by its parent's claim; nothing is allowed because of the parent.
// https://learn.microsoft.com/entra/agent-id/how-to-validate-agent-tokens-downstream-api
func (a *echoCaller) recognise(st *state, c *claims) {
	clientID := c.clientID()
	agent := c.ParentApp != "" && hasFacet(c.ActorFacets, facetAgent)
	if agent {
		a.Agent = &echoAgent{clientID, principalName(st.principals.get(clientID))}
		a.Blueprint = &echoBlueprint{c.ParentApp, principalName(st.principal(c.ParentApp))}
	}
	p := st.principal(clientID)
	switch blueprint := p != nil && p.Type == blueprintPrincipal; {
	case !agent && blueprint:
		a.Blueprint = &echoBlueprint{clientID, principalName(p)}
	case !agent:
		a.Application = &echoBlueprint{clientID, principalName(p)}
	}
	if c.isApp() {
		a.Caller, a.Mode = "application", "application"
		switch {
		case agent:
			a.Caller, a.Mode = "agent", "autonomous"
		case a.Blueprint != nil:
			a.Mode = "blueprint"
		}
		return
	}
	a.User = &echoUser{c.ObjectID, cmp.Or(c.UPN, c.Username), c.Name, agent && allIntegers(c.SubjectFacets) && hasFacet(c.SubjectFacets, facetAgentUser)}
	if u := st.users.get(c.ObjectID); u != nil {
		a.User.UPN, a.User.Name = u.UserPrincipalName, u.DisplayName
	}
	switch {
	case a.User.AgentUser:
		a.Caller, a.Mode = "agentUser", "agentUser"
	case agent:
		a.Caller, a.Mode = "agent", "onBehalfOf"
	default:
		a.Caller, a.Mode = "user", "user"
	}
}

// principalName is empty for what the directory does not know (any more).
func principalName(p *servicePrincipal) string {
	if p == nil {
		return ""
	}
	return p.DisplayName
}

// hasFacet: the numbers of a facet claim are a set in no order, with unknown ones among them.
func hasFacet(claim string, facet int) bool {
	return slices.Contains(strings.Fields(claim), strconv.Itoa(facet))
}

func allIntegers(claim string) bool {
	return !slices.ContainsFunc(strings.Fields(claim), func(v string) bool {
		_, err := strconv.Atoi(v)
		return err != nil
	})
}

// echoToken says what is wrong with the token, as an API with the usual library does.
func echoToken(f *tokenFault) *echoFault {
	bad := func(text string) *echoFault { return &echoFault{http.StatusUnauthorized, "invalid_token", text} }
	switch f.problem {
	case tokenMissing, tokenScheme:
		return &echoFault{http.StatusUnauthorized, "", "Send an access token for this API as Authorization: Bearer."}
	case tokenForged:
		return bad("The signature is invalid")
	case tokenForeign:
		return bad("The issuer '" + f.claims.Issuer + "' is invalid")
	case tokenElsewhere:
		return bad("The audience '" + f.claims.Audience + "' is invalid")
	case tokenExpired:
		return bad("The token expired at '" + clockText(f.claims.Expires) + "'")
	case tokenEarly:
		return bad("The token is not valid before '" + clockText(f.claims.NotBefore) + "'")
	case tokenUnchecked:
		return &echoFault{http.StatusServiceUnavailable, "temporarily_unavailable", "The signing key is not ready."}
	}
	return bad("The token is malformed")
}

// writeEchoFault: who sent no token is asked for one, without an error (RFC 6750 3.1).
func writeEchoFault(w http.ResponseWriter, f *echoFault) {
	switch {
	case f.Status == http.StatusUnauthorized && f.Code == "":
		askForToken(w, "realm", "Echo API")
		f.Code = "missing_token"
	case f.Status == http.StatusUnauthorized:
		askForToken(w, "realm", "Echo API", "error", f.Code, "error_description", f.Text)
	case f.Status == http.StatusForbidden:
		askForToken(w, "realm", "Echo API", "error", f.Code, "error_description", f.Text, "scope", echoReadScope)
	case f.Status == http.StatusMethodNotAllowed:
		w.Header().Set("Allow", http.MethodGet)
	}
	writeJSON(w, f.Status, f)
}
