"""The uncertain inputs of a scenario in words, and the keys that set them."""

from __future__ import annotations

import re

from ..scenarios.market import DOUBTED, Doubt, field_of
from ..scenarios.parameter import parameters
from ..scenarios.scenario import Scenario


def meanings(scenario: Scenario) -> dict[str, tuple[str, str]]:
    """What each input means, in words, and the key that sets it."""
    known = {}
    for key, field, _ in parameters(scenario.coefficients, "coefficients."):
        known[key.rpartition(".")[2]] = str(field.description), key
    for key, field, _ in parameters(scenario.costs, "costs."):
        known[key.rpartition(".")[2]] = f"price factor {field.description}", key
    for name in Doubt.model_fields:
        # Without its source, and with its name in place of its symbol: `Vr: risk, stakes (C4; J)`.
        words = re.sub(r" \([A-Z0-9; ]+\)$", "", str(field_of(name).description))
        key = f"market.{DOUBTED.get(name, name)}"
        known[name] = re.sub(r"^\w{1,4}: ", f"{name.replace('_', ' ')}: ", words), key
    return known
