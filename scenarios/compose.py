"""From words to a scenario: Hydra composes files and reads overrides, pydantic validates.

What comes later wins: the models' defaults; the files chosen by group (`market=apparel`); the
chosen strategies, each under its own name; what the config itself says; values (`horizon=24`).
Nothing is instantiated and nothing is written.
"""

from __future__ import annotations

import copy
import functools
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import yaml
from pydantic import BaseModel, ValidationError

from .errors import BadInput, keys, refusal, shown, unknown, unknown_key
from .files import CONFIGS, malformed, options, user_folder
from .levers import Strategy
from .market import DATA, DOUBTED
from .scenario import Scenario
from .strategies import name_of, read_strategy

if TYPE_CHECKING:
    from hydra.core.override_parser.types import Override

Tree = dict[str, Any]

COMPOSING = threading.Lock()
"""Hydra keeps its state in globals: one composition at a time."""

DOUBT_OF = {key: name for name, key in DOUBTED.items()}


def scenario(
    *overrides: str, config_dir: str | Path | None = None, config_name: str = "config"
) -> Scenario:
    """Compose and validate a scenario, exactly as the command line does.

    `overrides` are in Hydra's syntax: `market=apparel`, `strategy=[none,./mine.yaml]`,
    `horizon=24`, `strategies.mine.service.recovery=0.8`. `config_dir` is a folder of configs beside
    those shipped; `config_name` is the config to start from.

    Raises BadInput, in one line, for whatever cannot become a scenario.
    """
    return Composer(config_dir, config_name)(*overrides)


class Composer:
    """Composes scenarios as `scenario` does; files are composed once for each choice of groups,
    strategies and baseline, so that many settings of the same files take milliseconds each."""

    def __init__(self, config_dir: str | Path | None = None, config_name: str = "config") -> None:
        self.folders = [CONFIGS] if config_dir is None else [CONFIGS, user_folder(config_dir)]
        self.config_name = config_name
        self._grounds: dict[str, tuple[Tree, list[str]]] = {}

    def __call__(self, *overrides: str) -> Scenario:
        """Raises BadInput, in one line, for whatever cannot become a scenario."""
        words = _read(overrides, self.folders)
        tree, known = self._ground(words)
        told = {key for key, _ in words.values}
        for key, value in words.values:
            _assign(tree, key, copy.deepcopy(value), known)
            group, _, own = key.partition(".")
            name = DOUBT_OF.get(own, own)
            if (
                group == "market"
                and name in tree["market"]["doubt"]
                and not told & {"market.doubt", f"market.doubt.{name}"}
            ):
                tree["market"]["doubt"][name] = 0.0  # who sets a number by hand knows it
        _resolve_rivals(tree["market"], self.folders)
        try:
            composed = Scenario.model_validate(_resolved(tree))
        except ValidationError as error:
            raise refusal(error, Scenario, known) from None
        _check_file("network.file", composed.network.file)
        for name in DATA:
            _check_file(f"population.{name}", getattr(composed.population, name))
        return composed

    def _ground(self, words: Words) -> tuple[Tree, list[str]]:
        """What files say, and all keys there are; a tree of the caller's own."""
        choice = repr(words[:3])
        if choice not in self._grounds:
            with COMPOSING:
                config = _composed(self.config_name, words.groups, self.folders)
            tree = _defaults()
            tree["strategies"] = _strategies(words.strategies, config, self.folders)
            tree["baseline"] = _baseline(words.baseline, config, self.folders)
            known = list(keys(tree))
            self._grounds[choice] = _merge(tree, config), known
        kept, known = self._grounds[choice]
        return copy.deepcopy(kept), known


def strategy(choice: str) -> Strategy:
    """One strategy by itself: a preset by name, or a YAML file. Raises BadInput."""
    return Strategy.model_validate(read_strategy(choice))


def preset_names() -> list[str]:
    """Names of the strategies that come with engagesim."""
    return sorted(options("strategy"))


def to_yaml(scenario: Scenario) -> str:
    """A scenario with all its keys, as a config that composes to the same scenario again."""
    tree = scenario.model_dump(mode="json")
    return yaml.safe_dump(tree, sort_keys=False, allow_unicode=True, width=100)


class Words(NamedTuple):
    """Overrides by kind."""

    groups: dict[str, str]
    """The override of each group, as it was written."""
    strategies: list[str] | None
    """Chosen presets and files; None where nothing was said."""
    baseline: str | None
    """A preset or a file; None where nothing was said."""
    values: list[tuple[str, Any]]


