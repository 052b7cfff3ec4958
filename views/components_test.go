package views

import (
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
)

const hostile = `<script>alert(1)</script><img src=x onerror=alert(1)>"'&` + "`" + `$(x); javascript:alert(1)`

// Names, claims and messages come from strangers: wherever one stands, it is
// text.
func TestHostileTextStaysText(t *testing.T) {
	p := testPage()
	p.Title, p.Lead, p.Path = hostile, hostile, "/runs/"+hostile
	p.Tenant.Domain, p.User.Username, p.User.Role = hostile, hostile, hostile
	p.Crumbs = []Crumb{{hostile, "/x"}, {hostile, ""}}
	p.Nav[0].Items[0].Count = hostile
	doc := document(t, with(Layout(p), componentsPage(p, Sample{Text: hostile})))

	if n := doc.Find("script:not([src])").Length(); n != 0 {
		t.Errorf("%d inline scripts", n)
	}
	if n := doc.Find("img, iframe, [style], style").Length(); n != 0 {
		t.Errorf("%d elements that no template writes", n)
	}
	doc.Find("*").Each(func(_ int, s *goquery.Selection) {
		for _, a := range s.Nodes[0].Attr {
			if strings.HasPrefix(a.Key, "on") {
				t.Errorf("<%s> has the attribute %s", s.Nodes[0].Data, a.Key)
			}
		}
	})
	if got := doc.Find("h1").Text(); got != hostile {
		t.Errorf("h1 = %q, want the text as it was given", got)
	}
	if got := attr(t, doc, `input[name="name"]`, "value"); got != hostile {
		t.Errorf("value of a field = %q, want the text as it was given", got)
	}
}

func TestLinkRefusesForeignSchemes(t *testing.T) {
	for href, want := range map[string]string{
		"":                     "",
		"/audit?from=10:00":    "/audit?from=10:00",
		"#f-name":              "#f-name",
		"?q=a:b":               "?q=a:b",
		"https://example.com/": "https://example.com/",
		"javascript:alert(1)":  "about:invalid#TemplFailedSanitizationURL",
		"data:text/html,x":     "about:invalid#TemplFailedSanitizationURL",
	} {
		if got := string(link(href)); got != want {
			t.Errorf("link(%q) = %q, want %q", href, got, want)
		}
	}
}

func TestFieldNamesItsHintAndError(t *testing.T) {
	for name, tc := range map[string]struct {
		in                 Input
		describedBy, label string
		invalid            string
	}{
		"plain": {Input{Label: "Display name", Name: "name"}, "", "Display name", ""},
		"hint":  {Input{Label: "Scope", Name: "scope", Hint: "h"}, "f-scope-hint", "Scope", ""},
		"error": {Input{Label: "Scope", Name: "scope", Error: "e"}, "f-scope-error", "Scope", "true"},
		"both":  {Input{Label: "Scope", Name: "scope", Hint: "h", Error: "e"}, "f-scope-hint f-scope-error", "Scope", "true"},
	} {
		t.Run(name, func(t *testing.T) {
			doc := document(t, TextInput(tc.in))
			id := "f-" + tc.in.Name
			if got := attr(t, doc, "#"+id, "aria-describedby"); got != tc.describedBy {
				t.Errorf("aria-describedby = %q, want %q", got, tc.describedBy)
			}
			for part := range strings.FieldsSeq(tc.describedBy) {
				attr(t, doc, "#"+part, "id")
			}
			if got := attr(t, doc, "#"+id, "aria-invalid"); got != tc.invalid {
				t.Errorf("aria-invalid = %q, want %q", got, tc.invalid)
			}
			if got := strings.TrimSpace(doc.Find(`label[for="` + id + `"]`).Text()); got != tc.label {
				t.Errorf("label = %q, want %q", got, tc.label)
			}
		})
	}
}

func TestSecretInputForgetsWhatWasTyped(t *testing.T) {
	page := html(t, SecretInput(Input{Label: "Client secret", Name: "secret", Value: "s3cr3t-value", Error: "Wrong."}))
	if strings.Contains(page, "s3cr3t-value") {
		t.Error("a secret went back to the browser")
	}
}

func TestErrorSummaryLinksEachField(t *testing.T) {
	doc := document(t, ErrorSummary([]FieldError{{"f-name", "Write a name."}, {"f-count", "Write a number."}}))
	if got := doc.Find("h2").Text(); got != "2 fields need a change before you can go on" {
		t.Errorf("title = %q", got)
	}
	if got := attr(t, doc, `a:contains("Write a name.")`, "href"); got != "#f-name" {
		t.Errorf("link = %q, want #f-name", got)
	}
	if html(t, ErrorSummary(nil)) != "" {
		t.Error("a form without a fault has a summary")
	}
}

func TestIDIsWholeAndCopied(t *testing.T) {
	doc := document(t, ID(sampleID))
	if got := doc.Find("code").Text(); got != sampleID {
		t.Errorf("id reads %q, want %q", got, sampleID)
	}
	if n := doc.Find("code wbr").Length(); n != 4 {
		t.Errorf("%d places to break, want 4: after each hyphen", n)
	}
	if got := attr(t, doc, "button", "data-copy"); got != sampleID {
		t.Errorf("button copies %q, want the whole id", got)
	}
	if _, hidden := doc.Find("button").Attr("hidden"); !hidden {
		t.Error("the copy button shows without a script")
	}
}

