"""The engagement map of a run: at which stage of the journey who does how much, and how bound.

Acts alone do not tell engagement: who complains is engaged too, and who buys out of habit is not.
So the map sets beside what people do how strong the bond is with which they went into the month.
Everything is counted by the stage in which a month began: who leaves in it left from that stage.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..agents.company import Company
from ..agents.rules.journey import LAPSED, PROSPECT, STAGES
from ..agents.state import World
from .month import People


class Act(NamedTuple):
    """A type of interaction: the field of a person it is counted by, and what is made of it."""

    field: str
    of: Callable[[NDArray[Any]], NDArray[Any]] = lambda column: column
    standing: bool = False
    """Stays as it was when a relation ends, so it counts of customers only."""


def _whether(column: NDArray[Any]) -> NDArray[Any]:
    return column > 0


ACTS = {
    "purchases": Act("purchases"),
    "coupons": Act("couponed"),
    "rewards": Act("redeemed", _whether),
    "contacts": Act("encounters"),
    "failures": Act("failures"),
    "surprises": Act("surprises"),
    "approaches": Act("approached"),
    "appointments": Act("consulted"),
    "wishes": Act("wishing", standing=True),
    "messages": Act("opted_out", lambda column: column == 0, standing=True),
    "ideas": Act("ideas"),
    "complaints": Act("complaints"),
    "posts": Act("posts"),
    "warnings": Act("warnings"),
    "praise": Act("praise"),
    "shares": Act("paid_praise"),
    "referrals": Act("referrals"),
    "ambassadors": Act("ambassador", _whether),
}
"""What people do with a company and about it, in that order. `rewards`, `wishes`, `messages` and
`ambassadors` are months in which one redeems, wants, takes messages, stands for the company."""

BOND = ("satisfaction", "trust", "engagement", "ties")
ELSEWHERE = len(STAGES)
"""Where customers of a rival with a name are kept: on no map of the home company."""

OUTSIDE = (PROSPECT, LAPSED)
"""Stages of people who are no customers: they are in no share of customers."""


class Journeys:
    """What everybody does by stage, month by month, counted as the months are lived."""

    def __init__(self, people: People, world: World) -> None:
        self.months = 0
        self.people = np.zeros(len(STAGES), dtype=np.int64)
        """Person-months by stage."""
        self.counts = np.zeros((len(STAGES), len(ACTS)), dtype=np.int64)
        self.bonds = np.zeros((len(STAGES), len(BOND)))
        self.scored = np.zeros(len(STAGES), dtype=np.int64)
        self.scores = np.zeros(len(STAGES))
        self._score: tuple[NDArray[np.float64], NDArray[np.bool_]] | None = None
        self._enter(people, world)

    def note(self, people: People, company: Company, world: World) -> None:
        """Count a month that has just been lived, and remember where all stand now."""
        stage = self._stage
        self.people += _added(stage, np.ones(len(stage))).astype(np.int64)
        column = people.gather({act.field for act in ACTS.values()})
        ours = ~np.isin(stage, (*OUTSIDE, ELSEWHERE))
        sends = company.levers(self.months).marketing.messages > 0.0
        for place, (name, act) in enumerate(ACTS.items()):
            done = act.of(column[act.field])
            if act.standing:
                done = np.where(ours & (sends or name != "messages"), done, 0)
            self.counts[:, place] += _added(stage, done).astype(np.int64)
        for place, name in enumerate(BOND):
            self.bonds[:, place] += _added(stage, self._bond[name])
        if self._score is not None:
            found, known = self._score
            self.scored += _added(stage, known).astype(np.int64)
            self.scores += _added(stage, np.where(known, found, 0.0))
        self.months += 1
        self._enter(people, world)
        self._score = company.found

    def _enter(self, people: People, world: World) -> None:
        self._stage = people.stages(world)
        self._stage[people.column("firm") > 0] = ELSEWHERE
        self._bond = people.gather(BOND)

    def frame(self, names: Mapping[str, Any]) -> pd.DataFrame:
        """One row per stage and type of interaction; what belongs to the stage is on all its rows.

        `count` over all months, `rate` per person-month in the stage; `people`, mean number there;
        `share` of all customers, nan for those who are none; means of the bond and of the
        company's own score, nan where there is nobody, or none is kept.
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            inside = np.where(np.isin(np.arange(len(STAGES)), OUTSIDE), np.nan, 1.0)
            share = inside * self.people / np.nansum(inside * self.people)
            rate = self.counts / self.people[:, None]
            bond = self.bonds / self.people[:, None]
            score = self.scores / self.scored
        bond[PROSPECT] = np.nan  # a bond that is none yet
        many = len(ACTS)
        return pd.DataFrame(
            {
                **names,
                "stage": np.repeat(STAGES, many),
                "interaction": list(ACTS) * len(STAGES),
                "count": self.counts.ravel(),
                "rate": rate.ravel(),
                "people": np.repeat(self.people / max(1, self.months), many),
                "share": np.repeat(share, many),
                **{name: np.repeat(bond[:, place], many) for place, name in enumerate(BOND)},
                "engagement_score": np.repeat(score, many),
            }
        )


def _added(stage: NDArray[np.int64], values: NDArray[Any]) -> NDArray[np.float64]:
    """Values by stage; whole ones add up exactly, far below 2^53."""
    found = np.bincount(stage, weights=values, minlength=ELSEWHERE + 1)
    return found[:ELSEWHERE].astype(np.float64)
