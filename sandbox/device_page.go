package sandbox

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// devicePage is what the pages for a device show.
type devicePage struct {
	Code     string // as typed
	Client   string
	Approved bool
}

const wrongDeviceCode = "That code is not right, or its time is over. Look at your device again: a code lives 15 minutes and is used once."

// serveDevice shows the page for a code (GET) and takes its three forms (POST): the code, the account,
// the answer. The code travels in the form, so nothing has to be remembered here.
func (s *Sandbox) serveDevice(w http.ResponseWriter, r *http.Request) {
	byMethod(w, r, func() { s.askDeviceCode(w, r.URL.Query().Get("otc"), "") }, func() {
		if s.readForm(w, r) {
			s.takeDeviceForm(w, r)
		}
	})
}

func (s *Sandbox) askDeviceCode(w http.ResponseWriter, typed, problem string) {
	status := http.StatusOK
	if problem != "" {
		status = http.StatusUnprocessableEntity
	}
	s.showPage(w, status, "", pageData{
		Title: "Enter the code", Name: "device-code", Problem: problem, Device: devicePage{Code: typed},
	})
}

// takeDeviceForm finds out which of the three forms was sent.
func (s *Sandbox) takeDeviceForm(w http.ResponseWriter, r *http.Request) {
	typed := r.PostForm.Get("otc")
	var d *deviceCode
	_ = s.tenant.read(func(st *state) error {
		d = st.deviceOf(typed, s.tokenNow())
		return nil
	})
	if d == nil {
		s.askDeviceCode(w, typed, wrongDeviceCode)
		return
	}
	c, refused := s.findClient(d.ClientID)
	if refused != nil {
		s.showRefusal(w, r, refused)
		return
	}
	switch {
	case r.PostForm.Has("consent"):
		s.takeDeviceAnswer(w, r, c, d)
	case r.PostForm.Has("account"), r.PostForm.Has("username"):
		in, problem := s.pickAccount(w, r)
		if in != nil {
			s.askDevice(w, r, c, d, in)
		} else if problem != "" {
			s.showDevicePicker(w, r, c, d, problem)
		}
	default:
		s.showDevicePicker(w, r, c, d, "")
	}
}

func (s *Sandbox) showDevicePicker(w http.ResponseWriter, r *http.Request, c *client, d *deviceCode, problem string) {
	p := s.picker(r, c, "", problem)
	p.Asks, p.Device = s.asks(d.Scopes), devicePage{Code: d.UserCode, Client: c.principal.DisplayName}
	p.From = "a device that shows the code " + d.UserCode + "."
	s.showPage(w, pickerStatus(problem), "", p)
}

// askDevice asks whether the person started this, because a code may come from somebody else, and for
// the consent that is missing. https://datatracker.ietf.org/doc/html/rfc8628#section-5.4
func (s *Sandbox) askDevice(w http.ResponseWriter, r *http.Request, c *client, d *deviceCode, in *signIn) {
	var ask question
	need := consentByUser
	_ = s.tenant.read(func(st *state) error {
		all, _ := st.readWanted(c, d.Scopes) // checked when the device asked
		missing := st.missing(c, in.user.ID, all)
		ask = st.question(c, in.user, missing, all)
		need = max(consentByUser, st.need(in.user, missing))
		return nil
	})
	ask.Code, ask.Action = d.UserCode, "Approve"
	s.showQuestion(w, r, "", ask, need)
}

// takeDeviceAnswer approves or declines, once: the second of two browsers hears that the code is used.
func (s *Sandbox) takeDeviceAnswer(w http.ResponseWriter, r *http.Request, c *client, d *deviceCode) {
	in := s.browserSignIn(r)
	if in == nil || in.user.ID != r.PostForm.Get("user") {
		s.showDevicePicker(w, r, c, d, otherAccount)
		return
	}
	approved, forAll := r.PostForm.Get("consent") == "accept", r.PostForm.Get("organization") != ""
	need, used := consentGiven, false
	err := s.tenant.write(r.Context(), func(tx *txn) error {
		now := tx.deviceOf(d.UserCode, s.tokenNow())
		if used = now == nil; used {
			return nil
		}
		all, _ := tx.readWanted(c, d.Scopes)
		missing := tx.missing(c, in.user.ID, all)
		if need = tx.need(in.user, missing); approved && need == consentByAdmin {
			return nil
		}
		ids := []string{in.user.ID}
		if approved {
			ids = append(ids, tx.grant(c, consentFor(tx.state, in.user, forAll, missing), missing)...)
		}
		tx.put(answeredDevice(now, in, approved))
		tx.answer(http.StatusOK, ids...)
		return nil
	})
	switch {
	case err != nil:
		s.showRefusal(w, r, refuseServerError(err))
	case used:
		s.askDeviceCode(w, d.UserCode, wrongDeviceCode)
	case approved && need == consentByAdmin:
		s.askDevice(w, r, c, d, in)
	default:
		title := "You declined"
		if approved {
			title = "You are signed in on the device"
		}
		s.showPage(w, http.StatusOK, "", pageData{Title: title, Name: "device-done", Device: devicePage{Client: c.principal.DisplayName, Approved: approved}})
	}
}

// answeredDevice is the authorization with its answer; a declined one names nobody.
func answeredDevice(d *deviceCode, in *signIn, approved bool) *deviceCode {
	next := clone(d)
	if !approved {
		next.State = deviceDeclined
		return next
	}
	next.State, next.UserID, next.Session, next.AuthTime = deviceApproved, in.user.ID, in.session, in.authTime
	next.Scopes = slices.Clone(d.Scopes)
	return next
}

// consentFor is whom a consent is for: everybody when an administrator ticked the box, else the user.
func consentFor(st *state, u *user, forAll bool, list []wanted) string {
	if forAll && st.consentsForAll(u, list) {
		return ""
	}
	return u.ID
}

// deviceOf finds a pending authorization by what a person typed; nil when there is none.
func (st *state) deviceOf(typed string, now time.Time) *deviceCode {
	code := strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(typed))
	d := st.deviceByUserCode[code]
	if d == nil || d.State != devicePending || now.After(d.ExpiresAt) {
		return nil
	}
	return d
}
