"""The small mathematics that rules share.

A rule is one scalar function. `customer` is a Mesa agent or one record of a table of people; the
same lines serve both, to the last bit. So rules use `math` (never numpy), write literal powers as
products, and keep floats floats (`max(0.0, x)`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..accelerate import rule


@rule
def clip01(x: float) -> float:
    """`x`, kept within [0, 1]."""
    return min(1.0, max(0.0, x))


@rule
def logistic(x: float) -> float:
    """Probability of log-odds `x`; safe for any finite `x`."""
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-x))
    odds = math.exp(x)
    return odds / (1.0 + odds)


@rule
def balance(z: float, home: float, pull: float, up: float, down: float) -> float:
    """One month of a state in [0, 1] under three pulls: to `home`, up to 1 and down to 0.

    The exact step towards the balance of pulls (rates per month, >= 0; `pull` > 0), so that no rate
    can carry the state out of [0, 1].
    """
    total = up + down + pull
    rest = (up + pull * home) / total
    return z - math.expm1(-total) * (rest - z)


@rule
def poisson(u: float, rate: float) -> int:
    """Number of events at `rate` (0 to 60) by sequential inversion of the uniform `u`.

    Inversion keeps twins together: for the same `u` a greater rate never gives fewer events.
    """
    if u <= 1.0 - rate:  # below exp(-rate), so none: saves the exponential
        return 0
    chance = math.exp(-rate)
    total = chance
    n = 0
    while u > total and n < 400:
        n += 1
        chance *= rate / n
        total += chance
    return n


@rule
def binomial(u: float, trials: int, chance: float) -> int:
    """Number of successes in `trials`, by inversion of the uniform `u`."""
    if trials == 0 or chance <= 0.0:
        return 0
    if chance >= 1.0:
        return trials
    if trials == 1:
        return 1 if u > 1.0 - chance else 0
    weight = math.exp(trials * math.log1p(-chance))
    total = weight
    n = 0
    while u > total and n < trials:
        n += 1
        weight *= chance / (1.0 - chance) * (trials - n + 1.0) / n
        total += weight
    return n


@rule
def normal(u: float) -> float:
    """Standard normal quantile of `u` in (0, 1): Acklam's rational approximation.

    Relative error below 1.2e-9 (P. J. Acklam, 2003).
    """
    if 0.02425 <= u <= 0.97575:
        q = u - 0.5
        r = q * q
        top = -3.969683028665376e01 * r + 2.209460984245205e02
        top = (top * r - 2.759285104469687e02) * r + 1.383577518672690e02
        top = (top * r - 3.066479806614716e01) * r + 2.506628277459239e00
        low = -5.447609879822406e01 * r + 1.615858368580409e02
        low = (low * r - 1.556989798598866e02) * r + 6.680131188771972e01
        low = (low * r - 1.328068155288572e01) * r + 1.0
        return q * top / low
    q = math.sqrt(-2.0 * math.log(min(u, 1.0 - u)))
    top = -7.784894002430293e-03 * q - 3.223964580411365e-01
    top = (top * q - 2.400758277161838e00) * q - 2.549732539343734e00
    top = (top * q + 4.374664141464968e00) * q + 2.938163982698783e00
    low = 7.784695709041462e-03 * q + 3.224671290700398e-01
    low = (low * q + 2.445134137142996e00) * q + 3.754408661907416e00
    low = low * q + 1.0
    return top / low if u < 0.5 else -top / low


SCORES = 513
"""Points of a quantile table: evenly spaced normal scores from -5 to 5."""


@rule
def quantile(table: Sequence[float], score: float) -> float:
    """Value of a distribution at a normal `score`, from its table of `SCORES` quantiles."""
    place = min(511.999999, max(0.0, (score + 5.0) * 51.2))
    k = int(place)
    return table[k] + (place - k) * (table[k + 1] - table[k])
