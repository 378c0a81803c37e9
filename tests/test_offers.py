"""Selling: acquisition that wins less and less, offers to those about to leave, winning back."""

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import engagesim as es
from engagesim.agents.luck import LeaveLuck, RivalLuck
from engagesim.agents.rules import deals, offers
from engagesim.agents.rules.joining import LONG_AGO
from engagesim.agents.rules.leaving import pull_of_rivals
from engagesim.agents.state import Person, World
from engagesim.agents.targeting import HELD_OUT
from engagesim.scenarios.errors import BadInput
from engagesim.scenarios.levers import Strategy
from engagesim.scenarios.scenario import Scenario
from engagesim.sim.course import Course
from engagesim.sim.hook import View
from engagesim.sim.kernel import CompiledPeople, world_record
from engagesim.sim.population import hazard_ratios
from engagesim.sim.run import Start, begin, revised, run
from engagesim.sim.value import lifetimes, remainder
from engagesim.sim.world import flat_path

from .cases import RULES, market, offer, person, small, world
from .test_value import people_like

GRID = [(k + 0.5) / 2000.0 for k in range(2000)]


# Acquisition.


def test_acquisition__has_a_constant_elasticity():
    """Twice the spending wins 2 ** elasticity as many, and costs twice as much."""
    for elasticity in (0.1, 0.5, 1.0):
        numbers = world(acquisition_elasticity=elasticity)

        def made(spend: float, numbers: World = numbers) -> Any:
            levers = {"marketing": {"acquisition": spend, "acquisition_price": 0.08}}
            return offer(levers, world=numbers)

        for spend in (0.25, 1.0, 8.0, 50.0):
            ratio = made(2.0 * spend).acquisition / made(spend).acquisition
            assert ratio == pytest.approx(2.0**elasticity)
            assert made(2.0 * spend).acquisition_cost == 2 * made(spend).acquisition_cost > 0
        assert made(1.0).acquisition == 1.0
        assert made(0.0).acquisition == 0.0


def test_acquisition__wins_as_many_as_the_elasticity_says():
    """Of 20,000 prospects in a month, without talk: twice as many for four times the money."""
    scenario = small(
        population={"size": 20_000, "start": "cohort", "customer_share": 0.0},
        strategies={"usual": {}, "four": {"marketing": {"acquisition": 4.0}}},
        coefficients={"adoption": {"adoption_external": 0.01}},
        horizon=1,
    )
    joined, paid = {}, {}
    for name in scenario.strategies:
        curves = es.simulate(scenario, name).curves
        joined[name], paid[name] = curves["joined"].sum(), curves["acquisition"].sum()
    assert paid["four"] == pytest.approx(4.0 * paid["usual"])
    assert joined["usual"] == pytest.approx(200.0, abs=3.5 * math.sqrt(200.0))
    assert joined["four"] == pytest.approx(400.0, abs=3.5 * math.sqrt(400.0))


# Offers to those about to leave.


def about_to_leave(**fields: Any) -> Any:
    usual = {"tenure": 12, "propensity_odds": -0.5, "leaning": 0.3, "experience": 1,
             "since_referral": LONG_AGO}  # fmt: skip
    return person(**{**usual, **fields})


def decided(customer: Any, made: Any, numbers: World, u: float) -> Any:
    """Somebody after a renewal with this luck, an offer made where they would leave."""
    one = SimpleNamespace(**{**vars(customer), "alive": 1})
    luck = LeaveLuck(u, 1.0, 1.0, 1.0)
    RULES.leave(one, made, numbers, luck)
    if one.alive == 0 and made.save > 0.0:
        RULES.save(one, made, numbers, luck)
    return one


