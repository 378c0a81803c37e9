"""What customers are still worth at the horizon, in closed form with their state frozen there."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from ..agents.accelerate import compiled
from ..agents.experience import invested
from ..agents.rules.deals import coming_price, own_price
from ..agents.rules.escalation import next_step
from ..agents.rules.joining import LONG_AGO
from ..agents.rules.journey import meant_for
from ..agents.rules.leaving import pull_of_rivals
from ..agents.rules.membership import pays
from ..agents.rules.points import card_chance, cost_of_point, goal_in_view
from ..agents.state import Offer, World
from .kernel import Records, offer_record, world_record
from .population import hazard_ratios, rate_factors
from .world import Path

Column = NDArray[np.float64]


class Lifetimes(NamedTuple):
    """What one more currency unit a month would bring from everybody after the horizon.

    Discounted months, by person, 0 for those who are gone: of margin on purchases, of being a
    customer, of encounters, and of what programmes cost. They differ where customers cost without
    buying. Without contracts, purchases in place of months of margin.
    """

    margin: Column
    alive: Column
    service: Column
    programmes: Column
    factor: Column
    """M of everybody, by which purchases or bills differ from their neutral ones."""
    promised: Column
    """Of the months of margin, those at a price that was promised for a time."""


def lifetimes(
    people: Records, offer: Offer, world: World, path: Path, months: int, discount_rate: float
) -> Lifetimes:
    """Expected discounted months left after so many months, with everybody's state frozen.

    Contractual: the months until the next renewal, then s / (1 - s / (1 + d)) renewal periods.
    Noncontractual: with q = exp(-lam p), (1 - q) / p / (1 - q / (1 + i)) purchases (Fader & Hardie
    2010; evidence, design 7), and months in which one is listed, alive or gone unnoticed.
    """
    alive = people["alive"] == 1
    growth = 1.0 / (1.0 + discount_rate)
    now = np.where(alive, growth**months, 0.0)
    frozen, lasting = _frozen(people), _lasting(world, path)
    ratio = hazard_ratios(frozen, lasting)
    factor = rate_factors(frozen, lasting, offer_record(offer))
    leaning = people["leaning"]
    if people["promised_months"].any():
        leaning = leaning + _after_promises(people, lasting, offer)
    odds = people["propensity_odds"] + _usual_offset(path, world) + leaning
    hazard = np.clip(special.expit(odds) * ratio, 1e-9, 1.0)
    if world.contractual:
        period = world.renewal_months
        left = period - people["tenure"] % period
        stay = 1.0 - hazard
        later = growth**left * stay / (1.0 - stay * growth**period) * _annuity(period, growth)
        all_months = now * (_annuity(left, growth) + later)
        promised = now * _promised(people["promised_months"], left, stay, period, growth)
        return Lifetimes(all_months, all_months, all_months, all_months, factor, promised)
    rate = people["rate"] * factor
    chance = np.minimum(1.0, hazard / factor)
    last = np.exp(-rate * chance)
    # Customers cost while they are listed: they bought of late, or are gone unnoticed.
    listed = 1.0 - np.exp(-rate * world.inactivity_months)
    unnoticed = _annuity(world.inactivity_months, growth) * (1.0 - last)
    now = now * growth / (1.0 - last * growth)
    margin = now * (1.0 - last) / chance
    promised = margin * (1.0 - (last * growth) ** people["promised_months"])
    return Lifetimes(margin, now, now * listed, now * (listed + unnoticed), factor, promised)


def _promised(months: Any, left: Any, stay: Column, period: int, growth: float) -> Column:
    """Present value of 1 at the end of each month of a promise that a contract lasts to see."""
    total = np.zeros(len(stay))
    for month in range(1, int(months.max(initial=0)) + 1):
        renewals = np.maximum(0, -((left - month) // period))
        total += (month <= months) * growth**month * stay**renewals
    return total


def _after_promises(people: Records, worlds: Records, offer: Offer) -> Column:
    """What everybody's leaning to leave will rise by once no price is promised any more."""
    rise = np.empty(len(people))
    _rise(people, worlds, offer_record(offer), rise)
    return rise


