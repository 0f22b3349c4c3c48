"""Remake the README's pictures and tables of results: run, copy, rewrite between the markers.

    python tests/gallery.py                 runs both main scenarios (some minutes), then rewrites
    python tests/gallery.py --hanging       also runs them with what they hang on set otherwise
    python tests/gallery.py --patterns      also runs the worlds of published patterns
    python tests/gallery.py --graph FILE    also compares networks; FILE is a large real graph
                --professionals FILE        and who of the businesses knows whom
    python tests/gallery.py --claims FOLDER rewrites the table of claims from the tables in FOLDER
    python tests/gallery.py --classics      also runs the classic models
    python tests/gallery.py --map           also runs the break-even map (half an hour on one core)
    python tests/gallery.py --tornado       also runs the sensitivity study (10 minutes on one core)
    python tests/gallery.py --bench FOLDER  rewrites the table of `bench` from the tables in FOLDER
    python tests/gallery.py --benchmarks    also times whole runs, for the table of speeds
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

from wom_sim.show.bench import beyond, plain
from wom_sim.show.scoreboard import MARKS, interval
from wom_sim.study.tables import read_csv

ROOT = Path(__file__).parents[1]
WORLDS = ("customers_or_partners", "customers_or_partners_evidence")
FIGURES = ("sources", "cumulative", "paired", "network")
SHOWN = (
    ("clients_won", "clients won"),
    ("won_by_customers", "by customers"),
    ("won_by_partners", "by partners"),
    ("won_by_record", "by the record"),
    ("referrals_received", "referrals passed to it"),
    ("referrals_closed", "of them closed"),
    ("lost_to_negative", "lost to bad word of mouth"),
    ("margin", "margin"),
)


HANGING = (
    ("as it stands", ()),
    ("no client gives a testimonial (`testimonials.give: 0`)", ("testimonials.give=0",)),
    ("friends persuade about half as well (`friends.strong: 0.35`, `friends.weak: 0.2`)",
     ("friends.strong=0.35", "friends.weak=0.2")),
)
"""What the comparison of the main scenarios hangs on, and what is set."""
HELD = (
    ("Ask customers", "clients_won"), ("Partners", "clients_won"),
    ("Partners", "won_by_customers"), ("Partners", "won_by_partners"),
)
"""Arms and outcomes that are told of each."""

BAD, TALK, FEW = "bad_news", "talk_of_the_network", "image_scoring_and_size"
CLASSICS = (
    (BAD, "as re-implemented", "clients_won", "adopters in the end", "1032"),
    (BAD, "as re-implemented", "rejected", "people who decided against", "1968"),
    (BAD, "all at once", "clients_won", "adopters in the end", "1094"),
    (TALK, "as re-implemented", "weeks_to_95", "periods until 95 % have adopted", "154"),
    ("bass", "a year a step", "weeks_to_50", "years until half have adopted", "6.55, closed form"),
    ("bass", "an eighth", "weeks_to_50", "eighths of years until half have", "52.4, closed form"),
    ("image_scoring", "gives", "partner_gain", "gained by giving, q > c/b", "more than by taking"),
    ("image_scoring", "takes", "partner_gain", "gained by taking, q > c/b", "less than by giving"),
    (FEW, "20 members", "referrals_passed", "referrals passed in ten years", "most"),
    (FEW, "50 members", "referrals_passed", "referrals passed in ten years", "fewer"),
    (FEW, "100 members", "referrals_passed", "referrals passed in ten years", "fewest"),
)
"""Scenario, arm, outcome, its title, and what was published or is exact."""


MAPPED = ("--outcome", "won_by_partners", "--against", "won_by_customers")

BENCH_TEXTS = ("part", "measure", "at", "yardstick", "bound")

VARIED = (
    "trades.need_rate", "service.gain", "service.least_hours", "choice.close_unprompted",
    "choice.awareness", "referral.close_untrained", "referral.willing", "referral.contact.client",
    "friends.ask_around", "loyalty.satisfied", "judgement.expectation", "testimonials.give",
    "friends.recommend_satisfied", "population.ties.circles",
)


def run(stem: str, *options: str) -> None:
    command = [sys.executable, "-m", "wom_sim", f"scenarios/{stem}.yaml", *options]
    subprocess.run(command, cwd=ROOT, check=True)


def results_table() -> str:
    """Means of the arms in both worlds, read from summary.csv."""
    lines = ["| world | arm | hours a week it used for these | "
             + " | ".join(title for _, title in SHOWN) + " |",
             "|---|---|" + "---:|" * (len(SHOWN) + 1)]
    for stem in WORLDS:
        folder = ROOT / "results" / stem
        found, hours = means(folder), hours_used(folder)
        for arm in dict.fromkeys(arm for arm, _ in found):
            cells = [f"{hours[arm]:.1f}", *(f"{found[arm, one]:,.0f}" for one, _ in SHOWN)]
            lines.append(f"| {preset(stem)} | {arm} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def means(folder: Path) -> dict[tuple[str, str], float]:
    """The mean of each arm and outcome of a run, read from summary.csv."""
    rows = read_csv(folder / "summary.csv")
    return {(row["arm"], row["outcome"]): row["mean"] for row in rows}


def preset(stem: str) -> str:
    return "evidence" if stem.endswith("evidence") else "articles"


def hours_used(folder: Path) -> dict[str, float]:
    """Hours a week that each arm spent on asking and partners, read from weekly.csv."""
    used: dict[str, list[float]] = {}
    for row in read_csv(folder / "weekly.csv"):
        if row["outcome"] in ("hours_asking", "hours_partners"):
            used.setdefault(row["arm"], []).append(row["mean"])
    return {arm: 2 * sum(found) / len(found) for arm, found in used.items()}


def hanging_table() -> str:
    """The main comparison with what it hangs on set otherwise, 100 worlds each."""
    lines = ["| world | what is otherwise | " + " | ".join(
        f"*{arm}*: {outcome.replace('_', ' ')}" for arm, outcome in HELD) + " |",
        "|---|---|" + "---:|" * len(HELD)]
    for stem in WORLDS:
        for title, settings in HANGING:
            folder = ROOT / "results" / stem
            if settings:
                options = [part for setting in settings for part in ("--set", setting)]
                run(stem, "--no-figures", "--out", "results/hanging", *options)
                folder = ROOT / "results" / "hanging" / stem
            found = means(folder)
            cells = [f"{found[one]:,.0f}" for one in HELD]
            lines.append(f"| {preset(stem)} | {title} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def patterns_table() -> str:
    """Published and simulated patterns, read from patterns.csv."""
    subprocess.run([sys.executable, "-m", "wom_sim", "patterns"], cwd=ROOT, check=True)
    folder = ROOT / "results" / "patterns"
    shutil.copy(folder / "patterns.png", ROOT / "results" / "gallery")
    lines = ["| pattern | published | band | simulated (95 %) | use | |",
             "|---|---|---|---|---|---|"]
    with (folder / "patterns.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            band = f"{short(row['band_low'])} to {short(row['band_high'])}"
            known = f" ({short(row['ci_low'])} to {short(row['ci_high'])})"
            bounds = known if row["ci_low"] else ""
            told = "in" if row["inside"] == "true" else "**out**"
            lines.append(f"| {row['pattern']} | {row['published']} ({row['source']}) | {band} |"
                         f" {short(row['simulated'])}{bounds} | {row['use']} | {told} |")
    return "\n".join(lines)


def claims_table(folder: Path) -> str:
    """Verdict and first test of each claim in both presets, read from claims.csv, and its flip."""
    for page in (*folder.glob("scoreboard*.png"), *folder.glob("flips*.png")):
        shutil.copy(page, ROOT / "results" / "gallery")
    claims: dict[str, dict[str, dict[str, str]]] = {}
    with (folder / "claims.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            claims.setdefault(row["claim"], {}).setdefault(row["preset"], row)
    presets, flips = list(next(iter(claims.values()))), told_flips(folder)
    last = [" where it flips (evidence, first variant) |"] if flips else []
    lines = ["| | claim (article) | first test | " + " | ".join(presets) + " |" + "".join(last),
             "|---:|---|---|" + "---|" * (len(presets) + len(last))]
    for number, found in claims.items():
        row = next(iter(found.values()))
        needs = f"{row['rule']} {row['value']}" + (f" to {row['to']}" if row["to"] else "")
        cells = [f"{told_verdict(one)}: {told_effect(one)}" for one in found.values()]
        cells += [flips.get(number, "not searched")] if flips else []
        lines.append(f"| {number} | “{row['quotation']}” ({row['source']}) |"
                     f" {row['test']}; needs {needs} | {' | '.join(cells)} |")
    return "\n".join(lines)


def told_flips(folder: Path) -> dict[str, str]:
    """Where each claim flips, by its number, read from flips.csv; empty where that is not there."""
    if not (folder / "flips.csv").exists():
        return {}
    with (folder / "flips.csv").open(encoding="utf-8") as file:
        return {row["claim"]: told_flip(row) for row in csv.DictReader(file)}


def told_flip(row: dict[str, str]) -> str:
    if not row["parameter"]:
        return "none within the ranges searched"
    sure = row["confirmed"] == "true"
    verb = "fail" if row["holds_before"] == "true" else "hold"
    what = f"{verb}s" if sure else f"may {verb}"
    return (f"{what} at `{row['parameter']}` {short(row['from'])} → {short(row['to'])}"
            f" {row['unit']}, {'confirmed' if sure else 'not confirmed'}")


def told_verdict(row: dict[str, str]) -> str:
    """The verdict; of an input, in italics, what its consequences show."""
    if not row["input"]:
        return f"**{row['verdict']}**"
    shown = {"holds": "shown", "depends": "shown in part", "does not hold": "not shown"}
    return f"*input*, consequences {shown[row['consequences']]}"


def told_effect(row: dict[str, str]) -> str:
    """The effect with its interval; and what that shows, where it shows the claim to be wrong."""
    effect, low, high = (float(row[key] or "nan") for key in ("effect", "ci_low", "ci_high"))
    contrary, missed = (row[key] == "true" for key in ("contrary", "clearly_short"))
    said = f", {MARKS['✗']}" if contrary else f", {MARKS['≠']}" if missed else ""
    return f"{interval(effect, low, high)}{said}"


def short(number: str) -> str:
    """Three digits of a cell; an empty cell is an open end."""
    return f"{float(number):.3g}" if number else "∞"


def classics_table() -> str:
    """Published numbers of the classic models beside those of their scenarios' results."""
    lines = ["| scenario, arm | measure | published or exact | simulated (95 %) |",
             "|---|---|---:|---:|"]
    for scenario, arm, outcome, title, published in CLASSICS:
        folder = ROOT / "results" / scenario
        if not folder.exists():
            run(f"classics/{scenario}")
        (row,) = [row for row in read_csv(folder / "summary.csv")
                  if (row["arm"], row["outcome"]) == (arm, outcome)]
        mean, low, high = (
            f"{row[key]:,.0f}" if row[key] >= 1000 else f"{row[key]:.3g}"
            for key in ("mean", "ci_low", "ci_high")
        )
        cell = f"{mean} ({low} to {high})"
        lines.append(f"| `{scenario}`, {arm} | {title} | {published} | {cell} |")
    return "\n".join(lines)


