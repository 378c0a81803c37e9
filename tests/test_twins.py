"""Twins: what belongs to one person, one month or one strategy changes nothing else by a bit."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import assume, given, seed, settings
from hypothesis import strategies as st

from engagesim.agents.experience import ASPECTS
from engagesim.scenarios.coefficients import Coefficients
from engagesim.scenarios.investing import Investing
from engagesim.scenarios.levers import Levers, Strategy
from engagesim.scenarios.parameter import evidence_of, parameters
from engagesim.scenarios.scenario import Scenario
from engagesim.sim.compare import compare, runs_from
from engagesim.sim.run import Run, Start, begin, revised, run, simulate

from .cases import (
    MARKETS,
    PRESETS,
    RULES,
    differing,
    edge_file,
    frames_differing,
    lived,
    market,
    people_differing,
    preset,
    same_bits,
    scenarios,
    small,
)

# One more person.


def with_one_more(scenario: Scenario) -> Scenario:
    size = scenario.population.size + 1
    return revised(scenario, population=scenario.population.model_copy(update={"size": size}))


def test_one_more_person__changes_nobody_else():
    """100 scenarios in which no tie leads to the new one, nor the staff, ideas or opinion."""
    joined = 0

    def check(scenario: Scenario, world: int) -> None:
        nonlocal joined
        before, after = lived(scenario, world), lived(with_one_more(scenario), world)
        size = scenario.population.size
        assert len(after.people) == size + 1
        assert people_differing(before.people, after.people[:size]) == []
        joined += int(after.people["firm"][size] >= 0)

    for number, kind in enumerate(("none", "file")):
        cases = given(
            scenarios(kinds=[kind], sizes=(1, 40), months=(3, 6), alone=True, shares=[0.8]),
            st.integers(0, 1000),
        )
        seed(number)(settings(max_examples=50)(cases(check)))()
    assert joined > 20  # the new one is often a customer


def test_one_more_person__changes_no_calibration():
    """Without a tie, one more person lowers the mean degree of an edge list from 2.75 to 2.44."""
    ties = [(a, b) for a in range(8) for b in range(a)][:11]
    scenario = small(
        population={"size": 8, "start": "cohort", "customer_share": 0.7},
        network={"kind": "file", "file": edge_file(ties)},
        strategies={"flywheel": preset("flywheel")},
    )
    before, after = lived(scenario), lived(with_one_more(scenario))
    assert people_differing(before.people, after.people[:8]) == []


def test_one_more_person__a_neighbour_may_change():
    """What the above would miss if people were deaf: a tie to a newcomer moves somebody."""
    scenario = small(
        population={"size": 41, "start": "cohort", "customer_share": 0.9},
        market=market("telecom", failure=0.5, recovery=0.0),
        horizon=12,
    )
    alone = revised(scenario, network={"kind": "file", "file": edge_file([(0, 1)])})
    ties = [(0, 1), *((one, 40) for one in range(40))]
    tied = revised(scenario, network={"kind": "file", "file": edge_file(ties)})
    start = begin(alone, 0, RULES)
    other = start._replace(ties=begin(tied, 0, RULES).ties)
    moved = people_differing(lived(alone, start=start).people[:40],
                             lived(tied, start=other).people[:40])  # fmt: skip
    assert "belief" in moved


# A lever changed at a month.

LEVER_VALUES: dict[str, Any] = {
    "offer.price": 1.3,
    "offer.discount": 0.2,
    "points.earn": 0.2,
    "points.goal": 1.0,
    "points.unit_cost": 0.3,
    "points.expected_breakage": 0.5,
    "points.expiry_months": 4,
    "points.inactivity_months": 1,
    "points.welcome": 0.9,
    "points.endowed": 0.9,
    "points.progressive": True,
    "points.tiers": [0.5, 1.0],
    "points.tier_bonus": 2.0,
    "points.tier_recognition": 1.0,
    "points.automatic": True,
    "points.admin_budget": 0.05,
    "points.better_rewards": [{"goal": 4.0, "worth": 2.0}],
    "points.experience_cost": 0.1,
    "points.payout": True,
    "membership.fee": 2.0,
    "membership.fee_months": 2,
    "membership.discount": 0.3,
    "service.performance": 0.3,
    "service.failure_factor": 5.0,
    "service.recovery": 0.0,
    "service.human": 1.0,
    "service.self_service": 0.0,
    "service.effort": 1.0,
    "service.surprise": 1.0,
    "service.surprise_stage": "first_time",
    "service.proactive": 1.0,
    "service.proactive_stage": "first_time",
    "service.proactive_salient": 1.0,
    "service.proactive_selling": 1.0,
    "service.concierge": 1.0,
    "service.channels": [{"name": "chat", "share": 1.0}],
    "service.staff": 0.4,
    "service.resolution": 0.2,
    "service.experts": 1.0,
    "service.staff_price": 20.0,
    "service.expert_price": 20.0,
    "service.appointment_price": 90.0,
    "service.human_price": 9.0,
    "service.self_price": 2.0,
    "service.recovery_price": 20.0,
    "service.surprise_price": 20.0,
    "service.proactive_price": 20.0,
    "service.concierge_factor": 20.0,
    "service.budget": 0.1,
    "marketing.messages": 40.0,
    "marketing.channels": 9,
    "marketing.aligned": 0.0,
    "marketing.relevance": 1.0,
    "marketing.personalisation": 1.0,
    "marketing.timing": 1.0,
    "marketing.coupon": 0.9,
    "marketing.acquisition": 40.0,
    "marketing.cap": 0.5,
    "marketing.target.by": "recency",
    "marketing.target.share": 0.2,
    "marketing.target.order": "low",
    "marketing.holdout": 0.5,
    "marketing.save.discount": 0.8,
    "marketing.save.months": 1,
    "marketing.save.price": 20.0,
    "marketing.winback.months": 1,
    "marketing.winback.discount": 0.9,
    "marketing.winback.price_months": 1,
    "marketing.winback.price": 20.0,
    "marketing.message_price": 1.0,
    "marketing.acquisition_price": 3.0,
    "marketing.budget": 0.1,
    "community.capacity": 1.0,
    "community.recognition": 1.0,
    "community.pressure": 1.0,
    "community.ideas": 0.0,
    "community.idea_price": 90.0,
    "community.ambassadors": 0.0,
    "community.ambassador_price": 90.0,
    "community.ambassador_pay": 90.0,
    "community.budget": 0.1,
    "data.depth": 1.0,
    "data.transparency": 0.0,
    "data.control": 0.0,
    "data.ethics": 0.0,
    "data.listening": 1.0,
    "data.budget": 0.1,
    "referrals.reward": 50.0,
    "acts.sharing": 20.0,
    "acts.newsletter": 9.0,
    "fixed_cost": 100.0,
    "budget_year": 100.0,
    "invest.quality": 0.1,
    "invest.reliability": 0.1,
    "invest.recovery": 0.1,
    "invest.effort": 0.1,
    "invest.relevance": 0.1,
    "invest.community": 0.1,
    "flywheel.reinvested": 0.9,
    "flywheel.quality": 1.0,
    "flywheel.reliability": 1.0,
    "flywheel.recovery": 1.0,
    "flywheel.effort": 1.0,
    "flywheel.relevance": 1.0,
    "flywheel.community": 1.0,
    "departments": ["service"],
    "score": "purchases",
}

BUSY: dict[str, Any] = {
    "points": {
        "earn": 0.05,
        "goal": 3.0,
        "welcome": 0.2,
        "expiry_months": 24,
        "tiers": [2.0, 6.0],
        "tier_bonus": 0.2,
        "tier_recognition": 0.5,
        "admin_budget": 0.01,
    },
    "service": {
        "surprise": 0.3,
        "surprise_price": 1.0,
        "proactive": 0.3,
        "concierge": 0.1,
        "experts": 4.0,
        "recovery_price": 1.0,
    },
    "marketing": {
        "messages": 12.0,
        "aligned": 0.5,
        "acquisition": 3.0,
        "winback": {"months": 12, "discount": 0.2, "price": 2.0},
    },
    "community": {
        "capacity": 0.4,
        "recognition": 0.3,
        "pressure": 0.2,
        "ideas": 0.5,
        "ambassadors": 0.05,
    },
    "referrals": {"reward": 5.0},
    "acts": {"sharing": 1.0, "newsletter": 1.0},
}
"""A programme in which every lever has something to act on."""


DEAR = {"offer.price": 2.0, "flywheel.reinvested": 0.5}
PREPARED: dict[str, dict[str, Any]] = {
    "marketing.personalisation": {"marketing.messages": 6.0},
    "service.staff_price": {"service.staff": 2.0},
    "membership.fee_months": {"membership.fee": 1.0},
    "marketing.target.by": {"marketing.target.share": 0.2},
    "marketing.target.order": {"marketing.target.share": 0.2},
    "marketing.save.months": {"marketing.save.discount": 0.8},
    "marketing.save.price": {"marketing.save.discount": 0.8},
    **{
        f"flywheel.{aspect}": {**DEAR, f"flywheel.{other}": 1.0}
        for aspect, other in zip(ASPECTS, (*ASPECTS[1:], ASPECTS[0]), strict=True)
    },
    "flywheel.reinvested": {**DEAR, "flywheel.quality": 1.0},
}
"""What else some levers need: too many messages put off, however personal; a channel's staff is its
own; a margin to put back; and somewhere else where it went before."""
ALONG = {
    f"flywheel.{aspect}": {f"flywheel.{other}": 0.0}
    for aspect, other in zip(ASPECTS, (*ASPECTS[1:], ASPECTS[0]), strict=True)
}
"""What must be set with some levers: the shares of the six aspects sum to one."""


def busy(name: str) -> Scenario:
    """A market with much going on: failures, talk, joining, leaving, points that expire."""
    leaving = {"telecom": {"a": 0.7, "b": 1.2}, "apparel": {"a": 0.79, "b": 2.4}}[name]
    changes: dict[str, Any] = {
        "failure": 0.2, "encounters": 2.0, "leaving": leaving,
        "rival_performance": 0.8, "rival_programmes": 1, "discounter": True,
    }  # fmt: skip
    if name == "telecom":
        changes["renewal_months"] = 3
    else:
        changes["buying"] = {"rate": 1.5, "shape": 1.0, "basket": 40.0}
        changes["inactivity_months"] = 4
    return small(
        market=market(name, **changes),
        population={"size": 200, "start": "cohort", "customer_share": 0.6},
        network={"kind": "small_world", "degree": 6},
        coefficients={"adoption": {"adoption_external": 0.01, "adoption_social": 0.08}},
        strategies={"busy": Strategy.model_validate(BUSY)},
        horizon=16,  # a year as a member, and who loses a tier then
    )


class Lived(NamedTuple):
    """A busy market, its start, and what comes of it as it is, under neutral and rich levers."""

    scenario: Scenario
    start: Start
    usual: Run
    neutral: Run
    rich: Run


@pytest.fixture(scope="module")
def markets() -> dict[str, Lived]:
    made = {}
    for name in MARKETS:
        scenario = busy(name)
        start = begin(scenario, 0, RULES)
        runs = [under(scenario, start, strategy) for strategy in (BUSY, {})]
        runs.append(under(scenario, struck(start), RICH))
        made[name] = Lived(scenario, start, *runs)
    return made


def under(scenario: Scenario, start: Start, strategy: Any) -> Run:
    return run(start, "tried", Strategy.model_validate(strategy), RULES)


def struck(start: Start) -> Start:
    """The same, but that a breach, a scandal and portability will strike, and rivals' breaches."""
    events = [{"kind": kind, "month": 5} for kind in ("breach", "scandal", "portability")]
    events += [
        {"kind": "rival_breach", "month": 7 + k, "severity": s} for k, s in enumerate((0.4, 1))
    ]
    return start._replace(scenario=revised(start.scenario, shocks=events))


