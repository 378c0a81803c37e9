"""What people feel, say and hear: each rule's closed form, its directions, its bounds, its zero.

Facts by number are those of the evidence that one rule has built in: tests of algebra, no evidence.
"""

import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engagesim.agents.company import Company
from engagesim.agents.luck import EncounterLuck, HearLuck, LeaveLuck, ServeLuck, ShopLuck
from engagesim.agents.rules import (
    acts,
    channels,
    contact,
    ideas,
    involvement,
    journey,
    leaving,
    proactive,
    satisfaction,
    signals,
    talk,
    trust,
)
from engagesim.agents.rules import engagement as engaging
from engagesim.agents.rules.drift import drift
from engagesim.agents.rules.joining import fit_of_won, opinion, talk_of_won
from engagesim.agents.state import Offer, Said, Totals, World
from engagesim.agents.state import fields as fields_of
from engagesim.scenarios.coefficients import Coefficients
from engagesim.scenarios.levers import Levers
from engagesim.scenarios.parameter import evidence_of
from engagesim.scenarios.shocks import Shock
from engagesim.sim.model import Model
from engagesim.sim.run import begin
from engagesim.sim.world import norm_of

from .cases import RULES, small
from .cases import offer as made_offer
from .cases import person as made_person
from .cases import world as made_world

unit = st.floats(0.0, 1.0)
CALM = ServeLuck(*[1.0] * len(ServeLuck._fields))
MET = EncounterLuck(*[1.0] * len(EncounterLuck._fields))._replace(performance=0.5)
SHOP = ShopLuck(*[0.5] * len(ShopLuck._fields))
GRID = [(k + 0.5) / 1000.0 for k in range(1000)]
"""A thousand lucks: a share of them is a chance, to a thousandth."""
FEW = settings(max_examples=20)
"""Enough where each case is a thousand lucks."""


SMALL, BLANK = small(), vars(made_person())
WORLD, OFFER = made_world(SMALL), made_offer()


def world(**numbers: Any) -> World:
    """The world of a small scenario, some of its numbers changed."""
    made = World(**vars(WORLD))
    vars(made).update(numbers)
    return made


def person(**fields: Any) -> Any:
    """A person, all of whose fields are zero but those given; lists are for the asking."""
    return SimpleNamespace(**{**BLANK, **fields})


def offer(levers: Any = None) -> Offer:
    """The offer of levers in it; that of none is neutral."""
    if levers is None:
        made = Offer()
        vars(made).update(vars(OFFER))
        return made
    return made_offer(levers, scenario=SMALL, world=WORLD)


def range_of(name: str) -> tuple[float, float]:
    """The evidence's range of a coefficient."""
    for group in Coefficients.model_fields.values():
        field = group.default.__class__.model_fields.get(name)
        if field is not None:
            evidence = evidence_of(field)
            assert evidence is not None
            return evidence.low, evidence.high
    raise KeyError(name)


def within(name: str) -> st.SearchStrategy[float]:
    low, high = range_of(name)
    return st.floats(low, high)


def rates_of(speaking: Callable[..., None], customer: Any, *rest: Any) -> tuple[float, float]:
    """Praise and warnings a month: the rates that counts would be drawn at."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(talk, "poisson", lambda u, rate: rate)
        speaking(customer, *rest)
    return float(customer.praise), float(customer.warnings)


# B5: control makes personalisation work.


@given(unit, unit, within("personal_response"))
def test_personal__is_the_formula_and_at_least_a_third(depth, control, strength):
    there = world(personal_response=strength)
    found = contact.personal_response(depth, control, there)
    assert found == max(0.3, 1.0 + strength * depth * (2.0 * control - 1.0))
    assert 0.3 <= found <= 2.0
    assert contact.personal_response(0.0, control, there) == 1.0  # impersonal: unchanged
    assert contact.personal_response(depth, 0.5, there) == 1.0


@given(unit, unit, unit, within("personal_response"))
def test_personal__rises_with_control_and_by_it_with_depth(depth, low, high, strength):
    there = world(personal_response=strength)
    low, high = min(low, high), max(low, high)
    less, more = (contact.personal_response(depth, c, there) for c in (low, high))
    assert less <= more
    assert (contact.personal_response(1.0, high, there) >= more) == (high >= 0.5 or more == 0.3)


@pytest.mark.parametrize("strength", [*range_of("personal_response"), 0.6])
def test_personal__fact_9_response_with_control_is_a_third_to_all_more(strength):
    """1.3-2.0 times the response to the impersonal, all over the evidence's range (Tucker)."""
    there = world(personal_response=strength)
    with_control = contact.personal_response(1.0, 1.0, there)
    without = contact.personal_response(1.0, 0.0, there)
    assert 1.3 <= with_control <= 2.0
    assert without == pytest.approx(max(0.3, 2.0 - with_control))


def test_personal__acts_on_what_messages_win():
    def response(**data: Any) -> float:
        levers = {"marketing": {"messages": 4.0, "personalisation": 1.0}, "data": data}
        return offer(levers).response

    plain = offer({"marketing": {"messages": 4.0}}).response
    lift = plain / offer().response_unheard - 1.0
    assert response(control=1.0) / offer().response_unheard - 1.0 == pytest.approx(2.0 * lift)
    assert response(control=0.0) < response() < response(control=0.5) == plain
    for control in (0.0, 0.7):
        bare = offer({"marketing": {"messages": 4.0}, "data": {"control": control}})
        assert bare.response == plain  # who is not personal is not asked for control


# C9: channels.


@FEW
@given(st.integers(0, 12), within("channel_adoption"))
def test_channels__are_taken_up_at_purchases(purchases, chance):
    there = world(channel_adoption=chance)
    taken, company = [], offer()
    for luck in GRID:
        buyer = person(purchases=purchases)
        channels.adopt_channel(buyer, company, there, SHOP._replace(channel=luck))
        taken.append(buyer.multichannel)
    assert np.mean(taken) == pytest.approx(1.0 - (1.0 - chance) ** purchases, abs=1.01e-3)


def test_channels__one_is_not_two():
    buyer, single = person(purchases=50), offer({"marketing": {"channels": 1, "aligned": 1.0}})
    channels.adopt_channel(buyer, single, world(), SHOP._replace(channel=0.0))
    assert buyer.multichannel == 0
    assert satisfaction.effort(single, world()) == single.effort
    former = person(multichannel=1, hedonic=0.9, rational=0.1)
    assert channels.channel_factor(former, single, world()) == 1.0


