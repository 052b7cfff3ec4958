package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/web"
)

// credentialsOf reads the credentials of a blueprint, as agent-admin.
func (p *testPortal) credentialsOf(id string) *graph.Blueprint {
	p.t.Helper()
	row, err := p.store.LatestSignIn(p.t.Context(), p.info.TenantID, p.persona("agent-admin").ObjectID)
	if err != nil {
		p.t.Fatal(err)
	}
	g := p.h.Graph.With(p.h.SignIns.TokenFunc(row.ID))
	b, err := g.Blueprint(p.t.Context(), id)
	if err == nil {
		b.Federated, err = g.FederatedCredentials(p.t.Context(), id)
	}
	if err != nil {
		p.t.Fatal(err)
	}
	return b
}

// addSecretTo gives a blueprint a client secret by the page, and returns its key.
func (p *testPortal) addSecretTo(b *graph.Blueprint) (keyID string) {
	p.t.Helper()
	run := p.submit(p.get(newSecretPath(b.ID)), "Add client secret", url.Values{"keep_for_lab": {"on"}})
	if run.text("#run-badge") != "Done" {
		p.t.Fatalf("%s: %s", run.url, run.text("main"))
	}
	all := p.credentialsOf(b.ID).PasswordCredentials
	return all[len(all)-1].KeyID
}

// trusts gives a blueprint a federated credential.
func (p *testPortal) trusts(b *graph.Blueprint, name, branch string) (id string) {
	p.t.Helper()
	made := graph.FederatedCredential{}
	p.sendAs("agent-admin", graph.AddFederatedCall(b.ID, provision.FederatedSpec{
		Scenario: provision.FederatedGitHub, Name: name, Organization: "contoso", Repository: "agents", Entity: provision.EntityBranch, EntityName: branch,
	}.Credential("")), &made)
	return made.ID
}

func TestASecretIsRotated(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	b := p.makeBlueprint("Night desk", true)
	p.makeAgent(b, "Night desk 01")
	old := p.addSecretTo(b)
	tab := p.get(keysPath(b.ID))
	question := p.get(tab.Find("main a").FilterFunction(byText("Rotate… Client secret, made by run 1")).AttrOr("href", "/none"))
	if question.status != http.StatusOK || question.url.Path != rotatePath(b.ID, old) || question.text("h1") != "Rotate the client secret of Night desk?" {
		t.Fatalf("%d at %s: %s", question.status, question.url, question.text("main"))
	}
	for _, want := range []string{
		"Three steps", "only then the old one goes", "1 agent identity gets its tokens by this blueprint.", "stay valid until they end", "To keep the old one for now", "kept for the token lab is deleted",
		old, "run 1", "/addPassword", "/oauth2/v2.0/token", "/removePassword",
	} {
		if !strings.Contains(question.text("main"), want) {
			t.Errorf("the question does not say %q: %s", want, question.text("main"))
		}
	}
	if question.Find("main .notice a[href='"+newSecretPath(b.ID)+"']").Length() != 1 || question.Find("#f-life option[selected]").AttrOr("value", "") != "180" {
		t.Errorf("no way to keep the old one, or no life: %s", question.text("main"))
	}
	faulty := p.submit(question, "Rotate", url.Values{"life": {"0"}, "reason": {"CHG-9"}, "keep_for_lab": {"on"}})
	if faulty.status != http.StatusUnprocessableEntity || faulty.Find("#error-summary a[href='#f-life']").Length() != 1 || faulty.Find("#f-life-error").Length() != 1 ||
		faulty.Find("#f-reason").AttrOr("value", "") != "CHG-9" || faulty.Find("#f-keep_for_lab[checked]").Length() != 1 || strings.Contains(faulty.text("main"), "0001") {
		t.Errorf("%d %s", faulty.status, faulty.text("main"))
	}
	run := p.submit(faulty, "Rotate", url.Values{"life": {"90"}})
	page := p.waitRun(run.url.Path, "Done")
	now := p.credentialsOf(b.ID).PasswordCredentials
	if len(now) != 1 || now[0].KeyID == old || now[0].EndDateTime.Sub(now[0].StartDateTime) > 91*24*time.Hour {
		t.Fatalf("the blueprint has %+v", now)
	}
	if !strings.Contains(page.text("main"), "It was proved, and the old one is removed.") || !strings.Contains(page.text("main"), "kept for the token lab") {
		t.Errorf("%s", page.text("main"))
	}
	value := p.submit(page, "Show secret", nil).text("pre code")
	if !strings.HasPrefix(value, "SANDBOX~") || strings.Contains(p.get(run.url.Path).body, value) {
		t.Errorf("shown: %q", value)
	}
	if again := p.submit(faulty, "Rotate", url.Values{"life": {"90"}}); again.url.Path != run.url.Path {
		t.Errorf("the second press led to %s with %d", again.url, again.status)
	}
	if gone := p.get(rotatePath(b.ID, old)); gone.status != http.StatusNotFound || gone.Find(".ways a[href='"+keysPath(b.ID)+"']").Length() != 1 {
		t.Errorf("the old key answers %d: %s", gone.status, gone.text("main"))
	}
}

