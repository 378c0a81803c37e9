"""What a sensitivity says: its sentence, its warnings, and the table that a terminal shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from .measure import amount

KNOWN = 0.5
"""A share whose 90 % interval is wider than this is not told as a number."""

Frames = Mapping[str, pd.DataFrame]


def sentence_of(summary: Mapping[str, Any], frames: Frames) -> str:
    """What the largest input makes, and which ones turn who is ahead."""
    first, about = frames["indices"].iloc[0], summary["about"]
    if len(frames["indices"]) == 1:
        row = frames["tornado"].iloc[0]
        return (
            f"{row['key']} from {row['low']:.3g} to {row['high']:.3g} moves {about} from "
            f"{amount(row['at_low'])} to {amount(row['at_high'])} (difference "
            f"{amount(row['swing_low'])} to {amount(row['swing_high'])}). Of one input alone "
            "indices say nothing."
        )
    name, between = _called(first), f"{_share(first['total_low'])} to {_share(first['total_high'])}"
    if is_known(first):
        told = (
            f"{name} makes {_share(first['total'])} (90 % interval {between}) of what these inputs "
            f"leave open in {about}"
        )
    else:
        told = (
            f"how much each input makes of what is open in {about} is not known yet: {name} seems "
            f"to make most of it (90 % interval {between})"
        )
    if len(summary["strategies"]) > 1:
        turns = turned(frames["tornado"])
        told += f"; from 5 to 95 % of what it may be, all else as it stands, {turns}"
        low, high = summary["stands_from"], summary["stands_to"]
        if low < 0.0 < high:
            told += f"; as all stands, who is ahead is open ({amount(low)} to {amount(high)})"
    return f"{told[:1].upper()}{told[1:]}."


def title_of(summary: Mapping[str, Any], frames: Frames) -> str:
    """The finding in few words."""
    first, tornado = frames["indices"].iloc[0], frames["tornado"]
    told = f"{_called(first)} makes {_share(first['total'])} of what is open"
    if not is_known(first):
        told = f"{_called(first)} seems to make most of what is open; how much is not known yet"
    if len(frames["indices"]) == 1:
        told = f"What {_called(first)} does"
    elif len(summary["strategies"]) > 1:
        count = {how: int((tornado["turns"] == how).sum()) for how in ("surely", "perhaps")}
        told += f"; of {len(tornado)} inputs {count['surely'] or 'none'} alone surely turn"
        told += f"{'s' * (count['surely'] < 2)} who is ahead, {count['perhaps'] or 'none'} may"
    return f"{told[:1].upper()}{told[1:]}"


def warnings_of(summary: Mapping[str, Any], frames: Frames) -> list[str]:
    """What stands in the way of the answer."""
    told = []
    if summary["worlds"] == 1:
        told.append("one world: what is luck cannot be told from what inputs do")
    elif summary["luck"] > 0.5:
        told.append(
            f"luck makes {summary['luck']:.0%} of what differs between single worlds; more people "
            "or worlds make indices sharper"
        )
    told += [
        f"{key} stands outside of its interval: the scenario itself is not among what is looked at"
        for key in summary["outside"]
    ]
    first = frames["indices"].iloc[0]
    if _width(first) > 0.5 * _clipped(first["total"]):
        base = 2 * summary["base"]
        told.append(f"the largest index is not well known: base={base} or more makes it sharper")
    if summary["only_screened"] > 0.2:
        told.append(
            f"inputs that were only screened make about {summary['only_screened']:.0%} of the "
            f"squared effects: keep={min(100, 2 * summary['keep'])} looks at more of them"
        )
    return told


def printed_of(frames: Frames) -> pd.DataFrame:
    """The table that is printed: shares within 0 to 1, as they can only be there."""
    both = frames["indices"].merge(frames["tornado"].drop(columns=["key", "meaning"]), on="input")
    rows: list[dict[str, Any]] = [
        {
            "input": row["key"],
            "first order": _interval(row, "first"),
            "total": _interval(row, "total"),
            "5 to 95 % of it": f"{row['low']:.3g} to {row['high']:.3g}",
            "makes": f"{amount(row['at_low'])} to {amount(row['at_high'])}",
        }
        for _, row in both.iterrows()
    ]
    return pd.DataFrame(rows)


def is_known(row: pd.Series[Any]) -> bool:
    """Whether a total share is known well enough to be told as a number."""
    return _width(row) <= KNOWN


def _width(row: pd.Series[Any]) -> float:
    return _clipped(row["total_high"]) - _clipped(row["total_low"])


def turned(tornado: pd.DataFrame) -> str:
    """`A and B turn who is ahead, C may`."""
    called = {
        how: [_called(row) for _, row in tornado[tornado["turns"] == how].iterrows()]
        for how in ("surely", "perhaps")
    }
    told = ""
    if surely := called["surely"]:
        told = f"{_listed(surely)} turn{'s' * (len(surely) == 1)} who is ahead"
    if perhaps := called["perhaps"]:
        told += f", {_listed(perhaps)} may" if told else f"{_listed(perhaps)} may turn who is ahead"
    return told or "none of them alone turns who is ahead"


def _called(row: pd.Series[Any]) -> str:
    return str(row["meaning"]).partition(": ")[0]


def _listed(names: Sequence[str]) -> str:
    told = [*names[:2], f"{len(names) - 2} more"] if len(names) > 3 else list(names)
    return " and ".join(filter(None, (", ".join(told[:-1]), *told[-1:])))


def _interval(row: pd.Series[Any], name: str) -> str:
    value, low, high = (_clipped(row[f"{name}{end}"]) for end in ("", "_low", "_high"))
    return f"{value:.2f} ({low:.2f}-{high:.2f})"


def _share(value: float) -> str:
    return f"{100.0 * _clipped(value):.0f} %"


def _clipped(value: float) -> float:
    return float(np.clip(value, 0.0, 1.0))
