package views

import (
	"net/url"
	"strconv"
	"strings"

	"agentidportal/entra"
	"agentidportal/entra/graph"
)

// CodesData is what the page of codes shows.
type CodesData struct {
	// Query is the filter; Groups hold what it leaves, Total what there is.
	Query  string
	Groups []entra.CodeGroup
	Total  int
}

func (d CodesData) found() int {
	n := 0
	for _, g := range d.Groups {
		n += len(g.Rows)
	}
	return n
}

func (d CodesData) chips() []Chip {
	if d.Query == "" {
		return nil
	}
	return []Chip{{Name: "Holds", Value: d.Query, RemoveHref: "/help/codes"}}
}

func (d CodesData) total() string {
	if d.Query == "" {
		return Plural(d.Total, "code")
	}
	return Count(d.found()) + " of " + Plural(d.Total, "code")
}

// CodeHref is where a code is explained; empty for one that is not known.
func CodeHref(code string) string {
	_, known := graph.ExplainCode(code)
	for _, g := range entra.Codes() {
		for _, row := range g.Rows {
			known = known || row.Code == code
		}
	}
	if !known {
		return ""
	}
	return "/help/codes#" + url.PathEscape(code)
}

// refusalHref is the explanation of a refusal's most telling code.
func refusalHref(e *entra.Error) string {
	if href := CodeHref(aadstsName(e.AADSTS)); href != "" {
		return href
	}
	return CodeHref(e.Code)
}

// answeredBy names who answers with words such as "401 AADSTS7000215".
func answeredBy(said string) string {
	if strings.Contains(said, "AADSTS") {
		return "The sign-in service"
	}
	return "Graph"
}

// statusCodeHref links the code in words such as "403 Request_Denied".
func statusCodeHref(said string) string {
	_, code, _ := strings.Cut(said, " ")
	return CodeHref(code)
}

func aadstsName(n int) string { return "AADSTS" + strconv.Itoa(n) }
