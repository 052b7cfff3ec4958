package handlers

import (
	"bytes"
	"errors"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"agentidportal/models"
	"agentidportal/provision"
	"agentidportal/web"
)

// upload takes the file of a step into the draft, with all else that was typed.
// What the file itself is refused for is said beside its field; nothing of a
// refused file is kept.
func (h *Handlers) upload(c echo.Context, draft *models.Draft, form blueprintForm, s wizardStep, posted sent) error {
	if posted.file == nil {
		return h.refuse(c, draft, form, s, posted.Values, map[string]string{s.file: "Choose a file first."})
	}
	take := (*Handlers).takeTable
	if s.file == "certificate" {
		take = (*Handlers).takeCertificate
	}
	fault, err := take(h, c, &form, *posted.file)
	if err != nil {
		return err
	}
	if fault != "" {
		return h.refuse(c, draft, form, s, posted.Values, map[string]string{s.file: fault})
	}
	if err := h.saveDraft(c, draft, form); err != nil {
		return err
	}
	if form.Table.fault(form.will(provision.ActsAsUser)) != "" {
		return showFaults(c, draft, s.key)
	}
	return web.Redirect(c, stepPath(draft.ID, s.key))
}

// takeCertificate keeps a certificate, and never a private key.
func (h *Handlers) takeCertificate(_ echo.Context, form *blueprintForm, file web.File) (fault string, err error) {
	cert, err := provision.ParseCertificate(file.Data, h.Now())
	var key *provision.PrivateKeyError
	var unfit *provision.CertificateError
	switch {
	case errors.As(err, &key):
		return key.Error(), nil
	case errors.As(err, &unfit):
		return unfit.Error(), nil
	case err != nil:
		return "", err
	}
	form.Certificate, form.Credential = &cert, string(provision.CredentialCertificate)
	return "", nil
}

// takeTable checks a table row by row, against the tenant as it is now.
func (h *Handlers) takeTable(c echo.Context, form *blueprintForm, file web.File) (fault string, err error) {
	in, fault, err := h.rowContext(c, *form)
	if err != nil || fault != "" {
		return fault, err
	}
	rows, err := provision.ParseRows(c.Request().Context(), bytes.NewReader(file.Data), in)
	var unfit *models.InvalidError
	if errors.As(err, &unfit) {
		return unfit.Fields["rows"], nil
	}
	if err := part(err, &fault); err != nil {
		return "", err
	}
	if fault != "" {
		return "The people in the table could not be looked up. " + fault + ". Upload it again in a moment.", nil
	}
	table := &agentTable{File: file.Name, Rows: provision.Good(rows), Total: len(rows)}
	for _, row := range rows {
		for _, f := range row.Faults {
			table.Bad = append(table.Bad, tableFault{Row: row.Number, Field: f.Field, Problem: f.Problem, Fix: f.Fix})
		}
	}
	form.Table = table
	return "", nil
}

// rowContext is what rows are checked against. The step Agent users may still
// be to come: its domain is taken to be the tenant's first.
func (h *Handlers) rowContext(c echo.Context, form blueprintForm) (in provision.RowContext, fault string, err error) {
	in = provision.RowContext{Spec: form.spec(), People: provision.PeopleOf(h.graph(c)), Left: provision.MaxAgents}
	if form.Into != nil {
		in.Left = form.Into.Quota.Left() // some are used up
	}
	if in.Domains, fault, err = h.domains(c); err != nil || fault != "" {
		return in, unread(fault), err
	}
	if in.SKUs, fault, err = h.licences(c); err != nil || fault != "" {
		return in, unread(fault), err
	}
	if in.Spec.Users != nil && in.Spec.Users.Domain == "" && len(in.Domains) > 0 {
		in.Spec.Users.Domain = in.Domains[0]
	}
	return in, "", nil
}

func unread(fault string) string {
	if fault == "" {
		return ""
	}
	return "The tenant’s domains and licences could not be read, so the table was not checked. " + fault + ". Upload it again in a moment."
}

// rowsTemplate is a table to fill in, with one row as an example.
func (h *Handlers) rowsTemplate(c echo.Context) error {
	domains, _, err := h.domains(c)
	if err != nil {
		return err
	}
	domain := h.Tenant.Domain
	if len(domains) > 0 {
		domain = domains[0]
	}
	return download(c, "agents.csv", "text/csv; charset=utf-8", []byte(provision.RowTemplate(domain, web.CurrentUser(c).Username)))
}

// download sends a file that the portal wrote.
func download(c echo.Context, name, kind string, data []byte) error {
	header := c.Response().Header()
	header.Set("Content-Disposition", `attachment; filename="`+url.PathEscape(name)+`"`)
	header.Set("Cache-Control", "no-store")
	return c.Blob(http.StatusOK, kind, data)
}
