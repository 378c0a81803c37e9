"""What validation says in the terminal: one table of what is built in, one of what is evidence."""

from __future__ import annotations

import math
import textwrap
from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from rich.console import Console
from rich.text import Text

from ..terminal import WIDTH, console_of_output
from .fact import Band
from .validate import Row, Validation

COLUMNS = (36, 9, 14, 22, 5, 12)
"""Widths of measure, market, band, measured, share of worlds, verdict; the first is indented."""
COLOURS = {
    "passed": "green", "robust": "green", "conditional": "yellow", "fails": "red",
    "failed": "bold red",
}  # fmt: skip
HEADINGS = {
    "verification": "Verification: the code does what its rules and its calibration say. One "
    "measurement at the defaults.",
    "validation": "Validation: what emerges or was held out, in worlds whose uncertain numbers "
    "are drawn.",
}
LEGEND = (
    "Robust: the mean and at least 80 % of worlds are in band. Fails: neither the mean nor half of "
    "the worlds. Conditional: all else, with the inputs it goes with most (rank correlation over "
    "worlds). Intervals of means: 90 %."
)


def show(validation: Validation, folder: Path) -> None:
    """Print both tables, what they come to, and where the results are."""
    console = console_of_output()
    for kind, heading in HEADINGS.items():
        rows = [row for row in validation.rows if row.fact.kind == kind]
        if rows:
            console.print()
            _print(console, heading)
            _table(console, rows, validation)
    if any(row.fact.kind == "validation" for row in validation.rows):
        console.print()
        _print(console, LEGEND)
    console.print()
    _print(console, summary(validation.rows))
    console.print(f"\nResults: {folder}", soft_wrap=True)
    console.print(f"The picture: {folder / 'figures' / 'facts.png'}", soft_wrap=True)


def summary(rows: Sequence[Row]) -> str:
    """How many figures came out how, and which of what is built in failed."""
    counts = Counter(row.judged.verdict for row in rows)
    said = []
    if verified := counts["passed"] + counts["failed"]:
        said.append(f"Verified: {counts['passed']} of {verified} figures.")
    if failed := {row.fact.number: None for row in rows if row.judged.verdict == "failed"}:
        said.append(f"Not as built in: {', '.join(failed)}.")
    if counts["robust"] + counts["conditional"] + counts["fails"]:
        said.append(
            f"Validated: {counts['robust']} robust, {counts['conditional']} conditional, "
            f"{counts['fails']} fail."
        )
    if counts["not measured"]:
        said.append(f"Not measured: {counts['not measured']}.")
    return " ".join(said)


def _table(console: Console, rows: Sequence[Row], validation: Validation) -> None:
    heads = ("fact and figure", "market", "band", "measured", "in", "verdict")
    console.print(Text(_line(heads), style="bold"))
    for number, group in groupby(rows, key=lambda row: row.fact.number):
        mine = list(group)
        fact = mine[0].fact
        took = sum(s for (name, _), s in validation.seconds.items() if name == number)
        title = textwrap.wrap(f"{number:<5}{fact.title}", WIDTH - 9, subsequent_indent="     ")
        title[0] = f"{title[0]:<{WIDTH - 8}}{took:6.1f} s"
        console.print(Text("\n".join(title), style="bold"))
        for place, row in enumerate(mine):
            _figure(console, row, again=place > 0 and mine[place - 1].measure == row.measure)
        if fact.remark:
            _print(console, fact.remark, indent=5)


def _figure(console: Console, row: Row, *, again: bool) -> None:
    judged, band = row.judged, row.fact.bands[row.measure]
    measured = number(judged.mean)
    if math.isfinite(judged.mean_low):
        measured += f" ({number(judged.mean_low)} to {number(judged.mean_high)})"
    once = row.fact.kind == "verification" or not band.judged
    share = "" if once or math.isnan(judged.share) else f"{judged.share:.0%}"
    cells = ("" if again else band.name, row.market, shown(band), measured, share, judged.verdict)
    text = Text(_line(cells))
    if judged.verdict in COLOURS:
        text.highlight_words([judged.verdict], COLOURS[judged.verdict])
    console.print(text)
    if row.depends and judged.verdict in ("conditional", "fails"):
        named = ", ".join(f"{name} ({r:+.2f})" for name, r in row.depends)
        _print(console, f"goes with {named}", indent=7)


def _line(cells: Sequence[str]) -> str:
    """Cells in their columns; what is too long goes on in lines below."""
    wrapped = [textwrap.wrap(cell, width - 1) or [""]
               for cell, width in zip(cells, COLUMNS, strict=True)]  # fmt: skip
    lines = []
    for place in range(max(map(len, wrapped))):
        parts = (part[place] if place < len(part) else "" for part in wrapped)
        line = "".join(f"{part:<{width}}" for part, width in zip(parts, COLUMNS, strict=True))
        lines.append(f"  {line}".rstrip())
    return "\n".join(lines)


def _print(console: Console, text: str, indent: int = 0) -> None:
    blank = " " * indent
    console.print(
        textwrap.fill(text, WIDTH, initial_indent=blank, subsequent_indent=blank), soft_wrap=True
    )


def number(value: float) -> str:
    """Three figures that count, or a dash where there is no number."""
    if math.isnan(value):
        return "-"
    if 0.0 < abs(value) < 0.0005:
        return "0.000"
    return f"{value:.3f}" if abs(value) < 1.0 else f"{value:.3g}"


def shown(band: Band) -> str:
    """A band in words."""
    if not band.judged:
        return "reported"
    if math.isinf(band.high):
        return f"from {band.low:g}"
    if math.isinf(band.low):
        return f"up to {band.high:g}"
    return f"{band.low:g} to {band.high:g}"
