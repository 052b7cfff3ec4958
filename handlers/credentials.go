package handlers

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"time"

	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/views"
)

// soon is how long before its end a credential needs somebody.
const soon = 30 * 24 * time.Hour

// The kinds of credentials, as rows name them.
const (
	kindSecret      = "Client secret"
	kindCertificate = "Certificate"
	kindFederated   = "Federated credential"
)

// readFederated reads the federated credentials into a blueprint; fault says why
// they are not known.
func readFederated(ctx context.Context, g *graph.Client, b *graph.Blueprint, fault *string) (err error) {
	b.Federated, err = g.FederatedCredentials(ctx, b.ID)
	return part(err, fault)
}

// credentialRows are the secrets, certificates and federated credentials of a
// blueprint, as far as they were read: the next one to end first, then those
// without an end, ended ones last.
func credentialRows(b *graph.Blueprint, now time.Time) []views.CredentialRow {
	var rows []views.CredentialRow
	for _, s := range b.PasswordCredentials {
		rows = append(rows, views.CredentialRow{
			Kind: kindSecret, Name: s.DisplayName, Hint: s.Hint, KeyID: s.KeyID,
			Starts: s.StartDateTime, Ends: s.EndDateTime, State: endWords(s.EndDateTime, now),
		})
	}
	for _, k := range b.KeyCredentials {
		rows = append(rows, views.CredentialRow{
			Kind: kindCertificate, Name: k.DisplayName, KeyID: k.KeyID,
			Starts: k.StartDateTime, Ends: k.EndDateTime, State: endWords(k.EndDateTime, now),
		})
	}
	for _, f := range b.Federated {
		rows = append(rows, views.CredentialRow{Kind: kindFederated, Name: f.Name, KeyID: f.ID, State: endWords(time.Time{}, now)})
	}
	slices.SortStableFunc(rows, func(a, b views.CredentialRow) int {
		if ended := cmp.Compare(order(a.Ends, now), order(b.Ends, now)); ended != 0 {
			return ended
		}
		return a.Ends.Compare(b.Ends)
	})
	return rows
}

// order puts ended credentials last and those without an end before them.
func order(end, now time.Time) int {
	switch {
	case end.IsZero():
		return 1
	case end.After(now):
		return 0
	default:
		return 2
	}
}

func endWords(end, now time.Time) views.CredentialState {
	switch {
	case end.IsZero():
		return views.CredentialState{Text: "No end", Tone: views.ToneOK}
	case !end.After(now):
		return views.CredentialState{Text: "Ended", Tone: views.ToneDanger}
	case end.Sub(now) <= soon:
		return views.CredentialState{Text: "Ends in " + days(end.Sub(now)), Tone: views.ToneWarn}
	default:
		return views.CredentialState{Text: "Ends in " + days(end.Sub(now)), Tone: views.ToneOK}
	}
}

func days(d time.Duration) string {
	if d < 24*time.Hour {
		return "less than a day"
	}
	return views.Plural(int(d/(24*time.Hour)), "day")
}

// nextCredential is the state of a blueprint's credentials in one cell: the
// next to end of those that are valid.
func nextCredential(b *graph.Blueprint, now time.Time) views.CredentialState {
	return credentialWords(provision.CredentialsOf(b), now)
}

// credentialWords is the same of credentials that a snapshot holds.
func credentialWords(credentials []models.Credential, now time.Time) views.CredentialState {
	next, ended := provision.NextEnd(credentials, now)
	if next == nil && ended {
		return views.CredentialState{Text: "All ended", Tone: views.ToneDanger}
	}
	if next == nil {
		return views.CredentialState{Text: "None", Tone: views.ToneMuted}
	}
	kind := map[string]string{models.CredentialSecret: "Secret", models.CredentialCertificate: kindCertificate}[next.Kind]
	switch {
	case next.Kind == models.CredentialFederated:
		return views.CredentialState{Text: "Federated: " + federatedWords(credentials)}
	case next.Ends.IsZero():
		return views.CredentialState{Text: kind + ", no end"}
	case next.Ends.Sub(now) <= soon:
		return views.CredentialState{Text: kind + ", " + days(next.Ends.Sub(now)), Tone: views.ToneWarn}
	}
	return views.CredentialState{Text: kind + ", " + days(next.Ends.Sub(now))}
}

