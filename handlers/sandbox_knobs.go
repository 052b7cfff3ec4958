package handlers

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"agentidportal/models"
	"agentidportal/views"
	"agentidportal/web"
)

// maxKnobMS is the longest lag or latency in milliseconds: ten minutes.
const maxKnobMS = 600_000

// knobNumbers are the delays of the page, in its order.
var knobNumbers = []struct{ key, field, label string }{
	{"blueprint", "lag_blueprint", "Lag of blueprints, ms"},
	{"principal", "lag_principal", "Lag of blueprint principals, ms"},
	{"agentIdentity", "lag_agent_identity", "Lag of agent identities, ms"},
	{"agentUser", "lag_agent_user", "Lag of agent users, ms"},
	{"grant", "lag_grant", "Lag of permission grants, ms"},
	{"", "latency", "Latency of every answer, ms"},
}

// knobSwitches are the ticks below them. Otherwise is said while a switch is
// not as it normally stands.
var knobSwitches = []struct {
	field, label, hint string
	normal             bool
	of                 func(*Knobs) *bool
	otherwise          string
}{
	{
		"delegated_create", "People may create agent identities as themselves",
		"Sources disagree on whether Entra allows it. Without it only a blueprint creates them.", true,
		func(k *Knobs) *bool { return &k.DelegatedCreate }, "People cannot create agent identities as themselves; only a blueprint can.",
	},
	{
		"user_consent", "People may consent for themselves",
		"Without it every scope that nobody has granted needs an administrator.", true,
		func(k *Knobs) *bool { return &k.UserConsent }, "People cannot consent for themselves; an administrator must.",
	},
	{
		"agent_consent", "People may consent for an agent identity",
		"Documents disagree on whether Entra allows it.", true,
		func(k *Knobs) *bool { return &k.AgentConsent }, "Nobody can consent for an agent identity on a page.",
	},
	{
		"cascade", "Agent users go with their agent identity",
		"Documents contradict each other. Without it they stay behind and cannot sign in.", false,
		func(k *Knobs) *bool { return &k.CascadeAgentUsers }, "Agent users are deleted with their agent identity.",
	},
}

// setKnobs tells the sandbox how slow to be and which way to decide.
func (h *Handlers) setKnobs(c echo.Context) error {
	ctx := c.Request().Context()
	var names []string
	for _, f := range knobNumbers {
		names = append(names, f.field)
	}
	for _, s := range knobSwitches {
		names = append(names, s.field)
	}
	form, err := web.Form(c, names...)
	if err != nil {
		return err
	}
	k, err := readKnobs(ctx, h.HTTP, h.Sandbox.Authority)
	if err != nil {
		return err
	}
	stands := *k
	stands.LagMS = maps.Clone(k.LagMS)
	if faults := k.take(form); len(faults) > 0 {
		d := h.sandboxData(c, &stands)
		d.Knobs, d.Ticks = knobInputs(k, form, faults), knobTicks(k)
		for _, in := range d.Knobs {
			if in.Error != "" {
				d.Errors = append(d.Errors, views.FieldError{Field: "f-" + in.Name, Text: in.Label + ": " + in.Error})
			}
		}
		return h.sandboxFormAgain(c, d)
	}
	lag, switches := map[string]any{}, map[string]any{}
	for key, ms := range k.LagMS {
		lag[key] = ms
	}
	for _, s := range knobSwitches {
		switches[s.field] = *s.of(k)
	}
	return h.turn(c, k, map[string]any{"lagMs": lag, "latencyMs": k.LatencyMS, "switches": switches})
}

// turnKnobsOff puts every knob back to where it normally stands.
func (h *Handlers) turnKnobsOff(c echo.Context) error {
	if _, err := web.Form(c); err != nil {
		return err
	}
	k, err := readKnobs(c.Request().Context(), h.HTTP, h.Sandbox.Authority)
	if err != nil {
		return err
	}
	for key := range k.LagMS {
		k.LagMS[key] = 0
	}
	for _, s := range knobSwitches {
		*s.of(k) = s.normal
	}
	k.LatencyMS, k.Faults, k.ClockOffsetSec, k.TokenClock = 0, []Fault{}, 0, false
	return h.turn(c, k, map[string]any{"off": true})
}

// turn sends the knobs, with a record before and after, and goes back to the page.
func (h *Handlers) turn(c echo.Context, k *Knobs, change map[string]any) error {
	err := h.changeSandbox(c, models.ActionSandboxKnobs, change, func(ctx context.Context) error {
		return writeKnobs(ctx, h.HTTP, h.Sandbox.Authority, k)
	})
	if err != nil {
		return err
	}
	return web.Redirect(c, "/sandbox")
}

