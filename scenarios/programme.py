"""The parts of a programme, one model a department or purpose; each lever neutral by default.

Prices are of two kinds. What is bought by the piece (a contact, a message, a reward) has a price in
currency. What is bought as a programme (quality, recovery, a community) has a *budget*: a share of
the market's neutral monthly revenue per customer, charged for each customer on the books, so that
one strategy can be tried in every market (evidence: spend per aspect, 2H; sweep of section 3).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field, model_validator

from .channels import (
    APPOINTMENT_MINUTES,
    OPEN_MINUTES,
    USUAL_MINUTES,
    Blend,
    Desk,
    Heads,
    InUse,
    Price,
    blend_of,
    checked,
    desks_of,
)
from .parameter import Frozen, Level, Monthly, Months, Part, Ratio, Share, Unit

Budget = Annotated[float, Field(ge=0.0, le=1.0), Unit("share of monthly revenue")]
Threshold = Annotated[float, Field(gt=0.0, le=1e4), Unit("baskets")]
Stage = Literal["all", "first_time", "repeat", "loyal", "advocate", "at_risk"]
"""Stages of a customer's journey that a lever may be meant for."""


class Offer(Frozen):
    """What is sold, and at what price."""

    price: Ratio = Field(1.0, gt=0.0, le=10.0, description="price, 1 = the market's reference")
    discount: Part = Field(0.0, ge=0.0, lt=1.0, description="share of the price given back")


class Reward(Frozen):
    """A reward worth saving for: further off than the first, and worth more for each point."""

    goal: Threshold = Field(description="spend until it is reached, baskets")
    worth: Ratio = Field(
        1.0, ge=1.0, le=10.0, description="value of a point in it, that in the first reward 1"
    )


class Points(Frozen):
    """A points programme (E0-E10). `earn` 0 means there is none."""

    earn: Part = Field(0.0, ge=0.0, le=0.5, description="value of points earned, share of spend")
    goal: Annotated[float, Unit("baskets")] = Field(
        4.0, ge=0.1, le=100.0, description="goal: spend until a reward is reached, baskets"
    )
    better_rewards: tuple[Reward, ...] = Field(
        (), max_length=3, description="rewards to save for, a list of {goal, worth}, rising"
    )
    payout: bool = Field(
        False, description="rewards are paid out unasked, as cashback is: none forgotten or saved"
    )
    unit_cost: Ratio = Field(
        0.7, ge=0.0, le=2.0, description="cost of one currency unit of reward to the company"
    )
    experience_cost: Annotated[float, Field(ge=0.0, le=2.0), Unit("ratio")] | None = Field(
        None,
        description="the same of an experience, which members may choose instead; empty: no choice",
    )
    expected_breakage: Share = Field(
        0.2, description="share of points expected never to be redeemed, for the liability"
    )
    expiry_months: Months = Field(
        24, ge=4, le=240, description="age by which points expire, months"
    )
    inactivity_months: Months = Field(
        12, ge=1, le=240, description="silence after which all points expire, months"
    )
    closing_months: Months = Field(
        3, ge=0, le=60, description="months to redeem once the programme is closed (earn back to 0)"
    )
    welcome: Share = Field(0.0, description="wb: points at enrolment, share of the goal")
    endowed: Share = Field(
        0.0, description="head start shown, share of the goal, though it earns nothing (E2)"
    )
    progressive: bool = Field(False, description="pays late or progressively, not directly (E7)")
    tiers: tuple[Threshold, ...] = Field(
        (), max_length=5, description="spend in 12 months to reach each tier, baskets, rising (E9)"
    )
    tier_bonus: Part = Field(
        0.0, ge=0.0, le=2.0, description="points more per tier, share of those earned"
    )
    tier_recognition: Level = Field(0.0, description="recognition of the members of a tier")
    automatic: bool = Field(
        False, description="all are enrolled unasked; where there is a fee, all who would pay"
    )
    admin_budget: Budget = Field(0.0, description="cost of running it, per customer")

    @model_validator(mode="after")
    def _tiers_rise_on_points(self) -> Points:
        if self.tiers and self.earn == 0.0:
            raise ValueError(
                "tiers: got some, allowed only with points (points.earn above 0); none are []"
            )
        if any(high <= low for low, high in itertools.pairwise(self.tiers)):
            raise ValueError(f"tiers: got {list(self.tiers)}, allowed are rising thresholds")
        return self

    @model_validator(mode="after")
    def _rewards_rise(self) -> Points:
        steps = [(self.goal, 1.0), *((reward.goal, reward.worth) for reward in self.better_rewards)]
        for (goal, worth), (higher, better) in itertools.pairwise(steps):
            if higher <= goal or better < worth:
                raise ValueError(
                    f"better_rewards: got goal {higher:g}, worth {better:g} after goal {goal:g}, "
                    f"worth {worth:g}, allowed are rising goals whose worth does not fall"
                )
        return self


