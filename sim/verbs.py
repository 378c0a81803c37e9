"""What the verbs of the command line do, each with a validated scenario.

Where results go is checked before anything is computed. What a verb needs is imported in it.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from ..scenarios.errors import BadInput, shown
from ..scenarios.market import DATA
from ..scenarios.scenario import Scenario


def compare(scenario: Scenario) -> None:
    """Compare the scenario's strategies: results folder, table, decision. Raises BadInput."""
    from .results import check_folder
    from .terminal import progress, show_comparison

    check_folder(scenario.out)
    from .compare import compare as run_all

    with progress("comparing") as told:
        comparison = run_all(scenario, progress=told)
    show_comparison(comparison, comparison.save(scenario.out))


def run(scenario: Scenario) -> None:
    """Run the scenario's one strategy in world 0: results folder, summary. Raises BadInput."""
    name, *others = scenario.strategies
    if others:
        raise BadInput(
            f"strategy: got {len(scenario.strategies)} ({', '.join(scenario.strategies)}), "
            f"allowed is one: engagesim run strategy={name}"
        )
    from .results import check_folder, save_run
    from .terminal import show_run

    check_folder(scenario.out)
    from .run import simulate

    result = simulate(scenario, name)
    show_run(result, scenario, save_run(result, scenario, scenario.out))


def calibrate(scenario: Scenario) -> None:
    """Fit a population to the scenario's file: results folder, report. Raises BadInput."""
    if scenario.population.data is None:
        keys = ", ".join(f"population.{name}" for name in DATA)
        raise BadInput(f"calibrate: got no file, allowed is one of {keys}")
    from .data.sources import fitted
    from .results import check_folder, save_fit
    from .terminal import progress, show_fit

    check_folder(scenario.out)
    with progress("reading and fitting"):
        found = fitted(scenario)
    assert found is not None
    show_fit(found, save_fit(found, scenario, scenario.out))


def validate(
    scenario: Scenario,
    own: Mapping[str, str],
    overrides: Sequence[str],
    compose: Callable[..., Scenario],
) -> int:
    """Measure the published facts: results folder, two tables. Raises BadInput.

    `own` are the verb's own words; `compose` makes other markets with the same `overrides`. Returns
    1 where something that is built in is not as it should be, else 0.
    """
    from .results import check_folder, save_validation
    from .terminal import progress

    check_folder(scenario.out)
    from .validation.registry import facts
    from .validation.report import show
    from .validation.request import request_of
    from .validation.validate import validate as measure_all

    request = request_of(facts(), own, overrides, compose)
    with progress("validating") as told:
        found = measure_all(request, progress=told)
    additions = {}
    if request.also:
        from .validation.more import added, show_addition

        for name in request.also:
            with progress(name) as told:
                additions[name] = added(name, request.scenarios, request.scale, told)
    folder = save_validation(found, additions, scenario.out)
    show(found, folder)
    for name, addition in additions.items():
        show_addition(name, addition.frame)
    return 0 if found.verified else 1


def points(words: Sequence[str], config_dir: str | None, config_name: str) -> int:
    """Print the words of each point of a sweep, all validated. Raises BadInput."""
    from ..scenarios.sweeping import Sweep
    from .sweep.request import SweepRequest

    _, rest = SweepRequest.read(words)
    swept = Sweep(rest, config_dir, config_name)
    for point in swept.points():
        swept.scenario(point)
        print(shlex.join(point.words))
    return 0


def sweep(words: Sequence[str], config_dir: str | None, config_name: str) -> int:
    """Sweep over words with several values: folder, table. Raises BadInput.

    Returns 1 if a unit failed.
    """
    from .sweep.driver import sweep as run_all
    from .sweep.told import show_sweep, sweeping

    with sweeping() as told:
        report = run_all(*words, config_dir=config_dir, config_name=config_name, told=told)
    if report is None:
        return 0
    show_sweep(report)
    return int(report.failed > 0)


def experiment(verb: str, words: Sequence[str], config_dir: str | None, config_name: str) -> None:
    """Run an experiment of many settings: folder, table, sentence. Raises BadInput."""
    from .experiments.answer import show
    from .sweep.told import sweeping

    run = getattr(_module(verb), verb)
    with sweeping() as told:
        answer = run(*words, config_dir=config_dir, config_name=config_name, told=told)
    show(answer)


def ground(verb: str, words: Sequence[str], config_dir: str | None, config_name: str) -> None:
    """Print the scenario that an experiment is about, as it stands. Raises BadInput."""
    from ..scenarios.compose import to_yaml
    from ..scenarios.ranging import Space

    module = _module(verb)
    _, rest = module.Asked.read(words)
    first = getattr(module, "GROUND", ())
    print(to_yaml(Space([*first, *rest], config_dir, config_name).first), end="")


def _module(verb: str) -> Any:
    return import_module(f".experiments.{verb}", __package__)


def verify(words: Sequence[str]) -> int:
    """Say of a folder what is not as it was written; 1 if anything is not. Raises BadInput."""
    if len(words) != 1:
        raise BadInput(f"verify: got {shown(' '.join(words))}, allowed is one folder of results")
    from .verify import problems

    wrong, count = problems(Path(words[0]))
    for problem in wrong:
        print(problem)
    if not wrong:
        print(f"{words[0]}: all {count:,} files are as they were written")
    return int(bool(wrong))


def bench(scenario: Scenario) -> None:
    """Measure the speed of both engines and of sweeps on this machine, and print it."""
    from . import bench as months
    from .sweep import bench as sweeps

    months.show(months.measure(scenario))
    sweeps.show(sweeps.measure(scenario))
