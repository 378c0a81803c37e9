"""Facts of feelings: satisfaction, trust, engagement, and what programmes do to them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...agents.luck import EncounterLuck
from ...agents.rules.satisfaction import appraise, encounter
from ...agents.state import World
from ...scenarios.levers import Strategy
from .fact import Band, fact
from .laboratory import Laboratory, Setup, luck, person

STATES = ("satisfaction", "trust", "engagement")
CALIBRATED = "our judgement; the defaults are calibrated to it"


@fact(
    "5", "A failure lowers satisfaction more than an equal surprise raises it",
    Band("loss over gain", 1.0, 2.5, "ratio"),
    kind="verification", basis="Mittal, Ross & Baldasare 1998", quantity="Mittal ratio",
    where="anywhere",
)  # fmt: skip
def losses_weigh_more(lab: Laboratory) -> float:
    """One encounter that fails, or surprises, by .2, of somebody who gets what they expect."""
    world = lab.numbers_of_rules(surprise_effect=0.2, failure_severity=0.2)
    plain = luck(EncounterLuck)
    nothing = felt(lab, world, plain)
    gain = felt(lab, world, plain._replace(surprise=0.0)) - nothing
    loss = nothing - felt(lab, world, plain._replace(failure=0.0))
    return loss / gain


def felt(lab: Laboratory, world: World, drawn: EncounterLuck) -> float:
    """Satisfaction after one encounter under neutral management."""
    offer = lab.offer({"service": {"surprise": 0.5, "recovery": 0.0}}, world)
    offer.failure = 1.0
    expected = offer.performance
    customer = person(satisfaction=0.6, expectation=expected, encounters=1, calm=100, experience=3,
                      since_surprise=100, reference_price=1.0)  # fmt: skip
    encounter(customer, offer, world, drawn)
    appraise(customer, offer, world)
    return float(customer.satisfaction)


@fact(
    "34", "Where little is at stake a flywheel wins at most half the engagement",
    Band("gain of E in a year, involvement .2 over .9", 0.0, 0.5, "ratio"),
    kind="validation", basis="Pansari & Kumar 2017; Zaichkowsky 1985",
    quantity="flywheel by involvement",
)  # fmt: skip
def involvement_carries_engagement(lab: Laboratory) -> float:
    """The flywheel in the same market, were it about shampoo, and were it about cars."""
    low, high = (gain(lab, "flywheel", "engagement", 12, alike(lab, value)) for value in (0.2, 0.9))
    return low / high


def alike(lab: Laboratory, value: float) -> Setup:
    """A cohort for a year with stakes and pleasure at one value."""
    market = (("rational_involvement", value), ("hedonic_involvement", value))
    return Setup(lab.scale.people, 12, market=market)


def gain(
    lab: Laboratory, choice: str, state: str, age: int, setup: Setup | None = None
) -> float:  # fmt: skip
    """Mean of a state under a strategy less that under none, of the same people."""
    none, tried = lab.held("none", setup), lab.held(choice, setup)
    return tried.mean(state, age) - none.mean(state, age)


@fact(
    "35", "Under neutral management feelings do not drift in five years",
    *(Band(f"largest drift of mean {name}", 0.0, 0.01, "0-1") for name in STATES),
    kind="validation", basis="stationarity (ours)", quantity="drift of states",
)  # fmt: skip
def states_do_not_drift(lab: Laboratory) -> tuple[float, ...]:
    """The same people, whom nobody leaves, against month 0."""
    before, held = lab.start(lab.cohort).people, lab.held("none")
    return tuple(
        max(abs(people[name].mean() - before[name].mean()) for people in held.at.values())
        for name in STATES
    )


def after_five_years(lab: Laboratory) -> Any:
    """Customers as they feel after five neutral years, in a large population."""
    return lab.held("none", Setup(lab.scale.many, 60)).at[60]


@fact(
    "36", "Satisfaction: how high, how different, how often low",
    Band("mean of S", 0.62, 0.70, "0-1"),
    Band("sd of S", 0.14, 0.20, "0-1"),
    Band("share with S below .5", 0.12, 0.25, "share"),
    kind="verification", basis=CALIBRATED, quantity="spreads of S, T, E",
)  # fmt: skip
def satisfaction_spreads(lab: Laboratory) -> tuple[float, ...]:
    """Sd of match and of performance are set by it."""
    s = after_five_years(lab)["satisfaction"]
    return s.mean(), s.std(), (s < 0.5).mean()


@fact(
    "37", "Trust and engagement: how high, how different",
    Band("mean of T", 0.50, 0.62, "0-1"), Band("sd of T", 0.12, 0.20, "0-1"),
    Band("mean of E", 0.40, 0.50, "0-1"), Band("sd of E", 0.15, 0.22, "0-1"),
    kind="verification", basis=CALIBRATED, quantity="spreads of S, T, E",
)  # fmt: skip
def trust_and_engagement_spread(lab: Laboratory) -> tuple[float, ...]:
    """Disposition to trust and set-points are set by it."""
    people = after_five_years(lab)
    t, e = people["trust"], people["engagement"]
    return t.mean(), t.std(), e.mean(), e.std()


@fact(
    "38", "Satisfied customers trust, and are engaged",
    Band("corr(S, T)", 0.50, 0.75, "r"), Band("corr(S, E)", 0.35, 0.60, "r"),
    kind="verification", basis=CALIBRATED, quantity="spreads of S, T, E",
)  # fmt: skip
def states_go_together(lab: Laboratory) -> tuple[float, ...]:
    """At involvement .5 to .6 and at most one encounter a month."""
    people = after_five_years(lab)
    s, t, e = (people[name] for name in STATES)
    return float(np.corrcoef(s, t)[0, 1]), float(np.corrcoef(s, e)[0, 1])


@fact(
    "39", "Engagement stays near its set-point, without being it",
    Band("corr(E, E0) after five years", 0.60, 0.85, "r"),
    kind="verification", basis=CALIBRATED, quantity="spreads of S, T, E",
)  # fmt: skip
def engagement_has_a_home(lab: Laboratory) -> float:
    """Set-point against experience."""
    people = after_five_years(lab)
    return float(np.corrcoef(people["engagement"], people["engagement_home"])[0, 1])


@fact(
    "40", "Satisfied but not engaged is common",
    Band("share not engaged of those with S of .6 and more", 0.30, 0.50, "share"),
    Band("the same over that of those below", 0.0, 0.75, "ratio"),
    kind="validation", basis="Gallup 2009 (engaged: upper 43 %); band ours",
    quantity="satisfied but not engaged",
    remark="A strong pull of the set-point parts engagement from satisfaction, a weak one ties "
    "them.",
)  # fmt: skip
def satisfied_but_not_engaged(lab: Laboratory) -> tuple[float, float]:
    """After five neutral years."""
    people = lab.held("none").at[60]
    idle = people["engagement"] < np.quantile(people["engagement"], 0.57)
    content = people["satisfaction"] >= 0.6
    share = float(idle[content].mean())
    return share, share / float(idle[~content].mean())


def quality(performance: float) -> Strategy:
    """Nothing but encounters of another mean performance."""
    return Strategy.model_validate({"service": {"performance": performance}})


@fact(
    "44", "Better quality moves trust, slowly",
    Band("T at performance .78 less .62, 12 months", 0.02, unit="0-1"),
    Band("T at performance .78 less .62, 60 months", 0.06, unit="0-1"),
    kind="validation", basis="Slovic 1993 (direction); size ours", quantity="trust by quality",
)  # fmt: skip
def quality_moves_trust(lab: Laboratory) -> tuple[float, float]:
    """The same people, whom nobody leaves, under both."""
    poor, good = lab.held(quality(0.62)), lab.held(quality(0.78))
    at_12, at_60 = (good.mean("trust", age) - poor.mean("trust", age) for age in (12, 60))
    return at_12, at_60


@fact(
    "45", "A good flywheel raises engagement and trust within a year, and more in three",
    Band("gain of E, 12 months", 0.05, 0.12, "0-1"),
    Band("gain of T, 12 months", 0.03, 0.10, "0-1"),
    Band("gain of E, 36 less 12 months", 0.0, unit="0-1"),
    Band("gain of T, 36 less 12 months", 0.0, unit="0-1"),
    kind="validation", basis="our judgement", quantity="feelings under a flywheel",
    remark="How fast the appraisal moves engagement is judgement (.02 to .16); the gain goes with "
    "it.",
)  # fmt: skip
def flywheel_moves_feelings(lab: Laboratory) -> tuple[float, ...]:
    """Against none, of the same people."""
    year, three = (
        [gain(lab, "flywheel", state, age) for state in ("engagement", "trust")] for age in (12, 36)
    )
    return (*year, *(late - early for late, early in zip(three, year, strict=True)))


@fact(
    "46", "Points leave feelings alone",
    Band("largest change of E in five years", 0.0, 0.01, "0-1"),
    Band("largest change of T in five years", 0.0, 0.01, "0-1"),
    kind="verification", basis="Belli et al. 2022", quantity="points and attitude",
)  # fmt: skip
def points_leave_feelings(lab: Laboratory) -> tuple[float, ...]:
    """No term of the appraisal contains points."""
    return tuple(
        max(abs(gain(lab, "points_only", state, age)) for age in (12, 36, 60))
        for state in ("engagement", "trust")
    )


@fact(
    "47", "A badly run flywheel is worse than nothing within a year",
    Band("change of E", high=0.0, unit="0-1"),
    Band("change of the share retained", high=0.0, unit="share"),
    Band("change of spend", high=0.0, unit="share"),
    kind="validation", basis="Godfrey et al. 2011; Scherer et al. 2015; Martin et al. 2017",
    quantity="flywheel badly run",
)  # fmt: skip
def badly_run_harms(lab: Laboratory) -> tuple[float, ...]:
    """Against none at 12 months; engagement of people whom nobody leaves."""
    none, bad = (lab.life(name, lab.cohort) for name in ("none", "flywheel_badly_run"))
    kept = [float(life.diary["alive"][11].mean()) for life in (none, bad)]
    spent = [float(life.total("spend", 0, 12).sum()) for life in (none, bad)]
    change = gain(lab, "flywheel_badly_run", "engagement", 12)
    return change, kept[1] - kept[0], spent[1] / spent[0] - 1.0
