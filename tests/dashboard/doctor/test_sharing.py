from __future__ import annotations

from pathlib import Path
from typing import Any

import huey
import pytest
from django.core.cache import caches
from django.core.management import call_command
from django.db import connection
from django.test import override_settings

from bench.ports import free_port
from dashboard import bounded
from dashboard.doctor import Finding, Scope, State, sharing
from tests.services import own_redis

TABLE = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "doctor_cache"}}


def dead_redis() -> str:
    return f"redis://:a-password@127.0.0.1:{free_port()}"


def queue() -> Finding:
    (found,) = sharing.queue(Scope())
    return found


def cache() -> Finding:
    (found,) = sharing.cache_(Scope())
    return found


@pytest.fixture
def as_queue(monkeypatch: pytest.MonkeyPatch) -> Any:
    def use(made: Any) -> None:
        monkeypatch.setattr(sharing, "default_queue", lambda: made)

    return use


# --- Queue ----------------------------------------------------------------------------------------


def test_the_embedded_queue(as_queue: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = huey.SqliteHuey("t", filename=str(tmp_path / "queue.sqlite3"))
    as_queue(made)
    assert queue().state == State.OK and queue().found.endswith("messages that wait: 0.")
    task = made.task()(lambda: None)
    for _ in range(3):
        task()
    assert queue().found.endswith("messages that wait: 3.")
    monkeypatch.setattr(sharing, "MANY", 2)
    assert queue().state == State.WARN and "script" not in queue().found


@pytest.mark.redis
def test_a_redis_that_runs(as_queue: Any) -> None:
    with own_redis() as env:
        as_queue(huey.RedisHuey(env["QUEUE_NAME"], url=env["QUEUE_URL"]))
        assert queue().state == State.OK


def test_a_redis_that_does_not(as_queue: Any, settings: Any) -> None:
    settings.QUEUE_URL = dead_redis()
    as_queue(huey.RedisHuey("t", url=settings.QUEUE_URL))
    found = queue()
    assert found.state == State.BAD and "(redis)" in found.found and "Nothing is lost" in found.advice
    assert "a-password" not in found.found + found.advice


def test_a_queue_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(*_: Any, **__: Any) -> Any:
        raise bounded.NoAnswer

    monkeypatch.setattr(bounded, "ask", ask)
    assert "no answer" in queue().found and queue().state == State.BAD
    assert "no answer" in cache().found and cache().state == State.BAD


# --- Cache ----------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_table_is_shared_and_says_when_it_is_missing() -> None:
    with override_settings(CACHES=TABLE):
        assert sharing.cache_is_a_table()
        missing = cache()
        assert missing.state == State.BAD and "createcachetable" in missing.advice
        call_command("createcachetable")
        try:
            found = cache()
            assert (found.state, "a table" in found.found) == (State.OK, True)
        finally:
            with connection.cursor() as cursor:
                cursor.execute("DROP TABLE doctor_cache")


def redis_cache(url: str, name: str = "") -> Any:
    backend = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": url, "KEY_PREFIX": name}
    return override_settings(CACHES={"default": backend})


@pytest.mark.redis
def test_a_shared_redis() -> None:
    with own_redis() as env, redis_cache(env["CACHE_URL"], env["QUEUE_NAME"]):
        assert not sharing.cache_is_a_table()
        assert cache().state == State.OK
        caches["default"].close()


def test_a_cache_that_is_away() -> None:
    with redis_cache(dead_redis()):
        found = cache()
    assert found.state == State.BAD and "cannot be used" in found.found
    assert "a-password" not in found.found


@pytest.mark.parametrize("name", ["locmem.LocMemCache", "dummy.DummyCache"])
def test_a_cache_that_each_process_has_for_itself(name: str) -> None:
    with override_settings(CACHES={"default": {"BACKEND": f"django.core.cache.backends.{name}"}}):
        found = cache()
    assert found.state == State.BAD and "a cache of its own" in found.found
