"""What worlds draw: ranges, shapes, a design that fills them, and the market of a world."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from engagesim.scenarios.compose import scenario as composed
from engagesim.scenarios.errors import BadInput
from engagesim.scenarios.market import Doubt
from engagesim.scenarios.parameter import evidence_of, parameters
from engagesim.sim.doubt import FIRST_LOOK, draw, lived_in, places, triangular, uncertain
from engagesim.sim.world import world_of

QUICK = settings(max_examples=200)


# Power: 4.5 standard errors of a mean of 1,500 independent draws; a hypercube's are smaller.
def test_draw__keeps_to_ranges_and_their_shape():
    scenario = composed("market.rivals=[{name: other, share: .3}]")
    drawn = pd.DataFrame([draw(scenario, world) for world in range(1500)])
    judged = {number.name: number for number in uncertain(scenario)}
    for group in (scenario.coefficients, scenario.costs):
        for name, field, value in parameters(group):
            leaf, evidence = name.rpartition(".")[2], evidence_of(field)
            assert evidence is not None
            assert (leaf in judged) == evidence.uncertain
            if leaf not in judged:
                assert (drawn[leaf] == value).all()
    for name, number in judged.items():
        low, mode, high = number.low, number.mode, number.high
        shape: Any = stats.uniform(low, high - low)
        if number.kind != "costs":
            shape = stats.triang((mode - low) / (high - low), low, high - low)
        values = drawn[name]
        assert values.between(low, high).all(), name
        error = (values.mean() - shape.mean()) / (shape.std() / np.sqrt(len(values)))
        assert abs(error) < 4.5, name
        assert stats.kstest(values, shape.cdf).pvalue > 1e-5, name
    # Inputs are drawn apart from each other.
    correlation = drawn[list(judged)].corr().to_numpy()
    assert np.abs(correlation - np.eye(len(judged))).max() < 5.5 / np.sqrt(1500)


def test_places__fill_the_range_at_every_look():
    """Each batch has one world in each of as many equal parts of the range of every input."""
    names = tuple(f"x{k}" for k in range(30))
    u = np.array([places(3, names, world) for world in range(160)])
    assert ((u > 0.0) & (u < 1.0)).all()
    for first, last in ((0, 20), (20, 40), (40, 80), (80, 160)):
        parts = np.sort(np.floor(u[first:last] * (last - first)).astype(int), axis=0)
        assert (parts == np.arange(last - first)[:, None]).all()
    assert FIRST_LOOK == 20


def test_places__of_a_name_belong_to_it():
    """Neither other names nor their order move it; seeds and names do."""
    alone = [places(1, ("a",), world)[0] for world in range(50)]
    among = [places(1, ("b", "a", "c"), world)[1] for world in range(50)]
    assert alone == among
    assert alone != [places(2, ("a",), world)[0] for world in range(50)]
    assert alone != [places(1, ("b", "a"), world)[0] for world in range(50)]


# Power: the mean of 40 worlds over 300 seeds; a hypercube's variance must be far below that of
# independent draws for a sum of inputs, which is what it is for.
def test_places__make_means_steadier_than_independent_draws():
    names = tuple(f"x{k}" for k in range(20))
    means = [
        np.mean([places(seed, names, world).sum() for world in range(40)]) for seed in range(300)
    ]
    independent = 20 / 12 / 40
    assert np.var(means) < 0.05 * independent
    assert abs(np.mean(means) - 10.0) < 5 * np.sqrt(independent / 300)


def test_market__is_drawn_where_it_is_judged():
    scenario = composed("market=telecom")
    seen = [lived_in(scenario, draw(scenario, world)).market for world in range(40)]
    judged = [name for name in Doubt.model_fields if getattr(scenario.market.doubt, name) > 0.0]
    assert len(judged) == 6
    for name in judged:
        low, high = scenario.market.range_of(name)
        values = [getattr(market, name) for market in seen]
        assert len(set(values)) == 40
        assert low <= min(values) <= max(values) <= high
    assert {market.leaving for market in seen} == {scenario.market.leaving}  # computed from data
    assert seen[0].failure == world_failure(scenario)


def world_failure(scenario: Any) -> float:
    return draw(scenario, 0)["failure"]


def test_market__of_a_world_makes_its_record():
    scenario = composed("market=telecom")
    numbers = draw(scenario, 3)
    world = world_of(lived_in(scenario, numbers), numbers)
    assert world.encounter_rate == numbers["encounters"] != scenario.market.encounters


def test_market__set_by_hand_is_known():
    """Who sets a number knows it, unless its range is set as well."""
    known = composed("market.gross_margin=0.5")
    assert known.market.doubt.gross_margin == 0.0
    assert {draw(known, world)["gross_margin"] for world in range(3) if "gross_margin" in
            draw(known, world)} == set()  # fmt: skip
    assert lived_in(known, draw(known, 1)).market.gross_margin == 0.5
    unsure = composed("market.gross_margin=0.5", "market.doubt.gross_margin=0.1")
    assert unsure.market.range_of("gross_margin") == pytest.approx((0.4, 0.6))
    assert 0.4 < draw(unsure, 1)["gross_margin"] < 0.6


def test_market__ranges_keep_to_what_a_number_may_be():
    market = composed("market.failure=0.01", "market.doubt.failure=0.3").market
    assert market.range_of("failure") == (0.0, 0.31)
    with pytest.raises(BadInput, match=r"market.doubt.failure: got -1, allowed 0 to 60"):
        composed("market.doubt.failure=-1")


@QUICK
@given(u=st.floats(0.001, 0.999), low=st.floats(-5, 5), span=st.floats(0.1, 5), c=st.floats(0, 1))
def test_triangular__is_scipy_s(u: float, low: float, span: float, c: float) -> None:
    expected = stats.triang(c, low, span).ppf(u)
    assert triangular(u, low, low + c * span, low + span) == pytest.approx(expected, abs=1e-9)


def test_triangular__widens_for_a_mode_outside():
    assert triangular(0.999999, 0.0, 3.0, 1.0) == pytest.approx(3.0, abs=0.01)
    assert triangular(0.5, 2.0, 2.0, 2.0) == 2.0
