package views

import "strconv"

// runURL is the address of an act on a run.
func runURL(id int64, act string) string { return "/runs/" + strconv.FormatInt(id, 10) + "/" + act }

// giveUpWords ends the sentence about the next try. What may have been made is
// never given up, so then there is no end to name.
func giveUpWords(n RunNotice) string {
	if n.GiveUp.IsZero() {
		return "."
	}
	return " and gives up at " + Clock(n.GiveUp) + " UTC."
}
