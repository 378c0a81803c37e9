"""What is not known: the uncertain numbers of a scenario, and what each world draws for them.

A world is one point of a Latin hypercube (McKay, Beckman & Conover 1979) over everything that is
memory, judgement or estimate: coefficients and numbers of the market from a triangle with its mode
at the scenario's value, prices uniformly, propensities from the sampling distribution of their fit.
Worlds come in batches of 20, 20, 40, 80 and so on, each a hypercube of its own: more worlds leave
those alone that there are, and each look at the results sees every input spread over its range.
"""

from __future__ import annotations

import functools
import math
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from ..scenarios.coefficients import Coefficients
from ..scenarios.costs import Costs
from ..scenarios.market import DOUBTED, Doubt, Market
from ..scenarios.parameter import evidence_of, parameters
from ..scenarios.scenario import Scenario
from .data.sources import fit_of
from .generator import WORLD, address, columns, key_of

FIRST_LOOK = 20
"""Worlds of the first batch, which later ones double."""

DESIGN = 0xFFFFFFFE
"""The replication whose luck is the design's."""

SCORE = "fit_"
"""What the score of a fitted parameter is named by."""

Kind = Literal["behaviour", "costs", "market", "data"]


class Uncertain(NamedTuple):
    """One uncertain number: where it is from, and the range that worlds draw it from.

    Of `data`, the number is a score of the fit's sampling distribution, and its range holds 95 %.
    """

    name: str
    kind: Kind
    low: float
    mode: float
    high: float

    def at(self, u: float) -> float:
        """The number at a uniform `u` in (0, 1)."""
        if self.kind == "costs":
            return self.low + u * (self.high - self.low)
        if self.kind == "data":
            return float(special.ndtri(u))
        return triangular(u, self.low, self.mode, self.high)


def uncertain(scenario: Scenario) -> tuple[Uncertain, ...]:
    """All numbers of a scenario that rest on memory, judgement or an estimate."""
    fit = fit_of(scenario)
    dimensions, estimated = (fit.dimensions, tuple(fit.parameters())) if fit else ((), ())
    off = frozenset(absent(scenario))
    if not scenario.market.rivals:
        off |= {"staying_in_category"}  # nobody there to go to
    market = scenario.market.model_copy(update={"rivals": ()})  # a schedule cannot be hashed
    known = _uncertain(scenario.coefficients, scenario.costs, market, estimated, off)
    scores = (Uncertain(SCORE + name, "data", -1.96, 0.0, 1.96) for name in dimensions)
    return (*known, *scores)


@functools.lru_cache(maxsize=16)
def _uncertain(
    coefficients: Coefficients,
    costs: Costs,
    market: Market,
    estimated: tuple[str, ...],
    off: frozenset[str],
) -> tuple[Uncertain, ...]:
    found = []
    for name, field, value in parameters(coefficients):
        evidence, leaf = evidence_of(field), name.rpartition(".")[2]
        if evidence is not None and evidence.uncertain and leaf not in (*estimated, *off):
            low, high = min(evidence.low, value), max(evidence.high, value)
            found.append(Uncertain(leaf, "behaviour", low, value, high))
    for name, field, value in parameters(costs):
        evidence = evidence_of(field)
        if evidence is not None and evidence.uncertain:
            ends = evidence.low * value, evidence.high * value
            found.append(Uncertain(name, "costs", ends[0], value, ends[1]))
    for name in Doubt.model_fields:
        if getattr(market.doubt, name) > 0.0 and name not in estimated:
            low, high = market.range_of(name)
            found.append(Uncertain(name, "market", low, market.number(name), high))
    return tuple(found)


def absent(scenario: Scenario) -> dict[str, float | str | None]:
    """The coefficients of mechanisms that are off, each with what stands for its absence."""
    return {
        name.rpartition(".")[2]: evidence.off
        for name, field, _ in parameters(scenario.coefficients)
        if (evidence := evidence_of(field))
        and evidence.switch
        and not getattr(scenario.mechanisms, evidence.switch)
    }


def draw(scenario: Scenario, world: int) -> dict[str, float]:
    """All numbers of one world, by name: coefficients, cost factors, what is drawn of the market.

    Under `uncertainty=all` the uncertain ones are drawn; else they stand at the scenario's values.
    Of a fit, its parameters and the scores that they were drawn by.
    """
    numbers = {
        name.rpartition(".")[2]: float(value)
        for group in (scenario.coefficients, scenario.costs)
        for name, _, value in parameters(group)
    }
    drawn: dict[str, float] = {}
    if scenario.uncertainty == "all":
        inputs = uncertain(scenario)
        u = places(scenario.seed, tuple(number.name for number in inputs), world)
        drawn = {number.name: number.at(x) for number, x in zip(inputs, u.tolist(), strict=True)}
    fit = fit_of(scenario)
    if fit:
        z = [drawn.get(SCORE + name, 0.0) for name in fit.dimensions]
        drawn |= fit.parameters(np.array(z) if scenario.uncertainty == "all" else None)
    numbers |= drawn
    for name, value in absent(scenario).items():
        if value is not None:
            numbers[name] = numbers[value] if isinstance(value, str) else value
    return numbers


def lived_in(scenario: Scenario, numbers: dict[str, float]) -> Scenario:
    """The scenario with the market of one world: what of it was drawn or fitted, in its place."""
    market, population = scenario.market, scenario.population
    changes: dict[str, object] = {
        name: numbers[name]
        for name in Doubt.model_fields
        if name in numbers and name not in DOUBTED
    }
    leaving, buying = (
        {
            key.rpartition(".")[2]: numbers[name]
            for name, key in DOUBTED.items()
            if key.startswith(group) and name in numbers
        }
        for group in ("leaving.", "buying.")
    )
    if leaving:
        if population.data:
            leaving["period_months"] = population.period_months
        changes["leaving"] = market.leaving.model_copy(update=leaving)
    if buying:
        changes["buying"] = market.buying.model_copy(update=buying)
    if not changes:
        return scenario
    return scenario.model_copy(update={"market": market.model_copy(update=changes)})


@functools.lru_cache(maxsize=64)
def _batch(seed: int, names: tuple[str, ...], first: int, size: int) -> NDArray[np.float64]:
    """A Latin hypercube over the names, shape (size, names), for worlds from `first` on."""
    key, ids = key_of(seed, DESIGN), np.array([address(name) for name in names])
    luck = np.array([columns(key, ids, WORLD, 1, first + k)[:2] for k in range(size)])
    stratum = np.argsort(np.argsort(luck[:, 0], axis=0, kind="stable"), axis=0, kind="stable")
    return np.asarray((stratum + luck[:, 1]) / size)


def places(seed: int, names: tuple[str, ...], world: int) -> NDArray[np.float64]:
    """Where a world stands in the range of each name, uniform in (0, 1).

    A name's places do not depend on the other names, nor on the number of worlds.
    """
    if not names:
        return np.zeros(0)
    first, size = 0, FIRST_LOOK
    while world >= first + size:
        first, size = first + size, first + size
    return np.asarray(_batch(seed, names, first, size)[world - first])


def triangular(u: float, low: float, mode: float, high: float) -> float:
    """Quantile of the triangular distribution; a mode outside of the range widens the range."""
    low, high = min(low, mode), max(high, mode)
    if high == low:
        return mode
    left = (mode - low) / (high - low)
    if u < left:
        return low + math.sqrt(u * (high - low) * (mode - low))
    return high - math.sqrt((1.0 - u) * (high - low) * (high - mode))
