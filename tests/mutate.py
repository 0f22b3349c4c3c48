"""Change the sources in one small way at a time, drawn at random, and count what the tests see.

    python tests/mutate.py [ROOM ...] [--sample N] [--seed N] [--workers N] [--afresh | --grown]

Each mutant has one change of a room: a comparison, a sign, a number, a bound, a statement that is
gone (`CHANGES`). In a private copy of the sources, without compiling, runs what is meant to see it
(`meant_for`), quickest first, up to the first that fails; before any, the copy runs unchanged,
which nothing may see. A test that never ends sees its mutant too, after `MOST_SECONDS`.

`results/gallery/mutants.csv` is written after every mutant: a run that was stopped goes on where
it was (same seed, sources and tests), and a larger sample begins with the smaller one. --afresh
begins anew; --grown, after tests were added, only tries again what nobody saw. ROOM is part of a
room's name. A mutant that nobody saw needs a test, or a reason in `tests/survivors.yaml` why it
changes nothing. Ends with 1 where one has none, or fewer than 90 % were seen.

Why own operators: mutmut 3 leaves out decorated functions and the top of modules, neither samples
nor removes statements, and keeps all mutants in one source; cosmic-ray has one test command for
all rooms, changes types and texts of errors too, and brings SQLAlchemy, aiohttp and GitPython. Of
either no more than a list of swapped operators would be left.
"""

from __future__ import annotations

import argparse
import ast
import csv
import hashlib
import importlib.util
import os
import queue
import random
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, suppress
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import planted
import yaml

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "results" / "gallery" / "mutants.csv"
REASONS = ROOT / "tests" / "survivors.yaml"
LEAST = 0.9
MOST_SECONDS, MOST_IN_ALL = 30, 3600
"""Of processor time for one world or test, of which none takes more than 15; of time for all."""
MOST_BYTES = 6 * 2**30

MARKET = sorted(room.name for room in (ROOT / "wom_sim" / "market").glob("*.py"))
STATISTICS = ("curves", "intervals", "multiplicity", "rare", "simultaneous", "stopping",
              "summaries", "superiority", "tails")
# Without compiling, the room that compiles does nothing.
ROOMS = (*(f"market/{name}" for name in MARKET if name not in ("__init__.py", "compiled.py")),
         "scenario/reader.py", *(f"study/statistics/{name}.py" for name in STATISTICS))  # fmt: skip

WORLDS = tuple(n for n in dict.fromkeys((0, 12, 24, 25, *range(60), 75, 100))
               if n not in (19, 20, 35, 50, 54))  # fmt: skip
"""Small worlds of `test_reference.py`, telling ones first, less those that take long here."""
OWN_PLUGS = ("test_plugins.py::test_networks_judgements_and_figures_may_be_ones_own",
             "test_plugins.py::test_nonsense_answers_and_settings_are_one_line")
