package graph

import (
	_ "embed"
	"encoding/json"
	"slices"
	"strings"
	"sync"
)

//go:embed data/blocked-permissions.json
var blockedList []byte

// blockedPermissions are the permissions of Microsoft Graph that no agent may hold, by sort: application or delegated.
var blockedPermissions = sync.OnceValue(func() map[string][]string {
	lists := map[string][]string{}
	if err := json.Unmarshal(blockedList, &lists); err != nil {
		panic("read the embedded list of blocked permissions: " + err.Error())
	}
	return lists
})

// Blocked says why agents may not hold a permission of an API, in a sentence; empty for one they may hold. Graph refuses
// such a grant whoever asks for it.
// https://learn.microsoft.com/graph/api/resources/agentid-platform-overview
func Blocked(resourceAppID, value string, application bool) string {
	sort := "delegated"
	if application {
		sort = "application"
	}
	named := func(b string) bool { return strings.EqualFold(b, value) }
	if !strings.EqualFold(resourceAppID, GraphAppID) || !slices.ContainsFunc(blockedPermissions()[sort], named) {
		return ""
	}
	return "Microsoft blocks this " + sort + " permission for agents: Graph refuses the grant, whoever asks for it."
}
