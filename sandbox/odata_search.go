package sandbox

import (
	"fmt"
	"slices"
	"strings"
)

// parseSearch turns a $search clause into a predicate: "property:value" pieces in double quotes, joined
// by AND, OR (in capitals) and brackets. https://learn.microsoft.com/graph/search-query-parameter
func parseSearch(entity *entityType, clause string) (predicate, *graphError) {
	p := &searchParser{entity: entity, text: clause, rest: clause}
	match, fault := p.or()
	if fault != nil {
		return nil, fault
	}
	if strings.TrimSpace(p.rest) != "" {
		return nil, p.syntax()
	}
	return match, nil
}

type searchParser struct {
	entity *entityType
	text   string
	rest   string
	depth  int
}

func (p *searchParser) syntax() *graphError {
	at := len(p.text) - len(p.rest)
	return badRequest(fmt.Sprintf("Invalid search clause: Syntax error at position %d in '%s'.", at, clip(p.text)))
}

// take drops a word or mark from the front, if it is there.
func (p *searchParser) take(word string) bool {
	rest := strings.TrimLeft(p.rest, " ")
	if !strings.HasPrefix(rest, word) {
		return false
	}
	p.rest = rest[len(word):]
	return true
}

func (p *searchParser) or() (predicate, *graphError) {
	left, fault := p.and()
	for fault == nil && p.take("OR") {
		var right predicate
		a := left
		if right, fault = p.and(); fault == nil {
			left = func(st *state, o any) bool { return a(st, o) || right(st, o) }
		}
	}
	return left, fault
}

func (p *searchParser) and() (predicate, *graphError) {
	left, fault := p.term()
	for fault == nil && p.take("AND") {
		var right predicate
		a := left
		if right, fault = p.term(); fault == nil {
			left = func(st *state, o any) bool { return a(st, o) && right(st, o) }
		}
	}
	return left, fault
}

func (p *searchParser) term() (predicate, *graphError) {
	if p.depth++; p.depth > maxFilterDepth {
		return nil, badRequest("Invalid search clause: The recursion limit has been reached.")
	}
	defer func() { p.depth-- }()
	if p.take("(") {
		inner, fault := p.or()
		if fault != nil {
			return nil, fault
		}
		if !p.take(")") {
			return nil, p.syntax()
		}
		return inner, nil
	}
	piece, ok := p.quoted()
	if !ok {
		return nil, p.syntax()
	}
	return p.piece(piece)
}

// quoted reads a piece in double quotes; a backslash keeps the quote or backslash after it.
func (p *searchParser) quoted() (string, bool) {
	rest := strings.TrimLeft(p.rest, " ")
	if !strings.HasPrefix(rest, `"`) {
		return "", false
	}
	var b strings.Builder
	for i := 1; i < len(rest); i++ {
		switch {
		case rest[i] == '\\' && i+1 < len(rest):
			i++
			b.WriteByte(rest[i])
		case rest[i] == '"':
			p.rest = rest[i+1:]
			return b.String(), true
		default:
			b.WriteByte(rest[i])
		}
	}
	return "", false
}

// piece matches by the start of a word in names and descriptions, by the start of the whole value in
// other properties.
func (p *searchParser) piece(piece string) (predicate, *graphError) {
	name, value, ok := strings.Cut(piece, ":")
	if !ok {
		return nil, badRequest("Invalid search clause: a search term must have the form \"property:value\".")
	}
	prop, known := p.entity.property(strings.TrimSpace(name))
	if !known || prop.kind != propText {
		return nil, badRequest(fmt.Sprintf("Unsupported property '%s' in the search clause.", clip(name)))
	}
	want := searchWords(value)
	if len(want) == 0 {
		return nil, p.syntax()
	}
	if prop.name != "displayName" && prop.name != "description" {
		prefix := strings.ToLower(strings.TrimSpace(value))
		return func(st *state, o any) bool {
			have, _ := prop.get(st, o).(string)
			return strings.HasPrefix(strings.ToLower(have), prefix)
		}, nil
	}
	return func(st *state, o any) bool {
		have, _ := prop.get(st, o).(string)
		return wordsMatch(searchWords(have), want)
	}, nil
}

// wordsMatch tells whether each wanted word starts a word of the text.
func wordsMatch(have, want []string) bool {
	for _, w := range want {
		if !slices.ContainsFunc(have, func(h string) bool { return strings.HasPrefix(h, w) }) {
			return false
		}
	}
	return true
}

// searchWords cuts a text at everything that is neither letter nor digit, as the directory's index does.
func searchWords(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return r < '0' || r > '9' && r < 'a' || r > 'z' && r < 0x80
	})
}
