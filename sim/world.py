"""A world: one draw of everything uncertain, as the flat record of numbers that the rules read."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from ..agents.rules.arithmetic import SCORES
from ..agents.state import COMPANIES, About, World
from ..scenarios.coefficients import Coefficients
from ..scenarios.costs import Costs
from ..scenarios.levers import Levers
from ..scenarios.market import Market
from ..scenarios.mechanisms import Mechanisms
from ..scenarios.parameter import parameters
from ..scenarios.scenario import Scenario

NEUTRAL = Levers()
"""Neutral management: every lever at its default, no programme."""

MONTHLY = (
    "month",
    "settling",
    "freed",
    "standing",
    "tempting",
    "usual_appeal",
    "discount",
    "hazard_offset",
    "rate_norm",
    "exposure_norm",
    "satisfaction_bar",
    "trust_bar",
    "belief_anchor",
    "category_norm",
    "season",
)
"""What of a world changes from month to month, the bars while they settle."""

ODDS_LIMIT = 30.0
YEAR = 12

COEFFICIENTS = tuple(
    name.rpartition(".")[2]
    for group in (Coefficients(), Costs())
    for name, _, _ in parameters(group)
)
"""What of a world's numbers the rules read by name; the others are the market's."""


SWITCHES = tuple(Mechanisms.model_fields)
"""The switches, which rules read as `with_NAME` where no coefficient stands for the mechanism."""


OWN: dict[str, About] = {
    "contractual": About("0/1", "whether customers hold a contract"),
    "renewal_months": About("months", "between renewals of a contract"),
    "inactivity_months": About("months", "of silence after which the books call a buyer lost"),
    "encounter_rate": About("1/month", "enc: mean encounters of a customer"),
    "learning": About("1", "om: weight of one encounter, (1 + kap) / (enc + kap)"),
    "curvature": About("1", "gam: exponent of curved satisfaction, 1 where that is off"),
    "belief": About("[0,1]", "pr: mean belief, the market share"),
    "category_norm": About("performance", "Xn: norm of the category this month"),
    "usual_norm": About("performance", "the same at the start"),
    "rival_performance": About("performance", "of the rivals, which the norm follows"),
    "satisfaction_reference": About("[0,1]", "Sref: satisfaction at the reference"),
    "performance_reference": About("performance", "Pref: performance at the reference"),
    "neutral_effort": About("[0,1]", "e0: effort of a contact under neutral management"),
    "neutral_human": About("[0,1]", "human0: human share of contacts, the same"),
    "neutral_self_service": About("[0,1]", "s0: self-service share, the same"),
    "neutral_messages": About("1/month", "messages, the same"),
    "neutral_channels": About("", "channels used, the same"),
    "neutral_aligned": About("[0,1]", "how well they are aligned, the same"),
    "neutral_relevance": About("[0,1]", "rel0: relevance of messages, the same"),
    "neutral_transparency": About("[0,1]", "tau0: transparency, the same"),
    "neutral_control": About("[0,1]", "chi0: control over one's data, the same"),
    "neutral_ethics": About("[0,1]", "eth0: ethics, the same"),
    "rate_link": About("1", "correlation of the scores of purchase rate and set-point"),
    "basket_link": About("1", "correlation of the scores of basket and set-point"),
    "wallet_link": About("1", "correlation of the scores of purchase rate and share of wallet"),
    "wallet_table": About("[0,1]", "share of wallet at each normal score"),
    "rate_cross": About("1", "what of the score of leaving the rate takes out again"),
    "leaving_link": About("1", "rho: correlation of propensity and persistent leaning"),
    "leaving_mean": About("log-odds", "mean of the persistent leaning to leave"),
    "leaving_sd": About("log-odds", "sd of the persistent leaning to leave"),
    "engaged": About("[0,1]", "engagement above which customers are called engaged"),
    "usual_won": About("[0,1]", "share of neutral newcomers won by talk"),
    "usual_praise": About("1/month", "praise per customer of a neutral market"),
    "usual_warnings": About("1/month", "warnings per customer of a neutral market"),
    "freed": About("0/1", "switching costs hold nobody any more"),
    "satisfaction_bar": About("[0,1]", "Sbar: mean satisfaction of the neutral population"),
    "trust_bar": About("[0,1]", "Tbar: mean trust of the neutral population"),
    "rivals": About("", "companies with a name beside the home company"),
    "standing": About("ratio", "mean belief in each company, the home's 1; 0: not in the market"),
    "tempting": About("ratio", "what each company's price adds to its appeal"),
    "unnamed": About("[0,1]", "appeal of the rest of the market"),
    "usual_appeal": About("log", "neutral appeal of all others, for customers of each company"),
    "belief_variance": About("1", "of the neutral belief in the home company"),
    "belief_anchor": About("[0,1]", "pr0: belief that all return to; keeps the mean at pr"),
    "propensity_table": About("log-odds", "of the propensity to leave, by normal score"),
    "rate_table": About("log(1/month)", "of the purchase rate, by normal score"),
    "seasons": About("ratio", "season of each month, from month 0 on"),
    "season": About("ratio", "purchases and discretionary spend of this month, in a year 1"),
    "month": About("months", "from 0; negative before the start"),
    "settling": About("0/1", "nobody leaves or joins while a population settles"),
    "discount": About("ratio", "value today of one unit at the month's end"),
    "hazard_offset": About("log-odds", "what makes the neutral mean hazard the published one"),
    "rate_norm": About("ratio", "neutral mean of the factor on purchase rates"),
    "exposure_norm": About("ratio", "neutral mean of the hazard ratio by contagion"),
}
"""What else a world holds, beside coefficients, factors on prices and switches."""


class Path(NamedTuple):
    """The neutral path of a market, month by month: what makes its mean hazard the fitted one.

    Solved once per market and draw of coefficients, shared by all strategies (`calibration.py`).
    Arrays of shape (horizon,).
    """

    hazard_offset: NDArray[np.float64]
    rate_norm: NDArray[np.float64]
    exposure_norm: NDArray[np.float64]
    discount: NDArray[np.float64]
    settling: bool = False

    def enter(self, world: World, month: int) -> None:
        """Set the world's numbers of a month; on a settling path nobody leaves or joins."""
        at = min(max(0, month), len(self.discount) - 1)
        world.month = month
        world.settling = int(self.settling)
        world.hazard_offset = float(self.hazard_offset[at])
        world.rate_norm = float(self.rate_norm[at])
        world.exposure_norm = float(self.exposure_norm[at])
        world.discount = float(self.discount[at])
        world.season = world.seasons[month % YEAR]
        if world.rivals == 0 or month <= 0:
            world.category_norm = norm_of(world, month)


