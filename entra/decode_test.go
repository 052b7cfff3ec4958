package entra

import (
	"encoding/base64"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// compact builds a token of raw JSON parts, signed by nobody.
func compact(header, claims string) string {
	enc := base64.RawURLEncoding.EncodeToString
	return enc([]byte(header)) + "." + enc([]byte(claims)) + ".c2lnbmF0dXJl"
}

const plainHeader = `{"typ":"JWT","alg":"RS256","kid":"k"}`

// What people paste by mistake, and what somebody might paste on purpose.
func TestDecodeRefuses(t *testing.T) {
	tests := []struct {
		name, input, what string
		credential        bool
	}{
		{"1 empty", "", "There is no token.", false},
		{"2 white space", " \n\t  \r\n", "There is no token.", false},
		{"3 dots", strings.Repeat(".", 16384), "This has 16385 parts", false},
		{"4 one part", "eyJhbGciOiJSUzI1NiJ9", "This has no dots", false},
		{"four parts", "eyJhbGciOiJSUzI1NiJ9.e30.a.b", "This has 4 parts", false},
		{"24 one megabyte", compact(plainHeader, `{"a":"`+strings.Repeat("x", 1<<20)+`"}`), "longer than 48 KiB", false},
		{"24 one long token", compact(plainHeader, `{"a":"`+strings.Repeat("x", 17<<10)+`"}`), "longer than 16 KiB", false},
		{"26 SAML", `<saml:Assertion xmlns:saml="urn:oasis">eyJ.eyJ.x</saml:Assertion>`, "XML with a SAML assertion", true},
		{"26 SAML answer", "<?xml version=\"1.0\"?>\n<samlp:Response ID=\"canary\"/>", "XML with a SAML assertion", true},
		{"26 SAML as a form has it", "SAMLResponse=PHNhbWxwOlJlc3BvbnNlIElEPSJjYW5hcnkiLz4=", "XML with a SAML assertion", true},
		{"other XML", "<html><body>canary</body></html>", "This is XML or a page", false},
		{"26 private key", "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\n-----END PRIVATE KEY-----", "This is a private key", true},
		{"26 RSA private key", "key:\n-----BEGIN RSA PRIVATE KEY-----\nMIIE", "This is a private key", true},
		{"26 certificate", "-----BEGIN CERTIFICATE-----\nMIIE", "This is a PEM block", false},
		{"27 client secret", "abc8Q~canaryCanaryCanaryCanaryCanary.1_x", "This looks like a client secret", true},
		{"27 client secret in a request", "client_id=b&client_secret=abc8Q~canaryCanaryCanaryCanaryCanary.1_x&grant_type=client_credentials", "This text holds client_secret", true},
		{"27 client secret of a JSON answer", `{"keyId":"k","secretText":"abc8Q~canary"}`, "This text holds secretText", true},
		{"27 client secret beside a broken token", "curl -d client_secret=canary -d assertion=eyJhbGciOi.x.y", "The first part, the header, is not", true},
		{"27 client secret of a settings file", `{"ClientSecret":"canary","token":"eyJhbGciOi.x.y"}`, "The first part, the header, is not", true},
		{"27 client secret in a long text", "client_secret=canary&x=" + strings.Repeat("a", 50<<10), "longer than 48 KiB", true},
		{"refresh token", "1.AVkBXKNpU6VGd0aP-" + strings.Repeat("canary", 40), "This looks like a refresh token", true},
		{"refresh token of the sandbox", "1.Acanary" + strings.Repeat("Zb-_", 20), "This looks like a refresh token", true},
		{"authorization code of the sandbox", "1.Acanary" + strings.Repeat("Zb-_", 14), "This looks like a refresh token", true},
		{"refresh token with one more dot", "0.Acanary" + strings.Repeat("Zb-_", 8) + ".AgABAAEAAAD", "This looks like a refresh token", true},
		{"refresh token over lines", "1.Acanary" + strings.Repeat("Zb-_", 10) + "\n" + strings.Repeat("Zb-_", 10), "a refresh token or an authorization code", true},
		{"refresh token in words", "my token: 1.Acanary" + strings.Repeat("Zb-_", 20), "a refresh token or an authorization code", true},
		{"answer with opaque tokens alone", `{"access_token":"EwBcanary","refresh_token":"M.C5canary"}`, "This text holds access_token and refresh_token", true},
		{"27 sandbox secret", testSecret, "This looks like a client secret", true},
		{"no token inside", `curl -H "Accept: text/html" https://example.org`, "No token was found", false},
		{"header not base64", "!!!!.eyJhIjoxfQ.x", "The first part, the header, is not base64url.", false},
		{"header not JSON", "aGVsbG8.eyJhIjoxfQ.x", "The first part, the header, is not a JSON object.", false},
		{"header a list", "WzFd.eyJhIjoxfQ.x", "The first part, the header, is not a JSON object.", false},
		{"header cut", "eyJhbGciOiJSUzI1NiI.eyJhIjoxfQ.x", "The first part, the header, is not whole JSON.", false},
		{"header nested", compact(strings.Repeat(`{"a":`, 40)+"1"+strings.Repeat("}", 40), `{}`), "is nested more than 32 deep", false},
		{"header followed by more", compact(`{"alg":"RS256"} {"alg":"none"}`, `{}`), "has something after its JSON object", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			j, err := Decode(tt.input)
			var refused *DecodeError
			if !errors.As(err, &refused) {
				t.Fatalf("got %v, %v; want a *DecodeError", j, err)
			}
			if !strings.Contains(refused.What, tt.what) || refused.Fix == "" || refused.Credential != tt.credential {
				t.Errorf("refused with %+v, want %q", refused, tt.what)
			}
			if strings.Contains(refused.What+refused.Fix, "canary") {
				t.Error("the error repeats what was pasted")
			}
		})
	}
}

