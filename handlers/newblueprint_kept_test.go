package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestFormTooLargeToKeepIsNotOfferedAgain: the session ends under a form that
// the page of the refusal cannot hold; the saved draft stays as it was.
func TestFormTooLargeToKeepIsNotOfferedAgain(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	page := p.walkTo("agents", nil)
	page = p.pressing(page, "show", url.Values{"names": {"North\nSouth"}})
	form := formFields(page.Find("#f-count").Closest("form"))
	form.Set("act", "continue")
	form.Set("names", strings.Repeat(strings.Repeat("ä", 250)+"\n", 240))
	browser := p.browser
	p.newBrowser()
	lost := p.post(page.url.Path, form)
	if lost.status != http.StatusUnauthorized || lost.Find("button").FilterFunction(byText("Send again")).Length() != 0 {
		t.Errorf("%d %s", lost.status, lost.text("main"))
	}
	if said := lost.text("main"); !strings.Contains(said, "The form was not kept") || strings.Contains(said, "keeps what you typed") {
		t.Errorf("the page says %s", said)
	}
	p.browser = browser
	if empty := p.post(page.url.Path, url.Values{}); empty.status != http.StatusBadRequest {
		t.Errorf("a form without fields answers %d", empty.status)
	}
	if kept := p.get(page.url.Path); kept.Find("#f-names").Text() != "North\nSouth" || kept.Find("#f-count").AttrOr("value", "") == "" {
		t.Errorf("the draft holds %q", kept.Find("#f-names").Text())
	}
}

// TestStepIsSavedWhateverTheButton: an act that this page does not know loses
// nothing that was typed.
func TestStepIsSavedWhateverTheButton(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	path := stepPath(draftOf(p.walkTo("people", nil)), "basics")
	refused := p.pressing(p.get(path), "nonsense", url.Values{"display_name": {"Typed with love"}})
	if refused.status != http.StatusBadRequest || !strings.Contains(refused.text("main"), "What was typed is saved") {
		t.Errorf("%d %s", refused.status, refused.text("main"))
	}
	if kept := p.get(path).Find("#f-display_name").AttrOr("value", ""); kept != "Typed with love" {
		t.Errorf("the draft holds %q", kept)
	}
}

// TestSearchForPeopleTakesNoSecret: the words of a search go into an address,
// and a secret never does, whichever button is pressed.
func TestSearchForPeopleTakesNoSecret(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	page := p.walkTo("people", nil)
	for what, words := range map[string]string{"secret": "abc8Q~0123456789012345678901234567890abcd", "token": unsigned(`{"alg":"RS256"}`, `{"aud":"x"}`)} {
		for _, act := range []string{"find:owners", "find:sponsors", "continue", "enter", "remove:sponsors:nobody"} {
			refused := p.pressing(page, act, url.Values{"find_owners": {words}, "find_sponsors": {"Amara"}})
			if refused.status != http.StatusUnprocessableEntity || refused.url.RawQuery != "" || strings.Contains(refused.body, words) {
				t.Errorf("%s, %s: %d at %s", what, act, refused.status, refused.url)
			}
			if link := refused.Find("#error-summary a[href='#f-owners']"); !strings.Contains(link.Text(), "looks like a "+what) || refused.Find("#f-owners[aria-invalid=true]").Length() != 1 {
				t.Errorf("%s, %s: %s", what, act, refused.text("#error-summary"))
			}
			if got := refused.Find("#f-sponsors").AttrOr("value", ""); got != "Amara" {
				t.Errorf("%s, %s: the other search holds %q", what, act, got)
			}
		}
	}
}

// TestAddressWithASecretIsNotSearched: the words of a link that somebody wrote
// by hand are held to the same rule as those of the form.
func TestAddressWithASecretIsNotSearched(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	path := p.walkTo("people", nil).url.Path
	for what, words := range map[string]string{"secret": "abc8Q~0123456789012345678901234567890abcd", "token": unsigned(`{"alg":"RS256"}`, `{"aud":"x"}`)} {
		for _, query := range []url.Values{
			{"find": {"owners"}, "q": {words}},
			{"find": {"owners"}, "q": {"\x00" + words}},
			{"find": {"owners"}, "q": {words}, "left": {"1"}},
			{"find_owners": {words}},
			{"find": {"owners"}, "q": {"Amara"}, "find_owners": {words}},
		} {
			page := p.get(path + "?" + query.Encode())
			if page.status != http.StatusUnprocessableEntity || strings.Contains(page.body, words) || page.Find("button[value^='add:owners:']").Length() != 0 {
				t.Errorf("%s: %v answers %d", what, query, page.status)
			}
			if link := page.Find("#error-summary a[href='#f-owners']"); !strings.Contains(link.Text(), "looks like a "+what) {
				t.Errorf("%s: %v: %s", what, query, page.text("#error-summary"))
			}
		}
	}
	if res := p.get(p.tenant + "/_sandbox/journal"); strings.Contains(res.body, "/v1.0/users\"") || strings.Contains(res.body, "/v1.0/groups\"") {
		t.Errorf("Graph was asked for people: %s", res.body)
	}
}

// TestEveryDraftIsReached: however many there are, each is counted, found by
// search and listed on a page of all.
func TestEveryDraftIsReached(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	for i := range maxDrafts + 2 {
		p.putDraft(fmt.Sprintf("0f3c9a52-7d41-4be8-9c06-51a8e2d7b6%02d", i), map[string]any{"displayName": fmt.Sprintf("Draft no %d.", i)})
	}
	first := p.get("/blueprints/new")
	if n := first.Find(".attention-item").Length(); n != maxDrafts || !strings.Contains(first.text("main"), "22 drafts, seen by you alone") {
		t.Errorf("%d drafts are listed: %s", n, first.text("section"))
	}
	all := p.get(first.Find("a").FilterFunction(byText("Show all 22 drafts")).AttrOr("href", "/none"))
	if all.Find(".attention-item").Length() != maxDrafts+2 || all.Find("a[href$='00/discard']").Length() != 1 {
		t.Errorf("all drafts: %d, %s", all.Find(".attention-item").Length(), all.text(".attention-title"))
	}
	for path, selector := range map[string]string{"/": ".attention", "/blueprints": "#own-drafts"} {
		if got := p.get(path).text(selector); !strings.Contains(got, "22 drafts") {
			t.Errorf("%s counts %q", path, got)
		}
	}
	found := p.get("/search?q=" + url.QueryEscape("Draft no 0.")) // the only hit, which search leads to
	if got := found.Find("#f-display_name").AttrOr("value", ""); got != "Draft no 0." {
		t.Errorf("search leads to %s: %s", found.url, found.text("main"))
	}
}
