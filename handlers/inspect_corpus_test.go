package handlers

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// corpusRow is one bad input of the inspector: the status and what the page
// says of it.
type corpusRow struct {
	name, pasted string
	status       int
	says         string
}

// tokenCorpus is what people and attackers paste: none of it may end in a fault
// of the portal, or be believed.
func tokenCorpus() []corpusRow {
	enc := base64.RawURLEncoding.EncodeToString
	plain := unsigned(`{"alg":"RS256","kid":"k"}`, `{"aud":"a"}`)
	head, rest, _ := strings.Cut(plain, ".")
	standard := base64.RawStdEncoding.EncodeToString([]byte(`{"aud":"a","x":"~~>>??"}`))
	claims := func(json string) string { return unsigned(`{"alg":"RS256","kid":"k"}`, json) }
	header := func(json string) string { return unsigned(json, `{"aud":"a"}`) }
	return []corpusRow{
		{"1 empty", "", 422, "There is no token."},
		{"2 blanks and lines", " \t\r\n \n", 422, "There is no token."},
		{"3 dots", strings.Repeat("....", 2048), 422, "This has 8193 parts"},
		{"3 dots, far too many", strings.Repeat("....", 16384), 413, ""},
		{"4 one part", head, 422, "This has no dots"},
		{"5 two parts", strings.TrimSuffix(plain, ".c2ln"), 200, "This token is cut off"},
		{"6 JWE, compressed", enc([]byte(`{"alg":"RSA-OAEP","enc":"A256GCM","zip":"DEF"}`)) + ".a2V5.aXY.Y2lwaGVy.dGFn", 200, "This token is encrypted (JWE)"},
		{"7 alg none", enc([]byte(`{"alg":"none"}`)) + "." + enc([]byte(`{"aud":"a"}`)) + ".", 200, "Nobody signed this token"},
		{"8 alg nOnE", header(`{"alg":"nOnE"}`), 200, "Nobody signed this token"},
		{"9 kid is a path", header(`{"alg":"RS256","kid":"../../etc/passwd"}`), 200, "../../etc/passwd"},
		{"10 kid is SQL", header(`{"alg":"RS256","kid":"' OR 1=1--"}`), 200, "' OR 1=1--"},
		{"11 kid of 10 KB", header(`{"alg":"RS256","kid":"` + strings.Repeat("k", 10<<10) + `"}`), 200, "Not checkable here: issuer missing."},
		{"12 jku and x5u", header(`{"alg":"RS256","jku":"http://169.254.169.254/k","x5u":"http://169.254.169.254/c"}`), 200, "It is never fetched."},
		{"13 jwk", header(`{"alg":"RS256","jwk":{"kty":"RSA","n":"AQAB","e":"AQAB"}}`), 200, "It is never trusted from here."},
		{"14 padding", head + "==." + rest, 200, "The header part is padded with ="},
		{"15 standard base64", head + "." + standard + ".c2ln", 200, "in standard base64"},
		{"16 stray bits", "eyJhbGciOiJSUzI1NiJ9.eyJhIjoxfR.c2ln", 200, "bits set that mean nothing"},
		{"17 no UTF-8", claims("{\"name\":\"a\xffb\"}"), 200, "not UTF-8"},
		{"18 twice", claims(`{"aud":1,"aud":2}`), 200, `has "aud" more than once`},
		{"19 nested, 10,000 deep", claims(strings.Repeat("[", 5000) + strings.Repeat("]", 5000)), 200, "is nested more than 32 deep"},
		{"20 exp 1e400", claims(`{"exp":1e400}`), 200, "This is not a time"},
		{"20 exp negative", claims(`{"exp":-1}`), 200, "This is not a time"},
		{"20 no exp", claims(`{"iss":"https://evil.example"}`), 200, "It has no expiry, so receivers refuse it"},
		{"20 exp text", claims(`{"exp":"soon"}`), 200, "exp is text, where a number belongs"},
		{"20 exp 2^63", claims(`{"exp":9223372036854775808}`), 200, "This is not a time"},
		{"21 aud object", claims(`{"aud":{"b":1}}`), 200, "aud is an object, where text belongs"},
		{"22 script", claims(`{"name":"<script>alert(1)</script>"}`), 200, "<script>alert(1)</script>"},
		{"22 image", claims(`{"name":"\"><img src=x onerror=1>"}`), 200, `"><img src=x onerror=1>`},
		{"22 template", claims(`{"name":"{{7*7}}"}`), 200, "{{7*7}}"},
		{"22 address", claims(`{"name":"javascript:alert(1)","iss":"javascript:alert(1)"}`), 200, "javascript:alert(1)"},
		{"22 script as a claim", claims(`{"<script>":1,"\" onclick=\"x":2}`), 200, "<script>"},
		{"23 direction, zero width, NUL", claims(`{"name":"a\u202eb\u200b\u0000c"}`), 200, `a\u202Eb\u200B\u0000c`},
		{"24 one megabyte", claims(`{"a":"` + strings.Repeat("x", 1<<20) + `"}`), 413, ""},
		{"24 longer than a token", claims(`{"a":"` + strings.Repeat("x", 20<<10) + `"}`), 422, "longer than 16 KiB"},
		{"25 Bearer", "Bearer " + plain, 200, "What this token is"},
		{"25 quotes", `"` + plain + `"`, 200, "What this token is"},
		{"25 header lines", "Host: a\r\nAuthorization: Bearer " + plain + "\r\nAccept: */*", 200, "Found as Authorization"},
		{"25 cURL", "curl -H 'Authorization: Bearer " + plain + "' https://graph.microsoft.com/v1.0/me", 200, "Found as Authorization"},
		{"25 JSON answer", `{"access_token":"` + plain + `"}`, 200, "Found as access_token"},
		{"26 SAML", "<saml:Assertion>canary</saml:Assertion>", 422, "This is XML with a SAML assertion"},
		{"26 PEM private key", "-----BEGIN RSA PRIVATE KEY-----\ncanary\n-----END RSA PRIVATE KEY-----", 422, "This is a private key"},
		{"26 private key in base64", "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7canarycanary", 422, "This is a private key in base64 (PKCS #8)"},
		{"26 certificate with its key", `{"pfx":"MIIKEAIBAzCCCdYGCSqGSIb3DQEHAaCCCccEggnDcanarycanary"}`, 422, "This is a certificate with its private key (PFX)"},
		{"27 client secret", "abc8Q~canaryCanaryCanaryCanaryCanary.1_x", 422, "This looks like a client secret"},
		{"27 client secret in a sentence", "here: abc8Q~canaryCanaryCanaryCanaryCanary.1_x", 422, "This text holds a client secret"},
		{"27 connection string", "Endpoint=sb://a.example/;SharedAccessKeyName=Root;SharedAccessKey=canary=", 422, "This text holds SharedAccessKey"},
		{"27 opaque token", "Authorization: Bearer canarycanarycanarycanarycanary", 422, "This text holds an opaque token"},
	}
}

