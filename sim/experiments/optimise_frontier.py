"""The frontier of two objectives: settings of which none is better in both (Pareto)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from scipy import stats

from ..drawing import shown
from ..sweep.study import Study
from .answer import Answer
from .found import (
    Found,
    gained,
    lead_of,
    names_of,
    needed,
    summary_of,
    trials_of,
    warnings_of,
)
from .optimise_best import listed
from .search import frontier

TOGETHER = 0.8
"""Rank correlation from which a lever is said to go along the frontier."""


def frontier_answer(study: Study, found: Found, fresh: range) -> Answer:
    """The frontier of the feasible trials, each set against the preset in fresh worlds.

    Which settings stand on it was chosen in the worlds of the search; `holds` says whether, in
    fresh ones, there is still none on it that is better in both.
    """
    asked, trying = found.asked, found.trying
    names = names_of(asked.goals)
    candidates = [one for one in found.within if one.judged]
    chosen = [candidates[at] for at in frontier([o.judged.goals for o in candidates if o.judged])]
    preset, *lives = trying.live(study, [{}, *(one.setting for one in chosen)], fresh)
    needed(asked, preset, "the preset, in fresh worlds,")
    judged = [needed(asked, one, "a setting, in fresh worlds,") for one in lives]
    holding = frontier([one.goals for one in judged])
    rows = []
    for at, (trial, lived) in enumerate(zip(chosen, lives, strict=True)):
        row: dict[str, Any] = {"trial": found.trials.index(trial), **trial.setting}
        gains, before = found.gains(lived, preset), found.gains(trial.lived)
        for name, gain, earlier in zip(names, gains, before, strict=True):
            row |= {f"{key}_{name}": value for key, value in gained(gain).items()}
            row[f"gain_in_search_{name}"] = float(earlier.mean())
        row |= {"cost": lived.cost, "churn_rate": lived.churn, "feasible": judged[at].within}
        rows.append(row | {"holds": at in holding})
    line = pd.DataFrame(rows)
    frames = {"frontier": line.sort_values(f"gain_{names[0]}", ascending=False, ignore_index=True)}
    frames["trials"] = trials_of(found)
    summary = summary_of(found, fresh) | {"names": names, "levers": trying.names()}
    summary |= {
        "preset": {"cost": preset.cost, "churn_rate": preset.churn},
        "on_frontier": len(line), "holding": len(holding),
        "shares": [goal.share for goal in asked.goals],
        "along": _along(found, frames["frontier"], names),
    }  # fmt: skip
    summary["warnings"] = _warnings(frames["frontier"], names) + warnings_of(found)
    summary["sentence"] = _sentence(found, frames["frontier"], summary)
    summary["title"] = _title(found, frames["frontier"], summary)
    from .optimise_picture import frontier_figure

    bounds = {one.key: (one.low, one.high) for one in trying.ranges}
    pictures = {
        "frontier": lambda: frontier_figure(summary, frames["frontier"], frames["trials"], bounds)
    }
    return Answer(summary, frames, _printed(found, frames["frontier"]), pictures, study.folder)


def _along(found: Found, line: pd.DataFrame, names: list[str]) -> list[str]:
    """Levers that go along the frontier towards the second objective, that which moves most first;
    of one that goes down, `less NAME`."""
    if len(line) < 4:
        return []
    told = []
    for one in found.trying.ranges:
        if line[one.key].nunique() == 1:
            continue
        r = float(stats.spearmanr(line[f"gain_{names[1]}"], line[one.key]).statistic)
        if abs(r) >= TOGETHER:
            name = found.trying.names()[one.key]
            moved = abs(line[one.key].iloc[-1] - line[one.key].iloc[0]) / (one.high - one.low)
            told.append((-moved, f"{'more' if r > 0.0 else 'less'} {name}"))
    return [name for _, name in sorted(told)]


def _warnings(line: pd.DataFrame, names: list[str]) -> list[str]:
    told = []
    seen = [(line[f"gain_low_{name}"] > 0.0).any() for name in names]
    if not any(seen):
        told.append("no setting on the frontier is distinguishable from the preset: all intervals "
                    "of gains hold 0 or less")  # fmt: skip
    broken = int((~line["feasible"]).sum())
    if broken:
        told.append(f"{broken} of {len(line)} settings on the frontier do not keep the limits in "
                    "fresh worlds")  # fmt: skip
    return told


def _both(found: Found, row: pd.Series[Any], names: list[str]) -> str:
    goals = found.asked.goals
    gains = [float(row[f"gain_{name}"]) for name in names]
    if not any(gains):
        return f"{shown(found.trying.strategy)} as it stands"
    return " with ".join(goal.gained(gain) for goal, gain in zip(goals, gains, strict=True))


def _sentence(found: Found, line: pd.DataFrame, summary: Mapping[str, Any]) -> str:
    names, who = summary["names"], shown(found.trying.strategy)
    ends = [_both(found, line.iloc[at], names) for at in (0, -1)]
    if len(line) == 1:
        return f"{lead_of(found)} find one setting that is best in both: {ends[0]}, against {who}."
    told = (
        f"{lead_of(found)} find {len(line)} settings of which none is better in both: from "
        f"{ends[0]} to {ends[1]}, against {who} in {found.asked.worlds} fresh worlds"
    )
    if summary["along"]:
        told += f"; the way there is {listed(summary['along'][:2])}"
    return told + "."


def _title(found: Found, line: pd.DataFrame, summary: Mapping[str, Any]) -> str:
    """The finding in few words: the least that a gain in the second objective takes of the first,
    of gains that can be told from none."""
    names, who = summary["names"], shown(found.trying.strategy)
    one, two = (f"gain_{name}" for name in names)
    seen = line[line[f"gain_low_{names[1]}"] > 0.0]
    if not len(seen):
        return f"No setting of {who} has a gain in {shown(names[1])} that can be told from none"
    both = seen[seen[f"gain_low_{names[0]}"] > 0.0].sort_values(two)
    if len(both):
        return f"Both can be had of {who}: {_both(found, both.iloc[-1], names)}"
    rate = -seen[two] / seen[one].where(seen[one] < 0.0, -1e-12)
    best = seen.assign(rate=rate).sort_values("rate").iloc[-1]
    second, first = (
        goal.gained(float(best[f"gain_{name}"]))
        for goal, name in zip(found.asked.goals[::-1], names[::-1], strict=True)
    )
    return f"One takes from the other: {second} for {first} at the best rate"


def _printed(found: Found, line: pd.DataFrame) -> pd.DataFrame:
    goals, called = found.asked.goals, found.trying.names()
    rows = []
    for _, row in line.iterrows():
        cells = {"trial": f"{row['trial']:.0f}"}
        for name, goal in zip(names_of(goals), goals, strict=True):
            cells[name] = goal.told(row[f"gain_{name}"]) + " pp" * goal.share
        cells["cost"] = f"{row['cost']:.2f}"
        rows.append(cells | {called[key]: f"{row[key]:.3g}" for key in called})
    return pd.DataFrame(rows)
