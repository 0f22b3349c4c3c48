"""What the guide prints: the week in words, arms side by side, the starter, the shipped list."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

# This import fills the registries and loads no numerics.
import wom_sim.plugs  # noqa: F401
from wom_sim import cli
from wom_sim.commands import new
from wom_sim.guide import shipped as shipping
from wom_sim.guide.compare import side_by_side, summary_line
from wom_sim.guide.notes import notes
from wom_sim.guide.shipped import listing, shipped
from wom_sim.guide.starter import starter
from wom_sim.guide.telling import number, wrapped
from wom_sim.guide.week import week
from wom_sim.scenario.columns import columns
from wom_sim.scenario.parameters import Parameters, Scenario
from wom_sim.scenario.quantities import Declaration, declarations
from wom_sim.scenario.resolve import read, read_text

ROOT = Path(__file__).parents[1]
SHIPPED = sorted((ROOT / "scenarios").rglob("*.yaml"))
MAIN = ROOT / "scenarios" / "customers_or_partners.yaml"

EVERYTHING = """
question: Is everything told?
allow_unequal_effort: true
effort: {service: 30, asking: 3, partners: 5}
testimonials: {inauthentic: 0.1}
group: {renewal: 0.1, imitation: 0.2}
arms:
  framed:
    asking: {frame: framed, when: appointment}
    partners: {group: true, strategies: {reciprocator: 0.5, image_scorer: 0.5}}
  broad:
    asking: {frame: broad, when: during}
    partners: {count: 3}
    population: {ties: {strong_by: shared_neighbours}}
"""
"""Between them, these arms use every parameter."""

BY_ARM = {
    "asking.frame", "asking.when", "partners.group", "partners.count", "partners.strategies",
    "population.ties.strong_by",
}
"""What both arms of EVERYTHING write themselves, so that the base does not matter."""

AS_NUMBERS = [
    known for known in declarations(Parameters)
    if known.name not in BY_ARM and not isinstance(known.default, (bool, str))
]
AS_WORDS = [
    known for known in declarations(Parameters)
    if known.name not in BY_ARM and isinstance(known.default, (bool, str))
]


@cache
def told(text: str, *options: str) -> str:
    """The week of a scenario, on one line with single blanks."""
    scenario = read_text(text, "x.yaml", settings=options)
    return re.sub(r"[\s–]+", " ", week(scenario))


def at(scenario: Scenario, name: str) -> Any:
    value: Any = scenario.base
    for key in name.split("."):
        value = getattr(value, key)
    return value


@cache
def _everything() -> Scenario:
    return read_text(EVERYTHING, "x.yaml")


def moved(known: Declaration) -> str:
    """Another value of the parameter in EVERYTHING, clearly different and within its range."""
    value = at(_everything(), known.name)
    if isinstance(value, int):
        return str(value + 1)
    return f"{value * 0.8 if value else 0.25:.12g}"


WHERE_IT_ACTS = {"friends.rejecters_warn": ("trades.needs=once",)}
"""Settings without which a parameter is rightly passed over."""


@pytest.mark.parametrize("known", AS_NUMBERS, ids=lambda known: known.name)
def test_every_number_of_the_model_is_told(known: Declaration) -> None:
    """More than a changed list of the file's own numbers: the town or the week changes."""
    there = WHERE_IT_ACTS.get(known.name, ())
    before, after = (
        told(EVERYTHING, *options).split("THE ARMS")[0]
        for options in (there, (*there, f"{known.name}={moved(known)}"))
    )
    assert before != after


@pytest.mark.parametrize("known", AS_WORDS, ids=lambda known: known.name)
def test_every_choice_is_told(known: Declaration) -> None:
    section: Any = Parameters
    *path, last = known.name.split(".")
    for key in path:
        section = section.model_fields[key].annotation
    words = [str(word) for word in get_args(section.model_fields[last].annotation)]
    texts = {
        told(EVERYTHING, f"{known.name}={word}").split("THE ARMS")[0]
        for word in (words or ["true", "false"])
    }
    assert len(texts) == len(words or [1, 2])


