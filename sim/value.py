"""What customers are still worth at the horizon, in closed form with their state frozen there."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from ..agents.state import Offer, World
from .world import Path

Column = NDArray[np.float64]


def remainder(
    people: Any,
    offer: Offer,
    world: World,
    path: Path,
    months: int,
    discount_rate: float,
) -> Column:
    """Expected contribution after so many months, by person, discounted to month 0, in currency.

    Contractual: a margin m a month until the next renewal, then m s / (1 - s / (1 + d)) per
    renewal period. Noncontractual: with q = exp(-lam p), m (1 - q) / p / (1 - q / (1 + i)) less the
    costs of the months still alive (Fader & Hardie 2010; evidence, design 7). `people` maps fields
    to columns. Costs that do not depend on customers are left out.
    """
    alive = people["alive"] == 1
    growth = 1.0 / (1.0 + discount_rate)
    struck = people["exposure"] * (1.0 - 0.5 * people["engagement"])
    ratio = (1.0 + world.contagion * struck) / path.exposure_norm[-1]
    ratio = ratio * np.where(people["since_referral"] < 12, world.referrer_hazard, 1.0)
    odds = people["propensity_odds"] + _usual_offset(path, world) + people["leaning"]
    hazard = np.clip(special.expit(odds) * ratio, 1e-9, 1.0)
    factor = rate_factor(people, offer, world, path)
    share = 1.0 - offer.discount - offer.goods
    shown = 1.0 if world.contractual else world.card_shown
    accrued = (1.0 - offer.discount) * offer.points_per_unit * offer.point_liability / 1e6 * shown
    share = share - accrued * people["member"]
    costs = monthly_costs(people, offer, world)
    if world.contractual:
        bill = people["basket"] * offer.list_price
        bill = bill * (1.0 - world.discretionary + world.discretionary * factor)
        margin = bill * share - sum(costs)
        period = world.renewal_months
        left = period - people["tenure"] % period
        stay = 1.0 - hazard
        later = growth**left * stay / (1.0 - stay * growth**period) * _annuity(period, growth)
        worth = margin * (_annuity(left, growth) + later)
    else:
        rate = people["rate"] * factor
        chance = np.minimum(1.0, hazard / factor)
        last = np.exp(-rate * chance)
        margin = people["basket"] * offer.list_price * share
        service, programmes = costs
        # Customers cost while they are listed: they bought of late, or are gone unnoticed.
        listed = 1.0 - np.exp(-rate * world.inactivity_months)
        unnoticed = programmes * _annuity(world.inactivity_months, growth) * (1.0 - last)
        month = margin * (1.0 - last) / chance - (service + programmes) * listed - unnoticed
        worth = growth * month / (1.0 - last * growth)
    return np.where(alive, worth, 0.0) * growth**months


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
