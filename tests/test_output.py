"""The output: figures without collisions, results folders whole or not there, plain text."""

import functools
import hashlib
import itertools
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from engagesim import BadInput, compare, scenario, simulate
from engagesim.scenarios.scenario import Scenario
from engagesim.sim import results, verbs
from engagesim.sim.compare import Comparison
from engagesim.sim.figures import figures_of
from engagesim.sim.results import check_folder, save_comparison, save_run
from engagesim.sim.terminal import progress, show_comparison

SMALL = ("population.size=200", "uncertainty=luck", "worlds=3", "horizon=26")
FIVE = "strategy=[none,points_only,flywheel,flywheel_with_points,flywheel_badly_run]"
FIGURES = {"overview", "churn", "retention", "clv", "advocacy", "feelings", "money"}
DECISION = {"difference", "doubt", "flips", "individuals"}
"""What there is to see of a decision: test_board.py."""
UNITS = re.compile(r"month|currency|share|lost a year|recommended|per 100|0 to 1|percentage points")


def long_names(composed: Scenario) -> Scenario:
    names = ["a_programme_with_quite_a_long_name_indeed", "W" * 40, "short"]
    levers = [*composed.strategies.values(), next(iter(composed.strategies.values()))]
    strategies = {name[:40]: lever for name, lever in zip(names, levers, strict=True)}
    return Scenario.model_validate({**dict(composed), "strategies": strategies})


CASES: dict[str, Callable[[], Scenario]] = {
    "contracts": lambda: scenario(*SMALL),
    "no_contracts_five": lambda: scenario(*SMALL, "market=apparel", FIVE),
    "one_strategy": lambda: scenario(
        *SMALL, "strategy=flywheel", "uncertainty=none", "market=apparel"
    ),
    "one_month": lambda: scenario(*SMALL, "horizon=1"),
    "nobody": lambda: scenario(
        *SMALL, "population.customer_share=0", "population.size=5", "horizon=3"
    ),
    "long_names": lambda: long_names(scenario(*SMALL, "population=cohort", "horizon=14")),
}


@pytest.fixture(scope="module")
def compared() -> Callable[[str], Comparison]:
    return functools.cache(lambda case: compare(CASES[case]()))


@pytest.fixture(scope="module")
def comparison(compared: Callable[[str], Comparison]) -> Comparison:
    return compared("contracts")


@pytest.fixture(scope="module")
def drawn(compared: Callable[[str], Comparison]) -> Callable[[str], dict[str, Figure]]:
    return functools.cache(lambda case: figures_of(compared(case)))


def texts_of(ax: Axes) -> Iterator[Text]:
    """What is written in and around a panel, as it is drawn."""
    yield from (*ax.texts, ax.xaxis.label, ax.yaxis.label)
    yield from (text for text in ax.findobj(Text) if text.get_text() == ax.get_title("left"))
    for axis in (ax.xaxis, ax.yaxis):
        low, high = sorted(axis.get_view_interval())
        yield from (t.label1 for t in axis.get_major_ticks() if low <= t.get_loc() <= high)


