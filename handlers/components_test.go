package handlers

import (
	"net/http"
	"strings"
	"testing"

	"agentidportal/views"
	"agentidportal/web"
)

func TestComponentsAreThereInDevelopmentOnly(t *testing.T) {
	release := newTestPortal(t)
	release.signIn("agent-admin")
	if page := release.get("/components"); page.status != http.StatusNotFound {
		t.Errorf("a release answers %d, want 404", page.status)
	}
	if release.get("/settings").Find(`main a[href="/components"]`).Length() != 0 {
		t.Error("a release links to the components page")
	}

	p := newTestPortal(t, func(_ *web.Options, h *Handlers) { h.Development = true })
	if page := p.get("/components"); page.status != http.StatusUnauthorized {
		t.Errorf("a stranger gets %d, want 401", page.status)
	}
	p.signIn("user")
	if p.get("/settings").Find(`main a[href="/components"]`).Length() != 1 {
		t.Error("the settings of a development build do not lead to the components page")
	}
	for _, sample := range views.Samples() {
		page := p.get("/components?text=" + sample.Key)
		if page.status != http.StatusOK || page.Find(".tabs [aria-current]").Text() != sample.Label && !strings.Contains(page.text(".tabs [aria-current]"), sample.Label) {
			t.Errorf("%s: %d, current tab %q", sample.Label, page.status, page.text(".tabs [aria-current]"))
		}
		if got := page.Find("#f-normal").AttrOr("value", ""); got != sample.Text {
			t.Errorf("%s: the field holds %q", sample.Label, got)
		}
	}
	if page := p.get("/components?text=<b>"); page.status != http.StatusOK || !strings.Contains(page.text(".tabs [aria-current]"), "Ordinary") {
		t.Errorf("an unknown text: %d", page.status)
	}
}