def leaves(tree: dict[str, Any], prefix: str = "") -> Iterator[str]:
    for name, value in tree.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{prefix}{name}.")
        else:
            yield prefix + name


def test_levers__all_are_tried():
    closing = {"points.closing_months"}  # of programmes that end: test_start.py
    assert set(LEVER_VALUES) | closing == set(leaves(Levers().model_dump()))


def until(run: Run, month: int) -> tuple[Any, Any]:
    return run.curves[run.curves["month"] < month], run.ledger[run.ledger["month"] < month]


@pytest.mark.parametrize("month", [0, 5])
@pytest.mark.parametrize("lever", LEVER_VALUES)
def test_lever__changed_at_a_month_changes_nothing_before(markets, lever, month):
    """And every lever moves the books or the curves afterwards, in one market at least."""
    moved = []
    for scenario, start, usual, *_ in markets.values():
        changed = {lever: LEVER_VALUES[lever], **ALONG.get(lever, {})}
        changes = [{"month": month, "set": changed}]
        if lever in PREPARED:
            changes.insert(0, {"month": 0, "set": PREPARED[lever]})
            usual = under(scenario, start, {**BUSY, "changes": changes[:1]})
        other = under(scenario, start, {**BUSY, "changes": changes})
        for one, two in zip(until(usual, month), until(other, month), strict=True):
            assert frames_differing(one, two) == []
        moved += frames_differing(usual.curves, other.curves)
        moved += frames_differing(usual.ledger, other.ledger)
        shared = usual.retention.merge(other.retention, on=["cohort", "age"])
        before = np.maximum(shared["cohort"], 0) + shared["age"] <= month
        assert same_bits(shared["share_x"][before], shared["share_y"][before])
    assert moved