// federatedWords names whose tokens a blueprint trusts.
func federatedWords(credentials []models.Credential) string {
	words, more := "", 0
	for _, c := range credentials {
		switch {
		case c.Kind != models.CredentialFederated:
		case words == "":
			words = scenarioWords(graph.FederatedCredential{Issuer: c.Issuer, Subject: c.Subject})
		default:
			more++
		}
	}
	if more > 0 {
		words += " and " + views.Count(more) + " more"
	}
	return words
}

// scenarioWords names the issuer of a federated credential: what runs there, or
// its host.
func scenarioWords(f graph.FederatedCredential) string {
	switch provision.ScenarioOf(f) {
	case provision.FederatedGitHub:
		return "GitHub Actions"
	case provision.FederatedKubernetes:
		return "Kubernetes"
	case provision.FederatedManagedIdentity:
		return "managed identity"
	}
	if u, err := url.Parse(f.Issuer); err == nil && u.Host != "" {
		return u.Host
	}
	return "another issuer"
}

// credentialProofs are what the rows prove themselves by, and lives that are too
// long.
func credentialProofs(b *graph.Blueprint) []views.CredentialProof {
	var proofs []views.CredentialProof
	for _, s := range b.PasswordCredentials {
		proofs = append(proofs, views.CredentialProof{KeyID: s.KeyID, Overlong: overlongWords(s.StartDateTime, s.EndDateTime, "rotate it to one of a year at most.")})
	}
	for _, k := range b.KeyCredentials {
		proofs = append(proofs, views.CredentialProof{KeyID: k.KeyID, Thumbprint: provision.ThumbprintOf(k), Overlong: overlongWords(k.StartDateTime, k.EndDateTime, "add one of a year at most, then remove this.")})
	}
	for _, f := range b.Federated {
		proofs = append(proofs, views.CredentialProof{
			KeyID: f.ID, Scenario: "Tokens of " + scenarioWords(f), Issuer: f.Issuer, Subject: f.Subject, Audiences: f.Audiences,
		})
	}
	return proofs
}

// overlongWords warn of a credential that lives longer than a year: one that leaks
// works for as long. fix says what to do.
func overlongWords(starts, ends time.Time, fix string) string {
	life := ends.Sub(starts)
	if starts.IsZero() || ends.IsZero() || life <= provision.CredentialLongest {
		return ""
	}
	return "It lives " + days(life) + ". Whoever finds it can use it as long: " + fix
}

// credentialFinding is what somebody has to do about a blueprint's credentials;
// nil when nothing.
func credentialFinding(b *graph.Blueprint, now time.Time) *views.Finding {
	rows := credentialRows(b, now)
	if len(rows) == 0 {
		return nil
	}
	f := &views.Finding{Href: "/blueprints/" + b.ID, Act: "Open", ActHref: "/blueprints/" + b.ID}
	name := views.Named(b.DisplayName, b.ID)
	switch end := rows[0].Ends; {
	case end.IsZero() || end.Sub(now) > soon:
		return nil
	case !end.After(now):
		f.Tone, f.Title = views.ToneDanger, "Every credential of "+name+" has ended"
		f.Detail = "Its agent identities get no tokens. The last one ended " + views.UTC(lastEnd(rows)) + "."
	default:
		f.Tone, f.Title = views.ToneWarn, rows[0].Kind+" of "+name+" ends in "+days(end.Sub(now))
		f.Detail = "Ends " + views.UTC(end) + ". Its agent identities get their tokens with it."
	}
	return f
}

func lastEnd(rows []views.CredentialRow) time.Time {
	return slices.MaxFunc(rows, func(a, b views.CredentialRow) int { return a.Ends.Compare(b.Ends) }).Ends
}
