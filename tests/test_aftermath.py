"""What shocks do: outage, recession and price war as rules, and the loss against a twin."""

import math

import numpy as np
import pandas as pd
import pytest

from engagesim.agents.company import Company
from engagesim.agents.rules import buying, leaving, proactive
from engagesim.scenarios.levers import Levers, Strategy
from engagesim.scenarios.shocks import Shock
from engagesim.sim.aftermath import STATES, measured, shock_effect
from engagesim.sim.run import revised, simulate

from .cases import market, offer, person, small, world
from .test_mechanisms_rules import CALM, GRID, SMALL

SERVICE = Strategy.model_validate({"service": {"recovery": 0.8, "human": 0.8}})


def setting(*shocks, name="telecom", horizon=18, size=600, **changes):
    return small(
        market=market(name, encounters=2.0),
        population={"size": size, "start": "base", "customer_share": 0.7},
        network={"kind": "small_world", "degree": 6},
        strategies={"service": SERVICE},
        shocks=list(shocks),
        horizon=horizon,
        **changes,
    )


def everybody(found, state):
    effects = found.effects
    rows = effects[(effects["segment"] == "everybody") & (effects["state"] == state)]
    return rows.iloc[0]


# What a company's offer shows of a shock.


def planned(month, *shocks):
    company = Company([(0, Levers())], SMALL.market, [(shock, 0.5) for shock in shocks])
    return company.plan(month, world())


@pytest.mark.parametrize(
    ("kind", "field"),
    [("outage", "outage"), ("recession", "slump"), ("price_war", "undercut")],
)
def test_shock__lasts_its_months_and_strikes_nothing_else(kind, field):
    shock = Shock(kind=kind, month=3, severity=0.4, months=2)
    levels = [getattr(planned(month, shock), field) for month in range(7)]
    assert levels == [0.0, 0.0, 0.0, 0.4, 0.4, 0.0, 0.0]
    struck, calm = vars(planned(3, shock)), vars(planned(3))
    assert {name for name in calm if calm[name] != struck[name]} - {"active", "cut_off"} == {field}
    twice = getattr(planned(3, shock, Shock(kind=kind, month=2, severity=0.5, months=9)), field)
    assert twice == pytest.approx(1.0 - 0.6 * 0.5)


def test_outage__strikes_its_share_and_lets_fail_what_would_have_gone_well():
    company = planned(0, Shock(kind="outage", month=0, severity=0.5, share=0.3))
    struck = []
    for luck in GRID:
        customer = person()
        proactive.cut_off(customer, company, CALM._replace(struck=luck))
        struck.append(customer.cut_off)
    assert np.mean(struck) == pytest.approx(0.3)
    there = world()
    usual = company.failure
    assert proactive.failure_chance(person(), company, there) == usual
    hit = proactive.failure_chance(person(cut_off=1), company, there)
    assert hit == pytest.approx(usual + 0.5 * (1.0 - usual))
    prevented = usual * (1.0 - there.prevention)
    warned = proactive.failure_chance(person(cut_off=1, approached=1), company, there)
    assert warned == pytest.approx(prevented + 0.5 * (1.0 - prevented))


def test_price_war__pulls_by_what_rivals_undercut():
    there, customer = world(), person(alive=1)
    calm, war = offer(), offer()
    war.undercut = 0.2
    pull = leaving.pull_of_rivals(customer, there)
    more = leaving.leaning(customer, war, there) - leaving.leaning(customer, calm, there)
    assert pull > 0.0
    assert more == pytest.approx(0.2 * pull)
    without = world(attraction=0.0)
    assert leaving.leaning(customer, war, without) == leaving.leaning(customer, calm, without)


def test_recession__takes_the_discretionary_share_of_a_bill():
    there = world(contractual=1)
    luck = _shop_luck()
    spent = {}
    for slump in (0.0, 0.4):
        slow, customer = offer(), person(alive=1, basket=30.0, tenure=5, since_referral=99)
        slow.slump = slump
        factor = buying.rate_factor(customer, slow, there)
        buying.buy(customer, slow, there, luck)
        spent[slump] = customer.spend
    lost = 30e6 * there.discretionary * factor * 0.4
    assert spent[0.0] - spent[0.4] == pytest.approx(lost, abs=2)


def _shop_luck():
    from engagesim.agents.luck import ShopLuck

    return ShopLuck(*[0.5] * len(ShopLuck._fields))


