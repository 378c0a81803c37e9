"""Membership in full: rewards to save for and to choose, fees, members' prices, what books know."""

import functools
import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from engagesim.agents.luck import ShopLuck
from engagesim.agents.rules import deals, leaving, membership, points, tiers
from engagesim.agents.state import LOTS, World
from engagesim.scenarios.levers import Levers, Strategy
from engagesim.sim.ledger import MICRO
from engagesim.sim.run import Run

from .cases import MARKETS, lived, market, none_of_them, small
from .cases import offer as made_offer
from .cases import person as made_person
from .cases import world as made_world

unit = st.floats(0.0, 1.0)
BUYERS = small(market=market("apparel"))
BASKET = BUYERS.market.buying.basket
WORLD = made_world(BUYERS)
SHOP = ShopLuck(*[0.5] * len(ShopLuck._fields))
LADDER = {"earn": 0.1, "goal": 4.0, "better_rewards": [{"goal": 6.0, "worth": 1.2},
                                                       {"goal": 12.0, "worth": 1.5}]}  # fmt: skip


def world(**numbers: Any) -> World:
    made = World(**vars(WORLD))
    vars(made).update(numbers)
    return made


def offer(**levers: Any) -> Any:
    return made_offer(levers, scenario=BUYERS, world=WORLD)


def member(**fields: Any) -> Any:
    usual = {"member": 1, "alive": 1, "basket": BASKET, "rate": 1.0, "points": [0] * LOTS}
    return SimpleNamespace(**{**vars(made_person()), **usual, **fields})


# E0: rewards now, saved for, forgotten.


def test_goals__are_in_baskets_and_rise():
    steps = offer(points=LADDER)
    assert steps.goal_count == 3
    assert steps.goal == steps.goals[0]
    assert [goal / (BASKET * steps.points_per_unit) for goal in steps.goals[:3]] == [4, 6, 12]
    assert offer().goals == [0, 0, 0, 0]
    assert offer(points={"earn": 1e-9}).goal == 1  # never the goal of a programme that is closed


@given(st.floats(0.0, 14.0), st.floats(0.05, 4.0), st.floats(0.5, 6.0), unit, unit)
def test_redeem__takes_saves_or_forgets(held, rate, patience, luck, chance):
    """Now with the chance a month; saved for if the next is within patience at one's own pace."""
    steps = offer(points=LADDER)
    there = world(redeem_chance=chance, saving_months=patience, card_shown=0.5)
    one = member(rate=rate, rewards=1, since_reward=9)
    one.points[2] = before = int(held * BASKET * steps.points_per_unit)
    goals = [*steps.goals[:3], math.inf]
    best = sum(before >= goal for goal in goals) - 1
    pace = rate * 0.5 * BASKET * steps.points_per_unit
    saves = 0 <= best < 2 and goals[best + 1] - before <= patience * pace
    points.redeem(one, steps, there, SHOP._replace(redeem=luck))
    if best >= 0 and not saves and luck < chance:
        due = before // goals[best] * goals[best]
        assert one.redeemed == due > 0
        assert one.reward_cost == due * steps.point_costs[best]
        assert one.since_active == one.since_reward == 0
        aim = goals[0]
    else:
        assert (one.redeemed, one.reward_cost) == (0, 0)
        aim = goals[best + 1] if saves else goals[max(best, 0)]
    left = points.balance_of(one)
    assert left == before - one.redeemed
    assert one.progress == pytest.approx(min(1.0, left / aim))


def test_redeem__costs_more_for_what_is_worth_more():
    steps = offer(points={**LADDER, "unit_cost": 0.5})
    assert steps.point_costs[:3] == pytest.approx([5000, 6000, 7500])  # a point is worth a cent
    taken = []
    for held in steps.goals[:3]:
        one = member(rate=1e-6)
        one.points[0] = held
        points.redeem(one, steps, world(redeem_chance=1.0), SHOP)
        taken.append(one.reward_cost / one.redeemed)
    assert taken == steps.point_costs[:3]


def test_payout__is_neither_forgotten_nor_saved():
    """Cash back: at once, whatever the luck, however near a better reward."""
    cash = offer(points={**LADDER, "payout": True})
    one = member(rate=50.0)
    one.points[0] = cash.goal
    points.redeem(one, cash, world(redeem_chance=0.1), SHOP._replace(redeem=0.99))
    assert one.redeemed == cash.goal


def test_saving__off_is_never():
    steps = offer(points=LADDER)
    one = member(rate=50.0)
    assert points.goal_in_view(one, steps.goal, steps, world()) == 1
    assert points.goal_in_view(one, steps.goal, steps, world(saving_months=0.0)) == 0


