"""Comparisons: intervals, shared worlds, differences that add up, and a decision in words."""

import copy
import functools
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from engagesim.agents.rules import Rules
from engagesim.scenarios.levers import Strategy
from engagesim.scenarios.parameter import evidence_of, parameters
from engagesim.scenarios.scenario import Scenario
from engagesim.sim.calibration import calibrate
from engagesim.sim.compare import Comparison, compare
from engagesim.sim.findings import CURVES, decide, judgements
from engagesim.sim.run import begin, run, simulate
from engagesim.sim.statistics import LEVEL, mean_interval, share_better, wilson
from engagesim.sim.world import draw, triangular

from .published import TELECOM, base, scenario_of

QUICK = settings(max_examples=200)
TRIED = {
    "none": Strategy(),
    "points": Strategy.model_validate({"points": {"earn": 0.05}}),
    "service": Strategy.model_validate({"service": {"recovery": 0.9, "budget": 0.01}}),
}


def small(worlds: int, uncertainty: str = "all", **others: Any) -> Scenario:
    return scenario_of(
        TELECOM, 14, base(300), worlds=worlds, uncertainty=uncertainty,
        strategies=others.pop("strategies", TRIED), network={"kind": "small_world", "degree": 4},
        **others,
    )  # fmt: skip


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
    for name in ("curves", "retention", "summary", "inputs", "paired", "paired_curves"):
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
    run(scenario, start, "points", TRIED["points"], Rules())
    assert vars(neutral.world) == world
    for kept, now in zip(path, neutral.path, strict=True):
        np.testing.assert_array_equal(kept, now)
    np.testing.assert_array_equal(start.people, people)


def test_compare__grows_by_worlds():
    """The first worlds of a larger comparison are those of a smaller, to the last bit."""
    few, many = compared(3), compared(5)
    assert set(many.summary["world"]) == set(range(5))
    for name in ("curves", "retention", "summary", "inputs"):
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
    judged = judgements(scenario)
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


# Power: 4 standard errors of a mean of 1,500 draws; 75 inputs at 4.5 fail once in 2,000 seeds.
def test_draw__keeps_to_ranges_and_their_shape():
    scenario = small(1)
    drawn = pd.DataFrame([draw(scenario, world) for world in range(1500)])
    tested = 0
    for group, costs in ((scenario.coefficients, False), (scenario.costs, True)):
        for name, field, value in parameters(group):
            leaf, evidence = name.rpartition(".")[2], evidence_of(field)
            assert evidence is not None
            values = drawn[leaf]
            if not evidence.uncertain:
                assert (values == value).all()
                continue
            low, high = evidence.low, evidence.high
            assert values.between(low, high).all(), leaf
            shape: Any = stats.uniform(low, high - low)
            if not costs:
                shape = stats.triang((value - low) / (high - low), low, high - low)
                assert shape.mean() == pytest.approx((low + value + high) / 3.0)
            error = (values.mean() - shape.mean()) / (shape.std() / np.sqrt(len(values)))
            assert abs(error) < 4.5, leaf
            assert stats.kstest(values, shape.cdf).pvalue > 1e-5, leaf
            tested += 1
    assert tested == len(judgements(scenario))
    # Inputs are drawn apart from each other.
    judged = drawn[judgements(scenario)].corr().to_numpy()
    assert np.abs(judged - np.eye(len(judged))).max() < 5.5 / np.sqrt(1500)


@QUICK
@given(u=st.floats(0.001, 0.999), low=st.floats(-5, 5), span=st.floats(0.1, 5), c=st.floats(0, 1))
def test_triangular__is_scipy_s(u: float, low: float, span: float, c: float) -> None:
    expected = stats.triang(c, low, span).ppf(u)
    assert triangular(u, low, low + c * span, low + span) == pytest.approx(expected, abs=1e-9)


def test_triangular__widens_for_a_mode_outside():
    assert triangular(0.999999, 0.0, 3.0, 1.0) == pytest.approx(3.0, abs=0.01)
    assert triangular(0.5, 2.0, 2.0, 2.0) == 2.0


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
    one = run(scenario, start, "x", TRIED["none"], Rules()).curves
    other = run(scenario, start, "x", later, Rules()).curves
    same(one[one["month"] < 5], other[other["month"] < 5])
    assert (one["satisfaction"] < other["satisfaction"])[5:].all()


