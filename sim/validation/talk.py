"""Facts of word of mouth: who speaks, what it does, and what it foretells."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from ...agents.luck import HearLuck, ServeLuck
from ...agents.network import Graph
from ...agents.rules.talk import hear, speak
from ...agents.state import Said, World
from ...scenarios.levers import Strategy
from ..generator import key_of
from .fact import Band, fact
from .laboratory import Held, Laboratory, Setup, live_out, luck, person
from .published import FREQUENCY

Column = NDArray[Any]
FIRMS = 21
"""As many as in the published study."""


@fact(
    "14", "The dissatisfied talk more than the satisfied, at equal distance and engagement",
    Band("warnings at S .2 over praise at S .8", 1.0, 2.0, "ratio"),
    kind="verification", basis="Anderson 1998", quantity="Anderson's asymmetric U",
    where="anywhere",
)  # fmt: skip
def talk_is_u_shaped(lab: Laboratory) -> float:
    """Mean acts of one customer over all luck; above the gate of one's own reputation."""
    world = lab.numbers_of_rules()
    return acts(lab, world, 0.2)[1] / acts(lab, world, 0.8)[0]


def acts(lab: Laboratory, world: World, satisfaction: float) -> tuple[float, float]:
    """Praise and warnings a month, expected, of somebody who trusts and is half engaged."""
    offer, n = lab.offer({}, world), 4000
    said = np.zeros(2)
    for k in range(n):
        u = (k + 0.5) / n
        customer = person(
            satisfaction=satisfaction, trust=0.9, reputation=0.3, engagement=0.45, rational=0.5,
            hedonic=0.5,
        )  # fmt: skip
        speak(customer, offer, world, luck(ServeLuck, praise=u, warning=u))
        said += customer.praise, customer.warnings
    return float(said[0] / n), float(said[1] / n)


@fact(
    "15", "Praise is more common than warning",
    Band("PWOM : NWOM", 2.0, 4.5, "ratio"),
    kind="verification", basis="East, Hammond & Wright 2007",
    quantity="PWOM:NWOM at one encounter a month",
)  # fmt: skip
def praise_prevails(lab: Laboratory) -> float:
    """Failures and the warnings they bring are set by it."""
    return praise_to_warning(lab.held("none", Setup(lab.scale.many, 60)))


def praise_to_warning(held: Held) -> float:
    """Recommendations over warnings, public ones included."""
    praise = sum(month.praise for month in held.totals)
    return praise / sum(month.warnings + month.posts for month in held.totals)


@fact(
    "16", "Praise moves the doubtful more than warnings do; of the convinced the reverse is true",
    Band("move by praise over move by a warning, belief .2", 1.0, unit="ratio"),
    Band("move by praise over move by a warning, belief .8", 0.0, 1.0, "ratio"),
    kind="verification", basis="East, Hammond & Lomax 2008", quantity="impact of word of mouth",
    where="anywhere",
)  # fmt: skip
def impact_depends_on_belief(lab: Laboratory) -> tuple[float, float]:
    """One act, heard for certain by a prospect."""
    world = lab.numbers_of_rules()
    doubtful, convinced = (
        moved(world, prior, praise=1) / -moved(world, prior, warnings=1) for prior in (0.2, 0.8)
    )
    return doubtful, convinced


def moved(world: World, prior: float, praise: int = 0, warnings: int = 0) -> float:
    """Change of belief by acts of one's only neighbour."""
    said = Said()
    said.departed, said.referrer, said.firm, said.about, said.paid = 0.0, -1, 0, 0, 0
    said.praise, said.warnings, said.posts, said.ambassador = praise, warnings, 0, 0
    prospect = person(belief=[prior], firm=-1)
    hear(prospect, said, 1, world, luck(HearLuck, praise=0.5, warning=0.5, post=0.5))
    return float(prospect.belief[0]) - prior