@given(unit, unit, unit, within("channel_spend"))
def test_channels__sell_where_pleasure_prevails(hedonic, rational, aligned, spend):
    there, aligned_offer = world(channel_spend=spend), offer({"marketing": {"aligned": aligned}})
    buyer = person(multichannel=1, hedonic=hedonic, rational=rational)
    expected = 1.0 + spend * hedonic / 0.5 * aligned if hedonic >= rational else 1.0
    assert channels.channel_factor(buyer, aligned_offer, there) == expected
    buyer.multichannel = 0
    assert channels.channel_factor(buyer, aligned_offer, there) == 1.0
    buyer.multichannel = 1
    assert channels.channel_factor(buyer, offer(), there) == 1.0  # not aligned, as usual


@given(unit, unit)
def test_channels__ease_where_aligned(effort, aligned):
    levers = {"service": {"effort": effort}, "marketing": {"aligned": aligned}}
    eased = satisfaction.effort(offer(levers), world())
    assert eased == max(0.0, effort - 0.05 * aligned)
    assert offer(levers).overload == 0.0


# I3, I7: signals.


def wishers(customer: dict[str, Any], levers: Any, there: Any) -> float:
    seen = []
    for luck in GRID:
        one = person(**customer)
        signals.wish(one, levers, there, CALM._replace(wish=luck, answer=0.499))
        seen.append(one.wishing)
    return float(np.mean(seen))


def test_wish__arises_with_involvement_and_is_seen_in_those_known():
    timed, there = offer({"marketing": {"timing": 0.5}}), world(contractual=0)
    known = {"member": 1, "encounters": 1, "rational": 0.8, "hedonic": 0.4}
    assert wishers(known, timed, there) == pytest.approx(0.02 + 0.10 * 0.6, abs=1e-3)
    assert wishers({**known, "rational": 1.0}, timed, there) == pytest.approx(0.09, abs=1e-3)
    assert wishers({**known, "member": 0}, timed, there) == 0.0
    assert wishers({**known, "encounters": 0}, timed, there) == 0.0
    assert wishers({**known, "member": 0}, timed, world(contractual=1)) > 0.0
    place = offer({"marketing": {"timing": 0.5}, "community": {"capacity": 0.1}})
    assert wishers({**known, "encounters": 0}, place, there) > 0.0
    assert wishers(known, offer(), there) == 0.0  # nobody answers
    assert wishers(known, offer({"marketing": {"timing": 0.499}}), there) == 0.0


def test_wish__is_answered_once():
    timed, there = offer({"marketing": {"timing": 1.0, "relevance": 0.6}}), world()
    customer = person(wishing=1, encounters=1)
    assert signals.wish_factor(customer, timed, there) == pytest.approx(1.0 + 0.1 * 0.6)
    signals.wish(customer, timed, there, CALM)
    assert customer.wishing == 0
    assert signals.wish_factor(customer, timed, there) == 1.0


@pytest.mark.parametrize(("control", "times"), [(0.0, 2.0), (0.29, 2.0), (0.3, 1.0), (1.0, 1.0)])
def test_wish__read_without_control_unsettles_twice(control, times):
    held = offer({"data": {"control": control, "depth": 0.8}})
    assert trust.unease_of(person(wishing=1), held) == times * held.unease
    assert trust.unease_of(person(wishing=0), held) == held.unease > 0.0


@FEW
@given(unit, unit, unit, unit)
def test_telling__takes_involvement_trust_control_and_being_asked(stakes, faith, control, asked):
    levers, there = offer({"data": {"listening": asked, "control": control}}), world()
    told = []
    for luck in GRID[:100]:
        customer = person(rational=stakes, hedonic=stakes, trust=faith)
        signals.tell(customer, levers, there, CALM._replace(tell=luck / 2.0))
        told.append(customer.told)
    chance = 0.05 * stakes * faith * control * asked
    assert np.mean(told) == pytest.approx(np.mean([luck / 2.0 < chance for luck in GRID[:100]]))


@given(st.floats(0.0, 50.0), unit)
def test_told__is_known_and_relevant_within_bounds(times, usual):
    customer, there = person(told=times), world()
    known = signals.told(customer)
    assert 0.0 <= known <= 1.0
    assert known == pytest.approx(1.0 - math.exp(-times / 3.0))
    sent = offer({"marketing": {"relevance": usual}})
    assert signals.relevance(customer, sent, there) == min(1.0, usual + 0.2 * known)
    assert signals.relevance(person(), sent, there) == usual


# I8: drift.


def drifted(months: int, told_times: float, start: Any, there: Any, seed: int = 1) -> Any:
    luck = np.random.default_rng(seed).random((months, len(start)))
    people = [person(match=float(q), told=told_times) for q in start]
    for month in luck:
        for customer, u in zip(people, month.tolist(), strict=True):
            drift(customer, there, CALM._replace(drift=u))
            assert -0.5 <= customer.match <= 0.5
    return np.array([customer.match for customer in people])


# Power: of 1,200 people an sd is known to 2 %, a mean to .006.
def test_drift__keeps_the_spread_of_matches_for_twenty_years():
    there = world(drift_sd=0.03)
    start = np.clip(0.2 * np.random.default_rng(2).standard_normal(1200), -0.5, 0.5)
    end = drifted(240, 0.0, start, there)
    assert end.std() == pytest.approx(start.std(), rel=0.06)
    assert abs(end.mean()) < 0.018
    # It does drift: what is left of the correlation is sqrt(1 - share^2) a month.
    left = (1.0 - (0.03 / 0.2) ** 2) ** 120.0
    assert np.corrcoef(start, end)[0, 1] == pytest.approx(left, abs=0.09)


@given(st.floats(-0.4, 0.4), st.floats(0.01, 0.99), st.floats(0.0, 30.0), within("drift_sd"))
def test_drift__half_of_it_is_followed_for_those_who_tell(match, luck, times, sd):
    there = world(drift_sd=sd)
    moved = []
    for told_times in (0.0, times, 1e9):
        customer = person(match=match, told=told_times)
        drift(customer, there, CALM._replace(drift=luck))
        moved.append(customer.match - math.sqrt(1.0 - (sd / there.match_sd) ** 2) * match)
    assert moved[1] == pytest.approx(moved[0] * (1.0 - 0.5 * signals.told(person(told=times))))
    assert moved[2] == pytest.approx(0.5 * moved[0], abs=1e-15)


def test_drift__none_leaves_matches_alone():
    customer = person(match=0.3)
    drift(customer, world(drift_sd=0.0), CALM._replace(drift=0.9))
    assert customer.match == 0.3


# A9: proactive contact.


