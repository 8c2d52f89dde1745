from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.desk import ROOT


def test_it_works_before_there_is_any_ring(tmp_path: Path) -> None:
    env = {name: value for name, value in os.environ.items() if name not in ("DJANGO_SETTINGS_MODULE", "DATABASE_URL")}
    env |= {"DATA_DIR": str(tmp_path), "ENV_FILE": os.devnull, "SECRET_KEY": "given", "KEY_RING": ""}
    command = [sys.executable, "manage.py"]
    made = subprocess.run([*command, "new_ring_key", "k2"], cwd=ROOT, env=env, capture_output=True, text=True)
    assert (made.returncode, made.stdout[:3]) == (0, "k2:"), made.stderr
    env["KEY_RING"] = made.stdout.strip()
    checked = subprocess.run([*command, "check"], cwd=ROOT, env=env, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
