"""Whatever a file holds, the reader answers soon, and with a scenario or with lines of faults.

2,000 inputs from each of three generators; WOM_SIM_FUZZ asks for another number:

    WOM_SIM_FUZZ=200000 python -m pytest tests/test_fuzz.py

An input may take a second of processor time and 200 MB. Memory is measured on the slowest
inputs, by tracing them once more: Python cannot fill much memory in little time, and the peak
of the whole process would hide behind whatever tests ran before.
"""

from __future__ import annotations

import copy
import heapq
import json
import os
import re
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import wom_sim.face  # noqa: F401 - this import fills the registries
from wom_sim.guide.schema import schema
from wom_sim.scenario import sources
from wom_sim.scenario.checks import values
from wom_sim.scenario.dump import dump, scenario_hash
from wom_sim.scenario.faults import ScenarioError
from wom_sim.scenario.files import Permission
from wom_sim.scenario.parameters import Parameters, Scenario
from wom_sim.scenario.pointing import pointed
from wom_sim.scenario.quantities import declarations
from wom_sim.scenario.reader import Node, parse
from wom_sim.scenario.resolve import read_text

COUNT = int(os.environ.get("WOM_SIM_FUZZ", "2000"))
MOST_SECONDS = 1.0
MOST_BYTES = 200_000_000
LONGEST_LINE = 300
TRACED = 3

FUZZ = settings(
    max_examples=COUNT,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example
    ],
)  # fmt: skip

ROOT = Path(__file__).parents[1]
REAL = [
    file.read_bytes().decode("utf-8-sig")
    for folder in ("scenarios", "tests/scenarios/valid")
    for file in sorted((ROOT / folder).glob("*.yaml"))
    if not file.name.endswith(".resolved.yaml")
]
FORM = schema()
CHECK = jsonschema.Draft202012Validator(FORM)
PLUGINS_ONLY = Permission(False, lambda path: True)
BESIDE = {
    "base.yaml": "effort: {asking: 4, service: 32}\narms: {a: {}, b: {talk: {weak: 0.1}}}\n",
    "wrong.yaml": "extends: wrong.yaml\n",
    "ties.csv": "1,2\n2,3\n",
    "more.csv": "1,2\n2,3\n3,4\n",
    "rule.py": "from wom_sim.scenario.registry import judgements\n\n\n"
    "@judgements.register('sharp')\n"
    "def sharp(quality, expectation, *, width: float = 1.0):\n    return quality\n",
}

Content = str | bytes

last: list[Node | None] = []
"""The tree that the reader has parsed last."""


