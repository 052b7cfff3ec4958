package graph

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Ids that a plan does not know yet: an earlier call of the same plan brings them. A review shows them as they stand
// here, a snippet makes variables of them, and Writer refuses to send them.
const (
	LaterBlueprintID    = "{blueprint-object-id}"
	LaterBlueprintAppID = "{blueprint-app-id}"
)

// LaterID stands for the object id that the call with this number of a plan brings; the first call is number 1.
func LaterID(number int) string { return fmt.Sprintf("{call-%d-id}", number) }

// laterNumber is the number of the call behind a LaterID; 0 for the ids of the blueprint.
func laterNumber(later string) int {
	n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(later, "{call-"), "-id}"))
	if err != nil {
		return 0
	}
	return n
}

// Where a placeholder can stand: as a segment of a path; in a body as the whole value of an id member, or as the
// blueprint's name in the first identifier URI. Inside a name quotes would be escaped, so a name cannot pass for one.
var (
	anyLater  = `(\{blueprint-object-id\}|\{blueprint-app-id\}|\{call-[0-9]+-id\})`
	pathHoles = regexp.MustCompile(`/` + anyLater + `(?:[/?]|$)`)
	bodyHoles = regexp.MustCompile(`(?:"(?:appId|agentIdentityBlueprintId|principalId|clientId|resourceId|identityParentId)": "|"identifierUris": \[\n *"api://)` + anyLater + `"`)
	wholeHole = regexp.MustCompile(`^` + anyLater + `$`)
)

// piece is either text to quote or the placeholder of an id that is not known yet.
type piece struct{ text, later string }

// cut takes a path or an indented body apart at its placeholders.
func cut(text string, holes *regexp.Regexp) []piece {
	var pieces []piece
	for {
		at := holes.FindStringSubmatchIndex(text)
		if at == nil {
			break
		}
		pieces = append(pieces, piece{text: text[:at[2]]}, piece{later: text[at[2]:at[3]]})
		text = text[at[3]:]
	}
	if text != "" {
		pieces = append(pieces, piece{text: text})
	}
	return pieces
}

// idSegment is an id in a path. It leaves a placeholder readable, so a review shows which id will stand there.
func idSegment(id string) string {
	if wholeHole.MatchString(id) {
		return id
	}
	return PathSegment(id)
}

// hole is the first placeholder a call still has, or nothing.
func (c Call) hole() (string, error) {
	body, err := bodyText(c)
	if err != nil {
		return "", err
	}
	for _, p := range append(cut(c.Path, pathHoles), cut(body, bodyHoles)...) {
		if p.later != "" {
			return p.later, nil
		}
	}
	return "", nil
}
