package models

import (
	"errors"
	"maps"
	"slices"
	"strings"
)

// Errors a caller tells apart with errors.Is. Everything else is a fault of
// the machine or of this program.
var (
	// ErrNotFound says that no row has the given key.
	ErrNotFound = errors.New("not found")
	// ErrConflict says that the row exists already, or was changed by somebody else.
	ErrConflict = errors.New("conflict")
	// ErrLocked says that another process has the database open.
	ErrLocked = errors.New("database is in use by another process")
	// ErrWrongKey says that the encryption key is not the one the database was made with.
	ErrWrongKey = errors.New("encryption key does not fit this database")
)

// InvalidError holds the faults of a form or row, a sentence for each field.
type InvalidError struct {
	Fields map[string]string
}

// Error joins the faults in the order of the field names.
func (e *InvalidError) Error() string {
	parts := make([]string, 0, len(e.Fields))
	for _, name := range slices.Sorted(maps.Keys(e.Fields)) {
		parts = append(parts, name+": "+e.Fields[name])
	}
	return "invalid: " + strings.Join(parts, "; ")
}
