-- +goose Up
-- The bytes that are hashed, and so every column of this table, can never
-- change: docs/audit.md. Absent is empty, never NULL.
CREATE TABLE audit (
	seq         INTEGER PRIMARY KEY,
	at_us       INTEGER NOT NULL,  -- microseconds since 1970, UTC
	tenant      TEXT NOT NULL,
	op_id       TEXT NOT NULL,
	kind        TEXT NOT NULL,
	actor       TEXT NOT NULL,
	target_kind TEXT NOT NULL,
	target_id   TEXT NOT NULL,
	action      TEXT NOT NULL,
	result      TEXT NOT NULL,
	run_id      TEXT NOT NULL,
	body        BLOB NOT NULL,
	prev        BLOB NOT NULL CHECK (length(prev) = 32),
	hash        BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

-- Lists are ordered by time, so each index ends in it; the row id, which is
-- seq, follows by itself.
CREATE INDEX audit_at ON audit (at_us);
CREATE INDEX audit_actor ON audit (actor, at_us);
CREATE INDEX audit_action ON audit (action, at_us);
CREATE INDEX audit_target ON audit (target_id, at_us);
CREATE INDEX audit_result ON audit (result, at_us);
CREATE INDEX audit_run ON audit (run_id, at_us);
CREATE INDEX audit_op ON audit (op_id, at_us);
CREATE UNIQUE INDEX audit_once ON audit (op_id, kind) WHERE kind <> 'event';

-- +goose StatementBegin
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
BEGIN
	SELECT RAISE(ABORT, 'audit: records are never changed');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
BEGIN
	SELECT RAISE(ABORT, 'audit: records are never deleted');
END;
-- +goose StatementEnd

-- INSERT OR REPLACE deletes without the delete trigger; a seq that exists is
-- refused here. https://www.sqlite.org/lang_conflict.html
-- +goose StatementBegin
CREATE TRIGGER audit_append_only BEFORE INSERT ON audit
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM audit)
	OR NEW.prev IS NOT coalesce((SELECT hash FROM audit ORDER BY seq DESC LIMIT 1), zeroblob(32))
BEGIN
	SELECT RAISE(ABORT, 'audit: records are only appended');
END;
-- +goose StatementEnd

-- Personal words, erasable: the record holds HMAC-SHA256(key, words). The key
-- goes with the words, so what is left of an erased name says nothing of it.
CREATE TABLE audit_words (
	seq            INTEGER PRIMARY KEY REFERENCES audit (seq),
	key            BLOB NOT NULL CHECK (length(key) = 32),
	actor_name     TEXT NOT NULL,
	actor_username TEXT NOT NULL,
	target_name    TEXT NOT NULL,
	ip             TEXT NOT NULL,
	user_agent     TEXT NOT NULL,
	reason         TEXT NOT NULL
) STRICT;

-- Intents that wait for their outcome, so that a page need not look for them.
CREATE TABLE audit_open (
	op_id TEXT PRIMARY KEY,
	seq   INTEGER NOT NULL REFERENCES audit (seq)
) STRICT, WITHOUT ROWID;

-- The key pair made with record 1, which names the public half.
CREATE TABLE audit_keys (
	id             INTEGER PRIMARY KEY CHECK (id = 1),
	instance       TEXT NOT NULL,
	public         BLOB NOT NULL,
	private_sealed BLOB NOT NULL
) STRICT;
