"""What a run is estimated to take: it grows with what is asked for, and reads well."""

from __future__ import annotations

import multiprocessing
import sys
from pathlib import Path

import pytest

# These imports fill the registries and load no numerics.
import wom_sim.market.graphs
import wom_sim.market.judgement
import wom_sim.market.strategies  # noqa: F401
from wom_sim.market.record import MEASURES
from wom_sim.scenario.parameters import Scenario
from wom_sim.scenario.partnered import has_partners
from wom_sim.scenario.registry import networks
from wom_sim.scenario.resolve import read_text
from wom_sim.study import estimate, machine, results
from wom_sim.study.estimate import Cost, Work, cost, in_words, sweep_cost, work_of

SMALL = "replications: 4\nweeks: 52\nhistory_weeks: 10\npopulation: {size: 2000}\n"


def scenario(text: str = "", *options: str) -> Scenario:
    return read_text(SMALL + text, "x.yaml", settings=options)


@pytest.mark.parametrize(
    "option",
    ["population.size=8000", "trades.count=40", "trades.need_rate=3", "weeks=150",
     "history_weeks=150", "replications=40", "population.network.neighbours=40",
     "partners.group=true"],
)
def test_more_of_anything_takes_longer(option: str) -> None:
    assert cost(scenario("", option), 1).seconds > cost(scenario(), 1).seconds


@pytest.mark.parametrize(
    "option", ["population.size=8000", "trades.count=80", "replications=400", "weeks=500"]
)
def test_more_of_anything_takes_more_memory(option: str) -> None:
    assert cost(scenario("", option), 2).memory_bytes > cost(scenario(), 2).memory_bytes


def test_the_records_of_all_arms_of_a_world_are_held_by_each_worker() -> None:
    """Eight arms of 200 trades for 25 years peaked at 1.30 GB where one process ran a world."""
    arms = ", ".join(f"arm {n}: {{}}" for n in range(8))
    options = ("weeks=1300", "trades.count=200", "population.size=500", "replications=1")
    large = scenario(f"arms: {{{arms}}}", *options)
    assert 1.2e9 < cost(large, 1).memory_bytes < 1.7e9
    more = large.model_copy(update={"replications": 2})
    records = 8 * 1300 * 200 * len(MEASURES) * 8
    assert cost(more, 2).memory_bytes - cost(more, 1).memory_bytes > 0.8 * records
    assert sweep_cost([more], 2).memory_bytes - sweep_cost([more], 1).memory_bytes > 0.8 * records


@pytest.mark.parametrize("option", ["trades.count=80", "replications=400", "weeks=500"])
def test_more_of_anything_takes_more_disk(option: str) -> None:
    assert cost(scenario("", option), 2).disk_bytes > cost(scenario(), 2).disk_bytes


def test_workers_save_time_and_take_memory_as_long_as_there_are_worlds() -> None:
    one, two, four, ten = (cost(scenario(), workers) for workers in (1, 2, 4, 10))
    assert one.seconds > two.seconds > four.seconds
    assert one.memory_bytes < two.memory_bytes < four.memory_bytes
    assert ten == four
    assert four.processes == 4


def test_the_worlds_followed_for_their_stories_are_those_of_the_run() -> None:
    assert estimate.FOLLOWED == results.FOLLOWED


def test_arms_in_one_world_share_its_history() -> None:
    shared = scenario("arms: {a: {}, b: {service: {level: 1}}, c: {}}")
    apart = scenario("arms: {a: {}, b: {population: {size: 2001}}, c: {}}")
    one, three, more = (work_of(found) for found in (scenario(), shared, apart))
    assert three.ties == one.ties < more.ties
    assert three.copies == 3 * one.copies
    assert three.weeks == 10 + 3 * 52


def test_the_counts_of_a_world() -> None:
    assert work_of(scenario("trades: {count: 10, need_rate: 0.52}")) == Work(
        ties=2000 * 6, cells=20000, copies=20000, needs=pytest.approx(200 * 62), weeks=62, pairs=0
    )


