package provision

// Tree is a blueprint with what belongs to it, as far as a change is about it.
// What is nil, or has no id, is left out.
type Tree struct {
	Blueprint, Principal *Target
	Agents               []TreeAgent
}

// TreeAgent is an agent identity with its agent users.
type TreeAgent struct {
	Target
	Users []Target
}

// TreeActs deletes a tree from its leaves: agent users, agent identities, the
// principal, the blueprint. Each waits for what hangs on it, so that where one
// stays, all above it stay: an agent user outlives its agent identity in the
// directory, enabled and unable to sign in, and agent identities outlive their
// principal for a day.
//
// Deleting a blueprint would take its principal along. The principal is a step of
// its own nevertheless: the audit then says of each object who deleted it, and a
// principal that may not be deleted keeps its blueprint from half going.
// https://learn.microsoft.com/entra/agent-id/concept-agent-identity-deletion
func TreeActs(tree Tree) []Act {
	var acts actList
	users := make([][]int, len(tree.Agents))
	for i, agent := range tree.Agents {
		for j := range agent.Users {
			users[i] = acts.add(users[i], KindDelete, &agent.Users[j], nil)
		}
	}
	var below []int
	for i := range tree.Agents {
		made := acts.add(nil, KindDelete, &tree.Agents[i].Target, users[i])
		if made == nil {
			made = users[i] // the agent identity stays: what is above waits for its users alone
		}
		below = append(below, made...)
	}
	if principal := acts.add(nil, KindDelete, tree.Principal, below); principal != nil {
		below = principal
	}
	acts.add(nil, KindDelete, tree.Blueprint, below)
	return acts
}

// RestoreActs restores a tree from its root: the blueprint, its principal, the
// agent identities, their agent users. A blueprint that comes back does not bring
// its principal, and an agent identity needs that.
// https://learn.microsoft.com/graph/api/directory-deleteditems-restore
func RestoreActs(tree Tree) []Act {
	var acts actList
	above := acts.add(nil, KindRestore, tree.Blueprint, nil)
	if principal := acts.add(nil, KindRestore, tree.Principal, above); principal != nil {
		above = principal
	}
	agents := make([][]int, len(tree.Agents))
	for i := range tree.Agents {
		agents[i] = acts.add(nil, KindRestore, &tree.Agents[i].Target, above)
	}
	for i, agent := range tree.Agents {
		for j := range agent.Users {
			acts.add(nil, KindRestore, &agent.Users[j], agents[i])
		}
	}
	return acts
}

// actList is acts in the making.
type actList []Act

// add puts an act at the end and returns numbers with its own; without an object
// it adds none.
func (l *actList) add(numbers []int, kind string, of *Target, needs []int) []int {
	if of == nil || of.ID == "" {
		return numbers
	}
	*l = append(*l, Act{Kind: kind, Of: *of, Needs: needs})
	return append(numbers, len(*l))
}
