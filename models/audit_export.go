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

// rows gives the record and its words, nil when there are none. The error
// says which field is not what an export holds.
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

// verifyExport checks the chain of an export. A database proves more: its
// schema, its list of open intents and its key are checked as well.
func verifyExport(ctx context.Context, file io.Reader, report *VerifyReport) error {
	check := newChainCheck(report)
	check.ended = map[[16]byte]bool{}
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
