package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"agentidportal/entra"
	"agentidportal/models"
)

// keep stores the seeded blueprint's secret for its owner.
func (p *testPortal) keep(ownerOID, blueprintAppID string) *models.KeptSecret {
	p.t.Helper()
	kept := &models.KeptSecret{
		ID: "0f0e0d0c-0b0a-4908-8706-050403020100", TID: p.info.TenantID, OwnerOID: ownerOID, BlueprintID: p.info.Seed.Blueprint.ObjectID,
		BlueprintAppID: blueprintAppID, BlueprintName: "Invoice helper", KeyID: "k1", Hint: "SAN", EndsAt: p.clock.now().AddDate(0, 1, 0), CreatedAt: p.clock.now(),
	}
	var err error
	kept.Sealed, err = p.h.Sealer.Seal([]byte(p.info.Seed.Blueprint.ClientSecret), "kept_secrets:sealed:"+kept.ID)
	if err != nil {
		p.t.Fatal(err)
	}
	if err := p.store.PutKeptSecret(p.t.Context(), kept); err != nil {
		p.t.Fatal(err)
	}
	return kept
}

func TestTokenLabUsesAKeptSecret(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	kept := p.keep(p.persona("agent-admin").ObjectID, p.info.Seed.Blueprint.AppID)
	page := p.get("/tokens?agent=" + p.info.Seed.Agent.ID + "&kept=" + kept.ID)
	if got := page.text("#f-kept option[selected]"); !strings.HasPrefix(got, "Invoice helper, hint SAN, ends ") {
		t.Fatalf("chosen is %q", got)
	}
	page = p.submit(page, "Get token", nil)
	if page.Find(".hop-answered").Length() != 2 {
		t.Fatalf("no two hops: %s", page.text("main"))
	}
	page = p.submit(page, "Get a fresh token", nil)
	if page.Find(".hop-answered").Length() != 2 {
		t.Errorf("no fresh token: %s", page.text("main"))
	}
	used := p.audit(models.ActionSecretUse)
	if len(used) != 2 || used[0].TargetID != p.info.Seed.Blueprint.ObjectID || !strings.Contains(string(used[0].Body), `"keyId":"k1"`) {
		t.Errorf("uses recorded: %+v", used)
	}
	if strings.Contains(page.body, p.info.Seed.Blueprint.ClientSecret) {
		t.Error("the kept secret is on the page")
	}
}

func TestTokenLabChoosesTheKeptSecret(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	foreign := p.createAgent("agent-admin")
	kept := p.keep(p.persona("agent-admin").ObjectID, p.info.Seed.Blueprint.AppID)
	chosen := func(page *answer) string { return page.Find("#f-kept option[selected]").AttrOr("value", "none") }
	for address, want := range map[string]string{
		"/tokens?agent=" + p.info.Seed.Agent.ID:            kept.ID,
		"/tokens?blueprint=" + p.info.Seed.Blueprint.AppID: kept.ID,
		"/tokens?agent=" + foreign:                         "",
	} {
		if page := p.get(address); chosen(page) != want {
			t.Errorf("%s chooses %q, want %q", address, chosen(page), want)
		}
	}
	if got := p.get("/tokens?blueprint=" + p.info.Seed.Blueprint.AppID).text("#f-agent option[selected]"); got != "Invoice helper 01" {
		t.Errorf("?blueprint= chooses the agent %q", got)
	}
	none := p.post("/tokens", p.labForm(url.Values{"client_secret": {""}, "kept": {""}}))
	if got := none.text("#f-client_secret-error"); none.status != 422 || !strings.Contains(got, "Or use the kept one, which is chosen below now: Invoice helper, hint SAN, ends ") || chosen(none) != kept.ID {
		t.Errorf("status %d, %q, chosen %q", none.status, got, chosen(none))
	}
	if page := p.submit(none, "Get token", nil); page.Find(".hop-answered").Length() != 2 {
		t.Errorf("the kept secret that was named is not used: %s", page.text("main"))
	}
	// A typed one is used in place of the one that is chosen.
	page := p.submit(none, "Get token", url.Values{"client_secret": {"SANDBOX~wrong-on-purpose"}})
	if page.Find(".hop-refused").Length() != 1 || len(p.audit(models.ActionSecretUse)) != 1 {
		t.Errorf("the typed secret is not used: %s", page.text("#verdict"))
	}
	other := p.post("/tokens", p.labForm(url.Values{"agent": {foreign}, "client_secret": {""}, "kept": {kept.ID}}))
	if got := other.text("#f-kept-error"); other.status != 422 || !strings.Contains(got, "belongs to the blueprint Invoice helper, the agent to Foreign.") {
		t.Errorf("status %d, %q", other.status, got)
	}
}

