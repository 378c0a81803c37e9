"""Word of mouth: who speaks, what neighbours make of it (E12, F1-F3, F5, F8, F9, I6, I12,
I13)."""

from __future__ import annotations

from ..accelerate import rule
from ..luck import HearLuck, ServeLuck
from ..state import Offer, Person, Said, World
from .acts import unpaid
from .arithmetic import binomial, poisson
from .involvement import involvement
from .joining import talk_of_won
from .satisfaction import actively_disengaged

FADING = 0.6065306597126334
"""exp(-1/2): a neighbour's exit fades by it each month (F8; Nitzan & Libai 2011)."""


@rule
def would_recommend(customer: Person) -> bool:
    """The gate G: people recommend only what they would stand behind themselves (F1)."""
    return (
        customer.satisfaction >= customer.reputation
        and customer.trust >= customer.reputation - 0.10
    )


@rule
def speak(customer: Person, offer: Offer, world: World, luck: ServeLuck) -> None:
    """Praise and warnings of the month: an asymmetric U in satisfaction (F1; Anderson 1998).

    Engagement makes the satisfied talk, and so does having been won by talk (F5); an unrecovered
    failure makes anybody warn, and hostages, the actively disengaged and a scandal more so.
    """
    involved = 2.0 * involvement(customer)
    distance = customer.satisfaction - 0.5
    praise = 0.0
    if distance >= 0.0 and would_recommend(customer):
        eager = (0.1 + world.talk_engagement * customer.engagement) / (
            0.1 + 0.45 * world.talk_engagement
        )
        praise = involved * eager * (world.talk_base + world.praise_curve * distance * distance)
        praise *= unpaid(customer, offer, world)
        praise *= talk_of_won(customer, world)
    warning = involved * (
        grudge(customer, world) + world.warning_failure * world.learning * customer.unrecovered
    )
    if is_hostage(customer, world):
        warning *= world.hostage_warnings
    if actively_disengaged(customer):
        warning *= world.disengaged_warnings
    customer.praise = poisson(luck.praise, praise)
    customer.warnings = poisson(luck.warning, min(60.0, warning * offer.uproar))
    customer.quiet = 0 if customer.praise > 0 else customer.quiet + 1


@rule
def grudge(customer: Person, world: World) -> float:
    """Warnings a month of the dissatisfied, whatever happens (F1)."""
    distance = customer.satisfaction - 0.5
    if distance >= 0.0:
        return 0.0
    return world.talk_base + world.warning_curve * distance * distance


@rule
def linger(customer: Person, world: World, luck: ServeLuck) -> None:
    """Former customers go on warning for half a year, at a lower rate (F2)."""
    warning = 2.0 * involvement(customer) * grudge(customer, world) * world.former_talk
    customer.warnings = poisson(luck.warning, warning)


@rule
def is_hostage(customer: Person, world: World) -> bool:
    """Staying without trust, because switching costs too much or the market is captive: one whose
    curve of loyalty is nearer to that of a captive market, .5, than to the usual 1 (A5, I12)."""
    return customer.trust < 0.35 and (customer.switching > 1.0 or world.curvature < 0.75)


@rule
def defends(customer: Person) -> bool:
    """Engaged enough to defend the brand in public (F9)."""
    return customer.engagement > 0.75


@rule
def notice(
    customer: Person, departed: float, customers: int, defenders: int, won: int, world: World
) -> None:
    """See what neighbours did: how many left, are customers, defend the company, were won by
    oneself (F8, G1, F9, F4)."""
    customer.exposure += departed
    customer.customers_near = customers
    customer.defenders_near = defenders
    if won > 0:
        customer.referrals = won
        customer.since_referral = 0


@rule
def hear(customer: Person, said: Said, degree: int, world: World, luck: HearLuck) -> None:
    """Hear a neighbour with `degree` neighbours speak; belief moves by each act heard (F3).

    News against one's belief is resisted. About one's own company praise counts half and warnings
    a quarter (East, Hammond & Wright 2007), less the more one is engaged; defenders nearby cancel
    part of what is posted (F9; Ahluwalia, Burnkrant & Unnava 2000). Paid praise is believed less.
    """
    firm = said.about
    own = customer.alive == 1 and customer.firm == firm
    private = min(1.0, reach_of(said, world) / degree)
    public = min(1.0, world.public_reach / degree)
    praise = world.praise_impact * (0.5 if own else 1.0)
    warning = world.warning_impact * (0.25 if own else 1.0)
    if own:
        warning *= 1.0 - world.defence * customer.engagement
    if said.posts > 0 and customer.defenders_near > 0:
        defenders = customer.defenders_near
        if world.rivals > 0:
            defenders = customer.defenders_by[firm]
        public *= (1.0 - world.defence_posts) ** float(defenders)
    belief = customer.belief[firm]
    for _ in range(binomial(luck.praise, said.praise, private)):
        belief += praise * (1.0 - belief) * (1.0 - world.resistance * (1.0 - belief))
    paid = praise * world.paid_credibility
    for _ in range(binomial(luck.paid, said.paid, private)):
        belief += paid * (1.0 - belief) * (1.0 - world.resistance * (1.0 - belief))
    heard = binomial(luck.warning, said.warnings, private)
    heard += binomial(luck.post, said.posts, public)
    for _ in range(heard):
        belief -= warning * belief * (1.0 - world.resistance * belief)
    customer.belief[firm] = belief


@rule
def reach_of(said: Said, world: World) -> float:
    """Neighbours who hear one act of a person's talk: an ambassador's more, a paid one's half as
    many more (I6)."""
    if said.ambassador == 0:
        return world.reach
    return world.reach * (1.0 + world.ambassador_reach / said.ambassador)


@rule
def fade(customer: Person, world: World) -> None:
    """What was heard fades: beliefs return to their anchor, exits are forgotten (F3, F8)."""
    customer.exposure *= FADING
    for firm in range(world.rivals + 1):
        anchor = world.belief_anchor * world.standing[firm]
        customer.belief[firm] += world.forgetting * (anchor - customer.belief[firm])