def tornado() -> None:
    """What moves the difference between the arms, in the world as measured."""
    asked = ["--points", "4", "--names", ",".join(VARIED)]
    command = [sys.executable, "-m", "wom_sim", "sensitivity", WORLDS[1], *asked]
    subprocess.run(command, cwd=ROOT, check=True)
    figures = ROOT / "results" / f"{WORLDS[1]}-sensitivity" / "figures"
    shutil.copy(figures / "tornado.png", ROOT / "results" / "gallery")


def map_table() -> str:
    """Where partners come to bring more clients than customers, row by row of the map."""
    folder = ROOT / "results" / "break_even-sweep"
    if not folder.exists():
        command = [sys.executable, "-m", "wom_sim", "sweep", "break_even", *MAPPED]
        subprocess.run(command, cwd=ROOT, check=True)
    shutil.copy(folder / "figures" / "breakeven.png", ROOT / "results" / "gallery")
    lines = ["| people with a need who ask friends | partners bring more from | 95 % interval |",
             "|---:|---:|---|"]
    name = "arms.Partners.partners.count"
    most = max(row[name] for row in read_csv(folder / "breakeven_points.csv"))
    for row in read_csv(folder / "breakeven.csv"):
        at, low, high = (
            f"{math.ceil(row[key])}" if math.isfinite(row[key]) else f"more than {most}"
            for key in (f"ahead_from {name}", "ci_low", "ci_high")
        )
        between = "" if low == high == at else f"{low} to {high}"
        lines.append(f"| {row['friends.ask_around']:.0%} | {at} partners | {between} |")
    return "\n".join(lines)


