"""The switches of the mechanisms: each does something, off is exactly absent, and where it lives.

A mechanism is shown absent by a twin. Its switch is turned off, and the world begins; then what the
switch had taken out of the world's numbers is put back, and its rule, or the part of a rule that it
lives in, is replaced by one that does nothing. Both must live the same lives, to the last bit.
"""

import ast
import contextlib
import functools
import importlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pytest

import engagesim as es
from engagesim.agents.rules import acts, rule
from engagesim.agents.rules import arithmetic as sums
from engagesim.agents.rules.deals import coming_price
from engagesim.agents.rules.joining import LONG_AGO
from engagesim.agents.rules.points import best_goal, lift, lock
from engagesim.agents.state import World
from engagesim.scenarios.levers import Strategy
from engagesim.scenarios.mechanisms import Mechanism, Mechanisms, mechanisms
from engagesim.scenarios.parameter import evidence_of, parameters
from engagesim.scenarios.scenario import Scenario
from engagesim.sim.course import Course
from engagesim.sim.doubt import absent, draw
from engagesim.sim.kernel import CompiledPeople
from engagesim.sim.model import Model
from engagesim.sim.run import Start, begin
from engagesim.sim.world import world_of

from .cases import RULES, differing, market, none_of_them, people_differing, same_bits, small

ALL = {mechanism.name: mechanism for mechanism in mechanisms()}
MONTHS = 15
ROOT = Path(__file__).parents[1]


# Two markets and one company that pulls every lever.

CONTRACT = market(
    "telecom",
    renewal_months=3,
    encounters=1.5,
    failure=0.1,
    rival_performance=0.8,
    rival_programmes=2,
    discounter=True,
)
BUYERS = market(
    "apparel",
    buying={"rate": 1.0, "shape": 1.0, "basket": 40.0},
    encounters=1.5,
    failure=0.1,
    rival_performance=0.8,
)
PLACES = {"contract": CONTRACT, "buyers": BUYERS}

BUSY: dict[str, Any] = {
    "offer": {"price": 1.1, "discount": 0.1},
    "points": {
        "earn": 0.1, "goal": 1.5, "welcome": 0.3, "endowed": 0.25, "progressive": True,
        "expiry_months": 4, "inactivity_months": 2, "closing_months": 1,
        "tiers": [1.5, 4.0], "tier_bonus": 0.2, "tier_recognition": 0.6,
        "better_rewards": [{"goal": 3.0, "worth": 1.3}], "experience_cost": 0.4,
    },
    "membership": {"fee": 3.0, "fee_months": 3, "discount": 0.04},
    "service": {
        "performance": 0.74, "failure_factor": 2.0, "recovery": 0.95, "human": 0.7,
        "self_service": 0.9, "effort": 0.55, "surprise": 0.5, "surprise_price": 1.0,
        "proactive": 0.4, "proactive_salient": 0.5, "proactive_selling": 0.4, "concierge": 0.3,
        "experts": 2.0, "expert_price": 100.0,
    },
    "marketing": {
        "messages": 14.0, "channels": 3, "aligned": 0.6, "relevance": 0.7, "personalisation": 0.9,
        "timing": 0.9, "coupon": 0.3, "acquisition": 4.0,
    },
    "community": {
        "capacity": 0.7, "recognition": 0.4, "pressure": 0.3, "ideas": 0.05, "ambassadors": 0.05,
    },
    "data": {"depth": 0.9, "transparency": 0.1, "control": 0.1, "ethics": 0.3, "listening": 1.0},
    "referrals": {"reward": 20.0},
    "acts": {"sharing": 4.0, "newsletter": 2.0},
    "invest": {
        "quality": 0.02, "reliability": 0.01, "recovery": 0.01, "effort": 0.01, "relevance": 0.005,
        "community": 0.01,
    },
    "changes": [
        {"month": 6, "set": {"marketing.messages": 5.0, "data.control": 1.0}},
        {"month": 7, "set": {"points.goal": 2.0, "points.tiers": [9.0, 20.0]}},
        {"month": 8, "set": {"acts.sharing": 0.0, "referrals.reward": 0.0}},
        {"month": 13, "set": {"points.earn": 0.0, "points.tiers": [], "membership.fee": 0.0,
                              "membership.discount": 0.0}},
    ],
}  # fmt: skip
SHOCKS = (
    {"kind": "breach", "month": 3, "share": 0.7},
    {"kind": "scandal", "month": 5, "share": 0.6},
    {"kind": "portability", "month": 9},
    {"kind": "rival_breach", "month": 11, "severity": 0.5, "share": 0.8},
)


