package entra

import (
	"context"
	"time"
)

// App is the portal's own registration.
type App struct {
	ClientID    string
	Credential  Credential
	RedirectURI string
}

// AuthCodeRequest is what one sign-in attempt asks for.
type AuthCodeRequest struct {
	State, Nonce, Verifier string
	Scopes                 []string
	Prompt, LoginHint      string
}

// Tokens is what redeeming a code or a refresh token gave.
type Tokens struct {
	Access, Refresh, ID Secret
	ExpiresAt           time.Time
	Scope               string
	Hop                 Hop
}

// Identity is a person, as a checked ID token names them.
type Identity struct {
	TenantID, ObjectID, Name, Username string
	AuthTime                           time.Time
}

// AuthCodeURL returns the address that starts a sign-in with PKCE.
func (c *Client) AuthCodeURL(app App, q AuthCodeRequest) string { return "" }

// Redeem trades an authorization code for tokens.
func (c *Client) Redeem(ctx context.Context, app App, code, verifier string, scopes []string) (*Tokens, error) {
	return nil, ctx.Err()
}

// Refresh trades a refresh token for new tokens.
func (c *Client) Refresh(ctx context.Context, app App, refresh Secret, scopes []string) (*Tokens, error) {
	return nil, ctx.Err()
}

// VerifyIDToken checks an ID token and returns whom it names.
func (c *Client) VerifyIDToken(ctx context.Context, app App, raw Secret, nonce string) (*Identity, error) {
	return nil, ctx.Err()
}

// LogoutURL returns the address that signs out of Microsoft as well.
func (c *Client) LogoutURL(postLogout string) string { return "" }