def written(figure: Figure) -> list[tuple[str, Bbox]]:
    """All visible texts of a figure with their boxes in pixels."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    texts = [*figure.texts, *(text for ax in figure.axes for text in texts_of(ax))]
    return [
        (text.get_text(), Text.get_window_extent(text, canvas.get_renderer()))
        for text in texts
        if text.get_visible() and text.get_text().strip()
    ]


@pytest.mark.parametrize("case", CASES)
def test_figures__nothing_collides_or_is_clipped(
    case: str, drawn: Callable[..., dict[str, Figure]]
):
    figures = drawn(case)
    assert set(figures) - DECISION == FIGURES
    for name, figure in figures.items():
        boxes = written(figure)
        width, height = figure.canvas.get_width_height()
        for text, box in boxes:
            inside = box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height
            assert inside, f"{name}: {text!r} leaves the picture"
        for (one, box), (other, another) in itertools.combinations(boxes, 2):
            apart = not box.padded(-1.0).overlaps(another.padded(-1.0))
            assert apart, f"{name}: {one!r} on {other!r}"


@pytest.mark.parametrize("case", ["contracts", "no_contracts_five"])
def test_figures__units_on_every_axis(case: str, drawn: Callable[..., dict[str, Figure]]):
    for figure in drawn(case).values():
        for ax in figure.axes:
            assert ax.get_title("left")
            assert UNITS.search(ax.get_xlabel())
            numbered = any(label.get_text() for label in ax.get_yticklabels())
            assert not numbered or UNITS.search(ax.get_ylabel())


def test_figures__every_strategy_named_at_its_line(drawn: Callable[..., dict[str, Figure]]):
    names = scenario(FIVE).strategies
    for ax in drawn("no_contracts_five")["feelings"].axes:
        labels = {" ".join(text.get_text().split()) for text in ax.texts}
        assert labels == {name.replace("_", " ") for name in names}


def test_churn__yearly_rate_over_a_window(
    comparison: Comparison, drawn: Callable[..., dict[str, Figure]]
):
    levels = drawn("contracts")["churn"].axes[0]
    curves = comparison.curves[comparison.curves["strategy"] == "points_only"]
    monthly = curves.pivot(index="world", columns="month", values="churn_rate")
    yearly = 1 - (1 - monthly.loc[:, 14:25]).prod(axis=1)
    assert levels.lines[0].get_ydata()[-1] == pytest.approx(yearly.mean())


def test_retention__product_limit_of_cohorts(
    comparison: Comparison, drawn: Callable[..., dict[str, Figure]]
):
    levels = drawn("contracts")["retention"].axes[0]
    frame = comparison.retention.query("strategy == 'points_only' and cohort == -1 and age == 26")
    assert levels.lines[0].get_ydata()[-1] == pytest.approx(frame["share"].mean())


@pytest.fixture
def plain_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Empty pictures: drawing takes seconds, and is not what is looked at."""
    monkeypatch.setattr("engagesim.sim.figures.figures_of", lambda _: {"empty": Figure((1, 1))})


