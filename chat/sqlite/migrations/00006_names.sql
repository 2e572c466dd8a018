-- +goose Up
-- Who bears which name in a room is looked after in memory.
DROP INDEX members_nick;
ALTER TABLE members DROP COLUMN nick_fold;

-- +goose Down
ALTER TABLE members ADD COLUMN nick_fold TEXT;
CREATE UNIQUE INDEX members_nick ON members (room_id, nick_fold) WHERE "left" IS NULL AND nick_fold IS NOT NULL;
