package entra

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// broken cuts a text into lines of n characters.
func broken(text string, n int, end string) string {
	var lines []string
	for len(text) > n {
		lines, text = append(lines, text[:n]), text[n:]
	}
	return strings.Join(append(lines, text), end)
}

// Whatever surrounds a token and wherever it was broken, the same token is read.
func TestDecodeFindsTheToken(t *testing.T) {
	token := signed(t)
	head, rest, _ := strings.Cut(token, ".")
	claims, signature, _ := strings.Cut(rest, ".")
	other := compact(plainHeader, `{"aud":"other"}`)
	bare := strings.TrimSuffix(compact(`{"alg":"none"}`, `{"aud":"a"}`), "c2lnbmF0dXJl")
	tests := []struct {
		name, pasted string
		called       string // the name it was found under
		token        string // empty: token
	}{
		{"raw", token, "", ""},
		{"marks of an editor", "\ufeff“" + token + "”\u200b\u00a0\n", "", ""},
		{"Bearer, any case", "  bEaReR  " + token + "\r\n", "", ""},
		{"Bearer and a line end", "Bearer\n" + token, "", ""},
		{"quoted with a comma", `"` + token + `",`, "", ""},
		{"header line", "Authorization: Bearer " + token, "Authorization", ""},
		{"header lines", "GET /v1.0/me HTTP/1.1\r\nHost: graph.microsoft.com\r\nAuthorization: Bearer " + token + "\r\nAccept: */*\r\n", "Authorization", ""},
		{"header of Azure", "X-MS-TOKEN-AAD-ACCESS-TOKEN: " + token, "X-MS-TOKEN-AAD-ACCESS-TOKEN", ""},
		{"header lines, broken", "Host: a.example\nAuthorization: Bearer " + broken(token, 76, "\n    ") + "\nAccept: text/html", "Authorization", ""},
		{"PowerShell", `$headers = @{ Authorization = "Bearer ` + token + `" }`, "Authorization", ""},
		{"cURL", `curl -s -H 'Authorization: Bearer ` + token + `' https://graph.microsoft.com/v1.0/me`, "Authorization", ""},
		{"cURL over lines", "curl \\\n -H \"Authorization: Bearer " + token + "\" \\\n https://graph.microsoft.com/v1.0/me", "Authorization", ""},
		{"answer", `{"token_type":"Bearer","access_token":"` + token + `","id_token":"` + other + `"}`, "access_token", ""},
		{"answer, ID token first", `{"id_token":"` + other + `", "access_token" : "` + token + `"}`, "access_token", ""},
		{"answer printed nicely", "{\n  \"access_token\": \"" + broken(token, 60, "\n      ") + "\"\n}", "access_token", ""},
		{"answer in a string", `"{\"access_token\":\"` + token + `\"}"`, "access_token", ""},
		{"ID token alone", `{"id_token":"` + token + `"}`, "id_token", ""},
		{"cURL of a browser, bash", "curl $'https://graph.microsoft.com/v1.0/me' \\\n  -H $'authorization: Bearer " + token + "' \\\n  --compressed", "authorization", ""},
		{"cURL of a browser, Windows", "curl ^\"https://graph.microsoft.com/v1.0/me^\" ^\r\n  -H ^\"authorization: Bearer " + token + "^\" ^\r\n  -H ^\"accept: */*^\"", "authorization", ""},
		{"cURL without blanks", `curl -H"Authorization:Bearer ` + token + `" https://graph.microsoft.com`, "Authorization", ""},
		{"fetch of a browser", `fetch("https://graph.microsoft.com/v1.0/me", {"headers": {"authorization": "Bearer ` + token + `"}, "method": "GET"});`, "authorization", ""},
		{"PowerShell, whole request", "Invoke-RestMethod -Uri 'https://graph.microsoft.com/v1.0/me' `\r\n  -Headers @{\"Authorization\"=\"Bearer " + token + "\"} `\r\n  -Method Get", "Authorization", ""},
		{"PowerShell, variable", "$token = '" + token + "'\r\nConnect-MgGraph -AccessToken (ConvertTo-SecureString $token -AsPlainText)", "token", ""},
		{"request file", "### me\nGET https://graph.microsoft.com/v1.0/me\nAuthorization: Bearer " + token + "\n\n###\n", "Authorization", ""},
		{"answer in an answer", `{"result":{"tokens":[{"kind":"x","access_token":"` + token + `"}]}}`, "access_token", ""},
		{"answer in a string in a string", `"{\\\"access_token\\\":\\\"` + token + `\\\"}"`, "access_token", ""},
		{"Set-Cookie", "Set-Cookie: session=" + token + "; Path=/; HttpOnly; Secure", "session", ""},
		{"query", "https://app.example/back?id_token=" + other + "&access_token=" + token, "access_token", ""},
		{"address in an address", "https://a.example/?next=https%3A%2F%2Fb.example%2F%23access_token%3D" + token + "%26token_type%3DBearer", "access_token", ""},
		{"YAML", "auth:\n  access_token: " + token + "\n  expires: 1", "access_token", ""},
		{"environment", "export TOKEN=" + token + "\n", "TOKEN", ""},
		{"cookie", "Cookie: a=1; AppServiceAuthSession=" + token + "; b=2", "AppServiceAuthSession", ""},
		{"fragment", "http://localhost/#access_token=" + token + "&token_type=Bearer&expires_in=3599", "access_token", ""},
		{"form of a request", "grant_type=client_credentials&client_assertion=" + token + "&scope=x", "client_assertion", ""},
		{"percent-encoded", "token=%22" + token + "%22", "", ""},
		{"broken by a terminal", broken(token, 80, "\n"), "", ""},
		{"broken by Windows", broken(token, 120, "\r\n"), "", ""},
		{"broken with blanks", broken(token, 200, " "), "", ""},
		{"blanks at the dots", head + " . " + claims + " . " + signature, "", ""},
		{"prose behind it", token + " is what I got, see line 2.", "", ""},
		{"a field on the next line", bare + "\nclient_id=a", "", bare},
		{"prose on the next line", token + "\nthanks", "", ""},
		{"a sentence's end", "The token is " + token + ".", "", ""},
		{"prose before it", "My token is " + token, "", ""},
		{"two on two lines", token + "\n" + other, "", ""},
		{"alg none", bare, "", bare},
		{"header with blanks", compact("{ \"alg\": \"RS256\" }", `{"aud":"a"}`), "", compact("{ \"alg\": \"RS256\" }", `{"aud":"a"}`)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			j, err := Decode(tt.pasted)
			if err != nil {
				t.Fatal(err)
			}
			want := orWord(tt.token, token)
			if got := j.Raw.Reveal(); got != want {
				t.Errorf("read a token of %d characters, want %d: %.60s", len(got), len(want), got)
			}
			if j.Name != tt.called {
				t.Errorf("it is called %q, want %q", j.Name, tt.called)
			}
		})
	}
}

