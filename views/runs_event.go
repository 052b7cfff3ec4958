package views

import "github.com/a-h/templ"

// RunEvent is what an event stream sends of a run that moved: its live part,
// and the counts of the navigation, which would contradict it otherwise.
func RunEvent(p Page, d RunData) templ.Component {
	return seen(templ.Join(RunLive(p, d), NavCounts(p)))
}
