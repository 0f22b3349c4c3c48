"""Mesa: agents that know their acquaintances, in one AgentSet of adopters and one of others.

Idiom: the process of its example `virus_on_network`, with `AgentSet.select` and `AgentSet.do` of
its tutorial on AgentSet; the `Network` of cells of that example is slower.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mesa import Agent, Model

from peers.edges import rows
from wom_sim.market.network import Ties
from wom_sim.study.bench.talk import ENOUGH, OUTSIDE, STRONG, WEAK, Run, clocked


class Person(Agent):
    """Tries to convince acquaintances every week, once convinced and counted as an adopter."""

    def __init__(self, model: Model) -> None:
        super().__init__(model)
        self.convinced = False
        self.strong: list[Person] = []
        self.weak: list[Person] = []

    def adopts(self) -> bool:
        self.convinced = self.convinced or self.random.random() < OUTSIDE
        return self.convinced

    def talk(self) -> None:
        draw = self.random.random
        for other in self.strong:
            if not other.convinced and draw() < STRONG:
                other.convinced = True
        for other in self.weak:
            if not other.convinced and draw() < WEAK:
                other.convinced = True


class Town(Model):
    """Stops by itself when enough have adopted."""

    def __init__(self, ties: Ties, seed: int) -> None:
        super().__init__(rng=seed)
        size = ties.start.size - 1
        people = list(Person.create_agents(self, size))
        for person, strong, weak in zip(people, *rows(ties), strict=True):
            person.strong = [people[other] for other in strong]
            person.weak = [people[other] for other in weak]
        self.waiting = self.agents.select()
        self.adopters = self.agents.select(at_most=0)
        self.few = (1 - ENOUGH) * size

    def step(self) -> None:
        self.adopters.do("talk")
        new = self.waiting.select(Person.adopts)
        new.do(self.waiting.remove)
        new.do(self.adopters.add)
        self.running = len(self.waiting) > self.few


def runs(ties: Ties, seeds: Iterable[int]) -> Iterator[Run]:
    for seed in seeds:
        town = Town(ties, seed)
        yield clocked(lambda town=town: _weeks(town))


def _weeks(town: Town) -> int:
    town.run_model()
    return town.steps
