from __future__ import annotations

import functools
import threading
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, connection, transaction

from dashboard import connections
from dashboard.models import Team
from tests import factories


def test_threads_share_a_few_checked_connections_and_options_of_the_address_stay() -> None:
    database: dict[str, Any] = {"OPTIONS": {"sslmode": "require"}, "CONN_MAX_AGE": 600}
    connections.share(database, most=7)
    assert database["OPTIONS"]["sslmode"] == "require"
    assert database["OPTIONS"]["pool"]["max_size"] == 7
    # A pool takes no connections that outlive their request, and checks the ones it gives out.
    assert (database["CONN_MAX_AGE"], database["CONN_HEALTH_CHECKS"]) == (0, True)


@pytest.mark.django_db(transaction=True)
def test_a_connection_is_given_back_but_never_out_of_a_transaction() -> None:
    with transaction.atomic(), connection.cursor():
        connections.let_go()
        assert connection.connection is not None
        assert connection.is_usable()
    connections.let_go()
    # SQLite's are files that nobody waits for, and opening one costs as much as a query.
    assert (connection.connection is None) == (connection.vendor != "sqlite")


@pytest.mark.django_db(transaction=True)
def test_short_writes_take_turns_with_sqlite_alone() -> None:
    """Fifty that look ten times a second whether it is free make the last one wait for seconds."""
    inside, leave, second = (threading.Event() for _ in range(3))

    def first() -> None:
        with connections.turn():
            inside.set()
            leave.wait(10)

    def other() -> None:
        with connections.turn():
            second.set()

    threads = [threading.Thread(target=first), threading.Thread(target=other)]
    threads[0].start()
    assert inside.wait(10)
    threads[1].start()
    assert second.wait(0.2 if connection.vendor == "sqlite" else 10) == (connection.vendor != "sqlite")
    # Whoever holds the database already must not wait for one who waits for it.
    with transaction.atomic(), connections.turn():
        pass
    leave.set()
    assert second.wait(10)
    for thread in threads:
        thread.join()


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="how SQLite is opened")
def test_what_sqlite_commits_is_on_disk_before_anybody_is_told() -> None:
    """With NORMAL and a write-ahead log the last commits are lost with the power: a call would go out twice."""
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
        assert cursor.execute("PRAGMA journal_mode").fetchone() == ("wal",)


# --- Writes that must not get lost ---------------------------------------------------------------


class Away:
    """A write that fails so many times, and then is done."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.tries = 0

    def __call__(self) -> str:
        self.tries += 1
        if self.errors:
            raise self.errors.pop(0)
        return "written"


LOCKED, CLOSED = OperationalError("database is locked"), InterfaceError("connection already closed")


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Nothing sleeps here; the clock moves on by what was to be slept."""
    found: list[float] = []
    monkeypatch.setattr(connections.time, "sleep", found.append)
    monkeypatch.setattr(connections.time, "monotonic", lambda: sum(found))
    return found


@pytest.mark.django_db(transaction=True)
def test_a_write_is_done_again_on_a_fresh_connection(pauses: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[bool] = []
    monkeypatch.setattr(connection, "close", lambda: closed.append(True))
    write = Away(LOCKED, CLOSED, LOCKED)
    assert connections.insist(write) == "written"
    assert (write.tries, len(closed)) == (4, 3)
    assert pauses == sorted(pauses)


@pytest.mark.django_db(transaction=True)
def test_after_a_while_the_error_is_told(pauses: list[float]) -> None:
    write = Away(*[LOCKED] * 1000)
    with pytest.raises(OperationalError):
        connections.insist(write, seconds=60)
    assert 60 <= sum(pauses) <= 66
    once = Away(LOCKED, CLOSED)
    with pytest.raises(InterfaceError):
        connections.insist(once, seconds=0)
    assert once.tries == 2, "once more at least"


@pytest.mark.django_db(transaction=True)
def test_in_a_transaction_it_is_done_once_and_other_errors_are_not_repeated(pauses: list[float]) -> None:
    write = Away(LOCKED)
    with pytest.raises(OperationalError), transaction.atomic():
        connections.insist(write)
    mistake = Away(ValueError("no"))
    with pytest.raises(ValueError):
        connections.insist(mistake)
    assert (write.tries, mistake.tries, pauses) == (1, 1, [])


@pytest.mark.django_db(transaction=True)
def test_an_eager_write_has_its_turn_and_leaves_the_usual_patience_behind() -> None:
    """A writer that holds the database for a moment, again and again."""
    stop, holds = threading.Event(), [0]

    def others() -> None:
        while not stop.is_set():
            with transaction.atomic():
                factories.make_team()
                stop.wait(0.02)
            holds[0] += 1
        connection.close()

    thread = threading.Thread(target=others)
    thread.start()
    for slug in ("eager-1", "eager-2", "eager-3"):
        connections.eagerly(functools.partial(Team.objects.create, name=slug, slug=slug))
    stop.set()
    thread.join()
    assert holds[0] >= 1
    assert Team.objects.filter(slug__startswith="eager").count() == 3
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            assert cursor.execute("PRAGMA busy_timeout").fetchone()[0] == connections.BUSY_MILLISECONDS


@pytest.mark.django_db(transaction=True)
def test_an_eager_write_gives_up_in_the_end_and_tries_nothing_twice_but_a_lock() -> None:
    tries: list[str] = []

    def write(message: str) -> None:
        tries.append(message)
        raise OperationalError(message)

    with pytest.raises(OperationalError, match="full"):
        connections.eagerly(lambda: write("database or disk is full"))
    assert len(tries) == 1
    with pytest.raises(OperationalError, match="locked"):
        connections.eagerly(lambda: write("database is locked"), seconds=0.05)
    assert (len(tries) > 2) == (connection.vendor == "sqlite")
