package views

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// UTC is a moment in a sentence: "21 Nov 2026 08:13:55 UTC".
func UTC(t time.Time) string { return t.UTC().Format("2 Jan 2006 15:04:05 UTC") }

// Day is a moment in a column of dates: "2026-11-21".
func Day(t time.Time) string { return t.UTC().Format("2006-01-02") }

// Clock is a moment where the date is known: "08:13:55".
func Clock(t time.Time) string { return t.UTC().Format("15:04:05") }

// Stamp is a moment in a column of an audit list: "2026-11-21 08:13:55".
func Stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") }

// Local is the reader's time with its offset, "09:13 +01:00", with the date
// before it where it differs from that in UTC. It is empty for UTC.
func Local(zone *time.Location, t time.Time) string {
	if zone == nil || zone == time.UTC || zone.String() == "UTC" {
		return ""
	}
	local := t.In(zone)
	if local.Format("2006-01-02") != t.UTC().Format("2006-01-02") {
		return local.Format("2 Jan 15:04 -07:00")
	}
	return local.Format("15:04 -07:00")
}

// Relative says how far a moment is from now: "12 s ago", "in 59 minutes".
func Relative(now, t time.Time) string {
	d := now.Sub(t).Round(time.Second)
	switch {
	case d == 0:
		return "now"
	case d < 0:
		return "in " + span(-d)
	}
	return span(d) + " ago"
}

// span is a length of time in its largest unit.
func span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return strconv.Itoa(int(d/time.Second)) + " s"
	case d < time.Hour:
		return plural(int(d/time.Minute), "minute")
	case d < 24*time.Hour:
		return plural(int(d/time.Hour), "hour")
	}
	return plural(int(d/(24*time.Hour)), "day")
}

// stale says of facts that are older than five minutes that they may be wrong.
func stale(now, read time.Time) bool { return now.Sub(read) > 5*time.Minute }

// age is how old facts are, in seconds.
func age(now, read time.Time) string { return strconv.Itoa(int(now.Sub(read) / time.Second)) }

// Took is a duration as a table shows it: "412 ms", "3.1 s", "00:02:37".
func Took(d time.Duration) string {
	switch {
	case d < time.Second:
		return strconv.FormatInt(d.Milliseconds(), 10) + " ms"
	case d < time.Minute:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
	}
	return Elapsed(d)
}

// Elapsed is a duration with hours, minutes and seconds: "00:00:37".
func Elapsed(d time.Duration) string {
	s := int(d / time.Second)
	return fmt.Sprintf("%02d:%02d:%02d", s/3600, s/60%60, s%60)
}

// Count writes a number with commas between thousands: "1,204".
func Count[N int | int64](n N) string {
	digits := strconv.FormatInt(int64(n), 10)
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

// Plural counts a thing in words: "1 step", "2 identities", "1,204 records".
func Plural(n int, thing string) string { return plural(n, thing) }

func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return Count(n) + " " + PluralOf(thing)
}

// PluralOf is the plural of a thing: "agent identities".
func PluralOf(thing string) string {
	if stem, ok := strings.CutSuffix(thing, "y"); ok && !strings.HasSuffix(stem, "a") && !strings.HasSuffix(stem, "e") {
		return stem + "ies"
	}
	return thing + "s"
}