@pytest.mark.parametrize(
    "option",
    ["population.network.neighbours=8", "population.network.rewiring=0.2",
     "population.network.kind=scale_free", "population.network={kind: cliques, members: 5}",
     "population.network={kind: degree_sequence, degrees: [3, 4]}",
     "population.network={kind: random, mean_degree: 7}",
     "judgement.rule.below=1", "judgement.rule.above=1",
     "arms.framed.partners.strategies.image_scorer={share: 0.5, threshold: 0.9}",
     "history_weeks=10", "history_weeks=0", "weeks=100", "replications=7", "seed=5"],
)
def test_settings_of_plugs_and_of_the_run_are_told(option: str) -> None:
    parts = [told(EVERYTHING, *options).split("THE ARMS")[0] for options in ((), (option,))]
    assert parts[0] != parts[1]


def test_the_numbers_of_the_main_scenario_are_worked_out() -> None:
    text = re.sub(r"\s+", " ", week(read(MAIN)))
    for said in (
        f"{0.45 * 4999 / 52:.1f} needs a week in one business's trade",
        f"{27 * 0.45 * 4999 / 52:,.0f} in all",
        "two in three: 899 to 4,451",
        "Ask customers and Partners: 32 h a week are enough for 3.2 jobs of 10 h",
        "with chance 0.88 (11 times the 0.08 of a delighted one) and tells 10 ties",
        "Service only and Partners: nobody is asked",
        "4 h a week are 5.33 asks of 0.75 h by appointment",
        "4 h a week leave 2 one-to-ones after meetings",
        "with 2 times its q",
        "with 10 h a job 30 % are dissatisfied and 10 % delighted",
        "A delighted one talks with chance 0.08, a satisfied one with chance 0.01; either tells 4",
        "What an arm changes acts from week 0 on.",
        "Off in every arm: renewal of memberships, imitation of strategies and false testimonials",
        "28 service + 4 asking + 4 partners = 36 h a week",
        "All other numbers are those of the preset articles",
    ):
        assert said in text, said


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_scenarios_are_told_in_the_width_of_a_terminal(path: Path) -> None:
    scenario = read(path)
    for text in (week(scenario), side_by_side(scenario), summary_line(scenario)):
        assert text
        assert not re.search(r"\bnan\b|\binf\b|[{}]|\bNone\b", text)
    lines = week(scenario).splitlines()
    assert len(lines) <= 140
    assert max(map(columns, lines)) <= 80


def test_what_is_off_everywhere_is_only_named() -> None:
    text = told(
        "choice: {awareness: 0}\nfriends: {ask_around: 0}\nrecord: {look_up: 0}\n"
        "talk: {retell: 0, posts: {share: 0}}"
    )
    off = text.split("Off in every arm: ")[1].split(" THE ARMS")[0]
    for name in ("coming to mind", "asking friends", "the public record", "retelling", "posts",
                 "asking clients (step 7)", "partners (step 8)"):
        assert name in off
    for title in ("2a ", "2b ", "2c ", "2e ", "2f ", "7 Asking", "8 Partners"):
        assert title not in text.split("Off in every arm")[0]


def test_one_treated_business_and_the_others_are_told_apart() -> None:
    text = told(
        "treated: one\neffort: {service: 30, partners: 6}\npartners: {group: true}\narms:\n"
        "  Out: {effort: {service: 36, partners: 0}, partners: {group: false}}\n"
        "  Joins:\n    effort: {service: 36, partners: 0}\n    partners: {group: false}\n"
        "    events:\n      - {week: 9, join: 0}\n"
        "      - {week: 9, set: {effort: {service: 30, partners: 6}}}\n"
    )
    assert "Arms change service, effort, asking, testimonials and partners of the business" in text
    assert "there the others keep to the base. What arms change in other sections belongs" in text
    assert "Out: 36 h a week are enough for 3.6 jobs" in text
    assert "Joins: 36 h a week are enough for 3.6 jobs of 10 h; from week 9: 30 h a week" in text
    assert "The other businesses: 30 h a week are enough for 3 jobs" in text
    assert "Joins: no partners; from week 9: 6 h a week leave" in text
    assert "Joins 36 service h a week; from week 9: 30 service + 6 partners = 36 h a week" in text
    assert "week 9: the business of trade 0 joins the group (Joins)" in text


