"""What is said of bad input: one line with the key (or file and line), the value, what is allowed.

Light on purpose: the command line needs `BadInput` before it needs anything else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError

Place = tuple[int | str, ...]
"""Where in a tree of settings: names of keys, and positions in lists."""


class BadInput(ValueError):
    """One line for the user: the key (or file and line), the value, and what is allowed."""

    def __init__(self, text: str) -> None:
        super().__init__(" ".join(text.split()))


def unknown(what: str, word: str, names: Iterable[str], hint: str = "") -> BadInput:
    """`market: no preset 'telecon'; did you mean 'telecom'? (apparel, telecom)`."""
    names = sorted(names)
    guess = nearest(word, names)
    meant = f"; did you mean {guess!r}?" if guess else ""
    return BadInput(f"{what} {shown(word)}{meant} ({', '.join(names)}{hint})")


def unknown_key(key: str, keys: Iterable[str], what: str = "key") -> BadInput:
    """`populaton.size: no such key; did you mean population.size?`."""
    guess = nearest(key, (name for name in keys if name != key))
    return BadInput(f"{key}: no such {what}" + (f"; did you mean {guess}?" if guess else ""))


def nearest(word: str, names: Iterable[str]) -> str | None:
    """The name that `word` was probably meant to be: its last part elsewhere, or a close one."""
    folded = {name.lower(): name for name in names}
    word = word.lower()
    leaf = "." + word.rpartition(".")[2]
    same_leaf = [name for name in folded if name.endswith(leaf)]
    close = get_close_matches(word, same_leaf, 1, 0.0) or get_close_matches(word, folded, 1)
    return folded[close[0]] if close else None


def keys(tree: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """All dotted keys of a tree of settings, branches and leaves."""
    for name, value in tree.items():
        yield f"{prefix}{name}"
        if isinstance(value, Mapping):
            yield from keys(value, f"{prefix}{name}.")


def shown(value: object) -> str:
    """A value as a user would write it, on one line and cut short."""
    if value is None:
        return "null"
    if value == "":
        return "nothing"
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def refusal(
    error: ValidationError,
    model: type[BaseModel],
    known: Iterable[str],
    source: Callable[[Place], str] = lambda place: "",
) -> BadInput:
    """What pydantic found first, as one line.

    `known` keys are those that exist, to guess what a typo meant; `source` says which file and line
    a place stands in, if any.
    """
    found = error.errors(include_url=False)
    first, place = found[0], found[0]["loc"]
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)[1:]
    match first["type"]:
        case "extra_forbidden":
            line = str(unknown_key(key, known))
        case "missing":
            line = f"{key}: missing, allowed {_allowed(model, place)}"
        case "value_error" | "invalid_key":
            reason = first.get("ctx", {}).get("error", first["msg"])
            line = f"{key}: {reason}" if key else str(reason)
        case _:
            line = f"{key}: got {shown(first['input'])}, allowed {_allowed(model, place)}"
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return BadInput(source(place) + line + more)


def _allowed(model: type[BaseModel], place: Place) -> str:
    """What a setting may be, in words, read from the model's JSON schema."""
    root = model.model_json_schema()

    def resolved(node: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in node:
            node = root["$defs"][node["$ref"].rpartition("/")[2]]
        return node

    node = root
    for part in place:
        inner = (
            node.get("items")
            if isinstance(part, int)
            else node.get("properties", {}).get(part, node.get("additionalProperties"))
        )
        node = resolved(inner or {})
    words = " or ".join(_words(resolved(choice)) for choice in node.get("anyOf", [node]))
    evidence = node.get("evidence")
    return words + (f" ({evidence['source']})" if evidence else "")


def _words(node: dict[str, Any]) -> str:
    match node:
        case {"enum": choices}:
            return ", ".join(map(str, choices))
        case {"const": choice}:
            return str(choice)
        case {"type": "integer"}:
            return f"whole numbers{_interval(node)}"
        case {"type": "number"}:
            return _interval(node).strip() or "numbers"
        case {"type": "boolean"}:
            return "true, false"
        case {"type": "string", "pattern": pattern} if r"\d{4}" in pattern:
            return "a day, YYYY-MM-DD"
        case {"type": "string", "maxLength": most}:
            return f"text of at most {most} characters"
        case {"type": "string"}:
            return "text"
        case {"type": "array"}:
            return "a list"
        case {"type": "object", "properties": properties}:
            return f"keys with values: {', '.join(properties)}"
        case {"type": "object"}:
            return "keys with values"
        case {"type": "null"}:
            return "null"
    return "another value"


def _interval(node: dict[str, Any]) -> str:
    """` 0 to 1`, ` above 0 to 20`; nothing where there are no two limits."""
    ends = [
        f"{word}{node[name]:.15g}"
        for name, word in (
            ("minimum", ""),
            ("exclusiveMinimum", "above "),
            ("maximum", ""),
            ("exclusiveMaximum", "below "),
        )
        if name in node
    ]
    return f" {ends[0]} to {ends[1]}" if len(ends) == 2 else ""
