"""Facts of points programmes: whom they move, for how long, and what is left unredeemed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...agents.luck import ShopLuck
from ...agents.rules.points import earn, lift, redeem
from ...scenarios.market import Buying, Leaving
from .fact import Band, fact
from .laboratory import Laboratory, Life, Setup, luck, person

Column = NDArray[np.float64]
YEAR, TWO_YEARS = 12, 24


def twins(lab: Laboratory) -> tuple[Life, Life]:
    """A cohort without points, and with them."""
    return lab.life("none", lab.cohort), lab.life("points_only", lab.cohort)


@fact(
    "20", "Purchases quicken towards a reward and fall back after it",
    Band("last over first time between purchases of a card", 0.7, 0.9, "ratio"),
    Band("first of the next card over the last one", 1.0, unit="ratio"),
    kind="verification", basis="Kivetz, Urminsky & Zheng 2006", quantity="Kivetz interval",
    where="anywhere",
    remark="The gradient's strength is set by the first of these.",
)  # fmt: skip
def card_quickens(lab: Laboratory) -> tuple[float, float]:
    """A member with the mean share of wallet, who buys once a month; ten purchases to a reward."""
    world = lab.numbers_of_rules(points_lift=0.0, reward_momentum=1.0, contractual=1)
    offer = lab.offer({"points": {"earn": 0.1, "goal": 10.0}}, world)
    member = person(member=1, wallet=0.4, points=[0, 0, 0, 0])
    drawn = luck(ShopLuck, card=0.0, redeem=0.0)
    spend = int(offer.goal / offer.points_per_unit / 10.0 * 1e6) + 1
    pace, rewards = [], []
    for _ in range(200):
        pace.append(lift(member, offer, world))
        member.spend, member.issued, member.redeemed = spend, 0, 0
        earn(member, offer, world, drawn)
        redeem(member, offer, world, drawn)
        rewards.append(member.redeemed > 0)
    at = np.flatnonzero(rewards)[-3:-1]  # months of two rewards, long after joining
    first, last = pace[at[0] + 1], pace[at[1]]
    return first / last, last / pace[at[1] + 1]


@fact(
    "4.4c", "A card is finished sooner than its first purchases would have it",
    Band("time of a card over that at its first pace, less 1", -0.22, -0.08, "share"),
    kind="validation", basis="Kivetz, Urminsky & Zheng 2006", quantity="Kivetz card time",
    where="noncontractual",
    remark="The gradient is set by the interval between purchases at the mean share of wallet "
    "(fact 20). In the market at large it is centred on a member's own usual progress, so a "
    "card is finished little sooner than at the usual pace: that is what keeps it from "
    "being a lift. In a cafe nobody was compared with their usual pace.",
)  # fmt: skip
def card_is_finished_sooner(lab: Laboratory) -> float:
    """Members who reached a reward: mean time between purchases over the ten tenths of a card."""
    _, life = twins(lab)
    start = lab.start(lab.cohort)
    diary = life.diary
    progress, usual = diary["progress"], diary["usual_progress"]
    counted = (diary["member"] == 1) & (diary["alive"] == 1) & (diary["redeemed"].sum(axis=0) > 0)
    pace = 1.0 + start.neutral.world.goal_gradient * (progress - usual) * (
        1.0 - start.people["wallet"]
    )
    weight = np.broadcast_to(start.people["rate"], pace.shape)
    tenth = np.minimum(9, (progress * 10).astype(int))
    times = []
    for place in range(10):
        here = counted & (tenth == place)
        if not here.any():
            return float("nan")
        times.append(float(np.average(1.0 / pace[here], weights=weight[here])))
    return float(np.mean(times)) / times[0] - 1.0


@fact(
    "21", "Points move light and moderate buyers; heavy ones stay as they are and get the rewards",
    Band("lift of the heavy third", -0.02, 0.02, "share"),
    Band("lift of the others less that of the heavy third", 0.0, unit="share"),
    Band("share of rewards that the heavy third gets", 0.60, 1.0, "share"),
    kind="validation", basis="Liu 2007; Hartmann & Viard 2008", quantity="Liu, heavy flat",
    where="noncontractual",
    remark="Tried where it was found: members of a shop that is visited often (six times a month, "
    "little dropout). The lift falls with the share of wallet, as it should, but the heavy third "
    "has half of its wallet elsewhere: to be flat it would need more than .8 of it here. A reward "
    "every few weeks keeps the programme fresh and gives momentum again and again.",
)  # fmt: skip
def heavy_buyers_stay_flat(lab: Laboratory) -> tuple[float, float, float]:
    """Purchases of two years of members who last that long in both, by thirds of their own rate."""
    often = Setup(
        lab.scale.people, TWO_YEARS,
        market=(("buying", FREQUENT), ("leaving", Leaving(a=0.8, b=60.0)), ("encounters", 6.0)),
    )  # fmt: skip
    none, points = (lab.life(name, often) for name in ("none", "points_only"))
    end = TWO_YEARS - 1
    lasting = (none.diary["alive"][end] == 1) & (points.diary["alive"][end] == 1)
    member = lasting & (points.diary["member"][end] == 1)
    rate = lab.start(often).people["rate"]
    heavy = rate >= np.quantile(rate[member], 2.0 / 3.0)
    lifts = [lift_of(none, points, group & member) for group in (heavy, ~heavy)]
    rewards = points.total("redeemed", 0, TWO_YEARS)
    total = float(rewards[member].sum())
    share = float(rewards[member & heavy].sum()) / total if total else float("nan")
    return lifts[0], lifts[1] - lifts[0], share


FREQUENT = Buying(rate=6.0, shape=2.0, basket=35.0)
"""Purchases at a grocer's, as the evidence has them (judgement)."""


