"""What was asked of an optimisation, and what its search found: trials, limits kept, gains."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field, field_validator

from ...scenarios.errors import BadInput, shown
from ..statistics import mean_interval, share_better
from ..sweep.request import Request
from .objective import Objective
from .search import Judged, Setting
from .trying import Lived, Trying


class Asked(Request):
    """Words of `engagesim optimise`."""

    out: str = Field("optimise", min_length=1, description="folder for results")
    objective: Any = Field("equity", description="a metric, a mix of metrics, or two of these")
    churn_cap: float | None = Field(None, gt=0.0, le=1.0, description="churn a month, at most")
    budget: float | None = Field(
        None, ge=0.0, le=1e9, description="programme costs per customer and month, at most"
    )
    trials: int = Field(60, ge=1, le=10_000, description="settings tried")
    worlds: int = Field(20, ge=2, le=10_000, description="worlds that each of them is lived in")

    @field_validator("objective")
    @classmethod
    def _goals(cls, told: Any) -> Any:
        goals = [
            Objective.read(one)
            for one in (told if isinstance(told, list) and len(told) == 2 else [told])
        ]
        if len(set(goals)) < len(goals):
            raise ValueError(f"got {shown(told)}, allowed are two different ones")
        return told

    @property
    def goals(self) -> tuple[Objective, ...]:
        """One objective, or two."""
        told = self.objective if isinstance(self.objective, list) else [self.objective]
        return tuple(map(Objective.read, told))

    def beyond(self, lived: Lived) -> tuple[float, ...]:
        """By how much a setting is beyond the budget and the churn cap, in shares of them."""
        limits = ((lived.cost, self.budget), (lived.churn, self.churn_cap))
        return tuple((found - most) / (most or 1.0) for found, most in limits if most is not None)

    def within(self) -> str:
        """The limits in words: `at most 3.00 currency a customer and month`; "" without any."""
        told = []
        if self.budget is not None:
            told.append(f"at most {self.budget:,.2f} currency a customer and month")
        if self.churn_cap is not None:
            told.append(f"churn of at most {self.churn_cap:.2%} a month")
        return " and ".join(told)


class Trial(NamedTuple):
    """A setting that was tried; `judged` is None where it has failed."""

    setting: Setting
    lived: Lived
    judged: Judged | None


class Found(NamedTuple):
    """What a search has found: all that its answer is written from."""

    asked: Asked
    trying: Trying
    trials: list[Trial]
    preset: Lived
    """The preset in the worlds of the search."""
    free: list[str]
    """Levers whose moves cost hardly anything."""

    @property
    def within(self) -> list[Trial]:
        """Those that keep all limits."""
        return [one for one in self.trials if one.judged and one.judged.within]

    def gains(self, lived: Lived, preset: Lived | None = None) -> list[NDArray[np.float64]]:
        """Of each goal what is gained over the preset, by world."""
        base = preset or self.preset
        return [goal.of(lived.levels) - goal.of(base.levels) for goal in self.asked.goals]


def judged_of(asked: Asked, lived: Lived) -> Judged | None:
    """How a setting does; None where it failed, or has no number, as where nobody is left."""
    if not lived.levels:
        return None
    goals = tuple(float(goal.of(lived.levels).mean()) for goal in asked.goals)
    judged = Judged(goals, asked.beyond(lived))
    return judged if all(map(math.isfinite, (*goals, *judged.beyond))) else None


def needed(asked: Asked, lived: Lived, what: str) -> Judged:
    """How a setting does that has to do. Raises BadInput where it failed."""
    judged = judged_of(asked, lived)
    if judged is None:
        reason = lived.error or "the objective is no number there: is anybody left?"
        raise BadInput(f"optimise: {what} failed, with: {reason}")
    return judged


def trials_of(found: Found) -> pd.DataFrame:
    """One row per trial, in their order: the levers, what it came to, whether it keeps the limits.

    `gain` (of two goals `gain_NAME`): over the preset in the same worlds; `state`: done, failed, or
    refused, where it is no setting at all.
    """
    rows = []
    for place, one in enumerate(found.trials):
        row: dict[str, Any] = {"trial": place, **one.setting}
        done = one.judged is not None
        goals = found.asked.goals
        for k, (name, goal) in enumerate(zip(names_of(goals), goals, strict=True)):
            row[name] = float(goal.of(one.lived.levels).mean()) if done else np.nan
            gain = float(found.gains(one.lived)[k].mean()) if done else np.nan
            row["gain" if len(goals) == 1 else f"gain_{name}"] = gain
        row["cost"] = one.lived.cost if done else np.nan
        row["churn_rate"] = one.lived.churn if done else np.nan
        row["feasible"] = bool(one.judged and one.judged.within)
        row["state"] = "done" if done else "refused" if one.lived.refused else "failed"
        row["error"] = one.lived.error
        rows.append(row)
    return pd.DataFrame(rows)


def names_of(goals: Sequence[Objective]) -> list[str]:
    """What columns of goals are called: two mixes are told apart."""
    found = [goal.name for goal in goals]
    return [f"{name}_{k}" if found.count(name) > 1 else name for k, name in enumerate(found, 1)]


def gained(gains: Any) -> dict[str, float]:
    """Mean gain with its interval, and in which share of worlds there is any."""
    mean, low, high = mean_interval(gains)
    return {"gain": mean, "gain_low": low, "gain_high": high, "p_better": share_better(gains)[0]}


def summary_of(found: Found, fresh: range) -> dict[str, Any]:
    """What both kinds of answers say."""
    asked, trying = found.asked, found.trying
    states = trials_of(found)["state"]
    return {
        "strategy": trying.strategy, "objective": asked.objective,
        "in_words": [goal.words() for goal in asked.goals], "budget": asked.budget,
        "churn_cap": asked.churn_cap, "trials": len(found.trials), "feasible": len(found.within),
        "failed": int((states == "failed").sum()), "refused": int((states == "refused").sum()),
        "worlds": asked.worlds, "fresh_worlds": [fresh.start, fresh.stop - 1],
        "free": found.free,
    }  # fmt: skip


def warnings_of(found: Found) -> list[str]:
    """What is to be said of any search."""
    told = []
    names = found.trying.names()
    done = [one for one in found.trials if one.judged]
    if 3 * len(found.within) < len(done):
        told.append(
            f"only {len(found.within)} of {len(done)} trials keep the limits: more trials, or "
            "ranges that keep them, look closer"
        )
    for key in found.free:
        told.append(f"{names[key]} has no price of its own here: its optimum says nothing of what "
                    "it is worth")  # fmt: skip
    bad = [one for one in found.trials if one.judged is None]
    if bad:
        reason = next((one.lived.error for one in bad if one.lived.error), "no number to go by")
        told.append(f"{len(bad)} of {len(found.trials)} trials failed, the first with: {reason}")
    return told


def lead_of(found: Found) -> str:
    """How sentences begin: `With at most 3.00 currency a customer and month, 60 trials`."""
    within = found.asked.within()
    count = f"{len(found.trials)} trials"
    return f"With {within}, {count}" if within else count
