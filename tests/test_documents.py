"""The pages made from the code say what the code says, and name all that there is."""

import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from pydantic import BaseModel
from scipy import stats

from engagesim.agents import state
from engagesim.agents.rules import Rules
from engagesim.scenarios.coefficients import Coefficients
from engagesim.scenarios.costs import Costs
from engagesim.scenarios.formula import INTERACTIONS
from engagesim.scenarios.levers import Levers, Strategy
from engagesim.scenarios.market import Buying, Market, Network
from engagesim.scenarios.mechanisms import mechanisms
from engagesim.scenarios.parameter import evidence_of, parameters, unit_of
from engagesim.scenarios.scenario import Scenario
from engagesim.sim.describe import PARTS, filled, made, pages
from engagesim.sim.doubt import draw
from engagesim.sim.tables import split_symbol
from engagesim.sim.world import (
    COEFFICIENTS,
    OWN,
    SWITCHES,
    WALLET_PRECISION,
    wallet_table,
    world_of,
)

ROOT = Path(__file__).parents[1]
SOURCES = "\n".join(
    file.read_text(encoding="utf-8")
    for folder in ("agents", "sim")
    for file in (ROOT / folder).rglob("*.py")
)
GROUPS = {
    "coefficients": Coefficients(),
    "costs": Costs(),
    "levers": Levers(),
    "market": Market(),
    "network": Network(),
}
STATES = (state.Person, state.Said, state.Offer, state.Totals)


def test_pages__are_what_the_code_makes():
    assert [page.name for page in pages()] == ["odd.md", "parameters.md"]
    for page in pages():
        text = page.read_text(encoding="utf-8")
        assert filled(text) == text, f"docs/{page.name} is behind the code: run `make docs`"


