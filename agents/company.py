"""A company: it turns levers into a month's offer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .budget import Budget
from .experience import (
    ASPECTS,
    DEPARTMENTS,
    Levels,
    improve,
    risen,
    settled,
    spending,
)
from .offering import messages, micro, offer_of
from .rules.ideas import improvement, pooled
from .rules.joining import opinion
from .rules.trust import breach, spill
from .score import People, Sight, ask, read_by, scores
from .state import Offer, Totals, World
from .targeting import Draw, Targeting

if TYPE_CHECKING:  # a company reads its levers, it does not know where they come from
    import numpy as np
    from numpy.typing import NDArray

    from ..scenarios.levers import Levers
    from ..scenarios.market import Market
    from ..scenarios.shocks import Shock

QUARTER = 3
"""Months from one choice of ambassadors to the next, and before the first."""


class Company:
    """One company, its schedule of levers, the market it works in, and what it has learnt there.

    `schedule` holds (first month, levers) in order of month, the first at month 0 or before. What
    was in force before month 0 may come first, at a negative month. `shocks` are pairs of a shock
    and its luck, a uniform in (0, 1). `standing` is the mean belief in it against that in the home
    company, which its marketing goes by; it `enters` the market in a month, 0 if it is there.
    `others` are those of its rivals who have a name.
    """

    def __init__(
        self,
        schedule: Sequence[tuple[int, Levers]],
        market: Market,
        shocks: Sequence[tuple[Shock, float]] = (),
        *,
        standing: float = 1.0,
        enters: int = 0,
    ) -> None:
        self.schedule = schedule
        self.market = market
        self.shocks = shocks
        self.standing = standing
        self.enters = enters
        self.others: Sequence[Company] = ()
        self.pool = 0.0
        """I: used ideas of customers (C8)."""
        self.heard: tuple[float, float] | None = None
        """Praise and warnings per customer and month, running means of half a year; usual (F6)."""
        self.levels: Levels | None = None
        """How far money has raised each aspect (2H); what is in force before month 0 has done so
        for long."""
        self.spent: Levels = {}
        """What is spent on each aspect this month, shares of monthly revenue."""
        self.extra = 0.0
        """Last month's extra margin per customer on the books, in currency, at least 0."""
        self.requests = 0
        """For an expert's appointment, to be met or refused next month (I5)."""
        self.customers = 0
        """On the books when last closed."""
        self.offer = Offer()
        """What was offered last."""
        self.targeting = Targeting()
        """Whom it addresses."""
        self.sight = Sight()
        """What it has seen its identified customers do."""
        self.found: tuple[NDArray[np.float64], NDArray[np.bool_]] | None = None
        """Everybody's engagement score, and whose it knows; None where it keeps none."""
        self.score = math.nan
        """Their mean engagement score by its own formula; nan where it keeps none."""
        self.budget = Budget()
        """What it has spent on its programme this year."""
        self._planned: dict[tuple[int, int | None, int, bool], Offer] = {}

    def levers(self, month: int) -> Levers:
        """The levers in force in a month; before the first change, the first ones."""
        planned = self.schedule[self._step(month)][1]
        return planned.paused() if self.paused(month) else planned

    def paused(self, month: int) -> bool:
        """Whether the programme pauses, the year's budget being spent."""
        limit = self.limit(month)
        return limit is not None and self.budget.used_up(month, limit)

    def limit(self, month: int) -> int | None:
        """The budget of a year as planned in a month, in millionths; None where there is none."""
        planned = self.schedule[self._step(month)][1].budget_year
        return None if planned is None else micro(planned)

    def spend(self, month: int, amount: int, world: World) -> None:
        """Note what a month's programme cost, in millionths."""
        ahead = range(month + 1, 12 * (month // 12 + 1))
        fixed = [self.schedule[self._step(later)][1].fixed_cost for later in ahead]
        self.budget.note(month, amount, sum(micro(cost * world.programme) for cost in fixed))

    def in_market(self, month: int) -> bool:
        """Whether the company is in the market; who has no month to enter always was."""
        return self.enters == 0 or month >= self.enters

    def has_programme(self, month: int) -> bool:
        """Whether customers can earn points in a month."""
        return self.in_market(month) and self.levers(month).points.earn > 0.0

    def plan(self, month: int, world: World) -> Offer:
        """The offer of a month."""
        step, levers, paused = self._step(month), self.levers(month), self.paused(month)
        closing = self._closing(step, month)
        if paused and self.schedule[step][1].points.earn > 0.0:
            closing = step
        programmes = sum(company.has_programme(month) for company in self.others)
        if (step, closing, programmes, paused) not in self._planned:
            offer = offer_of(levers, self.market, world, programmes)
            if closing is not None:
                _still_redeemed(offer, offer_of(self.schedule[closing][1], self.market, world))
            offer.acquisition_cost = int(offer.acquisition_cost * self.standing + 0.5)
            self._planned[step, closing, programmes, paused] = offer
        offer = Offer()
        vars(offer).update(vars(self._planned[step, closing, programmes, paused]))
        if not self.in_market(month):
            offer.acquisition_cost = offer.fixed_cost = 0
        offer.devalued = self._devalued(step, month)
        offer.paused = int(paused)
        self._invest(offer, levers, world)
        self._strike(offer, month, world)
        offer.performance = min(1.0, offer.performance + improvement(self.pool, world))
        offer.opinion = self._opinion(world)
        room = levers.service.appointments * self.customers
        offer.booking = min(1.0, room / self.requests) if self.requests else 1.0
        self.offer = offer
        return offer

    def learn(self, totals: Totals, world: World) -> None:
        """Take in what a month came to: requests, ideas submitted, talk, what the spending has
        raised."""
        self.requests, self.customers = totals.requests, totals.listed
        customers = max(1, totals.alive)
        self.pool = pooled(self.pool, totals.ideas / customers, self.offer.ideas)
        praise, warnings = self.heard or (world.usual_praise, world.usual_warnings)
        praise += (totals.praise / customers - praise) / 6.0
        warnings += ((totals.warnings + totals.posts) / customers - warnings) / 6.0
        self.heard = praise, warnings
        if self.levels is not None:
            self.levels = risen(self.levels, self.spent, world)

    def earn(self, extra: int, customers: int) -> None:
        """Note a month's extra margin, in millionths, of which a share is spent next month (2H).

        It is shared out among the `customers` on the books; where nothing extra was earned, nothing
        is.
        """
        self.extra = max(0, extra) / 1e6 / max(1, customers)

    def _invest(self, offer: Offer, levers: Levers, world: World) -> None:
        """Put into an offer what money has made of it, and what is spent now (2H)."""
        revenue = self.market.monthly_revenue
        reinvested = levers.flywheel.reinvested * self.extra
        self.spent = spending(levers, reinvested / revenue)
        if self.levels is None:
            first, before = self.schedule[0]
            usual = spending(before, 0.0) if first < 0 else dict.fromkeys(ASPECTS, 0.0)
            self.levels = settled(usual, world)
        improve(offer, self.levels, world)
        if self.levels["relevance"] > 0.0:
            known = min(1.0, offer.relevance + self.levels["relevance"])
            offer.relevance_known = known
            offer.overload_known, offer.response_known = messages(levers, known, world)
        for department in ("service", "marketing", "community"):
            paid = [x for aspect, x in self.spent.items() if DEPARTMENTS[aspect] == department]
            setattr(offer, f"{department}_invested", micro(sum(paid) * revenue))
        offer.reinvested = micro(reinvested)

    def target(self, people: People, firm: int, world: World, draw: Draw) -> None:
        """Pick whom to address this month, as company number `firm`; `draw` gives its luck."""
        self.targeting.pick(people, firm, self.levers(world.month), world, draw)

    def observe(self, people: People, firm: int, world: World) -> None:
        """Count what identified customers did this month, as company number `firm`; each quarter
        ask those with the best scores to be ambassadors, from the next month on (I6)."""
        self.targeting.measure(people, firm, world)
        levers, seeking = self.levers(world.month), self.offer.ambassadors
        if not levers.score and seeking == 0.0:
            self.sight, self.found, self.score = Sight(), None, math.nan
            return
        term = levers.formula()
        column = people.gather(read_by(term))
        seen, known = self.sight.note(column, firm, world, term)
        found = scores(term, seen, len(known))
        self.found = found, known
        self.score = float(found[known].mean()) if known.any() else math.nan
        if seeking > 0.0 and self.sight.months % QUARTER == 0:
            ask(people, column["firm"] == firm, found, known, seeking)

    def _opinion(self, world: World) -> float:
        """Adoption by marketing against neutral, by what is said about the company (F6)."""
        if self.heard is None:
            return 1.0
        praise, warnings = self.heard
        usual = world.usual_praise + world.usual_warnings
        if min(praise, world.usual_praise) <= 0.0:
            return 1.0
        volume = (praise + warnings) / usual
        valence = praise / (praise + warnings) * usual / world.usual_praise
        return opinion(volume, valence, world)

    def _devalued(self, step: int, month: int) -> float:
        """How far the programme is devalued this month: 1 for a fifth more spend to a reward."""
        earlier = [levers for first, levers in self.schedule[:step] if first < month]
        if month != self.schedule[step][0] or not earlier:
            return 0.0
        now, before = self.schedule[step][1].points, earlier[-1].points
        if now.earn == 0.0 or before.earn == 0.0:
            return 0.0
        dearer = now.goal / before.goal * before.earn / now.earn - 1.0
        return min(2.0, max(0.0, dearer / 0.2))

    def _strike(self, offer: Offer, month: int, world: World) -> None:
        """Put the shocks of a month into its offer."""
        data = self.levers(month).data
        for shock, luck in self.shocks:
            if shock.kind == "portability" and shock.month <= month < shock.month + 3:
                offer.freed = 1
            if shock.month <= month < shock.month + shock.months:
                _weather(offer, shock)
            if shock.month != month or (shock.by_ethics and luck >= 1.0 - data.ethics):
                continue
            if shock.kind == "breach":
                offer.breach += breach(shock.severity, data.transparency, data.control, world)
                offer.breached = max(offer.breached, shock.share)
            elif shock.kind == "rival_breach":
                offer.spill += spill(shock.severity, world)
                offer.spilled = max(offer.spilled, shock.share)
            elif shock.kind == "scandal":
                offer.scandal += world.scandal_hurt * shock.severity
                offer.scandalised = max(offer.scandalised, shock.share)
                offer.uproar += (world.scandal_talk - 1.0) * shock.severity
            offer.active = 1

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


def _weather(offer: Offer, shock: Shock) -> None:
    """Put a month of what lasts into an offer; several at once leave of each other's rest."""
    if shock.kind == "outage":
        offer.outage += (1.0 - offer.outage) * shock.severity
        offer.cut_off = max(offer.cut_off, shock.share)
        offer.active = 1
    elif shock.kind == "recession":
        offer.slump += (1.0 - offer.slump) * shock.severity
    elif shock.kind == "price_war":
        offer.undercut += (1.0 - offer.undercut) * shock.severity


def _still_redeemed(offer: Offer, closed: Offer) -> None:
    """Let points of a closed programme be redeemed under `offer`, on the old terms."""
    for name in (
        "goal", "goals", "goal_count", "payout", "experience", "lot_months", "points_inactivity",
        "point_costs", "experience_costs", "point_liability", "point_deferred",
    ):  # fmt: skip
        setattr(offer, name, getattr(closed, name))
