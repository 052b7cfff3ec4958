package entra

// meaning says what a claim is for, whatever its value.
func meaning(claim string) string {
	if text, ok := claimMeanings[claim]; ok {
		return text
	}
	return "Not described in the documents this portal knows."
}

// deciding names the claims that decide who acts, for whom, where, with what.
func deciding(claim string) bool {
	switch claim {
	case "aud", "appid", "azp", "oid", "sub", "tid", "idtyp", "roles", "scp",
		"xms_par_app_azp", "xms_act_fct", "xms_sub_fct", "xms_idrel":
		return true
	}
	return false
}

// claimMeanings is the dictionary of claims.
var claimMeanings = map[string]string{
	"aud":                 "The audience: the only resource that may accept this token.",
	"iss":                 "The issuer: who made and signed the token.",
	"iat":                 "Issued at. Entra ID dates it five minutes back, so that a receiver whose clock is slow takes a new token too.",
	"nbf":                 "Not before: the token counts from then on. Entra ID dates it five minutes back, as iat.",
	"exp":                 "Expiry: the token counts until then.",
	"ver":                 "The version of the token's format. The resource decides it, not the address that was asked.",
	"appid":               "The application that asked for the token. For an agent identity that is its own object id.",
	"azp":                 "The application that asked for the token. For an agent identity that is its own object id.",
	"appidacr":            "How that application proved itself.",
	"azpacr":              "How that application proved itself.",
	"idtyp":               "What kind of subject: app acts for itself, user is a person or an agent user.",
	"oid":                 "The object id of the subject in the directory.",
	"sub":                 "The subject: whom the token is about.",
	"tid":                 "The tenant.",
	"roles":               "App roles: what the application itself may do at the audience. Permissions granted later need a new token.",
	"scp":                 "Delegated permissions: what the application may do for the user.",
	"wids":                "Directory roles of the subject, as role template ids.",
	"idp":                 "Who signed the subject in, when it is told apart from the issuer.",
	"app_displayname":     "The display name of the application that asked. Names can be chosen freely: never decide by them.",
	"xms_par_app_azp":     "The blueprint of the agent identity that asked. It is the sure sign of an agent; log it, but do not authorise by it.",
	"xms_act_fct":         "What the actor is, the one who uses the token.",
	"xms_sub_fct":         "What the subject is, the one the token is about.",
	"xms_tnt_fct":         "What the tenant is.",
	"xms_idrel":           "What the subject is to the tenant.",
	"xms_ficinfo":         "Facts about the federated exchange, for Entra's own use. Seems to hold how long the chain is.",
	"xms_ftd":             "For Entra's own use, not documented. Seems to name the region of the signing key.",
	"xms_tcdt":            "When the tenant was created.",
	"xms_rd":              "For Entra's own use, not documented.",
	"xms_acd":             "For Entra's own use, not documented.",
	"xms_tdbr":            "The region of the tenant's data, as observed; not documented.",
	"xms_st":              "The subject as other services know it.",
	"xms_cc":              "What the client is able to handle, such as being challenged again.",
	"tenant_region_scope": "The region of the tenant.",
	"aio":                 "For Entra's own use.",
	"rh":                  "For Entra's own use, to check the token anew.",
	"uti":                 "The token's own id. Entra's sign-in log has it too; the audit keeps it in place of the token.",
	"jti":                 "The token's own id.",
	"nonce":               "Ties an ID token to the sign-in that asked for it.",
	"name":                "The display name of the user. Names can be changed: never decide by them.",
	"preferred_username":  "The user name, for showing only.",
	"unique_name":         "The user name, for showing only.",
	"upn":                 "The user principal name, for showing only.",
	"email":               "The e-mail address, for showing only.",
	"given_name":          "The given name of the user.",
	"family_name":         "The family name of the user.",
	"auth_time":           "When the user signed in.",
	"acct":                "The kind of account: 0 is a member of the tenant, 1 a guest.",
	"acr":                 "How strongly the user was authenticated: 1 is ordinary.",
	"acrs":                "The authentication contexts the user has fulfilled.",
	"amr":                 "How the user proved who they are, such as pwd or mfa.",
	"ipaddr":              "The address the user signed in from.",
	"platf":               "The kind of device the user signed in from.",
	"puid":                "An id of the user for Microsoft's own use.",
	"sid":                 "The browser session of the user.",
	"in_corp":             "The user signed in from the company's network.",
	"login_hint":          "What to send as login_hint to sign the same user in again.",
	"groups":              "The groups of the subject, as object ids.",
	"hasgroups":           "The subject has more groups than fit into the token.",
	"c_hash":              "Ties an ID token to a code.",
	"at_hash":             "Ties an ID token to an access token.",
}

// headerMeanings is the dictionary of header parameters.
var headerMeanings = map[string]string{
	"typ":      "The kind of token.",
	"alg":      "How the token is signed. Entra ID signs with RS256.",
	"kid":      "The name of the key it was signed with, to be looked up among the tenant's published keys.",
	"x5t":      "The thumbprint of the key's certificate. In Entra's tokens the same as kid.",
	"x5t#S256": "The SHA-256 thumbprint of the key's certificate.",
	"x5c":      "The certificate itself. It is never trusted from here.",
	"x5u":      "An address of a certificate. It is never fetched.",
	"jku":      "An address of keys. It is never fetched.",
	"jwk":      "A key. It is never trusted from here.",
	"nonce":    "Microsoft Graph's tokens carry it; what is signed is the header with the nonce's SHA-256 in its place.",
	"enc":      "How the content is encrypted.",
	"zip":      "How the content is compressed. It is never unpacked here.",
	"cty":      "What kind of content is inside.",
	"crit":     "Extensions a reader must know, or refuse the token.",
}
