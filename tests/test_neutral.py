"""Neutral management moves nothing: means of states stay, and lie where the evidence has them."""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
from scipy import special, stats

from engagesim.agents.company import Company
from engagesim.agents.rules import Rules
from engagesim.scenarios.market import Market
from engagesim.scenarios.scenario import Scenario
from engagesim.sim.course import Course
from engagesim.sim.kernel import CompiledPeople
from engagesim.sim.month import live
from engagesim.sim.run import Start, begin, run
from engagesim.sim.world import flat_path

from .published import (
    FAILURES,
    MARKETS,
    NEUTRAL_BANDS,
    NO_JOINING,
    SEVEN,
    TELECOM,
    WORD_OF_MOUTH,
    cohort,
    scenario_of,
    told_of,
)

PEOPLE = 20_000
MONTHS = 60
STATES = ("satisfaction", "trust", "engagement")


class Talk(NamedTuple):
    """Acts of talk: recommendations, warnings in private, warnings in public."""

    praise: int
    warnings: int
    posts: int

    @property
    def private(self) -> float:
        return self.praise / self.warnings

    @property
    def ratio(self) -> float:
        return self.praise / (self.warnings + self.posts)


@functools.cache
def market_of(name: str) -> tuple[Scenario, Start, Any]:
    """A base market lived for 60 months: its scenario, its start, its run."""
    population = {"size": PEOPLE, "customer_share": 0.35, "start": "base"}
    scenario = scenario_of(SEVEN[name], MONTHS, population)
    start = begin(scenario, 0, Rules())
    return scenario, start, run(start, "none", scenario.strategies["none"], Rules())


@functools.cache
def same_people(name: str) -> tuple[Any, Any, Talk]:
    """A cohort that nobody leaves or joins, at the start and after 60 months, and its talk."""
    scenario = scenario_of(SEVEN[name], MONTHS, cohort(PEOPLE))
    start = begin(scenario, 0, Rules())
    people, talk = held(scenario, start, MONTHS)
    return start.people, people, talk


def held(scenario: Scenario, start: Start, months: int) -> tuple[Any, Talk]:
    """The people of a world after months of neutral management in which nobody leaves."""
    world = start.neutral.world
    engine = CompiledPeople(start.people.copy(), start.ties, start.key, world, Rules())
    company = Company(scenario.strategies["none"].schedule(), scenario.market)
    still = flat_path(1, settling=True)
    totals = [live(engine, [company], world, still, month)[0] for month in range(months)]
    said = (sum(getattr(t, name) for t in totals) for name in Talk._fields)
    return engine.people, Talk(*said)


def means(people: Any) -> Any:
    """Mean satisfaction, trust and engagement of customers."""
    customers = people[people["alive"] == 1]
    return np.array([customers[name].mean() for name in STATES])


def figures(people: Any) -> dict[str, float]:
    """The figures that `NEUTRAL_BANDS` bounds, over customers."""
    customers = people[people["alive"] == 1]
    s, t, e = (customers[name] for name in STATES)
    rest = e < np.quantile(e, 0.57)  # the engaged are the top 43 %
    satisfied = s >= 0.6
    return {
        "S mean": s.mean(),
        "S sd": s.std(),
        "S below .5": np.mean(s < 0.5),
        "T mean": t.mean(),
        "T sd": t.std(),
        "E mean": e.mean(),
        "E sd": e.std(),
        "corr(S,T)": np.corrcoef(s, t)[0, 1],
        "corr(S,E)": np.corrcoef(s, e)[0, 1],
        "corr(E,E0)": np.corrcoef(e, customers["engagement_home"])[0, 1],
        "not engaged, S>=.6": rest[satisfied].mean(),
        "its ratio to S<.6": rest[satisfied].mean() / rest[~satisfied].mean(),
    }


# Power: a mean over 7,000 customers of sd .15-.19 is known to .002, its drift to less: of
# .01 it is told at 3 standard errors even where all customers have been replaced.
@pytest.mark.parametrize("name", SEVEN)
def test_states__do_not_drift(name: str) -> None:
    _, start, result = market_of(name)
    curves = result.curves[list(STATES)].to_numpy()
    drift = curves - means(start.people)
    print(f"\n{name}, base: drift of S, T, E over 60 months {drift[-1].round(4)}")
    assert np.abs(drift).max() < 0.01


# Means fall and rise with who is left, too. So the same people are held: here no one can leave.
@pytest.mark.parametrize("name", SEVEN)
def test_states__of_the_same_people_do_not_drift(name: str) -> None:
    before, after, _ = same_people(name)
    drift = means(after) - means(before)
    print(f"\n{name}, same people: drift of S, T, E {drift.round(4)}")
    assert np.abs(drift).max() < 0.005


