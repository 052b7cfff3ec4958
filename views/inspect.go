package views

import (
	"strconv"
	"strings"
	"time"

	"agentidportal/entra"
)

// Inspection is the page of the inspector: the form and, once a token was
// pasted, what it is.
type Inspection struct {
	// Pasted goes back into the form when it could not be read. A private key
	// or a client secret never does.
	Pasted string
	// Fault says why it could not be read, Fix how to mend that.
	Fault, Fix string
	// Exposed is true for a private key or a client secret.
	Exposed bool
	Token   *InspectedToken
}

// InspectedToken is a token that was read.
type InspectedToken struct {
	JWT            *entra.JWT
	Kind, Who      string
	Verdict        entra.Verdict
	Header, Claims []entra.ClaimNote
	Times          []entra.TimeNote
	// Standing says what the token's words are worth.
	Standing entra.Standing
	// Acts and Through are the agent and its blueprint, For is the agent an
	// exchange token names, User whom it acts as or for; each is empty when there
	// is none.
	Acts, Through, For, User Party
	// Person says whether it acts for a person.
	Person string
	Ends   time.Time
	// Names are display names by id in lower case, as far as the directory told.
	Names map[string]string
	// Granted is what the agent was granted beside it; nil where that says nothing.
	Granted *Granted
}

// Party is an object of the directory a token names.
type Party struct{ ID, Name, Mark, Href string }

func (i Inspection) input() Input {
	in := Input{
		Label: "Token", Name: "token", Value: i.Pasted, Mono: true, Rows: 6, ID: "f-token",
		Hint: "Raw, with “Bearer ”, header lines, a cookie, cURL or a JSON answer: the token is found in it.",
	}
	if i.Fault != "" && !i.Exposed {
		in.Error = i.Fault + " " + i.Fix
	}
	return in
}

func (i Inspection) errors() []FieldError {
	if i.Fault == "" || i.Exposed {
		return nil
	}
	return []FieldError{{Field: "f-token", Text: "Token: " + i.Fault + " " + i.Fix}}
}

// label names a fact the token tells of itself: without a signature that holds
// it is hearsay.
func (t InspectedToken) label(name string) string {
	if t.Standing.Genuine() {
		return name
	}
	return name + ", it says"
}

// who is the sentence about who acts, as fact or as hearsay.
func (t InspectedToken) who() string {
	if t.Standing.Genuine() || t.Who == "" {
		return t.Who
	}
	return "It says that " + strings.ToLower(t.Who[:1]) + t.Who[1:]
}

// warning is said above everything else of a token that nobody vouches for.
func (t InspectedToken) warning() (tone Tone, title, text string) {
	switch t.Standing {
	case entra.StandingUnsigned:
		return ToneDanger, "Nobody signed this token", "Anybody can write such a text. Nothing it says is proven, and no receiver may accept it."
	case entra.StandingForged:
		return ToneDanger, "This token was changed after it was signed, or signed by somebody else", "Nothing it says is proven, and this tenant's receivers refuse it."
	case entra.StandingUnproven:
		return ToneWarn, "This token is not checkable here", "Who signed it is not known, so nothing it says is proven. " + t.Verdict.Reason
	case entra.StandingCutOff:
		if t.JWT.Parts == 3 {
			return ToneWarn, "This token was probably cut off", "Its signature is too short: the last characters are missing. Copy all of the token and paste it again. If this is all of it, somebody else made it, and nothing it says is proven."
		}
		return ToneWarn, "This token is cut off", "Its end is missing, and the signature with it. Copy all of it and paste it again: three parts divided by two dots."
	}
	return "", "", ""
}

