"""The reader on text that is no plain YAML: one line a fault, whatever the bytes, and soon."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import answer, load

from wom_sim.scenario.faults import ScenarioError

BROKEN: list[tuple[str | bytes, str]] = [
    (
        "",
        "x.yaml: the file is empty",
    ),
    (
        "# nothing\n",
        "x.yaml: the file is empty",
    ),
    (
        "~",
        "x.yaml: the file is empty",
    ),
    (
        "hello",
        "x.yaml:1:1: the file must hold 'key: value' lines, not one value",
    ),
    (
        "- 1\n",
        "x.yaml:1:1: the file must hold 'key: value' lines, not a list",
    ),
    (
        "seed: 1\n---\nseed: 2\n",
        "x.yaml:2:1: more than one document ('---'); put each scenario in its own file",
    ),
    (
        "seed: 1\nseed: 2\n",
        "x.yaml:2:1: duplicate key 'seed' (first given on line 1); remove one",
    ),
    (
        "talk: {weak: 0.1, weak: 0.2}\n",
        "x.yaml:1:19: talk: duplicate key 'weak' (first given on line 1); remove one",
    ),
    (
        "arms:\n  a:\n    talk:\n      weak: 0.1\n      weak: 0.1\n",
        "x.yaml:5:7: arms.a.talk: duplicate key 'weak' (first given on line 4); remove one",
    ),
    (
        "seed: *x\n",
        "x.yaml:1:7: seed: aliases (*x) are not allowed; write the value out",
    ),
    (
        "talk: &b {weak: 0.1}\n",
        "x.yaml:1:7: talk: anchors (&b) are not allowed; write the value out",
    ),
    (
        "talk:\n  <<: {weak: 0.1}\n",
        "x.yaml:2:3: talk: merge keys (<<) are not allowed; write the values out",
    ),
    (
        "seed: &a [*a]\n",
        "x.yaml:1:7: seed: anchors (&a) are not allowed; write the value out\n"
        "x.yaml:1:11: seed[0]: aliases (*a) are not allowed; write the value out",
    ),
    (
        "question: !!python/object/apply:os.system ['true']\n",
        "x.yaml:1:11: question: tags (!!python/object/apply:os.system) are not allowed; "
        "write the value out",
    ),
    (
        "seed: !mine 1\n",
        "x.yaml:1:7: seed: tags (!mine) are not allowed; write the value out",
    ),
    (
        "seed: !!int abc\n",
        "x.yaml:1:7: seed: tags (!!int) are not allowed; write the value out",
    ),
    (
        "seed: !!bool maybe\n",
        "x.yaml:1:7: seed: tags (!!bool) are not allowed; write the value out",
    ),
    (
        "seed: !!timestamp abc\n",
        "x.yaml:1:7: seed: tags (!!timestamp) are not allowed; write the value out",
    ),
    (
        "seed: !!int ''\n",
        "x.yaml:1:7: seed: tags (!!int) are not allowed; write the value out",
    ),
    (
        "seed: " + "[" * 2000,
        "x.yaml:1:27: nested more than 20 levels deep; write it flatter",
    ),
    (
        "".join(" " * level + "a:\n" for level in range(23)),
        "x.yaml:22:22: nested more than 20 levels deep; write it flatter",
    ),
    (
        "talk:\n\tweak: 0.1\n",
        "x.yaml:2:1: found character '\\t' that cannot start any token; use spaces",
    ),
    (
        "seed: 1\n  weeks: 2\n",
        "x.yaml:2:8: mapping values are not allowed here; check the indentation, or put "
        "quotes around a text that holds ': '",
    ),
    (
        "seed: [1, 2\n",
        "x.yaml:2:1: expected ',' or ']', but got '<stream end>'; close the bracket",
    ),
    (
        'question: "open\n',
        "x.yaml:2:1: found unexpected end of stream; close the quotes that open at 1:11",
    ),
    (
        'question: "\\q"\n',
        "x.yaml:1:13: found unknown escape character 'q'; write \\\\ for a backslash, or "
        "use single quotes",
    ),
    (
        "question: a: b\n",
        "x.yaml:1:12: mapping values are not allowed here; check the indentation, or put quotes "
        "around a text that holds ': '",
    ),
    (
        "seed: %5\n",
        "x.yaml:1:7: found character '%' that cannot start any token; put quotes around the text",
    ),
    (
        "question: @x\n",
        "x.yaml:1:11: found character '@' that cannot start any token; put quotes around the text",
    ),
    (
        "question: `x\n",
        "x.yaml:1:11: found character '`' that cannot start any token; put quotes around the text",
    ),
    (
        "? [a]\n: 1\n",
        "x.yaml:1:3: a key must be plain text, not a list or mapping",
    ),
    (
        "1: 2\n",
        "x.yaml:1:1: the key 1 is not text; put quotes around it",
    ),
    (
        "true: 2\n",
        "x.yaml:1:1: the key true is not text; put quotes around it",
    ),
    (
        ": 2\n",
        "x.yaml:1:1: expected <block end>, but found ':'; check the quotes here and the "
        "indentation of this line",
    ),
    (
        b"question: caf\xe9\n",
        "x.yaml:1:14: not UTF-8 text (byte 13); save the file as UTF-8",
    ),
    (
        b"\xff\xfes\x00e\x00e\x00d\x00:\x00 \x001\x00\n\x00",
        "x.yaml:1:1: not UTF-8 text (byte 0); save the file as UTF-8",
    ),
    (
        b"seed: 1\nweeks: \x00\n",
        "x.yaml:2:8: the character U+0000 is not allowed; remove it, or save the file as UTF-8",
    ),
    (
        "question: a\u0007\n",
        "x.yaml:1:12: the character U+0007 is not allowed; remove it",
    ),
    (
        'question: "\\ud800"\n',
        "x.yaml:1:11: question: holds half of a Unicode pair (surrogate); write the "
        "character itself",
    ),
    (
        "question: " + "a" * 10001,
        "x.yaml:1:11: question: longer than 10000 characters",
    ),
    (
        "".join(f"k{n}: [{'1,' * 499}]\n" for n in range(13)),
        "x.yaml:12:1003: more than 6000 values; split the scenario",
    ),
    (
        "%YAML 9.9\n---\nseed: 1\n",
        "x.yaml:1:1: found incompatible YAML document (version 1.* is required); remove "
        "the %YAML line",
    ),
    (
        "%YAML " + "9" * 5000 + ".1\n---\na: 1",
        "x.yaml:1:7: a number here is too large for YAML; write less",
    ),
    (
        'question: "\\UFFFFFFFF"\n',
        "x.yaml:1:14: a number here is too large for YAML; write less",
    ),
    (
        "weeks:\u00a05\n",
        "x.yaml:1:1: the file must hold 'key: value' lines, not one value",
    ),
    (
        '"we\\u200beks": 5\n',
        "x.yaml:1:1: a key contains an invisible character U+200B; type the key again",
    ),
    (
        "&a {seed: 1}\n",
        "x.yaml:1:1: anchors (&a) are not allowed; write the value out",
    ),
    (
        "? &k a\n: 1\n",
        "x.yaml:1:3: anchors (&k) are not allowed; write the value out",
    ),
    (
        'question: "a\\nb" x\n',
        "x.yaml:1:18: expected <block end>, but found '<scalar>'; check the quotes here and "
        "the indentation of this line",
    ),
    (
        "#" * 262145,
        "x.yaml: the file is 262145 bytes long; at most 262144 are allowed",
    ),
    (
        '"": 1\n',
        "x.yaml:1:1: a key is empty; write 'name: value'",
    ),
    (
        "weeks:\u00a05\nseed: 1\n",
        "x.yaml:2:5: mapping values are not allowed here; there is an odd space at 1:7",
    ),
    (
        b"\xef\xbb\xbfseed: x\r\nweeks: 0\r\n",
        "x.yaml:1:7: seed: 'x' is text, not a number\n"
        "x.yaml:2:8: weeks: must be between 1 and 5200, got 0",
    ),
]


@pytest.mark.parametrize(("text", "lines"), BROKEN)
def test_a_broken_file_answers_these_lines(text: str | bytes, lines: str) -> None:
    assert answer(text) == lines


SLOW = [
    "a: [" + "1," * 130000,
    "".join(f"a{key}: 1\n" for key in range(4900)),
    "arms:\n" + "".join(f"  a{arm}: {{talk: {{weak: 0.1}}}}\n" for arm in range(300)),
    "a: |\n" + " x\n" * 85000,
    "[" * 200000,
    "{a," * 80000,
    "!<" + "%41" * 80000,
    "".join(f"a{key}: &a{key} [*a{key}, *a{key}]\n" for key in range(2000)),
]


@pytest.mark.parametrize("text", SLOW)
def test_no_file_takes_long(text: str) -> None:
    # Processor time and a margin of three: the promise of a second is for a free machine.
    start = time.process_time()
    with contextlib.suppress(ScenarioError):
        load(text)
    assert time.process_time() - start < 3


FRAGMENTS = st.sampled_from(
    [
        *(
            "seed: ",
            " weeks:",
            "talk:",
            "weak: ",
            "arms:",
            "events:",
            "set: ",
            "network: ",
            "kind: ",
        ),
        *("strategies: ", "no", "010", "5%", "1e400", "~", "0.5", "-1", "−5", "\x00", "\ud800"),
        *("- ", "  ", "\n", "{", "}", "[", "]", ",", "&a ", "*a", "!!int ", "<<: ", "'", '"', "|"),
        *("\t", "? ", "> ", "%", "---"),
    ]
)


@settings(max_examples=150, derandomize=True, deadline=None, database=None)
@given(
    st.binary(max_size=200)
    | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))
)
def test_bytes_raise_nothing_but_scenario_errors(content: bytes) -> None:
    only_scenario_errors(content)


@settings(max_examples=150, derandomize=True, deadline=None, database=None)
@given(st.lists(FRAGMENTS, max_size=40).map("".join))
def test_near_yaml_raises_nothing_but_scenario_errors(text: str) -> None:
    only_scenario_errors(text)


def only_scenario_errors(content: str | bytes) -> None:
    said = ""
    try:
        load(content)
    except ScenarioError as error:
        said = str(error)
    assert said.replace("\n", "").isprintable()
