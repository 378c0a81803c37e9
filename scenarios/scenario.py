"""A scenario: one market, one population, the strategies tried in it, and how long and how often.

A scenario is data. What is science in it (and only that) makes its identity; where results go, how
fast they come and how many worlds are run does not.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from .coefficients import Coefficients
from .costs import Costs
from .errors import BadInput
from .levers import Strategy
from .market import DATA, Market, Network, Population
from .mechanisms import Mechanisms
from .parameter import Frozen, Monthly, Months
from .rivals import NAME, check
from .shocks import Shock

COMPUTING = frozenset({"out", "engine", "threads", "checks", "log", "map", "worlds", "precision"})
"""Settings that change nothing of what one unit (a strategy in a world) computes."""


class Precision(Frozen):
    """How well the verdict is to be known before worlds are enough: half-widths of 90 % intervals.

    Looked at after 20, 40, 80 ... worlds, up to `worlds`. What is known of the difference itself
    never stops a comparison: that would favour whoever is ahead by chance.
    """

    p: float | None = Field(None, gt=0.0, le=0.5, description="of P, e.g. 0.05")
    regret: float | None = Field(
        None, gt=0.0, le=1e9, description="of the winner's regret, currency per person"
    )


def check_saving(strategy: Strategy, market: Market, place: str) -> None:
    """Raise BadInput for offers to those about to leave where nobody announces it."""
    if market.setting == "contractual":
        return
    for key, share in strategy.saving():
        if share > 0.0:
            raise BadInput(
                f"{place}{key}: got {share:g}, allowed is 0 in a market without contracts, where "
                "leaving is not announced; aim coupons at the silent instead "
                "(marketing.target.by=recency, marketing.target.order=low)"
            )


class Scenario(Frozen):
    """Everything that a run means. Compose one with `engagesim.scenario(*overrides)`."""

    market: Market = Market()
    population: Population = Population()
    network: Network = Network()
    mechanisms: Mechanisms = Mechanisms()
    coefficients: Coefficients = Coefficients()
    costs: Costs = Costs()
    strategies: Annotated[dict[str, Strategy], Field(min_length=1, max_length=20)] = Field(
        description="the programmes tried, by name, in parallel worlds"
    )
    baseline: Strategy = Field(
        Strategy(), description="how the company is run until month 0: a preset or a file"
    )
    shocks: tuple[Shock, ...] = Field((), max_length=100, description="what strikes, and when")
    horizon: Months = Field(60, ge=1, le=1200, description="months simulated")
    discount_rate: Monthly = Field(
        0.01, ge=0.0, lt=1.0, description="discount rate per month (G5: 10-15 % a year)"
    )
    seed: int = Field(1, ge=0, lt=2**32, description="seed of all luck")
    worlds: int = Field(
        80, ge=1, le=100_000, description="worlds in a comparison; at most, where precision is set"
    )
    precision: Precision = Precision()
    uncertainty: Literal["all", "luck", "none"] = Field(
        "all",
        description="all: coefficients, costs and luck differ by world; luck: luck alone; none",
    )
    engine: Literal["compiled", "mesa"] = Field("compiled", description="who runs the rules")
    threads: int = Field(0, ge=0, le=1024, description="threads, 0 = one per core")
    checks: bool = Field(False, description="verify all identities of the books each month")
    log: bool = Field(False, description="keep the transaction log of a run")
    map: bool = Field(False, description="keep the engagement map of a run")
    out: str = Field("results", min_length=1, description="folder for results")

    @field_validator("strategies")
    @classmethod
    def _names(cls, strategies: dict[str, Strategy]) -> dict[str, Strategy]:
        for name in strategies:
            if not NAME.fullmatch(name):
                raise ValueError(
                    f"got the name {name!r}, allowed are letters, digits and _, at most 40, a "
                    "letter first"
                )
        return strategies

    @model_validator(mode="after")
    def _one_world_without_doubt(self) -> Scenario:
        if self.uncertainty == "none" and self.worlds > 1:
            object.__setattr__(self, "worlds", 1)
        return self

    @model_validator(mode="after")
    def _consistent(self) -> Scenario:
        file = self.network.file
        if self.network.kind == "file" and not file:
            raise ValueError("network.file: got nothing, allowed is an edge list, edges.csv")
        if self.network.kind != "file" and file:
            raise ValueError(f"network.file: got {file!r}, allowed only with network=file")
        for number, shock in enumerate(self.shocks):
            if shock.month >= self.horizon:
                raise ValueError(
                    f"shocks[{number}].month: got {shock.month}, allowed are 0 to "
                    f"{self.horizon - 1} (horizon)"
                )
        check(self.market.rivals, self.population.customer_share, self.horizon)
        check_saving(self.baseline, self.market, "baseline.")
        for name, strategy in self.strategies.items():
            check_saving(strategy, self.market, f"strategies.{name}.")
        for number, rival in enumerate(self.market.rivals):
            check_saving(rival.strategy, self.market, f"market.rivals[{number}].strategy.")
        if self.baseline.changes:
            raise ValueError("baseline: got changes, allowed are levers that stay as they are")
        people, setting = self.population, self.market.setting
        if people.transactions and setting == "contractual":
            raise ValueError(
                "population.transactions: allowed only in a market without contracts, "
                "market.setting=noncontractual; a contract's customers are in "
                "population.subscriptions or population.survival"
            )
        if (people.survival or people.subscriptions) and setting == "noncontractual":
            name = "survival" if people.survival else "subscriptions"
            raise ValueError(
                f"population.{name}: allowed only in a market with contracts, "
                "market.setting=contractual; buyers without one are in population.transactions"
            )
        return self

    def science(self, strategy: str | None = None) -> dict[str, Any]:
        """What defines the numbers: all settings but those of computing, reasons left out.

        With `strategy`, only that one of the strategies.
        """
        tree = self.model_dump(mode="json", exclude=set(COMPUTING))
        for name in list(tree["strategies"]):
            if strategy is not None and name != strategy:
                del tree["strategies"][name]
            else:
                del tree["strategies"][name]["about"]
        del tree["baseline"]["about"]
        for rival in tree["market"]["rivals"]:
            del rival["strategy"]["about"]
        return tree

    def identity(self, strategy: str | None = None, world: int | None = None) -> str:
        """Hash of what is science in this scenario, for one strategy and world if named.

        A unit's identity does not depend on its strategy's name, nor on the other strategies.
        """
        return self.identities(strategy, [world])[0]

    def identities(self, strategy: str | None, worlds: Iterable[int | None]) -> list[str]:
        """The identity in each of these worlds: `identity`, of many at once."""
        tree = self.science(strategy)
        if strategy is not None:
            tree["strategies"] = list(tree["strategies"].values())
        for group, key in (("network", "file"), *(("population", name) for name in DATA)):
            if tree[group][key]:
                with open(tree[group][key], "rb") as file:
                    tree[group][key] = hashlib.file_digest(file, "sha256").hexdigest()
        text = json.dumps(tree, sort_keys=True, separators=(",", ":"), allow_nan=False)
        same = hashlib.sha256(f"[{text},".encode())
        found = []
        for world in worlds:
            digest = same.copy()
            digest.update(f"{json.dumps(world)}]".encode())
            found.append(digest.hexdigest()[:16])
        return found
