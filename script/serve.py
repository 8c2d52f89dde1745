"""Runs the desk embedded: migrates, then keeps web server, worker and sandbox together until Ctrl-C.

Called by script/server, which has made the environment. Uses only the standard library, because the settings may not
be loaded before DATA_DIR and the addresses are known.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
READY_SECONDS = 60
STOP_SECONDS = 15


def say(text: str = "") -> None:
    print(text, flush=True)


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/server", description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=8000, help="port of the desk (default 8000)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    parser.add_argument("--data", type=Path, help="folder for database, queue, spool and sandbox (default var/)")
    parser.add_argument("--no-sandbox", action="store_true", help="for real keys: no sandbox, no demo account")
    return parser.parse_args()


def is_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def sandbox_port(data: Path, desk_port: int) -> int:
    """The same port as last time if possible: links to sandbox videos carry it."""
    memo = data / "sandbox-port"
    wanted = [int(memo.read_text())] if memo.exists() else []
    wanted += range(desk_port + 1, min(desk_port + 100, 65_536))
    port = next((port for port in wanted if is_free("127.0.0.1", port)), None)
    if port is None:
        sys.exit(f"No port from {desk_port + 1} on is free for the sandbox. Choose others: script/server --port 9000")
    memo.write_text(str(port))
    return port


def environment(args: argparse.Namespace, data: Path) -> dict[str, str]:
    env = dict(os.environ)
    env["DATA_DIR"] = str(data)
    env["DJANGO_SETTINGS_MODULE"] = "dashboard.settings"
    env["PYTHONUNBUFFERED"] = "1"
    shown = "127.0.0.1" if args.host in ("0.0.0.0", "::") else args.host
    env.setdefault("PUBLIC_URL", f"http://{shown}:{args.port}")
    if args.no_sandbox:
        env.pop("SANDBOX_URL", None)
    else:
        env["SANDBOX_URL"] = f"http://127.0.0.1:{sandbox_port(data, args.port)}"
    return env


def manage(env: dict[str, str], *command: str) -> str:
    result = subprocess.run(
        [sys.executable, "manage.py", *command], cwd=ROOT, env=env, text=True, stdout=subprocess.PIPE
    )
    if result.returncode:
        sys.exit(f"manage.py {command[0]} failed (see above). Nothing was started.")
    return result.stdout


def collect_static(env: dict[str, str], data: Path) -> None:
    """Only when a file changed: hashing and compressing takes seconds."""
    digest = hashlib.sha256()
    for path in sorted((ROOT / "static").rglob("*")):
        if path.is_file():
            digest.update(f"{path.relative_to(ROOT)} {path.stat().st_size} {path.stat().st_mtime_ns}\n".encode())
    digest.update((ROOT / "requirements.lock").read_bytes())
    stamp = data / "static" / ".stamp"
    if stamp.exists() and stamp.read_text() == digest.hexdigest():
        return
    manage(env, "collectstatic", "--noinput", "--clear", "--verbosity=0")
    stamp.write_text(digest.hexdigest())


class Processes:
    def __init__(self, env: dict[str, str]) -> None:
        self.env = env
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, *command: str) -> None:
        # A session of its own: Ctrl-C reaches only this process, which then stops the others in order.
        self.running[name] = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env=self.env, start_new_session=True
        )

    def dead(self) -> str | None:
        return next((name for name, process in self.running.items() if process.poll() is not None), None)

    def stop(self) -> None:
        for process in self.running.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for name, process in self.running.items():
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                say(f"{name} did not stop in time and is ended.")
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def answers(url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=2) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def advice(env: dict[str, str]) -> str:
    return f"What is wrong is said by: DATA_DIR={shlex.quote(env['DATA_DIR'])} .venv/bin/python manage.py doctor"


def wait_for(processes: Processes, urls: list[str]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    for url in urls:
        while not answers(url):
            if name := processes.dead():
                raise SystemExit(f"The {name} stopped while starting (see above). {advice(processes.env)}")
            if time.monotonic() > deadline:
                raise SystemExit(f"{url} does not answer after {READY_SECONDS} s. {advice(processes.env)}")
            time.sleep(0.1)


def main() -> None:
    args = options()
    if not is_free(args.host, args.port):
        sys.exit(f"Port {args.port} is taken. Stop what runs there, or choose another: script/server --port 9000")
    data: Path = (args.data or ROOT / "var").resolve()
    data.mkdir(parents=True, exist_ok=True)
    env = environment(args, data)

    manage(env, "migrate", "--verbosity=0")
    manage(env, "createcachetable")
    collect_static(env, data)
    address = f"http://{'127.0.0.1' if args.host in ('0.0.0.0', '::') else args.host}:{args.port}"
    login = json.loads(manage(env, "setup_desk", "--json", "--base-url", address))

    # Signals only set a wish; the loop below acts on it, so nothing is interrupted half-way.
    wish: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda got, _frame: wish.append(got))

    processes = Processes(env)
    health = [f"{address}/healthz"]
    try:
        if not args.no_sandbox:
            port = env["SANDBOX_URL"].rpartition(":")[2]
            processes.start("sandbox", "-m", "sandbox", "--port", port, "--data", str(data / "sandbox"))
            health.append(f"{env['SANDBOX_URL']}/submagic/health")
        processes.start("worker", "manage.py", "run_worker")
        processes.start(
            "web server", "-m", "gunicorn", "dashboard.wsgi", "--bind", f"{args.host}:{args.port}",
            "--worker-class", "gthread", "--workers", env.get("WEB_WORKERS", "2"),
            "--threads", env.get("WEB_THREADS", "64"), "--timeout", "60", "--graceful-timeout", "5",
            "--log-level", "warning", "--no-control-socket",
        )  # fmt: skip
        wait_for(processes, health)
        greet(address, login, args)
        while not wish:
            if name := processes.dead():
                raise SystemExit(f"The {name} stopped by itself (see above); the others are stopped too.")
            time.sleep(0.2)
        say("\nStopping …")
    finally:
        processes.stop()
    say("Stopped. Nothing is running any more; your data stays where it was.")


def greet(address: str, login: dict[str, Any], args: argparse.Namespace) -> None:
    say()
    say(f"  Clipdesk is ready:  {address}/")
    if demo := login.get("demo"):
        say(f"  Sign in:            {demo['email']}")
        say(f"  Password:           {demo['password'] or 'as you changed it'}")
    elif link := login.get("setup_url"):
        say(f"  First visit:        {link}")
        say("                      (one-time link: whoever opens it first becomes the owner)")
    if not args.no_sandbox:
        say("  Sandbox:            answers in Submagic's place; no key, no cost, nothing leaves this machine")
    if not args.no_sandbox and args.host not in ("127.0.0.1", "localhost"):
        say("  Note:               videos of the sandbox play only in a browser on this machine")
    say("  Stop with Ctrl-C.")
    say()


if __name__ == "__main__":
    main()
