"""The public record: posts and testimonials, how they age, and what looking it up does."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wom_sim.market.chance import EXPOSURE, TESTIMONIAL, draw2, hazard
from wom_sim.market.compiled import borrowing
from wom_sim.market.persuasion import negative
from wom_sim.market.state import Businesses, Floats
from wom_sim.scenario.parameters import Parameters


def record_hazards(businesses: Businesses, parameters: Parameters) -> tuple[Floats, Floats]:
    """Hazards for and against each business that looking it up adds, shapes (K,).

    Each grows with its share of entries and, saturating, with the number of entries.

        n = good + bad entries;  w = (1 - exp(-n / saturation)) / n
        h+ = -ln(1 - persuade) * w * good
        h- = -ln(1 - min(negative_weight * persuade, 0.99)) * w * bad
    """
    good, bad = businesses.record_good, businesses.record_bad
    entries = good + bad
    if not entries.any():
        return entries, entries
    weight = 1.0 - np.exp(-entries / parameters.record.saturation)
    weight /= np.maximum(entries, 1e-300)
    against = negative(parameters.record.persuade, parameters.choice.negative_weight)
    return hazard(parameters.record.persuade) * weight * good, against * weight * bad


def age_record(businesses: Businesses, place: int, half_life: float, backfire: Floats) -> None:
    """A week passes: entries fade, and testimonials found out turn into bad entries.

        entries := entries * 0.5^(1 / half_life)
    """
    age(businesses.record_good, businesses.record_bad, businesses.exposures, place,
        0.5 ** (1.0 / half_life), backfire)


def _age(
    good: Floats, bad: Floats, exposures: Floats, place: int, fade: float, backfire: Floats
) -> None:
    """Entries (K,) fade; those found out in the week at `place` change sides.

        entries x found out:  good -= x,  bad += backfire * x
    """
    for j in range(good.size):
        good[j] *= fade
        bad[j] *= fade
        exposed = min(exposures[j, place], good[j])
        good[j] -= exposed
        bad[j] += backfire[j] * exposed


age = borrowing(_age)


def _testify(
    key: np.uint64, week: int, place: int, clients: NDArray[np.int64], trades: NDArray[np.int64],
    record_good: Floats, exposures: Floats, half_life: float, firms: Any,
    given: NDArray[np.int64],
) -> None:
    """Delighted clients who were asked may give a testimonial: consumer, expert, organisation.

    An inauthentic one is found out after a geometric number of weeks; what is left of it
    by then stands in `exposures` (K, weeks). Counts go to `given` (K,).

        P(gives one) = give
        P(by an expert) = expert;  P(by an organisation) = organisation
        good entries += weight_expert, weight_organisation or weight_consumer
        P(inauthentic) = inauthentic;  P(found out in a week if so) = found_out
    """
    for n in range(clients.size):
        j = trades[n]
        testimonials = firms[j].testimonials
        u, kind = draw2(key, clients[n], 0, week, TESTIMONIAL, j, 0)
        if u >= testimonials.give:
            continue
        weight = testimonials.weight_consumer
        if kind < testimonials.expert:
            weight = testimonials.weight_expert
        elif kind < testimonials.expert + testimonials.organisation:
            weight = testimonials.weight_organisation
        record_good[j] += weight
        given[j] += 1
        false, delay = draw2(key, clients[n], 0, week, EXPOSURE, j, 0)
        if false < testimonials.inauthentic and testimonials.found_out > 0.0:
            weeks = 1
            if testimonials.found_out < 1.0:
                weeks += int(math.log1p(-delay) / math.log1p(-testimonials.found_out))
            if place + weeks < exposures.shape[1]:
                exposures[j, place + weeks] += weight * 0.5 ** (weeks / half_life)


testify = borrowing(_testify)
