-- +goose Up
-- What lists of drafts show, so that none of them reads a whole form.
ALTER TABLE drafts ADD COLUMN title TEXT NOT NULL DEFAULT '';
ALTER TABLE drafts ADD COLUMN step TEXT NOT NULL DEFAULT '';
ALTER TABLE drafts ADD COLUMN run_id INTEGER NOT NULL DEFAULT 0;
UPDATE drafts SET
	title = substr(trim(coalesce(json_extract(CAST(body AS TEXT), '$.displayName'), '')), 1, 80),
	run_id = coalesce(json_extract(CAST(body AS TEXT), '$.runId'), 0),
	step = CASE 0
		WHEN instr(coalesce(json_extract(CAST(body AS TEXT), '$.done'), ''), '"basics"') THEN 'basics'
		WHEN instr(coalesce(json_extract(CAST(body AS TEXT), '$.done'), ''), '"people"') THEN 'people'
		WHEN instr(coalesce(json_extract(CAST(body AS TEXT), '$.done'), ''), '"credential"') THEN 'credential'
		WHEN instr(coalesce(json_extract(CAST(body AS TEXT), '$.done'), ''), '"agents"') THEN 'agents'
		ELSE 'review' END
WHERE json_valid(CAST(body AS TEXT));
DROP INDEX drafts_owner;
CREATE INDEX drafts_owner ON drafts (tid, oid, run_id, updated_at);
