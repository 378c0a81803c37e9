"""The ledger of use: one quantity, one role. What goes in, or is fitted, proves nothing.

*Input*: a published number stands in a rule. *Calibration*: coefficients are set so that it comes
out. *Validation*: no coefficient is set from it. Roles are those of the evidence (section 9); a
published quantity that has two, such as a series cut in two, has two rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from .fact import Fact

Role = Literal["input", "calibration", "validation"]


class Use(NamedTuple):
    """What a quantity is used for, and which coefficients or settings are set from it."""

    role: Role
    sets: tuple[str, ...] = ()


USES: dict[str, Use] = {
    # Leaving and buying.
    "sBG years 1-7": Use("calibration", ("leaving.a", "leaving.b")),
    "sBG years 8-12": Use("validation"),
    "heterogeneity of churn": Use("validation"),
    "Gupta elasticities": Use("validation"),
    "CDNOW weeks 1-39": Use("calibration", ("buying.rate", "buying.shape", "leaving.a",
                                            "leaving.b")),
    "CDNOW weeks 40-78": Use("validation"),
    "CDNOW spend concentration": Use("validation"),
    "Gallup, fully engaged": Use("calibration", ("engaged_premium",)),
    "Gallup, actively disengaged": Use("validation"),
    "dropout by time": Use("input"),
    "closed forms": Use("input"),
    # Feelings.
    "Mittal ratio": Use("input", ("loss_aversion",)),
    "Martin, transparency and control": Use("input"),
    "Tucker, control over personalisation": Use("input"),
    "Wagner, loss of a tier": Use("input"),
    "Deci, crowding out": Use("input"),
    "Ascarza, proactive advice": Use("input"),
    "spreads of S, T, E": Use("calibration", ("match_sd", "trust_disposition", "trust_precision",
                                              "set_point_base", "set_point_slope",
                                              "set_point_precision", "from_satisfaction",
                                              "trust_gain")),
    "drift of states": Use("validation"),
    "trust regained": Use("validation"),
    "balance of proactive advice": Use("validation"),
    "value of a second channel": Use("validation"),
    "rivals' programmes": Use("input", ("rival_programme_loss",)),
    "satisfied but not engaged": Use("validation"),
    "trust by quality": Use("validation"),
    "feelings under a flywheel": Use("validation"),
    "flywheel badly run": Use("validation"),
    "flywheel by involvement": Use("validation"),
    # Contact: the form goes in, its size was never set by a figure.
    "Godfrey's form": Use("input", ("ideal_messages", "message_lift", "message_floor")),
    "Scherer's form": Use("input", ("best_self_service", "self_service_curve")),
    "Knox, complaints and recovery": Use("input", ("hazard_resentment",)),
    # Talk.
    "PWOM:NWOM at one encounter a month": Use("calibration", ("market.failure",
                                                              "warning_failure")),
    "PWOM:NWOM at other frequencies": Use("validation"),
    "Anderson's asymmetric U": Use("input", ("praise_curve", "warning_curve")),
    "impact of word of mouth": Use("input", ("praise_impact", "warning_impact", "resistance")),
    "advocacy by engagement": Use("validation"),
    "satisfaction and engagement apart": Use("validation"),
    "belief after five years": Use("validation"),
    "NPS and growth": Use("validation"),
    "Manchanda, joiners of a community": Use("validation"),
    # Points.
    "points and attitude": Use("input"),
    "Meyer-Waarden erosion": Use("input", ("lift_erosion",)),
    "Liu, heavy flat": Use("validation"),
    "Leenheer ratio": Use("validation"),
    "Kivetz interval": Use("calibration", ("goal_gradient",)),
    "Kivetz card time": Use("validation"),
    "breakage": Use("validation"),
    # Referrals.
    "hazard ratio of the referred": Use("input", ("referred_hazard",)),
    "referred lifetime value": Use("calibration", ("referred_premium",)),
    "naive retention of the referred": Use("validation"),
    "course of referral's advantage": Use("validation"),
    "naive gap of referrers": Use("validation"),
    # The company's money.
    "gain of the loop": Use("input"),
    # Adoption.
    "Bass series": Use("calibration", ("p", "q", "m")),
    "Bass peak and shape": Use("validation"),
    "effective q on networks": Use("validation"),
}  # fmt: skip
"""By quantity. `sets` are names of coefficients, of markets' settings, or of a fact's own model."""


def circular(facts: Iterable[Fact]) -> list[str]:
    """Numbers of facts that are called validation though their quantity went in or was fitted, or
    that name no quantity of the ledger."""
    return [
        one.number
        for one in facts
        if one.quantity not in USES
        or (one.kind == "validation") != (USES[one.quantity].role == "validation")
    ]