@FEW
@given(unit, unit, unit)
def test_proactive__reaches_alerts_and_sells_as_often_as_told(reach, salient, selling):
    there = world()
    manner = {"proactive_salient": salient, "proactive_selling": selling}
    company = offer({"service": {"proactive": reach, **manner}})
    reached, alerted, sold = [], [], []
    for k, luck in enumerate(GRID):
        customer = person(trust=0.5)
        met = CALM._replace(approach=luck, manner=GRID[k * 617 % 1000])
        proactive.approach(customer, company, there, met)
        reached.append(customer.approached)
        alerted.append(customer.alerted == 3)
        sold.append(customer.trust == 0.5 - there.sales_suspicion)
        assert customer.trust in (0.5, 0.5 - there.sales_suspicion)
    assert np.mean(reached) == pytest.approx(reach, abs=1.01e-3)
    assert np.mean(alerted) == pytest.approx(reach * salient, abs=0.01)
    assert np.mean(sold) == pytest.approx(reach * selling, abs=0.01)


@given(unit, within("prevention"))
def test_proactive__prevents_a_share_of_failures(failure, prevented):
    there, company = world(prevention=prevented), offer()
    company.failure = failure
    assert proactive.failure_chance(person(approached=0), company, there) == failure
    now = proactive.failure_chance(person(approached=1), company, there)
    assert now == failure * (1.0 - prevented)


def test_proactive__contact_that_sells_cannot_take_trust_below_zero():
    company = offer({"service": {"proactive": 1.0, "proactive_selling": 1.0}})
    customer = person(trust=0.01)
    proactive.approach(customer, company, world(), CALM._replace(approach=0.0, manner=0.5))
    assert customer.trust == 0.0


@pytest.mark.parametrize("contractual", [1, 0])
def test_proactive__wakes_the_ill_matched_for_three_months(contractual):
    """Three times that leaving is decided on: with a contract after the contact of the month,
    without one at purchases, which come before it."""
    there = world()
    company = offer({"service": {"proactive": 0.5, "proactive_salient": 1.0}})
    for match, ratio in ((-0.001, there.salience_hazard), (0.0, 1.0), (0.3, 1.0)):
        customer = person(match=match)
        seen = []
        for month in range(8):
            met = CALM._replace(approach=0.0 if month == 1 else 0.9, manner=0.0)
            if contractual == 0:
                seen.append(proactive.salience(customer, there))
            proactive.approach(customer, company, there, met)
            if contractual == 1:
                seen.append(proactive.salience(customer, there))
        first = 1 if contractual else 2
        assert seen == [ratio if first <= k < first + 3 else 1.0 for k in range(8)]


def test_proactive__is_for_the_stage_it_is_meant_for():
    company = offer({"service": {"proactive": 1.0, "proactive_stage": "at_risk"}})
    for leaning, reached in ((0.0, 0), (1.0, 1)):
        customer = person(alive=1, leaning=leaning, tenure=20, quiet=100)
        proactive.approach(customer, company, world(), CALM._replace(approach=0.0))
        assert customer.approached == reached


def left_of(customer: dict[str, Any], there: Any, months: int) -> float:
    """Share that leaves a monthly contract in so many months, over an even grid of luck."""
    stay, company = 1.0, offer()
    for _ in range(months):
        gone = []
        for luck in GRID:
            one = person(alive=1, since_referral=10**6, **customer)
            leaving.leave(one, company, there, LeaveLuck(luck, 1.0, 1.0, 1.0))
            gone.append(1 - one.alive)
        stay *= 1.0 - float(np.mean(gone))
    return 1.0 - stay


def test_proactive__fact_13_salience_makes_the_ill_matched_leave_sooner():
    """From 6 % in three months to 10 %, as in the study that the number is from (Ascarza)."""
    there = world(renewal_months=1, hazard_offset=0.0, exposure_norm=1.0)
    monthly = 1.0 - 0.94 ** (1.0 / 3.0)
    odds = math.log(monthly / (1.0 - monthly))
    usual = left_of({"propensity_odds": odds, "match": -0.1}, there, 3)
    woken = left_of({"propensity_odds": odds, "match": -0.1, "alerted": 3}, there, 3)
    assert usual == pytest.approx(0.06, abs=0.003)
    assert woken == pytest.approx(0.10, abs=0.004)
    assert 0.01 <= woken - usual <= 0.06
    assert left_of({"propensity_odds": odds, "match": 0.1, "alerted": 3}, there, 3) == usual


# I14: stages.

CONTRACT, BUYER = {"contractual": 1}, {"contractual": 0}
NEW = {"alive": 1, "bought": 1, "rate": 1.0, "quiet": 100}
STAGES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("prospect", {**NEW, "firm": -1, "leaning": 2.0}, CONTRACT),
    ("lapsed", {**NEW, "alive": 0, "leaning": 2.0}, BUYER),
    ("first_time", NEW, CONTRACT),
    ("first_time", NEW, BUYER),
    ("first_time", {**NEW, "tenure": 5}, BUYER),
    ("first_time", {**NEW, "bought": 3}, BUYER),
    ("repeat", {**NEW, "tenure": 1, "bought": 2}, CONTRACT),
    ("repeat", {**NEW, "tenure": 11, "bought": 12, "quiet": 0}, CONTRACT),
    ("repeat", {**NEW, "tenure": 3, "bought": 3}, BUYER),
    ("loyal", {**NEW, "tenure": 12, "bought": 13}, CONTRACT),
    ("loyal", {**NEW, "tenure": 12}, BUYER),
    ("loyal", {**NEW, "tenure": 2, "bought": 4, "quiet": 6}, BUYER),
    ("advocate", {**NEW, "tenure": 2, "bought": 4, "quiet": 5}, BUYER),
    ("advocate", {**NEW, "tenure": 12, "quiet": 0}, CONTRACT),
    ("at_risk", {**NEW, "tenure": 12, "quiet": 0, "leaning": 0.71}, CONTRACT),
    ("advocate", {**NEW, "tenure": 12, "quiet": 0, "leaning": 0.7}, CONTRACT),
    ("at_risk", {**NEW, "bought": 9, "silence": 5, "rate": 0.41}, BUYER),
    ("repeat", {**NEW, "tenure": 5, "bought": 3, "silence": 5, "rate": 0.39}, BUYER),
    ("loyal", {**NEW, "tenure": 50, "silence": 50}, CONTRACT),
]


@pytest.mark.parametrize(("name", "fields", "setting"), STAGES)
def test_stage__is_the_first_that_holds(name, fields, setting):
    there = world(**setting)
    found = journey.STAGES[journey.stage(person(**fields), there)]
    assert found == name
    for number, wanted in enumerate(journey.STAGES):
        meant = journey.meant_for(person(**fields), number, there)
        assert meant == (number == 0 or wanted == name)


def test_stage__each_is_reached_and_named_as_levers_name_it():
    assert {name for name, *_ in STAGES} == set(journey.STAGES)
    assert journey.STAGES == ("prospect", "first_time", "repeat", "loyal", "advocate", "at_risk",
                              "lapsed")  # fmt: skip
    for name in ("all", *journey.STAGES[1:6]):
        there = offer({"service": {"surprise_stage": name, "proactive_stage": name}})
        number = 0 if name == "all" else journey.STAGES.index(name)
        assert there.surprise_stage == there.proactive_stage == number


