package provision

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"agentidportal/entra/graph"
	"agentidportal/models"
)

// stepKind is all the engine knows of one kind of step. A new kind is a value
// of this type in a file of its own, and a line in stepKinds.
type stepKind struct {
	name   string     // the same word as its action in the audit
	target graph.Kind // what its records are about

	// changes names the object that the call changes: its records are about that
	// one, and two calls that change the same never go out together. nil: the call
	// makes an object of its own, and changes no other.
	changes func(k known, ask json.RawMessage) (graph.Kind, string)
	// bulk says that steps of this kind may share a request when they are many.
	bulk bool
	// itself says that the blueprint may send it with its own token.
	itself bool

	// ask is what a step of a wizard's run is built from. Runs of before steps
	// held that themselves are read by it as well.
	ask func(known) any
	// call builds the call from what was asked for and from what is known by
	// now. Review and run use it alike, so what was reviewed is what is sent.
	call func(k known, ask json.RawMessage, name, opID string) (graph.Call, error)
	what func(k known, p planned) string // what the call does, in words
	// look reads, before each call, what the call has to be built on, and returns
	// what was asked for in the form that fits it. Steps of such a kind move alone.
	look func(ctx context.Context, m *mover) (ask any, err error)
	// facts are what the audit says of the call beside what is sent, for readers
	// to whom the ids in it say nothing.
	facts func(ask json.RawMessage) map[string]any
	// about names whom its records are about, where that is not what it changes.
	about func(ask json.RawMessage) (graph.Kind, string)

	// do is for a step that changes nothing in the tenant, in place of a call: its
	// end is one record, without an intent.
	do func(ctx context.Context, m *mover) (goOn bool, err error)

	// read finds in an answer what was made; errEmptyAnswer when that is not in
	// it. nil: the answer has nothing to say.
	read func(body []byte) (object, error)
	// took passes on to the run what later steps need of it.
	took func(run *models.Run, made object)
	// keep writes the rows that belong to the outcome, in its transaction.
	keep func(ctx context.Context, m *mover, tx *models.Store, made object) error

	// personal are members of the body that name a person. The audit has them
	// not in a record but in its words, which can be erased; person is the name.
	personal []string
	person   func(*models.Step) string

	// find looks for what a lost call may have made. settled: whatever is not
	// found now was not made.
	find func(ctx context.Context, m *mover, settled bool) ([]object, error)
	// settle is for kinds that finding is not enough for.
	settle func(ctx context.Context, m *mover) (goOn bool, err error)
	// already says whether a refusal means that the aim is reached, or seems so;
	// whenAlready deals with it.
	already     func(*graph.Error) bool
	whenAlready func(ctx context.Context, m *mover, refusal *graph.Error) (goOn bool, err error)
	// lags says whether a refusal may come from a replica that lags behind;
	// nil: Lag of the refusal. lagNote says so to people.
	lags    func(m *mover, refusal *graph.Error) bool
	lagNote string

	// left names what a lost call may have left in the tenant.
	left func(run *models.Run, s *models.Step) string
	// lost says what calls have left whose answers were lost, after reading found
	// nothing to adopt, and what to do; empty: nothing, and a retry will do.
	lost string
	// alike is what steps of the kind have in common when a refusal of one says
	// the same of the other; nil: that they are of one kind.
	alike func(ask json.RawMessage) string
	// takesAway says that the call removes something.
	takesAway bool
	// forbidden explains a 403; nil: role and permission.
	forbidden func(run *models.Run, canBlueprint bool) Advice
	// explain explains refusals that only this kind gets; false for others.
	explain func(*models.Step) (Advice, bool)
	done    string // what was done, in one word: "Created"
}

var kindTable struct {
	once sync.Once
	all  []stepKind
}

// stepKinds is the table of all kinds: made once, since every look at a run of
// thousands of steps asks it for each.
func stepKinds() []stepKind {
	kindTable.once.Do(func() { kindTable.all = allKinds() })
	return kindTable.all
}

func allKinds() []stepKind {
	return []stepKind{
		blueprintKind(), principalKind(), secretKind(), federatedKind(), certificateKind(), exposeKind(), preauthorizeKind(),
		agentKind(), removalKind(), proofKind(), certificateRemovalKind(), federatedRemovalKind(),
		ownerKind(), ownerRemovalKind(), sponsorKind(), sponsorRemovalKind(), memberKind(), memberRemovalKind(),
		disableKind(), enableKind(), updateKind(), deleteKind(), restoreKind(), purgeKind(),
		agentUserKind(), licenseKind(), licenseRemovalKind(), managerKind(), managerRemovalKind(), userSponsorKind(),
		roleKind(), roleRemovalKind(), consentKind(), consentRemovalKind(), inheritKind(), inheritRemovalKind(),
	}
}

// kindNamed returns the kind of a step. A row with a kind that this program
// does not know comes from a newer one; migrations keep such a database shut.
func kindNamed(name string) stepKind {
	kinds := stepKinds()
	if i := slices.IndexFunc(kinds, func(k stepKind) bool { return k.name == name }); i >= 0 {
		return kinds[i]
	}
	return stepKind{name: name, done: "Done"}
}

