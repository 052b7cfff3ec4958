package views

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"
)

var testNow = time.Date(2026, 11, 21, 8, 14, 19, 0, time.UTC)

// testPage is a page of a signed-in administrator in a sandbox.
func testPage() Page {
	return Page{
		Title: "Parts and states", Section: "settings", Lead: "Every part, in every state.",
		Crumbs: []Crumb{{"Overview", "/"}, {"Settings", "/settings"}, {"Parts", ""}},
		Tenant: TenantBadge{Domain: "sandbox.example", Sandbox: true},
		User:   &Person{Name: "Agent admin", Username: "agent-admin@sandbox.example", Role: "Agent ID Administrator"},
		Nav:    DefaultNav(), Now: testNow, Path: "/settings",
	}
}

// text is a component that is a text.
func text(s string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, templ.EscapeString(s))
		return err
	})
}

// markup is a component that is HTML of the test's own.
func markup(s string) templ.Component { return templ.Raw(s) }

// with puts children into a component, as braces do in a template.
func with(c templ.Component, children ...templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return c.Render(templ.WithChildren(ctx, templ.Join(children...)), w)
	})
}

func html(t *testing.T, c templ.Component) string {
	t.Helper()
	var b strings.Builder
	if err := c.Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func document(t *testing.T, c templ.Component) *goquery.Document {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(html(t, c)))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// attr is the value of an attribute of the one element a selector finds.
func attr(t *testing.T, doc *goquery.Document, selector, name string) string {
	t.Helper()
	found := doc.Find(selector)
	if found.Length() != 1 {
		t.Fatalf("%d elements match %s, want 1", found.Length(), selector)
	}
	return found.AttrOr(name, "")
}
