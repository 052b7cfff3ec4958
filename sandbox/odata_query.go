package sandbox

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// query is the parsed query string of one request on one entity type.
type query struct {
	options   []option // as sent, for the next link
	selected  []string
	expand    []expansion
	filter    *filter
	search    predicate
	order     []orderKey
	top       int // 0: not given
	count     bool
	skipToken string
	eventual  bool // ConsistencyLevel: eventual
}

type option struct{ name, value string }

// expansion is one $expand item, with its own $select.
type expansion struct {
	nav      string
	selected []string
}

type orderKey struct {
	prop property
	desc bool
}

// parseQuery reads the system query options. The semicolons inside $expand forbid url.ParseQuery.
func parseQuery(entity *entityType, r *http.Request) (*query, *graphError) {
	q := &query{eventual: strings.EqualFold(r.Header.Get("ConsistencyLevel"), "eventual")}
	if strings.HasSuffix(strings.ToLower(r.URL.Path), "/$count") {
		q.count = true // as good as the option for a filter that needs it
	}
	options, fault := splitQuery(r.URL.RawQuery)
	if fault != nil {
		return nil, fault
	}
	q.options = options
	seen := map[string]bool{}
	for _, o := range options {
		name := systemOption(o.name)
		if name == "" {
			continue
		}
		if seen[name] {
			return nil, badRequest(fmt.Sprintf("Query option '%s' was specified more than once, but it must be specified at most once.", name))
		}
		seen[name] = true
		if fault := q.read(entity, name, o.value); fault != nil {
			return nil, fault
		}
	}
	return q, q.checkAdvanced()
}

func splitQuery(raw string) ([]option, *graphError) {
	var out []option
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		n, err1 := url.QueryUnescape(name)
		v, err2 := url.QueryUnescape(value)
		if err1 != nil || err2 != nil {
			return nil, badRequest("The query string holds a character that is not encoded properly.")
		}
		out = append(out, option{n, v})
	}
	return out, nil
}

// systemOption names the option with its dollar sign; Graph takes the known ones without it too, and
// ignores other parameters without one.
func systemOption(name string) string {
	lower := strings.ToLower(name)
	if strings.HasPrefix(lower, "$") {
		return lower
	}
	if slices.Contains([]string{"select", "expand", "filter", "search", "orderby", "top", "count", "skiptoken", "skip"}, lower) {
		return "$" + lower
	}
	return ""
}

func (q *query) read(entity *entityType, name, value string) (fault *graphError) {
	switch name {
	case "$select":
		q.selected, fault = parseSelect(entity, value)
	case "$expand":
		q.expand, fault = parseExpand(entity, value)
	case "$filter":
		q.filter, fault = parseFilter(entity, value)
	case "$search":
		q.search, fault = parseSearch(entity, value)
	case "$orderby":
		q.order, fault = parseOrder(entity, value)
	case "$top":
		q.top, fault = parseTop(value, entity.maxTop())
	case "$count":
		q.count, fault = parseCount(value)
	case "$skiptoken":
		q.skipToken = value
	case "$format":
	case "$skip":
		fault = badRequest("'$skip' is not supported by the service.")
	default:
		fault = badRequest(fmt.Sprintf("The query parameter '%s' is not supported.", clip(name)))
	}
	return fault
}

// checkAdvanced refuses what only the eventually consistent index can answer.
// https://learn.microsoft.com/graph/aad-advanced-queries
func (q *query) checkAdvanced() *graphError {
	if q.search != nil && !q.eventual {
		return unsupportedQuery("Request with $search query parameter only works through MSGraph with a special request header: 'ConsistencyLevel: eventual'")
	}
	if q.filter != nil && q.filter.advanced != "" && !(q.eventual && q.count) {
		return unsupportedQuery(fmt.Sprintf("Operator '%s' is not supported because the required parameters might be missing. "+
			"Try adding $count=true query parameter and ConsistencyLevel:eventual header. "+
			"Refer to https://aka.ms/graph-docs/advanced-queries for more information", q.filter.advanced))
	}
	deletion := slices.ContainsFunc(q.order, func(k orderKey) bool { return k.prop.name == "deletedDateTime" })
	if q.order != nil && (q.filter != nil || q.search != nil || deletion) && !(q.eventual && q.count) {
		return unsupportedQuery("Sorting not supported for current query.")
	}
	return nil
}

