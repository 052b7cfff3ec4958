package entra

// requestRefusals are about the form of the request.
var requestRefusals = map[int]Explanation{
	90002: {
		"The tenant was not found.",
		"The tenant id has a typing error, or belongs to another cloud.",
		"Check the tenant id in the portal's settings.",
	},
	900023: {
		"The tenant id is neither a GUID nor a domain name.",
		"A display name was written where the id belongs.",
		"Write the tenant id as a GUID.",
	},
	500011: {
		"The resource is not known in this tenant.",
		"The scope has a typing error, or the resource was never added to the tenant.",
		"Check the spelling of the scope. The resource's application may first have to be added to the tenant.",
	},
	500014: {
		"The resource is disabled in this tenant.",
		"An administrator disabled the resource, or its subscription ended.",
		"Enable the resource's service principal.",
	},
	70011: {
		"The scope is not valid.",
		"A scope without a resource, with a stray character, or /.default beside single scopes of the resource.",
		"Write one resource followed by /.default, for instance https://graph.microsoft.com/.default, or single scopes without it.",
	},
	700022: {
		"The scope names several resources, and one token serves one resource only.",
		"Scopes of Microsoft Graph and of another resource in one request.",
		"Write the scopes of one resource, and ask again for the next.",
	},
	28002: {
		"The scope may not be used in a request to the token endpoint.",
		"The scope names a permission without its resource, or none that exists.",
		"Write one resource followed by /.default.",
	},
	28003: {
		"The scope is empty or not valid for this code.",
		"A program added scopes between sign-in and token request.",
		"Ask for the scopes that the sign-in asked for.",
	},
	1002012: {
		"Without a user, single scopes cannot be asked for: the scope has to end in /.default.",
		"A scope such as User.Read was asked for by an agent that acts for itself.",
		"Write the resource followed by /.default, for instance https://graph.microsoft.com/.default.",
	},
	70003: {
		"The application may not use this grant.",
		"A grant for people, such as the device code, was used as an agent.",
		"Agents have client credentials, on behalf of, refresh and the agent user's exchange; use one of those.",
	},
	900144: {
		"A field the request needs is missing or empty. Entra's text names it.",
		"With T1 it is often fmi_path, the agent identity.",
		"Fill it in. With T1 it is often fmi_path: choose an agent identity.",
	},
	90014: {
		"A field the request needs is missing. Entra's text names it.",
		"A setting of the program is empty.",
		"Fill it in and try again.",
	},
	90013: {
		"A field of the request has a value that is not valid.",
		"An id with a stray blank, brace or quotation mark.",
		"Check ids and scope for stray characters.",
	},
	9001023: {
		"This grant needs the tenant in the address; /common will not do.",
		"The program's authority is /common.",
		"Use the address of the agent's own tenant.",
	},
	50194: {
		"The application belongs to one tenant only and was asked for through /common.",
		"The program's authority is /common. Agents always belong to one tenant.",
		"Use the address of the application's own tenant.",
	},
	50049: {
		"The host of the sign-in service is not one that is known.",
		"The portal's setting names another cloud than the tenant's.",
		"Check the cloud in the portal's settings.",
	},
	90033: {
		"The sign-in service has a passing fault.",
		"None of ours: the service is at fault.",
		"Try again in a minute.",
	},
	50196: {
		"The same request came too often in a short time.",
		"A program asks for a token at every call instead of keeping it until it ends.",
		"Wait a minute before the next try.",
	},
	650053: {
		"The resource has no permission of this name.",
		"A typing error, or the blueprint does not expose the scope.",
		"Compare the scope with those the blueprint or resource exposes.",
	},
	9000411: {
		"A field came more than once.",
		"Two parts of a program each add the same field.",
		"Send each field once.",
	},
	9002313: {
		"The request is malformed.",
		"A form that is cut, or sent as JSON.",
		"Send a form with the content type application/x-www-form-urlencoded.",
	},
	900561: {
		"The token endpoint takes POST requests only.",
		"The address was opened in a browser, or a proxy turned the request into a GET.",
		"Send the form by POST. Look at what stands between the program and the sign-in service.",
	},
	90055: {
		"The sign-in service has too many requests at the moment.",
		"Many agents start at once, or one program asks for a token at every call.",
		"Wait as long as Retry-After says. Keep each token until it ends.",
	},
	70007: {
		"The application may not get its answer in this form.",
		"A token was asked for in the query of an address.",
		"Use response_type=code, or response_mode=form_post.",
	},
}

