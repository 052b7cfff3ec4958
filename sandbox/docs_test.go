package sandbox

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestEveryClaimNamesATest reads docs/sandbox.md: each claim that says yes or partly names tests, and
// each test that the page names exists.
func TestEveryClaimNamesATest(t *testing.T) {
	text, err := os.ReadFile("../docs/sandbox.md")
	if err != nil {
		t.Fatal(err)
	}
	known := testNames(t, "..")
	name := regexp.MustCompile("`(Test[A-Z][A-Za-z0-9]*)`")
	claims := 0
	for line := range strings.Lines(string(text)) {
		named := name.FindAllStringSubmatch(line, -1)
		for _, n := range named {
			if !known[n[1]] {
				t.Errorf("no test is called %s: %s", n[1], line)
			}
		}
		if strings.Contains(line, "| yes |") || strings.Contains(line, "| partly |") {
			claims++
			if len(named) == 0 {
				t.Errorf("a claim without a proof: %s", line)
			}
		}
	}
	if claims < 40 {
		t.Errorf("only %d claims were read; has the table another form?", claims)
	}
}

// testNames finds every test function below the folder.
func testNames(t *testing.T, root string) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(gotoken.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && strings.HasPrefix(f.Name.Name, "Test") {
				names[f.Name.Name] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
