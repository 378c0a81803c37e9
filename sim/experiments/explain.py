"""What makes the difference between two strategies: levers or mechanisms, and for whom.

Each coalition of players lives through the same worlds. What a player does alone, what is lost
without it, and its Shapley value, the mean over all orders in which players could be added, tell
three things apart; the Shapley values alone add up to the difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from ...scenarios.compose import scenario as compose
from ...scenarios.errors import BadInput
from ...scenarios.scenario import Scenario
from ..drawing import shown
from ..statistics import NORMAL, mean_interval
from ..sweep.crew import Told
from ..sweep.request import Request
from ..sweep.study import Study, studying
from .answer import Answer
from .explain_picture import called, segments_figure, waterfall_figure
from .measure import PER_PERSON, WORDS, Metric, amount
from .players import Levers, Mechanisms, Player
from .shapley import along, coalitions_of, exact, orders_of

Array = NDArray[np.float64]

FEW = 7
"""Players up to which all coalitions are lived."""

SEGMENTS = {
    "all": ("all",), "spend": ("low", "middle", "high"),
    "share of wallet": ("low", "middle", "high"), "involvement": ("low", "middle", "high"),
    "fit": ("low", "middle", "high"),
    "tenure": ("below 1 year", "1 to 3 years", "above 3 years"),
}  # fmt: skip


class Asked(Request):
    """Words of `engagesim explain`."""

    out: str = Field("explain", min_length=1, description="folder for results")
    by: Literal["parts", "levers", "mechanisms", "switches"] = Field(
        "parts",
        description="players: parts of the programme or single levers; mechanisms by the room of "
        "their rules, or each switch",
    )
    of: Metric = Field("equity", description="what is to be explained")
    worlds: int = Field(20, ge=1, le=10_000, description="worlds that each coalition lives in")
    pairs: int = Field(
        8, ge=2, le=10_000, description="pairs of orders, where players are too many for all"
    )


class Game(NamedTuple):
    """What coalitions come to, as far as they have been lived.

    `value`: by coalition, shape (worlds, quantities): the metric, then worth and staying by
    segment. `found`: Shapley values (players, worlds, quantities). `sampling`: their standard error
    from orders, shape (players, quantities), 0 where all orders count.
    """

    value: Mapping[int, Array]
    found: Array
    sampling: Array


def explain(
    *words: str,
    config_dir: str | Path | None = None,
    config_name: str = "config",
    told: Told | None = None,
) -> Answer:
    """Which levers or mechanisms make the difference of the second strategy to the first.

    Words as on the command line: those of the scenario, and `by`, `of`, `worlds`, `pairs`, `out`,
    `cluster.*`. Frames: `players`, `segments`. Call it under `if __name__ == "__main__":`, as
    workers are processes. Raises BadInput.
    """
    asked, rest = Asked.read(words)
    scenario = compose(*rest, config_dir=config_dir, config_name=config_name)
    if len(scenario.strategies) < 2:
        raise BadInput(
            f"strategy: got {', '.join(scenario.strategies)} alone, allowed are two: what makes "
            "the second different from the first"
        )
    if scenario.uncertainty == "none" and asked.worlds > 1:
        raise BadInput(f"worlds: got {asked.worlds}, allowed is 1 with uncertainty=none, where all "
                       "worlds are the same")  # fmt: skip
    levers = asked.by in ("parts", "levers")
    sides: Levers | Mechanisms = (
        Levers(scenario, by_parts=asked.by == "parts")
        if levers
        else Mechanisms(scenario, by_rooms=asked.by == "mechanisms")
    )
    groups = [(s, g) for s, names in SEGMENTS.items() for g in names]
    metrics = [asked.of, *(f"{kind}/{s}/{g}" for kind in ("worth", "stays") for s, g in groups)]
    record = asked.model_dump(mode="json", exclude={"out", "cluster", "worlds"})
    with studying(
        "explain", scenario, record, metrics, asked.out, asked.where, told, by_segment=True
    ) as study:
        game, sides = play(study, sides, range(asked.worlds), asked.pairs, scenario.seed)
        frames = {
            "players": players_frame(game, sides, asked.of, scenario),
            "segments": segments_frame(game, sides.players, groups, levers=levers),
        }
        answer = _answer(scenario, asked, game, frames, study.folder, levers)
        answer.save(study)
    return answer


def play(
    study: Study, sides: Levers | Mechanisms, worlds: range, pairs: int, seed: int
) -> tuple[Game, Levers | Mechanisms]:
    """Live the coalitions that are needed, and share out the difference; returns the players too.

    Of many players, those that do nothing at either end, alone and as the last to join, are put
    together as one.
    """
    count = len(sides.players)
    if count > FEW:
        study.expected = (2 * count + round(1.4 * pairs * count)) // sides.together
        sides = sides.merged(_idle(lived(study, sides, _ends(count), worlds), count))
        count = len(sides.players)
    if count <= FEW:
        value = lived(study, sides, range(1 << count), worlds)
        found = exact(count, value)
        return Game(value, found, np.zeros((count, found.shape[-1]))), sides
    orders = orders_of(count, pairs, seed)
    value = lived(study, sides, [*_ends(count), *coalitions_of(orders)], worlds)
    steps = along(orders, value)
    of_pairs = (steps[0::2] + steps[1::2]).mean(axis=2) / 2.0
    sampling = of_pairs.std(axis=0, ddof=1) / np.sqrt(pairs)
    return Game(value, steps.mean(axis=0), sampling), sides


def lived(
    study: Study, sides: Levers | Mechanisms, coalitions: Iterable[int], worlds: range
) -> dict[int, Array]:
    """The values of coalitions, each of shape (worlds, quantities)."""
    value: dict[int, Array] = {}
    chunks = list(sides.scenarios(sorted(set(coalitions))))
    for size in sorted({len(one.strategies) for _, one in chunks}):  # the last may hold fewer
        same = [(some, one) for some, one in chunks if len(one.strategies) == size]
        found = study.whole([one for _, one in same], worlds)
        for (some, _), here in zip(same, found, strict=True):
            value |= sides.values(some, here)
    return value


def _ends(count: int) -> list[int]:
    """Nobody, each alone, all but each, everybody."""
    everybody = (1 << count) - 1
    each = [1 << k for k in range(count)]
    return [0, *each, *(everybody ^ bit for bit in each), everybody]


def _idle(value: Mapping[int, Array], count: int) -> list[int]:
    """Who does nothing, to the bit, alone and as the last to join."""
    everybody = (1 << count) - 1
    return [
        k
        for k in range(count)
        if np.array_equal(value[1 << k], value[0], equal_nan=True)
        and np.array_equal(value[everybody ^ (1 << k)], value[everybody], equal_nan=True)
    ]


def players_frame(
    game: Game, sides: Levers | Mechanisms, metric: str, scenario: Scenario
) -> pd.DataFrame:
    """By player, the largest first: `shapley` with its 90 % interval (of worlds and orders), what
    it does `alone`, what is lost `without` it, what it stands for."""
    per = float(scenario.population.size) if metric in PER_PERSON else 1.0
    count = len(sides.players)
    everybody = (1 << count) - 1
    rows = []
    for k, player in enumerate(sides.players):
        mean, low, high = mean_interval(pd.Series(game.found[k, :, 0] / per))
        half = np.hypot((high - low) / 2.0, NORMAL * game.sampling[k, 0] / per)
        alone = game.value[1 << k] - game.value[0]
        without = game.value[everybody] - game.value[everybody ^ (1 << k)]
        rows.append(
            {"player": player.name, "shapley": mean, "low": mean - half, "high": mean + half,
             "alone": float(alone[:, 0].mean()) / per,
             "without": float(without[:, 0].mean()) / per,
             "about": sides.about(player)}
        )  # fmt: skip
    frame = pd.DataFrame(rows)
    order = frame["shapley"].abs().sort_values(ascending=False, kind="stable").index
    return frame.loc[order].reset_index(drop=True)


def segments_frame(
    game: Game, players: Sequence[Player], groups: Sequence[tuple[str, str]], *, levers: bool
) -> pd.DataFrame:
    """By player and segment of the customers of the start, and for all players together
    (`difference`, of mechanisms with that in which none acts): `worth`, currency per customer, and
    `stays`, the share who stay more than leave for it; each with its 90 % interval over worlds and
    orders."""
    everybody = (1 << len(players)) - 1
    whole = game.value[everybody] - (game.value[0] if levers else 0.0)
    named = [("difference", whole, np.zeros(whole.shape[-1]))]
    named += [(p.name, game.found[k], game.sampling[k]) for k, p in enumerate(players)]
    rows = []
    for name, found, error in named:
        for place, (segment, group) in enumerate(groups):
            row: dict[str, Any] = {"player": name, "segment": segment, "group": group}
            for kind, column in (("worth", 1 + place), ("stays", 1 + len(groups) + place)):
                mean, low, high = mean_interval(pd.Series(found[:, column]))
                half = float(np.hypot((high - low) / 2.0, NORMAL * error[column]))
                row |= {kind: mean, f"{kind}_low": mean - half, f"{kind}_high": mean + half}
            rows.append(row)
    frame = pd.DataFrame(rows)
    # A group can be empty where some mechanism does not act: of it nothing adds up.
    known = frame["worth"].notna().groupby([frame["segment"], frame["group"]]).transform("all")
    return frame[known].reset_index(drop=True)


def _answer(
    scenario: Scenario,
    asked: Asked,
    game: Game,
    frames: dict[str, pd.DataFrame],
    folder: Path,
    levers: bool,
) -> Answer:
    one, other = list(scenario.strategies)[1], next(iter(scenario.strategies))
    players = frames["players"]
    per = float(scenario.population.size) if asked.of in PER_PERSON else 1.0
    everybody = max(game.value)
    start = 0.0 if levers else float(game.value[0][:, 0].mean()) / per
    base = game.value[0][:, 0] if levers else 0.0
    end, low, high = mean_interval(pd.Series((game.value[everybody][:, 0] - base) / per))
    first = players.iloc[0]
    sentence = (
        f"{shown(one)} less {shown(other)} is {amount(end)}{_between(low, high)} in "
        f"{WORDS[asked.of]}: {called(first['player'])} makes {amount(first['shapley'])}"
        f"{_between(first['low'], first['high'])}"
    )
    against = players[players["shapley"] * first["shapley"] < 0.0]
    sentence += (
        f", {called(against.iloc[0]['player'])} {amount(against.iloc[0]['shapley'])} against it."
        if len(against)
        else "; nothing acts against it."
    )
    sentence += _who(frames["segments"], shown(one))
    warnings = []
    unsure = players[(players["low"] < 0.0) & (players["high"] > 0.0)]
    if len(unsure) == len(players):
        warnings.append("no player is told from nothing: more worlds or people make it sharper")
    if asked.worlds == 1:
        warnings.append("one world: luck is not told apart, and there are no intervals")
    if len(scenario.strategies) > 2:
        warnings.append(f"of the strategies only {other} and {one} are looked at")
    summary = {
        "sentence": sentence, "warnings": warnings, "strategies": [other, one], "of": asked.of,
        "by": asked.by, "worlds": asked.worlds, "start": start, "end": end, "end_low": low,
        "end_high": high,
        "exact": not game.sampling.any(), "coalitions": len(game.value),
    }  # fmt: skip
    pictures = {
        "explain": lambda: waterfall_figure(summary, players),
        "segments": lambda: segments_figure(summary, players, frames["segments"]),
    }
    if not len(frames["segments"]):  # nobody is a customer at the start
        del pictures["segments"]
    return Answer(summary, frames, _printed(players), pictures, folder)


def _who(segments: pd.DataFrame, one: str) -> str:
    """Who is harmed, seen from all players together: of whom more leave than stay for it."""
    whole = segments[(segments["player"] == "difference") & (segments["segment"] != "all")]
    harmed = whole[whole["stays_high"] < 0.0]
    gaining = whole[whole["stays_low"] > 0.0]
    if not len(whole):
        return ""
    if len(harmed) == len(whole):
        return f" Every group of customers leaves more under {one}."
    if len(gaining) == len(whole):
        return f" Every group of customers stays longer under {one}."
    named = " and ".join(
        f"{row['segment']}, {row['group']}"
        for _, row in harmed.sort_values("stays").head(2).iterrows()
    )
    return f" Harmed, as more of them leave under {one}: {named}." if named else ""


def _between(low: float, high: float) -> str:
    """` (-21.30 to -12.10)`; nothing of one world."""
    return f" ({amount(low)} to {amount(high)})" if np.isfinite(low) else ""


def _printed(players: pd.DataFrame) -> pd.DataFrame:
    rows = [
        {
            "": row["player"],
            "adds (90 % interval)": amount(row["shapley"]) + _between(row["low"], row["high"]),
            "alone": amount(row["alone"]),
            "lost without": amount(row["without"]),
        }
        for _, row in players.iterrows()
    ]  # fmt: skip
    return pd.DataFrame(rows)
