"""Sweeps: every setting once, whoever runs it, wherever it stops."""

import random
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import engagesim as es
from engagesim.scenarios.sweeping import MOST, Sweep
from engagesim.sim.main import main
from engagesim.sim.sweep import crew, store, unit
from engagesim.sim.sweep.plan import Plan, Shard
from engagesim.sim.sweep.unit import Stopped, lived, packed, unpacked, work

from .units import SMALL, WORDS, inline, same

# Words.


@settings(max_examples=30)
@given(
    st.lists(
        st.sampled_from(
            [
                ("horizon=12,24,36", "horizon", ["12", "24", "36"]),
                ("population.size=choice(300,600)", "population.size", ["300", "600"]),
                ("costs.programme=range(0.5,1,0.25)", "costs.programme", ["0.5", "0.75"]),
                ("market=glob(t*)", "market", ["telecom", "travel"]),
                ("market=bank,car", "market", ["bank", "car"]),
                ("strategy=[none,flywheel],[none]", "strategy", ["[none,flywheel]", "[none]"]),
                ("mechanisms.contagion=true,false", "mechanisms.contagion", ["true", "false"]),
                ("seed=3", "", []),
            ]
        ),
        max_size=4,
        unique_by=lambda case: case[1],
    )
)
def test_points__are_what_their_words_compose_to_each_by_each(cases: Any) -> None:
    sweep = Sweep([word for word, _, _ in cases])
    axes = [(key, values) for _, key, values in cases if key]
    fixed = [word for word, key, _ in cases if not key]
    points = list(sweep.points())
    assert len(points) == sweep.size == np.prod([len(v) for _, v in axes], initial=1)
    some = random.Random(len(points)).sample(points, min(3, len(points)))
    for point in some:
        rest, own = point.number, []
        for key, values in reversed(axes):
            rest, place = divmod(rest, len(values))
            own.append(f"{key}={values[place]}")
        assert sweep.scenario(point) == es.scenario(*fixed, *own)
    assert len({point.words for point in points}) == len(points)