@pytest.fixture(autouse=True, scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Run in a folder with some files that an input may name, and keep the reader's last tree."""
    folder = tmp_path_factory.mktemp("fuzz")
    for name, text in BESIDE.items():
        (folder / name).write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(sources, "parse", recorded)
        read("{}")
        yield


def recorded(*about: Any) -> Node | None:
    last[:] = [parse(*about)]
    return last[0]


def read(content: Content) -> Scenario:
    return read_text(content, "x.yaml", allowed=PLUGINS_ONLY)


def verdict(content: Content) -> str:
    """What becomes of an input; AssertionError where it is not as promised."""
    try:
        scenario = read(content)
    except ScenarioError as error:
        refused_well(error)
        return "refused"
    accepted_well(scenario)
    return "accepted"


def refused_well(error: ScenarioError) -> None:
    assert error.faults
    for fault in error.faults:
        line = str(fault)
        assert line.isprintable()
        assert len(line) <= LONGEST_LINE, line
    assert str(error).replace("\n", "").isprintable()
    assert pointed(error).replace("\n", "").isprintable()


def accepted_well(scenario: Scenario) -> None:
    text = dump(scenario)
    again = read(text)
    tree = last[0]
    assert again == scenario
    assert scenario_hash(again) == scenario_hash(scenario)
    assert tree is not None
    assert CHECK.is_valid(values(tree)), text


def peak(content: Content) -> int:
    """Bytes that reading takes at most."""
    tracemalloc.start()
    verdict(content)
    found = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return found


def run(inputs: st.SearchStrategy[Content]) -> Counter[str]:
    """Read all inputs; how many were accepted and refused."""
    found: Counter[str] = Counter()
    slowest: list[tuple[float, int, Content]] = []

    @FUZZ
    @given(inputs)
    def one(content: Content) -> None:
        start = time.process_time()
        found[verdict(content)] += 1
        spent = time.process_time() - start
        assert spent < MOST_SECONDS
        heapq.heappush(slowest, (spent, found.total(), content))
        if len(slowest) > TRACED:
            heapq.heappop(slowest)

    one()
    assert all(peak(content) < MOST_BYTES for _, _, content in slowest)
    return found


# 1. Bytes and text.

ODD = "\ufeff\x00\x07\x1b\x7f\x85\xa0\u200b\u2028\u202e\u0301\ud800\udfff\ufffe\U0001f388é日−１²"
TEXT = st.text(st.characters(exclude_categories=()) | st.sampled_from(ODD), max_size=40)
PLACES = (
    "question: {}\n", "{}: 1\n", "talk: {{weak: {}}}\n", "talk:\n  weak: {}\n", "arms:\n  {}:\n",
    "seed: 1\n{}weeks: 2\n", "baseline: {}\narms: {{{}: {{}}}}\n", "weeks: {}", "# {}\nseed: 1",
    "population: {{network: {{kind: file, path: {}}}}}", "extends: {}\n", "plugins: [{}]\n",
)  # fmt: skip


def in_place(place: str, text: str, quote: bool) -> str:
    written = json.dumps(text, ensure_ascii=False) if quote else text
    return place.format(*[written] * place.count("{}"))


RAW: st.SearchStrategy[Content] = (
    st.binary(max_size=100)
    | TEXT
    | TEXT.map(lambda text: text.encode("utf-8", "surrogatepass"))
    | st.builds(in_place, st.sampled_from(PLACES), TEXT, st.booleans())
    | st.builds(in_place, st.sampled_from(PLACES[:5]), TEXT, st.just(True))
)


def test_raw_input_is_answered() -> None:
    found = run(RAW)
    assert min(found["accepted"], found["refused"]) > COUNT / 50, found


# 2. Tokens that do not belong together, and real files with a line or a token out of place.

DECLARED = [entry.name for entry in declarations(Parameters)]
WORDS = sorted({word for name in DECLARED for word in name.split(".")})
KEYS = (
    "schema", "question", "preset", "seed", "weeks", "history_weeks", "baseline", "treated",
    "arms", "events", "week", "set", "complaint", "join", "leave", "reach", "kind", "path",
    "giver", "taker", "extends", "plugins", "outcomes", "figures", "sha256", "a", "b", "<<",
)  # fmt: skip
VALUES = (
    "0", "1", "2.0", "-1", "0.5", "1e-3", ".5", "1e400", "010", "0x1F", "1_000", "1,5", "5%",
    "1:30", "2024-01-01", "no", "Yes", "true", "~", "null", ".nan", "-.inf", "−5", "１", "''",
    '"a"', "'x", '"\\q"', "{}", "[]", "[1, 2]", "{a: 1}", "x", "veto", "evidence", "base.yaml",
    "ties.csv", "rule.py", "wrong.yaml", "[rule.py]", "all", "&a 1", "*a", "!!int 3", "!x", "|",
    ">-", "# x", "@", "%", "`", "- 1", "? a", "\t1", "a: b", "\\ud800", "\xa0", "a" * 130,
)  # fmt: skip
GLUE = ("\n", "\n\n", "\r\n", "\r", ", ", " ", "\n---\n", "\n...\n", "\t\n", " # \n", "]", "}")


def line(indent: int, dash: str, key: str, colon: str, value: str, glue: str) -> str:
    return " " * indent + dash + key + colon + value + glue


LINE = st.builds(
    line,
    st.sampled_from((0, 0, 0, 2, 2, 4, 6, 3)),
    st.sampled_from(("", "", "", "", "- ", "? ", "{", "[", "'")),
    st.sampled_from(KEYS + KEYS + tuple(WORDS) + tuple(DECLARED) + VALUES),
    st.sampled_from((": ", ": ", ": ", ":", ":\n", " ", "")),
    st.sampled_from(VALUES),
    st.sampled_from(("\n",) * 12 + GLUE),
)
SOUP = st.lists(LINE, min_size=1, max_size=6).map("".join)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A real file with up to three lines or tokens left out, doubled, swapped or replaced."""
    text = draw(st.sampled_from(REAL))
    for _ in range(draw(st.integers(1, 3))):
        by_line = draw(st.booleans())
        parts = text.splitlines(keepends=True) if by_line else re.findall(r"\w+|\s+|\W", text)
        here, there = (draw(st.integers(0, max(0, len(parts) - 1))) for _ in range(2))
        if not parts:
            continue
        parts[here : here + 1] = draw(st.sampled_from(CHANGES))(parts, here, there)
        text = "".join(parts)
    return text


CHANGES: tuple[Callable[[list[str], int, int], list[str]], ...] = (
    lambda parts, here, there: [],
    lambda parts, here, there: [parts[here]] * 2,
    lambda parts, here, there: [parts[there]],
    lambda parts, here, there: [parts[there], parts[here]],
    lambda parts, here, there: [VALUES[(here + there) % len(VALUES)]],
)


def test_near_yaml_is_answered() -> None:
    found = run(SOUP | mutated())
    assert min(found["accepted"], found["refused"]) > COUNT / 20, found


# 3. Documents in the form of the schema, with some values that are not.

WRONG: tuple[Any, ...] = (
    None, True, "", "x", "0.5", -1, 0, 0.5, 2.0, 1e9, 1e-320, 2**64, 10**25, [], [1], [[1]], {},
    {"x": 1}, {"kind": "x"}, {"kind": "file", "path": "ties.csv"}, ["rule.py"], {"week": 1},
)  # fmt: skip
NAMES = ("a", "b", "A", "Café", "no", "1", " a", "a.b", "base", "=1", "x" * 81, "日本 🎈")
STRINGS = (*NAMES, *BESIDE, *WORDS)
SEVERAL = ("arms", "arms", "arms", "events", "events", "allow_unequal_effort")


@st.composite
def shaped(draw: st.DrawFn) -> str:
    """A document grown from the schema; three in four have wrong values here and there."""
    wrong = draw(st.sampled_from((0, 8, 16, 24)))
    keys = draw(st.lists(st.sampled_from((*FORM["properties"], *SEVERAL)), max_size=4))
    tree = {key: grown(draw, FORM["properties"][key], wrong) for key in keys}
    if draw(st.booleans()):
        tree["allow_unequal_effort"] = True
    if draw(st.booleans()):
        return json.dumps(tree, ensure_ascii=False)
    # A copy, because PyYAML writes an alias for an object met twice.
    copied = json.loads(json.dumps(tree))
    return yaml.safe_dump(copied, allow_unicode=True, sort_keys=False)


def grown(draw: st.DrawFn, form: Any, wrong: int) -> Any:
    """A value of the form `form`, or with `wrong` chances in a hundred another one."""
    if wrong and draw(st.integers(0, 99)) < wrong:
        return copy.deepcopy(draw(st.sampled_from(WRONG)))
    form = followed(form)
    if "anyOf" in form:
        own = [way for way in form["anyOf"] if not str(way.get("$ref")).endswith("of_a_plugin")]
        return grown(draw, draw(st.sampled_from(own)), wrong)
    if "const" in form or "enum" in form:
        return draw(st.sampled_from(form.get("enum") or [form["const"]]))
    return GROWERS[form["type"]](draw, form, wrong)


def followed(form: Any) -> Any:
    while "$ref" in form:
        found: Any = FORM
        for step in form["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        form = {**found, **{key: form[key] for key in form if key != "$ref"}}
    return form


def an_object(draw: st.DrawFn, form: Any, wrong: int) -> Any:
    known = {key: child for key, child in form.get("properties", {}).items() if child}
    if "maxProperties" in form and not known:
        known = dict.fromkeys(NAMES, form.get("additionalProperties"))
    keys = draw(st.lists(st.sampled_from(sorted(known)), max_size=3)) if any(known.values()) else []
    if "oneOf" in form:
        keys = ["week", *draw(st.sampled_from(form["oneOf"]))["required"]]
    return {key: grown(draw, known[key], wrong) for key in [*form.get("required", ()), *keys]}


def an_array(draw: st.DrawFn, form: Any, wrong: int) -> Any:
    return [grown(draw, form["items"], wrong) for _ in range(draw(st.integers(0, 3)))]


def a_number(draw: st.DrawFn, form: Any, wrong: int) -> Any:
    low, high = form.get("minimum", -1e3), form.get("maximum", 1e3)
    return draw(st.floats(low, high) | st.sampled_from((low, high, form.get("default", low))))


def a_whole(draw: st.DrawFn, form: Any, wrong: int) -> Any:
    low = form.get("minimum", 0)
    high = form.get("maximum", low + 1000)
    near = min(high, low + 8)
    return draw(st.integers(low, near) | st.integers(low, high) | st.just(float(near)))


GROWERS: dict[str, Callable[[st.DrawFn, Any, int], Any]] = {
    "object": an_object,
    "array": an_array,
    "number": a_number,
    "integer": a_whole,
    "boolean": lambda draw, form, wrong: draw(st.booleans()),
    "null": lambda draw, form, wrong: None,
    "string": lambda draw, form, wrong: draw(st.sampled_from(STRINGS)),
}


def test_documents_in_the_right_form_are_answered() -> None:
    found = run(shaped())
    assert min(found["accepted"], found["refused"]) > COUNT / 8, found
