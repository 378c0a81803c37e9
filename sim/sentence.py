"""The decision in one plain sentence."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from .decision import SETTLED, SURE

SOURCES = {"luck": "luck", "behaviour": "how customers behave", "costs": "what programmes cost"}


def sentence(decision: Mapping[str, Any], size: int) -> str:
    """Who wins, by how much per person of `size`, how sure, and what would turn it."""
    winner, worlds = decision["winner"], decision["worlds"]
    if "p" not in decision:
        return f"Only {winner} was run: there is nothing to compare."
    runner_up, p = decision["runner_up"], decision["p"]
    amount = f"{decision['difference'] / size:,.2f} of customer equity per person in the market"
    if math.isfinite(decision["relative"]):
        amount += f" ({decision['relative']:+.0%})"
    if worlds == 1:
        return (
            f"In the one world tried, {winner} beats {runner_up} by {amount}; one world cannot say "
            "how sure that is."
        )
    if (p * worlds + 1.0) / (worlds + 2.0) >= SURE:  # what P is likely to be (Laplace)
        verdict = f"{winner} beats {runner_up}"
    elif p >= SETTLED:
        verdict = f"{winner} probably beats {runner_up}"
    else:
        verdict = f"It is not settled whether {winner} or {runner_up} is better: {winner} is ahead"
    margin = f"{decision['low'] / size:,.2f} to {decision['high'] / size:,.2f}"
    text = (
        f"{verdict}, by {amount} on average (90 % interval {margin}) and in {p:.0%} of {worlds} "
        f"worlds (90 % interval {decision['p_low']:.0%} to {decision['p_high']:.0%})"
    )
    if "precision" in decision:
        text += _precision(decision["precision"], worlds)
    judged = decision["judgement"]["inputs"]
    if not decision["judgement"]["drawn"]:
        return text + (
            f"; this is luck alone: {judged} inputs that rest on judgement stood at their "
            "defaults, so the true doubt is greater."
        )
    text += f", with {judged} inputs that rest on judgement or data drawn from their ranges"
    parts = sorted(decision["doubt"].items(), key=lambda part: -part[1]["share"])
    shares = [f"{part['share']:.0%} {SOURCES[name]}" for name, part in parts]
    text += f"; the doubt is {shares[0]}, {shares[1]} and {shares[2]}"
    turning = [row for row in decision["inputs"] if row["p_turns"] >= 0.05]
    if turning:
        text += f", and {turned(turning[0])} would turn the verdict"
    return text + "."


def _precision(precision: Mapping[str, Any], worlds: int) -> str:
    units = {"p": "P", "regret": "regret"}
    wanted = " and ".join(f"{units[k]} within {v:g}" for k, v in precision["asked"].items())
    if precision["reached"]:
        return f", which is as asked, {wanted}"
    return f", where the cap of {worlds} worlds came before what was asked, {wanted}"


def turned(row: Mapping[str, Any]) -> str:
    """`cost_service below 0.62`: where an input turns the verdict."""
    falls = row["difference_low"] < row["difference_high"]
    ahead = (row["difference_low"] + row["difference_high"]) / 2.0 >= 0.0
    side = "below" if falls == ahead else "above"
    return f"{row['input']} {side} {row['turns_at']:.3g}"
