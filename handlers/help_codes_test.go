package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"agentidportal/entra"
	"agentidportal/entra/graph"
	"agentidportal/views"
	"agentidportal/web"
)

func TestEveryCodeHasItsRow(t *testing.T) {
	p := newTestPortal(t)
	page := p.get("/help/codes")
	if page.status != http.StatusOK {
		t.Fatalf("a stranger at a portal on loopback: %d", page.status)
	}
	n := 0
	for _, group := range append(entra.Codes(), graph.Codes()...) {
		for _, row := range group.Rows {
			n++
			tr := page.Find("tr[id='" + row.Code + "']")
			if tr.Length() != 1 || !strings.Contains(tr.Text(), row.Cause) || !strings.Contains(tr.Text(), row.Fix) {
				t.Errorf("%s: %d rows: %s", row.Code, tr.Length(), tr.Text())
			}
			if views.CodeHref(row.Code) != "/help/codes#"+row.Code {
				t.Errorf("%s: its link is %q", row.Code, views.CodeHref(row.Code))
			}
		}
	}
	if got := page.text(".total"); n < 140 || got != views.Plural(n, "code") {
		t.Errorf("%d codes, the page says %s", n, got)
	}
	for _, code := range []string{"", "AADSTS1", "No_Such", `"><script>`} {
		if href := views.CodeHref(code); href != "" {
			t.Errorf("%q leads to %s", code, href)
		}
	}
}

func TestCodesAreFiltered(t *testing.T) {
	p := newTestPortal(t)
	for _, tt := range []struct {
		query     string
		rows      int
		has, not_ string
	}{
		{"7000215", 1, "AADSTS7000215", "AADSTS82001"},
		{"aadsts7000215", 1, "AADSTS7000215", "AADSTS82001"},
		{"T1 fmi_path", -1, "AADSTS900144", "AADSTS50057"},
		{"Request_ResourceNotFound", 1, "Request_ResourceNotFound", "AADSTS82001"},
		{"<script>alert(1)</script>", 0, "", "AADSTS82001"},
		{strings.Repeat("zzzz ", 100), 0, "", "AADSTS82001"},
	} {
		page := p.get("/help/codes?q=" + url.QueryEscape(tt.query))
		rows := page.Find("tr.code-row")
		if page.status != 200 || tt.rows >= 0 && rows.Length() != tt.rows || rows.Length() > 30 {
			t.Errorf("%q: %d, %d rows", tt.query, page.status, rows.Length())
		}
		if tt.has != "" && page.Find("tr[id='"+tt.has+"']").Length() != 1 || page.Find("tr[id='"+tt.not_+"']").Length() != 0 {
			t.Errorf("%q: %s", tt.query, rows.Text())
		}
		if tt.rows == 0 && (page.Find(".empty a[href='/help/codes']").Length() != 1 || page.Find("main script").Length() > 0) {
			t.Errorf("%q: nothing found, and no way on: %s", tt.query, page.text("main"))
		}
		if got := page.Find("#f-q").AttrOr("value", ""); got != cut(strings.TrimSpace(tt.query), 100) {
			t.Errorf("%q: the field holds %q", tt.query, got)
		}
	}
}

// TestCodesAreClosedWhereTheInspectorIs is decision and table in one: the page
// is as open as the inspector.
func TestCodesAreClosedWhereTheInspectorIs(t *testing.T) {
	p := newTestPortal(t, func(_ *web.Options, h *Handlers) { h.OpenInspector = false })
	if page := p.get("/help/codes"); page.status != http.StatusUnauthorized {
		t.Errorf("a stranger gets %d", page.status)
	}
	p.signIn("user")
	if page := p.get("/help/codes"); page.status != http.StatusOK {
		t.Errorf("a person without a role gets %d", page.status)
	}
}

// TestCodesAreLinked goes from a refused hop and an error page
// to the row of the code.
func TestCodesAreLinked(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	tried := p.post("/tokens", p.labForm(url.Values{"client_secret": {"wrong"}}))
	lost := p.get("/blueprints/11111111-2222-4333-8444-555555555555")
	for _, tt := range []struct {
		page   *answer
		anchor string
	}{{tried, "AADSTS7000215"}, {lost, "Request_ResourceNotFound"}} {
		link := tt.page.Find("main a[href='/help/codes#" + tt.anchor + "']")
		if link.Length() == 0 {
			t.Errorf("%s does not lead to %s: %s", tt.page.url, tt.anchor, tt.page.text("main"))
		}
	}
}