func TestTokenLabRefusesAKeptSecretOfOthers(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	kept := p.keep(p.persona("agent-dev").ObjectID, "ef403b6c-5f3e-40ac-8685-28eed2922ad5")
	page := p.post("/tokens", p.labForm(url.Values{"client_secret": {""}, "kept": {kept.ID}}))
	if got := page.text("#f-kept-error"); page.status != http.StatusUnprocessableEntity || !strings.Contains(got, "Choose a secret of the agent's blueprint.") {
		t.Errorf("a secret of another blueprint: status %d, %q", page.status, got)
	}
	if n := len(p.audit(models.ActionSecretUse)); n != 0 {
		t.Errorf("%d uses recorded", n)
	}
}

func TestTokenLabKeepsATypedSecretOnRequest(t *testing.T) {
	p := newTestPortal(t)
	p.signIn("agent-admin")
	wrong := p.post("/tokens", p.labForm(url.Values{"keep": {"on"}, "client_secret": {"SANDBOX~wrong"}}))
	if wrong.Find(".hop-refused").Length() != 1 || len(p.audit(models.ActionSecretKeep)) != 0 {
		t.Error("a wrong secret was kept")
	}
	for range 2 {
		page := p.post("/tokens", p.labForm(url.Values{"keep": {"on"}}))
		if !page.says("main", "The client secret is kept for the lab") {
			t.Fatalf("the page does not say that the secret is kept: %s", page.text("#verdict"))
		}
	}
	if n := len(p.audit(models.ActionSecretKeep)); n != 1 {
		t.Errorf("the same secret was kept %d times", n)
	}
	lab := p.get("/tokens?agent=" + p.info.Seed.Agent.ID)
	choice := lab.Find("#f-kept option").Last()
	if want := "Invoice helper, hint " + entra.SecretHint(entra.NewSecret(p.info.Seed.Blueprint.ClientSecret)) + ", ends "; !strings.HasPrefix(choice.Text(), want) {
		t.Errorf("offered is %q", choice.Text())
	}
	page := p.submit(lab, "Get token", url.Values{"kept": {choice.AttrOr("value", "")}})
	if page.Find(".hop-answered").Length() != 2 {
		t.Errorf("the kept secret does not work: %s", page.text("#verdict"))
	}
	ask := p.follow(lab, "Forget…")
	if !ask.says("main", "without another copy it is lost") || !ask.says("dl", "None of those you see") || len(p.audit(models.ActionSecretForget)) != 0 {
		t.Errorf("the question: %d %s", ask.status, ask.text("main"))
	}
	lab = p.submit(ask, "Forget client secret", nil)
	if lab.url.Path != "/tokens" || lab.Find("#f-kept").Length() != 0 || len(p.audit(models.ActionSecretForget)) != 1 {
		t.Errorf("after Forget: %s %s", lab.url, lab.text("main"))
	}
}

func TestTokenLabForgetsOnlyOwnSecrets(t *testing.T) {
	p := newTestPortal(t)
	kept := p.keep(p.persona("agent-admin").ObjectID, p.info.Seed.Blueprint.AppID)
	p.signIn("agent-dev")
	if page := p.post("/tokens/kept/"+kept.ID+"/forget", url.Values{}); page.status != http.StatusNotFound {
		t.Errorf("status %d", page.status)
	}
	if page := p.get("/tokens/kept/" + kept.ID + "/forget"); page.status != http.StatusNotFound || page.says("main", "Invoice helper") {
		t.Errorf("the question: status %d", page.status)
	}
	if page := p.get("/tokens"); page.Find("#f-kept").Length() != 0 {
		t.Error("somebody else's secret is offered")
	}
	if page := p.post("/tokens", p.labForm(url.Values{"client_secret": {""}, "kept": {kept.ID}})); page.status != http.StatusUnprocessableEntity {
		t.Errorf("somebody else's secret was used: status %d", page.status)
	}
	if _, err := p.store.KeptSecret(t.Context(), kept.ID); err != nil {
		t.Errorf("the secret is gone: %v", err)
	}
}
