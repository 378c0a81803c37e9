"""What shocks do: the loss, how deep it is, how long it takes to heal, and what is left of it.

The same people live the same months twice, with the same luck: once with the scenario's shocks,
once without. What differs was done by the shocks, which no one market can show.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..scenarios.scenario import Scenario
from .course import Course, begin, chosen_strategy, revised, rules_of
from .individuals import Groups, segments
from .ledger import MICRO
from .run import Engine, course_of, thread_pool

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HEALED = 0.1
"""The share of the deepest loss from which on it counts as made up."""

LEFT = 12
"""Months at the end over which what is left of a loss is averaged, if so many come after it."""

FELT = ("satisfaction", "trust", "engagement")
STATES = (*FELT, "customers", "profit")


@dataclass(frozen=True)
class Aftermath:
    """What the shocks of a scenario did to one strategy in one world.

    `effects`: one row per segment and state: `people` of the segment at the start; `depth`, the
    deepest loss of a month against the twin, at least 0, in `depth_month` (nan where nothing was
    ever lost); `recovery`, months from then until a tenth of it is left, nan where that is not
    reached by the horizon; `permanent`, the mean loss of the last year, below 0 for a gain;
    `total`, the sum of all months' losses. `paths`: `shocked`, `calm` and their `loss`, by month.
    """

    strategy: str
    world: int
    effects: pd.DataFrame
    paths: pd.DataFrame

    def figure(self) -> Figure:
        """The loss of everybody month by month, and of which segments how much."""
        from .aftermath_picture import aftermath_figure

        return aftermath_figure(self.strategy, self.effects, self.paths)


def shock_effect(
    scenario: Scenario,
    strategy: str,
    *,
    seed: int | None = None,
    world: int = 0,
    engine: Engine | None = None,
) -> Aftermath:
    """What the scenario's shocks do, all together, against a twin without them.

    Feelings, in [0, 1], are means over those who are customers in both lives, so that nobody's
    leaving passes for a feeling. `customers` are those in truth. `profit`, in currency: of
    everybody that of the books, of a segment the contribution of its people. Segments are those
    of the customers of the start (`individuals.segments`), and everybody, newcomers too. Arguments
    as for `simulate`. Raises BadInput.
    """
    changes: dict[str, Any] = {}
    if seed is not None:
        changes["seed"] = seed
    if engine is not None:
        changes["engine"] = engine
    if changes:
        scenario = revised(scenario, **changes)
    chosen, rules = chosen_strategy(scenario, strategy), rules_of(None)
    with thread_pool(scenario) as pool:
        start = begin(scenario, world, rules, pool=pool)
        calm = start._replace(scenario=revised(start.scenario, shocks=()))
        everybody = np.ones(len(start.people), dtype=np.bool_)
        groups: Groups = {("everybody", "everybody"): everybody}
        groups |= segments(scenario, start.people)
        lives = [course_of(one, strategy, chosen, rules, pool) for one in (start, calm)]
        paths = _paths(lives, groups, scenario.horizon)
    names: dict[str, Any] = {"strategy": strategy, "world": world}
    paths = paths.assign(**names)[[*names, *paths.columns]]
    first = min((shock.month for shock in scenario.shocks), default=0)
    rows = []
    for (segment, group), mask in groups.items():
        own = paths[(paths["segment"] == segment) & (paths["group"] == group)]
        for state in STATES:
            loss = own.loc[own["state"] == state, "loss"].to_numpy()
            row = {"segment": segment, "group": group, "people": int(mask.sum()), "state": state}
            rows.append({**names, **row, **measured(loss, first)})
    return Aftermath(strategy, world, pd.DataFrame(rows), paths)


def measured(loss: NDArray[np.float64], first: int) -> dict[str, float]:
    """Depth, recovery and what is left of a path of losses, shape (months,), struck at `first`."""
    felt = np.nan_to_num(loss[first:])
    worst = int(np.argmax(felt))
    depth = max(0.0, float(felt[worst]))
    healed = np.flatnonzero(felt[worst:] <= HEALED * depth)
    if depth == 0.0:
        recovery, month = 0.0, np.nan
    else:
        recovery, month = float(healed[0]) if len(healed) else np.nan, float(first + worst)
    after = felt[worst + 1 :][-LEFT:] if depth > 0.0 else felt[-LEFT:]
    return {
        "depth": depth,
        "depth_month": month,
        "recovery": recovery,
        "permanent": float(after.mean()) if len(after) else np.nan,
        "total": float(felt.sum()),
    }


def _paths(lives: Sequence[Course], groups: Groups, horizon: int) -> pd.DataFrame:
    """Both lives month by month, in lockstep: one row per segment, state and month."""
    found = np.full((len(groups), len(STATES), horizon, 2), np.nan)
    for month in range(horizon):
        closed = [life.step() for life in lives]
        seen = [life.engine.gather(("alive", "firm", "contribution", *FELT)) for life in lives]
        there = [(column["alive"] == 1) & (column["firm"] == 0) for column in seen]
        both = there[0] & there[1]
        for place, mask in enumerate(groups.values()):
            pairs = mask & both
            for k, column in enumerate(seen):
                for at, name in enumerate(FELT):
                    if pairs.any():
                        found[place, at, month, k] = column[name][pairs].mean()
                found[place, 3, month, k] = int(there[k][mask].sum())
                ours = mask & (column["firm"] <= 0)  # those who left it have their last flows
                found[place, 4, month, k] = int(column["contribution"][ours].sum()) / MICRO
        found[0, 4, month] = [books.profit / MICRO for books in closed]
    keys = [(*group, state) for group in groups for state in STATES]
    shocked, calm = found[..., 0].reshape(-1), found[..., 1].reshape(-1)
    index = pd.MultiIndex.from_tuples(
        [(*key, month) for key in keys for month in range(horizon)],
        names=["segment", "group", "state", "month"],
    )
    frame = pd.DataFrame({"shocked": shocked, "calm": calm, "loss": calm - shocked}, index=index)
    return frame.reset_index()
