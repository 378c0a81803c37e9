"""Where each strategy wins: planted borders, areas, and what every point says."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import engagesim as es
from engagesim.scenarios.ranging import Range
from engagesim.sim.experiments.map_border import Verdicts, turns
from engagesim.sim.experiments.mesh import Mesh, Tiling
from engagesim.sim.main import main

from .units import SMALL, inline, stopped_after

SIDES = (Range("x", 0.0, 2.0), Range("y", 0.0, 1.0))
WORDS = (
    *SMALL, "costs.programme=interval(0.1,3)",
    "strategies.flywheel.service.recovery=interval(0.2,0.9)", "grid=3", "refine=1",
)  # fmt: skip

KNOWN = (*WORDS, "uncertainty=luck")
"""The same where nothing is drawn but luck, which is quicker to calibrate."""

Surface = Callable[[float, float], list[float]]


def mapped(mesh: Mesh, surface: Surface, worlds: int = 4) -> tuple[Tiling, Verdicts]:
    """A mesh refined along the borders of a known surface: the means of strategies at a point."""
    luck = np.linspace(-1.0, 1.0, worlds)[:, None]  # the same for all strategies
    new = len(mesh.points)
    while new:
        means = np.array([surface(*point) for point in mesh.points])
        new = mesh.refine(means.argmax(axis=1).tolist())
    means = np.array([surface(*point) for point in mesh.points])
    return Tiling.of(mesh), Verdicts.of(means[:, None, :] + luck)


def line(x: float, y: float) -> list[float]:
    """The second wins right of a slanting line, x = 0.55 + 0.8 y."""
    return [0.0, x - 0.55 - 0.8 * y]


def circle(x: float, y: float) -> list[float]:
    """The second wins within a circle of radius .4 about (1, .5)."""
    return [0.0, 0.16 - (x - 1.0) ** 2 - (y - 0.5) ** 2]


def corner(x: float, y: float) -> list[float]:
    """Three strategies, each with a part of the map."""
    return [0.9 - x, x - 0.9, 2.0 * (y - 0.6)]


def test_border__that_is_straight_is_found_exactly():
    mesh = Mesh(SIDES, 5, 2)
    tiling, verdicts = mapped(mesh, line)
    for y in (0.0, 0.3, 0.5, 0.77):
        (turn,) = turns(tiling, verdicts, 0, y)
        assert turn.at == pytest.approx(0.55 + 0.8 * y, abs=1e-9)
        assert (turn.before, turn.after) == (0, 1)
    shares = tiling.shares(verdicts.means)
    np.testing.assert_allclose(shares, [(0.55 + 0.4) / 2.0, 1.0 - (0.55 + 0.4) / 2.0], atol=1e-9)
    assert len(mesh.points) < 0.5 * mesh.full


def test_border__that_is_round_is_found_within_half_a_finest_cell():
    mesh = Mesh(SIDES, 5, 3)
    tiling, verdicts = mapped(mesh, circle)
    finest = 2.0 / (4 * 2**3)
    left, right = turns(tiling, verdicts, 0, 0.5)
    assert left.at == pytest.approx(0.6, abs=finest / 2.0)
    assert right.at == pytest.approx(1.4, abs=finest / 2.0)
    shares = tiling.shares(verdicts.means)
    assert shares.sum() == pytest.approx(1.0, abs=1e-9)
    assert shares[1] == pytest.approx(np.pi * 0.16 / 2.0, abs=0.01)
    assert len(mesh.points) < 0.4 * mesh.full


def test_border__of_three_strategies_shares_out_the_whole_map():
    mesh = Mesh(SIDES, 9, 2)
    tiling, verdicts = mapped(mesh, corner)
    shares = tiling.shares(verdicts.means)
    assert shares.sum() == pytest.approx(1.0, abs=1e-9)
    x, y = np.meshgrid((np.arange(800) + 0.5) / 400, (np.arange(400) + 0.5) / 400)
    best = np.array([0.9 - x, x - 0.9, 2.0 * (y - 0.6)]).argmax(axis=0)
    np.testing.assert_allclose(shares, [(best == k).mean() for k in range(3)], atol=0.01)
    found = turns(tiling, verdicts, 0, 0.2)
    assert [(t.before, t.after) for t in found] == [(0, 1)]
    assert found[0].at == pytest.approx(0.9, abs=1e-9)


def test_mesh__of_whole_numbers_has_no_other_points():
    mesh = Mesh((Range("months", 1, 6, whole=True), SIDES[1]), 5, 4)
    mapped(mesh, lambda x, y: [0.0, x - 3.4])
    assert {x for x, _ in mesh.points} <= {1.0, 2.0, 3.0, 4.0, 5.0, 6.0}
    assert len(set(mesh.points)) == len(mesh.points)


def test_mesh__is_refined_nowhere_if_one_wins_everywhere():
    mesh = Mesh(SIDES, 5, 3)
    tiling, verdicts = mapped(mesh, lambda x, y: [1.0, 0.0])
    assert len(mesh.points) == 25
    assert turns(tiling, verdicts, 0, 0.5) == []
    np.testing.assert_allclose(tiling.shares(verdicts.means), [1.0, 0.0])


def test_verdicts__are_those_of_the_worlds():
    equity = np.array([[[1.0, 2.0], [3.0, 1.0], [5.0, 5.0], [2.0, 1.0]]])
    verdicts = Verdicts.of(equity)
    np.testing.assert_allclose(verdicts.shares[0], [2.5 / 4, 1.5 / 4])
    np.testing.assert_allclose(verdicts.regrets[0], [1.0 / 4, 3.0 / 4])
    np.testing.assert_allclose(verdicts.means[0], [2.75, 2.25])
    assert verdicts.winners[0] == 0
    assert (verdicts.sure[0] < 0.0).all()


def test_map__says_at_a_point_what_a_comparison_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with inline(monkeypatch):
        answer = es.map(*WORDS, "grid=2", f"out={tmp_path / 'out'}")
    points = answer.frames["points"]
    row = points[(points["costs.programme"] == 3.0)].iloc[0]
    recovery = float(row["strategies.flywheel.service.recovery"])
    scenario = es.scenario(
        *SMALL, "costs.programme=3.0", f"strategies.flywheel.service.recovery={recovery!r}"
    )
    assert row["worlds"] == 3
    compared = es.compare(scenario)
    equity = compared.summary.pivot(index="world", columns="strategy", values="equity") / 200
    gap = (equity[row["winner"]] - equity[row["runner_up"]]).mean()
    assert row["lead"] == pytest.approx(gap, rel=1e-12)
    strategies = answer.frames["strategies"].set_index(["point", "strategy"])
    ranking = {each["strategy"]: each for each in compared.decision["ranking"]}
    for name in ("points_only", "flywheel"):
        own = strategies.loc[(row["point"], name)]
        assert own["p"] == pytest.approx(ranking[name]["p_best"])
        assert own["regret"] == pytest.approx(ranking[name]["regret"] / 200, rel=1e-9)
    shares = answer.summary["shares"]
    assert sum(one["wins"] for one in shares.values()) == pytest.approx(1.0)
    assert (tmp_path / "out" / "figures" / "map.png").stat().st_size > 10_000
    assert main(["verify", str(tmp_path / "out")]) == 0


def test_map__goes_on_where_it_was_and_takes_more_worlds(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with inline(monkeypatch) as tasks:
        es.map(*KNOWN, f"out={tmp_path / 'whole'}")
        count = len(tasks)
        lived = {unit.identity for task in tasks for unit in task.units}
    with stopped_after(monkeypatch, 6):
        es.map(*KNOWN, f"out={tmp_path / 'part'}")
    with inline(monkeypatch) as tasks:
        es.map(*KNOWN, f"out={tmp_path / 'part'}")
        assert len(tasks) == count - 6
    for name in ("points.csv", "strategies.csv", "border.csv", "summary.json", "figures/map.png"):
        one, other = ((tmp_path / folder / name).read_bytes() for folder in ("whole", "part"))
        assert one == other
    with inline(monkeypatch) as tasks:
        more = es.map(*KNOWN, "worlds=4", f"out={tmp_path / 'part'}")
        assert not lived & {unit.identity for task in tasks for unit in task.units}
    assert set(more.frames["points"]["worlds"]) == {4}


def test_map__of_three_strategies_is_drawn(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with inline(monkeypatch):
        answer = es.map(
            "population.size=100", "horizon=3", "worlds=2", "grid=2", "refine=1",
            "uncertainty=luck", "strategy=[none,points_only,flywheel]",
            "costs.programme=interval(0.1,2)",
            "population.customer_share=interval(0.1,0.9)", f"out={tmp_path / 'out'}",
        )  # fmt: skip
    assert set(answer.frames["strategies"]["strategy"]) == {"none", "points_only", "flywheel"}
    assert answer.figure().axes


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("", "map: got no interval, allowed are two different settings"),
        ("horizon=interval(3,9)", "map: got horizon, allowed are two"),
        ("horizon=interval(3,9) horizon=interval(1,2)", "got horizon and horizon"),
        ("horizon=interval(3,9) seed=interval(1,9) strategy=none", "strategy: got 1 (none)"),
        ("horizon=interval(3,9) seed=interval(1,9) grid=1", "grid: got 1, allowed whole"),
        ("horizon=interval(3,9) seed=interval(1,9) refine=9", "refine: got 9"),
        ("horizon=interval(0,9) seed=interval(1,9)", "horizon: got 0"),
    ],
)
def test_bad_input__is_one_line(
    words: str, message: str, capsys: pytest.CaptureFixture[str], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert main(["map", *words.split()]) == 2
    told = capsys.readouterr().err
    assert message in told
    assert told.count("\n") == 1
    assert not list(tmp_path.iterdir())
