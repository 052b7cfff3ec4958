package handlers

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"agentidportal/entra"
	"agentidportal/entra/graph"
	"agentidportal/provision"
	"agentidportal/views"
	"agentidportal/web"
)

// secretClue says what can be known of a secret that was refused as wrong. It
// is asked while the secret is still there, and holds no more of it than the
// hint that Graph lists secrets with.
func (h *Handlers) secretClue(c echo.Context, try *labTry, trace *entra.Trace) string {
	failed, secret := trace.Failed(), try.credential.Secret
	if failed == nil || failed.Err == nil || failed.Err.AADSTS != 7000215 || secret.IsZero() {
		return ""
	}
	if try.kept != nil {
		return "The kept secret is not on the blueprint any more: it was removed or replaced after it was kept."
	}
	if name := h.whoseKept(c, secret, try.blueprintAppID()); name != "" {
		return "It is the client secret of the blueprint " + name + ", which the portal keeps for the lab."
	}
	if _, err := graph.ParseGUID(secret.Reveal()); err == nil {
		return "What was typed is a GUID, so it is the ID of a secret. The value is another text, and was shown once."
	}
	if try.blueprint == nil {
		return ""
	}
	return hintClue(try.blueprint.PasswordCredentials, secret)
}

// whoseKept names the blueprint whose kept secret this is, among those that the
// person may use; empty for one of the blueprint that was meant.
func (h *Handlers) whoseKept(c echo.Context, secret entra.Secret, meant string) string {
	usable, err := h.usableSecrets(c)
	if err != nil {
		h.Log.Info("compare kept secrets", "error", err, "request_id", web.RequestID(c))
		return ""
	}
	for i := range usable {
		if usable[i].BlueprintAppID == meant {
			continue
		}
		if value, err := provision.OpenKept(h.Sealer, &usable[i]); err == nil && value.Equal(secret) {
			return usable[i].BlueprintName
		}
	}
	return ""
}

// hintClue compares the beginning of a secret with those of the blueprint.
func hintClue(list []graph.PasswordCredential, secret entra.Secret) string {
	hint := entra.SecretHint(secret)
	switch {
	case len(list) == 0:
		return "The blueprint has no client secret at all, so this is one of another application, or one that was removed."
	case hint == "":
		return fmt.Sprintf("A client secret has about 40 characters, and this has %d.", secret.Len())
	case slices.ContainsFunc(list, func(p graph.PasswordCredential) bool { return p.Hint == hint }):
		return "It begins with " + hint + " as one of the blueprint's secrets does: a character may be missing, or be one too many."
	}
	begins := "None of the blueprint's " + views.Plural(len(list), "client secret") + " begins with "
	if len(list) == 1 {
		begins = "The blueprint's only client secret does not begin with "
	}
	return begins + hint + ": this is the secret of another blueprint, or one that was removed."
}

// secret is about a client secret that is wrong, over or missing.
func (t *teller) secret(s *told) {
	if t.asker == entra.AskerBlueprint {
		s.because(t.try.secretClue)
		if t.hop.Err.AADSTS == 7000222 {
			s.because(t.ended(t.try.blueprint))
		}
		t.addSecret(s, t.try.blueprint)
		return
	}
	s.because(t.try.secretClue)
	s.in("client_secret")
	if t.hop.Name == entra.HopTR && t.trace.Mode == entra.ModeDeviceCode {
		s.in("app_id")
	}
	agent, blueprint := t.client()
	switch {
	case agent != nil:
		s.Explanation = entra.Explanation{
			Meaning: "The App ID is that of the agent identity " + agent.DisplayName + ", and an agent identity has no credential of its own.",
			Cause:   "Its blueprint proves itself in its place: T1 comes first.",
			Fix:     "Ask in one of the modes of agents, with the secret of its blueprint.",
		}
		s.at(t.lab(entra.ModeAutonomous, "agent", agent.ID), "Ask as the agent identity")
	case blueprint != nil:
		t.addSecret(s, blueprint)
	}
}

// addSecret leads to another secret: where some secret can work, typing it is
// the likelier remedy.
func (t *teller) addSecret(s *told, b *graph.Blueprint) {
	if b == nil {
		s.in("client_secret")
		return
	}
	s.at(newSecretPath(b.ID), "Add client secret")
	over, last := t.allOver(b)
	switch {
	case over != "":
		if t.hop.Err.AADSTS != 7000222 || t.ended(b) == "" {
			s.Cause = "The last client secret ended " + views.UTC(last) + "."
		}
		s.Meaning, s.Fix = over+" of this blueprint have ended, so no secret can work.", "Add a client secret, and ask with it."
	case len(b.PasswordCredentials) > 0:
		s.firstIn("client_secret")
	}
}

