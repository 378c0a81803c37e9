"""Comparisons: intervals, shared worlds, and differences that add up."""

import copy
import functools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from engagesim.agents.rules import Rules
from engagesim.scenarios.levers import Strategy
from engagesim.sim.calibration import calibrate
from engagesim.sim.compare import Comparison, compare
from engagesim.sim.doubt import draw, uncertain
from engagesim.sim.findings import CURVES
from engagesim.sim.run import begin, run, simulate
from engagesim.sim.statistics import LEVEL, mean_interval, share_better, wilson

from .published import TRIED
from .published import small_scenario as small

QUICK = settings(max_examples=200)


@functools.cache
def compared(worlds: int, uncertainty: str = "all", threads: int = 2) -> Comparison:
    return compare(small(worlds, uncertainty, threads=threads))


def same(one: pd.DataFrame, other: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(one, other, check_exact=True)


# Intervals.


@QUICK
@given(trials=st.integers(1, 2000), share=st.floats(0.0, 1.0), level=st.floats(0.5, 0.999))
def test_wilson__is_scipy_s(trials: int, share: float, level: float) -> None:
    wins = round(share * trials)
    interval = stats.binomtest(wins, trials).proportion_ci(level, method="wilson")
    np.testing.assert_allclose(wilson(wins, trials, level), tuple(interval), atol=1e-12)


def test_wilson__knows_nothing_without_trials():
    assert wilson(0, 0) == (0.0, 1.0)


@QUICK
@given(
    values=st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=60).filter(lambda x: np.std(x) > 0),
    level=st.floats(0.5, 0.999),
)
def test_mean_interval__is_scipy_s(values: list[float], level: float) -> None:
    mean, low, high = mean_interval(values, level)
    expected = stats.ttest_1samp(values, 0.0).confidence_interval(level)
    assert mean == pytest.approx(np.mean(values))
    assert (low, high) == pytest.approx(tuple(expected), abs=1e-6 * np.std(values))


# Power: of 4,000 intervals at 90 %, 2.3 % (5 standard errors) either way.
def test_mean_interval__covers_as_often_as_it_says():
    samples = np.random.default_rng(1).normal(3.0, 2.0, (4000, 7))
    covers = [low <= 3.0 <= high for _, low, high in map(mean_interval, samples)]
    assert np.mean(covers) == pytest.approx(LEVEL, abs=0.023)


def test_mean_interval__leaves_out_what_is_no_number():
    assert mean_interval([1.0, np.nan, 3.0])[0] == 2.0
    assert np.isnan(mean_interval([1.0])[1:]).all()
    assert np.isnan(mean_interval([])).all()


def test_share_better__counts_ties_half():
    p, low, high = share_better([1.0, 2.0, 0.0, -1.0])
    assert p == 0.625
    assert (low, high) == wilson(2.5, 4)
    assert share_better([0.0, 0.0])[0] == 0.5
    assert np.isnan(share_better([])[0])


# Worlds.


@pytest.mark.parametrize("uncertainty", ["all", "luck"])
def test_compare__is_the_same_on_any_number_of_threads(uncertainty: str) -> None:
    one, two = (compared(3, uncertainty, threads=threads) for threads in (1, 2))
    for name in ("curves", "retention", "summary", "costs", "effects", "inputs", "paired",
                 "paired_curves"):  # fmt: skip
        same(getattr(one, name), getattr(two, name))
    assert one.decision == two.decision


def test_compare__changes_nothing_that_worlds_share():
    """Worlds of the same inputs share a calibrated market, side by side: nobody may write there."""
    scenario = small(1, "luck")
    neutral = calibrate(scenario, draw(scenario, 0), Rules())
    world = copy.deepcopy(vars(neutral.world))
    path = copy.deepcopy(neutral.path)
    start = begin(scenario, 0, Rules(), neutral)
    people = start.people.copy()
    run(start, "points", TRIED["points"], Rules())
    assert vars(neutral.world) == world
    for kept, now in zip(path, neutral.path, strict=True):
        np.testing.assert_array_equal(kept, now)
    np.testing.assert_array_equal(start.people, people)


def test_compare__grows_by_worlds():
    """The first worlds of a larger comparison are those of a smaller, to the last bit."""
    few, many = compared(3), compared(5)
    assert set(many.summary["world"]) == set(range(5))
    for name in ("curves", "retention", "summary", "costs", "effects", "inputs"):
        frame = getattr(many, name)
        same(getattr(few, name), frame[frame["world"] < 3].reset_index(drop=True))
    assert many.summary.groupby("strategy")["equity"].nunique().eq(5).all()


@pytest.mark.parametrize("uncertainty", ["all", "luck"])
def test_compare__runs_what_simulate_runs(uncertainty: str) -> None:
    result = compared(3, uncertainty)
    one = simulate(small(3, uncertainty), "points", world=2)
    mine = result.curves[(result.curves["world"] == 2) & (result.curves["strategy"] == "points")]
    same(mine.reset_index(drop=True), one.curves)


