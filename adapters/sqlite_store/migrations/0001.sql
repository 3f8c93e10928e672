BEGIN IMMEDIATE;

PRAGMA application_id = 1414681676; -- "TRTL"

-- The rooms' logs. Rows are only ever appended, and an erased one shrinks to a trace of version 0. Neither makes
-- SQLite move a row to another page, which could leave a copy of its text behind in the file (secure_delete or not).
CREATE TABLE events (
    room   TEXT    NOT NULL,
    seq    INTEGER NOT NULL,
    at     REAL    NOT NULL,
    source TEXT,
    turn   INTEGER,
    by     TEXT    NOT NULL,
    type   TEXT    NOT NULL,
    v      INTEGER NOT NULL,
    body   TEXT,
    PRIMARY KEY (room, seq)
);

CREATE UNIQUE INDEX events_source ON events (source) WHERE source IS NOT NULL;

-- What the schedule knows of a room. `news` is 1 from the append of a record until it was settled.
CREATE TABLE rooms (
    id      TEXT    PRIMARY KEY,
    news    INTEGER NOT NULL,
    wake_at REAL
) WITHOUT ROWID;

CREATE INDEX rooms_news ON rooms (id) WHERE news;
CREATE INDEX rooms_wake_at ON rooms (wake_at) WHERE wake_at IS NOT NULL;

CREATE TRIGGER events_are_news AFTER INSERT ON events
WHEN NOT EXISTS (SELECT 1 FROM rooms WHERE id = NEW.room AND news)
BEGIN
    INSERT INTO rooms (id, news) VALUES (NEW.room, 1) ON CONFLICT (id) DO UPDATE SET news = 1;
END;

-- Rows that are overwritten or deleted one day do move. Their text stands behind a page's length of padding: so it
-- lies in overflow pages, which do not move, and which secure_delete fills with zeros.
CREATE TABLE snapshots (
    room    TEXT    PRIMARY KEY,
    seq     INTEGER NOT NULL,
    padding BLOB    NOT NULL DEFAULT (zeroblob(4096)),
    body    TEXT    NOT NULL
);

CREATE TABLE drafts (
    room     TEXT    PRIMARY KEY,
    turn     INTEGER NOT NULL,
    speaker  TEXT    NOT NULL,
    padding  BLOB    NOT NULL DEFAULT (zeroblob(4096)),
    text     TEXT    NOT NULL,
    thoughts TEXT    NOT NULL
);

CREATE TABLE files (
    sha256  TEXT PRIMARY KEY,
    padding BLOB NOT NULL DEFAULT (zeroblob(4096)),
    content BLOB NOT NULL
);

CREATE TABLE receipts (
    key         TEXT PRIMARY KEY,
    claimed_at  REAL NOT NULL,
    platform_id TEXT
) WITHOUT ROWID;

CREATE TABLE records (
    namespace TEXT NOT NULL,
    key       TEXT NOT NULL,
    body      TEXT NOT NULL,
    PRIMARY KEY (namespace, key)
) WITHOUT ROWID;

-- Money is in whole nanodollars: what is taken away again leaves nothing behind. `usd` and `tokens` of a budget are
-- its charges plus its open reservations, and only the triggers below change them.
CREATE TABLE budgets (
    scope          TEXT    PRIMARY KEY,
    usd            INTEGER NOT NULL DEFAULT 0,
    tokens         INTEGER NOT NULL DEFAULT 0,
    granted_usd    INTEGER NOT NULL DEFAULT 0,
    granted_tokens INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

CREATE TABLE reservations (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    scopes TEXT    NOT NULL, -- a JSON array
    usd    INTEGER NOT NULL,
    tokens INTEGER NOT NULL
);

CREATE TRIGGER reservations_are_spent AFTER INSERT ON reservations
BEGIN
    INSERT INTO budgets (scope, usd, tokens)
    SELECT value, NEW.usd, NEW.tokens FROM json_each(NEW.scopes) WHERE true
    ON CONFLICT (scope) DO UPDATE SET usd = usd + excluded.usd, tokens = tokens + excluded.tokens;
END;

-- An update says what it really cost; the reservation is over.
CREATE TRIGGER reservations_are_charged AFTER UPDATE ON reservations
BEGIN
    UPDATE budgets SET usd = usd + NEW.usd - OLD.usd, tokens = tokens + NEW.tokens - OLD.tokens
    WHERE scope IN (SELECT value FROM json_each(NEW.scopes));
    DELETE FROM reservations WHERE id = NEW.id;
END;

PRAGMA user_version = 1;

COMMIT;
