package handlers

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"agentidportal/entra/graph"
	"agentidportal/provision"
	"agentidportal/views"
)

// reviewCalls are the lines of the plan; neighbours of one kind share a line.
func (h *Handlers) reviewCalls(plan []provision.PlannedCall, granted []string) []views.ReviewCall {
	var lines []views.ReviewCall
	asked := false // for the token of the blueprint
	for i := 0; i < len(plan); {
		end := i + 1
		for end < len(plan) && alike(plan[end], plan[i]) {
			end++
		}
		first := plan[i]
		if first.Call.As == graph.AsBlueprint && !asked {
			lines, asked = append(lines, h.tokenCall()), true
		}
		line := views.ReviewCall{
			Number: strconv.Itoa(first.Number), Method: first.Call.Method, Path: first.Call.Path,
			What: first.What, Names: []string{first.Name}, RunsAs: first.RunsAs, Needs: first.Needs,
		}
		line.HasTone, line.Has = hasWords(first.Call, granted)
		if n := end - i; n > 1 {
			line.Number += "–" + strconv.Itoa(plan[end-1].Number)
			line.Names = []string{first.Name, plan[end-1].Name}
			line.What = manyWords(first, plan[end-1], n)
		}
		lines = append(lines, line)
		i = end
	}
	return lines
}

// alike says whether two calls differ in their objects alone. What is said of
// an agent user has its sign-in name in it, and nothing else.
func alike(a, b provision.PlannedCall) bool {
	bare := func(p provision.PlannedCall) string { return strings.ReplaceAll(p.What, "“"+p.Name+"”", "“”") }
	return a.Kind == b.Kind && a.RunsAs == b.RunsAs && (a.Kind == provision.KindAgentUser || bare(a) == bare(b))
}

// manyWords says what n calls do, of which the first and the last are given.
func manyWords(first, last provision.PlannedCall, n int) string {
	switch first.Kind {
	case provision.KindAgent:
		return fmt.Sprintf("Create %d agent identities, “%s” to “%s”", n, first.Name, last.Name)
	case provision.KindAgentUser:
		return fmt.Sprintf("Create %d agent users, “%s” to “%s”", n, first.Name, last.Name)
	}
	return fmt.Sprintf("%s, and %d more like it to “%s”", first.What, n-1, last.Name)
}

// hasWords says whether the caller has the permission of a call, as far as the
// sign-in told. Roles are told of beside it, and Graph judges.
func hasWords(call graph.Call, granted []string) (views.Tone, string) {
	switch {
	case call.As == graph.AsBlueprint:
		return views.ToneInfo, "The blueprint’s own"
	case len(granted) == 0:
		return "", ""
	case covers(granted, call.Needs):
		return views.ToneOK, "In your token"
	}
	return views.ToneWarn, "Not in your token: sign in again to be asked for it"
}

// tokenCall is the line of the request that is none to Graph: the blueprint
// gets its own token before it creates anything.
func (h *Handlers) tokenCall() views.ReviewCall {
	cloud := h.Entra.Cloud()
	address, err := url.Parse(cloud.Login)
	host := cloud.Login
	if err == nil {
		host = address.Host
	}
	return views.ReviewCall{
		Number: "–", Method: "POST", Path: host + "/" + h.Tenant.ID + "/oauth2/v2.0/token",
		What: "Get a token as the blueprint, with its new client secret", RunsAs: "Blueprint", Needs: "Its client secret",
	}
}
