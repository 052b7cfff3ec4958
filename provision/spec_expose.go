package provision

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"unicode"

	"github.com/google/uuid"

	"agentidportal/entra/graph"
)

// ExposeSpec is what a blueprint needs so that agents can act on behalf of users: an API of its own that clients get
// user tokens for.
// https://learn.microsoft.com/entra/agent-id/create-blueprint
type ExposeSpec struct {
	Scope         string   `json:"scope"`         // value of the scope: access_agent
	AdminOnly     bool     `json:"adminOnly"`     // only admins may consent to it
	Preauthorized []string `json:"preauthorized"` // client ids that need no consent
	RedirectURIs  []string `json:"redirectUris"`  // web redirect URIs, for consent pages
}

// DefaultScope is the value of the scope that the documents use.
const DefaultScope = "access_agent"

// Limits of an application.
// https://learn.microsoft.com/entra/identity-platform/reply-url
const (
	maxRedirectURI   = 256 // characters
	maxRedirectURIs  = 256
	maxPreauthorized = 100
)

var scopeValue = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.:/-]{0,119}$`)

// permission is the scope as the directory takes it. Its id follows from the blueprint's name, so that the call that
// was reviewed is the call that is sent.
func (x ExposeSpec) permission(blueprintName string) graph.PermissionScope {
	kind := graph.ScopeForUsers
	if x.AdminOnly {
		kind = graph.ScopeForAdmins
	}
	return graph.PermissionScope{
		ID:    uuid.NewSHA1(uuid.NameSpaceURL, []byte("scope:"+strings.TrimSpace(blueprintName)+"\x00"+x.Scope)).String(),
		Value: x.Scope, Type: kind, IsEnabled: true,
		AdminConsentName:  "Call the agents of this blueprint",
		AdminConsentWords: "Lets the app call agents of this blueprint, which then act with the rights of the person who is signed in.",
		UserConsentName:   "Call the agent for you",
		UserConsentWords:  "Lets the app call the agent, which then acts with your rights.",
	}
}

// Faults returns what is wrong with each field, keyed by its name in the JSON of a spec: "expose.scope".
func (x ExposeSpec) Faults() map[string]string {
	faults := map[string]string{}
	for field, fault := range map[string]string{
		"expose.scope": x.scopeFault(), "expose.preauthorized": x.preauthorizedFault(), "expose.redirectUris": x.redirectFault(),
	} {
		if fault != "" {
			faults[field] = fault
		}
	}
	return faults
}

func (x ExposeSpec) scopeFault() string {
	if scopeValue.MatchString(x.Scope) {
		return ""
	}
	return "Write the scope in 1 to 120 letters, digits and _ . : / -, for example " + DefaultScope + "."
}

func (x ExposeSpec) preauthorizedFault() string {
	if n := len(x.Preauthorized); n > maxPreauthorized {
		return fmt.Sprintf("Name at most %d clients. These are %d.", maxPreauthorized, n)
	}
	seen := map[string]int{}
	for i, client := range x.Preauthorized {
		id, err := graph.ParseGUID(client)
		if err != nil {
			return fmt.Sprintf("Client %d: write its application (client) ID, a GUID.", i+1)
		}
		if at := seen[id]; at > 0 {
			return fmt.Sprintf("Clients %d and %d are the same, %s. Take one away.", at, i+1, id)
		}
		seen[id] = i + 1
	}
	return ""
}

func (x ExposeSpec) redirectFault() string {
	if n := len(x.RedirectURIs); n > maxRedirectURIs {
		return fmt.Sprintf("Write at most %d redirect URIs. These are %d.", maxRedirectURIs, n)
	}
	seen := map[string]int{}
	for i, address := range x.RedirectURIs {
		if fault := redirectURIFault(address); fault != "" {
			return fmt.Sprintf("Redirect URI %d: %s", i+1, fault)
		}
		if at := seen[address]; at > 0 {
			return fmt.Sprintf("Redirect URIs %d and %d are the same. Take one away.", at, i+1)
		}
		seen[address] = i + 1
	}
	return ""
}

// redirectURIFault is the rule for web redirect URIs.
// https://learn.microsoft.com/entra/identity-platform/reply-url
func redirectURIFault(address string) string {
	u, err := url.Parse(address)
	switch {
	case address == "" || err != nil || u.Host == "" || u.Hostname() == "" || strings.ContainsFunc(address, unseen):
		return "write a whole address, for example https://portal.example/callback."
	case len(address) > maxRedirectURI:
		return fmt.Sprintf("write at most %d characters. This has %d.", maxRedirectURI, len(address))
	case u.Scheme != "https" && (u.Scheme != "http" || u.Hostname() != "localhost"):
		return "it has to begin with https://, or with http://localhost for trying out. A code sent in the clear could be read on its way."
	case strings.Contains(address, "#"):
		return "leave out the part from # on. Entra takes none."
	case strings.Contains(address, "*"):
		return "write it without *. Whoever owns any address that fits could take the codes."
	case u.User != nil:
		return "leave out user and password."
	}
	return ""
}

func unseen(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || graph.Hidden(r) }