# C8: ideas.


@FEW
@given(st.floats(0.0, 0.02), st.floats(0.0, 1.0), st.floats(0.0, 0.01))
def test_ideas__the_pool_settles_and_grows_with_what_is_read(submitted, cap, more):
    def settled(submitted: float, cap: float) -> float:
        pool = 0.0
        for _ in range(700):
            pool = ideas.pooled(pool, submitted, cap)
        return pool

    read = min(submitted, cap)
    pool = settled(submitted, cap)
    assert pool == pytest.approx(min(1.0, read / ideas.FULL) / 0.03, rel=1e-6)
    assert pool <= settled(submitted, cap + more) + 1e-9
    assert pool <= settled(submitted + more, cap) + 1e-9
    assert 0.0 <= pool <= 1.0 / 0.03 + 1e-9


@given(st.floats(0.0, 40.0), st.floats(0.0, 40.0), within("idea_gain"))
def test_ideas__improve_up_to_the_gain(pool, more, gain):
    there = world(idea_gain=gain)
    found = ideas.improvement(pool, there)
    assert found == pytest.approx(gain * (1.0 - math.exp(-pool / 12.0)))
    assert 0.0 <= found <= ideas.improvement(pool + more, there) <= gain
    assert ideas.improvement(0.0, there) == 0.0