func TestDecodeShowsWhatIsOdd(t *testing.T) {
	plain := compact(plainHeader, `{"aud":"a","exp":1}`)
	head, rest, _ := strings.Cut(plain, ".")
	longKey := strings.Repeat("k", 10<<10)
	tests := []struct {
		name, input string
		note        string // "" when nothing is odd
		claim, text string
	}{
		{"5 two parts", strings.TrimSuffix(plain, ".c2lnbmF0dXJl"), "The third part, the signature, is missing.", "aud", "a"},
		{"7 alg none", strings.TrimSuffix(compact(`{"alg":"none"}`, `{"aud":"a"}`), "c2lnbmF0dXJl"), "The signature is empty.", "aud", "a"},
		{"8 alg nOnE", compact(`{"alg":"nOnE"}`, `{"aud":"a"}`), "alg none", "aud", "a"},
		{"9 kid path", compact(`{"alg":"RS256","kid":"../../etc/passwd"}`, `{"aud":"a"}`), "", "aud", "a"},
		{"10 kid SQL", compact(`{"alg":"RS256","kid":"' OR 1=1--"}`, `{"aud":"a"}`), "", "aud", "a"},
		{"11 kid 10 KB", compact(`{"alg":"RS256","kid":"`+longKey+`"}`, `{"aud":"a"}`), "", "aud", "a"},
		{"12 jku", compact(`{"alg":"RS256","jku":"http://169.254.169.254/keys","x5u":"http://169.254.169.254/c"}`, `{"aud":"a"}`), "", "aud", "a"},
		{"13 jwk", compact(`{"alg":"RS256","jwk":{"kty":"RSA","n":"AQAB","e":"AQAB"}}`, `{"aud":"a"}`), "", "aud", "a"},
		{"14 padding", head + "==." + rest, "The header part is padded", "aud", "a"},
		{"15 standard base64", compact(plainHeader, `{"aud":"a","x":"~~>>??"}`)[:len(head)+1] + base64.RawStdEncoding.EncodeToString([]byte(`{"aud":"a","x":"~~>>??"}`)) + ".c2ln", "in standard base64", "x", "~~>>??"},
		{"16 stray bits", "eyJhbGciOiJSUzI1NiJ9.eyJhIjoxfR.c2ln", "bits set that mean nothing", "a", "1"},
		{"17 not UTF-8", compact(plainHeader, "{\"name\":\"a\xffb\"}"), "not UTF-8", "name", "a\uFFFDb"},
		{"18 twice", compact(plainHeader, `{"aud":"1","aud":"2"}`), `has "aud" more than once`, "aud", "2"},
		{"19 nested", compact(plainHeader, strings.Repeat(`{"a":`, 2000)+"1"+strings.Repeat("}", 2000)), "is nested more than 32 deep", "", ""},
		{"many members", compact(plainHeader, `{"a":1`+strings.Repeat(`,"b":1`, 600)+"}"), "has more than 512 members", "", ""},
		{"20 exp 1e400", compact(plainHeader, `{"exp":1e400}`), "", "exp", "1e400"},
		{"20 exp negative", compact(plainHeader, `{"exp":-1}`), "", "exp", "-1"},
		{"20 exp text", compact(plainHeader, `{"exp":"soon"}`), "exp is text, where a number belongs", "exp", "soon"},
		{"20 exp huge", compact(plainHeader, `{"exp":9223372036854775808}`), "", "exp", "9223372036854775808"},
		{"21 aud object", compact(plainHeader, `{"aud":{"b":[1,{"c":2}]}}`), "aud is an object, where text belongs", "aud", `{"b":[1,{"c":2}]}`},
		{"22 name script", compact(plainHeader, `{"name":"<script>alert(1)</script>"}`), "", "name", "<script>alert(1)</script>"},
		{"22 name image", compact(plainHeader, `{"name":"\"><img src=x onerror=1>"}`), "", "name", `"><img src=x onerror=1>`},
		{"22 name braces", compact(plainHeader, `{"name":"{{7*7}}"}`), "", "name", "{{7*7}}"},
		{"23 bidi", compact(plainHeader, `{"name":"a\u202egnp.exe\u200b\u0000"}`), "", "name", `a\u202Egnp.exe\u200B\u0000`},
		{"25 Bearer", "Bearer " + plain, "", "aud", "a"},
		{"25 header line", "Authorization: bearer " + plain + "\r\n", "", "aud", "a"},
		{"25 quotes", `"` + plain + `"`, "", "aud", "a"},
		{"25 cURL", `curl -H 'Authorization: Bearer ` + plain + `' https://graph.microsoft.com/v1.0/me`, "", "aud", "a"},
		{"25 JSON", `{"token_type":"Bearer","access_token":"` + plain + `"}`, "", "aud", "a"},
		{"wrapped lines", plain[:30] + "\n" + plain[30:50] + "\n  " + plain[50:], "", "aud", "a"},
		{"claims not JSON", "eyJhbGciOiJSUzI1NiJ9.aGVsbG8.c2ln", "The second part, the claims, is not a JSON object.", "", ""},
		{"claims not base64", "eyJhbGciOiJSUzI1NiJ9.e.c2ln", "The second part, the claims, is not base64url.", "", ""},
		{"signature not base64", "eyJhbGciOiJSUzI1NiJ9.eyJhIjoxfQ.c", "The signature is not base64url.", "a", "1"},
		{"claims null", compact(plainHeader, "null"), "is not a JSON object", "", ""},
		{"list of words", compact(plainHeader, `{"amr":["pwd","mfa"],"n":null,"b":true}`), "", "amr", "pwd, mfa"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			j, err := Decode(tt.input)
			if err != nil {
				t.Fatal(err)
			}
			notes := strings.Join(j.Notes, " ")
			if tt.note == "" && notes != "" || !strings.Contains(notes, tt.note) {
				t.Errorf("notes %q, want %q", notes, tt.note)
			}
			if got := j.Text(tt.claim); got != tt.text {
				t.Errorf("%s is %q, want %q", tt.claim, got, tt.text)
			}
			if tt.claim == "" && !j.Damaged {
				t.Error("the claims are not marked as damaged")
			}
		})
	}
}

