package entra

import (
	"maps"
	"slices"
	"strconv"
)

// Explanation says what a refusal means, what agents and the programs around
// them usually did to get it, and what to do about it. Each is whole sentences.
type Explanation struct{ Meaning, Cause, Fix string }

// Says is meaning and cause in one text.
func (e Explanation) Says() string {
	if e.Cause == "" {
		return e.Meaning
	}
	return e.Meaning + " " + e.Cause
}

// CodeRow is a code as it is written in an answer, with its explanation.
type CodeRow struct {
	Code string // AADSTS7000215, invalid_client, Request_ResourceNotFound
	Explanation
}

// CodeGroup is codes about one thing, in the order of their numbers.
type CodeGroup struct {
	Title string
	Rows  []CodeRow
}

// ExplainAADSTS explains a refusal of the token endpoint by its AADSTS code,
// and by its OAuth error when the code is not known here. It always has an
// answer. https://learn.microsoft.com/entra/identity-platform/reference-error-codes
func ExplainAADSTS(code int, oauthError string) Explanation {
	for _, table := range refusalTables() {
		if found, ok := table.codes[code]; ok {
			return found
		}
	}
	if found, ok := oauthRefusals[oauthError]; ok {
		return found
	}
	return Explanation{
		Meaning: "The sign-in service refused the request with a code this portal does not know.",
		Fix:     "Read the description above. For more, write the code after https://login.microsoftonline.com/error?code= in a browser.",
	}
}

// Codes lists all that ExplainAADSTS knows, OAuth errors last.
func Codes() []CodeGroup {
	var groups []CodeGroup
	for _, table := range refusalTables() {
		group := CodeGroup{Title: table.title}
		for _, code := range slices.Sorted(maps.Keys(table.codes)) {
			group.Rows = append(group.Rows, CodeRow{"AADSTS" + strconv.Itoa(code), table.codes[code]})
		}
		groups = append(groups, group)
	}
	oauth := CodeGroup{Title: "OAuth errors, where no code is known"}
	for _, code := range slices.Sorted(maps.Keys(oauthRefusals)) {
		oauth.Rows = append(oauth.Rows, CodeRow{code, oauthRefusals[code]})
	}
	return append(groups, oauth)
}

type refusalTable struct {
	title string
	codes map[int]Explanation
}

func refusalTables() []refusalTable {
	return []refusalTable{
		{"Agents", agentRefusals},
		{"Tokens sent as a credential: T1, T2 and others", assertionRefusals},
		{"Clients and their credentials", clientRefusals},
		{"The form of a request", requestRefusals},
		{"People and agent users", personRefusals},
		{"Signing in", signInRefusals},
	}
}

// agentRefusals are the codes only agents meet.
var agentRefusals = map[int]Explanation{
	82001: {
		"A blueprint may ask for app-only tokens of a few resources only: the token exchange and Microsoft Graph. This resource is not one of them.",
		"The blueprint itself asked for a mail, bot or storage token, or used a grant agents do not have.",
		"Get the token as an agent identity (mode Autonomous app): the agent may ask for this resource, its blueprint may not.",
	},
	82002: {
		"A blueprint cannot act on behalf of a user itself.",
		"The blueprint sent the person's token on its own, without T1 and an agent identity.",
		"Let one of its agent identities make the request: T1 for the blueprint first, then the agent's on-behalf-of request with T1 as its client assertion.",
	},
	82014: {
		"An agent identity cannot ask a person for consent.",
		"A program opened the consent page with the agent's client id.",
		"Grant the permission to the agent identity or, as an inheritable permission, to its blueprint; or send an administrator to the admin consent page.",
	},
	82018: {
		"Agents do not sign people in: an authorisation request for a blueprint or an agent identity may only have response_type=none.",
		"A sign-in page was opened with the client id of a blueprint or an agent identity.",
		"Use an ordinary application to sign the person in, asking for the blueprint's scope.",
	},
	50013: {
		"The user token sent along was not made for this blueprint, or its signature is wrong.",
		"The person signed in for Microsoft Graph, and that token was passed on to the agent.",
		"Get a user token whose audience is the blueprint: ask for a scope such as api://<blueprint>/access_agent.",
	},
	500131: {
		"The audience of the user token is not the application that sent it.",
		"The token was made for another application, or the blueprint sent it where the agent should.",
		"Get a user token whose audience is the blueprint, and send it as one of the blueprint's agent identities.",
	},
	50000: {
		"The sign-in service could not make the token.",
		"With an agent user: a user name was sent where the object id belongs.",
		"Write the user name in username, or the object id in user_id, not the one in place of the other.",
	},
	65001: {
		"Nobody has granted this agent identity the delegated permission it asked for.",
		"An agent identity starts without any permission. Neither it nor, inherited, its blueprint has this one yet.",
		"Grant the permission to the agent identity, or to its blueprint as an inheritable permission, then try again. A new grant can take a minute or two to count.",
	},
}