// sandboxFormAgain shows the page with a form that was sent back.
func (h *Handlers) sandboxFormAgain(c echo.Context, d views.SandboxData) error {
	p := h.sandboxChrome(c)
	p.HasError = true
	return web.Render(c, http.StatusUnprocessableEntity, views.SandboxPage(p, d))
}

// take reads the form into the knobs and returns a sentence for each fault.
func (k *Knobs) take(form url.Values) map[string]string {
	faults := map[string]string{}
	for _, s := range knobSwitches {
		*s.of(k) = form.Get(s.field) != ""
	}
	for _, f := range knobNumbers {
		ms, fault := wholeNumber(form.Get(f.field), maxKnobMS)
		switch {
		case fault != "":
			faults[f.field] = fault
		case f.key == "":
			k.LatencyMS = ms
		default:
			k.LagMS[f.key] = ms
		}
	}
	return faults
}

// wholeNumber reads a number from 0 to most, or says what is wanted.
func wholeNumber(text string, most int) (int, string) {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || n < 0 || n > most {
		return 0, fmt.Sprintf("Write a whole number from 0 to %d.", most)
	}
	return n, ""
}

// knobInputs are the form's fields; typed holds what was sent, when it was.
func knobInputs(k *Knobs, typed url.Values, faults map[string]string) []views.Input {
	var list []views.Input
	for _, f := range knobNumbers {
		value := strconv.Itoa(k.number(f.key))
		if typed != nil {
			value = cut(typed.Get(f.field), 100)
		}
		list = append(list, views.Input{Label: f.label, Name: f.field, Value: value, Error: faults[f.field], InputMode: "numeric"})
	}
	return list
}

// number is a lag by its key, or the latency for none.
func (k *Knobs) number(key string) int {
	if key == "" {
		return k.LatencyMS
	}
	return k.LagMS[key]
}

func knobTicks(k *Knobs) []views.SandboxTick {
	var list []views.SandboxTick
	for _, s := range knobSwitches {
		list = append(list, views.SandboxTick{Input: views.Input{Label: s.label, Name: s.field, Hint: s.hint + standsNormally(s.normal)}, On: *s.of(k)})
	}
	return list
}

func standsNormally(ticked bool) string {
	if ticked {
		return " Normally ticked."
	}
	return " Normally not ticked."
}

// knobsNow are the knobs as pages hear of them; nil in a real tenant, and when
// the sandbox does not tell.
func (h *Handlers) knobsNow(c echo.Context) *Knobs {
	if h.Sandbox == nil {
		return nil
	}
	return h.trouble.read(c.Request().Context(), h.HTTP, h.Sandbox.Authority, h.Now())
}

// switchedOff names the switches without which the sandbox refuses what it
// normally lets people do.
func switchedOff(k *Knobs) []string {
	var names []string
	for _, s := range knobSwitches {
		if k != nil && s.normal && !*s.of(k) {
			names = append(names, s.label)
		}
	}
	return names
}

// knobsInWords says what is not as it normally stands, a line each: first what
// changes answers, then what makes them late.
func knobsInWords(k *Knobs) []string {
	if k == nil {
		return nil
	}
	var lines []string
	for _, s := range knobSwitches {
		if *s.of(k) != s.normal {
			lines = append(lines, s.otherwise)
		}
	}
	left := 0
	for _, f := range k.Faults {
		if f.Count == 0 || f.Hits < f.Count {
			left++
		}
	}
	if left > 0 {
		lines = append(lines, views.Plural(left, "fault")+" in wait.")
	}
	if k.ClockOffsetSec != 0 {
		lines = append(lines, clockWords(k))
	}
	for _, f := range knobNumbers {
		if ms := k.number(f.key); ms > 0 {
			lines = append(lines, fmt.Sprintf("%s: %d ms.", strings.TrimSuffix(f.label, ", ms"), ms))
		}
	}
	return lines
}

// clockWords says how far the clocks are moved.
func clockWords(k *Knobs) string {
	clocks, way, offset := "The directory's clock is", "ahead", time.Duration(k.ClockOffsetSec)*time.Second
	if k.TokenClock {
		clocks = "The clocks of directory and tokens are"
	}
	if offset < 0 {
		way, offset = "behind", -offset
	}
	return clocks + " " + offsetWords(offset) + " " + way + "."
}

// offsetWords writes a length of time in its largest units: 2 days 3 hours.
func offsetWords(d time.Duration) string {
	var words []string
	for _, unit := range []struct {
		length time.Duration
		name   string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}, {time.Second, "second"}} {
		if n := int(d / unit.length); n > 0 && len(words) < 2 {
			words = append(words, views.Plural(n, unit.name))
			d -= time.Duration(n) * unit.length
		}
	}
	return strings.Join(words, " ")
}
