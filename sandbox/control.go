package sandbox

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// controlRoutes are the sandbox's own addresses: about the pretend tenant, not part of it.
func (s *Sandbox) controlRoutes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.showHome)
	mux.HandleFunc("GET /_sandbox/info", s.showInfo)
	mux.HandleFunc("GET /_sandbox/journal", s.showJournal)
	mux.HandleFunc("GET /_sandbox/knobs", s.showKnobs)
	mux.HandleFunc("PUT /_sandbox/knobs", jsonOnly(s.turnKnobs))
	mux.HandleFunc("GET /_sandbox/clock", s.showClock)
	mux.HandleFunc("POST /_sandbox/clock", jsonOnly(s.moveClock))
	mux.HandleFunc("POST /_sandbox/reset", jsonOnly(s.resetTenant))
	mux.HandleFunc("POST /_sandbox/keys/rotate", jsonOnly(s.rotateKeys))
	mux.HandleFunc("GET /_sandbox/managed-identity/token", s.serveManagedIdentity)
	mux.HandleFunc("POST /_sandbox/federation/token", jsonOnly(s.serveFederation))
	mux.HandleFunc("GET /_sandbox/export", s.exportTenant)
	mux.HandleFunc("POST /_sandbox/import", jsonUpTo(maxImport, s.importTenant))
	mux.HandleFunc("GET /_sandbox/assets/{file}", s.showAsset)
	return http.NewCrossOriginProtection().Handler(mux)
}

// controlError is what the control addresses answer instead of a success.
type controlError struct {
	Error  string   `json:"error"`
	Faults []string `json:"faults"` // the same, one sentence each
}

func writeControlError(w http.ResponseWriter, status int, text string, args ...any) {
	sentence := fmt.Sprintf(text, args...)
	writeJSON(w, status, controlError{sentence, []string{sentence}})
}

// jsonOnly refuses bodies that a plain form of another site could send.
func jsonOnly(next http.HandlerFunc) http.HandlerFunc { return jsonUpTo(1<<20, next) }

// jsonUpTo is jsonOnly with a limit of its own, in bytes.
func jsonUpTo(limit int64, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
			writeControlError(w, http.StatusUnsupportedMediaType, "Send this with Content-Type: application/json.")
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		next(w, r)
	}
}

func (s *Sandbox) showInfo(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, s.Info())
}

// showJournal lists entries with numbers above after, all of them: a reader that fell behind must not
// take a page for the whole.
func (s *Sandbox) showJournal(w http.ResponseWriter, r *http.Request) {
	var after int64
	if text := r.URL.Query().Get("after"); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 {
			writeControlError(w, http.StatusBadRequest, "The value of after must be the number of a journal entry, or 0.")
			return
		}
		after = n
	}
	entries, last, err := s.store.entriesAfter(r.Context(), after)
	if err != nil {
		writeControlError(w, http.StatusInternalServerError, "The journal could not be read: %v.", err)
		return
	}
	writeJSON(w, http.StatusOK, struct {
		Entries []json.RawMessage `json:"entries"`
		Last    int64             `json:"last"`
	}{entries, last})
}

// resetTenant puts a seed in the place of all there is: the one that is named, else the one the tenant
// started with. Knobs go back too. Keys stay, so tokens given out before can still be checked; the
// journal goes on, because it is the record of what was done.
func (s *Sandbox) resetTenant(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Seed string `json:"seed"`
	}
	body, err := io.ReadAll(r.Body)
	if err == nil && len(body) > 0 {
		err = strictly(body, &asked)
	}
	if err != nil {
		writeControlError(w, http.StatusBadRequest, "The body is no choice of a seed: %v.", err)
		return
	}
	name := asked.Seed
	if name == "" {
		name, err = s.seedName(r.Context())
		if name == seedImported {
			name = s.o.Seed
		}
	}
	if err == nil && !slices.Contains(SeedNames(), name) {
		writeControlError(w, http.StatusBadRequest, "The seed %q is none of %s.", clip(name), strings.Join(SeedNames(), ", "))
		return
	}
	if err == nil {
		err = s.reseed(r.Context(), name)
	}
	if err != nil {
		writeControlError(w, http.StatusInternalServerError, "The tenant could not be reset: %v.", err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// rotateKeys makes a new signing key at once; Entra does it now and then, without notice.
func (s *Sandbox) rotateKeys(w http.ResponseWriter, r *http.Request) {
	key, err := s.keys.rotate(r.Context(), s.tokenNow())
	if err != nil {
		writeControlError(w, http.StatusInternalServerError, "The keys could not be rotated: %v.", err)
		return
	}
	writeJSON(w, http.StatusOK, struct {
		KeyID string `json:"kid"`
	}{key.id})
}
