"""The coefficients of the behavioural rules: what the evidence says of each, and how sure it is.

Every name is unique across groups, because the rules read them all from one flat record, the world.
Symbols are those of the published rules; the file of `agents/rules/` that uses a group is named in
the group's docstring. Confidence: V read in the source, V2 in a secondary source, C computed from
data, M from memory, J our judgement. What is M or J is drawn from its range, world by world. The
switch of a coefficient is the mechanism that it belongs to (`mechanisms.py`); `off` is the value
that stands for its absence.
"""

from __future__ import annotations

from .acting import Contact, Leaving, Points, Spending
from .feeling import Engagement, Satisfaction, Trust
from .investing import Investing
from .parameter import Frozen
from .talking import Adoption, Referral, Talk


class Coefficients(Frozen):
    """All coefficients of behaviour, by group."""

    satisfaction: Satisfaction = Satisfaction()
    trust: Trust = Trust()
    engagement: Engagement = Engagement()
    contact: Contact = Contact()
    points: Points = Points()
    talk: Talk = Talk()
    referral: Referral = Referral()
    adoption: Adoption = Adoption()
    leaving: Leaving = Leaving()
    spending: Spending = Spending()
    investing: Investing = Investing()
