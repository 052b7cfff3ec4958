package handlers

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/entra"
	"agentidportal/models"
	"agentidportal/views"
	"agentidportal/web"
)

// scriptsOf are the programs that make the hops of a result again, and the last
// call with its token. A trace without any request has none.
func scriptsOf(r *labResult) []views.TokenScript {
	var last entra.ResourceCall
	if r.used != nil {
		last = r.used.call
	}
	var scripts []views.TokenScript
	for _, kind := range []struct {
		kind        entra.ScriptKind
		title, says string
	}{
		{entra.ScriptCURL, "cURL", "A POSIX shell script. Paste it into a terminal: it asks for the secret, or takes it from the environment. It ends by saying when the token expires, and makes the last call of Use it; the token itself is not printed."},
		{entra.ScriptPowerShell, "PowerShell", "For PowerShell 7. It asks for the secret, or takes it from the environment."},
		{entra.ScriptGo, "Go", "A program with MSAL. It takes the secret from the environment."},
	} {
		text, err := entra.Script(kind.kind, r.trace, last)
		if err != nil {
			continue // nothing was sent that could be sent again
		}
		scripts = append(scripts, views.TokenScript{Title: kind.title, Says: kind.says, Text: text})
	}
	return scripts
}

// exportTrace answers with the redacted trace as a file.
func (h *Handlers) exportTrace(c echo.Context) error {
	r := h.lab.result(web.CurrentUser(c).SignInID, c.Param("id"), h.Now())
	if r == nil {
		return models.ErrNotFound
	}
	x := h.contextOf(c, r)
	text, err := entra.Redacted(r.trace, func(hop *entra.Hop) []entra.ClaimNote {
		return h.Entra.Explain(hop.JWT, h.contextAt(x, hop))
	})
	if err != nil {
		return fmt.Errorf("write trace: %w", err)
	}
	header := c.Response().Header()
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Disposition", `attachment; filename="trace-`+string(r.trace.Mode)+"-"+r.trace.Started.UTC().Format("20060102T150405Z")+`.json"`)
	return c.Blob(http.StatusOK, "application/json", text)
}

// contextOf is what the claims of a result are held against.
func (h *Handlers) contextOf(c echo.Context, r *labResult) entra.Context {
	return entra.Context{
		Mode: r.trace.Mode, BlueprintAppID: r.try.blueprintAppID(), BlueprintURIs: r.try.blueprintURIs(), AgentID: r.try.agentID(), UserID: r.try.userID,
		ClientAppID: r.try.clientAppID(), Scope: r.try.form.Scope, Names: h.namesOf(c, r.try, r.trace),
	}
}

// contextAt is the context of one hop: another tenant's tokens are held against
// that tenant.
func (h *Handlers) contextAt(x entra.Context, hop *entra.Hop) entra.Context {
	x.Hop, x.TenantID = hop.Name, ""
	if hop.TenantID != "" && !strings.EqualFold(hop.TenantID, h.Entra.TenantID()) {
		x.TenantID = hop.TenantID
	}
	return x
}
