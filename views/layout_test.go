package views

import (
	"strings"
	"testing"
)

func TestLayoutHasItsLandmarks(t *testing.T) {
	doc := document(t, with(Layout(testPage()), with(TitleRow(testPage(), Title{}), text(""))))
	for selector, want := range map[string]int{
		"h1": 1, "main#main": 1, "body > header": 1, `nav[aria-label="Main"]`: 1, `nav[aria-label="Breadcrumbs"]`: 1,
		`[role="status"]`: 1, "script[src]": 3, `link[rel="stylesheet"]`: 1, "noscript": 0,
	} {
		if n := doc.Find(selector).Length(); n != want {
			t.Errorf("%d elements match %s, want %d", n, selector, want)
		}
	}
	if got := doc.Find("body > *").First().AttrOr("href", ""); got != "#main" {
		t.Errorf("the first thing on the page leads to %q, want the skip link", got)
	}
	if got := attr(t, doc, `nav[aria-label="Main"] [aria-current]`, "href"); got != "/settings" {
		t.Errorf("current item = %q, want /settings", got)
	}
	if got := doc.Find("title").Text(); got != "Parts and states · Agent ID Portal (sandbox)" {
		t.Errorf("title = %q", got)
	}
}

func TestLayoutStates(t *testing.T) {
	p := testPage()
	p.HasError, p.Theme, p.Refresh, p.Tenant.Sandbox, p.User, p.Nav = true, "dark", 2, false, nil, nil
	doc := document(t, Layout(p))
	if got := doc.Find("title").Text(); !strings.HasPrefix(got, "Error: ") || strings.Contains(got, "sandbox") {
		t.Errorf("title = %q, want Error first and no sandbox", got)
	}
	if got := attr(t, doc, "html", "data-theme"); got != "dark" {
		t.Errorf("theme = %q, want dark", got)
	}
	if got := html(t, Layout(p)); !strings.Contains(got, `<noscript><meta http-equiv="refresh" content="2">`) {
		t.Error("the page does not renew itself without a script")
	}
	if got := doc.Find(".tenant").First().Text(); !strings.Contains(got, "TENANT") {
		t.Errorf("tenant badge = %q, want TENANT", got)
	}
	if doc.Find(`form[action="/sign-out"]`).Length() != 0 || doc.Find(`a[href="/sign-in"]`).Length() != 0 {
		t.Error("the header offers a stranger Sign out, or a second Sign in beside that of the page")
	}
	p.Section = "inspect"
	if document(t, Layout(p)).Find(`a[href="/sign-in"]`).Length() == 0 {
		t.Error("the inspector, open to strangers, has no Sign in")
	}
	if doc.Find(`nav[aria-label="Main"]`).Length() != 0 {
		t.Error("an empty navigation is a landmark")
	}
}

func TestThemeOfTheSystemHasNoAttribute(t *testing.T) {
	for _, theme := range []string{"", "purple", `" onload="x`} {
		p := testPage()
		p.Theme = theme
		if _, set := document(t, Layout(p)).Find("html").Attr("data-theme"); set {
			t.Errorf("theme %q is written to the page", theme)
		}
	}
}

func TestDefaultNavHasTheNamesOfTheIssue(t *testing.T) {
	var names []string
	for _, group := range DefaultNav() {
		for _, item := range group.Items {
			names = append(names, item.Title)
		}
	}
	if got, want := strings.Join(names, ", "), "Overview, Blueprints, Blueprint principals, Agent identities, Agent users, Findings, Token lab, Inspector, Audit, Runs, Recycle bin, Sandbox, Settings, Help"; got != want {
		t.Errorf("navigation = %s, want %s", got, want)
	}
}

func TestEveryIconNamedIsDrawn(t *testing.T) {
	names := []string{"house", "search", "arrow-left-right", "journal-check", "list-task", "sliders", "gear", "copy", "check-lg", "x-lg", "circle-half", "list", "caret-up-fill", "caret-down-fill", "exclamation-circle-fill"}
	for _, tone := range []Tone{ToneInfo, ToneOK, ToneWarn, ToneDanger, ToneSandbox, ToneWait, ToneSecret, ToneMuted} {
		names = append(names, toneIcon(tone))
	}
	for _, name := range names {
		if n := document(t, Icon(name)).Find("svg path").Length(); n == 0 {
			t.Errorf("icon %s has no path", name)
		}
	}
}
