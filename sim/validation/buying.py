"""Facts of buying: who buys again, who spends, and what engagement has to do with it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...scenarios.levers import Strategy
from .fact import Band, fact
from .laboratory import Laboratory, Life, Setup

Column = NDArray[np.float64]


@fact(
    "3", "Over half of a new cohort never buys again within nine months",
    Band("share without a repeat purchase in 9 months", 0.50, 0.65, "share"),
    kind="verification", basis="CDNOW, 59.9 % (Fader, Hardie & Lee 2005)",
    quantity="CDNOW weeks 1-39", where="noncontractual",
    remark="The market's rates and dropout are fitted to these weeks.",
)  # fmt: skip
def most_never_repeat(lab: Laboratory) -> float:
    """A purchase comes with joining; repeats come on top."""
    life = lab.life("none", Setup(lab.scale.many, 9))
    return float((life.total("purchases", 0, 9) <= 1.0).mean())


@fact(
    "4", "A fifth of customers spends more than half of all",
    Band("share of spend of the upper fifth, 18 months", 0.50, 0.70, "share"),
    kind="validation", basis="CDNOW, 67.4 % (computed)", quantity="CDNOW spend concentration",
    where="noncontractual",
)  # fmt: skip
def spend_is_concentrated(lab: Laboratory) -> float:
    """A cohort of new customers over 78 weeks, as in the data."""
    spend = np.sort(lab.life("none", lab.cohort).total("spend", 0, 18))[::-1]
    return float(spend[: len(spend) // 5].sum() / spend.sum())


def a_year(lab: Laboratory, *numbers: tuple[str, float]) -> Setup:
    """A year of a large base, some coefficients held."""
    return Setup(3 * lab.scale.people, 12, "base", numbers=numbers)


def spend_index(asked: Life, lived: Life) -> tuple[float, float]:
    """Spend of the upper 19 % and the lowest 23 % of engagement, relative to all customers.

    Classes are those of the year `asked`, spend that of the year `lived`, by the same people.
    """
    there = (asked.diary["alive"][-1] == 1) & (lived.diary["alive"][-1] == 1)
    e, spend = asked.diary["engagement"][-1][there], lived.total("spend", 0, 12)[there]
    full, lost = e >= np.quantile(e, 0.81), e <= np.quantile(e, 0.23)
    return float(spend[full].mean() / spend.mean()), float(spend[lost].mean() / spend.mean())


GALLUP = "Gallup 2009: fully engaged 1.23, actively disengaged .87"


@fact(
    "30", "The actively disengaged spend less, and most of it is selection",
    Band("spend of the lowest 23 % of E over the mean", 0.75, 0.95, "ratio"),
    Band("share of the premium of the upper 19 % that engagement causes", high=0.60, unit="share"),
    Band("spend of the upper 19 % of E over the mean", unit="ratio"),
    kind="validation", basis=GALLUP, quantity="Gallup, actively disengaged",
    remark="The last figure is what bills, or purchase rates, are linked to set-points by (1.23), "
    "so it is no evidence. Without contracts no link is needed: who is still there though "
    "they buy much is loyal, and so is who is engaged. That alone makes 1.27, and makes the "
    "disengaged spend less than published, since rates differ as among the buyers of CDNOW.",
)  # fmt: skip
def disengaged_spend_less(lab: Laboratory) -> tuple[float, ...]:
    """Twins in whom engagement moves neither purchases nor leaving say what is selection."""
    life = lab.life("none", a_year(lab))
    off = lab.life("none", a_year(lab, ("spend_engagement", 0.0), ("hazard_engagement", 0.0)))
    full, lost = spend_index(life, life)
    selected, _ = spend_index(life, off)
    caused = (full - selected) / (full - 1.0) if full > 1.03 else float("nan")
    return lost, caused, full


MONTHS = 24


@fact(
    "48", "Buying faster does not shorten lives",
    Band("largest change of the share alive at a rate 8 % higher", 0.0, 0.3, "points"),
    Band("purchases relative to the usual rate", 1.06, 1.10, "ratio"),
    kind="verification", basis="the bridge to BG/NBD (ours)", quantity="dropout by time",
    where="noncontractual",
)  # fmt: skip
def buying_faster_leaves_lives(lab: Laboratory) -> tuple[float, float]:
    """Messages at their ideal, in a world where these alone raise purchases by 8 %."""
    usual, best = 0.25 * (2.0 - 0.25), 1.0  # x (2 - x) at one message a month, and at four
    held = (("message_lift", 0.08 / (best - 1.08 * usual)), ("ideal_messages", 4.0))
    setup = Setup(2 * lab.scale.many, MONTHS, numbers=held)
    pushed = Strategy.model_validate({"marketing": {"messages": 4}})
    bare, tried = lab.life("none", setup), lab.life(pushed, setup)
    gap = tried.diary["alive"].mean(axis=1) - bare.diary["alive"].mean(axis=1)
    bought = [float(life.total("purchases", 1, MONTHS).sum()) for life in (tried, bare)]
    return float(100.0 * np.abs(gap).max()), bought[0] / bought[1]