@fact(
    "33", "Recommendation scores and mean satisfaction foretell growth equally well",
    Band("|t| of the difference of their correlations with growth, 21 firms", 0.0, 2.10, "t"),
    Band("correlation of mean S with next year's growth", 0.0, 1.0, "r"),
    kind="validation", basis="Keiningham et al. 2007", quantity="NPS and growth",
)  # fmt: skip
def no_score_is_superior(lab: Laboratory) -> tuple[float, float]:
    """Firms that differ in levers, asked after a year; Williams' test of dependent correlations."""
    firms = [one_firm(lab, number) for number in range(FIRMS)]
    scores, mean_s, growth = np.array(firms).T
    by_score, by_mean, between = (
        float(np.corrcoef(a, b)[0, 1])
        for a, b in ((scores, growth), (mean_s, growth), (scores, mean_s))
    )
    return abs(williams(by_score, by_mean, between, len(firms))), by_mean


def one_firm(lab: Laboratory, number: int) -> tuple[float, float, float]:
    """Promoters less detractors, mean satisfaction as asked, growth of revenue in the next year.

    A firm has its share of one population, and luck of its own.
    """
    size = lab.scale.people // 8
    market = lab.start(Setup(FIRMS * size, 24, "base", network=(("kind", "none"),)))
    people = market.people[number * size : (number + 1) * size].copy()
    people["id"] = np.arange(size)
    alone = Graph(np.zeros(size + 1, dtype=np.int64), np.zeros(0, dtype=np.int32))
    key = key_of(lab.scenario.seed, lab.world + 1_000_000 * (number + 1))
    random = np.random.default_rng((lab.scenario.seed, lab.world, number))
    life = live_out(market._replace(people=people, ties=alone, key=key), some_levers(random))
    there = life.diary["alive"][11] == 1
    s, e, t = (
        standardised(life.diary[name][11][there], market.people[name])
        for name in ("satisfaction", "engagement", "trust")
    )
    noise = random.normal(0.0, 0.5, (2, len(s)))
    score = 0.5 * s + 0.3 * e + 0.2 * t + noise[0]
    promoters, detractors = 0.3, -0.4  # thresholds at which a neutral firm has some of either
    recommend = float((score > promoters).mean() - (score < detractors).mean())
    revenue = [float(life.total("spend", first, first + 12).sum()) for first in (0, 12)]
    return recommend, float((s + noise[1]).mean()), revenue[1] / revenue[0] - 1.0


def some_levers(random: np.random.Generator) -> Strategy:
    """A firm that may be good or bad at quality, reliability, ease, relevance and openness."""
    levers = {
        "service": {
            "performance": random.uniform(0.62, 0.78), "failure_factor": random.uniform(0.5, 2.0),
            "effort": random.uniform(0.25, 0.55), "human": random.uniform(0.2, 0.8),
        },
        "marketing": {"relevance": random.uniform(0.1, 0.7)},
        "data": {"transparency": random.uniform(0.0, 0.8), "control": random.uniform(0.0, 0.8)},
    }  # fmt: skip
    return Strategy.model_validate(levers)


def standardised(values: Column, neutral: Column) -> Column:
    """Values in standard deviations of a neutral population."""
    return np.asarray((values - neutral.mean()) / neutral.std())


def williams(first: float, second: float, between: float, n: int) -> float:
    """t, of n - 3 degrees of freedom, of two correlations with the same third (Williams 1959)."""
    rest = 1.0 - first**2 - second**2 - between**2 + 2.0 * first * second * between
    mean = (first + second) / 2.0
    spread = 2.0 * (n - 1) / (n - 3) * rest + mean**2 * (1.0 - between) ** 3
    return float((first - second) * np.sqrt((n - 1) * (1.0 + between) / spread))


@fact(
    "41", "Of equally satisfied customers the engaged recommend at least twice as often",
    Band("recommendations, upper over lower third of E at the same S", 2.0, unit="ratio"),
    kind="validation", basis="de Matos & Rossi 2008 (direction); size ours",
    quantity="advocacy by engagement",
)  # fmt: skip
def the_engaged_recommend(lab: Laboratory) -> float:
    """Two years around the day on which both are asked; tenths of satisfaction above .5."""
    held = lab.held("none")
    asked = held.at[48]
    talkers = asked["satisfaction"] >= 0.5
    s, e = asked["satisfaction"][talkers], asked["engagement"][talkers]
    lower, upper = apart(s, e, held.late_praise[talkers])
    return upper / lower if lower else np.inf


