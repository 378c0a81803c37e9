"""The notebooks run from top to bottom, and their sentences say what their pictures show."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))

# What the sentences below the figures of each notebook claim, in its own names.
CLAIMS = {
    "01_two_programmes": """
def mean(name, column, months, comparison=result):
    ours = comparison.curves[comparison.curves["strategy"] == name]
    return ours[ours["month"].isin(months)][column].mean()


def gap(metric, comparison=result):
    table = comparison.summary.pivot(index="world", columns="strategy", values=metric)
    return table["flywheel"] - table["points_only"]


def extra(column, months=range(60)):
    return mean("flywheel", column, months) - mean("points_only", column, months)


last, later = range(48, 60), range(12, 60)
yearly = {n: 1 - (1 - mean(n, "churn_rate", later)) ** 12 for n in scenario.strategies}
assert abs(yearly["points_only"] - 0.16) < 0.01, yearly
assert abs(yearly["flywheel"] - 0.13) < 0.01, yearly
assert 0.025 < yearly["points_only"] - yearly["flywheel"] < 0.035, yearly
since = result.curves[result.curves["month"].isin(later)]
lost = since.pivot_table(index="world", columns="strategy", values="churn_rate")
assert (lost["flywheel"] < lost["points_only"]).all(), lost

share = result.summary.groupby("strategy")["retained"].mean()
assert abs(share["flywheel"] - 0.60) < 0.01, share
assert abs(share["points_only"] - 0.54) < 0.01, share

assert (gap("clv") < 0).all()
assert (gap("equity") < 0).sum() >= 7

assert abs(mean("flywheel", "advocates", [0]) - 0.46) < 0.01
assert abs(mean("flywheel", "advocates", last) - 0.57) < 0.01
assert mean("flywheel", "wom_negative", last) < mean("points_only", "wom_negative", last) / 2
for column, least in (("wom_positive", 0.01), ("wom_negative", 0.003)):
    moved = mean("points_only", column, last) - mean("points_only", column, range(12))
    assert abs(moved) < least, (column, moved)

for state in ("satisfaction", "trust", "engagement"):
    moved = mean("points_only", state, [59]) - mean("points_only", state, [0])
    assert abs(moved) < 0.01, (state, moved)
assert abs(mean("flywheel", "satisfaction", [59]) - mean("flywheel", "satisfaction", [14])) < 0.01
for state in ("trust", "engagement"):
    assert mean("flywheel", state, [59]) - mean("flywheel", state, [47]) > 0.003, state

apart = [extra("profit", months) for months in (range(12), range(24, 36), range(57, 60))]
assert apart[0] < apart[1] < apart[2]
assert 0 < apart[2] < abs(apart[0]) / 5, apart
assert 0 < extra("revenue") - extra("goods") < extra("service")

drawn, dice = advantage(doubtful), advantage(result)
assert (len(drawn), (drawn > 0).sum()) == (40, 7), drawn
assert (dice < 0).all(), dice
assert 11 < drawn.std() / dice.std() < 13
assert price.corr(drawn, method="spearman") < -0.2
doubt = {name: part["share"] for name, part in doubtful.decision["doubt"].items()}
assert doubt["behaviour"] > 0.5 > doubt["costs"] > 0.3 > 0.05 > doubt["luck"], doubt
assert "would turn the verdict" in doubtful.decision["sentence"]
assert "flips" in doubtful.figures()

assert fate.value_counts().to_dict() == {
    ("stays", "stays"): 91, ("leaves", "leaves"): 77, ("leaves", "stays"): 9,
}
poor, good = twins["points_only"], twins["flywheel"]
assert (poor.loc[3, "failures"], good.loc[3, "failures"]) == (2, 2)
assert (poor.loc[3, "unrecovered"], good.loc[3, "unrecovered"]) == (1, 0)
assert poor.loc[3, "trust"] < poor.loc[2, "trust"] - 0.05
assert (poor.loc[21, "unrecovered"], good.loc[21, "unrecovered"]) == (1, 1)
assert (poor.loc[49, "unrecovered"], good.loc[49, "unrecovered"]) == (1, 0)
assert list(poor.index[poor["alive"].diff() < 0]) == [51]
assert good["alive"].min() == 1
assert good.loc[60, "trust"] > poor.loc[50, "trust"] + 0.1
assert good.loc[60, "engagement"] > 2 * poor.loc[50, "engagement"]
assert (good["praise"].gt(0).sum(), poor["praise"].gt(0).sum()) == (3, 1)

assert changed.decision["winner"] == "flywheel"
assert apparel.decision["winner"] == "points_only"
books, truth = (
    1 - (1 - apparel.curves[apparel.curves["month"] >= 24][c].mean()) ** 12
    for c in ("churn_rate", "churn_rate_true")
)
assert books > 0.4, books
assert truth < 0.1, truth
"""
}


def test_notebooks__each_has_its_claims():
    assert {path.stem for path in NOTEBOOKS} == set(CLAIMS)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook__stored_without_outputs(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert not cell.outputs
            assert cell.execution_count is None


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook__runs_and_says_what_it_shows(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The kernel of this very environment, whatever the user has installed elsewhere.
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "1")
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(CLAIMS[path.stem]))
    NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        resources={"metadata": {"path": str(tmp_path)}},
    ).execute()
    pictures = sum(
        "image/png" in output.get("data", {})
        for cell in notebook.cells
        for output in cell.get("outputs", ())
    )
    assert pictures >= 9
