"""PostgreSQL and Redis for tests: real ones, or a visible skip (a failure under CI=true)."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
import redis
from psycopg import sql


def _absent(what: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI needs {what}")
    pytest.skip(f"{what} does not answer here")


@contextmanager
def own_redis() -> Iterator[dict[str, str]]:
    """Settings for a desk that uses the Redis server under a name of its own; what it left there is removed."""
    url = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379")
    name = f"test-{secrets.token_hex(6)}"
    with redis.Redis.from_url(url, socket_connect_timeout=2) as server:
        try:
            server.ping()
        except redis.RedisError:
            _absent("a Redis (TEST_REDIS_URL)")
        yield {"QUEUE_URL": url, "CACHE_URL": url, "QUEUE_NAME": name}
        for key in server.scan_iter(f"*{name}*"):
            server.delete(key)


def postgres_server() -> str:
    return os.environ.get("TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")


@contextmanager
def fresh_database(server: str) -> Iterator[str]:
    """A database of its own on this server, dropped afterwards; yields its URL."""
    parts = urlsplit(server.replace("postgres://", "postgresql://"))
    name = f"clipdesk_{secrets.token_hex(6)}"
    try:
        admin = psycopg.connect(urlunsplit(parts), autocommit=True, connect_timeout=3)
    except psycopg.OperationalError:
        _absent("a PostgreSQL (TEST_DATABASE_URL)")
        raise
    with admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield urlunsplit(parts._replace(path=f"/{name}"))
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
