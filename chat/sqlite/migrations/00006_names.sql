-- +goose Up
-- An identity has several devices: each is a session, and the first one holds who it is.
ALTER TABLE sessions ADD COLUMN person TEXT REFERENCES sessions (id); -- NULL = the session itself
ALTER TABLE sessions ADD COLUMN label TEXT;                           -- browser and system
CREATE INDEX sessions_person ON sessions (person) WHERE person IS NOT NULL;
CREATE INDEX sessions_revoked ON sessions (revoked_at) WHERE revoked_at IS NOT NULL;

-- Who bears which name in a room is looked after in memory.
DROP INDEX members_nick;
ALTER TABLE members DROP COLUMN nick_fold;

-- +goose Down
ALTER TABLE members ADD COLUMN nick_fold TEXT;
CREATE UNIQUE INDEX members_nick ON members (room_id, nick_fold) WHERE "left" IS NULL AND nick_fold IS NOT NULL;
DELETE FROM sessions WHERE person IS NOT NULL;
DROP INDEX sessions_revoked;
DROP INDEX sessions_person;
ALTER TABLE sessions DROP COLUMN label;
ALTER TABLE sessions DROP COLUMN person;
