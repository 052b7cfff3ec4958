package entra_test

import (
	"go/ast"
	"go/format"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"agentidportal/entra"
)

// tracesOfAllModes are traces at a service that answers everything, with every
// kind of credential, each secret a canary.
func tracesOfAllModes(t *testing.T) map[string]*entra.Trace {
	t.Helper()
	s := newFormService(t)
	pair, _ := newCertificate(t)
	cert, err := entra.LoadCertificate(pair)
	if err != nil {
		t.Fatal(err)
	}
	secret := entra.Credential{Secret: entra.NewSecret(formSecret)}
	federated := entra.Credential{Assertion: entra.NewSecret("canary-federated-token")}
	signed := entra.Credential{Certificate: cert}
	canary := entra.NewSecret("canary-of-a-person")
	modes := map[string]entra.Mode{
		"autonomous":             entra.Autonomous{BlueprintAppID: "b", AgentID: "a", Credential: secret},
		"autonomous, certified":  entra.Autonomous{BlueprintAppID: "b", AgentID: "a", Credential: signed},
		"autonomous, federated":  entra.Autonomous{BlueprintAppID: "b", AgentID: "a", Credential: federated},
		"autonomous, no proof":   entra.Autonomous{BlueprintAppID: "b", AgentID: "a"},
		"on behalf of":           entra.OnBehalfOf{BlueprintAppID: "b", AgentID: "a", Credential: secret, UserToken: canary, Scope: "User.Read offline_access openid"},
		"agent user":             hostileAgentUser("name@tenant.example"),
		"agent user by id":       entra.AgentUser{BlueprintAppID: "b", AgentID: "a", Credential: secret, UserID: "u"},
		"agent refresh":          entra.AgentRefresh{BlueprintAppID: "b", AgentID: "a", Credential: secret, Refresh: canary, Of: entra.ModeAgentUser},
		"blueprint":              entra.BlueprintToken{BlueprintAppID: "b", Credential: secret},
		"client credentials":     entra.ClientCredentials{AppID: "c", Credential: signed},
		"refresh token":          entra.RefreshToken{AppID: "c", Refresh: canary},
		"refresh token, signed":  entra.RefreshToken{AppID: "c", Credential: signed, Refresh: canary},
		"password":               entra.Password{AppID: "c", Credential: secret, Username: "u", Password: canary},
		"password, public":       entra.Password{AppID: "c", Username: "u", Password: canary},
		"other tenant":           entra.CrossTenant{BlueprintAppID: "b", AgentID: "a", Credential: secret, TenantID: "6b7d4f38-9b4e-4a43-a2c1-0e3a7b1c0d9e", AppID: "c"},
		"only scopes of sign-in": entra.Password{AppID: "c", Username: "u", Password: canary, Scope: "openid profile"},
	}
	traces := map[string]*entra.Trace{}
	for name, mode := range modes {
		traces[name] = s.trace(t, mode)
	}
	client := entra.New(entra.Options{Cloud: entra.SandboxCloud(s.URL, s.URL), TenantID: formTenant})
	code, err := client.StartDevice(t.Context(), "c", "User.Read")
	if err != nil {
		t.Fatal(err)
	}
	traces["device"] = s.trace(t, entra.Device{AppID: "c", Code: code})
	traces["device, no code"] = &entra.Trace{Hops: []entra.Hop{code.Hop}}
	redeemed, err := client.Redeem(t.Context(), entra.App{ClientID: "c", Credential: secret, RedirectURI: "https://portal.example/auth"}, "canary-code-of-sign-in", "canary-verifier", []string{"User.Read"})
	if err != nil {
		t.Fatal(err)
	}
	traces["interactive"] = s.trace(t, entra.Interactive{AppID: "c", Scope: "User.Read", Hop: redeemed.Hop, Token: redeemed.Access})
	traces["on behalf of, signed in"] = s.trace(t, entra.OnBehalfOf{BlueprintAppID: "b", AgentID: "a", Credential: secret, UserToken: redeemed.Access, UserHop: &redeemed.Hop})
	return traces
}

func TestNoScriptHoldsASecret(t *testing.T) {
	for name, trace := range tracesOfAllModes(t) {
		for _, kind := range []entra.ScriptKind{entra.ScriptCURL, entra.ScriptPowerShell, entra.ScriptGo} {
			text := script(t, kind, trace, entra.ResourceCall{})
			if strings.Contains(text, "canary") {
				t.Errorf("%s, %s:\n%s", name, kind, text)
			}
		}
	}
}

