// Package handlers turns one HTTP request into one call and one page. The
// route table stands in routes.go; errors.go is the only place that picks the
// status of a failure.
package handlers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"agentidportal/entra"
	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/web"
)

// Tenant is the tenant the portal works for.
type Tenant struct {
	ID, Domain string
	Sandbox    bool
}

// Handlers answers the portal's pages. Every field but Sandbox is needed; Now
// and Log have defaults.
type Handlers struct {
	Store   *models.Store
	Entra   *entra.Client
	Graph   *graph.Client // bound to a person by graph(c)
	Engine  *provision.Engine
	SignIns *provision.SignIns
	Sealer  *models.Sealer
	App     entra.App
	// Sandbox is what the sandbox tenant says of itself; nil for a real one.
	Sandbox   *SandboxInfo
	Tenant    Tenant
	PublicURL string
	// Scopes are asked for at sign-in.
	Scopes []string
	// OpenInspector lets people inspect tokens without signing in. Only a
	// portal that is reached over loopback may set it.
	OpenInspector bool
	// RequireReason is that of provision.Options: forms ask for what runs demand.
	RequireReason bool
	// BulkMost is how many objects may be changed at once; 0: none, each alone.
	BulkMost int
	// InventoryWait is how long a page waits for a reading of the tenant; 0: 1.5 s.
	InventoryWait time.Duration
	// Development adds the components page. A release has no such address.
	Development bool
	Now         func() time.Time
	Log         *slog.Logger

	// HTTP reaches the sandbox; nil means the default client.
	HTTP *http.Client

	web     *web.Server
	learned atomic.Pointer[string] // name of a real tenant
	guards  map[string]web.Guard   // of GET routes, by path
	trouble trouble                // knobs of the sandbox that are on
	denials denials                // refusals recorded in the last minute
	lab     labMemory              // what people test with
}

// Routes registers every page at s. It fails when a route has no guard.
func (h *Handlers) Routes(s *web.Server) error {
	if h.Now == nil {
		h.Now = time.Now
	}
	if h.Log == nil {
		h.Log = slog.New(slog.DiscardHandler)
	}
	h.web, h.lab.clock = s, h.Now
	s.OnError = h.fail
	s.FindUser = h.findUser
	s.OnSeen = h.noteSeen
	table := h.routes()
	h.guards = map[string]web.Guard{}
	for _, r := range table {
		if r.Method == "GET" {
			h.guards[r.Path] = r.Guard
		}
	}
	if err := h.recallDomain(context.Background()); err != nil {
		return fmt.Errorf("recall the tenant's name: %w", err)
	}
	return s.Add(table...)
}

// findUser reads the person of a sign-in; nil when it has ended.
func (h *Handlers) findUser(ctx context.Context, signInID string) (*web.User, error) {
	row, err := h.Store.SignIn(ctx, signInID)
	if errors.Is(err, models.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &web.User{
		SignInID: row.ID, TID: row.TID, OID: row.OID, Name: row.Name, Username: row.Username,
		Roles: slices.Clone(row.Roles),
		Role:  web.RoleOf(row.RoleTemplateIDs), Held: web.RolesOf(row.RoleTemplateIDs),
	}, nil
}

// noteSeen keeps the sign-in of somebody at work. One that was ended in
// another tab this very moment is no fault: the next request finds out.
func (h *Handlers) noteSeen(ctx context.Context, signInID string) error {
	if err := h.Store.TouchSignIn(ctx, signInID); err != nil && !errors.Is(err, models.ErrNotFound) {
		return err
	}
	return nil
}

// graph returns Microsoft Graph as the signed-in person. The route's guard has
// made sure that there is one.
func (h *Handlers) graph(c echo.Context) *graph.Client {
	g := h.Graph.With(h.SignIns.TokenFunc(web.CurrentUser(c).SignInID))
	if calls, ok := c.Get(callsKey).(*graph.Recorder); ok {
		return g.Recording(calls)
	}
	return g
}

// actor returns who acts, as audit records and runs name him. For a stranger
// it holds the address alone.
func (h *Handlers) actor(c echo.Context) models.Actor {
	a := models.Actor{IP: c.RealIP()}
	if u := web.CurrentUser(c); u != nil {
		a.TID, a.OID, a.Name, a.Username = u.TID, u.OID, u.Name, u.Username
		a.Roles, a.SignInID = u.Roles, u.SignInID
	}
	return a
}

// record appends an event of this request to the audit. Actor and the words
// about the person are filled in.
func (h *Handlers) record(c echo.Context, a models.NewAudit) error {
	_, err := h.recorded(c, a)
	return err
}

// recorded is record for those who name the new record on their page. What has
// happened is recorded also when the browser has gone meanwhile.
func (h *Handlers) recorded(c echo.Context, a models.NewAudit) (models.AuditRecord, error) {
	return h.Store.AppendAudit(context.WithoutCancel(c.Request().Context()), h.signed(c, a))
}

// recordWith commits a record of this request with what change writes, or
// neither; both also when the browser has gone meanwhile.
func (h *Handlers) recordWith(c echo.Context, a models.NewAudit, change func(ctx context.Context, tx *models.Store) error) error {
	ctx := context.WithoutCancel(c.Request().Context())
	return h.Store.Tx(ctx, func(tx *models.Store) error {
		if err := change(ctx, tx); err != nil {
			return err
		}
		_, err := tx.AppendAudit(ctx, h.signed(c, a))
		return err
	})
}

// afterwards is how long a page about what was done may take to make.
const afterwards = 5 * time.Second

// goOn gives the rest of a request time of its own: something is done, and what
// is known of it is lost neither to a browser that has gone nor to a tenant that
// took all the time there was.
func goOn(c echo.Context) context.CancelFunc {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request().Context()), afterwards)
	c.SetRequest(c.Request().WithContext(ctx))
	return cancel
}

// signed fills in who sent this request, and from where.
func (h *Handlers) signed(c echo.Context, a models.NewAudit) models.NewAudit {
	who := h.actor(c)
	if a.Kind == "" {
		a.Kind = models.AuditEvent
	}
	if a.Actor == "" {
		a.Actor = who.String()
	}
	if a.Body == nil {
		a.Body = map[string]any{}
	}
	// Whoever signs in over another's session is not that other.
	if a.Actor == who.String() {
		if a.Words.ActorName == "" {
			a.Words.ActorName, a.Words.ActorUsername = who.Name, who.Username
		}
		if len(who.Roles) > 0 {
			a.Body["roles"] = who.Roles
		}
	}
	a.Words.IP = who.IP
	a.Words.UserAgent = cut(c.Request().UserAgent(), 300)
	a.Body["requestId"] = web.RequestID(c)
	return a
}

// cut shortens a text to n bytes at most, at a whole character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n]
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
