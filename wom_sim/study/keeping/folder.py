"""The folder of results: whole on disk or not there, with a manifest of what made it."""

from __future__ import annotations

import errno
import hashlib
import importlib.metadata
import json
import os
import platform
import re
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from wom_sim.scenario.parameters import Scenario
from wom_sim.scenario.registry import NETWORKS
from wom_sim.study.results import Results, Swept
from wom_sim.study.tables import ResultsError, slug

MANIFEST = "manifest.json"
LIBRARIES = (
    "wom_sim",
    "numpy",
    "numba",
    "networkx",
    "simpy",
    "pyyaml",
    "matplotlib",
    "scipy",
    "pydantic",
    "jinja2",
)

_CLUTTER = {".DS_Store", "Thumbs.db", "desktop.ini"}
"""What file managers leave in folders without being asked."""
_FULL = {errno.ENOSPC, errno.EDQUOT}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_NO_FOLDER = {errno.EEXIST, errno.ENOTDIR}


@contextmanager
def fresh_folder(out: Path, name: str) -> Iterator[Path]:
    """A new folder beside `out / name` to write results into, put in its place at the end.

    An earlier run of that name stays untouched until everything in the block, `write_manifest`
    last, is done and on the disk; after an exception, Ctrl-C included, it is still there and the
    new folder is gone. What runs that were killed left beside it is cleared away.

    Raises ResultsError, before the block where it can, if the disk is full, the place may not be
    written, or `out / name` is anything but a folder of results with nothing else in it;
    ValueError if `name` is not as `slug` makes it.
    """
    if slug(name) != name:
        raise ValueError(f"{name!r} is not a slug")
    target = out / name
    with plain_errors(target):
        refuse_what_is_not_ours(target)
        out.mkdir(parents=True, exist_ok=True)
        _clear_dead(target)
        beside = out / f".{name}.{os.getpid()}-{secrets.token_hex(4)}"
        try:
            beside.mkdir()
            yield beside
            if _own_files(beside) is None:
                raise ResultsError(f"{target} has no {MANIFEST} and is not whole; run it again")
            _put_on_disk(beside)
            refuse_what_is_not_ours(target)
            _swap(beside, target)
        finally:
            shutil.rmtree(beside, ignore_errors=True)


@contextmanager
def plain_errors(target: Path, remedy: str = "") -> Iterator[None]:
    """What the disk refuses below the block, as ResultsError; `remedy` is for a full disk."""
    try:
        yield
    except OSError as error:
        place = _place_of(error, target)
        if place is None:
            raise
        raise ResultsError(_plain(error, place, remedy)) from error


def _place_of(error: OSError, target: Path) -> Path | None:
    """The path that an error is about, as it would be in the end; None if it is not ours."""
    if error.errno == errno.EPIPE:
        return None
    if not isinstance(error.filename, str | os.PathLike):
        return target
    path = Path(error.filename)
    if path in target.parents:
        return path
    if not path.is_relative_to(target.parent):
        return None
    first, *rest = path.relative_to(target.parent).parts
    return target.joinpath(*rest) if first.startswith(f".{target.name}.") else path


def _plain(error: OSError, path: Path, remedy: str) -> str:
    if error.errno in _FULL:
        remedy = remedy or "free space or choose another --out"
        return f"disk full while writing {path}; {remedy}"
    if error.errno in _FORBIDDEN:
        return f"{path} may not be written; change its permissions or choose another --out"
    if error.errno in _NO_FOLDER:
        return f"{path} is in the way; move it or choose another --out"
    reason = error.strerror or str(error) or type(error).__name__
    return f"cannot write {path} ({reason}); choose another --out"


def refuse_what_is_not_ours(target: Path) -> None:
    """Raises ResultsError if `target` is anything but a folder of results and nothing else."""
    if not os.path.lexists(target):
        return
    ours = _own_files(target)
    if ours is None:
        raise ResultsError(f"{target} is not a folder of results; move it or choose another --out")
    for path in sorted(target.rglob("*")):
        known = path.name in _CLUTTER or path.relative_to(target) in ours
        if path.is_symlink() or not (known or path.is_dir()):
            raise ResultsError(f"{path} is not of the results; move it or choose another --out")


def _own_files(target: Path) -> set[Path] | None:
    """Paths in the manifest of a folder, None where it has none of ours."""
    manifest = target / MANIFEST
    if target.is_symlink() or manifest.is_symlink() or not manifest.is_file():
        return None
    try:
        record = json.loads(manifest.read_bytes())
        record["versions"]["wom_sim"]
        return {Path(MANIFEST), *map(Path, (*record["files"], *record.get("drawn", ())))}
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def _clear_dead(target: Path) -> None:
    """Remove what dead processes left beside `target`, and put back a run they had moved aside."""
    left = re.compile(rf"\.{re.escape(target.name)}\.(\d+)-[0-9a-f]{{8}}(\.old)?")
    for path in sorted(target.parent.iterdir()):
        found = left.fullmatch(path.name)
        if not found or path.is_symlink() or _alive(int(found[1])):
            continue
        if found[2] and not os.path.lexists(target):
            _rename(path, target)
        else:
            shutil.rmtree(path, ignore_errors=True)


def _alive(process: int) -> bool:
    """Whether a process runs; on Windows always, as asking by signal would end it there."""
    if os.name == "nt":
        return True
    try:
        os.kill(process, 0)
    except PermissionError:
        return True
    except (ProcessLookupError, OverflowError):
        return False
    return True


