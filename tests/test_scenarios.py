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
from pydantic import ValidationError

import engagesim
from engagesim.scenarios.coefficients import Coefficients
from engagesim.scenarios.compose import preset_names, strategy, to_yaml
from engagesim.scenarios.errors import refusal
from engagesim.scenarios.files import CONFIGS
from engagesim.scenarios.levers import SAVING, Strategy
from engagesim.scenarios.market import DATA, Doubt, Market
from engagesim.scenarios.mechanisms import Mechanisms, mechanisms
from engagesim.scenarios.parameter import evidence_of, parameters
from engagesim.scenarios.scenario import COMPUTING, Scenario
from engagesim.sim.main import main

from .cases import ALL_PRESETS

FLYWHEEL = strategy("flywheel")
SPLIT = {"quality": 0.3, "reliability": 0.05, "recovery": 0.15, "effort": 0.2, "relevance": 0.1,
         "community": 0.2}  # fmt: skip
AFTER = dict(zip(SPLIT, [*SPLIT][1:] + [*SPLIT][:1], strict=True))
"""Of the shares that sum to one, the next."""
ONE = engagesim.scenario(
    "strategy=flywheel",
    "strategies.flywheel.points.earn=0.01",
    "baseline.points.earn=0.01",
    *(f"strategies.flywheel.flywheel.{aspect}={share}" for aspect, share in SPLIT.items()),
    *(f"baseline.flywheel.{aspect}={share}" for aspect, share in SPLIT.items()),
)
"""A scenario in which each key can be set, that of tiers too; shares that sum to one together."""


def leaves(scenario: Scenario) -> dict[str, tuple[Any, Any]]:
    """All leaves as dotted key: (declaration, value), those of strategies included."""
    found = {key: (field, value) for key, field, value in parameters(scenario)}
    del found["strategies"]
    for name, chosen in scenario.strategies.items():
        prefix = f"strategies.{name}."
        found |= {key: (field, value) for key, field, value in parameters(chosen, prefix)}
    return found


LISTS: dict[str, Any] = {
    "departments": ["service"],
    "changes": [{"month": 1, "set": {"service.human": 0.1},
                 "switching": {"setup": 0.0, "per_customer": 0.0}}],
    "shocks": [{"kind": "breach", "month": 1, "severity": 0.5, "share": 1.0, "by_ethics": False,
                "months": 1}],
    "better_rewards": [{"goal": 120.0, "worth": 1.25}],
    "rivals": [{"name": "other", "share": 0.1}],
    "channels": [{"name": "phone", "share": 1.0}],
    "season": [0.5, 1.5, *[1.0] * 10],
    "tiers": [2.0, 5.0],
}  # fmt: skip


def another(key: str, field: Any, value: Any) -> Any:
    """A valid value of a setting that is not the one it has; of a split, the next one's share."""
    if is_share(key):
        return SPLIT[AFTER[key.rpartition(".")[2]]]
    if isinstance(value, bool):
        return not value
    if isinstance(value, str) and any(hasattr(rule, "pattern") for rule in field.metadata):
        return "1999-12-31"
    if key.endswith("score"):
        return "purchases"
    if isinstance(value, str):
        return min({*getattr(field.annotation, "__args__", ["other"])} - {value, "file"})
    if key.endswith("budget_year"):
        return 1e9  # beyond any fixed cost
    if isinstance(value, tuple):
        return LISTS[key.rpartition(".")[2]]
    if value is None:
        return 0.25
    limits = {name: bound for rule in field.metadata for name, bound in vars_of(rule).items()}
    top = limits.get("le", limits.get("lt", 0.9))
    low = limits.get("ge", limits.get("gt", 0.1))
    # Near the default, so that rules across settings still hold.
    step = (top - value if value < top else low - value) / 16
    return value + (step if isinstance(value, float) else int(step / abs(step)))


def is_share(key: str) -> bool:
    """Whether a key is of shares that sum to one."""
    *_, group, name = "", *key.split(".")
    return group == "flywheel" and name in SPLIT


def vars_of(rule: Any) -> dict[str, float]:
    return {name: getattr(rule, name) for name in ("ge", "gt", "le", "lt") if hasattr(rule, name)}


def with_value(scenario: Scenario, key: str, value: Any) -> Scenario:
    """The scenario with one other value; without what needs a mechanism that is switched off, and
    a neighbour making room for a share."""
    tree: dict[str, Any] = scenario.model_dump()
    if key.startswith("mechanisms."):
        off = scenario.mechanisms.without(key.partition(".")[2])
        return Scenario.model_validate({**tree, "mechanisms": off.model_dump()})
    *path, leaf = key.split(".")
    node = tree
    for name in path:
        node = node[name]
    if is_share(key):
        node[AFTER[leaf]] += node[leaf] - value
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
ENTRIES = ("market.rivals", "service.channels")
"""Lists whose entries come out with more than was said: `test_rivals`, `test_operations`."""


