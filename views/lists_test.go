package views

import (
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"

	"agentidportal/entra/graph"
)

func TestNamesFitForAPage(t *testing.T) {
	for in, want := range map[string]string{
		"Invoice helper":         "Invoice helper",
		"":                       "(no name) id",
		" \t\u00a0":              "(no name) id",
		"\u200b":                 "⟨U+200B⟩",
		"Two \u202eevil\u2069":   "Two ⟨U+202E⟩evil⟨U+2069⟩",
		"<script>":               "<script>",
		"عميل الفواتير":          "عميل الفواتير",
		strings.Repeat("x", 256): strings.Repeat("x", 256),
	} {
		if got := Named(in, "id"); got != want {
			t.Errorf("%q is shown as %q, want %q", in, got, want)
		}
	}
}

func TestADirectoryFullOfHostileNames(t *testing.T) {
	p := testPage()
	now := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	refs := People{Refs: []graph.PrincipalRef{{ID: "1", Kind: graph.KindUser, DisplayName: hostile, UPN: hostile}, {ID: "2", Kind: graph.KindOther}}}
	list := ObjectList{
		Kind: "blueprint", Thing: "blueprint", Query: hostile, ClearAll: "/x", Chips: []Chip{{Name: "Search", Value: hostile, RemoveHref: "/x"}},
		Heads: agentColumns(), Paging: Paging{Text: hostile}, Drafts: []DraftRow{{ID: "i", Name: hostile, Step: hostile}}, Tickable: true,
		Filters: []ListFilter{{Label: hostile, Name: "sponsor", Options: []Option{{Label: hostile, Value: hostile}}}}, Kept: []Option{{Label: "q", Value: hostile}},
		Rows: []ListRow{{ID: "i", Name: hostile, Href: "/blueprints/i", Tick: hostile, Cells: []ListCell{
			{Text: hostile}, {Text: hostile, Href: "/x"}, {Text: hostile, ID: true}, {Text: hostile, Tone: ToneWarn}, {Text: hostile, Number: true, Href: "/x"},
		}}},
		Snapshot: SnapshotOf{ReadAt: now, ReadBy: hostile, Unread: []string{hostile}, Fault: hostile, Again: "/blueprints?q=" + hostile},
	}
	row := AgentRow{ID: "a", Name: hostile, BlueprintAppID: "b", BlueprintName: hostile}
	head := ObjectHead{Mark: "blueprint", Again: "/x", Calls: []graph.Sent{{Method: "GET", Path: hostile, RequestID: hostile}}, Tabs: []Tab{{Text: hostile, Href: "/x"}}}
	tree := Tree{Summary: hostile, Heads: []string{hostile}, Root: TreeBox{Mark: "blueprint", Name: hostile, Second: hostile, Href: "/x"}}
	blueprint := graph.Blueprint{ID: "i", AppID: "b", DisplayName: hostile, Tags: []string{hostile}, IdentifierURIs: []string{hostile}, SignInAudience: hostile}
	pages := map[string]templ.Component{
		"list":       ListPageOf(p, list),
		"empty list": ListPageOf(p, ObjectList{Kind: "agentUser", Query: hostile, Chips: list.Chips, ClearAll: "/x"}),
		"blueprint": BlueprintPage(p, BlueprintDetail{
			ObjectHead: head, Tree: tree,
			Blueprint: blueprint, Findings: []Finding{{Title: hostile, Detail: hostile}}, Owners: refs, Sponsors: refs, Agents: AgentsOf{Rows: []AgentRow{row}},
			Origin: Origin{Who: hostile, RunID: hostile}, Runs: []ObjectRun{{Number: "1", Title: hostile, Owner: hostile, State: hostile}},
		}),
		"principal": PrincipalPage(p, PrincipalDetail{
			ObjectHead: head, Tree: tree, Principal: graph.BlueprintPrincipal{ID: "i", DisplayName: hostile, OwnerTenantID: hostile, Tags: []string{hostile}},
			Family: Family{Home: Home{Elsewhere: true, Publisher: hostile}}, Owners: refs, Sponsors: refs, Agents: AgentsOf{Fault: hostile},
		}),
		"credentials": BlueprintCredentialsPage(p, BlueprintCredentials{
			ObjectHead: head, Rows: []CredentialRow{{Kind: hostile, Name: hostile, Hint: hostile, KeyID: hostile, RemoveHref: "/x"}},
		}),
		"identities": ObjectAgentsPage(p, ObjectAgents{ObjectHead: head, Agents: AgentsOf{Rows: []AgentRow{row}}, Total: hostile}),
		"people":     ObjectPeoplePage(p, ObjectPeople{ObjectHead: head, Owners: refs, Sponsors: refs}),
		"audit":      ObjectAuditPage(p, ObjectAudit{ObjectHead: head, Rows: []AuditRow{{ActRow: ActRow{Who: hostile, What: hostile, Target: hostile, Result: hostile}, Action: hostile}}}),
		"json": ObjectJSONPage(p, ObjectJSON{
			ObjectHead: head, Select: hostile, Errors: []FieldError{{Field: "f-select", Text: hostile}}, Call: hostile, Body: hostile,
			Refused: &GraphRefusal{Status: 400, Code: hostile, Message: hostile},
		}),
		"agent": AgentPage(p, AgentDetail{
			ObjectHead: head, Tree: tree, Family: Family{BlueprintFault: hostile},
			Agent:  graph.AgentIdentity{ID: "a", DisplayName: hostile, AgentIdentityBlueprintID: hostile, Tags: []string{hostile}},
			Owners: refs, Sponsors: refs, Origin: Origin{App: hostile},
		}),
		"overview": OverviewPage(p, Overview{
			GraphFault: hostile, Figures: []FigureOf{{Label: hostile, Number: hostile}}, Findings: []Finding{{Title: hostile, Detail: hostile, Act: hostile}},
			ActsNote: hostile, Acts: []ActRow{{Who: hostile, What: hostile, Target: hostile, Result: hostile}}, Tenant: TenantFacts{Name: hostile},
		}),
	}
	for name, page := range pages {
		doc := document(t, page)
		if n := doc.Find("script:not([src]), img, iframe").Length(); n != 0 {
			t.Errorf("%s: %d elements that no template writes", name, n)
		}
		if !strings.Contains(doc.Find("main").Text(), hostile) {
			t.Errorf("%s: the name is not shown as it was given", name)
		}
		doc.Find("a[href]").Each(func(_ int, a *goquery.Selection) {
			if href := a.AttrOr("href", ""); !strings.HasPrefix(href, "/") && !strings.HasPrefix(href, "#") && href != "" {
				t.Errorf("%s: a link to %s", name, href)
			}
		})
	}
}
