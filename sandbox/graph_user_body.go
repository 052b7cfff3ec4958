package sandbox

import (
	"slices"
	"strings"
)

// userLimits are the texts of a user that are kept as sent, and how many characters each may have.
// https://learn.microsoft.com/graph/api/resources/agentuser
func userLimits() map[string]int {
	return map[string]int{
		"department": 64, "city": 128, "country": 128, "companyName": 64, "employeeId": 16, "employeeType": 64, "postalCode": 40,
		"officeLocation": 128, "mobilePhone": 64, "preferredLanguage": 64, "state": 128, "streetAddress": 1024, "preferredName": 256,
	}
}

const maxOtherMails = 250 // addresses, and characters of each

// applyUser reads the properties of a POST or PATCH into a user, in one order, so that the first fault is
// always the same.
func (g *graphCall) applyUser(st *state, u *user, body jsonObject) *graphError {
	for _, name := range body.names() {
		if fault := g.applyUserProperty(st, u, body, name); fault != nil {
			return fault
		}
	}
	return nil
}

// applyUserProperty is the table of properties: short texts kept as sent, those that are interpreted,
// read-only ones, and the rest of the model.
// https://learn.microsoft.com/graph/api/agentuser-update
func (g *graphCall) applyUserProperty(st *state, u *user, body jsonObject, name string) *graphError {
	const resource = "User"
	if limit, plain := userLimits()[name]; plain {
		var value string
		if fault := body.text(name, resource, limit, &value); fault != nil {
			return fault
		}
		return applyExtra(g.model["user"], &u.Extra, body, name, resource)
	}
	switch name {
	case "@odata.type", "sponsors@odata.bind":
		return nil
	case "displayName":
		return body.name(resource, &u.DisplayName)
	case "accountEnabled":
		return body.decode(name, resource, &u.AccountEnabled)
	case "givenName":
		return body.text(name, resource, 64, &u.GivenName)
	case "surname":
		return body.text(name, resource, 64, &u.Surname)
	case "jobTitle":
		return body.text(name, resource, 128, &u.JobTitle)
	case "mailNickname":
		return applyNickname(u, body)
	case "userPrincipalName":
		return applyUPN(st, u, body)
	case "usageLocation":
		return applyUsageLocation(u, body)
	case "otherMails":
		return applyOtherMails(g, u, body)
	case "identityParentId":
		return badRequest("Property 'identityParentId' is read-only and cannot be set.")
	case "id", "createdDateTime", "deletedDateTime", "creationType", "userType", "mail", "assignedLicenses", "proxyAddresses":
		return badRequest("Property '" + name + "' is read-only and cannot be set.")
	case "passwordProfile", "passwordPolicies":
		if u.isAgentUser() {
			return badRequest("Property '" + name + "' cannot be set on an agent user: agent users have no password.")
		}
		return denied()
	}
	return applyExtra(g.model["user"], &u.Extra, body, name, resource)
}

// applyNickname takes no character that an address could not have before its @.
func applyNickname(u *user, body jsonObject) *graphError {
	if fault := body.text("mailNickname", "User", 64, &u.MailNickname); fault != nil {
		return fault
	}
	if u.MailNickname == "" || strings.ContainsAny(u.MailNickname, "@()\\[]\";:<>, ") {
		return invalidValue("mailNickname", "User")
	}
	return nil
}

// applyUPN takes letters, digits and '.-_!#^~ before a verified domain; one user has a name, those in
// the recycle bin keep theirs no longer.
func applyUPN(st *state, u *user, body jsonObject) *graphError {
	name := u.UserPrincipalName
	if fault := body.text("userPrincipalName", "User", 113, &name); fault != nil {
		return fault
	}
	alias, domain, ok := strings.Cut(name, "@")
	allowed := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("'.-_!#^~", r)
	}
	bad := strings.IndexFunc(alias, func(r rune) bool { return !allowed(r) }) >= 0
	if !ok || alias == "" || len(alias) > 64 || bad || strings.HasPrefix(alias, ".") || strings.HasSuffix(alias, ".") {
		return invalidValue("userPrincipalName", "User")
	}
	if !strings.EqualFold(domain, tenantDomain) {
		return badRequest("The domain portion of the userPrincipalName property is invalid. You must use one of the verified domain names in your organization.")
	}
	// Names are compared without regard to case, as sign-in does.
	if other := st.userNamed(name); other != nil && other.ID != u.ID {
		return badRequest("Another object with the same value for property userPrincipalName already exists.")
	}
	u.UserPrincipalName = name
	return nil
}

// applyUsageLocation takes a country of two letters (ISO 3166), which licences need.
func applyUsageLocation(u *user, body jsonObject) *graphError {
	place := u.UsageLocation
	if fault := body.text("usageLocation", "User", 2, &place); fault != nil {
		return fault
	}
	letter := func(r rune) bool { return r >= 'A' && r <= 'Z' }
	if place = strings.ToUpper(place); place != "" && (len(place) != 2 || strings.IndexFunc(place, func(r rune) bool { return !letter(r) }) >= 0) {
		return invalidValue("usageLocation", "User")
	}
	u.UsageLocation = place
	return nil
}

// applyOtherMails takes 250 addresses of 250 characters, as the table of properties says.
func applyOtherMails(g *graphCall, u *user, body jsonObject) *graphError {
	var mails []string
	if fault := body.list("otherMails", "User", &mails); fault != nil {
		return fault
	}
	if len(mails) > maxOtherMails || slices.ContainsFunc(mails, func(m string) bool { return len(m) > maxOtherMails }) {
		return invalidValue("otherMails", "User")
	}
	return applyExtra(g.model["user"], &u.Extra, body, "otherMails", "User")
}
