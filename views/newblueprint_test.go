package views

import (
	"strings"
	"testing"
)

func TestCallsBreakWhereTheyCanBeRead(t *testing.T) {
	for text, want := range map[string]string{
		"POST /v1.0/a":             "POST /<wbr>v1.<wbr>0/<wbr>a",
		"AgentIdentity.Create.All": "Agent<wbr>Identity.<wbr>Create.<wbr>All",
		"<b>&":                     "&lt;b&gt;&amp;",
	} {
		var out strings.Builder
		if err := callCode(text).Render(t.Context(), &out); err != nil {
			t.Fatal(err)
		}
		if got := out.String(); got != `<code class="path">`+want+`</code>` {
			t.Errorf("%q: %s", text, got)
		}
	}
}

func TestNoticeNamesAnEndOnlyWhenThereIsOne(t *testing.T) {
	n := RunNotice{}
	if got := giveUpWords(n); got != "." {
		t.Errorf("without an end: %q", got)
	}
	n.GiveUp = testNow
	if got := giveUpWords(n); !strings.Contains(got, "gives up at "+Clock(testNow)) {
		t.Errorf("with one: %q", got)
	}
}
