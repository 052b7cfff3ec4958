package views

import (
	"strconv"
	"strings"

	"agentidportal/entra"
)

// sequence draws the hops of the result.
func (r TokenResult) sequence(p Page) SequenceView {
	username := ""
	if p.User != nil {
		username, _, _ = strings.Cut(p.User.Username, "@")
		username += "@"
	}
	s := SequenceView{Lanes: [3]Lane{
		{Title: "Portal", Note: username}, {Title: "Sign-in service", Note: "/oauth2/v2.0/token"}, {Title: r.resourceTitle(), Note: r.laneNote()},
	}}
	var told []string
	for _, hop := range r.Hops {
		row := r.sequenceRow(hop)
		s.Rows = append(s.Rows, row)
		told = append(told, row.Hop+": "+row.Name+" sends "+row.Ask+"; "+row.Result)
	}
	if use, ok := r.useRow(); ok {
		s.Rows = append(s.Rows, use)
		told = append(told, "The token: "+use.Ask+"; "+use.Result)
	}
	s.Summary = "Sequence of " + plural(len(s.Rows), "hop") + ". " + strings.Join(told, ". ") + "."
	return s
}

// laneNote says whether the resource was called.
func (r TokenResult) laneNote() string {
	if r.Used != nil {
		return "called"
	}
	return "not asked"
}

// useRow is the call with the token, made or still to be made.
func (r TokenResult) useRow() (SequenceRow, bool) {
	if len(r.Calls) == 0 {
		return SequenceRow{}, false
	}
	row := SequenceRow{Hop: "TR", ToAPI: true, State: "unreached", Ask: "used by the button Call", Result: "not called yet"}
	if row.Mark, row.Name = "agentIdentity", r.AgentName; r.AgentID == "" {
		row.Mark, row.Name = "principal", "Application"
	}
	row.Name, row.Card = shorten(row.Name, 32), "use"
	if r.Used == nil {
		return row, true
	}
	_, path, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(r.Used.Call.URL, "https://"), "http://"), "/")
	row.Ask, row.State, row.Result = "GET /"+shorten(path, 40), "failed", "no answer"
	if done := r.Used.Done; done != nil {
		row.State, row.Took = "answered", hopTook(done.Duration)
		row.Result = strconv.Itoa(done.Status)
		if done.Status >= 300 {
			row.State = "refused"
		}
	}
	return row, true
}

func (r TokenResult) sequenceRow(hop HopResult) SequenceRow {
	row := SequenceRow{Hop: string(hop.Name), State: string(hop.State), Took: hopTook(hop.Duration)}
	if total := r.Trace.Duration; total > 0 {
		row.Share = float64(hop.Duration) / float64(total)
	}
	row.Mark, row.Name = r.clientOf(hop)
	row.Ask = r.askOf(hop)
	row.Name = shorten(row.Name, 32)
	row.ShortID = shorten(hop.ClientID, 9)
	switch {
	case hop.State == entra.HopGiven:
		row.State, row.Result, row.Took = "answered", "handed in", ""
	case hop.Cached:
		row.Result, row.Took, row.Share = "from the cache", "", 0
	case hop.State == entra.HopAnswered && hop.Answer == nil:
		row.Result = strconv.Itoa(hop.Status) + ", the codes"
	case hop.State == entra.HopAnswered:
		row.Result = strconv.Itoa(hop.Status) + ", " + row.Hop + " for " + strconv.Itoa(int(hop.Answer.ExpiresIn.Seconds())) + " s"
	case hop.State == entra.HopRefused:
		row.Result = strconv.Itoa(hop.Status) + ", " + refusalCodeShort(hop.Err)
	case hop.State == entra.HopFailed:
		row.Result = "no answer"
	default:
		row.Result = "not reached"
	}
	return row
}

// clientOf is who asks at a hop.
func (r TokenResult) clientOf(hop HopResult) (mark, name string) {
	switch {
	case hop.ClientID == "":
		return "person", "User"
	case hop.ClientID == r.BlueprintAppID:
		return "blueprint", r.BlueprintName
	case hop.ClientID == r.AgentID:
		return "agentIdentity", r.AgentName
	}
	if r.AppName != "" && strings.EqualFold(hop.ClientID, r.AppID) {
		return "principal", r.AppName
	}
	return "principal", "Application"
}

// askOf is what a hop sends, in a few words.
func (r TokenResult) askOf(hop HopResult) string {
	switch {
	case hop.Name == entra.HopT1:
		return r.proof(hop) + ", fmi_path = " + shorten(r.AgentName, 24)
	case hop.Name == entra.HopT2:
		return "T1 as its proof, exchange scope"
	case hop.Name == entra.HopTc && hop.State == entra.HopGiven:
		return "a token the user has got"
	case hop.Name == entra.HopTc:
		return "the code of the user's sign-in"
	case hop.Name == entra.HopDevice:
		return "a device code, please"
	}
	switch r.Mode.Name {
	case entra.ModeAutonomous:
		return "T1 as its proof"
	case entra.ModeOnBehalfOf:
		return "T1 as its proof, Tc as the user's"
	case entra.ModeAgentUser:
		return "T1 and T2, for " + shorten(r.Username, 28)
	case entra.ModeCrossTenant:
		return "T2 as its proof"
	case entra.ModeInteractive:
		return "the code of the sign-in"
	case entra.ModeDeviceCode:
		return "the device code"
	case entra.ModePassword:
		return "user name and password"
	case entra.ModeRefreshToken:
		return "the refresh token"
	}
	return r.proof(hop)
}

// proof is how the client of a hop proves itself.
func (r TokenResult) proof(hop HopResult) string {
	for _, f := range hop.Request {
		switch {
		case f.Name == "client_secret":
			return "secret"
		case f.Name == "client_assertion" && strings.Contains(f.Note, "federated"):
			return "federated token"
		case f.Name == "client_assertion":
			return "certificate"
		}
	}
	return "no credential"
}

func refusalCodeShort(e *entra.Error) string {
	code, _, _ := strings.Cut(refusalCode(e), ",")
	return code
}

// resourceTitle names the resource of the scope.
func (r TokenResult) resourceTitle() string {
	if r.ResourceName != "" {
		return r.ResourceName
	}
	switch resource := entra.ResourceOf(r.Scope); resource {
	case entra.GraphAudience:
		return "Microsoft Graph"
	case entra.ManagementAudience:
		return "Azure Resource Manager"
	default:
		return resourceWords(resource)
	}
}

func resourceWords(resource string) string {
	return shorten(strings.TrimPrefix(strings.TrimPrefix(resource, "https://"), "api://"), 22)
}

// shorten cuts a name for a drawing, where there is no room for all of it.
func shorten(text string, limit int) string {
	runes := []rune(text)
	if len(runes) <= limit {
		return text
	}
	return string(runes[:limit-1]) + "…"
}
