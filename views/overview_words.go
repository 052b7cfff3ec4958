package views

import "strconv"

func attentionCount(list []Finding) string {
	if len(list) == 0 {
		return ""
	}
	return strconv.Itoa(len(list))
}

func firstStepsDone(steps []FirstStep) string {
	done := 0
	for _, s := range steps {
		if s.Done {
			done++
		}
	}
	return strconv.Itoa(done) + " of " + strconv.Itoa(len(steps)) + " done"
}

func firstStepTone(s FirstStep) Tone {
	if s.Done {
		return ToneOK
	}
	return ToneOpen
}
