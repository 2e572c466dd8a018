-- Times are milliseconds since 1970 in UTC. Ids are ULIDs unless said otherwise.

-- +goose Up
CREATE TABLE meta (
	key   TEXT PRIMARY KEY,
	value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
	id         TEXT PRIMARY KEY,
	token_hash BLOB NOT NULL UNIQUE, -- SHA-256
	name_idx   INTEGER NOT NULL,
	nickname   TEXT,
	tag        TEXT,
	lang       TEXT NOT NULL,
	created    INTEGER NOT NULL,
	seen       INTEGER NOT NULL,
	expires    INTEGER NOT NULL,
	revoked_at INTEGER
) STRICT;
CREATE INDEX sessions_expires ON sessions (expires);
CREATE INDEX sessions_unused ON sessions (created) WHERE seen = created;

CREATE TABLE rooms (
	id             TEXT PRIMARY KEY, -- 22 characters, base 62
	slug           TEXT,
	title          TEXT NOT NULL,
	title_fold     TEXT NOT NULL,
	max            INTEGER NOT NULL CHECK (max BETWEEN 2 AND 1000),
	owner_sid      TEXT NOT NULL REFERENCES sessions (id),
	pass_hash      TEXT,
	pass_ver       INTEGER NOT NULL DEFAULT 0,
	listed         INTEGER NOT NULL,
	readonly       INTEGER NOT NULL DEFAULT 0,
	slow_ms        INTEGER NOT NULL DEFAULT 0,
	max_len        INTEGER,
	retention_ms   INTEGER,
	empty_grace_ms INTEGER,
	last_seq       INTEGER NOT NULL DEFAULT 0,
	last_rev       INTEGER NOT NULL DEFAULT 0,
	created        INTEGER NOT NULL,
	active         INTEGER NOT NULL,
	closed_at      INTEGER
) STRICT;
CREATE UNIQUE INDEX rooms_slug ON rooms (slug) WHERE slug IS NOT NULL;
CREATE INDEX rooms_owner ON rooms (owner_sid);

CREATE TABLE members (
	room_id     TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
	sid         TEXT NOT NULL REFERENCES sessions (id),
	color       TEXT NOT NULL, -- #rrggbb
	hue         INTEGER NOT NULL CHECK (hue BETWEEN 0 AND 11),
	shape       INTEGER NOT NULL CHECK (shape BETWEEN 0 AND 3),
	nickname    TEXT,
	nick_fold   TEXT,
	role        TEXT NOT NULL CHECK (role IN ('owner', 'member')),
	joined      INTEGER NOT NULL,
	"left"      INTEGER, -- NULL = has a seat
	read_seq    INTEGER NOT NULL DEFAULT 0,
	muted_until INTEGER,
	PRIMARY KEY (room_id, sid),
	UNIQUE (room_id, color)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_sid ON members (sid);
CREATE UNIQUE INDEX members_nick ON members (room_id, nick_fold) WHERE "left" IS NULL AND nick_fold IS NOT NULL;

CREATE TABLE media (
	id       TEXT PRIMARY KEY, -- 32 hex digits, also the file's name
	room_id  TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
	sid      TEXT NOT NULL REFERENCES sessions (id),
	mime     TEXT NOT NULL,
	bytes    INTEGER NOT NULL,
	w        INTEGER NOT NULL,
	h        INTEGER NOT NULL,
	frames   INTEGER NOT NULL,
	sha256   BLOB NOT NULL,
	name_nfc TEXT,
	alt      TEXT,
	state    TEXT NOT NULL CHECK (state IN ('temp', 'live')),
	created  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX media_room ON media (room_id);
CREATE INDEX media_sid ON media (sid);

CREATE TABLE messages (
	id        TEXT NOT NULL UNIQUE,
	room_id   TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
	seq       INTEGER NOT NULL,
	rev       INTEGER NOT NULL,
	sid       TEXT NOT NULL REFERENCES sessions (id),
	cid       TEXT NOT NULL,
	kind      TEXT NOT NULL CHECK (kind IN ('text', 'media', 'system')),
	body      TEXT NOT NULL,
	reply_seq INTEGER,
	media_id  TEXT REFERENCES media (id),
	sys_code  TEXT,
	sys_args  TEXT, -- JSON
	created   INTEGER NOT NULL,
	edited    INTEGER,
	deleted   INTEGER,
	UNIQUE (room_id, seq),
	UNIQUE (sid, room_id, cid) -- sending again finds the first message; sid first, for deleting sessions
) STRICT;
CREATE UNIQUE INDEX messages_rev ON messages (room_id, rev);

CREATE TABLE idem (
	scope    TEXT NOT NULL,
	key      TEXT NOT NULL,
	response TEXT NOT NULL, -- JSON
	created  INTEGER NOT NULL,
	PRIMARY KEY (scope, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idem_created ON idem (created);

-- +goose Down
DROP TABLE idem;
DROP TABLE messages;
DROP TABLE media;
DROP TABLE members;
DROP TABLE rooms;
DROP TABLE sessions;
DROP TABLE meta;
