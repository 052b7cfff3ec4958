package handlers

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"agentidportal/entra"
	"agentidportal/views"
	"agentidportal/web"
)

// showCompare is two empty fields.
func (h *Handlers) showCompare(c echo.Context) error {
	return h.renderCompare(c, http.StatusOK, views.TokenComparison{})
}

// compare lays two pasted tokens side by side. A form with the first alone comes
// from a page that shows it, and asks for the second. Nothing of either is
// stored or logged, as in the inspector.
func (h *Handlers) compare(c echo.Context) error {
	form, err := web.Form(c, "first", "second")
	if err != nil {
		return err
	}
	var page views.TokenComparison
	first, field, err := readCompared(form.Get("first"))
	if err != nil {
		return err
	}
	page.First = field
	if !form.Has("second") {
		page.Half = field.Fault == ""
		return h.renderCompare(c, compareStatus(page), page)
	}
	second, field, err := readCompared(form.Get("second"))
	if err != nil {
		return err
	}
	if page.Second = field; first == nil || second == nil {
		return h.renderCompare(c, http.StatusUnprocessableEntity, page)
	}
	return h.renderCompare(c, http.StatusOK, views.TokenComparison{Tokens: h.compared(c, first, second)})
}

func compareStatus(page views.TokenComparison) int {
	if page.First.Fault != "" {
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}

// readCompared reads one of the fields; without a token the field says why. What
// goes back into it is what was typed, but for secrets beside a token.
func readCompared(typed string) (*entra.JWT, views.CompareField, error) {
	j, err := entra.Decode(typed)
	var fault *entra.DecodeError
	switch {
	case errors.As(err, &fault):
		field := views.CompareField{Fault: fault.What, Fix: fault.Fix}
		if !fault.Credential {
			field.Value = cut(typed, entra.MaxPaste)
		}
		return nil, field, nil
	case err != nil:
		return nil, views.CompareField{}, err
	case len(j.Beside) > 0:
		return j, views.CompareField{Value: j.Raw.Reveal()}, nil
	}
	return j, views.CompareField{Value: typed}, nil
}

// compared explains both tokens and how they differ. The directory is asked for
// the names of both at once.
func (h *Handlers) compared(c echo.Context, first, second *entra.JWT) *views.ComparedTokens {
	ctx, now := c.Request().Context(), h.Now()
	known := h.lookUp(c, append(first.IDs(), second.IDs()...))
	return &views.ComparedTokens{
		First:      h.explained(first, known, h.Entra.Verify(ctx, first), now),
		Second:     h.explained(second, known, h.Entra.Verify(ctx, second), now),
		Comparison: h.Entra.Compare(first, second, entra.Context{Names: known.names}),
	}
}

func (h *Handlers) renderCompare(c echo.Context, status int, page views.TokenComparison) error {
	p := h.page(c, "Compare tokens", "inspect")
	p.Lead = "Lays two tokens side by side, what differs first. Both are decoded on this server, shown to you alone and not kept."
	p.Crumbs = []views.Crumb{{Text: "Overview", Href: "/"}, {Text: "Inspector", Href: "/tokens/inspect"}, {Text: "Compare"}}
	p.HasError = status == http.StatusUnprocessableEntity
	return web.Render(c, status, views.ComparePage(p, page))
}
