from __future__ import annotations

from typing import Any

import pytest
from django.core.checks import CheckMessage

from dashboard import checks
from dashboard.local_secrets import new_ring_key


def ids(found: list[CheckMessage]) -> list[str | None]:
    return [message.id for message in found]


def test_a_good_ring_passes(settings: Any) -> None:
    settings.KEY_RING = new_ring_key("k1")
    assert checks.key_ring_opens() == []


@pytest.mark.parametrize("ring", ["", "  ,  ", "k1", "k1:", "k1:short", "k1:!!!!", "k1:" + "A" * 10 + "="])
def test_a_bad_ring_is_an_error_with_a_hint(settings: Any, ring: str) -> None:
    settings.KEY_RING = ring
    found = checks.key_ring_opens()
    assert ids(found) == ["dashboard.E001"]
    assert "new_ring_key" in str(found[0].hint)


def test_the_error_does_not_show_the_ring(settings: Any) -> None:
    settings.KEY_RING = "k1:c2VjcmV0c2VjcmV0"
    assert "c2VjcmV0" not in str(checks.key_ring_opens()[0])


def test_one_machine_needs_nothing_shared(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", "django.db.backends.sqlite3")
    assert checks.shared_things_are_shared() == []


def test_a_shared_database_with_private_secrets_and_queue_is_warned_about(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", "django.db.backends.postgresql")
    settings.LOCAL_SECRETS = {"secret_key": "x", "key_ring": "x"}
    settings.QUEUE_URL = "sqlite"
    assert ids(checks.shared_things_are_shared()) == ["dashboard.W001", "dashboard.W002"]
    settings.LOCAL_SECRETS = None
    settings.QUEUE_URL = "redis://queue"
    assert checks.shared_things_are_shared() == []


@pytest.mark.parametrize(("url", "expected"), [("", 1), ("http://desk.example", 1), ("https://desk.example", 0)])
def test_deployment_asks_for_public_https(settings: Any, url: str, expected: int) -> None:
    settings.PUBLIC_URL = url
    assert ids(checks.public_url_is_https()) == ["dashboard.W003"] * expected


@pytest.mark.parametrize(
    ("name", "url", "wrong"),
    [
        ("SUBMAGIC_URL", "http://submagic.internal", True),
        ("SUBMAGIC_URL", "", True),
        ("SUBMAGIC_URL", "https://user:word@api.submagic.co", True),
        ("SANDBOX_URL", "http://sandbox:8001", True),
        ("SANDBOX_URL", "", False),
        ("SANDBOX_URL", "http://127.0.0.1:8001", False),
    ],
)
def test_an_address_of_a_provider_that_cannot_be_called_is_found_at_start(
    settings: Any, name: str, url: str, wrong: bool
) -> None:
    setattr(settings, name, url)
    assert [each.id for each in checks.provider_addresses_can_be_called()] == ["dashboard.E002"] * wrong


@pytest.mark.parametrize("name", ["SUBMAGIC_URL", "MAGIC_HOUR_URL", "PICOVICO_URL", "SANDBOX_URL"])
def test_an_address_that_cannot_be_called_is_told_at_the_start(settings: Any, name: str) -> None:
    assert checks.provider_addresses_can_be_called() == []
    setattr(settings, name, "http://provider.example")
    (found,) = checks.provider_addresses_can_be_called()
    assert found.id == "dashboard.E002" and name in found.msg
