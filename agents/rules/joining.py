"""Joining: adoption by marketing and by neighbours, how a relation begins (C2, F5, F6, G1)."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..accelerate import rule
from ..luck import LeaveLuck, RivalLuck, SpellLuck
from ..state import Offer, Person, World
from .arithmetic import logistic, normal, quantile

LONG_AGO = 1_000_000


@rule
def join(
    customer: Person,
    offers: Sequence[Offer],
    degree: int,
    world: World,
    luck: LeaveLuck,
    choice: RivalLuck,
) -> int:
    """Whether a prospect joins this month, and by whom: 0 not; for company k, 2k + 1 by marketing,
    2k + 2 by a neighbour.

    One uniform against 1 - (1 - p * spend) * prod(1 - q * belief), over all companies, a second for
    the credit (G1; Bass 1969); between several companies, a third by their chances.
    """
    most = 0.0
    for firm in range(world.rivals + 1):
        marketing = reached(offers[firm], firm, world)
        each = won_over_by_each(customer, firm, degree, world)
        most += marketing + customers_of(customer, firm, world) * each
    if luck.adopt >= most:  # no less than the chance, and cheaper
        return 0
    stays, chances = 1.0, 0.0
    for firm in range(world.rivals + 1):
        marketing = reached(offers[firm], firm, world)
        social = by_neighbours(customer, firm, degree, world)
        stays *= (1.0 - marketing) * (1.0 - social)
        chances += marketing + social
    if luck.adopt >= 1.0 - stays:
        return 0
    at = choice.which * chances
    for firm in range(world.rivals + 1):
        marketing = reached(offers[firm], firm, world)
        social = by_neighbours(customer, firm, degree, world)
        at -= marketing + social
        if at < 0.0 or firm == world.rivals:
            by_talk = luck.credit * (social + marketing) < social
            return 2 * firm + (2 if by_talk else 1)
    return 0


@rule
def reached(offer: Offer, firm: int, world: World) -> float:
    """Chance that marketing alone wins a prospect, for a company of this standing."""
    return min(
        1.0, world.adoption_external * world.standing[firm] * offer.acquisition * offer.opinion
    )


@rule
def pull_of_spending(spend: float, world: World) -> float:
    """Factor on adoption by marketing at an acquisition spend in [0, 100], 1 the usual (G1).

    Constant elasticity, well below 1: the second coin wins fewer than the first. Of advertising it
    is .12 in the short and .24 in the long run (Sethuraman, Tellis & Briesch 2011).
    """
    return spend**world.acquisition_elasticity


@rule
def won_over_by_each(customer: Person, firm: int, degree: int, world: World) -> float:
    """Chance that one neighbour who is a customer wins a prospect over: q / degree, by belief."""
    if customers_of(customer, firm, world) == 0 or world.standing[firm] == 0.0:
        return 0.0
    usual = world.belief * world.standing[firm]
    return min(1.0, world.adoption_social * customer.belief[firm] / usual / degree)


@rule
def by_neighbours(customer: Person, firm: int, degree: int, world: World) -> float:
    """Chance that any of them does."""
    each = won_over_by_each(customer, firm, degree, world)
    return 1.0 - (1.0 - each) ** float(customers_of(customer, firm, world))


@rule
def customers_of(customer: Person, firm: int, world: World) -> int:
    """How many neighbours are customers of a company."""
    if world.rivals == 0:
        return customer.customers_near
    return customer.customers_by[firm]


@rule
def opinion(volume: float, valence: float, world: World) -> float:
    """Factor on adoption by marketing: volume and valence of talk, each against neutral (F6).

    Constant elasticities (You, Vadakkepatt & Joshi 2015); both ratios are kept within 1/4 and 4.
    """
    loud = min(4.0, max(0.25, volume)) ** world.volume_elasticity
    return loud * min(4.0, max(0.25, valence)) ** world.valence_elasticity


@rule
def claims(offer: Offer, world: World, luck: SpellLuck) -> bool:
    """Whether the neighbour who won a customer claims the referral reward: half do at one of
    `world.referral_half` currency, nobody without a reward. Only these count as referred (F4)."""
    reward = offer.referral_reward / 1e6
    return reward > 0.0 and luck.claim < reward / (reward + world.referral_half)


@rule
def begin(customer: Person, firm: int, month: int, world: World, luck: SpellLuck) -> None:
    """A relation begins: propensities are drawn, feelings start at one's neutral level (1.3)."""
    customer.firm = firm
    customer.back = (customer.known >> firm) & 1
    customer.known |= 1 << firm
    customer.alive = 1
    customer.listed = 1
    customer.spell += 1
    customer.cohort = month
    customer.tenure = 0
    customer.silence = 0
    draw_propensities(customer, world, luck)
    customer.satisfaction = customer.satisfaction_norm
    customer.expectation = customer.expectation_norm
    customer.trust = customer.trust_norm
    customer.engagement = customer.engagement_norm
    customer.resentment = 0.0
    customer.ties = 0.0
    customer.told = 0.0
    customer.bought = 0
    customer.reference_price = 1.0
    customer.deal_mood = 0.0
    customer.deal_habit = 0.0
    customer.promised = 0.0
    customer.promised_months = 0
    customer.multichannel = 0
    customer.returning = 0
    customer.backlog = 0
    customer.seeking = 0
    customer.wishing = 0
    customer.alerted = 0
    customer.since_surprise = LONG_AGO
    customer.crowding = 0.0
    customer.won_by_talk = 0
    customer.experience = 1
    customer.calm = LONG_AGO
    customer.opted_out = 0
    customer.leaning = 0.0
    customer.lapsing = 0
    customer.quiet = LONG_AGO
    customer.referrer = -1
    customer.referred = 0
    customer.referrer_active = 0
    customer.since_referral = LONG_AGO


