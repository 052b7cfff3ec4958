package entra

// requestRefusals are about the form of the request.
var requestRefusals = map[int]Explanation{
	90002: {
		"The tenant was not found.",
		"Check the tenant id in the portal's settings.",
	},
	900023: {
		"The tenant id is neither a GUID nor a domain name.",
		"Write the tenant id as a GUID.",
	},
	500011: {
		"The resource is not known in this tenant: nobody has an application of that name here.",
		"Check the spelling of the scope. The resource's application may first have to be added to the tenant.",
	},
	500014: {
		"The resource is disabled in this tenant.",
		"Enable the resource's service principal.",
	},
	70011: {
		"The scope is not valid.",
		"Write one resource followed by /.default, for instance https://graph.microsoft.com/.default.",
	},
	700022: {
		"The scope names several resources; one token serves one resource only.",
		"Write the scopes of one resource, and ask again for the next.",
	},
	28002: {
		"The scope may not be used in a request to the token endpoint.",
		"Write one resource followed by /.default.",
	},
	28003: {
		"The scope is empty or not valid for this code.",
		"Ask for the scopes that the sign-in asked for.",
	},
	1002012: {
		"Without a user, single scopes cannot be asked for: the scope has to end in /.default, which means all that was granted.",
		"Write the resource followed by /.default, for instance https://graph.microsoft.com/.default.",
	},
	70003: {
		"The application may not use this grant.",
		"Agents have client credentials, on behalf of, refresh and the agent user's exchange; use one of those.",
	},
	900144: {
		"A field the request needs is missing or empty. Entra's text names it.",
		"Fill it in. With T1 it is often fmi_path: choose an agent identity.",
	},
	90014: {
		"A field the request needs is missing. Entra's text names it.",
		"Fill it in and try again.",
	},
	90013: {
		"A field of the request has a value that is not valid.",
		"Check ids and scope for stray characters.",
	},
	9001023: {
		"This grant needs the tenant in the address; /common will not do.",
		"Use the address of the agent's own tenant.",
	},
	50194: {
		"The application belongs to one tenant only and was asked for through /common.",
		"Use the address of the application's own tenant.",
	},
	50049: {
		"The host of the sign-in service is not one that is known.",
		"Check the cloud in the portal's settings.",
	},
	90033: {
		"The sign-in service has a passing fault.",
		"Try again in a minute.",
	},
	50196: {
		"The same request came too often in a short time.",
		"Wait a minute before the next try.",
	},
}

// personRefusals are about the person or agent user a token is for.
var personRefusals = map[int]Explanation{
	50034: {
		"There is no user of that name in the tenant.",
		"Check the user name and the tenant.",
	},
	50126: {
		"User name or password is wrong.",
		"Check both. An agent user has no password and cannot sign in this way.",
	},
	50056: {
		"The user has no password, as agent users never have.",
		"Get an agent user's token through its agent identity.",
	},
	50057: {
		"The user is disabled.",
		"Enable the user, then try again.",
	},
	50053: {
		"The user is locked after too many wrong passwords, or the address is blocked.",
		"Wait some minutes, or unlock the user.",
	},
	50055: {
		"The password has expired.",
		"Sign in in a browser and choose a new one.",
	},
	50105: {
		"The application is open only to those assigned to it, and this user is not.",
		"Assign the user to the application, or lift the rule.",
	},
	50020: {
		"The user belongs to another tenant and is not a guest in this one.",
		"Sign in with a user of this tenant.",
	},
	50076: {
		"Multi-factor authentication is needed.",
		"Sign in again in a browser; the second factor is asked for there.",
	},
	50079: {
		"The user has to set up multi-factor authentication first.",
		"Sign in in a browser and follow the set-up.",
	},
	50158: {
		"A further check outside Entra ID is needed.",
		"Sign in again in a browser.",
	},
	53003: {
		"A Conditional Access policy blocks this sign-in.",
		"Look at the sign-in log for the policy's name, and at its conditions for agents or locations.",
	},
	53000: {
		"A Conditional Access policy asks for a compliant device.",
		"Sign in from a compliant device, or look at the policy.",
	},
	530035: {
		"Security defaults block this sign-in.",
		"Look at the sign-in log for the reason.",
	},
}

