package entra

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// loginHosts are the sign-in services that MSAL knows; for any other it would
// ask Microsoft's whether it is one.
var loginHosts = []string{"login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn", "login.chinacloudapi.cn"}

// msalHost stands for a sign-in service without TLS: MSAL insists on https.
const msalHost = "https://login.microsoftonline.com"

// goWriter writes the Go program of a trace: the body, and what the body uses.
type goWriter struct {
	plain   string // base of a sign-in service without TLS, else empty
	foreign bool   // the sign-in service is none MSAL knows
	scope   string // that a device code was asked for
	imports map[string]bool
	parts   map[string]bool
	body    strings.Builder
}

func scriptGo(steps []scriptStep, lastCall string) string {
	w := &goWriter{imports: map[string]bool{}, parts: map[string]bool{}}
	w.need("must", "log")
	w.need("", "fmt", "time")
	if at, err := url.Parse(steps[0].endpoint); err == nil {
		w.foreign = !slices.Contains(loginHosts, strings.ToLower(at.Hostname()))
		if at.Scheme == "http" {
			w.plain = "http://" + at.Host
		}
	}
	for _, s := range steps {
		w.step(s)
	}
	last := goName(steps[len(steps)-1].name)
	w.line("fmt.Println(\"The token expires at\", %s.ExpiresOn.UTC().Format(time.RFC3339))", last)
	if lastCall != "" {
		w.need("call", "fmt", "io", "log", "net/http")
		w.line("call(%s, %s.AccessToken)", QuoteGo(lastCall), last)
	}
	return w.program()
}

// need notes a part of the program and the packages it imports.
func (w *goWriter) need(part string, imports ...string) {
	if part != "" {
		w.parts[part] = true
	}
	for _, name := range imports {
		w.imports[name] = true
	}
}

func (w *goWriter) needMSAL(part, pkg string) {
	w.need(part, "context", pkg)
	if w.plain != "" {
		w.need("overTLS", "bytes", "encoding/json", "io", "net/http", "net/url", "strings")
	}
}

func (w *goWriter) line(format string, args ...any) {
	w.body.WriteByte('\t')
	fmt.Fprintf(&w.body, format, args...)
	w.body.WriteByte('\n')
}

// step writes the call of MSAL that makes the request of a step.
func (w *goWriter) step(s scriptStep) {
	if s.name == HopDevice {
		w.scope = s.value("scope") // MSAL's device flow makes both requests
		return
	}
	w.line("// %s.", s.title())
	name, scopes := goName(s.name), goScopes(s.value("scope"))
	switch grant := s.value("grant_type"); {
	case grant == "client_credentials":
		option := ""
		if path := s.value("fmi_path"); path != "" {
			option = ", confidential.WithFMIPath(" + QuoteGo(path) + ")"
		}
		w.line("%s := must(%s.AcquireTokenByCredential(ctx, %s%s))", name, w.confidential(s), scopes, option)
	case grant == jwtBearerGrant && s.hasProof():
		w.line("%s := must(%s.AcquireTokenOnBehalfOf(ctx, %s, %s))", name, w.confidential(s), w.secret(s.field("assertion")), scopes)
	case grant == "user_fic" && s.hasProof():
		who := "confidential.WithUserObjectID(" + QuoteGo(s.value("user_id")) + ")"
		if username := s.value("username"); username != "" {
			who = "confidential.WithUserFICUsername(" + QuoteGo(username) + ")"
		}
		w.line("%s := must(%s.AcquireTokenByUserFederatedIdentityCredential(ctx, %s, %s, %s))",
			name, w.confidential(s), scopes, w.secret(s.field("user_federated_identity_credential")), who)
	case grant == "password" && !s.hasProof(): // MSAL sends no credential along with a password
		w.line("%s := must(%s.AcquireTokenByUsernamePassword(ctx, %s, %s, %s))",
			name, w.either(s), scopes, QuoteGo(s.value("username")), w.secret(s.field("password")))
	case grant == "authorization_code":
		w.line("%s := must(%s.AcquireTokenByAuthCode(ctx, %s, %s, %s%s))",
			name, w.either(s), w.secret(s.field("code")), QuoteGo(s.value("redirect_uri")), scopes, w.challenge(s))
	case s.polls():
		w.device(s)
	default:
		w.plainPost(s)
	}
	w.body.WriteByte('\n')
}

