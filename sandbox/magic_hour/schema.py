"""Tables of the Magic Hour stand-in. Times are ISO 8601 in UTC with milliseconds, so that text order is time order."""

from __future__ import annotations

SCHEMA = """
CREATE TABLE IF NOT EXISTS account (
    id TEXT PRIMARY KEY,
    credits INTEGER NOT NULL,
    webhook_url TEXT,
    webhook_secret TEXT
);
CREATE TABLE IF NOT EXISTS project (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL REFERENCES account (id),
    name TEXT,
    status TEXT NOT NULL,
    type TEXT NOT NULL,
    prompt TEXT NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    enabled INTEGER NOT NULL DEFAULT 1,
    end_seconds REAL NOT NULL,
    fps REAL NOT NULL,
    audio INTEGER NOT NULL DEFAULT 0,
    credits INTEGER NOT NULL DEFAULT 0,
    error_code TEXT,
    error_message TEXT,
    base_url TEXT NOT NULL,
    created_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS download (
    token TEXT PRIMARY KEY,
    project TEXT NOT NULL REFERENCES project (id),
    expires_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS job (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL CHECK (kind IN ('start', 'render', 'webhook')),
    project TEXT NOT NULL REFERENCES project (id),
    payload TEXT NOT NULL DEFAULT '{}',
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done', 'failed')),
    attempts INTEGER NOT NULL DEFAULT 0,
    due_at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS job_waiting ON job (state, kind, number);
"""
