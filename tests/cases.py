"""What tests live on: the shipped markets and presets, generated scenarios, and exact comparison.

Import it relatively: `from .cases import ...`.
"""

from __future__ import annotations

import atexit
import functools
import hashlib
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import yaml
from hypothesis import strategies as st

from engagesim.agents.company import Company
from engagesim.agents.experience import ASPECTS
from engagesim.agents.rules import Rules
from engagesim.agents.state import Offer, Person, World, layout
from engagesim.scenarios.channels import CHANNELS
from engagesim.scenarios.levers import DEPARTMENTS, Levers, Strategy
from engagesim.scenarios.mechanisms import Mechanisms
from engagesim.scenarios.scenario import Scenario
from engagesim.sim.doubt import draw
from engagesim.sim.run import Run, Start, begin, run
from engagesim.sim.world import world_of

CONFIGS = Path(__file__).parents[1] / "configs"
MARKETS = ("telecom", "apparel")
PRESETS = ("none", "points_only", "flywheel", "flywheel_with_points", "flywheel_badly_run")
ALL_MARKETS = ("apparel", "bank", "car", "cosmetics", "grocery", "telecom", "travel")
ALL_PRESETS = (
    "cashback", "community", "concierge", "flywheel", "flywheel_badly_run", "flywheel_with_points",
    "none", "points_only", "rewards_beyond_purchase", "self_service", "targeted_email", "tiered",
)  # fmt: skip
RULES = Rules()
_folder = Path(tempfile.mkdtemp(prefix="engagesim-edges-"))
atexit.register(shutil.rmtree, _folder, ignore_errors=True)


# Shipped.


@functools.cache
def _read(group: str, name: str) -> Any:
    return yaml.safe_load((CONFIGS / group / f"{name}.yaml").read_text(encoding="utf-8"))


def market(name: str, **changes: Any) -> dict[str, Any]:
    """A shipped market, some of its settings changed."""
    return {**_read("market", name), **changes}


def preset(name: str) -> Strategy:
    """A shipped strategy."""
    return Strategy.model_validate(_read("strategy", name))


def small(**changes: Any) -> Scenario:
    """A small telecom scenario without uncertainty, its books checked; top-level settings differ.

    The one strategy is `none`, if no others are given.
    """
    usual: dict[str, Any] = {
        "market": market("telecom"),
        "population": {"size": 60, "customer_share": 0.7, "start": "cohort"},
        "network": {"kind": "none"},
        "strategies": {"none": preset("none")},
        "horizon": 6,
        "uncertainty": "none",
        "worlds": 1,
        "threads": 1,
        "checks": True,
    }
    return Scenario.model_validate({**usual, **changes})


def none_of_them() -> Mechanisms:
    """Every mechanism off."""
    return Mechanisms.model_validate(dict.fromkeys(Mechanisms.model_fields, False))


# Lived.


def lived(scenario: Scenario, world: int = 0, start: Start | None = None) -> Run:
    """The run of a scenario's first strategy in one world, under the default rules."""
    start = start or begin(scenario, world, RULES)
    name, strategy = next(iter(scenario.strategies.items()))
    return run(start, name, strategy, RULES)


# The pieces that rules take.


def world(scenario: Scenario | None = None, **numbers: Any) -> World:
    """The world of a scenario before calibration, some of its numbers changed."""
    scenario = scenario or small()
    made = world_of(scenario, draw(scenario, 0))
    vars(made).update(numbers)
    return made


def offer(strategy: Levers | Mapping[str, Any] | None = None, **place: Any) -> Offer:
    """The offer of levers; `place` may name the scenario and the world."""
    scenario = place.get("scenario") or small()
    levers = strategy if isinstance(strategy, Levers) else Levers.model_validate(strategy or {})
    company = Company([(0, levers)], scenario.market)
    return company.plan(0, place.get("world") or world(scenario))


