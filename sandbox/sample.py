"""`python -m sandbox.sample OUT.mp4`: writes a video of a drawn person who speaks, for trying things out."""

from __future__ import annotations

import argparse
from pathlib import Path

from sandbox.media import samples


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox.sample", description=__doc__)
    parser.add_argument("out", type=Path, metavar="OUT.mp4")
    parser.add_argument("--script", type=Path, help="a text file to speak; [pause 700] is 700 ms of silence")
    parser.add_argument("--short", action="store_true", help="about 15 seconds instead of about 85")
    parser.add_argument("--voice", default="en-us", help="name of an espeak-ng voice")
    given = parser.parse_args()
    script = samples.SHORT_SCRIPT if given.short else samples.SCRIPT
    if given.script is not None:
        script = given.script.read_text(encoding="utf-8")
    print(samples.make_talking_head(given.out, script, voice=given.voice))


if __name__ == "__main__":
    main()
