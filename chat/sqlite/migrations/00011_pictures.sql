-- +goose Up
-- A message has several pictures, and what is said of each.
ALTER TABLE media ADD COLUMN seq INTEGER NOT NULL DEFAULT 0;   -- of the message
ALTER TABLE media ADD COLUMN place INTEGER NOT NULL DEFAULT 0; -- among its pictures
ALTER TABLE media ADD COLUMN flash TEXT NOT NULL DEFAULT '' CHECK (flash IN ('', 'strong', 'unknown'));
UPDATE media SET seq = m.seq FROM messages m WHERE m.media_id = media.id;
-- Nobody has looked at those that are there.
UPDATE media SET flash = 'unknown' WHERE frames > 1;
ALTER TABLE messages DROP COLUMN media_id;
CREATE UNIQUE INDEX media_message ON media (room_id, seq, place);
DROP INDEX media_room;

-- +goose Down
CREATE INDEX media_room ON media (room_id);
DROP INDEX media_message;
ALTER TABLE messages ADD COLUMN media_id TEXT REFERENCES media (id);
UPDATE messages SET media_id = f.id FROM media f WHERE f.room_id = messages.room_id AND f.seq = messages.seq AND f.place = 0;
ALTER TABLE media DROP COLUMN flash;
ALTER TABLE media DROP COLUMN place;
ALTER TABLE media DROP COLUMN seq;
