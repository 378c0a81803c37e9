"""`engagesim map`: where each strategy wins over any two settings, and how sure that is.

A grid of settings is lived first, all in the same worlds; then cells through which the border
passes are halved, again and again, so that runs go to where the answer changes. Between points
equity is taken to be linear in each world (`mesh.py`, `map_border.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from ...scenarios.errors import BadInput
from ...scenarios.ranging import Space
from ..statistics import mean_interval, regret_interval, wilson
from ..sweep.crew import Told
from ..sweep.request import Request
from ..sweep.study import Study, studying
from .answer import Answer
from .map_border import Turn, Verdicts, turns
from .map_picture import map_figure, unit_in
from .map_words import printed_of, sentence_of, title_of, warnings_of
from .measure import levels
from .mesh import Floats, Mesh, Tiling


class Asked(Request):
    """Words of `map`'s own."""

    out: str = Field("map", min_length=1, description="folder for results")
    worlds: int = Field(20, ge=2, le=10_000, description="worlds at each point")
    grid: int = Field(5, ge=2, le=65, description="points along each side at first")
    refine: int = Field(2, ge=0, le=6, description="how often a cell is halved at most")


def map(
    *words: str,
    config_dir: str | Path | None = None,
    config_name: str = "config",
    told: Told | None = None,
) -> Answer:
    """Where each strategy wins over two settings.

    `words`: those of a scenario, two of which have an interval for a value
    (`costs.programme=interval(0.2,3)`), and `worlds`, `grid`, `refine`, `out`, `cluster.*`. Results
    are kept in `out`; the same words again go on there, and so do more worlds, or a finer map.

    Frames: `points`, one row per point: both settings, `level` (how often its cell was halved),
    `winner` (greatest mean equity per person), `lead` over the `runner_up` with its 90 % interval
    `low` to `high`, `settled` (that of every lead holds no 0), `worlds`. `strategies`, one row per
    point and strategy: mean `equity`, `p` (share of worlds in which it is the best, ties split)
    with its interval, `regret` (mean shortfall against the best of each world) with its interval,
    currency per person. `border`: where the winner changes along the lines through the points;
    from `low` to `high` the lead's interval holds 0; empty where that does not end on the map.

    Raises BadInput.
    """
    asked, rest = Asked.read(words)
    space = Space(rest, config_dir, config_name)
    _check(space)
    mesh = Mesh((space.ranges[0], space.ranges[1]), asked.grid, asked.refine)
    settings = " ".join(f"{one.key}=interval({one.low:g},{one.high:g})" for one in space.ranges)
    about = {"settings": settings}
    with studying("map", space.first, about, ["equity"], asked.out, asked.where, told,
                  people=space.people) as study:  # fmt: skip
        equity = charted(study, space, mesh, asked.worlds)
        answer = answer_of(space, mesh, Verdicts.of(equity), study.folder)
        answer.save(study)
    return answer


def _check(space: Space) -> None:
    keys = [one.key for one in space.ranges]
    if len(keys) != 2 or len(set(keys)) != 2:
        got = " and ".join(keys) or "no interval"
        raise BadInput(
            f"map: got {got}, allowed are two different settings with an interval, as in "
            "costs.programme=interval(0.2,3) market.gross_margin=interval(0.1,0.6)"
        )
    if len(space.first.strategies) < 2:
        raise BadInput(
            f"strategy: got {len(space.first.strategies)} ({', '.join(space.first.strategies)}), "
            "allowed are two or more"
        )
    if space.first.uncertainty == "none":
        raise BadInput("uncertainty: got none, allowed are all and luck: how surely somebody wins "
                       "is told from worlds that differ")  # fmt: skip


def _behind(verdicts: Verdicts) -> NDArray[np.bool_]:
    """At which places another strategy is the best in more worlds than the winner is."""
    own = np.take_along_axis(verdicts.shares, verdicts.winners[:, None], axis=1)[:, 0]
    return np.asarray(own < verdicts.shares.max(axis=1))


def charted(study: Study, space: Space, mesh: Mesh, worlds: int) -> Floats:
    """Live the mesh, and refine it until the border passes through its finest cells only.

    Returns equity per person, shape (points, worlds, strategies).
    """
    keys = [one.key for one in space.ranges]
    rows = sum(3 * 2**level for level in range(1, mesh.finest + 1))
    study.expected = len(mesh.points) + rows * round(len(mesh.cells) ** 0.5)
    found: list[Floats] = []
    new = len(mesh.points)
    while new:
        asked = mesh.points[-new:]
        scenarios = [space.at(dict(zip(keys, point, strict=True))) for point in asked]
        lived = study.whole(scenarios, range(worlds))[..., 0]
        found.append(levels(lived, "equity", scenarios))
        means = np.concatenate(found).mean(axis=1)
        new = mesh.refine(means.argmax(axis=1).tolist())
    return np.concatenate(found)


