package handlers

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/views"
	"agentidportal/web"
)

// faultKinds are what a sandbox lets happen, as it calls them.
var faultKinds = []views.Option{
	{Value: "429", Label: "429, asks for a pause"},
	{Value: "503", Label: "503, not available"},
	{Value: "500", Label: "500, server fault"},
	{Value: "reset", Label: "Connection reset, no effect"},
	{Value: "reset-after", Label: "Connection reset after the effect"},
	{Value: "half", Label: "Half of the answer, after the effect"},
	{Value: "timeout-before", Label: "No answer, no effect"},
	{Value: "timeout-after", Label: "No answer, after the effect"},
}

var faultMethods = []views.Option{
	{Value: "", Label: "Any method"},
	{Value: "GET", Label: "GET"},
	{Value: "POST", Label: "POST"},
	{Value: "PATCH", Label: "PATCH"},
	{Value: "PUT", Label: "PUT"},
	{Value: "DELETE", Label: "DELETE"},
}

// faultPaths are the calls that one most often wants to fail.
var faultPaths = []views.Option{
	{Value: "/v1.0/**", Label: "Everything of Graph v1.0"},
	{Value: "/v1.0/applications/microsoft.graph.agentIdentityBlueprint", Label: "GET: list blueprints, POST: create one"},
	{Value: "/v1.0/applications", Label: "POST: create a blueprint"},
	{Value: "/v1.0/servicePrincipals/microsoft.graph.agentIdentityBlueprintPrincipal", Label: "GET: list principals, POST: create one"},
	{Value: "/v1.0/applications/*/addPassword", Label: "POST: add a client secret"},
	{Value: "/v1.0/applications/*/removePassword", Label: "POST: remove a client secret"},
	{Value: "/v1.0/servicePrincipals/microsoft.graph.agentIdentity", Label: "GET: list agent identities, POST: create one"},
	{Value: "/v1.0/users", Label: "GET: find people"},
	{Value: "/*/oauth2/v2.0/token", Label: "POST: every token, also those of a sign-in"},
}

// Limits of a fault, as the sandbox has them.
const (
	maxFaultCount = 1_000_000
	maxRetryAfter = 3_600
)

// faultForm is the form that adds a fault, with what was typed or its start.
func faultForm(typed url.Values, faults map[string]string) views.FaultForm {
	if typed == nil {
		typed = url.Values{"fault_path": {"/v1.0/**"}, "fault_count": {"1"}, "fault_retry": {"5"}}
	}
	in := func(name, label, hint string) views.Input {
		return views.Input{Name: name, Label: label, Hint: hint, Value: cut(typed.Get(name), 300), Error: faults[name]}
	}
	f := views.FaultForm{
		Kind: in("fault_kind", "What happens", ""), Kinds: faultKinds,
		Method: in("fault_method", "Method", ""), Methods: faultMethods, Paths: faultPaths,
		Path:   in("fault_path", "Path", "The field offers the common calls. In a path of your own * stands for one part, ** for any number of parts."),
		Caller: in("fault_caller", "Only for", "A client ID or the object ID of a person or an agent."),
		Count:  in("fault_count", "How often", "0 is until it is removed."),
		Retry:  in("fault_retry", "Retry-After, seconds", "Of 429 and 503 only. 0 leaves the header out."),
	}
	f.Path.Mono, f.Caller.Mono, f.Caller.Optional = true, true, true
	f.Count.InputMode, f.Retry.InputMode = "numeric", "numeric"
	return f
}

// inputs are the fields in the order of the form.
func faultInputs(f views.FaultForm) []views.Input {
	return []views.Input{f.Kind, f.Method, f.Path, f.Caller, f.Count, f.Retry}
}

// addFault lets something fail from now on.
func (h *Handlers) addFault(c echo.Context) error {
	form, err := web.Form(c, "fault_kind", "fault_method", "fault_path", "fault_caller", "fault_count", "fault_retry")
	if err != nil {
		return err
	}
	k, err := readKnobs(c.Request().Context(), h.HTTP, h.Sandbox.Authority)
	if err != nil {
		return err
	}
	fault, wrong := readFault(form)
	if len(wrong) > 0 {
		d := h.sandboxData(c, k)
		d.FaultForm = faultForm(form, wrong)
		for _, in := range faultInputs(d.FaultForm) {
			if in.Error != "" {
				d.Errors = append(d.Errors, views.FieldError{Field: "f-" + in.Name, Text: in.Label + ": " + in.Error})
			}
		}
		return h.sandboxFormAgain(c, d)
	}
	k.Faults = append(k.Faults, fault)
	return h.turn(c, k, map[string]any{"fault": faultBody(fault), "change": "added"})
}

