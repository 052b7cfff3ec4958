package provision

// The columns of a table of agent identities. Of a fault, they name the field.
const (
	colName         = "name"
	colSponsors     = "sponsors"
	colUser         = "user"
	colUserName     = "user_display_name"
	colLocation     = "usage_location"
	colLicense      = "license"
	colManager      = "manager"
	colUserSponsors = "user_sponsors"
)

// RowColumns are the columns a table of agent identities may have, in the order
// of the template. People are named by user principal name or object id, several
// with | between them.
func RowColumns() []string {
	return []string{colName, colSponsors, colUser, colUserName, colLocation, colLicense, colManager, colUserSponsors}
}
