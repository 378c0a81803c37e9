"""Both engines live the same lives: equal bits, whatever the scenario, the threads or the rules."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import mesa
import numpy as np
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

import engagesim as es
from engagesim.agents.rules import rule
from engagesim.agents.state import Person, fields
from engagesim.scenarios.scenario import Scenario
from engagesim.scenarios.shocks import LASTING
from engagesim.sim.kernel import BLOCK
from engagesim.sim.metrics import COUNTS
from engagesim.sim.model import Model
from engagesim.sim.run import Run, begin, revised, rules_of, run, simulate

from .cases import (
    KINDS,
    MARKETS,
    RICH,
    RULES,
    differing,
    lived,
    market,
    people_differing,
    preset,
    scenarios,
    small,
)

SHOCKS = ("breach", "rival_breach", "scandal", "portability")
TALK = {"kind": "small_world", "degree": 6}
CONSTANT = {"id", "rational", "hedonic", "trust_home", "engagement_home", "engagement_score",
            "reputation", "wallet_score", "switching", "basket", "deal_prone", "leaving_score",
            "base", "satisfaction_norm", "satisfaction_curved", "trust_norm", "engagement_norm",
            "expectation_norm"}  # fmt: skip
"""Fields of a person that no month changes."""


def rich(name: str) -> Scenario:
    """Small, with all there is to do and all that can strike, for long enough to lose a tier."""
    levers = RICH
    if name == "telecom":  # where leaving is announced
        levers = {**RICH, "marketing": {**RICH["marketing"], "save": {"discount": 0.6}}}
    return small(
        market=market(name, failure=0.3, encounters=2.0, rival_programmes=1, discounter=True),
        population={"size": 200, "start": "base", "customer_share": 0.7},
        network=TALK,
        strategies={"rich": levers},
        coefficients={"contact": {"appointment_sale": 0.4}},
        shocks=[
            *({"kind": kind, "month": 12} for kind in SHOCKS),
            {"kind": "rival_breach", "month": 29, "severity": 0.2},
            *({"kind": kind, "month": 6, "severity": 0.2, "months": 24} for kind in LASTING),
        ],
        horizon=30,
    )


def test_engines__equal_bits_on_generated_scenarios():
    """60 scenarios, 12 for each kind of network, and four in which everything is done.

    They reach every flow that the books count, and every state that a month can change.
    """
    reached: set[str] = set()
    lives: set[str] = set()

    def check(scenario, world):
        start = begin(scenario, world, RULES)
        before = start.people.copy()
        compiled = lived(scenario, world, start)
        by_mesa = lived(revised(scenario, engine="mesa"), world, start)
        assert differing(compiled, by_mesa) == []
        assert people_differing(start.people, before) == []  # the shared start is nobody's to write
        reached.update(name for name in COUNTS if compiled.curves[name].any())
        reached.update(people_differing(compiled.people, before))
        lives.add(f"{scenario.market.setting}, {scenario.population.start}")

    for number, kind in enumerate(KINDS):
        cases = given(scenarios(kinds=[kind]), st.integers(0, 1000))
        seed(number)(settings(max_examples=12)(cases(check)))()
    for name in MARKETS:
        for seed_of_luck in (1, 6):
            check(revised(rich(name), seed=seed_of_luck), 0)
    assert reached == {*COUNTS, *fields(Person)} - CONSTANT
    assert len(lives) == 4


def test_engines__equal_bits_over_several_blocks():
    """Sums of floats depend on their order, so Mesa adds by block as the table does."""
    scenario = small(
        population={"size": BLOCK + 300, "start": "cohort", "customer_share": 1.0},
        strategies={"tried": preset("flywheel_with_points")},
        horizon=2,
    )
    start = begin(scenario, 0, RULES)
    compiled = lived(scenario, start=start)
    assert differing(compiled, lived(revised(scenario, engine="mesa"), start=start)) == []


def test_threads__give_the_same_bits():
    scenario = small(
        market=market("apparel"),
        population={"size": 2 * BLOCK + 1000, "start": "cohort", "customer_share": 0.6},
        network=TALK,
        strategies={"tried": preset("flywheel_with_points")},
    )
    strategy = scenario.strategies["tried"]
    runs: list[Run] = []
    for threads in (None, 1, 2):
        pool = ThreadPoolExecutor(threads) if threads else None
        start = begin(scenario, 0, RULES, pool=pool)
        runs.append(run(start, "tried", strategy, RULES, pool))
        if pool:
            pool.shutdown()
    runs += [simulate(revised(scenario, threads=threads), "tried") for threads in (1, 2)]
    assert [differing(runs[0], other) for other in runs[1:]] == [[], [], [], []]


@rule
def leave_in_anger(customer, offer, world, luck):
    """Leave after a month with a failure, at once and whatever the contract; else by luck."""
    angry = customer.failures > 0 and luck.leave < 0.5
    customer.lapsing = 1 if angry or luck.leave < 0.01 else 0
    if customer.lapsing == 1:
        customer.alive = 0
        customer.departing = 1.0


@rule
def buy_two(customer, offer, world, luck):
    """Two purchases a month, and a third by luck."""
    customer.purchases = 3 if luck.purchases < 0.5 else 2
    customer.spend = int(customer.basket * customer.purchases * offer.list_price * 1e6)
    customer.silence = 0


def test_rules__of_ones_own_on_both_engines():
    scenario = small(network=TALK, strategies={"points_only": preset("points_only")})
    rules = {"leave": leave_in_anger, "buy": buy_two}
    default = simulate(scenario, "points_only")
    compiled = simulate(scenario, "points_only", rules=rules)
    by_mesa = simulate(scenario, "points_only", rules=rules, engine="mesa")
    assert differing(compiled, by_mesa) == []
    assert compiled.curves["left"].sum() > default.curves["left"].sum() == 0  # no renewal yet
    old = default.people["tenure"] > 0  # a month is shopped in once it has begun
    assert set(default.people["purchases"][old]) == {1}
    old = (compiled.people["tenure"] > 0) & (compiled.people["alive"] == 1)
    assert set(compiled.people["purchases"][old]) == {2, 3}


def test_rules__an_unknown_name_is_refused():
    with pytest.raises(es.BadInput, match=r"no rule is called 'leav'; there are .*leave"):
        rules_of({"leav": leave_in_anger})
    with pytest.raises(es.BadInput, match="'leav'"):
        es.simulate(small(), "none", rules={"leav": leave_in_anger})
    with pytest.raises(es.BadInput, match="'leav'"):
        es.Model(small(), "none", rules={"leav": leave_in_anger})


def need_half(customer, offer, world, luck):
    customer.encounters = 1
    customer.complaints = 0.5


def opt_numpy(customer, offer, world, luck):
    customer.opted_out = np.int32(1)


def trust_whole(customer, offer, world):
    customer.trust = 1


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"need": need_half}, "complaints holds 0.5, a float"),
        ({"opt_out": opt_numpy}, r"opted_out holds .*1.*, a int32"),
        ({"trust": trust_whole}, "trust holds 1, a int"),
    ],
)
def test_mesa__a_number_of_another_type_is_caught(changed, said):
    scenario = small(engine="mesa", checks=False)
    start = begin(scenario, 0, RULES)
    model = Model.at(start, "none", preset("none"), RULES._replace(**changed))
    model.step()
    with pytest.raises(TypeError, match=said):
        model.result()


@pytest.mark.parametrize("name", MARKETS)
def test_model__is_a_mesa_model(name):
    scenario = small(market=market(name), network=TALK)
    model = es.Model(scenario, "flywheel_with_points", world=3)
    assert isinstance(model, mesa.Model)
    assert isinstance(model.customers, mesa.agent.AgentSet)
    assert all(isinstance(customer, mesa.Agent) for customer in model.customers)
    assert [customer.id for customer in model.customers] == list(range(60))
    collector = mesa.DataCollector(
        model_reporters={"alive": lambda m: sum(c.alive for c in m.customers)},
        agent_reporters={"trust": "trust", "firm": "firm"},
    )
    for month in range(scenario.horizon):
        assert model.month == month
        model.step()
        collector.collect(model)
    alone = simulate(scenario, "flywheel_with_points", world=3)
    assert differing(model.result(), alone) == []
    assert model.steps == model.month == scenario.horizon
    collected = collector.get_model_vars_dataframe()["alive"]
    assert list(collected) == list(alone.curves["customers_true"])
    last = collector.get_agent_vars_dataframe().xs(scenario.horizon, level="Step")
    assert list(last["trust"]) == list(alone.people["trust"])
    assert list(last["firm"]) == list(alone.people["firm"])


def test_model__a_customer_can_be_changed_between_months():
    """What a researcher does to one customer between two steps is lived with."""
    scenario = small(horizon=3)
    model = es.Model(scenario, "none")
    model.step()
    customer = next(c for c in model.customers if c.alive == 1)
    customer.trust = 0.0
    model.step()
    other = es.Model(scenario, "none")
    other.step()
    other.step()
    changed = [
        one.id for one, two in zip(model.customers, other.customers, strict=True)
        if one.record() != two.record()
    ]  # fmt: skip
    assert changed == [customer.id]


def test_model__seed_and_world_are_those_of_a_run():
    scenario = small(uncertainty="all", worlds=2)
    model = es.Model(scenario, "points_only", seed=9, world=1)
    for _ in range(scenario.horizon):
        model.step()
    assert differing(model.result(), simulate(scenario, "points_only", seed=9, world=1)) == []


COUNT_HITS = """
from engagesim.agents.rules import Rules
from engagesim.scenarios.levers import Strategy
from engagesim.scenarios.scenario import Scenario
from engagesim.sim.kernel import kernels
from engagesim.sim.run import begin
scenario = Scenario(strategies={"none": Strategy()}, population={"size": 10}, horizon=1)
begin(scenario, 0, Rules())
for loop in kernels(Rules()):
    print(sum(loop.stats.cache_hits.values()), sum(loop.stats.cache_misses.values()))
"""


def test_kernels__compiled_once_for_all_processes():
    """Another process, of other hashes, finds on disk what this one has compiled."""
    begin(small(), 0, RULES)
    ran = subprocess.run(
        [sys.executable, "-c", COUNT_HITS],
        env={**os.environ, "PYTHONHASHSEED": "12345"},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert ran.stdout.split() == ["1", "0"] * 2
