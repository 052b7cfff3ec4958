package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// notPages are the addresses of the route table that no person looks at.
var notPages = []string{
	"/runs/:id/events",                                             // a stream
	"/runs/:id/secret",                                             // leads back to the run
	"/runs/:id/failed.csv",                                         // a file
	"/blueprints/new/rows.csv", "/blueprints/new/:draft/spec.json", // files
	"/blueprints/new/file", "/blueprints/new/:draft/:step/file", "/blueprints/:id/certificates/new/file", // lead back to the form
	"/tokens/profiles/:id/run",              // leads back to the profile
	"/tokens/results/:id/use",               // leads back to the result
	"/tokens/results/:id/trace.json",        // a file
	"/tokens/user-token", "/tokens/sign-in", // lead to the sign-in service
	"/healthz", "/readyz",
}

// pageRoute is a line of the table of routes that is a page. Files have an
// address that is no literal, so they are none.
var pageRoute = regexp.MustCompile(`\{Method: get, Path: "([^"]+)"`)

// pageRoutes reads the addresses of all pages out of the table of routes, so
// that a page nobody has looked at is found without asking the portal.
func pageRoutes(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "handlers", "routes*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var routes []string
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range pageRoute.FindAllStringSubmatch(string(source), -1) {
			if !slices.Contains(notPages, found[1]) {
				routes = append(routes, found[1])
			}
		}
	}
	return routes
}

// routeOf finds the route that answers a path: one that spells a part out goes
// before one with a parameter in its place. Empty when there is none.
func routeOf(routes []string, path string) string {
	fit := func(route string) bool {
		a, b := strings.Split(route, "/"), strings.Split(path, "/")
		return slices.EqualFunc(a, b, func(part, word string) bool { return part == word || strings.HasPrefix(part, ":") && word != "" })
	}
	best := ""
	for _, route := range routes {
		if fit(route) && (best == "" || strings.ReplaceAll(route, ":", "\xff") < strings.ReplaceAll(best, ":", "\xff")) {
			best = route
		}
	}
	return best
}

func TestRouteOfAPath(t *testing.T) {
	routes := pageRoutes(t)
	if len(routes) < 30 {
		t.Fatalf("only %d pages are read out of the table: has it another form now?", len(routes))
	}
	for path, want := range map[string]string{
		"/":                           "/",
		"/blueprints":                 "/blueprints",
		"/blueprints/new":             "/blueprints/new",
		"/blueprints/11-22":           "/blueprints/:id",
		"/blueprints/11-22/owners":    "/blueprints/:id/:tab",
		"/blueprints/11-22/delete":    "/blueprints/:id/delete",
		"/blueprints/new/33":          "/blueprints/new/:draft",
		"/blueprints/new/33/people":   "/blueprints/new/:draft/:step",
		"/blueprints/new/33/review":   "/blueprints/new/:draft/review",
		"/blueprints/11-22/one/two/3": "",
		"/blueprints/":                "",
		"/runs/7/secret/remove":       "/runs/:id/secret/remove",
		"/runs/7/steps/3":             "/runs/:id/steps/:number",
		"/healthz":                    "",
	} {
		if got := routeOf(routes, path); got != want {
			t.Errorf("%s is answered by %q, want %q", path, got, want)
		}
	}
}
