"""The reader on keys, values, plugs and options that are unknown or not allowed."""

from __future__ import annotations

import pytest
from reading import answer

from wom_sim.scenario.parameters import Parameters

FIRST = f"delighted: {Parameters().talk.delighted}"

BROKEN: list[tuple[str | bytes, str]] = [
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
        "x.yaml:1:1: zzzzzz: unknown; known here: question, preset, arms, events, "
        "replications, weeks, treated, population, trades, rest, loyalty, choice, ...",
    ),
    (
        "on: 3\n",
        "x.yaml:1:1: on: unknown; known here: question, preset, arms, events, "
        "replications, weeks, treated, population, trades, rest, loyalty, choice, ...",
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
        "x.yaml:1:6: talk: no value given; write {} for the usual values, or remove the line",
    ),
    (
        "talk: 3\n",
        f"x.yaml:1:7: talk: expected settings such as '{FIRST}', not 3",
    ),
    (
        "talk: [3]\n",
        f"x.yaml:1:7: talk: expected settings such as '{FIRST}', not a list",
    ),
    (
        "population: 1000\n",
        "x.yaml:1:13: population: expected settings such as 'size: 5000', not 1000",
    ),
    (
        "population: {network: small_world}\n",
        "x.yaml:1:23: population.network: expected settings such as 'kind: small_world', "
        "not 'small_world'; write {kind: small_world}",
    ),
    (
        "talk: {delighted: 1.2}\n",
        "x.yaml:1:19: talk.delighted: must be between 0 and 1, got 1.2",
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
        "x.yaml:1:9: preset: expected 'evidence' or 'articles', not 3",
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
        "x.yaml:1:30: population.network.kind: expected the name of a network, not 3; known "
        "here: small_world, complete, from_file",
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
        "schema: true\n",
        "x.yaml:1:9: schema: must be 1, got true",
    ),
    (
        "trades: {need_rate: [0.1, ~]}\n",
        "x.yaml:1:27: trades.need_rate[1]: no value given; write one or remove the line",
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
]


@pytest.mark.parametrize(("text", "lines"), BROKEN)
def test_a_broken_file_answers_these_lines(text: str | bytes, lines: str) -> None:
    assert answer(text) == lines


BROKEN_OPTIONS = [
    (
        "talk.delighted=1.2",
        "talk.delighted: must be between 0 and 1, got 1.2",
    ),
    (
        "talk.delighted=5%",
        "talk.delighted: '5%' is not a plain number; write 0.05",
    ),
    (
        "talk.negativity_ration=3",
        "talk.negativity_ration: unknown; did you mean 'negativity_ratio'?",
    ),
    ("talk=3", f"talk: expected settings such as '{FIRST}', not 3"),
    ("talk.weak=", "talk.weak: no value given; write one or remove the line"),
    ("talk.weak", "not a setting; write dotted.name=value"),
    ("=3", "not a setting; write dotted.name=value"),
    ("talk..weak=3", "not a setting; write dotted.name=value"),
    ("arms.c.talk.weak=0.1", "no such arm; known here: a"),
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


def test_very_many_faults_are_counted() -> None:
    lines = answer("".join(f"k{k}: 1\n" for k in range(150))).splitlines()
    assert len(lines) == 101
    assert lines[-1] == "... and 50 more"
