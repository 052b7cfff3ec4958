-- +goose Up
-- Named settings of the token lab. They hold no secret, no token and no person
-- but the owner's object id: a kept secret is named by its id.
CREATE TABLE token_profiles (
	id             TEXT PRIMARY KEY,
	tid            TEXT NOT NULL,
	owner_oid      TEXT NOT NULL,
	name           TEXT NOT NULL COLLATE NOCASE,
	shared         INTEGER NOT NULL,
	mode           TEXT NOT NULL,
	settings       TEXT NOT NULL,  -- JSON
	kept_secret_id TEXT NOT NULL,  -- empty: the credential is asked each time
	created_at     DATETIME NOT NULL,
	changed_at     DATETIME NOT NULL,
	last_run_at    DATETIME NOT NULL,
	last_result    TEXT NOT NULL,
	UNIQUE (tid, owner_oid, name)
);
