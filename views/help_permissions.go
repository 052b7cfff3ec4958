package views

// PermissionsHelp is the page that says who may do what.
type PermissionsHelp struct {
	// Roles are those of the reader; empty before sign-in.
	Roles string
	Acts  []PermissionAct
}

// PermissionAct is what one act needs. An empty permission means that the way
// does not exist.
type PermissionAct struct {
	Act, Call, Delegated, Application, Who, Note string
	// Asked says that the portal asks for the delegated permission at sign-in.
	Asked bool
}
