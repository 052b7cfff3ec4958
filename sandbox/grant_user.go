package sandbox

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
)

const (
	codeLife    = 10 * time.Minute
	refreshLife = 90 * 24 * time.Hour
)

// grantAuthorizationCode redeems a code, once.
func (s *Sandbox) grantAuthorizationCode(ctx context.Context, q *tokenRequest) (*tokenResponse, *refusal) {
	if q.code == "" {
		return nil, refuseMissing("code")
	}
	if q.redirectURI == "" {
		return nil, refuseMissing("redirect_uri")
	}
	code, refused := s.takeCode(ctx, q)
	if refused != nil {
		return nil, refused
	}
	if len(q.scope) == 0 {
		q.scope = code.Scopes
	}
	in, refused := s.signInOf(code.UserID, code.Session, code.AuthTime, code.Nonce)
	if refused != nil {
		return nil, refused
	}
	return s.userTokens(ctx, q, in, code.Scopes)
}

// takeCode checks the code and marks it as used in one transaction, so that it can be redeemed once.
func (s *Sandbox) takeCode(ctx context.Context, q *tokenRequest) (*authCode, *refusal) {
	var code *authCode
	err := s.tenant.write(ctx, func(tx *txn) error {
		code = tx.authCodes.get(hashSecret(q.code))
		if refused := checkCode(code, q); refused != nil {
			return refused
		}
		used := clone(code)
		used.Used = true
		tx.put(used)
		return nil
	})
	return code, asRefusal(err)
}

// checkCode compares everything that the authorization request fixed (RFC 6749 4.1.3). A code of
// another client is answered like one that never was.
func checkCode(code *authCode, q *tokenRequest) *refusal {
	switch {
	case code == nil || code.ClientID != q.issuedTo.id:
		return refuse400("invalid_grant", 70000, "Provided grant is invalid or malformed.")
	case code.Used:
		return refuse400("invalid_grant", 54005, "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.")
	case q.now.After(code.ExpiresAt):
		return refuse400("invalid_grant", 70008, "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.")
	case code.RedirectURI != q.redirectURI:
		return refuse400("invalid_grant", 500112, "The reply address '%s' does not match the reply address '%s' provided when requesting Authorization code.", q.redirectURI, code.RedirectURI)
	case code.Challenge != "" && !challengeFits(code, q.verifier):
		return refuse400("invalid_grant", 501481, "The Code_Verifier does not match the code_challenge supplied in the authorization request.")
	}
	return nil
}