def _put_on_disk(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_symlink():
            raise ResultsError(f"{path.name} is a symbolic link; results hold only files")
        sync(path)
    sync(folder)


def sync(path: Path) -> None:
    if os.name == "nt" and path.is_dir():
        return
    handle = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _swap(beside: Path, target: Path) -> None:
    aside = beside.with_name(f"{beside.name}.old")
    try:
        if os.path.lexists(target):
            _rename(target, aside)
        _rename(beside, target)
        sync(target.parent)
    except BaseException:
        if not os.path.lexists(beside):
            _rename(target, beside)
        if os.path.lexists(aside):
            _rename(aside, target)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _rename(old: Path, new: Path) -> None:
    for left in reversed(range(5)):
        try:
            old.rename(new)
            return
        except PermissionError:
            if not left:
                raise
            # A virus scanner on Windows holds new files for a moment.
            time.sleep(0.05)


def versions() -> dict[str, str]:
    """Versions of Python, this package and what it stands on; `not installed` for a missing one."""
    return {"python": platform.python_version(), **{name: _version(name) for name in LIBRARIES}}


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def manifest(
    results: Results | Swept,
    folder: Path,
    *,
    started: datetime,
    seconds: float,
    versions: Mapping[str, str],
    rng: int,
    scenario_hash: str,
    command: str = "",
    options: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What made the results, enough to make them again, and a hash of every file in `folder`.

    `command` made them: `run`, or `sweep` for what is swept, unless it says another. `rng` is the
    version of the random numbers; `inputs` are the fingerprints of plugins and graphs that the
    scenario names. Hashes of the networks are taken from `facts["graph_hashes"]`. Nothing in it
    names a user, a host or a home folder.
    """
    return {
        "arms": list(results.arms),
        "command": command or ("run" if isinstance(results, Results) else "sweep"),
        "files": hashes(folder),
        "graph_hashes": results.facts.get("graph_hashes", []),
        "inputs": dict(sorted(files_named(results.scenario).items())),
        "platform": {
            "system": platform.system(),
            "machine": platform.machine(),
            "python": platform.python_implementation(),
        },
        "replications": results.values.shape[-2],
        "rng": rng,
        "scenario": results.scenario.stem,
        "scenario_hash": scenario_hash,
        "seconds": seconds,
        "seed": results.scenario.seed,
        "started": started.astimezone(UTC).isoformat(timespec="seconds"),
        "versions": dict(versions),
        **_long(results),
        **({"options": dict(options)} if options else {}),
    }


def sign(
    results: Results | Swept, folder: Path, started: datetime, seconds: float,
    options: Mapping[str, Any] | None = None, command: str = "",
) -> None:
    """Write the manifest of results that this program has just put into `folder`.

    `options` are those that tables or figures depend on, besides the scenario.
    """
    from wom_sim.market.chance import RNG_VERSION
    from wom_sim.scenario.dump import scenario_hash

    write_manifest(manifest(
        results, folder, started=started, seconds=seconds, versions=versions(),
        rng=RNG_VERSION, scenario_hash=scenario_hash(results.scenario), command=command,
        options=options,
    ), folder)


def sign_plain(folder: Path, started: datetime, seconds: float, **more: Any) -> None:
    """Write the manifest of what is no run: the files, when, how long, versions, and `more`."""
    write_manifest({
        "files": hashes(folder),
        "seconds": seconds,
        "started": started.isoformat(timespec="seconds"),
        "versions": versions(),
        **more,
    }, folder)


def _long(results: Results | Swept) -> dict[str, Any]:
    """The weeks of a run, and its precision where that was asked for; the points of a sweep."""
    if isinstance(results, Results):
        told = {key: results.facts[key] for key in ("precision",) if key in results.facts}
        return {"weeks": results.weekly.shape[2], **told}
    return {
        "points": len(results.design.rows),
        "varied": list(results.design.columns),
        "weeks": results.scenario.weeks,
    }


def files_named(scenario: Scenario) -> dict[str, str]:
    """SHA-256 of each file that the scenario names besides itself, by its relative path."""
    networks = [place.of(arm.parameters) for arm in scenario.arms for place in NETWORKS]
    named = {plugin.path: plugin.sha256 for plugin in scenario.plugins}
    named.update({n["path"]: n["sha256"] for n in networks if n.get("sha256")})
    return named


def hashes(folder: Path) -> dict[str, dict[str, Any]]:
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    names = {path.relative_to(folder).as_posix(): path for path in files}
    return {name: _print_of(names[name]) for name in sorted(names) if name != MANIFEST}


def _print_of(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"sha256": digest, "bytes": path.stat().st_size}


def put(folder: Path, name: str, text: str) -> None:
    """Put a text into a folder of results that is whole, and its fingerprint into the manifest.

    The manifest first, so that no file is ever there that it does not name. Raises ResultsError.
    """
    with plain_errors(folder):
        record = json.loads((folder / MANIFEST).read_bytes())
        beside = folder.parent / f".{folder.name}.{os.getpid()}-{secrets.token_hex(4)}"
        beside.mkdir()
        try:
            (beside / name).write_text(text, encoding="utf-8", newline="\n")
            record["files"] = dict(sorted({**record["files"], **hashes(beside)}.items()))
            write_manifest(record, beside)
            _put_on_disk(beside)
            for one in (MANIFEST, name):
                (beside / one).replace(folder / one)
            sync(folder)
        finally:
            shutil.rmtree(beside, ignore_errors=True)


def write_manifest(record: Mapping[str, Any], folder: Path) -> None:
    """Write `manifest.json`, the last file of a folder of results; raises as `manifest_text`."""
    with (folder / MANIFEST).open("x", encoding="utf-8", newline="") as file:
        file.write(manifest_text(record))


def manifest_text(record: Mapping[str, Any]) -> str:
    """A manifest as it stands on disk.

    Raises ValueError for NaN and infinities, which JSON does not know.
    """
    return f"{json.dumps(record, allow_nan=False, sort_keys=True, indent=2)}\n"
