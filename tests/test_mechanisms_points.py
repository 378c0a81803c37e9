"""Points, tiers and deals, rule by rule; and what customers are worth under all that costs anew.

Facts by number are those of the evidence that one rule has built in: tests of algebra, no evidence.
"""

import functools
import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engagesim.agents.company import Company
from engagesim.agents.luck import EncounterLuck, ShopLuck
from engagesim.agents.offering import programme_lift
from engagesim.agents.rules import Rules, deals, leaving, membership, points, satisfaction, tiers
from engagesim.agents.rules.buying import mood
from engagesim.agents.state import World
from engagesim.scenarios.levers import Levers, Strategy
from engagesim.scenarios.market import Market
from engagesim.sim.run import Run, begin, run

from .cases import offer as made_offer
from .cases import person as made_person
from .cases import small
from .cases import world as made_world
from .published import MARKETS, base, scenario_of

unit = st.floats(0.0, 1.0)
SMALL, BLANK = small(), vars(made_person())
WORLD = made_world(SMALL)
SHOP = ShopLuck(*[0.5] * len(ShopLuck._fields))
GRID = [(k + 0.5) / 1000.0 for k in range(1000)]
NEVER = 10**6


def world(**numbers: Any) -> World:
    """The world of a small scenario, some of its numbers changed."""
    made = World(**vars(WORLD))
    vars(made).update(numbers)
    return made


def offer(**levers: Any) -> Any:
    """The offer of groups of levers in it."""
    return made_offer(levers, scenario=SMALL, world=WORLD)


def person(**fields: Any) -> Any:
    """A person, all of whose fields are zero but those given."""
    return SimpleNamespace(**{**BLANK, "points": [0] * 4, **fields})


PROGRAMME = offer(points={"earn": 0.1, "goal": 4.0})
PLAIN = offer()


# D3, D4, I10: deals.


@given(unit, unit)
def test_coupons__are_redeemed_by_the_prone_where_relevant(prone, relevance):
    couponed, shown = [], offer(marketing={"coupon": 0.1, "relevance": relevance})
    for luck in GRID[::5]:
        buyer = person(deal_prone=prone, purchases=1, bought=5, reference_price=1.0)
        deals.deal(buyer, shown, world(), SHOP._replace(coupon=luck))
        couponed.append(buyer.couponed)
        assert (buyer.deal_mood, buyer.deal_habit) == (0.0, 0.0)  # a shallow one leaves no trace
    assert np.mean(couponed) == pytest.approx(prone * relevance, abs=5.1e-3)


def test_coupons__take_a_purchase_and_a_coupon():
    shown = offer(marketing={"coupon": 0.3, "relevance": 1.0})
    for fields, company in (({"purchases": 0}, shown), ({"purchases": 1}, PLAIN)):
        buyer = person(deal_prone=1.0, bought=1, reference_price=1.0, **fields)
        deals.deal(buyer, company, world(), SHOP._replace(coupon=0.0))
        assert (buyer.couponed, buyer.deal_mood, buyer.reference_price) == (0, 0.0, 1.0)
    assert deals.price_off(person(couponed=0), shown) == 0.0
    both = offer(marketing={"coupon": 0.3}, offer={"discount": 0.1})
    assert deals.price_off(person(couponed=1), both) == pytest.approx(1.0 - 0.9 * 0.7)
    assert deals.price_off(person(couponed=0), both) == 0.1


