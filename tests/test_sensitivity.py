"""Which inputs matter: known functions through our own code, and noise told from effects."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import engagesim as es
from engagesim.scenarios.ranging import Range, Space
from engagesim.sim.experiments.indices import (
    Indices,
    morris_design,
    morris_effects,
    sobol_design,
    sobol_indices,
)
from engagesim.sim.experiments.measure import amount
from engagesim.sim.experiments.sensitivity import inputs_of, turns_of
from engagesim.sim.experiments.sensitivity_words import sentence_of, turned, warnings_of
from engagesim.sim.main import main

from .units import inline

SMALL = ("population.size=200", "horizon=6", "seed=5")
RANGES = (
    "costs.cost_service=interval(0.5,1.5)",
    "strategies.flywheel.service.recovery=interval(0.2,0.9)",
)
WORDS = (*SMALL, *RANGES, "worlds=3", "base=4")
NAMES = ("one", "two", "three")
VARIANCE = 0.5 + 49 / 8 + 0.1 * np.pi**4 / 5 + 0.01 * np.pi**8 / 18
"""Of Ishigami's function with a 7, b .1 (Ishigami & Homma 1990)."""
FIRST = np.array([0.5 * (1 + 0.1 * np.pi**4 / 5) ** 2, 49 / 8, 0.0]) / VARIANCE
TOTAL = FIRST + np.array([1.0, 0.0, 1.0]) * 8 * 0.01 * np.pi**8 / 225 / VARIANCE


def ishigami(u: np.ndarray) -> np.ndarray:
    x = np.pi * (2.0 * u - 1.0)
    a, b, c = x.T
    return np.asarray(np.sin(a) + 7.0 * np.sin(b) ** 2 + 0.1 * c**4 * np.sin(a))


# Indices.


def test_indices__of_ishigami_are_the_analytic_ones():
    design = sobol_design(NAMES, 2**13, seed=0)
    found = sobol_indices(NAMES, ishigami(design)[:, None])
    first, total = (found.frame[name].to_numpy() for name in ("first", "total"))
    np.testing.assert_allclose(total, TOTAL, rtol=0.02)
    np.testing.assert_allclose(first, FIRST, rtol=0.02, atol=0.005)
    assert found.variance == pytest.approx(VARIANCE, rel=0.02)
    assert np.isnan(found.luck)


def test_indices__do_not_take_noise_for_effects():
    design = sobol_design(NAMES, 2**14, seed=0)
    luck = np.random.default_rng(1)
    noise = luck.normal(0.0, 4.0, (len(design), 4)) + np.array([3.0, -1.0, 0.0, 2.0])
    noisy = sobol_indices(NAMES, ishigami(design)[:, None] + noise)
    np.testing.assert_allclose(noisy.frame["total"], TOTAL, atol=0.025)
    np.testing.assert_allclose(noisy.frame["first"], FIRST, atol=0.025)
    common = np.var([3.0, -1.0, 0.0, 2.0], ddof=1)
    assert noisy.luck == pytest.approx((16 + common) / (16 + common + VARIANCE), rel=0.03)
    naive = sobol_indices(NAMES, (ishigami(design)[:, None] + noise).mean(axis=1, keepdims=True))
    assert (naive.frame["total"] > noisy.frame["total"] + 0.08).all()  # the test can fail


def test_intervals__of_indices_hold_the_truth_as_often_as_they_say():
    held = []
    for seed in range(40):
        design = sobol_design(NAMES, 128, seed)
        noise = np.random.default_rng(seed).normal(0.0, 2.0, (len(design), 4))
        frame = sobol_indices(NAMES, ishigami(design)[:, None] + noise).frame
        held += [frame["total_low"] < TOTAL, frame["total_high"] > TOTAL]
    both = np.array(held).reshape(40, 2, 3).all(axis=1)
    assert both.mean() > 0.80


