"""A laboratory: one market in one world, where facts are measured; starts and lives are shared.

Twins are lives from the same start under several strategies. All that is asked for twice is lived
once, for a calibration costs more than most measurements.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, Literal, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from ...agents.company import Company
from ...agents.rules import Rules
from ...agents.state import Offer, Person, Totals, World, layout
from ...scenarios.levers import Strategy
from ...scenarios.scenario import Scenario
from ..calibration import Neutral, calibrate, settled_people
from ..course import Course, Run, Start, chosen_strategy
from ..doubt import draw, lived_in
from ..generator import key_of
from ..kernel import CompiledPeople, Records
from ..month import live
from ..population import ties_of
from ..run import run
from ..world import flat_path, world_of

RULES = Rules()
Settings = tuple[tuple[str, Any], ...]
"""Keys with values; a tuple, so that it can be looked up."""
NOBODY_JOINS: Settings = (("adoption_external", 0.0), ("adoption_social", 0.0))
T = TypeVar("T")


class Scale(NamedTuple):
    """How much is simulated: the more, the less of what is measured is luck."""

    worlds: int
    people: int
    """In most measurements of one world."""
    many: int
    """Where the figures are small, or one measurement is all."""


FULL = Scale(worlds=40, people=4000, many=20_000)
QUICK = Scale(worlds=6, people=1000, many=4000)


class Setup(NamedTuple):
    """Who lives, for how long, and what differs from the market's world."""

    people: int
    months: int
    start: Literal["cohort", "base"] = "cohort"
    share: float = 1.0
    """Of customers at the start."""
    joining: bool = False
    """Whether prospects join; else a relation that ends is the person's last."""
    heterogeneity: bool = True
    market: Settings = ()
    network: Settings = ()
    numbers: Settings = ()
    """Coefficients held at a value in place of the drawn one."""


class Life(NamedTuple):
    """A run, and a diary of fields by month and person, shape (months, people)."""

    run: Run
    diary: dict[str, NDArray[Any]]

    def total(self, name: str, first: int, last: int) -> NDArray[np.float64]:
        """Sum of a field over months first to last, exclusive, by person."""
        return np.asarray(self.diary[name][first:last].sum(axis=0, dtype=np.float64))


class Held(NamedTuple):
    """The same people, whom nobody leaves: their records at `AGES`, what they said."""

    at: dict[int, Records]
    totals: list[Totals]
    late_praise: NDArray[np.int64]
    """Recommendations of each person over months 37 to 60."""

    def mean(self, state: str, age: int) -> float:
        """Mean of a state after so many months."""
        return float(self.at[age][state].mean())


AGES = (12, 36, 48, 60)
DIARY = {
    "alive": "i1", "purchases": "i2", "spend": "f8", "member": "i1", "redeemed": "i4",
    "expired": "i4", "progress": "f4", "usual_progress": "f4", "satisfaction": "f4", "trust": "f4",
    "engagement": "f4", "tenure": "i2", "cohort": "i2",
    "referred": "i1", "referrer_active": "i1", "since_referral": "i4",
}  # fmt: skip
"""What a diary keeps, and how."""


