package entra

// placedRefusals are the meanings of codes that depend on who asked, and with
// what.
func placedRefusals() map[Asker]map[sending]map[int]Explanation {
	return map[Asker]map[sending]map[int]Explanation{
		AskerBlueprint: {
			sentFederated: federatedRefusals("blueprint"), sentCertificate: certificateRefusals("blueprint"), sentAnything: blueprintRefusals,
		},
		AskerAgent: {
			sentAgentUser: agentUserRefusals, sentUserToken: onBehalfOfRefusals, sentRefresh: refreshRefusals, sentAnything: agentIdentityRefusals,
		},
		AskerApplication: {
			sentFederated: federatedRefusals("application"), sentCertificate: certificateRefusals("application"), sentPassword: passwordRefusals,
			sentRefresh: refreshRefusals, sentDevice: deviceRefusals, sentAnything: applicationRefusals,
		},
		AskerPartner: {sentAnything: partnerRefusals},
	}
}

// blueprintRefusals are those of T1 and of the blueprint's own token.
var blueprintRefusals = map[int]Explanation{
	700016: {
		"The blueprint is not known to the sign-in service of this tenant.",
		"A blueprint signs in by its principal. It has none here, or was made a moment ago and is not known everywhere.",
		"Create the blueprint principal. If it is new, wait a minute and try again.",
	},
	7000112: {
		"The blueprint's principal is disabled in this tenant, so neither it nor any of its agents gets a token.",
		"An administrator disabled it.",
		"Enable the blueprint's principal, then try again.",
	},
	82001: {
		"A blueprint gets tokens of its own for Microsoft Graph and the token exchange only, and this is another resource.",
		"Its agent identities do the work: they may ask for this resource, their blueprint may not.",
		"Ask as an agent identity of the blueprint, in the mode Autonomous app.",
	},
	1002012: {
		"Without a user, single scopes cannot be asked for: the scope has to end in /.default.",
		"The scope names a single permission, or none.",
		"Ask for the resource followed by /.default. The token then carries all that was granted there.",
	},
	50000: serverFault,
}

// agentIdentityRefusals are those of the agent's own requests.
var agentIdentityRefusals = map[int]Explanation{
	700016: {
		"The agent identity is not known to the sign-in service.",
		"It was deleted, or made a moment ago and is not known everywhere.",
		"Look whether it is still there. A new agent identity can take a minute: try again then.",
	},
	7000112: {
		"The agent identity is disabled, so it gets no token of any kind.",
		"An administrator or a sponsor disabled it.",
		"Enable the agent identity, then try again.",
	},
	1002012: {
		"An agent that acts for itself cannot ask for single scopes: the scope has to end in /.default.",
		"The scope names a single permission, or none. What counts is what was granted before.",
		"Ask for the resource followed by /.default. The token then carries all that was granted there.",
	},
	50000: serverFault,
}

var serverFault = Explanation{
	"The sign-in service had a fault of its own.",
	"Nothing in the request explains it.",
	"Try again in a minute.",
}

// agentUserRefusals are those of the request as the agent user.
var agentUserRefusals = map[int]Explanation{
	700213: {
		"This agent identity may not act as the user who was named.",
		"An agent identity acts as its own agent user and as nobody else: the user's parent has to be this very agent.",
		"Leave the user name empty to act as the agent's own agent user. To act for a person use the mode On behalf of a user.",
	},
	50034: {
		"There is no user of that name in the tenant.",
		"The user name has a typing error, or the agent user was deleted, or made a moment ago.",
		"Leave the user name empty to act as the agent's own agent user, or correct it.",
	},
	50057: {
		"The agent user is disabled.",
		"An administrator disabled it; the agent identity itself may still be enabled.",
		"Enable the agent user, then try again.",
	},
	50000: {
		"The sign-in service had a fault of its own.",
		"With an agent user it also says so when a user name was sent as user_id.",
		"Try again in a minute. In a program, send the user name in username and the object id in user_id.",
	},
}

// onBehalfOfRefusals are those of the request with a person's token.
var onBehalfOfRefusals = map[int]Explanation{
	50057: {
		"The account of the person is disabled.",
		"It was disabled after the person signed in: their token is still in its time, and counts no more.",
		"Enable the account in the Entra admin center, or get a user token of another person.",
	},
	50034: {
		"The person of the user token is not in the tenant any more.",
		"The account was deleted after the person signed in.",
		"Get a user token of another person.",
	},
}

// refreshRefusals are those of a refresh token, of an agent or an application.
var refreshRefusals = map[int]Explanation{
	70000: {
		"The refresh token is not one of this client.",
		"It was cut when it was copied, or was given to another application: a refresh token belongs to one client and one user.",
		"Paste the whole refresh token, and name the application that got it.",
	},
	700082: {
		"The refresh token has ended: nobody used it for 90 days.",
		"The program was not run for long, or an old token was pasted.",
		"Let the user sign in again, with offline_access among the scopes.",
	},
	50173: {
		"The refresh token was revoked.",
		"The user's password was changed, or an administrator ended all sign-ins.",
		"Let the user sign in again, with offline_access among the scopes.",
	},
	50057: {
		"The user whom the refresh token stands for is disabled.",
		"A refresh token stays with a disabled user and counts no more.",
		"Enable the user, then try again.",
	},
}

// passwordRefusals are those of a person's name and password.
var passwordRefusals = map[int]Explanation{
	50126: {
		"User name or password is wrong.",
		"A typing error, or the password was changed.",
		"Type both again. After some wrong passwords the account is locked for a while.",
	},
	50034: {
		"There is no user of that name in the tenant.",
		"The user name has a typing error, or the person belongs to another tenant.",
		"Write the user name as it stands in the directory, such as user@example.com.",
	},
	50057: {
		"The account is disabled.",
		"An administrator disabled it, as is usual when people leave.",
		"Enable the account in the Entra admin center, or name another user.",
	},
	50053: {
		"The account is locked for a while: there were too many wrong passwords.",
		"Somebody guesses passwords, or a program has an old one.",
		"Wait a minute or longer, then type the right password.",
	},
	50056: {
		"This user has no password.",
		"Agent users never have one, nor do people of a federated domain.",
		"Get an agent user's token by its agent identity, in the mode Autonomous agent user.",
	},
	7000218: {
		"The application has to prove itself: it is no public client.",
		"Its registration does not allow public client flows, and no secret was typed.",
		"Type its client secret, or allow public client flows in its registration.",
	},
	82001: {
		"Blueprints and agent identities may not use this grant: they never take a person's password.",
		"The App ID is one of a blueprint or an agent identity.",
		"For an agent that acts for a person use the mode On behalf of a user; here write the App ID of an ordinary application.",
	},
}

// deviceRefusals are those of both requests of the device code.
var deviceRefusals = map[int]Explanation{
	82001: {
		"Blueprints and agent identities may not use the device code: they sign no people in.",
		"The App ID is one of a blueprint or an agent identity.",
		"For an agent that acts for a person use the mode On behalf of a user; here write the App ID of an ordinary application.",
	},
	7000218: {
		"The application may not use the device code without proving itself: it is no public client.",
		"Its registration does not allow public client flows.",
		"Allow public client flows in its registration, or write the App ID of a public client.",
	},
	65004: {
		"The person declined.",
		"Cancel was pressed on the page that the code leads to.",
		"Ask for another code, and let the person accept.",
	},
	70019: {
		"The device code has ended.",
		"Nobody approved it within 15 minutes, or it was approved and fetched too late.",
		"Ask for another code.",
	},
	70018: {
		"The device code is not known, or was used already.",
		"A code works once.",
		"Ask for another code.",
	},
}
