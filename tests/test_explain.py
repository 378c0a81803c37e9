"""What makes the difference: Shapley values against known games, and against runs by hand."""

import itertools
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import engagesim as es
from engagesim.sim.experiments.players import Levers, Mechanisms
from engagesim.sim.experiments.shapley import along, coalitions_of, exact, orders_of
from engagesim.sim.main import main

from .units import SMALL, inline

KNOWN = (*SMALL, "uncertainty=luck")


# Shapley values.


@given(st.data())
def test_shapley__is_the_mean_over_all_orders(data: Any) -> None:
    players = data.draw(st.integers(1, 5))
    number = st.integers(-1000, 1000)
    plain = data.draw(st.lists(number, min_size=1 << players, max_size=1 << players))
    value = {k: np.array([float(v)]) for k, v in enumerate(plain)}
    found = exact(players, value)[:, 0]
    orders = list(itertools.permutations(range(players)))
    by_hand = []
    for player in range(players):
        added = Fraction(0)
        for order in orders:
            before = sum(1 << other for other in order[: order.index(player)])
            added += plain[before | 1 << player] - plain[before]
        by_hand.append(float(added / len(orders)))
    np.testing.assert_allclose(found, by_hand, atol=1e-9)
    np.testing.assert_allclose(along(orders, value).mean(axis=0)[:, 0], by_hand, atol=1e-9)
    assert found.sum() == pytest.approx(plain[-1] - plain[0], abs=1e-9)


def test_shapley__of_gloves_is_that_of_the_textbook():
    # One left glove, two right ones: a pair is worth 1 (Shapley & Shubik 1969).
    value = {k: np.array([float(bool(k & 1) and bool(k & 6))]) for k in range(8)}
    np.testing.assert_allclose(exact(3, value)[:, 0], [2 / 3, 1 / 6, 1 / 6])


def test_orders__sampled_add_up_and_come_near_the_exact_values():
    players = 10
    luck = np.random.default_rng(4)
    weight = luck.normal(0, 1, players)
    pairwise = luck.normal(0, 0.3, (players, players))
    pairwise = np.triu(pairwise, 1)

    def worth(members: int) -> np.ndarray:
        inside = np.array([members >> k & 1 for k in range(players)], dtype=float)
        return np.array([inside @ weight + inside @ pairwise @ inside + 7.0])

    truth = weight + (pairwise.sum(axis=0) + pairwise.sum(axis=1)) / 2.0
    orders = orders_of(players, 20, seed=1)
    value = {members: worth(members) for members in coalitions_of(orders)}
    steps = along(orders, value)[..., 0]
    whole = worth((1 << players) - 1) - worth(0)
    np.testing.assert_allclose(steps.sum(axis=1), np.full(40, whole[0]), rtol=1e-12)
    # An order and its reverse together are exact where players act in pairs.
    np.testing.assert_allclose(steps[:2].mean(axis=0), truth, atol=1e-9)
    assert np.abs(steps[0] - truth).max() > 0.1  # the test can fail
    assert all(order[::-1] == other for order, other in zip(orders[::2], orders[1::2], strict=True))


# Players.


def test_players__are_the_levers_that_differ():
    scenario = es.scenario(*SMALL)
    parts = Levers(scenario, by_parts=True)
    names = [player.name for player in parts.players]
    assert names == ["points, given up", "service", "marketing", "community", "data", "referrals"]
    everybody = (1 << len(names)) - 1
    first, second = scenario.strategies.values()
    assert parts.strategy(0) == first.model_copy(update={"about": ""})
    assert parts.strategy(everybody) == second.model_copy(update={"about": ""})
    service = parts.strategy(1 << names.index("service"))
    assert service.service == second.service
    assert service.points == first.points


def test_players__whose_levers_cannot_stand_alone_stay_together():
    levers = Levers(es.scenario(*SMALL, "strategy=[none,tiered]"), by_parts=False)
    names = [player.name for player in levers.players]
    assert "points" in names  # tiers need points
    assert any(name.startswith("service.") for name in names) or len(names) == 1
    for members in range(1 << min(6, len(names))):
        levers.strategy(members)


def test_mechanisms__act_only_with_what_they_need():
    scenario = es.scenario(*SMALL)
    sides = Mechanisms(scenario, by_rooms=False)
    names = [player.name for player in sides.players]
    alone = 1 << names.index("human_contact")
    ((_, one),) = sides.scenarios([alone])
    assert not any(dict(one.mechanisms).values())
    both = alone | 1 << names.index("engagement_dynamics")
    ((_, one),) = sides.scenarios([both])
    assert [k for k, on in one.mechanisms if on] == ["engagement_dynamics", "human_contact"]
    ((_, one),) = sides.scenarios([(1 << len(names)) - 1])
    assert one.mechanisms == scenario.mechanisms


# The verb.