// signed is a token with the signature length of an RSA key of 2048 bits.
func signed(t *testing.T) string {
	t.Helper()
	s := newIssuer(t)
	return s.sign(plainHead, s.trClaims())
}

func TestDecodeFindsABrokenJWE(t *testing.T) {
	jwe := "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.a2V5.aXY.Y2lwaGVy.dGFn"
	for _, pasted := range []string{jwe, broken(jwe, 30, "\n"), "Bearer " + jwe} {
		j, err := Decode(pasted)
		if err != nil || j.Raw.Reveal() != jwe || !j.Encrypted {
			t.Errorf("%q: %v", pasted, err)
		}
	}
}

// Keys that are no tokens are known by name and by look, wherever they stand in
// a text, and nothing of them comes back.
func TestDecodeWarnsOfKeys(t *testing.T) {
	der := func(head ...byte) string {
		return base64.StdEncoding.EncodeToString(append(head, bytes.Repeat([]byte("canary"), 60)...))
	}
	pkcs8 := der(0x30, 0x82, 0x04, 0xbd, 2, 1, 0, 0x30, 0x0d, 6, 9)
	secret := "abc8Q~canaryCanaryCanaryCanaryCanary.1_x"
	tests := []struct{ name, pasted, what string }{
		{"PKCS #8", pkcs8, "a private key in base64 (PKCS #8)"},
		{"PKCS #8 in lines", broken(pkcs8, 64, "\r\n"), "a private key in base64 (PKCS #8)"},
		{"PKCS #8 in JSON", `{"key":"` + pkcs8 + `"}`, "a private key in base64 (PKCS #8)"},
		{"PKCS #8 of an elliptic curve", der(0x30, 0x81, 0x87, 2, 1, 0, 0x30, 0x13), "a private key in base64 (PKCS #8)"},
		{"PKCS #1", der(0x30, 0x82, 0x04, 0xa4, 2, 1, 0, 2, 0x82), "a private key in base64 (PKCS #1)"},
		{"EC", der(0x30, 0x77, 2, 1, 1, 4, 0x20), "a private key in base64 (EC)"},
		{"PFX", "pfx = " + der(0x30, 0x82, 0x0a, 0x10, 2, 1, 3, 0x30, 0x82), "a certificate with its private key (PFX)"},
		{"encrypted", der(0x30, 0x82, 0x05, 0x0e, 0x30, 0x40, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 0x0d), "an encrypted private key"},
		{"PEM in JSON", `{"private_key":"-----BEGIN PRIVATE KEY-----\ncanary"}`, "a private key"},
		{"JSON Web Key", `{"kty":"RSA","n":"AQAB","d":"canarycanarycanarycanary"}`, "a JSON Web Key with its private part"},
		{"XML key", "<RSAKeyValue><D>canary</D></RSAKeyValue>", "a private key in XML"},
		{"client secret in a sentence", "the secret is " + secret + ", do not tell", "a client secret"},
		{"client secret in quotes", `"` + secret + `"`, "a client secret"},
		{"client secret of the sandbox in a sentence", "use " + testSecret + " please", "a client secret"},
		{"client secret in the environment", "AZURE_CLIENT_SECRET=canary", "AZURE_CLIENT_SECRET"},
		{"connection string of storage", "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=canary==;EndpointSuffix=core.windows.net", "AccountKey"},
		{"connection string of a bus", "Endpoint=sb://a.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=canary=", "SharedAccessKey"},
		{"connection string of SQL", "Server=tcp:a,1433;User ID=b;Password=canary;Encrypt=True", "Password"},
		{"connection string with Pwd", "Driver={x};Uid=a;Pwd=canary;", "Pwd"},
		{"shared access signature", "https://a.blob.core.windows.net/c?sv=2024-01-01&sig=canaryCanaryCanaryCanary%3D", "a shared access signature"},
		{"password of an address", "https://user:canary@host.example/", "a password in an address"},
		{"Basic", "Authorization: Basic Y2FuYXJ5OmNhbmFyeQ==", "a password (Basic)"},
		{"cURL with a password", "curl -u 'user:canary' https://a.example", "a user name with its password"},
		{"API key", "x-api-key: canary", "x-api-key"},
		{"authorization code", "http://localhost:8080/auth/callback?code=0.canaryCanaryCanaryCanary&state=x", "an authorization code"},
		{"opaque token", "Authorization: Bearer EwBcanarycanarycanarycanary", "an opaque token"},
		{"opaque token alone", "EwBcanaryCanaryCanaryCanaryCanaryCanaryCanary", "This has no dots"},
		{"cookies", "Cookie: ESTSAUTHPERSISTENT=canary; x=y", "ESTSAUTHPERSISTENT"},
		{"other cookies", "Host: a.example\nCookie: session=canary", "cookies"},
	}
	for _, tt := range tests {
		_, err := Decode(tt.pasted)
		var fault *DecodeError
		if !errors.As(err, &fault) || !fault.Credential || !strings.Contains(fault.What, tt.what) || fault.Fix == "" {
			t.Errorf("%s: %+v, want %q", tt.name, err, tt.what)
		}
		if fault != nil && strings.Contains(strings.ToLower(fault.What+fault.Fix), "canary") {
			t.Errorf("%s: the error repeats what was pasted: %s", tt.name, fault.What)
		}
	}
}

