"""`report.html`: what stands on it, that nothing gets in or out, that it is made again alike."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import socket
import urllib.parse
from pathlib import Path
from typing import Any

import pytest
from pages import ARM, FLIP, QUESTION, SWEEP, TOWN, Page, judged, of_town, results

import wom_sim
from wom_sim import cli
from wom_sim.commands import telling
from wom_sim.scenario.dump import flat
from wom_sim.scenario.parameters import Parameters, Scenario
from wom_sim.scenario.quantities import declarations
from wom_sim.scenario.registry import figures
from wom_sim.show import flipping
from wom_sim.show.page import certainty, making
from wom_sim.show.page.assumptions import assumptions
from wom_sim.show.page.kept import Kept
from wom_sim.show.page.pictures import address, untitled
from wom_sim.show.page.report import report
from wom_sim.show.page.sheets import cell
from wom_sim.show.page.template import piece
from wom_sim.study.tables import slug, study_beside

MOST_BYTES = 2_000_000
NAMES = [
    "<script>alert(1)</script>", "</title><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"><svg onload=alert(1)>", "' onmouseover='alert(1)", "\" autofocus onfocus=\"alert(1)",
    "javascript:alert(1)", "<a href='javascript:alert(1)'>x</a>", "<iframe src=//evil.example>",
    "</style><style>*{background:url(//evil.example)}</style>", "<!--", "-->", "<![CDATA[", "]]>",
    "{{ 7 * 7 }}", "{% raw %}", "${7*7}", "&lt;script&gt;", "&#60;script&#62;", "<base href=//x>",
    "<meta http-equiv=refresh content=0>", "<link rel=stylesheet href=//evil.example/x.css>",
    "<object data=//x>", "<math><mi xlink:href=//x>", "=1+1", "$x_{$", "😀 Café naïve", "a\u202eb",
    "x" * 300, "<form action=//evil.example><button>", "`${alert(1)}`", "\\u003cscript\\u003e",
]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return of_town(tmp_path_factory)


@pytest.fixture
def again(ran: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(ran, tmp_path / "town"))


def page_of(folder: Path) -> Page:
    return Page((folder / "report.html").read_text(encoding="utf-8"))


def town(**changed: Any) -> Scenario:
    scenario = wom_sim.load("scenarios/customers_or_partners.yaml")
    return scenario.model_copy(update=changed)


def kept(folder: Path, scenario: Scenario | None = None, **made: Any) -> Kept:
    known = {"seed": 1, "replications": 12, "versions": {"wom_sim": "0"}, **made}
    return Kept(folder, "town", scenario, known, None)


def test_the_page_of_a_run_says_all_that_a_page_has_to_say(ran: Path) -> None:
    page = page_of(ran)
    titles = [page.said[place] for place, _ in enumerate(page.said)]
    assert QUESTION in titles
    assert page.text.count((ran / "answer.txt").read_text(encoding="utf-8").splitlines()[0]) == 1
    for heading in ("The arms at a glance", "What it assumes", "How sure it is, and why",
                    "How it was made", "Replay: one simulated business"):
        assert heading in titles
    manifest = json.loads((ran / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["scenario_hash"] in page.text
    for name, version in manifest["versions"].items():
        assert f"{name} {version}" in page.text or version in page.text
    assert (ran / "report.html").stat().st_size < MOST_BYTES


def test_every_figure_is_there_with_its_words_and_numbers(ran: Path) -> None:
    page = page_of(ran)
    drawn = sorted(path.stem for path in (ran / "figures").glob("*.svg"))
    pictures = page.all("img")
    assert len(pictures) == len(drawn) >= 4
    alts = [picture["alt"] or "" for picture in pictures]
    assert all(len(alt) > 40 for alt in alts)
    assert len(set(alts)) == len(alts)
    for place in range(1, len(drawn) + 1):
        assert {"id": f"figure-{place}"} in page.all("h2")
    telling = [name for name in drawn if "numbers" in figures[name].facts]
    assert page.text.count("The numbers behind it") == len(telling)


def test_nothing_is_asked_for_from_outside(ran: Path) -> None:
    page = page_of(ran)
    for tag, attributes in page.elements:
        for key in ("src", "href", "data", "action", "poster", "srcset", "formaction"):
            place = attributes.get(key)
            assert place is None or place.startswith(("#", "data:image/svg+xml,")), (tag, place)
        assert "style" not in attributes, tag
        assert not [key for key in attributes if key.startswith("on")], tag
    assert not {"link", "iframe", "object", "embed", "base", "form", "video"} & set(page.tags)


def test_the_policy_lets_in_what_is_there_and_no_more(ran: Path) -> None:
    page = page_of(ran)
    policy = next(one["content"] for one in page.all("meta") if "http-equiv" in one)
    assert policy is not None
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["img-src"] == "data:"
    assert rules["base-uri"] == rules["form-action"] == "'none'"
    kinds = [one.get("type", "") for one in page.all("script")]
    running = [text for text, kind in zip(page.inside["script"], kinds, strict=True) if not kind]
    assert len(running) == 1
    for rule, contents in (("script-src", running), ("style-src", page.inside["style"])):
        digests = [hashlib.sha256(text.encode()).digest() for text in contents]
        assert rules[rule] == " ".join(f"'sha256-{base64.b64encode(d).decode()}'" for d in digests)


def test_a_page_without_a_replay_runs_no_script(tmp_path: Path) -> None:
    page = Page(report(kept(tmp_path, town())))
    assert "script" not in page.tags
    assert "script-src 'none'" in (page.all("meta")[1]["content"] or "")


def test_a_page_says_nothing_of_when_where_and_who(ran: Path) -> None:
    text = (ran / "report.html").read_text(encoding="utf-8")
    for secret in (str(Path.home()), socket.gethostname(), str(ran), str(ran.parent)):
        assert secret not in text
    started = json.loads((ran / "manifest.json").read_text(encoding="utf-8"))["started"]
    assert started[:10] not in text


@pytest.mark.parametrize("name", NAMES)
def test_names_are_text_wherever_they_stand(name: str, tmp_path: Path) -> None:
    plain = Page(report(kept(tmp_path, _named("plain"))))
    hard = Page(report(kept(tmp_path, _named(name))))
    assert hard.tags == plain.tags
    assert [sorted(one) for _, one in hard.elements] == [sorted(one) for _, one in plain.elements]
    assert hard.said.count("".join(c for c in name if c != "\u202e")) >= 3


def _named(name: str) -> Scenario:
    first, *others = town().arms
    return town(question=name, stem=name, arms=(first.model_copy(update={"name": name}), *others),
                baseline=name)


def test_report_renders_the_same_bytes_again_and_enters_them(again: Path, capsys) -> None:
    before = (again / "report.html").read_bytes()
    (again / "report.html").write_bytes(b"changed")
    assert cli.main(["report", str(again)]) == telling.OK
    assert capsys.readouterr().out.strip() == str(again / "report.html")
    assert (again / "report.html").read_bytes() == before
    entry = json.loads((again / "manifest.json").read_bytes())["files"]["report.html"]
    assert entry == {"bytes": len(before), "sha256": hashlib.sha256(before).hexdigest()}
    assert [path.name for path in again.parent.iterdir()] == ["town"]


def test_report_enters_a_page_that_has_changed(again: Path, monkeypatch) -> None:
    monkeypatch.setattr("wom_sim.show.page.report.report", lambda kept: "another page\n")
    assert cli.main(["report", str(again)]) == telling.OK
    entry = json.loads((again / "manifest.json").read_bytes())["files"]["report.html"]
    assert entry["bytes"] == len("another page\n")
    assert (again / "report.html").read_text(encoding="utf-8") == "another page\n"


def test_report_refuses_what_it_cannot_render(again: Path, tmp_path: Path, capsys) -> None:
    assert cli.main(["report", str(tmp_path)]) == telling.USAGE
    assert "is not a folder of results" in capsys.readouterr().err
    manifest = json.loads((again / "manifest.json").read_bytes())
    del manifest["files"]["answer.txt"]
    (again / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    before = (again / "report.html").read_bytes()
    assert cli.main(["report", str(again)]) == telling.USAGE
    err = capsys.readouterr().err
    assert "has no answer.txt" in err
    assert err.count("\n") == 1
    assert (again / "report.html").read_bytes() == before
    (again / "manifest.json").write_text("{", encoding="utf-8")
    assert cli.main(["report", str(again)]) == telling.USAGE
    assert "cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize("table", ["story.csv", "summary.csv", "replications.csv"])
def test_a_damaged_folder_is_told_in_one_line(table: str, again: Path, capsys) -> None:
    text = (again / table).read_text(encoding="utf-8")
    (again / table).write_text(text[: len(text) - 30], encoding="utf-8")
    before = (again / "report.html").read_bytes()
    assert cli.main(["report", str(again)]) == telling.USAGE
    err = capsys.readouterr().err
    assert err.endswith("; run it again\n")
    assert err.count("\n") == 1
    assert (again / "report.html").read_bytes() == before


def test_a_page_that_cannot_be_made_loses_no_results(tmp_path: Path, monkeypatch, capsys) -> None:
    def broken(kept: Kept) -> str:
        raise RuntimeError("no ink")

    monkeypatch.setattr("wom_sim.show.page.report.report", broken)
    folder = results(tmp_path, "run", "--no-figures", "--replications", "2")
    assert "report.html could not be made: RuntimeError: no ink" in capsys.readouterr().err
    assert (folder / "summary.csv").exists()
    assert not (folder / "report.html").exists()


def test_sweeps_and_studies_have_pages_that_are_made_again(tmp_path: Path) -> None:
    names = ("--names", "friends.weak,choice.awareness", "--replications", "4")
    swept = results(tmp_path, "sweep", "--replications", "3", text=TOWN + SWEEP)
    studied = results(tmp_path, "sensitivity", *names, "--no-figures")
    for folder, words in ((swept, "of 2"), (studied, "Noise floor")):
        page, text = page_of(folder), (folder / "report.html").read_bytes()
        assert QUESTION in page.said
        assert words in page.text
        assert cli.main(["report", str(folder)]) == telling.OK
        assert (folder / "report.html").read_bytes() == text
    assert page_of(swept).tags.count("img") == 1
    ran = results(tmp_path, "run", "--no-figures", "--replications", "2")
    assert "What moves the answer most, by the sensitivity study" in page_of(ran).text
    assert "has not been measured" not in page_of(ran).text


def test_claims_stand_with_their_verdicts(tmp_path: Path) -> None:
    page = Page(report(judged(tmp_path)))
    assert "“<b>You</b> have to ask”" in page.text
    pills = [one["class"] for one in page.all("span") if "pill" in (one.get("class") or "")]
    assert pills == ["pill input", "pill holds"]
    assert "a test: 1.5 (0.5 to 2.25), shown" in page.said
    assert "flip" not in page.text.lower()


def test_claims_say_where_they_flip(tmp_path: Path) -> None:
    other = FLIP._replace(claim=8, variant="of another claim")
    page = Page(report(judged(tmp_path, FLIP, other)))
    assert flipping.ABOUT in page.said
    (said,) = [text for text in page.said if text.startswith("Flips: “")]
    assert said == flipping.line(FLIP, is_input=False)
    assert "friends.ask_around (chance <i>that</i> friends are asked) 0.7 → 0.35 share" in said
    assert "another claim" not in page.text
    assert not page.all("i")
    asserted = Page(report(judged(tmp_path, FLIP, given="talk.negativity_ratio")))
    assert "Flips: an input needs no flip; its consequence: “closed” holds" in asserted.text


# --- assumptions ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["customers_or_partners", "customers_or_partners_evidence"])
def test_every_number_is_a_guess_or_has_a_source_or_is_the_scenarios_own(
    name: str, tmp_path: Path
) -> None:
    scenario = wom_sim.load(f"scenarios/{name}.yaml")
    found = assumptions(kept(tmp_path, scenario), scenario)
    numbers = {one.name: one for one in declarations(Parameters) if one.is_number}
    told = [row[0] for sheet in (found.guesses, found.sourced) for row in sheet.rows]
    own = {row[0] for row in found.own.rows}
    assert len(told) == len(set(told))
    assert set(told) | (own & set(numbers)) == set(numbers)
    assert not set(told) & own
    for row in found.guesses.rows:
        assert numbers[row[0]].assumed(scenario.preset)
    assert f"{len(found.guesses.rows)} of the {len(numbers)}" in found.said.replace("\xa0", " ")


def test_departures_are_those_of_the_articles_alone(tmp_path: Path) -> None:
    scenario = town()
    found = assumptions(kept(tmp_path, scenario), scenario)
    here = flat(scenario.base.model_dump())
    differing = {one.name for one in declarations(Parameters)
                 if one.articles != one.default and here[one.name] == one.articles}
    assert {row[0] for row in found.departs.rows} == differing
    ratio = next(row for row in found.departs.rows if row[0] == "talk.negativity_ratio")
    known = {one.name: one for one in declarations(Parameters)}["talk.negativity_ratio"]
    assert ratio[2:] == ("11", known.articles_source, "1.2", known.source)
    evidence = wom_sim.load("scenarios/customers_or_partners_evidence.yaml")
    assert not assumptions(kept(tmp_path, evidence), evidence).departs.rows


def test_what_arms_change_is_told_for_all_of_them(tmp_path: Path) -> None:
    scenario = town()
    differ = assumptions(kept(tmp_path, scenario), scenario).differ
    assert differ.heads == ("parameter", "Service only", "Ask customers", "Partners", "Both")
    assert ("effort.service", "36", "32", "32", "28") in differ.rows
    assert ("partners.group", "no", "no", "yes", "yes") in differ.rows


@pytest.mark.parametrize("stem", ["town", "вопрос", "con", "Where is it?", "long" * 20])
def test_the_ranking_is_that_of_the_study(stem: str, tmp_path: Path) -> None:
    study = tmp_path / slug(f"{stem}-sensitivity")
    study.mkdir()
    (study / "sensitivity.csv").write_text(
        "parameter,low,high,index,value,ci_low,ci_high,value_half,above_noise\n"
        "talk.weak,0.1,0.3,mu_star,4.5,4,5,4.4,true\n"
        "talk.weak,0.1,0.3,sigma,1,1,1,1,true\n"
        "choice.awareness,0.04,0.15,mu_star,0.5,0,1,0.4,false\n"
        "dummy,0,1,mu_star,0.6,0,1,0.5,false\n", encoding="utf-8")
    scenario = town().model_copy(update={"stem": stem})
    made = {"replications": 1}
    found = assumptions(Kept(tmp_path, slug(stem), scenario, made, None,
                             study_beside(tmp_path, slug(stem), stem)), scenario)
    assert [row[:4] for row in found.ranked.rows] == [
        ("talk.weak", "0.1 to 0.3", "4.5", "yes"),
        ("choice.awareness", "0.04 to 0.15", "0.5", "no")]
    assert "was measured by a sensitivity study" in found.said
    assert found.to_do == ""


# --- how sure ------------------------------------------------------------------------------------


def comparison(folder: Path, *rows: tuple[str, float, float, float]) -> None:
    head = ("arm,baseline,outcome,unit,n,difference,simultaneous_low,simultaneous_high,settled,"
            "method\n")
    lines = [f"{arm},Base,clients_won,clients,12,{d},{low},{high},true,t\n"
             for arm, d, low, high in rows]
    (folder / "comparison.csv").write_text(head + "".join(lines), encoding="utf-8")


def ran_kept(folder: Path, worlds: int = 12) -> Kept:
    found = kept(folder, town(), replications=worlds)
    found.__dict__["results"] = object()
    return found


def test_convergence_is_the_difference_by_half_of_the_worlds(tmp_path: Path) -> None:
    comparison(tmp_path, ("A", 3.0, 1.0, 5.0))
    before, after = [10.0] * 12, [11.0] * 6 + [15.0] * 6
    lines = [f"{arm},{world},{won}\n" for arm, values in (("Base", before), ("A", after))
             for world, won in enumerate(values)]
    (tmp_path / "replications.csv").write_text(
        "arm,replication,clients_won\n" + "".join(lines), encoding="utf-8")
    said = " ".join(certainty.sure(ran_kept(tmp_path)))
    assert "“A” +1, then +3" in said
    assert "1 of 1\xa0difference from “Base” in clients won is clear of zero" in said


def test_too_few_worlds_settle_nothing(tmp_path: Path) -> None:
    (tmp_path / "comparison.csv").write_text(
        "arm,baseline,outcome,n,difference\nA,Base,clients_won,3,1\n", encoding="utf-8")
    said = " ".join(certainty.sure(ran_kept(tmp_path, worlds=3)))
    assert "3\xa0worlds settle nothing" in said
    assert "Intervals are" not in said


@pytest.mark.parametrize(("settled", "words"), [("true", "silent"), ("false", "“A”; read")])
def test_the_tail_alarm_is_told(settled: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "summary.csv").write_text(
        f"arm,outcome,n,settled\nA,clients_won,12,{settled}\n", encoding="utf-8")
    assert words in " ".join(certainty.sure(ran_kept(tmp_path)))


def test_arms_at_a_glance_have_intervals_and_marks(tmp_path: Path) -> None:
    (tmp_path / "summary.csv").write_text(
        "arm,outcome,n,mean,ci_low,ci_high,settled\nA,clients_won,12,31.4,29,33,true\n"
        "A,margin,12,5,,,false\nB,clients_won,12,,,,true\n", encoding="utf-8")
    sheet = certainty.arms(ran_kept(tmp_path))
    assert sheet.heads == ("arm", "clients won", "margin")
    assert sheet.rows == (("A", "31 [29,\xa033]", "5 (not settled)"), ("B", "", ""))


# --- how it was made -----------------------------------------------------------------------------


def test_the_checklist_has_the_items_of_stress(tmp_path: Path) -> None:
    items = [row[0] for row in making.stress(kept(tmp_path, town()), town()).rows]
    assert items == ["1.1", "1.2", "1.3", "2.1", "2.2", "2.3", "2.4", "2.5.1", "2.5.2", "2.5.3",
                     "2.5.4", "3.1", "3.2", "3.3", "3.4", "4.1", "4.2", "4.3", "5.1", "5.2", "5.3",
                     "5.4", "6.1"]


def test_the_checklist_speaks_of_this_scenario(tmp_path: Path) -> None:
    scenario = town(seed=77, weeks=26)
    rows = {row[0]: row[2] for row in making.stress(kept(tmp_path, scenario), scenario).rows}
    assert "Seed 77" in rows["5.2"]
    assert "26\xa0weeks" in rows["4.2"]
    assert "12\xa0worlds" in rows["4.3"]
    assert "small world (neighbours 12, rewiring 0.1)" in rows["2.5.3"]


def test_the_model_in_short_has_the_parts_of_odd_and_the_scenarios_own_week() -> None:
    parts = making.odd(town())
    assert [part.heading.split()[0] for part in parts] == list("1234567")
    assert all(part.texts for part in parts)
    submodels = " ".join(parts[-1].texts)
    assert "talks with chance 0.88 (11 times the 0.08" in submodels
    assert "in this order: needs and loyalty, evidence, choice, service" in parts[2].texts[0]


def test_the_order_of_needs_is_told_as_it_is() -> None:
    base = town().base
    turns = base.model_copy(update={"choice": base.choice.model_copy(
        update={"updating": "one_by_one"})})
    told = [making.odd(town(base=one))[2].texts[0] for one in (base, turns)]
    assert "meet the state of the week's beginning" in told[0]
    assert "one after another" in told[1]


# --- pieces --------------------------------------------------------------------------------------


def test_a_title_is_cut_off_but_not_the_letters_that_others_use() -> None:
    svg = ('<svg width="720pt" height="400pt" viewBox="0 0 720 400">\n'
           '  <g id="title">\n   <g transform="translate(20 50) scale(0.3 -0.3)">\n'
           '    <defs>\n     <path id="A" d="M 1.123456 2"/>\n    </defs>\n    <use/>\n   </g>\n'
           '  </g>\n  <g id="rest"/>\n</svg>')
    cut = untitled(svg)
    assert 'height="336.5pt" viewBox="0 63.5 720 336.5"' in cut
    assert '<path id="A"' in cut
    assert "<use/>" not in cut
    assert untitled("<svg/>") == "<svg/>"


def test_an_address_is_the_picture_with_shorter_coordinates() -> None:
    svg = '<?xml version="1.0"?>\n<svg a="1.123456 #%&amp;"><path d="M 1.98765 2.5&#10;"/></svg>'
    back = urllib.parse.unquote(address(svg).removeprefix("data:image/svg+xml,"))
    assert back == '<svg a="1.123456 #%&amp;"><path d="M 1.98 2.5&#10;"/></svg>'
    assert not set(address(svg)) & set('<>"#&\n')


@pytest.mark.parametrize(("value", "told"), [
    (1234.5, "1,234"), ("0.123456", "0.1235"), (True, "yes"), ("false", "no"), ("", "–"),
    (float("nan"), "–"), ("-inf", "below all"), ("<b>", "<b>"), (None, "None")])
def test_cells_are_short(value: Any, told: str) -> None:
    assert cell(value) == told


def test_a_template_escapes_and_misses_nothing() -> None:
    import jinja2

    with pytest.raises(jinja2.UndefinedError):
        piece("report.html", {})


def test_the_arm_with_a_hard_name_is_in_the_tables(ran: Path) -> None:
    heads = page_of(ran).said
    assert heads.count(ARM) >= 2
    assert not re.search(r"<b>refer", (ran / "report.html").read_text(encoding="utf-8"))