def test_only_what_differs_in_a_long_text_is_told_by_arm() -> None:
    text = told("arms: {a: {}, b: {friends: {relay: 0.2, strong: 0.6}}}")
    assert text.count("Delighted clients recommend") == 1
    assert "a: Strong ties convince 0.7" in text
    assert "b: Strong ties convince 0.6" in text


def test_nothing_is_said_to_be_at_first_from_a_later_week_on() -> None:
    text = told("events: [{week: 52, set: {service.least_hours: 1}}]")
    assert "from week 52: While 2.05 is expected, with 1 h a job" in text
    assert not re.search(r"from week \d+: At first", text)


@pytest.mark.parametrize(
    ("network", "words"),
    [("{kind: cliques, members: 5}", "of 5 who all know each other and nobody else, 4 ties a"),
     ("{kind: scale_free, links: 3}", "to 3 of the well connected, 6 ties a person on average"),
     ("{kind: random, mean_degree: 7}", "the same chance, 7 ties a person on average"),
     ("{kind: degree_sequence, degrees: [2, 4]}", "[2, 4] a person in turn, 3 ties a person on")],
)
def test_networks_tell_their_mean_number_of_ties(network: str, words: str) -> None:
    text = told(f"population: {{network: {network}}}")
    assert words in text
    assert "closed circles" not in text


@pytest.mark.parametrize(
    ("text", "since"),
    [("arms: {a: {}}", False), ("arms: {a: {service: {level: 1}}}", True),
     ("events: [{week: 3, leave: 1}]", True),
     ("history_weeks: 0\narms: {a: {service: {level: 1}}}", False)],
)
def test_the_history_says_since_when_arms_differ(text: str, since: bool) -> None:
    assert ("What an arm changes acts from week 0 on." in told(text)) is since
    assert "these hold in its history too" in told("arms: {a: {population: {size: 900}}}")


def test_lists_by_trade_are_told_as_ranges() -> None:
    text = told(
        "trades: {count: 2, need_rate: [0.5, 1.5], job_value: [100, 300], margin: [0.2, 0.4]}"
    )
    assert "0.5 to 1.5 (trade 0: 0.5) times a year" in text
    assert "100 to 300 (trade 0: 100)" in text
    assert "20 % to 40 % (trade 0: 20 %)" in text


def test_own_numbers_are_told_with_the_presets() -> None:
    text = told("talk: {satisfied: 0.12345678}\npopulation: {network: {neighbours: 8}}")
    assert f"talk.satisfied 0.12345678 ({Parameters().talk.satisfied:g})" in text
    assert "population.network.neighbours 8 (12)" in text
    assert "talk.delighted" not in text.split("Not the preset's")[1]


ODD = [
    "顧客に紹介を頼む、それとも仲間と組む、あるいは両方ともやってみる",
    "🙂 ask 🙂 ask 🙂 ask 🙂 ask 🙂 ask 🙂 ask",
    "rename me",
    "x" * 80,
    "comma, and more",
]


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_odd_names_never_leave_the_width(width: int) -> None:
    arms = "".join(
        f'  "{name}": {{service: {{level: {k}}}, events: [{{week: {k}, leave: 1}}]}}\n'
        for k, name in enumerate(ODD)
    )
    scenario = read_text(f"treated: one\narms:\n{arms}", "x.yaml")
    # A file may not hold such a name; a caller of Python may.
    named = [arm.model_copy(update={"name": arm.name.replace("rename me", "tab\tand\abell")})
             for arm in scenario.arms]
    scenario = scenario.model_copy(update={"arms": tuple(named)})
    for text in (week(scenario, width), side_by_side(scenario, width)):
        assert max(map(columns, text.split("\n"))) <= width
        assert all(character.isprintable() for character in re.sub(r"[\n\xa0]", " ", text))
        assert r"\x07bell" in text


