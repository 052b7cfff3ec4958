package views

import (
	"strconv"
	"strings"
	"time"

	"agentidportal/entra"
)

// TokenResult is the page about one try, good or bad.
type TokenResult struct {
	// ID names the result while it is held in memory, Path is its address.
	ID, Path                    string
	Mode                        TokenMode
	AgentID, AgentName          string
	BlueprintID, BlueprintAppID string // object id, client id
	BlueprintName               string
	AppID, AppName              string // of a grant without agent; the name where it is known
	OtherTenant, OtherAppID     string
	UserID, Username            string // whom an agent user's token is for
	UsernameTyped               string // what the form held, to be changed there
	Scope, KeptID               string
	ResourceName                string // of the scope, where it is known by a name
	KeptNow                     bool   // the typed secret is kept from now on
	Reuse                       bool   // hops were taken from the cache
	At                          time.Time
	Trace                       *entra.Trace
	Hops                        []HopResult
	// Who says who acts with the token; empty when there is none.
	Who string
	// RefreshHref trades the refresh token; empty without one.
	RefreshHref string
	// Calls are those of the allow-list that the token is for; Used is the last
	// one made.
	Calls []Option
	Call  string // the one the token opens; empty when that is not known
	Used  *TokenUse
	// Granted is what the agent was granted beside what TR carries; nil where
	// that says nothing.
	Granted *Granted
	// Scripts make the hops again; none for a trace without a request.
	Scripts []TokenScript
	// Checks are the saved checks that fit.
	Checks ResultChecks
	// Clock says that the clocks differ; nil when they agree.
	Clock *ClockNote
	// Faults are of the forms on this page, by field.
	Faults map[string]string
	// Profile is the one that was run; There is of a cross-tenant try.
	Profile LabProfile
	There   *OtherTenant
}

// Title names the page after whom the token is for, and says when there is none.
func (r TokenResult) Title() string {
	title := "Token for "
	if !r.Trace.Complete() {
		title = "No token for "
	}
	switch {
	case r.AgentID != "":
		return title + r.AgentName
	case r.BlueprintAppID != "":
		return title + r.BlueprintName
	case r.AppName != "":
		return title + r.AppName
	}
	return title + "an application"
}

func (r TokenResult) mark() string {
	switch {
	case r.AgentID != "":
		return "agentIdentity"
	case r.BlueprintAppID != "":
		return "blueprint"
	}
	return "principal"
}

// HopResult is a hop with what the directory and the claims dictionary add.
type HopResult struct {
	entra.Hop
	Header, Claims []entra.ClaimNote
	Times          []entra.TimeNote
	// Notes say what a field of the request is, by its name.
	Notes map[string]string
	// Age is how long ago a hop of the cache was answered, in words.
	Age string
	// Needs names the hop that was missing, where this one was not reached.
	Needs string
	// Explained says what a refusal means and what to do about it.
	Explained entra.Explanation
	// Fix is where that is done; without a Href it is the form, in a field.
	FixHref, FixText, FixField string
	// FormFirst: the field of the form is the likelier remedy of the two.
	FormFirst bool
}

func (r TokenResult) again() string {
	if r.Profile.ID != "" {
		return "/tokens?" + Query("profile", r.Profile.ID)
	}
	// By its name: what was typed does not belong into an address.
	return "/tokens?" + Query("again", r.ID)
}

// OnWord is a tick in an address.
func OnWord(ticked bool) string {
	if ticked {
		return "on"
	}
	return ""
}

// fields are the form of the same try, with the kept secret.
func (r TokenResult) fields() [][2]string {
	return [][2]string{
		{"mode", string(r.Mode.Name)},
		{"agent", r.AgentID},
		{"blueprint", r.BlueprintAppID},
		{"app_id", r.AppID},
		{"username", r.UsernameTyped},
		{"other_tenant", r.OtherTenant},
		{"other_app_id", r.OtherAppID},
		{"scope", r.Scope},
		{"kept", r.KeptID},
		{"profile", r.Profile.ID},
	}
}

// folded says whether a hop's card starts closed: those between the first and
// the last that went well.
func (r TokenResult) folded(i int) bool {
	hop := r.Hops[i]
	return i > 0 && i < len(r.Hops)-1 && hop.State != entra.HopRefused && hop.State != entra.HopFailed
}

// repeatable says whether the try can be made again without typing anything.
func (r TokenResult) repeatable() bool {
	return r.KeptID != "" && !r.Mode.Refresh && !r.Mode.Person
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
	answered := r.asked()
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
	if cached := r.cached(); cached > 0 {
		words = append(words, strconv.Itoa(cached)+" from the cache")
	}
	counts = strings.Join(words, ", ") + ". "
	if missing+unexpected > 0 {
		counts += plural(missing, "claim") + " missing, " + strconv.Itoa(unexpected) + " unexpected. "
	}
	return tone, title, counts + Took(r.Trace.Duration) + " in all, of which the portal took " + hopTook(r.ownShare()) + "."
}

// ownShare is the time of a try that no hop of it took. A hop that was made
// before, such as a sign-in's, takes no part.
func (r TokenResult) ownShare() time.Duration {
	own := r.Trace.Duration
	for _, hop := range r.Trace.Hops {
		if !hop.Cached && !hop.Started.Before(r.Trace.Started) {
			own -= hop.Duration
		}
	}
	return max(own, 0)
}

// asked counts the hops that bring a token: the device hop brings none.
func (r TokenResult) asked() int {
	n := 0
	for _, hop := range r.Trace.Hops {
		if hop.Name != entra.HopDevice {
			n++
		}
	}
	return n
}

func (r TokenResult) cached() int {
	n := 0
	for _, hop := range r.Trace.Hops {
		if hop.Cached {
			n++
		}
	}
	return n
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
	meaning := failed.Err.Explain().Meaning
	if told := r.failedHop(); told != nil && told.Explained.Meaning != "" {
		meaning = told.Explained.Meaning
	}
	return "Refused at " + string(failed.Name) + ": " + refusalWords(meaning, failed.Err.Code)
}

// refusalWords is a refusal in a few words: the first sentence of what it
// means, as the end of a title.
func refusalWords(meaning, code string) string {
	meaning, _, _ = strings.Cut(meaning, ". ")
	meaning, _, _ = strings.Cut(meaning, ": ")
	meaning = strings.TrimSuffix(meaning, ".")
	if meaning == "" {
		return code
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
	switch len(unreached) {
	case 0:
	case 1:
		counts += unreached[0] + " was not asked for. "
	default:
		counts += listed(unreached) + " were not asked for. "
	}
	switch {
	case failed.State == entra.HopFailed && !failed.Unsent:
		counts += "Not known whether a token was issued."
	case number == 1:
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
	if words := refusedField[failed.FixField]; words != "" {
		return words
	}
	switch failed.code() {
	case 7000215, 7000222, 7000216, 7000218:
		return "Type another secret"
	case 50013, 500131, 500133:
		return "Use another user token"
	case 1002012:
		return "Write another scope"
	}
	return "Try again"
}