// What only resembles a key is read as ever, and may stand in the form again.
func TestDecodeTakesNothingElseForAKey(t *testing.T) {
	certificate := base64.StdEncoding.EncodeToString(append([]byte{0x30, 0x82, 3, 0x21, 0x30, 0x82, 2, 9, 0xa0, 3, 2, 1, 2}, bytes.Repeat([]byte("x"), 60)...))
	for name, pasted := range map[string]string{
		"a sentence": "half a token", "another sentence": "Basic authentication is off, bearer of nothing", "an id": "237098ae-0798-4cf9-a3a5-208374d2dcfd", "a certificate": "cert " + certificate,
		"no value": "client_secret=\nrefresh_token: null", "an address": "https://a.example/?code=1", "a name": "Mail and Meetings in the Middle of the Month",
	} {
		_, err := Decode(pasted)
		var fault *DecodeError
		if !errors.As(err, &fault) || fault.Credential {
			t.Errorf("%s: %+v", name, err)
		}
	}
	token := signed(t)
	for _, pasted := range []string{token, `{"access_token":"` + token + `","refresh_token":null}`, "Authorization: Bearer " + token, "access_token=" + token + "&id_token=" + token} {
		if j, err := Decode(pasted); err != nil || j.Beside != nil {
			t.Errorf("%.30s: %v, %v", pasted, err, j)
		}
	}
}

