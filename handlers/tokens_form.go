package handlers

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/labstack/echo/v4"

	"agentidportal/entra"
	"agentidportal/entra/graph"
	"agentidportal/views"
	"agentidportal/web"
)

const (
	// maxScope, maxSecret and maxName are far beyond what Entra takes.
	maxScope  = 400
	maxSecret = 200
	maxName   = 256
	// maxPEM is a key and a chain of certificates.
	maxPEM = 32 << 10
)

// labForm is the form of the token lab. Its secrets are not among the fields
// that are written into a page.
type labForm struct {
	Mode                string
	Agent, Scope, Kept  string
	Blueprint           string // App ID, of the mode that is the blueprint's own; elsewhere it chooses the first of its agents
	AppID               string
	Username            string // the agent user's, or a person's
	OtherTenant, Other  string // tenant and App ID of a cross-tenant try
	From                string // result whose refresh token is traded
	Profile             string // id of the profile that is run
	Reuse, Keep         bool   // take hops from the cache; keep the typed secret if it proves right
	check               bool   // only look what the mode needs
	secret, certificate entra.Secret
	assertion, user     entra.Secret
	refresh, password   entra.Secret
	// lacksSecret is the object id of the blueprint that no secret was found
	// for; empty when one was, or the blueprint is not known.
	lacksSecret string
	// lacksUser is the agent identity that has no agent user to act as.
	lacksUser string
	// lacksScope is the object id of the blueprint that offers no scope.
	lacksScope string
}

// labFields are the fields of the form; secrets last.
var labFields = []string{
	"mode", "agent", "scope", "kept", "blueprint", "app_id", "username", "other_tenant", "other_app_id", "from", "profile", "reuse", "keep", "act",
	"client_secret", "certificate", "assertion", "user_token", "refresh_token", "password",
}

func readLabForm(c echo.Context) (labForm, error) {
	posted, err := web.Form(c, labFields...)
	if err != nil {
		return labForm{}, err
	}
	text := func(name string) string { return strings.TrimSpace(posted.Get(name)) }
	secret := func(name string) entra.Secret { return entra.NewSecret(text(name)) }
	form := labForm{
		Mode: posted.Get("mode"), Agent: text("agent"), Scope: text("scope"), Kept: posted.Get("kept"),
		Blueprint: text("blueprint"), AppID: text("app_id"), Username: text("username"),
		OtherTenant: text("other_tenant"), Other: text("other_app_id"), From: posted.Get("from"), Profile: posted.Get("profile"),
		Reuse: posted.Get("reuse") == "on", Keep: posted.Get("keep") == "on", check: posted.Get("act") == "check",
		secret: secret("client_secret"), certificate: secret("certificate"), assertion: secret("assertion"),
		user: secret("user_token"), refresh: secret("refresh_token"), password: entra.NewSecret(posted.Get("password")),
	}
	if form.typed() > 0 {
		form.Kept = "" // a typed credential is used in its place, as the field says
	}
	return form, nil
}

// typed counts the credentials that were typed.
func (f labForm) typed() int {
	n := 0
	for _, s := range []entra.Secret{f.secret, f.certificate, f.assertion} {
		if !s.IsZero() {
			n++
		}
	}
	return n
}

func (f labForm) mode() views.TokenMode {
	mode, _ := views.TokenModeOf(entra.ModeName(f.Mode))
	if f.From != "" && f.Agent != "" && mode.Refresh {
		mode.Agent, mode.App, mode.Optional = true, false, false
	}
	return mode
}

// noSecretTyped is said when there is neither a typed nor a kept credential.
const noSecretTyped = "Type a client secret of the agent's blueprint."

// validate finds what no sign-in service need be asked. Everything else is
// left to it: its refusals, explained, are what the lab is for.
func (f labForm) validate() map[string]string {
	faults := map[string]string{}
	mode, ok := views.TokenModeOf(entra.ModeName(f.Mode))
	if !ok {
		faults["mode"] = "Choose one of the modes in the list."
		mode.Agent, mode.Credential = true, true // the fields of the form that was sent
	} else {
		mode = f.mode()
	}
	f.validateParties(mode, faults)
	f.validateScope(mode, faults)
	f.validateCredential(mode, faults)
	return faults
}

