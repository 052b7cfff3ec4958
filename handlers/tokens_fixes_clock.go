package handlers

import (
	"context"
	"time"

	"github.com/labstack/echo/v4"

	"agentidportal/entra"
	"agentidportal/views"
)

// clock adds to a refusal about times how far the clocks differ.
func (t *teller) clock(s *told) {
	code := t.hop.Err.AADSTS
	if ahead := t.hop.ClockAhead(); ahead != 0 && (code == 700024 || code == 500133) {
		said := t.h.clockNote(t.c, ahead, t.hop)
		s.because(said.Title + ". " + said.Text)
		s.Fix = said.Fix
		s.in("")
		if said.Href != "" {
			s.at(said.Href, said.Words)
		}
	}
}

// clockOf says how far the clock of the sign-in service is from this machine's;
// nil when they agree, or no hop tells.
func (h *Handlers) clockOf(c echo.Context, trace *entra.Trace) *views.ClockNote {
	for i := range trace.Hops {
		if ahead := trace.Hops[i].ClockAhead(); ahead != 0 {
			note := h.clockNote(c, ahead, &trace.Hops[i])
			return &note
		}
	}
	return nil
}

func (h *Handlers) clockNote(c echo.Context, ahead time.Duration, hop *entra.Hop) views.ClockNote {
	way := "ahead of"
	if ahead < 0 {
		way = "behind"
	}
	there, _ := hop.ServiceTime()
	note := views.ClockNote{
		Title: "The clocks differ: the sign-in service's is " + entra.Words(ahead.Round(time.Minute)) + " " + way + " the portal's",
		Text: "At " + string(hop.Name) + " it was " + views.UTC(there) + " there, and " + views.UTC(there.Add(-ahead)) +
			" here. Who judges a token by the wrong clock takes it for expired, or for not valid yet.",
		Fix: "Set the clock of the machine that the portal runs on: let it follow a time server.",
	}
	if k := h.movedClock(c.Request().Context()); k != nil {
		note.Text += " " + clockWords(k)
		note.Fix = "Set the sandbox's clock back to the real time."
		note.Href, note.Words = "/sandbox", "Set the clock back"
	}
	return note
}

// movedClock are the knobs of a sandbox whose clock of tokens is moved; nil
// where it is not, and for a real tenant.
func (h *Handlers) movedClock(ctx context.Context) *Knobs {
	if h.Sandbox == nil {
		return nil
	}
	k, err := readKnobs(ctx, h.HTTP, h.Sandbox.Authority)
	if err != nil || !k.TokenClock || k.ClockOffsetSec == 0 {
		return nil
	}
	return k
}

// clockProblem explains a token that was refused while the sandbox's clock of
// tokens is moved: a new sign-in helps as little as waiting.
func (h *Handlers) clockProblem(c echo.Context, p problem) problem {
	k := h.movedClock(c.Request().Context())
	if k == nil {
		return p
	}
	p.view.Cause = "The sandbox's clock is not the portal's"
	p.view.Text = []string{clockWords(k) + " A token that is good by one clock is expired, or not valid yet, by the other. Nothing was changed."}
	p.view.Ways = []views.Way{{
		Icon: "clock", Title: "Set the sandbox's clock back", Text: "Its knobs are on the Sandbox page; an Admin may turn them.", Button: "Open Sandbox", Href: "/sandbox", Primary: true,
	}, toOverview()}
	return p
}
