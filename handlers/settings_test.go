package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"agentidportal/web"
)

func TestSettingsAreKeptInTheBrowser(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("user")
	page := p.submit(p.get("/settings"), "Save", url.Values{"theme": {"dark"}, "zone": {" America/New_York "}})
	if page.status != http.StatusOK || page.url.RequestURI() != "/settings?saved=1" || !strings.Contains(page.text(".notice"), "Saved") {
		t.Fatalf("saving ended at %s with %d", page.url, page.status)
	}
	if got := page.Find("html").AttrOr("data-theme", ""); got != "dark" {
		t.Errorf("theme %q, want dark", got)
	}
	if got := page.Find("#f-zone").AttrOr("value", ""); got != "America/New_York" {
		t.Errorf("zone %q", got)
	}
	if checked := page.Find(`input[name=theme][checked]`).AttrOr("value", "?"); checked != "dark" {
		t.Errorf("checked %q, want dark", checked)
	}
	facts := page.text(".facts")
	if !strings.Contains(facts, "UTC") || !strings.Contains(facts, "-05:00") && !strings.Contains(facts, "-04:00") {
		t.Errorf("times look like %q", facts)
	}
	page = p.submit(page, "Save", url.Values{"theme": {""}, "zone": {""}})
	if _, has := page.Find("html").Attr("data-theme"); has || page.Find("#f-zone").AttrOr("value", "") != "UTC" {
		t.Errorf("after going back to the defaults: theme set %v, zone %q", has, page.Find("#f-zone").AttrOr("value", ""))
	}
}

func TestSettingsRefuseAZoneThatIsNone(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("user")
	for _, zone := range []string{"Mars/Phobos", "Local", "../../etc/passwd", "<b>", strings.Repeat("A", 300)} {
		page := p.post("/settings", url.Values{"theme": {"light"}, "zone": {zone}})
		if page.status != http.StatusUnprocessableEntity || page.Find(`#f-zone[aria-invalid=true]`).Length() != 1 {
			t.Errorf("%.20q: %d", zone, page.status)
		}
		if typed := page.Find("#f-zone").AttrOr("value", ""); !strings.HasPrefix(zone, typed) || typed == "" {
			t.Errorf("%.20q: typed text is %q now", zone, typed)
		}
		if !strings.HasPrefix(page.Find("title").Text(), "Error: ") || page.Find("b").Length() > 0 {
			t.Errorf("%.20q: title %q", zone, page.Find("title").Text())
		}
		if page.Find(`input[name=theme][value=light][checked]`).Length() != 1 {
			t.Errorf("%.20q: the other field was lost", zone)
		}
	}
}

func TestThemeButtonGoesBackToItsPage(t *testing.T) {
	p := newTestPortal(t)
	tests := []struct{ back, want string }{
		{"/settings", "/settings"}, {"https://evil.example/", "/"}, {"//evil.example", "/"}, {"", "/"},
	}
	p.signIn("user")
	for _, tt := range tests {
		page := p.post("/settings/theme", url.Values{"theme": {"dark"}, "back": {tt.back}})
		if page.url.Path != tt.want || !strings.HasPrefix(page.url.String(), p.url) {
			t.Errorf("back %q led to %s, want %s", tt.back, page.url, tt.want)
		}
		if page.Find("html").AttrOr("data-theme", "") != "dark" {
			t.Errorf("back %q: theme is not dark", tt.back)
		}
	}
	if page := p.post("/settings/theme", url.Values{"theme": {`"><script>`}, "back": {"/settings"}}); page.Find("html[data-theme]").Length() != 0 {
		t.Error("a made-up theme is kept")
	}
}

func TestTasteCookies(t *testing.T) {
	for _, tt := range []struct {
		public string
		secure bool
	}{{"", false}, {"https://portal.example", true}} {
		p := newTestPortal(t, func(_ *web.Options, h *Handlers) {
			if tt.public != "" {
				h.PublicURL = tt.public
			}
		})
		p.signIn("user")
		p.browser.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		page := p.post("/settings", url.Values{"theme": {"dark"}, "zone": {"UTC"}})
		cookies := page.header.Values("Set-Cookie")
		found := 0
		for _, c := range cookies {
			if !strings.HasPrefix(c, "portal_theme=dark") && !strings.HasPrefix(c, "portal_zone=UTC") {
				continue
			}
			found++
			for _, want := range []string{"HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=31536000"} {
				if !strings.Contains(c, want) {
					t.Errorf("%s lacks %s", c, want)
				}
			}
			if strings.Contains(c, "Secure") != tt.secure {
				t.Errorf("%s with public URL %q", c, tt.public)
			}
		}
		if found != 2 {
			t.Errorf("cookies %q", cookies)
		}
	}
}
