package entra

import (
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
		{"cookie", "Cookie: a=1; AppServiceAuthSession=" + token + "; b=2", "AppServiceAuthSession", ""},
		{"fragment", "http://localhost/#access_token=" + token + "&token_type=Bearer&expires_in=3599", "access_token", ""},
		{"form of a request", "grant_type=client_credentials&client_assertion=" + token + "&scope=x", "client_assertion", ""},
		{"percent-encoded", "token=%22" + token + "%22", "", ""},
		{"broken by a terminal", broken(token, 80, "\n"), "", ""},
		{"broken by Windows", broken(token, 120, "\r\n"), "", ""},
		{"broken with blanks", broken(token, 200, " "), "", ""},
		{"blanks at the dots", head + " . " + claims + " . " + signature, "", ""},
		{"prose behind it", token + " is what I got, see line 2.", "", ""},
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

// Secrets beside a token are named, never their values.
func TestDecodeNamesSecretsBesideTheToken(t *testing.T) {
	token := compact(plainHeader, `{"aud":"a"}`)
	tests := map[string][]string{
		`{"access_token":"` + token + `","refresh_token":"1.AVcanary"}`:               {"refresh_token"},
		"client_secret=canary&refresh_token=canary&client_assertion=" + token:         {"client_secret", "refresh_token"},
		"client_secret=canary\nclient_secret: canary\nAuthorization: Bearer " + token: {"client_secret"},
		"Authorization: Bearer " + token:                                              nil,
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
