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
	// Mode decides which fields there are.
	Mode TokenMode
	// Agents and Blueprints are those the person may test.
	Agents, Blueprints []Option
	// Kept are client secrets the person may use; none hides the field.
	Kept                                     []KeptRow
	Agent, Blueprint, Scope, Chosen          string
	AppID, Username, OtherTenant, OtherAppID string
	// Scopes are scopes worth a click.
	Scopes []Option
	// From is the result whose refresh token is traded; empty for a pasted one.
	From string
	// User is the user token that is held for on behalf of.
	User HeldToken
	// Checks say what the mode lacks, before it is tried.
	Checks []LabCheck
	// Reuse takes hops from the cache; Keep asks to keep a typed secret.
	Reuse, Keep bool
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
	// AddUserHref is where the agent gets an agent user, when it has none.
	AddUserHref string
	Sandbox     bool
	// Profile is the one whose settings fill the form.
	Profile LabProfile
}

// HeldToken is the user token (Tc) that the lab holds for a session.
type HeldToken struct {
	Held bool
	// Fits says that it is for the chosen agent's blueprint.
	Fits          bool
	Who           string
	Until         time.Time
	BlueprintName string
	// GetHref starts the sign-in; empty where no agent is chosen. SetupHref is
	// in its place where the blueprint offers no scope to sign in for.
	GetHref, SetupHref string
	// Fault says why the last sign-in brought none.
	Fault string
}

// LabCheck is one thing a mode needs.
type LabCheck struct {
	Holds bool
	// Warns: the token comes all the same.
	Warns       bool
	Text, Fails string // what is said when it holds, and when not
	Href, Words string // where it is mended
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
	{"mode", "Mode"},
	{"agent", "Agent identity"},
	{"blueprint", "Blueprint"},
	{"app_id", "App ID"},
	{"user_token", "User token"},
	{"username", "User name"},
	{"password", "Password"},
	{"refresh_token", "Refresh token"},
	{"other_tenant", "Tenant ID of the other tenant"},
	{"other_app_id", "App ID of the application there"},
	{"scope", "Scope"},
	{"client_secret", "Client secret"},
	{"kept", "Kept secret"},
	{"certificate", "Certificate and private key"},
	{"assertion", "Federated assertion"},
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
	switch {
	case f.Mode.Blueprint:
		hint = "Of the blueprint. It goes along with this one request."
	case f.Mode.Optional:
		hint = "Of the application; leave it empty for a public client. It goes along with this one request."
	case f.Mode.App:
		hint = "Of the application. It goes along with this one request."
	}
	if f.showsKept() {
		hint += " Leave it empty to use the kept one chosen below."
	}
	return hint
}

// showsKept says whether kept secrets are of use: they are blueprints' own.
func (f TokenForm) showsKept() bool { return len(f.Kept) > 0 && (f.Mode.Agent || f.Mode.Blueprint) }

func (f TokenForm) monoInput(name, value, hint string) Input {
	in := f.input(name, value, hint)
	in.Mono = true
	return in
}

// modeValue is the mode of the select; one that was made up chooses the first.
func (f TokenForm) modeValue() string { return string(f.Mode.Name) }

// submitWords name the button by what comes next.
func (f TokenForm) submitWords() string {
	switch f.Mode.Name {
	case entra.ModeDeviceCode:
		return "Get device code"
	case entra.ModeInteractive:
		return "Continue to sign-in"
	}
	return "Get token"
}

func (t HeldToken) tone() Tone {
	switch {
	case t.Fault != "":
		return ToneDanger
	case t.Held && !t.Fits:
		return ToneWarn
	case t.Held:
		return ToneOK
	}
	return ToneInfo
}

func (t HeldToken) title() string {
	if t.Fits {
		return "A user token of " + t.Who + " is held"
	}
	return "The user token that is held is for another blueprint"
}

