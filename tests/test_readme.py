"""What the README and the pages in docs/ tell people to do works, and what they say is so."""

import re
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import engagesim as es
from engagesim.scenarios.compose import scenario as compose
from engagesim.sim.main import EXPERIMENTS, main
from engagesim.sim.run import revised

from .published import REGULAR

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
RESULTS = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
SMALL = ("population.size=300", "horizon=6", "worlds=2")


def blocks(language: str) -> list[str]:
    """The fenced blocks of the README in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def lines(program: str) -> list[str]:
    """The lines of its shell blocks that call a program."""
    shell = "\n".join(blocks("bash")).splitlines()
    return [line for line in shell if line.split()[:1] == [program]]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of one's own, with the README's strategy as it says, and data of one's own."""
    (strategy,) = blocks("yaml")
    (tmp_path / "mine.yaml").write_text(strategy, encoding="utf-8")
    kept = {"period": range(len(REGULAR)), "surviving_percent": REGULAR}
    pd.DataFrame(kept).to_csv(tmp_path / "retention.csv", index=False)
    random = np.random.default_rng(1)
    days = [np.cumsum(random.integers(1, 90, size=random.integers(1, 6))) for _ in range(200)]
    rows = [(name, day) for name, mine in enumerate(days) for day in mine]
    orders = pd.DataFrame(rows, columns=["customer_id", "date"])
    orders["date"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(orders["date"], "D")
    orders["amount"] = random.lognormal(3.0, 0.5, len(orders)).round(2)
    orders.to_csv(tmp_path / "orders.csv", index=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("line", [line for line in lines("engagesim") if "verify" not in line])
def test_command__composes(line: str, desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = shlex.split(line, comments=True)[1:]
    if not {"--help", "--cfg"} & set(words):
        words += ["--cfg", "job"]
    assert main(words) == 0, capsys.readouterr().err


@pytest.mark.parametrize(
    "line",
    [
        line
        for line in lines("engagesim")
        if "flywheel" in line
        and line.split()[1] not in EXPERIMENTS  # which have tests of their own
    ],
)
def test_command__runs(line: str, desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = shlex.split(line, comments=True)[1:]
    small = [word for word in SMALL if "-m" not in words or not word.startswith("horizon")]
    assert main([*words, *small]) == 0, capsys.readouterr().err
    if "-m" in words:
        assert main(["verify", "recovery"]) == 0
    else:
        assert (desk / "results" / "figures" / "overview.png").stat().st_size > 0


def test_commands__of_make_are_there():
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    called = [line.split()[1] for line in lines("make")]
    assert called == ["run", "test"]
    assert set(called) <= set(targets)


def test_python__runs(
    desk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def smaller(*overrides: str) -> Any:
        return compose(*overrides, *SMALL)

    monkeypatch.setattr(es, "scenario", smaller, raising=False)
    names: dict[str, Any] = {}
    for block in blocks("python"):
        exec(compile(block, "README.md", "exec"), names)
    assert names["result"].decision["sentence"] in capsys.readouterr().out
    assert names["model"].month == 12
    assert (desk / "results" / "telecom" / "manifest.json").is_file()
    assert len(names["run"].curves) == names["scenario"].horizon


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links__lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)\s]+)\)", text)
    assert targets
    for target in targets:
        path, _, anchor = target.partition("#")
        assert (page.parent / path).exists(), target
        if anchor:
            there = (page.parent / path).read_text(encoding="utf-8") if path else text
            titles = re.findall(r"^#+ (.*)$", there, re.MULTILINE)
            assert anchor in [title.lower().replace(" ", "-") for title in titles], target


def test_picture__is_small():
    assert 20_000 < (ROOT / "docs" / "overview.png").stat().st_size < 300_000


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    """Every table of the results folder, by its heading in docs/results.md."""
    scenario = compose("uncertainty=luck", *SMALL)
    result = es.compare(scenario)
    return {
        "Curves": result.curves,
        "Map": es.simulate(revised(scenario, map=True), "flywheel").map,
        "Retention": result.retention,
        "Summary": result.summary,
        "Paired": result.paired,
        "Paired curves": result.paired_curves,
        "Costs": result.costs,
        "Effects": result.effects,
        "Returns": result.returns,
        "Engagement value": es.simulate(scenario, "flywheel").value,
        "Decision": pd.DataFrame(columns=list(result.decision)),
        "Ledger": es.simulate(scenario, "flywheel").ledger,
    }


def test_results__each_column_is_documented(tables: dict[str, pd.DataFrame]) -> None:
    sections = re.split(r"^## ", RESULTS, flags=re.MULTILINE)[1:]
    texts = {title: text for title, _, text in (part.partition("\n") for part in sections)}
    assert list(texts) == list(tables)
    for title, table in tables.items():
        cells = re.findall(r"^\| (`[^|]*`) \|", texts[title], re.MULTILINE)
        documented = [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]
        if title == "Decision":
            assert {*documented} - {"precision"} == {*table.columns}
        else:
            assert documented == list(table.columns), title


def test_results__each_file_is_documented(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["uncertainty=luck", *SMALL, "out=both"]) == 0
    assert main(["run", "strategy=none", *SMALL, "out=one"]) == 0
    for folder in ("both", "one"):
        for path in (desk / folder).iterdir():
            name = f"{path.name}/" if path.is_dir() else path.name
            assert f"`{name}`" in RESULTS or f"[{name}]" in RESULTS, name
    for path in (desk / "both" / "figures").iterdir():
        assert f"`{path.stem}`" in RESULTS


@pytest.mark.proof
def test_readme__quotes_what_comes_out(desk: Path) -> None:
    def compared(*words: str) -> Any:
        return es.compare(compose(*words))

    def ahead(result: Any, name: str, other: str) -> str:
        equity = result.summary.pivot(index="world", columns="strategy", values="equity")
        return f"{100 * (equity[name] > equity[other]).mean():.0f} %"

    said = " ".join(re.sub(r"^> ", "", README, flags=re.MULTILINE).split())
    assert compared().decision["sentence"] in said
    cheap, dear = (
        compared(*shlex.split(line)[1:]) for line in lines("engagesim") if "mine.yaml" in line
    )
    assert f"ahead in {ahead(cheap, 'mine', 'points_only')} of 80 worlds" in said
    assert f"ahead of the flywheel in {ahead(cheap, 'mine', 'flywheel')}." in said
    assert f"points win in {ahead(dear, 'points_only', 'mine')}." in said
