"""What processes use, and how to repeat a measurement so that its ratio can be trusted. Reads /proc, so Linux only."""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TICK = os.sysconf("SC_CLK_TCK")
# A round in which others used more than this many cores is done again, for as long as there is patience.
FOREIGN_CORES = 0.3


def say(text: str) -> None:
    """Progress goes to stderr: the one line on stdout is the result."""
    print(text, file=sys.stderr, flush=True)


def tree(root: int) -> list[int]:
    """The process and all that it started."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError, IndexError):
                stat = (entry / "stat").read_text()
                parents.setdefault(int(stat.rpartition(")")[2].split()[1]), []).append(int(entry.name))
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += parents.get(pid, [])
    return found


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time so far, with that of children that have ended."""
    total = 0
    for pid in pids:
        with suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += sum(map(int, fields[11:15]))
    return total / TICK


def reset_peaks(pids: Iterable[int]) -> None:
    for pid in pids:
        with suppress(OSError):
            Path(f"/proc/{pid}/clear_refs").write_text("5")


def _memory(pids: Iterable[int], name: str) -> float:
    total = 0
    for pid in pids:
        with suppress(OSError):
            status = Path(f"/proc/{pid}/status").read_text()
            total += next(int(line.split()[1]) for line in status.splitlines() if line.startswith(f"{name}:"))
    return total / 1024


def resident_mb(pids: Iterable[int]) -> float:
    return _memory(pids, "VmRSS")


def peak_mb(pids: Iterable[int]) -> float:
    """The sum of each one's highest resident size since `reset_peaks`."""
    return _memory(pids, "VmHWM")


def touch_memory(size: int) -> None:
    """Have that many bytes of free memory in hand. A virtual machine gives free pages back to its host within seconds,
    and taking them again costs several times a copy: a share of the rounds, of either side, would measure that."""
    held = bytearray(b"\1") * size
    del held


class Foreign:
    """Cores that others used since it was made."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.busy, self.own = self._busy(), self._own()

    @staticmethod
    def _busy() -> float:
        fields = list(map(int, Path("/proc/stat").read_text().splitlines()[0].split()[1:]))
        return (sum(fields[:8]) - fields[3] - fields[4]) / TICK

    @staticmethod
    def _own() -> float:
        return cpu_seconds(tree(os.getpid()))

    def cores(self) -> float:
        passed = time.monotonic() - self.started
        return max(0.0, (self._busy() - self.busy) - (self._own() - self.own)) / passed


@dataclass
class Rounds:
    """Interleaved rounds of two or more sides; `values[side]` holds one number for each round that counts."""

    values: dict[str, list[float]] = field(default_factory=dict)
    foreign: list[float] = field(default_factory=list)
    dropped: int = 0

    def median(self, side: str) -> float:
        return statistics.median(self.values[side])

    def ratio(self, side: str, other: str) -> float:
        """The median of the ratios of each round, so that a slow minute hits both sides alike."""
        return statistics.median(a / b for a, b in zip(self.values[side], self.values[other], strict=True))

    def spread(self, side: str, other: str) -> list[float]:
        ratios = [a / b for a, b in zip(self.values[side], self.values[other], strict=True)]
        return [round(min(ratios), 3), round(max(ratios), 3)]


def interleave(
    sides: Sequence[str],
    run: Callable[[str], dict[str, float]],
    *,
    rounds: int,
    patience: int,
    most_foreign: float = FOREIGN_CORES,
) -> Rounds:
    """`run(side)` → named numbers of that side, stored as "side.name". Rounds with much foreign load are repeated, at
    most `patience` times in all. `most_foreign`: cores, more than usual where a server of the machine works for
    both sides."""
    result = Rounds()
    done = 0
    while done < rounds:
        meter = Foreign()
        numbers: dict[str, float] = {}
        # Every other round the other way round: whoever goes first meets a colder cache.
        for side in sides if done % 2 == 0 else reversed(sides):
            numbers |= {f"{side}.{name}": value for name, value in run(side).items()}
        foreign = meter.cores()
        if foreign > most_foreign and result.dropped < patience:
            result.dropped += 1
            say(f"  others used {foreign:.2f} cores: this round is done again")
            continue
        result.foreign.append(foreign)
        for name, value in numbers.items():
            result.values.setdefault(name, []).append(value)
        done += 1
        say("  " + "  ".join(f"{name} {value:.4g}" for name, value in numbers.items()) + f"  (foreign {foreign:.2f})")
    return result


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def notes(*rounds: Rounds) -> dict[str, Any]:
    foreign = [each for some in rounds for each in some.foreign]
    return {
        "foreign_cores_median": round(statistics.median(foreign), 2) if foreign else 0.0,
        "rounds_dropped": sum(some.dropped for some in rounds),
    }
