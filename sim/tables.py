"""Tables of settings as the pages of docs/ show them: Markdown, values, ranges, kinds."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from types import UnionType
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from ..scenarios.levers import Strategy
from ..scenarios.parameter import limits_of, parameters, unit_of

SYMBOL = re.compile(r"([A-Za-z]\w{0,6}\*?|g\(S\*\)): ")


def table(head: str, rows: Iterator[Sequence[str]] | Sequence[Sequence[str]]) -> str:
    """A Markdown table; `head` names the columns, separated by commas."""
    columns = head.split(", ")
    lines = [f"| {' | '.join(line)} |" for line in (columns, *rows)]
    lines.insert(1, "|---" * len(columns) + "|")
    return re.sub(r"\|  (?=\|)", "| ", "\n".join(lines))


def plain(text: str) -> str:
    """Text on one line that Markdown leaves alone."""
    return " ".join(text.split()).replace("|", r"\|").replace("<", "&lt;")


def code(text: str) -> str:
    """Text as code, nothing if there is none."""
    return f"`{text}`" if text else ""


def shown(value: Any) -> str:
    """A value as a reader of a table wants it."""
    match value:
        case None | "" | ():
            return "empty"
        case bool():
            return "on" if value else "off"
        case int() | float():
            return f"{value:,.0f}" if abs(value) >= 1e4 else f"{value:g}"
        case tuple():
            return ", ".join(map(shown, value))
        case _:
            return code(str(value))


def between(low: float, high: float) -> str:
    """A range in words."""
    return f"{shown(low)} to {shown(high)}"


def split_symbol(meaning: str) -> tuple[str, str]:
    """The symbol that a meaning begins with, if any, and the rest."""
    found = SYMBOL.match(meaning)
    return (found[1], meaning[found.end() :]) if found else ("", meaning)


class Setting(NamedTuple):
    """A plain setting, as a page describes it."""

    key: str
    symbol: str
    default: str
    allowed: str
    unit: str
    meaning: str


def settings(model: BaseModel, prefix: str = "") -> Iterator[Setting]:
    """All settings of a model that are no coefficients."""
    for key, field, value in parameters(model):
        unit = unit_of(field)
        symbol, meaning = split_symbol(str(field.description)) if unit else ("", field.description)
        yield Setting(
            prefix + key, symbol, shown(value), allowed(field), unit or kind_of(field), str(meaning)
        )


def allowed(field: FieldInfo) -> str:
    """What a setting may be."""
    annotation = field.annotation
    if get_origin(annotation) is tuple:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) is Literal:
        return ", ".join(code(choice) for choice in get_args(annotation) if choice)
    if annotation is bool:
        return "on, off"
    infos = (field, *inner(annotation))
    low = max(limits_of(info)[0] for info in infos)
    high = min(limits_of(info)[1] for info in infos)
    if math.isinf(low) and math.isinf(high):
        return ""
    marks = [mark for info in infos for mark in info.metadata]
    above = "above " if any(hasattr(mark, "gt") for mark in marks) else ""
    below = "below " if any(hasattr(mark, "lt") for mark in marks) else ""
    return f"{above}{shown(low)} to {below}{shown(high)}"


def inner(annotation: Any) -> Iterator[FieldInfo]:
    """The declarations inside of an annotation, as in `Share | None`."""
    for part in get_args(annotation):
        if isinstance(part, FieldInfo):
            yield part
        yield from inner(part)


def kind_of(field: FieldInfo) -> str:
    """What a setting without unit is."""
    annotation = field.annotation
    if get_origin(annotation) in (Union, UnionType):
        annotation = get_args(annotation)[0]
    if get_origin(annotation) is tuple:
        return "list"
    if get_origin(annotation) is Literal:
        return "choice"
    if annotation is Strategy:
        return "levers"
    return {bool: "switch", str: "text", int: "count"}.get(annotation, "number")  # type: ignore[arg-type]


def settings_table(model: BaseModel, leave_out: Sequence[str] = ()) -> str:
    """A table of plain settings."""
    rows = (
        (code(s.key), code(s.symbol), s.default, s.allowed, s.unit, plain(s.meaning))
        for s in settings(model)
        if s.key.partition(".")[0] not in leave_out
    )
    return table("key, symbol, default, allowed, unit, meaning", rows)
