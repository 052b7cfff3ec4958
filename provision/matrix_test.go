package provision

import (
	"crypto/x509"
	"fmt"
	"math/big"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"agentidportal/models"
)

// matrixCertificate is one certificate for all cells, so that their tenants can
// be compared.
func matrixCertificate(t testing.TB) []byte {
	t.Helper()
	der, err := oneCertificate()
	if err != nil {
		t.Fatal(err)
	}
	return der
}

var oneCertificate = sync.OnceValues(func() ([]byte, error) {
	form := &x509.Certificate{SerialNumber: big.NewInt(7), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour)}
	form.Subject.CommonName = "matrix"
	return x509.CreateCertificate(nil, form, form, rsaKey().Public(), rsaKey())
})

// cell is a fault and the kind of step that it befalls.
type cell struct {
	kind  stepKind
	fault cellFault
	n     int // agents: one, or as many as go into a batch
}

func (c cell) name() string { return fmt.Sprintf("%s x%d %s", c.kind.name, c.n, c.fault.name) }

// scenario names what is run: most kinds are steps of one and the same run.
func (c cell) scenario() string {
	of := "mixed"
	if oddScenarios()[c.kind.name] != nil || lifeScenarios()[c.kind.name] != nil || c.kind.name == KindFederated || c.kind.name == KindCertificate {
		of = c.kind.name
	}
	return fmt.Sprintf("%s x%d", of, c.n)
}

// cells are all there are. A sample has one fault for each kind of step, and
// other ones for the next.
func cells(whole bool) []cell {
	var all []cell
	faults := cellFaults()
	for i, kind := range stepKinds() {
		if kind.do != nil {
			continue // no call of Graph: TestProofsSurviveTheSignInService has its faults
		}
		sizes := []int{1}
		if kind.bulk {
			sizes = []int{1, manySteps}
		}
		for k, n := range sizes {
			for j, f := range faults {
				sampled := whole || j == (5*i+11*k)%len(faults)
				if sampled && (!f.read || kind.read != nil) {
					all = append(all, cell{kind, f, n})
				}
			}
		}
	}
	return all
}

// TestFaultMatrix has every fault befall every kind of step, alone and in a
// batch. Whatever it was, the run ends done or says what to do, a retry makes
// it done, and the tenant holds the same as without a fault: every object once.
func TestFaultMatrix(t *testing.T) {
	clean := map[string][]string{}
	ran, bad := 0, 0
	for _, c := range cells(os.Getenv("PORTAL_SOAK") == "1") {
		key := c.scenario()
		if clean[key] == nil {
			clean[key] = cleanCensus(t, c)
		}
		ran++
		if !t.Run(c.name(), func(t *testing.T) { c.try(t, clean[key]) }) {
			bad++
		}
	}
	verdict := "ok"
	if bad > 0 || len(cellFaults()) < 25 {
		verdict = "short"
	}
	t.Logf("FIGURE fault_matrix_cells %d cells limit 0 bad of %d faults x %d kinds, %d bad %s", ran, len(cellFaults()), len(stepKinds()), bad, verdict)
}

// cleanCensus is what the tenant holds when nothing goes wrong.
func cleanCensus(t *testing.T, c cell) []string {
	t.Helper()
	b := newBench(t, benchOptions{})
	run := c.start(t, b, b.globalAdmin(t))
	if run = b.ends(t, run); run.State != models.RunDone {
		t.Fatalf("%s without a fault: %s", c.kind.name, stepsText(run))
	}
	return b.census(t)
}

func (c cell) start(t *testing.T, b *bench, admin models.Actor) *models.Run {
	t.Helper()
	run := b.cellOf(t, admin, c.kind.name, c.n)
	if run == nil || stepOf(run, c.kind.name) == nil {
		t.Fatalf("no scenario of the fault matrix has a step of the kind %s: add one to oddScenarios, or to mixedSpec when the wizard makes it", c.kind.name)
	}
	return run
}

func (c cell) try(t *testing.T, clean []string) {
	b := newBench(t, benchOptions{settle: 20 * time.Millisecond})
	admin := b.globalAdmin(t)
	strike := &cellStrike{t: t, b: b, kind: c.kind.name, fault: c.fault, left: max(c.fault.times, 1)}
	b.faults.mu.Lock()
	b.faults.choose = strike.choose
	b.faults.mu.Unlock()
	run := b.ends(t, c.start(t, b, admin))
	strike.mu.Lock()
	hits := strike.hits
	strike.mu.Unlock()
	if hits == 0 {
		t.Fatalf("the fault befell nothing: %s", stepsText(run))
	}
	failed := FailedSteps(run)
	spread := c.n > 1 && c.fault.times > 1 // over several batches: none of them has had enough of it
	switch {
	case c.fault.ends == endsDone && run.State != models.RunDone:
		t.Errorf("the run should have waited it out: %s", stepsText(run))
	case c.fault.ends == endsFailed && !spread && run.State != models.RunFailed:
		t.Errorf("the run is %s, though the fault is for a person: %s", run.State, stepsText(run))
	}
	for i := range failed {
		if a, ok := Advise(run, &failed[i], false); !ok || a.Title == "" || a.Text == "" || len(a.Fixes) == 0 {
			t.Errorf("step %d failed and says only %+v", failed[i].Ordinal, a)
		}
	}
	b.checkAudit(t)
	if run.State == models.RunFailed {
		strike.mu.Lock()
		strike.left = 0
		strike.mu.Unlock()
		if err := b.Retry(t.Context(), admin, run.ID); err != nil {
			t.Fatal(err)
		}
		if run = b.until(t, run.ID, models.RunDone, models.RunFailed); run.State != models.RunDone {
			t.Fatalf("the retry ended %s: %s", run.State, stepsText(run))
		}
		b.checkAudit(t)
	}
	if diff := cmp.Diff(clean, b.census(t)); diff != "" {
		t.Errorf("the tenant is not what it is without a fault (-without +with):\n%s", diff)
	}
}
