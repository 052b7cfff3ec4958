package models

import (
	"context"
	"encoding/json"
	"time"
)

// AuditKind says which part of an act a record tells.
type AuditKind string

// The kinds. An intent is committed before a call that changes the tenant and
// gets exactly one outcome; everything else is an event.
const (
	AuditIntent  AuditKind = "intent"
	AuditOutcome AuditKind = "outcome"
	AuditEvent   AuditKind = "event"
)

// NewAudit is a record to append.
type NewAudit struct {
	OpID       string // joins intent and outcome
	Kind       AuditKind
	Actor      string // "<tid>/<oid>", "app:<id>" or "portal"
	TargetKind string
	TargetID   string
	Action     string
	Result     string
	RunID      string
	Body       map[string]any // strings, bools, integers, lists and maps of them; no secrets, no personal words
	Words      AuditWords
}

// AuditWords are the personal words of a record. They are not in the chain
// but bound to it by a keyed hash, so that they can be erased.
type AuditWords struct {
	ActorName     string
	ActorUsername string
	TargetName    string
	IP            string
	UserAgent     string
	Reason        string
}

// AuditRecord is a record of the chain.
type AuditRecord struct {
	Seq        int64
	At         time.Time // UTC, microseconds
	Tenant     string
	OpID       string
	Kind       AuditKind
	Actor      string
	TargetKind string
	TargetID   string
	Action     string
	Result     string
	RunID      string
	Body       json.RawMessage
	Prev, Hash [32]byte
	Words      AuditWords
	WordsGone  bool // the record had words and they were erased
}

// AuditFilter narrows a list of records; zero fields do not.
type AuditFilter struct {
	Actor, Action, TargetKind, TargetID string
	Result, RunID, OpID                 string
	Kind                                AuditKind
	From, To                            time.Time // From included, To excluded
	Before, After                       int64     // keyset: the seq of the last or first row shown
	Limit                               int       // 0: 50
}

// AppendAudit adds a record to the chain, in the transaction of s when s is
// inside Tx. An outcome needs an open intent of the same op id: ErrConflict.
func (s *Store) AppendAudit(ctx context.Context, a NewAudit) (AuditRecord, error) {
	return AuditRecord{}, nil
}

// Audit lists records, newest first.
func (s *Store) Audit(ctx context.Context, f AuditFilter) ([]AuditRecord, error) { return nil, nil }

// AuditRecord returns one record, or ErrNotFound.
func (s *Store) AuditRecord(ctx context.Context, seq int64) (AuditRecord, error) {
	return AuditRecord{}, ErrNotFound
}

// AuditByOp returns the records of one op, oldest first.
func (s *Store) AuditByOp(ctx context.Context, opID string) ([]AuditRecord, error) { return nil, nil }

// OpenIntents returns the intents without an outcome, oldest first.
func (s *Store) OpenIntents(ctx context.Context) ([]AuditRecord, error) { return nil, nil }
