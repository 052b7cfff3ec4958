package entra

import (
	"strconv"
	"strings"
)

// shortly puts a claim's value into a few words for a narrow cell; empty where
// the value says it all.
func (c *Client) shortly(j *JWT, name string, x Context) string {
	if !j.Has(name) {
		return ""
	}
	text := j.Text(name)
	entry, _ := DictionaryEntry(name)
	switch {
	case entry.Shape == ShapeTime:
		if at, ok := j.Time(name); ok {
			return at.Format("2 Jan 2006 15:04:05 UTC")
		}
	case entry.Shape == ShapeDigits:
		words := facetSentence(j.Values(name))
		if name == "xms_idrel" {
			words = relationSentence(j.Values(name))
		}
		return bare(words)
	case name == "wids":
		return bare(roleSentence(j.Values(name)))
	case name == "appidacr" || name == "azpacr":
		return proofWords(text)
	case name == "iss" || name == "idp":
		return bare(c.issuerSentence(text))
	case name == "sub":
		return bare(c.subjectSentence(text, x))
	case entry.Shape == ShapeID || entry.Shape == ShapeAddress:
		return bare(c.nameOf(text, x))
	}
	return ""
}

// bare takes "Here:" and the full stop off a sentence.
func bare(sentence string) string {
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(sentence, "Here: "), "Here a path: "), ".")
}

// meaningOf says what the differences of the claims that decide come to: who
// acts, for whom, where, with what, until when.
func (c *Client) meaningOf(first, second *JWT, x Context) []string {
	var said []string
	say := func(sentence string) {
		if sentence != "" {
			said = append(said, sentence)
		}
	}
	if first.Raw.Equal(second.Raw) {
		return []string{"They are one and the same token."}
	}
	if id := first.Text("uti"); id != "" && id == second.Text("uti") {
		say("Both have the same id (uti), so they were one token: one of them was changed, or its end is missing.")
	}
	if one, other := c.Kind(first, x.Names), c.Kind(second, x.Names); one != other {
		say("They are of different kinds. First: " + one + ". Second: " + other + ".")
	}
	say(chained(first, second, x))
	say(chained(second, first, x))
	say(c.otherParties(first, second, x))
	say(otherBlueprint(first, second, x))
	say(c.otherAudience(first, second, x))
	say(otherTenant(first, second))
	say(otherProof(first, second))
	say(permissionsDiffer("Application permissions", "roles", first, second))
	say(permissionsDiffer("Delegated permissions", "scp", first, second))
	say(otherEnd(first, second))
	return said
}

// chained says of a T1 that the other token is of the agent it is made out to:
// the one may be the proof that the other came of.
func chained(proof, token *JWT, x Context) string {
	path, isPath := ParseSubjectPath(proof.Text("sub"))
	if !isPath || path.Rest == "" || !strings.EqualFold(path.Rest, token.ClientID()) || !strings.EqualFold(path.AppID, token.Text("xms_par_app_azp")) {
		return ""
	}
	return "They belong together: the exchange token (T1) is made out to " + named(path.Rest, x) + ", the agent identity that the other token is of, by its blueprint."
}

// otherParties compares the client and the subject.
func (c *Client) otherParties(first, second *JWT, x Context) string {
	var said []string
	one, other := first.ClientID(), second.ClientID()
	if !strings.EqualFold(one, other) {
		said = append(said, "Another client: "+named(one, x)+" asked for the first, "+named(other, x)+" for the second.")
	}
	if one, other := first.Text("idtyp"), second.Text("idtyp"); one != other {
		said = append(said, "Another sort of subject: "+subjectWords(one)+" in the first, "+subjectWords(other)+" in the second.")
	}
	oneIs, otherIs := first.Text("oid"), second.Text("oid")
	itself := strings.EqualFold(oneIs, one) && strings.EqualFold(otherIs, other)
	if !strings.EqualFold(oneIs, otherIs) && !itself {
		said = append(said, "Another subject: the first is about "+named(oneIs, x)+", the second about "+named(otherIs, x)+".")
	}
	path, isPath := ParseSubjectPath(first.Text("sub"))
	otherPath, otherIsPath := ParseSubjectPath(second.Text("sub"))
	if isPath && otherIsPath && !strings.EqualFold(path.Rest, otherPath.Rest) {
		said = append(said, "Another agent: the first is made out to "+named(path.Rest, x)+", the second to "+named(otherPath.Rest, x)+".")
	}
	return joinSentences(said...)
}

