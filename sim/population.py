"""The people of a market: drawn by number, each from their own luck."""

from __future__ import annotations

import functools
import math
import os
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from ..agents.accelerate import compiled
from ..agents.luck import BaseLuck, PersonLuck, StartLuck
from ..agents.network import GRAPHS, Graph, graph_of
from ..agents.rules.arithmetic import poisson
from ..agents.rules.buying import rate_factor
from ..agents.rules.joining import LONG_AGO, begin
from ..agents.rules.leaving import hazard_ratio
from ..agents.rules.neutral import long_run_leaning, settle_engagement, settle_experience
from ..agents.state import Offer, World
from ..scenarios.errors import BadInput
from ..scenarios.market import Network as NetworkChoice
from ..scenarios.scenario import Scenario
from .generator import NETWORK, PERSON, START, TASTE, Key, columns, spell_luck
from .kernel import PERSON as PERSON_RECORD
from .kernel import Records, offer_record, world_record
from .standing import Standing, rest, stand, standing_curves
from .world import scores

Column = NDArray[np.float64]

ATTEMPTS = 500


def population(
    scenario: Scenario, world: World, key: Key, size: int, offer: Offer
) -> tuple[Records, Standing]:
    """Everybody at the start, under a neutral `offer`: prospects, and customers new or of a base.

    Of a base, tenures are drawn first, in proportion to the share still on the books; then people
    are drawn anew until one would be on them that long. So a base is made of those whom leaving has
    left, and without contracts also of those who have left and whom nobody has missed yet. Of the
    others, as many are dormant as go with such a base.
    """
    ids = np.arange(size)
    luck: Any = StartLuck(*columns(key, ids, START, 1, 0)[:3])
    shares = shares_of(scenario)
    firm = places(luck.customer, shares)
    customer = firm >= 0
    dormant = np.zeros(size, dtype=np.bool_)
    tenure = np.zeros(size, dtype=np.int64)
    if scenario.population.start == "base":
        curves = standing_curves(
            scenario.market, scenario.population.oldest, scenario.population.heterogeneity
        )
        listed, silent = curves.listed[:-1], curves.dormant[:-1]
        tenure = _tenures(listed, luck.tenure)
        if silent.any():
            share, each = shares.sum(), silent.sum() / listed.sum()
            dormant = ~customer & (luck.customer < share * (1.0 + each))
            asleep = shares * each
            if asleep.sum() > 1.0 - share:
                asleep *= (1.0 - share) / asleep.sum()
            place = places(luck.customer[dormant] - share, asleep)
            firm[dormant] = np.where(place < 0, 0, place)
            tenure[dormant] = _tenures(silent, luck.tenure[dormant])
    record, offers, traits = world_record(world), offer_record(offer), traits_of(world)
    people = np.zeros(0, dtype=PERSON_RECORD)
    gone, silence = np.zeros(size, dtype=np.bool_), np.zeros(size, dtype=np.int32)
    missing = ids
    for attempt in range(ATTEMPTS):
        drawn = people_of(scenario, world, traits, key, missing, attempt)
        settle(drawn, record, offers)
        base: Any = BaseLuck(*columns(key, missing, START, 1, attempt + 1)[:3])
        lasts, gone[missing], silence[missing] = _begin(
            drawn, record, key, attempt, firm[missing], dormant[missing], tenure[missing],
            luck.encounters[missing], base.lasts, base.gone, base.silence,
            scenario.population.start == "base",
        )  # fmt: skip
        if attempt == 0:
            people = drawn
        else:
            people[missing] = drawn
        missing = missing[~lasts]
        if not len(missing):
            break
    return people, Standing(gone, dormant, silence)


def shares_of(scenario: Scenario) -> Column:
    """Shares of people who are customers at the start, by company, shape (companies,)."""
    rivals = [r.share if r.enters == 0 else 0.0 for r in scenario.market.rivals]
    return np.array([scenario.population.customer_share, *rivals])


def places(u: Column, shares: Column) -> NDArray[np.int32]:
    """The company in whose share each uniform lies, shares side by side; -1 beyond them."""
    firm = np.searchsorted(np.cumsum(shares), u, side="right").astype(np.int32)
    firm[firm == len(shares)] = -1
    return firm


def _tenures(weight: Column, u: Column) -> NDArray[np.int64]:
    below = np.cumsum(weight) / np.sum(weight)
    return np.minimum(np.searchsorted(below, u), len(below) - 1)


