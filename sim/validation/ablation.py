"""The ablation: each mechanism off in turn, and what that changes.

One programme uses every lever, in a market with breaches, a scandal, freed hostages and a better
rival, so that every mechanism has something to act on. A world with a mechanism off is calibrated
anew, to the same published retention; it has the same people and the same luck.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from ...agents.rules import Rules
from ...scenarios.levers import Strategy
from ...scenarios.mechanisms import Mechanism, Mechanisms, mechanisms
from ...scenarios.programme import Save
from ...scenarios.rivals import Rival
from ...scenarios.scenario import Scenario
from ...scenarios.shocks import Shock
from ..calibration import calibrate
from ..course import Start, begin, revised
from ..doubt import draw
from ..run import run, threads_of

METRICS = {
    "equity": "%", "churn": "pp", "clv": "%", "advocates": "pp",
    "engagement": "pp", "purchases": "%", "warnings": "%", "belief": "pp",
}  # fmt: skip
"""What is reported, and in what: percent of the whole, or percentage points (states too)."""

EVERYTHING = Strategy.model_validate(
    {
        "about": "Every lever at once; rewards and a discount that end; a devaluation.",
        "offer": {"discount": 0.1},
        "points": {
            "earn": 0.02, "goal": 4.0, "welcome": 0.1, "endowed": 0.2, "progressive": True,
            "tiers": [3.0, 8.0], "tier_bonus": 0.25, "tier_recognition": 0.5, "admin_budget": 0.006,
            "better_rewards": [{"goal": 7.0, "worth": 1.2}], "experience_cost": 0.5,
        },
        "service": {
            "performance": 0.74, "failure_factor": 0.8, "recovery": 0.7, "human": 0.7,
            "self_service": 0.7, "effort": 0.5, "surprise": 0.3, "proactive": 0.2,
            "proactive_salient": 0.3, "proactive_selling": 0.2, "concierge": 0.1,
            "staff": 1.5, "resolution": 0.7, "experts": 0.05,
            "surprise_price": 2.0, "recovery_price": 5.0, "budget": 0.016,
        },
        "marketing": {
            "messages": 10.0, "channels": 3, "aligned": 0.6, "relevance": 0.6,
            "personalisation": 0.5, "timing": 0.5, "coupon": 0.25, "budget": 0.005,
            "acquisition": 2.0, "winback": {"months": 6, "discount": 0.1},
        },
        "community": {
            "capacity": 0.6, "recognition": 0.3, "pressure": 0.5, "ideas": 0.002, "budget": 0.009,
            "ambassadors": 0.02, "ambassador_pay": 2.0,
        },
        "data": {
            "depth": 0.6, "transparency": 0.6, "control": 0.2, "ethics": 0.7, "listening": 0.8,
            "budget": 0.003,
        },
        "referrals": {"reward": 10.0},
        "acts": {"sharing": 2.0, "newsletter": 1.0},
        "invest": {
            "quality": 0.01, "reliability": 0.005, "recovery": 0.003, "effort": 0.005,
            "relevance": 0.002, "community": 0.003,
        },
        "changes": [
            {"month": 12, "set": {"marketing.messages": 4.0}},
            {"month": 20, "set": {"points.goal": 4.8}},
            {
                "month": 24,
                "set": {
                    "offer.discount": 0.0, "membership.fee": 2.0, "membership.discount": 0.02,
                },
            },
            {"month": 30, "set": {"referrals.reward": 0.0, "acts.sharing": 0.0}},
            {"month": 36, "set": {"community.ambassador_pay": 0.0}},
            {
                "month": 48,
                "set": {
                    "points.tiers": [], "points.earn": 0.0, "membership.fee": 0.0,
                    "membership.discount": 0.0,
                },
            },
            {"month": 51, "set": {"departments": ["marketing", "sales", "service", "community"]}},
        ],
    }
)  # fmt: skip
"""A programme that gives each mechanism something to do; nobody's advice."""

OFFERED = Save(discount=0.2)
"""What it offers those about to leave beside, where that is announced."""

BETTER = Strategy.model_validate({"service": {"performance": 0.75}})
"""What the rival does: better service than is usual."""

SHOCKS = (
    Shock(kind="breach", month=14, severity=0.5),
    Shock(kind="scandal", month=26, severity=0.5),
    Shock(kind="portability", month=35),
    Shock(kind="rival_breach", month=40, severity=0.5),
    Shock(kind="rival_breach", month=45, severity=0.8),
)


