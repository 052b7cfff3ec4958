package models

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
)

// maxFaults is how many faults a report lists; after the first one they
// mostly repeat it.
const maxFaults = 20

// VerifyReport is what VerifyAudit found.
type VerifyReport struct {
	Path        string
	Records     int64
	Head        string       // hash of the last record, hexadecimal
	Erased      int64        // records whose personal words were erased
	ClockSteps  int64        // records older than the one before: the clock was set back
	OpenIntents []OpenIntent // acts whose end is not known; no fault
	Faults      []Fault      // the first faults, as they were met
	Incomplete  string       // why the input could not be read whole; empty: it was
}

// OpenIntent is an act whose end is not known.
type OpenIntent struct {
	Seq          int64
	OpID, Action string
}

// Fault is one thing that is wrong with an audit history.
type Fault struct {
	Seq  int64  // 0: not of one record
	What string // a sentence without a full stop
}

// FirstBad is the smallest seq among the faults; 0 when none names a record.
func (r VerifyReport) FirstBad() int64 {
	var first int64
	for _, f := range r.Faults {
		if f.Seq > 0 && (first == 0 || f.Seq < first) {
			first = f.Seq
		}
	}
	return first
}

// ExitCode is 0 when all is well, 1 when something was changed, 2 when the
// input could not be read whole.
func (r VerifyReport) ExitCode() int {
	switch {
	case len(r.Faults) > 0:
		return 1
	case r.Incomplete != "":
		return 2
	}
	return 0
}

func (r *VerifyReport) fault(seq int64, format string, args ...any) {
	if len(r.Faults) < maxFaults {
		r.Faults = append(r.Faults, Fault{Seq: seq, What: fmt.Sprintf(format, args...)})
	}
}

// VerifyAudit checks the audit history in a portal database or a JSONL
// export: docs/audit.md lists what it checks and what that proves. It only
// reads, takes no lock and works beside a running portal. The error says why
// the input could not be read; the report holds what was found until then.
func VerifyAudit(ctx context.Context, path string) (VerifyReport, error) {
	report := VerifyReport{Path: path}
	err := verifyFile(ctx, path, &report)
	if err != nil {
		report.Incomplete = err.Error()
		return report, fmt.Errorf("verify %s: %w", path, err)
	}
	return report, nil
}

func verifyFile(ctx context.Context, path string, report *VerifyReport) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	start := make([]byte, 16)
	n, err := io.ReadFull(file, start)
	switch {
	case bytes.Equal(start, []byte("SQLite format 3\x00")):
		return verifyDatabase(ctx, path, report)
	case n > 0 && start[0] == '{':
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			return err
		}
		return verifyExport(ctx, file, report)
	case n == 0:
		return errors.New("the file is empty")
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
		return err
	}
	return errors.New("this is neither a portal database nor an export of its audit")
}

// chainCheck walks records in order.
type chainCheck struct {
	report *VerifyReport
	next   int64
	prev   [32]byte
	lastUS int64
	open   map[string]OpenIntent
	// ended are the acts that have ended, by opKey; nil for a database, whose
	// unique index refuses to begin one again.
	ended  map[[16]byte]bool
	buffer []byte
}

func newChainCheck(report *VerifyReport) *chainCheck {
	return &chainCheck{report: report, next: 1, open: map[string]OpenIntent{}}
}

// add checks one record against the one before it. After a fault it goes on
// from what the record says, so that one change is not reported for each later row.
func (c *chainCheck) add(r *auditRow, w *wordsRow) {
	c.report.Records++
	if r.Seq != c.next {
		c.report.fault(c.next, "record %d is missing; the next one is %d", c.next, r.Seq)
	}
	if !bytes.Equal(r.Prev, c.prev[:]) {
		c.report.fault(r.Seq, "record %d does not follow the record before it", r.Seq)
	}
	sum, used := r.sum(c.buffer)
	c.buffer = used
	if !bytes.Equal(r.Hash, sum[:]) {
		c.report.fault(r.Seq, "record %d was changed: its hash does not fit", r.Seq)
	}
	c.words(r, w)
	c.pair(r)
	if r.AtUS < c.lastUS {
		c.report.ClockSteps++
	}
	c.lastUS, c.next = r.AtUS, r.Seq+1
	copy(c.prev[:], r.Hash)
}

func (c *chainCheck) words(r *auditRow, w *wordsRow) {
	switch {
	case w != nil && !w.holds(r.Body):
		c.report.fault(r.Seq, "the personal words of record %d were changed", r.Seq)
	case w == nil && hadWords(r.Body):
		c.report.Erased++
	}
}

// pair checks that each intent gets one outcome, and that both are of a known kind.
func (c *chainCheck) pair(r *auditRow) {
	if !knownResult(AuditKind(r.Kind), r.Result) {
		c.report.fault(r.Seq, "record %d has an unknown kind or result: %q, %q", r.Seq, r.Kind, r.Result)
		return
	}
	_, open := c.open[r.OpID]
	switch AuditKind(r.Kind) {
	case AuditIntent:
		if open {
			c.report.fault(r.Seq, "record %d begins an act that has begun already", r.Seq)
		}
		if c.ended != nil && c.ended[opKey(r.OpID)] {
			c.report.fault(r.Seq, "record %d begins an act that has ended already", r.Seq)
		}
		c.open[r.OpID] = OpenIntent{Seq: r.Seq, OpID: r.OpID, Action: r.Action}
	case AuditOutcome:
		if !open {
			c.report.fault(r.Seq, "record %d ends an act that was not begun or has ended already", r.Seq)
		}
		delete(c.open, r.OpID)
		if c.ended != nil {
			c.ended[opKey(r.OpID)] = true
		}
	}
}

// opKey stands for an op id in 16 bytes: a long history has millions of them.
func opKey(opID string) [16]byte {
	sum := sha256.Sum256([]byte(opID))
	return [16]byte(sum[:16])
}

// finish fills the report from what is left when the input ends.
func (c *chainCheck) finish() {
	if c.report.Records == 0 {
		c.report.fault(1, "record 1 is missing: the history is empty")
		return
	}
	c.report.Head = hex.EncodeToString(c.prev[:])
	c.report.OpenIntents = sortedIntents(c.open)
}
