"""Finished worlds on disk: chunks that prove themselves, in a hidden folder beside the results.

A chunk file is a line `wom_sim chunk 1 DIGEST`, a line of JSON that says what the chunk is, and
its arrays as compressed little-endian numbers. DIGEST is the SHA-256 of all that follows it, so
that a file cut short or changed in one bit is never used; one of another scenario, program or
place is known by its second line. Chunks are written aside, put on the disk, and renamed.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import secrets
import shutil
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wom_sim.study.keeping import identity
from wom_sim.study.keeping.folder import plain_errors, refuse_what_is_not_ours, sync
from wom_sim.study.keeping.lock import locked
from wom_sim.study.tables import ResultsError

Floats = NDArray[np.float64]
Say = Callable[[str], None]

PLAN, FINISHED, LOCK = "plan.json", "finished", "lock"
_MAGIC = b"wom_sim chunk 1 "
_NAME = re.compile(r"([0-9a-f]{16})-(\d{6,})-(\d{6,})-(\d{7,})-(\d{7,})\.chunk")


class Block(NamedTuple):
    """A piece of the work: all of these points in all of these worlds.

    `of` says in words what the points are, where they are not those of a design.
    """

    points: range
    numbers: range
    of: str = ""

    def __str__(self) -> str:
        worlds = _from_to("world", self.numbers)
        of = self.of or ("" if self.points == range(1) else _from_to("point", self.points))
        return f"{worlds} of {of}" if of else worlds


class Chunk(NamedTuple):
    """What a block gave: arrays by name and prints of networks.

    The first axis of all is the block's worlds, those of its first point first.
    """

    arrays: dict[str, Floats]
    prints: Sequence[Sequence[str]]


class BadChunk(Exception):
    """A chunk file that cannot be used; the message says why."""


class Unfinished(Exception):
    """Worlds of an unfinished run would be lost; the message is one line that says what to do."""


def _from_to(what: str, numbers: range) -> str:
    if len(numbers) == 1:
        return f"{what} {numbers.start}"
    return f"{what}s {numbers.start} to {numbers.stop - 1}"


def pack(chunk: Chunk, key: str, block: Block) -> bytes:
    """The chunk as the content of its file; `key` is the scenario's."""
    about = {
        "arrays": {name: list(array.shape) for name, array in chunk.arrays.items()},
        "chunk": _place(block),
        "program": identity.program(),
        "prints": [list(own) for own in chunk.prints],
        "scenario": key,
    }
    numbers = b"".join(array.astype("<f8").tobytes() for array in chunk.arrays.values())
    body = json.dumps(about).encode() + b"\n" + zlib.compress(numbers, 1)
    return _MAGIC + hashlib.sha256(body).hexdigest().encode() + b"\n" + body


def unpack(content: bytes, key: str, block: Block) -> Chunk:
    """The chunk in a file's content. Raises BadChunk where it is not whole or another one."""
    first, _, body = content.partition(b"\n")
    if first != _MAGIC + hashlib.sha256(body).hexdigest().encode():
        raise BadChunk("is damaged")
    head, _, packed = body.partition(b"\n")
    about = json.loads(head)
    if about["program"] != identity.program():
        raise BadChunk(f"is of another program ({about['program']})")
    if about["scenario"] != key:
        raise BadChunk("is of another scenario")
    if about["chunk"] != _place(block):
        raise BadChunk("is another chunk")
    numbers = np.frombuffer(zlib.decompress(packed), "<f8").astype(np.float64, copy=False)
    arrays, start = {}, 0
    for name, shape in about["arrays"].items():
        stop = start + math.prod(shape)
        arrays[name] = numbers[start:stop].reshape(shape)
        start = stop
    return Chunk(arrays, about["prints"])


def _place(block: Block) -> list[int]:
    return [block.points.start, block.points.stop, block.numbers.start, block.numbers.stop]


