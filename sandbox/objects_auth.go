package sandbox

import "time"

// What signs people in is stored like every other object, so that a restart signs nobody out: a
// portal's session outlives the sandbox beside it. Tokens, codes and cookies are kept as hashes; who
// reads the file cannot use them.

// refreshToken is stored under the SHA-256 of the token itself. It is bound to a user and a client,
// not to a resource.
type refreshToken struct {
	meta
	ClientID  string    `json:"clientId"`
	UserID    string    `json:"userId"`
	Scopes    []string  `json:"scopes"`
	Session   string    `json:"session"`
	AuthTime  time.Time `json:"authTime"`
	ExpiresAt time.Time `json:"expiresAt"`
}

func (*refreshToken) kind() kind { return kindRefreshToken }

// authCode is stored under the SHA-256 of the code; it is used once and lives ten minutes.
type authCode struct {
	meta
	ClientID        string    `json:"clientId"`
	UserID          string    `json:"userId"`
	RedirectURI     string    `json:"redirectUri"`
	Scopes          []string  `json:"scopes"`
	Nonce           string    `json:"nonce,omitempty"`
	Challenge       string    `json:"challenge,omitempty"`
	ChallengeMethod string    `json:"challengeMethod,omitempty"`
	Session         string    `json:"session"`
	AuthTime        time.Time `json:"authTime"`
	ExpiresAt       time.Time `json:"expiresAt"`
	Used            bool      `json:"used,omitempty"`
}

func (*authCode) kind() kind { return kindAuthCode }

// deviceState is how far a device authorization has come; it is expired when its time is over.
type deviceState string

const (
	devicePending  deviceState = "pending"
	deviceApproved deviceState = "approved"
	deviceDeclined deviceState = "declined"
	deviceRedeemed deviceState = "redeemed"
)

// deviceCode is a device authorization (RFC 8628), stored under the SHA-256 of its device code. The
// user, session and time of sign-in are there once somebody approved it.
type deviceCode struct {
	meta
	UserCode  string      `json:"userCode"`
	ClientID  string      `json:"clientId"`
	Scopes    []string    `json:"scopes"`
	State     deviceState `json:"state"`
	UserID    string      `json:"userId,omitempty"`
	Session   string      `json:"session,omitempty"`
	AuthTime  time.Time   `json:"authTime,omitzero"`
	ExpiresAt time.Time   `json:"expiresAt"`
}

func (*deviceCode) kind() kind { return kindDeviceCode }

// browserSession remembers who signed in with this browser; stored under the SHA-256 of its cookie.
type browserSession struct {
	meta
	UserID    string    `json:"userId"`
	Session   string    `json:"session"`
	AuthTime  time.Time `json:"authTime"`
	ExpiresAt time.Time `json:"expiresAt"`
}

func (*browserSession) kind() kind { return kindBrowserSession }
