"""The decision: who wins, how sure, what the doubt is made of, and what would turn it."""

import functools
import re

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from engagesim.scenarios.levers import Strategy
from engagesim.sim.compare import Comparison, compare, live_in, looks
from engagesim.sim.course import rules_of
from engagesim.sim.decision import Worlds, decide, measures_of
from engagesim.sim.doubt import Uncertain, uncertain
from engagesim.sim.findings import precision_of
from engagesim.sim.sentence import sentence, turned
from engagesim.sim.statistics import mean_interval, regret_interval, wilson

from .published import small_scenario as small

FACTORS = ("cost_service", "cost_points")
DRAWN = (
    Uncertain("x", "behaviour", 0.0, 0.5, 1.0),
    Uncertain("y", "market", -1.0, 0.0, 1.0),
    Uncertain("cost_service", "costs", 0.5, 1.0, 1.5),
    Uncertain("cost_points", "costs", 0.5, 1.0, 1.5),
)


@functools.cache
def compared(worlds: int, uncertainty: str = "all") -> Comparison:
    return compare(small(worlds, uncertainty))


def luck_alone(**equity: list[float]) -> Worlds:
    """Made-up equities by strategy, nothing drawn, no costs."""
    table = np.array(list(equity.values())).T
    count, strategies = table.shape
    return Worlds(
        names=tuple(equity), equity=table, costs=np.zeros((count, strategies, 1)),
        factors=("cost_service",), served=np.ones((count, strategies)),
        blocks=np.zeros((count, strategies, 4)),
        inputs=pd.DataFrame({"cost_service": np.ones(count)}), uncertain=(),
    )  # fmt: skip


def made(
    count: int, *, seed: int = 0, mean: float = 0.0, x: float = 0.0, cost: float = 0.0,
    luck: float = 0.0, blocks: int = 50, extra: int = 0,
) -> Worlds:  # fmt: skip
    """Two strategies whose difference is mean + x * x + noise of luck - cost * its price.

    `extra` inputs have no part in it.
    """
    random = np.random.default_rng(seed)
    drawn = (*DRAWN, *(Uncertain(f"z{k}", "behaviour", 0.0, 0.5, 1.0) for k in range(extra)))
    inputs = pd.DataFrame({n.name: [n.at(u) for u in random.random(count)] for n in drawn})
    shares = random.normal(0.0, luck / np.sqrt(blocks), (count, blocks))
    spent = np.zeros((count, 2, 2))
    spent[:, 0, 0] = cost * inputs["cost_service"]
    gain = mean + x * (inputs["x"] - 0.5) + shares.sum(axis=1) - spent[:, 0, 0] + cost
    equity = np.column_stack([1000.0 + gain, np.full(count, 1000.0)])
    parts = np.stack([shares, np.zeros_like(shares)], axis=1)
    return Worlds(("a", "b"), equity, spent, FACTORS, np.ones((count, 2)), parts, inputs, drawn)


# Who wins, and how sure.


def test_decision__names_winner_amount_and_doubt():
    decision = decide(
        luck_alone(
            none=[0.0, 0.0, 0.0, 0.0],
            points=[600.0, 900.0, 1200.0, 1500.0],
            service=[900.0, 1500.0, 2100.0, 1200.0],
        )
    )
    mean, low, high = mean_interval(np.array([300.0, 600.0, 900.0, -300.0]))
    assert (decision["winner"], decision["runner_up"]) == ("service", "points")
    assert [row["strategy"] for row in decision["ranking"]] == ["service", "points", "none"]
    assert [row["p_best"] for row in decision["ranking"]] == [0.75, 0.25, 0.0]
    assert [row["regret"] for row in decision["ranking"]] == [75.0, 450.0, 1500.0]
    assert (decision["difference"], decision["low"], decision["high"]) == (mean, low, high)
    assert decision["p"] == 0.75
    assert decision["settled"]
    decision["judgement"] = {"inputs": 7, "drawn": False}
    text = sentence(decision, 300)
    assert re.match(r"service (probably )?beats points", text)
    assert "1.25 of customer equity per person in the market (+36%)" in text
    assert f"90 % interval {low / 300:,.2f} to {high / 300:,.2f}" in text
    assert "in 75% of 4 worlds" in text
    assert f"90 % interval {decision['p_low']:.0%} to {decision['p_high']:.0%}" in text
    assert "7 inputs that rest on judgement" in text
    assert "the true doubt is greater" in text


