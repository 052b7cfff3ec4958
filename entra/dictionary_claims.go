package entra

// Which tokens carry a claim. Version 1 tokens are those for Microsoft Graph,
// version 2 tokens those of the token exchange and of APIs that ask for them.
// https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
var (
	inExchange = []TokenKind{KindT1, KindT2}
	inApps     = []TokenKind{KindBlueprint, KindAutonomous}
	inUsers    = []TokenKind{KindOnBehalfOf, KindAgentUser, KindUserToken}
	inVersion1 = []TokenKind{KindBlueprint, KindAutonomous, KindOnBehalfOf, KindAgentUser}
	inVersion2 = []TokenKind{KindT1, KindT2, KindUserToken}
	inAccess   = []TokenKind{KindT1, KindT2, KindBlueprint, KindAutonomous, KindOnBehalfOf, KindAgentUser, KindUserToken}
	inEvery    = append(inAccess[:len(inAccess):len(inAccess)], KindIDToken)
	inAgents   = []TokenKind{KindT2, KindAutonomous, KindOnBehalfOf, KindAgentUser}
	inPersons  = append(inUsers[:len(inUsers):len(inUsers)], KindIDToken)
	inSignIns  = []TokenKind{KindIDToken}
	inOthers   = []TokenKind{KindOrdinaryApp}
)

