package handlers

import (
	"encoding/json"
	"strconv"
	"testing"
	"time"

	"agentidportal/models"
)

// Reloading a page that is refused makes one record a minute, and the next one
// tells how many there were.
func TestRefusalsCannotFloodTheAudit(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("user")
	for range 20 {
		if page := p.get("/blueprints"); page.status != 403 || !page.says(".side", "Audit record") {
			t.Fatalf("%d %s", page.status, page.text("main"))
		}
	}
	p.get("/agents")
	if n := len(p.audit(models.ActionAccessDenied)); n != 2 {
		t.Errorf("%d records of 21 refusals at two pages", n)
	}
	p.clock.forward(denialPause)
	p.get("/blueprints")
	missed := 0
	for _, r := range p.audit(models.ActionAccessDenied) {
		var body struct{ Missed int }
		if err := json.Unmarshal(r.Body, &body); err != nil {
			t.Fatal(err)
		}
		missed += body.Missed
	}
	if missed != 19 {
		t.Errorf("%d refusals are counted, want 19", missed)
	}
}

func TestDenialsAreBounded(t *testing.T) {
	var d denials
	now := time.Date(2026, 11, 21, 4, 0, 0, 0, time.UTC)
	for i := range 2*maxDenials + 5 {
		if _, _, due := d.next(denialKey{route: strconv.Itoa(i)}, now); !due {
			t.Fatal("a first refusal is not recorded")
		}
	}
	if len(d.last) > maxDenials {
		t.Errorf("%d are held", len(d.last))
	}
	key := denialKey{personID: "a", route: "/agents"}
	d.next(key, now)
	d.kept(key, 7)
	if seq, _, due := d.next(key, now.Add(59*time.Second)); due || seq != 7 {
		t.Errorf("within the minute: record %d, due %v", seq, due)
	}
	d.forget(key)
	if _, _, due := d.next(key, now); !due {
		t.Error("a refusal that was not recorded stands for others")
	}
}
