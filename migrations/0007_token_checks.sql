-- +goose Up
-- Saved checks of the token lab: what tokens of an agent, or of all agents of a
-- blueprint, must hold. Settings and counts only, never a token or a secret.
CREATE TABLE token_checks (
	id               TEXT PRIMARY KEY,
	tid              TEXT NOT NULL,
	owner_oid        TEXT NOT NULL,  -- who saved it first
	name             TEXT NOT NULL,
	mode             TEXT NOT NULL,
	scope            TEXT NOT NULL,
	assertions       TEXT NOT NULL,  -- JSON list of kind and value
	blueprint_id     TEXT NOT NULL,
	blueprint_app_id TEXT NOT NULL,
	blueprint_name   TEXT NOT NULL,
	agent_id         TEXT NOT NULL,  -- empty: all agents of the blueprint
	agent_name       TEXT NOT NULL,
	created_at       DATETIME NOT NULL,
	updated_at       DATETIME NOT NULL,
	ran_at           DATETIME NOT NULL,  -- the zero time: never, with these settings
	passed           INTEGER NOT NULL,
	failed           INTEGER NOT NULL,
	not_issued       INTEGER NOT NULL,
	not_asked        INTEGER NOT NULL
);
CREATE INDEX token_checks_tenant ON token_checks (tid, name);
CREATE INDEX token_checks_blueprint ON token_checks (tid, blueprint_app_id);
