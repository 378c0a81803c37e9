"""Facts of single events and of levers that are not always pulled: breaches, advice, rewards."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...agents.company import Company
from ...agents.offering import programme_lift
from ...agents.rules.acts import FADING, unpaid
from ...agents.rules.contact import personal_response
from ...agents.rules.leaving import hazard_ratio
from ...agents.rules.tiers import review
from ...agents.rules.trust import breach
from ...agents.state import World
from ...scenarios.levers import Strategy
from ...scenarios.shocks import Shock
from ..kernel import CompiledPeople
from ..month import live
from ..world import flat_path
from .fact import Band, fact
from .laboratory import RULES, Laboratory, person

YEAR = 12
BREACH = Shock(kind="breach", month=0)


@fact(
    "7", "A year after a breach most of the trust lost is still lost",
    Band("share of the loss that is left after 12 months", 0.60, 0.95, "share"),
    kind="validation", basis="Slovic 1993; the band is our judgement", quantity="trust regained",
    remark=".64 at the defaults. The pull of good encounters may be far greater than its default "
    "(.02 to .10 around .04), and where it is, trust is back sooner.",
)  # fmt: skip
def breach_is_remembered(lab: Laboratory) -> float:
    """Mean trust of people whom nobody leaves, with a breach of severity 1 less without."""
    loss = trust_lost(lab, Strategy(), YEAR + 1)
    return float(loss[YEAR] / loss[0])


def trust_lost(lab: Laboratory, tried: Strategy, months: int) -> NDArray[np.float64]:
    """Loss of mean trust by a breach in month 0, at the end of each month."""
    with_it, without = (trust_path(lab, tried, shocks, months) for shocks in ((BREACH,), ()))
    return without - with_it


def trust_path(lab: Laboratory, tried: Strategy, shocks: Any, months: int) -> NDArray[np.float64]:
    """Mean trust month by month, of the cohort, under a strategy and shocks."""
    start = lab.start(lab.cohort)
    world = World(**vars(start.neutral.world))
    engine = CompiledPeople(start.people.copy(), start.ties, start.key, world, RULES)
    struck = [(shock, 0.5) for shock in shocks]
    company = Company(tried.schedule(), start.scenario.market, struck)
    still = flat_path(1, settling=True)
    path = []
    for month in range(months):
        live(engine, [company], world, still, month)
        path.append(engine.people["trust"].mean())
    return np.array(path)


@fact(
    "8", "Transparency and control soften a breach",
    Band("distrust taken off by full transparency and control", 0.30, 0.70, "share"),
    Band("loss of mean trust taken off, in a month", 0.30, 0.70, "share"),
    kind="verification", basis="Martin, Borah & Palmatier 2017",
    quantity="Martin, transparency and control",
)  # fmt: skip
def openness_softens(lab: Laboratory) -> tuple[float, float]:
    """By the rule; and in a market, against none of either."""
    world = lab.numbers_of_rules()
    by_rule = 1.0 - breach(1.0, 1.0, 1.0, world) / breach(1.0, 0.0, 0.0, world)
    losses = [
        trust_lost(lab, Strategy.model_validate({"data": {"transparency": x, "control": x}}), 1)[0]
        for x in (0.0, 1.0)
    ]
    return by_rule, 1.0 - float(losses[1] / losses[0])


@fact(
    "9", "Personal messages work better under control over one's data",
    Band("response with control over that to impersonal ones", 1.3, 2.0, "ratio"),
    Band("response without control over that with it", 0.0, 1.0, "ratio"),
    kind="verification", basis="Tucker 2014", quantity="Tucker, control over personalisation",
    where="anywhere",
)  # fmt: skip
def control_makes_personal_work(lab: Laboratory) -> tuple[float, float]:
    """Entirely personal messages."""
    world = lab.numbers_of_rules()
    controlled = personal_response(1.0, 1.0, world)
    return controlled, personal_response(1.0, 0.0, world) / controlled


@fact(
    "13", "Advice that makes use salient drives out those whom the company suits badly",
    Band("rise of their churn in three months, at 6.4 % without", 0.01, 0.06, "share"),
    Band("rise of that of the others", high=0.0, unit="share"),
    kind="verification", basis="Ascarza, Iyengar & Schleicher 2016",
    quantity="Ascarza, proactive advice", where="anywhere",
)  # fmt: skip
def advice_wakes(lab: Laboratory) -> tuple[float, float]:
    """By the ratio on the hazard, from the churn of those who got none in the study."""
    world = lab.numbers_of_rules()
    monthly = 1.0 - (1.0 - 0.064) ** (1.0 / 3.0)

    def rise(match: float) -> float:
        ratio, plain = (
            hazard_ratio(person(match=match, alerted=months, since_referral=100), world)
            for months in (3, 0)
        )
        return float((1.0 - monthly) ** 3 - (1.0 - monthly * ratio / plain) ** 3)

    return rise(-0.1), rise(0.1)


ADVICE = {"proactive": 0.3, "proactive_salient": 1.0}


@fact(
    "13b", "Whether proactive advice keeps more customers than it wakes",
    Band("change of customers after three years", unit="share"),
    kind="validation", basis="Ascarza, Iyengar & Schleicher 2016 (the sign is a result)",
    quantity="balance of proactive advice",
    remark="Three in ten are woken a month and few failures prevented: on balance such advice "
    "costs customers, more so where contracts are renewed.",
)  # fmt: skip
def advice_on_balance(lab: Laboratory) -> float:
    """Three in ten advised each month: failures prevented against the ill-matched woken; twins."""
    advised = Strategy.model_validate({"service": ADVICE})
    kept = [lab.life(one, lab.cohort).diary["alive"][35].sum() for one in ("none", advised)]
    return float(kept[1] / kept[0]) - 1.0


@fact(
    "25", "Each rival with a programme of their own shrinks the lift of points",
    Band("share of the lift lost by the first rival", 0.10, 0.20, "share"),
    kind="verification", basis="Bombaij & Dekimpe 2020; Leenheer et al. 2007",
    quantity="rivals' programmes", where="anywhere",
)  # fmt: skip
def rivals_copy(lab: Laboratory) -> float:
    """The factor on the lift, with one against none."""
    world, market = lab.numbers_of_rules(), lab.scenario.market
    alone, with_one = (
        programme_lift(False, market.model_copy(update={"rival_programmes": n}), world)
        for n in (0, 1)
    )
    return 1.0 - with_one / alone


@fact(
    "27", "Demotion from a tier hurts more than promotion to it pleases",
    Band("engagement lost over engagement won", 1.3, 3.0, "ratio"),
    kind="verification", basis="Wagner, Hennig-Thurau & Rudolph 2009",
    quantity="Wagner, loss of a tier", where="anywhere",
)  # fmt: skip
def demotion_hurts_more(lab: Laboratory) -> float:
    """A member whose spend reaches a tier, and one whose year falls short of it."""
    world = lab.numbers_of_rules()
    offer = lab.offer({"points": {"earn": 0.01, "tiers": [2.0]}}, world)
    usual = {"member": 1, "engagement": 0.5, "member_months": 12}
    risen = person(**usual, spend=int(offer.thresholds[0] * 2e6))
    fallen = person(**usual, tier=1)
    for member in (risen, fallen):
        review(member, offer, world)
    return float((0.5 - fallen.engagement) / (risen.engagement - 0.5))


@fact(
    "28", "Once paid advocacy ends, people recommend less than before, for a time",
    Band("change of unpaid praise in the month after", -0.30, -0.05, "share"),
    Band("share of that left after half a year", 0.3, 0.7, "share"),
    kind="verification", basis="Deci, Koestner & Ryan 1999", quantity="Deci, crowding out",
    where="anywhere",
)  # fmt: skip
def rewards_crowd_out(lab: Laboratory) -> tuple[float, float]:
    """By the rule."""
    world = lab.numbers_of_rules()
    offer = lab.offer({}, world)
    ended, later = (
        unpaid(person(crowding=FADING**months), offer, world) - 1.0 for months in (0, 6)
    )
    return ended, later / ended if ended < 0.0 else float("nan")


@fact(
    "32", "Customers of several channels look worth more than the second channel makes them",
    Band("gap to customers of one channel over the causal effect", 3.0, unit="ratio"),
    kind="validation", basis="Kushwaha & Shankar 2013; Neslin & Shankar 2009",
    quantity="value of a second channel", where="noncontractual",
)  # fmt: skip
def channels_select(lab: Laboratory) -> float:
    """Purchases in the third year of customers then, against twins whose channels are apart."""
    aligned = Strategy.model_validate({"marketing": {"aligned": 0.5}})
    bare, tried = lab.life("none", lab.cohort), lab.life(aligned, lab.cohort)
    there = (tried.diary["alive"][23] == 1) & (bare.diary["alive"][23] == 1)
    many = there & (tried.diary["multichannel"][23] == 1)
    one = there & ~many
    if not many.any() or not one.any():
        return float("nan")
    bought, apart = (life.total("purchases", 24, 36) for life in (tried, bare))
    caused = float(bought[many].mean() - apart[many].mean())
    return float(bought[many].mean() - bought[one].mean()) / caused if caused > 0.0 else np.nan


@fact(
    "49", "Those who join a community would have bought more anyway",
    Band("gap between joiners and others over the causal effect", 2.0, unit="ratio"),
    Band("causal effect on joiners' purchases", 0.0, 0.235, "share"),
    kind="validation", basis="Manchanda, Packard & Pattabhiramaiah 2015",
    quantity="Manchanda, joiners of a community", where="noncontractual",
)  # fmt: skip
def joiners_select_themselves(lab: Laboratory) -> tuple[float, float]:
    """The half with more ties after two years, and their purchases of the third; twins."""
    open_to_all = Strategy.model_validate({"community": {"capacity": 0.5}})
    bare, tried = lab.life("none", lab.cohort), lab.life(open_to_all, lab.cohort)
    there = (tried.diary["alive"][23] == 1) & (bare.diary["alive"][23] == 1)
    ties = tried.diary["ties"][23]
    joiner = there & (ties > np.median(ties[there]))
    other = there & ~joiner
    bought, without = (life.total("purchases", 24, 36) for life in (tried, bare))
    caused = float(bought[joiner].mean() - without[joiner].mean())
    gap = float(bought[joiner].mean() - bought[other].mean())
    return gap / caused if caused > 0.0 else np.nan, caused / float(without[joiner].mean())
