"""`explain`: every name has an entry, every place is right, every example loads."""

from __future__ import annotations

import pickle
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import reduce
from pathlib import Path

import pytest

import wom_sim
import wom_sim.face
from wom_sim.guide import explain, plug_outcomes, plug_words, snippets
from wom_sim.guide.acts import places
from wom_sim.guide.names import PLACES, settings, value
from wom_sim.guide.plug_kinds import FILE, KINDS
from wom_sim.guide.plug_texts import WHERE
from wom_sim.guide.rooms import equation
from wom_sim.market import record
from wom_sim.scenario import plugins, registry
from wom_sim.scenario.dump import FILE_KEYS, RUN_KEYS
from wom_sim.scenario.files import Permission
from wom_sim.scenario.parameters import Parameters
from wom_sim.scenario.quantities import declarations
from wom_sim.scenario.resolve import read_text

ROOT = Path(__file__).parents[1]
DECLARED = [entry.name for entry in declarations(Parameters)]
ACTING = [*DECLARED, *PLACES]

CHECKED = {
    "asking.hours_during": "service.py: ask_during",
    "asking.recall_framed": "asking.py: name",
    "asking.window": "asking.py: may_be_asked",
    "choice.competition": "persuasion.py: against_rivals",
    "choice.negative_weight": "persuasion.py: negative",
    "choice.rule": "persuasion.py: chances",
    "effort.service": "calendar.py: _give_hours",
    "friends.number": "friends.py: turn_to_friends",
    "friends.recall_half_life": "friends.py: fading_of",
    "friends.strong": "friends.py: friend_says",
    "group.every": "calendar.py: run",
    "group.testimony": "partners.py: testimonies",
    "group.visibility_gain": "partners.py: gather",
    "judgement.referred": "service.py: rate",
    "loyalty.delighted": "choice.py: stays",
    "partners.count": "partners.py: take_pairs",
    "partners.message_specificity": "partners.py: one_to_ones",
    "population.ties.circles": "network.py: traits",
    "record.half_life": "reviews.py: age_record",
    "referral.contact.client": "referral.py: contact_of",
    "talk.memory_half_life": "talk.py: hear",
    "talk.negativity_ratio": "talk.py: chance_to_talk",
    "talk.posts.persuade": "talk.py: hear",
    "talk.posts.share": "talk.py: tell",
    "talk.strong": "talk.py: spread",
    "testimonials.backfire": "reviews.py: age",
    "trades.job_spread": "needs.py: job_size",
    "trades.margin": "record.py: tally",
    "trades.need_rate": "needs.py: schedule",
}
"""Places found by reading the code."""

RENAMED = {
    "asking.hours_appointment": "ask_hours",
    "asking.hours_during": "ask_hours",
    "asking.when": "asks_at",
    "asking.window": "ask_window",
    "choice.negative_weight": "weight",
    "group.meeting_hours": "cost",
    "group.testimony": "gain",
    "group.visibility_gain": "gain",
    "partners.count": "wanted",
    "partners.message_specificity": "specificity",
    "partners.strategies": "shares",
    "population.network": "spec",
    "talk.posts.persuade": "q",
    "trades.job_spread": "spread",
    "trades.job_value": "value",
    "trades.need_rate": "rates",
}
"""Parameters that act under another name than in a scenario."""


@pytest.mark.parametrize("name", ACTING)
def test_every_parameter_acts_on_the_line_that_is_named(name: str) -> None:
    place = places(name)[0]
    line = (ROOT / place.file).read_text(encoding="utf-8").splitlines()[place.line - 1]
    assert place.text == line.strip()
    assert place.called == RENAMED.get(name, name.split(".")[-1])
    assert re.search(rf"\b{place.called}\b", line)


@pytest.mark.parametrize("name", ACTING)
def test_the_function_where_a_parameter_acts_states_an_equation_with_it(name: str) -> None:
    place = places(name)[0]
    assert re.search(rf"\b{name.split('.')[-1]}\b", equation(place.docstring)), place


@pytest.mark.parametrize(("name", "where"), CHECKED.items())
def test_parameters_act_where_the_code_was_read_to_use_them(name: str, where: str) -> None:
    place = places(name)[0]
    assert f"{place.file.split('/')[-1]}: {place.function}" == where


def test_a_parameter_of_a_plug_acts_in_its_function() -> None:
    assert [place.function for place in places("zone_of_tolerance.below")] == ["zone_of_tolerance"]
    assert places("small_world.rewiring")[0].function == "small_world"


@pytest.mark.parametrize("name", ["talk.nothing", "nothing", "", "talk", "weeks"])
def test_what_is_no_parameter_acts_nowhere(name: str) -> None:
    assert places(name) == ()