def person(**fields: Any) -> Any:
    """A person, all of whose fields are zero but those given."""
    blank = np.zeros((), dtype=layout(Person))
    values = {name: blank[name].tolist() for name in blank.dtype.names or ()}
    return SimpleNamespace(**{**values, **fields})


# Exact comparison: equal bits, so that nan equals nan and 0.0 differs from -0.0.


def same_bits(one: Any, other: Any) -> bool:
    """Whether two columns hold the same, to the last bit."""
    a, b = np.asarray(one), np.asarray(other)
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    return a.tolist() == b.tolist() if a.dtype == object else a.tobytes() == b.tobytes()


def people_differing(one: Any, other: Any) -> list[str]:
    """Fields in which two tables of people differ."""
    assert one.dtype == other.dtype
    return [name for name in one.dtype.names if not same_bits(one[name], other[name])]


def frames_differing(one: pd.DataFrame, other: pd.DataFrame, leave_out: Sequence[str] = ()) -> Any:
    """Columns in which two frames differ, by order and bits."""
    if list(one.columns) != list(other.columns):
        return ["columns"]
    return [
        name
        for name in one.columns
        if name not in leave_out
        and not same_bits(one[name].to_numpy(object if one[name].dtype == "O" else None),
                          other[name].to_numpy(object if other[name].dtype == "O" else None))
    ]  # fmt: skip


def differing(one: Run, other: Run, *, names: bool = True) -> list[str]:
    """All in which two runs differ: "people.trust", "curves.profit"; `names` of strategies too."""
    leave_out = () if names else ("strategy",)
    found = [f"people.{name}" for name in people_differing(one.people, other.people)]
    for frame in ("curves", "ledger", "retention"):
        found += [
            f"{frame}.{name}"
            for name in frames_differing(getattr(one, frame), getattr(other, frame), leave_out)
        ]
    keys = [*one.summary, *(key for key in other.summary if key not in one.summary)]
    found += [
        f"summary.{key}"
        for key in keys
        if not same_bits(one.summary.get(key, "none"), other.summary.get(key, "none"))
    ]
    return found


# Generated.

part = st.floats(0.0, 1.0)


def between(low: float, high: float) -> st.SearchStrategy[float]:
    """Floats of a range, its ends likely."""
    return st.one_of(st.floats(low, high), st.sampled_from([low, high]))