def test_pages__have_every_part():
    marks = re.findall(
        r"<!-- made: (\w+)", "".join(page.read_text(encoding="utf-8") for page in pages())
    )
    assert set(marks) == set(PARTS)


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_pages__tables_are_whole(page: Path) -> None:
    """Every row has as many cells as its head: no text breaks a table."""
    for block in re.split(r"\n(?!\|)", page.read_text(encoding="utf-8")):
        rows = [line for line in block.splitlines() if line.startswith("|")]
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in rows}) <= 1, rows[:1]


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_pages__links_lead_to_files(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    assert targets
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_parameters__name_every_number_and_switch():
    text = (ROOT / "docs" / "parameters.md").read_text(encoding="utf-8")
    for group, model in Coefficients():
        (section,) = re.findall(
            rf"`coefficients\.{group}\.`\n\n(.*?)\n\n", text + "\n\n", re.DOTALL
        )
        assert re.findall(r"^\| `(\w+)`", section, re.MULTILINE) == list(type(model).model_fields)
    for department, model in Levers():
        if isinstance(model, BaseModel):
            (section,) = re.findall(rf"begin with `{department}\.`\n\n(.*?)\n\n", text, re.DOTALL)
            named = re.findall(r"^\| `(\w+)[`.]", section, re.MULTILINE)
            assert list(dict.fromkeys(named)) == list(type(model).model_fields)
    for key in (
        "fixed_cost",
        "budget_year",
        "departments",
        "score",
        *INTERACTIONS,
        *Costs.model_fields,
        *(one.name for one in mechanisms()),
    ):
        assert f"| `{key}` |" in text, key
    for key, _, _ in parameters(Market()):
        assert f"| `{key}` |" in text or key.startswith("doubt."), key


@pytest.mark.parametrize("kind", STATES, ids=lambda kind: kind.__name__)
def test_odd__names_every_field(kind: type) -> None:
    rows = re.findall(r"^\| `(\w+)`", made(f"state {kind.__name__}"), re.MULTILINE)
    assert rows == list(state.fields(kind))


def test_odd__names_every_rule():
    text = made("rules")
    passes = made("passes")
    for name, function in Rules._field_defaults.items():
        assert f"- **{name}**" in text
        assert " ".join(str(function.__doc__).split("\n")[0].split())[:40] in text
        assert f"`{name}`" in passes
    rooms = [file.read_text(encoding="utf-8") for file in (ROOT / "agents" / "rules").glob("*.py")]
    functions = re.findall(r"^@rule\ndef (\w+)", "\n".join(rooms), re.MULTILINE)
    assert len(functions) > 60
    assert [
        name for name in functions if f"`{name}`" not in text and f"**{name}**" not in text
    ] == []


def test_levers_and_market__have_unit_and_meaning():
    for group in ("levers", "market", "network"):
        for key, field, value in parameters(GROUPS[group]):
            assert field.description, key
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                assert unit_of(field), key


def test_world__all_its_numbers_are_described():
    world = vars(a_world())
    switches = {f"with_{name}" for name in SWITCHES}
    assert set(OWN) == set(world) - set(COEFFICIENTS) - switches
    assert all(about.meaning for about in OWN.values())


@pytest.mark.parametrize("group", ["coefficients", "costs"])
def test_numbers__are_all_read_somewhere(group: str) -> None:
    """No number is documented that nothing reads."""
    names = [key.rpartition(".")[2] for key, _, _ in parameters(GROUPS[group])]
    unread = [n for n in names if not re.search(rf'\bworld\.{n}\b|numbers\["{n}"\]', SOURCES)]
    assert unread == []


def test_switches__are_all_at_work():
    """A switch has coefficients that carry it, or some rule or the start reads it."""
    carried = {
        evidence.switch for _, f, _ in parameters(Coefficients()) if (evidence := evidence_of(f))
    }
    for one in mechanisms():
        read = re.search(
            rf"\bworld\.with_{one.name}\b|\b(mechanisms|acting)\.{one.name}\b", SOURCES
        )
        assert one.name in carried or read, one.name
        assert (ROOT / "agents" / "rules" / f"{one.room}.py").is_file()


class Place(NamedTuple):
    """Where a symbol is in the code, its default and range if it is a parameter."""

    symbol: str
    where: str
    default: float | None = None
    between: tuple[float, float] | None = None


SYMBOLS = [
    # What customers feel.
    Place("S", "Person.satisfaction"),
    Place("X", "Person.expectation"),
    Place("T", "Person.trust"),
    Place("T0", "Person.trust_home"),
    Place("T0", "coefficients.trust.trust_disposition", 0.52, (0.4, 0.6)),
    Place("T0 precision", "coefficients.trust.trust_precision", 2.5, (1.5, 8.0)),
    Place("E", "Person.engagement"),
    Place("E0", "Person.engagement_home"),
    Place("E0 intercept", "coefficients.engagement.set_point_base", 0.24, (0.1, 0.3)),
    Place("E0 slope", "coefficients.engagement.set_point_slope", 0.48, (0.2, 0.6)),
    Place("E0 precision", "coefficients.engagement.set_point_precision", 5.5, (4.0, 12.0)),
    Place("res", "Person.resentment"),
    Place("ties", "Person.ties"),
    # Who they are.
    Place("Vr", "Person.rational"),
    Place("Vh", "Person.hedonic"),
    Place("Vr", "market.rational_involvement", 0.75),
    Place("Vh", "market.hedonic_involvement", 0.45),
    Place("sd_V", "coefficients.engagement.involvement_sd", 0.10, (0.0, 0.2)),
    Place("q", "Person.match"),
    Place("sd_q", "coefficients.satisfaction.match_sd", 0.20, (0.12, 0.25)),
    Place("g", "Person.reputation"),
    Place("g", "coefficients.talk.reputation_mean", 0.50, (0.35, 0.6)),
    Place("sd_g", "coefficients.talk.reputation_sd", 0.10, (0.05, 0.15)),
    Place("SOW", "Person.wallet"),
    Place("d", "Person.deal_prone"),
    Place("d_i", "coefficients.contact.deal_precision", 5.0, (3.0, 8.0)),
    Place("C", "Person.switching"),
    Place("theta", "Person.propensity"),
    Place("lam", "Person.rate"),
    Place("alpha", "market.leaving.a", 0.704),
    Place("beta", "market.leaving.b", 1.182),
    # Encounters.
    Place("mu_P", "levers.service.performance", 0.70),
    Place("sd_P", "coefficients.satisfaction.performance_sd", 0.12, (0.08, 0.18)),
    Place("P", "Person.performance_sum"),
    Place("Xn", "market.category_norm", 0.70),
    Place("Sref", "market.satisfaction_reference", 0.695),
    Place("Pref", "market.performance_reference", 0.70),
    Place("enc", "market.encounters", 1.0),
    Place("k", "Person.encounters"),
    Place("om", "world.learning", 1.0),
    Place("kap", "coefficients.satisfaction.learning_pooling", 0.5, (0.2, 2.0)),
    Place("n", "Person.experience"),
    Place("tenure", "Person.tenure"),
    Place("f", "market.failure", 0.065),
    Place("f", "Offer.failure"),
    Place("sev", "coefficients.satisfaction.failure_severity", 0.35, (0.1, 0.7)),
    Place("R", "market.recovery", 0.5),
    Place("R", "Offer.recovery"),
    Place("rho_R", "coefficients.satisfaction.recovery_effect", 0.6, (0.3, 1.1)),
    Place("unrec", "Person.unrecovered"),
    Place("rcv", "Person.failures"),  # less those that were not recovered
    Place("sc", "coefficients.satisfaction.contact_share", 0.3, (0.05, 1.0)),
    # Levers.
    Place("e", "levers.service.effort", 0.4),
    Place("human", "levers.service.human", 0.5),
    Place("s", "levers.service.self_service", 0.5),
    Place("delta", "levers.data.depth", 0.3),
    Place("tau", "levers.data.transparency", 0.3),
    Place("chi", "levers.data.control", 0.3),
    Place("eth", "levers.data.ethics", 0.5),
    Place("m", "levers.marketing.messages", 1.0),
    Place("m0", "coefficients.contact.ideal_messages", 4.0, (2.0, 8.0)),
    Place("nch", "levers.marketing.channels", 2),
    Place("aligned", "levers.marketing.aligned", 0.0),
    Place("rel", "levers.marketing.relevance", 0.3),
    Place("comm", "levers.community.capacity", 0.0),
    Place("recog", "levers.community.recognition", 0.0),
    Place("surp", "levers.service.surprise", 0.0),
    Place("press", "levers.community.pressure", 0.0),
    *(
        Place(f"{symbol}0", f"world.neutral_{name}", value)
        for symbol, name, value in [
            ("e", "effort", 0.4), ("human", "human", 0.5), ("s", "self_service", 0.5),
            ("rel", "relevance", 0.3), ("tau", "transparency", 0.3), ("chi", "control", 0.3),
            ("eth", "ethics", 0.5),
        ]
    ),
    # Money that becomes experience.
    Place("x", "levers.invest.quality", 0.0),
    Place("rho", "levers.flywheel.reinvested", 0.0),
    *(
        Place(f"{symbol} {row}", f"coefficients.investing.{aspect}_{name}", default, (low, high))
        for row, aspect, gain, most, scale, lag in [
            ("H1", "quality", 0.08, 0.15, 0.03, 6.0), ("H2", "reliability", 0.5, 0.8, 0.015, 3.0),
            ("H3", "recovery", 0.35, 0.5, 0.01, 2.0), ("H4", "effort", 0.2, 0.3, 0.015, 3.0),
            ("H5", "relevance", 0.4, 0.6, 0.007, 3.0), ("H6", "community", 0.5, 0.8, 0.01, 9.0),
        ]
        for symbol, name, default, low, high in [
            ("g", "gain", gain, 0.0, most),
            ("h", "scale", scale, round(scale / 3, 4), round(scale * 3, 4)),
            ("lag", "lag", lag, lag / 2, lag * 2),
        ]
    ),
    # Points.
    Place("member", "Person.member"),
    Place("bal", "Person.points"),
    Place("goal", "levers.points.goal", 4.0),
    Place("prog", "Person.progress"),
    # The market.
    Place("pr", "Person.belief"),
    Place("pr", "market.belief", 0.35),
    Place("pr0", "world.belief_anchor"),
    Place("deg", "network.degree", 8),
    Place("reach", "coefficients.talk.reach", 2.0, (1.0, 4.0)),
    Place("gm", "market.gross_margin", 0.25),
    Place("y", "market.buying.basket", 30.0),  # the bill of a month, where there is a contract
    # What the bridge to published retention needs.
    Place("S*", "Person.satisfaction_norm"),
    Place("X*", "Person.expectation_norm"),
    Place("T*", "Person.trust_norm"),
    Place("E*", "Person.engagement_norm"),
    Place("Sbar", "world.satisfaction_bar"),
    Place("Tbar", "world.trust_bar"),
    Place("gam", "market.curvature", 2.5),
    Place("ds", "coefficients.spending.discretionary", 0.2, (0.0, 0.5)),
    Place("cS", "coefficients.spending.spend_satisfaction", 0.4, (0.0, 1.0)),
]  # fmt: skip

SHORTHAND = {
    "V": ("involvement", "return 0.5 * (customer.rational + customer.hedonic)"),
    "m*": ("contact", "    ideal = ("),
    "part": ("engagement", "    participation = "),
    "U_own": ("leaving", "curved + 0.5 * trust - (coming_price(customer, offer) - 1.0)"),
}
"""Symbols for what a rule works out on the way: its file, and the line that does."""

OPEN = {
    "U_comp": "rivals come later: their pull is the utility lost against one's own neutral level",
}
"""Symbols that have no place yet, and why."""


@pytest.mark.parametrize("place", SYMBOLS, ids=lambda place: f"{place.symbol}:{place.where}")
def test_symbol__has_meaning_unit_and_default(place: Place) -> None:
    unit, meaning, symbol, default, between = found(place.where)
    assert unit
    assert meaning
    if symbol:
        assert place.symbol == symbol
    if place.default is not None:
        assert default == pytest.approx(place.default)
    if place.between is not None:
        assert between == place.between


@pytest.mark.parametrize("symbol", SHORTHAND)
def test_symbol__of_a_rule_is_in_it(symbol: str) -> None:
    room, line = SHORTHAND[symbol]
    assert line in (ROOT / "agents" / "rules" / f"{room}.py").read_text(encoding="utf-8")


def test_symbol__share_of_wallet_is_a_beta():
    mean = Buying().wallet
    shapes = WALLET_PRECISION * mean, WALLET_PRECISION * (1.0 - mean)
    assert shapes == pytest.approx((1.6, 2.4))
    table = wallet_table(mean)
    assert table[len(table) // 2] == pytest.approx(stats.beta.median(*shapes), abs=1e-3)


def test_symbol__open_ones_are_open():
    assert not {*OPEN, *SHORTHAND} & {place.symbol for place in SYMBOLS}


def found(where: str) -> tuple[str, str, str, Any, tuple[float, float] | None]:
    """Unit, meaning, symbol (if it says one), default and range of a place in the code."""
    top, _, key = where.partition(".")
    if top in ("Person", "Offer"):
        _, about = state.fields(getattr(state, top))[key]
        symbol, meaning = split_symbol(about.meaning)
        return about.unit, meaning, symbol, None, None
    if top == "world":
        symbol, meaning = split_symbol(OWN[key].meaning)
        return OWN[key].unit, meaning, symbol, getattr(a_world(), key), None
    ((field, default),) = [(f, v) for name, f, v in parameters(GROUPS[top]) if name == key]
    evidence = evidence_of(field)
    if evidence is not None:
        between = evidence.low, evidence.high
        return evidence.unit, str(field.description), evidence.symbol, default, between
    symbol, meaning = split_symbol(str(field.description))
    return unit_of(field), meaning, symbol, default, None


def a_world() -> state.World:
    """A world at all defaults."""
    scenario = Scenario(strategies={"none": Strategy()}, uncertainty="none", worlds=1)
    return world_of(scenario, draw(scenario, 0))
