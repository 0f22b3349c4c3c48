"""The command that changes the sources at random: what it changes, what it sees, how it goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import mutate
import pytest

TINY = '''"""A room."""

LIMIT: int = 3


def least(a: list[int], b: int = 2) -> int:
    """The text 1 < 2 of a function."""
    if b < 0 and not a:
        raise ValueError(f"{b + 1} is less than {0}")
    total = 0
    for n in a[1:]:
        if n == LIMIT:
            continue
        total += max(n, b)
    a.clear()
    unused = 0.5
    return total if total else -b
'''
TEST = "from wom_sim.tiny import least\n\ndef test_least():\n    assert least([9, 1, 3]) == 2\n"


def changes(text: str = TINY) -> set[tuple[str, str]]:
    return {(mutant.before, mutant.after) for mutant in mutate.mutants_of("tiny.py", text)}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A package of one room with one test."""
    for name, text in (("wom_sim/__init__.py", ""), ("wom_sim/tiny.py", TINY),
                       ("tests/test_tiny.py", TEST)):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return tmp_path


def tried(place: Path, before: str, after: str) -> mutate.Verdict:
    """What becomes of the tiny package with this change."""
    mutant = next(m for m in mutate.mutants_of("tiny.py", TINY) if m[2:4] == (before, after))
    return mutate.tried(place, mutant, (), ["tests/test_tiny.py"])


# What is changed


def test_every_kind_of_change_is_made() -> None:
    expected = {
        ("LIMIT: int = 3", "LIMIT: int = 4"),
        ("def least(a: list[int], b: int = 2) -> int:",
         "def least(a: list[int], b: int = 3) -> int:"),
        ("if b < 0 and not a:", "if b <= 0 and not a:"),
        ("if b < 0 and not a:", "if b < 1 and not a:"),
        ("if b < 0 and not a:", "if b < 0 or not a:"),
        ("if b < 0 and not a:", "if b < 0 and a:"),
        ("total = 0", "total = 1"), ("total = 0", "pass"),
        ("for n in a[1:]:", "for n in a[2:]:"), ("for n in a[1:]:", "for n in a[:]:"),
        ("if n == LIMIT:", "if n != LIMIT:"), ("continue", "break"),
        ("total += max(n, b)", "total -= max(n, b)"), ("total += max(n, b)", "pass"),
        ("total += max(n, b)", "total += min(n, b)"),
        ("total += max(n, b)", "total += max(b, n)"),
        ("a.clear()", "pass"), ("unused = 0.5", "unused = 1.0"),
        ("return total if total else -b", "return total if not (total) else -b"),
        ("return total if total else -b", "return total if total else b"),
    }  # fmt: skip
    assert changes() == expected


@pytest.mark.parametrize(("line", "after"), [
    ("x = a + b * c", {"x = a - b * c", "x = a + b / c"}),
    ("x = (a) is not (b)", {"x = (a) is (b)"}),
    ("x = a is b", {"x = a is not b"}),
    ("x = a not in b", {"x = a in b"}),
    ("x = a < b >= c", {"x = a <= b >= c", "x = a < b > c"}),
    ("x = a**b // c", {"x = a*b // c", "x = a**b * c"}),
    ("x = a << b | c", {"x = a >> b | c", "x = a << b & c"}),
    ("x = True, 0.0", {"x = False, 0.0", "x = True, 1.0"}),
    ("x = np.minimum(a, b)", {"x = np.maximum(a, b)", "x = np.minimum(b, a)"}),
    ("x = [y for y in a if y]", {"x = [y for y in a if not (y)]"}),
    ("x = a[b:c]", {"x = a[:c]", "x = a[b:]"}),
    ("x = 'ä' == a, 1", {"x = 'ä' != a, 1", "x = 'ä' == a, 2"}),
    ("__all__ = ['a']", set()), ("import a", set()), ("x: Literal[1]", set()),
])  # fmt: skip
def test_a_line_is_changed_in_these_ways(line: str, after: set[str]) -> None:
    assert {new for _, new in changes(line + "\n")} == after


def test_lines_of_a_long_statement_are_told_together() -> None:
    text = "def f(a):\n    a(\n        1, 'x',\n    )\n"
    assert changes(text) == {("a( 1, 'x', )", "pass"), ("1, 'x',", "2, 'x',")}


def test_every_mutant_of_a_sample_differs_and_compiles() -> None:
    texts = {room: (mutate.ROOT / "wom_sim" / room).read_text("utf-8") for room in mutate.ROOMS}
    for mutant in mutate.sample(mutate.ROOMS, 100, 3):
        text = mutate.mutated(texts[mutant.room], mutant)
        compile(text, mutant.room, "exec")
        assert mutant.before != mutant.after
        lines = texts[mutant.room].splitlines()
        assert mutant.before.startswith(" ".join(lines[mutant.line - 1].split()))


def test_a_sample_is_reproducible_and_grows() -> None:
    first = mutate.sample(mutate.ROOMS, 500, 1)
    assert len(first) == len({mutate.name_of(mutant) for mutant in first}) == 500
    assert mutate.sample(mutate.ROOMS, 100, 1) == first[:100]
    assert mutate.sample(mutate.ROOMS, 100, 2) != first[:100]
    assert {mutant.room for mutant in first} <= set(mutate.ROOMS)
    talk = mutate.sample(["market/talk.py"], 9_999, 1)
    assert {mutant.room for mutant in talk} == {"market/talk.py"}
    assert 100 < len(talk) < 500


# What is meant to see it


