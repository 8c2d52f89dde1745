"""A backup is restored: nothing is sent before an admin confirms, and nothing twice afterwards (I10, T17 in small)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dashboard.pulse import Sign
from tests.crash.conftest import Lives, many_lives
from tests.services import fresh_database, postgres_server

pytestmark = [pytest.mark.xdist_group("crash"), pytest.mark.slow, pytest.mark.timeout(300)]
HOOKS = pytest.mark.parametrize("hooks", [True, False], ids=["with webhooks", "without webhooks"])


@pytest.fixture(scope="module")
def lives_on_postgres() -> Iterator[Lives]:
    with fresh_database(postgres_server()) as url, many_lives(DATABASE_URL=url) as found:
        yield found


@HOOKS
@pytest.mark.parametrize(
    ("way", "sign", "minutes"),
    [
        ("the database alone", Sign.OLDER, 5),
        ("the whole data folder", Sign.COPIED, 5),
        ("a fresh machine", Sign.MOVED, 30),
        ("a fresh machine at once", Sign.MOVED, 1),
    ],
)
def test_backup_put_in_place(lives: Lives, way: str, sign: Sign, minutes: int, hooks: bool) -> None:
    assert lives.ask(way=way, sign=sign, minutes=minutes, hooks=hooks)["problems"] == []


@pytest.mark.postgres
@HOOKS
@pytest.mark.parametrize(
    ("way", "sign"),
    [("the database alone", Sign.OTHER_SERVER), ("another database", Sign.OTHER_SERVER)],
    ids=["dropped and loaded anew", "another database"],
)
def test_dump_loaded_on_postgres(lives_on_postgres: Lives, way: str, sign: Sign, hooks: bool) -> None:
    assert lives_on_postgres.ask(way=way, sign=sign, minutes=5, hooks=hooks)["problems"] == []
