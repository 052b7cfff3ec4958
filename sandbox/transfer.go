package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

const (
	exportFormat  = "agent-id-sandbox-tenant"
	exportVersion = 1
	maxImport     = 128 << 20 // bytes; 10,000 agents take about ten million
)

// tenantExport is the whole directory as one document: people, groups, roles, applications, principals,
// grants, the recycle bin. It holds no more than the tenant: no signing key, no sign-in, no journal,
// no knob, and of secrets and passwords only the hashes that the tenant itself keeps.
type tenantExport struct {
	Format   string           `json:"format"`
	Version  int              `json:"version"`
	TenantID string           `json:"tenantId"`
	At       time.Time        `json:"exportedAt"`
	Objects  []exportedObject `json:"objects"`
}

type exportedObject struct {
	Kind   kind            `json:"kind"`
	Object json.RawMessage `json:"object"`
}

// exportTenant lists objects kind by kind in the order of their creation. Objects are never changed in
// place, so only the list is made under the lock.
func (s *Sandbox) exportTenant(w http.ResponseWriter, _ *http.Request) {
	var all []object
	_ = s.tenant.read(func(st *state) error {
		all = st.everything()
		return nil
	})
	out := tenantExport{Format: exportFormat, Version: exportVersion, TenantID: tenantID, At: s.o.Now().UTC(), Objects: []exportedObject{}}
	for _, o := range all {
		if !o.kind().inDirectory() {
			continue
		}
		text, err := json.Marshal(o)
		if err != nil {
			writeControlError(w, http.StatusInternalServerError, "The tenant could not be exported: %v.", err)
			return
		}
		out.Objects = append(out.Objects, exportedObject{o.kind(), text})
	}
	w.Header().Set("Content-Disposition", `attachment; filename="sandbox-tenant.json"`)
	writeJSON(w, http.StatusOK, out)
}

// importTenant puts the directory of an export in the place of this one, whole or not at all. Everybody
// is signed out, because the people are others now; knobs, journal and keys stay.
func (s *Sandbox) importTenant(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		writeControlError(w, http.StatusRequestEntityTooLarge, "An import may have %d MiB.", maxImport>>20)
		return
	case err != nil:
		writeControlError(w, http.StatusBadRequest, "The body could not be read: %v.", err)
		return
	}
	objects, err := readExport(body)
	if err != nil {
		writeControlError(w, http.StatusBadRequest, "This is no export of a sandbox tenant: %v.", err)
		return
	}
	if err := s.replaceDirectory(r.Context(), objects); err != nil {
		writeControlError(w, http.StatusInternalServerError, "The tenant could not be imported: %v.", err)
		return
	}
	writeJSON(w, http.StatusOK, struct {
		Objects int `json:"objects"`
	}{len(objects)})
}

func (s *Sandbox) replaceDirectory(ctx context.Context, objects []object) error {
	err := s.tenant.write(ctx, func(tx *txn) error {
		tx.clear(func(k kind) bool { return k != kindKnobs })
		for _, o := range objects {
			tx.seq = max(tx.seq, o.head().Seq)
			tx.put(o)
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.lockout.forgetAll()
	return errors.Join(s.tenant.adopt(ctx, s.o), s.store.setSetting(ctx, seedSetting, seedImported))
}

// readExport checks an export so far that the indexes of the tenant hold: known kinds, no id, place or
// name twice.
func readExport(body []byte) ([]object, error) {
	var doc tenantExport
	if err := strictly(body, &doc); err != nil {
		return nil, err
	}
	switch {
	case doc.Format != exportFormat:
		return nil, fmt.Errorf("the format is %q, not %q", clip(doc.Format), exportFormat)
	case doc.Version != exportVersion:
		return nil, fmt.Errorf("the version is %d, and this sandbox reads %d", doc.Version, exportVersion)
	case doc.TenantID != tenantID:
		return nil, errors.New("it is of another tenant")
	}
	objects, seen := []object{}, map[string]bool{}
	for i, e := range doc.Objects {
		o, err := readExported(e)
		if err != nil {
			return nil, fmt.Errorf("object %d: %w", i+1, err)
		}
		for _, key := range uniqueKeys(o) {
			if seen[key] {
				return nil, fmt.Errorf("object %d: the %s is there twice", i+1, key)
			}
			seen[key] = true
		}
		objects = append(objects, o)
	}
	for _, key := range indispensable() {
		if !seen[key] {
			return nil, fmt.Errorf("there is no %s in it, and the sandbox cannot do without", key)
		}
	}
	return objects, nil
}

// indispensable are the unique keys of what the sandbox takes for granted: somebody who may do
// everything, the portal's application, and the services of Microsoft. Azure came later than the first
// exports, and adopt adds it.
func indispensable() []string {
	keys := []string{
		"user principal name global-admin@" + tenantDomain, "app id " + seedID("app portal"), "principal of app id " + seedID("app portal"),
	}
	for _, r := range resourceSeeds() {
		if r.appID != managementAppID {
			keys = append(keys, "principal of app id "+r.appID)
		}
	}
	return keys
}

func readExported(e exportedObject) (object, error) {
	o := e.Kind.empty()
	if o == nil || !e.Kind.inDirectory() {
		return nil, fmt.Errorf("a tenant holds nothing of the kind %q", clip(string(e.Kind)))
	}
	if err := strictly(e.Object, o); err != nil {
		return nil, err
	}
	if h := o.head(); h.ID == "" || h.Seq <= 0 {
		return nil, errors.New("it has no id or no place in the order")
	}
	if d, ok := o.(*deletedItem); ok {
		if _, err := readExported(exportedObject{d.Kind, d.Object}); err != nil {
			return nil, fmt.Errorf("deleted %w", err)
		}
	}
	return o, nil
}

// uniqueKeys are what no two objects may share, in words.
func uniqueKeys(o object) []string {
	keys := []string{
		fmt.Sprintf("%s with the id %s", o.kind(), o.head().ID),
		fmt.Sprintf("%s at place %d", o.kind(), o.head().Seq),
	}
	switch o := o.(type) {
	case *user:
		keys = append(keys, "user principal name "+strings.ToLower(o.UserPrincipalName))
	case *application:
		keys = append(keys, "app id "+o.AppID)
	case *servicePrincipal:
		if o.AppID != "" {
			keys = append(keys, "principal of app id "+o.AppID)
		}
	}
	return keys
}

// strictly reads one JSON value without fields that nobody knows: an import that lost some silently
// would not be the tenant that was exported.
func strictly(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if decoder.More() {
		return errors.New("something follows the first value")
	}
	return nil
}
