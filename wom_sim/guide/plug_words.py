"""Words that are no name: everyday words, and where a word is found in names and meanings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from functools import cache
from typing import NamedTuple

from wom_sim.guide.layout import cell, indented
from wom_sim.guide.names import plugs, sections, settings
from wom_sim.guide.plug_outcomes import REGISTRIES
from wom_sim.scenario.faults import quoted

MOST = 12
"""Places of a word that are shown; the rest are counted."""
CLOSE, VERY_CLOSE = 0.75, 0.85
"""Least likeness of a name worth asking about: with the same first letter, and with another."""

_LONGEST = 60
_STOP = {"and", "for", "from", "not", "the", "with"}


class Everyday(NamedTuple):
    """What an everyday word is in the model: names that have an entry, and a remark."""

    names: tuple[str, ...]
    remark: str = ""


class Found(NamedTuple):
    """A name that a word was found in, or in whose meaning; `named` is for the former."""

    name: str
    meaning: str
    named: bool


_TABLE: tuple[tuple[str, Everyday], ...] = (
    (
        "gossip chatter chat rumour rumor buzz mouth wom story",
        Everyday(("talk", "friends", "record")),
    ),
    (
        "illness ill sick sickness holiday vacation absence",
        Everyday(
            ("effort.service", "service.level", "events.set"),
            "nobody falls ill here by chance; an event can set fewer hours or a lower level, and"
            " a later one set them back.",
        ),
    ),
    (
        "staff employee team worker personnel",
        Everyday(
            ("effort.service", "service.least_hours", "service.level"),
            "a business is one number of hours a week; nobody is employed or dismissed.",
        ),
    ),
    (
        "quality workmanship performance",
        Everyday(("service", "judgement")),
    ),
    (
        "price pricing discount fee tariff",
        Everyday(
            ("trades.job_value", "trades.margin", "trades.job_spread"),
            "there are no prices that clients compare, only what a job is worth.",
        ),
    ),
    (
        "advertising advertisement advert ad ads marketing campaign",
        Everyday(
            ("choice.awareness", "choice.close_unprompted"),
            "there is no advertising; it would act by the chance to come to mind unprompted.",
        ),
    ),
    (
        "loyal retention churn return",
        Everyday(("loyalty", "choice.own_bad")),
    ),
    (
        "review rating stars reputation testimonial",
        Everyday(("record", "talk.posts", "testimonials")),
    ),
    (
        "refer referrals recommendation introduction lead",
        Everyday(("referral", "partners", "asking")),
    ),
    (
        "graph topology acquaintance neighbour neighbor",
        Everyday(("population.network", "population.professionals", "population.ties")),
    ),
    (
        "family relative colleague",
        Everyday(("population.ties", "friends"), "the model knows strong and weak ties only."),
    ),
    (
        "competitor rival",
        Everyday(("rest", "choice.competition")),
    ),
    (
        "customer consumer clients prospect buyer",
        Everyday(("population", "loyalty", "asking", "referral.contact.client")),
    ),
    (
        "bni chapter club networking meeting",
        Everyday(("group", "partners.group", "one_to_ones")),
    ),
    (
        "online internet facebook twitter instagram media viral web",
        Everyday(("talk.posts", "record", "events.complaint")),
    ),
    (
        "money profit income sales turnover earnings",
        Everyday(
            ("trades.job_value", "trades.margin", "group.cost", "outcomes"),
            "what a run earned is counted by the outcomes revenue and margin.",
        ),
    ),
    (
        "lost loss losses losing lose",
        Everyday(
            ("loyalty", "choice.own_bad", "choice.negative_weight", "outcomes"),
            "clients who were lost are counted by the outcomes lost_to_negative, lost_to_grudge and"
            " lost_to_drift.",
        ),
    ),
    (
        "time capacity workload",
        Everyday(("effort", "one_to_ones.hours", "group.meeting_hours", "service.least_hours")),
    ),
    (
        "trust",
        Everyday(("referral.credibility_start", "referral.credibility_gain",
                           "referral.credibility_loss")),
    ),
    (
        "forget forgetting decay fading memory",
        Everyday(
            ("talk.memory_half_life", "friends.recall_half_life", "record.half_life",
             "asking.request_half_life", "asking.cue_half_life"),
        ),
    ),
    (
        "happy unhappy satisfaction dissatisfaction disappointment",
        Everyday(("judgement", "judgement.rule", "rest", "talk")),
    ),
    (
        "town city village neighbourhood",
        Everyday(("population.network", "population.size")),
    ),
    (
        "luck chance randomness",
        Everyday(("seed", "replications")),
    ),
)

_WORDS = {word: known for words, known in _TABLE for word in words.split()}
_WORDS["word of mouth"] = _WORDS["gossip"]


def stem(word: str) -> str:
    """A word without its commonest English endings, in small letters."""
    word = word.lower()
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith("s") and not word.endswith("ss") and len(word) > 3:
        word = word[:-1]
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending)
    return word


def everyday(word: str) -> Everyday | None:
    """What an everyday word is in the model, None for a word that the table does not hold."""
    wanted = stem(word.strip())
    return next((known for key, known in _WORDS.items() if stem(key) == wanted), None)


def search(words: str, late: bool = False) -> list[Found]:
    """Names and meanings with all of `words`, those found in a name first.

    Outcomes and figures are looked through where `late`, which loads them.
    """
    wanted = {stem(w) for w in _split(words) if len(w) > 2 and w not in _STOP}
    if not wanted or len(words) > _LONGEST:
        return []
    found = []
    for name, meaning in _texts(late):
        own = _stems(name)
        if wanted <= own or wanted <= own | _stems(meaning):
            found.append(Found(name, meaning, wanted <= own))
    return sorted(found, key=lambda entry: not entry.named)


def told(word: str, found: Sequence[Found], width: int) -> Iterator[str]:
    """Where a word was found that nothing is called."""
    yield from _opening(word, "it is in" if found else "", width)
    shown = found[:MOST]
    for named, head in ((True, "the name of"), (False, "the description of")):
        group = [(entry.name, entry.meaning) for entry in shown if entry.named is named]
        if group:
            yield from [f"  {head}", *_listed(group, width)]
    if len(found) > MOST:
        yield f"  and {len(found) - MOST} more"


def told_everyday(word: str, known: Everyday, width: int) -> Iterator[str]:
    """What the model has for an everyday word, and where else the word is found."""
    yield from _opening(word, "it has to do with", width)
    meanings = dict(_texts(False))
    yield from _listed([(name, meanings[name]) for name in known.names], width)
    if known.remark:
        yield from indented("\n".join(cell(known.remark, width - 2)), 2)
    more = [entry for entry in search(word) if entry.name not in known.names]
    if more:
        names = ", ".join(entry.name for entry in more[:MOST])
        rest = f" and {len(more) - MOST} more" if len(more) > MOST else ""
        yield from indented("\n".join(cell(f"the word is also in: {names}{rest}", width - 2)), 2)


def closest(name: str, late: bool = True) -> str | None:
    """The name that is spelt nearly like this one, by its whole or by its last word."""
    known = [key for key, _ in _texts(late)]
    lasts = {key.split(".")[-1]: key for key in reversed(known)}
    for given, options in ((name, {key: key for key in known}),
                           (name.split(".")[-1], lasts)):
        short = given.casefold()[:_LONGEST]
        alike = [key for key in options if key[:1] == short[:1]]
        near = (get_close_matches(short, alike, n=1, cutoff=CLOSE)
                or get_close_matches(short, options, n=1, cutoff=VERY_CLOSE))
        if near:
            return options[near[0]]
    return None


def _texts(late: bool) -> Iterator[tuple[str, str]]:
    """Every name with its meaning in one line."""
    known = settings()
    yield from ((name, entry.meaning) for name, entry in known.items())
    for path, section in sections().items():
        if path and ".".join(path) not in known:
            yield ".".join(path), next(iter((section.__doc__ or "").splitlines()), "")
    yield from ((name, plug.meaning) for name, (_, plug) in plugs().items())
    for kind in REGISTRIES.values() if late else ():
        yield from ((name, kind[name].meaning) for name in kind)


@cache
def _stems(text: str) -> frozenset[str]:
    return frozenset(map(stem, _split(text)))


def _split(text: str) -> list[str]:
    return [word.lower() for word in re.split(r"[^a-zA-Z0-9]+|_", text) if word]


def _opening(word: str, rest: str, width: int) -> list[str]:
    return cell(f"nothing is called {quoted(word)}; {rest}", width)


def _listed(pairs: Sequence[tuple[str, str]], width: int) -> Iterator[str]:
    longest = max(len(name) for name, _ in pairs)
    for name, meaning in pairs:
        lines = cell(meaning, max(width - longest - 6, 20))
        yield f"    {name.ljust(longest)}  {lines[0]}"
        yield from indented("\n".join(lines[1:]), longest + 6)