def test_screening__ranks_inputs_and_sees_which_only_luck_moves():
    names = [f"x{k}" for k in range(12)]
    design = morris_design(names, 20, seed=3)
    assert set(np.unique(design.round(9))) == {0.125, 0.375, 0.625, 0.875}
    slopes = np.array([5.0, -3.0, 1.5] + [0.0] * 9)
    noise = np.random.default_rng(2).normal(0.0, 0.3, (len(design), 4))
    found = morris_effects(names, design, (design @ slopes)[:, None] + noise).set_index("input")
    assert list(found.index[:3]) == ["x0", "x1", "x2"]
    np.testing.assert_allclose(found["mu"][["x0", "x1", "x2"]], 0.75 * slopes[:3], atol=0.12)
    assert list(found.index[found["seen"]]) == ["x0", "x1", "x2"]
    ratio = found["mu_star"][~found["seen"]] / found["noise"][~found["seen"]]
    assert 0.7 < ratio.mean() < 1.3


def test_screening__of_one_world_knows_no_noise():
    design = morris_design(NAMES, 4, seed=0)
    found = morris_effects(NAMES, design, design[:, :1])
    assert found["noise"].isna().all()
    assert found["seen"].all()


# The verb.


def test_inputs__are_all_that_the_evidence_leaves_open():
    inputs = inputs_of(Space(["uncertainty=luck"]))
    scenario = es.scenario()
    keys = {one.key for one in inputs}
    assert len(keys) == len(inputs) > 150
    assert {"costs.cost_service", "market.gross_margin"} <= keys
    for one in inputs[::17]:
        low = Space(["uncertainty=luck"]).at({one.key: one.at(1e-9)})
        assert low.science() != scenario.science()


def test_sensitivity__goes_on_where_it_was_and_ends_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    whole, part = tmp_path / "whole", tmp_path / "part"
    with inline(monkeypatch) as tasks:
        answer = es.sensitivity(*WORDS, f"out={whole}")
        count = len(tasks)

    with inline(monkeypatch, most=10):
        es.sensitivity(*WORDS, f"out={part}")
    with inline(monkeypatch) as tasks:
        es.sensitivity(*WORDS, f"out={part}")
        assert len(tasks) == count - 10
        es.sensitivity(*WORDS, f"out={part}")
        assert len(tasks) == count - 10
    for name in ("indices.csv", "tornado.csv", "summary.json", "figures/tornado.png"):
        assert (whole / name).read_bytes() == (part / name).read_bytes()
    assert main(["verify", str(part)]) == 0
    assert answer.sentence in (whole / "summary.json").read_text(encoding="utf-8")


def test_tornado__is_the_difference_of_two_runs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with inline(monkeypatch):
        answer = es.sensitivity(*WORDS, f"out={tmp_path / 'out'}")
    row = answer.frames["tornado"].set_index("input").loc["costs.cost_service"]
    for end, price in (("low", 0.55), ("high", 1.45)):
        words = (*SMALL, "uncertainty=luck", "worlds=3", f"costs.cost_service={price}")
        compared = es.compare(es.scenario(*words)).summary
        equity = compared.pivot(index="world", columns="strategy", values="equity") / 200
        gap = (equity["flywheel"] - equity["points_only"]).mean()
        assert row[f"at_{end}"] == pytest.approx(gap, rel=1e-12)
    assert row["low"] == pytest.approx(0.55)