func TestScriptsAskForWhatTheyNeed(t *testing.T) {
	traces := tracesOfAllModes(t)
	asks := map[entra.ScriptKind]*regexp.Regexp{
		entra.ScriptCURL:       regexp.MustCompile(`(?m)^ask (\w+)`),
		entra.ScriptPowerShell: regexp.MustCompile(`Read-Secret '(\w+)'`),
		entra.ScriptGo:         regexp.MustCompile(`secret\("(\w+)"`),
	}
	for name, want := range map[string]string{
		"autonomous": "CLIENT_SECRET", "autonomous, federated": "CLIENT_ASSERTION", "autonomous, certified": "CLIENT_ASSERTION",
		"on behalf of": "CLIENT_SECRET USER_TOKEN", "on behalf of, signed in": "CLIENT_SECRET USER_TOKEN", "agent user": "CLIENT_SECRET",
		"agent refresh": "CLIENT_SECRET REFRESH_TOKEN", "refresh token": "REFRESH_TOKEN", "refresh token, signed": "CLIENT_ASSERTION REFRESH_TOKEN",
		"password": "PASSWORD CLIENT_SECRET", "password, public": "PASSWORD", "other tenant": "CLIENT_SECRET",
		"device": "", "device, no code": "",
		"interactive": "CLIENT_SECRET AUTHORIZATION_CODE CODE_VERIFIER",
	} {
		for kind, pattern := range asks {
			var got []string
			for _, found := range pattern.FindAllStringSubmatch(script(t, kind, traces[name], entra.ResourceCall{}), -1) {
				got = append(got, found[1])
			}
			want := want
			if kind == entra.ScriptGo && name == "autonomous, certified" { // MSAL signs with the file
				want = "CLIENT_CERTIFICATE"
			}
			if got := strings.Join(got, " "); got != want {
				t.Errorf("%s, %s asks for %q, want %q", name, kind, got, want)
			}
		}
	}
}

// PowerShell is not run here: what it says is held as text.
func TestPowerShellScriptsAsText(t *testing.T) {
	s := newFormService(t)
	trace := s.trace(t, hostileAgentUser("‘; Remove-Item x; ’ $(x) `y` it's \"@\n'@\n"))
	got := script(t, entra.ScriptPowerShell, trace, entra.ResourceCall{URL: "https://graph.microsoft.com/v1.0/me"})
	got = strings.ReplaceAll(got, s.URL, "http://localhost:8081")
	file := filepath.Join("testdata", "script_agent_user.ps1")
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func TestGoScriptsAreGo(t *testing.T) {
	files := token.NewFileSet()
	config := types.Config{Importer: importer.ForCompiler(files, "gc", exported(t))}
	for name, trace := range tracesOfAllModes(t) {
		text := script(t, entra.ScriptGo, trace, entra.ResourceCall{URL: "https://graph.microsoft.com/v1.0/me"})
		formatted, err := format.Source([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v in\n%s", name, err, text)
		}
		if diff := cmp.Diff(string(formatted), text); diff != "" {
			t.Errorf("%s is not formatted (-gofmt +got):\n%s", name, diff)
		}
		file, err := parser.ParseFile(files, name, text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := config.Check("main", files, []*ast.File{file}, nil); err != nil {
			t.Errorf("%s: %v in\n%s", name, err, text)
		}
	}
}

// exported opens what the compiler knows of the packages that programs import.
func exported(t *testing.T) func(string) (io.ReadCloser, error) {
	t.Helper()
	const msal = "github.com/AzureAD/microsoft-authentication-library-for-go/apps/"
	out, err := exec.CommandContext(t.Context(), "go", "list", "-export", "-deps", "-f", "{{.ImportPath}} {{.Export}}", msal+"confidential", msal+"public").Output()
	if err != nil {
		t.Fatal(err)
	}
	places := map[string]string{}
	for line := range strings.Lines(string(out)) {
		name, place, _ := strings.Cut(strings.TrimSpace(line), " ")
		places[name] = place
	}
	return func(name string) (io.ReadCloser, error) { return os.Open(places[name]) }
}