def some(fields: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """A setting of some of these fields."""
    return st.fixed_dictionaries({}, optional=fields)


@st.composite
def mixes(draw: Any) -> list[dict[str, Any]]:
    """No channels, or some whose shares sum to one; all have as much staff as they need."""
    names = draw(st.lists(st.sampled_from(sorted(CHANNELS)), max_size=4, unique=True))
    parts = [draw(st.integers(1, 9)) for _ in names]
    return [
        {"name": name, "share": part / sum(parts)} for name, part in zip(names, parts, strict=True)
    ]


POINTS = {
    "earn": st.sampled_from([0.0, 0.01, 0.1, 0.5]),
    "goal": between(0.1, 12.0),
    "unit_cost": between(0.0, 2.0),
    "expected_breakage": part,
    "expiry_months": st.integers(4, 12),
    "inactivity_months": st.integers(1, 12),
    "closing_months": st.integers(0, 4),
    "welcome": part,
    "better_rewards": st.sampled_from([[], [{"goal": 13.0, "worth": 1.5}]]),
    "payout": st.booleans(),
    "experience_cost": st.one_of(st.none(), between(0.0, 2.0)),
    "endowed": part,
    "progressive": st.booleans(),
    "tiers": st.lists(between(0.1, 20.0), max_size=5, unique=True).map(sorted),
    "tier_bonus": between(0.0, 2.0),
    "tier_recognition": part,
    "automatic": st.booleans(),
    "admin_budget": between(0.0, 0.1),
}
STAGES = ("all", "first_time", "repeat", "loyal", "advocate", "at_risk")
LEVERS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "offer": {"price": between(0.5, 2.0), "discount": between(0.0, 0.5)},
    "points": POINTS,
    "membership": {
        "fee": between(0.0, 10.0),
        "fee_months": st.integers(1, 12),
        "discount": between(0.01, 0.9),
    },
    "service": {
        "performance": part,
        "failure_factor": between(0.0, 5.0),
        "recovery": st.one_of(st.none(), part),
        "human": part,
        "self_service": part,
        "effort": part,
        "surprise": between(0.0, 5.0),
        "surprise_stage": st.sampled_from(STAGES),
        "proactive": part,
        "proactive_stage": st.sampled_from(STAGES),
        "proactive_salient": part,
        "proactive_selling": part,
        "concierge": part,
        "channels": mixes(),
        "resolution": part,
        "experts": between(0.0, 2.0),
        "recovery_price": between(0.0, 10.0),
        "surprise_price": between(0.0, 10.0),
        "proactive_price": between(0.0, 10.0),
        "concierge_factor": between(1.0, 20.0),
        "budget": between(0.0, 0.1),
    },
    "marketing": {
        "messages": between(0.0, 100.0),
        "channels": st.integers(1, 10),
        "aligned": part,
        "relevance": part,
        "personalisation": part,
        "timing": part,
        "cap": st.one_of(st.none(), between(0.0, 100.0)),
        "target": some(
            {
                "by": st.sampled_from(["recency", "frequency", "value", "score", "random"]),
                "share": part,
                "order": st.sampled_from(["high", "low"]),
            }
        ),
        "holdout": between(0.0, 0.5),
        "coupon": between(0.0, 0.9),
        "acquisition": between(0.0, 100.0),
        "winback": some(
            {
                "months": st.integers(1, 36),
                "discount": between(0.0, 0.9),
                "price_months": st.integers(1, 36),
                "price": between(0.0, 20.0),
            }
        ),
        "budget": between(0.0, 0.1),
    },
    "community": {
        "capacity": part,
        "recognition": part,
        "pressure": part,
        "ideas": part,
        "idea_price": between(0.0, 50.0),
        "ambassadors": between(0.0, 0.05),
        "ambassador_price": between(0.0, 50.0),
        "ambassador_pay": between(0.0, 50.0),
        "budget": between(0.0, 0.1),
    },
    "data": {
        "depth": part,
        "transparency": part,
        "control": part,
        "ethics": part,
        "listening": part,
    },
    "referrals": {"reward": between(0.0, 50.0)},
    "acts": {"sharing": between(0.0, 20.0), "newsletter": between(0.0, 5.0)},
    "invest": dict.fromkeys(ASPECTS, between(0.0, 0.2)),
}
SAVE = {
    "discount": between(0.0, 0.9),
    "months": st.integers(1, 36),
    "price": between(0.0, 20.0),
}
DEPARTED = st.lists(st.sampled_from(list(DEPARTMENTS)), unique=True)
SCORE = st.sampled_from(["", "3*purchases - complaints", "max(ideas, told/contacts) + referrals"])
BUDGET = st.sampled_from([None, 100.0, 5000.0])
SHARED: dict[str, tuple[str, ...]] = {
    "service": ("experts",), "marketing": ("target",), "community": ("ambassadors",),
}  # fmt: skip
"""Levers of which there is so much for all customers together."""
FLYWHEELS = st.builds(
    lambda share, into: {"reinvested": share, **dict.fromkeys(into, 1.0 / len(into))},
    part,
    st.lists(st.sampled_from(ASPECTS), min_size=1, unique=True),
)
"""Margin put back into some of the aspects, in equal parts."""


