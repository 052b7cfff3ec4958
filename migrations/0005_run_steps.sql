-- +goose Up
-- What a step needs: a JSON list of the ordinals that must be done before it.
-- NULL in steps of before: the engine knows the order they had.
ALTER TABLE steps ADD COLUMN needs TEXT;
-- Who cancelled a run; empty while nobody has.
ALTER TABLE runs ADD COLUMN cancelled_by TEXT NOT NULL DEFAULT '';
