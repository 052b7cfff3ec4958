package views

import (
	"context"
	"strings"
	"testing"
	"time"

	"agentidportal/entra"

	"github.com/a-h/templ"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// paperWidth is what is left of A4 between its margins, in CSS pixels.
const paperWidth = 672

// onPaper opens a page as it is printed, in the dark theme.
func onPaper(t *testing.T, ctx context.Context, url string) {
	t.Helper()
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(paperWidth, 900), chromedp.Navigate(url)); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}); err != nil {
		t.Fatal(err)
	}
}

// expectNone reports what a script finds.
func expectNone(t *testing.T, ctx context.Context, what, script string) {
	t.Helper()
	found, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](script))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range found {
		t.Errorf("%s: %s", what, e)
	}
}

// On paper a page is light, what can only be pressed is left out, and what is
// folded is open.
func TestPrintLeavesControlsOut(t *testing.T) {
	ctx := browserTab(t)
	onPaper(t, ctx, partsServer(t)+"?theme=dark")
	expectNone(t, ctx, "printed", `[...document.querySelectorAll("nav, button, .button, form, .copy, .search-box")]
		.filter(e => e.getClientRects().length).map(e => e.outerHTML.slice(0, 80))`)
	expectNone(t, ctx, "not printed", `[...document.querySelectorAll(".hop-fold > .hop-body, .print-foot, .print-address, .banner .tenant")]
		.filter(e => !e.getClientRects().length).map(e => e.className)`)
	expectNone(t, ctx, "breaks inside", `[...document.querySelectorAll(".hop, .step, .fact, .notice, tbody tr")]
		.filter(e => getComputedStyle(e).breakInside !== "avoid").map(e => e.className)`)
	expectNone(t, ctx, "head that does not repeat", `[...document.querySelectorAll("thead")]
		.filter(e => getComputedStyle(e).display !== "table-header-group").map(e => e.innerText)`)
	expectNone(t, ctx, "wider than the paper", wideScript)
	if colour, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`getComputedStyle(document.body).backgroundColor`)); colour != "rgb(255, 255, 255)" {
		t.Errorf("background on paper = %s, want white", colour)
	}
	if foot, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`document.querySelector(".print-foot").innerText`)); !strings.Contains(foot, "21 Nov 2026 08:14:19 UTC") {
		t.Errorf("the foot reads %q, want the time in UTC", foot)
	}
	saveShot(t, ctx, "parts-print.png")
	pdf, err := chromedp.Call(ctx, page.PrintToPDF, page.PrintToPDFParams{})
	if err != nil || !strings.HasPrefix(string(pdf.Data), "%PDF-") {
		t.Errorf("printing to a file: %v", err)
	}
}

// A token or a secret that somebody had shown does not get onto paper.
func TestPrintMasksTokensAndSecrets(t *testing.T) {
	ctx := browserTab(t)
	token := entra.NewSecret("eyJ0eXAiOiJKV1Qi.eyJhdWQiOiJodHRw.c2lnbmF0dXJl")
	url, _ := scriptServer(t, templ.Join(shownToken(token), TokenText("eyJ0eXAiOiJKV1Qi", "eyJhdWQiOiJodHRw", "c2lnbmF0dXJl"),
		markup(`<code class="secret-value">q7~secret</code><p id="open">after</p>`)))
	onPaper(t, ctx, url)
	if err := chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](`document.querySelector(".shown-token").open = true`)); err != nil {
		t.Fatal(err)
	}
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body.innerText`))
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"c2lnbmF0dXJl", "q7~secret"} {
		if strings.Contains(text, secret) {
			t.Errorf("printed: %q", text)
		}
	}
	if !strings.Contains(text, "after") || !strings.Contains(text, "eyJhdWQiOiJodHRw") {
		t.Errorf("the page is empty on paper: %q", text)
	}
}

// Before a page is printed everything is unfolded but the menu and tokens, and
// afterwards it is as it was.
func TestPrintUnfoldsForAWhile(t *testing.T) {
	ctx := browserTab(t)
	url, _ := scriptServer(t, templ.Join(shownToken(entra.NewSecret("a.b.c")), markup(`<details id="more"><summary>11 more claims</summary>x</details><details id="mine" open><summary>Mine</summary>x</details>`)))
	if err := chromedp.Do(ctx, chromedp.Navigate(url), chromedp.Evaluate[chromedp.Void](`dispatchEvent(new Event("beforeprint"))`)); err != nil {
		t.Fatal(err)
	}
	waitFor(t, ctx, "what is folded opens", `document.getElementById("more").open && !document.querySelector(".shown-token").open && !document.querySelector(".menu").open`)
	if err := chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](`dispatchEvent(new Event("afterprint"))`)); err != nil {
		t.Fatal(err)
	}
	waitFor(t, ctx, "it folds again", `!document.getElementById("more").open && document.getElementById("mine").open`)
}

// Facts that are old say so, by the server and on a page that is left open.
func TestOldFactsSaySo(t *testing.T) {
	for name, tc := range map[string]struct {
		age   time.Duration
		stale bool
	}{"fresh": {12 * time.Second, false}, "five minutes": {5 * time.Minute, false}, "older": {5*time.Minute + time.Second, true}} {
		p := testPage()
		doc := document(t, AsOf(p, p.ago(tc.age)))
		if _, hidden := doc.Find("a").Attr("hidden"); hidden == tc.stale || doc.Find(".status-warn").Length() == 1 != tc.stale {
			t.Errorf("%s: %s", name, html(t, AsOf(p, p.ago(tc.age))))
		}
	}
}
