package models

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxBody keeps one record small enough to show and to check in one piece.
const maxBody = 64 << 10

// canonicalBody writes a record's body once and for all: sorted keys, no
// blanks, no floats, escapes as in RFC 8785 section 3.2.2.2. The bytes are
// stored and hashed; nothing ever marshals them again. Types other than
// those listed in appendCanonical are refused, so that no struct with a
// secret in it slips in by reflection.
func canonicalBody(body map[string]any) ([]byte, error) {
	b, err := appendCanonical(nil, body)
	if err != nil {
		return nil, fmt.Errorf("write audit body: %w", err)
	}
	if len(b) > maxBody {
		return nil, fmt.Errorf("write audit body: %d bytes, the limit is %d", len(b), maxBody)
	}
	return b, nil
}

func appendCanonical(b []byte, value any) ([]byte, error) {
	switch v := value.(type) {
	case nil:
		return append(b, "null"...), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case int:
		return strconv.AppendInt(b, int64(v), 10), nil
	case int64:
		return strconv.AppendInt(b, v, 10), nil
	case json.Number:
		n, err := v.Int64()
		if err != nil {
			return nil, fmt.Errorf("the number %s is no integer", v)
		}
		return strconv.AppendInt(b, n, 10), nil
	case string:
		return appendString(b, v), nil
	case []string:
		return appendList(b, v)
	case []any:
		return appendList(b, v)
	case map[string]string:
		return appendMap(b, v)
	case map[string]any:
		return appendMap(b, v)
	}
	return nil, fmt.Errorf("%T is not allowed there", value)
}

func appendList[T any](b []byte, list []T) (_ []byte, err error) {
	b = append(b, '[')
	for i, v := range list {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = appendCanonical(b, v); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

func appendMap[T any](b []byte, m map[string]T) (_ []byte, err error) {
	b = append(b, '{')
	for i, key := range slices.Sorted(maps.Keys(m)) {
		if !utf8.ValidString(key) {
			return nil, errors.New("a key is not UTF-8")
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, key), ':')
		if b, err = appendCanonical(b, m[key]); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	for _, r := range validText(s) {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\r':
			b = append(b, `\r`...)
		case r == '\t':
			b = append(b, `\t`...)
		case r == '\b':
			b = append(b, `\b`...)
		case r == '\f':
			b = append(b, `\f`...)
		case r < 0x20:
			b = fmt.Appendf(b, `\u%04x`, r)
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return append(b, '"')
}

// validText replaces bytes that are not UTF-8; what is stored is then what
// was hashed, whoever reads it.
func validText(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
