package handlers

import (
	"database/sql"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"agentidportal/models"
)

// refuse makes the database refuse a change, as a full disk would at the worst
// moment.
func (p *testPortal) refuse(change string) {
	p.t.Helper()
	db, err := sql.Open("sqlite3", filepath.Join(p.data, "portal.db")+"?_busy_timeout=5000")
	if err != nil {
		p.t.Fatal(err)
	}
	defer db.Close()
	_, err = db.ExecContext(p.t.Context(), "CREATE TRIGGER refuse_test BEFORE "+change+" BEGIN SELECT RAISE(ABORT, 'refused by the test'); END")
	if err != nil {
		p.t.Fatal(err)
	}
}

func TestNobodyIsSignedInUnseen(t *testing.T) {
	p := newTestPortal(t)
	p.refuse("INSERT ON audit WHEN NEW.action = 'sign-in'")
	if page := p.submit(p.get("/sign-in"), p.persona("agent-admin").UPN, nil); page.status != http.StatusInternalServerError {
		t.Errorf("status %d", page.status)
	}
	if page := p.get("/sandbox"); page.status != http.StatusUnauthorized {
		t.Errorf("signed in without a record: %d", page.status)
	}
	if row, err := p.store.LatestSignIn(t.Context(), p.info.TenantID, p.persona("agent-admin").ObjectID); err == nil {
		t.Errorf("the sign-in %s was kept without a record", row.ID)
	}
}

func TestSignOutAndItsRecordAreOne(t *testing.T) {
	p := newTestPortal(t)
	home := p.signIn("agent-admin")
	p.refuse("DELETE ON sign_ins")
	if page := p.submit(home, "Sign out", nil); page.status != http.StatusInternalServerError {
		t.Errorf("status %d", page.status)
	}
	if page := p.get("/sandbox"); page.status != http.StatusOK {
		t.Errorf("signed out by half: %d", page.status)
	}
	if n := len(p.audit(models.ActionSignOut)); n != 0 {
		t.Errorf("%d records of a sign-out that was none", n)
	}
}

func TestKeptSecretsAndTheirRecordsAreOne(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	kept := p.keep(p.persona("agent-admin").ObjectID, p.info.Seed.Blueprint.AppID)
	p.refuse("DELETE ON kept_secrets")
	if page := p.post("/tokens/kept/"+kept.ID+"/forget", url.Values{}); page.status != http.StatusInternalServerError {
		t.Errorf("forget: %d", page.status)
	}
	if _, err := p.store.KeptSecret(t.Context(), kept.ID); err != nil {
		t.Errorf("forgotten all the same: %v", err)
	}
	if n := len(p.audit(models.ActionSecretForget)); n != 0 {
		t.Errorf("%d records of a secret that was not forgotten", n)
	}
}

func TestSignInOverAnothersSessionIsRecordedAsItsOwn(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	p.submit(p.get("/sign-in?account=other"), p.persona("auditor").UPN, nil)
	for _, r := range p.audit(models.ActionSignIn) {
		if strings.HasSuffix(r.Actor, p.persona("auditor").ObjectID) && strings.Contains(string(r.Body), "Agent ID Administrator") {
			t.Errorf("the auditor's record has the administrator's roles: %s", r.Body)
		}
	}
}

func TestNotReadyWithoutADatabase(t *testing.T) {
	p := newTestPortal(t)
	p.refuse("INSERT ON settings")
	if page := p.get("/readyz"); page.status != http.StatusServiceUnavailable || page.body != "the database cannot be written\n" {
		t.Errorf("%d %q", page.status, page.body)
	}
	if page := p.get("/healthz"); page.status != http.StatusOK {
		t.Errorf("the process is there: %d", page.status)
	}
}