func TestSelectGroupsAndChooses(t *testing.T) {
	doc := document(t, Select(Input{Label: "Agent identity", Name: "agent", Value: "b"}, []Option{
		{Value: "a", Label: "A", Group: "Invoice helper"}, {Value: "b", Label: "B", Group: "Invoice helper"}, {Value: "c", Label: "C", Group: "Ticket triage"},
	}))
	if n := doc.Find("optgroup").Length(); n != 2 {
		t.Errorf("%d groups, want 2", n)
	}
	if got := attr(t, doc, "option[selected]", "value"); got != "b" {
		t.Errorf("chosen = %q, want b", got)
	}
}

func TestHopCardStates(t *testing.T) {
	body := text("the request")
	for state, shows := range map[string]bool{"answered": true, "refused": true, "failed": true, "unreached": false} {
		doc := document(t, with(HopCard(HopView{Name: "T1", Sentence: "Blueprint asks for an exchange token", State: state}), body))
		heading := strings.Join(strings.Fields(doc.Find("h2").Text()), " ")
		if !strings.HasPrefix(heading, "T1 ") {
			t.Errorf("%s: heading = %q, want it to start with T1", state, heading)
		}
		if got := strings.Contains(doc.Text(), "the request"); got != shows {
			t.Errorf("%s: body shown = %v, want %v", state, got, shows)
		}
	}
	folded := document(t, with(HopCard(HopView{Name: "T2", State: "answered", Folded: true, Summary: "Request and answer"}), body))
	if folded.Find("details > summary").Length() != 1 {
		t.Error("a folded card has no summary to open it")
	}
}

func TestClaimSaysWhatIsMissing(t *testing.T) {
	doc := document(t, with(Claims("Claims of TR"), with(Claim(ClaimRow{Name: "roles", For: "Missing"}), text(""))))
	row := doc.Find("tr.claim-missing")
	if row.Length() != 1 || !strings.Contains(row.Text(), "absent") || !strings.Contains(row.Text(), "Missing") {
		t.Errorf("a missing claim reads %q, want absent and Missing", row.Text())
	}
}

func TestPaginationShowsEndsDisabled(t *testing.T) {
	doc := document(t, Pagination(Paging{Text: "1-50 of 212", NextHref: "/audit?after=5", PreviousLabel: "Newer", NextLabel: "Older"}))
	if got := attr(t, doc, `span:contains("Newer")`, "aria-disabled"); got != "true" {
		t.Errorf("the end of the list: aria-disabled = %q, want true", got)
	}
	if got := attr(t, doc, `a:contains("Older")`, "href"); got != "/audit?after=5" {
		t.Errorf("next = %q", got)
	}
}

func TestTableHeads(t *testing.T) {
	doc := document(t, with(Table(TableOf{Label: "Runs", Columns: []Column{{Title: "Name", SortHref: "/runs?sort=name", Sorted: "descending"}, {Title: "Act", Silent: true}}}), text("")))
	if got := attr(t, doc, "th[aria-sort]", "aria-sort"); got != "descending" {
		t.Errorf("aria-sort = %q", got)
	}
	if got := doc.Find("th .visually-hidden").Text(); got != "Act" {
		t.Errorf("silent head = %q, want Act", got)
	}
	if got := attr(t, doc, "[role=region]", "aria-label"); got != "Runs" {
		t.Errorf("name of the region = %q, want Runs", got)
	}
}

func TestStepsSayTheirStateInWords(t *testing.T) {
	doc := document(t, with(Steps(), with(Step(StepView{Number: 7, State: "waiting", Name: "Create agent identity", Status: "Attempt 4 of 12", Tone: ToneWait, Right: "next in 8 s"}), text(""))))
	words := strings.Join(strings.Fields(doc.Find("li.step-waiting").Text()), " ")
	for _, want := range []string{"Step 7:", "Create agent identity", "Attempt 4 of 12", "next in 8 s"} {
		if !strings.Contains(words, want) {
			t.Errorf("step reads %q, want %q in it", words, want)
		}
	}
}

func TestTimeShowsUTCThenZoneThenRelative(t *testing.T) {
	p := testPage()
	p.Zone = time.FixedZone("CET", 3600)
	got := strings.Join(strings.Fields(document(t, Time(p, testNow.Add(-18*time.Minute))).Text()), " ")
	if want := "21 Nov 2026 07:56:19 UTC 08:56 +01:00 18 minutes ago"; got != want {
		t.Errorf("time reads %q, want %q", got, want)
	}
	if got := document(t, Time(p, time.Time{})).Text(); got != "Never" {
		t.Errorf("no time reads %q, want Never", got)
	}
}

func TestCodeBreaksAfterItsSeparatorsOnly(t *testing.T) {
	for value, want := range map[string]string{
		"":              `<code class="path"></code>`,
		"POST":          `<code class="path">POST</code>`,
		"/a.b/":         `<code class="path">/<wbr>a.<wbr>b/</code>`,
		"<b>/&":         `<code class="path">&lt;b&gt;/<wbr>&amp;</code>`,
		"no separators": `<code class="path">no separators</code>`,
	} {
		if got := html(t, code("path", value, "/.")); got != want {
			t.Errorf("code(%q) = %s, want %s", value, got, want)
		}
	}
}