@st.composite
def strategies(
    draw: Any, months: int = 14, *, shared: bool = True, contracts: bool = False
) -> dict[str, Any]:
    """A preset, or levers over their ranges; perhaps short of staff, perhaps changed later.

    Without what is `shared`, nobody has anything to do with how many others there are: no company
    is short of staff or money, puts margin back, or picks the best few. Where there are
    `contracts`, offers may be made to those about to leave.
    """
    if draw(st.booleans()):
        levers = dict(_read("strategy", draw(st.sampled_from(PRESETS))))
    else:
        groups = {group: some(fields) for group, fields in LEVERS.items()}
        groups |= {"departments": DEPARTED, "score": SCORE, "budget_year": BUDGET}
        levers = draw(some(groups))
        if "points" in levers:
            levers = {**levers, "points": with_tiers_on_points(levers["points"])}
        levers = with_fees_for_something(levers)
    if shared and draw(st.booleans()):
        staff = draw(between(0.1, 1.5))
        levers = {**levers, "service": {**levers.get("service", {}), "staff": staff}}
        levers["service"].pop("channels", None)
    if shared and draw(st.booleans()):
        levers = {**levers, "flywheel": draw(FLYWHEELS)}
    if contracts:
        levers["marketing"] = {**levers.get("marketing", {}), "save": draw(some(SAVE))}
    if not shared:
        levers = {group: unshared(group, fields) for group, fields in levers.items()}
    changes = []
    for month in draw(st.lists(st.integers(0, months), max_size=2)):
        group = draw(st.sampled_from(sorted(LEVERS)))
        name = draw(st.sampled_from(sorted(LEVERS[group])))
        if not shared and name in SHARED.get(group, ()):
            continue
        changed = {name: draw(LEVERS[group][name])}
        if name == "target":
            changed = {"target.share": changed[name].get("share", 0.5)}
        if name == "winback":
            changed = {f"winback.{part}": value for part, value in changed[name].items()}
            changed = changed or {"winback.months": 0}
        if (group, name) == ("service", "channels"):
            changed["staff"] = None
        if name in ("earn", "tiers"):
            changed = with_tiers_on_points({"tiers": [], **changed})
        new = {f"{group}.{k}": v for k, v in changed.items()}
        if name == "fee":
            new |= {"membership.discount": 0.05}
        changes.append({"month": month, "set": new})
    return {**levers, "changes": changes}


def unshared(group: str, setting: Any) -> Any:
    """The same setting of a group of levers, without what all customers share."""
    if group == "budget_year":
        return None
    if group not in SHARED:
        return setting
    return {name: value for name, value in setting.items() if name not in SHARED[group]}


def with_tiers_on_points(points: dict[str, Any]) -> dict[str, Any]:
    """The same, but for an earn rate where there are tiers: a tier is one of a programme."""
    if points.get("tiers") and not points.get("earn"):
        return {**points, "earn": 0.05}
    return points


def with_fees_for_something(levers: dict[str, Any]) -> dict[str, Any]:
    """The same, but for a price that members pay for: nobody pays for nothing."""
    if not levers.get("membership", {}).get("fee"):
        return levers
    return {**levers, "membership": {"discount": 0.05, **levers["membership"]}}


@st.composite
def shocks(draw: Any, months: int) -> list[dict[str, Any]]:
    """What may strike in so many months, twice in the same one perhaps; mostly nothing does."""
    if draw(st.booleans()):
        return []
    month = {"month": st.integers(0, months - 1)}
    event = st.fixed_dictionaries(
        {"kind": st.sampled_from(["breach", "rival_breach", "scandal", "portability"]), **month},
        optional={"severity": part, "share": part, "by_ethics": st.booleans()},
    )
    length = st.integers(1, months)
    outage = st.fixed_dictionaries(
        {"kind": st.just("outage"), **month},
        optional={"severity": part, "share": part, "months": length},
    )
    of_all = st.fixed_dictionaries(
        {"kind": st.sampled_from(["recession", "price_war"]), **month},
        optional={"severity": part, "months": length},
    )
    found: list[dict[str, Any]] = draw(st.lists(event | outage | of_all, max_size=3))
    return found


