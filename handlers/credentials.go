package handlers

import (
	"cmp"
	"slices"
	"time"

	"agentidportal/entra/graph"
	"agentidportal/views"
)

// soon is how long before its end a credential needs somebody.
const soon = 30 * 24 * time.Hour

// credentialRows are the secrets and certificates of a blueprint, the next one
// to end first, ended ones last.
func credentialRows(b *graph.Blueprint, now time.Time) []views.CredentialRow {
	var rows []views.CredentialRow
	for _, s := range b.PasswordCredentials {
		rows = append(rows, views.CredentialRow{
			Kind: "Client secret", Name: s.DisplayName, Hint: s.Hint, KeyID: s.KeyID,
			Starts: s.StartDateTime, Ends: s.EndDateTime, State: endWords(s.EndDateTime, now),
		})
	}
	for _, k := range b.KeyCredentials {
		rows = append(rows, views.CredentialRow{
			Kind: "Certificate", Name: k.DisplayName, KeyID: k.KeyID,
			Starts: k.StartDateTime, Ends: k.EndDateTime, State: endWords(k.EndDateTime, now),
		})
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
	rows := credentialRows(b, now)
	if len(rows) == 0 {
		return views.CredentialState{Text: "None", Tone: views.ToneMuted}
	}
	next := rows[0]
	kind := "Secret"
	if next.Kind != "Client secret" {
		kind = "Certificate"
	}
	switch {
	case next.Ends.IsZero():
		return views.CredentialState{Text: kind + ", no end"}
	case !next.Ends.After(now):
		return views.CredentialState{Text: "All ended", Tone: views.ToneDanger}
	case next.Ends.Sub(now) <= soon:
		return views.CredentialState{Text: kind + ", " + days(next.Ends.Sub(now)), Tone: views.ToneWarn}
	default:
		return views.CredentialState{Text: kind + ", " + days(next.Ends.Sub(now))}
	}
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
