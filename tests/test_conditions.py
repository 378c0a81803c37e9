"""The conditions under which points alone beat the flywheel: how they are set up and judged."""

from typing import Any

import numpy as np
import pytest

from engagesim.scenarios.compose import scenario as compose
from engagesim.scenarios.programme import Points
from engagesim.scenarios.scenario import Scenario
from engagesim.sim.course import begin, rules_of
from engagesim.sim.run import run
from engagesim.sim.validation import conditions as module
from engagesim.sim.validation.conditions import (
    CODES,
    CONDITIONS,
    Side,
    conditions,
    dip,
    judged,
    level_margin,
    staging,
)
from engagesim.sim.validation.conditions_picture import conditions_figure

PROGRAMME = ("service", "marketing", "community", "data")
"""The accounts that a programme's costs are booked in, whatever it earns."""


def scenario_of(market: str) -> Scenario:
    return compose(f"market={market}", "population.size=300", "worlds=1", "horizon=14")


def test_conditions__are_the_twelve():
    assert tuple(f"P{k}" for k in range(1, 13)) == CODES


@pytest.mark.parametrize("one", CONDITIONS, ids=lambda one: one.code)
def test_sides__differ_and_can_be_lived(one: Any) -> None:
    setting = "apparel" if one.where == "noncontractual" else "telecom"
    sides = [
        staging(scenario_of(setting), settings, against)
        for settings, against in zip((one.stated, one.opposite), one.against, strict=True)
    ]
    assert sides[0].identity() != sides[1].identity()
    for side, against in zip(sides, one.against, strict=True):
        assert set(side.strategies) == {"points_only", against}


@pytest.mark.parametrize(("revenue", "encounters"), [(30.0, 1.0), (210.0, 6.0), (9.0, 0.25)])
@pytest.mark.parametrize("cost", [0.9, 1.65, 2.5])
def test_prices__make_the_flywheel_cost_its_share_of_revenue(revenue, encounters, cost):
    """As booked, in the first month of a market in which nobody is tired of surprises yet."""
    settings = {
        "market.buying.basket": revenue, "market.encounters": encounters, "cost": cost,
        "population.size": 4000, "uncertainty": "none",
        "market.failure": 0.065, "strategies.flywheel.referrals.reward": 0.0,
    }  # fmt: skip
    staged = staging(scenario_of("telecom"), settings, "flywheel")
    start = begin(staged, 0, rules_of({}))
    spent = {}
    for name in ("points_only", "flywheel"):
        levers = staged.strategies[name].model_copy(update={"points": Points()})
        ledger = run(start, name, levers, rules_of({})).ledger
        costs = ledger[(ledger["month"] == 0) & ledger["account"].isin(PROGRAMME)]
        spent[name] = float(costs["amount"].sum())
    customers = int((start.people["listed"] == 1).sum())
    extra = (spent["flywheel"] - spent["points_only"]) / customers
    assert extra / revenue == pytest.approx(cost / 30.0, rel=0.03)


@pytest.mark.parametrize(
    ("leads", "level"),
    [
        (([-10.0], [10.0]), 0.3),
        (([5.0], [15.0]), 0.5),
        (([-10.0, -30.0, 100.0], [10.0, 10.0, 120.0]), 0.3),  # of three, the middle one decides
        (([500.0], [510.0]), 0.98),
        (([-500.0], [-510.0]), 0.98),
        (([3.0], [3.0]), 0.98),
    ],
)
def test_margin__is_level_where_half_of_the_worlds_are_on_either_side(leads, level):
    one, other = (np.array(lead) for lead in leads)
    assert level_margin((0.4, 0.2), (one, other)) == pytest.approx(level)


@pytest.mark.parametrize("market", ["telecom", "apparel"])
def test_margin__is_felt_by_nobody(market):
    """What makes the ground exact: equity is a straight line in the gross margin."""
    found = []
    for margin in (0.2, 0.4, 0.7):
        settings = {"market.gross_margin": margin, "market.doubt.gross_margin": 0.0,
                    "uncertainty": "luck"}  # fmt: skip
        staged = staging(scenario_of(market), settings, "flywheel")
        start = begin(staged, 0, rules_of({}))
        lived = [run(start, *item, rules_of({})) for item in staged.strategies.items()]
        found.append(lived[0].summary["equity"] - lived[1].summary["equity"])
    slopes = (found[1] - found[0]) / 0.2, (found[2] - found[1]) / 0.3
    assert slopes[0] == pytest.approx(slopes[1], rel=1e-4)


