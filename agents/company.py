"""A company: it turns levers into a month's offer, and load into waiting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .rules.contact import message_load, message_response
from .rules.trust import openness, unease
from .state import LOTS, Offer, World

if TYPE_CHECKING:  # a company reads its levers, it does not know where they come from
    from ..scenarios.levers import Levers
    from ..scenarios.market import Market

POINTS_PER_UNIT = 100
"""Points are counted in hundredths of the currency that they are worth."""


def micro(amount: float) -> int:
    """Money in millionths, rounded once."""
    return int(amount * 1e6 + 0.5)


class Company:
    """One company, its schedule of levers, and the market it works in.

    `schedule` holds (first month, levers) in order of month, the first at month 0 or before. What
    was in force before month 0 may come first, at a negative month.
    """

    def __init__(self, schedule: Sequence[tuple[int, Levers]], market: Market) -> None:
        self.schedule = schedule
        self.market = market
        self._planned: dict[tuple[int, int | None], Offer] = {}

    def levers(self, month: int) -> Levers:
        """The levers in force in a month; before the first change, the first ones."""
        return self.schedule[self._step(month)][1]

    def capacity(self, month: int) -> float | None:
        """Encounters per customer and month that the staff can serve, None for all of them."""
        return self.levers(month).service.capacity

    def plan(self, month: int, world: World) -> Offer:
        """The offer of a month."""
        step = self._step(month)
        closing = self._closing(step, month)
        if (step, closing) not in self._planned:
            offer = offer_of(self.schedule[step][1], self.market, world)
            if closing is not None:
                _still_redeemed(offer, offer_of(self.schedule[closing][1], self.market, world))
            self._planned[step, closing] = offer
        return self._planned[step, closing]

    def _closing(self, step: int, month: int) -> int | None:
        """The step whose points can still be redeemed, though none are earned any more (E0)."""
        if self.schedule[step][1].points.earn > 0.0:
            return None
        for earlier in reversed(range(step)):
            points = self.schedule[earlier][1].points
            if points.earn > 0.0:
                closed = self.schedule[earlier + 1][0]
                return earlier if month < closed + points.closing_months else None
        return None

    def _step(self, month: int) -> int:
        begun = [k for k, (first, _) in enumerate(self.schedule) if first <= month]
        return begun[-1] if begun else 0


def offer_of(levers: Levers, market: Market, world: World) -> Offer:
    """Levers as the rules feel them, and their prices in millionths of the currency."""
    service, marketing, data, points = (
        levers.service,
        levers.marketing,
        levers.data,
        levers.points,
    )
    load = message_load(
        marketing.messages, marketing.channels, marketing.aligned, marketing.relevance, world
    )
    usual = message_load(
        world.neutral_messages,
        world.neutral_channels,
        world.neutral_aligned,
        world.neutral_relevance,
        world,
    )
    response = message_response(usual, world)
    revenue = market.monthly_revenue
    contact = world.contact_share * world.cost_contact
    value = points.earn * POINTS_PER_UNIT
    goal = int(points.goal * market.buying.basket * value + 0.5)
    point_cost = points.unit_cost * world.cost_reward / POINTS_PER_UNIT
    offer = Offer()
    offer.price = levers.offer.price * (1.0 - levers.offer.discount)
    offer.performance = service.performance
    offer.failure = min(1.0, market.failure * service.failure_factor)
    offer.recovery = market.recovery if service.recovery is None else service.recovery
    offer.effort = service.effort
    offer.waiting = 0.0
    offer.human = service.human
    offer.self_service = service.self_service
    offer.surprise = service.surprise
    offer.relevance = marketing.relevance
    offer.overload = max(0.0, load - 2.0)
    offer.response = message_response(load, world) / response
    offer.response_unheard = message_response(0.0, world) / response
    offer.community = levers.community.capacity
    offer.recognition = levers.community.recognition
    offer.pressure = levers.community.pressure
    offer.openness = openness(data.transparency, data.control, data.ethics, world)
    offer.unease = unease(data.depth, data.transparency, data.control, world)
    offer.acquisition = marketing.acquisition
    offer.points_per_unit = value
    offer.goal = goal
    offer.welcome = int(points.welcome * goal)
    offer.welcome_pull = points.welcome
    offer.automatic = int(points.automatic)
    offer.lot_months = max(1, points.expiry_months // LOTS)
    offer.points_inactivity = points.inactivity_months
    offer.list_price = levers.offer.price
    offer.discount = levers.offer.discount
    offer.goods = (1.0 - market.gross_margin) / levers.offer.price
    offer.referral_reward = micro(levers.referrals.reward)
    offer.encounter_cost = micro(
        contact * (service.human * service.human_price + (1.0 - service.human) * service.self_price)
    )
    offer.recovery_cost = micro(service.recovery_price * world.cost_recovery)
    offer.surprise_cost = micro(service.surprise_price * world.cost_surprise)
    offer.service_cost = micro(service.budget * revenue * world.cost_service)
    offer.message_cost = micro(marketing.messages * marketing.message_price * world.cost_message)
    offer.marketing_cost = micro(marketing.budget * revenue * world.cost_marketing)
    offer.community_cost = micro(levers.community.budget * revenue * world.cost_community)
    offer.data_cost = micro(data.budget * revenue * world.cost_data)
    offer.points_cost = micro(points.admin_budget * revenue * world.cost_points)
    offer.point_cost = micro(point_cost)
    offer.point_liability = micro(point_cost * (1.0 - points.expected_breakage))
    offer.acquisition_cost = micro(
        marketing.acquisition * marketing.acquisition_price * world.cost_acquisition
    )
    offer.fixed_cost = micro(levers.fixed_cost)
    return offer


def _still_redeemed(offer: Offer, closed: Offer) -> None:
    """Let points of a closed programme be redeemed under `offer`, on the old terms."""
    for name in ("goal", "lot_months", "points_inactivity", "point_cost", "point_liability"):
        setattr(offer, name, getattr(closed, name))


def waiting(encounters: int, customers: int, capacity: float | None) -> float:
    """Effort added by waiting when load nears capacity, in [0, .3] (H4).

    `encounters` of the month among `customers` on the books; `capacity` in encounters per
    customer and month, None for staff that follows the need.
    """
    if capacity is None or customers == 0:
        return 0.0
    load = min(1.0, encounters / (capacity * customers))
    return 0.3 * max(0.0, load - 0.8) / 0.2
