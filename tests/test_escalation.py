"""The path from a search to an expert's appointment (I5): each step, and what is refused."""

import itertools
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from engagesim.agents.rules.buying import buy
from engagesim.agents.rules.engagement import engage
from engagesim.agents.rules.escalation import escalate, hurts, next_step, visit
from engagesim.agents.rules.satisfaction import appraise
from engagesim.agents.rules.trust import update_trust
from engagesim.sim.value import appointments, repeated

from .cases import market, offer, person, small, world
from .test_operations import months

EXPERTS = {"service": {"experts": 1.0, "self_service": 0.6}}
GRID = (np.arange(20_000) + 0.5) / 20_000


def luck(**draws: float) -> Any:
    return SimpleNamespace(**draws)


@pytest.mark.parametrize("effort", [0.0, 0.4, 1.0])
def test_escalate__each_step_has_half_the_ease(effort):
    """Chat s p, appointment s p^3, with p = .5 (1 - e) and s the share who search."""
    there = world()
    made = offer({"service": {**EXPERTS["service"], "effort": effort}})
    step = 0.5 * (1.0 - effort)
    assert next_step(made, there) == pytest.approx(step)
    chats = asked = 0.0
    for u in GRID.tolist():
        customer = SimpleNamespace(returning=0, seeking=0)
        escalate(customer, made, there, luck(step=u))
        chats += customer.returning / len(GRID)
        asked += customer.seeking / len(GRID)
    assert chats == pytest.approx(0.6 * step, abs=1e-4)
    assert asked == pytest.approx(0.6 * step**3, abs=1e-4)


@pytest.mark.parametrize(
    ("booking", "drawn", "advice", "met"),
    [(0.3, 0.2, 0.1, (1, 1, 0)), (0.3, 0.2, 0.2, (1, 0, 0)), (0.3, 0.4, 0.1, (0, 0, 1))],
)
def test_visit__takes_place_or_is_refused(booking, drawn, advice, met):
    customer, made = person(seeking=1), offer(EXPERTS)
    made.booking = booking
    visit(customer, made, world(appointment_sale=0.15), luck(booking=drawn, advice=advice))
    assert (customer.consulted, customer.advised, customer.refused) == met
    assert customer.seeking == 0
    idle = person()
    visit(idle, made, world(), luck(booking=drawn, advice=advice))
    assert (idle.consulted, idle.advised, idle.refused) == (0, 0, 0)


@pytest.mark.parametrize("place", ["telecom", "apparel"])
def test_visit__adds_its_probability_of_a_purchase(place):
    """One purchase more by the month, or a bill with the discretionary share once more."""
    there = world(small(market=market(place)))
    drawn = luck(purchases=0.99, lapse=0.01, amount=0.5)
    bought = []
    for advised in (0, 1):
        customer = person(advised=advised, basket=40.0, rate=1.0, propensity=0.01, tenure=5,
                          since_referral=1000, propensity_odds=-4.6)  # fmt: skip
        buy(customer, offer(EXPERTS), there, drawn)
        bought.append((customer.purchases, customer.spend / 1e6, customer.lapsing))
    more = bought[1][0] - bought[0][0]
    if place == "telecom":
        assert more == 0
        assert bought[1][1] - bought[0][1] == pytest.approx(40.0 * there.discretionary, abs=1e-5)
    else:
        assert more == 1
    assert bought[0][2] == bought[1][2]  # and is no occasion to drop out


def test_refused__hurts_half_as_much_as_a_failure_not_made_good():
    """In trust and engagement by half the pull, in resentment by half the level (unrec * .5)."""
    there = world()
    for refused, unrecovered, pull in ((0, 0, 0.0), (1, 0, 0.5), (0, 1, 1.0), (1, 1, 1.5)):
        assert hurts(person(refused=refused, unrecovered=unrecovered)) == pull
    states = []
    for refused, failed in ((0, 0), (1, 0), (0, 1)):
        customer = person(trust=0.6, trust_home=0.5, engagement=0.5, engagement_home=0.5,
                          refused=refused, unrecovered=failed, failures=failed)  # fmt: skip
        appraise(customer, offer(), there)
        update_trust(customer, offer(), there)
        engage(customer, offer(), there)
        states.append((customer.trust, customer.engagement, 1.0 - customer.resentment))
    for none, some, whole in zip(*states, strict=True):
        assert none > some > whole


def test_experts__few_refuse_what_many_take_on():
    """Requests of a month are met or refused in the next; appointments stay within the capacity."""

    def path(experts: float) -> Any:
        place = market("apparel", encounters=4.0)
        return months({"service": {"experts": experts, "self_service": 0.9, "effort": 0.1}}, 14,
                      place)  # fmt: skip

    few, many = path(0.05), path(50.0)
    for course in (few, many):
        asked = [m.totals.requests for m in course.months]
        answered = [m.totals.consulted + m.totals.refused for m in course.months]
        for before, now in zip(asked, answered[1:], strict=False):
            assert before - 12 <= now <= before  # a few of them have left unnoticed since
        assert min(asked) > 20
    assert sum(m.totals.refused for m in many.months) == 0
    for earlier, month in itertools.pairwise(few.months):
        room = 0.05 / 1000 * 200 * earlier.totals.listed
        assert month.totals.consulted <= room + 4.0 * np.sqrt(room)
    assert sum(m.totals.refused for m in few.months) > sum(m.totals.consulted for m in few.months)


def test_experts__are_paid_for_and_so_is_each_appointment():
    course = months({"service": {"experts": 2.0, "expert_price": 500.0, "appointment_price": 7.0}})
    held = 0
    for month in course.months:
        held += month.totals.appointments
        expected = month.totals.served * 1_000_000 + month.totals.appointments * 7_000_000
        assert month.movement["experts"] == expected
    assert held > 0


@pytest.mark.parametrize("place", ["telecom", "apparel"])
def test_remainder__counts_what_comes_back_and_who_is_seen(place):
    """Contacts and appointments expected of the base are what its last months came to, within 5
    standard errors of a Poisson count."""
    service = {"experts": 50.0, "resolution": 0.2, "self_service": 0.9, "effort": 0.2}
    course = months({"service": service}, 12, market(place, encounters=4.0, failure=0.2))
    people, there, made = course.engine.columns(), course.world, course.company.offer
    alive = people["alive"] == 1
    expected = np.array([
        there.encounter_rate * repeated(people, made, there)[alive].sum(),
        appointments(people, made, there)[alive].sum(),
    ])  # fmt: skip
    last = [m.totals for m in course.months[-4:]]
    found = np.array([np.mean([getattr(t, n) for t in last]) for n in ("arrived", "consulted")])
    print(f"\nexpected {expected}, found {found}")
    assert (np.abs(found - expected) < 5.0 * np.sqrt(expected / 4.0) + 0.02 * expected).all()
