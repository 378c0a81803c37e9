"""The map: the border is found where it was planted, with few points, and nothing is lost."""

import contextlib
import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import engagesim as es
from engagesim.scenarios.ranging import Range
from engagesim.sim.experiments.map_border import Verdicts, turns
from engagesim.sim.experiments.map_picture import unit_in
from engagesim.sim.experiments.mesh import Mesh, Tiling
from engagesim.sim.main import main
from engagesim.sim.statistics import mean_interval, share_better
from engagesim.sim.sweep.study import Study

from .units import inline

X, Y = "costs.programme", "market.gross_margin"
SIDES = (f"{X}=interval(0.2,3)", f"{Y}=interval(0.1,0.6)")
SMALL = (*SIDES, "population.size=200", "horizon=6", "worlds=3", "grid=2", "refine=1")
FILES = ("points.csv", "strategies.csv", "border.csv", "summary.json", "figures/map.png")
UNIT = (Range("a", 0.0, 1.0), Range("b", 0.0, 1.0))

Earned = Callable[[float, float], Any]
"""Equity per person by world and strategy, of both settings as shares of their sides."""


@contextlib.contextmanager
def planted(monkeypatch: pytest.MonkeyPatch, earned: Earned) -> Iterator[list[int]]:
    """Maps of a market that earns what is said; yields how many are asked for."""
    asked: list[int] = []

    def whole(self: Any, scenarios: Any, worlds: Any) -> Any:
        asked.append(len(scenarios))
        found = []
        for one in scenarios:
            u = (one.costs.programme - 0.2) / 2.8, (one.market.gross_margin - 0.1) / 0.5
            found.append(np.asarray(earned(*u))[: len(worlds)] * one.population.size)
        return np.array(found)[..., None]

    with monkeypatch.context() as patched:
        patched.setattr(Study, "whole", whole)
        patched.setattr("engagesim.sim.sweep.study.compact", lambda folder, rows: None)
        yield asked


def same(one: Path, other: Path) -> bool:
    """Whether both folders hold the same files, to the byte."""
    held = [
        {
            str(path.relative_to(folder)): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file() and path.suffix != ".lock"
        }
        for folder in (one, other)
    ]
    assert held[0].keys() >= {*FILES}
    return held[0] == held[1]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, int]:
    """A small map of the real market, at a stretch; and how many tasks it took."""
    with pytest.MonkeyPatch.context() as patch, inline(patch) as tasks:
        answer = es.map(*SMALL, f"out={tmp_path_factory.mktemp('map') / 'whole'}")
    return answer, len(tasks)


def levels(gap: float, worlds: int = 20, spread: float = 0.0) -> Any:
    """Two strategies, the second ahead by `gap` on average; worlds differ by `spread`."""
    noise = spread * np.linspace(-1.0, 1.0, worlds)
    return np.stack([np.full(worlds, 10.0), 10.0 + gap + noise], axis=1)


ONE_WORLD = np.array([[0.0, -0.3]] * 19 + [[0.0, 5.7]])
"""A lead of 0 on average, of which one world in twenty has all."""


# What the mesh knows.


def refined(inside: Callable[[float, float], float], grid: int, finest: int) -> Mesh:
    mesh = Mesh(UNIT, grid, finest)
    while mesh.refine([int(inside(*point) > 0.0) for point in mesh.points]):
        pass
    return mesh


CASES = {
    "straight": (lambda x, y: 0.37 + 0.4 * y - x, 0.57),
    "slanted": (lambda x, y: x + 2.0 * y - 1.31, 1.0 - 0.405),
    "circle": (lambda x, y: (x - 0.45) ** 2 + (y - 0.55) ** 2 - 0.3**2, 1.0 - math.pi * 0.09),
    "corner": (lambda x, y: max(x - 0.42, y - 0.63), 1.0 - 0.42 * 0.63),
}