@pytest.mark.parametrize("member", [0, 1])
@pytest.mark.parametrize("price", [1.0, 1.4])
@pytest.mark.parametrize("discount", [0.1, 0.5])
def test_save__holds_whom_the_lower_price_holds(member, price, discount):
    """1 - h(index - pull price discount) / h(index) of those who would have left (G2)."""
    numbers = world(inertia=0.5)
    levers = {
        "offer": {"price": price},
        "membership": {"discount": 0.1},
        "marketing": {"save": {"discount": discount}},
    }
    made = offer(levers, world=numbers)
    customer = about_to_leave(member=member)
    own = price * (1.0 - 0.1 * member)
    pull = pull_of_rivals(customer, numbers)
    assert pull < numbers.attraction

    def hazard(shift: float) -> float:
        return 1.0 / (1.0 + math.exp(0.5 - 0.3 + shift))

    after = [decided(customer, made, numbers, u) for u in GRID]
    offered = [one for one in after if one.offered > 0]
    kept = [one for one in after if one.offered == 2]
    assert len(offered) / len(GRID) == pytest.approx(hazard(0.0), abs=1e-3)
    share = 1.0 - hazard(pull * own * discount) / hazard(0.0)
    assert len(kept) / len(offered) == pytest.approx(share, abs=3e-3)
    assert all(one.alive == 1 and one.lapsing == 0 and one.departing == 0.0 for one in kept)
    assert {one.leaning for one in kept} == {0.3 - pull * (own * discount)}
    gone = [one for one in offered if one.offered == 1]
    assert gone
    assert all(one.alive == 0 and one.leaning == 0.3 for one in gone)


def test_save__is_not_offered_to_some():
    numbers = world()
    made = offer({"marketing": {"save": {"discount": 0.9}}}, world=numbers)
    for fields in ({"spared": HELD_OUT}, {"promised": 0.2, "promised_months": 3}):
        assert decided(about_to_leave(**fields), made, numbers, 1e-9).offered == 0
    left_out = decided(about_to_leave(spared=1), made, numbers, 1e-9)
    assert left_out.offered > 0  # who leaves has announced it, whomever messages are for
    numbers.contractual = 0
    silent = about_to_leave(lapsing=1)
    assert decided(silent, made, numbers, 1e-9).offered == 0


def test_promise__holds_for_its_months_and_no_longer():
    """Each bill of the months has the price; what is decided on is the price of the next one."""
    made = offer({"offer": {"price": 2.0, "discount": 0.5}, "membership": {"discount": 0.1}})
    customer = person(member=1)
    own = 2.0 * 0.5 * 0.9
    offers.promise(customer, 0.2, 3)
    paid, expected = [], []
    for _ in range(5):
        if customer.promised > 0.0:
            offers.honour(customer)
        paid.append((1.0 - deals.price_off(customer, made), deals.usual_price(customer, made)))
        expected.append(deals.coming_price(customer, made))
    assert (
        paid
        == [pytest.approx((0.5 * 0.9 * 0.8, own * 0.8))] * 3 + [pytest.approx((0.5 * 0.9, own))] * 2
    )
    assert expected == pytest.approx([own * 0.8, own * 0.8, own, own, own])
    assert 1.0 - deals.public_price_off(customer, made) == pytest.approx(0.5)


def cohort(**changes: Any) -> Scenario:
    """New customers of a contract, alone with their company."""
    tree: dict[str, Any] = {
        "population": {"size": 6000, "start": "cohort", "customer_share": 1.0},
        "market": market("telecom", renewal_months=6),
        "horizon": 12,
        "mechanisms": {"adoption": False},
    }
    return small(**{**tree, **changes})


def course_of(start: Start, levers: dict[str, Any]) -> Course:
    engine = CompiledPeople(start.people.copy(), start.ties, start.key, start.neutral.world, RULES)
    return Course(start, "x", Strategy.model_validate(levers), engine)


SAVE = {"marketing": {"save": {"discount": 0.4, "months": 3, "price": 2.0}}}