// personRefusals are about the person or agent user a token is for.
var personRefusals = map[int]Explanation{
	50034: {
		"There is no user of that name in the tenant.",
		"The user name has a typing error, or the agent user was made a moment ago.",
		"Check the user name and the tenant.",
	},
	50126: {
		"User name or password is wrong.",
		"A password grant was tried with an agent user, which has no password.",
		"Check both. An agent user has no password and cannot sign in this way.",
	},
	50056: {
		"The user has no password, as agent users never have.",
		"A password was sent for an agent user.",
		"Get an agent user's token through its agent identity.",
	},
	50057: {
		"The user is disabled.",
		"The agent user or person was disabled.",
		"Enable the user, then try again.",
	},
	50053: {
		"The user is locked after too many wrong passwords, or the address is blocked.",
		"Somebody guesses passwords, or a program has an old one.",
		"Wait some minutes, or unlock the user.",
	},
	50055: {
		"The password has expired.",
		"The person has not signed in for long.",
		"Sign in in a browser and choose a new one.",
	},
	50105: {
		"The application is open only to those assigned to it, and this user is not.",
		"The resource's application asks for assignment, and the person has none.",
		"Assign the user to the application, or lift the rule.",
	},
	50020: {
		"The user belongs to another tenant and is not a guest in this one.",
		"The person is signed in to another tenant in this browser.",
		"Sign in with a user of this tenant.",
	},
	50076: {
		"Multi-factor authentication is needed.",
		"A policy asks for a second factor that the first sign-in did not have.",
		"Sign in again in a browser; the second factor is asked for there.",
	},
	50079: {
		"The user has to set up multi-factor authentication first.",
		"The person is new, or the policy is.",
		"Sign in in a browser and follow the set-up.",
	},
	50158: {
		"A further check outside Entra ID is needed.",
		"A policy names a control of another provider.",
		"Sign in again in a browser.",
	},
	53003: {
		"A Conditional Access policy blocks this sign-in.",
		"A policy for agents, by risk or by attribute, covers this blueprint or agent identity.",
		"Look at the sign-in log for the policy's name, and at its conditions for agents or locations.",
	},
	53000: {
		"A Conditional Access policy asks for a compliant device.",
		"A policy for people asks for a managed device.",
		"Sign in from a compliant device, or look at the policy.",
	},
	530035: {
		"Security defaults block this sign-in.",
		"The tenant has security defaults switched on.",
		"Look at the sign-in log for the reason.",
	},
}

