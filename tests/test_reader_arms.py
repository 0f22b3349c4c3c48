"""The reader on arms, events and parameters that do not fit together."""

from __future__ import annotations

import pytest
from reading import answer

BROKEN: list[tuple[str | bytes, str]] = [
    (
        "arms: {}\n",
        "x.yaml:1:7: arms: expected 1 to 300 arms, got 0; remove the line: without 'arms' "
        "there is one, named base",
    ),
    (
        "arms: [a, b]\n",
        "x.yaml:1:7: arms: expected arms as 'name: ...' lines, not a list",
    ),
    (
        "arms:\n",
        "x.yaml:1:6: arms: no value given; write one or remove the line",
    ),
    (
        "arms: {a: 5}\n",
        "x.yaml:1:11: arms.a: expected overrides such as 'effort: ...', or {} for the base, not 5",
    ),
    (
        "arms: {a: {}, A: {}}\n",
        "x.yaml:1:15: arms: the name 'A' is used twice; choose another name",
    ),
    (
        "arms: {Café: {}, Cafe\u0301: {}}\n",
        "x.yaml:1:18: arms: the name 'Cafe\u0301' is used twice; choose another name",
    ),
    (
        'arms: {" ": {}}\n',
        "x.yaml:1:8: arms: the name ' ' is blank or has blanks around it; choose another name",
    ),
    (
        "arms: {" + "a" * 81 + ": {}}\n",
        "x.yaml:1:8: arms: the name "
        "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...' has 81 "
        "characters, more than 80; choose another name",
    ),
    (
        "arms: {a: {seed: 4}}\n",
        "x.yaml:1:18: arms.a.seed: is the same for all arms; write it at the top",
    ),
    (
        "arms: {a: {tolk: {weak: 0.1}}}\n",
        "x.yaml:1:12: arms.a.tolk: unknown; did you mean 'talk'?",
    ),
    (
        "arms: {2024: {}}\n",
        "x.yaml:1:8: arms: the key 2024 is not text; put quotes around it",
    ),
    (
        "baseline: c\narms: {car: {}, b: {}}\n",
        "x.yaml:1:11: baseline: no arm 'c'; known here: car, b",
    ),
    (
        "arms:\n" + "".join(f"  a{arm}: {{}}\n" for arm in range(301)),
        "x.yaml:2:3: arms: expected 1 to 300 arms, got 301; leave some out",
    ),
    (
        "arms: {a: {}, b: {effort: {asking: 4}}}\n",
        "x.yaml:1:19: arms.b.effort: arms spend different hours a week: 'a' 36 h, 'b' 40 "
        "h (service 36 + asking 4); make them equal or set allow_unequal_effort: true",
    ),
    (
        "arms:\n  a: {}\n  b:\n    events: [{week: 9, set: {effort.asking: 4}}]\n",
        "x.yaml:3:3: arms.b: arms spend different hours a week: 'a' 36 h, 'b' 36 h and "
        "40 h (service 36 + asking 4) from week 9; make them equal or set "
        "allow_unequal_effort: true",
    ),
    (
        "talk: {delighted: 0.5, negativity_ratio: 3}\n",
        "x.yaml:1:42: talk.negativity_ratio: delighted * negativity_ratio is 1.5; as "
        "a chance it can be at most 1; lower the ratio to 2 or delighted to 0.333",
    ),
    (
        "talk: {delighted: 0.5}\npreset: articles\n",
        "x.yaml:1:19: talk.delighted: delighted * negativity_ratio is 5.5; as a chance "
        "it can be at most 1; lower the ratio to 2 or delighted to 0.09",
    ),
    (
        "arms: {a: {}, b: {talk: {delighted: 0.9}}}\n",
        "x.yaml:1:37: arms.b.talk.delighted: delighted * negativity_ratio is 1.08; as "
        "a chance it can be at most 1; lower the ratio to 1.111 or delighted to 0.833",
    ),
    (
        "rest: {dissatisfied: 0.6, delighted: 0.6}\n",
        "x.yaml:1:22: rest.dissatisfied: dissatisfied + delighted is 1.2, more than 1; "
        "lower one of them",
    ),
    (
        "testimonials: {expert: 0.6, organisation: 0.6}\n",
        "x.yaml:1:24: testimonials.expert: expert + organisation is 1.2, more than 1; "
        "lower one of them",
    ),
    (
        "population: {size: 26}\n",
        "x.yaml:1:20: population.size: 26 people cannot own 27 businesses, one in each "
        "trade; set population.size to at least 27",
    ),
    (
        "population: {size: 20}\narms: {a: {}, b: {talk: {weak: 0.1}}}\n",
        "x.yaml:1:20: population.size: 20 people cannot own 27 businesses, one in each "
        "trade; set population.size to at least 27",
    ),
    (
        "population: {size: 30}\narms: {a: {}, b: {trades: {count: 40}}}\n",
        "x.yaml:2:35: arms.b.trades.count: 30 people cannot own 40 businesses, one in "
        "each trade; set population.size to at least 40",
    ),
    (
        "partners: {count: 27}\n",
        "x.yaml:1:19: partners.count: 27 partners need more than 27 trades; set "
        "partners.count to at most 26",
    ),
    (
        "arms:\n  a: {partners: {group: true}}\n  b: {partners: {group: true, count: 3}}\n",
        "x.yaml:3:38: arms.b.partners.count: partners come from the group or by count, "
        "not both; set group to false or count to 0",
    ),
    (
        "population: {size: 10000000}\ntrades: {count: 31}\n",
        "x.yaml:1:20: population.size: 10000000 people in 31 trades would need about 9 "
        "GB; with 31 trades, at most 9677419 people",
    ),
    (
        "events: {week: 3}\n",
        "x.yaml:1:9: events: expected a list of events ('- week: 10' ...), not a mapping",
    ),
    (
        "events:\n",
        "x.yaml:1:8: events: no value given; write one or remove the line",
    ),
    (
        "events: [3]\n",
        "x.yaml:1:10: events[0]: expected 'week: ...' and what happens, not 3",
    ),
    (
        "events: [{week: 156, join: 3}]\n",
        "x.yaml:1:17: events[0].week: week 156 is after the last week, 155; choose an "
        "earlier week or a longer run",
    ),
    (
        "events: [{week: 3}]\n",
        "x.yaml:1:10: events[0]: expected one of complaint, join, leave, set; got none; "
        "write one event for each",
    ),
    (
        "events: [{week: 3, join: 1, leave: 2}]\n",
        "x.yaml:1:10: events[0]: expected one of complaint, join, leave, set; got join "
        "and leave; write one event for each",
    ),
    (
        "events: [{week: 3, join: 27}]\n",
        "x.yaml:1:26: events[0].join: there are 27 trades, 0 to 26; got 27",
    ),
    (
        "events: [{week: 3, jion: 2}]\n",
        "x.yaml:1:20: events[0].jion: unknown; did you mean 'join'?",
    ),
    (
        "events: [{week: 3, complaint: {reach: x}}]\n",
        "x.yaml:1:39: events[0].complaint.reach: 'x' is text, not a number",
    ),
    (
        "events: [{week: 3, set: {population.size: 10}}]\n",
        "x.yaml:1:43: events[0].set.population: 'population' decides the world before "
        "week 0; make it an arm instead",
    ),
    (
        "events: [{week: 3, set: {trades: {count: 10}}}]\n",
        "x.yaml:1:42: events[0].set.trades.count: 'trades.count' decides the world "
        "before week 0; make it an arm instead",
    ),
    (
        "events: [{week: 3, set: {weeks: 10}}]\n",
        "x.yaml:1:33: events[0].set.weeks: 'weeks' decides the world before week 0; make "
        "it an arm instead",
    ),
    (
        "events: [{week: 3, set: {talk.weeak: 0.1}}]\n",
        "x.yaml:1:26: events[0].set.talk.weeak: unknown; did you mean 'weak'?",
    ),
    (
        "events: [{week: 3, set: {talk.delighted: 0.9}}]\n",
        "x.yaml:1:42: events[0].set.talk.delighted: delighted * negativity_ratio is "
        "1.08; as a chance it can be at most 1; lower the ratio to 1.111 or delighted "
        "to 0.833",
    ),
    (
        "events:\n" + "  - {week: 3, join: 1}\n" * 251,
        "x.yaml:2:3: events: the arms have 251 events together, more than 250; leave some out",
    ),
    (
        "weeks: 0\n"
        "talk:\n"
        "  delighted: 2\n"
        "  weak: no\n"
        "arms:\n"
        "  a: {talk: {strong: x}}\n"
        "  b: {choice: {rule: vito}}\n",
        "x.yaml:1:8: weeks: must be between 1 and 5200, got 0\n"
        "x.yaml:3:14: talk.delighted: must be between 0 and 1, got 2; for 2 % write 0.02\n"
        "x.yaml:4:9: talk.weak: 'no' is ambiguous in YAML; write true or false, or put "
        "quotes around it\n"
        "x.yaml:6:22: arms.a.talk.strong: 'x' is text, not a number\n"
        "x.yaml:7:22: arms.b.choice.rule: 'vito' is unknown; did you mean 'veto'?",
    ),
    (
        "events: no\n",
        "x.yaml:1:9: events: 'no' is ambiguous in YAML; write true or false, or put "
        "quotes around it",
    ),
    (
        "arms: no\n",
        "x.yaml:1:7: arms: 'no' is ambiguous in YAML; write true or false, or put quotes around it",
    ),
    (
        "arms: {a: no}\n",
        "x.yaml:1:11: arms.a: 'no' is ambiguous in YAML; write true or false, or put "
        "quotes around it",
    ),
    (
        "events: [no]\n",
        "x.yaml:1:10: events[0]: 'no' is ambiguous in YAML; write true or false, or put "
        "quotes around it",
    ),
    (
        "effort: {servise: 30}\narms: {a: {}, b: {effort: {asking: 4}}}\n",
        "x.yaml:1:10: effort.servise: unknown; did you mean 'service'?",
    ),
    (
        "arms: {a: {events: [{week: 1, set: {judgement: {rule: {kind: sharp, width: 2}}}}]}}\n",
        "x.yaml:1:69: arms.a.events[0].set.judgement.rule.width: unknown; remove it",
    ),
    (
        "arms: {a: {trades: {count: 40, need_rate: [1, 2]}}}\n",
        "x.yaml:1:43: arms.a.trades.need_rate: 2 numbers for 40 trades; give one for "
        "each trade, or one number for all",
    ),
]


@pytest.mark.parametrize(("text", "lines"), BROKEN)
def test_a_broken_file_answers_these_lines(text: str | bytes, lines: str) -> None:
    assert answer(text) == lines
