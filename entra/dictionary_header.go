package entra

// headerEntries is the dictionary of header parameters, by name.
// https://www.iana.org/assignments/jose/jose.xhtml
var headerEntries = []ClaimEntry{
	{Name: "alg", Shape: ShapeText, Example: "RS256", Means: "How the token is signed: Entra ID signs with RS256. Of an encrypted token: how the key of its content is encrypted."},
	{Name: "apu", Shape: ShapeOpaque, Means: "Of an encrypted token: who encrypted it, as far as that goes into its key."},
	{Name: "apv", Shape: ShapeOpaque, Means: "Of an encrypted token: whom it was encrypted for, as far as that goes into its key."},
	{Name: "crit", Shape: ShapeList, Means: "Extensions a reader must know, or refuse the token."},
	{Name: "cty", Shape: ShapeText, Means: "What kind of content is inside."},
	{Name: "enc", Shape: ShapeText, Example: "A256GCM", Means: "How the content is encrypted."},
	{Name: "epk", Shape: ShapeObject, Means: "Of an encrypted token: the public key made for it alone, from which its receiver works out the key."},
	{Name: "iv", Shape: ShapeOpaque, Means: "Of an encrypted token: the initialisation vector of its encrypted key."},
	{Name: "jku", Shape: ShapeAddress, Means: "An address of keys. It is never fetched."},
	{Name: "jwk", Shape: ShapeObject, Means: "A key. It is never trusted from here."},
	{Name: "kid", Shape: ShapeText, Means: "The name of the key it was signed with, to be looked up among the tenant's published keys. Of an encrypted token: the receiver's key."},
	{Name: "nonce", Shape: ShapeText, Means: "Microsoft Graph's tokens carry it; what is signed is the header with the nonce's SHA-256 in its place."},
	{Name: "p2c", Shape: ShapeNumber, Means: "Of a token encrypted with a password: how often it is hashed."},
	{Name: "p2s", Shape: ShapeOpaque, Means: "Of a token encrypted with a password: the salt it is hashed with."},
	{Name: "tag", Shape: ShapeOpaque, Means: "Of an encrypted token: the authentication tag of its encrypted key."},
	{Name: "typ", Shape: ShapeText, Example: "JWT", Means: "The kind of token."},
	{Name: "x5c", Shape: ShapeList, Means: "The certificate itself. It is never trusted from here."},
	{Name: "x5t", Shape: ShapeText, Means: "The thumbprint of the key's certificate. In Entra's tokens the same as kid."},
	{Name: "x5t#S256", Shape: ShapeText, Means: "The SHA-256 thumbprint of the key's certificate."},
	{Name: "x5u", Shape: ShapeAddress, Means: "An address of a certificate. It is never fetched."},
	{Name: "zip", Shape: ShapeText, Example: "DEF", Means: "How the content is compressed. It is never unpacked here."},
}
