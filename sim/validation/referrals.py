"""Facts of referrals: what the referred are worth, and what referring does to who refers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...agents.state import World
from ...scenarios.levers import Strategy
from .fact import Band, fact
from .laboratory import Laboratory, Life, live_out

Flags = NDArray[np.bool_]
REWARDED = Strategy.model_validate({"referrals": {"reward": 10.0}})
LASTING = 33
"""Months over which the published study watched customers."""
YEAR = 12


class Exposed(NamedTuple):
    """Who could leave and who left, month by month, shape (months, people)."""

    at_risk: Flags
    left: Flags

    tenure: NDArray[np.int16]

    def churn(self, group: Flags) -> float:
        """Share that left of those at risk in a group; nan without any."""
        there = int((self.at_risk & group).sum())
        return float((self.left & group).sum()) / there if there else float("nan")

    def ratio(self, group: Flags, others: Flags) -> float:
        """Leavers of a group over those expected of it, did it leave as others of its tenure do.

        Leaving falls with tenure, and groups that join at other times differ in tenure.
        """
        size = int(self.tenure.max()) + 1
        at_risk, left = (
            np.bincount(self.tenure[which & others], minlength=size)
            for which in (self.at_risk, self.left)
        )
        rate = left / np.maximum(at_risk, 1)
        expected = float(rate[self.tenure[self.at_risk & group]].sum())
        return float((self.left & group).sum()) / expected if expected else float("nan")


def exposed(lab: Laboratory, life: Life) -> Exposed:
    """At renewals, or each month without contracts."""
    alive, tenure = life.diary["alive"] == 1, life.diary["tenure"]
    before = np.zeros_like(alive)
    before[1:] = alive[:-1]
    if lab.contractual:
        before &= tenure % lab.scenario.market.renewal_months == 0
    return Exposed(before, before & ~alive, tenure)


def joiners(lab: Laboratory) -> tuple[Life, Flags]:
    """A market with a referral programme over five years, and who has joined in it, by month."""
    life = lab.life(REWARDED, lab.whole_market)
    return life, life.diary["cohort"] > 0


@fact(
    "4.4a", "Referred customers are more likely to stay",
    Band("churn of the referred below that of others who joined", 0.08, 0.28, "share"),
    kind="validation", basis="Schmitt, Skiera & Van den Bulte 2011: 18 %",
    quantity="naive retention of the referred",
    remark="Weak evidence: the hazard ratio of .82 that goes in is of the same study. Less than "
    "18 % comes out, as those whom it keeps are those who leave easily, and some referrers leave. "
    "With all ratios at 1 it is 0.",
)  # fmt: skip
def the_referred_stay(lab: Laboratory) -> float:
    """Among those who joined in the five years, over their first 33 months."""
    life, new = joiners(lab)
    watched = exposed(lab, life)
    young = new & (life.diary["tenure"] <= LASTING)
    referred = life.diary["referred"] == 1
    return 1.0 - watched.ratio(young & referred, young & ~referred)


@fact(
    "19", "The referred stay longer only while their referrer stays; their margin gap closes",
    Band("churn below that of others, referrer there less referrer gone", 0.0, unit="share"),
    Band("spend above others, months 31 to 42 after joining", -0.03, 0.03, "share"),
    Band("lifetime value above others", unit="share"),
    kind="validation", basis="Schmitt et al. 2011; Van den Bulte et al. 2018",
    quantity="course of referral's advantage",
    remark="When neighbours leave, contagion adds to the first. The last figure is what the "
    "premium of the referred is calibrated to (.16 in the study), so it is no evidence. "
    "Without contracts few are referred, and their purchases are too rare to tell.",
)  # fmt: skip
def advantage_lasts_with_the_referrer(lab: Laboratory) -> tuple[float, ...]:
    """Spend against one's own usual, or differences in baskets would drown the gap."""
    life, new = joiners(lab)
    diary, watched = life.diary, exposed(lab, life)
    referred, active = diary["referred"] == 1, diary["referrer_active"] == 1
    there, gone = (
        1.0 - watched.ratio(new & referred & group, new & ~referred) for group in (active, ~active)
    )
    buys = new & (diary["alive"] == 1) & (diary["purchases"] > 0)
    late = buys & (diary["tenure"] >= 31) & (diary["tenure"] <= 42)
    spent = diary["spend"] / np.maximum(diary["purchases"], 1) / life.run.people["basket"]
    gap = float(spent[late & referred].mean() / spent[late & ~referred].mean()) - 1.0
    return there - gone, gap, worth_above_others(lab, life)


def worth_above_others(lab: Laboratory, life: Life) -> float:
    """Lifetime value of the referred over that of others who joined in three years, less 1.

    Discounted to the month of joining.
    """
    people, worth = life.run.people, life.run.worth
    new = (people["base"] == 0) & (people["spell"] == 1)
    new &= (people["cohort"] >= 0) & (people["cohort"] < 36)
    worth = worth * (1.0 + lab.scenario.discount_rate) ** people["cohort"]
    referred = people["referred"] == 1
    return float(worth[new & referred].mean() / worth[new & ~referred].mean()) - 1.0


@fact(
    "4.4b", "Who refers leaves less, twice as much so as referring makes them",
    Band("churn gap of referrers over its causal part", 2.0, unit="ratio"),
    kind="validation", basis="Garnefeld et al. 2013: 19 to 7 % a year; share of cause ours",
    quantity="naive gap of referrers",
    remark="A newcomer is credited to a neighbour who has recommended within a year; these are "
    "more satisfied and engaged. Under contracts that selects less than the published "
    "figures have it: leaving is mostly propensity, which talk does not go with.",
)  # fmt: skip
def referrers_select_themselves(lab: Laboratory) -> float:
    """Against a twin market in which referring changes nobody."""
    actual, _ = joiners(lab)
    start = lab.start(lab.whole_market)
    unmoved = World(**{**vars(start.neutral.world), "referrer_hazard": 1.0, "referrer_spend": 0.0})
    twin = live_out(start._replace(neutral=start.neutral._replace(world=unmoved)), REWARDED)
    gaps = []
    for life in (actual, twin):
        referrer = life.diary["since_referral"] < YEAR
        watched = exposed(lab, life)
        gaps.append(watched.churn(~referrer) - watched.churn(referrer))
    naive, selected = gaps
    return naive / (naive - selected) if naive > selected else float("nan")
