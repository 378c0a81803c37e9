"""Metrics: what closed months say, as tidy frames with one row per month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..agents.experience import invested
from ..agents.state import Totals, fields
from .kernel import Records
from .ledger import ACCOUNTS, MICRO, Month, ideas_read
from .world import Path

MONEY = ("revenue", "fees", "discounts", "member_discounts", "goods", "rewards", "service",
         "experts", "marketing", "community", "data", "referral_rewards", "acts")  # fmt: skip
COUNTS = ("joined", "returned", "lost", "left", "joined_by_talk", "came_over", "went_over",
          "offers", "kept", "addressed", "won_back", "members", "enrolled",
          "purchases", "arrived", "encounters", "backlog", "dropped", "requests", "consulted",
          "refused", "failures", "unrecovered", "complaints", "posts", "referrals", "approaches",
          "targeted", "held_out", "paid_praise", "ideas", "ambassadors", "issued", "redeemed",
          "expired", "outstanding")  # fmt: skip


class Opening(NamedTuple):
    """Customers at the start of month 0: by the books, in truth, of the start base, and those of
    the base who are customers in truth."""

    listed: int
    alive: int
    base: int
    remaining: int


def opening_of(people: Records, firm: int = 0) -> Opening:
    """The customers of company number `firm` among people at the start; a start base has only the
    home company."""
    listed, alive = ((people[name] == 1) & (people["firm"] == firm) for name in ("listed", "alive"))
    base = (people["base"] == 1) & (firm == 0)
    return Opening(*(int(who.sum()) for who in (listed, alive, base, alive & base)))


def curves_of(
    months: Sequence[Month],
    opening: Opening,
    path: Path,
    names: Mapping[str, Any],
    scores: Sequence[float],
    uptake: float,
    everybody: NDArray[np.int64],
) -> pd.DataFrame:
    """Metrics of one company by month. Rates and means of a month without customers are nan.

    `names` become the first columns. `scores`: mean engagement score by month; `uptake`: share of
    the ideas read that are taken up; `everybody`: customers in truth of all companies with a name,
    by month.
    """
    totals = {
        name: np.array([getattr(month.totals, name) for month in months]) for name in fields(Totals)
    }
    listed_before = np.concatenate([[opening.listed], totals["listed"][:-1]])
    alive_before = np.concatenate([[opening.alive], totals["alive"][:-1]])
    base = opening.base
    profit = np.array([month.profit for month in months]) / MICRO
    acquisition = np.array([month.movement["acquisition"] for month in months]) / MICRO
    with np.errstate(divide="ignore", invalid="ignore"):
        alive = np.where(totals["alive"] > 0, totals["alive"], np.nan)
        frame: dict[str, Any] = {
            "customers": totals["listed"],
            "customers_true": totals["alive"],
            "market_share": totals["alive"] / np.where(everybody > 0, everybody, np.nan),
            "churn_rate": totals["lost"] / np.where(listed_before > 0, listed_before, np.nan),
            "churn_rate_true": totals["left"] / np.where(alive_before > 0, alive_before, np.nan),
            "satisfaction": totals["satisfaction"] / alive,
            "trust": totals["trust"] / alive,
            "engagement": totals["engagement"] / alive,
            "engagement_score": np.array(scores),
            "advocates": totals["advocates"] / alive,
            "disengaged": totals["disengaged"] / alive,
            "hostages": totals["hostages"] / alive,
            "unengaged": totals["unengaged"] / alive,
            "multichannel": totals["multichannel"] / alive,
            "wom_positive": totals["praise"] / alive,
            "wom_negative": (totals["warnings"] + totals["posts"]) / alive,
            **{name: totals[name] for name in COUNTS},
            **{name: totals[name] / MICRO for name in MONEY},
            "ideas_used": uptake * np.array([ideas_read(m.totals, m.offer) for m in months]),
            "waiting": np.array([month.offer.waiting for month in months]),
            "idea_costs": np.array([month.movement["ideas"] for month in months]) / MICRO,
            "acquisition": acquisition,
            "fixed": np.array([month.movement["fixed"] for month in months]) / MICRO,
            "switching": np.array([month.movement["switching"] for month in months]) / MICRO,
            "programme": np.array([month.programme for month in months]) / MICRO,
            "paused": np.array([month.offer.paused for month in months]),
            "invested": np.array([invested_of(month) for month in months]) / MICRO,
            "reinvested": np.array([m.totals.served * m.offer.reinvested for m in months]) / MICRO,
            "liability": np.array([m.totals.outstanding * m.offer.point_liability for m in months])
            / MICRO,
            **points_of(totals, months),
            "cac": _share(acquisition + totals["referral_rewards"] / MICRO, totals["joined"]),
            "cash": np.cumsum([month.movement["cash"] for month in months]) / MICRO,
            "profit": profit,
            "equity": np.cumsum(profit * path.discount[: len(months)]),
            "clv": np.cumsum(totals["base_value"]) / (base if base else np.nan),
        }
    return pd.DataFrame({**names, "month": np.arange(len(months)), **frame})


def invested_of(month: Month) -> int:
    """What a month's customers were charged for experience (2H), millionths of the currency."""
    return month.totals.served * invested(month.offer)


def points_of(totals: Mapping[str, Any], months: Sequence[Month]) -> dict[str, Any]:
    """What the books know of a points programme; nan where there is nothing to divide by.

    Redemption and breakage are those of the 12 months up to each month: a quarter's lot expires at
    once.
    """
    issued, redeemed, expired = (
        _year_to(totals[name]) for name in ("issued", "redeemed", "expired")
    )
    owed = [month.totals.outstanding * month.offer.point_deferred for month in months]
    return {
        "deferred_revenue": np.array(owed) / MICRO,
        "active_rate": _share(totals["active_members"], totals["members"]),
        "identified": _share(totals["identified"], totals["revenue"]),
        "redemption_rate": _share(redeemed, issued),
        "breakage": _share(expired, expired + redeemed),
        "reward_share": _share(totals["rewards"], totals["revenue"] - totals["discounts"]),
    }