func TestDecodeEncrypted(t *testing.T) {
	j, err := Decode("eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00iLCJ6aXAiOiJERUYifQ.a2V5.aXY.Y2lwaGVy.dGFn")
	if err != nil {
		t.Fatal(err)
	}
	if !j.Encrypted || j.Parts != 5 || len(j.Claims) != 0 || j.HeaderText("zip") != "DEF" {
		t.Errorf("decoded %+v", j)
	}
	if want := "header, encrypted key, initialisation vector, ciphertext and tag"; !strings.Contains(strings.Join(j.Notes, " "), want) {
		t.Errorf("notes %q do not name the five parts", j.Notes)
	}
	if len(j.Times(testNow)) != 0 {
		t.Error("an encrypted token has no times to judge")
	}
}

func TestDecodeKeepsTheOrder(t *testing.T) {
	j, err := Decode(compact(`{"typ":"JWT","nonce":"n","alg":"RS256"}`, `{"z":1,"a":2,"m":3}`))
	if err != nil {
		t.Fatal(err)
	}
	names := func(claims []Claim) (out []string) {
		for _, c := range claims {
			out = append(out, c.Name)
		}
		return out
	}
	if diff := cmp.Diff([]string{"z", "a", "m"}, names(j.Claims)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"typ", "nonce", "alg"}, names(j.Header)); diff != "" {
		t.Error(diff)
	}
}