@pytest.mark.parametrize(
    ("network", "ties"),
    [("{kind: scale_free, links: 3}", 6000), ("{kind: random, mean_degree: 4}", 4000),
     ("{kind: cliques, members: 5}", 4000), ("{kind: degree_sequence, degrees: [2, 4]}", 3000)],
)
def test_ties_are_those_the_network_will_have(network: str, ties: float) -> None:
    assert work_of(scenario("", f"population.network={network}")).ties == pytest.approx(ties)


@pytest.mark.parametrize(("bound", "share"), [(2000, 0.15), (2001, 1.0)])
def test_ties_grown_in_arrays_count_for_less(
    bound: int, share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From as many people on as `large` takes over."""
    town = scenario("")
    before = work_of(town).ties
    monkeypatch.setitem(networks["small_world"].facts, "grown_from", bound)
    assert work_of(town).ties == pytest.approx(share * before)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", False), ("partners: {group: true}", True), ("partners: {count: 2}", True),
     ("events: [{week: 1, join: 0}]", True), ("events: [{week: 1, leave: 0}]", False)],
)
def test_who_has_partners(text: str, expected: bool) -> None:
    found = scenario(text)
    assert has_partners(found, found.arms[0]) is expected


def test_the_others_partners_count_too() -> None:
    found = scenario("treated: one\npartners: {group: true}\narms: {a: {partners: {group: false}}}")
    assert has_partners(found, found.arms[0])


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 s"), (12.4, "12 s"), (43, "45 s"), (80, "1 min 20 s"), (59, "60 s"),
     (118, "2 min"), (3599, "60 min"), (7300, "2 h"), (9000, "2 h 30 min"), (40000, "11 h"),
     (400000, "5 days")],
)
def test_times_are_rounded_to_what_an_estimate_can_tell(seconds: float, words: str) -> None:
    assert in_words(Cost(seconds, 5e8, 3e6, 2)).startswith(f"about {words} on 2 processes,")


def test_sizes_in_words() -> None:
    assert in_words(Cost(10, 4.6e8, 3.2e6, 1)) == (
        "about 10 s on 1 process, 0.5 GB of memory, 3 MB of results"
    )
    assert in_words(Cost(10, 12.3e9, 4e8, 1)).endswith("12 GB of memory, 0.4 GB of results")


def _peak(text: str) -> int:
    """Peak bytes of this process, one of its own, after a world of `text`."""
    from wom_sim.study.ensemble import work

    work(read_text(text, "x.yaml"), range(1))
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes below /proc")
def test_what_records_take_is_what_was_estimated() -> None:
    """Two arms of many weeks and trades after a long history, in a small town."""
    town = "population: {size: 200}\ntrades: {count: 200, need_rate: 0.02}\nreplications: 1\n"
    few = f"{town}weeks: 20\nhistory_weeks: 0\n"
    many = f"{town}weeks: 1000\nhistory_weeks: 500\narms: {{a: {{}}, b: {{}}}}\n"
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        # The first of these may have to compile, which takes memory of its own.
        _, *measured = [pool.apply(_peak, (text,)) for text in (few, few, many)]
    told = [cost(read_text(text, "x.yaml"), 1).memory_bytes for text in (few, many)]
    assert told[1] - told[0] == pytest.approx(measured[1] - measured[0], rel=0.25)


def test_as_many_processes_as_memory_holds() -> None:
    asked = scenario("", "population.size=200000", "replications=8")
    needed = [estimate.cost(asked, crew).memory_bytes for crew in (1, 2, 3)]
    assert machine.most_workers(asked, 3, needed[2]) == 3
    assert machine.most_workers(asked, 3, needed[2] - 1) == 2
    assert machine.most_workers(asked, 3, needed[0] - 1) == 0
    assert machine.memory() > 0.0
