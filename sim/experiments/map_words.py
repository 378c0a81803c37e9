"""What a map says in words: a sentence, a title, warnings, and the table that a terminal shows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import pandas as pd

from ..drawing import number, shown

FEW = 20
"""Worlds from which on a share of worlds says something; also how many a batch of them has."""

Turns = Sequence[Mapping[str, Any]]


def sentence_of(summary: Mapping[str, Any]) -> str:
    """Over how much of the map each wins, what turns it around the scenario, and what it took."""
    shares = sorted(summary["shares"].items(), key=lambda item: -item[1]["wins"])
    won = [(name, one) for name, one in shares if one["wins"] > 0.0]
    told = ", ".join(
        f"{name} {'wins ' * (k == 0)}over {_percent(one['wins'])} of it"
        f"{' on average' * (k == 0)} ({_percent(one['settled'])} beyond the 90 % interval)"
        for k, (name, one) in enumerate(won)
    )
    for name, one in shares:
        told += f", {name} nowhere" * (one["wins"] == 0.0)
    lines = "".join(f" {line}" for line in lines_of(summary))
    return (
        f"Of the map, {told}.{lines} {summary['points']:,} points in {summary['worlds']:,} worlds; "
        f"a full grid as fine would take {summary['full_grid']:,}."
    )


def lines_of(summary: Mapping[str, Any]) -> list[str]:
    """What turns the verdict where the scenario stands, along either setting."""
    place = summary["place"]
    if place is None:
        return []
    first, second = place["lines"]
    return [
        f"At {other} {_value(place['settings'][other])}, as in the scenario, "
        f"{_ranges(key, turns, place['winner'])}."
        for (key, turns), other in zip(place["lines"].items(), (second, first), strict=True)
    ]


def _ranges(key: str, turns: Turns, winner: str) -> str:
    """`flywheel wins where costs.programme is below 0.8 (90 % ...), points_only above`."""
    if not turns:
        return f"{winner} wins at any {key} of the map"
    told = f"{turns[0]['before']} wins where {key} is below {_turn(turns[0])}"
    for here, there in pairwise(turns):
        told += f", {here['after']} from there to {_turn(there)}"
    return f"{told}, {turns[-1]['after']} above"


def _turn(turn: Mapping[str, Any]) -> str:
    low, high = turn["low"], turn["high"]
    if math.isfinite(low) and math.isfinite(high):
        doubt = f"90 % interval {_value(low)} to {_value(high)}"
    elif math.isfinite(low):
        doubt = f"90 % interval from {_value(low)} on"
    elif math.isfinite(high):
        doubt = f"90 % interval up to {_value(high)}"
    else:
        doubt = "90 % interval beyond the map"
    return f"{_value(turn['at'])} ({doubt})"


def title_of(summary: Mapping[str, Any]) -> str:
    """The finding in one line or two: where the winner changes around the scenario."""
    shares = {name: one["wins"] for name, one in summary["shares"].items()}
    most = max(shares, key=lambda name: shares[name])
    place = summary["place"]
    lines = {key: line for key, line in place["lines"].items() if line} if place else {}
    if not lines:
        return f"{shown(most)} wins on average over {_percent(shares[most])} of the map"
    key, turns = next(iter(lines.items()))
    (other,) = (name for name in place["settings"] if name != key)
    told = f"{shown(turns[0]['before'])} wins where {key} is below {turns[0]['at']:.2g}"
    for here, there in pairwise(turns):
        told += f", {shown(here['after'])} up to {there['at']:.2g}"
    return (
        f"At the scenario's {other} of {_value(place['settings'][other])}, {told}, "
        f"{shown(turns[-1]['after'])} above; {shown(most)} has {_percent(shares[most])} of the map"
    )


def warnings_of(summary: Mapping[str, Any], keys: Sequence[str]) -> list[str]:
    """What stands in the way of reading the map as it looks."""
    told = []
    shares = {name: one["wins"] for name, one in summary["shares"].items()}
    worlds = summary["worlds"]
    if worlds < FEW:
        told.append(f"P from {worlds} worlds is coarse; worlds={FEW} or more go on in this folder")
    if max(shares.values()) > 1.0 - 1e-9:
        name = max(shares, key=lambda name: shares[name])
        told.append(
            f"{name} wins at all points: no border was found; wider intervals or a finer first "
            "grid (grid=N) may show one"
        )
    if summary["unsettled"] > 0.25:
        told.append(
            f"over {_percent(summary['unsettled'])} of the map {worlds} worlds do not settle who "
            "wins; more (worlds=N) go on in this folder"
        )
    if summary["place"] is None:
        told.append(f"the scenario itself stands beside the map ({_beside(summary, keys)})")
    if summary["equal_points"]:
        told.append(
            f"at {summary['equal_points']:,} points the two best earn the same; the first one "
            "named has them"
        )
    if summary["behind_in_most"]:
        told.append(
            f"at {summary['behind_in_most']:,} points who wins on average is the best in fewer "
            "worlds than another: few worlds decide there"
        )
    return told


def _beside(summary: Mapping[str, Any], keys: Sequence[str]) -> str:
    own = ((key, summary["settings"][key]["scenario"]) for key in keys)
    return ", ".join(
        f"{key} is {'left to the market' if value is None else _value(value)}" for key, value in own
    )


def printed_of(summary: Mapping[str, Any]) -> pd.DataFrame:
    """The table that a terminal shows: by strategy its share of the map, and its mean regret."""
    return pd.DataFrame(
        [
            {"": name, "wins over": _percent(one["wins"]), "for sure": _percent(one["settled"]),
             "regret over the map": number(one["regret"], 2)}
            for name, one in summary["shares"].items()
        ]
    )  # fmt: skip


def _percent(share: float) -> str:
    """A share in words, never 0 % of what there is, nor all where something is left."""
    if 0.0 < share < 0.005:
        return "below 1%"
    if 0.995 <= share < 1.0 - 1e-9:
        return "above 99%"
    return f"{share:.0%}"


def _value(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"
