"""The generated parts of docs/: tables of parameters, state, luck and rules, read from the code.

A page is written by hand, but for what stands between two marks:

    <!-- made: levers -->
    <!-- /made -->

`python -m engagesim.sim.describe` (`make docs`) fills all marks anew, and a test holds that what is
committed is what comes out. So a page cannot say anything else than the code does.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel

from ..agents import luck, rules, state
from ..scenarios.coefficients import Coefficients
from ..scenarios.costs import Costs
from ..scenarios.files import CONFIGS
from ..scenarios.formula import INTERACTIONS
from ..scenarios.levers import Levers, Switching
from ..scenarios.market import DOUBTED, Doubt, Market, Network, Population
from ..scenarios.mechanisms import mechanisms
from ..scenarios.parameter import evidence_of, parameters, unit_of
from ..scenarios.rivals import Rival
from ..scenarios.shocks import Shock
from . import month
from .tables import (
    allowed,
    between,
    code,
    kind_of,
    plain,
    settings,
    settings_table,
    shown,
    split_symbol,
    table,
)
from .world import OWN

ROOT = Path(__file__).parents[1]
ROOMS = Path(inspect.getfile(rules)).parent

MARK = re.compile(r"(<!-- made: ([\w ]+) -->\n).*?(<!-- /made -->)", re.DOTALL)


def pages() -> list[Path]:
    """The pages that have generated parts."""
    return [
        page
        for page in sorted((ROOT / "docs").glob("*.md"))
        if MARK.search(page.read_text(encoding="utf-8"))
    ]


def filled(text: str) -> str:
    """A page's text with all its generated parts made anew."""
    return MARK.sub(lambda mark: f"{mark[1]}{made(mark[2])}\n{mark[3]}", text)


def made(part: str) -> str:
    """One part by its name and arguments, as Markdown. Raises KeyError for a name unknown."""
    name, *arguments = part.split()
    return PARTS[name](*arguments)


def about_mechanisms() -> str:
    """The switches, each with its rule's file."""
    carried = [e.switch for _, f, _ in parameters(Coefficients()) if (e := evidence_of(f))]
    rows = (
        (
            code(one.name), one.code, plain(one.meaning),
            f"[{one.room}.py](../agents/rules/{one.room}.py)",
            ", ".join(map(code, one.needs)), str(carried.count(one.name)),
        )
        for one in mechanisms()
    )  # fmt: skip
    return table("switch, code, what it says, rule, needs, coefficients", rows)


def about_coefficients() -> str:
    """All coefficients, a table for each group."""
    groups = Coefficients()
    return "\n\n".join(
        f"### {name.capitalize()}\n\n{linked(str(type(group).__doc__))} "
        f"Keys begin with `coefficients.{name}.`\n\n{numbers_table(group)}"
        for name, group in groups
    )


def numbers_table(group: BaseModel) -> str:
    """The numbers of a group that have evidence."""
    rows = []
    for name, field, value in parameters(group):
        evidence = evidence_of(field)
        assert evidence is not None
        rows.append(
            (
                code(name), code(evidence.symbol), shown(value),
                between(evidence.low, evidence.high), evidence.unit, plain(str(field.description)),
                plain(evidence.source), evidence.confidence, code(evidence.switch),
            )
        )  # fmt: skip
    return table("key, symbol, default, range, unit, meaning, source, code, switch", rows)


def linked(text: str) -> str:
    """Text in which files of rules are links."""
    found = re.sub(r"`agents/rules/(\w+\.py)`", r"[\1](../agents/rules/\1)", plain(text))
    return re.sub(r"(?<!\[)`(\w+\.py)`", r"[\1](../agents/rules/\1)", found)


