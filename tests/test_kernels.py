"""Kernels: the same numbers compiled or not, no index out of bounds, no cache in the way."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import numpy as np
import pytest
from worlds import EVERYTHING, Tree, merged, other_process, run, scenario

from wom_sim.market import chance, record
from wom_sim.market.compiled import KEPT, cache_folder

SHORT: Tree = merged(EVERYTHING, {
    "weeks": 10, "history_weeks": 4, "population": {"size": 60}, "events": [
        {"week": 1, "complaint": {"reach": 20, "entries": 2.0}},
        {"week": 3, "leave": 1}, {"week": 4, "join": 1},
        {"week": 5, "set": {"talk.retell": 0.5}},
    ],
})
"""Everything on but anniversaries, over a few weeks."""

WORLDS: dict[str, Tree] = {
    "everything": {"weeks": 53, "population": {"size": 40}, "trades": {"need_rate": 3.0}},
    "veto": {"choice": {"rule": "veto"}},
    "compete": {"choice": {"rule": "compete"}, "asking": {"frame": "broad", "when": "during"}},
    "one": {"treated": "one", "partners": {"group": False, "count": 2}, "events": []},
    "small_world": {"population": {"network": {"kind": "small_world", "rewiring": 0.5}},
                    "weeks": 4},
    "scale_free": {"population": {"network": {"kind": "scale_free"}}, "weeks": 4},
    "random": {"population": {"network": {"kind": "random"}}, "weeks": 4},
    "cliques": {"population": {"network": {"kind": "cliques"}}, "weeks": 4},
    "degree_sequence": {"population": {"network": {"kind": "degree_sequence"}}, "weeks": 4},
    "shared_neighbours": {"population": {"ties": {"strong_by": "shared_neighbours"}}, "weeks": 4},
}

RECORD_THEM = """
import json, sys
import numpy as np
from worlds import run, scenario
trees, place = json.loads(sys.argv[1]), sys.argv[2]
np.savez(place, **{name: run(scenario(tree)).record for name, tree in trees.items()})
"""


def tree_of(name: str) -> Tree:
    """The scenario of one of the worlds; shorter ones drop the events that come too late."""
    tree = merged(SHORT, WORLDS[name])
    return {**tree, "events": [event for event in tree["events"] if event["week"] < tree["weeks"]]}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> dict[str, np.ndarray]:
    """The records of all worlds from kernels that run as plain Python."""
    place = tmp_path_factory.mktemp("plain") / "records.npz"
    trees = json.dumps({name: tree_of(name) for name in WORLDS})
    other_process(RECORD_THEM, trees, str(place), NUMBA_DISABLE_JIT="1")
    with np.load(place) as records:
        return dict(records)


@pytest.mark.parametrize("name", WORLDS)
def test_compiled_kernels_count_as_plain_ones(name: str, plain: dict[str, np.ndarray]) -> None:
    """A kernel that counts otherwise once compiled: an overflow, a sign, a type that differs.

    Counts are equal; what is not a count, up to 1e-12 of it.
    """
    compiled, expected = run(scenario(tree_of(name))).record, plain[name]
    assert np.nan_to_num(expected).sum() > 0
    amounts = {"lost_negative", "revenue", "margin", *record.LEVELS,
               *(n for n in record.PLACE if n.startswith(("value_", "hours")))}
    counts = [place for n, place in record.PLACE.items() if n not in amounts]
    assert compiled[:, :, counts].tobytes() == expected[:, :, counts].tobytes()
    np.testing.assert_allclose(compiled, expected, rtol=1e-12, atol=1e-12)


def test_no_kernel_reads_out_of_bounds(tmp_path: Path) -> None:
    """An index out of bounds, which compiled kernels do not notice by themselves."""
    place = tmp_path / "records.npz"
    names = ("everything", "compete")
    trees = json.dumps({name: tree_of(name) for name in names})
    other_process(RECORD_THEM, trees, str(place), NUMBA_BOUNDSCHECK="1",
                  XDG_CACHE_HOME=str(tmp_path))
    with np.load(place) as records:
        for name in names:
            assert records[name].tobytes() == run(scenario(tree_of(name))).record.tobytes()


DRAW = """
from wom_sim.market import chance, compiled, network
import numpy as np
assert compiled.cache_folder() is None, compiled.cache_folder()
edges = np.array([[0, 1], [1, 2]])
strong, circle = network.traits(chance.key_of(1, 0), edges, 0.5, 3)
print(chance.draw(chance.key_of(1, 0), 1, 2, 3, 4, 5, 6), strong.tolist(), circle.tolist())
"""


def test_kernels_work_without_a_cache(tmp_path: Path) -> None:
    """A cache folder that cannot be made, which must cost time and nothing else."""
    blocked = tmp_path / "a file"
    blocked.write_text("not a folder", encoding="utf-8")
    text = other_process(DRAW, XDG_CACHE_HOME=str(blocked), folder=tmp_path,
                         PYTHONPATH=_path_of_the_package())
    number = chance.draw(chance.key_of(1, 0), 1, 2, 3, 4, 5, 6)
    assert text.startswith(f"{number} ")
    assert blocked.read_text(encoding="utf-8") == "not a folder"


DAY = 86_400


def test_code_of_other_sources_that_nobody_used_for_weeks_is_cleared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Inside the own folder, and no other folder or file, or what a link leads to."""
    place, elsewhere = tmp_path / "cache" / "wom_sim", tmp_path / "elsewhere"
    names = ("0" * 16, "1" * 16, "notes", "2" * 15, "3" * 17, "G" * 16)
    for folder in (*(place / name for name in names), place.parent / ("4" * 16), elsewhere):
        folder.mkdir(parents=True)
        (folder / "kernel.nbi").write_text("code", encoding="utf-8")
        _unused(folder, KEPT + 1)
    _unused(place / ("1" * 16), KEPT - 1)
    (place / ("5" * 16)).symlink_to(elsewhere)
    _unused(place / ("5" * 16), KEPT + 1)
    (place / ("6" * 16)).write_text("a file", encoding="utf-8")
    _unused(place / ("6" * 16), KEPT + 1)
    monkeypatch.setenv("XDG_CACHE_HOME", str(place.parent))
    own = cache_folder.__wrapped__()
    kept = {*names, "5" * 16, "6" * 16, own.name} - {"0" * 16}
    assert {path.name for path in place.iterdir()} == kept
    assert (elsewhere / "kernel.nbi").exists()
    assert (place.parent / ("4" * 16)).exists()


def test_code_that_is_used_counts_as_used_today(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    own = cache_folder.__wrapped__()
    _unused(own, KEPT + 1)
    assert cache_folder.__wrapped__() == own
    assert time.time() - own.stat().st_mtime < DAY


def _unused(path: Path, days: int) -> None:
    at = time.time() - days * DAY
    os.utime(path, (at, at), follow_symlinks=False)


def _path_of_the_package() -> str:
    return os.pathsep.join([str(Path(chance.__file__).parents[2]), str(Path(__file__).parent)])
