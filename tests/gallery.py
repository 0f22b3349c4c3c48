"""Remake the README's pictures and tables of results: run, copy, rewrite between the markers.

    python tests/gallery.py                 runs both main scenarios (some minutes), then rewrites
    python tests/gallery.py --benchmarks    also times whole runs, for the table of speeds
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
WORLDS = ("customers_or_partners", "customers_or_partners_evidence")
FIGURES = ("sources", "cumulative", "paired", "network")
SHOWN = (
    ("clients_won", "clients won"),
    ("won_by_customers", "by customers"),
    ("won_by_partners", "by partners"),
    ("referrals_received", "referrals passed to it"),
    ("referrals_closed", "of them closed"),
    ("lost_to_negative", "lost to bad word of mouth"),
    ("margin", "margin"),
)


def run(stem: str) -> None:
    command = [sys.executable, "-m", "wom_sim", f"scenarios/{stem}.yaml"]
    subprocess.run(command, cwd=ROOT, check=True)


def results_table() -> str:
    """Means of the arms in both worlds, read from summary.csv."""
    from wom_sim.study.tables import read_csv

    lines = ["| world | arm | " + " | ".join(title for _, title in SHOWN) + " |",
             "|---|---|" + "---:|" * len(SHOWN)]
    for stem in WORLDS:
        rows = read_csv(ROOT / "results" / stem / "summary.csv")
        means = {(row["arm"], row["outcome"]): row["mean"] for row in rows}
        world = "evidence" if stem.endswith("evidence") else "articles"
        for arm in dict.fromkeys(row["arm"] for row in rows):
            cells = [f"{means[arm, outcome]:,.0f}" for outcome, _ in SHOWN]
            lines.append(f"| {world} | {arm} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


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
    benchmarks = parser.parse_args().benchmarks
    for stem in WORLDS:
        run(stem)
    gallery = ROOT / "results" / "gallery"
    gallery.mkdir(parents=True, exist_ok=True)
    for name in FIGURES:
        shutil.copy(ROOT / "results" / WORLDS[0] / "figures" / f"{name}.png", gallery)
    rewrite("results", results_table())
    if benchmarks:
        rewrite("speeds", speeds())


if __name__ == "__main__":
    main()
