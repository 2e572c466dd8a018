-- +goose Up
-- What the operator of the server decides.
ALTER TABLE rooms ADD COLUMN kept INTEGER NOT NULL DEFAULT 0; -- it stays when it is empty

CREATE TABLE bans (
	id      INTEGER PRIMARY KEY AUTOINCREMENT,
	session TEXT UNIQUE, -- of either kind there is one ban for each
	network TEXT UNIQUE, -- in CIDR form
	until   INTEGER,     -- NULL = for good
	reason  TEXT NOT NULL,
	created INTEGER NOT NULL,
	CHECK ((session IS NULL) <> (network IS NULL))
) STRICT;

-- +goose Down
DROP TABLE bans;
ALTER TABLE rooms DROP COLUMN kept;
