"""Writes down which road each body took, when RECEIVE_LOG names a file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any


def post_worker_init(worker: Any) -> None:
    if not os.environ.get("RECEIVE_LOG"):
        return
    from projects_app import receive

    choose = receive.source_of

    def choose_and_tell(*args: Any) -> receive.Source:
        source = choose(*args)
        with Path(os.environ["RECEIVE_LOG"]).open("a") as file:
            file.write(f"{type(source).__name__}\n")
        return source

    receive.source_of = choose_and_tell
