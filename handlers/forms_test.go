package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// TestEveryFormSaysWhatIsWrong sends each form back with faults: the summary
// takes the focus and links to the fields, each fault stands beside its field,
// the title is heard first, and nothing typed is lost but secrets.
func TestEveryFormSaysWhatIsWrong(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	b := p.makeBlueprint("Invoice helper", true)
	for _, tt := range []struct {
		name, path string
		form       url.Values
		faults     []string // ids of the fields
		kept       url.Values
	}{
		{
			"lab", "/tokens", p.labForm(url.Values{"scope": {"a\nb"}, "client_secret": {""}, "keep": {"on"}}),
			[]string{"f-scope", "f-client_secret"},
			url.Values{"keep": {"on"}},
		},
		{"lab, no agent", "/tokens", url.Values{"agent": {"x"}, "mode": {"none"}, "scope": {"typed scope"}, "client_secret": {"canary-secret"}}, []string{"f-agent", "f-mode"}, url.Values{"scope": {"typed scope"}}},
		{"inspector", "/tokens/inspect", url.Values{"token": {"not a token"}}, []string{"f-token"}, url.Values{"token": {"not a token"}}},
		{"inspector, nothing", "/tokens/inspect", url.Values{"token": {""}}, []string{"f-token"}, nil},
		{"comparison", "/tokens/compare", url.Values{"first": {"not a token"}, "second": {"nor this"}}, []string{"f-first", "f-second"}, url.Values{"first": {"not a token"}, "second": {"nor this"}}},
		{"settings", "/settings", url.Values{"theme": {"dark"}, "zone": {"Atlantis/Capital"}}, []string{"f-zone"}, url.Values{"theme": {"dark"}, "zone": {"Atlantis/Capital"}}},
		{
			"knobs", "/sandbox/knobs", p.wholeForm("/sandbox", "/sandbox/knobs", url.Values{"lag_grant": {"soon"}, "lag_principal": {"-5"}}),
			[]string{"f-lag_principal", "f-lag_grant"},
			url.Values{"lag_grant": {"soon"}, "lag_principal": {"-5"}},
		},
		{
			"fault", "/sandbox/faults",
			url.Values{"fault_kind": {"503"}, "fault_method": {"POST"}, "fault_path": {"no slash"}, "fault_caller": {"somebody"}, "fault_count": {"-1"}, "fault_retry": {"x"}},
			[]string{"f-fault_path", "f-fault_count", "f-fault_retry"},
			url.Values{"fault_kind": {"503"}, "fault_method": {"POST"}, "fault_path": {"no slash"}, "fault_caller": {"somebody"}, "fault_count": {"-1"}, "fault_retry": {"x"}},
		},
		{
			"clock", "/sandbox/clock",
			url.Values{"clock_amount": {"minus one"}, "clock_unit": {"3600"}, "clock_tokens": {"on"}},
			[]string{"f-clock_amount"},
			url.Values{"clock_amount": {"minus one"}, "clock_unit": {"3600"}, "clock_tokens": {"on"}},
		},
		{"reset", "/sandbox/reset", url.Values{"seed": {"large"}, "domain": {"other.example"}}, []string{"f-domain"}, url.Values{"seed": {"large"}, "domain": {"other.example"}}},
		{"a secret", "/blueprints/" + b.ID + "/secrets", url.Values{"life": {"9999"}, "keep_for_lab": {"on"}, "reason": {"typed reason"}}, []string{"f-life"}, url.Values{"reason": {"typed reason"}}},
	} {
		page := p.post(tt.path, tt.form)
		if page.status != http.StatusUnprocessableEntity || !strings.HasPrefix(page.text("title"), "Error: ") {
			t.Errorf("%s: %d, title %q: %s", tt.name, page.status, page.text("title"), page.text("main"))
			continue
		}
		checkSummary(t, tt.name, page, tt.faults)
		for field, want := range tt.kept {
			form := page.Find("[name='" + field + "']").Closest("form")
			if got := formFields(form).Get(field); got != want[0] {
				t.Errorf("%s: %s holds %q, typed was %q", tt.name, field, got, want[0])
			}
		}
		if strings.Contains(page.body, "canary-secret") {
			t.Errorf("%s: the secret came back", tt.name)
		}
	}
}

// wholeForm is a form of a page as it stands, but for some fields.
func (p *testPortal) wholeForm(path, action string, change url.Values) url.Values {
	p.t.Helper()
	form := formFields(p.get(path).Find("form[action='" + action + "']"))
	for name, values := range change {
		form[name] = values
	}
	return form
}

// checkSummary holds the summary of a form to the fields below it.
func checkSummary(t *testing.T, name string, page *answer, faults []string) {
	t.Helper()
	summary := page.Find("#error-summary[tabindex='-1'][autofocus]")
	if summary.Length() != 1 || len(faults) > 0 && summary.Find("li").Length() != len(faults) {
		t.Errorf("%s: %d summaries, with %s", name, summary.Length(), summary.Text())
	}
	for _, id := range faults {
		if summary.Find("a[href='#"+id+"']").Length() != 1 {
			t.Errorf("%s: no link to %s in %s", name, id, summary.Text())
		}
	}
	summary.Find("a").Each(func(_ int, a *goquery.Selection) {
		id := strings.TrimPrefix(a.AttrOr("href", ""), "#")
		field := page.Find("[id='" + id + "']")
		if field.Length() != 1 || !field.Is("input, select, textarea") {
			t.Errorf("%s: %s leads to no field", name, id)
			return
		}
		said := page.Find("[id='" + id + "-error']")
		if field.AttrOr("aria-invalid", "") != "true" || !strings.Contains(field.AttrOr("aria-describedby", ""), id+"-error") || said.Text() == "" {
			t.Errorf("%s: %s does not say what is wrong with it", name, id)
		}
		if field.Closest(".field-error").Length() != 1 {
			t.Errorf("%s: %s is not marked", name, id)
		}
	})
}