def test_states__of_a_cohort_rise_by_selection_alone():
    """In a cohort the unhappy leave: means rise, though nobody's own long-run level does."""
    scenario = scenario_of(TELECOM, 24, cohort(PEOPLE), network={"kind": "none"})
    start = begin(scenario, 0, Rules())
    result = run(start, "none", scenario.strategies["none"], Rules())
    stayed = (result.people["alive"] == 1) & (result.people["spell"] == 1)
    rise = means(result.people[stayed]) - means(start.people)
    of_the_same = means(result.people[stayed]) - means(start.people[stayed])
    print(f"\ncohort, 24 months: S, T, E {rise.round(3)}; same people {of_the_same.round(3)}")
    assert (rise > 0.01).all()
    assert np.abs(of_the_same).max() < 0.005


BY_SELECTION = {
    ("grocery", "S below .5"),
    ("grocery", "T mean"),
    ("grocery", "not engaged, S>=.6"),
    ("car", "PWOM:NWOM"),
}
"""What leaves its band in a base, though not among the same people.

The bands are of a neutral population. A base is of those whom leaving has left: of grocers, where
72 purchases a year can each be the last, few of the dissatisfied; of car makes, few who warn.
"""


@pytest.mark.parametrize("name", SEVEN)
def test_states__lie_in_their_bands(name: str) -> None:
    _, start, result = market_of(name)
    before, after, _ = same_people(name)
    columns = {
        "base, month 0": figures(start.people),
        "base, month 60": figures(result.people),
        "same people, 0": figures(before),
        "same people, 60": figures(after),
    }
    print(f"\n{name:20}{'band':>12}" + "".join(f"{title:>17}" for title in columns))
    for figure, (low, high) in NEUTRAL_BANDS.items():
        found = [column[figure] for column in columns.values()]
        told = told_of(figure, SEVEN[name])
        band = f"{low:.2f}-{high:.2f}" if told else "(not told)"
        print(f"{figure:20}{band:>12}" + "".join(f"{value:17.3f}" for value in found))
        if told:
            inside = [low <= value <= high for value in found]
            selected = (name, figure) in BY_SELECTION
            assert all(inside[2:]), figure
            assert all(inside[:2]) != selected, figure


# Power: over 20,000 a mean is known to .0014, a correlation of .7 to .004; markets lie .01 apart.
def test_states__differ_between_markets_as_these_do():
    """Pleasure engages; where more is at stake, experience counts more; frequency binds S to T."""
    found = {name: figures(same_people(name)[1]) for name in SEVEN}

    def order(figure: str, trait: Callable[[Market], float]) -> float:
        traits = [trait(market) for market in SEVEN.values()]
        return float(stats.spearmanr(traits, [one[figure] for one in found.values()]).statistic)

    assert order("E mean", lambda m: m.hedonic_involvement) > 0.9
    assert order("corr(E,E0)", lambda m: m.rational_involvement + m.hedonic_involvement) < -0.8
    assert order("corr(S,T)", lambda m: m.encounters) > 0.9


@functools.cache
def first_relations(name: str, people: int) -> tuple[Any, Any, Any]:
    """A neutral cohort that nobody joins: who it is, share alive by month, repeats a head."""
    scenario = scenario_of(SEVEN[name], MONTHS, cohort(people), mechanisms=NO_JOINING)
    start = begin(scenario, 0, Rules())
    engine = CompiledPeople(
        start.people.copy(), start.ties, start.key, start.neutral.world, Rules()
    )
    course = Course(start, "none", scenario.strategies["none"], engine)
    alive, bought = [], []
    for _ in range(MONTHS):
        course.step()
        alive.append(engine.people["alive"].mean())
        bought.append(engine.people["purchases"].mean())
    return start.people, np.array(alive), np.cumsum(bought) - 1.0


YEARS = 12 * np.arange(1, 6)