def _read(overrides: Sequence[str], folders: Sequence[Path]) -> Words:
    groups: dict[str, str] = {}
    strategies: list[str] | None = None
    baseline: str | None = None
    values: list[tuple[str, Any]] = []
    for word in overrides:
        override = parsed(word)
        key = override.key_or_group
        if not key:
            raise BadInput(f"{word}: got no key, allowed is KEY=VALUE")
        if override.is_delete():
            raise BadInput(f"{word}: no key can be removed; every key has a value, {key}=VALUE")
        if override.is_sweep_override():
            raise BadInput(f"{word}: got several values, allowed is one; a list is {key}=[A,B]")
        if override.package is not None or key.partition(".")[0].partition("/")[0] == "hydra":
            raise BadInput(f"{word}: Hydra's packages and own settings are not available")
        value = override.value()
        presets = options(key, folders)
        if key == "strategy":
            strategies = _choices(value)
        elif key == "baseline" and not isinstance(value, dict):
            baseline = _choices(value)[0] if isinstance(value, str) else _one_baseline(value)
        elif presets and not isinstance(value, dict):
            if value not in presets:
                raise unknown(f"{key}: no preset", "null" if value is None else str(value), presets)
            groups[key] = word
        elif override.is_add() or override.is_force_add():
            raise BadInput(f"{word}: no key can be added; one that exists is set by {key}=VALUE")
        else:
            values.append((key, value))
    return Words(groups, strategies, baseline, values)


@functools.lru_cache(maxsize=10_000)
def parsed(word: str) -> Override:
    """One override as Hydra reads it; raises BadInput."""
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    try:
        with COMPOSING:
            return OverridesParser.create().parse_override(word)
    except HydraException as error:
        reason = str(error).splitlines()[0]
        hint = "; a value with special characters needs quotes, \"KEY='VALUE'\""
        hint *= "while evaluating" not in reason
        raise BadInput(f"{shown(word)}: not readable as KEY=VALUE ({reason}){hint}") from None


def _choices(value: object) -> list[str]:
    """The strategies that `strategy=...` chooses."""
    choices = [value] if isinstance(value, str) else value
    if isinstance(choices, list) and choices:
        if all(isinstance(choice, str) and choice for choice in choices):
            return choices
    presets = ", ".join(preset_names())
    raise BadInput(f"strategy: got {shown(value)}, allowed are presets ({presets}) and files")


def _one_baseline(value: object) -> str:
    raise BadInput(f"baseline: got {shown(value)}, allowed is one preset or file")


def _composed(name: str, groups: dict[str, str], folders: Sequence[Path]) -> Tree:
    """The config `name` with the chosen groups in it, as Hydra composes them."""
    from hydra import compose
    from hydra.errors import HydraException, MissingConfigException
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    configs = options("", folders)
    name = name.removesuffix(".yaml")
    if name not in configs:
        raise unknown("config name: no config", name, configs)
    home = configs[name].parent
    others = [str(folder).replace("'", r"\'") for folder in folders if folder != home]
    search = ",".join(f"'file://{folder}'" for folder in others)
    try:
        with _hydra(home), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a config without `_self_` comes after its defaults
            config = compose(name, [*groups.values(), f"hydra.searchpath=[{search}]"])
        return cast(Tree, OmegaConf.to_container(config))
    except yaml.YAMLError as error:
        raise malformed(error) from None
    except MissingConfigException as error:
        missing = str(error.missing_cfg_file)
        group = missing.rpartition("/")[0]
        there = [f"{group}/{preset}" if group else preset for preset in options(group, folders)]
        raise unknown(f"{name}: no config", missing, there) from None
    except (HydraException, OmegaConfBaseException) as error:
        raise BadInput(f"{name}: {str(error).splitlines()[0]}") from None


@contextmanager
def _hydra(folder: Path) -> Iterator[None]:
    """Hydra over a folder of configs, leaving the state of a surrounding Hydra as it was."""
    from hydra import initialize_config_dir
    from hydra.core.global_hydra import GlobalHydra
    from hydra.version import VersionBase

    surrounding, base = GlobalHydra.instance().hydra, VersionBase.instance().version_base
    GlobalHydra.instance().clear()
    try:
        with initialize_config_dir(str(folder), job_name="engagesim", version_base="1.3"):
            yield
    finally:
        GlobalHydra.instance().hydra = surrounding
        VersionBase.instance().version_base = base


