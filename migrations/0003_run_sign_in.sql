-- +goose Up
-- A run goes on with any sign-in of its owner, so it keeps none of them.
ALTER TABLE runs DROP COLUMN sign_in_id;