TESTS = {
    "market/calendar.py": ("test_laws.py::test_a_run_that_breaks_a_law_stops",),
    "market/chance.py": ("test_chance.py",),
    "market/graphs.py": ("test_plugs.py", "test_files.py", "test_reader_plugs.py"),
    "market/judgement.py": ("test_plugs.py",),
    "market/large.py": ("test_large.py",),
    "market/needs.py": ("test_oracles.py::test_needs_come_in_order",),
    "market/network.py": (*OWN_PLUGS, "test_plugs.py", "test_files.py",
                          "test_cli.py::test_every_shipped_scenario_runs[on_a_real_network]"),
    "market/persuasion.py": ("test_oracles.py::test_persuasion_is_what_enumeration_gives",),
    "market/reciprocity.py": ("test_plugins.py::test_a_plugin_that_fails_in_a_run_is_one_line",
                              "test_plugins.py::test_a_strategy_acts"),
    "market/record.py": ("test_laws.py::test_the_law_catches_its_plant",),
    "market/service.py": OWN_PLUGS,
    "market/state.py": ("test_plugs.py", "test_laws.py::test_seeds_differ"),
    "market/strategies.py": ("test_plugs.py",),
    "market/undecided.py": ("test_undecided.py::test_few_are_looked_at",
                            "test_undecided.py::test_nothing_comes_out_otherwise"),
    "scenario/reader.py": (
        "test_reader_yaml.py", "test_reader_scalars.py", "test_reader_values.py",
        "test_reader_arms.py", "test_pointing.py", "test_reader.py", "test_corpus.py",
        "test_fuzz.py",
    ),
    **{f"study/statistics/{name}.py": (
        "test_statistics.py", "test_simultaneous.py", "test_multiplicity.py", "test_rare.py",
        "test_superiority.py", "test_tails.py", "test_stopping.py", "test_results.py",
    ) for name in STATISTICS},
}  # fmt: skip
"""What is meant to see changes of a room, besides those worlds and what `planted` names."""
SLOW = ("test_chance.py::test_no_address_is_used_twice_in_an_arm",
        "test_chance.py::test_what_is_looked_up_has_a_place_of_its_own",
        "test_chance.py::test_draws_are_those_of_the_table",
        "test_chance.py::test_uniforms_are_uniform_and_apart",
        "test_chance.py::test_nobody_is_tied_to_himself")  # fmt: skip


# Changes

Edit = tuple[int, int, str]
"""Bytes of a source from, to, and what takes their place."""

SWAPS = {
    ast.Lt: ("<", "<="), ast.LtE: ("<=", "<"), ast.Gt: (">", ">="), ast.GtE: (">=", ">"),
    ast.Eq: ("==", "!="), ast.NotEq: ("!=", "=="), ast.Is: ("is", "is not"),
    ast.IsNot: (r"is\s+not", "is"), ast.In: ("in", "not in"), ast.NotIn: (r"not\s+in", "in"),
    ast.And: ("and", "or"), ast.Or: ("or", "and"), ast.Add: ("[+]", "-"), ast.Sub: ("-", "+"),
    ast.Mult: ("[*]", "/"), ast.Div: ("/", "*"), ast.FloorDiv: ("//", "*"), ast.Mod: ("%", "*"),
    ast.MatMult: ("@", "*"),
    ast.Pow: ("[*][*]", "*"), ast.BitAnd: ("&", "|"), ast.BitOr: ("[|]", "&"),
    ast.BitXor: (r"\^", "&"), ast.LShift: ("<<", ">>"), ast.RShift: (">>", "<<"),
}  # fmt: skip
"""How an operator is found, and what takes its place."""
PAIRS = (("min", "max"), ("minimum", "maximum"), ("any", "all"), ("floor", "ceil"))
CALLED = {**dict(PAIRS), **{b: a for a, b in PAIRS}}


class Source:
    """A source and where its nodes stand in it."""

    def __init__(self, text: str) -> None:
        self.raw, self.tree = text.encode(), ast.parse(text)
        lines = self.raw.splitlines(keepends=True)
        self.starts = [sum(map(len, lines[:n])) for n in range(len(lines) + 1)]

    def span(self, node: Any) -> tuple[int, int]:
        return (self.starts[node.lineno - 1] + node.col_offset,
                self.starts[node.end_lineno - 1] + node.end_col_offset)

    def of(self, node: Any) -> str:
        return self.raw[slice(*self.span(node))].decode()

    def swap(self, left: Any, operator: ast.AST, right: Any) -> Edit:
        """The operator between two nodes becomes another."""
        old, new = SWAPS[type(operator)]
        found = re.compile(old.encode()).search(self.raw, self.span(left)[1], self.span(right)[0])
        assert found, ast.dump(operator)
        return (*found.span(), new)


