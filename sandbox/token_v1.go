package sandbox

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// The older token endpoint takes a resource where the newer one takes scopes, knows no fmi_path, and
// answers with numbers in quotes. Both make the same tokens, because their version is the resource's.
// https://learn.microsoft.com/entra/identity-platform/access-tokens#token-formats

// tokenResponseV1 is the answer of the v1 endpoint.
type tokenResponseV1 struct {
	TokenType    string `json:"token_type"`
	Scope        string `json:"scope,omitempty"`
	ExpiresIn    string `json:"expires_in"`
	ExtExpiresIn string `json:"ext_expires_in"`
	ExpiresOn    string `json:"expires_on"`
	NotBefore    string `json:"not_before"`
	Resource     string `json:"resource"`
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token,omitempty"`
	IDToken      string `json:"id_token,omitempty"`
	ClientInfo   string `json:"client_info,omitempty"`
}

func (s *Sandbox) serveTokenV1(w http.ResponseWriter, r *http.Request) {
	a, q, refused := s.answerToken(w, r, true)
	if refused != nil {
		s.writeRefusal(w, r, refused)
		return
	}
	scopes := slices.DeleteFunc(strings.Fields(a.Scope), func(v string) bool { return strings.HasSuffix(v, "/.default") })
	w.Header().Set("x-ms-request-id", newID())
	writeJSON(w, http.StatusOK, tokenResponseV1{
		TokenType: a.TokenType, Scope: strings.Join(scopes, " "), ExpiresIn: strconv.Itoa(a.ExpiresIn), ExtExpiresIn: strconv.Itoa(a.ExtExpiresIn),
		ExpiresOn: strconv.FormatInt(q.now.Unix()+tokenLife, 10), NotBefore: strconv.FormatInt(q.now.Unix()-tokenBackdate, 10),
		Resource: q.resource, AccessToken: a.AccessToken, RefreshToken: a.RefreshToken, IDToken: a.IDToken, ClientInfo: a.ClientInfo,
	})
}

// fromV1 turns the resource into the scope that means the same. Grants for people always came with an
// ID token and a refresh token there.
func (q *tokenRequest) fromV1() *refusal {
	q.fmiPath, q.hasFMIPath, q.scope = "", false, nil
	if q.resource == "" {
		if q.grant == "authorization_code" || q.grant == "refresh_token" {
			return nil // what was asked for at first
		}
		return refuseMissing("resource")
	}
	q.scope = []string{strings.TrimSuffix(q.resource, "/") + "/.default"}
	if q.grant != "client_credentials" {
		q.scope = append(q.scope, "openid", "profile", "offline_access")
	}
	return nil
}
