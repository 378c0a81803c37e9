"""The science: one scalar function per rule, and the set of those a month is made of.

A researcher replaces any of them: `engagesim.simulate(..., rules={"leave": my_leave})`. A rule of
one's own is decorated with `rule`, takes what the default takes, and runs on both engines.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ..accelerate import rule
from .buying import buy
from .contact import need, opt_out
from .engagement import engage
from .joining import begin, join
from .leaving import leaning, leave
from .points import earn, enrol, expire, redeem
from .satisfaction import appraise, encounter
from .talk import fade, hear, notice, speak
from .trust import update_trust

__all__ = ["Rules", "rule"]

Rule = Callable[..., Any]


class Rules(NamedTuple):
    """The rules of a month, in the order in which they are first used."""

    expire: Rule = expire
    buy: Rule = buy
    need: Rule = need
    enrol: Rule = enrol
    earn: Rule = earn
    redeem: Rule = redeem
    encounter: Rule = encounter
    appraise: Rule = appraise
    trust: Rule = update_trust
    engage: Rule = engage
    opt_out: Rule = opt_out
    speak: Rule = speak
    fade: Rule = fade
    notice: Rule = notice
    hear: Rule = hear
    leaning: Rule = leaning
    leave: Rule = leave
    join: Rule = join
    begin: Rule = begin