def test_save__keeps_the_share_that_the_hazards_say():
    """Twins: all who would leave at the first renewal are made an offer, and of them stay as many
    as is expected of their hazards; nobody else is touched."""
    scenario = cohort()
    start = begin(scenario, 0, RULES)
    usual, saving = course_of(start, {}), course_of(start, SAVE)
    for _ in range(6):
        usual.step()
        closed = saving.step()
    people, twins = usual.engine.columns(), saving.engine.columns()
    left = people["alive"] == 0
    assert closed.totals.offers == left.sum() > 500
    numbers = usual.world
    ratio = hazard_ratios(people, world_record(numbers))[left]
    index = (people["propensity_odds"] + numbers.hazard_offset + people["leaning"])[left]
    pull = numbers.attraction * (1.0 - numbers.inertia * (1.0 - math.exp(-6.0 / 24.0)))

    def hazard(at: Any) -> Any:
        return np.minimum(1.0, ratio / (1.0 + np.exp(-at)))

    share = 1.0 - hazard(index - pull * 0.4) / hazard(index)
    kept = twins["offered"][left] == 2
    spread = math.sqrt((share * (1.0 - share)).sum())
    print(f"\nkept {kept.sum()} of {left.sum()}, expected {share.sum():.1f} (sd {spread:.1f})")
    assert closed.totals.kept == kept.sum()
    assert kept.sum() == pytest.approx(share.sum(), abs=3.5 * spread)
    assert (twins["alive"][~left] == 1).all()
    paid = closed.movement["marketing"] - usual.months[-1].movement["marketing"]
    messages = closed.totals.kept * closed.offer.message_cost
    assert paid == 2_000_000 * closed.totals.offers + messages


def test_save__is_booked_as_discount_for_its_months():
    """To the last millionth: 40 % of three bills of those kept, and of nobody else."""
    start = begin(cohort(), 0, RULES)
    course = course_of(start, SAVE)
    for month in range(12):
        closed = course.step()
        people = course.engine.columns()
        theirs = people["promised"] > 0.0
        bills = people["spend"][theirs & (month >= 6)]
        expected = int((bills * 0.4 + 0.5).astype(int).sum()) if month < 9 else 0
        assert closed.movement["discounts"] == expected
        assert (expected > 0) == (6 <= month < 9)


def test_save__leaves_the_holdout_group_alone():
    start = begin(cohort(), 0, RULES)
    made = {}
    for share in (0.0, 0.5, 1.0):
        levers = {"marketing": {**SAVE["marketing"], "holdout": share}}
        found = run(start, "x", Strategy.model_validate(levers), RULES)
        made[share] = found.curves["offers"].sum()
        held = found.people["spared"] == HELD_OUT
        assert not (held & (found.people["offered"] > 0)).any()
    assert made[0.0] > made[0.5] > made[1.0] == 0


def test_save__keeps_customers_and_wins_none():
    """Twins, for three renewals: who is kept may leave later, and nobody joins."""
    scenario = cohort(horizon=20, strategies={"saving": SAVE, "none": {}})
    runs = {name: es.simulate(scenario, name) for name in scenario.strategies}
    curves = runs["saving"].curves
    assert (curves["kept"] <= curves["offers"]).all()
    kept, more = curves["kept"].sum(), curves["customers"] - runs["none"].curves["customers"]
    assert 0 < more.iloc[-1] <= kept
    assert (more >= 0).all()


# Winning back.

BACK = {
    "acquisition": 0.0,
    "winback": {"months": 4, "discount": 0.3, "price_months": 2, "price": 1.25},
}


def leavers(name: str, **changes: Any) -> Scenario:
    """A market that many leave, and that nobody joins but by being won back."""
    tree: dict[str, Any] = {
        "market": market(name, renewal_months=3, inactivity_months=3,
                         leaving={"a": 0.7, "b": 1.2}),
        "population": {"size": 3000, "start": "cohort", "customer_share": 0.8},
        "coefficients": {"adoption": {"return_chance": 0.05}},
        "horizon": 18,
    }  # fmt: skip
    return small(**{**tree, **changes})