def operators(node: Any, source: Source) -> Iterator[Edit]:
    """Comparisons, arithmetic, `and` and `or`, `+=`."""
    if isinstance(node, ast.Compare):
        sides, between = [node.left, *node.comparators], node.ops
    elif isinstance(node, ast.BoolOp):
        sides, between = node.values, [node.op] * (len(node.values) - 1)
    else:
        left, right = (getattr(node, name, None) for name in ("left", "right"))
        sides, between = [left or node.target, right or node.value], [node.op]
    return (source.swap(*it) for it in zip(sides, between, sides[1:], strict=False))


def sign(node: ast.UnaryOp, source: Source) -> Iterator[Edit]:
    start = source.span(node)[0]
    yield start, start + (3 if isinstance(node.op, ast.Not) else 1), ""


def number(node: ast.Constant, source: Source) -> Iterator[Edit]:
    value = node.value
    if isinstance(value, bool | int | float):
        flipped = not value if isinstance(value, bool) else value * 2 or 1.0
        yield *source.span(node), repr(value + 1 if type(value) is int else flipped)


def bounds(node: ast.Slice, source: Source) -> Iterator[Edit]:
    return ((*source.span(end), "") for end in (node.lower, node.upper) if end)


def conditions(node: Any, source: Source) -> Iterator[Edit]:
    """A bare condition turned round; others hold an operator to change."""
    for test in node.ifs if isinstance(node, ast.comprehension) else [node.test]:
        if not isinstance(test, ast.Compare | ast.BoolOp | ast.UnaryOp):
            yield *source.span(test), f"not ({source.of(test)})"


def calls(node: ast.Call, source: Source) -> Iterator[Edit]:
    """Another function, or two names that change places."""
    name, end = source.of(node.func).rpartition(".")[2], source.span(node.func)[1]
    if name in CALLED:
        yield end - len(name), end, CALLED[name]
    for a, b in zip(node.args, node.args[1:], strict=False):
        if isinstance(a, ast.Name) and isinstance(b, ast.Name) and a.id != b.id:
            (start, after), (before, end) = source.span(a), source.span(b)
            yield start, end, f"{b.id}{source.raw[after:before].decode()}{a.id}"


def jumps(node: ast.AST, source: Source) -> Iterator[Edit]:
    yield *source.span(node), "continue" if isinstance(node, ast.Break) else "break"


def statements(node: ast.FunctionDef, source: Source) -> Iterator[Edit]:
    """Each call and assignment gone, but those that give a name its only value."""
    def given(inside: Any) -> list[str]:
        return [n.id for n in ast.walk(inside)
                if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]

    times = Counter([*given(node), *(arg.arg for arg in node.args.args)])
    for inner in ast.walk(node):
        again = isinstance(inner, ast.Assign) and all(times[n] > 1 for n in given(inner))
        called = isinstance(inner, ast.Expr) and isinstance(inner.value, ast.Call)
        if called or again or isinstance(inner, ast.AugAssign):
            yield *source.span(inner), "pass"


CHANGES: dict[Any, Any] = {
    **dict.fromkeys((ast.Compare, ast.BinOp, ast.BoolOp, ast.AugAssign), operators),
    **dict.fromkeys((ast.If, ast.IfExp, ast.While, ast.comprehension), conditions),
    **dict.fromkeys((ast.Break, ast.Continue), jumps), ast.UnaryOp: sign, ast.Constant: number,
    ast.Slice: bounds, ast.Call: calls, ast.FunctionDef: statements,
}  # fmt: skip
"""What is changed about each kind of node."""


def acting(node: ast.AST) -> Iterator[ast.AST]:
    """Nodes that do something: no types, no texts, no errors raised, nothing for type checkers."""
    yield node
    for name, field in ast.iter_fields(node):
        for below in field if isinstance(field, list) else [field]:
            typing = name in ("annotation", "returns") or (
                isinstance(below, ast.If) and "TYPE_CHECKING" in ast.unparse(below.test))
            said = isinstance(below, ast.JoinedStr | ast.Raise)
            if isinstance(below, ast.AST) and not typing and not said:
                yield from acting(below)


