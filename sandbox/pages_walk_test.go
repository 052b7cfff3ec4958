package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// tab is a page in Chromium.
type tab struct {
	t     *testing.T
	ctx   context.Context
	axe   string
	shots int
}

// newTab opens Chromium with an empty profile. The test is skipped, with a line that says so, unless
// browser tests are asked for.
func newTab(t *testing.T) *tab {
	t.Helper()
	if os.Getenv("PORTAL_TEST_BROWSER") != "1" {
		t.Skip("browser tests run with PORTAL_TEST_BROWSER=1, which make test sets")
	}
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("browser tests need chromium: run make needs")
	}
	axe, err := os.ReadFile(filepath.Join("..", "views", "testdata", "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-gpu", true), chromedp.Flag("disable-quic", true), chromedp.Flag("no-first-run", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true))
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b := &tab{t: t, ctx: ctx, axe: string(axe)}
	b.do(chromedp.EmulateViewport(1280, 900))
	return b
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

func eval[T any](b *tab, script string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%.100s: %v", script, err)
	}
	return v
}

// follow clicks what has the words and waits for the next page.
func (b *tab) follow(words string) {
	b.t.Helper()
	text, _ := json.Marshal(words)
	before := eval[float64](b, "performance.timeOrigin")
	script := `(() => { const e = [...document.querySelectorAll("a, button")].find(e => e.innerText.includes(` + string(text) + `)); if (e) e.setAttribute("data-walk", ""); return !!e })()`
	if !eval[bool](b, script) {
		b.t.Fatalf("nothing to press is named %q: %s", words, eval[string](b, "document.body.innerText"))
	}
	b.do(chromedp.Click(chromedp.CSS("[data-walk]")))
	done := fmt.Sprintf(`performance.timeOrigin !== %v && document.readyState === "complete"`, before)
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(30 * time.Millisecond) {
		if ok, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](done)); err == nil && ok {
			return
		}
	}
	b.t.Fatalf("%q led nowhere", words)
}

const axeScript = `axe.run(document, {resultTypes: ["violations"], rules: {"target-size": {enabled: true}}}).then(r => r.violations.flatMap(v =>
	v.nodes.map(n => v.id + ": " + n.target.join(" ") + " " + n.failureSummary.replace(/\s+/g, " "))))`

const wideScript = `document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll("body *")]
	.filter(e => e.getBoundingClientRect().right > innerWidth + 1).slice(-5).map(e => e.tagName + "." + e.className)`

// ringScript names what shows no ring when it has the focus.
const ringScript = `[...document.querySelectorAll("a, button, input:not([type=hidden]), summary")].filter(e => e.checkVisibility() && e.getClientRects().length).filter(e => {
	e.focus({focusVisible: true}); const s = getComputedStyle(e); return s.outlineStyle === "none" || parseFloat(s.outlineWidth) < 2 }).map(e => e.tagName + " " + e.innerText)`

// look holds the page to the rules of every page: in both themes and at three widths no accessibility
// fault, nothing wider than the window, and a ring wherever the focus can be.
func (b *tab) look(name, heading string) {
	b.t.Helper()
	if got := eval[string](b, `document.querySelector("h1")?.innerText ?? ""`); got != heading {
		b.t.Fatalf("%s: the page is %q, want %q: %s", name, got, heading, eval[string](b, "location.href + document.body.innerText"))
	}
	b.do(chromedp.Evaluate[chromedp.Void](b.axe))
	for _, scheme := range []string{"light", "dark"} {
		if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		}); err != nil {
			b.t.Fatal(err)
		}
		for _, width := range []int64{320, 768, 1280} {
			b.do(chromedp.EmulateViewport(width, 900))
			for _, script := range []string{axeScript, wideScript, ringScript} {
				if found := eval[[]string](b, script); len(found) > 0 {
					b.t.Errorf("%s, %s, %d px:\n%s", name, scheme, width, strings.Join(found, "\n"))
				}
			}
			b.shot(fmt.Sprintf("%s-%s-%d", name, scheme, width))
		}
	}
}

// shot keeps a picture of the whole page when PORTAL_TEST_SHOTS names a folder.
func (b *tab) shot(name string) {
	folder := os.Getenv("PORTAL_TEST_SHOTS")
	if folder == "" {
		return
	}
	b.shots++
	picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, fmt.Sprintf("%s-%02d-%s.png", b.t.Name(), b.shots, name)), picture, 0o644)
	}
	if err != nil {
		b.t.Logf("no picture of %s: %v", name, err)
	}
}

// elsewhere is an application at another origin, where the answers go.
func elsewhere(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = fmt.Fprintf(w, "<!DOCTYPE html><title>App</title><h1>%s</h1>", map[bool]string{true: "A code came", false: "An error came"}[r.Form.Has("code")])
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// TestPagesInTheBrowser walks through every page with Chromium. That its last press arrives at another
// origin proves the content policy: Chromium follows form-action through redirects.
func TestPagesInTheBrowser(t *testing.T) {
	b := newTab(t)
	l := openLab(t, Options{DataFile: filepath.Join(t.TempDir(), "tenant.db"), PortalURL: elsewhere(t)})
	open := func(address string) { b.do(chromedp.Navigate(address)) }
	arrived := func(want string) {
		t.Helper()
		if got := eval[string](b, `document.querySelector("h1")?.innerText ?? ""`); got != want {
			t.Errorf("arrived at %q, want %q: %s", got, want, eval[string](b, "location.href"))
		}
	}
	for _, mode := range []string{"query", "form_post"} {
		open(l.authorizeURL("scope", "openid Mail.Read Calendars.Read", "response_mode", mode))
		if mode == "query" {
			b.follow("user@")
			b.look("consent", "Permissions requested")
		} else {
			b.follow("approver@")
			b.follow("Use another account")
			b.follow("sponsor@")
		}
		b.follow("Accept")
		for range 100 { // a form_post page is sent by its script
			if got, err := chromedp.Run(b.ctx, chromedp.Evaluate[string]("document.title")); err == nil && got == "App" {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		arrived("A code came")
	}
	open(l.authorizeURL("scope", "openid Reports.Read.All"))
	b.look("picker", "Pick an account")
	b.follow("user@")
	b.look("need-admin", "Need admin approval")
	b.follow("Sign in as an administrator")
	b.follow("global-admin@")
	b.look("consent-admin", "Permissions requested")
	b.follow("Cancel")
	arrived("An error came")
	open(l.adminURL())
	b.follow("global-admin@")
	b.look("adminconsent", "Permissions requested")
	code, _ := l.device(t, "openid Mail.Send")
	open(l.url + "/devicelogin?otc=WRONG")
	b.follow("Next")
	b.look("device-wrong", "Enter the code")
	open(l.url + "/devicelogin?otc=" + code)
	b.look("device-code", "Enter the code")
	b.follow("Next")
	b.look("device-picker", "Pick an account")
	b.follow("approver@")
	b.look("device-approve", "Sign in on a device")
	b.follow("Approve")
	b.look("device-done", "You are signed in on the device")
	open(l.authorizeURL("redirect_uri", "https://elsewhere.example/"))
	b.look("refusal", "Sign-in is not possible")
}
