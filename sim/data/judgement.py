"""How well a fit describes the data: tests and errors, a verdict, and notes in plain words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from . import bg_nbd, sbg
from .chance import chance_of_run, chi_square, longest_run, pooled, said
from .curves import CELLS, Z
from .likelihood import Floats, Maximum
from .sbg import Exposure
from .spend import Spend

DOUBTFUL = 0.03
"""A test of fit with a smaller p-value is told; two or three tests are made of a fit."""
SMALL = 1.0
"""Points of survival by which a model may be off without harm, however surely it is off."""
SLIGHT = (0.02, 0.05)
"""Share of customers in a wrong cell of the histogram, and of purchases that are wrong after the
cut, by which BG/NBD may be off without harm."""

Checks = dict[str, float | str]


def judge_leaving(
    best: Maximum, fitted: Exposure, later: Exposure, curves: pd.DataFrame, what: str
) -> tuple[Checks, tuple[str, ...]]:
    """Checks and notes on a fit of sBG to `what` (table, data); `later` was held out."""
    survival = curves[curves.curve == "survival"]
    rates = curves[curves.curve == "retention rate"]
    inside = rates[~rates.held_out.astype(bool)]
    run = longest_run(inside.residual.to_numpy())
    worst = _largest(survival, "residual")
    checks: Checks = {
        "fit p": _leaving_p(best, fitted, held_out=False),
        "fit MAE, points": float(survival.residual[~survival.held_out].abs().mean() * 100.0),
        "longest run": float(run),
        "run p": chance_of_run(run, len(inside)),
        "hold-out p": _leaving_p(best, later, held_out=True),
        "hold-out MAE, points": float(survival.residual[survival.held_out].abs().mean() * 100.0),
        "hold-out churn error": _churn_error(later, rates),
        "worst residual": f"period {worst['at']:.0f}: {worst['data']:.1%} are left, "
        f"the model says {worst['model']:.1%}",
    }
    reasons = _against_sbg(checks, inside)
    points = float(survival.residual.abs().max() * 100.0)
    size = f"off by {points:.1f} points of survival at most"
    if survival.held_out.any():
        size += f", by {checks['hold-out MAE, points']:.1f} on average in the periods held out"
    if not reasons:
        checks["verdict"] = f"Nothing in the {what} speaks against sBG: {size}."
    elif points < SMALL:
        checks["verdict"] = f"sBG is not exact, but near: {size}."
    else:
        checks["verdict"] = f"The {what} does not look like sBG: {size}."
    guesses = _guesses(fitted, rates) if reasons else []
    return checks, (*_limits_of_leaving(best, fitted), *reasons, *guesses)


def _leaving_p(best: Maximum, exposure: Exposure, *, held_out: bool) -> float:
    """p-value of those who left beyond what the model says, by pooled period: as to chance, and
    for periods that were held out as to the errors of the estimates too."""
    period = 1.0 + exposure.known.astype(np.float64)
    at_risk, left = exposure.at_risk[exposure.known], exposure.left[exposure.known]
    a, b = best.natural
    churn = sbg.churn(a, b, period)
    chance = at_risk * churn * (1.0 - churn)
    pool = pooled(chance)
    gaps, covariance = pool @ (left - at_risk * churn), np.diag(pool @ chance)
    if not held_out:
        return chi_square(gaps, covariance, int((~best.edge).sum()))
    slopes = chance[:, None] * np.array([1.0, -1.0])
    slopes[:, 1] *= b / (b + period - 1.0)
    slopes = pool @ slopes
    return chi_square(gaps, covariance + slopes @ best.covariance @ slopes.T, 0)


def _churn_error(later: Exposure, rates: pd.DataFrame) -> float:
    """Share by which those who left after the cut are more than the model says."""
    beyond = rates[rates.held_out.astype(bool)]
    if beyond.empty:
        return np.nan
    expected = float((1.0 - beyond.model.to_numpy()) @ later.at_risk[later.known])
    return float(later.left.sum() / expected - 1.0)


def _against_sbg(checks: Checks, rates: pd.DataFrame) -> list[str]:
    """Which tests speak against sBG, in sentences; `rates` are those fitted."""
    fit_p, run_p, later_p = (float(checks[name]) for name in ("fit p", "run p", "hold-out p"))
    reasons = []
    if fit_p < DOUBTFUL:
        odd = _largest(rates, "standardised")
        reasons.append(
            f"In period {odd['at']:.0f}, {1 - odd['data']:.1%} of those there left, the model says "
            f"{1 - odd['model']:.1%} ({said(fit_p)})."
        )
    if run_p < 0.01:
        run = float(checks["longest run"])
        reasons.append(f"{run:.0f} periods in a row err to the same side ({said(run_p)}).")
    if later_p < DOUBTFUL:
        error = float(checks["hold-out churn error"])
        reasons.append(
            f"After the cut {abs(error):.0%} {'more' if error > 0 else 'fewer'} left than the model"
            f" says ({said(later_p)})."
        )
    return reasons


def _guesses(fitted: Exposure, rates: pd.DataFrame) -> list[str]:
    """What may be behind a misfit, carefully."""
    at_risk, left = fitted.at_risk[fitted.known], fitted.left[fitted.known]
    age = fitted.known.astype(float)
    share = left.sum() / at_risk.sum()
    middle = (age @ at_risk) / at_risk.sum()
    trend = float((age - middle) @ left)
    error = float(np.sqrt(share * (1.0 - share) * (at_risk @ (age - middle) ** 2)))
    squares = rates.standardised.to_numpy() ** 2
    if len(squares) > 3 and np.nanmax(squares) > 0.6 * np.nansum(squares):
        at = rates["at"].iloc[int(np.nanargmax(squares))]
        return [f"Period {at:.0f} stands alone: look for a price, a term or a rival of that time."]
    if error > 0 and trend / error > 2.0:
        return [
            "Churn rises with tenure, which no mix of constant churns does: beyond the data, "
            "customers are simulated too loyal."
        ]
    late = rates[rates.held_out.astype(bool)]
    if len(late) > 1 and (late.residual > 0).all() and late.standardised.mean() > 1.0:
        return ["Those who are left stay better than the model says; perhaps some never leave."]
    return []


def _limits_of_leaving(best: Maximum, fitted: Exposure) -> list[str]:
    """What is said where the data do not tell how people differ."""
    a, b = best.natural
    if fitted.left.sum() <= 0:
        return ["Nobody left in the periods that were fitted: how many will is not known."]
    if fitted.left.sum() >= fitted.at_risk[0] and len(np.flatnonzero(fitted.left)) == 1:
        return ["Everybody left in one and the same period: how customers differ is not known."]
    if best.edge.any() and a + b > 50.0:
        return [
            "Customers differ too little, if at all, to be told apart: "
            f"a = {a:.4g}, b = {b:.4g} is at the limit. Use the mean churn."
        ]
    if best.edge.any():
        return [
            "Customers either leave at once or hardly ever: "
            f"a = {a:.4g}, b = {b:.4g} is at the limit. How they differ is not known better."
        ]
    if np.sqrt(np.diag(best.covariance)).max() > 1.0:
        return [
            "How customers differ is hardly known: a and b could be several times larger or "
            "smaller. Their mean churn is known better."
        ]
    return []


def judge_buying(
    window: bg_nbd.Window, best: Maximum, bill: Spend, curves: pd.DataFrame
) -> tuple[Checks, tuple[str, ...]]:
    """Checks and notes on a fit of BG/NBD and of spend."""
    by_curve = {str(name): frame for name, frame in curves.groupby("curve")}
    counts, weeks = by_curve["repeat counts"], by_curve["cumulative repeats"]
    pool = pooled(counts.model.to_numpy())
    expected, gaps = pool @ counts.model.to_numpy(), pool @ counts.residual.to_numpy()
    counts_p = chi_square(gaps, np.diag(expected), 1 + int((~best.edge).sum()))
    odd = _largest(counts, "standardised")
    checks: Checks = {
        "histogram p": counts_p,
        "hold-out MAPE": np.nan,
        "hold-out total error": np.nan,
        "hold-out p": np.nan,
        "conditional MAE": np.nan,
        "spend correlation": bill.correlation,
        "first amount": bill.first,
        "repeat amount": bill.repeat,
        "worst residual": f"{odd['at']:.0f} repeat purchases: {odd['data']:,.0f} customers, "
        f"the model says {odd['model']:,.0f}",
    }
    reasons = []
    misplaced = float(counts.residual.abs().sum() / counts.data.sum() / 2.0)
    harm = counts_p < 0.01 and misplaced > SLIGHT[0]
    if counts_p < 0.01:
        reasons.append(
            f"Counts of repeat purchases differ ({said(counts_p)}), most at "
            f"{checks['worst residual']}."
        )
    late = weeks[weeks.held_out.astype(bool)]
    held_out = "; nothing was held out"
    if len(late):
        gap, error, total = _hold_out(window, best)
        means = by_curve["hold-out repeats by calibration repeats"]
        p = float(2.0 * special.ndtr(-abs(gap / error))) if error > 0 else np.nan
        off = float((late.residual / late.data).abs().mean())
        end = float(late.model.iloc[-1] / late.data.iloc[-1] - 1.0)
        checks["hold-out MAPE"], checks["hold-out total error"], checks["hold-out p"] = off, end, p
        checks["conditional MAE"] = float(means.residual.iloc[: CELLS - 1].abs().mean())
        held_out = (
            f": cumulative repeats are off by {off:.1%} in the weeks held out, by {abs(end):.1%} "
            "at their end"
        )
        if p < DOUBTFUL:
            harm = harm or abs(gap / total) > SLIGHT[1]
            reasons.append(
                f"After the cut they bought {abs(gap / total):.0%} {'more' if gap > 0 else 'less'} "
                f"than the model says (chance: about {Z * error / total:.0%} either way)."
            )
    verdict = "Nothing speaks against BG/NBD"
    if reasons:
        verdict = (
            "The purchases do not look like BG/NBD" if harm else "BG/NBD is not exact, but near"
        )
    checks["verdict"] = f"{verdict}{held_out}."
    return checks, (*_limits_of_buying(best), *reasons, *_on_spend(window, bill))


def _hold_out(window: bg_nbd.Window, best: Maximum) -> tuple[float, float, float]:
    """Purchases after the cut beyond those expected from each history; the standard error of that,
    by customers and by estimates; and how many were expected."""

    def ahead(logs: Floats) -> Floats:
        return window.expected_later(bg_nbd.Parameters(*np.exp(logs).tolist()))

    def total(logs: Floats) -> float:
        return float(ahead(logs) @ window.groups.weight)

    expected = ahead(best.logs)[window.groups.inverse]
    gaps = window.later() - expected
    steps = 1e-3 * np.eye(4)
    slope = np.array([(total(best.logs + s) - total(best.logs - s)) / 2e-3 for s in steps])
    variance = float((gaps**2).sum() + slope @ best.covariance @ slope)
    return float(gaps.sum()), float(np.sqrt(variance)), float(expected.sum())


def _limits_of_buying(best: Maximum) -> list[str]:
    """What is said where the data do not tell how people differ."""
    r, _, a, b = best.natural
    notes = []
    if best.edge[0] and r > 1.0:
        notes.append("Customers hardly differ in how often they buy: the shape is at its limit.")
    if best.edge[2:].any():
        notes.append(
            "How customers differ in dropping out is not known: "
            f"a = {a:.4g}, b = {b:.4g} is at the limit. Use the mean dropout."
        )
    elif np.sqrt(np.diag(best.covariance))[2:].max() > 1.0:
        notes.append(
            "How customers differ in dropping out is hardly known: a and b could be several times "
            "larger or smaller. Use the mean dropout."
        )
    return notes


def _on_spend(window: bg_nbd.Window, bill: Spend) -> list[str]:
    """Where amounts are not as the model has them: of one mean, whoever buys and when."""
    notes = []
    if abs(bill.correlation) > 0.15:
        more, low = ("more", "low") if bill.correlation > 0 else ("less", "high")
        notes.append(
            f"Who buys more often spends {more} a purchase (correlation {bill.correlation:.2f}); "
            f"the model has no such tie and values the best customers too {low}."
        )
    if bill.repeat / bill.first > 1.25 or bill.repeat / bill.first < 0.8:
        notes.append(
            f"First purchases come to {bill.first:,.2f} on average, later ones to "
            f"{bill.repeat:,.2f}; the model has one mean for both."
        )
    data = window.data
    free = int(((data.day <= window.until) & (data.amount <= 0.0)).sum())
    if free:
        notes.append(f"{free:,} purchases of 0 or less count as purchases, but not for the basket.")
    return notes


def _largest(frame: pd.DataFrame, column: str) -> pd.Series[Any]:
    """The row with the largest number of a column, sign aside; nan counts as 0."""
    return frame.iloc[int(np.nan_to_num(frame[column].abs().to_numpy(float)).argmax())]
