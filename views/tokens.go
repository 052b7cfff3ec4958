package views

import (
	"strconv"
	"strings"
	"time"

	"agentidportal/entra"
)

// TokenForm is the form of the token lab. A secret that was typed is never
// among its values.
type TokenForm struct {
	Agents []Option
	// Kept are client secrets the person may use; none hides the field.
	Kept                       []KeptRow
	Agent, Mode, Scope, Chosen string
	// Keep is the tick that asks to keep a typed secret.
	Keep bool
	// Faults are sentences by field name.
	Faults map[string]string
	// NotShown counts agents that the list leaves out because there are too
	// many, Foreign those of blueprints the person does not own.
	NotShown, Foreign int
	// MayCreate offers a new blueprint when there is no agent.
	MayCreate bool
	// AddSecretHref is where the agent's blueprint gets another client secret,
	// named when none that was typed or chosen could be used.
	AddSecretHref string
}

// KeptRow is a kept client secret.
type KeptRow struct {
	ID, Blueprint, BlueprintID, Hint string
	Ends, Kept                       time.Time // Ends is zero when nobody knows it
	Expired                          bool
}

// Label names a kept secret: its blueprint, the hint Graph lists it with, its
// end.
func (k KeptRow) Label() string {
	label := k.Blueprint
	if k.Hint != "" {
		label += ", hint " + k.Hint
	}
	switch {
	case k.Expired:
		label += ", expired " + Day(k.Ends)
	case !k.Ends.IsZero():
		label += ", ends " + Day(k.Ends)
	}
	return label
}

// tokenFields are the fields of the form in their order, with their labels.
var tokenFields = [][2]string{
	{"agent", "Agent identity"}, {"mode", "Mode"}, {"scope", "Scope"}, {"client_secret", "Client secret"}, {"kept", "Kept secret"},
}

func (f TokenForm) errors() []FieldError {
	var list []FieldError
	for _, field := range tokenFields {
		if fault := f.Faults[field[0]]; fault != "" {
			list = append(list, FieldError{Field: "f-" + field[0], Text: field[1] + ": " + fault})
		}
	}
	return list
}

func (f TokenForm) input(name, value, hint string) Input {
	in := Input{Name: name, Value: value, Hint: hint, Error: f.Faults[name]}
	for _, field := range tokenFields {
		if field[0] == name {
			in.Label = field[1]
		}
	}
	return in
}

func (f TokenForm) agentHint() string {
	hint := "Whose token it will be."
	if f.NotShown > 0 {
		hint += " " + plural(f.NotShown, "more agent") + " " + isAre(f.NotShown) + " not listed: open the lab from the agent's own page."
	}
	if f.Foreign > 0 {
		hint += " " + plural(f.Foreign, "agent") + " of blueprints you do not own " + isAre(f.Foreign) + " not listed: only their owners and Admins may test them."
	}
	return hint
}

func isAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

func (f TokenForm) secretHint() string {
	hint := "Of the agent's blueprint: an agent has none of its own. It goes along with this one request."
	if len(f.Kept) > 0 {
		hint += " Leave it empty to use the kept one chosen below."
	}
	return hint
}

// tokenModes are the modes that can be tried.
func tokenModes() []Option {
	return []Option{{Value: string(entra.ModeAutonomous), Label: "Autonomous app"}}
}

// TokenResult is the page about one try, good or bad.
type TokenResult struct {
	AgentID, AgentName          string
	BlueprintID, BlueprintAppID string // object id, client id
	BlueprintName               string
	Scope, KeptID               string
	KeptNow                     bool // the typed secret is kept from now on
	At                          time.Time
	Trace                       *entra.Trace
	Hops                        []HopResult
	// Who says who acts with the token; empty when there is none.
	Who string
}

// HopResult is a hop with what the directory and the claims dictionary add.
type HopResult struct {
	entra.Hop
	Header, Claims []entra.ClaimNote
	Times          []entra.TimeNote
	// Notes say what a field of the request is, by its name.
	Notes map[string]string
	// Explained says what a refusal means and what to do about it.
	Explained entra.Explanation
	// Fix is where that is done; an empty Href leaves it out.
	FixHref, FixText string
}

func (r TokenResult) again() string {
	return "/tokens?" + queryOf("agent", r.AgentID, "scope", r.Scope, "kept", r.KeptID)
}

