package views

import "strconv"

// SequenceView is the drawing of a token test: who asked whom, in order.
type SequenceView struct {
	// Summary says the drawing in one sentence, for those who do not see it.
	Summary string
	// Lanes are the three parties: the portal, the sign-in service, the API.
	Lanes [3]Lane
	Rows  []SequenceRow
}

// Lane is one party of the drawing.
type Lane struct{ Title, Note string }

// SequenceRow is one hop: who is the client, what is asked, what comes back.
type SequenceRow struct {
	Mark, Name, ShortID string
	Hop                 string
	Ask, Result         string
	// State is one of answered, refused, failed, unreached.
	State string
	// Card is the part of the page the row leads to; empty: the card of its hop.
	Card string
	// ToAPI draws the arrow to the third lane instead of the second.
	ToAPI bool
	// Share is the part of the whole time this hop took, from 0 to 1; Took is
	// the same in words.
	Share float64
	Took  string
}

// The geometry of the drawing, in pixels of its own width of 1100.
const (
	sequenceWidth = 1100
	sequenceHead  = 62
	sequenceBand  = 62
	sequenceBars  = 220
	barGap        = 14
)

var laneX = [3]int{290, 665, 985}

func (s SequenceView) height() int { return sequenceHead + sequenceBand*len(s.Rows) + 8 }

func (s SequenceView) viewBox() string {
	return "0 0 " + strconv.Itoa(sequenceWidth) + " " + strconv.Itoa(s.height())
}

// top is the upper edge of a row's band.
func (s SequenceView) top(row int) int { return sequenceHead + sequenceBand*row }

// href is the place of the page about a row.
func (r SequenceRow) href() string {
	if r.Card != "" {
		return "#" + r.Card
	}
	return "#hop-" + r.Hop
}

func (r SequenceRow) lane() int {
	if r.ToAPI {
		return laneX[2]
	}
	return laneX[1]
}

func (r SequenceRow) reached() bool { return r.State != "unreached" }

// cameBack says whether there was an answer, good or bad, to draw an arrow for.
func (r SequenceRow) cameBack() bool { return r.reached() && r.State != "failed" }

// ink is the class of what came back: good, bad, or faint when nothing did.
func (r SequenceRow) ink() string {
	switch r.State {
	case "answered":
		return "good"
	case "unreached":
		return "faint"
	}
	return "bad"
}

// bar is as long as the hop's share of the time, never invisible, and ends
// before the edge of the drawing.
func (r SequenceRow) bar() int {
	room := min(sequenceBars, sequenceWidth-r.lane()-2*barGap)
	return max(int(min(r.Share, 1)*float64(room)), 2)
}

func px(n int) string { return strconv.Itoa(n) }

// arrowRight and arrowLeft are the heads of arrows that end at x, y.
func arrowRight(x, y int) string {
	return "M" + px(x) + " " + px(y) + "l-8 -4v8z"
}

func arrowLeft(x, y int) string {
	return "M" + px(x) + " " + px(y) + "l8 -4v8z"
}
