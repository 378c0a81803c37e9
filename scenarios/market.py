"""The market: what people buy, how often they meet the company, and how they leave.

The published heterogeneity of leaving lives here: a shifted beta-geometric (sBG) for contracts
(Fader & Hardie 2007), a beta-geometric / NBD for the rest (Fader, Hardie & Lee 2005).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .parameter import Frozen

Share = Annotated[float, Field(ge=0.0, le=1.0)]


class Leaving(Frozen):
    """Beta distribution of the propensity to leave.

    Contractual: churn per year (sBG). Noncontractual: dropout after each purchase (BG/NBD).
    """

    a: float = Field(0.704, ge=0.01, le=100.0, description="first shape of the Beta")
    b: float = Field(1.182, ge=0.01, le=1000.0, description="second shape of the Beta")


class Buying(Frozen):
    """Purchases while active: Gamma-distributed rates (NBD). A contract bills once a month."""

    rate: float = Field(
        1.0, gt=0.0, le=20.0, description="mean purchases (bills) per month of an active customer"
    )
    shape: float = Field(1.0, ge=0.05, le=100.0, description="r of the Gamma of purchase rates")
    basket: float = Field(30.0, gt=0.0, le=1e6, description="mean spend per purchase, currency")


class Market(Frozen):
    """One category of goods or services, and one company's place in it."""

    setting: Literal["contractual", "noncontractual"] = Field(
        "contractual", description="leaving is seen at a renewal, or is silent"
    )
    renewal_months: int = Field(
        12, ge=1, le=120, description="months between renewals of a contract"
    )
    inactivity_months: int = Field(
        12, ge=1, le=120, description="months of silence after which the books call a buyer lost"
    )
    rational_involvement: Share = Field(0.75, description="Vr: risk, stakes (C4; J)")
    hedonic_involvement: Share = Field(0.45, description="Vh: pleasure, identity (C4; J)")
    encounters: float = Field(
        1.0, gt=0.0, le=60.0, description="mean encounters per customer and month (J)"
    )
    failure: float = Field(
        0.065, ge=0.0, le=0.5, description="failures per encounter, small annoyances too (J)"
    )
    recovery: Share = Field(0.5, description="share of failures recovered when nobody tries (J)")
    gross_margin: float = Field(0.25, gt=0.0, le=1.0, description="gross margin, share of revenue")
    curvature: float = Field(
        2.5, ge=0.1, le=5.0,
        description="gam of g(S) = S^gam: 2.5 competitive, 1 normal, 0.5 captive (A5)",
    )  # fmt: skip
    belief: float = Field(
        0.35, gt=0.0, lt=1.0,
        description="mean belief of choosing the company, its market share (F3)",
    )  # fmt: skip
    category_norm: Share = Field(0.70, description="Xn: performance usual in the category")
    satisfaction_reference: Share = Field(0.695, description="Sref: satisfaction at the reference")
    performance_reference: Share = Field(0.70, description="Pref: performance at the reference")
    leaving: Leaving = Leaving()
    buying: Buying = Buying()

    @property
    def monthly_revenue(self) -> float:
        """Mean revenue of an active customer under neutral management, currency per month."""
        return self.buying.rate * self.buying.basket


class Population(Frozen):
    """Who is simulated."""

    size: int = Field(10_000, ge=1, le=20_000_000, description="people in the market")
    customer_share: float = Field(
        0.35, ge=0.0, le=1.0, description="share of people who are customers at the start"
    )
    start: Literal["cohort", "base"] = Field(
        "base", description="cohort: all customers are new; base: mixed tenures"
    )
    oldest: int = Field(120, ge=1, le=1200, description="longest tenure in a base, months")
    heterogeneity: bool = Field(
        True, description="off: everybody has the mean propensity (an ablation)"
    )


class Network(Frozen):
    """Who hears whom."""

    kind: Literal["small_world", "scale_free", "random", "none", "file"] = Field(
        "small_world", description="shape of the graph, or an edge list from a file"
    )
    degree: int = Field(8, ge=1, le=1000, description="mean number of neighbours")
    rewiring: Share = Field(0.1, description="share of ties that leave the ring (small world)")
    file: str = Field(
        "", description="CSV with a header and two columns of person numbers from 0 (kind=file)"
    )
