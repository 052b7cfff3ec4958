package sandbox

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// What the client is told, and held to.
const (
	deviceLife     = 15 * time.Minute
	deviceInterval = 5 * time.Second // between two questions of the client
	devicePath     = "/devicelogin"
)

// deviceAnswer starts a device authorization (RFC 8628 3.2).
type deviceAnswer struct {
	UserCode        string `json:"user_code"`
	DeviceCode      string `json:"device_code"`
	VerificationURI string `json:"verification_uri"`
	ExpiresIn       int    `json:"expires_in"`
	Interval        int    `json:"interval"`
	Message         string `json:"message"`
}

// serveDeviceCode hands out the two codes. The client shows no credential yet.
// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code
func (s *Sandbox) serveDeviceCode(w http.ResponseWriter, r *http.Request) {
	answer, refused := s.startDevice(w, r)
	if refused != nil {
		s.writeRefusal(w, r, refused)
		return
	}
	writeJSON(w, http.StatusOK, answer)
}

func (s *Sandbox) startDevice(w http.ResponseWriter, r *http.Request) (*deviceAnswer, *refusal) {
	if refused := checkTenant(r.PathValue("tenant"), false); refused != nil {
		return nil, refused
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxTokenForm)
	if err := r.ParseForm(); err != nil {
		return nil, refuseMalformed("The form could not be read.")
	}
	clientID, scopes := strings.ToLower(r.PostForm.Get("client_id")), strings.Fields(r.PostForm.Get("scope"))
	switch {
	case clientID == "":
		return nil, refuseMissing("client_id")
	case len(scopes) == 0:
		return nil, refuseMissing("scope")
	}
	c, refused := s.findClient(clientID)
	if refused != nil {
		return nil, refused
	}
	if refused := s.checkEnabled(c); refused != nil {
		return nil, refused
	}
	// Agent entities are turned away here, before somebody types a code in vain.
	if refused := c.checkGrant(&tokenRequest{grant: grantDevice}); refused != nil {
		return nil, refused
	}
	_ = s.tenant.read(func(st *state) error {
		_, refused = st.readScopes(scopes, c.principal.DisplayName)
		return nil
	})
	if refused != nil {
		return nil, refused
	}
	return s.newDeviceCode(r.Context(), c, scopes)
}

// newDeviceCode keeps the device code as a hash, like every secret; the user code is kept as it is,
// because people type it.
func (s *Sandbox) newDeviceCode(ctx context.Context, c *client, scopes []string) (*deviceAnswer, *refusal) {
	secret, now := "S"+randomText(96), s.tokenNow()
	d := &deviceCode{
		meta: meta{ID: hashSecret(secret)}, UserCode: newUserCode(), ClientID: c.id, Scopes: scopes,
		State: devicePending, ExpiresAt: now.Add(deviceLife),
	}
	if err := s.tenant.write(ctx, func(tx *txn) error {
		dropOld(tx, tx.deviceCodes, func(d *deviceCode) time.Time { return d.ExpiresAt })
		tx.put(d)
		tx.answer(http.StatusOK, d.ID)
		return nil
	}); err != nil {
		return nil, refuseServerError(err)
	}
	address := s.o.BaseURL + devicePath
	return &deviceAnswer{
		UserCode: d.UserCode, DeviceCode: secret, VerificationURI: address, ExpiresIn: int(deviceLife / time.Second),
		Interval: int(deviceInterval / time.Second),
		Message:  fmt.Sprintf("To sign in, use a web browser to open the page %s and enter the code %s to authenticate.", address, d.UserCode),
	}, nil
}

// newUserCode makes nine letters and digits that nobody mistakes for one another.
func newUserCode() string {
	const alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
	code := make([]byte, 9)
	_, _ = rand.Read(code) // never fails: crypto/rand ends the program instead
	for i, b := range code {
		code[i] = alphabet[int(b)%len(alphabet)]
	}
	return string(code)
}

// grantDeviceCode answers a client that asks whether its user has finished.
func (s *Sandbox) grantDeviceCode(ctx context.Context, q *tokenRequest) (*tokenResponse, *refusal) {
	if q.deviceCode == "" {
		return nil, refuseMissing("device_code")
	}
	d, refused := s.takeDevice(ctx, q)
	if refused != nil {
		return nil, refused
	}
	if len(q.scope) == 0 {
		q.scope = d.Scopes
	}
	in, refused := s.signInOf(d.UserID, d.Session, d.AuthTime, "")
	if refused != nil {
		return nil, refused
	}
	return s.userTokens(ctx, q, in, d.Scopes)
}

// takeDevice redeems an approved code, once.
func (s *Sandbox) takeDevice(ctx context.Context, q *tokenRequest) (*deviceCode, *refusal) {
	id := hashSecret(q.deviceCode)
	var d *deviceCode
	// Clients ask every few seconds: only the question that ends it takes the lock for writing.
	_ = s.tenant.read(func(st *state) error {
		d = st.deviceCodes.get(id)
		return nil
	})
	if refused := s.checkDevice(d, q); refused != nil {
		return nil, refused
	}
	err := s.tenant.write(ctx, func(tx *txn) error {
		if d = tx.deviceCodes.get(id); d == nil || d.State != deviceApproved {
			return refuseDeviceCode() // somebody was faster
		}
		done := clone(d)
		done.State = deviceRedeemed
		tx.put(done)
		return nil
	})
	return d, asRefusal(err)
}

// checkDevice: a code of another client is answered like one that never was. The time comes before
// the decision: an approval that nobody fetched in time is worth nothing (RFC 8628 3.5).
func (s *Sandbox) checkDevice(d *deviceCode, q *tokenRequest) *refusal {
	switch {
	case d == nil || d.ClientID != q.issuedTo.id || d.State == deviceRedeemed:
		return refuseDeviceCode()
	case q.now.After(d.ExpiresAt):
		return refuseDeviceExpired()
	case d.State == deviceDeclined:
		return refuseDeviceDeclined()
	case d.State == deviceApproved:
		return nil
	case s.polls.tooFast(d.ID, q.now):
		return refusePolling()
	}
	return refusePending()
}

// polls remembers when each waiting client asked last, in memory: a restart forgives.
type polls struct {
	mu   sync.Mutex
	last map[string]time.Time
}

// tooFast tells whether the client asked again before the interval was over; a second is allowed for
// clocks and networks. Codes that nobody can ask for any more are forgotten.
func (p *polls) tooFast(id string, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.last == nil {
		p.last = map[string]time.Time{}
	}
	before, known := p.last[id]
	if !known && len(p.last) > 1000 {
		for old, at := range p.last {
			if now.Sub(at) > deviceLife {
				delete(p.last, old)
			}
		}
	}
	p.last[id] = now
	return known && now.Sub(before) < deviceInterval-time.Second
}
