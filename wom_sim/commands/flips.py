"""`claims --flips`: the nearest change that reverses each verdict; finished work is kept."""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wom_sim.commands.claims import PRESETS, SCENARIOS, read, write_scenarios
from wom_sim.commands.stopping import NOTHING, stopped
from wom_sim.commands.telling import OK, note

if TYPE_CHECKING:
    from wom_sim.scenario.parameters import Claim, Scenario
    from wom_sim.study.claims.flips import Flip, Move, Span
    from wom_sim.study.claims.verdicts import Outcome
    from wom_sim.study.cluster import Cluster

    Read = Callable[[Sequence[Path], Sequence[str]], list[Scenario]]
    """Claims from their files under further settings; raises ScenarioError."""

SCREENED, CONFIRMED = 2, 100
"""Worlds of the screening at each end of a parameter, and of the confirmation."""
NAME, LOCK = "claims-flips", "lock"
NONE = "none within the ranges searched"
COLUMNS = ("claim", "quotation", "preset", "holds_before", "parameter", "from", "to",
           "share_of_range", "confirmed", "effect_before", "effect_after", "ci_low", "ci_high",
           "worlds", "screened")


class Search:
    """The flips of some claims in one preset; `kept` is a folder of finished pieces.

    A piece is known by what it depends on, so that another seed, setting or program finds none.
    A flip is confirmed by `confirming` worlds.
    """

    preset = PRESETS[0]

    def __init__(
        self, files: Sequence[Path], read: Read, confirming: int, kept: Path, crew: Cluster
    ) -> None:
        from wom_sim.study.claims.flips import first_variant, searched_in

        self.files, self.read, self.kept, self.crew = files, read, kept, crew
        self.scenarios = [first_variant(one) for one in read(files, ())]
        self.confirming = confirming
        self.searching = searched_in(confirming)

    def row(self, place: int) -> list[Any]:
        """The answer for one claim, as `flips.csv` has it."""
        from wom_sim.study.claims.flips import nearest, score, spans, strongest

        scenario = self.scenarios[place]
        claim = _claim(scenario)
        found = {span.name: span for span in spans(scenario)}
        start = self._tests([scenario], range(self.searching))[0]
        holds = score(claim, start) > 0
        moves = strongest(self._moves(place, list(found.values())), 1.0 if holds else -1.0)
        farthest = {(m.name, m.sign): found[m.name].farthest(m.sign) for m in moves}

        def side(name: str, sign: int, share: float) -> bool | None:
            moved = self._moved([self.files[place]], found[name], sign, share)
            if moved is None:
                return None
            value = score(claim, self._tests(moved, range(self.searching))[0], start)
            return None if math.isnan(value) else value > 0

        flip = nearest(holds, moves, farthest, side)
        names = ", ".join(dict.fromkeys(move.name for move in moves))
        head = [claim.number, claim.quotation, self.preset, holds]
        if flip is None:
            return [*head, NONE, "", "", "", "", start[0].effect, "", "", "", self.searching, names]
        return [*head, *self._sure(place, found[flip.name], flip, start[0].effect, holds), names]

    def _sure(self, place: int, span: Span, flip: Flip, before: float, holds: bool) -> list[Any]:
        """A flip held against worlds that the search has not seen."""
        from wom_sim.study.claims.flips import confirmed

        fresh = range(self.searching, self.searching + self.confirming)
        moved = self._moved([self.files[place]], span, flip.sign, flip.share)
        after = self._tests(moved or [], fresh)[0]
        sure = confirmed(_claim(self.scenarios[place]), after, holds)
        first = after[0]
        return [span.name, span.start, span.at(flip.sign, flip.share), flip.share, sure, before,
                first.effect, first.low, first.high, self.confirming]

    def ends(self) -> list[tuple[Span, int]]:
        """Every parameter with the directions that it can move in."""
        from wom_sim.study.claims.flips import spans

        names = {span.name: span for one in self.scenarios for span in spans(one)}
        return [(span, sign) for span in names.values() for sign in (1, -1)
                if span.farthest(sign) > 0]

    def seconds(self) -> float:
        """Processor seconds at most: the screening, and for each claim as many trials as may be."""
        from wom_sim.study.claims.flips import HALVINGS, STRONGEST
        from wom_sim.study.claims.worlds import seconds_of

        worlds = self.scenarios[0].replications
        together = seconds_of(self.scenarios) / worlds
        alone = sum(seconds_of([one]) for one in self.scenarios) / worlds
        trials = (1 + STRONGEST * (1 + HALVINGS)) * self.searching + self.confirming
        return len(self.ends()) * SCREENED * together + trials * alone

    def screening(self, say: Callable[[str], None]) -> None:
        """Move every parameter to both ends, for all claims at once, keeping what is done."""
        ends = self.ends()
        for place, (span, sign) in enumerate(ends):
            say(f"screening {place + 1} of {len(ends)}: {span.name}")
            self._piece(f"{span.name} {sign}", partial(self._end, span, sign))
        self._piece("start", lambda: self._scores(self.scenarios))

    def _end(self, span: Span, sign: int) -> dict[str, list[Any]] | None:
        return self._scores(self._moved(self.files, span, sign, span.farthest(sign)))

    def _moves(self, place: int, known: Sequence[Span]) -> list[Move]:
        """What the screening says of one claim."""
        from wom_sim.study.claims.flips import Move, score

        claim = _claim(self.scenarios[place])
        start = self._outcomes(self._piece("start", lambda: None), place)
        before = score(claim, start)
        moves = []
        for span in known:
            for sign in (1, -1):
                piece = self._piece(f"{span.name} {sign}", lambda: None)
                if piece is not None and span.farthest(sign) > 0:
                    after = score(claim, self._outcomes(piece, place), start)
                    moves.append(Move(span.name, sign, after - before))
        return moves

    def _outcomes(self, piece: Any, place: int) -> list[Outcome]:
        from wom_sim.study.claims.verdicts import Outcome

        return [Outcome(*one) for one in piece[self.scenarios[place].stem]]

    def _scores(self, scenarios: Sequence[Scenario] | None) -> dict[str, list[Any]] | None:
        """Every test of every claim, by stem, on the screening's worlds."""
        if scenarios is None:
            return None
        told = self._tests(scenarios, range(SCREENED))
        return {one.stem: [list(test) for test in tests]
                for one, tests in zip(scenarios, told, strict=True)}

    def _tests(self, scenarios: Sequence[Scenario], numbers: range) -> list[list[Outcome]]:
        from wom_sim.study.claims.verdicts import outcomes_of
        from wom_sim.study.claims.worlds import run_claims

        samples = run_claims(scenarios, workers=self.crew.workers, executor=self.crew.executor,
                             numbers=numbers)
        return [outcomes_of(one.stem, one.claim, samples, one.seed)
                for one in scenarios if one.claim is not None]

    def _moved(
        self, files: Sequence[Path], span: Span, sign: int, share: float
    ) -> list[Scenario] | None:
        """The claims after a move, None where their parameters do not go with it."""
        from wom_sim.scenario.faults import ScenarioError
        from wom_sim.study.claims.flips import first_variant

        setting = f"{span.name}={span.at(sign, share)}"
        try:
            return [first_variant(one) for one in self.read(files, (setting,))]
        except ScenarioError:
            return None

    @cached_property
    def _about(self) -> dict[str, Any]:
        """What every piece depends on: the program, its libraries and the scenarios."""
        from wom_sim.scenario.dump import scenario_hash
        from wom_sim.study.keeping.identity import plan_of

        return {**plan_of({}), "scenario": [scenario_hash(one) for one in self.scenarios]}

    def _piece(self, name: str, work: Callable[[], Any]) -> Any:
        """What `work` gives, from disk where it is there already."""
        from wom_sim.study.keeping.identity import digest

        place = self.kept / f"{digest([name, self._about])[:24]}.json"
        if place.exists():
            return json.loads(place.read_text(encoding="utf-8"))
        found = work()
        beside = place.with_suffix(f".{os.getpid()}")
        beside.write_text(json.dumps(found), encoding="utf-8")
        beside.replace(place)
        return found

    def answer(self, place: int) -> list[Any]:
        """The row of a claim, from disk where it is there already."""
        row: list[Any] = self._piece(f"claim {self.scenarios[place].stem}",
                                     lambda: self.row(place))
        return row


