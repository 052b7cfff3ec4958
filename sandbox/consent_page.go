package sandbox

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// question is what a consent page asks.
type question struct {
	Client string // its name
	Kind   string // "The application", "The agent identity", "The blueprint"
	User   string // who is asked
	UserID string
	Asks   []permission
	Has    []permission // consented before
	Tick   bool         // the user may consent for everybody
	ForAll bool         // an administrator consents for everybody, without a tick
	Code   string       // of a device, empty elsewhere
	Other  string       // address to sign in with another account
	Action string       // the word of the button that accepts
}

// permission is one line of the page, in the words of the resource.
type permission struct {
	Means, Value, Resource string
	Role, Admin            bool
}

// words describe a permission as a person reads it. Resources write two texts, one for people and one
// for administrators; Graph's list here has the latter.
func (w wanted) words() permission {
	p := permission{Value: w.value(), Resource: w.resource.DisplayName, Role: w.isRole(), Admin: w.needsAdmin()}
	if w.isRole() {
		p.Means = w.role.DisplayName
		return p
	}
	if p.Means = ownWords(w); p.Means != "" {
		return p
	}
	if p.Means = w.scope.UserConsentDisplayName; p.Means == "" {
		p.Means = w.scope.AdminConsentDisplayName
	}
	if p.Means == "" {
		p.Means = "Use " + w.scope.Value
	}
	return p
}

// ownWords are for the scopes of the sign-in itself, which say little by their names.
func ownWords(w wanted) string {
	if w.resource.AppID != graphAppID {
		return ""
	}
	switch w.scope.Value {
	case "openid":
		return "Sign you in"
	case "profile":
		return "View your basic profile"
	case "email":
		return "View your email address"
	case "offline_access":
		return "Keep the access you have given it, also while you are away"
	case "User.Read":
		return "Sign you in and read your profile"
	}
	return ""
}

func describe(list []wanted) []permission {
	out := make([]permission, 0, len(list))
	for _, w := range list {
		out = append(out, w.words())
	}
	return out
}

// clientKind names what asks in words.
func clientKind(c *client) string {
	switch {
	case c.isAgent():
		return "agent identity"
	case c.isBlueprint():
		return "blueprint"
	}
	return "application"
}

// toAsk is what the page asks for: what is missing, and with prompt=consent everything.
func (st *state) toAsk(q *authorizeRequest, userID string) []wanted {
	if q.prompt == "consent" {
		return q.wants
	}
	return st.missing(q.client, userID, q.wants)
}

// question puts the permissions into words for a user.
func (st *state) question(c *client, u *user, asks, all []wanted) question {
	has := slices.DeleteFunc(slices.Clone(all), func(w wanted) bool {
		return slices.ContainsFunc(asks, func(a wanted) bool { return a.resource.ID == w.resource.ID && a.value() == w.value() })
	})
	return question{
		Client: c.principal.DisplayName, Kind: clientKind(c), User: u.UserPrincipalName, UserID: u.ID, Action: "Accept",
		Asks: describe(asks), Has: describe(has), Tick: st.consentsForAll(u, asks),
	}
}

// showConsent asks the person, or says that only an administrator can consent.
func (s *Sandbox) showConsent(w http.ResponseWriter, r *http.Request, q *authorizeRequest, in *signIn, need consentNeed) {
	var ask question
	_ = s.tenant.read(func(st *state) error {
		ask = st.question(q.client, in.user, st.toAsk(q, in.user.ID), q.wants)
		return nil
	})
	ask.Other = withAccountPicker(r.URL)
	s.showQuestion(w, r, formTarget(q.redirectURI), ask, need)
}

// showQuestion shows one of the two pages.
func (s *Sandbox) showQuestion(w http.ResponseWriter, r *http.Request, formTo string, ask question, need consentNeed) {
	p := pageData{Title: "Permissions requested", Name: "consent", Ask: ask}
	if ask.Code != "" {
		p.Title = "Sign in on a device"
	}
	if need == consentByAdmin {
		byPolicy := !slices.ContainsFunc(ask.Asks, func(p permission) bool { return p.Admin })
		body := refuseNeedsAdmin(ask.Client, byPolicy).body(s.tokenNow(), correlationID(r), s.o.BaseURL)
		p.Title, p.Name, p.Refusal = "Need admin approval", "need-admin", &body
	}
	s.showPage(w, http.StatusOK, formTo, p)
}

// withAccountPicker is the same request with the question who signs in.
func withAccountPicker(address *url.URL) string {
	query := address.Query()
	query.Set("prompt", "select_account")
	query.Del("login_hint")
	return address.Path + "?" + query.Encode()
}

// otherAccount is the problem a picker shows when a page was meant for somebody else.
const otherAccount = "Another account is signed in now, or none. Pick the account that is to consent."

// takeConsent takes the pressed button. The page names whom it asked: another person may have signed
// in meanwhile with the same browser.
func (s *Sandbox) takeConsent(w http.ResponseWriter, r *http.Request, q *authorizeRequest) {
	in := s.browserSignIn(r)
	if in == nil || in.user.ID != r.PostForm.Get("user") {
		s.showPicker(w, r, q, otherAccount)
		return
	}
	if r.PostForm.Get("consent") != "accept" {
		s.redirectRefusal(w, r, q, refuseDeclined())
		return
	}
	var list []wanted
	need, forAll, may := consentGiven, r.PostForm.Get("organization") != "", false
	_ = s.tenant.read(func(st *state) error {
		list = st.toAsk(q, in.user.ID)
		need, may = st.need(in.user, list), st.consentsForAll(in.user, list)
		return nil
	})
	if need == consentByAdmin {
		s.showConsent(w, r, q, in, need)
		return
	}
	s.finishSignIn(w, r, q, in, func(tx *txn) []string {
		if forAll && may {
			return tx.grant(q.client, "", list)
		}
		return tx.grant(q.client, in.user.ID, tx.missing(q.client, in.user.ID, list))
	})
}

// formTarget is what the policy of a page must allow beside the page itself: a form whose answer is
// redirected is checked at every stop. Native clients have schemes of their own.
// https://www.w3.org/TR/CSP3/#directive-form-action
func formTarget(address string) string {
	if origin := originOf(address); origin != "" {
		return origin
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme == "" || strings.ContainsAny(u.Scheme, " ;,'") {
		return ""
	}
	return u.Scheme + ":"
}
