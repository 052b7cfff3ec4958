package views

import (
	"strings"
	"unicode"

	"agentidportal/entra/graph"
)

// Tree is a drawing of objects that hang on each other, from left to right.
// Small screens and those who ask for it get the same as a nested list.
type Tree struct {
	// Summary says the drawing in one sentence, for those who do not see it.
	Summary string
	// Heads stand above the columns: "Blueprint", "Agent identities, 12".
	Heads []string
	Root  TreeBox
	// AsList shows the list on wide screens too; SwitchHref is the address of
	// the page with the other form, empty to offer none.
	AsList     bool
	SwitchHref string
}

// Switchable is the tree of the page at an address, as a list or drawn, with
// the link to the other form.
func (t Tree) Switchable(path string, asList bool) Tree {
	t.AsList, t.SwitchHref = asList, path+"?tree=list"
	if asList {
		t.SwitchHref = path
	}
	return t
}

// TreeMost is how many children of one box are drawn; one box more, without a
// mark, stands for the rest.
const TreeMost = 6

// TreeBox is one object of a Tree.
type TreeBox struct {
	// Mark is the kind of the object; empty for a box that stands for others.
	Mark, Name string
	// Second is the line below the name, in the type of ids; ids are given whole.
	Second string
	// Href is empty for objects that have no page (yet).
	Href string
	// Dashed is for what is disabled, not there, or not made yet.
	Dashed bool
	// Own marks the object the page is about.
	Own      bool
	Children []TreeBox
}

// The geometry of the drawing, in pixels.
const (
	treeBoxWidth  = 216
	treeBoxHeight = 44
	treeGap       = 62 // between two columns
	treeTight     = 32 // the same for four columns, which then fit beside the menu
	treeRow       = treeBoxHeight + 8
	treeHead      = 28
	treeEdge      = 4 // room for the border of an own box and its focus ring
	treeCorner    = 6
)

// placedBox is a box with the place of its upper left corner, and where the
// edge to it starts; first boxes have no edge.
type placedBox struct {
	TreeBox
	x, y  int
	fromX int
	fromY int
	edge  bool
}

// mid is the height at which edges meet a box.
func (b placedBox) mid() int { return b.y + treeBoxHeight/2 }

// place puts every box into its column: leaves below each other, parents in
// the middle of their children.
func (t Tree) place() []placedBox {
	var boxes []placedBox
	next := treeHead
	t.placeBox(t.Root, 0, &next, &boxes)
	return boxes
}

// left is where a column begins.
func (t Tree) left(column int) int {
	gap := treeGap
	if t.columns() > 3 {
		gap = treeTight
	}
	return treeEdge + column*(treeBoxWidth+gap)
}

func (t Tree) columns() int { return max(depthOf(t.Root), len(t.Heads)) }

func (t Tree) placeBox(b TreeBox, depth int, next *int, boxes *[]placedBox) placedBox {
	placed := placedBox{TreeBox: b, x: t.left(depth), y: *next}
	var children []int // places in boxes
	for i, child := range b.Children {
		t.placeBox(child, depth+1, next, boxes)
		children = append(children, len(*boxes)-1)
		if i == 0 {
			placed.y = (*boxes)[children[0]].y
		}
	}
	if len(children) == 0 {
		*next += treeRow
	} else {
		placed.y = (placed.y + (*boxes)[children[len(children)-1]].y) / 2
	}
	for _, i := range children {
		child := &(*boxes)[i]
		child.edge, child.fromX, child.fromY = true, placed.x+treeBoxWidth, placed.mid()
	}
	*boxes = append(*boxes, placed)
	return placed
}

func (t Tree) width() int { return t.left(t.columns()-1) + treeBoxWidth + treeEdge }

func (t Tree) height() int { return treeHead + leaves(t.Root)*treeRow }

func (t Tree) viewBox() string { return "0 0 " + px(t.width()) + " " + px(t.height()) }

func depthOf(b TreeBox) int {
	most := 0
	for _, child := range b.Children {
		most = max(most, depthOf(child))
	}
	return most + 1
}

func leaves(b TreeBox) int {
	if len(b.Children) == 0 {
		return 1
	}
	n := 0
	for _, child := range b.Children {
		n += leaves(child)
	}
	return n
}

// path is the edge to a box: square, with round corners.
func (b placedBox) path() string {
	start, end := "M"+px(b.fromX)+" "+px(b.fromY), "H"+px(b.x)
	turn, down := (b.fromX+b.x)/2, b.mid()-b.fromY
	if down == 0 {
		return start + end
	}
	corner := treeCorner
	if down < 0 {
		corner = -treeCorner
	}
	if down < 2*treeCorner && down > -2*treeCorner {
		return start + "H" + px(turn) + "V" + px(b.mid()) + end
	}
	return start + "H" + px(turn-treeCorner) +
		"q" + px(treeCorner) + " 0 " + px(treeCorner) + " " + px(corner) +
		"V" + px(b.mid()-corner) +
		"q0 " + px(corner) + " " + px(treeCorner) + " " + px(corner) + end
}

// drawn is the name as it fits into the box: one without a mark has more room.
func (b TreeBox) drawn() string {
	if b.Mark == "" {
		return fit(b.Name, 28)
	}
	return fit(b.Name, 22)
}

// textX is where the words of a box begin.
func (b placedBox) textX() int {
	if b.Mark == "" {
		return b.x + 12
	}
	return b.x + 38
}

// label is the name of a box's link: first what is drawn, so that a spoken
// command finds it, then the kind and the whole name.
// https://www.w3.org/WAI/WCAG22/Understanding/label-in-name
func (b TreeBox) label() string {
	drawn := strings.TrimSpace(b.drawn() + " " + fit(drawnIDs(b.Second), 23))
	kind := markWords(b.Mark)
	switch whole := Visible(b.Name); {
	case kind == "":
		return drawn
	case b.drawn() != b.Name:
		return drawn + ", " + strings.ToLower(kind) + " " + whole
	}
	return drawn + ", " + strings.ToLower(kind)
}

// markWords names the kind that a mark stands for.
func markWords(mark string) string {
	switch mark {
	case "blueprint":
		return "Blueprint"
	case "blueprintPrincipal", "principal":
		return "Principal"
	case "agentIdentity":
		return "Agent identity"
	case "agentUser":
		return "Agent user"
	}
	return ""
}

// drawnIDs shortens the ids in a text, as drawings may: the list has them whole.
func drawnIDs(s string) string {
	words := strings.Fields(s)
	for i, word := range words {
		if _, err := graph.ParseGUID(word); err == nil {
			words[i] = shortID(word)
		}
	}
	return strings.Join(words, " ")
}

// fit cuts a text to the width of a box, measured in narrow letters: drawings
// have no second line for a name. The list and the object's page have it whole.
func fit(s string, most int) string {
	s = strings.Join(strings.Fields(Visible(s)), " ")
	width := 0
	for at, r := range s {
		width += letterWidth(r)
		if width > most {
			return strings.TrimSpace(s[:lastWithin(s[:at], most-1)]) + "…"
		}
	}
	return s
}

// lastWithin is where the part of s ends that is at most so many letters wide.
func lastWithin(s string, most int) int {
	width := 0
	for at, r := range s {
		if width += letterWidth(r); width > most {
			return at
		}
	}
	return len(s)
}

// letterWidth counts wide letters twice and signs above others not at all.
// https://www.unicode.org/reports/tr11/
func letterWidth(r rune) int {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul), r >= 0x1F000:
		return 2
	}
	return 1
}
