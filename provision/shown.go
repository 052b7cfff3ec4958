package provision

import (
	"agentidportal/entra/graph"
	"agentidportal/models"
)

// Hindrance is why a planned step is not sent.
type Hindrance struct {
	Step  int  // the number of the step that failed
	Alike bool // it is one of the same kind, and Graph would answer this one the same
}

// NotSent says, by number, of the planned steps of a run which failed step keeps
// them from being sent. What those need that are kept back is kept back too.
func NotSent(run *models.Run) map[int]Hindrance {
	kept, failed, spared := map[int]Hindrance{}, map[int]bool{}, sparedBy(run)
	for i := range run.Steps {
		s := &run.Steps[i]
		failed[s.Ordinal] = s.State == models.StepFailed
		if s.State != models.StepPlanned {
			continue
		}
		if n := spared.by(s); n > 0 {
			kept[s.Ordinal] = Hindrance{Step: n, Alike: true}
			continue
		}
		for _, n := range needsOf(run, s) {
			switch before, waits := kept[n]; {
			case failed[n]:
				kept[s.Ordinal] = Hindrance{Step: n}
			case waits:
				kept[s.Ordinal] = Hindrance{Step: before.Step}
			}
		}
	}
	return kept
}

// CallOf is the call of a step as it was sent, or as it will be: ids that
// earlier steps have yet to bring, and the mark of the operation, are
// placeholders. ok is false when the step cannot be read.
func (e *Engine) CallOf(run *models.Run, s *models.Step) (call graph.Call, ok bool) {
	m, err := e.moverOf(run, s)
	if err != nil || m.kind.call == nil {
		return graph.Call{}, false
	}
	ask, err := m.asked()
	if err != nil {
		return graph.Call{}, false
	}
	k := e.knownOf(run)
	k.keyID = m.removes()
	if k.blueprintID == "" {
		k.blueprintID, k.blueprintAppID = graph.LaterBlueprintID, graph.LaterBlueprintAppID
	}
	opID := s.OpID
	if opID == "" {
		opID = laterOpID
	}
	call, err = m.kind.call(k, ask, s.ObjectName, opID)
	return call, err == nil
}
