// Package web is the HTTP plumbing any portal needs: a server that knows its
// own name, sessions, same-origin checks, roles, limits, rendering and event
// streams. It knows nothing of agents: pages and error texts come from above.
package web

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/labstack/echo/v4"

	"agentidportal/models"
)

// Options are the parts and limits of a Server. PublicURL, SessionName and
// Sessions are needed; the rest has defaults.
type Options struct {
	// PublicURL is the address people use, without a trailing slash. Its host
	// is the only one that is answered; https makes every cookie Secure.
	PublicURL string
	// SessionName is the name of the session cookie, before the __Host- that
	// https adds. It differs between a real tenant and the sandbox, because
	// cookies of localhost reach every port.
	SessionName string
	// Sessions stores session rows; it is given hashed tokens only.
	Sessions *models.SessionStore
	Log      *slog.Logger
	Now      func() time.Time

	// Idle ends a session that asked for nothing (30 min), Absolute ends it
	// in any case (8 h).
	Idle, Absolute time.Duration
	// Rates are requests a minute by class; a class that is absent or zero is
	// not limited.
	Rates map[RateClass]int
	// TrustedProxies are the networks whose X-Forwarded-For is believed when it
	// names the client, for limits and records; none by default.
	TrustedProxies []netip.Prefix
	// Heartbeat is the pause between signs of life on an event stream (15 s).
	Heartbeat time.Duration
	// Watch is the pause between looks at the session of an open stream (1 s).
	Watch time.Duration
	// Read is how long a request may take to arrive (15 s), Patience how long
	// its page may take to make (50 s), Write how long the answer may take to
	// leave (30 s).
	Read, Patience, Write time.Duration
}

// Server answers HTTP for one public address.
type Server struct {
	// OnError answers a request that failed. It picks the status and the page.
	OnError func(c echo.Context, err error)
	// FindUser reads the person behind a sign-in; nil without an error says
	// that the sign-in has ended.
	FindUser func(ctx context.Context, signInID string) (*User, error)
	// OnSeen is told, at most once a minute, that the person of a sign-in has
	// asked for something; nil tells nobody.
	OnSeen func(ctx context.Context, signInID string) error

	echo     *echo.Echo
	opts     Options
	public   *url.URL
	sessions *scs.SessionManager
	seen     *scs.SessionManager // sessions, for writing those that are there
	csrf     *http.CrossOriginProtection
	attempts *Attempts
	rates    *limiter
	streams  *streams
	pages    map[string]bool // paths of GET pages one may return to
}

// New builds a server without routes. It fails when the public URL is none.
func New(o Options) (*Server, error) {
	address, err := Origin(o.PublicURL)
	if err != nil {
		return nil, fmt.Errorf("public URL: %w", err)
	}
	public, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("public URL: %w", err)
	}
	o.fill()
	s := &Server{
		echo:     echo.New(),
		opts:     o,
		public:   public,
		csrf:     http.NewCrossOriginProtection(),
		attempts: NewAttempts(10_000, 10*time.Minute, o.Now),
		rates:    newLimiter(o.Rates, o.Now),
		streams:  newStreams(4, 100),
		pages:    map[string]bool{},
	}
	s.sessions = s.newSessions()
	known := *s.sessions
	known.Store = o.Sessions.Known()
	s.seen = &known
	s.echo.IPExtractor = clientAddress(o.TrustedProxies)
	s.echo.HideBanner, s.echo.HidePort = true, true
	s.echo.HTTPErrorHandler = s.answerError
	s.echo.Pre(s.identify, s.limitTime, s.logAccess, s.setHeaders, s.recoverPanics, s.checkHost, s.checkQuery, s.checkOrigin)
	s.echo.Use(s.loadSession)
	return s, nil
}

func (o *Options) fill() {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Idle == 0 {
		o.Idle = 30 * time.Minute
	}
	if o.Absolute == 0 {
		o.Absolute = 8 * time.Hour
	}
	if o.Heartbeat == 0 {
		o.Heartbeat = 15 * time.Second
	}
	if o.Watch == 0 {
		o.Watch = time.Second
	}
	if o.Read == 0 {
		o.Read = 15 * time.Second
	}
	if o.Patience == 0 {
		o.Patience = 50 * time.Second // many proxies give up after 60
	}
	if o.Write == 0 {
		o.Write = 30 * time.Second
	}
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.echo.ServeHTTP(w, r) }

// HTTPServer returns an http.Server around s that ends its event streams when
// it is shut down.
func (s *Server) HTTPServer() *http.Server {
	srv := NewHTTPServer(s)
	srv.ReadTimeout, srv.WriteTimeout = s.opts.Read, s.opts.Write
	srv.ErrorLog = slog.NewLogLogger(s.opts.Log.Handler(), slog.LevelDebug)
	srv.RegisterOnShutdown(s.streams.end)
	return srv
}

// NewHTTPServer sets the limits that net/http leaves open.
func NewHTTPServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    32 << 10,
	}
}

// clientAddress reads who asks: the peer, or behind a trusted proxy the last
// address of X-Forwarded-For that is none. echo by itself believes everybody.
// https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/X-Forwarded-For#selecting_an_ip_address
func clientAddress(trusted []netip.Prefix) echo.IPExtractor {
	if len(trusted) == 0 {
		return echo.ExtractIPDirect()
	}
	options := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range trusted {
		bits := p.Addr().BitLen()
		options = append(options, echo.TrustIPRange(&net.IPNet{IP: p.Masked().Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), bits)}))
	}
	return echo.ExtractIPFromXFFHeader(options...)
}

// Secure says whether people reach the portal over https.
func (s *Server) Secure() bool { return s.public.Scheme == "https" }

// URL returns the public address of a path that starts with a slash.
func (s *Server) URL(path string) string {
	return s.public.Scheme + "://" + s.public.Host + path
}

// Attempts returns the sign-ins that have been started and not come back.
func (s *Server) Attempts() *Attempts { return s.attempts }

func (s *Server) answerError(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	defer s.answerPlainly(c)
	if s.OnError != nil {
		s.OnError(c, err)
		return
	}
	writePlainly(c)
}

// answerPlainly is deferred around the error page, which runs outside
// recoverPanics: one that panics leaves the person an answer to quote.
func (s *Server) answerPlainly(c echo.Context) {
	v := recover()
	switch v {
	case nil:
		return
	case http.ErrAbortHandler:
		panic(v)
	}
	s.opts.Log.ErrorContext(c.Request().Context(), "panic in the error page",
		"error", &PanicError{Value: v}, "stack", stack(), "request_id", RequestID(c))
	if !c.Response().Committed {
		writePlainly(c)
	}
}

func writePlainly(c echo.Context) {
	http.Error(c.Response(), http.StatusText(http.StatusInternalServerError)+"\nPortal request: "+RequestID(c), http.StatusInternalServerError)
}
