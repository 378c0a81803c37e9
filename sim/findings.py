"""What strategies in the same worlds came to: differences, and the decision in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from scipy import stats

from ..scenarios.parameter import evidence_of, parameters
from ..scenarios.scenario import Scenario
from .course import Run
from .statistics import mean_interval, share_better
from .world import draw

SETTLED, SURE = 0.65, 0.95
"""P below the first is called not settled, below the second probable."""

CURVES = ("churn_rate", "churn_rate_true", "customers", "customers_true", "satisfaction", "trust",
          "engagement", "advocates", "wom_positive", "wom_negative", "profit", "equity",
          "clv")  # fmt: skip


@dataclass(frozen=True)
class Findings:
    """What strategies in the same worlds came to. Frames are tidy; intervals cover 90 %.

    curves, retention: those of all runs. summary: one row per strategy and world. inputs: what was
    drawn, one row per world. paired: mean difference of each pair of strategies by metric, with
    its interval over worlds and P(better). paired_curves: the difference by month, mean and 5 to
    95 % of worlds. decision: who wins, by how much, how sure.
    """

    scenario: Scenario
    strategies: tuple[str, ...]
    curves: pd.DataFrame
    retention: pd.DataFrame
    summary: pd.DataFrame
    inputs: pd.DataFrame
    paired: pd.DataFrame
    paired_curves: pd.DataFrame
    decision: dict[str, Any]


Found = TypeVar("Found", bound=Findings)


def findings(
    scenario: Scenario,
    runs: Sequence[Run],
    kind: type[Found] = Findings,  # type: ignore[assignment]
) -> Found:
    """Put runs of the same worlds side by side, in order of world."""
    summary = pd.DataFrame([{"strategy": r.strategy, "world": r.world, **r.summary} for r in runs])
    worlds = sorted({r.world for r in runs})
    inputs = pd.DataFrame([{"world": w, **draw(scenario, w)} for w in worlds])
    curves = pd.concat([r.curves for r in runs], ignore_index=True)
    names = tuple(scenario.strategies)
    return kind(
        scenario=scenario,
        strategies=names,
        curves=curves,
        retention=pd.concat([r.retention for r in runs], ignore_index=True),
        summary=summary,
        inputs=inputs,
        paired=paired_of(summary, names),
        paired_curves=paired_curves_of(curves, names),
        decision=decide(scenario, summary, inputs),
    )


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
    """Differences between strategies in the same worlds, by month."""
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


def decide(scenario: Scenario, summary: pd.DataFrame, inputs: pd.DataFrame) -> dict[str, Any]:
    """Who wins on customer equity, by how much, how sure, and on whose judgement it rests."""
    equity = summary.pivot(index="world", columns="strategy", values="equity")
    ranking = equity.mean().sort_values(ascending=False, kind="stable")
    judged = judgements(scenario)
    decision: dict[str, Any] = {
        "metric": "equity",
        "worlds": len(equity),
        "ranking": [{"strategy": name, "equity": float(value)} for name, value in ranking.items()],
        "judgement": {"inputs": len(judged), "drawn": scenario.uncertainty == "all"},
    }
    if len(ranking) == 1:
        decision["winner"] = ranking.index[0]
        decision["sentence"] = f"Only {ranking.index[0]} was run: there is nothing to compare."
        return decision
    winner, runner_up = (str(name) for name in ranking.index[:2])
    second = float(equity[runner_up].mean())
    difference = equity[winner] - equity[runner_up]
    mean, low, high = mean_interval(difference)
    p, p_low, p_high = share_better(difference)
    decision |= {
        "winner": winner, "runner_up": runner_up, "difference": mean, "low": low, "high": high,
        "relative": mean / abs(second) if second else float("nan"),
        "p": p, "p_low": p_low, "p_high": p_high, "settled": p >= SETTLED,
    }  # fmt: skip
    decision["judgement"]["movers"] = (
        movers(difference, inputs) if decision["judgement"]["drawn"] else []
    )
    decision["sentence"] = sentence(scenario, decision)
    return decision


def judgements(scenario: Scenario) -> list[str]:
    """Names of the coefficients and cost factors that rest on memory or judgement."""
    names = []
    for group in (scenario.coefficients, scenario.costs):
        for name, field, _ in parameters(group):
            evidence = evidence_of(field)
            if evidence is not None and evidence.uncertain:
                names.append(name.rpartition(".")[2])
    return names


def movers(difference: pd.Series[float], inputs: pd.DataFrame) -> list[dict[str, Any]]:
    """The drawn inputs that go most with the difference: Spearman's rank correlation.

    At most five, and only those that chance alone would hardly give to any of all inputs: their
    p-value is below 0.1 / inputs (Bonferroni).
    """
    drawn = inputs.set_index("world").loc[difference.index]
    drawn = drawn.loc[:, drawn.nunique() > 1]
    found: list[dict[str, Any]] = []
    if len(difference) >= 8 and difference.nunique() > 1:
        for name in drawn.columns:
            test = stats.spearmanr(drawn[name], difference)
            if test.pvalue < 0.1 / len(drawn.columns):
                found.append({"input": name, "correlation": float(test.statistic)})
    return sorted(found, key=lambda mover: -abs(mover["correlation"]))[:5]


def sentence(scenario: Scenario, decision: Mapping[str, Any]) -> str:
    """The decision in one plain sentence."""
    winner, runner_up, p = decision["winner"], decision["runner_up"], decision["p"]
    size, worlds = scenario.population.size, decision["worlds"]
    amount = f"{decision['difference'] / size:,.2f} of customer equity per person in the market"
    if np.isfinite(decision["relative"]):
        amount += f" ({decision['relative']:+.0%})"
    if worlds == 1:
        return (
            f"In the one world tried, {winner} beats {runner_up} by {amount}; one world cannot say "
            "how sure that is."
        )
    if p >= SURE:
        verdict = f"{winner} beats {runner_up}"
    elif p >= SETTLED:
        verdict = f"{winner} probably beats {runner_up}"
    else:
        verdict = f"It is not settled whether {winner} or {runner_up} is better: {winner} is ahead"
    margin = f"{decision['low'] / size:,.2f} to {decision['high'] / size:,.2f}"
    text = (
        f"{verdict}, by {amount} on average (90 % interval {margin}) and in {p:.0%} of {worlds} "
        f"worlds (90 % interval {decision['p_low']:.0%} to {decision['p_high']:.0%})"
    )
    judged = decision["judgement"]["inputs"]
    if not decision["judgement"]["drawn"]:
        return text + (
            f"; this is luck alone: {judged} inputs that rest on judgement stood at their "
            "defaults, so the true doubt is greater."
        )
    text += f", with {judged} inputs that rest on judgement drawn from their ranges"
    moving = [mover["input"] for mover in decision["judgement"]["movers"]]
    if not moving:
        return text + ", none of which is seen to decide alone."
    named = moving[0] if len(moving) == 1 else f"{', '.join(moving[:-1])} and {moving[-1]}"
    return text + f", of which {named} move{'s' if len(moving) == 1 else ''} it most."