// signInRefusals are about codes, refresh tokens and the sign-in page.
var signInRefusals = map[int]Explanation{
	50173: {
		"The refresh token was revoked: a password was changed, or all sign-ins were ended.",
		"Sign in again.",
	},
	700082: {
		"The refresh token has not been used for too long.",
		"Sign in again.",
	},
	70043: {
		"A policy on sign-in frequency ended the refresh token.",
		"Sign in again.",
	},
	70000: {
		"The refresh token or code is not valid.",
		"Sign in again.",
	},
	70008: {
		"The code or refresh token has expired.",
		"Sign in again.",
	},
	50089: {
		"The sign-in took too long and has expired.",
		"Sign in again.",
	},
	54005: {
		"The authorisation code was already used.",
		"Start the sign-in again; a code works once.",
	},
	501481: {
		"The PKCE verifier does not belong to this code.",
		"Start the sign-in again in the same browser.",
	},
	50147: {
		"The PKCE challenge has a wrong length.",
		"Start the sign-in again.",
	},
	50011: {
		"The redirect address is not one of those registered for the application.",
		"Register the portal's public URL followed by /auth/callback as a web redirect URI, letter by letter.",
	},
	70005: {
		"The application may not use this kind of answer.",
		"Use response_type=code.",
	},
	700054: {
		"ID tokens straight from the authorisation page are not enabled for the application.",
		"Use response_type=code.",
	},
	50058: {
		"Nobody is signed in, and the request forbade to ask.",
		"Sign in again without prompt=none.",
	},
	65004: {
		"The person declined to consent.",
		"Sign in again and accept, or ask an administrator to consent.",
	},
	90094: {
		"An administrator has to consent to these permissions.",
		"Ask an administrator to open the consent page.",
	},
	70016: {
		"The code has not been entered yet.",
		"Enter the code in a browser; this goes on by itself.",
	},
	70019: {
		"The device code has expired.",
		"Start again to get a new code.",
	},
	70018: {
		"The code entered is wrong.",
		"Start again and copy the code as shown.",
	},
}

// oauthRefusals stand in for codes that are not known here (RFC 6749 5.2).
var oauthRefusals = map[string]Explanation{
	"invalid_client": {
		"The sign-in service does not accept the client's credential.",
		"Check that the credential belongs to this blueprint and has not expired.",
	},
	"invalid_grant": {
		"The token, code or user sent along is not accepted.",
		"Get it again and try once more. If it is refused again, the description names the reason.",
	},
	"invalid_request": {
		"The form of the request is wrong: a field is missing, doubled or not valid.",
		"Read the description for the field's name.",
	},
	"invalid_scope": {
		"The scope is not valid.",
		"Write one resource followed by /.default.",
	},
	"invalid_resource": {
		"The resource is not known in this tenant.",
		"Check the spelling of the scope.",
	},
	"unauthorized_client": {
		"The client may not make this request.",
		"Check that the object exists in this tenant, is enabled, and may use this grant.",
	},
	"unsupported_grant_type": {
		"The sign-in service does not know this grant.",
		"Use another mode.",
	},
	"interaction_required": {
		"The person has to be asked something in a browser.",
		"Sign in again.",
	},
	"login_required": {
		"Nobody is signed in.",
		"Sign in again.",
	},
	"consent_required": {
		"A consent is missing.",
		"Grant the permission, then try again.",
	},
	"access_denied": {
		"The person or a policy declined the request.",
		"Sign in again and accept, or ask an administrator.",
	},
	"temporarily_unavailable": {
		"The sign-in service is too busy at the moment.",
		"Try again in a minute.",
	},
	"server_error": {
		"The sign-in service had a fault of its own.",
		"Try again in a minute. If it stays, compare the request with the documentation: some wrong fields end here too.",
	},
}