func (f labForm) validateParties(mode views.TokenMode, faults map[string]string) {
	id := func(wanted bool, field, value, words string) {
		if _, err := graph.ParseGUID(value); wanted && err != nil {
			faults[field] = words
		}
	}
	id(mode.Agent, "agent", f.Agent, "Choose an agent identity.")
	id(mode.Blueprint, "blueprint", f.Blueprint, "Choose a blueprint.")
	id(mode.App, "app_id", f.AppID, "Write the application's App ID: a GUID such as 0f3c9a52-7d41-4be8-9c06-51a8e2d7b634.")
	id(mode.OtherTenant, "other_tenant", f.OtherTenant, "Write the other tenant's Tenant ID: a GUID.")
	id(mode.OtherTenant, "other_app_id", f.Other, "Write the App ID of the application there: a GUID.")
	if len(f.Username) > maxName || strings.ContainsFunc(f.Username, unicode.IsControl) {
		faults["username"] = fmt.Sprintf("Write a user name of at most %d characters in one line.", maxName)
	}
	if mode.Person && f.Username == "" {
		faults["username"] = "Write the person's user name, such as user@example.com."
	}
	if mode.Person && f.password.IsZero() {
		faults["password"] = "Type the person's password."
	}
	if mode.Refresh && f.refresh.IsZero() && f.From == "" {
		faults["refresh_token"] = "Paste a refresh token."
	}
	if f.password.Len() > maxName {
		faults["password"] = "No password is that long."
	}
	if f.refresh.Len() > entra.MaxToken {
		faults["refresh_token"] = "No refresh token is that long. Paste the value alone."
	}
}

func (f labForm) validateScope(mode views.TokenMode, faults map[string]string) {
	switch {
	case f.Scope == "" && mode.AppOnly:
		faults["scope"] = "Write one resource and /.default, such as " + entra.GraphDefaultScope + "."
	case f.Scope == "":
		faults["scope"] = "Write scopes of one resource, such as " + entra.GraphDefaultScope + " or User.Read."
	case len(f.Scope) > maxScope:
		faults["scope"] = fmt.Sprintf("Write at most %d characters. This has %d.", maxScope, len(f.Scope))
	case strings.ContainsFunc(f.Scope, unicode.IsControl):
		faults["scope"] = "Write it in one line. This holds a line end or another control character."
	}
}

func (f labForm) validateCredential(mode views.TokenMode, faults map[string]string) {
	switch {
	case mode.Credential && !mode.Optional && f.typed() == 0 && f.Kept == "":
		faults["client_secret"] = noSecretTyped
		if mode.App {
			faults["client_secret"] = "Type a client secret of the application, or give a certificate or a federated assertion."
		}
	case f.typed() > 1:
		faults["client_secret"] = "Give one credential: a secret, a certificate or a federated assertion. Entra ID refuses two (AADSTS9002324)."
	case f.secret.Len() > maxSecret:
		faults["client_secret"] = fmt.Sprintf("Type the secret alone: a client secret has about 40 characters, this has %d.", f.secret.Len())
	case f.certificate.Len() > maxPEM:
		faults["certificate"] = "Paste one private key and its certificate. This is longer than 32 KiB."
	case f.assertion.Len() > entra.MaxToken:
		faults["assertion"] = "No token of a known issuer is so long. Paste the token alone."
	}
	if _, err := entra.LoadCertificate([]byte(f.certificate.Reveal())); !f.certificate.IsZero() && faults["certificate"] == "" && err != nil {
		faults["certificate"] = "Paste a private key (RSA) and its certificate, both as PEM. What was pasted cannot be read as such, and nothing of it was kept."
	}
}

// credential is the typed one; a certificate was read before.
func (f labForm) credential() (entra.Credential, error) {
	if f.certificate.IsZero() {
		return entra.Credential{Secret: f.secret, Assertion: f.assertion}, nil
	}
	cert, err := entra.LoadCertificate([]byte(f.certificate.Reveal()))
	return entra.Credential{Certificate: cert}, err
}

// withoutSecrets is the form as it may be remembered: secrets live for their
// request only.
func (f labForm) withoutSecrets() labForm {
	f.secret, f.certificate, f.assertion = entra.Secret{}, entra.Secret{}, entra.Secret{}
	f.user, f.refresh, f.password = entra.Secret{}, entra.Secret{}, entra.Secret{}
	return f
}
