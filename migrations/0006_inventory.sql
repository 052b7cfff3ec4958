-- +goose Up
-- A snapshot of the tenant's agent objects and of those who answer for them:
-- a copy to sort and filter, read again from the directory whenever it is lost.
CREATE TABLE inventory (
	tid  TEXT NOT NULL,
	id   TEXT NOT NULL,
	kind TEXT NOT NULL,
	body BLOB NOT NULL,  -- JSON
	PRIMARY KEY (tid, id)
) WITHOUT ROWID;
-- One row a tenant: who read it, when, and what could not be read.
CREATE TABLE inventory_reads (
	tid     TEXT PRIMARY KEY,
	read_at DATETIME NOT NULL,
	body    BLOB NOT NULL  -- JSON
) WITHOUT ROWID;
