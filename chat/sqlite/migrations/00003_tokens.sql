-- +goose Up
-- Tokens are replaced from time to time.
ALTER TABLE sessions ADD COLUMN renewed INTEGER;      -- when token_hash was made; NULL = with the session
ALTER TABLE sessions ADD COLUMN former_hash BLOB;     -- SHA-256 of the token before
ALTER TABLE sessions ADD COLUMN former_until INTEGER; -- it works; NULL = until the new one is used
CREATE UNIQUE INDEX sessions_former ON sessions (former_hash) WHERE former_hash IS NOT NULL;

-- +goose Down
DROP INDEX sessions_former;
ALTER TABLE sessions DROP COLUMN former_until;
ALTER TABLE sessions DROP COLUMN former_hash;
ALTER TABLE sessions DROP COLUMN renewed;
