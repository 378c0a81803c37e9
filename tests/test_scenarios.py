"""What a run means: composed of files and words, validated, identified by what is science in it."""

import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra

import engagesim
from engagesim.scenarios.coefficients import Coefficients
from engagesim.scenarios.compose import preset_names, strategy, to_yaml
from engagesim.scenarios.files import CONFIGS
from engagesim.scenarios.levers import Strategy
from engagesim.scenarios.market import DATA, Doubt, Market
from engagesim.scenarios.parameter import evidence_of, parameters
from engagesim.scenarios.scenario import COMPUTING, Scenario
from engagesim.sim.main import main

FLYWHEEL = strategy("flywheel")
ONE = engagesim.scenario("strategy=flywheel")


def leaves(scenario: Scenario) -> dict[str, tuple[Any, Any]]:
    """All leaves as dotted key: (declaration, value), those of strategies included."""
    found = {key: (field, value) for key, field, value in parameters(scenario)}
    del found["strategies"]
    for name, chosen in scenario.strategies.items():
        prefix = f"strategies.{name}."
        found |= {key: (field, value) for key, field, value in parameters(chosen, prefix)}
    return found


def another(field: Any, value: Any) -> Any:
    """A valid value of a setting that is not the one it has."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, str) and any(hasattr(rule, "pattern") for rule in field.metadata):
        return "1999-12-31"
    if isinstance(value, str):
        return min({*getattr(field.annotation, "__args__", ["other"])} - {value, "file"})
    if isinstance(value, tuple):
        free = {"setup": 0.0, "per_customer": 0.0}
        return [{"month": 1, "set": {"service.human": 0.1}, "switching": free}]
    if value is None:
        return 0.25
    limits = {name: bound for rule in field.metadata for name, bound in vars_of(rule).items()}
    top = limits.get("le", limits.get("lt", 0.9))
    low = limits.get("ge", limits.get("gt", 0.1))
    # Near the default, so that rules across settings still hold.
    step = (top - value if value < top else low - value) / 16
    return value + (step if isinstance(value, float) else int(step / abs(step)))


def vars_of(rule: Any) -> dict[str, float]:
    return {name: getattr(rule, name) for name in ("ge", "gt", "le", "lt") if hasattr(rule, name)}


def with_value(scenario: Scenario, key: str, value: Any) -> Scenario:
    """The scenario with one other value."""
    tree: dict[str, Any] = scenario.model_dump()
    *path, leaf = key.split(".")
    node = tree
    for name in path:
        node = node[name]
    node[leaf] = value
    return Scenario.model_validate(tree)


@pytest.fixture
def from_command_line(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Scenario]:
    """The scenario that the command line hands to its verb."""

    def run(*words: str) -> Scenario:
        given: list[Scenario] = []
        verbs = SimpleNamespace(compare=given.append)
        monkeypatch.setitem(sys.modules, "engagesim.sim.verbs", verbs)
        monkeypatch.setattr("engagesim.sim.verbs", verbs, raising=False)
        assert main(words) == 0
        return given[0]

    return run


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


# Composition


def test_scenario__defaults():
    scenario = engagesim.scenario()
    assert list(scenario.strategies) == ["points_only", "flywheel"]
    assert scenario.market.model_copy(update={"doubt": Doubt()}) == Market()
    assert scenario == Scenario(strategies=scenario.strategies, market=scenario.market)


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["market=apparel", "population=cohort", "network=none"],
        ["strategy=[none,./mine.yaml]", "strategies.mine.service.recovery=0.8"],
        ["strategies.flywheel.changes=[{month: 12, set: {service.recovery: 0.8}}]"],
        ["population.size=1e4", "checks=on", "horizon=${network.degree}"],
        ["market={gross_margin: 0.5}", "network=file", "network.file=edges.csv"],
    ],
    ids=" ".join,
)
def test_scenario__same_in_python_and_on_the_command_line(
    words: list[str], folder: Path, from_command_line: Callable[..., Scenario]
) -> None:
    (folder / "mine.yaml").write_text("service: {human: 0.9}\n")
    (folder / "edges.csv").write_text("one,other\n0,1\n")
    ours, theirs = engagesim.scenario(*words), from_command_line(*words)
    assert ours == theirs
    assert ours.identity() == theirs.identity()
    assert {path.name for path in folder.iterdir()} == {"mine.yaml", "edges.csv"}


OF_FILES = (*DATA, "fit_periods", "fit_until")
FILES = {"network.file", "baseline.changes", *(f"population.{name}" for name in OF_FILES)}
"""Keys of files, those that have a meaning only with one, and one that may not be set."""


def test_scenario__every_key_can_be_set():
    wanted = {
        key: another(field, value)
        for key, (field, value) in leaves(ONE).items()
        if key not in FILES
    }
    words = [f"{key}={value}".replace("'", "") for key, value in wanted.items()]
    scenario = engagesim.scenario("strategy=flywheel", *words)
    got = scenario.model_dump(mode="json")
    for key, value in wanted.items():
        node: Any = got
        for name in key.split("."):
            node = node[name]
        assert node == value, key
        assert node != leaves(ONE)[key][1], key
    assert len(wanted) > 150


def test_scenario__later_words_win():
    scenario = engagesim.scenario("horizon=12", "market=apparel", "horizon=24", "market=telecom")
    assert scenario.horizon == 24
    assert scenario.market.setting == "contractual"


def merged(tree: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """`tree` with the values of `over`, key by key."""
    parts = {key: merged(tree[key], over[key]) for key in over if isinstance(over[key], dict)}
    return {**tree, **over, **parts}


@pytest.mark.parametrize("preset", sorted(CONFIGS.glob("[!s]*/*.yaml")), ids=lambda path: path.stem)
def test_preset__composes(preset: Path, folder: Path) -> None:
    (folder / "edges.csv").write_text("one,other\n0,1\n")
    file = ["network.file=edges.csv"] if preset.stem == "file" else []
    scenario = engagesim.scenario(f"{preset.parent.name}={preset.stem}", *file)
    part = getattr(scenario, preset.parent.name).model_dump()
    assert merged(part, yaml.safe_load(preset.read_text())) == part


def test_to_yaml__composes_to_the_same_scenario(folder: Path) -> None:
    (folder / "mine.yaml").write_text("about: a strategy of mine\nservice: {human: 0.9}\n")
    scenario = engagesim.scenario(
        "strategy=[flywheel,./mine.yaml]",
        "strategies.mine.changes=[{month: 12, set: {points.automatic: true}}]",
        "coefficients.trust.trust_gain=1e-5",
    )
    saved = folder / "it's saved"
    saved.mkdir()
    (saved / "again.yaml").write_text(to_yaml(scenario))
    again = engagesim.scenario(config_dir=saved, config_name="again")
    assert again == scenario
    assert again.identity() == scenario.identity()
    only = engagesim.scenario("strategy=mine", config_dir="it's saved", config_name="again.yaml")
    assert only.strategies == {"mine": scenario.strategies["mine"]}


def test_config_dir__adds_presets_and_experiments(folder: Path) -> None:
    for name, text in {
        "market/kiosk.yaml": "gross_margin: 0.1\n",
        "strategy/kind.yaml": "service: {human: 1}\n",
        "experiment/short.yaml": (
            "# @package _global_\ndefaults:\n- override /market: apparel\n"
            "horizon: 6\nstrategy: [kind]\nstrategies: {kind: {service: {effort: 0.1}}}\n"
        ),
        "base.yaml": "defaults: [config]\nhorizon: 18\n",
    }.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    assert engagesim.scenario("market=kiosk", config_dir=folder).market.gross_margin == 0.1
    assert engagesim.scenario(config_dir=folder, config_name="base").horizon == 18
    tried = engagesim.scenario("+experiment=short", config_dir=folder)
    assert tried.horizon == 6
    assert tried.market.setting == "noncontractual"
    assert tried.strategies["kind"].service.human == 1
    assert tried.strategies["kind"].service.effort == 0.1
    assert engagesim.scenario("+experiment=short", "horizon=7", config_dir=folder).horizon == 7


def test_scenario__inside_another_hydra(folder: Path) -> None:
    (folder / "theirs.yaml").write_text("a: 1\n")
    with initialize_config_dir(str(folder), version_base=None):
        assert engagesim.scenario("horizon=24").horizon == 24
        assert compose("theirs").a == 1
    assert not GlobalHydra.instance().is_initialized()


def test_scenario__from_many_threads_at_once():
    horizons: dict[int, int] = {}

    def composed(horizon: int) -> None:
        horizons[horizon] = engagesim.scenario(f"horizon={horizon}").horizon

    threads = [threading.Thread(target=composed, args=(n,)) for n in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert horizons == {n: n for n in range(1, 9)}


# Strategies


@pytest.mark.parametrize("name", ["./mine.yaml", "mine.yml", "plans/mine.yaml", "absolute"])
def test_strategy__named_after_its_file(name: str, folder: Path) -> None:
    path = folder / ("mine.yaml" if name == "absolute" else name)
    path.parent.mkdir(exist_ok=True)
    path.write_text("service:\n  human: 0.9\n")
    choice = str(path) if name == "absolute" else name
    scenario = engagesim.scenario(
        f"strategy=[points_only,{choice}]", "strategies.mine.data.depth=0"
    )
    assert list(scenario.strategies) == ["points_only", "mine"]
    mine = scenario.strategies["mine"]
    assert (mine.service.human, mine.data.depth) == (0.9, 0.0)
    assert strategy(choice).service.human == 0.9


def test_strategy__file_named_as_a_preset_that_is_not_chosen(folder: Path) -> None:
    (folder / "flywheel.yaml").write_text("service: {human: 0.9}\n")
    scenario = engagesim.scenario("strategy=[points_only,./flywheel.yaml]")
    assert scenario.strategies["flywheel"].service.human == 0.9
    assert scenario.strategies["flywheel"].service.effort == Strategy().service.effort


def test_strategy__one_by_its_name():
    scenario = engagesim.scenario("strategy=flywheel_badly_run")
    assert scenario.strategies == {"flywheel_badly_run": strategy("flywheel_badly_run")}


def test_presets__are_those_shipped():
    assert preset_names() == [
        "flywheel",
        "flywheel_badly_run",
        "flywheel_with_points",
        "none",
        "points_only",
    ]
    for name in preset_names():
        assert len(strategy(name).about) > 100


def test_none__is_neutral():
    assert strategy("none").model_copy(update={"about": ""}) == Strategy()


def test_flywheel_with_points__joins_the_two():
    joined = FLYWHEEL.model_copy(update={"points": strategy("points_only").points})
    both = strategy("flywheel_with_points")
    assert both.model_copy(update={"about": FLYWHEEL.about}) == joined


def test_changes__take_effect_in_order_of_month(folder: Path) -> None:
    (folder / "mine.yaml").write_text(
        "service: {human: 0.9}\n"
        "changes:\n"
        "- {month: 24, set: {service.human: 0.5}}\n"
        "- {month: 12, set: {service.human: 0.7, points.automatic: true, service.recovery: null}}\n"
    )
    steps = strategy("./mine.yaml").schedule()
    assert [(month, levers.service.human) for month, levers in steps] == [
        (0, 0.9),
        (12, 0.7),
        (24, 0.5),
    ]
    assert [levers.points.automatic for _, levers in steps] == [False, True, True]


# Coefficients


def test_coefficients__defaults_within_range_within_limits():
    names = []
    for key, field, value in parameters(Coefficients()):
        evidence = evidence_of(field)
        limits = {name: bound for rule in field.metadata for name, bound in vars_of(rule).items()}
        assert evidence is not None, key
        assert limits["ge"] <= evidence.low <= value <= evidence.high <= limits["le"], key
        assert evidence.source, key
        names.append(key.rpartition(".")[2])
    assert len(names) == len(set(names)) > 60


# Identity

COMPUTED = {key for key in leaves(ONE) if key.partition(".")[0] in COMPUTING}
REASONS = {"strategies.flywheel.about", "baseline.about"}


@pytest.mark.parametrize("key", sorted(COMPUTED | REASONS))
def test_identity__unchanged_by_computing_and_reasons(key: str) -> None:
    other = with_value(ONE, key, another(*leaves(ONE)[key]))
    assert other != ONE
    assert other.identity() == ONE.identity()
    assert other.identity("flywheel", 3) == ONE.identity("flywheel", 3)


def test_identity__changed_by_every_key_of_science():
    science = leaves(ONE).keys() - COMPUTED - REASONS - FILES
    seen = {ONE.identity()}
    for key in science:
        seen.add(with_value(ONE, key, another(*leaves(ONE)[key])).identity())
    assert len(seen) == len(science) + 1


def test_identity__of_one_unit_knows_neither_names_nor_neighbours(folder: Path) -> None:
    (folder / "mine.yaml").write_text((CONFIGS / "strategy" / "flywheel.yaml").read_text())
    two = engagesim.scenario("strategy=[points_only,./mine.yaml]")
    assert two.identity("mine", 0) == ONE.identity("flywheel", 0) != ONE.identity("flywheel", 1)


def test_identity__reads_the_edges_not_their_file_name(folder: Path) -> None:
    def identity(name: str, text: str) -> str:
        (folder / name).write_text(text)
        return engagesim.scenario("network=file", f"network.file={name}").identity()

    first = identity("a.csv", "one,other\n0,1\n")
    assert identity("b.csv", "one,other\n0,1\n") == first
    assert identity("a.csv", "one,other\n0,2\n") != first
