package provision

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"agentidportal/entra/graph"
)

// Permission is one that an API offers.
type Permission struct {
	Resource    ResourceRef
	ID          string
	Value       string // Mail.Send
	Name        string // for an admin: "Send mail as any user"
	Description string
	Application bool   // else delegated
	Blocked     string // why agents may not hold it; empty when they may
}

// PermissionsOf are the permissions an API offers for agents, by name: those
// that are switched off and those for people alone are left out.
func PermissionsOf(api *graph.Resource) []Permission {
	var all []Permission
	for _, s := range api.Scopes {
		if s.IsEnabled && s.Value != "" {
			all = append(all, Permission{
				Resource: refOf(api), ID: s.ID, Value: s.Value, Name: s.DisplayName, Description: s.Description,
				Blocked: graph.Blocked(api.AppID, s.Value, false),
			})
		}
	}
	for _, r := range api.Roles {
		if r.IsEnabled && r.Value != "" && slices.Contains(r.AllowedMemberTypes, "Application") {
			all = append(all, Permission{
				Resource: refOf(api), ID: r.ID, Value: r.Value, Name: r.DisplayName, Description: r.Description, Application: true,
				Blocked: graph.Blocked(api.AppID, r.Value, true),
			})
		}
	}
	slices.SortStableFunc(all, func(a, b Permission) int { return cmp.Compare(strings.ToLower(a.Value), strings.ToLower(b.Value)) })
	return all
}

// FindPermissions finds permissions of an API by words, at most most, the best
// first: each word stands in the name, the title or the description. No words
// find all.
func FindPermissions(api *graph.Resource, words string, most int) []Permission {
	type hit struct {
		Permission
		rank int
	}
	var hits []hit
	for _, p := range PermissionsOf(api) {
		if rank, ok := rankOf(p, words); ok {
			hits = append(hits, hit{p, rank})
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(len(a.Value), len(b.Value)))
	})
	found := make([]Permission, 0, min(len(hits), most))
	for _, h := range hits[:min(len(hits), most)] {
		found = append(found, h.Permission)
	}
	return found
}

// rankOf is how well a permission fits: the lower, the better.
func rankOf(p Permission, words string) (rank int, ok bool) {
	words = strings.ToLower(strings.TrimSpace(words))
	value := strings.ToLower(p.Value)
	if words == value {
		return -1, true
	}
	for _, word := range strings.FieldsFunc(words, betweenWords) {
		n := rankOfWord(p, value, word)
		if n < 0 {
			return 0, false
		}
		rank += n
	}
	return rank, true
}

func betweenWords(r rune) bool { return r <= ' ' || r == '.' || r == ',' }

func rankOfWord(p Permission, value, word string) int {
	segments := strings.FieldsFunc(value, func(r rune) bool { return betweenWords(r) || r == '-' || r == '_' })
	switch {
	case slices.Contains(segments, word):
		return 0
	case slices.ContainsFunc(segments, func(s string) bool { return strings.HasPrefix(s, word) }):
		return 1
	case strings.Contains(value, word):
		return 2
	case strings.Contains(strings.ToLower(p.Name), word):
		return 4
	case strings.Contains(strings.ToLower(p.Description), word):
		return 8
	}
	return -1
}

// maxAPIs is how many APIs a search gives.
const maxAPIs = 10

// FindAPIs finds APIs of the tenant by the start of a word in their name, or one
// by its app id. Microsoft Graph comes first, and alone where no words are given.
func FindAPIs(ctx context.Context, reader *graph.Client, words string) ([]graph.Resource, error) {
	words = strings.TrimSpace(words)
	appID, err := graph.ParseGUID(words)
	if words == "" {
		appID, err = graph.GraphAppID, nil
	}
	if err == nil {
		api, err := reader.Resource(ctx, appID)
		if graph.IsNotFound(err) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		return []graph.Resource{*api}, nil
	}
	found, err := reader.FindResources(ctx, words, maxAPIs)
	slices.SortStableFunc(found, func(a, b graph.Resource) int { return cmp.Compare(notGraph(a), notGraph(b)) })
	return found, err
}

func notGraph(r graph.Resource) int {
	if strings.EqualFold(r.AppID, graph.GraphAppID) {
		return 0
	}
	return 1
}
