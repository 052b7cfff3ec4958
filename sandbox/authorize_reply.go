package sandbox

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

// The name differs from the portal's cookie: cookies of localhost reach every port.
const sessionCookie = "sandbox_sid"

// browserLife is how long a browser stays signed in, as without "stay signed in" in Entra.
const browserLife = 24 * time.Hour

// browserSignIn reads who is signed in with this browser; nil when nobody is.
func (s *Sandbox) browserSignIn(r *http.Request) *signIn {
	cookie, err := r.Cookie(sessionCookie)
	if err != nil {
		return nil
	}
	var in *signIn
	_ = s.tenant.read(func(st *state) error {
		kept := st.sessions.get(hashSecret(cookie.Value))
		if kept == nil || s.tokenNow().After(kept.ExpiresAt) {
			return nil
		}
		if u := st.users.get(kept.UserID); u != nil && u.AccountEnabled {
			in = &signIn{user: u, session: kept.Session, authTime: kept.AuthTime}
		}
		return nil
	})
	return in
}

// startBrowserSession remembers the user in a cookie; what was there before is replaced.
func (s *Sandbox) startBrowserSession(w http.ResponseWriter, r *http.Request, u *user) (*signIn, error) {
	token, now := randomText(32), s.tokenNow()
	in := &signIn{user: u, session: newID(), authTime: now}
	err := s.tenant.write(r.Context(), func(tx *txn) error {
		if old := tx.sessionOf(r); old != nil {
			tx.remove(old)
		}
		tx.put(&browserSession{
			meta: meta{ID: hashSecret(token)}, UserID: u.ID, Session: in.session, AuthTime: now, ExpiresAt: now.Add(browserLife),
		})
		return nil
	})
	if err != nil {
		return nil, err
	}
	http.SetCookie(w, s.cookie(token, int(browserLife/time.Second)))
	return in, nil
}

// cookie is HttpOnly and Lax: the redirect from an application brings it along, a form of another
// site does not.
func (s *Sandbox) cookie(value string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name: sessionCookie, Value: value, Path: "/", MaxAge: maxAge, HttpOnly: true,
		Secure: strings.HasPrefix(s.o.BaseURL, "https://"), SameSite: http.SameSiteLaxMode,
	}
}

// sessionOf finds the session of the request's cookie; nil when there is none.
func (st *state) sessionOf(r *http.Request) *browserSession {
	cookie, err := r.Cookie(sessionCookie)
	if err != nil {
		return nil
	}
	return st.sessions.get(hashSecret(cookie.Value))
}

// originOf is scheme, host and port of an http address; "" when it is none.
func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// reply sends the answer to the client by the mode it asked for.
func (s *Sandbox) reply(w http.ResponseWriter, r *http.Request, q *authorizeRequest, answer url.Values) {
	if q.state != "" {
		answer.Set("state", q.state)
	}
	target, err := url.Parse(q.redirectURI)
	if err != nil { // registered addresses parse
		s.showRefusal(w, r, refuseServerError(err))
		return
	}
	switch q.responseMode {
	case "form_post":
		s.showFormPost(w, q.redirectURI, answer)
		return
	case "fragment":
		target.Fragment, target.RawFragment = "", ""
		w.Header().Set("Location", target.String()+"#"+answer.Encode())
	default:
		query := target.Query()
		for name, values := range answer {
			query[name] = values
		}
		target.RawQuery = query.Encode()
		w.Header().Set("Location", target.String())
	}
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusFound)
}

// redirectRefusal tells the client what went wrong.
func (s *Sandbox) redirectRefusal(w http.ResponseWriter, r *http.Request, q *authorizeRequest, refused *refusal) {
	body := refused.body(s.tokenNow(), correlationID(r), s.o.BaseURL)
	answer := url.Values{"error": {body.Code}, "error_description": {body.Description}, "error_uri": {body.URI}}
	if q.adminConsent {
		answer.Set("admin_consent", "True") // as seen in answers of 2023, also when consent was refused
	}
	if body.Suberror != "" {
		answer.Set("error_subcode", body.Suberror)
	}
	s.reply(w, r, q, answer)
}
