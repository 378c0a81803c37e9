"""From the file that a scenario names to its fit, read and fitted once."""

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...scenarios.market import Population
from ...scenarios.scenario import Scenario

if TYPE_CHECKING:
    from .fit import Fit
    from .imports import Intake


class Fitted(NamedTuple):
    """A fit, and what became of the rows that it rests on.

    `entries`: days since 1970 on which the customers of a transaction log first bought.
    """

    fit: Fit
    intake: Intake
    entries: NDArray[np.int64]


def fitted(scenario: Scenario) -> Fitted | None:
    """The fit to the file of a scenario, None where it names none. Raises BadInput."""
    people = scenario.population
    if people.data is None:
        return None
    state = os.stat(people.data)
    return _fitted(people, state.st_mtime_ns, state.st_size)


def fit_of(scenario: Scenario) -> Fit | None:
    """The fit alone."""
    found = fitted(scenario)
    return found.fit if found else None


@functools.lru_cache(maxsize=4)
def _fitted(people: Population, changed: int, size: int) -> Fitted:
    from . import fit, imports  # reading and fitting are heavy, and most scenarios have no file

    none = np.zeros(0, dtype=np.int64)
    if people.survival:
        table = imports.read_survival(people.survival, people.reading)
        found = fit.fit_survival(
            table, people.period_months, people.fit_periods, people.survival_customers
        )
        return Fitted(found, table.intake, none)
    if people.subscriptions:
        spells = imports.read_subscriptions(people.subscriptions, people.reading)
        found = fit.fit_subscriptions(spells, people.period_months, people.fit_until)
        return Fitted(found, spells.intake, none)
    orders = imports.read_transactions(people.transactions, people.reading)
    found = fit.fit_transactions(orders, people.fit_until)
    first = np.flatnonzero(np.diff(orders.customer, prepend=-1))  # sorted by customer, then day
    entries = np.sort(orders.day[first]).astype(np.int64)
    if people.fit_until:
        entries = entries[entries <= np.datetime64(people.fit_until).astype(int)]
    return Fitted(found, orders.intake, entries)
