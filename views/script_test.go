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

// Every stop of the Tab key shows where it is, in both themes, from the skip
// link to the last control; the ring differs from what is around it.
func TestFocusIsSeen(t *testing.T) {
	ctx := browserTab(t)
	url := partsServer(t)
	const ring = `(() => { const e = document.activeElement, s = getComputedStyle(e);
		if (e === document.body) { return "end"; }
		const drawn = s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2 && s.outlineColor !== getComputedStyle(document.body).backgroundColor;
		const box = e.querySelector(".tree-box");
		return drawn || (box && parseFloat(getComputedStyle(box).strokeWidth) >= 3) ? "" : e.outerHTML.slice(0, 120) })()`
	for _, theme := range []string{"light", "dark"} {
		for _, width := range []int64{1280, 320} {
			if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 900), chromedp.Navigate(url+"?theme="+theme), chromedp.Evaluate[chromedp.Void](`document.activeElement.blur(); scrollTo(0, 0)`)); err != nil {
				t.Fatal(err)
			}
			stops := 0
			for ; stops < 250; stops++ {
				if err := chromedp.Do(ctx, chromedp.KeyEvent(kb.Tab)); err != nil {
					t.Fatal(err)
				}
				without, err := chromedp.Run(ctx, chromedp.Evaluate[string](ring))
				if err != nil {
					t.Fatal(err)
				}
				if without == "end" {
					break
				}
				if without != "" {
					t.Errorf("%s, %d: focus is not seen on %s", theme, width, without)
				}
			}
			if stops < 60 || stops == 250 {
				t.Errorf("%s, %d: the Tab key stopped at %d controls, want all of the page and its end", theme, width, stops)
			}
		}
	}
}
