"""Secrets of an embedded installation: made once, kept in the data folder, never in the repository.

With several nodes set SECRET_KEY and KEY_RING in the environment instead, so that all nodes share them.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from pathlib import Path
from typing import TypedDict


class LocalSecrets(TypedDict):
    secret_key: str
    key_ring: str


def new_ring_key(kid: str = "k1") -> str:
    """One entry of KEY_RING: an id and 256 random bits for AES-GCM."""
    return f"{kid}:{base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()}"


def write_once(path: Path, text: str) -> None:
    """The file is there afterwards, with this text or with another process' one.

    Several processes start together, so it appears whole (link of a finished temporary file) or not at all.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass  # another process was first; its text counts
    finally:
        draft.unlink()


def load(path: Path) -> LocalSecrets:
    """Read the secrets of this data folder; make them on the first start."""
    if not path.exists():
        content: LocalSecrets = {"secret_key": secrets.token_urlsafe(50), "key_ring": new_ring_key()}
        write_once(path, json.dumps(content))
    loaded: LocalSecrets = json.loads(path.read_text())
    return loaded
