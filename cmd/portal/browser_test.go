package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// walker is a person at a browser: one tab, and what went wrong in it.
type walker struct {
	t   *testing.T
	ctx context.Context
	mu  sync.Mutex
	// faults is what the console said: errors, exceptions, policy reports.
	faults []chromedp.ConsoleMessage
	// asked are the addresses of pages that were opened: their statuses are
	// what the walk is about, and no fault whatever they are.
	asked map[string]bool
	shots int
}

// newWalker opens Chromium with an empty profile. The test is skipped, with a
// line that says so, unless browser tests are asked for.
func newWalker(t *testing.T) *walker {
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
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	w := &walker{t: t, ctx: ctx, asked: map[string]bool{}}
	w.do(chromedp.EmulateViewport(1280, 900))
	go w.listen(chromedp.Console(ctx))
	t.Cleanup(w.expectQuiet)
	return w
}

// intendedStatus is how Chromium reports pages that ask to sign in, refuse,
// find nothing or send a form back. The tests open those on purpose; what a
// page loads itself is served, or other statuses and its effects would show.
var intendedStatus = regexp.MustCompile(`^Failed to load resource: the server responded with a status of (401|403|404|409|422) `)

// listen keeps what the console says.
func (w *walker) listen(messages func(func(chromedp.ConsoleMessage, error) bool)) {
	for m, err := range messages {
		if err != nil {
			return
		}
		intended := strings.HasPrefix(m.Text, "Failed to load resource") && intendedStatus.MatchString(m.Text)
		if (m.Type == "error" || m.Type == "warning" || m.IsException()) && !intended {
			w.mu.Lock()
			w.faults = append(w.faults, m)
			w.mu.Unlock()
		}
	}
}

func (w *walker) expectQuiet() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, fault := range w.faults {
		if !w.asked[fault.URL] || !strings.HasPrefix(fault.Text, "Failed to load resource") {
			w.t.Errorf("console at %s: %s", fault.URL, fault.Text)
		}
	}
}

func (w *walker) do(steps ...chromedp.Action[chromedp.Void]) {
	w.t.Helper()
	if err := chromedp.Do(w.ctx, steps...); err != nil {
		w.fatal("%v", err)
	}
}