// claimEntries is the dictionary of claims, by name.
var claimEntries = []ClaimEntry{
	{Name: "_claim_names", Shape: ShapeObject, In: inOthers, Means: "Claims that did not fit into the token, such as groups."},
	{Name: "_claim_sources", Shape: ShapeObject, In: inOthers, Means: "Where the claims that did not fit can be read. It is never fetched here."},
	{Name: "acct", Shape: ShapeNumber, Example: "0", In: inUsers, Means: "The kind of account: 0 is a member of the tenant, 1 a guest."},
	{Name: "acr", Shape: ShapeText, Example: "1", In: inUsers, Means: "How strongly the user was authenticated: 1 is ordinary."},
	{Name: "acrs", Shape: ShapeList, Example: "p1, urn:user:registersecurityinfo", In: inUsers, Means: "The authentication contexts the user has fulfilled."},
	{Name: "aio", Shape: ShapeOpaque, In: inEvery, Means: "For Entra's own use."},
	{Name: "amr", Shape: ShapeList, Example: "pwd, mfa", In: inUsers, Means: "How the user proved who they are, such as pwd or mfa."},
	{Name: "app_displayname", Shape: ShapeText, In: inVersion1, Means: "The display name of the application that asked. Names can be chosen freely: never decide by them."},
	{Name: "appid", Shape: ShapeID, In: inVersion1, Deciding: true, Means: "The application that asked for the token. For an agent identity that is its own object id. Version 2 tokens have azp in its place."},
	{Name: "appidacr", Shape: ShapeText, Example: "0, 1 or 2", In: inVersion1, Deciding: true, Means: "How that application proved itself."},
	{Name: "at_hash", Shape: ShapeText, In: inSignIns, Means: "Ties an ID token to an access token."},
	{Name: "aud", Shape: ShapeAddress, Example: "https://graph.microsoft.com", In: inEvery, Deciding: true, Means: "The audience: the only resource that may accept this token."},
	{Name: "auth_time", Shape: ShapeTime, In: inPersons, Means: "When the user signed in."},
	{Name: "azp", Shape: ShapeID, In: inVersion2, Deciding: true, Means: "The application that asked for the token. For an agent identity that is its own object id. Version 1 tokens have appid in its place."},
	{Name: "azpacr", Shape: ShapeText, Example: "0, 1 or 2", In: inVersion2, Deciding: true, Means: "How that application proved itself."},
	{Name: "c_hash", Shape: ShapeText, In: inSignIns, Means: "Ties an ID token to a code."},
	{Name: "ctry", Shape: ShapeText, Example: "NL", In: inPersons, Means: "The user's country, as two letters."},
	{Name: "email", Shape: ShapeText, In: inPersons, Means: "The e-mail address, for showing only."},
	{Name: "exp", Shape: ShapeTime, Example: "1795253380", In: inEvery, Means: "Expiry: the token counts until then."},
	{Name: "family_name", Shape: ShapeText, In: inPersons, Means: "The family name of the user."},
	{Name: "fwd", Shape: ShapeText, In: inUsers, Means: "The address the user came from, when that is inside a virtual network."},
	{Name: "given_name", Shape: ShapeText, In: inPersons, Means: "The given name of the user."},
	{Name: "groups", Shape: ShapeIDList, In: inPersons, Means: "The groups of the subject, as object ids."},
	{Name: "hasgroups", Shape: ShapeFlag, In: inUsers, Means: "The subject has more groups than fit into the token."},
	{Name: "iat", Shape: ShapeTime, Example: "1795249480", In: inEvery, Means: "Issued at. Entra ID dates it five minutes back, so that a receiver whose clock is slow takes a new token too."},
	{Name: "idp", Shape: ShapeAddress, In: inApps, Means: "Who signed the subject in, when it is told apart from the issuer."},
	{Name: "idtyp", Shape: ShapeText, Example: "app or user", In: inAccess, Deciding: true, Means: "What kind of subject: app acts for itself, user is a person or an agent user."},
	{Name: "in_corp", Shape: ShapeText, In: inPersons, Means: "The user signed in from the company's network."},
	{Name: "ipaddr", Shape: ShapeText, In: inUsers, Means: "The address the user signed in from."},
	{Name: "iss", Shape: ShapeAddress, Example: "https://login.microsoftonline.com/{tenant}/v2.0", In: inEvery, Deciding: true, Means: "The issuer: who made and signed the token. Version 1 tokens have it as https://sts.windows.net/{tenant}/."},
	{Name: "jti", Shape: ShapeText, In: inOthers, Means: "The token's own id."},
	{Name: "login_hint", Shape: ShapeOpaque, In: inPersons, Means: "What to send as login_hint to sign the same user in again."},
	{Name: "name", Shape: ShapeText, In: inPersons, Means: "The display name of the user. Names can be changed: never decide by them."},
	{Name: "nbf", Shape: ShapeTime, Example: "1795249480", In: inEvery, Means: "Not before: the token counts from then on. Entra ID dates it five minutes back, as iat."},
	{Name: "nonce", Shape: ShapeText, In: inSignIns, Means: "Ties an ID token to the sign-in that asked for it."},
	{Name: "oid", Shape: ShapeID, In: inEvery, Deciding: true, Means: "The object id of the subject in the directory."},
	{Name: "onprem_sid", Shape: ShapeText, In: inPersons, Means: "The user's security identifier in the directory on premises."},
	{Name: "platf", Shape: ShapeText, Example: "3", In: inUsers, Means: "The kind of device the user signed in from."},
	{Name: "preferred_username", Shape: ShapeText, In: []TokenKind{KindUserToken, KindIDToken}, Means: "The user name, for showing only."},
	{Name: "puid", Shape: ShapeText, In: inUsers, Means: "An id of the user for Microsoft's own use."},
	{Name: "pwd_exp", Shape: ShapeSeconds, In: inOthers, Means: "When the user's password expires, counted from the sign-in."},
	{Name: "pwd_url", Shape: ShapeAddress, In: inOthers, Means: "Where the user can change the password."},
	{Name: "rh", Shape: ShapeOpaque, In: inEvery, Means: "For Entra's own use, to check the token anew."},
	{Name: "roles", Shape: ShapeList, Example: "AgentIdentity.CreateAsManager", In: inApps, Deciding: true, Means: "App roles: what the application itself may do at the audience. Permissions granted later need a new token."},
	{Name: "scp", Shape: ShapeWords, Example: "openid profile User.Read", In: inUsers, Deciding: true, Means: "Delegated permissions: what the application may do for the user."},
	{Name: "sid", Shape: ShapeText, In: inPersons, Means: "The browser session of the user."},
	{Name: "sub", Shape: ShapeText, Example: "/eid1/c/pub/t/{tenant}/a/{blueprint}/{agent}", In: inEvery, Deciding: true, Means: "The subject: whom the token is about. A path in T1, an object id where an application acts for itself, for users a value that is another one for each application."},
	{Name: "tenant_ctry", Shape: ShapeText, Example: "NL", In: inOthers, Means: "The tenant's country, as two letters."},
	{Name: "tenant_region_scope", Shape: ShapeText, Example: "EU", In: inVersion1, Means: "The region of the tenant."},
	{Name: "tid", Shape: ShapeID, In: inEvery, Deciding: true, Means: "The tenant."},
	{Name: "unique_name", Shape: ShapeText, In: []TokenKind{KindOnBehalfOf, KindAgentUser}, Means: "The user name, for showing only."},
	{Name: "upn", Shape: ShapeText, In: []TokenKind{KindOnBehalfOf, KindAgentUser}, Means: "The user principal name, for showing only."},
	{Name: "uti", Shape: ShapeText, In: inEvery, Means: "The token's own id. Entra's sign-in log has it too; the audit keeps it in place of the token."},
	{Name: "ver", Shape: ShapeText, Example: "1.0 or 2.0", In: inEvery, Means: "The version of the token's format. The resource decides it, not the address that was asked."},
	{Name: "verified_primary_email", Shape: ShapeList, In: inOthers, Means: "The user's primary e-mail address, verified."},
	{Name: "verified_secondary_email", Shape: ShapeList, In: inOthers, Means: "The user's further e-mail addresses, verified."},
	{Name: "vnet", Shape: ShapeText, In: inOthers, Means: "The virtual network the request came from."},
	{Name: "wids", Shape: ShapeIDList, In: inVersion1, Means: "Directory roles of the subject, as role template ids."},
	{Name: "xms_acd", Shape: ShapeOpaque, In: []TokenKind{KindBlueprint}, Means: "For Entra's own use, not documented."},
	{Name: "xms_act_fct", Shape: ShapeDigits, Example: "9 3 11", In: inAccess, Deciding: true, Means: "What the actor is, the one who uses the token."},
	{Name: "xms_cc", Shape: ShapeList, Example: "cp1", In: inUsers, Means: "What the client is able to handle, such as being challenged again."},
	{Name: "xms_edov", Shape: ShapeOpaque, In: inOthers, Means: "Whether the owner of the e-mail address's domain has been verified."},
	{Name: "xms_ficinfo", Shape: ShapeOpaque, Example: "CAAQABgAIAAoAjAA", In: inExchange, Means: "Facts about the federated exchange, for Entra's own use. Seems to hold how long the chain is."},
	{Name: "xms_ftd", Shape: ShapeOpaque, In: inEvery, Means: "For Entra's own use, not documented. Seems to name the region of the signing key."},
	{Name: "xms_idrel", Shape: ShapeDigits, Example: "26 7", In: inAccess, Deciding: true, Means: "What the subject is to the tenant."},
	{Name: "xms_mirid", Shape: ShapeText, In: inOthers, Means: "The managed identity that asked, as the path of its Azure resource."},
	{Name: "xms_par_app_azp", Shape: ShapeID, In: inAgents, Deciding: true, Means: "The blueprint of the agent identity that asked. It is the sure sign of an agent; log it, but do not authorise by it."},
	{Name: "xms_pdl", Shape: ShapeText, Example: "EUR", In: inOthers, Means: "Where the user's data should lie."},
	{Name: "xms_pl", Shape: ShapeText, Example: "en-gb", In: inOthers, Means: "The language the user prefers."},
	{Name: "xms_rd", Shape: ShapeOpaque, In: inVersion1, Means: "For Entra's own use, not documented."},
	{Name: "xms_st", Shape: ShapeObject, In: []TokenKind{KindOnBehalfOf, KindAgentUser}, Means: "The subject as other services know it."},
	{Name: "xms_sub_fct", Shape: ShapeDigits, Example: "9 3 11", In: inAccess, Deciding: true, Means: "What the subject is, the one the token is about."},
	{Name: "xms_tcdt", Shape: ShapeTime, In: inVersion1, Means: "When the tenant was created."},
	{Name: "xms_tdbr", Shape: ShapeText, Example: "EU", In: inVersion1, Means: "The region of the tenant's data, as observed; not documented."},
	{Name: "xms_tnt_fct", Shape: ShapeDigits, Example: "3 6", In: inVersion1, Means: "What the tenant is."},
	{Name: "xms_tpl", Shape: ShapeText, Example: "en", In: inOthers, Means: "The language the tenant prefers."},
	{Name: "ztdid", Shape: ShapeID, In: inOthers, Means: "The device's id of zero-touch deployment."},
}
