"""The smallest world in which every mechanism acts; running it compiles every kernel."""

from __future__ import annotations

from collections.abc import Sequence

from wom_sim.scenario.parameters import Scenario
from wom_sim.scenario.resolve import read_text

TEXT = """
replications: 1
weeks: 54
history_weeks: 8
population: {size: 60, network: {kind: small_world, neighbours: 6}}
trades: {count: 4, need_rate: 8.0, spheres: 2}
choice: {awareness: 0.5}
talk: {retell: 0.3, posts: {share: 0.5}}
effort: {service: 36, asking: 4, partners: 4}
group: {size: 4, renewal: 0.5, imitation: 0.5}
testimonials: {give: 1.0, inauthentic: 0.5, found_out: 0.5}
events:
  - {week: 2, complaint: {reach: 20}}
arms:
  group: {partners: {group: true}, asking: {frame: framed, when: appointment}}
  pairs: {partners: {count: 2}, population: {ties: {strong_by: shared_neighbours}}}
"""


def smallest(settings: Sequence[str] = ()) -> Scenario:
    """The scenario, with `settings` as for `load`; a second or less once compiled."""
    return read_text(TEXT, "smallest.yaml", settings=settings)