@st.composite
def mechanisms(draw: Any, *, without: Sequence[str] = ()) -> dict[str, bool]:
    """What acts: all, all but a few and those that need them, or nothing at all."""
    choice = draw(st.sampled_from(["all", "some", "some", "none"]))
    acting = none_of_them() if choice == "none" else Mechanisms()
    if choice == "some":
        for name in draw(st.lists(st.sampled_from(list(Mechanisms.model_fields)), max_size=8)):
            acting = acting.without(name)
    for name in without:
        acting = acting.without(name)
    return acting.model_dump()


@st.composite
def markets(draw: Any) -> dict[str, Any]:
    """A shipped market with some settings over their ranges."""
    changes: dict[str, Any] = draw(
        some(
            {
                "renewal_months": st.sampled_from([1, 6, 12]),
                "inactivity_months": st.integers(1, 12),
                "encounters": between(0.1, 3.0),
                "failure": between(0.0, 0.5),
                "recovery": part,
                "curvature": st.sampled_from([0.5, 1.0, 2.5]),
                "hedonic_involvement": part,
                "rational_involvement": part,
                "rival_performance": part,
                "nps": between(-90.0, 90.0),
                "rival_programmes": st.integers(0, 8),
                "discounter": st.booleans(),
                "season": st.sampled_from([[1.0] * 12, [0.5] * 6 + [1.5] * 6]),
                "first_month": st.integers(1, 12),
                "leaving": st.sampled_from([{"a": 0.7, "b": 1.2}, {"a": 2.0, "b": 30.0}]),
            }
        )
    )
    return market(draw(st.sampled_from(MARKETS)), **changes)


@st.composite
def rivals(
    draw: Any, room: float, months: int, *, shared: bool = True, contracts: bool = False
) -> list[dict[str, Any]]:
    """None to seven rivals that share a part of the `room` there is, run for so many months."""
    count = draw(st.sampled_from([0, 0, 1, 1, 2, 3, 7])) if room > 0.05 else 0
    found = []
    for number in range(count):
        levers = draw(strategies(months, shared=shared, contracts=contracts))
        levers.pop("flywheel", None)
        rival = {
            "name": f"rival_{number}",
            "strategy": levers,
            "share": room / count * draw(between(0.1, 0.99)),
        }
        optional = {"enters": st.integers(0, months - 1), "copies": st.integers(1, months)}
        found.append({**rival, **draw(some(optional))})
    return found


def edge_file(ties: Sequence[tuple[int, int]]) -> str:
    """The path of an edge list with these ties."""
    text = "one,other\n" + "".join(f"{one},{other}\n" for one, other in ties)
    path = _folder / f"{hashlib.sha256(text.encode()).hexdigest()[:16]}.csv"
    path.write_text(text, encoding="utf-8")
    return str(path)


@st.composite
def networks(draw: Any, size: int, kinds: Sequence[str]) -> dict[str, Any]:
    """A network of one of these kinds among `size` people; a file's ties are drawn."""
    kind = draw(st.sampled_from(kinds))
    if kind != "file":
        return {
            "kind": kind,
            "degree": draw(st.integers(1, 9)),
            "rewiring": draw(st.sampled_from([0.0, 0.1, 1.0])),
        }
    end = st.integers(0, size - 1)
    return {
        "kind": "file",
        "file": edge_file(draw(st.lists(st.tuples(end, end), max_size=4 * size))),
    }


