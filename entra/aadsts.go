package entra

// Explanation says what a refusal means here and what to do about it.
type Explanation struct{ Meaning, Fix string }

// ExplainAADSTS explains a refusal of the token endpoint by its AADSTS code,
// and by its OAuth error when the code is not known here. It always has an
// answer. https://learn.microsoft.com/entra/identity-platform/reference-error-codes
func ExplainAADSTS(code int, oauthError string) Explanation {
	tables := []map[int]Explanation{agentRefusals, assertionRefusals, clientRefusals, requestRefusals, personRefusals, signInRefusals}
	for _, table := range tables {
		if found, ok := table[code]; ok {
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

// agentRefusals are the codes only agents meet.
var agentRefusals = map[int]Explanation{
	82001: {
		"A blueprint may ask for app-only tokens of a few resources only: the token exchange and Microsoft Graph. This resource is not one of them.",
		"Get the token as an agent identity (mode Autonomous app): the agent may ask for this resource, its blueprint may not.",
	},
	82002: {
		"A blueprint cannot act on behalf of a user itself.",
		"Let one of its agent identities make the request: T1 for the blueprint first, then the agent's on-behalf-of request with T1 as its client assertion.",
	},
	82014: {
		"An agent identity cannot ask a person for consent.",
		"Grant the permission to the agent identity or, as an inheritable permission, to its blueprint; or send an administrator to the admin consent page.",
	},
	82018: {
		"Agents do not sign people in: an authorisation request for a blueprint or an agent identity may only have response_type=none.",
		"Use an ordinary application to sign the person in, asking for the blueprint's scope.",
	},
	50013: {
		"The user token sent along was not made for this blueprint, for instance because it was made for Microsoft Graph.",
		"Get a user token whose audience is the blueprint: ask for a scope such as api://<blueprint>/access_agent.",
	},
	500131: {
		"The audience of the user token is not the application that sent it.",
		"Get a user token whose audience is the blueprint, and send it as one of the blueprint's agent identities.",
	},
	50000: {
		"The sign-in service could not make the token. With an agent user this is what happens when a user name is sent where the object id belongs.",
		"Write the user name in username, or the object id in user_id, not the one in place of the other.",
	},
	65001: {
		"Nobody has granted this agent identity the delegated permission it asked for.",
		"Grant the permission to the agent identity, or to its blueprint as an inheritable permission, then try again. A new grant can take a minute or two to count.",
	},
}

// assertionRefusals are about T1, T2 and other tokens sent as a credential.
var assertionRefusals = map[int]Explanation{
	700211: {
		"The issuer of the client assertion is not one the client trusts. T1 was taken from another tenant, or asked for without the agent in fmi_path, or with another scope than the token exchange's.",
		"Ask for T1 in the agent's own tenant, with fmi_path set to the agent identity and the scope api://AzureADTokenExchange/.default.",
	},
	700212: {
		"The audience of the client assertion is not the one the client trusts.",
		"Ask for T1 with the scope api://AzureADTokenExchange/.default. For a federated credential, write the same audience in both places.",
	},
	700213: {
		"The subject of the client assertion is not the one the client trusts. T1 may be for another agent identity.",
		"Check that the agent identity belongs to this blueprint and that fmi_path holds this agent's id. For a federated credential, compare its subject letter by letter.",
	},
	70021: {
		"No federated credential of the client matches the assertion.",
		"Compare issuer, subject and audience of the federated credential with those of the assertion.",
	},
	70025: {
		"The client has no federated credential at all, so an assertion of another issuer cannot stand for it.",
		"Add a federated credential to the blueprint, or use a secret or a certificate.",
	},
	700222: {
		"A token issued by Entra ID itself cannot be used as this client's federated credential.",
		"Use a managed identity's token, a certificate or a secret for the blueprint.",
	},
	700227: {
		"The audience of the assertion is one that federated credentials may not have.",
		"Use api://AzureADTokenExchange as the audience.",
	},
	700229: {
		"Only app-only tokens can stand for a client; this one belongs to a person.",
		"Send the person's token as assertion, and T1 as client_assertion.",
	},
	700024: {
		"The client assertion is not valid at this moment: it has expired, or the clocks differ.",
		"Get a fresh T1 and use it at once. Check the clock of this machine.",
	},
	700027: {
		"The signature of the client assertion is wrong: the key does not belong to the client, or the token was changed.",
		"Check that the certificate is the one on the blueprint, and that the assertion was sent whole.",
	},
	700030: {
		"The certificate of the client assertion is not valid.",
		"Check when the certificate ends and that it is on the blueprint.",
	},
	50027: {
		"The token sent along is not valid: it was changed, cut or is not a token.",
		"Get it again and send it whole.",
	},
}

// clientRefusals are about the client and its credential.
var clientRefusals = map[int]Explanation{
	7000215: {
		"The client secret is wrong. It is not one of this blueprint's secrets; often the secret's id was copied in place of its value.",
		"Type the secret's value, as shown once when it was made. If it is lost, add a new client secret to the blueprint.",
	},
	7000222: {
		"The client secret has expired.",
		"Add a new client secret to the blueprint, use it, then remove the old one.",
	},
	7000216: {
		"The request held no credential. A blueprint has to prove itself with a secret, a certificate or a federated token.",
		"Write the client secret, or choose a kept one.",
	},
	7000218: {
		"The request held no credential, and this client needs one.",
		"Send client_secret or client_assertion.",
	},
	9002324: {
		"The request held more than one credential.",
		"Send either a client secret or a client assertion, not both.",
	},
	700025: {
		"This client is a public one and must not send a credential.",
		"Leave the secret out, or use a confidential client.",
	},
	700016: {
		"There is no application of this id in the tenant. It may belong to another tenant, have been deleted, or lack its principal here.",
		"Check the id and the tenant. A new blueprint needs its principal; a new agent identity can take a minute to be known everywhere.",
	},
	7000112: {
		"The application is disabled.",
		"Enable the agent identity or the blueprint's principal, then try again.",
	},
	70001: {
		"The application is not known in this tenant or is disabled.",
		"Check the id and the tenant, and that the object is enabled.",
	},
	7000114: {
		"This application may not make requests on behalf of users.",
		"Send the request as an agent identity with T1 as its client assertion.",
	},
	7000212: {
		"The client assertion holds a credential that is not registered on the application.",
		"Check that the certificate is on the blueprint.",
	},
	501051: {
		"The application has no role for this resource, and the resource gives tokens only to those that have.",
		"Assign one of the resource's app roles to the agent identity.",
	},
}
