package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// focusScript says where the focus is, and whether one sees it: browsers tell
// by :focus-visible, and the outline or, in drawings, the line must be there.
// https://www.w3.org/WAI/WCAG22/Understanding/focus-visible.html
const focusScript = `(() => {
	const e = document.activeElement ?? document.body, box = e.querySelector?.("rect") ?? e, style = getComputedStyle(e);
	const words = t => (t ?? "").replace(/\s+/g, " ").trim();
	const label = e.getAttribute("aria-label") ?? (e.labels?.length ? e.labels[0].innerText : e.innerText);
	const line = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 || parseFloat(getComputedStyle(box).strokeWidth) >= 3;
	return {name: words(label).replace(/ \(optional\)$/, ""), id: e.id, tag: e.tagName, seen: e.matches(":focus-visible") && line};
})()`

type focus struct {
	Name, ID, Tag string
	Seen          bool
}

// holdFocus has the browser treat its window as the one in front, as it is for
// somebody at the keyboard; without a screen no window ever is.
// https://chromedevtools.github.io/devtools-protocol/tot/Emulation/#method-setFocusEmulationEnabled
func (w *walker) holdFocus() {
	w.t.Helper()
	if _, err := chromedp.Call(w.ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}); err != nil {
		w.fatal("hold the focus: %v", err)
	}
}

// key presses keys as a keyboard does.
func (w *walker) key(keys string, options ...chromedp.KeyOption) {
	w.t.Helper()
	w.do(chromedp.KeyEvent(keys, options...))
}

// pressEnter sends the key down with its character, as keyboards do: a browser
// that has done something on the first does not type the second.
func (w *walker) pressEnter() {
	w.t.Helper()
	for _, kind := range []input.DispatchKeyEventType{"keyDown", "keyUp"} {
		event := input.DispatchKeyEventParams{Type: kind, Key: "Enter", Code: "Enter", WindowsVirtualKeyCode: 13}
		if kind == "keyDown" {
			event.Text = "\r"
		}
		if _, err := chromedp.Call(w.ctx, input.DispatchKeyEvent, event); err != nil {
			w.fatal("press Enter: %v", err)
		}
	}
}

func (w *walker) focus() focus {
	w.t.Helper()
	return eval[focus](w, focusScript)
}

// tabTo presses Tab until the focus is on what is named; each stop on the way
// must be seen. Names of controls are those that screen readers say.
func (w *walker) tabTo(name string) {
	w.t.Helper()
	var way []string
	for range 150 {
		w.key(kb.Tab)
		at := w.focus()
		if at.Tag == "BODY" {
			continue // past the end: the browser's own controls
		}
		way = append(way, at.Tag+" "+at.Name)
		if !at.Seen {
			w.fatal("the focus on %s %q is not seen", at.Tag, at.Name)
		}
		if at.Name == name || strings.HasPrefix(at.Name, name+" ") {
			return
		}
	}
	w.fatal("Tab does not come to %q, only to %q", name, way)
}

// enter presses Enter and waits for another document.
func (w *walker) enter() {
	w.t.Helper()
	before := eval[float64](w, "performance.timeOrigin")
	w.pressEnter()
	w.until("Enter leads to another page", fmt.Sprintf(`performance.timeOrigin !== %v && document.readyState === "complete"`, before))
}

// skip uses the first link of a page, which leads past the navigation.
func (w *walker) skip() {
	w.t.Helper()
	w.key(kb.Tab)
	if at := w.focus(); at.Name != "Skip to the content" || !at.Seen {
		w.fatal("the first stop is %+v, not the skip link", at)
	}
	w.pressEnter()
	if at := w.focus(); at.ID != "main" {
		w.fatal("the skip link leads to %+v", at)
	}
}

// wantFocus fails unless the focus is on an element, and seen.
func (w *walker) wantFocus(id string) {
	w.t.Helper()
	w.until("the focus is on "+id, fmt.Sprintf(`document.activeElement.id === %s`, quoted(id)))
	if at := w.focus(); !at.Seen {
		w.t.Errorf("the focus on %s is not seen", id)
	}
}

// chosen is the value of a group of radio buttons.
func (w *walker) chosen(name string) string {
	w.t.Helper()
	return eval[string](w, fmt.Sprintf(`document.querySelector('input[name=%s]:checked').value`, name))
}

// TestWalkByKeyboard makes a blueprint with keys alone, faults included.
func TestWalkByKeyboard(t *testing.T) {
	w := newWalker(t)
	w.holdFocus()
	a := startApp(t, Config{}, Wiring{})
	w.open(a.URL())
	w.tabTo("Sign in")
	w.enter()
	w.tabTo(adminUPN)
	w.enter()
	w.skip()
	w.tabTo("New blueprint")
	w.enter()
	basicsByKeys(w)
	peopleByKeys(w)
	w.skip()
	w.tabTo("Life of the client secret")
	w.key(kb.ArrowDown)
	if got := w.value("Life of the client secret"); got != "365" {
		w.fatal("arrow down chose a life of %q", got)
	}
	w.tabTo("Continue")
	w.enter()
	w.skip()
	w.tabTo("Continue")
	w.enter()
	agentsByKeys(w)
	w.skip()
	w.tabTo("Create")
	w.enter()
	w.until("the run is done", `document.querySelector("h1 + .badge")?.innerText.trim() === "Done"`)
	w.expect("Keys helper 01", "Keys helper 02")
}

// basicsByKeys sends the first step without a name: the focus lands on the
// summary, whose link leads to the field.
func basicsByKeys(w *walker) {
	w.t.Helper()
	w.skip()
	w.tabTo("Display name")
	w.enter()
	w.wantFocus("error-summary")
	w.tabTo("Display name: Write a name")
	w.pressEnter()
	w.wantFocus("f-display_name")
	w.key("Keys helper")
	w.tabTo("This tenant only")
	w.key(kb.ArrowDown)
	if got := w.chosen("audience"); got != "AzureADMultipleOrgs" {
		w.fatal("arrow down chose %q", got)
	}
	w.key(kb.ArrowUp)
	w.tabTo("Continue")
	w.enter()
}

// peopleByKeys searches with Enter and adds with Space; each answer has the
// focus where one goes on.
func peopleByKeys(w *walker) {
	w.t.Helper()
	w.skip()
	w.tabTo("Find a sponsor")
	w.key("finance")
	w.enter()
	w.wantFocus("f-sponsors")
	w.tabTo("Add Finance team")
	before := eval[float64](w, "performance.timeOrigin")
	w.key(" ")
	w.until("Space adds", fmt.Sprintf(`performance.timeOrigin !== %v && document.readyState === "complete"`, before))
	w.wantFocus("f-sponsors")
	w.expect("Chosen")
	w.tabTo("Continue")
	w.enter()
}

func agentsByKeys(w *walker) {
	w.t.Helper()
	w.skip()
	w.tabTo("How many")
	w.key("a", chromedp.KeyModifiers(chromedp.ModifierCtrl))
	w.key("251")
	w.enter()
	w.wantFocus("error-summary")
	w.tabTo("How many: Write a number")
	w.pressEnter()
	w.wantFocus("f-count")
	w.key("a", chromedp.KeyModifiers(chromedp.ModifierCtrl))
	w.key("2")
	w.tabTo("Me With your own rights.")
	w.key(kb.ArrowDown)
	if got := w.chosen("run_as"); got != "blueprint" {
		w.fatal("arrow down chose %q", got)
	}
	w.tabTo("Continue")
	w.enter()
	w.expect("Keys helper 01")
}