def test_deals__bring_newcomers_back_and_spoil_the_established():
    deep = offer(marketing={"coupon": deals.DEEP, "relevance": 1.0})
    there, luck = world(), SHOP._replace(coupon=0.0)
    newcomer = person(purchases=2, bought=2, deal_prone=0.5, reference_price=1.0)
    deals.deal(newcomer, deep, there, luck)
    assert newcomer.deal_mood == pytest.approx(math.log(1.05))
    assert newcomer.deal_prone == 0.5
    established = person(purchases=1, bought=2, deal_prone=0.5, reference_price=1.0)
    deals.deal(established, deep, there, luck)
    assert established.deal_mood == pytest.approx(math.log(0.97))
    assert (newcomer.deal_habit, established.deal_habit) == (0.0, 0.02)
    # What it does is half gone in a year, three quarters in two (Anderson & Simester: two years).
    for half in (0.5, 0.25):
        for _ in range(12):
            deals.deal(newcomer, PLAIN, there, luck)
            deals.deal(established, PLAIN, there, luck)
        assert newcomer.deal_mood == pytest.approx(half * math.log(1.05))
        assert established.deal_mood == pytest.approx(half * math.log(0.97))
        assert established.deal_habit == pytest.approx(half * 0.02)
    assert newcomer.deal_prone == established.deal_prone == 0.5  # who they are stays
    assert mood(person(satisfaction=0.5, satisfaction_norm=0.5), there) == 0.0


@pytest.mark.parametrize("habit", [0.01, 0.02, 0.05])
def test_deals__teach_up_to_a_bound(habit):
    """A deep deal in each month for ever: what it adds and what fades come into balance."""
    deep = offer(marketing={"coupon": deals.DEEP, "relevance": 1.0})
    buyer = person(purchases=1, bought=2, deal_prone=0.5, reference_price=1.0)
    for _ in range(600):
        deals.deal(buyer, deep, world(deal_habit=habit), SHOP._replace(coupon=0.0))
    assert buyer.deal_habit == pytest.approx(habit / (1.0 - deals.FADING), rel=1e-6)
    assert buyer.deal_habit < 1.0
    assert buyer.deal_mood == pytest.approx(math.log(0.97) / (1.0 - deals.FADING), rel=1e-6)
    assert buyer.deal_prone == 0.5


@given(unit, unit, unit)
def test_proneness__is_ones_own_and_what_deals_have_taught(prone, habit, luck):
    buyer = person(deal_prone=prone, deal_habit=habit)
    assert deals.proneness(buyer) == min(1.0, prone + habit)
    shown = offer(marketing={"coupon": 0.1, "relevance": 1.0})
    taught = person(deal_prone=prone, deal_habit=habit / deals.FADING, purchases=1, bought=5)
    taught.reference_price = 1.0
    deals.deal(taught, shown, world(), SHOP._replace(coupon=luck))
    if abs(luck - prone - habit) > 1e-12:
        assert taught.couponed == int(luck < min(1.0, prone + habit))


@given(st.floats(0.5, 2.0), st.floats(0.0, 0.6), unit, st.integers(0, 1))
def test_reference_price__follows_what_is_paid(price, discount, prone, member):
    company = offer(offer={"price": price, "discount": discount}, points={"earn": 0.1})
    customer = person(reference_price=1.0, member=member, deal_prone=prone)
    paid = price * (1.0 - discount) * (1.0 - 0.05 * member)
    for month in range(1, 40):
        deals.deal(customer, company, world(), SHOP)
        expected = paid + (1.0 - paid) * 0.9**month
        assert customer.reference_price == pytest.approx(expected)


@given(st.floats(0.3, 2.0), st.floats(0.3, 2.0), st.floats(0.0, 1.0), st.floats(0.0, 0.5))
def test_dearness__is_of_a_price_above_the_reference(price, reference, less, weight):
    there, company = world(cheapening=weight), offer(offer={"price": price})
    found = deals.dearness(person(reference_price=reference), company, there)
    assert found == pytest.approx(weight * max(0.0, price - reference) / price)
    assert 0.0 <= found <= weight
    assert found <= deals.dearness(person(reference_price=reference * less), company, there)
    assert deals.dearness(person(reference_price=1.0), PLAIN, there) == 0.0