def answer_of(space: Space, mesh: Mesh, verdicts: Verdicts, folder: Path) -> Answer:
    """Tables, summary, sentence and picture of a map that has been lived."""
    names = tuple(space.first.strategies)
    keys = [one.key for one in space.ranges]
    tiling = Tiling.of(mesh)
    everywhere = Verdicts.of(tiling.at_corners(verdicts.equity))
    frames = {
        "points": points_frame(mesh, names, verdicts),
        "strategies": strategies_frame(mesh, names, verdicts),
        "border": border_frame(mesh, names, everywhere.equity, tiling),
    }
    wins = tiling.shares(everywhere.means).tolist()
    surely = tiling.positive(everywhere.sure).tolist()
    regrets = tiling.mean(everywhere.regrets).tolist()
    count = int(verdicts.equity.shape[1])
    summary: dict[str, Any] = {
        "strategies": names,
        "settings": {
            one.key: {"low": one.low, "high": one.high, "scenario": space.value(one.key),
                      "unit": unit_in(space.first, one.key)}
            for one in space.ranges
        },
        "points": len(mesh.points), "full_grid": mesh.full, "worlds": count,
        "settled_points": int(frames["points"]["settled"].sum()),
        "shares": {
            name: {"wins": wins[k], "settled": surely[k], "regret": regrets[k]}
            for k, name in enumerate(names)
        },
        "unsettled": max(0.0, 1.0 - sum(surely)),
        "place": place_of(space, names, everywhere.equity, tiling),
        "equal_points": int((frames["points"]["lead"] == 0.0).sum()),
        "behind_in_most": int(_behind(verdicts).sum()),
    }  # fmt: skip
    summary = {
        "sentence": sentence_of(summary), "warnings": warnings_of(summary, keys), **summary,
    }  # fmt: skip
    points = np.array(mesh.points)
    draw = partial(map_figure, title_of(summary), summary, tiling, everywhere.equity, points)
    return Answer(summary, frames, printed_of(summary), {"map": draw}, folder)


def points_frame(mesh: Mesh, names: Sequence[str], verdicts: Verdicts) -> pd.DataFrame:
    """One row per point: who wins, and by how much."""
    rows = []
    for place, (point, level) in enumerate(zip(mesh.points, mesh.levels, strict=True)):
        one, other = np.argsort(-verdicts.means[place], kind="stable")[:2]
        lead, low, high = mean_interval(
            verdicts.equity[place, :, one] - verdicts.equity[place, :, other]
        )
        rows.append(
            {"point": place, **_at(mesh, point), "level": level, "winner": names[one],
             "runner_up": names[other], "lead": lead, "low": low, "high": high,
             "settled": bool(verdicts.sure[place, one] > 0.0),
             "worlds": verdicts.equity.shape[1]}
        )  # fmt: skip
    return pd.DataFrame(rows)


def strategies_frame(mesh: Mesh, names: Sequence[str], verdicts: Verdicts) -> pd.DataFrame:
    """One row per point and strategy: equity, P that it is the best, regret of choosing it."""
    count = verdicts.equity.shape[1]
    rows = []
    for (place, point), (k, name) in product(enumerate(mesh.points), enumerate(names)):
        here = verdicts.equity[place]
        share = float(verdicts.shares[place, k])
        p_low, p_high = wilson(share * count, count)
        gaps = here[:, k] - np.delete(here, k, axis=1).max(axis=1)
        regret, low, high = regret_interval(gaps)
        rows.append(
            {"point": place, **_at(mesh, point), "strategy": name,
             "equity": verdicts.means[place, k], "p": share, "p_low": p_low, "p_high": p_high,
             "regret": regret, "regret_low": low, "regret_high": high}
        )  # fmt: skip
    return pd.DataFrame(rows)


def border_frame(mesh: Mesh, names: Sequence[str], equity: Floats, tiling: Tiling) -> pd.DataFrame:
    """Where the winner changes, along each line of the mesh: along x first, then along y."""
    rows = []
    for side in (0, 1):
        for value in sorted({point[1 - side] for point in mesh.points}):
            for turn in turns(tiling, equity, side, value):
                point = (turn.at, value) if side == 0 else (value, turn.at)
                rows.append(
                    {"along": mesh.sides[side].key, **_at(mesh, point),
                     "before": names[turn.before], "after": names[turn.after],
                     "low": turn.low, "high": turn.high}
                )  # fmt: skip
    columns = ["along", *(side.key for side in mesh.sides), "before", "after", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def place_of(
    space: Space, names: Sequence[str], equity: Floats, tiling: Tiling
) -> dict[str, Any] | None:
    """Where the scenario itself stands on the map, and what would turn its verdict along either
    side; None where it stands beside the map."""
    own = [space.value(one.key) for one in space.ranges]
    inside = [
        value is not None and one.low <= value <= one.high
        for one, value in zip(space.ranges, own, strict=True)
    ]
    if not all(inside):
        return None
    here = [float(value) for value in own if value is not None]
    verdicts = Verdicts.of(tiling.at(np.array([here]), equity))
    means, shares = verdicts.means[0], verdicts.shares[0]
    first, second = np.argsort(-means, kind="stable")[:2]
    return {
        "settings": dict(zip((one.key for one in space.ranges), here, strict=True)),
        "winner": names[first], "runner_up": names[second],
        "lead": float(means[first] - means[second]), "p": float(shares[first]),
        "lines": {
            one.key: _line(turns(tiling, equity, side, here[1 - side]), here[side], names)
            for side, one in enumerate(space.ranges)
        },
    }  # fmt: skip


def _line(found: Sequence[Turn], own: float, names: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {"at": turn.at, "low": turn.low, "high": turn.high, "away": turn.at - own,
         "before": names[turn.before], "after": names[turn.after]}
        for turn in found
    ]  # fmt: skip


def _at(mesh: Mesh, point: Sequence[float]) -> dict[str, float]:
    return {
        side.key: int(value) if side.whole and value == int(value) else value
        for side, value in zip(mesh.sides, point, strict=True)
    }
