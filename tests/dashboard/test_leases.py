from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection, models
from django.utils import timezone

from dashboard import leases
from dashboard.models import ApiKey, Team
from tests.factories import make_key


@pytest.fixture
def kinds(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Only the kinds that the test registers."""
    own: list[leases.Kind] = []
    monkeypatch.setattr(leases, "_kinds", own)
    yield own


def at_once(count: int, work: Callable[[int], None]) -> None:
    """Run `work` in threads that start together; an exception in one of them fails the test."""
    gate = threading.Barrier(count)
    failures: list[BaseException] = []

    def run(number: int) -> None:
        try:
            gate.wait()
            work(number)
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures


def expire(row: leases.Leased) -> None:
    type(row)._base_manager.filter(pk=row.pk).update(lease_until=timezone.now() - dt.timedelta(seconds=1))


# --- Claims ---------------------------------------------------------------------------------------


def test_a_claimed_row_is_nobody_elses(api_key: ApiKey) -> None:
    assert leases.claim(api_key, owner="one")
    assert not leases.claim(api_key, owner="two")
    assert not leases.claim(api_key, owner="one")
    leases.release(api_key, owner="one")
    assert leases.claim(api_key, owner="two")


def test_an_expired_claim_can_be_taken(api_key: ApiKey) -> None:
    leases.claim(api_key, owner="one")
    expire(api_key)
    assert leases.claim(api_key, owner="two")
    assert not leases.extend(api_key, owner="one")
    leases.release(api_key, owner="one")
    api_key.refresh_from_db()
    assert api_key.lease_owner == "two"


def test_a_worker_that_lost_its_lease_writes_nothing(api_key: ApiKey) -> None:
    leases.claim(api_key, owner="one")
    expire(api_key)
    leases.claim(api_key, owner="two")
    with pytest.raises(leases.LeaseLost):
        leases.write(api_key, owner="one", label="stolen")
    api_key.refresh_from_db()
    assert api_key.label == "Main"
    leases.write(api_key, owner="two", label="mine")
    assert ApiKey.objects.get().label == "mine"


def test_a_block_that_fails_gives_the_row_back(api_key: ApiKey) -> None:
    with pytest.raises(ValueError, match="broken"), leases.held(api_key):
        raise ValueError("broken")
    assert leases.claim(api_key, owner="next")


def test_a_held_row_is_read_again(api_key: ApiKey) -> None:
    ApiKey.objects.update(label="changed meanwhile")
    with leases.held(api_key) as hold:
        assert hold is not None
        assert api_key.label == "changed meanwhile"


def test_the_second_holder_gets_none(api_key: ApiKey) -> None:
    with leases.held(api_key) as first, leases.held(ApiKey.objects.get()) as second:
        assert first is not None
        assert second is None


@pytest.mark.django_db(transaction=True)
def test_of_many_threads_exactly_one_claims() -> None:
    key = make_key(Team.objects.create(name="T", slug="t"))
    for _ in range(5):
        won: list[int] = []
        at_once(8, lambda number, won=won: won.append(number) if leases.claim(key, owner=f"w{number}") else None)
        assert len(won) == 1
        key.refresh_from_db()
        assert key.lease_owner == f"w{won[0]}"
        leases.release(key, owner=key.lease_owner)


@pytest.mark.django_db(transaction=True)
def test_threads_that_hold_never_overlap() -> None:
    key = make_key(Team.objects.create(name="T", slug="t"))
    inside, most, done = [0], [0], []
    guard = threading.Lock()

    def work(_number: int) -> None:
        for _ in range(60):
            with leases.held(ApiKey.objects.get(pk=key.pk)) as hold:
                if hold is None:
                    continue
                with guard:
                    inside[0] += 1
                    most[0] = max(most[0], inside[0])
                hold.write(looks=hold.row.looks + 1)
                with guard:
                    inside[0] -= 1
                done.append(1)

    at_once(4, work)
    key.refresh_from_db()
    assert most[0] == 1
    # No update was lost: each holder had read what the one before it wrote.
    assert key.looks == len(done)
    assert key.lease_owner == ""


# --- Heartbeat ------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_heartbeat_keeps_a_long_claim() -> None:
    key = make_key(Team.objects.create(name="T", slug="t"))
    with leases.held(key, seconds=0.6, heartbeat=True) as hold:
        assert hold is not None
        first = ApiKey.objects.get().lease_until
        assert first is not None
        waiting = threading.Event()
        for _ in range(100):
            waiting.wait(0.05)
            until = ApiKey.objects.get().lease_until
            if until and until > first:
                break
        assert until is not None
        assert until > first
        assert not hold.lost.is_set()
    assert ApiKey.objects.get().lease_owner == ""


@pytest.mark.django_db(transaction=True)
def test_a_heartbeat_notices_that_the_row_is_gone() -> None:
    key = make_key(Team.objects.create(name="T", slug="t"))
    with leases.held(key, seconds=0.3, heartbeat=True) as hold:
        assert hold is not None
        ApiKey.objects.update(lease_owner="thief")
        assert hold.lost.wait(10)
        with pytest.raises(leases.LeaseLost):
            hold.check()
        with pytest.raises(leases.LeaseLost):
            hold.write(label="mine")
    # Leaving the block must not free what is somebody else's.
    assert ApiKey.objects.get().lease_owner == "thief"


@pytest.mark.django_db(transaction=True)
def test_a_heartbeat_outlives_a_database_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    key = make_key(Team.objects.create(name="T", slug="t"))
    real, faults, beaten = leases.extend, [2], threading.Event()

    def extend(*args: Any, **kwargs: Any) -> bool:
        if faults[0]:
            faults[0] -= 1
            raise RuntimeError("the database is away")
        kept = real(*args, **kwargs)
        beaten.set()
        return kept

    monkeypatch.setattr(leases, "extend", extend)
    with leases.held(key, seconds=0.3, heartbeat=True) as hold:
        assert hold is not None
        assert beaten.wait(10)
        assert not hold.lost.is_set()


# --- Delivery -------------------------------------------------------------------------------------


def due(team: Team, **fields: Any) -> ApiKey:
    return make_key(team, **({"next_look_at": timezone.now() - dt.timedelta(seconds=1)} | fields))


def test_a_sweep_delivers_what_is_due_and_nothing_else(team: Team, kinds: list[Any]) -> None:
    got: list[Any] = []
    leases.register(ApiKey, got.append)
    wanted = due(team)
    due(team, next_look_at=None)
    due(team, next_look_at=timezone.now() + dt.timedelta(minutes=1))
    due(team, lease_owner="busy", lease_until=timezone.now() + dt.timedelta(minutes=1))
    orphan = due(team, lease_owner="dead", lease_until=timezone.now() - dt.timedelta(minutes=1))
    assert leases.sweep() == 2
    assert set(got) == {wanted.pk, orphan.pk}
    # Delivered once, not at every sweep.
    assert leases.sweep() == 0


def test_a_lost_message_is_delivered_again_later(team: Team, kinds: list[Any], settings: Any) -> None:
    got: list[Any] = []
    leases.register(ApiKey, got.append)
    key = due(team)
    leases.sweep()
    key.refresh_from_db()
    ahead = (key.next_look_at - timezone.now()).total_seconds()
    assert settings.REDELIVER_SECONDS - 5 < ahead <= settings.REDELIVER_SECONDS
    ApiKey.objects.update(next_look_at=timezone.now())
    leases.sweep()
    assert got == [key.pk, key.pk]


def test_a_kind_names_the_rows_that_this_node_may_deliver(team: Team, kinds: list[Any]) -> None:
    got: list[Any] = []
    leases.register(ApiKey, got.append, lambda: models.Q(label="ours"))
    ours = due(team, label="ours")
    due(team, label="theirs")
    leases.sweep()
    assert got == [ours.pk]


def test_a_sweep_has_a_limit_and_the_oldest_come_first(team: Team, kinds: list[Any]) -> None:
    got: list[Any] = []
    leases.register(ApiKey, got.append)
    rows = [due(team, next_look_at=timezone.now() - dt.timedelta(seconds=60 - age)) for age in range(5)]
    assert leases.sweep(limit=2) == 2
    assert got == [rows[0].pk, rows[1].pk]
    assert leases.sweep(limit=10) == 3


def test_one_delivery_that_fails_does_not_stop_the_others(team: Team, kinds: list[Any]) -> None:
    got: list[Any] = []

    def deliver(pk: Any) -> None:
        if pk == bad.pk:
            raise RuntimeError("the queue said no")
        got.append(pk)

    leases.register(ApiKey, deliver)
    bad = due(team, next_look_at=timezone.now() - dt.timedelta(minutes=5))
    good = due(team)
    leases.sweep()
    assert got == [good.pk]


@pytest.mark.django_db(transaction=True)
def test_two_sweepers_deliver_each_row_once(kinds: list[Any]) -> None:
    team = Team.objects.create(name="T", slug="t")
    rows = {due(team).pk for _ in range(40)}
    got: list[Any] = []
    leases.register(ApiKey, got.append)
    at_once(4, lambda _number: leases.sweep())
    assert sorted(got) == sorted(rows)


# --- Clock ----------------------------------------------------------------------------------------


def test_owners_are_never_the_same() -> None:
    assert len({leases.new_owner() for _ in range(1000)}) == 1000
    assert len(leases.new_owner()) <= ApiKey._meta.get_field("lease_owner").max_length