def content(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_save__folder_says_what_it_holds(tmp_path: Path, comparison: Comparison):
    folder = comparison.save(tmp_path / "new" / "results")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    files = content(folder)
    assert manifest["files"] == {
        name: hashlib.sha256(data).hexdigest()
        for name, data in sorted(files.items())
        if name != "manifest.json"
    }
    assert {f"figures/{name}.png" for name in FIGURES} < set(files)
    assert manifest["identity"] == comparison.scenario.identity()
    assert [unit["identity"] for unit in manifest["units"]] == [
        comparison.scenario.identity(name, world)
        for name in comparison.strategies
        for world in range(3)
    ]
    for name in ("curves", "retention", "paired"):
        stored = pd.read_parquet(folder / f"{name}.parquet")
        pd.testing.assert_frame_equal(stored, getattr(comparison, name))
    summary = pd.read_csv(folder / "summary.csv")
    pd.testing.assert_frame_equal(summary, comparison.summary, rtol=1e-12)
    decision = json.loads((folder / "summary.json").read_text(encoding="utf-8"))["decision"]
    assert decision["sentence"] == comparison.decision["sentence"]


@pytest.mark.usefixtures("plain_figures")
def test_save__scenario_composes_again(tmp_path: Path, comparison: Comparison):
    folder = comparison.save(tmp_path / "results")
    assert scenario(config_dir=folder, config_name="scenario") == comparison.scenario


@pytest.mark.usefixtures("plain_figures")
def test_save__same_bytes_again(tmp_path: Path, comparison: Comparison):
    again = compare(CASES["contracts"]())
    first, second = tmp_path / "first", tmp_path / "second"
    assert content(comparison.save(first)) == content(again.save(second))


@pytest.mark.usefixtures("plain_figures")
def test_save__replaces_earlier_results_whole(tmp_path: Path, comparison: Comparison):
    folder = tmp_path / "results"
    run = simulate(comparison.scenario, "flywheel")
    save_run(run, comparison.scenario, folder)
    assert "ledger.parquet" in content(folder)
    save_comparison(comparison, folder)
    assert "ledger.parquet" not in content(folder)
    assert [path.name for path in tmp_path.iterdir()] == ["results"]


def fail(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("interrupted", ["_write_json", "_flush"])
@pytest.mark.usefixtures("plain_figures")
def test_save__interrupted_leaves_what_was(
    tmp_path: Path, comparison: Comparison, monkeypatch: pytest.MonkeyPatch, interrupted: str
):
    folder = comparison.save(tmp_path / "results")
    before = content(folder)
    monkeypatch.setattr(results, interrupted, fail)
    for target in (folder, tmp_path / "other"):
        with pytest.raises(KeyboardInterrupt):
            comparison.save(target)
    assert content(folder) == before
    assert [path.name for path in tmp_path.iterdir()] == ["results"]


@pytest.mark.usefixtures("plain_figures")
def test_save__interrupted_between_renames(
    tmp_path: Path, comparison: Comparison, monkeypatch: pytest.MonkeyPatch
):
    folder = comparison.save(tmp_path / "results")
    before = content(folder)
    rename = Path.rename

    def stumble(path: Path, target: Path) -> Path:
        if path.suffix == ".part":
            raise KeyboardInterrupt
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", stumble)
    with pytest.raises(KeyboardInterrupt):
        comparison.save(folder)
    assert content(folder) == before
    assert [path.name for path in tmp_path.iterdir()] == ["results"]


@pytest.mark.usefixtures("plain_figures")
def test_check__refuses_what_is_not_ours(tmp_path: Path, comparison: Comparison):
    ours = comparison.save(tmp_path / "ours")
    (ours / "notes.txt").write_text("mine")
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "manifest.json").write_text('{"program": "another", "files": {}}')
    (tmp_path / "file").write_text("")
    for folder, reason in {
        ours: "notes.txt",
        foreign: "manifest.json",
        tmp_path / "file": "is a file",
        tmp_path / "file" / "below": "cannot be written",
        tmp_path / ("x" * 300): "cannot be written",
        Path("nul\0"): "cannot be written",
        Path(): "where you are",
    }.items():
        with pytest.raises(BadInput, match=reason):
            check_folder(folder)
    assert (ours / "notes.txt").read_text() == "mine"


def test_check__takes_new_and_empty_and_leaves_no_trace(tmp_path: Path):
    (tmp_path / "empty").mkdir()
    for name in ("empty", "new", "new/below"):
        check_folder(tmp_path / name)
    assert [path.name for path in tmp_path.rglob("*")] == ["empty"]


def test_check__unwritable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(BadInput, match="Permission denied"):
        check_folder(tmp_path / "results")


def test_compare__refuses_before_it_computes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "precious").write_text("")
    monkeypatch.setattr("engagesim.sim.compare.compare", fail)
    with pytest.raises(BadInput, match="precious"):
        verbs.compare(scenario(f"out='{tmp_path}'"))


@pytest.mark.usefixtures("plain_figures")
def test_run__one_strategy_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadInput, match="allowed is one"):
        verbs.run(scenario(*SMALL))
    assert not list(tmp_path.iterdir())
    verbs.run(scenario(*SMALL, "strategy=flywheel"))
    assert {"customers.parquet", "ledger.parquet"} < set(content(tmp_path / "results"))
    assert "Customer equity" in capsys.readouterr().out


@pytest.mark.parametrize("case", ["contracts", "no_contracts_five", "nobody", "one_strategy"])
def test_terminal__plain_when_piped(
    case: str,
    compared: Callable[..., Comparison],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("FORCE_COLOR", "1")
    comparison = compared(case)
    with progress("comparing") as told:
        told(1, 2)
    show_comparison(comparison, Path("results"))
    out, err = capsys.readouterr()
    assert not err
    assert "\x1b" not in out
    assert max(map(len, out.splitlines())) <= 100
    assert comparison.decision["sentence"].split()[-1] in out
    for name in comparison.strategies:
        assert name.split("_")[-1] in out
