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