class Mutant(NamedTuple):
    """A change of a room, and the lines it changes, with single blanks."""

    room: str
    line: int
    before: str
    after: str
    edit: Edit


@cache
def mutants_of(room: str, text: str) -> list[Mutant]:
    """Every mutant of a room, in the order of its lines, each once."""
    source, found = Source(text), []
    changed = (node for node in acting(source.tree) if type(node) in CHANGES)
    for edit in sorted({e for node in changed for e in CHANGES[type(node)](node, source)}):
        raw, (start, end, new) = source.raw, edit
        first, last = raw.rfind(b"\n", 0, start) + 1, raw.find(b"\n", end)
        after = raw[first:start] + new.encode() + raw[end:last]
        lines = (" ".join(piece.decode().split()) for piece in (raw[first:last], after))
        found.append(Mutant(room, raw.count(b"\n", 0, start) + 1, *lines, edit))
    return found


def mutated(text: str, mutant: Mutant) -> str:
    raw, (start, end, new) = text.encode(), mutant.edit
    return (raw[:start] + new.encode() + raw[end:]).decode()


def sample(rooms: Sequence[str], size: int, seed: int) -> list[Mutant]:
    """Mutants drawn from all of the rooms; a larger sample begins with a smaller one."""
    texts = {room: (ROOT / "wom_sim" / room).read_text(encoding="utf-8") for room in rooms}
    every = [mutant for room, text in texts.items() for mutant in mutants_of(room, text)]
    random.Random(seed).shuffle(every)
    return every[:size]


# What sees them


def meant_for(*rooms: str) -> tuple[tuple[int, ...], list[str]]:
    """What is meant to see changes of rooms: numbers of small worlds, and arguments of pytest."""
    named = planted.detectors([plant for plant in planted.PLANTS if plant.room in rooms])
    own = (test for room in rooms for test in ("test_corners.py", *TESTS.get(room, ())))
    tests = [f"tests/{test}" for test in own]
    tests = [*dict.fromkeys([*tests, *(test for test in named if not test.startswith("world "))])]
    return WORLDS if any(room.startswith("market/") for room in rooms) else (), tests


def watch(worlds: Sequence[int], tests: Sequence[str]) -> None:
    """In a copy: run up to what fails, and say "at ..." before each; what has no end ends it.

    The first world sees most of what can be seen; what is meant for the room comes next.
    """
    import pytest

    out = os.fdopen(os.dup(1), "w")
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))

    def begin(name: str) -> None:
        print("at", name, file=out, flush=True)
        signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)  # whose signal ends the process

    class Reporter:
        def pytest_runtest_logstart(self, nodeid: str) -> None:
            begin(nodeid)

    begin("import")
    home = importlib.util.find_spec("wom_sim")
    assert home, "no package"
    assert str(home.origin).startswith(os.getcwd()), home
    go_through(worlds[:1], begin)
    if tests:
        begin("collection")
        options = ["-o", "addopts=", "-x", "-m", "not verification", "--hypothesis-profile=ci"]
        options += ["-p", "no:cacheprovider", "-p", "no:terminal"]
        options += [f"--deselect=tests/{test}" for test in SLOW]
        failed = pytest.main([*options, *tests], plugins=[Reporter()])
        if failed:
            sys.exit(failed)
    go_through(worlds[1:], begin)


def go_through(worlds: Sequence[int], begin: Callable[[str], None]) -> None:
    """Small worlds up to the first that differs from the second implementation."""
    for number in worlds:
        from test_reference import first_difference

        begin(f"world {number}")
        if first_difference(number):
            sys.exit(1)


class Verdict(NamedTuple):
    """What became of a mutant: killed, timeout (which is killed too) or survived."""

    verdict: str
    seen_by: str
    seconds: float


