"""Every shipped strategy lives in every shipped market, on both engines, its books checked."""

import math

import numpy as np
import pytest
import yaml

from engagesim.agents.offering import offer_of
from engagesim.scenarios.compose import preset_names, scenario
from engagesim.scenarios.files import CONFIGS, options
from engagesim.scenarios.levers import Levers
from engagesim.scenarios.market import DOUBTED, Doubt, Market
from engagesim.sim.doubt import draw, lived_in, uncertain
from engagesim.sim.run import begin

from .cases import ALL_MARKETS, ALL_PRESETS, RULES, differing, lived, preset, world

SMALL = ("population.size=120", "horizon=6", "checks=on", "threads=1")


def test_presets__are_those_that_tests_know():
    assert tuple(preset_names()) == ALL_PRESETS
    assert tuple(options("market")) == ALL_MARKETS


@pytest.mark.parametrize("name", ALL_MARKETS)
def test_presets__live_in_every_market(name: str) -> None:
    """The first world of a drawn market; both engines agree to the bit."""
    scene = scenario(f"market={name}", f"strategy=[{','.join(ALL_PRESETS)}]", *SMALL)
    start = begin(scene, 0, RULES)
    profits = set()
    for strategy in ALL_PRESETS:
        one = scene.model_copy(update={"strategies": {strategy: scene.strategies[strategy]}})
        compiled = lived(one, 0, start)
        by_mesa = lived(one.model_copy(update={"engine": "mesa"}), 0, start)
        assert differing(compiled, by_mesa) == [], strategy
        assert all(math.isfinite(value) for value in compiled.curves["profit"])
        profits.add(float(compiled.curves["profit"].sum()))
    assert len(profits) == len(ALL_PRESETS)  # each does something of its own


@pytest.mark.parametrize("name", ALL_PRESETS)
def test_strategy__costs_what_it_says(name: str) -> None:
    """Every lever above its usual value that money buys has its price, or is a matter of choice."""
    levers = preset(name)
    usual = Levers()
    if levers.service.recovery is not None and levers.service.recovery > 0.5:
        assert levers.service.recovery_price > 0.0
    if levers.service.surprise > 0.0:
        assert levers.service.surprise_price > 0.0
    if levers.marketing.relevance > usual.marketing.relevance:
        assert levers.marketing.budget > 0.0
    if levers.community.capacity > 0.0 or levers.community.recognition > 0.0:
        assert levers.community.budget > 0.0
    better = levers.data.transparency > 0.3 or levers.data.control > 0.3 or levers.data.depth > 0.3
    assert not better or levers.data.budget > 0.0
    eased = levers.service.effort < usual.service.effort
    assert not eased or levers.service.budget > 0.0
    assert levers.points.earn == 0.0 or levers.points.admin_budget > 0.0


# Markets.


@pytest.mark.parametrize("name", ALL_MARKETS)
def test_market__draws_what_is_judged(name: str) -> None:
    """Involvement, encounters, failure, recovery and margin everywhere; of a market fitted to no
    data also how it buys and leaves."""
    market = Market.model_validate(
        yaml.safe_load((CONFIGS / "market" / f"{name}.yaml").read_text(encoding="utf-8"))
    )
    unsure = {field for field in Doubt.model_fields if getattr(market.doubt, field) > 0.0}
    judged = {"rational_involvement", "hedonic_involvement", "encounters", "failure", "recovery",
              "gross_margin"}  # fmt: skip
    if name not in ("telecom", "apparel"):
        judged |= {"curvature", "leaving_a", "leaving_b", "basket"}
        if market.setting == "noncontractual":
            judged |= {"purchase_rate", "purchase_shape"}
    assert unsure == judged
    for field in unsure:
        low, high = market.range_of(field)
        assert 0.0 < low < market.number(field) < high


def test_market__of_a_world_buys_and_leaves_as_drawn():
    scene = scenario("market=bank", "market.buying.rate=1", *SMALL)
    numbers = draw(scene, 3)
    there = lived_in(scene, numbers).market
    for name, key in DOUBTED.items():
        group, _, leaf = key.partition(".")
        if name in numbers:
            assert getattr(getattr(there, group), leaf) == numbers[name] == there.number(name)
    assert there.leaving.a != scene.market.leaving.a
    assert there.leaving.period_months == 12
    assert there.buying.rate == 1.0


def test_market__set_by_hand_is_known_wherever_it_stands():
    known = scenario("market=car", "market.buying.basket=300", "market.leaving.a=0.7")
    names = {number.name for number in uncertain(known) if number.kind == "market"}
    assert not names & {"basket", "leaving_a"}
    assert {"purchase_rate", "leaving_b"} <= names
    unsure = scenario("market=car", "market.buying.basket=300", "market.doubt.basket=30")
    assert unsure.market.range_of("basket") == (270.0, 330.0)


# The grid of costs.


def test_programme__scales_what_only_programmes_pay():
    levers = Levers.model_validate(
        {
            "points": {"earn": 0.01, "admin_budget": 0.01},
            "service": {"recovery_price": 5, "surprise_price": 2, "budget": 0.02},
            "marketing": {"budget": 0.03},
            "community": {"budget": 0.04},
            "data": {"budget": 0.05},
            "referrals": {"reward": 10},
            "acts": {"sharing": 1, "newsletter": 1},
            "fixed_cost": 100,
        }
    )
    offers = [vars(offer_of(levers, Market(), world(programme=factor))) for factor in (1.0, 2.0)]
    moved = {name for name in offers[0] if offers[0][name] != offers[1][name]}
    assert moved == {
        "recovery_cost", "surprise_cost", "proactive_cost", "idea_cost", "service_cost",
        "marketing_cost", "community_cost", "data_cost", "points_cost", "point_costs",
        "experience_costs", "ambassador_cost", "appointment_cost", "save_cost",
        "point_liability", "fixed_cost",
    }  # fmt: skip
    for name in moved:
        one, two = (np.array(offer[name]) for offer in offers)
        assert np.abs(two - 2 * one).max() <= 1


def test_programme__leaves_alone_who_has_none():
    runs = [
        lived(scenario("strategy=none", f"costs.programme={factor}", *SMALL)) for factor in (1, 3)
    ]
    assert differing(*runs) == []


def test_programme__costs_in_proportion():
    """People do not know what it costs: the profit of a programme falls by as much a step."""
    profits = [
        lived(scenario("strategy=flywheel", f"costs.programme={factor}", *SMALL)).curves["profit"]
        for factor in (0, 1, 2)
    ]
    steps = profits[1] - profits[0], profits[2] - profits[1]
    assert (steps[0] < 0.0).all()
    assert steps[1].to_numpy() == pytest.approx(steps[0].to_numpy(), abs=1e-3)
