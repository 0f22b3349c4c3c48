"""The JSON Schema of scenario files against the reader: one answer from both.

A schema sees one document and each of its values alone. So a file at fault belongs to one of
three classes, told apart by rule:

text      the strict reader of YAML finds a fault: there is no document to validate. That is
          syntax, encoding, anchors, doubled keys, and a scalar that has to be written otherwise
relation  the reader accepts the file once it is `unrelated`: with its checks of how values fit
          together, and of files besides this one, switched off. No schema can see these
value     all others. These, and only these, the schema refuses
"""

from __future__ import annotations

import copy
import json
import math
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import jsonschema
import pytest

import wom_sim.face  # noqa: F401 - this import fills the registries
from wom_sim.guide.schema import NAME, schema
from wom_sim.scenario import (
    arms,
    checks,
    explore,
    files,
    observed,
    permitted,
    precision,
    relations,
    resolve,
    series,
    sources,
)
from wom_sim.scenario.checks import values
from wom_sim.scenario.faults import Fault, ScenarioError
from wom_sim.scenario.files import Permission
from wom_sim.scenario.parameters import Parameters
from wom_sim.scenario.quantities import declarations
from wom_sim.scenario.reader import Mark, Node, parse
from wom_sim.scenario.resolve import read_text

ROOT = Path(__file__).parents[1]
CORPUS = ROOT / "tests" / "scenarios"
VALID = sorted([*(ROOT / "scenarios").glob("*.yaml"), *CORPUS.glob("valid/**/*.yaml")])
INVALID = sorted(CORPUS.glob("invalid/**/*.yaml"))
FREE = Permission(True, lambda path: True)
FORM = schema()
CHECK = jsonschema.Draft202012Validator(FORM)
EDITED_DOCUMENTS = 1000


def document(content: str | bytes) -> Any:
    """The document in `content`; ScenarioError where the text is at fault."""
    log: list[Fault] = []
    tree = parse(content, Mark("x.yaml"), log)
    if log:
        raise ScenarioError(log)
    return None if tree is None else values(tree)


def said(instance: Any) -> str:
    """What the schema says about a document; nothing if it accepts it."""
    worst = jsonschema.exceptions.best_match(CHECK.iter_errors(instance))
    return f"{worst.json_path}: {worst.message[:200]}" if worst else ""