// confidential writes a client of MSAL with the credential of a step, and
// returns its name.
func (w *goWriter) confidential(s scriptStep) string {
	w.needMSAL("client", confidentialPackage)
	name := goName(s.name) + "Client"
	w.line("%s := client(%s, %s, %s)", name, QuoteGo(w.authority(s)), QuoteGo(s.value("client_id")), w.credential(s))
	return name
}

// either is a client of MSAL with the credential of a step, or a public one
// without.
func (w *goWriter) either(s scriptStep) string {
	if s.hasProof() {
		return w.confidential(s)
	}
	w.needMSAL("publicClient", publicPackage)
	name := goName(s.name) + "Client"
	w.line("%s := publicClient(%s, %s)", name, QuoteGo(w.authority(s)), QuoteGo(s.value("client_id")))
	return name
}

// credential is MSAL's credential of a step. A try without any is repeated
// with a secret: MSAL makes no such request.
func (w *goWriter) credential(s scriptStep) string {
	assertion := s.field("client_assertion")
	switch {
	case assertion.secret == varSigned:
		w.need("certificate", "log", "os")
		return "certificate(" + w.ask(varCertificate) + ")"
	case assertion.name != "":
		w.need("proof")
		return "proof(" + w.secret(assertion) + ")"
	}
	return "must(confidential.NewCredFromSecret(" + w.ask(varSecret) + "))"
}

// secret is what a masked field carries.
func (w *goWriter) secret(f scriptField) string {
	if f.from != "" {
		return goName(f.from) + ".AccessToken"
	}
	return w.ask(f.secret)
}

func (w *goWriter) ask(v variable) string {
	w.need("secret", "bufio", "fmt", "log", "os", "strings")
	return fmt.Sprintf("secret(%s, %s)", QuoteGo(v.name), QuoteGo(v.words))
}

func (w *goWriter) challenge(s scriptStep) string {
	verifier := s.field("code_verifier")
	if verifier.name == "" {
		return ""
	}
	pkg := "public"
	if s.hasProof() {
		pkg = "confidential"
	}
	return ", " + pkg + ".WithChallenge(" + w.secret(verifier) + ")"
}

func (w *goWriter) device(s scriptStep) {
	w.need("", "fmt", "os")
	w.line("device := must(%s.AcquireTokenByDeviceCode(ctx, %s))", w.either(s), goScopes(w.scope))
	w.line("fmt.Fprintf(os.Stderr, \"Open %%s and type %%s.\\n\", device.Result.VerificationURL, device.Result.UserCode)")
	w.line("%s := must(device.AuthenticationResult(ctx))", goName(s.name))
}

// plainPost is a request that MSAL has no call for: it trades refresh tokens
// out of its own cache only, for one.
func (w *goWriter) plainPost(s scriptStep) {
	w.need("post", "encoding/json", "io", "log", "net/http", "net/url", "time")
	w.line("// MSAL has no call for this request, so it is made by hand.")
	w.line("%s := post(%s, url.Values{", goName(s.name), QuoteGo(s.endpoint))
	width := 0
	for _, f := range s.fields {
		width = max(width, len(QuoteGo(f.name))+1)
	}
	for _, f := range s.fields {
		value := QuoteGo(f.value)
		if f.from != "" || f.secret.name != "" {
			value = w.secret(f)
		}
		w.line("\t%-*s {%s},", width, QuoteGo(f.name)+":", value)
	}
	w.line("})")
}

// authority is the base of a step's addresses, as MSAL takes it.
func (w *goWriter) authority(s scriptStep) string {
	base := strings.TrimSuffix(s.endpoint, "/oauth2/v2.0/token")
	if w.plain != "" {
		return msalHost + strings.TrimPrefix(base, w.plain)
	}
	return base
}

// hasProof says whether the client of a step has a credential.
func (s scriptStep) hasProof() bool {
	return s.field("client_secret").name != "" || s.field("client_assertion").name != ""
}

// goScopes is the scope parameter as MSAL takes it, without those it always
// adds itself.
func goScopes(scope string) string {
	all := strings.Fields(scope)
	own := slices.DeleteFunc(slices.Clone(all), func(one string) bool { return oidcScopes[one] && one != "email" })
	if len(own) == 0 {
		own = all
	}
	for i := range own {
		own[i] = QuoteGo(own[i])
	}
	return "[]string{" + strings.Join(own, ", ") + "}"
}

func goName(name HopName) string { return strings.ToLower(string(name)) }
