"""Facts of money that becomes experience: the gain of a flywheel's loop."""

from __future__ import annotations

import numpy as np

from ...agents.experience import ASPECTS
from ...scenarios.coefficients import Coefficients
from ...scenarios.levers import Strategy
from ...scenarios.parameter import evidence_of, parameters
from ..loop import back, lived
from .fact import Band, fact
from .laboratory import RULES, Laboratory, Settings

REINVESTED, SPENT = 0.3, 0.03
"""Of the extra margin; more of revenue, in equal parts."""

EFFECTS = ("hazard_satisfaction", "hazard_trust", "hazard_engagement", "spend_satisfaction",
           "spend_engagement", "discretionary")  # fmt: skip
"""What satisfaction, trust and engagement do to leaving and to spending."""


def corner() -> Settings:
    """The numbers most in favour of a loop: the greatest gains and effects, the least money and
    time for them."""
    found = []
    for key, field, _ in parameters(Coefficients()):
        group, _, name = key.partition(".")
        evidence = evidence_of(field)
        assert evidence is not None
        if name in EFFECTS or (name.endswith("_gain") and group == "investing"):
            found.append((name, evidence.high))
        elif group == "investing":
            found.append((name, evidence.low))
    return tuple(found)


def nothing() -> Settings:
    """No response to money at all."""
    return tuple((f"{aspect}_gain", 0.0) for aspect in ASPECTS)


@fact(
    "50", "The gain of the loop: nothing without response, much in the corner of the ranges",
    Band("gain without response", -1e-12, 1e-12, "ratio"),
    Band("gain in the upper corner, gross margin .5, 60 months", 0.5, unit="ratio"),
    kind="verification", basis="judgement (2H)", quantity="gain of the loop",
    remark="3 % of revenue in equal parts, 30 % reinvested; new customers, nobody joining",
)  # fmt: skip
def the_loop_has_a_gain(lab: Laboratory) -> tuple[float, float]:
    """What comes back of money, as margin per unit spent, times the share reinvested."""
    return gain(lab, nothing()), gain(lab, corner())


def gain(lab: Laboratory, numbers: Settings) -> float:
    """G(60) of a cohort at a gross margin of one half, between twins."""
    setup = lab.cohort._replace(numbers=numbers, market=(("gross_margin", 0.5),))
    start = lab.start(setup)
    spending = Strategy.model_validate({"invest": dict.fromkeys(ASPECTS, SPENT / len(ASPECTS))})
    more, less = (lived(start, one, RULES) for one in (spending, Strategy()))
    discount = start.neutral.path.discount
    spent, margin = back(more, less, discount)
    return float(np.divide(REINVESTED * margin[-1], spent[-1]))
