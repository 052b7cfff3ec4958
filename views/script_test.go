package views

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"agentidportal/static"

	"github.com/a-h/templ"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// scriptServer serves one page and counts what is posted to it.
func scriptServer(t *testing.T, content templ.Component) (url string, posts *atomic.Int64) {
	posts = new(atomic.Int64)
	mux := http.NewServeMux()
	mux.Handle(static.Prefix, static.Handler())
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_ = with(Layout(testPage()), with(TitleRow(testPage(), Title{}), text("")), content).Render(r.Context(), w)
	})
	mux.HandleFunc("/{path...}", func(w http.ResponseWriter, r *http.Request) {
		posts.Add(1)
		w.WriteHeader(http.StatusNoContent) // the browser stays on the page
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL + "/", posts
}

// waitFor polls an expression; nothing is asserted about how long it takes.
func waitFor(t *testing.T, ctx context.Context, what, expression string) {
	t.Helper()
	for range 200 {
		if ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](expression)); err == nil && ok {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	t.Fatalf("did not happen: %s", what)
}

func TestScriptInTheBrowser(t *testing.T) {
	ctx := browserTab(t)
	url, posts := scriptServer(t, templ.Join(ID(sampleID), with(Form("/create", "Creating…"), SubmitButton("primary", "", "Create"))))
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(url)); err != nil {
		t.Fatal(err)
	}
	press := func(selector string) {
		t.Helper()
		if err := chromedp.Do(ctx, chromedp.Click(chromedp.CSS(selector))); err != nil {
			t.Fatal(err)
		}
	}

	press(".copy")
	waitFor(t, ctx, "copying is said in the status region", `document.getElementById("status").textContent !== ""`)

	press(".banner-right .theme-dark")
	waitFor(t, ctx, "the theme changes in place", `document.documentElement.dataset.theme === "dark" && document.activeElement.value === "light"`)
	waitFor(t, ctx, "the background is dark", `getComputedStyle(document.body).backgroundColor === "rgb(14, 19, 23)"`)

	press(".button-primary")
	waitFor(t, ctx, "the button says that it is busy", `document.querySelector(".button-primary").innerText === "Creating…" && document.querySelector(".button-primary").ariaBusy === "true"`)
	press(".button-primary")
	waitFor(t, ctx, "both posts have arrived", `performance.getEntriesByType("resource").length >= 0`)
	for range 100 {
		if posts.Load() >= 2 {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if got := posts.Load(); got != 2 {
		t.Errorf("%d posts, want 2: the theme, and the form once although it was pressed twice", got)
	}
}

// Every stop of the Tab key shows where it is.
func TestFocusIsSeen(t *testing.T) {
	ctx := browserTab(t)
	url := partsServer(t)
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(url), chromedp.Evaluate[chromedp.Void](`document.activeElement.blur(); scrollTo(0, 0)`)); err != nil {
		t.Fatal(err)
	}
	const ring = `(() => { const e = document.activeElement, s = getComputedStyle(e);
		return e === document.body || (s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2) ? "" : e.outerHTML.slice(0, 120) })()`
	stops := 0
	for range 60 {
		if err := chromedp.Do(ctx, chromedp.KeyEvent(kb.Tab)); err != nil {
			t.Fatal(err)
		}
		without, err := chromedp.Run(ctx, chromedp.Evaluate[string](ring))
		if err != nil {
			t.Fatal(err)
		}
		if without != "" {
			t.Errorf("focus is not seen on %s", without)
		}
		stops++
	}
	if onBody, _ := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.activeElement === document.body`)); onBody || stops == 0 {
		t.Error("the Tab key reached nothing")
	}
}

// On paper a page is light, and what can only be pressed is left out.
func TestPrintLeavesControlsOut(t *testing.T) {
	ctx := browserTab(t)
	url := partsServer(t)
	if err := chromedp.Do(ctx, chromedp.Navigate(url+"?theme=dark")); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}); err != nil {
		t.Fatal(err)
	}
	seen, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](`[...document.querySelectorAll("nav, button, .button, form, .copy")]
		.filter(e => e.getClientRects().length).map(e => e.outerHTML.slice(0, 80))`))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range seen {
		t.Errorf("printed: %s", e)
	}
	if colour, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`getComputedStyle(document.body).backgroundColor`)); colour != "rgb(255, 255, 255)" {
		t.Errorf("background on paper = %s, want white", colour)
	}
	saveShot(t, ctx, "parts-print.png")
}
