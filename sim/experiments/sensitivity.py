"""Which inputs make the difference: a screening of all, indices of the few that matter.

Each setting is one place of all inputs in what they may be, with uncertain ones in their own
distribution (`sim/doubt.py`); luck is the same in all settings, so that it is no part of an effect.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field, field_validator

from ...scenarios.errors import BadInput
from ...scenarios.ranging import Range, Space
from ..doubt import Uncertain, uncertain
from ..inputs import meanings
from ..statistics import mean_interval
from ..sweep.crew import Told
from ..sweep.request import Request
from ..sweep.study import Study, studying
from .answer import Answer
from .indices import Indices, morris_design, morris_effects, sobol_design, sobol_indices
from .measure import Metric, asked_about, gaps, levels
from .sensitivity_picture import indices_figure, tornado_figure
from .sensitivity_words import printed_of, sentence_of, title_of, warnings_of

ENDS = 0.05, 0.95
"""Places of an input that the tornado sets against each other, all else as it stands."""


GROUND = ("uncertainty=luck",)
"""Words that come before all others: what else is uncertain is drawn by the design."""

LEAST, MOST = 4, 2**20
"""Rows of the close look."""


class Asked(Request):
    """Words of `engagesim sensitivity`."""

    out: str = Field("sensitivity", min_length=1, description="folder for results")
    of: Metric = Field("equity", description="what is to be explained: of the second strategy less "
                       "the first, or of one that is alone")  # fmt: skip
    worlds: int = Field(4, ge=1, le=10_000, description="lucks that each setting is lived in")
    trajectories: int = Field(8, ge=2, le=10_000, description="of the screening (Morris)")
    keep: int = Field(8, ge=1, le=100, description="inputs that are looked at closely at most")
    base: int = Field(128, description="rows of the close look, a power of two")

    @field_validator("base")
    @classmethod
    def _power_of_two(cls, base: int) -> int:
        if base & (base - 1) or not LEAST <= base <= MOST:
            raise ValueError(f"got {base}, allowed are powers of two, {LEAST} to {MOST:,}")
        return base


class Input(NamedTuple):
    """An input: what it is called, the key that sets it, what it means, what it may be."""

    name: str
    key: str
    meaning: str
    span: Uncertain | Range

    def at(self, u: float) -> float:
        """Its value at a place, 0 to 1."""
        return self.span.at(u)


def sensitivity(
    *words: str,
    config_dir: str | Path | None = None,
    config_name: str = "config",
    told: Told | None = None,
) -> Answer:
    """Which inputs move the difference between two strategies, and how much.

    Words as on the command line: those of the scenario, intervals of keys (`KEY=interval(A,B)`;
    without any, all that the evidence leaves open), and `of`, `worlds`, `trajectories`, `keep`,
    `base`, `out`, `cluster.*`. Frames: `screening`, `indices`, `tornado`. Call it under
    `if __name__ == "__main__":`, as workers are processes. Raises BadInput.
    """
    asked, rest = Asked.read(words)
    space = Space([*GROUND, *rest], config_dir, config_name)
    if space.first.uncertainty != "luck":
        raise BadInput(f"uncertainty: got {space.first.uncertainty}, allowed is luck: the design "
                       "draws inputs, and worlds are lucks")  # fmt: skip
    inputs = inputs_of(space)
    screened = len(inputs) > asked.keep
    record = asked.model_dump(mode="json", exclude={"out", "cluster"}) | {
        "ranges": [[one.name, one.span.low, one.span.high] for one in inputs]
    }
    metric = asked.of
    with studying("sensitivity", space.first, record, [metric], asked.out, asked.where, told,
                  people=space.people) as s:  # fmt: skip
        seen = min(asked.keep, len(inputs))
        s.expected = asked.base * (seen + 2) + 2 * seen + 1
        if screened:
            s.expected += asked.trajectories * (len(inputs) + 1)
        asking = Asking(s, space, metric, range(asked.worlds))
        frames: dict[str, pd.DataFrame] = {}
        if screened:
            frames["screening"] = _screening(asking, inputs, asked.trajectories)
            top = frames["screening"]["input"][frames["screening"]["seen"]][: asked.keep]
            inputs = [one for name in top for one in inputs if one.name == name]
            if not inputs:
                raise BadInput(
                    f"sensitivity: no input is seen to move {asked_about(metric, names(space))} "
                    "beyond luck; allowed are more worlds, more people or wider ranges"
                )
        found = _indices(asking, inputs, asked.base)
        frames["indices"] = found.frame.merge(_meant(inputs), on="input")
        frames["tornado"] = tornado_of(asking, inputs)
        answer = _answer(space, asked, found, frames, s.folder)
        answer.save(s)
    return answer


def inputs_of(space: Space) -> list[Input]:
    """The keys that have an interval; without any, all that is uncertain in the scenario.

    Of a population that was fitted to data the estimates stay as they are. Raises BadInput.
    """
    if space.ranges:
        return [Input(one.key, one.key, one.key, one) for one in space.ranges]
    known = meanings(space.first)
    found = [
        Input(one.name, known[one.name][1], known[one.name][0], one)
        for one in uncertain(space.first)
        if one.kind != "data"
    ]
    if not found:
        raise BadInput("sensitivity: nothing is uncertain here, allowed is KEY=interval(A,B)")
    return found


def names(space: Space) -> tuple[str, ...]:
    """The strategies that are asked about: the first two."""
    return tuple(space.first.strategies)[:2]


class Asking(NamedTuple):
    """A study that is asked for one number of each setting."""

    study: Study
    space: Space
    metric: str
    worlds: range

    def at(self, settings: Sequence[Mapping[str, float]]) -> NDArray[np.float64]:
        """The number at each setting, in each world, shape (settings, worlds)."""
        two = names(self.space)
        scenarios = []
        for values in settings:
            one = self.space.at(values)
            chosen = {name: one.strategies[name] for name in two}
            scenarios.append(one.model_copy(update={"strategies": chosen}))
        found = self.study.whole(scenarios, self.worlds)[..., 0]
        if not np.isfinite(found).all():
            raise BadInput(f"sensitivity: {self.metric} is no number in some of the settings, as "
                           "where nobody is left; allowed are others")  # fmt: skip
        return gaps(levels(found, self.metric, scenarios))


def _settings(inputs: Sequence[Input], design: NDArray[np.float64]) -> list[dict[str, float]]:
    return [
        {one.key: one.at(u) for one, u in zip(inputs, row, strict=True)} for row in design.tolist()
    ]


def _screening(asking: Asking, inputs: Sequence[Input], trajectories: int) -> pd.DataFrame:
    called = [one.name for one in inputs]
    design = morris_design(called, trajectories, asking.space.first.seed)
    output = asking.at(_settings(inputs, design))
    return morris_effects(called, design, output).merge(_meant(inputs), on="input")


def _meant(inputs: Sequence[Input]) -> pd.DataFrame:
    return pd.DataFrame([{"input": i.name, "key": i.key, "meaning": i.meaning} for i in inputs])


def _indices(asking: Asking, inputs: Sequence[Input], base: int) -> Indices:
    called = [one.name for one in inputs]
    output = asking.at(_settings(inputs, sobol_design(called, base, asking.space.first.seed)))
    if np.ptp(output.mean(axis=1)) == 0.0:
        raise BadInput("sensitivity: none of the inputs moves the difference; allowed are others")
    found = sobol_indices(called, output)
    if found.variance <= 0.0:
        raise BadInput("sensitivity: nothing that these inputs do is told from luck; allowed are "
                       "more worlds, more people, a larger base or wider ranges")  # fmt: skip
    ranked = found.frame.sort_values(["total", "input"], ascending=[False, True])
    return found._replace(frame=ranked.reset_index(drop=True))


def tornado_of(asking: Asking, inputs: Sequence[Input]) -> pd.DataFrame:
    """Each input at both ends of its 90 %, all else as it stands; widest swing first.

    `at_low`, `at_high`, and `stands` where nothing is changed: the number there, mean over worlds,
    with its 90 % interval (`_from`, `_to`); `swing`, high less low, with its own (`swing_low`,
    `swing_high`). `turns`: of two strategies, whether the sign differs at the ends: surely, perhaps
    (an interval holds 0), or not ("").
    """
    settings: list[dict[str, float]] = [{}]
    settings += [{one.key: one.at(u)} for one in inputs for u in ENDS]
    output = asking.at(settings)
    two = len(names(asking.space)) > 1
    rows = []
    for place, one in enumerate(inputs):
        low, high = output[1 + 2 * place], output[2 + 2 * place]
        row: dict[str, Any] = {"input": one.name, "low": one.at(ENDS[0]), "high": one.at(ENDS[1])}
        for name, found in (("at_low", low), ("at_high", high), ("stands", output[0])):
            row[name], row[f"{name}_from"], row[f"{name}_to"] = mean_interval(found)
        row["swing"], row["swing_low"], row["swing_high"] = mean_interval(high - low)
        rows.append(row | {"turns": turns_of(row) if two else ""})
    frame = pd.DataFrame(rows).merge(_meant(inputs), on="input")
    order = frame["swing"].abs().sort_values(ascending=False, kind="stable").index
    return frame.loc[order].reset_index(drop=True)


def turns_of(row: Mapping[str, float]) -> str:
    """Whether the sign differs at the ends of an input: surely, perhaps, or not ("")."""
    ends = ("at_low", "at_high")
    if row["swing_low"] <= 0.0 <= row["swing_high"]:
        return ""
    opposite = row["at_low"] * row["at_high"] < 0.0
    beyond = all(row[f"{end}_from"] * row[f"{end}_to"] > 0.0 for end in ends)  # nan: one world
    if opposite:
        return "surely" if beyond else "perhaps"
    held = any(row[f"{end}_from"] * row[f"{end}_to"] < 0.0 for end in ends)
    return "perhaps" if held else ""


def _answer(
    space: Space, asked: Asked, found: Indices, frames: dict[str, pd.DataFrame], folder: Path
) -> Answer:
    scenario = space.first
    two = tuple(scenario.strategies)[:2]
    stands = frames["tornado"].iloc[0]
    summary: dict[str, Any] = {
        "of": asked.of, "strategies": list(two), "about": asked_about(asked.of, two),
        "worlds": asked.worlds, "base": asked.base, "keep": asked.keep, "luck": found.luck,
        "variance": found.variance, "outside": _outside(space),
        "only_screened": _only_screened(frames),
        **{name: float(stands[name]) for name in ("stands", "stands_from", "stands_to")},
    }  # fmt: skip
    summary["title"] = title_of(summary, frames)
    summary["sentence"] = sentence_of(summary, frames)
    summary["warnings"] = warnings_of(summary, frames)
    if len(scenario.strategies) > 2:
        summary["warnings"].append(f"of the strategies only {' and '.join(two)} are looked at")
    pictures = {
        "tornado": lambda: tornado_figure(summary, frames["tornado"]),
        "indices": lambda: indices_figure(summary, frames["indices"], frames.get("screening")),
    }
    return Answer(summary, frames, printed_of(frames), pictures, folder)


def _outside(space: Space) -> list[str]:
    """Keys that stand outside of their interval."""
    stands = {one: space.value(one.key) for one in space.ranges}
    return [
        one.key for one, at in stands.items() if at is not None and not one.low <= at <= one.high
    ]


def _only_screened(frames: Mapping[str, pd.DataFrame]) -> float:
    """What share of the squared effects is of inputs that no index is known of."""
    if "screening" not in frames:
        return 0.0
    screening = frames["screening"]
    squares = np.maximum(0.0, screening["mu_star"] ** 2 - screening["noise"].fillna(0.0) ** 2)
    known = screening["input"].isin(frames["indices"]["input"])
    return float(squares[~known].sum() / squares.sum()) if squares.sum() > 0.0 else 0.0
