"""Configuration files, read with care: those shipped, and those of the user.

A user's file may come from anywhere. Before anything builds objects from it, its size, its depth
and its aliases are looked at: 212 bytes of nested aliases stall the loader for seconds.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import yaml

from .errors import BadInput, nearest

CONFIGS = Path(__file__).resolve().parents[1] / "configs"
MAX_BYTES = 1_000_000
MAX_DEPTH = 20
Parser = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C parser where there is one


def options(group: str, folders: Iterable[Path] = (CONFIGS,)) -> dict[str, Path]:
    """The presets of a group (`""` for whole configs), by name."""
    found = [path for folder in folders for path in sorted((folder / group).glob("*.yaml"))]
    return {path.stem: path for path in found}


def user_folder(name: str | Path) -> Path:
    """A folder of the user's own configs, after a look at every file that could be composed.

    Raises BadInput for what is no folder, for a file that is not safe to load, and for one that has
    the name of a shipped config: which of the two is meant would be a guess.
    """
    folder = Path(name).absolute()
    if not folder.is_dir():
        raise BadInput(f"config dir: {name}: no such folder")
    for path in sorted([*folder.glob("*.yaml"), *folder.glob("*/*.yaml")]):
        own = path.relative_to(folder)
        if (CONFIGS / own).exists():
            raise BadInput(f"{path}: {own} is the name of a shipped config; give it another name")
        _check_config(path)
    return folder


def _check_config(path: Path) -> None:
    """Refuse a file that Hydra could not compose, or that would change Hydra itself."""
    root = yaml.compose(read_text(path), Loader=Parser)
    if root is None:
        return
    if not isinstance(root, yaml.MappingNode):
        raise BadInput(f"{path}, line {line_of(root)}: allowed are keys with values, KEY: VALUE")
    for key, value in root.value:
        where = f"{path}, line {line_of(key)}"
        if key.value == "hydra":
            raise BadInput(f"{where}: hydra: Hydra's own settings are not available")
        if key.value == "defaults" and not isinstance(value, yaml.SequenceNode):
            raise BadInput(f"{where}: defaults: allowed is a list, [config, _self_]")


def line_of(node: yaml.Node) -> int:
    """The line in which a part of a YAML text begins, counted from 1."""
    return int(node.start_mark.line) + 1


def read_text(path: Path, name: str | None = None) -> str:
    """The text of a YAML file that is safe to load; `name` is what the user calls it.

    Raises BadInput, with the line where there is one.
    """
    name = name or str(path)
    try:
        if path.exists() and not path.is_file():
            raise BadInput(f"{name}: not a file")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise BadInput(f"{name}: larger than the {MAX_BYTES} bytes allowed")
        text = content.decode("utf-8-sig")
        _look_through(text, name)
    except FileNotFoundError:
        guess = nearest(path.name, [other.name for other in path.parent.glob("*.y*ml")])
        meant = f"; did you mean {Path(name).with_name(guess)}?" if guess else ""
        raise BadInput(f"{name}: no such file{meant}") from None
    except OSError as error:
        raise BadInput(f"{name}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise BadInput(f"{name}: not a text file in UTF-8") from None
    except yaml.YAMLError as error:
        raise malformed(error, name) from None
    return text


def _look_through(text: str, name: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=Parser):
        where = f"{name}, line {event.start_mark.line + 1}" if event.start_mark else name
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise BadInput(f"{where}: anchors and aliases (&, *) are not allowed")
        if getattr(event, "tag", None):
            raise BadInput(f"{where}: tags (!) are not allowed")
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise BadInput(f"{where}: more than the {MAX_DEPTH} levels allowed")


def malformed(error: yaml.YAMLError, name: str = "") -> BadInput:
    """What is wrong with a YAML text, as one line with file and line."""
    mark = getattr(error, "problem_mark", None)
    reason = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    where = name or (mark.name if mark else "config")
    line = f", line {mark.line + 1}" if mark else ""
    return BadInput(f"{where}{line}: not valid YAML ({reason})")
