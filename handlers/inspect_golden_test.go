package handlers

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"agentidportal/web"
)

var updateGolden = flag.Bool("update", false, "write the golden files anew")

// publishedTokens are real tokens that were published, with a header where none
// was, as text to paste.
func publishedTokens(t *testing.T) []string {
	t.Helper()
	data, err := os.ReadFile("../entra/testdata/tokens.json")
	if err != nil {
		t.Fatal(err)
	}
	var tokens []struct{ Header, Claims json.RawMessage }
	if err := json.Unmarshal(data, &tokens); err != nil {
		t.Fatal(err)
	}
	pasted := make([]string, len(tokens))
	for i, token := range tokens {
		if string(token.Header) == "null" {
			token.Header = json.RawMessage(`{"typ":"JWT","alg":"RS256","kid":"k"}`)
		}
		pasted[i] = unsigned(string(token.Header), string(token.Claims))
	}
	return pasted
}

// The published tokens through the inspector's page, to the last word: each claim
// explained, the path in sub taken apart, what kind each is and who acts.
func TestInspectorOfPublishedTokensIsGolden(t *testing.T) {
	now := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	p := newTestPortal(t, func(_ *web.Options, h *Handlers) { h.Now = func() time.Time { return now } })
	tokens := publishedTokens(t)
	if len(tokens) != 4 {
		t.Fatalf("%d tokens", len(tokens))
	}
	for i, token := range tokens {
		got := plainText(p.inspectToken(token).Find("main"))
		if strings.Contains(got, "Not described") {
			t.Errorf("token %d has a claim that is not explained", i+1)
		}
		compareGolden(t, "inspect-published-"+strconv.Itoa(i+1)+".txt", got)
	}
	compareGolden(t, "compare-published-1-2.txt", plainText(p.compareTokens(tokens[0], tokens[1]).Find("main")))
}

// compareGolden holds a text against a file of testdata, or writes that anew.
func compareGolden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *updateGolden {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (go test ./handlers -run Golden -update writes it anew):\n%s", name, diff)
	}
}

// plainText is what a page says, line by line: headings, notices, facts, and the
// rows of tables with a bar between their cells.
func plainText(main *goquery.Selection) string {
	var lines []string
	add := func(parts ...string) {
		if line := strings.TrimSpace(strings.Join(parts, "")); line != "" {
			lines = append(lines, line)
		}
	}
	words := func(s *goquery.Selection) string { return strings.Join(strings.Fields(s.Text()), " ") }
	main.Find("h1, h2, .section-state, .section-note, .verdict-words p, .notice-title, .notice-body > p:not(.notice-title), .fact, .prose-list li, summary, tr").Each(func(_ int, s *goquery.Selection) {
		switch {
		case s.Is("h1, h2"):
			add("\n# ", words(s))
			lines[len(lines)-1] = "\n# " + words(s)
		case s.Is(".fact"):
			add(words(s.Find("dt")), ": ", words(s.Find("dd")))
		case s.Is("tr"):
			var cells []string
			s.Find("th, td").Each(func(_ int, cell *goquery.Selection) { cells = append(cells, words(cell)) })
			add(strings.Join(cells, " | "))
		case s.Is("summary"):
			add("> ", words(s))
		case s.Is(".prose-list li"):
			add("- ", words(s))
		default:
			add(words(s))
		}
	})
	return strings.TrimSpace(strings.Join(lines, "\n")) + "\n"
}