def test_levers__set_to_their_own_values_change_nothing(markets):
    tree: Any = Strategy.model_validate(BUSY).model_dump()
    values = {}
    for lever in LEVER_VALUES:
        values[lever] = tree
        for part in lever.split("."):
            values[lever] = values[lever][part]
    for scenario, start, usual, *_ in markets.values():
        other = under(scenario, start, {**BUSY, "changes": [{"month": 3, "set": values}]})
        assert differing(usual, other) == []


@settings(max_examples=25)
@given(scenarios(months=(4, 8), shares=[0.8]), st.integers(0, 100), st.integers(1, 3), st.data())
def test_change__of_any_scenario_changes_nothing_before(scenario, world, month, data):
    # Or what changes may be nobody's, or come while the programme pauses.
    whole = {"departments": Levers().departments, "budget_year": None}
    strategy = scenario.strategies["tried"].model_copy(update=whole)
    change = {"month": month, "set": {
        "offer.discount": data.draw(st.sampled_from([0.1, 0.45])),
        "service.performance": data.draw(st.sampled_from([0.05, 0.95])),
        "service.budget": 0.033,
    }}  # fmt: skip
    steps = [c for c in strategy.model_dump()["changes"] if c["month"] < month]
    plain = Strategy.model_validate({**strategy.model_dump(), "changes": steps})
    changed = Strategy.model_validate({**strategy.model_dump(), "changes": [*steps, change]})
    start = begin(scenario, world, RULES)
    usual, other = (run(start, "tried", chosen, RULES) for chosen in (plain, changed))
    for one, two in zip(until(usual, month), until(other, month), strict=True):
        assert frames_differing(one, two) == []
    assume(usual.curves["customers"][month] > 0)
    assert "amount" in frames_differing(usual.ledger, other.ledger)