// Secrets beside a token are named, never their values.
func TestDecodeNamesSecretsBesideTheToken(t *testing.T) {
	token := compact(plainHeader, `{"aud":"a"}`)
	tests := map[string][]string{
		`{"access_token":"` + token + `","refresh_token":"1.AVcanary"}`:                 {"refresh_token"},
		"client_secret=canary&refresh_token=canary&client_assertion=" + token:           {"client_secret", "refresh_token"},
		"client_secret=canary\nclient_secret: canary\nAuthorization: Bearer " + token:   {"client_secret"},
		"Authorization: Bearer " + token:                                                nil,
		"Authorization: Bearer " + token + "\nabc8Q~canaryCanaryCanaryCanaryCanary.1_x": {"a client secret"},
		"curl -u a:canary -H 'X-Token: " + token + "' https://a.example":                {"a user name with its password"},
	}
	for pasted, want := range tests {
		j, err := Decode(pasted)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, j.Beside); diff != "" {
			t.Errorf("%s:\n%s", pasted, diff)
		}
	}
}

// The dictionary is what the pages link to: sorted, whole, each name once.
func TestDictionary(t *testing.T) {
	for _, list := range [][]ClaimEntry{Dictionary(), HeaderDictionary()} {
		for i, e := range list {
			if i > 0 && list[i-1].Name >= e.Name {
				t.Errorf("%s stands after %s", e.Name, list[i-1].Name)
			}
			if e.Means == "" || e.Shape == "" || !strings.HasSuffix(e.Means, ".") {
				t.Errorf("%s: %+v", e.Name, e)
			}
			if strings.ContainsAny(e.Anchor()+e.HeaderAnchor(), "# %/") {
				t.Errorf("%s has the anchor %s", e.Name, e.Anchor())
			}
		}
	}
	for _, e := range Dictionary() {
		if len(e.In) == 0 {
			t.Errorf("%s stands in no token", e.Name)
		}
	}
	if e, ok := DictionaryEntry("xms_par_app_azp"); !ok || e.Anchor() != "claim-xms_par_app_azp" || !e.Deciding {
		t.Errorf("xms_par_app_azp: %+v", e)
	}
	if _, ok := DictionaryEntry("nobody"); ok {
		t.Error("an unknown claim is known")
	}
}

// What the dictionary says of the tokens of agents holds for the published ones.
func TestDictionaryKnowsThePublishedTokens(t *testing.T) {
	for i, kind := range []TokenKind{KindT1, KindAutonomous, KindT1, KindT2} {
		j := published(t)[i]
		if len(j.Notes) > 0 {
			t.Errorf("%s: %v", kind, j.Notes)
		}
		for _, claim := range j.Claims {
			e, ok := DictionaryEntry(claim.Name)
			if !ok || !e.fits(claim.Value) {
				t.Errorf("%s of %s is %+v", claim.Name, kind, e)
			}
			carried := false
			for _, in := range e.In {
				carried = carried || in == kind
			}
			if !carried {
				t.Errorf("the dictionary does not know %s in %s", claim.Name, kind)
			}
		}
	}
}
