package entra

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Caps on the JSON of one part of a token.
const (
	maxDepth = 32
	maxKeys  = 512
)

// readObject reads a JSON object with its members in the order they stand,
// and the names that stand there more than once.
func readObject(data []byte) (claims []Claim, repeated []string, err error) {
	if err := checkCaps(data); err != nil {
		return nil, nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	start, err := decoder.Token()
	if err != nil || start != json.Delim('{') {
		return nil, nil, errors.New("is not a JSON object")
	}
	seen := map[string]int{}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, nil, errors.New("is not whole JSON")
		}
		var value any
		if err := decoder.Decode(&value); err != nil {
			return nil, nil, errors.New("is not whole JSON")
		}
		key, _ := name.(string)
		if seen[key]++; seen[key] == 2 {
			repeated = append(repeated, key)
		}
		claims = append(claims, Claim{Name: key, Value: value, Text: valueText(value)})
	}
	if _, err := decoder.Token(); err != nil {
		return nil, nil, errors.New("is not whole JSON")
	}
	if decoder.More() {
		return nil, nil, errors.New("has something after its JSON object")
	}
	return claims, repeated, nil
}

// checkCaps looks at the brackets and colons outside strings, before a
// decoder recurses into them.
func checkCaps(data []byte) error {
	depth, keys, inString := 0, 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return fmt.Errorf("is nested more than %d deep", maxDepth)
			}
		case c == '}' || c == ']':
			depth--
		case c == ':':
			if keys++; keys > maxKeys {
				return fmt.Errorf("has more than %d members", maxKeys)
			}
		}
	}
	return nil
}

// valueText writes a claim's value for people: strings as they are, a list of
// plain values with commas, everything else as JSON.
func valueText(value any) string {
	switch v := value.(type) {
	case string:
		return visible(v)
	case json.Number:
		return v.String()
	case nil:
		return "null"
	case []any:
		nested := func(member any) bool {
			switch member.(type) {
			case []any, map[string]any:
				return true
			}
			return false
		}
		if slices.ContainsFunc(v, nested) {
			break
		}
		words := make([]string, len(v))
		for i, member := range v {
			words[i] = valueText(member)
		}
		return strings.Join(words, ", ")
	}
	out, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return visible(string(out))
}

// visible writes control, direction and zero-width characters as escapes, so
// that a claim cannot pretend to be another one on the page.
func visible(text string) string {
	hidden := func(r rune) bool {
		return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co)
	}
	if !strings.ContainsFunc(text, hidden) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if hidden(r) {
			fmt.Fprintf(&b, `\u%04X`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}