class Membership(Frozen):
    """What members pay for membership and get besides points; with neither, it is free (E0)."""

    fee: Price = Field(0.0, description="fee of membership, paid when it is due")
    fee_months: Months = Field(12, ge=1, le=60, description="months that a fee is paid for")
    discount: Part = Field(
        0.0, ge=0.0, le=0.9, description="share of the price that members alone get off"
    )


class Service(Frozen):
    """What happens in an encounter."""

    performance: Level = Field(0.70, description="mu_P: mean performance of an encounter")
    failure_factor: Ratio = Field(
        1.0, ge=0.0, le=5.0, description="failures relative to the market's"
    )
    recovery: Share | None = Field(
        None, description="R: share of failures recovered; empty: as usual in the market"
    )
    human: Share = Field(0.5, description="human: share of contacts with a person in them")
    self_service: Share = Field(0.5, description="s: share of contacts by self-service")
    effort: Level = Field(0.4, description="e: effort that a contact costs a customer")
    surprise: Monthly = Field(
        0.0, ge=0.0, le=5.0, description="surp: surprises per customer and month"
    )
    surprise_stage: Stage = Field("all", description="whom surprises are for")
    proactive: Share = Field(
        0.0, description="share of customers contacted each month before anything fails (A9)"
    )
    proactive_stage: Stage = Field("all", description="whom proactive contacts are for")
    proactive_salient: Share = Field(
        0.0, description="share of these contacts that make use and price salient"
    )
    proactive_selling: Share = Field(0.0, description="share of these contacts that sell")
    concierge: Share = Field(
        0.0, description="share of contacts with somebody who takes care of all (I4)"
    )
    channels: tuple[InUse, ...] = Field(
        (),
        description="the mix of channels: name, share of contacts, staff, price of each; human "
        "share, self-service share, effort and cost of contacts follow from it; empty: not told "
        "apart",
    )
    staff: Heads | None = Field(
        None,
        description="people on duty for contacts, where channels are not told apart; empty: as "
        "many as are needed (H4)",
    )
    resolution: Share = Field(
        1.0, description="failures not made good that are settled in the first contact all the same"
    )
    experts: Annotated[float, Field(ge=0.0, le=1e6), Unit("people per 1,000 customers")] = Field(
        0.0, description="experts who give appointments, 0: nobody can ask for one (I5)"
    )
    human_price: Price = Field(3.0, description="cost of a contact with a person")
    self_price: Price = Field(0.3, description="cost of a self-service contact")
    recovery_price: Price = Field(0.0, description="cost of one recovered failure")
    surprise_price: Price = Field(0.0, description="cost of one surprise")
    proactive_price: Price = Field(1.5, description="cost of one proactive contact")
    concierge_factor: Ratio = Field(
        4.0, ge=1.0, le=100.0, description="cost of a concierge's contact, that of others 1"
    )
    staff_price: Price = Field(
        1000.0, description="cost per month of a person on duty, beside that of contacts"
    )
    expert_price: Price = Field(6000.0, description="cost per month of an expert")
    appointment_price: Price = Field(10.0, description="cost of an appointment, beside the expert")
    budget: Budget = Field(0.0, description="cost of quality, reliability, ease, per customer")

    @model_validator(mode="after")
    def _channels_are_a_mix(self) -> Service:
        checked(self.channels)
        if self.channels and self.staff is not None:
            raise ValueError(
                f"staff: got {self.staff:g} beside channels, allowed in each of the channels"
            )
        return self

    @property
    def blend(self) -> Blend:
        """What contacts are like on average: by the channels, or as these levers say."""
        if self.channels:
            return blend_of(self.channels)
        price = self.human * self.human_price + (1.0 - self.human) * self.self_price
        return Blend(self.human, self.self_service, self.effort, price)

    @property
    def desks(self) -> tuple[Desk, ...]:
        """Where staff is finite; nowhere, if as many are there as are needed."""
        if self.staff is not None:
            return (Desk(1.0, self.staff / 1000.0, OPEN_MINUTES / USUAL_MINUTES),)
        return desks_of(self.channels)

    @property
    def appointments(self) -> float:
        """Appointments per customer and month that the experts can give."""
        return self.experts / 1000.0 * OPEN_MINUTES / APPOINTMENT_MINUTES


