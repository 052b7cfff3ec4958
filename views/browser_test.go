package views

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"agentidportal/static"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// browserTab starts Chromium and opens a tab; the test is skipped, with a
// line that says so, unless browser tests are asked for.
func browserTab(t *testing.T, more ...chromedp.ExecAllocatorOption) context.Context {
	t.Helper()
	if os.Getenv("PORTAL_TEST_BROWSER") != "1" {
		t.Skip("browser tests run with PORTAL_TEST_BROWSER=1, which make test sets")
	}
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("browser tests need chromium: run make needs")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-gpu", true), chromedp.Flag("disable-quic", true), chromedp.Flag("no-first-run", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true))
	options = append(options, more...)
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	return ctx
}

// partsServer serves the components page under the portal's content policy.
func partsServer(t *testing.T) string {
	mux := http.NewServeMux()
	mux.Handle(static.Prefix, static.Handler())
	mux.HandleFunc("/parts", func(w http.ResponseWriter, r *http.Request) {
		p := testPage()
		p.Theme, p.MaySearch = r.URL.Query().Get("theme"), true
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'")
		_ = ComponentsPage(p, r.URL.Query().Get("text")).Render(r.Context(), w)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL + "/parts"
}

// axeScript runs the checker and answers one line a fault.
const axeScript = `axe.run(document, {resultTypes: ["violations"], rules: {"target-size": {enabled: true}}}).then(r => r.violations.flatMap(v =>
	v.nodes.map(n => v.id + ": " + n.target.join(" ") + " " + n.failureSummary.replace(/\s+/g, " "))))`

// wideScript names what reaches beyond the window, if the page does.
const wideScript = `document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll("body *")]
	.filter(e => e.getBoundingClientRect().right > innerWidth + 1).slice(-5).map(e => e.tagName + "." + e.className)`

// zooms are the widths a page must bear; the third is 1280 at 200 %.
var zooms = []struct {
	name  string
	width int64
	scale float64
}{{"320", 320, 1}, {"768", 768, 1}, {"640 at 200 percent", 640, 2}, {"1280", 1280, 1}}

func TestPartsInTheBrowser(t *testing.T) {
	ctx := browserTab(t)
	url := partsServer(t)
	axe, err := os.ReadFile(filepath.Join("testdata", "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	faults := consoleFaults(ctx)
	for _, theme := range []string{"light", "dark"} {
		for _, zoom := range zooms {
			t.Run(theme+" "+zoom.name, func(t *testing.T) {
				if err := chromedp.Do(ctx, chromedp.EmulateViewport(zoom.width, 900, chromedp.EmulateScale(zoom.scale)),
					chromedp.Navigate(url+"?theme="+theme), chromedp.Evaluate[chromedp.Void](string(axe))); err != nil {
					t.Fatal(err)
				}
				for _, script := range []string{axeScript, wideScript} {
					found, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](script, chromedp.EvalAwaitPromise))
					if err != nil {
						t.Fatal(err)
					}
					if len(found) > 0 {
						t.Errorf("%d faults:\n%s", len(found), strings.Join(found, "\n"))
					}
				}
				saveShot(t, ctx, "parts-"+theme+"-"+zoom.name+".png")
			})
		}
	}
	for _, fault := range faults() {
		t.Errorf("console: %s", fault)
	}
}

// A name of 256 characters, a word without a break, one from right to left and
// none at all make no part wider than the window.
func TestPartsBearEveryText(t *testing.T) {
	ctx := browserTab(t)
	url := partsServer(t)
	for _, zoom := range zooms {
		for _, sample := range Samples() {
			t.Run(zoom.name+" "+sample.Label, func(t *testing.T) {
				if err := chromedp.Do(ctx, chromedp.EmulateViewport(zoom.width, 900), chromedp.Navigate(url+"?text="+sample.Key)); err != nil {
					t.Fatal(err)
				}
				expectNone(t, ctx, "wider than the window", wideScript)
				expectNone(t, ctx, "cut without a way to scroll", cutScript)
				saveShot(t, ctx, "text-"+sample.Key+"-"+zoom.name+".png")
			})
		}
	}
}

// cutScript names parts that hide some of their words: those whose content is
// wider than they are and that neither scroll nor end in an ellipsis. What one
// types into scrolls by itself.
const cutScript = `[...document.querySelectorAll("main *:not(input, textarea, select)")].filter(e => {
		const s = getComputedStyle(e);
		return e.scrollWidth > e.clientWidth + 2 && e.clientWidth > 1 && (s.overflowX === "hidden" || s.overflowX === "clip") && s.textOverflow !== "ellipsis";
	}).map(e => e.tagName + "." + e.className + ": " + e.scrollWidth + " in " + e.clientWidth)`

// Where a finger is what one points with, every target is at least 24 pixels
// each way, controls 40 and rows 44.
func TestCoarsePointersGetRoom(t *testing.T) {
	ctx := browserTab(t, chromedp.Flag("blink-settings", "primaryPointerType=2,availablePointerTypes=2"))
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(partsServer(t))); err != nil {
		t.Fatal(err)
	}
	expectNone(t, ctx, "pointer", `matchMedia("(pointer: coarse)").matches ? [] : ["fine"]`)
	expectNone(t, ctx, "too low for a finger", `[[".button:not(.button-small)", 40], [".button-small", 36], [".control", 40], ["tbody > tr:not(.claim)", 44], [".nav a", 40], [".tabs a", 40], [".copy", 24], [".chip-remove", 24]]
		.flatMap(([what, least]) => [...document.querySelectorAll(what)].filter(e => e.getClientRects().length && e.getBoundingClientRect().height < least - 0.5)
			.map(e => what + " " + e.getBoundingClientRect().height + " " + e.outerHTML.slice(0, 80)))`)
}

// Without colours of ours the edges that carry meaning are still drawn.
func TestForcedColoursKeepTheEdges(t *testing.T) {
	ctx := browserTab(t)
	url := partsServer(t)
	features := []*emulation.MediaFeature{{Name: "forced-colors", Value: "active"}, {Name: "prefers-reduced-motion", Value: "reduce"}}
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features}); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(url)); err != nil {
		t.Fatal(err)
	}
	expectNone(t, ctx, "no edge", `[[".nav a[aria-current]", "borderLeftWidth"], [".tabs a[aria-current]", "borderTopWidth"], [".notice-cell", "borderRightWidth"],
		[".hop-name", "borderRightWidth"], [".chip-name", "borderRightWidth"], [".tenant-kind", "borderRightWidth"], [".button", "borderTopWidth"]]
		.flatMap(([what, side]) => [...document.querySelectorAll(what)].filter(e => parseFloat(getComputedStyle(e)[side]) < 1).map(e => what + " " + e.outerHTML.slice(0, 80)))`)
	expectNone(t, ctx, "turns although motion is reduced", `[...document.querySelectorAll(".spinner, [aria-busy]")]
		.filter(e => [getComputedStyle(e).animationName, getComputedStyle(e, "::before").animationName].some(n => n !== "none")).map(e => e.outerHTML.slice(0, 80))`)
	saveShot(t, ctx, "parts-forced.png")
}

