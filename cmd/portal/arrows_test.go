package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// arrows says which of our packages each package may import. They point down
// only; a new arrow is a decision, made here.
var arrows = map[string][]string{
	"cmd/portal":  {"web", "handlers", "views", "provision", "entra", "entra/graph", "models", "migrations", "static", "sandbox"},
	"handlers":    {"web", "views", "provision", "entra", "entra/graph", "models", "static"},
	"views":       {"provision", "entra", "entra/graph", "models", "static"},
	"provision":   {"entra", "entra/graph", "models"},
	"entra/graph": {"entra"},
	"entra":       {},
	"web":         {"models"},
	"models":      {"migrations"},
	"migrations":  {},
	"static":      {},
	"sandbox":     {},
}

// fences says which packages alone may import a library.
var fences = map[string][]string{
	"gorm.io/":                      {"models", "cmd/portal"},
	"github.com/labstack/echo/v4":   {"web", "handlers", "cmd/portal"},
	"github.com/alexedwards/scs/v2": {"web", "models", "cmd/portal"},
	"github.com/coreos/go-oidc/v3":  {"entra"},
	"golang.org/x/oauth2":           {"entra"},
}

func TestImportsPointDown(t *testing.T) {
	root := filepath.Join("..", "..")
	seen := map[string]bool{}
	for file, imports := range sourceImports(t, root) {
		pkg := filepath.ToSlash(filepath.Dir(file))
		seen[pkg] = true
		allowed, known := arrows[pkg]
		if !known {
			t.Errorf("%s: package %s has no place in the house; the table arrows says which there are", file, pkg)
			continue
		}
		for _, path := range imports {
			if ours, isOurs := strings.CutPrefix(path, "agentidportal/"); isOurs && !slices.Contains(allowed, ours) {
				t.Errorf("%s imports %s: an arrow that points up or sideways", file, ours)
			}
			for library, owners := range fences {
				if strings.HasPrefix(path, library) && !slices.Contains(owners, pkg) {
					t.Errorf("%s imports %s, which only %s may", file, path, strings.Join(owners, ", "))
				}
			}
		}
	}
	for pkg := range arrows {
		if !seen[pkg] {
			t.Errorf("package %s is in the table but not in the tree", pkg)
		}
	}
}

// sourceImports reads the imports of every non-test Go file under root.
func sourceImports(t *testing.T, root string) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && path != root || d.Name() == "node_modules" || d.Name() == "tools" || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		tree, err := parser.ParseFile(token.NewFileSet(), path, source, parser.ImportsOnly)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		found[name] = nil
		for _, spec := range tree.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			found[name] = append(found[name], path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestFilesStaySmall holds the one gate on size: 95 of 100 files are at most
// 400 lines long.
func TestFilesStaySmall(t *testing.T) {
	var sizes []int
	for file := range sourceImports(t, filepath.Join("..", "..")) {
		if strings.HasSuffix(file, "_templ.go") {
			continue
		}
		source, err := os.ReadFile(filepath.Join("..", "..", file))
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, strings.Count(string(source), "\n"))
	}
	slices.Sort(sizes)
	if p95 := sizes[len(sizes)*95/100]; p95 > 400 {
		t.Errorf("the 95th percentile of file length is %d lines, the limit is 400", p95)
	}
}
