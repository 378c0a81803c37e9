"""The books: identities that hold, that catch what is wrong, and money that is counted once."""

import copy
import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engagesim.agents.offering import micro, offer_of
from engagesim.agents.rules import Rules
from engagesim.agents.rules.points import void
from engagesim.agents.state import LOTS, Offer, Person, Totals, World, fields
from engagesim.scenarios.levers import DEPARTMENTS, SAVING, Levers, Strategy
from engagesim.scenarios.market import Market
from engagesim.sim.calibration import Neutral, calibrate, name_rivals
from engagesim.sim.course import Course
from engagesim.sim.doubt import draw
from engagesim.sim.identities import Broken, identities, verify
from engagesim.sim.kernel import CompiledPeople
from engagesim.sim.ledger import ACCOUNTS, MICRO, OWN, RESULTS, Books, Month, post
from engagesim.sim.run import begin, run
from engagesim.sim.world import world_of

from .cases import RICH, rivals, with_tiers_on_points
from .published import APPAREL, BREAK_EVEN, MARKETS, TELECOM, scenario_of

MONTHS = 24


@functools.cache
def neutral_of(market: str) -> Neutral:
    """A calibrated market, shared: the books do not care how well it is calibrated."""
    scenario = scenario_of(MARKETS[market], MONTHS, {"size": 100, "customer_share": 1.0})
    return calibrate(scenario, draw(scenario, 0), Rules())


def course_of(market: str, strategy: Strategy, **others: Any) -> Course:
    """The course of a strategy in a small market, its books verified each month."""
    population = others.pop("population", {"size": 300, "customer_share": 0.5})
    known = {**MARKETS[market].model_dump(), "rivals": others.pop("rivals", ())}
    scenario = scenario_of(
        Market.model_validate(known),
        MONTHS,
        population,
        strategies={"x": strategy},
        checks=True,
        **others,
    )
    neutral = neutral_of(market)
    world = World(**vars(neutral.world))
    name_rivals(world, scenario)
    start = begin(scenario, 0, Rules(), neutral._replace(world=world))
    engine = CompiledPeople(start.people.copy(), start.ties, start.key, world, Rules())
    return Course(start, "x", strategy, engine)


def share(most: float = 1.0) -> Any:
    return st.floats(0.0, most)


LEVERS: dict[str, Any] = {
    "points.earn": share(0.5),
    "points.goal": st.floats(0.1, 6.0),
    "points.unit_cost": share(2.0),
    "points.expected_breakage": share(),
    "points.expiry_months": st.integers(4, 12),
    "points.inactivity_months": st.integers(1, 12),
    "points.welcome": share(),
    "points.closing_months": st.integers(0, 4),
    "points.endowed": share(),
    "points.tiers": st.lists(st.floats(0.1, 20.0), max_size=5, unique=True).map(sorted),
    "points.tier_bonus": share(2.0),
    "points.automatic": st.booleans(),
    "points.admin_budget": share(),
    "points.better_rewards": st.sampled_from(
        [[], [{"goal": 6.5, "worth": 1.0}, {"goal": 9.0, "worth": 3.0}]]
    ),
    "points.payout": st.booleans(),
    "points.experience_cost": share(2.0),
    "membership.fee": share(20.0),
    "membership.fee_months": st.integers(1, 12),
    "membership.discount": st.floats(0.01, 0.9),
    "offer.price": st.floats(0.5, 1.5),
    "offer.discount": share(0.9),
    "service.failure_factor": share(5.0),
    "service.recovery": share(),
    "service.recovery_price": share(20.0),
    "service.surprise": share(5.0),
    "service.surprise_price": share(20.0),
    "service.surprise_stage": st.sampled_from(["all", "repeat", "loyal", "at_risk"]),
    "service.proactive": share(),
    "service.proactive_price": share(20.0),
    "service.concierge": share(),
    "service.concierge_factor": st.floats(1.0, 20.0),
    "service.staff": st.sampled_from([0.02, 0.1, 0.3, 2.0]),
    "service.resolution": share(),
    "service.experts": share(2.0),
    "service.staff_price": share(5000.0),
    "service.expert_price": share(5000.0),
    "service.appointment_price": share(50.0),
    "service.budget": share(),
    "invest.quality": share(),
    "invest.relevance": share(),
    "invest.community": share(),
    "marketing.messages": share(100.0),
    "marketing.timing": share(),
    "marketing.coupon": share(0.9),
    "marketing.acquisition": share(100.0),
    "marketing.message_price": share(1.0),
    "marketing.save.discount": share(0.9),
    "marketing.save.months": st.integers(1, 36),
    "marketing.save.price": share(20.0),
    "marketing.winback.months": st.integers(0, 36),
    "marketing.winback.discount": share(0.9),
    "marketing.winback.price_months": st.integers(1, 36),
    "marketing.winback.price": share(20.0),
    "community.capacity": share(),
    "community.pressure": share(),
    "community.ideas": share(),
    "community.idea_price": share(50.0),
    "community.ambassadors": share(0.05),
    "community.ambassador_price": share(50.0),
    "community.ambassador_pay": share(50.0),
    "community.budget": share(),
    "data.depth": share(),
    "data.budget": share(),
    "data.listening": share(),
    "referrals.reward": share(50.0),
    "acts.sharing": share(20.0),
    "acts.newsletter": share(20.0),
    "fixed_cost": share(1e3),
    "budget_year": st.floats(1.2e4, 2e4),  # not far above the dearest fixed costs
    "departments": st.lists(st.sampled_from(list(DEPARTMENTS)), unique=True, min_size=4),
}