def test_decision__says_when_it_is_not_settled():
    decision = decide(luck_alone(a=[1.0, 4.0], b=[2.0, 2.0]))
    assert not decision["settled"]
    decision["judgement"] = {"inputs": 7, "drawn": False}
    assert sentence(decision, 1).startswith("It is not settled whether a or b is better")


def test_decision__regret_is_the_value_of_perfect_information():
    """Regret of the best on average = mean of the best in each world less the best mean."""
    random = np.random.default_rng(4)
    equity = {name: random.normal(k, 3.0, 60).tolist() for k, name in enumerate("abc")}
    decision = decide(luck_alone(**equity))
    table = np.array(list(equity.values()))
    perfect = table.max(axis=0).mean() - table.mean(axis=1).max()
    assert decision["ranking"][0]["regret"] == pytest.approx(perfect)
    assert sum(row["p_best"] for row in decision["ranking"]) == pytest.approx(1.0)


def test_decision__shares_a_tie():
    decision = decide(luck_alone(a=[1.0, 1.0], b=[1.0, 1.0]))
    assert [row["p_best"] for row in decision["ranking"]] == [0.5, 0.5]
    assert decision["p"] == 0.5


def test_measures__put_equity_value_and_churn_side_by_side():
    rows = [
        ("a", 0, 10.0, 1.0, 0.03), ("a", 1, 12.0, 2.0, 0.04),
        ("b", 0, 9.0, 3.0, 0.01), ("b", 1, 13.5, 4.0, 0.05),
    ]  # fmt: skip
    columns = ["strategy", "world", "equity", "clv", "churn_rate_true"]
    found = measures_of(pd.DataFrame(rows, columns=columns), ("a", "b"))
    assert [(row["metric"], row["best"], row["p_best"]) for row in found] == [
        ("equity", "b", 0.5), ("clv", "b", 1.0), ("churn_rate_true", "b", 0.5),
    ]  # fmt: skip
    assert (found[1]["p_low"], found[1]["p_high"]) == wilson(2, 2)


# Power: 2,000 sets of worlds; coverage is then known within 2 points (3 standard errors).
@pytest.mark.parametrize("ahead", [0.0, 0.5, 1.3, 1.645, 2.3])
@pytest.mark.parametrize("count", [20, 80])
def test_regret__interval_covers_also_where_the_verdict_is_sure(count: int, ahead: float) -> None:
    """Gaps of mean `ahead` and sd 1: P from .50 to .99, and few or no worlds that are lost."""
    random = np.random.default_rng(8)
    true = stats.norm.pdf(ahead) - ahead * stats.norm.sf(ahead)
    covered = 0
    for _ in range(2000):
        _, low, high = regret_interval(random.normal(ahead, 1.0, count))
        covered += low <= true <= high
    assert covered / 2000 > 0.87


# What the doubt is made of.


# Power: 400 worlds; a standard deviation is then known within 3.5 % (one standard error), a share
# within about .03.
@pytest.mark.parametrize(("x", "cost", "luck"), [(50, 20, 5), (0, 30, 10), (40, 0, 0), (0, 0, 8)])
def test_doubt__finds_the_parts_it_was_made_of(x: float, cost: float, luck: float) -> None:
    found = decide(made(400, mean=3.0, x=x, cost=cost, luck=luck))["doubt"]
    assert found is not None
    variance = {"behaviour": x**2 / 24.0, "costs": cost**2 / 12.0, "luck": luck**2}
    whole = sum(variance.values())
    for name, part in variance.items():
        assert found[name]["share"] == pytest.approx(part / whole, abs=0.1), name
        assert found[name]["low"] - 0.02 <= part / whole <= found[name]["high"] + 0.02, name
    assert sum(part["share"] for part in found.values()) == pytest.approx(1.0)


