package entra

import (
	"encoding/json"
	"slices"
	"strings"
)

// noteOddTypes says which claims have a JSON type that no token of Entra ID
// gives them: a reader that takes one for another may be led astray by it.
func (j *JWT) noteOddTypes() {
	var odd []string
	for _, claim := range j.Claims {
		entry, ok := DictionaryEntry(claim.Name)
		if !ok || entry.fits(claim.Value) {
			continue
		}
		odd = append(odd, claim.Name+" is "+typeWords(claim.Value)+", where "+entry.Shape.typeWords()+" belongs")
	}
	if odd != nil {
		j.note("Some claims have a type they never have: " + strings.Join(odd, "; ") + ".")
	}
}

// fits says whether a value has the JSON type of the entry. Of all claims only
// aud may be one text or a list of them.
// https://www.rfc-editor.org/rfc/rfc7519#section-4.1.3
func (e ClaimEntry) fits(value any) bool {
	kind := typeWords(value)
	return e.Shape == ShapeOpaque || kind == e.Shape.typeWords() || e.Name == "aud" && kind == listOfTexts
}

const listOfTexts = "a list of texts"

// typeWords is the JSON type of a shape in words.
func (s Shape) typeWords() string {
	switch s {
	case ShapeTime, ShapeSeconds, ShapeNumber:
		return "a number"
	case ShapeList, ShapeIDList:
		return listOfTexts
	case ShapeObject:
		return "an object"
	case ShapeFlag:
		return "true or false"
	}
	return "text"
}

func typeWords(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case bool:
		return "true or false"
	case json.Number:
		return "a number"
	case map[string]any:
		return "an object"
	case []any:
		if slices.ContainsFunc(v, func(member any) bool { _, isText := member.(string); return !isText }) {
			return "a list of other things"
		}
		return listOfTexts
	}
	return "text"
}