@pytest.mark.parametrize("name", ["telecom", "apparel", "rivals"])
def test_winback__contacts_and_returns_are_those_expected(name):
    """Each month's contacts are former customers within the window, known by name, and with no
    other company; the sum of their chances comes back, at the price promised."""
    rivals = [{"name": "other", "share": 0.1}] if name == "rivals" else []
    place = "telecom" if name == "rivals" else name
    scenario = leavers(place)
    scenario = revised(scenario, market={**scenario.market.model_dump(), "rivals": rivals})
    start = begin(scenario, 0, RULES)
    levers = {"points": {"earn": 0.02}, "marketing": BACK}
    course = course_of(start, levers)
    lure = math.exp(course.world.attraction * 0.3)
    expected = variance = contacts = won = over = 0.0
    for month in range(18):
        before = course.engine.columns().copy()
        closed = course.step()
        after = course.engine.columns()
        mine = (before["past"] == 0) & (before["firm"] < 0)
        window = month - before["ended"] <= 4
        contractual = course.world.contractual == 1
        silent = np.zeros(len(after), dtype=bool)
        if not contractual:
            missing = after["silence"] - course.world.inactivity_months
            silent = (after["firm"] == 0) & (after["alive"] == 1) & (after["listed"] == 0)
            silent &= (after["member"] == 1) & (missing > 0) & (missing <= 4)
            strangers = mine & (before["ended"] == -LONG_AGO)
            assert strangers.any() or month < 6
        asked = mine & window
        assert closed.totals.addressed == asked.sum() + silent.sum()
        assert closed.movement["acquisition"] == 1_250_000 * closed.totals.addressed
        back = asked & (after["firm"] == 0)
        assert closed.totals.won_back == closed.totals.joined - closed.totals.came_over
        assert closed.totals.won_back == back.sum()
        assert (after["promised"][back] == 0.3).all()
        assert (after["promised_months"][back] == 2).all()
        assert (after["back"][back] == 1).all()
        chance = np.minimum(1.0, 0.05 * before["satisfaction"][asked] * lure)
        expected += chance.sum()
        variance += (chance * (1.0 - chance)).sum()
        contacts += closed.totals.addressed
        won += closed.totals.won_back
        over += ((before["past"] == 0) & (before["firm"] > 0)).sum()
    print(f"\n{name}: {won:.0f} won back, {expected:.1f} expected (sd {math.sqrt(variance):.1f})")
    assert won > 10
    assert won == pytest.approx(expected, abs=3.5 * math.sqrt(variance))
    assert (over > 0) == (name == "rivals")
    curves = course.result().curves
    curves = curves[curves["company"] == 0]
    assert curves["acquisition"].sum() == pytest.approx(1.25 * contacts)
    if not rivals:
        assert course.result().summary["cac"] == pytest.approx(1.25 * contacts / won)


def test_winback__is_by_satisfaction_and_price():
    """A closed form: rr S exp(bA d), at most 1."""
    for chance, satisfaction, discount in ((0.01, 1.0, 0.0), (0.05, 0.4, 0.6), (0.05, 0.8, 0.9)):
        numbers = world(return_chance=chance, attraction=1.5)
        levers = {"marketing": {"winback": {"months": 1, "discount": discount}}}
        made = offer(levers, world=numbers)
        former = person(satisfaction=satisfaction)
        came = [
            offers.come_back(former, made, numbers, RivalLuck(1.0, 1.0, u / 20_000.0))
            for u in range(20_000)
        ]
        share = chance * satisfaction * math.exp(1.5 * discount)
        assert np.mean(came) == pytest.approx(min(1.0, share), abs=1e-4)


def test_winback__knows_nobody_without_a_programme():
    """Without contracts, who has shown no card is a stranger."""
    scenario = leavers("apparel", strategies={"back": {"marketing": BACK}})
    curves = es.simulate(scenario, "back").curves
    assert curves["lost"].sum() > 100
    assert curves["addressed"].sum() == 0


def test_winback__gives_its_price_also_to_who_would_have_come_back_anyway():
    """Twins whom no contact ever moves: as many join, and those who had left pay less."""
    scenario = leavers(
        "telecom",
        coefficients={"adoption": {"return_chance": 0.0, "adoption_external": 0.01}},
        strategies={
            "none": {},
            "back": {"marketing": {"winback": {"months": 12, "discount": 0.3}}},
        },
    )
    none, back = (es.simulate(scenario, name).curves for name in ("none", "back"))
    assert back["won_back"].sum() > 0
    assert back["discounts"].sum() > none["discounts"].sum() == 0
    first = int(np.flatnonzero(back["won_back"])[0])
    assert (none["joined"] == back["joined"])[: first + 1].all()


# What is promised beyond the last month.


