package sandbox

import (
	"fmt"
	"slices"
	"strings"
)

// predicate is a parsed $filter or $search clause: it tells whether an object of the tenant matches.
type predicate func(st *state, o any) bool

// maxFilterDepth bounds nesting; Graph refuses far less deep expressions.
const maxFilterDepth = 50

// filter is a parsed $filter clause. advanced names the operator that needs
// ConsistencyLevel: eventual and $count=true, or is empty.
type filter struct {
	match    predicate
	advanced string
}

// filterParser is a recursive descent over the tokens of one $filter.
// https://learn.microsoft.com/graph/aad-advanced-queries
type filterParser struct {
	entity   *entityType
	text     string
	tokens   []token
	at       int
	depth    int
	variable string // the lambda's variable while inside any()
	advanced string
}

// parseFilter turns a $filter clause on an entity type into a predicate, or
// says in Graph's words why it cannot.
func parseFilter(entity *entityType, text string) (*filter, *graphError) {
	tokens, err := lexOData(text)
	if err != nil {
		return nil, badRequest("Invalid filter clause: " + err.Error())
	}
	p := &filterParser{entity: entity, text: text, tokens: tokens}
	match, fault := p.or()
	if fault != nil {
		return nil, fault
	}
	if p.peek().kind != tokenEnd {
		return nil, p.syntax()
	}
	return &filter{match: match, advanced: p.advanced}, nil
}

func (p *filterParser) peek() token { return p.tokens[p.at] }

func (p *filterParser) next() token {
	t := p.tokens[p.at]
	if t.kind != tokenEnd {
		p.at++
	}
	return t
}

func (p *filterParser) syntax() *graphError {
	return badRequest(fmt.Sprintf("Invalid filter clause: Syntax error at position %d in '%s'.", p.peek().pos, clip(p.text)))
}

func (p *filterParser) expect(mark string) *graphError {
	if !p.peek().isMark(mark) {
		return p.syntax()
	}
	p.next()
	return nil
}

// or binds loosest, then and, then not: the functions call each other in that order, so precedence
// needs no table.
// https://docs.oasis-open.org/odata/odata/v4.01/odata-v4.01-part2-url-conventions.html#sec_OperatorPrecedence
func (p *filterParser) or() (predicate, *graphError) {
	left, fault := p.and()
	for fault == nil && p.peek().isWord("or") {
		p.next()
		var right predicate
		a := left
		if right, fault = p.and(); fault == nil {
			left = func(st *state, o any) bool { return a(st, o) || right(st, o) }
		}
	}
	return left, fault
}

func (p *filterParser) and() (predicate, *graphError) {
	left, fault := p.term()
	for fault == nil && p.peek().isWord("and") {
		p.next()
		var right predicate
		a := left
		if right, fault = p.term(); fault == nil {
			left = func(st *state, o any) bool { return a(st, o) && right(st, o) }
		}
	}
	return left, fault
}

// term reads not, a group, a function or a comparison. All nesting passes
// through here, so the depth is counted here.
func (p *filterParser) term() (predicate, *graphError) {
	if p.depth++; p.depth > maxFilterDepth {
		return nil, badRequest("Invalid filter clause: The recursion limit has been reached.")
	}
	defer func() { p.depth-- }()
	switch t := p.peek(); {
	case t.isWord("not"):
		p.next()
		// An index finds what has a value, not what lacks it; Graph keeps that to its second engine.
		p.advanced = "Not"
		inner, fault := p.term()
		if fault != nil {
			return nil, fault
		}
		return func(st *state, o any) bool { return !inner(st, o) }, nil
	case t.isMark("("):
		p.next()
		inner, fault := p.or()
		if fault != nil {
			return nil, fault
		}
		return inner, p.expect(")")
	case t.kind == tokenWord && p.tokens[p.at+1].isMark("("):
		return p.function()
	case t.kind == tokenWord:
		return p.comparison()
	}
	return nil, p.syntax()
}

// function reads startswith(property,'text') and its kin.
func (p *filterParser) function() (predicate, *graphError) {
	name := strings.ToLower(p.next().text)
	p.next()
	prop, fault := p.property()
	if fault != nil {
		return nil, fault
	}
	if fault := p.expect(","); fault != nil {
		return nil, fault
	}
	want := p.next()
	if want.kind != tokenText {
		return nil, badRequest(fmt.Sprintf("Invalid filter clause: No function signature for the function with name '%s' matches the specified arguments.", printable(name)))
	}
	if fault := p.expect(")"); fault != nil {
		return nil, fault
	}
	return p.textFunction(name, prop, strings.ToLower(want.text))
}