def test_points__of_a_range_are_numbers_one_would_write():
    (axis,) = Sweep(["costs.programme=range(0.1,1,0.1)"]).axes
    assert axis.values == (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("horizon=interval(1,2)", "an interval has no values; allowed are A,B and range"),
        ("market=glob(x*)", "market=glob(x*): got no value"),
        ("horizon=glob(*)", "only presets can be globbed"),
        ("horizon=1,1", "got a value twice"),
        ("horizon=1,2 horizon=3,4", "horizon: got several values twice"),
        ("horizon=shuffle(1,2)", "no order to shuffle"),
        ("horizon=12,0", "point 1 (horizon=0): horizon: got 0"),
        ("market=telecom,telecon", "did you mean 'telecom'"),
        ("costs.programme=range(0,1,0)", "got a step of 0, allowed is any other"),
        ("horizon=range(0,10000000)", f"more than {MOST:,} values"),
        ("seed=range(0,1000) horizon=range(1,1001)", "got 1,000,000 points (1,000 x 1,000)"),
        ("threads=1,2", "points 0 and 1 mean the same"),
        ("shard=3/2 horizon=1,2", "shard: got '3/2', allowed is i/n"),
        ("shard=x horizon=1,2", "shard: got 'x', allowed is i/n"),
        ("retry=all", "retry: got 'all', allowed failed or null"),
        ("cluster.workers=-1", "cluster.workers: got -1, allowed whole"),
        ("cluster.scheduler=nowhere", "cluster.scheduler: 'nowhere' does not answer"),
    ],
)
def test_bad_input__of_a_sweep_is_one_line(
    words: str,
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(crew, "ANSWER", 1.0)
    monkeypatch.chdir(tmp_path)
    assert main(["-m", *words.split()]) == 2
    told = capsys.readouterr().err
    assert message in told
    assert told.count("\n") == 1


# Units.


def test_units__are_the_runs_of_a_comparison(uninterrupted: Path) -> None:
    units = pd.read_parquet(uninterrupted / "units.parquet")
    at = (units["costs.programme"] == 1.0) & (units["strategies.flywheel.service.recovery"] == 0.8)
    swept = units[at].set_index(["strategy", "world"])
    scenario = es.scenario(*SMALL, "strategies.flywheel.service.recovery=0.8")
    compared = es.compare(scenario).summary.set_index(["strategy", "world"])
    assert len(swept) == 6
    pd.testing.assert_frame_equal(
        swept.loc[compared.index, compared.columns].astype(float),
        compared.astype(float),
        check_exact=True,
    )


def test_units__live_once_where_an_axis_does_not_touch_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with inline(monkeypatch) as tasks:
        report = es.sweep(*WORDS, f"out={tmp_path / 'sweep'}")
    assert report is not None
    assert len(report.units) == 24
    assert sum(len(task.units) for task in tasks) == 18
    assert report.units["unit"].nunique() == 18


def test_units__of_the_same_world_have_the_same_luck_at_all_points(uninterrupted: Path) -> None:
    units = pd.read_parquet(uninterrupted / "units.parquet")
    points_only = units[units["strategy"] == "points_only"]
    trust = points_only.pivot(index="world", columns="point", values="trust")
    assert (trust.nunique(axis=1) == 1).all()  # no price moves it


def test_a_scenario__is_the_same_when_it_arrives():
    scenario = es.scenario("market=bank", "population.size=777", "strategy=[tiered,concierge]")
    assert unpacked(packed(scenario)) == scenario
    assert unpacked(packed(scenario)).identity() == scenario.identity()


def test_a_unit__that_fails_is_a_row_and_can_be_run_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    table = "period,surviving_percent\n0,100\n1,80\n2,69\n3,62\n4,57\n"
    Path("good.csv").write_text(table)
    Path("bad.csv").write_text("period,surviving_percent\n0,100\n1,nonsense\n")
    words = [*SMALL, "population.survival=good.csv,bad.csv"]
    with inline(monkeypatch):
        assert main(["-m", *words]) == 1
        told = capsys.readouterr().out
        units = pd.read_parquet("sweep/units.parquet")
        bad = units[units["population.survival"] == "bad.csv"]
        assert len(units) == 12
        assert bad["error"].str.contains("bad.csv").all()
        assert bad["equity"].isna().all()
        assert (units["error"] == "").sum() == 6
        command = bad["command"].iloc[-1]
        assert "population.survival=bad.csv" in command
        assert command.startswith("engagesim -m ")
        assert bad["command"].iloc[0] in told
        assert main(["-m", *words, "retry=failed"]) == 1
        pd.testing.assert_frame_equal(pd.read_parquet("sweep/units.parquet"), units)


# The folder.


def test_a_sweep__goes_on_where_it_was_and_ends_the_same(
    uninterrupted: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "sweep"
    for limit in (0, 1, 5, 3):
        with inline(monkeypatch, most=limit):
            es.sweep(*WORDS, f"out={folder}")
    assert len(list((folder / "units").glob("*.json"))) == 9
    (folder / "units" / ".half.json.1234.part").write_text('{"sha')
    with inline(monkeypatch) as tasks:
        es.sweep(*WORDS, f"out={folder}")
    assert len(tasks) == 3
    assert same(folder, uninterrupted)
    assert not list(folder.rglob("*.part"))
    with inline(monkeypatch) as tasks:
        es.sweep(*WORDS, f"out={folder}")
    assert tasks == []
    assert same(folder, uninterrupted)


def test_a_sweep__takes_more_worlds_and_more_values_but_no_others(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "sweep"
    words = (*SMALL, "costs.programme=0.5,1.0")
    with inline(monkeypatch) as tasks:
        es.sweep(*words, f"out={folder}")
        before = len(tasks)
        more = es.sweep(*words, "worlds=4", f"out={folder}")
        assert len(tasks) == before + 2
        wider = es.sweep(*SMALL, "costs.programme=0.5,1.0,2.0", "worlds=4", f"out={folder}")
        assert len(tasks) == before + 2 + 4
        with pytest.raises(es.BadInput, match="the folder holds another sweep"):
            es.sweep(*words, "worlds=4", f"out={folder}")
        with pytest.raises(es.BadInput, match="the folder holds another sweep"):
            es.sweep(*SMALL, "costs.programme=0.7", f"out={folder}")
    assert more is not None
    assert wider is not None
    assert len(more.units) == 16
    assert len(wider.units) == 24
    at = wider.units[wider.units["point"] < 2].reset_index(drop=True)
    pd.testing.assert_frame_equal(at, more.units)


def test_a_sweep__in_shards_is_the_same_sweep(
    uninterrupted: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "sweep"
    counts = []
    for shard in ("2/3", "1/3", "3/3"):
        with inline(monkeypatch) as tasks:
            assert es.sweep(*WORDS, f"out={folder}", f"shard={shard}") is None
        counts.append(sum(len(task.units) for task in tasks))
    assert sum(counts) == 18
    assert min(counts) >= 4
    with inline(monkeypatch) as tasks:
        es.sweep(*WORDS, f"out={folder}")
    assert tasks == []
    assert same(folder, uninterrupted)


def test_worlds__are_as_many_as_the_precision_asks_at_each_point(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    words = ("population.size=100", "horizon=3", "worlds=40", "precision.p=0.06",
             "costs.programme=0.1,6.0")  # fmt: skip
    with inline(monkeypatch):
        report = es.sweep(*words, f"out={tmp_path / 'sweep'}")
    assert report is not None
    worlds = report.units.groupby("costs.programme")["world"].nunique()
    for price, count in worlds.items():
        alone = es.compare(es.scenario(*words[:-1], f"costs.programme={price}"))
        assert alone.decision["worlds"] == count
    assert sorted(worlds)[0] == 20


@pytest.mark.parametrize("name", ["a batch", "the table"])
def test_a_damaged_file__is_named_and_nothing_is_overwritten(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, words = tmp_path / "sweep", (*SMALL, "costs.programme=0.5,1.0")
    with inline(monkeypatch):
        es.sweep(*words, f"out={folder}", "shard=1/1" if name == "a batch" else "shard=")
        path = next((folder / "units").glob("[!.]*"))
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
        before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
        with pytest.raises(es.BadInput, match=f"{path.name}: is not as it was written; delete it"):
            es.sweep(*words, f"out={folder}")
        assert main(["verify", str(folder)]) == 1
        assert path.name in capsys.readouterr().out
        assert all(p.read_bytes() == b for p, b in before.items() if p.suffix != ".lock")
        path.unlink()
        assert es.sweep(*words, f"out={folder}") is not None
    assert main(["verify", str(folder)]) == 0


def test_a_folder__of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(es.BadInput, match="holds something else than a sweep"):
        es.sweep(*SMALL, f"out={tmp_path}")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_comparison__does_not_replace_a_sweep(
    uninterrupted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {p: p.read_bytes() for p in uninterrupted.rglob("*") if p.is_file()}
    assert main([*SMALL, f"out={uninterrupted}"]) == 2
    assert "holds a sweep" in capsys.readouterr().err
    assert all(path.read_bytes() == content for path, content in before.items())


def test_changed_code_or_data__is_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    table = Path("good.csv")
    table.write_text("period,surviving_percent\n0,100\n1,80\n2,69\n3,62\n4,57\n")
    words = (*SMALL, "population.survival=good.csv", "costs.programme=0.5,1.0")
    with inline(monkeypatch):
        es.sweep(*words, "out=sweep")
        with monkeypatch.context() as patched:
            patched.setattr("engagesim.sim.sweep.plan.code", lambda: "other")
            with pytest.raises(es.BadInput, match="engagesim has changed since"):
                es.sweep(*words, "out=sweep")
        table.write_text(table.read_text().replace("57", "56"))
        with pytest.raises(es.BadInput, match=r"good\.csv has changed since"):
            es.sweep(*words, "out=sweep")


def test_a_sweep__over_strategies_has_them_as_an_axis(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    words = (*SMALL, "strategy=[none,points_only],[none,flywheel]", f"out={tmp_path / 'sweep'}")
    with inline(monkeypatch) as tasks:
        report = es.sweep(*words)
    assert report is not None
    assert sum(len(task.units) for task in tasks) == 9  # none lives once
    assert report.axes == ("strategies",)
    assert report.units["strategies"].nunique() == 2
    assert set(report.paired["strategy"]) == {"points_only", "flywheel"}


def test_a_sweep__may_leave_a_number_to_the_market(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    key = "strategies.flywheel.service.recovery"
    with inline(monkeypatch):
        report = es.sweep(*SMALL, f"{key}=null,0.5", f"out={tmp_path / 'sweep'}")
    assert report is not None
    assert list(report.means[key].unique()) == ["null", "0.5"]


def test_a_sweep__lives_one_world_where_nothing_is_drawn(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for place, order in enumerate(("none,luck", "luck,none")):
        with inline(monkeypatch):
            report = es.sweep(*SMALL, f"uncertainty={order}", f"out={tmp_path / str(place)}")
        assert report is not None
        worlds = report.means.set_index("uncertainty")["worlds"]
        assert set(worlds["none"]) == {1}
        assert set(worlds["luck"]) == {3}


def test_a_sweep__of_which_all_fails_has_its_table(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bad.csv").write_text("period,surviving_percent\n0,100\n1,nonsense\n")
    with inline(monkeypatch):
        assert main(["-m", *SMALL, "population.survival=bad.csv"]) == 1
    assert "The picture" not in capsys.readouterr().out
    assert (pd.read_parquet("sweep/units.parquet")["error"] != "").all()
    assert main(["verify", "sweep"]) == 0


def test_a_unit__that_failed_in_a_later_look_is_run_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    words = ("population.size=60", "horizon=2", "worlds=40", "precision.p=0.001",
             "uncertainty=luck",
             "strategy=[none,points_only]", f"out={tmp_path / 'sweep'}")  # fmt: skip
    live = unit.run

    def fails(start: Any, name: str, *rest: Any) -> Any:
        if name == "none" and start.world == 30:
            raise RuntimeError("no means")
        return live(start, name, *rest)

    with inline(monkeypatch), monkeypatch.context() as patched:
        patched.setattr(unit, "run", fails)
        report = es.sweep(*words)
    assert report is not None
    assert report.failed == 1
    with inline(monkeypatch) as tasks:
        report = es.sweep(*words, "retry=failed")
    assert report is not None
    assert report.failed == 0
    assert [one.world for task in tasks for one in task.units] == [30]


def test_shards__that_share_units_live_their_points_whole(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    words = ("population.size=60", "horizon=2", "worlds=40", "precision.p=0.001",
             "uncertainty=luck",
             "strategies.flywheel.service.recovery=0.2,0.8", f"out={tmp_path}/sweep")  # fmt: skip
    for shard in ("2/2", "1/2"):
        with inline(monkeypatch):
            assert es.sweep(*words, f"shard={shard}") is None
    with inline(monkeypatch) as tasks:
        report = es.sweep(*words)
    assert tasks == []
    assert report is not None
    assert set(report.means["worlds"]) == {40}


def test_a_study__reads_units_that_had_to_go_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def run(self: Any, todo: Any, load: Any, told: Any, whole: float = 1.0) -> None:
        for task in todo:
            for alone in task.alone():
                unit.work(alone, str(self.folder), crew.code())

    words = (*SMALL, "costs.programme=interval(0.5,1)", "market.gross_margin=interval(0.2,0.3)",
             "grid=2", "refine=0")  # fmt: skip
    with inline(monkeypatch):
        whole = es.map(*words, f"out={tmp_path / 'whole'}")
    monkeypatch.setattr(crew.Crew, "run", run)
    apart = es.map(*words, f"out={tmp_path / 'apart'}")
    pd.testing.assert_frame_equal(whole.frames["strategies"], apart.frames["strategies"])


def nothing() -> None:
    """What is to be seen to when a folder is opened."""


def test_a_second_driver__is_turned_away(tmp_path: Path) -> None:
    folder = tmp_path / "sweep"
    with store.held(folder, nothing):
        with pytest.raises(es.BadInput, match="is being written by another engagesim"):
            es.sweep(*WORDS, f"out={folder}", "cluster.workers=1")
        with pytest.raises(es.BadInput, match="is being written by another engagesim"):
            es.sweep(*WORDS, f"out={folder}", "shard=1/2", "cluster.workers=1")
    with store.held(folder, nothing, "1/2"), store.held(folder, nothing, "2/2"):
        for shard in ("", "1/2"):
            with (
                pytest.raises(es.BadInput, match=r"another engagesim \(shard-1-of-2"),
                store.held(folder, nothing, shard),
            ):
                pass
    with store.held(folder, nothing):
        pass


def test_a_full_disk__stops_the_sweep_and_keeps_what_is_done(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "sweep"
    (task, *_) = Plan(Sweep(WORDS)).tasks(dict.fromkeys(range(4), 3), set(), Shard())
    rows = lived(task)

    def full(path: Path, content: bytes) -> None:
        if path.suffix == ".json" and path.parent.name == "units":
            raise OSError(28, "No space left on device")
        whole(path, content)

    whole = store.write_whole
    store.open_folder(folder, Plan(Sweep(WORDS)).record())
    store.keep(folder, rows)
    with monkeypatch.context() as patched:
        patched.setattr(store, "write_whole", full)
        with pytest.raises(Stopped, match="cannot be written \\(No space left on device\\)"):
            work(task, str(folder), crew.code())
    assert store.done(folder).keys() == {row["unit"] for row in rows}


def test_a_worker__of_other_code_or_without_the_folder_does_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "sweep"
    (task, *_) = Plan(Sweep(WORDS)).tasks(dict.fromkeys(range(4), 3), set(), Shard())
    with pytest.raises(Stopped, match="does not see the folder"):
        work(task, str(folder), crew.code())
    store.open_folder(folder, Plan(Sweep(WORDS)).record())
    with pytest.raises(Stopped, match="other code"):
        work(task, str(folder), "other")
    assert not list((folder / "units").iterdir())
