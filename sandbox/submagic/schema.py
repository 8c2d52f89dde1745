"""Tables of the stand-in. Times are ISO 8601 in UTC with milliseconds, so that text order is time order."""

from __future__ import annotations

import sqlite3

SCHEMA = """
CREATE TABLE IF NOT EXISTS project (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('captions', 'clips', 'clip')),
    parent TEXT REFERENCES project (id),
    position INTEGER NOT NULL DEFAULT 0,
    title TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    language TEXT NOT NULL,
    status TEXT NOT NULL,
    transcription TEXT NOT NULL,
    failure TEXT,
    options TEXT NOT NULL,
    webhook_url TEXT,
    base_url TEXT NOT NULL,
    source TEXT NOT NULL,
    video TEXT,
    words TEXT,
    start REAL NOT NULL DEFAULT 0,
    seconds REAL,
    scores TEXT,
    file_token TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    completed_at TEXT
);
CREATE INDEX IF NOT EXISTS project_parent ON project (parent, position);
CREATE TABLE IF NOT EXISTS file (
    token TEXT PRIMARY KEY,
    project TEXT NOT NULL REFERENCES project (id),
    path TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS job (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL CHECK (kind IN ('create', 'export', 'update', 'webhook')),
    project TEXT NOT NULL REFERENCES project (id),
    payload TEXT NOT NULL DEFAULT '{}',
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done', 'failed')),
    attempts INTEGER NOT NULL DEFAULT 0,
    due_at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS job_waiting ON job (state, kind, number);
CREATE TABLE IF NOT EXISTS publication (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    project TEXT NOT NULL REFERENCES project (id),
    scheduled INTEGER NOT NULL,
    publish_at TEXT NOT NULL,
    platforms TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS publication_feed ON publication (account, publish_at, number);
CREATE TABLE IF NOT EXISTS media (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('VIDEO', 'IMAGE', 'AUDIO')),
    file_name TEXT NOT NULL,
    token TEXT NOT NULL UNIQUE,
    path TEXT NOT NULL,
    width INTEGER,
    height INTEGER,
    duration REAL,
    size INTEGER NOT NULL,
    base_url TEXT NOT NULL,
    created_at TEXT NOT NULL,
    ready_at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS media_library ON media (account, number);
CREATE TABLE IF NOT EXISTS spent (
    account TEXT NOT NULL,
    purse TEXT NOT NULL,
    credits INTEGER NOT NULL,
    PRIMARY KEY (account, purse)
);
CREATE TABLE IF NOT EXISTS hits (
    account TEXT NOT NULL,
    class TEXT NOT NULL,
    resets_at REAL NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (account, class)
);
CREATE TABLE IF NOT EXISTS applied (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL,
    entry TEXT NOT NULL
);
"""


def prepare(db: sqlite3.Connection) -> None:
    """Make the tables; a folder of an earlier version keeps what it holds."""
    row = db.execute("SELECT sql FROM sqlite_master WHERE name = 'job'").fetchone()
    earlier = row is not None and "'update'" not in row[0]
    if earlier:
        # SQLite cannot change a CHECK of a table that exists.
        db.execute("ALTER TABLE job RENAME TO job_earlier")
        db.execute("DROP INDEX job_waiting")
    db.executescript(SCHEMA)
    if earlier:
        db.execute("INSERT INTO job SELECT * FROM job_earlier")
        db.execute("DROP TABLE job_earlier")
