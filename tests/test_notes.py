"""Notes: each appears where it is true, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

# These imports fill the registries and load no numerics.
import wom_sim.market.graphs
import wom_sim.market.judgement
import wom_sim.market.strategies  # noqa: F401
from wom_sim import cli
from wom_sim.guide.notes import noted, notes
from wom_sim.guide.week import week
from wom_sim.scenario.columns import columns
from wom_sim.scenario.resolve import read, read_text

SHIPPED = sorted((Path(__file__).parents[1] / "scenarios").rglob("*.yaml"))
GROUP = "effort: {service: 32, partners: 4}\npartners: {group: true}\n"
ASKING = "effort: {service: 32, asking: 4}\n"

TRUE = [
    ("arms: {a: {}, b: {}, c: {talk: {weak: 0.2}}, d: {}}\nhistory_weeks: 0",
     "“a”, “b” and “d” are the same in everything; change them, or leave all but one out."),
    ("population: {network: {kind: random}}\narms: {a: {population: {network: {kind: cliques}}}}",
     "population.network at the top acts nowhere, since the arm has another value; check that"
     " this is meant, or leave it out."),
    ("population: {network: {neighbours: 8}}\narms:\n"
     "  a: {population: {network: {neighbours: 6}}}\n  b: {population: {network: {kind: cliques}}}",
     "population.network.neighbours at the top acts nowhere, since every arm has another value;"
     " check that this is meant, or leave it out."),
    ("service: {level: 1}\narms: {a: {service: {level: 2}}, b: {service: {level: 3}}}",
     "service.level at the top acts only in the history, since every arm has another value; check"
     " that this is meant, or leave it out."),
    ("service: {level: 1}\nhistory_weeks: 0\narms: {a: {service: {level: 2}}}",
     "service.level at the top acts nowhere, since the arm has another value; check that this is"
     " meant, or leave it out."),
    ("events: [{week: 3, complaint: {}}]\narms: {a: {events: []}, b: {events: [{week: 4, complaint:"
     " {}}]}}",
     "events at the top happen nowhere, since every arm has its own; leave them out."),
    ("arms: {a: {}, b: {talk: {negativity_ratio: 2}, record: {look_up: 0.1}}}",
     "The 104 weeks of history run under the base, where record.look_up is 0.35 and"
     " talk.negativity_ratio is 1.2; what arms change acts from week 0. For another past, change"
     " it at the top instead."),
    ("population: {ties: {strong_share: 0.3, strong_by: shared_neighbours}}",
     "population.ties.strong_share at the top has no effect, since strong_by is shared_neighbours;"
     " use strong_by: share, or leave it out."),
    ("arms: {a: {population: {ties: {shared_neighbours: 2}}}, b: {}}",
     "“a”: population.ties.shared_neighbours has no effect, since strong_by is share; use"
     " strong_by: shared_neighbours, or leave it out."),
    ("arms: {a: {asking: {frame: framed}, testimonials: {give: 0.2}}}",
     "asking.frame and testimonials.give have no effect, since effort.asking is 0; give asking"
     " some hours, or leave out what is asked."),
    (ASKING + "asking: {recall_framed: 0.4}",
     "asking.recall_framed at the top has no effect, since asking.frame is broad; use"
     " frame: framed."),
    (ASKING + "asking: {window: 40}",
     "asking.window at the top has no effect, since asking.when is during; use when: appointment."),
    ("partners: {strategies: {giver: 1.0}}\nreferral: {willing: 0.3}",
     "referral.willing and partners.strategies at the top have no effect, since there are no"
     " partners; use partners: {group: true}, or partners.count."),
    ("group: {size: 9}", "group.size at the top has no effect, since nobody is in a group; use"
     " partners: {group: true}."),
    ("partners: {count: 3}\neffort: {service: 32, partners: 4}\ngroup: {every: 2}",
     "group.every at the top has no effect, since nobody is in a group; use"
     " partners: {group: true}."),
    ("partners: {group: true}\none_to_ones: {hours: 1}",
     "one_to_ones.hours at the top has no effect, since effort.partners is 0, so that nobody"
     " meets; give effort.partners some hours."),
    ("partners: {group: true}", "Partners without effort.partners never meet, and lose sight of"
     " each other; give effort.partners some hours."),
    ("effort: {service: 32, partners: 4}", "effort.partners is 4 h and there are no partners, so"
     " the hours go back to service; use partners: {group: true}, or partners.count."),
    ("events: [{week: 5, leave: 3}]", "In week 5 the business of trade 3 leaves a group it is not"
     " in: nothing changes; set partners.group to true, or leave it out."),
    ("effort: {service: 32, partners: 4}\nevents: [{week: 5, join: 3}]",
     "In week 5 the business of trade 3 joins a group of nobody else; use partners: {group: true}"
     " for the others."),
    (GROUP + "events: [{week: 5, join: 3}]", "In week 5 the business of trade 3 joins the group it"
     " is in: nothing changes; set partners.group to false, or leave it out."),
    *((f"population: {{network: {{kind: {kind}}}, ties: {{strong_by: shared_neighbours}}}}",
       "With population.ties.strong_by: shared_neighbours few ties are strong in a"
       f" {name} network: hardly any two people with a tie have 3 neighbours in common; lower"
       " shared_neighbours, or use strong_by: share.")
      for kind, name in (("random", "random"), ("scale_free", "scale_free"),
                         ("degree_sequence", "degree_sequence"), ("small_world, neighbours: 4",
                          "small_world"), ("cliques, members: 4", "cliques"))),
    ("population: {size: 301}", "A business's trade sees about 2.6 needs a week: its business will"
     " win few clients; use more people, a higher trades.need_rate or fewer trades."),
    ("service: {least_hours: 0.5}", "36 h of service are enough for 72 jobs a week of 0.5 h, more"
     " than all 43.3 needs of a business's trade: hardly anybody is turned away; lower"
     " effort.service or raise service.least_hours."),
    ("service: {least_hours: 72}", "A job is planned with 72 h, and a week has 36 h of service:"
     " one job in 2 weeks; lower service.least_hours or raise effort.service."),
    ("replications: 9",
     "replications: 9 gives no interval worth the name; use 20 or more, best 100."),
]
"""Scenarios, and the one note that each of them is to give besides others."""

SILENT = [
    "seed: 1",
    "arms: {a: {}, b: {talk: {weak: 0.2}}}\nhistory_weeks: 0",
    "arms: {a: {}, b: {events: [{week: 3, complaint: {}}]}}",
    "arms: {a: {population: {size: 900}}, b: {population: {size: 1000}}}",
    "arms: {a: {service: {level: 1}}, b: {service: {level: -1}}}",
    "service: {level: 1}\narms: {a: {service: {level: 2}}, b: {}}",
    "treated: one\neffort: {service: 30, partners: 6}\npartners: {group: true}\n"
    "arms: {a: {effort: {service: 36, partners: 0}, partners: {group: false}}}",
    "population: {ties: {strong_share: 0.3}}\narms: {a: {}, b: {population: {ties:"
    " {strong_by: shared_neighbours}}}}",
    "asking: {frame: framed}\narms: {a: {}, b: {effort: {service: 32, asking: 4}}}",
    "arms: {a: {asking: {frame: framed}, events: [{week: 9, set: {effort: {service: 32, asking:"
    " 4}}}]}}",
    GROUP + "group: {every: 2}\none_to_ones: {every: 2}\nreferral: {willing: 0.3}",
    GROUP + "group: {size: 9}\n"
    "events: [{week: 5, leave: 3}, {week: 9, join: 3}, {week: 6, join: 20}]",
    "effort: {service: 32, partners: 4}\nevents: [{week: 5, join: 3}, {week: 5, join: 4}]",
    "treated: one\npartners: {group: true}\neffort: {service: 32, partners: 4}\narms: {a: {group:"
    " {every: 2}, partners: {group: false}, effort: {service: 36, partners: 0}}}\nhistory_weeks: 0",
    # A business that alone is in a group meets the others there as guests.
    "treated: one\narms: {a: {partners: {group: true}, effort: {service: 32, partners: 4}, group:"
    " {every: 2}, one_to_ones: {every: 2}}}",
    "treated: one\narms: {a: {partners: {group: true}, effort: {service: 32, partners: 4}, events:"
    " [{week: 5, leave: 3}]}}",
    "population: {network: {kind: random, mean_degree: 300}, ties: {strong_by: shared_neighbours}}",
    "population: {network: {kind: cliques}, ties: {strong_by: shared_neighbours}}",
    "population: {ties: {strong_by: shared_neighbours, shared_neighbours: 4}}",
    "population: {size: 600}",
    "treated: one\ntrades: {count: 2, need_rate: [0.5, 0.01]}",
    "replications: 10",
]
"""Scenarios that are to give no note at all."""


@pytest.mark.parametrize(("text", "note"), TRUE)
def test_what_is_hardly_meant_is_noted(text: str, note: str) -> None:
    found = notes(read_text(text, "x.yaml"))
    assert note in found


@pytest.mark.parametrize("text", SILENT)
def test_what_may_be_meant_is_not(text: str) -> None:
    assert notes(read_text(text, "x.yaml")) == ()


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_scenarios_give_no_notes(path: Path) -> None:
    assert notes(read(path)) == ()


def test_trades_of_their_own_are_counted_one_by_one() -> None:
    text = "trades: {count: 2, need_rate: [0.5, 0.01]}"
    assert notes(read_text(text, "x.yaml"))[0].startswith("Trade 1 sees about 0.961 needs")
    one = notes(read_text(text.replace("0.5, 0.01", "0.01, 0.5") + "\ntreated: one", "x.yaml"))
    assert one[0].startswith("Trade 0 sees about 0.961 needs")


def test_arms_are_named_where_a_note_is_not_about_all() -> None:
    arms = ", ".join(f"{k}: {{asking: {{pause: {k}}}}}" for k in ("a5", "b5")).replace("5}}", "5}}")
    arms = arms.replace("pause: a5", "pause: 5").replace("pause: b5", "pause: 5, window: 9")
    found = notes(read_text(f"arms: {{c: {{}}, {arms}}}", "x.yaml"))
    assert [note.split(" ha")[0] for note in found] == [
        "“a5”: asking.pause", "“b5”: asking.pause and asking.window"]
    many = ", ".join(f"a{k}: {{}}" for k in range(9))
    assert notes(read_text(f"arms: {{{many}}}", "x.yaml"))[0].startswith(
        "“a0”, “a1”, “a2”, “a3” and 5 more arms are the same")


def test_notes_stand_in_check_and_at_the_end_of_the_week(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "few.yaml"
    path.write_text("replications: 3\n", encoding="utf-8")
    assert cli.main(["check", str(path)]) == 0
    assert "\nNotes\n  – replications: 3 gives" in capsys.readouterr().out
    assert cli.main(["check", "--quiet", str(path)]) == 0
    assert "Notes" not in capsys.readouterr().out
    assert week(read(path)).split("\n\n")[-1].startswith("NOTES\n  – replications: 3")
    assert "NOTES" not in week(read_text("seed: 1", "x.yaml"))


def test_notes_keep_to_the_width() -> None:
    scenario = read_text(TRUE[6][0] + "\nreplications: 2\npopulation: {size: 100}", "x.yaml")
    assert max(map(columns, noted(scenario, 40))) <= 40
