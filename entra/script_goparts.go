package entra

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

const (
	msalModule          = "github.com/AzureAD/microsoft-authentication-library-for-go"
	confidentialPackage = msalModule + "/apps/confidential"
	publicPackage       = msalModule + "/apps/public"
)

// program puts head, body and the parts that the body uses together.
func (w *goWriter) program() string {
	options := ""
	if w.plain != "" {
		options = ", PACKAGE.WithHTTPClient(overTLS)"
	}
	if w.foreign {
		options += ", PACKAGE.WithInstanceDiscovery(false)"
	}
	clientOf := func(part, pkg string) string {
		return strings.ReplaceAll(part, "OPTIONS", strings.ReplaceAll(options, "PACKAGE", pkg))
	}
	var b strings.Builder
	if w.imports["context"] {
		b.WriteString("// Run it in a folder of its own: go mod init try && go mod tidy && go run .\n")
	}
	b.WriteString("package main\n\nimport (\n" + w.importLines() + ")\n\nfunc main() {\n")
	if w.imports["context"] {
		b.WriteString("\tctx := context.Background()\n\n")
	}
	b.WriteString(w.body.String() + "}\n")
	for _, part := range []struct{ name, text string }{
		{"client", clientOf(goClient, "confidential")},
		{"publicClient", clientOf(goPublicClient, "public")},
		{"proof", goProof},
		{"certificate", goCertificate},
		{"overTLS", strings.ReplaceAll(goOverTLS, "BASE", QuoteGo(w.plain))},
		{"secret", goSecret},
		{"post", goPost},
		{"call", goCall},
		{"must", goMust},
	} {
		if w.parts[part.name] {
			b.WriteString("\n" + part.text)
		}
	}
	return b.String()
}

// importLines are the imports, those of MSAL in a group of their own.
func (w *goWriter) importLines() string {
	var own, msal strings.Builder
	for _, name := range slices.Sorted(maps.Keys(w.imports)) {
		group := &own
		if strings.HasPrefix(name, msalModule) {
			group = &msal
		}
		fmt.Fprintf(group, "\t%q\n", name)
	}
	if msal.Len() > 0 {
		own.WriteByte('\n')
	}
	return own.String() + msal.String()
}

// The parts of a Go program; it gets those it uses.
const (
	goClient = `func client(authority, clientID string, cred confidential.Credential) confidential.Client {
	return must(confidential.New(authority, clientID, credOPTIONS))
}
`
	goPublicClient = `func publicClient(authority, clientID string) public.Client {
	return must(public.New(clientID, public.WithAuthority(authority)OPTIONS))
}
`
	goProof = `// proof is a token that proves who the client is.
func proof(token string) confidential.Credential {
	return confidential.NewCredFromAssertionCallback(func(context.Context, confidential.AssertionRequestOptions) (string, error) {
		return token, nil
	})
}
`
	goCertificate = `// certificate reads a certificate and its RSA key from a PEM file.
func certificate(file string) confidential.Credential {
	certs, key, err := confidential.CertFromPEM(must(os.ReadFile(file)), "")
	if err != nil {
		log.Fatal(err)
	}
	return must(confidential.NewCredFromCert(certs, key))
}
`
	// goOverTLS is for a sandbox tenant: it does what MSAL needs of an authority
	// and changes nothing in what is sent. MSAL takes an issuer of the authority's
	// own address or of Microsoft's only, so that one is given its name as well.
	goOverTLS = `// MSAL insists on https. The sign-in service has none, so what MSAL sends to
// Microsoft's address goes to its own, and its issuer is shown as Microsoft's.
const base = BASE

var overTLS = &http.Client{Transport: toBase{}}

type toBase struct{}

func (toBase) RoundTrip(r *http.Request) (*http.Response, error) {
	at := must(url.Parse(base))
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host, r.Host = at.Scheme, at.Host, at.Host
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || !strings.HasSuffix(r.URL.Path, "/openid-configuration") {
		return res, err
	}
	defer res.Body.Close()
	var config map[string]any
	if err := json.NewDecoder(res.Body).Decode(&config); err != nil {
		return nil, err
	}
	issuer, _ := config["issuer"].(string)
	config["issuer"] = strings.Replace(issuer, base, "https://login.microsoftonline.com", 1)
	body := must(json.Marshal(config))
	res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return res, nil
}
`
	goSecret = `var input = bufio.NewReader(os.Stdin)

// secret reads a variable of the environment, or asks for it. What is typed
// shows on the screen.
func secret(name, what string) string {
	value := os.Getenv(name)
	if value == "" {
		fmt.Fprintf(os.Stderr, "%s: ", what)
		value, _ = input.ReadString('\n')
		value = strings.TrimRight(value, "\r\n")
	}
	if value == "" {
		log.Fatal(name + " is not set.")
	}
	return value
}
`
	goPost = `type answer struct {
	AccessToken string ` + "`json:\"access_token\"`" + `
	ExpiresIn   int    ` + "`json:\"expires_in\"`" + `
	ExpiresOn   time.Time
}

func post(endpoint string, form url.Values) (a answer) {
	res := must(http.PostForm(endpoint, form))
	defer res.Body.Close()
	body := must(io.ReadAll(res.Body))
	if res.StatusCode != http.StatusOK {
		log.Fatalf("%s\n%s", res.Status, body)
	}
	if err := json.Unmarshal(body, &a); err != nil {
		log.Fatal(err)
	}
	a.ExpiresOn = time.Now().Add(time.Duration(a.ExpiresIn) * time.Second)
	return a
}
`
	goCall = `func call(address, token string) {
	r := must(http.NewRequest(http.MethodGet, address, nil))
	r.Header.Set("Authorization", "Bearer "+token)
	res := must(http.DefaultClient.Do(r))
	defer res.Body.Close()
	body := must(io.ReadAll(res.Body))
	if res.StatusCode > 299 {
		log.Fatalf("%s\n%s", res.Status, body)
	}
	fmt.Println(string(body))
}
`
	goMust = `// must ends the program at a refusal, with its body.
func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}
`
)
