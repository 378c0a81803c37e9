"""Sweeps in real processes: killed and gone on, on clusters, and within their hours."""

import contextlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import psutil
import pytest

import engagesim as es
from engagesim.sim.main import main
from engagesim.sim.sweep import plan
from engagesim.sim.sweep.crew import Estimate, Told

from .units import SMALL, WORDS, same

PROGRAM = (
    "import sys\nfrom engagesim.sim.main import main\nfrom engagesim.sim.sweep import plan\n"
    "plan.SOON = 0.0  # a task for each world, so that there are many\n"
    "if __name__ == '__main__':\n    sys.exit(main(sys.argv[1:]))\n"
)


def started(*words: str, cwd: Path, **how: Any) -> subprocess.Popen[str]:
    """`engagesim` in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *words], cwd=cwd, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, **how,
    )  # fmt: skip


def kill_and_resume(folder: Path, chance: random.Random, kills: int, whom: str) -> None:
    """Sweep, kill the driver or a worker at random moments, and go on to the end."""
    for _ in range(kills):
        sweep = started("-m", *WORDS, f"out={folder}", "cluster.workers=2", cwd=folder.parent)
        until = time.time() + chance.uniform(1.0, 9.0)
        while time.time() < until and sweep.poll() is None:
            time.sleep(0.02)
        if sweep.poll() is None:
            children = workers_of(sweep.pid)
            victims = {"driver": [sweep.pid], "worker": children[:1]}
            for pid in victims.get(whom, [sweep.pid, *children]):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        if whom == "worker":
            assert sweep.wait(120) == 0
        else:
            sweep.wait(60)
        sweep.communicate()
    ran = started("-m", *WORDS, f"out={folder}", "cluster.workers=2", cwd=folder.parent)
    out, err = ran.communicate(timeout=180)
    assert ran.returncode == 0, out + err


def workers_of(pid: int) -> list[int]:
    """Workers that a driver has started: the youngest generation of its processes."""
    try:
        found = psutil.Process(pid).children(recursive=True)
        return [p.pid for p in found if "spawn_main" in " ".join(p.cmdline())]
    except psutil.Error:
        return []


@pytest.mark.parametrize("whom", ["driver", pytest.param("worker", marks=pytest.mark.proof)])
def test_killed__once_and_gone_on(whom: str, uninterrupted: Path, tmp_path: Path) -> None:
    folder = tmp_path / "sweep"
    kill_and_resume(folder, random.Random(whom), 1, whom)
    assert same(folder, uninterrupted)


def test_asked_to_end__it_ends_in_one_line_and_goes_on(uninterrupted: Path, tmp_path: Path) -> None:
    words = ("-m", *WORDS, f"out={tmp_path / 'sweep'}", "cluster.workers=1")
    ran = started(*words, cwd=tmp_path)
    while not list(tmp_path.glob("sweep/units/*.json")):
        assert ran.poll() is None
        time.sleep(0.05)
    ran.terminate()
    assert ran.communicate(timeout=60) == ("", "engagesim: stopped\n")
    assert ran.returncode == 143
    assert main(list(words)) == 0
    assert same(tmp_path / "sweep", uninterrupted)


@pytest.mark.proof
def test_a_script_without_a_guard__says_what_is_missing(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(f"import engagesim as es\nes.sweep(*{WORDS!r}, 'out=sweep')\n")
    ran = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, text=True)
    assert ran.returncode == 1
    assert ran.stderr.count("Traceback") == 1
    assert 'under `if __name__ == "__main__":`' in ran.stderr.splitlines()[-1]


@pytest.mark.proof
@pytest.mark.parametrize(("whom", "kills"), [("driver", 60), ("worker", 30), ("both", 10)])
def test_killed__again_and_again(
    whom: str, kills: int, uninterrupted: Path, tmp_path: Path
) -> None:
    chance = random.Random(kills)
    done = 0
    while done < kills:
        folder = tmp_path / "sweep"
        some = min(4, kills - done)
        kill_and_resume(folder, chance, some, whom)
        assert same(folder, uninterrupted)
        units = pd.read_parquet(folder / "units.parquet")
        assert not units.duplicated(["point", "strategy", "world"]).any()
        assert len(units) == 24
        shutil.rmtree(folder)
        done += some


@contextlib.contextmanager
def cluster(workers: int, cwd: Path, *more: str, **settings: str) -> Iterator[str]:
    """A Dask scheduler and workers as processes of their own; yields the address.

    `more`: words for workers; `settings`: Dask's, as it reads them from the environment.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    dask = [sys.executable, "-m", "dask"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": cwd,
             "env": {**os.environ, **settings}}  # fmt: skip
    commands = [["scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"]] + [
        ["worker", address, "--host", "127.0.0.1", "--nthreads", "1", "--no-dashboard", *more]
    ] * workers
    running = [subprocess.Popen([*dask, *words], **quiet) for words in commands]  # type: ignore[call-overload]
    try:
        yield address
    finally:
        for process in reversed(running):
            process.terminate()
        for process in running:
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:  # one that was just starting a worker anew
                for child in psutil.Process(process.pid).children(recursive=True):
                    child.kill()
                process.kill()
                process.wait(30)