@rule
def fit_of_won(customer: Person, world: World) -> float:
    """Performance by how a customer was won: those won by talk fit better than the usual mixture of
    newcomers, those won by marketing worse (F5; Villanueva, Yoo & Hanssens 2008)."""
    if customer.won_by_talk == 0:
        return 0.0
    by_talk = 1.0 if customer.won_by_talk > 0 else 0.0
    return world.won_match * (by_talk - world.usual_won)


@rule
def talk_of_won(customer: Person, world: World) -> float:
    """Factor on praise by how a customer was won, 1 for the usual mixture of newcomers (F5)."""
    if customer.won_by_talk == 0:
        return 1.0
    own = world.won_talk if customer.won_by_talk > 0 else 1.0
    return own / (1.0 + (world.won_talk - 1.0) * world.usual_won)


@rule
def end(customer: Person, world: World) -> None:
    """A relation is over, in truth and in the books: the person is a prospect again, whom the
    company remembers if it knew them by name."""
    known = world.contractual == 1 or customer.member == 1
    customer.ended = world.month if known else -LONG_AGO
    customer.firm = -1
    customer.asked = 0
    customer.spared = 0
    customer.tier = 0
    customer.rewards = 0
    customer.since_reward = LONG_AGO
    customer.novelty = 0.0
    customer.demoted = 0
    customer.member = 0
    customer.member_months = 0
    customer.progress = 0.0
    customer.usual_progress = 0.0


@rule
def draw_propensities(customer: Person, world: World, luck: SpellLuck) -> None:
    """Propensities of one relation, correlated with the person's neutral level (1.2).

    Leaving goes with the persistent leaning to leave, the purchase rate with the set-point of
    engagement. The set-point is part of the leaning; `rate_cross` takes out what rate and leaving
    would have in common by it, for the BG/NBD has them independent. Who buys much here has little
    of the wallet elsewhere (Liu 2007).
    """
    score = world.leaving_link * customer.leaving_score + math.sqrt(
        1.0 - world.leaving_link * world.leaving_link
    ) * normal(luck.propensity)
    customer.propensity_odds = quantile(world.propensity_table, score)
    customer.propensity = logistic(customer.propensity_odds)
    own = 1.0 - world.rate_link * world.rate_link - world.rate_cross * world.rate_cross
    score = (
        world.rate_link * customer.engagement_score
        + world.rate_cross * normal(luck.propensity)
        + math.sqrt(own) * normal(luck.rate)
    )
    customer.rate = math.exp(quantile(world.rate_table, score))
    rest = math.sqrt(1.0 - world.wallet_link * world.wallet_link)
    score = world.wallet_link * score + rest * customer.wallet_score
    customer.wallet = quantile(world.wallet_table, score)