def test_doubt__adds_up_to_the_variance_of_the_difference():
    worlds = made(400, mean=3.0, x=50, cost=20, luck=10)
    found = decide(worlds)["doubt"]
    whole = np.var(worlds.equity[:, 0] - worlds.equity[:, 1], ddof=1)
    assert sum(part["sd"] ** 2 for part in found.values()) == pytest.approx(whole, rel=0.1)


def test_doubt__is_all_luck_where_nothing_is_drawn():
    found = compared(6, "luck").decision["doubt"]
    assert found["luck"]["share"] == 1.0
    assert found["behaviour"]["share"] == found["costs"]["share"] == 0.0


# What would turn it.


def test_inputs__turn_the_verdict_where_it_was_planted():
    """Difference 10 + 100 (x - .5): it turns at x = .4; of a price, at what it can bear."""
    found = {row["input"]: row for row in decide(made(200, mean=10.0, x=100.0))["inputs"]}
    assert found["x"]["turns_at"] == pytest.approx(0.4, abs=0.01)
    assert turned(found["x"]) == f"x below {found['x']['turns_at']:.3g}"
    assert found["x"]["p_turns"] == pytest.approx(2 * 0.4**2, abs=0.02)  # a triangle's left part
    priced = {row["input"]: row for row in decide(made(200, mean=10.0, cost=50.0))["inputs"]}
    assert set(priced) == {"cost_service"}
    assert priced["cost_service"]["turns_at"] == pytest.approx(1.2)
    assert turned(priced["cost_service"]) == "cost_service above 1.2"
    assert priced["cost_service"]["p_turns"] == pytest.approx(0.3, abs=0.01)


def test_inputs__are_worth_what_knowing_them_is():
    """Of mean 0 and linear, slope s, in a uniform price of width w, knowing is worth s w / 8."""
    found = decide(made(50, mean=1e-9, cost=50.0))["inputs"]
    assert found[0]["value"] == pytest.approx(50.0 * 1.0 / 8.0, rel=0.01)


# Power: of inputs that have no part in it one comparison in ten names any by chance: 30 comparisons
# name about 3; without the threshold it would be about 30.
def test_inputs__of_no_part_are_hardly_named():
    by_chance = 0
    for seed in range(30):
        decision = decide(made(40, seed=seed, mean=30.0, x=60.0, luck=1.0, extra=20))
        names = [row["input"] for row in decision["inputs"] if row["kind"] != "costs"]
        assert "x" in names
        by_chance += len(names) - 1
    assert by_chance < 12


def test_inputs__say_nothing_of_few_worlds():
    assert decide(made(10, x=100.0))["inputs"] == []


def test_prices__follow_from_the_worlds_already_run():
    """Equity at other prices is that of a run at those prices, to the rounding of millionths."""
    run_at = {"cost_service": 1.5, "cost_reward": 0.6, "cost_contact": 1.2, "cost_points": 0.0}
    tried = {"tried": Strategy.model_validate(BUSY)}
    one = live_in(small(1, "luck", strategies=tried), 0, rules_of(None))
    other = live_in(small(1, "luck", strategies=tried, costs=run_at), 0, rules_of(None))
    spent = one.costs.set_index("input")["amount"]
    assert (spent[list(run_at.keys() - {"cost_points"})] > 0.0).all()
    expected = one.summary["equity"][0] - sum((f - 1.0) * spent[k] for k, f in run_at.items())
    assert other.summary["equity"][0] == pytest.approx(expected, rel=1e-6)


