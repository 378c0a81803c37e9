"""The science, rule by rule: its form, its bounds and its closed forms."""

import ast
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from engagesim.agents.company import Company
from engagesim.agents.luck import EncounterLuck, ShopLuck
from engagesim.agents.rules.arithmetic import balance, clip01, logistic
from engagesim.agents.rules.contact import message_load, message_response
from engagesim.agents.rules.leaving import dropout
from engagesim.agents.rules.membership import enrol
from engagesim.agents.rules.points import balance_of, earn, expire, lift, redeem
from engagesim.agents.rules.satisfaction import appraise, encounter, felt_gap
from engagesim.agents.state import LOTS, TIERS, Person, fields
from engagesim.sim.kernel import CompiledPeople
from engagesim.sim.month import live
from engagesim.sim.run import begin
from engagesim.sim.world import NEUTRAL, flat_path

from .cases import (
    MARKETS,
    RULES,
    lived,
    market,
    offer,
    person,
    preset,
    same_bits,
    scenarios,
    small,
    world,
)

# The form of rules: what runs on both engines to the last bit.

ROOT = Path(__file__).parents[1]
RULE_FILES = sorted((ROOT / "agents" / "rules").glob("*.py"))
MATH = {"ceil", "erf", "exp", "expm1", "floor", "log", "log1p", "pi", "sqrt", "tanh"}
"""Of `math`, what was found to agree between Python and Numba."""


def is_rule(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef) and any(
        isinstance(mark, ast.Name) and mark.id == "rule" for mark in node.decorator_list
    )


def constants_of(tree: ast.Module) -> set[str]:
    """Names that a module assigns at its top: constants to a compiler."""
    assigned = [node for node in tree.body if isinstance(node, (ast.Assign, ast.AnnAssign))]
    return {
        name.id
        for node in assigned
        for name in ast.walk(node)
        if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
    }


def offences(source: str) -> list[str]:
    """What rules in a source do that the two engines might not do alike."""
    tree = ast.parse(source)
    constants = constants_of(tree)
    found = []
    for function in filter(is_rule, ast.walk(tree)):
        for node in ast.walk(function):
            match node:
                case ast.BinOp(op=ast.Pow(), right=exponent) if not any(
                    isinstance(part, (ast.Attribute, ast.Call))
                    or (isinstance(part, ast.Name) and part.id not in constants)
                    for part in ast.walk(exponent)
                ):
                    found.append(f"literal power, line {node.lineno}")
                case ast.Call(func=ast.Name("pow")):
                    found.append(f"pow, line {node.lineno}")
                case ast.Attribute(ast.Name("math"), name) if name not in MATH:
                    found.append(f"math.{name}, line {node.lineno}")
                case ast.Name("np" | "numpy" | "prange" | "random"):
                    found.append(f"{node.id}, line {node.lineno}")
    return found


@pytest.mark.parametrize(
    "line",
    ["x**2", "x**0.5", "x ** -1.0", "x ** (1 / 3)", "x**HALF", "pow(x, 2.0)", "math.pow(x, 2.0)",
     "math.lgamma(x)", "np.exp(x)", "numpy.log(x)", "[0 for i in prange(3)]"],
)  # fmt: skip
def test_form__what_engines_might_not_do_alike_is_seen(line):
    source = f"HALF = 0.5\n@rule\ndef power(x, n):\n    return {line}\n"
    assert len(offences(source)) == 1
    assert not offences(source.replace(line, "math.exp(x) ** n + x ** world.n + x ** float(n)"))
    assert not offences(source.replace("@rule\n", ""))


@pytest.mark.parametrize(
    "file",
    [*RULE_FILES, ROOT / "sim" / "month.py", ROOT / "sim" / "ledger.py"],
    ids=lambda file: file.name,
)
def test_form__rules_do_what_both_engines_do_alike(file):
    source = file.read_text(encoding="utf-8")
    assert offences(source) == []
    assert file.name == "__init__.py" or any(map(is_rule, ast.walk(ast.parse(source))))


