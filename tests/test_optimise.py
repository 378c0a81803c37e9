"""Doing better: planted optima are found, limits kept, luck is not taken for skill."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import engagesim as es
from engagesim.scenarios.ranging import Range
from engagesim.sim.experiments.objective import Objective
from engagesim.sim.experiments.search import BATCH, Judged, frontier, search
from engagesim.sim.experiments.trying import KEPT, Trying
from engagesim.sim.main import main
from engagesim.sim.sweep.study import Study

from .units import inline

SMALL = ("population.size=100", "horizon=4", "seed=5")
LEVERS = ("quality", "recovery")
RANGES = tuple(f"strategies.flywheel.invest.{name}=interval(0,0.05)" for name in LEVERS)
WORDS = (*SMALL, *RANGES, "worlds=2", "trials=12")


def planted(
    monkeypatch: pytest.MonkeyPatch,
    metrics: Callable[[Any, int], dict[str, float]],
) -> None:
    """Studies that answer by a function of the levers and the number of the world."""

    def live(self: Study, scenarios: Any, worlds: Any) -> Any:
        usual = {"equity": 0.0, "programme": 0.0, "served_realised": 100.0, "churn_rate": 0.01}
        return np.array(
            [
                [
                    [
                        [(usual | metrics(strategy, world)).get(name, 0.0) for name in KEPT]
                        for strategy in scenario.strategies.values()
                    ]
                    for world in worlds
                ]
                for scenario in scenarios
            ]
        )

    monkeypatch.setattr(Study, "live", live)
    monkeypatch.setattr(Study, "finish", lambda self, tables, figures: None)


def place(strategy: Any) -> tuple[float, float]:
    """The two levers of a planted function, in hundredths: 0 to 5."""
    return 100.0 * strategy.invest.quality, 100.0 * strategy.invest.recovery


def luck(world: int) -> float:
    """The same at all settings, and far more than what levers do."""
    return 1e6 * math.sin(1.0 + 7.0 * world)


# The search.


def test_search__finds_an_inner_optimum_under_common_luck(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def metrics(strategy: Any, world: int) -> dict[str, float]:
        x, y = place(strategy)
        value = 20.0 - (x - 2.0) ** 2 - 2.0 * (y - 3.0) ** 2
        return {"equity": 100.0 * value + luck(world), "programme": 100.0 * (x + y)}

    planted(monkeypatch, metrics)
    answer = es.optimise(*SMALL, *RANGES, "trials=60", "worlds=3", f"out={tmp_path / 'out'}")
    best = answer.frames["best"].set_index("lever")
    assert best["best"]["quality"] == pytest.approx(0.02, abs=0.006)
    assert best["best"]["recovery"] == pytest.approx(0.03, abs=0.005)
    assert answer.summary["gain"] == pytest.approx(4.0 + 18.0, abs=0.7)
    assert answer.summary["gain_high"] - answer.summary["gain_low"] < 1e-6  # luck is common
    assert answer.summary["warnings"] == []
    x, y = (100.0 * best["best"][name] for name in LEVERS)
    assert best["missed"]["quality"] == pytest.approx(4.0 - (x - 2.0) ** 2, abs=1e-6)
    assert best["missed"]["recovery"] == pytest.approx(18.0 - 2.0 * (y - 3.0) ** 2, abs=1e-6)
    assert "carry it" in answer.sentence


def test_search__beats_as_many_settings_at_random():
    def value(setting: Any) -> float:
        return -sum((setting[key] - 0.7) ** 2 for key in setting)

    ranges = [Range(f"k{n}", 0.0, 1.0) for n in range(4)]
    start = {one.key: 0.0 for one in ranges}
    found, chance = [], []
    for seed in range(4):
        values: list[float] = []

        def judge(settings: Any, values: list[float] = values) -> list[Judged]:
            assert len(settings) <= BATCH
            values.extend(map(value, settings))
            return [Judged((one,)) for one in values[-len(settings) :]]

        search(ranges, [start], judge, 60, seed)
        assert len(values) == 60
        found.append(max(values))
        rng = np.random.default_rng(seed)
        chance.append(max(value(dict(enumerate(rng.random(4)))) for _ in range(60)))
    assert np.mean(found) > 0.5 * np.mean(chance)  # both below 0: less than half as far


def test_search__is_the_same_for_the_same_seed_only():
    def asked(seed: int, trials: int) -> list[Any]:
        seen: list[Any] = []

        def judge(settings: Any) -> list[Judged | None]:
            seen.extend(dict(one) for one in settings)
            return [Judged((one["a"] - one["n"],)) if one["n"] != 3 else None for one in settings]

        search([Range("a", 0.0, 1.0), Range("n", 0, 9, True)], [{"a": 0.5, "n": 2}], judge, trials,
               seed)  # fmt: skip
        return seen

    assert asked(1, 30) == asked(1, 30) != asked(2, 30)
    assert asked(1, 44)[:30] == asked(1, 30)  # more trials go on
    assert asked(1, 30)[0] == {"a": 0.5, "n": 2}
    assert all(isinstance(one["n"], int) for one in asked(1, 30))


def test_limits__bind_and_are_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def metrics(strategy: Any, world: int) -> dict[str, float]:
        x, y = place(strategy)
        return {"equity": 100.0 * (3.0 * x + y) + luck(world), "programme": 100.0 * (x + y),
                "churn_rate": 0.02 - 0.002 * y}  # fmt: skip

    planted(monkeypatch, metrics)
    # Most of x, which is worth more, but the cap asks for y of 1: x + y = 4 leaves x of 3.
    words = ("budget=4", "churn_cap=0.018", "trials=80", "worlds=2", f"out={tmp_path / 'out'}")
    answer = es.optimise(*SMALL, *RANGES, *words)
    trials = answer.frames["trials"]
    best = answer.frames["best"].set_index("lever")["best"] * 100.0
    assert best["quality"] + best["recovery"] <= 4.0 + 1e-9
    assert best["recovery"] >= 1.0 - 1e-9
    assert 3.0 * best["quality"] + best["recovery"] > 8.5  # of 10
    kept = (trials["cost"] <= 4.0) & (trials["churn_rate"] <= 0.018)
    assert (trials["feasible"] == kept).all()
    assert 0 < kept.sum() < len(trials)
    assert answer.summary["best"]["cost"] <= 4.0
    assert not answer.summary["preset_feasible"]
    assert "does not keep the limits" in answer.sentence
    assert answer.sentence.startswith("With at most 4.00 currency a customer and month and churn")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("budget=0.5", "budget: got 0.5, allowed is what some setting keeps: the cheapest of 12"),
        ("churn_cap=0.001", "churn_cap: got 0.001, allowed is what some setting keeps: the least"),
        ("budget=1.1 churn_cap=0.006", "budget, churn_cap: no setting of 12 keeps both"),
    ],
)
def test_limits__that_nothing_keeps_are_told_with_what_is_possible(
    words: str, message: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    def metrics(strategy: Any, world: int) -> dict[str, float]:
        x, y = place(strategy)
        return {"programme": 100.0 * (1.0 + x + y), "churn_rate": 0.01 - 0.001 * y}

    planted(monkeypatch, metrics)
    command = ["optimise", *SMALL, *RANGES, "trials=12", *words.split(), f"out={tmp_path / 'o'}"]
    assert main(command) == 2
    told = capsys.readouterr().err
    assert message in told
    assert told.count("\n") == 1


# Two objectives.


def test_frontier__keeps_what_none_is_better_than():
    goals = [(0.0, 3.0), (1.0, 1.0), (2.0, 2.0), (2.0, 2.0), (3.0, 0.0), (3.0, -1.0)]
    assert frontier(goals) == [0, 2, 4]
    assert frontier([(1.0, 1.0)]) == [0]


def test_frontier__of_schaffer_is_covered(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Schaffer (1985): all between the two optima, 1 and 4, is on the frontier, where the roots of
    the two losses add up to 3; the second lever only does harm."""

    def metrics(strategy: Any, world: int) -> dict[str, float]:
        x, y = place(strategy)
        harm = y**2
        return {"equity": -100.0 * ((x - 1.0) ** 2 + harm) + luck(world),
                "trust": -((x - 4.0) ** 2) - harm + luck(world)}  # fmt: skip

    planted(monkeypatch, metrics)
    answer = es.optimise(*SMALL, *RANGES, "trials=96", "worlds=2", "objective=[equity,trust]",
                         f"out={tmp_path / 'out'}")  # fmt: skip
    line = answer.frames["frontier"]
    x = 100.0 * line["strategies.flywheel.invest.quality"]
    assert len(line) >= 8
    assert line["holds"].all()
    for wanted in (1.0, 1.75, 2.5, 3.25, 4.0):
        assert np.abs(x - wanted).min() < 0.4
    # Gains are over the preset, at 0: of losses 1 and 16.
    roots = np.sqrt(1.0 - line["gain_equity"]) + np.sqrt(16.0 - line["gain_trust"])
    assert roots.median() == pytest.approx(3.0, abs=0.35)
    assert "more quality" in answer.sentence
    assert {"feasible", "gain_equity", "gain_trust"} <= {*answer.frames["trials"]}


