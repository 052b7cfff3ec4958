package sandbox

import (
	"bytes"
	"embed"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

//go:embed pages
var pageFiles embed.FS

// pageData is what the templates show.
type pageData struct {
	Title, Name, Tenant, TenantID, Base string

	// picker
	App, Problem, From, Username string
	Accounts                     []account
	Asks                         []ask

	// consent, its refusal, and the device pages
	Ask    question
	Device devicePage

	// refusal
	Refusal *refusalBody

	// form_post and signed-out
	Action, Back string
	Fields       []field

	// home
	Links   []link
	Seed    string
	Seeds   []field
	KnobsOn []string
}

// account is a button of the picker; its address is cut at the @ where a narrow screen may break it.
type account struct {
	ID, UPN, Local, Domain, Does string
	SignedIn                     bool
}

// ask is a scope with its meaning in a few words.
type ask struct{ Scope, Means string }

// field is a hidden input of the form_post page.
type field struct{ Name, Value string }

// link is an address the home page lists.
type link struct{ Method, Path, Does string }

// showPage writes one of the sandbox's own pages. Forms may only go to the sandbox and to the origin
// of a reply address that was checked; there is no inline script or style.
func (s *Sandbox) showPage(w http.ResponseWriter, status int, formTo string, p pageData) {
	p.Tenant, p.TenantID, p.Base = tenantDomain, tenantID, s.o.BaseURL
	views, err := template.ParseFS(pageFiles, "pages/layout.html", "pages/"+p.Name+".html")
	if err != nil {
		s.pageFault(w, err)
		return
	}
	var text bytes.Buffer
	if err := views.ExecuteTemplate(&text, "layout", p); err != nil {
		s.pageFault(w, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", strings.TrimSpace("default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' "+formTo))
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(text.Bytes())
}

func (s *Sandbox) pageFault(w http.ResponseWriter, err error) {
	s.o.Log.Error("show a page", slog.Any("error", err))
	http.Error(w, "The sandbox could not show this page.", http.StatusInternalServerError)
}

// showPicker shows the accounts, the hinted one first.
func (s *Sandbox) showPicker(w http.ResponseWriter, r *http.Request, q *authorizeRequest, problem string) {
	p := s.picker(r, q.client, q.loginHint, problem)
	p.From, p.Asks = requestedFrom(q), s.asks(q.scope)
	for _, w := range q.wants {
		if w.isRole() {
			p.Asks = append(p.Asks, ask{w.role.Value, w.role.DisplayName})
		}
	}
	s.showPage(w, pickerStatus(problem), formTarget(q.redirectURI), p)
}

// picker is the page with a button a persona.
func (s *Sandbox) picker(r *http.Request, c *client, hint, problem string) pageData {
	p := pageData{
		Title: "Pick an account", Name: "picker", App: c.principal.DisplayName, Problem: problem, Username: r.PostForm.Get("username"),
	}
	if p.Username == "" {
		p.Username = hint
	}
	signedIn := s.browserSignIn(r)
	_ = s.tenant.read(func(st *state) error {
		for u := range st.users.all() {
			if !u.isPersona() || !u.AccountEnabled {
				continue
			}
			local, domain, _ := strings.Cut(u.UserPrincipalName, "@")
			p.Accounts = append(p.Accounts, account{
				ID: u.ID, UPN: u.UserPrincipalName, Local: local, Domain: domain, Does: st.roleWords(u) + " " + u.Does,
				SignedIn: signedIn != nil && signedIn.user.ID == u.ID,
			})
		}
		return nil
	})
	slices.SortStableFunc(p.Accounts, func(a, b account) int { return hintRank(a, hint) - hintRank(b, hint) })
	return p
}

func pickerStatus(problem string) int {
	if problem != "" {
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}

// asks lists scopes with their meaning.
func (s *Sandbox) asks(scopes []string) []ask {
	var list []ask
	_ = s.tenant.read(func(st *state) error {
		for _, scope := range scopes {
			list = append(list, ask{scope, st.meaning(scope)})
		}
		return nil
	})
	return list
}

// meaning says what a scope allows, in the words of its resource.
func (st *state) meaning(text string) string {
	name, value := splitScope(text)
	res := st.resource(name)
	if res == nil {
		return ""
	}
	if value == ".default" {
		return "Everything already consented at " + res.principal.DisplayName
	}
	scope, _ := res.principal.scope(value)
	return scope.AdminConsentDisplayName
}

// hintRank puts the hinted account first.
func hintRank(a account, hint string) int {
	if strings.EqualFold(a.UPN, hint) {
		return 0
	}
	return 1
}

// roleWords names the roles of a user in a sentence.
func (st *state) roleWords(u *user) string {
	var names []string
	for _, r := range st.rolesOf(u.ID) {
		names = append(names, r.DisplayName)
	}
	if len(names) == 0 {
		return "No directory role."
	}
	return strings.Join(names, ", ") + "."
}

// requestedFrom says in small print who asks and how well the request is protected.
func requestedFrom(q *authorizeRequest) string {
	var parts []string
	switch {
	case q.challenge == "":
		parts = append(parts, "no PKCE")
	case q.challengeMethod == "S256":
		parts = append(parts, "PKCE S256")
	default:
		parts = append(parts, "PKCE plain")
	}
	for _, v := range []struct{ name, value string }{{"state", q.state}, {"nonce", q.nonce}} {
		if v.value == "" {
			parts = append(parts, "no "+v.name)
		} else {
			parts = append(parts, v.name+" present")
		}
	}
	return originOf(q.redirectURI) + ": " + strings.Join(parts, ", ") + "."
}

// showRefusal shows an error that must not be sent to the reply address.
func (s *Sandbox) showRefusal(w http.ResponseWriter, r *http.Request, refused *refusal) {
	if refused.cause != nil {
		s.o.Log.ErrorContext(r.Context(), "sign-in page", slog.Any("error", refused.cause))
	}
	body := refused.body(s.tokenNow(), correlationID(r), s.o.BaseURL)
	s.showPage(w, refused.Status, "", pageData{Title: "Sign-in is not possible", Name: "refusal", Refusal: &body})
}

// showFormPost answers by a form that a script sends at once; without JavaScript it has a button.
func (s *Sandbox) showFormPost(w http.ResponseWriter, action string, answer url.Values) {
	p := pageData{Title: "Going on to the application", Name: "form-post", Action: action}
	for _, name := range []string{"code", "state", "id_token", "session_state", "admin_consent", "error", "error_description", "error_uri", "error_subcode"} {
		if answer.Has(name) {
			p.Fields = append(p.Fields, field{name, answer.Get(name)})
		}
	}
	s.showPage(w, http.StatusOK, formTarget(action), p)
}

// showAsset serves the pages' stylesheet and script.
func (s *Sandbox) showAsset(w http.ResponseWriter, r *http.Request) {
	http.ServeFileFS(w, r, pageFiles, "pages/assets/"+r.PathValue("file"))
}
