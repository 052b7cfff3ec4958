package handlers

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/pem"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"agentidportal/entra"
	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/provision"
)

// labWorld is a tenant in which things are wrong in every way that a person
// may meet in the token lab. Tables name its objects by the words in braces.
type labWorld struct {
	*testPortal
	names map[string]string
	g     *graph.Client
}

// newLabWorld builds it, signed in as agent-admin.
func newLabWorld(t *testing.T) *labWorld {
	p := newTestPortal(t)
	p.signIn("global-admin") // who may disable people
	p.newBrowser()
	p.signIn("agent-admin")
	row, err := p.store.LatestSignIn(t.Context(), p.info.TenantID, p.persona("agent-admin").ObjectID)
	if err != nil {
		t.Fatal(err)
	}
	w := &labWorld{testPortal: p, names: map[string]string{}, g: p.h.Graph.With(p.h.SignIns.TokenFunc(row.ID))}
	w.name("graph", entra.GraphDefaultScope, "nobody", unknownID, "tenant", p.info.TenantID, "domain", p.info.Domain, "echo", p.info.Echo.Scope, "echo.resource", entra.ResourceOf(p.info.Echo.Scope))
	seed := p.info.Seed
	w.name("seed.app", seed.Blueprint.AppID, "seed.blueprint", seed.Blueprint.ObjectID, "seed.principal", seed.Blueprint.PrincipalID,
		"seed.secret", seed.Blueprint.ClientSecret, "seed.secret.cut", strings.TrimSuffix(seed.Blueprint.ClientSecret, seed.Blueprint.ClientSecret[36:]), "seed.agent", seed.Agent.ID, "seed.user", seed.AgentUser.ID, "seed.upn", seed.AgentUser.UPN)
	w.name("client", p.info.Client.ClientID, "client.secret", p.info.Client.ClientSecret, "portal", p.info.Portal.ClientID, "portal.secret", p.info.Portal.ClientSecret,
		"partner.tenant", p.info.Partner.TenantID, "partner.app", p.info.Partner.App.AppID)
	user := p.persona("user")
	w.name("user", user.UPN, "user.id", user.ObjectID, "user.password", user.Password)
	w.findSeeded()
	w.makeFamilies()
	w.makeTokens()
	return w
}

// name gives values their words, in pairs.
func (w *labWorld) name(pairs ...string) {
	for i := 0; i < len(pairs); i += 2 {
		w.names[pairs[i]] = pairs[i+1]
	}
}

// read puts the values of words in braces into a text.
func (w *labWorld) read(text string) string {
	for name, value := range w.names {
		text = strings.ReplaceAll(text, "{"+name+"}", value)
	}
	return text
}

// form is a form of the lab: pairs of field and value, over those that work.
func (w *labWorld) form(mode entra.ModeName, pairs ...string) url.Values {
	form := w.labForm(url.Values{"mode": {string(mode)}})
	switch mode {
	case entra.ModeBlueprint:
		form.Set("blueprint", w.names["seed.app"])
	case entra.ModeClientCredentials, entra.ModePassword, entra.ModeRefreshToken, entra.ModeDeviceCode:
		form.Set("app_id", w.names["client"])
		form.Set("client_secret", w.names["client.secret"])
	}
	form.Set("other_tenant", w.names["partner.tenant"])
	form.Set("other_app_id", w.names["partner.app"])
	if mode == entra.ModePassword {
		form.Set("username", w.names["user"])
		form.Set("password", w.names["user.password"])
	}
	if mode == entra.ModeOnBehalfOf {
		form.Set("user_token", w.names["tc"])
	}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], w.read(pairs[i+1]))
	}
	return form
}

// findSeeded names the blueprints that the seed made in bad states.
func (w *labWorld) findSeeded() {
	for b, err := range w.g.AllBlueprints(w.t.Context()) {
		if err != nil {
			w.t.Fatal(err)
		}
		slug := strings.ReplaceAll(strings.ToLower(b.DisplayName), " ", "-")
		sum := sha256.Sum256([]byte("client secret of " + slug))
		w.name(slug+".app", b.AppID, slug+".blueprint", b.ID, slug+".secret", "SANDBOX~"+base64.RawURLEncoding.EncodeToString(sum[:])[:32])
		for a, err := range w.g.AgentIdentitiesOf(w.t.Context(), b.AppID) {
			if err != nil {
				w.t.Fatal(err)
			}
			w.name(slug+".agent", a.ID)
		}
	}
}

// family makes a blueprint with a secret, one agent and, where asked for, its
// agent user, and names them.
func (w *labWorld) newFamily(name string, withUser bool) *graph.Blueprint {
	slug := strings.ToLower(name)
	b := w.makeBlueprint(name, true)
	a := w.makeAgent(b, name+" 01")
	made := graph.PasswordCredential{}
	w.sendAs("agent-admin", graph.AddPasswordCall(b.ID, "lab", w.clock.now().AddDate(0, 6, 0)), &made)
	principal, err := w.g.BlueprintPrincipalOf(w.t.Context(), b.AppID)
	if err != nil {
		w.t.Fatal(err)
	}
	w.name(slug+".app", b.AppID, slug+".blueprint", b.ID, slug+".principal", principal.ID, slug+".agent", a.ID, slug+".secret", made.SecretText.Reveal())
	if withUser {
		u := w.makeUser(a, slug)
		w.name(slug+".user", u.ID, slug+".upn", u.UserPrincipalName)
	}
	return b
}