def test_sensitivity__screens_all_that_is_uncertain_and_keeps_few(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    words = ("population.size=60", "horizon=2", "worlds=2", "trajectories=2", "keep=2", "base=4",
             f"out={tmp_path / 'out'}")  # fmt: skip
    monkeypatch.setattr(es.sim.experiments.sensitivity, "inputs_of", _few)
    with inline(monkeypatch):
        answer = es.sensitivity(*words)
    assert list(answer.frames) == ["screening", "indices", "tornado"]
    assert len(answer.frames["screening"]) == 12
    kept = set(answer.frames["indices"]["input"])
    assert kept <= set(answer.frames["screening"]["input"][:2])
    for name in ("tornado", "indices"):
        assert (tmp_path / "out" / "figures" / f"{name}.png").stat().st_size > 10_000


def _few(space: Space) -> Any:
    prices = [one for one in inputs_of(space) if one.key.startswith("costs.")]
    return (prices + inputs_of(space))[:12]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("of=nps", "of: got 'nps', allowed equity, clv,"),
        ("base=100", "base: got 100, allowed are powers of two"),
        ("worlds=0", "worlds: got 0, allowed whole numbers 1 to 10000"),
        ("worlds=1,2", "worlds=1,2: got several values, allowed is one"),
        ("costs.cost_service=interval(2,1)", "got 2 to 1, allowed are rising numbers"),
        ("strategy=interval(1,2)", "strategy: no such key"),
        ("market=interval(1,2)", "allowed is an interval of a number"),
        ("market.setting=interval(1,2)", "market.setting is 'contractual'"),
        ("costs.cost_servise=interval(1,2)", "did you mean"),
        ("market.gross_margin=interval(0.2,1.5)", "market.gross_margin: got 1.5"),
        ("horizon=interval(1.5,3)", "got 1.5 to 3, allowed are whole numbers"),
        ("costs.cost_service=interval(a,b)", "while evaluating 'interval(a,b)'"),
        ("costs.cost_service=interval(0,inf)", "got no numbers, allowed are two"),
        ("horizon=interval(1,3) horizon=interval(1,2)", "horizon: got an interval twice"),
        ("costs.cost_service=0.5,1", "got several values, allowed is one"),
        ("uncertainty=all", "uncertainty: got all, allowed is luck"),
        ("cluster.hours=0", "cluster.hours: got 0"),
        ("cluster.cores=2", "cluster.cores: no such key"),
    ],
)
def test_bad_input__is_one_line(
    words: str, message: str, capsys: pytest.CaptureFixture[str], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert main(["sensitivity", *words.split()]) == 2
    told = capsys.readouterr().err
    assert message in told
    assert told.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_folder__of_another_study_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with inline(monkeypatch):
        es.sensitivity(*WORDS, f"out={out}")
        before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
        for words, message in (
            ((*WORDS, "base=16"), "begun with base=4, and not 16"),
            ((*WORDS, "seed=6"), "is about another scenario"),
            ((*WORDS, "strategy=[flywheel,points_only]"), "begun with strategies="),
        ):
            with pytest.raises(es.BadInput, match=message):
                es.sensitivity(*words, f"out={out}")
        with pytest.raises(es.BadInput, match="holds results of 'sensitivity', not of a sweep"):
            es.sweep(*SMALL, "costs.cost_service=1,2", f"out={out}")
    assert main([*SMALL, f"out={out}"]) == 2
    assert all(p.read_bytes() == b for p, b in before.items() if p.suffix != ".lock")


def test_one_input__is_told_by_what_it_does(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with inline(monkeypatch):
        answer = es.sensitivity(*SMALL, RANGES[0], "worlds=3", "base=4", f"out={tmp_path / 'out'}")
    row = answer.frames["tornado"].iloc[0]
    assert answer.sentence.startswith("costs.cost_service from 0.55 to 1.45 moves flywheel less")
    assert f"from {amount(row['at_low'])} to {amount(row['at_high'])}" in answer.sentence
    assert "%" not in answer.sentence


def test_indices__that_luck_hides_are_not_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def gaps(self: Any, settings: Any) -> Any:
        return np.random.default_rng(1).normal(size=(len(settings), 2))

    monkeypatch.setattr("engagesim.sim.experiments.sensitivity.Asking.at", gaps)
    hidden = Indices(pd.DataFrame({"input": [], "total": []}), 0.0, 1.0)
    monkeypatch.setattr("engagesim.sim.experiments.sensitivity.sobol_indices", lambda *_: hidden)
    with pytest.raises(es.BadInput, match="nothing that these inputs do is told from luck"):
        es.sensitivity(*WORDS, f"out={tmp_path / 'out'}")


def test_whole_numbers__are_drawn_evenly():
    whole = Range("n", 1, 4, whole=True)
    drawn = [whole.at(u) for u in (np.arange(400) + 0.5) / 400]
    assert {n: drawn.count(n) for n in (1, 2, 3, 4)} == dict.fromkeys((1, 2, 3, 4), 100)
    assert (whole.at(0.0), whole.at(1.0)) == (1, 4)


def test_a_folder__without_an_answer_may_ask_another_question(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    out, words = tmp_path / "out", (*SMALL, *RANGES, "worlds=2")
    with inline(monkeypatch, most=3):
        es.sensitivity(*words, "base=8", f"out={out}")
    with inline(monkeypatch) as tasks:
        again = es.sensitivity(*words, "base=4", f"out={out}")
        fresh = es.sensitivity(*words, "base=4", f"out={tmp_path / 'new'}")
        assert tasks
    assert (again.folder / "indices.csv").read_bytes() == (
        fresh.folder / "indices.csv"
    ).read_bytes()
    assert main(["verify", str(out)]) == 0


def tornado(*ends: tuple[float, float, float, float]) -> pd.DataFrame:
    """Inputs of which each has an interval at its low end and one at its high end."""
    rows = []
    for place, (a, b, c, d) in enumerate(ends):
        row = {"at_low": (a + b) / 2, "at_low_from": a, "at_low_to": b,
               "at_high": (c + d) / 2, "at_high_from": c, "at_high_to": d,
               "swing_low": c - a, "swing_high": d - a}  # fmt: skip
        rows.append(row | {"meaning": f"input {place}: what it is", "turns": turns_of(row)})
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("ends", "words"),
    [
        ([(-3, -1, 1, 3)], "input 0 turns who is ahead"),
        ([(-3, 1, 2, 3)], "input 0 may turn who is ahead"),
        ([(1, 2, 2, 3)], "none of them alone turns who is ahead"),
        ([(-3, -1, 1, 3), (-2, -1, 1, 2), (-1, 3, 2, 4)],
         "input 0 and input 1 turn who is ahead, input 2 may"),
        ([(np.nan, np.nan, np.nan, np.nan)], "none of them"),
    ],
)  # fmt: skip
def test_turning__minds_the_intervals(ends: Any, words: str) -> None:
    assert words in turned(tornado(*ends))


@pytest.mark.parametrize(
    ("total", "low", "high", "words"),
    [
        (0.31, 0.21, 0.41, "Input makes 31 % (90 % interval 21 % to 41 %)"),
        (1.7, 0.8, 2.6, "Input makes 100 % (90 % interval 80 % to 100 %)"),
        (0.4, -0.9, 1.7, "How much each input makes of what is open in it is not known yet: input "
         "seems to make most of it (90 % interval 0 % to 100 %)"),
    ],
)  # fmt: skip
def test_shares__are_told_only_where_they_are_known(
    total: float, low: float, high: float, words: str
) -> None:
    row = {"input": "i", "meaning": "input: what it is", "total": total, "total_low": low,
           "total_high": high}  # fmt: skip
    frames = {"indices": pd.DataFrame([row, row])}
    summary = {"about": "it", "strategies": ["one"], "worlds": 4, "luck": 0.1, "base": 128,
               "only_screened": 0.0, "keep": 8, "outside": ["horizon"]}  # fmt: skip
    assert words in sentence_of(summary, frames)
    assert "horizon stands outside of its interval" in " ".join(warnings_of(summary, frames))
    assert ("base=256" in " ".join(warnings_of(summary, frames))) == (total != 1.7)


def test_inputs__that_move_nothing_are_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    words = (*SMALL, "worlds=2", "base=4", "strategy=[none,points_only]", f"out={tmp_path}/out",
             "costs.cost_community=interval(0.5,1)")  # fmt: skip
    with inline(monkeypatch), pytest.raises(es.BadInput, match="none of the inputs moves"):
        es.sensitivity(*words)


def test_pictures__are_drawn_from_frames(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with inline(monkeypatch):
        answer = es.sensitivity(*WORDS, "strategy=flywheel", f"out={tmp_path / 'out'}")
    assert answer.figure().axes[0].get_xlabel().startswith("flywheel, customer equity per person")
    assert isinstance(answer.frames["indices"], pd.DataFrame)
