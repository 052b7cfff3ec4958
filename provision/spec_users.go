package provision

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"agentidportal/entra/graph"
)

// DefaultUPNPattern names agent users after their agent identities.
const DefaultUPNPattern = "{agent}"

// UsersSpec is what the agent users of a run have in common; each agent identity of the run gets one.
// https://learn.microsoft.com/entra/agent-id/agent-users
type UsersSpec struct {
	UPNPattern    string      `json:"upnPattern"`              // {agent}, {name}, {n}, {nn}, before the @
	Domain        string      `json:"domain"`                  // a verified domain of the tenant
	UsageLocation string      `json:"usageLocation,omitempty"` // two letters; needed before a licence
	License       *LicenseRef `json:"license,omitempty"`
	Manager       *Principal  `json:"manager,omitempty"`
	Sponsors      []Principal `json:"sponsors,omitempty"`
}

// LicenseRef is a product of the tenant that licences are taken from.
type LicenseRef struct {
	SKUID string `json:"skuId"`
	Name  string `json:"name"` // its part number
}

// words name a product for a sentence.
func (l LicenseRef) words() string {
	if l.Name == "" {
		return l.SKUID
	}
	return l.Name
}

// UserRow is the agent user of a row.
type UserRow struct {
	UPN           string      `json:"upn"`
	DisplayName   string      `json:"displayName,omitempty"` // empty: that of the agent identity
	UsageLocation string      `json:"usageLocation,omitempty"`
	License       *LicenseRef `json:"license,omitempty"`
	Manager       *Principal  `json:"manager,omitempty"`
	Sponsors      []Principal `json:"sponsors,omitempty"`
}

// usersFaults are the faults of what all agent users have in common, and of the names that the pattern gives, by field.
func (b BlueprintSpec) usersFaults() map[string]string {
	u := b.Users
	if u == nil {
		return nil
	}
	faults := map[string]string{
		"users.upnPattern": b.upnPatternFault(), "users.usageLocation": locationFault(u.UsageLocation), "users.manager": managerFault(u.Manager),
	}
	if strings.TrimSpace(u.Domain) == "" {
		faults["users.domain"] = "Choose the domain of the agent users’ sign-in names."
	}
	if len(u.Sponsors) > 0 {
		faults["users.sponsors"] = sponsorsFault(u.Sponsors, "agent user")
	}
	if u.UsageLocation == "" {
		faults["users.usageLocation"] = b.noLocationFault()
	}
	return faults
}

// noLocationFault says which licence cannot be given as long as the agent users have no usage location in common.
func (b BlueprintSpec) noLocationFault() string {
	if b.Users.License != nil {
		return "Write the usage location. Graph gives no licence to a user without one."
	}
	for i, row := range b.Rows {
		if row.User != nil && row.User.License != nil && row.User.UsageLocation == "" {
			return fmt.Sprintf("Row %d has a licence and no usage location. Write the one of all rows that have none: Graph gives no licence to a user without it.", i+1)
		}
	}
	return ""
}

// upnPatternFault refuses patterns that give no sign-in name, or one name twice.
func (b BlueprintSpec) upnPatternFault() string {
	if strings.TrimSpace(b.Users.UPNPattern) == "" {
		return "Write a pattern, for example " + DefaultUPNPattern + "."
	}
	for _, found := range placeholder.FindAllString(b.Users.UPNPattern, -1) {
		if !slices.Contains([]string{"{agent}", "{name}", "{n}", "{nn}"}, found) {
			return fmt.Sprintf("%s is not known. A pattern takes {agent}, {name}, {n} and {nn}.", found)
		}
	}
	if strings.Contains(b.Users.UPNPattern, "@") {
		return "Write the part before the @ only. The domain is chosen beside it."
	}
	first := map[string]int{}
	for i, row := range b.AgentRows() {
		local, domain, _ := strings.Cut(row.User.UPN, "@")
		if b.ownUPN(i) || domain == "" {
			continue
		}
		if fault := upnFault(row.User.UPN); fault != "" {
			return fmt.Sprintf("The pattern gives “%s” for “%s”. %s", local, row.Name, fault)
		}
		key := strings.ToLower(row.User.UPN)
		if at, twice := first[key]; twice {
			return fmt.Sprintf("The pattern gives agents %d and %d the same name, “%s”. Put {agent} or {nn} into it.", at, i+1, local)
		}
		first[key] = i + 1
	}
	return ""
}

// ownUPN says whether a row names its agent user itself.
func (b BlueprintSpec) ownUPN(i int) bool {
	return i < len(b.Rows) && b.Rows[i].User != nil && b.Rows[i].User.UPN != ""
}

// Limits of a user. https://learn.microsoft.com/graph/api/agentuser-post
const (
	maxLocalPart = 64 // it is the mail nickname, too
	maxUPN       = 113
)

// localPartFault is the rule for a sign-in name before its @, which is stricter for users than for addresses.
// https://learn.microsoft.com/graph/api/agentuser-post
func localPartFault(local string) string {
	switch n := len(local); {
	case n == 0:
		return "Write a name before the @."
	case n > maxLocalPart:
		return fmt.Sprintf("Write at most %d characters before the @. These are %d.", maxLocalPart, n)
	case strings.HasPrefix(local, "."), strings.HasSuffix(local, "."), strings.Contains(local, ".."):
		return "Write no dot at the beginning or the end, and no two in a row."
	}
	if at := strings.IndexFunc(local, func(r rune) bool { return !inUPN(r) }); at >= 0 {
		return fmt.Sprintf("Use letters A to Z, digits and '.-_!#^~ only, not %s.", showRune(local[at:]))
	}
	return ""
}

func inUPN(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("'.-_!#^~", r)
}

// showRune names the first character of a text, also one that cannot be seen.
func showRune(text string) string {
	r, _ := utf8.DecodeRuneInString(text)
	switch {
	case r == ' ':
		return "a blank"
	case r < ' ', graph.Hidden(r):
		return fmt.Sprintf("%U", r)
	}
	return fmt.Sprintf("“%c”", r)
}

// upnFault is the rule for a whole sign-in name. Whether its domain is the tenant's is asked of DomainFault.
func upnFault(upn string) string {
	local, domain, ok := strings.Cut(upn, "@")
	switch {
	case !ok, domain == "", strings.Contains(domain, "@"):
		return "Write a name, an @ and a verified domain."
	case len(upn) > maxUPN:
		return fmt.Sprintf("Write at most %d characters. These are %d.", maxUPN, len(upn))
	}
	return localPartFault(local)
}

// DomainFault says that a domain is none of the tenant's verified ones; empty when it is.
func DomainFault(domain string, verified []string) string {
	if slices.ContainsFunc(verified, func(d string) bool { return strings.EqualFold(d, domain) }) {
		return ""
	}
	return fmt.Sprintf("“%s” is no verified domain of this tenant. Use %s.", domain, either(verified))
}

func managerFault(manager *Principal) string {
	if manager != nil && manager.Kind != graph.KindUser {
		return fmt.Sprintf("“%s” is %s. Only a person can be a manager.", manager.Words(), kindWords(manager.Kind))
	}
	return ""
}

// locationFault is the rule for a usage location; none is no fault.
func locationFault(code string) string {
	if code == "" || IsCountry(code) {
		return ""
	}
	return fmt.Sprintf("“%s” is no country code. Write the two letters of a country, as DE or US.", code)
}

// either lists words of which one is to be chosen.
func either(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
