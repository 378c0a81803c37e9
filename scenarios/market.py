"""The market: what people buy, how often they meet the company, and how they leave.

The published heterogeneity of leaving lives here: a shifted beta-geometric (sBG) for contracts
(Fader & Hardie 2007), a beta-geometric / NBD for the rest (Fader, Hardie & Lee 2005).
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator
from pydantic.fields import FieldInfo

from .parameter import Currency, Frozen, Level, Monthly, Months, Part, Share, Unit, limits_of
from .rivals import MOST, Rival

Factor = Annotated[float, Field(ge=0.0, le=12.0), Unit("ratio")]
Number = Annotated[float, Unit("1")]
People = Annotated[int, Unit("people")]

DATA = ("survival", "transactions", "subscriptions")
"""The files of one's own that propensities can be fitted to."""


class Leaving(Frozen):
    """Beta distribution of the propensity to leave.

    Contractual: churn per period (sBG). Noncontractual: dropout after each purchase (BG/NBD).
    """

    a: Number = Field(0.704, ge=0.01, le=100.0, description="first shape of the Beta")
    b: Number = Field(1.182, ge=0.01, le=1000.0, description="second shape of the Beta")
    period_months: Months = Field(
        12, ge=1, le=120, description="months that the propensity of a contract is for"
    )


class Buying(Frozen):
    """Purchases while active: Gamma-distributed rates (NBD). A contract bills once a month."""

    rate: Monthly = Field(
        1.0, gt=0.0, le=20.0, description="mean purchases (bills) per month of an active customer"
    )
    shape: Number = Field(1.0, ge=0.05, le=100.0, description="r of the Gamma of purchase rates")
    basket: Currency = Field(30.0, gt=0.0, le=1e6, description="mean spend per purchase, currency")
    wallet: Part = Field(
        0.4, ge=0.01, le=0.99,
        description="mean share of the wallet that is spent here, without a programme (1.1; J)",
    )  # fmt: skip


Width = Annotated[float, Field(ge=0.0, le=60.0), Unit("as its number")]

DOUBTED = {
    "leaving_a": "leaving.a",
    "leaving_b": "leaving.b",
    "purchase_rate": "buying.rate",
    "purchase_shape": "buying.shape",
    "basket": "buying.basket",
}
"""Keys of a market's numbers whose doubt goes by another name: that of a fit's estimates."""


class Doubt(Frozen):
    """How far off a market's own numbers may be: half the width of a range, 0 where they are known.

    Worlds draw such a number from a triangle with its mode at the market's. To set a number by hand
    is to know it, unless its doubt is set as well.
    """

    rational_involvement: Width = Field(0.0, description="of rational_involvement")
    hedonic_involvement: Width = Field(0.0, description="of hedonic_involvement")
    encounters: Width = Field(0.0, description="of encounters")
    failure: Width = Field(0.0, description="of failure")
    recovery: Width = Field(0.0, description="of recovery")
    gross_margin: Width = Field(0.0, description="of gross_margin")
    curvature: Width = Field(0.0, description="of curvature")
    leaving_a: Width = Field(0.0, description="of leaving.a")
    leaving_b: Width = Field(0.0, description="of leaving.b")
    purchase_rate: Width = Field(0.0, description="of buying.rate")
    purchase_shape: Width = Field(0.0, description="of buying.shape")
    basket: Annotated[float, Unit("currency")] = Field(
        0.0, ge=0.0, le=1e6, description="of buying.basket"
    )