def networks_table(graph: str, professionals: str | None) -> str:
    """Clients won by the arms of the main scenario on several networks, 20 worlds each."""
    path = os.path.relpath(graph, ROOT / "scenarios")
    people = len({name for line in Path(graph).read_text().splitlines()[1:]
                  for name in line.split(",")[:2]})
    # Awareness is scaled so that as many people as in the small town think of a business.
    awareness = f"choice.awareness={0.08 * 5000 / people:.4g}"
    cases: dict[str, tuple[str, ...]] = {
        "small world (5,000 people)": (),
        "scale free (5,000 people)": ("population.network={kind: scale_free, links: 6}",),
        f"{Path(graph).stem} ({people:,} people)": (
            f"population.network={{kind: file, path: {path}}}", f"population.size={people}",
            awareness),
    }
    if professionals:
        roster = os.path.relpath(professionals, ROOT / "scenarios")
        real = list(cases.values())[-1]
        cases[f"the same, businesses as in {Path(professionals).stem}"] = (
            *real, f"population.professionals={{kind: file, path: {roster}}}")
    lines: list[str] = []
    for name, settings in cases.items():
        options = [part for setting in settings for part in ("--set", setting)]
        command = [sys.executable, "-m", "wom_sim", f"scenarios/{WORLDS[0]}.yaml", "--allow-files",
                   "--replications", "20", "--no-figures", "--out", "results/networks", *options]
        subprocess.run(command, cwd=ROOT, check=True)
        lines += network_rows(name, ROOT / "results" / "networks" / WORLDS[0], not lines)
    return "\n".join(lines)


