"""Estimators of the effect of a treatment, as pure functions of a panel.

Arrays have shape (months, people), or (people,) where said. `outcome` is what is compared;
`treated` who was under treatment when the month began; `counted` who is in the panel then (on the
books). People are compared within months and no one who is treated already is anybody's
comparison, so effects that wear off do no harm (Callaway & Sant'Anna 2021, those not yet treated
as controls). Effects have the unit of the outcome; errors are clustered by person.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from .panel import Mask, Matrix

STRATA = 10
"""Strata of spend before, within which matched people are compared."""


class Estimate(NamedTuple):
    """An effect and its standard error; nan where there is nobody to compare."""

    effect: float
    error: float


NOTHING = Estimate(math.nan, math.nan)


def naive(outcome: Matrix, treated: Mask, counted: Mask) -> Estimate:
    """The treated against the untreated of the same month."""
    return matched(outcome, treated, counted, np.zeros(outcome.shape[1], dtype=int))


def did(outcome: Matrix, before: Matrix, treated: Mask, counted: Mask) -> Estimate:
    """Difference in differences: each month against one's own mean `before`, shape (people,).

    Unbiased for the effect on the treated if both sides would have changed alike untreated.
    """
    return naive(outcome - before, treated, counted)


def matched_did(
    outcome: Matrix, before: Matrix, treated: Mask, counted: Mask, strata: int = STRATA
) -> Estimate:
    """Difference in differences among people of the same quantile group of `before`."""
    return matched(outcome - before, treated, counted, groups(before, strata))


def matched(outcome: Matrix, treated: Mask, counted: Mask, group: Matrix) -> Estimate:
    """Treated against untreated within month and `group`, shape (people,), averaged over the
    treated; those without an untreated person of their month and group are left out.
    """
    months, people = outcome.shape
    cell = (group + np.arange(months)[:, None] * (int(group.max(initial=0)) + 1))[counted]
    y, d = outcome[counted], treated[counted]
    person = np.broadcast_to(np.arange(people), outcome.shape)[counted]
    size = int(cell.max(initial=0)) + 1
    ones = np.bincount(cell[d], minlength=size)
    zeros = np.bincount(cell[~d], minlength=size)
    used = (ones > 0) & (zeros > 0)
    if not used.any():
        return NOTHING
    mean_one = np.bincount(cell[d], y[d], size) / np.maximum(1, ones)
    mean_zero = np.bincount(cell[~d], y[~d], size) / np.maximum(1, zeros)
    share = np.where(used, ones, 0) / ones[used].sum()
    effect = float(share @ (mean_one - mean_zero))
    # What each row adds to the error of its cell's two means, summed by person before squaring;
    # n / (n - 1) as in any variance about a mean. A cell of one says nothing of its own error.
    pull = np.where(
        d,
        (y - mean_one[cell]) / np.sqrt(np.maximum(1, ones * (ones - 1)))[cell],
        (mean_zero[cell] - y) / np.sqrt(np.maximum(1, zeros * (zeros - 1)))[cell],
    )
    by_person = np.bincount(person, pull * share[cell], people)
    return Estimate(effect, math.sqrt(float(by_person @ by_person)))


def randomised(outcome: Matrix, before: Matrix, assigned: Mask, counted: Mask) -> Estimate:
    """Those assigned at random, shape (people,), against the others: the mean of months counted.

    Adjusted by least squares for what they did `before`, shape (people,), each side with its own
    slope: it takes out luck, and in large samples never adds any (Lin 2013).
    """
    people = np.nonzero(counted)[1]
    y, x, d = outcome[counted], before[people], assigned[people].astype(float)
    if not 0 < d.sum() < len(d):
        return NOTHING
    x = x - x.mean()
    design = np.column_stack([d, np.ones(len(y)), x, d * x])
    inverse = np.linalg.pinv(design.T @ design)
    beta = inverse @ (design.T @ y)
    score = design * (y - design @ beta)[:, None]
    by_person = np.column_stack([np.bincount(people, one) for one in score.T])
    covariance = inverse @ (by_person.T @ by_person) @ inverse
    return Estimate(float(beta[0]), math.sqrt(float(covariance[0, 0])))


def twins(outcome: Matrix, untreated: Matrix, among: Mask) -> Estimate:
    """The truth: the same people in the same months with treatment and without, `among` those
    whom the effect is asked for.
    """
    count = int(among.sum())
    if count == 0:
        return NOTHING
    gap = np.where(among, outcome - untreated, 0.0)
    effect = float(gap.sum()) / count
    by_person = (gap - effect * among).sum(axis=0) / count
    return Estimate(effect, math.sqrt(float(by_person @ by_person)))


def groups(values: Matrix, count: int) -> Matrix:
    """Quantile groups 0 .. count - 1 of values, shape (people,); ties share a group."""
    edges = np.quantile(values, np.arange(1, count) / count)
    return np.asarray(np.searchsorted(edges, values, side="right"))


def ratio_interval(
    estimates: Matrix, truths: Matrix, quantile: float
) -> tuple[float, float, float]:
    """Mean estimate over mean truth, each of shape (worlds,), with Fieller's interval (1954).

    `quantile` is Student's for worlds - 1. The ends are infinite where the truth may well be
    nothing: then no bound can be put on the ratio.
    """
    n = len(estimates)
    e, t = float(np.mean(estimates)), float(np.mean(truths))
    ratio = e / t if t != 0.0 else math.nan
    if n < 2:
        return ratio, math.nan, math.nan
    (ee, et), (_, tt) = np.cov(estimates, truths) * quantile**2 / n
    a, b, c = t * t - tt, e * t - et, e * e - ee
    inside = b * b - a * c
    if a <= 0.0 or inside < 0.0:
        return ratio, -math.inf, math.inf
    half = math.sqrt(inside)
    return ratio, (b - half) / a, (b + half) / a