def norm_of(world: World, month: int) -> float:
    """Xn: the norm of the category, which follows the rivals' performance from month 0 on (A3)."""
    if month <= 0 or world.norm_drift == 0.0:
        return float(world.usual_norm)
    gap = world.usual_norm - world.rival_performance
    return float(world.rival_performance + gap * (1.0 - world.norm_drift) ** month)


def flat_path(horizon: int, discount_rate: float = 0.0, *, settling: bool = False) -> Path:
    """A path on which nothing is mended yet: offset 0, norms 1; discounted at each month's end."""
    return Path(
        np.zeros(horizon),
        np.ones(horizon),
        np.ones(horizon),
        np.power(1.0 + discount_rate, -(np.arange(horizon) + 1.0)),
        settling,
    )


def world_of(scenario: Scenario, numbers: Mapping[str, float]) -> World:
    """The record of a world before calibration: bars at 0, offsets at 0, norms at 1."""
    market, acting = scenario.market, scenario.mechanisms
    pooling = numbers["learning_pooling"]
    imitation = numbers["adoption_social"] * scenario.population.customer_share
    service, marketing, data = NEUTRAL.service, NEUTRAL.marketing, NEUTRAL.data
    return World(
        **{name: numbers[name] for name in COEFFICIENTS},
        **{f"with_{name}": int(getattr(acting, name)) for name in SWITCHES},
        contractual=int(market.setting == "contractual"),
        renewal_months=market.renewal_months,
        inactivity_months=market.inactivity_months,
        encounter_rate=market.encounters,
        learning=(1.0 + pooling) / (market.encounters + pooling),
        curvature=market.curvature if acting.curved_loyalty else 1.0,
        belief=market.belief,
        category_norm=market.category_norm,
        usual_norm=market.category_norm,
        rival_performance=market.rival_performance,
        satisfaction_reference=market.satisfaction_reference,
        performance_reference=market.performance_reference,
        neutral_effort=service.effort,
        neutral_human=service.human,
        neutral_self_service=service.self_service,
        neutral_messages=marketing.messages,
        neutral_channels=marketing.channels,
        neutral_aligned=marketing.aligned,
        neutral_relevance=marketing.relevance,
        neutral_transparency=data.transparency,
        neutral_control=data.control,
        neutral_ethics=data.ethics,
        rate_link=0.0,
        basket_link=0.0,
        wallet_link=2.0 * math.sin(math.pi * numbers["wallet_rate"] / 6.0),
        wallet_table=wallet_table(market.buying.wallet),
        rate_cross=0.0,
        leaving_link=0.0,
        leaving_mean=0.0,
        leaving_sd=1.0,
        engaged=1.0,
        usual_won=imitation / (numbers["adoption_external"] + imitation) if imitation else 0.0,
        usual_praise=0.0,
        usual_warnings=0.0,
        freed=0,
        satisfaction_bar=0.0,
        trust_bar=0.0,
        rivals=0,
        standing=[1.0] + [0.0] * (COMPANIES - 1),
        tempting=[1.0] + [0.0] * (COMPANIES - 1),
        unnamed=1.0 - market.belief,
        usual_appeal=[0.0] * COMPANIES,
        belief_variance=0.0,
        belief_anchor=market.belief,
        propensity_table=propensity_table(market, scenario.population.heterogeneity),
        rate_table=rate_table(market, scenario.population.heterogeneity),
        seasons=[market.season[(market.first_month - 1 + k) % YEAR] for k in range(YEAR)],
        season=1.0,
        month=0,
        settling=0,
        discount=1.0,
        hazard_offset=0.0,
        rate_norm=1.0,
        exposure_norm=1.0,
    )


