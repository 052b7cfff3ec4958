package entra

// Expectation compares a claim with what the mode and hop should carry.
type Expectation string

// The expectations; empty when nothing is known about the claim here.
const (
	Expected   Expectation = "expected"
	Present    Expectation = "present"
	Missing    Expectation = "missing"
	Unexpected Expectation = "unexpected"
)

// ClaimNote explains one claim of a token.
type ClaimNote struct {
	Name     string
	Text     string // the value as shown; "absent" when missing
	Says     string
	For      Expectation
	Deciding bool // a claim that decides who acts for whom
}

// Context is what Explain knows about where a token came from.
type Context struct {
	Mode           ModeName
	Hop            HopName
	BlueprintAppID string
	AgentID        string
	Names          map[string]string // id -> display name
}

// Explain says what each claim of a token means.
func (c *Client) Explain(j *JWT, x Context) []ClaimNote { return nil }
