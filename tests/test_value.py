"""What customers are still worth: the closed form against published values and simulation."""

import functools
from typing import Any

import numpy as np
import pytest
from scipy import special

from engagesim.agents.offering import offer_of
from engagesim.agents.rules import Rules
from engagesim.agents.state import World
from engagesim.scenarios.levers import Levers, Strategy
from engagesim.scenarios.market import Market
from engagesim.sim.doubt import draw
from engagesim.sim.kernel import PERSON, Records
from engagesim.sim.run import Run, begin, run
from engagesim.sim.value import accrual, lifetimes, remainder
from engagesim.sim.world import flat_path, world_of

from .published import APPAREL, DERL, MARKETS, NO_JOINING, TELECOM, base, scenario_of

FREE = Levers.model_validate(
    {"service": {"human_price": 0, "self_price": 0}, "marketing": {"message_price": 0}}
)
NEVER = 1_000_000
UNIT_COSTS = {"encounter_cost": 300_000, "service_cost": 100_000, "message_cost": 50_000}


def left_over(people, offer, world, path, months, rate):
    left = lifetimes(people, offer, world, path, months, rate)
    return remainder(people, offer, world, left)


def world_and_offer(market: Market, levers: Levers = FREE) -> tuple[World, Any]:
    scenario = scenario_of(market, 1, {"size": 10})
    world = world_of(scenario, draw(scenario, 0))
    return world, offer_of(levers, market, world)


def people_like(size: int, **columns: Any) -> Records:
    """Customers in their neutral state, members of nothing; of whom nobody is prone to deals."""
    same = {
        "alive": 1, "listed": 1, "engagement": 0.5, "engagement_norm": 0.5, "satisfaction": 0.6,
        "satisfaction_norm": 0.6, "trust": 0.5, "trust_norm": 0.5, "since_referral": NEVER,
        "since_reward": NEVER, "wallet": 0.4, "basket": 1.0, "tenure": 12, "rate": 1.0,
        "rational": 0.5, "hedonic": 0.5, "reference_price": 1.0,
    }  # fmt: skip
    people = np.zeros(size, dtype=PERSON)
    for name, value in {**same, **columns}.items():
        people[name] = value
    return people


def quantiles(a: float, b: float, size: int) -> Any:
    """Log-odds of a Beta at the middles of so many equal shares."""
    u = (np.arange(size) + 0.5) / size
    low, rest = special.betaincinv(a, b, u), special.betaincinv(b, a, 1.0 - u)
    return np.log(np.maximum(low, 1e-300)) - np.log(np.maximum(rest, 1e-300))


# A margin of 1 a month: at the end of a month each, worth `annuity` at the start of a year, and
# worth DERL years from the first renewal on. Both in one formula: annuity * (1 + DERL / (1 + d)).
@pytest.mark.parametrize("shapes", DERL, ids=["homogeneous", "heterogeneous"])
@pytest.mark.parametrize("period", [12, 1], ids=["yearly", "each month"])
def test_remainder__is_the_published_residual_lifetime(shapes: Any, period: int) -> None:
    a, b = shapes
    market = Market.model_validate({"gross_margin": 1.0, "renewal_months": period})
    world, offer = world_and_offer(market)
    rate = 1.1 ** (1.0 / period) - 1.0  # 10 % from renewal to renewal
    annuity = sum((1.0 + rate) ** -(k + 1.0) for k in range(period))
    found = []
    for year in range(1, 6):
        odds = quantiles(a, b + year - 1.0, 50_000)
        people = people_like(len(odds), propensity_odds=odds)
        worth = left_over(people, offer, world, flat_path(1, rate), 0, rate).mean()
        found.append(1.1 * (worth / annuity - 1.0))
    print(f"\nDERL {shapes}, renewal {period}: {np.round(found, 2)}, published {DERL[shapes]}")
    np.testing.assert_allclose(found, DERL[shapes], rtol=0.005)