def test_dearness__comes_when_discounts_end():
    there, cheap = world(), offer(offer={"discount": 0.3})
    customer = person(reference_price=1.0)
    for _ in range(24):
        deals.deal(customer, cheap, there, SHOP)
        assert deals.dearness(customer, cheap, there) == 0.0
    felt = []
    for _ in range(24):
        felt.append(deals.dearness(customer, PLAIN, there))
        deals.deal(customer, PLAIN, there, SHOP)
    assert felt[0] == pytest.approx(0.2 * 0.3 * (1.0 - 0.9**24))
    assert (np.diff(felt) < 0.0).all()


# E1-E5, E7, C4: the lift.

MEMBER = {"member": 1, "wallet": 0.4, "rational": 0.5, "hedonic": 0.5, "since_reward": NEVER,
          "deal_prone": 1.0 / 6.0}  # fmt: skip


@given(unit, unit, st.floats(0.0, 400.0), st.floats(0.02, 0.2), st.floats(6.0, 60.0),
       st.floats(0.1, 0.5))  # fmt: skip
def test_lift__is_for_wallets_elsewhere_low_stakes_and_wears_off(
    wallet, stakes, months, strength, decay, lasting
):
    there = world(points_lift=strength, lift_erosion=decay, lift_lasting=lasting)

    def found(**fields: Any) -> float:
        at = {**MEMBER, "wallet": wallet, "novelty": months, "rational": stakes, "hedonic": stakes}
        return points.lift(person(**{**at, **fields}), PROGRAMME, there)

    fresh = lasting + (1.0 - lasting) * math.exp(-months / decay)
    expected = strength * (1.0 - wallet) * fresh * 2.0 * (1.0 - stakes)
    assert found() == pytest.approx(1.0 + expected)
    assert found(member=0) == found(wallet=1.0) == 1.0
    assert found(novelty=months + 10.0) <= found()
    lasts = strength * (1.0 - wallet) * lasting * 2.0 * (1.0 - stakes)
    assert found(novelty=1e6) == pytest.approx(1.0 + lasts)
    assert found(rational=0.5, hedonic=0.5) == pytest.approx(
        1.0 + strength * (1.0 - wallet) * fresh
    )  # weight 1 at middling involvement


@settings(max_examples=20)
@given(st.floats(0.02, 0.2), unit)
def test_lift__is_for_those_who_look_for_a_good_price_and_the_same_on_the_whole(strength, share):
    there = world(points_lift=strength, price_orientation=share)
    prone = 1.0 - (1.0 - (np.arange(400) + 0.5) / 400) ** (1.0 / 5.0)  # quantiles of Beta(1, 5)
    gains = [
        points.lift(person(**{**MEMBER, "deal_prone": d}), PROGRAMME, there) - 1.0 for d in prone
    ]
    alike = points.lift(person(**MEMBER), PROGRAMME, there) - 1.0
    assert min(gains) >= 0.0
    assert np.mean(gains) == pytest.approx(alike, rel=3e-3)
    assert gains[-1] - gains[0] == pytest.approx(
        share * alike * 6.0 * (prone[-1] - prone[0]), rel=1e-6, abs=1e-12
    )


@given(unit, st.floats(1.0, 1.1))
def test_lift__has_two_months_of_momentum_after_a_reward_for_wallets_elsewhere(wallet, momentum):
    there, fields = world(goal_gradient=0.0, reward_momentum=momentum), {**MEMBER, "wallet": wallet}
    usual = points.lift(person(**fields), PROGRAMME, there)
    after = [points.lift(person(**{**fields, "since_reward": k}), PROGRAMME, there) / usual
             for k in range(5)]  # fmt: skip
    quick = 1.0 + (momentum - 1.0) * (1.0 - wallet)
    assert after == pytest.approx([1.0, quick, quick, 1.0, 1.0])
    assert 1.0 <= quick <= momentum