def changed(tree: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A tree with some dotted keys changed; of a whole lever, its scheduled changes go as well."""
    made = {key: dict(value) if isinstance(value, dict) else value for key, value in tree.items()}
    for key, value in changes.items():
        group, _, name = key.partition(".")
        made[group] = {**made[group], name: value} if name else value
    return made


@functools.cache
def scene(place: str, off: frozenset[str], people: int, settings: str) -> Scenario:
    """The busy company in a place, some mechanisms off, other settings (JSON) changed."""
    tree: dict[str, Any] = {
        "market": PLACES[place],
        "population": {"size": people, "customer_share": 0.7, "start": "base"},
        "network": {"kind": "small_world", "degree": 6},
        "strategies": BUSY,
        "shocks": SHOCKS,
        "horizon": MONTHS,
        "coefficients": {},
    }
    tree = changed(tree, json.loads(settings))
    tree["strategies"] = {"busy": tree["strategies"]}
    tree["mechanisms"] = dict.fromkeys(off, False)
    return small(**tree)


@functools.cache
def start_of(scenario_key: tuple[Any, ...]) -> Start:
    return begin(scene(*scenario_key), 0, RULES)


class Lived(NamedTuple):
    """What months came to: everybody at the end, and the books of each month."""

    people: Any
    movements: list[dict[str, int]]
    totals: list[dict[str, Any]]

    def differing(self, other: "Lived", leave_out: tuple[str, ...] = ()) -> list[str]:
        """Fields of people, and accounts and totals of months, in which two differ."""
        found = [n for n in people_differing(self.people, other.people) if n not in leave_out]
        for one, two in ((self.movements, other.movements), (self.totals, other.totals)):
            for mine, yours in zip(one, two, strict=True):
                found += [k for k in mine if k not in leave_out and mine[k] != yours[k]]
        return sorted(set(found))


def noted(course: Course) -> Lived:
    people = course.engine.columns().copy()
    return Lived(
        people, [m.movement for m in course.months], [vars(m.totals) for m in course.months]
    )


def live_compiled(start: Start, strategy: str = "busy") -> Lived:
    """The months of a start, by the rules as they are."""
    levers = start.scenario.strategies[strategy]
    world = start.neutral.world
    engine = CompiledPeople(start.people.copy(), start.ties, start.key, world, RULES)
    course = Course(start, strategy, levers, engine)
    for _ in range(start.scenario.horizon):
        course.step()
    return noted(course)


def live_as_agents(
    start: Start, rules: Mapping[str, Callable[..., Any]], parts: Mapping[str, Callable[..., Any]]
) -> Lived:
    """The months of a start in Python, with some rules and some parts of rules replaced."""
    model = Model.at(start, "busy", start.scenario.strategies["busy"], RULES._replace(**rules))
    with replaced(parts):
        for _ in range(start.scenario.horizon):
            model.step()
    return noted(model.course)


@contextlib.contextmanager
def replaced(parts: Mapping[str, Callable[..., Any]]) -> Iterator[None]:
    """Parts of rules, `module.name`, replaced where that module calls them.

    Only while nothing is compiled: what Numba has compiled keeps what it was compiled from.
    """
    with pytest.MonkeyPatch.context() as patch:
        for key, part in parts.items():
            module, _, name = key.rpartition(".")
            home = {
                "company": "agents.company", "offering": "agents.offering",
                "experience": "agents.experience", "world": "sim.world",
            }  # fmt: skip
            patch.setattr(
                importlib.import_module(f"engagesim.{home.get(module, f'agents.rules.{module}')}"),
                name,
                part,
            )
        yield


# What does nothing.


def nothing(*_: Any) -> None:
    """A rule that does nothing."""


def always(value: Any) -> Callable[..., Any]:
    """A part of a rule that has one answer."""
    return lambda *_: value


def blind(part: Callable[..., Any], **seen: Any) -> Callable[..., Any]:
    """A rule that sees other values of some fields, of the customer or of the offer, and leaves
    them as they were. A value may be a function of the customer."""

    def twin(customer: Any, *rest: Any) -> Any:
        subjects = [customer, *rest[:1]]
        kept = []
        for name, value in seen.items():
            subject = next(s for s in subjects if hasattr(s, name))
            kept.append((subject, name, getattr(subject, name)))
            setattr(subject, name, value(customer) if callable(value) else value)
        answer = part(customer, *rest)
        for subject, name, value in kept:
            setattr(subject, name, value)
        return answer

    return twin


def sparing(part: Callable[..., Any], *names: str) -> Callable[..., Any]:
    """A rule that leaves some fields of the customer as they were."""

    def twin(customer: Any, *rest: Any) -> Any:
        kept = [getattr(customer, name) for name in names]
        answer = part(customer, *rest)
        for name, value in zip(names, kept, strict=True):
            setattr(customer, name, value)
        return answer

    return twin


def mute(customer: Any, *_: Any) -> None:
    """Speak of nothing."""
    customer.praise = customer.warnings = 0
    customer.quiet += 1


def homing(customer: Any, offer: Any, world: Any) -> None:
    """Engagement that only returns to its set-point."""
    before = customer.engagement
    RULES.engage(customer, offer, world)
    customer.engagement = sums.balance(
        before, customer.engagement_home, world.engagement_return, 0.0, 0.0
    )


def trustless(customer: Any, offer: Any, world: Any) -> None:
    """Engagement as if everybody trusted as the market does."""
    blind(RULES.engage, trust=world.trust_bar)(customer, offer, world)


def never(*_: Any) -> int:
    """Join nothing."""
    return 0


def by_satisfaction(customer: Any, world: Any) -> float:
    return float(
        world.spend_satisfaction * (customer.satisfaction - customer.satisfaction_norm)
        + 0.0 * (customer.engagement - customer.engagement_norm)
    )


def by_engagement(customer: Any, world: Any) -> float:
    return float(world.spend_engagement * (customer.engagement - customer.engagement_norm))


def unforgetful(customer: Any, world: Any) -> float:
    return float(world.learning * max(world.learning_floor, 1.0 / world.anchor_encounters))


def hazard_ratio(**seen: Any) -> Callable[..., Any]:
    return blind(importlib.import_module("engagesim.agents.rules.leaving").hazard_ratio, **seen)


def pull_of_rivals(**seen: Any) -> Callable[..., Any]:
    return blind(importlib.import_module("engagesim.agents.rules.leaving").pull_of_rivals, **seen)


def unmended(customer: Any, offer: Any, world: Any, luck: Any) -> None:
    """An encounter in which nothing is made good."""
    RULES.encounter(customer, offer, world, luck._replace(recovery=1.0))


def unshielded(customer: Any, offer: Any, world: Any) -> float:
    """Members lean to leave like others, but for what holds them."""
    held = {
        "leaving.lock": always(lock(customer, offer, world)),
        "leaving.coming_price": always(coming_price(customer, offer)),
    }
    with replaced(held):
        return float(blind(RULES.leaning, member=0)(customer, offer, world))


UNSET: Mapping[str, Any] = MappingProxyType({})


class Case(NamedTuple):
    """How a mechanism is shown to be absent."""

    place: str = "contract"
    rules: Mapping[str, Callable[..., Any]] = UNSET
    """Rules of a month that do nothing of it."""
    parts: Mapping[str, Callable[..., Any]] = UNSET
    """Parts of rules that do nothing of it: `module.name`."""
    levers: Mapping[str, Any] = UNSET
    """Or: settings under which it has nothing to act on, though it is on."""
    carries: tuple[str, ...] = ()
    """What the off switch still books, and the twin does not: counts, costs."""
    settings: Mapping[str, Any] = UNSET
    """What else is set in both, so that it has enough to act on."""
    off: tuple[str, ...] = ()
    """Mechanisms that are off in both, since they share a line with it."""
    people: int = 120
    why: str = ""
    """Why there is no twin, where there is none."""


COST = ("contribution", "value", "base_value", "service", "cash")
CASES = {
    # Satisfaction.
    "disconfirmation": Case(parts={"satisfaction.felt_gap": always(0.0)}, carries=("gap_sum",)),
    "anchoring": Case(parts={"satisfaction.learning_weight": unforgetful}),
    "adaptation": Case(rules={"appraise": sparing(RULES.appraise, "expectation")}),
    "raising_bar": Case(parts={"world.norm_of": lambda world, month: float(world.usual_norm)}),
    "negativity": Case(parts={"satisfaction.felt_gap": lambda gap, world: gap}),
    "curved_loyalty": Case(levers={"market.curvature": 1.0}),
    "recovery": Case(rules={"encounter": unmended}),
    "resentment": Case(rules={"leaning": blind(RULES.leaning, resentment=0.0)}),
    "effort": Case(
        parts={
            "satisfaction.effort_felt": always(0.0),
            "engagement.effort_of_contacts": lambda offer, world: world.neutral_effort,
        }
    ),
    "self_service": Case(parts={"leaving.self_service_strain": always(0.0)}),
    "proactive": Case(
        rules={"approach": nothing}, carries=("approached", "alerted", "approaches", *COST)
    ),
    # Trust.
    "commitment": Case(
        rules={"leaning": blind(RULES.leaning, engagement=lambda c: c.engagement_norm)},
        off=("reward_momentum",),
    ),
    "trust": Case(
        rules={"leaning": blind(RULES.leaning, trust=lambda c: c.trust_norm), "engage": trustless},
        off=("attraction", "inertia"),
    ),
    "membership_bond": Case(parts={"leaving.lock": always(0.0)}),
    "trust_asymmetry": Case(why="symmetric is no absence: its number is that of gains"),
    "openness": Case(parts={"offering.openness": always(0.0)}),
    "privacy": Case(parts={"offering.unease": always(0.0)}),
    "breach": Case(parts={"company.breach": always(0.0)}),
    "spill_over": Case(parts={"company.spill": always(0.0)}),
    "personal_control": Case(parts={"offering.personal_response": always(1.0)}),
    "scandal": Case(levers={"shocks": [SHOCKS[0], *SHOCKS[2:]]}),
    # Engagement.
    "engaged_spending": Case(parts={"buying.mood": by_satisfaction}),
    "engaged_buyers": Case(place="buyers", why="a link in who people are, set by calibration"),
    "satisfied_spending": Case(parts={"buying.mood": by_engagement}),
    "involvement": Case(
        levers={
            "market.rational_involvement": 0.5,
            "market.hedonic_involvement": 0.5,
            "coefficients.engagement": {"involvement_sd": 0.0},
        }
    ),
    "community": Case(rules={"engage": blind(RULES.engage, community=0.0)}, carries=("ties",)),
    "reactance": Case(
        rules={"engage": blind(RULES.engage, pressure=0.0)},
        parts={"engagement.compulsion": always(0.0)},
    ),
    "engagement_dynamics": Case(rules={"engage": homing}),
    "human_contact": Case(
        parts={"engagement.company_in_contacts": lambda offer, world: world.neutral_human}
    ),
    "relevance": Case(
        parts={"engagement.relevance": lambda customer, offer, world: world.neutral_relevance}
    ),
    "co_creation": Case(rules={"suggest": nothing}, people=400),
    "omnichannel": Case(
        place="buyers",
        rules={"adopt_channel": nothing},
        parts={
            f"{room}.effort": lambda offer, world: sums.clip01(offer.effort + offer.waiting)
            for room in ("satisfaction", "escalation")
        },
    ),
    # Communication.
    "messages": Case(
        rules={"opt_out": nothing, "engage": blind(RULES.engage, overload=0.0, overload_known=0.0)},
        parts={"offering.message_response": always(1.0)},
    ),
    "deals": Case(rules={"deal": sparing(RULES.deal, "deal_mood", "deal_habit")}, place="buyers"),
    "coupons": Case(
        place="buyers", levers={"strategies.marketing": {**BUSY["marketing"], "coupon": 0.0}}
    ),
    "save": Case(
        rules={"save": nothing},
        settings={"strategies.marketing": {**BUSY["marketing"], "save": {"discount": 0.4}}},
    ),
    "winback": Case(
        settings={
            "strategies.marketing": {**BUSY["marketing"], "winback": {"months": 6, "discount": 0.3}}
        },
        levers={"strategies.marketing": BUSY["marketing"]},
    ),
    # The points programme.
    "goal_gradient": Case(
        parts={"buying.lift": blind(lift, progress=lambda c: c.usual_progress)}, place="buyers"
    ),
    "endowed_progress": Case(levers={"strategies.points": {**BUSY["points"], "endowed": 0.0}}),
    "reward_momentum": Case(
        place="buyers",
        rules={"redeem": sparing(RULES.redeem, "novelty")},
        parts={
            "buying.lift": blind(lift, since_reward=LONG_AGO),
            "leaving.letdown": always(0.0),
        },
    ),
    "points_lift": Case(parts={"buying.lift": blind(lift, lift=0.0)}, place="buyers"),
    "price_orientation": Case(
        parts={"buying.lift": blind(lift, deal_prone=1.0 / 6.0)}, place="buyers"
    ),
    "lift_erosion": Case(
        place="buyers",
        parts={"buying.lift": blind(lift, novelty=0.0)},
        off=("programme_context",),
        settings={"coefficients.points": {"points_lift": 0.2}},
    ),
    "programme_context": Case(parts={"offering.programme_lift": always(1.0)}),
    "shield": Case(rules={"leaning": unshielded}),
    "tiers": Case(
        rules={"review": sparing(RULES.review, "engagement")},
        parts={"leaving.demotion_ratio": always(1.0)},
    ),
    "expiry": Case(
        levers={
            "strategies.points": {**BUSY["points"], "expiry_months": 240, "inactivity_months": 240}
        }
    ),
    "crowding_out": Case(parts={"talk.unpaid": blind(acts.unpaid, crowding=0.0)}, people=400),
    "betrayal": Case(rules={"expire": sparing(RULES.expire, "shaken")}),
    "saving": Case(
        parts={"points.goal_in_view": lambda c, held, offer, world: best_goal(held, offer)}
    ),
    "reward_choice": Case(
        levers={"strategies.points": {**BUSY["points"], "experience_cost": None}}
    ),
    "fee_choice": Case(parts={"membership.pays": always(True)}),
    # Word of mouth.
    "word_of_mouth": Case(rules={"speak": mute, "linger": mute}),
    "reputation": Case(why="drawn at birth: everybody has a threshold of 0"),
    "engaged_talk": Case(rules={"speak": blind(RULES.speak, engagement=0.45)}, off=("disengaged",)),
    "former_customers": Case(
        rules={"linger": nothing},
        settings={"strategies.service": {"performance": 0.1, "failure_factor": 4.0}},
    ),
    "belief": Case(rules={"hear": nothing}),
    "resistance": Case(why="a factor inside the formula of hearing"),
    "referral": Case(
        rules={"buy": blind(RULES.buy, referred=0, since_referral=LONG_AGO)},
        parts={"leaving.hazard_ratio": hazard_ratio(referred=0, since_referral=LONG_AGO)},
        people=400,
    ),
    "won_by_talk": Case(
        rules={
            "encounter": blind(RULES.encounter, won_by_talk=0),
            "speak": blind(RULES.speak, won_by_talk=0),
        }
    ),
    "public_opinion": Case(
        parts={"company.opinion": always(1.0)},
        settings={"strategies.marketing": {"acquisition": 60.0}},
    ),
    "voice": Case(rules={"encounter": sparing(RULES.encounter, "complaints", "posts")}),
    "contagion": Case(parts={"leaving.hazard_ratio": hazard_ratio(exposure=0.0)}),
    "defence": Case(rules={"hear": blind(RULES.hear, engagement=0.0, defenders_near=0)}),
    "rewarded_acts": Case(
        rules={"act": blind(RULES.act, subscribing=0)}, parts={"offering.sharing_rate": always(0.0)}
    ),
    # The market.
    "adoption": Case(rules={"join": never}),
    "diminishing_returns": Case(parts={"offering.pull_of_spending": lambda spend, _: spend}),
    "switching_costs": Case(why="drawn at birth, into the propensity to leave"),
    "attraction": Case(parts={"leaving.pull_of_rivals": always(0.0)}),
    "switching": Case(
        rules={"go_over": always(-1)},
        settings={"market.rivals": [{"name": "other", "share": 0.25}], "horizon": MONTHS},
    ),
    "inertia": Case(parts={"leaving.pull_of_rivals": pull_of_rivals(tenure=0)}),
    # The company's money.
    "investing": Case(parts={"experience.attainable": always(0.0)}),
    # What practitioners describe beyond.
    "surprise": Case(
        parts={"satisfaction.surprise": always(0.0)},
        carries=("surprises", "delight", "since_surprise", *COST),
    ),
    "recognition": Case(
        parts={"engagement.recognised": always(0.0), "acts.recognised": always(0.0)}
    ),
    "buying_signals": Case(rules={"wish": nothing}),
    "concierge": Case(
        levers={"strategies.service": {**BUSY["service"], "concierge": 0.0}}, carries=COST
    ),
    "escalation": Case(rules={"escalate": nothing}, people=400),
    "ambassadors": Case(rules={"accept": nothing}, carries=("asked",)),
    "voluntary_data": Case(rules={"tell": nothing}, people=400),
    "drift": Case(rules={"drift": nothing}),
    "compulsion": Case(parts={"engagement.compulsion": always(0.0)}),
    "cheapening": Case(parts={"satisfaction.dearness": always(0.0)}),
    "partial_adoption": Case(
        parts={"offering.handed_over": always(0.0)},
        settings={"strategies.departments": ["sales", "service", "data"]},
    ),
    "hostage": Case(
        parts={"talk.is_hostage": always(False), "leaving.is_hostage": always(False)},
        settings={"strategies.service": {"performance": 0.1, "failure_factor": 4.0}},
        people=400,
    ),
    "disengaged": Case(
        parts={
            "talk.actively_disengaged": always(False),
            "satisfaction.actively_disengaged": always(False),
        },
        people=400,
    ),
}


def keys_of(name: str) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Where a mechanism is on, and where it is off; what needs it is off in both."""
    case = CASES[name]
    without = {n for n, on in dict(Mechanisms().without(name)).items() if not on} | set(case.off)
    on, off = frozenset(without - {name}), frozenset(without)
    rest = case.people, json.dumps({**case.settings})
    return (case.place, on, *rest), (case.place, off, *rest)


@functools.cache
def off_run(name: str) -> Lived:
    return live_compiled(start_of(keys_of(name)[1]))


def put_back(name: str) -> Start:
    """The start without a mechanism, the world's numbers of it put back."""
    on_key, key = keys_of(name)
    start = start_of(key)
    there = [world_of(s, draw(s, 0)) for s in (scene(*on_key), start.scenario)]
    on, off = map(vars, there)
    numbers = {key: on[key] for key in on if not same_bits(on[key], off[key])}
    assert numbers, name
    world = World(**{**vars(start.neutral.world), **numbers})
    return start._replace(neutral=start.neutral._replace(world=world))


def test_cases__cover_all_mechanisms():
    assert list(CASES) == list(ALL)
    for name, case in CASES.items():
        assert bool(case.why) != bool(case.rules or case.parts or case.levers), name


@pytest.mark.parametrize("name", ALL)
def test_on__differs_from_off(name):
    """Nothing else is switched: in some field of people, account or total, a switch tells."""
    on = keys_of(name)[0]
    found = live_compiled(start_of(on)).differing(off_run(name), leave_out=CASES[name].carries)
    assert found


@pytest.mark.parametrize("name", [n for n, c in CASES.items() if c.rules or c.parts])
def test_off__is_the_rule_taken_away(name):
    """Bit by bit; and with its numbers put back but its rule in place, it is not."""
    case, start = CASES[name], put_back(name)
    twin = live_as_agents(start, case.rules, case.parts)
    assert off_run(name).differing(twin, leave_out=case.carries) == []
    assert off_run(name).differing(live_compiled(start), leave_out=case.carries)


@pytest.mark.parametrize("name", [n for n, c in CASES.items() if c.levers])
def test_off__is_nothing_to_act_on(name):
    """Bit by bit, though the mechanism is on."""
    case = CASES[name]
    place, on, people, _ = keys_of(name)[0]
    settings = json.dumps({**case.settings, **case.levers})
    twin = live_compiled(start_of((place, on, people, settings)))
    assert off_run(name).differing(twin, leave_out=case.carries) == []


@pytest.mark.parametrize("place", PLACES)
def test_off__engaged_buyers_are_linked_to_nothing(place, monkeypatch):
    """Bit by bit, by bills or by rates: the calibrated link is all there is of it."""
    on, off = ((place, frozenset(names), 120, "{}") for names in ((), ("engaged_buyers",)))
    linked = start_of(on)
    assert max(linked.neutral.world.basket_link, linked.neutral.world.rate_link) > 0.0
    monkeypatch.setattr("engagesim.sim.calibration.spending_link", always(0.0))
    twin = begin(scene(*on), 0, RULES)
    assert live_compiled(start_of(off)).differing(live_compiled(twin)) == []
    assert live_compiled(start_of(off)).differing(live_compiled(linked))


def test_off__is_the_rules_taken_away_from_the_calibration_on():
    """Of four that act in a neutral market too: the whole of a simulation, results and all."""
    names = ("drift", "word_of_mouth", "belief", "adoption")
    off = {n for name in names for n, on in dict(Mechanisms().without(name)).items() if not on}
    scenarios = [
        scene("contract", frozenset(switched), 300, "{}") for switched in (off, off - {*names})
    ]
    rules = {"drift": nothing, "speak": mute, "linger": mute, "hear": nothing, "join": never}
    none = es.simulate(scenarios[0], "busy")
    twin = es.simulate(scenarios[1], "busy", rules={n: rule(r) for n, r in rules.items()})
    assert differing(none, twin) == []
    assert differing(none, es.simulate(scenarios[1], "busy"))


# What only levers and shocks call forth.

CALLED_FORTH = {
    "effort", "self_service", "proactive", "membership_bond", "openness", "breach",
    "personal_control", "scandal", "community", "reactance", "human_contact", "relevance",
    "co_creation", "omnichannel", "messages", "deals", "coupons", "goal_gradient",
    "endowed_progress", "reward_momentum", "points_lift", "price_orientation", "lift_erosion",
    "programme_context", "shield", "tiers", "expiry", "crowding_out", "betrayal", "referral",
    "rewarded_acts",
    "surprise", "recognition", "escalation", "buying_signals", "concierge", "voluntary_data",
    "compulsion", "cheapening", "investing", "saving", "reward_choice", "fee_choice",
    "spill_over", "ambassadors", "partial_adoption", "save", "winback", "diminishing_returns",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(CALLED_FORTH))
def test_neutral__is_where_it_adds_nothing(name):
    """Under neutral management it is the same on and off, from the first settling on."""
    carries = {"omnichannel": ("multichannel",)}.get(name, ())
    quiet = []
    for key in keys_of(name):
        start = start_of(key)
        scenario = start.scenario.model_copy(
            update={"shocks": (), "strategies": {"none": Strategy()}}
        )
        quiet.append(live_compiled(start._replace(scenario=scenario), "none"))
    assert quiet[0].differing(quiet[1], leave_out=carries) == []
    assert quiet[0].differing(off_run(name))  # and something happens elsewhere


# Where mechanisms live.

RULE_FILES = {file.stem: file for file in (ROOT / "agents" / "rules").glob("*.py")}
CODE = re.compile(r"\b([A-I])(\d+)(?:-([A-I])?(\d+))?\b")


def codes(text: str) -> set[str]:
    """Rows of the evidence that a text names: "A1-A7" is seven of them."""
    return {
        f"{letter}{number}"
        for letter, first, _, last in CODE.findall(text)
        for number in range(int(first), int(last or first) + 1)
    }


def test_codes__ranges_are_read():
    assert codes("the bridge, 1.2; E0-E2, A9 (C4; Belli 2022)") == {"E0", "E1", "E2", "A9", "C4"}


@functools.cache
def said_in(room: str) -> tuple[set[str], set[str]]:
    """Codes that a file of rules names: in its docstring, and in those of its rules."""
    tree = ast.parse(RULE_FILES[room].read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    rules = " ".join(ast.get_docstring(node) or "" for node in functions)
    return codes(ast.get_docstring(tree) or ""), codes(rules)


@pytest.mark.parametrize("mechanism", ALL.values(), ids=list(ALL))
def test_room__names_what_lives_there(mechanism: Mechanism) -> None:
    assert mechanism.room in RULE_FILES
    if CODE.fullmatch(mechanism.code):
        of_file, of_rules = said_in(mechanism.room)
        assert mechanism.code in of_file, of_rules
    else:
        assert mechanism.code in ("mission", "2H")


COEFFICIENTS = {
    name.rpartition(".")[2]: evidence
    for name, field, _ in parameters(small().coefficients)
    if (evidence := evidence_of(field))
}


def read_as_switches() -> set[str]:
    """Mechanisms that a module asks for by name, as `with_NAME` or of the scenario's own."""
    sources = [*(ROOT / "agents").rglob("*.py"), *(ROOT / "sim").glob("*.py")]
    text = "\n".join(file.read_text(encoding="utf-8") for file in sources)
    return set(re.findall(r"\bworld\.with_(\w+)", text)) | set(
        re.findall(r"\b(?:mechanisms|acting)\.(\w+)", text)
    )


def test_switches__each_has_a_number_or_a_reader():
    """And every number's switch is a mechanism, every switch that is read as well."""
    carried = {e.switch for e in COEFFICIENTS.values() if e.switch}
    telling = {e.switch for e in COEFFICIENTS.values() if e.switch and e.off is not None}
    assert carried <= set(ALL)
    assert {name for name in read_as_switches() if name in ALL} >= set(ALL) - telling
    assert re.findall(r"with_\w+", " ".join(vars(world_of(small(), draw(small(), 0))))) == [
        f"with_{name}" for name in ALL
    ]


@pytest.mark.parametrize("name", ALL)
def test_off__takes_its_own_numbers_out(name):
    """And no others: each stands at what stands for its absence, or at what it equals."""
    scenario = small(mechanisms=dict.fromkeys(keys_of_needing(name), False))
    on, off = draw(small(), 0), draw(scenario, 0)
    own = {key for key, e in COEFFICIENTS.items() if e.switch in keys_of_needing(name)}
    assert set(absent(scenario)) == own
    assert {key for key in on if on[key] != off[key]} <= own
    for key in own:
        stands = COEFFICIENTS[key].off
        assert off[key] == (off[stands] if isinstance(stands, str) else
                            on[key] if stands is None else stands)  # fmt: skip


def keys_of_needing(name: str) -> list[str]:
    """A mechanism and all that need it."""
    return [n for n, on in dict(Mechanisms().without(name)).items() if not on]


def test_needs__are_refused_in_one_line():
    for mechanism in ALL.values():
        for other in mechanism.needs:
            with pytest.raises(ValueError, match=f"got true, which needs {other}; allowed with"):
                Mechanisms(**{other: False})
            assert not getattr(Mechanisms().without(other), mechanism.name)
    assert not any(dict(none_of_them()).values())


def test_everything_off__still_lives():
    """No mechanism at all: nobody speaks, nobody joins, states stay where they may, books close."""
    people = live_compiled(start_of(("contract", frozenset(ALL), 120, "{}")))
    assert (
        sum(total["praise"] + total["warnings"] + total["joined"] for total in people.totals) == 0
    )
    assert sum(total["purchases"] for total in people.totals) > 0
    assert np.isfinite(people.people["trust"]).all()
    assert set(people.people["rational"]) == set(people.people["hedonic"]) == {0.5}
