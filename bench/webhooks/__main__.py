"""Messages to secret addresses: does each acknowledged one survive kill -9, and how fast is the door?

`script/bench webhooks [--small]`: a desk of real processes, on SQLite and on PostgreSQL in turn. Beside it the bare
Django view of bench/plain, by the same web server on a database of the same kind.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import measure
from bench.measure import Rounds, percentile, say
from bench.webhooks import load
from bench.webhooks.kills import Killer
from bench.webhooks.sides import HookDesk, Plain, folder, fresh_database, has_server, server

CLIENTS = 16
PACE = 200.0  # messages a second while the time to an answer is measured
BURST = 1000  # messages within a second, from many lines at once
BURST_LINES = 100


@dataclass(frozen=True, slots=True)
class Size:
    """Seconds of each part, how many rounds of the comparison, and how many addresses: so many that none is used more
    often than it takes (projects_app/actions/hook_door.py)."""

    rounds: int
    round_seconds: float
    paced_seconds: float
    kill_seconds: float
    kill_pace: float
    calls: int


# The two bars of the design's T4: 300/s for two minutes on each database, and 200/s for a minute on both together.
FULL = Size(rounds=7, round_seconds=5, paced_seconds=30, kill_seconds=120, kill_pace=300, calls=12_000)
SMALL = Size(rounds=5, round_seconds=1, paced_seconds=4, kill_seconds=30, kill_pace=200, calls=4000)


def main() -> None:
    parser = argparse.ArgumentParser(prog="script/bench webhooks")
    parser.add_argument("--small", action="store_true", help="short runs, for CI")
    parser.add_argument("--only", choices=("sqlite", "postgres"), help="one kind of database")
    args = parser.parse_args()
    size = SMALL if args.small else FULL
    kinds = [args.only] if args.only else ["sqlite", "postgres"]
    if "postgres" in kinds and not has_server():
        if args.only or os.environ.get("CI") == "true":
            sys.exit("no PostgreSQL answers at TEST_DATABASE_URL")
        say("PostgreSQL: skipped, none answers (set TEST_DATABASE_URL to use one)")
        kinds.remove("postgres")
    parts: dict[str, dict[str, Any]] = {}
    rounds: list[Rounds] = []
    for kind in kinds:
        with tempfile.TemporaryDirectory(prefix="clipdesk-bench-") as temporary:
            parts[kind], some = of_database(kind, Path(temporary), size)
            rounds.append(some)
    figures = together(parts) | {
        f"{name}_{kind}": value for kind, part in parts.items() for name, value in part.items()
    }
    print(json.dumps({"bench": "webhooks", "small": args.small, "figures": figures | measure.notes(*rounds)}))
    # What may never be, however slow the machine: a caller such as .ci/run has not to read the line for it.
    sys.exit(1 if figures["lost"] or not figures["acknowledged"] or not figures["kills"] else 0)


def together(parts: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """What was lost, acknowledged and killed in all; of the rest the worse database counts."""
    values = parts.values()
    return {
        **{name: sum(part[name] for part in values) for name in ("lost", "acknowledged", "kills")},
        **{name: min(part[name] for part in values) for name in ("rate_per_s", "rate_vs_plain_view")},
        "p99_ms": max(part["p99_ms"] for part in values),
    }


def of_database(kind: str, parent: Path, size: Size) -> tuple[dict[str, Any], Rounds]:
    say(f"== {kind}")
    with ExitStack() as stack:
        urls = [stack.enter_context(fresh_database(server())) if kind == "postgres" else "" for _side in range(2)]
        plain = stack.enter_context(Plain(folder(parent, "plain"), "", database=urls[1]))
        desk = stack.enter_context(
            HookDesk(folder(parent, "desk"), "http://127.0.0.1:9", database=urls[0], calls=size.calls)
        )
        rounds, rated = compare(desk, plain, size, most_foreign=0.6 if kind == "postgres" else measure.FOREIGN_CORES)
        desk.start_worker()
        paced = load.run(desk.port, desk.tokens, clients=CLIENTS, seconds=size.paced_seconds, rate=PACE)
        say(f"at {PACE:g}/s: {dict(paced.statuses)}, p99 {1000 * percentile(paced.seconds, 0.99):.1f} ms")
        burst = load.run(desk.port, desk.tokens, clients=BURST_LINES, seconds=1, rate=BURST)
        say(f"{BURST} within a second: {dict(burst.statuses)}")
        say(f"{size.kill_seconds:g} s of kills, at {size.kill_pace:g}/s")
        with Killer(desk, urls[0]) as killer:
            killed = load.run(desk.port, desk.tokens, clients=CLIENTS, seconds=size.kill_seconds, rate=size.kill_pace)
        say(f"{dict(killer.kills)}, answered {dict(killed.statuses)}")
        for name in list(desk.running):
            desk.kill(name)
        numbers = (*rated, *paced.acknowledged, *burst.acknowledged, *killed.acknowledged)
        acknowledged = {load.hash_of(number) for number in numbers}
        lost = acknowledged - desk.kept()
    return {
        "lost": len(lost),
        "acknowledged": len(killed.acknowledged),
        "acknowledged_in_all": len(acknowledged),
        "kills": killer.kills.total(),
        "kills_by_kind": dict(killer.kills),
        "rate_per_s": round(rounds.median("desk.rate")),
        "plain_rate_per_s": round(rounds.median("plain.rate")),
        "rate_vs_plain_view": round(rounds.ratio("desk.rate", "plain.rate"), 2),
        "rate_vs_plain_view_spread": rounds.spread("desk.rate", "plain.rate"),
        "p50_ms": round(1000 * percentile(paced.seconds, 0.5), 1),
        "p99_ms": round(1000 * percentile(paced.seconds, 0.99), 1),
        "burst_acknowledged": len(burst.acknowledged),
        "refused": sum(count for status, count in paced.statuses.items() if status != 204),
    }, rounds


def compare(desk: HookDesk, plain: Plain, size: Size, *, most_foreign: float) -> tuple[Rounds, list[int]]:
    """As fast as answers come. The desk's worker rests, because what it does later has no counterpart in a view; the
    web servers of both sides run all the time, so that each is warm. PostgreSQL works for both, as a foreign one."""
    rated: list[int] = []
    for side in (desk, plain):
        side.start_web()
        load.run(side.port, desk.tokens[:500], clients=CLIENTS, seconds=0.5)

    def run(name: str) -> dict[str, float]:
        port = desk.port if name == "desk" else plain.port
        done = load.run(port, desk.tokens, clients=CLIENTS, seconds=size.round_seconds)
        if name == "desk":
            rated.extend(done.acknowledged)
        others = {status: count for status, count in done.statuses.items() if status != 204}
        if others:
            say(f"  {name}: not only 204, but {others}")
        return {"rate": done.rate}

    return measure.interleave(
        ("desk", "plain"), run, rounds=size.rounds, patience=size.rounds, most_foreign=most_foreign
    ), rated


if __name__ == "__main__":
    main()
