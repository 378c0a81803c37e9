"""The best setting of one objective, and what it is worth in worlds that did not choose it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from ..drawing import shown
from ..sweep.study import Study
from .answer import Answer
from .found import (
    Found,
    Trial,
    gained,
    lead_of,
    needed,
    summary_of,
    trials_of,
    warnings_of,
)
from .trying import Lived


def best_answer(study: Study, found: Found, fresh: range) -> Answer:
    """The feasible trial with the most of the objective, set against the preset in fresh worlds.

    There each lever that it moves is also put back to the preset, alone: what is missed then is
    what it carries. Levers that carry nothing that shows were moved by chance.
    """
    trying = found.trying
    best = max(found.within, key=lambda one: one.judged.goals[0] if one.judged else 0.0)
    moved = [key for key, value in best.setting.items() if value != trying.preset[key]]
    without = [{k: v for k, v in best.setting.items() if k != key} for key in moved]
    lives = trying.live(study, [{}, best.setting, *without], fresh)
    there = needed(found.asked, lives[1], "the best setting, in fresh worlds,")
    needed(found.asked, lives[0], "the preset, in fresh worlds,")
    gains = found.gains(lives[1], lives[0])[0]
    frames = {
        "best": _levers(found, best, lives[1], dict(zip(moved, lives[2:], strict=True))),
        "fresh": pd.DataFrame({"world": list(fresh), "gain": gains}),
        "trials": trials_of(found),
    }
    summary = summary_of(found, fresh) | gained(gains)
    summary |= {
        "share": found.asked.goals[0].share, "money": found.asked.goals[0].money,
        "gain_in_search": float(found.gains(best.lived)[0].mean()),
        "best": {"trial": found.trials.index(best), "cost": lives[1].cost,
                 "churn_rate": lives[1].churn, "feasible": there.within},
        "preset_feasible": all(by <= 0.0 for by in found.asked.beyond(lives[0])),
        "preset": {"cost": lives[0].cost, "churn_rate": lives[0].churn},
        "words": [trying.word(key, best.setting[key]) for key in moved],
    }  # fmt: skip
    summary["warnings"] = _warnings(found, summary, frames["best"], lives[1])
    summary["sentence"] = _sentence(found, summary, frames["best"])
    summary["title"] = _title(found, summary, frames["best"])
    from .optimise_picture import best_figure, course_figure

    pictures = {
        "best": lambda: best_figure(summary, frames["best"], frames["fresh"]),
        "course": lambda: course_figure(summary, frames["trials"]),
    }
    return Answer(summary, frames, _printed(found, frames["best"]), pictures, study.folder)


def _levers(found: Found, best: Trial, there: Lived, back: Mapping[str, Lived]) -> pd.DataFrame:
    """One row per lever: where it stands; `missed`, in fresh worlds, if it alone is put back; and
    `alone_low`, `alone_high`, what it makes in the worlds of the search where it alone is moved to
    an end of its range, and whether that keeps the limits. With 90 % intervals."""
    trying = found.trying
    meant, names = trying.meanings(), trying.names()
    alone = {repr(sorted(one.setting.items())): one for one in found.trials if one.judged}
    rows = []
    for one in trying.ranges:
        key, preset = one.key, trying.preset[one.key]
        missed = {"gain": 0.0, "gain_low": 0.0, "gain_high": 0.0}
        if key in back:
            usable = bool(back[key].levels)
            missed = gained(found.gains(there, back[key])[0] if usable else [])
        edge, open_ended = trying.edge(key, best.setting[key])
        row: dict[str, Any] = {
            "key": key, "lever": names[key], "meaning": meant[key],
            "preset": np.nan if preset is None else preset, "best": best.setting[key],
            "low": one.low, "high": one.high, "edge": edge, "open_ended": open_ended,
            "missed": missed["gain"], "missed_low": missed["gain_low"],
            "missed_high": missed["gain_high"], "free": key in found.free,
        }  # fmt: skip
        for name, end in zip(("low", "high"), trying.ends(key), strict=True):
            tried = alone.get(repr(sorted(end.items())))
            made = gained(found.gains(tried.lived)[0] if tried else [])
            row[f"alone_{name}"] = made["gain"]
            row[f"alone_{name}_feasible"] = bool(tried and tried.judged and tried.judged.within)
            row[f"alone_{name}_from"], row[f"alone_{name}_to"] = made["gain_low"], made["gain_high"]
        rows.append(row)
    return pd.DataFrame(rows)


def _warnings(
    found: Found, summary: Mapping[str, Any], levers: pd.DataFrame, there: Lived
) -> list[str]:
    told = []
    if summary["words"]:
        if summary["gain_high"] < 0.0 <= summary["gain_in_search"] and summary["preset_feasible"]:
            told.append("in fresh worlds the best of the search is worse than the preset: it was "
                        "luck; more worlds or more people tell more")  # fmt: skip
        elif summary["gain_low"] <= 0.0 <= summary["gain_high"]:
            told.append("the best is not distinguishable from the preset: the interval of its gain "
                        "holds 0")  # fmt: skip
    for _, row in levers[levers["open_ended"]].iterrows():
        idle = row["best"] != row["preset"] and not row["missed_low"] > 0.0
        if not idle:
            told.append(
                f"{row['lever']} stands at the {row['edge']} edge of its range: the best may lie "
                "beyond"
            )
    asked = found.asked
    if asked.budget is not None and there.cost > asked.budget:
        told.append(f"in fresh worlds the best costs {there.cost:.2f} a customer and month, beyond "
                    f"the budget of {asked.budget:.2f}")  # fmt: skip
    if asked.churn_cap is not None and there.churn > asked.churn_cap:
        told.append(f"in fresh worlds the best has {there.churn:.3%} churn a month, beyond the cap "
                    f"of {asked.churn_cap:.3%}")  # fmt: skip
    return told + warnings_of(found)


def _sentence(found: Found, summary: Mapping[str, Any], levers: pd.DataFrame) -> str:
    return f"{lead_of(found)} find {_finding(found, summary, levers)}."


def _finding(found: Found, summary: Mapping[str, Any], levers: pd.DataFrame) -> str:
    goal, who = found.asked.goals[0], shown(found.trying.strategy)
    if summary["gain_in_search"] < 0.0:
        return (
            f"nothing better than {who} as it stands, which is outside of these ranges: the best "
            f"within them is {goal.gained(summary['gain'])} in fresh worlds"
        )
    if not summary["words"]:
        told = f"nothing better than {who} as it stands"
        ends = [
            (row[f"alone_{end}"], f"{row['lever']} at {row[end]:.3g}")
            for _, row in levers.iterrows()
            for end in ("low", "high")
            if row[end] != row["preset"] and row[f"alone_{end}_feasible"]
        ]
        if ends:
            value, which = max(ends)
            within = " within the limits" if found.asked.within() else ""
            told += f": of all levers moved alone to an end of their range{within}, {which} comes "
            told += f"closest, with {goal.gained(value)}"
        return told
    low, high = (goal.told(summary[f"gain_{end}"]) for end in ("low", "high"))
    told = (
        f"{goal.gained(summary['gain'])} over {who} as it stands ({low} to {high} in "
        f"{found.asked.worlds} fresh worlds)"
    )
    if not summary["preset_feasible"]:
        told += ", which itself does not keep the limits"
    moved = levers[levers["best"] != levers["preset"]]
    shows = (moved["missed_low"] > 0.0) | (moved["missed_high"] < 0.0)
    carrying = moved[moved["missed_low"] > 0.0].sort_values("missed", ascending=False)
    if len(carrying):
        told += f": {listed([_moved(row) for _, row in carrying.head(3).iterrows()])} "
        told += "carries it" if len(carrying) == 1 else "carry it"
        if len(carrying) > 3:
            told += f" most, {listed(list(carrying['lever'][3:]))} the rest"
    idle = list(moved["lever"][~shows])
    if idle:
        told += f"; what it does with {listed(idle)} makes no difference that shows"
    harmful = list(moved["lever"][moved["missed_high"] < 0.0])
    if harmful:
        told += f"; it would do better with {listed(harmful)} as before"
    return told


def _moved(row: pd.Series[Any]) -> str:
    was = f"{row['preset']:.3g}" if np.isfinite(row["preset"]) else "the market's"
    return f"{row['lever']} at {row['best']:.3g} (from {was})"


def _title(found: Found, summary: Mapping[str, Any], levers: pd.DataFrame) -> str:
    """The finding in few words."""
    goal, who = found.asked.goals[0], shown(found.trying.strategy)
    within = f" with {found.asked.within()}" if found.asked.within() else ""
    if not summary["words"] or summary["gain_in_search"] < 0.0:
        return f"No setting tried is better than {who} as it stands{within}"
    if summary["gain_low"] <= 0.0 <= summary["gain_high"]:
        return f"What is best for {who} cannot be told from the preset{within}"
    carrying = levers[(levers["best"] != levers["preset"]) & (levers["missed_low"] > 0.0)]
    first = carrying.sort_values("missed", ascending=False).head(2)
    by = f", by {listed([_moved(row) for _, row in first.iterrows()])}" if len(first) else ""
    return f"{goal.gained(summary['gain'])} for {who}{within}{by}"


def listed(words: list[str]) -> str:
    """`a, b and c`."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _printed(found: Found, levers: pd.DataFrame) -> pd.DataFrame:
    goal = found.asked.goals[0]
    rows = []
    for _, row in levers.iterrows():
        missed = goal.told(row["missed"])
        if row["best"] == row["preset"]:
            missed = "-"
        elif np.isfinite(row["missed_low"]):
            missed += f" ({goal.told(row['missed_low'])} to {goal.told(row['missed_high'])})"
        rows.append(
            {"lever": row["lever"], "preset": _value(row["preset"]), "best": _value(row["best"]),
             "range": f"{row['low']:g} to {row['high']:g}",
             "missed if put back (90 % interval)": missed,
             "alone at low end": goal.told(row["alone_low"]),
             "at high end": goal.told(row["alone_high"])}
        )  # fmt: skip
    return pd.DataFrame(rows)


def _value(value: float) -> str:
    return f"{value:.4g}" if np.isfinite(value) else "market's"
