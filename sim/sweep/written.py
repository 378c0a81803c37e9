"""What a job leaves in its folder beside the units: tables, pictures, and a manifest."""

from __future__ import annotations

import hashlib
import io
import json
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..results import plain
from .store import write_whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def write_results(
    folder: Path,
    kind: str,
    tables: Mapping[str, pd.DataFrame | Mapping[str, Any]],
    figures: Mapping[str, Figure],
    **about: Any,
) -> None:
    """Write tables by file name (`.parquet`, `.csv`; `.json` for anything but a frame), pictures by
    name, and the manifest, which says `about` what it is. Raises OSError."""
    for name, table in tables.items():
        if not isinstance(table, pd.DataFrame):
            content = json.dumps(plain(table), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
        elif name.endswith(".csv"):
            content = table.to_csv(index=False, lineterminator="\n")
        else:
            write_whole(folder / name, table.to_parquet(index=False))
            continue
        write_whole(folder / name, content.encode())
    (folder / "figures").mkdir(exist_ok=True)
    for name, figure in figures.items():
        picture = io.BytesIO()
        figure.savefig(picture, format="png")
        write_whole(folder / "figures" / f"{name}.png", picture.getvalue())
    files = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.suffix in (".parquet", ".csv", ".png", ".json") and path.name != "manifest.json"
    }
    manifest: dict[str, Any] = {
        "program": "engagesim",
        "version": version("engagesim"),
        "kind": kind,
        **about,
        "python": platform.python_version(),
        "files": files,
    }
    write_whole(folder / "manifest.json", (json.dumps(manifest, indent=1) + "\n").encode())
