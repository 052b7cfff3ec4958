package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"agentidportal/entra"
)

// labFailure is one way in which a mode fails, and what the page has to say of
// it. Words in braces are the objects of labWorld.
type labFailure struct {
	mode entra.ModeName
	name string
	form []string // pairs of field and value, over a form that works
	// bend makes the world wrong for this row; what it returns mends it.
	bend func(w *labWorld) (mend func())
	// try is how the row is tried, where that is more than to send the form.
	try func(w *labWorld) *answer

	at   string // the hop that is refused, or the field that is at fault
	code string // AADSTS, empty where there is none
	says string // the right cause
	fix  string // the address, or the field of the form, where it is mended
	to   string // the heading of that page
	// press is the filled button, where it is not the way of fix.
	press string
}

// hop says whether a hop is refused, and not a field at fault.
func (f labFailure) hop() bool { return f.at == "device" || strings.HasPrefix(f.at, "T") }

// TestEveryFailureOfTheLab walks through every mode and what goes wrong in it:
// the page names the right cause, leads to where it is mended, and repeats no
// secret.
func TestEveryFailureOfTheLab(t *testing.T) {
	w := newLabWorld(t)
	var rows []labFailure
	for _, some := range [][]labFailure{autonomousFailures(), onBehalfOfFailures(), agentUserFailures(), crossTenantFailures(), blueprintFailures(), applicationFailures(), personFailures()} {
		rows = append(rows, some...)
	}
	modes := map[entra.ModeName]int{}
	for _, row := range rows {
		modes[row.mode]++
		t.Run(string(row.mode)+", "+row.name, func(t *testing.T) {
			w.t = t
			w.fails(row)
		})
	}
	w.t = t
	if len(rows) < 75 || len(modes) != 10 {
		t.Errorf("%d rows, %d modes: %v", len(rows), len(modes), modes)
	}
	if log := w.log.String(); strings.Contains(log, "canary") || strings.Contains(log, w.names["seed.secret"]) {
		t.Error("a secret stands in the log")
	}
}

// fails tries a row and looks at the page.
func (w *labWorld) fails(row labFailure) {
	w.t.Helper()
	if row.bend != nil {
		defer row.bend(w)()
	}
	sent := w.form(row.mode, row.form...)
	var page *answer
	if row.try != nil {
		page = row.try(w)
	} else {
		page = w.post("/tokens", sent)
	}
	if row.hop() {
		w.checkHop(row, page)
	} else {
		w.checkField(row, page)
	}
	for _, field := range []string{"client_secret", "certificate", "assertion", "refresh_token", "password", "user_token"} {
		// A user token that was sent along is Tc, and shown as such.
		if value := sent.Get(field); value != "" && strings.Contains(page.body, value) && (field != "user_token" || !row.hop()) {
			w.t.Errorf("the page repeats %s", field)
		}
	}
}

// fact is what stands beside a label in a card.
func fact(card *goquery.Selection, label string) *goquery.Selection {
	return card.Find(".fact").FilterFunction(func(_ int, s *goquery.Selection) bool { return s.Find("dt").Text() == label }).Find("dd")
}

func (w *labWorld) checkHop(row labFailure, page *answer) {
	w.t.Helper()
	card := page.Find(".hop-refused, .hop-failed").First()
	if page.status != http.StatusOK || card.Find(".hop-name").Text() != row.at {
		w.t.Fatalf("status %d, %q, at %q: %s", page.status, page.text("#verdict"), card.Find(".hop-name").Text(), page.text("#error-summary"))
	}
	said, link := fact(card, "What it means here").Text(), fact(card, "What to do").Find("a")
	if row.code == "" {
		said, link = card.Find(".hop-column").Last().Text(), card.Find(".hop-column").Last().Find("a")
	} else if code := card.Find("a[href='/help/codes#AADSTS" + row.code + "']"); code.Length() != 1 {
		w.t.Errorf("the code is %q", fact(card, "Code").Text())
	}
	if !strings.Contains(said, w.read(row.says)) {
		w.t.Errorf("it says %q", said)
	}
	if link.Length() != 1 {
		w.t.Fatalf("%d ways to mend it", link.Length())
	}
	href := link.AttrOr("href", "")
	w.checkFix(row, page, href)
	if page.Find(".verdict a").FilterFunction(func(_ int, s *goquery.Selection) bool { return s.AttrOr("href", "") == href }).Length() != 1 {
		w.t.Errorf("the verdict does not lead to %s", href)
	}
	w.checkFirst(row, page, href)
	if meaning, _, _ := strings.Cut(said, ". "); row.code != "" && !strings.EqualFold(strings.SplitN(page.text("#verdict"), ": ", 2)[1], strings.Split(strings.TrimSuffix(meaning, "."), ": ")[0]) {
		w.t.Errorf("the verdict is %q, the meaning %q", page.text("#verdict"), said)
	}
}

