"""Where points alone beat the flywheel, and where not: twelve conditions and their mirrors.

Each condition is tried from ground on which neither programme is ahead: the market with the gross
margin at which points earn more in half of the worlds. There the flywheel costs
the middle of the evidence's grid (1.65 a customer-month at revenue 30, section 3): prices by the
piece go with revenue, those of contacts and recoveries with revenue per encounter. Then the
condition is put in place, and in the same worlds its opposite. A condition that does nothing leaves
P where it was, near one half on both sides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel
from scipy.optimize import brentq

from ...agents.rules import Rules
from ...scenarios.levers import Strategy
from ...scenarios.market import Buying, Leaving, Market
from ...scenarios.scenario import Scenario
from ..course import begin, chosen_strategy
from ..run import run, threads_of
from ..statistics import mean_interval, share_better
from ..world import NEUTRAL

Settings = Mapping[str, Any]
"""Dotted key of a scenario: its value."""


class Condition(NamedTuple):
    """What should tip the balance to points, its opposite, and why (evidence, section 6)."""

    code: str
    title: str
    basis: str
    stated: Settings
    opposite: Settings
    where: Literal["both", "noncontractual"] = "both"
    against: tuple[str, str] = ("flywheel", "flywheel")
    """The programme that points are set against, in the condition and in its opposite."""
    measures: tuple[str, str] = ("equity", "equity")
    """What is compared, in the condition and in its opposite."""


POINTS, FLYWHEEL = "strategies.points_only.", "strategies.flywheel."
COST = "cost"
"""What the flywheel costs a customer-month at the usual revenue: no key of a scenario."""
OFTEN, SELDOM = Leaving(a=0.8, b=60.0), Leaving(a=0.8, b=2.5)

CONDITIONS = (
    Condition(
        "P1", "Low involvement, low margin, bought often",
        "Pansari & Kumar 2017; Lin & Bowman 2022 (working paper)",
        {"market.rational_involvement": 0.35, "market.hedonic_involvement": 0.25,
         "market.gross_margin": 0.25, "market.buying": Buying(rate=6.0, shape=2.0, basket=35.0),
         "market.leaving": OFTEN, "market.encounters": 6.0, "market.failure": 0.05},
        {"market.rational_involvement": 0.8, "market.hedonic_involvement": 0.8,
         "market.gross_margin": 0.5, "market.buying": Buying(rate=0.15, shape=0.5, basket=300.0),
         "market.leaving": SELDOM, "market.encounters": 0.3, "market.failure": 0.1},
        where="noncontractual",
    ),
    Condition(
        "P2", "Wallets are elsewhere", "Liu 2007; Lal & Bell 2003",
        {"market.buying.wallet": 0.25}, {"market.buying.wallet": 0.75}, where="noncontractual",
    ),
    Condition(
        "P3", "No rival has a programme, and the reward is simple",
        "Bombaij & Dekimpe 2020; Leenheer et al. 2007",
        {"market.rival_programmes": 0, POINTS + "points.goal": 1.0},
        {"market.rival_programmes": 5, POINTS + "points.progressive": True},
        where="noncontractual",
    ),
    Condition(
        "P4", "Customers are prone to deals", "Kopalle et al. 2012",
        {"coefficients.contact.deal_precision": 3.0}, {"coefficients.contact.deal_precision": 8.0},
    ),
    Condition(
        "P5", "Service is reliable already", "Mittal, Ross & Baldasare 1998",
        {"market.failure": 0.01, "market.doubt.failure": 0.0},
        {"market.failure": 0.15, "market.doubt.failure": 0.0},
    ),
    Condition(
        "P6", "A short horizon (opposite: a patient company)",
        "lags of section 2H; Liu 2007 (points jump within three months)",
        {"horizon": 12}, {"discount_rate": 0.0025}, measures=("equity_realised", "equity"),
    ),
    Condition(
        "P7", "The flywheel is run badly (opposite: openly, with ease)",
        "Godfrey 2011; Martin 2017; Scherer 2015",
        {}, {FLYWHEEL + "data.control": 1.0, FLYWHEEL + "data.transparency": 1.0,
             FLYWHEEL + "service.effort": 0.2},
        against=("flywheel_badly_run", "flywheel"),
    ),
    Condition(
        "P8", "Customers are captive", "Jones & Sasser 1995; Pick & Eisend 2014",
        {"market.curvature": 0.5, "coefficients.leaving.attraction": 0.5},
        {"market.curvature": 2.5, "coefficients.leaving.attraction": 3.0},
    ),
    Condition(
        "P9", "Hardly anybody hears anybody", "Pansari & Kumar 2017",
        {"network.degree": 2, "market.rational_involvement": 0.35,
         "market.hedonic_involvement": 0.35},
        {"network.degree": 16, "market.rational_involvement": 0.7,
         "market.hedonic_involvement": 0.7},
    ),
    # At the margin of the ground on both sides: a high one favours whichever programme sells more.
    Condition(
        "P10", "Rewards are cheap and often lapse", "break-even of section 3",
        {POINTS + "points.unit_cost": 0.3, POINTS + "points.goal": 6.0,
         POINTS + "points.expected_breakage": 0.3},
        {POINTS + "points.unit_cost": 1.0, POINTS + "points.goal": 1.0,
         POINTS + "points.expected_breakage": 0.05},
    ),
    Condition(
        "P11", "Engagement is expensive", "sweep of section 3",
        {COST: 2.5}, {COST: 0.9},
    ),
)  # fmt: skip
"""P12, the shield of membership in a dip of service, is no contest of the two: see `dip`."""
SHIELD = "A dip of service (opposite: without the shield)"

BY_REVENUE = ("service.surprise_price", "service.proactive_price", "community.idea_price",
              "marketing.message_price", "marketing.acquisition_price",
              "referrals.reward")  # fmt: skip
BY_CONTACT = ("service.human_price", "service.self_price", "service.recovery_price")
BUDGETS = ("service.budget", "marketing.budget", "community.budget", "data.budget")
OWN_PRICES = ("service.surprise_price", "service.recovery_price")
MIDDLE = 1.65
"""Middle of the evidence's grid of what a flywheel costs a customer-month, .3 to 3.0."""
USUAL_REVENUE = 30.0
"""Monthly revenue of a customer that prices by the piece are given for (evidence, section 3)."""