def seen(place: Path, worlds: Sequence[int], tests: Sequence[str]) -> Verdict:
    """What becomes of a copy; nothing is compiled, and what it starts ends with it."""
    paths = os.pathsep.join(map(str, (place, place / "tests", ROOT / "tests")))
    more = {"PYTHONPATH": paths, "NUMBA_DISABLE_JIT": "1", "PYTHONDONTWRITEBYTECODE": "1",
            "WOM_SIM_FUZZ": "100"}
    code, start = f"import mutate; mutate.watch({worlds!r}, {tests!r})", time.perf_counter()
    with tempfile.TemporaryFile("w+") as said:
        started = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", code], cwd=place, env={**os.environ, **more},
            stdout=said, stderr=said, start_new_session=True,
        )
        try:
            ended = started.wait(MOST_IN_ALL)
        except subprocess.TimeoutExpired:
            ended = -signal.SIGPROF
        finally:
            with suppress(ProcessLookupError):
                os.killpg(started.pid, signal.SIGKILL)
        said.seek(0)
        text = said.read()
    seconds = round(time.perf_counter() - start, 1)
    if ended < 0 and ended != -signal.SIGPROF:
        raise RuntimeError(f"the tests were ended by signal {-ended}")
    last = re.findall(r"^at (.*)", text, re.MULTILINE)[-1:]
    how = "timeout" if ended < 0 else "killed" if ended else "survived"
    return Verdict(how, "".join(last) if ended else "", seconds)


def tried(place: Path, mutant: Mutant, worlds: Sequence[int], tests: Sequence[str]) -> Verdict:
    """What becomes of the copy at `place` with a mutant in it; afterwards it is as before."""
    file = place / "wom_sim" / mutant.room
    text = file.read_text(encoding="utf-8")
    file.write_text(mutated(text, mutant), encoding="utf-8")
    try:
        return seen(place, worlds, tests)
    finally:
        file.write_text(text, encoding="utf-8")


# The table

COLUMNS = ("room", "line", "before", "after", "verdict", "seen_by", "seconds", "run")
Row = dict[str, str]
Name = tuple[str, ...]
"""The first four columns: every mutant has its own."""


def name_of(mutant: Mutant) -> Name:
    return mutant.room, str(mutant.line), mutant.before, mutant.after


def fingerprint(seed: int) -> str:
    """What verdicts rest on: the seed, the sources, the tests."""
    parts = [str(seed)]
    for folders in (("wom_sim",), ("tests", "scenarios")):
        digest = hashlib.blake2b(digest_size=4)
        for file in sorted(f for folder in folders for f in (ROOT / folder).rglob("*.*")):
            if file.is_file() and file.suffix != ".pyc" and file != REASONS:
                digest.update(str(file.relative_to(ROOT)).encode() + file.read_bytes())
        parts.append(digest.hexdigest())
    return "-".join(parts)


def read_table(run: str, grown: bool) -> dict[Name, Row]:
    """What this run knows; with `grown` also what was seen before, in the same sources."""
    text = TABLE.read_text(encoding="utf-8") if TABLE.exists() else ""
    rows = list(csv.DictReader(text.splitlines()))
    older = [row | {"run": run} for row in rows if row["verdict"] != "survived"
             and row["run"].rpartition("-")[0] == run.rpartition("-")[0]]
    kept = [*(older if grown else ()), *(row for row in rows if row["run"] == run)]
    return {tuple(row[column] for column in COLUMNS[:4]): row for row in kept}


def write_table(rows: Collection[Row]) -> None:
    """All that is known, in the order of lines; beside the table, then in its place."""
    beside = TABLE.with_suffix(".part")
    with beside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        placed = ((row["room"], int(row["line"]), row["before"], row["after"]) for row in rows)
        writer.writerows(row for _, row in sorted(zip(placed, rows, strict=True)))
    beside.replace(TABLE)