class Market(Frozen):
    """One category of goods or services, and one company's place in it."""

    setting: Literal["contractual", "noncontractual"] = Field(
        "contractual", description="leaving is seen at a renewal, or is silent"
    )
    renewal_months: Months = Field(
        12, ge=1, le=120, description="months between renewals of a contract"
    )
    inactivity_months: Months = Field(
        12, ge=1, le=120, description="months of silence after which the books call a buyer lost"
    )
    rational_involvement: Level = Field(0.75, description="Vr: risk, stakes (C4; J)")
    hedonic_involvement: Level = Field(0.45, description="Vh: pleasure, identity (C4; J)")
    encounters: Monthly = Field(
        1.0, gt=0.0, le=60.0, description="enc: mean encounters per customer and month (J)"
    )
    failure: Part = Field(
        0.065, ge=0.0, le=0.5, description="f: failures per encounter, small annoyances too (J)"
    )
    recovery: Share = Field(0.5, description="R: share of failures recovered when nobody tries (J)")
    gross_margin: Part = Field(
        0.25, gt=0.0, le=1.0, description="gm: gross margin, share of revenue"
    )
    curvature: Number = Field(
        2.5, ge=0.1, le=5.0,
        description="gam: exponent of g(S) = S^gam; 2.5 competitive, 1 normal, 0.5 captive (A5)",
    )  # fmt: skip
    belief: Part = Field(
        0.35, gt=0.0, lt=1.0,
        description="pr: mean belief of choosing the company, its market share (F3)",
    )  # fmt: skip
    category_norm: Level = Field(0.70, description="Xn: performance usual in the category")
    nps: Annotated[float, Unit("points")] = Field(
        20.0, ge=-90.0, le=90.0, description="net promoter score of the category, run neutrally (J)"
    )
    rivals: tuple[Rival, ...] = Field(
        (), max_length=MOST, description="the other companies, by name; none: they stay unnamed"
    )
    rival_performance: Level = Field(
        0.70,
        description="performance of the rivals, which the norm of the category follows (A3); where "
        "some are named, it is theirs",
    )
    rival_programmes: Annotated[int, Unit("rivals")] = Field(
        0, ge=0, le=8,
        description="rivals with a points programme of their own (E7), beside those named",
    )  # fmt: skip
    discounter: bool = Field(False, description="a company that sells by price (E7)")
    satisfaction_reference: Level = Field(0.695, description="Sref: satisfaction at the reference")
    performance_reference: Level = Field(0.70, description="Pref: performance at the reference")
    season: tuple[Factor, ...] = Field(
        (1.0,) * 12,
        min_length=12,
        max_length=12,
        description="purchases and discretionary spend, January to December, on average 1",
    )
    first_month: Annotated[int, Unit("month of the year")] = Field(
        1, ge=1, le=12, description="month of the year in which a run begins, 1 January"
    )
    leaving: Leaving = Leaving()
    buying: Buying = Buying()
    doubt: Doubt = Doubt()

    @field_validator("season")
    @classmethod
    def _a_year_is_usual(cls, season: tuple[float, ...]) -> tuple[float, ...]:
        mean = math.fsum(season) / len(season)
        if abs(mean - 1.0) > 1e-6:
            raise ValueError(f"got twelve factors with mean {mean:g}, allowed is a mean of 1")
        return season

    def number(self, name: str) -> float:
        """A number by the name of its doubt."""
        group, _, leaf = DOUBTED.get(name, name).rpartition(".")
        return float(getattr(getattr(self, group) if group else self, leaf))

    def range_of(self, name: str) -> tuple[float, float]:
        """The range of a number by its doubt, within what the number may be at all."""
        value, width = self.number(name), getattr(self.doubt, name)
        least, most = limits_of(field_of(name))
        return max(least, value - width), min(most, value + width)

    @property
    def monthly_revenue(self) -> float:
        """Mean revenue of an active customer under neutral management, currency per month."""
        return self.buying.rate * self.buying.basket


def field_of(name: str) -> FieldInfo:
    """How a market's number is declared, by the name of its doubt."""
    group, _, leaf = DOUBTED.get(name, name).rpartition(".")
    groups: dict[str, type[Frozen]] = {"": Market, "leaving": Leaving, "buying": Buying}
    return groups[group].model_fields[leaf]