@compiled
def _rise(people: Any, worlds: Any, offers: Any, out: Any) -> None:
    for i in range(len(people)):
        dearer = own_price(people[i], offers[0]) - coming_price(people[i], offers[0])
        out[i] = pull_of_rivals(people[i], worlds[0]) * dearer


def remainder(people: Records, offer: Offer, world: World, left: Lifetimes) -> Column:
    """Expected contribution after the horizon, by person, discounted to month 0, in currency.

    Costs that do not depend on customers are left out.
    """
    service, programmes = monthly_costs(people, offer, world)
    spend = spend_of(people, offer, world, left)
    share = _paid(people, offer, world) - offer.goods
    owed = accrual(people, offer, world)
    share = share - owed
    value = (
        spend * share * left.margin
        + fees(people, offer, world) * left.alive
        - service * left.service
        - programmes * left.programmes
    )
    if left.promised.any():
        less = people["promised"] * left.promised
        value = value - spend * (_paid(people, offer, world) - owed) * less
    if offer.path > 0.0:  # what is sold at appointments, by bills in part
        amount = (
            people["basket"]
            * offer.list_price
            * (1.0 if not world.contractual else world.discretionary)
        )
        sold = world.appointment_sale * appointments(people, offer, world)
        value = value + sold * amount * share * left.service
    return np.asarray(value)


def spend_of(people: Records, offer: Offer, world: World, left: Lifetimes) -> Column:
    """Expected spend of a bill or purchase at list price, in currency."""
    amount = people["basket"] * offer.list_price
    if not world.contractual:
        return np.asarray(amount)
    return np.asarray(amount * (1.0 - world.discretionary + world.discretionary * left.factor))


def accrual(people: Records, offer: Offer, world: World) -> Column:
    """Cost of points that each member earns, as a share of spend at list price.

    What is accrued for a point, in the reward that this member will have: accrual itself knows the
    first reward only.
    """
    shown = 1.0 if world.contractual else card_chance(offer, world)
    owed = offer.point_liability / 1e6
    bonus = 1.0 + offer.tier_bonus * people["tier"]
    paid = _paid(people, offer, world)
    cost = paid * offer.points_per_unit * owed * shown * bonus * people["member"]
    if offer.point_costs[0] > 0 and (offer.goal_count > 1 or offer.experience == 1):
        own = np.empty(len(people))
        _own_cost(people, world_record(world), offer_record(offer), own)
        cost = cost * own / offer.point_costs[0]
    return np.asarray(cost)


@compiled
def _own_cost(people: Any, worlds: Any, offers: Any, out: Any) -> None:
    offer, world = offers[0], worlds[0]
    for i in range(len(people)):
        goal, held = 0, offer.goal
        while goal_in_view(people[i], held, offer, world) > goal:
            goal += 1
            held = offer.goals[goal]
        out[i] = cost_of_point(people[i], goal, offer, world)


def fees(people: Records, offer: Offer, world: World) -> Column:
    """Membership fees that each customer pays a month, in currency; from who goes on paying."""
    if offer.fee == 0:
        return np.zeros(len(people))
    paying = np.empty(len(people))
    _paying(people, world_record(world), offer_record(offer), paying)
    return np.asarray(offer.fee / 1e6 / offer.fee_months * paying)


@compiled
def _paying(people: Any, worlds: Any, offers: Any, out: Any) -> None:
    for i in range(len(people)):
        out[i] = 1.0 if people[i].member == 1 and pays(people[i], offers[0], worlds[0]) else 0.0


def _paid(people: Records, offer: Offer, world: World) -> Column:
    """Share of the list price that is paid, on average; members have a price of their own."""
    paid = (1.0 - offer.discount) * (1.0 - _couponed(people, offer, world))
    return np.asarray(paid * (1.0 - offer.member_discount * people["member"]))