# Neutral adds nothing.

OF_LEVERS = {
    "effort_weight", "surprise_effect", "surprise_repeat", "concierge_effect", "shield_losses",
    "drift_tracked", "cheapening", "idea_gain", "trust_openness", "breach_hurt",
    "breach_transparency", "breach_control", "scandal_hurt", "scandal_talk", "devaluation_hurt",
    "sales_suspicion", "from_human", "from_participation", "from_ties", "from_recognition",
    "from_surprise", "from_relevance", "from_effort", "message_irritation", "reactance",
    "promotion", "demotion", "ideal_messages", "message_lift", "message_floor",
    "message_hazard", "opt_out", "best_self_service", "self_service_curve", "personal_response",
    "prevention", "salience_hazard", "channel_spend", "channel_ease", "signal_lift",
    "signal_base", "signal_involved", "telling", "told_relevance", "deal_newcomers",
    "deal_established", "deal_habit", "enrol_chance", "card_shown", "redeem_chance",
    "points_lift", "price_orientation", "lift_erosion", "lift_lasting", "goal_gradient",
    "points_lock", "member_bond", "progressive_lift", "rival_programme_loss", "discounter_lift",
    "reward_momentum", "reward_letdown", "reward_renewal", "demotion_hazard", "crowding_out",
    "idea_rate", "shared_most", "shared_half", "recognition_talk", "paid_credibility",
    "referral_half", "referred_hazard", "referred_premium", "referrer_hazard", "referrer_spend",
    "hazard_ties", "shield_rivals", "hostage_hazard", "spill_mild", "spill_severe",
    "spill_severe_from", "idea_uptake", "ambassador_reach", "handover_effort",
    "appointment_sale", "saving_months", "discount_pull", "acquisition_elasticity",
    "return_chance",
    *Investing.model_fields,
}  # fmt: skip
"""Coefficients that act through a lever, or a shock, alone."""

