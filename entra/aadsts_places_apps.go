package entra

// applicationRefusals are those of an ordinary application.
var applicationRefusals = map[int]Explanation{
	7000215: {
		"The client secret is wrong: it is not one of this application's secrets.",
		"Often the secret's id was copied in place of its value, or it is the secret of another application.",
		"Type the secret's value, as shown once when it was made. If it is lost, its owner adds a new one in the Entra admin center.",
	},
	7000222: {
		"The client secret has expired.",
		"Nobody rotated the application's secret before it ended.",
		"Let the application's owner add a new client secret in the Entra admin center, and type that one.",
	},
	700016: {
		"There is no application of this App ID in the tenant.",
		"The App ID has a typing error, is an object id, or belongs to an application of another tenant.",
		"Write the App ID (client ID) as the application's registration shows it.",
	},
	7000112: {
		"The application is disabled in this tenant.",
		"An administrator disabled its enterprise application.",
		"Enable it in the Entra admin center, or write the App ID of another application.",
	},
	82001: {
		"The App ID is that of a blueprint, which gets tokens of its own for Microsoft Graph and the token exchange only.",
		"This is another resource; the agents of the blueprint may ask for it.",
		"Ask as an agent identity of the blueprint, in the mode Autonomous app.",
	},
	65001: {
		"Nobody has granted this application the delegated permission it asked for, neither for everybody nor for this user.",
		"The application asked for a new scope, and without a browser nobody can be asked for consent.",
		"Let the user sign in to the application in a browser and consent, or let an administrator consent for all; or write a scope that is granted.",
	},
	1002012: {
		"Without a user, single scopes cannot be asked for: the scope has to end in /.default.",
		"The scope names a single permission, or none.",
		"Ask for the resource followed by /.default. The token then carries all that was granted there.",
	},
	50000: serverFault,
}

// partnerRefusals are those of the application in another tenant, whose
// credential is the agent's T2.
var partnerRefusals = map[int]Explanation{
	90002: {
		"The other tenant was not found.",
		"Its Tenant ID has a typing error, or it belongs to another cloud.",
		"Write the Tenant ID of the other tenant as its overview in the Entra admin center shows it.",
	},
	700016: {
		"There is no application of this App ID in the other tenant.",
		"The App ID has a typing error, is an object id, or the application has no principal over there.",
		"Write the App ID of an application of the other tenant.",
	},
	7000112: {
		"The application is disabled in the other tenant.",
		"An administrator over there disabled it.",
		"Ask an administrator of the other tenant to enable it.",
	},
	70025: {
		"The application of the other tenant has no federated credential at all, so the agent's T2 cannot stand for it.",
		"Nobody over there has made this agent identity its credential yet.",
		"In the other tenant, add a federated credential to the application.",
	},
	700211: {
		"The application of the other tenant trusts no token of this tenant.",
		"Its federated credentials name other issuers.",
		"In the other tenant, add a federated credential to the application.",
	},
	700212: {
		"The federated credential of the application in the other tenant names another audience.",
		"It was made by hand with an audience of its own.",
		"In the other tenant, correct the audience of the federated credential.",
	},
	700213: {
		"The application of the other tenant does not trust this agent identity.",
		"Its federated credential names another subject: another agent, or the blueprint. The subject has to be the agent identity's object id.",
		"Choose the agent it trusts, or add a federated credential for this agent in the other tenant.",
	},
	700222: {
		"The other tenant does not take this token of Entra ID as a credential.",
		"T2 was not made for the token exchange.",
		"Try again; if it is refused again, look at T2 above.",
	},
	500011: {
		"The resource is not known in the other tenant.",
		"The scope has a typing error, or the resource is one of this tenant alone.",
		"Write the scope of a resource that the other tenant has, such as Microsoft Graph.",
	},
	1002012: {
		"Without a user, single scopes cannot be asked for: the scope has to end in /.default.",
		"The scope names a single permission, or none.",
		"Ask for the resource followed by /.default.",
	},
	50000: serverFault,
}

// federatedRefusals are those of a federated token as the credential of a
// blueprint or an ordinary application.
func federatedRefusals(whose string) map[int]Explanation {
	return map[int]Explanation{
		70025: {
			"The " + whose + " has no federated credential at all, so the token of another issuer cannot stand for it.",
			"The pipeline or managed identity was set up before the federated credential was added.",
			"Add a federated credential to the " + whose + ", or use a secret or a certificate.",
		},
		700211: {
			"The issuer of the federated token is not one that the " + whose + " trusts.",
			"The federated credential was made for another issuer, or differs from it by a letter or a slash.",
			"Compare the issuer with that of the federated credentials, or add one for this issuer.",
		},
		700212: {
			"The audience of the federated token is not one that the " + whose + " trusts.",
			"The token was asked for with another audience than the federated credential names, which is api://AzureADTokenExchange as a rule.",
			"Get the token for the audience of the federated credential.",
		},
		700213: {
			"The subject of the federated token is not one that the " + whose + " trusts.",
			"The token is of another branch, environment or identity than the federated credential names.",
			"Compare the subject with that of the federated credentials letter by letter, or add one for this subject.",
		},
		70021: {
			"No federated credential of the " + whose + " fits the federated token as a whole.",
			"Issuer, subject and audience each stand in some federated credential, and not together in one.",
			"Compare all three with one federated credential.",
		},
		700027: {
			"The signature of the federated token does not fit a key of its issuer.",
			"It was cut or changed when it was copied, or somebody else signed it.",
			"Get the token again and paste all of it.",
		},
		700024: {
			"The federated token is not valid at this moment.",
			"Such tokens live for some minutes: it was kept too long, or a clock is wrong.",
			"Get the token again and use it at once.",
		},
		9002313: {
			"The federated assertion cannot be read as a token.",
			"It was cut when it was copied, or something else was pasted.",
			"Paste the whole token, with its three parts and two dots.",
		},
		50027: {
			"The federated assertion cannot be read as a token.",
			"It was cut when it was copied, or something else was pasted.",
			"Paste the whole token, with its three parts and two dots.",
		},
	}
}

// certificateRefusals are those of an assertion signed with a certificate.
func certificateRefusals(whose string) map[int]Explanation {
	return map[int]Explanation{
		700027: {
			"The certificate that signed the request is not one that the " + whose + " has.",
			"It was never added, was removed, has ended, or its key is another one.",
			"Add this certificate to the " + whose + ", or sign with the key of one that it has.",
		},
		700024: {
			"The client assertion is not valid at this moment.",
			"It was signed just now by this machine's clock, so that clock and the sign-in service's differ.",
			"Set the clock right, then try again.",
		},
	}
}
