"""Published numbers, cited, and the markets in which the model is held to them.

Numbers without a publication are bands of our own evidence; they are named as such.
"""

from collections.abc import Mapping
from typing import Any

from engagesim.scenarios.levers import Strategy
from engagesim.scenarios.market import Market
from engagesim.scenarios.scenario import Scenario
from engagesim.sim.validation.published import DERL, REGULAR

from .cases import ALL_MARKETS, market

__all__ = ["DERL", "REGULAR"]

SBG = (0.704, 1.182)
"""Beta(a, b) of yearly churn fitted to years 0-7 of `REGULAR` (Fader & Hardie 2007)."""

BG_SHAPE, BG_A, BG_B = 0.243, 0.793, 2.426
"""BG/NBD fitted to CDNOW (Fader, Hardie & Lee 2005): r, a, b."""

BG_ALPHA = 4.414 / 4.345
"""Its alpha of 4.414 weeks, in months."""

ZERO_CLASS = (0.50, 0.65)
"""Share of a new cohort without a repeat purchase in 9 months; CDNOW: 1411 of 2357 (computed)."""

BREAK_EVEN = {0.01: 0.023, 0.05: 0.126}
"""Sales lift at which a points programme breaks even, by reward rate, at breakage .2, reward cost
.7 and margin .25 (closed form, rounded)."""

# Evidence, facts 36-43: bands of judgement that the defaults are calibrated to.
NEUTRAL_BANDS = {
    "S mean": (0.62, 0.70),
    "S sd": (0.14, 0.20),
    "S below .5": (0.12, 0.25),
    "T mean": (0.50, 0.62),
    "T sd": (0.12, 0.20),
    "E mean": (0.40, 0.50),
    "E sd": (0.15, 0.22),
    "corr(S,T)": (0.50, 0.75),
    "corr(S,E)": (0.35, 0.60),
    "corr(E,E0)": (0.60, 0.85),
    "not engaged, S>=.6": (0.30, 0.50),
    "its ratio to S<.6": (0.00, 0.75),
}
WORD_OF_MOUTH = (2.0, 4.5)
"""PWOM:NWOM; East, Hammond & Wright 2007 found 3:1 in 15 studies."""

FAILURES = {0.25: 0.10, 0.5: 0.08, 1.0: 0.065, 2.0: 0.06, 4.0: 0.055, 8.0: 0.05}
"""Failures per encounter, by encounters a month, calibrated to that ratio (evidence, 10)."""

TELECOM = Market()
APPAREL = Market.model_validate(
    {
        "setting": "noncontractual",
        "rational_involvement": 0.4,
        "hedonic_involvement": 0.6,
        "gross_margin": 0.45,
        "leaving": {"a": BG_A, "b": BG_B},
        "buying": {"shape": BG_SHAPE, "rate": 0.2392, "basket": 40.0},
    }
)
MARKETS = {"telecom": TELECOM, "apparel": APPAREL}
"""One with contracts and one without, for what is to be tried in either."""

SEVEN = {name: Market.model_validate(market(name)) for name in ALL_MARKETS}
"""All markets that are shipped."""


def told_of(figure: str, market: Market) -> bool:
    """Whether the evidence tells of a neutral figure in a market like this.

    E and correlations are told of involvement .5 to .6 (facts 37, 38; of little involvement
    corr(E,E0) is known to lie at .94), correlations with S of at most one encounter a month.
    """
    involvement = 0.5 * (market.rational_involvement + market.hedonic_involvement)
    usual = 0.5 <= involvement <= 0.6
    if figure.startswith("corr(S"):
        return usual and 0.25 <= market.encounters <= 1.0
    return usual or figure not in ("E mean", "E sd", "corr(E,E0)")


NO_JOINING = {"adoption": False}
"""Mechanisms of a world in which nobody joins."""


def scenario_of(
    market: Market, horizon: int, population: Mapping[str, Any], **others: Any
) -> Scenario:
    """A scenario without doubt, under neutral management unless strategies are named."""
    settings = {"strategies": {"none": Strategy()}, "uncertainty": "none", **others}
    return Scenario.model_validate(
        {"market": market, "horizon": horizon, "population": population, **settings}
    )


def cohort(size: int, **others: Any) -> dict[str, Any]:
    """A population of new customers."""
    return {"size": size, "customer_share": 1.0, "start": "cohort", **others}


def base(size: int, **others: Any) -> dict[str, Any]:
    """A population of customers of mixed tenures."""
    return {"size": size, "customer_share": 1.0, "start": "base", **others}


TRIED = {
    "none": Strategy(),
    "points": Strategy.model_validate({"points": {"earn": 0.05}}),
    "service": Strategy.model_validate({"service": {"recovery": 0.9, "budget": 0.01}}),
}


def small_scenario(worlds: int, uncertainty: str = "all", **others: Any) -> Scenario:
    """A telecom market of 300 people over 14 months, and three strategies."""
    return scenario_of(
        TELECOM, 14, base(300), worlds=worlds, uncertainty=uncertainty,
        strategies=others.pop("strategies", TRIED), network={"kind": "small_world", "degree": 4},
        **others,
    )  # fmt: skip