// assertionRefusals are about T1, T2 and other tokens sent as a credential.
var assertionRefusals = map[int]Explanation{
	700211: {
		"The issuer of the client assertion is not one the client trusts.",
		"T1 was taken from another tenant, asked for without the agent in fmi_path, or with another scope than the token exchange's.",
		"Ask for T1 in the agent's own tenant, with fmi_path set to the agent identity and the scope api://AzureADTokenExchange/.default.",
	},
	700212: {
		"The audience of the client assertion is not the one the client trusts.",
		"T1 was asked for with the scope of Microsoft Graph instead of the token exchange's.",
		"Ask for T1 with the scope api://AzureADTokenExchange/.default. For a federated credential, write the same audience in both places.",
	},
	700213: {
		"The subject of the client assertion is not the one the client trusts.",
		"T1 was made for another agent identity, or the agent belongs to another blueprint.",
		"Check that the agent identity belongs to this blueprint and that fmi_path holds this agent's id. For a federated credential, compare its subject letter by letter.",
	},
	70021: {
		"No federated credential of the client matches the assertion.",
		"Issuer, subject or audience of the federated credential differ from the assertion's by a letter.",
		"Compare issuer, subject and audience of the federated credential with those of the assertion.",
	},
	70025: {
		"The client has no federated credential at all, so an assertion of another issuer cannot stand for it.",
		"A token of a pipeline or another cloud was sent before its federated credential was added to the blueprint.",
		"Add a federated credential to the blueprint, or use a secret or a certificate.",
	},
	700222: {
		"A token issued by Entra ID itself cannot be used as this client's federated credential.",
		"The token of an ordinary application was sent as the blueprint's credential.",
		"Use a managed identity's token, a certificate or a secret for the blueprint.",
	},
	700227: {
		"The audience of the assertion is one that federated credentials may not have.",
		"The assertion was made for Microsoft Graph or another resource.",
		"Use api://AzureADTokenExchange as the audience.",
	},
	700229: {
		"Only app-only tokens can stand for a client. This one belongs to a person.",
		"The person's token was sent as client_assertion, where T1 belongs.",
		"Send the person's token as assertion, and T1 as client_assertion.",
	},
	700024: {
		"The client assertion is not valid at this moment.",
		"T1 was kept and used after its hour, or the clock of the machine is wrong.",
		"Get a fresh T1 and use it at once. Check the clock of this machine.",
	},
	700027: {
		"The signature of the client assertion is wrong.",
		"The certificate on the blueprint is another one, or T1 was cut when it was copied.",
		"Check that the certificate is the one on the blueprint, and that the assertion was sent whole.",
	},
	700030: {
		"The certificate of the client assertion is not valid.",
		"The certificate has ended, or was never added to the blueprint.",
		"Check when the certificate ends and that it is on the blueprint.",
	},
	50027: {
		"The token sent along is not valid.",
		"It was cut when it was copied, or is no token at all.",
		"Get it again and send it whole.",
	},
	700021: {
		"The client assertion was made for another client than the request names.",
		"T1 of one agent was sent with the id of another.",
		"Send the id that stands in sub of the assertion as client_id, or ask for T1 again.",
	},
	700023: {
		"The client assertion was made for another sign-in service or tenant.",
		"The certificate's assertion has the address of another tenant as its audience.",
		"Sign the assertion for the token endpoint of the agent's own tenant.",
	},
	500133: {
		"The user token sent along is not valid at this moment.",
		"It was kept after its hour and passed on to the agent.",
		"Get the user token again and send it at once. Check the clock of this machine.",
	},
}

// clientRefusals are about the client and its credential.
var clientRefusals = map[int]Explanation{
	7000215: {
		"The client secret is wrong: it is not one of this blueprint's secrets.",
		"Often the secret's id was copied in place of its value, or it is the secret of another blueprint.",
		"Type the secret's value, as shown once when it was made. If it is lost, add a new client secret to the blueprint.",
	},
	7000222: {
		"The client secret has expired.",
		"Nobody rotated the blueprint's secret before it ended.",
		"Add a new client secret to the blueprint, use it, then remove the old one.",
	},
	7000216: {
		"The request held no credential, and a blueprint has to prove itself.",
		"The program's setting for the secret is empty.",
		"Write the client secret, or choose a kept one.",
	},
	7000218: {
		"The request held no credential, and this client needs one.",
		"The program's setting for the secret is empty.",
		"Send client_secret or client_assertion.",
	},
	9002324: {
		"The request held more than one credential.",
		"A library was given a secret and T1 at the same time.",
		"Send either a client secret or a client assertion, not both.",
	},
	700025: {
		"This client is a public one and must not send a credential.",
		"The portal's or program's registration allows public clients.",
		"Leave the secret out, or use a confidential client.",
	},
	700016: {
		"There is no application of this id in the tenant.",
		"It belongs to another tenant, was deleted, or lacks its principal here. A new agent identity is not known everywhere for a minute.",
		"Check the id and the tenant. A new blueprint needs its principal; a new agent identity can take a minute to be known everywhere.",
	},
	7000112: {
		"The application is disabled.",
		"The agent identity, or the principal of its blueprint, was disabled by an administrator or sponsor.",
		"Enable the agent identity or the blueprint's principal, then try again.",
	},
	70001: {
		"The application is not known in this tenant or is disabled.",
		"The principal was disabled, or the id belongs to another tenant.",
		"Check the id and the tenant, and that the object is enabled.",
	},
	7000114: {
		"This application may not make requests on behalf of users.",
		"An ordinary application, or an app-only token in place of the person's, was used for on behalf of.",
		"Send the request as an agent identity with T1 as its client assertion.",
	},
	7000212: {
		"The client assertion holds a credential that is not registered on the application.",
		"The certificate was taken off the blueprint.",
		"Check that the certificate is on the blueprint.",
	},
	501051: {
		"The application has no role for this resource, and the resource gives tokens only to those that have.",
		"The agent identity was never assigned one of the resource's app roles.",
		"Assign one of the resource's app roles to the agent identity.",
	},
	7000229: {
		"The application has no service principal in this tenant.",
		"The blueprint was made a moment ago, or its principal was never created or has been deleted.",
		"Create the blueprint principal. If it is new, wait a minute and try again.",
	},
}
