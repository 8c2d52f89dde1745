from __future__ import annotations

import base64
import json
import stat
import threading
from pathlib import Path

from dashboard import local_secrets


def test_secrets_are_made_once_and_readable_by_the_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "secrets.json"
    first = local_secrets.load(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(first["secret_key"]) >= 50
    assert local_secrets.load(path) == first
    assert list(path.parent.iterdir()) == [path]


def test_two_folders_have_different_secrets(tmp_path: Path) -> None:
    assert local_secrets.load(tmp_path / "a.json") != local_secrets.load(tmp_path / "b.json")


def test_processes_that_start_together_share_one_set(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    gate, found = threading.Barrier(8), []

    def start() -> None:
        gate.wait()
        found.append(json.dumps(local_secrets.load(path)))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert list(tmp_path.iterdir()) == [path]


def test_a_ring_key_has_256_bits() -> None:
    kid, _, key = local_secrets.new_ring_key("k7").partition(":")
    assert kid == "k7"
    assert len(base64.urlsafe_b64decode(key)) == 32
    assert local_secrets.new_ring_key() != local_secrets.new_ring_key()