func parseSelect(entity *entityType, value string) ([]string, *graphError) {
	out := []string{}
	for name := range strings.SplitSeq(value, ",") {
		name = strings.TrimSpace(name)
		if name == "*" || name == "" && value != "" || strings.HasPrefix(name, "@odata.") {
			continue
		}
		// A derived type's property may be asked for behind its cast, and one member of a complex one by
		// its path: then the whole of it comes.
		if first, rest, nested := strings.Cut(name, "/"); nested && strings.Contains(first, ".") {
			name = rest
		} else if nested {
			name = first
		}
		p, ok := entity.property(name)
		if !ok && slices.Contains(entity.navs, name) {
			continue
		}
		if !ok {
			return nil, badRequest(fmt.Sprintf("Parsing OData Select and Expand failed: Could not find a property named '%s' on type 'microsoft.graph.%s'.", clip(name), entity.name))
		}
		out = append(out, p.name)
	}
	return out, nil
}

// parseExpand reads nav or nav($select=a,b), several divided by commas.
func parseExpand(entity *entityType, value string) ([]expansion, *graphError) {
	var out []expansion
	for _, item := range splitOutside(value) {
		nav, inner, nested := strings.Cut(strings.TrimSpace(item), "(")
		if !slices.Contains(entity.navs, nav) {
			return nil, badRequest(fmt.Sprintf("Parsing OData Select and Expand failed: Could not find a property named '%s' on type 'microsoft.graph.%s'.", clip(nav), entity.name))
		}
		e := expansion{nav: nav}
		if nested {
			for o := range strings.SplitSeq(strings.TrimSuffix(inner, ")"), ";") {
				if list, ok := strings.CutPrefix(strings.TrimSpace(o), "$select="); ok {
					e.selected = strings.Split(list, ",")
				}
			}
		}
		out = append(out, e)
	}
	return out, nil
}

// splitOutside splits at commas that are not inside brackets.
func splitOutside(value string) []string {
	var out []string
	depth, start := 0, 0
	for i := range len(value) {
		switch value[i] {
		case '(':
			depth++
		case ')':
			depth--
		case ',':
			if depth <= 0 {
				out = append(out, value[start:i])
				start = i + 1
			}
		}
	}
	return append(out, value[start:])
}

func parseOrder(entity *entityType, value string) ([]orderKey, *graphError) {
	var out []orderKey
	for item := range strings.SplitSeq(value, ",") {
		words := strings.Fields(item)
		if len(words) == 0 || len(words) > 2 {
			return nil, badRequest(fmt.Sprintf("Invalid orderby clause: Syntax error in '%s'.", clip(value)))
		}
		p, ok := entity.property(words[0])
		if !ok {
			return nil, badRequest(fmt.Sprintf("Invalid orderby clause: Could not find a property named '%s' on type 'microsoft.graph.%s'.", clip(words[0]), entity.name))
		}
		desc := len(words) == 2 && strings.EqualFold(words[1], "desc")
		if len(words) == 2 && !desc && !strings.EqualFold(words[1], "asc") {
			return nil, badRequest(fmt.Sprintf("Invalid orderby clause: Syntax error in '%s'.", clip(value)))
		}
		if !slices.Contains([]string{"displayName", "userPrincipalName", "createdDateTime", "deletedDateTime"}, p.name) || p.get == nil {
			return nil, unsupportedQuery("Sorting not supported for current query.")
		}
		out = append(out, orderKey{p, desc})
	}
	return out, nil
}

func parseTop(value string, maxTop int) (int, *graphError) {
	n, err := strconv.Atoi(value)
	if err != nil {
		return 0, badRequest(fmt.Sprintf("Invalid value '%s' for $top query option found. The $top query option requires a non-negative integer value.", clip(value)))
	}
	if n < 1 || n > maxTop {
		return 0, badRequest(fmt.Sprintf("Invalid page size specified: '%d'. Must be between 1 and %d inclusive.", n, maxTop))
	}
	return n, nil
}

func parseCount(value string) (bool, *graphError) {
	switch strings.ToLower(value) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, badRequest(fmt.Sprintf("Invalid value '%s' for $count query option found. Valid values are 'true' and 'false'.", clip(value)))
}