// readFault reads the form and returns a sentence for each fault of it.
func readFault(form url.Values) (Fault, map[string]string) {
	wrong := map[string]string{}
	f := Fault{
		Kind: form.Get("fault_kind"), Method: form.Get("fault_method"),
		Path: strings.TrimSpace(form.Get("fault_path")), Caller: strings.TrimSpace(form.Get("fault_caller")),
	}
	if label(faultKinds, f.Kind) == "" {
		wrong["fault_kind"] = "Choose one of the list."
	}
	if label(faultMethods, f.Method) == "" {
		wrong["fault_method"] = "Choose one of the list."
	}
	switch {
	case !strings.HasPrefix(f.Path, "/") || len(f.Path) > 300:
		wrong["fault_path"] = "Write a path that starts with a slash, like /v1.0/applications/*."
	case strings.HasPrefix(f.Path, "/_sandbox"):
		wrong["fault_path"] = "The sandbox's own addresses take no faults."
	}
	if len(f.Caller) > 100 {
		wrong["fault_caller"] = "Write one ID."
	}
	var fault string
	if f.Count, fault = wholeNumber(form.Get("fault_count"), maxFaultCount); fault != "" {
		wrong["fault_count"] = fault
	}
	seconds, fault := wholeNumber(form.Get("fault_retry"), maxRetryAfter)
	if fault != "" {
		wrong["fault_retry"] = fault
	}
	if f.Kind == "429" || f.Kind == "503" {
		f.RetryAfterSec = seconds
	}
	return f, wrong
}

// label finds what a choice is called; "" for one that is not offered.
func label(options []views.Option, value string) string {
	for _, o := range options {
		if o.Value == value {
			return o.Label
		}
	}
	return ""
}

// removeFault takes a fault away. The form says what stood at the place when
// the page was made: another person may have changed the list since.
func (h *Handlers) removeFault(c echo.Context) error {
	form, err := web.Form(c, "place", "fault")
	if err != nil {
		return err
	}
	k, err := readKnobs(c.Request().Context(), h.HTTP, h.Sandbox.Authority)
	if err != nil {
		return err
	}
	i, err := strconv.Atoi(form.Get("place"))
	if err != nil || i < 0 || i >= len(k.Faults) || faultWords(k.Faults[i]) != form.Get("fault") {
		return web.Redirect(c, "/sandbox") // gone already
	}
	gone := k.Faults[i]
	k.Faults = append(k.Faults[:i:i], k.Faults[i+1:]...)
	return h.turn(c, k, map[string]any{"fault": faultBody(gone), "change": "removed"})
}

// faultWords tell one fault from another, without its hits.
func faultWords(f Fault) string {
	return strings.Join([]string{f.Kind, f.Method, f.Path, f.Caller, strconv.Itoa(f.Count), strconv.Itoa(f.RetryAfterSec)}, " ")
}

func faultBody(f Fault) map[string]any {
	return map[string]any{"kind": f.Kind, "method": f.Method, "path": f.Path, "caller": f.Caller, "count": f.Count, "retryAfterSec": f.RetryAfterSec}
}

func faultRows(list []Fault) []views.FaultRow {
	var rows []views.FaultRow
	for i, f := range list {
		row := views.FaultRow{
			Place: strconv.Itoa(i), Key: faultWords(f), What: label(faultKinds, f.Kind), Method: f.Method, Path: f.Path, Caller: f.Caller,
			Hits: fmt.Sprintf("%d, goes on", f.Hits),
		}
		if row.What == "" {
			row.What = f.Kind
		}
		if f.RetryAfterSec > 0 {
			row.What += fmt.Sprintf("; Retry-After %d s", f.RetryAfterSec)
		}
		if f.Count > 0 {
			row.Hits = fmt.Sprintf("%d of %d", f.Hits, f.Count)
		}
		rows = append(rows, row)
	}
	return rows
}
