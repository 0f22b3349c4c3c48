"""The scenario that `new` writes: it runs as it is, and its comments say what else may change."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from itertools import groupby
from typing import Any, get_args

from wom_sim.scenario.faults import visible
from wom_sim.scenario.parameters import Complaint, Parameters, Scenario
from wom_sim.scenario.parameters.asking import Asking
from wom_sim.scenario.quantities import Declaration, declarations

COLUMN = 26
"""Where the comments behind values begin."""

OPENED = (
    "population.size",
    "population.network",
    "trades.need_rate",
    "trades.job_value",
    "trades.margin",
    "choice.awareness",
    "friends.ask_around",
    "service.least_hours",
    "talk.delighted",
    "talk.negativity_ratio",
    "referral.close_untrained",
)
"""What a business owner or a researcher would change first, written with the preset's value."""

NETWORK = """\
  # who knows whom: small_world, scale_free, random, cliques, degree_sequence, file (with a path)
  #network: {kind: scale_free, links: 6}
  # which businesses can refer to which (default: complete); any network, a file is directed
  #professionals: {kind: small_world, neighbours: 4}
"""

ARMS = """\
# Arms are what is compared: a name, and what it changes. All spend the same hours a week.
arms:
  Service only:
    effort: {{service: {all:g}}}
  Ask customers:
    effort: {{service: {less:g}, asking: {few:g}}}
    # frame: {frames}; when: {times}
    asking: {{frame: framed, when: appointment}}
  Partners:
    effort: {{service: {less:g}, partners: {few:g}}}
    partners: {{group: true}}    # or {{count: 5}} for partners without a group
  # To try several values of one number, write an arm for each:
  #Ask 2 h: {{effort: {{service: {more:g}, asking: 2}}}}
  #Ask 8 h: {{effort: {{service: {least:g}, asking: 8}}}}
"""

OPTIONS = """\
# Optional: take the # away. The arm that all others are compared with (default: the first).
#baseline: Partners
# How businesses in the group answer referrals; the shares add up to 1.
#partners:
#  strategies: {{reciprocator: 0.8, taker: 0.2}}
# What happens in one week, in every arm; an arm may have events of its own instead.
#events:
#  - {{week: 26, complaint: {{reach: {reach}, entries: {entries:g}}}}}    # a complaint goes viral
#  - {{week: 52, set: {{talk.negativity_ratio: {ratio:g}}}}}    # from that week on
#  - {{week: 60, leave: 3}}    # the business of trade 3 leaves the group; also join
#  # A bad period that begins and ends: what is set stays until another line sets it again.
#  - {{week: 70, set: {{service.level: -0.5}}}}    # poorer service in weeks 70 to 77
#  - {{week: 78, set: {{service.level: {level:g}}}}}    # as before
"""

WHERE_TO_LOOK = """\
# Where to look further:
# python -m wom_sim check FILE      is it right, and what differs between the arms
# python -m wom_sim explain FILE    the week of this scenario in English, with its numbers
# python -m wom_sim explain talk    a section: every parameter with unit, range and source
# python -m wom_sim list            the scenarios that ship, with their questions
# python -m wom_sim FILE            run it
"""


def starter(name: str) -> str:
    """A commented scenario that reads without fault; `name` is only told, never a path.

    Where no single blank follows a `#` it marks an option: without any of these it reads, too.
    """
    complaint, known = Complaint(), _declared(Parameters)
    happening = {"reach": complaint.reach, "entries": complaint.entries,
                 "ratio": 2 * known["talk.negativity_ratio"].default,
                 "level": known["service.level"].default}
    return "\n".join(
        [
            *_head(name),
            "",
            "# The town and its people: values of the preset, change them as you like.",
            "# A block behind # differs between the presets: take the # away to set it yourself.",
            *_base(),
            "",
            _arms(),
            OPTIONS.format(**happening),
            WHERE_TO_LOOK,
        ]
    )


def _head(name: str) -> Iterator[str]:
    run = Scenario(stem="starter")
    yield f"question: {_quoted(f'What happens if ... ({name})?')}"
    presets = " or ".join(get_args(Scenario.model_fields["preset"].annotation))
    yield _commented("preset: evidence", f"{presets}: the values that are not written here")
    yield _commented("treated: all", "all or one: an arm changes every business alike, or only")
    yield _commented("", "that of trade 0, while the others keep to what is above the arms")
    for key, value in (("replications", 20), ("weeks", run.weeks)):
        known = _declared(Scenario)[key]
        yield _commented(f"{key}: {value}", f"{known.meaning}; {_range(known)}")


def _base() -> Iterator[str]:
    """The opened parameters, section by section: meaning above, unit and range behind."""
    for section, names in groupby(OPENED, key=lambda name: name.split(".")[0]):
        lines = [f"{section}:"]
        opened = list(names)
        for name in opened:
            lines += NETWORK.splitlines() if name == "population.network" else _lines(name)
        # A value written here would win over the preset that is chosen above.
        option = "#" if any(map(_differs, opened)) else ""
        yield from (f"{option}{line}" for line in lines)


def _lines(name: str) -> Iterator[str]:
    known = _declared(Parameters)[name]
    other = f"; articles: {_plain(known.articles)}" if _differs(name) else ""
    yield f"  # {known.meaning}"
    key = name.split(".", 1)[1]
    yield _commented(f"  {key}: {_plain(known.default)}", f"{_unit(known)}{other}")


def _differs(name: str) -> bool:
    known = _declared(Parameters).get(name)
    return known is not None and known.articles != known.default


def _unit(known: Declaration) -> str:
    """`share, 0 to 1`."""
    return f"{known.unit}, {_range(known)}"


def _arms() -> str:
    total, few = Parameters().effort.service, 4.0
    fields = Asking.model_fields
    frames, times = (" or ".join(get_args(fields[key].annotation)) for key in ("frame", "when"))
    return ARMS.format(all=total, less=total - few, few=few, frames=frames, times=times,
                       more=total - 2, least=total - 8)


@cache
def _declared(section: Any) -> dict[str, Declaration]:
    return {entry.name: entry for entry in declarations(section)}


def _range(known: Declaration) -> str:
    low, high = (None if bound is None else _plain(bound) for bound in (known.low, known.high))
    if low is not None and high is not None:
        return f"{low} to {high}"
    return f"{low} or more" if low is not None else "any number"


def _plain(value: float) -> str:
    """A number as a file may hold it."""
    return f"{value:.12g}"


def _commented(line: str, comment: str) -> str:
    return f"{line:{COLUMN}}  # {comment}"


def _quoted(text: str) -> str:
    """A YAML scalar in double quotes, whatever the text holds."""
    return json.dumps(visible(text), ensure_ascii=False)
