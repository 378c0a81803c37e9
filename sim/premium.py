"""The premium of engaged customers, by selection: how far set-points go with spend (C1, C2).

Gallup (2009) found that the fully engaged, the upper 19 %, spend 1.23 times the mean. Most of that
is who they are. Part comes about by itself: who may drop out at each purchase, and is still there
though they buy much, is loyal, and so is who is engaged. The rest is made up by a correlation of
purchase rates, or under contracts of bills, with the set-point of engagement. So the premium is
calibrated, and proves nothing; that of the disengaged is held out.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from ..agents.state import World
from .kernel import Records
from .world import scores

FULLY_ENGAGED = 0.19
"""Share of customers who are called fully engaged (Gallup 2009)."""

MOST = 0.9
"""Greatest correlation of set-point and spend."""

Column = NDArray[np.float64]


def spending_link(world: World, people: Records, months: int) -> float:
    """Correlation of normal scores of set-point and spend that makes the premium; 0 to .9.

    `people` are neutral ones of this world, `months` the longest tenure among its customers. Spend
    is by purchase rate, of those who have not dropped out; under contracts by bill.
    """
    target = 1.0 + float(world.engaged_premium)
    if target == 1.0 or len(people) < 2:
        return 0.0
    engaged = people["engagement_norm"]
    order = np.argsort(np.argsort(engaged, kind="stable"), kind="stable")
    e = special.ndtri((order + 0.5) / len(order))
    to_set_point = float(np.corrcoef(e, people["engagement_score"])[0, 1])
    if not to_set_point > 0.0:
        return 0.0
    to_leaving = float(np.corrcoef(e, people["leaving_score"])[0, 1]) * world.leaving_link

    def excess(link: float) -> float:
        return float(_premium(world, link * to_set_point, to_leaving, months) - target)

    if excess(0.0) >= 0.0:
        return 0.0
    if excess(MOST) <= 0.0:
        return MOST
    return float(optimize.brentq(excess, 0.0, MOST, xtol=1e-4))


_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(40)


def _premium(world: World, to_spend: float, to_leaving: float, months: int) -> float:
    """Spend of the fully engaged over that of all, at correlations of engagement with normal scores
    of spend and of leaving."""
    e, x, q = np.meshgrid(_ENGAGED[0], _NODES, _NODES[::2], indexing="ij")
    weight = _ENGAGED[1][:, None, None] * _WEIGHTS[None, :, None] * _WEIGHTS[None, None, ::2]
    score = to_spend * e + np.sqrt(1.0 - to_spend**2) * x
    if world.contractual:
        spend = np.exp(world.basket_sd_between * score)
    else:
        spend = np.exp(np.interp(score, scores(), world.rate_table))
        risk = to_leaving * e + np.sqrt(1.0 - to_leaving**2) * q
        gone = spend * special.expit(np.interp(risk, scores(), world.propensity_table)) * months
        weight = weight * -np.expm1(-gone) / np.maximum(gone, 1e-300)  # share of months still there
    full = e >= special.ndtri(1.0 - FULLY_ENGAGED)
    return float(np.average(spend[full], weights=weight[full]) / np.average(spend, weights=weight))


def _classes() -> tuple[Column, Column]:
    """Scores of engagement: equal shares of customers, 81 below the fully engaged, 19 of them."""
    share = (np.arange(100) + 0.5) / 100.0
    return special.ndtri(share), np.full(100, 0.01)


_ENGAGED = _classes()
