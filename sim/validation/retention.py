"""Facts of retention: curves that flatten, and what staying is worth."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from ...scenarios.market import Leaving
from ..course import Run, Start
from ..data import sbg
from ..kernel import Records
from ..run import run
from ..value import lifetimes
from ..world import flat_path
from .fact import Band, fact
from .laboratory import RULES, Laboratory, Setup
from .published import DERL, FITTED_YEARS, REGULAR

Column = NDArray[np.float64]


def survival_by_year(result: Run) -> Column:
    """Percent of the first cohort still there after 0, 1, ... years."""
    first = result.retention[result.retention["cohort"] == 0].set_index("age")["share"]
    return np.asarray(100.0 * first.loc[::12].to_numpy())


def regular_cohort(lab: Laboratory) -> Column:
    """Percent surviving 0 .. 12 years of a neutral cohort whose churn is fitted to years 0-7."""
    a, b = sbg.fit(fitted_years()).natural
    return survival_by_year(lab.run("none", fitted_to(lab, float(a), float(b))))


def geometric_cohort(lab: Laboratory) -> Column:
    """The same where everybody has one churn, fitted to the same years."""
    counts = fitted_years()
    churn = float(counts.left.sum() / counts.at_risk.sum())
    alike = fitted_to(lab, 1.0, (1.0 - churn) / churn)._replace(heterogeneity=False)
    return survival_by_year(lab.run("none", alike))


def fitted_years() -> sbg.Counts:
    """What may be known of the published cohort."""
    return sbg.counts_of_table(np.array(REGULAR[: FITTED_YEARS + 1]) / 100.0, 1000.0)


def fitted_to(lab: Laboratory, a: float, b: float) -> Setup:
    """A cohort of yearly contracts over twelve years with this Beta of churn."""
    leaving = Leaving(a=a, b=b, period_months=12)
    return Setup(lab.scale.many, 144, market=(("leaving", leaving), ("renewal_months", 12)))


def missed(survival: Column) -> float:
    """Mean absolute error in the years held out, percentage points."""
    return float(np.abs(survival - REGULAR)[FITTED_YEARS + 1 :].mean())


@fact(
    "1", "A cohort's retention rate rises with tenure though nobody's propensity falls",
    Band("retention in year 5 less year 1", 0.05, 0.30, "share"),
    kind="validation", basis="Fader & Hardie 2007", quantity="heterogeneity of churn",
)  # fmt: skip
def retention_rises(lab: Laboratory) -> float:
    """By sorting alone: who leaves easily, leaves first."""
    kept = regular_cohort(lab) if lab.contractual else survival_by_year(lab.run("none", lab.cohort))
    return float(kept[5] / kept[4] - kept[1] / kept[0])


@fact(
    "2", "Without differences in churn the curve is geometric and misses the years held out",
    Band("error in years 8-12 as a multiple of that with differences", 3.0, unit="ratio"),
    kind="validation", basis="Fader & Hardie 2007", quantity="heterogeneity of churn",
    where="contractual",
)  # fmt: skip
def geometric_misses(lab: Laboratory) -> float:
    """Both are fitted to years 0-7 of the published table."""
    return missed(geometric_cohort(lab)) / missed(regular_cohort(lab))


@fact(
    "4.1a", "A cohort fitted to seven years of the published table keeps to the next five",
    Band("mean absolute error in years 8-12", 0.0, 1.0, "points"),
    Band("least rise of the retention rate over two years", 0.0, unit="share"),
    kind="validation", basis="Fader & Hardie 2007, Table 1", quantity="sBG years 8-12",
    where="contractual",
)  # fmt: skip
def published_years_held_out(lab: Laboratory) -> tuple[float, float]:
    """Rates of two years together, since single years of 20,000 people are known to .5 points."""
    kept = regular_cohort(lab)
    rates = np.sqrt(kept[2::2] / kept[:-2:2])
    return missed(kept), float(np.diff(rates).min())


@fact(
    "4.1b", "Residual lifetimes are the published ones",
    Band("largest relative error of ten published values", 0.0, 0.02, "share"),
    kind="verification", basis="Fader & Hardie 2010, Table 3", quantity="closed forms",
    where="anywhere",
)  # fmt: skip
def residual_lifetimes(lab: Laboratory) -> float:
    """In closed form, over quantiles of Beta(a, b + n - 1), at 10 % from renewal to renewal."""
    monthly = 1.1 ** (1.0 / 12.0) - 1.0
    annuity = (1.0 - 1.1**-1.0) / monthly
    errors: list[float] = []
    for (a, b), published in DERL.items():
        for year, years in enumerate(published):
            people = renewing(a, b + year, 20_000)
            world: Any = SimpleNamespace(contagion=0.0, referrer_hazard=1.0, contractual=1,
                                         renewal_months=12)  # fmt: skip
            offer: Any = None
            left = lifetimes(people, offer, world, flat_path(1, monthly), 0, monthly)
            found = 1.1 * (float(left.margin.mean()) / annuity - 1.0)
            errors.append(abs(found / years - 1.0))
    return max(errors)


def renewing(a: float, b: float, size: int) -> dict[str, Column]:
    """Customers a year from their renewal, with a Beta(a, b) of churn, as columns."""
    u = (np.arange(size) + 0.5) / size
    low, rest = special.betaincinv(a, b, u), special.betaincinv(b, a, 1.0 - u)
    odds = np.log(np.maximum(low, 1e-300)) - np.log(np.maximum(rest, 1e-300))
    nothing = np.zeros(size)
    return {
        "propensity_odds": odds, "alive": nothing + 1, "exposure": nothing, "leaning": nothing,
        "engagement": nothing, "tenure": nothing + 12, "since_referral": nothing + 1000,
    }  # fmt: skip


@fact(
    "4.4d", "One percent more retention is worth 2.5 to 7 percent of customer value",
    Band("elasticity of lifetime value to yearly retention", 2.5, 7.0, "elasticity"),
    kind="validation", basis="Gupta, Lehmann & Stuart 2004", quantity="Gupta elasticities",
    remark="One percent of everybody's own retention. The same shift of everybody's log-odds of "
    "leaving gives 1.7 under contracts: those who hardly leave, who are worth most, gain nothing.",
)  # fmt: skip
def retention_elasticity(lab: Laboratory) -> float:
    """Twins: each customer's own yearly retention is higher by one percent, if it can be."""
    start = lab.start(lab.base)
    better = run(start._replace(people=staying(start)), "tried", lab.strategy("none"), RULES)
    usual = lab.run("none", lab.base)
    worth = math.log(better.summary["clv"] / usual.summary["clv"])
    return float(worth / math.log(first_year(better) / first_year(usual)))


