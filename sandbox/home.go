package sandbox

import (
	"fmt"
	"net/http"
)

// showHome is the page at the root: what this is, where everything is, which seeds there are, and
// which knobs are on.
func (s *Sandbox) showHome(w http.ResponseWriter, _ *http.Request) {
	tenant := "/" + tenantID
	s.showPage(w, http.StatusOK, "", pageData{Title: "Sandbox tenant", Name: "home", Links: []link{
		{"GET", "/_sandbox/info", "What a program needs to know: addresses, clients, personas, seeded objects."},
		{"GET", "/_sandbox/journal", "Every request the pretend Entra and Graph answered; ?after=N for newer ones."},
		{"GET", "/_sandbox/knobs", "Replication lag, latency, faults, switches; PUT changes them."},
		{"GET", "/_sandbox/clock", "The clocks of directory and tokens; POST moves them."},
		{"GET", "/_sandbox/export", "The whole tenant as one document."},
		{"POST", "/_sandbox/import", "An export in place of this tenant."},
		{"POST", "/_sandbox/reset", `Back to a seed: the body may be {"seed":"small"}.`},
		{"POST", "/_sandbox/keys/rotate", "A new signing key; the old one stays in the key set."},
		{"POST", "/_sandbox/federation/token", "A token of an issuer outside Entra, for a federated credential; a managed identity's comes from GET /_sandbox/managed-identity/token with the header Metadata: true."},
		{"GET", tenant + "/v2.0/.well-known/openid-configuration", "OpenID Connect discovery."},
		{"GET", tenant + "/discovery/v2.0/keys", "The keys that sign tokens."},
		{"POST", tenant + "/oauth2/v2.0/token", "Tokens."},
		{"GET", "/" + partnerTenantID() + "/v2.0/.well-known/openid-configuration", "A second tenant, with one application that trusts the seeded agent."},
		{"GET", "/devicelogin", "Where a person types the code that a device shows."},
		{"POST", "/v1.0/applications/microsoft.graph.agentIdentityBlueprint", "Graph, with a bearer token; also below /beta."},
		{"GET (token)", "/subscriptions?api-version=2022-12-01", "Azure Resource Manager: the subscription that the seeded agent may read."},
		{"GET (token)", "/echo", "An API that answers with the caller as it saw it."},
	}, Seeds: []field{
		{seedSmall, "Every token mode works at once, and a few blueprints are in states that somebody should look into."},
		{seedLarge, "The same and 10,000 agent identities in 40 blueprints."},
		{seedEmpty, "People, groups, the two applications and the Echo API, no agents."},
	}, Seed: s.Info().Seed.Name, KnobsOn: s.knobValues().words()})
}

// words say which knobs are not at their default.
func (k knobValues) words() []string {
	usual, lines := defaultKnobs().knobValues, []string{}
	say := func(on bool, text string, args ...any) {
		if on {
			lines = append(lines, fmt.Sprintf(text, args...))
		}
	}
	say(k.LagMs != usual.LagMs, "Replication lag.")
	say(k.LatencyMs > 0, "Latency of %d ms.", k.LatencyMs)
	for _, f := range k.Faults {
		say(!f.spent(), "Fault %s at %s, %d hits so far.", f.Kind, f.Path, f.Hits)
	}
	say(k.ClockOffsetSec != 0, "The directory's clock is moved by %d seconds.", k.ClockOffsetSec)
	say(k.switches() != usual.switches(), "A switch is not as usual.")
	return lines
}

// switches are the values that are on or off, in a form that can be compared.
func (k knobValues) switches() [6]bool {
	return [6]bool{k.TokenClock, k.AgentFields, k.CascadeAgentUsers, k.DelegatedCreate, k.UserConsent, k.AgentConsent}
}
