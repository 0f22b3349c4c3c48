"""`asking:` and `testimonials:` what a business asks of its clients."""

from __future__ import annotations

from typing import Literal

from wom_sim.scenario import quantities as q
from wom_sim.scenario.quantities import Section


class Asking(Section):
    """Asking clients for referrals; hours come from `effort.asking`."""

    frame: Literal["broad", "framed"] = q.choice(
        "broad",
        "the question: 'do you know anybody?' or 'anybody at your golf club?'",
        "article 002",
    )
    when: Literal["during", "appointment"] = q.choice(
        "during", "ask during the job, or at an appointment of its own", "articles 003, 004"
    )
    hours_during: float = q.hours(0.25, "hours an ask takes during the job", low=0.01)
    hours_appointment: float = q.hours(0.75, "hours an ask takes by appointment", low=0.01)
    intrusion: float = q.amount(
        0.5,
        "quality",
        "quality a job loses when the client is asked during it",
        "'polluting customer service time' (articles 003, 004); number assumed",
        high=10.0,
    )
    window: float = q.weeks(52.0, "weeks after a job in which a client may be asked by appointment")
    pause: float = q.weeks(26.0, "weeks before the same client is asked again")
    recall_broad: float = q.share(0.08, "chance that a tie comes to mind at a broad question")
    recall_framed: float = q.share(
        0.5, "chance that a tie of the framed circle comes to mind", "article 002; number assumed"
    )
    frame_fit: float = q.share(
        0.7, "chance that the frame is the client's largest circle, not one at random"
    )
    persuade: float = q.chance(0.5, "chance that being named by a client would convince alone")
    request_half_life: float = q.weeks(8.0, "weeks until being named works half as strongly")
    cue: float = q.share(
        0.5,
        "chance that a framed client later names the business to a tie of that circle in need",
        "'in Betty's mind long after you ask it' (article 002); number assumed",
    )
    cue_half_life: float = q.weeks(13.0, "weeks until that cue works half as often")


class Testimonials(Section):
    """Endorsements given to the public record by clients who were asked."""

    give: float = q.share(0.04, "chance that a delighted client who is asked gives a testimonial")
    expert: float = q.share(
        0.05,
        "share of testimonials that come from an expert",
        "'Expert endorsements' (article 002); number assumed",
    )
    organisation: float = q.share(
        0.05,
        "share of testimonials that come from an organisation",
        "'Organization endorsements' (article 002); number assumed",
    )
    weight_consumer: float = q.amount(
        1.0, "entries", "entries in the record a consumer's testimonial counts for", high=1000.0
    )
    weight_expert: float = q.amount(
        3.0, "entries", "entries an expert's testimonial counts for", high=1000.0
    )
    weight_organisation: float = q.amount(
        4.0, "entries", "entries an organisation's testimonial counts for", high=1000.0
    )
    inauthentic: float = q.share(
        0.0,
        "share of testimonials that do not reflect a genuine experience",
        "'the genuine feelings and findings' (article 002); number assumed",
        plausible=(0.0, 0.2),
    )
    found_out: float = q.share(0.02, "chance a week that an inauthentic testimonial is found out")
    backfire: float = q.amount(
        2.0, "times", "bad entries for each entry of a testimonial found out", high=1000.0
    )
