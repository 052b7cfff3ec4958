package entra

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// AssertionKind names what an Assertion demands.
type AssertionKind string

// The kinds of assertions.
const (
	AssertRole      AssertionKind = "role"       // an app role, or a directory role by name or template id
	AssertNoRole    AssertionKind = "no-role"    // the same, and it must not be there
	AssertScope     AssertionKind = "scope"      // a delegated permission
	AssertBlueprint AssertionKind = "blueprint"  // App ID of the blueprint the client comes from
	AssertAudience  AssertionKind = "audience"   // the resource, by address or App ID
	AssertLifetime  AssertionKind = "lifetime"   // minutes left, at least
	AssertAgentUser AssertionKind = "agent-user" // the subject is an agent user; no value
)

// AssertionKinds lists the kinds in the order a form shows them.
func AssertionKinds() []AssertionKind {
	return []AssertionKind{AssertRole, AssertNoRole, AssertScope, AssertBlueprint, AssertAudience, AssertLifetime, AssertAgentUser}
}

// Assertion is one thing that a token must hold.
type Assertion struct {
	Kind  AssertionKind
	Value string
	Name  string // of what Value is the id of; empty when not known
}

// Checked is what became of an Assertion.
type Checked struct {
	Assertion Assertion
	Pass      bool
	Found     string // what the token has, in a sentence
}

// longestLifetime is beyond the longest life of a token, 28 hours, in minutes.
// https://learn.microsoft.com/entra/identity/conditional-access/concept-continuous-access-evaluation#token-lifetime
const longestLifetime = 28 * 60

var (
	permissionForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:-]{0,119}$`)
	audienceForm   = regexp.MustCompile(`^(?i:(https?|api|spn)://[A-Za-z0-9._:/~-]{1,200})$`)
)

// Fault says what is wrong with the value and what to write instead; empty
// when nothing is.
func (a Assertion) Fault() string {
	switch a.Kind {
	case AssertRole, AssertNoRole:
		if !permissionForm.MatchString(a.Value) && directoryRoleID(a.Value) == "" || LooksSecret(a.Value) {
			return "Write one role as the token has it, such as User.Read.All, or a directory role's template id."
		}
	case AssertScope:
		if !permissionForm.MatchString(a.Value) || LooksSecret(a.Value) {
			return "Write one scope as the token has it, such as User.Read, without its resource."
		}
	case AssertBlueprint:
		if !isGUID(a.Value) {
			return "Write the blueprint's App ID: a GUID such as 0f3c9a52-7d41-4be8-9c06-51a8e2d7b634."
		}
	case AssertAudience:
		if !isGUID(a.Value) && !audienceForm.MatchString(a.Value) {
			return "Write the resource's address or App ID, such as " + GraphAudience + "."
		}
	case AssertLifetime:
		if n, err := strconv.Atoi(a.Value); err != nil || n < 1 || n > longestLifetime {
			return fmt.Sprintf("Write a whole number of minutes from 1 to %d.", longestLifetime)
		}
	case AssertAgentUser:
		if a.Value != "" {
			return "Leave the value empty: that the subject is an agent user is all there is to it."
		}
	default:
		return "Choose one of the kinds in the list."
	}
	return ""
}

// Sentence says what is demanded, without a full stop.
func (a Assertion) Sentence() string {
	switch a.Kind {
	case AssertRole:
		return "Has the role " + a.Value
	case AssertNoRole:
		return "Does not have the role " + a.Value
	case AssertScope:
		return "Has the scope " + a.Value
	case AssertBlueprint:
		if a.Name != "" {
			return "Comes from the blueprint " + visible(a.Name) + " (" + a.Value + ")"
		}
		return "Comes from the blueprint " + a.Value
	case AssertAudience:
		return "Is for " + a.Value
	case AssertLifetime:
		return "Lives at least " + a.Value + " more minutes"
	case AssertAgentUser:
		return "Acts as an agent user"
	}
	return string(a.Kind) + " " + a.Value
}

