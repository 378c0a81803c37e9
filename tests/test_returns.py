"""What programmes return: spending beyond neutral, cost of winning, cash, payback."""

import functools
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from engagesim.agents.rules import Rules
from engagesim.agents.state import Offer, Totals
from engagesim.scenarios.levers import Strategy
from engagesim.sim.compare import live_in
from engagesim.sim.findings import Findings, findings
from engagesim.sim.ledger import ACCOUNTS, RESULTS, Month
from engagesim.sim.returns import payback, returns_of

from .cases import small
from .published import MARKETS

COSTLY = {
    "service": {"budget": 0.03, "human": 0.9},
    "points": {"earn": 0.03},
    "marketing": {"messages": 2.0, "coupon": 0.1},
    "referrals": {"reward": 20.0},
    "fixed_cost": 30.0,
    "switching": {"setup": 500.0},
}


@functools.cache
def found() -> Findings:
    scenario = small(
        market=MARKETS["telecom"],
        population={"size": 300, "customer_share": 0.4, "start": "base"},
        network={"kind": "small_world", "degree": 6},
        horizon=24,
        worlds=2,
        uncertainty="luck",
        strategies={"none": Strategy(), "costly": Strategy.model_validate(COSTLY)},
    )
    return findings(scenario, [live_in(scenario, world, Rules()) for world in range(2)])


def test_programme__of_neutral_management_is_nothing():
    curves = found().curves
    assert (curves["programme"][curves["strategy"] == "none"] == 0.0).all()


def test_programme__is_what_neutral_management_would_not_spend():
    movement = {account: 10 ** (k % 5) for k, account in enumerate(ACCOUNTS)}
    totals, offer = Totals(), Offer()
    totals.contacts, totals.messaged = 3, 2
    offer.usual_encounter_cost, offer.usual_message_cost = 100, 7
    spent = sum(movement[account] for account in RESULTS)
    spent -= sum(movement[name] for name in ("revenue", "fees", "goods", "acquisition"))
    assert Month(movement, totals, offer).programme == spent - 3 * 100 - 2 * 7


def test_programme__is_more_where_more_is_done():
    curves = found().curves
    assert (curves["programme"][curves["strategy"] == "costly"] > 0.0).all()


def test_cac__is_what_winning_cost_by_customers_won():
    for _, row in found().summary.iterrows():
        curves = found().curves.query("strategy == @row.strategy and world == @row.world")
        paid = curves["acquisition"].sum() + curves["referral_rewards"].sum()
        assert row["cac"] * curves["joined"].sum() == pytest.approx(paid)
        usual = curves["joined"] > 0
        each = curves["cac"][usual] * curves["joined"][usual]
        assert each.sum() <= paid * (1 + 1e-12)
        assert curves["cac"][~usual].isna().all()


def test_cash__moves_by_profit_and_what_is_owed():
    for _, curves in found().curves.groupby(["strategy", "world"]):
        owed = curves["liability"].diff().iloc[1:]
        moved = curves["cash"].diff().iloc[1:]
        np.testing.assert_allclose(moved, curves["profit"].iloc[1:] + owed, atol=1e-5)


def test_peak_cash__is_the_deepest_need():
    for _, row in found().summary.iterrows():
        curves = found().curves.query("strategy == @row.strategy and world == @row.world")
        assert row["peak_cash"] == max(0.0, -curves["cash"].min())


def test_returns__against_the_first_in_the_same_world():
    returns, summary = found().returns, found().summary.set_index(["strategy", "world"])
    assert returns["strategy"].tolist() == ["costly", "costly"]
    for _, row in returns.iterrows():
        one, other = (summary.loc[(name, row["world"])] for name in ("costly", "none"))
        assert row["extra"] == pytest.approx(one["equity_realised"] - other["equity_realised"])
        assert row["programme"] == pytest.approx(one["programme"])
        assert row["roi"] == pytest.approx(row["extra"] / row["programme"])


def frame(**equity: list[float]) -> pd.DataFrame:
    return pd.concat(
        pd.DataFrame(
            {"strategy": name, "world": 0, "company": 0, "month": range(len(v)), "equity": v}
        )
        for name, v in equity.items()
    )


def of(spent: float) -> Any:
    summary = pd.DataFrame({"strategy": ["a", "b"], "world": 0, "programme": [10.0, spent]})
    curves = frame(a=[1.0, 2.0, 3.0, 4.0], b=[0.0, 2.0, 4.0, 7.0])
    return returns_of(curves, summary, ["a", "b"]).iloc[0]


def test_returns__in_closed_form():
    row = of(15.0)
    assert (row["extra"], row["programme"], row["roi"], row["payback_month"]) == (3, 5, 0.6, 2)
    assert math.isnan(of(10.0)["roi"])
    assert math.isnan(of(8.0)["roi"])


@pytest.mark.parametrize(
    ("gained", "month"),
    [([1, 2], 0), ([-1, 1, -1, 2, 3], 3), ([0, 0], None), ([1, -1], None), ([-2, -1, 1], 2)],
)
def test_payback__turns_and_stays_positive(gained: list[int], month: int | None) -> None:
    found = payback(np.array(gained, dtype=float))
    assert math.isnan(found) if month is None else found == month