BUSY = {
    "points": {"earn": 0.05, "goal": 1.0, "admin_budget": 0.01},
    "service": {"recovery": 0.9, "recovery_price": 3.0, "surprise": 0.3, "surprise_price": 2.0,
                "proactive": 0.4, "concierge": 0.2, "budget": 0.01},
    "marketing": {"messages": 3.0, "message_price": 0.02, "budget": 0.01},
    "community": {"capacity": 0.3, "ideas": 0.02, "budget": 0.01},
    "data": {"control": 0.8, "budget": 0.01},
}  # fmt: skip


def test_break_even__is_where_two_strategies_are_level():
    """At the cost that a strategy can bear, spread over its customers' months, it draws level."""
    result = compared(5)
    summary = result.summary.set_index(["strategy", "world"])
    for row in result.decision["break_even"]:
        mine, other = summary.loc[row["strategy"]], summary.loc[row["versus"]]
        charge = (row["break_even"] - row["cost"]) * mine["served"].mean()
        assert mine["equity"].mean() - charge == pytest.approx(other["equity"].mean())
        assert row["low"] < row["break_even"] < row["high"]


# How many worlds.


def test_looks__double_up_to_the_cap_and_only_when_asked():
    assert list(looks(small(90))) == [90]
    asking = small(90, precision={"p": 0.1})
    assert list(looks(asking)) == [20, 40, 80, 90]


def test_precision__stops_at_the_first_look_that_has_it():
    """One strategy is better in every world: 20 worlds know P within .06."""
    sure = {"none": Strategy(), "dear": Strategy.model_validate({"fixed_cost": 1e5})}
    result = compare(small(80, "luck", strategies=sure, precision={"p": 0.1}))
    assert result.decision["worlds"] == 20
    assert result.decision["precision"]["reached"]
    assert "as asked" in result.decision["sentence"]
    capped = compare(small(21, "luck", strategies=sure, precision={"p": 0.01}))
    assert capped.decision["worlds"] == 21
    assert not capped.decision["precision"]["reached"]
    assert "the cap of 21 worlds" in capped.decision["sentence"]


def test_regret__of_who_loses_in_every_world_is_their_mean():
    gaps = np.random.default_rng(1).normal(-9.0, 1.0, 8)
    assert regret_interval(gaps) == pytest.approx(mean_interval(-gaps))


def test_precision__asks_for_regret_per_person():
    equity = [[3.0, 1.0], [2.0, 4.0], [5.0, 1.0], [3.0, 2.0]]
    scenario = small(20, precision={"regret": 0.5})
    found = precision_of(scenario, np.array(equity))
    _, low, high = regret_interval(np.array([2.0, -2.0, 4.0, 1.0]) / 300)
    assert found["found"]["regret"] == pytest.approx((high - low) / 2)
    assert found["asked"] == {"regret": 0.5}
    assert found["reached"]


# Words.


def test_decision__of_a_real_comparison_is_a_sentence():
    decision = compared(5).decision
    text = decision["sentence"]
    means = compared(5).summary.groupby("strategy")["equity"].mean()
    assert decision["winner"] == means.idxmax()
    assert decision["winner"] in text
    assert f"{decision['difference'] / 300:,.2f} of customer equity" in text
    assert f"{decision['p']:.0%} of 5 worlds" in text
    count = len(uncertain(small(5)))
    assert f"{count} inputs that rest on judgement or data drawn from their ranges" in text
    assert re.search(r"the doubt is \d+% [a-z ]+, \d+% [a-z ]+ and \d+% [a-z ]+", text)
    assert text.endswith(".")
    assert ". " not in text


def test_decision__of_one_strategy_compares_nothing():
    result = compare(small(1, "luck", strategies={"none": Strategy()}))
    assert "nothing to compare" in result.decision["sentence"]
    assert result.paired.empty
    assert result.paired_curves.empty
    assert result.effects.empty
