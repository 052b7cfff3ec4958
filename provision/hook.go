package provision

// Points of a step at which a crash leaves different things behind.
const (
	beforeIntent = "before-intent"
	inIntentTx   = "in-intent-tx"
	afterIntent  = "after-intent"
	afterSend    = "after-send" // the answer was received and is not looked at yet
	inOutcomeTx  = "in-outcome-tx"
	afterOutcome = "after-outcome"
	inReconcile  = "in-reconcile" // the read was answered and is not acted upon yet
	beforeRepeat = "before-repeat"
	afterRemoval = "after-removal" // an unknown secret was removed, the outcome is not written
	beforeFinish = "before-finish"
	inFinishTx   = "in-finish-tx"
)

// KillPoints returns the names Options.Hook is called with, as
// "<point> <step kind>"; the last ones of a run have no step. Only tests read
// it: those that kill the portal live in its command's package.
func KillPoints() []string {
	var names []string
	for _, point := range []string{
		beforeIntent, inIntentTx, afterIntent, afterSend, inOutcomeTx, afterOutcome, inReconcile, beforeRepeat,
	} {
		for _, kind := range []string{KindBlueprint, KindPrincipal, KindSecret, KindAgent} {
			names = append(names, point+" "+kind)
		}
	}
	return append(names, afterRemoval+" "+KindSecret, beforeFinish, inFinishTx)
}

func (e *Engine) hook(point string) { e.o.Hook(point) }

// hook tells of a point of the step; of steps that move together it is told
// once for all of them.
func (m *mover) hook(point string) {
	if m.shared == nil {
		m.e.hook(point + " " + m.step.Kind)
	}
}
