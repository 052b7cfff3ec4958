package entra

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Decode reads a token without verifying it, so that unsigned, expired and
// damaged ones can be looked at too. It takes the token itself, "Bearer" and
// the token, or a text that holds one. The error is a *DecodeError; it tells of
// a credential also where a secret only stands beside what cannot be read.
func Decode(raw string) (*JWT, error) {
	j, err := decode(raw)
	var fault *DecodeError
	if errors.As(err, &fault) && !fault.Credential {
		if names := secretsIn(raw); names != nil {
			fault.Credential = true
			fault.Fix += " The text holds " + strings.Join(names, " and ") + " too: it was not kept. If it left a safe place, treat it as exposed."
		}
	}
	return j, err
}

// decode reads the first token that can be read; why the first one cannot is
// told where none can.
func decode(raw string) (*JWT, error) {
	found, err := extract(raw)
	if err != nil {
		return nil, err
	}
	var first error
	for i, one := range found {
		j, err := decodeOne(one)
		if err == nil {
			j.Others, j.Beside = found[i+1:], secretsIn(around(raw, found))
			return j, nil
		}
		if first == nil {
			first = err
		}
	}
	return nil, first
}

func decodeOne(one Found) (*JWT, error) {
	compact := one.Token.Reveal()
	if len(compact) > MaxToken {
		return nil, &DecodeError{What: "This token is longer than 16 KiB.", Fix: "No token of Entra ID is so long. Paste one token only."}
	}
	// Dots are counted before anything is split: a text of dots only would
	// make as many strings.
	dots := strings.Count(compact, ".")
	switch {
	case dots == 0 && opaqueRun.MatchString(compact) && !startsToken(compact) && !looksLikeGUID(compact):
		return nil, &DecodeError{
			What:       "This has no dots, so it is not a JSON Web Token.",
			Fix:        "It may be a key, or an opaque token, which only its resource can read. It was not kept. If it left a safe place, treat it as exposed.",
			Credential: true,
		}
	case dots == 0:
		return nil, &DecodeError{What: "This has no dots, so it is not a JSON Web Token.", Fix: "It may be an opaque token, which only its resource can read, or a part of a token. Paste all of it."}
	case dots > 4 || dots == 3:
		return nil, &DecodeError{What: fmt.Sprintf("This has %d parts; a signed token has three, an encrypted one five.", dots+1), Fix: "Paste one whole token."}
	}
	parts := strings.Split(compact, ".")
	j := &JWT{Raw: one.Token, Name: one.Name, Parts: len(parts)}
	if err := j.readHeader(parts[0]); err != nil {
		return nil, err
	}
	if len(parts) == 5 {
		j.Encrypted = true
		j.note("This token is encrypted (JWE): header, encrypted key, initialisation vector, ciphertext and tag. Only its receiver can read the claims.")
		return j, nil
	}
	j.readClaims(parts[1])
	j.noteOddTypes()
	j.readSignature(parts)
	return j, nil
}

func (j *JWT) readHeader(part string) error {
	data, err := j.bytesOf(part, "header")
	if err != nil {
		return &DecodeError{What: "The first part, the header, is not base64url.", Fix: "Some of the token may be missing or changed. Copy it again."}
	}
	if j.Header, err = j.members(data, "header"); err != nil {
		return &DecodeError{What: "The first part, the header, " + err.Error() + ".", Fix: "Some of the token may be missing or changed. Copy it again."}
	}
	return nil
}

// readClaims keeps a damaged payload as a note: the header is worth showing.
func (j *JWT) readClaims(part string) {
	data, err := j.bytesOf(part, "claims")
	if err == nil {
		j.Claims, err = j.members(data, "claims")
	} else {
		err = fmt.Errorf("is not base64url")
	}
	if err != nil {
		j.Damaged, j.Claims = true, nil
		j.note("The second part, the claims, " + err.Error() + ". Some of the token may be missing or changed.")
	}
}

func (j *JWT) readSignature(parts []string) {
	if len(parts) == 2 {
		j.note("The third part, the signature, is missing.")
		return
	}
	j.HasSignature = parts[2] != ""
	if !j.HasSignature {
		j.note("The signature is empty.")
	} else if _, err := j.bytesOf(parts[2], "signature"); err != nil {
		j.note("The signature is not base64url.")
	}
	if strings.EqualFold(j.HeaderText("alg"), "none") {
		j.note("The header says alg none: nobody signed this token, so nobody must trust it.")
	}
}

// bytesOf decodes one part. Padding, the standard alphabet and stray bits in
// the last character are not allowed in a JWT (RFC 7515 2), but readable.
func (j *JWT) bytesOf(part, name string) ([]byte, error) {
	clean := strings.TrimRight(part, "=")
	if clean != part {
		j.note("The " + name + " part is padded with =, which a token must not be.")
	}
	if strings.ContainsAny(clean, "+/") {
		j.note("The " + name + " part is written in standard base64 in place of base64url.")
		clean = strings.NewReplacer("+", "-", "/", "_").Replace(clean)
	}
	data, err := base64.RawURLEncoding.Strict().DecodeString(clean)
	if err == nil {
		return data, nil
	}
	if data, err = base64.RawURLEncoding.DecodeString(clean); err == nil {
		j.note("The last character of the " + name + " part has bits set that mean nothing.")
	}
	return data, err
}

// members reads a part's JSON object and notes what is odd about it.
func (j *JWT) members(data []byte, name string) ([]Claim, error) {
	if !utf8.Valid(data) {
		j.note("The " + name + " part holds bytes that are not UTF-8; they show as �.")
		data = []byte(strings.ToValidUTF8(string(data), "\uFFFD"))
	}
	claims, repeated, err := readObject(data)
	for _, member := range repeated {
		j.note(fmt.Sprintf("The %s part has %q more than once; most readers take the last.", name, visible(member)))
	}
	return claims, err
}

func (j *JWT) note(sentence string) { j.Notes = append(j.Notes, sentence) }
