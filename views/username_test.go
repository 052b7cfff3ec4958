package views

import (
	"strings"
	"testing"
)

func TestUserNameBreaksAfterItsSignsOnly(t *testing.T) {
	for name, want := range map[string]string{
		"agent-admin@sandbox.example":      `<span class="nowrap">agent-admin@</span><wbr><span class="nowrap">sandbox.</span><wbr><span class="nowrap">example</span>`,
		"a.b@c, name erased":               `<span class="nowrap">a.</span><wbr><span class="nowrap">b@</span><wbr><span class="nowrap">c,</span> name erased`,
		"The portal":                       "The portal",
		"<b>@x":                            `<span class="nowrap">&lt;b&gt;@</span><wbr><span class="nowrap">x</span>`,
		"Person 11111111-2222 <script> v.": "Person 11111111-2222 &lt;script&gt; v.",
		"":                                 "",
	} {
		var b strings.Builder
		if err := UserName(name).Render(t.Context(), &b); err != nil || b.String() != want {
			t.Errorf("%q becomes %s (%v), want %s", name, b.String(), err, want)
		}
	}
}

func TestTitleBadgeHasNoEmptyID(t *testing.T) {
	var b strings.Builder
	if err := TitleRow(Page{Title: "x"}, Title{Badge: "200"}).Render(t.Context(), &b); err != nil || strings.Contains(b.String(), `id=""`) {
		t.Errorf("%v: %s", err, b.String())
	}
}