def staying(start: Start) -> Records:
    """The same people, with propensities at which they stay one percent more."""
    people, once = start.people.copy(), math.log(1.01)
    if start.neutral.world.contractual:
        yearly = start.neutral.world.renewal_months / 12.0
        hazard = -np.expm1(np.log1p(-people["propensity"]) + once * yearly)
    else:
        hazard = people["propensity"] - once / 12.0 / np.maximum(people["rate"], 1e-9)
    hazard = np.clip(hazard, 1e-9, 1.0 - 1e-9)
    people["propensity"], people["propensity_odds"] = hazard, special.logit(hazard)
    return people


def first_year(result: Run) -> float:
    """Share of the customers of the start who are there a year later."""
    base = result.retention[result.retention["cohort"] == -1].set_index("age")["share"]
    return float(base.loc[12])


@fact(
    "4.4e", "One percent more margin is worth one percent of customer value",
    Band("elasticity of lifetime value to gross margin", 0.9, 1.1, "elasticity"),
    kind="validation", basis="Gupta, Lehmann & Stuart 2004 (1; width ours)",
    quantity="Gupta elasticities",
    remark="A gross margin is before the contacts that a customer costs; after them it is 1 by "
    "algebra.",
)  # fmt: skip
def margin_elasticity(lab: Laboratory) -> float:
    """The same lives at a margin 5 % higher."""
    start = lab.start(lab.base)
    market = start.scenario.market
    richer = market.model_copy(update={"gross_margin": 1.05 * market.gross_margin})
    scenario = start.scenario.model_copy(update={"market": richer})
    better = run(start._replace(scenario=scenario), "tried", lab.strategy("none"), RULES)
    usual = lab.run("none", lab.base)
    return math.log(better.summary["clv"] / usual.summary["clv"]) / math.log(1.05)