def test_reward__renews_the_lift_by_half_and_starts_the_months_after_it():
    there = world(redeem_chance=1.0)
    member = person(**{**MEMBER, "novelty": 20.0})
    member.points[1] = PROGRAMME.goal + 3
    points.redeem(member, PROGRAMME, there, SHOP)
    assert (member.novelty, member.since_reward, member.rewards) == (10.0, 0, 1)
    assert points.balance_of(member) == 3
    seen = []
    for _ in range(4):
        points.expire(member, PROGRAMME, there)
        seen.append(points.lift(member, PROGRAMME, there) > 1.0 and 1 <= member.since_reward <= 2)
    assert seen == [True, True, False, False]
    assert member.novelty == 14.0


@pytest.mark.parametrize("since", range(4))
def test_letdown__is_of_the_unengaged_in_the_month_after(since):
    there = world()
    cold = person(since_reward=since, engagement=0.3, engagement_home=0.4)
    warm = person(since_reward=since, engagement=0.4, engagement_home=0.4)
    assert points.letdown(cold, there) == (0.1 if since == 1 else 0.0)
    assert points.letdown(warm, there) == 0.0


def card(endowed: float, months: int = 120) -> tuple[float, int, float]:
    """Progress shown at the start, the months to a first reward, progress after it: of a buyer who
    spends a fiftieth of the goal a month, quickened by what the card shows."""
    there = world(redeem_chance=1.0, points_lift=0.0, contractual=1, goal_gradient=0.5)
    programme = offer(points={"earn": 0.1, "goal": 4.0, "endowed": endowed, "automatic": True})
    member = person(wallet=0.0, purchases=1, since_reward=NEVER)
    membership.enrol(member, programme, there, SHOP)
    points.redeem(member, programme, there, SHOP)
    start = member.progress
    for month in range(1, months):
        quick = points.lift(member, programme, there)
        member.spend = int(quick * programme.goal / programme.points_per_unit / 50.0 * 1e6)
        points.earn(member, programme, there, SHOP)
        points.redeem(member, programme, there, SHOP)
        if member.rewards == 1:
            return start, month, member.progress
    return start, months, member.progress


def test_endowed__progress_starts_higher_and_ends_sooner():
    """Ten steps of which two are given, against eight: the same to do, sooner done."""
    bare, given_two = card(0.0), card(0.25)
    assert bare[0] == 0.0
    assert given_two[0] == pytest.approx(0.2)
    assert given_two[1] < bare[1] <= 50
    assert given_two[2] == pytest.approx(0.0, abs=0.2)  # once only


@given(unit, st.integers(0, 10_000), st.integers(0, 1))
def test_endowed__shows_more_until_the_first_reward_and_is_worth_nothing(endowed, held, rewards):
    programme = offer(points={"earn": 0.1, "goal": 40.0, "endowed": endowed})
    member = person(member=1, rewards=rewards)
    member.points[0] = held
    points.redeem(member, programme, world(), SHOP._replace(redeem=1.0))
    start = endowed * programme.goal if rewards == 0 else 0.0
    assert member.progress == pytest.approx(min(1.0, (held + start) / (programme.goal + start)))
    assert points.balance_of(member) == held
    blind = person(member=1, rewards=0)
    blind.points[0] = held
    points.redeem(blind, programme, world(with_endowed_progress=0), SHOP._replace(redeem=1.0))
    assert blind.progress == pytest.approx(min(1.0, held / programme.goal))


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("discounter", [False, True])
@pytest.mark.parametrize("rivals", range(9))
def test_programme__fact_25_its_lift_shrinks_by_rivals_design_and_discounter(
    progressive, discounter, rivals
):
    def lift_at(number: int) -> float:
        market = Market(rival_programmes=number, discounter=discounter)
        return programme_lift(progressive, market, world())

    expected = max(0.0, 1.0 - 0.15 * rivals)
    expected *= (0.3 if progressive else 1.0) * (0.6 if discounter else 1.0)
    assert lift_at(rivals) == pytest.approx(expected)
    assert 0.0 <= lift_at(rivals) <= 1.0
    if 1 <= rivals <= 6:
        assert 0.10 <= (lift_at(rivals - 1) - lift_at(rivals)) / lift_at(0) <= 0.20
    assert programme_lift(False, Market(), world()) == 1.0


