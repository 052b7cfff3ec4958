package main

import (
	"fmt"
	"strings"
	"testing"
)

// TestWalkLifecycle is an admin's afternoon: agents are found by a chip and
// disabled, a secret is rotated, a tree is deleted, restored with its children,
// and one object of it deleted for good. Then an auditor looks at all of it.
func TestWalkLifecycle(t *testing.T) {
	p := walkPages(t, Config{})
	p.as("agent-admin")
	p.makeMany("Night shift", 12)
	p.disableTwelve()
	p.rotateSecret()
	p.deleteTree()
	p.restoreTree()
	p.purgeOne()
	p.auditorLooks()
}

// makeMany makes a blueprint with a secret and some agent identities.
func (p *pageWalk) makeMany(name string, agents int) {
	p.t.Helper()
	step := func(fields ...string) { p.form(p.path(), append(fields, "act", "continue")...) }
	p.open(p.app.URL() + "/blueprints/new")
	step("display_name", name, "does", "alone", "audience", "AzureADMyOrg")
	step()
	step("credential", "secret", "life", "90")
	step()
	step("count", fmt.Sprint(agents), "pattern", "{name} {nn}", "sponsored_by", "same", "run_as", "me")
	p.follow("Create")
	p.badge("Done")
}

// tickAll ticks every row of the page, as a person would, one by one.
func (p *pageWalk) tickAll() {
	p.t.Helper()
	eval[int](p.walker, `[...document.querySelectorAll(".tick input")].map(e => e.click()).length`)
}

// disableTwelve finds agents by a filter, and disables them as one run.
func (p *pageWalk) disableTwelve() {
	p.follow("Agent identities")
	p.look("agents")
	p.choose("Blueprint", "Night shift")
	p.choose("Status", "Enabled")
	p.follow("Apply")
	p.expect("12 of 19 agent identities", "1–12 of 12, sorted by name")
	if got := p.text(".chips"); !strings.Contains(got, "Night shift") || !strings.Contains(got, "enabled") {
		p.t.Errorf("chips: %s", got)
	}
	p.tickAll()
	if got := p.text(".bulk-count"); got != "12 selected" {
		p.t.Errorf("the bar counts %q", got)
	}
	p.look("agents-ticked")
	p.follow("Disable…")
	p.expect("Disable 12 agent identities?", "Type 12 to disable 12 agent identities")
	if !eval[bool](p.walker, `document.querySelector(".button-destroy, .dialog-actions [type=submit]").disabled === false`) {
		p.t.Log("the button waits for the count")
	}
	p.look("bulk-disable")
	p.fill("Reason", "CHG-77: nobody works at night")
	p.fill("Type 12 to disable 12 agent identities", "12")
	p.follow("Disable 12 agent identities")
	p.badge("Done")
	p.look("bulk-run")
	p.follow("Agent identities")
	p.choose("Status", "Disabled")
	p.choose("Blueprint", "Night shift")
	p.follow("Apply")
	p.expect("12 of 19 agent identities")
	p.follow("Remove filter Status: disabled")
	p.expect("12 of 19 agent identities")
}

// rotateSecret goes by the finding that a secret lives too long.
func (p *pageWalk) rotateSecret() {
	p.follow("Findings")
	p.expect("Credential lives too long", "Nobody sponsors it", "Blueprint without a principal")
	p.look("findings")
	p.choose("Finding", "Credential lives too long")
	p.follow("Apply")
	p.expect("Invoice helper")
	p.look("findings-of-one-kind")
	p.follow("Rotate…")
	p.look("rotate")
	p.follow("Rotate")
	p.badge("Done")
	p.expect("Prove the new client secret", "Remove the old client secret")
	p.look("rotate-run")
	p.open(p.app.URL() + "/findings?kind=credential-overlong")
	p.expect("No finding matches 1 filter")
}

// deleteTree deletes a blueprint from its own page.
func (p *pageWalk) deleteTree() {
	p.follow("Blueprints")
	p.look("blueprints")
	p.follow("Night shift")
	p.follow("Delete…")
	p.expect("14 objects", "recycle bin")
	p.look("delete-tree")
	p.fill("Type Night shift to delete it and 13 objects with it", "Night shift")
	p.follow("Delete 14 objects")
	p.badge("Done")
	p.look("delete-run")
}

// restoreTree brings it back with everything below.
func (p *pageWalk) restoreTree() {
	p.follow("Recycle bin")
	p.expect("14 deleted objects", "Night shift 12")
	p.look("bin")
	p.choose("Kind", "Blueprints")
	p.follow("Apply")
	p.follow("Restore…")
	p.expect("Restore 14 objects?", "Also restore 13 objects deleted below")
	p.look("restore")
	p.fill("Type 14 to restore them", "14")
	p.follow("Restore 14 objects")
	p.badge("Done")
	p.follow("Agent identities")
	p.expect("Night shift 12")
	p.open(p.app.URL() + "/recycle-bin")
	p.expect("The recycle bin is empty")
	p.look("bin-empty")
}

// purgeOne deletes an agent identity, and then for good.
func (p *pageWalk) purgeOne() {
	p.open(p.app.URL() + "/agents?q=night+shift+07")
	p.follow("Night shift 07")
	p.follow("Delete…")
	p.fill("Type Night shift 07 to delete it", "Night shift 07")
	p.follow("Delete agent identity")
	p.badge("Done")
	p.follow("Recycle bin")
	p.tickAll()
	p.follow("Delete for good…")
	p.expect("Nobody can bring them back")
	p.look("purge")
	p.fill("Type Night shift 07 to delete it for good", "Night shift 07")
	p.follow("Delete “Night shift 07” for good")
	p.badge("Done")
	p.open(p.app.URL() + "/recycle-bin")
	p.expect("The recycle bin is empty")
}

// auditorLooks: sees everything, and finds nothing to press that changes anything.
func (p *pageWalk) auditorLooks() {
	seed := p.tenant.Seed
	p.as("auditor")
	for _, path := range []string{
		"/blueprints", "/principals", "/agents", "/agent-users", "/findings", "/recycle-bin", "/blueprints/" + seed.Blueprint.ObjectID, "/blueprints/" + seed.Blueprint.ObjectID + "/credentials",
		"/blueprints/" + seed.Blueprint.ObjectID + "/owners", "/agents/" + seed.Agent.ID, "/agents/" + seed.Agent.ID + "/owners", "/agent-users/" + seed.AgentUser.ID, "/agent-users/" + seed.AgentUser.ID + "/owners", "/agent-users/" + seed.AgentUser.ID + "/licences", "/agent-users/" + seed.AgentUser.ID + "/groups",
	} {
		p.visit(sight{path, 0, nil})
		changes := eval[[]string](p.walker, `[...document.querySelectorAll("main a.button, main button")].map(e => e.innerText.replace(/\s+/g, " ").trim()).filter(w => /^(Disable|Enable|Delete|Edit|Add|Remove|Rotate|Restore|Set|Assign|New)/.test(w))`)
		if len(changes) > 0 {
			p.t.Errorf("%s offers an auditor %q", path, changes)
		}
	}
	for _, path := range []string{"/agents/" + seed.Agent.ID + "/delete", "/agents/" + seed.Agent.ID + "/disable", "/recycle-bin/restore", "/bulk?act=disable&list=agents&sel=all"} {
		p.visit(sight{path, 403, nil})
	}
}
