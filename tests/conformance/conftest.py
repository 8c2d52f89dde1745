from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.wire import Server
from tests.projects_app.desk import Desk
from tests.projects_app.movies import mp4

pytestmark = pytest.mark.xdist_group("conformance")


@pytest.fixture(scope="package")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with Desk(tmp_path_factory.mktemp("conformance"), []) as desk:
        yield desk


@pytest.fixture(scope="package")
def server(desk: Desk) -> Server:
    headers = {name: value for name, value in desk.headers.items() if name != "Tus-Resumable"}
    return Server(desk.port, "/t/harbour/uploads/", headers)


@pytest.fixture(scope="session")
def film() -> bytes:
    """A valid MP4 of 3 000 000 bytes."""
    return mp4(3_000_000)


@pytest.fixture
def spool(desk: Desk) -> Path:
    return desk.data / "spool"