RICH: dict[str, Any] = {
    "offer": {"discount": 0.1},
    "points": {"earn": 0.05, "goal": 0.5, "expiry_months": 4, "welcome": 0.2, "endowed": 0.2,
               "tiers": [2.0, 5.0], "tier_bonus": 0.5, "tier_recognition": 0.6,
               "better_rewards": [{"goal": 1.5, "worth": 1.3}], "experience_cost": 0.4,
               "expected_breakage": 0.1, "admin_budget": 0.01},
    "membership": {"fee": 0.5, "fee_months": 3, "discount": 0.04},
    "service": {"recovery": 0.7, "recovery_price": 4.0, "surprise": 0.4, "surprise_price": 1.0,
                "surprise_stage": "repeat", "proactive": 0.4, "proactive_salient": 0.5,
                "proactive_selling": 0.3, "concierge": 0.2, "budget": 0.02,
                "resolution": 0.2, "experts": 0.2, "appointment_price": 4.0,
                "channels": [{"name": "phone", "share": 0.4, "staff": 0.5},
                             {"name": "video", "share": 0.1},
                             {"name": "app", "share": 0.5}]},
    "marketing": {"messages": 40.0, "aligned": 0.8, "personalisation": 0.5, "timing": 0.8,
                  "coupon": 0.3, "acquisition": 20.0, "relevance": 0.7,
                  "winback": {"months": 12, "discount": 0.2, "price": 0.3},
                  "target": {"by": "signal", "share": 0.6}, "holdout": 0.2, "cap": 35.0},
    "community": {"capacity": 0.5, "recognition": 0.3, "ideas": 0.5, "budget": 0.01,
                  "ambassadors": 0.05, "ambassador_price": 2.0, "ambassador_pay": 1.0},
    "data": {"listening": 0.9, "budget": 0.01, "control": 0.8},
    "referrals": {"reward": 5.0},
    "acts": {"sharing": 3.0, "newsletter": 1.0},
    "invest": {"quality": 0.02, "relevance": 0.01},
    "flywheel": {"reinvested": 0.4, "reliability": 0.5, "community": 0.5},
    "fixed_cost": 7.0,
    "changes": [{"month": 5, "set": {"points.unit_cost": 1.3},
                 "switching": {"setup": 30.0, "per_customer": 0.5}},
                {"month": 20, "set": {"points.tiers": [8.0, 30.0]}}],
}  # fmt: skip
"""Levers that do all there is to do, and post to every account; tiers rise, so that some lose
theirs."""

KINDS = ("small_world", "scale_free", "random", "none", "file")


@st.composite
def scenarios(
    draw: Any,
    *,
    sizes: tuple[int, int] = (1, 80),
    months: tuple[int, int] = (1, 10),
    kinds: Sequence[str] = KINDS,
    shares: Sequence[float] = (0.3, 0.7, 1.0),
    alone: bool = False,
) -> Scenario:
    """Varied but valid scenarios with one strategy, `tried`; their books are checked.

    Where people are `alone`, nobody is touched by others through the company: nothing of it is
    shared, no ideas are used, and what is said in public wins nobody.
    """
    shared = ("co_creation", "public_opinion") if alone else ()
    size, horizon = draw(st.integers(*sizes)), draw(st.integers(*months))
    share = draw(st.sampled_from(shares))
    place = draw(markets())
    contracts = place["setting"] == "contractual"
    others = draw(rivals(1.0 - share, horizon, shared=not alone, contracts=contracts))
    tried = draw(strategies(months[1], shared=not alone, contracts=contracts))
    return Scenario.model_validate(
        {
            "market": {**place, "rivals": others},
            "population": {
                "size": size,
                "customer_share": share,
                "start": draw(st.sampled_from(["cohort", "base"])),
                "oldest": draw(st.sampled_from([12, 120])),
                "heterogeneity": draw(st.booleans()),
            },
            "network": draw(networks(size, kinds)),
            "strategies": {"tried": tried},
            "shocks": draw(shocks(horizon)),
            "mechanisms": draw(mechanisms(without=shared)),
            "horizon": horizon,
            "seed": draw(st.integers(0, 2**32 - 1)),
            "uncertainty": draw(st.sampled_from(["all", "luck"])),
            "threads": 1,
            "checks": True,
        }
    )