func (p *filterParser) textFunction(name string, prop property, want string) (predicate, *graphError) {
	var test func(s, part string) bool
	switch name {
	case "startswith":
		test = strings.HasPrefix
	case "endswith":
		test, p.advanced = strings.HasSuffix, "endsWith"
	case "contains":
		return nil, unsupportedFilter(p.entity, prop.name)
	default:
		return nil, badRequest(fmt.Sprintf("Invalid filter clause: An unknown function with name '%s' was found.", printable(name)))
	}
	if prop.kind != propText && prop.kind != propTexts || name == "endswith" && !slices.Contains([]string{"mail", "userPrincipalName"}, prop.name) {
		return nil, unsupportedFilter(p.entity, prop.name)
	}
	return anyText(prop, func(s string) bool { return test(strings.ToLower(s), want) }), nil
}

// property reads a property path; a type cast before the name is dropped.
func (p *filterParser) property() (property, *graphError) {
	t := p.peek()
	if t.kind != tokenWord {
		return property{}, p.syntax()
	}
	p.next()
	if strings.Contains(t.text, ".") && p.peek().isMark("/") {
		p.next()
		if t = p.next(); t.kind != tokenWord {
			return property{}, p.syntax()
		}
	}
	if p.variable != "" {
		if t.text != p.variable {
			return property{}, p.unknown(t.text)
		}
		element := func(_ *state, o any) any { return o }
		return property{p.variable, propText, element}, nil
	}
	prop, ok := p.entity.property(t.text)
	if !ok {
		return property{}, p.unknown(t.text)
	}
	if prop.kind == propOther {
		return property{}, unsupportedFilter(p.entity, prop.name)
	}
	return prop, nil
}

func (p *filterParser) unknown(name string) *graphError {
	return badRequest(fmt.Sprintf("Invalid filter clause: Could not find a property named '%s' on type 'microsoft.graph.%s'.", printable(name), p.entity.name))
}

// comparison reads "property op literal", "property in (…)" or
// "collection/any(x:x op literal)".
func (p *filterParser) comparison() (predicate, *graphError) {
	prop, fault := p.property()
	if fault != nil {
		return nil, fault
	}
	if p.peek().isMark("/") {
		return p.lambda(prop)
	}
	if prop.kind == propTexts {
		return nil, unsupportedFilter(p.entity, prop.name)
	}
	op := p.next()
	switch name := strings.ToLower(op.text); {
	case op.kind != tokenWord:
		p.at = max(p.at-1, 0)
		return nil, p.syntax()
	case name == "in":
		return p.in(prop)
	case slices.Contains([]string{"eq", "ne", "ge", "le", "gt", "lt"}, name):
		want := p.next()
		return p.compare(prop, name, want)
	}
	p.at--
	return nil, p.syntax()
}

// lambda reads /any(t:t eq 'x'); an empty any() means "has one".
func (p *filterParser) lambda(prop property) (predicate, *graphError) {
	p.next()
	word := p.next()
	if !word.isWord("any") || prop.kind != propTexts || p.variable != "" {
		return nil, unsupportedFilter(p.entity, prop.name)
	}
	if fault := p.expect("("); fault != nil {
		return nil, fault
	}
	name := p.next()
	if name.kind != tokenWord {
		p.at = max(p.at-1, 0)
		return nil, p.syntax()
	}
	if fault := p.expect(":"); fault != nil {
		return nil, fault
	}
	p.variable = name.text
	inner, fault := p.or()
	p.variable = ""
	if fault != nil {
		return nil, fault
	}
	match := func(st *state, o any) bool {
		list, _ := prop.get(st, o).([]string)
		return slices.ContainsFunc(list, func(s string) bool { return inner(st, s) })
	}
	return match, p.expect(")")
}

func (p *filterParser) in(prop property) (predicate, *graphError) {
	if fault := p.expect("("); fault != nil {
		return nil, fault
	}
	var choices []predicate
	for {
		one, fault := p.compare(prop, "eq", p.next())
		if fault != nil {
			return nil, fault
		}
		if choices = append(choices, one); len(choices) > 15 {
			return nil, badRequest("Invalid filter clause: Too many child clauses specified in search filter expression containing 'OR' operators: 16. Max allowed: 15.")
		}
		if !p.peek().isMark(",") {
			break
		}
		p.next()
	}
	match := func(st *state, o any) bool {
		return slices.ContainsFunc(choices, func(one predicate) bool { return one(st, o) })
	}
	return match, p.expect(")")
}
