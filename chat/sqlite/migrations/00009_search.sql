-- +goose Up
-- What was said, as a search reads it: 64 messages of a room together. Where a block is missing,
-- messages themselves are read; it is made when the program is there.
CREATE TABLE search_blocks (
	room_id TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
	number  INTEGER NOT NULL, -- of the seqs from 64*number on
	texts   BLOB NOT NULL,
	PRIMARY KEY (room_id, number)
) STRICT;

-- +goose Down
DROP TABLE search_blocks;