# E0: broken programmes.


def test_closing__hurts_when_the_points_are_lost():
    member = person(member=1, points=[1, 2, 3, 4])
    points.expire(member, PLAIN, world())
    assert (member.member, member.expired, member.shaken) == (0, 10, 0.3)
    points.expire(member, PLAIN, world())
    assert member.shaken == 0.3


@pytest.mark.parametrize(("goal", "earn", "hurt"), [(4.8, 0.1, 0.5), (4.0, 0.1, 0.0),
                                                    (3.0, 0.1, 0.0), (4.0, 0.05, 1.0),
                                                    (4.4, 0.1, 0.25)])  # fmt: skip
def test_devaluing__hurts_once_by_how_much_dearer_a_reward_is(goal, earn, hurt):
    steps = [(month, Levers.model_validate({"points": {"earn": e, "goal": g}}))
             for month, e, g in ((0, 0.1, 4.0), (5, earn, goal))]  # fmt: skip
    company, member = Company(steps, SMALL.market), person(member=1)
    felt = []
    for month in range(8):
        member.shaken = 0.0
        points.expire(member, company.plan(month, world()), world())
        felt.append(member.shaken)
    assert felt == pytest.approx([0.0] * 5 + [hurt] + [0.0] * 2)


# E8: the shield.


SHIELD = st.floats(0.0, 0.35)


@given(unit, unit, st.floats(-0.5, 0.5), SHIELD, SHIELD)
def test_shield__members_overlook_a_share_of_what_they_miss(now, norm, trust, losses, rivals):
    """In staying: of satisfaction below their own, and of the pull of rivals; of trust nothing."""
    there = world(shield_losses=losses, shield_rivals=rivals, curvature=2.0)
    plain, member = (
        leaving.leaning(
            person(member=m, satisfaction=now, satisfaction_curved=norm * norm, trust=trust),
            PLAIN, there,
        )
        for m in (0, 1)
    )  # fmt: skip
    gap = now * now - norm * norm
    seen = gap if gap >= 0.0 else (1.0 - losses) * gap
    for found, felt, pull in ((plain, gap, there.attraction),
                              (member, seen, (1.0 - rivals) * there.attraction)):  # fmt: skip
        expected = -there.hazard_satisfaction * felt - there.hazard_trust * trust
        assert found == pytest.approx(expected - pull * (felt + 0.5 * trust), abs=1e-12)
    if gap < 0.0 and trust <= 0.0:
        assert member <= plain


@given(st.floats(-1.0, 1.0), st.floats(1.0, 2.25))
def test_shield__is_none_in_what_is_felt(gap, aversion):
    """Points move no attitude (facts 24, 46): a shortfall is felt alike by members and others."""
    there = world(loss_aversion=aversion, shield_losses=0.35)
    assert satisfaction.felt_gap(gap, there) == (gap if gap >= 0.0 else aversion * gap)
    met = EncounterLuck(*[0.5] * len(EncounterLuck._fields))
    felt = []
    for member in (0, 1):
        customer = person(member=member, satisfaction=0.5, expectation=0.6 - gap, encounters=1,
                          reference_price=1.0)  # fmt: skip
        satisfaction.encounter(customer, PROGRAMME, there, met)
        satisfaction.appraise(customer, PROGRAMME, there)
        felt.append((customer.gap_sum, customer.satisfaction, customer.expectation))
    assert felt[0] == felt[1]


# E9, I9: tiers.

TIERED = {"earn": 0.1, "goal": 4.0, "tiers": [6.0, 12.0, 24.0], "tier_recognition": 0.5}
LADDER = offer(points=TIERED)
BASKET = SMALL.market.buying.basket


