from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.test import Client
from django.urls import reverse

from dashboard.models import User

ClientOf = Callable[[User], Client]


def test_beside_the_sandbox_every_component_is_shown(settings: Any, vera: User, client_of: ClientOf) -> None:
    settings.SANDBOX_URL = "http://127.0.0.1:8999"
    response = client_of(vera).get(reverse("dashboard:components"))
    assert response.status_code == 200
    text = response.content.decode()
    for shown in ("Shown in lists", "Magic Clips", "48 213", "<svg"):
        assert shown in text


def test_in_production_it_does_not_exist(settings: Any, vera: User, client_of: ClientOf) -> None:
    settings.DEBUG, settings.SANDBOX_URL = False, ""
    assert client_of(vera).get(reverse("dashboard:components")).status_code == 404