// checkFirst looks at the filled button of the verdict: it comes first, is the
// only one, and is what mends the refusal.
func (w *labWorld) checkFirst(row labFailure, page *answer, fix string) {
	w.t.Helper()
	all := page.Find(".verdict .actions a")
	first := all.First()
	if !first.HasClass("button-primary") || all.Filter(".button-primary").Length() != 1 {
		w.t.Errorf("the filled button is not the first, or not the only one: %q", all.Text())
	}
	if words := strings.TrimSpace(first.Text()); row.press != "" && words != row.press {
		w.t.Errorf("the filled button is %q, want %q", words, row.press)
	}
	if href := first.AttrOr("href", ""); row.press == "" && href != fix {
		w.t.Errorf("the filled button leads to %s, the refusal is mended at %s", href, fix)
	} else if row.press == anotherSecret && !strings.HasSuffix(href, "#f-client_secret") {
		w.t.Errorf("the filled button leads to %s", href)
	}
}

// anotherSecret are the button where another secret is the likely remedy.
const anotherSecret = "Type another secret"

func (w *labWorld) checkField(row labFailure, page *answer) {
	w.t.Helper()
	summary := page.Find("#error-summary a[href='#f-" + row.at + "']")
	if page.status != http.StatusUnprocessableEntity || summary.Length() != 1 || page.Find("#f-"+row.at).Length() != 1 {
		w.t.Fatalf("status %d, %q: %s", page.status, page.text("#verdict"), page.text("#error-summary"))
	}
	if !strings.Contains(summary.Text(), w.read(row.says)) || row.code != "" && !strings.Contains(summary.Text(), "AADSTS"+row.code) {
		w.t.Errorf("it says %q", summary.Text())
	}
	if row.fix == "" {
		return // the field itself
	}
	var found bool
	for _, link := range page.Find("main form a").EachIter() {
		if w.leads(row.fix, link.AttrOr("href", "")) {
			found = true
			w.checkFix(row, page, link.AttrOr("href", ""))
			break
		}
	}
	if !found {
		w.t.Errorf("no way to %s", w.read(row.fix))
	}
}

// leads compares an address with the one that a row wants: its path, its
// fragment, and the fields that the row names.
func (w *labWorld) leads(want, href string) bool {
	if strings.HasPrefix(want, "#") {
		want = "/tokens" + want
	}
	wanted, err := url.Parse(w.read(want))
	if err != nil {
		w.t.Fatal(err)
	}
	got, err := url.Parse(href)
	if err != nil || got.Path != wanted.Path || got.Fragment != wanted.Fragment {
		return false
	}
	for name, values := range wanted.Query() {
		if got.Query().Get(name) != values[0] {
			return false
		}
	}
	return true
}

// checkFix follows the way that mends a row.
func (w *labWorld) checkFix(row labFailure, page *answer, href string) {
	w.t.Helper()
	if strings.HasPrefix(href, "#") {
		if href != row.fix || page.Find(href).Length() != 1 {
			w.t.Errorf("it is mended at %s, want %s", href, row.fix)
		}
		return
	}
	if !w.leads(row.fix, href) {
		w.t.Errorf("it is mended at %s, want %s", href, w.read(row.fix))
		return
	}
	there := w.get(href)
	if there.status != http.StatusOK {
		w.t.Errorf("%s answers %d: %s", href, there.status, there.text("main"))
	}
	if field, in := strings.CutPrefix(row.fix, "#"); in && (there.Find("#"+field).Length() != 1 || there.Find("#f-mode option[selected]").AttrOr("value", "") != string(row.mode)) {
		w.t.Errorf("%s has no field %s, or is the form of another mode", href, field)
	}
	if row.to != "" && there.text("h1") != w.read(row.to) {
		w.t.Errorf("%s leads to %q, want %q", href, there.text("h1"), row.to)
	}
}