RICH: dict[str, Any] = {
    **BUSY,
    "points": {**BUSY["points"], "progressive": True, "endowed": 0.3, "experience_cost": 0.1,
               "better_rewards": [{"goal": 4.5, "worth": 1.5}]},
    "invest": dict.fromkeys(ASPECTS, 0.001),
    "service": {**BUSY["service"], "human": 0.9, "effort": 0.7, "self_service": 0.9,
                "proactive_salient": 0.5, "proactive_selling": 0.3, "surprise": 1.0},
    "marketing": {"messages": 20.0, "relevance": 0.9, "aligned": 0.8, "personalisation": 0.8,
                  "timing": 0.9, "coupon": 0.3, "acquisition": 3.0, "save": {"discount": 0.5},
                  "winback": BUSY["marketing"]["winback"]},
    "community": {**BUSY["community"], "capacity": 0.8, "recognition": 0.5, "pressure": 0.9},
    "data": {"transparency": 0.9, "control": 0.9, "ethics": 0.9, "listening": 1.0},
    "changes": [
        {"month": 4, "set": {"acts.sharing": 0.0, "referrals.reward": 0.0}},
        {"month": 6, "set": {"points.goal": 4.0, "points.tiers": [5.0, 99.0]}},
        {"month": 9, "set": {"acts.sharing": 5.0, "referrals.reward": 9.0,
                             "marketing.messages": 4.0}},
        {"month": 14, "set": {"departments": ["marketing", "sales", "service", "community"]}},
    ],
}  # fmt: skip
"""Levers of all kinds; rewards for advocacy that end for a while, a programme that is devalued."""


def with_coefficients(scenario: Scenario, values: dict[str, float]) -> Scenario:
    tree = scenario.coefficients.model_dump()
    for group in tree.values():
        group.update({name: value for name, value in values.items() if name in group})
    return revised(scenario, coefficients=tree)


def far_end(scenario: Scenario, coefficient: str) -> float:
    """The end of a coefficient's range that is farther from its value."""
    if coefficient == "public_reach":
        return 5.0  # of 6 neighbours, 10 or 50 are all
    for name, field, value in parameters(scenario.coefficients):
        evidence = evidence_of(field)
        if name.rpartition(".")[2] == coefficient and evidence is not None:
            return max(evidence.low, evidence.high, key=lambda end: abs(end - value))
    raise KeyError(coefficient)


ALL = [name.rpartition(".")[2] for name, _, _ in parameters(Coefficients())]
ALL.remove("closure_hurt")  # of programmes that end: test_start.py
ALL.remove("staying_in_category")  # of rivals with names: test_rivals.py
ALL.remove("fee_worth")  # of paid memberships: test_membership.py


@pytest.mark.parametrize("coefficient", ALL)
def test_neutral__coefficients_of_levers_move_nothing(markets, coefficient):
    """Under neutral levers a lever's coefficient changes no bit; under rich ones it does.

    All other coefficients do act under neutral levers: none is stored and then ignored.
    """
    found = {"neutral": False, "rich": False}
    for scenario, _, _, neutral, rich in markets.values():
        if all(found.values()):
            break
        other = with_coefficients(scenario, {coefficient: far_end(scenario, coefficient)})
        start = begin(other, 0, RULES)
        assert neutral.curves["customers_true"].iloc[-1] > 0
        found["neutral"] |= bool(differing(neutral, under(other, start, {})))
        found["rich"] |= bool(differing(rich, under(other, struck(start), RICH)))
    assert found == {"neutral": coefficient not in OF_LEVERS, "rich": True}


@pytest.mark.parametrize("name", MARKETS)
def test_neutral__levers_of_what_is_not_there_move_nothing(markets, name):
    """Rules of a programme that gives no points, and prices of what is never bought."""
    scenario, start, _, neutral, _ = markets[name]
    idle = {
        "points": {"goal": 1.0, "unit_cost": 2.0, "expected_breakage": 0.9, "expiry_months": 4,
                   "inactivity_months": 1, "welcome": 1.0, "automatic": True},
        "service": {"surprise_price": 9.0, "recovery": scenario.market.recovery},
    }  # fmt: skip
    assert differing(neutral, under(scenario, start, idle)) == []


def test_neutral__is_the_preset_none():
    assert preset("none").model_copy(update={"about": ""}) == Strategy()


