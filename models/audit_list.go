package models

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
)

// AuditFilter narrows a list of records; zero fields do not.
type AuditFilter struct {
	Actor, Action, TargetKind, TargetID string
	Actors                              []string // any of these; see AuditActors
	Result, RunID, OpID                 string
	Kind                                AuditKind
	Acts                                bool      // leave out intents that have their outcome: one row an act
	From, To                            time.Time // From included, To excluded
	Before, After                       int64     // keyset: the seq of the last or first row shown
	Limit                               int       // 0: 50
}

// joinedRow is a record beside its words.
type joinedRow struct {
	Audit auditRow `gorm:"embedded"`
	Words wordsRow `gorm:"embedded;embeddedPrefix:w_"`
	Open  bool
}

const joinedColumns = `a.*, w.key AS w_key, w.actor_name AS w_actor_name, w.actor_username AS w_actor_username,
	w.target_name AS w_target_name, w.ip AS w_ip, w.user_agent AS w_user_agent, w.reason AS w_reason,
	(a.kind = 'intent' AND EXISTS (SELECT 1 FROM audit_open o WHERE o.op_id = a.op_id)) AS open`

// Audit lists records, newest first.
func (s *Store) Audit(ctx context.Context, f AuditFilter) ([]AuditRecord, error) {
	query, err := s.auditPage(ctx, f)
	if err != nil {
		return nil, err
	}
	records, err := scanRecords(query.Limit(limitOr(f.Limit)))
	if f.After > 0 {
		slices.Reverse(records) // read from the shown row upwards
	}
	return records, err
}

// CountAudit counts the records of a filter; Before, After and Limit do not matter.
func (s *Store) CountAudit(ctx context.Context, f AuditFilter) (int64, error) {
	var n int64
	query := f.where(s.read(ctx).Table("audit AS a"), since(f.From), until(f.To))
	err := query.Count(&n).Error
	return n, found(err, "count audit records")
}

// maxActors is how many people of one name a filter takes together.
const maxActors = 50

// AuditActors are the actors whose records hold the name or the user name,
// whatever its case, or the object id. People change names: every one they
// acted under finds them; where the words are erased, the object id still does.
func (s *Store) AuditActors(ctx context.Context, who string) ([]string, error) {
	var actors []string
	err := s.read(ctx).Raw(`SELECT DISTINCT a.actor FROM audit a LEFT JOIN audit_words w ON w.seq = a.seq
		WHERE w.actor_username = ? COLLATE NOCASE OR w.actor_name = ? COLLATE NOCASE OR a.actor LIKE '%/' || ? ESCAPE '!' LIMIT ?`,
		who, who, likeEscape(who), maxActors).Scan(&actors).Error
	return actors, found(err, "find who acted")
}

// AuditActorName is the user name, else the name, that an actor's newest
// record with personal words has; empty when there is none.
func (s *Store) AuditActorName(ctx context.Context, actor string) (string, error) {
	var names []string
	err := s.read(ctx).Raw(`SELECT CASE w.actor_username WHEN '' THEN w.actor_name ELSE w.actor_username END
		FROM audit a JOIN audit_words w ON w.seq = a.seq
		WHERE a.actor = ? AND (w.actor_username <> '' OR w.actor_name <> '') ORDER BY a.at_us DESC LIMIT 1`, actor).Scan(&names).Error
	if err != nil || len(names) == 0 {
		return "", found(err, "name who acted")
	}
	return names[0], nil
}

// likeEscape keeps what somebody typed from being a pattern.
// https://sqlite.org/lang_expr.html#the_like_glob_regexp_match_and_extract_operators
func likeEscape(text string) string {
	return strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(text)
}