# Power: means of 14,000 simulated customers each are known to .6 % at most.
@pytest.mark.parametrize("shapes", DERL, ids=["homogeneous", "heterogeneous"])
def test_remainder__of_simulated_customers_is_the_published_one(shapes: Any) -> None:
    """The same of a base as the model draws it, by completed years of tenure."""
    a, b = shapes
    market = Market.model_validate({"gross_margin": 1.0, "leaving": {"a": a, "b": b}})
    population = base(80_000, oldest=59)
    scenario = scenario_of(market, 1, population, network={"kind": "none"})
    start = begin(scenario, 0, Rules())
    world, offer = world_and_offer(market)
    rate = 1.1 ** (1.0 / 12.0) - 1.0
    tenure = start.people["tenure"]
    people = people_like(
        len(tenure), propensity_odds=start.people["propensity_odds"], tenure=tenure // 12 * 12
    )
    annuity = sum((1.0 + rate) ** -(k + 1.0) for k in range(12))
    worth = left_over(people, offer, world, flat_path(1, rate), 0, rate)
    found = [1.1 * (worth[tenure // 12 == n].mean() / annuity - 1.0) for n in range(5)]
    print(f"\nDERL {shapes}, simulated base: {np.round(found, 2)}, published {DERL[shapes]}")
    np.testing.assert_allclose(found, DERL[shapes], rtol=0.02)


def test_remainder__waits_for_the_renewal():
    """A margin is certain until the contract can end; who left is worth nothing."""
    world, offer = world_and_offer(Market.model_validate({"gross_margin": 1.0}))
    certain = people_like(13, propensity_odds=np.full(13, 50.0), tenure=np.arange(13))
    worth = left_over(certain, offer, world, flat_path(1), 0, 0.0)
    np.testing.assert_allclose(worth, [*range(12, 0, -1), 12])
    gone = people_like(1, propensity_odds=np.zeros(1), alive=np.zeros(1))
    assert left_over(gone, offer, world, flat_path(1), 0, 0.0).sum() == 0.0


def test_remainder__is_discounted_to_month_0():
    world, offer = world_and_offer(Market.model_validate({"gross_margin": 1.0}))
    people = people_like(1, propensity_odds=np.zeros(1))
    now = left_over(people, offer, world, flat_path(1, 0.01), 0, 0.01)
    later = left_over(people, offer, world, flat_path(1, 0.01), 36, 0.01)
    assert later / now == pytest.approx(1.01**-36)


def lives(
    rate: float, dropout: float, margin: float, served: float, programmes: float, inactivity: int
) -> float:
    """Mean discounted worth of simulated BG/NBD customers who have just bought, 30,000 lives.

    Encounters cost while they live and are listed, programmes while they are listed.
    """
    random = np.random.default_rng(1)
    size, growth = 30_000, 1.0 / 1.01
    alive = np.ones(size, dtype=bool)
    silence = np.zeros(size, dtype=np.int64)
    worth = np.zeros(size)
    for month in range(1200):
        bought = np.where(alive, random.poisson(rate, size), 0)
        last = random.geometric(dropout, size)
        lapsed = bought >= last
        bought = np.minimum(bought, last)
        silence = np.where(bought > 0, 0, silence + 1)
        listed = silence < inactivity
        cost = np.where(listed, programmes + np.where(alive, served, 0.0), 0.0)
        worth += growth ** (month + 1) * (bought * margin - cost)
        alive &= ~lapsed
        if not alive.any() and not listed.any():
            break
    return float(worth.mean())


# Power: the mean of 30,000 lives is known to about 1 %; the tolerance is 3 %, with costs, whose
# form is approximate, 5 % of the margin.
@pytest.mark.parametrize(
    ("rate", "dropout"), [(0.24, 0.25), (0.24, 0.05), (1.0, 0.1), (0.05, 0.3), (3.0, 0.02)]
)
@pytest.mark.parametrize("costs", [False, True], ids=["free", "with costs"])
def test_remainder__of_buyers_is_that_of_simulated_lives(
    rate: float, dropout: float, costs: bool
) -> None:
    world, offer = world_and_offer(APPAREL)
    if costs:
        vars(offer).update(UNIT_COSTS)
    odds = np.full(1, np.log(dropout / (1.0 - dropout)))
    people = people_like(1, rate=np.full(1, rate), propensity_odds=odds, basket=np.full(1, 40.0))
    found = float(left_over(people, offer, world, flat_path(1, 0.01), 0, 0.01)[0])
    margin = 40.0 * APPAREL.gross_margin
    served, programmes = (0.3, 0.15) if costs else (0.0, 0.0)
    bare = lives(rate, dropout, margin, 0.0, 0.0, 12)
    expected = lives(rate, dropout, margin, served, programmes, 12) if costs else bare
    print(f"\nrate {rate}, dropout {dropout}, costs {costs}: {found:.2f}, lives {expected:.2f}, "
          f"margin alone {bare:.2f}")  # fmt: skip
    assert found == pytest.approx(expected, abs=(0.05 if costs else 0.03) * bare)


def test_accrual__is_on_what_is_paid():
    """Points of a tier's member on the price less the discount and the coupon used on average."""
    levers = {
        "points": {"earn": 0.1, "tiers": [1.0], "tier_bonus": 0.5, "expected_breakage": 0.0,
                   "unit_cost": 1.0},
        "offer": {"discount": 0.2},
        "marketing": {"coupon": 0.5, "relevance": 0.4},
    }  # fmt: skip
    world, offer = world_and_offer(TELECOM, Levers.model_validate(levers))
    people = people_like(2, member=1, tier=np.array([0, 1]), deal_prone=np.array([0.0, 0.5]))
    paid = 0.8 * np.array([1.0, 1.0 - 0.5 * 0.4 * 0.5])
    expected = 0.1 * paid * np.array([1.0, 1.5])
    np.testing.assert_allclose(accrual(people, offer, world), expected, rtol=1e-6)


@functools.cache
def equity(market: str, horizon: int) -> Run:
    """A neutral base that wins nobody and seeks nobody, over a horizon."""
    strategy = Strategy.model_validate({"marketing": {"acquisition": 0}})
    scenario = scenario_of(
        MARKETS[market], horizon, base(20_000), mechanisms=NO_JOINING,
        strategies={"none": strategy},
    )  # fmt: skip
    start = begin(scenario, 0, Rules())
    return run(start, "none", strategy, Rules())


# Power: what 20,000 customers bring after month 36 has a standard error of about 1 %. Twins of
# the same luck share months 0 to 35, so that the remainder alone is tested.
@pytest.mark.parametrize("market", MARKETS)
def test_equity__does_not_depend_on_the_horizon(market: str) -> None:
    short, long = equity(market, 36), equity(market, 240)
    lived = long.curves["equity"].iloc[35]
    assert short.curves["equity"].iloc[35] == pytest.approx(lived, rel=1e-9)
    total = short.summary["equity"] / long.summary["equity"] - 1.0
    rest = short.summary["equity_remainder"] / (long.summary["equity"] - lived) - 1.0
    print(f"\n{market}: equity at 36 months over 240 {total:+.2%}, its remainder {rest:+.2%}")
    assert long.summary["equity_remainder"] < 0.06 * long.summary["equity"]
    assert abs(total) < 0.02
    assert abs(rest) < 0.05
