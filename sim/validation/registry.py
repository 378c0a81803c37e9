"""All facts there are, in order of number. A new one is a function in a module of its theme."""

from __future__ import annotations

from . import (
    adoption,
    buying,
    cdnow,
    contact,
    events,
    feelings,
    investing,
    points,
    referrals,
    retention,
    talk,
)
from .fact import Fact

THEMES = (
    retention, buying, cdnow, feelings, contact, events, talk, points, referrals, adoption,
    investing,
)  # fmt: skip


def facts() -> tuple[Fact, ...]:
    """All facts, by number; those on data sets come last."""
    found = [one for theme in THEMES for one in vars(theme).values() if isinstance(one, Fact)]
    return tuple(sorted(found, key=lambda one: one.order))
