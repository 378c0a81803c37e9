"""What an experiment came to, whichever it was: a sentence, a table to print, pictures, files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..sweep.study import ANSWER, Study
from ..terminal import console_of_output, plain_table, say_where

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Answer:
    """What an experiment came to.

    `summary`: plain numbers and words, with the `sentence` and a list of `warnings`. `frames`: tidy
    tables by name; `printed`: the one that a terminal shows, its cells text. `pictures`: how to
    draw each, by name, the first one first. `folder`: where all of it is.
    """

    summary: Mapping[str, Any]
    frames: Mapping[str, pd.DataFrame]
    printed: pd.DataFrame
    pictures: Mapping[str, Callable[[], Figure]]
    folder: Path

    @property
    def sentence(self) -> str:
        """What it says, in a sentence or two."""
        return str(self.summary["sentence"])

    def figure(self, name: str = "") -> Figure:
        """A picture by name; the first one without."""
        return self.pictures[name or next(iter(self.pictures))]()

    def save(self, study: Study) -> None:
        """Write everything into the folder of the study. Raises OSError."""
        tables = {f"{name}.csv": frame for name, frame in self.frames.items()}
        study.finish({ANSWER: self.summary, **tables}, self.pictures)


def show(answer: Answer) -> None:
    """Print the table, the sentence, the warnings, and where results are."""
    console = console_of_output()
    table = plain_table()
    for place, name in enumerate(answer.printed.columns):
        table.add_column(str(name), justify="right" if place else "left")
    for row in answer.printed.itertuples(index=False):
        table.add_row(*map(str, row))
    console.print(table)
    console.print(answer.sentence)
    for warning in answer.summary["warnings"]:
        console.print(f"Beware: {warning}")
    say_where(console, answer.folder, next(iter(answer.pictures)))