# What is to be said.


def test_the_edge__of_a_range_is_warned_of_unless_the_lever_ends_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def metrics(strategy: Any, world: int) -> dict[str, float]:
        x, y = place(strategy)
        return {"equity": 100.0 * (x - y) + luck(world), "programme": 10.0 * (x + y)}

    planted(monkeypatch, metrics)
    answer = es.optimise(*WORDS, f"out={tmp_path / 'out'}")
    levers = answer.frames["best"].set_index("lever")
    assert list(levers["edge"]) == ["high", "low"]
    assert list(levers["open_ended"]) == [True, False]  # spending cannot be below 0
    assert answer.summary["warnings"] == [
        "quality stands at the high edge of its range: the best may lie beyond"
    ]


def test_the_best_of_mere_luck__is_not_distinguishable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def metrics(strategy: Any, world: int) -> dict[str, float]:
        x, y = place(strategy)  # noise of each setting's own: the winner is the luckiest
        seed = [round(x * 1e9), round(y * 1e9), world]
        return {"equity": 1e4 * float(np.random.default_rng(seed).normal())}

    planted(monkeypatch, metrics)
    answer = es.optimise(*SMALL, *RANGES, "trials=60", "worlds=8", f"out={tmp_path / 'out'}")
    assert answer.summary["gain_in_search"] > 60.0
    assert answer.summary["gain"] < 0.7 * answer.summary["gain_in_search"]
    assert answer.summary["gain_low"] < 0.0 < answer.summary["gain_high"]
    assert any("not distinguishable from the preset" in w for w in answer.summary["warnings"])
    assert "cannot be told from the preset" in answer.summary["title"]


