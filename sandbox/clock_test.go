package sandbox

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestClocks: the directory's clock alone makes secrets expire and lag pass, while tokens stay good;
// with tokens they move too.
func TestClocks(t *testing.T) {
	l := newLab(t)
	f := &graphFixture{t: t, s: l.Sandbox, url: l.url, clock: l.clock}
	admin, start := f.admin(), l.clock.Now()
	f.knobs(func(k *knobs) { k.LagMs.Blueprint = 60_000 })
	id, _ := f.newBlueprint(admin, "Lagging")
	f.must(404, "GET", "/v1.0/applications/"+id, admin, "")
	move := func(body string) map[string]any {
		t.Helper()
		a := l.send(t, http.MethodPost, "/_sandbox/clock", body)
		if a.StatusCode != http.StatusOK {
			t.Fatalf("%d %s", a.StatusCode, a.text)
		}
		return a.json(t)
	}
	move(`{"advanceSec":60}`)
	made := f.must(200, "GET", "/v1.0/applications/"+id+"?$select=createdDateTime", admin, "").text("createdDateTime")
	if at, err := time.Parse(time.RFC3339, made); err != nil || at.Sub(start.Truncate(time.Second)) != 0 {
		t.Errorf("made at %s, want %s", made, start)
	}
	face := move(`{"advanceSec":316000000}`) // ten years
	if face["clockOffsetSec"] != 316000060.0 || face["tokenClock"] != false {
		t.Errorf("clock %v", face)
	}
	f.must(200, "GET", "/v1.0/me", admin, "")
	wantRefusal(t, l.token(t, l.basics()...), 401, "invalid_client", 7000222)

	face = move(`{"offsetSec":86400,"tokens":true}`)
	if want := start.Add(24 * time.Hour).UTC().Format(time.RFC3339Nano); face["tokens"] != want || face["directory"] != want {
		t.Errorf("clock %v, want %s", face, want)
	}
	f.must(401, "GET", "/v1.0/me", admin, "")
	_, claims := decode(t, access(t, l.token(t, l.basics()...)))
	if exp, _ := claims["exp"].(interface{ Int64() (int64, error) }).Int64(); exp != start.Add(24*time.Hour).Unix()+tokenLife {
		t.Errorf("exp %v", claims["exp"])
	}
	if got := l.get(t, "/_sandbox/clock").json(t)["clockOffsetSec"]; got != 86400.0 {
		t.Errorf("offset %v", got)
	}
	for body, says := range map[string]string{
		`{"offsetSec":1,"advanceSec":1}`: "not both", `{"offsetSec":9999999999}`: "The value of clockOffsetSec", `{"days":1}`: "unknown field",
	} {
		if a := l.send(t, http.MethodPost, "/_sandbox/clock", body); a.StatusCode != 400 || !strings.Contains(string(a.text), says) {
			t.Errorf("%s: %d %s", body, a.StatusCode, a.text)
		}
	}
	l.send(t, http.MethodPost, "/_sandbox/reset", "")
	if got := l.directoryNow(); !got.Equal(l.clock.Now()) {
		t.Errorf("after the reset the clock stands at %v", got)
	}
}
