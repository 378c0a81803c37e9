"""Every parameter matters within its range, and no setting within the ranges breaks a state."""

import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from scipy.stats import qmc

from engagesim.agents.rules import Rules
from engagesim.scenarios.coefficients import Coefficients
from engagesim.scenarios.costs import Costs
from engagesim.scenarios.market import Network
from engagesim.scenarios.parameter import evidence_of, parameters
from engagesim.scenarios.scenario import Scenario
from engagesim.sim.run import begin, run
from engagesim.sim.validation.ablation import staged

from .cases import market, preset, small

STRATEGIES = ("none", "points_only", "flywheel", "flywheel_badly_run")
STATES = ("satisfaction", "trust", "engagement")
POINTS = 300
CORES = 2


def ranges() -> dict[str, tuple[float, float]]:
    """The range of each coefficient and price, by dotted key."""
    groups = {"coefficients": Coefficients(), "costs": Costs()}
    return {
        f"{name}.{key}": (evidence.low, evidence.high)
        for name, group in groups.items()
        for key, field, _ in parameters(group)
        if (evidence := evidence_of(field))
    }


def at(scenario: Scenario, values: dict[str, float]) -> Scenario:
    """The scenario with other numbers, by dotted key."""
    tree = scenario.model_dump()
    for key, value in values.items():
        *path, leaf = key.split(".")
        node: Any = tree
        for name in path:
            node = node[name]
        assert leaf in node
        node[leaf] = value
    return Scenario.model_validate(tree)


# Every parameter.


def stage(name: str, size: int) -> Scenario:
    """A small market in which every mechanism has something to act on."""
    scene = small(
        market=market(name, encounters=2.0),
        population={"size": size, "customer_share": 0.5, "start": "base"},
        network={"kind": "small_world", "degree": 6},
        horizon=54,
        checks=False,
    )
    return staged(scene).model_copy(update={"uncertainty": "none"})


def outcome(scenario: Scenario) -> list[float]:
    """What a life comes to: everything that its curves and its summary hold, in one list."""
    start = begin(scenario, 0, Rules())
    name, strategy = next(iter(scenario.strategies.items()))
    lived = run(start, name, strategy, Rules())
    curves = lived.curves.select_dtypes("number").to_numpy().ravel()
    return np.nan_to_num([*lived.summary.values(), *curves]).tolist()


@pytest.mark.parametrize("key", ranges())
def test_parameter__moves_an_output_within_its_range(key: str) -> None:
    """The same people with the same luck, at both ends of the range; what strikes few, in many."""
    low, high = ranges()[key]
    assert low < high
    assert any(
        outcome(at(stage(name, size), {key: low})) != outcome(at(stage(name, size), {key: high}))
        for size in (800, 8000)
        for name in ("telecom", "apparel")
    )


# All of them at once.


def hypercube() -> list[dict[str, float]]:
    """Points of a Latin hypercube over all ranges, and over what markets may be."""
    wide = {
        **{key: ends for key, ends in ranges().items() if key.startswith("coefficients")},
        "market.failure": (0.02, 0.15),
        "market.rational_involvement": (0.1, 0.95),
        "market.hedonic_involvement": (0.1, 0.95),
        "ln encounters": (math.log(0.25), math.log(8.0)),
        "degree": (4.0, 20.0),
    }
    ends = np.array(list(wide.values()))
    places = qmc.LatinHypercube(len(wide), rng=7).random(POINTS)
    drawn = ends[:, 0] + places * (ends[:, 1] - ends[:, 0])
    return [dict(zip(wide, row.tolist(), strict=True)) for row in drawn]


def lives(number: int, point: dict[str, float]) -> dict[str, Any]:
    """Mean states after 60 months under each strategy, and their drift under none."""
    numbers = dict(point)
    degree = round(numbers.pop("degree"))
    numbers["market.encounters"] = math.exp(numbers.pop("ln encounters"))
    scene = small(
        market=market(("telecom", "apparel")[number % 2]),
        population={"size": 1500, "customer_share": 0.8, "start": "base"},
        network=Network(degree=degree),
        strategies={name: preset(name) for name in STRATEGIES},
        horizon=60,
        checks=True,
    )
    scenario = at(scene, numbers)
    start = begin(scenario, 0, Rules())
    found: dict[str, Any] = {}
    for name in STRATEGIES:
        lived = run(start, name, scenario.strategies[name], Rules())
        alive = lived.people[lived.people["alive"] == 1]
        found[name] = [float(alive[state].mean()) for state in STATES]
        found[name].append(float(lived.people["belief"][:, 0].mean()))
        assert all(0.0 <= alive[state].min() <= alive[state].max() <= 1.0 for state in STATES)
    before = start.people[start.people["alive"] == 1]
    found["start"] = [float(before[state].mean()) for state in STATES]
    return found


@pytest.mark.proof
def test_states__saturate_nowhere_in_the_ranges():
    """300 points, both markets in turn, four strategies, books checked: all finite and in bounds.

    A mean beyond .03 to .97 is saturated. Under neutral management means move with who joins and
    leaves and by the luck of 1,200 customers (standard error .005 of S, T, E; of the drift, with
    all of them replaced, .007); where coefficients are extreme, selection is strong.
    """
    points = hypercube()
    with ThreadPoolExecutor(CORES) as pool:
        found = list(pool.map(lives, range(POINTS), points))
    names = (*STATES, "belief")
    beyond: dict[str, int] = {}
    for which, name in enumerate(names):
        ends = np.array([[life[strategy][which] for strategy in STRATEGIES] for life in found])
        assert np.isfinite(ends).all()
        beyond[name] = int(((ends < 0.03) | (ends > 0.97)).any(axis=1).sum())
        spread = np.quantile(ends, (0.05, 0.5, 0.95))
        print(f"{name:13} 5, 50, 95 %: {spread.round(2)}, beyond .03-.97 in {beyond[name]} points")
    drift = np.array([np.array(life["none"][:3]) - life["start"] for life in found])
    print("drift under none, mean", drift.mean(axis=0).round(4), "95 %:",
          np.quantile(np.abs(drift), 0.95, axis=0).round(3))  # fmt: skip
    assert beyond["satisfaction"] == beyond["trust"] == beyond["belief"] == 0
    assert beyond["engagement"] <= 0.02 * POINTS
    assert np.abs(drift.mean(axis=0)).max() < 0.01
