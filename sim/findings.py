"""What strategies in the same worlds came to: all runs, their differences, the decision."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..scenarios.scenario import Scenario
from .course import Run
from .decision import Worlds, decide, lead, measures_of
from .doubt import FIRST_LOOK, draw, uncertain
from .individuals import blocks_of, effects_of, segments
from .kernel import Records
from .returns import returns_of
from .sentence import sentence
from .statistics import mean_interval, regret_interval, share_better, wilson

CURVES = ("churn_rate", "churn_rate_true", "customers", "customers_true", "satisfaction", "trust",
          "engagement", "advocates", "wom_positive", "wom_negative", "profit", "equity",
          "clv")  # fmt: skip


class Outcome(NamedTuple):
    """What the strategies came to in one world: frames as in `Findings`.

    `blocks`, shape (strategies, blocks): value by block of neighbouring people.
    """

    world: int
    curves: pd.DataFrame
    retention: pd.DataFrame
    summary: pd.DataFrame
    costs: pd.DataFrame
    effects: pd.DataFrame
    blocks: NDArray[np.float64]


def outcome_of(scenario: Scenario, people: Records, runs: Sequence[Run]) -> Outcome:
    """Put the runs of one world side by side; `people` are everybody at its start."""
    return Outcome(
        world=runs[0].world,
        curves=pd.concat([run.curves for run in runs], ignore_index=True),
        retention=pd.concat([run.retention for run in runs], ignore_index=True),
        summary=pd.DataFrame([_named(run) | run.summary for run in runs]),
        costs=pd.DataFrame(
            [
                _named(run) | {"input": name, "amount": amount}
                for run in runs
                for name, amount in run.costs.items()
            ]
        ),
        effects=effects_of(segments(scenario, people), runs),
        blocks=np.array([blocks_of(run.worth) for run in runs]),
    )


def _named(run: Run) -> dict[str, Any]:
    return {"strategy": run.strategy, "world": run.world}


@dataclass(frozen=True)
class Findings:
    """What strategies in the same worlds came to. Frames are tidy; intervals cover 90 %.

    curves, retention: those of all runs. summary: one row per strategy and world. costs: discounted
    cost by strategy, world and the factor of its price. inputs: what was drawn, one row per world.
    paired: mean difference of each pair of strategies by metric, with its interval over worlds and
    P(better). paired_curves: the difference by month, mean and 5 to 95 % of worlds. effects: what
    one strategy does to the customers of the start that another does not, by segment and world.
    returns: what each strategy returns on its cost, against the first. decision: who wins, by how
    much, how sure, and what would turn it.
    """

    scenario: Scenario
    strategies: tuple[str, ...]
    curves: pd.DataFrame
    retention: pd.DataFrame
    summary: pd.DataFrame
    costs: pd.DataFrame
    inputs: pd.DataFrame
    paired: pd.DataFrame
    paired_curves: pd.DataFrame
    effects: pd.DataFrame
    returns: pd.DataFrame
    decision: dict[str, Any]


Found = TypeVar("Found", bound=Findings)


def findings(
    scenario: Scenario,
    outcomes: Sequence[Outcome],
    kind: type[Found] = Findings,  # type: ignore[assignment]
) -> Found:
    """Put worlds side by side, in their order."""
    names = tuple(scenario.strategies)
    outcomes = sorted(outcomes, key=lambda outcome: outcome.world)

    def joined(part: str) -> pd.DataFrame:
        frames: list[pd.DataFrame] = [getattr(outcome, part) for outcome in outcomes]
        return pd.concat(frames, ignore_index=True)

    curves, summary = joined("curves"), joined("summary")
    inputs = pd.DataFrame([{"world": o.world, **draw(scenario, o.world)} for o in outcomes])
    return kind(
        scenario=scenario,
        strategies=names,
        curves=curves,
        retention=joined("retention"),
        summary=summary,
        costs=joined("costs"),
        inputs=inputs,
        paired=paired_of(summary, names),
        paired_curves=paired_curves_of(curves, names),
        effects=joined("effects"),
        returns=returns_of(curves, summary, names),
        decision=decision_of(scenario, outcomes, inputs),
    )


def decision_of(
    scenario: Scenario, outcomes: Sequence[Outcome], inputs: pd.DataFrame
) -> dict[str, Any]:
    """The decision on these worlds, with its sentence."""
    drawn = uncertain(scenario) if scenario.uncertainty == "all" else ()
    factors = tuple(outcomes[0].costs["input"].unique())
    count, names = len(outcomes), tuple(scenario.strategies)
    worlds = Worlds(
        names=names,
        equity=np.array([outcome.summary["equity"] for outcome in outcomes]),
        costs=np.array([o.costs["amount"] for o in outcomes]).reshape(count, len(names), -1),
        factors=factors,
        served=np.array([outcome.summary["served"] for outcome in outcomes]),
        blocks=np.array([outcome.blocks for outcome in outcomes]),
        inputs=inputs,
        uncertain=drawn,
    )
    summary = pd.concat([outcome.summary for outcome in outcomes], ignore_index=True)
    decision = decide(worlds) | {
        "measures": measures_of(summary, names),
        "judgement": {"inputs": len(uncertain(scenario)), "drawn": bool(drawn)},
    }
    if asked(scenario) and len(names) > 1:
        decision["precision"] = precision_of(scenario, equity_of(outcomes))
    return decision | {"sentence": sentence(decision, scenario.population.size)}


def asked(scenario: Scenario) -> dict[str, float]:
    """The half-widths that are asked for, of P and of regret."""
    return {k: v for k, v in scenario.precision.model_dump().items() if v is not None}


def looks(scenario: Scenario) -> Iterator[int]:
    """How many worlds there are at each look: all of them, unless a precision is asked for."""
    count = FIRST_LOOK if asked(scenario) else scenario.worlds
    while count < scenario.worlds:
        yield count
        count *= 2
    yield scenario.worlds


def precision_of(scenario: Scenario, equity: NDArray[np.float64]) -> dict[str, Any]:
    """Half-widths of the 90 % intervals of P(best) and regret of the leader, asked and found.

    `equity`, shape (worlds, strategies).

    `reached`: all that is asked for is found. Regret is in currency per person.
    """
    best = equity.max(axis=1)
    first = int(np.argmax(equity.mean(axis=0)))
    leader = equity[:, first]
    ties = (equity == best[:, None]).sum(axis=1)
    p_low, p_high = wilson(float(((leader == best) / ties).sum()), len(equity))
    _, low, high = regret_interval(lead(equity, first) / scenario.population.size)
    found = {"p": (p_high - p_low) / 2.0, "regret": (high - low) / 2.0}
    wanted = asked(scenario)
    return {
        "asked": wanted,
        "found": found,
        "reached": all(found[name] <= width for name, width in wanted.items()),
    }


def equity_of(outcomes: Sequence[Outcome]) -> NDArray[np.float64]:
    """Equity in each world, shape (worlds, strategies)."""
    return np.array([outcome.summary["equity"] for outcome in outcomes])


def pairs(names: tuple[str, ...]) -> list[tuple[str, str]]:
    """Every strategy against every earlier one."""
    return [(later, first) for k, later in enumerate(names) for first in names[:k]]


def paired_of(summary: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    """Differences between strategies in the same worlds, by metric."""
    metrics = [column for column in summary.columns if column not in ("strategy", "world")]
    of = {name: frame.set_index("world")[metrics] for name, frame in summary.groupby("strategy")}
    rows = []
    for strategy, versus in pairs(names):
        difference = of[strategy] - of[versus]
        for metric in metrics:
            mean, low, high = mean_interval(difference[metric])
            p, p_low, p_high = share_better(difference[metric])
            rows.append(
                {"strategy": strategy, "versus": versus, "metric": metric, "mean": mean,
                 "low": low, "high": high, "p_greater": p, "p_low": p_low, "p_high": p_high,
                 "worlds": len(difference)}
            )  # fmt: skip
    columns = ["strategy", "versus", "metric", "mean", "low", "high", "p_greater", "p_low",
               "p_high", "worlds"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def paired_curves_of(curves: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    """Differences between strategies in the same worlds, by month, of the home company."""
    curves = curves[curves["company"] == 0]
    of = {
        name: frame.set_index(["world", "month"])[list(CURVES)]
        for name, frame in curves.groupby("strategy")
    }
    frames = []
    for strategy, versus in pairs(names):
        by_month = (of[strategy] - of[versus]).groupby("month")
        parts = {"mean": by_month.mean(), "low": by_month.quantile(0.05),
                 "high": by_month.quantile(0.95)}  # fmt: skip
        tall = pd.concat(
            {k: part.stack(future_stack=True) for k, part in parts.items()}, axis=1
        ).reset_index(names=["month", "metric"])
        tall.insert(0, "versus", versus)
        tall.insert(0, "strategy", strategy)
        frames.append(tall)
    if not frames:
        return pd.DataFrame(
            columns=["strategy", "versus", "month", "metric", "mean", "low", "high"]
        )
    return pd.concat(frames, ignore_index=True)