def _defaults() -> Tree:
    """All keys with the defaults of their models, strategies left out."""
    defaults = {
        name: field.default for name, field in Scenario.model_fields.items() if name != "strategies"
    }
    return {
        name: value.model_dump() if isinstance(value, BaseModel) else value
        for name, value in defaults.items()
    }


def _strategies(chosen: list[str] | None, config: Tree, folders: Sequence[Path]) -> Tree:
    """The levers of each strategy by name, all of them set.

    Takes the config's own choice, `strategy`, out of it, and what it says of strategies not chosen.
    """
    presets = options("strategy", folders)
    told = config.pop("strategies", None) or {}
    if not isinstance(told, dict):
        raise BadInput(f"strategies: got {shown(told)}, allowed strategies by name")
    listed = _choices(config.pop("strategy")) if "strategy" in config else list(told)
    choices = chosen or listed or _choices([])
    names = [name_of(choice) for choice in choices]
    for name in told:
        if name not in (*names, *map(name_of, listed)):
            raise unknown("strategies: none is chosen that is called", name, names)
    for name in names:
        if names.count(name) > 1:
            raise BadInput(f"strategy: two are called {name!r}; give one file another name")
    config["strategies"] = {name: told[name] for name in names if name in told}
    trees = {}
    for name, choice in zip(names, choices, strict=True):
        told_only = choice in told and choice not in presets
        levers = {} if told_only else read_strategy(choice, folders)
        trees[name] = _merge(Strategy().model_dump(), levers)
    return trees


def _baseline(chosen: str | None, config: Tree, folders: Sequence[Path]) -> Tree:
    """The levers of the baseline, all of them set; takes the config's own out of it."""
    told = config.pop("baseline", None)
    choice = chosen or told
    if isinstance(choice, str) and choice:
        return _merge(Strategy().model_dump(), read_strategy(choice, folders))
    return _merge(Strategy().model_dump(), told if isinstance(told, dict) else {})


def _resolve_rivals(market: object, folders: Sequence[Path]) -> None:
    """Put the levers of a preset or a file where a rival's strategy is chosen by name."""
    rivals = market.get("rivals") if isinstance(market, dict) else None
    for number, rival in enumerate(rivals if isinstance(rivals, (list, tuple)) else ()):
        choice = rival.get("strategy") if isinstance(rival, dict) else None
        if isinstance(choice, str):
            try:
                rival["strategy"] = read_strategy(choice, folders)
            except BadInput as error:
                raise BadInput(f"market.rivals[{number}]: {error}") from None


def _merge(tree: Tree, over: Tree) -> Tree:
    """`tree` with the values of `over` in it, key by key."""
    for key, value in over.items():
        if isinstance(value, dict) and isinstance(tree.get(key), dict):
            _merge(tree[key], value)
        else:
            tree[key] = value
    return tree


def _assign(tree: Tree, key: str, value: Any, known: Sequence[str]) -> None:
    """Set one of the known dotted keys."""
    group, *path = key.split(".")
    if group == "strategies":
        for name in [*path[:1], *(value if isinstance(value, dict) and not path else ())]:
            if name not in tree["strategies"]:
                raise unknown(f"{key}: none is chosen that is called", name, tree["strategies"])
    if key not in known:
        raise unknown_key(key, known)
    *parents, leaf = group, *path
    node = tree
    for parent in parents:
        node = node[parent]
    _merge(node, {leaf: value})


def _resolved(tree: Tree) -> Tree:
    """The tree with its interpolations (`${seed}`) replaced; a missing value (`???`) is refused."""
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    written = repr(tree)
    if "${" not in written and "???" not in written:
        return tree
    try:
        config = OmegaConf.create(tree)
        return cast(Tree, OmegaConf.to_container(config, resolve=True, throw_on_missing=True))
    except OmegaConfBaseException as error:
        raise BadInput(f"{error.full_key or 'config'}: {str(error).splitlines()[0]}") from None


def _check_file(key: str, name: str) -> None:
    """Refuse a file that is named but cannot be read."""
    if not name:
        return
    try:
        if not Path(name).is_file():
            raise BadInput(f"{key}: got {shown(name)}, allowed is an existing file")
        Path(name).open("rb").close()
    except OSError as error:
        raise BadInput(f"{key}: cannot read {shown(name)} ({error.strerror})") from None