def side(*leads: float) -> Side:
    return Side(100.0 + np.array(leads), np.full(len(leads), 100.0))


@pytest.mark.parametrize(
    ("stated", "opposite", "verdict"),
    [
        (side(1, 1, 1, -1), side(-1, -1, -1, 1), "as stated, settled"),
        (side(1, 1, 1, -1, -1), side(-1, -1, -1, 1, 1), "as stated"),
        (side(1, 1, 1), side(1, 1, -1), "tilts"),
        (side(1, -1), side(1, -1), "not as stated"),
        (side(-1, -1), side(1, 1), "not as stated"),
    ],
)
def test_verdict__is_by_both_sides(stated, opposite, verdict):
    rows = judged("P0", "title", stated, opposite)
    assert [row["verdict"] for row in rows] == [verdict] * 2
    assert [row["side"] for row in rows] == ["stated", "opposite"]
    assert rows[0]["lead"] == pytest.approx(stated.lead.mean() / 100.0)


def test_verdict__of_what_has_no_mirror_asks_for_one_side():
    rows = judged("P0", "title", side(1, 1, 1, -1), side(1, 1, 1, 1), mirrored=False)
    assert rows[0]["verdict"] == "as stated, settled"
    rows = judged("P0", "title", side(-1, -1), side(-1, -1), mirrored=False)
    assert rows[0]["verdict"] == "not as stated"


def test_shift__is_between_the_sides_of_each_world():
    """Leads that differ by worlds leave no doubt in the shift where all worlds move alike."""
    row = judged("P0", "title", side(7.0, -9.0, 3.0), side(5.0, -11.0, 1.0))[0]
    assert (row["shift"], row["shift_low"], row["shift_high"]) == pytest.approx((0.02, 0.02, 0.02))
    assert row["lead_high"] - row["lead_low"] > 0.1


def test_dip__is_a_quarter_of_failures_and_nothing_else():
    staged = dip(scenario_of("apparel"), True)
    for name in ("none", "points_only"):
        calm, worse = staged.strategies[name], staged.strategies[f"{name}_dip"]
        failures = [
            (month, levers.service.failure_factor * staged.market.failure)
            for month, levers in worse.schedule()
        ]
        assert failures == [(0, 0.06), (12, pytest.approx(0.10)), (15, 0.06)]
        assert worse.schedule()[0][1] == worse.schedule()[2][1] == calm.schedule()[0][1]


def test_frame__has_the_ground_and_both_sides(monkeypatch):
    chosen = tuple(one for one in CONDITIONS if one.code in ("P2", "P6", "P7"))
    monkeypatch.setattr(module, "CONDITIONS", chosen)
    scenario = compose("market=apparel", "population.size=400", "horizon=24")
    told: list[tuple[int, int]] = []
    frame = conditions(scenario, 3, lambda done, total: told.append((done, total)))
    assert told[-1] == (len(told), len(told))
    assert list(frame["condition"]) == ["", *(code for c in ("P2", "P6", "P7", "P12")
                                              for code in (c, c))]  # fmt: skip
    assert frame["p"].between(0.0, 1.0).all()
    assert ((frame["p_low"] <= frame["p"]) & (frame["p"] <= frame["p_high"])).all()
    badly = frame[frame["condition"] == "P7"].set_index("side")
    assert badly.loc["stated", "lead"] > badly.loc["opposite", "lead"]
    figure = conditions_figure(frame.assign(market="apparel"))
    assert len(figure.axes) == 1
    assert [text.get_text()[:3].strip() for text in figure.axes[0].get_yticklabels()] == [
        "P2", "P6", "P7", "P12",
    ]  # fmt: skip


def test_side__lead_is_of_points():
    assert list(side(2.0, -1.0).lead) == [2.0, -1.0]