def about_levers() -> str:
    """All levers, a table for each department, and the switching costs."""
    levers = Levers()
    parts = [
        f"### {name.capitalize()}\n\n{plain(str(type(group).__doc__))} "
        f"Keys begin with `{name}.`\n\n{settings_table(group)}"
        for name, group in levers
        if isinstance(group, BaseModel)
    ]
    single = [name for name, group in levers if isinstance(group, BaseModel)]
    parts.append(f"### Beside them\n\n{settings_table(levers, single)}")
    counted = table(
        "interaction, meaning", [(code(name), about) for name, about in INTERACTIONS.items()]
    )
    parts.append(
        "### Engagement score\n\nWhat the formula of `score` may count, of identified customers "
        f"over about a year, if not said otherwise:\n\n{counted}"
    )
    parts.append(
        f"### Switching\n\n{plain(str(Switching.__doc__))} Keys begin with `switching.`\n\n"
        + settings_table(Switching())
    )
    return "\n\n".join(parts)


def about_market() -> str:
    """The numbers of a market; which of them may be in doubt."""
    doubted = {DOUBTED.get(name, name) for name in Doubt.model_fields}
    rows = (
        (
            code(s.key), code(s.symbol), s.default, s.allowed, s.unit, plain(s.meaning),
            "yes" if s.key in doubted else "",
        )
        for s in settings(Market())
        if not s.key.startswith("doubt.")
    )  # fmt: skip
    return table("key, symbol, default, allowed, unit, meaning, doubt", rows)


def about_presets() -> str:
    """What the presets of markets set, with its doubt."""
    presets = {
        path.stem: Market.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        for path in sorted((CONFIGS / "market").glob("*.yaml"))
    }
    values = {
        name: {key: value for key, _, value in parameters(market)}
        for name, market in presets.items()
    }
    usual = {key: value for key, _, value in parameters(Market())}
    doubt_of = {key: name for name, key in DOUBTED.items()}
    rows = []
    for key in usual:
        if key.startswith("doubt.") or all(one[key] == usual[key] for one in values.values()):
            continue
        rows.append(
            [code(key)]
            + [
                shown(one[key]) + (f" ± {width:g}" if width else "")
                for one in values.values()
                for width in (one.get(f"doubt.{doubt_of.get(key, key)}"),)
            ]
        )
    return table(", ".join(("key", *values)), rows)


def fields_table(model: type[BaseModel]) -> str:
    """The settings of one of a list of things: a shock, a rival."""
    fields = model.model_fields
    rows = (
        (
            code(name),
            allowed(field),
            unit_of(field) or kind_of(field),
            plain(str(field.description)),
        )
        for name, field in fields.items()
    )
    return table("key, allowed, unit, meaning", rows)


def about_state(name: str) -> str:
    """The fields of a state class, a table for each group that its comments name."""
    kind = getattr(state, name)
    fields = state.fields(kind)
    groups: dict[str, list[Sequence[str]]] = {"": []}
    for line in inspect.getsource(kind).splitlines():
        field = line.strip().partition(":")[0]
        if line.strip().startswith("#"):
            groups[line.strip("# ")] = []
        elif field in fields:
            about = fields[field][1]
            symbol, meaning = split_symbol(about.meaning)
            many = f", {about.width} of them" if about.width > 1 else ""
            [*groups.values()][-1].append(
                (code(field), code(symbol), about.unit, plain(meaning) + many)
            )
    return "\n\n".join(
        (f"*{title}*\n\n" if title else "") + table("field, symbol, unit, meaning", rows)
        for title, rows in groups.items()
        if rows
    )


def about_world() -> str:
    """The numbers of a world that are no coefficients, factors on prices or switches."""
    rows = []
    for name, about in OWN.items():
        symbol, meaning = split_symbol(about.meaning)
        rows.append((code(name), code(symbol), about.unit, plain(meaning)))
    return table("number, symbol, unit, meaning", rows)


def about_events() -> str:
    """The events of a month, as its module numbers them."""
    text = inspect.cleandoc(str(month.__doc__))
    return "\n".join(re.findall(r"^\d\. .*$", text, re.MULTILINE))