# Strategies, worlds and seeds.


def lives(scenario: Scenario) -> list[Run]:
    return runs_from(begin(scenario, 2, RULES), RULES)


@pytest.mark.parametrize("uncertainty", ["all", "luck"])
def test_strategies__their_order_and_company_change_nothing(uncertainty):
    scenario = small(
        market=market("apparel"),
        network={"kind": "small_world"},
        strategies={name: preset(name) for name in PRESETS},
        uncertainty=uncertainty,
        worlds=3,
    )
    backwards = dict(reversed(scenario.strategies.items()))
    together = {r.strategy: r for r in lives(scenario)}
    turned = {r.strategy: r for r in lives(revised(scenario, strategies=backwards))}
    for name, strategy in scenario.strategies.items():
        alone = lives(revised(scenario, strategies={name: strategy}))
        renamed = lives(revised(scenario, strategies={"other": strategy}))
        assert differing(together[name], turned[name]) == []
        assert differing(together[name], alone[0]) == []
        assert differing(together[name], renamed[0], names=False) == []


@pytest.mark.parametrize("uncertainty", ["all", "luck", "none"])
def test_simulate__equals_the_run_inside_a_comparison(uncertainty):
    scenario = small(
        network={"kind": "random"},
        strategies={name: preset(name) for name in ("points_only", "flywheel")},
        uncertainty=uncertainty,
        worlds=1 if uncertainty == "none" else 3,
        threads=2,
    )
    compared = compare(scenario)
    assert sorted(set(compared.curves["world"])) == list(range(scenario.worlds))
    for world in range(scenario.worlds):
        for name in scenario.strategies:
            alone = simulate(scenario, name, world=world)
            for frame in ("curves", "retention", "summary"):
                whole = getattr(compared, frame)
                part = whole[(whole["world"] == world) & (whole["strategy"] == name)]
                if frame == "summary":
                    assert {k: part[k].item() for k in alone.summary} == pytest.approx(
                        alone.summary, rel=0.0, abs=0.0, nan_ok=True
                    )
                else:
                    assert frames_differing(part, getattr(alone, frame)) == []


def digest(run: Run) -> str:
    hashed = hashlib.sha256()
    for name in run.people.dtype.names or ():
        hashed.update(np.ascontiguousarray(run.people[name]).tobytes())
    for frame in (run.curves, run.ledger, run.retention):
        numbers = frame.select_dtypes("number")
        hashed.update(np.ascontiguousarray(numbers.to_numpy(float)).tobytes())
    return hashed.hexdigest()


DIGEST = """
import importlib.util, sys, pathlib
folder = pathlib.Path(sys.argv[1])
for name in ("cases", "test_twins"):
    spec = importlib.util.spec_from_file_location(f"tests.{name}", folder / f"{name}.py")
    sys.modules[f"tests.{name}"] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
print(module.digest(module.lived(module.grown("apparel"))))
"""


def grown(name: str) -> Scenario:
    """The busy market with a base of customers, whom the published survival curve has left."""
    scenario = busy(name)
    population = scenario.population.model_copy(update={"start": "base"})
    return revised(scenario, population=population)


def test_seed__same_bits_in_any_process():
    """Other hashes, and another number of threads for whatever uses BLAS, are no other luck."""
    once, again = lived(grown("apparel")), lived(grown("apparel"))
    assert differing(once, again) == []
    ran = subprocess.run(
        [sys.executable, "-c", DIGEST, os.path.dirname(__file__)],
        env={**os.environ, "PYTHONHASHSEED": "4321", "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (ran.stdout.strip(), ran.stderr) == (digest(once), "")


def test_seed__another_one_is_another_life():
    scenario = small(strategies={"points_only": preset("points_only")})
    one, two = (simulate(scenario, "points_only", seed=number) for number in (1, 2))
    moved = differing(one, two)
    assert {"people.match", "people.basket", "people.trust", "curves.profit"} <= set(moved)
    same = [name for name in ("id", "firm") if f"people.{name}" not in moved]
    assert same[:1] == ["id"]
    luck = revised(scenario, uncertainty="luck", worlds=2)
    worlds = [simulate(luck, "points_only", world=number) for number in (0, 1)]
    assert "people.match" in differing(*worlds)
    assert differing(worlds[0], one) == []  # world 0 under luck alone is the one without doubt
