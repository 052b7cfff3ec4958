package entra

import (
	"slices"
	"strings"
)

// TokenKind is a kind of token that carries a claim, as the dictionary names it.
type TokenKind string

// The kinds of token, in the order the dictionary lists them.
const (
	KindT1          TokenKind = "T1"
	KindT2          TokenKind = "T2"
	KindBlueprint   TokenKind = "TR of a blueprint"
	KindAutonomous  TokenKind = "TR, autonomous"
	KindOnBehalfOf  TokenKind = "TR, on behalf of"
	KindAgentUser   TokenKind = "TR, agent user"
	KindUserToken   TokenKind = "Tc"
	KindIDToken     TokenKind = "ID token"
	KindOrdinaryApp TokenKind = "Other applications' tokens"
)

// Shape is what a claim's value looks like.
type Shape string

// The shapes of claims.
const (
	ShapeID      Shape = "An id (GUID)"
	ShapeAddress Shape = "An address, or an id (GUID)"
	ShapeText    Shape = "Text"
	ShapeOpaque  Shape = "Opaque"
	ShapeTime    Shape = "A number: seconds since 1970, UTC"
	ShapeSeconds Shape = "A number of seconds"
	ShapeNumber  Shape = "A number"
	ShapeDigits  Shape = "Numbers divided by blanks, in no order"
	ShapeWords   Shape = "Words divided by blanks"
	ShapeList    Shape = "A list of texts"
	ShapeIDList  Shape = "A list of ids (GUID)"
	ShapeObject  Shape = "An object"
	ShapeFlag    Shape = "True or false"
)

// ClaimEntry is what the dictionary says of a claim or a header parameter.
type ClaimEntry struct {
	Name     string
	Means    string
	Shape    Shape
	Example  string      // a value as one meets it; empty where it says nothing
	In       []TokenKind // empty for header parameters, and where no token of agents has it
	Deciding bool        // decides who acts, for whom, where, with what
}

// Anchor is the entry's place in the dictionary, as the end of an address.
func (e ClaimEntry) Anchor() string { return anchorOf("claim-", e.Name) }

// HeaderAnchor is Anchor for a header parameter: "kid" in a header is no claim.
func (e ClaimEntry) HeaderAnchor() string { return anchorOf("header-", e.Name) }

// InEvery says whether every token of the dictionary's kinds carries the claim,
// ID tokens too.
func (e ClaimEntry) InEvery() bool { return len(e.In) == len(inEvery) }

// InEveryAccess says whether every access token carries it, and no ID token.
func (e ClaimEntry) InEveryAccess() bool {
	return len(e.In) == len(inAccess) && !slices.Contains(e.In, KindIDToken)
}

// anchorOf makes an id of a name; a sign that an address would have to escape
// becomes a hyphen.
func anchorOf(prefix, name string) string {
	return prefix + strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || r == '.' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
			return r
		}
		return '-'
	}, name)
}

// Dictionary is every claim that is explained, by name.
func Dictionary() []ClaimEntry { return slices.Clone(claimEntries) }

// HeaderDictionary is every header parameter that is explained, by name.
func HeaderDictionary() []ClaimEntry { return slices.Clone(headerEntries) }

// DictionaryEntry finds a claim in the dictionary.
func DictionaryEntry(claim string) (ClaimEntry, bool) { return entryOf(claimEntries, claim) }

// HeaderEntry finds a header parameter in the dictionary.
func HeaderEntry(name string) (ClaimEntry, bool) { return entryOf(headerEntries, name) }

func entryOf(entries []ClaimEntry, name string) (ClaimEntry, bool) {
	at := slices.IndexFunc(entries, func(e ClaimEntry) bool { return e.Name == name })
	if at < 0 {
		return ClaimEntry{}, false
	}
	return entries[at], true
}

const notDescribed = "Not described in the documents this portal knows."

// meaning says what a claim is for, whatever its value.
func meaning(claim string) string {
	if e, ok := DictionaryEntry(claim); ok {
		return e.Means
	}
	return notDescribed
}

// deciding names the claims that decide who acts, for whom, where, with what.
func deciding(claim string) bool {
	e, _ := DictionaryEntry(claim)
	return e.Deciding
}