def about_passes() -> str:
    """The rules in the order in which the passes over people call them."""
    tree = ast.parse(inspect.getsource(month.passes))
    lines = []
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef) and function.name in month.Passes._fields:
            called = [
                (node.lineno, node.func.id)
                for node in ast.walk(function)
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            ]
            names = [name for _, name in sorted(called) if name in rules.Rules._fields]
            lines.append(f"- **{function.name}**: {', '.join(map(code, dict.fromkeys(names)))}")
    return "\n".join(lines)


def about_luck() -> str:
    """The names of luck."""
    kinds: list[Any] = [kind for kind in vars(luck).values() if hasattr(kind, "_fields")]
    rows = (
        (code(kind.__name__), plain(str(kind.__doc__)), ", ".join(map(code, kind._fields)))
        for kind in kinds
    )
    return table("luck, what it is, draws", rows)


def about_rules() -> str:
    """Every rule in words, by file, in the order in which a month first comes to the file."""
    names = {
        (function.__module__.rpartition(".")[2], function.__name__): name
        for name, function in rules.Rules._field_defaults.items()
    }
    first = [room for room, _ in names]
    rest = [path.stem for path in sorted(ROOMS.glob("*.py")) if path.stem != "__init__"]
    return "\n\n".join(_room(room, names) for room in dict.fromkeys([*first, *rest]))


def _room(room: str, names: dict[tuple[str, str], str]) -> str:
    tree = ast.parse((ROOMS / f"{room}.py").read_text(encoding="utf-8"))
    about = plain(str(ast.get_docstring(tree)))
    lines = [f"### {room.capitalize()}", f"[{room}.py](../agents/rules/{room}.py). {about}"]
    switches = [f"`{one.name}` ({one.code})" for one in mechanisms() if one.room == room]
    if switches:
        lines.append(f"Mechanisms: {', '.join(switches)}.")
    items = []
    for before, node in zip([None, *tree.body], tree.body, strict=False):
        if isinstance(node, ast.FunctionDef):
            name = names.get((room, node.name))
            title = code(node.name)
            if name is not None:
                title = f"**{name}**" if name == node.name else f"**{name}** ({title})"
            items.append(f"- {title}: {plain(str(ast.get_docstring(node)))}")
        elif isinstance(before, ast.Assign) and isinstance(node, ast.Expr):
            items.append(f"- {code(ast.unparse(before))}: {plain(ast.literal_eval(node.value))}")
    return "\n\n".join([*lines, "\n".join(items)])


def about_results() -> str:
    """The columns of the results, from the page that defines them."""
    text = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")
    lines = []
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        title = section.partition("\n")[0]
        cells = re.findall(r"^\| (`[^|]*`) \|", section, re.MULTILINE)
        names = [name for cell in cells for name in re.findall(r"`\w+`", cell)]
        lines.append(f"- **{title}**: {', '.join(names)}")
    return "\n".join(lines)


PARTS: dict[str, Callable[..., str]] = {
    "mechanisms": about_mechanisms,
    "coefficients": about_coefficients,
    "costs": lambda: numbers_table(Costs()),
    "market": about_market,
    "presets": about_presets,
    "population": lambda: settings_table(Population()),
    "network": lambda: settings_table(Network()),
    "levers": about_levers,
    "shock": lambda: fields_table(Shock),
    "rival": lambda: fields_table(Rival),
    "state": about_state,
    "world": about_world,
    "events": about_events,
    "passes": about_passes,
    "luck": about_luck,
    "rules": about_rules,
    "results": about_results,
}
"""What a mark can ask for."""


def main() -> None:
    """Fill the generated parts of all pages."""
    for page in pages():
        text = page.read_text(encoding="utf-8")
        if filled(text) != text:
            page.write_text(filled(text), encoding="utf-8")
            print(f"made anew: docs/{page.name}")


if __name__ == "__main__":
    main()