// consoleFaults listens from now on; the function it returns gives what the
// console said as warning, error or exception, content policy reports among it.
func consoleFaults(ctx context.Context) func() []string {
	var mu sync.Mutex
	var faults []string
	messages := chromedp.Console(ctx)
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			if m.Type == "error" || m.Type == "warning" || m.IsException() {
				mu.Lock()
				faults = append(faults, m.Text)
				mu.Unlock()
			}
		}
	}()
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(faults)
	}
}

// saveShot keeps a picture of the whole page when PORTAL_TEST_SHOTS names a
// folder for them.
func saveShot(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	folder := os.Getenv("PORTAL_TEST_SHOTS")
	if folder == "" {
		return
	}
	picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name), picture, 0o644); err != nil {
		t.Fatal(err)
	}
}

// The checks of this file find something when there is something to find.
func TestCheckersFindFaults(t *testing.T) {
	ctx := browserTab(t)
	axe, err := os.ReadFile(filepath.Join("testdata", "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(`<!DOCTYPE html><html><title>x</title><body><p style="color:#bbb">faint</p><input><div style="width:900px">wide</div></body></html>`))
	}))
	t.Cleanup(page.Close)
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(320, 900), chromedp.Navigate(page.URL), chromedp.Evaluate[chromedp.Void](string(axe))); err != nil {
		t.Fatal(err)
	}
	for script, want := range map[string]string{axeScript: "color-contrast: p", wideScript: "DIV"} {
		found, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](script, chromedp.EvalAwaitPromise))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(strings.Join(found, "\n"), want) {
			t.Errorf("found %q, want %q among it", found, want)
		}
	}
}