def _claim(scenario: Scenario) -> Claim:
    if scenario.claim is None:
        raise ValueError(f"{scenario.stem} has no claim")
    return scenario.claim


def search(files: Sequence[Path], arguments: argparse.Namespace) -> int:
    """Search, print each answer as it is found, and write `results/claims-flips/`."""
    from wom_sim.study.claims.flips import asked
    from wom_sim.study.cluster import workers_of
    from wom_sim.study.keeping.folder import fresh_folder, sign_plain

    started, clock = datetime.now(UTC), time.perf_counter()
    confirming = CONFIRMED if arguments.replications is None else arguments.replications

    def under(files: Sequence[Path], settings: Sequence[str]) -> list[Scenario]:
        return read(files, Search.preset, arguments, settings)

    with (
        _keeping(arguments) as kept,
        workers_of(arguments.cluster, max(1, arguments.workers)) as crew,
    ):
        looking, rows = Search(files, under, confirming, kept, crew), []
        for row in answers(looking, note):
            print(told(row), flush=True)
            rows.append(row)
        with fresh_folder(arguments.out, NAME) as beside:
            write(looking, rows, beside)
            sign_plain(beside, started, time.perf_counter() - clock, command="claims --flips",
                       options={"confirming": confirming}, seed=looking.scenarios[0].seed,
                       asked={one.stem: asked(one) for one in looking.scenarios})
        shutil.rmtree(kept)
    return OK


