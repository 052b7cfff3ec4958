package provision

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

// TestProvisioningDocument holds docs/provisioning.md to the program: it names
// every kind of run and of step, every column of a table, every field of a spec.
func TestProvisioningDocument(t *testing.T) {
	text, err := os.ReadFile("../docs/provisioning.md")
	if err != nil {
		t.Fatal(err)
	}
	words := []string{RunNewBlueprint, RunRemoveCredential, RunAddCredential, RunAddAgents, RunSetUp, RunAddUsers, RunPermission, RunChange, RunRotate}
	for _, kind := range stepKinds() {
		words = append(words, kind.name)
	}
	words = append(words, RowColumns()...)
	spec := reflect.TypeFor[BlueprintSpec]()
	for i := range spec.NumField() {
		name, _, _ := strings.Cut(spec.Field(i).Tag.Get("json"), ",")
		words = append(words, name)
	}
	for _, word := range words {
		if !strings.Contains(string(text), "`"+word+"`") {
			t.Errorf("the document does not name `%s`", word)
		}
	}
}