class Worlds:
    """A folder of chunks; only the process that opened it writes there."""

    def __init__(self, folder: Path, say: Say = lambda text: None) -> None:
        self.folder, self.say = folder, say
        self.kept = 0
        """Worlds on disk, of those that were asked for."""
        self.total = 0

    def having(self, key: str, blocks: Iterable[Block]) -> Iterator[tuple[Block, Chunk | None]]:
        """Each block, or the parts of it that are kept and those that are not.

        Chunks that cannot be used are named, and their worlds are among those that are not kept.
        """
        files = self._files(key)
        for block in blocks:
            left, stop = block.numbers.start, block.numbers.stop
            for own in files.get(block.points.start, []):
                first, last = max(left, own.numbers.start), min(stop, own.numbers.stop)
                if own.points != block.points or first >= last:
                    continue
                chunk = self._load(key, own._replace(of=block.of))
                if chunk is None:
                    continue
                if left < first:
                    yield block._replace(numbers=range(left, first)), None
                self.kept += len(block.points) * (last - first)
                yield block._replace(numbers=range(first, last)), _part(chunk, own, first, last)
                left = last
            if left < stop:
                yield block._replace(numbers=range(left, stop)), None

    def _files(self, key: str) -> dict[int, list[Block]]:
        found: dict[int, list[Block]] = {}
        for path in sorted(self.folder.iterdir()):
            known = _NAME.fullmatch(path.name)
            if known and known[1] == key[:16]:
                first, stop, low, high = map(int, known.groups()[1:])
                found.setdefault(first, []).append(Block(range(first, stop), range(low, high)))
        return {point: sorted(own, key=lambda b: b.numbers.start) for point, own in found.items()}

    def _load(self, key: str, block: Block) -> Chunk | None:
        path = self._path(key, block)
        try:
            return unpack(path.read_bytes(), key, block)
        except (BadChunk, OSError, ValueError, KeyError, TypeError, zlib.error) as error:
            why = error if isinstance(error, BadChunk) else "cannot be read"
            self.say(f"{path} {why}; {block} run again")
            return None

    def save(self, key: str, block: Block, content: bytes) -> None:
        """Put a chunk on the disk; once this returns it outlives the process and the power."""
        path = self._path(key, block)
        with _saving(path):
            write_whole(path, content)
        self.kept += len(block.points) * len(block.numbers)

    def _path(self, key: str, block: Block) -> Path:
        first, stop, low, high = _place(block)
        return self.folder / f"{key[:16]}-{first:06}-{stop:06}-{low:07}-{high:07}.chunk"

    def finish(self) -> None:
        """Note that results were made of these worlds, so that they may be cleared."""
        with _saving(self.folder / FINISHED):
            write_whole(self.folder / FINISHED, b"")


def _part(chunk: Chunk, block: Block, first: int, last: int) -> Chunk:
    """Worlds `first` to before `last` of a chunk, at each of its points."""
    low, each = block.numbers.start, len(block.numbers)
    if range(first, last) == block.numbers:
        return chunk
    rows = [
        point * each + number - low
        for point in range(len(block.points)) for number in range(first, last)
    ]
    arrays = {name: array[rows] for name, array in chunk.arrays.items()}
    return Chunk(arrays, [chunk.prints[row] for row in rows])


@contextmanager
def _saving(path: Path) -> Iterator[None]:
    try:
        with plain_errors(path, "free space"):
            yield
    except ResultsError:
        raise
    except OSError as error:
        raise ResultsError(f"cannot write {path} ({error})") from error


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, and have it on the disk before this returns."""
    aside = path.with_name(f"{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with aside.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, path)
        sync(path.parent)
    except BaseException:
        with suppress(OSError):
            aside.unlink()
        raise


@contextmanager
def worlds_of(
    out: Path, name: str, plan: Mapping[str, Any], *, resume: bool = False, afresh: bool = False,
    say: Say = lambda text: None,
) -> Iterator[Worlds]:
    """The worlds kept for the results `out / name`, locked for the block; `plan` is `plan_of`.

    Those of a finished run are cleared unless the run goes on with `resume`; of an unfinished
    run only with `afresh`. A folder that holds no worlds in the end is removed again.

    Raises ResultsError where another run has the folder or the disk objects, Unfinished where
    worlds would be lost, and identity.Changed where those kept are of another plan.
    """
    target, folder = out / name, out / f".{name}.worlds"
    with plain_errors(target):
        refuse_what_is_not_ours(target)
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder / LOCK, target, say):
            worlds = Worlds(folder, say)
            try:
                _prepare(worlds, target, plan, resume, afresh)
                yield worlds
            finally:
                if not list(_chunks(folder)):
                    shutil.rmtree(folder, ignore_errors=True)


def _prepare(
    worlds: Worlds, target: Path, plan: Mapping[str, Any], resume: bool, afresh: bool
) -> None:
    folder = worlds.folder
    for left in folder.glob("*.tmp"):
        left.unlink()
    chunks = list(_chunks(folder))
    differs = identity.difference(_plan(folder, plan), plan)
    if resume and chunks:
        if differs:
            raise identity.Changed(
                f"the worlds kept for {target} are of another run ({differs});"
                " put that back, or begin again with --afresh")
    elif chunks and not afresh and not (folder / FINISHED).exists():
        many = sum(_worlds_in(path) for path in chunks)
        run = f"another unfinished run ({differs}); put that back and" if differs else (
            "an unfinished run;")
        raise Unfinished(f"{target} has {many:,} worlds of {run} go on with --resume,"
                         " or begin again with --afresh")
    else:
        for path in chunks:
            path.unlink()
    (folder / FINISHED).unlink(missing_ok=True)
    write_whole(folder / PLAN, json.dumps(plan, sort_keys=True).encode())


def _plan(folder: Path, otherwise: Mapping[str, Any]) -> Mapping[str, Any]:
    """The plan of the run before; where it cannot be read, each chunk still says what it is of."""
    try:
        found = json.loads((folder / PLAN).read_bytes())
    except (OSError, ValueError, RecursionError):
        return otherwise
    return found if isinstance(found, dict) else otherwise


def _chunks(folder: Path) -> Iterator[Path]:
    return (path for path in folder.glob("*.chunk") if _NAME.fullmatch(path.name))


def _worlds_in(path: Path) -> int:
    known = _NAME.fullmatch(path.name)
    first, stop, low, high = map(int, known.groups()[1:]) if known else (0, 0, 0, 0)
    return (stop - first) * (high - low)
