package graph

import (
	"context"
	"iter"
)

const deletedPrincipals = "/v1.0/directory/deletedItems/microsoft.graph.servicePrincipal"

// DeletedAgentIdentitiesOf goes through the deleted agent identities of one blueprint that are not purged yet: they
// count against its quota. It ends after the first error.
// https://learn.microsoft.com/graph/api/directory-deleteditems-list
func (c *Client) DeletedAgentIdentitiesOf(ctx context.Context, blueprintAppID string) iter.Seq2[AgentIdentity, error] {
	return func(yield func(AgentIdentity, error) bool) {
		bin := listOf[AgentIdentity]{
			typed: deletedPrincipals, plain: deletedPrincipals, // there is no cast to agent types here
			kind: KindAgentIdentity, needs: readAgents, current: true,
		}
		pickAgents(bin.all(ctx, c), blueprintAppID, yield)
	}
}
