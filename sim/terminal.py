"""What is seen in the terminal: the table, the decision, and how far a comparison has come.

Plain text of at most 100 columns where the output is not a terminal.
"""

from __future__ import annotations

import math
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.progress import TimeRemainingColumn as TimeLeft
from rich.table import Table

from ..scenarios.scenario import Scenario
from .data.sources import fitted
from .statistics import mean_interval, share_better

if TYPE_CHECKING:
    from .course import Run
    from .data.sources import Fitted
    from .findings import Findings

WIDTH = 100


class Row(NamedTuple):
    """A line of the table: a metric of the summary, in words, and how its numbers are written."""

    metric: str
    words: str
    form: str = "{:,.0f}"
    yearly: bool = False

    def values(self, summary: pd.DataFrame) -> pd.DataFrame:
        """World by strategy; a monthly rate as that of a year."""
        table = summary.pivot(index="world", columns="strategy", values=self.metric)
        return 1.0 - (1.0 - table) ** 12 if self.yearly else table

    def write(self, value: float, *, signed: bool = False) -> str:
        """The number, or a dash where there is none."""
        if not math.isfinite(value):
            return "-"
        share = self.form.endswith("%}")
        if signed and share:
            return f"{100 * value:+.1f} pp"
        return (self.form.replace(":", ":+") if signed else self.form).format(value)


def rows_of(scenario: Scenario) -> list[Row]:
    """The metrics worth a line in this market."""
    share, state = "{:.1%}", "{:.3f}"
    customers = [
        Row("churn_rate", "Churn a year", share, True),
        Row("customers", "Customers at end"),
    ]
    if scenario.market.setting == "noncontractual":
        customers = [
            Row("churn_rate", "Churn a year, books", share, True),
            Row("churn_rate_true", "Churn a year, truth", share, True),
            Row("customers", "Customers at end, books"),
            Row("customers_true", "Customers at end, truth"),
        ]
    return [
        Row("equity", "Customer equity"),
        Row("clv", "CLV, customers of start", "{:,.2f}"),
        Row("profit", "Profit to the horizon"),
        *customers,
        Row("satisfaction", "Satisfaction, 0 to 1", state),
        Row("trust", "Trust, 0 to 1", state),
        Row("engagement", "Engagement, 0 to 1", state),
        Row("advocates", "Advocates", share),
    ]


def show_comparison(comparison: Findings, folder: Path) -> None:
    """Print the table, the decision in one paragraph, and where the results are."""
    console = console_of_output()
    scenario, names = comparison.scenario, comparison.strategies
    worlds = comparison.summary["world"].nunique()
    console.print(
        f"\n{scenario.population.size:,} people, {_count(scenario.horizon, 'month')}, "
        f"{_count(worlds, 'world')}, seed {scenario.seed}. Means over worlds; money in currency, "
        "discounted in equity and lifetime value."
    )
    paired = names if len(names) == 2 else ()
    for first in range(0, len(names), 5):
        console.print(_metrics(comparison.summary, scenario, names[first : first + 5], paired))
    if len(names) > 1 and worlds > 1:
        console.print(_ranking(comparison))
    console.print(str(comparison.decision["sentence"]))
    found = fitted(scenario)
    if found:
        console.print(_read(found))
        console.print(str(found.fit.checks["verdict"]))
    say_where(console, folder)


def show_run(run: Run, scenario: Scenario, folder: Path) -> None:
    """Print what one run came to, and where the results are."""
    console = console_of_output()
    console.print(
        f"\n{scenario.population.size:,} people, {_count(scenario.horizon, 'month')}, "
        f"world {run.world}, seed {scenario.seed}."
    )
    summary = pd.DataFrame([{"strategy": run.strategy, "world": run.world, **run.summary}])
    console.print(_metrics(summary, scenario, (run.strategy,), ()))
    say_where(console, folder)


def show_fit(found: Fitted, folder: Path) -> None:
    """Print what was read, what was fitted, how well, and where the report is."""
    console = console_of_output()
    fit, intake = found.fit, found.intake
    console.print(f"\n{_read(found)}")
    table = plain_table()
    table.add_column("", no_wrap=True)
    for column in ("estimate", "standard error", "90 % interval"):
        table.add_column(column, justify="right")
    for row in fit.estimates.itertuples():
        unit = "" if row.unit == "1" else f", {row.unit}"
        table.add_row(
            f"{row.parameter}{unit}", f"{row.estimate:.4g}", f"{row.standard_error:.2g}",
            f"{row.low:.4g} to {row.high:.4g}",
        )  # fmt: skip
    console.print(table)
    console.print(str(fit.checks["verdict"]))
    for note in fit.notes:
        console.print(note)
    if len(intake.rejected):
        console.print(f"Rows that were not used, each with its reason: {folder / 'rejected.csv'}")
    say_where(console, folder, "fit")