@pytest.mark.parametrize("case", CASES)
def test_border__lies_within_half_a_finest_cell_for_a_fraction_of_the_points(case: str) -> None:
    inside, share = CASES[case]
    mesh = refined(inside, 5, 3)
    cell = 1.0 / 32.0
    tiling = Tiling.of(mesh)
    gap = np.array([inside(*point) for point in mesh.points])
    equity = np.stack([np.zeros((len(gap), 2)), np.stack([gap, gap], axis=1)], axis=2)
    assert mesh.full == 33 * 33
    assert len(mesh.points) < 0.36 * mesh.full
    found = 0
    for side in (0, 1):
        for value in np.linspace(0.0, 1.0, 14):
            for turn in turns(tiling, tiling.at_corners(equity), side, float(value)):
                near = np.array([turn.at - cell / 2, turn.at + cell / 2])
                ends = [inside(*((z, value) if side == 0 else (value, z))) for z in near]
                assert ends[0] * ends[1] <= 0.0
                found += 1
    assert found >= 14
    wins = tiling.shares(tiling.at_corners(equity.mean(axis=1)))
    assert wins.sum() == pytest.approx(1.0, abs=1e-12)
    assert abs(wins[1] - share) < cell / 2


def test_refining__follows_a_border_out_of_a_fine_cell():
    # It enters the large cells between the first points, and no corner of theirs tells.
    def inside(x: float, y: float) -> float:
        return 0.52 - abs(x - 0.5) - 3.0 * (y - 0.05) if x < 0.74 else 0.3 - y

    mesh = refined(inside, 3, 4)
    winners = [int(inside(*point) > 0.0) for point in mesh.points]
    for cell, rim in zip(mesh.cells, mesh.rims(), strict=True):
        assert cell.level == 4 or len({winners[place] for place in rim}) == 1


def test_refining__leaves_alone_what_one_strategy_wins():
    mesh = Mesh(UNIT, 5, 3)
    assert mesh.refine([0] * 25) == 0
    assert len(mesh.cells) == 16


@settings(max_examples=25)
@given(*[st.floats(-3.0, 3.0, allow_subnormal=False)] * 3, st.integers(2, 5), st.integers(0, 3))
def test_tiling__is_exact_for_whatever_is_linear(
    a: float, b: float, c: float, grid: int, finest: int
) -> None:
    def plane(x: Any, y: Any) -> Any:
        return a * x + b * y + c

    mesh = refined(plane, grid, finest)
    tiling = Tiling.of(mesh)
    values = np.array([[plane(x, y), 1.0] for x, y in mesh.points])
    at = tiling.at_corners(values)
    places = np.array([[0.0, 0.0], [1.0, 1.0], [0.3, 0.71], [0.5, 0.25], [1.0, 0.4]])
    assert tiling.at(places, at)[:, 0] == pytest.approx(plane(*places.T), abs=1e-7)
    assert tiling.mean(at) == pytest.approx([plane(0.5, 0.5), 1.0], abs=1e-12)
    line, found = tiling.along(1, 0.37, at)
    assert line[[0, -1]].tolist() == [0.0, 1.0]
    assert (np.diff(line) > 0.0).all()
    assert found[:, 0] == pytest.approx(plane(0.37, line), abs=1e-12)
    fine = (np.arange(400) + 0.5) / 400.0
    share = (plane(*np.meshgrid(fine, fine)) > 0.0).mean()
    assert tiling.positive(at)[0] == pytest.approx(share, abs=0.01)


