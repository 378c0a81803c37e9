"""The results folder: everything a comparison or a run came to, written whole or not at all.

It grows under a hidden name beside its place, is flushed to disk, and takes its place by renaming.
What can be computed again has the same bytes again: no file holds a time, a path or a machine.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import platform
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..scenarios.compose import to_yaml
from ..scenarios.errors import BadInput, shown
from ..scenarios.scenario import Scenario
from .data.sources import Fitted, fitted
from .figures import figures_of
from .findings import Findings, findings, outcome_of
from .journeys_picture import map_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from .course import Run
    from .validation.more import Addition
    from .validation.validate import Validation

MANIFEST = "manifest.json"
LIBRARIES = ("matplotlib", "mesa", "numba", "numpy", "pandas", "pyarrow", "pydantic", "scipy")


def check_folder(path: str | Path) -> Path:
    """The folder that results may go to, absolute; writes nothing that lasts.

    It is new or empty, or holds results of ours and nothing else, which will be replaced. Raises
    BadInput for all others, and where nothing can be written.
    """
    place = f"out: {shown(str(path))}"
    try:
        folder = Path(path).resolve()
        if folder.is_dir():
            _check_content(folder, place)
        elif folder.exists():
            raise BadInput(f"{place} is a file, allowed is a folder")
        home = next(parent for parent in folder.parents if parent.exists())
        probe = home / _beside(folder).name
        probe.mkdir()
        probe.rmdir()
    except (OSError, ValueError) as error:
        if isinstance(error, BadInput):
            raise
        reason = getattr(error, "strerror", None) or error
        raise BadInput(f"{place} cannot be written ({reason})") from None
    return folder


def _check_content(folder: Path, place: str) -> None:
    if folder.is_mount() or Path.cwd().is_relative_to(folder):
        raise BadInput(f"{place} is a mount or where you are; allowed is a folder of its own")
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
    if not there:
        return
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        ours = {MANIFEST, *manifest["files"]} if manifest["program"] == "engagesim" else set()
    except (OSError, ValueError, KeyError, TypeError):
        ours = set()
    if "sweep.json" in ours:
        raise BadInput(
            f"{place} holds a sweep or its like ({manifest['kind']}), to be gone on with; "
            "allowed is a new folder, or that of other results"
        )
    if strange := sorted(there - ours):
        raise BadInput(
            f"{place} holds files that are not results of engagesim ({strange[0]}); "
            "allowed is a new or empty folder, or one of earlier results"
        )


def save_comparison(comparison: Findings, folder: str | Path) -> Path:
    """Write the results folder of a comparison and return its path. Raises BadInput."""
    scenario = comparison.scenario
    worlds = sorted(int(world) for world in comparison.summary["world"].unique())
    metrics = comparison.summary.columns[2:]
    means = comparison.summary.groupby("strategy", sort=False)[list(metrics)].mean()
    summary = {
        "decision": comparison.decision,
        "means": means.to_dict(orient="index"),
        "paired": comparison.paired.to_dict(orient="records"),
    }

    def fill(part: Path) -> None:
        for name in (
            "curves", "retention", "costs", "paired", "paired_curves", "effects", "inputs",
        ):  # fmt: skip
            _write_frame(part / f"{name}.parquet", getattr(comparison, name))
        _write_csv(part / "summary.csv", comparison.summary)
        _write_csv(part / "returns.csv", comparison.returns)
        _write_json(part / "summary.json", summary)
        (part / "figures").mkdir()
        _write_fit(part, fitted(scenario))
        for name, figure in figures_of(comparison).items():
            _write_figure(part / "figures" / f"{name}.png", figure)

    units = [(name, world) for name in comparison.strategies for world in worlds]
    return _save(folder, "comparison", scenario, units, fill)


def save_fit(found: Fitted, scenario: Scenario, folder: str | Path) -> Path:
    """Write the results folder of a fit to one's own data and return its path. Raises BadInput."""

    def fill(part: Path) -> None:
        (part / "figures").mkdir()
        _write_fit(part, found)

    return _save(folder, "calibration", scenario, [], fill)


def _write_fit(part: Path, found: Fitted | None) -> None:
    """What data say beside the fit to them, and which of their rows were not used."""
    if found is None:
        return
    from .data.report import fit_figure

    fit, intake = found.fit, found.intake
    _write_csv(part / "estimates.csv", fit.estimates)
    _write_frame(part / "fit.parquet", fit.table)
    _write_csv(part / "rejected.csv", intake.rejected)
    about = {
        "model": fit.model, "source": fit.source, "customers": fit.customers,
        "log_likelihood": fit.log_likelihood, "rows": intake.rows, "accepted": intake.accepted,
        "rejected": len(intake.rejected), "read_as": list(intake.notes), "checks": fit.checks,
        "notes": list(fit.notes),
    }  # fmt: skip
    _write_json(part / "fit.json", about)
    _write_figure(part / "figures" / "fit.png", fit_figure(fit))


