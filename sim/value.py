"""What customers are still worth at the horizon, in closed form with their state frozen there."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from ..agents.state import Offer, World
from .world import Path

Column = NDArray[np.float64]


class Lifetimes(NamedTuple):
    """What one more currency unit a month would bring from everybody after the horizon.

    Discounted months, by person, 0 for those who are gone: of margin on purchases, of encounters,
    and of what programmes cost. They differ where customers cost without buying.
    """

    margin: Column
    service: Column
    programmes: Column


def lifetimes(
    people: Any, offer: Offer, world: World, path: Path, months: int, discount_rate: float
) -> Lifetimes:
    """Expected discounted months left after so many months, with everybody's state frozen.

    Contractual: the months until the next renewal, then s / (1 - s / (1 + d)) renewal periods.
    Noncontractual: with q = exp(-lam p), (1 - q) / p / (1 - q / (1 + i)) purchases (Fader & Hardie
    2010; evidence, design 7), and months in which one is listed, alive or gone unnoticed.
    """
    alive = people["alive"] == 1
    growth = 1.0 / (1.0 + discount_rate)
    now = np.where(alive, growth**months, 0.0)
    struck = people["exposure"] * (1.0 - 0.5 * people["engagement"])
    ratio = (1.0 + world.contagion * struck) / path.exposure_norm[-1]
    ratio = ratio * np.where(people["since_referral"] < 12, world.referrer_hazard, 1.0)
    odds = people["propensity_odds"] + _usual_offset(path, world) + people["leaning"]
    hazard = np.clip(special.expit(odds) * ratio, 1e-9, 1.0)
    if world.contractual:
        period = world.renewal_months
        left = period - people["tenure"] % period
        stay = 1.0 - hazard
        later = growth**left * stay / (1.0 - stay * growth**period) * _annuity(period, growth)
        all_months = now * (_annuity(left, growth) + later)
        return Lifetimes(all_months, all_months, all_months)
    factor = rate_factor(people, offer, world, path)
    rate = people["rate"] * factor
    chance = np.minimum(1.0, hazard / factor)
    last = np.exp(-rate * chance)
    # Customers cost while they are listed: they bought of late, or are gone unnoticed.
    listed = 1.0 - np.exp(-rate * world.inactivity_months)
    unnoticed = _annuity(world.inactivity_months, growth) * (1.0 - last)
    now = now * growth / (1.0 - last * growth)
    return Lifetimes(now * (1.0 - last) / chance, now * listed, now * (listed + unnoticed))


def remainder(people: Any, offer: Offer, world: World, path: Path, left: Lifetimes) -> Column:
    """Expected contribution after the horizon, by person, discounted to month 0, in currency.

    `people` maps fields to columns. Costs that do not depend on customers are left out.
    """
    service, programmes = monthly_costs(people, offer, world)
    spend = spend_of(people, offer, world, path)
    share = 1.0 - offer.discount - offer.goods
    share = share - accrual(offer, world) * people["member"]
    return np.asarray(
        spend * share * left.margin - service * left.service - programmes * left.programmes
    )


def spend_of(people: Any, offer: Offer, world: World, path: Path) -> Column:
    """Expected spend of a bill or purchase at list price, in currency."""
    amount = people["basket"] * offer.list_price
    if not world.contractual:
        return np.asarray(amount)
    factor = rate_factor(people, offer, world, path)
    return np.asarray(amount * (1.0 - world.discretionary + world.discretionary * factor))


def accrual(offer: Offer, world: World) -> float:
    """Cost of points accrued by a member, as a share of spend at list price."""
    shown = 1.0 if world.contractual else world.card_shown
    owed = offer.point_liability / 1e6
    return float((1.0 - offer.discount) * offer.points_per_unit * owed * shown)


def costs_left(
    people: Any, offer: Offer, world: World, path: Path, left: Lifetimes
) -> dict[str, float]:
    """What of the remainder is cost, by the factor of its price, in currency."""
    heard = float((left.programmes * (1 - people["opted_out"])).sum())
    served, contacts = float(left.programmes.sum()), float(left.service.sum())
    spend = float((spend_of(people, offer, world, path) * people["member"] * left.margin).sum())
    surprises = min(offer.surprise, world.encounter_rate)
    repairs = world.encounter_rate * offer.failure * offer.recovery
    return {
        "cost_service": served * offer.service_cost / 1e6,
        "cost_marketing": served * offer.marketing_cost / 1e6,
        "cost_community": served * offer.community_cost / 1e6,
        "cost_data": served * offer.data_cost / 1e6,
        "cost_points": served * offer.points_cost / 1e6,
        "cost_reward": spend * accrual(offer, world),
        "cost_contact": contacts * world.encounter_rate * offer.encounter_cost / 1e6,
        "cost_message": heard * offer.message_cost / 1e6,
        "cost_recovery": contacts * repairs * offer.recovery_cost / 1e6,
        "cost_surprise": contacts * surprises * offer.surprise_cost / 1e6,
        "cost_acquisition": 0.0,
    }


def rate_factor(people: Any, offer: Offer, world: World, path: Path) -> Column:
    """M of everybody, without the goal gradient, which only moves purchases in time."""
    mood = world.spend_satisfaction * (people["satisfaction"] - people["satisfaction_norm"])
    mood = mood + world.spend_engagement * (people["engagement"] - people["engagement_norm"])
    heard = np.where(people["opted_out"] == 1, offer.response_unheard, offer.response)
    fresh = 0.3 + 0.7 * np.exp(-people["member_months"] / world.lift_erosion)
    lift = 1.0 + world.points_lift * (1.0 - people["wallet"]) * fresh * people["member"]
    return np.asarray(np.exp(mood) / path.rate_norm[-1] * heard * lift)


def monthly_costs(people: Any, offer: Offer, world: World) -> tuple[float, Column]:
    """Expected monthly cost of a customer, in currency: of encounters, and of programmes."""
    encounter = offer.encounter_cost + offer.failure * offer.recovery * offer.recovery_cost
    surprises = min(offer.surprise, world.encounter_rate)
    service = world.encounter_rate * encounter + surprises * offer.surprise_cost
    programmes = (
        offer.service_cost
        + offer.marketing_cost
        + offer.community_cost
        + offer.data_cost
        + offer.points_cost
    )
    return service / 1e6, (programmes + offer.message_cost * (1 - people["opted_out"])) / 1e6


def _annuity(months: Any, growth: float) -> Any:
    """Present value of 1 at the end of each of so many months."""
    if growth == 1.0:
        return months * 1.0
    return growth * (1.0 - growth**months) / (1.0 - growth)


def _usual_offset(path: Path, world: World) -> float:
    """The hazard's offset as it was over the last period in which renewals were due."""
    recent = path.hazard_offset[-max(12, int(world.renewal_months)) :]
    due = recent[recent != 0.0]
    return float(due.mean()) if len(due) else 0.0