def test_levers_that_do_nothing__leave_the_preset(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    planted(monkeypatch, lambda strategy, world: {"equity": luck(world)})
    answer = es.optimise(*WORDS, f"out={tmp_path / 'out'}")
    assert answer.summary["words"] == []
    assert "nothing better than flywheel as it stands" in answer.sentence
    assert answer.summary["free"] == []


def test_beyond_the_budget__nothing_comes_closest(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def metrics(strategy: Any, world: int) -> dict[str, float]:
        x, y = place(strategy)
        return {"equity": 100.0 * (3.0 * x - y) + luck(world), "programme": 100.0 * (1.0 + x)}

    planted(monkeypatch, metrics)
    answer = es.optimise(*WORDS, "budget=1", f"out={tmp_path / 'out'}")
    assert answer.summary["words"] == []
    best = answer.frames["best"].set_index("lever")
    assert best.at["quality", "alone_high"] > 0.0
    assert not best.at["quality", "alone_high_feasible"]
    assert "within the limits, recovery at 0.05 comes closest" in answer.sentence
    assert any("of 12 trials keep the limits" in warning for warning in answer.summary["warnings"])
    axes = answer.figure("best").axes[1]
    assert {bar.get_hatch() for bar in axes.patches} == {"////", ""}


def test_a_limit__that_is_broken_in_fresh_worlds_is_warned_of(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def metrics(strategy: Any, world: int) -> dict[str, float]:
        x, _ = place(strategy)
        return {"equity": 100.0 * x, "programme": 100.0 * x * (1.0 if world < 2 else 1.5)}

    planted(monkeypatch, metrics)
    answer = es.optimise(*WORDS, "budget=2", f"out={tmp_path / 'out'}")
    assert any("beyond the budget of 2.00" in told for told in answer.summary["warnings"])
    assert not answer.summary["best"]["feasible"]


def test_settings_that_fail__are_counted_and_left_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def metrics(strategy: Any, world: int) -> dict[str, float]:
        x, y = place(strategy)
        broken = dict.fromkeys(KEPT, math.nan) if x > 3.0 and world == 1 else {}
        return {"equity": 100.0 * (x + y), **broken}

    planted(monkeypatch, metrics)
    answer = es.optimise(*SMALL, *RANGES, "worlds=2", "trials=30", f"out={tmp_path / 'out'}")
    trials = answer.frames["trials"]
    assert answer.summary["failed"] == (trials["state"] == "failed").sum() > 0
    assert (trials["state"] == "failed").equals(trials["strategies.flywheel.invest.quality"] > 0.03)
    assert not trials["feasible"][trials["state"] == "failed"].any()
    assert any("trials failed, the first with" in told for told in answer.summary["warnings"])


def test_settings_that_are_none__are_refused_one_by_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    planted(monkeypatch, lambda strategy, world: {"equity": strategy.fixed_cost})
    answer = es.optimise(
        *SMALL, "strategies.flywheel.fixed_cost=interval(0,100)", "trials=24", "worlds=2",
        "strategies.flywheel.budget_year=interval(600,2400)", f"out={tmp_path / 'out'}",
    )  # fmt: skip
    trials = answer.frames["trials"]
    over = (12.0 * trials["strategies.flywheel.fixed_cost"]
            > trials["strategies.flywheel.budget_year"])  # fmt: skip
    assert ((trials["state"] == "refused") == over).all()
    assert answer.summary["refused"] == over.sum() > 0
    assert trials["error"][over].str.contains("budget_year").all()


def test_everything_fails__is_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    planted(monkeypatch, lambda strategy, world: dict.fromkeys(KEPT, math.nan))
    assert main(["optimise", *WORDS, f"out={tmp_path / 'out'}"]) == 2
    told = capsys.readouterr().err
    assert "failed" in told
    assert told.count("\n") == 1


# Objectives.


def test_objectives__are_sums_in_which_churn_is_taken_off():
    levels = {"equity": np.array([10.0, 20.0]), "clv": np.array([1.0, 3.0]),
              "churn_rate": np.array([0.1, 0.2])}  # fmt: skip
    mix = Objective.read({"equity": 0.5, "clv": 2.0, "churn_rate": 10})
    assert mix.of(levels).tolist() == [6.0, 14.0]
    assert mix.gained(4.1) == "+4.10 of 0.5 equity + 2 clv - 10 churn_rate"
    assert Objective.read({"equity": 2}) == Objective.read("equity")
    assert Objective.read("churn_rate").of(levels).tolist() == [-0.1, -0.2]
    assert Objective.read("churn_rate").gained(0.0012) == "+0.12 pp less churn a month"


def test_two_mixes__have_columns_of_their_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    planted(monkeypatch, lambda strategy, world: {"equity": place(strategy)[0] * 100.0})
    words = "objective=[{equity: 1, clv: 1},{equity: 1, trust: 2}]"
    answer = es.optimise(*WORDS, words, f"out={tmp_path / 'out'}")
    assert answer.summary["names"] == ["mix_1", "mix_2"]
    assert len(answer.frames["frontier"]) == 1
    assert "best in both" in answer.sentence


# In the market.


def test_levers__are_by_default_what_the_last_strategy_buys():
    usual = Trying.read(SMALL, None, "config")
    assert usual.strategy == "flywheel"
    assert [one[0].split(".", 2)[2:] + list(one[1:3]) for one in usual.ranges] == [
        ["service.recovery", 0.0, 1.0], ["service.human", 0.5, 1.0],
        ["service.surprise", 0.0, 0.3], ["marketing.messages", 1.0, 4.0],
        ["referrals.reward", 0.0, 20.0],
    ]  # fmt: skip
    assert len(usual.starts()) == 11
    points = Trying.read((*SMALL, "strategy=points_only"), None, "config")
    assert [one.key for one in points.ranges] == ["strategies.points_only.points.earn"]
    nothing = Trying.read((*SMALL, "strategy=none"), None, "config")
    assert [key.rpartition(".")[2] for key in nothing.preset] == [
        "quality", "reliability", "recovery", "effort", "relevance", "community",
    ]  # fmt: skip
    assert len(nothing.starts()) == 7  # the preset is the low end of each
    words = (*SMALL, "strategies.points_only.points.earn=interval(0.02,0.1)",
             "strategies.points_only.points.expiry_months=interval(6,24)")  # fmt: skip
    other = Trying.read(words, None, "config")
    assert other.strategy == "points_only"
    assert other.names() == {key: key.rpartition(".")[2] for key in other.preset}
    assert all(0.02 <= one["strategies.points_only.points.earn"] <= 0.1 for one in other.starts())


def test_optimise__goes_on_where_it_was_and_ends_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    whole, part = tmp_path / "whole", tmp_path / "part"
    with inline(monkeypatch) as tasks:
        answer = es.optimise(*WORDS, f"out={whole}")
        units = [unit.identity for task in tasks for unit in task.units]
    assert len(set(units)) == len(units)  # nothing lives twice

    with inline(monkeypatch, most=3):
        es.optimise(*WORDS, f"out={part}")
    with inline(monkeypatch) as tasks:
        es.optimise(*WORDS, f"out={part}")
        again = [unit.identity for task in tasks for unit in task.units]
        assert 0 < len(set(again)) < len(units)
        assert set(again) < set(units)
        before = len(tasks)
        es.optimise(*WORDS, f"out={part}")
        assert len(tasks) == before
    for name in ("trials.csv", "best.csv", "fresh.csv", "summary.json", "figures/best.png",
                 "figures/course.png"):  # fmt: skip
        assert (whole / name).read_bytes() == (part / name).read_bytes()
    assert main(["verify", str(part)]) == 0
    assert answer.sentence in (whole / "summary.json").read_text(encoding="utf-8")
    with inline(monkeypatch):
        more = es.optimise(*WORDS[:-1], "trials=16", f"out={part}")
        assert more.frames["trials"][:12].equals(answer.frames["trials"])
        with pytest.raises(es.BadInput, match="begun with worlds=2, and not 3"):
            es.optimise(*WORDS, "worlds=3", f"out={part}")


def test_trials__are_what_comparisons_find(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with inline(monkeypatch):
        answer = es.optimise(*WORDS, f"out={tmp_path / 'out'}")
    trial = answer.frames["trials"].iloc[10]
    levers = [f"{key}={float(trial[key])!r}" for key in trial.index if key.startswith("strat")]
    scenario = es.scenario(*SMALL, "strategy=[flywheel]", "worlds=2", *levers)
    summary = es.compare(scenario).summary
    assert trial["equity"] == pytest.approx(summary["equity"].mean() / 100, rel=1e-12)
    cost = summary["programme"].sum() / summary["served_realised"].sum()
    assert trial["cost"] == pytest.approx(cost, rel=1e-12)
    assert trial["churn_rate"] == pytest.approx(summary["churn_rate"].mean(), rel=1e-12)


def test_months_served__within_the_horizon_are_of_those_on_the_books():
    run = es.simulate(es.scenario(*SMALL, "discount_rate=0", "uncertainty=none"), "flywheel")
    assert run.summary["served_realised"] <= run.summary["served"]
    spent = run.curves["programme"].sum() / run.summary["served_realised"]
    quality = ("strategies.flywheel.invest.quality=0.02",)
    more = es.simulate(
        es.scenario(*SMALL, "discount_rate=0", "uncertainty=none", *quality), "flywheel"
    )
    dearer = more.curves["programme"].sum() / more.summary["served_realised"]
    revenue = 30.0
    assert dearer - spent == pytest.approx(0.02 * revenue, abs=0.1)


def test_a_lever_without_a_price__is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def metrics(strategy: Any, world: int) -> dict[str, float]:
        x, y = place(strategy)
        z = 100.0 * strategy.invest.effort  # paid for, and no good
        stay = 100.0 * (1.0 + 0.1 * x)  # whoever stays is served for longer
        paid = (1.0 + 0.5 * y + z) * stay
        price = strategy.offer.price
        return {"equity": 100.0 * (3.0 * x + y + price) - paid + luck(world),
                "programme": paid, "served_realised": stay}  # fmt: skip

    planted(monkeypatch, metrics)
    more = ("strategies.flywheel.offer.price=interval(0.9,1.1)",
            "strategies.flywheel.invest.effort=interval(0,0.05)")  # fmt: skip
    answer = es.optimise(*WORDS, *more, f"out={tmp_path / 'out'}")
    assert answer.summary["free"] == ["strategies.flywheel.invest.quality"]
    assert (
        "invest.quality has no price of its own here: its optimum says nothing of what it is worth"
    ) in answer.summary["warnings"]


def test_two_objectives__are_drawn(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with inline(monkeypatch):
        assert main(["optimise", *WORDS, "objective=[equity,churn_rate]", f"out={out}"]) == 0
    assert (out / "figures" / "frontier.png").stat().st_size > 10_000
    assert (out / "frontier.csv").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("objective=nps", "objective: got 'nps', allowed are equity, clv, profit"),
        ("objective=[equity,equity]", "allowed are two different ones"),
        ("objective=[equity]", "objective: got ['equity'], allowed are"),
        ("objective=[equity,clv,trust]", "or two of these in a list"),
        ("objective={equity:-1}", "a mix with weights above 0"),
        ("objective={equity:true}", "a mix with weights above 0"),
        ("objective=equity,clv", "got several values, allowed is one"),
        ("budget=-1", "budget: got -1"),
        ("budget=cheap", "budget: got 'cheap'"),
        ("churn_cap=2", "churn_cap: got 2"),
        ("trials=0", "trials: got 0, allowed whole numbers 1 to 10000"),
        ("trials=6", "trials: got 6, allowed are at least 12: the preset, each lever at both"),
        ("worlds=1", "worlds: got 1, allowed whole numbers 2 to 10000"),
        ("uncertainty=none", "uncertainty: got none, allowed are all and luck"),
        ("horizon=interval(12,24)", "horizon: got an interval, allowed are levers of a strategy"),
        (
            "strategies.flywheel.invest.effort=interval(0,0.1) "
            "strategies.points_only.points.earn=interval(0,0.1)",
            "got levers of flywheel and points_only, allowed are those of one strategy",
        ),
        (f"{RANGES[0]} {RANGES[0]}", "got an interval twice, allowed is one"),
        ("strategies.flywheel.invest.effort=interval(0,2)", "strategies.flywheel.invest.effort"),
        ("strategies.flywheel.invest.efort=interval(0,1)", "did you mean"),
        ("strategies.mine.invest.effort=interval(0,1)", "mine"),
        ("cluster.hours=0", "cluster.hours: got 0"),
    ],
)
def test_bad_input__is_one_line(
    words: str, message: str, capsys: pytest.CaptureFixture[str], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert main(["optimise", *words.split()]) == 2
    told = capsys.readouterr().err
    assert message in told
    assert told.count("\n") == 1
    assert not list(tmp_path.iterdir())