def network_rows(name: str, folder: Path, first: bool) -> list[str]:
    rows = [row for row in read_csv(folder / "summary.csv") if row["outcome"] == "clients_won"]
    gains = {row["arm"]: row for row in read_csv(folder / "comparison.csv")
             if row["outcome"] == "clients_won"}
    baseline = next(row for row in rows if row["arm"] not in gains)
    cells = [f"{baseline['mean']:.0f}"]
    for row in gains.values():
        share = row["difference"] / baseline["mean"]
        cells.append(f"{row['difference']:+.0f} ({share:+.0%})")
    head = [f"| network | {baseline['arm']} | {' | '.join(gains)} |",
            "|---|" + "---:|" * len(cells)] if first else []
    return [*head, f"| {name} | {' | '.join(cells)} |"]


def bench_table(folder: Path) -> str:
    """What `bench` measured, read from its tables, and what a country would take."""
    shutil.copy(folder / "growth.png", ROOT / "results" / "gallery")
    lines = ["| measure | at | value | beside a yardstick of the same process | target |",
             "|---|---|---:|---:|---|"]
    for row in read_csv(folder / "bench.csv", BENCH_TEXTS):
        told = "" if math.isnan(row["target"]) else (
            f"at {row['bound']} {plain(row['target'])}: {'met' if row['met'] else '**not met**'}")
        unit = "" if row["unit"] in ("exponent", "times") else f" {row['unit']}"
        beside = f"{plain(row['ratio'])} × {row['yardstick']}"
        lines.append(f"| {row['part']}: {row['measure']} | {row['at']}"
                     f" | {plain(row['value'])}{unit} | {beside} | {told} |")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    how = (f"Measured in {manifest['seconds']:.0f} s on {manifest['cores']} cores, the load"
           f" {manifest['load']:.1f} at the start and {manifest['load_after']:.1f} at the end.")
    notes = [line for told in manifest["notes"] for line in ("", told)]
    return "\n".join([*lines, *notes, "", how, "", beyond(bench_country(folder))])