# E0: choice of the reward.


@given(unit, unit, unit, st.floats(1.0, 6.0))
def test_choice__is_by_pleasure_against_deals(hedonic, prone, habit, pull):
    one = member(hedonic=hedonic, deal_prone=prone, deal_habit=habit)
    found = deals.prefers_experience(one, world(discount_pull=pull))
    assert found == (hedonic >= pull * min(1.0, prone + habit))
    assert not deals.prefers_experience(one, world(discount_pull=pull, with_reward_choice=0))


def test_choice__has_its_own_cost_and_is_no_money_off():
    either = offer(points={"earn": 0.1, "unit_cost": 0.8, "experience_cost": 0.3})
    none = offer(points={"earn": 0.1, "unit_cost": 0.8})
    for hedonic, cost, felt in ((0.9, 3000, 1.0), (0.1, 8000, 0.95)):
        one = member(hedonic=hedonic, deal_prone=0.2, reference_price=1.0)
        one.points[0] = either.goal
        deals.deal(one, either, world(), SHOP)
        assert one.reference_price == pytest.approx(0.9 + 0.1 * felt)
        points.redeem(one, either, world(redeem_chance=1.0), SHOP)
        assert one.reward_cost == one.redeemed * cost
        assert points.cost_of_point(one, 0, none, world()) == 8000  # no choice, one cost


# E0: the card, identification, members' prices.


@pytest.mark.parametrize("contractual", [0, 1])
@given(luck=unit, shown=st.floats(0.5, 1.0), discount=st.sampled_from([0.0, 0.1]))
def test_card__identifies_and_earns(contractual, luck, shown, discount):
    there = world(card_shown=shown, contractual=contractual)
    programme = offer(points={"earn": 0.1}, membership={"discount": discount})
    one = member(spend=100 * MICRO, since_active=7)
    points.earn(one, programme, there, SHOP._replace(card=luck))
    seen = contractual == 1 or discount > 0.0 or luck < shown
    assert one.identified == int(seen)
    assert one.issued == one.points[0] == int(seen) * int(1000 * (1.0 - discount))
    assert one.since_active == (0 if seen else 7)
    assert points.card_chance(programme, there) == (1.0 if discount else shown)


@pytest.mark.parametrize("contractual", [0, 1])
def test_card__of_others_tells_nothing(contractual):
    """Who is no member is known by a contract alone; who buys nothing shows nothing."""
    there, programme = world(contractual=contractual), offer(points={"earn": 0.1})
    for one in (member(member=0, spend=MICRO), member(spend=0)):
        points.earn(one, programme, there, SHOP._replace(card=0.0))
        assert (one.identified, one.issued) == (contractual, 0)


@given(st.floats(0.0, 0.9), st.floats(0.0, 0.9), st.floats(0.01, 0.9), st.integers(0, 1))
def test_members_price__is_on_top_and_theirs_alone(discount, coupon, own, couponed):
    sold = offer(offer={"discount": discount}, marketing={"coupon": coupon},
                 membership={"discount": own})  # fmt: skip
    public = 1.0 - (1.0 - discount) * (1.0 - coupon * couponed)
    for belongs, off in ((0, public), (1, 1.0 - (1.0 - public) * (1.0 - own))):
        one = member(member=belongs, couponed=couponed)
        assert deals.price_off(one, sold) == pytest.approx(off)
        assert deals.usual_price(one, sold) == pytest.approx((1 - discount) * (1 - own * belongs))


def test_members_price__holds_by_utility_and_bond():
    """Leaving gives up the price and membership: what a rival offers is worth that much less."""
    there, sold = world(inertia=0.0, shield_rivals=0.0), offer(membership={"discount": 0.2})
    leans = [leaving.leaning(member(member=m), sold, there) for m in (0, 1)]
    assert leans[1] - leans[0] == pytest.approx(-there.attraction * 0.2 - there.member_bond)
    assert points.lift(member(wallet=0.0), sold, there) == 1.0  # no points, no lift of points
    assert tiers.compulsion(member(), sold, there) == 0.0


def test_members_price__alone_makes_members_and_ends_them():
    there, sold = world(), offer(membership={"discount": 0.2})
    one = member(member=0, purchases=1)
    membership.enrol(one, sold, there, SHOP._replace(enrol=0.0))
    points.expire(one, sold, there)
    assert (one.member, one.shaken) == (1, 0.0)
    one.points[1] = 5  # of a programme that is closed now: those are lost, the price stays
    points.expire(one, sold, there)
    assert (one.member, one.expired, one.shaken) == (1, 5, there.closure_hurt)
    points.expire(one, offer(), there)
    assert (one.member, one.shaken) == (0, 2 * there.closure_hurt)


