"""Who takes part in making a difference: levers in which two strategies differ, or mechanisms."""

from __future__ import annotations

import copy
import functools
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from ...scenarios.errors import BadInput, shown
from ...scenarios.levers import Strategy
from ...scenarios.mechanisms import acting, mechanisms
from ...scenarios.scenario import Scenario, check_saving

Array = NDArray[np.float64]


class Player(NamedTuple):
    """One player: its name, and the levers or mechanisms it stands for."""

    name: str
    parts: tuple[str, ...]


class Sides:
    """The players of a game about two strategies, and how coalitions of them live."""

    together = 1
    """Coalitions that live side by side in one scenario."""

    def __init__(self, scenario: Scenario, players: list[Player]) -> None:
        self.scenario = scenario
        self.players = players

    def merged(self, some: Sequence[int]) -> Self:
        """The same, some of the players put together as one; the last of them."""
        if len(some) < 2:
            return self
        parts = [part for k in some for part in self.players[k].parts]
        merged = copy.copy(self)
        merged.players = [one for k, one in enumerate(self.players) if k not in some]
        merged.players.append(Player(f"{len(some)} others", tuple(parts)))
        return merged

    def parts_of(self, members: int) -> set[str]:
        """The levers or mechanisms that a coalition stands for."""
        here = (one for bit, one in enumerate(self.players) if members >> bit & 1)
        return {part for one in here for part in one.parts}


class Levers(Sides):
    """The levers in which the second strategy differs from the first, as players.

    Whoever is in a coalition has the second one's values, the others the first one's. By `parts`, a
    player is a part of the programme; else a lever, or a part whose levers do not stand alone.
    Raises BadInput where strategies are the same.
    """

    together = 16

    def __init__(self, scenario: Scenario, *, by_parts: bool) -> None:
        super().__init__(scenario, [])
        self._parts = by_parts
        first, second = list(scenario.strategies.values())[:2]
        skipped = {"about"}
        self._old = dict(_leaves(first.model_dump(exclude=skipped)))
        self._new = dict(_leaves(second.model_dump(exclude=skipped)))
        keys = [key for key in self._old if self._old[key] != self._new[key]]
        parts: dict[str, list[str]] = {}
        for key in keys:
            parts.setdefault(key.partition(".")[0], []).append(key)
        if not keys:
            raise BadInput(f"strategy: {' and '.join(scenario.strategies)} have the same levers")
        neutral = dict(_leaves(Strategy().model_dump(exclude=skipped)))
        for part, levers in parts.items():
            if by_parts or not self._alone(levers):
                dropped = all(self._new[key] == neutral[key] for key in levers)
                name = f"{part}, given up" if dropped else part
                self.players.append(Player(name, tuple(levers)))
            else:
                self.players += [Player(key, (key,)) for key in levers]

    def scenarios(self, coalitions: Sequence[int]) -> Iterator[tuple[list[int], Scenario]]:
        """Coalitions and the scenario in which each is a strategy, at most `together`."""
        for start in range(0, len(coalitions), self.together):
            some = list(coalitions[start : start + self.together])
            strategies = {f"coalition_{members}": self.strategy(members) for members in some}
            yield some, self.scenario.model_copy(update={"strategies": strategies})

    def values(self, coalitions: Sequence[int], found: Array) -> dict[int, Array]:
        """By coalition, of what a scenario of theirs came to, (worlds, strategies, quantities)."""
        return {members: found[:, place] for place, members in enumerate(coalitions)}

    def about(self, player: Player) -> str:
        """What a lever was and became, `0.5 to 0.8`; of several, which."""
        if len(player.parts) > 1:
            return ", ".join(player.parts)
        key = player.parts[0]
        return " to ".join(
            "as usual" if of[key] is None else shown(of[key]) for of in (self._old, self._new)
        )

    def strategy(self, members: int) -> Strategy:
        """The strategy of a coalition. Raises BadInput for one that cannot be."""
        new = self.parts_of(members)
        try:
            return self._mixed(new)
        except (ValidationError, BadInput) as error:
            problem = str(error)
            if isinstance(error, ValidationError):
                problem = error.errors()[0]["msg"]
            names = ", ".join(sorted(new)) or "none"
            allowed = "are strategies whose parts come apart" if self._parts else "is by=parts"
            raise BadInput(f"by: what goes together ({names}: {problem}) would be apart; allowed "
                           f"{allowed}") from None  # fmt: skip

    def _mixed(self, new: set[str]) -> Strategy:
        tree: dict[str, Any] = {}
        for key in self._old:
            *path, leaf = key.split(".")
            node = functools.reduce(lambda at, name: at.setdefault(name, {}), path, tree)
            node[leaf] = (self._new if key in new else self._old)[key]
        found = Strategy.model_validate(tree)
        check_saving(found, self.scenario.market, "")
        return found

    def _alone(self, levers: Sequence[str]) -> bool:
        """Whether each of a part's levers can be as in either strategy by itself."""
        everything = set(levers)
        for key in levers:
            for some in ({key}, everything - {key}):
                try:
                    self._mixed(some)
                except (ValidationError, BadInput):
                    return False
        return True


class Mechanisms(Sides):
    """Mechanisms as players: those of a room of the rules, or each by itself.

    Whoever is in a coalition acts, if what it needs does. The value is what the second strategy is
    ahead of the first.
    """

    def __init__(self, scenario: Scenario, *, by_rooms: bool) -> None:
        on = [one for one in mechanisms() if getattr(scenario.mechanisms, one.name)]
        if not on:
            raise BadInput("mechanisms: all are off, allowed is at least one that is on")
        rooms: dict[str, list[str]] = {}
        for one in on:
            rooms.setdefault(one.room if by_rooms else one.name, []).append(one.name)
        players = [Player(name, tuple(parts)) for name, parts in rooms.items()]
        super().__init__(scenario, players)

    def scenarios(self, coalitions: Sequence[int]) -> Iterator[tuple[list[int], Scenario]]:
        """Coalitions and the scenario in which its mechanisms act, one by one."""
        two = dict(list(self.scenario.strategies.items())[:2])
        for members in coalitions:
            changed = {"mechanisms": acting(self.parts_of(members)), "strategies": two}
            yield [members], self.scenario.model_copy(update=changed)

    def about(self, player: Player) -> str:
        """The mechanisms it stands for."""
        return ", ".join(player.parts)

    def values(self, coalitions: Sequence[int], found: Array) -> dict[int, Array]:
        """By coalition: how far the second strategy is ahead of the first."""
        return {coalitions[0]: found[:, 1] - found[:, 0]}


def _leaves(tree: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """All settings of a strategy by dotted key; lists and schedules whole."""
    for name, value in tree.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
