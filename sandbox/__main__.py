"""`python -m sandbox --port 8900 --data DIR`: serve the stand-ins on this machine."""

from __future__ import annotations

import argparse
import logging
import os
from pathlib import Path

from sandbox.server import Address, Server
from sandbox.settings import LIMITS, Settings, cache_folder, parse_limits


def _limits(text: str) -> dict[str, int]:
    try:
        return parse_limits(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True, help="folder for the database and the files")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--seed", type=int, default=1, help="seed of the made-up numbers of posts")
    parser.add_argument("--public-url", help="address to build links with, when it is not the request's own")
    parser.add_argument("--cache", type=Path, default=cache_folder(), help="folder for the recogniser's model")
    parser.add_argument("--media-threads", type=int, default=1, help="how many videos are worked on at once")
    parser.add_argument(
        "--rate-limits",
        type=_limits,
        default=_limits(os.environ.get("SANDBOX_RATE_LIMITS", "")),
        help="requests an hour: documented, or as in project=100,create=30; classes: "
        + ", ".join(f"{name} ({number})" for name, number in LIMITS.items()),
    )
    parser.add_argument("--media-delay", type=float, default=4.0, help="seconds until a video of the library is ready")
    parser.add_argument(
        "--bad-takes-delay", type=float, default=3.0, help="seconds that such an update is answered late"
    )
    parser.add_argument("--credits", type=int, help="API credits of each account (default: without end)")
    parser.add_argument("--clips-credits", type=int, help="Magic Clips credits of each account (default: without end)")
    parser.add_argument("--mohars", type=int, default=1000, help="credits of each Picovico account for a day")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.getLogger("faster_whisper").setLevel(logging.WARNING)
    given.data.mkdir(parents=True, exist_ok=True)
    settings = Settings(
        data=given.data.resolve(),
        cache=given.cache.resolve(),
        limits=given.rate_limits,
        public_url=given.public_url,
        seed=given.seed,
        media_delay=given.media_delay,
        bad_takes_delay=given.bad_takes_delay,
        credits=given.credits,
        clips_credits=given.clips_credits,
        mohars=given.mohars,
    )
    Server(Address(given.host, given.port), settings, media_threads=max(1, given.media_threads)).run()


if __name__ == "__main__":
    # What stands before this line may be imported by tests; gunicorn reads no arguments of its own.
    main()
