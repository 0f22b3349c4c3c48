"""Starsim: an infection without end on a static network whose edges have a beta each.

Idiom: "Diseases" and "Networks" of its user guide (a subclass of `Infection` with `set_prognoses`
and a Bernoulli parameter; `Network(p1, p2, beta)`), with its option `crn=False`, the faster draws.
One time step is one week.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

os.environ.setdefault("STARSIM_INSTALL_FONTS", "0")  # else importing it adds fonts to Matplotlib's
import starsim

from peers.edges import edges
from wom_sim.market.network import Ties
from wom_sim.study.bench.talk import ENOUGH, MOST_WEEKS, OUTSIDE, STRONG, WEAK, Run, clocked


class Talk(starsim.Infection):
    """Adopters infect for ever; advertising infects those whom they did not."""

    def __init__(self, pars: Any = None, **kwargs: Any) -> None:
        super().__init__()
        self.define_pars(beta=WEAK, outside=starsim.bernoulli(p=OUTSIDE))
        self.update_pars(pars, **kwargs)

    def set_prognoses(self, uids: Any, sources: Any = None) -> None:
        super().set_prognoses(uids, sources)
        self.infected[uids] = True
        self.ti_infected[uids] = self.ti

    def step(self) -> None:
        super().step()
        self.set_prognoses(self.pars.outside.filter(self.susceptible.uids))


def runs(ties: Ties, seeds: Iterable[int]) -> Iterator[Run]:
    pairs, strong = edges(ties)
    beta = np.where(strong, STRONG / WEAK, 1.0)
    starsim.options(crn=False)
    for seed in seeds:
        sim = starsim.Sim(
            n_agents=ties.start.size - 1, diseases=Talk(), rand_seed=seed, verbose=0,
            networks=starsim.Network(p1=pairs[:, 0], p2=pairs[:, 1], beta=beta),
            start=0, dur=MOST_WEEKS, dt=1,
        )
        sim.init()
        yield clocked(lambda sim=sim: _weeks(sim))


def _weeks(sim: starsim.Sim) -> int:
    infected, weeks = sim.diseases.talk.infected, 0
    while infected.sum() < ENOUGH * len(infected):
        sim.run_one_step()
        weeks += 1
    return weeks