class Reading(Frozen):
    """How a file of the user is written; what is left empty is found out, or asked for."""

    encoding: Literal["", "utf-8", "utf-16", "cp1252", "latin-1"] = Field(
        "", description="empty: by its byte order mark, else UTF-8 if it is that, else cp1252"
    )
    separator: Literal["", "comma", "semicolon", "tab", "pipe"] = Field(
        "", description="between columns; empty: the one the header is split by"
    )
    decimal: Literal["", "point", "comma"] = Field(
        "", description="decimal mark of amounts; empty: the one that all of them can be read with"
    )
    dates: Literal["", "ymd", "dmy", "mdy"] = Field(
        "", description="order in dates; empty: the only one that all of them can be read in"
    )
    until: str = Field(
        "",
        pattern=r"^(\d{4}-\d{2}-\d{2})?$",
        description="last day of the data, YYYY-MM-DD; empty: the last date in them",
    )

    @property
    def sign(self) -> str:
        """The separator as it is written."""
        return {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}.get(self.separator, "")

    @property
    def mark(self) -> str:
        """The decimal mark as it is written."""
        return {"point": ".", "comma": ","}.get(self.decimal, "")


class Population(Frozen):
    """Who is simulated. Of survival, transactions and subscriptions at most one is given."""

    size: People = Field(10_000, ge=1, le=20_000_000, description="people in the market")
    customer_share: Part = Field(
        0.35, ge=0.0, le=1.0, description="share of people who are customers at the start"
    )
    start: Literal["cohort", "base"] = Field(
        "base", description="cohort: all customers are new; base: mixed tenures"
    )
    oldest: Months = Field(120, ge=1, le=1200, description="longest tenure in a base, months")
    heterogeneity: bool = Field(
        True, description="off: everybody has the mean propensity (an ablation)"
    )
    survival: str = Field(
        "", description="CSV with period,surviving_percent (period 0 = 100): fits leaving (sBG)"
    )
    transactions: str = Field(
        "", description="CSV with customer_id,date,amount: fits buying and leaving (BG/NBD)"
    )
    subscriptions: str = Field(
        "", description="CSV with customer_id,start,end (empty: still there): fits leaving (sBG)"
    )
    period_months: Months = Field(
        12, ge=1, le=120, description="months of one period of survival or subscriptions"
    )
    fit_periods: Annotated[int, Unit("periods")] | None = Field(
        None, ge=1, le=1200, description="periods that are fitted; later ones are held out"
    )
    fit_until: str = Field(
        "",
        pattern=r"^(\d{4}-\d{2}-\d{2})?$",
        description="last day that is fitted, of transactions and subscriptions; later: held out",
    )
    survival_customers: People = Field(
        1000, ge=2, le=10**9, description="customers behind the percentages, for standard errors"
    )
    reading: Reading = Reading()

    @model_validator(mode="after")
    def _one_file(self) -> Population:
        given = [name for name in DATA if getattr(self, name)]
        if len(given) > 1:
            raise ValueError(f"got {' and '.join(given)}, allowed is one of them")
        if not given:
            for name in ("fit_periods", "fit_until"):
                if getattr(self, name):
                    raise ValueError(f"{name}: got a value, allowed only with {', '.join(DATA)}")
        return self

    @property
    def data(self) -> str | None:
        """The file that propensities are fitted to, None where the market's own hold."""
        return next((file for name in DATA if (file := getattr(self, name))), None)


class Network(Frozen):
    """Who hears whom."""

    kind: Literal["small_world", "scale_free", "random", "none", "file"] = Field(
        "small_world", description="shape of the graph, or an edge list from a file"
    )
    degree: People = Field(8, ge=1, le=1000, description="deg: mean number of neighbours")
    rewiring: Share = Field(0.1, description="share of ties that leave the ring (small world)")
    file: str = Field(
        "", description="CSV with a header and two columns of person numbers from 0 (kind=file)"
    )
