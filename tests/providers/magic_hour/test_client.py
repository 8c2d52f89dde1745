"""What goes out, made by the official client, and what the answers to it mean."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from providers import errors
from providers.magic_hour import MagicHourClient
from tests.providers.magic_hour.support import ID, KEY, client, example
from tests.providers.submagic.support import answering


def asked(call: Any, status: int = 200, body: Any = None) -> httpx.Request:
    seen: list[httpx.Request] = []
    with client(answering(status, body, seen=seen)) as magic_hour:
        call(magic_hour)
    [request] = seen
    return request


def test_get_as_the_official_client_sends_it() -> None:
    request = asked(lambda c: c.get_video_project(ID), body=example("video_project"))
    assert (request.method, str(request.url)) == ("GET", f"https://api.magichour.ai/v1/video-projects/{ID}")
    assert request.headers["authorization"] == f"Bearer {KEY}"
    # Only the official client sends this one.
    assert request.headers["x-sideko-sdk-language"] == "Python"


def test_delete_as_the_official_client_sends_it() -> None:
    request = asked(lambda c: c.delete_video_project(ID), status=204)
    assert (request.method, request.url.path, request.content) == ("DELETE", f"/v1/video-projects/{ID}", b"")


def test_account_as_the_official_client_sends_it() -> None:
    request = asked(lambda c: c.account(), body={"id": "u", "credits": 3, "tier": "free"})
    assert (request.method, request.url.path) == ("GET", "/v1/account")


@pytest.mark.parametrize(
    ("number", "path"),
    [
        ("../account", b"/v1/video-projects/..%2Faccount"),
        ("a/../../b", b"/v1/video-projects/a%2F..%2F..%2Fb"),
        ("a?x=1#y", b"/v1/video-projects/a%3Fx%3D1%23y"),
        ("a%2fb", b"/v1/video-projects/a%252fb"),
        ("ü b", b"/v1/video-projects/%C3%BC%20b"),
        ("{id}", b"/v1/video-projects/%7Bid%7D"),
    ],
)
def test_no_id_reaches_another_path(number: str, path: bytes) -> None:
    answer = example("video_project") | {"id": number}
    assert asked(lambda c: c.get_video_project(number), body=answer).url.raw_path == path
    assert asked(lambda c: c.delete_video_project(number), status=204).url.raw_path == path


@pytest.mark.parametrize("bad", ["", ".", "..", "a" * 256])
def test_what_can_be_no_id_is_never_sent(bad: str) -> None:
    seen: list[httpx.Request] = []
    with client(answering(200, {}, seen=seen)) as magic_hour:
        for call in (magic_hour.get_video_project, magic_hour.delete_video_project):
            with pytest.raises(ValueError, match="project_id"):
                call(bad)
    assert seen == []


def test_an_answer_about_another_project_is_refused() -> None:
    with client(answering(200, example("video_project"))) as magic_hour, pytest.raises(errors.BadAnswer):
        magic_hour.get_video_project("another")


@pytest.mark.parametrize(
    "odd",
    [
        {"status": "UPSCALING"},
        {"downloads": None},
        {"download": 7, "total_frame_cost": None},
        {"fps": "thirty"},
        {"created_at": None, "name": None, "error": {"code": 7}},
        {"width": 1.5},
    ],
)
def test_what_the_official_models_refuse_is_read(odd: dict[str, Any]) -> None:
    answer = example("video_project") | odd
    found = client(answering(200, answer, {"content-type": "application/json"})).get_video_project(ID)
    assert found.id == ID and found.raw == answer


def test_an_answer_with_nothing_but_the_identity_is_read() -> None:
    found = client(answering(200, {"id": ID, "status": "queued"})).get_video_project(ID)
    assert (found.status, found.downloads, found.enabled) == ("queued", (), True)


@pytest.mark.parametrize("kind", [None, "text/plain", "application/octet-stream", "application/json; charset=utf-8"])
def test_the_kind_of_content_does_not_matter(kind: str | None) -> None:
    headers = {"content-type": kind} if kind else None
    found = client(answering(200, example("video_project"), headers)).get_video_project(ID)
    assert found.is_ready


def refused(status: int, message: str, call: str = "delete_video_project") -> errors.ProviderError:
    with client(answering(status, {"message": message})) as magic_hour, pytest.raises(errors.ProviderError) as caught:
        getattr(magic_hour, call)(ID)
    return caught.value


@pytest.mark.parametrize("call", ["get_video_project", "delete_video_project"])
def test_not_found_is_a_missing_project(call: str) -> None:
    """The published OpenAPI knows one text for 404, and it names nothing."""
    error = refused(404, "Not Found", call)
    assert type(error) is errors.ProjectNotFound and error.permanent
    assert error.message.startswith("Magic Hour does not know this project")


def test_an_address_that_leads_elsewhere_is_no_missing_project() -> None:
    with client(answering(404, b"<html>nginx</html>")) as magic_hour, pytest.raises(errors.RouteNotFound):
        magic_hour.get_video_project(ID)


def test_a_template_cannot_be_deleted() -> None:
    told = "video is a template and cannot be deleted. Please reach out to our support team."
    error = refused(422, told)
    assert type(error) is errors.Invalid and error.upstream_message == told
    assert "Nothing was deleted." in error.message and "spent" not in error.message


def test_the_other_documented_refusals() -> None:
    assert type(refused(400, "Missing request body")) is errors.Invalid
    assert type(refused(401, "Unauthorized")) is errors.Unauthorised
    assert type(refused(402, "Payment required")) is errors.PaymentRequired


def test_a_yes_with_a_body_deletes_as_well() -> None:
    assert client(answering(200, {"message": "deleted"})).delete_video_project(ID) is None


def test_texts_and_repr_name_magic_hour_and_no_key() -> None:
    assert repr(MagicHourClient(KEY)) == "MagicHourClient(mhk_…cdef, base_url='https://api.magichour.ai')"
    assert refused(500, "x", "get_video_project").message.startswith("Magic Hour has trouble right now (500).")
