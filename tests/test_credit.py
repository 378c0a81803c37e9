"""Customer engagement value: each customer credited once, all values adding up to equity."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engagesim.agents.rules import Rules
from engagesim.scenarios.levers import Strategy
from engagesim.scenarios.market import Market
from engagesim.sim.course import Run, Start, begin
from engagesim.sim.credit import engagement_value
from engagesim.sim.kernel import PERSON
from engagesim.sim.knowledge import frozen, knowledge_value
from engagesim.sim.run import run

from .cases import small
from .published import MARKETS

TALK = {
    "referrals": {"reward": 20.0},
    "community": {"ideas": 0.5, "idea_price": 5.0},
    "fixed_cost": 50.0,
    "switching": {"setup": 300.0},
}
NETWORK = {"kind": "small_world", "degree": 8}


def start_of(market: str, seed: int = 1, months: int = 24, share: float = 0.3) -> Start:
    scenario = small(
        market=MARKETS[market],
        population={"size": 300, "customer_share": share, "start": "base"},
        network=NETWORK,
        horizon=months,
        seed=seed,
        strategies={"x": Strategy.model_validate(TALK)},
    )
    return begin(scenario, 0, Rules())


def lived(start: Start, **levers: Any) -> Run:
    return run(start, "x", Strategy.model_validate({**TALK, **levers}), Rules())


def gap(run: Run) -> float:
    """By how much the values of all people miss equity and the costs of nobody, as a share."""
    whole = run.summary["equity"] + run.summary["unassigned"]
    return abs(float(run.value["cev"].sum()) - whole) / float(run.value["cev"].abs().sum())


@pytest.fixture(scope="module", params=sorted(MARKETS))
def start(request: pytest.FixtureRequest) -> Start:
    return start_of(request.param)


# Rounding: 300 people times 24 months of floats.
@settings(max_examples=12)
@given(
    reward=st.floats(0.0, 60.0),
    acquisition=st.floats(0.0, 8.0),
    breakage=st.floats(0.0, 0.9),
    ideas=st.floats(0.0, 1.0),
)
def test_values__add_up_to_equity(
    start: Start, reward: float, acquisition: float, breakage: float, ideas: float
) -> None:
    found = lived(
        start,
        referrals={"reward": reward},
        marketing={"acquisition": acquisition, "winback": {"months": 9, "discount": breakage}},
        community={"ideas": ideas},
        points={"earn": 0.05},
        changes=[{"month": 9, "set": {"points.expected_breakage": breakage}}],
    )
    assert gap(found) < 1e-12


@pytest.mark.parametrize("name", sorted(MARKETS))
def test_values__add_up_to_equity_among_rivals(name: str) -> None:
    """What counts is the first relation with the home company, whoever won somebody before."""
    rival = {"name": "other", "share": 0.3, "strategy": {"referrals": {"reward": 30.0}}}
    market = Market.model_validate({**MARKETS[name].model_dump(), "rivals": [rival]})
    scenario = start_of(name).scenario.model_copy(update={"market": market})
    found = lived(begin(scenario, 0, Rules()))
    assert gap(found) < 1e-12
    people = found.people
    assert ((people["firm"] == 1) & (people["referrer"] >= 0)).any()
    assert (people["winner"][people["known"] & 1 == 0] == -1).all()
    assert (people["winner"] >= 0).any()


def test_values__are_credited_by_how_somebody_was_won(start: Start) -> None:
    found = lived(start)
    people, value = found.people, found.value
    for kind, paid in (("crv", 1), ("civ", 0)):
        won = (people["winner"] >= 0) & (people["rewarded"] == paid)
        assert won.any()
        for winner in np.unique(people["winner"][won]):
            theirs = found.worth[won & (people["winner"] == winner)].sum()
            assert value[kind][winner] == pytest.approx(theirs)
    joined = (people["base"] == 0) & (people["spell"] > 0)
    by_marketing = joined & (people["winner"] < 0)
    assert by_marketing.any()
    np.testing.assert_array_equal(value["clv"][by_marketing], found.worth[by_marketing])
    base = people["base"] == 1
    assert found.summary["clv"] == pytest.approx(value["clv"][base].mean())
    parts = sum(found.summary[name] for name in ("clv", "crv", "civ"))
    assert found.summary["cev"] == pytest.approx(parts)


def test_values__without_a_reward_nothing_is_referral_value(start: Start) -> None:
    found = lived(start, referrals={"reward": 0.0})
    assert found.summary["crv"] == 0.0
    assert found.summary["civ"] != 0.0


def test_values__chain_is_credited_to_the_last_winner():
    people = np.zeros(4, dtype=PERSON)
    people["id"], people["base"] = range(4), [1, 0, 0, 0]
    people["winner"], people["rewarded"] = [-1, 0, 1, -1], [0, 1, 0, 0]
    value = engagement_value(people, np.array([10.0, 20.0, 40.0, 80.0]))
    assert value["clv"].tolist() == [10.0, 0.0, 0.0, 80.0]
    assert value["crv"].tolist() == [20.0, 0.0, 0.0, 0.0]
    assert value["civ"].tolist() == [0.0, 40.0, 0.0, 0.0]
    assert value["cev"].tolist() == [30.0, 40.0, 0.0, 80.0]


@pytest.mark.parametrize("wrong", ["credited twice", "reward taken off twice", "a cost left out"])
def test_values__miss_equity_where_something_is_wrong(start: Start, wrong: str) -> None:
    found = lived(start)
    won = found.people["winner"] >= 0
    if wrong == "credited twice":
        found.value.loc[won, "cev"] += found.worth[won]
    elif wrong == "reward taken off twice":
        found.value.loc[found.people["rewarded"] == 1, "cev"] -= 20.0
    else:
        found.summary["unassigned"] -= 50.0
    assert gap(found) > 1e-6


def test_credit__outlives_the_relation():
    start = start_of("telecom", months=60, share=0.1)
    people = lived(start, marketing={"acquisition": 5.0}).people
    back = (people["spell"] > 1) & (people["base"] == 0) & (people["winner"] >= 0)
    assert back.any()
    assert (people["winner"][back] != people["referrer"][back]).any()
    assert (people["winner"][people["base"] == 1] == -1).all()


def test_knowledge_value__is_what_ideas_add():
    start = start_of("telecom")
    scenario = start.scenario
    lived_with, twin = lived(start), lived(frozen(start))
    ckv = knowledge_value(scenario, "x")
    assert ckv == pytest.approx(lived_with.worth.sum() - twin.worth.sum())
    assert ckv > 0.0
    whole = lived_with.summary["equity"] + lived_with.summary["unassigned"]
    assert twin.value["cev"].sum() + ckv == pytest.approx(whole, rel=1e-12)


def test_knowledge_value__is_nothing_without_ideas():
    start = start_of("telecom", months=6)
    same = start.scenario.model_copy(update={"strategies": {"x": Strategy()}})
    assert knowledge_value(same, "x") == 0.0
