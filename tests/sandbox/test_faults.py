"""Faults of single requests, in process: what the client meets, what was applied, what is on record."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import ALICE, BOB, StandIn

CREATE = {"title": "Talk", "language": "en", "videoUrl": "http://sandbox.test/submagic/samples/two-tips.mp4"}
ON_CREATE = {"method": "POST", "path": "/v1/projects"}


def order(stand: StandIn, on: dict[str, Any], **do: Any) -> str:
    answer = stand.client.post("/_sandbox/faults", json={"on": on, "do": do})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def create(stand: StandIn) -> httpx.Response:
    return stand.client.post("/v1/projects", json=CREATE)


def applied(stand: StandIn) -> int:
    return len(stand.applied()["applied"])


def fired(stand: StandIn) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = stand.get("/_sandbox/faults").json()["fired"]
    return found


def test_refusal_applies_nothing_and_is_on_record(stand: StandIn) -> None:
    number = order(stand, ON_CREATE, kind="refuse", status=402)
    refused = create(stand)
    assert refused.status_code == 402
    assert refused.json() == {"error": "PAYMENT_REQUIRED", "message": "Insufficient API credits to create project"}
    assert refused.headers["date"] and refused.headers["x-request-id"]
    assert applied(stand) == 0
    assert fired(stand) == [
        {
            "fault": number,
            "kind": "refuse",
            "at": "2026-04-28T12:34:56+00:00",
            "method": "POST",
            "path": "/v1/projects",
            "answered": None,
        }
    ]
    assert create(stand).status_code == 201
    assert stand.get("/_sandbox/faults").json()["faults"][0] | {"id": ""} == {
        "id": "",
        "on": ON_CREATE,
        "do": {"kind": "refuse", "status": 402},
        "seen": 2,
        "fired": 1,
    }


@pytest.mark.parametrize(
    ("status", "path", "error", "message"),
    [
        (401, "/v1/projects/1", "UNAUTHORIZED", "Invalid or missing API key"),
        (403, "/v1/projects/1/publish", "FORBIDDEN", "Your plan does not allow publishing via the API"),
        (404, "/v1/projects/1", "NOT_FOUND", "Project doesn't exist or doesn't belong to user"),
        (412, "/v1/projects/1/publish", "PRECONDITION_FAILED", "Some platform accounts are not connected"),
        (415, "/v1/user-media/upload", "UNSUPPORTED_MEDIA_TYPE", "Media format not supported"),
        (500, "/v1/languages", "INTERNAL_SERVER_ERROR", "An unexpected error occurred"),
    ],
)
def test_refusal_has_the_documented_words(stand: StandIn, status: int, path: str, error: str, message: str) -> None:
    order(stand, {"path": path}, kind="refuse", status=status)
    answer = stand.client.post(path)
    assert (answer.status_code, answer.json()) == (status, {"error": error, "message": message})


def test_refusal_may_say_anything(stand: StandIn) -> None:
    order(stand, {}, kind="refuse", status=503, body="<h1>Down</h1>", headers={"Content-Type": "text/html", "X-A": 1})
    answer = stand.get("/v1/languages")
    assert (answer.status_code, answer.text) == (503, "<h1>Down</h1>")
    assert (answer.headers["content-type"], answer.headers["x-a"]) == ("text/html", "1")
    order(stand, {}, kind="refuse", body={"error": "ODD", "message": "m", "details": {}})
    assert stand.get("/v1/languages").json() == {"error": "ODD", "message": "m", "details": {}}


@pytest.mark.parametrize(("when", "count"), [("before", 0), ("after", 1)])
def test_error_may_come_before_or_after_applying(stand: StandIn, when: str, count: int) -> None:
    order(stand, ON_CREATE, kind="error", when=when, status=502)
    answer = create(stand)
    assert (answer.status_code, answer.json()["error"]) == (502, "INTERNAL_SERVER_ERROR")
    assert applied(stand) == count
    assert fired(stand)[0]["answered"] == (201 if count else None)


@pytest.mark.parametrize(("when", "count"), [("before", 0), ("after", 1)])
def test_cut_is_a_transport_error(stand: StandIn, when: str, count: int) -> None:
    order(stand, ON_CREATE, kind="cut", when=when)
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response") as cut:
        create(stand)
    assert cut.value.request.url.path == "/submagic/v1/projects"
    assert applied(stand) == count


def test_cut_while_sending(stand: StandIn) -> None:
    order(stand, ON_CREATE, kind="cut", bytes=5)
    with pytest.raises(httpx.WriteError):
        create(stand)
    assert applied(stand) == 0


def test_cut_in_the_middle_of_the_answer(stand: StandIn) -> None:
    order(stand, ON_CREATE, kind="cut", when="answer", bytes=10)
    with stand.client.stream("POST", "/v1/projects", json=CREATE) as answer:
        assert answer.status_code == 201
        got = b""
        with pytest.raises(httpx.ReadError):
            for block in answer.iter_raw():
                got += block
    assert len(got) == 10 and applied(stand) == 1


@pytest.mark.parametrize(("when", "count"), [("before", 0), ("after", 1)])
def test_hanging_is_a_read_timeout(stand: StandIn, when: str, count: int) -> None:
    order(stand, ON_CREATE, kind="hang", when=when)
    with pytest.raises(httpx.ReadTimeout):
        create(stand)
    assert applied(stand) == count


@pytest.mark.parametrize(
    ("form", "headers", "body"),
    [
        ("documented", {"retry-after": "45", "x-ratelimit-reset": "1777379741"}, {"retryAfter": 45}),
        ("seconds", {"retry-after": "45"}, {}),
        ("date", {"retry-after": "Tue, 28 Apr 2026 12:35:41 GMT"}, {}),
        ("body", {}, {"retryAfter": 45}),
        ("reset", {"x-ratelimit-limit": "30", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1777379741"}, {}),
        ("none", {}, {}),
    ],
)
def test_limit_tells_the_wait_in_one_form(
    stand: StandIn, form: str, headers: dict[str, str], body: dict[str, int]
) -> None:
    order(stand, ON_CREATE, kind="limit", form=form, retryAfter=45)
    answer = create(stand)
    assert answer.status_code == 429
    assert answer.json() == {"error": "RATE_LIMIT_EXCEEDED", "message": "Too many requests"} | body
    told = {name: value for name, value in answer.headers.items() if name.startswith(("retry", "x-rate"))}
    assert headers.items() <= told.items() and (form == "documented" or told == headers)
    assert applied(stand) == 0


def test_slow_answer_waits_and_drips(stand: StandIn) -> None:
    waits: list[float] = []
    stand.app.wsgi_app.sleep = waits.append  # type: ignore[attr-defined]
    order(stand, ON_CREATE, kind="slow", before=2, after=3)
    assert create(stand).status_code == 201 and waits == [2, 3]
    waits.clear()
    order(stand, ON_CREATE, kind="slow", dribble=100, pause=0.5)
    with stand.client.stream("POST", "/v1/projects", json=CREATE) as answer:
        blocks = list(answer.iter_raw())
    assert len(blocks) > 3 and set(map(len, blocks[:-1])) == {100}
    assert waits == [0, 0] + [0.5] * (len(blocks) - 1)
    assert applied(stand) == 2


@pytest.mark.parametrize("form", ["truncated", "html", "empty"])
@pytest.mark.parametrize(("when", "count"), [("before", 0), ("after", 1)])
def test_unreadable_answer_says_yes(stand: StandIn, form: str, when: str, count: int) -> None:
    order(stand, ON_CREATE, kind="garble", form=form, when=when)
    answer = create(stand)
    assert answer.status_code == (201 if count else 200)
    with pytest.raises(ValueError):
        answer.json()
    assert applied(stand) == count


def test_answer_of_other_types_is_json(stand: StandIn) -> None:
    order(stand, {"path": "/v1/languages"}, kind="garble", form="types")
    found = stand.get("/v1/languages").json()["languages"]
    assert isinstance(found, dict) and found["0"] == {"name": 7, "code": 2}


def test_nth_and_times_choose_the_requests(stand: StandIn) -> None:
    order(stand, {"path": "/v1/languages", "nth": 2, "times": 2}, kind="refuse", status=500)
    assert [stand.get("/v1/languages").status_code for _ in range(5)] == [200, 500, 500, 200, 200]
    order(stand, {"path": "/v1/templates", "times": 0}, kind="refuse", status=500)
    assert [stand.get("/v1/templates").status_code for _ in range(4)] == [500] * 4


def test_orders_for_the_same_request_follow_each_other(stand: StandIn) -> None:
    for status in (500, 502, 503):
        order(stand, {"path": "/v1/languages"}, kind="refuse", status=status)
    assert [stand.get("/v1/languages").status_code for _ in range(4)] == [500, 502, 503, 200]


def test_path_and_method_are_matched(stand: StandIn) -> None:
    number = stand.make_finished()
    order(stand, {"method": "post", "path": "/v1/projects/*/export", "times": 0}, kind="refuse", status=500)
    assert stand.project(number)["id"] == number
    assert stand.client.put(f"/v1/projects/{number}", json={}).status_code == 200
    assert stand.client.post(f"/v1/projects/{number}/publish", json={}).status_code == 400
    assert stand.client.post(f"/v1/projects/{number}/export").status_code == 500


def test_fault_hits_the_account_that_ordered_it(stand: StandIn) -> None:
    order(stand, {"times": 0}, kind="refuse", status=500)
    bob = stand.client_for(BOB)
    assert bob.get("/v1/languages").status_code == 200
    assert bob.get("/_sandbox/faults").json() == {"faults": [], "fired": []}
    assert bob.delete("/_sandbox/faults/1").status_code == 404
    assert stand.client_for(None).get("/health").status_code == 200
    assert stand.get("/v1/languages").status_code == 500


def test_fault_of_anyone_hits_addresses_without_a_key(stand: StandIn) -> None:
    links = stand.project(stand.make_finished(file=bytes(1000)))
    order(stand, {"path": "/files/**", "anyone": True}, kind="cut", when="answer", bytes=100)
    nobody = stand.client_for(None)
    with pytest.raises(httpx.ReadError):
        nobody.get(links["directUrl"])
    assert len(nobody.get(links["directUrl"]).content) == 1000


def test_faults_are_cancelled_one_by_one_or_all(stand: StandIn) -> None:
    first = order(stand, {"path": "/v1/languages", "times": 0}, kind="refuse", status=500)
    order(stand, {"path": "/v1/templates", "times": 0}, kind="refuse", status=500)
    assert stand.client.delete(f"/_sandbox/faults/{first}").status_code == 204
    assert stand.get("/v1/languages").status_code == 200
    assert stand.get("/v1/templates").status_code == 500
    assert stand.client.delete("/_sandbox/faults").status_code == 204
    assert stand.get("/v1/templates").status_code == 200
    assert stand.get("/_sandbox/faults").json() == {"faults": [], "fired": []}


def test_ordering_is_not_counted_and_not_hit(tmp_path: Any) -> None:
    stand = StandIn(tmp_path, limits={"lists": 1})
    order(stand, {"path": "**", "times": 0}, kind="refuse", status=500)
    assert stand.get("/_sandbox/applied").status_code == 200
    assert stand.client.delete("/_sandbox/faults").status_code == 204
    assert stand.get("/v1/languages").headers["x-ratelimit-remaining"] == "0"
    stand.close()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ([], "an order is"),
        ({"on": {}}, "an order is"),
        ({"on": {}, "do": {}}, "do.kind must be one of: refuse, error"),
        ({"on": {"webhook": True}, "do": {"kind": "refuse"}}, "do.kind must be one of: lose, double"),
        ({"on": {"webhook": True, "path": "/x"}, "do": {"kind": "lose"}}, "on.path is unknown here"),
        ({"on": {"url": "/x"}, "do": {"kind": "cut"}}, "on.url is unknown here"),
        ({"on": {"nth": "2"}, "do": {"kind": "cut"}}, "on.nth must be a whole number"),
        ({"on": {}, "do": {"kind": "cut", "when": "later"}}, "do.when must be one of: before, after, answer"),
        ({"on": {}, "do": {"kind": "refuse", "status": 42}}, "do.status must be between"),
        ({"on": {}, "do": {"kind": "slow", "before": -1}}, "do.before must be a number of seconds"),
        ({"on": {}, "do": {"kind": "limit", "form": "carrier pigeon"}}, "do.form must be one of: documented"),
    ],
)
def test_order_that_makes_no_sense_is_refused(stand: StandIn, body: Any, message: str) -> None:
    answer = stand.client.post("/_sandbox/faults", json=body)
    assert answer.status_code == 400 and answer.json()["message"].startswith(message)
    assert stand.get("/_sandbox/faults").json()["faults"] == []


def test_key_of_another_case_in_the_header_is_the_same_account(stand: StandIn) -> None:
    order(stand, {"path": "/v1/languages"}, kind="refuse", status=500)
    assert stand.client_for(None).get("/v1/languages", headers={"X-Api-Key": ALICE}).status_code == 500
