"""How to do better: the levers of one strategy, set for the most of a goal, within limits.

All settings live in the same worlds, so that what differs between them was done by the levers. The
best of many in the same worlds is in part the luckiest (the winner's curse): what it gains over the
preset is told from as many fresh worlds, which had no say in choosing it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from ...scenarios.errors import BadInput
from ..sweep.crew import Told
from ..sweep.study import Study, studying
from .answer import Answer
from .found import Asked, Found, Trial, judged_of, needed
from .optimise_best import best_answer
from .optimise_frontier import frontier_answer
from .search import BATCH, Judged, Setting, search
from .trying import KEPT, Trying, is_free


def optimise(
    *words: str,
    config_dir: str | Path | None = None,
    config_name: str = "config",
    told: Told | None = None,
) -> Answer:
    """Set the levers of a strategy for the most of a goal, within limits.

    Words as on the command line: those of the scenario, intervals of levers
    (`strategies.NAME.LEVER=interval(A,B)`; without any, what the last strategy buys by the piece,
    from what neutral management does to twice as much), and `objective`, `budget`, `churn_cap`,
    `trials`, `worlds`, `out`, `cluster.*`. Frames: `best`, `fresh` and `trials`; of two objectives
    `frontier` and `trials`. Call it under `if __name__ == "__main__":`, as workers are processes.
    Raises BadInput.
    """
    asked, rest = Asked.read(words)
    trying = Trying.read(rest, config_dir, config_name)
    first = trying.space.first
    if first.uncertainty == "none":
        raise BadInput("uncertainty: got none, allowed are all and luck: what is best is told from "
                       "worlds that had no say in choosing it")  # fmt: skip
    starts = trying.starts()
    least = len(starts) + len(asked.goals)
    if asked.trials < least:
        raise BadInput(
            f"trials: got {asked.trials}, allowed are at least {least}: the preset, each lever at "
            "both ends of its range, and all levers together"
        )
    # More trials go on where fewer ended, so their number is not what answers rest on.
    record = asked.model_dump(mode="json", exclude={"out", "cluster", "trials"}) | {
        "ranges": [[one.key, one.low, one.high] for one in trying.ranges]
    }
    with studying("optimise", first, record, KEPT, asked.out, asked.where, told) as study:
        study.expected = math.ceil(asked.trials / BATCH) + math.ceil(len(starts) / BATCH)
        found = _searched(study, asked, trying, starts)
        fresh = range(asked.worlds, 2 * asked.worlds)
        answered = best_answer if len(asked.goals) == 1 else frontier_answer
        answer = answered(study, found, fresh)
        answer.save(study)
    return answer


def _searched(study: Study, asked: Asked, trying: Trying, starts: Sequence[Setting]) -> Found:
    worlds, trials = range(asked.worlds), list[Trial]()

    def judge(settings: Sequence[Setting]) -> list[Judged | None]:
        batch = [
            Trial(setting, lived, judged_of(asked, lived))
            for setting, lived in zip(settings, trying.live(study, settings, worlds), strict=True)
        ]
        trials.extend(batch)
        return [one.judged for one in batch]

    def together() -> list[Setting]:
        return [_together(trying, trials, k) for k in range(len(asked.goals))]

    seed, goals = trying.space.first.seed, len(asked.goals)
    search(trying.ranges, starts, judge, asked.trials, seed, goals, together)
    # That the preset, and ends, are among the trials costs nothing here: nothing lives twice.
    (preset,) = trying.live(study, [{}], worlds)
    needed(asked, preset, "the preset")
    found = Found(asked, trying, trials, preset, [])
    if not found.within:
        raise BadInput(_nothing_within(found))
    for one in trying.ranges:
        low, high = trying.live(study, trying.ends(one.key), worlds)
        if low.levels and high.levels and is_free(one.key, low, high):
            found.free.append(one.key)
    return found


def _together(trying: Trying, trials: Sequence[Trial], goal: int) -> Setting:
    """Each lever where it did best alone, at the centre or at an end: the best setting if levers
    only added up."""
    told = {repr(sorted(one.setting.items())): one.judged for one in trials}

    def worth(setting: Setting) -> tuple[bool, float]:
        judged = told.get(repr(sorted(setting.items())))
        return (judged.within, judged.goals[goal]) if judged else (False, -math.inf)

    chosen = dict(trying.centre)
    for one in trying.ranges:
        chosen[one.key] = max([trying.centre, *trying.ends(one.key)], key=worth)[one.key]
    return chosen


def _nothing_within(found: Found) -> str:
    """Why no trial can be chosen."""
    asked = found.asked
    judged = [one for one in found.trials if one.judged]
    if not judged:
        first = next((t.lived.error for t in found.trials if t.lived.error), "the objective is no "
                     "number: is anybody left?")  # fmt: skip
        return f"optimise: all {len(found.trials)} settings failed, the first with: {first}"
    cost = min(one.lived.cost for one in judged)
    churn = min(one.lived.churn for one in judged)
    if asked.budget is not None and cost > asked.budget:
        return (f"budget: got {asked.budget:g}, allowed is what some setting keeps: the cheapest "
                f"of {len(judged)} costs {cost:.2f} a customer and month")  # fmt: skip
    if asked.churn_cap is not None and churn > asked.churn_cap:
        return (f"churn_cap: got {asked.churn_cap:g}, allowed is what some setting keeps: the "
                f"least churn of {len(judged)} is {churn:.4f} a month")  # fmt: skip
    return (f"budget, churn_cap: no setting of {len(judged)} keeps both; allowed is more budget, a "
            "higher cap or wider ranges")  # fmt: skip