// signInRefusals are about codes, refresh tokens and the sign-in page.
var signInRefusals = map[int]Explanation{
	50173: {
		"The refresh token was revoked.",
		"A password was changed, or an administrator ended all sign-ins.",
		"Sign in again.",
	},
	700082: {
		"The refresh token has not been used for too long.",
		"Nobody used the portal or program for 90 days.",
		"Sign in again.",
	},
	70043: {
		"A policy on sign-in frequency ended the refresh token.",
		"The policy's time is over.",
		"Sign in again.",
	},
	70000: {
		"The refresh token or code is not valid.",
		"It was cut when it was copied, or belongs to another application.",
		"Sign in again.",
	},
	70008: {
		"The code or refresh token has expired.",
		"It was kept too long: a code lives about ten minutes.",
		"Sign in again.",
	},
	50089: {
		"The sign-in took too long and has expired.",
		"The sign-in page stayed open for long.",
		"Sign in again.",
	},
	54005: {
		"The authorisation code was already used.",
		"The page was loaded again after the sign-in, or two programs share one code.",
		"Start the sign-in again; a code works once.",
	},
	501481: {
		"The PKCE verifier does not belong to this code.",
		"The sign-in was finished in another browser, or by another start of the program.",
		"Start the sign-in again in the same browser.",
	},
	50147: {
		"The PKCE challenge has a wrong length.",
		"A library of its own makes the challenge; it has to have 43 to 128 characters.",
		"Start the sign-in again.",
	},
	50011: {
		"The redirect address is not one of those registered for the application.",
		"The public URL of the portal changed, or differs by a slash or the port.",
		"Register the portal's public URL followed by /auth/callback as a web redirect URI, letter by letter.",
	},
	70005: {
		"The application may not use this kind of answer.",
		"A token was asked for straight from the sign-in page.",
		"Use response_type=code.",
	},
	700054: {
		"ID tokens straight from the authorisation page are not enabled for the application.",
		"The program asks for id_token at the sign-in page.",
		"Use response_type=code.",
	},
	50058: {
		"Nobody is signed in, and the request forbade to ask.",
		"A program asked with prompt=none while nobody is signed in.",
		"Sign in again without prompt=none.",
	},
	65004: {
		"The person declined to consent.",
		"The person pressed Cancel on the consent page.",
		"Sign in again and accept, or ask an administrator to consent.",
	},
	90094: {
		"An administrator has to consent to these permissions.",
		"The permissions asked for are ones that only an administrator may allow.",
		"Ask an administrator to open the consent page.",
	},
	70016: {
		"The code has not been entered yet.",
		"The person has not opened the page yet. This is no fault.",
		"Enter the code in a browser; this goes on by itself.",
	},
	70019: {
		"The device code has expired.",
		"Nobody entered the code within 15 minutes.",
		"Start again to get a new code.",
	},
	70018: {
		"The code entered is wrong.",
		"A typing error, or the code of another start.",
		"Start again and copy the code as shown.",
	},
	500112: {
		"The redirect address differs from the one the code was asked for with.",
		"The public URL changed during the sign-in, or two programs share a code.",
		"Start the sign-in again. Send the same redirect URI in both requests.",
	},
	500113: {
		"The application has no redirect address.",
		"The consent page was opened for a blueprint without a web redirect URI.",
		"Register a web redirect URI for consent, or grant the permission in the portal.",
	},
}

// oauthRefusals stand in for codes that are not known here (RFC 6749 5.2).
var oauthRefusals = map[string]Explanation{
	"invalid_client": {
		"The sign-in service does not accept the client's credential.",
		"A wrong or expired secret, or T1 of another agent.",
		"Check that the credential belongs to this blueprint and has not expired.",
	},
	"invalid_grant": {
		"The token, code or user sent along is not accepted.",
		"A token that was cut, has ended or was made for another application.",
		"Get it again and try once more. If it is refused again, the description names the reason.",
	},
	"invalid_request": {
		"The form of the request is wrong: a field is missing, doubled or not valid.",
		"A setting of the program is empty or doubled.",
		"Read the description for the field's name.",
	},
	"invalid_scope": {
		"The scope is not valid.",
		"A scope without its resource.",
		"Write one resource followed by /.default.",
	},
	"invalid_resource": {
		"The resource is not known in this tenant.",
		"The resource was never added to the tenant.",
		"Check the spelling of the scope.",
	},
	"unauthorized_client": {
		"The client may not make this request.",
		"The object is new, disabled or of another tenant.",
		"Check that the object exists in this tenant, is enabled, and may use this grant.",
	},
	"unsupported_grant_type": {
		"The sign-in service does not know this grant.",
		"A grant for people was used as an agent.",
		"Use another mode.",
	},
	"interaction_required": {
		"The person has to be asked something in a browser.",
		"A policy asks for a second factor or another consent.",
		"Sign in again.",
	},
	"login_required": {
		"Nobody is signed in.",
		"The session at the sign-in service is over.",
		"Sign in again.",
	},
	"consent_required": {
		"A consent is missing.",
		"The permission is new.",
		"Grant the permission, then try again.",
	},
	"access_denied": {
		"The person or a policy declined the request.",
		"Cancel was pressed, or a policy decided.",
		"Sign in again and accept, or ask an administrator.",
	},
	"temporarily_unavailable": {
		"The sign-in service is too busy at the moment.",
		"None of ours: the service is at fault.",
		"Try again in a minute.",
	},
	"server_error": {
		"The sign-in service had a fault of its own.",
		"Often none of ours. With agent users, a user name in place of an object id.",
		"Try again in a minute. If it stays, compare the request with the documentation: some wrong fields end here too.",
	},
}
