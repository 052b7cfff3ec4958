package views

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const treeID = "4b8e6d17-0000-4000-8000-000000000001"

// sampleTree is a blueprint with a principal and n agent identities.
func sampleTree(n int) Tree {
	principal := TreeBox{Mark: "blueprintPrincipal", Name: "Invoice helper", Second: treeID, Href: "/principals/p"}
	for range n {
		principal.Children = append(principal.Children, TreeBox{Mark: "agentIdentity", Name: "Agent", Second: treeID, Href: "/agents/a"})
	}
	return Tree{
		Summary: "A blueprint", Heads: []string{"Blueprint", "Principal", "Agent identities"},
		Root: TreeBox{Mark: "blueprint", Name: "Invoice helper", Second: "app " + treeID, Href: "/blueprints/b", Own: true, Children: []TreeBox{principal}},
	}
}

func TestPlacesOfATree(t *testing.T) {
	for n, want := range map[int]struct {
		y      []int // agents from top to bottom, then principal and blueprint
		height int
	}{
		0: {[]int{28, 28}, 80},
		1: {[]int{28, 28, 28}, 80},
		2: {[]int{28, 80, 54, 54}, 132},
		3: {[]int{28, 80, 132, 80, 80}, 184},
	} {
		tree := sampleTree(n)
		var y []int
		edges := 0
		for _, b := range tree.place() {
			y = append(y, b.y)
			if b.edge {
				edges++
			}
			if b.x+treeBoxWidth > tree.width() || b.y+treeBoxHeight > tree.height() {
				t.Errorf("%d agents: %q stands outside of the drawing", n, b.Name)
			}
		}
		if diff := cmp.Diff(want.y, y); diff != "" || tree.height() != want.height || edges != n+1 {
			t.Errorf("%d agents: height %d, want %d; %d edges; heights (-want +got):\n%s", n, tree.height(), want.height, edges, diff)
		}
	}
}

func TestEdgesOfATreeMeetTheirBoxes(t *testing.T) {
	for name, tt := range map[string]struct {
		box  placedBox
		want string
	}{
		"straight": {placedBox{x: 278, y: 28, fromX: 216, fromY: 50}, "M216 50H278"},
		"down":     {placedBox{x: 278, y: 80, fromX: 216, fromY: 50}, "M216 50H241q6 0 6 6V96q0 6 6 6H278"},
		"up":       {placedBox{x: 278, y: 28, fromX: 216, fromY: 102}, "M216 102H241q6 0 6 -6V56q0 -6 6 -6H278"},
		"a little": {placedBox{x: 278, y: 28, fromX: 216, fromY: 54}, "M216 54H247V50H278"},
	} {
		if got := tt.box.path(); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}

func TestATreeIsADrawingAndAList(t *testing.T) {
	tree := sampleTree(2)
	tree.SwitchHref = "/blueprints/b?tree=list"
	doc := document(t, TreeSection("Tree", "as of", tree))
	if n := doc.Find("svg.tree a").Length(); n != 4 {
		t.Errorf("%d boxes are links, want 4", n)
	}
	if got := doc.Find(`svg.tree a[aria-current="page"]`).AttrOr("aria-label", ""); got != "Invoice helper app 4b8e6d17…, blueprint" {
		t.Errorf("the own box is called %q", got)
	}
	if drawn := doc.Find("svg.tree").Text(); strings.Contains(drawn, treeID) || !strings.Contains(drawn, "app 4b8e6d17…") {
		t.Errorf("ids in the drawing: %s", drawn)
	}
	if n := strings.Count(doc.Find(".tree-list").Text(), treeID); n != 4 {
		t.Errorf("the list has %d whole ids, want 4", n)
	}
	if got := strings.TrimSpace(doc.Find(".tree-switch").Text()); got != "Show as list" {
		t.Errorf("the link says %q", got)
	}
	tree.AsList = true
	if doc := document(t, TreeSection("Tree", "", tree)); doc.Find("svg.tree").Length() != 0 || doc.Find(".tree-narrow").Length() != 0 {
		t.Error("a tree shown as a list is still drawn, or hidden on wide screens")
	}
}

func TestNamesAreCutToTheirBox(t *testing.T) {
	for in, want := range map[string]string{
		"Invoice":               "Invoice",
		"Invoice  helper":       "Invoice h…",
		"Invoices and more":     "Invoices…",
		strings.Repeat("x", 10): "xxxxxxxxxx",
		strings.Repeat("x", 11): "xxxxxxxxx…",
		"請求書の担当者":               "請求書の…",
		"e\u0301e\u0301e\u0301": "e\u0301e\u0301e\u0301",
		"\u202eevil":            "⟨U+202E⟩e…",
		"عميل":                  "عميل",
	} {
		if got := fit(in, 10); got != want {
			t.Errorf("%q is drawn as %q, want %q", in, got, want)
		}
	}
}

func TestATreeOfFourColumnsFitsBesideTheMenu(t *testing.T) {
	const room = 974 // a panel of the design's page, without its padding
	tree := Tree{Root: TreeBox{Children: []TreeBox{{Children: []TreeBox{{Children: []TreeBox{{Name: "agent user"}}}}}}}}
	if got := tree.width(); got > room {
		t.Errorf("the drawing is %d wide, want at most %d", got, room)
	}
	for _, b := range tree.place() {
		if b.edge && b.x <= b.fromX {
			t.Errorf("the box at %d touches the one that ends at %d", b.x, b.fromX)
		}
	}
}
