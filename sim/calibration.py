"""The calibration bridge: what makes a neutral market leave and buy as published (evidence 1.2).

A reference population, drawn like the market's own but of its own luck and size, settles under
neutral management and gives the bars (mean satisfaction and trust, the anchor of belief, the scale
of persistent leanings). Then it lives the horizon without anybody leaving, each person carrying two
weights: the share still there by the published propensity alone, and by the hazard that feelings,
contagion and the shape of the logit have moved. Month by month an offset is solved that makes the
second mean hazard equal the first. Weights instead of leavers take the noise of dice out of it.

The result belongs to a market and a draw of coefficients; it is frozen, and all strategies share
it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from ..agents.company import Company
from ..agents.network import Graph, Integers, among
from ..agents.rules import Rules
from ..agents.rules.joining import LONG_AGO
from ..agents.state import COMPANIES, Offer, World
from ..scenarios.levers import Levers
from ..scenarios.market import Network
from ..scenarios.scenario import Scenario
from .generator import Key, key_of
from .kernel import CompiledPeople, Records, offer_record, world_record
from .month import live
from .nps import Gauge, gauge_of
from .population import (
    hazard_ratios,
    people_of,
    population,
    rate_factors,
    read_edges,
    settle,
    ties_of,
    traits_of,
)
from .premium import spending_link
from .standing import Standing
from .world import NEUTRAL, Path, flat_path, world_of

BURN_IN = 36
BEFORE = -1
"""The month of what was in force before month 0."""
OBSERVED = 24
"""Last months of it in which the usual talk is counted."""

ENGAGED = 0.43
"""Share of a neutral market's customers who are called engaged (C1; Gallup 2009: 19 + 24 %)."""

REFERENCE = 0xFFFFFFFF
"""The replication whose luck is the reference population's."""

Column = NDArray[np.float64]


class Neutral(NamedTuple):
    """A calibrated market: its world with bars set, its neutral path, its gauge of surveys."""

    world: World
    path: Path
    gauge: Gauge | None


def calibrate(scenario: Scenario, numbers: Mapping[str, float], rules: Rules) -> Neutral:
    """Bars and neutral path of a market under these coefficients.

    What is published is of markets seen from one company, so the reference population knows one;
    rivals with a name are put into the calibrated world.
    """
    whole, scenario = scenario, alone(scenario)
    world = world_of(scenario, numbers)
    key = key_of(scenario.seed, REFERENCE)
    ties = ties_of(_reference_network(scenario), key, reference_size(scenario))
    people = _set_bars(scenario, world, key, ties, rules)
    gauge = gauge_of(people, scenario.market.nps)
    path = _neutral_path(scenario, world, key, ties, people, rules)
    if world.contagion > 0.0 and len(ties.neighbours):
        path = _with_exposure(scenario, world, path, key, ties, people, rules)
    name_rivals(world, whole)
    return Neutral(world, path, gauge)


def settled_people(
    scenario: Scenario,
    world: World,
    key: Key,
    ties: Graph,
    rules: Rules,
    pool: ThreadPoolExecutor | None = None,
) -> Records:
    """A population at the start of month 0: settled under neutral management for 36 months (1.3),
    then run under the baseline for 36 more, or since one became a customer."""
    company = _neutral_company(scenario)
    companies = [company, *rivals_of(scenario, neutral=True)]
    people, standing = population(
        scenario, world, key, len(ties.starts) - 1, company.plan(0, world)
    )
    engine = CompiledPeople(people, ties, key, world, rules, pool)
    path = flat_path(1, settling=True)
    for month in range(-BURN_IN, 0):
        live(engine, companies, world, path, month)
    settle(people, world_record(world), offer_record(company.plan(0, world)))  # needs have drifted
    run_in(scenario, world, engine)
    _open(people, scenario, standing)
    return people


def run_in(scenario: Scenario, world: World, engine: CompiledPeople) -> None:
    """Live 36 months under the baseline without anybody leaving; nothing where it is neutral.

    Who became a customer later than that stays as the neutral market left them until they did.
    """
    levers = scenario.baseline.schedule()[0][1]
    rivals = [rival.strategy.schedule()[0][1] for rival in scenario.market.rivals]
    if scenario.population.start == "cohort" or all(one == NEUTRAL for one in [levers, *rivals]):
        return
    companies = [Company([(BEFORE, levers)], scenario.market), *rivals_of(scenario)]
    people, path = engine.people, flat_path(1, settling=True)
    settled = people.copy()
    for month in range(-BURN_IN, 0):
        live(engine, companies, world, path, month - BURN_IN)
        later = people["tenure"] < -month
        heard = {name: people[name][later] for name in ("belief", "exposure")}
        people[later] = settled[later]
        for name, column in heard.items():
            people[name][later] = column


