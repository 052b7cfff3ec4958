package views

import (
	"testing"
	"time"
)

func TestRelative(t *testing.T) {
	for ago, want := range map[time.Duration]string{
		0: "now", 400 * time.Millisecond: "now", 12 * time.Second: "12 s ago", 59 * time.Second: "59 s ago", time.Minute: "1 minute ago",
		59*time.Minute + 59*time.Second: "59 minutes ago", time.Hour: "1 hour ago", 25 * time.Hour: "1 day ago", 364 * 24 * time.Hour: "364 days ago",
		-9 * time.Second: "in 9 s", -59 * time.Minute: "in 59 minutes", -2000 * 24 * time.Hour: "in 2,000 days",
	} {
		if got := Relative(testNow, testNow.Add(-ago)); got != want {
			t.Errorf("Relative of %v = %q, want %q", ago, got, want)
		}
	}
}

func TestLocal(t *testing.T) {
	kolkata := time.FixedZone("IST", 5*3600+1800)
	late := time.Date(2026, 11, 21, 22, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		zone *time.Location
		at   time.Time
		want string
	}{
		{nil, testNow, ""},
		{time.UTC, testNow, ""},
		{time.FixedZone("CET", 3600), testNow, "09:14 +01:00"},
		{kolkata, late, "22 Nov 03:30 +05:30"},
		{time.FixedZone("EST", -5*3600), testNow, "03:14 -05:00"},
	} {
		if got := Local(tc.zone, tc.at); got != tc.want {
			t.Errorf("Local(%v) = %q, want %q", tc.zone, got, tc.want)
		}
	}
}

func TestTook(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 ms", 412 * time.Millisecond: "412 ms", 3100 * time.Millisecond: "3.1 s", 157 * time.Second: "00:02:37", 25 * time.Hour: "25:00:00",
	} {
		if got := Took(d); got != want {
			t.Errorf("Took(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestCountAndPlural(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1204: "1,204", 1000000: "1,000,000", -1204: "-1,204"} {
		if got := Count(n); got != want {
			t.Errorf("Count(%d) = %q, want %q", n, got, want)
		}
	}
	for n, want := range map[int]string{0: "0 steps", 1: "1 step", 2000: "2,000 steps"} {
		if got := Plural(n, "step"); got != want {
			t.Errorf("Plural(%d) = %q, want %q", n, got, want)
		}
	}
	for thing, want := range map[string]string{"agent identity": "2 agent identities", "key": "2 keys", "day": "2 days", "character": "2 characters"} {
		if got := Plural(2, thing); got != want {
			t.Errorf("Plural(2, %s) = %q, want %q", thing, got, want)
		}
	}
}

func TestFormats(t *testing.T) {
	at := time.Date(2026, 1, 2, 23, 4, 5, 0, time.FixedZone("PST", -8*3600))
	for got, want := range map[string]string{
		UTC(at): "3 Jan 2026 07:04:05 UTC", Day(at): "2026-01-03", Clock(at): "07:04:05", Stamp(at): "2026-01-03 07:04:05", Elapsed(37 * time.Second): "00:00:37",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