// auditPage orders by time and then seq. Every list is bounded in time, so
// that each filter walks one index in its own order and nothing is sorted;
// the row of the cursor only narrows the bound.
func (s *Store) auditPage(ctx context.Context, f AuditFilter) (*gorm.DB, error) {
	from, to := since(f.From), until(f.To)
	query := s.read(ctx).Table("audit AS a").Select(joinedColumns).
		Joins("LEFT JOIN audit_words w ON w.seq = a.seq")
	switch {
	case f.Before > 0:
		at, err := s.auditTime(ctx, f.Before)
		if err != nil {
			return nil, err
		}
		to = min(to, at+1)
		query = query.Where("(a.at_us < ? OR a.seq < ?)", at, f.Before)
	case f.After > 0:
		at, err := s.auditTime(ctx, f.After)
		if err != nil {
			return nil, err
		}
		from = max(from, at)
		query = query.Where("(a.at_us > ? OR a.seq > ?)", at, f.After).Order("a.at_us, a.seq")
		return f.where(query, from, to), nil
	}
	return f.where(query, from, to).Order("a.at_us DESC, a.seq DESC"), nil
}

func (f AuditFilter) where(query *gorm.DB, from, to int64) *gorm.DB {
	for _, equal := range []struct{ column, value string }{
		{"a.op_id", f.OpID},
		{"a.target_id", f.TargetID},
		{"a.run_id", f.RunID},
		{"a.actor", f.Actor},
		{"a.action", f.Action},
		{"a.result", f.Result},
		// The rest has no index: a "+" keeps the column out of the choice of one.
		{"+a.target_kind", f.TargetKind},
		{"+a.kind", string(f.Kind)},
	} {
		if equal.value != "" {
			query = query.Where(equal.column+" = ?", equal.value)
		}
	}
	if len(f.Actors) > 0 {
		query = query.Where("a.actor IN ?", f.Actors)
	}
	if f.Acts {
		query = query.Where("(a.kind <> 'intent' OR EXISTS (SELECT 1 FROM audit_open o WHERE o.op_id = a.op_id))")
	}
	return query.Where("a.at_us >= ? AND a.at_us < ?", from, to)
}

// auditTime is the time of the row a cursor names, or ErrNotFound.
func (s *Store) auditTime(ctx context.Context, seq int64) (int64, error) {
	var at []int64
	if err := s.read(ctx).Raw("SELECT at_us FROM audit WHERE seq = ?", seq).Scan(&at).Error; err != nil {
		return 0, fmt.Errorf("read audit record: %w", err)
	}
	if len(at) == 0 {
		return 0, fmt.Errorf("read audit record %d: %w", seq, ErrNotFound)
	}
	return at[0], nil
}

// AuditRecord returns one record, or ErrNotFound.
func (s *Store) AuditRecord(ctx context.Context, seq int64) (AuditRecord, error) {
	records, err := scanRecords(s.joined(ctx).Where("a.seq = ?", seq))
	if err != nil {
		return AuditRecord{}, err
	}
	if len(records) == 0 {
		return AuditRecord{}, fmt.Errorf("read audit record %d: %w", seq, ErrNotFound)
	}
	return records[0], nil
}

// AuditByOp returns the records of one op, oldest first.
func (s *Store) AuditByOp(ctx context.Context, opID string) ([]AuditRecord, error) {
	if opID == "" {
		return nil, nil
	}
	return scanRecords(s.joined(ctx).Where("a.op_id = ?", opID).Order("a.at_us, a.seq"))
}

// OpenIntents returns the intents without an outcome, oldest first.
func (s *Store) OpenIntents(ctx context.Context) ([]AuditRecord, error) {
	return scanRecords(s.joined(ctx).Joins("JOIN audit_open o ON o.seq = a.seq").Order("o.seq"))
}

func (s *Store) joined(ctx context.Context) *gorm.DB {
	return s.read(ctx).Table("audit AS a").Select(joinedColumns).Joins("LEFT JOIN audit_words w ON w.seq = a.seq")
}

func scanRecords(query *gorm.DB) ([]AuditRecord, error) {
	var rows []joinedRow
	if err := query.Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read audit: %w", err)
	}
	records := make([]AuditRecord, 0, len(rows))
	for i := range rows {
		rows[i].Words.Seq = rows[i].Audit.Seq
		record := rows[i].Audit.record().join(&rows[i].Words)
		record.Open = rows[i].Open
		records = append(records, record)
	}
	return records, nil
}

func until(t time.Time) int64 {
	if t.IsZero() {
		return math.MaxInt64
	}
	return t.UnixMicro()
}