// fatal ends the walk with a picture of where it stopped.
func (w *walker) fatal(format string, args ...any) {
	w.t.Helper()
	w.shot("stopped")
	where, _ := chromedp.Run(w.ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText.slice(0, 3000)`))
	w.t.Fatalf(format+"\nat %s", append(args, where)...)
}

// eval runs an expression in the page; it works also with scripts disabled.
func eval[T any](w *walker, expression string) T {
	w.t.Helper()
	v, err := chromedp.Run(w.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		w.fatal("evaluate %.120s: %v", expression, err)
	}
	return v
}

// open goes to an address as if it had been typed.
func (w *walker) open(url string) {
	w.t.Helper()
	w.do(chromedp.Navigate(url))
}

// findScript marks the one visible thing to press whose words are, or else
// contain, those asked for.
const findScript = `(() => {
	const words = e => (e.getAttribute("aria-label") || e.innerText || "").replace(/\s+/g, " ").trim();
	const seen = [...document.querySelectorAll("a, button, summary, input[type=submit]")].filter(e => e.checkVisibility({visibilityProperty: true}) && e.getClientRects().length);
	let found = seen.filter(e => words(e) === %[1]s);
	if (!found.length) found = seen.filter(e => words(e).includes(%[1]s));
	document.querySelectorAll("[data-walk]").forEach(e => e.removeAttribute("data-walk"));
	if (found.length) found[0].setAttribute("data-walk", "");
	return found.length;
})()`

// press clicks a link or button by its visible words and stays on the page. A
// part that is renewed meanwhile takes the mark away: then it is found again.
func (w *walker) press(words string) {
	w.t.Helper()
	for range 10 {
		if n := eval[int](w, fmt.Sprintf(findScript, quoted(words))); n == 0 {
			w.fatal("nothing to press is named %q", words)
		}
		ctx, cancel := context.WithTimeout(w.ctx, 3*time.Second)
		err := chromedp.Do(ctx, chromedp.Click(chromedp.CSS("[data-walk]")))
		cancel()
		if err == nil {
			return
		}
		if !errors.Is(err, context.DeadlineExceeded) {
			w.fatal("press %s: %v", words, err)
		}
	}
	w.fatal("%q was renewed whenever it was pressed", words)
}

// follow presses and waits until another document has been loaded.
func (w *walker) follow(words string) {
	w.t.Helper()
	before := eval[float64](w, "performance.timeOrigin")
	w.press(words)
	w.until(words+" leads to another page", fmt.Sprintf(`performance.timeOrigin !== %v && document.readyState === "complete"`, before))
}

// until waits for an expression to become true; between pages it has no answer.
func (w *walker) until(what, expression string) {
	w.t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if ok, err := chromedp.Run(w.ctx, chromedp.Evaluate[bool](expression)); err == nil && ok {
			return
		}
	}
	w.fatal("did not happen: %s", what)
}

// control is the id of the field with a label.
func (w *walker) control(label string) string {
	w.t.Helper()
	id := eval[string](w, fmt.Sprintf(`(() => {
		const l = [...document.querySelectorAll("label")].find(l => l.innerText.replace(/\s+/g, " ").trim().replace(/ \(optional\)$/, "") === %s);
		return l && l.control ? l.control.id : "";
	})()`, quoted(label)))
	if id == "" {
		w.fatal("no field is labelled %q", label)
	}
	return id
}

// fill types into the field with a label, in place of what is there.
func (w *walker) fill(label, value string) {
	w.t.Helper()
	eval[bool](w, fmt.Sprintf(`(e => { e.focus(); e.value = ""; return true })(document.getElementById(%s))`, quoted(w.control(label))))
	if _, err := chromedp.Call(w.ctx, input.InsertText, input.InsertTextParams{Text: value}); err != nil {
		w.fatal("type into %s: %v", label, err)
	}
}

// choose takes the option whose words contain those given.
func (w *walker) choose(label, words string) {
	w.t.Helper()
	if !eval[bool](w, fmt.Sprintf(`(() => {
		const s = document.getElementById(%s), o = [...s.options].find(o => o.text.includes(%s));
		if (o) { s.value = o.value; s.dispatchEvent(new Event("change", {bubbles: true})); }
		return !!o;
	})()`, quoted(w.control(label)), quoted(words))) {
		w.fatal("%s offers no %q", label, words)
	}
}

// value is what the field with a label holds.
func (w *walker) value(label string) string {
	w.t.Helper()
	return eval[string](w, fmt.Sprintf(`document.getElementById(%s).value`, quoted(w.control(label))))
}

// text is what a reader sees in the first element of a selector.
func (w *walker) text(selector string) string {
	w.t.Helper()
	return eval[string](w, fmt.Sprintf(`(document.querySelector(%s)?.innerText ?? "").replace(/\s+/g, " ").trim()`, quoted(selector)))
}

// expect fails unless the page shows each text.
func (w *walker) expect(texts ...string) {
	w.t.Helper()
	body := eval[string](w, `document.querySelector("main, body").innerText.replace(/\s+/g, " ")`)
	for _, text := range texts {
		if !strings.Contains(body, text) {
			w.fatal("the page does not show %q", text)
		}
	}
}

// size gives the window another width.
func (w *walker) size(width int64) { w.do(chromedp.EmulateViewport(width, 900)) }

// prefer answers the page's question for light or dark as a system would.
func (w *walker) prefer(scheme string) {
	if _, err := chromedp.Call(w.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	}); err != nil {
		w.fatal("prefer %s: %v", scheme, err)
	}
}

// shot keeps a picture of the whole page when PORTAL_TEST_SHOTS names a folder.
func (w *walker) shot(name string) {
	folder := os.Getenv("PORTAL_TEST_SHOTS")
	if folder == "" {
		return
	}
	w.shots++
	picture, err := chromedp.Run(w.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, fmt.Sprintf("%s-%02d-%s.png", w.t.Name(), w.shots, name)), picture, 0o644) //nolint:gosec // pictures are no secret
	}
	if err != nil {
		w.t.Logf("no picture of %s: %v", name, err)
	}
}

// quoted is a text as a JavaScript literal.
func quoted(text string) string {
	b, _ := json.Marshal(text) // a string always marshals
	return string(b)
}

// colourRules are the rules that depend on a theme.
var colourRules = []string{"color-contrast", "link-in-text-block"}

// axeScript runs the checker and answers one line a fault. Options of axe.run
// narrow what it checks.
func axeScript(options map[string]any) string {
	options["resultTypes"] = []string{"violations"}
	text, _ := json.Marshal(options) // maps of words always marshal
	return `axe.run(document, ` + string(text) + `).then(r => r.violations.flatMap(v =>
	v.nodes.map(n => v.id + ": " + n.target.join(" ") + " " + n.failureSummary.replace(/\s+/g, " "))))`
}

// axeRules has every rule checked, those about colours if asked for.
func axeRules(colours bool) string {
	type rule map[string]bool
	rules := map[string]any{"target-size": rule{"enabled": true}} // off unless asked for
	for _, name := range colourRules {
		rules[name] = rule{"enabled": colours}
	}
	return axeScript(map[string]any{"rules": rules})
}

// axeColours has nothing checked but colours.
func axeColours() string {
	return axeScript(map[string]any{"runOnly": map[string]any{"type": "rule", "values": colourRules}})
}

// drawnScript names how each thing on the page is drawn: by what it and all
// around it are, and whether it is seen, as some are at one width only. Style
// sheets know no more of it than that.
const drawnScript = `(() => {
	const kind = e => e.localName + [...e.classList].sort().map(c => "." + c).join("") +
		["role", "type", "open", "hidden", "disabled", "data-theme", "aria-current", "aria-invalid", "aria-busy"].filter(a => e.hasAttribute(a)).map(a => "[" + a + "=" + e.getAttribute(a) + "]").join("");
	const path = e => e ? path(e.parentElement) + " " + kind(e) : "";
	return [...new Set([...document.body.querySelectorAll("*")].map(e => (e.checkVisibility() ? "seen" : "unseen") + path(e)))];
})()`

// drawn are the ways to be drawn that the walks of this run have held to every
// rule.
var drawn sync.Map

// newlyDrawn reports whether something on the page is drawn as nothing before was.
func (w *walker) newlyDrawn() (fresh bool) {
	w.t.Helper()
	for _, way := range eval[[]string](w, drawnScript) {
		if _, known := drawn.LoadOrStore(way, true); !known {
			fresh = true
		}
	}
	return fresh
}

// wideScript names what reaches beyond the window, when the page does.
const wideScript = `document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll("body *")]
	.filter(e => e.getBoundingClientRect().right > innerWidth + 1).slice(-5).map(e => e.tagName + "." + e.className + ": " + e.innerText?.slice(0, 60))`

// cutScript names what is cut off at the edge of a box: it makes no page wider,
// and still nobody can read it. Fields scroll, and names of tenants may end in an
// ellipsis.
const cutScript = `[...document.querySelectorAll("body *:not(input, select, textarea)")].filter(e => {
	const style = getComputedStyle(e);
	return ["hidden", "clip"].includes(style.overflowX) && style.textOverflow !== "ellipsis" && e.clientWidth > 1 && e.scrollWidth > e.clientWidth + 1;
}).map(e => "cut off: " + e.tagName + "." + e.className + ": " + e.innerText?.slice(0, 60))`

// look holds the page as it stands to the rules of every page: no
// accessibility fault in both themes and at both ends of the widths, and at
// three widths nothing beyond the window or cut off. Colours do not depend on the
// width, nor what else the checker knows on the theme. Where all is drawn as on
// pages before, the checker runs once and leaves colours out; PORTAL_SOAK=1 has
// it run everywhere. It leaves the browser as it found it.
func (w *walker) look(name string) {
	w.t.Helper()
	w.do(chromedp.Evaluate[chromedp.Void](axeSource(w.t)))
	dark, light, narrow := []string{axeColours()}, axeRules(true), []string{axeRules(true), wideScript, cutScript}
	if fresh := w.newlyDrawn(); !fresh && os.Getenv("PORTAL_SOAK") != "1" {
		dark, light, narrow = nil, axeRules(false), narrow[1:]
	}
	for _, at := range []struct {
		scheme  string
		width   int64
		scripts []string
	}{
		{"dark", 1280, dark},
		{"light", 1280, []string{light, wideScript, cutScript}},
		{"light", 768, []string{wideScript, cutScript}},
		{"light", 320, narrow},
	} {
		if len(at.scripts) == 0 && os.Getenv("PORTAL_TEST_SHOTS") == "" {
			continue
		}
		w.prefer(at.scheme)
		w.size(at.width)
		for _, script := range at.scripts {
			found, err := chromedp.Run(w.ctx, chromedp.Evaluate[[]string](script, chromedp.EvalAwaitPromise))
			if err != nil {
				w.fatal("look at %s: %v", name, err)
			}
			if len(found) > 0 {
				w.t.Errorf("%s, %s, %d px: %d faults\n%s", name, at.scheme, at.width, len(found), strings.Join(found, "\n"))
			}
		}
		w.shot(fmt.Sprintf("%s-%s-%d", fileName(name), at.scheme, at.width))
	}
	w.size(1280)
}

// fileName makes the name of a file of the name of a page.
func fileName(name string) string {
	return fmt.Sprintf("%.60s", strings.Trim(strings.NewReplacer("/", "_", "?", "_", " ", "_").Replace(name), "_"))
}

func axeSource(t *testing.T) string {
	t.Helper()
	source, err := os.ReadFile(filepath.Join("..", "..", "views", "testdata", "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	return string(source)
}

// withoutScript switches the scripts of pages off; questions of the test are
// still answered.
func (w *walker) withoutScript() {
	if _, err := chromedp.Call(w.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		w.fatal("switch scripts off: %v", err)
	}
}

// goTo uses the menu of a narrow window.
func (w *walker) goTo(words string) {
	w.t.Helper()
	w.press("Menu")
	w.follow(words)
}

// narrow checks that nothing is wider than the window; axe needs scripts.
func (w *walker) narrow(name string) {
	w.t.Helper()
	if found := eval[[]string](w, wideScript); len(found) > 0 {
		w.t.Errorf("%s: wider than the window:\n%s", name, strings.Join(found, "\n"))
	}
	w.shot(name)
}

// wantTheme fails unless the server wrote a theme to the page.
func (w *walker) wantTheme(want string) {
	w.t.Helper()
	if got := eval[string](w, `document.documentElement.dataset.theme ?? ""`); got != want {
		w.fatal("theme = %q, want %q", got, want)
	}
}