def _read(found: Fitted) -> str:
    """What became of the rows of the user's file, in one sentence."""
    fit, intake = found.fit, found.intake
    text = f"{intake.file}: {intake.rows:,} rows read, {intake.accepted:,} used"
    if len(intake.rejected):
        reason, count = next(iter(intake.rejected["reason"].value_counts().items()))
        text += f", {len(intake.rejected):,} not (most often: {reason}, {count:,})"
    return f"{text}; {fit.customers:,} customers. Read as {', '.join(intake.notes)}."


def console_of_output() -> Console:
    """Standard output: colours and its own width in a terminal, plain text elsewhere."""
    terminal = sys.stdout.isatty()
    return Console(
        force_terminal=terminal,
        no_color=None if terminal else True,
        width=None if terminal else WIDTH,
        highlight=False,
        markup=False,
        emoji=False,
    )


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error, to be told (done, total); silent where that is no terminal."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    words = TextColumn(what)
    columns = (SpinnerColumn(), words, BarColumn(), MofNCompleteColumn(), TimeLeft())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _metrics(
    summary: pd.DataFrame, scenario: Scenario, names: tuple[str, ...], paired: tuple[str, ...]
) -> Table:
    table = plain_table()
    table.add_column("", no_wrap=True)
    for name in names:
        table.add_column(_narrow(name), justify="right")
    if paired:
        table.add_column(f"{paired[1]} - {paired[0]}\n(90 % interval)", justify="right")
        table.add_column("higher in", justify="right")
    for row in rows_of(scenario):
        values = row.values(summary)
        cells = [row.write(float(values[name].mean())) for name in names]
        if paired:
            cells += _difference(row, values[paired[1]] - values[paired[0]])
        table.add_row(row.words, *cells)
    return table


def _ranking(comparison: Findings) -> Table:
    """How sure the choice of each strategy would be, and what it may cost."""
    decision, size = comparison.decision, comparison.scenario.population.size
    level = {row["strategy"]: row for row in decision["break_even"]}
    table = plain_table()
    table.add_column("Decision", no_wrap=True)
    table.add_column("best in\n(90 % interval)", justify="right")
    table.add_column("regret,\na person", justify="right")
    table.add_column("costs, a customer\nand month", justify="right")
    table.add_column("draws level at\n(90 % interval)", justify="right")
    for row in decision["ranking"]:
        at = level[row["strategy"]]
        table.add_row(
            row["strategy"],
            f"{row['p_best']:.0%} ({100 * row['p_low']:.0f}-{row['p_high']:.0%})",
            f"{row['regret'] / size:,.2f}",
            f"{at['cost']:,.2f}",
            f"{at['break_even']:,.2f} ({at['low']:,.2f} to {at['high']:,.2f})",
        )
    return table


def _difference(row: Row, gaps: pd.Series[float]) -> list[str]:
    """Mean difference with its interval, and the share of worlds where it is positive."""
    mean, low, high = mean_interval(gaps)
    text = row.write(mean, signed=True)
    if math.isfinite(low):
        text += f" ({row.write(low, signed=True)} to {row.write(high, signed=True)})"
    if not math.isfinite(mean):
        return [text, "-"]
    p, p_low, p_high = share_better(gaps)
    return [text.replace(" pp (", " (").replace(" pp to", " to"),
            f"{p:.0%} ({100 * p_low:.0f}-{p_high:.0%})"]  # fmt: skip


def plain_table() -> Table:
    """A table without frames."""
    return Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")


def _narrow(name: str) -> str:
    """A strategy's name, broken after underscores where it is long."""
    return "\n".join(textwrap.wrap(name.replace("_", "_ "), 13)).replace("_ ", "_")


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def say_where(console: Console, folder: Path, picture: str = "overview") -> None:
    """Say where results are, and the picture, if there is one."""
    console.print(f"\nResults: {folder}{'' if folder.name == '' else '/'}", soft_wrap=True)
    drawn = folder / "figures" / f"{picture}.png"
    if drawn.exists():
        console.print(f"The picture: {drawn}", soft_wrap=True)
