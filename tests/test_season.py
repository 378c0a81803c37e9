"""The season of a market: when purchases and discretionary spend come, not how many in a year."""

from typing import Any

import numpy as np
import pytest

from engagesim.scenarios.market import Market
from engagesim.scenarios.scenario import Scenario
from engagesim.sim.run import revised

from .cases import MARKETS, differing, lived, market, small

SEASON = [0.4, 0.6, 0.8, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.2, 2.0]


def scene(name: str, size: int = 300, **changes: Any) -> Scenario:
    """A market with a season, for a year."""
    return small(
        market=market(name, **changes),
        population={"size": size, "customer_share": 1.0, "start": "base"},
        horizon=12,
        checks=size < 1000,
    )


@pytest.mark.parametrize("name", MARKETS)
def test_season__none_is_absent_whenever_a_run_begins(name):
    assert differing(lived(scene(name)), lived(scene(name, first_month=7))) == []


@pytest.mark.parametrize("name", MARKETS)
def test_season__engines_agree(name):
    scenario = scene(name, size=80, season=SEASON, first_month=11)
    assert differing(lived(scenario), lived(revised(scenario, engine="mesa"))) == []


def test_season__moves_purchases_by_its_factors():
    """Ratios of the purchases of the same 20,000 people, of 1.8 % of error at most a month.

    Not of the first month: the purchase with which a relation begins has no season.
    """
    usual = lived(scene("apparel", 20_000)).curves["purchases"]
    for first in (1, 4):
        found = lived(scene("apparel", 20_000, season=SEASON, first_month=first))
        ratios = (found.curves["purchases"] / usual)[1:6]
        expected = np.roll(SEASON, 1 - first)[1:6]
        assert ratios.tolist() == pytest.approx(expected.tolist(), rel=0.08)


def test_season__moves_the_discretionary_share_of_bills_alone():
    usual, found = lived(scene("telecom")), lived(scene("telecom", season=SEASON))
    bills = (found.curves["revenue"] / usual.curves["revenue"])[:3]
    assert (np.diff(bills) > 0.0).all()
    assert (bills < 1.0).all()
    assert (bills > SEASON[:3]).all()
    assert found.curves["purchases"].tolist() == usual.curves["purchases"].tolist()


@pytest.mark.parametrize(
    ("season", "said"),
    [
        ([1.1] * 12, "got twelve factors with mean 1.1, allowed is a mean of 1"),
        ([1.0] * 11, "at least 12"),
        ([-1.0, 3.0] + [1.0] * 10, "greater than or equal to 0"),
    ],
)
def test_season__a_year_is_usual(season, said):
    with pytest.raises(ValueError, match=said):
        Market.model_validate({"season": season})
