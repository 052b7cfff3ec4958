package sandbox

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// tokenAuthorize is where the consent links of Agent ID lead back to; tools register it on blueprints.
const tokenAuthorize = "https://entra.microsoft.com/TokenAuthorize"

// serveAdminConsent asks an administrator to consent for everybody: to delegated permissions (scope),
// to app roles (role), or by /.default, and by the older address without version, to what the
// registration lists.
// https://learn.microsoft.com/entra/identity-platform/v2-admin-consent
func (s *Sandbox) serveAdminConsent(w http.ResponseWriter, r *http.Request) {
	q := parseAuthorizeRequest(r.URL.Query())
	q.responseMode, q.adminConsent = "query", true
	if e := entryOf(r.Context()); e != nil {
		e.Caller = q.clientID
	}
	if refused := s.checkAdminReply(r, q); refused != nil {
		s.showRefusal(w, r, refused)
		return
	}
	if refused := s.checkAdminConsent(r, q); refused != nil {
		s.redirectRefusal(w, r, q, refused)
		return
	}
	byMethod(w, r, func() {
		if in := s.browserSignIn(r); in != nil && strings.EqualFold(q.loginHint, in.user.UserPrincipalName) {
			s.askAdmin(w, r, q, in)
			return
		}
		s.showPicker(w, r, q, "")
	}, func() { s.takeAdminForm(w, r, q) })
}

// checkAdminReply finds the client and its reply address; until both are sure, errors stay here.
// Without an address in the request the first registered one is taken.
func (s *Sandbox) checkAdminReply(r *http.Request, q *authorizeRequest) *refusal {
	if refused := s.nameClient(r, q, true); refused != nil {
		return refused
	}
	c := q.client
	switch {
	case len(c.app.WebRedirectURIs)+len(c.app.PublicRedirectURIs) == 0:
		return refuse400("invalid_request", 500113, "No reply address is registered for the application.")
	case q.redirectURI == "":
		q.redirectURI = slices.Concat(c.app.WebRedirectURIs, c.app.PublicRedirectURIs)[0]
	case !c.knowsReply(q.redirectURI):
		return refuseReply(q.redirectURI, q.clientID)
	}
	return nil
}

// checkAdminConsent resolves what is asked for.
func (s *Sandbox) checkAdminConsent(r *http.Request, q *authorizeRequest) *refusal {
	roles := strings.Fields(r.URL.Query().Get("role"))
	registered := !strings.HasSuffix(r.URL.Path, "/v2.0/adminconsent")
	if !registered && len(q.scope)+len(roles) == 0 {
		return refuseMissing("scope")
	}
	var refused *refusal
	_ = s.tenant.read(func(st *state) error {
		if registered && len(q.scope)+len(roles) == 0 {
			q.wants = st.registered(q.client.app)
			return nil
		}
		if q.wants, refused = st.readWanted(q.client, q.scope); refused != nil {
			return nil
		}
		var more []wanted
		if more, refused = st.readRoles(q.client, roles); refused != nil {
			return nil
		}
		for _, scope := range q.scope {
			if strings.HasSuffix(scope, "/.default") {
				more = append(more, st.registered(q.client.app)...)
			}
		}
		q.wants = distinct(append(q.wants, more...))
		return nil
	})
	return refused
}

// readRoles resolves app roles by their values; a bare one belongs to Graph.
func (st *state) readRoles(c *client, roles []string) ([]wanted, *refusal) {
	var list []wanted
	for _, text := range roles {
		name, value := splitScope(text)
		res := st.resource(name)
		if res == nil {
			return nil, refuseResource(name)
		}
		i := slices.IndexFunc(res.principal.AppRoles, func(role appRole) bool { return strings.EqualFold(role.Value, value) })
		if i < 0 {
			return nil, refuseUnknownScope(c.principal.DisplayName, value, res.principal.AppID)
		}
		role := res.principal.AppRoles[i]
		if c.isAgentic() && isBlocked(res.principal.AppID, "application", role.Value) {
			return nil, refuseBlocked(role.Value)
		}
		list = append(list, wanted{resource: res.principal, role: role})
	}
	return list, nil
}

// takeAdminForm takes an account or the pressed button.
func (s *Sandbox) takeAdminForm(w http.ResponseWriter, r *http.Request, q *authorizeRequest) {
	if !s.readForm(w, r) {
		return
	}
	if !r.PostForm.Has("consent") {
		in, problem := s.pickAccount(w, r)
		if in != nil {
			s.askAdmin(w, r, q, in)
		} else if problem != "" {
			s.showPicker(w, r, q, problem)
		}
		return
	}
	in := s.browserSignIn(r)
	if in == nil || in.user.ID != r.PostForm.Get("user") {
		s.showPicker(w, r, q, otherAccount)
		return
	}
	var may bool
	_ = s.tenant.read(func(st *state) error {
		may = st.consentsForAll(in.user, q.wants) || len(q.wants) == 0
		return nil
	})
	switch {
	case r.PostForm.Get("consent") != "accept":
		s.redirectRefusal(w, r, q, refuseDeclined())
	case !may:
		s.askAdmin(w, r, q, in)
	default:
		s.giveAdminConsent(w, r, q, in)
	}
}

// askAdmin shows the question, or that this person cannot answer it.
func (s *Sandbox) askAdmin(w http.ResponseWriter, r *http.Request, q *authorizeRequest, in *signIn) {
	var ask question
	need := consentByUser
	_ = s.tenant.read(func(st *state) error {
		ask = st.question(q.client, in.user, q.wants, q.wants)
		if len(q.wants) > 0 && !st.consentsForAll(in.user, q.wants) {
			need = consentByAdmin
		}
		return nil
	})
	ask.Tick, ask.ForAll, ask.Other = false, true, withAccountPicker(r.URL)
	s.showQuestion(w, r, formTarget(q.redirectURI), ask, need)
}

// giveAdminConsent records the consent and tells the client; scopes go back with their resource.
func (s *Sandbox) giveAdminConsent(w http.ResponseWriter, r *http.Request, q *authorizeRequest, in *signIn) {
	var scopes []string
	err := s.tenant.write(r.Context(), func(tx *txn) error {
		scopes = tx.fullNames(q.wants)
		tx.answer(http.StatusFound, append([]string{in.user.ID}, tx.grant(q.client, "", q.wants)...)...)
		return nil
	})
	if err != nil {
		s.showRefusal(w, r, refuseServerError(err))
		return
	}
	answer := url.Values{"admin_consent": {"True"}, "tenant": {tenantID}}
	if len(scopes) > 0 {
		answer.Set("scope", strings.Join(scopes, " "))
	}
	s.reply(w, r, q, answer)
}

// fullNames are the delegated permissions as a scope parameter names them.
func (st *state) fullNames(list []wanted) []string {
	var names []string
	for _, w := range list {
		if !w.isRole() {
			names = append(names, strings.TrimRight(st.audience(w.resource), "/")+"/"+w.scope.Value)
		}
	}
	return names
}
