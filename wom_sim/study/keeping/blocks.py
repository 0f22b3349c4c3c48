"""Worlds cut into blocks, and each block from where it is kept, or simulated and kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from wom_sim.scenario.parameters import Scenario
from wom_sim.study.crew import Crew, Task, WorkerDied
from wom_sim.study.estimate import world_seconds
from wom_sim.study.keeping.chunks import BadChunk, Block, Chunk, Worlds, unpack
from wom_sim.study.keeping.identity import program
from wom_sim.study.patience import limit_of

SECONDS = 1.0
"""Work of one block, about: what a kill costs each worker, against what writing it costs."""
MOST = 20
"""Most worlds in a block."""
TOGETHER = 5
"""Most worlds of one point in a block of several points."""


def blocks_of(scenario: Scenario, points: range, numbers: range) -> Iterator[Block]:
    """The blocks of worlds `numbers` at all `points`, point by point.

    Their bounds are multiples of what suits the scenario, whoever works and however much is
    asked, so that whole blocks stay whole when more worlds are asked.
    """
    fit = max(1, min(MOST, round(SECONDS / world_seconds(scenario))))
    many = fit if len(points) == 1 else min(fit, TOGETHER)
    for some in _cut(points, max(1, fit // many) if len(points) > 1 else 1):
        for worlds in _cut(numbers, many):
            yield Block(some, worlds)


def limit_for(scenario: Scenario, block: Block, asked: float | None = None) -> float:
    """Seconds that a block of such worlds may take; `asked` as in `patience.limit_of`."""
    return limit_of(len(block.points) * len(block.numbers) * world_seconds(scenario), asked)


def _cut(numbers: range, size: int) -> Iterator[range]:
    """`numbers` cut at the multiples of `size`."""
    start = numbers.start
    while start < numbers.stop:
        stop = min(numbers.stop, (start // size + 1) * size)
        yield range(start, stop)
        start = stop


def gather(
    blocks: Iterable[Block], crew: Crew, task: Callable[[Block], Task], key: str,
    worlds: Worlds | None,
) -> Iterator[tuple[Block, Chunk]]:
    """What every block gave, kept ones first where they come first, others as they are done.

    `task` says how to simulate a block, giving the content of a chunk file.
    """
    if worlds is None:
        for done, content in crew.each(map(task, blocks)):
            yield done.name, _received(content, key, done.name)
        return
    missing: list[Block] = []
    for block, chunk in worlds.having(key, blocks):
        if chunk is None:
            missing.append(block)
        else:
            yield block, chunk
    for done, content in crew.each(map(task, missing)):
        chunk = _received(content, key, done.name)
        worlds.save(key, done.name, content)
        yield done.name, chunk


def _received(content: bytes, key: str, block: Block) -> Chunk:
    """What a worker sent. Raises WorkerDied where it is of use to nobody here."""
    try:
        return unpack(content, key, block)
    except BadChunk as error:
        raise WorkerDied(
            f"what a worker sent for {block} {error}; all need the same wom_sim ({program()})"
        ) from None
