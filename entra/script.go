package entra

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// ScriptKind is a language that a trace can be taken along in.
type ScriptKind string

// The languages of scripts: a POSIX shell with cURL, PowerShell 7, and Go with
// MSAL (https://pkg.go.dev/github.com/AzureAD/microsoft-authentication-library-for-go).
const (
	ScriptCURL       ScriptKind = "curl"
	ScriptPowerShell ScriptKind = "powershell"
	ScriptGo         ScriptKind = "go"
)

// ErrNothingToRepeat is Script's error for a trace without any request.
var ErrNothingToRepeat = errors.New("the trace has no request that a script could make again")

// Script writes the hops of a trace, whether made or only planned, as a program
// that makes them again, tells when the token expires and makes the last call
// with it, unless that is zero. It ends at the first refusal, with its body. The
// text holds no secret: they are read from the environment or asked for. What
// people and strangers typed stands in it as quoted data only.
func Script(kind ScriptKind, t *Trace, last ResourceCall) (string, error) {
	steps, err := scriptSteps(t)
	if err != nil {
		return "", err
	}
	if at, err := url.Parse(last.URL); err != nil || last.URL != "" && (at.Host == "" || at.Scheme != "http" && at.Scheme != "https") {
		return "", errors.New("the last call of a script needs an http address")
	}
	switch kind {
	case ScriptCURL:
		return scriptCURL(steps, last.URL), nil
	case ScriptPowerShell:
		return scriptPowerShell(steps, last.URL), nil
	case ScriptGo:
		return scriptGo(steps, last.URL), nil
	}
	return "", fmt.Errorf("no scripts in %q", kind)
}

// scriptStep is one request of a script.
type scriptStep struct {
	name     HopName
	endpoint string
	fields   []scriptField
}

// scriptField is one field of its form: a value, what an earlier step brings,
// or a secret of its own.
type scriptField struct {
	name, value string
	from        HopName
	secret      variable
}

// variable is a secret that a script asks for.
type variable struct{ name, words string }

// The variables of scripts. A certificate is a file for MSAL, which signs with
// it; the other scripts take what was signed.
var (
	varUserToken   = variable{"USER_TOKEN", "User token for the blueprint (Tc)"}
	varFederated   = variable{"CLIENT_ASSERTION", "Federated token"}
	varSigned      = variable{"CLIENT_ASSERTION", "Client assertion, a JWT signed with the certificate, see https://learn.microsoft.com/entra/identity-platform/certificate-credentials"}
	varCertificate = variable{"CLIENT_CERTIFICATE", "PEM file with the certificate and its key"}
	varSecret      = variable{"CLIENT_SECRET", "Client secret"}

	secretVariables = map[string]variable{
		"client_secret":    varSecret,
		"client_assertion": varFederated,
		"assertion":        varUserToken,
		"refresh_token":    {"REFRESH_TOKEN", "Refresh token"},
		"password":         {"PASSWORD", "Password"},
		"code":             {"AUTHORIZATION_CODE", "Authorization code of a new sign-in; it works once"},
		"code_verifier":    {"CODE_VERIFIER", "PKCE verifier of that sign-in"},
		"device_code":      {"DEVICE_CODE", "Device code"},
	}
)

// scriptSteps are the requests of a trace. A user token is never got again: its
// code is used up, so it is a variable however it came.
func scriptSteps(t *Trace) ([]scriptStep, error) {
	var steps []scriptStep
	for i := range t.Hops {
		hop := &t.Hops[i]
		if fields := hop.fields(); hop.Name != HopTc && len(fields) > 0 {
			steps = append(steps, scriptStep{hop.Name, hop.Endpoint, scriptFields(fields, steps)})
		}
	}
	if len(steps) == 0 {
		return nil, ErrNothingToRepeat
	}
	if last := steps[len(steps)-1]; last.name == HopDevice {
		steps = append(steps, last.approved())
	}
	return steps, nil
}

func scriptFields(fields []Field, earlier []scriptStep) []scriptField {
	var out []scriptField
	for _, f := range fields {
		field := scriptField{name: f.Name, value: f.Value}
		brings := func(s scriptStep) bool { return s.name == f.From || s.name == HopDevice && f.Name == "device_code" }
		if f.Masked {
			if at := slices.IndexFunc(earlier, brings); at >= 0 {
				field.from = earlier[at].name
			} else {
				field.secret = f.variable()
			}
		}
		out = append(out, field)
	}
	return out
}

// variable is what stands for a secret that no earlier step brings.
func (f Field) variable() variable {
	if f.Name == "client_assertion" && strings.HasPrefix(f.Note, signedNote) {
		return varSigned
	}
	if known, ok := secretVariables[f.Name]; ok {
		return known
	}
	return variable{strings.ToUpper(f.Name), "Value of " + f.Name}
}

// approved is the step after a device code, for a trace that ends with it.
func (s scriptStep) approved() scriptStep {
	return scriptStep{HopTR, strings.TrimSuffix(s.endpoint, "/devicecode") + "/token", []scriptField{
		{name: "client_id", value: s.value("client_id")}, {name: "grant_type", value: deviceGrant}, {name: "device_code", from: HopDevice},
	}}
}

// value is the value of a field, empty when there is none.
func (s scriptStep) value(name string) string { return s.field(name).value }

func (s scriptStep) field(name string) scriptField {
	if i := slices.IndexFunc(s.fields, func(f scriptField) bool { return f.name == name }); i >= 0 {
		return s.fields[i]
	}
	return scriptField{}
}

// polls says whether the step waits for a person to approve a device code.
func (s scriptStep) polls() bool { return s.field("device_code").from == HopDevice }

// title says what the step asks for. No part of it comes from a person.
func (s scriptStep) title() string {
	switch {
	case s.name == HopT1:
		return "T1: the blueprint asks for an exchange token for the agent identity"
	case s.name == HopT2:
		return "T2: the agent identity exchanges T1 for an assertion of its own"
	case s.name == HopDevice:
		return "The application asks for a device code"
	}
	what := map[string]string{
		jwtBearerGrant: " on behalf of the user", "user_fic": " as the agent user", "password": ", by name and password",
		"refresh_token": ", in exchange for the refresh token", "authorization_code": ", in exchange for the code of a sign-in",
		deviceGrant: ", once the code is approved",
	}[s.value("grant_type")]
	return string(s.name) + ": the token for the resource" + what
}

// variables are the secrets to ask for, in the order they are needed.
func variables(steps []scriptStep) []variable {
	var all []variable
	for _, s := range steps {
		for _, f := range s.fields {
			if f.secret.name != "" && !slices.Contains(all, f.secret) {
				all = append(all, f.secret)
			}
		}
	}
	return all
}
