"""Units of sweeps and studies: a small sweep, and units that live in the very process of a test.

Import it relatively: `from .units import ...`.
"""

import contextlib
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engagesim.sim.sweep import crew, plan
from engagesim.sim.sweep.unit import work

SMALL = ("population.size=200", "horizon=6", "worlds=3", "seed=5")
WORDS = (*SMALL, "costs.programme=0.5,1.0", "strategies.flywheel.service.recovery=0.2,0.8")
"""Four points, of which points_only is the same in two and two: 12 units of the flywheel, 6."""

TABLES = ("units.parquet", "means.csv", "paired.csv", "sweep.json", "figures/sweep.png")


def same(one: Path, other: Path) -> bool:
    """Whether both folders hold the same tables, to the byte."""
    return all((one / name).read_bytes() == (other / name).read_bytes() for name in TABLES)


class Stop(Exception):
    """Power is lost."""


@contextlib.contextmanager
def inline(
    monkeypatch: pytest.MonkeyPatch, *, most: float = math.inf, backwards: bool = False
) -> Iterator[list[Any]]:
    """Sweeps whose units are done in this very process, a task for each world; yields the tasks
    that were done.

    Once `most` tasks are done all stops, as if power were lost, and with it the block.
    """
    tasks: list[Any] = []

    def run(self: Any, todo: Any, load: Any, told: Any, whole: float = 1.0) -> None:
        for task in list(todo)[:: -1 if backwards else 1]:
            if len(tasks) == most:
                raise Stop
            tasks.append(task)
            work(task, str(self.folder), crew.code())

    with monkeypatch.context() as patched, contextlib.suppress(Stop):
        patched.setattr(crew.Crew, "run", run)
        patched.setattr(plan, "SOON", 0.0)
        yield tasks