UNSETTLED = 0.35
"""P between this and its mirror .65 is called not settled (evidence, section 6)."""
CODES = (*(one.code for one in CONDITIONS), "P12")

Column = NDArray[np.float64]


class Side(NamedTuple):
    """Points and the other programme in the same worlds: a measure of each, by world."""

    points: Column
    other: Column

    @property
    def lead(self) -> Column:
        """By how much points are ahead, by world."""
        return np.asarray(self.points - self.other)

    @property
    def scale(self) -> float:
        """What the other programme comes to on average: leads are told as shares of it."""
        return abs(float(self.other.mean())) or 1.0


def conditions(
    scenario: Scenario, worlds: int, progress: Callable[[int, int], None] | None = None
) -> pd.DataFrame:
    """P(points better) under each condition and under its opposite, one row a side.

    `p` with its 90 % Wilson interval `p_low`, `p_high`; `lead`: mean lead of points, as a share of
    what the other programme comes to, with its interval; `shift` of the lead from the opposite to
    the condition, and `verdict`, as `judged`.
    The first row is the ground. Conditions that are told of markets without contracts are left out
    where there are contracts.
    """
    tried = [one for one in CONDITIONS if one.where in ("both", scenario.market.setting)]
    total, done = 2 * len(tried) + 5, 0
    with ThreadPoolExecutor(threads_of(scenario) + 1) as pool:

        def contest(settings: Settings, against: str, measure: str = "equity") -> Side:
            nonlocal done
            staged = staging(scenario, settings, against)
            lives = pool.map(lambda world: _lives(staged, ("points_only", against), world, measure),
                             range(worlds))  # fmt: skip
            points, other = np.array(list(lives)).T
            done += 1
            if progress:
                progress(done, total)
            return Side(points, other)

        usual = scenario.market.gross_margin
        trials = (usual, usual / 2.0)
        leads = [contest({"market.gross_margin": at}, "flywheel").lead for at in trials]
        level = level_margin(trials, leads)
        ground = {"market.gross_margin": level}
        rows = [_row("", f"the ground: gross margin {level:.3f}", "", contest(ground, "flywheel"))]
        for one in tried:
            found = [
                contest({**ground, **settings}, against, measure)
                for settings, against, measure in zip(
                    (one.stated, one.opposite), one.against, one.measures, strict=True
                )
            ]
            rows += judged(one.code, one.title, *found)
        dips = []
        for acting in (True, False):
            staged = dip(scenario, acting)
            lives = pool.map(lambda world, staged=staged: _dipped(staged, world), range(worlds))
            dips.append(Side(*np.array(list(lives)).T))
            done += 1
            if progress:
                progress(done, total)
        rows += judged("P12", SHIELD, *dips, mirrored=False)
    return pd.DataFrame(rows)


