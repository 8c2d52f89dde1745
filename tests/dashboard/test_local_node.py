from __future__ import annotations

import socket
from pathlib import Path

import pytest

from dashboard import local_node


def called(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: name)


def test_a_machine_keeps_the_name_of_its_first_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A container has a new host name with each start, and the bytes of its uploads lie under the old one."""
    called(monkeypatch, "4f1e2d3c4b5a.internal")
    assert local_node.name(tmp_path / "node") == "4f1e2d3c4b5a"
    called(monkeypatch, "another")
    assert local_node.name(tmp_path / "node") == "4f1e2d3c4b5a"
    assert list(tmp_path.iterdir()) == [tmp_path / "node"]


@pytest.mark.parametrize(("host", "node"), [("", "node"), (".x", "node"), ("n" * 60, "n" * 40)])
def test_it_is_never_empty_or_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str, node: str) -> None:
    called(monkeypatch, host)
    assert local_node.name(tmp_path / "deep" / "node") == node