def _couponed(people: Records, offer: Offer, world: World) -> Column:
    """Share of the price that coupons take off, on average (D4)."""
    prone = np.minimum(1.0, people["deal_prone"] + people["deal_habit"])
    known = (people["member"] == 1) | bool(world.contractual)
    relevance = np.where(known, offer.relevance_known, offer.relevance)
    return np.asarray(offer.coupon * relevance * world.with_coupons * prone * in_reach(people))


def in_reach(people: Records) -> Column:
    """Who messages, coupons and the rest reach as they are aimed now: 1, else 0."""
    return np.where(people["spared"] == 0, 1.0, 0.0)


def costs_left(people: Records, offer: Offer, world: World, left: Lifetimes) -> dict[str, float]:
    """What of the remainder is cost, by the factor of its price, in currency."""
    heard = float((left.programmes * (1 - people["opted_out"]) * in_reach(people)).sum())
    served = float(left.programmes.sum())
    contacts = float((left.service * repeated(people, offer, world)).sum())
    held = float((left.service * appointments(people, offer, world)).sum())
    points = spend_of(people, offer, world, left) * accrual(people, offer, world)
    surprised, approached = occasions(people, offer, world)
    repairs = world.encounter_rate * repaired(offer, world, approached)
    repairs = repairs * repeated(people, offer, world)
    return {
        "cost_service": served * offer.service_cost / 1e6,
        "cost_staff": served * offer.staff_cost / 1e6,
        "cost_appointment": (served * offer.expert_cost + held * offer.appointment_cost) / 1e6,
        "cost_marketing": served * offer.marketing_cost / 1e6,
        "cost_community": served * offer.community_cost / 1e6,
        "cost_data": served * offer.data_cost / 1e6,
        "cost_points": served * offer.points_cost / 1e6,
        "cost_reward": float((points * (left.margin - people["promised"] * left.promised)).sum()),
        "cost_contact": contacts * world.encounter_rate * offer.encounter_cost / 1e6,
        "cost_message": heard * offer.message_cost / 1e6,
        "cost_recovery": float((repairs * left.service).sum()) * offer.recovery_cost / 1e6,
        "cost_surprise": float((surprised * left.service).sum()) * offer.surprise_cost / 1e6,
        "cost_proactive": float((approached * left.service).sum()) * offer.proactive_cost / 1e6,
        "cost_idea": float((read(people, offer, world) * left.programmes).sum())
        * offer.idea_cost / 1e6,
        "cost_ambassador": float(((people["ambassador"] > 0) * left.programmes).sum())
        * offer.ambassador_cost / 1e6,
        "cost_acquisition": 0.0,
    }  # fmt: skip


def occasions(people: Records, offer: Offer, world: World) -> tuple[Column, Column]:
    """Surprises, and proactive contacts, that each customer can expect in a month."""
    reached = np.empty((2, len(people)))
    _reached(people, world_record(world), offer.surprise_stage, offer.proactive_stage, reached)
    return min(offer.surprise, world.encounter_rate) * reached[0], offer.proactive * reached[1]


@compiled
def _reached(people: Any, worlds: Any, surprise: int, proactive: int, out: Any) -> None:
    for i in range(len(people)):
        out[0, i] = 1.0 if meant_for(people[i], surprise, worlds[0]) else 0.0
        out[1, i] = 1.0 if meant_for(people[i], proactive, worlds[0]) else 0.0


def repaired(offer: Offer, world: World, approached: Column) -> Column:
    """Failures made good per encounter: prevention leaves fewer (A9), a concierge more (I4)."""
    better = 0.2 * offer.concierge * world.concierge_effect * world.with_recovery
    skill = min(1.0, offer.recovery + better)
    return np.asarray(offer.failure * (1.0 - world.prevention * approached) * skill)


