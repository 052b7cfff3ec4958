package graph

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"strings"
)

const (
	agentCast  = "microsoft.graph.agentIdentity"
	agentsPath = "/v1.0/servicePrincipals/" + agentCast
	readAgents = "AgentIdentity.Read.All"
)

func agentList() listOf[AgentIdentity] {
	return listOf[AgentIdentity]{
		typed: agentsPath, plain: servicePrincipalsPath, kind: KindAgentIdentity,
		searchIn: []string{"displayName"}, needs: readAgents,
	}
}

// AgentIdentities is one page of the tenant's agent identities, at most 100. Filter by blueprint with AgentsOfFilter.
// https://learn.microsoft.com/graph/api/agentidentity-list
func (c *Client) AgentIdentities(ctx context.Context, o ListOptions) (*Page[AgentIdentity], error) {
	page, err := agentList().page(ctx, c, o)
	if err != nil {
		return nil, fmt.Errorf("list agent identities: %w", err)
	}
	return page, nil
}

// AgentIdentitiesPage is one page of the agent identities of one blueprint, with the same options. Where Graph does not
// take the filter, they are picked from pages of the whole list, at most 20, until there are Top; Next goes on from there,
// the count is known only when one reading saw everything, and names are searched here.
func (c *Client) AgentIdentitiesPage(ctx context.Context, blueprintAppID string, o ListOptions) (*Page[AgentIdentity], error) {
	list := agentList()
	list.fixed = query{"$filter": AgentsOfFilter(blueprintAppID)}
	list.plain = "" // the filter names a property that plain service principals lack
	read := list.page
	if o.Next != "" {
		// The cursor is of either way, and only the address in it says of which.
		read = pickedFrom(blueprintAppID)
	}
	page, err := read(ctx, c, o)
	if s := status(err); o.Next == "" && (s == http.StatusBadRequest || s == http.StatusForbidden) {
		page, err = pickedFrom(blueprintAppID)(ctx, c, o)
	}
	if err != nil {
		return nil, fmt.Errorf("list agent identities of a blueprint: %w", err)
	}
	return page, nil
}

// maxPicked is how many pages of the whole list are read for one page of a blueprint's agents.
const maxPicked = 20

// pickedFrom reads a page of a blueprint's agents out of the whole list. A page may be longer than was asked for: a
// cursor cannot point into the middle of one of Graph's.
func pickedFrom(blueprintAppID string) func(context.Context, *Client, ListOptions) (*Page[AgentIdentity], error) {
	return func(ctx context.Context, c *Client, o ListOptions) (*Page[AgentIdentity], error) {
		every := agentList()
		every.single = true
		ask := ListOptions{Top: 100, Filter: o.Filter, OrderBy: o.OrderBy, Next: o.Next}
		picked := &Page[AgentIdentity]{ReadAt: c.now()}
		for range maxPicked {
			page, err := every.page(ctx, c, ask)
			if err != nil {
				return nil, err
			}
			for _, agent := range page.Items {
				ours := strings.EqualFold(agent.AgentIdentityBlueprintID, blueprintAppID)
				if ours && strings.Contains(strings.ToLower(agent.DisplayName), strings.ToLower(o.Search)) {
					picked.Items = append(picked.Items, agent)
				}
			}
			if picked.Next = page.Next; page.Next == "" || len(picked.Items) >= max(o.Top, 1) {
				break
			}
			ask.Next = page.Next
		}
		if n := len(picked.Items); picked.Next == "" && o.Next == "" {
			picked.Count = &n
		}
		return picked, nil
	}
}

// AllAgentIdentities goes through every agent identity. It ends after the first error.
func (c *Client) AllAgentIdentities(ctx context.Context) iter.Seq2[AgentIdentity, error] {
	return agentList().all(ctx, c)
}

// AgentsOfFilter is the $filter for the agent identities of one blueprint, by its client id.
func AgentsOfFilter(blueprintAppID string) string {
	return "agentIdentityBlueprintId eq " + ODataString(blueprintAppID)
}

// AgentIdentity is one agent identity by object id.
// https://learn.microsoft.com/graph/api/agentidentity-get
func (c *Client) AgentIdentity(ctx context.Context, id string) (*AgentIdentity, error) {
	return getTyped[AgentIdentity](ctx, c, servicePrincipalsPath, id, agentCast, KindAgentIdentity, readAgents)
}

// AgentIdentitiesOf goes through the agent identities of one blueprint. The filter for that is not documented, so where
// Graph refuses it as a bad request (and for callers who may read only plain service principals) all are read and picked.
func (c *Client) AgentIdentitiesOf(ctx context.Context, blueprintAppID string) iter.Seq2[AgentIdentity, error] {
	return func(yield func(AgentIdentity, error) bool) {
		list := agentList()
		list.fixed, list.current = query{"$filter": AgentsOfFilter(blueprintAppID)}, true
		list.plain = "" // the filter names a property that plain service principals lack
		first := true
		for agent, err := range list.all(ctx, c) {
			if s := status(err); first && (s == http.StatusBadRequest || s == http.StatusForbidden) {
				c.agentsPicked(ctx, blueprintAppID)(yield)
				return
			}
			first = false
			if !yield(agent, err) {
				return
			}
		}
	}
}

// agentsPicked goes through the whole list and picks a blueprint's agents from it.
func (c *Client) agentsPicked(ctx context.Context, blueprintAppID string) iter.Seq2[AgentIdentity, error] {
	return func(yield func(AgentIdentity, error) bool) {
		every := agentList()
		every.current = true
		pickAgents(every.all(ctx, c), blueprintAppID, yield)
	}
}

func pickAgents(all iter.Seq2[AgentIdentity, error], blueprintAppID string, yield func(AgentIdentity, error) bool) {
	for agent, err := range all {
		if err == nil && !strings.EqualFold(agent.AgentIdentityBlueprintID, blueprintAppID) {
			continue
		}
		if !yield(agent, err) {
			return
		}
	}
}