func subjectWords(idtyp string) string {
	switch idtyp {
	case "app":
		return "an application that acts for itself"
	case "user":
		return "a user"
	case "":
		return "not told"
	}
	return visible(cut(idtyp, 40))
}

func otherBlueprint(first, second *JWT, x Context) string {
	one, other := first.Text("xms_par_app_azp"), second.Text("xms_par_app_azp")
	switch {
	case strings.EqualFold(one, other):
		return ""
	case one == "":
		return "Only the second is an agent identity's token, of the blueprint " + named(other, x) + "."
	case other == "":
		return "Only the first is an agent identity's token, of the blueprint " + named(one, x) + "."
	}
	return "Another blueprint: " + named(one, x) + " in the first, " + named(other, x) + " in the second."
}

func (c *Client) otherAudience(first, second *JWT, x Context) string {
	one, other := first.Audience(), second.Audience()
	if one == other {
		return ""
	}
	words := func(aud string) string {
		if name := bare(c.nameOf(aud, x)); name != "" {
			return name
		}
		return visible(audienceWords(aud, x.Names))
	}
	a, b := words(one), words(other)
	if a == b {
		return "The audience is " + a + " in both, written in two ways."
	}
	return "Another audience: " + a + " may accept the first only, " + b + " the second only."
}

func otherTenant(first, second *JWT) string {
	one, other := first.Text("tid"), second.Text("tid")
	switch {
	case !strings.EqualFold(one, other):
		return "Another tenant: " + orWord(visible(one), "none") + " in the first, " + orWord(visible(other), "none") + " in the second."
	case first.Text("ver") != second.Text("ver"):
		return "Another version of the format: " + orWord(visible(first.Text("ver")), "none") + " and " + orWord(visible(second.Text("ver")), "none") +
			". The resource decides it. Issuer, audience and client are written otherwise in each."
	case first.Issuer() != second.Issuer():
		return "Another issuer, though the tenant is the same."
	}
	return ""
}

func otherProof(first, second *JWT) string {
	one := proofWords(orWord(first.Text("appidacr"), first.Text("azpacr")))
	other := proofWords(orWord(second.Text("appidacr"), second.Text("azpacr")))
	if one == other || one == "" || other == "" {
		return ""
	}
	return "The client proved itself otherwise: by " + one + " for the first, by " + other + " for the second."
}

// proofWords says in a few words how a client proved itself.
func proofWords(acr string) string {
	switch acr {
	case "0":
		return "nothing, as public clients do"
	case "1":
		return "a client secret"
	case "2":
		return "a signed assertion"
	}
	return ""
}

// permissionsDiffer lists what the second may do and the first may not, and the
// other way round.
func permissionsDiffer(what, claim string, first, second *JWT) string {
	added, removed := notIn(second.Values(claim), first.Values(claim)), notIn(first.Values(claim), second.Values(claim))
	var said []string
	if len(added) > 0 {
		said = append(said, what+" only in the second: "+listed(added)+".")
	}
	if len(removed) > 0 {
		said = append(said, what+" only in the first: "+listed(removed)+".")
	}
	return joinSentences(said...)
}

// listed names the first ten of a list.
func listed(names []string) string {
	const most = 10
	if len(names) > most {
		return strings.Join(names[:most], ", ") + " and " + strconv.Itoa(len(names)-most) + " more"
	}
	return strings.Join(names, ", ")
}

func otherEnd(first, second *JWT) string {
	one, okOne := first.Time("exp")
	other, okOther := second.Time("exp")
	switch {
	case !okOne || !okOther || one.Equal(other):
		return ""
	case other.After(one):
		return "The second ends " + Words(other.Sub(one)) + " later."
	}
	return "The second ends " + Words(one.Sub(other)) + " earlier."
}
