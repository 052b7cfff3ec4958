package sandbox

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// compare builds one comparison by the property's type.
func (p *filterParser) compare(prop property, op string, want token) (predicate, *graphError) {
	if want.kind != tokenText && want.kind != tokenWord {
		p.at = max(p.at-1, 0)
		return nil, p.syntax()
	}
	if op == "ne" {
		p.advanced = "NotEqualsMatch"
	}
	if want.isWord("null") {
		return p.compareNull(prop, op)
	}
	switch prop.kind {
	case propBool:
		return p.compareBool(prop, op, want)
	case propTime:
		return p.compareTime(prop, op, want)
	default:
		return p.compareText(prop, op, want)
	}
}

// compareNull treats an empty string as absent: the directory stores no empty strings.
func (p *filterParser) compareNull(prop property, op string) (predicate, *graphError) {
	if op != "eq" && op != "ne" {
		return nil, unsupportedFilter(p.entity, prop.name)
	}
	return func(st *state, o any) bool {
		v := prop.get(st, o)
		s, isText := v.(string)
		return (v == nil || isText && s == "") == (op == "eq")
	}, nil
}

func (p *filterParser) compareBool(prop property, op string, want token) (predicate, *graphError) {
	b, err := strconv.ParseBool(strings.ToLower(want.text))
	if want.kind != tokenWord || err != nil {
		return nil, p.incompatible("Edm.Boolean")
	}
	if op != "eq" && op != "ne" {
		return nil, unsupportedFilter(p.entity, prop.name)
	}
	return func(st *state, o any) bool {
		v, _ := prop.get(st, o).(bool)
		return (v == b) == (op == "eq")
	}, nil
}

// compareTime compares whole times; an object without the time matches ne alone.
func (p *filterParser) compareTime(prop property, op string, want token) (predicate, *graphError) {
	at, err := time.Parse(time.RFC3339Nano, want.text)
	if want.kind != tokenWord || err != nil {
		return nil, p.incompatible("Edm.DateTimeOffset")
	}
	return func(st *state, o any) bool {
		v, ok := prop.get(st, o).(time.Time)
		return ok && ordered(op, v.Compare(at)) || !ok && op == "ne"
	}, nil
}

// compareText ignores case, as the directory does, and takes GUIDs with and without quotes.
func (p *filterParser) compareText(prop property, op string, want token) (predicate, *graphError) {
	if want.kind == tokenWord && !guidLike(want.text) {
		return nil, p.incompatible("Edm.String")
	}
	lower := strings.ToLower(want.text)
	switch op {
	case "eq":
		return anyText(prop, func(s string) bool { return strings.EqualFold(s, want.text) }), nil
	case "ne":
		equal := anyText(prop, func(s string) bool { return strings.EqualFold(s, want.text) })
		return func(st *state, o any) bool { return !equal(st, o) }, nil
	}
	return anyText(prop, func(s string) bool { return ordered(op, strings.Compare(strings.ToLower(s), lower)) }), nil
}

func (p *filterParser) incompatible(edm string) *graphError {
	return badRequest(fmt.Sprintf("Invalid filter clause: A binary operator with incompatible types was detected. Found operand types '%s' and a value that is not one in '%s'.", edm, clip(p.text)))
}

// anyText applies a test to a string property, or to each string of a list.
func anyText(prop property, test func(string) bool) predicate {
	return func(st *state, o any) bool {
		switch v := prop.get(st, o).(type) {
		case string:
			return test(v)
		case []string:
			return slices.ContainsFunc(v, test)
		}
		return false
	}
}

// ordered tells whether a comparison's sign fits the operator.
func ordered(op string, sign int) bool {
	switch op {
	case "eq":
		return sign == 0
	case "ne":
		return sign != 0
	case "ge":
		return sign >= 0
	case "le":
		return sign <= 0
	case "gt":
		return sign > 0
	}
	return sign < 0
}

func unsupportedFilter(entity *entityType, name string) *graphError {
	return unsupportedQuery(fmt.Sprintf("Unsupported or invalid query filter clause specified for property '%s' of resource '%s'.", printable(name), entity.resource()))
}
