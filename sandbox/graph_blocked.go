package sandbox

import (
	_ "embed"
	"encoding/json"
	"slices"
	"strings"
	"sync"
)

//go:embed data/blocked-permissions.json
var blockedList []byte

// blockedPermissions are the permissions of Microsoft Graph that no agent may hold, by sort
// (application or delegated). https://learn.microsoft.com/graph/api/resources/agentid-platform-overview
var blockedPermissions = sync.OnceValue(func() map[string][]string {
	lists := map[string][]string{}
	if err := json.Unmarshal(blockedList, &lists); err != nil {
		panic("read the embedded list of blocked permissions: " + err.Error())
	}
	return lists
})

// isBlocked tells whether agents may not hold the permission of the resource.
func isBlocked(resourceAppID, sort, name string) bool {
	return resourceAppID == graphAppID && slices.ContainsFunc(blockedPermissions()[sort], func(b string) bool { return strings.EqualFold(b, name) })
}

// blockedPermission: the documents say that the service refuses, and not in which words.
func blockedPermission(name string) *graphError {
	return badRequest("The permission '" + clip(name) + "' is not allowed for agent identities and agent identity blueprints.")
}
