package models

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
)

// Domain separators: no hash of the one kind is ever one of the other.
const (
	auditDomain = "portal-audit-v1\x00"
	wordsDomain = "portal-audit-words-v1\x00"
)

// auditRow is a record as it is stored: the exact bytes that are hashed.
type auditRow struct {
	Seq        int64
	AtUS       int64 `gorm:"column:at_us"`
	Tenant     string
	OpID       string
	Kind       string
	Actor      string
	TargetKind string
	TargetID   string
	Action     string
	Result     string
	RunID      string
	Body       []byte
	Prev       []byte
	Hash       []byte
}

// sum is the record's hash: every column, each with its length before it, so
// that no two records have the same bytes. docs/audit.md has the formula.
func (r *auditRow) sum(buffer []byte) (sum [32]byte, used []byte) {
	b := append(buffer[:0], auditDomain...)
	b = binary.BigEndian.AppendUint64(b, uint64(r.Seq))
	b = binary.BigEndian.AppendUint64(b, uint64(r.AtUS))
	for _, text := range [...]string{r.Tenant, r.OpID, r.Kind, r.Actor, r.TargetKind, r.TargetID, r.Action, r.Result, r.RunID} {
		b = appendLengthed(b, text)
	}
	b = appendLengthed(b, r.Body)
	b = append(b, r.Prev...)
	return sha256.Sum256(b), b
}

func appendLengthed[T string | []byte](b []byte, x T) []byte {
	return append(binary.BigEndian.AppendUint64(b, uint64(len(x))), x...)
}

// wordsRow is the erasable side of a record. Its key is random and belongs to
// this one record: without the row nobody can try names against the hash.
type wordsRow struct {
	Seq           int64
	Key           []byte
	ActorName     string
	ActorUsername string
	TargetName    string
	IP            string `gorm:"column:ip"`
	UserAgent     string
	Reason        string
}

// sum is the keyed hash the record's body holds under "words".
func (w *wordsRow) sum() string {
	b := binary.BigEndian.AppendUint64([]byte(wordsDomain), uint64(w.Seq))
	for _, text := range [...]string{w.ActorName, w.ActorUsername, w.TargetName, w.IP, w.UserAgent, w.Reason} {
		b = appendLengthed(b, text)
	}
	mac := hmac.New(sha256.New, w.Key)
	mac.Write(b)
	return hex.EncodeToString(mac.Sum(nil))
}

// holds says whether a body names the hash of these words. In JSON a quote
// inside a text is escaped, so the bytes can only be a key and its value.
func (w *wordsRow) holds(body []byte) bool {
	return bytes.Contains(body, []byte(`"words":"`+w.sum()+`"`))
}

// hadWords says whether a record was written with personal words.
func hadWords(body []byte) bool { return bytes.Contains(body, []byte(`"words":"`)) }
