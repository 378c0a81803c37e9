"""The people of a market: drawn by number, each from their own luck."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from ..agents.accelerate import compiled
from ..agents.luck import SpellLuck
from ..agents.network import GRAPHS, Graph, graph_of
from ..agents.rules.buying import mood as felt
from ..agents.rules.joining import LONG_AGO, begin, draw_propensities
from ..agents.rules.neutral import long_run_leaning, settle_engagement, settle_experience
from ..agents.rules.arithmetic import poisson
from ..agents.state import Offer, World
from ..scenarios.errors import BadInput
from ..scenarios.market import Market
from ..scenarios.market import Network as NetworkChoice
from ..scenarios.scenario import Scenario
from .generator import BASE, NETWORK, PERSON, Key, column, spell_luck, uniforms
from .kernel import OFFER, Records, records, world_record
from .kernel import PERSON as PERSON_RECORD
from .world import propensity_table, rate_table, scores

Column = NDArray[np.float64]
WALLET = (1.6, 2.4)
"""Beta of the share of wallet without a programme (evidence 1.1; J)."""


def people_of(scenario: Scenario, world: World, key: Key, size: int) -> Records:
    """Everybody as they are, before any relation: who they are, not yet what they feel."""
    market = scenario.market
    people = np.zeros(size, dtype=PERSON_RECORD)
    u = np.hstack([column(key, 0, size, 0, PERSON + block, 0) for block in range(3)])
    z = special.ndtri(u)
    deviation = world.involvement_sd * z[:, 0]
    people["id"] = np.arange(size)
    people["rational"] = np.clip(market.rational_involvement + deviation, 0.0, 1.0)
    people["hedonic"] = np.clip(market.hedonic_involvement + deviation, 0.0, 1.0)
    people["match"] = np.clip(world.match_sd * z[:, 1], -0.5, 0.5)
    people["trust_home"] = beta_quantile(world.trust_disposition, world.trust_precision, z[:, 2])
    people["engagement_score"] = z[:, 3]
    people["engagement_home"] = set_points(people["hedonic"], z[:, 3], world)
    people["reputation"] = np.clip(
        world.reputation_mean + world.reputation_sd * z[:, 4], 0.0, 1.0
    )
    wallet = WALLET[0] + WALLET[1]
    people["wallet"] = beta_quantile(WALLET[0] / wallet, wallet, z[:, 5])
    people["switching"] = z[:, 6]
    spread = world.basket_sd_between
    people["basket"] = market.buying.basket * np.exp(spread * z[:, 7] - 0.5 * spread * spread)
    people["belief"] = world.belief_anchor
    people["firm"] = -1
    people["referrer"] = -1
    people["cohort"] = -1
    for name in ("calm", "quiet", "since_referral"):
        people[name] = LONG_AGO
    return people


def beta_quantile(mean: float, precision: float, z: Column) -> Column:
    """Beta quantiles of a mean and precision (a + b) at normal scores, by a table."""
    table = special.betaincinv(
        mean * precision, (1.0 - mean) * precision, stats.norm.cdf(scores())
    )
    return np.asarray(np.interp(z, scores(), table))


def set_points(hedonic: Column, z: Column, world: World) -> Column:
    """E0: Beta quantiles whose mean rises with hedonic involvement, by a table of means."""
    means = np.linspace(0.02, 0.98, 33)
    at = np.linspace(-5.0, 5.0, 129)
    precision = world.set_point_precision
    table = special.betaincinv(
        means[:, None] * precision,
        (1.0 - means[:, None]) * precision,
        stats.norm.cdf(at)[None, :],
    )
    mean = np.clip(world.set_point_base + world.set_point_slope * hedonic, 0.02, 0.98)
    row = np.minimum((mean - 0.02) / 0.96 * 32, 31.999999)
    col = np.clip((z + 5.0) / 10.0 * 128, 0.0, 127.999999)
    i, j = row.astype(int), col.astype(int)
    dr, dc = row - i, col - j
    low = table[i, j] * (1 - dc) + table[i, j + 1] * dc
    high = table[i + 1, j] * (1 - dc) + table[i + 1, j + 1] * dc
    return np.asarray(low * (1 - dr) + high * dr)


def settle(people: Records, world: World, offer: Offer) -> None:
    """Everybody's neutral long-run level, and their leaning to leave on the world's scale."""
    _settle(people, world_record(world), records([offer], OFFER))
    leaning = people["leaning"] - world.leaving_mean
    people["leaving_score"] = np.clip(leaning / world.leaving_sd, -5.0, 5.0)
    people["leaning"] = 0.0


@compiled
def _settle(people: Any, worlds: Any, offers: Any) -> None:
    for i in range(len(people)):
        settle_experience(people[i], offers[0], worlds[0])
        settle_engagement(people[i], offers[0], worlds[0])
        people[i].leaning = long_run_leaning(people[i], worlds[0])


def mood(people: Records, world: World) -> Column:
    """Log purchase rate by how people feel, in a column."""
    log_factor = np.empty(len(people))
    _mood(people, world_record(world), log_factor)
    return log_factor


@compiled
def _mood(people: Any, worlds: Any, out: Any) -> None:
    for i in range(len(people)):
        out[i] = felt(people[i], worlds[0])


def begin_relations(people: Records, scenario: Scenario, world: World, key: Key) -> None:
    """Make some people customers: a cohort at month 0, or a base of mixed tenures.

    In a base the tenure is drawn first, in proportion to survival, then propensities given tenure:
    drawn anew until they would have lasted that long.
    """
    size = len(people)
    u = np.hstack([column(key, 0, size, 0, PERSON + block, 0) for block in range(1, 3)])
    chosen = u[:, 4] < scenario.population.customer_share
    if scenario.population.start == "base":
        survival = survival_curve(
            scenario.market, scenario.population.oldest, scenario.population.heterogeneity
        )[1:]
        odds = np.cumsum(survival) / np.sum(survival)
        tenure = 1 + np.minimum(np.searchsorted(odds, u[:, 5]), len(odds) - 1)
    else:
        tenure = np.zeros(size, dtype=np.int64)
    _begin(people, world_record(world), key, chosen, tenure, u[:, 6])


@compiled
def _begin(people: Any, worlds: Any, key: Key, chosen: Any, tenure: Any, met: Any) -> None:
    world = worlds[0]
    for i in range(len(people)):
        person = people[i]
        if not chosen[i]:
            continue
        begin(person, 0, 0, world, spell_luck(key, i, 1))
        person.base = 1
        months = tenure[i]
        if months > 0:
            for attempt in range(1000):
                u = uniforms(key, i, attempt, BASE, 0)
                draw_propensities(person, world, SpellLuck(u[0], u[1]))
                if world.contractual == 1:
                    renewals = months // world.renewal_months
                    lasts = (1.0 - person.propensity) ** float(renewals)
                else:
                    lasts = math.exp(-person.rate * person.propensity * months)
                if u[2] < lasts:
                    break
            person.cohort = -1
            person.tenure = months
        person.experience = 1 + poisson(met[i], min(60.0, 24.0 * world.encounter_rate))


def survival_curve(market: Market, months: int, heterogeneity: bool) -> Column:
    """Share of a cohort still there after 0 .. `months` months, by the published model."""
    age = np.arange(months + 1)
    weight, odds = _by_score(propensity_table(market, heterogeneity))
    leave = special.expit(odds)
    if market.setting == "contractual":
        renewals = age // market.renewal_months
        lasting = (1.0 - leave[None, :]) ** renewals[:, None]
        return np.asarray(lasting @ weight)
    _, rate = _by_score(rate_table(market, heterogeneity))
    speed = np.outer(np.exp(rate), leave).ravel()
    both = np.outer(weight, weight).ravel()
    return np.array([both @ np.exp(-speed * month) for month in age])


def _by_score(table: list[float]) -> tuple[Column, Column]:
    """Every fourth entry of a quantile table, with the probability of its score."""
    z = scores()[::4]
    weight = stats.norm.pdf(z)
    return weight / weight.sum(), np.asarray(table)[::4]


def ties_of(choice: NetworkChoice, key: Key, size: int) -> Graph:
    """The network of `size` people: drawn, or read from the file of the choice."""
    if choice.kind == "file":
        return read_edges(choice.file, size)

    def draw(turn: int) -> Column:
        return column(key, 0, size, 0, NETWORK, turn)

    return GRAPHS[choice.kind](size, choice.degree, choice.rewiring, draw)


def read_edges(path: str, size: int) -> Graph:
    """An edge list: a header, then two person numbers in [0, size) a line, separated by a comma.

    Raises BadInput with file and line where that is not so.
    """
    ones, others = [], []
    try:
        with open(path, encoding="utf-8") as lines:
            next(lines, None)
            for number, line in enumerate(lines, start=2):
                if not line.strip():
                    continue
                parts = line.split(",")
                try:
                    one, other = (int(part) for part in parts)
                except ValueError:
                    raise BadInput(
                        f"{path}, line {number}: got {line.strip()[:60]!r}, "
                        "allowed are two person numbers separated by a comma"
                    ) from None
                if not (0 <= one < size and 0 <= other < size):
                    raise BadInput(
                        f"{path}, line {number}: got {line.strip()[:60]!r}, "
                        f"allowed are person numbers from 0 to {size - 1} (population.size)"
                    )
                ones.append(one)
                others.append(other)
    except OSError as error:
        raise BadInput(f"network.file: cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BadInput(f"network.file: {path} is not a text file in UTF-8") from None
    return graph_of(size, np.array(ones, dtype=np.int64), np.array(others, dtype=np.int64))
