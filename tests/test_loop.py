"""The flywheel's loop: its gain between twins, whether it turns, and where it stops."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import engagesim as es
from engagesim.agents.experience import ASPECTS
from engagesim.scenarios.levers import Strategy
from engagesim.scenarios.scenario import Scenario
from engagesim.sim.loop import Loop, altered, cut, loop, spending_more, summary_of
from engagesim.sim.validation.investing import corner, nothing

from .cases import market, same_bits, small

WHEEL = {
    "invest": {"quality": 0.01},
    "flywheel": {"reinvested": 0.4, "quality": 0.5, "effort": 0.5},
}
SCHEDULED = {
    **WHEEL,
    "changes": [
        {"month": 4, "set": {"flywheel.reinvested": 0.9, "service.human": 0.7}},
        {"month": 2, "set": {"invest.effort": 0.02}},
    ],
}


def numbers(settings: Any) -> dict[str, dict[str, float]]:
    """Coefficients by group."""
    groups: dict[str, dict[str, float]] = {}
    for name, value in settings:
        group = "investing"
        if name.startswith("hazard"):
            group = "leaving"
        elif name.startswith("spend") or name == "discretionary":
            group = "spending"
        groups.setdefault(group, {})[name] = value
    return groups


def scene(name: str = "telecom", settings: Any = (), people: int = 500, **other: Any) -> Scenario:
    """A market of monthly contracts, or of buyers, that a flywheel is tried in."""
    usual: dict[str, Any] = {
        "market": market(name, renewal_months=1, gross_margin=0.5),
        "population": {"size": people, "customer_share": 0.6, "start": "base"},
        "strategies": {"wheel": WHEEL},
        "coefficients": numbers(settings),
        "horizon": 24,
        "checks": False,
    }
    return small(**{**usual, **other})


def without_response(**other: Any) -> Scenario:
    return scene(mechanisms={"investing": False}, **other)


# Nothing from nothing.


def test_no_response__gain_is_zero_to_the_bit():
    """Though money is spent and margin put back: the twins live the same lives."""
    found = loop(without_response(), "wheel")
    assert (found.gains["spent"] > 0.0).all()
    assert (found.gains["margin"] == 0.0).all()
    assert (found.gains["gain"] == 0.0).all()
    assert found.summary["gain"][24]["gain"] == 0.0
    assert found.summary["amplification"] == 1.0
    assert not found.summary["turns"]
    assert list(found.spokes["stops_at"]) == ["level", "level"]


def test_no_response__by_gains_of_zero_is_the_switch_off():
    off, zero = loop(without_response(), "wheel"), loop(scene(settings=nothing()), "wheel")
    for frame in ("gains", "courses", "spokes", "links"):
        assert getattr(off, frame).equals(getattr(zero, frame))


def test_nothing_put_back__closed_is_cut_to_the_bit():
    """And a loop that nothing is put into does not turn, however much money brings back."""
    still = {**WHEEL, "flywheel": {**WHEEL["flywheel"], "reinvested": 0.0}}
    found = loop(scene(settings=corner(), strategies={"wheel": still}), "wheel", spokes=False)
    closed, alone = (found.courses[found.courses["run"] == run] for run in ("closed", "cut"))
    for column in ("spent", "reinvested", "profit"):
        assert same_bits(closed[column].to_numpy(), alone[column].to_numpy())
    assert found.gains["back"].iloc[-1] > 0.5
    assert (found.gains["gain"] == 0.0).all()
    assert not found.summary["turns"]


# What it measures.


@pytest.mark.parametrize("name", ["telecom", "apparel"])
def test_gain__is_what_two_simulations_say(name):
    """By their curves: discounted contribution before spending, per unit spent, times rho."""
    more = {**WHEEL, "invest": {"quality": 0.01 + 0.015, "effort": 0.015}, "flywheel": {}}
    less = {**WHEEL, "flywheel": {}}
    scenario = scene(name, corner())
    found = loop(scenario, "wheel", probe=0.03, spokes=False).gains
    both = scene(name, corner(), strategies={"more": more, "less": less})
    curves = [es.simulate(both, strategy).curves for strategy in ("more", "less")]
    discount = 1.01 ** -(np.arange(24) + 1.0)
    spent, margin = (
        ((totals[0] - totals[1]) * discount).cumsum()
        for totals in (
            [c["invested"].to_numpy() for c in curves],
            [(c["profit"] + c["invested"]).to_numpy() for c in curves],
        )
    )
    assert found["spent"].to_numpy() == pytest.approx(spent)
    assert found["margin"].to_numpy() == pytest.approx(margin, abs=1e-6)
    assert found["gain"].to_numpy() == pytest.approx(0.4 * margin / spent, abs=1e-9)
    assert found["gain"].iloc[-1] > 0.05


def test_closed__puts_back_what_its_books_say():
    found = loop(scene(settings=corner()), "wheel", spokes=False)
    closed = found.courses[found.courses["run"] == "closed"]
    alone = found.courses[found.courses["run"] == "cut"]
    lived = es.simulate(scene(settings=corner()), "wheel").curves
    discount = 1.01 ** -(np.arange(24) + 1.0)
    for column in ("spent", "reinvested", "profit"):
        name = {"spent": "invested"}.get(column, column)
        by_month = (lived[name] * discount).cumsum().to_numpy()
        assert closed[column].to_numpy() == pytest.approx(by_month)
    assert closed["reinvested"].iloc[-1] > 0.0
    assert (alone["reinvested"] == 0.0).all()


def test_twins__keep_the_schedule_and_change_the_money_alone():
    tried = Strategy.model_validate(SCHEDULED)
    schedule = altered(tried, cut).schedule()
    more = altered(tried, lambda levers: spending_more(levers, 0.1, ["effort"])).schedule()
    assert [month for month, _ in schedule] == [month for month, _ in more] == [0, 2, 4]
    for (_, before), (_, twin), (_, raised) in zip(tried.schedule(), schedule, more, strict=True):
        assert twin.flywheel.reinvested == raised.flywheel.reinvested == 0.0
        assert twin.invest == before.invest
        assert raised.invest.effort == pytest.approx(before.invest.effort + 0.05)
        assert raised.invest.quality == before.invest.quality
        assert twin.service == raised.service == before.service
    assert schedule[-1][1].service.human == 0.7


def test_gain__goes_by_the_share_in_force():
    strategies = {"wheel": SCHEDULED}
    found = loop(scene(strategies=strategies), "wheel", spokes=False).gains
    rho = np.array([0.4] * 4 + [0.9] * 20)
    assert found["gain"].to_numpy() == pytest.approx(rho * found["back"].to_numpy())
    assert (found["back"] != 0.0).sum() > 12


# Whether it turns, and what carries.


@pytest.fixture(scope="module")
def turning() -> Loop:
    """The corner of the ranges at a high margin, a little put back, in three worlds of luck."""
    little = {
        "invest": {"quality": 0.002},
        "flywheel": {"reinvested": 0.05, "quality": 0.5, "effort": 0.5},
    }
    scenario = scene(
        settings=corner(),
        market=market("telecom", renewal_months=1, gross_margin=0.9),
        strategies={"wheel": little},
        uncertainty="luck",
        worlds=3,
        horizon=48,
    )
    return loop(scenario, "wheel")


def test_turns__where_money_comes_back_with_more(turning: Loop) -> None:
    summary = turning.summary
    assert (summary["turns"], summary["p"], summary["worlds"]) == (True, 1.0, 3)
    assert summary["earned"] > 0.0
    assert summary["gain"][48]["back"] > 1.0
    assert list(turning.spokes["stops_at"]) == ["", ""]
    assert summary["carries"] == "quality"
    assert "turns: over 48 months" in summary["sentence"]


def test_spokes__alone_and_left_out_are_of_one_piece(turning: Loop) -> None:
    """Saturation is apart by aspect, so what is missed is about what it brings alone."""
    gained = turning.links[turning.links["quantity"] == "margin"].set_index("aspect")["change"]
    missed = turning.spokes.set_index("aspect")["missed"]
    assert missed["quality"] == pytest.approx(gained["quality"], rel=0.5)
    assert (missed > 0.0).all()


def test_friction__relevance_for_strangers_stops_at_feeling():
    """Buyers without a card cannot be told apart: the money raises a level that nobody feels."""
    wheel = {"flywheel": {"reinvested": 0.4, "quality": 0.5, "relevance": 0.5}}
    found = loop(scene("apparel", strategies={"wheel": wheel}), "wheel")
    stops = found.spokes.set_index("aspect")["stops_at"]
    assert stops["relevance"] == "feeling"
    assert stops["quality"] != "feeling"
    members = {**wheel, "points": {"earn": 0.01, "automatic": True}}
    known = loop(scene("apparel", strategies={"wheel": members}), "wheel")
    assert known.spokes.set_index("aspect")["stops_at"]["relevance"] != "feeling"


@pytest.mark.parametrize(
    ("wins", "gain", "turns", "amplified"),
    [(9, 0.5, True, 2.0), (8, 0.5, False, 2.0), (10, 1.0, True, None), (0, -0.25, False, 0.8)],
)
def test_summary__nine_of_ten_worlds(wins, gain, turns, amplified):
    """The gain warns from 1 on; it is not what decides whether the loop turns."""
    worlds = np.arange(10)
    gains = pd.DataFrame({"world": worlds, "month": 24, "back": 2.0, "gain": gain})
    closed, alone = (
        pd.DataFrame({"run": run, "world": worlds, "month": 24, "profit": profit})
        for run, profit in (("closed", (worlds < wins) * 2.0), ("cut", np.ones(10)))
    )
    found = summary_of(gains, pd.concat([closed, alone]), pd.DataFrame(), "wheel", 24)
    assert (found["turns"], found["p"]) == (turns, wins / 10)
    assert found["amplification"] == amplified
    assert bool(found["warning"]) == (amplified is None)
    assert ("does not turn" in found["sentence"]) == (not turns)


def test_figures__show_what_was_measured(turning: Loop) -> None:
    figures = turning.figures()
    assert list(figures) == ["loop", "spokes"]
    texts = [text.get_text() for text in figures["loop"].texts]
    assert "The loop of wheel turns" in texts[0]
    chain = figures["spokes"].axes[-1]
    assert len(chain.lines) == 2 * 8  # aspects by links
    assert list(loop(scene(), "wheel", spokes=False).figures()) == ["loop"]


# What it refuses.


@pytest.mark.parametrize(
    ("strategy", "settings", "said"),
    [
        ("none", {}, "strategy 'none': flywheel puts nothing into any aspect, allowed are shares"),
        ("wheel", {"probe": 0.0}, "probe: got 0, allowed above 0 to 0.5"),
        ("wheel", {"probe": float("nan")}, "probe: got nan, allowed above 0"),
        ("wheel", {"worlds": 0}, "worlds: got 0, allowed whole numbers from 1"),
        ("whel", {}, "whel"),
    ],
)
def test_bad_input__in_one_line(strategy: str, settings: dict[str, Any], said: str) -> None:
    with pytest.raises(es.BadInput, match=said) as caught:
        es.loop(scene(), strategy, **settings)
    assert "\n" not in str(caught.value)
    assert all(aspect in str(caught.value) for aspect in ASPECTS) == (strategy == "none")
