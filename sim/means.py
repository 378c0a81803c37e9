"""Whether this machine has the means for a job, said before it starts."""

from __future__ import annotations

import psutil

from ..scenarios.errors import BadInput
from .kernel import PERSON, SAID

PROCESS = 400_000_000
"""Bytes of a process with everything imported and compiled, before there are any people."""

COPIES = 4.4
"""Peak of memory over the bare state of people, the state kept for the next strategy, ties and
tables included: 4.1 to 4.4 as measured, with 20,000 to 800,000 people in two markets."""


def needed(people: int, at_once: int, processes: int = 1) -> int:
    """Bytes that so many worlds at once take, of so many people each, spread over processes."""
    world = people * (PERSON.itemsize + SAID.itemsize)
    return int(PROCESS * processes + COPIES * world * at_once)


def check_memory(people: int, at_once: int, key: str, processes: int = 1) -> None:
    """Raise BadInput where memory that is free now does not hold so many worlds at once.

    `key`: what to turn down where one world alone would fit.
    """
    free = psutil.virtual_memory().available
    wanted = needed(people, at_once, processes)
    if wanted <= free:
        return
    alone = needed(people, 1) <= free
    per_person = (needed(people, 1) - PROCESS) / people
    fits = max(0, int((free - PROCESS) / per_person))
    allowed = f"fewer {key}" if alone else f"about {fits:,} people"
    raise BadInput(
        f"population.size: {people:,} people in {at_once} worlds at once need about "
        f"{wanted / 1e9:,.1f} GB, and {free / 1e9:,.1f} GB are free here; allowed are {allowed}"
    )
