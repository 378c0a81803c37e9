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
from ...scenarios.scenario import Scenario
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

ENDS = 0.05, 0.95
"""Places of an input that the tornado sets against each other, all else as it stands."""


class Asked(Request):
    """Words of `engagesim sensitivity`."""

    out: str = Field("sensitivity", min_length=1, description="folder for results")
    of: Metric = Field("equity", description="what is to be explained: of the second strategy less "
                       "the first, or of one that is alone")  # fmt: skip
    worlds: int = Field(4, ge=1, le=10_000, description="lucks that each setting is lived in")
    trajectories: int = Field(8, ge=2, le=10_000, description="of the screening (Morris)")
    keep: int = Field(8, ge=1, le=100, description="inputs that are looked at closely at most")
    base: int = Field(128, ge=4, le=2**20, description="rows of the close look, a power of two")

    @field_validator("base")
    @classmethod
    def _power_of_two(cls, base: int) -> int:
        if base & (base - 1):
            raise ValueError(f"got {base}, allowed are powers of two (64, 128, 256)")
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
    space = Space(["uncertainty=luck", *rest], config_dir, config_name)
    if space.first.uncertainty == "all":
        raise BadInput("uncertainty: got all, allowed are luck and none: the design draws inputs")
    inputs = inputs_of(space)
    screened = len(inputs) > asked.keep
    record = asked.model_dump(mode="json", exclude={"out", "cluster"}) | {
        "ranges": [[one.name, one.span.low, one.span.high] for one in inputs]
    }
    metric = asked.of
    with studying("sensitivity", space.first, record, [metric], asked.out, asked.where, told) as s:
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
        frames |= {"indices": found.frame, "tornado": tornado_of(asking, inputs)}
        frames["indices"] = found.frame.merge(_meant(inputs), on="input")
        answer = _answer(space.first, asked, found, frames, s.folder)
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
    ranked = found.frame.sort_values(["total", "input"], ascending=[False, True])
    return found._replace(frame=ranked.reset_index(drop=True))


def tornado_of(asking: Asking, inputs: Sequence[Input]) -> pd.DataFrame:
    """Each input at both ends of its 90 %, all else as it stands; widest swing first.

    `at_low`, `at_high`: the number there, mean over worlds; `stands`, where nothing is changed;
    `swing`, high less low, with its 90 % interval over worlds.
    """
    settings: list[dict[str, float]] = [{}]
    settings += [{one.key: one.at(u)} for one in inputs for u in ENDS]
    output = asking.at(settings)
    rows = []
    for place, one in enumerate(inputs):
        low, high = output[1 + 2 * place], output[2 + 2 * place]
        swing, least, most = mean_interval(pd.Series(high - low))
        rows.append(
            {"input": one.name, "low": one.at(ENDS[0]), "high": one.at(ENDS[1]),
             "at_low": float(low.mean()), "at_high": float(high.mean()),
             "stands": float(output[0].mean()), "swing": swing, "swing_low": least,
             "swing_high": most}
        )  # fmt: skip
    frame = pd.DataFrame(rows).merge(_meant(inputs), on="input")
    order = frame["swing"].abs().sort_values(ascending=False, kind="stable").index
    return frame.loc[order].reset_index(drop=True)


def _answer(
    scenario: Scenario,
    asked: Asked,
    found: Indices,
    frames: dict[str, pd.DataFrame],
    folder: Path,
) -> Answer:
    two = tuple(scenario.strategies)[:2]
    about = asked_about(asked.of, two)
    first = found.frame.iloc[0]
    tornado = frames["tornado"].set_index("input")
    turning = [
        name
        for name in found.frame["input"]
        if len(two) > 1 and tornado["at_low"][name] * tornado["at_high"][name] < 0.0
    ]
    meaning = dict(zip(frames["indices"]["input"], frames["indices"]["meaning"], strict=True))
    called = {name: meant.partition(": ")[0] for name, meant in meaning.items()}
    sentence = (
        f"{called[first['input']]} makes {_share(first['total'])} (90 % interval "
        f"{_share(first['total_low'])} to {_share(first['total_high'])}) of what these inputs "
        f"leave open in {about}"
    )
    title = f"{called[first['input']]} makes {_share(first['total'])} of what is open"
    if len(two) > 1:
        turned = f"{_listed([called[name] for name in turning])} turn" + "s" * (len(turning) == 1)
        sentence += (
            f"; from 5 to 95 % of what it may be, all else as it stands, {turned} who is ahead"
            if turning
            else "; none of them alone turns who is ahead"
        )
        title += f"; {turned} who is ahead" if turning else "; no input alone turns the verdict"
    sentence = sentence[:1].upper() + sentence[1:] + "."
    warnings = []
    if asked.worlds == 1:
        warnings.append("one world: what is luck cannot be told from what inputs do")
    elif found.luck > 0.5:
        warnings.append(
            f"luck makes {found.luck:.0%} of what differs between single worlds; more people or "
            "worlds make indices sharper"
        )
    wide = found.frame["total_high"] - found.frame["total_low"]
    if wide.iloc[0] > 0.5 * first["total"]:
        warnings.append("the largest index is not well known: base=256 or more makes it sharper")
    if len(scenario.strategies) > 2:
        warnings.append(f"of the strategies only {' and '.join(two)} are looked at")
    left = 0.0
    if "screening" in frames:
        screening = frames["screening"]
        squares = np.maximum(0.0, screening["mu_star"] ** 2 - screening["noise"].fillna(0.0) ** 2)
        known = screening["input"].isin(found.frame["input"])
        left = float(squares[~known].sum() / squares.sum()) if squares.sum() > 0.0 else 0.0
        if left > 0.2:
            warnings.append(
                f"inputs that were only screened make about {left:.0%} of the squared effects: "
                f"keep={min(100, 2 * asked.keep)} looks at more of them"
            )
    summary = {
        "sentence": sentence, "title": title, "warnings": warnings, "of": asked.of,
        "strategies": list(two),
        "about": about, "worlds": asked.worlds, "luck": found.luck, "variance": found.variance,
        "only_screened": left, "stands": float(frames["tornado"]["stands"].iloc[0]),
    }  # fmt: skip
    pictures = {
        "tornado": lambda: tornado_figure(summary, frames["tornado"]),
        "indices": lambda: indices_figure(summary, frames["indices"], frames.get("screening")),
    }
    return Answer(summary, frames, _printed(frames), pictures, folder)


def _printed(frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    both = frames["indices"].merge(frames["tornado"].drop(columns=["key", "meaning"]), on="input")
    rows: list[dict[str, Any]] = [
        {
            "input": row["key"],
            "alone": _interval(row, "first"),
            "in all": _interval(row, "total"),
            "5 to 95 % of it": f"{row['low']:.3g} to {row['high']:.3g}",
            "makes": f"{row['at_low']:+,.2f} to {row['at_high']:+,.2f}",
        }
        for _, row in both.iterrows()
    ]
    return pd.DataFrame(rows)


def _interval(row: pd.Series[Any], name: str) -> str:
    low, high = max(0.0, row[f"{name}_low"]), min(1.0, row[f"{name}_high"])
    return f"{row[name]:.2f} ({low:.2f}-{high:.2f})"


def _listed(names: Sequence[str]) -> str:
    told = [*names[:2], f"{len(names) - 2} more"] if len(names) > 3 else list(names)
    return " and ".join(filter(None, (", ".join(told[:-1]), *told[-1:])))


def _share(value: float) -> str:
    return f"{100.0 * min(1.0, max(0.0, value)):.0f} %"
