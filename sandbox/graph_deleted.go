package sandbox

import (
	"encoding/json"
	"net/http"
)

// softDelete moves an application or service principal to the recycle bin. Outside the bin nothing
// knows it any more: no list, no look-up, no sign-in.
func softDelete(tx *txn, o object) *graphError {
	text, err := json.Marshal(o)
	if err != nil {
		return &graphError{http.StatusInternalServerError, "InternalServerError", "The object could not be moved to the recycle bin."}
	}
	d := &deletedItem{meta: meta{ID: o.head().ID}, Kind: o.kind(), Object: text}
	switch o := o.(type) {
	case *application:
		d.AppOnly = o.CreatedAppOnly
	case *servicePrincipal:
		d.BlueprintAppID = o.BlueprintAppID
	}
	tx.remove(o)
	tx.put(d)
	return nil
}
