"""A fit to data of one's own: estimates with their errors, data beside the model, what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special, stats

from ...scenarios.coefficients import Coefficients
from ...scenarios.errors import BadInput, shown
from ...scenarios.market import Buying, Leaving
from ...scenarios.parameter import limits_of, parameters
from ..statistics import LEVEL
from . import bg_nbd, sbg, spend
from .sbg import MONTH, Floats

if TYPE_CHECKING:
    from .table import Purchases, Subscriptions, SurvivalTable

Ints = NDArray[np.integer[Any]]

Z = float(special.ndtri(0.5 + LEVEL / 2.0))
DOUBTFUL = 0.03
"""A test of fit with a smaller p-value is told; two or three tests are made of a fit."""
SMALL = 1.0
"""Points of survival by which a model may be off without harm, however surely it is off."""
SLIGHT = (0.02, 0.05)
"""Share of customers in a wrong cell of the histogram, and of purchases that are wrong after the
cut, by which BG/NBD may be off without harm."""
EXPECTED = 5.0
"""Least variance of the count in a cell of a chi-square test; smaller ones are pooled."""
CELLS = 8
"""Cells of the histogram of repeat purchases."""
COLUMNS = ["curve", "at", "data", "model", "low", "high", "held_out", "residual", "standardised"]


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
    checks: dict[str, float | str]
    """Tests of fit and errors on the hold-out, by name; nan where there is none."""
    notes: tuple[str, ...]
    """What has to be known before the numbers are used, in sentences."""
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
    return _sbg(table.intake.file, seen, later, customers, period_months, table=True)


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
    return _sbg(data.intake.file, seen, later, len(start), period_months, table=False)


def fit_transactions(data: Purchases, fit_until: str = "") -> Fit:
    """BG/NBD and spend fitted to purchases by `fit_until` (YYYY-MM-DD; empty: all), in months."""
    if not len(data.day):
        raise BadInput("population.transactions: got no purchases, allowed are those of 2 and more")
    until = _cut(fit_until, int(data.day.min()), data.until)
    people = bg_nbd.summary(data, until)
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
    groups = bg_nbd.grouped(people, MONTH)
    best = bg_nbd.fit(groups)
    paid = (data.day <= until) & (data.amount > 0.0)
    if not paid.any():
        raise BadInput("population.transactions: got amounts of 0, allowed are some above 0")
    bill = spend.fit(data.customer[paid], data.amount[paid])
    return _bg_nbd(data.intake.file, data, until, people, groups, best, bill)


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


def _root(covariance: Floats) -> Floats:
    """Cholesky root of a covariance in which some rows are 0."""
    free = np.diag(covariance) > 0.0
    root = np.zeros_like(covariance)
    root[np.ix_(free, free)] = np.linalg.cholesky(covariance[np.ix_(free, free)])
    return root


class _Estimates:
    """Rows of estimates, each a combination of logs that is symmetric in them."""

    def __init__(self, logs: Floats, covariance: Floats) -> None:
        self.logs, self.covariance = logs, covariance
        self.rows: list[tuple[str, str, float, float, float, float]] = []

    def add(self, name: str, unit: str, weights: Sequence[float], share: bool = False) -> None:
        """A row: exp, or for a share the inverse log-odds, of a weighted sum of the logs."""
        along = np.array(weights)
        middle = float(along @ self.logs)
        error = float(np.sqrt(along @ self.covariance @ along))
        back = special.expit if share else np.exp
        value = float(back(middle))
        slope = value * (1.0 - value) if share else value
        low, high = (float(back(middle + side * Z * error)) for side in (-1.0, 1.0))
        if error == 0.0:
            low = high = error = np.nan
        self.rows.append((name, unit, value, slope * error, low, high))

    def frame(self) -> pd.DataFrame:
        """All rows."""
        names = ["parameter", "unit", "estimate", "standard_error", "low", "high"]
        return pd.DataFrame(self.rows, columns=names)


def _curve(
    curve: str, at: Any, data: Floats, model: Floats, error: Floats, held_out: Any,
    within: tuple[float, float] = (0.0, np.inf),
) -> pd.DataFrame:  # fmt: skip
    """Rows of one curve; `error` is the sd of the data under the model."""
    with np.errstate(divide="ignore", invalid="ignore"):
        standardised = np.where(error > 0, (data - model) / error, np.nan)
    columns = (
        curve, at, data, model, np.clip(model - Z * error, *within),
        np.clip(model + Z * error, *within), held_out, data - model, standardised,
    )  # fmt: skip
    return pd.DataFrame(dict(zip(COLUMNS, columns, strict=True)))


def _p(value: float) -> str:
    """A p-value in a sentence."""
    return "p < 0.001" if value < 0.001 else f"p = {value:.2g}"


def _largest(frame: pd.DataFrame, column: str) -> pd.Series[Any]:
    """The row with the largest number of a column, sign aside; nan counts as 0."""
    return frame.iloc[int(np.nan_to_num(frame[column].abs().to_numpy(float)).argmax())]


# --- sBG ------------------------------------------------------------------------------------------


class Exposure(NamedTuple):
    """Who was seen in periods 1 .. n, arrays of shape (n,)."""

    left: Floats
    """Customers who left in the period."""
    at_risk: Floats
    """Those who entered it and were seen to its end, leavers included."""


def _sbg(
    source: str, seen: sbg.Counts, later: Exposure, customers: int, months: int, table: bool
) -> Fit:
    best = sbg.fit(seen)
    rows = _Estimates(best.logs, best.covariance)
    rows.add("leaving_a", "1", (1, 0))
    rows.add("leaving_b", "1", (0, 1))
    rows.add("mean churn", f"per {months} months", (1, -1), share=True)
    rows.add("retention at the first renewal", f"per {months} months", (-1, 1), share=True)
    fitted = Exposure(seen.left, seen.at_risk)
    curves = _survival_curves(best, fitted, later)
    checks, notes = _judge_leaving(best, fitted, later, curves, table)
    return Fit(
        model="sbg",
        source=source,
        customers=customers,
        log_likelihood=best.log_likelihood,
        estimates=rows.frame(),
        table=curves,
        checks=checks,
        notes=(*_edges(best, fitted), *notes),
        dimensions=("leaving_a", "leaving_b"),
        logs=best.logs,
        root=_root(best.covariance),
    )


def _survival_curves(best: sbg.Maximum, fitted: Exposure, later: Exposure) -> pd.DataFrame:
    a, b = best.natural
    frames = []
    for exposure, held_out in ((fitted, False), (later, True)):
        period = 1 + np.flatnonzero(exposure.at_risk > 1e-9)
        at_risk, left = exposure.at_risk[period - 1], exposure.left[period - 1]
        stay = 1.0 - sbg.churn(a, b, period.astype(float))
        error = np.sqrt(stay * (1.0 - stay) / at_risk)
        frames.append(
            _curve("retention rate", period, 1.0 - left / at_risk, stay, error, held_out, (0, 1))
        )
    known = len(fitted.at_risk)
    at_risk, left = later.at_risk.copy(), later.left.copy()
    at_risk[:known], left[:known] = fitted.at_risk, fitted.left
    size = int(np.cumprod(at_risk > 1e-9).sum())
    period = np.arange(size + 1)
    model = sbg.survival(a, b, period.astype(float))
    churn = sbg.churn(a, b, period[1:].astype(float))
    data = np.cumprod(np.append(1.0, 1.0 - left[:size] / at_risk[:size]))
    spread = np.cumsum(np.append(0.0, churn / (1.0 - churn) / at_risk[:size]))  # Greenwood 1926
    frames.insert(
        0,
        _curve("survival", period, data, model, model * np.sqrt(spread), period > known, (0, 1)),
    )
    return pd.concat(frames, ignore_index=True)


def _edges(best: sbg.Maximum, fitted: Exposure) -> tuple[str, ...]:
    """What is said where the data do not tell how people differ."""
    a, b = best.natural
    if fitted.left.sum() <= 0:
        return ("Nobody left in the periods that were fitted: how many will is not known.",)
    if fitted.left.sum() >= fitted.at_risk[0] and len(np.flatnonzero(fitted.left)) == 1:
        return ("Everybody left in one and the same period: how customers differ is not known.",)
    if best.edge.any() and a + b > 50.0:
        return (
            f"Customers differ too little, if at all, to be told apart: the fit is at the limit of "
            f"what is allowed (a = {a:.4g}, b = {b:.4g}), which is nearly one churn for all. Use "
            "the mean churn; the interval of a and b says nothing.",
        )
    if best.edge.any():
        return (
            f"The fit is at the limit of what is allowed (a = {a:.4g}, b = {b:.4g}): customers "
            "either leave at once or hardly ever. How they differ is not known better than that.",
        )
    if np.sqrt(np.diag(best.covariance)).max() > 1.0:
        return (
            "How customers differ is hardly known from so few periods or customers: a and b could "
            "be several times larger or smaller. Their mean churn is known better.",
        )
    return ()


def _pooled(cell_variance: Floats) -> NDArray[np.int64]:
    """Cells of neighbours with a variance of `EXPECTED` at least, numbered."""
    cells = np.zeros(len(cell_variance), dtype=np.int64)
    cell, total = 0, 0.0
    for place, variance in enumerate(cell_variance):
        if total >= EXPECTED and cell_variance[place:].sum() >= EXPECTED:
            cell, total = cell + 1, 0.0
        cells[place] = cell
        total += variance
    return cells


def _gaps(best: sbg.Maximum, exposure: Exposure) -> tuple[Floats, Floats, Floats]:
    """Customers who left beyond what the model says, by pooled period, with two covariances:
    of chance alone, and of chance and of the estimates."""
    period = 1.0 + np.flatnonzero(exposure.at_risk > 1e-9).astype(np.float64)
    at_risk, left = (
        values[exposure.at_risk > 1e-9] for values in (exposure.at_risk, exposure.left)
    )
    a, b = best.natural
    churn = sbg.churn(a, b, period)
    chance = at_risk * churn * (1.0 - churn)
    slopes = (at_risk * churn * (1.0 - churn))[:, None] * np.array([1.0, -1.0])
    slopes[:, 1] *= b / (b + period - 1.0)
    cells = _pooled(chance)
    pool = (cells == np.arange(cells.max(initial=-1) + 1)[:, None]).astype(np.float64)
    slopes = pool @ slopes
    variance = np.diag(pool @ chance)
    return pool @ (left - at_risk * churn), variance, variance + slopes @ best.covariance @ slopes.T


def _chance_of_run(length: int, signs: int) -> float:
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


def _longest_run(values: Floats) -> int:
    """How many neighbours at most have the same sign."""
    change = np.flatnonzero(np.diff(np.sign(values), prepend=np.nan, append=np.nan) != 0)
    return int(np.diff(change).max(initial=0))


def _chi_square(gaps: Floats, variance: Floats, fitted: int) -> tuple[float, int]:
    """p-value, and degrees of freedom; nan and 0 where no cell is left to test."""
    freedom = len(gaps) - fitted
    solid = bool(np.all(np.diag(variance) > 0.0))
    if freedom < 1 or not solid:
        return np.nan, 0
    return float(stats.chi2.sf(gaps @ np.linalg.solve(variance, gaps), freedom)), freedom


def _judge_leaving(
    best: sbg.Maximum, fitted: Exposure, later: Exposure, curves: pd.DataFrame, table: bool
) -> tuple[dict[str, float | str], tuple[str, ...]]:
    gaps, variance, _ = _gaps(best, fitted)
    fit_p, _ = _chi_square(gaps, variance, int((~best.edge).sum()))
    gaps, _, variance = _gaps(best, later)
    later_p, _ = _chi_square(gaps, variance, 0)
    survival = curves[curves.curve == "survival"]
    rates = curves[(curves.curve == "retention rate") & ~curves.held_out.astype(bool)]
    run = _longest_run(rates.residual.to_numpy())
    run_p = _chance_of_run(run, len(rates))
    inside, outside = survival[~survival.held_out], survival[survival.held_out]
    worst = _largest(survival, "residual")
    told = curves[curves.curve == "retention rate"]
    beyond = told[told.held_out.astype(bool)]
    weights = later.at_risk[later.at_risk > 1e-9]
    checks: dict[str, float | str] = {
        "fit p": fit_p,
        "fit MAE, points": float(inside.residual.abs().mean() * 100.0),
        "longest run": float(run),
        "run p": run_p,
        "hold-out p": later_p,
        "hold-out MAE, points": float(outside.residual.abs().mean() * 100.0),
        "hold-out churn error": np.nan,
        "worst residual": f"period {worst['at']:.0f}: {worst['data']:.1%} are left, "
        f"the model says {worst['model']:.1%}",
    }
    if len(beyond):
        expected = float((1.0 - beyond.model.to_numpy()) @ weights)
        checks["hold-out churn error"] = float(later.left.sum() / expected - 1.0)
    reasons = []
    if fit_p < DOUBTFUL:
        odd = _largest(rates, "standardised")
        reasons.append(
            f"in period {odd['at']:.0f} {1 - odd['data']:.1%} of those there left, the model says "
            f"{1 - odd['model']:.1%} ({_p(fit_p)})"
        )
    if run_p < 0.01:
        reasons.append(f"{run} periods in a row err to the same side ({_p(run_p)})")
    if later_p < DOUBTFUL:
        error = checks["hold-out churn error"]
        reasons.append(
            f"after the cut {abs(float(error)):.0%} {'more' if float(error) > 0 else 'fewer'} left "
            f"than it says ({_p(later_p)})"
        )
    what = "table" if table else "data"
    worst_points = float(survival.residual.abs().max() * 100.0)
    held_out = (
        f", by {checks['hold-out MAE, points']:.1f} on average in the periods held out"
        if len(outside)
        else ""
    )
    size = f"off by {worst_points:.1f} points of survival at most{held_out}"
    if not reasons:
        checks["verdict"] = f"Nothing in the {what} speaks against sBG: {size}."
        return checks, ()
    if worst_points < SMALL:
        checks["verdict"] = f"sBG is not exact, but near: {size}."
    else:
        checks["verdict"] = f"The {what} does not look like sBG: {size}."
    said = "; ".join(reasons)
    notes = [f"{checks['verdict']} {said[:1].upper()}{said[1:]}.", *_guesses(best, fitted, told)]
    return checks, tuple(notes)


def _guesses(best: sbg.Maximum, fitted: Exposure, rates: pd.DataFrame) -> list[str]:
    """What may be behind a misfit, carefully."""
    known = fitted.at_risk > 1e-9
    at_risk, left = fitted.at_risk[known], fitted.left[known]
    age = np.flatnonzero(known).astype(float)
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
            "Churn rises with tenure, which no mix of people with a constant churn can do: what "
            "is simulated beyond the data will be too loyal."
        ]
    late = rates[rates.held_out.astype(bool)]
    if len(late) > 1 and (late.residual > 0).all() and late.standardised.mean() > 1.0:
        return ["Those who are left stay better than the model says; perhaps some never leave."]
    return []


# --- BG/NBD ---------------------------------------------------------------------------------------


def _bg_nbd(
    source: str, data: Purchases, until: int, people: bg_nbd.Summary, groups: bg_nbd.Grouped,
    best: sbg.Maximum, bill: spend.Spend,
) -> Fit:  # fmt: skip
    p = bg_nbd.Parameters(*best.natural.tolist())
    logs = np.concatenate([best.logs, bill.logs])
    covariance = np.zeros((7, 7))
    covariance[:4, :4], covariance[4:, 4:] = best.covariance, bill.covariance
    rows = _Estimates(logs, covariance)
    for place, (name, unit) in enumerate(
        (("r", "1"), ("alpha", "months"), ("leaving_a", "1"), ("leaving_b", "1"),
         ("basket", "currency"), ("basket_sd_between", "log"), ("basket_sd_within", "log"))
    ):  # fmt: skip
        rows.add(name, unit, np.eye(7)[place].tolist())
    rows.add("mean purchases while active", "per month", (1, -1, 0, 0, 0, 0, 0))
    rows.add("mean dropout", "per repeat purchase", (0, 0, 1, -1, 0, 0, 0), share=True)
    curves = _purchase_curves(data, until, people, groups, best, bill)
    checks, notes = _judge_buying(data, until, people, groups, best, bill, curves)
    # Of r and alpha the engine takes r / alpha and r.
    turn = np.eye(7)
    turn[:2, :2] = [[1.0, -1.0], [1.0, 0.0]]
    return Fit(
        model="bg_nbd",
        source=source,
        customers=len(people.repeats),
        log_likelihood=best.log_likelihood,
        estimates=rows.frame(),
        table=curves,
        checks=checks,
        notes=(*_limits_of_buying(best, p), *notes),
        dimensions=(
            "purchase_rate", "purchase_shape", "leaving_a", "leaving_b",
            "basket", "basket_sd_between", "basket_sd_within",
        ),
        logs=turn @ logs,
        root=_root(turn @ covariance @ turn.T),
    )  # fmt: skip


def _repeat_days(data: Purchases, people: bg_nbd.Summary) -> tuple[Ints, Ints, Ints]:
    """Repeat purchases of customers in the fit: day, how manyth of its customer, and whose
    (place in `people`); each of shape (repeat purchases,)."""
    order = np.searchsorted(people.customer, data.customer)
    order = np.minimum(order, len(people.customer) - 1)
    known = people.customer[order] == data.customer
    owner, day = order[known], data.day[known]
    first = np.flatnonzero(np.diff(owner, prepend=-1))
    rank = np.arange(len(owner)) - np.repeat(first, np.diff(first, append=len(owner)))
    again = rank > 0
    return day[again], rank[again], owner[again]


def _purchase_curves(
    data: Purchases, until: int, people: bg_nbd.Summary, groups: bg_nbd.Grouped,
    best: sbg.Maximum, bill: spend.Spend,
) -> pd.DataFrame:  # fmt: skip
    p = bg_nbd.Parameters(*best.natural.tolist())
    first_day = until - people.age
    begin = int(first_day.min())
    day, rank, owner = _repeat_days(data, people)
    frames = []
    # Weeks: repeat purchases of all by the end of each; squares give their spread over customers.
    weeks = np.arange(1, (data.until - begin + 1) // 7 + 1)
    ends = begin + 7 * weeks - 1
    order = np.argsort(day, kind="stable")
    sums = np.zeros((2, len(day) + 1))
    sums[0, 1:] = np.arange(1, len(day) + 1)
    sums[1, 1:] = np.cumsum(2.0 * rank[order] - 1.0)
    total, squares = sums[:, np.searchsorted(day[order], ends, side="right")]
    starts, how_many = np.unique(first_day, return_counts=True)
    time = np.maximum(ends[:, None] - starts, 0) / MONTH
    model = bg_nbd.repeats(p, time) @ how_many
    size = len(people.repeats)
    error = np.sqrt(np.maximum(squares - total**2 / size, 0.0))
    frames.append(_curve("cumulative repeats", weeks, total, model, error, ends > until))
    # Counts of repeats, in cells 0, 1..w, w+1..2w, ..., with w = 1 unless people buy often.
    width = max(1, int(np.quantile(people.repeats, 0.97)) // (CELLS - 1))
    at = np.concatenate([[0], 1 + width * np.arange(CELLS - 1)])
    cell = np.searchsorted(at, people.repeats, side="right") - 1
    counts = np.bincount(cell, minlength=CELLS).astype(np.float64)
    ages, how_many = np.unique(people.age, return_counts=True)
    x = np.arange(at[-1])
    by_count = bg_nbd.probability(p, x[:, None], ages / MONTH) @ how_many
    share = np.add.reduceat(by_count, at[:-1]) / size
    share = np.append(share, max(1.0 - share.sum(), 0.0))
    error = np.sqrt(size * share * (1.0 - share))
    frames.append(_curve("repeat counts", at, counts, share * size, error, False))
    # What those with so many repeats did after the cut.
    if until < data.until:
        later = np.bincount(owner[day > until], minlength=size).astype(np.float64)
        ahead = _ahead(p, groups, data.until - until)[groups.inverse]
        n = np.bincount(cell, minlength=CELLS)
        means, models, residual = (
            np.bincount(cell, weights=values, minlength=CELLS) / np.maximum(n, 1)
            for values in (later, ahead, (later - ahead) ** 2)
        )
        some = n > 0
        frames.append(
            _curve(
                "hold-out repeats by calibration repeats",
                at[some],
                means[some],
                models[some],
                np.sqrt(residual[some] / n[some]),
                True,
            )
        )
    # Amounts: quantiles in percent.
    percent = np.arange(5, 100, 5)
    paid = data.amount[(data.day <= until) & (data.amount > 0.0)]
    sd = float(np.hypot(*np.exp(bill.logs[1:])))
    model = np.exp(bill.logs[0] - 0.5 * sd**2 + sd * special.ndtri(percent / 100.0))
    quantiles = np.quantile(paid, percent / 100.0)
    frames.append(_curve("amount", percent, quantiles, model, np.full(len(percent), np.nan), False))
    return pd.concat(frames, ignore_index=True)


def _ahead(p: bg_nbd.Parameters, groups: bg_nbd.Grouped, days: int) -> Floats:
    return bg_nbd.future(p, groups.x, groups.t_x, groups.age, days / MONTH)


def _judge_buying(
    data: Purchases, until: int, people: bg_nbd.Summary, groups: bg_nbd.Grouped,
    best: sbg.Maximum, bill: spend.Spend, curves: pd.DataFrame,
) -> tuple[dict[str, float | str], tuple[str, ...]]:  # fmt: skip
    by_curve = {str(name): frame for name, frame in curves.groupby("curve")}
    counts, weeks = by_curve["repeat counts"], by_curve["cumulative repeats"]
    cells = _pooled(counts.model.to_numpy())
    pool = (cells == np.arange(cells.max() + 1)[:, None]).astype(np.float64)
    expected = pool @ counts.model.to_numpy()
    gaps = pool @ counts.residual.to_numpy()
    counts_p, _ = _chi_square(gaps, np.diag(expected), 1 + int((~best.edge).sum()))
    late = weeks[weeks.held_out.astype(bool)]
    checks: dict[str, float | str] = {
        "histogram p": counts_p,
        "hold-out MAPE": np.nan,
        "hold-out total error": np.nan,
        "hold-out p": np.nan,
        "conditional MAE": np.nan,
        "spend correlation": bill.correlation,
        "first amount": bill.first,
        "repeat amount": bill.repeat,
    }
    reasons = []
    misplaced = float(counts.residual.abs().sum() / counts.data.sum() / 2.0)
    harm = counts_p < 0.01 and misplaced > SLIGHT[0]
    odd = _largest(counts, "standardised")
    checks["worst residual"] = (
        f"{odd['at']:.0f} repeat purchases: {odd['data']:,.0f} customers, "
        f"the model says {odd['model']:,.0f}"
    )
    if counts_p < 0.01:
        reasons.append(
            f"the counts of repeat purchases differ from the model's ({_p(counts_p)}), most at "
            f"{checks['worst residual']}"
        )
    if len(late):
        gap, error, expected_total = _hold_out(data, until, people, groups, best)
        checks["hold-out p"] = float(2.0 * special.ndtr(-abs(gap / error))) if error > 0 else np.nan
        checks["hold-out MAPE"] = float((late.residual / late.data).abs().mean())
        checks["hold-out total error"] = float(late.model.iloc[-1] / late.data.iloc[-1] - 1.0)
        means = by_curve["hold-out repeats by calibration repeats"]
        checks["conditional MAE"] = float(means.residual.iloc[: CELLS - 1].abs().mean())
        if float(checks["hold-out p"]) < DOUBTFUL:
            harm = harm or abs(gap / expected_total) > SLIGHT[1]
            reasons.append(
                f"after the cut they bought {abs(gap / expected_total):.0%} "
                f"{'more' if gap > 0 else 'less'} than it says (chance: about "
                f"{Z * error / expected_total:.0%} either way)"
            )
    held = (
        f": cumulative repeats are off by {checks['hold-out MAPE']:.1%} in the weeks held out, by "
        f"{abs(float(checks['hold-out total error'])):.1%} at their end"
        if len(late)
        else "; nothing was held out"
    )
    notes = []
    if reasons:
        how = "The purchases do not look like BG/NBD" if harm else "BG/NBD is not exact, but near"
        checks["verdict"] = f"{how}{held}."
        said = "; ".join(reasons)
        notes.append(f"{checks['verdict']} {said[:1].upper()}{said[1:]}.")
    else:
        checks["verdict"] = f"Nothing speaks against BG/NBD{held}."
    if abs(bill.correlation) > 0.15:
        notes.append(
            f"Who buys more often spends {'more' if bill.correlation > 0 else 'less'} a purchase "
            f"(correlation {bill.correlation:.2f}); the model takes them as unrelated, so the "
            f"value of the best customers is too {'low' if bill.correlation > 0 else 'high'}."
        )
    if bill.repeat / bill.first > 1.25 or bill.repeat / bill.first < 0.8:
        notes.append(
            f"First purchases come to {bill.first:,.2f} on average, later ones to "
            f"{bill.repeat:,.2f}; the model has one mean for both."
        )
    free = int(((data.day <= until) & (data.amount <= 0.0)).sum())
    if free:
        notes.append(f"{free:,} purchases of 0 or less count as purchases, but not for the basket.")
    return checks, tuple(notes)


def _hold_out(
    data: Purchases, until: int, people: bg_nbd.Summary, groups: bg_nbd.Grouped, best: sbg.Maximum
) -> tuple[float, float, float]:
    """Purchases after the cut beyond those expected from each history; the standard error of that,
    by customers and by estimates; and how many were expected."""
    day, _, owner = _repeat_days(data, people)
    later = np.bincount(owner[day > until], minlength=len(people.repeats))
    days = data.until - until

    def total(logs: Floats) -> float:
        p = bg_nbd.Parameters(*np.exp(logs).tolist())
        return float(_ahead(p, groups, days) @ groups.weight)

    ahead = _ahead(bg_nbd.Parameters(*best.natural.tolist()), groups, days)[groups.inverse]
    steps = 1e-3 * np.eye(4)
    slope = np.array([(total(best.logs + s) - total(best.logs - s)) / 2e-3 for s in steps])
    variance = float(((later - ahead) ** 2).sum() + slope @ best.covariance @ slope)
    return float((later - ahead).sum()), float(np.sqrt(variance)), float(ahead.sum())


def _limits_of_buying(best: sbg.Maximum, p: bg_nbd.Parameters) -> tuple[str, ...]:
    """What is said where the data do not tell how people differ."""
    notes = []
    if best.edge[0] and p.r > 1.0:
        notes.append("Customers hardly differ in how often they buy: the shape is at its limit.")
    if best.edge[2:].any():
        notes.append(
            f"How customers differ in dropping out is not known: the fit is at the limit of what "
            f"is allowed (a = {p.a:.4g}, b = {p.b:.4g}). Use the mean dropout."
        )
    elif np.sqrt(np.diag(best.covariance))[2:].max() > 1.0:
        notes.append(
            "How customers differ in dropping out is hardly known: a and b could be several times "
            "larger or smaller. Their mean is known better."
        )
    return tuple(notes)
