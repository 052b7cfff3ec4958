package entra

import (
	"fmt"
	"time"
)

// TimeNote judges one time of a token.
type TimeNote struct {
	Claim string
	At    time.Time // zero when the claim is no time
	Says  string
	OK    bool
}

// clockSkew is how far apart two clocks may stand.
const clockSkew = time.Minute

// Times judges iat, nbf and exp at a moment, apart from the signature: an
// expired token can be genuine and a valid one forged.
func (j *JWT) Times(now time.Time) []TimeNote {
	var notes []TimeNote
	for _, claim := range []string{"iat", "nbf", "exp"} {
		if !j.Has(claim) {
			if claim == "exp" && !j.Encrypted && !j.Damaged {
				notes = append(notes, TimeNote{Claim: claim, Says: "The token never expires: it has no exp."})
			}
			continue
		}
		at, ok := j.Time(claim)
		if !ok {
			notes = append(notes, TimeNote{Claim: claim, Says: "This is not a time: it should be a number of seconds since 1970."})
			continue
		}
		notes = append(notes, judge(claim, at, now))
	}
	return notes
}

func judge(claim string, at, now time.Time) TimeNote {
	ahead := at.Sub(now)
	note := TimeNote{Claim: claim, At: at, OK: true}
	switch claim {
	case "exp":
		note.OK = ahead > 0
		note.Says = "Expires in " + Words(ahead) + "."
		if !note.OK {
			note.Says = "Expired " + Words(-ahead) + " ago."
		}
	case "nbf":
		note.OK = ahead <= clockSkew
		note.Says = "Valid for " + Words(-ahead) + " already."
		if ahead > 0 {
			note.Says = "Not valid before " + Words(ahead) + " from now."
		}
	default:
		note.OK = ahead <= clockSkew
		note.Says = "Issued " + Words(-ahead) + " ago."
		if ahead > 0 {
			note.Says = "Issued " + Words(ahead) + " ahead of this clock."
		}
	}
	return note
}

// Words writes a duration for people, in its two largest units.
func Words(d time.Duration) string {
	d = d.Abs()
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}