def bench_country(folder: Path) -> SimpleNamespace:
    """The country of a folder of `bench`, as `wom_sim.show.bench` takes it."""
    (row,) = read_csv(folder / "country.csv")
    limits = [SimpleNamespace(what=one["limit"], people=one["people"])
              for one in read_csv(folder / "limits.csv", ("limit",))]
    return SimpleNamespace(**row, limits=limits)


def speeds() -> str:
    """What the benchmark of whole runs prints, as it prints it."""
    found = [
        subprocess.run(
            [sys.executable, f"tests/benchmarks/{name}.py"], cwd=ROOT, check=True,
            capture_output=True, text=True,
        ).stdout.strip()
        for name in ("whole_runs", "shares")
    ]
    return "```\n" + "\n\n".join(found) + "\n```"


def rewrite(marker: str, text: str) -> None:
    """Put `text` between <!-- marker --> and <!-- /marker --> in the README."""
    readme = ROOT / "README.md"
    pattern = rf"(<!-- {marker} -->\n).*?(<!-- /{marker} -->)"
    old = readme.read_text(encoding="utf-8")
    new = re.sub(pattern, lambda found: f"{found[1]}{text}\n{found[2]}", old, flags=re.DOTALL)
    readme.write_text(new, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--benchmarks", action="store_true")
    parser.add_argument("--hanging", action="store_true")
    parser.add_argument("--patterns", action="store_true")
    parser.add_argument("--classics", action="store_true")
    parser.add_argument("--map", action="store_true")
    parser.add_argument("--claims", metavar="FOLDER", type=Path)
    parser.add_argument("--bench", metavar="FOLDER", type=Path)
    parser.add_argument("--tornado", action="store_true")
    parser.add_argument("--graph", metavar="FILE")
    parser.add_argument("--professionals", metavar="FILE")
    options = parser.parse_args()
    if options.claims:
        rewrite("claims", claims_table(options.claims))
        return
    if options.bench:
        rewrite("bench", bench_table(options.bench))
        return
    for stem in WORLDS:
        run(stem)
    gallery = ROOT / "results" / "gallery"
    gallery.mkdir(parents=True, exist_ok=True)
    for name in FIGURES:
        shutil.copy(ROOT / "results" / WORLDS[0] / "figures" / f"{name}.png", gallery)
    rewrite("results", results_table())
    if options.hanging:
        rewrite("hanging", hanging_table())
    if options.patterns:
        rewrite("patterns", patterns_table())
    if options.classics:
        rewrite("classics", classics_table())
    if options.map:
        rewrite("map", map_table())
    if options.tornado:
        tornado()
    if options.graph:
        rewrite("networks", networks_table(options.graph, options.professionals))
    if options.benchmarks:
        rewrite("speeds", speeds())


if __name__ == "__main__":
    main()
