package models

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// maxExportLine bounds a line of an export: a body and its words, escaped.
const maxExportLine = 1 << 20

// exportLine is a record in an export, one JSON object a line. Body is the
// exact text that was hashed.
type exportLine struct {
	Seq        int64           `json:"seq"`
	AtUS       int64           `json:"at_us"`
	Tenant     string          `json:"tenant"`
	OpID       string          `json:"op_id"`
	Kind       string          `json:"kind"`
	Actor      string          `json:"actor"`
	TargetKind string          `json:"target_kind"`
	TargetID   string          `json:"target_id"`
	Action     string          `json:"action"`
	Result     string          `json:"result"`
	RunID      string          `json:"run_id"`
	Body       json.RawMessage `json:"body"`
	Prev       string          `json:"prev"`
	Hash       string          `json:"hash"`
	Words      *exportWords    `json:"words,omitempty"`
}

type exportWords struct {
	Key           string `json:"key"` // base64
	ActorName     string `json:"actor_name"`
	ActorUsername string `json:"actor_username"`
	TargetName    string `json:"target_name"`
	IP            string `json:"ip"`
	UserAgent     string `json:"user_agent"`
	Reason        string `json:"reason"`
}

// ExportAudit writes the whole history as JSON lines, oldest first; VerifyAudit
// reads it back.
func (s *Store) ExportAudit(ctx context.Context, w io.Writer) (err error) {
	rows, err := s.joined(ctx).Order("a.seq").Rows()
	if err != nil {
		return fmt.Errorf("export audit: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	out := bufio.NewWriter(w)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false) // the body must stay as it is
	for rows.Next() {
		var row joinedRow
		if err := s.reader.ScanRows(rows, &row); err != nil {
			return fmt.Errorf("export audit: %w", err)
		}
		if err := encoder.Encode(row.export()); err != nil {
			return fmt.Errorf("export audit: %w", err)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("export audit: %w", err)
	}
	return out.Flush()
}

func (j *joinedRow) export() exportLine {
	r := &j.Audit
	line := exportLine{
		Seq: r.Seq, AtUS: r.AtUS, Tenant: r.Tenant, OpID: r.OpID, Kind: r.Kind, Actor: r.Actor, TargetKind: r.TargetKind,
		TargetID: r.TargetID, Action: r.Action, Result: r.Result, RunID: r.RunID, Body: r.Body,
		Prev: hex.EncodeToString(r.Prev), Hash: hex.EncodeToString(r.Hash),
	}
	if w := &j.Words; len(w.Key) > 0 {
		line.Words = &exportWords{
			Key: base64.StdEncoding.EncodeToString(w.Key), ActorName: w.ActorName, ActorUsername: w.ActorUsername,
			TargetName: w.TargetName, IP: w.IP, UserAgent: w.UserAgent, Reason: w.Reason,
		}
	}
	return line
}

// rows is the way back; the error says which field is not what was written.
func (l *exportLine) rows() (*auditRow, *wordsRow, error) {
	prev, prevErr := hex.DecodeString(l.Prev)
	hash, hashErr := hex.DecodeString(l.Hash)
	if err := errors.Join(prevErr, hashErr); err != nil {
		return nil, nil, err
	}
	row := &auditRow{
		Seq: l.Seq, AtUS: l.AtUS, Tenant: l.Tenant, OpID: l.OpID, Kind: l.Kind, Actor: l.Actor, TargetKind: l.TargetKind,
		TargetID: l.TargetID, Action: l.Action, Result: l.Result, RunID: l.RunID, Body: l.Body, Prev: prev, Hash: hash,
	}
	if l.Words == nil {
		return row, nil, nil
	}
	key, err := base64.StdEncoding.DecodeString(l.Words.Key)
	if err != nil {
		return nil, nil, err
	}
	w := l.Words
	return row, &wordsRow{
		Seq: l.Seq, Key: key, ActorName: w.ActorName, ActorUsername: w.ActorUsername,
		TargetName: w.TargetName, IP: w.IP, UserAgent: w.UserAgent, Reason: w.Reason,
	}, nil
}

// verifyExport checks the chain of an export. There is no schema to compare
// and no list of open intents.
func verifyExport(ctx context.Context, file io.Reader, report *VerifyReport) error {
	check := newChainCheck(report)
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, maxExportLine)
	for number := 1; lines.Scan(); number++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		var line exportLine
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return fmt.Errorf("line %d is no record: %w", number, err)
		}
		row, words, err := line.rows()
		if err != nil {
			return fmt.Errorf("line %d is no record: %w", number, err)
		}
		check.add(row, words)
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read export: %w", err)
	}
	check.finish()
	return nil
}