// makeFamilies makes what the seed does not have.
func (w *labWorld) makeFamilies() {
	w.newFamily("Asleep", true)
	w.patch(graph.KindBlueprintPrincipal, w.names["asleep.principal"], map[string]any{"accountEnabled": false})
	w.newFamily("Idle", true)
	w.patch(graph.KindAgentIdentity, w.names["idle.agent"], map[string]any{"accountEnabled": false})
	w.newFamily("Mute", true)
	w.patch(graph.KindAgentUser, w.names["mute.user"], map[string]any{"accountEnabled": false})
	w.newFamily("Plain", true) // nothing was granted
	trusting := w.makeBlueprint("Trusting", true)
	w.trusts(trusting, "ci", "main")
	w.name("trusting.blueprint", trusting.ID, "trusting.agent", w.makeAgent(trusting, "Trusting 01").ID)
	w.newFamily("Drowsy", false)
	w.newFamily("Fleeting", false)
	w.newFamily("Gone", false)
	w.sendAs("agent-admin", graph.DeleteCall(graph.KindAgentIdentity, w.names["gone.agent"]), nil)
	w.newFamily("Kept", false)
	kept := &models.KeptSecret{
		ID: "0f0e0d0c-0b0a-4908-8706-0504030201aa", TID: w.info.TenantID, OwnerOID: w.persona("agent-admin").ObjectID, BlueprintID: w.names["kept.blueprint"],
		BlueprintAppID: w.names["kept.app"], BlueprintName: "Kept", KeyID: "k1", EndsAt: w.clock.now().AddDate(0, 1, 0), CreatedAt: w.clock.now(),
	}
	if err := provision.SealKept(w.h.Sealer, kept, entra.NewSecret(w.names["kept.secret"])); err != nil {
		w.t.Fatal(err)
	}
	if err := w.store.PutKeptSecret(w.t.Context(), kept); err != nil {
		w.t.Fatal(err)
	}
	w.name("kept.id", kept.ID)
	cert, key := w.certificate("stranger")
	w.name("certificate", string(key)+string(cert))
	cert, key = w.certificate("signing")
	w.name("signing.certificate", string(key)+string(cert))
	der, _ := pem.Decode(cert)
	w.sendAs("agent-admin", graph.SetCertificatesCall(w.newFamily("Signing", false).ID, nil, graph.NewCertificate{DisplayName: "signing", DER: der.Bytes}), nil)
}

// makeTokens gets tokens that people paste in the wrong place.
func (w *labWorld) makeTokens() {
	w.name(
		"tc", w.tokenOf(entra.Password{AppID: w.names["client"], Credential: secretOf(w.names["client.secret"]), Scope: w.info.Seed.Blueprint.Scope, Username: w.names["user"], Password: entra.NewSecret(w.names["user.password"])}),
		"graph.token", w.tokenOf(entra.Password{AppID: w.names["client"], Credential: secretOf(w.names["client.secret"]), Scope: "User.Read", Username: w.names["user"], Password: entra.NewSecret(w.names["user.password"])}),
		"app.token", w.tokenOf(entra.Autonomous{BlueprintAppID: w.names["seed.app"], AgentID: w.names["seed.agent"], Credential: secretOf(w.names["seed.secret"]), Scope: entra.ExchangeScope}),
	)
	w.name(
		"tc.forged", w.names["tc"][:len(w.names["tc"])-6]+"AAAAAA",
		"tc.old", unsigned(`{"alg":"RS256"}`, `{"exp":1700000000,"scp":"a","tid":"`+w.info.TenantID+`","aud":"`+w.names["seed.app"]+`"}`),
		"tc.foreign", unsigned(`{"alg":"RS256"}`, `{"scp":"a","tid":"`+unknownID+`","aud":"`+w.names["seed.app"]+`"}`),
	)
	for name, body := range map[string]map[string]string{
		"ci":          {"issuer": "https://token.actions.githubusercontent.com", "subject": "repo:contoso/agents:ref:refs/heads/main"},
		"ci.issuer":   {"issuer": "https://ci.example", "subject": "repo:contoso/agents:ref:refs/heads/main"},
		"ci.subject":  {"issuer": "https://token.actions.githubusercontent.com", "subject": "repo:contoso/agents:ref:refs/heads/other"},
		"ci.audience": {"issuer": "https://token.actions.githubusercontent.com", "subject": "repo:contoso/agents:ref:refs/heads/main", "audience": "https://graph.example"},
	} {
		var made struct{ Token string }
		if err := sandboxCall(w.t.Context(), nil, http.MethodPost, w.tenant+"/_sandbox/federation/token", body, &made); err != nil {
			w.t.Fatal(err)
		}
		w.name(name, made.Token)
	}
	w.name("ci.cut", w.names["ci"][:len(w.names["ci"])-8])
}

func secretOf(value string) entra.Credential {
	return entra.Credential{Secret: entra.NewSecret(value)}
}

func (w *labWorld) tokenOf(mode entra.Mode) string {
	w.t.Helper()
	trace, err := w.h.Entra.Acquire(w.t.Context(), mode)
	if err != nil {
		w.t.Fatal(err)
	}
	return trace.Token().Reveal()
}

// tokenClock moves the clock that fills and judges tokens.
func (w *labWorld) tokenClock(seconds int) {
	w.t.Helper()
	body := map[string]any{"offsetSec": seconds, "tokens": seconds != 0}
	if err := sandboxCall(w.t.Context(), nil, http.MethodPost, w.tenant+"/_sandbox/clock", body, nil); err != nil {
		w.t.Fatal(err)
	}
}

// decide answers a device code on the page where people type it.
func (w *labWorld) decide(code, button string) {
	w.t.Helper()
	page := w.submit(w.get(w.tenant+"/devicelogin"), "Next", url.Values{"otc": {code}})
	if strings.Contains(page.text("body"), w.names["user"]) {
		page = w.submit(page, w.names["user"], nil)
	}
	w.submit(page, button, nil)
}
