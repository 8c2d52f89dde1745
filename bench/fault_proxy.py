"""A proxy in front of the desk that cuts connections in the middle of bodies, and knows how much it had passed on."""

from __future__ import annotations

import random
import socket
import threading
from collections.abc import Callable
from contextlib import suppress

BLOCK = 64 * 1024
# A line holds little; this machine's buffers, left alone, grow to dozens of megabytes, which each cut would throw away.
IN_FLIGHT = 256 * 1024


class FaultProxy:
    """`cut_after()` gives the number of bytes after which the next connection's request is cut, or None for never."""

    def __init__(self, target: int, cut_after: Callable[[], int | None]) -> None:
        self.target = target
        self.cut_after = cut_after
        self.cuts = 0
        self.lock = threading.Lock()
        self.server = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, IN_FLIGHT)
        self.port: int = self.server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                sock, _address = self.server.accept()
                threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client:
            try:
                desk = socket.create_connection(("127.0.0.1", self.target), 5)
            except OSError:
                return  # nobody there: the client sees a closed connection
            with desk:
                desk.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, IN_FLIGHT)
                back = threading.Thread(target=self._back, args=(desk, client), daemon=True)
                back.start()
                self._forth(client, desk)
                back.join(60)

    def _forth(self, client: socket.socket, desk: socket.socket) -> None:
        limit = self.cut_after()
        passed = 0
        with suppress(OSError):
            while block := client.recv(BLOCK):
                desk.sendall(block)
                passed += len(block)
                if limit is not None and passed >= limit:
                    with self.lock:
                        self.cuts += 1
                    # Both sides see a broken line; what was passed on has reached the desk's socket.
                    client.shutdown(socket.SHUT_RDWR)
                    desk.shutdown(socket.SHUT_WR)
                    return
        with suppress(OSError):
            desk.shutdown(socket.SHUT_WR)

    def _back(self, desk: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while block := desk.recv(BLOCK):
                client.sendall(block)
        with suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.server.close()


def random_cuts(seed: int, least: int, most: int) -> Callable[[], int | None]:
    """For requests with large bodies only a count of bytes above the head of any small request makes sense."""
    dice = random.Random(seed)
    lock = threading.Lock()

    def after() -> int | None:
        with lock:
            return dice.randint(least, most)

    return after