def test_scenario__every_key_can_be_set():
    wanted = {
        key: another(key, field, value)
        for key, (field, value) in leaves(ONE).items()
        if key not in FILES and not key.endswith((*ENTRIES, SAVING))  # contracts are set to none
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
    assert len(wanted) > 350


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
        "discount_rate=1e-5",
        "mechanisms.messages=off",
        "mechanisms.personal_control=off",
        "shocks=[{kind: scandal, month: 3, by_ethics: true}]",
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
    assert tuple(preset_names()) == ALL_PRESETS
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
    assert len(names) == len(set(names)) > 150


@pytest.mark.parametrize("key", [key for key, _, _ in parameters(Coefficients())])
def test_coefficient__outside_its_range_is_refused(key: str) -> None:
    """By range and source, in one line; the ends of the range are inside."""
    fields = {name: field for name, field, _ in parameters(Coefficients())}
    evidence = evidence_of(fields[key])
    assert evidence is not None
    group, name = key.split(".")
    for end in (evidence.low, evidence.high):
        Coefficients.model_validate({group: {name: end}})
    width = max(evidence.high - evidence.low, 1e-3)
    for outside in (evidence.low - 0.01 * width, evidence.high + 0.01 * width):
        with pytest.raises(ValidationError) as refused:
            Coefficients.model_validate({group: {name: outside}})
        said = str(refusal(refused.value, Coefficients, ()))
        allowed = f"allowed {evidence.low:.15g} to {evidence.high:.15g} ({evidence.source})"
        assert said == f"{key}: got {outside!r}, {allowed}"


def test_coefficients__of_a_mechanism_name_one_that_there_is():
    """And what stands for its absence is a number, or the name of another coefficient."""
    found = {
        key.rpartition(".")[2]: evidence_of(field) for key, field, _ in parameters(Coefficients())
    }
    for name, evidence in found.items():
        assert evidence is not None
        assert not evidence.switch or evidence.switch in Mechanisms.model_fields, name
        assert evidence.off is None or evidence.switch, name
        assert not isinstance(evidence.off, str) or evidence.off in found, name


# Mechanisms

NEEDY = [(one.name, other) for one in mechanisms() for other in one.needs]


@pytest.mark.parametrize(("name", "needed"), NEEDY, ids="-".join)
def test_mechanism__without_what_it_needs_is_refused(name: str, needed: str) -> None:
    said = f"{name}: got true, which needs {needed}; allowed with mechanisms.{needed}=true"
    off = Mechanisms().without(needed).model_dump()
    with pytest.raises(ValidationError) as refused:
        Mechanisms.model_validate({**off, name: True})
    assert str(refusal(refused.value, Mechanisms, ())).startswith(said)


@pytest.mark.parametrize("name", Mechanisms.model_fields)
def test_mechanism__is_left_out_with_those_that_need_it(name: str) -> None:
    """Directly or by another: what is left is a scenario that can be run."""
    left = Mechanisms().without(name)
    gone = {key for key, on in left.model_dump().items() if not on}
    needy = {one for one, other in NEEDY if other in gone}
    assert gone == {name} | needy
    assert Mechanisms.model_validate(left.model_dump()) == left
    room = next(one.room for one in mechanisms() if one.name == name)
    assert (CONFIGS.parent / "agents" / "rules" / f"{room}.py").is_file()


# Identity

COMPUTED = {key for key in leaves(ONE) if key.partition(".")[0] in COMPUTING}
REASONS = {"strategies.flywheel.about", "baseline.about"}


@pytest.mark.parametrize("key", sorted(COMPUTED | REASONS))
def test_identity__unchanged_by_computing_and_reasons(key: str) -> None:
    other = with_value(ONE, key, another(key, *leaves(ONE)[key]))
    assert other != ONE
    assert other.identity() == ONE.identity()
    assert other.identity("flywheel", 3) == ONE.identity("flywheel", 3)


def test_identity__changed_by_every_key_of_science():
    science = leaves(ONE).keys() - COMPUTED - REASONS - FILES
    seen = {ONE.identity()}
    for key in science:
        seen.add(with_value(ONE, key, another(key, *leaves(ONE)[key])).identity())
    assert len(seen) == len(science) + 1


def test_identity__of_one_unit_knows_neither_names_nor_neighbours(folder: Path) -> None:
    (folder / "mine.yaml").write_text((CONFIGS / "strategy" / "flywheel.yaml").read_text())
    two = engagesim.scenario("strategy=[points_only,./mine.yaml]")
    one = engagesim.scenario("strategy=flywheel")
    assert two.identity("mine", 0) == one.identity("flywheel", 0) != one.identity("flywheel", 1)


def test_identity__reads_the_edges_not_their_file_name(folder: Path) -> None:
    def identity(name: str, text: str) -> str:
        (folder / name).write_text(text)
        return engagesim.scenario("network=file", f"network.file={name}").identity()

    first = identity("a.csv", "one,other\n0,1\n")
    assert identity("b.csv", "one,other\n0,1\n") == first
    assert identity("a.csv", "one,other\n0,2\n") != first