// challengeFits checks PKCE (RFC 7636 4.6); no method means plain.
func challengeFits(code *authCode, verifier string) bool {
	if code.ChallengeMethod == "S256" {
		sum := sha256.Sum256([]byte(verifier))
		verifier = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	return subtle.ConstantTimeCompare([]byte(verifier), []byte(code.Challenge)) == 1
}

// grantRefreshToken gives new tokens for an old sign-in. The refresh token is replaced on use, and the
// old one stays valid.
func (s *Sandbox) grantRefreshToken(ctx context.Context, q *tokenRequest) (*tokenResponse, *refusal) {
	if q.refreshToken == "" {
		return nil, refuseMissing("refresh_token")
	}
	var kept *refreshToken
	_ = s.tenant.read(func(st *state) error {
		kept = st.refreshTokens.get(hashSecret(q.refreshToken))
		return nil
	})
	if kept == nil || kept.ClientID != q.issuedTo.id {
		return nil, refuse400("invalid_grant", 70000, "Provided grant is invalid or malformed.")
	}
	if q.now.After(kept.ExpiresAt) {
		return nil, refuse400("invalid_grant", 700082, "The refresh token has expired due to inactivity. The token was issued on %s and was inactive for 90.00:00:00.", kept.CreatedAt.Format(time.RFC3339))
	}
	if len(q.scope) == 0 {
		q.scope = kept.Scopes
	}
	in, refused := s.signInOf(kept.UserID, kept.Session, kept.AuthTime, "")
	if refused != nil {
		return nil, refused
	}
	return s.userTokens(ctx, q, in, kept.Scopes)
}

// signInOf reads the user as he is now: a disabled user gets no new tokens, changed roles show.
func (s *Sandbox) signInOf(userID, session string, authTime time.Time, nonce string) (*signIn, *refusal) {
	in := &signIn{session: session, authTime: authTime, nonce: nonce}
	_ = s.tenant.read(func(st *state) error {
		in.user = st.users.get(userID)
		for _, r := range st.rolesOf(userID) {
			in.wids = append(in.wids, r.RoleTemplateID)
		}
		return nil
	})
	if in.user == nil {
		return nil, refuseUnknownUser(userID)
	}
	if !in.user.AccountEnabled {
		return nil, refuseDisabledUser()
	}
	return in, nil
}

// userTokens makes the access token, and the ID and refresh token when their scopes were asked for.
func (s *Sandbox) userTokens(ctx context.Context, q *tokenRequest, in *signIn, first []string) (*tokenResponse, *refusal) {
	a, granted, refused := s.settleScopes(q, in.user.ID)
	if refused != nil {
		return nil, refused
	}
	access, refused := s.signed(ctx, s.userClaims(q, in, a.resource, granted))
	if refused != nil {
		return nil, refused
	}
	answer := &tokenResponse{
		TokenType: "Bearer", ExpiresIn: expiresIn, ExtExpiresIn: expiresIn, AccessToken: access,
		Scope: echoScope(q.scope, granted),
	}
	if a.wants("openid") {
		if answer.IDToken, refused = s.signed(ctx, s.idClaims(q, in, a)); refused != nil {
			return nil, refused
		}
	}
	if a.wants("offline_access") || a.offline || slices.Contains(first, "offline_access") {
		if answer.RefreshToken, refused = s.newRefreshToken(ctx, q, in, first); refused != nil {
			return nil, refused
		}
	}
	if q.clientInfo {
		answer.ClientInfo = clientInfo(in.user.ID)
	}
	return answer, nil
}

// settleScopes resolves the scopes; a sign-in that asked for OIDC scopes alone gets a Graph token.
func (s *Sandbox) settleScopes(q *tokenRequest, userID string) (a *asked, granted []string, refused *refusal) {
	_ = s.tenant.read(func(st *state) error {
		if a, refused = st.readScopes(q.scope, q.issuedTo.principal.DisplayName); refused != nil {
			return nil
		}
		if a.resource == nil {
			a.resource = st.resource(graphResource)
		}
		granted, refused = st.grantedScopes(q.issuedTo, userID, a)
		return nil
	})
	return a, granted, refused
}

// echoScope repeats what was asked for and adds what came with it: a client that misses a scope it
// asked for takes it for declined.
func echoScope(requested, granted []string) string {
	out := slices.DeleteFunc(slices.Clone(requested), func(v string) bool { return v == "offline_access" })
	for _, v := range granted {
		known := func(r string) bool {
			return strings.EqualFold(r, v) || strings.HasSuffix(strings.ToLower(r), "/"+strings.ToLower(v))
		}
		if !slices.ContainsFunc(out, known) {
			out = append(out, v)
		}
	}
	return strings.Join(out, " ")
}

// newRefreshToken keeps the scopes of the first sign-in, so that a refresh without scope repeats it.
func (s *Sandbox) newRefreshToken(ctx context.Context, q *tokenRequest, in *signIn, scopes []string) (string, *refusal) {
	token := "1.A" + randomText(64)
	err := s.tenant.write(ctx, func(tx *txn) error {
		tx.put(&refreshToken{
			meta: meta{ID: hashSecret(token)}, ClientID: q.issuedTo.id, UserID: in.user.ID, Scopes: scopes,
			Session: in.session, AuthTime: in.authTime, ExpiresAt: q.now.Add(refreshLife),
		})
		return nil
	})
	return token, asRefusal(err)
}

// clientInfo names the account for MSAL.
func clientInfo(userID string) string {
	text, _ := json.Marshal(struct { // two texts always encode
		UID  string `json:"uid"`
		UTID string `json:"utid"`
	}{userID, tenantID})
	return base64.RawURLEncoding.EncodeToString(text)
}

// asRefusal turns an error of the store into a refusal; nil stays nil.
func asRefusal(err error) *refusal {
	var refused *refusal
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused):
		return refused
	}
	return refuseServerError(err)
}
