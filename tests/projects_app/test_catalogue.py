from __future__ import annotations

from typing import Any

import httpx
import pytest
from django.core.cache import cache

from dashboard.models import ApiKey
from projects_app import catalogue
from tests.projects_app.scripted import Scripted

TEMPLATES = "/v1/templates"
LANGUAGES = "/v1/languages"


def names(*templates: str) -> httpx.Response:
    return httpx.Response(200, json={"templates": list(templates)})


def test_lists_come_from_the_sandbox(sandbox: Any, api_key: ApiKey) -> None:
    assert "en" in catalogue.languages(api_key).values
    assert "seth" in catalogue.templates(api_key).values
    assert "tiktok" in catalogue.hook_titles(api_key).values
    assert catalogue.templates(api_key).problem == ""


def test_a_list_is_asked_for_once_a_day(provider: Scripted, api_key: ApiKey) -> None:
    provider.on("GET", TEMPLATES, names("Sara"), names("Other"))
    assert catalogue.templates(api_key).values == ["Sara"]
    assert catalogue.templates(api_key).values == ["Sara"]
    assert provider.count("GET", TEMPLATES) == 1


def test_a_replaced_key_has_lists_of_its_own(provider: Scripted, api_key: ApiKey) -> None:
    provider.on("GET", TEMPLATES, names("Sara"))
    catalogue.templates(api_key)
    name = f"catalogue:{api_key.pk}:{api_key.version + 1}:templates"
    assert cache.get(name) is None


def test_the_last_good_copy_serves_while_the_provider_is_away(provider: Scripted, api_key: ApiKey) -> None:
    provider.on("GET", TEMPLATES, names("Sara"), httpx.Response(503))
    catalogue.templates(api_key)
    cache.delete(f"catalogue:{api_key.pk}:{api_key.version}:templates")  # a day later
    listing = catalogue.templates(api_key)
    assert listing.values == ["Sara"]
    assert "last answer" in listing.problem


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json={"templates": "Sara"}),
        httpx.ConnectError("no route"),
        httpx.ReadTimeout("slow"),
        httpx.Response(429, headers={"Retry-After": "60"}),
    ],
    ids=["500", "html", "wrong type", "no connection", "time-out", "429"],
)
def test_without_a_copy_there_is_a_sentence_and_no_exception(
    provider: Scripted, api_key: ApiKey, answer: httpx.Response | Exception
) -> None:
    provider.on("GET", TEMPLATES, answer)
    listing = catalogue.templates(api_key)
    assert listing.choices == ()
    assert "does not answer" in listing.problem


def test_a_provider_that_is_away_is_left_alone_for_a_while(provider: Scripted, api_key: ApiKey) -> None:
    provider.on("GET", LANGUAGES, httpx.Response(503))
    catalogue.languages(api_key)
    catalogue.languages(api_key)
    assert provider.count("GET", LANGUAGES) == 1


def test_a_refused_key_is_marked(provider: Scripted, api_key: ApiKey) -> None:
    provider.on("GET", LANGUAGES, httpx.Response(401, json={"error": "UNAUTHORIZED", "message": "Invalid key"}))
    assert catalogue.languages(api_key).choices == ()
    api_key.refresh_from_db()
    assert api_key.state == ApiKey.State.INVALID


def test_samples_are_offered_beside_the_sandbox_only(settings: Any) -> None:
    settings.SANDBOX_URL = ""
    assert catalogue.sample_videos() == {}
    settings.SANDBOX_URL = "http://127.0.0.1:8999"
    assert catalogue.sample_videos()["url"].url == "http://127.0.0.1:8999/submagic/samples/three-lessons.mp4"