def swept_on(address: str, *words: str, cwd: Path) -> tuple[int, str]:
    """Sweep once the cluster is there; returns the exit code and all that was said."""
    for _ in range(30):
        ran = started("-m", *words, f"cluster.scheduler={address}", cwd=cwd)
        out, err = ran.communicate(timeout=240)
        if "has no workers" not in err and "does not answer" not in err:
            break
        time.sleep(1.0)
    return ran.returncode, out + err


def test_a_cluster__of_two_processes_gives_the_same(uninterrupted: Path, tmp_path: Path) -> None:
    folder = tmp_path / "sweep"
    with cluster(2, tmp_path) as address:
        code, said = swept_on(address, *WORDS, f"out={folder}", cwd=tmp_path)
    assert code == 0, said
    assert same(folder, uninterrupted)
    assert json.loads((folder / "manifest.json").read_text())["failed"] == 0


DEADLY = """
import os
from engagesim.sim.sweep import unit

from engagesim.sim.run import run as usual

def run(start, name, strategy, rules):
    if name == "flywheel" and start.world == 1:
        os._exit(1)
    return usual(start, name, strategy, rules)

unit.run = run
"""


@pytest.mark.proof
def test_a_unit__that_kills_its_worker_each_time_is_a_row(
    uninterrupted: Path, tmp_path: Path
) -> None:
    preload = tmp_path / "deadly.py"
    preload.write_text(DEADLY)
    folder = tmp_path / "sweep"
    words = (*WORDS, f"out={folder}")
    never = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"}
    with cluster(2, tmp_path, "--preload", str(preload), **never) as address:
        code, said = swept_on(address, *words, cwd=tmp_path)
    assert code == 1, said
    units = pd.read_parquet(folder / "units.parquet")
    lost = units[units["error"] != ""]
    assert set(lost["error"]) == {"its worker died each time, as for want of memory"}
    assert set(lost["world"]) == {1}
    assert "flywheel" in set(lost["strategy"])
    ran = started("-m", *words, "retry=failed", "cluster.workers=2", cwd=tmp_path)
    out, err = ran.communicate(timeout=240)
    assert ran.returncode == 0, out + err
    assert same(folder, uninterrupted)


class Asked(Told):
    """Notes what a job is estimated to take."""

    def __init__(self) -> None:
        self.estimates: list[tuple[Estimate, bool]] = []

    def allowed(self, estimate: Estimate, within: bool) -> bool:
        self.estimates.append((estimate, within))
        return within


def test_hours__beyond_those_allowed_a_sweep_stops_and_goes_on_later(
    uninterrupted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "SOON", 0.0)
    folder, told = tmp_path / "sweep", Asked()
    with pytest.raises(es.BadInput, match=r"18 units on 1 process: about .* allowed are 1e-06 h"):
        es.sweep(*WORDS, f"out={folder}", "cluster.workers=1", "cluster.hours=1e-6", told=told)
    ((estimate, within),) = told.estimates
    assert not within
    assert (estimate.units, estimate.workers, estimate.people) == (18, 1, 200)
    assert 0.0 < estimate.seconds < 300.0
    assert len(list((folder / "units").glob("*.json"))) >= 3
    assert es.sweep(*WORDS, f"out={folder}", "cluster.workers=1", told=told) is not None
    assert [within for _, within in told.estimates] == [False, True]
    assert same(folder, uninterrupted)


def test_hours__of_a_small_job_are_not_asked_for(tmp_path: Path) -> None:
    told = Asked()
    words = (*SMALL, "worlds=2", "costs.programme=0.5")
    words = (*words, f"out={tmp_path / 'sweep'}", "cluster.workers=1", "cluster.hours=1e-6")
    assert es.sweep(*words, told=told) is not None
    assert told.estimates == []