def test_many_arms_are_cut_short() -> None:
    arms = "".join(f"  arm {k}: {{service: {{level: {k / 100}}}}}\n" for k in range(300))
    scenario = read_text(f"arms:\n{arms}", "x.yaml")
    text = week(scenario)
    assert "more kinds" in text
    assert "and 288 more arms" in text
    assert len(text.splitlines()) < 130
    assert "260 more arms not shown" in side_by_side(scenario)


def test_side_by_side_holds_what_differs_and_nothing_else() -> None:
    text = side_by_side(
        read_text(
            "arms:\n  a: {talk: {delighted: 0.1234567}}\n  b: {talk: {delighted: 0.1234568}}\n",
            "x.yaml",
        )
    )
    rows = {line.split()[0]: line.split()[1:] for line in text.splitlines()[2:]}
    assert rows == {"talk.delighted": ["0.1234567", "0.1234568"]}


def test_side_by_side_shows_hours_and_events() -> None:
    text = side_by_side(
        read_text(
            "arms:\n  a: {}\n  b:\n    effort: {service: 30, asking: 6}\n"
            "    events: [{week: 3, set: {talk.delighted: 0.2}}]\n",
            "x.yaml",
        )
    )
    rows = {" ".join(line.split()[:-2]): line.split()[-2:] for line in text.splitlines()}
    assert rows["effort.service"] == ["36", "30"]
    assert rows["effort.asking"] == ["0", "6"]
    assert rows["hours a week"] == ["36", "36"]
    assert "b: week 3: talk.delighted becomes 0.2" in text
    assert "a: none" in text


CHANGING = """
allow_unequal_effort: true
arms:
  Steady: {}
  Ill:
    events:
      - {week: 52, set: {effort.service: 24}}
      - {week: 61, set: {effort.service: 36}}
"""


def test_hours_are_told_over_time() -> None:
    scenario = read_text(CHANGING, "x.yaml")
    assert summary_line(scenario).endswith(
        "36 h a week (in 1 arm), or 36 h a week, from week 52: 24 h, from week 61: 36 h (in 1 arm)"
    )
    lines = [re.sub(r"\xa0", " ", line) for line in side_by_side(scenario).splitlines()]
    place = next(k for k, line in enumerate(lines) if line.startswith("hours a week"))
    assert [line.split("  ")[-1].strip() for line in lines[place : place + 3]] == [
        "36", "week 52: 24", "week 61: 36",
    ]
    assert "Ill 36 service h a week; from week 52: 24 service h a week; from week 61: 36" in told(
        CHANGING)


def test_the_summary_line_of_hours_that_change_in_every_arm_and_in_many_ways() -> None:
    alike = "events: [{week: 5, set: {effort.service: 24}}]\narms: {a: {}, b: {talk: {weak: 0.2}}}"
    line = summary_line(read_text(alike, "x.yaml"))
    assert line.endswith("36 h a week, from week 5: 24 h, in every arm")
    arms = "".join(f"  a{k}: {{events: [{{week: {k}, set: {{effort.service: 24}}}}]}}\n"
                   for k in range(1, 6))
    many = read_text(f"allow_unequal_effort: true\narms:\n{arms}", "x.yaml")
    assert summary_line(many).endswith("24 to 36 h a week, changing")


def test_nothing_is_cut_in_the_table() -> None:
    arm = "A name of many words that takes more than one line"
    others = "".join(f"  arm {k}: {{service: {{level: {k}}}}}\n" for k in range(1, 6))
    margins = ", ".join(["0.25"] * 20)
    text = side_by_side(read_text(
        "population: {size: 2000}\ntrades: {count: 20}\narms:\n"
        f"  {arm}: {{asking: {{when: appointment}}, trades: {{margin: [{margins}]}}}}\n{others}",
        "x.yaml",
    ))
    assert "…" not in text
    assert "appointment" in text
    assert text.count("0.25") == 20
    assert all(word in text for word in arm.split())


