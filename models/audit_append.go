package models

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// maxUserAgent is how many runes of a browser's name are kept.
const maxUserAgent = 200

// AppendAudit adds a record to the chain, in the transaction of s when s is
// inside Tx: no record, no change. An intent or outcome needs an op id; a
// second intent or outcome of an op and an outcome without an open intent are
// refused with ErrConflict.
func (s *Store) AppendAudit(ctx context.Context, a NewAudit) (rec AuditRecord, err error) {
	if err := a.check(); err != nil {
		return rec, fmt.Errorf("append audit record: %w", err)
	}
	err = s.Tx(ctx, func(tx *Store) error {
		rec, err = tx.append(ctx, a)
		return err
	})
	if err != nil {
		return AuditRecord{}, fmt.Errorf("append audit record: %w", err)
	}
	return rec, nil
}

// check refuses what verify would report later.
func (a NewAudit) check() error {
	switch {
	case !knownAction(a.Action):
		return fmt.Errorf("unknown action %q", a.Action)
	case a.Actor == "":
		return errors.New("no actor")
	case !knownResult(a.Kind, a.Result):
		return fmt.Errorf("%q is no result of kind %q", a.Result, a.Kind)
	case a.Kind != AuditEvent && a.OpID == "":
		return fmt.Errorf("%s without an op id", a.Kind)
	}
	if namesWords(a.Body) {
		return errors.New(`the body's field "words" belongs to the chain`)
	}
	return nil
}

// namesWords says whether a body has a member "words" at any depth. The chain
// looks for its own in the bytes, where depth does not show.
func namesWords(value any) bool {
	switch v := value.(type) {
	case map[string]any:
		for key, member := range v {
			if key == "words" || namesWords(member) {
				return true
			}
		}
	case map[string]string:
		_, taken := v["words"]
		return taken
	case []any:
		return slices.ContainsFunc(v, namesWords)
	}
	return false
}

// append runs inside a transaction: nobody else can write between reading the
// head and inserting.
func (s *Store) append(ctx context.Context, a NewAudit) (AuditRecord, error) {
	row, err := s.nextRow(ctx)
	if err != nil {
		return AuditRecord{}, err
	}
	row.fill(a)
	words := newWords(row.Seq, a.Words)
	if row.Body, err = canonicalBody(withWords(a.Body, words)); err != nil {
		return AuditRecord{}, err
	}
	sum, _ := row.sum(nil)
	row.Hash = sum[:]
	if err := s.insertRecord(ctx, row, words); err != nil {
		return AuditRecord{}, err
	}
	return row.record().join(words), nil
}

// nextRow starts a record after the last one.
func (s *Store) nextRow(ctx context.Context) (*auditRow, error) {
	var head struct {
		Seq  int64
		Hash []byte
	}
	if err := s.read(ctx).Raw("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1").Scan(&head).Error; err != nil {
		return nil, fmt.Errorf("read last record: %w", err)
	}
	if head.Seq == 0 {
		head.Hash = make([]byte, 32)
	}
	return &auditRow{Seq: head.Seq + 1, AtUS: s.now().UnixMicro(), Tenant: validText(s.options.Tenant), Prev: head.Hash}, nil
}

func (r *auditRow) fill(a NewAudit) {
	r.OpID, r.Kind, r.Actor = validText(a.OpID), string(a.Kind), validText(a.Actor)
	r.TargetKind, r.TargetID = validText(a.TargetKind), validText(a.TargetID)
	r.Action, r.Result, r.RunID = a.Action, a.Result, validText(a.RunID)
}

// newWords gives the words a key of their own; nil when there are none.
func newWords(seq int64, w AuditWords) *wordsRow {
	if w == (AuditWords{}) {
		return nil
	}
	key := make([]byte, 32)
	rand.Read(key) // never fails: https://pkg.go.dev/crypto/rand#Read
	return &wordsRow{
		Seq: seq, Key: key, ActorName: validText(w.ActorName), ActorUsername: validText(w.ActorUsername),
		TargetName: validText(w.TargetName), IP: validText(w.IP), UserAgent: clip(validText(w.UserAgent), maxUserAgent),
		Reason: validText(w.Reason),
	}
}

func withWords(body map[string]any, w *wordsRow) map[string]any {
	if w == nil {
		return body
	}
	bound := map[string]any{"words": w.sum()}
	maps.Copy(bound, body)
	return bound
}

func (s *Store) insertRecord(ctx context.Context, r *auditRow, w *wordsRow) error {
	db := s.write(ctx)
	err := db.Exec(`INSERT INTO audit (seq, at_us, tenant, op_id, kind, actor, target_kind, target_id, action, result, run_id, body, prev, hash)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		r.Seq, r.AtUS, r.Tenant, r.OpID, r.Kind, r.Actor, r.TargetKind, r.TargetID, r.Action, r.Result, r.RunID, r.Body, r.Prev, r.Hash).Error
	if err != nil {
		return found(err, "insert record")
	}
	if w != nil {
		err := db.Exec(`INSERT INTO audit_words (seq, key, actor_name, actor_username, target_name, ip, user_agent, reason)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, w.Seq, w.Key, w.ActorName, w.ActorUsername, w.TargetName, w.IP, w.UserAgent, w.Reason).Error
		if err != nil {
			return fmt.Errorf("insert words: %w", err)
		}
	}
	return s.pair(ctx, r)
}

// pair opens an intent, or closes it with its outcome.
func (s *Store) pair(ctx context.Context, r *auditRow) error {
	switch AuditKind(r.Kind) {
	case AuditIntent:
		return found(s.write(ctx).Exec("INSERT INTO audit_open (op_id, seq) VALUES (?, ?)", r.OpID, r.Seq).Error, "open intent")
	case AuditOutcome:
		result := s.write(ctx).Exec("DELETE FROM audit_open WHERE op_id = ?", r.OpID)
		if result.Error == nil && result.RowsAffected != 1 {
			return fmt.Errorf("no open intent %s: %w", r.OpID, ErrConflict)
		}
		return found(result.Error, "close intent")
	}
	return nil
}

func clip(s string, runes int) string {
	for i := range s {
		if runes == 0 {
			return s[:i]
		}
		runes--
	}
	return s
}

// since is the lower bound of a time filter in the audit's unit.
func since(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}