// Check holds a token against an assertion. It goes by the claims alone:
// whether the signature is good, Verify tells. What cannot be read, passes
// nothing.
func (c *Client) Check(j *JWT, a Assertion, now time.Time) Checked {
	checked := Checked{Assertion: a}
	if j == nil || j.Encrypted || j.Damaged {
		checked.Found = "The claims of this token cannot be read here."
		return checked
	}
	switch a.Kind {
	case AssertRole:
		checked.Pass, checked.Found = hasRole(j, a.Value, false)
	case AssertNoRole:
		has, found := hasRole(j, a.Value, true)
		checked.Pass, checked.Found = !has, found
	case AssertScope:
		checked.Pass, checked.Found = hasValue("scope", j.Values("scp"), a.Value)
	case AssertBlueprint:
		checked.Pass, checked.Found = comesFrom(j, a.Value)
	case AssertAudience:
		checked.Pass, checked.Found = sameResource(j.Audience(), a.Value), "It is for "+j.Audience()+"."
		if j.Audience() == "" {
			checked.Pass, checked.Found = false, "It names no audience."
		}
	case AssertLifetime:
		checked.Pass, checked.Found = livesFor(j, a.Value, now)
	case AssertAgentUser:
		checked.Pass, checked.Found = j.IsAgentUser(), whoseSubject(j)
	default:
		checked.Found = "This kind of check is not known here."
	}
	return checked
}

// hasRole looks among app roles and directory roles. The second are known by
// their template ids; loose takes other capitals for the same role, as whoever
// forbids one means them all.
func hasRole(j *JWT, role string, loose bool) (bool, string) {
	id := role
	if known := directoryRoleID(role); known != "" {
		id = known
	}
	for _, wid := range j.Values("wids") {
		if strings.EqualFold(wid, id) {
			return true, "It has the directory role " + orWord(directoryRole(wid), wid) + "."
		}
	}
	roles := j.Values("roles")
	has, found := hasValue("role", roles, role)
	return has || loose && slices.ContainsFunc(roles, func(r string) bool { return strings.EqualFold(r, role) }), found
}

// hasValue looks for a permission; they are told apart by their capitals.
func hasValue(what string, values []string, want string) (bool, string) {
	switch n := len(values); {
	case slices.Contains(values, want):
		return true, "It has this " + what + "."
	case n == 0:
		return false, "It has no " + what + " at all."
	default:
		for _, value := range values {
			if strings.EqualFold(value, want) {
				return false, "It has " + visible(value) + ", which APIs may tell apart by its capitals."
			}
		}
		return false, "It has " + firstValues(values) + "."
	}
}

// firstValues names the first values of a claim and counts the rest.
func firstValues(values []string) string {
	const most = 12
	rest := ""
	if n := len(values) - most; n > 0 {
		values, rest = values[:most], fmt.Sprintf(" and %d more", n)
	}
	return visible(strings.Join(values, ", ")) + rest
}

func comesFrom(j *JWT, blueprintAppID string) (bool, string) {
	parent := j.Text("xms_par_app_azp")
	switch {
	case parent == "":
		return false, "It names no blueprint: the claim xms_par_app_azp is absent."
	case strings.EqualFold(parent, blueprintAppID):
		return true, "It comes from this blueprint."
	}
	return false, "It comes from the blueprint " + parent + "."
}

func livesFor(j *JWT, minutes string, now time.Time) (bool, string) {
	exp, ok := j.Time("exp")
	if !ok {
		return false, "It says no time at which it ends."
	}
	left := exp.Sub(now)
	until := " until " + exp.Format("2 Jan 2006 15:04:05") + " UTC."
	n, err := strconv.Atoi(minutes)
	if left <= 0 {
		return false, "It ended: it lived" + until
	}
	return err == nil && left >= time.Duration(n)*time.Minute, fmt.Sprintf("%d min are left,%s", int(left/time.Minute), until)
}

func whoseSubject(j *JWT) string {
	switch {
	case j.IsAgentUser():
		return "The subject is the agent user " + orWord(j.Text("oid"), "of no id") + "."
	case j.Text("idtyp") == "user":
		return "The subject is a user and no agent user."
	case j.Text("idtyp") == "app":
		return "The subject is an application: the agent acts for itself."
	}
	return "It does not say that its subject is an agent user."
}

// sameResource compares an audience with a resource by any of its names.
func sameResource(audience, want string) bool {
	return audience != "" && resourceKey(audience) == resourceKey(want)
}

// resourceKey is one name for a resource that has several.
func resourceKey(name string) string {
	name = strings.TrimRight(strings.ToLower(name), "/")
	switch name {
	case GraphAppID:
		return GraphAudience
	case ManagementAppID, "https://management.core.windows.net":
		return ManagementAudience
	case "api://azureadtokenexchange":
		return ExchangeAppID
	}
	return strings.TrimPrefix(name, "api://")
}

// isGUID reports whether a text is an id as Entra writes them.
func isGUID(text string) bool { return guidForm.MatchString(text) }

var guidForm = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
