package sandbox

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// signOut forgets the browser's user. A registered reply address is gone back to at once, with the
// state; another address of a known application becomes a link, and a stranger's nothing, so nobody can
// be led elsewhere through it. Other applications are not told (no front channel).
// https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc#send-a-sign-out-request
func (s *Sandbox) signOut(w http.ResponseWriter, r *http.Request) {
	err := s.tenant.write(r.Context(), func(tx *txn) error {
		if old := tx.sessionOf(r); old != nil {
			tx.remove(old)
		}
		return nil
	})
	if err != nil {
		s.showRefusal(w, r, refuseServerError(err))
		return
	}
	http.SetCookie(w, s.cookie("", -1))
	query := r.URL.Query()
	back := query.Get("post_logout_redirect_uri")
	if target := s.registeredReply(back, s.hintedClient(r, query.Get("id_token_hint"))); target != nil {
		if state := query.Get("state"); state != "" {
			values := target.Query()
			values.Set("state", state)
			target.RawQuery = values.Encode()
		}
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Location", target.String())
		w.WriteHeader(http.StatusFound)
		return
	}
	if !s.knownOrigin(back) {
		back = ""
	}
	s.showPage(w, http.StatusOK, "", pageData{Title: "You are signed out", Name: "signed-out", Back: back})
}

// hintedClient is the application an ID token was made for, expired or not; "" without a good hint.
func (s *Sandbox) hintedClient(r *http.Request, hint string) string {
	var c claims
	parts := strings.Split(hint, ".")
	if ours, err := s.keys.verifies(r.Context(), hint); err != nil || !ours || len(parts) != 3 {
		return ""
	}
	if text, err := decodeSegment(parts[1]); err != nil || json.Unmarshal(text, &c) != nil {
		return ""
	}
	return c.Audience
}

// registeredReply parses the address when it is a reply address of the application, or of any one when
// none is named; nil otherwise.
func (s *Sandbox) registeredReply(address, appID string) *url.URL {
	var known bool
	_ = s.tenant.read(func(st *state) error {
		for a := range st.apps.all() {
			known = known || (appID == "" || a.AppID == appID) && slices.Contains(a.WebRedirectURIs, address)
		}
		return nil
	})
	target, err := url.Parse(address)
	if !known || err != nil {
		return nil
	}
	return target
}

// knownOrigin tells whether an application of the tenant has a reply address at the same origin.
func (s *Sandbox) knownOrigin(address string) bool {
	var known bool
	_ = s.tenant.read(func(st *state) error {
		for a := range st.apps.all() {
			for _, reply := range a.WebRedirectURIs {
				known = known || (originOf(reply) != "" && originOf(reply) == originOf(address))
			}
		}
		return nil
	})
	return known
}
