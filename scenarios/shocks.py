"""What strikes a market from outside, or a company from within: when, how hard, whom."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .parameter import Frozen, Level, Months, Share


class Shock(Frozen):
    """One event of one month.

    A *breach* loses the data of those struck, a *scandal* tells on the company's conduct (B4, B6);
    of a *rival's breach* the company's own customers hear, which unsettles them where it is mild
    and speaks for the company where it is severe (B4); *portability* frees those whom only
    switching costs have held (I12). A scandal makes everybody talk; portability knows neither
    severity nor share.
    """

    kind: Literal["breach", "rival_breach", "scandal", "portability"] = Field(
        description="what happens"
    )
    month: Months = Field(ge=0, le=1200, description="in which month")
    severity: Level = Field(1.0, description="how bad it is")
    share: Share = Field(1.0, description="share of customers it strikes")
    by_ethics: bool = Field(
        False, description="a scandal that comes about with the chance 1 - ethics only"
    )
