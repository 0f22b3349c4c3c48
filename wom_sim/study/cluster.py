"""Other machines: a Dask scheduler's workers as an executor."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import NamedTuple

PATIENCE = 15
"""Seconds to wait for the scheduler, and for its first worker."""


class ClusterError(Exception):
    """A scheduler that cannot be used; the message is one line for the user."""


class Cluster(NamedTuple):
    """An executor of a scheduler's workers, and how many tasks they do at a time."""

    executor: Executor | None
    workers: int


@contextmanager
def workers_of(address: str, otherwise: int = 1) -> Iterator[Cluster]:
    """The workers of the Dask scheduler at `address`, such as `tcp://host:8786`, for the block.

    Without an address nobody: `otherwise` processes may do the work. Raises ClusterError where
    the library is missing, nobody answers, or no worker comes.
    """
    if not address:
        yield Cluster(None, otherwise)
        return
    try:
        from distributed import Client
    except ImportError:
        raise ClusterError("--cluster needs Dask; install wom-sim[cluster]") from None
    # What it says of workers that come and go would tear the line of progress.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    try:
        client = Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError, TimeoutError):
        raise ClusterError(
            f"no scheduler answers at {address}; start one with dask scheduler") from None
    try:
        yield Cluster(client.get_executor(pure=False), _places(client, address))
    finally:
        client.close(timeout=PATIENCE)


def _places(client: object, address: str) -> int:
    """How many tasks the workers do at a time."""
    from distributed import Client

    assert isinstance(client, Client)
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except TimeoutError:
        raise ClusterError(
            f"the scheduler at {address} has no workers; start one with dask worker {address}"
        ) from None
    return sum(client.nthreads().values())
