"""Money becomes experience (2H): the response, what it costs, and the margin that is put back."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagesim.agents.company import Company
from engagesim.agents.experience import ASPECTS, risen, settled, spending
from engagesim.agents.rules import contact, signals
from engagesim.agents.rules.investing import attainable, towards
from engagesim.scenarios.levers import Levers, Strategy
from engagesim.scenarios.scenario import Scenario
from engagesim.sim.course import Course, margin_of, neutral_margin
from engagesim.sim.kernel import CompiledPeople
from engagesim.sim.metrics import invested_of
from engagesim.sim.run import Run, Start, begin, run

from .cases import RULES, differing, market, person, small, world

SMALL = small()
EVENLY = dict.fromkeys(ASPECTS, 0.005)
SPLIT = {"quality": 0.25, "reliability": 0.25, "effort": 0.5}
RESPONSES = {
    "quality": (0.08, 0.03, 6.0),
    "reliability": (0.5, 0.015, 3.0),
    "recovery": (0.35, 0.01, 2.0),
    "effort": (0.2, 0.015, 3.0),
    "relevance": (0.4, 0.007, 3.0),
    "community": (0.5, 0.01, 9.0),
}
"""Gain, scale (share of revenue) and lag (months), as the evidence has them (H1-H6)."""
NOTHING = {f"{aspect}_gain": 0.0 for aspect in ASPECTS}


def company(**levers: Any) -> Company:
    return Company([(0, Levers.model_validate(levers))], SMALL.market)


def lively(name: str = "telecom", people: int = 400, **levers: Any) -> Scenario:
    """A market of contracts that end monthly, or of buyers, with one strategy, `tried`."""
    place = market(name, renewal_months=1, encounters=2.0)
    return small(
        market=place,
        population={"size": people, "customer_share": 0.6, "start": "base"},
        network={"kind": "small_world", "degree": 6},
        strategies={"tried": Strategy.model_validate(levers)},
        horizon=24,
    )


def tried(start: Start, **levers: Any) -> Run:
    return run(start, "tried", Strategy.model_validate(levers), RULES)


# The response.


def test_attainable__closed_form():
    assert attainable(0.0, 0.5, 0.01) == 0.0
    assert attainable(0.02, 0.5, 0.01) == pytest.approx(0.5 * (1.0 - math.exp(-2.0)))
    assert attainable(10.0, 0.5, 0.01) == pytest.approx(0.5)
    assert attainable(0.3, 0.0, 0.01) == 0.0


def test_responses__are_those_of_the_evidence():
    """Each aspect by its own three numbers: spending its scale, for one month, for three."""
    there = world()
    for aspect, (gain, scale, lag) in RESPONSES.items():
        spent = {**dict.fromkeys(ASPECTS, 0.0), aspect: scale}
        target = gain * (1.0 - math.exp(-1.0))
        levels = dict.fromkeys(ASPECTS, 0.0)
        for months in (1, 2, 3):
            levels = risen(levels, spent, there)
            assert levels.pop(aspect) == pytest.approx(target * (1.0 - (1.0 - 1.0 / lag) ** months))
            assert not any(levels.values())
            levels = {**levels, aspect: target * (1.0 - (1.0 - 1.0 / lag) ** months)}
        assert settled(spent, there)[aspect] == pytest.approx(target)


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.floats(1.0, 18.0))
def test_towards__moves_both_ways_and_never_past(level: float, target: float, lag: float) -> None:
    after = towards(level, target, lag)
    assert min(level, target) - 1e-12 <= after <= max(level, target) + 1e-12
    assert (after - level) * (target - level) >= 0.0


def test_company__learns_by_the_month_and_forgets_again():
    """Six months of spending, then none: the offer rises with the lag, and falls with it."""
    there = world()
    steps = [(0, Levers.model_validate({"invest": EVENLY})), (6, Levers())]
    one = Company(steps, SMALL.market)
    seen = []
    for month in range(12):
        seen.append(vars(one.plan(month, there)).copy())
        one.learn(person_totals(), there)
    neutral = vars(company().plan(0, there))
    assert {k: seen[0][k] for k in FELT} == {k: neutral[k] for k in FELT}  # the first month's money
    for aspect, field in FELT_BY.items():
        gain, scale, lag = RESPONSES[aspect]
        target = gain * (1.0 - math.exp(-0.005 / scale))
        up = target * (1.0 - (1.0 - 1.0 / lag) ** 6)
        down = up * (1.0 - 1.0 / lag) ** 5
        for month, rise in ((6, up), (11, down)):
            assert seen[month][field] == pytest.approx(raised(aspect, neutral[field], rise))


FELT_BY = {
    "quality": "performance", "reliability": "failure", "recovery": "recovery", "effort": "effort",
    "relevance": "relevance_known", "community": "community",
}  # fmt: skip
FELT = tuple(FELT_BY.values())


def raised(aspect: str, level: float, rise: float) -> float:
    """A level that has risen: failures by a share of what they were, effort downwards."""
    if aspect == "reliability":
        return level * (1.0 - rise)
    return level - rise if aspect == "effort" else level + rise


def person_totals() -> Any:
    from engagesim.agents.state import Totals, fields

    totals = Totals()
    vars(totals).update(dict.fromkeys(fields(Totals), 0), alive=1)
    return totals


def test_offer__stays_within_what_it_may_be():
    """At the ends of the levers and of the gains, in a company that has spent for long."""
    there = world(quality_gain=0.15, reliability_gain=0.8, recovery_gain=0.5, effort_gain=0.3,
                  relevance_gain=0.6, community_gain=0.8)  # fmt: skip
    levers = Levers.model_validate(
        {
            "invest": dict.fromkeys(ASPECTS, 1.0),
            "service": {"performance": 1.0, "recovery": 1.0, "effort": 0.0},
            "marketing": {"relevance": 1.0},
            "community": {"capacity": 1.0},
        }
    )
    offer = Company([(-1, levers)], SMALL.market).plan(0, there)
    assert (offer.performance, offer.recovery, offer.effort) == (1.0, 1.0, 0.0)
    assert (offer.relevance_known, offer.community) == (1.0, 1.0)
    assert offer.failure == pytest.approx(0.2 * SMALL.market.failure)


def test_before_month_0__spending_has_had_its_effect():
    """A baseline that spends has what it pays for; one who begins has it yet to come."""
    there = world()
    levers = Levers.model_validate({"invest": EVENLY})
    old, new = (Company([(first, levers)], SMALL.market) for first in (-1, 0))
    old.plan(0, there)
    new.plan(0, there)
    assert old.levels == settled(spending(levers, 0.0), there)
    assert new.levels == dict.fromkeys(ASPECTS, 0.0)


# Whom relevance is for.


@pytest.mark.parametrize(
    ("contractual", "member", "known"), [(1, 0, True), (0, 1, True), (0, 0, False)]
)
def test_relevance__is_for_those_who_can_be_told_apart(contractual, member, known):
    """What it is worth to engagement, how many messages are borne, and how they are taken."""
    there = world(contractual=contractual)
    levers = Levers.model_validate({"invest": {"relevance": 0.02}, "marketing": {"messages": 12.0}})
    offer = Company([(-1, levers)], SMALL.market).plan(0, there)
    plain = company(marketing={"messages": 12.0}).plan(0, there)
    customer = person(member=member)
    assert signals.relevance(customer, plain, there) == 0.3
    more = 0.3 + 0.4 * (1.0 - math.exp(-0.02 / 0.007))
    assert signals.relevance(customer, offer, there) == pytest.approx(more if known else 0.3)
    felt = contact.overload(customer, offer, there), contact.response(customer, offer, there)
    usual = contact.overload(customer, plain, there), contact.response(customer, plain, there)
    assert (felt[0] < usual[0], felt[1] > usual[1]) == (known, known)
    assert known or felt == usual


# What it costs.


@pytest.mark.parametrize("name", ["telecom", "apparel"])
def test_spending__is_booked_where_it_belongs(name):
    """Without response the lives are the same, and the books differ by the money alone."""
    scenario = lively(name)
    world_of_nothing = begin(scenario, 0, RULES)
    vars(world_of_nothing.neutral.world).update(NOTHING)
    idle = tried(world_of_nothing)
    spent = tried(world_of_nothing, invest={"quality": 0.02, "relevance": 0.01, "community": 0.005})
    fields = [d for d in differing(idle, spent) if d.startswith("people")]
    assert fields == ["people.contribution", "people.value"]
    revenue = scenario.market.monthly_revenue
    served = run_months(world_of_nothing, invest={"quality": 0.02})[0]
    for account, share in (("service", 0.02), ("marketing", 0.01), ("community", 0.005)):
        more = by_account(spent, account) - by_account(idle, account)
        assert more == pytest.approx(served * share * revenue, abs=1e-6 * served.sum())
    for account in ("data", "rewards", "revenue", "goods", "acquisition"):
        assert (by_account(spent, account) == by_account(idle, account)).all()
    assert spent.curves["invested"].to_numpy() == pytest.approx(served * 0.035 * revenue, rel=1e-5)
    assert (spent.curves["reinvested"] == 0.0).all()
    less = idle.summary["equity"] - spent.summary["equity"]
    months = spent.summary["served"]  # of customers, discounted, those after the horizon too
    assert less == pytest.approx(months * 0.035 * revenue, rel=1e-4)
    assert spent.costs == pytest.approx(idle.costs)  # no factor on a price is a factor on this


def by_account(one: Run, account: str) -> Any:
    frame = one.ledger
    return frame[frame["account"] == account]["amount"].to_numpy()


def run_months(start: Start, usual: Any = None, **levers: Any) -> tuple[Any, list[Any]]:
    """The customers served each month, and the months."""
    engine = CompiledPeople(start.people.copy(), start.ties, start.key, start.neutral.world, RULES)
    course = Course(start, "tried", Strategy.model_validate(levers), engine, RULES, usual)
    months = [course.step() for _ in range(start.scenario.horizon)]
    return np.array([month.totals.served for month in months]), months


# The margin put back.


@pytest.fixture(scope="module")
def start() -> Start:
    return begin(lively(), 0, RULES)


def test_flywheel__alone_under_neutral_management_does_nothing(start: Start) -> None:
    """There is no extra margin, to the last bit: nothing is spent, nobody lives otherwise."""
    assert differing(tried(start), tried(start, flywheel={"reinvested": 0.5, **SPLIT})) == []


@pytest.mark.parametrize("performance", [0.9, 0.4])
def test_flywheel__spends_a_share_of_last_months_extra_margin(
    start: Start, performance: float
) -> None:
    """By the books, month by month, for the customers who were on them; never below zero."""
    levers = {
        "service": {"performance": performance},
        "invest": {"recovery": 0.01},
        "flywheel": {"reinvested": 0.4, **SPLIT},
    }
    usual = neutral_margin(start, RULES)
    served, months = run_months(start, **levers)
    assert run_months(start, usual, **levers)[1][-1].movement == months[-1].movement
    extra = [margin_of(month) - u for month, u in zip(months, usual, strict=True)]
    assert [margin_of(m) - m.profit for m in months] == [invested_of(m) for m in months]
    paid = [month.offer.reinvested for month in months]
    assert paid[0] == 0
    assert paid[1:] == [
        int(0.4 * max(0, more) / month.totals.listed + 0.5)
        for more, month in zip(extra[:-1], months[:-1], strict=True)
    ]
    assert max(extra) > 0 if performance > 0.7 else min(extra) < 0
    lived = tried(start, **levers)
    expected = served * np.array(paid) / 1e6
    assert lived.curves["reinvested"].to_numpy() == pytest.approx(expected)
    by_plan = served * 0.01 * start.scenario.market.monthly_revenue
    assert lived.curves["invested"].to_numpy() == pytest.approx(expected + by_plan, abs=1e-2)


def test_flywheel__raises_what_it_pays_for(start: Start) -> None:
    """Quality up, failures and effort down, nothing else; more so the more is put back."""
    base = {"service": {"performance": 0.9, "budget": 0.0}}
    offers = [
        run_months(start, **base, flywheel={"reinvested": share, **SPLIT})[1][-1].offer
        for share in (0.0, 0.3, 0.9)
    ]
    for field, sign in (("performance", 1.0), ("failure", -1.0), ("effort", -1.0)):
        values = [sign * getattr(offer, field) for offer in offers]
        assert values == sorted(values)
        assert values[0] < values[2]
    for field in ("recovery", "relevance_known", "community"):
        assert len({getattr(offer, field) for offer in offers}) == 1
