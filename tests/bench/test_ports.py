"""Ports of servers that tests and benches start."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from bench import ports
from bench.ports import free_port
from tests.desk import ROOT


@pytest.mark.skipif(not ports.RANGE.exists(), reason="only Linux tells which ports outgoing connections get")
def test_no_outgoing_connection_is_ever_given_it() -> None:
    begins = int(ports.RANGE.read_text().split()[0])
    assert begins > ports.LOWEST
    assert all(free_port() < begins for _ in range(20))


def test_nobody_else_is_given_it_while_its_taker_lives() -> None:
    mine = {free_port() for _ in range(20)}
    ask = "from bench.ports import free_port\nprint(*(free_port() for _ in range(20)), flush=True)\ninput()"
    with subprocess.Popen(
        [sys.executable, "-c", ask], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdin and other.stdout
        theirs = {int(port) for port in other.stdout.readline().split()}
        taken = {port for port in mine | theirs if ports._lock(port) is None}
        other.stdin.write("\n")
    assert len(mine) == len(theirs) == 20
    assert taken == mine | theirs
    for port in sorted(theirs):  # free again: its taker has ended
        lock = ports._lock(port)
        assert lock is not None
        lock.close()


def test_a_port_where_something_listens_or_whose_neighbour_is_taken_is_no_free_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = free_port(neighbours=4)
    monkeypatch.setattr(ports, "_lock", lambda port: open("/dev/null"))  # noqa: SIM115 -- it is this process's own
    monkeypatch.setattr(ports, "LOWEST", first)
    monkeypatch.setattr(ports, "_highest", lambda: first + 4)
    with socket.create_server(("127.0.0.1", first + 2)):
        assert free_port(neighbours=1) == first
        assert {free_port() for _ in range(40)} <= {first, first + 1, first + 3}