@contextmanager
def _keeping(arguments: argparse.Namespace) -> Iterator[Path]:
    """The folder of finished pieces, for this search alone; empty with `--afresh`.

    Raises ResultsError where another search has it or the disk objects, and Stopped.
    """
    from wom_sim.study.keeping.folder import plain_errors, refuse_what_is_not_ours
    from wom_sim.study.keeping.lock import locked

    target, kept = arguments.out / NAME, arguments.out / f"{NAME}.unfinished"
    with plain_errors(target):
        refuse_what_is_not_ours(target)
        kept.mkdir(parents=True, exist_ok=True)
        with locked(kept / LOCK, target, note):
            for piece in kept.glob("*.json") if arguments.afresh else ():
                piece.unlink()
            try:
                yield kept
            except KeyboardInterrupt as stop:
                about = f"what is done is kept in {kept}; the same command takes up there"
                raise stopped(stop, about if any(kept.glob("*.json")) else NOTHING) from None
            finally:
                if not any(kept.glob("*.json")):
                    shutil.rmtree(kept, ignore_errors=True)


def answers(looking: Search, say: Callable[[str], None]) -> Iterator[list[Any]]:
    """The row of each claim, as it is found; `say` is told how far the search is."""
    minutes = looking.seconds() / 60 / looking.crew.workers
    say(f"at most about {max(1, round(minutes))} min; what is done already is not done again")
    looking.screening(say)
    for place in range(len(looking.files)):
        yield looking.answer(place)


def write(looking: Search, rows: Sequence[Sequence[Any]], folder: Path) -> None:
    """Write the table, and every scenario as it was resolved."""
    from wom_sim.study.tables import Table, write_csv

    write_scenarios(looking.scenarios, folder / SCENARIOS / looking.preset)
    write_csv(folder / "flips.csv", Table(COLUMNS, map(tuple, rows)))


def told(row: Sequence[Any]) -> str:
    """One answer in words."""
    known = dict(zip(COLUMNS, row, strict=True))
    state = "holds" if known["holds_before"] else "does not hold"
    head = f"{known['claim']}: {state}"
    if known["to"] == "":
        return f"{head}; no flip within the ranges searched of {known['screened'] or 'any'}"
    sure = "confirmed" if known["confirmed"] else "not confirmed"
    place = f"{known['parameter']} = {known['to']:g} (now {known['from']:g}"
    return (f"{head}; flips at {place}, {known['share_of_range']:.0%} of its range), {sure} by"
            f" {known['worlds']} fresh worlds")