// Whatever is done to a token, Decode answers and repeats nothing hidden.
func TestDecodeMutations(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 11))
	seeds := []string{
		compact(plainHeader, `{"aud":"a","exp":1770045139,"roles":["x","y"],"xms_st":{"sub":"s"}}`),
		"Bearer " + compact(`{"alg":"none"}`, `{"aud":["a"],"aud":"b"}`),
		`{"access_token":"` + compact(plainHeader, `{"iss":"i"}`) + `"}`,
	}
	readable := 0
	for range 20_000 {
		text := mutate(random, seeds[random.IntN(len(seeds))])
		j, err := Decode(text)
		if (j == nil) == (err == nil) {
			t.Fatalf("neither token nor error for %q", text)
		}
		if err != nil {
			continue
		}
		readable++
		checkDecoded(t, j)
	}
	if readable < 1000 {
		t.Errorf("only %d of 20,000 mutations were readable: the mutations test too little", readable)
	}
}

func mutate(random *rand.Rand, text string) string {
	out := []byte(text)
	for range 1 + random.IntN(4) {
		at := random.IntN(len(out))
		switch random.IntN(5) {
		case 0:
			out[at] = byte(random.IntN(256))
		case 1:
			out[at] ^= 1 << random.IntN(8)
		case 2:
			out = append(out[:at], out[min(len(out), at+1+random.IntN(6)):]...)
		case 3:
			out = append(out[:at], append([]byte{".=+/\"{}~ eyJ"[random.IntN(12)]}, out[at:]...)...)
		case 4:
			out = append(out, out[at:]...)
		}
		if len(out) == 0 {
			return ""
		}
	}
	return string(out)
}

func checkDecoded(t *testing.T, j *JWT) {
	t.Helper()
	for _, claim := range append(j.Header, j.Claims...) {
		if !utf8.ValidString(claim.Text) || strings.ContainsAny(claim.Text, "\x00\u202e\u200b") {
			t.Fatalf("claim %q shows %q", claim.Name, claim.Text)
		}
	}
	j.Times(testNow)
	if strings.Count(j.Raw.Reveal(), ".") != j.Parts-1 {
		t.Fatalf("%d parts in a raw token of %d dots", j.Parts, strings.Count(j.Raw.Reveal(), "."))
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("")
	f.Add("....")
	f.Add(compact(plainHeader, `{"aud":"a","exp":1e400}`))
	f.Add("Authorization: Bearer " + compact(`{"alg":"none"}`, `{"aud":{"a":[1]}}`))
	f.Add("eyJhbGciOiJSU0EtT0FFUCJ9.a2V5.aXY.Y2lwaGVy.dGFn")
	c := New(Options{Cloud: GlobalCloud(), TenantID: testTenant})
	f.Fuzz(func(t *testing.T, text string) {
		j, err := Decode(text)
		if (j == nil) == (err == nil) {
			t.Fatal("neither token nor error")
		}
		if j == nil {
			return
		}
		checkDecoded(t, j)
		c.Explain(j, Context{Mode: ModeAutonomous, Hop: HopT1})
		c.ExplainHeader(j)
		c.WhoActs(j, Context{})
	})
}
