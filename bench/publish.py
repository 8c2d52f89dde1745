"""Does a post ever go out twice by itself? 100,000 posts through the real protocol, with faults, in virtual time.

`script/bench publish [--small]`: teams post at a provider in memory that keeps a record of what it did. Of the posts
5 % end without anybody knowing what became of them, at 1 % the worker dies after it was sent, the list of posts lags up
to two minutes behind, and colleagues post the same videos by hand now and then. The figures say how often something
was posted twice without a person's word (and how often by a client that tries four times), and how often a person is
asked.

This is about the protocol, not about disks: the databases are SQLite in memory, one for each process.
"""

from __future__ import annotations

import argparse
import gc
import json
import logging
import multiprocessing
import os
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path

from bench.measure import say
from bench.model.shares import WISHES

MEMORY = Path("/dev/shm")
SMALL, ALL = 300, 100_000
# Teams that one process works off before it tells how far it is.
BATCH = 170


@contextmanager
def _desk() -> Iterator[None]:
    """Django with a database of this process alone."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        os.environ |= {"DATA_DIR": folder, "ENV_FILE": os.devnull, "DATABASE_URL": "sqlite://:memory:"}
        os.environ["DJANGO_SETTINGS_MODULE"] = "dashboard.settings"
        os.environ |= {"PUBLIC_URL": "https://desk.example", "SANDBOX_URL": "", "LOG_LEVEL": "ERROR"}
        # So often the whole feed is read anew; what is under way is looked at in a minute all the same.
        os.environ["FEED_SYNC_SECONDS"] = "3600"
        import django
        from django.test.utils import override_settings

        django.setup()
        logging.getLogger("dashboard.answers").setLevel(logging.ERROR)
        with override_settings(CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}):
            yield


def part(seeds: range) -> Counter[str]:
    """The afternoons of these seeds, in a process of its own."""
    found: Counter[str] = Counter()
    with _desk():
        from django.conf import settings
        from django.core.cache import cache
        from django.core.management import call_command

        from bench.model.clock import Clock
        from bench.model.posting import Afternoon
        from bench.model.worker import Worker

        call_command("migrate", verbosity=0)
        worker = Worker()
        gc.freeze()
        gc.disable()
        with worker.at_work():
            for seed in seeds:
                cache.clear()
                settings.PULSE_FILE.unlink(missing_ok=True)
                clock = Clock()
                try:
                    found += Afternoon(seed, clock, worker).run()
                except Exception:
                    # As text: the classes of the desk mean nothing to the process that waits for this.
                    raise RuntimeError(f"seed {seed}\n{traceback.format_exc()}") from None
                finally:
                    clock.stop()
                # At the end of each, instead of in the middle of everything.
                gc.collect()
    return found


def measure(intents: int) -> dict[str, object]:
    teams = -(-intents // WISHES)
    began = time.monotonic()
    found: Counter[str] = Counter()
    processes = os.cpu_count() or 1
    batch = min(BATCH, -(-teams // processes))
    parts = [range(first, min(first + batch, teams)) for first in range(0, teams, batch)]
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn"), max_tasks_per_child=1) as pool:
        for done in as_completed([pool.submit(part, seeds) for seeds in parts]):
            found += done.result()
            say(f"  {found['intents']} posts after {time.monotonic() - began:.0f} s: {dict(found)}")
    per_10k = 10_000 / found["intents"]
    return {
        "automatic_duplicates": found["automatic_duplicates"],
        "naive_duplicates": found["naive_duplicates"],
        "to_a_person_per_10k": round(found["to_a_person"] * per_10k, 1),
        "missed_per_10k": round(found["missed"] * per_10k, 1),
        "matched_wrongly_per_10k": round(found["matched_wrongly"] * per_10k, 2),
        "unsettled": found["unsettled"],
        "settled_within_60_min_virtual": round(1 - found["late"] / found["calls"], 5),
        "own_429": found["own_429"],
        "calls_before_a_stated_wait": found["too_early"],
        "kills": found["deaths"],
        "intents": found["intents"],
        "seconds": round(time.monotonic() - began),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="script/bench publish")
    parser.add_argument("--posts", type=int, default=0, help="another number of posts")
    parser.add_argument("--small", action="store_true", help="a few hundred posts, for CI")
    args = parser.parse_args()
    figures = measure(args.posts or (SMALL if args.small else ALL))
    print(json.dumps({"bench": "publish", "small": args.small, "figures": figures}))
    # What may never be, however slow the machine: a caller such as .ci/run has not to read the line for it.
    sys.exit(1 if figures["automatic_duplicates"] or figures["unsettled"] else 0)


if __name__ == "__main__":
    main()
