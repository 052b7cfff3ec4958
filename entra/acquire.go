package entra

import "context"

// Mode is a way an agent or a blueprint gets a token.
type Mode interface {
	Name() ModeName
	hops() []hopSpec
}

// Autonomous is the agent acting for itself: T1 for the blueprint, then TR
// for the agent identity (protocol.md 1.1 and 1.2).
type Autonomous struct {
	BlueprintAppID string
	AgentID        string
	Credential     Credential // of the blueprint
	Scope          string     // <resource>/.default; empty means Microsoft Graph
}

// BlueprintToken is the blueprint acting for itself (protocol.md 1.5).
type BlueprintToken struct {
	BlueprintAppID string
	Credential     Credential
	Scope          string // empty means Microsoft Graph
}

type hopSpec struct{ name HopName }

// Name returns "autonomous".
func (m Autonomous) Name() ModeName { return ModeAutonomous }

// Name returns "blueprint".
func (m BlueprintToken) Name() ModeName { return ModeBlueprint }

func (m Autonomous) hops() []hopSpec     { return []hopSpec{{HopT1}, {HopTR}} }
func (m BlueprintToken) hops() []hopSpec { return []hopSpec{{HopTR}} }

// Acquire runs the hops of a mode.
func (c *Client) Acquire(ctx context.Context, m Mode) (*Trace, error) {
	return &Trace{Mode: m.Name()}, ctx.Err()
}