# E0: paid membership.


@given(st.floats(0.01, 10.0), st.floats(1.0, 200.0), st.floats(0.0, 0.5), st.floats(0.0, 0.5),
       st.floats(0.01, 100.0), st.integers(1, 24), st.floats(0.5, 2.0))  # fmt: skip
def test_fee__is_paid_by_those_to_whom_it_is_worth_it(
    rate, basket, off, earn, fee, period, shy
):  # fmt: skip
    if off == earn == 0.0:
        off = 0.1
    paid = offer(points={"earn": earn},
                 membership={"discount": off, "fee": fee, "fee_months": period})  # fmt: skip
    saved = rate * basket * (off + (1.0 - off) * 0.5 * earn)
    one = member(rate=rate, basket=basket)
    assert membership.benefit(one, paid, WORLD) == pytest.approx(saved)
    if abs(saved * period / (shy * fee) - 1.0) > 1e-4:
        assert membership.pays(one, paid, world(fee_worth=shy)) == (saved * period >= shy * fee)
    assert membership.pays(one, paid, world(fee_worth=0.0))  # off: everybody pays
    assert membership.pays(
        one, offer(points={"earn": earn}), world()
    )  # and all do where it is free


FEE = {"discount": 0.1, "fee": 12.0, "fee_months": 6}


def test_fee__is_due_at_enrolment_and_each_period_until_it_is_not_worth_it():
    there, club = world(), offer(points={"earn": 0.05}, membership=FEE)
    one = member(member=0, rate=1.0, purchases=1)
    paid = []
    for month in range(20):
        one.fee = 0
        points.expire(one, club, there)
        membership.renew(one, club, there)
        membership.enrol(one, club, there, SHOP._replace(enrol=0.0))
        paid.append(one.fee / MICRO)
        if month == 14:
            one.rate, one.points[0] = 0.1, 50
    assert [k for k, fee in enumerate(paid) if fee] == [0, 6, 12]
    assert set(paid) == {0.0, 12.0}
    assert (one.member, one.expired, points.balance_of(one)) == (0, 50, 0)