// TestTheOldSecretStaysWhereTheNewOneIsNotProved: the sign-in service refuses a
// blueprint whose principal is disabled.
func TestTheOldSecretStaysWhereTheNewOneIsNotProved(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	seed := p.info.Seed.Blueprint
	b := &graph.Blueprint{ID: seed.ObjectID, AppID: seed.AppID}
	old := p.addSecretTo(b)
	before := len(p.credentialsOf(b.ID).PasswordCredentials)
	_, err := p.engine.Change(t.Context(), p.actorOf("agent-admin"), "off", provision.ChangeSpec{Acts: []provision.Act{
		{Kind: provision.KindDisable, Of: provision.Target{Kind: graph.KindBlueprintPrincipal, ID: seed.PrincipalID, Name: "Invoice helper"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	run := p.submit(p.get(rotatePath(b.ID, old)), "Rotate", nil)
	page := p.waitRun(run.url.Path, "Failed")
	if !strings.Contains(page.text("main"), "The old one was not touched") {
		t.Errorf("%s", page.text("main"))
	}
	found := false
	for _, s := range p.credentialsOf(b.ID).PasswordCredentials {
		found = found || s.KeyID == old
	}
	if n := len(p.credentialsOf(b.ID).PasswordCredentials); n != before+1 || !found {
		t.Errorf("%d secrets, %d before; the old one is there: %v", n, before, found)
	}
}

func TestOnlySecretsAreRotated(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	b := p.makeBlueprint("Night desk", true)
	federated := p.trusts(b, "build", "main")
	cert := p.uploadedTo(b)
	for key, want := range map[string]string{federated: "that of a federated credential", cert: "that of a certificate", nowhere: "No credential of the blueprint has this key ID"} {
		for _, page := range []*answer{p.get(rotatePath(b.ID, key)), p.post(rotatePath(b.ID, key), url.Values{"life": {"90"}})} {
			if page.status != http.StatusNotFound || !strings.Contains(page.text("main"), want) || page.Find(".ways a[href='"+keysPath(b.ID)+"']").Length() != 1 {
				t.Errorf("%s: %d %s", key, page.status, page.text("main"))
			}
		}
	}
	tab := p.get(keysPath(b.ID))
	if tab.Find("a[href$='/rotate']").Length() != 0 || tab.Find("a[href$='/remove']").Length() != 2 {
		t.Errorf("acts of the tab: %s", tab.text("tbody"))
	}
}

// TestCredentialsAreRemoved: one of several, one that has ended, and the last one,
// which wants the name of the blueprint.
func TestCredentialsAreRemoved(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	b := p.makeBlueprint("Night desk", true)
	p.makeAgent(b, "Night desk 01")
	secret, cert, federated := p.addSecretTo(b), p.uploadedTo(b), p.trusts(b, "build", "main")
	ended := &graph.PasswordCredential{}
	p.sendAs("agent-admin", graph.AddPasswordCall(b.ID, "short", p.clock.now().Add(10*time.Minute)), ended)

	for _, step := range []struct {
		key, title, milder string
		words              []string
	}{
		{secret, "Remove the client secret of Night desk?", rotatePath(b.ID, secret), []string{"3 other credentials of the blueprint go on.", "1 agent identity gets its tokens", "kept for the token lab is deleted"}},
		{cert, "Remove the certificate “night-desk” of Night desk?", newCertificatePath(b.ID), []string{"2 other credentials of the blueprint go on."}},
	} {
		question := p.get(removeKeyPath(b.ID, step.key))
		if question.status != http.StatusOK || question.text("h1") != step.title || question.Find(".notice a[href='"+step.milder+"']").Length() != 1 || question.Find("#f-typed").Length() != 0 {
			t.Errorf("%d %q: %s", question.status, question.text("h1"), question.text("main"))
		}
		for _, want := range step.words {
			if !strings.Contains(question.text("main"), want) {
				t.Errorf("the question does not say %q: %s", want, question.text("main"))
			}
		}
		run := p.submit(question, "Remove", nil)
		if run.text("#run-badge") != "Done" || !strings.Contains(run.text("main"), "Nobody can sign in with it any more.") {
			t.Fatalf("%s: %s", run.url, run.text("main"))
		}
		if again := p.submit(question, "Remove", nil); again.url.Path != run.url.Path {
			t.Errorf("the second press led to %s", again.url)
		}
	}
	p.clock.forward(20 * time.Minute)
	question := p.get(removeKeyPath(b.ID, ended.KeyID))
	if text := question.text("main"); !strings.Contains(text, "It has ended") || question.Find(".notice-warn").Length() != 0 || question.Find("#f-typed").Length() != 0 {
		t.Errorf("what has ended: %s", text)
	}
	p.submit(question, "Remove", nil)

	last := p.get(removeKeyPath(b.ID, federated))
	if text := last.text("main"); !strings.Contains(text, "the last credential of the blueprint that works") || last.Find("#f-typed").Length() != 1 {
		t.Fatalf("the last one: %s", text)
	}
	if refused := p.submit(last, "Remove", url.Values{"typed": {"Night"}}); refused.status != http.StatusUnprocessableEntity || len(p.credentialsOf(b.ID).Federated) != 1 {
		t.Errorf("without the name: %d", refused.status)
	}
	p.submit(last, "Remove", url.Values{"typed": {"Night desk"}})
	if left := p.credentialsOf(b.ID); len(left.Federated)+len(left.KeyCredentials)+len(left.PasswordCredentials) != 0 {
		t.Errorf("left: %+v", left)
	}
	if page := p.get(removeKeyPath(b.ID, nowhere)); page.status != http.StatusNotFound || !strings.Contains(page.text("main"), "no such credential") {
		t.Errorf("no such key: %d", page.status)
	}
	if n := len(p.audit(models.ActionCertificateRemove)); n != 2 {
		t.Errorf("%d records of the certificate", n)
	}
}

// TestCredentialsOfABlueprintThatCannotBeReadWhole: what is not known to work does
// not count as a way to go on.
func TestCredentialsOfABlueprintThatCannotBeReadWhole(t *testing.T) {
	wire := &brokenGraph{}
	p := newTestPortal(t, wire.option)
	p.signIn("agent-admin")
	b := p.makeBlueprint("Night desk", true)
	secret, federated := p.addSecretTo(b), p.trusts(b, "build", "main")
	wire.cut.Store("/federatedIdentityCredentials")
	question := p.get(removeKeyPath(b.ID, secret))
	if text := question.text("main"); !strings.Contains(text, "No other credential of the blueprint is known to work") || question.Find("#f-typed").Length() != 1 {
		t.Errorf("%d %s", question.status, text)
	}
	if page := p.get(removeKeyPath(b.ID, federated)); page.status == http.StatusOK || page.status == http.StatusNotFound {
		t.Errorf("what was not read: %d %s", page.status, page.text("main"))
	}
}

// TestWhoMayChangeCredentials: owners among the Operators, and Admins; the others
// see no button.
func TestWhoMayChangeCredentials(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	mine := p.ownBlueprint(p.persona("agent-dev").ObjectID)
	secret := p.addSecretTo(&graph.Blueprint{ID: mine})
	acts := []string{newSecretPath(mine), newCertificatePath(mine), newFederatedPath(mine), rotatePath(mine, secret), removeKeyPath(mine, secret)}
	for name, want := range map[string]int{"auditor": http.StatusForbidden, "agent-dev": http.StatusOK, "agent-admin": http.StatusOK} {
		p.newBrowser()
		p.signIn(name)
		tab := p.get(keysPath(mine))
		for _, path := range acts {
			if shown := tab.Find("main a[href='"+path+"']").Length() == 1; shown != (want == http.StatusOK) {
				t.Errorf("%s is shown the way to %s: %v", name, path, shown)
			}
			if page := p.get(path); page.status != want {
				t.Errorf("%s gets %d at %s", name, page.status, path)
			}
			if path == newSecretPath(mine) || want == http.StatusOK {
				continue
			}
			if page := p.post(path, url.Values{"request": {nowhere}}); page.status != want {
				t.Errorf("the form of %s at %s answers %d", name, path, page.status)
			}
		}
	}
	p.newBrowser()
	p.signIn("agent-dev")
	run := p.submit(p.get(rotatePath(mine, secret)), "Rotate", nil)
	if run.status != http.StatusOK || !strings.HasPrefix(run.url.Path, "/runs/") {
		t.Errorf("an owner rotates: %d at %s: %s", run.status, run.url, run.text("main"))
	}
	if other := p.get(newCertificatePath(p.info.Seed.Blueprint.ObjectID)); other.status == http.StatusForbidden && !strings.Contains(other.text("main"), "You do not own this blueprint") {
		t.Errorf("another's blueprint: %s", other.text("main"))
	}
}

// TestASecretThatARunNeedsStays: a run that signs in with it would fail.
func TestASecretThatARunNeedsStays(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	p.setFault(Fault{Kind: "503", Method: http.MethodPost, Path: "/v1.0/servicePrincipals/microsoft.graph.agentIdentity", RetryAfterSec: 600})
	path := p.startRun(url.Values{"run_as": {"blueprint"}})
	run := p.waitRun(path, "Waiting for certainty")
	id, _ := strings.CutPrefix(run.Find("main a").FilterFunction(byText("Open the blueprint")).First().AttrOr("href", ""), "/blueprints/")
	key := p.credentialsOf(id).PasswordCredentials[0].KeyID
	for _, address := range []string{rotatePath(id, key), removeKeyPath(id, key)} {
		for _, page := range []*answer{p.get(address), p.post(address, nil)} {
			if page.status != http.StatusConflict || !strings.Contains(page.text("h1"), "A run still signs in with this secret") || page.Find(".ways a[href='"+path+"']").Length() != 1 {
				t.Errorf("%s: %d %s", address, page.status, page.text("main"))
			}
		}
	}
	if n := len(p.credentialsOf(id).PasswordCredentials); n != 1 {
		t.Errorf("%d secrets", n)
	}
}

func TestAReasonForCredentials(t *testing.T) {
	p := newTestPortal(t, func(_ *web.Options, h *Handlers) { h.RequireReason = true })
	p.signIn("agent-admin")
	b := p.info.Seed.Blueprint.ObjectID
	key := p.credentialsOf(b).PasswordCredentials[0].KeyID
	for path, button := range map[string]string{rotatePath(b, key): "Rotate", removeKeyPath(b, key): "Remove", newFederatedPath(b): "Add federated credential"} {
		page := p.submit(p.get(path), button, url.Values{"fed_scenario": nil})
		if page.status != http.StatusUnprocessableEntity || page.Find("#error-summary a[href='#f-reason']").Length() != 1 {
			t.Errorf("%s: %d %s", path, page.status, page.text("#error-summary"))
		}
	}
}