@pytest.mark.parametrize("room", mutate.ROOMS)
def test_every_room_has_tests_that_are_there(room: str) -> None:
    worlds, tests = mutate.meant_for(room)
    assert worlds or tests
    assert bool(worlds) == room.startswith("market/")
    for test in (*tests, *(f"tests/{slow}" for slow in mutate.SLOW)):
        file, _, name = test.partition("[")[0].partition("::")
        text = (mutate.ROOT / file).read_text(encoding="utf-8")
        assert f"def {name}(" in text or not name


def test_a_fatal_change_is_seen_and_an_idle_one_is_not(place: Path) -> None:
    found = tried(place, "total += max(n, b)", "total += min(n, b)")
    assert found[:2] == ("killed", "tests/test_tiny.py::test_least")
    assert tried(place, "unused = 0.5", "unused = 1.0")[:2] == ("survived", "")
    assert (place / "wom_sim" / "tiny.py").read_text(encoding="utf-8") == TINY


def test_a_test_without_end_sees_its_mutant(place: Path) -> None:
    endless = "\ndef test_end():\n    while least([0, 0, 1]) != 5:\n        pass\n"
    text = f"import mutate\nmutate.MOST_SECONDS = 0.5\n{TEST}{endless}"
    (place / "tests" / "test_tiny.py").write_text(text, encoding="utf-8")
    found = tried(place, "unused = 0.5", "unused = 1.0")
    assert found[:2] == ("timeout", "tests/test_tiny.py::test_end")


# How it goes on


class Stopped(Exception):
    pass


@pytest.fixture
def tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Tables and reasons in a folder of their own; every fifth line survives, nothing is run."""
    @contextmanager
    def copied() -> Iterator[Path]:
        yield tmp_path

    def judged(place: Path, mutant: mutate.Mutant, *tests: object) -> mutate.Verdict:
        return mutate.Verdict("killed" if mutant.line % 5 else "survived", "test", 1.0)

    monkeypatch.setattr(mutate, "TABLE", tmp_path / "mutants.csv")
    monkeypatch.setattr(mutate, "REASONS", tmp_path / "survivors.yaml")
    monkeypatch.setattr(mutate.planted, "copied", copied)
    monkeypatch.setattr(mutate, "seen", lambda *those: mutate.Verdict("survived", "", 1.0))
    monkeypatch.setattr(mutate, "tried", judged)
    monkeypatch.setattr(mutate, "fingerprint", lambda seed: f"{seed}-sources-tests")
    monkeypatch.setattr(mutate.signal, "signal", lambda *those: None)
    mutate.REASONS.write_text("[]", encoding="utf-8")
    return tmp_path


def table() -> str:
    return mutate.TABLE.read_text(encoding="utf-8")


def count_tried(monkeypatch: pytest.MonkeyPatch, most: int = 9_999) -> list[mutate.Mutant]:
    """Mutants that are tried from now on; after `most` the run stops."""
    judged, those = mutate.tried, []

    def counting(place: Path, mutant: mutate.Mutant, *tests: object) -> mutate.Verdict:
        if len(those) == most:
            raise Stopped
        those.append(mutant)
        return judged(place, mutant, *tests)

    monkeypatch.setattr(mutate, "tried", counting)
    return those


def test_a_stopped_run_ends_with_the_same_table(
    tables: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mutate.main(["--sample", "30"])
    whole = table()
    mutate.TABLE.unlink()
    with monkeypatch.context() as patch:
        count_tried(patch, 12)
        with pytest.raises(Stopped):
            mutate.main(["--sample", "30"])
    assert 1 < table().count("\n") < 30
    again = count_tried(monkeypatch)
    mutate.main(["--sample", "30"])
    assert table() == whole
    assert len(again) < 30
    mutate.main(["--sample", "30", "--workers", "3", "--afresh"])
    assert table() == whole
    mutate.main(["--sample", "10"])
    assert table() == whole


def test_other_sources_begin_anew_and_more_tests_try_what_was_left(
    tables: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mutate.main(["--sample", "30"])
    left = table().count(",survived,")
    again = count_tried(monkeypatch)
    monkeypatch.setattr(mutate, "fingerprint", lambda seed: f"{seed}-sources-more")
    mutate.main(["--sample", "30", "--grown"])
    assert 0 < len(again) == left < 30
    assert table().count("1-sources-more") == 30
    monkeypatch.setattr(mutate, "fingerprint", lambda seed: f"{seed}-others-more")
    again.clear()
    mutate.main(["--sample", "30", "--grown"])
    assert len(again) == 30


def test_what_survives_needs_a_reason(tables: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = ("room", "line", "before", "after", "verdict")
    rows = [dict(zip(names, ("tiny.py", str(n), "a", "b", "killed"), strict=True))
            for n in range(20)]
    assert mutate.summary(rows)[1]
    rows[3]["verdict"] = "survived"
    text, well = mutate.summary(rows)
    assert not well
    assert "wom_sim/tiny.py:3: NO REASON\n  - a\n  + b" in text
    mutate.REASONS.write_text("- {file: tiny.py, before: a, after: b, reason: same}", "utf-8")
    text, well = mutate.summary(rows)
    assert well
    assert "wom_sim/tiny.py:3: same" in text
    assert not mutate.summary(rows[:4])[1]


def test_an_unchanged_copy_that_fails_ends_the_run(
    tables: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mutate, "seen", lambda *those: mutate.Verdict("killed", "test_x", 1.0))
    with pytest.raises(SystemExit, match="the unchanged copy is seen by test_x"):
        mutate.main(["--sample", "3"])
    assert not mutate.TABLE.exists()


def test_every_reason_is_about_a_mutant() -> None:
    """Reasons that a change of the sources made meaningless."""
    every = {(m.room, m.before, m.after) for m in mutate.sample(mutate.ROOMS, 99_999, 1)}
    assert set(mutate.reasons()) <= every
    assert all(mutate.reasons().values())
