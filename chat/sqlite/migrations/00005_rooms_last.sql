-- +goose Up
-- How long a room lasts after its last message, and its messages do.
ALTER TABLE rooms ADD COLUMN life TEXT NOT NULL DEFAULT 'week' CHECK (life IN ('empty', 'day', 'week', 'always'));
ALTER TABLE rooms ADD COLUMN history TEXT NOT NULL DEFAULT 'always' CHECK (history IN ('day', 'week', 'month', 'always'));
ALTER TABLE rooms ADD COLUMN life_from INTEGER NOT NULL DEFAULT 0; -- its last message, or when its life was chosen
ALTER TABLE rooms ADD COLUMN closing INTEGER;                      -- when it closes since its owner wants so
ALTER TABLE rooms ADD COLUMN first_seq INTEGER NOT NULL DEFAULT 1; -- of the messages that haven't gone with time
ALTER TABLE rooms DROP COLUMN retention_ms;
ALTER TABLE rooms DROP COLUMN empty_grace_ms;
-- Who opened a room under an older version didn't know that it would end.
UPDATE rooms SET life_from = max(active, unixepoch() * 1000);

-- +goose Down
ALTER TABLE rooms ADD COLUMN empty_grace_ms INTEGER;
ALTER TABLE rooms ADD COLUMN retention_ms INTEGER;
ALTER TABLE rooms DROP COLUMN first_seq;
ALTER TABLE rooms DROP COLUMN closing;
ALTER TABLE rooms DROP COLUMN life_from;
ALTER TABLE rooms DROP COLUMN history;
ALTER TABLE rooms DROP COLUMN life;