def apart(same: Column, by: Column, outcome: Column) -> tuple[float, float]:
    """Mean outcome in the lower and the upper third of `by`, among those who are `same`, in tenths.

    Columns by person.
    """
    tenth = np.minimum(9, (stats.rankdata(same, method="ordinal") - 1) * 10 // len(same))
    lower = upper = 0.0
    for place in range(10):
        here = tenth.astype(int) == place
        ends = np.quantile(by[here], [1 / 3, 2 / 3])
        lower += float(outcome[here][by[here] <= ends[0]].mean()) / 10.0
        upper += float(outcome[here][by[here] >= ends[1]].mean()) / 10.0
    return lower, upper


@fact(
    "41b", "Satisfaction and engagement part: each by itself goes with staying and recommending",
    Band("churn, upper over lower third of E at the same S", 0.0, 1.0, "ratio"),
    Band("churn, upper over lower third of S at the same E", 0.0, 1.0, "ratio"),
    Band("recommendations, upper over lower third of S at the same E", 1.0, unit="ratio"),
    kind="validation", basis="Pansari & Kumar 2017; Morgan & Hunt 1994 (direction)",
    quantity="satisfaction and engagement apart",
)  # fmt: skip
def each_by_itself(lab: Laboratory) -> tuple[float, float, float]:
    """After four neutral years: expected churn at the next occasion, and two years of praise."""
    held = lab.held("none")
    asked = held.at[48]
    s, e = asked["satisfaction"], asked["engagement"]
    churn = special.expit(asked["propensity_odds"] + asked["leaning"])
    by_engagement, by_satisfaction = apart(s, e, churn), apart(e, s, churn)
    praise = apart(e, s, held.late_praise)
    return (
        by_engagement[1] / by_engagement[0],
        by_satisfaction[1] / by_satisfaction[0],
        praise[1] / praise[0] if praise[0] else np.inf,
    )


@fact(
    "42", "Praise prevails whatever the number of encounters",
    Band("least PWOM : NWOM, .25 to 8 encounters a month", 2.0, 4.5, "ratio"),
    Band("greatest PWOM : NWOM, .25 to 8 encounters a month", 2.0, 4.5, "ratio"),
    kind="validation", basis="East, Hammond & Wright 2007",
    quantity="PWOM:NWOM at other frequencies",
    remark="Failures per encounter go with the frequency to the power -.2, and how often failures "
    "are talked of is drawn from .1 to .7 (both our judgement): the ratio is 3 at the "
    "defaults.",
)  # fmt: skip
def praise_prevails_at_any_frequency(lab: Laboratory) -> tuple[float, float]:
    """Three years of people whom nobody leaves, at each frequency."""
    scenario, _ = lab.settings(lab.cohort)
    market = scenario.market
    at_one = market.failure * market.encounters**-FREQUENCY
    ratios = []
    for often in (0.25, 0.5, 2.0, 4.0, 8.0):
        changed = (("encounters", often), ("failure", at_one * often**FREQUENCY))
        setup = Setup(lab.scale.people // 2, 36, market=changed, network=(("kind", "none"),))
        ratios.append(praise_to_warning(lab.held("none", setup)))
    return min(ratios), max(ratios)


@fact(
    "43", "Mean belief stays at the market share, however many neighbours people have",
    *(Band(f"mean belief less target, degree {degree}", -0.03, 0.03, "share")
      for degree in (4, 8, 20)),
    kind="validation", basis="East, Hammond & Wright 2007; band ours",
    quantity="belief after five years",
)  # fmt: skip
def belief_stays(lab: Laboratory) -> tuple[float, ...]:
    """After five years of a market in which people leave and join."""
    found = []
    for degree in (4, 8, 20):
        setup = lab.whole_market
        if degree != lab.scenario.network.degree:
            setup = setup._replace(network=(("degree", degree),), people=lab.scale.people)
        people = lab.run("none", setup).people
        found.append(float(people["belief"][:, 0].mean()) - lab.scenario.market.belief)
    return tuple(found)
