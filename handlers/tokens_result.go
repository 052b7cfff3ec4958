package handlers

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/labstack/echo/v4"

	"agentidportal/entra"
	"agentidportal/models"
)

// recordTry writes one event about a try, good or bad. Of the token it keeps
// what the sign-in log of Entra has too, and its SHA-256.
func (h *Handlers) recordTry(c echo.Context, try *labTry, trace *entra.Trace) error {
	kind, id, name := try.targetOf()
	body := map[string]any{
		"mode": string(try.mode.Name), "scope": recordedScope(try.form.Scope), "hops": recordedHops(trace),
	}
	if name != "" {
		body["name"] = name
	}
	if appID := try.blueprintAppID(); appID != "" {
		body["blueprintAppId"], body["blueprintName"] = appID, try.blueprintName()
	}
	if try.mode.Credential {
		body["secret"] = try.credentialWord()
	}
	if try.profile != nil {
		body["profile"] = try.profile.Name
	}
	result := models.ResultSucceeded
	if failed := trace.Failed(); failed != nil {
		result = models.ResultFailed
		body["failedAt"] = string(failed.Name)
		if failed.Err != nil {
			body["error"], body["aadsts"] = failed.Err.Code, failed.Err.AADSTS
		}
	}
	if token := trace.Token(); !token.IsZero() {
		sum := sha256.Sum256([]byte(token.Reveal()))
		body["tokenSha256"] = hex.EncodeToString(sum[:])
		body["expires"] = trace.ExpiresAt().UTC().Format("2006-01-02T15:04:05Z")
	}
	return h.record(c, models.NewAudit{
		Action: models.ActionTokenTest, Result: result, TargetKind: kind, TargetID: id, Body: body,
	})
}

// credentialWord says with what a client proved itself.
func (t *labTry) credentialWord() string {
	switch {
	case t.kept != nil:
		return "kept"
	case t.credential.Certificate != nil:
		return "certificate"
	case !t.credential.Assertion.IsZero():
		return "federated assertion"
	case t.credential.IsZero():
		return "none"
	}
	return "typed"
}

// recordedScope keeps a scope that reads as one. The field takes any text, also
// a secret pasted into the wrong box, and an audit record is for ever.
func recordedScope(scope string) string {
	if len(scope) > 256 || !isScope(scope) {
		return "not a scope"
	}
	return scope
}

// linkScope is a scope as addresses may hold it: one that reads as none may be a
// secret in the wrong field, and is left out.
func linkScope(scope string) string {
	if recordedScope(scope) != scope {
		return ""
	}
	return scope
}

func recordedHops(trace *entra.Trace) []any {
	var hops []any
	for _, hop := range trace.Hops {
		kept := map[string]any{"name": string(hop.Name), "state": string(hop.State), "status": hop.Status, "correlationId": hop.CorrelationID}
		if hop.Cached {
			kept["cached"] = true // nothing was asked for
		}
		if hop.JWT != nil {
			kept["uti"], kept["audience"] = hop.JWT.Text("uti"), hop.JWT.Audience()
			kept["signature"] = string(hop.Signature.State)
		}
		hops = append(hops, kept)
	}
	return hops
}
