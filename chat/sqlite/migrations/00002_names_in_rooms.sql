-- +goose Up
-- The name that a member bears in this room, when it isn't the session's.
ALTER TABLE members ADD COLUMN name_idx INTEGER;

-- +goose Down
ALTER TABLE members DROP COLUMN name_idx;
