"""A fit to data of one's own: estimates with their errors, data beside the model, what is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from ...scenarios.coefficients import Coefficients
from ...scenarios.errors import BadInput, shown
from ...scenarios.market import Buying, Leaving
from ...scenarios.parameter import limits_of, parameters
from . import bg_nbd, sbg, spend
from .curves import Z, buying_curves, leaving_curves
from .judgement import Checks, judge_buying, judge_leaving
from .likelihood import Floats
from .sbg import Exposure

if TYPE_CHECKING:
    from .imports import Purchases, Subscriptions, SurvivalTable


@dataclass(frozen=True, eq=False)
class Fit:
    """Propensities fitted to a file, and how well they describe it."""

    model: Literal["sbg", "bg_nbd"]
    source: str
    """Name of the file."""
    customers: int
    """Behind the fit."""
    log_likelihood: float
    estimates: pd.DataFrame
    """Columns parameter, unit, estimate, standard_error, low, high: 90 % intervals, made where
    they are symmetric (logs, log-odds) and taken back."""
    table: pd.DataFrame
    """Data against model: curve, at (period, week, count or percent), data, model, low, high (90 %
    of data under the model), held_out, residual (data − model), standardised."""
    checks: Checks
    """Tests of fit and errors on the hold-out (nan where there is none), and the verdict."""
    notes: tuple[str, ...]
    """What has to be known before the numbers are used: a sentence or two each, of 140 characters
    at most; without the verdict."""
    dimensions: tuple[str, ...]
    """Names of the independent scores that `parameters` takes."""
    logs: Floats
    """Logs of the parameters that were fitted, shape (len(dimensions),)."""
    root: Floats
    """Lower Cholesky root of their covariance, shape (len(dimensions), len(dimensions))."""

    def parameters(self, z: NDArray[np.float64] | None = None) -> dict[str, float]:
        """The estimates, or a draw from their sampling distribution, within the market's limits.

        `z`: independent standard normals, shape (len(dimensions),).
        """
        logs = self.logs if z is None else self.logs + self.root @ np.asarray(z)
        drawn = dict(zip(self.dimensions, np.exp(logs).tolist(), strict=True))
        return {name: float(np.clip(drawn[name], *ALLOWED[name])) for name in drawn}


def _allowed() -> dict[str, tuple[float, float]]:
    fields = {f"leaving_{name}": Leaving.model_fields[name] for name in ("a", "b")}
    fields |= {f"purchase_{name}": Buying.model_fields[name] for name in ("rate", "shape")}
    fields["basket"] = Buying.model_fields["basket"]
    leaves = {name.rpartition(".")[2]: field for name, field, _ in parameters(Coefficients())}
    fields |= {name: leaves[name] for name in ("basket_sd_between", "basket_sd_within")}
    limits = {name: limits_of(field) for name, field in fields.items()}
    return {name: (max(low, 1e-6), high) for name, (low, high) in limits.items()}


ALLOWED = _allowed()
"""Limits of the parameters, where scenarios declare them."""


def fit_survival(
    table: SurvivalTable, period_months: int, fit_periods: int | None, customers: int
) -> Fit:
    """sBG fitted to the first periods of a survival table with so many customers behind it."""
    survival = np.asarray(table.survival, dtype=np.float64)
    last = len(survival) - 1
    if last < 2:
        raise BadInput(f"population.survival: got {last} periods, allowed are 2 and more")
    fitted = last if fit_periods is None else fit_periods
    if not 2 <= fitted <= last:
        raise BadInput(f"population.fit_periods: got {fitted}, allowed 2 to {last} (the table's)")
    whole = sbg.counts_of_table(survival, customers)
    seen = sbg.counts_of_table(survival[: fitted + 1], customers)
    later = Exposure(whole.left.copy(), whole.at_risk)
    later.left[:fitted], later.at_risk[:fitted] = 0.0, 0.0
    return _sbg(table.intake.file, seen, later, customers, period_months, "table")


def fit_subscriptions(data: Subscriptions, period_months: int, fit_until: str = "") -> Fit:
    """sBG fitted to spells that began by `fit_until` (YYYY-MM-DD; empty: all), censored there."""
    start, end = np.asarray(data.start), np.asarray(data.end)
    until = _cut(fit_until, int(start.min(initial=data.until)), data.until)
    known = start <= until
    start, end = start[known], end[known]
    seen = sbg.counts_of_spells(start, end, until, period_months)
    if len(seen.left) < 2:
        last = "population.fit_until" if fit_until else "population.period_months"
        got = shown(fit_until) if fit_until else period_months
        raise BadInput(
            f"{last}: got {got}, allowed is what leaves 2 periods of {period_months} months, "
            f"here {len(seen.left)}"
        )
    whole = sbg.counts_of_spells(start, end, data.until, period_months)
    later = Exposure(whole.left.copy(), whole.at_risk)
    later.left[: len(seen.left)] -= seen.left
    later.at_risk[: len(seen.left)] -= seen.at_risk
    return _sbg(data.intake.file, seen, later, len(start), period_months, "data")


def fit_transactions(data: Purchases, fit_until: str = "") -> Fit:
    """BG/NBD and spend fitted to purchases by `fit_until` (YYYY-MM-DD; empty: all), in months."""
    if not len(data.day):
        raise BadInput("population.transactions: got no purchases, allowed are those of 2 and more")
    until = _cut(fit_until, int(data.day.min()), data.until)
    window = bg_nbd.window(data, until)
    people = window.people
    held_out = until < data.until
    known = np.isin(data.customer, people.customer)
    if not people.repeats.any():
        key, got = ("fit_until", shown(fit_until)) if held_out else ("transactions", "none")
        raise BadInput(
            f"population.{key}: got {got}, allowed is what holds repeat purchases: "
            "the same customer on a later day"
        )
    if held_out and not (data.day[known] > until).any():
        raise BadInput(
            f"population.fit_until: got {shown(fit_until)}, allowed are days after which "
            "customers known by then buy again"
        )
    return _bg_nbd(window)


def _cut(text: str, first: int, until: int) -> int:
    """Last day of the fit, in days since 1970."""
    if not text:
        return until
    days = [np.datetime64(day, "D") for day in (first, until)]
    allowed = f"allowed {days[0]} to {days[1]}, the days of the data, or nothing"
    try:
        day = int(np.datetime64(text, "D").astype(int))
    except ValueError:
        raise BadInput(f"population.fit_until: got {shown(text)}, {allowed}") from None
    if not first <= day <= until:
        raise BadInput(f"population.fit_until: got {shown(text)}, {allowed}")
    return day


def _sbg(
    source: str, seen: sbg.Counts, later: Exposure, customers: int, months: int, what: str
) -> Fit:
    best = sbg.fit(seen)
    fitted = Exposure(seen.left, seen.at_risk)
    curves = leaving_curves(best, fitted, later)
    checks, notes = judge_leaving(best, fitted, later, curves, what)
    period = f"per {months} months"
    rows = [
        ("leaving_a", "1", (1, 0)),
        ("leaving_b", "1", (0, 1)),
        ("mean churn", period, (1, -1), True),
        ("retention at the first renewal", period, (-1, 1), True),
    ]
    return Fit(
        model="sbg",
        source=source,
        customers=customers,
        log_likelihood=best.log_likelihood,
        estimates=_estimates(best.logs, best.covariance, rows),
        table=curves,
        checks=checks,
        notes=notes,
        dimensions=("leaving_a", "leaving_b"),
        logs=best.logs,
        root=_root(best.covariance),
    )


def _bg_nbd(window: bg_nbd.Window) -> Fit:
    best, data = bg_nbd.fit(window.groups), window.data
    paid = (data.day <= window.until) & (data.amount > 0.0)
    if not paid.any():
        raise BadInput("population.transactions: got amounts of 0, allowed are some above 0")
    bill = spend.fit(data.customer[paid], data.amount[paid])
    curves = buying_curves(window, best, bill)
    checks, notes = judge_buying(window, best, bill, curves)
    logs = np.concatenate([best.logs, bill.logs])
    covariance = np.zeros((7, 7))
    covariance[:4, :4], covariance[4:, 4:] = best.covariance, bill.covariance
    each = np.eye(7)
    rate, dropout = each[0] - each[1], each[2] - each[3]
    rows = [
        ("r", "1", each[0]),
        ("alpha", "months", each[1]),
        ("leaving_a", "1", each[2]),
        ("leaving_b", "1", each[3]),
        ("basket", "currency", each[4]),
        ("basket_sd_between", "log", each[5]),
        ("basket_sd_within", "log", each[6]),
        ("mean purchases while active", "per month", rate),
        ("mean dropout", "per repeat purchase", dropout, True),
    ]
    # Of r and alpha the engine takes r / alpha and r.
    turn = np.vstack([rate, each[0], each[2:]])
    return Fit(
        model="bg_nbd",
        source=data.intake.file,
        customers=len(window.people.repeats),
        log_likelihood=best.log_likelihood,
        estimates=_estimates(logs, covariance, rows),
        table=curves,
        checks=checks,
        notes=notes,
        dimensions=(
            "purchase_rate", "purchase_shape", "leaving_a", "leaving_b",
            "basket", "basket_sd_between", "basket_sd_within",
        ),
        logs=turn @ logs,
        root=_root(turn @ covariance @ turn.T),
    )  # fmt: skip


def _estimates(logs: Floats, covariance: Floats, rows: Iterable[tuple[Any, ...]]) -> pd.DataFrame:
    """Estimates: each row has a name, a unit, weights of the logs, and True where it is a share.

    An estimate is exp, or for a share the inverse log-odds, of the weighted sum of the logs.
    """
    found = []
    for name, unit, weights, *share in rows:
        along, back = np.array(weights), special.expit if share else np.exp
        middle, error = float(along @ logs), float(np.sqrt(along @ covariance @ along))
        value, low, high = (float(back(middle + side * Z * error)) for side in (0.0, -1.0, 1.0))
        slope = value * (1.0 - value) if share else value
        if error == 0.0:
            low = high = error = np.nan
        found.append((name, unit, value, slope * error, low, high))
    columns = ["parameter", "unit", "estimate", "standard_error", "low", "high"]
    return pd.DataFrame(found, columns=columns)


def _root(covariance: Floats) -> Floats:
    """Cholesky root of a covariance in which some rows are 0."""
    free = np.diag(covariance) > 0.0
    root = np.zeros_like(covariance)
    root[np.ix_(free, free)] = np.linalg.cholesky(covariance[np.ix_(free, free)])
    return root
