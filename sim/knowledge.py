"""What customers' ideas are worth: the knowledge value (CKV) of customer engagement (G6, C8)."""

from __future__ import annotations

from ..agents.state import World
from ..scenarios.scenario import Scenario
from .course import RULES, Start, begin, chosen_strategy
from .run import run


def knowledge_value(scenario: Scenario, strategy: str, *, world: int = 0) -> float:
    """What better service out of customers' ideas adds to the worth of everybody, in currency.

    It is in the worth of all who feel the service, and in nobody's by name. So it is measured by a
    twin: the same world, people and luck, ideas submitted, read and paid for as ever, but nothing
    made of them. The engagement value of all people in the twin and this add up to that of the run.
    What reading costs is not taken off: it is `idea_costs` of the curves. Raises BadInput.
    """
    chosen = chosen_strategy(scenario, strategy)
    start = begin(scenario, world, RULES)
    lived, twin = (run(one, strategy, chosen, RULES) for one in (start, frozen(start)))
    return float(lived.worth.sum() - twin.worth.sum())


def frozen(start: Start) -> Start:
    """The same start in a world where nothing comes of ideas."""
    world = World(**vars(start.neutral.world) | {"idea_gain": 0.0})
    return start._replace(neutral=start.neutral._replace(world=world))
