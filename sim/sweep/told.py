"""What a sweep tells in a terminal: a bar while it runs, a table and a sentence at its end."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
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


@contextmanager
def sweeping() -> Iterator[Callable[..., None]]:
    """A bar of a sweep on standard error, to be told (what, done, total, failed): what is done, of
    how much, at which rate, with how many failures, and when it should end; or nothing."""
    if not sys.stderr.isatty():
        yield lambda what, count, total, failed=0: None
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
               TextColumn("{task.fields[more]}"), TimeRemainingColumn())  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("sweeping", total=None, more="")

        def told(what: str, count: int, total: int, failed: int = 0) -> None:
            rate = bar.tasks[0].speed
            more = f"{rate:.1f}/s" if rate and what == "sweeping" else ""
            more += f" {failed:,} failed" if failed else ""
            if count == 0 or bar.tasks[0].description != what:
                bar.reset(task, description=what, total=total)
            bar.update(task, completed=count, total=total, more=more)

        yield told