// checkHarmless holds a page to what every page about a pasted text must be: no
// part of it does anything, nothing of a credential is repeated, and it has an end.
func checkHarmless(t *testing.T, name string, page *answer) {
	t.Helper()
	if page.Find("main script, main img, main iframe, main [onclick], main [onerror], main a[href^='javascript']").Length() != 0 {
		t.Errorf("%s: what was pasted does something in the page", name)
	}
	if strings.Contains(page.body, "canary") || strings.ContainsAny(page.body, "\x00\u202e\u200b") {
		t.Errorf("%s: what was pasted stands in the page as it was", name)
	}
	if len(page.body) > 300<<10 {
		t.Errorf("%s: the page has %d bytes", name, len(page.body))
	}
}

// No row is a fault of the portal, runs as code, or stays anywhere.
func TestInspectorCorpus(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	before := len(p.audit(""))
	for _, row := range tokenCorpus() {
		t.Run(row.name, func(t *testing.T) {
			page := p.post("/tokens/inspect", url.Values{"token": {row.pasted}})
			if page.status != row.status || !page.says("main", row.says) {
				t.Errorf("status %d, want %d with %q: %.600s", page.status, row.status, row.says, page.text("main"))
			}
			if page.header.Get("Cache-Control") != "no-store" {
				t.Errorf("Cache-Control is %q", page.header.Get("Cache-Control"))
			}
			checkHarmless(t, row.name, page)
		})
	}
	log := p.log.String()
	for _, row := range tokenCorpus() {
		if part := strings.TrimSpace(row.pasted); len(part) > 40 && strings.Contains(log, part[:40]) {
			t.Errorf("%s is in the log", row.name)
		}
	}
	if after := len(p.audit("")); after != before {
		t.Errorf("%d records more in the audit", after-before)
	}
}

// An answer of a token endpoint: the page says which token one reads, offers
// the others, and warns of what is no token.
func TestInspectorReadsAWholeAnswer(t *testing.T) {
	p := newTestPortal(t)
	access, id := unsigned(`{"alg":"RS256"}`, `{"aud":"first"}`), unsigned(`{"alg":"RS256"}`, `{"aud":"second"}`)
	answer := `{"token_type":"Bearer","id_token":"` + id + `","refresh_token":"1.canary","access_token":"` + access + `"}`
	page := p.post("/tokens/inspect", url.Values{"token": {answer}})
	for _, want := range []string{"You read access_token.", "1 other token in what you pasted", "What you pasted also holds refresh_token", "Found as access_token"} {
		if !page.says("main", want) {
			t.Errorf("the page lacks %q: %s", want, page.text("main"))
		}
	}
	if strings.Contains(page.body, "canary") {
		t.Error("the refresh token is in the page")
	}
	if other := p.submit(page, "Inspect id_token", nil); !strings.Contains(other.text(".claim"), "second") || other.url.RawQuery != "" {
		t.Errorf("the other token at %s: %s", other.url, other.text(".claim"))
	}
}

// Claims lead to the dictionary; unknown ones are kept and lead nowhere.
func TestInspectorLinksClaimsToTheDictionary(t *testing.T) {
	p := newTestPortal(t)
	page := p.post("/tokens/inspect", url.Values{"token": {unsigned(`{"alg":"RS256","nobody":"x"}`, `{"aud":"a","made_up":["y"]}`)}})
	if page.Find("a[href='/help/claims#claim-aud']").Length() != 1 || page.Find("a[href='/help/claims#header-alg']").Length() != 1 {
		t.Error("claims are not linked to the dictionary")
	}
	for _, name := range []string{"nobody", "made_up"} {
		if row := page.Find("tr:contains('" + name + "')"); row.Length() != 1 || row.Find("a").Length() != 0 || !strings.Contains(row.Text(), "Not described") {
			t.Errorf("%s: %q", name, row.Text())
		}
	}
	if page.says("main", "For this mode") {
		t.Error("claims are judged though no mode is known")
	}
	if summary := page.text("main details summary"); !strings.Contains(summary, "Show the signature") || !strings.Contains(summary, "1 more claim") {
		t.Errorf("folded are %q", summary)
	}
	if page.status != http.StatusOK {
		t.Errorf("status %d", page.status)
	}
}
