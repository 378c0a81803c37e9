"""Whether a results folder is as it was written: each file against the manifest's checksum."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from ..scenarios.errors import BadInput, shown


def problems(folder: Path) -> tuple[list[str], int]:
    """What is wrong with a folder, a line each, and how many files were looked at.

    A sweep that is not at its end has no manifest; its batches have checksums of their own.
    Raises BadInput for a folder that is none of ours.
    """
    if not (folder / "manifest.json").exists() and (folder / "sweep.json").exists():
        return _batches(folder)
    try:
        manifest = json.loads((folder / "manifest.json").read_bytes())
        files: dict[str, str] = manifest["files"]
        ours = manifest["program"] == "engagesim"
    except OSError:
        raise BadInput(f"verify: {shown(str(folder))} is no folder of results") from None
    except (ValueError, KeyError, TypeError):
        return [f"{folder / 'manifest.json'}: is not as it was written"], 1
    if not ours:
        raise BadInput(f"verify: {shown(str(folder))} holds results of another program")
    wrong = []
    for name, digest in files.items():
        path = folder / name
        if not path.is_file():
            wrong.append(f"{path}: is missing")
        elif hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            wrong.append(f"{path}: is not as it was written")
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    known = {*files, "manifest.json"}
    wrong += [
        f"{folder / name}: is not of these results"
        for name in sorted(there - known)
        if not name.endswith(".lock")
    ]
    return wrong, len(files)


def _batches(folder: Path) -> tuple[list[str], int]:
    from .sweep.store import batches

    wrong, count = [], 0
    for read in batches(folder):
        count += 1
        try:
            read()
        except BadInput as problem:
            wrong.append(str(problem))
    return wrong, count