def staging(scenario: Scenario, settings: Settings, against: str) -> Scenario:
    """The scenario of one side: its settings, and the two programmes priced by its revenue."""
    tree = scenario.model_dump()
    tree["strategies"] = {
        name: chosen_strategy(scenario, name).model_dump() for name in ("points_only", against)
    }
    own = {key: value for key, value in settings.items() if key.startswith("strategies.")}
    for key in settings.keys() - own.keys() - {COST}:
        _put(tree, key, settings[key])
    staged = Scenario.model_validate(tree)
    market = staged.market
    for levers in tree["strategies"].values():
        _by_revenue(levers, market)
    flywheel = chosen_strategy(scenario, "flywheel").model_dump()
    _by_revenue(flywheel, market)
    _spend(tree["strategies"][against], flywheel, staged, settings.get(COST, MIDDLE))
    for key, value in own.items():
        _put(tree, key, value)
    return Scenario.model_validate(tree)


def _put(tree: dict[str, Any], key: str, value: Any) -> None:
    *path, leaf = key.split(".")
    for name in path:
        tree = tree[name]
    tree[leaf] = value.model_dump() if isinstance(value, BaseModel) else value


def _by_revenue(levers: dict[str, Any], market: Market) -> None:
    """Put prices by the piece in proportion to the market's revenue."""
    unit = market.monthly_revenue / USUAL_REVENUE
    for keys, factor in ((BY_REVENUE, unit), (BY_CONTACT, unit / market.encounters)):
        for key in keys:
            room, name = key.split(".")
            levers[room][name] *= factor


def _spend(
    levers: dict[str, Any], flywheel: dict[str, Any], scenario: Scenario, wanted: float
) -> None:
    """Put a programme's budgets and own prices at what makes the flywheel cost `wanted`.

    The price of contacts stays: the programmes share it.
    """
    contacts, rest = costs_of(Strategy.model_validate(flywheel), scenario)
    factor = (wanted / USUAL_REVENUE - contacts) / rest
    for key in (*BUDGETS, *OWN_PRICES):
        room, name = key.split(".")
        levers[room][name] *= factor


def costs_of(strategy: Strategy, scenario: Scenario) -> tuple[float, float]:
    """What a programme costs beyond neutral management, as shares of revenue: its contacts with
    people, and all else that comes without being earned."""
    market, service, usual = scenario.market, strategy.service, NEUTRAL.service
    dearer = (service.human_price - service.self_price) * (service.human - usual.human)
    contacts = market.encounters * scenario.coefficients.satisfaction.contact_share * dearer
    recovery = market.recovery if service.recovery is None else service.recovery
    repaired = market.encounters * market.failure * service.failure_factor * recovery
    pieces = (
        repaired * service.recovery_price
        + service.surprise * service.surprise_price
        + (strategy.marketing.messages - NEUTRAL.marketing.messages)
        * strategy.marketing.message_price
    )
    rooms = (service, strategy.marketing, strategy.community, strategy.data)
    budgets = sum(room.budget for room in rooms)
    revenue = market.monthly_revenue
    return contacts / revenue, budgets + pieces / revenue


