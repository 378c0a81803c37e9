"""What a sweep tells in a terminal: a bar while it runs, a table and a sentence at its end."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
)

from ..terminal import console_of_output, plain_table, say_where
from .crew import Estimate, Told
from .report import PER_PERSON, Report

SHOWN = 20
"""Lines of the table that are printed."""


def show_sweep(report: Report) -> None:
    """Print the differences in equity at the first points, the sentence, what failed, and where."""
    console = console_of_output()
    gaps = report.paired[report.paired["metric"] == PER_PERSON]
    table = plain_table()
    for key in report.axes:
        table.add_column(key.rpartition(".")[2])
    only = len(gaps[["strategy", "versus"]].drop_duplicates()) == 1
    if only:
        console.print(f"{gaps['strategy'].iloc[0]} less {gaps['versus'].iloc[0]}, per person:")
    else:
        table.add_column("")
    for words in ("difference (90 % interval)", "P(greater)", "worlds"):
        table.add_column(words, justify="right")
    for _, row in gaps.head(SHOWN).iterrows():
        table.add_row(
            *(f"{row[key]:g}" if isinstance(row[key], float) else str(row[key])
              for key in report.axes),
            *([] if only else [f"{row['strategy']} - {row['versus']}"]),
            f"{row['mean']:+,.2f} ({row['low']:+,.2f} to {row['high']:+,.2f})",
            f"{row['p_greater']:.2f} ({row['p_low']:.2f} to {row['p_high']:.2f})",
            f"{row['worlds']}",
        )  # fmt: skip
    if len(gaps):
        console.print(table)
    if len(gaps) > SHOWN:
        console.print(f"... and {len(gaps) - SHOWN:,} more, in paired.csv")
    console.print(report.sentence())
    failed = report.units[report.units["error"] != ""].drop_duplicates("error")
    for _, row in failed.head(3).iterrows():
        console.print(f"failed: {row['error']}\n  {row['command']}", soft_wrap=True)
    if report.failed:
        console.print("All that failed are in units.parquet; retry=failed runs them again.")
    say_where(console, report.folder, "sweep")


class Said(Told):
    """Says on standard error what a long job will take."""

    def allowed(self, estimate: Estimate, within: bool) -> bool:
        """Say it where it is more than a minute; a job beyond the hours is not allowed."""
        if estimate.seconds > 60.0 and within:
            print(estimate.sentence, file=sys.stderr)
        return within


class Bar(Told):
    """A bar on standard error: what is done, of how much, at which rate, with how many failures,
    and when it should end. Asks whether a job may go on that takes longer than it may."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._task = bar.add_task("sweeping", total=None, more="")

    def __call__(self, what: str, count: int, total: int, failed: int = 0) -> None:
        """Move the bar."""
        bar, now = self._bar, self._bar.tasks[0]
        more = f"{now.speed:.1f}/s" if now.speed and what == "sweeping" else ""
        more += f" {failed:,} failed" if failed else ""
        if count == 0 or now.description != what:
            bar.reset(self._task, description=what, total=total)
        bar.update(self._task, completed=count, total=total, more=more)

    def allowed(self, estimate: Estimate, within: bool) -> bool:
        """Say what it takes; beyond the hours, ask."""
        if within:
            if estimate.seconds > 60.0:
                self._bar.console.print(estimate.sentence)
            return True
        self._bar.stop()
        question = f"{estimate.sentence}. Go on? [y/N] "
        try:
            answer = self._bar.console.input(question, markup=False)
        except EOFError:
            answer = ""
        self._bar.start()
        return answer.strip().lower() in ("y", "yes")


@contextmanager
def sweeping() -> Iterator[Told]:
    """Whom a job of many units tells how it goes: a bar, or lines where there is no terminal."""
    if not sys.stderr.isatty():
        yield Said()
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
               TextColumn("{task.fields[more]}"), TimeRemainingColumn())  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield Bar(bar)
