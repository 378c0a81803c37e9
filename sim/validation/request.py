"""What is asked of `engagesim validate`: its own words, the markets, and how much is simulated."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from ...scenarios.errors import BadInput, shown
from ...scenarios.scenario import Scenario
from .fact import Fact
from .laboratory import FULL, QUICK, Scale

MARKETS = ("telecom", "apparel")
"""Where facts are tried if no market is named: one with contracts, one without."""
KINDS = ("verification", "validation")
ADDITIONS = ("ablation", "estimators", "conditions")
SWITCH = {"on": True, "true": True, "off": False, "false": False}


class Request(NamedTuple):
    """Facts to be measured, in these markets, at this scale."""

    facts: tuple[Fact, ...]
    scenarios: Mapping[str, Scenario]
    scale: Scale
    also: tuple[str, ...] = ()
    """Additions beside the facts."""


def request_of(
    facts: Sequence[Fact],
    own: Mapping[str, str],
    overrides: Sequence[str],
    compose: Callable[..., Scenario],
) -> Request:
    """Read the verb's own words (`quick`, `only`, `also`); compose the markets with the other ones.

    `worlds` and `population.size`, where they are set, replace those of the scale. Raises BadInput.
    """
    quick = own.get("quick", "off")
    if quick.lower() not in SWITCH:
        raise BadInput(f"quick: got {shown(quick)}, allowed is on or off")
    chosen = chosen_facts(facts, own["only"]) if "only" in own else tuple(facts)
    also = _listed(own.get("also", ""))
    for word in also:
        if word not in ADDITIONS:
            raise BadInput(f"also: got {shown(word)}, allowed are {', '.join(ADDITIONS)}")
    told = {word.partition("=")[0].lstrip("+~"): word.partition("=")[2] for word in overrides}
    markets = (told["market"],) if "market" in told else MARKETS
    scenarios = {
        name: compose(*overrides, *(() if "market" in told else (f"market={name}",)))
        for name in markets
    }
    first = next(iter(scenarios.values()))
    if first.network.kind == "file":
        raise BadInput("network: got file, allowed is a kind that can be drawn for any population")
    if not any(one.is_told_of(each.market) for one in chosen for each in scenarios.values()):
        raise BadInput(f"only: of {own['only']} none is told of a market like {markets[0]}")
    scale = QUICK if SWITCH[quick.lower()] else FULL
    if "worlds" in told or first.uncertainty == "none":
        scale = scale._replace(worlds=first.worlds)
    if "population.size" in told:
        scale = scale._replace(people=first.population.size)
    return Request(chosen, scenarios, scale, also)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.strip("[]() ").split(",") if word.strip())


def chosen_facts(facts: Sequence[Fact], text: str) -> tuple[Fact, ...]:
    """The facts that `only=...` names, by number or by kind. Raises BadInput."""
    words = [word.strip() for word in text.strip("[]() ").split(",")]
    numbers = [one.number for one in facts]
    for word in words:
        if word not in (*KINDS, *numbers):
            raise BadInput(
                f"only: got {shown(word)}, allowed are {', '.join(KINDS)} and numbers of facts "
                f"({', '.join(numbers)})"
            )
    return tuple(one for one in facts if one.number in words or one.kind in words)
