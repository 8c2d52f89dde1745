"""The browser's digest and ours are the same one."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
from pathlib import Path

import pytest

from projects_app import sampling
from tests.conformance.test_clients import node
from tests.desk import ROOT

SCRIPT = """
import fs from "node:fs";
import { digestOf, samples } from %(module)s;
const digests = [];
for (const name of process.argv.slice(2)) digests.push(await digestOf(new Blob([fs.readFileSync(name)])));
console.log(JSON.stringify({ digests, samples: samples(10 * 1024 ** 3) }));
"""
SIZES = [1, 1000, sampling.WHOLE, sampling.WHOLE + 1, 9_000_001]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("files")
    made = []
    for size in SIZES:
        made.append(folder / f"{size}.mp4")
        made[-1].write_bytes(random.Random(size).randbytes(size))
    return made


def digest(data: bytes) -> str:
    return sampling.digest(lambda at, length: data[at : at + length], len(data))


@pytest.mark.once
def test_browser_and_desk_agree(files: list[Path], tmp_path: Path) -> None:
    script = tmp_path / "digest.mjs"
    script.write_text(SCRIPT % {"module": json.dumps(str(ROOT / "static" / "js" / "upload" / "digest.js"))})
    done = subprocess.run([node(), str(script), *map(str, files)], capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    assert told["digests"] == [digest(path.read_bytes()) for path in files]
    size = 10 * 1024**3
    assert told["samples"] == [[at, at + length] for at, length in sampling.samples(size)]


def test_ten_gigabytes_cost_few_megabytes_and_both_ends_count() -> None:
    size = 10 * 1024**3
    parts = sampling.samples(size)
    assert sum(length for _at, length in parts) < 6_000_000
    assert parts[0][0] == 0 and sum(parts[-1]) == size
    assert all(at >= 0 and at + length <= size for at, length in parts)


def test_another_size_or_another_sample_is_another_file(files: list[Path]) -> None:
    data = files[-1].read_bytes()
    changed = bytearray(data)
    changed[len(data) // 3] ^= 1
    assert len({digest(data), digest(data[:-1]), digest(bytes(changed)), digest(data + b"x")}) == 4
    assert digest(b"a") == "s1-" + hashlib.sha256((1).to_bytes(8, "big") + b"a").hexdigest()