def test_long_names_are_broken_behind_their_dots() -> None:
    scenario = read_text(
        "partners: {group: true}\narms: {a: {}, b: {partners: {strategies: {image_scorer: 1}}}}",
        "x.yaml",
    )
    lines = side_by_side(scenario, 50).splitlines()
    assert "…" not in "".join(lines)
    assert any(line == "  image_scorer.threshold" for line in lines)


def test_equal_arms_and_one_arm_take_one_line() -> None:
    assert side_by_side(read_text("arms: {a: {}, b: {}}", "x.yaml")) == "the arms are equal"
    assert side_by_side(read_text("seed: 2", "x.yaml")) == "one arm, base: nothing to compare"


def test_every_arm_stands_in_exactly_one_table() -> None:
    arms = "".join(f"  Arm number {k}: {{service: {{level: {k}}}}}\n" for k in range(10))
    text = side_by_side(read_text(f"arms:\n{arms}", "x.yaml"))
    levels = [cell for line in text.splitlines() if line.startswith("service.level")
              for cell in line.split()[1:]]
    assert levels == [str(k) for k in range(10)]


def test_the_summary_line() -> None:
    assert summary_line(read(MAIN)) == (
        "customers_or_partners.yaml: valid; 4 arms × 100 worlds × 156 weeks (+104 of history);"
        " 5,000 people, 27 trades; 36 h a week in every arm"
    )
    odd = read_text(
        "history_weeks: 0\nweeks: 1\nreplications: 1\nallow_unequal_effort: true\narms:\n"
        "  a: {population: {size: 1000}, effort: {service: 40}}\n  b: {}\n",
        "x.yaml",
    )
    assert summary_line(odd) == (
        "x.yaml: valid; 2 arms × 1 world × 1 week; 1,000 to 5,000 people, 27 trades;"
        " 36 to 40 h a week"
    )


OPTION = re.compile(r"(?m)^( *)#(?! \S)")
"""The mark of a line of the starter that is an option, not a comment."""


def option_blocks(text: str) -> list[list[int]]:
    """Line numbers of each option: a line and the deeper ones below it."""
    blocks: list[list[int]] = []
    for place, line in enumerate(text.split("\n")):
        if OPTION.match(line):
            if re.match(r" *#\s", line) and blocks:
                blocks[-1].append(place)
            else:
                blocks.append([place])
    return blocks


def test_the_starter_reads_and_so_does_every_option_in_it() -> None:
    text = starter("my idea")
    assert read_text(text, "my.yaml").base == read_text("seed: 1", "x.yaml").base
    # Under the other preset every option changes something, and the rest is the preset's.
    text = text.replace("preset: evidence", "preset: articles")
    plain = read_text(text, "my.yaml")
    assert plain.base == read_text("preset: articles", "x.yaml").base
    assert len(plain.arms) == 3
    assert plain.treated == "all"
    blocks = option_blocks(text)
    assert len(blocks) == 8
    assert notes(plain) == ()
    for block in blocks:
        lines = [
            OPTION.sub(r"\1", line) if place in block else line
            for place, line in enumerate(text.split("\n"))
        ]
        changed = read_text("\n".join(lines), "my.yaml")
        assert changed != plain, lines[block[0]]
    read_text(OPTION.sub(r"\1", text), "my.yaml")


def test_the_starter_is_a_page_and_states_declared_numbers() -> None:
    text = starter("my idea")
    assert 50 <= len(text.splitlines()) <= 80
    assert max(map(columns, text.splitlines())) <= 100
    known = {entry.name: entry for entry in declarations(Parameters)}
    assert f"articles: {known['talk.negativity_ratio'].articles:g}" in text
    assert "times, 0 to 1000" in text


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=40))
def test_the_starter_reads_whatever_its_name(name: str) -> None:
    assert read_text(starter(name), "x.yaml").question.startswith("What happens if ... (")


def test_what_ships_is_listed_with_its_question() -> None:
    found = shipped()
    assert {entry.path for entry in found} == set(SHIPPED)
    for entry in found:
        assert entry.question == " ".join(read(entry.path).question.split())
        assert entry.name in listing()
    assert max(map(columns, listing(60).splitlines()[:-1])) <= 60
    assert "run one:   python -m wom_sim ask_or_not\n" in listing()


