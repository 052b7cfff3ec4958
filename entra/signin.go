package entra

import (
	"context"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

// App is the portal's own registration.
type App struct {
	ClientID    string
	Credential  Credential
	RedirectURI string
}

// AuthCodeRequest is what one sign-in attempt asks for. State, Nonce and
// Verifier are fresh random values of the attempt.
type AuthCodeRequest struct {
	State, Nonce, Verifier string
	Scopes                 []string
	Prompt, LoginHint      string
}

// Names of the requests of a sign-in, which are hops like the others.
const (
	HopCode    HopName = "code"
	HopRefresh HopName = "refresh"
)

// Tokens is what redeeming a code or a refresh token gave. Refresh is zero
// when none came; ID is zero without the scope openid.
type Tokens struct {
	Access, Refresh, ID Secret
	ExpiresAt           time.Time
	Scope               string
	Hop                 Hop
}

// AuthCodeURL returns the address that starts a sign-in: code flow with PKCE
// S256, state and nonce, the answer in the query.
func (c *Client) AuthCodeURL(app App, q AuthCodeRequest) string {
	config := oauth2.Config{
		ClientID:    app.ClientID,
		RedirectURL: app.RedirectURI,
		Scopes:      q.Scopes,
		Endpoint:    oauth2.Endpoint{AuthURL: c.authorizeURL(), TokenURL: c.tokenURL(), AuthStyle: oauth2.AuthStyleInParams},
	}
	options := []oauth2.AuthCodeOption{
		oauth2.S256ChallengeOption(q.Verifier),
		oauth2.SetAuthURLParam("nonce", q.Nonce),
		oauth2.SetAuthURLParam("response_mode", "query"),
	}
	if q.Prompt != "" {
		options = append(options, oauth2.SetAuthURLParam("prompt", q.Prompt))
	}
	if q.LoginHint != "" {
		options = append(options, oauth2.SetAuthURLParam("login_hint", q.LoginHint))
	}
	return config.AuthCodeURL(q.State, options...)
}

// Redeem trades an authorization code for tokens. The error is *Error or
// *FaultError.
func (c *Client) Redeem(ctx context.Context, app App, code, verifier string, scopes []string) (*Tokens, error) {
	return c.personHop(ctx, hopSpec{
		name:       HopCode,
		sentence:   "Portal trades the authorisation code for tokens",
		clientID:   app.ClientID,
		credential: app.Credential,
		scope:      strings.Join(scopes, " "),
		params: url.Values{
			"grant_type":    {"authorization_code"},
			"code":          {code},
			"redirect_uri":  {app.RedirectURI},
			"code_verifier": {verifier},
		},
	})
}

// Refresh trades a refresh token for new tokens, possibly of another
// resource. The new refresh token replaces the old one. The error is *Error
// or *FaultError.
func (c *Client) Refresh(ctx context.Context, app App, refresh Secret, scopes []string) (*Tokens, error) {
	return c.personHop(ctx, hopSpec{
		name:       HopRefresh,
		sentence:   "Portal trades the refresh token for new tokens",
		clientID:   app.ClientID,
		credential: app.Credential,
		scope:      strings.Join(scopes, " "),
		params:     url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh.Reveal()}},
	})
}

// personHop runs a hop whose answer belongs to a signed-in person.
func (c *Client) personHop(ctx context.Context, spec hopSpec) (*Tokens, error) {
	hop, token, err := c.runHop(ctx, spec, nil)
	if err != nil {
		return nil, err
	}
	idToken, _ := token.Extra("id_token").(string)
	return &Tokens{
		Access:    hop.Answer.Token,
		Refresh:   NewSecret(token.RefreshToken),
		ID:        NewSecret(idToken),
		ExpiresAt: hop.Answer.ExpiresAt,
		Scope:     hop.Answer.Scope,
		Hop:       hop,
	}, nil
}

// LogoutURL returns the address that signs out of Microsoft as well and then
// comes back to postLogout.
func (c *Client) LogoutURL(postLogout string) string {
	return c.tenantURL("/oauth2/v2.0/logout") + "?" + url.Values{"post_logout_redirect_uri": {postLogout}}.Encode()
}
