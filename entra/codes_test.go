package entra

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// sandboxCodes reads the codes that the sandbox can answer from its sources:
// what is handed to a parameter or a field named for the code, and constants.
func sandboxCodes(t *testing.T) map[int]string {
	t.Helper()
	files, err := filepath.Glob("../sandbox/*.go")
	if err != nil {
		t.Fatal(err)
	}
	codes := map[int]string{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			for _, value := range codeValues(n) {
				if lit, ok := value.(*ast.BasicLit); ok && lit.Kind == token.INT {
					code, _ := strconv.Atoi(lit.Value)
					codes[code] = name
				}
			}
			return true
		})
	}
	delete(codes, 0)
	return codes
}

// codeValues are the expressions of a node that stand where a code belongs.
func codeValues(n ast.Node) []ast.Expr {
	switch n := n.(type) {
	case *ast.CallExpr:
		name, _ := n.Fun.(*ast.Ident)
		switch {
		case name == nil:
		case name.Name == "refuse400" && len(n.Args) > 1:
			return n.Args[1:2]
		case name.Name == "badClient" && len(n.Args) > 0:
			return n.Args[:1]
		}
	case *ast.KeyValueExpr:
		if key, ok := n.Key.(*ast.Ident); ok && key.Name == "AADSTS" {
			return []ast.Expr{n.Value}
		}
	case *ast.ValueSpec:
		if n.Names[0].Name == "tenantNeeded" {
			return n.Values
		}
	}
	return nil
}

// knowsAADSTS says whether a code is among those of Codes.
func knowsAADSTS(code int) bool {
	return slices.ContainsFunc(refusalTables(), func(t refusalTable) bool { _, ok := t.codes[code]; return ok })
}

func TestEveryCodeOfTheSandboxIsExplained(t *testing.T) {
	codes := sandboxCodes(t)
	if len(codes) < 55 {
		t.Fatalf("only %d codes were found in the sources of the sandbox", len(codes))
	}
	for code, file := range codes {
		if !knowsAADSTS(code) {
			t.Errorf("AADSTS%d of %s has no row", code, file)
		}
	}
}

func TestCodesAreWhole(t *testing.T) {
	seen, meanings := map[string]bool{}, map[string]string{}
	for _, group := range Codes() {
		for _, row := range group.Rows {
			if seen[row.Code] {
				t.Errorf("%s has two rows", row.Code)
			}
			seen[row.Code] = true
			for what, text := range map[string]string{"meaning": row.Meaning, "cause": row.Cause, "fix": row.Fix} {
				if !strings.HasSuffix(text, ".") || strings.TrimSpace(text) != text {
					t.Errorf("%s: its %s is no sentence: %q", row.Code, what, text)
				}
			}
			if other := meanings[row.Meaning]; other != "" && strings.HasPrefix(row.Code, "AADSTS") {
				t.Errorf("%s and %s mean the same", other, row.Code)
			}
			meanings[row.Meaning] = row.Code
		}
	}
	if !seen["AADSTS7000215"] || !seen["invalid_client"] || seen["AADSTS1"] {
		t.Error("the list is not that of ExplainAADSTS")
	}
	if e := ExplainAADSTS(7000215, ""); e.Says() != e.Meaning+" "+e.Cause {
		t.Errorf("says %q", e.Says())
	}
	if e := ExplainAADSTS(1, "no_such_error"); e.Says() != e.Meaning {
		t.Errorf("without a cause it says %q", e.Says())
	}
}