class Target(Frozen):
    """Who of the identified customers is sent messages and coupons, surprised and contacted."""

    by: Literal["recency", "frequency", "value", "score", "signal", "random"] = Field(
        "value",
        description="what they are picked by: last purchase, purchases, spend or wishes seen "
        "over about a year, the engagement score, or luck",
    )
    share: Share = Field(1.0, description="share of identified customers targeted each month")
    order: Literal["high", "low"] = Field("high", description="which of them come first")


class Save(Frozen):
    """An offer to who is about to leave at the renewal of a contract; discount 0: none (D5)."""

    discount: Part = Field(0.0, ge=0.0, le=0.9, description="share of the price offered off")
    months: Months = Field(12, ge=1, le=36, description="months that the lower price lasts")
    price: Price = Field(3.0, description="cost of making one offer")


class Winback(Frozen):
    """Contacts with former customers known by name, to win them back; months 0: none (D6)."""

    months: Months = Field(
        0, ge=0, le=36, description="months after the books have closed in which they are contacted"
    )
    discount: Part = Field(
        0.0, ge=0.0, le=0.9, description="share of the price that those who come back get off"
    )
    price_months: Months = Field(3, ge=1, le=36, description="months that the lower price lasts")
    price: Price = Field(0.5, description="cost of one contact; one a month")


class Marketing(Frozen):
    """Messages, whom they reach, acquisition, and offers to keep and to win back."""

    messages: Monthly = Field(1.0, ge=0.0, le=100.0, description="m: messages per month")
    channels: Annotated[int, Unit("channels")] = Field(
        2, ge=1, le=10, description="nch: channels used in the month"
    )
    aligned: Level = Field(0.0, description="aligned: how well the channels are aligned")
    relevance: Level = Field(0.3, description="rel: relevance of messages")
    personalisation: Level = Field(0.0, description="how personal messages are (B5)")
    cap: Annotated[float, Field(ge=0.0, le=100.0), Unit("1/month")] | None = Field(
        None, description="most messages a month that a customer may be sent; empty: no cap"
    )
    target: Target = Target()
    holdout: Share = Field(
        0.0, description="share of identified customers, drawn once, who are never targeted"
    )
    timing: Share = Field(0.0, description="share of seen wishes to buy answered in time (I3)")
    coupon: Part = Field(0.0, ge=0.0, le=0.9, description="share of the price a coupon takes off")
    acquisition: Ratio = Field(
        1.0, ge=0.0, le=100.0, description="acquisition spend, 1 = usual in the market"
    )
    save: Save = Save()
    winback: Winback = Winback()
    message_price: Price = Field(0.01, description="cost of one message")
    acquisition_price: Price = Field(
        0.05, description="cost per prospect and month of the usual acquisition"
    )
    budget: Budget = Field(0.0, description="cost of relevance and alignment, per customer")

    @model_validator(mode="after")
    def _signals_are_looked_for(self) -> Marketing:
        if self.target.by == "signal" and self.target.share < 1.0 and self.timing == 0.0:
            raise ValueError(
                "target.by: got 'signal', allowed only where wishes are looked for "
                "(marketing.timing above 0)"
            )
        return self

    @property
    def sent(self) -> float:
        """Messages a month to each customer, within the cap."""
        return self.messages if self.cap is None else min(self.messages, self.cap)


