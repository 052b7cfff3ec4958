package views

import (
	"time"

	"github.com/a-h/templ"
)

const sampleID = "5d21f0c8-3b7e-4f19-a6d4-0c92e18b7a45"

// samples is every part in the states it can have. s stands in every place
// where a text from outside may stand.
func samples(p Page, s string) templ.Component {
	return templ.Join(
		with(TitleRow(p, Title{Mark: "blueprint", Badge: s, BadgeTone: ToneOK}),
			LinkButton("/blueprints", "", "", s), PostButton("/x", "danger", "trash", s), LinkButton("/new", "primary", "plus-lg", "New")),
		Tabs("Parts of "+s, []Tab{{Text: s, Href: "/a", Current: true}, {Text: "Credentials", Href: "/b", Count: "1"}}),
		sampleStates(s), sampleNotices(s), sampleFacts(p, s), sampleTable(s), sampleForm(s), sampleRun(s), sampleHops(s), sampleRest(s),
	)
}

func sampleStates(s string) templ.Component {
	var all []templ.Component
	for _, tone := range []Tone{ToneInfo, ToneOK, ToneWarn, ToneDanger, ToneSandbox, ToneWait, ToneSecret, ToneMuted} {
		all = append(all, Badge(tone, string(tone)), text(" "), Status(tone, s), text(" "))
	}
	for _, kind := range []string{"blueprint", "blueprintPrincipal", "agentIdentity", "agentUser", "user", "group"} {
		all = append(all, KindMark(kind), text(" "+kind+" "))
	}
	return with(Section("States of "+s, "note "+s), all...)
}

func sampleNotices(s string) templ.Component {
	var all []templ.Component
	for _, tone := range []Tone{ToneInfo, ToneOK, ToneWarn, ToneDanger, ToneSandbox, ToneWait, ToneSecret} {
		all = append(all, with(Notice(tone, string(tone)+" "+s), markup("<p>"), text(s), markup("</p>"), with(Actions(), LinkButton("/x", "small", "", s))))
	}
	all = append(all, with(Verdict(ToneDanger, "Refused at T1: "+s, "Hop 1 of 2. "+s), LinkButton("#f-name", "primary small", "", "Type another secret")))
	return with(Section("Notices", ""), all...)
}

func sampleFacts(p Page, s string) templ.Component {
	return with(Columns(),
		with(Section("Facts", ""), with(Facts(), FactText("Name", s), FactText("Description", ""), FactID("App ID", sampleID),
			FactID("Object ID", ""), with(Fact("Created"), Time(p, testNow.Add(-18*time.Minute))), with(Fact("Used"), Time(p, time.Time{})))),
		with(Side("This tenant "+s), with(Section("Figures", ""), with(Figures(), Figure("blueprint", "Blueprints", "14", s, "/blueprints"), Figure("key", s, "0", "", ""))),
			with(Attention(), with(AttentionItem(ToneWarn, s, "/runs/1", s), LinkButton("/runs/1", "small", "", "Watch")))),
	)
}

func sampleTable(s string) templ.Component {
	columns := []Column{{Title: "Name", SortHref: "?sort=-name", Sorted: "ascending"}, {Title: "Agents", Number: true}, {Title: "Status"}, {Title: "App ID"}, {Title: "Created (UTC)"}, {Title: "Actions", Silent: true}}
	return templ.Join(
		with(FilterForm("/blueprints"), TextInput(Input{Label: "Search", Name: "q", Value: s}), SubmitButton("", "", "Apply")),
		Chips([]Chip{{Name: "Created", Value: s, RemoveHref: "/blueprints?x=1"}}, "/blueprints", "8 of 14 blueprints"),
		with(Table(TableOf{Label: "Blueprints " + s, Stacks: true, Columns: columns}),
			with(Row(true), with(NameCell("blueprint", s, "/blueprints/1"), text(s)), NumberCell("Agents", "0"), with(Cell("Status"), Status(ToneOK, "Enabled")), IDCell("App ID", sampleID), with(Cell("Created"), DayTime(testNow)), with(Cell("Actions"), PostButton("/x", "small", "", "Remove"))),
			with(Row(false), with(NameCell("", s, ""), text("")), NumberCell("Agents", "12"), TextCell("Status", ""), IDCell("App ID", ""), MonoCell("Created", s), TextCell("Actions", s))),
		Pagination(Paging{Text: "1-2 of 2 " + s, NextHref: "/blueprints?next=x"}),
		with(Empty("agentIdentity", "No agent identities yet "+s), markup("<p>"), text(s), markup("</p>"), with(Actions(), LinkButton("/new", "primary", "", "New"))),
	)
}

