-- +goose Up
-- People in charge, and what they do.
ALTER TABLE members RENAME COLUMN role TO former_role;
ALTER TABLE members ADD COLUMN role TEXT NOT NULL DEFAULT 'member' CHECK (role IN ('owner', 'moderator', 'member'));
UPDATE members SET role = former_role;
ALTER TABLE members DROP COLUMN former_role;

ALTER TABLE messages ADD COLUMN deleted_by TEXT CHECK (deleted_by IN ('author', 'charge'));
ALTER TABLE messages ADD COLUMN actor TEXT; -- session of who did what a system line tells of
CREATE INDEX messages_actor ON messages (room_id, actor) WHERE actor IS NOT NULL;

CREATE TABLE room_bans (
	room_id  TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
	sid      TEXT NOT NULL,
	networks TEXT NOT NULL, -- in CIDR form, with a space between
	until    INTEGER,       -- NULL = for good
	reason   TEXT NOT NULL,
	actor    TEXT NOT NULL,
	created  INTEGER NOT NULL,
	PRIMARY KEY (room_id, sid)
) STRICT, WITHOUT ROWID;

CREATE TABLE reports (
	room_id TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
	about   TEXT NOT NULL,    -- the session of whom it is about
	seq     INTEGER NOT NULL, -- of the message, 0 = the person
	sid     TEXT NOT NULL,    -- who reports
	reason  TEXT NOT NULL,
	created INTEGER NOT NULL,
	PRIMARY KEY (room_id, about, seq, sid)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE reports;
DROP TABLE room_bans;
DROP INDEX messages_actor;
ALTER TABLE messages DROP COLUMN actor;
ALTER TABLE messages DROP COLUMN deleted_by;
ALTER TABLE members RENAME COLUMN role TO later_role;
ALTER TABLE members ADD COLUMN role TEXT NOT NULL DEFAULT 'member' CHECK (role IN ('owner', 'member'));
UPDATE members SET role = later_role WHERE later_role <> 'moderator';
ALTER TABLE members DROP COLUMN later_role;
