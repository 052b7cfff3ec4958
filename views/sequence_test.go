package views

import (
	"strings"
	"testing"
)

func TestSequenceBars(t *testing.T) {
	for name, tc := range map[string]struct {
		row  SequenceRow
		want int
	}{
		"nothing":       {SequenceRow{}, 2},
		"half":          {SequenceRow{Share: 0.5}, 110},
		"all":           {SequenceRow{Share: 1}, 220},
		"more than all": {SequenceRow{Share: 7}, 220},
		"to the API":    {SequenceRow{Share: 1, ToAPI: true}, 87},
	} {
		if got := tc.row.bar(); got != tc.want {
			t.Errorf("%s: bar = %d, want %d", name, got, tc.want)
		}
	}
}

func TestSequenceSaysTheSameAsAList(t *testing.T) {
	view := SequenceView{Summary: "The blueprint was refused.", Rows: []SequenceRow{
		{Mark: "blueprint", Name: "Invoice helper", Hop: "T1", Ask: "secret", Result: "401, AADSTS7000215", State: "refused", Took: "88 ms"},
		{Mark: "agentIdentity", Name: "Invoice helper 01", Hop: "TR", Ask: "T1 as assertion", Result: "not reached", State: "unreached"},
	}}
	doc := document(t, Sequence(view))
	if got := attr(t, doc, "svg[role=img]", "aria-label"); got != view.Summary {
		t.Errorf("the drawing says %q, want %q", got, view.Summary)
	}
	for i, row := range view.Rows {
		item := doc.Find(".sequence-list li").Eq(i).Text()
		for _, want := range []string{row.Hop, row.Name, row.Ask, row.Result} {
			if !strings.Contains(item, want) {
				t.Errorf("row %d of the list reads %q, want %q in it", i, item, want)
			}
			if !strings.Contains(doc.Find("svg").First().Text(), want) {
				t.Errorf("row %d of the drawing lacks %q", i, want)
			}
		}
	}
	if n := doc.Find("svg text.bad").Length(); n == 0 {
		t.Error("a refusal is drawn like an answer")
	}
}

func TestSequenceDrawsAnAnswerOnlyWhereOneCame(t *testing.T) {
	for state, want := range map[string]int{"answered": 2, "refused": 2, "failed": 1, "unreached": 1} {
		doc := document(t, Sequence(SequenceView{Rows: []SequenceRow{{Mark: "blueprint", Hop: "T1", Result: "what came", State: state}}}))
		if lines, heads := doc.Find("svg line.ask").Length(), doc.Find("svg path.head").Length(); lines != want || heads != want {
			t.Errorf("%s: %d lines, %d heads, want %d", state, lines, heads, want)
		}
		if !strings.Contains(doc.Find("svg").First().Text(), "what came") {
			t.Errorf("%s: its result is not said", state)
		}
	}
}