@st.composite
def strategies(draw: Any, contracts: bool) -> Strategy:
    """Any programme, with any changes while it runs; where there are `contracts`, offers may be
    made to those about to leave."""
    allowed = sorted(name for name in LEVERS if contracts or name != SAVING)

    def some(least: int) -> dict[str, Any]:
        names = draw(st.lists(st.sampled_from(allowed), min_size=least, unique=True))
        return {name: draw(LEVERS[name]) for name in names}

    def consistent(levers: dict[str, Any]) -> dict[str, Any]:
        if levers.get("membership.fee"):
            levers = {"membership.discount": 0.05, **levers}
        if not {"points.earn", "points.tiers"} & levers.keys():
            return levers
        inside = {"tiers": levers.get("points.tiers", []), "earn": levers.get("points.earn", 0.0)}
        inside = with_tiers_on_points(inside)
        return {**levers, **{f"points.{name}": value for name, value in inside.items()}}

    often = {"points.earn": draw(share(0.5))}
    if contracts:  # few come to a renewal, and fewer take what is offered
        often[SAVING] = draw(share(0.9))
    first = consistent({**often, **some(42)})
    later = draw(st.lists(st.integers(1, MONTHS - 1), max_size=3))
    changes = [(0, first), *((month, consistent(some(1))) for month in later)]
    return Strategy.model_validate({"changes": [{"month": m, "set": new} for m, new in changes]})


