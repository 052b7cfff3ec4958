package web

import (
	"slices"

	"github.com/labstack/echo/v4"
)

// Role is what the portal lets a person do. Graph stays the judge of what
// happens in the tenant; a role decides which pages and buttons there are.
type Role int

// Roles, from the least to the most. An Operator does not hold Auditor: he
// sees his own acts in the audit, an Auditor sees all and changes nothing.
const (
	Member Role = iota
	Auditor
	Operator
	Admin
)

// String names the role as pages show it.
func (r Role) String() string {
	switch r {
	case Auditor:
		return "Auditor"
	case Operator:
		return "Operator"
	case Admin:
		return "Admin"
	default:
		return "Member"
	}
}

// Template ids of the directory roles that count. They are the same in every
// tenant: https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference
const (
	GlobalAdministrator  = "62e90394-69f5-4237-9190-012177145e10"
	AgentIDAdministrator = "db506228-d27e-4b7d-95e5-295956d6615f"
	AgentIDDeveloper     = "adb2368d-a9be-41b5-8667-d96778e081b0"
	GlobalReader         = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"
	SecurityReader       = "5d6b6bb7-de71-4623-b4af-96380a352509"
	ReportsReader        = "4a5d8f65-41da-4de4-8968-e035b65339cf"
)

// RoleOf returns the highest role that directory roles give, by their
// template ids. Unknown ids count for nothing.
func RoleOf(templateIDs []string) Role {
	return slices.Max(RolesOf(templateIDs))
}

// RolesOf returns every role that directory roles give. Member is always one.
func RolesOf(templateIDs []string) []Role {
	roles := []Role{Member}
	for _, id := range templateIDs {
		switch id {
		case GlobalAdministrator, AgentIDAdministrator:
			roles = append(roles, Admin)
		case AgentIDDeveloper:
			roles = append(roles, Operator)
		case GlobalReader, SecurityReader, ReportsReader:
			roles = append(roles, Auditor)
		}
	}
	slices.Sort(roles)
	return slices.Compact(roles)
}

// User is the person behind a request. The key is TID and OID; names are for
// display only.
type User struct {
	SignInID, TID, OID, Name, Username string
	// Roles are display names of directory roles, as Graph gave them.
	Roles []string
	// Role is the highest of Held.
	Role Role
	Held []Role
}

// Has says whether the person holds one of the roles. Admin holds them all.
func (u *User) Has(roles ...Role) bool {
	if u == nil {
		return false
	}
	if u.Role == Admin {
		return true
	}
	for _, r := range roles {
		if r == Member || r == u.Role || slices.Contains(u.Held, r) {
			return true
		}
	}
	return false
}

type contextKey string

const (
	keyServer    contextKey = "server"
	keyRequestID contextKey = "request id"
	keyUser      contextKey = "user"
)

// CurrentUser returns who is signed in, or nil.
func CurrentUser(c echo.Context) *User {
	u, _ := c.Get(string(keyUser)).(*User)
	return u
}

// RequestID returns the id of the request, as the answer's header has it.
func RequestID(c echo.Context) string {
	id, _ := c.Get(string(keyRequestID)).(string)
	return id
}
