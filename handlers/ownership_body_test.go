package handlers

import (
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"

	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/web"
)

// bodyIDs are the forms that name an object of a person in a field, beside
// those that name it in the address (see ownerships).
var bodyIDs = map[string]struct {
	post   func(p *testPortal, me, whose string) *answer
	own    int
	others map[web.Role]int // statuses
}{
	// A kept secret is for its owner and Admins; who may not use it is told as
	// if there were none.
	"kept in POST /tokens": {
		func(p *testPortal, _, whose string) *answer {
			return p.post("/tokens", p.labForm(url.Values{"client_secret": {""}, "kept": {p.ownKept(whose)}}))
		},
		http.StatusOK,
		map[web.Role]int{web.Operator: http.StatusUnprocessableEntity, web.Admin: http.StatusOK},
	},
	// An operation is given up at its own run only.
	"operation in POST /runs/:id/give-up": {
		func(p *testPortal, me, whose string) *answer {
			mine, theirs := p.lostRun(me), p.lostRun(whose)
			if me == whose {
				theirs = mine
			}
			return p.post(runPath(mine.ID)+"/give-up", url.Values{"operation": {theirs.Steps[0].OpID}})
		},
		http.StatusOK,
		map[web.Role]int{web.Operator: http.StatusConflict, web.Admin: http.StatusConflict},
	},
}

// TestIDsInBodiesHaveTheirOwners: an id in a field is as much a way to what is
// another's as one in an address.
func TestIDsInBodiesHaveTheirOwners(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin") // makes the blueprints of others
	for name, role := range roles {
		if role != web.Operator && role != web.Admin {
			continue // the guards of these forms: TestEveryObjectHasItsOwners
		}
		p.newBrowser()
		p.signIn(name)
		me := p.persona(name).ObjectID
		for form, cell := range bodyIDs {
			for whose, want := range map[string]int{me: cell.own, stranger: cell.others[role]} {
				if page := cell.post(p, me, whose); page.status != want {
					t.Errorf("%s, %s names what is of %s: %d at %s, want %d: %s", form, name, whose, page.status, page.url, want, page.text("main"))
				}
			}
		}
	}
}

// TestKeptSecretOfAnotherIsNotTold: the answer is that for an id nobody has.
func TestKeptSecretOfAnotherIsNotTold(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-dev")
	said := map[string]string{}
	for whose, id := range map[string]string{"another's": p.ownKept(stranger), "nobody's": uuid.NewString()} {
		page := p.post("/tokens", p.labForm(url.Values{"client_secret": {""}, "kept": {id}}))
		said[whose] = strconv.Itoa(page.status) + page.text("#error-summary")
	}
	if said["another's"] != said["nobody's"] || len(p.audit(models.ActionSecretUse)) != 0 {
		t.Errorf("%v, used %d times", said, len(p.audit(models.ActionSecretUse)))
	}
}

// TestRequestsOfOthersLeadToNoRunOfTheirs: the id of a request is known by
// its owner's runs alone.
func TestRequestsOfOthersLeadToNoRunOfTheirs(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	me, id := p.persona("agent-admin").ObjectID, uuid.NewString()
	blueprint := p.ownBlueprint(me)
	form := url.Values{"request": {id}, "life": {"90"}}
	theirs := &models.Run{RequestID: stranger + "/" + id, Kind: "credential", Title: "Theirs", TID: p.info.TenantID, OwnerOID: stranger, Spec: []byte(`{}`), State: models.RunDone}
	if _, err := p.store.CreateRun(t.Context(), theirs); err != nil {
		t.Fatal(err)
	}
	mine := p.post("/blueprints/"+blueprint+"/secrets", form)
	if mine.status != http.StatusOK || mine.url.Path == runPath(theirs.ID) {
		t.Errorf("%d at %s", mine.status, mine.url)
	}
	if again := p.post("/blueprints/"+blueprint+"/secrets", form); again.url.Path != mine.url.Path {
		t.Errorf("sent again it leads to %s, first to %s", again.url, mine.url)
	}
}

// lostRun waits for a person, because what became of its call is not known.
func (p *testPortal) lostRun(oid string) *models.Run {
	p.t.Helper()
	run := p.newRun(oid, models.RunWaiting, models.Step{
		Kind: provision.KindSecret, Name: "Add client secret", State: models.StepUnknown, OpID: uuid.NewString(), StartedAt: p.clock.now(),
		Params: []byte(`{"unread":true}`), NextAt: p.clock.now().Add(time.Hour), // or the engine would read it before the person acts
	})
	_, err := p.store.AppendAudit(p.t.Context(), models.NewAudit{
		OpID: run.Steps[0].OpID, Kind: models.AuditIntent, Actor: p.info.TenantID + "/" + oid, Action: models.ActionCredentialAdd,
		RunID: strconv.FormatInt(run.ID, 10),
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return run
}
