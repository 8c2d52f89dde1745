from __future__ import annotations

from django.test import Client


def test_it_answers_ok_without_account_or_database(client: Client) -> None:
    """This test has no database, so a query would fail it."""
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok")
    assert answer.headers["Content-Type"] == "text/plain"
