package views

import (
	"strings"
	"time"
)

// Sample is a text that the components page puts wherever a text from outside
// may stand.
type Sample struct{ Key, Label, Text string }

// Samples are the texts that a part must bear: an ordinary one, the longest
// name a directory holds (256 characters), a word without a place to break, a
// name written from right to left, and none.
func Samples() []Sample {
	return []Sample{
		{"", "Ordinary", "Invoice helper"},
		{"long", "256 characters", strings.Repeat("Invoice helper of the shared services ", 7)[:256]},
		{"word", "A word of 64", strings.Repeat("Rechnungshilfe", 5)[:64]},
		{"rtl", "Right to left", "مساعد الفواتير 01"},
		{"empty", "Empty", ""},
	}
}

// sampleOf is the sample of a key; an unknown one is the ordinary.
func sampleOf(key string) Sample {
	for _, s := range Samples() {
		if s.Key == key {
			return s
		}
	}
	return Samples()[0]
}

// Ids of the samples; they belong to nobody.
const (
	sampleID    = "5d21f0c8-3b7e-4f19-a6d4-0c92e18b7a45"
	sampleAgent = "4b8e6d17-a952-4c3f-8d60-f1e27ab3905c"
)

// sampleTones are the tones in the order of the components page.
func sampleTones() []Tone {
	return []Tone{ToneInfo, ToneOK, ToneWarn, ToneDanger, ToneSandbox, ToneWait, ToneSecret, ToneMuted, ToneOpen}
}

// sampleKinds are the kinds of objects, by mark and name.
func sampleKinds() []Option {
	return []Option{
		{Value: "blueprint", Label: "Blueprint"},
		{Value: "blueprintPrincipal", Label: "Principal"},
		{Value: "agentIdentity", Label: "Agent identity"},
		{Value: "agentUser", Label: "Agent user"},
		{Value: "user", Label: "Person"},
		{Value: "group", Label: "Group"},
	}
}

func sampleTabs(current Sample) []Tab {
	var tabs []Tab
	for _, s := range Samples() {
		tab := Tab{Text: s.Label, Href: "/components", Current: s.Key == current.Key}
		if s.Key != "" {
			tab.Href += "?text=" + s.Key
		}
		tabs = append(tabs, tab)
	}
	return tabs
}

func sampleColumns() []Column {
	return []Column{
		{Title: "Select", Silent: true},
		{Title: "Name", SortHref: "?sort=-name", Sorted: "ascending"},
		{Title: "Status"},
		{Title: "Agents", Number: true},
		{Title: "Credential"},
		{Title: "Created (UTC)", SortHref: "?sort=created"},
		{Title: "App ID"},
	}
}

func sampleRail(s string) []RailStep {
	return []RailStep{
		{Name: "Basics", Note: "Done", Href: "/components", State: "done"},
		{Name: s, Note: "2 fields to fix", State: "error"},
		{Name: "Credential", Note: "You are here", State: "current"},
		{Name: "Agent identities", Note: "After step 3", State: "locked"},
		{Name: "Review", Note: "After step 4", State: "locked"},
	}
}

func samplePicker(s string) Picker {
	person := Picked{ID: sampleID, Mark: "user", Name: s, Second: "sponsor@sandbox.example", Kind: "User"}
	return Picker{
		List: "sponsors", Label: "Sponsors", Hint: "At least one. " + s, Error: "Choose a person or a group. " + s, FindLabel: "Find a sponsor",
		Chosen: []Picked{person}, None: "Nobody yet", Words: s, Asked: true,
		Found: []Found{
			{Picked: Picked{ID: sampleAgent, Mark: "group", Name: s, Second: "invoice-team@sandbox.example", Kind: "Group, 6 members"}},
			{Picked: Picked{ID: "c", Mark: "agentUser", Name: s, Second: "invoice-02@sandbox.example", Kind: "Agent user"}, Refusal: "Not eligible"},
			{Picked: person, Chosen: true},
		},
	}
}