func (t HeldToken) words() string {
	if t.Fits {
		return "It is for the blueprint " + t.BlueprintName + ", and is used when the field below is empty. It is held in memory until " + UTC(t.Until) + "."
	}
	return "It is of " + t.Who + ". The agent may trade only a token for its own blueprint, " + t.BlueprintName + ": get one."
}

func (f TokenForm) usernameInput() Input {
	if f.Mode.Person {
		return f.input("username", f.Username, "Of the person who signs in, such as user@example.com.")
	}
	in := f.input("username", f.Username, "Of the agent user. Leave it empty for the agent's own: nobody else's is given.")
	in.Optional = true
	return in
}

// longSecret is a field for a secret of several lines: what was typed is never
// sent back.
func (f TokenForm) longSecret(name, hint string, optional bool) Input {
	in := f.input(name, "", hint)
	in.Optional, in.Mono, in.Rows = optional, true, 4
	return in
}

// foldedCredentials says whether the rarer credentials stay folded.
func (f TokenForm) foldedCredentials() bool {
	return f.Faults["certificate"] == "" && f.Faults["assertion"] == ""
}

// lacking counts the checks that do not hold.
func (f TokenForm) lacking() int {
	n := 0
	for _, c := range f.Checks {
		if !c.Holds {
			n++
		}
	}
	return n
}

func (f TokenForm) checksNote() string {
	if n := f.lacking(); n > 0 {
		return plural(n, "thing") + " missing"
	}
	return "nothing is missing"
}

// tone is the tone of a check that does not hold.
func (c LabCheck) tone() Tone {
	if c.Warns {
		return ToneWarn
	}
	return ToneDanger
}

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

// TokenScript is a trace as a program.
type TokenScript struct{ Title, Says, Text string }

// TokenUse is a call with the token and what the API answered.
type TokenUse struct {
	Call entra.ResourceCall
	Done *entra.Used
	// Seen is whom the API saw.
	Seen []SeenFact
	// Fault says why there was no answer.
	Fault string
	// Opens says which permission opens the call; Fix is where it is granted.
	Opens, FixHref, FixText string
}

// statusWords says what a status means to who tries a token.
func (u TokenUse) statusWords() string {
	switch s := u.Done.Status; {
	case s < 300:
		return "The API took the token"
	case s == 401:
		return "The API did not take the token: its body says why"
	case s == 403:
		return "The API took the token, and it does not open this: a permission or a role is missing"
	case s == 404:
		return "There is nothing there for this caller"
	case s == 429:
		return "Too many calls: wait and try again"
	case s >= 500:
		return "The API has a fault of its own"
	}
	return ""
}

// DeviceWait is a device code that waits for its approval.
type DeviceWait struct {
	ID, UserCode, VerifyAt, AppID, Scope, Note string
	BackHref                                   string
	Until                                      time.Time
}

// SeenFact is one thing an API said of its caller.
type SeenFact struct{ Label, Text, ID, Note string }

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

func (r TokenResult) callInput() Input {
	in := Input{Name: "call", Label: "Call", Hint: "The token goes to the API it was made for, and nowhere else.", Error: r.Faults["call"]}
	if in.Value = r.Call; r.Used != nil {
		in.Value = r.Used.Call.Key
	}
	return in
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
	return tone, title, counts + Took(r.Trace.Duration) + " in all."
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
	if len(unreached) > 0 {
		counts += strings.Join(unreached, " and ") + " was not asked for. "
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

func (f TokenForm) scopeInput() Input {
	hint := "One resource and /.default: all that was granted there."
	if !f.Mode.AppOnly {
		hint = "Of one resource: /.default for all that was consented, or single scopes. With offline_access a refresh token comes too."
	}
	in := f.input("scope", f.Scope, hint)
	in.Mono, in.List = true, "scopes"
	return in
}

func (f TokenForm) keptOptions() []Option {
	options := []Option{{Value: "", Label: "None: the one typed above"}}
	for _, kept := range f.Kept {
		options = append(options, Option{Value: kept.ID, Label: kept.Label()})
	}
	return options
}
