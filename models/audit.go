package models

import (
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

// ActorPortal is the actor of what the portal does by itself.
const ActorPortal = "portal"

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
	UserAgent     string // at most 200 runes are kept
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
	Open       bool // an intent without its outcome; only in records read from the store

	wordsKey []byte
}

// Recompute is the hash that the fields of the record give. When it is not
// Hash, the record was changed.
func (r AuditRecord) Recompute() [32]byte {
	row := r.row()
	sum, _ := row.sum(nil)
	return sum
}

// WordsHold says whether the personal words are those the record was written
// with; also true when it never had any or they were erased.
func (r AuditRecord) WordsHold() bool {
	return r.wordsKey == nil || r.words().holds(r.Body)
}

func (r AuditRecord) row() *auditRow {
	return &auditRow{
		Seq: r.Seq, AtUS: r.At.UnixMicro(), Tenant: r.Tenant, OpID: r.OpID, Kind: string(r.Kind), Actor: r.Actor,
		TargetKind: r.TargetKind, TargetID: r.TargetID, Action: r.Action, Result: r.Result, RunID: r.RunID,
		Body: r.Body, Prev: r.Prev[:], Hash: r.Hash[:],
	}
}

func (r AuditRecord) words() *wordsRow {
	w := r.Words
	return &wordsRow{
		Seq: r.Seq, Key: r.wordsKey, ActorName: w.ActorName, ActorUsername: w.ActorUsername,
		TargetName: w.TargetName, IP: w.IP, UserAgent: w.UserAgent, Reason: w.Reason,
	}
}

// record is the way back from what is stored.
func (r *auditRow) record() AuditRecord {
	rec := AuditRecord{
		Seq: r.Seq, At: time.UnixMicro(r.AtUS).UTC(), Tenant: r.Tenant, OpID: r.OpID, Kind: AuditKind(r.Kind), Actor: r.Actor,
		TargetKind: r.TargetKind, TargetID: r.TargetID, Action: r.Action, Result: r.Result, RunID: r.RunID, Body: r.Body,
	}
	copy(rec.Prev[:], r.Prev)
	copy(rec.Hash[:], r.Hash)
	return rec
}

// join adds the words, when there is a row of them.
func (r AuditRecord) join(w *wordsRow) AuditRecord {
	if w == nil || len(w.Key) == 0 {
		r.WordsGone = hadWords(r.Body)
		return r
	}
	r.wordsKey = w.Key
	r.Words = AuditWords{
		ActorName: w.ActorName, ActorUsername: w.ActorUsername, TargetName: w.TargetName,
		IP: w.IP, UserAgent: w.UserAgent, Reason: w.Reason,
	}
	return r
}