def _lives(
    staged: Scenario, names: tuple[str, str], world: int, measure: str
) -> tuple[float, float]:
    start, rules = begin(staged, world, Rules()), Rules()
    first, second = (
        run(start, name, staged.strategies[name], rules).summary[measure] for name in names
    )
    return first, second


def level_margin(trials: tuple[float, float], leads: Sequence[Column]) -> float:
    """The gross margin at which points lead in half of the worlds, within .02 and .98.

    `leads` by world, at each of two trials. No customer feels a margin, so that in each world the
    lead is a straight line in it.
    """
    slope = (leads[1] - leads[0]) / (trials[1] - trials[0])

    def middle(margin: float) -> float:
        return float(np.median(leads[0] + slope * (margin - trials[0])))

    low, high = 0.02, 0.98
    if middle(low) * middle(high) >= 0.0:  # one leads at all of them
        return low if abs(middle(low)) < abs(middle(high)) else high
    return float(brentq(middle, low, high, xtol=1e-9))


def dip(scenario: Scenario, shield: bool) -> Scenario:
    """No programme and points, with and without a quarter in which failures go from .06 to .10,
    up to a year after it (P12)."""
    tree = scenario.model_dump()
    tree["horizon"] = min(scenario.horizon, 27)
    tree["market"]["failure"] = 0.06
    tree["mechanisms"]["shield"] = shield
    worse = {"month": 12, "set": {"service.failure_factor": 0.10 / 0.06}}
    again = {"month": 15, "set": {"service.failure_factor": 1.0}}
    tree["strategies"] = {}
    for name in ("points_only", "none"):
        calm = chosen_strategy(scenario, name).model_dump()
        tree["strategies"] |= {name: calm, f"{name}_dip": {**calm, "changes": (worse, again)}}
    return Scenario.model_validate(tree)


def _dipped(staged: Scenario, world: int) -> tuple[float, float]:
    """Customers at the end, for one there would be but for the dip: under points, and under no
    programme. Patronage is what the shield was found in (Bolton, Kannan & Bramlett 2000)."""
    start, rules = begin(staged, world, Rules()), Rules()
    left = {
        name: int(run(start, name, strategy, rules).customers["alive"].sum())
        for name, strategy in staged.strategies.items()
    }
    points, none = (left[f"{name}_dip"] / left[name] for name in ("points_only", "none"))
    return points, none


def judged(
    code: str, title: str, stated: Side, opposite: Side, *, mirrored: bool = True
) -> list[dict[str, Any]]:
    """Both sides of a condition, with its verdict and the `shift` between them, paired by world.

    as stated: P above one half under the condition, and below it under the opposite where it is to
    be `mirrored`; *settled* where .65 and .35 are passed as well. tilts: P is higher under the
    condition, though not across one half. else: it does nothing, or the contrary.
    """
    p, other = (share_better(side.lead)[0] for side in (stated, opposite))
    if p > 0.5 and (other < 0.5 or not mirrored):
        settled = p >= 1.0 - UNSETTLED and (other <= UNSETTLED or not mirrored)
        verdict = "as stated, settled" if settled else "as stated"
    else:
        verdict = "tilts" if p > other else "not as stated"
    shift, low, high = mean_interval(stated.lead / stated.scale - opposite.lead / opposite.scale)
    found = {"shift": shift, "shift_low": low, "shift_high": high, "verdict": verdict}
    return [
        _row(code, title, name, side) | found
        for name, side in (("stated", stated), ("opposite", opposite))
    ]


def _row(code: str, title: str, name: str, side: Side) -> dict[str, Any]:
    p, p_low, p_high = share_better(side.lead)
    lead, low, high = mean_interval(side.lead / side.scale)
    return {
        "condition": code, "title": title, "side": name, "p": p, "p_low": p_low, "p_high": p_high,
        "lead": lead, "lead_low": low, "lead_high": high, "worlds": len(side.lead), "verdict": "",
    }  # fmt: skip
