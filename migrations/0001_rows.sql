-- +goose Up
CREATE TABLE sessions (
	token      TEXT PRIMARY KEY,  -- hashed by scs
	data       BLOB NOT NULL,
	expires_us INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX sessions_expires ON sessions (expires_us);

CREATE TABLE sign_ins (
	id                TEXT PRIMARY KEY,
	tid               TEXT NOT NULL,
	oid               TEXT NOT NULL,
	name              TEXT NOT NULL,
	username          TEXT NOT NULL,
	roles             TEXT NOT NULL,  -- JSON list of display names
	role_template_ids TEXT NOT NULL,  -- JSON list
	auth_time         DATETIME NOT NULL,
	refresh_sealed    BLOB,
	scopes            TEXT NOT NULL,
	expires_at        DATETIME NOT NULL,
	seen_at           DATETIME NOT NULL,
	created_at        DATETIME NOT NULL
);
CREATE INDEX sign_ins_person ON sign_ins (tid, oid, created_at);

CREATE TABLE drafts (
	id         TEXT PRIMARY KEY,
	tid        TEXT NOT NULL,
	oid        TEXT NOT NULL,
	kind       TEXT NOT NULL,
	body       BLOB,
	created_at DATETIME NOT NULL,
	updated_at DATETIME NOT NULL
);
CREATE INDEX drafts_owner ON drafts (tid, oid, created_at);

-- Ids of runs are never used twice: the audit names them.
CREATE TABLE runs (
	id               INTEGER PRIMARY KEY AUTOINCREMENT,
	request_id       TEXT NOT NULL UNIQUE,
	kind             TEXT NOT NULL,
	title            TEXT NOT NULL,
	tid              TEXT NOT NULL,
	owner_oid        TEXT NOT NULL,
	owner_name       TEXT NOT NULL,
	owner_username   TEXT NOT NULL,
	sign_in_id       TEXT NOT NULL,
	run_as           TEXT NOT NULL,
	reason           TEXT NOT NULL,
	spec             BLOB,
	state            TEXT NOT NULL,
	blueprint_id     TEXT NOT NULL,
	blueprint_app_id TEXT NOT NULL,
	created_at       DATETIME NOT NULL,
	updated_at       DATETIME NOT NULL,
	finished_at      DATETIME NOT NULL
);
CREATE INDEX runs_state ON runs (state, id);
CREATE INDEX runs_owner ON runs (owner_oid, id);
CREATE INDEX runs_blueprint ON runs (blueprint_id, id);

CREATE TABLE steps (
	id               INTEGER PRIMARY KEY AUTOINCREMENT,
	run_id           INTEGER NOT NULL REFERENCES runs (id),
	ordinal          INTEGER NOT NULL,
	kind             TEXT NOT NULL,
	name             TEXT NOT NULL,
	method           TEXT NOT NULL,
	path             TEXT NOT NULL,
	params           BLOB,
	state            TEXT NOT NULL,
	result           TEXT NOT NULL,
	op_id            TEXT NOT NULL,
	attempt          INTEGER NOT NULL,
	max_attempts     INTEGER NOT NULL,
	wait_for         TEXT NOT NULL,
	next_at          DATETIME NOT NULL,
	give_up_at       DATETIME NOT NULL,
	started_at       DATETIME NOT NULL,
	finished_at      DATETIME NOT NULL,
	object_id        TEXT NOT NULL,
	object_app_id    TEXT NOT NULL,
	object_name      TEXT NOT NULL,
	http_status      INTEGER NOT NULL,
	error_code       TEXT NOT NULL,
	error_message    TEXT NOT NULL,
	graph_request_id TEXT NOT NULL,
	duration         INTEGER NOT NULL,  -- nanoseconds
	note             TEXT NOT NULL,
	UNIQUE (run_id, ordinal)
);

CREATE TABLE run_secrets (
	run_id           INTEGER PRIMARY KEY REFERENCES runs (id),
	step_id          INTEGER NOT NULL,
	blueprint_id     TEXT NOT NULL,
	blueprint_app_id TEXT NOT NULL,
	key_id           TEXT NOT NULL,
	hint             TEXT NOT NULL,
	tid              TEXT NOT NULL,
	owner_oid        TEXT NOT NULL,
	ends_at          DATETIME NOT NULL,
	created_at       DATETIME NOT NULL,
	sealed           BLOB NOT NULL,
	saved_at         DATETIME NOT NULL,
	shown_at         DATETIME NOT NULL,
	keep             INTEGER NOT NULL
);

CREATE TABLE kept_secrets (
	id               TEXT PRIMARY KEY,
	tid              TEXT NOT NULL,
	owner_oid        TEXT NOT NULL,
	blueprint_id     TEXT NOT NULL,
	blueprint_app_id TEXT NOT NULL,
	blueprint_name   TEXT NOT NULL,
	key_id           TEXT NOT NULL,
	hint             TEXT NOT NULL,
	ends_at          DATETIME NOT NULL,
	created_at       DATETIME NOT NULL,
	sealed           BLOB NOT NULL
);
CREATE INDEX kept_secrets_tenant ON kept_secrets (tid, blueprint_name);

CREATE TABLE settings (
	key   TEXT PRIMARY KEY,
	value TEXT NOT NULL
) WITHOUT ROWID;
