"""Customer engagement value: by whose doing customers are worth something (Kumar et al. 2010).

Each customer is credited once. Whoever talked them into their first relation with the company is
credited with all they will ever be worth: as referral value (CRV) where the reward was claimed, as
influence value (CIV) where it was not. The reward is a cost of the customer won, so it is taken off
once. Customers of the start and those won by marketing stand for themselves (CLV). A chain is no
exception: who was won by somebody who was won is credited to the last one only.

So the values of all people, less the costs that belong to nobody, are customer equity.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .kernel import Records
from .ledger import MICRO, OWN, Month
from .world import Path

Column = NDArray[np.float64]


def engagement_value(people: Records, worth: Column) -> pd.DataFrame:
    """What each person is worth by themselves and by those they won, in currency.

    `worth`, shape (people,): discounted contribution, remainder included. One row per person:
    `id`, `clv` (0 for those credited to somebody else), `crv`, `civ`, and `cev`, their sum.
    """
    winner, rewarded = people["winner"], people["rewarded"] == 1
    won = winner >= 0

    def credited(who: Any) -> Column:
        sums = np.bincount(winner[who], weights=worth[who], minlength=len(people))
        return np.asarray(sums, dtype=np.float64)

    values = {
        "clv": np.where(won, 0.0, worth),
        "crv": credited(won & rewarded),
        "civ": credited(won & ~rewarded),
    }
    return pd.DataFrame({"id": people["id"], **values, "cev": sum(values.values())})


def credit_of(people: Records, worth: Column) -> dict[str, float]:
    """Mean engagement value of the customers of the start, by kind, in currency; nan of nobody."""
    base = people["base"] == 1
    own = engagement_value(people, worth)[["crv", "civ", "cev"]][base]
    return {name: float(values.mean()) for name, values in own.items()}


def unassigned(months: Sequence[Month], path: Path) -> float:
    """Discounted costs that belong to no customer, in currency: acquisition, ideas, fixed costs,
    switching, and points owed that are revalued."""
    costs = [
        sum(month.movement[account] for account in OWN)
        + month.movement["rewards"]
        - month.totals.rewards
        for month in months
    ]
    return float((np.array(costs) / MICRO * path.discount[: len(months)]).sum())
