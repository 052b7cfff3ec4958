package graph_test

import (
	"testing"

	"agentidportal/entra/graph"
)

func TestHiddenCharacters(t *testing.T) {
	for _, r := range "\x00\x1b\x7f\u0085\u00ad\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e" +
		"\u2060\u2066\u2067\u2068\u2069\ufeff\U000e0041" {
		if !graph.Hidden(r) {
			t.Errorf("%U turns or hides text and counts as seen", r)
		}
	}
	for _, r := range "aÄ عن日\t\n\r\u00a0\u0600😀\ufe0f⟨" {
		if graph.Hidden(r) {
			t.Errorf("%U counts as hidden", r)
		}
	}
}