// verdict is the answer of the page: its tone, title and counts.
func (r TokenResult) verdict() (tone Tone, title, counts string) {
	if failed := r.Trace.Failed(); failed != nil {
		return ToneDanger, r.failedTitle(failed), r.failedCounts(failed)
	}
	tone, title = ToneOK, strings.TrimSuffix(r.Who, ".")
	if title == "" {
		title = "The token was issued"
	}
	answered := len(r.Trace.Hops)
	valid, unchecked := r.signatures()
	links, held := len(r.Trace.Links), r.linksHeld()
	missing, unexpected := r.claimFaults()
	words := []string{
		strconv.Itoa(answered) + " of " + plural(answered, "hop") + " answered",
		signatureWords(valid, answered, unchecked),
		strconv.Itoa(held) + " of " + strconv.Itoa(links) + " links hold",
	}
	if valid+unchecked < answered || held < links || missing+unexpected > 0 {
		tone = ToneWarn
		title = "The token was issued, but a check failed"
	}
	counts = strings.Join(words, ", ") + ". "
	if missing+unexpected > 0 {
		counts += plural(missing, "claim") + " missing, " + strconv.Itoa(unexpected) + " unexpected. "
	}
	return tone, title, counts + Took(r.Trace.Duration) + " in all."
}

func signatureWords(valid, of, unchecked int) string {
	words := strconv.Itoa(valid) + " of " + plural(of, "signature") + " valid"
	if unchecked > 0 {
		words += ", " + strconv.Itoa(unchecked) + " not checked"
	}
	return words
}

func (r TokenResult) failedTitle(failed *entra.Hop) string {
	if failed.Err == nil {
		return "No answer at " + string(failed.Name)
	}
	return "Refused at " + string(failed.Name) + ": " + refusalWords(failed.Err)
}

// refusalWords is a refusal in a few words: the first sentence of what it
// means, as the end of a title.
func refusalWords(e *entra.Error) string {
	meaning, _, _ := strings.Cut(e.Explain().Meaning, ". ")
	meaning, _, _ = strings.Cut(meaning, ": ")
	meaning = strings.TrimSuffix(meaning, ".")
	if meaning == "" {
		return e.Code
	}
	return strings.ToLower(meaning[:1]) + meaning[1:]
}

func (r TokenResult) failedCounts(failed *entra.Hop) string {
	var unreached []string
	number := 0
	for i, hop := range r.Trace.Hops {
		if hop.State == entra.HopUnreached {
			unreached = append(unreached, string(hop.Name))
		}
		if &r.Trace.Hops[i] == failed {
			number = i + 1
		}
	}
	counts := "Hop " + strconv.Itoa(number) + " of " + strconv.Itoa(len(r.Trace.Hops)) + ". "
	if len(unreached) > 0 {
		counts += strings.Join(unreached, " and ") + " was not asked for. "
	}
	if number == 1 {
		counts += "Nothing was issued."
	}
	return counts
}

func (r TokenResult) signatures() (valid, unchecked int) {
	for _, hop := range r.Trace.Hops {
		switch hop.Signature.State {
		case entra.VerdictValid:
			valid++
		case entra.VerdictUnchecked:
			unchecked++
		}
	}
	return valid, unchecked
}

func (r TokenResult) linksHeld() int {
	held := 0
	for _, link := range r.Trace.Links {
		if link.Holds {
			held++
		}
	}
	return held
}

func (r TokenResult) claimFaults() (missing, unexpected int) {
	for _, hop := range r.Hops {
		m, u := countFaults(hop.Claims)
		missing, unexpected = missing+m, unexpected+u
	}
	return missing, unexpected
}

func countFaults(claims []entra.ClaimNote) (missing, unexpected int) {
	for _, claim := range claims {
		switch claim.For {
		case entra.Missing:
			missing++
		case entra.Unexpected:
			unexpected++
		}
	}
	return missing, unexpected
}

func (r TokenResult) linksNote() string {
	return strconv.Itoa(r.linksHeld()) + " of " + strconv.Itoa(len(r.Trace.Links)) + " hold"
}

func (r TokenResult) failedHop() *HopResult {
	for i := range r.Hops {
		if s := r.Hops[i].State; s == entra.HopRefused || s == entra.HopFailed {
			return &r.Hops[i]
		}
	}
	return nil
}

// againWords names the way back to the form by what is to be changed there.
func (r TokenResult) againWords(failed *HopResult) string {
	if failed.Err == nil {
		return "Try again"
	}
	switch failed.Err.AADSTS {
	case 7000215, 7000222:
		return "Type another secret"
	case 70011, 700022, 28002, 1002012, 500011:
		return "Write another scope"
	}
	return "Try again"
}

func (f TokenForm) scopeInput() Input {
	in := f.input("scope", f.Scope, "One resource and /.default: all that was granted there.")
	in.Mono = true
	return in
}

func (f TokenForm) keptOptions() []Option {
	options := []Option{{Value: "", Label: "None: the one typed above"}}
	for _, kept := range f.Kept {
		options = append(options, Option{Value: kept.ID, Label: kept.Label()})
	}
	return options
}