// TakesAway says whether steps of a kind remove something.
func TakesAway(kind string) bool { return kindNamed(kind).takesAway }

// LeavesNothing says whether what a step of a kind is about is gone afterwards: what is removed, and objects that are
// deleted.
func LeavesNothing(kind string) bool {
	return TakesAway(kind) || kind == KindDelete || kind == KindPurge
}

// DoneWord says in one word what a step of a kind has done: "Created".
func DoneWord(kind string) string { return kindNamed(kind).done }

// answering makes a stepKind's read of a function that takes the answer as a
// value.
func answering[T any](made func(T) object) func([]byte) (object, error) {
	return func(body []byte) (object, error) {
		var answer T
		if err := graph.Decode(body, &answer); err != nil {
			return object{}, fmt.Errorf("read answer: %w", err)
		}
		o := made(answer)
		if o.id == "" {
			return object{}, errEmptyAnswer
		}
		return o, nil
	}
}

// known is what the calls of a run are built from beside what was asked for in
// the step itself: what the run has, and what earlier calls brought.
type known struct {
	base           string
	issuer         string        // of the tenant's own tokens
	steps          []models.Step // of the run, by their numbers; nil: nothing is made yet
	spec           BlueprintSpec
	ownerOID       string // who starts the run: owns what no owner was chosen for
	runAs          RunAs
	started        time.Time
	blueprintID    string
	blueprintAppID string
	keyID          string // of the secret to remove, in a removal
}

// opTags are the tags of what an operation makes, by which it is found again.
// Without an operation, the call makes the same object and says nothing of a run.
func opTags(opID string) []string {
	if opID == "" {
		return nil
	}
	return []string{graph.OpTag(opID)}
}

// objectRef names an object by its id, or by the step of the run that makes it.
type objectRef struct {
	ID   string `json:"id,omitempty"`
	Step int    `json:"step,omitempty"`
}

// id is the id behind a reference: a placeholder while its step is not done.
func (k known) id(ref objectRef) string {
	if ref.ID != "" {
		return ref.ID
	}
	if at := ref.Step - 1; at >= 0 && at < len(k.steps) && k.steps[at].State == models.StepDone && k.steps[at].ObjectID != "" {
		return k.steps[at].ObjectID
	}
	return graph.LaterID(ref.Step)
}

// ofBlueprint is stepKind.changes of what changes the run's blueprint.
func ofBlueprint(k known, _ json.RawMessage) (graph.Kind, string) {
	return graph.KindBlueprint, k.blueprintID
}

// call builds the call of a step that is planned; none where it makes no call.
func (k known) call(p planned, opID string) graph.Call {
	if kindNamed(p.kind).call == nil {
		return graph.Call{}
	}
	ask, err := json.Marshal(p.askOf(k))
	if err != nil {
		return graph.Call{}
	}
	call, err := kindNamed(p.kind).call(k, ask, p.name, opID) // it reads what was written a line above
	if err != nil {
		return graph.Call{}
	}
	return call
}

// knownOf gathers what the calls of a run are built from, but for its spec: what
// was asked for is in the steps.
func (e *Engine) knownOf(run *models.Run) known {
	return known{
		base: e.o.Graph.Base(), issuer: e.TenantIssuer(), ownerOID: run.OwnerOID, runAs: RunAs(run.RunAs), started: run.CreatedAt,
		blueprintID: run.BlueprintID, blueprintAppID: run.BlueprintAppID, steps: run.Steps,
	}
}

// specOf reads the spec of a wizard's run.
func specOf(run *models.Run) (spec BlueprintSpec, err error) {
	if len(run.Spec) == 0 {
		return spec, nil
	}
	if err := json.Unmarshal(run.Spec, &spec); err != nil {
		return spec, fmt.Errorf("decode spec of run %d: %w", run.ID, err)
	}
	return spec, nil
}

// changes names the object that the step's call changes.
func (m *mover) changes() (graph.Kind, string) {
	if m.kind.changes == nil {
		return "", ""
	}
	ask, err := m.asked()
	if err != nil {
		return "", "" // the call cannot be built either, and says so
	}
	return m.kind.changes(m.e.knownOf(m.run), ask)
}

// call builds the call of the step, under its operation's id.
func (m *mover) call() (graph.Call, error) {
	ask, err := m.asked()
	if err != nil {
		return graph.Call{}, err
	}
	k := m.e.knownOf(m.run)
	k.keyID = m.removes()
	return m.kind.call(k, ask, m.step.ObjectName, m.step.OpID)
}

// asked is what the step was asked for: from its row, or from the run's spec
// where the row of an older portal has none.
func (m *mover) asked() (json.RawMessage, error) {
	if m.data.Ask != nil || m.kind.ask == nil {
		return m.data.Ask, nil
	}
	k, err := m.e.knownOf(m.run), error(nil)
	if k.spec, err = specOf(m.run); err != nil {
		return nil, err
	}
	ask, err := json.Marshal(m.kind.ask(k))
	if err != nil {
		return nil, fmt.Errorf("encode what a step was asked for: %w", err)
	}
	return ask, nil
}