def _year_to(flow: Any) -> Any:
    """Sum of the 12 months up to each month, of fewer at the start."""
    total = np.cumsum(flow)
    return total - np.concatenate([np.zeros(12, dtype=total.dtype), total])[: len(total)]


def _share(part: Any, whole: Any) -> Any:
    return part / np.where(whole > 0, whole, np.nan)


def retention_of(cohorts: Any, names: Mapping[str, Any]) -> pd.DataFrame:
    """Share of first relations that last `age` months, by cohort; cohort -1 is the base.

    `cohorts[t, c + 1]`: customers of cohort c in their first relation at the start of month t.
    """
    months = cohorts.shape[0]
    cohort, age = np.meshgrid(np.arange(-1, months - 1), np.arange(months), indexing="ij")
    begun = np.maximum(0, cohort)
    month = begun + age
    size = cohorts[begun, cohort + 1]
    seen = (month < months) & (size > 0)
    share = cohorts[month[seen], cohort[seen] + 1] / size[seen]
    return pd.DataFrame({**names, "cohort": cohort[seen], "age": age[seen], "share": share})


def ledger_of(months: Sequence[Month], names: Mapping[str, Any]) -> pd.DataFrame:
    """Movements by month and account, in currency, debit positive."""
    return pd.DataFrame(
        {
            **names,
            "month": np.repeat(np.arange(len(months)), len(ACCOUNTS)),
            "account": list(ACCOUNTS) * len(months),
            "amount": [m.movement[account] / MICRO for m in months for account in ACCOUNTS],
        }
    )


def costs_of(months: Sequence[Month], path: Path, left: Mapping[str, float]) -> dict[str, float]:
    """Discounted cost by the factor of its price, in currency; `left` is that of the remainder.

    Customers feel no price of a programme, so equity is linear in these factors: at a factor f in
    place of g, equity is less by (f / g - 1) times the cost. Where margin is put back, that leaves
    out that a dearer programme puts less back.
    """
    spent = dict.fromkeys(left, 0)
    sums = dict.fromkeys(left, 0.0)
    for month, discount in zip(months, path.discount, strict=False):
        totals, offer = month.totals, month.offer
        spent["cost_service"] = totals.served * offer.service_cost
        spent["cost_staff"] = totals.served * offer.staff_cost
        spent["cost_appointment"] = totals.experts
        spent["cost_marketing"] = totals.served * offer.marketing_cost
        spent["cost_community"] = totals.served * offer.community_cost
        spent["cost_data"] = totals.data
        spent["cost_points"] = totals.served * offer.points_cost
        spent["cost_reward"] = month.movement["rewards"] - spent["cost_points"]
        spent["cost_contact"] = totals.contacts * offer.encounter_cost
        spent["cost_message"] = totals.messaged * offer.message_cost
        spent["cost_recovery"] = totals.repairs * offer.recovery_cost
        spent["cost_surprise"] = totals.surprises * offer.surprise_cost
        spent["cost_proactive"] = totals.approaches * offer.proactive_cost
        spent["cost_proactive"] += totals.offers * offer.save_cost
        spent["cost_ambassador"] = totals.ambassadors * offer.ambassador_cost
        spent["cost_idea"] = month.movement["ideas"]
        spent["cost_acquisition"] = month.movement["acquisition"]
        for name, amount in spent.items():
            sums[name] += amount / MICRO * float(discount)
    return {name: sums[name] + left[name] for name in sums}


def served_of(months: Sequence[Month], path: Path) -> float:
    """Discounted months of customers that programmes were paid for, within the horizon."""
    served = np.array([month.totals.served for month in months])
    return float((served * path.discount[: len(months)]).sum())


def summary_of(
    curves: pd.DataFrame, people: Records, rest: Any, opening: Opening
) -> dict[str, float]:
    """What a run came to: value in currency, the rest as at the horizon or over all months."""
    base = people["base"] == 1
    acquired = ~base & (people["known"] & 1 == 1)
    last = curves.iloc[-1]
    realised = float(last["equity"])
    remaining = float(rest.sum())
    worth = people["value"] + rest
    return {
        "equity": realised + remaining,
        "equity_realised": realised,
        "equity_remainder": remaining,
        "clv": _mean(worth[base]),
        "clv_realised": _mean(people["value"][base]),
        "clv_acquired": _mean(worth[acquired]),
        "profit": float(curves["profit"].sum()),
        "revenue": float(curves["revenue"].sum()),
        "customers": float(last["customers"]),
        "customers_true": float(last["customers_true"]),
        "retained": float(((people["alive"][base] == 1) & (people["spell"][base] == 1)).sum())
        / opening.remaining
        if opening.remaining
        else float("nan"),
        "joined": float(curves["joined"].sum()),
        "churn_rate": float(curves["churn_rate"].mean()),
        "churn_rate_true": float(curves["churn_rate_true"].mean()),
        "satisfaction": float(last["satisfaction"]),
        "trust": float(last["trust"]),
        "engagement": float(last["engagement"]),
        "advocates": float(last["advocates"]),
        "wom_positive": float(curves["wom_positive"].mean()),
        "wom_negative": float(curves["wom_negative"].mean()),
        "referrals": float(curves["referrals"].sum()),
        "members": float(last["members"]),
    }


def _mean(values: Any) -> float:
    return float(np.mean(values)) if len(values) else float("nan")
