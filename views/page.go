// Package views turns typed data into HTML. A view decides nothing and fetches
// nothing: it is handed what it shows, and it shows all of it.
//
// The parts (buttons, tables, notices, hop cards) follow one visual language:
// two-cell labels, shape for the kind of a thing, colour for its state, and
// every state said by icon, word and colour at once.
package views

import "time"

// Page is what surrounds the content of every page.
type Page struct {
	// Title is the one h1 of the page and, with the portal's name, its title.
	Title string
	// Section is the navigation entry the page belongs to: its Key.
	Section string
	// Lead is the sentence below the title; empty for none.
	Lead string
	// Crumbs lead from Overview to the page; the last one has no Href.
	Crumbs []Crumb
	Tenant TenantBadge
	// User is nil before sign-in.
	User *Person
	Nav  []NavGroup
	// MaySearch shows the search box; Searched is what stands in it.
	MaySearch bool
	Searched  string
	// Theme is "light", "dark" or "" for what the system says.
	Theme string
	// Zone is the reader's time zone; nil or UTC shows UTC alone.
	Zone *time.Location
	// Now is the time of the request; relative times count from it.
	Now       time.Time
	RequestID string
	// Path is the address of the page, without the host.
	Path string
	// HasError puts "Error: " before the title, so that it is heard first.
	HasError bool
	// Trouble is what the sandbox is told to make difficult, a line each.
	Trouble []string
	// Refresh renews the page after so many seconds when there is no script.
	Refresh int
}

// Crumb is one part of the way to a page.
type Crumb struct{ Text, Href string }

// TenantBadge names the tenant on every page.
type TenantBadge struct {
	Domain  string
	Sandbox bool
}

// Person is who is signed in, as the header shows it.
type Person struct{ Name, Username, Role string }

// NavGroup is a group of the navigation; Title is empty for the first one.
type NavGroup struct {
	Title string
	Items []NavItem
}

// NavItem is a place one can go to. Icon is an icon or the mark of a kind.
type NavItem struct {
	Key, Title, Href, Icon string
	// Count stands at the right; Attention says that it needs somebody.
	Count     string
	Attention bool
}

// Tone is the state a colour stands for. Each has its icon as well.
type Tone string

// Tones of notices, badges, statuses and verdicts.
const (
	ToneInfo    Tone = "info"
	ToneOK      Tone = "ok"
	ToneWarn    Tone = "warn"
	ToneDanger  Tone = "danger"
	ToneSandbox Tone = "sandbox"
	ToneWait    Tone = "wait"
	ToneSecret  Tone = "secret" // amber, with a key
	ToneMuted   Tone = "muted"
	ToneOpen    Tone = "open" // a dashed ring: not begun
)

// DefaultNav is the navigation of the pages there are. Items a person may not
// open are left out by the caller, not shown in grey.
func DefaultNav() []NavGroup {
	return []NavGroup{
		{Items: []NavItem{{Key: "overview", Title: "Overview", Href: "/", Icon: "house"}}},
		{Title: "Identities", Items: []NavItem{
			{Key: "blueprints", Title: "Blueprints", Href: "/blueprints", Icon: "blueprint"},
			{Key: "principals", Title: "Blueprint principals", Href: "/principals", Icon: "blueprintPrincipal"},
			{Key: "agents", Title: "Agent identities", Href: "/agents", Icon: "agentIdentity"},
			{Key: "agent-users", Title: "Agent users", Href: "/agent-users", Icon: "agentUser"},
			{Key: "findings", Title: "Findings", Href: "/findings", Icon: "exclamation-triangle"},
		}},
		{Title: "Tokens", Items: []NavItem{
			{Key: "tokens", Title: "Token lab", Href: "/tokens", Icon: "arrow-left-right"},
			{Key: "inspect", Title: "Inspector", Href: "/tokens/inspect", Icon: "search"},
		}},
		{Title: "Evidence", Items: []NavItem{
			{Key: "audit", Title: "Audit", Href: "/audit", Icon: "journal-check"},
			{Key: "runs", Title: "Runs", Href: "/runs", Icon: "list-task"},
			{Key: "recycle-bin", Title: "Recycle bin", Href: "/recycle-bin", Icon: "trash"},
		}},
		{Title: "Portal", Items: []NavItem{
			{Key: "sandbox", Title: "Sandbox", Href: "/sandbox", Icon: "sliders"},
			{Key: "settings", Title: "Settings", Href: "/settings", Icon: "gear"},
			{Key: "help", Title: "Help", Href: "/help", Icon: "info-circle"},
		}},
	}
}
