package sandbox

import (
	"net/url"
	"slices"
	"strings"
)

// target is a Graph address taken apart. pattern is what the route table knows: lower-case segments,
// {id} for the key of the collection, {ref} for the member of a relation, casts left out.
type target struct {
	pattern string
	root    string      // collection as the model spells it
	key     string      // key of the item; empty for the collection
	keyName string      // "id", or the alternate key's name in lower case
	cast    *entityType // type cast before or after the key
	navCast *entityType // type cast after a relation
	ref     string
	refName string // as keyName, when the member is named in brackets
}

// graphRoots are the collections and singletons at the top, by lower-case name; true means items have keys.
func graphRoots() map[string]bool {
	return map[string]bool{
		"me": false, "organization": true, "users": true, "groups": true, "applications": true, "serviceprincipals": true,
		"directoryobjects": true, "directoryroles": true, "oauth2permissiongrants": true, "$batch": false, "$metadata": false,
		"directory": false, "domains": true, "subscribedskus": true,
	}
}

// parseTarget reads the path after the version. Both cast positions and all spellings that documents
// and tools use are taken.
func parseTarget(model entities, escaped string) (target, *graphError) {
	segments, fault := pathSegments(escaped)
	if fault != nil {
		return target{}, fault
	}
	var t target
	root, key, keyName, fault := splitKey(segments[0])
	if fault != nil {
		return t, fault
	}
	keyed, known := graphRoots()[strings.ToLower(root)]
	if !known {
		return t, noSuchPath(root)
	}
	t.root, t.key, t.keyName = strings.ToLower(root), key, keyName
	parts := []string{t.root}
	if t.key != "" {
		parts = append(parts, "{id}")
	}
	for _, s := range segments[1:] {
		if parts, fault = t.take(model, parts, s, keyed); fault != nil {
			return t, fault
		}
	}
	t.pattern = strings.Join(parts, "/")
	return t, nil
}

// take reads one segment after the first.
func (t *target) take(model entities, parts []string, s string, keyed bool) ([]string, *graphError) {
	name, qualified := castName(s)
	if e := model[name]; qualified && e != nil {
		return parts, t.setCast(e, parts)
	}
	if cast, _, found := strings.Cut(name, "("); found && qualified && model[cast] != nil && len(parts) == 1 && keyed && t.key == "" {
		// The key behind the cast: applications/microsoft.graph.agentIdentityBlueprint(uniqueName='…').
		var fault *graphError
		if _, t.key, t.keyName, fault = splitKey(s); fault != nil {
			return parts, fault
		}
		return append(parts, "{id}"), t.setCast(model[cast], parts)
	}
	last := parts[len(parts)-1]
	switch {
	case len(parts) == 1 && keyed && !slices.Contains([]string{"$count", "getbyids", "delta"}, name):
		t.key, t.keyName = s, "id"
		return append(parts, "{id}"), nil
	case slices.Contains(keyedNavs(), last) && !strings.HasPrefix(name, "$"):
		t.ref = s
		return append(parts, "{ref}"), nil
	case strings.Contains(name, "("):
		return t.takeKeyed(parts, s)
	}
	return append(parts, name), nil
}

// keyedNavs are the relations whose members have addresses of their own.
func keyedNavs() []string {
	return []string{
		"owners", "sponsors", "members", "approleassignments", "approleassignedto", "federatedidentitycredentials",
		"inheritablepermissions", "deleteditems",
	}
}

// takeKeyed reads a member of a relation in brackets: federatedIdentityCredentials(name='…').
func (t *target) takeKeyed(parts []string, s string) ([]string, *graphError) {
	name, key, keyName, fault := splitKey(s)
	name = strings.ToLower(name)
	if fault != nil || !slices.Contains(keyedNavs(), name) {
		return parts, noSuchPath(s)
	}
	t.ref, t.refName = key, keyName
	return append(parts, name, "{ref}"), nil
}

// setCast keeps a cast for the item, or for the relation after it. A cast to a type that the collection
// cannot hold is a bad request and not an empty list.
func (t *target) setCast(e *entityType, parts []string) *graphError {
	if len(parts) > 1 && parts[len(parts)-1] != "{id}" || !graphRoots()[t.root] && len(parts) > 1 {
		t.navCast = e
		return nil
	}
	if !strings.EqualFold(e.collection, t.root) && t.root != "directoryobjects" {
		return badRequest("Type 'microsoft.graph." + e.name + "' is not a type of the items of '" + t.root + "'.")
	}
	t.cast = e
	return nil
}

// castName lower-cases a segment and takes off the namespace of a type cast or a bound action.
func castName(s string) (name string, qualified bool) {
	name = strings.ToLower(s)
	for _, prefix := range []string{"microsoft.graph.", "graph."} {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			return rest, true
		}
	}
	return name, false
}

// pathSegments cuts before it decodes: an encoded slash belongs to a key, not to the path.
func pathSegments(escaped string) ([]string, *graphError) {
	var out []string
	for s := range strings.SplitSeq(strings.Trim(escaped, "/"), "/") {
		text, err := url.PathUnescape(s)
		if err != nil {
			return nil, badRequest("The path holds a character that is not encoded properly.")
		}
		if text == "" {
			return nil, noSuchPath("")
		}
		out = append(out, text)
	}
	return out, nil
}

// splitKey takes name(appId='…') or name('…') apart.
func splitKey(segment string) (name, key, keyName string, fault *graphError) {
	name, inner, found := strings.Cut(segment, "(")
	if !found {
		return segment, "", "", nil
	}
	inner, closed := strings.CutSuffix(inner, ")")
	keyName = "id"
	if alternate, value, ok := strings.Cut(inner, "="); ok {
		keyName, inner = strings.ToLower(strings.TrimSpace(alternate)), strings.TrimSpace(value)
	}
	if !closed || len(inner) < 3 || inner[0] != '\'' || inner[len(inner)-1] != '\'' {
		return "", "", "", badRequest("Bad Request - Error in query syntax.")
	}
	return name, strings.ReplaceAll(inner[1:len(inner)-1], "''", "'"), keyName, nil
}

// guidLike tells whether the text is a GUID in the plain form with hyphens.
func guidLike(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		hyphen := i == 8 || i == 13 || i == 18 || i == 23
		if hyphen != (s[i] == '-') || !hyphen && !strings.ContainsRune("0123456789abcdefABCDEF", rune(s[i])) {
			return false
		}
	}
	return true
}