@pytest.mark.parametrize("least", [4000, pytest.param(20_000, marks=pytest.mark.proof)])
def test_identities__hold_whatever_the_programme(least):
    """Generated months of companies, some among rivals: a violation raises Broken, in words."""
    flows = (
        "issued",
        "expired",
        "reward_cost",
        "fees",
        "member_discounts",
        "referrals",
        "acts",
        "ideas",
        "ambassadors",
        "approaches",
        "offers",
        "kept",
        "addressed",
        "won_back",
        "returned",
        "backlog",
        "dropped",
        "consulted",
        "refused",
    )
    closed = dict.fromkeys(("months", "paused", "revalued", "ideas read", *flows), 0)

    @settings(max_examples=least // 50)
    @given(
        market=st.sampled_from(sorted(MARKETS)),
        others=rivals(0.4, MONTHS),
        data=st.data(),
        population=st.fixed_dictionaries(
            {
                "size": st.integers(1, 200),
                "customer_share": share(0.6),
                "start": st.sampled_from(["cohort", "base"]),
            }
        ),
        number=st.integers(0, 2**32 - 1),
    )
    def months(market: str, others: Any, data: Any, population: Any, number: int) -> None:
        strategy = data.draw(strategies(MARKETS[market].setting == "contractual"))
        course = course_of(market, strategy, population=population, seed=number, rivals=others)
        rate = 0
        for _ in range(MONTHS):
            month = course.step()
            closed["months"] += len(course.desks)
            closed["paused"] += month.offer.paused
            closed["ideas read"] += month.movement["ideas"]
            for flow in flows:
                closed[flow] += getattr(month.totals, flow)
            closed["revalued"] += course.books.points > 0 and month.offer.point_liability != rate
            rate = month.offer.point_liability

    months()
    print(f"\n0 violations: {closed}")
    assert closed["months"] >= least
    never = [flow for flow, count in closed.items() if count == 0]
    assert len(never) <= (0 if least > 10_000 else 3), never  # some are rare


class Close(NamedTuple):
    """A closed month with everything that an identity looks at, free to be spoilt."""

    books: Books
    month: Month
    people: Any

    def held(self) -> Any:
        return np.flatnonzero((self.people["points"] > 0).any(axis=1))[0]

    def prospect(self) -> Any:
        return np.flatnonzero(self.people["firm"] < 0)[0]

    def customer(self) -> Any:
        both = (self.people["alive"] == 1) & (self.people["listed"] == 1)
        return np.flatnonzero(both)[0]

    def add(self, name: str, who: Any, amount: Any) -> None:
        self.people[name][who] += amount

    def shift(self, account: str, other: str) -> None:
        self.books.balance[account] += 1
        self.books.balance[other] -= 1


def spoil_prospect(close: Close) -> None:
    lot = np.argmax(close.people["points"][close.held()])
    close.add("points", (close.held(), lot), -1)
    close.add("points", (close.prospect(), 0), 1)


def spoil_lots(close: Close) -> None:
    held = close.people["points"][close.held()].sum()
    close.people["points"][close.held()] = [held + 1, -1] + [0] * (LOTS - 2)


def spoil_balance(close: Close) -> None:
    close.books.balance["cash"] += 1


def spoil_points(close: Close) -> None:
    close.books.points += 1


def spoil_listed(close: Close) -> None:
    close.books.listed += 1


def spoil_alive(close: Close) -> None:
    close.books.alive += 1


def spoil_backlog(close: Close) -> None:
    close.books.backlog += 1


def spoil_contacts(close: Close) -> None:
    close.month.totals.contacts += 1


def spoil_messages(close: Close) -> None:
    close.month.totals.messaged += 1


def spoil_cash(close: Close) -> None:
    close.month.movement["cash"] -= 1


SPOILT: dict[str, Callable[[Close], None]] = {
    "debits equal credits": spoil_balance,
    "points owed are points outstanding at their rate":
        lambda c: c.shift("points_liability", "cash"),
    "points in the books are points held": spoil_points,
    "points held are those of all people": lambda c: c.add("points", (c.held(), 0), 1),
    "no points are owed to anybody below zero": spoil_lots,
    "customers of before, won and lost are those of now": spoil_listed,
    "customers in the books are those listed": lambda c: c.add("listed", c.customer(), -1),
    "customers in truth, won and left are those of now": spoil_alive,
    "customers in truth are those alive": lambda c: c.add("alive", c.customer(), -1),
    "prospects are neither listed nor alive and hold no points": spoil_prospect,
    "everybody in a relation is alive or listed": lambda c: c.add("firm", c.prospect(), 1),
    "contacts of before, begun and served leave those waiting": spoil_backlog,
    "contacts waiting are those of all people": lambda c: c.add("backlog", c.customer(), 1),
    "every contact served is paid for once": spoil_contacts,
    "offers to stay are those made to people": lambda c: c.add("offered", c.customer(), 1),
    "every message and offer to stay is paid for once": spoil_messages,
    "revenue is what people spent": lambda c: c.add("spend", c.customer(), 1),
    "fees are what members paid": lambda c: c.add("fee", c.customer(), 1),
    "members' discounts are what members saved": lambda c: c.add("saved", c.customer(), 1),
    "rewards cost what those taken cost": lambda c: c.add("reward_cost", c.customer(), 1),
    "the profit is what people contributed less the company's own costs":
        lambda c: c.add("contribution", c.prospect(), -1),
    "cash moves by the profit and what is owed": spoil_cash,
    "states stay within their bounds": lambda c: c.add("trust", c.customer(), 1.01),
}  # fmt: skip
"""The least error that only this identity can see: one micro unit, one point, one person."""


@functools.cache
def closed_month() -> Close:
    course = course_of("apparel", Strategy.model_validate(RICH))
    for _ in range(4):
        month = course.step()
    return Close(course.books, month, course.engine.columns())


def test_identities__are_all_spoilt_below():
    books, month, people = closed_month()
    found = identities(books, month, 0, people)
    assert all(holds for _, holds in found)
    assert [text for text, _ in found] == list(SPOILT)


@pytest.mark.parametrize("text", SPOILT)
def test_identities__catch_a_planted_error(text: str) -> None:
    close = Close(*copy.deepcopy(tuple(closed_month())))
    verify(close.books, close.month, 0, close.people)
    SPOILT[text](close)
    with pytest.raises(Broken) as broken:
        verify(close.books, close.month, 0, close.people)
    assert str(broken.value) == text


def test_identities__catch_a_state_that_is_no_number():
    close = Close(*copy.deepcopy(tuple(closed_month())))
    close.people["engagement"][close.customer()] = np.nan
    with pytest.raises(Broken, match="states stay within their bounds"):
        verify(close.books, close.month, 0, close.people)


def expire_silently(customer: Person, offer: Offer, world: World) -> None:
    """Points vanish, and nobody tells the books."""
    if customer.silence >= offer.points_inactivity:
        void(customer)
        customer.expired = 0


def test_checks__catch_a_rule_that_loses_points():
    """The same error, made while people live: on objects, where a rule of Python runs as it is."""
    strategy = Strategy.model_validate(
        {"points": {"earn": 0.1, "automatic": True, "inactivity_months": 1}}
    )
    for checks in (False, True):
        scenario = scenario_of(
            APPAREL, MONTHS, {"size": 40, "customer_share": 1.0}, strategies={"x": strategy},
            engine="mesa", checks=checks,
        )  # fmt: skip
        start = begin(scenario, 0, Rules(), neutral_of("apparel"))
        run(start, "x", strategy, Rules())
        spoilt = Rules(expire=expire_silently)
        if not checks:
            run(start, "x", strategy, spoilt)
            continue
        with pytest.raises(Broken, match="points in the books are points held"):
            run(start, "x", strategy, spoilt)


amounts = st.integers(0, 10**15)


@settings(max_examples=200)
@given(
    months=st.lists(
        st.tuples(st.fixed_dictionaries(dict.fromkeys(fields(Totals), amounts)), amounts, amounts),
        min_size=1, max_size=5,
    )
)  # fmt: skip
def test_double_entry__sums_to_zero(months: list[tuple[dict[str, int], int, int]]) -> None:
    """Whatever is posted, every movement is out of one account and into another."""
    books = Books()
    balance = dict.fromkeys(ACCOUNTS, 0)
    for numbers, rate, prospects in months:
        totals, offer = Totals(), offer_of(Levers(), TELECOM, plain_world(TELECOM))
        vars(totals).update(numbers)
        offer.point_liability = rate
        month = books.close(totals, offer, prospects)
        assert sum(month.movement.values()) == 0
        assert sum(books.balance.values()) == 0
        balance = {name: balance[name] + month.movement[name] for name in ACCOUNTS}
        assert balance == books.balance
        assert -books.balance["points_liability"] == books.points * rate
        assert month.movement["revenue"] == -numbers["revenue"]


@pytest.mark.parametrize("market", MARKETS)
def test_contributions__add_up_to_the_ledger(market: str) -> None:
    """Month by month, and discounted by person over the run, to the last millionth."""
    course = course_of(market, Strategy.model_validate(RICH))
    worth = 0.0
    path = course.start.neutral.path
    posted = set()
    for number in range(MONTHS):
        owed, rate = course.books.points, course.books.point_liability
        month = course.step()
        people = course.engine.columns()
        revalued = owed * (month.offer.point_liability - rate)
        own = sum(month.movement[k] for k in OWN) + revalued
        assert int(people["contribution"].sum()) - own == month.profit
        assert month.profit == -sum(month.movement[account] for account in RESULTS)
        worth += path.discount[number] * (month.profit + own) / MICRO
        posted |= {account for account in ACCOUNTS if month.movement[account]}
    result = course.result()
    assert posted == set(ACCOUNTS)
    assert result.people["value"].sum() == pytest.approx(worth, rel=1e-12)
    by_month = result.ledger.groupby("month")["amount"].agg(["sum", "size"])
    assert by_month["sum"].abs().max() < 1e-6
    assert (by_month["size"] == len(ACCOUNTS)).all()
    money = result.ledger.pivot(index="month", columns="account", values="amount")
    np.testing.assert_allclose(-money[list(RESULTS)].sum(axis=1), result.curves["profit"])


@functools.cache
def plain_world(market: Market) -> Any:
    scenario = scenario_of(market, 1, {"size": 10})
    return world_of(scenario, draw(scenario, 0))


def posting(
    levers: Levers, spend: float, redeemed: float = 0.0, expired: float = 0.0
) -> tuple[int, Totals]:
    """Contribution, in millionths, of one member's month, and what was posted.

    The shares `redeemed` and `expired` are of the points that the month's spend earns.
    """
    world = plain_world(TELECOM)
    offer = offer_of(levers, TELECOM, world)
    member = Person()
    for name, (kind, about) in fields(Person).items():
        setattr(member, name, [0] * about.width if about.width > 1 else kind(0))
    member.listed = member.alive = member.member = 1
    member.quiet = 100
    member.spend = int(spend * MICRO + 0.5)
    member.issued = int(member.spend * offer.points_per_unit / MICRO)
    member.redeemed = round(member.issued * redeemed)
    member.reward_cost = member.redeemed * offer.point_costs[0]
    member.expired = round(member.issued * expired)
    member.points = [member.issued - member.redeemed - member.expired] + [0] * (LOTS - 1)
    totals = Totals()
    for name, (kind, _) in fields(Totals).items():
        setattr(totals, name, kind(0))
    post(member, offer, world, 0, totals)
    return member.contribution, totals


FREE = {"service": {"human_price": 0, "self_price": 0}, "marketing": {"message_price": 0}}


def programme(rate: float, overhead: float = 0.0) -> tuple[Levers, Levers]:
    """No programme, and points at a reward rate, breakage .2, reward cost .7."""
    points = {"earn": rate, "unit_cost": 0.7, "expected_breakage": 0.2, "admin_budget": overhead}
    return Levers.model_validate(FREE), Levers.model_validate({**FREE, "points": points})


@pytest.mark.parametrize("rate", BREAK_EVEN)
@pytest.mark.parametrize("overhead", [0.0, 0.01])
@pytest.mark.parametrize("lift", [0.0, 0.023, 0.2])
def test_points__earn_by_the_closed_form(rate: float, overhead: float, lift: float) -> None:
    """Profit lift = y ((1 + u) (gm - k) - gm) - FC with k = rw (1 - bk) cr (evidence, 3)."""
    without, points = programme(rate, overhead)
    margin, spend = TELECOM.gross_margin, 30_000.0
    k = rate * (1.0 - 0.2) * 0.7
    fixed = overhead * TELECOM.monthly_revenue
    expected = spend * ((1.0 + lift) * (margin - k) - margin) - fixed
    found = posting(points, spend * (1.0 + lift))[0] - posting(without, spend)[0]
    assert found / MICRO == pytest.approx(expected, abs=1e-6 * spend)


@pytest.mark.parametrize("rate", BREAK_EVEN)
def test_points__break_even_at_the_stated_lift(rate: float) -> None:
    without, points = programme(rate)
    k = rate * 0.8 * 0.7
    at = k / (TELECOM.gross_margin - k)
    assert at == pytest.approx(BREAK_EVEN[rate], abs=5e-4)
    spend = 30_000.0
    bare = posting(without, spend)[0]
    assert posting(points, spend * (1.0 + at))[0] == pytest.approx(bare, abs=0.05 * MICRO)
    assert posting(points, spend * (1.0 + at + 0.001))[0] > bare + MICRO
    assert posting(points, spend * (1.0 + at - 0.001))[0] < bare - MICRO


@pytest.mark.parametrize(("redeemed", "expired"), [(0.8, 0.2), (0.0, 0.0), (1.0, 0.0), (0.0, 1.0)])
def test_points__cost_what_is_redeemed_in_the_end(redeemed: float, expired: float) -> None:
    """At the expected breakage the accrual is the cost; what breaks more or less shows up later."""
    _, points = programme(0.01)
    spend = 30_000.0
    totals = posting(points, spend, redeemed, expired)[1]
    face = spend * 0.01
    left = 1.0 - redeemed - expired
    assert totals.rewards / MICRO == pytest.approx(face * 0.7 * (redeemed + left * 0.8), rel=1e-9)


def test_money__is_rounded_once_to_millionths():
    """A contact too cheap for cents is booked; a posting errs by half a millionth at most."""
    assert micro(0.004) == 4000
    assert micro(0.0000004) == 0
    assert micro(0.0000006) == 1
    cheap = Levers.model_validate({**FREE, "marketing": {"messages": 1, "message_price": 0.0013}})
    without = Levers.model_validate({**FREE, "marketing": {"message_price": 0}})
    one = posting(without, 10.0)[0] - posting(cheap, 10.0)[0]
    assert 10_000 * one == 13 * MICRO  # cents would have made this nothing


@settings(max_examples=300)
@given(spend=st.floats(0.0, 1e6), discount=st.floats(0.0, 0.99), margin=st.floats(0.01, 1.0))
def test_money__errs_by_half_a_millionth_a_posting(
    spend: float, discount: float, margin: float
) -> None:
    market = Market.model_validate({**dict(TELECOM), "gross_margin": margin})
    levers = Levers.model_validate({**FREE, "offer": {"discount": discount}})
    offer = offer_of(levers, market, plain_world(TELECOM))
    customer = Person()
    for name, (kind, about) in fields(Person).items():
        setattr(customer, name, [0] * about.width if about.width > 1 else kind(0))
    customer.spend = int(spend * MICRO + 0.5)
    totals = Totals()
    for name, (kind, _) in fields(Totals).items():
        setattr(totals, name, kind(0))
    post(customer, offer, plain_world(TELECOM), 0, totals)
    exact = customer.spend * (1.0 - discount - (1.0 - margin))
    assert isinstance(customer.contribution, int)
    assert totals.contribution == totals.revenue - totals.discounts - totals.goods
    assert customer.contribution == pytest.approx(exact, abs=1.01 + 1e-15 * customer.spend)


def test_members__are_those_of_the_month_s_end():
    """Nobody is counted a member after leaving: at the first renewal of a cohort many leave."""
    strategy = Strategy.model_validate({"points": {"earn": 0.05, "automatic": True}})
    course = course_of("telecom", strategy, population={"size": 300, "customer_share": 1.0,
                                                        "start": "cohort"})  # fmt: skip
    for _ in range(12):
        month = course.step()
    assert month.totals.left > 30
    assert month.totals.members == int(course.engine.columns()["member"].sum())
    assert month.totals.members <= month.totals.listed
