"""Whether a difference between data and model may be chance: chi-square, and runs of signs."""

from __future__ import annotations

import numpy as np
from scipy import stats

from .likelihood import Floats

EXPECTED = 5.0
"""Least variance of the count in a cell of a chi-square test; smaller ones are pooled."""


def pooled(variance: Floats) -> Floats:
    """Which neighbouring cells go together, so that each has a variance of `EXPECTED` at least.

    0 and 1, shape (pools, cells): its product with the cells sums them.
    """
    cells = np.zeros(len(variance), dtype=np.int64)
    cell, total = 0, 0.0
    for place, own in enumerate(variance):
        if total >= EXPECTED and variance[place:].sum() >= EXPECTED:
            cell, total = cell + 1, 0.0
        cells[place] = cell
        total += own
    return np.asarray(cells == np.arange(cells.max(initial=-1) + 1)[:, None], dtype=np.float64)


def chi_square(gaps: Floats, covariance: Floats, fitted: int) -> float:
    """p-value of these gaps, with so many parameters fitted; nan where no cell is left to test."""
    freedom = len(gaps) - fitted
    if freedom < 1 or not np.all(np.diag(covariance) > 0.0):
        return np.nan
    return float(stats.chi2.sf(gaps @ np.linalg.solve(covariance, gaps), freedom))


def longest_run(values: Floats) -> int:
    """How many neighbours at most have the same sign."""
    change = np.flatnonzero(np.diff(np.sign(values), prepend=np.nan, append=np.nan) != 0)
    return int(np.diff(change).max(initial=0))


def chance_of_run(length: int, signs: int) -> float:
    """Probability of `length` equal signs in a row among so many fair ones."""
    if length < 2 or signs < length:
        return 1.0
    without = np.zeros(signs + 1)  # P(no run of length − 1 equal neighbours' agreements)
    run = length - 1
    without[0] = 1.0
    for n in range(1, signs):
        without[n] = (
            without[n - 1]
            if n < run
            else without[n - 1] - 0.5 ** (run + 1) * (without[n - run - 1] if n > run else 2.0)
        )
    return float(1.0 - without[signs - 1])


def said(p: float) -> str:
    """A p-value in a sentence."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.2g}"