// state says whether somebody could use the token.
func (t InspectedToken) state(now time.Time) (Tone, string) {
	switch t.Standing {
	case entra.StandingLive:
		return ToneWarn, "Live: anyone who holds it can use it"
	case entra.StandingEarly:
		return ToneWarn, "Not live yet: anyone who holds it can use it later"
	case entra.StandingOver:
		if t.Ends.IsZero() {
			return ToneMuted, "Not live: it has no expiry, so receivers refuse it"
		}
		return ToneMuted, "Not live: it cannot be used any more"
	case entra.StandingUnsigned:
		return ToneDanger, "Not usable: nobody signed it"
	case entra.StandingForged:
		return ToneDanger, "Not usable: its signature is not this tenant's"
	case entra.StandingCutOff:
		return ToneWarn, "Not known: the end of the token is missing"
	case entra.StandingUnproven:
		if t.Ends.IsZero() {
			return ToneMuted, "Not checkable here. It has no expiry, so receivers refuse it"
		}
		if t.JWT.Live(now) {
			return ToneWarn, "Not checkable here. If it is genuine, it is live: treat it as a secret"
		}
		return ToneMuted, "Not checkable here. By its own words it cannot be used any more"
	}
	return ToneMuted, "Not known: the claims cannot be read here"
}

// otherName is a further token by the name it has in what was pasted.
func otherName(f entra.Found) string {
	if f.Name == "" {
		return "the other token"
	}
	return f.Name
}

// userLabel says how the user of a token takes part: an agent user is the
// agent's own account.
func userLabel(u Party) string {
	if u.Mark == "agentUser" {
		return "As agent user"
	}
	return "For the user"
}

// takenWords says which of several tokens one reads.
func takenWords(name string) string {
	if name == "" {
		return "You read the first one."
	}
	return "You read " + name + "."
}

// secretWords warns of what was pasted beside the token.
func secretWords(names []string) string {
	it := "It was"
	if len(names) > 1 {
		it = "They were"
	}
	return it + " not read and not kept. If this text left a safe place, treat what it holds as exposed: replace a client secret, end a refresh token by revoking the user's sign-in sessions."
}

// payloadNote counts the claims in view among those there are.
func payloadNote(claims []entra.ClaimNote) string {
	present := 0
	for _, c := range claims {
		if c.For != entra.Missing {
			present++
		}
	}
	note := plural(present, "claim")
	if missing := len(claims) - present; missing > 0 {
		note += ", " + strconv.Itoa(missing) + " missing"
	}
	if first, rest := splitClaims(claims); len(first) > 0 && len(rest) > 0 {
		note += "; those that decide first"
	}
	return note
}

// life says how much of a token's life has passed, in minutes.
func (t InspectedToken) life(now time.Time) (passed, all int) {
	all = int(t.JWT.Lifetime().Minutes())
	passed = all - int(t.Ends.Sub(now).Minutes())
	return min(max(passed, 0), all), all
}

// hiddenParts says how much of an encrypted token is not shown.
func hiddenParts(hidden string) string {
	return plural(strings.Count(hidden, ".")+1, "part") + " hidden, " + plural(len(hidden), "character")
}

// local is the time of a claim in the reader's zone, and how far away it is;
// empty for what is no time.
func (t InspectedToken) local(p Page, claim entra.ClaimNote) string {
	entry, _ := entra.DictionaryEntry(claim.Name)
	at, ok := t.JWT.Time(claim.Name)
	if entry.Shape != entra.ShapeTime || !ok || claim.For == entra.Missing {
		return ""
	}
	words := Relative(p.Now, at)
	if local := Local(p.Zone, at); local != "" {
		words = local + ", " + words
	}
	return words
}

// members names the objects of a list of ids, such as groups.
func (t InspectedToken) members(claim entra.ClaimNote) string {
	if claim.Name != "groups" {
		return ""
	}
	var known []string
	for _, id := range t.JWT.Values(claim.Name) {
		if name := t.Names[strings.ToLower(id)]; name != "" {
			known = append(known, name)
		}
	}
	if len(known) == 0 {
		return ""
	}
	return "Here: " + strings.Join(known, ", ") + "."
}
