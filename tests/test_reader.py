"""The reader: every wrong scenario answers one line a fault; every right one survives a dump."""

from __future__ import annotations

import contextlib
import pickle
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field

from wom_sim.scenario.faults import Fault, ScenarioError
from wom_sim.scenario.parameters import Scenario
from wom_sim.scenario.registry import Registry
from wom_sim.scenario.resolve import Registries, canonical, dump, read, read_text, scenario_hash


def _plugs() -> Registries:
    networks, judgements = Registry("network"), Registry("judgement")
    strategies = Registry("strategy")

    @networks.register("small_world")
    def small_world(
        size: int,
        *,
        neighbours: Annotated[int, Field(ge=2, le=100)] = 8,
        rewire: Annotated[float, Field(ge=0, le=1)] = 0.1,
    ) -> None: ...

    @networks.register("from_file")
    def from_file(size: int, *, path: str) -> None: ...

    @judgements.register("zone_of_tolerance")
    def zone_of_tolerance(gap: float, *, width: Annotated[float, Field(ge=0)] = 1.0) -> None: ...

    @judgements.register("sharp")
    def sharp(gap: float) -> None: ...

    @strategies.register("reciprocator")
    def reciprocator(state: object, *, scale: float = 1.0) -> None: ...

    @strategies.register("giver")
    def giver(state: object) -> None: ...

    @strategies.register("taker")
    def taker(state: object, *, note: str | None = None) -> None: ...

    return Registries(networks, judgements, strategies)


PLUGS = _plugs()


def load(text: str | bytes, *options: str, **more: int) -> Scenario:
    return read_text(text, "x.yaml", settings=options, registries=PLUGS, **more)


