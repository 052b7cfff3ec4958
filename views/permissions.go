package views

import (
	"strings"
	"time"

	"agentidportal/provision"
)

// ObjectPermissions is the tab Permissions of an agent identity, an agent user
// or a blueprint principal.
type ObjectPermissions struct {
	ObjectHead
	Note string // beside the title
	Rows []PermissionRow
	// Faults are the parts that could not be read, and why.
	Faults []PermissionFault
	// SeeWords and SeeHref lead to permissions that count as well; empty for none.
	SeeWords, SeeHref string
	// Find is the search for one more; nil for those who may not add any.
	Find *PermissionSearch
}

// PermissionFault is a part of the tab that could not be read.
type PermissionFault struct{ What, Why string }

// PermissionRow is one permission that somebody holds.
type PermissionRow struct {
	Value, Name string // Mail.Send, "Send mail as any user"
	ID          string // of the permission; empty where the API does not tell
	API         string
	Kind        string // "Application" or "Delegated"
	Source      string // "Assigned here"
	SourceHref  string
	Note        string    // what the source means further
	Since       time.Time // zero: the directory does not say
	// InheritHref is the page that changes what agent identities inherit; empty
	// where that says nothing, or is not for this person.
	InheritHref, InheritWords string

	RemoveHref string // empty where it cannot be removed here, or not by this person
}

// PermissionSearch is the search for a permission to add.
type PermissionSearch struct {
	Action   string // address of the tab
	API, Q   string // as typed
	Searched bool
	Fault    string
	APIs     []PermissionAPI // found by name, the one whose permissions are listed first
	Found    []FoundPermission
	More     bool
}

// PermissionAPI is an API that was found; Href lists its permissions.
type PermissionAPI struct{ Name, AppID, Href string }

// FoundPermission is a permission with the page that adds it.
type FoundPermission struct {
	provision.Permission
	Held    bool // it is there already
	AddHref string
}

// kind is the sort of a permission in one word.
func (f FoundPermission) kind() string { return PermissionKind(f.Application) }

// words are what a permission allows, the longest that the API has.
func (f FoundPermission) words() string {
	if f.Description != "" && !strings.EqualFold(f.Description, f.Name) {
		return f.Description
	}
	return ""
}

// PermissionKind is the sort of a permission in one word.
func PermissionKind(application bool) string {
	if application {
		return "Application"
	}
	return "Delegated"
}

// removable says whether any of the permissions can be removed here.
func (o ObjectPermissions) removable() bool {
	for _, r := range o.Rows {
		if r.RemoveHref != "" {
			return true
		}
	}
	return false
}

func permissionColumns(o ObjectPermissions) []Column {
	columns := []Column{{Title: "Permission"}, {Title: "Kind"}, {Title: "API"}, {Title: "Source"}, {Title: "Since (UTC)"}}
	if o.removable() {
		columns = append(columns, Column{Title: "Remove", Silent: true})
	}
	return columns
}

// PermissionForm is the page that asks before a permission is given or taken.
type PermissionForm struct {
	Remove              bool
	Inherit             bool   // it is about what agent identities inherit
	Request             string // id of this form
	Holder, HolderHref  string
	Action              string
	Hidden              []HiddenField // what is given or taken
	Value, Name, Kind   string
	API, APIAppID       string
	Who                 string // whom a delegated permission is for
	Blocked             string // why it cannot be given
	Reason              string
	ReasonRequired      bool
	Faults              map[string]string
	Errors              []FieldError
	Call, Needs, Before string
}

func (f PermissionForm) does() string {
	switch {
	case f.Inherit && f.Remove:
		return "End inheritance"
	case f.Inherit:
		return "Let agents inherit it"
	}
	if f.Remove {
		return "Remove permission"
	}
	return "Grant permission"
}