def test_equations_keep_their_columns() -> None:
    assert equation(places("trades.margin")[0].docstring) == (
        "margin of a job = margin * value\n"
        "cost of passing = referral.cost for each referral passed"
    )
    first, *_, last = equation(places("talk.delighted")[0].docstring).splitlines()
    assert first.index("=") == last.index("=")


@pytest.mark.parametrize("name", explain.names())
def test_every_name_has_an_entry(name: str) -> None:
    told = explain.entry(name)
    assert name in told or name.partition(".")[2] in told
    for line in snippets.example(name).splitlines():
        assert f"    {line}" in told
    assert snippets.setting(name) in told


def test_every_key_and_parameter_is_a_name() -> None:
    assert {*RUN_KEYS, *FILE_KEYS, "arms", "events", *DECLARED, *PLACES} <= set(explain.names())
    assert set(Parameters.model_fields) <= set(explain.names())


OWN_RULE = '''
import wom_sim

@wom_sim.judgement("my_rule")
def my_rule(quality, expectation, *, slack: float = 0.5):
    """Adequate is good enough."""
    return (quality > expectation - slack) + 1
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the files that examples name."""
    ring = "".join(f"{n},{(n + 1) % 5000}\n" for n in range(5000))
    (tmp_path / snippets.FRIENDS).write_text(ring)
    (tmp_path / snippets.OTHER).write_text("preset: articles\n")
    (tmp_path / snippets.OWN_RULE).write_text(OWN_RULE)
    return tmp_path


@pytest.fixture(autouse=True)
def _forget_plugins() -> Iterator[None]:
    yield
    plugins.use(())


def read_there(text: str, folder: Path, *options: str) -> object:
    allowed = Permission(plugins=lambda path: True)
    return read_text(text, str(folder / "x.yaml"), settings=options, allowed=allowed)


@pytest.mark.parametrize("name", [n for n in explain.names() if snippets.example(n)])
def test_every_example_loads(name: str, folder: Path) -> None:
    assert read_there(snippets.example(name), folder)


@pytest.mark.parametrize("name", [n for n in explain.names() if snippets.setting(n)])
def test_every_option_loads(name: str, folder: Path) -> None:
    assert read_there("preset: evidence\n", folder, snippets.setting(name).strip('"'))


def test_a_plug_of_the_users_own_is_explained(folder: Path) -> None:
    read_there(snippets.example("plugins"), folder)
    assert "Adequate is good enough." in explain.entry("my_rule")
    assert f"{snippets.OWN_RULE}:4" in explain.entry("my_rule.slack").replace("\n", "")
    assert "my_rule.slack" in explain.table(80, ["judgement.rule"])


def test_nearly_everything_has_an_example() -> None:
    without = {name for name in explain.names() if not snippets.example(name)}
    assert without <= {"outcomes", "figures", "file.sha256"}


@pytest.mark.parametrize(
    ("given", "means"),
    [
        ("negativity_ratio", "talk.negativity_ratio"),
        ("told.negative", "talk.told.negative"),
        ("population.network.rewiring", "small_world.rewiring"),
        ("population.network.small_world", "small_world"),
        ("partners.strategies.reciprocator.scale", "reciprocator.scale"),
        ("complaint.reach", "events.complaint.reach"),
        (" weeks ", "weeks"),
    ],
)
def test_short_and_long_names_mean_the_same(given: str, means: str) -> None:
    assert explain.entry(given) == explain.entry(means)


def test_a_word_of_several_parameters_lists_them() -> None:
    told = explain.entry("persuade")
    for name in ("record.persuade", "talk.posts.persuade", "asking.persuade"):
        assert f"  {name}  " in told


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "talk.negativty_ratio",
            "no parameter 'talk.negativty_ratio'; did you mean 'talk.negativity_ratio'?",
        ),
        ("negativty_ratio", "no parameter 'negativty_ratio'; did you mean 'talk.negativity_ratio'"),
        ("clients_wno", "no parameter 'clients_wno'; did you mean 'clients_won'?"),
        ("retel", "no parameter 'retel'; did you mean 'talk.retell'?"),
        ("small_wrold", "no parameter 'small_wrold'; did you mean 'small_world'?"),
        ("xyzzy", "no parameter 'xyzzy'; known here: population, trades,"),
        ("", "no parameter ''; known here: "),
        ("true", "no parameter 'true'; known here: "),
        ("a\nb", "no parameter 'a\\nb'; "),
    ],
)
def test_unknown_names_say_what_is_near(name: str, said: str) -> None:
    with pytest.raises(explain.UnknownName) as caught:
        explain.entry(name)
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)
    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == str(caught.value)


def test_an_unknown_part_of_the_table_is_refused() -> None:
    with pytest.raises(explain.UnknownName, match="did you mean 'talk'"):
        explain.table(80, ["tlak"])


@pytest.mark.parametrize("width", [80, 100, 132])
def test_the_table_fits(width: int) -> None:
    lines = explain.table(width).splitlines()
    assert max(map(len, lines)) <= width
    assert all(line == line.rstrip() for line in lines)


def widest(name: str, width: int) -> int:
    """Columns of the widest line of an entry that is no example."""
    texts = [text for known in KINDS.values() for text in (known.code, known.scenario)]
    if name in explain.names():
        texts += [snippets.example(name), f"--set {snippets.setting(name)}"]
    elif name == "network":
        texts += [snippets.example("population.network")]
    shown = {f"    {line}" for text in texts for line in text.splitlines()}
    return max(len(line) for line in explain.entry(name, width).splitlines() if line not in shown)


@pytest.mark.parametrize("name", explain.names())
def test_entries_fit_but_for_examples(name: str) -> None:
    assert widest(name, 80) <= 80


def test_the_table_holds_every_parameter() -> None:
    told = explain.table(132)
    for name, known in settings().items():
        assert name.split(".")[-1] in told, known
    assert explain.table(132, ["talk"]) in told


def resolved(preset: str) -> Iterator[tuple[str, object]]:
    base = read_text(f"preset: {preset}\n", "x.yaml").base
    for name in DECLARED:
        yield name, reduce(getattr, name.split("."), base)


def test_values_shown_are_those_that_a_file_gets() -> None:
    found = settings()
    for name, expected in resolved("evidence"):
        assert found[name].evidence == value(expected), name
    for name, expected in resolved("articles"):
        assert found[name].articles == value(expected), name


def test_an_assumed_number_is_said_to_be_assumed() -> None:
    assert "assumed: nobody has measured it; vary it" in explain.entry("talk.hearsay")
    assert "'11 times more likely to talk'" in explain.entry("talk.negativity_ratio")


def test_explaining_loads_no_heavy_library() -> None:
    code = (
        "import sys, wom_sim.market.graphs, wom_sim.market.judgement, wom_sim.market.strategies\n"
        "from wom_sim.guide import explain\n"
        "explain.table(); explain.entry('talk'); explain.entry('small_world')\n"
        "print(' '.join(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert not {"numpy", "numba", "matplotlib", "networkx", "scipy"} & set(done.stdout.split())


OUTCOMES = ("clients_won", "lost_to_negative", "lost_to_grudge", "lost_to_drift", "heard_negative",
            "overtake_week", "steadiness")


@pytest.mark.parametrize("name", OUTCOMES)
def test_an_outcome_has_an_entry(name: str) -> None:
    plug = registry.outcomes[name]
    told = explain.entry(name, 80)
    assert told.startswith(f"{name}: an outcome\n")
    assert f"unit        {plug.facts['unit']}" in told
    assert plug.meaning in " ".join(told.split())
    assert "wom_sim/study/outcomes.py:" in told
    assert max(map(len, told.splitlines())) <= 80


def test_every_outcome_and_figure_is_listed_and_can_be_asked_for() -> None:
    for kind, plugs in plug_outcomes.REGISTRIES.items():
        told = explain.entry(kind, 100)
        for name in plugs:
            assert f"\n{name} " in told
            assert plugs[name].meaning[:30] in told
            assert explain.entry(f"{kind}.{name}").startswith(f"{name}: a")
            assert plug_outcomes.is_shipped(name)


def test_a_name_of_two_things_says_so() -> None:
    assert "margin is also an outcome: explain outcomes.margin" in explain.entry("margin")
    assert "network is also a figure: explain figures.network" in explain.entry("network")


@pytest.mark.parametrize(
    ("word", "names"),
    [
        ("hop", ["talk.max_hops", "talk.hearsay"]),
        ("hops", ["talk.max_hops"]),
        ("ratio", ["talk.negativity_ratio"]),
        ("talk.hops", ["talk.max_hops"]),
        ("gossip", ["talk", "friends"]),
        ("illness", ["effort.service", "events.set"]),
        ("staff", ["effort.service"]),
        ("clients", ["population", "loyalty"]),
        ("lost", ["loyalty", "lost_to_negative"]),
        ("price", ["trades.job_value"]),
        ("chatter", ["talk"]),
        ("reviews", ["record", "testimonials"]),
        ("referrals", ["referral", "partners"]),
        ("family", ["population.ties"]),
        ("turned", ["turned_away"]),
        ("word of mouth", ["talk"]),
        ("median world", ["network"]),
    ],
)
def test_a_word_leads_to_names(word: str, names: list[str]) -> None:
    told = explain.entry(word, 80)
    for name in names:
        assert name in told
    assert max(map(len, told.splitlines())) <= 80


def test_everyday_words_lead_to_names_there_are_and_hide_none() -> None:
    known = {*explain.names(), *plug_outcomes.REGISTRIES}
    for words, meant in plug_words._TABLE:
        assert set(meant.names) <= known, words
        assert explain.entry(words.split()[0], 80)
        assert not any(map(plug_outcomes.is_shipped, words.split())), words
        assert plug_words.everyday(words.split()[-1]) == meant


@pytest.mark.parametrize(
    ("word", "name"),
    [("veto", "choice.rule"), ("compete", "choice.rule"), ("counts", "choice.rule"),
     ("framed", "asking.frame"), ("appointment", "asking.when"), ("one", "treated"),
     ("articles", "preset")],
)
def test_a_choice_leads_to_its_parameter(word: str, name: str) -> None:
    told = explain.entry(word, 80)
    assert told == f"'{word}' is a choice of {name}\n\n{explain.entry(name, 80)}"


def test_a_word_that_is_found_too_often_is_counted() -> None:
    assert re.search(r"\n  and \d+ more$", explain.entry("share of", 80))


def test_all_kinds_of_plugs_are_told() -> None:
    assert set(KINDS) == set(WHERE) == {kind.kind for kind in registry.ALL}
    whole = explain.entry("plugins", 80)
    assert explain.entry("plugin", 80) in whole
    for kind, known in KINDS.items():
        for told in (whole, explain.entry(kind, 80), explain.entry(WHERE[kind], 80)):
            for text in (known.head, known.code, known.scenario):
                assert all(f"    {line}" in told for line in text.splitlines() if line)
            assert "--allow-plugins" in told


@pytest.mark.parametrize("name", ["plugins", "plugin", *KINDS, *WHERE.values()])
@pytest.mark.parametrize("width", [80, 100])
def test_how_to_write_a_plug_fits(name: str, width: int) -> None:
    assert widest(name, width) <= width


def test_arguments_are_those_of_the_registries() -> None:
    for kind in registry.ALL:
        named = tuple(name for name, _ in KINDS[kind.kind].receives)
        assert kind.given == named
        assert f"({', '.join(named)}, *, ...)" in KINDS[kind.kind].head


def test_measures_are_those_of_the_record() -> None:
    assert plug_outcomes.measures() == tuple(measure.name for measure in record.MEASURES)


TINY = """
weeks: 16
history_weeks: 4
replications: 1
trades: {count: 5, need_rate: 3.0}
"""


@pytest.mark.parametrize("kind", KINDS)
def test_the_plug_shown_loads_and_runs(kind: str, tmp_path: Path) -> None:
    known = KINDS[kind]
    (tmp_path / FILE).write_text(known.code, encoding="utf-8")
    text = f"plugins: [{FILE}]\n{known.scenario}{TINY}"
    (tmp_path / "x.yaml").write_text(text, encoding="utf-8")
    settings = ("population.size=200",)
    scenario = wom_sim.load(tmp_path / "x.yaml", settings=settings, allow_plugins=True)
    results = wom_sim.run(scenario)
    own = next(r for r in registry.ALL if r.kind == kind).of(FILE)
    assert len(own) == 1
    assert all(setting.description for setting in own[0].section.model_fields.values())
    if kind == "outcome":
        assert results.value("base", own[0].name)[0] > 0
    if kind == "figure":
        assert hasattr(own[0](results), "savefig")


def test_the_file_of_a_network_is_read_as_told(tmp_path: Path) -> None:
    told = explain.entry("file").splitlines()
    first = told.index("    from,to")
    lines = [line.strip() for line in told[first : first + 3]]
    (tmp_path / "friends.csv").write_text("\n".join(lines), encoding="utf-8")
    graph = registry.networks["file"](3, 1, path=str(tmp_path / "friends.csv"))
    assert sorted(graph.edges) == [(0, 1), (1, 2)]
    assert "    from,to" in explain.entry("population.network").splitlines()


@pytest.mark.parametrize("kind", ["small_world", "scale_free", "random", "cliques"])
def test_mean_ties_are_those_that_a_network_has(kind: str) -> None:
    said = re.search(r"Ties a person at the defaults: (\d+)", " ".join(explain.entry(kind).split()))
    graph = registry.networks.call({"kind": kind}, 2000, 1)
    assert said
    assert abs(2 * graph.number_of_edges() / 2000 - int(said[1])) < 0.5


@pytest.mark.parametrize("name", [*DECLARED, "population.ties"])
def test_an_example_shows_another_value_than_the_default(name: str, folder: Path) -> None:
    text = snippets.example(name)
    assert "# default" in text or not settings()[name].evidence
    base, plain = read_there(text, folder).base, read_there("seed: 1\n", folder).base
    get = lambda parameters: reduce(getattr, name.split("."), parameters)  # noqa: E731
    assert get(base) != get(plain)


def test_the_table_begins_with_an_index() -> None:
    index = explain.table(80).split("\n\n")[0]
    for part in explain.parts():
        assert f"\n{part} " in index
    assert max(map(len, index.splitlines())) <= 80