def test_subfolders_are_listed_and_broken_files_do_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "classics").mkdir()
    (tmp_path / "classics" / "bass.yaml").write_text("question: >\n  Two\n  lines?\n")
    (tmp_path / "broken.yaml").write_text("question: [")
    (tmp_path / "plain.yaml").write_text("seed: 1")
    (tmp_path / "flow.yaml").write_text('{seed: 1, "question": In braces}')
    (tmp_path / "more.yaml").write_text("extends: classics/bass.yaml\nseed: 2\n")
    (tmp_path / "round.yaml").write_text("extends: round.yaml")
    (tmp_path / "text.yaml").write_text("question: |\n  One\n\n  text:\n\nseed: [\n")
    monkeypatch.setattr(shipping, "PLACES", (tmp_path / "none", tmp_path))
    assert [(entry.name, entry.question) for entry in shipped()] == [
        ("broken", ""), ("flow", "In braces"), ("more", "Two lines?"), ("plain", ""),
        ("round", ""), ("text", "One text:"), ("classics/bass", "Two lines?"),
    ]
    assert shipping.find("bass") == tmp_path / "classics" / "bass.yaml"
    assert shipping.find("classics/bass") == shipping.find("bass")
    assert shipping.needed(tmp_path / "more.yaml") == ("classics/bass.yaml",)
    assert copy("more", tmp_path / "mine") == 2
    monkeypatch.setattr(shipping, "PLACES", ())
    assert listing().startswith("no scenarios")


def copy(source: str | None, to: Path) -> int:
    return new.main(argparse.Namespace(name=str(to), source=source))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_scenario_is_found_and_copied(path: Path, tmp_path: Path) -> None:
    assert shipping.find(path.stem) == path
    if shipping.needed(path):  # what would be missing beside the copy
        assert copy(path.stem, tmp_path / "mine") == 2
        return
    assert copy(path.stem, tmp_path / "mine") == 0
    copied = read(tmp_path / "mine.yaml")
    assert copied.arms == read(path).arms
    assert copy(path.stem, tmp_path / "mine") == 3


def test_without_a_source_the_starter_is_written(tmp_path: Path) -> None:
    assert copy(None, tmp_path / "mine") == 0
    assert (tmp_path / "mine.yaml").read_text(encoding="utf-8") == starter("mine")


def test_a_name_that_does_not_ship_is_answered_with_those_like_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert copy("ask_or_nott", tmp_path / "mine") == 2
    assert capsys.readouterr().err == "no scenario 'ask_or_nott' ships; there are ask_or_not\n"
    assert copy("zzz", tmp_path / "mine") == 2
    assert "first_year, give_first" in capsys.readouterr().err
    assert shipping.find("../etc/passwd") is None
    assert not list(tmp_path.iterdir())


def test_check_says_that_the_first_run_compiles(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", str(MAIN)]) == 0
    assert "(the first run of all compiles the model besides" in capsys.readouterr().out


def test_lines_are_wrapped_by_the_columns_they_take() -> None:
    assert wrapped("aa bb cc", 5) == ["aa bb", "cc"]
    assert wrapped("顧客顧客顧客", 6) == ["顧客顧", "客顧客"]
    assert wrapped("", 10, "- ") == ["-"]
    assert [number(x) for x in (0.985, 43.25, 5000, 1234.5, 0)] == [
        "0.985", "43.25", "5,000", "1,234", "0",
    ]


def test_the_guide_loads_no_numerics() -> None:
    check = (
        "import sys, wom_sim.guide.week, wom_sim.guide.compare, wom_sim.guide.starter\n"
        "import wom_sim.guide.notes, wom_sim.guide.shipped, wom_sim.study.estimate\n"
        "print(*(m for m in sys.modules if m.split('.')[0] in ('numpy', 'numba', 'networkx',"
        " 'matplotlib', 'simpy', 'scipy') or m.startswith('wom_sim.market')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", check], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == ""
