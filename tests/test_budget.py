"""Yearly budgets that bind: the programme pauses once they are spent."""

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engagesim.agents.budget import Budget
from engagesim.scenarios.levers import Levers, Strategy
from engagesim.sim.course import Course, begin
from engagesim.sim.identities import Broken, verify_budget
from engagesim.sim.kernel import CompiledPeople
from engagesim.sim.run import revised

from .cases import MARKETS, RICH, RULES, differing, lived, market, small


def scene(budget: float | None, place: str = "telecom", **levers: Any) -> Any:
    """A small market, its books checked each month, in which everything is done."""
    tried = {**RICH, "budget_year": budget, **levers}
    return small(
        market=market(place),
        population={"size": 200, "customer_share": 0.7, "start": "base"},
        network={"kind": "small_world", "degree": 6},
        strategies={"tried": Strategy.model_validate(tried)},
        horizon=26,
    )


def course(budget: float | None, **levers: Any) -> Course:
    scenario = scene(budget, **levers)
    start = begin(scenario, 0, RULES)
    engine = CompiledPeople(start.people.copy(), start.ties, start.key, start.neutral.world, RULES)
    course = Course(start, "tried", scenario.strategies["tried"], engine)
    for _ in range(scenario.horizon):
        course.step()
    return course


# The identity is checked by the run itself, each month.
@settings(max_examples=6)
@given(st.floats(100.0, 60_000.0), st.sampled_from(MARKETS), st.floats(0.0, 8.0))
def test_budget__binds_in_generated_cases(budget: float, place: str, fixed: float) -> None:
    curves = lived(scene(budget, place, fixed_cost=fixed)).curves
    assert not curves["paused"][curves["month"] % 12 == 0].any()
    stopped = curves[curves["paused"] == 1]
    for name in ("issued", "referral_rewards", "invested", "discounts", "acts", "experts"):
        assert (stopped[name] == 0).all(), name


def test_budget__pauses_what_is_paid_and_lets_points_be_redeemed():
    months = course(2000.0).months
    paused = [month for month in months if month.offer.paused]
    assert paused
    assert any(not month.offer.paused for month in months[12:24])
    assert sum(month.totals.redeemed for month in paused) > 0
    assert sum(month.totals.issued for month in paused) == 0
    assert all(month.totals.fees == 0 for month in paused)
    assert all(month.movement["fixed"] == 7_000_000 for month in paused)


def test_budget__that_is_never_reached_changes_nothing():
    assert differing(lived(scene(None)), lived(scene(1e9))) == []


def test_budget__both_engines_alike():
    scenario = scene(2000.0)
    assert differing(lived(scenario), lived(revised(scenario, engine="mesa"))) == []


@pytest.mark.parametrize("wrong", ["spent on in silence", "paid while it pauses"])
def test_budget__planted_errors_are_caught(wrong: str) -> None:
    months = copy.deepcopy(course(2000.0).months)[:24]
    limits = [2_000_000_000] * 24
    verify_budget(months, limits)
    if wrong == "spent on in silence":
        for month in months[12:]:
            month.offer.paused = 0
            month.movement["community"] += 500_000_000
    else:
        paused = next(month for month in months[12:] if month.offer.paused)
        paused.movement["referral_rewards"] += 1
    with pytest.raises(Broken):
        verify_budget(months, limits)


def test_budget__below_fixed_costs_is_refused():
    with pytest.raises(ValueError, match="budget_year: got 100, allowed is at least the fixed"):
        Levers.model_validate({"fixed_cost": 10, "budget_year": 100})
    assert Levers.model_validate({"fixed_cost": 10, "budget_year": 120}).budget_year == 120


def test_budget__begins_anew_each_year_and_keeps_fixed_costs_back():
    budget = Budget()
    budget.note(3, 40, 30)
    assert budget.used_up(4, 70)
    assert not budget.used_up(4, 71)
    assert not budget.used_up(12, 70)