def test_triangles__cover_the_map_once():
    mesh = refined(CASES["circle"][0], 4, 3)
    tiling = Tiling.of(mesh)
    one, two, three = np.moveaxis(tiling.corners[tiling.triangles], 1, 0)
    cross = (two - one)[:, 0] * (three - one)[:, 1] - (two - one)[:, 1] * (three - one)[:, 0]
    assert (cross > 0.0).all()
    assert cross.sum() / 2.0 == pytest.approx(1.0, abs=1e-12)
    edges = np.sort(tiling.triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    kinds, counts = np.unique(edges, axis=0, return_counts=True)
    rim = [
        any(tiling.corners[i, k] == tiling.corners[j, k] in (0.0, 1.0) for k in (0, 1))
        for i, j in kinds
    ]
    assert (counts[np.array(rim)] == 1).all()
    assert (counts[~np.array(rim)] == 2).all()  # no point hangs


def test_whole_numbers__stay_whole_and_no_point_is_lived_twice():
    mesh = Mesh((Range("n", 2.0, 7.0, True), Range("x", 0.0, 1.0)), 5, 4)
    while mesh.refine([int(x + 3.0 * y > 5.1) for x, y in mesh.points]):
        pass
    assert {x for x, _ in mesh.points} <= {2.0, 3.0, 4.0, 5.0, 6.0, 7.0}
    assert len(set(mesh.points)) == len(mesh.points)
    assert mesh.full == 6 * 65
    assert Mesh((Range("n", 2.0, 4.0, True), Range("m", 0.0, 1.0, True)), 9, 3).full == 3 * 2


# What worlds say.


def test_verdicts__by_hand():
    equity = np.array([[[1.0, 4.0, 2.0], [3.0, 3.0, 0.0], [5.0, 2.0, 2.0]]])
    found = Verdicts.of(equity)
    assert found.means[0].tolist() == [3.0, 3.0, pytest.approx(4.0 / 3.0)]
    assert found.shares[0].tolist() == pytest.approx([1.5 / 3.0, 1.5 / 3.0, 0.0])
    assert found.regrets[0].tolist() == pytest.approx([3.0 / 3.0, 3.0 / 3.0, 8.0 / 3.0])
    assert found.winners.tolist() == [0]
    leads = equity[0, :, [0]][0] - equity[0, :, 1], equity[0, :, 0] - equity[0, :, 2]
    assert found.sure[0, 0] == pytest.approx(min(mean_interval(lead)[1] for lead in leads))


def test_two_strategies__have_the_p_of_a_comparison():
    equity = np.random.default_rng(3).normal(size=(4, 11, 2)).round(1)
    found = Verdicts.of(equity)
    for place in range(4):
        gap = equity[place, :, 1] - equity[place, :, 0]
        assert found.shares[place, 1] == pytest.approx(share_better(gap)[0])
        assert found.regrets[place, 0] - found.regrets[place, 1] == pytest.approx(gap.mean())


def test_a_turn__has_the_interval_of_its_lead_over_its_slope():
    mesh = Mesh(UNIT, 9, 0)
    noise = np.random.default_rng(1).normal(size=20)
    equity = np.array(
        [np.stack([5.0 + 0 * noise, 8.0 - 6.0 * x + noise], 1) for x, _ in mesh.points]
    )
    (turn,) = turns(tiling := Tiling.of(mesh), tiling.at_corners(equity), 0, 0.4)
    mean, low, high = mean_interval(noise)
    expected = [(3.0 + shift) / 6.0 for shift in (low, mean, high)]
    assert [turn.low, turn.at, turn.high] == pytest.approx(expected, abs=1e-9)
    assert (turn.before, turn.after) == (1, 0)
    # Wide doubt does not end on the map.
    (turn,) = turns(tiling, tiling.at_corners(equity + 40.0 * noise[:, None] * [0.0, 1.0]), 0, 0.4)
    assert math.isnan(turn.low)


def test_a_third_strategy__between_two_points_is_seen():
    mesh = Mesh(UNIT, 2, 0)
    one = [[[4.0 - 8.0 * x, 1.0, -4.0 + 8.0 * x]] * 2 for x, _ in mesh.points]
    tiling = Tiling.of(mesh)
    equity = tiling.at_corners(np.array(one))
    found = turns(tiling, equity, 0, 0.5)
    # At the middle of the cell stands its centre, at which the second one wins.
    assert [(t.before, t.after) for t in found] == [(0, 1), (1, 2)]
    assert [t.at for t in found] == pytest.approx([0.375, 0.625])
    found = turns(tiling, equity, 0, 0.0)
    assert [(t.before, t.after) for t in found] == [(0, 1), (1, 2)]
    assert [t.at for t in found] == pytest.approx([0.375, 0.625])
    shares = tiling.shares(equity.mean(axis=1))
    assert shares == pytest.approx([0.375, 0.25, 0.375])


# The verb.


def test_map__says_where_a_planted_border_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with planted(monkeypatch, lambda u, v: levels(20.0 * (0.5 * v + 0.1 - u), spread=0.5)):
        answer = es.map(*SIDES)
        assert main(["map", *SIDES]) == 0
    out = capsys.readouterr().out
    assert "points_only" in out
    assert f"a full grid as fine would take {17 * 17}" in " ".join(out.split())
    shares = answer.summary["shares"]
    assert shares["flywheel"]["wins"] == pytest.approx(0.35, abs=1e-9)
    assert shares["points_only"]["wins"] == pytest.approx(0.65, abs=1e-9)
    assert shares["flywheel"]["settled"] < 0.35
    assert answer.summary["unsettled"] == pytest.approx(
        1.0 - shares["flywheel"]["settled"] - shares["points_only"]["settled"]
    )
    place = answer.summary["place"]
    assert place["settings"] == {X: 1.0, Y: 0.25}
    assert place["winner"] == "points_only"
    at_own = 0.2 + 2.8 * (0.5 * 0.3 + 0.1)
    (turn,) = place["lines"][X]
    assert turn["at"] == pytest.approx(at_own)
    assert turn["away"] == pytest.approx(at_own - 1.0)
    error = mean_interval(0.5 * np.linspace(-1.0, 1.0, 20))[2] / 20.0 * 2.8
    assert turn["high"] - turn["low"] == pytest.approx(2.0 * error, rel=1e-6)
    assert f"flywheel wins where {X} is below {at_own:.3g} (90 % interval" in answer.sentence
    border = answer.frames["border"]
    u, v = (border[X] - 0.2) / 2.8, (border[Y] - 0.1) / 0.5
    assert (u - 0.5 * v - 0.1).abs().max() < 1e-9
    assert set(border["along"]) == {X, Y}
    points = answer.frames["points"]
    assert len(points) < 17 * 17 / 2
    assert (points["winner"] == np.where(points["lead"] > 0, points["winner"], "")).all()
    assert (points["settled"] == (points["low"] > 0.0)).all()
    assert not points.duplicated([X, Y]).any()
    strategies = answer.frames["strategies"]
    assert strategies.groupby("point")["p"].sum().sub(1.0).abs().max() < 1e-12


def test_map__of_three_strategies_shares_itself_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def earned(u: float, v: float) -> Any:
        return np.tile([4.0 * (0.5 - u), 4.0 * (u - 0.5), 6.0 * (v - 0.7)], (20, 1))

    words = (*SIDES, "strategy=[none,points_only,flywheel]", f"out={tmp_path / 'map'}")
    with planted(monkeypatch, earned):
        answer = es.map(*words)
    shares = {name: one["wins"] for name, one in answer.summary["shares"].items()}
    assert list(shares) == ["none", "points_only", "flywheel"]
    # flywheel wins above v = .7 + 2/3 |u - .5|.
    assert shares["flywheel"] == pytest.approx(0.3 - 2.0 / 3.0 * 0.25, abs=0.01)
    assert shares["none"] == pytest.approx(shares["points_only"], abs=1e-9)
    texts = [text.get_text() for text in answer.figure().axes[0].texts]
    for name in ("none", "points only", "flywheel"):
        assert f"{name}\nwins" in texts


def test_picture__names_what_it_shows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with planted(monkeypatch, lambda u, v: levels(5.0 * (v - u), spread=1.0)):
        answer = es.map(*SIDES, f"out={tmp_path / 'map'}")
    figure = answer.figure()
    ax, bar = figure.axes
    assert (ax.get_xlabel(), ax.get_ylabel()) == (f"{X} (ratio)", f"{Y} (share)")
    texts = {text.get_text() for text in ax.texts}
    assert {"points only\nwins", "flywheel\nwins", "the scenario"} <= texts
    assert "flywheel" in bar.get_title(loc="left")
    title = figure.texts[0].get_text().replace("\n", " ")
    assert "wins where costs.programme is below" in title
    # Names and the scenario's label keep apart.
    figure.draw_without_rendering()
    boxes = [t.get_window_extent() for t in ax.texts if t.get_text().strip() and t.get_size() > 9]
    assert not any(a.overlaps(b) for k, a in enumerate(boxes) for b in boxes[:k])


def test_unit__of_a_key():
    scenario = es.scenario()
    assert unit_in(scenario, Y) == "share"
    assert unit_in(scenario, "strategies.flywheel.service.budget") != ""
    assert unit_in(scenario, "strategies.nobody.service.budget") == ""


@pytest.mark.parametrize(
    ("earned", "words", "warning"),
    [
        (lambda u, v: levels(-1.0), (), "points_only wins at all points: no border"),
        (lambda u, v: levels(u - v, spread=40.0), (), "20 worlds do not settle who wins"),
        (lambda u, v: levels(u - v), ("worlds=5",), "P from 5 worlds is coarse"),
        (lambda u, v: levels(0.0), (), "at 25 points the two best earn the same"),
        (lambda u, v: levels(u - v) + ONE_WORLD, (), "the best in fewer worlds than another"),
    ],
)
def test_warnings__say_what_stands_in_the_way(
    earned: Earned, words: Any, warning: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with planted(monkeypatch, earned):
        answer = es.map(*SIDES, *words, f"out={tmp_path / 'map'}")
    assert any(warning in one for one in answer.summary["warnings"])


def test_a_scenario__beside_the_map_has_no_place(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with planted(monkeypatch, lambda u, v: levels(u - v)):
        answer = es.map(f"{X}=interval(1.5,3)", SIDES[1], f"out={tmp_path / 'map'}")
    assert answer.summary["place"] is None
    assert any("stands beside the map" in one for one in answer.summary["warnings"])


# With the real market.


def test_a_point__is_what_a_comparison_finds_there(lived: tuple[Any, int]) -> None:
    answer, _ = lived
    strategies = answer.frames["strategies"]
    for x, y in ((0.2, 0.1), (3.0, 0.6), (0.2, 0.6)):
        words = [word for word in SMALL[2:] if not word.startswith(("grid", "refine"))]
        found = es.compare(es.scenario(*words, f"{X}={x}", f"{Y}={y}")).summary
        equity = found.pivot(index="world", columns="strategy", values="equity") / 200.0
        here = strategies[(strategies[X] == x) & (strategies[Y] == y)].set_index("strategy")
        for name in equity:
            assert here.at[name, "equity"] == pytest.approx(equity[name].mean(), rel=1e-14)
            rest = equity.max(axis=1) - equity[name]
            assert here.at[name, "regret"] == pytest.approx(rest.mean(), rel=1e-12, abs=1e-12)
            best = equity[name] == equity.max(axis=1)
            assert here.at[name, "p"] == pytest.approx(best.mean())


def test_a_map__goes_on_where_it_was_and_ends_the_same(
    lived: tuple[Any, int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    answer, count = lived
    folder = tmp_path / "map"
    done = 0
    for most in (0, 1, 4):
        with inline(monkeypatch, most=most) as tasks:
            es.map(*SMALL, f"out={folder}")
        done += len(tasks)
    with inline(monkeypatch, backwards=True) as tasks:
        again = es.map(*SMALL, f"out={folder}")
    assert done + len(tasks) == count
    assert again.sentence == answer.sentence
    assert same(folder, answer.folder)
    with inline(monkeypatch) as tasks:
        assert main(["map", *SMALL, f"out={folder}"]) == 0
    assert tasks == []
    assert same(folder, answer.folder)
    assert main(["verify", str(folder)]) == 0
    assert json.loads((folder / "summary.json").read_text())["sentence"] == answer.sentence


def test_a_finer_map__and_more_worlds_go_on_in_the_folder(
    lived: tuple[Any, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer, _ = lived
    words = [word for word in SMALL if not word.startswith(("grid", "worlds"))]
    with inline(monkeypatch) as tasks:
        wider = es.map(*words, "grid=3", "refine=0", "worlds=3", f"out={answer.folder}")
    old = set(map_points(answer.frames["points"]))
    assert len(tasks) == 3 * len(set(map_points(wider.frames["points"])) - old)
    with pytest.raises(es.BadInput, match="was begun with settings="):
        es.map(f"{X}=interval(0.2,2)", *SMALL[1:], f"out={answer.folder}")


def map_points(points: pd.DataFrame) -> list[tuple[float, float]]:
    return list(zip(points[X], points[Y], strict=True))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("", "map: got no interval, allowed are two different settings with an interval"),
        (SIDES[0], f"map: got {X}, allowed are two"),
        (f"{SIDES[0]} {SIDES[0]}", f"{X}: got an interval twice, allowed is one"),
        (f"{' '.join(SIDES)} horizon=interval(6,12)", "allowed are two different settings"),
        (f"{' '.join(SIDES)} strategy=[none]", "strategy: got 1 (none), allowed are two or more"),
        (f"{SIDES[0]} market=interval(1,2)", "market"),
        (f"{SIDES[0]} horizon=interval(1.5,2)", "allowed are whole numbers"),
        (f"{SIDES[0]} {Y}=interval(0.6,0.1)", "allowed are rising numbers"),
        (f"{SIDES[0]} {Y}=interval(0.1,1.6)", "market.gross_margin: got 1.6"),
        (f"{' '.join(SIDES)} worlds=1", "worlds: got 1, allowed whole numbers 2 to 10000"),
        (f"{' '.join(SIDES)} grid=1", "grid: got 1, allowed whole numbers 2 to 65"),
        (f"{' '.join(SIDES)} refine=7", "refine: got 7, allowed whole numbers 0 to 6"),
        (f"{' '.join(SIDES)} refine=1,2", "refine=1,2: got several values, allowed is one"),
        (f"{' '.join(SIDES)} out=", "out: got nothing"),
        (f"{SIDES[0]} {Y}=0.1,0.6", "got several values"),
    ],
)
def test_bad_input__is_one_line(
    words: str,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["map", *words.split()]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
