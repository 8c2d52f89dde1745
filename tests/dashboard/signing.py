"""Clients that signed in with a password a moment ago, as pages that change keys ask for."""

from __future__ import annotations

from django.test import Client

from dashboard.models import User
from tests.factories import PASSWORD


def fresh_client(user: User) -> Client:
    client = Client()
    answer = client.post("/account/login/", {"login": user.email, "password": PASSWORD})
    assert answer.status_code == 302, answer.content.decode()
    return client
