"""The folder of a sweep: what was planned, and what is done, in files that are whole or not there.

`sweep.json` is the plan. While a sweep runs, each batch of units is one file in `units/`, written
under a hidden name, flushed and renamed, with its own checksum. When all is done they become one
table there, whose name is its checksum. Whoever stops whatever process when, only what was under
way is lost.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from filelock import FileLock, Timeout

from ...scenarios.errors import BadInput, shown

PLAN, UNITS, LOCK = "sweep.json", "units", "sweep.lock"

Row = dict[str, Any]
"""A unit that is done: its identity as `unit`, its metrics, and its `error`, "" for none."""


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that has its name only once it is whole and on disk. Raises OSError."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def keep(folder: Path, rows: Sequence[Row]) -> None:
    """Keep the units of one batch. Raises OSError.

    The file is named after its units, so that a batch that two workers did is kept once.
    """
    body = json.dumps(list(rows), separators=(",", ":"))
    whole = {"sha256": hashlib.sha256(body.encode()).hexdigest(), "units": list(rows)}
    path = batch_path(folder, [row["unit"] for row in rows])
    write_whole(path, json.dumps(whole, separators=(",", ":")).encode())


def batch_path(folder: Path, units: Sequence[str]) -> Path:
    """The file of a batch of these units."""
    return folder / UNITS / f"{_digest(','.join(units).encode())}.json"


def batch(path: Path) -> list[Row]:
    """The units of one file, checked. Raises BadInput for a file that is not as it was written."""
    try:
        whole = json.loads(path.read_bytes())
        rows: list[Row] = whole["units"]
        body = json.dumps(rows, separators=(",", ":"))
        if hashlib.sha256(body.encode()).hexdigest() == whole["sha256"]:
            return rows
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror})") from None
    except (ValueError, KeyError, TypeError):
        pass
    raise BadInput(f"{path}: is not as it was written; delete it, and its units are run again")


def done(folder: Path) -> dict[str, Row]:
    """All units that are done, by identity; of a unit that failed and then did not, the latter."""
    found: dict[str, Row] = {}
    for read in batches(folder):
        for row in read():
            kept = found.get(row["unit"])
            if kept is None or kept["error"]:
                found[row["unit"]] = row
    return found


def batches(folder: Path) -> Iterator[Callable[[], list[Row]]]:
    """How to read each file of units, those put together first; reading raises BadInput."""
    for kind, read in (("parquet", _table), ("json", batch)):
        for path in sorted((folder / UNITS).glob(f"[!.]*.{kind}")):
            yield partial(read, path)


def _table(path: Path) -> list[Row]:
    content = path.read_bytes()
    if path.stem != _digest(content):
        raise BadInput(f"{path}: is not as it was written; delete it, and its units are run again")
    return pd.read_parquet(io.BytesIO(content)).to_dict(orient="records")  # type: ignore[return-value]


def compact(folder: Path, rows: Sequence[Row]) -> None:
    """Keep all units in one file instead of many. Raises OSError."""
    frame = pd.DataFrame(list(rows)).sort_values("unit", ignore_index=True)
    metrics = sorted(set(frame.columns) - {"unit", "error"})
    content = frame[["unit", "error", *metrics]].to_parquet(index=False)
    table = folder / UNITS / f"{_digest(content)}.parquet"
    if not table.exists():
        write_whole(table, content)
    for path in (folder / UNITS).iterdir():
        if path != table:
            path.unlink(missing_ok=True)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def plan_of(folder: Path) -> dict[str, Any] | None:
    """The plan that a folder was made for; None where there is none yet: no folder, an empty one,
    or one whose driver was stopped before it had written its plan.

    Raises BadInput for a folder that holds anything else.
    """
    place = f"out: {shown(str(folder))}"
    try:
        if not folder.exists() or (folder.is_dir() and not any(map(_matters, folder.rglob("*")))):
            return None
        plan = json.loads((folder / PLAN).read_bytes())
        if isinstance(plan, dict) and plan.get("program") == "engagesim":
            return plan
    except OSError:
        pass
    except ValueError:
        raise BadInput(f"{place}: {PLAN} is not as it was written; use a new folder") from None
    raise BadInput(
        f"{place} holds something else than a sweep; allowed is a new or empty folder, or that of "
        "the same sweep"
    )


def _matters(path: Path) -> bool:
    return path.suffix not in (".lock", ".part") and path.name != UNITS


def open_folder(folder: Path, plan: Mapping[str, Any]) -> None:
    """Make the folder and write its plan. Raises BadInput where that cannot be."""
    try:
        (folder / UNITS).mkdir(parents=True, exist_ok=True)
        text = json.dumps(plan, indent=1, ensure_ascii=False) + "\n"
        write_whole(folder / PLAN, text.encode())
    except OSError as error:
        raise BadInput(
            f"out: {shown(str(folder))} cannot be written ({error.strerror or error})"
        ) from None


@contextlib.contextmanager
def held(folder: Path, opened: Callable[[], None], shard: str = "") -> Iterator[None]:
    """Keep other drivers out of a folder: all of them, or with a shard those of the same one;
    `opened` sees to its plan while nobody else does.

    The system lets go of a lock when its process ends, however it ends. Raises BadInput.
    """
    folder.mkdir(parents=True, exist_ok=True)
    whole = _lock(folder / LOCK)
    try:
        opened()
    except BaseException:
        whole.release()
        raise
    if shard:
        own = _lock(folder / f"shard-{shard.replace('/', '-of-')}.lock")
        whole.release()
        try:
            yield
        finally:
            own.release()
        return
    try:
        for path in sorted(folder.glob("shard-*.lock")):
            _lock(path).release()
            path.unlink(missing_ok=True)
        for part in [*folder.glob(".*.part"), *(folder / UNITS).glob(".*.part")]:
            part.unlink(missing_ok=True)  # left by whoever was stopped while writing
        yield
    finally:
        whole.release()


@contextlib.contextmanager
def writable(folder: Path) -> Iterator[None]:
    """Raise BadInput for whatever the disk refuses."""
    try:
        yield
    except OSError as error:
        raise BadInput(
            f"out: {shown(str(folder))} cannot be written ({error.strerror or error}); what was "
            "done before is kept"
        ) from None


def _lock(path: Path) -> FileLock:
    lock = FileLock(path, timeout=2.0 if path.name == LOCK else 0.0)
    try:
        lock.acquire()
    except Timeout:
        raise BadInput(
            f"out: {shown(str(path.parent))} is being written by another engagesim ({path.name}); "
            "wait for it, or use another folder"
        ) from None
    return lock
