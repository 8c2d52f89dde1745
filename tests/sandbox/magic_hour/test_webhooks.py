"""Webhooks of Magic Hour: signed as its documents say, so that the desk's own check believes them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from providers.magic_hour import SIGNATURE_HEADER, TIMESTAMP_HEADER, BadSignature, Event, EventType, verify
from tests.sandbox.magic_hour.conftest import HOOK, SECRET, StandIn


def listen(stand: StandIn) -> None:
    assert stand.client.put("/_sandbox/webhook", json={"url": HOOK, "secret": SECRET}).status_code == 200


def events(stand: StandIn) -> list[Event]:
    """All that came, each checked at the time at which it came."""
    found = []
    for url, body, headers in stand.inbox.got:
        assert url == HOOK
        verify(body, headers[SIGNATURE_HEADER], headers[TIMESTAMP_HEADER], SECRET, stand.clock.now)
        found.append(Event.from_body(body))
    return found


def order(stand: StandIn, do: dict[str, Any], **on: Any) -> None:
    answer = stand.client.post("/_sandbox/faults", json={"on": {"webhook": True} | on, "do": do})
    assert answer.status_code == 201, answer.text


def test_a_project_tells_that_it_started_and_that_it_is_complete(stand: StandIn) -> None:
    listen(stand)
    number = stand.create()["id"]
    stand.step()
    stand.step()
    started, completed = events(stand)
    assert (started.known_type, completed.known_type) == (EventType.STARTED, EventType.COMPLETED)
    assert started.project_id == completed.project_id == number
    assert started.video_project().status == "rendering" and not started.video_project().downloads
    assert completed.video_project().is_ready
    # The payload is what GET answers (Event Types).
    assert completed.payload == stand.project(number)


def test_a_failure_is_told_and_a_cancelation_is_not(stand: StandIn) -> None:
    listen(stand)
    failed, canceled = stand.create()["id"], stand.create()["id"]
    stand.client.post(f"/_sandbox/projects/{canceled}/cancel")
    stand.client.post(f"/_sandbox/projects/{failed}/fail", json={"code": "c", "message": "m"})
    stand.step()
    [event] = events(stand)
    assert (event.known_type, event.project_id) == (EventType.ERRORED, failed)
    project = event.video_project()
    assert project.error is not None and (project.error.code, project.error.message) == ("c", "m")


def test_nothing_is_sent_without_an_address(stand: StandIn) -> None:
    stand.create()
    stand.step()
    listen(stand)
    assert stand.client.delete("/_sandbox/webhook").status_code == 204
    stand.step()
    assert stand.inbox.got == []


def test_a_refused_webhook_comes_again_with_a_new_signature(stand: StandIn) -> None:
    listen(stand)
    stand.inbox.answers = [500, 500, 200]
    stand.create()
    stand.step()
    assert len(stand.inbox.got) == 1
    stand.clock.move(seconds=1)
    stand.app.extensions["sandbox"].run_jobs()
    assert len(stand.inbox.got) == 2
    stand.restart()
    stand.clock.move(seconds=2)
    stand.app.extensions["sandbox"].run_jobs()
    sent = [(body, headers[TIMESTAMP_HEADER], headers[SIGNATURE_HEADER]) for _, body, headers in stand.inbox.got]
    same = [each for each in sent if json.loads(each[0])["type"] == "video.started"]
    assert len({body for body, _, _ in same}) == 1
    assert len({time for _, time, _ in same}) == len({signature for _, _, signature in same}) == 3


def test_lost_doubled_and_late_webhooks(stand: StandIn) -> None:
    listen(stand)
    order(stand, {"kind": "lose"}, status="rendering")
    order(stand, {"kind": "double", "seconds": 5}, status="complete")
    stand.create()
    stand.step()
    stand.step()
    assert [event.type for event in events(stand)] == ["video.completed"]
    stand.clock.move(seconds=5)
    stand.app.extensions["sandbox"].run_jobs()
    assert [json.loads(body)["type"] for _, body, _ in stand.inbox.got] == ["video.completed"] * 2
    order(stand, {"kind": "late", "seconds": 600}, status="rendering")
    stand.create()
    stand.step()
    assert len(stand.inbox.got) == 2
    stand.clock.move(seconds=600)
    stand.app.extensions["sandbox"].run_jobs()
    assert "video.started" in [json.loads(body)["type"] for _, body, _ in stand.inbox.got]


def test_a_forged_webhook_is_not_signed_with_the_secret(stand: StandIn) -> None:
    listen(stand)
    order(stand, {"kind": "forge", "form": "ids", "instead": True})
    stand.create()
    stand.step()
    [(_, body, headers)] = stand.inbox.got
    with pytest.raises(BadSignature):
        verify(body, headers[SIGNATURE_HEADER], headers[TIMESTAMP_HEADER], SECRET, stand.clock.now)


@pytest.mark.parametrize(
    "body",
    [{}, {"url": HOOK}, {"url": "http://10.0.0.1/h", "secret": "x"}, {"url": HOOK, "secret": ""}, {"url": 7}],
)
def test_a_webhook_needs_a_safe_address_and_a_secret(stand: StandIn, body: dict[str, Any]) -> None:
    assert stand.client.put("/_sandbox/webhook", json=body).status_code == 422
