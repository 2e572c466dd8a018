-- +goose Up
ALTER TABLE rooms ADD COLUMN door_locked INTEGER NOT NULL DEFAULT 0; -- nobody new gets in

-- +goose Down
ALTER TABLE rooms DROP COLUMN door_locked;
