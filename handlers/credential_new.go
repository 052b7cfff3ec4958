package handlers

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"agentidportal/entra/graph"
	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/views"
	"agentidportal/web"
)

// certificateBody is how much the form for a certificate may send: a file that is
// too large for one is told so by its page.
const certificateBody = 1 << 20

// newKey is the form for a certificate or a federated credential of a blueprint
// that is there, as typed; its fields are those of the wizard.
type newKey struct {
	b       *graph.Blueprint
	o       *object
	form    blueprintForm
	request string
	faults  map[string]string // by the names that specs have for fields
}

// openNewKey begins an empty form, for those who may send it. Without one the
// request is answered, or failed.
func (h *Handlers) openNewKey(c echo.Context, kind provision.CredentialKind) (*newKey, error) {
	b, o, err := h.openKeys(c)
	if o == nil {
		return nil, err
	}
	return &newKey{b: b, o: o, form: blueprintForm{Credential: string(kind)}, request: uuid.NewString(), faults: map[string]string{}}, nil
}

// read takes what was posted.
func (k *newKey) read(posted url.Values) {
	if id := posted.Get("request"); graphID(id) {
		k.request = id
	}
	kind := k.form.Credential
	k.form.readCredential(posted)
	k.form.Credential, k.form.Reason = kind, typedField(posted, "reason")
}

// newFederated is the form for one more federated credential of a blueprint.
func (h *Handlers) newFederated(c echo.Context) error {
	k, err := h.openNewKey(c, provision.CredentialFederated)
	if k == nil {
		return err
	}
	return h.renderNewKey(c, k)
}

// addFederated makes it, as a run of one step that is done at once, or shows what
// Entra will compare with the tokens.
func (h *Handlers) addFederated(c echo.Context) error {
	fields := []string{"request", "act", "reason"}
	for _, part := range federatedParts() {
		fields = append(fields, part.name)
	}
	posted, err := web.Form(c, fields...)
	if err != nil {
		return err
	}
	k, err := h.openNewKey(c, provision.CredentialFederated)
	if k == nil {
		return err
	}
	k.read(posted)
	var unread string // Graph is the judge then
	if err := readFederated(c.Request().Context(), h.graph(c), k.b, &unread); err != nil {
		return err
	}
	spec := provision.FederatedAddition{Blueprint: k.b, Federated: k.form.Federated, Reason: k.form.Reason}
	if posted.Get("act") == "show" {
		k.faults = spec.Validate(h.Engine.TenantIssuer())
		return h.renderNewKey(c, k)
	}
	return h.makeKey(c, k, func() (*models.Run, error) {
		return h.Engine.AddFederated(c.Request().Context(), h.actor(c), k.request, spec)
	})
}

// newCertificate is the form for one more certificate of a blueprint.
func (h *Handlers) newCertificate(c echo.Context) error {
	k, err := h.openNewKey(c, provision.CredentialCertificate)
	if k == nil {
		return err
	}
	return h.renderNewKey(c, k)
}

// backToCertificate leads from the address of a file, which answered with what was
// in it, to the empty form.
func (h *Handlers) backToCertificate(c echo.Context) error {
	id, err := pathID(c)
	if err != nil {
		return err
	}
	return web.Redirect(c, newCertificatePath(id))
}

// certificateFields are what the form for a certificate sends beside the file. The
// one that was uploaded goes along with it: nothing of it is kept before it is added.
var certificateFields = []string{"request", "act", "asked", "reason", "der"}

// readCertificateFile shows what is in the file that was uploaded. A file with a
// private key is stopped at its header.
func (h *Handlers) readCertificateFile(c echo.Context) error {
	k, err := h.openNewKey(c, provision.CredentialCertificate)
	if k == nil {
		return err // before a file is read that has no place
	}
	posted, file, err := web.FormWithFile(c, "certificate", certificateFields...)
	if err != nil {
		return err
	}
	k.read(posted)
	h.certificateSent(k, posted)
	fault := "Choose a file first."
	if file != nil {
		if fault, err = h.takeCertificate(c, &k.form, *file); err != nil {
			return err
		}
	}
	k.faults = k.certificate().Validate(h.Now())
	if fault != "" {
		k.faults["certificate"] = fault
	}
	return h.renderNewKey(c, k)
}

