package sandbox

import (
	"net/http"
	"slices"

	"github.com/google/uuid"
)

// userInfo is what the endpoint says of the person; claims without a value are absent.
type userInfo struct {
	Subject    string `json:"sub"`
	Name       string `json:"name,omitempty"`
	FamilyName string `json:"family_name,omitempty"`
	GivenName  string `json:"given_name,omitempty"`
	Email      string `json:"email,omitempty"`
}

// serveUserInfo answers a Graph token that carries openid. The subject is that of the ID token, so a
// client can compare them. https://learn.microsoft.com/entra/identity-platform/userinfo
func (s *Sandbox) serveUserInfo(w http.ResponseWriter, r *http.Request) {
	requestID := uuid.NewString()
	graphHeaders(w.Header(), r, requestID)
	who, fault := s.authenticate(r)
	if fault == nil && (who.App || !slices.Contains(who.Scopes, "openid")) {
		fault = denied()
	}
	if fault != nil {
		writeGraphError(w, r, fault, requestID, s.directoryNow())
		return
	}
	var info userInfo
	_ = s.tenant.read(func(st *state) error {
		u := st.users.get(who.ObjectID) // authenticate has found it
		if u == nil {
			return nil
		}
		info = userInfo{Subject: pairwise(u.ID, who.AppID)}
		if slices.Contains(who.Scopes, "profile") {
			info.Name, info.FamilyName, info.GivenName = u.DisplayName, u.Surname, u.GivenName
		}
		if slices.Contains(who.Scopes, "email") {
			info.Email = u.Mail
		}
		return nil
	})
	writeJSON(w, http.StatusOK, info)
}
