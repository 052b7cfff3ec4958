package views

import (
	"strconv"
	"strings"

	"agentidportal/entra"
)

// comparePath is the page that lays two tokens side by side.
const comparePath = "/tokens/compare"

// TokenComparison is the page "/tokens/compare": two fields and, once both hold
// a token, how they differ.
type TokenComparison struct {
	First, Second CompareField
	// Half: another page has brought the first token, and the second is wanted.
	Half bool
	// Tokens are both as the inspector explains them; nil until both were read.
	Tokens *ComparedTokens
}

// CompareField is one of the two fields: what stands in it, and why that cannot
// be read. What holds a secret other than a token is never put back.
type CompareField struct{ Value, Fault, Fix string }

// ComparedTokens are two tokens and how they differ.
type ComparedTokens struct {
	First, Second InspectedToken
	entra.Comparison
}

func (c TokenComparison) input(name string) Input {
	field, label := c.First, "First token"
	if name == "second" {
		field, label = c.Second, "Second token"
	}
	in := Input{
		Label: label, Name: name, Value: field.Value, Mono: true, Rows: 6,
		Hint: "Raw, or any text that holds it, as the inspector reads it.",
	}
	if c.Half && name == "second" {
		in.Focus, in.Hint = true, "The first token is filled in. Paste the second: raw, or any text that holds it."
	}
	if field.Fault != "" {
		in.Error = field.Fault + " " + field.Fix
	}
	return in
}

func (c TokenComparison) errors() []FieldError {
	var list []FieldError
	for _, name := range []string{"first", "second"} {
		if in := c.input(name); in.Error != "" {
			list = append(list, FieldError{Field: in.id(), Text: in.Label + ": " + in.Error})
		}
	}
	return list
}

// verdict is the answer of the page in a sentence, with its counts.
func (t ComparedTokens) verdict() (tone Tone, title, counts string) {
	switch {
	case t.Identical:
		return ToneOK, "Both are one and the same token", "Every claim is the same."
	case !t.Readable:
		return ToneWarn, "Only the headers can be compared", "The claims of " + t.unreadable() + " cannot be read here."
	}
	changed, first, second := t.count(entra.DiffersValue), t.count(entra.DiffersFirst), t.count(entra.DiffersSecond)
	counts = strings.Join([]string{
		strconv.Itoa(changed) + " changed", strconv.Itoa(first) + " only in the first", strconv.Itoa(second) + " only in the second", strconv.Itoa(t.count(entra.DiffersNot)) + " the same",
	}, ", ") + "."
	differ := changed + first + second
	if differ == 0 {
		return ToneOK, "All claims are the same", counts + " Only the headers or the signatures differ."
	}
	return ToneInfo, differWords(differ) + ", " + decideWords(t.deciding()), counts
}

func differWords(n int) string {
	if n == 1 {
		return "1 claim differs"
	}
	return Count(n) + " claims differ"
}

func decideWords(n int) string {
	switch n {
	case 0:
		return "none of them decides"
	case 1:
		return "1 of them decides"
	}
	return strconv.Itoa(n) + " of them decide"
}

func (t ComparedTokens) count(how entra.Differs) int { return entra.CountDiffers(t.Claims, how) }

// deciding counts the differences in claims that decide who acts, for whom, where.
func (t ComparedTokens) deciding() int {
	n := 0
	for _, d := range t.Claims {
		if d.Deciding && d.How != entra.DiffersNot {
			n++
		}
	}
	return n
}

func (t ComparedTokens) unreadable() string {
	one := t.First.JWT.Encrypted || t.First.JWT.Damaged
	other := t.Second.JWT.Encrypted || t.Second.JWT.Damaged
	switch {
	case one && other:
		return "both"
	case one:
		return "the first"
	}
	return "the second"
}

// proven says what the words of both are worth.
func (t ComparedTokens) proven() string {
	one, other := t.First.Standing.Genuine(), t.Second.Standing.Genuine()
	switch {
	case one && other:
		return "both signed by this tenant"
	case one:
		return "what the second says is not proven"
	case other:
		return "what the first says is not proven"
	}
	return "what they say is not proven"
}

// differing divides a list in what differs and what does not; what differs
// stands first in it.
func differing(list []entra.Difference) (differ, same []entra.Difference) {
	for i, d := range list {
		if d.How == entra.DiffersNot {
			return list[:i], list[i:]
		}
	}
	return list, nil
}

// differsWords is how a claim differs, with its tone.
func differsWords(how entra.Differs) (Tone, string) {
	switch how {
	case entra.DiffersFirst:
		return ToneWarn, "Only in the first"
	case entra.DiffersSecond:
		return ToneWarn, "Only in the second"
	case entra.DiffersValue:
		return ToneInfo, "Changed"
	}
	return ToneMuted, "The same"
}

// anchorHref is the place of a claim or a header parameter in the dictionary.
func anchorHref(name string, header bool) string {
	if header {
		return headerHref(name)
	}
	return claimHref(name)
}

func differenceColumns(header bool) []Column {
	first := "Claim"
	if header {
		first = "Parameter"
	}
	return []Column{{Title: first}, {Title: "First"}, {Title: "Second"}, {Title: "What differs"}}
}

// timeOf is a time of a token by its claim; nil where it has none.
func (t InspectedToken) timeOf(claim string) *entra.TimeNote {
	for i := range t.Times {
		if t.Times[i].Claim == claim {
			return &t.Times[i]
		}
	}
	return nil
}

func orNotTold(text string) string {
	if text == "" {
		return "Not told"
	}
	return text
}

func sameWords(n int, thing string) string {
	if n == 1 {
		return "1 " + thing + " is the same"
	}
	return plural(n, thing) + " are the same"
}