// allOver says which credentials of a blueprint have all ended, when its
// secrets have, and when the last of those did; empty while one lives.
func (t *teller) allOver(b *graph.Blueprint) (which string, last time.Time) {
	now := t.h.Now()
	for _, p := range b.PasswordCredentials {
		if p.EndDateTime.IsZero() || p.EndDateTime.After(now) {
			return "", last
		}
		if p.EndDateTime.After(last) {
			last = p.EndDateTime
		}
	}
	if last.IsZero() {
		return "", last
	}
	lives := func(k graph.KeyCredential) bool { return k.EndDateTime.IsZero() || k.EndDateTime.After(now) }
	trusted, err := t.g.FederatedCredentials(t.ctx, b.ID)
	if err != nil || len(trusted) > 0 || slices.ContainsFunc(b.KeyCredentials, lives) {
		return "All client secrets", last
	}
	return "All credentials", last
}

// ended says when the secret that was sent has ended, where its hint tells it
// from the others.
func (t *teller) ended(b *graph.Blueprint) string {
	if b == nil {
		return ""
	}
	var found []graph.PasswordCredential
	for _, f := range t.hop.Request {
		for _, p := range b.PasswordCredentials {
			if f.Name == "client_secret" && f.Hint != "" && f.Hint == p.Hint+"…" {
				found = append(found, p)
			}
		}
	}
	if len(found) != 1 {
		return ""
	}
	return "The secret with the hint " + found[0].Hint + " ended " + views.UTC(found[0].EndDateTime) + ", and nobody rotated it before."
}

// client is what the App ID of a plain grant really is, where it is one of an
// agent identity or a blueprint.
func (t *teller) client() (*graph.AgentIdentity, *graph.Blueprint) {
	if agent, err := t.g.AgentIdentity(t.ctx, t.hop.ClientID); err == nil {
		return agent, nil
	}
	if blueprint, err := t.g.BlueprintByAppID(t.ctx, t.hop.ClientID); err == nil {
		return nil, blueprint
	}
	return nil, nil
}

// assertion is about a certificate's or a federated token as the credential.
func (t *teller) assertion(s *told) {
	field := t.credentialField()
	s.in(field)
	if t.asker != entra.AskerBlueprint || field != "certificate" || t.hop.Err.AADSTS != 700027 {
		return
	}
	if b := t.try.blueprint; b != nil && len(b.KeyCredentials) == 0 {
		s.because("The blueprint has no certificate at all.")
	}
	t.atBlueprint(s, "/certificates/new", "Add certificate", field)
	if b := t.try.blueprint; b != nil && len(b.KeyCredentials) > 0 {
		s.firstIn(field)
	}
}

// federation is about the federated credentials of the client.
func (t *teller) federation(s *told) {
	switch t.asker {
	case entra.AskerPartner:
		s.in("other_app_id")
		if t.hop.Err.AADSTS == 700213 {
			s.in("agent")
		}
		return
	case entra.AskerBlueprint:
	default:
		s.in(t.credentialField())
		return
	}
	if t.hop.Err.AADSTS == 70025 {
		t.atBlueprint(s, "/federated/new", "Add federated credential", "assertion")
		return
	}
	s.because(t.compared())
	t.atBlueprint(s, "/credentials", "Compare with its credentials", "assertion")
}

// compared sets what the token says against what the blueprint trusts.
func (t *teller) compared() string {
	if t.try.blueprint == nil {
		return ""
	}
	trusted, err := t.g.FederatedCredentials(t.ctx, t.try.blueprint.ID)
	if err != nil {
		return ""
	}
	part := map[int]struct {
		name string
		of   func(graph.FederatedCredential) string
	}{
		700211: {"issuer", func(f graph.FederatedCredential) string { return f.Issuer }},
		700212: {"audience", func(f graph.FederatedCredential) string { return strings.Join(f.Audiences, " ") }},
		700213: {"subject", func(f graph.FederatedCredential) string { return f.Subject }},
	}[t.hop.Err.AADSTS]
	given := quoted(t.hop.Err.Description, "presented assertion "+part.name+" '")
	if part.of == nil || given == "" {
		return ""
	}
	var values []string
	for _, f := range trusted {
		if value := part.of(f); !slices.Contains(values, value) && len(values) < 3 {
			values = append(values, cut(value, 200))
		}
	}
	return "The token's " + part.name + " is " + given + "; the blueprint trusts " + strings.Join(values, " or ") + "."
}
