-- +goose Up
-- When somebody in charge removed or banned a member who was there; NULL = never, or it has come back.
ALTER TABLE members ADD COLUMN removed INTEGER;

-- +goose Down
ALTER TABLE members DROP COLUMN removed;
