"""`script/bench mutants [--small] [NAME …]`: plants each fault in a copy of the project and runs the tests that are to
catch it. One JSON line; ends with an error when one got through."""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from bench.desk import ROOT
from bench.measure import say
from bench.mutants.faults import FAULTS, Fault

SMALL = 6
FAST = "not slow and not exhaustive"
# So pytest's summary names a test that ran and failed; one that could not even be read is an ERROR. (Its exit code does
# not tell them apart when it stops at the first.)
FAILED = re.compile(rb"^FAILED ", re.MULTILINE)
MOST_SECONDS = 600


def main() -> None:
    parser = argparse.ArgumentParser(prog="script/bench mutants")
    parser.add_argument("--small", action="store_true", help="a few of them, for CI")
    parser.add_argument("names", nargs="*", help="only those whose name holds one of these words")
    args = parser.parse_args()
    chosen = [each for each in FAULTS if not args.names or any(name in each.name for name in args.names)]
    chosen = chosen[:: max(1, len(chosen) // SMALL)][:SMALL] if args.small else chosen
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="clipdesk-mutants-") as temporary:
        copy = Path(temporary) / "copy"
        take_copy(copy)
        say("without a fault all of these tests must be green")
        if run(copy, sorted({test for each in chosen for test in each.tests})).returncode:
            sys.exit("the tests fail without any fault: nothing can be said")
        missed = [each.name for each in chosen if not is_caught(copy, each)]
    figures = {
        "planted": len(chosen),
        "caught": len(chosen) - len(missed),
        "missed": missed,
        "seconds": round(time.monotonic() - began),
    }
    print(json.dumps({"bench": "mutants", "small": args.small, "figures": figures}))
    if missed:
        sys.exit("these faults got through: " + "; ".join(missed))


def take_copy(copy: Path) -> None:
    """What is in the working tree and belongs to the project; the environment is shared."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    if (ROOT / "static/vendor").is_dir():
        shutil.copytree(ROOT / "static/vendor", copy / "static/vendor", dirs_exist_ok=True)


def is_caught(copy: Path, fault: Fault) -> bool:
    path = copy / fault.path
    whole = path.read_text()
    if whole.count(fault.old) != 1:
        sys.exit(f"the fault “{fault.name}” does not fit {fault.path} any more")
    path.write_text(whole.replace(fault.old, fault.new))
    try:
        done = run(copy, fault.tests)
    finally:
        path.write_text(whole)
    caught = done.returncode != 0 and FAILED.search(done.stdout) is not None
    say(f"  {'caught' if caught else f'NOT caught (exit {done.returncode})'}: {fault.name}")
    return caught


def run(copy: Path, tests: Iterable[str]) -> subprocess.CompletedProcess[bytes]:
    with tempfile.TemporaryDirectory(prefix="clipdesk-mutants-data-") as data:
        env = os.environ | {"DATA_DIR": data, "ENV_FILE": os.devnull, "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "2", "--dist", "loadgroup", "-m", FAST]
        return subprocess.run(
            [*command, "-p", "no:cacheprovider", *tests], cwd=copy, env=env, capture_output=True, timeout=MOST_SECONDS
        )


if __name__ == "__main__":
    main()