@compiled
def _begin(
    people: Any, worlds: Any, key: Key, attempt: int, firm: Any, dormant: Any, tenure: Any,
    met: Any, u_lasts: Any, u_gone: Any, u_silence: Any, of_base: bool,
) -> Any:  # fmt: skip
    world = worlds[0]
    lasts = np.ones(len(people), dtype=np.bool_)
    gone = np.zeros(len(people), dtype=np.bool_)
    silence = np.zeros(len(people), dtype=np.int32)
    for i in range(len(people)):
        person = people[i]
        if firm[i] < 0:
            continue
        months = tenure[i]
        # Spells count from 1; later attempts at a first spell take luck no later spell can reach.
        begin(person, firm[i], 0, world, spell_luck(key, person.id, 1 + 1_000_000 * attempt))
        person.base = 1 if firm[i] == 0 and not dormant[i] else 0
        person.experience = 1 + poisson(met[i], min(60.0, 24.0 * world.encounter_rate))
        if of_base:
            person.cohort = -1
        if months > 0:
            person.tenure = months
            person.bought = 1 + int(person.rate * months)
            if world.contractual == 1:
                chance = (1.0 - person.propensity) ** float(months // world.renewal_months)
                lasts[i] = u_lasts[i] < chance
            elif dormant[i]:
                lasts[i], silence[i] = rest(
                    person.rate, person.propensity, months, world.inactivity_months,
                    u_lasts[i], u_silence[i],
                )  # fmt: skip
            else:
                lasts[i], gone[i], silence[i] = stand(
                    person.rate, person.propensity, months, world.inactivity_months,
                    u_lasts[i], u_gone[i], u_silence[i],
                )  # fmt: skip
    return lasts, gone, silence


def people_of(
    scenario: Scenario,
    world: World,
    traits: Traits,
    key: Key,
    ids: NDArray[np.int64],
    attempt: int = 0,
) -> Records:
    """People as they are, before any relation: who they are, not yet what they feel."""
    market = scenario.market
    people = np.zeros(len(ids), dtype=PERSON_RECORD)
    drawn = columns(key, ids, PERSON, 2, attempt), columns(key, ids, TASTE, 1, attempt)[:1]
    z: Any = PersonLuck(*special.ndtri(np.concatenate(drawn)))
    deviation = world.involvement_sd * z.involvement
    people["id"] = ids
    rational, hedonic = market.rational_involvement, market.hedonic_involvement
    if not scenario.mechanisms.involvement:  # C4 absent: nobody and nothing differs
        rational = hedonic = 0.5
    people["rational"] = np.clip(rational + deviation, 0.0, 1.0)
    people["hedonic"] = np.clip(hedonic + deviation, 0.0, 1.0)
    people["match"] = np.clip(world.match_sd * z.match, -0.5, 0.5)
    people["trust_home"] = np.interp(z.trust_home, scores(), traits.trust_home)
    people["engagement_score"] = z.engagement_home
    people["engagement_home"] = set_points(people["hedonic"], z.engagement_home, traits, world)
    reputation = world.reputation_mean + world.reputation_sd * z.reputation
    people["reputation"] = np.clip(reputation, 0.0, 1.0)
    people["wallet_score"] = z.wallet
    people["wallet"] = np.interp(z.wallet, scores(), world.wallet_table)
    people["switching"] = z.switching
    people["deal_prone"] = -np.expm1(special.log_ndtr(-z.deal_prone) / world.deal_precision)
    people["reference_price"] = 1.0
    people["past"] = people["dealt"] = people["unseen"] = -1
    spread = world.basket_sd_between
    score = world.basket_link * z.engagement_home
    score = score + math.sqrt(1.0 - world.basket_link**2) * z.basket
    people["basket"] = market.buying.basket * np.exp(spread * score - 0.5 * spread * spread)
    people["belief"] = world.belief_anchor
    for number in range(world.rivals):
        people["belief"][:, number + 1] = world.belief_anchor * world.standing[number + 1]
    people["firm"] = -1
    people["ended"] = -LONG_AGO
    people["referrer"] = -1
    people["winner"] = -1
    people["cohort"] = -1
    for name in ("calm", "quiet", "since_referral", "since_surprise", "since_reward"):
        people[name] = LONG_AGO
    return people


class Traits(NamedTuple):
    """Quantile tables of what people differ in, of one world."""

    trust_home: Column
    set_point: Column


MEANS = np.linspace(0.02, 0.98, 33)
AT = np.linspace(-5.0, 5.0, 129)


def traits_of(world: World) -> Traits:
    """Beta quantiles at normal scores; of the set-point E0 by its mean (rows) and score."""
    return Traits(
        beta_quantiles(world.trust_disposition, world.trust_precision, scores()),
        beta_quantiles(MEANS[:, None], world.set_point_precision, AT[None, :]),
    )


def beta_quantiles(mean: Any, precision: float, z: Column) -> Column:
    """Beta quantiles of a mean and precision (a + b) at normal scores."""
    a, b = mean * precision, (1.0 - mean) * precision
    return np.asarray(special.betaincinv(a, b, special.ndtr(z)))


def set_points(hedonic: Column, z: Column, traits: Traits, world: World) -> Column:
    """E0 at normal scores: its mean rises with hedonic involvement (C4)."""
    mean = np.clip(world.set_point_base + world.set_point_slope * hedonic, 0.02, 0.98)
    row = np.minimum((mean - 0.02) / 0.96 * 32, 31.999999)
    col = np.clip((z + 5.0) / 10.0 * 128, 0.0, 127.999999)
    i, j = row.astype(int), col.astype(int)
    dr, dc = row - i, col - j
    table = traits.set_point
    low = table[i, j] * (1 - dc) + table[i, j + 1] * dc
    high = table[i + 1, j] * (1 - dc) + table[i + 1, j + 1] * dc
    return np.asarray(low * (1 - dr) + high * dr)


def settle(people: Records, worlds: Records, offers: Records) -> None:
    """Everybody's neutral long-run level, and their leaning to leave on the world's scale.

    Of a world and an offer as records, shape (1,).
    """
    leaning = np.empty(len(people))
    _settle(people, worlds, offers, leaning)
    score = (leaning - worlds["leaving_mean"]) / worlds["leaving_sd"]
    people["leaving_score"] = np.clip(score, -5.0, 5.0)


@compiled
def _settle(people: Any, worlds: Any, offers: Any, leaning: Any) -> None:
    for i in range(len(people)):
        settle_experience(people[i], offers[0], worlds[0])
        settle_engagement(people[i], offers[0], worlds[0])
        leaning[i] = long_run_leaning(people[i], worlds[0])


def rate_factors(people: Records, worlds: Records, offers: Records) -> Column:
    """M of everybody, in a column; of a world and an offer as records, shape (1,)."""
    factors = np.empty(len(people))
    _rate_factors(people, worlds, offers, factors)
    return factors


def hazard_ratios(people: Records, worlds: Records) -> Column:
    """Ratio on the hazard of everybody, in a column; of a world as a record, shape (1,)."""
    ratios = np.empty(len(people))
    _hazard_ratios(people, worlds, ratios)
    return ratios


@compiled
def _hazard_ratios(people: Any, worlds: Any, out: Any) -> None:
    for i in range(len(people)):
        out[i] = hazard_ratio(people[i], worlds[0])


@compiled
def _rate_factors(people: Any, worlds: Any, offers: Any, out: Any) -> None:
    for i in range(len(people)):
        out[i] = rate_factor(people[i], offers[0], worlds[0])


def ties_of(choice: NetworkChoice, key: Key, size: int) -> Graph:
    """The network of `size` people: drawn, or read from the file of the choice."""
    if choice.kind == "file":
        return read_edges(choice.file, size)

    def draw(turn: int) -> Column:
        return columns(key, np.arange(size), NETWORK, 1, turn)

    return GRAPHS[choice.kind](size, choice.degree, choice.rewiring, draw)


def read_edges(path: str, size: int) -> Graph:
    """An edge list: a header, then two person numbers in [0, size) a line, separated by a comma.

    Raises BadInput with file and line where that is not so.
    """
    try:
        return _edges(path, size, os.stat(path).st_mtime_ns)
    except OSError as error:
        raise BadInput(f"network.file: cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BadInput(f"network.file: {path} is not a text file in UTF-8") from None


def _check_header(path: str, line: str) -> None:
    if all(part.strip().isdigit() for part in line.split(",")):
        raise BadInput(f"{path}, line 1: got {line.strip()[:60]!r}, allowed is a header: one,other")


@functools.lru_cache(maxsize=2)
def _edges(path: str, size: int, changed: int) -> Graph:
    ones, others = [], []
    with open(path, encoding="utf-8") as lines:
        _check_header(path, next(lines, ""))
        for number, line in enumerate(lines, start=2):
            if not line.strip():
                continue
            got = f"{path}, line {number}: got {line.strip()[:60]!r}, allowed are "
            try:
                one, other = (int(part) for part in line.split(","))
            except ValueError:
                raise BadInput(got + "two person numbers separated by a comma") from None
            if not (0 <= one < size and 0 <= other < size):
                raise BadInput(got + f"person numbers from 0 to {size - 1} (population.size)")
            ones.append(one)
            others.append(other)
    return graph_of(size, np.array(ones, dtype=np.int64), np.array(others, dtype=np.int64))
