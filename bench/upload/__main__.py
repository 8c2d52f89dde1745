"""`script/bench upload [--small] [--only NAME …]`: one JSON line with the figures of both legs."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import measure
from bench.sink import REFUSALS
from bench.upload import crowd, cut_through, inbound, memory, outbound
from bench.upload.outbound import TLS_REFUSALS

GB = 1_000_000_000
# What does not depend on how fast a machine is: another result ends the command with an error. Ratios are for people.
SOUND: dict[str, Callable[[Any], bool]] = {
    "early_reply_answered": lambda figure: figure == f"{len(REFUSALS)}/{len(REFUSALS)}",
    "early_reply_answered_tls": lambda figure: figure == f"{len(TLS_REFUSALS)}/{len(TLS_REFUSALS)}",
    "early_reply_wasted_mb": lambda figure: figure <= 8,
    "extra_memory_mb": lambda figure: figure <= 32,
    "uploads_failed": lambda figure: figure == 0,
    "upload_latest_s": lambda figure: figure <= 30,  # behind its own pace; no machine that works takes so long
    # Each process counts its own, and the system spreads connections unevenly: one may be full a little early.
    "refused_beyond_room": lambda figure: figure >= crowd.SURPLUS,
}
SUITES = ("outbound", "inbound", "cut_through", "crowd", "memory")


def main() -> None:
    parser = argparse.ArgumentParser(prog="script/bench upload")
    parser.add_argument("--small", action="store_true", help="small files and few rounds, for CI")
    parser.add_argument("--only", nargs="*", choices=SUITES, default=SUITES)
    args = parser.parse_args()
    figures: dict[str, Any] = {}
    rounds: list[measure.Rounds] = []
    with tempfile.TemporaryDirectory(prefix="clipdesk-bench-") as temporary:
        folder = Path(temporary)
        for name in args.only:
            made, some = run(name, folder, small=args.small)
            figures |= made
            rounds += some
    print(json.dumps({"bench": "upload", "small": args.small, "figures": figures | measure.notes(*rounds)}))
    broken = sorted(name for name, good in SOUND.items() if name in figures and not good(figures[name]))
    if broken:
        sys.exit(f"not as it must be on any machine: {', '.join(broken)}")


def run(name: str, folder: Path, *, small: bool) -> tuple[dict[str, Any], list[measure.Rounds]]:
    if name == "outbound":
        figures, some = outbound.measure(
            folder,
            size=GB // 10 if small else GB,
            early_size=GB // 5 if small else 2 * GB,
            rounds=3 if small else 7,
        )
    elif name == "inbound":
        figures, some = inbound.measure(folder, size=GB // 5 if small else 1 << 30, rounds=3 if small else 9)
    elif name == "cut_through":
        figures, some = cut_through.measure(folder, size=GB // 10 if small else 9 * GB // 10, rounds=1 if small else 5)
    elif name == "crowd":
        figures, some = crowd.measure(folder, seconds=6 if small else 30, uploads=50, rounds=1 if small else 5)
    else:
        return memory.measure(folder, size=GB if small else 10 * GB, example_size=GB // 5 if small else GB), []
    return figures, [some]


if __name__ == "__main__":
    main()
