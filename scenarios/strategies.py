"""Strategies as files: presets, and the user's own. A strategy is named after its file."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

import yaml
from pydantic import ValidationError

from .errors import BadInput, Place, keys, refusal, unknown
from .files import CONFIGS, Parser, line_of, malformed, options, read_text
from .levers import Strategy

SUFFIXES = (".yaml", ".yml")
HEADER = re.compile(r"\s*#\s*@\s*package\b")


def is_file(choice: str) -> bool:
    """Whether a strategy is chosen by its file rather than by the name of a preset."""
    return "/" in choice or "\\" in choice or choice.lower().endswith(SUFFIXES)


def name_of(choice: str) -> str:
    """What a chosen strategy is called: a preset's name, or the stem of a file."""
    return Path(choice).stem if is_file(choice) else choice


def read_strategy(choice: str, folders: Iterable[Path] = (CONFIGS,)) -> dict[str, Any]:
    """The levers that a preset or a file sets, checked; what it does not set is left out.

    Raises BadInput for an unknown preset, and for a file that cannot be read, that holds what is no
    lever, or that would not land under its own name.
    """
    if is_file(choice):
        path, name = Path(choice), choice
        if path.suffix.lower() not in SUFFIXES:
            raise BadInput(f"strategy: got {choice!r}, allowed are presets and files named *.yaml")
    else:
        presets = options("strategy", folders)
        if choice not in presets:
            raise unknown("strategy: no preset", choice, presets, ", or a file: ./mine.yaml")
        path = presets[choice]
        name = path.name if path.is_relative_to(CONFIGS) else str(path)
    text = read_text(path, name)
    for number, line in enumerate(text.splitlines(), 1):
        if HEADER.match(line):
            raise BadInput(
                f"{name}, line {number}: got {line.strip()!r}, allowed is no package header: "
                "a strategy is named after its file"
            )
        if "${" in line:
            raise BadInput(f"{name}, line {number}: ${{...}} is not allowed in a strategy")
    return _levers(text, name)


def _levers(text: str, name: str) -> dict[str, Any]:
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    root = yaml.compose(text, Loader=Parser)
    if not isinstance(root, yaml.MappingNode):
        got = {type(None): "nothing", yaml.SequenceNode: "a list"}.get(type(root), "text")
        raise BadInput(f"{name}, line 1: got {got}, allowed are levers: {{points: {{earn: 0.01}}}}")
    try:
        levers = cast(dict[str, Any], OmegaConf.to_container(OmegaConf.create(text)))
    except yaml.YAMLError as error:
        raise malformed(error, name) from None
    except OmegaConfBaseException as error:
        raise BadInput(f"{name}: {str(error).splitlines()[0]}") from None
    if "defaults" in levers:
        raise BadInput(
            f"{name}, line {_line(root, ('defaults',))}: a defaults list is not allowed: "
            "a strategy says itself all that it changes"
        )
    try:
        Strategy.model_validate(levers)
    except ValidationError as error:
        raise refusal(
            error,
            Strategy,
            known=keys(Strategy().model_dump()),
            # What is said of the whole strategy is about its changes.
            source=lambda place: f"{name}, line {_line(root, place or ('changes',))}: ",
        ) from None
    return levers


def _line(root: yaml.Node, place: Place) -> int:
    """The line in which a place stands, or the innermost part of it that is in the file."""
    line, node = line_of(root), root
    for part in place:
        inside = {}
        if isinstance(node, yaml.MappingNode):
            inside = {key.value: (key, value) for key, value in node.value}
        elif isinstance(node, yaml.SequenceNode):
            inside = {index: (value, value) for index, value in enumerate(node.value)}
        if part not in inside:
            break
        key, node = inside[part]
        line = line_of(key)
    return line