@pytest.mark.parametrize("customers", [1000, 50_000])
def test_ideas__do_not_depend_on_how_many_customers_there_are(customers):
    levers = Levers.model_validate({"community": {"ideas": 0.05}})
    company, there = Company([(0, levers)], SMALL.market), world(usual_praise=0.01)
    base = company.plan(0, there).performance
    totals = Totals()
    none = dict.fromkeys(fields_of(Totals), 0)
    vars(totals).update(none, alive=customers, ideas=customers // 1000)
    for _ in range(36):
        company.learn(totals, there)
    assert company.pool == pytest.approx(0.5 / 0.03 * (1.0 - 0.97**36))
    better = company.plan(0, there).performance
    assert better == pytest.approx(base + 0.03 * (1.0 - math.exp(-company.pool / 12.0)))


def test_ideas__come_from_the_engaged_who_stand_behind_the_company():
    asked, there = offer({"community": {"ideas": 0.1}}), world(idea_rate=0.5)
    fan = {"rational": 0.8, "hedonic": 0.6, "engagement": 0.5, "satisfaction": 0.7, "trust": 0.6,
           "reputation": 0.5}  # fmt: skip
    for fields, chance in (
        (fan, 0.5 * 0.7 * 0.5),
        ({**fan, "engagement": 0.0}, 0.0),
        ({**fan, "satisfaction": 0.49}, 0.0),
        ({**fan, "trust": 0.39}, 0.0),
    ):
        heard = []
        for luck in GRID:
            customer = person(**fields)
            ideas.suggest(customer, asked, there, CALM._replace(idea=luck))
            heard.append(customer.ideas)
        assert np.mean(heard) == pytest.approx(chance, abs=1.01e-3)
    unasked = person(**fan)
    ideas.suggest(unasked, offer(), there, CALM._replace(idea=0.0))
    assert unasked.ideas == 0


# E12 and the mission: acts for a reward.


def test_acts__fact_28_ended_rewards_crowd_out_unpaid_praise_which_recovers():
    """15 % less at first, half of it back in six months; nothing while it is paid (Deci)."""
    there = world()
    paid, free = offer({"acts": {"sharing": 3.0}}), offer()
    happy = {"rational": 0.6, "hedonic": 0.6, "satisfaction": 0.8, "trust": 0.8, "engagement": 0.5}
    usual, _ = rates_of(talk.speak, person(**happy), free, there, CALM)
    customer = person(**happy)

    def month(company: Any) -> float:
        praise, _ = rates_of(talk.speak, customer, company, there, CALM)
        acts.act(customer, company, there, CALM)
        return praise / usual - 1.0

    assert [month(paid) for _ in range(4)] == [0.0] * 4
    after = [month(free) for _ in range(40)]
    assert after[0] == pytest.approx(-0.15)
    assert after[6] == pytest.approx(-0.075)
    assert after[12] == pytest.approx(-0.0375)
    assert (np.diff(after) > 0.0).all()
    assert -0.30 <= after[0] <= -0.05
    customer.crowding = 0.0
    month(offer({"referrals": {"reward": 5.0}}))
    assert month(free) == pytest.approx(-0.15)  # a referral reward is one, too


@given(unit, unit, unit, within("recognition_talk"), within("crowding_out"))
def test_acts__recognition_raises_unpaid_praise_paid_or_not(seen, tier, crowded, talk, out):
    there = world(recognition_talk=talk, crowding_out=out)
    levers = {"community": {"recognition": seen}, "points": {"tier_recognition": tier}}
    customer = person(crowding=crowded)
    factor = acts.unpaid(customer, offer({**levers, "acts": {"sharing": 3.0}}), there)
    assert factor == pytest.approx(1.0 + (talk - 1.0) * seen)
    free = acts.unpaid(customer, offer(levers), there)
    assert free == pytest.approx(factor * (1.0 - out * crowded))
    raised = acts.unpaid(person(tier=1), offer(levers), there)
    assert raised == pytest.approx(1.0 + (talk - 1.0) * max(seen, tier))
    assert acts.unpaid(person(), offer(), there) == 1.0


@given(st.floats(0.0, 1e4), st.floats(0.0, 1e4))
def test_acts__more_is_shared_for_more_up_to_a_most(reward, more):
    there = world()
    rate = acts.sharing_rate(reward, there)
    assert 0.0 <= rate <= acts.sharing_rate(reward + more, there) <= there.shared_most
    assert acts.sharing_rate(0.0, there) == 0.0
    assert acts.sharing_rate(there.shared_half, there) == pytest.approx(there.shared_most / 2.0)


def test_acts__are_not_done_by_the_dissatisfied_nor_unasked():
    paid, there = offer({"acts": {"sharing": 2.0, "newsletter": 1.0}}), world()
    for feeling, done in ((0.5, 0.05), (0.49, 0.0)):
        shared = []
        for luck in GRID:
            customer = person(satisfaction=feeling)
            acts.act(customer, paid, there, CALM._replace(share=luck))
            shared.append(customer.paid_praise)
        assert np.mean(shared) == pytest.approx(done, abs=1e-9)
    back = person(opted_out=1)
    acts.act(back, offer(), there, CALM._replace(subscribe=0.0, share=0.0))
    assert (back.opted_out, back.subscribed, back.paid_praise) == (1, 0, 0)
    acts.act(back, paid, there, CALM._replace(subscribe=0.0))
    assert (back.opted_out, back.subscribed) == (0, 1)


# B3, B4, B6: openness, breach, scandal.


@given(unit, unit, unit)
def test_openness__is_signed_and_zero_at_neutral(transparency, control, ethics):
    there = world()
    found = trust.openness(transparency, control, ethics, there)
    assert found == pytest.approx(0.008 * (transparency + control + ethics - 1.1) / 1.9)
    assert trust.openness(0.3, 0.3, 0.5, there) == 0.0
    assert trust.openness(1.0, 1.0, 1.0, there) == pytest.approx(there.trust_openness)
    customer, other = person(trust=0.5, trust_home=0.5), person(trust=0.5, trust_home=0.5)
    company = offer()
    company.unease = 0.0
    trust.update_trust(other, company, there)
    company.openness = found
    trust.update_trust(customer, company, there)
    if abs(found) > 1e-9:
        assert (customer.trust > other.trust) == (found > 0.0)


def test_breach__fact_8_openness_and_control_take_off_30_to_70_percent():
    there = world()
    bare = trust.breach(1.0, 0.0, 0.0, there)
    assert bare == 3.0
    assert trust.breach(1.0, 1.0, 1.0, there) == pytest.approx(bare * 0.36)
    assert 0.30 <= 1.0 - trust.breach(1.0, 1.0, 1.0, there) / bare <= 0.70
    usual = trust.breach(1.0, 0.3, 0.3, there)  # and so against neutral management
    assert 0.30 <= 1.0 - trust.breach(1.0, 1.0, 1.0, there) / usual <= 0.70
    lost = []
    for open_ in (0.0, 1.0):
        customer = person(trust=0.6, trust_home=0.6, shaken=trust.breach(1.0, open_, open_, there))
        company = offer()
        company.unease = 0.0
        trust.update_trust(customer, company, there)
        lost.append(0.6 - customer.trust)
    assert 0.30 <= 1.0 - lost[1] / lost[0] <= 0.70  # of what is felt, too


@given(unit, unit, unit, unit, within("breach_transparency"), within("breach_control"))
def test_breach__softens_with_openness(severity, more, transparency, control, by_tau, by_chi):
    there = world(breach_transparency=by_tau, breach_control=by_chi)
    found = trust.breach(severity, transparency, control, there)
    assert 0.0 <= found <= 3.0 * severity
    assert found >= trust.breach(severity, max(more, transparency), control, there)
    assert found >= trust.breach(severity, transparency, max(more, control), there)
    assert trust.breach(0.0, transparency, control, there) == 0.0


def struck(shocks: list[tuple[Shock, float]], month: int, **data: Any) -> Any:
    levers = Levers.model_validate({"data": data})
    return Company([(0, levers)], SMALL.market, shocks).plan(month, world())


def test_shocks__strike_in_their_month_only():
    breach = Shock(kind="breach", month=3, severity=0.5, share=0.4)
    scandal = Shock(kind="scandal", month=3, severity=0.5, share=0.2)
    for month in (2, 4):
        calm = struck([(breach, 0.5), (scandal, 0.5)], month)
        assert (calm.breach, calm.breached, calm.scandal, calm.scandalised) == (0.0,) * 4
        assert calm.uproar == 1.0
    hit = struck([(breach, 0.5)], 3)
    assert (hit.breached, hit.scandal, hit.scandalised, hit.uproar) == (0.4, 0.0, 0.0, 1.0)
    assert hit.breach == pytest.approx(1.5 * 0.88 * 0.88)
    told = struck([(scandal, 0.5)], 3)
    assert (told.breach, told.breached) == (0.0, 0.0)
    assert (told.scandal, told.scandalised, told.uproar) == (1.0, 0.2, 2.0)
    freed = [struck([(Shock(kind="portability", month=3), 0.5)], m).freed for m in range(8)]
    assert freed == [0, 0, 0, 1, 1, 1, 0, 0]


@given(unit, unit, unit, unit, unit, unit)
def test_shocks__of_one_month_add_up_and_strike_their_own_shares(one, two, loud, few, many, some):
    shocks = [
        Shock(kind="breach", month=0, severity=one, share=few),
        Shock(kind="scandal", month=0, severity=loud, share=some),
        Shock(kind="breach", month=0, severity=two, share=many),
        Shock(kind="scandal", month=0, severity=loud, share=some),
    ]
    both = struck([(shock, 0.5) for shock in shocks], 0)
    assert both.breach == pytest.approx(3.0 * (one + two) * 0.88 * 0.88)
    assert both.breached == max(few, many)
    assert both.scandal == pytest.approx(2.0 * 2.0 * loud)
    assert both.scandalised == some
    assert both.uproar == pytest.approx(1.0 + 2.0 * 2.0 * loud)


@given(unit, st.floats(0.001, 0.999))
def test_scandal__comes_about_by_ethics(ethics, luck):
    by_ethics = Shock(kind="scandal", month=0, by_ethics=True)
    found = struck([(by_ethics, luck)], 0, ethics=ethics)
    assert (found.scandal > 0.0) == (luck < 1.0 - ethics)
    assert struck([(Shock(kind="scandal", month=0), luck)], 0, ethics=ethics).scandal == 2.0


def test_shake__strikes_its_share():
    company = struck([(Shock(kind="breach", month=0, share=0.37), 0.5)], 0)
    shaken = []
    for luck in GRID:
        customer = person(shaken=0.25)
        trust.shake(customer, company, CALM._replace(struck=luck))
        shaken.append(customer.shaken)
    assert np.mean(np.array(shaken) > 0.25) == pytest.approx(0.37, abs=1e-9)
    assert max(shaken) == 0.25 + company.breach
    shocks = [Shock(kind="breach", month=0, share=0.4), Shock(kind="scandal", month=0, share=0.1)]
    company = struck([(shock, 0.5) for shock in shocks], 0)
    felt = []
    for luck in GRID:
        customer = person()
        trust.shake(customer, company, CALM._replace(struck=luck))
        felt.append(customer.shaken)
    hit = [0.0, company.breach, company.breach + company.scandal]
    assert [felt.count(pain) for pain in hit] == [600, 300, 100]
    calm = person()
    trust.shake(calm, offer(), CALM._replace(struck=0.0))
    assert calm.shaken == 0.0


@given(unit, within("spill_mild"), within("spill_severe"), within("spill_severe_from"), unit, unit)
def test_spill__unsettles_by_a_mild_breach_and_flatters_by_a_severe_one(
    severity, mild, severe, threshold, transparency, control
):
    """Of the distrust that a rival run as usual earns itself, whatever one's own openness."""
    there = world(spill_mild=mild, spill_severe=severe, spill_severe_from=threshold)
    theirs = 3.0 * severity * (1.0 - 0.4 * 0.3) * (1.0 - 0.4 * 0.3)
    expected = -severe * theirs if severity > threshold else mild * theirs
    assert trust.spill(severity, there) == pytest.approx(expected)
    levers = Levers.model_validate({"data": {"transparency": transparency, "control": control}})
    shocks = [(Shock(kind="rival_breach", month=2, severity=severity, share=0.4), 0.5)]
    company = Company([(0, levers)], SMALL.market, shocks)
    hit = company.plan(2, there)
    assert (hit.spill, hit.spilled) == (trust.spill(severity, there), 0.4)
    assert (hit.breach, hit.breached) == (0.0, 0.0)
    calm = company.plan(3, there)
    assert (calm.spill, calm.spilled) == (0.0, 0.0)


@given(unit, unit, unit)
def test_spill__moves_trust_its_way_within_bounds(severity, before, home):
    def after(shaken: float) -> float:
        customer = person(trust=before, trust_home=home, shaken=shaken)
        trust.update_trust(customer, offer(), world())
        return float(customer.trust)

    found, calm = trust.spill(severity, world()), after(0.0)
    moved = after(found)
    assert 0.0 <= moved <= 1.0
    assert moved >= calm if found < 0.0 else moved <= calm


def test_spill__of_a_rival_is_a_fifth_or_minus_a_tenth_of_an_own_breach():
    for severity, share in ((0.5, 0.2), (0.51, -0.1), (1.0, -0.1)):
        own = trust.breach(severity, 0.3, 0.3, world())
        assert trust.spill(severity, world()) / own == pytest.approx(share)
    struck_ = struck([(Shock(kind="rival_breach", month=0, severity=0.4, share=0.3), 0.5)], 0)
    shaken = []
    for luck in GRID:
        customer = person()
        trust.shake(customer, struck_, CALM._replace(struck=luck))
        shaken.append(customer.shaken)
    assert np.mean(np.array(shaken) > 0.0) == pytest.approx(0.3, abs=1e-9)


@given(unit, st.floats(0.0, 5.0), st.floats(0.0, 5.0))
def test_shaken__costs_trust_within_bounds(before, less, more):
    def after(shaken: float) -> float:
        customer = person(trust=before, trust_home=0.5, shaken=shaken)
        trust.update_trust(customer, offer(), world())
        return float(customer.trust)

    assert 0.0 <= after(max(less, more)) <= after(min(less, more)) <= 1.0


# F1, F2, F5, I12, I13, B6: who speaks.

CROSS = {"rational": 0.5, "hedonic": 0.7, "satisfaction": 0.3, "trust": 0.5, "engagement": 0.5}
HAPPY = {**CROSS, "satisfaction": 0.8, "trust": 0.8}


def said(levers: Any = None, there: Any = None, **fields: Any) -> tuple[float, float]:
    return rates_of(talk.speak, person(**fields), levers or offer(), there or world(), CALM)


def test_speak__hostages_and_the_disengaged_warn_more():
    usual = said(**CROSS)[1]
    assert usual == pytest.approx(1.2 * (0.02 + 1.5 * 0.04))
    held = {**CROSS, "trust": 0.34, "switching": 1.01}
    assert said(**held)[1] == pytest.approx(1.5 * usual)
    for free in ({"trust": 0.35}, {"switching": 1.0}):
        assert said(**{**held, **free})[1] == pytest.approx(usual)
    cold = {**CROSS, "trust": 0.34, "engagement": 0.19}
    assert said(**cold)[1] == pytest.approx(1.5 * usual)
    for warm in ({"trust": 0.35}, {"engagement": 0.2}):
        assert said(**{**cold, **warm})[1] == pytest.approx(usual)
    uproar = struck([(Shock(kind="scandal", month=0), 0.5)], 0)
    assert said(uproar, **CROSS)[1] == pytest.approx(3.0 * usual)
    assert said(uproar, **HAPPY) == said(**HAPPY)  # no words put into the mouths of the content


def test_speak__won_by_talk_praise_more_and_fit_better():
    """Than those won by marketing; who was there from the start is like the usual mixture."""
    there = world(usual_won=0.3)
    praised = [said(there=there, won_by_talk=won, **HAPPY)[0] for won in (-1, 0, 1)]
    assert praised[2] == pytest.approx(1.2 * praised[0])
    assert 0.7 * praised[0] + 0.3 * praised[2] == pytest.approx(praised[1])
    for won in (-1, 1):
        assert said(there=there, won_by_talk=won, **CROSS) == said(there=there, **CROSS)
    seen = []
    for won in (-1, 0, 1):
        customer = person(won_by_talk=won, expectation=0.7, calm=10)
        satisfaction.encounter(customer, offer(), there, MET)
        seen.append(customer.performance_sum)
    assert seen[2] - seen[0] == pytest.approx(0.03)
    assert seen[1] - seen[0] == pytest.approx(0.3 * 0.03)


@given(unit, within("won_match"), within("won_talk"))
def test_won__centred_on_the_usual_mixture(usual, match, more):
    there = world(usual_won=usual, won_match=match, won_talk=more)
    bought, told, old = (person(won_by_talk=won) for won in (-1, 1, 0))
    fits = [fit_of_won(customer, there) for customer in (bought, told)]
    assert (1.0 - usual) * fits[0] + usual * fits[1] == pytest.approx(0.0, abs=1e-15)
    assert fits[1] - fits[0] == pytest.approx(match)
    talks = [talk_of_won(customer, there) for customer in (bought, told)]
    assert (1.0 - usual) * talks[0] + usual * talks[1] == pytest.approx(1.0)
    assert talks[1] / talks[0] == pytest.approx(more)
    assert (fit_of_won(old, there), talk_of_won(old, there)) == (0.0, 1.0)


def test_speak__the_disengaged_post_twice_as_often():
    there, company = world(), offer()
    assert satisfaction.ill_will(person(trust=0.34, engagement=0.19), there) == 2.0
    assert satisfaction.ill_will(person(trust=0.34, engagement=0.2), there) == 1.0
    posts = []
    for cold in (0, 1):
        count = 0
        for luck in GRID:
            one = person(trust=0.3, engagement=0.19 if cold else 0.2, calm=10)
            met = MET._replace(failure=0.0, voice=luck)
            satisfaction.encounter(one, company, there, met)
            count += one.posts
        posts.append(count / 1000.0)
    assert posts == pytest.approx([there.post, 2.0 * there.post], abs=2e-3)


def test_linger__is_a_third_of_the_warnings_of_who_stays():
    there = world()
    usual = said(**CROSS)[1]
    _, after = rates_of(talk.linger, person(**CROSS), there, CALM)
    assert after == pytest.approx(usual / 3.0, rel=2e-3)
    assert rates_of(talk.linger, person(**HAPPY), there, CALM) == (0.0, 0.0)


@pytest.mark.parametrize("place", ["telecom", "apparel"])
def test_linger__lasts_six_months_and_no_more(place):
    """Of each who leaves: asked to warn in the six months after, then never again."""
    calls: dict[int, list[int]] = {}
    levers = {"service": {"performance": 0.1, "failure_factor": 5.0}}
    scenario = small(
        market={"renewal_months": 1, "leaving": {"a": 2.0, "b": 3.0, "period_months": 1}}
        | ({"setting": "noncontractual"} if place == "apparel" else {}),
        population={"size": 80, "customer_share": 1.0, "start": "cohort"},
        strategies={"bad": levers},
        mechanisms={"adoption": False},
        horizon=14,
    )
    start = begin(scenario, 0, RULES)
    month = [0]

    def heard(customer: Any, there: Any, luck: Any) -> None:
        talk.linger(customer, there, luck)
        calls.setdefault(customer.id, []).append(month[0])

    rules = RULES._replace(linger=heard)
    model = Model.at(start, "bad", scenario.strategies["bad"], rules)
    left: dict[int, int] = {}
    alive = {c.id for c in model.customers}
    for month[0] in range(14):
        model.step()
        now = {c.id for c in model.customers if c.alive == 1}
        left |= dict.fromkeys(alive - now, month[0])
        alive = now
    early = {i: m for i, m in left.items() if m <= 6}
    assert len(early) > 10
    for i, m in early.items():
        assert calls[i] == list(range(m + 1, m + 7))
    assert any(m > 6 for m in left.values()) or place == "apparel"
    assert set(calls) == {i for i, m in left.items() if m < 13}


# F9: defence.


def believed(customer: dict[str, Any], told: dict[str, Any], luck: HearLuck, **there: Any) -> float:
    listener = person(firm=0, belief=[0.5] * 8, **customer)
    what = type("What", (), dict.fromkeys(fields_of(Said), 0) | told)
    talk.hear(listener, what, 8, world(**there), luck)
    return float(listener.belief[0])


@given(unit, within("defence"))
def test_hear__the_engaged_resist_warnings_of_their_company(engagement, defence):
    luck = HearLuck(*[1.0 - 1e-9] * 4)
    lost = 0.5 - believed({"alive": 1, "engagement": engagement}, {"warnings": 1}, luck,
                          defence=defence)  # fmt: skip
    bare = 0.5 - believed({"alive": 1}, {"warnings": 1}, luck)
    assert lost == pytest.approx(bare * (1.0 - defence * engagement))
    stranger = 0.5 - believed({"alive": 0, "engagement": engagement}, {"warnings": 1}, luck)
    assert stranger == pytest.approx(4.0 * bare)  # a quarter about one's own company


@pytest.mark.parametrize("defenders", [0, 1, 2, 5])
def test_hear__defenders_nearby_cancel_posts(defenders):
    heard, private = [], []
    for luck in GRID:
        lucky = HearLuck(0.0, luck, luck, 0.0)
        fields = {"defenders_near": defenders}
        heard.append(believed(fields, {"posts": 1}, lucky, public_reach=4.0) < 0.5)
        private.append(believed(fields, {"warnings": 1}, lucky) < 0.5)
    assert np.mean(heard) == pytest.approx(0.5 * 0.8**defenders, abs=1.01e-3)
    assert np.mean(private) == pytest.approx(2.0 / 8.0, abs=1e-9)  # only what is public


def test_hear__paid_praise_is_believed_half():
    luck = HearLuck(*[1.0 - 1e-9] * 4)
    won, bought = (believed({}, {kind: 1}, luck) - 0.5 for kind in ("praise", "paid"))
    assert bought == pytest.approx(0.5 * won) and won > 0.0  # noqa: PT018


def test_defends__only_who_is_very_engaged():
    assert not talk.defends(person(engagement=0.75))
    assert talk.defends(person(engagement=0.7501))


# F6: opinion.


@given(st.floats(0.01, 100.0), st.floats(0.01, 100.0), st.floats(1.0, 10.0))
def test_opinion__has_constant_elasticities_within_bounds(volume, valence, more):
    there = world()
    found = opinion(volume, valence, there)
    loud, kind = (min(4.0, max(0.25, x)) for x in (volume, valence))
    assert found == pytest.approx(loud**0.236 * kind**0.417)
    assert found <= opinion(volume * more, valence, there) * (1.0 + 1e-12)
    assert found <= opinion(volume, valence * more, there) * (1.0 + 1e-12)
    assert 0.25**0.653 * (1 - 1e-9) <= found <= 4.0**0.653 * (1 + 1e-9)


def test_opinion__is_one_for_the_usual_talk_and_follows_what_is_said():
    there = world(usual_praise=0.09, usual_warnings=0.03)

    def after(praise: int, warnings: int, months: int) -> float:
        company = Company([(0, Levers())], SMALL.market)
        assert company.plan(0, there).opinion == 1.0
        totals = Totals()
        none = dict.fromkeys(fields_of(Totals), 0)
        vars(totals).update(none, alive=1000, praise=praise, warnings=warnings)
        for _ in range(months):
            company.learn(totals, there)
        return company.plan(0, there).opinion

    assert after(90, 30, 5) == pytest.approx(1.0)
    assert after(180, 60, 200) == pytest.approx(2.0**0.236)
    doubled = (180 / 210) / (90 / 120)
    assert after(180, 30, 200) == pytest.approx((210 / 120) ** 0.236 * doubled**0.417)
    assert 1.0 < after(180, 30, 3) < after(180, 30, 200)
    assert after(90, 60, 200) == pytest.approx((150 / 120) ** 0.236 * (0.6 / 0.75) ** 0.417)


# G2, G3, E8, I12, A3: leaving and the norm.


@given(st.integers(0, 600), st.integers(0, 600), within("inertia"), within("shield_rivals"))
def test_inertia__dulls_the_pull_of_rivals_by_half_at_most(tenure, longer, inertia, shield):
    there = world(inertia=inertia, shield_rivals=shield)

    def pull(months: int, member: int = 0) -> float:
        return leaving.pull_of_rivals(person(tenure=months, member=member), there)

    assert pull(0) == there.attraction
    assert pull(tenure) == pytest.approx(
        there.attraction * (1.0 - inertia * (1.0 - math.exp(-tenure / 24.0)))
    )
    assert pull(tenure + longer) <= pull(tenure)
    assert pull(tenure, 1) == pytest.approx((1.0 - shield) * pull(tenure))
    assert pull(10_000) >= there.attraction * (1.0 - inertia) - 1e-12


def test_hostage__leaves_when_freed():
    there = world(freed=1, exposure_norm=1.0)
    held = {"trust": 0.3, "switching": 1.5, "since_referral": 10**6}
    assert leaving.hazard_ratio(person(**held), there) == 1.5
    assert leaving.hazard_ratio(person(**{**held, "trust": 0.4}), there) == 1.0
    assert leaving.hazard_ratio(person(**held), world(freed=0, exposure_norm=1.0)) == 1.0
    mobile = person(**{**held, "switching": 0.0})
    for curvature, ratio in ((0.5, 1.5), (0.75, 1.0), (2.5, 1.0)):
        captive = world(freed=1, exposure_norm=1.0, curvature=curvature)
        assert leaving.hazard_ratio(mobile, captive) == ratio


@given(st.integers(0, 400), unit, within("norm_drift"))
def test_norm__follows_the_rivals(month, rivals, speed):
    there = world(rival_performance=rivals, usual_norm=0.7, norm_drift=speed)
    norm = 0.7
    for _ in range(month):
        norm += speed * (rivals - norm)
    assert norm_of(there, month) == pytest.approx(norm, abs=1e-9)
    assert min(0.7, rivals) - 1e-12 <= norm_of(there, month) <= max(0.7, rivals) + 1e-12
    assert norm_of(there, -month) == 0.7  # nothing of it before the start


# I1, I2, I4, C4: surprise, recognition, concierge, involvement.


def test_surprise__counts_half_within_six_months():
    there = world()
    company = offer({"service": {"surprise": there.encounter_rate}})

    def weight(gap: int) -> float:
        """Of a surprise so many months after another."""
        customer = person(since_surprise=10**6, alive=1)
        satisfaction.surprise(customer, company, there)
        for _ in range(gap):
            satisfaction.appraise(customer, company, there)
        before = customer.delight
        found = satisfaction.surprise(customer, company, there)
        assert customer.delight - before == found
        return float(found)

    assert [weight(gap) for gap in range(9)] == [0.5] * 6 + [1.0] * 3


def test_surprise__pleases_by_its_weight_and_not_after_a_failure():
    there = world(surprise_effect=0.1)
    company = offer({"service": {"surprise": 0.5}})
    seen = {}
    for case, fields, luck in (
        ("none", {}, 0.5), ("full", {"since_surprise": 9}, 0.49), ("again", {}, 0.49),
        ("failed", {"unrecovered": 1, "since_surprise": 9}, 0.0),
    ):  # fmt: skip
        customer = person(**fields)
        satisfaction.encounter(customer, company, there, MET._replace(surprise=luck))
        seen[case] = customer.performance_sum
    assert seen["full"] - seen["none"] == pytest.approx(0.1)
    assert seen["again"] - seen["none"] == pytest.approx(0.05)
    assert seen["failed"] == seen["none"]


def test_surprise__is_for_its_stage():
    company = offer({"service": {"surprise": 1.0, "surprise_stage": "loyal"}})
    newcomer, loyal = person(alive=1), person(alive=1, tenure=12, quiet=100)
    assert satisfaction.surprise(newcomer, company, world()) == 0.0
    assert newcomer.surprises == 0
    assert satisfaction.surprise(loyal, company, world()) > 0.0


def appraised(levers: dict[str, Any], **fields: Any) -> float:
    """Engagement after a month in which levers alone speak, less that without them."""
    there = world(satisfaction_bar=0.6, trust_bar=0.5)
    found = []
    for strategy in (levers, {}):
        usual = {"satisfaction": 0.6, "trust": 0.5, "engagement": 0.5, "engagement_home": 0.5,
                 "rational": 0.6, "hedonic": 0.5}  # fmt: skip
        customer = person(**{**usual, **fields})
        engaging.engage(customer, offer(strategy), there)
        found.append(customer.engagement)
    return float(found[0] - found[1])


@given(unit)
def test_recognition__is_worth_less_the_more_get_it(share):
    gained = appraised({"community": {"recognition": share}})
    assert gained >= 0.0
    assert gained == pytest.approx(appraised({"community": {"recognition": 1.0 - share}}))
    assert gained <= appraised({"community": {"recognition": 0.5}}) + 1e-15
    assert appraised({"community": {"recognition": 1.0}}) == 0.0  # everybody is nobody
    assert appraised({"community": {"recognition": share}}, engagement=0.0,
                     engagement_home=0.0) == 0.0  # fmt: skip


def test_neutral__no_lever_moves_engagement():
    assert appraised({}) == 0.0
    still = person(satisfaction=0.6, trust=0.5, engagement=0.5, engagement_home=0.5,
                   rational=0.6, hedonic=0.5)  # fmt: skip
    engaging.engage(still, offer(), world(satisfaction_bar=0.6, trust_bar=0.5))
    assert still.engagement == pytest.approx(0.5, abs=1e-15)


@given(unit, unit, unit, within("concierge_effect"))
def test_concierge__eases_and_keeps_company(share, effort, human, effect):
    there = world(concierge_effect=effect)
    company = offer({"service": {"concierge": share, "effort": effort, "human": human}})
    served = effort + effect * (0.1 - effort)
    assert satisfaction.effort_of_contacts(company, there) == pytest.approx(
        (1.0 - share) * effort + share * served
    )
    assert satisfaction.company_in_contacts(company, there) == pytest.approx(
        human + share * effect * (1.0 - human)
    )
    assert -1e-12 <= satisfaction.company_in_contacts(company, there) <= 1.0 + 1e-12
    plain = offer({"service": {"effort": effort, "human": human}})
    assert satisfaction.effort_of_contacts(plain, there) == effort
    assert satisfaction.company_in_contacts(plain, there) == human


def test_concierge__recovers_more_and_costs_four_times():
    there, company = world(), offer({"service": {"concierge": 0.3, "recovery": 0.5}})
    recovered = {}
    for served, luck in ((True, 0.29), (False, 0.31)):
        count = 0
        for u in GRID:
            customer = person(calm=10)
            met = MET._replace(failure=0.0, recovery=u, concierge=luck)
            satisfaction.encounter(customer, company, there, met)
            count += 1 - customer.unrecovered
        recovered[served] = count / 1000.0
    assert recovered == {True: pytest.approx(0.7), False: pytest.approx(0.5)}
    plain = offer()
    assert offer({"service": {"concierge": 1.0}}).encounter_cost == 4 * plain.encounter_cost
    assert company.encounter_cost == pytest.approx(1.9 * plain.encounter_cost)


def test_involvement__off_makes_categories_and_people_alike():
    off = begin(small(mechanisms={"involvement": False}), 0, RULES).people
    on = begin(small(), 0, RULES).people
    assert set(off["rational"]) == set(off["hedonic"]) == {0.5}
    assert on["rational"].std() > 0.05
    assert on["rational"].mean() > on["hedonic"].mean()
    assert involvement.involvement(person(rational=0.2, hedonic=0.8)) == 0.5