// sampleSteps are the steps of a run, one for each state and one adopted.
func sampleSteps(s string) []StepView {
	const call = "POST /v1.0/servicePrincipals/microsoft.graph.agentIdentity"
	return []StepView{
		{Number: 1, State: "done", Name: "Create blueprint " + s, Call: "POST /v1.0/applications/microsoft.graph.agentIdentityBlueprint", Status: "Created", Tone: ToneOK, Right: "412 ms"},
		{Number: 2, State: "done", Name: "Create agent identity " + s, Call: call + ", answer lost; found by reading, not sent again", Status: "Adopted", Tone: ToneOK, Right: "9.4 s"},
		{Number: 3, State: "failed", Name: "Add a sponsor to " + s, Call: "POST /v1.0/servicePrincipals/{id}/sponsors/$ref", Status: "Refused, 403", Tone: ToneDanger, Right: "121 ms"},
		{Number: 4, State: "waiting", Name: "Create agent identity " + s, Call: call, Status: "Attempt 4 of 12", Tone: ToneWait, Right: "next in 8 s"},
		{Number: 5, State: "started", Name: "Create agent identity " + s, Call: call, Status: "Sent", Tone: ToneWait},
		{Number: 6, State: "unknown", Name: "Add client secret", Call: "POST /v1.0/applications/{id}/addPassword", Status: "Unknown", Tone: ToneWarn, Right: "30.0 s"},
		{Number: 7, State: "planned", Name: "Create agent identity " + s, Call: call, Status: "Planned"},
	}
}

func sampleClaims(s string) []ClaimRow {
	return []ClaimRow{
		{Name: "aud", Value: "https://graph.microsoft.com", Says: "Meant for Microsoft Graph.", For: "Expected"},
		{Name: "xms_par_app_azp", Value: sampleID, Says: "Parent: the blueprint " + s + ".", For: "Present"},
		{Name: "roles", Says: "No application role is granted. Graph will refuse most calls.", For: "Missing"},
		{Name: "scp", Value: "/", Says: "Seen in the documentation, not in real app tokens.", For: "Unexpected"},
		{Name: "name", Value: s, Says: s},
	}
}

func sampleSequence(s string) SequenceView {
	return SequenceView{
		Summary: "T1 was answered, T2 was refused, TR was not reached.",
		Lanes:   [3]Lane{{"Portal", "agent-admin@"}, {"Sign-in service", "/oauth2/v2.0/token"}, {"Microsoft Graph", "/v1.0"}},
		Rows: []SequenceRow{
			{Mark: "blueprint", Name: s, ShortID: "5d21f0c8…", Hop: "T1", Ask: "secret, fmi_path = " + s, Result: "200, T1 for 3599 s", State: "answered", Share: 0.6, Took: "96 ms"},
			{Mark: "agentIdentity", Name: s, ShortID: "4b8e6d17…", Hop: "T2", Ask: "T1 as assertion", Result: "401, AADSTS7000215", State: "refused", Share: 1, Took: "88 ms"},
			{Mark: "agentUser", Name: s, ShortID: "4b8e6d17…", Hop: "TR", Ask: "T1 and T2", Result: "not reached", State: "unreached", ToAPI: true},
		},
	}
}

func sampleObjects(s string) Tree {
	agents := []TreeBox{
		{Mark: "agentIdentity", Name: s, Second: sampleAgent, Href: "/components", Children: []TreeBox{{Mark: "agentUser", Name: "invoice-01@", Second: "sandbox.example"}}},
		{Mark: "agentIdentity", Name: s, Second: "disabled", Href: "/components", Dashed: true},
		{Name: "8 more agent identities", Href: "/components", Dashed: true},
	}
	principal := TreeBox{Mark: "blueprintPrincipal", Name: s, Second: sampleID, Href: "/components", Children: agents}
	return Tree{
		Summary: "A blueprint with its principal, 10 agent identities and one agent user.",
		Heads:   []string{"Blueprint", "Principal in this tenant", "Agent identities, 10", "Agent users, 1"},
		Root:    TreeBox{Mark: "blueprint", Name: s, Second: sampleID, Href: "/components", Own: true, Children: []TreeBox{principal}},
	}
}

// ago is a moment before the request.
func (p Page) ago(d time.Duration) time.Time { return p.Now.Add(-d) }