@pytest.mark.parametrize("name", ["telecom", "apparel"])
def test_remainder__counts_a_promise_while_it_lasts(name):
    """For ever, it is the price of a discount; for no time, nothing; in between, in between. Where
    nobody can leave before it ends, it is an annuity."""
    scenario = small(market=market(name))
    numbers = world(scenario, attraction=0.0)
    made = offer(scenario=scenario, world=numbers)
    cheaper = offer({"offer": {"discount": 0.2}}, scenario=scenario, world=numbers)
    path = flat_path(1, 0.01)

    def worth(terms: Any, months: int, **fields: Any) -> float:
        people = people_like(1, basket=np.full(1, 40.0), rate=np.full(1, 0.5),
                             propensity_odds=np.full(1, -1.0), **fields)  # fmt: skip
        people["promised"], people["promised_months"] = 0.2 if months else 0.0, months
        left = lifetimes(people, terms, numbers, path, 0, 0.01)
        return float(remainder(people, terms, numbers, left)[0])

    plain, always = worth(made, 0), worth(made, 2000)
    assert always == pytest.approx(worth(cheaper, 0), rel=1e-9)
    values = [worth(made, months) for months in (0, 1, 6, 12, 13, 24, 60)]
    assert values == sorted(values, reverse=True)
    assert plain > values[1] > values[-1] > always
    if name == "telecom":
        annuity = sum(1.01 ** -(k + 1) for k in range(5))
        bill = plain_bill(numbers)
        assert plain - worth(made, 5) == pytest.approx(0.2 * bill * annuity, rel=1e-9)


def plain_bill(numbers: World) -> float:
    """A bill of 40 in the last month of a path without norms: it follows the purchase rate."""
    people = people_like(1, basket=np.full(1, 40.0))
    left = lifetimes(people, offer(), numbers, flat_path(1, 0.01), 0, 0.01)
    return float(40.0 * (1.0 - numbers.discretionary + numbers.discretionary * left.factor[0]))


def test_remainder__expects_the_price_to_end():
    """Frozen is the leaning that one is left with when the promise is over."""
    numbers = world(attraction=2.0, inertia=0.0)
    made, path = offer(world=numbers), flat_path(1, 0.01)
    people = people_like(2, propensity_odds=np.full(2, -1.0))
    people["leaning"] = [0.0, -2.0 * 0.3]
    people["promised"], people["promised_months"] = [0.0, 0.3], [0, 3]
    left = lifetimes(people, made, numbers, path, 0, 0.01)
    assert left.alive[1] == pytest.approx(left.alive[0])
    people["promised_months"] = 0  # it was over already: their leaning is their own
    left = lifetimes(people, made, numbers, path, 0, 0.01)
    assert left.alive[1] > left.alive[0]


# Where leaving is not announced.


def refusals() -> dict[str, dict[str, Any]]:
    later = {"changes": [{"month": 2, "set": {"marketing.save.discount": 0.25}}]}
    now = {"marketing": {"save": {"discount": 0.25}}}
    rival = {"name": "other", "share": 0.1, "strategy": now}
    return {
        "strategies.x.marketing.save.discount": {"strategies": {"x": now}},
        "strategies.x.changes[0].set.marketing.save.discount": {"strategies": {"x": later}},
        "baseline.marketing.save.discount": {"baseline": now},
        "market.rivals[0].strategy.marketing.save.discount": {"rivals": [rival]},
    }


@pytest.mark.parametrize("key", refusals())
def test_save__is_refused_where_nobody_announces_that_they_leave(key):
    changes = dict(refusals()[key])
    rivals = changes.pop("rivals", [])
    with pytest.raises(ValueError, match="allowed is 0 in a market without contracts") as refused:
        small(market=market("apparel", rivals=rivals), **changes)
    assert f"{key}: got 0.25, " in str(refused.value)
    assert "marketing.target.by=recency, marketing.target.order=low" in str(refused.value)
    small(market=market("telecom", rivals=rivals), **changes)


def test_save__is_refused_as_a_decision_too():
    scenario = small(market=market("apparel"))

    def decide(month: int, view: View) -> dict[str, float]:
        return {"marketing.save.discount": 0.25}

    with pytest.raises(BadInput, match=r"decide, month 0: .*discount: got 0.25, allowed is 0"):
        es.simulate(scenario, "none", decide=decide)
    es.simulate(small(), "none", decide=decide)


def test_person__remembers_when_a_relation_ended():
    """Nobody has ended one at the start."""
    start = begin(small(), 0, RULES)
    assert (start.people["ended"] == -LONG_AGO).all()
    assert {"promised", "promised_months", "offered", "ended"} <= set(Person.__annotations__)