class Community(Frozen):
    """A place for customers, and being seen."""

    capacity: Level = Field(0.0, description="comm: how much community there is to join")
    recognition: Share = Field(0.0, description="recog: share of customers recognised")
    pressure: Level = Field(0.0, description="press: pressure of the community's norm")
    ideas: Share = Field(0.0, description="cap: ideas read per customer and month (C8)")
    idea_price: Price = Field(20.0, description="cost of reading one idea")
    ambassadors: Part = Field(
        0.0, ge=0.0, le=0.05,
        description="share of identified customers, best by score, asked to be ambassadors (I6)",
    )  # fmt: skip
    ambassador_price: Price = Field(5.0, description="cost of keeping one ambassador for a month")
    ambassador_pay: Price = Field(0.0, description="paid to each ambassador, a month")
    budget: Budget = Field(0.0, description="cost of community and recognition, per customer")


class Data(Frozen):
    """What the company holds about people, and how it behaves with it."""

    depth: Level = Field(0.3, description="delta: depth of the data held")
    transparency: Level = Field(0.3, description="tau: openness about the data held")
    control: Level = Field(0.3, description="chi: control that customers have over them")
    ethics: Level = Field(0.5, description="eth: ethics of conduct")
    listening: Share = Field(
        0.0, description="share of customers asked to tell of themselves, and listened to (I7)"
    )
    budget: Budget = Field(0.0, description="cost of transparency, control, ethics, per customer")


class Referrals(Frozen):
    """A referral programme; a reward of 0 means there is none."""

    reward: Price = Field(0.0, description="paid to the referrer for each customer won")


class Acts(Frozen):
    """Rewards for acts beyond the purchase; a reward of 0 means there is none."""

    sharing: Price = Field(0.0, description="paid for each recommendation made for it")
    newsletter: Price = Field(0.0, description="paid to those who take messages again")


class Invest(Frozen):
    """Money that becomes experience, by aspect (2H): charged for each customer on the books."""

    quality: Budget = Field(0.0, description="spent on the performance of encounters (H1)")
    reliability: Budget = Field(0.0, description="spent on fewer failures (H2)")
    recovery: Budget = Field(0.0, description="spent on making failures good (H3)")
    effort: Budget = Field(0.0, description="spent on easier contacts (H4)")
    relevance: Budget = Field(
        0.0, description="spent on relevance, for customers who can be told apart (H5)"
    )
    community: Budget = Field(0.0, description="spent on a community (H6)")


class Flywheel(Frozen):
    """Margin put back into experience; `reinvested` 0 means there is none.

    The extra margin of a month is the contribution before this spending, beyond what neutral
    management would have earned. A share of it is spent in the month after; the shares of the six
    aspects sum to one.
    """

    reinvested: Share = Field(0.0, description="rho: share of the extra margin that is reinvested")
    quality: Share = Field(0.0, description="of what is reinvested, on quality")
    reliability: Share = Field(0.0, description="of what is reinvested, on reliability")
    recovery: Share = Field(0.0, description="of what is reinvested, on recovery")
    effort: Share = Field(0.0, description="of what is reinvested, on easier contacts")
    relevance: Share = Field(0.0, description="of what is reinvested, on relevance")
    community: Share = Field(0.0, description="of what is reinvested, on community")

    @model_validator(mode="after")
    def _shares_sum_to_one(self) -> Flywheel:
        total = math.fsum(share for name, share in self if name != "reinvested")
        if (self.reinvested > 0.0 or total > 0.0) and abs(total - 1.0) > 1e-6:
            raise ValueError(
                f"got shares of the six aspects that sum to {total:g}, allowed is a sum of 1 "
                "(all of them 0 only where nothing is reinvested)"
            )
        return self

    def without(self, aspects: Iterable[str]) -> Flywheel:
        """The same, but that what would go to some aspects is not reinvested."""
        left = {name: share for name, share in self if name not in {"reinvested", *aspects}}
        total = math.fsum(left.values())
        if total == 0.0:
            return Flywheel()
        shares = {name: share / total for name, share in left.items()}
        return Flywheel(reinvested=self.reinvested * min(1.0, total), **shares)