def reasons() -> dict[Name, str]:
    """Why mutants change nothing, by file, before and after."""
    known = yaml.safe_load(REASONS.read_text(encoding="utf-8")) or []
    return {(k["file"], k["before"], k["after"]): k["reason"] for k in known}


def summary(rows: Sequence[Row]) -> tuple[str, bool]:
    """A line for each room, all survivors, and whether all is well."""
    lines, well, known = [f"{'room':24} mutants killed survived share"], True, reasons()
    for room in [*sorted({row["room"] for row in rows}), "all"]:
        those = [row["verdict"] for row in rows if room in (row["room"], "all")]
        left, n = those.count("survived"), len(those)
        lines.append(f"{room:24} {n:7} {n - left:6} {left:8} {1 - left / n:5.0%}")
    for row in rows:
        if row["verdict"] == "survived":
            reason = known.get((row["room"], row["before"], row["after"]))
            lines += [f"\nwom_sim/{row['room']}:{row['line']}: {reason or 'NO REASON'}",
                      f"  - {row['before']}", f"  + {row['after']}"]
            well = well and bool(reason)
    return "\n".join(lines), well and left <= (1 - LEAST) * len(rows)


# The command


def search(mutants: Sequence[Mutant], known: dict[Name, Row], run: str, workers: int) -> list[Row]:
    """Try each mutant that is not known, with a line each; returns the rows of all."""
    todo = [mutant for mutant in mutants if name_of(mutant) not in known]
    places: queue.SimpleQueue[Path] = queue.SimpleQueue()

    def attempt(mutant: Mutant) -> tuple[Mutant, Verdict]:
        place = places.get()
        try:
            return mutant, tried(place, mutant, *meant_for(mutant.room))
        finally:
            places.put(place)

    with ExitStack() as stack:
        for _ in range(workers if todo else 0):
            places.put(place := stack.enter_context(planted.copied()))
        if todo:
            alarm = seen(place, *meant_for(*sorted({mutant.room for mutant in todo})))
            if alarm.verdict != "survived":
                sys.exit(f"the unchanged copy is seen by {alarm.seen_by}")
            print(f"the unchanged copy is seen by none, {alarm.seconds} s", flush=True)
        pool = ThreadPoolExecutor(workers)
        stack.callback(pool.shutdown, cancel_futures=True)
        for done in as_completed([pool.submit(attempt, mutant) for mutant in todo]):
            mutant, verdict = done.result()
            values = map(str, (*name_of(mutant), *verdict, run))
            known[name_of(mutant)] = dict(zip(COLUMNS, values, strict=True))
            write_table(known.values())
            still = sum(name_of(m) not in known for m in mutants)
            print(f"{still:4} to go  {mutant.room}:{mutant.line}  "
                  f"{verdict.verdict} {verdict.seconds} s  {verdict.seen_by[:72]}", flush=True)
    return [known[name_of(mutant)] for mutant in mutants]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("rooms", nargs="*", metavar="ROOM", help="part of a room's name")
    parser.add_argument("--sample", type=int, default=500, help="number of mutants (500)")
    parser.add_argument("--seed", type=int, default=1, help="of the sample")
    parser.add_argument("--workers", type=int, default=1, help="mutants at a time")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--afresh", action="store_true", help="do not go on where a run stopped")
    how.add_argument("--grown", action="store_true", help="only try again what nobody saw")
    given = parser.parse_args(arguments)
    rooms = [r for r in ROOMS if not given.rooms or any(name in r for name in given.rooms)]
    if not rooms:
        parser.error(f"no room has such a name; rooms: {', '.join(ROOMS)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped; the next run goes on"))
    run = fingerprint(given.seed)
    known = {} if given.afresh else read_table(run, given.grown)
    mutants = sample(rooms, given.sample, given.seed)
    text, well = summary(search(mutants, known, run, given.workers))
    print(text)
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
