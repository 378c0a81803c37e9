"""What a company offers in a month: its levers as the rules feel them, and their prices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .rules.acts import sharing_rate
from .rules.contact import message_load, message_response, personal_response
from .rules.joining import pull_of_spending
from .rules.journey import STAGES
from .rules.satisfaction import handed_over
from .rules.trust import openness, unease
from .state import GOALS, LOTS, TIERS, Offer, World

if TYPE_CHECKING:  # a company reads its levers, it does not know where they come from
    from ..scenarios.levers import Levers
    from ..scenarios.market import Market

POINTS_PER_UNIT = 100
"""Points are counted in hundredths of the currency that they are worth."""


def micro(amount: float) -> int:
    """Money in millionths, rounded once."""
    return int(amount * 1e6 + 0.5)


def offer_of(levers: Levers, market: Market, world: World, programmes: int = 0) -> Offer:
    """Levers as the rules feel them, and their prices in millionths of the currency.

    `programmes`: rivals with a name that have a points programme.
    """
    service, marketing, data = levers.service, levers.marketing, levers.data
    points, membership = levers.points, levers.membership
    overload, response = messages(levers, marketing.relevance, world)
    programme = world.programme
    budgets = market.monthly_revenue * programme
    contact = world.contact_share * world.cost_contact
    blend = service.blend
    contact *= 1.0 + service.concierge * (service.concierge_factor - 1.0)
    value = points.earn * POINTS_PER_UNIT
    goals = [points.goal, *(reward.goal for reward in points.better_rewards)]
    worths = [1.0, *(reward.worth for reward in points.better_rewards)]
    none = [0] * (GOALS - len(goals))
    point_cost = points.unit_cost * world.cost_reward * programme / POINTS_PER_UNIT
    experience = points.unit_cost if points.experience_cost is None else points.experience_cost
    experience_cost = experience * world.cost_reward * programme / POINTS_PER_UNIT
    offer = Offer()
    offer.price = levers.offer.price * (1.0 - levers.offer.discount)
    offer.performance = service.performance
    offer.failure = min(1.0, market.failure * service.failure_factor)
    offer.recovery = market.recovery if service.recovery is None else service.recovery
    offer.recovery *= world.with_recovery  # nothing is made good where A6 is absent
    offer.effort = min(1.0, blend.effort + handed_over(levers.broken_handovers(), world))
    offer.waiting = 0.0
    offer.attended = 1.0
    offer.human = blend.human
    offer.self_service = blend.self_service
    offer.resolution = service.resolution
    offer.repeats = int(len(service.desks) > 0 or service.resolution < 1.0)
    offer.path = blend.self_service * world.with_escalation if service.experts > 0.0 else 0.0
    offer.booking = 1.0
    offer.surprise = service.surprise
    offer.surprise_stage = stage_of(service.surprise_stage)
    offer.proactive = service.proactive
    offer.proactive_stage = stage_of(service.proactive_stage)
    offer.salient = service.proactive_salient
    offer.selling = service.proactive_selling
    offer.concierge = service.concierge
    offer.timing = marketing.timing
    offer.coupon = marketing.coupon
    offer.listening = data.listening
    offer.channels = marketing.channels
    offer.aligned = marketing.aligned
    offer.ideas = levers.community.ideas
    offer.control = data.control
    offer.breach = 0.0
    offer.breached = 0.0
    offer.scandal = 0.0
    offer.scandalised = 0.0
    offer.uproar = 1.0
    offer.spill = 0.0
    offer.spilled = 0.0
    offer.freed = 0
    offer.paused = 0
    offer.outage = 0.0
    offer.cut_off = 0.0
    offer.slump = 0.0
    offer.undercut = 0.0
    offer.opinion = 1.0
    offer.relevance = marketing.relevance
    offer.relevance_known = marketing.relevance
    offer.overload = overload
    offer.overload_known = overload
    offer.response = response
    offer.response_known = response
    offer.response_unheard = message_response(0.0, 1.0, world) / usual_response(world)
    offer.community = levers.community.capacity
    offer.recognition = levers.community.recognition
    offer.ambassadors = levers.community.ambassadors * world.with_ambassadors
    offer.pressure = levers.community.pressure
    offer.openness = openness(data.transparency, data.control, data.ethics, world)
    offer.unease = unease(data.depth, data.transparency, data.control, world)
    offer.acquisition = pull_of_spending(marketing.acquisition, world)
    offer.save = marketing.save.discount * world.with_save
    offer.save_months = marketing.save.months
    offer.winback = marketing.winback.months * world.with_winback
    offer.winback_discount = marketing.winback.discount
    offer.winback_months = marketing.winback.price_months
    offer.points_per_unit = value
    offer.points_value = points.earn
    offer.endowed = points.endowed
    offer.lift = programme_lift(points.progressive, market, world, programmes)
    offer.devalued = 0.0
    offer.tiers = len(points.tiers)
    offer.thresholds = [tier * market.buying.basket for tier in points.tiers]
    offer.thresholds += [0.0] * (TIERS - len(points.tiers))
    offer.tier_bonus = points.tier_bonus
    offer.tier_recognition = points.tier_recognition
    offer.sharing = sharing_rate(levers.acts.sharing, world)
    offer.subscribing = int(levers.acts.newsletter > 0.0)
    offer.active = int(
        max(offer.proactive, offer.timing, offer.listening, offer.ideas, offer.sharing) > 0.0
        or offer.subscribing == 1
    )
    offer.goals = [points_of(goal, value, market) for goal in goals] + none
    offer.goal_count = len(goals)
    offer.goal = offer.goals[0]
    offer.payout = int(points.payout)
    offer.experience = int(points.experience_cost is not None)
    offer.welcome = int(points.welcome * offer.goal)
    offer.welcome_pull = points.welcome
    offer.automatic = int(points.automatic)
    offer.lot_months = max(1, points.expiry_months // LOTS)
    offer.points_inactivity = points.inactivity_months
    offer.member_discount = membership.discount
    offer.fee = micro(membership.fee)
    offer.fee_months = membership.fee_months
    offer.list_price = levers.offer.price
    offer.discount = levers.offer.discount
    offer.goods = (1.0 - market.gross_margin) / levers.offer.price
    offer.referral_reward = micro(levers.referrals.reward)
    offer.encounter_cost = micro(contact * blend.price)
    staff = sum(desk.staff for desk in service.desks) * service.staff_price
    offer.staff_cost = micro(staff * world.cost_staff * programme)
    experts = service.experts / 1000.0 * service.expert_price
    offer.expert_cost = micro(experts * world.cost_appointment * programme)
    seen = service.appointment_price * world.cost_appointment
    offer.appointment_cost = micro(seen * programme)
    offer.recovery_cost = micro(service.recovery_price * world.cost_recovery * programme)
    offer.surprise_cost = micro(service.surprise_price * world.cost_surprise * programme)
    offer.proactive_cost = micro(service.proactive_price * world.cost_proactive * programme)
    offer.sharing_cost = micro(levers.acts.sharing)
    offer.subscribing_cost = micro(levers.acts.newsletter)
    offer.idea_cost = micro(levers.community.idea_price * world.cost_idea * programme)
    offer.ambassador_cost = micro(
        levers.community.ambassador_price * world.cost_ambassador * programme
    )
    offer.ambassador_pay = micro(levers.community.ambassador_pay)
    neutral = type(levers)()
    offer.usual_encounter_cost = micro(
        world.contact_share * world.cost_contact * neutral.service.blend.price
    )
    usual = neutral.marketing.messages * neutral.marketing.message_price
    offer.usual_message_cost = micro(usual * world.cost_message)
    offer.service_cost = micro(service.budget * budgets * world.cost_service)
    offer.message_cost = micro(marketing.sent * marketing.message_price * world.cost_message)
    offer.marketing_cost = micro(marketing.budget * budgets * world.cost_marketing)
    offer.community_cost = micro(levers.community.budget * budgets * world.cost_community)
    offer.service_invested = 0
    offer.marketing_invested = 0
    offer.community_invested = 0
    offer.reinvested = 0
    offer.data_cost = micro(data.budget * budgets * world.cost_data)
    offer.points_cost = micro(points.admin_budget * budgets * world.cost_points)
    offer.point_costs = [micro(point_cost * worth) for worth in worths] + none
    offer.experience_costs = [micro(experience_cost * worth) for worth in worths] + none
    offer.point_liability = micro(point_cost * (1.0 - points.expected_breakage))
    offer.point_deferred = micro((1.0 - points.expected_breakage) / POINTS_PER_UNIT)
    offer.acquisition_cost = micro(
        marketing.acquisition * marketing.acquisition_price * world.cost_acquisition
    )
    offer.save_cost = micro(marketing.save.price * world.cost_proactive * programme)
    offer.winback_cost = micro(marketing.winback.price * world.cost_acquisition)
    offer.fixed_cost = micro(levers.fixed_cost * programme)
    return offer


def messages(levers: Levers, relevance: float, world: World) -> tuple[float, float]:
    """Contact beyond twice the ideal, and the response against neutral, at a relevance (B5, D1)."""
    marketing = levers.marketing
    load = message_load(marketing.sent, marketing.channels, marketing.aligned, relevance, world)
    personal = personal_response(marketing.personalisation, levers.data.control, world)
    return max(0.0, load - 2.0), message_response(load, personal, world) / usual_response(world)


def usual_response(world: World) -> float:
    """The response to messages under neutral management, relative to none."""
    usual = message_load(
        world.neutral_messages,
        world.neutral_channels,
        world.neutral_aligned,
        world.neutral_relevance,
        world,
    )
    return float(message_response(usual, 1.0, world))


def programme_lift(progressive: bool, market: Market, world: World, programmes: int = 0) -> float:
    """A programme's lift by design and context, 1 for a direct one without rivals' (E7).

    Rivals' programmes are those of the unnamed, of which the market knows, and of the named.
    """
    rivals = market.rival_programmes + programmes
    lift = max(0.0, 1.0 - world.rival_programme_loss * rivals)
    if progressive:
        lift *= world.progressive_lift
    if market.discounter:
        lift *= world.discounter_lift
    return float(lift)


def points_of(goal: float, value: float, market: Market) -> int:
    """Points of a goal in baskets, at `value` points per currency unit; 0 where none are earned."""
    return max(int(value > 0.0), int(goal * market.buying.basket * value + 0.5))


def stage_of(name: str) -> int:
    """The number of a stage that a lever is meant for, 0 for all."""
    return 0 if name == "all" else STAGES.index(name)