def _open(people: Records, scenario: Scenario, standing: Standing) -> None:
    """Month 0 begins: nothing has been earned yet, the silent are gone, and a cohort is new."""
    people["value"] = 0.0
    people["contribution"] = 0
    for name in ("returning", "backlog", "seeking", "spared"):
        people[name] = 0
    if scenario.market.setting == "noncontractual":
        customers = people["firm"] >= 0
        people["silence"][customers] = standing.silence[customers]
        people["alive"][standing.gone] = 0
        people["listed"][standing.dormant] = 0
    if scenario.population.start == "cohort":
        people["experience"] = np.minimum(people["experience"], 1)
        people["quiet"] = LONG_AGO


def reference_size(scenario: Scenario) -> int:
    """People in the reference population: about 1,500 customers, at most 10,000 people.

    It does not depend on the population's size, so that one more person changes nobody else.
    """
    return int(np.clip(1500 / max(scenario.population.customer_share, 0.01), 1500, 10_000))


def _reference_network(scenario: Scenario) -> Network:
    """The scenario's kind of network; for one from a file, a random one of as many ties
    as those who have any."""
    network = scenario.network
    if network.kind != "file":
        return network
    ties = read_edges(network.file, scenario.population.size)
    joined = int(np.count_nonzero(np.diff(ties.starts)))  # a person without ties changes nothing
    if not joined:
        return Network(kind="none")
    return Network(kind="random", degree=min(1000, round(len(ties.neighbours) / joined)))


def alone(scenario: Scenario) -> Scenario:
    """The scenario without rivals that have a name."""
    if not scenario.market.rivals:
        return scenario
    market = scenario.market.model_copy(update={"rivals": ()})
    return scenario.model_copy(update={"market": market})


def name_rivals(world: World, scenario: Scenario) -> None:
    """Put the rivals of the market into a calibrated world, as they stand at the start."""
    rivals = scenario.market.rivals
    here = [rival.share if rival.enters == 0 else 0.0 for rival in rivals]
    world.rivals = len(rivals)
    world.unnamed = max(0.0, 1.0 - world.belief - sum(here))
    standing = [1.0, *(share / world.belief for share in here)]
    world.standing = standing + [0.0] * (COMPANIES - len(standing))


def rivals_of(
    scenario: Scenario, home: Sequence[tuple[int, Levers]] = (), *, neutral: bool = False
) -> list[Company]:
    """The companies of the rivals, the `home` company's schedule given to those who copy it;
    or all of them run neutrally."""
    market = scenario.market
    return [
        Company(
            [(0, NEUTRAL)]
            if neutral
            else [(BEFORE, rival.strategy.schedule()[0][1]), *rival.schedule(home)],
            market,
            standing=rival.share / market.belief,
            enters=rival.enters,
        )
        for rival in market.rivals
    ]


def _neutral_company(scenario: Scenario) -> Company:
    return Company([(0, NEUTRAL)], scenario.market)


def _reference_company(scenario: Scenario) -> Company:
    """The company under which people leave as fitted: one's own data tell of the baseline."""
    levers = scenario.baseline.schedule()[0][1] if scenario.population.data else NEUTRAL
    return Company([(BEFORE, levers)], scenario.market)


def _set_bars(scenario: Scenario, world: World, key: Key, ties: Graph, rules: Rules) -> Records:
    """Let the reference population settle, its bars following it; freeze them; return it."""
    company = _neutral_company(scenario)
    offer = company.plan(0, world)
    size = len(ties.starts) - 1
    everybody = people_of(scenario, world, traits_of(world), key, np.arange(size))
    settle(everybody, world_record(world), offer_record(offer))
    world.satisfaction_bar = float(everybody["satisfaction_norm"].mean())
    world.trust_bar = float(everybody["trust_norm"].mean())
    _scale_leaning(scenario, world, everybody, offer)
    people, standing = population(scenario, world, key, size, offer)
    customers = people["alive"] == 1
    if customers.any():
        engine = CompiledPeople(people, ties, key, world, rules)
        path = flat_path(1, settling=True)
        for month in range(-BURN_IN, 0):
            total = live(engine, [company], world, path, month)[0]
            if month >= -OBSERVED:
                world.usual_praise += total.praise / total.alive / OBSERVED
                world.usual_warnings += (total.warnings + total.posts) / total.alive / OBSERVED
            satisfaction = float(people["satisfaction"][customers].mean())
            world.satisfaction_bar += 0.2 * (satisfaction - world.satisfaction_bar)
            world.trust_bar += 0.2 * (float(people["trust"][customers].mean()) - world.trust_bar)
            world.belief_variance = float(people["belief"][:, 0].var())
            gap = scenario.market.belief - float(people["belief"][:, 0].mean())
            world.belief_anchor = min(1.0, max(0.0, world.belief_anchor + 0.2 * gap))
        settle(people, world_record(world), offer_record(offer))
        world.engaged = float(np.quantile(people["engagement"][customers], 1.0 - ENGAGED))
        if scenario.population.data:
            run_in(scenario, world, engine)
    _open(people, scenario, standing)
    return people