# The decision.


def decision_of(scenario: Scenario, **equity: list[float]) -> dict[str, Any]:
    """The decision on made-up equities, by strategy and world."""
    worlds = range(len(next(iter(equity.values()))))
    summary = pd.DataFrame(
        [{"strategy": n, "world": w, "equity": equity[n][w]} for n in equity for w in worlds]
    )
    return decide(scenario, summary, pd.DataFrame([{"world": w, "x": float(w)} for w in worlds]))


def test_decision__names_winner_amount_and_doubt():
    scenario = small(4, "luck")
    decision = decision_of(
        scenario,
        none=[0.0, 0.0, 0.0, 0.0],
        points=[600.0, 900.0, 1200.0, 1500.0],
        service=[900.0, 1500.0, 2100.0, 1200.0],
    )
    difference = np.array([300.0, 600.0, 900.0, -300.0])
    mean, low, high = mean_interval(difference)
    assert decision["winner"] == "service"
    assert decision["runner_up"] == "points"
    assert [row["strategy"] for row in decision["ranking"]] == ["service", "points", "none"]
    assert (decision["difference"], decision["low"], decision["high"]) == (mean, low, high)
    assert decision["p"] == 0.75
    assert decision["settled"]
    sentence = decision["sentence"]
    assert re.match(r"service (probably )?beats points", sentence)
    assert "1.25 of customer equity per person in the market (+36%)" in sentence
    assert f"90 % interval {low / 300:,.2f} to {high / 300:,.2f}" in sentence
    assert "in 75% of 4 worlds" in sentence
    assert f"90 % interval {decision['p_low']:.0%} to {decision['p_high']:.0%}" in sentence
    assert f"{len(judgements(scenario))} inputs that rest on judgement" in sentence
    assert "the true doubt is greater" in sentence


def test_decision__says_when_it_is_not_settled():
    decision = decision_of(small(2, "luck"), a=[1.0, 4.0], b=[2.0, 2.0])
    assert not decision["settled"]
    assert decision["sentence"].startswith("It is not settled whether a or b is better")


# Power: of 20 inputs that have no part in it one in ten comparisons names any by chance, so about 3
# in 30; with a threshold of .05 a correlation there would be about 30.
def test_decision__says_which_judgement_it_moves_with():
    scenario = small(40, "all")
    by_chance = 0
    for number in range(30):
        random = np.random.default_rng(number)
        inputs = pd.DataFrame(random.normal(size=(40, 21)), columns=[f"x{k}" for k in range(21)])
        gain = 100.0 - 50.0 * inputs["x7"]
        inputs.insert(0, "world", range(40))
        rows = [("a", w, 0.0) for w in range(40)] + [("b", w, gain[w]) for w in range(40)]
        summary = pd.DataFrame(rows, columns=["strategy", "world", "equity"])
        decision = decide(scenario, summary, inputs)
        named = decision["judgement"]["movers"]
        assert named[0] == {"input": "x7", "correlation": pytest.approx(-1.0)}
        assert re.search(r"\bx7\b", decision["sentence"])
        by_chance += len(named) - 1
    assert by_chance < 12


def test_decision__of_a_real_comparison_is_a_sentence():
    decision = compared(5).decision
    sentence = decision["sentence"]
    means = compared(5).summary.groupby("strategy")["equity"].mean()
    assert decision["winner"] == means.idxmax()
    assert decision["winner"] in sentence
    assert f"{decision['difference'] / 300:,.2f} of customer equity" in sentence
    assert f"{decision['p']:.0%} of 5 worlds" in sentence
    assert re.search(r"\d+ inputs that rest on judgement drawn from their ranges", sentence)
    assert sentence.endswith(".")
    assert ". " not in sentence


def test_decision__of_one_strategy_compares_nothing():
    result = compare(small(1, "luck", strategies={"none": Strategy()}))
    assert "nothing to compare" in result.decision["sentence"]
    assert result.paired.empty
    assert result.paired_curves.empty
