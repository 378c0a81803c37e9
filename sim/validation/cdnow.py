"""The hold-out of CDNOW: buyers fitted to 39 weeks, simulated for 78.

The data come with the package `lifetimes` (extra `test`), which is looked for and never imported.
Without it there is nothing to measure.
"""

from __future__ import annotations

import functools
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...scenarios.market import Leaving
from ..data import bg_nbd
from ..data.sbg import MONTH
from .fact import Band, fact
from .laboratory import Laboratory, Setup

Column = NDArray[np.float64]
CUT, END = 39 * 7, 78 * 7
"""Days from the start of the data: what is fitted, and what there is."""
COUNTS = 7
"""Histories of 0 to 6 repeats by the cut have means of their own."""


class Log(NamedTuple):
    """A tenth of CDNOW: days of purchase since 1 January 1997, by customer."""

    entry: NDArray[np.int64]
    """Day of the first purchase, shape (customers,)."""
    owner: NDArray[np.int64]
    """Customer of each repeat, shape (repeats,)."""
    day: NDArray[np.int64]
    """Its day."""


@functools.cache
def log() -> Log | None:
    """The sample that the paper fits; None where it is not installed."""
    package = find_spec("lifetimes")
    file = Path(package.origin or "").parent / "datasets" / "CDNOW_sample.txt" if package else None
    if file is None or not file.is_file():
        return None
    rows = pd.read_csv(
        file, sep=r"\s+", header=None, names=["id", "customer", "date", "cds", "usd"],
        dtype={"date": str},
    )  # fmt: skip
    since = pd.to_datetime(rows["date"]) - pd.Timestamp("1997-01-01")
    days = rows.assign(day=since.dt.days)[["customer", "day"]].drop_duplicates()
    days = days.sort_values(["customer", "day"])
    first = ~days["customer"].duplicated().to_numpy()
    owner = np.cumsum(first) - 1
    day = days["day"].to_numpy()
    return Log(day[first], owner[~first], day[~first])


@functools.cache
def fitted() -> bg_nbd.Parameters:
    """BG/NBD of the first 39 weeks, in months."""
    data = log()
    assert data is not None
    size = len(data.entry)
    early = data.day < CUT
    repeats = np.bincount(data.owner[early], minlength=size)
    last = np.zeros(size, dtype=np.int64)
    np.maximum.at(last, data.owner[early], data.day[early])
    recency = np.where(repeats > 0, last - data.entry, 0)
    people = bg_nbd.Summary(np.arange(size), repeats, recency, CUT - 1 - data.entry)
    best = bg_nbd.fit(bg_nbd.grouped(people, MONTH))
    return bg_nbd.Parameters(*best.natural.tolist())


@fact(
    "4.2", "Buyers fitted to 39 weeks of CDNOW buy as the data do in the next 39",
    Band("mean error of cumulative repeats, weeks 40-78", 0.0, 0.10, "share"),
    Band("error of all repeats at week 78", -0.12, 0.12, "share"),
    Band("mean error of later repeats by 0 to 6 earlier ones", 0.0, 0.35, "repeats"),
    kind="validation", basis="Fader, Hardie & Lee 2005; data of CDNOW",
    quantity="CDNOW weeks 40-78", where="noncontractual",
)  # fmt: skip
def buyers_held_out(lab: Laboratory) -> tuple[float, ...]:
    """Simulated people enter on the days on which the customers of the data did."""
    data = log()
    if data is None:
        return (float("nan"),) * 3
    best = fitted()
    buying = lab.scenario.market.buying.model_copy(
        update={"rate": best.r / best.alpha, "shape": best.r}
    )
    market = (("buying", buying), ("leaving", Leaving(a=best.a, b=best.b)))
    bought = lab.life("none", Setup(max(lab.scale.many, 12_000), 18, market=market)).diary[
        "purchases"
    ]
    repeats = bought.astype(np.int64)
    repeats[0] -= 1
    entry = data.entry[np.arange(repeats.shape[1]) % len(data.entry)]
    weekly = by_week(repeats, entry) * len(data.entry) / len(entry)
    weeks = np.arange(1, END // 7 + 1)
    seen = np.searchsorted(np.sort(data.day), 7 * weeks)
    later = slice(CUT // 7, None)
    error = np.abs(weekly[later] / seen[later] - 1.0)
    random = np.random.default_rng((lab.scenario.seed, lab.world))
    found = later_by_earlier(*split(repeats, entry, random))
    early = data.day < CUT
    size = len(data.entry)
    true = later_by_earlier(
        np.bincount(data.owner[early], minlength=size),
        np.bincount(data.owner[~early], minlength=size),
    )
    return (
        float(error.mean()),
        float(weekly[-1] / seen[-1] - 1.0),
        float(np.abs(found - true).mean()),
    )


def by_week(repeats: NDArray[np.int64], entry: NDArray[np.int64]) -> Column:
    """Cumulative repeats of all by the end of each week; within months, evenly."""
    so_far = np.vstack([np.zeros(repeats.shape[1]), np.cumsum(repeats, axis=0)])
    ends = 7.0 * np.arange(1, END // 7 + 1)
    total = np.zeros(len(ends))
    for day in np.unique(entry):
        mean = so_far[:, entry == day].sum(axis=1)
        age = np.clip((ends - day) / MONTH, 0.0, len(repeats))
        total += np.interp(age, np.arange(len(mean)), mean)
    return total


def split(
    repeats: NDArray[np.int64], entry: NDArray[np.int64], random: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Repeats before the cut and in the 39 weeks after it, by person.

    Of the purchases of a month that the cut falls into, each is before it by chance.
    """

    def until(days: NDArray[np.int64]) -> NDArray[np.int64]:
        age = np.minimum(days / MONTH, len(repeats))
        whole = age.astype(np.int64)
        months = np.arange(len(repeats))[:, None]
        full = np.where(months < whole, repeats, 0).sum(axis=0)
        part = repeats[np.minimum(whole, len(repeats) - 1), np.arange(len(entry))]
        part = np.where(whole < len(repeats), part, 0)
        return np.asarray(full + random.binomial(part, age - whole))

    early = until(CUT - entry)
    return early, np.maximum(until(END - entry) - early, 0)


def later_by_earlier(early: NDArray[np.int64], later: NDArray[np.int64]) -> Column:
    """Mean later repeats of those with 0 to 6 earlier ones."""
    return np.array([later[early == x].mean() for x in range(COUNTS)])
