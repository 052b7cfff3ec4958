package provision

import (
	"context"
	"errors"
	"testing"
	"time"

	"agentidportal/models"
)

// TestNobodyWaitsLongForOneStep: when Graph does not answer, the person gets the
// run as it is, and a worker finds out what came of the call.
func TestNobodyWaitsLongForOneStep(t *testing.T) {
	b := newBench(t, benchOptions{settle: 10 * time.Millisecond, grace: 20 * time.Millisecond})
	admin := b.admin(t)
	made := b.blueprintAlone(t, admin)
	b.Engine.o.InLine = 20 * time.Millisecond
	why := make(chan error, 1)
	b.faults.add(fault{path: "/addPassword", hangs: true, ended: func(err error) { why <- err }})
	spec := SecretSpec{BlueprintID: made.BlueprintID, BlueprintAppID: made.BlueprintAppID, BlueprintName: "Invoice helper", Days: 90}
	run, err := b.AddCredential(t.Context(), admin, "one", spec)
	if err != nil {
		t.Fatal(err)
	}
	if err := <-why; !errors.Is(err, context.Canceled) || run.Kind != RunAddCredential {
		t.Errorf("the call ended with %v, and the person got run %+v", err, run)
	}
	run = b.until(t, run.ID, models.RunDone)
	if run.Steps[0].Result != models.ResultRepeated {
		t.Error(stepsText(run))
	}
	b.checkAudit(t)
}
