"""A strategy that decides each month: what it sees, what it may change, on both engines."""

from typing import Any

import pytest

import engagesim as es
from engagesim.agents.score import SEEN
from engagesim.scenarios.scenario import Scenario
from engagesim.sim.hook import BOOKS, View
from engagesim.sim.metrics import COUNTS
from engagesim.sim.run import simulate

from .cases import MARKETS, differing, market, small

TRIED: dict[str, Any] = {"points": {"earn": 0.05}, "marketing": {"messages": 2.0}}
MINDS = {
    "satisfaction", "trust", "engagement", "customers_true", "churn_rate_true", "advocates",
    "disengaged", "hostages", "unengaged", "wom_positive", "wom_negative", "left",
    "joined_by_talk", "market_share", "came_over", "went_over", "failures",
    "unrecovered", "dropped", "multichannel", "clv",
}  # fmt: skip
"""Curves of what is true and no company can see."""


def scene(name: str = "telecom", **tried: Any) -> Scenario:
    return small(market=market(name), strategies={"tried": {**TRIED, **tried}})


def thrifty(month: int, view: View) -> dict[str, Any] | None:
    """More messages for those who buy, and a discount that rises while there are contacts."""
    if month == 0 or view.books["encounters"].iloc[-1] == 0:
        return None
    busy = float(view.customers["purchases"].sum() > 0)
    return {"marketing.messages": 1.0 + busy, "offer.discount": 0.05 * month}


@pytest.mark.parametrize("name", MARKETS)
def test_decide__is_the_same_on_both_engines_and_acts(name):
    compiled = simulate(scene(name), "tried", decide=thrifty)
    assert differing(compiled, simulate(scene(name), "tried", decide=thrifty)) == []
    assert differing(compiled, simulate(scene(name), "tried", engine="mesa", decide=thrifty)) == []
    assert "curves.discounts" in differing(compiled, simulate(scene(name), "tried"))


def test_decide__nothing_is_as_without_it():
    for nothing in (None, {}):
        found = simulate(scene(), "tried", decide=lambda month, view, n=nothing: n)
        assert differing(found, simulate(scene(), "tried")) == []


def test_decide__a_fixed_plan_is_the_scheduled_change():
    """And later changes of the schedule still come, on top of it."""
    first = {"month": 2, "set": {"offer.discount": 0.1}}
    later = {"month": 4, "set": {"marketing.messages": 5.0}}
    scheduled = simulate(scene(changes=[first, later]), "tried")
    decided = simulate(
        scene(changes=[later]), "tried", decide=lambda m, view: first["set"] if m == 2 else None
    )
    assert differing(scheduled, decided) == []


def test_view__holds_what_companies_know_and_no_mind():
    """A column of the curves is known or true, never both; people are seen by what they do."""
    views: list[View] = []
    found = simulate(
        scene("apparel"), "tried", decide=lambda month, view: views.append(view)
    )  # fmt: skip
    assert [len(view.books) for view in views] == list(range(6))
    assert all(list(view.books) == list(BOOKS) for view in views)
    assert all(list(view.customers) == list(SEEN) for view in views)
    assert View._fields == ("books", "customers", "levers")
    assert not MINDS & {*BOOKS, *SEEN}
    known = {*BOOKS, "strategy", "world", "company", "equity", "waiting"}
    assert set(found.curves) == known | MINDS
    assert set(COUNTS) <= known | MINDS
    last = views[-1]
    assert last.books["profit"].tolist() == found.curves["profit"][:5].tolist()
    ever = found.people["id"][found.people["spell"] > 0]
    assert len(last.customers) > 0
    assert set(last.customers.index) <= set(ever)


def test_view__can_be_scribbled_on_without_effect():
    def scribble(month: int, view: View) -> None:
        view.books.loc[:, "profit"] = 0.0
        view.customers.loc[:, "purchases"] = 99.0

    found = simulate(scene(), "tried", decide=scribble)
    assert differing(found, simulate(scene(), "tried")) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"marketing.mesages": 1.0}, "decide, month 0: marketing.mesages: no such lever; did you"),
        ({"marketing.messages": -1.0}, "decide, month 0: marketing.messages: got -1.0, allowed"),
        (7, "decide, month 0: got 7, allowed is {lever: value}, or nothing"),
        ({3: 1.0}, "decide, month 0: got {3: 1.0}, allowed is {lever: value}, or nothing"),
        (
            {"flywheel.reinvested": 0.5, "flywheel.quality": 1.0},
            "decide, month 0: flywheel.reinvested: got a share, allowed only where",
        ),
    ],
)
def test_decide__says_what_is_wrong_in_one_line(changes, said):
    with pytest.raises(es.BadInput) as caught:
        simulate(scene(), "tried", decide=lambda month, view: changes)
    assert str(caught.value).startswith(said)