// addCertificate adds the one that was shown, as a run of one step that is done at
// once.
func (h *Handlers) addCertificate(c echo.Context) error {
	posted, err := web.Form(c, append([]string{"certificate"}, certificateFields...)...)
	if err != nil {
		return err
	}
	k, err := h.openNewKey(c, provision.CredentialCertificate)
	if k == nil {
		return err
	}
	k.read(posted)
	h.certificateSent(k, posted)
	name := typedField(posted, "certificate")
	switch {
	case posted.Get("act") == "drop-certificate":
		k.form.Certificate, k.faults = nil, map[string]string{}
		return h.renderNewKey(c, k)
	case name != "":
		k.faults["certificate"] = "“" + cut(name, 100) + "” was chosen but not sent. Choose it again and press “Upload the certificate”."
		return h.renderNewKey(c, k)
	}
	return h.makeKey(c, k, func() (*models.Run, error) {
		return h.Engine.AddCertificate(c.Request().Context(), h.actor(c), k.request, k.certificate())
	})
}

func (k *newKey) certificate() provision.CertificateAddition {
	return provision.CertificateAddition{Blueprint: k.b, Certificate: k.form.Certificate, Reason: k.form.Reason}
}

// certificateSent takes the certificate that came along with a form; it is read
// anew, as any file.
func (h *Handlers) certificateSent(k *newKey, posted url.Values) {
	der, err := base64.StdEncoding.DecodeString(posted.Get("der"))
	if err != nil || len(der) == 0 {
		return
	}
	if cert, err := provision.ParseCertificate(der, h.Now()); err == nil {
		k.form.Certificate = &cert
	}
}

// makeKey starts the run, unless something is wrong with a field.
func (h *Handlers) makeKey(c echo.Context, k *newKey, start func() (*models.Run, error)) error {
	if fault := provision.ReasonFault(k.form.Reason, h.RequireReason); fault != "" {
		k.faults["reason"] = fault
	}
	if len(k.faults) > 0 {
		return h.renderNewKey(c, k)
	}
	run, err := start()
	var invalid *models.InvalidError
	if errors.As(err, &invalid) {
		k.faults = invalid.Fields
		return h.renderNewKey(c, k)
	}
	if err != nil {
		return err
	}
	return web.Redirect(c, runPath(run.ID))
}

func (h *Handlers) renderNewKey(c echo.Context, k *newKey) error {
	federated := k.form.Credential == string(provision.CredentialFederated)
	f := views.KeyForm{Request: k.request, BackHref: keysPath(k.b.ID)}
	w := wizardView{views.BlueprintWizard{At: newCertificatePath(k.b.ID), Reason: k.form.Reason, ReasonRequired: h.RequireReason}}
	title, call := "Add certificate", h.Engine.CertificateCall(k.certificate())
	if federated {
		w.At, title = newFederatedPath(k.b.ID), "Add federated credential"
		call = h.Engine.FederatedCall(provision.FederatedAddition{Blueprint: k.b, Federated: k.form.Federated})
	}
	if k.form.Certificate != nil {
		f.DER = base64.StdEncoding.EncodeToString(k.form.Certificate.DER)
	}
	w.credential(k.form, h.Engine.TenantIssuer(), h.Now())
	w.Faults = map[string]string{}
	for _, field := range wizardFields() {
		if text := k.faults[field.spec]; field.spec != "" && text != "" && !slices.ContainsFunc(w.Errors, func(e views.FieldError) bool { return e.Field == "f-"+field.name }) {
			w.Faults[field.name] = text
			w.Errors = append(w.Errors, views.FieldError{Field: "f-" + field.name, Text: field.label + ": " + text})
		}
	}
	f.Fields, f.Call, f.Needs = w.BlueprintWizard, call.Method+" "+call.Path, call.Needs
	p := h.keyPage(c, k.o, title, "To "+k.o.name+". The credentials it has stay as they are.")
	p.HasError = len(w.Errors) > 0
	status := http.StatusOK
	if p.HasError {
		status = http.StatusUnprocessableEntity
	}
	if federated {
		return web.Render(c, status, views.AddFederatedPage(p, f))
	}
	return web.Render(c, status, views.AddCertificatePage(p, f))
}