def ablation(
    scenario: Scenario, worlds: int, progress: Callable[[int, int], None] | None = None
) -> pd.DataFrame:
    """Change by switching off each mechanism (and those that need it), over worlds of luck.

    One row per mechanism and metric: `change` is off less on, in percent of the whole or in
    percentage points, with its 95 % interval `low`, `high`, and whether it `moves` beyond it.
    `same`: nothing at all differs in any world.
    """
    tried = [None, *mechanisms()]
    setting = staged(scenario)
    found: list[list[dict[str, float]]] = []
    with ThreadPoolExecutor(threads_of(scenario) + 1) as pool:
        for lives in pool.map(lambda mechanism: _lives(setting, mechanism, worlds), tried):
            found.append(lives)
            if progress:
                progress(len(found), len(tried))
    rows = (
        row
        for mechanism, lives in zip(tried[1:], found[1:], strict=True)
        if mechanism is not None
        for row in _rows(mechanism, found[0], lives)
    )
    return pd.DataFrame(rows)


def staged(scenario: Scenario) -> Scenario:
    """The scenario with everything in it that a mechanism may act on; luck alone differs."""
    room = 1.0 - scenario.population.customer_share
    other = Rival(name="other", strategy=BETTER, share=min(0.2, room / 2.0)) if room else None
    market = scenario.market.model_copy(
        update={
            "rivals": (other,) if other else (),
            "rival_performance": 0.75,
            "rival_programmes": 2,
            "discounter": True,
        }
    )
    strategy = EVERYTHING
    if market.setting == "contractual":
        marketing = strategy.marketing.model_copy(update={"save": OFFERED})
        strategy = strategy.model_copy(update={"marketing": marketing})
    return revised(
        scenario,
        market=market,
        strategies={"everything": strategy},
        shocks=tuple(shock for shock in SHOCKS if shock.month < scenario.horizon),
        uncertainty="luck",
        mechanisms=Mechanisms(),
    )


def _lives(setting: Scenario, mechanism: Mechanism | None, worlds: int) -> list[dict[str, float]]:
    """What the programme comes to in each world, with one mechanism off."""
    rules = Rules()
    if mechanism is not None:
        acting = setting.mechanisms.without(mechanism.name)
        setting = setting.model_copy(update={"mechanisms": acting})
    neutral = calibrate(setting, draw(setting, 0), rules)  # worlds differ by luck alone
    return [_life(begin(setting, world, rules, neutral)) for world in range(worlds)]


def _life(start: Start) -> dict[str, float]:
    name, strategy = next(iter(start.scenario.strategies.items()))
    lived = run(start, name, strategy, Rules())
    summary, curves = lived.summary, lived.curves[lived.curves["company"] == 0]
    return {
        "equity": summary["equity"],
        "churn": summary["churn_rate_true"] * 12.0,
        "clv": summary["clv"],
        "advocates": summary["advocates"],
        "engagement": float(curves["engagement"].mean()),
        "purchases": float(curves["purchases"].sum() / curves["customers_true"].sum()),
        "warnings": float(curves["wom_negative"].mean()),
        "belief": float(lived.people["belief"][:, 0].mean()),
    }


def _rows(
    mechanism: Mechanism, on: Sequence[dict[str, float]], off: Sequence[dict[str, float]]
) -> list[dict[str, Any]]:
    rows = []
    same = list(on) == list(off)
    for metric, unit in METRICS.items():
        before = np.array([life[metric] for life in on])
        change = 100.0 * (np.array([life[metric] for life in off]) - before)
        if unit == "%":
            change = change / before.mean()
        low, high = _interval(change)
        rows.append(
            {
                "mechanism": mechanism.name,
                "code": mechanism.code,
                "metric": metric,
                "unit": unit,
                "change": float(change.mean()),
                "low": low,
                "high": high,
                "moves": bool(low > 0.0 or high < 0.0),
                "same": same,
            }
        )
    return rows


def _interval(values: Any) -> tuple[float, float]:
    """95 % interval of a mean; of no width where all values are the same."""
    half = _quantile(len(values)) * float(np.std(values, ddof=1)) / float(np.sqrt(len(values)))
    mean = float(np.mean(values))
    return mean - half, mean + half


@functools.cache
def _quantile(n: int) -> float:
    return float(stats.t.ppf(0.975, n - 1))
