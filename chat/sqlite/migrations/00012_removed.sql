-- +goose Up
-- When somebody in charge removed or banned a member who was there; NULL = never, or it has come back.
ALTER TABLE members ADD COLUMN removed INTEGER;

-- Images that are gone from the rooms, whose files may not be gone yet.
CREATE TABLE removed_media (
	id   TEXT PRIMARY KEY,
	mime TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- +goose StatementBegin
CREATE TRIGGER media_removed AFTER DELETE ON media BEGIN
	INSERT OR IGNORE INTO removed_media (id, mime) VALUES (old.id, old.mime);
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER media_removed;
DROP TABLE removed_media;
ALTER TABLE members DROP COLUMN removed;
