"""AgentPy: agents on a Network for each kind of tie.

Idiom: the example "Virus spread" of its documentation (`Network.neighbors`, `AgentList.select`,
`update`), in simulation steps of its own (`sim_setup`, `sim_step`), so that `setup` is not timed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import agentpy
from networkx import Graph

from peers.edges import graph
from wom_sim.market.network import Ties
from wom_sim.study.bench.talk import ENOUGH, OUTSIDE, STRONG, WEAK, Run, clocked


class Person(agentpy.Agent):
    """Condition 0 waits, condition 1 has adopted."""

    def setup(self) -> None:
        self.condition = 0

    def talk(self) -> None:
        rng = self.model.random
        for network, chance in self.model.networks:
            for other in network.neighbors(self):
                if other.condition == 0 and chance > rng.random():
                    other.condition = 1

    def see_advertising(self) -> None:
        if self.model.random.random() < OUTSIDE:
            self.condition = 1


class Town(agentpy.Model):
    """Stops when enough have adopted."""

    def setup(self) -> None:
        self.agents = agentpy.AgentList(self, self.p.strong.number_of_nodes(), Person)
        self.networks = [(agentpy.Network(self, self.p.strong), STRONG),
                         (agentpy.Network(self, self.p.weak), WEAK)]
        for network, _ in self.networks:
            network.add_agents(self.agents, network.nodes)

    def step(self) -> None:
        self.agents.select(self.agents.condition == 1).talk()
        self.agents.select(self.agents.condition == 0).see_advertising()

    def update(self) -> None:
        if sum(self.agents.condition) >= ENOUGH * len(self.agents):
            self.stop()


def runs(ties: Ties, seeds: Iterable[int]) -> Iterator[Run]:
    networks: dict[str, Graph] = {"strong": graph(ties, True), "weak": graph(ties, False)}
    for seed in seeds:
        town = Town(networks)
        town.sim_setup(seed=seed)
        yield clocked(lambda town=town: _weeks(town))


def _weeks(town: Town) -> int:
    while town.running:
        town.sim_step()
    return town.t