def repeated(people: Records, offer: Offer, world: World) -> Column:
    """Contacts for each that arises by itself: what fails comes back, what is searched leads on."""
    if offer.repeats == 0 and offer.path == 0.0:
        return np.ones(len(people))
    back = coming_back(people, offer, world)
    back = back + (1.0 - back) * offer.path * next_step(offer, world)
    return np.asarray(1.0 / (1.0 - np.minimum(0.9, back)))


def coming_back(people: Records, offer: Offer, world: World) -> Column:
    """Share of contacts that come back, by complaint or because nothing was settled."""
    approached = occasions(people, offer, world)[1]
    voiced = np.minimum(1.0, world.voice * (1.0 + 0.5 * people["engagement"]))
    failing = offer.failure * (1.0 - world.prevention * approached)
    unsettled = (failing - repaired(offer, world, approached)) * (1.0 - offer.resolution)
    return np.asarray(offer.repeats * (failing * voiced + unsettled * (1.0 - voiced)))


def appointments(people: Records, offer: Offer, world: World) -> Column:
    """Appointments with experts that each customer can expect in a month, one at most (I5)."""
    if offer.path == 0.0:
        return np.zeros(len(people))
    contacts = world.encounter_rate * repeated(people, offer, world)
    chance = offer.path * next_step(offer, world) ** 3.0
    asked = contacts * (1.0 - coming_back(people, offer, world)) * chance
    return np.asarray(-np.expm1(-asked) * offer.booking)


def read(people: Records, offer: Offer, world: World) -> Column:
    """Ideas that the company reads, per customer and month (C8)."""
    if offer.ideas == 0.0:
        return np.zeros(len(people))
    involved = 0.5 * (people["rational"] + people["hedonic"])
    gate = (people["satisfaction"] >= people["reputation"]) & (
        people["trust"] >= people["reputation"] - 0.1
    )
    chance = world.idea_rate * involved * people["engagement"] * gate * people["alive"]
    usual = float(chance.sum()) / max(1, int(people["alive"].sum()))
    return np.asarray(chance * min(1.0, offer.ideas / max(usual, 1e-12)))


def monthly_costs(people: Records, offer: Offer, world: World) -> tuple[Column, Column]:
    """Expected monthly cost of a customer, in currency: of encounters, and of programmes."""
    surprised, approached = occasions(people, offer, world)
    repairs = repaired(offer, world, approached) * offer.recovery_cost
    again = repeated(people, offer, world)
    service = world.encounter_rate * again * (offer.encounter_cost + repairs)
    service = service + surprised * offer.surprise_cost + approached * offer.proactive_cost
    service = service + appointments(people, offer, world) * offer.appointment_cost
    programmes = (
        offer.service_cost
        + offer.staff_cost
        + offer.expert_cost
        + offer.marketing_cost
        + offer.community_cost
        + invested(offer)
        + offer.data_cost
        + offer.points_cost
        + offer.message_cost * (1 - people["opted_out"]) * in_reach(people)
        + offer.sharing * offer.sharing_cost * (people["satisfaction"] >= 0.5)
        + read(people, offer, world) * offer.idea_cost
        + (people["ambassador"] > 0) * (offer.ambassador_cost + offer.ambassador_pay)
    )
    return np.asarray(service / 1e6), np.asarray(programmes / 1e6)


def _frozen(people: Records) -> Records:
    """People with what passes within months left out: progress, wishes, anger."""
    still = people.copy()
    still["progress"] = still["usual_progress"]
    for name in ("wishing", "alerted", "demoted"):
        still[name] = 0
    still["since_reward"] = LONG_AGO
    return still


def _lasting(world: World, path: Path) -> Records:
    """The world as a record, with the norms of its last month."""
    last = World(**vars(world))
    last.exposure_norm, last.rate_norm = path.exposure_norm[-1], path.rate_norm[-1]
    last.freed = 0
    return world_record(last)


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
