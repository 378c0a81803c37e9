"""Levers of one strategy, tried at settings: what it comes to there, and what moving them costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...scenarios.errors import BadInput
from ...scenarios.levers import Strategy
from ...scenarios.parameter import limits_of, parameters
from ...scenarios.programme import Invest
from ...scenarios.ranging import Range, Space
from ..statistics import mean_interval
from ..sweep.study import Study
from .measure import PER_PERSON
from .objective import METRICS
from .search import BATCH, Setting

PIECES = (
    "points.earn", "offer.discount", "membership.discount", "service.recovery", "service.human",
    "service.surprise", "service.proactive", "marketing.messages", "marketing.acquisition",
    "referrals.reward", *(f"invest.{aspect}" for aspect in Invest.model_fields),
)  # fmt: skip
"""Levers that are paid for by the piece or by what is put in, so that moving them has its price."""

MOST_INVESTED = 0.05
"""Share of revenue spent on an aspect of experience, at most, where a strategy buys nothing yet."""

EDGE = 0.02
"""Share of a range within which a value stands at its edge."""

FREE = 0.05
"""A lever is free where its spending moves by less than this share of what it moves before it."""

TAKEN = ("offer.price", "membership.fee")
"""Levers whose price is what customers pay."""

KEPT = (*METRICS, "programme", "served_realised")
"""Metrics of a unit that are looked at; the last two say what it costs."""

Levels = Mapping[str, NDArray[np.float64]]
"""By metric, the level in each world; counts and sums per person in the market."""


class Lived(NamedTuple):
    """What a setting came to in some worlds, or why it did not."""

    levels: Levels
    error: str = ""
    refused: bool = False

    @property
    def cost(self) -> float:
        """Programme costs per customer and month, discounted, over all worlds, in currency."""
        served = float(self.levels["served_realised"].mean())
        return float(self.levels["programme"].mean()) / served if served > 0.0 else np.nan

    @property
    def churn(self) -> float:
        """Churn a month by the books, mean over worlds."""
        return float(self.levels["churn_rate"].mean())


class Trying(NamedTuple):
    """The levers that have a range, all of one strategy."""

    space: Space
    strategy: str

    @classmethod
    def read(cls, words: Sequence[str], config_dir: str | Path | None, config_name: str) -> Trying:
        """From words with intervals of levers; without any, the `usual` ones of the last strategy.
        Raises BadInput."""
        space = Space(words, config_dir, config_name)
        if not space.ranges:
            last = list(space.first.strategies)[-1]
            levers = [
                f"strategies.{last}.{key}=interval({least!r},{most!r})"
                for key, least, most in usual(space.first.strategies[last])
            ]
            space = Space([*words, *levers], config_dir, config_name)
        keys = [one.key for one in space.ranges]
        for key in keys:
            if not key.startswith("strategies."):
                raise BadInput(
                    f"{key}: got an interval, allowed are levers of a strategy (strategies.NAME.*)"
                )
        names = list(dict.fromkeys(key.split(".")[1] for key in keys))
        if len(names) > 1:
            raise BadInput(
                f"optimise: got levers of {' and '.join(names)}, allowed are those of one strategy"
            )
        return cls(space, names[0])

    @property
    def ranges(self) -> tuple[Range, ...]:
        """The ranges of the levers."""
        return self.space.ranges

    @property
    def preset(self) -> dict[str, float | None]:
        """What the levers stand at; None where one is left to the market."""
        return {one.key: self.space.value(one.key) for one in self.ranges}

    @property
    def centre(self) -> dict[str, float]:
        """The preset, moved into the ranges where it is outside."""
        found = {}
        for one in self.ranges:
            value = self.preset[one.key]
            middle = one.at(0.5) if value is None else min(max(value, one.low), one.high)
            found[one.key] = int(middle) if one.whole else middle
        return found

    def ends(self, key: str) -> list[dict[str, float]]:
        """One lever at the low and at the high end of its range, the others at the centre."""
        (one,) = (one for one in self.ranges if one.key == key)
        ends = (int(one.low), int(one.high)) if one.whole else (one.low, one.high)
        return [self.centre | {key: end} for end in ends]

    def starts(self) -> list[dict[str, float]]:
        """Where a search begins: at the centre, and at both ends of each lever; each once."""
        every = [self.centre, *(end for one in self.ranges for end in self.ends(one.key))]
        return [one for place, one in enumerate(every) if one not in every[:place]]

    def edge(self, key: str, value: float) -> tuple[str, bool]:
        """At which edge of its range a value stands, "" for none, and whether the range could be
        wider there: whether the lever itself could go on."""
        (one,) = (one for one in self.ranges if one.key == key)
        step = 1.0 if one.whole else EDGE * (one.high - one.low)
        slack = 0.0 if one.whole else step
        if value <= one.low + slack:
            side, further = "low", one.low - step
        elif value >= one.high - slack:
            side, further = "high", one.high + step
        else:
            return "", False
        try:
            self.space.at({key: further})
        except BadInput:
            return side, False
        return side, True

    def meanings(self) -> dict[str, str]:
        """What each lever means, by key."""
        levers = self.space.first.strategies[self.strategy]
        prefix = f"strategies.{self.strategy}."
        return {key: str(field.description) for key, field, _ in parameters(levers, prefix)}

    def names(self) -> dict[str, str]:
        """What each lever is called, by key: its last word where all belong to the same part."""
        rest = {one.key: one.key.split(".", 2)[2] for one in self.ranges}
        if len({name.rpartition(".")[0] for name in rest.values()}) > 1:
            return rest
        return {key: name.rpartition(".")[2] for key, name in rest.items()}

    def word(self, key: str, value: float) -> str:
        """The word that sets a lever, for the command line."""
        (one,) = (one for one in self.ranges if one.key == key)
        return one.word(value)

    def live(self, study: Study, settings: Sequence[Setting], worlds: range) -> list[Lived]:
        """What the strategy comes to at each setting, in the same worlds.

        Settings live side by side as strategies of one scenario, and so share what is the same for
        all of them: people, network and calibration of a world.
        """
        found: list[Lived] = []
        for first in range(0, len(settings), BATCH):
            found += self._batch(study, settings[first : first + BATCH], worlds)
        return found

    def _batch(self, study: Study, settings: Sequence[Setting], worlds: range) -> list[Lived]:
        places: dict[str, int] = {}
        chosen, outcomes = {}, list[int | Lived]()
        for setting in settings:
            try:
                levers = self.space.at(setting).strategies[self.strategy]
            except BadInput as problem:
                outcomes.append(Lived({}, str(problem), refused=True))
                continue
            same = levers.model_dump_json()
            if same not in places:
                places[same] = len(places)
                chosen[f"setting_{places[same]}"] = levers
            outcomes.append(places[same])
        if not chosen:
            return [one for one in outcomes if isinstance(one, Lived)]
        scenario = self.space.first.model_copy(update={"strategies": chosen})
        levels = study.live([scenario], worlds)[0]
        people = scenario.population.size
        return [one if isinstance(one, Lived) else _lived(study, levels[:, one], people)
                for one in outcomes]  # fmt: skip


def usual(levers: Strategy) -> list[tuple[str, float, float]]:
    """What a strategy buys by the piece, each from what neutral management does to twice as much as
    now, as far as there is that much; of one that buys nothing, what could be spent on the six
    aspects of experience."""
    neutral = {key: value for key, _, value in parameters(Strategy())}
    used = [
        (key, float(neutral[key] or 0.0), min(2.0 * value, limits_of(field)[1]))
        for key, field, value in parameters(levers)
        if key in PIECES and value and value > (neutral[key] or 0.0)
    ]
    return used or [(f"invest.{aspect}", 0.0, MOST_INVESTED) for aspect in Invest.model_fields]


def _lived(study: Study, levels: NDArray[np.float64], people: int) -> Lived:
    """From metrics of shape (worlds, metrics)."""
    if np.isnan(levels).all(axis=1).any():
        return Lived({}, study.errors[0] if study.errors else "a unit failed")
    whole = {*PER_PERSON, "programme", "served_realised"}
    return Lived({name: levels[:, k] / (people if name in whole else 1)
                  for k, name in enumerate(KEPT)})  # fmt: skip


def is_free(key: str, low: Lived, high: Lived) -> bool:
    """Whether a lever moves value but hardly any spending, between both ends of its range.

    Value is customer equity before programme costs. Spending counts per customer and month, so that
    more customers staying is no spending. Where value does not move beyond luck nothing is said;
    nor of what customers pay.
    """
    if key.split(".", 2)[2] in TAKEN:
        return False
    before = [one.levels["equity"] + one.levels["programme"] for one in (low, high)]
    value, least, most = mean_interval(before[1] - before[0])
    if least <= 0.0 <= most:
        return False
    months = float((low.levels["served_realised"] + high.levels["served_realised"]).mean()) / 2.0
    return abs(high.cost - low.cost) * months < FREE * abs(value)
