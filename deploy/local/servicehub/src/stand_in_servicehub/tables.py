"""The tables of the SQLite file."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS portals (business_id TEXT PRIMARY KEY, enabled INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS aggregates (
    business_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    type TEXT NOT NULL,
    state BLOB NOT NULL,
    PRIMARY KEY (business_id, kind, id)
);
CREATE TABLE IF NOT EXISTS payments (
    business_id TEXT NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    type TEXT NOT NULL,
    state BLOB NOT NULL,
    PRIMARY KEY (business_id, id)
);
CREATE TABLE IF NOT EXISTS payment_positions (
    partition INTEGER PRIMARY KEY,
    next_offset INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS log (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    business_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    event_id TEXT NOT NULL,
    type TEXT NOT NULL,
    topic TEXT NOT NULL,
    source TEXT NOT NULL,
    time TEXT NOT NULL,
    version INTEGER NOT NULL,
    value BLOB,
    partition INTEGER
);
CREATE INDEX IF NOT EXISTS log_pending ON log (position) WHERE partition IS NULL;
"""