func sampleForm(s string) templ.Component {
	options := []Option{{Value: "a", Label: s, Group: "One " + s}, {Value: "b", Label: "B", Group: "One " + s}, {Value: "c", Label: "C"}}
	return with(Section("Form", ""),
		Rail("Steps of the form", []RailStep{{Name: "Basics", Note: "Done", Href: "/1", State: "done"}, {Name: s, Note: "2 fields to fix", State: "error"}, {Name: "Review", Note: "After step 2", State: "locked"}}),
		ErrorSummary([]FieldError{{"f-name", s}, {"f-count", "How many: write a number"}}),
		with(Form("/blueprints/new", "Creating…"), Hidden("id", s),
			TextInput(Input{Label: "Display name", Name: "name", Value: s, Hint: s, Error: s}),
			TextInput(Input{Label: "How many", Name: "count", Type: "number", Min: "0", Max: "250", Value: "2", Optional: true}),
			SecretInput(Input{Label: "Client secret", Name: "secret", Value: s, Hint: "The value, not its ID."}),
			TextArea(Input{Label: "Token", Name: "token", Value: s, Mono: true}),
			Select(Input{Label: "Agent identity", Name: "agent", Value: "b", Error: "Choose an agent identity."}, options),
			Radios(Input{Label: "Who creates them", Name: "as", Value: "me", Hint: s}, []Option{{Value: "me", Label: "As me", Hint: s}, {Value: "blueprint", Label: "As the blueprint"}}),
			Checkbox(Input{Label: "Keep the secret", Name: "keep", Hint: s}, true),
			with(FormActions("Makes run 42. "+s), SubmitButton("primary", "", "Create"), LinkButton("/back", "", "", "Back"), LinkButton("/drop", "quiet", "", "Discard draft…")),
		))
}

func sampleRun(s string) templ.Component {
	steps := []templ.Component{}
	for i, state := range []string{"done", "failed", "waiting", "started", "unknown", "planned"} {
		steps = append(steps, with(Step(StepView{Number: i + 1, State: state, Name: s, Call: "POST /v1.0/applications/" + s, Status: s, Tone: ToneWait, Right: "412 ms"}), with(Notice(ToneWait, s), text(s))))
	}
	return with(Section("Steps", "8, of which 5 done"),
		with(RunFacts(), RunFact("Finished", "5 of 8 steps", ""), RunFact("Failed", "1", ToneDanger), Progress("Progress", 5, 8)),
		with(Steps(), steps...))
}

func sampleHops(s string) templ.Component {
	body := templ.Join(
		with(HopColumns(), with(HopColumn("Request"), with(WireFields(), with(WireField("client_id", sampleID, s), text("")), MaskedField("client_secret", s))), with(HopColumn("Answer"), with(WireFields(), with(WireField(s, "https://graph.microsoft.com/.default", ""), text(""))))),
		with(Claims("Claims of "+s), with(Claim(ClaimRow{Name: "aud", Value: s, Says: s, For: "Expected"}), text("")), with(Claim(ClaimRow{Name: "roles", Says: s, For: "Missing"}), text("")), with(Claim(ClaimRow{Name: "scp", Value: "/", Says: s, For: "Unexpected"}), text("")), with(Claim(ClaimRow{Name: "ver", Value: "1.0", Says: s, For: "Present"}), text("")), with(Claim(ClaimRow{Name: "x", Value: "1", Says: s}), text(""))),
	)
	return templ.Join(
		Sequence(SequenceView{Summary: s, Lanes: [3]Lane{{"Portal", s}, {"Sign-in service", "/oauth2/v2.0/token"}, {"Microsoft Graph", "/v1.0"}}, Rows: []SequenceRow{
			{Mark: "blueprint", Name: s, ShortID: "5d21f0c8…", Hop: "T1", Ask: s, Result: "401, AADSTS7000215", State: "refused", Share: 1, Took: "88 ms"},
			{Mark: "agentIdentity", Name: "Invoice helper 01", ShortID: "4b8e6d17…", Hop: "TR", Ask: "T1 as assertion", Result: "not reached", State: "unreached"},
			{Mark: "agentIdentity", Name: "Invoice helper 01", ShortID: "4b8e6d17…", Hop: "TR", Ask: "T1 as assertion", Result: "200, TR for 3599 s", State: "answered", Share: 0.4, Took: "203 ms", ToAPI: true},
		}}),
		with(Section("Links between the hops", "1 of 2 hold"), with(Checks("Links"), with(Check(true), text("T1 azp is the blueprint")), with(Check(false), text(s)))),
		with(HopCard(HopView{Name: "T1", Sentence: s, State: "refused", Status: "401 invalid_client", Duration: "88 ms"}), body),
		with(HopCard(HopView{Name: "T2", Sentence: "Agent exchanges T1", State: "answered", Status: "200", Duration: "104 ms", Signature: "Signature valid", SignatureTone: ToneOK, Warning: "1 claim missing", Folded: true, Summary: "Request, answer and 16 claims"}), text(s)),
		with(HopCard(HopView{Name: "TR", Sentence: s, State: "unreached", Note: "Not reached: it needs T1"}), text("")),
		TokenText(s, s, s),
	)
}

func sampleRest(s string) templ.Component {
	return with(Section("Code", ""), CodeBlock("Call 1 of 6, "+s, "curl -X POST "+s, false), CodeBlock("Answer body, as received", s, true), ID(sampleID), Path("/a/"+s), CopyWords(s, "Copy for support"), ClockTime(testNow))
}
