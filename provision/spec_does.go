package provision

import (
	"fmt"
	"slices"
)

// Capabilities are the ways in which agents act, in the order of the documents.
func Capabilities() []Capability { return []Capability{ActsAlone, ActsForUsers, ActsAsUser} }

// doesFault wants at least one way; specs of before there was a choice have none.
func (b BlueprintSpec) doesFault() string {
	if b.Does == nil {
		return ""
	}
	for i, way := range b.Does {
		if !slices.Contains(Capabilities(), way) {
			return fmt.Sprintf("“%s” is no way to act. There are alone, users and account.", way)
		}
		if slices.Contains(b.Does[:i], way) {
			return fmt.Sprintf("“%s” is named twice.", way)
		}
	}
	if len(b.Does) == 0 {
		return "Choose at least one way. The next steps follow from it."
	}
	return ""
}