def test_compare__tells_of_its_progress():
    told: list[tuple[int, int]] = []
    compare(small(2, "luck"), progress=lambda done, total: told.append((done, total)))
    assert told[0] == (0, 6)
    assert told[-1] == (6, 6)
    assert told == sorted(told)


# What is drawn.


def test_uncertainty__none_is_one_world():
    scenario = small(7, "none")
    assert scenario.worlds == 1
    result = compare(scenario)
    assert set(result.summary["world"]) == {0}
    one, other = (simulate(scenario, "points", world=world) for world in (0, 3))
    same(one.curves.drop(columns="world"), other.curves.drop(columns="world"))
    assert "one world cannot say how sure" in result.decision["sentence"]


def test_uncertainty__luck_draws_no_inputs():
    inputs = compared(3, "luck").inputs.drop(columns="world")
    defaults = draw(small(1, "none"), 0)
    for _, row in inputs.iterrows():
        assert dict(row) == defaults
    equity = compared(3, "luck").summary.pivot(index="world", columns="strategy", values="equity")
    assert equity.nunique().eq(3).all()


def test_uncertainty__all_draws_what_is_judged_and_keeps_what_is_known():
    scenario = small(5)
    inputs = compared(5).inputs.drop(columns="world")
    judged = [number.name for number in uncertain(scenario)]
    assert len(judged) > 50
    assert (inputs[judged].nunique() == 5).all()
    known = [name for name in inputs if name not in judged]
    assert len(known) > 4
    assert (inputs[known].nunique() == 1).all()
    assert {"contagion", "cost_service"} < set(judged)
    assert {"points_lift", "loss_aversion"} < set(known)
    assert compared(5).decision["judgement"]["drawn"]


def test_uncertainty__all_shares_a_world_among_strategies():
    """Two strategies that are one are one in every world, so differences are programmes'."""
    twins = {"first": TRIED["points"], "second": TRIED["points"]}
    result = compare(small(3, strategies=twins))
    paired = result.paired.set_index("metric")
    numbers = paired[paired["mean"].notna()]
    assert len(numbers) > 15
    assert (numbers["mean"] == 0.0).all()
    assert (numbers["p_greater"] == 0.5).all()
    assert (result.paired_curves[["mean", "low", "high"]].fillna(0.0) == 0.0).all(axis=None)
    assert result.decision["difference"] == 0.0
    assert result.decision["p"] == 0.5
    assert not result.decision["settled"]
    assert result.decision["sentence"].startswith("It is not settled whether first or second")


# Differences.


def test_paired__adds_up():
    result = compared(5)
    table = result.paired.set_index(["strategy", "versus", "metric"])["mean"]
    means = result.summary.groupby("strategy").mean(numeric_only=True)
    metrics = [name for name in means.columns if name != "world"]
    assert {(s, v) for s, v, _ in table.index} == {
        ("points", "none"), ("service", "none"), ("service", "points")
    }  # fmt: skip
    for metric in metrics:
        a, b = table["points", "none", metric], table["service", "points", metric]
        scale = means[metric].abs().max()
        if np.isfinite(a + b):
            assert table["service", "none", metric] == pytest.approx(a + b, abs=1e-9 * scale)
            gap = means.loc["points", metric] - means.loc["none", metric]
            assert a == pytest.approx(gap, abs=1e-9 * scale)


def test_paired__gives_each_difference_its_interval():
    result = compared(5)
    equity = result.summary.pivot(index="world", columns="strategy", values="equity")
    difference = equity["service"] - equity["points"]
    row = result.paired.set_index(["strategy", "versus", "metric"]).loc[
        ("service", "points", "equity")
    ]
    assert tuple(row[["mean", "low", "high"]]) == mean_interval(difference)
    assert tuple(row[["p_greater", "p_low", "p_high"]]) == share_better(difference)
    assert row["worlds"] == 5


def test_paired_curves__are_differences_by_month():
    result = compared(5)
    table = result.paired_curves.set_index(["strategy", "versus", "metric", "month"]).sort_index()
    by_month = result.curves.groupby(["strategy", "month"])[list(CURVES)].mean()
    for metric in CURVES:
        found = table.loc[("service", "points", metric)]
        gap = by_month.loc["service", metric] - by_month.loc["points", metric]
        np.testing.assert_allclose(found["mean"], gap, atol=1e-9 * by_month[metric].abs().max())
        assert (found["low"] <= found["high"]).all()


def test_sharing_luck__makes_differences_small():
    """Before a lever can act, twins are equal; what differs afterwards is the lever's."""
    scenario = small(1, "luck")
    start = begin(scenario, 0, Rules())
    changes = [{"month": 5, "set": {"service.recovery": 1.0}}]
    later = Strategy.model_validate({"changes": changes})
    one = run(start, "x", TRIED["none"], Rules()).curves
    other = run(start, "x", later, Rules()).curves
    same(one[one["month"] < 5], other[other["month"] < 5])
    assert (one["satisfaction"] < other["satisfaction"])[5:].all()
