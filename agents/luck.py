"""The names of luck: what each uniform draw of a month decides.

Every draw is a uniform in (0, 1) that belongs to one person, one month and one name. It is the same
under every programme, so that twins differ by programme and not by dice. The names are bound to the
generator in `sim/generator.py`; a new name goes to the end of its tuple, lest all others change.
"""

from __future__ import annotations

from typing import NamedTuple


class ShopLuck(NamedTuple):
    """Luck of shopping."""

    purchases: float
    amount: float
    lapse: float
    enrol: float
    card: float
    redeem: float
    encounters: float
    channel: float
    coupon: float
    booking: float
    advice: float


class ServeLuck(NamedTuple):
    """Luck of a month with the company, and of speaking about it."""

    praise: float
    warning: float
    opt_out: float
    drift: float
    wish: float
    answer: float
    tell: float
    idea: float
    share: float
    subscribe: float
    approach: float
    manner: float
    struck: float
    attended: float


class EncounterLuck(NamedTuple):
    """Luck of one encounter."""

    performance: float
    failure: float
    recovery: float
    voice: float
    surprise: float
    concierge: float
    settled: float
    step: float


class HearLuck(NamedTuple):
    """Luck of hearing what one neighbour said."""

    praise: float
    warning: float
    post: float
    paid: float


class LeaveLuck(NamedTuple):
    """Luck of leaving, and of being won."""

    leave: float
    adopt: float
    credit: float
    neighbour: float


class RivalLuck(NamedTuple):
    """Luck of choosing between companies, and of coming back to one."""

    go: float
    which: float
    back: float


class SpellLuck(NamedTuple):
    """What is drawn anew with each relation."""

    propensity: float
    rate: float
    claim: float


class PersonLuck(NamedTuple):
    """Who a person is."""

    involvement: float
    match: float
    trust_home: float
    engagement_home: float
    reputation: float
    wallet: float
    switching: float
    basket: float
    deal_prone: float


class StartLuck(NamedTuple):
    """Where a person stands at the start: a customer or not, since when, with how much behind."""

    customer: float
    tenure: float
    encounters: float


class BaseLuck(NamedTuple):
    """Whether a person drawn for a base is still on the books at their tenure, and how."""

    lasts: float
    gone: float
    silence: float
