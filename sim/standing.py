"""Where customers stand in a base: on the books, gone unnoticed, or dormant.

Buyers without a contract never give notice. What a company has on its books after so many months,
and who is missing from them, follows from the BG/NBD in continuous time, in closed form.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from ..agents.accelerate import rule
from ..scenarios.market import Market
from .world import propensity_table, rate_table, scores

Column = NDArray[np.float64]

LONGEST = 3
"""Dormant are those who are silent for up to so many times what strikes a buyer off the books."""


class Standing(NamedTuple):
    """Where customers without a contract stand in a base, by person: what only time would show.

    gone: has left in silence, and is on the books still. dormant: off the books after long silence,
    but may buy again. silence: months since the last purchase.
    """

    gone: NDArray[np.bool_]
    dormant: NDArray[np.bool_]
    silence: NDArray[np.int32]


@rule
def stand(
    rate: float, chance: float, tenure: int, window: int, lasts: float, gone: float, silent: float
) -> tuple[bool, bool, int]:
    """Whether a buyer is on the books after `tenure` months, has left, and for how long is silent.

    The BG/NBD in continuous time: purchases at `rate` a month, each the last with a `chance`, after
    the one that began the relation. On the books is who bought within the `window`. With W the
    window, at most the tenure, the weights of having left within W and of being there, both for
    somebody who bought within W, are exp(rate chance W) - 1 and 1 - exp(-rate (1 - chance) W); the
    silence of those who left falls, that of the others rises towards now. Within the first W months
    everybody is on the books by the purchase that began it.
    """
    young = tenure <= window
    w = float(min(tenure, window))
    dying, buying = rate * chance, rate * (1.0 - chance)
    if not young and lasts >= math.exp(-dying * (tenure - w)) * -math.expm1(-rate * w):
        return False, False, 0
    left = math.expm1(min(600.0, dying * w))
    there = 1.0 if young else -math.expm1(-buying * w)
    if gone * (left + there) < left:
        months = math.log1p(silent * left) / dying
        return True, True, min(int(months), tenure - 1)
    reach = 1.0 if young else -math.expm1(-buying * w)
    rest = -math.log1p(-silent * reach)
    months = w if rest >= buying * w else rest / buying
    return True, False, min(int(months), tenure - 1)


@rule
def rest(
    rate: float, chance: float, tenure: int, window: int, lasts: float, silent: float
) -> tuple[bool, int]:
    """Whether a buyer is there but off the books after `tenure` months, and for how long silent.

    As in `stand`: the last purchase was longer ago than the `window`, but at most `LONGEST` of it;
    those who are silent for longer are prospects like others.
    """
    buying = rate * (1.0 - chance)
    most = math.exp(-buying * window)
    least = math.exp(-buying * LONGEST * window) if tenure > LONGEST * window else 0.0
    if tenure <= window or lasts >= math.exp(-rate * chance * tenure) * (most - least):
        return False, 0
    months = -math.log(max(1e-300, most - silent * (most - least))) / max(1e-12, buying)
    return True, min(int(min(months, 1e6)), tenure)


def survival_curve(market: Market, months: int, heterogeneity: bool) -> Column:
    """Share of a cohort still there after 0 .. `months` months, by the published model."""
    age = np.arange(months + 1)
    weight, odds = _by_score(propensity_table(market, heterogeneity))
    leave = special.expit(odds)
    if market.setting == "contractual":
        renewals = age // market.renewal_months
        lasting = (1.0 - leave[None, :]) ** renewals[:, None]
        return np.asarray((lasting * weight).sum(axis=1))
    _, rate = _by_score(rate_table(market, heterogeneity))
    speed = np.outer(np.exp(rate), leave).ravel()
    both = np.outer(weight, weight).ravel()
    # A product by BLAS would have other last bits on another number of cores.
    return np.array([(both * np.exp(-speed * month)).sum() for month in age])


class Curves(NamedTuple):
    """Shares of a cohort by month since joining: on the books, and dormant."""

    listed: Column
    dormant: Column


def standing_curves(market: Market, months: int, heterogeneity: bool) -> Curves:
    """Shares of a cohort after 0 .. `months` months: on the books by contract, or by having bought
    within the market's `inactivity_months`; dormant by having bought within thrice that."""
    if market.setting == "contractual":
        listed = survival_curve(market, months, heterogeneity)
        return Curves(listed, np.zeros_like(listed))
    weight, odds = _by_score(propensity_table(market, heterogeneity))
    _, logs = _by_score(rate_table(market, heterogeneity))
    rate = np.exp(logs)
    both = np.outer(weight, weight).ravel()
    dying = np.outer(rate, special.expit(odds)).ravel()
    buying = np.outer(rate, special.expit(-odds)).ravel()
    window = market.inactivity_months
    bought = np.repeat(-np.expm1(-rate * window), len(odds))
    silent = np.exp(-buying * window)
    longer = silent - np.exp(-buying * window * LONGEST)
    listed, dormant = np.ones(months + 1), np.zeros(months + 1)
    for month in range(window + 1, months + 1):
        listed[month] = (both * bought * np.exp(-dying * (month - window))).sum()
        lately = longer if month > LONGEST * window else silent
        dormant[month] = (both * lately * np.exp(-dying * month)).sum()
    return Curves(listed, dormant)


def _by_score(table: list[float]) -> tuple[Column, Column]:
    """Every fourth entry of a quantile table, with the probability of its score."""
    z = scores()[::4]
    weight = stats.norm.pdf(z)
    return weight / weight.sum(), np.asarray(table)[::4]
