"""Effects on people: twins differ by what was done to them, and their differences add up."""

import numpy as np
import pandas as pd
import pytest

from engagesim.scenarios.levers import Strategy
from engagesim.sim.course import begin, rules_of
from engagesim.sim.findings import outcome_of
from engagesim.sim.individuals import BLOCKS, blocks_of, segments
from engagesim.sim.run import run

from .published import APPAREL, TELECOM, base, scenario_of

TRIED = {
    "none": Strategy(),
    "same": Strategy(),
    "service": Strategy.model_validate({"service": {"recovery": 0.95, "failure_factor": 0.3}}),
}


def outcome(market, size=900):
    scenario = scenario_of(
        market, 18, base(size), strategies=TRIED, network={"kind": "small_world", "degree": 4}
    )
    start = begin(scenario, 0, rules_of(None))
    runs = [run(start, name, chosen, rules_of(None)) for name, chosen in TRIED.items()]
    return scenario, start, runs, outcome_of(scenario, start.people, runs)


@pytest.fixture(scope="module", params=[TELECOM, APPAREL], ids=["telecom", "apparel"])
def lived(request):
    return outcome(request.param)


def rows(found, strategy, versus) -> pd.DataFrame:
    effects = found.effects
    return effects[(effects["strategy"] == strategy) & (effects["versus"] == versus)]


def test_effects__of_the_same_strategy_are_nothing(lived):
    """The flywheel of luck: twins under one strategy are one, person by person."""
    same = rows(lived[3], "same", "none")
    assert len(same) == 16
    assert (same.drop(columns=["strategy", "versus", "world", "segment", "group", "people"]) == 0
            ).all(axis=None)  # fmt: skip


def test_effects__add_up_to_the_difference_of_the_runs(lived):
    _, start, runs, found = lived
    one = {run.strategy: run for run in runs}
    everybody = rows(found, "service", "none").set_index("segment").loc["all"]
    gap = one["service"].summary["retained"] - one["none"].summary["retained"]
    base = start.people["base"] == 1
    there = (start.people["alive"][base] == 1).mean()  # the others left before the start
    assert everybody["kept"] - everybody["lost"] == pytest.approx(gap * there)
    clv = one["service"].summary["clv"] - one["none"].summary["clv"]
    assert everybody["value"] == pytest.approx(clv)
    assert everybody["people"] == int((start.people["base"] == 1).sum())
    assert everybody["kept"] > 0.0
    assert everybody["satisfaction"] > 0.0


def test_effects__of_segments_are_those_of_all(lived):
    """Every customer is in one group of each segment, so groups average to all."""
    effects = rows(lived[3], "service", "none")
    everybody = effects[effects["segment"] == "all"].iloc[0]
    for _, part in effects[effects["segment"] != "all"].groupby("segment"):
        assert part["people"].sum() == everybody["people"]
        for name in ("kept", "lost", "value"):
            mean = np.average(part[name], weights=part["people"])
            assert mean == pytest.approx(everybody[name]), name


def test_segments__are_made_of_what_is_known_at_the_start(lived):
    scenario, start, _, _ = lived
    groups = segments(scenario, start.people)
    wallet = start.people["wallet"]
    low, high = (groups["share of wallet", word] for word in ("low", "high"))
    assert wallet[low].max() < wallet[high].min()
    assert (start.people["tenure"][groups["tenure", "below 1 year"]] < 12).all()


def test_blocks__hold_all_value_there_is(lived):
    """Blocks add up to equity but for what belongs to nobody: acquisition and fixed costs."""
    _, start, runs, found = lived
    for k, one in enumerate(runs):
        assert found.blocks[k].sum() == pytest.approx(one.worth.sum())
        discounted = one.curves["acquisition"] + one.curves["fixed"]
        own = (discounted * start.neutral.path.discount).sum()
        assert one.worth.sum() - own == pytest.approx(one.summary["equity"])
    assert found.blocks.shape == (3, BLOCKS)
    assert blocks_of(np.ones(10)).sum() == 10.0