def test_explain__adds_up_to_the_difference_of_a_comparison(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with inline(monkeypatch):
        answer = es.explain(*SMALL, f"out={tmp_path / 'out'}")
    compared = es.compare(es.scenario(*SMALL))
    equity = compared.summary.pivot(index="world", columns="strategy", values="equity") / 200
    gap = (equity["flywheel"] - equity["points_only"]).mean()
    players = answer.frames["players"]
    assert answer.summary["end"] == pytest.approx(gap, rel=1e-12)
    assert players["shapley"].sum() == pytest.approx(gap, rel=1e-12)
    assert answer.summary["exact"]
    segments = answer.frames["segments"]
    effects = compared.effects
    pairs = [set(map(tuple, f[["segment", "group"]].to_numpy())) for f in (segments, effects)]
    assert pairs[0] == pairs[1]
    for (segment, group), rows in segments.groupby(["segment", "group"]):
        own = rows[rows["player"] != "difference"]
        whole = rows[rows["player"] == "difference"].iloc[0]
        assert own["worth"].sum() == pytest.approx(whole["worth"], rel=1e-9, abs=1e-9)
        assert own["stays"].sum() == pytest.approx(whole["stays"], abs=1e-12)
        known = effects[(effects["segment"] == segment) & (effects["group"] == group)]
        assert whole["worth"] == pytest.approx(known["value"].mean(), rel=1e-9)
        net = (known["kept"] - known["lost"]).mean()
        assert whole["stays"] == pytest.approx(net, abs=1e-12)
    for name in ("explain", "segments"):
        assert (tmp_path / "out" / "figures" / f"{name}.png").stat().st_size > 10_000
    assert main(["verify", str(tmp_path / "out")]) == 0


def test_explain__of_many_levers_adds_up_and_puts_the_idle_together(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    words = (
        "population.size=100",
        "horizon=3",
        "worlds=2",
        "uncertainty=luck",
        "by=levers",
        "pairs=2",
    )
    with inline(monkeypatch) as tasks:
        answer = es.explain(*words, f"out={tmp_path / 'out'}")
        before = len(tasks)
        again = es.explain(*words, f"out={tmp_path / 'out'}")
        assert len(tasks) == before
    players = answer.frames["players"]
    assert not answer.summary["exact"]
    assert players["shapley"].sum() == pytest.approx(answer.summary["end"], rel=1e-9)
    assert (again.frames["players"] == players).all(axis=None)
    alone = players.set_index("player").loc["service.performance"]
    mixed = Levers(es.scenario(*words[:4]), by_parts=False)
    place = [player.name for player in mixed.players].index("service.performance")
    first, second = mixed.strategy(0), mixed.strategy(1 << place)
    scenario = es.scenario(*words[:4]).model_copy(
        update={"strategies": {"first": first, "second": second}}
    )
    paired = es.compare(scenario).paired
    gap = paired[paired["metric"] == "equity"].iloc[0]["mean"] / 100
    assert alone["alone"] == pytest.approx(gap, rel=1e-12)


@pytest.mark.proof
def test_explain__by_mechanisms_starts_from_a_world_without_any(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    words = ("population.size=60", "horizon=2", "worlds=2", "pairs=2", "uncertainty=luck",
             f"out={tmp_path / 'out'}")  # fmt: skip
    with inline(monkeypatch):
        answer = es.explain(*words, "by=mechanisms")
    players, summary = answer.frames["players"], answer.summary
    assert players["shapley"].sum() == pytest.approx(summary["end"] - summary["start"], rel=1e-9)
    off = [f"mechanisms.{name}=false" for name in es.scenario().mechanisms.model_dump()]
    bare = es.compare(es.scenario(*words[:3], "uncertainty=luck", *off)).paired
    gap = bare[bare["metric"] == "equity"].iloc[0]["mean"] / 60
    assert summary["start"] == pytest.approx(gap, rel=1e-12)
    # For whom: the difference is that of the strategies, with all that they cost.
    both = es.compare(es.scenario(*words[:3], "uncertainty=luck")).summary
    clv = both.pivot(index="world", columns="strategy", values="clv")
    segments = answer.frames["segments"].set_index(["player", "segment"])
    worth = float(segments.loc[("difference", "all"), "worth"])
    assert worth == pytest.approx((clv["flywheel"] - clv["points_only"]).mean(), rel=1e-9)


def test_explain__without_customers_at_the_start_tells_the_rest(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    words = ("population.size=60", "horizon=3", "worlds=2", "population.customer_share=0",
             "strategy=[none,points_only]", f"out={tmp_path / 'out'}")  # fmt: skip
    with inline(monkeypatch):
        answer = es.explain(*words)
    assert list(answer.pictures) == ["explain"]
    assert not len(answer.frames["segments"])


def test_explain__goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with inline(monkeypatch, most=2):
        es.explain(*KNOWN, f"out={tmp_path / 'part'}")
    with inline(monkeypatch) as tasks:
        es.explain(*KNOWN, f"out={tmp_path / 'part'}")
        part = len(tasks)
        es.explain(*KNOWN, f"out={tmp_path / 'whole'}")
        assert len(tasks) - part == part + 2
        es.explain(*KNOWN, "worlds=4", f"out={tmp_path / 'part'}")
        assert len(tasks) == 2 * part + 2 + 4  # one more world of four chunks of coalitions
    with inline(monkeypatch):
        es.explain(*KNOWN, f"out={tmp_path / 'part'}")
    for name in ("players.csv", "segments.csv", "figures/explain.png"):
        parts = [(tmp_path / folder / name).read_bytes() for folder in ("part", "whole")]
        assert parts[0] == parts[1]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("strategy=flywheel", "strategy: got flywheel alone, allowed are two"),
        ("by=department", "by: got 'department', allowed parts, levers, mechanisms, switches"),
        ("pairs=1", "pairs: got 1"),
        ("costs.cost_service=interval(1,2)", "cost_service"),
        ("by=levers,parts", "got several values, allowed is one"),
    ],
)
def test_bad_input__is_one_line(
    words: str, message: str, capsys: pytest.CaptureFixture[str], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert main(["explain", *words.split()]) == 2
    told = capsys.readouterr().err
    assert message in told
    assert told.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_strategies__that_are_the_same_are_said(tmp_path: Path) -> None:
    same = tmp_path / "same.yaml"
    same.write_text("about: nothing new\n")
    with pytest.raises(es.BadInput, match="none and same have the same levers"):
        es.explain(*SMALL, f"strategy=[none,{same}]", f"out={tmp_path / 'out'}")