@pytest.mark.parametrize("severity", [0.3, 1.0])
def test_recession__nobody_drops_out_by_it(severity):
    """Of 4,000 buyers as many are left, within 4 standard errors; purchases fall."""
    shock = Shock(kind="recession", month=2, severity=severity, months=8)
    scenario = setting(shock, name="apparel", horizon=10, size=4000)
    hit, calm = (
        simulate(one, "service").curves for one in (scenario, revised(scenario, shocks=()))
    )
    left = [curves["left"].sum() for curves in (hit, calm)]
    assert left[0] - left[1] <= 4.0 * math.sqrt(left[0] + left[1])
    bought = [curves["purchases"][2:].sum() for curves in (hit, calm)]
    # Who joins buys once, whatever the times.
    joined = [curves["joined"][1:-1].sum() for curves in (hit, calm)]
    ratio = (bought[0] - joined[0]) / (bought[1] - joined[1])
    assert ratio == pytest.approx(1.0 - severity, abs=0.08)


# The loss against a twin.


def test_effect__is_nothing_without_shocks():
    found = shock_effect(setting(), "service")
    assert not found.paths["loss"].fillna(0.0).any()
    assert not found.effects[["depth", "permanent", "total", "recovery"]].fillna(0.0).any(axis=None)
    assert found.effects["depth_month"].isna().all()


def test_effect__depth_of_a_breach_is_the_difference_at_its_month():
    shock = Shock(kind="breach", month=11)
    scenario = setting(shock, horizon=12)
    struck = simulate(scenario, "service").people
    calm = simulate(revised(scenario, shocks=()), "service").people
    both = (struck["alive"] == 1) & (calm["alive"] == 1)
    expected = calm["trust"][both].mean() - struck["trust"][both].mean()
    assert expected > 0.02
    trust = everybody(shock_effect(setting(shock, horizon=30), "service"), "trust")
    assert trust["depth"] == pytest.approx(expected, rel=1e-12)
    assert trust["depth_month"] == 11
    assert 0.0 < trust["permanent"] < trust["depth"]


def test_effect__profit_and_customers_are_those_of_the_books():
    shock = Shock(kind="outage", month=4, severity=0.8, months=2)
    scenario = setting(shock)
    found = shock_effect(scenario, "service")
    hit, calm = (
        simulate(one, "service").curves for one in (scenario, revised(scenario, shocks=()))
    )
    for state, column in (("profit", "profit"), ("customers", "customers_true")):
        gap = calm[column] - hit[column]
        assert everybody(found, state)["total"] == pytest.approx(gap[4:].sum())
        assert everybody(found, state)["depth"] == pytest.approx(max(0.0, gap[4:].max()))
    assert everybody(found, "satisfaction")["depth"] > 0.02


def test_effect__segments_of_a_kind_add_up():
    found = shock_effect(setting(Shock(kind="breach", month=3)), "service").effects
    own = found[found["state"].isin(["customers", "profit"])]
    total = own[own["segment"] == "all"].set_index("state")["total"]
    for segment in ("spend", "fit", "tenure"):
        parts = own[own["segment"] == segment].groupby("state")["total"].sum()
        pd.testing.assert_series_equal(parts, total.sort_index(), check_names=False)


def test_effect__is_the_same_on_both_engines():
    shocks = [Shock(kind="outage", month=2, severity=0.5, share=0.5, months=3),
              Shock(kind="recession", month=3, severity=0.3, months=3),
              Shock(kind="price_war", month=1, severity=0.2, months=5)]  # fmt: skip
    scenario = setting(*shocks, name="apparel", horizon=10, size=250)
    one, other = (shock_effect(scenario, "service", engine=e) for e in ("compiled", "mesa"))
    pd.testing.assert_frame_equal(one.paths, other.paths, check_exact=True)
    pd.testing.assert_frame_equal(one.effects, other.effects, check_exact=True)


def test_measured__depth_recovery_and_what_is_left():
    loss = np.array([0.0, 0.0, 4.0, 10.0, 5.0, 1.0, 0.5, *[0.5] * 12])
    found = measured(loss, 2)
    assert (found["depth"], found["depth_month"], found["recovery"]) == (10.0, 3.0, 2.0)
    assert found["permanent"] == 0.5
    assert found["total"] == pytest.approx(loss.sum())
    lasting = measured(np.array([0.0, 2.0, 1.0]), 1)
    assert math.isnan(lasting["recovery"])
    gain = measured(np.array([0.0, -1.0, -2.0]), 1)
    assert (gain["depth"], gain["recovery"], gain["permanent"]) == (0.0, 0.0, -1.5)
    assert math.isnan(measured(np.array([0.0, 2.0]), 1)["permanent"])


def test_picture__shows_every_state_and_segment():
    found = shock_effect(setting(Shock(kind="breach", month=3)), "service")
    figure = found.figure()
    figure.canvas.draw()
    above, below = figure.axes[: len(STATES)], figure.axes[len(STATES) :]
    assert [ax.get_title(loc="left") for ax in above] == list(STATES)
    labels = below[0].get_yticklabels()
    assert len(labels) == len(found.effects) / len(STATES)
    boxes = [label.get_window_extent() for label in labels]
    assert not any(a.overlaps(b) for k, a in enumerate(boxes) for b in boxes[:k])
    assert all(box.x0 >= 0 for box in boxes)