def scores() -> NDArray[np.float64]:
    """The normal scores of a quantile table."""
    return np.linspace(-5.0, 5.0, SCORES)


def propensity_table(market: Market, heterogeneity: bool) -> list[float]:
    """Log-odds of the propensity at each score: of leaving at a renewal, or after a purchase."""
    a, b = market.leaving.a, market.leaving.b
    if heterogeneity:
        odds = _log_odds(special.ndtr(scores()), a, b)
    else:
        odds = np.full(SCORES, math.log(a / b))
    period = market.leaving.period_months
    if market.setting == "contractual" and market.renewal_months != period:
        stay_a_period = -np.logaddexp(0.0, odds)
        stay = stay_a_period * market.renewal_months / period
        odds = np.log(-np.expm1(stay)) - stay
    limited: list[float] = np.clip(odds, -ODDS_LIMIT, ODDS_LIMIT).tolist()
    return limited


def _log_odds(u: NDArray[np.float64], a: float, b: float) -> NDArray[np.float64]:
    low = special.betaincinv(a, b, u)
    rest = special.betaincinv(b, a, 1.0 - u)
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(low) - np.log(rest))


def rate_table(market: Market, heterogeneity: bool) -> list[float]:
    """Log purchases per month at each score, of a Gamma with the market's mean and shape."""
    buying = market.buying
    if not heterogeneity or market.setting == "contractual":
        return [math.log(buying.rate)] * SCORES
    scale = buying.rate / buying.shape
    with np.errstate(divide="ignore"):
        rates = np.log(stats.gamma.ppf(special.ndtr(scores()), buying.shape, scale=scale))
    limited: list[float] = np.clip(rates, -100.0, math.log(50.0)).tolist()
    return limited


WALLET_PRECISION = 4.0
"""Precision (a + b) of the Beta of the share of wallet: Beta(1.6, 2.4) at a mean of .4 (evidence
1.1; J)."""


@functools.lru_cache(maxsize=8)
def wallet_table(mean: float) -> list[float]:
    """Share of wallet at each score, of a Beta with this mean."""
    a, b = WALLET_PRECISION * mean, WALLET_PRECISION * (1.0 - mean)
    table: list[float] = special.betaincinv(a, b, special.ndtr(scores())).tolist()
    return table


def world_layout(world: World) -> np.dtype[np.void]:
    """The record of a world: whole numbers in 8 bytes, floats, and tables."""
    return _layout(tuple((name, _kind(value)) for name, value in vars(world).items()))


def _kind(value: Any) -> tuple[str, tuple[int, ...]]:
    if isinstance(value, list):
        return "f8", (len(value),)
    return ("i8", ()) if isinstance(value, int) else ("f8", ())


@functools.lru_cache(maxsize=4)
def _layout(kinds: tuple[tuple[str, tuple[str, tuple[int, ...]]], ...]) -> np.dtype[np.void]:
    return np.dtype([(name, *kind) for name, kind in kinds], align=True)
