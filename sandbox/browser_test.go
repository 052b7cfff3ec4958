package sandbox

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// browser keeps cookies, and stops where the sandbox would send it to another site.
type browser struct {
	t testing.TB
	l *lab
	http.Client
}

func newBrowser(t testing.TB, l *lab) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t, l, http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

func (b *browser) visit(r *http.Request) (answer, *goquery.Document) {
	b.t.Helper()
	res, err := b.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(bytes.NewReader(text))
	if err != nil {
		b.t.Fatal(err)
	}
	return answer{res, text}, doc
}

func (b *browser) open(address string) (answer, *goquery.Document) {
	b.t.Helper()
	return b.visit(request(b.t, http.MethodGet, address, nil))
}

// submit posts a form of the page at the address, as a browser of today would.
func (b *browser) submit(address string, form url.Values) answer {
	b.t.Helper()
	r := request(b.t, http.MethodPost, address, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	a, _ := b.visit(r)
	return a
}

const verifier = "a-code-verifier-of-more-than-43-characters-for-PKCE"

func challenge() string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// authorizeURL is a good request of the portal's app; changes come in pairs, "-" takes away.
func (l *lab) authorizeURL(changes ...string) string {
	q := url.Values{
		"client_id": {l.info.Portal.ClientID}, "redirect_uri": {l.info.Portal.RedirectURI}, "response_type": {"code"},
		"scope": {"openid profile email offline_access User.Read"}, "state": {"the state"}, "nonce": {"the nonce"},
		"code_challenge": {challenge()}, "code_challenge_method": {"S256"},
	}
	for i := 0; i < len(changes); i += 2 {
		if changes[i+1] == "-" {
			q.Del(changes[i])
		} else {
			q.Set(changes[i], changes[i+1])
		}
	}
	return l.url + "/" + l.info.TenantID + "/oauth2/v2.0/authorize?" + q.Encode()
}

// button finds the value of a persona's button.
func button(t testing.TB, doc *goquery.Document, upn string) string {
	t.Helper()
	found := doc.Find(`button[name="account"]`).FilterFunction(func(_ int, s *goquery.Selection) bool {
		return strings.Contains(s.Text(), upn)
	})
	if found.Length() != 1 {
		t.Fatalf("%d buttons for %s", found.Length(), upn)
	}
	return found.AttrOr("value", "")
}

// signIn presses a persona's button and returns where the browser is sent.
func (b *browser) signIn(address, upn string) *url.URL {
	b.t.Helper()
	_, doc := b.open(address)
	a := b.submit(address, url.Values{"account": {button(b.t, doc, upn)}})
	return location(b.t, a)
}

func location(t testing.TB, a answer) *url.URL {
	t.Helper()
	u, err := a.Location()
	if a.StatusCode != http.StatusFound || err != nil {
		t.Fatalf("status %d, location %v: %s", a.StatusCode, err, a.text)
	}
	return u
}

// redeem exchanges the code of a reply.
func (l *lab) redeem(t testing.TB, reply *url.URL, changes ...string) answer {
	t.Helper()
	fields := map[string]string{
		"grant_type": "authorization_code", "client_id": l.info.Portal.ClientID, "client_secret": l.info.Portal.ClientSecret,
		"code": reply.Query().Get("code"), "redirect_uri": l.info.Portal.RedirectURI, "code_verifier": verifier, "client_info": "1",
	}
	for i := 0; i < len(changes); i += 2 {
		fields[changes[i]] = changes[i+1]
	}
	var list []string
	for name, value := range fields {
		if value != "-" {
			list = append(list, name, value)
		}
	}
	return l.token(t, list...)
}
