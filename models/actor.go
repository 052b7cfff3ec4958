package models

// Actor is who acts: the person as known at the moment of the act.
type Actor struct {
	TID, OID       string
	Name, Username string
	Roles          []string // display names
	SignInID, IP   string
}

// String is the form the audit hashes: "<tid>/<oid>".
func (a Actor) String() string { return a.TID + "/" + a.OID }
