"""Health, lists, keys, missing routes and rate limits."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.settings import parse_limits
from tests.sandbox.conftest import ALICE, BOB, StandIn

UNAUTHORIZED = {"error": "UNAUTHORIZED", "message": "Invalid or missing API key"}
NO_ROUTE = {"error": "NOT_FOUND", "message": "The requested endpoint does not exist"}


def test_health_needs_no_key_and_counts_nothing(stand: StandIn) -> None:
    answer = stand.client_for(None).get("/health")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "healthy",
        "service": "submagic-public-api",
        "timestamp": "2026-04-28T12:34:56.000Z",
    }
    assert "x-ratelimit-limit" not in answer.headers


def test_lists_hold_what_the_documents_print(stand: StandIn) -> None:
    languages = stand.get("/v1/languages").json()["languages"]
    assert {"name": "Chinese (Simplified)", "code": "zh"} in languages and len(languages) == 13
    templates = stand.get("/v1/templates").json()["templates"]
    assert len(templates) == 42 and {"Sara", "Hormozi 2", "seth"} <= set(templates)
    assert stand.get("/v1/hook-title/templates").json()["templates"][0] == "tiktok"


@pytest.mark.parametrize("key", [None, "", "sk-123", "sk-" + "A1" * 32, "sk-" + "a1" * 33, "pk-" + "a1" * 32])
def test_any_other_key_gets_401(stand: StandIn, key: str | None) -> None:
    answer = stand.client_for(key).get("/v1/languages")
    assert (answer.status_code, answer.json()) == (401, UNAUTHORIZED)


def test_route_is_checked_before_the_key(stand: StandIn) -> None:
    nobody = stand.client_for(None)
    for method, path in [
        ("GET", "/v1/projects"),
        ("PATCH", "/v1/projects/1"),
        ("DELETE", "/v1/projects/1"),
        ("DELETE", "/v1/user-media"),
        ("GET", "/v1/presets"),
        ("POST", "/v1/nothing"),
        ("GET", "/v2/languages"),
    ]:
        answer = nobody.request(method, path)
        assert (answer.status_code, answer.json()) == (404, NO_ROUTE), path


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/projects/1"),
        ("PUT", "/v1/projects/1"),
        ("POST", "/v1/projects/1/export"),
        ("GET", "/v1/user-media"),
        ("POST", "/v1/user-media"),
        ("POST", "/v1/user-media/upload"),
        ("GET", "/_sandbox/faults"),
        ("POST", "/_sandbox/faults"),
        ("DELETE", "/_sandbox/faults"),
        ("GET", "/_sandbox/credits"),
    ],
)
def test_key_is_checked_before_what_is_asked_for(stand: StandIn, method: str, path: str) -> None:
    answer = stand.client_for(None).request(method, path)
    assert (answer.status_code, answer.json()) == (401, UNAUTHORIZED)


def test_key_is_found_in_a_header_of_any_case(stand: StandIn) -> None:
    assert stand.client_for(None).get("/v1/languages", headers={"X-API-KEY": ALICE}).status_code == 200


def test_every_answer_has_an_id_and_the_time_of_the_stand_in(stand: StandIn) -> None:
    seen = set()
    for path in ("/health", "/v1/languages", "/v1/nothing", "/v1/projects/1"):
        headers = stand.get(path).headers
        assert headers["date"] == "Tue, 28 Apr 2026 12:34:56 GMT", path
        seen.add(headers["x-request-id"])
    assert len(seen) == 4


def test_each_key_is_an_account_of_its_own(stand: StandIn) -> None:
    number = stand.make_finished()
    assert stand.get(f"/v1/projects/{number}").status_code == 200
    answer = stand.client_for(BOB).get(f"/v1/projects/{number}")
    assert answer.status_code == 404
    assert answer.json() == {"error": "NOT_FOUND", "message": "Project doesn't exist or doesn't belong to user"}


def test_rate_limit_counts_by_account_and_class(tmp_path: Path) -> None:
    stand = StandIn(tmp_path, limits={"lists": 3})
    seen = [stand.get("/v1/languages").headers["x-ratelimit-remaining"] for _ in range(3)]
    assert seen == ["2", "1", "0"]
    refused = stand.get("/v1/templates")
    assert refused.status_code == 429
    assert refused.json() == {"error": "RATE_LIMIT_EXCEEDED", "message": "Too many requests", "retryAfter": 3600}
    assert refused.headers["retry-after"] == "3600"
    assert refused.headers["x-ratelimit-limit"] == "3"
    assert int(refused.headers["x-ratelimit-reset"]) == int(stand.clock().timestamp()) + 3600
    # Another class and another account are not touched.
    assert stand.get("/v1/projects/published").status_code == 200
    assert stand.client_for(BOB).get("/v1/languages").status_code == 200


def test_rate_limit_ends_with_its_window(tmp_path: Path) -> None:
    stand = StandIn(tmp_path, limits={"lists": 1})
    assert stand.get("/v1/languages").status_code == 200
    stand.clock.move(minutes=59)
    assert stand.get("/v1/languages").json()["retryAfter"] == 60
    stand.clock.move(minutes=1)
    assert stand.get("/v1/languages").status_code == 200


def test_documented_limits_are_the_documents(tmp_path: Path) -> None:
    stand = StandIn(tmp_path, limits=parse_limits("documented, media=7"))
    expected = [
        ("GET", "/v1/languages", "1000"),
        ("GET", "/v1/templates", "1000"),
        ("POST", "/v1/projects", "30"),
        ("POST", "/v1/projects/upload", "30"),
        ("POST", "/v1/projects/magic-clips", "500"),
        ("GET", "/v1/projects/1", "100"),
        ("PUT", "/v1/projects/1", "100"),
        ("POST", "/v1/projects/1/export", "50"),
        ("GET", "/v1/user-media", "7"),
    ]
    for method, path, limit in expected:
        assert stand.client.request(method, path).headers["X-RateLimit-Limit"] == limit, path


@pytest.mark.parametrize("text", ["projects=5", "create", "create=0", "create=x", "documentd"])
def test_limits_that_cannot_be_read_are_refused_with_the_names(text: str) -> None:
    with pytest.raises(ValueError, match="documented, or project=100 with one of lists, create, clips"):
        parse_limits(text)


def test_reading_the_record_costs_no_request(tmp_path: Path) -> None:
    stand = StandIn(tmp_path, limits={"lists": 1})
    assert all(stand.get("/_sandbox/applied").status_code == 200 for _ in range(3))
    assert stand.client_for(None).get("/_sandbox/applied").status_code == 401
    assert stand.get("/v1/languages").headers["x-ratelimit-remaining"] == "0"


def test_key_is_not_stored(stand: StandIn) -> None:
    stand.make_finished()
    stored = b"".join(path.read_bytes() for path in stand.settings.data.glob("sandbox.sqlite3*"))
    assert stored and ALICE.encode() not in stored