@pytest.fixture
def unrelated(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader without its checks of how values fit together, and of files besides this one.

    Other files are as if they were there, with nothing in them.
    """
    named, dated = arms._name_problem, arms.events
    monkeypatch.setattr(relations, "_RELATIONS", ())
    monkeypatch.setattr(relations, "_network", lambda networks, place, parameters: iter(()))
    monkeypatch.setattr(resolve, "cross_check_run", lambda tree, run, arms: ())
    monkeypatch.setattr(checks, "SUM_TOLERANCE", math.inf)
    monkeypatch.setattr(arms, "_name_problem", lambda name, used: named(name, False))
    monkeypatch.setattr(arms, "_refuse_twice", lambda change, log: None)
    monkeypatch.setattr(resolve, "events", lambda node, weeks, log: dated(node, 10**30, log))
    monkeypatch.setattr(resolve, "few_events", lambda named, shared, top, log: named)
    monkeypatch.setattr(resolve, "refuse_trades", lambda dated, trades, log: None)
    monkeypatch.setattr(resolve, "refuse_reach", lambda dated, people, log: None)
    monkeypatch.setattr(resolve, "fitting", lambda swept, tree, scenario, log: None)
    monkeypatch.setattr(precision, "_conflicts", lambda found, top, arms: ())
    monkeypatch.setattr(resolve, "refuse_claim", lambda claim, node, arms, weeks, log: None)
    monkeypatch.setattr(observed, "_conflicts", lambda known, scenario: ())
    monkeypatch.setattr(series, "_from_file", lambda *about: {0: 1.0})
    monkeypatch.setattr(series, "_unlike", lambda given, weeks: "")
    monkeypatch.setattr(explore, "_fitting", lambda *about: None)
    monkeypatch.setattr(resolve, "refuse_unequal_effort", lambda plans, log: None)
    monkeypatch.setattr(resolve._Resolution, "_baseline", lambda self, run, plans: "")
    monkeypatch.setattr(files.Surroundings, "_problem", lambda *about: ("", ""))
    monkeypatch.setattr(resolve._Resolution, "_fingerprinted", found_only)
    monkeypatch.setattr(sources, "content", lambda path: b"{}")
    monkeypatch.setattr(permitted, "_plugin", written_only)


def found_only(self: Any, chosen: Any, key: str, node: Node, parent: Node) -> Any:
    return chosen if self._around.find(node, self._log) else None


def written_only(item: Node, around: files.Surroundings, log: list[Fault]) -> None:
    path, _ = permitted._written(item, log)
    if path is not None:
        around.find(path, log)


def accepted(content: str | bytes, name: str = "x.yaml") -> bool:
    try:
        read_text(content, name, allowed=FREE)
    except ScenarioError:
        return False
    return True


def class_of(file: Path) -> str:
    try:
        document(file.read_bytes())
    except ScenarioError:
        return "text"
    return "relation" if accepted(file.read_bytes(), str(file)) else "value"


def short(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(FORM)
    assert FORM["$id"] == NAME
    assert json.loads(json.dumps(FORM, allow_nan=False)) == FORM


def test_each_reference_leads_somewhere() -> None:
    for reference in references(FORM):
        found = FORM
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
        assert found


def references(form: Any) -> Iterator[str]:
    below = form.values() if isinstance(form, dict) else form if isinstance(form, list) else ()
    for child in below:
        yield from references(child)
    if isinstance(form, dict) and isinstance(form.get("$ref"), str):
        yield form["$ref"]


def test_each_parameter_says_what_it_is() -> None:
    for entry in declarations(Parameters):
        form = form_of(entry.name)
        assert entry.meaning in form["description"], entry.name
        assert f"[{entry.unit}]" in form["description"]
        assert entry.source in form["description"]
        assert entry.articles_source in form["description"]
        assert f" {shown(entry.default)} (" in form["description"]
        assert f" {shown(entry.articles)} (" in form["description"]
        assert form["default"] == entry.default


def shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def form_of(name: str) -> Any:
    form: Any = FORM
    for key in name.split("."):
        form = form["properties"][key]
        while "$ref" in form:
            form = FORM["$defs"][form["$ref"].split("/")[-1]]
    return form


@pytest.mark.parametrize("file", VALID, ids=short)
def test_right_files_fit_the_schema(file: Path) -> None:
    assert said(document(file.read_bytes())) == ""


@pytest.mark.usefixtures("unrelated")
@pytest.mark.parametrize("file", INVALID, ids=short)
def test_wrong_files_fit_the_schema_only_where_values_are_right(file: Path) -> None:
    kind = class_of(file)
    if kind != "text":
        refused = said(document(file.read_bytes()))
        assert bool(refused) == (kind == "value"), (kind, refused)


@pytest.mark.usefixtures("unrelated")
def test_most_wrong_files_are_refused_by_the_schema() -> None:
    found = Counter(map(class_of, INVALID))
    assert set(found) == {"text", "relation", "value"}
    assert found["value"] > len(INVALID) / 3
    assert min(found.values()) >= 10, found


DECLARED = [entry.name for entry in declarations(Parameters)]
ODD_VALUES: tuple[Any, ...] = (
    None, True, False, "", "x", "veto", "0.5", -1, 0, 0.5, 1, 1.5, 2.0, 3, 50, 1e9, 2**64,
    [], [1], [0.5, "x"], [[1]], {}, {"kind": "cliques"}, {"kind": "file", "path": "a.csv"},
    {"week": 3, "join": 1}, {"giver": 1}, {"set": {"talk.weak": 0.1}}, {"share": 1, "scale": 2},
)  # fmt: skip
ODD_KEYS = (
    "x", "schema", "weeks", "arms", "events", "set", "week", "join", "kind", "path", "share",
    "Talk", " a", "talk.weak", "talk.told.positive", "judgement.rule.below", "links", "extends",
    "outcomes", "figures", "plugins", "sha256", "population.size",
)  # fmt: skip


def mappings(tree: Any) -> Iterator[Any]:
    """All mappings and lists of a document."""
    if isinstance(tree, (dict, list)):
        yield tree
        for child in tree.values() if isinstance(tree, dict) else tree:
            yield from mappings(child)


def edited(tree: Any, chance: Random) -> Any:
    """`tree` with one or two small edits."""
    tree = copy.deepcopy(tree)
    for _ in range(chance.choice((1, 1, 2))):
        place = chance.choice(list(mappings(tree)))
        chance.choice(EDITS)(place, chance)
    return tree


def put(place: Any, chance: Random) -> None:
    value = copy.deepcopy(chance.choice(ODD_VALUES))
    if place:
        place[chance.choice(list(place) if isinstance(place, dict) else range(len(place)))] = value


def add(place: Any, chance: Random) -> None:
    value = copy.deepcopy(chance.choice(ODD_VALUES))
    if isinstance(place, list):
        place.append(value)
    else:
        place[a_key(chance)] = value


def rename(place: Any, chance: Random) -> None:
    if isinstance(place, dict) and place:
        place[a_key(chance)] = place.pop(chance.choice(list(place)))


def drop(place: Any, chance: Random) -> None:
    if place:
        del place[chance.choice(list(place) if isinstance(place, dict) else range(len(place)))]


def scale(place: Any, chance: Random) -> None:
    for key in list(place) if isinstance(place, dict) else range(len(place)):
        if isinstance(place[key], (int, float)) and not isinstance(place[key], bool):
            place[key] *= chance.choice((-1, 2, 10))


def a_key(chance: Random) -> str:
    name = chance.choice(DECLARED)
    return chance.choice((name, *name.split("."), *name.split("."), chance.choice(ODD_KEYS)))


EDITS: tuple[Callable[[Any, Random], None], ...] = (put, put, add, add, rename, drop, scale)


def is_ordered(tree: Any) -> bool:
    """Whether an event sets a section and, by a dotted name, something inside it.

    What holds then depends on the order of keys, which JSON Schema does not know.
    """
    changes = [place.get("set") for place in mappings(tree) if isinstance(place, dict)]
    return any(
        other.startswith(f"{key}.")
        for change in changes
        if isinstance(change, dict)
        for key in change
        for other in change
    )


@pytest.mark.usefixtures("unrelated")
def test_small_edits_are_judged_alike() -> None:
    chance, verdicts = Random(1), Counter[bool]()
    starts = [document(file.read_bytes()) for file in VALID if "resolved" not in file.name]
    for _ in range(EDITED_DOCUMENTS):
        tree = edited(chance.choice(starts), chance)
        if is_ordered(tree) or "extends" in tree or "plugins" in tree:
            continue
        text = json.dumps(tree, ensure_ascii=False)
        try:
            document(text)
        except ScenarioError:
            continue
        right = accepted(text)
        assert right == CHECK.is_valid(tree), (text, said(tree))
        verdicts[right] += 1
    assert min(verdicts.values()) > EDITED_DOCUMENTS / 10, verdicts
