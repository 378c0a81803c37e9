"""What strikes a market from outside, or a company from within: when, how hard, whom, how long."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from .parameter import Frozen, Level, Months, Share

LASTING = ("outage", "recession", "price_war")
"""Kinds that go on for `months`; the others are events of one month."""

OF_ALL = ("recession", "price_war")
"""Kinds that nobody escapes."""


class Shock(Frozen):
    """One event, of one month or of several.

    A *breach* loses the data of those struck, a *scandal* tells on the company's conduct (B4, B6);
    of a *rival's breach* the company's own customers hear, which unsettles them where it is mild
    and speaks for the company where it is severe (B4); *portability* frees those whom only
    switching costs have held (I12). A scandal makes everybody talk; portability knows neither
    severity nor share.

    In an *outage* a share `severity` of the encounters that would have gone well fails too, of
    those struck, who are drawn anew each month. A *recession* takes `severity` off everybody's
    purchases, of a bill off its discretionary share; nobody leaves because of it. In a *price war*
    rivals ask `severity` less, in shares of the reference price, so that staying is worth as much
    less (G2).
    """

    kind: Literal[
        "breach", "rival_breach", "scandal", "portability", "outage", "recession", "price_war"
    ] = Field(description="what happens")
    month: Months = Field(ge=0, le=1200, description="in which month, or from which month on")
    severity: Level = Field(1.0, description="how bad it is")
    share: Share = Field(1.0, description="share of customers it strikes")
    by_ethics: bool = Field(
        False, description="a scandal that comes about with the chance 1 - ethics only"
    )
    months: Months = Field(
        1, ge=1, le=1200, description="how long an outage, a recession or a price war lasts"
    )

    @model_validator(mode="after")
    def _sensible(self) -> Shock:
        if self.months != 1 and self.kind not in LASTING:
            raise ValueError(f"months: got {self.months}, allowed with {self.kind} is 1")
        if self.share != 1.0 and self.kind in OF_ALL:
            raise ValueError(f"share: got {self.share:g}, allowed with {self.kind} is 1")
        return self
