"""A socket of this machine, and the server that runs on it until the terminal ends it."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

FIRST_PORT, MORE_PORTS = 8642, 20
LOOPBACK, EVERYWHERE = "127.0.0.1", "0.0.0.0"
MOST_CONNECTIONS = 256


class NoPort(OSError):
    """No port is free; the message says which were tried."""


def listen(port: int | None, *, exposed: bool = False) -> socket.socket:
    """A listening socket on `port`, or on the first free one after it. Raises NoPort."""
    first = FIRST_PORT if port is None else port
    last = min(first + MORE_PORTS, 65_535)
    for number in range(first, last + 1):
        own = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if os.name == "posix":
            # On Windows it would share the port with whoever has it.
            own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            own.bind((EVERYWHERE if exposed else LOOPBACK, number))
            own.listen(128)
        except OSError:
            own.close()
            continue
        return own
    raise NoPort(f"ports {first} to {last} are taken; give another --port")


def serve(app: Any, own: socket.socket, ready: Callable[[], None]) -> None:
    """Serve until Ctrl-C, a request to end, or the end of the terminal.

    `ready` is called when signals end the server and nothing else, and before it answers.
    """
    import uvicorn

    config = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, date_header=False,
        limit_concurrency=MOST_CONNECTIONS, timeout_keep_alive=10, ws="none", lifespan="on",
        timeout_graceful_shutdown=2, proxy_headers=False)
    server = uvicorn.Server(config)
    logging.getLogger("uvicorn.error").addFilter(_is_news)

    def end(number: int, frame: object) -> None:
        server.should_exit = True

    with _handled(end):
        ready()
        server.run(sockets=[own])


def _is_news(record: logging.LogRecord) -> bool:
    """Whether a line of the server's log is worth it: an answer cut off by the end is not."""
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))


@contextmanager
def _handled(end: Callable[[int, object], None]) -> Iterator[None]:
    """Have signals call `end` in the block, unless they are ignored as under nohup."""
    before = {}
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            before[number] = signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
