"""Partial adoption (I11): who uses the programme, what is left neutral, what hand-overs cost."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagesim.agents.company import Company
from engagesim.agents.experience import DEPARTMENTS as SPENT
from engagesim.scenarios.levers import ASPECTS as LEVERED
from engagesim.scenarios.levers import DEPARTMENTS, Levers, Strategy
from engagesim.sim.run import begin, run, simulate

from .cases import RICH, RULES, differing, market, offer, preset, same_bits, small, world

ALL = list(DEPARTMENTS)
SECTIONS = [name for names in DEPARTMENTS.values() for name in names]
some = st.lists(st.sampled_from(ALL), unique=True)


def test_departments__each_lever_is_one_s():
    """But what belongs to the company as a whole."""
    own = {"fixed_cost", "budget_year", "departments", "score", "invest", "flywheel"}
    assert {a: d for d, names in LEVERED.items() for a in names} == SPENT
    assert len(SECTIONS) == len(set(SECTIONS))
    assert set(SECTIONS) | own == set(Levers.model_fields)


@given(some)
def test_in_force__the_others_are_neutral(within):
    levers = Strategy.model_validate({**RICH, "departments": within, "changes": []})
    (_, acting), = levers.schedule()  # fmt: skip
    for department, names in DEPARTMENTS.items():
        for name in names:
            plain = getattr(Levers(), name)
            assert getattr(acting, name) == (getattr(levers, name) if department in within
                                             else plain)  # fmt: skip
    assert acting.fixed_cost == levers.fixed_cost


@given(some)
def test_in_force__spends_on_no_aspect_of_others(within):
    """What they would have reinvested is not; the rest goes where it went."""
    shares = {"quality": 0.4, "effort": 0.1, "relevance": 0.2, "community": 0.3}
    whole = Levers.model_validate(
        {
            "invest": dict.fromkeys(SPENT, 0.01), "departments": within,
            "flywheel": {"reinvested": 0.5, **shares},
        }
    )  # fmt: skip
    acting = whole.in_force()
    for aspect, department in SPENT.items():
        share = shares.get(aspect, 0.0) if department in within else 0.0
        spent = acting.flywheel.reinvested * getattr(acting.flywheel, aspect)
        assert spent == pytest.approx(0.5 * share)
        assert getattr(acting.invest, aspect) == (0.01 if department in within else 0.0)


def test_in_force__with_all_nothing_changes():
    levers = Levers.model_validate({k: v for k, v in RICH.items() if k != "changes"})
    assert levers.in_force() is levers


@pytest.mark.parametrize(
    ("within", "broken"),
    [
        (ALL, 0),
        ([], 0),
        (["service"], 2),
        (["marketing", "sales"], 2),
        (["data", "marketing"], 2),  # the path is a round
        (["marketing", "service"], 4),
        (["sales", "service", "community", "data"], 2),
        (["marketing", "service", "community"], 4),
    ],
)
def test_handovers__counted_around_the_customers_path(within, broken):
    levers = Levers(departments=within)
    assert levers.broken_handovers() == broken
    assert offer(levers).effort == pytest.approx(0.4 + 0.03 * broken)
    assert offer(levers, world=world(handover_effort=0.1)).effort == pytest.approx(
        0.4 + 0.1 * broken
    )


def test_handovers__every_set_breaks_an_even_number_and_effort_stays_in_range():
    for size in range(6):
        for within in itertools.combinations(ALL, size):
            levers = Levers.model_validate({"departments": within, "service": {"effort": 0.95}})
            assert levers.broken_handovers() in (0, 2, 4)
            there = world(handover_effort=0.1)
            made = Company([(0, levers.in_force())], small().market).plan(0, there)
            assert made.effort <= 1.0


def test_departments__may_follow_one_after_the_other():
    strategy = Strategy.model_validate(
        {
            "service": {"human": 0.9, "budget": 0.01}, "marketing": {"relevance": 0.8},
            "departments": ["service"],
            "changes": [{"month": 6, "set": {"departments": ALL}}],
        }
    )  # fmt: skip
    (_, first), (month, then) = strategy.schedule()
    assert (first.service.human, first.marketing.relevance) == (0.9, 0.3)
    assert (month, then.service.human, then.marketing.relevance) == (6, 0.9, 0.8)


@pytest.mark.parametrize("name", ["telecom", "apparel"])
def test_departments__left_out_are_not_charged(name):
    """Whoever leaves a department out pays for it what one without any programme pays."""
    scenario = small(
        market=market(name), population={"size": 300, "customer_share": 0.8},
        strategies={"partial": {**RICH, "departments": ["marketing"], "changes": []}}, horizon=4,
    )  # fmt: skip
    months = simulate(scenario, "partial").curves
    assert months[["community", "data", "rewards", "acts"]].to_numpy().sum() == 0.0
    assert months["referral_rewards"].sum() == 0.0
    assert months["fixed"].iloc[0] == 7.0
    assert months["marketing"].sum() > simulate(scenario, "none").curves["marketing"].sum() > 0.0


def test_departments__nobody_in_is_no_programme():
    """To the bit: all that is left is what the company as a whole pays."""
    scenario = small(horizon=6)
    start = begin(scenario, 0, RULES)
    alone = preset("flywheel_with_points").model_copy(update={"departments": (), "fixed_cost": 0.0})
    partial = run(start, "none", alone, RULES)
    # What switching to the new levers costs is paid by those who switch.
    neutral = run(start, "none", preset("none"), RULES)
    money = ("profit", "equity", "switching", "cash")
    found = [name for name in differing(partial, neutral) if not name.endswith(money)]
    assert found == [name for name in found if name.startswith("ledger.")]


def test_departments__all_in_is_what_it_was():
    scenario = small(horizon=6)
    start = begin(scenario, 0, RULES)
    whole = preset("flywheel")
    named = whole.model_copy(update={"departments": tuple(reversed(ALL))})
    assert same_bits(
        run(start, "x", whole, RULES).curves["equity"],
        run(start, "x", named, RULES).curves["equity"],
    )