# Power: given everybody's own propensity, luck leaves .3 pp of 20,000 and .13 pp of 100,000;
# that of propensities comes on top against the closed form. Telecom and apparel: test_retention.py.
@pytest.mark.parametrize(
    ("people", "own", "closed"),
    [(PEOPLE, 0.008, 0.012), pytest.param(100_000, 0.005, 0.006, marks=pytest.mark.proof)],
)
@pytest.mark.parametrize("name", [name for name in SEVEN if name not in MARKETS])
def test_leaving_and_buying__are_the_published_model_s(
    name: str, people: int, own: float, closed: float
) -> None:
    market = SEVEN[name]
    a, b = market.leaving.a, market.leaving.b
    who, alive, repeats = first_relations(name, people)
    leave = who["propensity"][:, None]
    if market.setting == "contractual":
        stays = (1.0 - leave) ** (YEARS // market.renewal_months)
        expected = np.exp(special.betaln(a, b + YEARS / 12) - special.betaln(a, b))
    else:
        stays = np.exp(-who["rate"][:, None] * leave * YEARS)
        luck, r = np.random.default_rng(1), market.buying.shape
        speed = luck.gamma(r, market.buying.rate / r, 500_000) * luck.beta(a, b, 500_000)
        expected = np.array([np.exp(-speed * month).mean() for month in YEARS])
        bought = repeats[YEARS - 1] / ((1.0 - stays) / leave).mean(axis=0) - 1.0
        print(f"\n{name}: repeats over those of own rates, %: {(100 * bought).round(2)}")
        assert np.abs(bought).max() <= 0.02
    error = alive[YEARS - 1] - np.array([stays.mean(axis=0), expected])
    print(f"\n{name}: alive, %: {(100 * alive[YEARS - 1]).round(1)}")
    print(f"less those of own propensities, and of the closed form, pp:\n{(100 * error).round(2)}")
    assert np.abs(error[0]).max() <= own
    assert np.abs(error[1]).max() <= closed


@pytest.mark.parametrize("name", SEVEN)
def test_states__do_not_saturate(name: str) -> None:
    _, after, _ = same_people(name)
    before = same_people(name)[0]
    for state in STATES:
        assert np.mean((after[state] < 0.03) | (after[state] > 0.97)) < 0.01
        assert abs(after[state].std() / before[state].std() - 1.0) < 0.03


@pytest.mark.parametrize("name", SEVEN)
def test_talk__is_mostly_praise(name: str) -> None:
    _, _, result = market_of(name)
    talk = same_people(name)[2]
    curves = result.curves[["wom_positive", "wom_negative"]].sum()
    ratio = curves["wom_positive"] / curves["wom_negative"]
    print(f"\n{name}: PWOM:NWOM {ratio:.2f} in a base, {talk.ratio:.2f} of the same people, "
          f"{talk.private:.2f} without public posts")  # fmt: skip
    low, high = WORD_OF_MOUTH
    for found in (talk.ratio, talk.private):
        assert low <= found <= high
    assert (low <= ratio <= high) != ((name, "PWOM:NWOM") in BY_SELECTION)


@pytest.mark.parametrize("encounters", FAILURES)
def test_talk__is_mostly_praise_whatever_the_frequency(encounters: float) -> None:
    market = {**dict(TELECOM), "encounters": encounters, "failure": FAILURES[encounters]}
    scenario = scenario_of(Market.model_validate(market), 1, cohort(4000), network={"kind": "none"})
    people, talk = held(scenario, begin(scenario, 0, Rules()), 36)
    found = figures(people)["corr(S,T)"]
    print(f"\nenc {encounters}: PWOM:NWOM {talk.ratio:.2f}, private {talk.private:.2f}, "
          f"corr(S,T) {found:.2f}")  # fmt: skip
    assert WORD_OF_MOUTH[0] <= talk.private <= WORD_OF_MOUTH[1]
    assert WORD_OF_MOUTH[0] <= talk.ratio <= WORD_OF_MOUTH[1]
    if encounters <= 1.0:  # beyond that the band is known not to hold (evidence, 10)
        assert 0.45 <= found <= 0.75


@pytest.mark.parametrize("name", SEVEN)
def test_belief__stays_at_the_market_share_in_every_market(name: str) -> None:
    _, start, result = market_of(name)
    for people in (start.people, result.people):
        assert abs(people["belief"][:, 0].mean() - SEVEN[name].belief) <= 0.03


@pytest.mark.parametrize("degree", [4, 8, 20])
def test_belief__stays_at_the_market_share(degree: int) -> None:
    population = {"size": 10_000, "customer_share": 0.35, "start": "base"}
    scenario = scenario_of(TELECOM, 60, population, network={"degree": degree})
    start = begin(scenario, 0, Rules())
    people = run(start, "none", scenario.strategies["none"], Rules()).people
    before, after = start.people["belief"][:, 0].mean(), people["belief"][:, 0].mean()
    print(f"\ndegree {degree}: mean belief {before:.3f}, after 60 months {after:.3f}")
    assert abs(before - TELECOM.belief) <= 0.03
    assert abs(after - TELECOM.belief) <= 0.03
    assert people["belief"][:, 0].std() > 0.02  # it does move