def year_of(spends: list[float], **fields: Any) -> Any:
    """A member who spends so many baskets, month by month from enrolment on."""
    member = person(**{"member": 1, "engagement": 0.5, "engagement_home": 0.5} | fields)
    history = []
    for spend in spends:
        member.member_months += 1
        member.spend = round(spend * BASKET * 1e6)
        tiers.review(member, LADDER, world())
        history.append((member.tier, round(member.engagement, 10), member.demoted))
    return member, history


def test_tiers__promote_at_once():
    _, history = year_of([1.0] * 5 + [1.0] + [0.0] + [5.0, 1.0])
    assert [tier for tier, *_ in history] == [0] * 5 + [1] * 3 + [2]
    assert [e for _, e, _ in history] == [0.5] * 5 + [0.53] * 3 + [0.56]
    assert year_of([30.0])[1] == [(3, 0.53, 0)]  # one joy, however high


def test_tiers__fact_27_a_fall_is_soft_by_one_and_hurts_twice_a_rise():
    _, history = year_of([30.0] + [0.0] * 40)
    assert [tier for tier, *_ in history] == [3] * 23 + [2] * 12 + [1] * 6
    assert history[11][0] == 3  # in the first year it has been earned
    up = history[0][1] - 0.5
    down = history[22][1] - history[23][1]
    assert down / up == pytest.approx(2.0)
    assert 1.3 <= down / up <= 3.0
    assert [k for k, (*_, demoted) in enumerate(history) if demoted] == [23, 24, 25, 35, 36, 37]
    assert history[35][1] == pytest.approx(0.5 + 0.03 - 2 * 0.06)  # less loyal than never raised


def test_tiers__kept_by_spend_are_reviewed_yearly():
    member, history = year_of([0.5] * 36)
    assert [tier for tier, *_ in history] == [0] * 11 + [1] * 25
    assert member.engagement == pytest.approx(0.53)


def test_tiers__end_without_membership_or_tiers():
    for fields, company in (({"member": 0}, LADDER), ({"member": 1}, PROGRAMME)):
        customer = person(tier=2, engagement=0.5, demoted=2, **fields)
        tiers.review(customer, company, world())
        assert (customer.tier, customer.engagement, customer.demoted) == (0, 0.5, 1)


@pytest.mark.parametrize("contractual", [1, 0])
def test_demotion__makes_leave_for_three_months(contractual):
    """Three times that leaving is decided on: with a contract after the review of the month,
    without one at purchases, which come before it."""
    there = world()
    member = person(member=1, member_months=22, tier=1, engagement=0.5)
    seen = []
    for _ in range(8):
        member.member_months += 1
        if not contractual:
            seen.append(tiers.demotion_ratio(member, there))
        tiers.review(member, LADDER, there)
        if contractual:
            seen.append(tiers.demotion_ratio(member, there))
    first = 1 if contractual else 2
    assert seen == [1.2 if first <= k < first + 3 else 1.0 for k in range(8)]


def test_recognised__by_tier_if_that_is_more():
    assert tiers.recognised(person(tier=1), LADDER) == 0.5
    assert tiers.recognised(person(tier=0), LADDER) == 0.0
    seen = offer(points=TIERED, community={"recognition": 0.7})
    assert tiers.recognised(person(tier=1), seen) == tiers.recognised(person(), seen) == 0.7


@given(st.integers(0, 3), st.integers(0, 60), st.floats(0.0, 800.0), st.floats(1.0, 200.0))
def test_compulsion__is_what_a_tier_takes_beyond_the_usual(tier, months, spent, basket):
    there = world(contractual=1)
    member = person(member=1, tier=tier, member_months=months, basket=basket,
                    year_spend=int(spent * 1e6))  # fmt: skip
    found = tiers.compulsion(member, LADDER, there)
    assert 0.0 <= found <= 1.0
    if tier == 0:
        assert found == 0.0
    else:
        needed = (LADDER.thresholds[tier - 1] - spent) / (12 - months % 12)
        assert found == pytest.approx(min(1.0, max(0.0, needed / basket - 1.0)), abs=1e-6)
    member.member = 0
    assert tiers.compulsion(member, LADDER, there) == 0.0
    member.member = 1
    assert tiers.compulsion(member, LADDER, world(with_compulsion=0, contractual=1)) == 0.0