def lift_of(none: Life, points: Life, group: NDArray[np.bool_]) -> float:
    """Purchases of two years under points over those of the same people without, less 1."""
    bought = [float(life.total("purchases", 0, TWO_YEARS)[group].sum()) for life in (points, none)]
    return bought[0] / bought[1] - 1.0


@fact(
    "22", "Members buy far more than others, most of it not because of the programme",
    Band("gap between members and others over the causal effect", 3.0, 12.0, "ratio"),
    kind="validation", basis="Leenheer et al. 2007", quantity="Leenheer ratio",
    where="noncontractual",
)  # fmt: skip
def members_select_themselves(lab: Laboratory) -> float:
    """Purchases in the third year of those who are customers at its start, against their twins."""
    none, points = twins(lab)
    there = points.diary["alive"][TWO_YEARS - 1] == 1
    member = there & (points.diary["member"][TWO_YEARS - 1] == 1)
    other = there & ~member
    if not member.any() or not other.any():
        return float("nan")
    tried, bare = (life.total("purchases", TWO_YEARS, TWO_YEARS + YEAR) for life in (points, none))
    gap = float(tried[member].mean() - tried[other].mean())
    caused = float(tried[member].mean() - bare[member].mean())
    return gap / caused if caused > 0.0 else float("inf")


@fact(
    "23", "The effect of points wears off within a year",
    Band("months until half of the lift is gone", 6.0, 12.0, "months"),
    kind="verification", basis="Meyer-Waarden 2007", quantity="Meyer-Waarden erosion",
    where="anywhere",
)  # fmt: skip
def lift_wears_off(lab: Laboratory) -> float:
    """A member whose wallet is all elsewhere, at no progress."""
    world = lab.numbers_of_rules()
    offer, at = lab.offer({"points": {"earn": 0.01}}, world), np.arange(0.0, 60.0, 0.1)
    gains = np.array([lift(person(member=1, novelty=t), offer, world) - 1.0 for t in at])
    return float(at[np.argmax(gains <= 0.5 * gains[0])])


@fact(
    "24", "Points move behaviour more than attitude",
    Band("standardised effect on E over that on purchases", 0.0, 0.5, "ratio"),
    kind="verification", basis="Belli et al. 2022", quantity="points and attitude",
    where="noncontractual",
)  # fmt: skip
def behaviour_before_attitude(lab: Laboratory) -> float:
    """Twins over two years; attitudes of people whom nobody leaves."""
    large = Setup(lab.scale.many, TWO_YEARS)
    bare, tried = (
        lab.life(name, large).total("purchases", 0, TWO_YEARS) for name in ("none", "points_only")
    )
    before, after = (lab.held(name).at[36]["engagement"] for name in ("none", "points_only"))
    behaviour = abs(float(tried.mean() - bare.mean())) / float(bare.std())
    return abs(float(after.mean() - before.mean())) / float(before.std()) / behaviour


@fact(
    "26", "Some points are never redeemed",
    Band("expired over expired and redeemed, years 3 to 5", 0.10, 0.35, "share"),
    kind="validation", basis="Goic, Montoya & Troncoso 2025; Colloquy 2011 (from memory)",
    quantity="breakage", where="noncontractual",
    remark="Under contracts all members reach four bills' worth of spend, so only leavers lose "
    "points; at a goal of 12 bills .16 expire, at 24 .42.",
)  # fmt: skip
def breakage_emerges(lab: Laboratory) -> float:
    """Points that expire at 24 months, in a market where people leave and join."""
    curves = lab.run("points_only", lab.whole_market).curves.iloc[TWO_YEARS:]
    expired, redeemed = float(curves["expired"].sum()), float(curves["redeemed"].sum())
    return expired / (expired + redeemed) if expired + redeemed else float("nan")
