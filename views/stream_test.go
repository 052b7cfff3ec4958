package views

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"agentidportal/static"

	"github.com/a-h/templ"
	"github.com/chromedp/chromedp"
)

// A page that follows a run says that the portal is gone, and that it is back.
func TestALostStreamIsSaid(t *testing.T) {
	ctx := browserTab(t)
	var gone atomic.Bool
	run := RunData{Badge: "Running", EventsURL: "/events"}
	mux := http.NewServeMux()
	mux.Handle(static.Prefix, static.Handler())
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_ = RunPage(testPage(), run).Render(r.Context(), w)
	})
	mux.HandleFunc("GET /events", func(w http.ResponseWriter, r *http.Request) {
		if gone.Load() {
			panic(http.ErrAbortHandler) // the connection breaks off without an answer
		}
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = w.Write([]byte("retry: 100\nevent: run\ndata: <p>live</p><span id=count-runs-Main hx-swap-oob=true>7 waiting</span>\n\n"))
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	server := httptest.NewServer(mux)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	if err := chromedp.Do(ctx, chromedp.Navigate(server.URL)); err != nil {
		t.Fatal(err)
	}
	const shown = `!document.getElementById("stream-lost").hidden`
	waitFor(t, ctx, "the run is followed", `document.getElementById("run").innerText === "live" && !(`+shown+`)`)
	waitFor(t, ctx, "the count of the navigation follows", `document.getElementById("count-runs-Main").innerText === "7 waiting"`)
	gone.Store(true)
	server.CloseClientConnections()
	waitFor(t, ctx, "the loss is said", shown+` && document.querySelector("[data-since]").innerText.endsWith("UTC") && /does not answer/.test(document.getElementById("status").innerText)`)
	gone.Store(false)
	waitFor(t, ctx, "the notice goes", `!(`+shown+`)`)
}

// The browser's way back finds the words of a button, not those of a form that
// is under way, and never a page it kept in memory for somebody signed in.
func TestComingBackFindsThePageAnew(t *testing.T) {
	ctx := browserTab(t)
	url, _ := scriptServer(t, templ.Join(with(Form("/create", "Creating…"), SubmitButton("primary", "", "Create"))))
	if err := chromedp.Do(ctx, chromedp.Navigate(url), chromedp.Click(chromedp.CSS(".button-primary"))); err != nil {
		t.Fatal(err)
	}
	waitFor(t, ctx, "the form is under way", `document.querySelector(".button-primary").innerText === "Creating…"`)
	back := func(persisted string) {
		t.Helper()
		script := `window.kept = true; dispatchEvent(new PageTransitionEvent("pageshow", {persisted: ` + persisted + `}))`
		if err := chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](script)); err != nil {
			t.Fatal(err)
		}
	}
	back("false")
	waitFor(t, ctx, "the button is as it was", `document.querySelector(".button-primary").innerText === "Create" && !document.querySelector("[aria-busy], [data-sent]") && window.kept`)
	back("true")
	waitFor(t, ctx, "the page is asked for anew", `window.kept === undefined && !!document.querySelector(".account")`)
}

// A part that is renewed while somebody is in it keeps his place: the control
// under the focus, what he unfolded, and a way on where the control is gone.
func TestARenewedPartKeepsThePlace(t *testing.T) {
	ctx := browserTab(t)
	next := make(chan string)
	mux := http.NewServeMux()
	mux.Handle(static.Prefix, static.Handler())
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_ = RunPage(testPage(), RunData{Badge: "Running", EventsURL: "/events"}).Render(r.Context(), w)
	})
	mux.HandleFunc("GET /events", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for {
			select {
			case part := <-next:
				_, _ = w.Write([]byte("event: run\ndata: " + part + "\n\n"))
				_ = http.NewResponseController(w).Flush()
			case <-r.Context().Done():
				return
			}
		}
	})
	server := httptest.NewServer(mux)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	if err := chromedp.Do(ctx, chromedp.Navigate(server.URL)); err != nil {
		t.Fatal(err)
	}
	step := func(n, rest string) string {
		return `<ol><li id="step-1"><button>Try now</button></li><li id="step-2"><b>` + n + `</b><details><summary>Calls</summary>x</details>` + rest + `</li></ol>`
	}
	next <- step("first", `<button>Try now</button>`)
	waitFor(t, ctx, "the part is there", `!!document.querySelector("#step-2 button")`)
	if err := chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](`document.querySelector("#step-2 details").open = true; document.querySelector("#step-2 button").focus()`)); err != nil {
		t.Fatal(err)
	}
	next <- step("second", `<button>Try now</button>`)
	waitFor(t, ctx, "the same control has the focus", `document.querySelector("#step-2 b").innerText === "second" && document.activeElement.matches("#step-2 button")`)
	waitFor(t, ctx, "what was unfolded stays so", `document.querySelector("#step-2 details").open`)
	next <- `<ol><li id="step-2"><b>third</b></li></ol>`
	waitFor(t, ctx, "the focus stays near by", `document.querySelector("#step-2 b").innerText === "third" && document.activeElement.id === "step-2"`)
}

// The tenant's search is one key away, but not from a field; the red button of
// a dialog waits for the name; ticks are counted.
func TestKeysDialogsAndTicks(t *testing.T) {
	ctx := browserTab(t)
	url := partsServer(t)
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(url)); err != nil {
		t.Fatal(err)
	}
	do := func(actions ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, actions...); err != nil {
			t.Fatal(err)
		}
	}
	do(chromedp.Evaluate[chromedp.Void](`document.activeElement.blur()`), chromedp.KeyEvent("/"))
	waitFor(t, ctx, "the search has the focus", `document.activeElement.id === "search-top"`)
	do(chromedp.Evaluate[chromedp.Void](`document.getElementById("f-normal").focus()`), chromedp.KeyEvent("/"))
	waitFor(t, ctx, "a field keeps the key", `document.activeElement.id === "f-normal" && document.activeElement.value.includes("/")`)

	waitFor(t, ctx, "the button waits and says why", `document.querySelector(".button-destroy[type=submit]").disabled && !document.getElementById("dialog-reason").hidden`)
	do(chromedp.Evaluate[chromedp.Void](`(() => { const f = document.getElementById("f-typed"); f.value = "Invoice helper"; f.dispatchEvent(new Event("input", {bubbles: true})) })()`))
	waitFor(t, ctx, "the button can be pressed", `!document.querySelector(".button-destroy[type=submit]").disabled && document.getElementById("dialog-reason").hidden`)

	waitFor(t, ctx, "one row is ticked", `document.querySelector(".bulk-count").innerText === "1 selected"`)
	do(chromedp.Evaluate[chromedp.Void](`document.querySelector(".bulk [type=reset]").form.querySelectorAll(".tick input:checked").forEach(e => e.click())`))
	waitFor(t, ctx, "the bar goes with the last tick", `document.querySelector(".bulk").hidden`)
}
