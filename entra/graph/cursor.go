package graph

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
)

// A cursor is Graph's nextLink without its origin, as one word for an address. The token goes to Graph with every page,
// so the link is checked both when an answer brings it and when a browser brings it back: same scheme, host and
// version, and the very list it belongs to. With that an edited cursor reads nothing that its caller may not read.

func (l listOf[T]) sealCursor(c *Client, nextLink string) (string, error) {
	if nextLink == "" {
		return "", nil
	}
	rest, ok := strings.CutPrefix(nextLink, c.base)
	if !ok || l.check(rest) != nil {
		return "", fmt.Errorf("%w: %s", ErrForeignLink, clean(originOf(nextLink), 100))
	}
	return base64.RawURLEncoding.EncodeToString([]byte(rest)), nil
}

func (l listOf[T]) openCursor(c *Client, cursor string) (string, error) {
	rest, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return "", fmt.Errorf("%w: not a cursor", ErrForeignLink)
	}
	if err := l.check(string(rest)); err != nil {
		return "", err
	}
	return string(rest), nil
}

// check admits the list's own two paths and nothing else. Graph writes type names in mixed case.
func (l listOf[T]) check(rest string) error {
	u, err := url.Parse(rest)
	if err != nil || u.IsAbs() || u.Host != "" || u.Fragment != "" {
		return ErrForeignLink
	}
	for _, path := range []string{l.typed, l.plain} {
		if path != "" && strings.EqualFold(u.EscapedPath(), path) {
			return nil
		}
	}
	return ErrForeignLink
}

func originOf(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return "unreadable"
	}
	return u.Scheme + "://" + u.Host
}

// query holds OData options by name. url.Values would write spaces as "+", which OData reads as plus signs in strings.
type query map[string]string

func withQuery(path string, q query) string {
	if len(q) == 0 {
		return path
	}
	values := url.Values{}
	for name, value := range q {
		values.Set(name, value)
	}
	text := strings.ReplaceAll(values.Encode(), "+", "%20")
	return path + "?" + strings.ReplaceAll(text, "%24", "$")
}

func pathOnly(path string) string {
	path, _, _ = strings.Cut(path, "?")
	return path
}
