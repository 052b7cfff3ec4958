package views

import (
	"strings"
	"testing"
)

func TestHiddenCharactersAreWrittenOut(t *testing.T) {
	const name, shown = "Pay\u202egnp.exe\u200b end", "Pay⟨U+202E⟩gnp.exe⟨U+200B⟩ end"
	for in, want := range map[string]string{
		"<p>" + name + "</p>":                                     "<p>" + shown + "</p>",
		"<title>" + name + "</title>":                             "<title>" + shown + "</title>",
		`<option value="` + name + `">` + name:                    `<option value="` + name + `">` + shown,
		`<optgroup label="` + name + `">`:                         `<optgroup label="` + shown + `">`,
		`<a href="/x" aria-label="` + name + `">`:                 `<a href="/x" aria-label="` + shown + `">`,
		`<button data-copy="` + name + `">`:                       `<button data-copy="` + name + `">`,
		"<textarea>" + name + "</textarea>" + name:                "<textarea>" + name + "</textarea>" + shown,
		"<p>a &lt; b</p>\n\t<b>عميل</b>":                          "<p>a &lt; b</p>\n\t<b>عميل</b>",
		"broken \xff and \u202e":                                  "broken \xff and ⟨U+202E⟩",
		"ends in a tag \u202e<p":                                  "ends in a tag ⟨U+202E⟩<p",
		`<input value="` + name + `" placeholder="` + name + `">`: `<input value="` + name + `" placeholder="` + shown + `">`,
	} {
		if got := string(visibleHTML([]byte(in))); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func TestLayoutWritesOutWhatAPageForgets(t *testing.T) {
	p := testPage()
	p.Title = "Two \u202eevil"
	doc := document(t, with(Layout(p), text("one\u2066two")))
	if got := doc.Find("title").Text(); !strings.HasPrefix(got, "Two ⟨U+202E⟩evil") {
		t.Errorf("title = %q", got)
	}
	if got := doc.Find("main").Text(); !strings.Contains(got, "one⟨U+2066⟩two") {
		t.Errorf("main = %q", got)
	}
}

func TestARunEventCarriesTheCountsOfTheNavigation(t *testing.T) {
	p := testPage()
	for _, group := range p.Nav {
		for i := range group.Items {
			if group.Items[i].Key == "runs" {
				group.Items[i].Count = "2 waiting"
			}
		}
	}
	page := document(t, Layout(p))
	event := document(t, RunEvent(p, RunData{Badge: "Waiting"}))
	counts := event.Find("[hx-swap-oob]")
	if counts.Length() != 2 {
		t.Fatalf("%d counts in the event, want one for each navigation", counts.Length())
	}
	for i := range counts.Nodes {
		at := page.Find("#" + counts.Eq(i).AttrOr("id", "none"))
		if at.Length() != 1 || at.Text() != "2 waiting" || counts.Eq(i).Text() != "2 waiting" {
			t.Errorf("count %d: the page has %q, the event %q", i, at.Text(), counts.Eq(i).Text())
		}
	}
}