class Laboratory:
    """One market in one world, and everything lived in it so far. Of one thread."""

    def __init__(self, market: str, scenario: Scenario, world: int, scale: Scale) -> None:
        self.market = market
        self.scenario = scenario
        self.world = world
        self.scale = scale
        self.numbers = draw(scenario, world)
        self._known: dict[Any, Any] = {}

    @property
    def contractual(self) -> bool:
        """Whether customers have contracts."""
        return self.scenario.market.setting == "contractual"

    @property
    def cohort(self) -> Setup:
        """New customers over five years, nobody joining: what most twins are."""
        return Setup(self.scale.people, 60)

    @property
    def base(self) -> Setup:
        """Customers of mixed tenures over five years, nobody joining."""
        return Setup(self.scale.people, 60, "base")

    @property
    def whole_market(self) -> Setup:
        """Customers and prospects over five years, who leave and join."""
        share = self.scenario.population.customer_share
        return Setup(3 * self.scale.people, 60, "base", share, joining=True)

    def strategy(self, choice: str | Strategy) -> Strategy:
        """A strategy of the scenario, a preset, or levers of one's own."""
        return chosen_strategy(self.scenario, choice) if isinstance(choice, str) else choice

    def once(self, key: Any, compute: Callable[[], T]) -> T:
        """What `compute` returns, computed at the first call with this key."""
        if key not in self._known:
            self._known[key] = compute()
        found: T = self._known[key]
        return found

    def settings(self, setup: Setup) -> tuple[Scenario, dict[str, float]]:
        """The scenario of a setup with the market of this world, and its numbers."""
        numbers = {**self.numbers, **dict(() if setup.joining else NOBODY_JOINS)}
        numbers |= dict(setup.numbers)
        scenario = lived_in(self.scenario, numbers)
        market = scenario.market.model_copy(update=dict(setup.market))
        population = scenario.population.model_copy(
            update={
                "size": setup.people, "start": setup.start, "customer_share": setup.share,
                "heterogeneity": setup.heterogeneity,
            }
        )  # fmt: skip
        network = scenario.network.model_copy(update=dict(setup.network))
        changed = {"market": market, "population": population, "network": network,
                   "horizon": setup.months}  # fmt: skip
        return scenario.model_copy(update=changed), numbers

    def neutral(self, setup: Setup) -> Neutral:
        """The calibrated market of a setup."""
        return self.once(("neutral", setup), lambda: calibrate(*self.settings(setup), RULES))

    def start(self, setup: Setup) -> Start:
        """Month 0 of a setup."""
        return self.once(("start", setup), lambda: self._begun(setup))

    def _begun(self, setup: Setup) -> Start:
        scenario, _ = self.settings(setup)
        neutral = self.neutral(setup)
        key = key_of(scenario.seed, self.world)
        ties = ties_of(scenario.network, key, setup.people)
        own = World(**vars(neutral.world))
        people = settled_people(scenario, own, key, ties, RULES)
        return Start(scenario, self.world, neutral, key, ties, people)

    def run(self, choice: str | Strategy, setup: Setup) -> Run:
        """A strategy's run."""
        tried = self.strategy(choice)
        return self.once(
            ("run", tried, setup), lambda: run(self.start(setup), "tried", tried, RULES)
        )

    def life(self, choice: str | Strategy, setup: Setup) -> Life:
        """A strategy's run with a diary."""
        tried = self.strategy(choice)
        return self.once(("life", tried, setup), lambda: live_out(self.start(setup), tried))

    def held(self, choice: str | Strategy, setup: Setup | None = None) -> Held:
        """A strategy lived by people whom nobody leaves; by those of `cohort`, if not said."""
        tried, setup = self.strategy(choice), setup or self.cohort
        return self.once(("held", tried, setup), lambda: hold(self.start(setup), tried))

    # The pieces that rules take.

    def numbers_of_rules(self, **numbers: Any) -> World:
        """The numbers that rules read, before calibration, some of them changed."""
        scenario, own = self.settings(self.cohort)
        world = world_of(scenario, own)
        vars(world).update(numbers)
        return world

    def offer(self, levers: dict[str, Any] | None = None, world: World | None = None) -> Offer:
        """The offer of levers to this market."""
        scenario, _ = self.settings(self.cohort)
        tried = Strategy.model_validate(levers or {})
        return Company(tried.schedule(), scenario.market).plan(0, world or self.numbers_of_rules())


def person(**fields: Any) -> Any:
    """A customer all of whose fields are zero but those given."""
    return SimpleNamespace(**{**_blank(), **fields})


@functools.cache
def _zeros() -> NDArray[np.void]:
    return np.zeros((), dtype=layout(Person))


def _blank() -> dict[str, Any]:
    zeros = _zeros()
    return {name: zeros[name].tolist() for name in zeros.dtype.names or ()}


def live_out(start: Start, tried: Strategy) -> Life:
    """Live the horizon, writing a diary."""
    engine = _engine(start)
    course = Course(start, "tried", tried, engine)
    months = start.scenario.horizon
    shape = (months, len(engine.people))
    diary = {name: np.empty(shape, dtype=kind) for name, kind in DIARY.items()}
    for month in range(months):
        course.step()
        for name, column in diary.items():
            column[month] = engine.people[name]
    return Life(course.result(), diary)


def hold(start: Start, tried: Strategy) -> Held:
    """Live five years without anybody leaving or joining; of a shorter setup, its months."""
    engine = _engine(start)
    company = Company(tried.schedule(), start.scenario.market)
    world = World(**vars(start.neutral.world))
    still = flat_path(1, settling=True)
    at, totals = {}, []
    praise = np.zeros(len(engine.people), dtype=np.int64)
    for month in range(start.scenario.horizon):
        totals.append(live(engine, [company], world, still, month)[0])
        if month >= 36:
            praise += engine.people["praise"]
        if month + 1 in AGES:
            at[month + 1] = engine.people.copy()
    return Held(at, totals, praise)


def _engine(start: Start) -> CompiledPeople:
    world = World(**vars(start.neutral.world))
    return CompiledPeople(start.people.copy(), start.ties, start.key, world, RULES)
