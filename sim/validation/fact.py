"""A fact: what is known of customers, the band that the model should lie in, how it is measured.

*Verification* facts are built in or calibrated: they say that the code does what a rule says, or
that what a coefficient was set by comes back out. They are no evidence. *Validation* facts emerge,
or were held out: nobody set a coefficient by them (`uses.py`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ...scenarios.market import Market

if TYPE_CHECKING:
    from .laboratory import Laboratory

Kind = Literal["verification", "validation"]
Where = Literal["both", "contractual", "noncontractual", "anywhere"]
Values = float | tuple[float, ...]


@dataclass(frozen=True)
class Band:
    """One figure of a fact and what it should be, ends included.

    One infinite end says a direction; two, that the figure is reported and not judged.
    """

    name: str
    low: float = -math.inf
    high: float = math.inf
    unit: str = ""

    @property
    def judged(self) -> bool:
        """Whether there is anything that the value should be."""
        return math.isfinite(self.low) or math.isfinite(self.high)

    def holds(self, value: float) -> bool:
        """Whether a measured value is as it should be; nan never is."""
        return self.low <= value <= self.high


@dataclass(frozen=True)
class Fact:
    """A published fact, or a judgement of our own that is named as such in its basis.

    `measure` takes a market in one world and returns one value per band, nan where there is nothing
    to measure. `quantity` is a key of the ledger of use. `where`: the setting it is told of;
    anywhere: it needs no market of its own.
    """

    number: str
    title: str
    bands: tuple[Band, ...]
    kind: Kind
    basis: str
    quantity: str
    measure: Callable[[Laboratory], Values]
    where: Where = "both"
    remark: str = ""

    @property
    def order(self) -> tuple[float, str]:
        """Facts of the list by number, then the data sets, as 4.1a, by section."""
        head = self.number.rstrip("abcdefghijklmnopqrstuvwxyz")
        of_list = "." not in head
        return (float(head) if of_list else 1000.0 + float(head), self.number)

    def is_told_of(self, market: Market) -> bool:
        """Whether there is such a thing in this market."""
        return self.where in ("both", "anywhere", market.setting)

    def values(self, laboratory: Laboratory) -> tuple[float, ...]:
        """What is measured, one value per band."""
        found = self.measure(laboratory)
        values = found if isinstance(found, tuple) else (found,)
        assert len(values) == len(self.bands), self.number
        return tuple(float(value) for value in values)


def fact(
    number: str,
    title: str,
    *bands: Band,
    kind: Kind,
    basis: str,
    quantity: str,
    where: Where = "both",
    remark: str = "",
) -> Callable[[Callable[[Laboratory], Values]], Fact]:
    """Declare the function below as the measurement of a fact."""

    def declared(measure: Callable[[Laboratory], Values]) -> Fact:
        return Fact(number, title, bands, kind, basis, quantity, measure, where, remark)

    return declared
