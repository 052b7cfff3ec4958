package sandbox

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

// startSignIn answers prompt=none at once, goes on without a question for a hinted user who is signed
// in, and shows the picker otherwise.
func (s *Sandbox) startSignIn(w http.ResponseWriter, r *http.Request, q *authorizeRequest) {
	in := s.browserSignIn(r)
	hinted := in != nil && (q.loginHint == "" || strings.EqualFold(q.loginHint, in.user.UserPrincipalName))
	switch {
	case q.prompt == "none" && hinted, (q.prompt == "" || q.prompt == "consent") && q.loginHint != "" && hinted:
		s.signedIn(w, r, q, in)
	case q.prompt == "none":
		s.redirectRefusal(w, r, q, refuse400("login_required", 50058, "A silent sign-in request was sent but no user is signed in."))
	default:
		s.showPicker(w, r, q, "")
	}
}

// takeForm reads what was pressed on one of the pages: an account, a name and password, or the answer
// to the question for consent.
func (s *Sandbox) takeForm(w http.ResponseWriter, r *http.Request, q *authorizeRequest) {
	if !s.readForm(w, r) {
		return
	}
	if r.PostForm.Has("consent") {
		s.takeConsent(w, r, q)
		return
	}
	in, problem := s.pickAccount(w, r)
	if in != nil {
		s.signedIn(w, r, q, in)
	} else if problem != "" {
		s.showPicker(w, r, q, problem)
	}
}

// readForm reads a small form, or shows that it could not.
func (s *Sandbox) readForm(w http.ResponseWriter, r *http.Request) bool {
	r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
	if err := r.ParseForm(); err != nil {
		s.showRefusal(w, r, refuseMalformed("The form could not be read."))
		return false
	}
	return true
}

// pickAccount signs the chosen person in with this browser. When it returns neither a sign-in nor a
// problem for the page, it has answered.
func (s *Sandbox) pickAccount(w http.ResponseWriter, r *http.Request) (in *signIn, problem string) {
	u, problem := s.chosenUser(r.PostForm)
	if problem != "" {
		return nil, problem
	}
	in, err := s.startBrowserSession(w, r, u)
	if err != nil {
		s.showRefusal(w, r, refuseServerError(err))
		return nil, ""
	}
	return in, ""
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

// signedIn asks for the consent that is missing, or all of it with prompt=consent, and goes on when
// there is nothing to ask.
func (s *Sandbox) signedIn(w http.ResponseWriter, r *http.Request, q *authorizeRequest, in *signIn) {
	need := consentGiven
	_ = s.tenant.read(func(st *state) error {
		need = st.need(in.user, st.toAsk(q, in.user.ID))
		return nil
	})
	switch {
	case need == consentGiven:
		s.finishSignIn(w, r, q, in, nil)
	case q.prompt == "none":
		refused := refuseConsent(q.clientID, q.client.principal.DisplayName)
		refused.Code = "consent_required"
		s.redirectRefusal(w, r, q, refused)
	default:
		s.showConsent(w, r, q, in, need)
	}
}

// finishSignIn keeps the consent and the code in one transaction and answers the client.
func (s *Sandbox) finishSignIn(w http.ResponseWriter, r *http.Request, q *authorizeRequest, in *signIn, consent func(*txn) []string) {
	answer := url.Values{}
	code := "1.A" + randomText(48)
	err := s.tenant.write(r.Context(), func(tx *txn) error {
		ids := []string{in.user.ID}
		if consent != nil {
			ids = append(ids, consent(tx)...)
		}
		if q.wantsCode {
			dropOld(tx, tx.authCodes, func(c *authCode) time.Time { return c.ExpiresAt })
			tx.put(&authCode{
				meta: meta{ID: hashSecret(code)}, ClientID: q.clientID, UserID: in.user.ID, RedirectURI: q.redirectURI,
				Scopes: q.scope, Nonce: q.nonce, Challenge: q.challenge, ChallengeMethod: q.challengeMethod,
				Session: in.session, AuthTime: in.authTime, ExpiresAt: s.tokenNow().Add(codeLife),
			})
			answer.Set("code", code)
			answer.Set("session_state", in.session)
		}
		tx.answer(http.StatusFound, ids...)
		return nil
	})
	if err != nil {
		s.showRefusal(w, r, refuseServerError(err))
		return
	}
	if q.wantsID {
		token, refused := s.frontIDToken(r.Context(), q, in, answer.Get("code"))
		if refused != nil {
			s.redirectRefusal(w, r, q, refused)
			return
		}
		answer.Set("id_token", token)
		answer.Set("session_state", in.session)
	}
	s.reply(w, r, q, answer)
}