@pytest.mark.parametrize("file", RULE_FILES, ids=lambda file: file.name)
def test_form__all_functions_are_rules_and_say_what_they_do(file):
    tree = ast.parse(file.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    assert ast.get_docstring(tree)
    assert [node.name for node in functions if not is_rule(node)] == []
    assert [node.name for node in functions if not ast.get_docstring(node)] == []


def test_form__the_passes_are_rules():
    trees = [ast.parse((ROOT / "sim" / name).read_text()) for name in ("month.py", "ledger.py")]
    marked = {node.name for tree in trees for node in ast.walk(tree) if is_rule(node)}
    assert marked >= {"shop", "serve", "decide", "clear", "strike_off", "post"}


# Balance.

unit = st.floats(0.0, 1.0)
pulls = st.one_of(st.floats(0.0, 1.0), st.floats(0.0, 1e6))


@given(unit, unit, st.floats(1e-4, 1.0), pulls, pulls)
def test_balance__never_leaves_the_unit_interval(z, home, pull, up, down):
    assert 0.0 <= balance(z, home, pull, up, down) <= 1.0


@given(unit, unit, st.floats(1e-4, 1.0), st.floats(0.0, 5.0), st.floats(0.0, 5.0))
def test_balance__rests_where_the_pulls_are_even(z, home, pull, up, down):
    rest = (up + pull * home) / (up + down + pull)
    assert balance(rest, home, pull, up, down) == pytest.approx(rest, abs=1e-15)
    left = math.exp(-(up + down + pull))
    moved = balance(z, home, pull, up, down)
    assert moved - rest == pytest.approx((z - rest) * left, abs=1e-14)


def test_balance__is_the_differential_equation_of_its_pulls():
    """dz/dt = up (1 - z) - down z + pull (home - z), integrated over a month in small steps."""
    z, steps = 0.2, 100_000
    for _ in range(steps):
        z += (0.3 * (1.0 - z) - 0.1 * z + 0.05 * (0.6 - z)) / steps
    assert balance(0.2, 0.6, 0.05, 0.3, 0.1) == pytest.approx(z, abs=1e-6)


@given(st.floats(-1e300, 1e300))
def test_arithmetic__logistic_and_clip(x):
    assert 0.0 <= logistic(x) <= 1.0
    assert logistic(x) + logistic(-x) == pytest.approx(1.0, abs=1e-15)
    assert clip01(x) == min(max(x, 0.0), 1.0)


# The neutral long run.


@pytest.mark.parametrize("name", MARKETS)
def test_neutral__long_run_is_the_closed_form(name):
    """4,000 people who never leave, set far off, live 300 months under neutral management.

    Their means over the last 120 months agree with the closed form within .008 (it leaves out the
    product of deviations, .006 for trust), and person by person with a correlation above .95 and a
    mean absolute gap below .04, since states wander. It is of people whose needs stay as they are.
    """
    scenario = small(
        market=market(name), population={"size": 4000, "start": "cohort", "customer_share": 1.0},
        mechanisms={"drift": False},
    )  # fmt: skip
    start = begin(scenario, 0, RULES)
    people = start.people.copy()
    people["satisfaction"], people["trust"], people["engagement"] = 0.95, 0.05, 0.95
    people["expectation"], people["resentment"] = 0.1, 1.0
    world_there = type(start.neutral.world)(**vars(start.neutral.world))
    engine = CompiledPeople(people, start.ties, start.key, world_there, RULES)
    states = ("satisfaction", "trust", "engagement", "expectation")
    means = {state: np.zeros(4000) for state in states}
    company, path = Company([(0, NEUTRAL)], scenario.market), flat_path(1, settling=True)
    for month in range(300):
        live(engine, [company], world_there, path, month)
        if month >= 180:
            for state in states:
                means[state] += people[state] / 120.0
    assert people["alive"].all()
    for state in states:
        norm = people[f"{state}_norm"]
        assert means[state].mean() == pytest.approx(norm.mean(), abs=0.008), state
        assert np.corrcoef(means[state], norm)[0, 1] > 0.95, state
        assert np.abs(means[state] - norm).mean() < 0.04, state


# Satisfaction.

NO_LUCK = EncounterLuck(*[1.0] * len(EncounterLuck._fields))._replace(performance=0.5)


def felt(there: Any, met: EncounterLuck, **levers: Any) -> float:
    """Change of satisfaction by one encounter of somebody who expected just what is usual."""
    company = offer({"service": {"performance": 0.6, "surprise": 0.5, "recovery": 0.0, **levers}})
    customer = person(
        satisfaction=0.5, expectation=0.6, encounters=1, calm=100, experience=3,
        since_surprise=100, reference_price=1.0,
    )  # fmt: skip
    company.effort, company.waiting = there.neutral_effort, 0.0
    company.failure = 1.0
    encounter(customer, company, there, met)
    appraise(customer, company, there)
    return float(customer.satisfaction) - 0.5


@pytest.mark.parametrize("aversion", [1.0, 1.5, 2.25])
def test_satisfaction__a_failure_weighs_more_than_an_equal_surprise(aversion):
    """By `loss_aversion`, where satisfaction is all disconfirmation (Mittal et al. 1998)."""
    common = {"surprise_effect": 0.2, "failure_severity": 0.2, "loss_aversion": aversion,
              "satisfaction_reference": 0.5, "performance_reference": 0.6}  # fmt: skip
    for weight in (0.0, 0.5):
        there = world(**common, performance_weight=weight)
        nothing = felt(there, NO_LUCK)
        gain = felt(there, NO_LUCK._replace(surprise=0.0)) - nothing
        loss = felt(there, NO_LUCK._replace(failure=0.0)) - nothing
        share = there.disconfirmation_weight
        expected = (weight + share * aversion) / (weight + share)
        assert nothing == pytest.approx(0.0, abs=1e-12)
        assert -loss / gain == pytest.approx(expected, rel=1e-9)
    assert felt_gap(-0.2, world(**common)) == -aversion * felt_gap(0.2, world(**common))


def test_satisfaction__recovery_gives_back_a_share_and_seldom_more():
    met = NO_LUCK._replace(failure=0.0)
    there = world(recovery_effect=0.6, failure_severity=0.3)
    unrecovered, recovered = felt(there, met), felt(there, met._replace(recovery=-1.0))
    assert unrecovered < recovered < felt(there, NO_LUCK)
    # The recovery paradox: more than all of it, after excellent recovery of a light failure.
    kind = world(recovery_effect=1.2, failure_severity=0.3)
    better = met._replace(recovery=-1.0)
    assert felt(kind, better, recovery=0.95) > felt(kind, NO_LUCK)
    assert felt(kind, better, recovery=0.5) == pytest.approx(felt(kind, NO_LUCK))
    heavy = world(recovery_effect=1.2, failure_severity=0.6)
    assert felt(heavy, better, recovery=0.95) <= felt(heavy, NO_LUCK) + 1e-12


# Messages.


def test_messages__neutral_is_one():
    assert (offer().response, offer().overload) == (1.0, 0.0)
    assert offer({"marketing": {"messages": 2.0}}).response > 1.0 > offer().response_unheard


def test_messages__response_has_its_best_at_the_ideal():
    there = world()
    loads = np.linspace(0.0, 6.0, 601)
    response = np.array([message_response(float(load), 1.0, there) for load in loads])
    assert loads[response.argmax()] == pytest.approx(1.0)
    assert response.max() == pytest.approx(1.0 + there.message_lift)
    assert message_response(0.0, 1.0, there) == message_response(2.0, 1.0, there) == 1.0
    assert (
        message_response(3.0, 1.0, there) < 1.0
    )  # at three times the ideal, worse than no contact
    assert (np.diff(response[:101]) > 0.0).all()
    assert (np.diff(response[100:]) < 0.0).all()
    assert there.message_floor < response.min()
    assert message_response(1e4, 1.0, there) == pytest.approx(there.message_floor)
    assert np.abs(np.diff(response)).max() < 0.005  # no jump, at twice the ideal least of all


def test_messages__ideal_falls_with_channels_and_rises_with_relevance():
    there = world()
    usual = message_load(4.0, 2, 0.0, 0.3, there)
    assert usual == pytest.approx(4.0 / there.ideal_messages)
    assert message_load(4.0, 1, 0.0, 0.3, there) == usual
    assert message_load(4.0, 5, 0.0, 0.3, there) == pytest.approx(usual * math.exp(0.45))
    assert message_load(4.0, 2, 1.0, 0.3, there) == pytest.approx(usual / 1.25)
    assert message_load(4.0, 2, 0.0, 0.9, there) < usual < message_load(4.0, 2, 0.0, 0.0, there)


# Points.

PROGRAMME = {"earn": 0.1, "goal": 4.0, "expiry_months": 24, "inactivity_months": 12}
SHOPPING = ShopLuck(*[1.0] * len(ShopLuck._fields))._replace(
    purchases=0.5, amount=0.5, lapse=0.5, enrol=0.5, card=0.0, redeem=0.0, encounters=0.5
)


def points_offer(**changes: Any) -> Any:
    return offer({"points": {**PROGRAMME, **changes}})


def test_points__goal_gradient_accelerates_then_resets():
    """Purchases quicken to a reward and fall back after it, and over all only move in time."""
    there = world(points_lift=0.0, goal_gradient=0.3, contractual=1)
    programme = points_offer()
    member = person(member=1, wallet=0.4)
    spend = programme.goal / programme.points_per_unit / 8.0  # a reward every 8 months
    lifts, rewards = [], []
    for _ in range(240):
        lifts.append(lift(member, programme, there))
        member.spend, member.redeemed, member.issued = int(spend * 1e6) + 1, 0, 0
        earn(member, programme, there, SHOPPING)
        redeem(member, programme, there, SHOPPING)
        rewards.append(member.redeemed)
    cycles = np.array(lifts[-160:]).reshape(20, 8)
    first = np.flatnonzero(rewards[-160:])[0]
    cycles = np.roll(lifts[-160:], -(first + 1)).reshape(20, 8)
    assert sum(r > 0 for r in rewards[-160:]) == 20
    assert (np.diff(cycles[1:-1], axis=1) > 0.0).all()
    assert (cycles[2:-1, 0] < cycles[1:-2, -1]).all()
    assert cycles[1:-1].mean() == pytest.approx(1.0, abs=0.01)
    assert cycles[5, -1] / cycles[5, 0] > 1.1


def test_points__lift_is_for_wallets_elsewhere_and_erodes():
    there, given = world(goal_gradient=0.0), points_offer()
    loyal = person(member=1, wallet=1.0)
    assert lift(person(member=0), given, there) == lift(loyal, given, there) == 1.0
    usual = {"member": 1, "wallet": 0.0, "rational": 0.5, "hedonic": 0.5, "deal_prone": 1.0 / 6.0}
    new, old = (person(**usual, novelty=months) for months in (0.0, 100_000.0))
    assert lift(new, given, there) == pytest.approx(1.0 + there.points_lift)
    assert lift(old, given, there) == pytest.approx(1.0 + there.lift_lasting * there.points_lift)


MONTH = st.fixed_dictionaries(
    {
        "spend": st.integers(0, 2_000_000_000),
        "purchases": st.integers(0, 3),
        "card": unit,
        "redeem": unit,
        "enrol": unit,
        "programme": st.sampled_from(
            [
                {},
                {"welcome": 0.7, "automatic": True},
                {"goal": 0.1},
                {"earn": 0.0},
                {"expiry_months": 4, "inactivity_months": 2},
            ]
        ),
    }
)


@given(st.lists(MONTH, max_size=40), st.integers(0, 1))
def test_points__are_neither_made_nor_lost(months, contractual):
    """Held = issued - redeemed - expired, month by month; no lot is ever below zero."""
    there = world(contractual=contractual)
    member = person()
    for month in months:
        programme = points_offer(**month["programme"])
        before = balance_of(member)
        member.issued = member.redeemed = member.expired = 0
        member.spend, member.purchases = month["spend"], month["purchases"]
        luck = SHOPPING._replace(card=month["card"], redeem=month["redeem"], enrol=month["enrol"])
        expire(member, programme, there)
        kept = list(member.points)
        member.silence = 0 if member.purchases else member.silence + 1
        enrol(member, programme, there, luck)
        earn(member, programme, there, luck)
        newest = member.points[0]
        redeem(member, programme, there, luck)
        flows = (member.issued, member.redeemed, member.expired)
        assert balance_of(member) == before + flows[0] - flows[1] - flows[2]
        assert min(member.points) >= 0
        assert min(flows) >= 0
        assert all(type(lot) is int for lot in member.points)
        assert 0.0 <= member.progress <= 1.0
        assert 0.0 <= member.usual_progress <= 1.0
        if member.redeemed:
            assert member.redeemed % programme.goal == 0
            # The oldest go first: what is left of a lot means that no newer one was touched.
            lots = [newest, *kept[1:]]
            touched = [lot for lot in range(LOTS) if member.points[lot] < lots[lot]]
            assert all(member.points[lot] == 0 for lot in range(min(touched) + 1, LOTS))


@pytest.mark.parametrize("months", [4, 8, 12, 24])
def test_points__expire_by_age(months):
    """At the promised age at the latest, and a lot's width before it at the earliest."""
    there, programme = world(), points_offer(expiry_months=months)
    for begun in range(months):
        member = person(member=1, member_months=begun)
        member.points[0] = 100
        age = 0
        while not member.expired:
            age += 1
            expire(member, programme, there)
        assert months - programme.lot_months < age <= months
        assert balance_of(member) == 0


def test_points__all_expire_after_silence_and_when_the_programme_ends():
    for member, programme in (
        (person(member=1, silence=12), points_offer()),
        (person(member=1, silence=0), points_offer(earn=0.0)),
    ):
        member.points[:] = [1, 2, 3, 4]
        expire(member, programme, world())
        assert (balance_of(member), member.expired) == (0, 10)
    waiting = person(member=1, silence=11, member_months=1)
    waiting.points[:] = [1, 2, 3, 4]
    expire(waiting, points_offer(), world())
    assert (balance_of(waiting), waiting.expired) == (10, 0)


# Leaving.


@given(st.floats(1e-4, 0.999), st.integers(0, 2**32 - 1), st.floats(0.5, 2.0))
def test_dropout__is_geometric_and_slower_per_purchase_when_buying_faster(p, word, factor):
    """K of BG/NBD by inversion: dropout after each purchase with chance p / M."""
    u = (word + 0.5) / 2**32
    there = SimpleNamespace(hazard_offset=0.0, contagion=0.0, exposure_norm=1.0, freed=0)
    customer = person(propensity_odds=math.log(p / (1.0 - p)), since_referral=10**6)
    last = dropout(customer, there, u, factor)
    chance = logistic(customer.propensity_odds) / factor
    if chance >= 1.0:
        assert last == 1
        return
    # K is the least n with 1 - (1 - chance)^n >= u; a rounding apart at a step.
    assert last >= 1
    assert stats.geom.cdf(last, chance) >= u * (1.0 - 1e-12)
    assert last == 1 or stats.geom.cdf(last - 1, chance) <= u * (1.0 + 1e-9)


# Bounds.

BOUNDED = ("satisfaction", "trust", "engagement", "resentment", "ties", "progress",
           "usual_progress", "propensity", "crowding", "deal_prone", "deal_habit", "wallet",
           "satisfaction_norm", "trust_norm", "engagement_norm")  # fmt: skip


@settings(max_examples=40)
@given(scenarios(months=(6, 12), shares=[0.8]), st.integers(0, 1000))
def test_states__stay_in_bounds_under_any_levers(scenario, number):
    assert_in_bounds(lived(scenario, number).people)


def assert_in_bounds(people: Any) -> None:
    for name in (*BOUNDED, "belief"):
        assert ((people[name] >= 0.0) & (people[name] <= 1.0)).all(), name
    for name in people.dtype.names:
        assert np.isfinite(people[name].astype(float)).all(), name
    counts = ("purchases", "spend", "issued", "redeemed", "expired", "encounters", "failures",
              "tenure", "silence", "experience", "exposure", "departing", "told", "alerted",
              "demoted", "novelty", "delight", "year_spend", "tier", "paid_praise",
              "ideas", "since_left")  # fmt: skip
    for name in counts:
        assert (people[name] >= 0).all(), name
    for name in people.dtype.names:
        if fields(Person)[name][1].unit == "0/1":
            assert np.isin(people[name], (0, 1)).all(), name
    assert np.isin(people["won_by_talk"], (-1, 0, 1)).all()
    assert np.isin(people["ambassador"], (0, 1, 2)).all()
    assert (np.abs(people["match"]) <= 0.5).all()
    assert (people["tier"] <= TIERS * people["member"]).all()
    assert (people["surprises"] <= people["encounters"]).all()
    assert (people["unrecovered"] <= people["failures"]).all()
    assert (people["failures"] <= people["encounters"]).all()


@pytest.mark.parametrize("best", [True, False])
@pytest.mark.parametrize("name", MARKETS)
def test_states__stay_in_bounds_at_the_ends(name, best):
    """The best and the worst that levers allow, for ten years."""
    good, bad = (1.0, 0.0) if best else (0.0, 1.0)
    levers = {
        "service": {"performance": good, "failure_factor": 5.0 * bad, "recovery": good,
                    "human": good, "self_service": 1.0, "effort": bad, "surprise": 5.0 * good,
                    "proactive": 1.0, "proactive_salient": bad, "proactive_selling": bad,
                    "concierge": good},
        "marketing": {"messages": 4.0 if best else 100.0, "relevance": good, "aligned": good,
                      "personalisation": 1.0, "timing": 1.0, "coupon": 0.9},
        "community": {"capacity": good, "recognition": good, "pressure": bad, "ideas": good,
                      "ambassadors": 0.05, "ambassador_pay": bad},
        "data": {"depth": bad, "transparency": good, "control": good, "ethics": good,
                 "listening": good},
        "points": {"earn": 0.5 * good, "goal": 0.1, "expiry_months": 4, "endowed": good},
        "acts": {"sharing": 20.0 * good, "newsletter": good},
    }  # fmt: skip
    scenario = small(
        market=market(name, failure=0.5, encounters=10.0),
        population={"size": 300, "start": "base", "customer_share": 0.8},
        network={"kind": "scale_free"},
        strategies={"tried": levers},
        horizon=120,
    )
    people = lived(scenario).people
    assert_in_bounds(people)
    alive = people["alive"] == 1
    trust = people["trust"][alive]
    assert len(trust) > 0
    assert trust.mean() > 0.8 if best else trust.mean() < 0.2


def test_neutral__levers_at_neutral_leave_feelings_alone():
    """No term of engagement's appraisal but satisfaction and trust acts at neutral."""
    there = world()
    plain = offer()
    assert (plain.openness, plain.overload, plain.waiting, plain.response) == (0.0, 0.0, 0.0, 1.0)
    assert (plain.surprise, plain.community, plain.recognition, plain.pressure) == (0.0,) * 4
    assert (plain.human, plain.relevance) == (there.neutral_human, there.neutral_relevance)
    assert plain.effort == there.neutral_effort
    none = offer(preset("none"))
    assert all(same_bits(value, vars(none)[name]) for name, value in vars(plain).items())
