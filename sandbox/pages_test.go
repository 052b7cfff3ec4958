package sandbox

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// TestPagesAreGuarded opens every page a person meets and checks what holds for all: nothing inline,
// forms only to the sandbox and the checked reply address, a heading, labels, names of buttons.
func TestPagesAreGuarded(t *testing.T) {
	l := newLab(t)
	l.registerReply(t)
	b := newBrowser(t, l)
	portal, device := "http://localhost:8080", l.url+"/devicelogin"
	ask, admin := l.authorizeURL("scope", "openid Mail.Read"), l.authorizeURL("scope", "openid Reports.Read.All")
	code, _ := l.device(t, "openid Mail.Read")
	page := func(a answer, doc *goquery.Document) answer { return a }
	pages := map[string]struct {
		a      answer
		formTo string
	}{
		"picker":         {page(b.open(ask)), portal},
		"consent":        {page(b.pick(ask, "user@sandbox.example")), portal},
		"consent, admin": {page(b.pick(ask, "global-admin@sandbox.example")), portal},
		"need admin":     {page(b.pick(admin, "user@sandbox.example")), portal},
		"agent":          {page(b.pick(l.agentURL("scope", "Mail.Read"), "user@sandbox.example")), "https://app.example"},
		"admin consent":  {page(b.pick(l.adminURL("redirect_uri", agentReply), "global-admin@sandbox.example")), "https://app.example"},
		"refusal":        {page(b.open(l.authorizeURL("client_id", "-"))), ""},
		"device code":    {page(b.open(device)), ""},
		"device, wrong":  {b.submit(device, url.Values{"otc": {"WRONG"}}), ""},
		"device picker":  {b.submit(device, url.Values{"otc": {code}}), ""},
		"device approve": {page(b.typeCode(device, code, "user@sandbox.example")), ""},
		"signed out":     {page(b.open(l.url + "/common/oauth2/v2.0/logout")), ""},
	}
	for name, p := range pages {
		doc := document(t, p.a)
		want := strings.TrimSpace("form-action 'self' " + p.formTo)
		if policy := p.a.Header.Get("Content-Security-Policy"); !strings.HasSuffix(policy, "; "+want) || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: policy %q, want %q", name, policy, want)
		}
		if p.a.Header.Get("Cache-Control") != "no-store" || p.a.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: headers %v", name, p.a.Header)
		}
		checkPage(t, name, doc)
	}
}

// checkPage checks the markup without a browser.
func checkPage(t *testing.T, name string, doc *goquery.Document) {
	t.Helper()
	if doc.Find("[style], style, script, [onclick], [onload], [onsubmit]").Length() != 0 {
		t.Errorf("%s: something is inline, or needs a script", name)
	}
	if doc.Find("h1").Length() != 1 || doc.Find("main").Length() != 1 || doc.Find("header").Length() != 1 || doc.Find("html").AttrOr("lang", "") == "" {
		t.Errorf("%s: landmarks, heading or language are missing", name)
	}
	if title := doc.Find("title").Text(); title != doc.Find("h1").Text()+" - SANDBOX" {
		t.Errorf("%s: title %q", name, title)
	}
	doc.Find("input:not([type=hidden])").Each(func(_ int, s *goquery.Selection) {
		if doc.Find(`label[for="`+s.AttrOr("id", "?")+`"]`).Length() != 1 {
			t.Errorf("%s: input %s has no label", name, s.AttrOr("name", ""))
		}
	})
	doc.Find("button").Each(func(_ int, s *goquery.Selection) {
		if strings.TrimSpace(s.Text()) == "" {
			t.Errorf("%s: a button without a name", name)
		}
	})
	doc.Find("form").Each(func(_ int, s *goquery.Selection) {
		if s.AttrOr("method", "") != "post" || s.AttrOr("action", "") != "" {
			t.Errorf("%s: a form goes elsewhere", name)
		}
	})
	ids := map[string]bool{}
	doc.Find("[id]").Each(func(_ int, s *goquery.Selection) {
		if id := s.AttrOr("id", ""); ids[id] {
			t.Errorf("%s: the id %s stands twice", name, id)
		} else {
			ids[id] = true
		}
	})
}

// TestNamesAreText: a name that comes from a stranger is text on every page.
func TestNamesAreText(t *testing.T) {
	l := newLab(t)
	const evil = `<script>alert(1)</script>"'&`
	_ = l.tenant.write(t.Context(), func(tx *txn) error {
		p := clone(tx.principal(l.info.Client.ClientID))
		p.DisplayName = evil
		tx.put(p)
		return nil
	})
	b := newBrowser(t, l)
	address := l.authorizeURL("client_id", l.info.Client.ClientID, "redirect_uri", l.info.Client.RedirectURI, "scope", "openid Mail.Read", "login_hint", evil)
	a, doc := b.pick(address, "user@sandbox.example")
	_, picker := b.open(address)
	for name, page := range map[string]*goquery.Document{"consent": doc, "picker": picker} {
		if a.StatusCode != http.StatusOK || page.Find("main script").Length() != 0 || !strings.Contains(page.Find("main").Text(), evil) {
			t.Errorf("%s: status %d: %s", name, a.StatusCode, a.text)
		}
	}
}

func TestFormTargets(t *testing.T) {
	for address, want := range map[string]string{
		"https://app.example/callback?x=1": "https://app.example", "http://localhost:8400/callback": "http://localhost:8400",
		"msal1234://auth": "msal1234:", "nonsense": "", "": "", "://": "", "urn:ietf:wg:oauth:2.0:oob": "urn:",
	} {
		if got := formTarget(address); got != want {
			t.Errorf("%q: %q, want %q", address, got, want)
		}
	}
}
