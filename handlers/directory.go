package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/views"
	"agentidportal/web"
)

// What the pages about directory objects share: rights, parts that may fail,
// and where an object came from.

// may says whether the person of a request may open a page; links to others
// are left out.
func (h *Handlers) may(c echo.Context, path string) bool {
	return h.guards[path].Allows(web.CurrentUser(c))
}

// seesAllActs says whether the whole audit is open to the person. Others see
// their own acts.
func seesAllActs(u *web.User) bool { return u.Has(web.Auditor) }

// part decides what becomes of a failed read of one part of a page: words in
// that part, or the failure of the whole page when only a sign-in helps or the
// reader has gone.
func part(err error, fault *string) error {
	var refused *graph.Error
	switch {
	case err == nil:
		return nil
	case needsSignIn(err), errors.Is(err, context.Canceled):
		return err
	case graph.IsForbidden(err):
		*fault = "Your roles do not let you read this"
	case errors.As(err, &refused):
		*fault = "Graph answered " + strings.TrimSpace(strconv.Itoa(refused.Status)+" "+refused.Code)
	default:
		*fault = "Graph could not be reached"
	}
	return nil
}

// pathID reads the id of an address. What is no id names no object.
func pathID(c echo.Context) (string, error) {
	id, err := graph.ParseGUID(c.Param("id"))
	if err != nil {
		return "", fmt.Errorf("id in the address: %w", models.ErrNotFound)
	}
	return id, nil
}

// originOf finds out who made an object: first in the portal's own audit, as
// far as the person may read it, then in what the directory says.
func (h *Handlers) originOf(c echo.Context, kind graph.Kind, id, createdByAppID string) (views.Origin, error) {
	o := views.Origin{AppID: createdByAppID}
	if createdByAppID != "" && strings.EqualFold(createdByAppID, h.App.ClientID) {
		o.App = "This portal; its own database has no record of it"
	}
	action := map[graph.Kind]string{
		graph.KindBlueprint: models.ActionBlueprintCreate, graph.KindBlueprintPrincipal: models.ActionBlueprintPrincipalCreate,
		graph.KindAgentIdentity: models.ActionAgentIdentityCreate, graph.KindAgentUser: models.ActionAgentUserCreate,
	}[kind]
	filter := models.AuditFilter{Action: action, TargetID: id, Kind: models.AuditOutcome, Limit: 1}
	records, err := h.Store.Audit(c.Request().Context(), filter)
	if err != nil {
		return o, fmt.Errorf("find who made it: %w", err)
	}
	for _, r := range records {
		o.RunID = r.RunID
		if h.maySee(c, r) {
			o.Who, o.Seq = actorWords(r), r.Seq
		} else if err := h.originOfRun(c, &o); err != nil {
			return o, err
		}
	}
	return o, nil
}

// originOfRun names the owner of the run that made an object: who may look at
// objects may look at runs, while the audit shows people their own acts.
func (h *Handlers) originOfRun(c echo.Context, o *views.Origin) error {
	id, err := strconv.ParseInt(o.RunID, 10, 64)
	if err != nil {
		o.App = "This portal; who made it is in the audit, which is open to Admins and Auditors"
		return nil
	}
	run, err := h.Store.Run(c.Request().Context(), id)
	if errors.Is(err, models.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("find who made it: %w", err)
	}
	o.Who = run.OwnerUsername
	return nil
}

// actorWords names who acted. Erased words leave the ids.
func actorWords(r models.AuditRecord) string {
	switch {
	case r.Words.ActorUsername != "":
		return r.Words.ActorUsername
	case r.Words.ActorName != "":
		return r.Words.ActorName
	case r.Actor == "portal":
		return "The portal"
	}
	if app, ok := strings.CutPrefix(r.Actor, "app:"); ok {
		return "Blueprint " + app
	}
	_, oid, _ := strings.Cut(r.Actor, "/")
	return "Person " + oid
}

// bodyName is the name of the object in an audit body, if it has one.
func bodyName(r models.AuditRecord) string {
	var body struct {
		Name  string `json:"name"`
		Title string `json:"title"`
	}
	if json.Unmarshal(r.Body, &body) != nil {
		return ""
	}
	if body.Name == "" {
		return body.Title
	}
	return body.Name
}

// callsKey is where a request keeps the recorder of its calls.
const callsKey = "graph calls"

// recordCalls makes graph(c) note what this request asks Graph, for the page
// to show. It comes before the first read.
func (h *Handlers) recordCalls(c echo.Context) *graph.Recorder {
	calls := &graph.Recorder{}
	c.Set(callsKey, calls)
	return calls
}