def _scale_leaning(scenario: Scenario, world: World, everybody: Records, offer: Offer) -> None:
    """Mean and spread of the persistent leaning to leave, and its link to the propensity (1.2)."""
    settle(everybody, world_record(world), offer_record(offer))
    leaning = everybody["leaving_score"] * world.leaving_sd + world.leaving_mean
    world.leaving_mean = float(leaning.mean())
    world.leaving_sd = max(1e-9, float(leaning.std()))
    a, b = scenario.market.leaving.a, scenario.market.leaving.b
    spread = float(np.sqrt(special.polygamma(1, a) + special.polygamma(1, b)))
    world.leaving_link = min(0.9, world.leaving_sd / spread)
    score = np.clip((leaning - world.leaving_mean) / world.leaving_sd, -5.0, 5.0)
    everybody["leaving_score"] = score
    link = spending_link(world, everybody, scenario.population.oldest)
    world.basket_link, world.rate_link = (link, 0.0) if world.contractual else (0.0, link)
    z = everybody["engagement_score"]
    if len(z) > 1 and score.std() > 0.0:
        common = float(((score - score.mean()) * (z - z.mean())).mean() / (score.std() * z.std()))
        rest = float(np.sqrt(1.0 - world.leaving_link**2))
        world.rate_cross = -world.rate_link * world.leaving_link * common / rest


def _neutral_path(
    scenario: Scenario, world: World, key: Key, ties: Graph, people: Records, rules: Rules
) -> Path:
    """Live the horizon with weights in place of leavers, and solve the offsets month by month."""
    path = flat_path(scenario.horizon, scenario.discount_rate)
    customers = np.flatnonzero(people["alive"])
    if not len(customers):
        return path
    # Without joining, others matter to nobody's leaving: customers live among themselves.
    people, ties = people[customers], among(ties, customers)
    people["id"] = np.arange(len(people))
    company = _reference_company(scenario)
    offer = company.plan(0, world)
    engine = CompiledPeople(people, ties, key, world, rules)
    contractual = scenario.market.setting == "contractual"
    odds, propensity = people["propensity_odds"].copy(), people["propensity"].copy()
    rate = np.ones(len(people)) if contractual else people["rate"].copy()
    published = np.ones(len(people))
    weight = np.ones(len(people))
    still = flat_path(1, settling=True)
    usual, offers = world_record(world), offer_record(offer)  # the norm of rates is still 1
    for month in range(scenario.horizon):
        factor = rate_factors(people, usual, offers)
        path.rate_norm[month] = np.average(factor, weights=published * rate)
        if contractual:
            live(engine, [company], world, still, month)
            people["tenure"] += 1
            due = people["tenure"] % scenario.market.renewal_months == 0
        else:
            due = np.ones(len(people), dtype=bool)
        ratio = hazard_ratios(people, usual)
        path.exposure_norm[month] = np.average(ratio, weights=weight)
        ratio /= path.exposure_norm[month]
        before = weight.copy()
        if due.any():
            shifted = odds + people["leaning"]
            fitted = np.average(rate[due] * propensity[due], weights=published[due])
            share = weight[due] * rate[due] / weight[due].sum()
            offset = solve_offset(shifted[due], ratio[due], share, fitted)
            path.hazard_offset[month] = offset
            hazard = np.minimum(1.0, special.expit(shifted + offset) * ratio)
            if contractual:
                weight = np.where(due, weight * (1.0 - hazard), weight)
                published = np.where(due, published * (1.0 - propensity), published)
            else:
                weight = weight * np.exp(-rate * hazard)
                published = published * np.exp(-rate * propensity)
        people["departing"] = before - weight
        if not contractual:
            live(engine, [company], world, still, month)
            people["tenure"] += 1
    return path


def solve_offset(odds: Column, ratio: Column, share: Column, fitted: float) -> float:
    """The shift k of log-odds at which the mean hazard is the fitted one.

    Solves sum(share * min(1, p(odds + k) * ratio)) = fitted; k within [-10, 10].
    """

    def excess(offset: float) -> float:
        hazard = np.minimum(1.0, special.expit(odds + offset) * ratio)
        return float(np.sum(share * hazard)) - fitted

    if excess(-10.0) >= 0.0 or excess(10.0) <= 0.0:
        return 0.0
    return float(optimize.brentq(excess, -10.0, 10.0, xtol=1e-9))


def _with_exposure(
    scenario: Scenario,
    world: World,
    path: Path,
    key: Key,
    ties: Graph,
    people: Records,
    rules: Rules,
) -> Path:
    """The path with the exposure to leavers as it is where people do leave and join (F8)."""
    company = _reference_company(scenario)
    engine = CompiledPeople(people, ties, key, world, rules)
    norms = path.exposure_norm.copy()
    for month in range(scenario.horizon):
        customers = np.flatnonzero(people["alive"])
        if scenario.market.setting == "noncontractual":
            norms[month] = _exposure(people, customers, world, norms[month])
            live(engine, [company], world, path, month)
        else:
            live(engine, [company], world, path, month)
            norms[month] = _exposure(people, customers, world, norms[month])
    return path._replace(exposure_norm=norms)


def _exposure(people: Records, customers: Integers, world: World, otherwise: float) -> float:
    if not len(customers):
        return otherwise
    calm = 1.0 - 0.5 * people["engagement"][customers]
    return 1.0 + float(world.contagion) * float((people["exposure"][customers] * calm).mean())
