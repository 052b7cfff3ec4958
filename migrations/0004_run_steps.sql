-- +goose Up
-- What a step needs: a JSON list of the ordinals that must be done before it.
-- Steps of before say nothing; the engine knows the order they had.
ALTER TABLE steps ADD COLUMN needs TEXT NOT NULL DEFAULT '';
-- Who cancelled a run; empty while nobody has.
ALTER TABLE runs ADD COLUMN cancelled_by TEXT NOT NULL DEFAULT '';