def save_validation(
    validation: Validation, additions: Mapping[str, Addition], folder: str | Path
) -> Path:
    """Write the results folder of a validation and return its path. Raises BadInput.

    `additions` by name: each becomes a table and a picture of that name.
    """
    from .validation.picture import facts_figure

    first, *others = validation.scenarios
    facts = [
        row | {"values": list(values.values)}
        for row, values in zip(
            validation.frame.to_dict(orient="records"), validation.rows, strict=True
        )
    ]

    def fill(part: Path) -> None:
        _write_csv(part / "facts.csv", validation.frame)
        _write_json(part / "facts.json", {"scale": validation.scale._asdict(), "facts": facts})
        for market in others:
            text = to_yaml(validation.scenarios[market])
            (part / f"scenario_{market}.yaml").write_text(text, encoding="utf-8", newline="\n")
        (part / "figures").mkdir()
        _write_figure(part / "figures" / "facts.png", facts_figure(validation))
        for name, (frame, figure) in additions.items():
            _write_csv(part / f"{name}.csv", frame)
            _write_figure(part / "figures" / f"{name}.png", figure)

    return _save(folder, "validation", validation.scenarios[first], [], fill)


def save_run(run: Run, scenario: Scenario, folder: str | Path) -> Path:
    """Write the results folder of one run and return its path. Raises BadInput."""

    alone = {run.strategy: scenario.strategies[run.strategy]}
    scenario = scenario.model_copy(update={"strategies": alone})
    found: Findings = findings(scenario, [outcome_of(scenario, run.people, [run])])

    def fill(part: Path) -> None:
        for name in ("curves", "retention", "ledger", "customers", "value"):
            _write_frame(part / f"{name}.parquet", getattr(run, name))
        if run.transactions is not None:
            _write_csv(part / "transactions.csv", run.transactions)
        if run.map is not None:
            _write_frame(part / "map.parquet", run.map)
        _write_csv(
            part / "summary.csv",
            pd.DataFrame([{"strategy": run.strategy, "world": run.world, **run.summary}]),
        )
        _write_json(part / "summary.json", {"means": {run.strategy: run.summary}})
        (part / "figures").mkdir()
        _write_fit(part, fitted(scenario))
        for name, figure in figures_of(found).items():
            _write_figure(part / "figures" / f"{name}.png", figure)
        if run.map is not None:
            _write_figure(part / "figures" / "map.png", map_figure(run.map))

    return _save(folder, "run", scenario, [(run.strategy, run.world)], fill)


def _save(
    path: str | Path,
    kind: str,
    scenario: Scenario,
    units: list[tuple[str, int]],
    fill: Callable[[Path], None],
) -> Path:
    with _replacing(check_folder(path)) as part:
        fill(part)
        (part / "scenario.yaml").write_text(to_yaml(scenario), encoding="utf-8", newline="\n")
        manifest = {
            "program": "engagesim",
            "version": version("engagesim"),
            "kind": kind,
            "identity": scenario.identity(),
            "seed": scenario.seed,
            "units": [
                {"strategy": name, "world": world, "identity": scenario.identity(name, world)}
                for name, world in units
            ],
            "python": platform.python_version(),
            "libraries": {name: version(name) for name in LIBRARIES},
            "files": {
                file.relative_to(part).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
                for file in sorted(part.rglob("*"))
                if file.is_file()
            },
        }
        _write_json(part / MANIFEST, manifest)
    return Path(path)


@contextlib.contextmanager
def _replacing(folder: Path) -> Iterator[Path]:
    """A folder to fill, which takes the place of `folder` when the context ends well."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = _beside(folder)
    aside = part.with_suffix(".old")
    try:
        part.mkdir()
        yield part
        _flush(part)
        if folder.exists():
            folder.rename(aside)
        part.rename(folder)
    except BaseException:
        if aside.exists() and not folder.exists():
            aside.rename(folder)
        raise
    finally:
        shutil.rmtree(part, ignore_errors=True)
        if folder.exists():
            shutil.rmtree(aside, ignore_errors=True)


def _beside(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.part")


def _flush(folder: Path) -> None:
    """Have the disk hold all files, so that a crash after the renaming cannot lose them."""
    for file in folder.rglob("*"):
        if file.is_file():
            with file.open("r+b") as opened:
                os.fsync(opened.fileno())


def _write_figure(path: Path, figure: Figure) -> None:
    # Packing harder saves a tenth of the bytes and takes a quarter of the time.
    figure.savefig(path, pil_kwargs={"compress_level": 1})


def _write_frame(path: Path, frame: pd.DataFrame) -> None:
    frame.to_parquet(path, index=False)


def _write_csv(path: Path, frame: pd.DataFrame) -> None:
    frame.to_csv(path, index=False, lineterminator="\n")


def _write_json(path: Path, tree: Any) -> None:
    text = json.dumps(plain(tree), indent=1, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def plain(tree: Any) -> Any:
    """What JSON can say: plain numbers, and null where a number is not known."""
    if isinstance(tree, dict):
        return {str(key): plain(value) for key, value in tree.items()}
    if isinstance(tree, list | tuple):
        return [plain(value) for value in tree]
    value = tree.item() if hasattr(tree, "item") else tree
    return None if isinstance(value, float) and not math.isfinite(value) else value
