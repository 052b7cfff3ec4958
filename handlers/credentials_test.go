package handlers

import (
	"strings"
	"testing"
	"time"

	"agentidportal/entra/graph"
	"agentidportal/provision"
)

// TestEveryCredentialOfABlueprint: what each proves itself by, and a secret that
// lives too long.
func TestEveryCredentialOfABlueprint(t *testing.T) {
	wire := &brokenGraph{}
	p := newTestPortal(t, wire.option)
	p.signIn("agent-admin")
	b := p.makeBlueprint("Night desk", true)
	path := "/blueprints/" + b.ID
	p.sendAs("agent-admin", graph.AddFederatedCall(b.ID, provision.FederatedSpec{
		Scenario: provision.FederatedGitHub, Name: "ci", Organization: "contoso", Repository: "agents", Entity: provision.EntityBranch, EntityName: "main",
	}.Credential("")), nil)
	page := p.get(path)
	if !strings.Contains(page.text(".facts"), "Federated: GitHub Actions") || page.text(`.tabs a[href$="/credentials"] .count`) != "1" {
		t.Errorf("overview: %s %s", page.text(".tabs"), page.text(".facts"))
	}
	p.sendAs("agent-admin", graph.AddPasswordCall(b.ID, "", time.Now().Add(730*24*time.Hour+time.Hour)), nil)
	page = p.get(path + "/credentials")
	rows := page.Find(`[aria-label="Credentials"] tbody tr`)
	if rows.Length() != 2 || page.text(`.tabs a[href$="/credentials"] .count`) != "2" {
		t.Fatalf("%d rows, tabs %s: %s", rows.Length(), page.text(".tabs"), page.text("main"))
	}
	secret, federated := rows.Eq(0).Text(), strings.Join(strings.Fields(rows.Eq(1).Text()), " ")
	if !strings.Contains(secret, "Client secret") || !strings.Contains(secret, "It lives 730 days.") {
		t.Errorf("the secret: %s", secret)
	}
	for _, want := range []string{
		"Federated credential: ci", "Tokens of GitHub Actions", "Issuer https://token.actions.githubusercontent.com", "Subject repo:contoso/agents:ref:refs/heads/main",
		"Audience api://AzureADTokenExchange", "No end",
	} {
		if !strings.Contains(federated, want) {
			t.Errorf("the federated credential lacks %q: %s", want, federated)
		}
	}
	if strings.Contains(federated, "It lives") {
		t.Errorf("a federated credential lives too long: %s", federated)
	}
	year := p.get(p.get("/blueprints?q=travel").Find("tbody .name-cell a").AttrOr("href", "/none") + "/credentials")
	if text := year.text("table"); !strings.Contains(text, "Client secret") || strings.Contains(text, "It lives") {
		t.Errorf("a secret of a year is too long: %s", text)
	}
	wire.cut.Store("/federatedIdentityCredentials")
	page = p.get(path + "/credentials")
	if text := page.text("main table"); page.status != 200 || !strings.Contains(text, "Graph could not be reached") || page.Find(`.tabs a[href$="/credentials"] .count`).Length() != 0 {
		t.Errorf("without the federated ones: %d %s", page.status, text)
	}
	if page := p.get("/blueprints/" + p.makeBlueprint("Bare", true).ID); !strings.Contains(page.text(".facts"), "Federated credentials: Graph could not be reached") {
		t.Errorf("a blueprint that may have one: %s", page.text(".facts"))
	}
}

func TestACertificateShowsItsThumbprint(t *testing.T) {
	b := &graph.Blueprint{KeyCredentials: []graph.KeyCredential{{KeyID: "k", CustomKeyID: "AAECAwQFBgcICQoLDA0ODxAREhM="}, {KeyID: "o", CustomKeyID: "other"}}}
	proofs := credentialProofs(b)
	if len(proofs) != 2 || proofs[0].Thumbprint != "000102030405060708090A0B0C0D0E0F10111213" || proofs[1].Thumbprint != "" {
		t.Errorf("%+v", proofs)
	}
}