def test_fee__is_not_paid_by_the_dead_and_the_poor():
    there, club = world(), offer(membership=FEE)
    gone = member(alive=0, member_months=6)
    membership.renew(gone, club, there)
    light = member(member=0, rate=0.1, purchases=3)
    membership.enrol(light, club, there, SHOP._replace(enrol=0.0))
    assert (gone.member, gone.fee, light.member, light.fee) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("levers", "text"),
    [
        ({"membership": {"fee": 5.0}}, "membership.fee: got 5, allowed only with points"),
        ({"points": {"earn": 0.1, "better_rewards": [{"goal": 3.0}]}},
         "better_rewards: got goal 3, worth 1 after goal 4, worth 1, allowed are rising goals"),
        ({"points": {"earn": 0.1, "better_rewards": [{"goal": 5.0, "worth": 2.0},
                                                     {"goal": 6.0, "worth": 1.5}]}},
         "got goal 6, worth 1.5 after goal 5, worth 2"),
    ],
)  # fmt: skip
def test_levers__refuse_what_cannot_be(levers: Any, text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Levers.model_validate(levers)
    assert text in str(refused.value)


# The books.

CLUB = {"points": {"earn": 0.05, "goal": 2.0, "better_rewards": [{"goal": 3.0, "worth": 1.3}],
                   "experience_cost": 0.3, "admin_budget": 0.002},
        "membership": {"discount": 0.05, "fee": 2.0, "fee_months": 6}}  # fmt: skip


EXPECTED = {"telecom": 0.01, "apparel": 0.05}


@functools.cache
def club(name: str, horizon: int, size: int = 1500) -> Run:
    """A base that has lived in the club all along, nobody joining; its books are verified.

    The liability expects about the breakage that comes about.
    """
    points = {**CLUB["points"], "expected_breakage": EXPECTED[name]}
    strategy = Strategy.model_validate({**CLUB, "points": points})
    scenario = small(
        market=market(name), population={"size": size, "customer_share": 1.0, "start": "base"},
        strategies={"club": strategy}, baseline=strategy, horizon=horizon,
        mechanisms={"adoption": False},
    )  # fmt: skip
    return lived(scenario)


@pytest.mark.parametrize("name", MARKETS)
def test_indicators__are_what_the_books_say(name: str) -> None:
    run = club(name, 40)
    curves, ledger = run.curves, run.ledger.pivot(index="month", columns="account", values="amount")
    year = {
        k: curves[k].rolling(12, min_periods=1).sum() for k in ("issued", "redeemed", "expired")
    }
    expected = {
        "redemption_rate": year["redeemed"] / year["issued"],
        "breakage": year["expired"] / (year["redeemed"] + year["expired"]),
        "reward_share": curves["rewards"] / (curves["revenue"] - curves["discounts"]),
        "deferred_revenue": curves["outstanding"] / 100 * (1.0 - EXPECTED[name]),  # cents
        "fees": -ledger["fees"],
    }
    for column, values in expected.items():
        np.testing.assert_allclose(curves[column], values, err_msg=column)
    members = run.people[run.people["member"] == 1]
    last = curves.iloc[-1]
    assert last["members"] == len(members) > 100
    assert last["active_rate"] == np.mean(members["since_active"] < 12)
    assert last["enrolled"] == (members["member_months"] == 0).sum()
    known = run.people["spend"][run.people["identified"] == 1].sum() / run.people["spend"].sum()
    assert last["identified"] == pytest.approx(known)
    assert known == 1.0 if name == "telecom" else 0.2 < known < 1.0
    assert 0.0 < last["breakage"] < 1.0
    assert 0.0 < last["member_discounts"] < last["revenue"] * 0.05
    assert (curves["fees"] > 0.0).any()


def test_indicators__of_no_programme_are_nothing():
    curves = lived(small()).curves
    names = ["active_rate", "redemption_rate", "breakage"]
    assert curves[names].isna().all().all()
    assert not curves[["fees", "member_discounts", "deferred_revenue", "enrolled"]].any().any()
    assert (curves["identified"] == 1.0).all()  # a contract has a name


def test_cashback_and_tiers__are_settings_of_the_same_levers():
    """Money back at once, nearly all of it; a tier for those who spend, and better rewards."""
    cashback = {"points": {"earn": 0.02, "goal": 0.1, "unit_cost": 1.0, "payout": True,
                           "expected_breakage": 0.0, "automatic": True}}  # fmt: skip
    tiered = {"points": {"earn": 0.02, "goal": 2.0, "tiers": [4.0, 8.0], "tier_bonus": 0.5,
                         "better_rewards": [{"goal": 4.0, "worth": 1.25}]}}  # fmt: skip
    runs = []
    for levers in (cashback, tiered):
        strategy = Strategy.model_validate(levers)
        people = {"size": 500, "customer_share": 0.8, "start": "base"}
        runs.append(lived(small(strategies={"x": strategy}, population=people, horizon=30)))
    back, climbed = runs
    assert back.curves["redemption_rate"].iloc[-1] > 0.97
    assert back.curves["breakage"].iloc[-1] < 0.03
    assert set(climbed.people["tier"][climbed.people["member"] == 1]) == {0, 1, 2}


@pytest.mark.parametrize("name", MARKETS)
def test_members__at_a_price_of_their_own_spend_less_and_all_else_is_equal(name: str) -> None:
    """With everything off that feels the price, it costs what members save, and fees come in."""
    acting = none_of_them().model_dump()
    free = {"points": {"earn": 0.05}, "membership": {}}
    found = {}
    for which, levers in (("free", free), ("club", {**free, "membership": CLUB["membership"]})):
        strategy = Strategy.model_validate(levers)
        found[which] = lived(small(
            market=market(name), population={"size": 400, "customer_share": 1.0, "start": "cohort"},
            strategies={which: strategy}, mechanisms=acting, horizon=30,
        ))  # fmt: skip
    one, other = (found[which].curves for which in ("free", "club"))
    assert (one["revenue"] == other["revenue"]).all()
    if name == "telecom":  # without a contract, who has left unseen stays a member for nothing only
        assert (one["members"] == other["members"]).all()  # the fee's switch is off: all pay it
    extra = other["fees"] - other["discounts"] - (other["rewards"] - one["rewards"])
    np.testing.assert_allclose(other["profit"] - one["profit"], extra, atol=1e-6)
    assert (other["discounts"] == other["member_discounts"]).all()


# Power: 8,000 customers: a standard error of about 2 % of what comes after month 36; states are
# frozen at the horizon, so neutral management is 1 to 2.5 % off by itself.
@pytest.mark.proof
@pytest.mark.parametrize("name", MARKETS)
def test_equity__does_not_depend_on_the_horizon(name: str) -> None:
    short, long = club(name, 36, 8000), club(name, 200, 8000)
    before = long.curves["equity"].iloc[35]
    rest = short.summary["equity_remainder"] / (long.summary["equity"] - before) - 1.0
    print(f"\n{name}: remainder at 36 months {rest:+.2%}")
    assert short.curves["equity"].iloc[35] == pytest.approx(before, rel=1e-9)
    assert abs(rest) < 0.06