def answer(text: str | bytes, *options: str, **more: int) -> str:
    with pytest.raises(ScenarioError) as caught:
        load(text, *options, **more)
    return str(caught.value)


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
        "x.yaml:2:8: mapping values are not allowed here; put quotes around a text that holds ': '",
    ),
    (
        "seed: [1, 2\n",
        "x.yaml:2:1: expected ',' or ']', but got '<stream end>'; close the bracket",
    ),
    (
        'question: "open\n',
        "x.yaml:2:1: found unexpected end of stream; close the quotes",
    ),
    (
        'question: "\\q"\n',
        "x.yaml:1:13: found unknown escape character 'q'; write \\\\ for a backslash, or "
        "use single quotes",
    ),
    (
        "question: a: b\n",
        "x.yaml:1:12: mapping values are not allowed here; put quotes around a text that "
        "holds ': '",
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
        "x.yaml:1:1: expected <block end>, but found ':'",
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
        "x.yaml:2:8: the character U+0000 is not allowed; remove it",
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
        "seed: [" + "1," * 10001 + "]",
        "x.yaml:1:20004: more than 10000 values; split the scenario",
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
        "allow_unequal_effort: NO\n",
        "x.yaml:1:23: allow_unequal_effort: 'NO' is ambiguous in YAML; write true or "
        "false, or put quotes around it",
    ),
    (
        "allow_unequal_effort: yes\n",
        "x.yaml:1:23: allow_unequal_effort: 'yes' is ambiguous in YAML; write true or "
        "false, or put quotes around it",
    ),
    (
        "allow_unequal_effort: on\n",
        "x.yaml:1:23: allow_unequal_effort: 'on' is ambiguous in YAML; write true or "
        "false, or put quotes around it",
    ),
    (
        "allow_unequal_effort: y\n",
        "x.yaml:1:23: allow_unequal_effort: 'y' is ambiguous in YAML; write true or "
        "false, or put quotes around it",
    ),
    (
        "weeks: 010\n",
        "x.yaml:1:8: weeks: 010 starts with a zero; write 10, or put quotes around it",
    ),
    (
        "weeks: 089\n",
        "x.yaml:1:8: weeks: 089 starts with a zero; write 89, or put quotes around it",
    ),
    (
        "weeks: 0o10\n",
        "x.yaml:1:8: weeks: '0o10' is not a decimal number; write 8, or put quotes around it",
    ),
    (
        "weeks: 0x1F\n",
        "x.yaml:1:8: weeks: '0x1F' is not a decimal number; write 31, or put quotes around it",
    ),
    (
        "weeks: 0b11\n",
        "x.yaml:1:8: weeks: '0b11' is not a decimal number; write 3, or put quotes around it",
    ),
    (
        "weeks: 1_000\n",
        "x.yaml:1:8: weeks: '1_000' is not a plain number; write 1000, or put quotes around it",
    ),
    (
        "weeks: 1,000\n",
        "x.yaml:1:8: weeks: '1,000' has a comma; write 1000, or put quotes around it",
    ),
    (
        "weeks: 1 000\n",
        "x.yaml:1:8: weeks: '1 000' is not a plain number; write 1000, or put quotes around it",
    ),
    (
        "weeks: 1:30\n",
        "x.yaml:1:8: weeks: '1:30' is a time; write a plain number, or put quotes around it",
    ),
    (
        "weeks: 12:30:45\n",
        "x.yaml:1:8: weeks: '12:30:45' is a time; write a plain number, or put quotes around it",
    ),
    (
        "weeks: 2024-01-01\n",
        "x.yaml:1:8: weeks: '2024-01-01' is a date; write a plain number, or put quotes around it",
    ),
    (
        "weeks: .nan\n",
        "x.yaml:1:8: weeks: .nan is not allowed; give a finite number, or put quotes around it",
    ),
    (
        "weeks: nan\n",
        "x.yaml:1:8: weeks: nan is not allowed; give a finite number, or put quotes around it",
    ),
    (
        "weeks: .inf\n",
        "x.yaml:1:8: weeks: .inf is not allowed; give a finite number, or put quotes around it",
    ),
    (
        "weeks: -.INF\n",
        "x.yaml:1:8: weeks: -.INF is not allowed; give a finite number, or put quotes around it",
    ),
    (
        "weeks: 1.0e+400\n",
        "x.yaml:1:8: weeks: the number 1.0e+400 is too large; give a smaller one",
    ),
    (
        "weeks: 1e-400\n",
        "x.yaml:1:8: weeks: the number 1e-400 is too small; write 0",
    ),
    (
        "weeks: " + "9" * 5000 + "\n",
        "x.yaml:1:8: weeks: the number 999999999999... has 5000 digits; at most 20 are allowed",
    ),
    (
        "weeks: −5\n",
        "x.yaml:1:8: weeks: '−5' holds the odd character U+2212; write -5, or put quotes around it",
    ),
    (
        "weeks: １\n",
        "x.yaml:1:8: weeks: '１' holds the odd character U+FF11; write 1, or put quotes around it",
    ),
    (
        "weeks: 1.2.3\n",
        "x.yaml:1:8: weeks: '1.2.3' is text, not a number",
    ),
    (
        'weeks: "12"\n',
        "x.yaml:1:8: weeks: '12' is text; remove the quotes",
    ),
    (
        "weeks: true\n",
        "x.yaml:1:8: weeks: true is not a number",
    ),
    (
        "weeks: 1.5\n",
        "x.yaml:1:8: weeks: 1.5 is not a whole number",
    ),
    (
        "weeks: \n",
        "x.yaml:1:7: weeks: no value given; write one or remove the line",
    ),
    (
        "weeks: ~\n",
        "x.yaml:1:8: weeks: no value given; write one or remove the line",
    ),
    (
        "weeks: [5]\n",
        "x.yaml:1:8: weeks: expected a number, not a list",
    ),
    (
        "weeks: {a: 5}\n",
        "x.yaml:1:8: weeks: expected a number, not a mapping",
    ),
    (
        "weeks: 0\n",
        "x.yaml:1:8: weeks: must be between 1 and 5200, got 0",
    ),
    (
        "weeks: -1\n",
        "x.yaml:1:8: weeks: must be between 1 and 5200, got -1",
    ),
    (
        "weeks: 1e9\n",
        "x.yaml:1:8: weeks: must be between 1 and 5200, got 1e9",
    ),
    (
        "weeks: soon\n",
        "x.yaml:1:8: weeks: 'soon' is text, not a number",
    ),
    (
        "talk: {weak: 0,5}\n",
        "x.yaml:1:16: talk: the key 5 is not text; put quotes around it",
    ),
    (
        "talk: {weak: 5%}\n",
        "x.yaml:1:14: talk.weak: '5%' is not a plain number; write 0.05, or put quotes around it",
    ),
    (
        "talk: {delighted: 5.5 %}\n",
        "x.yaml:1:19: talk.delighted: '5.5 %' is not a plain number; write 0.055, or put "
        "quotes around it",
    ),
    (
        "weeks: [1,000]\n",
        "x.yaml:1:11: weeks[1]: 000 starts with a zero; write 0, or put quotes around it",
    ),
    (
        "weeeks: 3\n",
        "x.yaml:1:1: weeeks: unknown; did you mean 'weeks'?",
    ),
    (
        "Weeks: 3\n",
        "x.yaml:1:1: Weeks: unknown; did you mean 'weeks'?",
    ),
    (
        "zzzzzz: 3\n",
        "x.yaml:1:1: zzzzzz: unknown; known here: schema, question, preset, seed, "
        "replications, weeks, history_weeks, treated, baseline, allow_unequal_effort, "
        "population, trades, ...",
    ),
    (
        "on: 3\n",
        "x.yaml:1:1: on: unknown; known here: schema, question, preset, seed, "
        "replications, weeks, history_weeks, treated, baseline, allow_unequal_effort, "
        "population, trades, ...",
    ),
    (
        "negativity_ratio: 3\n",
        "x.yaml:1:1: negativity_ratio: unknown; did you mean 'talk.negativity_ratio'?",
    ),
    (
        "talk.weak: 0.1\n",
        "x.yaml:1:1: talk.weak: unknown; write 'weak' below 'talk'",
    ),
    (
        "talk:\n  negativity_ration: 3\n",
        "x.yaml:2:3: talk.negativity_ration: unknown; did you mean 'negativity_ratio'?",
    ),
    (
        "talk: {told: {positiv: 3}}\n",
        "x.yaml:1:15: talk.told.positiv: unknown; did you mean 'positive'?",
    ),
    (
        "talk:\n",
        "x.yaml:1:6: talk: no value given; write one or remove the line",
    ),
    (
        "talk: 3\n",
        "x.yaml:1:7: talk: expected settings such as 'delighted: 0.08', not 3",
    ),
    (
        "talk: [3]\n",
        "x.yaml:1:7: talk: expected settings such as 'delighted: 0.08', not a list",
    ),
    (
        "population: 1000\n",
        "x.yaml:1:13: population: expected settings such as 'size: 5000', not 1000",
    ),
    (
        "population: {network: small_world}\n",
        "x.yaml:1:23: population.network: expected settings such as 'kind: small_world', "
        "not 'small_world'",
    ),
    (
        "talk: {delighted: 1.2}\n",
        "x.yaml:1:19: talk.delighted: must be between 0 and 1, got 1.2; for 1.2 % write 0.012",
    ),
    (
        "talk: {delighted: 50}\n",
        "x.yaml:1:19: talk.delighted: must be between 0 and 1, got 50; for 50 % write 0.5",
    ),
    (
        "talk: {delighted: -0.1}\n",
        "x.yaml:1:19: talk.delighted: must be between 0 and 1, got -0.1",
    ),
    (
        "talk: {weak: 1}\n",
        "x.yaml:1:14: talk.weak: must be between 0 and 0.99, got 1",
    ),
    (
        "talk: {negativity_ratio: -1}\n",
        "x.yaml:1:26: talk.negativity_ratio: must be between 0 and 1000, got -1",
    ),
    (
        "talk: {max_hops: 2.5}\n",
        "x.yaml:1:18: talk.max_hops: 2.5 is not a whole number",
    ),
    (
        "population: {size: 0}\n",
        "x.yaml:1:20: population.size: must be between 2 and 10000000, got 0",
    ),
    (
        "population: {size: 1e12}\n",
        "x.yaml:1:20: population.size: must be between 2 and 10000000, got 1e12",
    ),
    (
        "seed: -1\n",
        "x.yaml:1:7: seed: must be between 0 and 18446744073709551615, got -1",
    ),
    (
        "seed: 18446744073709551616\n",
        "x.yaml:1:7: seed: must be between 0 and 18446744073709551615, got 18446744073709551616",
    ),
    (
        "seed: abc\n",
        "x.yaml:1:7: seed: 'abc' is text, not a number",
    ),
    (
        "replications: 0\n",
        "x.yaml:1:15: replications: must be between 1 and 1000000, got 0",
    ),
    (
        "effort: {service: -3}\n",
        "x.yaml:1:19: effort.service: must be between 0.01 and 168, got -3",
    ),
    (
        "schema: 9\n",
        "x.yaml:1:9: schema: 9 is newer than this program (1); update wom_sim",
    ),
    (
        "schema: 0\n",
        "x.yaml:1:9: schema: must be 1, got 0",
    ),
    (
        "schema: one\n",
        "x.yaml:1:9: schema: must be 1, got 'one'",
    ),
    (
        "preset: evidense\n",
        "x.yaml:1:9: preset: 'evidense' is unknown; did you mean 'evidence'?",
    ),
    (
        "preset: 3\n",
        "x.yaml:1:9: preset: expected one of evidence, articles, not 3",
    ),
    (
        "treated: some\n",
        "x.yaml:1:10: treated: 'some' is unknown; known here: all, one",
    ),
    (
        "question: 5\n",
        "x.yaml:1:11: question: 5 is not text; put quotes around it",
    ),
    (
        "question: [a]\n",
        "x.yaml:1:11: question: expected text, not a list",
    ),
    (
        "partners: {group: 1}\n",
        "x.yaml:1:19: partners.group: expected true or false, not 1",
    ),
    (
        "trades: {need_rate: [0.1, x, 60]}\n",
        "x.yaml:1:27: trades.need_rate[1]: 'x' is text, not a number\n"
        "x.yaml:1:30: trades.need_rate[2]: must be between 0 and 52, got 60",
    ),
    (
        "trades: {need_rate: [0.1, 0.2]}\n",
        "x.yaml:1:21: trades.need_rate: 2 numbers for 27 trades; give one for each "
        "trade, or one number for all",
    ),
    (
        "trades: {job_value: many}\n",
        "x.yaml:1:21: trades.job_value: 'many' is text, not a number",
    ),
    (
        "trades: {margin: {a: 1}}\n",
        "x.yaml:1:18: trades.margin: expected a number, not a mapping",
    ),
    (
        "trades: {margin: 35}\n",
        "x.yaml:1:18: trades.margin: must be between 0 and 1, got 35; for 35 % write 0.35",
    ),
    (
        "population: {network: {kind: small_wold}}\n",
        "x.yaml:1:30: population.network.kind: no network 'small_wold'; did you mean "
        "'small_world'?",
    ),
    (
        "population: {network: {kind: 3}}\n",
        "x.yaml:1:30: population.network.kind: no network 3; known here: small_world, from_file",
    ),
    (
        "population: {network: {neighbors: 4}}\n",
        "x.yaml:1:24: population.network.neighbors: unknown; did you mean 'neighbours'?",
    ),
    (
        "population: {network: {rewire: 2}}\n",
        "x.yaml:1:32: population.network.rewire: must be between 0 and 1, got 2; for 2 % "
        "write 0.02",
    ),
    (
        "population: {network: {kind: from_file}}\n",
        "x.yaml:1:23: population.network.path: missing; give it a value",
    ),
    (
        "judgement: {rule: {kind: sharp, width: 1}}\n",
        "x.yaml:1:33: judgement.rule.width: unknown; remove it",
    ),
    (
        "partners: {strategies: {gaver: 1}}\n",
        "x.yaml:1:25: partners.strategies.gaver: no strategy 'gaver'; did you mean 'giver'?",
    ),
    (
        "partners: {strategies: {giver: 0.4, taker: 0.5}}\n",
        "x.yaml:1:24: partners.strategies: shares sum to 0.9, must be 1; change a share",
    ),
    (
        "partners: {strategies: {giver: -1, taker: 2}}\n",
        "x.yaml:1:32: partners.strategies.giver: must be between 0 and 1, got -1\n"
        "x.yaml:1:43: partners.strategies.taker: must be between 0 and 1, got 2; for 2 % "
        "write 0.02",
    ),
    (
        "partners: {strategies: {reciprocator: {scale: 2}}}\n",
        "x.yaml:1:39: partners.strategies.reciprocator.share: missing; give it a value",
    ),
    (
        "partners: {strategies: {reciprocator: {share: 1, skale: 2}}}\n",
        "x.yaml:1:50: partners.strategies.reciprocator.skale: unknown; did you mean 'scale'?",
    ),
    (
        "partners: {strategies: [giver]}\n",
        "x.yaml:1:24: partners.strategies: expected settings such as 'reciprocator: "
        "1.0', not a list",
    ),
    (
        "partners: {strategies: {}}\n",
        "x.yaml:1:24: partners.strategies: shares sum to 0, must be 1; change a share",
    ),
    (
        "arms: {}\n",
        "x.yaml:1:7: arms: expected 1 to 300 arms, got 0; without 'arms' there is one, named base",
    ),
    (
        "arms: [a, b]\n",
        "x.yaml:1:7: arms: expected arms as 'name: ...' lines, not a list",
    ),
    (
        "arms:\n",
        "x.yaml:1:6: arms: no value given; write one or remove the line",
    ),
    (
        "arms: {a: 5}\n",
        "x.yaml:1:11: arms.a: expected overrides such as 'effort: ...', or {} for the base, not 5",
    ),
    (
        "arms: {a: {}, A: {}}\n",
        "x.yaml:1:15: arms: the name 'A' is used twice; choose another name",
    ),
    (
        "arms: {Café: {}, Cafe\u0301: {}}\n",
        "x.yaml:1:18: arms: the name 'Cafe\u0301' is used twice; choose another name",
    ),
    (
        'arms: {" ": {}}\n',
        "x.yaml:1:8: arms: the name ' ' is blank or has blanks around it; choose another name",
    ),
    (
        "arms: {" + "a" * 81 + ": {}}\n",
        "x.yaml:1:8: arms: the name "
        "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...' has 81 "
        "characters, more than 80; choose another name",
    ),
    (
        "arms: {a: {seed: 4}}\n",
        "x.yaml:1:18: arms.a.seed: is the same for all arms; write it at the top",
    ),
    (
        "arms: {a: {tolk: {weak: 0.1}}}\n",
        "x.yaml:1:12: arms.a.tolk: unknown; did you mean 'talk'?",
    ),
    (
        "arms: {2024: {}}\n",
        "x.yaml:1:8: arms: the key 2024 is not text; put quotes around it",
    ),
    (
        "baseline: c\narms: {car: {}, b: {}}\n",
        "x.yaml:1:11: baseline: no arm 'c'; known here: car, b",
    ),
    (
        "arms:\n" + "".join(f"  a{arm}: {{}}\n" for arm in range(301)),
        "x.yaml:2:3: arms: expected 1 to 300 arms, got 301; without 'arms' there is one, "
        "named base",
    ),
    (
        "arms: {a: {}, b: {effort: {asking: 4}}}\n",
        "x.yaml:1:19: arms.b.effort: arms spend different hours a week: 'a' 36 h, 'b' 40 "
        "h; make them equal or set allow_unequal_effort: true",
    ),
    (
        "arms:\n  a: {}\n  b:\n    events: [{week: 9, set: {effort.asking: 4}}]\n",
        "x.yaml:3:3: arms.b: arms spend different hours a week: 'a' 36 h, 'b' 36 h and "
        "40 h from week 9; make them equal or set allow_unequal_effort: true",
    ),
    (
        "talk: {delighted: 0.5, negativity_ratio: 3}\n",
        "x.yaml:1:42: talk.negativity_ratio: delighted * negativity_ratio is 1.5, more "
        "than 1: no chance to talk; with delighted 0.5 the ratio can be at most 2",
    ),
    (
        "talk: {delighted: 0.5}\npreset: articles\n",
        "x.yaml:1:19: talk.delighted: delighted * negativity_ratio is 5.5, more than 1: "
        "no chance to talk; with delighted 0.5 the ratio can be at most 2",
    ),
    (
        "arms: {a: {}, b: {talk: {delighted: 0.9}}}\n",
        "x.yaml:1:37: arms.b.talk.delighted: delighted * negativity_ratio is 1.08, more "
        "than 1: no chance to talk; with delighted 0.9 the ratio can be at most 1.111",
    ),
    (
        "rest: {dissatisfied: 0.6, delighted: 0.6}\n",
        "x.yaml:1:22: rest.dissatisfied: dissatisfied + delighted is 1.2, more than 1; "
        "lower one of them",
    ),
    (
        "testimonials: {expert: 0.6, organisation: 0.6}\n",
        "x.yaml:1:24: testimonials.expert: expert + organisation is 1.2, more than 1; "
        "lower one of them",
    ),
    (
        "trades: {count: 10}\n",
        "x.yaml:1:17: trades.count: the group has 27 seats, but there are 10 trades; set "
        "group.size to at most 10",
    ),
    (
        "partners: {count: 27}\n",
        "x.yaml:1:19: partners.count: 27 partners need more than 27 trades; set "
        "partners.count to at most 26",
    ),
    (
        "arms:\n  a: {partners: {group: true}}\n  b: {partners: {group: true, count: 3}}\n",
        "x.yaml:3:38: arms.b.partners.count: partners come from the group or by count, "
        "not both; set group to false or count to 0",
    ),
    (
        "population: {size: 10000000}\ntrades: {count: 31}\n",
        "x.yaml:1:20: population.size: 10000000 people in 31 trades would need about 9 "
        "GB; with 31 trades, at most 9677419 people",
    ),
    (
        "events: {week: 3}\n",
        "x.yaml:1:9: events: expected a list of events ('- week: 10' ...), not a mapping",
    ),
    (
        "events:\n",
        "x.yaml:1:8: events: no value given; write one or remove the line",
    ),
    (
        "events: [3]\n",
        "x.yaml:1:10: events[0]: expected 'week: ...' and what happens, not 3",
    ),
    (
        "events: [{week: 156, join: 3}]\n",
        "x.yaml:1:17: events[0].week: week 156 is after the last week, 155; choose an "
        "earlier week or a longer run",
    ),
    (
        "events: [{week: 3}]\n",
        "x.yaml:1:10: events[0]: expected one of complaint, join, leave, set; got none; "
        "write one event for each",
    ),
    (
        "events: [{week: 3, join: 1, leave: 2}]\n",
        "x.yaml:1:10: events[0]: expected one of complaint, join, leave, set; got join "
        "and leave; write one event for each",
    ),
    (
        "events: [{week: 3, join: 27}]\n",
        "x.yaml:1:26: events[0].join: there are 27 trades, 0 to 26; got 27",
    ),
    (
        "events: [{week: 3, jion: 2}]\n",
        "x.yaml:1:20: events[0].jion: unknown; did you mean 'join'?",
    ),
    (
        "events: [{week: 3, complaint: {reach: x}}]\n",
        "x.yaml:1:39: events[0].complaint.reach: 'x' is text, not a number",
    ),
    (
        "events: [{week: 3, set: {population.size: 10}}]\n",
        "x.yaml:1:43: events[0].set.population: 'population' decides the world before "
        "week 0; make it an arm instead",
    ),
    (
        "events: [{week: 3, set: {trades: {count: 10}}}]\n",
        "x.yaml:1:42: events[0].set.trades.count: 'trades.count' decides the world "
        "before week 0; make it an arm instead",
    ),
    (
        "events: [{week: 3, set: {weeks: 10}}]\n",
        "x.yaml:1:33: events[0].set.weeks: 'weeks' decides the world before week 0; make "
        "it an arm instead",
    ),
    (
        "events: [{week: 3, set: {talk.weeak: 0.1}}]\n",
        "x.yaml:1:26: events[0].set.talk.weeak: unknown; did you mean 'weak'?",
    ),
    (
        "events: [{week: 3, set: {talk.delighted: 0.9}}]\n",
        "x.yaml:1:42: events[0].set.talk.delighted: delighted * negativity_ratio is "
        "1.08, more than 1: no chance to talk; with delighted 0.9 the ratio can be at "
        "most 1.111",
    ),
    (
        "events:\n" + "  - {week: 3, join: 1}\n" * 401,
        "x.yaml:2:3: events: the arms have 401 events together, more than 400; leave some out",
    ),
    (
        "weeks: 0\n"
        "talk:\n"
        "  delighted: 2\n"
        "  weak: no\n"
        "arms:\n"
        "  a: {talk: {strong: x}}\n"
        "  b: {choice: {rule: vito}}\n",
        "x.yaml:1:8: weeks: must be between 1 and 5200, got 0\n"
        "x.yaml:3:14: talk.delighted: must be between 0 and 1, got 2; for 2 % write 0.02\n"
        "x.yaml:4:9: talk.weak: 'no' is ambiguous in YAML; write true or false, or put "
        "quotes around it\n"
        "x.yaml:6:22: arms.a.talk.strong: 'x' is text, not a number\n"
        "x.yaml:7:22: arms.b.choice.rule: 'vito' is unknown; did you mean 'veto'?",
    ),
    (
        "&a {seed: 1}\n",
        "x.yaml:1:1: anchors (&a) are not allowed; write the value out",
    ),
    (
        "events: no\n",
        "x.yaml:1:9: events: 'no' is ambiguous in YAML; write true or false, or put "
        "quotes around it",
    ),
    (
        "arms: no\n",
        "x.yaml:1:7: arms: 'no' is ambiguous in YAML; write true or false, or put quotes around it",
    ),
    (
        "arms: {a: no}\n",
        "x.yaml:1:11: arms.a: 'no' is ambiguous in YAML; write true or false, or put "
        "quotes around it",
    ),
    (
        "events: [no]\n",
        "x.yaml:1:10: events[0]: 'no' is ambiguous in YAML; write true or false, or put "
        "quotes around it",
    ),
    (
        "schema: true\n",
        "x.yaml:1:9: schema: must be 1, got true",
    ),
    (
        "? &k a\n: 1\n",
        "x.yaml:1:3: anchors (&k) are not allowed; write the value out",
    ),
    (
        "trades: {need_rate: [0.1, ~]}\n",
        "x.yaml:1:27: trades.need_rate[1]: no value given; write one or remove the line",
    ),
    (
        "talk: {weak: 1e400}\n",
        "x.yaml:1:14: talk.weak: the number 1e400 is too large; give a smaller one",
    ),
    (
        "effort: {servise: 30}\narms: {a: {}, b: {effort: {asking: 4}}}\n",
        "x.yaml:1:10: effort.servise: unknown; did you mean 'service'?",
    ),
    (
        'question: "a\\nb" x\n',
        "x.yaml:1:18: expected <block end>, but found '<scalar>'",
    ),
    (
        "population: {size: .5}\n",
        "x.yaml:1:20: population.size: .5 is not a whole number",
    ),
    (
        "judgement: {rule: {kind: sharpe}}\n",
        "x.yaml:1:26: judgement.rule.kind: no judgement 'sharpe'; did you mean 'sharp'?",
    ),
    (
        "judgement: {rule: {width: -1}}\n",
        "x.yaml:1:27: judgement.rule.width: must be at least 0, got -1",
    ),
    (
        "arms: {a: {events: [{week: 1, set: {judgement: {rule: {kind: sharp, width: 2}}}}]}}\n",
        "x.yaml:1:69: arms.a.events[0].set.judgement.rule.width: unknown; remove it",
    ),
    (
        "arms: {a: {trades: {count: 40, need_rate: [1, 2]}}}\n",
        "x.yaml:1:43: arms.a.trades.need_rate: 2 numbers for 40 trades; give one for "
        "each trade, or one number for all",
    ),
    (
        "group: {size: 1}\n",
        "x.yaml:1:15: group.size: must be between 2 and 200, got 1",
    ),
    (
        "allow_unequal_effort: 1\n",
        "x.yaml:1:23: allow_unequal_effort: expected true or false, not 1",
    ),
    (
        "allow_unequal_effort: 'true'\n",
        "x.yaml:1:23: allow_unequal_effort: expected true or false, not 'true'",
    ),
    (
        "seed: 1.5\n",
        "x.yaml:1:7: seed: 1.5 is not a whole number",
    ),
    (
        "history_weeks: -1\n",
        "x.yaml:1:16: history_weeks: must be between 0 and 5200, got -1",
    ),
    (
        "record: {half_life: 0}\n",
        "x.yaml:1:21: record.half_life: must be between 0.01 and 5200, got 0",
    ),
    (
        "group: {every: 53}\n",
        "x.yaml:1:16: group.every: must be between 1 and 52, got 53",
    ),
    (
        "talk: {posts: {reach_tail: heavy}}\n",
        "x.yaml:1:28: talk.posts.reach_tail: 'heavy' is text, not a number",
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


BROKEN_OPTIONS = [
    (
        "talk.delighted=1.2",
        "talk.delighted: must be between 0 and 1, got 1.2; for 1.2 % write 0.012",
    ),
    (
        "talk.delighted=5%",
        "talk.delighted: '5%' is not a plain number; write 0.05, or put quotes around it",
    ),
    (
        "talk.negativity_ration=3",
        "talk.negativity_ration: unknown; did you mean 'negativity_ratio'?",
    ),
    ("talk=3", "talk: expected settings such as 'delighted: 0.08', not 3"),
    ("talk.weak=", "talk.weak: no value given; write one or remove the line"),
    ("talk.weak", "not a setting; write dotted.name=value"),
    ("=3", "not a setting; write dotted.name=value"),
    ("talk..weak=3", "not a setting; write dotted.name=value"),
    ("arms.c.talk.weak=0.1", "no such arm; write dotted.name=value"),
    ("arms.a.talk.weak=x", "arms.a.talk.weak: 'x' is text, not a number"),
    ("weeks=[1", "weeks: expected ',' or ']', but got '<stream end>'; close the bracket"),
    ("weeks=\x00", "weeks: the character U+0000 is not allowed; remove it"),
    (
        "trades.need_rate=[1, 2]",
        "trades.need_rate: 2 numbers for 27 trades; give one for each trade, or one number for all",
    ),
]


@pytest.mark.parametrize(("option", "said"), BROKEN_OPTIONS)
def test_a_broken_option_is_named(option: str, said: str) -> None:
    shown = option.replace("\x00", "\\x00")
    assert answer("arms: {a: {}}\n", option) == f"--set {shown}: {said}"


def test_a_broken_seed_option_is_named() -> None:
    assert answer("seed: 1\n", seed=-1).startswith("--seed -1: seed: must be between 0")


FULL = """\
preset: articles
question: "a\\nb: =1+1 $x_{$ no 5% 日本 🎈 \\x07 \\\\ '"
seed: 18446744073709551615
weeks: 52.0
treated: one
baseline: "café 🎈"
allow_unequal_effort: true
trades: {count: 3, need_rate: [1e-3, .5, 2], margin: 1}
group: {size: 3}
population: {network: {kind: small_world, neighbours: 4.0}}
partners: {strategies: {taker: 0.5, reciprocator: {share: 0.5, scale: 2}}}
events:
  - {week: 20, set: {talk.weak: 0.2, talk: {told: {positive: 5}}}}
  - {week: 10, set: {talk: {weak: 0.1, retell: 0}}}
  - {week: 10, set: {judgement.rule.kind: sharp}}
  - {week: 3, complaint: {reach: 10}}
  - {week: 3, join: 2}
arms:
  "no":
  "café 🎈": {population: {network: {kind: from_file, path: "=1"}}, effort: {asking: 4}}
  "a.b": {events: [{week: 5, leave: 1}], partners: {strategies: {giver: 1}}}
"""


def test_a_full_scenario_is_resolved() -> None:
    scenario = load(FULL)
    no, cafe, dotted = scenario.arms
    assert (scenario.stem, scenario.weeks, scenario.seed) == ("x", 52, 2**64 - 1)
    assert scenario.base.talk.negativity_ratio == 11.0
    assert scenario.base.trades.need_rate == [0.001, 0.5, 2.0]
    assert scenario.base.population.network == {
        "kind": "small_world",
        "neighbours": 4,
        "rewire": 0.1,
    }
    assert cafe.parameters.population.network == {"kind": "from_file", "path": "=1"}
    assert no.parameters.partners.strategies == {
        "reciprocator": {"share": 0.5, "scale": 2.0},
        "taker": {"share": 0.5, "note": None},
    }
    assert dotted.parameters.partners.strategies == {"giver": {"share": 1}}
    assert no.events == scenario.events
    assert [event.leave for event in dotted.events] == [1]


def test_changes_are_cumulative_and_in_order_of_week() -> None:
    changes = load(FULL).arms[0].changes
    assert [week for week, _ in changes] == [10, 20]
    assert [p.talk.weak for _, p in changes] == [0.1, 0.2]
    assert [p.talk.retell for _, p in changes] == [0.0, 0.0]
    assert [p.judgement.rule for _, p in changes] == [{"kind": "sharp"}] * 2
    assert load(FULL).events[0].set == {"talk": {"weak": 0.2, "told": {"positive": 5.0}}}


@pytest.mark.parametrize(
    "text", [FULL, "{}", "arms: {a: {}, b:}\n", 'question: ""\n', "preset: articles\n"]
)
def test_a_dump_reads_back_as_the_same_scenario(text: str) -> None:
    scenario = load(text)
    again = load(dump(scenario))
    assert again == scenario
    assert dump(again) == dump(scenario)
    assert scenario_hash(again) == scenario_hash(scenario)


def test_the_hash_ignores_how_the_file_is_written() -> None:
    one = load("weeks: 10\ntalk: {weak: 0.1, strong: 0.2}\n")
    other = read_text(
        b"\xef\xbb\xbf# said otherwise\r\ntalk:\r\n  strong: 2e-1\r\n  weak: .1\r\nweeks: 1e1\r\n",
        "elsewhere/y.yml",
        registries=PLUGS,
    )
    assert canonical(one) == canonical(other)
    assert (other.stem, len(scenario_hash(one))) == ("y", 64)
    assert scenario_hash(load("weeks: 11\n")) != scenario_hash(one)


def test_defaults_need_no_arm() -> None:
    (arm,) = load("{}").arms
    assert (arm.name, load("{}").baseline, arm.parameters) == ("base", "base", load("{}").base)


def test_an_option_acts_below_the_arms() -> None:
    text = "talk: {weak: 0.1}\narms: {a: {}, b: {talk: {weak: 0.3}}}\n"
    a, b = load(text, "talk.weak=0.2").arms
    assert (a.parameters.talk.weak, b.parameters.talk.weak) == (0.2, 0.3)
    a, b = load(text, "arms.b.talk.weak=0.4").arms
    assert (a.parameters.talk.weak, b.parameters.talk.weak) == (0.1, 0.4)


def test_options_set_run_keys_lists_plugs_and_the_last_one_wins() -> None:
    options = (
        "weeks=20",
        "weeks=30",
        "trades.count=2",
        "group.size=2",
        "trades.margin=[0.1, 1]",
        "population.network.kind=from_file",
        "population.network.path=x",
        "partners.strategies.giver=0.5",
        "partners.strategies.taker=0.5",
    )
    text = "population: {network: {kind: small_world, rewire: 0.2}}\n"
    scenario = load(text, *options, seed=7, replications=3)
    assert (scenario.weeks, scenario.seed, scenario.replications) == (30, 7, 3)
    assert scenario.base.trades.margin == [0.1, 1.0]
    assert scenario.base.population.network == {"kind": "from_file", "path": "x"}
    assert set(scenario.base.partners.strategies) == {"giver", "taker"}


def test_an_option_reaches_an_arm_with_dots_in_its_name() -> None:
    arms = load("arms: {a: {}, a.b: {}}\n", "arms.a.b.talk.weak=0.2").arms
    assert [arm.parameters.talk.weak for arm in arms] == [0.05, 0.2]


def test_no_ratio_is_a_ratio() -> None:
    assert load("talk: {delighted: 1, negativity_ratio: 0}\n").base.talk.negativity_ratio == 0


def test_unequal_effort_may_be_allowed() -> None:
    text = "allow_unequal_effort: true\narms: {a: {}, b: {effort: {asking: 4}}}\n"
    assert load(text).arms[1].overrides == {"effort": {"asking": 4.0}}


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "partners.yaml").write_text("seed: 3\n")
    assert read(tmp_path / "partners.yaml", registries=PLUGS).stem == "partners"
    for name, said in (
        ("", "is a folder"),
        ("partner.yaml", f"not found; did you mean '{tmp_path / 'partners.yaml'}'?"),
        ("none/x.yaml", "not found"),
        ("x" * 300, "cannot be read (File name too long)"),
    ):
        with pytest.raises(ScenarioError) as caught:
            read(tmp_path / name, registries=PLUGS)
        assert str(caught.value).startswith(str(tmp_path / name))
        assert f": {said[:30]}" in str(caught.value)
    with pytest.raises(ScenarioError, match="is not a file"):
        read("/dev/zero")


def test_a_scenario_error_survives_pickling() -> None:
    error = ScenarioError(
        [Fault("x.yaml", 1, 2, "a.b", "bad\n", "mend it"), Fault("y", 0, 0, "", "p")]
    )
    again = pickle.loads(pickle.dumps(error))
    assert again.faults == error.faults
    assert str(again) == "x.yaml:1:2: a.b: bad\\n; mend it\ny: p"


def test_very_many_faults_are_counted() -> None:
    lines = answer("".join(f"k{k}: 1\n" for k in range(150))).splitlines()
    assert len(lines) == 101
    assert lines[-1] == "... and 50 more"


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


EMPTY = load("{}")


@settings(max_examples=100, derandomize=True, deadline=None, database=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_any_text_survives_a_dump(text: str) -> None:
    scenario = EMPTY.model_copy(update={"question": text})
    assert load(dump(scenario).splitlines()[1]) == scenario


def test_the_reader_imports_nothing_heavy() -> None:
    heavy = "numpy", "networkx", "simpy", "matplotlib", "numba", "scipy"
    code = f"import sys, wom_sim.scenario.resolve; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
