"""Faults of webhooks: lost, doubled, late, reordered, forged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.sandbox.conftest import HOOK, Inbox, StandIn


def order(stand: StandIn, do: dict[str, Any], **on: Any) -> None:
    stand.here.faults.order(stand.applied()["account"], {"on": {"webhook": True} | on, "do": do})


def film(stand: StandIn, mute_film: Path) -> str:
    """A project that fails at once, which its webhook tells."""
    answer = stand.upload("/v1/projects/upload", mute_film, webhookUrl=HOOK)
    assert answer.status_code == 201
    return str(answer.json()["id"])


def told(stand: StandIn) -> list[str]:
    return [body["projectId"] for _, body in stand.inbox.got]


def test_lost_webhook_never_comes(stand: StandIn, mute_film: Path) -> None:
    order(stand, {"kind": "lose"})
    lost = film(stand, mute_film)
    stand.runner.run_jobs()
    stand.clock.move(hours=1)
    stand.runner.run_jobs()
    assert told(stand) == [] and stand.project(lost)["status"] == "failed"
    following = film(stand, mute_film)
    stand.runner.run_jobs()
    assert told(stand) == [following]
    [record] = stand.get("/_sandbox/faults").json()["fired"]
    assert (record["kind"], record["project"], record["status"]) == ("lose", lost, "failed")


def test_doubled_webhook_says_the_same_twice(stand: StandIn, mute_film: Path) -> None:
    order(stand, {"kind": "double", "seconds": 5})
    film(stand, mute_film)
    stand.runner.run_jobs()
    assert len(stand.inbox.got) == 1
    stand.clock.move(seconds=5)
    stand.runner.run_jobs()
    stand.clock.move(hours=1)
    stand.runner.run_jobs()
    assert len(stand.inbox.got) == 2 and stand.inbox.got[0] == stand.inbox.got[1]


def test_late_webhook_waits(stand: StandIn, mute_film: Path) -> None:
    order(stand, {"kind": "late", "seconds": 600})
    film(stand, mute_film)
    stand.runner.run_jobs()
    stand.clock.move(seconds=599)
    stand.runner.run_jobs()
    assert stand.inbox.got == []
    stand.restart()
    stand.clock.move(seconds=1)
    stand.runner.run_jobs()
    assert len(stand.inbox.got) == 1


def test_reordered_webhook_comes_after_the_next_one(stand: StandIn, mute_film: Path) -> None:
    order(stand, {"kind": "reorder"})
    first = film(stand, mute_film)
    stand.runner.run_jobs()
    assert told(stand) == []
    second = film(stand, mute_film)
    stand.runner.run_jobs()
    assert told(stand) == [second, first]


def test_reordered_webhook_does_not_wait_for_ever(stand: StandIn, mute_film: Path) -> None:
    order(stand, {"kind": "reorder", "seconds": 30})
    number = film(stand, mute_film)
    stand.runner.run_jobs()
    stand.clock.move(seconds=30)
    stand.runner.run_jobs()
    assert told(stand) == [number]


def test_forged_webhook_names_another_project(stand: StandIn, mute_film: Path) -> None:
    other = stand.make_finished()
    order(stand, {"kind": "forge", "projectId": other})
    order(stand, {"kind": "forge", "form": "ids"})
    order(stand, {"kind": "forge", "form": "status", "instead": True})
    for _ in range(3):
        film(stand, mute_film)
        stand.runner.run_jobs()
    bodies = [body for _, body in stand.inbox.got]
    assert len(bodies) == 5 and {url for url, _ in stand.inbox.got} == {HOOK}
    assert bodies[0]["projectId"] == other and bodies[1]["status"] == "failed"
    assert stand.here.store.project(bodies[2]["projectId"]) is None
    assert bodies[4]["status"] == "completed"


def test_forged_webhook_may_be_garbage(stand: StandIn, mute_film: Path) -> None:
    got: list[bytes] = []

    class Raw(Inbox):
        def deliver(self, url: str, body: bytes, headers: Any) -> int:
            got.append(body)
            return 200

    stand.inbox = Raw()
    stand.restart()
    order(stand, {"kind": "forge", "form": "garbage", "instead": True})
    order(stand, {"kind": "forge", "body": "<xml/>", "instead": True})
    order(stand, {"kind": "forge", "body": {"event": "other"}, "instead": True})
    for _ in range(3):
        film(stand, mute_film)
        stand.runner.run_jobs()
    assert got[0].startswith(b'{"projectId": "\xff') and got[1:] == [b"<xml/>", b'{"event": "other"}']


def test_project_and_status_choose_the_webhook(stand: StandIn, mute_film: Path) -> None:
    first, second = film(stand, mute_film), film(stand, mute_film)
    order(stand, {"kind": "lose"}, status="completed", times=0)
    order(stand, {"kind": "lose"}, project=second)
    stand.runner.run_jobs()
    assert told(stand) == [first]
