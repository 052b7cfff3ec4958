package handlers

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"agentidportal/entra"
)

// askToken asks the sandbox for a token as a client would.
func (p *testPortal) askToken(form url.Values) (answer struct {
	Access string `json:"access_token"`
	ID     string `json:"id_token"`
},
) {
	p.t.Helper()
	res, err := http.PostForm(p.info.Authority+"/"+p.info.TenantID+"/oauth2/v2.0/token", form) //nolint:gosec,noctx // the test's own server
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	var refused struct {
		Description string `json:"error_description"`
	}
	var raw json.RawMessage
	if err := json.NewDecoder(res.Body).Decode(&raw); err != nil {
		p.t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK {
		_ = json.Unmarshal(raw, &refused)
		p.t.Fatalf("%s: %d %s", form.Get("grant_type"), res.StatusCode, refused.Description)
	}
	if err := json.Unmarshal(raw, &answer); err != nil {
		p.t.Fatal(err)
	}
	return answer
}

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// asAgent adds to a form what the agent identity proves itself with.
func (p *testPortal) asAgent(t1 string, form url.Values) url.Values {
	form.Set("client_id", p.info.Seed.Agent.ID)
	form.Set("client_assertion_type", assertionType)
	form.Set("client_assertion", t1)
	return form
}

// tokensOfEveryKind are real tokens of the sandbox, one of each kind.
func (p *testPortal) tokensOfEveryKind() map[entra.TokenKind]string {
	p.t.Helper()
	seed, client, person := p.info.Seed, p.info.Client, p.persona("user")
	blueprint := func(form url.Values) url.Values {
		form.Set("grant_type", "client_credentials")
		form.Set("client_id", seed.Blueprint.AppID)
		form.Set("client_secret", seed.Blueprint.ClientSecret)
		return form
	}
	t1 := p.askToken(blueprint(url.Values{"scope": {entra.ExchangeScope}, "fmi_path": {seed.Agent.ID}})).Access
	t2 := p.askToken(p.asAgent(t1, url.Values{"grant_type": {"client_credentials"}, "scope": {entra.ExchangeScope}})).Access
	signIn := p.askToken(url.Values{
		"grant_type": {"password"}, "client_id": {client.ClientID}, "client_secret": {client.ClientSecret}, "username": {person.UPN}, "password": {person.Password},
		"scope": {seed.Blueprint.Scope + " openid profile email"},
	})
	return map[entra.TokenKind]string{
		entra.KindT1:         t1,
		entra.KindT2:         t2,
		entra.KindBlueprint:  p.askToken(blueprint(url.Values{"scope": {entra.GraphDefaultScope}})).Access,
		entra.KindAutonomous: p.askToken(p.asAgent(t1, url.Values{"grant_type": {"client_credentials"}, "scope": {entra.GraphDefaultScope}})).Access,
		entra.KindOnBehalfOf: p.askToken(p.asAgent(t1, url.Values{
			"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {signIn.Access}, "requested_token_use": {"on_behalf_of"}, "scope": {entra.GraphDefaultScope},
		})).Access,
		entra.KindAgentUser: p.askToken(p.asAgent(t1, url.Values{
			"grant_type": {"user_fic"}, "user_federated_identity_credential": {t2}, "user_id": {seed.AgentUser.ID}, "scope": {entra.GraphDefaultScope},
		})).Access,
		entra.KindUserToken: signIn.Access,
		entra.KindIDToken:   signIn.ID,
		entra.KindOrdinaryApp: p.askToken(url.Values{
			"grant_type": {"client_credentials"}, "client_id": {client.ClientID}, "client_secret": {client.ClientSecret}, "scope": {entra.GraphDefaultScope},
		}).Access,
	}
}

// Every claim of every kind of token of the sandbox stands in the dictionary, at
// a place of its own, as one that such a token carries.
func TestTheDictionaryKnowsEveryTokenOfTheSandbox(t *testing.T) {
	p := newTestPortal(t)
	dictionary := p.get("/help/claims")
	for kind, token := range p.tokensOfEveryKind() {
		j, err := entra.Decode(token)
		if err != nil || len(j.Notes) > 0 {
			t.Fatalf("%s: %v %v", kind, err, j.Notes)
		}
		for _, claim := range j.Claims {
			entry, ok := entra.DictionaryEntry(claim.Name)
			if !ok || dictionary.Find("[id='"+entry.Anchor()+"']").Length() != 1 {
				t.Errorf("%s: %s has no place in the dictionary", kind, claim.Name)
				continue
			}
			if kind != entra.KindOrdinaryApp && !slices.Contains(entry.In, kind) {
				t.Errorf("%s: the dictionary does not say that it carries %s", kind, claim.Name)
			}
		}
		for _, parameter := range j.Header {
			if entry, ok := entra.HeaderEntry(parameter.Name); !ok || dictionary.Find("[id='"+entry.HeaderAnchor()+"']").Length() != 1 {
				t.Errorf("%s: header %s has no place in the dictionary", kind, parameter.Name)
			}
		}
		page := p.post("/tokens/inspect", url.Values{"token": {token}})
		if page.status != http.StatusOK || page.says("main", "Not described") || !page.says("main", "Signature valid") {
			t.Errorf("%s: %d: %s", kind, page.status, page.text("main"))
		}
	}
}
