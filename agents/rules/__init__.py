"""The science: one scalar function per rule, and the set of those a month is made of.

A researcher replaces any of them: `engagesim.simulate(..., rules={"leave": my_leave})`. A rule of
one's own is decorated with `rule`, takes what the default takes, and runs on both engines.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ..accelerate import rule
from .acts import act
from .ambassadors import accept
from .buying import buy
from .channels import adopt_channel
from .contact import need, opt_out
from .deals import deal
from .drift import drift
from .engagement import engage
from .escalation import escalate, visit
from .ideas import suggest
from .joining import begin, join
from .leaving import leaning, leave
from .membership import enrol, renew
from .offers import come_back, save
from .points import earn, expire, redeem
from .proactive import approach, cut_off
from .queue import attend, queue
from .satisfaction import appraise, encounter
from .signals import tell, wish
from .switching import go_over
from .talk import fade, hear, linger, notice, speak
from .tiers import review
from .trust import shake, update_trust

__all__ = ["Rules", "rule"]

Rule = Callable[..., Any]


class Rules(NamedTuple):
    """The rules of a month, in the order in which they are first used."""

    expire: Rule = expire
    renew: Rule = renew
    visit: Rule = visit
    buy: Rule = buy
    deal: Rule = deal
    adopt_channel: Rule = adopt_channel
    need: Rule = need
    queue: Rule = queue
    enrol: Rule = enrol
    earn: Rule = earn
    review: Rule = review
    redeem: Rule = redeem
    attend: Rule = attend
    approach: Rule = approach
    cut_off: Rule = cut_off
    encounter: Rule = encounter
    escalate: Rule = escalate
    appraise: Rule = appraise
    shake: Rule = shake
    trust: Rule = update_trust
    accept: Rule = accept
    engage: Rule = engage
    drift: Rule = drift
    opt_out: Rule = opt_out
    speak: Rule = speak
    act: Rule = act
    suggest: Rule = suggest
    tell: Rule = tell
    wish: Rule = wish
    linger: Rule = linger
    fade: Rule = fade
    notice: Rule = notice
    hear: Rule = hear
    leaning: Rule = leaning
    leave: Rule = leave
    save: Rule = save
    go_over: Rule = go_over
    join: Rule = join
    come_back: Rule = come_back
    begin: Rule = begin