@given(st.floats(1e-30, 20.0), st.integers(0, 100_000), st.integers(1, 24), st.integers(0, 30))
def test_compulsion__of_points_is_by_their_stake_where_they_would_expire(
    rate, held, silence, quiet
):
    """In the last quarter of the silence that voids them, for want of a purchase."""
    there = world(contractual=0)
    company = offer(points={"earn": 0.1, "goal": 4.0, "inactivity_months": silence})
    member = person(member=1, rate=rate, basket=BASKET, silence=quiet)
    member.points[0] = held
    stake = 1.0 - math.exp(-held / company.goal)
    soon = quiet >= 0.75 * silence
    expected = stake * min(1.0, max(0.0, 1.0 / (silence * rate) - 1.0)) if soon else 0.0
    found = tiers.compulsion(member, company, there)
    assert 0.0 <= found <= 1.0
    assert found == pytest.approx(expected, abs=1e-12)
    assert tiers.compulsion(member, company, world(contractual=0, with_expiry=0)) == 0.0


# What customers are worth under a strategy with the new costs.

EVERYTHING = {
    "service": {
        "proactive": 0.3, "proactive_price": 1.0, "proactive_salient": 0.2, "concierge": 0.2,
        "surprise": 0.1, "surprise_price": 1.0, "recovery_price": 2.0,
    },
    "marketing": {"acquisition": 0, "coupon": 0.15, "relevance": 0.6},
    "community": {"ideas": 0.05, "idea_price": 5.0, "recognition": 0.2,
                  "ambassadors": 0.05, "ambassador_pay": 3.0},
    "acts": {"sharing": 2.0},
    "points": {"earn": 0.02, "goal": 3.0, "tiers": [6.0, 14.0], "tier_bonus": 0.5,
               "tier_recognition": 0.4, "admin_budget": 0.002},
}  # fmt: skip
SEEDS = (1, 2)


@functools.cache
def lived(market: str, horizon: int, seed: int) -> Run:
    """A base under that strategy, which has been in force all along, and wins nobody."""
    strategy = Strategy.model_validate(EVERYTHING)
    scenario = scenario_of(
        MARKETS[market], horizon, base(4000), mechanisms={"adoption": False}, seed=seed,
        strategies={"all": strategy}, baseline=strategy, network={"kind": "none"},
    )  # fmt: skip
    return run(begin(scenario, 0, Rules()), "all", strategy, Rules())


# Power: what 8,000 customers bring after month 36 has a standard error of about 2 %. The remainder
# freezes states at the horizon, though needs go on drifting: neutral management alone is 1 % off.
# The coupon is no deep deal: what deep deals leave fades after a horizon, and is frozen there.
@pytest.mark.parametrize("market", MARKETS)
def test_equity__does_not_depend_on_the_horizon(market: str) -> None:
    total, rest = [], []
    for seed in SEEDS:
        short, long = lived(market, 36, seed), lived(market, 200, seed)
        before = long.curves["equity"].iloc[35]
        assert short.curves["equity"].iloc[35] == pytest.approx(before, rel=1e-9)
        total.append(short.summary["equity"] / long.summary["equity"] - 1.0)
        rest.append(short.summary["equity_remainder"] / (long.summary["equity"] - before) - 1.0)
    print(f"\n{market}: equity at 36 months over 200 {np.mean(total):+.2%}, its remainder "
          f"{np.mean(rest):+.2%}, by seed {np.round(rest, 3)}")  # fmt: skip
    assert abs(np.mean(total)) < 0.03
    assert abs(np.mean(rest)) < 0.06
